// Arm NEON with the dot product extension: signed bytes in quads by sdot, 4 int32 lanes.
#include <arm_neon.h>

#include "../kernels.h"
#define KEEP_IN "+w"
#include "macros.h"

namespace {
using V = int32x4_t;
using W = int16x8_t;
constexpr int32_t LANES = 4, VECTORS = 4, ROWS = 4, PEAK_CHAINS = 16;
constexpr double DOT_PRODUCTS = 4;

INLINE V load(const int32_t* p) { return vld1q_s32(p); }
INLINE V loadBytes(const uint8_t* p) { return vreinterpretq_s32_u8(vld1q_u8(p)); }
INLINE W loadWide(const int16_t* p) { return vld1q_s16(p); }
INLINE void store(int32_t* p, V v) { vst1q_s32(p, v); }
INLINE V splat(int32_t value) { return vdupq_n_s32(value); }
// Sums and products wrap; GCC's arm_neon.h writes the signed ones in C, where that is undefined.
INLINE uint32x4_t bits(V v) { return vreinterpretq_u32_s32(v); }
INLINE V add(V a, V b) { return vreinterpretq_s32_u32(vaddq_u32(bits(a), bits(b))); }
INLINE V subtract(V a, V b) { return vreinterpretq_s32_u32(vsubq_u32(bits(a), bits(b))); }
INLINE V bitAnd(V a, V b) { return vandq_s32(a, b); }
INLINE V shiftLeft(V v, V n) { return vshlq_s32(v, n); }
INLINE V shiftRight(V v, V n) { return vshlq_s32(v, vnegq_s32(n)); }
INLINE V isGreater(V a, V b) { return vreinterpretq_s32_u32(vcgtq_s32(a, b)); }
INLINE V signOf(V v) { return vshrq_n_s32(v, 31); }
INLINE V minimum(V a, V b) { return vminq_s32(a, b); }
INLINE V maximum(V a, V b) { return vmaxq_s32(a, b); }
INLINE V lowProduct(V a, V b) { return vreinterpretq_s32_u32(vmulq_u32(bits(a), bits(b))); }
INLINE V dot(V sum, V x, V w) { return vdotq_s32(sum, vreinterpretq_s8_s32(x), vreinterpretq_s8_s32(w)); }
INLINE V dotWide(V sum, W x, W w) {
  const V low = vmull_s16(vget_low_s16(x), vget_low_s16(w)), high = vmull_high_s16(x, w);
  return add(sum, vpaddq_s32(low, high));
}

// (2 a b + 2^31) >> 32 is (a b + 2^30) >> 31
INLINE V highProduct(V a, V b) { return vqrdmulhq_s32(a, b); }

/** The two halves of the products, shifted. */
template <typename Shift>
INLINE V overProducts(V a, V b, const Shift& shift) {
  const int64x2_t low = shift(vmull_s32(vget_low_s32(a), vget_low_s32(b)), 0), high = shift(vmull_high_s32(a, b), 1);
  return vcombine_s32(vmovn_s64(low), vmovn_s64(high));
}

INLINE V shiftedProduct(V a, V b, V n) {
  const int64x2_t right[2] = {vnegq_s64(vmovl_s32(vget_low_s32(n))), vnegq_s64(vmovl_high_s32(n))};
  return overProducts(a, b, [&](int64x2_t product, int32_t half) { return vrshlq_s64(product, right[half]); });
}

INLINE V productBy30(V a, V b) {
  return overProducts(a, b, [](int64x2_t product, int32_t) { return vshrq_n_s64(product, 30); });
}
INLINE V productBy30(const int32_t* p, V b) { return productBy30(load(p), b); }
INLINE V chooseBySign(V v, V notBelow, V below) { return vbslq_s32(vcltzq_s32(v), below, notBelow); }

INLINE V scaled(V v, const float* scale, float lowest, float highest) {
  const float32x4_t product = vmulq_f32(vcvtq_f32_s32(v), vld1q_f32(scale));
  return vcvtnq_s32_f32(vmaxq_f32(vminq_f32(product, vdupq_n_f32(highest)), vdupq_n_f32(lowest)));
}

INLINE V widenBytes(const uint8_t* p, bool isSigned) {
  uint32_t four;
  __builtin_memcpy(&four, p, 4);
  const uint8x8_t bytes = vcreate_u8(four);
  if (isSigned) return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(bytes))));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(bytes))));
}

