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

/* The text of a view of 7 to 15 bytes, without branches on where it is: addresses are just about twelve bytes long. */
static inline text16 text_of(const fl_view *view, const void *const *buffers) {
  uintptr_t is_long = -(uintptr_t)(view->length > 12), within = (uintptr_t)&view->prefix;
  uintptr_t stored = (uintptr_t)buffers[2 + (view->rest & is_long & UINT32_MAX)] + (view->rest >> 32);
  const uint8_t *text = (const uint8_t *)((within & ~is_long) | (stored & is_long));
  uint64_t low, high;
  memcpy(&low, text, 8);
  memcpy(&high, text + view->length - 8, 8);
  return low | (text16)high << 64 >> (8 * (16 - view->length));
}

static inline uint32_t number_of(const fl_view *view, const void *const *buffers) {
  static const uint32_t least[] = {0, 0, 10, 100};
  if (view->length - 7 > 8) return view->length == 1 && view->prefix == '-' ? FL_DASH : FL_OTHER;
  text16 text = text_of(view, buffers);
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

static int64_t read_addresses(const struct ArrowArray *texts, uint32_t *address) {
  const uint8_t *valid = texts->buffers[0];
  const fl_view *view = (const fl_view *)texts->buffers[1] + texts->offset;
  int64_t others = 0;
  for (int64_t row = 0; row < texts->length; row++, view++, address++) {
    int64_t at = row + texts->offset;
    int is_null = valid && !(valid[at >> 3] >> (at & 7) & 1);
    *address = is_null ? FL_MISSING : number_of(view, texts->buffers);
    others += *address == FL_OTHER;
  }
  return others;
}

static int is_views(struct ArrowArrayStream *texts) {
  struct ArrowSchema schema;
  if (texts->get_schema(texts, &schema)) return 0;
  int found = !strcmp(schema.format, "vu");
  schema.release(&schema);
  return found;
}

int64_t fl_addresses(struct ArrowArrayStream *texts, int64_t rows, struct ArrowSchema *schema,
                     struct ArrowArray *array) {
  fl_column column = {FL_UINT32, is_views(texts) ? malloc(4 * (size_t)rows + 1) : NULL, NULL};
  uint32_t *address = column.values;
  int64_t others = 0, done = 0;
  struct ArrowArray part;
  while (address && !texts->get_next(texts, &part)) {
    if (!part.release && done == rows && !fl_lend(&column, rows, NULL, 0, schema, array)) return others;
    if (!part.release) break;
    if (part.length <= rows - done) others += read_addresses(&part, address + done);
    done += part.length;
    part.release(&part);
  }
  free(address);
  return -1;
}
