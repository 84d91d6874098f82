/* IPv4 addresses as 32-bit numbers. */

#include "internal.h"

#include <stdlib.h>

typedef unsigned __int128 text16; /* up to 16 bytes of text, the first one lowest */

/* A bit for each of 8 bytes that is a dot. */
static inline uint32_t dots_in(uint64_t word) {
  const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
  word ^= UINT64_C(0x2E2E2E2E2E2E2E2E);
  uint64_t zeros = ~(((word & low) + low) | word | low) >> 7;
  return (uint32_t)(zeros * UINT64_C(0x0102040810204080) >> 56);
}

typedef struct {
  uint64_t first, last;
} words;

/* The first and the last eight bytes of 7 to 15, without branches on where they are: addresses are just about twelve
 * bytes long. Of seven bytes, the last eight begin with the one before, which is part of the view. */
static inline words words_of(const fl_view *view, const void *const *buffers) {
  uintptr_t is_long = -(uintptr_t)(view->length > FL_SHORT_TEXT), within = (uintptr_t)&view->prefix;
  uintptr_t stored = (uintptr_t)buffers[2 + (view->rest & is_long & UINT32_MAX)] + (view->rest >> 32);
  const uint8_t *text = (const uint8_t *)((within & ~is_long) | (stored & is_long));
  words found;
  memcpy(&found.first, text, 8);
  memcpy(&found.last, text + view->length - 8, 8);
  return found;
}

enum { AHEAD = 64 };

/* Ask for the bytes of a long text some rows before they are needed: its block has left the cache since it was read. */
static inline void prefetch(const fl_view *view, const void *const *buffers) {
  if (view->length > FL_SHORT_TEXT) __builtin_prefetch(fl_long_text(view, buffers));
}

static inline uint32_t number_of_base(const fl_view *view, const void *const *buffers) {
  static const uint32_t least[] = {0, 0, 10, 100};
  if (view->length - 7 > 8) return view->length == 1 && view->prefix == '-' ? FL_DASH : FL_OTHER;
  words found = words_of(view, buffers);
  text16 text = found.first | (text16)found.last << 64 >> (8 * (16 - view->length));
  uint32_t dots = dots_in((uint64_t)text) | dots_in((uint64_t)(text >> 64)) << 8, address = 0, start = 0, wrong = 0;
  dots |= UINT32_C(1) << view->length | UINT32_C(1) << 31;
  for (int i = 0; i < 4; i++, dots &= dots - 1) {
    uint32_t end = (uint32_t)__builtin_ctz(dots), length = end - start;
    if (length - 1 > 2) return FL_OTHER;
    uint32_t shift = 32 - 8 * length, digits = (uint32_t)(text >> (8 * start)) << shift;
    digits ^= UINT32_C(0x30303030) << shift;
    uint32_t octet = (digits >> 24) + 10 * (digits >> 16 & 255) + 100 * (digits >> 8 & 255);
    wrong |= (digits | (digits + 0x06060606)) & 0xF0F0F0F0;
    wrong |= (octet > 255) | (octet < least[length]);
    address = address << 8 | (octet & 255);
    start = end + 1;
  }
  return wrong || dots != UINT32_C(1) << 31 || address > FL_OTHER ? FL_OTHER : address;
}

#ifdef FL_X86
#include <immintrin.h>

typedef struct { /* of an address whose octets have certain numbers of digits */
  uint8_t digits[16]; /* where those of each octet are: hundreds, tens, ones, nothing */
  int32_t least[4];   /* values of the octets */
} spelling;

static spelling spellings[82];       /* the first one is none */
static uint8_t spelling_of[1 << 16]; /* by the places of the dots and of the end */

/* The place of a byte in two words, of which the second one ends with the text. */
static uint8_t place_of(int at, int length) { return (uint8_t)(at < 8 ? at : at + 16 - length); }

static void add_spelling(spelling *made, const int *lengths) {
  int length = lengths[0] + lengths[1] + lengths[2] + lengths[3] + 3, places = 0;
  for (int octet = 0, end = -1; octet < 4; octet++) {
    end += lengths[octet] + 1;
    places |= 1 << end;
    for (int i = 0; i < 4; i++)
      made->digits[4 * octet + i] = i < 3 && 3 - i <= lengths[octet] ? place_of(end - 3 + i, length) : 0x80;
    made->least[octet] = lengths[octet] == 1 ? 0 : lengths[octet] == 2 ? 10 : 100;
  }
  spelling_of[places] = (uint8_t)(made - spellings);
}

