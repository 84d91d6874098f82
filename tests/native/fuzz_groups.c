/* Give columns of integers to groups and totals, and compare what is made of them with what is made row by row; run
 * under ASan and UBSan: fuzz_groups SECONDS SEED, which ends with a line that says how many tables it tried. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../native/internal.h"

enum { LONG, SHORT, WIDE, FEW_ROWS = 300, MANY_ROWS = 5000, MOST_BATCHES = 5, MOST = FL_MOST_KEYS + 4, MOST_PIECES = 4096 };

static uint64_t state;

static uint64_t next(void) { return state ^= state << 13, state ^= state >> 7, state ^= state << 17; }
static uint32_t below(uint32_t limit) { return (uint32_t)(next() >> 32) % limit; }

/* Columns */

typedef struct {
  int32_t kind;
  int64_t rows, offset, nulls;
  void *values; /* and the validity have as many bytes as they need, so nothing may be read before or after them */
  uint8_t *valid;
  const void *buffers[2];
} column;

static __int128 any_value(int32_t kind, int32_t is_few) {
  static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, -1, 0, 65535, 65536, UINT32_MAX, (int64_t)UINT32_MAX + 1};
  if (is_few) return below(4);
  if (kind == SHORT) return below(3) ? below(70000) : (uint32_t)next();
  if (kind == WIDE) return (__int128)(int64_t)next() * ((__int128)1 << below(63));
  return below(4) ? extremes[below(sizeof extremes / sizeof *extremes)] : (int64_t)next() >> below(64);
}

static void put(column *c, int64_t at, __int128 value) {
  if (c->kind == LONG) ((int64_t *)c->values)[at] = (int64_t)value;
  if (c->kind == SHORT) ((uint32_t *)c->values)[at] = (uint32_t)value;
  if (c->kind == WIDE) ((__int128 *)c->values)[at] = value;
}

static int32_t is_null(const column *c, int64_t row) {
  return c->valid && !(c->valid[(row + c->offset) >> 3] >> ((row + c->offset) & 7) & 1);
}

static __int128 value_at(const column *c, int64_t row) {
  int64_t at = row + c->offset;
  if (is_null(c, row)) return 0;
  return c->kind == LONG ? ((int64_t *)c->values)[at] : c->kind == SHORT ? ((uint32_t *)c->values)[at] : ((__int128 *)c->values)[at];
}

static column new_column(int32_t kind, int64_t rows, int32_t is_few) {
  static const size_t widths[] = {8, 4, 16};
  column c = {kind, rows, below(11), 0, NULL, NULL, {NULL, NULL}};
  size_t all = (size_t)(rows + c.offset);
  c.values = malloc(all * widths[kind] + !all);
  c.valid = below(3) ? malloc(all / 8 + 1) : NULL;
  for (size_t i = 0; i < all; i++) put(&c, (int64_t)i, any_value(kind, is_few));
  uint32_t rare = 1 + below(100);
  if (c.valid) memset(c.valid, 0xFF, all / 8 + 1);
  for (size_t i = 0; c.valid && i < all; i++)
    if (!below(rare)) c.valid[i >> 3] &= (uint8_t) ~(1 << (i & 7));
  for (int64_t row = 0; row < rows; row++) c.nulls += is_null(&c, row);
  return c;
}

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_array(struct ArrowArray *array) { array->release = NULL; }

static int give_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
  static const char *const formats[] = {"l", "I", FL_INT128_FORMAT};
  *schema = (struct ArrowSchema){.format = formats[((column *)stream->private_data)->kind], .release = release_schema};
  return 0;
}

static int give_array(struct ArrowArrayStream *stream, struct ArrowArray *array) {
  column *c = stream->private_data;
  c->buffers[0] = c->valid, c->buffers[1] = c->values;
  *array = (struct ArrowArray){.length = c->rows, .null_count = c->nulls, .offset = c->offset, .n_buffers = 2,
                               .buffers = c->buffers, .release = release_array};
  return 0;
}

