/* The definition of a record: from lines to rows.
 *
 * Every line is first taken for a plain one: single blanks, as many values as a layout has, each put into its column
 * where it is found. A line that turns out to be anything else is read again in full, into cells. */

#include "internal.h"

/* Times in s, ms, us and ns are told apart by their size. */
static int64_t milliseconds_of(int64_t value) {
  if (value < 100000000000) return value * 1000;
  if (value < 100000000000000) return value;
  return value < 100000000000000000 ? value / 1000 : value / 1000000;
}

static void set_bit(fl_column *column, int64_t row, int value) {
  uint8_t bit = (uint8_t)(1 << (row & 7)), *byte = (uint8_t *)column->values + (row >> 3);
  *byte = (uint8_t)(value ? *byte | bit : *byte & ~bit);
}

static inline void put_number(fl_table *table, int32_t slot, int64_t row, int64_t number) {
  fl_column *column = table->columns + slot;
  switch (column->kind) {
    case FL_UINT8: ((uint8_t *)column->values)[row] = (uint8_t)number; return;
    case FL_UINT16: ((uint16_t *)column->values)[row] = (uint16_t)number; return;
    case FL_TIME: table->time = number, table->has_time = 1; /* fall through */
    default: ((int64_t *)column->values)[row] = number;
  }
}

/* What an integer field may hold. Returns 0 if this is nothing of the kind; `number` is -1 for a dash. */
static inline int32_t read_integer(const uint8_t *block, const fl_value *value, uint32_t start, uint32_t end,
                                   int64_t *number) {
  if (UNLIKELY(!fl_digits(block, start, end, number))) {
    if (end - start == 1 && block[start] == '-') return *number = -1, 1;
    if (!fl_integer(block + start, end - start, number)) return 0;
  }
  return *number <= value->maximum;
}

/* Put a value where it belongs; 0 if it cannot be one of its field, or memory is short. */
static inline int32_t put_value(fl_table *table, const fl_value *value, uint32_t start, uint32_t end, int64_t row) {
  int64_t number;
  fl_column *column = table->columns + (value->slot < 0 ? 0 : value->slot);
  if (value->maximum >= 0) {
    if (UNLIKELY(!read_integer(table->bytes, value, start, end, &number))) return 0;
    if (value->time_slot >= 0) {
      if (number < 0) return 0; /* the time of the line before: not a plain line */
      put_number(table, value->time_slot, row, milliseconds_of(number));
    }
    if (value->slot < 0) return 1;
    if (column->kind != FL_TEXT) {
      if (UNLIKELY(number < 0)) return fl_null(table, column, row) == 0;
      put_number(table, value->slot, row, number);
      return 1;
    }
  }
  if (value->slot >= 0) fl_put_text(column, row, table->bytes, start, end);
  return 1;
}

/* A slot without a value of its own: an event's time is that of the line before it. */
static int32_t put_nothing(fl_table *table, int32_t slot, int64_t row) {
  if (table->columns[slot].kind != FL_TIME || !table->has_time) return fl_null(table, table->columns + slot, row);
  put_number(table, slot, row, table->time);
  return 0;
}

static int is_gap(uint8_t byte) { return byte == ' ' || byte == '\t'; }

typedef struct {
  uint32_t start, end; /* without brackets */
  int64_t time;
} found_token;

/* The length of a token before the record, 0 if there is none of its kind, followed by a gap. */
static uint32_t read_token(const uint8_t *block, const fl_token *token, uint32_t start, uint32_t end,
                           found_token *found) {
  uint32_t at = start;
  if (token->open && (at == end || block[at++] != token->open)) return 0;
  found->start = at;
  if (token->role == FL_IS_TIME)
    at += fl_time(block + at, end - at, &found->time);
  else
    while (at < end && !is_gap(block[at])) at++;
  if (token->open && token->role != FL_IS_TIME && at > found->start) at--; /* the bracket that closes it */
  found->end = at;
  if (at == found->start || (token->open && (at == end || block[at++] != token->close))) return 0;
  return at < end && is_gap(block[at]) ? at - start : 0;
}

static void put_token(fl_table *table, const fl_token *token, const found_token *found, int64_t row) {
  if (token->slot < 0) return;
  if (token->role == FL_IS_TIME)
    put_number(table, token->slot, row, found->time);
  else
    fl_put_text(table->columns + token->slot, row, table->bytes, found->start, found->end);
}

