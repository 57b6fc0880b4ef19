// From sums to outputs, for dense and depthwise products alike. Both keep channels in blocks of 2 x LANES, scrambled: of
// each 8 the first 4 are in a block's low vector and the last 4 in its high one. That is the order in which x86's
// instructions pack two registers into one (and interleave two, see depthwise.inl), so that storeBytes and storeSums put
// channels in order again for nothing. Weights, biases and rescaling constants are packed in that order (packing.cc).

constexpr int32_t BLOCK = 2 * LANES;  // channels
constexpr int32_t CHUNK = 32;         // pixels rescaled at once, so that their sums stay in the first-level cache
constexpr int32_t LONG_CHUNK = 64;    // of a single block: the most
constexpr int32_t SPARE = LANES;      // sums readable behind the last: see Rescaler

/**
 * Rescales one whole block: of each of `pixels` pixels BLOCK sums, `step` apart, to y + places[pixel]. Nothing else happens
 * here: a call, even one that is never made, would send all constants to memory, which doubles the time.
 */
template <Rounding R>
NOINLINE void rescaleBlock(const goldbench::Rescale& rescale, int32_t channel, const int32_t* sums, int32_t step,
                           uint8_t* y, const ptrdiff_t* places, int32_t pixels) {
  const Rescaler<R> low(rescale, channel), high(rescale, channel + LANES);
  // from the lowest on, so that the clamp below is what packing bytes does anyway
  const W added = splatShort(rescale.zeroPoint - rescale.lowest);
  const W most = splatByte(rescale.highest - rescale.lowest), lowest = splatByte(rescale.lowest);
  for (int32_t p = 0; p < pixels; p += 2) {  // of an odd number the last one twice
    const int32_t q = p + 1 < pixels ? p + 1 : p;
    const int32_t *first = sums + p * step, *second = sums + q * step;
    const W a = packShorts(low(first), high(first + LANES), added), b = packShorts(low(second), high(second + LANES), added);
    storeBytes(y + places[p], y + places[q], a, b, most, lowest);
  }
}

/** The sums themselves, `count` of each pixel's, to accumulators + places[pixel]. */
NOINLINE void keepSums(const int32_t* sums, int32_t step, int32_t* accumulators, const ptrdiff_t* places, int32_t pixels, int32_t count) {
  for (int32_t p = 0; p < pixels; p++, sums += step) {
    int32_t ordered[BLOCK];
    storeSums(ordered, load(sums), load(sums + LANES));
    for (int32_t c = 0; c < count; c++) accumulators[places[p] + c] = ordered[c];
  }
}

/** `count` bytes in (0, BLOCK): the last few overlap those before. */
INLINE void copyFew(uint8_t* to, const uint8_t* from, int32_t count) {
#define COPY_BY(size)                                                                          \
  if (count >= size) {                                                                         \
    int32_t at = 0;                                                                            \
    for (; at + size <= count; at += size) __builtin_memcpy(to + at, from + at, size);         \
    if (at < count) __builtin_memcpy(to + count - size, from + count - size, size);            \
    return;                                                                                    \
  }
  COPY_BY(8)
  COPY_BY(4)
#undef COPY_BY
  for (int32_t c = 0; c < count; c++) to[c] = from[c];
}

/** Rescales up to LONG_CHUNK pixels of the block that begins at `channel`, as far as it has channels. */
NOINLINE void finish(const goldbench::Rescale& rescale, const goldbench::Target& target, int32_t channels, int32_t channel,
                     const int32_t* sums, int32_t step, const ptrdiff_t* places, int32_t pixels) {
  const int32_t count = channels - channel < BLOCK ? channels - channel : BLOCK;
  uint8_t* y = target.y + channel;
#define RESCALE(R) rescaleBlock<R>(rescale, channel, sums, step, y, places, pixels)
  if (count == BLOCK) {
    WITH_ROUNDING(rescale.rounding, RESCALE)
#undef RESCALE
  } else {
    uint8_t bytes[LONG_CHUNK * BLOCK];
    ptrdiff_t bytePlaces[LONG_CHUNK] = {};
    for (int32_t p = 0; p < pixels; p++) bytePlaces[p] = p * BLOCK;
#define RESCALE(R) rescaleBlock<R>(rescale, channel, sums, step, bytes, bytePlaces, pixels)
    WITH_ROUNDING(rescale.rounding, RESCALE)
#undef RESCALE
    for (int32_t p = 0; p < pixels; p++) copyFew(y + places[p], bytes + bytePlaces[p], count);
  }
  if (target.accumulators) keepSums(sums, step, target.accumulators + channel, places, pixels, count);
}