/* A table in batches */

typedef struct {
  int32_t keys, columns, has_first, batches;
  int32_t total[4];
  column column[MOST_BATCHES][MOST + 1]; /* of each batch */
} table;

static int32_t width(const table *t) { return t->keys + t->columns + t->has_first; }

static table new_table(void) {
  table t = {1 + (int32_t)below(FL_MOST_KEYS), (int32_t)below(4), (int32_t)below(2), 1 + (int32_t)below(MOST_BATCHES), {0}, {{{0}}}};
  int32_t kinds[MOST + 1], is_few = below(3) != 0;
  for (int32_t c = 0; c < width(&t); c++) kinds[c] = below(2) ? LONG : SHORT;
  if (t.has_first) kinds[t.keys + t.columns] = below(2) ? LONG : WIDE;
  for (int32_t c = 0; c < t.columns; c++) t.total[c] = (int32_t)below(3);
  for (int32_t b = 0; b < t.batches; b++) {
    int64_t rows = is_few && !below(4) ? below(MANY_ROWS) : below(5) ? below(FEW_ROWS) : 64 * below(3);
    for (int32_t c = 0; c < width(&t); c++) t.column[b][c] = new_column(kinds[c], rows, is_few && c < t.keys);
  }
  return t;
}

static void free_table(table *t) {
  for (int32_t b = 0; b < t->batches; b++)
    for (int32_t c = 0; c < width(t); c++) free(t->column[b][c].values), free(t->column[b][c].valid);
}

typedef int32_t (*adder)(void *groups, struct ArrowArrayStream *const *streams, int64_t rows);
static int32_t to_groups(void *g, struct ArrowArrayStream *const *s, int64_t rows) { return fl_groups_add(g, s, rows); }
static int32_t to_totals(void *g, struct ArrowArrayStream *const *s, int64_t rows) { return fl_totals_add(g, s, rows); }

static void add(table *t, int32_t batch, adder to, void *groups) {
  struct ArrowArrayStream streams[MOST + 1], *pointers[MOST + 1];
  for (int32_t c = 0; c < width(t); c++) {
    streams[c] = (struct ArrowArrayStream){.get_schema = give_schema, .get_next = give_array, .private_data = t->column[batch] + c};
    pointers[c] = streams + c;
  }
  assert(to(groups, pointers, t->column[batch][0].rows) == 0);
}

/* What is made of a group, row by row */

typedef struct {
  int64_t rows, counts[4];
  __int128 first, totals[4];
} made;

static int32_t is_of(const table *t, int32_t batch, int64_t row, const __int128 *keys, const int32_t *nulls) {
  for (int32_t k = 0; k < t->keys; k++)
    if (is_null(t->column[batch] + k, row) != nulls[k] || value_at(t->column[batch] + k, row) != keys[k]) return 0;
  return 1;
}

static void add_row(const table *t, int32_t batch, int64_t row, made *m) {
  const column *first = t->column[batch] + t->keys + t->columns;
  m->rows++;
  if (t->has_first && !is_null(first, row) && value_at(first, row) > m->first) m->first = value_at(first, row);
  for (int32_t c = 0; c < t->columns; c++) {
    const column *values = t->column[batch] + t->keys + c;
    if (is_null(values, row)) continue;
    __int128 value = value_at(values, row);
    int32_t is_better = !m->counts[c] || (t->total[c] == FL_LEAST ? value < m->totals[c] : value > m->totals[c]);
    if (t->total[c] == FL_SUM) m->totals[c] += value;
    else if (is_better) m->totals[c] = value;
    m->counts[c]++;
  }
}

static made make(const table *t, const __int128 *keys, const int32_t *nulls) {
  made m = {.first = FL_NO_FIRST};
  for (int32_t b = 0; b < t->batches; b++)
    for (int64_t row = 0; row < t->column[b][0].rows; row++)
      if (is_of(t, b, row, keys, nulls)) add_row(t, b, row, &m);
  return m;
}

