/* Feed any bytes to the reader and check what must hold of every answer; run under ASan and UBSan.
 *
 * With -DFL_LIBFUZZER this is a target of libFuzzer. Otherwise it is a program: fuzz SECONDS SEED [FILE]..., which tries
 * the inputs in files, mutates lines by itself, and ends with a line that says how many inputs it tried. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../native/internal.h"

enum { U8, U16, I64, TIME, MESSAGE, TEXT, STREAM, RECORD, ROW, INTEGER_AS_TEXT, SLOTS };
static const int32_t kinds[SLOTS] = {FL_UINT8, FL_UINT16, FL_INT64,  FL_TIME, FL_TEXT,
                                     FL_TEXT,  FL_TEXT,   FL_RECORD, FL_ROW,  FL_TEXT};
static const fl_value small[] = {{255, U8, -1}, {-1, TEXT, -1}, {65535, U16, -1}};
static const fl_value large[] = {{255, U8, -1},  {-1, -1, -1},    {65535, INTEGER_AS_TEXT, -1},
                                 {255, -1, -1},  {INT64_C(1) << 53, I64, -1}, {INT64_C(1) << 53, -1, TIME},
                                 {-1, TEXT, -1}};
static const fl_layout layouts[] = {{7, large}, {3, small}};
static const fl_token tokens[] = {{FL_IS_TIME, TIME, '[', ']'}, {FL_IS_TEXT, STREAM, 0, 0}, {FL_SKIP, -1, '(', ')'}};

static void check_view(const fl_view *view, const uint8_t *bytes, int64_t size, int64_t block_size) {
  assert(view->length <= block_size);
  if (view->length > 12) {
    assert((int64_t)(view->rest >> 32) + view->length <= size);
    assert(memcmp(&view->prefix, bytes + (view->rest >> 32), 4) == 0);
    assert(!memchr(bytes + (view->rest >> 32), '\n', view->length));
  }
}

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }

static void release_nothing(struct ArrowArray *array) { array->release = NULL; }

static int give_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
  (void)stream;
  *schema = (struct ArrowSchema){.format = "vu", .release = release_schema};
  return 0;
}

static int give_array(struct ArrowArrayStream *stream, struct ArrowArray *array) { /* once */
  struct ArrowArray *stored = stream->private_data;
  *array = *stored;
  stored->release = NULL;
  return 0;
}

static int is_same(const struct ArrowArray *texts, int64_t a, int64_t b) {
  const uint8_t *valid = texts->buffers[0];
  const fl_view *view = texts->buffers[1];
  int is_null = valid && !(valid[a >> 3] >> (a & 7) & 1), other_is_null = valid && !(valid[b >> 3] >> (b & 7) & 1);
  if (is_null || other_is_null) return is_null && other_is_null;
  if (view[a].length != view[b].length || view[a].prefix != view[b].prefix) return 0;
  if (view[a].length <= 12) return view[a].rest == view[b].rest;
  const uint8_t *bytes = texts->buffers[2];
  return !memcmp(bytes + (view[a].rest >> 32), bytes + (view[b].rest >> 32), view[a].length);
}

static void check_distinct(const struct ArrowArray *texts) {
  struct ArrowArray lent = *texts, numbers, first;
  struct ArrowSchema schema, first_schema;
  lent.release = release_nothing;
  struct ArrowArrayStream stream = {.get_schema = give_schema, .get_next = give_array, .private_data = &lent};
  int64_t count = fl_distinct(&stream, texts->length, &schema, &numbers, &first_schema, &first);
  assert(count >= 0 && count <= FL_MOST_DISTINCT && (count || !texts->length));
  if (!count) return;
  assert(numbers.length == texts->length && first.length == count);
  for (int64_t row = 0; row < texts->length; row++) {
    uint32_t number = ((const uint32_t *)numbers.buffers[1])[row];
    assert(number < count && is_same(texts, row, ((const uint32_t *)first.buffers[1])[number]));
  }
  numbers.release(&numbers), first.release(&first), schema.release(&schema), first_schema.release(&first_schema);
}

static int has_one_before_another(const struct ArrowArray *texts, int64_t row) {
  const uint8_t *valid = texts->buffers[0];
  const fl_view *view = (const fl_view *)texts->buffers[1] + row;
  if (valid && !(valid[row >> 3] >> (row & 7) & 1)) return 0;
  const uint8_t *text = view->length <= 12 ? (const uint8_t *)&view->prefix : (const uint8_t *)texts->buffers[2] + (view->rest >> 32);
  return view->length > 1 && memchr(text, '1', view->length - 1) != NULL;
}

