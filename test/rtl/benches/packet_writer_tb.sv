// Lanes of random number go in; the bytes come out in order, packed, with the packet's end, count and mark.
`timescale 1ns/1ps
module packet_writer_tb import kraken_pkg::*; ();
`include "check.vh"
  localparam int LANE_BYTES = R * ACC_BITS / 8, BEAT_BYTES = SUM_STREAM_BITS / 8;
  logic s_valid = 0, s_last = 0, m_ready = 0;
  logic [7:0] s_lanes = 1;
  logic [LANES*R*ACC_BITS-1:0] s_data;
  wire  s_ready, m_valid, m_last;
  wire  [SUM_STREAM_BITS-1:0] m_data;
  wire  [BEAT_BYTES-1:0] m_keep;
  wire  [USER_BITS-1:0] m_user;
  integer given = 0, taken = 0, packet = 0, out_packet = 0, count;
  integer ends [0:4095];     // bytes given when a packet ended
  logic equal;
  always @* begin
    s_data = '0;
    for (int i = 0; i < LANES * LANE_BYTES; i++) if (i < s_lanes * LANE_BYTES) s_data[i*8 +: 8] = 8'(given + i);
  end

  packet_writer dut (.clk(clk), .rstn(rstn), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .s_lanes(s_lanes),
    .s_last(s_last), .s_user(USER_BITS'(packet)), .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data),
    .m_keep(m_keep), .m_last(m_last), .m_user(m_user));

  always @(posedge clk) if (rstn) begin
    if (s_valid && s_ready) begin
      given = given + s_lanes * LANE_BYTES;
      if (s_last) begin
        ends[packet % 4096] = given;
        packet = packet + 1;
      end
    end
    if (!s_valid || s_ready) begin
      s_valid <= $urandom % 100 < 80;
      s_lanes <= 1 + $urandom % LANES;
      s_last  <= $urandom % 100 < 15;
    end
    m_ready <= $urandom % 100 < 70;
    if (m_valid && m_ready) begin
      count = 0;
      for (int i = 0; i < BEAT_BYTES; i++) count = count + m_keep[i];
      equal = m_keep == BEAT_BYTES'((1 << count) - 1) && (m_last || count == BEAT_BYTES);
      for (int i = 0; i < BEAT_BYTES; i++) if (m_keep[i]) equal = equal && m_data[i*8 +: 8] == 8'(taken + i);
      taken = taken + count;
      if (m_last) begin
        equal = equal && taken == ends[out_packet % 4096] && m_user == USER_BITS'(out_packet);
        out_packet = out_packet + 1;
      end else equal = equal && m_user == '0;
      check(equal);
    end
    if (checks == 2999) check(out_packet > 100);
    finish_at(3000);
  end
endmodule
