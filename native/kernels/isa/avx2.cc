// AVX2: int16 pairs by pmaddwd, which is exact for all int8 and uint8 (pmaddubsw is not: it saturates).
#include <immintrin.h>

#include "../kernels.h"
#define KEEP_IN "+x"
#include "macros.h"

namespace {
#include "avx2_lanes.inl"

constexpr double DOT_PRODUCTS = 2;
constexpr int32_t NARROW_BYTES = 2;
INLINE V loadNarrow(const uint8_t* p) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
INLINE V dot(V sum, V x, V w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }
INLINE V dotWide(V sum, W x, W w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }

INLINE void storeWide(int16_t* p, W w) { _mm256_storeu_si256(reinterpret_cast<W*>(p), w); }
INLINE W addWide(W a, W b) { return _mm256_add_epi16(a, b); }
INLINE W subtractWide(W a, W b) { return _mm256_sub_epi16(a, b); }

#define WITH_WINOGRAD
#include "kernels.inl"
}  // namespace

const goldbench::Kernels goldbench::avx2Kernels = {
    "avx2", goldbench::Operand::Int16, LANES, PANEL, ROWS, 64, dense, transform, winograd, depthwise, widen, widenBlock, flip,
    maxPool, averagePool, sum, linearSum, peak, readOnce, REAL_PANEL, realDense, realDepthwise, widenReals};
