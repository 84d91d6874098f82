/* Groups of rows by integers with totals of each group: for sums and counts of few groups, or of very many.
 *
 * As long as groups are few, each row is added to its group. Then rows, and the groups so far, are put into parts by the
 * hash of their keys, and the groups of a part are made at once, within the caches of the processor. Where they are far
 * fewer than their rows, they take their place in the part. */

#include "internal.h"

#include <stdlib.h>

#define LEAST (-((__int128)1 << 126) * 2) /* of Int128 */
enum { TILE = 64, FIRST_SLOTS = 1 << 10, PART_BITS = 9, FEW = 1 << 14, FEWER = 2, SAMPLE = 16 };

/* What a piece has. Rows are the low half of `first`, its high half, `missing`, and the values. All but the low half take 32
 * bits where they fit, the high half as the difference from that of the very first row; else all take 64. */
enum { SMALL, WIDE, GROUPS, KINDS };

typedef struct {
  __int128 value;
  int64_t count;
} total;

typedef struct { /* followed by a total of each column, and the keys */
  __int128 first;
  int64_t rows;
  uint64_t missing; /* a bit for each key that is null */
  total totals[];
} group;

typedef struct { /* rows on their way from columns to parts or groups */
  int32_t rows;
  uint32_t missing[TILE]; /* a bit for each key, then for each value, that is null */
  uint64_t hash[TILE];
  int64_t values[FL_MOST_KEYS + FL_MOST_COLUMNS][TILE]; /* of keys, then of columns */
  __int128 first[TILE];
} tile;

typedef struct piece {
  struct piece *before;
  uint32_t used, kind;
  uint8_t bytes[];
} piece;

typedef struct {
  piece *last;   /* those before it are full */
  uint32_t used; /* of the last piece, which notes it only when it is read */
} pieces;

typedef struct {
  int64_t evicted, capacity;
  int64_t *places;
} file;

struct fl_totals {
  int32_t keys, columns, has_first, is_parted;
  int32_t total[FL_MOST_COLUMNS];
  size_t size[KINDS];  /* of a row, or a group */
  uint32_t fit[KINDS]; /* so many into a piece */
  int32_t has_high;
  uint64_t high; /* half of the first `first` */
  uint64_t seed;
  int64_t bytes, evicted;
  piece *spare;
  pieces pieces[KINDS][FL_PARTS];
  file files[FL_PARTS];
  char *groups;
  int64_t count, capacity, earlier; /* groups; those of earlier parts */
  uint64_t *slots; /* half of a hash, and the number of a group of the part, counted from 1; a slot that is free has 0 */
  int64_t slot_count, slot_capacity;
};

static group *group_at(const fl_totals *totals, int64_t number) {
  return (group *)(void *)(totals->groups + (size_t)number * totals->size[GROUPS]);
}
static int64_t *keys_of(const fl_totals *totals, group *group) {
  return (int64_t *)(void *)(group->totals + totals->columns);
}
static uint32_t key_bits(const fl_totals *totals) { return ((uint32_t)1 << totals->keys) - 1; }

static uint64_t hash_of(const fl_totals *totals, uint64_t missing, const int64_t *keys) {
  return fl_hash(totals->seed, missing, keys, totals->keys);
}

/* Slots and groups */

static void put_slot(fl_totals *totals, uint64_t hash, int64_t number) {
  uint64_t mask = (uint64_t)totals->slot_count - 1, at = hash & mask;
  while (totals->slots[at]) at = (at + 1) & mask;
  totals->slots[at] = hash >> 32 << 32 | (uint64_t)(number + 1);
}

/* So many slots, in which are the groups of the part. */
static int32_t set_slots(fl_totals *totals, int64_t count) {
  if (fl_grow((void **)&totals->slots, &totals->slot_capacity, count, sizeof *totals->slots)) return -1;
  memset(totals->slots, 0, (size_t)count * sizeof *totals->slots);
  totals->slot_count = count;
  for (int64_t number = totals->earlier; number < totals->count; number++) {
    group *group = group_at(totals, number);
    put_slot(totals, hash_of(totals, group->missing, keys_of(totals, group)), number - totals->earlier);
  }
  return 0;
}

