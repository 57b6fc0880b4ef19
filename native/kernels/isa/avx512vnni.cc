// AVX-512 with VNNI: 16 int32 lanes; bytes in quads by vpdpbusd (never the saturating vpdpbusds).
#include <immintrin.h>

#include "../kernels.h"
#define KEEP_IN "+v"
#include "macros.h"

namespace {
using V = __m512i;
using W = __m512i;
constexpr int32_t LANES = 16, VECTORS = 4, ROWS = 6, PEAK_CHAINS = 16;
constexpr double DOT_PRODUCTS = 4;
constexpr __mmask16 ODD = 0xAAAA;

INLINE V load(const int32_t* p) { return _mm512_loadu_si512(p); }
INLINE V loadBytes(const uint8_t* p) { return _mm512_loadu_si512(p); }
INLINE W loadWide(const int16_t* p) { return _mm512_loadu_si512(p); }
INLINE void store(int32_t* p, V v) { _mm512_storeu_si512(p, v); }
INLINE V splat(int32_t value) { return _mm512_set1_epi32(value); }
INLINE V add(V a, V b) { return _mm512_add_epi32(a, b); }
INLINE V subtract(V a, V b) { return _mm512_sub_epi32(a, b); }
INLINE V bitAnd(V a, V b) { return _mm512_and_si512(a, b); }
INLINE V shiftLeft(V v, V n) { return _mm512_sllv_epi32(v, n); }
INLINE V shiftRight(V v, V n) { return _mm512_srav_epi32(v, n); }
INLINE V isGreater(V a, V b) { return _mm512_maskz_set1_epi32(_mm512_cmpgt_epi32_mask(a, b), -1); }
INLINE V minimum(V a, V b) { return _mm512_min_epi32(a, b); }
INLINE V maximum(V a, V b) { return _mm512_max_epi32(a, b); }
INLINE V lowProduct(V a, V b) { return _mm512_mullo_epi32(a, b); }
INLINE V dot(V sum, V x, V w) { return _mm512_dpbusd_epi32(sum, x, w); }
INLINE V dotWide(V sum, W x, W w) { return _mm512_dpwssd_epi32(sum, x, w); }

INLINE V signOf(V v) { return _mm512_srai_epi32(v, 31); }

INLINE V chooseBySign(V v, V notBelow, V below) { return _mm512_mask_blend_epi32(_mm512_movepi32_mask(v), notBelow, below); }

INLINE V productBy30(V a, V b) {
  const V even = _mm512_mul_epi32(a, b), odd = _mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
  return _mm512_mask_blend_epi32(ODD, _mm512_srli_epi64(even, 30), _mm512_slli_epi64(odd, 2));
}
INLINE V productBy30(const int32_t* p, V b) { return productBy30(load(p), b); }

INLINE V highProduct(V a, V b) {
  const V nudge = _mm512_set1_epi64(int64_t{1} << 30);
  const V even = _mm512_add_epi64(_mm512_mul_epi32(a, b), nudge);
  const V odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32)), nudge);
  return _mm512_mask_blend_epi32(ODD, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
}

INLINE V shiftRounded(V product, V n) {
  const V one = _mm512_set1_epi64(1);
  return _mm512_srav_epi64(_mm512_add_epi64(product, _mm512_sllv_epi64(one, _mm512_sub_epi64(n, one))), n);
}

INLINE V shiftedProduct(V a, V b, V n) {
  const V evenShift = _mm512_and_si512(n, _mm512_set1_epi64(0xFFFFFFFF)), oddShift = _mm512_srli_epi64(n, 32);
  const V even = shiftRounded(_mm512_mul_epi32(a, b), evenShift);
  const V odd = shiftRounded(_mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32)), oddShift);
  return _mm512_mask_blend_epi32(ODD, even, _mm512_slli_epi64(odd, 32));
}

INLINE V scaled(V v, const float* scale, float lowest, float highest) {
  const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(v), _mm512_loadu_ps(scale));
  return _mm512_cvtps_epi32(_mm512_max_ps(_mm512_min_ps(product, _mm512_set1_ps(highest)), _mm512_set1_ps(lowest)));
}

INLINE V widenBytes(const uint8_t* p, bool isSigned) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return isSigned ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
}

INLINE W widenShorts(const uint8_t* p, bool isSigned) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return isSigned ? _mm512_cvtepi8_epi16(bytes) : _mm512_cvtepu8_epi16(bytes);
}
INLINE W subtractWide(W a, W b) { return _mm512_sub_epi16(a, b); }
INLINE void storeWide(int16_t* p, W w) { _mm512_storeu_si512(p, w); }

INLINE void narrow(uint8_t* p, V v) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(v)); }

INLINE V spread(const uint8_t* p) {
  int32_t value;
  __builtin_memcpy(&value, p, 4);
  return _mm512_set1_epi32(value);
}

INLINE W pairLow(W a, W b) { return _mm512_unpacklo_epi16(a, b); }
INLINE W pairHigh(W a, W b) { return _mm512_unpackhi_epi16(a, b); }

INLINE W packShorts(V low, V high, W added) { return _mm512_adds_epi16(_mm512_packs_epi32(low, high), added); }

INLINE void storeBytes(uint8_t* p, uint8_t* q, W a, W b, W most, W lowest) {
  const W limited = _mm512_min_epu8(_mm512_packus_epi16(a, b), most);
  const W bytes = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_add_epi8(limited, lowest));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_castsi512_si256(bytes));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(q), _mm512_extracti64x4_epi64(bytes, 1));
}

INLINE void storeSums(int32_t* p, V low, V high) {
  const V first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const V second = _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  store(p, _mm512_permutex2var_epi32(low, first, high));
  store(p + LANES, _mm512_permutex2var_epi32(low, second, high));
}

using R = __m512d;
constexpr int32_t REALS = 8, REAL_VECTORS = 4, REAL_ROWS = 6;
INLINE R loadReals(const double* p) { return _mm512_loadu_pd(p); }
INLINE void storeReals(double* p, R r) { _mm512_storeu_pd(p, r); }
INLINE R splatReal(double value) { return _mm512_set1_pd(value); }
INLINE R widenReal(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
INLINE void narrowReals(float* p, R r) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(r)); }
INLINE R multiplyAdd(R a, R b, R sum) { return _mm512_fmadd_pd(a, b, sum); }
// of a number and none, both take the second
INLINE R clampReals(R v, R lowest, R highest) { return _mm512_min_pd(highest, _mm512_max_pd(lowest, v)); }

constexpr int32_t NARROW_ROWS = 0;  // weights are bytes anyway
INLINE V dotNarrow(V sum, V, V) { return sum; }  // never called

#include "kernels.inl"
}  // namespace

const goldbench::Kernels goldbench::avx512VnniKernels = {
    "avx512vnni", goldbench::Operand::Unsigned, LANES, PANEL, ROWS, NARROW_ROWS, 64, dense, nullptr, nullptr, depthwise, widen, widenBlocks, flip,
    maxPool, averagePool, sum, linearSum, peak, readOnce, REAL_PANEL, realDense, realDepthwise, widenReals};
