// The engine in a second simulator: beats from files, random valid and ready, every beat of sums compared.
// Files: one beat a line in hex, its last flag above the data; sums: {last, keep, data}.
`timescale 1ns/1ps
module engine_tb import kraken_pkg::*; ();
`include "job.vh"
  localparam int KEEP_BITS = SUM_STREAM_BITS / 8;
  localparam int SUM_WIDTH = 1 + KEEP_BITS + SUM_STREAM_BITS;
  logic clk = 0, rstn = 0;
  always #5 clk = !clk;

  logic [PIXEL_STREAM_BITS:0]  pixels  [0:PIXEL_BEATS-1];
  logic [WEIGHT_STREAM_BITS:0] weights [0:WEIGHT_BEATS-1];
  logic [SUM_WIDTH-1:0]        sums    [0:SUM_BEATS-1];
  integer pixel = 0, weight = 0, sum = 0, differences = 0, clocks = 0;

  logic pixel_valid = 0, weight_valid = 0, sum_ready = 0;
  wire  pixel_ready, weight_ready, sum_valid, sum_last;
  wire  [SUM_STREAM_BITS-1:0] sum_data;
  wire  [KEEP_BITS-1:0] sum_keep;
  wire  [PIXEL_STREAM_BITS:0]  pixel_beat  = pixel_valid ? pixels[pixel] : '1;  // all ones where nothing is offered
  wire  [WEIGHT_STREAM_BITS:0] weight_beat = weight_valid ? weights[weight] : '1;
  wire  [SUM_WIDTH-1:0]        wanted = sums[sum];
  wire  [4:0] err;

  engine dut (.aclk(clk), .aresetn(rstn),
    .s_axis_pixels_tvalid(pixel_valid), .s_axis_pixels_tready(pixel_ready),
    .s_axis_pixels_tlast(pixel_beat[PIXEL_STREAM_BITS]), .s_axis_pixels_tdata(pixel_beat[PIXEL_STREAM_BITS-1:0]),
    .s_axis_weights_tvalid(weight_valid), .s_axis_weights_tready(weight_ready),
    .s_axis_weights_tlast(weight_beat[WEIGHT_STREAM_BITS]), .s_axis_weights_tdata(weight_beat[WEIGHT_STREAM_BITS-1:0]),
    .m_axis_sums_tvalid(sum_valid), .m_axis_sums_tready(sum_ready), .m_axis_sums_tlast(sum_last),
    .m_axis_sums_tdata(sum_data), .m_axis_sums_tkeep(sum_keep), .m_axis_sums_tuser(),
    .ev_fire(), .ev_shift(), .ev_stall_out(), .ev_wait_pix(), .ev_wait_wgt(), .err(err));

  always @(posedge clk) if (rstn) begin
    clocks <= clocks + 1;
    if (pixel_valid && pixel_ready) pixel <= pixel + 1;
    if (!pixel_valid || pixel_ready)
      pixel_valid <= pixel + (pixel_valid && pixel_ready) < PIXEL_BEATS && $urandom % 100 < 70;
    if (weight_valid && weight_ready) weight <= weight + 1;
    if (!weight_valid || weight_ready)
      weight_valid <= weight + (weight_valid && weight_ready) < WEIGHT_BEATS && $urandom % 100 < 70;
    sum_ready <= $urandom % 100 < 80;
    if (sum_valid && sum_ready) begin
      if ({sum_last, sum_keep, sum_data} !== wanted) differences = differences + 1;
      sum <= sum + 1;
    end
    if (sum == SUM_BEATS || clocks == 1000000) begin
      $display("beats %0d of %0d differences %0d errors %b", sum, SUM_BEATS, differences, err);
      $finish;
    end
  end

  initial begin
    $readmemh("pixels.hex", pixels);
    $readmemh("weights.hex", weights);
    $readmemh("sums.hex", sums);
    #42 rstn = 1;
  end
endmodule
