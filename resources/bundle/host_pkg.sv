// The host's arithmetics: from the sums of a layer to its words. Numbers in, numbers out; README.txt defines them, and golden has
// them in words of its own. For testbenches: real is a float64.
package host_pkg;
  // A sum in the word of the accumulator: it wraps, or stops at the ends.
  function automatic integer kept(input integer sum, input integer bits, input integer saturates);
    integer idle, most;
    idle = 32 - bits;
    most = 32'h7fffffff >> idle;
    if (saturates != 0) kept = sum > most ? most : sum < -most - 1 ? -most - 1 : sum;
    else kept = (sum << idle) >>> idle;
  endfunction

  // Times multiplier and shift, or scale, by the arithmetic of TFLite's kernel set.
  function automatic integer multiplied(input integer arithmetic, input integer accumulator, input integer multiplier, input integer shift, input [31:0] scale);
    logic signed [63:0] product;
    integer left, high, exponent, mask, threshold;
    case (arithmetic)
      0: begin  // gemmlowp: SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT
        left = shift > 0 ? accumulator << shift : accumulator;
        product = left;
        product = product * multiplier + 64'sd1073741824;
        product = product >>> 31;
        high = left == 32'sh80000000 && multiplier == 32'sh80000000 ? 32'sh7fffffff : product[31:0];
        exponent = shift > 0 ? 0 : -shift;
        mask = (64'd1 << exponent) - 1;
        threshold = (mask >> 1) + (high < 0 ? 1 : 0);
        multiplied = (high >>> exponent) + ((high & mask) > threshold ? 1 : 0);
      end
      1: begin  // ruy: one 64-bit product, one shift, ties up
        product = accumulator;
        product = product * multiplier + (64'sd1 <<< (30 - shift));
        product = product >>> (31 - shift);
        multiplied = product[31:0];
      end
      default: multiplied = half_even(to_single(to_single($itor(accumulator)) * of_single(scale)));  // XNNPACK
    endcase
  endfunction

  // The scheme of shifts, to the right, ties to even; below zero by `slope` more, or nothing is left where that is below 0.
  function automatic integer shifted(input integer accumulator, input integer shift, input integer slope);
    if (accumulator >= 0) shifted = word_of($itor(accumulator) / power(shift));
    else shifted = slope < 0 ? 0 : word_of($itor(accumulator) / power(shift + slope));
  endfunction

  // Kraken's requantiser: float16(float32(float32(a) A) + B), sloped below zero, and the zero point, rounded to float16 each time.
  function automatic integer half_precision(input integer accumulator, input [15:0] scale, input [15:0] offset, input [15:0] slope, input integer zero);
    real half;
    half = to_half(to_single(to_single(to_single($itor(accumulator)) * of_half(scale)) + of_half(offset)));
    if (half < 0.0) half = slope[14:0] == 0 ? 0.0 : to_half(half * of_half(slope));
    half_precision = word_of(to_half(half + to_half($itor(zero))));
  endfunction

  // To the nearest integer, ties to even; far beyond all words it does not matter how far.
  function automatic integer word_of(input real value);
    word_of = value > 1.0e6 ? 1000000 : value < -1.0e6 ? -1000000 : half_even(value);
  endfunction

  function automatic real power(input integer exponent);  // of 2
    power = $bitstoreal({1'b0, 11'(exponent + 1023), 52'd0});
  endfunction

  // To 11 bits of mantissa in steps of 2^-24 or more, ties to even; what float16 does not hold becomes so large that it stays so.
  function automatic real to_half(input real value);
    logic [63:0] bits;
    integer exponent;
    bits = $realtobits(value);
    exponent = 32'(bits[62:52]) - 1023;
    if (exponent < -14) exponent = -14;
    if (value >= 65520.0) to_half = 1.0e30;
    else if (value <= -65520.0) to_half = -1.0e30;
    else to_half = $itor(half_even(value / power(exponent - 10))) * power(exponent - 10);
  endfunction

  function automatic real of_half(input [15:0] bits);
    integer fraction, exponent;
    real magnitude;
    fraction = 32'(bits[9:0]);
    exponent = 32'(bits[14:10]);
    if (exponent == 0) exponent = 1;  // subnormal
    else fraction = fraction + 1024;
    magnitude = $itor(fraction) * power(exponent - 25);
    of_half = bits[15] ? -magnitude : magnitude;
  endfunction

  function automatic real of_single(input [31:0] bits);
    of_single = bits[30:0] == 0 ? 0.0 : $bitstoreal({bits[31], 11'(bits[30:23]) + 11'd896, bits[22:0], 29'd0});
  endfunction

  // to 24 bits of mantissa, ties to even; no value here is as small as a subnormal
  function automatic real to_single(input real value);
    logic [63:0] bits;
    bits = $realtobits(value);
    bits = bits + 64'h0fffffff + {63'd0, bits[29]};
    bits[28:0] = 0;
    to_single = $bitstoreal(bits);
  endfunction

  function automatic integer half_even(input real value);
    real below, rest;
    integer whole;
    below = $floor(value);
    rest = value - below;
    whole = $rtoi(below);
    half_even = rest > 0.5 || (rest == 0.5 && whole[0]) ? whole + 1 : whole;
  endfunction
endpackage
