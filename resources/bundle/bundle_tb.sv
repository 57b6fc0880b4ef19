// The testbench of a bundle: sends every packet of pixels and weights to the engine, compares every word of every packet
// of sums, then does the host's part (corrections, requantisation, tiling for the next layer) in its own words and compares
// each level. It reads the vectors as .mem files, and tables of numbers beside it; it runs in Verilator and in Icarus.
//   +valid=N   chance in percent that a stream offers or takes a beat in a clock (100)
//   +seed=N    of those chances
// Its last line is PASS or FAIL.
`timescale 1ns/1ps
module bundle_tb import kraken_pkg::*; import bundle_pkg::*; import host_pkg::*; ();
  localparam int SUM_BYTES = SUM_STREAM_BITS / 8;
  localparam int PIXEL_BYTES = PIXEL_STREAM_BITS / 8;
  localparam int WORD_BYTES = ACC_BITS / 8;
  localparam int TOLD = 10;              // differences told one by one
  localparam int PATIENCE = 10000;       // clocks in which no stream moves

  logic clk = 0, rstn = 0;
  always #5 clk = !clk;
  initial #42 rstn = 1;

  integer differences = 0, words = 0, packets = 0, levels = 0, percent = 100, seed = 1, scanned;
  initial begin
    scanned = $value$plusargs("valid=%d", percent);
    if ($value$plusargs("seed=%d", seed)) scanned = $urandom(seed);
  end

  // ---- the two streams that go in: the packets of pixels.txt and weights.txt
  wire pixel_valid, pixel_ready, pixel_last, pixel_ended, weight_valid, weight_ready, weight_last, weight_ended;
  wire [PIXEL_STREAM_BITS-1:0]  pixel_data;
  wire [WEIGHT_STREAM_BITS-1:0] weight_data;
  packet_source #(.BITS(PIXEL_STREAM_BITS), .MOST_BEATS(MOST_PIXEL_BEATS), .TABLE("testbench/pixels.txt")) pixel_source (
    .clk(clk), .rstn(rstn), .percent(percent),
    .valid(pixel_valid), .ready(pixel_ready), .last(pixel_last), .data(pixel_data), .ended(pixel_ended));
  packet_source #(.BITS(WEIGHT_STREAM_BITS), .MOST_BEATS(MOST_WEIGHT_BEATS), .TABLE("testbench/weights.txt")) weight_source (
    .clk(clk), .rstn(rstn), .percent(percent),
    .valid(weight_valid), .ready(weight_ready), .last(weight_last), .data(weight_data), .ended(weight_ended));

  // ---- the engine
  wire  sum_valid, sum_last;
  logic sum_ready = 0;
  wire  [SUM_STREAM_BITS-1:0] sum_data;
  wire  [SUM_BYTES-1:0] sum_keep;
  wire  [USER_BITS-1:0] sum_user;
  wire  [4:0] err;
  engine dut (.aclk(clk), .aresetn(rstn),
    .s_axis_pixels_tvalid(pixel_valid), .s_axis_pixels_tready(pixel_ready),
    .s_axis_pixels_tlast(pixel_last), .s_axis_pixels_tdata(pixel_data),
    .s_axis_weights_tvalid(weight_valid), .s_axis_weights_tready(weight_ready),
    .s_axis_weights_tlast(weight_last), .s_axis_weights_tdata(weight_data),
    .m_axis_sums_tvalid(sum_valid), .m_axis_sums_tready(sum_ready), .m_axis_sums_tlast(sum_last),
    .m_axis_sums_tdata(sum_data), .m_axis_sums_tkeep(sum_keep), .m_axis_sums_tuser(sum_user),
    .ev_fire(), .ev_shift(), .ev_stall_out(), .ev_wait_pix(), .ev_wait_wgt(), .err(err));

  // ---- what is expected of the packet of sums that comes: a line of sums.txt
  logic [SUM_STREAM_BITS-1:0] sums [0:MOST_SUM_BEATS-1];
  logic [SUM_STREAM_BITS-1:0] came [0:MOST_SUM_BEATS-1];
  integer sum_table, sum_at = 0;
  integer s_layer, s_run, s_t, s_pass, s_user, s_beats, s_bytes;
  integer s_frames, s_blocks, s_columns, s_stride, s_groups, s_rows, s_channels;
  integer s_offset, s_frame, s_row, s_column;
  string s_stem, s_name;
  logic sum_ended = 0;

  task next_sums;
    begin
      sum_at = 0;
      if (sum_table == 0) $display("testbench/sums.txt cannot be opened");
      scanned = $fscanf(sum_table, "%d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %s",
        s_layer, s_run, s_t, s_pass, s_user, s_beats, s_bytes, s_frames, s_blocks, s_columns, s_stride, s_groups,
        s_rows, s_channels, s_offset, s_frame, s_row, s_column, s_stem);
      if (scanned == 19) begin
        s_name = {s_stem, ".mem"};
        $readmemh(s_name, sums, 0, s_beats - 1);
      end else sum_ended = 1;
    end
  endtask

  // Counts a difference; `told` while they are few enough.
  logic told = 0;
  task count;
    begin
      differences = differences + 1;
      told = differences <= TOLD;
    end
  endtask

  task finish;
    begin
      if (err != 0) $display("the engine tells of broken packets: err %b", err);
      if (differences == 0 && err == 0) $display("PASS: %0d words in %0d packets of sums, %0d vectors of the host", words, packets, levels);
      else $display("FAIL: %0d differences in %0d packets of sums and %0d vectors of the host", differences, packets, levels);
      $finish;
    end
  endtask

  integer idle = 0;
  logic over = 0;
  always @(posedge clk) if (rstn && !over) begin
    sum_ready <= $urandom % 100 < percent;
    idle = (pixel_valid && pixel_ready) || (weight_valid && weight_ready) || (sum_valid && sum_ready) ? 0 : idle + 1;
    if (sum_valid && sum_ready) take_beat;
    if (sum_ended && pixel_ended && weight_ended && !pixel_valid && !weight_valid) begin
      over = 1;
      finish;
    end else if (idle == PATIENCE) begin
      over = 1;
      count;
      if (sum_ended) $display("the engine has not taken all packets");
      else $display("%s: the engine stands still at beat %0d of %0d", s_stem, sum_at, s_beats);
      finish;
    end
  end

  task take_beat;
    integer byte_at, used;
    begin
      if (sum_ended) begin
        count;
        if (told) $display("a beat of sums comes after the last packet");
      end else if (sum_at >= s_beats) begin
        if (sum_at == s_beats) count;
        if (sum_at == s_beats && told) $display("%s: the packet is longer than %0d beats", s_stem, s_beats);
        sum_at = sum_at + 1;
      end else begin
        came[sum_at] = sum_data;
        used = s_bytes - sum_at * SUM_BYTES;
        if (used > SUM_BYTES) used = SUM_BYTES;
        for (byte_at = 0; byte_at < SUM_BYTES; byte_at = byte_at + 1)
          if (sum_keep[byte_at] !== (byte_at < used)) begin
            count;
            if (told) $display("%s: beat %0d: TKEEP of byte %0d is %b", s_stem, sum_at, byte_at, sum_keep[byte_at]);
          end
        sum_at = sum_at + 1;
      end
      if (sum_last && !sum_ended) begin
        packets = packets + 1;
        if (sum_at < s_beats) begin
          count;
          if (told) $display("%s: the packet ends after %0d of %0d beats", s_stem, sum_at, s_beats);
        end
        if (sum_at == s_beats) check_packet;
        if (sum_user !== s_user[USER_BITS-1:0]) begin
          count;
          if (told) $display("%s: TUSER is %b, not %b", s_stem, sum_user, s_user[USER_BITS-1:0]);
        end
        layer_left = layer_left - 1;
        if (layer_left == 0) begin
          check_host;
          next_layer;
        end
        next_sums;
      end
    end
  endtask

  // [n][l][o][j][g][r], and where each word belongs in the sums of the layer
  task check_packet;
    integer n, l, o, j, g, r, word, b, at, row, channel, place;
    logic [ACC_BITS-1:0] is, should;
    begin
      word = 0;
      for (n = 0; n < s_frames; n = n + 1) for (l = 0; l < s_blocks; l = l + 1)
        for (o = 0; o < s_columns; o = o + 1) for (j = 0; j < s_stride; j = j + 1)
          for (g = 0; g < s_groups; g = g + 1) for (r = 0; r < R; r = r + 1) begin
            for (b = 0; b < WORD_BYTES; b = b + 1) begin
              at = word * WORD_BYTES + b;
              is[8*b +: 8]     = came[at / SUM_BYTES][8*(at % SUM_BYTES) +: 8];
              should[8*b +: 8] = sums[at / SUM_BYTES][8*(at % SUM_BYTES) +: 8];
            end
            row = l * R + r;
            channel = (s_t * s_groups + g) * s_stride + j;
            if (is !== should) begin
              count;
              if (told) $display("%s: word %0d (frame %0d, row %0d, column %0d, channel %0d): the engine gives %0d, the vector says %0d",
                s_stem, word, n, row, o, channel, $signed(is), $signed(should));
            end
            if (row < s_rows && channel < s_channels) begin
              place = s_offset + n * s_frame + row * s_row + o * s_column + channel;
              summed[place] = summed[place] + $signed(is);
            end
            word = word + 1;
          end
      // what fills the last beat
      for (at = s_bytes; at < s_beats * SUM_BYTES; at = at + 1)
        if (sums[at / SUM_BYTES][8*(at % SUM_BYTES) +: 8] !== 8'd0) begin
          count;
          if (told) $display("%s: byte %0d behind the last word is not 0", s_stem, at);
        end
      words = words + word;
    end
  endtask

  // ---- the host's part, layer by layer: a line of layers.txt
  logic signed [31:0] summed      [0:MOST_ELEMENTS-1];
  logic signed [31:0] summed_file [0:MOST_ELEMENTS-1];
  logic [7:0]         requantised [0:MOST_ELEMENTS-1];
  logic [7:0]         output_file [0:MOST_ELEMENTS-1];
  logic signed [31:0] corrections [0:MOST_CORRECTIONS-1];
  logic signed [31:0] multipliers [0:MOST_CHANNELS-1];
  logic signed [31:0] shifts      [0:MOST_CHANNELS-1];
  logic [31:0]        scales      [0:MOST_CHANNELS-1];
  logic [15:0]        halves      [0:MOST_CHANNELS-1];  // scales and offsets of float16
  logic [15:0]        offsets     [0:MOST_CHANNELS-1];
  logic [15:0]        row_class   [0:MOST_ROWS-1];
  logic [15:0]        column_class [0:MOST_COLUMNS-1];
  integer layer_table, layer_left = 0;
  integer h_layer, h_elements, h_rows, h_columns, h_channels, h_row_classes, h_column_classes;
  integer h_bits, h_saturates, h_arithmetic, h_slope, h_zero, h_lowest, h_highest, h_has_summed, h_has_output;
  string h_folder, h_name;

  task next_layer;
    integer i;
    begin
      if (layer_table == 0) $display("testbench/layers.txt cannot be opened");
      scanned = $fscanf(layer_table, "%d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %s",
        h_layer, layer_left, h_elements, h_rows, h_columns, h_channels, h_row_classes, h_column_classes,
        h_bits, h_saturates, h_arithmetic, h_slope, h_zero, h_lowest, h_highest, h_has_summed, h_has_output, h_folder);
      if (scanned == 18) for (i = 0; i < h_elements; i = i + 1) summed[i] = 0;
      else layer_left = 0;
    end
  endtask

  task check_host;
    integer i, c, value, correction, rest, frame_row, o;
    begin
      if (h_has_summed != 0) begin
        h_name = {h_folder, "/summed.mem"};
        $readmemh(h_name, summed_file, 0, h_elements - 1);
        levels = levels + 1;
        for (i = 0; i < h_elements; i = i + 1)
          if (summed[i] !== summed_file[i]) begin
            count;
            if (told) $display("%s/summed: element %0d (row %0d, column %0d, channel %0d): the sums give %0d, the vector says %0d", h_folder, i,
              i / h_channels / h_columns, i / h_channels % h_columns, i % h_channels, summed[i], summed_file[i]);
          end
      end
      h_name = {h_folder, "/corrections.mem"};
      $readmemh(h_name, corrections, 0, h_row_classes * h_column_classes * h_channels - 1);
      h_name = {h_folder, "/row_class.mem"};
      $readmemh(h_name, row_class, 0, h_rows - 1);
      h_name = {h_folder, "/column_class.mem"};
      $readmemh(h_name, column_class, 0, h_columns - 1);
      read_constants;
      for (i = 0; i < h_elements; i = i + 1) begin
        c = i % h_channels;
        frame_row = i / h_channels / h_columns;
        o = i / h_channels % h_columns;
        correction = corrections[(row_class[frame_row] * h_column_classes + column_class[o]) * h_channels + c];
        value = rescale(kept(summed[i] + correction, h_bits, h_saturates), c);
        if (value < h_lowest) value = h_lowest;
        if (value > h_highest) value = h_highest;
        requantised[i] = value[7:0];
      end
      if (h_has_output != 0) begin
        h_name = {h_folder, "/requantised.mem"};
        $readmemh(h_name, output_file, 0, h_elements - 1);
        levels = levels + 1;
        for (i = 0; i < h_elements; i = i + 1)
          if (requantised[i] !== output_file[i]) begin
            count;
            if (told) $display("%s/requantised: element %0d (row %0d, column %0d, channel %0d): the host computes %0d, the vector says %0d", h_folder, i,
              i / h_channels / h_columns, i / h_channels % h_columns, i % h_channels, $signed(requantised[i]), $signed(output_file[i]));
          end
      end
      while (n_left && n_layer == h_layer) begin
        check_next;
        next_next;
      end
    end
  endtask

  // What the arithmetic of the layer takes for each channel: 0 double, 1 single, 2 float32, 3 pow2, 4 float16.
  task read_constants;
    begin
      if (h_arithmetic <= 2) begin
        h_name = {h_folder, "/multiplier.mem"};
        $readmemh(h_name, multipliers, 0, h_channels - 1);
      end
      if (h_arithmetic <= 3) begin
        h_name = {h_folder, "/shift.mem"};
        $readmemh(h_name, shifts, 0, h_channels - 1);
      end
      h_name = {h_folder, "/scale.mem"};
      if (h_arithmetic <= 2) $readmemh(h_name, scales, 0, h_channels - 1);
      if (h_arithmetic == 4) begin
        $readmemh(h_name, halves, 0, h_channels - 1);
        h_name = {h_folder, "/offset.mem"};
        $readmemh(h_name, offsets, 0, h_channels - 1);
      end
    end
  endtask

  // What an accumulator of a channel becomes before it is clamped, zero point included.
  function automatic integer rescale(input integer accumulator, input integer channel);
    case (h_arithmetic)
      3: rescale = shifted(accumulator, shifts[channel], h_slope) + h_zero;
      4: rescale = half_precision(accumulator, halves[channel], offsets[channel], h_slope[15:0], h_zero);
      default: rescale = multiplied(h_arithmetic, accumulator, multipliers[channel], shifts[channel], scales[channel]) + h_zero;
    endcase
  endfunction

  // ---- as the next layer takes it: a line of next.txt
  logic [7:0] tiled [0:MOST_NEXT_WORDS-1];
  logic [PIXEL_STREAM_BITS-1:0] packed_beats [0:MOST_PIXEL_BEATS-1];
  integer next_table;
  logic n_left = 0;
  integer n_layer, n_reader, n_run, n_pass, n_words, n_frames, n_blocks, n_columns, n_from, n_to, n_end, n_subs, n_unit;
  integer n_stride, n_before, n_input, n_offset, n_frame, n_row, n_column, n_channel, n_shifted;
  integer n_has_tiled, n_has_packed, n_header;
  string n_stem, n_name;

  task next_next;
    begin
      if (next_table == 0) $display("testbench/next.txt cannot be opened");
      scanned = $fscanf(next_table, "%d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %s",
        n_layer, n_reader, n_run, n_pass, n_words, n_frames, n_blocks, n_columns, n_from, n_to, n_end, n_subs, n_unit,
        n_stride, n_before, n_input, n_offset, n_frame, n_row, n_column, n_channel, n_shifted,
        n_has_tiled, n_has_packed, n_header, n_stem);
      n_left = scanned == 26;
    end
  endtask

  task check_next;
    integer n, l, w, ci, s, r, h, word, at;
    logic [7:0] value, tile, pack, check;
    begin
      levels = levels + n_has_tiled + n_has_packed;
      if (n_has_tiled != 0) begin
        n_name = {n_stem, "_tiled.mem"};
        $readmemh(n_name, tiled, 0, n_words - 1);
      end
      if (n_has_packed != 0) begin
        n_name = {n_stem, "_packed.mem"};
        $readmemh(n_name, packed_beats, 0, n_header + (n_words + PIXEL_BYTES - 1) / PIXEL_BYTES - 1);
        check = 0;
        for (at = 0; at < n_header * PIXEL_BYTES; at = at + 1) check = check ^ packed_beats[at / PIXEL_BYTES][8*(at % PIXEL_BYTES) +: 8];
        if (check !== 8'd0) begin
          count;
          if (told) $display("%s_packed: the check byte of the header is wrong", n_stem);
        end
      end
      word = 0;
      for (n = 0; n < n_frames; n = n + 1) for (l = 0; l < n_blocks; l = l + 1)
        for (w = 0; w < n_columns; w = w + 1) for (ci = n_from; ci < n_to; ci = ci + 1)
          for (s = 0; s < n_subs; s = s + 1) for (r = 0; r < n_unit; r = r + 1) begin
            h = n_stride * (l * R + r) + s - n_before;
            value = 0;
            if (h >= 0 && h < n_input && ci < n_end) // the last of merged groups may have fewer channels
              value = requantised[n_offset + n * n_frame + h * n_row + w * n_column + ci * n_channel] - n_shifted[7:0];
            at = n_header * PIXEL_BYTES + word;
            tile = n_has_tiled != 0 ? tiled[word] : value;
            pack = n_has_packed != 0 ? packed_beats[at / PIXEL_BYTES][8*(at % PIXEL_BYTES) +: 8] : value;
            if (tile !== value) begin
              count;
              if (told) $display("%s_tiled: word %0d (frame %0d, row %0d, column %0d, channel %0d): the host gives %0d, the vector says %0d",
                n_stem, word, n, h, w, ci, $signed(value), $signed(tile));
            end
            if (pack !== value) begin
              count;
              if (told) $display("%s_packed: word %0d (frame %0d, row %0d, column %0d, channel %0d): the host gives %0d, the vector says %0d",
                n_stem, word, n, h, w, ci, $signed(value), $signed(pack));
            end
            word = word + 1;
          end
    end
  endtask

  initial begin
    sum_table   = $fopen("testbench/sums.txt", "r");
    layer_table = $fopen("testbench/layers.txt", "r");
    next_table  = $fopen("testbench/next.txt", "r");
    next_layer;
    next_next;
    next_sums;
  end
endmodule

// Offers the packets of a table one after the other: a line of it is beats and vector.
module packet_source #(
  parameter int BITS       = 64,
  parameter int MOST_BEATS = 1,
  parameter     TABLE      = ""
) (
  input  logic            clk,
  input  logic            rstn,
  input  logic [31:0]     percent,  // chance that a beat is offered in a clock
  output logic            valid,
  input  logic            ready,
  output logic            last,
  output logic [BITS-1:0] data,
  output logic            ended     // the table is
);
  logic [BITS-1:0] beats [0:MOST_BEATS-1];
  integer lines, at = 0, count = 0;
  string stem, name;
  initial begin
    valid = 0;
    last  = 1;
    data  = '1;
    ended = 0;
    lines = $fopen(TABLE, "r");
    if (lines == 0) $display("%s cannot be opened", TABLE);
  end

  task next_packet;
    begin
      at = 0;
      if ($fscanf(lines, "%d %s", count, stem) == 2) begin
        name = {stem, ".mem"};
        $readmemh(name, beats, 0, count - 1);
      end else begin
        count = 0;
        ended = 1;
      end
    end
  endtask

  always @(posedge clk) if (rstn && (!valid || ready)) begin
    if (at == count && !ended) next_packet;
    if (at < count && $urandom % 100 < percent) begin
      valid <= 1;
      last  <= at == count - 1;
      data  <= beats[at];
      at = at + 1;
    end else begin
      valid <= 0;
      last  <= 1;
      data  <= '1;   // all ones where nothing is offered
    end
  end
endmodule
