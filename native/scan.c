/* Find separators and literals with the widest vectors that this processor has. */

#include "internal.h"

/* The functions that scan_body.h expects: where the bits of a mask are, and the bits under a mask, side by side. */

#define POSITIONS \
  (uint32_t * next, uint64_t mask, uint32_t base) { /* eight at once, so the array needs spare ones */ \
    for (; mask; next += 8) \
      for (int i = 0; i < 8; i++, mask &= mask - 1) \
        next[i] = base + (uint32_t)__builtin_ctzll(mask | UINT64_C(1) << 63); \
  }

static inline void positions_base POSITIONS

static inline uint64_t gather_base(uint64_t bits, uint64_t mask) { /* fast if few bits are set */
  uint64_t gathered = 0;
  for (; bits; bits &= bits - 1) gathered |= UINT64_C(1) << __builtin_popcountll(mask & ((bits & -bits) - 1));
  return gathered;
}

#ifdef FL_X86
#include <immintrin.h>

/* SSE2, which every x86-64 has. */
static inline uint64_t equals_base(const uint8_t *at, uint8_t byte) {
  __m128i wanted = _mm_set1_epi8((char)byte);
  uint64_t mask = 0;
  for (int i = 0; i < 4; i++) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(at + 16 * i));
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) << (16 * i);
  }
  return mask;
}
static inline uint64_t digits_base(const uint8_t *at) { /* bytes are compared with a sign, so 0 becomes the least one */
  uint64_t mask = 0;
  for (int i = 0; i < 4; i++) {
    __m128i moved = _mm_add_epi8(_mm_loadu_si128((const __m128i *)(at + 16 * i)), _mm_set1_epi8((char)(128 - '0')));
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + 10))) << (16 * i);
  }
  return mask;
}

#define TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
TARGET static inline uint64_t mask_avx2(__m256i low, __m256i high) {
  return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}
TARGET static inline __m256i half_avx2(const uint8_t *at) { return _mm256_loadu_si256((const __m256i *)at); }
TARGET static inline uint64_t equals_avx2(const uint8_t *at, uint8_t byte) {
  __m256i wanted = _mm256_set1_epi8((char)byte);
  return mask_avx2(_mm256_cmpeq_epi8(half_avx2(at), wanted), _mm256_cmpeq_epi8(half_avx2(at + 32), wanted));
}
TARGET static inline uint64_t digits_avx2(const uint8_t *at) {
  __m256i moved = _mm256_set1_epi8((char)(128 - '0')), above = _mm256_set1_epi8(-128 + 10);
  return mask_avx2(_mm256_cmpgt_epi8(above, _mm256_add_epi8(half_avx2(at), moved)),
                   _mm256_cmpgt_epi8(above, _mm256_add_epi8(half_avx2(at + 32), moved)));
}
TARGET static inline void positions_avx2 POSITIONS
TARGET static inline uint64_t gather_avx2(uint64_t bits, uint64_t mask) { return _pext_u64(bits, mask); }
#define NAME(name) name##_avx2
#include "scan_body.h"
#undef NAME
#undef TARGET

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi,bmi2,popcnt")))
TARGET static inline uint64_t equals_avx512(const uint8_t *at, uint8_t byte) {
  return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(at), _mm512_set1_epi8((char)byte));
}
TARGET static inline uint64_t digits_avx512(const uint8_t *at) {
  return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(_mm512_loadu_si512(at), _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
}
TARGET static inline void positions_avx512(uint32_t *next, uint64_t mask, uint32_t base) { /* sixteen at once */
  static const uint8_t numbers[64] = {
      0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
      32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
  __m512i places = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(numbers));
  for (int left = __builtin_popcountll(mask); left > 0; left -= 16, next += 16) {
    __m512i sixteen = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places));
    _mm512_storeu_si512(next, _mm512_add_epi32(sixteen, _mm512_set1_epi32((int)base)));
    places = _mm512_alignr_epi64(places, places, 2);
  }
}
TARGET static inline uint64_t gather_avx512(uint64_t bits, uint64_t mask) { return _pext_u64(bits, mask); }
#define NAME(name) name##_avx512
#include "scan_body.h"
#undef NAME
#undef TARGET

#elif defined(__aarch64__) && !defined(FL_SCALAR)
#include <arm_neon.h>

static inline uint64_t mask_base(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
  const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t low = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit)), high = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));
  uint8x16_t sum = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}
static inline uint64_t equals_base(const uint8_t *at, uint8_t byte) {
  uint8x16_t wanted = vdupq_n_u8(byte);
  return mask_base(vceqq_u8(vld1q_u8(at), wanted), vceqq_u8(vld1q_u8(at + 16), wanted),
                   vceqq_u8(vld1q_u8(at + 32), wanted), vceqq_u8(vld1q_u8(at + 48), wanted));
}
static inline uint8x16_t are_digits(const uint8_t *at) {
  return vcltq_u8(vsubq_u8(vld1q_u8(at), vdupq_n_u8('0')), vdupq_n_u8(10));
}
static inline uint64_t digits_base(const uint8_t *at) {
  return mask_base(are_digits(at), are_digits(at + 16), are_digits(at + 32), are_digits(at + 48));
}

#else /* the reference, for processors without vectors that this library knows */
static inline uint64_t equals_base(const uint8_t *at, uint8_t byte) {
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(at[i] == byte) << i;
  return mask;
}
static inline uint64_t digits_base(const uint8_t *at) {
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(at[i] >= '0' && at[i] <= '9') << i;
  return mask;
}
#endif

#define TARGET
#define NAME(name) name##_base
#include "scan_body.h"
#undef NAME
#undef TARGET

#ifdef FL_X86
#include <cpuid.h>

static int32_t has_avx2, has_avx512;
int32_t fl_has_avx2(void) { return has_avx2; }

#ifndef FL_SSE2 /* Zig's libraries have no __builtin_cpu_supports that ever says yes */
__attribute__((constructor)) static void look_for_vectors(void) {
  const uint32_t first = bit_OSXSAVE | bit_POPCNT, avx2 = bit_AVX2 | bit_BMI | bit_BMI2;
  uint32_t a, b, c, d, kept;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first) return;
  __asm__("xgetbv" : "=a"(kept), "=d"(d) : "c"(0)); /* the vectors that the system keeps of a thread that waits */
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
  has_avx2 = (kept & 0x06) == 0x06 && (b & avx2) == avx2;
#ifndef FL_AVX2
  const uint32_t avx512 = avx2 | bit_AVX512F | bit_AVX512BW;
  has_avx512 = (kept & 0xE6) == 0xE6 && (b & avx512) == avx512 && (c & bit_AVX512VBMI2);
#endif
}
#endif
#define AVX2_OR_BASE(name, ...) (has_avx2 ? name##_avx2(__VA_ARGS__) : name##_base(__VA_ARGS__))
#define DISPATCH(name, ...) (has_avx512 ? name##_avx512(__VA_ARGS__) : AVX2_OR_BASE(name, __VA_ARGS__))
#else
#define DISPATCH(name, ...) name##_base(__VA_ARGS__)
#endif

int32_t fl_any_high(const uint8_t *block, uint32_t from, uint32_t to) { return DISPATCH(any_high, block, from, to); }

void fl_scan(const uint8_t *block, uint32_t from, uint32_t to, fl_window *window) {
  DISPATCH(scan, block, from, to, window);
}

uint32_t fl_find(const uint8_t *block, uint32_t from, uint32_t to, const uint8_t *literal, uint32_t size) {
  return DISPATCH(find, block, from, to, literal, size);
}
