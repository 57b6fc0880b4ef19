// Packs sums without gaps into a stream of any width. In: beats of some lanes. Out: AXI-Stream; TKEEP counts the bytes
// of a packet's last beat, TUSER tells of the packet in that beat and is zero before.
module packet_writer import kraken_pkg::*; (
  input  logic                         clk,
  input  logic                         rstn,
  input  logic                         s_valid,
  output logic                         s_ready,
  input  logic [LANES*R*ACC_BITS-1:0]  s_data,   // zero above the used lanes
  input  logic [7:0]                   s_lanes,
  input  logic                         s_last,
  input  logic [USER_BITS-1:0]         s_user,
  output logic                         m_valid,
  input  logic                         m_ready,
  output logic [SUM_STREAM_BITS-1:0]   m_data,
  output logic [SUM_STREAM_BITS/8-1:0] m_keep,
  output logic                         m_last,
  output logic [USER_BITS-1:0]         m_user
);
  localparam int LANE_BYTES = R * ACC_BITS / 8;
  localparam int BEAT_BYTES = SUM_STREAM_BITS / 8;
  localparam int SIZE       = LANES * LANE_BYTES + BEAT_BYTES;
  localparam int COUNT_BITS = $clog2(SIZE + 1);

  logic [SIZE*8-1:0]     bytes;    // the oldest at the bottom; zero above `count`
  logic [COUNT_BITS-1:0] count;
  logic                  closing;  // the packet's last bytes are in
  logic [USER_BITS-1:0]  user;

  wire put      = s_valid && s_ready;
  wire whole    = count >= COUNT_BITS'(BEAT_BYTES);
  wire send     = m_valid && m_ready;
  wire [COUNT_BITS-1:0] sent = whole ? COUNT_BITS'(BEAT_BYTES) : count;
  wire [COUNT_BITS-1:0] rest = send ? count - sent : count;

  assign s_ready = !closing && count <= COUNT_BITS'(BEAT_BYTES);
  assign m_valid = whole || closing;
  assign m_last  = closing && count <= COUNT_BITS'(BEAT_BYTES);
  assign m_data  = bytes[SUM_STREAM_BITS-1:0];
  assign m_keep  = whole ? '1 : ~({BEAT_BYTES{1'b1}} << count);
  assign m_user  = m_last ? user : '0;

  always_ff @(posedge clk)
    if (!rstn) begin
      count   <= '0;
      bytes   <= '0;
      closing <= 1'b0;
    end else begin
      count <= put ? rest + COUNT_BITS'(32'(s_lanes) * LANE_BYTES) : rest;
      if (put && send)
        bytes <= (bytes >> SUM_STREAM_BITS) | ((SIZE*8)'(s_data) << (32'(rest) * 8));
      else if (put)
        bytes <= bytes | ((SIZE*8)'(s_data) << (32'(rest) * 8));
      else if (send)
        bytes <= bytes >> SUM_STREAM_BITS;
      if (put)                 closing <= s_last;
      else if (send && m_last) closing <= 1'b0;
    end

  always_ff @(posedge clk) if (put) user <= s_user;
endmodule
