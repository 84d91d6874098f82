/* Columns of integers that Polars lends, and those that are handed to it. */

#include "internal.h"

static int32_t take(struct ArrowArrayStream *stream, int64_t rows, int32_t may_be_wide, fl_integers *column) {
  int32_t is_wide = may_be_wide && fl_has_format(stream, FL_INT128_FORMAT);
  int32_t is_narrow = !may_be_wide && fl_has_format(stream, "I");
  if (!is_wide && !is_narrow && !fl_has_format(stream, "l")) return -1;
  if (stream->get_next(stream, &column->array) || !column->array.release) return -1;
  if (column->array.length != rows) return column->array.release(&column->array), -1;
  column->valid = column->array.null_count ? column->array.buffers[0] : NULL;
  column->values = (const int64_t *)column->array.buffers[1] + column->array.offset;
  column->narrow = is_narrow ? (const uint32_t *)column->array.buffers[1] + column->array.offset : NULL;
  column->wide = is_wide ? (const __int128 *)column->array.buffers[1] + column->array.offset : NULL;
  return 0;
}

static void give(fl_integers *columns, int32_t count) {
  while (count) count--, columns[count].array.release(&columns[count].array);
}

static int32_t count_of(const fl_keyed *keyed) { return keyed->keys + keyed->columns + keyed->has_first; }

int32_t fl_integers_take(struct ArrowArrayStream *const *streams, const fl_keyed *keyed, int64_t rows,
                         fl_integers *columns) {
  for (int32_t taken = 0; taken < count_of(keyed); taken++)
    if (take(streams[taken], rows, taken == keyed->keys + keyed->columns, columns + taken)) return give(columns, taken), -1;
  return 0;
}

void fl_integers_give(fl_integers *columns, const fl_keyed *keyed) { give(columns, count_of(keyed)); }

fl_column fl_integers_new(int32_t kind, int64_t rows) {
  size_t bytes = ((size_t)rows + 7) / 8, width = kind == FL_INT128 ? sizeof(__int128) : sizeof(int64_t);
  fl_column column = {kind, fl_memory_new((size_t)rows * width), fl_memory_new(bytes)};
  if (column.valid) memset(column.valid, 0xFF, bytes);
  return column;
}

int32_t fl_integers_lend(fl_column *column, int64_t rows, int32_t done, struct ArrowSchema *schema,
                         struct ArrowArray *array) {
  if (done && !fl_lend(column, rows, NULL, 0, schema, array)) return 0;
  fl_memory_free(column->values);
  fl_memory_free(column->valid);
  return -1;
}
