// Convolutions packed for one instruction set, once, and run many times. In: plain numbers; nothing is derived from
// scales here, the caller has computed multipliers, paddings and clamps (main/golden). Out: outputs, and on request the
// int32 accumulators, equal to the last bit for every instruction set and any number of threads. Layers of float32 go the
// same way (real.cc).
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "kernels.h"
#include "memory.h"
#include "threads.h"

namespace goldbench {

/** Numbers that do not fit together; what() is a sentence. */
struct BadCall : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class LayerKind : int32_t { Dense, Depthwise, Transposed };

/**
 * One spatial dimension. Dense and depthwise: window `at` starts at input at x stride - before, its taps `dilation` apart.
 * Transposed: input pixel `at` adds to the outputs from at x stride - before on; dilation is 1.
 */
struct Axis {
  int32_t input, output, taps, stride, dilation, before;
};

struct LayerSpec {
  LayerKind kind;
  Axis rows, columns;
  int32_t depth, channels;  // of input and output
  int32_t groups;           // dense: input and output channels fall into as many equal parts
  bool isReal;              // float32 throughout: of what follows, only the last four count
  bool isSigned;            // int8 activations and weights, else uint8
  int32_t inputZero, weightZero, outputZero, lowest, highest;
  Rounding rounding;
  // Dense and transposed [channels][rows.taps][columns.taps][depth / groups]; depthwise [rows.taps][columns.taps][channels]
  const uint8_t* weights;
  const int32_t* bias;  // [channels], or null
  const int32_t* multiplier;  // [channels], with shift; null for Rounding::Float32
  const int32_t* shift;
  const float* scale;  // [channels], for Rounding::Float32
  const float* realWeights;  // shaped as weights
  const float* realBias;     // [channels], or null
  double lowestReal, highestReal;
};

/** Whether sizes, channels and groups fit together: before anyone multiplies them. @throws BadCall */
void checkSizes(const LayerSpec& spec);

/** Kernels read whole registers: up to one beyond the last value. */
constexpr int64_t SPARE_BYTES = 128;

/** Tiles of Winograd's algorithm transformed at once: so many use each weight while it is at hand, and their sums largely fit the second-level cache. */
constexpr int64_t tilesAtOnce(int32_t tile) { return tile == 2 ? 54 : 42; }
constexpr int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/** Prepared pixels between the first and the last that `windows` windows in a row see. */
constexpr int64_t reachOf(int64_t windows, int32_t stride, int32_t reach) { return (windows - 1) * stride + reach; }

/** Constants per channel, in the order and padding the kernels want. */
struct ChannelConstants {
  Aligned<int32_t> bias, multiplier, left, right, nudge;
  Aligned<float> scale;
  size_t bytes() const;
  void placeInto(Rescale& rescale) const;
};

/** A dense or depthwise product over a rectangle of windows; groups and transposed convolutions are several of them. */
struct Part {
  int32_t firstRow = 0, firstColumn = 0;  // input position of the first window's first tap
  int32_t rowTaps = 0, columnTaps = 0;
  int32_t rowReach = 1, columnReach = 1;    // input pixels a window spans
  int32_t rowStride = 1, columnStride = 1;  // between windows, in the input
  int32_t rows = 0, width = 0;              // windows
  int32_t outputRow = 0, outputColumn = 0, outputRowStep = 1, outputColumnStep = 1;  // where their results go
  int32_t inputChannel = 0, depth = 0, outputChannel = 0, channels = 0;
  int32_t fold = 1;                // outputs side by side in a row that count as channels of one: `channels` has all of theirs
  std::vector<ptrdiff_t> offsets;  // dense: of runs, in bytes, reals in values; depthwise: of taps, in values
  int64_t largest = 0;             // no accumulator is farther from 0
  int32_t runLength = 0;           // dense: values of a run
  size_t steps = 0;
  int32_t panels = 0;              // of a dense product, or blocks of a depthwise one
  int32_t preparedDepth = 0;       // channels of a prepared pixel: all of a dense product or a folded one, else a depthwise one's block
  int32_t nineStride = 0;          // see DepthwiseBlock
  int32_t tile = 0;  // dense: see WinogradBlock; or 0
  Aligned<uint8_t> weights;
  ChannelConstants constants;
  Aligned<float> realWeights, realBias;  // see RealBlock

