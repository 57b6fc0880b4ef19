// Memory for packed weights and constants. In: how many. Out: aligned memory, that of much in large pages where there are such.
#pragma once
#include <cstddef>
#include <vector>

namespace goldbench {

/** @throws std::bad_alloc */
void* allocateAligned(size_t bytes);
void freeAligned(void* p, size_t bytes);

template <typename T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <typename U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(size_t count) { return static_cast<T*>(allocateAligned(count * sizeof(T))); }
  void deallocate(T* p, size_t count) { freeAligned(p, count * sizeof(T)); }
  bool operator==(const AlignedAllocator&) const { return true; }
};
template <typename T>
using Aligned = std::vector<T, AlignedAllocator<T>>;

}  // namespace goldbench
