#include "parts.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace goldbench {
namespace {

constexpr int64_t MOST_WEIGHT_BYTES = int64_t{8} << 30;
constexpr int32_t MOST = 1 << 28;  // of any size: products of two stay far inside int64

void need(bool condition, const char* sentence) {
  if (!condition) throw BadCall(sentence);
}

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

/** Where the weight of a part's channel, tap and input channel lies. */
struct WeightOrder {
  const uint8_t* first;
  ptrdiff_t channelStep, rowStep, columnStep, depthStep;

  uint8_t at(int32_t channel, int32_t row, int32_t column, int32_t i) const {
    return first[channel * channelStep + row * rowStep + column * columnStep + i * depthStep];
  }
};

int32_t valueOf(uint8_t raw, bool isSigned) { return isSigned ? static_cast<int8_t>(raw) : raw; }

/** One entry of each constant per position; `channelAt(position)` is the channel of the spec there, or -1. */
template <typename ChannelAt>
void packConstants(ChannelConstants& constants, const LayerSpec& spec, size_t positions, const ChannelAt& channelAt) {
  const bool isFloat = spec.rounding == Rounding::Float32, isSingle = spec.rounding == Rounding::Single;
  constants.bias.assign(positions, 0);
  constants.scale.assign(isFloat ? positions : 0, 0.0f);
  constants.multiplier.assign(isFloat ? 0 : positions, 0);
  constants.left.assign(isFloat ? 0 : positions, 0);
  constants.right.assign(isFloat ? 0 : positions, isSingle ? 31 : 0);
  for (size_t position = 0; position < positions; position++) {
    const int32_t c = channelAt(position);
    if (c < 0) continue;
    if (spec.bias) constants.bias[position] = spec.bias[c];
    if (isFloat) {
      constants.scale[position] = spec.scale[c];
      continue;
    }
    const int32_t shift = spec.shift[c];
    constants.multiplier[position] = spec.multiplier[c];
    const int32_t limit = shift > 0 ? INT32_MAX >> shift : INT32_MAX;  // times a multiplier >= 1/2: over any clamp
    constants.left[position] = isSingle ? limit : shift > 0 ? shift : 0;
    constants.right[position] = isSingle ? 31 - shift : shift < 0 ? -shift : 0;
  }
}

/** Notes how far from 0 a channel's accumulator can get, its weights' absolute sum being `size`. */
void noteSize(Part& part, const LayerSpec& spec, int32_t channel, int64_t size) {
  const int64_t bias = spec.bias ? std::abs(int64_t{spec.bias[channel]}) : 0;
  part.largest = std::max(part.largest, bias + 255 * size);
}

/** Runs of values that lie side by side in the prepared activations: rows of taps, or single taps when dilated. */
void layRuns(Part& part, int32_t rowDilation, int32_t columnDilation, size_t valueBytes) {
  const ptrdiff_t width = ptrdiff_t{part.width - 1} * part.columnStride + part.columnReach;
  const bool isJoined = columnDilation == 1;
  const int32_t runsPerRow = part.rowTaps == 0 ? 0 : isJoined ? 1 : part.columnTaps;
  part.runLength = isJoined ? part.columnTaps * part.depth : part.depth;
  for (int32_t row = 0; row < part.rowTaps; row++)
    for (int32_t run = 0; run < runsPerRow; run++)
      part.offsets.push_back((row * rowDilation * width + run * ptrdiff_t{columnDilation}) * part.depth * ptrdiff_t(valueBytes));
}

/** Weights as [panel][run][step][channel] of 4 bytes; biases take in what zero points add to every pixel. */
void packDense(Part& part, const Kernels& kernels, const LayerSpec& spec, const WeightOrder& weights) {
  const bool isWide = kernels.operand == Operand::Int16;
  const ByteForm form = byteForm(kernels.operand, spec);
  const int32_t perStep = isWide ? 2 : 4;
  part.steps = (part.runLength + perStep - 1) / perStep;
  part.panels = (part.channels + kernels.panel - 1) / kernels.panel;
  // where a weight is used once a run, reading it costs more than widening it
  part.isNarrow = isWide && int64_t{part.rows} * part.width <= kernels.rows && spec.weightZero == (spec.isSigned ? 0 : 128);
  const int32_t stepBytes = part.isNarrow ? 2 : 4;
  const int64_t runBytes = int64_t(part.steps) * kernels.panel * stepBytes;
  const int64_t bytes = part.panels * int64_t(part.offsets.size()) * runBytes;
  need(bytes <= MOST_WEIGHT_BYTES, "packed weights of this layer would exceed 8 GiB");
  part.weights.assign(size_t(bytes), 0);
  packConstants(part.constants, spec, size_t(part.panels) * kernels.panel, [&](size_t position) {
    return int32_t(position) < part.channels ? part.outputChannel + int32_t(position) : -1;
  });
  const size_t runsPerRow = part.rowTaps ? part.offsets.size() / part.rowTaps : 0;
  for (int32_t c = 0; c < part.channels; c++) {
    uint32_t sum = 0;
    int64_t size = 0;
    for (size_t run = 0; run < part.offsets.size(); run++) {
      const int32_t row = int32_t(run / runsPerRow), firstColumn = runsPerRow == 1 ? 0 : int32_t(run % runsPerRow);
      const size_t panel = c / kernels.panel, lane = c % kernels.panel;
      uint8_t* packed = part.weights.data() + (panel * part.offsets.size() + run) * runBytes + lane * stepBytes;
      for (int32_t k = 0; k < part.runLength; k++) {
        const uint8_t raw = weights.at(c, row, firstColumn + k / part.depth, k % part.depth);
        uint8_t* at = packed + k / perStep * size_t(kernels.panel) * stepBytes;
        size += std::abs(valueOf(raw, spec.isSigned) - spec.weightZero);
        if (isWide) {
          const int16_t value = static_cast<int16_t>(valueOf(raw, spec.isSigned) - spec.weightZero);
          if (part.isNarrow) at[k % 2] = static_cast<uint8_t>(value);
          else std::memcpy(at + k % 2 * 2, &value, 2);
        } else {
          at[k % 4] = raw ^ form.weightFlip;
          sum += static_cast<uint32_t>(static_cast<int8_t>(at[k % 4]) - form.weightZero);
        }
      }
    }
    noteSize(part, spec, part.outputChannel + c, size);
    // sum of (x - zX)(w - zW) = sum of x w - zX x sum of (w - zW) - zW x sum of x, the last per pixel (Layer::correct)
    part.constants.bias[c] = int32_t(uint32_t(part.constants.bias[c]) - sum * uint32_t(form.inputZero));
  }
}

/** The channel at `position` of the scrambled order, within its block of 2 x lanes: see isa/depthwise.inl. */
int32_t channelAt(size_t position, int32_t lanes) {
  const int32_t half = int32_t(position) / lanes, lane = int32_t(position) % lanes;
  return lane / 4 * 8 + half * 4 + lane % 4;
}

void packDepthwise(Part& part, const Kernels& kernels, const LayerSpec& spec) {
  const int32_t taps = spec.rows.taps * spec.columns.taps;
  const ptrdiff_t width = ptrdiff_t{part.width - 1} * part.columnStride + part.columnReach;
  for (int32_t tap = 0; tap < taps + taps % 2; tap++) {
    const int32_t real = tap < taps ? tap : taps - 1;  // an odd one meets a zero weight
    const ptrdiff_t row = real / spec.columns.taps * ptrdiff_t{spec.rows.dilation};
    const ptrdiff_t column = real % spec.columns.taps * ptrdiff_t{spec.columns.dilation};
    part.offsets.push_back((row * width + column) * part.depth);
  }
  const size_t block = 2 * size_t(kernels.lanes), pairs = part.offsets.size() / 2;
  const size_t positions = (part.channels + block - 1) / block * block;
  need(int64_t(positions * pairs * 4) <= MOST_WEIGHT_BYTES, "packed weights of this layer would exceed 8 GiB");
  const auto channelOf = [&](size_t position) {
    const int32_t channel = int32_t(position / block * block) + channelAt(position % block, kernels.lanes);
    return channel < part.channels ? channel : -1;
  };
  packConstants(part.constants, spec, positions, channelOf);
  part.weights.assign(positions * pairs * 4, 0);
  int16_t* packed = reinterpret_cast<int16_t*>(part.weights.data());
  for (size_t position = 0; position < positions; position++) {
    const int32_t channel = channelOf(position);
    int64_t size = 0;
    for (int32_t tap = 0; channel >= 0 && tap < taps; tap++) {
      const size_t at = (position / block * pairs + tap / 2) * block * 2 + position % block * 2 + tap % 2;
      const uint8_t raw = spec.weights[size_t(tap) * part.channels + channel];
      packed[at] = static_cast<int16_t>(valueOf(raw, spec.isSigned) - spec.weightZero);
      size += std::abs(packed[at]);
    }
    if (channel >= 0) noteSize(part, spec, channel, size);
  }
}

int32_t reachOf(const Axis& axis) {
  const int64_t reach = int64_t{axis.taps - 1} * axis.dilation + 1;
  need(reach <= MOST, "a dilated window spans more than 2^28 pixels");
  return int32_t(reach);
}

/** The whole output at once, for input channels from `inputChannel`. */
Part wholePart(const LayerSpec& spec) {
  Part part;
  part.firstRow = -spec.rows.before, part.firstColumn = -spec.columns.before;
  part.rowTaps = spec.rows.taps, part.columnTaps = spec.columns.taps;
  part.rowReach = reachOf(spec.rows), part.columnReach = reachOf(spec.columns);
  part.rowStride = spec.rows.stride, part.columnStride = spec.columns.stride;
  part.rows = spec.rows.output, part.width = spec.columns.output;
  part.depth = spec.depth, part.channels = spec.channels;
  return part;
}

std::vector<Part> makeGroups(const Kernels& kernels, const LayerSpec& spec) {
  std::vector<Part> parts;
  const ptrdiff_t depth = spec.depth / spec.groups, rowStep = spec.columns.taps * depth, filter = spec.rows.taps * rowStep;
  for (int32_t group = 0; group < spec.groups; group++) {
    Part part = wholePart(spec);
    part.depth = int32_t(depth), part.channels = spec.channels / spec.groups;
    part.inputChannel = group * part.depth, part.outputChannel = group * part.channels;
    layRuns(part, spec.rows.dilation, spec.columns.dilation, kernels.operand == Operand::Int16 ? 2 : 1);
    packDense(part, kernels, spec, {spec.weights + part.outputChannel * filter, filter, rowStep, depth, 1});
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

std::vector<Part> makePhases(const Kernels& kernels, const LayerSpec& spec) {
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
      layRuns(part, 1, 1, kernels.operand == Operand::Int16 ? 2 : 1);
      const uint8_t* first = spec.weights + (isEmpty ? 0 : row.lastTap * rowStep + column.lastTap * columnStep);
      packDense(part, kernels, spec, {first, filter, -spec.rows.stride * rowStep, -spec.columns.stride * columnStep, 1});
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

ByteForm byteForm(Operand operand, const LayerSpec& spec) {
  const bool isFlipped = spec.isSigned == (operand == Operand::Unsigned);
  const int32_t moved = !isFlipped ? 0 : spec.isSigned ? 128 : -128;
  return {uint8_t(isFlipped ? 0x80 : 0), uint8_t(spec.isSigned ? 0 : 0x80), spec.inputZero + moved,
          spec.weightZero - (spec.isSigned ? 0 : 128)};
}

std::vector<Part> makeParts(const Kernels& kernels, const LayerSpec& spec) {
  if (spec.kind == LayerKind::Dense) return makeGroups(kernels, spec);
  if (spec.kind == LayerKind::Transposed) return makePhases(kernels, spec);
  std::vector<Part> parts(1, wholePart(spec));
  parts[0].depth = spec.channels;
  packDepthwise(parts[0], kernels, spec);
  return parts;
}

bool makeTame(std::vector<Part>& parts, const Kernels& kernels, int32_t zeroPoint) {
  for (const Part& part : parts)
    for (size_t i = 0; i < part.constants.right.size(); i++) {
      if (part.constants.multiplier[i] == 0) continue;
      const int32_t right = part.constants.right[i];
      if (right < 1 || right > 22 || part.largest + (int64_t{1} << (right - 1)) + (int64_t{255} << right) > INT32_MAX) return false;
    }
  const size_t lanes = size_t(kernels.lanes);
  for (Part& part : parts) {
    ChannelConstants& constants = part.constants;
    constants.nudge.resize(constants.right.size());
    for (size_t i = 0; i < constants.right.size(); i++) {
      int32_t& right = constants.right[i];
      if (constants.multiplier[i] == 0) right = 1;  // 0 stays 0, and the sum's sign does not matter
      const int64_t last = (int64_t{1} << (right - 1)) + int64_t{zeroPoint} * (int64_t{1} << right);
      const size_t lane = i % lanes;
      constants.nudge[i - lane + lane % 2 * (lanes / 2) + lane / 2] = (int64_t{1} << 30) + last * (int64_t{1} << 31);
    }
    constants.left.clear();
  }
  return true;
}

size_t ChannelConstants::bytes() const {
  return 4 * (bias.size() + multiplier.size() + left.size() + right.size() + scale.size()) + 8 * nudge.size();
}

void ChannelConstants::placeInto(Rescale& rescale) const {
  rescale.multiplier = multiplier.data(), rescale.left = left.data(), rescale.right = right.data();
  rescale.scale = scale.data(), rescale.nudge = nudge.data();
}

}  // namespace goldbench
