// Dense 3 x 3 products of stride 1 by Winograd's F(2 x 2, 3 x 3) (Lavin and Gray, arXiv 1509.09308), in integers and exact:
// 16 multiplications for 4 outputs instead of 36. For input tiles d of 4 x 4 pixels and filters g, with the paper's
// matrices, Y = A' [(G g G') * (B' d B)] A. Two rows of G have halves; packing.cc takes them twice, and what that makes too
// much is taken away by a shift of an even number at each of the two last steps. Sums may wrap on their way there;
// those that are shifted may not, and packing.cc has made sure of it.

constexpr int32_t PLACES = 16;  // of a transformed tile
constexpr int32_t GROUP = 4;    // panels that use a transformed plane while it is at hand

/** B' d B of one tile for all channels, 2 x LANES at a time: to `PLACES` planes, `plane` values apart. */
INLINE void transformTile(const int16_t* x, ptrdiff_t rowStep, ptrdiff_t pixelStep, int32_t depth, int16_t* out, ptrdiff_t plane) {
  for (int32_t c = 0; c < depth; c += 2 * LANES) {
    W t[4][4];
    UNROLL for (int32_t r = 0; r < 4; r++) {
      const int16_t* row = x + r * rowStep + c;
      const W d0 = loadWide(row), d1 = loadWide(row + pixelStep), d2 = loadWide(row + 2 * pixelStep), d3 = loadWide(row + 3 * pixelStep);
      t[r][0] = subtractWide(d0, d2), t[r][1] = addWide(d1, d2), t[r][2] = subtractWide(d2, d1), t[r][3] = subtractWide(d1, d3);
    }
    UNROLL for (int32_t i = 0; i < 4; i++) {
      storeWide(out + i * plane + c, subtractWide(t[0][i], t[2][i]));
      storeWide(out + (4 + i) * plane + c, addWide(t[1][i], t[2][i]));
      storeWide(out + (8 + i) * plane + c, subtractWide(t[2][i], t[1][i]));
      storeWide(out + (12 + i) * plane + c, subtractWide(t[1][i], t[3][i]));
    }
  }
}

INLINE V halfOf(V even) { return shiftRight(even, splat(1)); }

/** A' m A + bias for one panel of one tile: the sums of 4 pixels, PANEL apart; `plane` int32 between places. */
INLINE void gatherTile(const int32_t* products, ptrdiff_t plane, const int32_t* bias, int32_t* sums) {
  UNROLL for (int32_t v = 0; v < VECTORS; v++) {
    const int32_t* m = products + v * LANES;
    V top[4], bottom[4];
    UNROLL for (int32_t i = 0; i < 4; i++) {
      const V m0 = load(m + i * plane), m1 = load(m + (4 + i) * plane), m2 = load(m + (8 + i) * plane), m3 = load(m + (12 + i) * plane);
      top[i] = add(m0, halfOf(add(m1, m2)));
      bottom[i] = subtract(halfOf(subtract(m1, m2)), m3);
    }
    const V start = load(bias + v * LANES);
    int32_t* out = sums + v * LANES;
    store(out, add(start, add(top[0], halfOf(add(top[1], top[2])))));
    store(out + PANEL, add(start, subtract(halfOf(subtract(top[1], top[2])), top[3])));
    store(out + 2 * PANEL, add(start, add(bottom[0], halfOf(add(bottom[1], bottom[2])))));
    store(out + 3 * PANEL, add(start, subtract(halfOf(subtract(bottom[1], bottom[2])), bottom[3])));
  }
}

/** The sums of `tiles` tiles from the `first` on, rescaled: as many pixels of each as lie inside the image. */
NOINLINE void finishTiles(const goldbench::WinogradBlock& block, int32_t panel, const int32_t* products, ptrdiff_t plane,
                          int32_t first, int32_t tiles) {
  alignas(64) int32_t sums[CHUNK * PANEL];
  ptrdiff_t places[CHUNK];
  const int32_t channel = panel * PANEL, across = (block.width + 1) / 2;
  int32_t held = 0;
  for (int32_t tile = first; tile < first + tiles; tile++, products += PANEL) {
    const int32_t row = tile / across * 2, column = tile % across * 2;
    gatherTile(products, plane, block.bias + channel, sums + held * PANEL);
    const bool isCut = column + 1 >= block.width;
    for (int32_t p = 0, kept = 0; p < 4; p++) {
      if ((p >= 2 && row + 1 >= block.rows) || (p % 2 && isCut)) continue;
      places[held + kept] = (row + p / 2) * block.target.rowStep + (column + p % 2) * block.target.pixelStep;
      if (kept != p)
        UNROLL for (int32_t v = 0; v < VECTORS; v++)
          store(sums + (held + kept) * PANEL + v * LANES, load(sums + (held + p) * PANEL + v * LANES));
      kept++;
    }
    held += (isCut ? 1 : 2) * (row + 1 >= block.rows ? 1 : 2);
    if (held + 4 <= CHUNK && tile + 1 < first + tiles) continue;
    for (int32_t at = 0; at < PANEL; at += BLOCK)
      if (channel + at < block.channels)
        finish(block.rescale, block.target, block.channels, channel + at, sums + at, PANEL, places, held);
    held = 0;
  }
}

