#include "parts.h"

#include "real.h"

#include <cmath>

namespace goldbench {
namespace {

constexpr int32_t MOST = 1 << 28;  // of any size: products of two stay far inside int64

/** Products of sizes stay where size_t and ptrdiff_t are exact, spare for a few bytes each. */
void needProduct(std::initializer_list<double> sizes) {
  double product = 1;
  for (const double size : sizes) product *= size;
  need(product <= 0x1p40, "a tensor holds more than 2^40 values");
}

void checkAxis(const Axis& axis, LayerKind kind) {
  for (const int32_t size : {axis.input, axis.output, axis.taps, axis.stride, axis.dilation})
    need(size >= 1 && size <= MOST, "sizes, strides and dilations must lie in 1..2^28");
  need(axis.before >= -MOST && axis.before <= MOST, "paddings must lie in -2^28..2^28");
  need(kind != LayerKind::Transposed || axis.dilation == 1, "a transposed convolution has no dilation");
}

void checkChannels(const LayerSpec& spec) {
  need(spec.depth >= 1 && spec.depth <= MOST && spec.channels >= 1 && spec.channels <= MOST, "channels must lie in 1..2^28");
  need(spec.groups >= 1 && spec.depth % spec.groups == 0 && spec.channels % spec.groups == 0, "groups must divide both channel counts");
  need(spec.kind == LayerKind::Dense || spec.groups == 1, "only dense convolutions have groups");
  need(spec.kind != LayerKind::Depthwise || spec.channels % spec.depth == 0, "depthwise outputs must be a multiple of the inputs");
}

/** Runs of values that lie side by side in the prepared activations: rows of taps, or single taps when dilated. */
void layRuns(Part& part, int32_t rowDilation, int32_t columnDilation, size_t valueBytes) {
  const ptrdiff_t width = part.preparedWidth();
  const bool isJoined = columnDilation == 1;
  const int32_t runsPerRow = part.rowTaps == 0 ? 0 : isJoined ? 1 : part.columnTaps;
  part.runLength = isJoined ? part.columnTaps * part.depth : part.depth;
  for (int32_t row = 0; row < part.rowTaps; row++)
    for (int32_t run = 0; run < runsPerRow; run++)
      part.offsets.push_back((row * rowDilation * width + run * ptrdiff_t{columnDilation}) * part.depth * ptrdiff_t(valueBytes));
}

void packRuns(Part& part, const Kernels& kernels, Operand operand, const LayerSpec& spec, int32_t rowDilation, int32_t columnDilation,
              const WeightOrder& weights) {
  layRuns(part, rowDilation, columnDilation, operand == Operand::Int16 ? 2 : 1);
  spec.isReal ? packRealDense(part, kernels, spec, weights) : packDense(part, kernels, operand, spec, weights);
}

int32_t spanOf(const Axis& axis) {
  const int64_t reach = int64_t{axis.taps - 1} * axis.dilation + 1;
  need(reach <= MOST, "a dilated window spans more than 2^28 pixels");
  return int32_t(reach);
}

/** The whole output at once, for input channels from `inputChannel`. */
Part wholePart(const LayerSpec& spec) {
  Part part;
  part.firstRow = -spec.rows.before, part.firstColumn = -spec.columns.before;
  part.rowTaps = spec.rows.taps, part.columnTaps = spec.columns.taps;
  part.rowReach = spanOf(spec.rows), part.columnReach = spanOf(spec.columns);
  part.rowStride = spec.rows.stride, part.columnStride = spec.columns.stride;
  part.rows = spec.rows.output, part.width = spec.columns.output;
  part.depth = spec.depth, part.channels = spec.channels;
  return part;
}

/** Takes `fold` outputs side by side for one with as many times the channels; its window spans all of theirs. */
void foldColumns(Part& part, int32_t fold) {
  part.fold = fold;
  part.columnTaps += part.columnStride * (fold - 1), part.columnReach += part.columnStride * (fold - 1);
  part.columnStride *= fold, part.outputColumnStep *= fold;
  part.channels *= fold, part.width /= fold;
}

/**
 * How many outputs fill a panel that one leaves half empty: whole panels are multiplied, and whole blocks rescaled. Not where
 * more steps would be needed, and not where bytes are corrected, since the windows of those that share one differ.
 */
int32_t chooseFold(const Part& part, const Kernels& kernels, Operand operand, const LayerSpec& spec) {
  const bool isCorrected = operand != Operand::Int16 && byteForm(operand, spec).weightZero != 0;
  if (spec.isReal || spec.groups > 1 || spec.columns.dilation > 1 || isCorrected) return 1;
  const int64_t perStep = operand == Operand::Int16 ? 2 : 4;
  const auto steps = [&](int64_t fold) { return divideUp((part.columnTaps + (fold - 1) * part.columnStride) * part.depth, perStep); };
  const auto isWorthIt = [&](int64_t fold) {
    return part.width % fold == 0 && fold * part.channels <= kernels.panel && steps(fold) <= std::min<int64_t>(2 * steps(fold / 2), MOST);
  };
  int32_t fold = 1;
  while (isWorthIt(2 * fold)) fold *= 2;
  return fold;
}

/** The same of a depthwise product: side by side, pixels of few channels are a block as they are. */
int32_t depthwiseFold(const Part& part, const Kernels& kernels, const LayerSpec& spec) {
  const int32_t block = 2 * kernels.lanes, fold = block / part.channels;
  const bool areWhole = block % part.channels == 0 && part.width % std::max(fold, 1) == 0;
  return !spec.isReal && areWhole && part.columnStride == 1 && spec.channels == spec.depth ? fold : 1;
}

/** See Kernels::narrowRows. */
bool isNarrow(const Kernels& kernels, const LayerSpec& spec) {
  const bool areFew = int64_t{spec.rows.output} * spec.columns.output <= kernels.narrowRows;
  return areFew && spec.kind == LayerKind::Dense && spec.weightZero == (spec.isSigned ? 0 : 128);
}

std::vector<Part> makeGroups(const Kernels& kernels, Operand operand, const LayerSpec& spec) {
  std::vector<Part> parts;
  const ptrdiff_t depth = spec.depth / spec.groups, rowStep = spec.columns.taps * depth, filter = spec.rows.taps * rowStep;
  for (int32_t group = 0; group < spec.groups; group++) {
    Part part = wholePart(spec);
    part.depth = int32_t(depth), part.channels = spec.channels / spec.groups;
    part.inputChannel = group * part.depth, part.outputChannel = group * part.channels;
    const WeightOrder weights = {part.outputChannel * filter, filter, rowStep, depth};
    if (spec.isReal || !packWinograd(part, kernels, spec, weights)) {
      foldColumns(part, chooseFold(part, kernels, operand, spec));
      packRuns(part, kernels, operand, spec, spec.rows.dilation, spec.columns.dilation, weights);
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

/** One dimension of a transposed convolution for the outputs whose windows meet the input in the same taps. */
struct Phase {
  int32_t firstOutput, outputs, firstInput, taps, lastTap;
};

/**
 * Output o gets tap t of input i where o + before = i x stride + t. With phase = (o + before) mod stride those are the
 * taps phase, phase + stride, ... of inputs q, q - 1, ..., q = (o + before) / stride: a plain convolution of stride 1
 * with every stride-th tap in reverse.
 */
Phase phaseOf(const Axis& axis, int32_t phase) {
  const auto divideDown = [](int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); };
  const int64_t first = divideDown(int64_t{axis.before} - phase + axis.stride - 1, axis.stride);  // the least q
  const int64_t last = divideDown(int64_t{axis.output} - 1 + axis.before - phase, axis.stride);
  const int32_t taps = phase < axis.taps ? (axis.taps - phase - 1) / axis.stride + 1 : 0;
  return {int32_t(first * axis.stride + phase - axis.before), int32_t(last - first + 1),
          int32_t(first - (taps - 1)), taps, phase + (taps - 1) * axis.stride};
}

std::vector<Part> makePhases(const Kernels& kernels, Operand operand, const LayerSpec& spec) {
  std::vector<Part> parts;
  const ptrdiff_t columnStep = spec.depth, rowStep = spec.columns.taps * columnStep, filter = spec.rows.taps * rowStep;
  for (int32_t y = 0; y < std::min(spec.rows.stride, spec.rows.output); y++)
    for (int32_t x = 0; x < std::min(spec.columns.stride, spec.columns.output); x++) {
      // every output row belongs to exactly one phase; the first `stride` outputs name them all
      const Phase row = phaseOf(spec.rows, int32_t((int64_t{y} + spec.rows.before + MOST * int64_t{spec.rows.stride}) % spec.rows.stride));
      const Phase column = phaseOf(spec.columns, int32_t((int64_t{x} + spec.columns.before + MOST * int64_t{spec.columns.stride}) % spec.columns.stride));
      const bool isEmpty = row.taps == 0 || column.taps == 0;
      Part part = wholePart(spec);
      part.rowTaps = isEmpty ? 0 : row.taps, part.columnTaps = isEmpty ? 0 : column.taps;
      part.rowReach = std::max(part.rowTaps, 1), part.columnReach = std::max(part.columnTaps, 1);
      part.rowStride = part.columnStride = 1;
      part.firstRow = row.firstInput, part.firstColumn = column.firstInput;
      part.rows = row.outputs, part.width = column.outputs;
      part.outputRow = row.firstOutput, part.outputColumn = column.firstOutput;
      part.outputRowStep = spec.rows.stride, part.outputColumnStep = spec.columns.stride;
      const ptrdiff_t first = isEmpty ? 0 : row.lastTap * rowStep + column.lastTap * columnStep;
      packRuns(part, kernels, operand, spec, 1, 1, {first, filter, -spec.rows.stride * rowStep, -spec.columns.stride * columnStep});
      parts.push_back(std::move(part));
    }
  return parts;
}

}  // namespace

void checkSizes(const LayerSpec& spec) {
  checkAxis(spec.rows, spec.kind);
  checkAxis(spec.columns, spec.kind);
  checkChannels(spec);
  const int64_t depth = spec.kind == LayerKind::Depthwise ? 1 : spec.depth / spec.groups;
  need(depth * spec.columns.taps <= MOST, "a row of taps holds more than 2^28 values");
  needProduct({double(spec.rows.taps), double(spec.columns.taps), double(depth), double(spec.channels)});
  needProduct({double(spec.rows.input), double(spec.columns.input), double(spec.depth)});
  needProduct({double(spec.rows.output), double(spec.columns.output), double(spec.channels)});
}

void checkQuantization(const LayerSpec& spec) {
  const int32_t low = spec.isSigned ? -128 : 0, high = low + 255;
  for (const int32_t value : {spec.inputZero, spec.weightZero, spec.outputZero, spec.lowest, spec.highest})
    need(value >= low && value <= high, "zero points and clamps must be values of the type");
  need(spec.lowest <= spec.highest, "the lowest output is above the highest");
  if (spec.rounding == Rounding::Float32) {
    need(spec.scale != nullptr, "rounding float32 needs scales");
    for (int32_t c = 0; c < spec.channels; c++) need(std::isfinite(spec.scale[c]), "scales must be finite");
    return;
  }
  need(spec.multiplier && spec.shift, "rounding double and single need multipliers and shifts");
  for (int32_t c = 0; c < spec.channels; c++) {
    need(spec.multiplier[c] >= 0, "multipliers must not be negative");
    need(spec.shift[c] >= -31 && spec.shift[c] <= 30, "shifts must lie in -31..30");
  }
}

Operand operandOf(const Kernels& kernels, const LayerSpec& spec) {
  if (spec.isReal) return Operand::Real;
  if (spec.kind == LayerKind::Depthwise) return Operand::Int16;
  return isNarrow(kernels, spec) ? Operand::Signed : kernels.operand;
}

std::vector<Part> makeParts(const Kernels& kernels, Operand operand, const LayerSpec& spec) {
  if (spec.kind == LayerKind::Dense) return makeGroups(kernels, operand, spec);
  if (spec.kind == LayerKind::Transposed) return makePhases(kernels, operand, spec);
  std::vector<Part> parts(1, wholePart(spec));
  foldColumns(parts[0], depthwiseFold(parts[0], kernels, spec));
  spec.isReal ? packRealDepthwise(parts[0], kernels, spec) : packDepthwise(parts[0], kernels, spec);
  return parts;
}

}  // namespace goldbench
