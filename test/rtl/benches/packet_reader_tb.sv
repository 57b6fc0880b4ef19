// Packets of random length and unit in random time: every unit comes out with its own header, words, end and mark.
// Every fourth packet is broken: too short, too long, or with a wrong check byte.
`timescale 1ns/1ps
module packet_reader_tb import kraken_pkg::*; ();
`include "check.vh"
  parameter int BEAT = 32;
  localparam int WORDS = BEAT / 8, BASE = 3, MOST = 7, HEADER_BEATS = (64 + BEAT - 1) / BEAT;
  logic s_valid = 0;
  wire  s_ready, avail, last, bad, err_header, err_length;
  wire  [63:0] header;
  wire  [MOST*8-1:0] unit;
  logic want = 0;
  wire  take = want && avail;

  // ---- the packet that goes in
  integer number, beat = 0;
  integer units, extra, beats, sent_beats, fault;
  logic [63:0] head;
  // a word is a function of its packet and place, so that both sides know it
  function automatic logic [7:0] word_of(input integer packet, input integer at);
    word_of = 8'(packet * 37 + at * 11 + 5);
  endfunction
  function automatic integer pick(input integer packet, input integer salt, input integer most);
    pick = ((packet * 7919 + salt * 104729) % 1009) % most;
  endfunction
  function automatic integer units_of(input integer packet); units_of = 1 + pick(packet, 1, 9); endfunction
  function automatic integer extra_of(input integer packet); extra_of = pick(packet, 2, MOST - BASE + 1); endfunction
  function automatic integer fault_of(input integer packet); fault_of = packet % 4 == 3 ? 1 + pick(packet, 3, 3) : 0; endfunction
  function automatic integer beats_of(input integer packet);
    beats_of = (units_of(packet) * (BASE + extra_of(packet)) + WORDS - 1) / WORDS;
  endfunction

  logic [BEAT-1:0] data;
  logic s_last;
  always @* begin
    units = units_of(number); extra = extra_of(number); beats = beats_of(number); fault = fault_of(number);
    sent_beats = HEADER_BEATS + beats + (fault == 1 ? -1 : fault == 2 ? 2 : 0);
    head = {32'(units * (BASE + extra)), 4'd0, 4'(extra), 8'(number), 8'h5a, 8'd0};
    head[7:0] = head[15:8] ^ head[23:16] ^ head[31:24] ^ head[39:32] ^ head[47:40] ^ head[55:48] ^ head[63:56];
    if (fault == 3) head[7:0] = head[7:0] ^ 8'h10;
    s_last = beat == sent_beats - 1;
    for (int i = 0; i < WORDS; i++)
      if (beat < HEADER_BEATS) data[i*8 +: 8] = (beat * WORDS + i) < 8 ? head[((beat * WORDS + i) % 8)*8 +: 8] : 8'd0;
      else data[i*8 +: 8] = word_of(number, (beat - HEADER_BEATS) * WORDS + i);
  end

  packet_reader #(.STREAM_BITS(BEAT), .BASE_WORDS(BASE), .MOST_WORDS(MOST), .HEADER_BITS(64), .MAGIC('h5a)) dut (
    .clk(clk), .rstn(rstn), .s_valid(s_valid), .s_last(s_valid ? s_last : 1'b1), .s_ready(s_ready),
    .s_data(s_valid ? data : '1), .avail(avail), .header(header), .unit(unit), .last(last), .bad(bad), .take(take),
    .err_header(err_header), .err_length(err_length));

  // ---- the packet that comes out
  integer out = 0, at = 0, length, size, headers = 0, lengths = 0;
  logic equal;
  always @(posedge clk) if (rstn) begin
    if (s_valid && s_ready) begin
      beat <= s_last ? 0 : beat + 1;
      if (s_last) number <= number + 1;
    end
    if (!s_valid || s_ready) s_valid <= $urandom % 100 < 80;
    want <= $urandom % 100 < 80;
    if (err_header) headers = headers + 1;
    if (err_length) lengths = lengths + 1;
    if (take) begin
      while (fault_of(out) == 3) out = out + 1;  // dropped whole
      size = BASE + extra_of(out);
      length = units_of(out) * size;
      equal = header[23:16] == 8'(out) && last == (at + size == length) && (!last || bad == (fault_of(out) != 0));
      for (int i = 0; i < size; i++)  // one that ends early is filled up with zeros
        equal = equal && unit[i*8 +: 8] ==
          (fault_of(out) == 1 && at + i >= (beats_of(out) - 1) * WORDS ? 8'd0 : word_of(out, at + i));
      check(equal);
      at = last ? 0 : at + size;
      if (last) out = out + 1;
    end
    if (checks == 2999) check(headers > 20 && lengths > 20);
    finish_at(3000);
  end
  initial #1 number = 0;  // an event, so that what depends on it is worked out
endmodule
