// Spellings that differ between compilers. Macros only.
#pragma once
#if defined(_MSC_VER) && !defined(__clang__)
#define INLINE __forceinline
#define INLINE_LAMBDA
#define NOINLINE __declspec(noinline)
#define UNROLL
#define KEEP(x)
#define PREFETCH(p)
#else
#define INLINE inline __attribute__((always_inline))
#define INLINE_LAMBDA __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
// Makes the compiler think that x changes. KEEP_IN: the constraint for this file's registers.
#ifdef GOLDBENCH_EMULATED
#define KEEP(x) asm volatile("" : "+m"(x))
#else
#define KEEP(x) asm volatile("" : KEEP_IN(x))
#endif
// Asks for a line, for the second-level cache.
#define PREFETCH(p) __builtin_prefetch(p, 0, 2)
#endif