/* Answers */

typedef struct {
  const void *source;
  int32_t is_groups;
  const table *table;
} answer;

static struct ArrowArray asked(const answer *a, int32_t of, int32_t number) {
  struct ArrowSchema schema;
  struct ArrowArray array;
  int32_t failed;
  if (!a->is_groups) failed = fl_totals_export(a->source, of, number, &schema, &array);
  else if (of >= FL_OF_COUNT) failed = fl_groups_totals(a->source, of, number, a->table->total[number], &schema, &array);
  else failed = fl_groups_export(a->source, of, number, 0, 0, fl_groups_count(a->source), &schema, &array);
  assert(!failed);
  schema.release(&schema);
  return array;
}

static int32_t lacks(const struct ArrowArray *array, int64_t row) {
  const uint8_t *valid = array->buffers[0];
  return valid && !(valid[row >> 3] >> (row & 7) & 1);
}

static __int128 integer(const struct ArrowArray *array, int64_t row, int32_t is_wide) {
  return is_wide ? ((const __int128 *)array->buffers[1])[row] : ((const int64_t *)array->buffers[1])[row];
}

/* Compare all groups; each row is in one of them, or of those that were dropped. */
static void compare(const answer *a, int64_t count, int64_t dropped) {
  const table *t = a->table;
  struct ArrowArray keys[FL_MOST_KEYS], rows = asked(a, FL_OF_ROWS, 0), first, counts[4], totals[4];
  int64_t all = 0, given = 0;
  for (int32_t k = 0; k < t->keys; k++) keys[k] = asked(a, FL_OF_KEY, k);
  for (int32_t c = 0; c < t->columns; c++) counts[c] = asked(a, FL_OF_COUNT, c), totals[c] = asked(a, FL_OF_TOTAL, c);
  if (t->has_first) first = asked(a, FL_OF_FIRST, 0);
  assert(rows.length == count);
  for (int64_t g = 0; g < count; g++) {
    __int128 wanted[FL_MOST_KEYS];
    int32_t nulls[FL_MOST_KEYS];
    for (int32_t k = 0; k < t->keys; k++) nulls[k] = lacks(keys + k, g), wanted[k] = nulls[k] ? 0 : integer(keys + k, g, 0);
    made m = make(t, wanted, nulls);
    assert(m.rows && integer(&rows, g, 0) == m.rows && (!t->has_first || integer(&first, g, 1) == m.first));
    for (int32_t c = 0; c < t->columns; c++) {
      assert(integer(counts + c, g, 0) == m.counts[c] && lacks(totals + c, g) == (!m.counts[c] && t->total[c] != FL_SUM));
      assert(lacks(totals + c, g) || integer(totals + c, g, t->total[c] == FL_SUM) == m.totals[c]);
    }
    all += m.rows;
  }
  for (int32_t b = 0; b < t->batches; b++) given += t->column[b][0].rows;
  assert(all + dropped == given);
  for (int32_t k = 0; k < t->keys; k++) keys[k].release(keys + k);
  for (int32_t c = 0; c < t->columns; c++) counts[c].release(counts + c), totals[c].release(totals + c);
  if (t->has_first) first.release(&first);
  rows.release(&rows);
}

static void check_groups(table *t) {
  fl_groups *groups = fl_groups_new(t->keys, t->columns, t->has_first, next());
  fl_groups *others = fl_groups_new(t->keys, t->columns, t->has_first, next());
  for (int32_t b = 0; b < t->batches; b++) add(t, b, to_groups, below(2) ? groups : others);
  assert(fl_groups_merge(groups, others) == 0 && fl_groups_bytes(groups) > 0);
  compare(&(answer){groups, 1, t}, fl_groups_count(groups), 0);
  for (int32_t c = 0; c < t->columns; c++) {
    struct ArrowSchema schema;
    struct ArrowArray array;
    assert(fl_groups_ranks(groups, c, below(101), 100, &schema, &array) == 0 && array.length == fl_groups_count(groups));
    schema.release(&schema), array.release(&array);
  }
  fl_groups_free(others), fl_groups_free(groups);
}

