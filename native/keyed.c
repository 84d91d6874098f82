/* Groups of rows by integers: rows are taken in tiles, and their groups are found by a hash of the keys. */

#include "internal.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1 << 10, NEAR = 1 << 16 };

static inline uint64_t hash_begun(const fl_keyed *keyed, uint64_t missing) { return keyed->seed ^ missing; }

/* With another key. Nobody who does not know the seed can construct keys of one hash. */
static inline uint64_t hash_with(const fl_keyed *keyed, uint64_t hash, int64_t key) {
  return fl_mixed(hash, (uint64_t)key ^ keyed->seed);
}

uint64_t fl_group_hash(const fl_keyed *keyed, const fl_group *group) {
  uint64_t hash = hash_begun(keyed, group->missing);
  for (int32_t k = 0; k < keyed->keys; k++) hash = hash_with(keyed, hash, group->keys[k]);
  return hash;
}

static void put_slot(fl_keyed *keyed, uint64_t hash, int64_t number) {
  uint64_t mask = (uint64_t)keyed->slot_count - 1, at = hash & mask;
  while (keyed->slots[at]) at = (at + 1) & mask;
  keyed->slots[at] = hash >> 32 << 32 | (uint64_t)(number + 1);
}

/* So many slots, in which are the groups but the earlier ones. */
static int32_t set_slots(fl_keyed *keyed, int64_t count) {
  if (fl_grow((void **)&keyed->slots, &keyed->slot_capacity, count, sizeof *keyed->slots)) return -1;
  memset(keyed->slots, 0, (size_t)count * sizeof *keyed->slots);
  keyed->slot_count = count;
  for (int64_t number = keyed->earlier; number < keyed->count; number++)
    put_slot(keyed, fl_group_hash(keyed, fl_group_at(keyed, number)), number - keyed->earlier);
  return 0;
}

/* Memory for so many more groups, without which none is made; half of the slots are free then. */
static int32_t reserve(fl_keyed *keyed, int64_t more) {
  int64_t needed = keyed->count - keyed->earlier + more, slots = keyed->slot_count;
  if (needed >= UINT32_MAX) return -1;
  if (fl_grow((void **)&keyed->groups, &keyed->capacity, keyed->count + more, keyed->width)) return -1;
  while (slots < 2 * needed) slots *= 2;
  return slots > keyed->slot_count ? set_slots(keyed, slots) : 0;
}

/* Rarely called, so that what finds groups stays small. */
static __attribute__((noinline)) fl_group *new_group(fl_keyed *keyed, uint64_t hash, uint64_t missing,
                                                     const int64_t *keys) {
  put_slot(keyed, hash, keyed->count - keyed->earlier);
  fl_group *made = fl_group_at(keyed, keyed->count++);
  memset(made, 0, keyed->width);
  made->first = FL_NO_FIRST;
  made->missing = missing;
  memcpy(made->keys, keys, (size_t)keyed->keys * sizeof *keys);
  return made;
}

INLINE int32_t has_keys(const fl_group *group, uint64_t missing, const int64_t *keys, int32_t count) {
  int32_t has = group->missing == missing && *group->keys == *keys;
  for (int32_t k = 1; k < count; k++) has &= group->keys[k] == keys[k];
  return has;
}

/* The group of so many keys, for which memory is reserved in case it is new. */
INLINE fl_group *find_group(fl_keyed *keyed, uint64_t hash, uint64_t missing, const int64_t *keys, int32_t count) {
  const uint64_t mask = (uint64_t)keyed->slot_count - 1, *slots = keyed->slots;
  for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
    uint64_t slot = slots[at];
    if (UNLIKELY(!slot)) return new_group(keyed, hash, missing, keys);
    if (slot >> 32 != hash >> 32) continue;
    fl_group *found = fl_group_at(keyed, keyed->earlier + (int64_t)(uint32_t)slot - 1);
    if (LIKELY(has_keys(found, missing, keys, count))) return found;
  }
}

fl_group *fl_keyed_add(fl_keyed *keyed, const fl_group *given) {
  if (reserve(keyed, 1)) return NULL;
  fl_group *group = find_group(keyed, fl_group_hash(keyed, given), given->missing, given->keys, keyed->keys);
  group->rows += given->rows;
  if (given->first > group->first) group->first = given->first;
  return group;
}

