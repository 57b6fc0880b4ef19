// Issues one operation each clock: a product in all PEs, or a shift of their sums. In: the configuration of the bank at
// the front, and whether pixels are there. Out: addresses, loads, and the operation that follows its data down the
// pipeline. The loop nest, one line a loop (Kraken's uniform dataflow; q_s = 1 where K_W > 1):
//
//   blk < N*L { w < W { ci < C_i { s < sub-words { f < taps: MAC of kernel row f*S_H+s } } ; if K_W > 1: SHIFT } }
//
// The two streams are matched by the tags of their packets. Pixels of an iteration whose weights were lost are dropped;
// weights whose pixels were lost are skipped; pixels that end early go on as zeros. All three are told by err_sync.
module sequencer import kraken_pkg::*; import operation_pkg::*; (
  input  logic                 clk,
  input  logic                 rstn,
  input  logic                 adv,           // the pipeline moves in this clock
  /* verilator lint_off UNUSEDSIGNAL */
  input  config_t              cfg,           // without its spare bits
  /* verilator lint_on UNUSEDSIGNAL */
  input  logic                 full,          // cfg and the weights are there
  input  logic [7:0]           tag,
  input  logic                 damaged,
  output logic                 done,          // the bank is no longer needed
  input  logic                 pix_avail,     // of the packet reader
  input  logic                 pix_last,
  input  logic                 pix_bad,
  input  logic [7:0]           pix_tag,
  output logic                 pix_take,
  output logic                 load,          // of the pixel shifter
  output logic                 blank,
  output logic                 shift_pixels,
  output logic                 rd_en,
  output logic [ADDR_BITS-1:0] rd_addr,
  output logic                 fire,          // an operation is issued
  output logic                 wait_pix,
  output operation_t           op,            // nothing is set unless fire
  output logic                 err_sync       // one clock
);
  logic [3:0]           f;
  logic [1:0]           s;
  logic [15:0]          ci;
  logic [15:0]          w;
  logic [19:0]          blk;
  logic [1:0]           ph;        // phase of this column: (w + left padding) mod S_W, taken from cfg at w == 0
  logic                 in_shift;  // the column's products are done
  logic [ADDR_BITS-1:0] a;
  logic                 begun;     // the iteration has issued something
  logic                 over;      // its pixels are over before their time
  logic                 spoiled;   // its pixels were broken

  // ---- where in the loop nest
  wire [3:0] f_end    = 3'(s) < cfg.s_full ? cfg.f : cfg.f - 4'd1;
  wire       f_last   = f == f_end;
  wire       s_last   = s == cfg.sh1;
  wire       ci_last  = ci == cfg.ci1;
  wire       w_last   = w == cfg.w1;
  wire       blk_last = blk == cfg.blk1;
  wire       k_last   = f_last && s_last && ci_last;
  wire       shifts   = cfg.kw1 != 4'd0;
  wire [1:0] ph_now   = w == 16'd0 ? cfg.ph0 : ph;
  wire [1:0] ph_next  = ph_now == cfg.sw1 ? 2'd0 : ph_now + 2'd1;

  // ---- pixels: a new unit at the first tap of each sub-word
  wire       need     = !in_shift && f == 4'd0;
  wire       mine     = pix_avail && pix_tag == tag;
  wire       older    = 8'(pix_tag - tag) >= 8'd128;               // the iteration's number is modulo 256
  wire       stale    = full && pix_avail && older;
  wire       skip     = full && pix_avail && !begun && !mine && !older;
  wire       at_end   = w_last && blk_last && ci_last && s_last;   // the unit is the iteration's last
  wire       got      = over || mine;

  assign fire         = adv && full && (!need || got);
  assign wait_pix     = adv && full && need && !got;
  assign load         = fire && need;
  assign blank        = over;
  assign shift_pixels = fire && !in_shift && f != 4'd0;
  assign rd_en        = fire && !in_shift;
  assign rd_addr      = a;
  wire   use_unit     = load && !over;
  wire   mismatch     = use_unit && pix_last != at_end;
  assign pix_take     = use_unit || stale;
  assign err_sync     = mismatch || skip || (stale && pix_last);

  wire   col_end      = fire && (in_shift || (k_last && !shifts));
  wire   iter_end     = col_end && w_last && blk_last;
  assign done         = iter_end || skip;

  always_ff @(posedge clk)
    if (!rstn) begin
      f        <= '0;
      s        <= '0;
      ci       <= '0;
      w        <= '0;
      blk      <= '0;
      ph       <= '0;
      a        <= '0;
      in_shift <= 1'b0;
      begun    <= 1'b0;
      over     <= 1'b0;
      spoiled  <= 1'b0;
    end else if (fire) begin
      begun   <= !iter_end;
      over    <= !iter_end && (over || (mismatch && pix_last));
      spoiled <= !iter_end && (spoiled || mismatch || (use_unit && pix_last && pix_bad));
      if (!in_shift) begin
        a <= 32'(a) == 32'(cfg.a_last) ? '0 : a + 1'b1;
        f <= f_last ? 4'd0 : f + 4'd1;
        if (f_last) begin
          s <= s_last ? 2'd0 : s + 2'd1;
          if (s_last) ci <= ci_last ? 16'd0 : ci + 16'd1;
        end
        if (k_last && shifts) in_shift <= 1'b1;
      end
      if (col_end) begin
        in_shift <= 1'b0;
        ph       <= ph_next;
        w        <= w_last ? 16'd0 : w + 16'd1;
        if (w_last) begin
          a   <= '0;
          blk <= blk_last ? 20'd0 : blk + 20'd1;
        end
      end
    end

  // ---- the operation
  wire mac      = fire && !in_shift;
  wire release_column = w_last ? cfg.nq_last != 4'd0 : ph_now == cfg.ph_rel && w >= 16'(cfg.w_rel0);
  assign op.mac     = mac;
  assign op.first   = !cfg.keep && (w == 16'd0 || !shifts) && ci == 16'd0 && s == 2'd0 && f == 4'd0;
  assign op.shift   = fire && in_shift;
  assign op.start   = ph_next == 2'd0;
  assign op.rel     = mac && k_last && release_column;
  assign op.last    = w_last && blk_last;
  assign op.damaged = damaged || spoiled || mismatch || (use_unit && pix_last && pix_bad);
  assign op.tag     = tag;
  assign op.kw_hi   = w_last ? cfg.kw_last : cfg.kw1;
  assign op.columns = w_last ? cfg.nq_last : 4'd1;
  assign op.g1      = 5'(cfg.kw1) + 5'(cfg.sw1);
  assign op.sw1     = cfg.sw1;
  assign op.e       = cfg.e;
endmodule