static group *new_group(fl_totals *totals, uint64_t hash, uint64_t missing, const int64_t *keys) {
  int64_t number = totals->count - totals->earlier;
  if (number >= UINT32_MAX - 1) return NULL;
  if (fl_grow((void **)&totals->groups, &totals->capacity, totals->count + 1, totals->size[GROUPS])) return NULL;
  if (number * 2 >= totals->slot_count && set_slots(totals, totals->slot_count * 2)) return NULL;
  put_slot(totals, hash, number);
  group *made = group_at(totals, totals->count++);
  memset(made, 0, totals->size[GROUPS]);
  made->first = LEAST;
  made->missing = missing;
  memcpy(keys_of(totals, made), keys, (size_t)totals->keys * sizeof *keys);
  return made;
}

/* The group of some keys, made if it is new; NULL if memory is short. */
static inline group *find_group(fl_totals *totals, uint64_t hash, uint64_t missing, const int64_t *keys) {
  uint64_t mask = (uint64_t)totals->slot_count - 1;
  for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
    uint64_t slot = totals->slots[at];
    if (!slot) return new_group(totals, hash, missing, keys);
    if (slot >> 32 != hash >> 32) continue;
    group *found = group_at(totals, totals->earlier + (int64_t)(uint32_t)slot - 1);
    int32_t is_same = found->missing == missing;
    for (int32_t k = 0; k < totals->keys; k++) is_same &= keys_of(totals, found)[k] == keys[k];
    if (LIKELY(is_same)) return found;
  }
}

static inline void add_value(total *total, int32_t kind, __int128 value, int64_t count) {
  if (!count) return;
  if (kind == FL_SUM)
    total->value += value;
  else if (!total->count || (kind == FL_LEAST ? value < total->value : value > total->value))
    total->value = value;
  total->count += count;
}

static inline void get_keys(const fl_totals *totals, const tile *tile, int32_t row, int64_t *keys) {
  for (int32_t k = 0; k < totals->keys; k++) keys[k] = tile->values[k][row];
}

static void hash_tile(const fl_totals *totals, tile *tile) {
  for (int32_t i = 0; i < tile->rows; i++) {
    int64_t keys[FL_MOST_KEYS];
    get_keys(totals, tile, i, keys);
    tile->hash[i] = hash_of(totals, tile->missing[i] & key_bits(totals), keys);
  }
}

static int32_t group_tile(fl_totals *totals, const tile *tile) {
  for (int32_t i = 0; i < tile->rows; i++)
    __builtin_prefetch(totals->slots + (tile->hash[i] & ((uint64_t)totals->slot_count - 1)));
  for (int32_t i = 0; i < tile->rows; i++) {
    int64_t keys[FL_MOST_KEYS];
    get_keys(totals, tile, i, keys);
    group *group = find_group(totals, tile->hash[i], tile->missing[i] & key_bits(totals), keys);
    if (!group) return -1;
    group->rows++;
    for (int32_t c = 0, at = totals->keys; c < totals->columns; c++, at++)
      add_value(group->totals + c, totals->total[c], tile->values[at][i], !(tile->missing[i] >> at & 1));
    if (totals->has_first && tile->first[i] > group->first) group->first = tile->first[i];
  }
  return 0;
}

static int32_t add_groups(fl_totals *totals, const uint8_t *bytes, uint32_t count) {
  _Alignas(group) char buffer[sizeof(group) + FL_MOST_COLUMNS * sizeof(total) + FL_MOST_KEYS * sizeof(int64_t)];
  group *given = (group *)(void *)buffer;
  for (uint32_t i = 0; i < count; i++) {
    memcpy(buffer, bytes + i * totals->size[GROUPS], totals->size[GROUPS]); /* which may be anywhere */
    const int64_t *keys = keys_of(totals, given);
    group *group = find_group(totals, hash_of(totals, given->missing, keys), given->missing, keys);
    if (!group) return -1;
    group->rows += given->rows;
    for (int32_t c = 0; c < totals->columns; c++)
      add_value(group->totals + c, totals->total[c], given->totals[c].value, given->totals[c].count);
    if (given->first > group->first) group->first = given->first;
  }
  return 0;
}

/* Parts */

/* A piece that will be used again. */
static void spare_piece(fl_totals *totals, piece *piece) {
  piece->before = totals->spare;
  totals->spare = piece;
  totals->bytes -= FL_PIECE;
}

static piece *last_piece(pieces *pieces) {
  if (pieces->last) pieces->last->used = pieces->used;
  return pieces->last;
}

