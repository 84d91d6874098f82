/* Columns: how they grow, and how Arrow takes them over. */

#include "internal.h"

#include <stdlib.h>

struct fl_block {
  int64_t references;
  uint8_t bytes[];
};

int32_t fl_version(void) { return FL_VERSION; }

fl_block *fl_block_new(int64_t size) {
  if (size < 0 || size >= INT32_MAX - FL_PADDING) return NULL;
  fl_block *block = fl_memory_new(sizeof *block + (size_t)size + FL_PADDING);
  if (!block) return NULL;
  block->references = 1;
  memset(block->bytes + size, 0, FL_PADDING);
  return block;
}

fl_block *fl_block_resized(fl_block *block, int64_t size) {
  if (!block) return fl_block_new(size);
  fl_block *resized = fl_memory_resized(block, sizeof *block + (size_t)size + FL_PADDING);
  if (resized) memset(resized->bytes + size, 0, FL_PADDING);
  return resized;
}

uint8_t *fl_block_bytes(fl_block *block) { return block->bytes; }

void fl_block_release(fl_block *block) {
  if (block && __atomic_sub_fetch(&block->references, 1, __ATOMIC_ACQ_REL) == 0) fl_memory_free(block);
}

static size_t width_of(int32_t kind) { /* in bits */
  static const size_t widths[] = {8, 16, 64, 128, 64, 1, 64, 64, 32, 32, 128};
  return widths[kind];
}

static size_t bytes_of(int32_t kind, int64_t rows) { return (width_of(kind) * (size_t)rows + 7) / 8; }

static int32_t is_slot(const fl_plan *plan, int32_t slot) { return slot >= -1 && slot < plan->slots; }

static int32_t is_valid(const fl_plan *plan) {
  if (plan->tokens < 0 || plan->tokens > FL_MOST_TOKENS || plan->slots < 0 || plan->slots > FL_MOST_SLOTS) return 0;
  if (plan->literal && (plan->literal_size < 1 || plan->literal_size > INT32_MAX)) return 0;
  for (int32_t i = 0; i < plan->slots; i++)
    if (plan->kind[i] < FL_UINT8 || plan->kind[i] > FL_INSTANT) return 0;
  for (int32_t i = 0; i < plan->tokens; i++)
    if (!is_slot(plan, plan->token[i].slot)) return 0;
  for (int32_t i = 0; i < plan->layouts; i++) {
    if (plan->layout[i].count < 1 || plan->layout[i].count > FL_MOST_VALUES) return 0;
    for (int32_t j = 0; j < plan->layout[i].count; j++)
      if (!is_slot(plan, plan->layout[i].values[j].slot) || !is_slot(plan, plan->layout[i].values[j].time_slot)) return 0;
  }
  return is_slot(plan, plan->message) && is_slot(plan, plan->record) && is_slot(plan, plan->row);
}

fl_table *fl_table_new(const fl_plan *plan, fl_block *block, int64_t size) {
  fl_table *table = is_valid(plan) ? calloc(1, sizeof *table) : NULL;
  if (!table) return NULL;
  table->plan = plan;
  table->block = block;
  table->bytes = block->bytes;
  table->size = size;
  table->earliest = INT64_MAX;
  table->latest = INT64_MIN;
  __atomic_add_fetch(&block->references, 1, __ATOMIC_RELAXED);
  table->columns = calloc((size_t)plan->slots + 1, sizeof *table->columns);
  table->texts = fl_is_part(plan) ? fl_block_new(0) : NULL;
  table->recipes = fl_recipes(plan);
  if (!table->columns || !table->recipes || (fl_is_part(plan) && !table->texts)) return fl_table_free(table), NULL;
  for (int32_t i = 0; i < plan->slots; i++) table->columns[i].kind = plan->kind[i];
  return table;
}

void fl_table_free(fl_table *table) {
  if (!table) return;
  for (int32_t i = 0; table->columns && i < table->plan->slots; i++) {
    fl_memory_free(table->columns[i].values);
    fl_memory_free(table->columns[i].valid);
  }
  free(table->columns);
  free(table->recipes);
  fl_memory_free(table->unparsed.lines);
  fl_block_release(table->texts);
  fl_block_release(table->block);
  free(table);
}

static int32_t resize(void **memory, size_t bytes) {
  void *resized = fl_memory_resized(*memory, bytes);
  if (!resized) return -1;
  *memory = resized;
  return 0;
}

int32_t fl_grow(void **memory, int64_t *capacity, int64_t needed, size_t width) {
  if (needed <= *capacity) return 0;
  int64_t larger = needed + *capacity;
  if (resize(memory, (size_t)larger * width)) return -1;
  *capacity = larger;
  return 0;
}

static int32_t resize_bitmap(uint8_t **bitmap, int64_t had, int64_t rows) { /* new rows are valid */
  size_t old = *bitmap ? (size_t)had / 8 : 0, bytes = (size_t)rows / 8;
  if (resize((void **)bitmap, bytes)) return -1;
  memset(*bitmap + old, 0xFF, bytes - old);
  return 0;
}

int32_t fl_reserve(fl_table *table, int64_t more, int64_t left, int64_t bytes) {
  int64_t needed = table->rows + more, had = table->capacity;
  if (needed <= had) return 0;
  int64_t is_part = fl_is_part(table->plan), all = is_part ? 0 : left * more / bytes, most = left / FL_SHORT_LINE;
  needed += (all < most ? all : most);
  int64_t capacity = (needed + needed / (is_part ? 1 : 8) + 64) / 64 * 64;
  for (int32_t i = 0; i < table->plan->slots; i++) {
    fl_column *column = table->columns + i;
    if (resize(&column->values, bytes_of(column->kind, capacity))) return -1;
    if (column->valid && resize_bitmap(&column->valid, had, capacity)) return -1;
  }
  table->capacity = capacity;
  return 0;
}

