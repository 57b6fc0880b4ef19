// Included by each isa/*.cc inside its anonymous namespace, after its vector functions and before the kernels.
// The vector functions ("lanes") an isa file defines, V being LANES int32 and W 2 x LANES int16:
//   V load(p), store(p, v), splat(int32), add, subtract, bitAnd, shiftLeft(v, n), shiftRight(v, n) arithmetic,
//   isGreater(a, b): -1 or 0, signOf(v): -1 or 0, minimum, maximum
//   V highProduct(a, b): floor((a b + 2^30) / 2^31) in int64;  V shiftedProduct(a, b, n): (a b + 2^(n-1)) >> n, n in 1..62
//   V nudgedProduct(a, b, even, odd): (a b + nudge) >> 31 in int64, the nudges of even lanes and those of odd ones
//   V scaled(v, const float* scale, float lowest, float highest): clamped float32 product, rounded half to even
//   V widenBytes(p, isSigned): LANES bytes as int32;  narrow(p, v): the low bytes of v
//   V spread(p): 4 bytes repeated;  V dot(sum, x, w): sum + products of the dense operand
//   W loadWide(p);  W pairLow(a, b), pairHigh(a, b): channels of a and b interleaved;  V dotWide(sum, pairs, w)
//   storePair(p, low, high), storeSums(p, low, high): scrambled channels put in order again, as low bytes or as they are
//   V loadBytes(p): a register of anything;  V lowProduct(a, b): the low 32 bits of a b
//   V loadNarrow(p): dense operands from int8 weights, NARROW_BYTES of each channel
// None of the standard library's functions here: they would be compiled for this instruction set and could be linked
// into other files.

using goldbench::Rounding;

/** One vector of channels' rescaling constants, and the rescaling itself: see Rescale in kernels.h. */
template <Rounding R>
struct Rescaler {
  V multiplier, left, right, mask, half, evenNudge, oddNudge, zeroPoint, lowest, highest;
  const float* scale;
  float floatLowest, floatHighest;

  INLINE Rescaler(const goldbench::Rescale& r, size_t channel) {
    zeroPoint = splat(r.zeroPoint);
    if constexpr (R == Rounding::Float32) {
      scale = r.scale + channel;
      floatLowest = static_cast<float>(r.lowest - r.zeroPoint);
      floatHighest = static_cast<float>(r.highest - r.zeroPoint);
    } else if constexpr (R == Rounding::Tame) {
      multiplier = load(r.multiplier + channel);
      right = load(r.right + channel);
      const uint8_t* nudges = reinterpret_cast<const uint8_t*>(r.nudge + channel);
      evenNudge = loadBytes(nudges);
      oddNudge = loadBytes(nudges + LANES * 4);
      lowest = splat(r.lowest);
      highest = splat(r.highest);
    } else {
      multiplier = load(r.multiplier + channel);
      left = load(r.left + channel);
      right = load(r.right + channel);
      // clamped before the zero point is added: the sum of both may not fit 32 bits
      lowest = splat(r.lowest - r.zeroPoint);
      highest = splat(r.highest - r.zeroPoint);
    }
    if constexpr (R == Rounding::Double) {
      mask = subtract(shiftLeft(splat(1), right), splat(1));
      half = shiftRight(mask, splat(1));
    }
  }

  INLINE V operator()(V sum) const {
    if constexpr (R == Rounding::Float32) {
      return add(scaled(sum, scale, floatLowest, floatHighest), zeroPoint);
    } else if constexpr (R == Rounding::Tame) {
      // one less below zero sends ties away from zero; the sign of the product is that of the sum, or it does not matter
      const V high = add(nudgedProduct(sum, multiplier, evenNudge, oddNudge), signOf(sum));
      return minimum(maximum(shiftRight(high, right), lowest), highest);
    } else {
      return add(minimum(maximum(multiplied(sum), lowest), highest), zeroPoint);
    }
  }

 private:
  INLINE V multiplied(V sum) const {
    if constexpr (R == Rounding::Single) {
      const V limited = maximum(minimum(sum, left), subtract(splat(-1), left));
      return shiftedProduct(limited, multiplier, right);
    } else {
      const V high = highProduct(shiftLeft(sum, left), multiplier);
      // ties away from zero: the threshold is one more below zero (gemmlowp RoundingDivideByPOT)
      const V threshold = subtract(half, signOf(high));
      return subtract(shiftRight(high, right), isGreater(bitAnd(high, mask), threshold));
    }
  }
};

/** Expands call(R) with the rounding at hand as a constant. */
#define WITH_ROUNDING(rounding, call)                                   \
  switch (rounding) {                                                   \
    case Rounding::Double: call(Rounding::Double); break;               \
    case Rounding::Single: call(Rounding::Single); break;               \
    case Rounding::Float32: call(Rounding::Float32); break;             \
    case Rounding::Tame: call(Rounding::Tame); break;                   \
  }

/** Stores the low bytes of the first `count` lanes. */
INLINE void narrowSome(uint8_t* y, V value, int32_t count) {
  if (count >= LANES) return narrow(y, value);
  uint8_t bytes[LANES];
  narrow(bytes, value);
  for (int32_t i = 0; i < count; i++) y[i] = bytes[i];
}

INLINE void storeSome(int32_t* destination, V value, int32_t count) {
  if (count >= LANES) return store(destination, value);
  int32_t values[LANES];
  store(values, value);
  for (int32_t i = 0; i < count; i++) destination[i] = values[i];
}
