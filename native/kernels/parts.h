// How a layer falls into parts, and their packed weights: everything that happens once. In: LayerSpec. Out: Parts.
#pragma once
#include <vector>

#include "layer.h"

namespace goldbench {

/** Checks zero points, clamps and multipliers; see checkSizes too. @throws BadCall */
void checkQuantization(const LayerSpec& spec);

/** @throws BadCall where packed weights would be too large */
std::vector<Part> makeParts(const Kernels& kernels, const LayerSpec& spec);

/** Adds nudges where every channel of every part fits Rounding::Tame; false, and nothing changed, where one does not. */
bool makeTame(std::vector<Part>& parts, const Kernels& kernels, int32_t zeroPoint);

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
