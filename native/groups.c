/* Groups of rows by integers, with all values of each group: for percentiles. */

#include "internal.h"

#include <stdlib.h>

enum { PIECE = 1 << 18, FEW = 4, MANY = 4096, BUCKETS = 1 << 11, FEW_VALUES = 32 };

typedef struct chunk { /* values of a group, the latest first */
  struct chunk *before;
  uint32_t count, is_wide; /* is_wide: else all values take 32 bits, as most numbers of bytes do */
  int64_t values[];
} chunk;

typedef struct { /* of a column, in a group */
  chunk *last; /* which notes its count only when it is read */
  uint32_t count, capacity : 31, is_wide : 1; /* of the last one; in 16 bytes, so that groups stay in the cache */
} values;

typedef struct piece { /* memory of chunks */
  struct piece *before;
  uint64_t bytes[];
} piece;

struct fl_groups {
  fl_keyed keyed;
  piece *pieces;
  size_t left; /* bytes of the last piece that are free */
  int64_t bytes; /* of all pieces */
};

static uint32_t *narrow(const chunk *chunk) { return (uint32_t *)(uintptr_t)chunk->values; }

static inline int64_t value_at(const chunk *chunk, uint32_t place) {
  return chunk->is_wide ? chunk->values[place] : narrow(chunk)[place];
}

static inline values *values_of(const fl_groups *groups, fl_group *group) { return fl_kept_of(&groups->keyed, group); }

static chunk *last_chunk(values *values) {
  if (values->last) values->last->count = values->count;
  return values->last;
}
static const chunk *chunks_of(const fl_groups *groups, int64_t group, int32_t column) {
  return last_chunk(values_of(groups, fl_group_at(&groups->keyed, group)) + column);
}

fl_groups *fl_groups_new(int32_t keys, int32_t columns, int32_t has_first, uint64_t seed) {
  fl_groups *groups = calloc(1, sizeof *groups);
  if (groups && !fl_keyed_begin(&groups->keyed, keys, columns, has_first, sizeof(values), seed)) return groups;
  free(groups);
  return NULL;
}

void fl_groups_free(fl_groups *groups) {
  if (!groups) return;
  for (piece *piece = groups->pieces, *before; piece; piece = before) {
    before = piece->before;
    fl_memory_free(piece);
  }
  fl_keyed_end(&groups->keyed);
  free(groups);
}

int64_t fl_groups_count(const fl_groups *groups) { return groups->keyed.count; }
int64_t fl_groups_bytes(const fl_groups *groups) { return groups->bytes + fl_keyed_bytes(&groups->keyed); }

/* Begin another chunk; chunks become larger as they become more. Returns 0, or -1 if memory is short. */
static int32_t begin_chunk(fl_groups *groups, values *values, uint32_t is_wide) {
  uint32_t capacity = !values->last ? FEW : values->capacity < MANY ? 2 * values->capacity : MANY;
  size_t size = sizeof(chunk) + capacity * (is_wide ? sizeof(int64_t) : sizeof(uint32_t));
  if (groups->left < size) {
    piece *made = fl_memory_new(PIECE);
    if (!made) return -1;
    made->before = groups->pieces;
    groups->pieces = made;
    groups->left = PIECE - sizeof *made;
    groups->bytes += PIECE;
  }
  chunk *made = (chunk *)(void *)((char *)groups->pieces + PIECE - groups->left);
  groups->left -= size;
  *made = (chunk){last_chunk(values), 0, is_wide};
  values->last = made, values->count = 0, values->capacity = capacity, values->is_wide = is_wide & 1;
  return 0;
}

static inline int32_t put_value(fl_groups *groups, values *values, int64_t value) {
  uint32_t is_wide = value != (int64_t)(uint32_t)value;
  if (UNLIKELY(values->count == values->capacity || is_wide > values->is_wide) && begin_chunk(groups, values, is_wide))
    return -1;
  if (values->is_wide)
    values->last->values[values->count++] = value;
  else
    narrow(values->last)[values->count++] = (uint32_t)value;
  return 0;
}

static int32_t add_tile(fl_groups *groups, const fl_tile *tile) {
  fl_group *found[FL_TILE];
  if (fl_tile_group(tile, &groups->keyed, found)) return -1;
  for (int32_t c = 0, at = groups->keyed.keys; c < groups->keyed.columns; c++, at++)
    for (int32_t i = 0; i < tile->rows; i++)
      if (fl_tile_has(tile, at, i) && put_value(groups, values_of(groups, found[i]) + c, tile->values[at][i])) return -1;
  return 0;
}