static int32_t begin_piece(fl_totals *totals, pieces *pieces, uint32_t kind) {
  piece *made = totals->spare;
  if (made)
    totals->spare = made->before;
  else if (!(made = fl_memory_new(FL_PIECE)))
    return -1;
  *made = (piece){.before = last_piece(pieces), .kind = kind};
  pieces->last = made;
  pieces->used = 0;
  totals->bytes += FL_PIECE;
  return 0;
}

/* Where the next row or group of a part goes; NULL if memory is short. */
static inline uint8_t *next_place(fl_totals *totals, uint64_t hash, uint32_t kind) {
  pieces *pieces = totals->pieces[kind] + (hash >> (64 - PART_BITS));
  if (UNLIKELY(!pieces->last || pieces->used == totals->fit[kind]) && begin_piece(totals, pieces, kind)) return NULL;
  return pieces->last->bytes + pieces->used++ * totals->size[kind];
}

static int32_t put_groups(fl_totals *totals) {
  for (int64_t number = 0; number < totals->count; number++) {
    group *group = group_at(totals, number);
    uint8_t *to = next_place(totals, hash_of(totals, group->missing, keys_of(totals, group)), GROUPS);
    if (!to) return -1;
    memcpy(to, group, totals->size[GROUPS]);
  }
  fl_totals_drop_groups(totals);
  return 0;
}

static inline uint8_t *put(uint8_t *to, uint32_t kind, uint64_t value) {
  uint32_t small = (uint32_t)value;
  if (kind == WIDE) return memcpy(to, &value, sizeof value), to + sizeof value;
  return memcpy(to, &small, sizeof small), to + sizeof small;
}

static uint64_t high_of(__int128 first) { return (uint64_t)(first >> 64); }

static int is_small(const fl_totals *totals, const tile *tile, int32_t row) {
  uint64_t high = totals->has_first ? high_of(tile->first[row]) - totals->high : 0;
  if (high + (UINT64_C(1) << 31) > UINT32_MAX) return 0; /* it has a sign */
  for (int32_t c = 0; c < totals->keys + totals->columns; c++)
    if ((uint64_t)tile->values[c][row] > UINT32_MAX) return 0;
  return 1;
}

static int32_t put_tile(fl_totals *totals, const tile *tile) {
  uint8_t *to[TILE];
  uint32_t kind[TILE];
  if (totals->has_first && !totals->has_high) totals->high = high_of(*tile->first), totals->has_high = 1;
  for (int32_t i = 0; i < tile->rows; i++) {
    kind[i] = is_small(totals, tile, i) ? SMALL : WIDE;
    if (!(to[i] = next_place(totals, tile->hash[i], kind[i]))) return -1;
    if (totals->has_first) {
      uint64_t low = (uint64_t)tile->first[i], high = high_of(tile->first[i]);
      to[i] = put(put(to[i], WIDE, low), kind[i], kind[i] == SMALL ? high - totals->high : high);
    }
    to[i] = put(to[i], kind[i], tile->missing[i]);
  }
  for (int32_t c = 0; c < totals->keys + totals->columns; c++)
    for (int32_t i = 0; i < tile->rows; i++) to[i] = put(to[i], kind[i], (uint64_t)tile->values[c][i]);
  return 0;
}

static inline uint64_t get(const uint8_t **from, uint32_t kind) {
  uint32_t small;
  uint64_t wide;
  memcpy(kind == WIDE ? (void *)&wide : (void *)&small, *from, kind == WIDE ? sizeof wide : sizeof small);
  *from += kind == WIDE ? sizeof wide : sizeof small;
  return kind == WIDE ? wide : small;
}

static inline __int128 get_first(const fl_totals *totals, const uint8_t **from, uint32_t kind) {
  uint64_t low = get(from, WIDE), high = get(from, kind);
  if (kind == SMALL) high = (uint64_t)(int32_t)high + totals->high;
  return (__int128)((unsigned __int128)high << 64 | low);
}

static int32_t add_rows(fl_totals *totals, const uint8_t *row, uint32_t rows, uint32_t kind) {
  tile tile;
  for (; rows; rows -= (uint32_t)tile.rows) {
    tile.rows = rows < TILE ? (int32_t)rows : TILE;
    for (int32_t i = 0; i < tile.rows; i++, row += totals->size[kind]) {
      const uint8_t *from = row;
      tile.first[i] = totals->has_first ? get_first(totals, &from, kind) : LEAST;
      tile.missing[i] = (uint32_t)get(&from, kind);
      for (int32_t c = 0; c < totals->keys + totals->columns; c++) tile.values[c][i] = (int64_t)get(&from, kind);
    }
    hash_tile(totals, &tile);
    if (group_tile(totals, &tile)) return -1;
  }
  return 0;
}

