// The Kraken engine: raw sums of products of int8 pixels and weights, layer after layer, each configured on the fly by
// the headers of its own packets (arXiv 2112.02793). Biases, zero points and requantisation are the host's.
//
//   pixels  -> skid -> packet_reader -> pixel_shifter  \
//   weights -> skid -> packet_reader -> weights_rotator -> pe_array -> output_pipe -> packet_writer -> skid -> sums
//                                       sequencer: one operation each clock
//
// Stages: I issue, P multiply and accumulate (with MULTIPLIER_REGISTER: P multiply, then accumulate), Q sums are final.
// All stages move together, on `adv`; a clock with adv and without `fire` is a bubble. Only a release that finds the
// snapshot still in use stops them. Formats of the streams: main/simulate/pixels.ts, weights.ts, outputs.ts.
module engine import kraken_pkg::*; import operation_pkg::*; (
  input  logic                           aclk,
  input  logic                           aresetn,            // synchronous, at any clock; packets start afresh after it
  input  logic                           s_axis_pixels_tvalid,
  output logic                           s_axis_pixels_tready,
  input  logic                           s_axis_pixels_tlast,
  input  logic [PIXEL_STREAM_BITS-1:0]   s_axis_pixels_tdata,
  input  logic                           s_axis_weights_tvalid,
  output logic                           s_axis_weights_tready,
  input  logic                           s_axis_weights_tlast,
  input  logic [WEIGHT_STREAM_BITS-1:0]  s_axis_weights_tdata,
  output logic                           m_axis_sums_tvalid,
  input  logic                           m_axis_sums_tready,
  output logic                           m_axis_sums_tlast,
  output logic [SUM_STREAM_BITS-1:0]     m_axis_sums_tdata,
  output logic [SUM_STREAM_BITS/8-1:0]   m_axis_sums_tkeep,
  output logic [USER_BITS-1:0]           m_axis_sums_tuser,  // with tlast: {damaged, overflow, tag}
  // what happens in this clock, for performance counters
  output logic                           ev_fire,            // an operation is issued
  output logic                           ev_shift,           // ... and it is a shift
  output logic                           ev_stall_out,       // sums wait for the output
  output logic                           ev_wait_pix,        // the array waits for pixels
  output logic                           ev_wait_wgt,        // ... for weights
  // sticky until reset: pixel header, pixel length, weight header, weight length, pixels and weights disagree
  output logic [4:0]                     err
);
  // ---- pixels
  logic pix_valid, pix_ready, pix_tlast;
  logic [PIXEL_STREAM_BITS-1:0] pix_data;
  skid #(.BITS(PIXEL_STREAM_BITS + 1)) pixel_skid (.clk(aclk), .rstn(aresetn),
    .s_valid(s_axis_pixels_tvalid), .s_ready(s_axis_pixels_tready), .s_data({s_axis_pixels_tlast, s_axis_pixels_tdata}),
    .m_valid(pix_valid), .m_ready(pix_ready), .m_data({pix_tlast, pix_data}));

  logic pix_avail, pix_last, pix_bad, pix_take, err_pix_header, err_pix_length;
  logic [PIXEL_HEADER_BITS-1:0] pix_header_bits;
  logic [UNIT_WORDS*WORD_BITS-1:0] pix_unit;
  /* verilator lint_off UNUSEDSIGNAL */
  packet_t pix_header;                                       // only its tag
  /* verilator lint_on UNUSEDSIGNAL */
  assign pix_header = pix_header_bits;
  packet_reader #(.STREAM_BITS(PIXEL_STREAM_BITS), .BASE_WORDS(R), .MOST_WORDS(UNIT_WORDS),
    .HEADER_BITS(PIXEL_HEADER_BITS), .MAGIC(PIXEL_MAGIC)) pixel_reader (.clk(aclk), .rstn(aresetn),
    .s_valid(pix_valid), .s_last(pix_tlast), .s_ready(pix_ready), .s_data(pix_data),
    .header(pix_header_bits), .avail(pix_avail), .last(pix_last), .bad(pix_bad), .unit(pix_unit),
    .take(pix_take), .err_header(err_pix_header), .err_length(err_pix_length));

  // ---- weights
  logic wgt_valid, wgt_ready, wgt_tlast;
  logic [WEIGHT_STREAM_BITS-1:0] wgt_data;
  skid #(.BITS(WEIGHT_STREAM_BITS + 1)) weight_skid (.clk(aclk), .rstn(aresetn),
    .s_valid(s_axis_weights_tvalid), .s_ready(s_axis_weights_tready),
    .s_data({s_axis_weights_tlast, s_axis_weights_tdata}),
    .m_valid(wgt_valid), .m_ready(wgt_ready), .m_data({wgt_tlast, wgt_data}));

  logic wgt_avail, wgt_last, wgt_bad, wgt_take, err_wgt_header, err_wgt_length, err_rows;
  logic [WEIGHT_HEADER_BITS-1:0] wgt_header;
  logic [C*WORD_BITS-1:0] wgt_unit;
  packet_reader #(.STREAM_BITS(WEIGHT_STREAM_BITS), .BASE_WORDS(C), .MOST_WORDS(C),
    .HEADER_BITS(WEIGHT_HEADER_BITS), .MAGIC(WEIGHT_MAGIC)) weight_reader (.clk(aclk), .rstn(aresetn),
    .s_valid(wgt_valid), .s_last(wgt_tlast), .s_ready(wgt_ready), .s_data(wgt_data),
    .header(wgt_header), .avail(wgt_avail), .last(wgt_last), .bad(wgt_bad), .unit(wgt_unit),
    .take(wgt_take), .err_header(err_wgt_header), .err_length(err_wgt_length));

  config_t cfg;
  logic full, damaged, rd_en, done;
  logic [7:0] tag;
  logic [C-1:0] starts;
  logic [ADDR_BITS-1:0] rd_addr;
  logic [C*WORD_BITS-1:0] w;
  weights_rotator rotator (.clk(aclk), .rstn(aresetn),
    .avail(wgt_avail), .last(wgt_last), .bad(wgt_bad), .header(wgt_header), .unit(wgt_unit), .take(wgt_take),
    .full, .cfg, .tag, .damaged, .starts, .rd_en, .rd_addr, .rd_data(w), .rd_done(done), .err_rows);

  // ---- issue
  logic adv, load, blank, shift_pixels, err_sync;
  operation_t op_i;
  sequencer seq (.clk(aclk), .rstn(aresetn), .adv, .cfg, .full, .tag, .damaged, .done,
    .pix_avail, .pix_last, .pix_bad, .pix_tag(pix_header.tag), .pix_take,
    .load, .blank, .shift_pixels, .rd_en, .rd_addr, .fire(ev_fire), .wait_pix(ev_wait_pix), .op(op_i), .err_sync);

  logic [R*WORD_BITS-1:0] x;
  pixel_shifter shifter (.clk(aclk), .load, .blank, .shift(shift_pixels), .unit(pix_unit), .x);

  // ---- the operation follows its data; `a` is the stage that accumulates
  operation_t op_p, op_a, op_q;
  logic [C-1:0] starts_p, starts_a;
  always_ff @(posedge aclk)
    if (!aresetn) op_p <= '0;
    else if (adv) op_p <= op_i;
  always_ff @(posedge aclk) if (op_i.shift && adv) starts_p <= starts;
  if (MULTIPLIER_REGISTER == 0) begin : one_stage
    assign op_a     = op_p;
    assign starts_a = starts_p;
  end else begin : two_stages
    always_ff @(posedge aclk)
      if (!aresetn) op_a <= '0;
      else if (adv) op_a <= op_p;
    always_ff @(posedge aclk) if (op_p.shift && adv) starts_a <= starts_p;
  end
  always_ff @(posedge aclk)
    if (!aresetn) op_q <= '0;
    else if (adv) op_q <= op_a;

  logic snap, stall;
  logic [LANES*16-1:0] select;
  logic [LANES*R*SUM_BITS-1:0] sums;
  assign adv = !stall;
  pe_array array (.clk(aclk), .adv, .mac(op_a.mac), .first(op_a.first), .shift(op_a.shift),
    .clear(op_a.start ? starts_a : '0), .snap, .x, .w, .select, .sums);

  // ---- sums
  logic lane_valid, lane_ready, lane_last;
  logic [LANES*R*ACC_BITS-1:0] lane_data;
  logic [7:0] lane_count;
  logic [USER_BITS-1:0] lane_user;
  output_pipe pipe (.clk(aclk), .rstn(aresetn), .op(op_q), .snap, .stall, .select, .sums,
    .m_valid(lane_valid), .m_ready(lane_ready), .m_data(lane_data), .m_lanes(lane_count), .m_last(lane_last),
    .m_user(lane_user));

  logic sum_valid, sum_ready, sum_last;
  logic [SUM_STREAM_BITS-1:0] sum_data;
  logic [SUM_STREAM_BITS/8-1:0] sum_keep;
  logic [USER_BITS-1:0] sum_user;
  packet_writer writer (.clk(aclk), .rstn(aresetn),
    .s_valid(lane_valid), .s_ready(lane_ready), .s_data(lane_data), .s_lanes(lane_count), .s_last(lane_last),
    .s_user(lane_user),
    .m_valid(sum_valid), .m_ready(sum_ready), .m_data(sum_data), .m_keep(sum_keep), .m_last(sum_last), .m_user(sum_user));
  skid #(.BITS(SUM_STREAM_BITS + SUM_STREAM_BITS/8 + USER_BITS + 1)) sum_skid (.clk(aclk), .rstn(aresetn),
    .s_valid(sum_valid), .s_ready(sum_ready), .s_data({sum_last, sum_user, sum_keep, sum_data}),
    .m_valid(m_axis_sums_tvalid), .m_ready(m_axis_sums_tready),
    .m_data({m_axis_sums_tlast, m_axis_sums_tuser, m_axis_sums_tkeep, m_axis_sums_tdata}));

  // ---- what happened
  assign ev_shift     = op_i.shift;
  assign ev_stall_out = stall;
  assign ev_wait_wgt  = adv && !full;
  always_ff @(posedge aclk)
    if (!aresetn) err <= '0;
    else err <= err | {err_sync, err_wgt_length || err_rows, err_wgt_header, err_pix_length, err_pix_header};
endmodule
