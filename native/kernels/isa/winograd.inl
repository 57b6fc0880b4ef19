// Dense 3 x 3 products of stride 1 by Winograd's F(2 x 2, 3 x 3) and F(4 x 4, 3 x 3) (Lavin and Gray, arXiv 1509.09308), in
// integers and exact: 16 multiplications for 4 outputs, or 36 for 16, instead of 36 and 144. For input tiles d of T + 2 by
// T + 2 pixels and filters g, with the paper's matrices, Y = A' [(G g G') * (B' d B)] A. Rows of G with fractions are taken
// so often that they are whole (packing.cc), A' makes up for it, and the result is a multiple of what is too much: of 2 at
// each of the two last steps, or of 576 in the end. Sums may wrap on their way there, but not what is shifted; packing.cc
// has made sure of it. int16 holds all transformed values: at most 100 times 255 of pixels, 49 times 255 of weights.

constexpr int32_t GROUP = 4;                                 // panels that use a transformed plane while it is at hand
constexpr size_t LIGHT_PLACES_BYTES = size_t{384} << 10;  // weights that largely stay in the second-level cache

INLINE W twiceWide(W a) { return addWide(a, a); }
INLINE W fourTimes(W a) { return twiceWide(twiceWide(a)); }

/** B' d of one row or column. */
INLINE void transformLine(const W (&d)[4], W (&t)[4]) {
  t[0] = subtractWide(d[0], d[2]), t[1] = addWide(d[1], d[2]), t[2] = subtractWide(d[2], d[1]), t[3] = subtractWide(d[1], d[3]);
}

INLINE void transformLine(const W (&d)[6], W (&t)[6]) {
  const W left = subtractWide(d[4], fourTimes(d[2])), right = subtractWide(d[3], fourTimes(d[1]));  // d4 - 4 d2, d3 - 4 d1
  const W even = subtractWide(d[4], d[2]), odd = twiceWide(subtractWide(d[3], d[1]));
  t[0] = addWide(fourTimes(subtractWide(d[0], d[2])), even);
  t[1] = addWide(left, right), t[2] = subtractWide(left, right);
  t[3] = addWide(even, odd), t[4] = subtractWide(even, odd);
  t[5] = addWide(fourTimes(subtractWide(d[1], d[3])), subtractWide(d[5], d[3]));
}

/** B' d B of one tile for all channels, 2 x LANES at a time: to planes `plane` values apart. */
template <int32_t T>
INLINE void transformTile(const int16_t* x, ptrdiff_t rowStep, ptrdiff_t pixelStep, int32_t depth, int16_t* out, ptrdiff_t plane) {
  constexpr int32_t SIDE = T + 2;
  for (int32_t c = 0; c < depth; c += 2 * LANES) {
    W half[SIDE][SIDE];  // [column][row]
    UNROLL for (int32_t r = 0; r < SIDE; r++) {
      W d[SIDE], t[SIDE];
      UNROLL for (int32_t i = 0; i < SIDE; i++) d[i] = loadWide(x + r * rowStep + i * pixelStep + c);
      transformLine(d, t);
      UNROLL for (int32_t i = 0; i < SIDE; i++) half[i][r] = t[i];
    }
    UNROLL for (int32_t i = 0; i < SIDE; i++) {
      W t[SIDE];
      transformLine(half[i], t);
      UNROLL for (int32_t r = 0; r < SIDE; r++) storeWide(out + (r * SIDE + i) * plane + c, t[r]);
    }
  }
}

INLINE V halfOf(V even) { return shiftRight(even, splat(1)); }
INLINE V twice(V a) { return add(a, a); }

/** A' m of one row or column: the outputs themselves. */
INLINE void gatherLine(const V (&m)[4], V (&y)[2]) {
  y[0] = add(m[0], halfOf(add(m[1], m[2])));
  y[1] = subtract(halfOf(subtract(m[1], m[2])), m[3]);
}

/** The same, 24 times the outputs. */
INLINE void gatherLine(const V (&m)[6], V (&y)[4]) {
  const V p = twice(add(m[1], m[2])), q = twice(subtract(m[1], m[2])), r = add(m[3], m[4]), s = subtract(m[3], m[4]);
  const V first = add(m[0], twice(m[0])), last = add(m[5], twice(m[5]));
  y[0] = add(twice(subtract(first, p)), r);
  y[1] = twice(subtract(s, q));
  y[2] = twice(subtract(twice(r), p));
  y[3] = twice(subtract(twice(twice(add(s, last))), q));
}

