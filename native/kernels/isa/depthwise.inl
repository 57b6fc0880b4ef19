// Depthwise products: every channel sees only itself. Taps are taken in pairs: the int16 values of two taps are
// interleaved, so that one instruction multiplies and adds both. Interleaving works within 128-bit parts of a register,
// which scrambles the channels: of each 8, the first 4 come to the low vector and the last 4 to the high one. Weights,
// biases and rescale entries are packed in that order (layer.cc), and storePair puts results in order again.

constexpr int32_t BLOCK = 2 * LANES;   // channels
constexpr int32_t TOGETHER = 4;        // pixels, sharing each loaded weight
constexpr int32_t CHUNK = 32;          // pixels between which sums are kept until they are rescaled

template <int32_t P>
NOINLINE void multiplyPairs(const goldbench::DepthwiseBlock& block, const int16_t* x, const int16_t* w,
                            const int32_t* bias, int32_t* sums) {
  V low[P], high[P];
  UNROLL for (int32_t p = 0; p < P; p++) low[p] = load(bias), high[p] = load(bias + LANES);
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

template <Rounding R>
NOINLINE void finishPairs(const goldbench::DepthwiseBlock& block, const int32_t* sums, int32_t pixels, int32_t channel,
                          ptrdiff_t place) {
  const Rescaler<R> lowRescaler(block.rescale, channel), highRescaler(block.rescale, channel + LANES);
  const int32_t channels = block.channels - channel;
  for (int32_t p = 0; p < pixels; p++, sums += BLOCK, place += block.target.pixelStep) {
    const V low = load(sums), high = load(sums + LANES);
    uint8_t* y = block.target.y + place + channel;
    int32_t* accumulators = block.target.accumulators ? block.target.accumulators + place + channel : nullptr;
    if (channels >= BLOCK) {
      storePair(y, lowRescaler(low), highRescaler(high));
      if (accumulators) storeSums(accumulators, low, high);
      continue;
    }
    uint8_t bytes[BLOCK];
    int32_t ordered[BLOCK];
    storePair(bytes, lowRescaler(low), highRescaler(high));
    storeSums(ordered, low, high);
    for (int32_t c = 0; c < channels; c++) y[c] = bytes[c];
    for (int32_t c = 0; accumulators && c < channels; c++) accumulators[c] = ordered[c];
  }
}

void depthwise(const goldbench::DepthwiseBlock& block) {
  alignas(64) int32_t sums[CHUNK * BLOCK];
  for (int32_t channel = 0; channel < block.channels; channel += BLOCK) {
    const int16_t* w = block.weights + static_cast<size_t>(channel) * block.pairs * 2;
    const int32_t* bias = block.bias + channel;
    for (int32_t row = 0; row < block.rows; row++) {
      for (int32_t column = 0; column < block.width; column += CHUNK) {
        const int32_t count = block.width - column < CHUNK ? block.width - column : CHUNK;
        const int16_t* x = block.x + row * block.xRowStep + column * block.xPixelStep + channel;
        int32_t p = 0;
        for (; p + TOGETHER <= count; p += TOGETHER)
          multiplyPairs<TOGETHER>(block, x + p * block.xPixelStep, w, bias, sums + p * BLOCK);
        for (; p < count; p++) multiplyPairs<1>(block, x + p * block.xPixelStep, w, bias, sums + p * BLOCK);
        const ptrdiff_t place = row * block.target.rowStep + column * block.target.pixelStep;
#define FINISH(R) finishPairs<R>(block, sums, count, channel, place)
        WITH_ROUNDING(block.rescale.rounding, FINISH)
#undef FINISH
      }
    }
  }
}
