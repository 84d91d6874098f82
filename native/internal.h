/* What the parts of the library share; nothing here is visible outside. */
#ifndef FL_INTERNAL_H
#define FL_INTERNAL_H

#include <stddef.h>
#include <string.h>

#include "flowlocal.h"

#define INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NONE UINT32_MAX
#define FL_SHORT_LINE 32 /* bytes; rows for shorter lines are not made in advance */

/* memory.c: what becomes columns or may grow large; NULL if memory is short */

void *fl_memory_new(size_t size);
void *fl_memory_resized(void *memory, size_t size); /* then the memory is as it was */
void fl_memory_free(void *memory);

/* scan.c: where separators are */

#if defined(__x86_64__) && !defined(FL_SCALAR)
#define FL_X86
int32_t fl_has_avx2(void); /* whether this processor has it, BMI and BMI2; with -DFL_SSE2 it is not asked */
#endif

enum { WINDOW = 1 << 15 }; /* bytes scanned at a time: positions of a window stay in the first-level cache */

typedef struct {
  uint32_t before;                 /* the place before the window, as if a separator were there */
  uint32_t separators[WINDOW + 16]; /* blanks and newlines, as positions in the block */
  uint64_t newlines[WINDOW / 64 + 2]; /* a bit for each separator: is it a newline? */
  uint64_t texts[WINDOW / 64 + 2];    /* a bit for each separator: is anything but digits, or one dash, before it? */
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
  uint32_t length, prefix; /* the first four bytes */
  uint64_t rest;           /* eight more, or for a longer text the number of its buffer and the place in it */
} fl_view; /* Arrow's string view */
#define FL_SHORT_TEXT 12 /* bytes at most that a view holds itself */
/* Where a longer text is, given the buffers of its column. */
static inline const uint8_t *fl_long_text(const fl_view *view, const void *const *buffers) {
  return (const uint8_t *)buffers[2 + (uint32_t)view->rest] + (view->rest >> 32);
}

typedef struct {
  int64_t count, capacity, names;
  fl_line *lines;
} fl_unparsed;

/* https://arrow.apache.org/docs/format/CDataInterface.html */

struct ArrowSchema {
  const char *format, *name, *metadata;
  int64_t flags, n_children;
  struct ArrowSchema **children, *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length, null_count, offset, n_buffers, n_children;
  const void **buffers;
  struct ArrowArray **children, *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
  int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
  const char *(*get_last_error)(struct ArrowArrayStream *);
  void (*release)(struct ArrowArrayStream *);
  void *private_data;
};

#define FL_INT128_FORMAT "_pli128" /* Polars' own */

/* Hand the memory of a column over to Arrow; the block is that of a text. Returns 0, or -1 if memory is short. */
int32_t fl_lend(fl_column *column, int64_t rows, fl_block *block, int64_t size, struct ArrowSchema *schema,
                struct ArrowArray *array);

/* Whether a value of a column that Arrow lends is not null; `valid` is NULL if none is. */
static inline int32_t fl_is_valid(const uint8_t *valid, int64_t at) { return !valid || valid[at >> 3] >> (at & 7) & 1; }

