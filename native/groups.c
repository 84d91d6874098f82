/* Groups of rows by integers, with all values of each group: for percentiles. */

#include "internal.h"

#include <stdlib.h>

#define LEAST (-((__int128)1 << 126) * 2) /* of Int128 */
enum { FIRST_SLOTS = 1 << 10, PIECE = 1 << 18, FEW = 4, MANY = 4096, BUCKETS = 1 << 11, FEW_VALUES = 32 };

typedef struct chunk { /* values of a group, the latest first */
  struct chunk *before;
  uint32_t count, capacity;
  int64_t is_wide; /* else all values take 32 bits, as most numbers of bytes do */
  int64_t values[];
} chunk;

static uint32_t *narrow(const chunk *values) { return (uint32_t *)(uintptr_t)values->values; }

static inline int64_t value_at(const chunk *values, uint32_t place) {
  return values->is_wide ? values->values[place] : narrow(values)[place];
}

typedef struct piece { /* memory of chunks */
  struct piece *before;
  uint64_t bytes[];
} piece;

typedef struct { /* followed by its keys, then a chunk for each column of values */
  __int128 first;
  uint64_t hash, missing; /* missing: a bit for each key that is null */
  int64_t rows;
} group;

struct fl_groups {
  int32_t keys, columns;
  int64_t count, capacity;
  size_t width; /* bytes of a group */
  char *groups;
  uint32_t *slots; /* numbers of groups, counted from 1; a slot that is free has 0 */
  uint64_t slot_count;
  piece *pieces;
  size_t left; /* bytes of the last piece that are free */
  int64_t bytes;
  uint64_t seed;
};

static group *group_at(const fl_groups *groups, int64_t number) {
  return (group *)(void *)(groups->groups + (size_t)number * groups->width);
}
static int64_t *keys_of(group *group) { return (int64_t *)(void *)(group + 1); }
static chunk **chunks_of(const fl_groups *groups, group *group) {
  return (chunk **)(void *)(keys_of(group) + groups->keys);
}

fl_groups *fl_groups_new(int32_t keys, int32_t columns, uint64_t seed) {
  fl_groups *groups = calloc(1, sizeof *groups);
  if (!groups || keys < 1 || keys > FL_MOST_KEYS || columns < 0 || columns > FL_MOST_COLUMNS) return free(groups), NULL;
  *groups = (fl_groups){.keys = keys, .columns = columns, .slot_count = FIRST_SLOTS, .seed = seed};
  groups->width = sizeof(group) + ((size_t)keys * sizeof(int64_t) + (size_t)columns * sizeof(chunk *) + 15) / 16 * 16;
  groups->slots = calloc(FIRST_SLOTS, sizeof *groups->slots);
  if (!groups->slots) return free(groups), NULL;
  groups->bytes = FIRST_SLOTS * sizeof *groups->slots;
  return groups;
}

void fl_groups_free(fl_groups *groups) {
  if (!groups) return;
  for (piece *piece = groups->pieces, *before; piece; piece = before) {
    before = piece->before;
    fl_memory_free(piece);
  }
  fl_memory_free(groups->groups);
  free(groups->slots);
  free(groups);
}

int64_t fl_groups_count(const fl_groups *groups) { return groups->count; }
int64_t fl_groups_bytes(const fl_groups *groups) { return groups->bytes; }

static int grow_slots(fl_groups *groups) {
  uint64_t count = groups->slot_count * 2;
  uint32_t *slots = calloc(count, sizeof *slots);
  if (!slots) return -1;
  for (int64_t number = 0; number < groups->count; number++) {
    uint64_t at = group_at(groups, number)->hash & (count - 1);
    while (slots[at]) at = (at + 1) & (count - 1);
    slots[at] = (uint32_t)number + 1;
  }
  groups->bytes += (int64_t)((count - groups->slot_count) * sizeof *slots);
  free(groups->slots);
  groups->slots = slots;
  groups->slot_count = count;
  return 0;
}