/* A line between two separators and the next newline: 1 if it was a plain record, 0 if it must be read in full. */
static int32_t put_plain(fl_table *table, const fl_layout *layout, const uint32_t *separator, uint32_t start,
                         uint32_t end, int64_t row) {
  const fl_plan *plan = table->plan;
  found_token found;
  for (int32_t i = 0; i < plan->tokens; i++, start = *separator++ + 1) {
    if (read_token(table->bytes, plan->token + i, start, end, &found) != *separator - start) return 0;
    put_token(table, plan->token + i, &found, row);
  }
  uint32_t message = start;
  for (int32_t i = 0; i < layout->count; i++, start = *separator++ + 1) {
    uint32_t stop = i + 1 < layout->count ? *separator : end;
    if (UNLIKELY(!put_value(table, layout->values + i, start, stop, row))) return 0;
  }
  if (plan->message >= 0) fl_put_text(table->columns + plan->message, row, table->bytes, message, end);
  const fl_slots *absent = table->absent + (layout - plan->layout);
  for (int32_t i = 0; i < absent->count; i++)
    if (put_nothing(table, absent->slot[i], row)) return 0;
  return 1;
}

/* What a row has in each slot. */
typedef struct {
  enum { EMPTY, TEXT, NUMBER } content;
  uint32_t start, end;
  int64_t number;
} cell;

typedef struct {
  int32_t count;
  uint32_t start[FL_MOST_VALUES + 1], end[FL_MOST_VALUES + 1];
} value_list;

/* The values between runs of blanks, one more than any layout has at the most. */
static void split(const uint8_t *block, uint32_t start, uint32_t end, value_list *values) {
  for (values->count = 0; values->count <= FL_MOST_VALUES; values->count++) {
    while (start < end && block[start] == ' ') start++;
    if (start == end) return;
    values->start[values->count] = start;
    while (start < end && block[start] != ' ') start++;
    values->end[values->count] = start;
  }
}

static void set_text(cell *cells, int32_t slot, uint32_t start, uint32_t end) {
  if (slot >= 0) cells[slot] = (cell){TEXT, start, end, 0};
}

static void set_number(cell *cells, int32_t slot, int64_t number) {
  if (slot >= 0) cells[slot] = (cell){NUMBER, 0, 0, number};
}

/* Where the record begins after its prefix, or NONE. */
static uint32_t read_prefix(const fl_table *table, uint32_t start, uint32_t end, cell *cells) {
  const fl_token *tokens = table->plan->token;
  found_token found[FL_MOST_TOKENS];
  int32_t count = table->plan->tokens;
  for (int32_t i = 0; i < count; i++) {
    uint32_t length = read_token(table->bytes, tokens + i, start, end, found + i);
    if (!length) return NONE;
    for (start += length; start < end && is_gap(table->bytes[start]);) start++;
  }
  for (int32_t i = 0; i < count; i++) {
    if (tokens[i].role == FL_IS_TIME) set_number(cells, tokens[i].slot, found[i].time);
    if (tokens[i].role == FL_IS_TEXT) set_text(cells, tokens[i].slot, found[i].start, found[i].end);
  }
  return start;
}

/* Whether values are a record of a layout; then they are in their cells. */
static int read_record(const fl_table *table, const fl_layout *layout, const value_list *values, cell *cells) {
  int64_t numbers[FL_MOST_VALUES];
  if (layout->count != values->count) return 0;
  for (int32_t i = 0; i < layout->count; i++)
    if (layout->values[i].maximum >= 0 &&
        !read_integer(table->bytes, layout->values + i, values->start[i], values->end[i], numbers + i))
      return 0;
  for (int32_t i = 0; i < layout->count; i++) {
    const fl_value *value = layout->values + i;
    int is_number = value->maximum >= 0 && value->slot >= 0 && table->columns[value->slot].kind != FL_TEXT;
    if (!is_number)
      set_text(cells, value->slot, values->start[i], values->end[i]);
    else if (numbers[i] >= 0)
      set_number(cells, value->slot, numbers[i]);
    if (value->time_slot >= 0 && numbers[i] >= 0) set_number(cells, value->time_slot, milliseconds_of(numbers[i]));
  }
  return 1;
}

static int is_blank(const uint8_t *block, uint32_t start, uint32_t end) {
  while (start < end && is_gap(block[start])) start++;
  return start == end;
}

/* Whether a line is made of words as field names are. */
static int is_names(const uint8_t *block, uint32_t start, uint32_t end) {
  int letters = 0;
  for (; start < end; start++) {
    uint8_t byte = block[start], letter = (byte | 32) >= 'a' && (byte | 32) <= 'z';
    if (!letter && !is_gap(byte) && byte != '-' && byte != '_' && !(letters && byte >= '0' && byte <= '9')) return 0;
    letters |= letter;
  }
  return letters;
}

static int32_t put_cells(fl_table *table, const cell *cells, int64_t row) {
  for (int32_t slot = 0; slot < table->plan->slots; slot++) {
    fl_column *column = table->columns + slot;
    if (slot == table->plan->record || slot == table->plan->row) continue;
    if (cells[slot].content == NUMBER)
      put_number(table, slot, row, cells[slot].number);
    else if (cells[slot].content == TEXT)
      fl_put_text(column, row, table->bytes, cells[slot].start, cells[slot].end);
    else if (put_nothing(table, slot, row))
      return -1;
  }
  return 0;
}

