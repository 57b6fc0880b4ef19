// Single-port synchronous RAM, one macro for each weights bank. The output holds while nothing is read.
module sram #(
  parameter int WIDTH     = 64,
  parameter int DEPTH     = 2048,
  parameter int ADDR_BITS = 11
) (
  input  logic                 clk,
  input  logic                 en,
  input  logic                 we,
  input  logic [ADDR_BITS-1:0] addr,
  input  logic [WIDTH-1:0]     d,
  output logic [WIDTH-1:0]     q
);
  logic [WIDTH-1:0] rows [DEPTH];

  always_ff @(posedge clk)
    if (en) begin
      if (we) rows[addr] <= d;
      else    q <= rows[addr];
    end
endmodule
