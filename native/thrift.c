/* Thrift's compact protocol: the footers and page headers of Parquet. */

#include "internal.h"

enum { DEEPEST = 12 };

typedef struct {
  fl_seen see;
  void *state;
} visitor;

const uint8_t *fl_take(fl_cursor *c, uint64_t size) {
  const uint8_t *at = c->at;
  if (c->failed || size > (uint64_t)(c->end - at)) return c->failed = 1, NULL;
  c->at += size;
  return at;
}

uint64_t fl_varint(fl_cursor *c) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t *byte = fl_take(c, 1);
    if (!byte) return 0;
    value |= (uint64_t)(*byte & 127) << shift;
    if (*byte < 128) return value;
  }
  return c->failed = 1, 0;
}

static int64_t zigzag(fl_cursor *c) {
  uint64_t value = fl_varint(c);
  return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static void read_struct(fl_cursor *c, int64_t path, int depth, const visitor *v);
static void read_list(fl_cursor *c, int64_t path, int depth, const visitor *v);

static void read_bytes(fl_cursor *c, uint64_t size, int64_t path, const visitor *v) {
  const uint8_t *bytes = fl_take(c, size);
  if (bytes) v->see(v->state, c, path, (int64_t)size, bytes);
}

static void read_byte(fl_cursor *c, int64_t path, const visitor *v) {
  const uint8_t *byte = fl_take(c, 1);
  if (byte) v->see(v->state, c, path, (int8_t)*byte, NULL);
}

static void read_value(fl_cursor *c, int type, int64_t path, int depth, const visitor *v) {
  switch (type) {
    case 1: case 2: v->see(v->state, c, path, type == 1, NULL); break;
    case 3: read_byte(c, path, v); break;
    case 4: case 5: case 6: v->see(v->state, c, path, zigzag(c), NULL); break;
    case 7: fl_take(c, 8); break;
    case 8: read_bytes(c, fl_varint(c), path, v); break;
    case 9: case 10: read_list(c, path, depth + 1, v); break;
    case 12: read_struct(c, path, depth + 1, v); break;
    default: c->failed = 1;
  }
}

static void read_list(fl_cursor *c, int64_t path, int depth, const visitor *v) {
  const uint8_t *head = fl_take(c, 1);
  if (!head || depth > DEEPEST) return (void)(c->failed = 1);
  uint64_t count = *head >> 4 == 15 ? fl_varint(c) : *head >> 4;
  int type = *head & 15;
  for (uint64_t i = 0; i < count && !c->failed; i++) read_value(c, type < 3 ? 3 : type, path, depth, v);
}

static void read_struct(fl_cursor *c, int64_t path, int depth, const visitor *v) {
  if (depth > DEEPEST) return (void)(c->failed = 1);
  v->see(v->state, c, path, 0, NULL);
  for (int64_t id = 0; !c->failed;) {
    const uint8_t *head = fl_take(c, 1);
    if (!head || !*head) return;
    id = *head >> 4 ? id + (*head >> 4) : zigzag(c);
    int is_known = path >= 0 && path < INT64_C(1) << 56 && id > 0 && id < 16;
    read_value(c, *head & 15, is_known ? path << 4 | id : -1, depth, v);
  }
}

void fl_thrift(fl_cursor *c, fl_seen see, void *state) {
  const visitor v = {see, state};
  read_struct(c, 0, 0, &v);
}
