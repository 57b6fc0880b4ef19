// Dense products: tiles of up to ROWS pixels by VECTORS x LANES channels, accumulated in registers over all of a window.
// The multiply function only dumps its accumulators; rescaling is another, never inlined function. Together GCC 12
// spills every accumulator inside the inner loop, which halves the speed (test/native/spills.test.ts guards it).

constexpr int32_t PANEL = VECTORS * LANES;
constexpr int32_t AHEAD = 1536;  // bytes between weights and those prefetched

/** One step of a tile: 4 bytes of each pixel's window times the weights at w, of which a channel has BYTES. */
template <int32_t M, int32_t BYTES>
INLINE void addStep(V (&sum)[M][VECTORS], const uint8_t* const (&x)[M], ptrdiff_t k, const uint8_t* w) {
  V weight[VECTORS];
  UNROLL for (int32_t v = 0; v < VECTORS; v++)
    weight[v] = BYTES == 4 ? loadBytes(w + v * LANES * BYTES) : loadNarrow(w + v * LANES * BYTES);
  UNROLL for (int32_t m = 0; m < M; m++) {
    const V value = spread(x[m] + k);
    UNROLL for (int32_t v = 0; v < VECTORS; v++) sum[m][v] = dot(sum[m][v], value, weight[v]);
  }
}

template <int32_t M, int32_t BYTES>
NOINLINE void multiply(const goldbench::DenseBlock& block, const uint8_t* const* windows, const uint8_t* w,
                       const int32_t* bias, int32_t* sums) {
  // few pixels have too few sums to keep the multipliers busy: each is split into several, added up in the end
  constexpr int32_t SPLIT = M == 1 ? 4 : M == 2 ? 2 : 1, STEP_BYTES = PANEL * BYTES;
  V sum[SPLIT][M][VECTORS];
  UNROLL for (int32_t s = 0; s < SPLIT; s++)
    UNROLL for (int32_t m = 0; m < M; m++)
      UNROLL for (int32_t v = 0; v < VECTORS; v++) sum[s][m][v] = s == 0 ? load(bias + v * LANES) : splat(0);
  const ptrdiff_t end = static_cast<ptrdiff_t>(block.steps) * 4;
  for (int32_t run = 0; run < block.runCount; run++) {
    const uint8_t* x[M];
    UNROLL for (int32_t m = 0; m < M; m++) x[m] = windows[m] + block.runs[run] + end;
    // counting up to zero: one register is both index and counter
    ptrdiff_t k = -end;
    for (; k < -4 * (SPLIT - 1); k += 4 * SPLIT, w += SPLIT * STEP_BYTES) {
      // such weights come from memory, each used once: the processor's own prefetching stops at the end of a page
      if constexpr (SPLIT > 1)
        UNROLL for (int32_t line = 0; line < SPLIT * STEP_BYTES; line += 64) PREFETCH(w + AHEAD + line);
      UNROLL for (int32_t s = 0; s < SPLIT; s++) addStep<M, BYTES>(sum[s], x, k + 4 * s, w + s * STEP_BYTES);
    }
    if constexpr (SPLIT > 1)
      for (; k < 0; k += 4, w += STEP_BYTES) addStep<M, BYTES>(sum[0], x, k, w);
  }
  UNROLL for (int32_t s = 1; s < SPLIT; s++)
    UNROLL for (int32_t m = 0; m < M; m++)
      UNROLL for (int32_t v = 0; v < VECTORS; v++) sum[0][m][v] = add(sum[0][m][v], sum[s][m][v]);
  UNROLL for (int32_t m = 0; m < M; m++)
    UNROLL for (int32_t v = 0; v < VECTORS; v++) store(sums + (m * VECTORS + v) * LANES, sum[0][m][v]);
}

template <int32_t M, int32_t BYTES>
INLINE void multiplyUpTo(int32_t pixels, const goldbench::DenseBlock& block, const uint8_t* const* windows,
                         const uint8_t* w, const int32_t* bias, int32_t* sums) {
  if (pixels == M) return multiply<M, BYTES>(block, windows, w, bias, sums);
  if constexpr (M > 1) multiplyUpTo<M - 1, BYTES>(pixels, block, windows, w, bias, sums);
}

void dense(const goldbench::DenseBlock& block) {
  alignas(64) int32_t sums[ROWS * PANEL];
  const uint8_t* windows[ROWS];
  ptrdiff_t places[ROWS];
  const int32_t pixels = block.rows * block.width;
  const size_t panelBytes = block.runCount * block.steps * PANEL * (block.isNarrow ? NARROW_BYTES : 4);
  for (int32_t panel = block.firstPanel; panel < block.endPanel; panel++) {
    const int32_t channel = panel * PANEL;
    for (int32_t pixel = 0, row = 0, column = 0; pixel < pixels;) {
      const int32_t count = pixels - pixel < ROWS ? pixels - pixel : ROWS;
      for (int32_t m = 0; m < count; m++) {
        windows[m] = block.x + row * block.xRowStep + column * block.xPixelStep;
        places[m] = row * block.target.rowStep + column * block.target.pixelStep;
        if (++column == block.width) column = 0, row++;
      }
      const uint8_t* w = block.weights + panel * panelBytes;
      if (NARROW_BYTES < 4 && block.isNarrow)
        multiplyUpTo<ROWS, NARROW_BYTES>(count, block, windows, w, block.bias + channel, sums);
      else
        multiplyUpTo<ROWS, 4>(count, block, windows, w, block.bias + channel, sums);
      if (block.corrections)
        for (int32_t m = 0; m < count; m++)
          for (int32_t v = 0; v < VECTORS; v++) {
            int32_t* at = sums + (m * VECTORS + v) * LANES;
            store(at, add(load(at), splat(block.corrections[pixel + m])));
          }
      for (int32_t at = 0; at < PANEL; at += BLOCK)
        if (channel + at < block.channels)
          finish(block.rescale, block.target, block.channels, channel + at, sums + at, PANEL, places, count);
      pixel += count;
    }
  }
}