static inline uint32_t missing_keys(const fl_tile *tile, int32_t row, int32_t count) {
  return tile->missing[row] & (((uint32_t)1 << count) - 1);
}

/* Find groups by their hash from now on. */
static void forget_near(fl_keyed *keyed) {
  free(keyed->near);
  keyed->near = NULL;
}

/* Find groups of an only key by its place if it is near others; it is noted when the group is found for the first time. */
static void find_near_groups(const fl_tile *tile, fl_keyed *keyed, fl_group **found) {
  int32_t far = 0;
  if (!keyed->count) keyed->base = (uint64_t)*tile->values[0] / NEAR * NEAR;
  for (int32_t i = 0; i < tile->rows; i++) {
    const int64_t *key = tile->values[0] + i;
    uint64_t missing = missing_keys(tile, i, 1), at = (uint64_t)*key - keyed->base;
    int32_t is_far = at >= NEAR || missing;
    if (LIKELY(!is_far && keyed->near[at])) {
      found[i] = fl_group_at(keyed, keyed->near[at] - 1);
    } else {
      found[i] = find_group(keyed, hash_with(keyed, hash_begun(keyed, missing), *key), missing, key, 1);
      if (!is_far) keyed->near[at] = (uint32_t)((size_t)((char *)found[i] - keyed->groups) / keyed->width) + 1;
    }
    far += is_far;
    found[i]->rows++;
  }
  if (far * 2 > tile->rows) forget_near(keyed);
}

INLINE void find_groups(const fl_tile *tile, fl_keyed *keyed, fl_group **found, int32_t count) {
  for (int32_t i = 0; i < tile->rows; i++)
    __builtin_prefetch(keyed->slots + (tile->hash[i] & ((uint64_t)keyed->slot_count - 1)));
  for (int32_t i = 0; i < tile->rows; i++) {
    int64_t keys[FL_MOST_KEYS] = {tile->values[0][i]};
    for (int32_t k = 1; k < count; k++) keys[k] = tile->values[k][i];
    found[i] = find_group(keyed, tile->hash[i], missing_keys(tile, i, count), keys, count);
    found[i]->rows++;
  }
}

int32_t fl_tile_group(const fl_tile *tile, fl_keyed *keyed, fl_group **found) {
  if (reserve(keyed, tile->rows)) return -1; /* so that groups stay where they are */
  if (keyed->near) {
    find_near_groups(tile, keyed, found);
  } else if (keyed->keys == 1) { /* compiled without loops over keys */
    find_groups(tile, keyed, found, 1);
  } else {
    find_groups(tile, keyed, found, keyed->keys);
  }
  for (int32_t i = 0; keyed->has_first && tile->narrow && i < tile->rows; i++)
    if (tile->narrow[i] > found[i]->first) found[i]->first = tile->narrow[i];
  for (int32_t i = 0; keyed->has_first && !tile->narrow && i < tile->rows; i++)
    if (tile->first[i] > found[i]->first) found[i]->first = tile->first[i];
  return 0;
}

void fl_tile_hash(fl_tile *tile, const fl_keyed *keyed) {
  for (int32_t i = 0; i < tile->rows; i++) tile->hash[i] = hash_begun(keyed, missing_keys(tile, i, keyed->keys));
  for (int32_t k = 0; k < keyed->keys; k++)
    for (int32_t i = 0; i < tile->rows; i++) tile->hash[i] = hash_with(keyed, tile->hash[i], tile->values[k][i]);
}

/* A bit for each of up to 64 rows that is null; reads no bytes but theirs. */
static uint64_t nulls_of(const fl_integers *column, int64_t from, int32_t rows) {
  if (!column->valid) return 0;
  int64_t at = from + column->array.offset;
  const uint8_t *bytes = column->valid + (at >> 3);
  int32_t shift = (int32_t)(at & 7), size = (shift + rows + 7) / 8; /* up to 9 bytes */
  uint64_t valid = 0;
  for (int32_t i = 0; i < size && i < 8; i++) valid |= (uint64_t)bytes[i] << (8 * i);
  valid = valid >> shift | (size > 8 ? (uint64_t)bytes[8] << (64 - shift) : 0);
  return ~valid & (UINT64_MAX >> (64 - rows));
}

