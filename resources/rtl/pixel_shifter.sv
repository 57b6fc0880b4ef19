// One unit of R+F pixels of a column and channel. Moving it down by one word is the next kernel row of all R rows at
// once: the vertical reuse of Kraken's pixel shifter.
module pixel_shifter import kraken_pkg::*; (
  input  logic                            clk,
  input  logic                            load,
  input  logic                            blank,   // load zeros
  input  logic                            shift,
  input  logic [UNIT_WORDS*WORD_BITS-1:0] unit,
  output logic [R*WORD_BITS-1:0]          x
);
  logic [UNIT_WORDS*WORD_BITS-1:0] words;

  always_ff @(posedge clk)
    if (load)       words <= blank ? '0 : unit;
    else if (shift) words <= words >> WORD_BITS;

  assign x = words[R*WORD_BITS-1:0];
endmodule