/** 576 outputs become one: what is left of the factor 9 by its inverse modulo 2^32, then a shift by 6. */
INLINE V outputOf(V sum, V (&)[4]) { return shiftRight(lowProduct(sum, splat(954437177)), splat(6)); }
INLINE V outputOf(V sum, V (&)[2]) { return sum; }

/** A' m A + bias for one panel of one tile: the sums of T x T pixels, PANEL apart; `plane` int32 between places. */
template <int32_t T>
INLINE void gatherTile(const int32_t* products, ptrdiff_t plane, const int32_t* bias, int32_t* sums) {
  constexpr int32_t SIDE = T + 2;
  UNROLL for (int32_t v = 0; v < VECTORS; v++) {
    V half[T][SIDE];
    UNROLL for (int32_t i = 0; i < SIDE; i++) {
      V m[SIDE], y[T];
      UNROLL for (int32_t r = 0; r < SIDE; r++) m[r] = load(products + (r * SIDE + i) * plane + v * LANES);
      gatherLine(m, y);
      UNROLL for (int32_t r = 0; r < T; r++) half[r][i] = y[r];
    }
    const V start = load(bias + v * LANES);
    UNROLL for (int32_t r = 0; r < T; r++) {
      V y[T];
      gatherLine(half[r], y);
      UNROLL for (int32_t i = 0; i < T; i++) store(sums + (r * T + i) * PANEL + v * LANES, add(start, outputOf(y[i], y)));
    }
  }
}

/** The sums of `tiles` tiles from the `first` on, rescaled: as many pixels of each as lie inside the image. */
template <int32_t T>
NOINLINE void finishTiles(const goldbench::WinogradBlock& block, int32_t panel, const int32_t* products, ptrdiff_t plane,
                          int32_t first, int32_t tiles) {
  alignas(64) int32_t sums[CHUNK * PANEL + SPARE];
  ptrdiff_t places[CHUNK];
  const int32_t channel = panel * PANEL, across = (block.width + T - 1) / T;
  int32_t held = 0;
  for (int32_t tile = first; tile < first + tiles; tile++, products += PANEL) {
    const int32_t row = tile / across * T, column = tile % across * T;
    gatherTile<T>(products, plane, block.bias + channel, sums + held * PANEL);
    const int32_t from = held;
    for (int32_t p = 0; p < T * T; p++) {
      if (row + p / T >= block.rows || column + p % T >= block.width) continue;
      places[held] = (row + p / T) * block.target.rowStep + (column + p % T) * block.target.pixelStep;
      if (held != from + p)
        UNROLL for (int32_t v = 0; v < VECTORS; v++)
          store(sums + held * PANEL + v * LANES, load(sums + (from + p) * PANEL + v * LANES));
      held++;
    }
    if (held + T * T <= CHUNK && tile + 1 < first + tiles) continue;
    for (int32_t at = 0; at < PANEL; at += BLOCK)
      if (channel + at < block.channels)
        finish(block.rescale, block.target, block.channels, channel + at, sums + at, PANEL, places, held);
    held = 0;
  }
}

/** The products of `groups` x M transformed tiles with one place of one panel; AHEAD_TILES groups fetch what lies `ahead`. */
template <int32_t M, bool IS_AHEAD = false>
NOINLINE void multiplyTiles(const int16_t* x, ptrdiff_t step, size_t steps, const uint8_t* weights, int32_t groups, int32_t* products,
                            const uint8_t* ahead = nullptr) {
  const ptrdiff_t end = static_cast<ptrdiff_t>(steps) * 4;
  for (; groups > 0; groups--, x += M * step, products += M * PANEL) {
    V sum[M][VECTORS];
    UNROLL for (int32_t m = 0; m < M; m++)
      UNROLL for (int32_t v = 0; v < VECTORS; v++) sum[m][v] = splat(0);
    const uint8_t* tiles[M];
    UNROLL for (int32_t m = 0; m < M; m++) tiles[m] = reinterpret_cast<const uint8_t*>(x + m * step) + end;
    const uint8_t* w = weights;
    if constexpr (IS_AHEAD) ahead += end * PANEL / AHEAD_TILES;
    for (ptrdiff_t k = -end; k < 0; k += 4, w += PANEL * 4) {
      addStep<M>(sum, tiles, k, w);
      if constexpr (IS_AHEAD) PREFETCH(ahead + k * PANEL / AHEAD_TILES);
    }
    UNROLL for (int32_t m = 0; m < M; m++)
      UNROLL for (int32_t v = 0; v < VECTORS; v++) store(products + (m * VECTORS + v) * LANES, sum[m][v]);
  }
}

