// The x86 vector instructions our kernels use, lane by lane in plain C++: what Intel's manual says each of them computes.
// Compiled in place of the compiler's header, it lets every instruction set's kernels run where the processor lacks them.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

template <int BYTES>
struct Register {
  alignas(BYTES) uint8_t bytes[BYTES];
};
using __m128i = Register<16>;
using __m128 = Register<16>;
using __m256i = Register<32>;
using __m256d = Register<32>;
using __m256 = Register<32>;
using __m512i = Register<64>;
using __m512d = Register<64>;
using __m512 = Register<64>;
using __mmask16 = uint16_t;

namespace emulated {

template <typename T, int B>
T lane(const Register<B>& r, int i) {
  T value;
  std::memcpy(&value, r.bytes + i * sizeof(T), sizeof(T));
  return value;
}
template <typename T, int B>
void put(Register<B>& r, int i, std::type_identity_t<T> value) {
  std::memcpy(r.bytes + i * sizeof(T), &value, sizeof(T));
}
template <typename T, int B, typename F>
Register<B> each(const F& f) {
  Register<B> r;
  for (int i = 0; i < B / int(sizeof(T)); i++) put<T>(r, i, static_cast<T>(f(i)));
  return r;
}
template <typename T, int B, typename F>
Register<B> pairs(const Register<B>& a, const Register<B>& b, const F& f) {
  return each<T, B>([&](int i) { return f(lane<T>(a, i), lane<T>(b, i)); });
}
template <int B>
Register<B> load(const void* p) {
  Register<B> r;
  std::memcpy(r.bytes, p, B);
  return r;
}

/** Even int32 lanes, sign-extended and multiplied to int64. */
template <int B>
Register<B> multiplyEven(const Register<B>& a, const Register<B>& b) {
  return each<int64_t, B>([&](int i) { return int64_t{lane<int32_t>(a, 2 * i)} * lane<int32_t>(b, 2 * i); });
}
/** Unsigned bytes of x times signed bytes of w, four to a lane; the sum wraps. */
template <int B>
Register<B> dotBytes(const Register<B>& sum, const Register<B>& x, const Register<B>& w) {
  return each<uint32_t, B>([&](int i) {
    int32_t products = 0;
    for (int k = 4 * i; k < 4 * i + 4; k++) products += lane<uint8_t>(x, k) * lane<int8_t>(w, k);
    return lane<uint32_t>(sum, i) + uint32_t(products);
  });
}
/** int16 products, two to a lane; the sum wraps. */
template <int B>
Register<B> dotShorts(const Register<B>& sum, const Register<B>& x, const Register<B>& w) {
  return each<uint32_t, B>([&](int i) {
    const auto product = [&](int k) { return uint32_t(lane<int16_t>(x, k) * lane<int16_t>(w, k)); };
    return lane<uint32_t>(sum, i) + product(2 * i) + product(2 * i + 1);
  });
}
/** Within each 128 bits: the low (or high) half's lanes of a and b in turn. */
template <typename T, int B>
Register<B> interleave(const Register<B>& a, const Register<B>& b, bool isHigh) {
  constexpr int each128 = 16 / sizeof(T);
  return each<T, B>([&](int i) {
    const int at = i / each128 * each128 + (isHigh ? each128 / 2 : 0) + i % each128 / 2;
    return i % 2 == 0 ? lane<T>(a, at) : lane<T>(b, at);
  });
}
template <typename To>
To saturate(int32_t value) {
  constexpr int32_t bits = 8 * sizeof(To), least = std::is_signed_v<To> ? -(1 << (bits - 1)) : 0, most = least + (1 << bits) - 1;
  return To(value < least ? least : value > most ? most : value);
}
/** Within each 128 bits: the lanes of a, then those of b, saturated. */
template <typename From, typename To, int B>
Register<B> pack(const Register<B>& a, const Register<B>& b) {
  constexpr int each128 = 16 / sizeof(To);
  return each<To, B>([&](int i) {
    const int within = i % each128, base = i / each128 * (each128 / 2);
    return saturate<To>(within < each128 / 2 ? lane<From>(a, base + within) : lane<From>(b, base + within - each128 / 2));
  });
}
template <typename T, int B>
Register<B> widen(const __m128i& bytes) {
  return each<int32_t, B>([&](int i) { return int32_t{lane<T>(bytes, i)}; });
}
template <typename T, int R, int B>
Register<R> truncate(const Register<B>& r) {
  return each<uint8_t, R>([&](int i) { return uint8_t(lane<T>(r, i)); });
}
template <int B>
Register<B> toInteger(const Register<B>& r) {
  return each<int32_t, B>([&](int i) {
    const float value = std::nearbyintf(lane<float>(r, i));
    return value >= -2147483648.0f && value < 2147483648.0f ? int32_t(value) : INT32_MIN;
  });
}

}  // namespace emulated