static void check_matches(const struct ArrowArray *texts) { /* a 1 and another character */
  struct ArrowArray lent = *texts, holds;
  struct ArrowSchema schema;
  fl_pattern pattern = {.last = 2};
  lent.release = release_nothing;
  for (int i = 0; i < 128; i++) pattern.places[i] = i == '1' ? 3 : 2;
  struct ArrowArrayStream stream = {.get_schema = give_schema, .get_next = give_array, .private_data = &lent};
  int32_t given_up = fl_matches(&stream, texts->length, &pattern, &schema, &holds);
  assert(given_up == 0 || given_up == 1);
  if (given_up) return;
  assert(holds.length == texts->length);
  for (int64_t row = 0; row < texts->length; row++)
    assert((((const uint8_t *)holds.buffers[1])[row >> 3] >> (row & 7) & 1) == has_one_before_another(texts, row));
  holds.release(&holds), schema.release(&schema);
}

static void check_addresses(struct ArrowArray *texts) { /* releases them */
  struct ArrowArrayStream stream = {.get_schema = give_schema, .get_next = give_array, .private_data = texts};
  struct ArrowSchema schema;
  struct ArrowArray array;
  int64_t rows = texts->length, others = fl_addresses(&stream, rows, &schema, &array);
  assert(others >= 0 && others <= rows && array.length == rows);
  array.release(&array);
  schema.release(&schema);
}

static void check(fl_table *table, const uint8_t *bytes, int64_t size, int is_part) {
  fl_report report;
  fl_table_report(table, &report);
  assert(is_part ? report.rows + report.older <= report.lines : report.rows == report.lines && !report.older);
  for (int64_t i = 0; i < report.unparsed; i++) {
    assert(report.line[i].number < report.lines && report.line[i].start <= report.line[i].end && report.line[i].end <= size);
    assert(report.line[i].reason >= FL_BLANK && report.line[i].reason <= FL_NAMES);
  }
  for (int32_t slot = 0; slot < SLOTS; slot++) {
    struct ArrowSchema schema;
    struct ArrowArray array;
    assert(fl_export(table, slot, (void *)&schema, (void *)&array) == 0);
    assert(array.length == report.rows && array.null_count <= array.length);
    if (kinds[slot] == FL_TEXT) {
      int64_t text_size = *(const int64_t *)array.buffers[3];
      assert(is_part || (array.buffers[2] == bytes && text_size == size)); /* else they are copies */
      for (int64_t row = 0; row < array.length; row++)
        check_view((const fl_view *)array.buffers[1] + row, array.buffers[2], text_size, size);
    }
    if (kinds[slot] == FL_TEXT) check_distinct(&array), check_matches(&array);
    if (kinds[slot] == FL_TEXT) check_addresses(&array);
    else array.release(&array);
    schema.release(&schema);
  }
}

static int64_t count_lines(const uint8_t *bytes, size_t size) {
  int64_t lines = size > 0 && bytes[size - 1] != '\n';
  for (size_t i = 0; i < size; i++) lines += bytes[i] == '\n';
  return lines;
}

static void check_column(fl_pages *pages, int32_t kind, int64_t capacity) {
  struct ArrowSchema schema;
  struct ArrowArray numbers, texts;
  int64_t rows = fl_pages_rows(pages);
  assert(rows <= capacity && fl_pages_export(pages, &schema, &numbers) == 0 && numbers.length == rows);
  schema.release(&schema);
  if (kind == FL_TEXT) {
    assert(fl_pages_texts(pages, &schema, &texts) == 0 && texts.null_count == 1);
    const int64_t *size = texts.buffers[3];
    for (int64_t row = 0; row < rows; row++) assert(((const uint32_t *)numbers.buffers[1])[row] < texts.length);
    for (int64_t row = 0; row < texts.length; row++) {
      const fl_view *view = (const fl_view *)texts.buffers[1] + row;
      assert(view->length <= 12 || (int64_t)(view->rest >> 32) + view->length <= *size);
    }
    schema.release(&schema);
    texts.release(&texts);
  }
  numbers.release(&numbers);
}

