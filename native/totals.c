/* Groups of rows by integers with totals of each group: for sums and counts of few groups, or of very many.
 *
 * As long as groups are few, each row is added to its group. Then rows, and the groups so far, are put into parts by the
 * hash of their keys, and the groups of a part are made at once, within the caches of the processor. Where they are far
 * fewer than their rows, they take their place in the part. */

#include "internal.h"

#include <stdlib.h>

enum { PART_BITS = 9, FEWER = 2, SAMPLE = 16 };

/* What a piece has. Rows are the low half of `first`, its high half, `missing`, and the values. All but the low half take 32
 * bits where they fit, the high half as the difference from that of the very first row; else all take 64. */
enum { SMALL, WIDE, GROUPS, KINDS };

#define HALF ((__int128)1 << 63) /* of the 64-bit integers */

typedef struct { /* of no rows, nothing but 0 */
  __int128 kept; /* of a sum, or of the least or largest value: see kept_of */
  int64_t nulls; /* which are fewer than the values that they are counted instead of */
} total;

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
  fl_keyed keyed;
  int64_t few; /* from so many groups on there are parts */
  int32_t is_parted, has_high;
  int32_t total[FL_MOST_COLUMNS];
  size_t size[KINDS];  /* of a row, or a group */
  uint32_t fit[KINDS]; /* so many into a piece */
  uint64_t high;       /* half of the first `first` */
  int64_t bytes, evicted;
  piece *spare;
  pieces pieces[KINDS][FL_PARTS];
  file files[FL_PARTS];
};

static int32_t value_count(const fl_totals *totals) { return totals->keyed.keys + totals->keyed.columns; }
static total *totals_of(const fl_totals *totals, fl_group *group) { return fl_kept_of(&totals->keyed, group); }

/* What a value adds to a sum; else a positive number that is larger the smaller, or the larger, the value is. */
static inline __int128 kept_of(int64_t value, int32_t kind) {
  return kind == FL_SUM ? value : kind == FL_LEAST ? HALF - value : HALF + 1 + value;
}

static inline __int128 value_of(const total *total, int32_t kind) {
  return kind == FL_SUM ? total->kept : kind == FL_LEAST ? HALF - total->kept : total->kept - HALF - 1;
}

static inline void add_kept(total *total, int32_t kind, __int128 kept) {
  if (kind == FL_SUM)
    total->kept += kept;
  else if (kept > total->kept)
    total->kept = kept;
}

INLINE void add_column(const fl_totals *totals, const fl_tile *tile, fl_group **found, int32_t c, int32_t kind) {
  for (int32_t i = 0, at = totals->keyed.keys + c; i < tile->rows; i++)
    if (LIKELY(fl_tile_has(tile, at, i)))
      add_kept(totals_of(totals, found[i]) + c, kind, kept_of(tile->values[at][i], kind));
    else
      totals_of(totals, found[i])[c].nulls++;
}

static int32_t group_tile(fl_totals *totals, const fl_tile *tile) {
  fl_group *found[FL_TILE];
  if (fl_tile_group(tile, &totals->keyed, found)) return -1;
  for (int32_t c = 0; c < totals->keyed.columns; c++)
    switch (totals->total[c]) { /* each compiled for itself */
      case FL_SUM: add_column(totals, tile, found, c, FL_SUM); break;
      case FL_LEAST: add_column(totals, tile, found, c, FL_LEAST); break;
      default: add_column(totals, tile, found, c, FL_LARGEST);
    }
  return 0;
}

static int32_t add_groups(fl_totals *totals, const uint8_t *bytes, uint32_t count) {
  _Alignas(fl_group) char buffer[sizeof(fl_group) + FL_MOST_COLUMNS * sizeof(total) + FL_MOST_KEYS * sizeof(int64_t)];
  fl_group *given = (fl_group *)(void *)buffer;
  for (uint32_t i = 0; i < count; i++) {
    memcpy(buffer, bytes + i * totals->size[GROUPS], totals->size[GROUPS]); /* which may be anywhere */
    fl_group *group = fl_keyed_add(&totals->keyed, given);
    if (!group) return -1;
    for (int32_t c = 0; c < totals->keyed.columns; c++) {
      const total *more = totals_of(totals, given) + c;
      add_kept(totals_of(totals, group) + c, totals->total[c], more->kept);
      totals_of(totals, group)[c].nulls += more->nulls;
    }
  }
  return 0;
}

static int32_t are_alike(const fl_totals *totals, const fl_totals *others) {
  const fl_keyed *one = &totals->keyed, *other = &others->keyed;
  return one->keys == other->keys && one->columns == other->columns && one->has_first == other->has_first &&
         !memcmp(totals->total, others->total, sizeof totals->total);
}

/* Parts */

/* A piece that will be used again. */
static void spare_piece(fl_totals *totals, piece *piece) {
  piece->before = totals->spare;
  totals->spare = piece;
  totals->bytes -= FL_PIECE;
}

