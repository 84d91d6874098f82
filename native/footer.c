/* The footer of a Parquet file: its columns, row groups, and where the pages of each column are. */

#include "internal.h"

#include <stdlib.h>

enum { INT32 = 1, INT64 = 2, ENCRYPTED = 1, MOST_CHUNKS = 1 << 22 };

struct fl_footer {
  fl_leaf *leaves; /* the root comes first */
  fl_part *parts;
  int64_t *group_rows;
  int64_t leaf_count, part_count, group_count, leaf_capacity, part_capacity, group_capacity;
  const uint8_t *schema; /* of Arrow */
  int64_t schema_size;
  int32_t is_schema, is_odd;
};

static int64_t integer_of(const uint8_t *bytes, int64_t size) {
  int32_t narrow = 0;
  int64_t wide = 0;
  if (size == 4) return memcpy(&narrow, bytes, 4), narrow;
  return memcpy(&wide, bytes, 8), wide;
}

static void see_leaf(fl_leaf *leaf, int64_t path, int64_t value, const uint8_t *bytes) {
  switch (path) {
    case 0x21: leaf->type = (int32_t)value; break;
    case 0x23: leaf->repetition = (int32_t)value; break;
    case 0x24: leaf->name = bytes, leaf->name_size = bytes ? value : 0; break;
    case 0x25: leaf->children = value; break;
    case 0x26: leaf->converted = (int32_t)value; break;
    case 0x2A: break;
    case 0x2AA1: leaf->bits = (int32_t)value; break;
    case 0x2AA2: leaf->is_signed = (int32_t)value; break;
    default:
      if (path >> 4 == 0x2A) leaf->logical = (int32_t)(path & 15);
  }
}

static void see_range(fl_part *part, int64_t *place, int32_t which, int64_t size, const uint8_t *bytes) {
  if (!bytes || !(part->type == INT64 ? size == 8 : part->type == INT32 && size == 4)) return;
  *place = integer_of(bytes, size);
  part->known |= which;
}

static void see_part(fl_part *part, int64_t path, int64_t value, const uint8_t *bytes) {
  switch (path) {
    case 0x411: case 0x418: case 0x419: part->is_odd = 1; break; /* in another file, or encrypted */
    case 0x4131: part->type = (int32_t)value; break;
    case 0x4133: part->depth++; break;
    case 0x4134: part->codec = (int32_t)value; break;
    case 0x4135: part->values = value; break;
    case 0x4137: part->stored = value; break;
    case 0x4139: part->data = value; break;
    case 0x413B: part->dictionary = value; break;
    case 0x413C1: case 0x413C5: see_range(part, &part->maximum, 2, value, bytes); break;
    case 0x413C2: case 0x413C6: see_range(part, &part->minimum, 1, value, bytes); break;
    case 0x413C3: part->nulls = value; break;
  }
}

static void see_key(fl_footer *footer, int64_t path, int64_t size, const uint8_t *bytes) {
  static const char name[] = "ARROW:schema";
  if (path == 0x51) footer->is_schema = bytes && size == sizeof name - 1 && !memcmp(bytes, name, sizeof name - 1);
  if (path == 0x52 && footer->is_schema) footer->schema = bytes, footer->schema_size = bytes ? size : 0;
}

static int32_t add(void **memory, int64_t *count, int64_t *capacity, size_t width) {
  if (fl_grow(memory, capacity, *count + 1, width) || *count >= MOST_CHUNKS) return -1;
  memset((uint8_t *)*memory + (size_t)*count * width, 0, width);
  ++*count;
  return 0;
}

static int32_t begin(fl_footer *footer, int64_t path) {
  switch (path) {
    case 0x2:
      if (add((void **)&footer->leaves, &footer->leaf_count, &footer->leaf_capacity, sizeof(fl_leaf))) return -1;
      footer->leaves[footer->leaf_count - 1] = (fl_leaf){.type = -1, .converted = -1, .is_signed = -1};
      return 0;
    case 0x4: return add((void **)&footer->group_rows, &footer->group_count, &footer->group_capacity, sizeof(int64_t));
    case 0x41:
      if (add((void **)&footer->parts, &footer->part_count, &footer->part_capacity, sizeof(fl_part))) return -1;
      footer->parts[footer->part_count - 1].nulls = -1;
      footer->parts[footer->part_count - 1].group = footer->group_count - 1;
  }
  return 0;
}

static void see(void *state, fl_cursor *c, int64_t path, int64_t value, const uint8_t *bytes) {
  fl_footer *footer = state;
  int64_t top = path;
  while (top > 15) top >>= 4;
  if (path < 0) return;
  if (begin(footer, path)) c->failed = 1;
  if (c->failed) return;
  if (top == 2 && path > 15 && footer->leaf_count) see_leaf(footer->leaves + footer->leaf_count - 1, path, value, bytes);
  if (path == 0x43 && footer->group_count) footer->group_rows[footer->group_count - 1] = value;
  if (path >> 4 >= 0x41 && top == 4 && footer->part_count)
    see_part(footer->parts + footer->part_count - 1, path, value, bytes);
  if (top == 5) see_key(footer, path, value, bytes);
  if (path == 0x8 || path == 0x9) footer->is_odd = ENCRYPTED;
}

/* Whether there is one part for each column in each row group, in order. */
static int32_t is_regular(const fl_footer *footer) {
  int64_t columns = footer->leaf_count - 1;
  if (footer->is_odd || columns < 1 || footer->leaves[0].children != columns) return 0;
  if (footer->part_count != footer->group_count * columns) return 0;
  for (int64_t i = 1; i <= columns; i++)
    if (footer->leaves[i].children || footer->leaves[i].repetition < 0 || footer->leaves[i].repetition > 1) return 0;
  for (int64_t i = 0; i < footer->part_count; i++) {
    const fl_part *part = footer->parts + i;
    if (part->is_odd || part->depth != 1 || part->group != i / columns) return 0;
    if (part->type != footer->leaves[1 + i % columns].type || part->values != footer->group_rows[part->group]) return 0;
  }
  return 1;
}

fl_footer *fl_footer_new(const uint8_t *bytes, int64_t size) {
  fl_footer *footer = calloc(1, sizeof *footer);
  if (!footer) return NULL;
  fl_cursor c = {bytes, bytes + size, 0};
  fl_thrift(&c, see, footer);
  if (!c.failed && is_regular(footer)) return footer;
  return fl_footer_free(footer), NULL;
}

void fl_footer_report(const fl_footer *footer, fl_contents *contents) {
  *contents = (fl_contents){footer->leaf_count - 1, footer->group_count, footer->leaves + 1, footer->parts,
                            footer->group_rows,     footer->schema,      footer->schema_size};
}

void fl_footer_free(fl_footer *footer) {
  if (!footer) return;
  fl_memory_free(footer->leaves);
  fl_memory_free(footer->parts);
  fl_memory_free(footer->group_rows);
  free(footer);
}
