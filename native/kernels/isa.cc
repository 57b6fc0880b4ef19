#include "isa.h"

#if defined(GOLDBENCH_X86)
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#elif defined(GOLDBENCH_ARM) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace goldbench {
namespace {

#if defined(GOLDBENCH_X86)
struct Leaf {
  uint32_t eax, ebx, ecx, edx;
};

Leaf leaf(uint32_t number, uint32_t part) {
  Leaf l{};
#if defined(_MSC_VER)
  int registers[4];
  __cpuidex(registers, static_cast<int>(number), static_cast<int>(part));
  l = {uint32_t(registers[0]), uint32_t(registers[1]), uint32_t(registers[2]), uint32_t(registers[3])};
#else
  __get_cpuid_count(number, part, &l.eax, &l.ebx, &l.ecx, &l.edx);
#endif
  return l;
}

/** XCR0: the registers the operating system saves when it switches threads. */
uint64_t savedRegisters() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | (uint64_t{high} << 32);
#endif
}

bool bit(uint32_t word, int at) { return (word >> at & 1) != 0; }

void addBest(std::vector<const Kernels*>& list) {
  if (!bit(leaf(1, 0).ecx, 27)) return;  // OSXSAVE: without it xgetbv faults
  const uint64_t saved = savedRegisters();
  const bool savesYmm = (saved & 0x6) == 0x6, savesZmm = (saved & 0xE6) == 0xE6;
  const Leaf features = leaf(7, 0), more = leaf(7, 1);
  const bool hasAvx2 = savesYmm && bit(features.ebx, 5) && bit(leaf(1, 0).ecx, 12);  // and FMA
  const bool hasAvx512 = bit(features.ebx, 16) && bit(features.ebx, 17) && bit(features.ebx, 30) && bit(features.ebx, 31);
  if (savesZmm && hasAvx2 && hasAvx512 && bit(features.ecx, 11)) list.push_back(&avx512VnniKernels);
  if (hasAvx2 && bit(more.eax, 4)) list.push_back(&avxVnniKernels);
  if (hasAvx2) list.push_back(&avx2Kernels);
}
#elif defined(GOLDBENCH_ARM)
void addBest(std::vector<const Kernels*>& list) {
#if defined(__APPLE__)
  list.push_back(&neonKernels);  // every Apple silicon has sdot
#elif defined(__linux__)
  if (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) list.push_back(&neonKernels);
#endif
}
#else
void addBest(std::vector<const Kernels*>&) {}
#endif

}  // namespace

std::vector<const Kernels*> availableKernels() {
  std::vector<const Kernels*> list;
  addBest(list);
  list.push_back(&scalarKernels);
  return list;
}

const Kernels* findKernels(const std::string& name) {
  for (const Kernels* kernels : availableKernels())
    if (name.empty() || name == kernels->name) return kernels;
  return nullptr;
}

}  // namespace goldbench