/* A footer, a header, and pages whose headers and sizes the bytes choose. */
static void check_parquet(const uint8_t *data, size_t size) {
  static const int32_t types[] = {0, 2, 0, 3}, encodings[] = {0, 2, 8, 0}, column_kinds[] = {FL_TEXT, FL_INT32, FL_INT64};
  uint8_t *copy = malloc(size); /* nothing may be read after it */
  memcpy(copy, data, size);
  fl_page page;
  fl_contents contents;
  fl_footer *footer = fl_footer_new(copy, (int64_t)size);
  if (footer) fl_footer_report(footer, &contents);
  fl_footer_free(footer);
  int64_t head = fl_page_header(copy, (int64_t)size, &page);
  assert(head < 0 || head + page.stored <= (int64_t)size);
  int32_t kind = column_kinds[data[0] % 3], optional = data[0] >> 7, capacity = 200;
  fl_pages *pages = fl_pages_new(kind, optional, capacity);
  for (size_t at = 1; at + 4 < size;) {
    const uint8_t *choice = data + at;
    size_t length = choice[2] % 64;
    at += 4;
    if (length > size - at) length = size - at;
    page = (fl_page){.type = types[choice[0] & 3], .values = choice[1] % 48, .encoding = encodings[choice[0] >> 2 & 3],
                     .level_encoding = 3, .level_bytes = choice[3] % 8, .is_compressed = 0};
    uint8_t *body = malloc(length);
    memcpy(body, data + at, length);
    if (choice[0] >> 4 == 15) fl_pages_begin(pages);
    int32_t failed = fl_pages_add(pages, &page, body, (int64_t)length);
    free(body);
    at += length;
    if (failed) break;
  }
  check_column(pages, kind, capacity);
  fl_pages_free(pages);
  free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  check_parquet(data, size);
  uint8_t choice = data[0];
  fl_plan plan = {.tokens = choice & 3, .layouts = (choice >> 2) % 3, .slots = SLOTS, .message = MESSAGE,
                  .record = RECORD, .row = ROW, .token = tokens, .layout = layouts, .kind = kinds,
                  .literal = choice & 16 ? (const uint8_t *)"EJ" : NULL, .literal_size = 2,
                  .since = choice & 128 ? INT64_C(1700000000000) : INT64_MIN, .counted = 5000};
  int64_t length = (int64_t)size - 1;
  fl_block *block = fl_block_new(length);
  memcpy(fl_block_bytes(block), data + 1, (size_t)length);
  fl_table *table = fl_table_new(&plan, block, length);
  const uint8_t *first = memchr(data + 1, '\n', (size_t)length);
  int64_t middle = first && choice & 32 ? first - data : 0;
  int64_t from = middle, to = length;
  assert(fl_read(table, 0, middle, 0, choice & 64 ? length - middle : 0) == 0);
  if (choice & 64 && fl_is_part(&plan)) { /* the lines that were read may be overwritten: their texts are copied */
    memmove(fl_block_bytes(block), fl_block_bytes(block) + middle, (size_t)(length - middle));
    memset(fl_block_bytes(block) + length - middle, '!', (size_t)middle);
    from = 0, to = length - middle;
  }
  assert(fl_read(table, from, to, 5, 0) == 0);
  fl_report report;
  fl_table_report(table, &report);
  assert(report.lines == count_lines(data + 1, (size_t)length));
  check(table, fl_block_bytes(block), length, fl_is_part(&plan));
  fl_table_free(table);
  fl_block_release(block);
  return 0;
}

#ifndef FL_LIBFUZZER
static uint64_t state;

static uint32_t below(uint32_t limit) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (uint32_t)(state >> 32) % limit;
}

static const char *const pieces[] = {
    "2 10.0.0.255 22 6 40 1777600000 198.51.100.199\n", "2 239.1.22.333 22\n", "2 eni-0123456789abcdef0 22 6 40 1777600000 REJECT\n", "2 a 22\n", "2 a 22", "- - - - - - -\n", "- - -\r\n",
    "[2026-05-01T00:00:00.000Z] eni-1-all (x) ", "2026-05-01T00:00:00Z ", "[2026-02-30T00:00:00+05:30]\t", " ", "  ",
    "\n", "\r\n", "\t", "-", "+5", "00000000000000000000000000000022 ", "65536 ", "9007199254740993 ", "\xef\xbb\xbf",
    "version srcaddr start\n", "99999999999999999999999999 ", "\x00", "REJECT", "é", "1777600000000000 ", "255 ", "256 "};

static const char thrift[] = "\x15\x15\x25\x16\x18\x19\x1c\x2c\x3c\x4c\x00\x02\x04\x08\x1c\x11\x12\x5c\x15\x00";