int32_t fl_groups_add(fl_groups *groups, struct ArrowArrayStream *const *streams, int64_t rows) {
  fl_integers columns[FL_MOST_KEYS + FL_MOST_COLUMNS + 1];
  int32_t failed = 0;
  fl_tile tile;
  if (fl_integers_take(streams, &groups->keyed, rows, columns)) return -1;
  for (int64_t from = 0; from < rows && !failed; from += tile.rows) {
    fl_tile_take(&tile, &groups->keyed, columns, from, rows - from);
    failed = add_tile(groups, &tile);
  }
  fl_integers_give(columns, &groups->keyed);
  return failed;
}

/* Add the values of a group of other groups, whose chunks are among the pieces already. */
static void add_values(values *to, values *given) {
  chunk *earliest = last_chunk(given);
  if (!earliest) return;
  while (earliest->before) earliest = earliest->before;
  earliest->before = last_chunk(to);
  *to = *given;
}

int32_t fl_groups_merge(fl_groups *groups, fl_groups *others) {
  int64_t count = others->keyed.count;
  if (others->keyed.keys != groups->keyed.keys || others->keyed.columns != groups->keyed.columns) return -1;
  if (others->pieces) {
    piece *earliest = others->pieces;
    while (earliest->before) earliest = earliest->before;
    earliest->before = groups->pieces;
    groups->pieces = others->pieces;
    groups->left = others->left;
    groups->bytes += others->bytes;
  }
  others->pieces = NULL;
  others->left = 0;
  others->keyed.count = 0;
  for (int64_t i = 0; i < count; i++) {
    fl_group *other = fl_group_at(&others->keyed, i), *group = fl_keyed_add(&groups->keyed, other);
    if (!group) return -1;
    for (int32_t c = 0; c < groups->keyed.columns; c++)
      add_values(values_of(groups, group) + c, values_of(others, other) + c);
  }
  return 0;
}

/* Values of a rank */

static const uint64_t flip = UINT64_C(1) << 63; /* so that negative values come first */

static uint64_t count_of(const chunk *part) {
  uint64_t count = 0;
  for (; part; part = part->before) count += part->count;
  return count;
}

/* The value of a rank among a few. */
static int64_t value_of_few(const chunk *part, uint64_t rank) {
  int64_t sorted[FEW_VALUES];
  uint32_t count = 0;
  for (; part; part = part->before)
    for (uint32_t i = 0; i < part->count; i++, count++) {
      uint32_t at = count;
      for (; at && sorted[at - 1] > value_at(part, i); at--) sorted[at] = sorted[at - 1];
      sorted[at] = value_at(part, i);
    }
  return sorted[rank];
}

typedef struct {
  uint64_t least, most;
} bounds;

/* What no value is below, or above: the bits that all of them have, and those that any has. */
static bounds bounds_of(const chunk *part) {
  bounds found = {UINT64_MAX, 0};
  for (; part; part = part->before) {
    uint64_t all = UINT64_MAX, any = 0;
    uint32_t narrow_all = UINT32_MAX, narrow_any = 0;
    for (uint32_t i = 0; part->is_wide && i < part->count; i++)
      all &= (uint64_t)part->values[i] ^ flip, any |= (uint64_t)part->values[i] ^ flip;
    for (uint32_t i = 0; !part->is_wide && i < part->count; i++)
      narrow_all &= narrow(part)[i], narrow_any |= narrow(part)[i];
    found.least &= part->is_wide ? all : flip | narrow_all;
    found.most |= part->is_wide ? any : flip | narrow_any;
  }
  return found;
}

static void count_buckets(const chunk *part, uint64_t least, uint32_t shift, uint64_t *counts) {
  memset(counts, 0, BUCKETS * sizeof *counts);
  for (; part; part = part->before) {
    for (uint32_t i = 0; part->is_wide && i < part->count; i++)
      counts[(((uint64_t)part->values[i] ^ flip) - least) >> shift]++;
    for (uint32_t i = 0; !part->is_wide && i < part->count; i++) counts[((narrow(part)[i] | flip) - least) >> shift]++;
  }
}

/* Put the values within bounds, of which there is one at least, into a chunk, which may be the part itself. */
static const chunk *chosen(const chunk *part, bounds within, chunk *room) {
  uint32_t found = 0;
  for (; part; part = part->before)
    for (uint32_t i = 0; i < part->count; i++) {
      int64_t value = value_at(part, i);
      room->values[found] = value;
      found += ((uint64_t)value ^ flip) - within.least <= within.most - within.least;
    }
  *room = (chunk){NULL, found, 1};
  return room;
}

/* The value of a rank among many: buckets are counted, and again those of the values in the bucket that has it, until they
 * are all equal. It takes as long for any values. Room is for all of them. */