#define EMULATE_BOTH(P, B, I)                                                                                             \
  inline Register<B> P##_set1_epi32(int32_t v) { return emulated::each<int32_t, B>([&](int) { return v; }); }             \
  inline Register<B> P##_set1_epi16(int v) { return emulated::each<int16_t, B>([&](int) { return v; }); }               \
  inline Register<B> P##_set1_ps(float v) { return emulated::each<float, B>([&](int) { return v; }); }                    \
  inline Register<B> P##_loadu_ps(const float* p) { return emulated::load<B>(p); }                                        \
  EMULATE_PAIR(P, B, add_epi32, uint32_t, a + b)                                                                          \
  EMULATE_PAIR(P, B, sub_epi32, uint32_t, a - b)                                                                          \
  EMULATE_PAIR(P, B, mullo_epi32, uint32_t, a * b)                                                                        \
  EMULATE_PAIR(P, B, min_epi32, int32_t, a < b ? a : b)                                                                   \
  EMULATE_PAIR(P, B, max_epi32, int32_t, a > b ? a : b)                                                                   \
  EMULATE_PAIR(P, B, and_##I, uint64_t, a & b)                                                                            \
  EMULATE_PAIR(P, B, sllv_epi32, uint32_t, b < 32 ? a << b : 0)                                                           \
  EMULATE_PAIR(P, B, sllv_epi64, uint64_t, b < 64 ? a << b : 0)                                                           \
  EMULATE_PAIR(P, B, srav_epi32, int32_t, a >> (uint32_t(b) < 32 ? b : 31))                                               \
  EMULATE_PAIR(P, B, adds_epi16, int16_t, emulated::saturate<int16_t>(a + b))                                             \
  EMULATE_PAIR(P, B, sub_epi16, uint16_t, static_cast<uint16_t>(a - b))                                                 \
  EMULATE_PAIR(P, B, add_epi8, uint8_t, static_cast<uint8_t>(a + b))                                                    \
  EMULATE_PAIR(P, B, min_epu8, uint8_t, a < b ? a : b)                                                                  \
  EMULATE_PAIR(P, B, add_epi64, uint64_t, a + b)                                                                          \
  EMULATE_PAIR(P, B, sub_epi64, uint64_t, a - b)                                                                          \
  EMULATE_PAIR(P, B, mul_ps, float, a * b)                                                                                \
  EMULATE_PAIR(P, B, min_ps, float, a < b ? a : b)                                                                        \
  EMULATE_PAIR(P, B, max_ps, float, a > b ? a : b)                                                                        \
  EMULATE_PAIR(P, B, min_pd, double, a < b ? a : b)                                                                       \
  EMULATE_PAIR(P, B, max_pd, double, a > b ? a : b)                                                                       \
  inline Register<B> P##_set1_pd(double v) { return emulated::each<double, B>([&](int) { return v; }); }                  \
  inline Register<B> P##_loadu_pd(const double* p) { return emulated::load<B>(p); }                                       \
  inline void P##_storeu_pd(double* p, Register<B> r) { std::memcpy(static_cast<void*>(p), r.bytes, B); }                 \
  inline Register<B> P##_cvtps_pd(Register<B / 2> a) {                                                                    \
    return emulated::each<double, B>([&](int i) { return double{emulated::lane<float>(a, i)}; });                         \
  }                                                                                                                       \
  inline Register<B / 2> P##_cvtpd_ps(Register<B> a) {                                                                    \
    return emulated::each<float, B / 2>([&](int i) { return float(emulated::lane<double>(a, i)); });                      \
  }                                                                                                                       \
  inline Register<B> P##_fmadd_pd(Register<B> a, Register<B> b, Register<B> c) {                                          \
    using emulated::lane;                                                                                                 \
    return emulated::each<double, B>([&](int i) { return std::fma(lane<double>(a, i), lane<double>(b, i), lane<double>(c, i)); }); \
  }                                                                                                                       \
  inline Register<B> P##_mul_epi32(Register<B> a, Register<B> b) { return emulated::multiplyEven(a, b); }                 \
  inline Register<B> P##_srli_epi64(Register<B> a, int n) {                                                               \
    return emulated::each<uint64_t, B>([&](int i) { return emulated::lane<uint64_t>(a, i) >> n; });                       \
  }                                                                                                                       \
  inline Register<B> P##_srai_epi32(Register<B> a, int n) {                                                               \
    return emulated::each<int32_t, B>([&](int i) { return emulated::lane<int32_t>(a, i) >> n; });                         \
  }                                                                                                                       \
  inline Register<B> P##_slli_epi64(Register<B> a, int n) {                                                               \
    return emulated::each<uint64_t, B>([&](int i) { return emulated::lane<uint64_t>(a, i) << n; });                       \
  }                                                                                                                       \
  inline Register<B> P##_cvtepi32_ps(Register<B> a) {                                                                     \
    return emulated::each<float, B>([&](int i) { return float(emulated::lane<int32_t>(a, i)); });                         \
  }                                                                                                                       \
  inline Register<B> P##_cvtps_epi32(Register<B> a) { return emulated::toInteger(a); }                                    \
  inline Register<B> P##_cvtepi8_epi32(__m128i a) { return emulated::widen<int8_t, B>(a); }                               \
  inline Register<B> P##_cvtepu8_epi32(__m128i a) { return emulated::widen<uint8_t, B>(a); }                              \
  inline Register<B> P##_cvtepi8_epi16(Register<B / 2> a) {                                                               \
    return emulated::each<int16_t, B>([&](int i) { return int16_t{emulated::lane<int8_t>(a, i)}; });                      \
  }                                                                                                                       \
  inline Register<B> P##_cvtepu8_epi16(Register<B / 2> a) {                                                             \
    return emulated::each<int16_t, B>([&](int i) { return int16_t{emulated::lane<uint8_t>(a, i)}; });                   \
  }                                                                                                                     \
  inline Register<B> P##_unpacklo_epi16(Register<B> a, Register<B> b) { return emulated::interleave<int16_t>(a, b, false); } \
  inline Register<B> P##_unpackhi_epi16(Register<B> a, Register<B> b) { return emulated::interleave<int16_t>(a, b, true); }  \
  inline Register<B> P##_packus_epi16(Register<B> a, Register<B> b) { return emulated::pack<int16_t, uint8_t>(a, b); }  \
  inline Register<B> P##_packs_epi32(Register<B> a, Register<B> b) { return emulated::pack<int32_t, int16_t>(a, b); }
