#include "layer.h"

#include "packing.h"
#include "parts.h"
#include "real.h"

#include <atomic>

namespace goldbench {
namespace {

/** Prepared activations of a band should leave room for a panel of weights in a second-level cache of 512 KB. */
constexpr int64_t BAND_BYTES = 128 << 10;
constexpr int32_t LINE_BYTES = 64;
/** A band shared between threads keeps at least this many pixels, so that tiles stay full. */
constexpr int32_t LEAST_PIXELS = 48;
/** Multiply-accumulates below which waking a helper costs more than it brings. */
constexpr double WORTH_SHARING = 200e3;
constexpr double WORTH_MORE_PIECES = 20e6;
constexpr int64_t MOST_SCRATCH = int64_t{8} << 30;

size_t valueBytes(Operand operand) {
  return operand == Operand::Real ? sizeof(double) : operand == Operand::Int16 ? sizeof(int16_t) : 1;
}

}  // namespace

Layer::Layer(const Kernels& kernels, const LayerSpec& spec) : kernels_(kernels), spec_(spec) {
  checkSizes(spec);
  spec.isReal ? checkReals(spec) : checkQuantization(spec);
  operand_ = operandOf(kernels, spec);
  parts_ = makeParts(kernels, operand_, spec);
  if (!spec.isReal) chooseForm();
  for (const Part& part : parts_) {
    bytes_ += part.bytes();
    const double windows = static_cast<double>(part.rows) * part.width * part.channels;
    macs_ += windows * part.rowTaps * part.columnTaps * (spec.kind == LayerKind::Depthwise ? 1 : part.depth);
  }
  // borrowed only while packing
  spec_.weights = nullptr, spec_.bias = spec_.multiplier = spec_.shift = nullptr;
  spec_.scale = spec_.realWeights = spec_.realBias = nullptr;
}

/** How integers are rescaled in the end, and what becomes of their bytes before. */
void Layer::chooseForm() {
  const bool isTame = spec_.rounding == Rounding::Double && makeTame(parts_);
  rescale_ = {isTame ? Rounding::Tame : spec_.rounding, nullptr, nullptr, nullptr, nullptr, nullptr, spec_.outputZero, spec_.lowest, spec_.highest};
  const ByteForm form = byteForm(operand_, spec_);
  flip_ = form.flip;
  padding_ = operand_ == Operand::Int16 ? 0 : static_cast<uint8_t>(form.inputZero);
  correction_ = operand_ == Operand::Int16 ? 0 : isNarrow() ? -1 : -form.weightZero;
}

size_t Layer::inputSize() const { return size_t(spec_.rows.input) * spec_.columns.input * spec_.depth; }
size_t Layer::outputSize() const { return size_t(spec_.rows.output) * spec_.columns.output * spec_.channels; }

void Layer::run(Threads& threads, const void* x, size_t images, void* y, int32_t* accumulators) const {
  const bool isWorthSharing = macs_ * static_cast<double>(images) >= WORTH_SHARING;
  std::vector<Piece> shared;
  const std::vector<Piece> pieces = divide(images, isWorthSharing ? threads.count() : 1, shared);
  for (const Piece& piece : shared)
    shareWinograd(threads, piece, static_cast<const uint8_t*>(x), static_cast<uint8_t*>(y), accumulators);
  threads.run(static_cast<int64_t>(pieces.size()), isWorthSharing, [&](int64_t number, Scratch& scratch) {
    const Piece& piece = pieces[static_cast<size_t>(number)];
    if (spec_.isReal) return runReals(piece, static_cast<const float*>(x), static_cast<float*>(y), scratch);
    runPiece(piece, static_cast<const uint8_t*>(x), static_cast<uint8_t*>(y), accumulators, scratch);
  });
}

int32_t Layer::readWeights(Threads& threads) const {
  constexpr size_t PIECE = 1 << 20;  // far more than pages, over which the processor's prefetching stops
  std::atomic<int32_t> bits = 0;
  for (const Part& part : parts_) {
    const Aligned<uint8_t>& weights = part.weights;
    threads.run(divideUp(int64_t(weights.size()), PIECE), true, [&](int64_t piece, Scratch&) {
      const size_t first = size_t(piece) * PIECE;
      bits ^= kernels_.readOnce(weights.data() + first, std::min(PIECE, weights.size() - first));
    });
  }
  return bits;
}

/**
 * Bands that fit the cache; more of them, or of panels, where threads would stand idle. `shared` gets whole images of parts
 * whose bands would be transformed once for each of several threads: those transform them together.
 */
std::vector<Layer::Piece> Layer::divide(size_t images, int32_t threads, std::vector<Piece>& shared) const {
  std::vector<Piece> pieces;
  // more pieces even out when one thread is held up; smaller ones prepare the same pixels more often
  const int32_t each = macs_ * static_cast<double>(images) >= WORTH_MORE_PIECES ? 4 : 2;
  const int64_t wanted = threads == 1 ? 1 : divideUp(each * threads, static_cast<int64_t>(images * parts_.size()));
  for (const Part& part : parts_) {
    const int64_t unit = std::max(part.tile, 1), units = divideUp(part.rows, unit);
    int64_t bands = std::min(divideUp(part.rows, rowsOfBand(part, wanted)), units);
    // what is transformed by one thread and used by another crosses between their caches
    const bool isEach = part.tile && images * parts_.size() % size_t(threads) == 0;
    const int64_t chunks = isEach ? 1 : std::clamp<int64_t>(divideUp(wanted, bands), 1, part.panels);
    if (chunks == 1 && !isEach) bands = std::min(divideUp(bands, threads) * threads, units);  // one too many keeps all waiting
    const int64_t rows = units / bands, larger = units % bands;  // some have one row of tiles more; they come first
    if (bytesOfRows(part, divideUp(units, bands) * unit) > MOST_SCRATCH) throw BadCall("a band of this layer needs more than 8 GiB of scratch memory");
    const int64_t panels = divideUp(part.panels, chunks);
    if (part.tile && chunks > 1) {
      for (size_t image = 0; image < images; image++) shared.push_back({&part, image, 0, part.rows, 0, part.panels});
      continue;
    }
    for (size_t image = 0; image < images; image++)
      for (int64_t band = 0; band < bands; band++) {
        const int64_t row = (band * rows + std::min(band, larger)) * unit, end = row + (rows + (band < larger ? 1 : 0)) * unit;
        for (int64_t panel = 0; panel < part.panels; panel += panels)
          pieces.push_back({&part, image, int32_t(row), int32_t(std::min<int64_t>(end, part.rows) - row), int32_t(panel),
                            int32_t(std::min<int64_t>(panel + panels, part.panels))});
      }
  }
  return pieces;
}

/** Rows that fit the cache, or fewer where that makes work for `wanted` pieces. */
int64_t Layer::rowsOfBand(const Part& part, int64_t wanted) const {
  // the blocks of a depthwise band all come from the same lines of the image, which should still be at hand
  const int64_t imageRow = spec_.kind == LayerKind::Depthwise ? int64_t{spec_.columns.input} * spec_.depth : 0;
  const int64_t rowBytes = std::max<int64_t>(1, bytesOfRows(part, 1) / part.rowReach + imageRow);
  int64_t rows = (BAND_BYTES / rowBytes - part.rowReach) / part.rowStride + 1;
  const int64_t atOnce = int64_t{part.tile} * part.tile * tilesAtOnce(part.tile);  // pixels
  if (part.tile) rows = std::max(rows, divideUp(2 * atOnce, part.width));
  const int64_t least = divideUp(part.tile ? atOnce : LEAST_PIXELS, part.width);
  rows = std::min(rows, std::max(divideUp(part.rows, wanted), least));
  return std::clamp<int64_t>(rows, 1, part.rows);
}

int64_t Layer::bytesOfRows(const Part& part, int64_t rows) const {
  return reachOf(rows, part.rowStride, part.rowReach) * part.preparedWidth() * part.preparedDepth * int64_t(valueBytes(operand_));
}

/** Where a piece's first output goes, in values. */
size_t Layer::placeOf(const Piece& piece) const {
  const Part& part = *piece.part;
  const int64_t row = part.outputRow + int64_t{piece.row} * part.outputRowStep;
  return piece.image * outputSize() + (row * spec_.columns.output + part.outputColumn) * spec_.channels + part.outputChannel;
}

Target Layer::targetOf(const Piece& piece, uint8_t* y, int32_t* accumulators) const {
  const Part& part = *piece.part;
  const size_t at = placeOf(piece);
  return {y + at, accumulators ? accumulators + at : nullptr, rowStepOf(part), columnStepOf(part)};
}

Rescale Layer::rescaleOf(const Part& part) const {
  Rescale rescale = rescale_;
  part.constants.placeInto(rescale);
  return rescale;
}

void Layer::runPiece(const Piece& piece, const uint8_t* x, uint8_t* y, int32_t* accumulators, Scratch& scratch) const {
  const Part& part = *piece.part;
  if (part.tile) return runWinograd(piece, x, y, accumulators, scratch);
  const int64_t prepared = divideUp(bytesOfRows(part, piece.rows) + SPARE_BYTES, 64) * 64;
  const int64_t pixels = int64_t{piece.rows} * part.width;
  const int32_t together = blocksTogether(piece);
  uint8_t* memory = scratch.atLeast(static_cast<size_t>(prepared * together + (correction_ ? pixels * 4 : 0)));
  const uint8_t* image = x + piece.image * inputSize();

  const Target target = targetOf(piece, y, accumulators);
  const Rescale rescale = rescaleOf(part);
  const ptrdiff_t width = part.preparedWidth();
  const ptrdiff_t xRowStep = part.rowStride * width * part.preparedDepth, xPixelStep = ptrdiff_t{part.columnStride} * part.preparedDepth;
  if (spec_.kind == LayerKind::Depthwise) {
    for (int32_t block = piece.firstPanel; block < piece.endPanel; block++) {
      const int32_t slot = (block - piece.firstPanel) % together;
      if (slot == 0) prepare(part, piece, block, image, memory, std::min(together, piece.endPanel - block), prepared);
      const size_t first = size_t(block) * part.preparedDepth;
      kernels_.depthwise({reinterpret_cast<const int16_t*>(memory + slot * prepared), piece.rows, part.width, xRowStep, xPixelStep,
                          part.nineStride, part.offsets.data(), int32_t(part.offsets.size() / 2),
                          reinterpret_cast<const int16_t*>(part.weights.data()) + first * part.offsets.size(),
                          part.constants.bias.data() + first, rescale, int32_t(first), part.channels, target});
    }
    return;
  }
  if (!part.offsets.empty()) prepare(part, piece, 0, image, memory);
  const ptrdiff_t scale = valueBytes(operand_);
  DenseBlock block = {memory, piece.rows, part.width, xRowStep * scale, xPixelStep * scale,
                      part.offsets.data(), int32_t(part.offsets.size()), part.steps, part.weights.data(), isNarrow(),
                      part.constants.bias.data(), nullptr, rescale, piece.firstPanel, piece.endPanel, part.channels, target};
  if (correction_) block.corrections = correct(part, block, reinterpret_cast<int32_t*>(memory + prepared));
  kernels_.dense(block);
}

/**
 * What products have too much, by window: those with raw weights -zW x the sum of its bytes; narrow ones the sum of those below
 * zero, and of all that whole steps take.
 */
const int32_t* Layer::correct(const Part& part, const DenseBlock& block, int32_t* corrections) const {
  const bool isSigned = operand_ == Operand::Signed;
  const int32_t highest = block.isNarrow ? 0 : 255, values = block.isNarrow ? int32_t(part.steps) * 4 : part.runLength;
  int32_t* next = corrections;
  for (int32_t row = 0; row < block.rows; row++)
    for (int32_t column = 0; column < block.width; column++) {
      const uint8_t* window = block.x + row * block.xRowStep + column * block.xPixelStep;
      uint32_t sum = 0;
      for (const ptrdiff_t run : part.offsets)
        for (int32_t i = 0; i < values; i++) {
          const uint8_t value = window[run + i];
          sum += static_cast<uint32_t>(std::min<int32_t>(isSigned ? static_cast<int8_t>(value) : value, highest));
        }
      *next++ = static_cast<int32_t>(sum * static_cast<uint32_t>(correction_));
    }
  return corrections;
}

/** Blocks of a depthwise piece whose values lie in the same lines of memory: they are prepared together, while a line is at hand. */
int32_t Layer::blocksTogether(const Piece& piece) const {
  const int32_t most = spec_.kind == LayerKind::Depthwise ? LINE_BYTES / piece.part->preparedDepth : 1;
  return std::clamp(most, 1, piece.endPanel - piece.firstPanel);
}

/**
 * Copies the pixels a band's windows see, of depthwise ones those of `blocks` blocks, as the kernels want them, with the
 * padding. Blocks are `apart` bytes from each other.
 */
void Layer::prepare(const Part& part, const Piece& piece, int32_t block, const uint8_t* image, uint8_t* memory, int32_t blocks,
                    int64_t apart) const {
  const int64_t width = part.preparedWidth();
  const int64_t pixelBytes = part.preparedDepth * int64_t(valueBytes(operand_));
  const int64_t inputWidth = spec_.columns.input, inputBytes = spec_.isReal ? sizeof(float) : 1;
  const int64_t left = std::clamp<int64_t>(-int64_t{part.firstColumn}, 0, width);
  const int64_t end = std::clamp<int64_t>(inputWidth - part.firstColumn, left, width);
  const bool isFirst = block == 0 || block == piece.firstPanel;  // later blocks find the padding where it was
  for (int64_t r = 0; r < reachOf(piece.rows, part.rowStride, part.rowReach); r++) {
    if (r % part.rowStride >= part.rowReach) continue;  // between windows: never read
    const int64_t y = part.firstRow + int64_t{piece.row} * part.rowStride + r;
    const bool isInside = y >= 0 && y < spec_.rows.input && end > left;
    const uint8_t* source = image + (isInside ? (y * inputWidth + part.firstColumn + left) * spec_.depth * inputBytes : 0);
    uint8_t* row = memory + r * width * pixelBytes;
    for (int32_t b = 0; b < blocks && isFirst; b++) {
      std::memset(row + b * apart, padding_, size_t((isInside ? left : width) * pixelBytes));
      if (isInside) std::memset(row + b * apart + end * pixelBytes, padding_, size_t((width - end) * pixelBytes));
    }
    if (isInside) copyPixels(part, block, source, end - left, row + left * pixelBytes, image + inputSize(), blocks, apart);
  }
}

void Layer::copyPixels(const Part& part, int32_t block, const uint8_t* source, int64_t pixels, uint8_t* destination,
                       const uint8_t* imageEnd, int32_t blocks, int64_t apart) const {
  const int32_t depth = spec_.depth;
  if (spec_.isReal)
    return copyReals(part, block, reinterpret_cast<const float*>(source), pixels, reinterpret_cast<double*>(destination));
  if (spec_.kind == LayerKind::Depthwise)
    return copyBlocks(part, block, source, pixels, reinterpret_cast<int16_t*>(destination), imageEnd, blocks, apart / int64_t(sizeof(int16_t)));
  const auto copy = [&](uint8_t* to, const uint8_t* from, int64_t count) {
    if (operand_ == Operand::Int16)
      kernels_.widen(reinterpret_cast<int16_t*>(to), from, size_t(count), spec_.isSigned, spec_.inputZero);
    else
      kernels_.flip(to, from, size_t(count), flip_);
  };
  if (part.depth == depth) return copy(destination, source, pixels * depth);
  const int64_t pixelBytes = part.depth * int64_t(valueBytes(operand_));
  for (int64_t p = 0; p < pixels; p++, source += depth, destination += pixelBytes)
    copy(destination, source + part.inputChannel, part.depth);
}

/** The channels of some blocks; what a last one that is not full has beyond them meets zero weights. */
void Layer::copyBlocks(const Part& part, int32_t block, const uint8_t* source, int64_t pixels, int16_t* destination,
                       const uint8_t* imageEnd, int32_t blocks, int64_t apart) const {
  const int32_t depth = spec_.depth, each = part.preparedDepth;
  const int32_t repeats = spec_.channels / depth;  // a channel feeds as many outputs as the depth multiplier says
  if (repeats == 1 && each == depth)
    return kernels_.widen(destination, source, size_t(pixels * depth), spec_.isSigned, spec_.inputZero);
  if (repeats == 1) {
    const ptrdiff_t readable = imageEnd - source - (block + blocks) * each;  // whole blocks, of the next pixel too
    const int64_t whole = std::min<int64_t>(pixels, readable < 0 ? 0 : readable / depth + 1);
    kernels_.widenBlocks(destination, apart, source + block * each, depth, size_t(whole), blocks, spec_.isSigned, spec_.inputZero);
    pixels -= whole, source += whole * depth, destination += whole * each;
  }
  for (int64_t p = 0; p < pixels; p++, source += depth, destination += each)
    for (int32_t b = 0; b < blocks; b++)
      for (int32_t c = (block + b) * each, i = 0; i < each && c < part.channels; c++, i++) {
        const uint8_t value = source[c / repeats];
        destination[b * apart + i] = static_cast<int16_t>((spec_.isSigned ? static_cast<int8_t>(value) : value) - spec_.inputZero);
      }
}

}  // namespace goldbench