static void *pieces[MOST_PIECES]; /* the file */
static int64_t piece_count;

static void evict(fl_totals *totals) {
  const void *piece;
  for (int32_t part = 0; part < FL_PARTS; part++)
    while (piece_count < MOST_PIECES && (piece = fl_totals_evict(totals, part)))
      memcpy(pieces[piece_count++] = malloc(FL_PIECE), piece, FL_PIECE);
}

/* Drop some groups; returns how many rows they have. */
static int64_t drop_groups(const table *t, fl_totals *totals) {
  struct ArrowArray rows = asked(&(answer){totals, 0, t}, FL_OF_ROWS, 0);
  int64_t *kept = malloc((size_t)rows.length * sizeof *kept), count = 0, dropped = 0;
  for (int64_t g = 0; g < rows.length; g++)
    if (below(3)) kept[count++] = g;
    else dropped += integer(&rows, g, 0);
  fl_totals_keep_groups(totals, kept, count);
  free(kept), rows.release(&rows);
  return dropped;
}

/* Returns how many rows are in groups that were dropped. */
static int64_t group_parts(const table *t, fl_totals *totals, fl_totals *to) {
  int64_t dropped = 0, dropping = below(2);
  for (int32_t part = 0; part < FL_PARTS; part++) {
    const int64_t *places;
    int64_t evicted = fl_totals_evicted(totals, part, &places);
    assert(fl_totals_take(to, totals, part) == 0);
    for (int64_t i = 0; i < evicted; i++) assert(fl_totals_add_piece(to, pieces[places[i]]) == 0);
    if (dropping && !below(64)) dropped += drop_groups(t, to);
  }
  while (piece_count) free(pieces[--piece_count]);
  return dropped;
}

static void check_totals(table *t) {
  fl_totals *totals = fl_totals_new(t->keys, t->columns, t->total, t->has_first, below(3) ? 1 + below(200) : INT64_MAX, next());
  fl_totals *apart = fl_totals_new(t->keys, t->columns, t->total, t->has_first, INT64_MAX, next());
  for (int32_t b = 0; b < t->batches; b++) {
    add(t, b, to_totals, below(2) ? totals : apart);
    if (!below(4)) assert(fl_totals_compact(totals) == 0);
    if (!below(4)) evict(totals);
    if (below(4)) continue;
    assert(fl_totals_merge(totals, apart) == 0);
    fl_totals_free(apart);
    apart = fl_totals_new(t->keys, t->columns, t->total, t->has_first, INT64_MAX, next());
  }
  assert(fl_totals_merge(totals, apart) == 0 && fl_totals_bytes(totals) > 0);
  fl_totals_free(apart);
  apart = fl_totals_new(t->keys, t->columns, t->total, t->has_first, INT64_MAX, next());
  int32_t is_parted = fl_totals_end(totals);
  int64_t dropped = group_parts(t, totals, apart);
  fl_totals *made = is_parted ? apart : totals, *empty = is_parted ? totals : apart;
  assert(fl_totals_count(empty) == 0);
  compare(&(answer){made, 0, t}, fl_totals_count(made), dropped);
  fl_totals_free(apart), fl_totals_free(totals);
}

int main(int count, char **arguments) {
  assert(count == 3);
  int seconds = atoi(arguments[1]);
  state = strtoull(arguments[2], NULL, 10) | 1;
  uint64_t tried = 0;
  for (time_t end = time(NULL) + seconds; time(NULL) < end; tried++) {
    table t = new_table();
    check_groups(&t);
    check_totals(&t);
    free_table(&t);
  }
  printf("%llu tables without a fault\n", (unsigned long long)tried);
  return 0;
}