/* Any line: the reason why it is no record, 0 if it is one, -1 if memory is short. */
static int32_t put_any(fl_table *table, uint32_t start, uint32_t end, int64_t row) {
  const fl_plan *plan = table->plan;
  cell cells[FL_MOST_SLOTS] = {{EMPTY, 0, 0, 0}};
  value_list values;
  uint32_t record = read_prefix(table, start, end, cells), text = record == NONE ? start : record;
  int32_t reason = is_blank(table->bytes, start, end) ? FL_BLANK : record == NONE ? FL_PREFIX : FL_VALUES;
  if (plan->layouts) split(table->bytes, text, end, &values);
  for (int32_t i = 0; i < plan->layouts && record != NONE && reason; i++) {
    if (read_record(table, plan->layout + i, &values, cells))
      reason = 0;
    else if (plan->layout[i].count == values.count)
      reason = FL_INTEGER;
  }
  if (reason && is_names(table->bytes, start, end)) reason = FL_NAMES;
  set_text(cells, plan->message, text, end);
  return put_cells(table, cells, row) ? -1 : reason;
}

/* The layout of a line that has as many blanks as one needs, and no others. */
static const fl_layout *plain_layout(const fl_plan *plan, const uint32_t *separator, const uint32_t *last,
                                     uint32_t newline) {
  for (int32_t i = 0; i < plan->layouts; i++) {
    const uint32_t *end = separator + plan->tokens + plan->layout[i].count - 1;
    if (end < last && *end == newline) return plan->layout + i;
  }
  return NULL;
}

static int wants(fl_table *table, uint32_t start, uint32_t end, uint32_t to, uint32_t *hit) {
  const fl_plan *plan = table->plan;
  if (!plan->literal) return 1;
  if (*hit < start) *hit = fl_find(table->bytes, start, to, plan->literal, (uint32_t)plan->literal_size);
  return *hit < end;
}

/* Put one line, whose separators are known if `layout` is. */
static int32_t put_line(fl_table *table, const fl_layout *layout, const uint32_t *separator, uint32_t start,
                        uint32_t end, int64_t number) {
  const fl_plan *plan = table->plan;
  int64_t row = table->rows;
  int64_t time = table->time;
  int32_t reason = 0, had_time = table->has_time;
  if (end > start && table->bytes[end - 1] == '\r') end--;
  if (!layout || !put_plain(table, layout, separator, start, end, row)) {
    fl_forget(table, row);
    table->time = time;
    table->has_time = had_time;
    reason = put_any(table, start, end, row);
    if (reason < 0 || (reason && plan->layouts && fl_add_unparsed(table, start, end, (uint8_t)reason))) return -1;
  }
  if (plan->record >= 0) set_bit(table->columns + plan->record, row, !reason && plan->layouts);
  if (plan->row >= 0) ((int64_t *)table->columns[plan->row].values)[row] = number;
  table->lines++;
  return 0;
}

int32_t fl_read(fl_table *table, int64_t from, int64_t to, int64_t row) {
  fl_window *window = &table->window;
  uint32_t at = (uint32_t)from, stop = (uint32_t)to, hit = 0;
  int pending = 0; /* whether the row at the end was not asked for */
  if (from < 0 || to < from || to > table->size) return -1;
  table->has_time = 0;
  hit = at;
  if (table->plan->literal) hit = fl_find(table->bytes, at, stop, table->plan->literal, (uint32_t)table->plan->literal_size);
  while (at < stop) {
    uint32_t end = stop - at > WINDOW ? at + WINDOW : stop;
    fl_scan(table->bytes, at, end, window);
    table->has_high |= fl_any_high(table->bytes, at, end);
    uint32_t lone = NONE; /* a line that has no newline in this window, taken in full */
    if (!window->newline_count) {
      const uint8_t *newline = memchr(table->bytes + at, '\n', stop - at);
      lone = newline ? (uint32_t)(newline - table->bytes) : stop;
      table->has_high |= fl_any_high(table->bytes, end, lone);
    }
    if (fl_reserve(table, (int64_t)window->newline_count + 1)) return -1;
    const uint32_t *separator = window->separators, *last = separator + window->separator_count;
    for (size_t i = 0; i < window->newline_count || lone != NONE; i++) {
      uint32_t newline = lone != NONE ? lone : window->newlines[i];
      const fl_layout *layout =
          lone != NONE || window->adjacent ? NULL : plain_layout(table->plan, separator, last, newline);
      if (pending) fl_forget(table, table->rows);
      if (put_line(table, layout, separator, at, newline, row++)) return -1;
      pending = !wants(table, at, newline, stop, &hit);
      table->rows += !pending;
      table->has_nulls = table->has_nulls && pending;
      if (layout) separator += table->plan->tokens + layout->count;
      else while (separator < last && *separator <= newline) separator++;
      at = newline + 1;
      if (lone != NONE) break;
    }
  }
  table->rows += pending; /* the next line may take its time and stream from the last one */
  table->has_nulls = 0;
  return 0;
}
