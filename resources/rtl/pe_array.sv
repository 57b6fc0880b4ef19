// R x C processing elements, each a multiplier, an accumulator and the choice of what it takes: its product, or its left
// neighbour's sum (Kraken, arXiv 2112.02793: no memory in a PE). In: a pixel for each row, a weight for each core.
// Out: the sums of LANES cores, read from a snapshot, so that they leave while the array goes on.
//
// Style: the sums of a row lie in one vector, whose words Verilator and the C++ compiler take several at a time; signs are
// extended once a row and once a core, and synthesis takes the extended bits away again.
module pe_array import kraken_pkg::*; (
  input  logic                        clk,
  input  logic                        adv,      // the pipeline moves
  input  logic                        mac,
  input  logic                        first,    // with mac: onto zero
  input  logic                        shift,
  input  logic [C-1:0]                clear,    // with shift: these cores start at zero
  input  logic                        snap,     // keep the sums as they are now
  input  logic [R*WORD_BITS-1:0]      x,
  input  logic [C*WORD_BITS-1:0]      w,
  /* verilator lint_off UNUSEDSIGNAL */
  input  logic [LANES*16-1:0]         select,   // core of each lane
  /* verilator lint_on UNUSEDSIGNAL */
  output logic [LANES*R*SUM_BITS-1:0] sums
);
  localparam int ROW_BITS = C * SUM_BITS;
  localparam int AT_BITS  = $clog2(ROW_BITS);
  wire accumulate = adv && mac;
  wire move       = adv && shift;
  logic [SUM_BITS-1:0] onto /* verilator public_flat_rd */;  // what a product adds to: the sum, or nothing
  assign onto = {SUM_BITS{!first}};

  logic [ROW_BITS-1:0] keep;                                 // what a shift leaves: the sum, or nothing
  always_comb begin
    keep = '1;
    if (move) for (int c = 0; c < C; c++) if (clear[c]) keep[c*SUM_BITS +: SUM_BITS] = '0;
  end

  for (genvar c = 0; c < C; c++) begin : core
    logic signed [31:0] weight /* verilator public_flat_rd */;
    assign weight = 32'($signed(w[c*WORD_BITS +: WORD_BITS]));
  end

  for (genvar r = 0; r < R; r++) begin : row
    logic signed [31:0] pixel /* verilator public_flat_rd */;
    assign pixel = 32'($signed(x[r*WORD_BITS +: WORD_BITS]));
    logic [ROW_BITS-1:0] sum, kept;
    logic [ROW_BITS-1:0] added, moved;

    for (genvar c = 0; c < C; c++) begin : pe
      wire [SUM_BITS-1:0] product;
      if (MULTIPLIER_REGISTER == 0) begin : direct
        assign product = SUM_BITS'(pixel * core[c].weight);
      end else begin : pipelined
        logic signed [2*WORD_BITS-1:0] held;
        always_ff @(posedge clk) if (adv) held <= (2*WORD_BITS)'(pixel * core[c].weight);
        assign product = SUM_BITS'(held);
      end
      assign added[c*SUM_BITS +: SUM_BITS] = (sum[c*SUM_BITS +: SUM_BITS] & onto) + product;
    end

    always_comb begin
      moved = '0;
      if (move) moved = (sum << SUM_BITS) & keep;
    end

    always_ff @(posedge clk)
      if (accumulate) sum <= added;
      else if (move)  sum <= moved;
    always_ff @(posedge clk) if (snap) kept <= sum;

    for (genvar d = 0; d < LANES; d++) begin : lane
      wire [AT_BITS-1:0] at = AT_BITS'(32'(select[d*16 +: 16]) * SUM_BITS);
      assign sums[(d*R+r)*SUM_BITS +: SUM_BITS] = kept[at +: SUM_BITS];
    end
  end
endmodule
