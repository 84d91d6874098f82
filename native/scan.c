/* Find separators and literals with the widest vectors that this processor has. */

#include "internal.h"

#ifndef FL_X86
#if defined(__aarch64__) && !defined(FL_SCALAR)
#include <arm_neon.h>
static inline uint64_t equals_base(const uint8_t *at, uint8_t byte) {
  const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t wanted = vdupq_n_u8(byte);
  uint8x16_t a = vandq_u8(vceqq_u8(vld1q_u8(at), wanted), bit);
  uint8x16_t b = vandq_u8(vceqq_u8(vld1q_u8(at + 16), wanted), bit);
  uint8x16_t c = vandq_u8(vceqq_u8(vld1q_u8(at + 32), wanted), bit);
  uint8x16_t d = vandq_u8(vceqq_u8(vld1q_u8(at + 48), wanted), bit);
  uint8x16_t sum = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}
#else /* the reference, for processors without vectors that this library knows */
static inline uint64_t equals_base(const uint8_t *at, uint8_t byte) {
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(at[i] == byte) << i;
  return mask;
}
#endif
#else
#include <immintrin.h>
static inline uint64_t equals_base(const uint8_t *at, uint8_t byte) { /* SSE2, which every x86-64 has */
  __m128i wanted = _mm_set1_epi8((char)byte);
  uint64_t mask = 0;
  for (int i = 0; i < 4; i++) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(at + 16 * i));
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) << (16 * i);
  }
  return mask;
}

#define TARGET __attribute__((target("avx2,bmi,popcnt")))
TARGET static inline uint64_t equals_avx2(const uint8_t *at, uint8_t byte) {
  __m256i wanted = _mm256_set1_epi8((char)byte);
  __m256i low = _mm256_loadu_si256((const __m256i *)at), high = _mm256_loadu_si256((const __m256i *)(at + 32));
  uint64_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
  return first | (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)) << 32;
}
#define NAME(name) name##_avx2
#include "scan_body.h"
#undef NAME
#undef TARGET
#endif

#define TARGET
#define NAME(name) name##_base
#include "scan_body.h"
#undef NAME
#undef TARGET

#ifdef FL_X86
#include <cpuid.h>

static int32_t has_avx2;
int32_t fl_has_avx2(void) { return has_avx2; }

#ifndef FL_SSE2 /* Zig's libraries have no __builtin_cpu_supports that ever says yes */
__attribute__((constructor)) static void look_for_avx2(void) {
  const uint32_t first = bit_OSXSAVE | bit_POPCNT, seventh = bit_AVX2 | bit_BMI;
  uint32_t a, b, c, d, saved;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first) return;
  __asm__("xgetbv" : "=a"(saved), "=d"(d) : "c"(0)); /* what the system keeps of a thread that waits: 6 is all of AVX */
  has_avx2 = (saved & 6) == 6 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & seventh) == seventh;
}
#endif
#define DISPATCH(name, ...) (has_avx2 ? name##_avx2(__VA_ARGS__) : name##_base(__VA_ARGS__))
#else
#define DISPATCH(name, ...) name##_base(__VA_ARGS__)
#endif

int32_t fl_any_high(const uint8_t *block, uint32_t from, uint32_t to) { /* compilers make vector code of it */
  uint8_t bits = 0;
  for (uint32_t at = from; at < to; at++) bits |= block[at];
  return bits >> 7;
}

void fl_scan(const uint8_t *block, uint32_t from, uint32_t to, fl_window *window) {
  DISPATCH(scan, block, from, to, window);
}

uint32_t fl_find(const uint8_t *block, uint32_t from, uint32_t to, const uint8_t *literal, uint32_t size) {
  return DISPATCH(find, block, from, to, literal, size);
}
