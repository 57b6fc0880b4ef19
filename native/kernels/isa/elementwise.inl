// What needs no tiles: preparing activations, sums of two tensors, pools, the bounds of a machine.
// Plain loops are left to the compiler, which vectorises them for this file's instruction set.

INLINE void widenBlocksOf(int16_t* destination, ptrdiff_t apart, const uint8_t* source, ptrdiff_t step, size_t pixels, int32_t blocks,
                          bool isSigned, W zero) {
  for (int32_t block = 0; block < blocks; block++)
    for (size_t p = 0; p < pixels; p++) {
      const W values = widenShorts(source + block * BLOCK + static_cast<ptrdiff_t>(p) * step, isSigned);
      storeWide(destination + block * apart + p * BLOCK, subtractWide(values, zero));
    }
}

void widenBlocks(int16_t* destination, ptrdiff_t apart, const uint8_t* source, ptrdiff_t step, size_t pixels, int32_t blocks, int32_t isSigned,
                 int32_t zeroPoint) {
  const W zero = splatShort(zeroPoint);
  if (isSigned) widenBlocksOf(destination, apart, source, step, pixels, blocks, true, zero);
  else widenBlocksOf(destination, apart, source, step, pixels, blocks, false, zero);
}

void widen(int16_t* destination, const uint8_t* source, size_t count, int32_t isSigned, int32_t zeroPoint) {
  const size_t blocks = count / BLOCK;
  widenBlocks(destination, 0, source, BLOCK, blocks, 1, isSigned, zeroPoint);
  for (size_t i = blocks * BLOCK; i < count; i++)
    destination[i] = static_cast<int16_t>((isSigned ? static_cast<int8_t>(source[i]) : source[i]) - zeroPoint);
}

void flip(uint8_t* destination, const uint8_t* source, size_t count, int32_t pattern) {
  for (size_t i = 0; i < count; i++) destination[i] = static_cast<uint8_t>(source[i] ^ pattern);
}

/** Runs f over all bytes, the last few through buffers: f(a bytes, b bytes, y bytes) handles LANES of each. */
template <typename F>
INLINE void overPairs(const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count, const F& f) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) f(a + i, b + i, y + i);
  if (i == count) return;
  uint8_t lastA[LANES] = {}, lastB[LANES] = {}, last[LANES];
  for (size_t j = i; j < count; j++) lastA[j - i] = a[j], lastB[j - i] = b[j];
  f(lastA, lastB, last);
  for (size_t j = i; j < count; j++) y[j] = last[j - i];
}

struct OneMultiplier {
  int32_t multiplier[LANES], left[LANES], right[LANES];

  INLINE OneMultiplier(int32_t m, int32_t shift) {
    for (int32_t i = 0; i < LANES; i++) multiplier[i] = m, left[i] = shift > 0 ? shift : 0, right[i] = shift < 0 ? -shift : 0;
  }
  INLINE Rescaler<Rounding::Double> rescaler() const {
    return {{Rounding::Double, multiplier, left, right, nullptr, nullptr, 0, 0, 0}, 0};
  }
};

/** The same where nothing can overflow, by Rounding::Tame's formula; without a shift there is but one rounding. */
struct OneTame {
  V multiplier, nudge, nudgeBelow, right;

  INLINE OneTame(int32_t m, int32_t shift) {
    multiplier = splat(m), right = splat(1 - shift);
    nudge = splat(shift < 0 ? (1 << -shift) + 1 : 1), nudgeBelow = splat(shift < 0 ? (1 << -shift) - 1 : 1);
  }
  INLINE V operator()(V sum) const { return roundTame(productBy30(sum, multiplier), nudge, nudgeBelow, right); }
  /** For values no farther from 0 than `largest`. */
  static INLINE bool isFor(int64_t largest, int32_t shift) {
    return shift <= 0 && 2 * largest + (int64_t{1} << -shift) + 1 <= INT32_MAX;
  }
};