#define EMULATE_PAIR(P, B, name, T, expression)                         \
  inline Register<B> P##_##name(Register<B> x, Register<B> y) {         \
    return emulated::pairs<T>(x, y, [](T a, T b) { return expression; }); \
  }

EMULATE_BOTH(_mm256, 32, si256)
EMULATE_BOTH(_mm512, 64, si512)

// ---- 128 bits
inline __m128i _mm_loadu_si128(const __m128i* p) { return emulated::load<16>(p); }
inline __m128i _mm_loadl_epi64(const __m128i* p) {
  __m128i r{};
  std::memcpy(r.bytes, p, 8);
  return r;
}
inline void _mm_storeu_si128(__m128i* p, __m128i r) { std::memcpy(static_cast<void*>(p), r.bytes, 16); }
inline void _mm_storel_epi64(__m128i* p, __m128i r) { std::memcpy(static_cast<void*>(p), r.bytes, 8); }
inline __m128 _mm_loadu_ps(const float* p) { return emulated::load<16>(p); }
inline void _mm_storeu_ps(float* p, __m128 r) { std::memcpy(static_cast<void*>(p), r.bytes, 16); }
inline __m128i _mm_unpacklo_epi32(__m128i a, __m128i b) { return emulated::interleave<int32_t>(a, b, false); }