__attribute__((constructor)) static void add_spellings(void) {
  for (int i = 0; i < 81; i++)
    add_spelling(spellings + 1 + i, (const int[]){i / 27 + 1, i / 9 % 3 + 1, i / 3 % 3 + 1, i % 3 + 1});
}

#define AVX2 __attribute__((target("avx2")))
AVX2 static inline uint32_t number_of_avx2(const fl_view *view, const void *const *buffers) {
  if (view->length - 7 > 8) return view->length == 1 && view->prefix == '-' ? FL_DASH : FL_OTHER;
  words ends = words_of(view, buffers);
  __m128i text = _mm_set_epi64x((int64_t)ends.last, (int64_t)ends.first);
  uint32_t dots = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8('.')));
  uint32_t places = (dots & 255) | (dots >> 8 << view->length >> 8) | UINT32_C(1) << view->length;
  const spelling *found = spellings + spelling_of[places];
  __m128i order = _mm_loadu_si128((const __m128i *)found->digits);
  __m128i digits = _mm_shuffle_epi8(_mm_sub_epi8(text, _mm_set1_epi8('0')), order);
  __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi32(0x00010A64)); /* times 100, 10, 1 and 0 */
  __m128i octets = _mm_madd_epi16(pairs, _mm_set1_epi16(1));
  __m128i wrong = _mm_subs_epu8(digits, _mm_set1_epi8(9));
  wrong = _mm_or_si128(wrong, _mm_cmpgt_epi32(octets, _mm_set1_epi32(255)));
  wrong = _mm_or_si128(wrong, _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)found->least), octets));
  uint32_t address = (uint32_t)_mm_cvtsi128_si32(_mm_shuffle_epi8(octets, _mm_set1_epi32(0x0004080C)));
  return found == spellings || !_mm_testz_si128(wrong, wrong) || address > FL_OTHER ? FL_OTHER : address;
}
#endif

static inline __attribute__((always_inline)) int64_t read_addresses(
    const struct ArrowArray *texts, uint32_t *address, uint32_t (*number_of)(const fl_view *, const void *const *)) {
  const uint8_t *valid = texts->buffers[0];
  const fl_view *view = (const fl_view *)texts->buffers[1] + texts->offset;
  int64_t others = 0;
  for (int64_t row = 0; row < texts->length; row++, view++, address++) {
    int is_null = !fl_is_valid(valid, row + texts->offset);
    if (!valid && row < texts->length - AHEAD) prefetch(view + AHEAD, texts->buffers);
    *address = is_null ? FL_MISSING : number_of(view, texts->buffers);
    others += *address == FL_OTHER;
  }
  return others;
}

#ifdef FL_X86
AVX2 static int64_t read_avx2(const struct ArrowArray *texts, uint32_t *address) {
  return read_addresses(texts, address, number_of_avx2);
}
#endif

static int64_t read_part(const struct ArrowArray *texts, uint32_t *address) {
#ifdef FL_X86
  if (fl_has_avx2()) return read_avx2(texts, address);
#endif
  return read_addresses(texts, address, number_of_base);
}

int64_t fl_addresses(struct ArrowArrayStream *texts, int64_t rows, struct ArrowSchema *schema,
                     struct ArrowArray *array) {
  fl_column column = {FL_UINT32, fl_has_format(texts, FL_VIEWS) ? fl_memory_new(4 * (size_t)rows) : NULL, NULL};
  uint32_t *address = column.values;
  int64_t others = 0, done = 0;
  struct ArrowArray part;
  while (address && !texts->get_next(texts, &part)) {
    if (!part.release && done == rows && !fl_lend(&column, rows, NULL, 0, schema, array)) return others;
    if (!part.release) break;
    if (part.length <= rows - done) others += read_part(&part, address + done);
    done += part.length;
    part.release(&part);
  }
  fl_memory_free(address);
  return -1;
}
