// Another array than resources/rtl/pe_array.sv: all sums in one block, products by adding shifted pixels.
module grid import kraken_pkg::*; (
  input  logic                        clk,
  input  logic                        adv,
  input  logic                        mac,
  input  logic                        first,
  input  logic                        shift,
  input  logic [C-1:0]                clear,
  input  logic                        snap,
  input  logic [R*WORD_BITS-1:0]      x,
  input  logic [C*WORD_BITS-1:0]      w,
  input  logic [LANES*16-1:0]         select,
  output logic [LANES*R*SUM_BITS-1:0] sums
);
  logic [SUM_BITS-1:0] sum [C*R];
  logic [SUM_BITS-1:0] kept [C*R];

  /** A bit of the weight is worth a power of two; the highest one less than nothing. */
  function automatic logic [SUM_BITS-1:0] product(input logic [WORD_BITS-1:0] a, input logic [WORD_BITS-1:0] b);
    logic [SUM_BITS-1:0] wide = {{(SUM_BITS-WORD_BITS){a[WORD_BITS-1]}}, a};
    product = '0;
    for (int i = 0; i < WORD_BITS; i++)
      if (b[i]) product = i == WORD_BITS-1 ? product - (wide << i) : product + (wide << i);
  endfunction

  always_ff @(posedge clk)
    for (int c = C-1; c >= 0; c--)
      for (int r = 0; r < R; r++) begin
        if (adv && mac)
          sum[c*R+r] <= (first ? '0 : sum[c*R+r]) + product(x[r*WORD_BITS +: WORD_BITS], w[c*WORD_BITS +: WORD_BITS]);
        else if (adv && shift)
          sum[c*R+r] <= clear[c] || c == 0 ? '0 : sum[(c == 0 ? 0 : c-1)*R+r];
        if (snap) kept[c*R+r] <= sum[c*R+r];
      end

  always_comb
    for (int d = 0; d < LANES; d++)
      for (int r = 0; r < R; r++)
        sums[(d*R+r)*SUM_BITS +: SUM_BITS] = kept[int'(select[d*16 +: 16])*R+r];
endmodule