// ---- 256 bits only
inline __m256i _mm256_loadu_si256(const __m256i* p) { return emulated::load<32>(p); }
inline void _mm256_storeu_si256(__m256i* p, __m256i r) { std::memcpy(static_cast<void*>(p), r.bytes, 32); }
inline void _mm256_storeu_ps(float* p, __m256 r) { std::memcpy(static_cast<void*>(p), r.bytes, 32); }
inline __m256i _mm256_set1_epi64x(int64_t v) { return emulated::each<int64_t, 32>([&](int) { return v; }); }
EMULATE_PAIR(_mm256, 32, xor_si256, uint64_t, a ^ b)
EMULATE_PAIR(_mm256, 32, cmpgt_epi32, int32_t, a > b ? -1 : 0)
EMULATE_PAIR(_mm256, 32, srlv_epi64, uint64_t, b < 64 ? a >> b : 0)
inline __m256i _mm256_blend_epi32(__m256i a, __m256i b, int mask) {
  return emulated::each<int32_t, 32>([&](int i) { return emulated::lane<int32_t>(mask >> i & 1 ? b : a, i); });
}
inline __m256i _mm256_castps_si256(__m256 a) { return a; }
inline __m256 _mm256_castsi256_ps(__m256i a) { return a; }
inline __m256 _mm256_blendv_ps(__m256 a, __m256 b, __m256 signs) {
  return emulated::each<int32_t, 32>([&](int i) { return emulated::lane<int32_t>(emulated::lane<int32_t>(signs, i) < 0 ? b : a, i); });
}
inline __m256i _mm256_permute4x64_epi64(__m256i a, int order) {
  return emulated::each<int64_t, 32>([&](int i) { return emulated::lane<int64_t>(a, order >> 2 * i & 3); });
}
inline __m256i _mm256_shuffle_epi8(__m256i a, __m256i order) {
  return emulated::each<uint8_t, 32>([&](int i) {
    const uint8_t from = emulated::lane<uint8_t>(order, i);
    return from & 0x80 ? 0 : emulated::lane<uint8_t>(a, i / 16 * 16 + (from & 15));
  });
}
inline __m128i _mm256_extracti128_si256(__m256i a, int half) { return emulated::load<16>(a.bytes + 16 * half); }
inline __m128i _mm256_castsi256_si128(__m256i a) { return _mm256_extracti128_si256(a, 0); }
inline __m256i _mm256_permute2x128_si256(__m256i a, __m256i b, int control) {
  __m256i r;
  for (int half = 0; half < 2; half++) {
    const int from = control >> 4 * half & 3;
    std::memcpy(r.bytes + 16 * half, (from < 2 ? a : b).bytes + 16 * (from & 1), 16);
  }
  return r;
}
EMULATE_PAIR(_mm256, 32, add_epi16, uint16_t, static_cast<uint16_t>(a + b))
inline __m256i _mm256_madd_epi16(__m256i a, __m256i b) { return emulated::dotShorts(__m256i{}, a, b); }
EMULATE_PAIR(_mm256, 32, sign_epi8, int8_t, b < 0 ? -a : b > 0 ? a : 0)
inline __m256i _mm256_abs_epi8(__m256i a) { return _mm256_sign_epi8(a, a); }
inline __m256i _mm256_maddubs_epi16(__m256i a, __m256i b) {
  return emulated::each<int16_t, 32>([&](int i) {
    const auto product = [&](int k) { return emulated::lane<uint8_t>(a, k) * emulated::lane<int8_t>(b, k); };
    return emulated::saturate<int16_t>(product(2 * i) + product(2 * i + 1));
  });
}
inline __m256i _mm256_dpbusd_avx_epi32(__m256i sum, __m256i x, __m256i w) { return emulated::dotBytes(sum, x, w); }
inline __m256i _mm256_dpwssd_avx_epi32(__m256i sum, __m256i x, __m256i w) { return emulated::dotShorts(sum, x, w); }

