// Included by each isa/*.cc inside its anonymous namespace, after its vector functions and before the kernels.
// The vector functions ("lanes") an isa file defines, V being LANES int32 and W 2 x LANES int16:
//   V load(p), store(p, v), splat(int32), add, subtract, bitAnd, shiftLeft(v, n), shiftRight(v, n) arithmetic,
//   isGreater(a, b): -1 or 0, signOf(v): -1 or 0, minimum, maximum, chooseBySign(v, notBelow, below)
//   V highProduct(a, b): floor((a b + 2^30) / 2^31) in int64;  V shiftedProduct(a, b, n): (a b + 2^(n-1)) >> n, n in 1..62
//   V productBy30(a, b): (a b) >> 30 in int64, which must fit 32 bits; or of sums at p, behind which one more is readable
//   V scaled(v, const float* scale, float lowest, float highest): clamped float32 product, rounded half to even
//   V widenBytes(p, isSigned): LANES bytes as int32;  W widenShorts(p, isSigned): 2 x LANES as int16;  narrow(p, v): the low bytes of v
//   V spread(p): 4 bytes repeated;  V dot(sum, x, w): sum + products of the dense operand
//   W loadWide(p);  W pairLow(a, b), pairHigh(a, b): channels of a and b interleaved;  V dotWide(sum, pairs, w)
//   storeWide(p, w), subtractWide, wrapping; addWide only where WITH_WINOGRAD is defined
//   storeSums(p, low, high): scrambled channels (finish.inl) in order
//   W packShorts(low, high, added): the same as int16 plus others, both saturated;  storeBytes(p, q, a, b, most, lowest):
//   those of two pixels, in order, limited to 0..most, plus lowest, as bytes; both are bytes in all lanes
//   V loadBytes(p): a register of anything;  V lowProduct(a, b): the low 32 bits of a b
//   V dotNarrow(sum, x, w): sum + products of int8, four to a lane, + those of x below zero, for up to NARROW_ROWS pixels
// None of the standard library's functions here: they would be compiled for this instruction set and could be linked
// into other files.

using goldbench::Rounding;

/** The end of Rounding::Tame, in kernels.h: what is added before the last shift depends on the sign, which is the accumulator's. */
INLINE V roundTame(V product, V nudge, V nudgeBelow, V right) {
  return shiftRight(add(product, chooseBySign(product, nudge, nudgeBelow)), right);
}

/** One vector of channels' rescaling constants, and the rescaling before zero point and clamp: see Rescale in kernels.h. */
template <Rounding R>
struct Rescaler {
  V multiplier, left, right, mask, half, nudge, nudgeBelow;
  const float* scale;
  float lowest, highest;

  INLINE Rescaler(const goldbench::Rescale& r, size_t channel) {
    if constexpr (R == Rounding::Float32) {
      scale = r.scale + channel;
      lowest = static_cast<float>(r.lowest - r.zeroPoint);  // a product that fits no int32 must not be converted to one
      highest = static_cast<float>(r.highest - r.zeroPoint);
      return;
    }
    multiplier = load(r.multiplier + channel);
    right = load(r.right + channel);
    if constexpr (R == Rounding::Tame) {
      nudge = load(r.nudge + channel);
      nudgeBelow = subtract(nudge, splat(2));
    } else {
      left = load(r.left + channel);
    }
    if constexpr (R == Rounding::Double) {
      mask = subtract(shiftLeft(splat(1), right), splat(1));
      half = shiftRight(mask, splat(1));
    }
  }

  /** Of a register's sums; behind them one more is readable. */
  INLINE V operator()(const int32_t* sums) const {
    if constexpr (R == Rounding::Tame) {
      return roundTame(productBy30(sums, multiplier), nudge, nudgeBelow, right);
    } else {
      return (*this)(load(sums));
    }
  }

  INLINE V operator()(V sum) const {
    static_assert(R != Rounding::Tame);
    if constexpr (R == Rounding::Float32) {
      return scaled(sum, scale, lowest, highest);
    } else if constexpr (R == Rounding::Single) {
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

/** An int16, or a byte, in all lanes of a W. */
INLINE W splatShort(int32_t value) {
  int32_t lanes[LANES];
  for (int32_t& lane : lanes) lane = static_cast<int32_t>((static_cast<uint32_t>(value) & 0xFFFF) * 0x10001u);
  return loadWide(reinterpret_cast<const int16_t*>(lanes));
}
INLINE W splatByte(int32_t value) { return splatShort((value & 0xFF) * 0x101); }

/** Expands call(R) with the rounding at hand as a constant. */
#define WITH_ROUNDING(rounding, call)                                   \
  switch (rounding) {                                                   \
    case Rounding::Double: call(Rounding::Double); break;               \
    case Rounding::Single: call(Rounding::Single); break;               \
    case Rounding::Float32: call(Rounding::Float32); break;             \
    case Rounding::Tame: call(Rounding::Tame); break;                   \
  }