int32_t fl_totals_add_piece(fl_totals *totals, const void *given) {
  piece head;
  const uint8_t *bytes = (const uint8_t *)given + sizeof head;
  memcpy(&head, given, sizeof head);
  if (head.kind >= KINDS || head.used > totals->fit[head.kind]) return -1;
  if (head.kind == GROUPS) return add_groups(totals, bytes, head.used);
  return head.kind == WIDE ? add_rows(totals, bytes, head.used, WIDE) : add_rows(totals, bytes, head.used, SMALL);
}

static int32_t group_part(fl_totals *totals, int32_t part) {
  int64_t most = totals->files[part].evicted * totals->fit[SMALL], slots = FIRST_SLOTS;
  for (int32_t kind = 0; kind < KINDS; kind++)
    for (const piece *piece = last_piece(totals->pieces[kind] + part); piece; piece = piece->before) most += piece->used;
  if (!most) return 0;
  while (slots < totals->slot_count && slots < 2 * most) slots *= 2; /* as many as the part before needed, at most */
  totals->earlier = totals->count;
  if (set_slots(totals, slots)) return -1;
  for (int32_t kind = 0; kind < KINDS; kind++)
    for (const piece *piece = totals->pieces[kind][part].last; piece; piece = piece->before)
      if (fl_totals_add_piece(totals, piece)) return -1;
  return 0;
}

static void free_pieces(piece **last) {
  for (piece *piece; (piece = *last);) {
    *last = piece->before;
    fl_memory_free(piece);
  }
}

static void free_part(fl_totals *totals, int32_t part) {
  for (int32_t kind = 0; kind < KINDS; kind++) free_pieces(&totals->pieces[kind][part].last);
  free_pieces(&totals->spare);
}

int32_t fl_totals_group(fl_totals *totals, int32_t part) {
  int32_t failed = group_part(totals, part);
  free_part(totals, part);
  return failed;
}

int32_t fl_totals_compact(fl_totals *totals) {
  int32_t tried = 0, done = 0;
  for (int32_t part = 0; part < FL_PARTS && (done || tried < SAMPLE); part++) {
    size_t had = 0;
    for (int32_t kind = 0; kind < KINDS; kind++)
      for (const piece *piece = last_piece(totals->pieces[kind] + part); piece; piece = piece->before)
        had += piece->used * totals->size[kind];
    if (had < FL_PIECE) continue;
    if (group_part(totals, part)) return -1;
    tried++;
    if ((size_t)totals->count * totals->size[GROUPS] * FEWER > had) {
      fl_totals_drop_groups(totals);
      continue;
    }
    for (int32_t kind = 0; kind < KINDS; kind++)
      for (piece **last = &totals->pieces[kind][part].last, *piece; (piece = *last);)
        *last = piece->before, spare_piece(totals, piece);
    if (put_groups(totals)) return -1;
    done++;
  }
  return 0;
}

const void *fl_totals_evict(fl_totals *totals, int32_t part) {
  file *file = totals->files + part;
  for (int32_t kind = 0; kind < KINDS; kind++) {
    piece *last = totals->pieces[kind][part].last, *full = last ? last->before : NULL;
    if (!full) continue;
    if (fl_grow((void **)&file->places, &file->capacity, file->evicted + 1, sizeof *file->places)) return NULL;
    file->places[file->evicted++] = totals->evicted++;
    last->before = full->before;
    spare_piece(totals, full);
    return full;
  }
  return NULL;
}

int64_t fl_totals_evicted(const fl_totals *totals, int32_t part, const int64_t **places) {
  *places = totals->files[part].places;
  return totals->files[part].evicted;
}

/* Columns */

static void take_tile(const fl_totals *totals, const fl_integers *columns, int64_t from, tile *tile) {
  int32_t count = totals->keys + totals->columns;
  memset(tile->missing, 0, sizeof tile->missing);
  for (int32_t c = 0; c < count; c++) {
    const fl_integers *column = columns + c;
    for (int32_t i = 0; i < tile->rows; i++)
      tile->values[c][i] = column->narrow ? column->narrow[from + i] : column->values[from + i];
    for (int32_t i = 0; column->valid && i < tile->rows; i++)
      if (!fl_integers_valid(column, from + i)) tile->missing[i] |= (uint32_t)1 << c, tile->values[c][i] = 0;
  }
  for (int32_t i = 0; totals->has_first && i < tile->rows; i++)
    tile->first[i] = fl_integers_valid(columns + count, from + i) ? fl_integers_wide(columns + count, from + i) : LEAST;
  hash_tile(totals, tile);
}

