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
  localparam int ROOM       = LANES * LANE_BYTES + BEAT_BYTES;  // lanes are taken while a beat goes out: none waits
  localparam int SIZE       = LANES * LANE_BYTES + ROOM;
  localparam int COUNT_BITS = $clog2(SIZE + 1);

  logic [SIZE*8-1:0]     bytes;    // the oldest at the bottom; zero above `count`
  logic [COUNT_BITS-1:0] count;
  logic                  closing;  // the packet's last bytes are in
  logic [USER_BITS-1:0]  user;

  wire put   = s_valid && s_ready;
  wire whole = count >= COUNT_BITS'(BEAT_BYTES);
  wire send  = (!m_valid || m_ready) && (whole || closing);
  wire [COUNT_BITS-1:0] rest = !send ? count : whole ? count - COUNT_BITS'(BEAT_BYTES) : '0;
  wire ends  = closing && count <= COUNT_BITS'(BEAT_BYTES);

  assign s_ready = !closing && count <= COUNT_BITS'(ROOM);

  always_ff @(posedge clk)
    if (!rstn) begin
      count   <= '0;
      closing <= 1'b0;
      m_valid <= 1'b0;
    end else begin
      count <= put ? rest + COUNT_BITS'(32'(s_lanes) * LANE_BYTES) : rest;
      if (put)               closing <= s_last;
      else if (send && ends) closing <= 1'b0;
      if (send)              m_valid <= 1'b1;
      else if (m_ready)      m_valid <= 1'b0;
    end

  always_ff @(posedge clk) begin : gearbox
    logic [SIZE*8-1:0] below;
    if (put) user <= s_user;
    if (send) begin
      m_data <= bytes[SUM_STREAM_BITS-1:0];
      m_keep <= whole ? '1 : ~({BEAT_BYTES{1'b1}} << count);
      m_last <= ends;
      m_user <= ends ? user : '0;
    end
    if (!rstn) bytes <= '0;
    else if (put || send) begin
      below = bytes;
      if (send) below = bytes >> SUM_STREAM_BITS;
      if (put)  below = below | ((SIZE*8)'(s_data) << (32'(rest) * 8));
      bytes <= below;
    end
  end
endmodule
