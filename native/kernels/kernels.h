// What the instruction-set files (isa/*.cc) offer to the rest, and the plain records they take. Nothing here has code:
// an isa/*.cc file is compiled for instructions that this machine may lack, and an inline function shared with other
// files could be linked from there. All pointers are borrowed; offsets are in bytes unless a name says otherwise.
#pragma once
#include <cstddef>
#include <cstdint>

namespace goldbench {

/** The three requantisations of TFLite; main/golden/fixedPoint.ts and the records below say what each computes. */
enum class Rounding : int32_t {
  Double,
  Single,
  Float32,
  Tame  // Double where nothing can overflow, which saves a third of the work; a layer finds out by itself
};

/**
 * From int32 accumulators to output integers, one entry per channel, padded to whole panels.
 * Double: shift left by `left` (wraps), SaturatingRoundingDoublingHighMul, RoundingDivideByPOT by `right`.
 * Single: (accumulator x multiplier + 2^(right-1)) >> right in int64, right in 1..62. With multipliers above 1 that may
 *   not fit 32 bits: accumulators are first limited to [-left - 1, left], beyond which the clamp decides anyway.
 * Tame: what Double computes. All its shifts go right, by r >= 1, and 2 |accumulator| + 2^r + 1 < 2^31. Then both roundings
 *   go in before one shift: (((accumulator x multiplier) >> 30) + nudge) >> right, where nudge = 2^r + 1, less 2 below zero
 *   (which sends ties away from it), and right = r + 1.
 * Float32: round-half-even of float32(accumulator) x scale, the product rounded to float32.
 * Then + zeroPoint, clamped to [lowest, highest].
 */
struct Rescale {
  Rounding rounding;
  const int32_t* multiplier;
  const int32_t* left;
  const int32_t* right;
  const float* scale;
  const int32_t* nudge;
  int32_t zeroPoint, lowest, highest;
};

/** Where the outputs of a block go: pixel (row, column) at row x rowStep + column x pixelStep, in elements. */
struct Target {
  uint8_t* y;
  int32_t* accumulators;  // or null
  ptrdiff_t rowStep, pixelStep;
};

/** Rows x width output pixels times panels [firstPanel, endPanel) of `panel` channels each. */
struct DenseBlock {
  const uint8_t* x;  // window of the first output pixel; 4 spare bytes are readable behind every run
  int32_t rows, width;
  ptrdiff_t xRowStep, xPixelStep;
  const ptrdiff_t* runs;  // where the contiguous runs of a window start
  int32_t runCount;
  size_t steps;  // 4-byte steps per run; what a run lacks meets zero weights
  const uint8_t* weights;  // [panel][run][step][channel, scrambled] of 4 bytes
  bool isNarrow;           // Operand::Int16 only: this one's are Signed, and multiplied by dotNarrow (isa/common.inl)
  const int32_t* bias;  // scrambled: see isa/finish.inl; and so are the rescaling constants
  const int32_t* corrections;  // added to all channels of a pixel, one per pixel; or null
  Rescale rescale;
  int32_t firstPanel, endPanel, channels;
  Target target;
};

/** Rows x width output pixels of a dense 3 x 3 product of stride 1, times panels [firstPanel, endPanel). */
struct WinogradBlock {
  // [row][pixel][depth] from the first window on; as many rows and pixels behind the last as whole tiles see hold values, too
  const int16_t* x;
  int32_t rows, width, depth;
  int32_t tile;  // T x T outputs are computed at once, from (T + 2) x (T + 2) places: T is 2 or 4
  ptrdiff_t xRowStep;
  const uint8_t* weights;  // [panel][place][step][channel, scrambled] of int16 pairs
  size_t steps;            // pairs of input channels
  const int32_t* bias;     // scrambled, as the rescaling constants are
  Rescale rescale;
  int32_t firstPanel, endPanel, channels;
  Target target;
  int16_t* transformed;  // scratch, [place, `plane` apart][tile, `step` apart]; steps are whole registers
  ptrdiff_t plane, step;
  int32_t* products;  // scratch, [4 panels][place][tile][panel]
};

/** Rows x width output pixels of a block of 2 x lanes channels; every channel sees only itself. */
struct DepthwiseBlock {
  const int16_t* x;  // [pixel][channel]
  int32_t rows, width;
  ptrdiff_t xRowStep, xPixelStep;
  int32_t nineStride;     // windows are 3 x 3 neighbouring columns, of whole or of half blocks, that far apart (1 or 2); or 0
  const ptrdiff_t* taps;  // 2 x pairs offsets
  int32_t pairs;
  const int16_t* weights;  // [pair][channel, scrambled][2]
  const int32_t* bias;     // scrambled: see isa/finish.inl; and so are the rescaling constants, those of all channels
  Rescale rescale;
  int32_t channel, channels;  // the block's first, and of the layer
  Target target;
};

/** One row of output pixels of a pool; taps outside the image are left out. */
struct PoolRow {
  const uint8_t* x;  // the image
  int32_t isSigned;
  int32_t inputHeight, inputWidth, channels;
  int32_t tapsH, tapsW, top, stride, before;  // top: input row of the first tap; before: padding left of the image
  int32_t lowest, highest;
  int32_t width;
  uint8_t* y;
  int32_t* sums;  // scratch, `channels` long
};

/** y = clamp(rescale(a' + sign x b')) where a' = rescale((a - zA) << leftShift). Shifts <= 0 except the output's. */
struct SumJob {
  int32_t isSigned, sign, leftShift;
  int32_t zeroA, multiplierA, shiftA, zeroB, multiplierB, shiftB;
  int32_t multiplier, shift, zeroPoint, lowest, highest;
};

/** XNNPACK's sum (vadd): y = clamp(((bias + a x multiplierA + b x multiplierB) >> shift) + zeroPoint). */
struct LinearSumJob {
  int32_t isSigned, bias, multiplierA, multiplierB, shift, zeroPoint, lowest, highest;
};

/**
 * Rows x width output pixels of reals. Sums are held in double, their terms added one by one in the order of the reference
 * kernels (run by run, each from its first value on), so that they are theirs to the last bit: a product of two float32 is
 * exact in double, so that fusing it with the addition, or not, makes no difference either.
 */
struct RealBlock {
  const double* x;  // window of the first output pixel
  int32_t rows, width;
  ptrdiff_t xRowStep, xPixelStep;
  const ptrdiff_t* runs;  // where the contiguous runs of a window start, in values
  int32_t runCount;
  ptrdiff_t length;      // values of a run; of a depthwise product 1, for each of a block's channels
  const float* weights;  // [panel][run][value][channel]
  const float* bias;     // of whole panels
  double lowest, highest;
  int32_t firstPanel, endPanel, channels;  // a depthwise product: one panel, of whose channels alone x holds the values
  float* y;  // pixel (row, column) at row x yRowStep + column x yPixelStep
  ptrdiff_t yRowStep, yPixelStep;
};

/** How the kernels want activations and weights: as int16 pairs, as quads of bytes, or as they are. */
enum class Operand : int32_t {
  Int16,     // both int16, zero points removed
  Unsigned,  // activations uint8 (raw, or raw + 128), weights int8
  Signed,    // activations int8 (raw, or raw - 128), weights int8
  Real       // activations double, weights float32: for layers of reals, of every instruction set
};

/** One instruction set. */
struct Kernels {
  const char* name;
  Operand operand;
  int32_t lanes;      // int32 values in a register
  int32_t panel;      // channels of a dense panel
  int32_t rows;       // pixels of a dense tile
  int32_t narrowRows; // pixels up to which reading int16 weights would take longer than multiplying int8 ones; or 0
  int32_t alignment;  // of packed weights, biases and rescale entries
  void (*dense)(const DenseBlock&);
  // Of tiles [first, first + count): of the pixels to `transformed`, and on from there to outputs. Null but for Operand::Int16.
  void (*transform)(const WinogradBlock&, int32_t first, int32_t count);
  void (*winograd)(const WinogradBlock&, int32_t first, int32_t count);
  void (*depthwise)(const DepthwiseBlock&);
  /** destination = source - zeroPoint, `count` values, int8 when isSigned else uint8. */
  void (*widen)(int16_t* destination, const uint8_t* source, size_t count, int32_t isSigned, int32_t zeroPoint);
  /**
   * The same for `blocks` x `2 x lanes` values of each pixel, source pixels being `step` values apart; of the destination
   * blocks are `apart` values from each other, and each is dense.
   */
  void (*widenBlocks)(int16_t* destination, ptrdiff_t apart, const uint8_t* source, ptrdiff_t step, size_t pixels, int32_t blocks, int32_t isSigned,
                      int32_t zeroPoint);
  /** destination = source xor flip. */
  void (*flip)(uint8_t* destination, const uint8_t* source, size_t count, int32_t flip);
  void (*maxPool)(const PoolRow&);
  void (*averagePool)(const PoolRow&);
  void (*sum)(const SumJob&, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count);
  void (*linearSum)(const LinearSumJob&, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count);
  /** Exact multiply-accumulates from registers alone, `rounds` times; returns how many were done. */
  double (*peak)(int64_t rounds);
  /** Reads memory and does hardly anything with it; returns some of the bits. */
  int32_t (*readOnce)(const uint8_t* p, size_t bytes);
  int32_t realPanel;  // channels of a panel of reals
  void (*realDense)(const RealBlock&);
  void (*realDepthwise)(const RealBlock&);
  /** `count` values of each pixel as double; pixels are `step` values apart, and `destinationStep` where they go. */
  void (*widenReals)(double* destination, ptrdiff_t destinationStep, const float* source, ptrdiff_t step, size_t pixels, size_t count);
};

extern const Kernels scalarKernels;
#if defined(__x86_64__) || defined(_M_X64)
#define GOLDBENCH_X86 1
extern const Kernels avx2Kernels;
extern const Kernels avxVnniKernels;
extern const Kernels avx512VnniKernels;
#elif defined(__aarch64__)
#define GOLDBENCH_ARM 1
extern const Kernels neonKernels;
#endif

}  // namespace goldbench
