  // What the module benches share: clock, reset, counting what differs, and the last word.
  logic clk = 0, rstn = 0;
  always #5 clk = !clk;
  integer checks = 0, differences = 0, clocks = 0;
  always @(posedge clk) clocks <= clocks + 1;
  initial #42 rstn = 1;
  task check(input logic equal);
    checks = checks + 1;
    if (!equal) differences = differences + 1;
  endtask
  task finish_at(input integer wanted);
    if (checks >= wanted || clocks > 200000) begin
      if (checks < wanted) $display("stuck after %0d checks", checks);
      $display("differences %0d", differences);
      $finish;
    end
  endtask
