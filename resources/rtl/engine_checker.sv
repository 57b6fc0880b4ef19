// Assertions about the engine, for Verilator only (the RTL itself has none, so that every tool reads it). Bound to every
// engine; a failed one ends the simulation with exit code 2 and its name.
module engine_checker import kraken_pkg::*; import operation_pkg::*; (
  input logic                           clk,
  input logic                           rstn,
  // ports
  input logic                           pixels_valid, pixels_ready, pixels_last,
  input logic [PIXEL_STREAM_BITS-1:0]   pixels_data,
  input logic                           weights_valid, weights_ready, weights_last,
  input logic [WEIGHT_STREAM_BITS-1:0]  weights_data,
  input logic                           sums_valid, sums_ready, sums_last,
  input logic [SUM_STREAM_BITS-1:0]     sums_data,
  input logic [SUM_STREAM_BITS/8-1:0]   sums_keep,
  input logic [USER_BITS-1:0]           sums_user,
  // issue
  input logic                           adv, full, fire, done, load, blank, pix_avail, pix_take, wgt_avail, wgt_take,
  input logic [7:0]                     tag, pix_tag,
  /* verilator lint_off UNUSEDSIGNAL */
  input config_t                        cfg,       // some of its fields
  /* verilator lint_on UNUSEDSIGNAL */
  input logic                           rd_en, rd_bank, wr0, wr1,
  input logic [ADDR_BITS-1:0]           rd_addr,
  // release
  /* verilator lint_off UNUSEDSIGNAL */
  input operation_t                     op_q,      // only its release
  /* verilator lint_on UNUSEDSIGNAL */
  input logic                           snap, stall, walking,
  input logic [15:0]                    last_core
);
  // ---- streams: what is offered stays until it is taken (AMBA AXI4-Stream, 2.2.1)
  // compared by registers, not by $stable: Verilator 5.006 miscompiles the sampling of very wide signals
  logic [PIXEL_STREAM_BITS:0]                               pixels_word;
  logic [WEIGHT_STREAM_BITS:0]                              weights_word;
  logic [SUM_STREAM_BITS + SUM_STREAM_BITS/8 + USER_BITS:0] sums_word;
  logic pixels_wait, weights_wait, sums_wait;
  always_ff @(posedge clk) begin
    pixels_word  <= {pixels_last, pixels_data};
    weights_word <= {weights_last, weights_data};
    sums_word    <= {sums_last, sums_user, sums_keep, sums_data};
    pixels_wait  <= rstn && pixels_valid && !pixels_ready;
    weights_wait <= rstn && weights_valid && !weights_ready;
    sums_wait    <= rstn && sums_valid && !sums_ready;
  end
  wire pixels_stay  = pixels_valid && {pixels_last, pixels_data} == pixels_word;
  wire weights_stay = weights_valid && {weights_last, weights_data} == weights_word;
  wire sums_stay    = sums_valid && {sums_last, sums_user, sums_keep, sums_data} == sums_word;
  offer_pixels:  assert property (@(posedge clk) disable iff (!rstn) pixels_wait |-> pixels_stay);
  offer_weights: assert property (@(posedge clk) disable iff (!rstn) weights_wait |-> weights_stay);
  offer_sums:    assert property (@(posedge clk) disable iff (!rstn) sums_wait |-> sums_stay);

  wire [SUM_STREAM_BITS/8-1:0] keep_above = sums_keep + 1'b1;
  wire keep_counts = (sums_keep & keep_above) == '0;
  wire keep_all    = &sums_keep;
  keep_is_a_count: assert property (@(posedge clk) disable iff (!rstn) sums_valid |-> keep_counts);
  keep_is_full:    assert property (@(posedge clk) disable iff (!rstn) sums_valid && !sums_last |-> keep_all);
  keep_something:  assert property (@(posedge clk) disable iff (!rstn) sums_valid |-> sums_keep[0]);

  // ---- issue
  fire_is_allowed: assert property (@(posedge clk) disable iff (!rstn) fire |-> adv && full);
  pixels_are_there:  assert property (@(posedge clk) disable iff (!rstn) pix_take |-> pix_avail);
  weights_are_there: assert property (@(posedge clk) disable iff (!rstn) wgt_take |-> wgt_avail);
  pixels_belong:   assert property (@(posedge clk) disable iff (!rstn) load && !blank |-> pix_tag == tag);
  address_is_in:   assert property (@(posedge clk) disable iff (!rstn) rd_en |-> 32'(rd_addr) <= 32'(cfg.a_last));
  bank_is_not_written: assert property (@(posedge clk) disable iff (!rstn) rd_en |-> !(rd_bank ? wr1 : wr0));

  // ---- the closed form: an iteration takes exactly N*L * W * (q_s + C_i*K_H) operations, however it is throttled
  logic [63:0] fired;
  wire  [63:0] taps = (64'(cfg.a_last) + 64'd1) / (64'(cfg.sw1) + 64'd1);
  wire  [63:0] operations = (64'(cfg.blk1) + 64'd1) * (64'(cfg.w1) + 64'd1) * (taps + 64'(cfg.kw1 != 4'd0));
  always_ff @(posedge clk)
    if (!rstn || done) fired <= '0;
    else if (fire)     fired <= fired + 64'd1;
  closed_form: assert property (@(posedge clk) disable iff (!rstn) done && fire |-> fired + 64'd1 == operations);

  // ---- release: no final sum is overwritten before it is kept, no snapshot before it has left
  sums_are_kept:     assert property (@(posedge clk) disable iff (!rstn) op_q.rel && adv |-> snap);
  stall_has_a_cause: assert property (@(posedge clk) disable iff (!rstn) stall |-> op_q.rel && walking);
  core_exists:       assert property (@(posedge clk) disable iff (!rstn) walking |-> 32'(last_core) < C);
endmodule

bind engine engine_checker checks (
  .clk(aclk), .rstn(aresetn),
  .pixels_valid(s_axis_pixels_tvalid), .pixels_ready(s_axis_pixels_tready), .pixels_last(s_axis_pixels_tlast),
  .pixels_data(s_axis_pixels_tdata),
  .weights_valid(s_axis_weights_tvalid), .weights_ready(s_axis_weights_tready), .weights_last(s_axis_weights_tlast),
  .weights_data(s_axis_weights_tdata),
  .sums_valid(m_axis_sums_tvalid), .sums_ready(m_axis_sums_tready), .sums_last(m_axis_sums_tlast),
  .sums_data(m_axis_sums_tdata), .sums_keep(m_axis_sums_tkeep), .sums_user(m_axis_sums_tuser),
  .adv, .full, .fire(ev_fire), .done, .load, .blank, .pix_avail, .pix_take, .wgt_avail, .wgt_take,
  .tag, .pix_tag(pix_header.tag), .cfg, .rd_en, .rd_bank(rotator.rd_bank), .wr0(rotator.wr0), .wr1(rotator.wr1), .rd_addr,
  .op_q, .snap, .stall, .walking(pipe.busy), .last_core(pipe.select[15:0])
);
