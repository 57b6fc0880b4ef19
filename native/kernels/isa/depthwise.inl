// Depthwise products: every channel sees only itself. Taps are taken in pairs: the int16 values of two taps are
// interleaved, so that one instruction multiplies and adds both. Interleaving works within 128-bit parts of a register,
// which scrambles the channels (finish.inl). Pairs are two rows of one column, then, of a last odd row, two columns.

constexpr int32_t TOGETHER = 4;  // pixels, sharing each loaded weight

/** Sums of P pixels, for taps of any shape. */
template <int32_t P>
NOINLINE void multiplyPairs(const goldbench::DepthwiseBlock& block, const int16_t* x, int32_t* sums) {
  V low[P], high[P];
  UNROLL for (int32_t p = 0; p < P; p++) low[p] = load(block.bias), high[p] = load(block.bias + LANES);
  const int16_t* w = block.weights;
  for (int32_t pair = 0; pair < block.pairs; pair++, w += 2 * BLOCK) {
    const int16_t* first = x + block.taps[2 * pair];
    const int16_t* second = x + block.taps[2 * pair + 1];
    const W lowWeight = loadWide(w), highWeight = loadWide(w + BLOCK);
    UNROLL for (int32_t p = 0; p < P; p++) {
      W a = loadWide(first + p * block.xPixelStep), b = loadWide(second + p * block.xPixelStep);
      KEEP(a);  // in registers: loaded anew for each use, as GCC would, loads were the bottleneck
      KEEP(b);
      low[p] = dotWide(low[p], pairLow(a, b), lowWeight);
      high[p] = dotWide(high[p], pairHigh(a, b), highWeight);
    }
  }
  UNROLL for (int32_t p = 0; p < P; p++) store(sums + p * BLOCK, low[p]), store(sums + p * BLOCK + LANES, high[p]);
}

/**
 * Half the channels of a row of 3 x 3 windows, STRIDE columns of COLUMN values apart; at least TOGETHER of them. A pair of values is
 * interleaved once for all windows it belongs to: column c of rows 0 and 1; of row 2 columns c and c + 1, which windows
 * starting at c take whole, and those ending at c with a zero weight for c + 1. The last columns are interleaved in vain.
 */
template <int32_t STRIDE, int32_t COLUMN, typename Interleave>
INLINE void multiplyNineHalf(const goldbench::DepthwiseBlock& block, const int16_t* x, int32_t half, int32_t pixels,
                             int32_t* sums, const Interleave& interleave) {
  constexpr int32_t COLUMNS = (TOGETHER - 1) * STRIDE + 3;
  W weight[5];
  UNROLL for (int32_t i = 0; i < 5; i++) weight[i] = loadWide(block.weights + (2 * i + half) * BLOCK);
  const V bias = load(block.bias + half * LANES);
  const int16_t* const rows[3] = {x + block.taps[0], x + block.taps[1], x + block.taps[6]};
  const ptrdiff_t last = pixels - TOGETHER;
  for (ptrdiff_t p = 0; p < pixels; p += TOGETHER) {
    const ptrdiff_t first = p < last ? p : last;  // the last few overlap those before
    const ptrdiff_t at = first * STRIDE * COLUMN;
    const int16_t *top = rows[0] + at, *middle = rows[1] + at, *bottom = rows[2] + at;
    int32_t* const to = sums + first * BLOCK + half * LANES;
    V sum[TOGETHER];
    UNROLL for (int32_t t = 0; t < TOGETHER; t++) sum[t] = bias;
    UNROLL for (int32_t c = 0; c < COLUMNS; c++) {
      W pair = interleave(loadWide(top + c * COLUMN), loadWide(middle + c * COLUMN));
      KEEP(pair);
      UNROLL for (int32_t t = 0; t < TOGETHER; t++) {
        if (c >= t * STRIDE && c <= t * STRIDE + 2) sum[t] = dotWide(sum[t], pair, weight[c - t * STRIDE]);
        KEEP(sum[t]);  // GCC would add products up in trees, and spill them
      }
    }
    UNROLL for (int32_t c = 0; c < COLUMNS; c += STRIDE) {
      const W pair = interleave(loadWide(bottom + c * COLUMN), loadWide(bottom + (c + 1) * COLUMN));
      UNROLL for (int32_t t = 0; t < TOGETHER; t++) {
        if (c == t * STRIDE) sum[t] = dotWide(sum[t], pair, weight[3]);
        if (c == t * STRIDE + 2) sum[t] = dotWide(sum[t], pair, weight[4]);
        KEEP(sum[t]);
      }
    }
    UNROLL for (int32_t t = 0; t < TOGETHER; t++) store(to + t * BLOCK, sum[t]);
  }
}

template <int32_t STRIDE, int32_t COLUMN = BLOCK>
NOINLINE void multiplyNine(const goldbench::DepthwiseBlock& block, const int16_t* x, int32_t pixels, int32_t* sums) {
  multiplyNineHalf<STRIDE, COLUMN>(block, x, 0, pixels, sums, [](W a, W b) INLINE_LAMBDA { return pairLow(a, b); });
  multiplyNineHalf<STRIDE, COLUMN>(block, x, 1, pixels, sums, [](W a, W b) INLINE_LAMBDA { return pairHigh(a, b); });
}

/** Sums of up to LONG_CHUNK pixels of a row. */
INLINE void multiplyRow(const goldbench::DepthwiseBlock& block, const int16_t* x, int32_t pixels, int32_t* sums) {
  if (block.nineStride == 1 && pixels >= TOGETHER) return multiplyNine<1>(block, x, pixels, sums);
  if (block.nineStride == 2 && pixels >= TOGETHER) {
    const bool isFolded = block.taps[2] - block.taps[0] < BLOCK;  // two pixels a block, and a column is half of one
    return isFolded ? multiplyNine<2, BLOCK / 2>(block, x, pixels, sums) : multiplyNine<2>(block, x, pixels, sums);
  }
  int32_t p = 0;
  for (; p + TOGETHER <= pixels; p += TOGETHER)
    multiplyPairs<TOGETHER>(block, x + p * block.xPixelStep, sums + p * BLOCK);
  for (; p < pixels; p++) multiplyPairs<1>(block, x + p * block.xPixelStep, sums + p * BLOCK);
}

void depthwise(const goldbench::DepthwiseBlock& block) {
  alignas(64) int32_t sums[LONG_CHUNK * BLOCK + SPARE];
  ptrdiff_t places[LONG_CHUNK];
  int32_t held = 0;  // pixels, of several rows where rows are short
  const auto finishHeld = [&] {
    finish(block.rescale, block.target, block.channels, block.channel, sums, BLOCK, places, held);
    held = 0;
  };
  for (int32_t row = 0; row < block.rows; row++)
    for (int32_t column = 0; column < block.width; column += LONG_CHUNK) {
      const int32_t count = block.width - column < LONG_CHUNK ? block.width - column : LONG_CHUNK;
      if (held + count > LONG_CHUNK) finishHeld();
      multiplyRow(block, block.x + row * block.xRowStep + column * block.xPixelStep, count, sums + held * BLOCK);
      ptrdiff_t place = row * block.target.rowStep + column * block.target.pixelStep;
      for (int32_t p = 0; p < count; p++, place += block.target.pixelStep) places[held++] = place;
    }
  finishHeld();
}
