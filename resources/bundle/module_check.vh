  // What the checks of the modules share: the table of layers, the clock, and counting what differs.
  localparam int TOLD = 10;         // differences told one by one
  localparam int PATIENCE = 10000;  // clocks in which nothing happens
  // bits of a word of operations
  localparam int MAC = 0, FIRST = 1, SHIFT = 2, START = 3, RELEASE = 4, LAST = 5, LOAD = 6, DONE = 7, OLDEST = 8, COLUMNS = 12, TAG = 16;

  logic clk = 0, more = 0;
  integer layers, percent, scanned, i;
  integer operations, products, units, packets, releases, beats, g_cores, s_w, e_groups;
  string folder, name;
  logic [31:0] op [0:MOST_OPERATIONS-1];

  // A line of modules.txt: sizes of the vectors, letters of the tiles, and their folder.
  task next_layer;
    begin
      scanned = $fscanf(layers, "%d %d %d %d %d %d %d %d %d %s",
        operations, products, units, packets, releases, beats, g_cores, s_w, e_groups, folder);
      more = scanned == 10;
      if (more) begin
        name = {folder, "/operations.mem"};
        $readmemh(name, op, 0, operations - 1);
      end
    end
  endtask

  task open_layers;
    begin
      done = 0;
      differences = 0;
      compared = 0;
      percent = 100;
      scanned = $value$plusargs("valid=%d", percent);
      layers = $fopen("testbench/modules.txt", "r");
      if (layers == 0) begin
        $display("testbench/modules.txt cannot be opened");
        differences = 1;
      end
      next_layer;
    end
  endtask

  task tick;
    begin
      #5 clk = 1;
      #5 clk = 0;
    end
  endtask

  // Counts a comparison; `told` where it failed and few have.
  logic told;
  task count(input logic equal);
    begin
      compared = compared + 1;
      told = 0;
      if (!equal) begin
        differences = differences + 1;
        told = differences <= TOLD;
      end
    end
  endtask
