#include "memory.h"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace goldbench {
namespace {

constexpr size_t CACHE_LINE = 64, LARGE_PAGE = size_t{2} << 20;
/** From here on weights have more pages of 4 KB than a processor finds without looking them up in memory. */
constexpr size_t MUCH = 2 * LARGE_PAGE;

std::align_val_t alignmentOf(size_t bytes) { return std::align_val_t{bytes < MUCH ? CACHE_LINE : LARGE_PAGE}; }

}  // namespace

void* allocateAligned(size_t bytes) {
  void* p = ::operator new(bytes, alignmentOf(bytes));
#if defined(__linux__)
  if (bytes >= MUCH) madvise(p, bytes, MADV_HUGEPAGE);  // advice: where it is not taken, pages are small
#endif
  return p;
}

void freeAligned(void* p, size_t bytes) { ::operator delete(p, alignmentOf(bytes)); }

}  // namespace goldbench
