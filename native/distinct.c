/* Texts as numbers of distinct texts. */

#include "internal.h"

#include <stdlib.h>

enum { SLOTS = 2 * FL_MOST_DISTINCT, MOST_STEPS = 4, MEMO_BITS = 12, TRIED = 4096 };

typedef struct {
  uint64_t head, rest; /* of the view; the rest of a long text is where it is in memory */
  uint32_t number;     /* counted from 1; 0 in a slot that is free */
} slot;

typedef struct { /* of a long text: where it is in memory */
  uint64_t rest;
  uint32_t length, number;
} memo;

typedef struct {
  slot slots[SLOTS];
  memo memos[1 << MEMO_BITS]; /* of texts in the same memory as another row's, as those of dictionaries are */
  int64_t hits;
  uint32_t *first; /* the row where each text comes first */
  int64_t count;
  int64_t steps; /* past slots of other texts; there are few, unless somebody has looked for texts of one hash */
} seen_texts;

static inline uint64_t word_at(const uint8_t *text) {
  uint64_t word;
  memcpy(&word, text, sizeof word);
  return word;
}

/* Texts of more than 12 bytes, of which the first four are known: words, of which the last one ends with the text. */
static inline uint64_t hash_of(const uint8_t *text, uint32_t length, uint64_t hash) {
  for (uint32_t at = 4; at + 8 < length; at += 8) hash = fl_mixed(hash, word_at(text + at));
  return fl_mixed(hash, word_at(text + length - 8));
}

static inline int is_same(const uint8_t *text, const uint8_t *other, uint32_t length) {
  for (uint32_t at = 4; at + 8 < length; at += 8)
    if (word_at(text + at) != word_at(other + at)) return 0;
  return word_at(text + length - 8) == word_at(other + length - 8);
}

static inline const uint8_t *place(uint64_t rest) { return (const uint8_t *)(uintptr_t)rest; }

/* The number of a text, counted from 1; 0 if there are too many. */
static inline uint32_t number_of(seen_texts *seen, const fl_view *view, const void *const *buffers, uint32_t row) {
  uint64_t head = view->length | (uint64_t)view->prefix << 32, rest = view->rest, hash;
  uint32_t is_long = view->length > FL_SHORT_TEXT;
  if (is_long) {
    rest = (uint64_t)(uintptr_t)fl_long_text(view, buffers);
    hash = hash_of(place(rest), view->length, head);
  } else {
    hash = fl_mixed(head, rest);
  }
  for (uint64_t at = hash % SLOTS;; at = (at + 1) % SLOTS, seen->steps++) {
    slot *slot = seen->slots + at;
    if (!slot->number) {
      if (seen->count == FL_MOST_DISTINCT) return 0;
      seen->first[seen->count++] = row;
      slot->head = head, slot->rest = rest, slot->number = (uint32_t)seen->count;
      return slot->number;
    }
    if (slot->head != head) continue;
    if (slot->rest == rest || (is_long && is_same(place(slot->rest), place(rest), view->length))) return slot->number;
  }
}

/* The place of a long text in the memo: texts that follow each other in one buffer have places of their own. */
static inline uint32_t memo_of(uint64_t rest) {
  uint32_t buffer = (uint32_t)rest, at = (uint32_t)(rest >> 32);
  return (at / 8 ^ buffer << (MEMO_BITS / 2)) & ((1 << MEMO_BITS) - 1);
}

/* The same, in less time for a long text in the same memory as one before it. That is looked for as long as half of the rows
 * have such texts. */
static inline uint32_t number_of_any(seen_texts *seen, const fl_view *view, const void *const *buffers, uint32_t row) {
  if (view->length <= FL_SHORT_TEXT || seen->hits * 2 + TRIED <= row) return number_of(seen, view, buffers, row);
  memo *memo = seen->memos + memo_of(view->rest);
  if (memo->rest == view->rest && memo->length == view->length) {
    seen->hits++;
    return memo->number;
  }
  memo->rest = view->rest, memo->length = view->length;
  return memo->number = number_of(seen, view, buffers, row);
}

/* Number all texts; returns how many are distinct, or 0 if there are too many. */
static int64_t number_all(seen_texts *seen, const struct ArrowArray *texts, uint32_t *number) {
  const uint8_t *valid = texts->buffers[0];
  const fl_view *view = (const fl_view *)texts->buffers[1] + texts->offset;
  uint32_t null = 0;
  for (int64_t row = 0; row < texts->length; row++) {
    int is_null = !fl_is_valid(valid, row + texts->offset);
    if (UNLIKELY(is_null && !null && seen->count < FL_MOST_DISTINCT)) {
      seen->first[seen->count++] = (uint32_t)row;
      null = (uint32_t)seen->count;
    }
    uint32_t found = is_null ? null : number_of_any(seen, view + row, texts->buffers, (uint32_t)row);
    if (!found || seen->steps > MOST_STEPS * (row + SLOTS)) return 0;
    number[row] = found - 1;
  }
  return seen->count;
}

int64_t fl_distinct(struct ArrowArrayStream *texts, int64_t rows, struct ArrowSchema *schema, struct ArrowArray *array,
                    struct ArrowSchema *first_schema, struct ArrowArray *first_array) {
  struct ArrowArray part = {0};
  if (!fl_has_format(texts, FL_VIEWS) || rows > UINT32_MAX || texts->get_next(texts, &part) || !part.release) return -1;
  fl_column numbers = {FL_UINT32, fl_memory_new(4 * (size_t)rows), NULL};
  fl_column first = {FL_UINT32, fl_memory_new(4 * FL_MOST_DISTINCT), NULL};
  seen_texts *seen = calloc(1, sizeof *seen);
  int64_t count = -1;
  if (part.length == rows && numbers.values && first.values && seen) {
    seen->first = first.values;
    count = number_all(seen, &part, numbers.values);
    if (count > 0 && fl_lend(&numbers, rows, NULL, 0, schema, array)) count = -1;
    if (count > 0 && fl_lend(&first, count, NULL, 0, first_schema, first_array)) array->release(array), count = -1;
  }
  part.release(&part);
  fl_memory_free(numbers.values);
  fl_memory_free(first.values);
  free(seen);
  return count;
}