static group *new_group(fl_groups *groups, uint64_t hash, uint64_t missing, const int64_t *keys, uint64_t slot) {
  int64_t had = groups->capacity;
  if (groups->count == UINT32_MAX - 1) return NULL;
  if (fl_grow((void **)&groups->groups, &groups->capacity, groups->count + 1, groups->width)) return NULL;
  groups->bytes += (groups->capacity - had) * (int64_t)groups->width;
  group *made = group_at(groups, groups->count++);
  memset(made, 0, groups->width);
  *made = (group){.first = LEAST, .hash = hash, .missing = missing};
  memcpy(keys_of(made), keys, (size_t)groups->keys * sizeof *keys);
  groups->slots[slot] = (uint32_t)groups->count;
  return made;
}

static inline int has_keys(const fl_groups *groups, group *group, uint64_t missing, const int64_t *keys) {
  if (group->missing != missing) return 0;
  for (int32_t i = 0; i < groups->keys; i++)
    if (keys_of(group)[i] != keys[i]) return 0;
  return 1;
}

/* The group of some keys, made if it is new; NULL if memory is short. */
static inline group *find_group(fl_groups *groups, uint64_t missing, const int64_t *keys) {
  uint64_t hash = fl_hash(groups->seed, missing, keys, groups->keys);
  for (uint64_t at = hash & (groups->slot_count - 1);; at = (at + 1) & (groups->slot_count - 1)) {
    uint32_t number = groups->slots[at];
    if (UNLIKELY(!number)) return new_group(groups, hash, missing, keys, at);
    group *found = group_at(groups, number - 1);
    if (LIKELY(found->hash == hash && has_keys(groups, found, missing, keys))) return found;
  }
}

/* Memory for another chunk of a group; chunks become larger as they become more. */
static chunk *new_chunk(fl_groups *groups, chunk *before, int64_t is_wide) {
  uint32_t capacity = !before ? FEW : before->capacity < MANY ? 2 * before->capacity : MANY;
  size_t size = sizeof(chunk) + capacity * (is_wide ? sizeof(int64_t) : sizeof(uint32_t));
  if (groups->left < size) {
    piece *made = fl_memory_new(PIECE);
    if (!made) return NULL;
    made->before = groups->pieces;
    groups->pieces = made;
    groups->left = PIECE - sizeof *made;
    groups->bytes += PIECE;
  }
  chunk *made = (chunk *)(void *)((char *)groups->pieces + PIECE - groups->left);
  groups->left -= size;
  *made = (chunk){before, 0, capacity, is_wide};
  return made;
}

static inline int put_value(fl_groups *groups, chunk **last, int64_t value) {
  int64_t is_wide = value != (int64_t)(uint32_t)value;
  chunk *values = *last;
  if (UNLIKELY(!values || values->count == values->capacity || is_wide > values->is_wide)) {
    if (!(values = new_chunk(groups, values, is_wide))) return -1;
    *last = values;
  }
  if (values->is_wide)
    values->values[values->count++] = value;
  else
    narrow(values)[values->count++] = (uint32_t)value;
  return 0;
}

static int add_row(fl_groups *groups, const fl_integers *column, int32_t has_first, int64_t row) {
  int64_t keys[FL_MOST_KEYS];
  uint64_t missing = 0;
  for (int32_t i = 0; i < groups->keys; i++, column++) {
    uint64_t is_null = !fl_integers_valid(column, row);
    keys[i] = is_null ? 0 : column->values[row];
    missing |= is_null << i;
  }
  if (UNLIKELY((uint64_t)groups->count * 2 >= groups->slot_count) && grow_slots(groups)) return -1;
  group *group = find_group(groups, missing, keys);
  if (!group) return -1;
  group->rows++;
  if (has_first) {
    __int128 first = fl_integers_valid(column, row) ? fl_integers_wide(column, row) : LEAST;
    if (first > group->first) group->first = first;
    column++;
  }
  for (int32_t i = 0; i < groups->columns; i++, column++)
    if (fl_integers_valid(column, row) && put_value(groups, chunks_of(groups, group) + i, column->values[row])) return -1;
  return 0;
}

