/* Parquet: the values of the pages of a flat column.
 *
 * Only what is plainly sound, and of the kinds that flow logs are delivered in, is read. All else is refused, and the
 * caller has a slower reader for it, which says what is wrong. Texts become numbers of entries; entry 0 is null. */

#include "internal.h"

#include <stdlib.h>

enum { DATA = 0, DICTIONARY = 2, DATA_2 = 3 };
enum { PLAIN = 0, PLAIN_DICTIONARY = 2, RLE = 3, RLE_DICTIONARY = 8 };
enum { MOST_ROWS = 1 << 24 };

struct fl_pages {
  int32_t kind, optional;
  int64_t rows, capacity;
  fl_column column; /* integers, or numbers of texts */
  uint8_t *entries; /* integers of the dictionary */
  fl_column texts;
  fl_block *block; /* of the texts */
  int64_t used, text_count, text_capacity;
  int64_t first, entry_count; /* of the dictionary */
  int64_t least, most; /* bounds of all integers, those of dictionaries included; of texts, of their lengths */
  uint8_t *levels; /* of a page: 1 for each row with a value */
  int64_t level_capacity;
};

/* A path has 4 bits for the id of each field. */
static void see(void *state, fl_cursor *c, int64_t path, int64_t value, const uint8_t *bytes) {
  fl_page *page = state;
  int32_t *place = NULL;
  (void)bytes;
  switch (path) {
    case 0x1: place = &page->type; break;
    case 0x2: place = &page->size; break;
    case 0x3: place = &page->stored; break;
    case 0x51: case 0x71: case 0x81: place = &page->values; break;
    case 0x52: case 0x72: case 0x84: place = &page->encoding; break;
    case 0x53: place = &page->level_encoding; break;
    case 0x85: place = &page->level_bytes; break;
    case 0x86: place = &page->repetition_bytes; break;
    case 0x87: place = &page->is_compressed; break;
    default: return;
  }
  if (value < 0 || value > INT32_MAX) c->failed = 1;
  else *place = (int32_t)value;
}

int64_t fl_page_header(const uint8_t *bytes, int64_t size, fl_page *page) {
  fl_cursor c = {bytes, bytes + size, 0};
  *page = (fl_page){.type = -1, .size = -1, .stored = -1, .values = -1, .encoding = -1, .level_encoding = RLE,
                    .is_compressed = 1};
  fl_thrift(&c, see, page);
  int is_known = page->type == DATA || page->type == DICTIONARY || page->type == DATA_2;
  int is_whole = page->size >= 0 && page->stored >= 0 && page->values >= 0 && page->stored <= c.end - c.at;
  return c.failed || !is_known || !is_whole ? -1 : c.at - bytes;
}

/* Columns */

fl_pages *fl_pages_new(int32_t kind, int32_t optional, int64_t rows) {
  if ((kind != FL_INT32 && kind != FL_INT64 && kind != FL_TEXT) || rows < 0 || rows > MOST_ROWS) return NULL;
  fl_pages *pages = calloc(1, sizeof *pages);
  if (!pages) return NULL;
  *pages = (fl_pages){.kind = kind, .optional = optional, .capacity = rows, .least = INT64_MAX, .most = INT64_MIN};
  pages->text_count = 1, pages->text_capacity = 64;
  pages->column = (fl_column){kind == FL_TEXT ? FL_UINT32 : kind, fl_memory_new((size_t)rows * (kind == FL_INT64 ? 8 : 4)), NULL};
  pages->texts.values = fl_memory_new(64 * sizeof(fl_view));
  if (pages->texts.values) memset(pages->texts.values, 0, sizeof(fl_view)); /* the first text is null */
  if (pages->column.values && pages->texts.values) return pages;
  return fl_pages_free(pages), NULL;
}

void fl_pages_free(fl_pages *pages) {
  if (!pages) return;
  fl_memory_free(pages->column.values);
  fl_memory_free(pages->column.valid);
  fl_memory_free(pages->entries);
  fl_memory_free(pages->texts.values);
  fl_memory_free(pages->texts.valid);
  fl_memory_free(pages->levels);
  fl_block_release(pages->block);
  free(pages);
}

static size_t width_of(const fl_pages *pages) { return pages->kind == FL_INT64 ? 8 : 4; }

static uint32_t little(const uint8_t *at, int bytes) {
  uint32_t value = 0;
  memcpy(&value, at, (size_t)bytes);
  return value;
}