template <typename OneRescaler>
INLINE void sumBy(const goldbench::SumJob& job, const OneRescaler& rescaleA, const OneRescaler& rescaleB, const OneRescaler& rescaleY,
                  const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count) {
  const V zeroA = splat(job.zeroA), zeroB = splat(job.zeroB), spare = splat(job.leftShift), zeroPoint = splat(job.zeroPoint);
  // clamped before the zero point is added: the sum of both may not fit 32 bits
  const V lowest = splat(job.lowest - job.zeroPoint), highest = splat(job.highest - job.zeroPoint);
  const bool isSigned = job.isSigned != 0, isDifference = job.sign < 0;
  overPairs(a, b, y, count, [&](const uint8_t* p, const uint8_t* q, uint8_t* out) INLINE_LAMBDA {
    const V first = rescaleA(shiftLeft(subtract(widenBytes(p, isSigned), zeroA), spare));
    const V second = rescaleB(shiftLeft(subtract(widenBytes(q, isSigned), zeroB), spare));
    const V value = rescaleY(isDifference ? subtract(first, second) : add(first, second));
    narrow(out, add(minimum(maximum(value, lowest), highest), zeroPoint));
  });
}

NOINLINE void sumTame(const goldbench::SumJob& job, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count) {
  sumBy<OneTame>(job, {job.multiplierA, job.shiftA}, {job.multiplierB, job.shiftB}, {job.multiplier, job.shift}, a, b, y, count);
}

void sum(const goldbench::SumJob& job, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count) {
  const int64_t largest = int64_t{255} << job.leftShift;
  if (OneTame::isFor(largest, job.shiftA) && OneTame::isFor(largest, job.shiftB) && OneTame::isFor(2 * largest, job.shift))
    return sumTame(job, a, b, y, count);
  const OneMultiplier forA(job.multiplierA, job.shiftA), forB(job.multiplierB, job.shiftB), forY(job.multiplier, job.shift);
  sumBy(job, forA.rescaler(), forB.rescaler(), forY.rescaler(), a, b, y, count);
}

void linearSum(const goldbench::LinearSumJob& job, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count) {
  const V bias = splat(job.bias), multiplierA = splat(job.multiplierA), multiplierB = splat(job.multiplierB);
  const V shift = splat(job.shift), zeroPoint = splat(job.zeroPoint);
  const V lowest = splat(job.lowest), highest = splat(job.highest);
  const bool isSigned = job.isSigned != 0;
  overPairs(a, b, y, count, [&](const uint8_t* p, const uint8_t* q, uint8_t* out) INLINE_LAMBDA {
    const V first = lowProduct(widenBytes(p, isSigned), multiplierA);
    const V second = lowProduct(widenBytes(q, isSigned), multiplierB);
    const V value = add(shiftRight(add(bias, add(first, second)), shift), zeroPoint);
    narrow(out, minimum(maximum(value, lowest), highest));
  });
}

struct Taps {
  int32_t first, end;
};

/** The taps of a window starting at `start` that lie inside `size`. */
INLINE Taps tapsInside(int32_t start, int32_t taps, int32_t size) {
  const int32_t first = start < 0 ? -start : 0;
  const int32_t end = size - start < taps ? size - start : taps;
  return {first, end};
}

template <typename T>
void maxRow(const goldbench::PoolRow& row) {
  const int32_t channels = row.channels;
  const T lowest = static_cast<T>(row.lowest), highest = static_cast<T>(row.highest);
  const Taps rows = tapsInside(row.top, row.tapsH, row.inputHeight);
  for (int32_t column = 0; column < row.width; column++) {
    const int32_t left = column * row.stride - row.before;
    const Taps columns = tapsInside(left, row.tapsW, row.inputWidth);
    T* y = reinterpret_cast<T*>(row.y) + static_cast<size_t>(column) * channels;
    for (int32_t c = 0; c < channels; c++) y[c] = lowest;
    for (int32_t ky = rows.first; ky < rows.end; ky++)
      for (int32_t kx = columns.first; kx < columns.end; kx++) {
        const size_t pixel = static_cast<size_t>(row.top + ky) * row.inputWidth + (left + kx);
        const T* x = reinterpret_cast<const T*>(row.x) + pixel * channels;
        for (int32_t c = 0; c < channels; c++) y[c] = x[c] > y[c] ? x[c] : y[c];
      }
    for (int32_t c = 0; c < channels; c++) y[c] = y[c] > highest ? highest : y[c];
  }
}