int32_t fl_groups_add(fl_groups *groups, struct ArrowArrayStream *const *streams, int32_t has_first, int64_t rows) {
  fl_integers columns[FL_MOST_KEYS + 1 + FL_MOST_COLUMNS];
  int32_t count = groups->keys + !!has_first + groups->columns, failed = 0;
  if (fl_integers_take(streams, count, has_first ? groups->keys : -1, rows, columns)) return -1;
  for (int32_t c = 0; c < count; c++) failed |= columns[c].narrow ? -1 : 0;
  for (int64_t row = 0; row < rows && !failed; row++) failed = add_row(groups, columns, has_first, row);
  fl_integers_give(columns, count);
  return failed;
}

/* Add the rows of a group of other groups, whose chunks are among the pieces already. */
static int add_group(fl_groups *groups, const fl_groups *others, group *other) {
  if ((uint64_t)groups->count * 2 >= groups->slot_count && grow_slots(groups)) return -1;
  group *group = find_group(groups, other->missing, keys_of(other));
  if (!group) return -1;
  group->rows += other->rows;
  if (other->first > group->first) group->first = other->first;
  for (int32_t i = 0; i < groups->columns; i++) {
    chunk **values = chunks_of(groups, group) + i, *latest = chunks_of(others, other)[i], *earliest = latest;
    if (!latest) continue;
    while (earliest->before) earliest = earliest->before;
    earliest->before = *values;
    *values = latest;
  }
  return 0;
}

int32_t fl_groups_merge(fl_groups *groups, fl_groups *others) {
  int64_t count = others->count;
  if (others->keys != groups->keys || others->columns != groups->columns) return -1;
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
  others->count = 0;
  for (int64_t i = 0; i < count; i++)
    if (add_group(groups, others, group_at(others, i))) return -1;
  return 0;
}

static const uint64_t flip = UINT64_C(1) << 63; /* so that negative values come first */

/* Values within bounds that are at most so many, in order. */
static int64_t value_of_few(const chunk *values, uint64_t rank) {
  int64_t sorted[FEW_VALUES];
  uint32_t count = 0;
  for (; values; values = values->before)
    for (uint32_t i = 0; i < values->count; i++, count++) {
      uint32_t at = count;
      for (; at && sorted[at - 1] > value_at(values, i); at--) sorted[at] = sorted[at - 1];
      sorted[at] = value_at(values, i);
    }
  return sorted[rank];
}

/* The value of a rank among values: buckets are counted, and again those of the values in the bucket that has it, until
 * they are all equal. It takes as long for any values. Room is for the values of a bucket. */
static int64_t value_of_many(const chunk *values, uint64_t rank, chunk *room) {
  uint64_t least = UINT64_MAX, most = 0, counts[BUCKETS];
  for (const chunk *part = values; part; part = part->before)
    for (uint32_t i = 0; i < part->count; i++) {
      uint64_t value = (uint64_t)value_at(part, i) ^ flip;
      least = value < least ? value : least;
      most = value > most ? value : most;
    }
  while (least < most) {
    uint64_t range = most - least, bucket = 0;
    uint32_t shift = 0, found = 0;
    while (range >> shift >= BUCKETS) shift++;
    memset(counts, 0, sizeof counts);
    for (const chunk *part = values; part; part = part->before)
      for (uint32_t i = 0; i < part->count; i++) counts[(((uint64_t)value_at(part, i) ^ flip) - least) >> shift]++;
    for (; rank >= counts[bucket]; bucket++) rank -= counts[bucket];
    uint64_t start = least + (bucket << shift), width = (UINT64_C(1) << shift) - 1;
    for (const chunk *part = values; part; part = part->before) /* room may be the part itself */
      for (uint32_t i = 0; i < part->count; i++) {
        int64_t value = value_at(part, i);
        if (((uint64_t)value ^ flip) - start <= width) room->values[found++] = value;
      }
    *room = (chunk){NULL, found, found, 1};
    values = room;
    most = most - start < width ? most : start + width;
    least = start;
  }
  return (int64_t)(least ^ flip);
}

static uint64_t count_of(const chunk *values) {
  uint64_t count = 0;
  for (; values; values = values->before) count += values->count;
  return count;
}

