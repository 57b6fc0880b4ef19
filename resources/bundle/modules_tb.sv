// The testbench of single modules: each gets the inputs that a layer's schedule gives it, and every output is compared. They
// are not connected: what one should give is read from the vector that the next one takes, so a fault is found where it is.
//   +valid=N   chance in percent that a clock does something (100)
//   +seed=N    of those chances
// Its last line is PASS or FAIL.
`timescale 1ns/1ps
module modules_tb;
  wire shifter_done, rotator_done, array_done, pipe_done;
  wire [31:0] shifter_differences, rotator_differences, array_differences, pipe_differences;
  wire [31:0] shifter_compared, rotator_compared, array_compared, pipe_compared;
  pixel_shifter_check   shifter (.done(shifter_done), .differences(shifter_differences), .compared(shifter_compared));
  weights_rotator_check rotator (.done(rotator_done), .differences(rotator_differences), .compared(rotator_compared));
  pe_array_check        array   (.done(array_done), .differences(array_differences), .compared(array_compared));
  output_pipe_check     pipe    (.done(pipe_done), .differences(pipe_differences), .compared(pipe_compared));

  wire [31:0] differences = shifter_differences + rotator_differences + array_differences + pipe_differences;
  integer seed, scanned;
  initial begin
    if ($value$plusargs("seed=%d", seed)) scanned = $urandom(seed);
    wait (shifter_done && rotator_done && array_done && pipe_done);
    #1;
    if (differences == 0)
      $display("PASS: pixel_shifter %0d words, weights_rotator %0d, pe_array %0d, output_pipe %0d", shifter_compared,
        rotator_compared, array_compared, pipe_compared);
    else
      $display("FAIL: differences: pixel_shifter %0d, weights_rotator %0d, pe_array %0d, output_pipe %0d", shifter_differences,
        rotator_differences, array_differences, pipe_differences);
    $finish;
  end
endmodule

// units -> pixels
module pixel_shifter_check import kraken_pkg::*; import bundle_pkg::*; (
  output logic done, output logic [31:0] differences, output logic [31:0] compared
);
`include "module_check.vh"
  logic [UNIT_WORDS*WORD_BITS-1:0] unit [0:MOST_UNITS-1];
  logic [R*WORD_BITS-1:0] pixels [0:MOST_OPERATIONS-1];
  logic load, shift;
  logic [UNIT_WORDS*WORD_BITS-1:0] given;
  wire  [R*WORD_BITS-1:0] x;
  pixel_shifter dut (.clk(clk), .load(load), .blank(1'b0), .shift(shift), .unit(given), .x(x));

  integer product, unit_at, r;
  initial begin
    open_layers;
    while (more) begin
      name = {folder, "/units.mem"};
      $readmemh(name, unit, 0, units - 1);
      name = {folder, "/pixels.mem"};
      $readmemh(name, pixels, 0, products - 1);
      product = 0;
      unit_at = 0;
      for (i = 0; i < operations; i = i + 1) begin
        load  = op[i][LOAD];
        shift = op[i][MAC] && !op[i][LOAD];
        given = load ? unit[unit_at] : '1;
        if (load) unit_at = unit_at + 1;
        tick;
        if (op[i][MAC]) begin
          for (r = 0; r < R; r = r + 1) begin
            count(x[r*WORD_BITS +: WORD_BITS] === pixels[product][r*WORD_BITS +: WORD_BITS]);
            if (told) $display("%s/pixels: product %0d (operation %0d), row %0d: the pixel shifter gives %0d, the vector says %0d", folder,
              product, i, r, $signed(x[r*WORD_BITS +: WORD_BITS]), $signed(pixels[product][r*WORD_BITS +: WORD_BITS]));
          end
          product = product + 1;
        end
      end
      next_layer;
    end
    done = 1;
  end
endmodule

// rows_pP, addresses -> weights, starts
module weights_rotator_check import kraken_pkg::*; import bundle_pkg::*; (
  output logic done, output logic [31:0] differences, output logic [31:0] compared
);
`include "module_check.vh"
  localparam int HEADER_BEATS = (WEIGHT_HEADER_BITS / 8 + C - 1) / C;
  logic [C*WORD_BITS-1:0] rows [0:HEADER_BEATS+MOST_WEIGHT_ROWS-1];
  logic [31:0] addresses [0:MOST_OPERATIONS-1];
  logic [C*WORD_BITS-1:0] weights [0:MOST_OPERATIONS-1];
  logic [7:0] start_cores [0:C-1];
  logic rstn, avail, last, rd_en, rd_done;
  logic [C*WORD_BITS-1:0] unit;
  logic [WEIGHT_HEADER_BITS-1:0] head, header, headers [0:1];  // of the packets that are open
  logic [ADDR_BITS-1:0] rd_addr;
  wire take, full, damaged, err_rows;
  wire [7:0] tag;
  wire [C-1:0] starts;
  wire [C*WORD_BITS-1:0] rd_data;
  config_t cfg;
  weights_rotator dut (.clk(clk), .rstn(rstn), .avail(avail), .last(last), .bad(1'b0), .header(header), .unit(unit), .take(take),
    .full(full), .cfg(cfg), .tag(tag), .damaged(damaged), .starts(starts), .rd_en(rd_en), .rd_addr(rd_addr), .rd_data(rd_data),
    .rd_done(rd_done), .err_rows(err_rows));

  integer table_of_rows, packet, reading, row, row_count, product, idle, c;
  logic begun, takes, reads;
  string stem;

  task next_packet;
    begin
      row = 0;
      scanned = $fscanf(table_of_rows, "%d %s", row_count, stem);
      name = {stem, ".mem"};
      $readmemh(name, rows, 0, HEADER_BEATS + row_count - 1);
      for (c = 0; c < WEIGHT_HEADER_BITS / 8; c = c + 1) head[8*c +: 8] = rows[c / C][8*(c % C) +: 8];
      header = head;  // at once: Verilator 5.006 does not see that a signal was written in parts
      headers[packet % 2] = head;
    end
  endtask

  task check_configuration;
    begin
      count(cfg === headers[reading % 2][WEIGHT_HEADER_BITS-1:PIXEL_HEADER_BITS] && tag === op[i][TAG +: 8] && !damaged);
      if (told) $display("%s/rows_p%0d: tag or configuration is not that of the header", folder, reading);
      for (c = 0; c < C; c = c + 1) begin
        count(starts[c] === start_cores[c][0] && start_cores[c][7:1] === 7'd0);
        if (told) $display("%s/starts: core %0d: the weights rotator gives %b, the vector says %0d", folder, c, starts[c], start_cores[c]);
      end
    end
  endtask

  task check_weights;
    begin
      for (c = 0; c < C; c = c + 1) begin
        count(rd_data[c*WORD_BITS +: WORD_BITS] === weights[product][c*WORD_BITS +: WORD_BITS]);
        if (told) $display("%s/weights: product %0d (operation %0d), core %0d: the weights rotator gives %0d, the vector says %0d", folder,
          product, i, c, $signed(rd_data[c*WORD_BITS +: WORD_BITS]), $signed(weights[product][c*WORD_BITS +: WORD_BITS]));
      end
    end
  endtask

  task check_layer;
    begin
      packet = 0;
      reading = 0;
      product = 0;
      idle = 0;
      begun = 0;
      next_packet;
      i = 0;
      while (i < operations && idle < PATIENCE) begin
        // one side writes the packets, as fast as the banks allow
        avail = packet < packets && $urandom % 100 < percent;
        last  = row == row_count - 1;
        unit  = rows[HEADER_BEATS + row];
        // the other reads the bank at the front
        reads = full && $urandom % 100 < percent;
        if (full && !begun) check_configuration;
        begun   = full;
        rd_en   = reads && op[i][MAC];
        rd_done = reads && op[i][DONE];
        rd_addr = addresses[product][ADDR_BITS-1:0];
        #1;
        takes = take;
        idle = takes || reads ? 0 : idle + 1;
        count(!err_rows);
        if (told) $display("%s/rows_p%0d: the packet has not as many rows as its header says", folder, packet);
        tick;
        if (rd_en) begin
          check_weights;
          product = product + 1;
        end
        if (reads) i = i + 1;
        if (rd_done) begin
          begun = 0;
          reading = reading + 1;
        end
        if (takes) row = row + 1;
        if (takes && last) begin
          packet = packet + 1;
          if (packet < packets) next_packet;
        end
      end
      count(i == operations);
      if (told) $display("%s/weights: the weights rotator stands still at operation %0d", folder, i);
    end
  endtask

  initial begin
    open_layers;
    table_of_rows = $fopen("testbench/module_rows.txt", "r");
    while (more) begin
      name = {folder, "/addresses.mem"};
      $readmemh(name, addresses, 0, products - 1);
      name = {folder, "/weights.mem"};
      $readmemh(name, weights, 0, products - 1);
      name = {folder, "/starts.mem"};
      $readmemh(name, start_cores, 0, C - 1);
      rstn = 0;
      avail = 0;
      rd_en = 0;
      rd_done = 0;
      tick;
      rstn = 1;
      check_layer;
      next_layer;
    end
    done = 1;
  end
endmodule

// pixels, weights, starts -> snapshots
module pe_array_check import kraken_pkg::*; import bundle_pkg::*; (
  output logic done, output logic [31:0] differences, output logic [31:0] compared
);
`include "module_check.vh"
  logic [R*WORD_BITS-1:0] pixels [0:MOST_OPERATIONS-1];
  logic [C*WORD_BITS-1:0] weights [0:MOST_OPERATIONS-1];
  logic [7:0] starts [0:C-1];
  logic [R*SUM_BITS-1:0] snapshots [0:MOST_RELEASES*C-1];  // a core each
  logic adv, mac, first, shift, snap;
  logic [C-1:0] cleared, clear;
  logic [R*WORD_BITS-1:0] x;
  logic [C*WORD_BITS-1:0] w;
  logic [LANES*16-1:0] cores, select;
  wire  [LANES*R*SUM_BITS-1:0] sums;
  pe_array dut (.clk(clk), .adv(adv), .mac(mac), .first(first), .shift(shift), .clear(clear), .snap(snap), .x(x), .w(w),
    .select(select), .sums(sums));

  integer product, release_at, c, d, r, at;
  logic [SUM_BITS-1:0] is, should;

  task clock;
    begin
      tick;
      if (snap) check_snapshot;
      snap = 0;
    end
  endtask

  // every sum of every core, LANES cores at once
  task check_snapshot;
    begin
      for (c = 0; c < C; c = c + LANES) begin
        for (d = 0; d < LANES; d = d + 1) cores[d*16 +: 16] = c + d < C ? 16'(c + d) : 16'(c);
        select = cores;
        #1;
        for (d = 0; d < LANES && c + d < C; d = d + 1)
          for (r = 0; r < R; r = r + 1) begin
            at = release_at * C + c + d;
            is = sums[(d*R+r)*SUM_BITS +: SUM_BITS];
            should = snapshots[at][r*SUM_BITS +: SUM_BITS];
            count(is === should);
            if (told) $display("%s/snapshots: release %0d (before operation %0d), core %0d, row %0d: the array holds %0d, the vector says %0d",
              folder, release_at, i, c + d, r, $signed(is), $signed(should));
          end
      end
      release_at = release_at + 1;
    end
  endtask

  initial begin
    open_layers;
    while (more) begin
      name = {folder, "/pixels.mem"};
      $readmemh(name, pixels, 0, products - 1);
      name = {folder, "/weights.mem"};
      $readmemh(name, weights, 0, products - 1);
      name = {folder, "/starts.mem"};
      $readmemh(name, starts, 0, C - 1);
      name = {folder, "/snapshots.mem"};
      $readmemh(name, snapshots, 0, releases * C - 1);
      product = 0;
      release_at = 0;
      snap = 0;
      select = '0;
      for (i = 0; i < operations; i = i + 1) begin
        mac   = op[i][MAC];
        first = op[i][FIRST];
        shift = op[i][SHIFT];
        for (c = 0; c < C; c = c + 1) cleared[c] = op[i][START] && starts[c][0];
        clear = cleared;
        x = mac ? pixels[product] : '1;
        w = mac ? weights[product] : '1;
        adv = 0;  // clocks in which the pipeline stands still
        while ($urandom % 100 >= percent) clock;
        adv = 1;
        clock;
        if (mac) product = product + 1;
        snap = op[i][RELEASE];  // the sums are final now: the snapshot is taken while the array goes on
      end
      adv = 0;
      clock;
      next_layer;
    end
    done = 1;
  end
endmodule

// snapshots -> lanes, marks
module output_pipe_check import kraken_pkg::*; import bundle_pkg::*; import operation_pkg::*; (
  output logic done, output logic [31:0] differences, output logic [31:0] compared
);
`include "module_check.vh"
  logic [R*SUM_BITS-1:0] snapshots [0:MOST_RELEASES*C-1];
  logic [LANES*R*ACC_BITS-1:0] lanes [0:MOST_LANE_BEATS-1];
  logic [31:0] marks [0:MOST_LANE_BEATS-1];
  logic rstn, m_ready;
  operation_t next, given;
  wire snap, stall, m_valid, m_last;
  wire [LANES*16-1:0] select;
  wire [LANES*R*SUM_BITS-1:0] sums;
  wire [LANES*R*ACC_BITS-1:0] m_data;
  wire [7:0] m_lanes;
  wire [USER_BITS-1:0] m_user;
  output_pipe dut (.clk(clk), .rstn(rstn), .op(given), .snap(snap), .stall(stall), .select(select), .sums(sums),
    .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data), .m_lanes(m_lanes), .m_last(m_last), .m_user(m_user));

  // the snapshot that the array would hold
  integer held = 0;
  for (genvar lane = 0; lane < LANES; lane++) begin : selected
    wire [31:0] core = 32'(select[lane*16 +: 16]);
    assign sums[lane*R*SUM_BITS +: R*SUM_BITS] = snapshots[held * C + (core < C ? core : 0)];
  end

  integer release_at, beat, idle, word;
  logic took, taken;

  task check_beat;
    begin
      count(beat < beats);
      if (told) $display("%s/lanes: a beat comes after the last", folder);
      if (beat < beats) begin
        for (word = 0; word < LANES * R; word = word + 1) begin
          count(m_data[word*ACC_BITS +: ACC_BITS] === lanes[beat][word*ACC_BITS +: ACC_BITS]);
          if (told) $display("%s/lanes: beat %0d, lane %0d, row %0d: the output pipe gives %0d, the vector says %0d", folder, beat,
            word / R, word % R, $signed(m_data[word*ACC_BITS +: ACC_BITS]), $signed(lanes[beat][word*ACC_BITS +: ACC_BITS]));
        end
        count(marks[beat] === {6'd0, m_last ? m_user : {USER_BITS{1'b0}}, 7'd0, m_last, m_lanes});
        if (told) $display("%s/marks: beat %0d: the output pipe gives %0d lanes, last %b, user %b; the vector says %h", folder, beat,
          m_lanes, m_last, m_user, marks[beat]);
      end
      beat = beat + 1;
    end
  endtask

  task clock;
    begin
      m_ready = $urandom % 100 < percent;
      #1;
      took = m_valid && m_ready;
      taken = snap;
      if (took) check_beat;
      idle = took || taken ? 0 : idle + 1;
      tick;
      if (taken) begin
        held = release_at;
        release_at = release_at + 1;
      end
    end
  endtask

  initial begin
    open_layers;
    while (more) begin
      name = {folder, "/snapshots.mem"};
      $readmemh(name, snapshots, 0, releases * C - 1);
      name = {folder, "/lanes.mem"};
      $readmemh(name, lanes, 0, beats - 1);
      name = {folder, "/marks.mem"};
      $readmemh(name, marks, 0, beats - 1);
      release_at = 0;
      beat = 0;
      idle = 0;
      given = '0;
      m_ready = 0;
      rstn = 0;
      tick;
      rstn = 1;
      for (i = 0; i < operations; i = i + 1) begin
        next = '0;
        next.rel     = op[i][RELEASE];
        next.last    = op[i][LAST];
        next.tag     = op[i][TAG +: 8];
        next.kw_hi   = op[i][OLDEST +: 4];
        next.columns = op[i][COLUMNS +: 4];
        next.g1      = g_cores - 1;
        next.sw1     = s_w - 1;
        next.e       = e_groups;
        given = next;
        taken = 0;
        while (op[i][RELEASE] && !taken && idle < PATIENCE) clock;  // a snapshot still in use holds the array
        if (!op[i][RELEASE]) clock;
      end
      given = '0;
      while (beat < beats && idle < PATIENCE) clock;
      repeat (5) clock;
      count(beat == beats);
      if (told) $display("%s/lanes: %0d of %0d beats came", folder, beat, beats);
      next_layer;
    end
    done = 1;
  end
endmodule
