// Dense products: tiles of up to ROWS pixels by VECTORS x LANES channels, accumulated in registers over all of a window.
// The multiply function only dumps its accumulators; rescaling is another, never inlined function. Together GCC 12
// spills every accumulator inside the inner loop, which halves the speed (test/native/spills.test.ts guards it).

constexpr int32_t PANEL = VECTORS * LANES;

/** One step of a tile: 4 bytes of each pixel's window times those of each channel at w. */
template <int32_t M, bool IS_NARROW = false>
INLINE void addStep(V (&sum)[M][VECTORS], const uint8_t* const (&x)[M], ptrdiff_t k, const uint8_t* w) {
  V weight[VECTORS];
  UNROLL for (int32_t v = 0; v < VECTORS; v++) weight[v] = loadBytes(w + v * LANES * 4);
  UNROLL for (int32_t m = 0; m < M; m++) {
    const V value = spread(x[m] + k);
    UNROLL for (int32_t v = 0; v < VECTORS; v++) sum[m][v] = IS_NARROW ? dotNarrow(sum[m][v], value, weight[v]) : dot(sum[m][v], value, weight[v]);
  }
}

constexpr int32_t AHEAD_TILES = 2;  // fetch as many bytes as a panel has: some 14 GB/s, no faster than memory gives them

/**
 * `tiles` tiles of M pixels, whose windows and sums follow each other, times PANELS panels; of several, `tiles` is 1. What lies
 * `ahead` is on its way from memory meanwhile.
 */
template <int32_t M, int32_t PANELS, bool IS_NARROW, bool IS_AHEAD = false>
NOINLINE void multiply(const goldbench::DenseBlock& block, const uint8_t* const* windows, int32_t tiles, const uint8_t* const* weights,
                       const int32_t* const* biases, int32_t* sums, const uint8_t* ahead = nullptr) {
  const ptrdiff_t end = static_cast<ptrdiff_t>(block.steps) * 4;
  const int32_t runCount = block.runCount;
  const ptrdiff_t* const runs = block.runs;
  for (; tiles > 0; tiles--, windows += M, sums += M * PANEL) {
    V sum[PANELS][M][VECTORS];
    const uint8_t* w[PANELS];
    UNROLL for (int32_t p = 0; p < PANELS; p++) {
      w[p] = weights[p];
      UNROLL for (int32_t m = 0; m < M; m++)
        UNROLL for (int32_t v = 0; v < VECTORS; v++) sum[p][m][v] = load(biases[p] + v * LANES);
    }
    for (int32_t run = 0; run < runCount; run++) {
      const uint8_t* x[M];
      UNROLL for (int32_t m = 0; m < M; m++) x[m] = windows[m] + runs[run] + end;
      if constexpr (IS_AHEAD) ahead += end * PANEL / AHEAD_TILES;
      // counting up to zero: one register is both index and counter
      for (ptrdiff_t k = -end; k < 0; k += 4)
        UNROLL for (int32_t p = 0; p < PANELS; p++) {
          addStep<M, IS_NARROW>(sum[p], x, k, w[p]);
          w[p] += PANEL * 4;
          if constexpr (IS_AHEAD) PREFETCH(ahead + k * PANEL / AHEAD_TILES);
          if constexpr (PANELS > 1 && !IS_NARROW)  // one panel after the other: GCC would load for all at once, and spill a sum
            UNROLL for (int32_t v = 0; v < VECTORS; v++) KEEP(sum[p][0][v]);
        }
    }
    UNROLL for (int32_t p = 0; p < PANELS; p++)
      UNROLL for (int32_t m = 0; m < M; m++)
        UNROLL for (int32_t v = 0; v < VECTORS; v++) store(sums + ((p * M + m) * VECTORS + v) * LANES, sum[p][m][v]);
  }
}

template <int32_t M, bool IS_NARROW, bool IS_AHEAD = false>
INLINE void multiplyBy(int32_t size, const goldbench::DenseBlock& block, const uint8_t* const* windows, int32_t tiles,
                       const uint8_t* weights, const int32_t* bias, int32_t* sums, const uint8_t* ahead = nullptr) {
  if (size == M) return multiply<M, 1, IS_NARROW, IS_AHEAD>(block, windows, tiles, &weights, &bias, sums, ahead);
  if constexpr (M > 1) multiplyBy<M - 1, IS_NARROW, IS_AHEAD>(size, block, windows, tiles, weights, bias, sums, ahead);
}

/**
 * Sums of `pixels` pixels of one panel, in tiles as even as they can be: one of a single pixel takes as long as one of three.
 * The first ones fetch what lies ahead, if anything does.
 */
INLINE void multiplyAll(const goldbench::DenseBlock& block, const uint8_t* const* windows, int32_t pixels, const uint8_t* weights,
                        const int32_t* bias, int32_t* sums, const uint8_t* ahead) {
  if constexpr (NARROW_ROWS > 0)
    if (block.isNarrow) return multiplyBy<NARROW_ROWS, true>(pixels, block, windows, 1, weights, bias, sums);
  const int32_t tiles = (pixels + ROWS - 1) / ROWS, size = (pixels + tiles - 1) / tiles, large = pixels - tiles * (size - 1);
  const int32_t first = !ahead ? 0 : large < AHEAD_TILES ? large : AHEAD_TILES;
  if (first > 0) multiplyBy<ROWS, false, true>(size, block, windows, first, weights, bias, sums, ahead);
  if (first < large) multiplyBy<ROWS, false>(size, block, windows + first * size, large - first, weights, bias, sums + first * size * PANEL);
  if (large < tiles) multiplyBy<ROWS, false>(size - 1, block, windows + large * size, tiles - large, weights, bias, sums + large * size * PANEL);
}