template <int32_t M, bool IS_AHEAD = false>
INLINE void multiplyTilesBy(int32_t size, const int16_t* x, ptrdiff_t step, size_t steps, const uint8_t* w, int32_t groups, int32_t* products,
                            const uint8_t* ahead = nullptr) {
  if (size == M) return multiplyTiles<M, IS_AHEAD>(x, step, steps, w, groups, products, ahead);
  if constexpr (M > 1) multiplyTilesBy<M - 1, IS_AHEAD>(size, x, step, steps, w, groups, products, ahead);
}

/** The products of `tiles` transformed tiles with one place of one panel, in groups as even as they can be. */
INLINE void multiplyPlane(const int16_t* x, ptrdiff_t step, size_t steps, const uint8_t* w, int32_t tiles, int32_t* products,
                          const uint8_t* ahead) {
  const int32_t groups = (tiles + ROWS - 1) / ROWS, size = (tiles + groups - 1) / groups, large = tiles - groups * (size - 1);
  const int32_t first = !ahead ? 0 : large < AHEAD_TILES ? large : AHEAD_TILES;
  if (first > 0) multiplyTilesBy<ROWS, true>(size, x, step, steps, w, first, products, ahead);
  if (first < large) multiplyTilesBy<ROWS>(size, x + first * size * step, step, steps, w, large - first, products + first * size * PANEL);
  if (large < groups)
    multiplyTilesBy<ROWS>(size - 1, x + large * size * step, step, steps, w, groups - large, products + large * size * PANEL);
}

/** Tiles [first, first + count) of the block's windows to its planes, from their beginning on. */
template <int32_t T>
INLINE void transformBy(const goldbench::WinogradBlock& block, int32_t first, int32_t count) {
  const int32_t across = (block.width + T - 1) / T;
  for (int32_t t = 0; t < count; t++) {
    const int16_t* corner = block.x + (first + t) / across * T * block.xRowStep + (first + t) % across * T * block.depth;
    transformTile<T>(corner, block.xRowStep, block.depth, block.depth, block.transformed + t * block.step, block.plane);
  }
}

/** What the beginning of its planes holds, tiles [first, first + count), to outputs. */
template <int32_t T>
INLINE void winogradBy(const goldbench::WinogradBlock& block, int32_t first, int32_t count) {
  constexpr int32_t PLACES = (T + 2) * (T + 2);
  const size_t placeBytes = block.steps * PANEL * 4;
  const ptrdiff_t plane = ptrdiff_t{count} * PANEL;
  const bool areLight = (block.endPanel - block.firstPanel) * PLACES * placeBytes <= LIGHT_PLACES_BYTES;
  for (int32_t panel = block.firstPanel; panel < block.endPanel; panel += GROUP) {
    const int32_t panels = block.endPanel - panel < GROUP ? block.endPanel - panel : GROUP, last = PLACES * panels - 1;
    const int32_t following = panel + panels < block.endPanel ? panel + panels : block.firstPanel;
    const auto weightsOf = [&](int32_t first, int32_t i) { return block.weights + ((first + i % panels) * size_t(PLACES) + i / panels) * placeBytes; };
    for (int32_t i = 0; i <= last; i++) {
      const int32_t place = i / panels;
      const uint8_t* const ahead = areLight ? nullptr : i < last ? weightsOf(panel, i + 1) : weightsOf(following, 0);
      multiplyPlane(block.transformed + place * block.plane, block.step, block.steps, weightsOf(panel, i), count,
                    block.products + (i % panels * PLACES + place) * plane, ahead);
    }
    for (int32_t p = 0; p < panels; p++)
      finishTiles<T>(block, panel + p, block.products + p * PLACES * plane, plane, first, count);
  }
}

void transform(const goldbench::WinogradBlock& block, int32_t first, int32_t count) {
  block.tile == 4 ? transformBy<4>(block, first, count) : transformBy<2>(block, first, count);
}
void winograd(const goldbench::WinogradBlock& block, int32_t first, int32_t count) {
  block.tile == 4 ? winogradBy<4>(block, first, count) : winogradBy<2>(block, first, count);
}
