/* What the parts of the library share; nothing here is visible outside. */
#ifndef FL_INTERNAL_H
#define FL_INTERNAL_H

#include <stddef.h>
#include <string.h>

#include "flowlocal.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NONE UINT32_MAX

/* scan.c: where separators are */

enum { WINDOW = 1 << 15 }; /* bytes scanned at a time: positions of a window stay in the first-level cache */

typedef struct {
  uint32_t separators[WINDOW + 8]; /* blanks and newlines, as positions in the block */
  uint32_t newlines[WINDOW + 8];
  size_t separator_count, newline_count;
  uint64_t adjacent; /* not 0 if two separators follow each other, or the first one comes first */
} fl_window;

void fl_scan(const uint8_t *block, uint32_t from, uint32_t to, fl_window *window);
int32_t fl_any_high(const uint8_t *block, uint32_t from, uint32_t to);
/* The first place from `from` where the literal begins, or NONE; looks no further than `to`. */
uint32_t fl_find(const uint8_t *block, uint32_t from, uint32_t to, const uint8_t *literal, uint32_t size);

/* columns.c: growing columns, and what Arrow takes */

typedef struct {
  int32_t kind;
  void *values;
  uint8_t *valid; /* a bit for each row; NULL while no row is null */
} fl_column;

typedef struct {
  uint32_t length;
  uint8_t prefix[4];
  union {
    uint8_t rest[8];
    struct {
      uint32_t buffer, offset;
    } at;
  } tail;
} fl_view; /* Arrow's string view */

typedef struct {
  int64_t count, capacity, names;
  uint32_t *line, *start, *end;
  uint8_t *reason;
} fl_unparsed;

typedef struct {
  int32_t count, slot[FL_MOST_SLOTS];
} fl_slots;

struct fl_table {
  const fl_plan *plan; /* outlives the table */
  fl_block *block;
  const uint8_t *bytes;
  int64_t size, rows, lines, capacity;
  fl_column *columns;
  fl_slots *absent; /* for each layout, the slots that its records leave empty */
  fl_unparsed unparsed;
  int64_t time; /* of the line before, if has_time */
  int32_t has_time;
  int32_t has_high;  /* whether any byte is not ASCII */
  int32_t has_nulls; /* whether the row that is being made has any */
  fl_window window;
};

int32_t fl_reserve(fl_table *table, int64_t more);
/* Make a row null in a column; -1 if memory is short for its bitmap. */
int32_t fl_null(fl_table *table, fl_column *column, int64_t row);
/* Make a row as if nothing had been put there. */
void fl_forget(fl_table *table, int64_t row);
int32_t fl_add_unparsed(fl_table *table, uint32_t start, uint32_t end, uint8_t reason);

static inline void fl_put_text(fl_column *column, int64_t row, const uint8_t *block, uint32_t start, uint32_t end) {
  static const uint8_t mask[24] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  fl_view *view = (fl_view *)column->values + row;
  uint32_t length = end - start;
  view->length = length;
  if (length <= 12) { /* the block is padded, so twelve bytes can be read anywhere */
    uint64_t first, keep_first;
    uint32_t last, keep_last;
    memcpy(&first, block + start, 8);
    memcpy(&last, block + start + 8, 4);
    memcpy(&keep_first, mask + 12 - length, 8);
    memcpy(&keep_last, mask + 20 - length, 4);
    first &= keep_first;
    last &= keep_last;
    memcpy(view->prefix, &first, 8);
    memcpy(view->tail.rest + 4, &last, 4);
  } else {
    memcpy(view->prefix, block + start, 4);
    view->tail.at.buffer = 0;
    view->tail.at.offset = start;
  }
}

/* parse.c: values */

/* Any integer as a record may hold one: digits after zeros and a plus sign. */
int32_t fl_integer(const uint8_t *text, uint32_t length, int64_t *number);
/* An ISO 8601 time in epoch milliseconds; returns its length in bytes, or 0. */
uint32_t fl_time(const uint8_t *text, uint32_t length, int64_t *milliseconds);

static inline int32_t fl_all_digits(uint64_t word) {
  const uint64_t high = 0xF0F0F0F0F0F0F0F0;
  return ((word & high) | (((word + 0x0606060606060606) & high) >> 4)) == 0x3333333333333333;
}

static inline uint64_t fl_eight_digits(uint64_t word) { /* the first byte is the first digit */
  word = (word & 0x0F0F0F0F0F0F0F0F) * 2561 >> 8;
  word = (word & 0x00FF00FF00FF00FF) * 6553601 >> 16;
  return (word & 0x0000FFFF0000FFFF) * 42949672960001 >> 32;
}

/* The eight bytes that end at `end`, those before the last `length` replaced by the digit 0. */
static inline uint64_t fl_last_eight(const uint8_t *end, uint32_t length) {
  const uint64_t zeros = 0x3030303030303030;
  uint64_t word;
  memcpy(&word, end - 8, 8);
  if (length >= 8) return word;
  uint64_t keep = ~UINT64_C(0) << (64 - 8 * length);
  return (word & keep) | (zeros & ~keep);
}

/* Digits as a number; 0 if they are none, too many, or too near to the start of the block to be read this way. */
static inline int32_t fl_digits(const uint8_t *block, uint32_t start, uint32_t end, int64_t *number) {
  uint32_t length = end - start;
  if (UNLIKELY(length == 0 || end < 16)) return 0;
  uint64_t low = fl_last_eight(block + end, length);
  if (LIKELY(length <= 8)) {
    *number = (int64_t)fl_eight_digits(low);
    return fl_all_digits(low);
  }
  if (UNLIKELY(length > 16)) return 0;
  uint64_t high = fl_last_eight(block + end - 8, length - 8);
  *number = (int64_t)(fl_eight_digits(high) * 100000000 + fl_eight_digits(low));
  return fl_all_digits(low) & fl_all_digits(high);
}

#endif
