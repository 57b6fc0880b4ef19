// Lanes of AVX2: 8 int32. Included inside the anonymous namespace of avx2.cc and avxvnni.cc, which differ in their dot
// products only.
using V = __m256i;
using W = __m256i;
constexpr int32_t LANES = 8, VECTORS = 2, ROWS = 6, PEAK_CHAINS = 12;

INLINE V load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const V*>(p)); }
INLINE V loadBytes(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const V*>(p)); }
INLINE W loadWide(const int16_t* p) { return _mm256_loadu_si256(reinterpret_cast<const W*>(p)); }
INLINE void store(int32_t* p, V v) { _mm256_storeu_si256(reinterpret_cast<V*>(p), v); }
INLINE V splat(int32_t value) { return _mm256_set1_epi32(value); }
INLINE V add(V a, V b) { return _mm256_add_epi32(a, b); }
INLINE V subtract(V a, V b) { return _mm256_sub_epi32(a, b); }
INLINE V bitAnd(V a, V b) { return _mm256_and_si256(a, b); }
INLINE V shiftLeft(V v, V n) { return _mm256_sllv_epi32(v, n); }
INLINE V shiftRight(V v, V n) { return _mm256_srav_epi32(v, n); }
INLINE V isGreater(V a, V b) { return _mm256_cmpgt_epi32(a, b); }
INLINE V minimum(V a, V b) { return _mm256_min_epi32(a, b); }
INLINE V maximum(V a, V b) { return _mm256_max_epi32(a, b); }
INLINE V lowProduct(V a, V b) { return _mm256_mullo_epi32(a, b); }

INLINE V signOf(V v) { return _mm256_srai_epi32(v, 31); }

INLINE V chooseBySign(V v, V notBelow, V below) {
  const __m256 chosen = _mm256_blendv_ps(_mm256_castsi256_ps(notBelow), _mm256_castsi256_ps(below), _mm256_castsi256_ps(v));
  return _mm256_castps_si256(chosen);
}

INLINE V productBy30(V even, V odd, V b) {
  const V low = _mm256_srli_epi64(_mm256_mul_epi32(even, b), 30);
  const V high = _mm256_slli_epi64(_mm256_mul_epi32(odd, _mm256_srli_epi64(b, 32)), 2);
  return _mm256_blend_epi32(low, high, 0xAA);
}
INLINE V productBy30(V a, V b) { return productBy30(a, _mm256_srli_epi64(a, 32), b); }
INLINE V productBy30(const int32_t* p, V b) { return productBy30(load(p), load(p + 1), b); }  // a load costs less than a shift

INLINE V highProduct(V a, V b) {
  const V nudge = _mm256_set1_epi64x(int64_t{1} << 30);
  const V even = _mm256_add_epi64(_mm256_mul_epi32(a, b), nudge);
  const V odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), nudge);
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xAA);
}

// AVX2 has no arithmetic shift of int64: the sign is moved away before a logical one, and moved back behind it.
INLINE V shiftRounded(V product, V n) {
  const V sign = _mm256_set1_epi64x(INT64_MIN), one = _mm256_set1_epi64x(1);
  const V rounded = _mm256_add_epi64(product, _mm256_sllv_epi64(one, _mm256_sub_epi64(n, one)));
  return _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(rounded, sign), n), _mm256_srlv_epi64(sign, n));
}

INLINE V shiftedProduct(V a, V b, V n) {
  const V evenShift = _mm256_and_si256(n, _mm256_set1_epi64x(0xFFFFFFFF)), oddShift = _mm256_srli_epi64(n, 32);
  const V even = shiftRounded(_mm256_mul_epi32(a, b), evenShift);
  const V odd = shiftRounded(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), oddShift);
  return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

// What fits no int32 becomes the lowest one, which storeBytes clamps: below the lowest output that is right.
INLINE V scaled(V v, const float* scale, float, float highest) {
  const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(v), _mm256_loadu_ps(scale));
  return _mm256_cvtps_epi32(_mm256_min_ps(product, _mm256_set1_ps(highest)));
}

INLINE V widenBytes(const uint8_t* p, bool isSigned) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return isSigned ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
}

INLINE W widenShorts(const uint8_t* p, bool isSigned) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return isSigned ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
}
INLINE W subtractWide(W a, W b) { return _mm256_sub_epi16(a, b); }
INLINE void storeWide(int16_t* p, W w) { _mm256_storeu_si256(reinterpret_cast<W*>(p), w); }

INLINE void narrow(uint8_t* p, V v) {
  const V first = _mm256_set1_epi32(0x0C080400);  // the low byte of each int32 of a half, side by side
  const V halves = _mm256_shuffle_epi8(v, first);
  const __m128i bytes = _mm_unpacklo_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), bytes);
}

INLINE V spread(const uint8_t* p) {
  int32_t value;
  __builtin_memcpy(&value, p, 4);
  return _mm256_set1_epi32(value);
}

INLINE W pairLow(W a, W b) { return _mm256_unpacklo_epi16(a, b); }
INLINE W pairHigh(W a, W b) { return _mm256_unpackhi_epi16(a, b); }

INLINE W packShorts(V low, V high, W added) { return _mm256_adds_epi16(_mm256_packs_epi32(low, high), added); }

INLINE void storeBytes(uint8_t* p, uint8_t* q, W a, W b, W most, W lowest) {
  const W limited = _mm256_min_epu8(_mm256_packus_epi16(a, b), most);
  const W bytes = _mm256_permute4x64_epi64(_mm256_add_epi8(limited, lowest), 0xD8);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(bytes));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(q), _mm256_extracti128_si256(bytes, 1));
}

INLINE void storeSums(int32_t* p, V low, V high) {
  store(p, _mm256_permute2x128_si256(low, high, 0x20));
  store(p + LANES, _mm256_permute2x128_si256(low, high, 0x31));
}

// 12 sums of reals, a pixel's value for each of 3 rows and a weight: all 16 registers
using R = __m256d;
constexpr int32_t REALS = 4, REAL_VECTORS = 4, REAL_ROWS = 3;
INLINE R loadReals(const double* p) { return _mm256_loadu_pd(p); }
INLINE void storeReals(double* p, R r) { _mm256_storeu_pd(p, r); }
INLINE R splatReal(double value) { return _mm256_set1_pd(value); }
INLINE R widenReal(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
INLINE void narrowReals(float* p, R r) { _mm_storeu_ps(p, _mm256_cvtpd_ps(r)); }
INLINE R multiplyAdd(R a, R b, R sum) { return _mm256_fmadd_pd(a, b, sum); }
// of a number and none, both take the second
INLINE R clampReals(R v, R lowest, R highest) { return _mm256_min_pd(highest, _mm256_max_pd(lowest, v)); }
