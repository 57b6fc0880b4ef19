// Walks a snapshot of the array's sums and sends them out. In: the operation after which sums are final. Out: beats of
// up to LANES cores x R sums, in the order output column (oldest first), channel within the group, group. The right
// edge releases several columns at once; they leave in the order of the image like all others.
module output_pipe import kraken_pkg::*; import operation_pkg::*; (
  input  logic                        clk,
  input  logic                        rstn,
  /* verilator lint_off UNUSEDSIGNAL */
  input  operation_t                  op,        // that has just been carried out; only its release is of interest
  /* verilator lint_on UNUSEDSIGNAL */
  output logic                        snap,      // the snapshot is taken in this clock
  output logic                        stall,     // it cannot be: the array must hold its sums
  output logic [LANES*16-1:0]         select,    // core of each lane
  input  logic [LANES*R*SUM_BITS-1:0] sums,
  output logic                        m_valid,
  input  logic                        m_ready,
  output logic [LANES*R*ACC_BITS-1:0] m_data,    // zero above the used lanes
  output logic [7:0]                  m_lanes,   // how many are used
  output logic                        m_last,
  output logic [USER_BITS-1:0]        m_user     // {damaged, overflow, tag}, with m_last
);
  logic        busy, last, damaged, overflow;
  logic [7:0]  tag;
  logic [3:0]  kw, columns;       // core within its group, columns still to go after this one
  logic [1:0]  j, sw1;
  logic [4:0]  g1;
  logic [11:0] e, g;              // groups, first group of the beat
  logic [15:0] base;              // first core of that group

  wire push      = busy && (!m_valid || m_ready);
  wire g_last    = g + 12'(LANES) >= e;
  wire j_last    = j == sw1;
  wire walked    = g_last && j_last && columns == 4'd0;
  wire [15:0] group_cores = 16'(g1) + 16'd1;
  assign snap  = op.rel && (!busy || (push && walked));
  assign stall = op.rel && !snap;

  // ---- the sums of this beat: cut to their width, with what the cut loses
  wire [LANES-1:0] used;
  for (genvar d = 0; d < LANES; d++) begin : lane
    assign used[d] = g + 12'(d) < e;
    assign select[d*16 +: 16] = base + 16'(d) * group_cores + 16'(kw) + 16'(j);
  end

  logic [LANES*R*ACC_BITS-1:0] data;
  logic                        lost;
  always_comb begin
    data = '0;
    lost = 1'b0;
    if (push)
      for (int i = 0; i < LANES * R; i++)
        if (used[i / R]) begin
          data[i*ACC_BITS +: ACC_BITS] = sums[i*SUM_BITS +: ACC_BITS];
          lost = lost || SUM_BITS'($signed(sums[i*SUM_BITS +: ACC_BITS])) != sums[i*SUM_BITS +: SUM_BITS];
        end
  end

  always_ff @(posedge clk)
    if (!rstn) begin
      busy     <= 1'b0;
      m_valid  <= 1'b0;
      overflow <= 1'b0;
    end else begin
      if (m_ready) m_valid <= 1'b0;
      if (push) begin
        m_valid  <= 1'b1;
        g <= g_last ? 12'd0 : g + 12'(LANES);
        base <= g_last ? 16'd0 : base + 16'(LANES) * group_cores;
        if (g_last) begin
          j <= j_last ? 2'd0 : j + 2'd1;
          if (j_last) begin
            kw      <= kw - 4'(sw1) - 4'd1;
            columns <= columns - 4'd1;
          end
        end
        if (walked) busy <= 1'b0;
      end
      if (push && walked && last) overflow <= 1'b0;
      else if (push)              overflow <= overflow || lost;
      if (snap) begin
        busy    <= 1'b1;
        kw      <= op.kw_hi;
        columns <= op.columns - 4'd1;
        j       <= 2'd0;
        g       <= 12'd0;
        base    <= 16'd0;
        sw1     <= op.sw1;
        g1      <= op.g1;
        e       <= op.e;
        tag     <= op.tag;
        last    <= op.last;
        damaged <= op.damaged;
      end
    end

  always_ff @(posedge clk)
    if (push) begin
      m_data  <= data;
      m_lanes <= g_last ? 8'(e - g) : 8'(LANES);
      m_last  <= walked && last;
      m_user  <= {damaged, overflow || lost, tag};
    end
endmodule
