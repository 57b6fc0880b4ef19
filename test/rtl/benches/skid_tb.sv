// Words go in and come out in order, none lost, none twice; an offered word stays; ready never waits for valid.
`timescale 1ns/1ps
module skid_tb;
`include "check.vh"
  logic s_valid = 0, m_ready = 0;
  wire  s_ready, m_valid;
  wire  [15:0] m_data;
  logic [15:0] given = 0, taken = 0, offered;
  logic was_waiting = 0;
  integer streak = 0;
  skid #(.BITS(16)) dut (.clk(clk), .rstn(rstn), .s_valid(s_valid), .s_ready(s_ready),
    .s_data(s_valid ? given : 16'hffff), .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));

  always @(posedge clk) if (rstn) begin
    if (s_valid && s_ready) given <= given + 1;
    if (!s_valid || s_ready) s_valid <= clocks % 400 < 200 || $urandom % 100 < 50;  // every other time without a gap
    m_ready <= clocks % 400 < 200 || $urandom % 100 < 50;
    if (was_waiting) check(m_valid && m_data == offered);
    was_waiting <= m_valid && !m_ready;
    offered <= m_data;
    if (m_valid && m_ready) begin
      check(m_data == taken);
      taken <= taken + 1;
    end
    // full speed: after a few clocks of both sides willing, a word leaves in every clock
    streak <= s_valid && m_ready ? streak + 1 : 0;
    if (streak > 4 && s_valid && m_ready) check(m_valid && s_ready);
    finish_at(4000);
  end
endmodule
