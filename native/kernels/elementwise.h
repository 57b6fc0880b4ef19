// Operators without weights: pools, sums, rescaling alone, split over threads. In: plain numbers and checked memory.
#pragma once
#include <vector>

#include "layer.h"

namespace goldbench {

struct PoolSpec {
  bool isMaximum, isSigned;
  Axis rows, columns;  // dilation 1
  int32_t channels, lowest, highest;
};

/** `images` images of rows.input x columns.input x channels values. @throws BadCall */
void checkPool(const PoolSpec& spec);
void runPool(const Kernels& kernels, Threads& threads, const PoolSpec& spec, const uint8_t* x, size_t images, uint8_t* y);

/** @throws BadCall */
void checkSum(const SumJob& job);
void checkLinearSum(const LinearSumJob& job);
void runSum(const Kernels& kernels, Threads& threads, const SumJob& job, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count);
void runLinearSum(const Kernels& kernels, Threads& threads, const LinearSumJob& job, const uint8_t* a, const uint8_t* b, uint8_t* y, size_t count);

}  // namespace goldbench