/* Add texts, each after its length in 4 bytes, to the entries. */
static int32_t add_texts(fl_pages *pages, const uint8_t *bytes, int64_t size, int64_t count) {
  int64_t start = pages->used, end = start + size;
  if (count > size / 4 || end >= INT32_MAX / 2 || fl_any_high(bytes, 0, (uint32_t)size)) return -1;
  fl_block *resized = fl_block_resized(pages->block, end);
  if (!resized) return -1;
  pages->block = resized;
  uint8_t *block = fl_block_bytes(resized);
  memcpy(block + start, bytes, (size_t)size);
  pages->used = end;
  int64_t needed = pages->text_count + count;
  if (fl_grow(&pages->texts.values, &pages->text_capacity, needed, sizeof(fl_view))) return -1;
  for (int64_t i = 0, at = start; i < count; i++) {
    if (end - at < 4) return -1;
    uint32_t length = little(block + at, 4);
    at += 4;
    if (length > end - at) return -1;
    pages->least = length < pages->least ? length : pages->least;
    pages->most = length > pages->most ? length : pages->most;
    fl_put_text(&pages->texts, pages->text_count++, block, (uint32_t)at, (uint32_t)at + length);
    at += length;
  }
  return 0;
}

INLINE void bound(fl_pages *pages, const uint8_t *bytes, const size_t width, int64_t count) {
  int64_t least = pages->least, most = pages->most;
  for (int64_t i = 0; i < count; i++) {
    int64_t wide;
    int32_t narrow;
    memcpy(width == 8 ? (void *)&wide : (void *)&narrow, bytes + (size_t)i * width, width);
    int64_t value = width == 8 ? wide : narrow;
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  pages->least = least;
  pages->most = most;
}

/* Note the bounds of integers. */
static void note_bounds(fl_pages *pages, const uint8_t *bytes, int64_t count) {
  if (pages->kind == FL_INT64) bound(pages, bytes, 8, count);
  else bound(pages, bytes, 4, count);
}

/* Keep the integers of a dictionary. */
static int32_t keep_integers(fl_pages *pages, const uint8_t *bytes, int64_t size, int64_t count) {
  size_t needed = (size_t)count * width_of(pages);
  if (needed > (size_t)size) return -1;
  fl_memory_free(pages->entries);
  pages->entries = fl_memory_new(needed);
  if (!pages->entries) return -1;
  memcpy(pages->entries, bytes, needed);
  note_bounds(pages, bytes, count);
  return 0;
}

static int32_t add_dictionary(fl_pages *pages, const fl_page *page, const uint8_t *bytes, int64_t size) {
  if (pages->entry_count || (page->encoding != PLAIN && page->encoding != PLAIN_DICTIONARY)) return -1;
  pages->first = pages->text_count;
  int is_text = pages->kind == FL_TEXT;
  if ((is_text ? add_texts : keep_integers)(pages, bytes, size, page->values)) return -1;
  pages->entry_count = page->values;
  return 0;
}

void fl_pages_begin(fl_pages *pages) { pages->entry_count = 0; }

/* Eight numbers of so many bits, the lowest bit first, of which a compiler that knows how many makes few instructions. */
INLINE void unpack_eight(const uint8_t *bytes, const int width, uint32_t *out) {
  for (int i = 0; i < 8; i++) {
    uint64_t word;
    memcpy(&word, bytes + (i * width >> 3), 8);
    out[i] = (uint32_t)(word >> (i * width & 7) & ((UINT64_C(1) << width) - 1));
  }
}

#define UNPACK(width) \
  case width: \
    for (; i + 8 <= count && (i / 8 + 1) * (width) + 8 <= size; i += 8) \
      unpack_eight(bytes + i / 8 * (width), width, out + i); \
    break;
#define UNPACK_FOUR(width) UNPACK(width) UNPACK(width + 1) UNPACK(width + 2) UNPACK(width + 3)

/* Numbers of so many bits; there are at least as many bytes as they need. */
static void unpack(const uint8_t *bytes, int64_t size, int width, uint32_t *out, int64_t count) {
  int64_t i = 0;
  switch (width) {
    UNPACK_FOUR(1) UNPACK_FOUR(5) UNPACK_FOUR(9) UNPACK_FOUR(13) UNPACK_FOUR(17) UNPACK_FOUR(21) UNPACK_FOUR(25) UNPACK_FOUR(29)
    default: break;
  }
  for (; i < count; i++) {
    int64_t at = i * width >> 3, left = size - at;
    uint64_t word = 0;
    memcpy(&word, bytes + at, (size_t)(left < 8 ? left : 8));
    out[i] = (uint32_t)(word >> (i * width & 7) & ((UINT64_C(1) << width) - 1));
  }
}

/* Runs of one number or of packed numbers; returns -1 unless there are enough. */
static int32_t read_runs(fl_cursor *c, int width, uint32_t *out, int64_t count) {
  while (count > 0) {
    uint64_t head = fl_varint(c), values = head & 1 ? (head >> 1) * 8 : head >> 1;
    if (c->failed || values == 0 || head >> 32) return -1;
    int64_t some = values < (uint64_t)count ? (int64_t)values : count;
    uint64_t size = head & 1 ? (head >> 1) * (uint64_t)width : (uint64_t)(width + 7) / 8;
    const uint8_t *bytes = fl_take(c, size);
    if (!bytes) return -1;
    if (head & 1) {
      unpack(bytes, c->end - bytes, width, out, some); /* the runs after it may be loaded, too */
    } else {
      uint32_t value = little(bytes, (int)size);
      for (int64_t i = 0; i < some; i++) out[i] = value;
    }
    out += some;
    count -= some;
  }
  return 0;
}

/* Bits as bytes, the lowest bit first. */
static inline uint64_t bytes_of_bits(uint8_t bits) {
  uint64_t each = bits * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
  return (each + UINT64_C(0x7F7F7F7F7F7F7F7F)) >> 7 & UINT64_C(0x0101010101010101);
}

/* Runs of one level or of packed levels, which are 0 or 1. */
static int32_t read_level_runs(fl_cursor *c, uint8_t *level, int64_t count) {
  while (count > 0) {
    uint64_t head = fl_varint(c), values = head & 1 ? (head >> 1) * 8 : head >> 1;
    if (c->failed || values == 0 || head >> 32) return -1;
    const uint8_t *bytes = fl_take(c, head & 1 ? head >> 1 : 1);
    int64_t some = values < (uint64_t)count ? (int64_t)values : count;
    if (!bytes || (!(head & 1) && *bytes > 1)) return -1;
    if (!(head & 1)) memset(level, *bytes, (size_t)some);
    for (int64_t i = 0; head & 1 && i < some; i += 8) { /* there is room for 7 more */
      uint64_t eight = bytes_of_bits(bytes[i / 8]);
      memcpy(level + i, &eight, 8);
    }
    level += some;
    count -= some;
  }
  return 0;
}

/* The levels of a page: how many of its rows have a value, or -1. */
static int64_t read_levels(fl_pages *pages, const fl_page *page, fl_cursor *c) {
  int64_t size = page->level_bytes, given = 0;
  if (page->type == DATA_2 ? page->repetition_bytes || (size && !pages->optional) : page->level_encoding != RLE)
    return -1;
  if (!pages->optional) return page->values;
  if (page->type == DATA) {
    const uint8_t *head = fl_take(c, 4);
    if (!head) return -1;
    size = little(head, 4);
  }
  const uint8_t *at = fl_take(c, (uint64_t)size);
  if (!at) return -1;
  fl_cursor levels = {at, at + size, 0};
  if (fl_grow((void **)&pages->levels, &pages->level_capacity, page->values + 8, 1)) return -1;
  if (read_level_runs(&levels, pages->levels, page->values)) return -1;
  for (int64_t i = 0; i < page->values; i++) given += pages->levels[i];
  return given;
}

/* Numbers of entries come into the last bytes of their values, which then take their place one by one. */
static int32_t take_entries(fl_pages *pages, fl_cursor *c, int64_t given, void *values) {
  const uint8_t *width = fl_take(c, 1);
  uint32_t *number = (uint32_t *)values + (pages->kind == FL_INT64 ? given : 0);
  uint32_t last = (uint32_t)pages->entry_count - 1, wrong = 0;
  if (!width) return given ? -1 : 0;
  if (*width > 32 || read_runs(c, *width, number, given)) return -1;
  for (int64_t i = 0; i < given; i++) wrong |= number[i] | (last - number[i]); /* the sign of what is too large */
  if (wrong >> 31) return -1;
  if (pages->kind == FL_TEXT)
    for (int64_t i = 0; i < given; i++) number[i] += (uint32_t)pages->first;
  else if (pages->kind == FL_INT32)
    for (int64_t i = 0; i < given; i++) number[i] = ((const uint32_t *)pages->entries)[number[i]];
  else
    for (int64_t i = 0; i < given; i++)
      memcpy((uint8_t *)values + 8 * i, pages->entries + 8 * (size_t)number[i], 8);
  return 0;
}

static int32_t take_plain(fl_pages *pages, fl_cursor *c, int64_t given, void *values) {
  if (pages->kind != FL_TEXT) {
    size_t size = (size_t)given * width_of(pages);
    const uint8_t *bytes = fl_take(c, size);
    if (!bytes) return -1;
    memcpy(values, bytes, size);
    note_bounds(pages, bytes, given);
    return 0;
  }
  for (int64_t i = 0; i < given; i++) ((uint32_t *)values)[i] = (uint32_t)(pages->text_count + i);
  return add_texts(pages, c->at, c->end - c->at, given);
}

/* Whether each of eight rows has a value. */
static inline int has_eight(const uint8_t *level) {
  uint64_t word;
  memcpy(&word, level, 8);
  return word == UINT64_C(0x0101010101010101);
}

/* Move values to the rows that have one, from the last row to the first one that is null. */
INLINE void move(const uint8_t *level, uint8_t *values, const size_t width, int64_t count, int64_t given) {
  while (given < count) {
    if (count >= 8 && has_eight(level + count - 8)) {
      count -= 8, given -= 8;
      memmove(values + (size_t)count * width, values + (size_t)given * width, 8 * width);
    } else if (level[--count]) {
      memmove(values + (size_t)count * width, values + (size_t)--given * width, width);
    } else {
      memset(values + (size_t)count * width, 0, width);
    }
  }
}

/* The same for the values of a page; notes which rows are null. */
static int32_t spread(fl_pages *pages, void *values, int64_t count, int64_t given) {
  if (given == count) return 0;
  if (pages->kind == FL_INT64) move(pages->levels, values, 8, count, given);
  else move(pages->levels, values, 4, count, given);
  if (pages->kind == FL_TEXT) return 0;
  size_t bitmap = (size_t)pages->capacity / 8 + 1;
  if (!pages->column.valid && (pages->column.valid = fl_memory_new(bitmap))) memset(pages->column.valid, 0xFF, bitmap);
  if (!pages->column.valid) return -1;
  for (int64_t i = 0; i < count; i++) {
    if (i + 8 <= count && has_eight(pages->levels + i)) {
      i += 7;
    } else if (!pages->levels[i]) {
      int64_t row = pages->rows + i;
      pages->column.valid[row >> 3] &= (uint8_t) ~(1 << (row & 7));
    }
  }
  return 0;
}

int32_t fl_pages_add(fl_pages *pages, const fl_page *page, const uint8_t *bytes, int64_t size) {
  fl_cursor c = {bytes, bytes + size, 0};
  if (page->type == DICTIONARY) return add_dictionary(pages, page, bytes, size);
  if (page->values > pages->capacity - pages->rows) return -1;
  int64_t given = read_levels(pages, page, &c);
  if (given < 0) return -1;
  void *values = (uint8_t *)pages->column.values + (size_t)pages->rows * width_of(pages);
  int is_plain = page->encoding == PLAIN;
  if (!is_plain && page->encoding != PLAIN_DICTIONARY && page->encoding != RLE_DICTIONARY) return -1;
  if (is_plain ? take_plain(pages, &c, given, values) : take_entries(pages, &c, given, values)) return -1;
  if (spread(pages, values, page->values, given)) return -1;
  pages->rows += page->values;
  return 0;
}

int64_t fl_pages_rows(const fl_pages *pages) { return pages->rows; }
int64_t fl_pages_bound(const fl_pages *pages, int32_t of_most) { return of_most ? pages->most : pages->least; }

/* Make 16 bits of integers of 32, from the first one on, in the same memory. */
static void narrow(uint8_t *values, int64_t rows) {
  enum { TILE = 64 };
  for (int64_t row = 0; row < rows; row += TILE) {
    uint32_t wide[TILE] = {0};
    uint16_t made[TILE];
    size_t some = rows - row < TILE ? (size_t)(rows - row) : TILE;
    memcpy(wide, values + 4 * (size_t)row, 4 * some);
    for (int i = 0; i < TILE; i++) made[i] = (uint16_t)wide[i];
    memcpy(values + 2 * (size_t)row, made, 2 * some);
  }
}

int32_t fl_pages_export(fl_pages *pages, struct ArrowSchema *schema, struct ArrowArray *array) {
  if (pages->kind == FL_INT32 && pages->least >= 0 && pages->most <= UINT16_MAX) {
    narrow(pages->column.values, pages->rows);
    pages->column.kind = FL_UINT16;
  }
  return fl_lend(&pages->column, pages->rows, NULL, 0, schema, array);
}

int32_t fl_pages_texts(fl_pages *pages, struct ArrowSchema *schema, struct ArrowArray *array) {
  size_t bitmap = (size_t)pages->text_count / 8 + 1;
  pages->texts.kind = FL_TEXT;
  pages->texts.valid = fl_memory_new(bitmap);
  if (!pages->block) pages->block = fl_block_new(0);
  if (!pages->texts.valid || !pages->block) return -1;
  memset(pages->texts.valid, 0xFF, bitmap);
  pages->texts.valid[0] = 0xFE;
  return fl_lend(&pages->texts, pages->text_count, pages->block, pages->used, schema, array);
}
