// Products of reals: tiles of up to REAL_ROWS pixels by REAL_VECTORS x REALS channels, accumulated in registers over all of a
// window. Lanes are channels, so that each sum is added up in the order of its terms. An isa file defines, R being REALS
// double: R loadReals(p), storeReals(p, r), splatReal(double), widenReal(const float* p): REALS of them,
//   narrowReals(float* p, R), multiplyAdd(a, b, sum), clampReals(v, lowest, highest): what is no number stays what it is

constexpr int32_t REAL_PANEL = REAL_VECTORS * REALS;
constexpr int32_t REAL_CHUNK = 24 / REAL_ROWS * REAL_ROWS;  // pixels finished at once
constexpr size_t LIGHT_REALS = size_t{48} << 10;            // weights that stay in the second-level cache

/** `tiles` tiles of M pixels, whose windows and sums follow each other. */
template <bool IS_DEPTHWISE, int32_t M>
NOINLINE void multiplyReals(const goldbench::RealBlock& block, const double* const* windows, int32_t tiles, const float* weights,
                            const float* bias, double* sums) {
  const ptrdiff_t length = IS_DEPTHWISE ? 1 : block.length;
  const int32_t runCount = block.runCount;
  const ptrdiff_t* const runs = block.runs;
  for (; tiles > 0; tiles--, windows += M, sums += M * REAL_PANEL) {
    R sum[M][REAL_VECTORS];
    UNROLL for (int32_t m = 0; m < M; m++)
      UNROLL for (int32_t v = 0; v < REAL_VECTORS; v++) sum[m][v] = widenReal(bias + v * REALS);
    const float* w = weights;
    for (int32_t run = 0; run < runCount; run++) {
      const double* x[M];
      UNROLL for (int32_t m = 0; m < M; m++) x[m] = windows[m] + runs[run] + length;
      for (ptrdiff_t k = -length; k < 0; k++, w += REAL_PANEL) {
        R value[M];
        if constexpr (!IS_DEPTHWISE)
          UNROLL for (int32_t m = 0; m < M; m++) value[m] = splatReal(x[m][k]);
        UNROLL for (int32_t v = 0; v < REAL_VECTORS; v++) {
          const R weight = widenReal(w + v * REALS);
          UNROLL for (int32_t m = 0; m < M; m++)
            sum[m][v] = multiplyAdd(IS_DEPTHWISE ? loadReals(x[m] + k + v * REALS) : value[m], weight, sum[m][v]);
        }
      }
    }
    UNROLL for (int32_t m = 0; m < M; m++)
      UNROLL for (int32_t v = 0; v < REAL_VECTORS; v++) storeReals(sums + (m * REAL_VECTORS + v) * REALS, sum[m][v]);
  }
}

template <bool IS_DEPTHWISE, int32_t M>
INLINE void multiplyRealsBy(int32_t size, const goldbench::RealBlock& block, const double* const* windows, int32_t tiles,
                            const float* w, const float* bias, double* sums) {
  if (size == M) return multiplyReals<IS_DEPTHWISE, M>(block, windows, tiles, w, bias, sums);
  if constexpr (M > 1) multiplyRealsBy<IS_DEPTHWISE, M - 1>(size, block, windows, tiles, w, bias, sums);
}

/** Clamps and rounds the sums of `pixels` pixels, of each `count` channels. */
NOINLINE void finishReals(const goldbench::RealBlock& block, const double* sums, float* y, const ptrdiff_t* places, int32_t pixels,
                          int32_t count) {
  const R lowest = splatReal(block.lowest), highest = splatReal(block.highest);
  for (int32_t p = 0; p < pixels; p++, sums += REAL_PANEL) {
    float rounded[REAL_PANEL];
    float* const to = count == REAL_PANEL ? y + places[p] : rounded;
    UNROLL for (int32_t v = 0; v < REAL_VECTORS; v++)
      narrowReals(to + v * REALS, clampReals(loadReals(sums + v * REALS), lowest, highest));
    if (count < REAL_PANEL)
      for (int32_t c = 0; c < count; c++) y[places[p] + c] = rounded[c];
  }
}

/** Up to REAL_CHUNK pixels of one panel, in tiles as even as they can be. */
template <bool IS_DEPTHWISE>
INLINE void realPanelOf(const goldbench::RealBlock& block, int32_t panel, size_t panelSize, const double* const* windows,
                        const ptrdiff_t* places, int32_t pixels) {
  alignas(64) double sums[REAL_CHUNK * REAL_PANEL];
  const int32_t channel = panel * REAL_PANEL, left = block.channels - channel;
  const int32_t tiles = (pixels + REAL_ROWS - 1) / REAL_ROWS, size = (pixels + tiles - 1) / tiles, large = pixels - tiles * (size - 1);
  const float *w = block.weights + panel * panelSize, *bias = block.bias + channel;
  multiplyRealsBy<IS_DEPTHWISE, REAL_ROWS>(size, block, windows, large, w, bias, sums);
  if (large < tiles)
    multiplyRealsBy<IS_DEPTHWISE, REAL_ROWS>(size - 1, block, windows + large * size, tiles - large, w, bias, sums + large * size * REAL_PANEL);
  finishReals(block, sums, block.y + channel, places, pixels, left < REAL_PANEL ? left : REAL_PANEL);
}

template <bool IS_DEPTHWISE>
INLINE void multiplyAllReals(const goldbench::RealBlock& block) {
  const int32_t pixels = block.rows * block.width, panels = block.endPanel - block.firstPanel;
  const size_t panelSize = block.runCount * size_t(block.length) * REAL_PANEL;
  // where all weights are at hand, pixels stay: they are read, and their outputs written, in one go
  const int32_t together = panels * panelSize <= LIGHT_REALS ? panels : 1;
  for (int32_t first = block.firstPanel; first < block.endPanel; first += together)
    for (int32_t pixel = 0, row = 0, column = 0, count; pixel < pixels; pixel += count) {
      const double* windows[REAL_CHUNK];
      ptrdiff_t places[REAL_CHUNK];
      count = pixels - pixel < REAL_CHUNK ? pixels - pixel : REAL_CHUNK;
      for (int32_t m = 0; m < count; m++) {
        windows[m] = block.x + row * block.xRowStep + column * block.xPixelStep;
        places[m] = row * block.yRowStep + column * block.yPixelStep;
        if (++column == block.width) column = 0, row++;
      }
      for (int32_t panel = first; panel < first + together; panel++)
        realPanelOf<IS_DEPTHWISE>(block, panel, panelSize, windows, places, count);
    }
}

void realDense(const goldbench::RealBlock& block) { multiplyAllReals<false>(block); }
void realDepthwise(const goldbench::RealBlock& block) { multiplyAllReals<true>(block); }

void widenReals(double* destination, ptrdiff_t destinationStep, const float* source, ptrdiff_t step, size_t pixels, size_t count) {
  for (size_t p = 0; p < pixels; p++, source += step, destination += destinationStep) {
    size_t at = 0;
    for (; at + REALS <= count; at += REALS) storeReals(destination + at, widenReal(source + at));
    for (; at < count; at++) destination[at] = source[at];
  }
}