/* A hash of two words. */
static inline uint64_t fl_mixed(uint64_t a, uint64_t b) {
  const uint64_t odd = UINT64_C(0xA0761D6478BD642F), other = UINT64_C(0xE7037ED1A0B428DB);
  unsigned __int128 product = (unsigned __int128)(a ^ odd) * (b ^ other);
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* integers.c: columns of integers that Polars lends, and those that are handed to it */

typedef struct { /* Int64, UInt32, or Int128 */
  struct ArrowArray array;
  const int64_t *values;
  const uint32_t *narrow; /* NULL unless UInt32 */
  const __int128 *wide;   /* NULL unless Int128 */
  const uint8_t *valid;   /* NULL without nulls */
} fl_integers;

/* A column of FL_INT64 or FL_INT128 in which nothing is null yet; a part of it is NULL if memory is short. */
fl_column fl_integers_new(int32_t kind, int64_t rows);
static inline void fl_integers_put(fl_column *column, int64_t row, __int128 value, int32_t is_null) {
  if (column->kind == FL_INT128)
    ((__int128 *)column->values)[row] = value;
  else
    ((int64_t *)column->values)[row] = (int64_t)value;
  if (is_null) column->valid[row >> 3] &= (uint8_t) ~(1 << (row & 7));
}
/* Hand a column over to Arrow if it is done. Returns 0, or -1. */
int32_t fl_integers_lend(fl_column *column, int64_t rows, int32_t done, struct ArrowSchema *schema,
                         struct ArrowArray *array);

/* keyed.c: groups of rows by integers; groups.c and totals.c keep values or totals of each */

#define FL_NO_FIRST (-((__int128)1 << 126) * 2) /* of Int128 */
enum { FL_TILE = 64 }; /* rows, so that 64 bits say which of them are null */

typedef struct { /* rows on their way from columns to groups */
  int32_t rows;
  uint32_t may_lack;         /* a bit for each key, then for each column of values, that may be null in any row */
  uint32_t missing[FL_TILE]; /* the same bits, of what is null in each row */
  uint64_t hash[FL_TILE];
  const int64_t *values[FL_MOST_KEYS + FL_MOST_COLUMNS];   /* of keys, then of columns; 0 of null */
  int64_t copies[FL_MOST_KEYS + FL_MOST_COLUMNS][FL_TILE]; /* of those that do not lie like this in a column */
  const int64_t *narrow;                                   /* `first` of 64 bits, none of which is null; or NULL: */
  __int128 first[FL_TILE];                                 /* FL_NO_FIRST of null */
} fl_tile;

typedef struct { /* followed by its keys, and from fl_keyed.kept on by what is kept of each column */
  __int128 first;
  int64_t rows;
  uint64_t missing; /* a bit for each key that is null */
  int64_t keys[];
} fl_group;

typedef struct {
  int32_t keys, columns, has_first;
  size_t kept, width; /* where a group's columns begin; bytes of a group */
  uint64_t seed;
  char *groups;
  int64_t count, capacity, earlier; /* groups; the earlier ones are not looked for any more */
  uint64_t *slots; /* half of a hash, and the number of a later group, counted from 1; a slot that is free has 0 */
  int64_t slot_count, slot_capacity;
  uint32_t *near; /* of an only key from `base` on, as ports and numbers of texts are: that number, or 0; else NULL */
  uint64_t base;
} fl_keyed;

static inline fl_group *fl_group_at(const fl_keyed *keyed, int64_t number) {
  return (fl_group *)(void *)(keyed->groups + (size_t)number * keyed->width);
}
static inline void *fl_kept_of(const fl_keyed *keyed, fl_group *group) { return (char *)group + keyed->kept; }

/* Begin without groups, each of which keeps so many bytes of a column. Returns 0, or -1. */
int32_t fl_keyed_begin(fl_keyed *keyed, int32_t keys, int32_t columns, int32_t has_first, size_t bytes, uint64_t seed);
void fl_keyed_end(fl_keyed *keyed);
int64_t fl_keyed_bytes(const fl_keyed *keyed);
/* Keep the groups with these numbers, which ascend; until a restart no group is found. */
void fl_keyed_keep(fl_keyed *keyed, const int64_t *numbers, int64_t count);
/* Drop the groups; a restart follows before others are made. */
void fl_keyed_drop(fl_keyed *keyed);
/* Leave the groups there are aside, and have slots for so many further ones. Returns 0, or -1. */
int32_t fl_keyed_restart(fl_keyed *keyed, int64_t groups);
uint64_t fl_group_hash(const fl_keyed *keyed, const fl_group *group);
/* The group that has the keys of another one, to which its rows and `first` are added; NULL if memory is short. */
fl_group *fl_keyed_add(fl_keyed *keyed, const fl_group *given);
/* Take columns from streams in one chunk: Int64 or UInt32 of keys, then of values, and Int64 or Int128 of `first` if it is
 * there. Returns 0, or -1 without any. */
int32_t fl_integers_take(struct ArrowArrayStream *const *streams, const fl_keyed *keyed, int64_t rows,
                         fl_integers *columns);
void fl_integers_give(fl_integers *columns, const fl_keyed *keyed); /* back */
/* Take up to FL_TILE rows of such columns. */
void fl_tile_take(fl_tile *tile, const fl_keyed *keyed, const fl_integers *columns, int64_t from, int64_t rows);
void fl_tile_hash(fl_tile *tile, const fl_keyed *keyed);
/* Find the group of each row, and add the row to it, but not its values. Returns 0, or -1 if memory is short. */
int32_t fl_tile_group(const fl_tile *tile, fl_keyed *keyed, fl_group **found);
/* Whether a key, or after them a column of values, is not null. */
static inline int32_t fl_tile_has(const fl_tile *tile, int32_t column, int32_t row) {
  return !(tile->may_lack >> column & 1) || !(tile->missing[row] >> column & 1);
}

static inline __int128 fl_tile_first(const fl_tile *tile, int32_t row) {
  return tile->narrow ? tile->narrow[row] : tile->first[row];
}

/* What a group has for FL_OF_KEY, FL_OF_ROWS and FL_OF_FIRST; whether it is null. */
static inline __int128 fl_group_has(const fl_group *group, int32_t of, int32_t number) {
  return of == FL_OF_KEY ? group->keys[number] : of == FL_OF_FIRST ? group->first : group->rows;
}
static inline int32_t fl_group_lacks(const fl_group *group, int32_t of, int32_t number) {
  return of == FL_OF_KEY && (group->missing >> number & 1);
}

#define FL_VIEWS "vu" /* string views */
/* Whether a stream has columns of a format. */
int32_t fl_has_format(struct ArrowArrayStream *stream, const char *format);

/* The block with another size; NULL, with the block as it was, if memory is short. Nothing else may refer to it. */
fl_block *fl_block_resized(fl_block *block, int64_t size);
/* Make room for so many elements in memory that doubles. Returns 0, or -1 if memory is short. */
int32_t fl_grow(void **memory, int64_t *capacity, int64_t needed, size_t width);

/* thrift.c: the structures of Parquet */

typedef struct {
  const uint8_t *at, *end;
  int32_t failed;
} fl_cursor;

/* Called for each value, with its bytes if it has any, and the number of them; and with 0 before the fields of each
 * structure. A path has 4 bits for the id of each field; it is -1 for ids above 15. */
typedef void (*fl_seen)(void *state, fl_cursor *c, int64_t path, int64_t value, const uint8_t *bytes);

void fl_thrift(fl_cursor *c, fl_seen see, void *state);
const uint8_t *fl_take(fl_cursor *c, uint64_t size); /* NULL if there are fewer bytes */
uint64_t fl_varint(fl_cursor *c);

/* recipe.c: what is done with the values of a layout */

enum fl_action { FL_CHECK, FL_PUT_NUMBER, FL_PUT_TIME, FL_PUT_TEXT };

typedef struct {
  int32_t action, value, slot; /* value: which one of the layout */
  uint32_t digits;             /* of a maximum of at most eight, which a plain value is compared with as a text; else 0 */
  int64_t maximum;
  uint64_t text; /* of the maximum, the last digit lowest */
} fl_step;

typedef struct {
  int32_t steps, absents;
  int32_t absent[FL_MOST_SLOTS]; /* the slots that remain empty */
  fl_step step[3 * FL_MOST_VALUES]; /* checks come first */
  int32_t plain;                    /* the first step that is left where the values of a line are plain: */
  int32_t values;                   /* so many (0: there are too many to say), */
  uint64_t integers;                /* these of them digits or a dash, */
  int32_t most[FL_MOST_VALUES + 8]; /* of at most so many bytes each */
} fl_recipe;

/* For each layout, one for rows and one for lines that only have to be validated; then one for lines of no layout, and
 * one for those without a prefix. NULL if memory is short. */
fl_recipe *fl_recipes(const fl_plan *plan);

struct fl_table {
  const fl_plan *plan; /* outlives the table */
  fl_block *block;
  const uint8_t *bytes;
  int64_t size, rows, lines, older, capacity;
  fl_column *columns;
  fl_block *texts; /* copies of the texts of rows, if only some lines become rows */
  int64_t texts_size, texts_capacity;
  fl_recipe *recipes;
  fl_unparsed unparsed;
  int64_t after; /* bytes of the same file that further readings will append */
  int64_t time;  /* of the line before, if has_time */
  int64_t earliest, latest;
  int32_t has_time;
  int32_t has_high;  /* whether any byte is not ASCII */
  int32_t has_nulls; /* whether the row that is being made has any */
  int32_t failed;    /* whether memory was short */
  fl_window window;
};

/* Whether only some lines are asked for. */
static inline int32_t fl_is_part(const fl_plan *plan) { return plan->literal || plan->since != INT64_MIN; }

/* Make room for more rows, of so many bytes; and at once for as many as there may be in all bytes that are left. */
int32_t fl_reserve(fl_table *table, int64_t more, int64_t left, int64_t bytes);
/* Make a row null in a column. */
void fl_null(fl_table *table, fl_column *column, int64_t row);
/* Make a row as if nothing had been put there. */
void fl_forget(fl_table *table, int64_t row);
/* Copy the texts of a row, so that few rows do not keep the whole block. */
void fl_copy_texts(fl_table *table, int64_t row);
void fl_add_unparsed(fl_table *table, uint32_t start, uint32_t end, uint8_t reason);

/* Without branches on the length, for which there is no telling: addresses are just about twelve bytes long. */
static inline void fl_put_text(fl_column *column, int64_t row, const uint8_t *block, uint32_t start, uint32_t end) {
  static const uint8_t mask[24] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  fl_view *view = (fl_view *)column->values + row;
  uint32_t length = end - start, within = length < FL_SHORT_TEXT ? length : FL_SHORT_TEXT, first, keep_first;
  uint64_t rest, keep_rest, is_long = -(uint64_t)(length > FL_SHORT_TEXT), at = (uint64_t)start << 32; /* in buffer 0 */
  memcpy(&first, block + start, 4); /* the block is padded, so twelve bytes can be read anywhere */
  memcpy(&rest, block + start + 4, 8);
  memcpy(&keep_first, mask + 12 - within, 4);
  memcpy(&keep_rest, mask + 16 - within, 8);
  view->length = length;
  view->prefix = first & keep_first;
  view->rest = (rest & keep_rest & ~is_long) | (at & is_long);
}

/* parse.c: values */

/* Any integer as a record may hold one: digits after zeros and a plus sign. */
int32_t fl_integer(const uint8_t *text, uint32_t length, int64_t *number);
/* An ISO 8601 time in epoch milliseconds; returns its length in bytes, or 0. */
uint32_t fl_time(const uint8_t *text, uint32_t length, int64_t *milliseconds);

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

/* At most 16 digits, which are known to be some, as a number. */
static inline int64_t fl_known_digits(const uint8_t *block, uint32_t start, uint32_t end) {
  uint32_t length = end - start;
  int64_t low = (int64_t)fl_eight_digits(fl_last_eight(block + end, length));
  if (LIKELY(length <= 8)) return low;
  return low + (int64_t)fl_eight_digits(fl_last_eight(block + end - 8, length - 8)) * 100000000;
}

#endif