INLINE W widenShorts(const uint8_t* p, bool isSigned) {
  const uint8x8_t bytes = vld1_u8(p);
  return isSigned ? vmovl_s8(vreinterpret_s8_u8(bytes)) : vreinterpretq_s16_u16(vmovl_u8(bytes));
}
INLINE W subtractWide(W a, W b) { return vsubq_s16(a, b); }
INLINE void storeWide(int16_t* p, W w) { vst1q_s16(p, w); }

INLINE void narrow(uint8_t* p, V v) {
  const int16x4_t shorts = vmovn_s32(v);
  const int8x8_t bytes = vmovn_s16(vcombine_s16(shorts, shorts));
  const uint32_t four = vget_lane_u32(vreinterpret_u32_s8(bytes), 0);
  __builtin_memcpy(p, &four, 4);
}

INLINE V spread(const uint8_t* p) {
  int32_t value;
  __builtin_memcpy(&value, p, 4);
  return vdupq_n_s32(value);
}

INLINE W pairLow(W a, W b) { return vzip1q_s16(a, b); }
INLINE W pairHigh(W a, W b) { return vzip2q_s16(a, b); }
INLINE W packShorts(V low, V high, W added) { return vqaddq_s16(vcombine_s16(vqmovn_s32(low), vqmovn_s32(high)), added); }

INLINE void storeBytes(uint8_t* p, uint8_t* q, W a, W b, W most, W lowest) {
  const uint8x16_t limited = vminq_u8(vcombine_u8(vqmovun_s16(a), vqmovun_s16(b)), vreinterpretq_u8_s16(most));
  const uint8x16_t bytes = vaddq_u8(limited, vreinterpretq_u8_s16(lowest));
  vst1_u8(p, vget_low_u8(bytes));
  vst1_u8(q, vget_high_u8(bytes));
}
INLINE void storeSums(int32_t* p, V low, V high) { store(p, low), store(p + LANES, high); }

using R = float64x2_t;
constexpr int32_t REALS = 2, REAL_VECTORS = 4, REAL_ROWS = 4;
INLINE R loadReals(const double* p) { return vld1q_f64(p); }
INLINE void storeReals(double* p, R r) { vst1q_f64(p, r); }
INLINE R splatReal(double value) { return vdupq_n_f64(value); }
INLINE R widenReal(const float* p) { return vcvt_f64_f32(vld1_f32(p)); }
INLINE void narrowReals(float* p, R r) { vst1_f32(p, vcvt_f32_f64(r)); }
INLINE R multiplyAdd(R a, R b, R sum) { return vfmaq_f64(sum, a, b); }
INLINE R clampReals(R v, R lowest, R highest) {
  const R above = vbslq_f64(vcltq_f64(v, lowest), lowest, v);
  return vbslq_f64(vcgtq_f64(above, highest), highest, above);
}

constexpr int32_t NARROW_ROWS = 0;  // weights are bytes anyway
INLINE V dotNarrow(V sum, V, V) { return sum; }  // never called

#include "kernels.inl"
}  // namespace

const goldbench::Kernels goldbench::neonKernels = {
    "neon", goldbench::Operand::Signed, LANES, PANEL, ROWS, NARROW_ROWS, 64, dense, nullptr, nullptr, depthwise, widen, widenBlocks, flip,
    maxPool, averagePool, sum, linearSum, peak, readOnce, REAL_PANEL, realDense, realDepthwise, widenReals};