/** The products of `groups` x M transformed tiles with one place of one panel. */
template <int32_t M>
NOINLINE void multiplyTiles(const int16_t* x, ptrdiff_t step, size_t steps, const uint8_t* weights, int32_t groups, int32_t* products) {
  const ptrdiff_t end = static_cast<ptrdiff_t>(steps) * 4;
  for (; groups > 0; groups--, x += M * step, products += M * PANEL) {
    V sum[M][VECTORS];
    UNROLL for (int32_t m = 0; m < M; m++)
      UNROLL for (int32_t v = 0; v < VECTORS; v++) sum[m][v] = splat(0);
    const uint8_t* tiles[M];
    UNROLL for (int32_t m = 0; m < M; m++) tiles[m] = reinterpret_cast<const uint8_t*>(x + m * step) + end;
    const uint8_t* w = weights;
    for (ptrdiff_t k = -end; k < 0; k += 4, w += PANEL * 4) addStep<M, 4>(sum, tiles, k, w);
    UNROLL for (int32_t m = 0; m < M; m++)
      UNROLL for (int32_t v = 0; v < VECTORS; v++) store(products + (m * VECTORS + v) * LANES, sum[m][v]);
  }
}

template <int32_t M>
INLINE void multiplyTilesBy(int32_t size, const int16_t* x, ptrdiff_t step, size_t steps, const uint8_t* w, int32_t groups, int32_t* products) {
  if (size == M) return multiplyTiles<M>(x, step, steps, w, groups, products);
  if constexpr (M > 1) multiplyTilesBy<M - 1>(size, x, step, steps, w, groups, products);
}

/** The products of `tiles` transformed tiles with one place of one panel, in groups as even as they can be. */
INLINE void multiplyPlane(const int16_t* x, ptrdiff_t step, size_t steps, const uint8_t* w, int32_t tiles, int32_t* products) {
  const int32_t groups = (tiles + ROWS - 1) / ROWS, size = (tiles + groups - 1) / groups, large = tiles - groups * (size - 1);
  multiplyTilesBy<ROWS>(size, x, step, steps, w, large, products);
  if (large < groups)
    multiplyTilesBy<ROWS>(size - 1, x + large * size * step, step, steps, w, groups - large, products + large * size * PANEL);
}

void winograd(const goldbench::WinogradBlock& block) {
  const int32_t across = (block.width + 1) / 2, tiles = (block.rows + 1) / 2 * across;
  const int32_t rounds = (tiles + block.together - 1) / block.together;
  const size_t placeBytes = block.steps * PANEL * 4;
  for (int32_t round = 0, first = 0; round < rounds; round++) {
    const int32_t count = (tiles - first + rounds - round - 1) / (rounds - round);
    for (int32_t t = 0; t < count; t++) {
      const int16_t* corner = block.x + (first + t) / across * 2 * block.xRowStep + (first + t) % across * 2 * block.depth;
      transformTile(corner, block.xRowStep, block.depth, block.depth, block.transformed + t * block.step, block.plane);
    }
    const ptrdiff_t plane = ptrdiff_t{count} * PANEL;
    for (int32_t panel = block.firstPanel; panel < block.endPanel; panel += GROUP) {
      const int32_t panels = block.endPanel - panel < GROUP ? block.endPanel - panel : GROUP;
      for (int32_t place = 0; place < PLACES; place++)
        for (int32_t p = 0; p < panels; p++)
          multiplyPlane(block.transformed + place * block.plane, block.step, block.steps,
                        block.weights + ((panel + p) * size_t(PLACES) + place) * placeBytes, count,
                        block.products + (p * PLACES + place) * plane);
      for (int32_t p = 0; p < panels; p++) finishTiles(block, panel + p, block.products + p * PLACES * plane, plane, first, count);
    }
    first += count;
  }
}