static const char footer[] =
    "\x15\x04\x19\x3c\x35\x00\x18\x06\x73\x63\x68\x65\x6d\x61\x15\x04\x00\x15\x02\x25\x02\x18\x01\x61\x00\x15\x0c"
    "\x25\x02\x18\x01\x62\x25\x00\x4c\x1c\x00\x00\x00\x16\x02\x19\x1c\x19\x2c\x26\x00\x1c\x15\x02\x19\x25\x06\x00"
    "\x19\x18\x01\x61\x15\x00\x16\x02\x16\x72\x16\x72\x26\x08\x3c\x18\x04\x01\x00\x00\x00\x18\x04\x01\x00\x00\x00"
    "\x16\x00\x28\x04\x01\x00\x00\x00\x18\x04\x01\x00\x00\x00\x11\x11\x00\x19\x1c\x15\x00\x15\x00\x15\x02\x00\x3c"
    "\x29\x06\x19\x26\x00\x02\x00\x00\x00\x26\x00\x1c\x15\x0c\x19\x25\x06\x00\x19\x18\x01\x62\x15\x00\x16\x02\x16"
    "\x3c\x16\x3c\x26\x7a\x49\x1c\x15\x00\x15\x00\x15\x02\x00\x3c\x16\x02\x19\x06\x19\x26\x00\x02\x00\x00\x00\x16"
    "\xae\x01\x16\x02\x26\x08\x16\xae\x01\x00\x28\x20\x70\x61\x72\x71\x75\x65\x74\x2d\x63\x70\x70\x2d\x61\x72\x72"
    "\x6f\x77\x20\x76\x65\x72\x73\x69\x6f\x6e\x20\x32\x36\x2e\x30\x2e\x31\x19\x2c\x1c\x00\x00\x1c\x00\x00\x00";

/* Structures of Thrift, or pages as check_parquet takes them: levels, a width, and runs, most of them nearly right. */
static size_t put_parquet(uint8_t *input) {
  size_t size = 1 + below(400), at = 1;
  if (!below(4)) {
    memcpy(input, footer, sizeof footer);
    for (uint32_t changes = below(4); changes; changes--) input[below(sizeof footer)] = (uint8_t)below(256);
    return sizeof footer;
  }
  for (size_t i = 0; i < size; i++) input[i] = (uint8_t)thrift[below(sizeof thrift)];
  input[0] = (uint8_t)below(256);
  for (int is_optional = input[0] >> 7; below(4) && at + 64 < size;) {
    uint8_t values = (uint8_t)below(48), type = (uint8_t)below(256) & 239, *page = input + at, *body = page + 4;
    if (is_optional && (type & 3) != 1) {
      *body++ = 2, *body++ = 0, *body++ = 0, *body++ = 0;
      *body++ = below(2) ? 13 : (uint8_t)(values << 1), *body++ = (uint8_t)below(4);
    }
    *body++ = (uint8_t)below(34);
    *body++ = below(2) ? 13 : (uint8_t)(values << 1);
    for (int i = 0; i < 12; i++) *body++ = (uint8_t)below(below(2) ? 3 : 256);
    page[0] = type, page[1] = values, page[2] = (uint8_t)(body - page - 4 + below(20)), page[3] = (uint8_t)below(8);
    at += 4 + page[2] % 64;
  }
  if (!below(2)) input[below((uint32_t)size)] = (uint8_t)below(256);
  return size;
}

static uint8_t input[1 << 18];

static void try_file(const char *path) {
  FILE *file = fopen(path, "rb");
  assert(file);
  LLVMFuzzerTestOneInput(input, fread(input, 1, sizeof input, file));
  fclose(file);
}

int main(int count, char **arguments) {
  int seconds = atoi(arguments[1]);
  state = strtoull(arguments[2], NULL, 10) | 1;
  uint64_t inputs = 0;
  for (; inputs + 3 < (uint64_t)count; inputs++) try_file(arguments[inputs + 3]);
  for (time_t end = time(NULL) + seconds; time(NULL) < end; inputs++) {
    if (below(2)) check_parquet(input, put_parquet(input));
    size_t size = 0, most = below(40) ? below(4000) + 2 : sizeof input - 64;
    for (input[size++] = (uint8_t)below(256); size + 64 < most;) {
      const char *piece = pieces[below(sizeof pieces / sizeof *pieces)];
      size_t length = strlen(piece) + !*piece;
      uint32_t times = below(30) ? 1 : below(200);
      for (; times && size + length < most; times--, size += length) memcpy(input + size, piece, length);
      if (!below(8) && size > 1) input[1 + below((uint32_t)size - 1)] = (uint8_t)below(256);
    }
    LLVMFuzzerTestOneInput(input, size);
  }
  printf("%llu inputs without a fault\n", (unsigned long long)inputs);
  return 0;
}
#endif