// ---- 512 bits only
inline __m512i _mm512_loadu_si512(const void* p) { return emulated::load<64>(p); }
inline void _mm512_storeu_si512(void* p, __m512i r) { std::memcpy(p, r.bytes, 64); }
inline __m512i _mm512_set1_epi64(int64_t v) { return emulated::each<int64_t, 64>([&](int) { return v; }); }
EMULATE_PAIR(_mm512, 64, srav_epi64, int64_t, a >> (uint64_t(b) < 64 ? b : 63))
inline __mmask16 _mm512_cmpgt_epi32_mask(__m512i a, __m512i b) {
  unsigned mask = 0;
  for (int i = 0; i < 16; i++) mask |= unsigned{emulated::lane<int32_t>(a, i) > emulated::lane<int32_t>(b, i)} << i;
  return __mmask16(mask);
}
inline __m512i _mm512_maskz_set1_epi32(__mmask16 mask, int32_t v) {
  return emulated::each<int32_t, 64>([&](int i) { return mask >> i & 1 ? v : 0; });
}
inline __m512i _mm512_mask_blend_epi32(__mmask16 mask, __m512i a, __m512i b) {
  return emulated::each<int32_t, 64>([&](int i) { return emulated::lane<int32_t>(mask >> i & 1 ? b : a, i); });
}
inline __m128i _mm512_cvtepi32_epi8(__m512i a) { return emulated::truncate<int32_t, 16>(a); }
inline __mmask16 _mm512_movepi32_mask(__m512i a) { return _mm512_cmpgt_epi32_mask(__m512i{}, a); }
inline __m256i _mm512_extracti64x4_epi64(__m512i a, int half) { return emulated::load<32>(a.bytes + 32 * half); }
inline __m256i _mm512_castsi512_si256(__m512i a) { return _mm512_extracti64x4_epi64(a, 0); }
template <typename... Values>
__m512i _mm512_setr_epi64(Values... values) {
  const int64_t lanes[8] = {values...};
  return emulated::load<64>(lanes);
}
inline __m512i _mm512_permutexvar_epi64(__m512i order, __m512i a) {
  return emulated::each<int64_t, 64>([&](int i) { return emulated::lane<int64_t>(a, emulated::lane<int64_t>(order, i) & 7); });
}
template <typename... Values>
__m512i _mm512_setr_epi32(Values... values) {
  const int32_t lanes[16] = {values...};
  return emulated::load<64>(lanes);
}
inline __m512i _mm512_permutex2var_epi32(__m512i a, __m512i order, __m512i b) {
  return emulated::each<int32_t, 64>([&](int i) {
    const int from = emulated::lane<int32_t>(order, i) & 31;
    return emulated::lane<int32_t>(from < 16 ? a : b, from & 15);
  });
}
inline __m512i _mm512_dpbusd_epi32(__m512i sum, __m512i x, __m512i w) { return emulated::dotBytes(sum, x, w); }
inline __m512i _mm512_dpwssd_epi32(__m512i sum, __m512i x, __m512i w) { return emulated::dotShorts(sum, x, w); }
