/* Texts in which a short pattern occurs: places, each with the ASCII characters that may be there. Bits of a word, one for
 * each place, say whether the places up to it have just been passed (Shift-And: Baeza-Yates and Gonnet, 1992). */

#include "internal.h"

enum { LONGEST = 64 }; /* bytes of a text; a reader that skips ahead takes less time for longer ones */

/* Whether the pattern occurs in a text; adds all its bytes to those seen. */
INLINE int occurs(const fl_pattern *pattern, const uint8_t *text, uint32_t length, const int is_plain, uint8_t *seen) {
  uint64_t state = 0, found = 0, first = 1, again = is_plain || !pattern->from_start;
  for (uint32_t i = 0; i < length; i++, first = again) {
    *seen |= text[i];
    uint64_t passed = is_plain ? state * 2 + 1 : state << 1 | first | (state & pattern->repeated);
    state = passed & pattern->places[text[i] & 0x7F];
    found |= state;
  }
  return ((pattern->to_end ? state : found) & pattern->last) != 0;
}

/* Returns 1 if a text is not ASCII, or too long. */
INLINE int32_t match_all(const struct ArrowArray *texts, const fl_pattern *pattern, const int is_plain, uint8_t *holds) {
  const uint8_t *valid = texts->buffers[0];
  const fl_view *view = (const fl_view *)texts->buffers[1] + texts->offset;
  uint8_t seen = 0;
  for (int64_t row = 0; row < texts->length; row++, view++) {
    if (!(row & 7)) holds[row >> 3] = 0;
    if (!fl_is_valid(valid, row + texts->offset)) continue;
    if (view->length > LONGEST) return 1;
    const uint8_t *text = (const uint8_t *)&view->prefix;
    if (view->length > FL_SHORT_TEXT) text = fl_long_text(view, texts->buffers);
    holds[row >> 3] |= (uint8_t)(occurs(pattern, text, view->length, is_plain, &seen) << (row & 7));
    if (seen >> 7) return 1;
  }
  return 0;
}

static int32_t match(const struct ArrowArray *texts, const fl_pattern *pattern, uint8_t *holds) {
  if (pattern->repeated || pattern->from_start) return match_all(texts, pattern, 0, holds);
  return match_all(texts, pattern, 1, holds);
}

int32_t fl_matches(struct ArrowArrayStream *texts, int64_t rows, const fl_pattern *pattern, struct ArrowSchema *schema,
                   struct ArrowArray *array) {
  struct ArrowArray part = {0};
  if (!fl_has_format(texts, FL_VIEWS) || texts->get_next(texts, &part) || !part.release) return -1;
  fl_column holds = {FL_RECORD, part.length == rows ? fl_memory_new((size_t)rows / 8 + 1) : NULL, NULL};
  int32_t given_up = holds.values ? match(&part, pattern, holds.values) : -1;
  if (!given_up && fl_lend(&holds, rows, NULL, 0, schema, array)) given_up = -1;
  part.release(&part);
  fl_memory_free(holds.values);
  return given_up;
}