static int64_t value_of_many(const chunk *part, uint64_t rank, chunk *room) {
  uint64_t counts[BUCKETS];
  bounds within = bounds_of(part);
  while (within.least < within.most) {
    uint64_t bucket = 0, width;
    uint32_t shift = 0;
    while ((within.most - within.least) >> shift >= BUCKETS) shift++;
    count_buckets(part, within.least, shift, counts);
    for (; rank >= counts[bucket]; bucket++) rank -= counts[bucket];
    within.least += bucket << shift;
    width = (UINT64_C(1) << shift) - 1;
    if (within.most - within.least > width) within.most = within.least + width;
    if (shift) part = chosen(part, within, room);
  }
  return (int64_t)(within.least ^ flip);
}

int32_t fl_groups_ranks(const fl_groups *groups, int32_t number, int64_t numerator, int64_t denominator,
                        struct ArrowSchema *schema, struct ArrowArray *array) {
  uint64_t most = 0;
  for (int64_t i = 0; i < groups->keyed.count; i++) {
    uint64_t count = count_of(chunks_of(groups, i, number));
    most = count > most ? count : most;
  }
  chunk *room = fl_memory_new(sizeof *room + most * sizeof(int64_t));
  fl_column column = fl_integers_new(FL_INT64, groups->keyed.count);
  for (int64_t i = 0; i < groups->keyed.count && room && column.values && column.valid; i++) {
    const chunk *part = chunks_of(groups, i, number);
    uint64_t count = count_of(part);
    /* the nearest rank: the count times the fraction, rounded up */
    unsigned __int128 scaled = (unsigned __int128)count * (uint64_t)numerator + (uint64_t)denominator - 1;
    uint64_t rank = (uint64_t)(scaled / (uint64_t)denominator);
    rank -= rank > 0;
    fl_integers_put(&column, i,
                    !count ? 0 : count <= FEW_VALUES ? value_of_few(part, rank) : value_of_many(part, rank, room), !count);
  }
  int32_t done = room && column.values && column.valid;
  fl_memory_free(room);
  return fl_integers_lend(&column, groups->keyed.count, done, schema, array);
}

/* Columns */

static __int128 total_of(const chunk *part, int32_t total) {
  __int128 sum = 0;
  int64_t least = part ? value_at(part, 0) : 0, largest = least;
  for (; part; part = part->before)
    for (uint32_t i = 0; i < part->count; i++) {
      int64_t value = value_at(part, i);
      sum += value;
      least = value < least ? value : least;
      largest = value > largest ? value : largest;
    }
  return total == FL_SUM ? sum : total == FL_LEAST ? least : largest;
}

int32_t fl_groups_export(const fl_groups *groups, int32_t of, int32_t number, int32_t of_rows, int64_t from, int64_t to,
                         struct ArrowSchema *schema, struct ArrowArray *array) {
  int64_t rows = 0, row = 0;
  if (from < 0 || to < from || to > groups->keyed.count) return -1;
  for (int64_t i = from; i < to; i++) rows += of_rows ? fl_group_at(&groups->keyed, i)->rows : 1;
  fl_column column = fl_integers_new(of == FL_OF_FIRST ? FL_INT128 : FL_INT64, rows);
  for (int64_t i = from; i < to && column.values && column.valid; i++) {
    const fl_group *group = fl_group_at(&groups->keyed, i);
    const chunk *part = of == FL_OF_VALUES ? chunks_of(groups, i, number) : NULL;
    __int128 same = of == FL_OF_VALUES ? 0 : fl_group_has(group, of, number);
    int32_t is_null = of == FL_OF_VALUES || fl_group_lacks(group, of, number);
    int64_t end = row + (of_rows ? group->rows : 1);
    for (; part; part = part->before)
      for (uint32_t j = 0; j < part->count; j++) fl_integers_put(&column, row++, value_at(part, j), 0);
    while (row < end) fl_integers_put(&column, row++, same, is_null);
  }
  return fl_integers_lend(&column, rows, column.values && column.valid, schema, array);
}

int32_t fl_groups_totals(const fl_groups *groups, int32_t of, int32_t number, int32_t total, struct ArrowSchema *schema,
                         struct ArrowArray *array) {
  int32_t is_sum = of == FL_OF_TOTAL && total == FL_SUM;
  fl_column column = fl_integers_new(is_sum ? FL_INT128 : FL_INT64, groups->keyed.count);
  for (int64_t i = 0; i < groups->keyed.count && column.values && column.valid; i++) {
    const chunk *part = chunks_of(groups, i, number);
    uint64_t count = count_of(part);
    if (of == FL_OF_COUNT)
      fl_integers_put(&column, i, (__int128)count, 0);
    else
      fl_integers_put(&column, i, total_of(part, total), !is_sum && !count);
  }
  return fl_integers_lend(&column, groups->keyed.count, column.values && column.valid, schema, array);
}
