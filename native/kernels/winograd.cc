// Pieces of a layer by Winograd's algorithm (isa/winograd.inl). In: a band of rows with its panels, or a whole image that all
// threads compute together: first they transform its tiles, each once, then they multiply them by panels. Out: outputs.
#include "layer.h"

namespace goldbench {
namespace {

constexpr int64_t MOST_TRANSFORMED = 1 << 20;  // bytes
constexpr int32_t PANELS_AT_ONCE = 4;          // GROUP of isa/winograd.inl
/** Pieces a thread takes of a round: the last ones even out what others, or other programs, have held up. */
constexpr int64_t TURNS = 4;

int64_t inLines(int64_t bytes) { return divideUp(bytes, 64) * 64; }

}  // namespace

/** A band as tiles, and the bytes they need; `across` tiles lie side by side. */
struct Layer::Tiles {
  int64_t places, across, count, step;  // step: values of a transformed tile
  int64_t prepared;                     // bytes of the pixels, those that only tiles at an edge see included

  /** Planes a little more than a power of two apart: their lines fall into different sets of the cache. */
  int64_t planeBytes(int64_t tiles) const { return inLines(tiles * step * 2) + 64; }
};

Layer::Tiles Layer::layTiles(const Piece& piece) const {
  const Part& part = *piece.part;
  const int64_t side = part.tile + 2, rows = divideUp(piece.rows, part.tile), across = divideUp(part.width, part.tile);
  return {side * side, across, rows * across, divideUp(part.depth, 2 * kernels_.lanes) * 2 * kernels_.lanes,
          inLines(bytesOfRows(part, rows * part.tile) + part.tile * part.depth * 2 + SPARE_BYTES)};
}

/** All but the scratch. */
WinogradBlock Layer::winogradBlock(const Piece& piece, uint8_t* y, int32_t* accumulators) const {
  const Part& part = *piece.part;
  return {nullptr, piece.rows, part.width, part.depth, part.tile, part.preparedWidth() * part.depth, part.weights.data(),
          part.steps, part.constants.bias.data(), rescaleOf(part), piece.firstPanel, piece.endPanel, part.channels,
          targetOf(piece, y, accumulators), nullptr, 0, layTiles(piece).step, nullptr};
}

/** Tiles at an edge reach too far: what they find there changes outputs that nobody keeps, if it is of a pixel's size. */
void Layer::prepareTiles(const Piece& piece, const uint8_t* image, uint8_t* memory, int64_t bytes) const {
  prepare(*piece.part, piece, 0, image, memory);
  const int64_t own = bytesOfRows(*piece.part, piece.rows);
  std::memset(memory + own, 0, size_t(bytes - own));
}

void Layer::runWinograd(const Piece& piece, const uint8_t* x, uint8_t* y, int32_t* accumulators, Scratch& scratch) const {
  const Part& part = *piece.part;
  const Tiles tiles = layTiles(piece);
  const int64_t most = std::clamp<int64_t>(MOST_TRANSFORMED / (tiles.step * 2 * tiles.places), kernels_.rows, tilesAtOnce(part.tile));
  const int64_t together = std::min(tiles.count, most), planeBytes = tiles.planeBytes(together);
  const int64_t panels = std::min(PANELS_AT_ONCE, piece.endPanel - piece.firstPanel);
  const int64_t transformed = inLines(tiles.places * planeBytes + SPARE_BYTES);
  uint8_t* memory = scratch.atLeast(size_t(tiles.prepared + transformed + panels * tiles.places * together * kernels_.panel * 4));
  prepareTiles(piece, x + piece.image * inputSize(), memory, tiles.prepared);
  WinogradBlock block = winogradBlock(piece, y, accumulators);
  block.x = reinterpret_cast<const int16_t*>(memory);
  block.transformed = reinterpret_cast<int16_t*>(memory + tiles.prepared);
  block.plane = planeBytes / 2;
  block.products = reinterpret_cast<int32_t*>(memory + tiles.prepared + transformed);
  const int64_t rounds = divideUp(tiles.count, together);
  for (int64_t round = 0; round < rounds; round++) {
    const int32_t first = int32_t(tiles.count * round / rounds), end = int32_t(tiles.count * (round + 1) / rounds);
    kernels_.transform(block, first, end - first);
    kernels_.winograd(block, first, end - first);
  }
}

void Layer::shareWinograd(Threads& threads, const Piece& whole, const uint8_t* x, uint8_t* y, int32_t* accumulators) const {
  const Part& part = *whole.part;
  const Tiles tiles = layTiles(whole);
  const int64_t planeBytes = tiles.planeBytes(tiles.count), wanted = TURNS * threads.count();
  int16_t* const transformed = reinterpret_cast<int16_t*>(threads.shared().atLeast(size_t(tiles.places * planeBytes + SPARE_BYTES)));

  const int64_t tileRows = tiles.count / tiles.across, bands = std::min(tileRows, wanted);
  threads.run(bands, true, [&](int64_t band, Scratch& scratch) {
    const int64_t first = tileRows * band / bands, end = tileRows * (band + 1) / bands;
    const int32_t row = int32_t(first * part.tile), endRow = int32_t(std::min<int64_t>(end * part.tile, part.rows));
    const Piece piece = {&part, whole.image, row, endRow - row, 0, 0};
    const int64_t bytes = layTiles(piece).prepared;
    uint8_t* memory = scratch.atLeast(size_t(bytes));
    prepareTiles(piece, x + whole.image * inputSize(), memory, bytes);
    WinogradBlock block = winogradBlock(piece, y, accumulators);
    block.x = reinterpret_cast<const int16_t*>(memory);
    block.transformed = transformed + first * tiles.across * tiles.step;
    block.plane = planeBytes / 2;
    kernels_.transform(block, 0, int32_t((end - first) * tiles.across));
  });

  const int64_t rounds = divideUp(tiles.count, tilesAtOnce(part.tile)), most = divideUp(tiles.count, rounds);
  const int64_t panels = std::clamp<int64_t>(part.panels * rounds / wanted, 1, PANELS_AT_ONCE);
  threads.run(divideUp(part.panels, panels) * rounds, true, [&](int64_t number, Scratch& scratch) {
    const int64_t round = number % rounds, panel = number / rounds * panels;
    const int32_t first = int32_t(tiles.count * round / rounds), end = int32_t(tiles.count * (round + 1) / rounds);
    const Piece piece = {&part, whole.image, 0, part.rows, int32_t(panel), int32_t(std::min<int64_t>(panel + panels, part.panels))};
    WinogradBlock block = winogradBlock(piece, y, accumulators);
    block.transformed = transformed + first * tiles.step;
    block.plane = planeBytes / 2;
    block.products = reinterpret_cast<int32_t*>(scratch.atLeast(size_t(panels * tiles.places * most * kernels_.panel * 4)));
    kernels_.winograd(block, first, end - first);
  });
}

}  // namespace goldbench