int32_t fl_totals_add(fl_totals *totals, struct ArrowArrayStream *const *streams, int64_t rows) {
  fl_integers columns[FL_MOST_KEYS + FL_MOST_COLUMNS + 1];
  int32_t count = totals->keys + totals->columns, failed = 0;
  tile tile;
  if (fl_integers_take(streams, count + totals->has_first, totals->has_first ? count : -1, rows, columns)) return -1;
  for (int64_t from = 0; from < rows && !failed; from += tile.rows) {
    tile.rows = rows - from < TILE ? (int32_t)(rows - from) : TILE;
    take_tile(totals, columns, from, &tile);
    failed = totals->is_parted ? put_tile(totals, &tile) : group_tile(totals, &tile);
    if (totals->is_parted || totals->count < FEW || failed) continue;
    totals->is_parted = 1;
    failed = put_groups(totals);
  }
  fl_integers_give(columns, count + totals->has_first);
  return failed ? -1 : 0;
}

int32_t fl_totals_export(const fl_totals *totals, int32_t of, int32_t number, struct ArrowSchema *schema,
                         struct ArrowArray *array) {
  int32_t is_sum = of == FL_OF_TOTAL && totals->total[number] == FL_SUM;
  fl_column column = fl_integers_new(of == FL_OF_FIRST || is_sum ? FL_INT128 : FL_INT64, totals->count);
  int32_t done = column.values && column.valid;
  for (int64_t i = 0; i < totals->count && done; i++) {
    group *group = group_at(totals, i);
    const total *total = group->totals + number;
    if (of == FL_OF_KEY) fl_integers_put(&column, i, keys_of(totals, group)[number], group->missing >> number & 1);
    if (of == FL_OF_ROWS) fl_integers_put(&column, i, group->rows, 0);
    if (of == FL_OF_FIRST) fl_integers_put(&column, i, group->first, 0);
    if (of == FL_OF_COUNT) fl_integers_put(&column, i, total->count, 0);
    if (of == FL_OF_TOTAL) fl_integers_put(&column, i, total->value, !is_sum && !total->count);
  }
  return fl_integers_lend(&column, totals->count, done, schema, array);
}

/* The whole */

fl_totals *fl_totals_new(int32_t keys, int32_t columns, const int32_t *total_of, int32_t has_first, uint64_t seed) {
  if (keys < 1 || keys > FL_MOST_KEYS || columns < 0 || columns > FL_MOST_COLUMNS) return NULL;
  fl_totals *totals = calloc(1, sizeof *totals);
  if (!totals) return NULL;
  totals->keys = keys, totals->columns = columns, totals->has_first = !!has_first, totals->seed = seed;
  for (int32_t i = 0; i < columns; i++) totals->total[i] = total_of[i];
  size_t values = (size_t)(1 + keys + columns + totals->has_first), low = has_first ? sizeof(uint64_t) : 0;
  size_t small = low + values * sizeof(uint32_t), wide = low + values * sizeof(uint64_t), group_size = sizeof(group);
  group_size += (size_t)columns * sizeof(total) + ((size_t)keys * sizeof(int64_t) + 15) / 16 * 16;
  memcpy(totals->size, (size_t[]){small, wide, group_size}, sizeof totals->size);
  for (int32_t kind = 0; kind < KINDS; kind++)
    totals->fit[kind] = (uint32_t)((FL_PIECE - sizeof(piece)) / totals->size[kind]);
  if (!set_slots(totals, FIRST_SLOTS)) return totals;
  free(totals);
  return NULL;
}

int64_t fl_totals_bytes(const fl_totals *totals) { return totals->bytes; }
int64_t fl_totals_count(const fl_totals *totals) { return totals->count; }
void fl_totals_drop_groups(fl_totals *totals) { totals->count = totals->earlier = 0; }

void fl_totals_free(fl_totals *totals) {
  if (!totals) return;
  for (int32_t part = 0; part < FL_PARTS; part++) {
    free_part(totals, part);
    fl_memory_free(totals->files[part].places);
  }
  fl_memory_free(totals->groups);
  fl_memory_free(totals->slots);
  free(totals);
}