static __int128 total_of(const chunk *values, int32_t total) {
  __int128 sum = 0;
  int64_t least = values ? value_at(values, 0) : 0, largest = least;
  for (; values; values = values->before)
    for (uint32_t i = 0; i < values->count; i++) {
      int64_t value = value_at(values, i);
      sum += value;
      least = value < least ? value : least;
      largest = value > largest ? value : largest;
    }
  return total == FL_SUM ? sum : total == FL_LEAST ? least : largest;
}

int32_t fl_groups_export(const fl_groups *groups, int32_t of, int32_t number, int32_t of_rows, int64_t from, int64_t to,
                         struct ArrowSchema *schema, struct ArrowArray *array) {
  int64_t rows = 0, row = 0;
  if (from < 0 || to < from || to > groups->count) return -1;
  for (int64_t i = from; i < to; i++) rows += of_rows ? group_at(groups, i)->rows : 1;
  fl_column column = fl_integers_new(of == FL_OF_FIRST ? FL_INT128 : FL_INT64, rows);
  for (int64_t i = from; i < to && column.values && column.valid; i++) {
    group *group = group_at(groups, i);
    const chunk *values = of == FL_OF_VALUES ? chunks_of(groups, group)[number] : NULL;
    __int128 same = of == FL_OF_KEY ? keys_of(group)[number] : of == FL_OF_FIRST ? group->first : group->rows;
    int is_null = of == FL_OF_VALUES || (of == FL_OF_KEY && (group->missing >> number & 1));
    int64_t end = row + (of_rows ? group->rows : 1);
    for (; values; values = values->before)
      for (uint32_t j = 0; j < values->count; j++) fl_integers_put(&column, row++, value_at(values, j), 0);
    while (row < end) fl_integers_put(&column, row++, is_null ? 0 : same, is_null);
  }
  return fl_integers_lend(&column, rows, column.values && column.valid, schema, array);
}

int32_t fl_groups_totals(const fl_groups *groups, int32_t of, int32_t number, int32_t total, struct ArrowSchema *schema,
                         struct ArrowArray *array) {
  int32_t is_sum = of == FL_OF_TOTAL && total == FL_SUM;
  fl_column column = fl_integers_new(is_sum ? FL_INT128 : FL_INT64, groups->count);
  for (int64_t i = 0; i < groups->count && column.values && column.valid; i++) {
    const chunk *values = chunks_of(groups, group_at(groups, i))[number];
    uint64_t count = count_of(values);
    if (of == FL_OF_COUNT)
      fl_integers_put(&column, i, (__int128)count, 0);
    else
      fl_integers_put(&column, i, total_of(values, total), !is_sum && !count);
  }
  return fl_integers_lend(&column, groups->count, column.values && column.valid, schema, array);
}

int32_t fl_groups_ranks(const fl_groups *groups, int32_t number, int64_t numerator, int64_t denominator,
                        struct ArrowSchema *schema, struct ArrowArray *array) {
  uint64_t most = 0;
  for (int64_t i = 0; i < groups->count; i++) {
    uint64_t count = count_of(chunks_of(groups, group_at(groups, i))[number]);
    most = count > most ? count : most;
  }
  chunk *room = fl_memory_new(sizeof *room + most * sizeof(int64_t));
  fl_column column = fl_integers_new(FL_INT64, groups->count);
  for (int64_t i = 0; i < groups->count && room && column.values && column.valid; i++) {
    const chunk *values = chunks_of(groups, group_at(groups, i))[number];
    uint64_t count = count_of(values);
    /* the nearest rank: the count times the fraction, rounded up */
    unsigned __int128 scaled = (unsigned __int128)count * (uint64_t)numerator + (uint64_t)denominator - 1;
    uint64_t rank = (uint64_t)(scaled / (uint64_t)denominator);
    rank -= rank > 0;
    fl_integers_put(&column, i, !count ? 0 : count <= FEW_VALUES ? value_of_few(values, rank) : value_of_many(values, rank, room),
        !count);
  }
  int32_t done = room && column.values && column.valid;
  fl_memory_free(room);
  return fl_integers_lend(&column, groups->count, done, schema, array);
}