static void take_column(fl_tile *tile, int32_t c, const fl_integers *column, int64_t from) {
  uint64_t nulls = nulls_of(column, from, tile->rows);
  int64_t *copies = tile->copies[c];
  tile->values[c] = column->narrow || nulls ? copies : column->values + from;
  tile->may_lack |= (uint32_t)(nulls != 0) << c;
  if (column->narrow)
    for (int32_t i = 0; i < tile->rows; i++) copies[i] = column->narrow[from + i];
  else if (nulls)
    memcpy(copies, column->values + from, (size_t)tile->rows * sizeof *copies);
  for (; nulls; nulls &= nulls - 1) {
    int32_t i = __builtin_ctzll(nulls);
    tile->missing[i] |= (uint32_t)1 << c;
    copies[i] = 0;
  }
}

static void take_first(fl_tile *tile, const fl_integers *column, int64_t from) {
  tile->narrow = column->wide || column->valid ? NULL : column->values + from;
  if (tile->narrow) return;
  if (column->wide)
    memcpy(tile->first, column->wide + from, (size_t)tile->rows * sizeof *tile->first);
  else
    for (int32_t i = 0; i < tile->rows; i++) tile->first[i] = column->values[from + i];
  for (uint64_t nulls = nulls_of(column, from, tile->rows); nulls; nulls &= nulls - 1)
    tile->first[__builtin_ctzll(nulls)] = FL_NO_FIRST;
}

void fl_tile_take(fl_tile *tile, const fl_keyed *keyed, const fl_integers *columns, int64_t from, int64_t rows) {
  int32_t count = keyed->keys + keyed->columns;
  tile->rows = rows < FL_TILE ? (int32_t)rows : FL_TILE;
  tile->may_lack = 0;
  memset(tile->missing, 0, sizeof tile->missing);
  for (int32_t c = 0; c < count; c++) take_column(tile, c, columns + c, from);
  tile->narrow = NULL;
  if (keyed->has_first) take_first(tile, columns + count, from);
  if (!keyed->near) fl_tile_hash(tile, keyed);
}

int32_t fl_keyed_begin(fl_keyed *keyed, int32_t keys, int32_t columns, int32_t has_first, size_t bytes, uint64_t seed) {
  if (keys < 1 || keys > FL_MOST_KEYS || columns < 0 || columns > FL_MOST_COLUMNS) return -1;
  size_t kept = sizeof(fl_group) + ((size_t)keys * sizeof(int64_t) + 15) / 16 * 16;
  size_t width = kept + ((size_t)columns * bytes + 15) / 16 * 16;
  *keyed = (fl_keyed){keys, columns, !!has_first, kept, width, .seed = seed};
  if (keys == 1) keyed->near = calloc(NEAR, sizeof *keyed->near); /* without it, groups are found by their hash */
  return set_slots(keyed, FIRST_SLOTS);
}

void fl_keyed_end(fl_keyed *keyed) {
  fl_memory_free(keyed->groups);
  fl_memory_free(keyed->slots);
  forget_near(keyed);
}

void fl_keyed_drop(fl_keyed *keyed) {
  forget_near(keyed);
  keyed->count = keyed->earlier = 0;
}

void fl_keyed_keep(fl_keyed *keyed, const int64_t *numbers, int64_t count) {
  for (int64_t i = 0; i < count; i++)
    memmove(fl_group_at(keyed, i), fl_group_at(keyed, numbers[i]), keyed->width); /* which may be the same */
  keyed->count = count;
}

int64_t fl_keyed_bytes(const fl_keyed *keyed) {
  return keyed->capacity * (int64_t)keyed->width + keyed->slot_capacity * (int64_t)sizeof *keyed->slots;
}

int32_t fl_keyed_restart(fl_keyed *keyed, int64_t groups) {
  int64_t slots = FIRST_SLOTS;
  while (slots < keyed->slot_count && slots < 2 * groups) slots *= 2; /* as many as were needed before, at most */
  forget_near(keyed);
  keyed->earlier = keyed->count;
  return set_slots(keyed, slots);
}
