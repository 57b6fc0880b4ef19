// Portable C++: registers are arrays of 4 int32, products int16 pairs. For machines without anything better, and the
// plainest statement of what the lanes of the other files compute.
#include <math.h>

#include "../kernels.h"
#define KEEP_IN "+m"
#include "macros.h"

namespace {
constexpr int32_t LANES = 4, VECTORS = 2, ROWS = 2, PEAK_CHAINS = 4;
constexpr double DOT_PRODUCTS = 2;

struct V {
  int32_t at[LANES];
};
struct W {
  int16_t at[2 * LANES];
};

// In C++20 unsigned arithmetic wraps, and so does conversion to int32.
INLINE uint32_t bits(int32_t value) { return static_cast<uint32_t>(value); }
INLINE int32_t number(uint32_t value) { return static_cast<int32_t>(value); }

#define EACH(expression)                                                                \
  V result;                                                                             \
  for (int32_t i = 0; i < LANES; i++) result.at[i] = (expression);                       \
  return result

template <typename T>
INLINE T copied(const void* p) {
  T result;
  __builtin_memcpy(&result, p, sizeof result);
  return result;
}
INLINE V load(const int32_t* p) { return copied<V>(p); }
INLINE V loadBytes(const uint8_t* p) { return copied<V>(p); }
INLINE W loadWide(const int16_t* p) { return copied<W>(p); }
INLINE void store(int32_t* p, V v) { __builtin_memcpy(p, &v, sizeof v); }
INLINE void storeWide(int16_t* p, W w) { __builtin_memcpy(p, &w, sizeof w); }
INLINE W addWide(W a, W b) {
  W result;
  for (int32_t i = 0; i < 2 * LANES; i++) result.at[i] = static_cast<int16_t>(a.at[i] + b.at[i]);
  return result;
}
INLINE W subtractWide(W a, W b) {
  W result;
  for (int32_t i = 0; i < 2 * LANES; i++) result.at[i] = static_cast<int16_t>(a.at[i] - b.at[i]);
  return result;
}
INLINE V splat(int32_t value) { EACH(value); }
INLINE V add(V a, V b) { EACH(number(bits(a.at[i]) + bits(b.at[i]))); }
INLINE V subtract(V a, V b) { EACH(number(bits(a.at[i]) - bits(b.at[i]))); }
INLINE V bitAnd(V a, V b) { EACH(a.at[i] & b.at[i]); }
INLINE V shiftLeft(V v, V n) { EACH(number(bits(v.at[i]) << n.at[i])); }
INLINE V shiftRight(V v, V n) { EACH(v.at[i] >> n.at[i]); }
INLINE V isGreater(V a, V b) { EACH(a.at[i] > b.at[i] ? -1 : 0); }
INLINE V minimum(V a, V b) { EACH(a.at[i] < b.at[i] ? a.at[i] : b.at[i]); }
INLINE V maximum(V a, V b) { EACH(a.at[i] > b.at[i] ? a.at[i] : b.at[i]); }
INLINE V lowProduct(V a, V b) { EACH(number(bits(a.at[i]) * bits(b.at[i]))); }
INLINE int64_t product(int32_t a, int32_t b) { return int64_t{a} * b; }
INLINE V highProduct(V a, V b) { EACH(static_cast<int32_t>((product(a.at[i], b.at[i]) + (int64_t{1} << 30)) >> 31)); }
INLINE V signOf(V v) { EACH(v.at[i] < 0 ? -1 : 0); }
INLINE V chooseBySign(V v, V notBelow, V below) { EACH(v.at[i] < 0 ? below.at[i] : notBelow.at[i]); }
INLINE V productBy30(V a, V b) { EACH(static_cast<int32_t>(product(a.at[i], b.at[i]) >> 30)); }
INLINE V productBy30(const int32_t* p, V b) { return productBy30(load(p), b); }
INLINE V shiftedProduct(V a, V b, V n) {
  EACH(static_cast<int32_t>((product(a.at[i], b.at[i]) + (int64_t{1} << (n.at[i] - 1))) >> n.at[i]));
}

INLINE int32_t scaledOne(int32_t value, float scale, float lowest, float highest) {
  const float scaledValue = static_cast<float>(value) * scale;
  const float below = scaledValue < highest ? scaledValue : highest;
  return static_cast<int32_t>(lrintf(below > lowest ? below : lowest));  // to nearest even, the default rounding
}
INLINE V scaled(V v, const float* scale, float lowest, float highest) {
  EACH(scaledOne(v.at[i], scale[i], lowest, highest));
}

INLINE V widenBytes(const uint8_t* p, bool isSigned) { EACH(isSigned ? static_cast<int8_t>(p[i]) : p[i]); }
INLINE W widenShorts(const uint8_t* p, bool isSigned) {
  W result;
  for (int32_t i = 0; i < 2 * LANES; i++) result.at[i] = isSigned ? static_cast<int8_t>(p[i]) : p[i];
  return result;
}
INLINE void narrow(uint8_t* p, V v) {
  for (int32_t i = 0; i < LANES; i++) p[i] = static_cast<uint8_t>(v.at[i]);
}

INLINE V spread(const uint8_t* p) {
  const int32_t value = copied<int32_t>(p);
  EACH(value);
}

INLINE V dotWide(V sum, W x, W w) {
  EACH(number(bits(sum.at[i]) + bits(x.at[2 * i] * w.at[2 * i] + x.at[2 * i + 1] * w.at[2 * i + 1])));
}
INLINE V dot(V sum, V x, V w) { return dotWide(sum, copied<W>(&x), copied<W>(&w)); }

INLINE W pairLow(W a, W b) {
  W result;
  for (int32_t i = 0; i < LANES; i++) result.at[2 * i] = a.at[i], result.at[2 * i + 1] = b.at[i];
  return result;
}
INLINE W pairHigh(W a, W b) {
  W result;
  for (int32_t i = 0; i < LANES; i++) result.at[2 * i] = a.at[LANES + i], result.at[2 * i + 1] = b.at[LANES + i];
  return result;
}
INLINE int32_t clampOne(int32_t value, int32_t least, int32_t most) { return value < least ? least : value > most ? most : value; }
INLINE W packShorts(V low, V high, W added) {
  W result;
  for (int32_t i = 0; i < 2 * LANES; i++) {
    const int32_t value = clampOne(i < LANES ? low.at[i] : high.at[i - LANES], INT16_MIN, INT16_MAX) + added.at[i];
    result.at[i] = static_cast<int16_t>(clampOne(value, INT16_MIN, INT16_MAX));
  }
  return result;
}
INLINE void storeBytes(uint8_t* p, uint8_t* q, W a, W b, W most, W lowest) {
  const uint8_t limit = copied<uint8_t>(&most), base = copied<uint8_t>(&lowest);
  for (int32_t i = 0; i < 2 * LANES; i++) {
    p[i] = static_cast<uint8_t>(clampOne(a.at[i], 0, limit) + base);
    q[i] = static_cast<uint8_t>(clampOne(b.at[i], 0, limit) + base);
  }
}
INLINE void storeSums(int32_t* p, V low, V high) { store(p, low), store(p + LANES, high); }

constexpr int32_t REALS = 2, REAL_VECTORS = 2, REAL_ROWS = 3;
struct R {
  double at[REALS];
};
INLINE R loadReals(const double* p) { return copied<R>(p); }
INLINE void storeReals(double* p, R r) { __builtin_memcpy(p, &r, sizeof r); }
INLINE R splatReal(double value) { return {value, value}; }
INLINE R widenReal(const float* p) { return {p[0], p[1]}; }
INLINE void narrowReals(float* p, R r) { p[0] = static_cast<float>(r.at[0]), p[1] = static_cast<float>(r.at[1]); }
INLINE R multiplyAdd(R a, R b, R sum) { return {a.at[0] * b.at[0] + sum.at[0], a.at[1] * b.at[1] + sum.at[1]}; }
INLINE double clampReal(double v, double lowest, double highest) { return v < lowest ? lowest : v > highest ? highest : v; }
INLINE R clampReals(R v, R lowest, R highest) {
  return {clampReal(v.at[0], lowest.at[0], highest.at[0]), clampReal(v.at[1], lowest.at[1], highest.at[1])};
}

constexpr int32_t NARROW_ROWS = 0;  // nothing is gained by bytes
INLINE V dotNarrow(V sum, V, V) { return sum; }  // never called

#define WITH_WINOGRAD
#include "kernels.inl"
}  // namespace

const goldbench::Kernels goldbench::scalarKernels = {
    "scalar", goldbench::Operand::Int16, LANES, PANEL, ROWS, NARROW_ROWS, 64, dense, transform, winograd, depthwise, widen, widenBlocks, flip,
    maxPool, averagePool, sum, linearSum, peak, readOnce, REAL_PANEL, realDense, realDepthwise, widenReals};