  /** Prepared pixels of a row. */
  ptrdiff_t preparedWidth() const { return reachOf(width, columnStride, columnReach); }
  size_t bytes() const { return weights.size() + constants.bytes() + 4 * (realWeights.size() + realBias.size()); }
};

class Layer {
 public:
  /** @throws BadCall */
  Layer(const Kernels& kernels, const LayerSpec& spec);

  /** Bytes of packed weights and constants. */
  size_t bytes() const { return bytes_; }
  const Kernels& kernels() const { return kernels_; }
  bool isSigned() const { return spec_.isSigned; }
  bool isReal() const { return spec_.isReal; }
  size_t inputSize() const;  // values of one image
  size_t outputSize() const;

  /** `images` images of inputSize() values, bytes or float32, to as many of outputSize(); accumulators may be null. */
  void run(Threads& threads, const void* x, size_t images, void* y, int32_t* accumulators) const;
  /** Reads the packed weights with all threads, as fast as the machine gives them; returns some of the bits. */
  int32_t readWeights(Threads& threads) const;

 private:
  /** A band of rows of one part for one image, and the panels computed there. */
  struct Piece {
    const Part* part;
    size_t image;
    int32_t row, rows, firstPanel, endPanel;
  };
  struct Tiles;
  void chooseForm();
  bool isNarrow() const { return operand_ == Operand::Signed && kernels_.operand == Operand::Int16; }
  std::vector<Piece> divide(size_t images, int32_t threads, std::vector<Piece>& shared) const;
  int64_t bytesOfRows(const Part& part, int64_t rows) const;
  int64_t rowsOfBand(const Part& part, int64_t wanted) const;
  Tiles layTiles(const Piece& piece) const;
  WinogradBlock winogradBlock(const Piece& piece, uint8_t* y, int32_t* accumulators) const;
  void prepareTiles(const Piece& piece, const uint8_t* image, uint8_t* memory, int64_t bytes) const;
  void runWinograd(const Piece& piece, const uint8_t* x, uint8_t* y, int32_t* accumulators, Scratch& scratch) const;
  void shareWinograd(Threads& threads, const Piece& piece, const uint8_t* x, uint8_t* y, int32_t* accumulators) const;
  Target targetOf(const Piece& piece, uint8_t* y, int32_t* accumulators) const;
  Rescale rescaleOf(const Part& part) const;
  void runPiece(const Piece& piece, const uint8_t* x, uint8_t* y, int32_t* accumulators, Scratch& scratch) const;
  void runReals(const Piece& piece, const float* x, float* y, Scratch& scratch) const;
  size_t placeOf(const Piece& piece) const;
  ptrdiff_t rowStepOf(const Part& part) const { return ptrdiff_t(int64_t{part.outputRowStep} * spec_.columns.output * spec_.channels); }
  ptrdiff_t columnStepOf(const Part& part) const { return ptrdiff_t(int64_t{part.outputColumnStep} * spec_.channels); }
  int32_t blocksTogether(const Piece& piece) const;
  void prepare(const Part& part, const Piece& piece, int32_t block, const uint8_t* image, uint8_t* memory, int32_t blocks = 1, int64_t apart = 0) const;
  void copyPixels(const Part& part, int32_t block, const uint8_t* source, int64_t pixels, uint8_t* destination, const uint8_t* imageEnd,
                  int32_t blocks, int64_t apart) const;
  void copyReals(const Part& part, int32_t block, const float* source, int64_t pixels, double* destination) const;
  void copyBlocks(const Part& part, int32_t block, const uint8_t* source, int64_t pixels, int16_t* destination, const uint8_t* imageEnd,
                  int32_t blocks, int64_t apart) const;
  const int32_t* correct(const Part& part, const DenseBlock& block, int32_t* corrections) const;

  const Kernels& kernels_;
  LayerSpec spec_;  // its pointers are gone
  Operand operand_;
  std::vector<Part> parts_;
  Rescale rescale_{};
  uint8_t flip_ = 0, padding_ = 0;
  int32_t correction_ = 0;  // times the sum of a window's bytes; see correct
  size_t bytes_ = 0;
  double macs_ = 0;  // of one image
};

}  // namespace goldbench
