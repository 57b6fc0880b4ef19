// Random operations against sums kept by the bench: products, shifts with and without a start, holding, snapshots.
`timescale 1ns/1ps
module pe_array_tb import kraken_pkg::*; ();
`include "check.vh"
  logic adv = 0, mac = 0, first = 0, shift = 0, snap = 0;
  logic [C-1:0] clear = 0;
  logic [R*WORD_BITS-1:0] x = 0;
  logic [C*WORD_BITS-1:0] w = 0;
  logic [LANES*16-1:0] select = 0;
  wire  [LANES*R*SUM_BITS-1:0] sums;
  pe_array dut (.clk(clk), .adv(adv), .mac(mac), .first(first), .shift(shift), .clear(clear), .snap(snap), .x(x), .w(w),
    .select(select), .sums(sums));

  logic [SUM_BITS-1:0] model [0:R*C-1];
  logic [SUM_BITS-1:0] kept  [0:R*C-1];
  logic started = 0, snapped = 0, equal;
  integer held [0:R*C-1];  // products of the stage before, with a registered multiplier
  integer product;
  always @(posedge clk) if (rstn) begin
    // the snapshot takes the sums as they are before this edge
    if (snap && started) begin
      for (int i = 0; i < R*C; i++) kept[i] = model[i];
      snapped = 1;
    end
    for (int c = C - 1; c >= 0; c--)
      for (int r = 0; r < R; r++) begin
        product = $signed(x[r*WORD_BITS +: WORD_BITS]) * $signed(w[c*WORD_BITS +: WORD_BITS]);
        if (adv && mac) model[r*C+c] = (first ? 0 : model[r*C+c]) + SUM_BITS'(MULTIPLIER_REGISTER ? held[r*C+c] : product);
        else if (adv && shift) model[r*C+c] = clear[c] || c == 0 ? 0 : model[r*C+c-1];
        if (adv) held[r*C+c] = product;
      end
    if (adv && mac && first) started = 1;
    adv   <= $urandom % 100 < 90;
    mac   <= $urandom % 100 < 70;
    first <= !started || $urandom % 100 < 10;
    shift <= $urandom % 100 < 80;
    snap  <= $urandom % 100 < 20;
    clear <= C'($urandom);
    for (int i = 0; i < R; i++) x[i*WORD_BITS +: WORD_BITS] <= $urandom % 10 == 0 ? 8'h80 : 8'($urandom);
    for (int i = 0; i < C; i++) w[i*WORD_BITS +: WORD_BITS] <= $urandom % 10 == 0 ? 8'h80 : 8'($urandom);
    for (int i = 0; i < LANES; i++) select[i*16 +: 16] <= 16'($urandom % C);
  end

  always @(negedge clk) if (rstn && snapped) begin
    equal = 1;
    for (int d = 0; d < LANES; d++)
      for (int r = 0; r < R; r++)
        equal = equal && sums[(d*R+r)*SUM_BITS +: SUM_BITS] === kept[r*C + select[d*16 +: 16]];
    check(equal);
    finish_at(5000);
  end
endmodule