void fl_null(fl_table *table, fl_column *column, int64_t row) {
  if (!column->valid && resize_bitmap(&column->valid, 0, table->capacity)) {
    table->failed = 1;
    return;
  }
  column->valid[row >> 3] &= (uint8_t) ~(1 << (row & 7));
  memset((uint8_t *)column->values + bytes_of(column->kind, row), 0, bytes_of(column->kind, 1));
  table->has_nulls = 1;
}

void fl_forget(fl_table *table, int64_t row) {
  if (!table->has_nulls) return;
  for (int32_t i = 0; i < table->plan->slots; i++)
    if (table->columns[i].valid) table->columns[i].valid[row >> 3] |= (uint8_t)(1 << (row & 7));
  table->has_nulls = 0;
}

/* Memory for one more text, after the others; NULL if memory is short. */
static uint8_t *reserve_text(fl_table *table, int64_t size) {
  const int64_t most = INT32_MAX - FL_PADDING - 1;
  int64_t needed = table->texts_size + size, larger = 2 * needed < most ? 2 * needed : most;
  if (needed > table->texts_capacity) {
    fl_block *resized = needed <= most ? fl_block_resized(table->texts, larger) : NULL;
    if (!resized) return NULL;
    table->texts = resized;
    table->texts_capacity = larger;
  }
  return table->texts->bytes + table->texts_size;
}

void fl_copy_texts(fl_table *table, int64_t row) {
  for (int32_t i = 0; i < table->plan->slots; i++) {
    if (table->columns[i].kind != FL_TEXT) continue;
    fl_view *view = (fl_view *)table->columns[i].values + row;
    if (view->length <= FL_SHORT_TEXT) continue;
    uint8_t *copy = reserve_text(table, view->length);
    if (!copy) {
      table->failed = 1;
      return;
    }
    memcpy(copy, table->bytes + (view->rest >> 32), view->length);
    view->rest = (uint64_t)table->texts_size << 32;
    table->texts_size += view->length;
  }
}

void fl_add_unparsed(fl_table *table, uint32_t start, uint32_t end, uint8_t reason) {
  fl_unparsed *unparsed = &table->unparsed;
  if (fl_grow((void **)&unparsed->lines, &unparsed->capacity, unparsed->count + 1, sizeof *unparsed->lines)) {
    table->failed = 1;
    return;
  }
  unparsed->lines[unparsed->count++] = (fl_line){(uint32_t)table->lines, start, end, reason};
  unparsed->names += reason == FL_NAMES;
}

void fl_table_report(const fl_table *table, fl_report *report) {
  const fl_unparsed *unparsed = &table->unparsed;
  *report = (fl_report){table->lines,     table->rows,     unparsed->count,
                        unparsed->names, !table->has_high, table->earliest,
                        table->latest,   table->older, unparsed->lines};
}

typedef struct {
  const void *buffers[4];
  int64_t block_size;
  fl_block *block;
  void *values, *valid;
} lent;

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }

static void release_array(struct ArrowArray *array) {
  lent *memory = array->private_data;
  fl_memory_free(memory->values);
  fl_memory_free(memory->valid);
  fl_block_release(memory->block);
  free(memory);
  array->release = NULL;
}

static int64_t count_nulls(const uint8_t *valid, int64_t rows) {
  int64_t nulls = 0;
  for (int64_t i = 0; i < rows / 8; i++) nulls += 8 - __builtin_popcount(valid[i]);
  for (int64_t row = rows & ~INT64_C(7); row < rows; row++) nulls += !(valid[row >> 3] >> (row & 7) & 1);
  return nulls;
}

int32_t fl_lend(fl_column *column, int64_t rows, fl_block *block, int64_t size, struct ArrowSchema *schema,
                struct ArrowArray *array) {
  static const char *const formats[] = {"C", "S", "l", FL_VIEWS, "tsm:", "b", "l", "tsm:", "I", "i", FL_INT128_FORMAT};
  lent *memory = calloc(1, sizeof *memory);
  if (!memory) return -1;
  *memory = (lent){{column->valid, column->values, NULL, NULL}, size, NULL, column->values, column->valid};
  if (column->kind == FL_TEXT) {
    memory->buffers[2] = block->bytes;
    memory->buffers[3] = &memory->block_size;
    memory->block = block;
    __atomic_add_fetch(&block->references, 1, __ATOMIC_RELAXED);
  }
  *schema = (struct ArrowSchema){.format = formats[column->kind], .name = "", .flags = 2, .release = release_schema};
  *array = (struct ArrowArray){
      .length = rows,
      .null_count = column->valid ? count_nulls(column->valid, rows) : 0,
      .n_buffers = memory->block ? 4 : 2,
      .buffers = memory->buffers,
      .release = release_array,
      .private_data = memory,
  };
  column->values = NULL;
  column->valid = NULL;
  return 0;
}

int32_t fl_export(fl_table *table, int32_t slot, struct ArrowSchema *schema, struct ArrowArray *array) {
  fl_block *texts = table->texts ? table->texts : table->block;
  return fl_lend(table->columns + slot, table->rows, texts, table->texts ? table->texts_size : table->size, schema, array);
}

int32_t fl_has_format(struct ArrowArrayStream *stream, const char *format) {
  struct ArrowSchema schema;
  if (stream->get_schema(stream, &schema)) return 0;
  int32_t found = !strcmp(schema.format, format);
  schema.release(&schema);
  return found;
}
