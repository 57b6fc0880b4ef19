// R x C processing elements, each a multiplier, an accumulator and the choice of what it takes: its product, or its left
// neighbour's sum (Kraken, arXiv 2112.02793: no memory in a PE). In: a pixel for each row, a weight for each core.
// Out: the sums of LANES cores, read from a snapshot, so that they leave while the array goes on.
//
// Style: a scalar register for each PE and signs extended once a row and once a core, which Verilator turns into the
// fastest code; synthesis takes the extended bits away again.
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
  localparam int SELECT_BITS = C > 1 ? $clog2(C) : 1;
  wire accumulate = adv && mac;
  wire move       = adv && shift;
  logic [R*SUM_BITS-1:0] kept [C];
  logic [SUM_BITS-1:0] onto /* verilator public_flat_rd */;  // what a product adds to: the sum, or nothing
  assign onto = {SUM_BITS{!first}};

  for (genvar r = 0; r < R; r++) begin : row
    logic signed [31:0] pixel /* verilator public_flat_rd */;
    assign pixel = 32'($signed(x[r*WORD_BITS +: WORD_BITS]));
  end

  for (genvar c = 0; c < C; c++) begin : core
    logic signed [31:0] weight /* verilator public_flat_rd */;
    assign weight = 32'($signed(w[c*WORD_BITS +: WORD_BITS]));
    wire [R*SUM_BITS-1:0] column;

    for (genvar r = 0; r < R; r++) begin : pe
      logic [SUM_BITS-1:0] sum;
      wire  [SUM_BITS-1:0] product;
      wire  [SUM_BITS-1:0] left;
      if (MULTIPLIER_REGISTER == 0) begin : direct
        assign product = SUM_BITS'(row[r].pixel * weight);
      end else begin : pipelined
        logic signed [2*WORD_BITS-1:0] held;
        always_ff @(posedge clk) if (adv) held <= (2*WORD_BITS)'(row[r].pixel * weight);
        assign product = SUM_BITS'(held);
      end
      if (c == 0) begin : edge_core
        assign left = '0;
      end else begin : inner_core
        assign left = core[c-1].pe[r].sum;
      end
      always_ff @(posedge clk)
        if (accumulate) sum <= (sum & onto) + product;
        else if (move)  sum <= clear[c] ? '0 : left;
      assign column[r*SUM_BITS +: SUM_BITS] = sum;
    end

    always_ff @(posedge clk) if (snap) kept[c] <= column;
  end

  for (genvar d = 0; d < LANES; d++) begin : lane
    assign sums[d*R*SUM_BITS +: R*SUM_BITS] = kept[select[d*16 +: SELECT_BITS]];
  end
endmodule