constexpr int32_t HELD = CHUNK / ROWS * ROWS;       // pixels rescaled together: constants are loaded once for all
constexpr size_t LIGHT_BYTES = size_t{192} << 10;  // weights that stay in the second-level cache

/** Up to HELD pixels and where their outputs go. */
struct HeldPixels {
  const uint8_t* windows[HELD];
  ptrdiff_t places[HELD];
  int32_t first, count;
};

/** Rescales what was summed of one panel. */
INLINE void finishPanel(const goldbench::DenseBlock& block, const HeldPixels& held, int32_t panel, int32_t* sums) {
  const int32_t channel = panel * PANEL;
  if (block.corrections)
    for (int32_t m = 0; m < held.count; m++)
      for (int32_t v = 0; v < VECTORS; v++) {
        int32_t* at = sums + (m * VECTORS + v) * LANES;
        store(at, add(load(at), splat(block.corrections[held.first + m])));
      }
  for (int32_t at = 0; at < PANEL; at += BLOCK)
    if (channel + at < block.channels)
      finish(block.rescale, block.target, block.channels, channel + at, sums + at, PANEL, held.places, held.count);
}

/** Held pixels times one panel; what lies `ahead` is fetched, if anything does. */
INLINE void densePanel(const goldbench::DenseBlock& block, const HeldPixels& held, int32_t panel, size_t panelBytes, const uint8_t* ahead) {
  alignas(64) int32_t sums[HELD * PANEL + SPARE];
  multiplyAll(block, held.windows, held.count, block.weights + panel * panelBytes, block.bias + panel * PANEL, sums, ahead);
  finishPanel(block, held, panel, sums);
}

/** One pixel times STREAMS panels, `apart` from each other; those that there are not are the last one, again. */
template <int32_t STREAMS>
INLINE void densePanels(const goldbench::DenseBlock& block, const HeldPixels& held, int32_t panel, int32_t apart, size_t panelBytes) {
  alignas(64) int32_t sums[STREAMS * PANEL + SPARE];
  const uint8_t* weights[STREAMS];
  const int32_t* biases[STREAMS];
  int32_t panels[STREAMS];
  for (int32_t s = 0; s < STREAMS; s++) {
    panels[s] = panel + s * apart < block.endPanel ? panel + s * apart : block.endPanel - 1;
    weights[s] = block.weights + panels[s] * panelBytes, biases[s] = block.bias + panels[s] * PANEL;
  }
  if (NARROW_ROWS > 0 && block.isNarrow)
    multiply<1, STREAMS, (NARROW_ROWS > 0)>(block, held.windows, 1, weights, biases, sums);
  else
    multiply<1, STREAMS, false>(block, held.windows, 1, weights, biases, sums);
  for (int32_t s = 0; s < STREAMS; s++) finishPanel(block, held, panels[s], sums + s * PANEL);
}

/**
 * One pixel, whose sums of one panel are too few to keep the multipliers busy. Weights used once come from memory, which
 * answers several streams faster than one: each takes a quarter of the panels, and goes on from one to the next.
 */
void denseOne(const goldbench::DenseBlock& block, const HeldPixels& held, size_t panelBytes) {
  constexpr int32_t STREAMS = 4;
  const int32_t panels = block.endPanel - block.firstPanel, apart = (panels + STREAMS - 1) / STREAMS;
  for (int32_t panel = block.firstPanel; panel < block.firstPanel + apart; panel++)
    densePanels<STREAMS>(block, held, panel, apart, panelBytes);
}

void dense(const goldbench::DenseBlock& block) {
  HeldPixels held;
  const int32_t pixels = block.rows * block.width, panels = block.endPanel - block.firstPanel;
  const size_t panelBytes = block.runCount * block.steps * PANEL * 4;
  // where all weights are at hand, pixels stay: they are read, and their outputs written, in one go; else the first pixels
  // that meet a panel fetch the next one, or the first one again, for the band that follows
  const bool areLight = panels * panelBytes <= LIGHT_BYTES;
  const int32_t together = areLight ? panels : 1;
  for (int32_t first = block.firstPanel; first < block.endPanel; first += together)
    for (int32_t pixel = 0, row = 0, column = 0; pixel < pixels; pixel += held.count) {
      held.first = pixel, held.count = pixels - pixel < HELD ? pixels - pixel : HELD;
      for (int32_t m = 0; m < held.count;) {
        const int32_t end = held.count - m < block.width - column ? held.count : m + block.width - column;
        const uint8_t* window = block.x + row * block.xRowStep + column * block.xPixelStep;
        ptrdiff_t place = row * block.target.rowStep + column * block.target.pixelStep;
        column += end - m;
        for (; m < end; m++, window += block.xPixelStep, place += block.target.pixelStep) held.windows[m] = window, held.places[m] = place;
        if (column == block.width) column = 0, row++;
      }
      if (pixels == 1 && panels >= 4) return denseOne(block, held, panelBytes);
      const int32_t next = first + 1 < block.endPanel ? first + 1 : block.firstPanel;
      const uint8_t* const ahead = !areLight && pixel == 0 ? block.weights + next * panelBytes : nullptr;
      for (int32_t panel = first; panel < first + together; panel++) densePanel(block, held, panel, panelBytes, ahead);
    }
}