static piece *last_piece(const pieces *pieces) {
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

/* Add groups of these totals, or of others, to the parts. */
static int32_t put_groups(fl_totals *totals, const fl_keyed *given) {
  for (int64_t number = 0; number < given->count; number++) {
    fl_group *group = fl_group_at(given, number);
    uint8_t *to = next_place(totals, fl_group_hash(&totals->keyed, group), GROUPS);
    if (!to) return -1;
    memcpy(to, group, totals->size[GROUPS]);
  }
  return 0;
}

/* Move the groups to their parts. */
static int32_t part_groups(fl_totals *totals) {
  totals->is_parted = 1;
  if (put_groups(totals, &totals->keyed)) return -1;
  fl_totals_drop_groups(totals);
  return 0;
}

static inline uint8_t *put(uint8_t *to, uint32_t kind, uint64_t value) {
  uint32_t small = (uint32_t)value;
  if (kind == WIDE) return memcpy(to, &value, sizeof value), to + sizeof value;
  return memcpy(to, &small, sizeof small), to + sizeof small;
}

static uint64_t high_of(__int128 first) { return (uint64_t)(first >> 64); }

static int is_small(const fl_totals *totals, const fl_tile *tile, int32_t row) {
  uint64_t high = totals->keyed.has_first ? high_of(fl_tile_first(tile, row)) - totals->high : 0;
  if (high + (UINT64_C(1) << 31) > UINT32_MAX) return 0; /* it has a sign */
  for (int32_t c = 0; c < value_count(totals); c++)
    if ((uint64_t)tile->values[c][row] > UINT32_MAX) return 0;
  return 1;
}

static int32_t put_tile(fl_totals *totals, const fl_tile *tile) {
  uint8_t *to[FL_TILE];
  uint32_t kind[FL_TILE];
  if (totals->keyed.has_first && !totals->has_high) totals->high = high_of(fl_tile_first(tile, 0)), totals->has_high = 1;
  for (int32_t i = 0; i < tile->rows; i++) {
    kind[i] = is_small(totals, tile, i) ? SMALL : WIDE;
    if (!(to[i] = next_place(totals, tile->hash[i], kind[i]))) return -1;
    if (totals->keyed.has_first) {
      __int128 first = fl_tile_first(tile, i);
      uint64_t low = (uint64_t)first, high = high_of(first);
      to[i] = put(put(to[i], WIDE, low), kind[i], kind[i] == SMALL ? high - totals->high : high);
    }
    to[i] = put(to[i], kind[i], tile->missing[i]);
  }
  for (int32_t c = 0; c < value_count(totals); c++)
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
  fl_tile tile;
  tile.may_lack = UINT32_MAX; /* which pieces do not say */
  tile.narrow = NULL;
  for (int32_t c = 0; c < value_count(totals); c++) tile.values[c] = tile.copies[c];
  for (; rows; rows -= (uint32_t)tile.rows) {
    tile.rows = rows < FL_TILE ? (int32_t)rows : FL_TILE;
    for (int32_t i = 0; i < tile.rows; i++, row += totals->size[kind]) {
      const uint8_t *from = row;
      tile.first[i] = totals->keyed.has_first ? get_first(totals, &from, kind) : FL_NO_FIRST;
      tile.missing[i] = (uint32_t)get(&from, kind);
      for (int32_t c = 0; c < value_count(totals); c++) tile.copies[c][i] = (int64_t)get(&from, kind);
    }
    fl_tile_hash(&tile, &totals->keyed);
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

/* Make the groups of what a part has in memory, after those that are there. */
static int32_t group_part(fl_totals *to, const fl_totals *totals, int32_t part) {
  int64_t most = totals->files[part].evicted * totals->fit[SMALL];
  for (int32_t kind = 0; kind < KINDS; kind++)
    for (const piece *piece = last_piece(totals->pieces[kind] + part); piece; piece = piece->before) most += piece->used;
  if (!most) return 0;
  to->high = totals->high;
  if (fl_keyed_restart(&to->keyed, most)) return -1;
  for (int32_t kind = 0; kind < KINDS; kind++)
    for (const piece *piece = totals->pieces[kind][part].last; piece; piece = piece->before)
      if (fl_totals_add_piece(to, piece)) return -1;
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
}

int32_t fl_totals_end(fl_totals *totals) {
  free_pieces(&totals->spare);
  return totals->is_parted;
}

int32_t fl_totals_take(fl_totals *to, fl_totals *totals, int32_t part) {
  int32_t failed = to->is_parted || !are_alike(to, totals) || group_part(to, totals, part);
  free_part(totals, part);
  return failed ? -1 : 0;
}

int32_t fl_totals_compact(fl_totals *totals) {
  int32_t tried = 0, done = 0;
  for (int32_t part = 0; part < FL_PARTS && (tried < SAMPLE || done * 2 >= tried); part++) {
    size_t had = 0;
    for (int32_t kind = 0; kind < KINDS; kind++)
      for (const piece *piece = last_piece(totals->pieces[kind] + part); piece; piece = piece->before)
        had += piece->used * totals->size[kind];
    if (had < FL_PIECE) continue;
    if (group_part(totals, totals, part)) return -1;
    tried++;
    if ((size_t)totals->keyed.count * totals->size[GROUPS] * FEWER > had) {
      fl_totals_drop_groups(totals);
      continue;
    }
    for (int32_t kind = 0; kind < KINDS; kind++)
      for (piece **last = &totals->pieces[kind][part].last, *piece; (piece = *last);)
        *last = piece->before, spare_piece(totals, piece);
    if (part_groups(totals)) return -1;
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

int32_t fl_totals_add(fl_totals *totals, struct ArrowArrayStream *const *streams, int64_t rows) {
  fl_integers columns[FL_MOST_KEYS + FL_MOST_COLUMNS + 1];
  const fl_keyed *keyed = &totals->keyed;
  int32_t failed = 0;
  fl_tile tile;
  if (fl_integers_take(streams, keyed, rows, columns)) return -1;
  for (int64_t from = 0; from < rows && !failed; from += tile.rows) {
    fl_tile_take(&tile, keyed, columns, from, rows - from);
    failed = totals->is_parted ? put_tile(totals, &tile) : group_tile(totals, &tile);
    if (!totals->is_parted && !failed && keyed->count >= totals->few) failed = part_groups(totals);
  }
  fl_integers_give(columns, keyed);
  return failed ? -1 : 0;
}

int32_t fl_totals_merge(fl_totals *totals, const fl_totals *others) {
  const fl_keyed *given = &others->keyed;
  if (others->is_parted || !are_alike(totals, others)) return -1;
  if (!totals->is_parted && totals->keyed.count + given->count >= totals->few && part_groups(totals)) return -1;
  if (totals->is_parted) return put_groups(totals, given);
  return add_groups(totals, (const uint8_t *)given->groups, (uint32_t)given->count);
}

int32_t fl_totals_export(const fl_totals *totals, int32_t of, int32_t number, struct ArrowSchema *schema,
                         struct ArrowArray *array) {
  const fl_keyed *keyed = &totals->keyed;
  int32_t is_sum = of == FL_OF_TOTAL && totals->total[number] == FL_SUM;
  fl_column column = fl_integers_new(of == FL_OF_FIRST || is_sum ? FL_INT128 : FL_INT64, keyed->count);
  int32_t done = column.values && column.valid;
  for (int64_t i = 0; i < keyed->count && done; i++) {
    fl_group *group = fl_group_at(keyed, i);
    const total *total = totals_of(totals, group) + number;
    if (of == FL_OF_COUNT)
      fl_integers_put(&column, i, group->rows - total->nulls, 0);
    else if (of == FL_OF_TOTAL)
      fl_integers_put(&column, i, value_of(total, totals->total[number]), !is_sum && group->rows == total->nulls);
    else
      fl_integers_put(&column, i, fl_group_has(group, of, number), fl_group_lacks(group, of, number));
  }
  return fl_integers_lend(&column, keyed->count, done, schema, array);
}

/* The whole */

fl_totals *fl_totals_new(int32_t keys, int32_t columns, const int32_t *total_of, int32_t has_first, int64_t few,
                         uint64_t seed) {
  fl_totals *totals = calloc(1, sizeof *totals);
  if (!totals || fl_keyed_begin(&totals->keyed, keys, columns, has_first, sizeof(total), seed)) return free(totals), NULL;
  for (int32_t i = 0; i < columns; i++) totals->total[i] = total_of[i];
  totals->few = few;
  size_t values = (size_t)(1 + keys + columns + totals->keyed.has_first), low = has_first ? sizeof(uint64_t) : 0;
  size_t small = low + values * sizeof(uint32_t), wide = low + values * sizeof(uint64_t);
  memcpy(totals->size, (size_t[]){small, wide, totals->keyed.width}, sizeof totals->size);
  for (int32_t kind = 0; kind < KINDS; kind++)
    totals->fit[kind] = (uint32_t)((FL_PIECE - sizeof(piece)) / totals->size[kind]);
  return totals;
}

int64_t fl_totals_bytes(const fl_totals *totals) { return totals->bytes + fl_keyed_bytes(&totals->keyed); }
int64_t fl_totals_count(const fl_totals *totals) { return totals->keyed.count; }
void fl_totals_keep_groups(fl_totals *totals, const int64_t *numbers, int64_t count) {
  fl_keyed_keep(&totals->keyed, numbers, count);
}
void fl_totals_drop_groups(fl_totals *totals) { fl_keyed_drop(&totals->keyed); }

void fl_totals_free(fl_totals *totals) {
  if (!totals) return;
  for (int32_t part = 0; part < FL_PARTS; part++) {
    free_part(totals, part);
    fl_memory_free(totals->files[part].places);
  }
  free_pieces(&totals->spare);
  fl_keyed_end(&totals->keyed);
  free(totals);
}
