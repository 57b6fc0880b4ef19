// AVX-VNNI on 256-bit registers: bytes in quads by vpdpbusd (never the saturating vpdpbusds).
#include <immintrin.h>

#include "../kernels.h"
#define KEEP_IN "+x"
#include "macros.h"

namespace {
#include "avx2_lanes.inl"

constexpr double DOT_PRODUCTS = 4;
INLINE V dot(V sum, V x, V w) { return _mm256_dpbusd_avx_epi32(sum, x, w); }
INLINE V dotWide(V sum, W x, W w) { return _mm256_dpwssd_avx_epi32(sum, x, w); }

constexpr int32_t NARROW_ROWS = 0;  // weights are bytes anyway
INLINE V dotNarrow(V sum, V, V) { return sum; }  // never called

#include "kernels.inl"
}  // namespace

const goldbench::Kernels goldbench::avxVnniKernels = {
    "avxvnni", goldbench::Operand::Unsigned, LANES, PANEL, ROWS, NARROW_ROWS, 64, dense, nullptr, nullptr, depthwise, widen, widenBlocks, flip,
    maxPool, averagePool, sum, linearSum, peak, readOnce, REAL_PANEL, realDense, realDepthwise, widenReals};
