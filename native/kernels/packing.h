// Weights and constants in the order the kernels read them. In: a Part with its place in the layer. Out: the same, packed.
#pragma once
#include <vector>

#include "layer.h"

namespace goldbench {

/** @throws BadCall with `sentence` */
inline void need(bool condition, const char* sentence) {
  if (!condition) throw BadCall(sentence);
}

constexpr int64_t MOST_WEIGHT_BYTES = int64_t{8} << 30;

/** Where the weights of a part's channel and tap lie. */
struct WeightOrder {
  ptrdiff_t first, channelStep, rowStep, columnStep;  // input channels lie side by side

  ptrdiff_t at(int32_t channel, int32_t row, int32_t column) const {
    return first + channel * channelStep + row * rowStep + column * columnStep;
  }
};

/** Weights as [panel][run][step][channel, scrambled] of 4 bytes; biases take in what zero points add to every pixel. */
void packDense(Part& part, const Kernels& kernels, Operand operand, const LayerSpec& spec, const WeightOrder& weights);

/**
 * Packs a dense 3 x 3 product of stride 1 for Winograd's algorithm, weights as [panel][place][step][channel, scrambled] of two
 * int16. False, and nothing changed, where that is not exact, or not faster.
 */
bool packWinograd(Part& part, const Kernels& kernels, const LayerSpec& spec, const WeightOrder& weights);

/** Weights as [block][pair][channel, scrambled] of two int16, and where the pairs' taps are. */
void packDepthwise(Part& part, const Kernels& kernels, const LayerSpec& spec);

/** Adds nudges where every channel of every part fits Rounding::Tame; false, and nothing changed, where one does not. */
bool makeTame(std::vector<Part>& parts);

/**
 * Bytes as the dense kernels multiply them. Unsigned: activations in 0..255; Signed: in -128..127; weights in -128..127
 * always. Raw values are brought there by flipping the top bit, which moves their zero points too.
 */
struct ByteForm {
  uint8_t flip;  // of activations
  uint8_t weightFlip;
  int32_t inputZero, weightZero;  // after flipping
};
ByteForm byteForm(Operand operand, const LayerSpec& spec);

}  // namespace goldbench
