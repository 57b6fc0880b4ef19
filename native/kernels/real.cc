#include "real.h"

#include <cmath>

namespace goldbench {
namespace {

/** Room for whole panels of `perChannel` weights; channels that a last panel has too many stay 0. */
void allocate(Part& part, const Kernels& kernels, size_t perChannel, const float* bias) {
  part.panels = int32_t(divideUp(part.channels, kernels.realPanel));
  const size_t positions = size_t(part.panels) * kernels.realPanel;
  need(double(positions) * double(perChannel) * 4 <= double(MOST_WEIGHT_BYTES), "packed weights of this layer would exceed 8 GiB");
  part.realWeights.assign(positions * perChannel, 0.0f);
  part.realBias.assign(positions, 0.0f);
  if (bias) std::copy_n(bias + part.outputChannel, part.channels, part.realBias.begin());
}

}  // namespace

void checkReals(const LayerSpec& spec) {
  need(spec.realWeights != nullptr, "a layer of reals needs weights");
  need(!std::isnan(spec.lowestReal) && !std::isnan(spec.highestReal), "clamps must be numbers");
  need(spec.lowestReal <= spec.highestReal, "the lowest output is above the highest");
}

void packRealDense(Part& part, const Kernels& kernels, const LayerSpec& spec, const WeightOrder& weights) {
  const size_t runs = part.offsets.size(), panel = size_t(kernels.realPanel), length = size_t(part.runLength);
  part.preparedDepth = part.depth;
  part.steps = length;
  allocate(part, kernels, runs * length, spec.realBias);
  const size_t runsPerRow = part.rowTaps ? runs / part.rowTaps : 0;
  for (size_t c = 0; c < size_t(part.channels); c++)
    for (size_t run = 0; run < runs; run++) {
      const int32_t row = int32_t(run / runsPerRow), first = runsPerRow == 1 ? 0 : int32_t(run % runsPerRow);
      float* packed = part.realWeights.data() + (c / panel * runs + run) * length * panel + c % panel;
      for (int32_t column = first; column < first + part.runLength / part.depth; column++) {
        const float* source = spec.realWeights + weights.at(int32_t(c), row, column);
        for (int32_t i = 0; i < part.depth; i++, packed += panel) *packed = source[i];
      }
    }
}

void packRealDepthwise(Part& part, const Kernels& kernels, const LayerSpec& spec) {
  const size_t panel = size_t(kernels.realPanel), taps = size_t(spec.rows.taps) * spec.columns.taps;
  part.preparedDepth = kernels.realPanel;
  part.runLength = 1;
  part.steps = 1;
  allocate(part, kernels, taps, spec.realBias);
  for (ptrdiff_t row = 0; row < spec.rows.taps; row++)
    for (ptrdiff_t column = 0; column < spec.columns.taps; column++)
      part.offsets.push_back((row * spec.rows.dilation * part.preparedWidth() + column * spec.columns.dilation) * part.preparedDepth);
  for (size_t tap = 0; tap < taps; tap++)
    for (size_t c = 0; c < size_t(part.channels); c++)
      part.realWeights[(c / panel * taps + tap) * panel + c % panel] = spec.realWeights[tap * part.channels + c];
}

void Layer::runReals(const Piece& piece, const float* x, float* y, Scratch& scratch) const {
  const Part& part = *piece.part;
  uint8_t* memory = scratch.atLeast(static_cast<size_t>(bytesOfRows(part, piece.rows) + SPARE_BYTES));
  const uint8_t* image = reinterpret_cast<const uint8_t*>(x + piece.image * inputSize());
  RealBlock block = {reinterpret_cast<const double*>(memory), piece.rows, part.width,
                     part.rowStride * part.preparedWidth() * part.preparedDepth, ptrdiff_t{part.columnStride} * part.preparedDepth,
                     part.offsets.data(), int32_t(part.offsets.size()), ptrdiff_t(part.steps),
                     part.realWeights.data(), part.realBias.data(), spec_.lowestReal, spec_.highestReal,
                     piece.firstPanel, piece.endPanel, part.channels, y + placeOf(piece), rowStepOf(part), columnStepOf(part)};
  if (spec_.kind != LayerKind::Depthwise) {
    if (!part.offsets.empty()) prepare(part, piece, 0, image, memory);
    return kernels_.realDense(block);
  }
  for (int32_t panel = piece.firstPanel; panel < piece.endPanel; panel++) {
    prepare(part, piece, panel, image, memory);
    block.firstPanel = panel, block.endPanel = panel + 1;
    kernels_.realDepthwise(block);
  }
}

/** Pixels' channels as double: all that a dense product sees, or one panel of a depthwise one, with zeros behind the last. */
void Layer::copyReals(const Part& part, int32_t block, const float* source, int64_t pixels, double* destination) const {
  const ptrdiff_t depth = spec_.depth, step = part.preparedDepth;
  if (spec_.kind != LayerKind::Depthwise) {
    if (step == depth) return kernels_.widenReals(destination, 0, source, 0, 1, size_t(pixels * depth));
    return kernels_.widenReals(destination, step, source + part.inputChannel, depth, size_t(pixels), size_t(step));
  }
  const int32_t first = block * part.preparedDepth, count = std::min(part.preparedDepth, part.channels - first);
  const int32_t repeats = part.channels / spec_.depth;  // a channel feeds as many outputs as the depth multiplier says
  if (count < step) std::fill_n(destination, pixels * step, 0.0);
  if (repeats == 1) return kernels_.widenReals(destination, step, source + first, depth, size_t(pixels), size_t(count));
  for (int64_t p = 0; p < pixels; p++, source += depth, destination += step)
    for (int32_t c = 0; c < count; c++) destination[c] = source[(first + c) / repeats];
}

}  // namespace goldbench
