// Two banks: packets are written while the one before is read again and again; each is read as it was written, with its
// own configuration, and none is overwritten before it is done with.
`timescale 1ns/1ps
module weights_rotator_tb import kraken_pkg::*; ();
`include "check.vh"
  integer number, row = 0, rows;
  logic offered = 0;
  packet_t packet;
  config_t packet_cfg;
  logic [C*WORD_BITS-1:0] unit;
  wire take, full, damaged, err_rows;
  config_t cfg;
  wire [7:0] tag;
  wire [C-1:0] starts;
  wire [C*WORD_BITS-1:0] rd_data;
  logic rd_en = 0, rd_done = 0;
  logic [ADDR_BITS-1:0] rd_addr = 0;

  function automatic integer rows_of(input integer packet_number);
    rows_of = 1 + (packet_number * 7919 % 1009) % DEPTH;
  endfunction
  function automatic logic [C*WORD_BITS-1:0] row_of(input integer packet_number, input integer at);
    for (int i = 0; i < C; i++) row_of[i*WORD_BITS +: WORD_BITS] = 8'(packet_number * 31 + at * 7 + i * 3);
  endfunction
  always @* begin
    rows = rows_of(number);
    packet = {32'(rows * C), 4'd0, 4'd0, 8'(number), 8'd178, 8'd0};
    packet_cfg = '0;
    packet_cfg.a_last = 16'(rows - 1);
    packet_cfg.kw1 = 4'(number % 3);
    packet_cfg.sw1 = 2'(number % 2);
    unit = row_of(number, row);
  end
  weights_rotator dut (.clk(clk), .rstn(rstn), .avail(offered), .last(row == rows - 1), .bad(number % 5 == 4),
    .header({packet_cfg, packet}), .unit(unit), .take(take), .full(full), .cfg(cfg), .tag(tag), .damaged(damaged),
    .starts(starts), .rd_en(rd_en), .rd_addr(rd_addr), .rd_data(rd_data), .rd_done(rd_done), .err_rows(err_rows));

  integer reading = 0, reads = 0, wanted_row;
  logic pending = 0, equal;
  always @(posedge clk) if (rstn) begin
    if (take) begin
      row <= row == rows - 1 ? 0 : row + 1;
      if (row == rows - 1) number <= number + 1;
    end
    offered <= $urandom % 100 < 80;
    if (err_rows) differences = differences + 1;
    if (pending) check(rd_data == row_of(reading, wanted_row));
    pending = rd_en;
    wanted_row = rd_addr;
    rd_done <= 0;
    rd_en <= 0;
    if (rd_done) begin
      reading = reading + 1;
      reads = 0;
    end else if (full && !rd_done && !rd_en) begin
      equal = tag == 8'(reading) && cfg.a_last == 16'(rows_of(reading) - 1) && damaged == (reading % 5 == 4);
      for (int i = 0; i < C; i++)
        equal = equal && starts[i] == (i % (reading % 3 + reading % 2 + 1) <= reading % 2);
      check(equal);
      if (reads < 6) begin
        rd_en <= 1;
        rd_addr <= ADDR_BITS'($urandom % rows_of(reading));
        reads = reads + 1;
      end else rd_done <= 1;
    end
    finish_at(3000);
  end
  initial #1 number = 0;  // an event, so that what depends on it is worked out
endmodule
