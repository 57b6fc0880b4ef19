// Which instruction sets this machine has. In: the processor's own answer. Out: kernels, best first.
#pragma once
#include <string>
#include <vector>

#include "kernels.h"

namespace goldbench {

/** What this machine and its operating system can run, best first; the last is always "scalar". */
std::vector<const Kernels*> availableKernels();

/** The named set, or the best for an empty name; nullptr where this machine lacks it or nobody knows it. */
const Kernels* findKernels(const std::string& name);

}  // namespace goldbench
