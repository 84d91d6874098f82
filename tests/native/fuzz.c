/* Feed any bytes to the reader and check what must hold of every answer; run under ASan and UBSan.
 *
 * With -DFL_LIBFUZZER this is a target of libFuzzer. Otherwise it is a program: fuzz SECONDS [SEED], which mutates
 * lines by itself, and ends with a line that says how many inputs it tried. */

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

static void check_view(const fl_view *view, const uint8_t *bytes, int64_t size) {
  assert(view->length <= size);
  if (view->length > 12) {
    assert((int64_t)(view->rest >> 32) + view->length <= size);
    assert(memcmp(&view->prefix, bytes + (view->rest >> 32), 4) == 0);
    assert(!memchr(bytes + (view->rest >> 32), '\n', view->length));
  }
}

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }

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

static void check_addresses(struct ArrowArray *texts) { /* releases them */
  struct ArrowArrayStream stream = {.get_schema = give_schema, .get_next = give_array, .private_data = texts};
  struct ArrowSchema schema;
  struct ArrowArray array;
  int64_t rows = texts->length, others = fl_addresses(&stream, rows, &schema, &array);
  assert(others >= 0 && others <= rows && array.length == rows);
  array.release(&array);
  schema.release(&schema);
}

static void check(fl_table *table, const uint8_t *bytes, int64_t size, int has_literal) {
  fl_report report;
  fl_table_report(table, &report);
  assert(has_literal ? report.rows <= report.lines : report.rows == report.lines);
  for (int64_t i = 0; i < report.unparsed; i++) {
    assert(report.line[i].number < report.lines && report.line[i].start <= report.line[i].end && report.line[i].end <= size);
    assert(report.line[i].reason >= FL_BLANK && report.line[i].reason <= FL_NAMES);
  }
  for (int32_t slot = 0; slot < SLOTS; slot++) {
    struct ArrowSchema schema;
    struct ArrowArray array;
    assert(fl_export(table, slot, (void *)&schema, (void *)&array) == 0);
    assert(array.length == report.rows && array.null_count <= array.length);
    if (kinds[slot] == FL_TEXT)
      for (int64_t row = 0; row < array.length; row++) check_view((const fl_view *)array.buffers[1] + row, bytes, size);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  uint8_t choice = data[0];
  fl_plan plan = {.tokens = choice & 3, .layouts = (choice >> 2) % 3, .slots = SLOTS, .message = MESSAGE,
                  .record = RECORD, .row = ROW, .token = tokens, .layout = layouts, .kind = kinds,
                  .literal = choice & 16 ? (const uint8_t *)"EJ" : NULL, .literal_size = 2};
  int64_t length = (int64_t)size - 1;
  fl_block *block = fl_block_new(length);
  memcpy(fl_block_bytes(block), data + 1, (size_t)length);
  fl_table *table = fl_table_new(&plan, block, length);
  const uint8_t *first = memchr(data + 1, '\n', (size_t)length);
  int64_t middle = first && choice & 32 ? first - data : 0;
  assert(fl_read(table, 0, middle, 0) == 0 && fl_read(table, middle, length, 5) == 0);
  fl_report report;
  fl_table_report(table, &report);
  assert(report.lines == count_lines(data + 1, (size_t)length));
  check(table, fl_block_bytes(block), length, plan.literal != NULL);
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

int main(int count, char **arguments) {
  static uint8_t input[1 << 18];
  int seconds = count > 1 ? atoi(arguments[1]) : 10;
  state = count > 2 ? strtoull(arguments[2], NULL, 10) | 1 : 88172645463325252u;
  uint64_t inputs = 0;
  for (time_t end = time(NULL) + seconds; time(NULL) < end; inputs++) {
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
