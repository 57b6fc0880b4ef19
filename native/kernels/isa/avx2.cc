// AVX2: int16 pairs by pmaddwd, which is exact for all int8 and uint8 (pmaddubsw is not: it saturates).
#include <immintrin.h>

#include "../kernels.h"
#define KEEP_IN "+x"
#include "macros.h"

namespace {
#include "avx2_lanes.inl"

constexpr double DOT_PRODUCTS = 2;
INLINE V dot(V sum, V x, V w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }
// Weights of int8, for few pixels. pmaddubsw wants one side without sign: x's is taken from it, and where there was one all bits
// of the weight are turned, which is one instruction with the load. |x| (-w - 1) = x w + x: what is too much is the same for
// all channels (Layer::correct). Its int16 sums hold two of any: 127 x 127 or 128 x 127 at the most, -128 x 128 at the least.
constexpr int32_t NARROW_ROWS = 4;
INLINE V dotNarrow(V sum, V x, V w) {
  const V signs = _mm256_cmpgt_epi8(_mm256_setzero_si256(), x);
  const V pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_xor_si256(signs, w));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
INLINE V dotWide(V sum, W x, W w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }

INLINE W addWide(W a, W b) { return _mm256_add_epi16(a, b); }

#define WITH_WINOGRAD
#include "kernels.inl"
}  // namespace

const goldbench::Kernels goldbench::avx2Kernels = {
    "avx2", goldbench::Operand::Int16, LANES, PANEL, ROWS, NARROW_ROWS, 64, dense, transform, winograd, depthwise, widen, widenBlocks, flip,
    maxPool, averagePool, sum, linearSum, peak, readOnce, REAL_PANEL, realDense, realDepthwise, widenReals};