/** Rounded half away from zero, in C's truncating division (reference/integer_ops/pooling.h AveragePool). */
template <typename T>
void averageRow(const goldbench::PoolRow& row) {
  const int32_t channels = row.channels;
  const Taps rows = tapsInside(row.top, row.tapsH, row.inputHeight);
  for (int32_t column = 0; column < row.width; column++) {
    const int32_t left = column * row.stride - row.before;
    const Taps columns = tapsInside(left, row.tapsW, row.inputWidth);
    const int32_t count = (rows.end - rows.first) * (columns.end - columns.first);
    T* y = reinterpret_cast<T*>(row.y) + static_cast<size_t>(column) * channels;
    for (int32_t c = 0; c < channels; c++) row.sums[c] = 0;
    for (int32_t ky = rows.first; ky < rows.end; ky++)
      for (int32_t kx = columns.first; kx < columns.end; kx++) {
        const size_t pixel = static_cast<size_t>(row.top + ky) * row.inputWidth + (left + kx);
        const T* x = reinterpret_cast<const T*>(row.x) + pixel * channels;
        for (int32_t c = 0; c < channels; c++) row.sums[c] += x[c];
      }
    // Quotients of integers under 2^24, divisor under 2^16: float32 division cannot round up to the next integer.
    const bool isSmall = count <= 32768;
    const float divisor = static_cast<float>(count > 0 ? count : 1);
    for (int32_t c = 0; c < channels; c++) {
      const int32_t sum = row.sums[c], rounded = sum > 0 ? sum + count / 2 : sum - count / 2;
      const int32_t mean = isSmall ? static_cast<int32_t>(static_cast<float>(rounded) / divisor) : rounded / count;
      const int32_t clamped = mean < row.lowest ? row.lowest : mean > row.highest ? row.highest : mean;
      y[c] = static_cast<T>(clamped);
    }
  }
}

void maxPool(const goldbench::PoolRow& row) { row.isSigned ? maxRow<int8_t>(row) : maxRow<uint8_t>(row); }
void averagePool(const goldbench::PoolRow& row) { row.isSigned ? averageRow<int8_t>(row) : averageRow<uint8_t>(row); }

/** PEAK_CHAINS independent chains of dense products, the most that fit the registers. */
double peak(int64_t rounds) {
  alignas(64) static const uint8_t bytes[64] = {3, 1, 4, 1, 5, 9, 2, 6};
  V x = loadBytes(bytes), w = loadBytes(bytes), chain[PEAK_CHAINS];
  UNROLL for (int32_t i = 0; i < PEAK_CHAINS; i++) chain[i] = splat(i);
  for (int64_t round = 0; round < rounds; round++) {
    UNROLL for (int32_t i = 0; i < PEAK_CHAINS; i++) {
      KEEP(x);  // else one product serves all chains
      chain[i] = dot(chain[i], x, w);
    }
  }
  // stored, not added up: the compiler then keeps them in registers (the trap of dense.inl)
  alignas(64) int32_t result[PEAK_CHAINS * LANES];
  UNROLL for (int32_t i = 0; i < PEAK_CHAINS; i++) store(result + i * LANES, chain[i]);
  volatile int32_t sink = result[0];
  for (int32_t i = 1; i < PEAK_CHAINS * LANES; i++) sink = sink ^ result[i];
  return static_cast<double>(rounds) * PEAK_CHAINS * LANES * DOT_PRODUCTS;
}

/** Reads all but the last few bytes in four streams, as dense.inl does, and only adds them up: the bound of what is used once. */
int32_t readOnce(const uint8_t* p, size_t bytes) {
  constexpr size_t STREAMS = 4, TAKEN = 2 * LANES * 4;
  const size_t part = bytes / (STREAMS * TAKEN) * TAKEN;
  V sum[STREAMS][2];
  UNROLL for (size_t s = 0; s < STREAMS; s++) sum[s][0] = sum[s][1] = splat(0);
  for (size_t at = 0; at < part; at += TAKEN)
    UNROLL for (size_t s = 0; s < STREAMS; s++)
      UNROLL for (size_t i = 0; i < 2; i++) sum[s][i] = add(sum[s][i], loadBytes(p + s * part + at + i * LANES * 4));
  alignas(64) int32_t result[LANES];
  UNROLL for (size_t s = 1; s < STREAMS; s++) sum[0][0] = add(sum[0][0], add(sum[s][0], sum[s][1]));
  store(result, add(sum[0][0], sum[0][1]));
  int32_t total = 0;
  for (const int32_t lane : result) total = static_cast<int32_t>(static_cast<uint32_t>(total) + static_cast<uint32_t>(lane));
  return total;
}
