// Layers of float32: sums in double, in the order of the reference kernels, so that they equal theirs to the last bit.
// In: a Part with its place in the layer. Out: the same, packed. Running it is Layer::runReals.
#pragma once
#include "packing.h"

namespace goldbench {

/** Weights and clamps. @throws BadCall */
void checkReals(const LayerSpec& spec);

/** Weights as [panel][run][value][channel]. */
void packRealDense(Part& part, const Kernels& kernels, const LayerSpec& spec, const WeightOrder& weights);

/** Weights as [panel][tap][channel], and where the taps are. */
void packRealDepthwise(Part& part, const Kernels& kernels, const LayerSpec& spec);

}  // namespace goldbench
