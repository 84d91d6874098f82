/* The definition of a record: from lines to rows.
 *
 * Every line is first taken for a plain one: single blanks, and as many values as a layout has. Its values are where the
 * separators of its window say. A line that turns out to be anything else is split at runs of blanks; its values then go
 * through the same steps. */

#include "internal.h"

/* Times in s, ms, us and ns are told apart by their size. */
INLINE int64_t milliseconds_of(int64_t value) {
  if (value < 100000000000) return value * 1000;
  if (value < 100000000000000) return value;
  return value < 100000000000000000 ? value / 1000 : value / 1000000;
}

static void set_bit(fl_column *column, int64_t row, int value) {
  uint8_t bit = (uint8_t)(1 << (row & 7)), *byte = (uint8_t *)column->values + (row >> 3);
  *byte = (uint8_t)(value ? *byte | bit : *byte & ~bit);
}

INLINE void put_number(fl_table *table, int32_t slot, int64_t row, int64_t number) {
  fl_column *column = table->columns + slot;
  switch (column->kind) {
    case FL_UINT8: ((uint8_t *)column->values)[row] = (uint8_t)number; return;
    case FL_UINT16: ((uint16_t *)column->values)[row] = (uint16_t)number; return;
    case FL_TIME: table->time = number, table->has_time = 1; /* fall through */
    default: ((int64_t *)column->values)[row] = number;
  }
}

/* A slot without a value of its own: an event's time is that of the line before it. */
static void put_nothing(fl_table *table, int32_t slot, int64_t row) {
  if (table->columns[slot].kind == FL_TIME && table->has_time)
    put_number(table, slot, row, table->time);
  else
    fl_null(table, table->columns + slot, row);
}

/* What an integer field may hold. Returns 0 if this is nothing of the kind; `number` is -1 for a dash. */
static int32_t read_integer(const uint8_t *block, int64_t maximum, uint32_t start, uint32_t end, int64_t *number) {
  if (end - start == 1 && block[start] == '-') return *number = -1, 1;
  return fl_integer(block + start, end - start, number) && *number <= maximum;
}

/* The same of what is a dash, or digits, at most 16. */
INLINE int32_t read_known(const uint8_t *block, int64_t maximum, uint32_t start, uint32_t end, int64_t *number) {
  *number = UNLIKELY(block[start] == '-') ? -1 : fl_known_digits(block, start, end);
  return *number <= maximum;
}

/* Whether digits are above the maximum of a step; equally many are compared as texts. */
INLINE int32_t is_above(const uint8_t *text, uint32_t length, const fl_step *step) {
  uint64_t digits;
  memcpy(&digits, text, 8);
  uint64_t begin = __builtin_bswap64(digits) >> (64 - 8 * step->digits);
  return (length > step->digits) | ((length == step->digits) & (begin > step->text));
}

/* Put the values of a record: value i lies between starts[i] + gap and ends[i]. Returns 0 if it is no record. */
INLINE int32_t put_values(fl_table *table, const fl_recipe *recipe, const uint32_t *starts, uint32_t gap,
                                 const uint32_t *ends, int64_t row, int32_t plain) {
  const uint8_t *block = table->bytes;
  const fl_step *step = recipe->step, *last = step + recipe->steps;
  for (step += plain ? recipe->plain : 0; step < last; step++) {
    uint32_t start = starts[step->value] + gap, end = ends[step->value];
    int64_t number;
    if (step->action == FL_PUT_TEXT) {
      fl_put_text(table->columns + step->slot, row, block, start, end);
      continue;
    }
    if (plain && step->action == FL_CHECK && step->digits) {
      if (UNLIKELY(is_above(block + start, end - start, step))) return 0;
      continue;
    }
    if (UNLIKELY(!(plain ? read_known : read_integer)(block, step->maximum, start, end, &number))) return 0;
    if (step->action < FL_PUT_NUMBER) continue;
    if (UNLIKELY(number < 0))
      put_nothing(table, step->slot, row);
    else
      put_number(table, step->slot, row, step->action == FL_PUT_TIME ? milliseconds_of(number) : number);
  }
  for (int32_t i = 0; i < recipe->absents; i++) put_nothing(table, recipe->absent[i], row);
  return 1;
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

/* Where the record begins after its prefix, or NONE. */
INLINE uint32_t read_prefix(const fl_table *table, uint32_t start, uint32_t end, found_token *found) {
  for (int32_t i = 0; i < table->plan->tokens; i++) {
    uint32_t length = read_token(table->bytes, table->plan->token + i, start, end, found + i);
    if (!length) return NONE;
    for (start += length; start < end && is_gap(table->bytes[start]);) start++;
  }
  return start;
}

INLINE void put_prefix(fl_table *table, const found_token *found, int64_t row) {
  for (int32_t i = 0; i < table->plan->tokens; i++) {
    const fl_token *token = table->plan->token + i;
    if (token->slot < 0 || token->role == FL_SKIP) continue;
    if (token->role == FL_IS_TIME)
      put_number(table, token->slot, row, found[i].time);
    else
      fl_put_text(table->columns + token->slot, row, table->bytes, found[i].start, found[i].end);
  }
}

/* Put a record with its prefix; if it is none, leave the row and the time as they were before. */
INLINE int32_t put_record(fl_table *table, const fl_recipe *recipe, const found_token *found,
                                 const uint32_t *starts, uint32_t gap, const uint32_t *ends, int64_t row,
                                 int32_t plain) {
  int64_t time = table->time;
  int32_t had_time = table->has_time;
  put_prefix(table, found, row);
  if (LIKELY(put_values(table, recipe, starts, gap, ends, row, plain))) return 1;
  fl_forget(table, row);
  table->time = time;
  table->has_time = had_time;
  return 0;
}

static void put_message(fl_table *table, uint32_t start, uint32_t end, int64_t row) {
  if (table->plan->message >= 0)
    fl_put_text(table->columns + table->plan->message, row, table->bytes, start, end);
}

/* Whether all integers of a layout are a dash or digits, no longer than its recipe takes for plain. */
INLINE int32_t is_plain(const fl_recipe *recipe, uint64_t texts, const uint32_t *separator, uint32_t start) {
  int32_t spare = 0;
  if (!recipe->values || (texts & recipe->integers) || start < 16) return 0;
  for (int32_t i = 0; i < recipe->values; i += 8) /* compilers make vector code of eight */
    for (int32_t j = i; j < i + 8; j++) spare |= recipe->most[j] + 1 - (int32_t)(separator[j + 1] - separator[j]);
  return spare >= 0;
}

/* A line with as many separators as a layout needs: 1 if it was a plain record, 0 if it must be read in full. */
INLINE int32_t put_plain(fl_table *table, int32_t layout, uint32_t *separator, uint64_t texts, uint32_t start,
                         uint32_t end, int64_t row, int32_t keep) {
  const fl_recipe *recipe = table->recipes + 2 * layout + !keep;
  int32_t tokens = table->plan->tokens, done;
  found_token found[FL_MOST_TOKENS];
  uint32_t record = read_prefix(table, start, end, found);
  uint32_t *before = separator + tokens - 1, *last = before + table->plan->layout[layout].count, newline = *last;
  if (record != *before + 1) return 0;
  int32_t plain = is_plain(recipe, texts >> tokens, before, record);
  if (UNLIKELY(end != newline)) *last = end; /* which is before a carriage return */
  if (LIKELY(plain))
    done = put_record(table, recipe, found, before, 1, before + 1, row, 1);
  else
    done = put_record(table, recipe, found, before, 1, before + 1, row, 0);
  if (UNLIKELY(end != newline)) *last = newline;
  if (done && keep) put_message(table, record, end, row);
  return done;
}

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

/* Put the values of a line after its prefix: 0 if they are a record, else why not. */
static int32_t put_layouts(fl_table *table, const found_token *found, uint32_t start, uint32_t end, int64_t row) {
  const fl_plan *plan = table->plan;
  int32_t reason = FL_VALUES;
  value_list values;
  if (plan->layouts) split(table->bytes, start, end, &values);
  for (int32_t i = 0; i < plan->layouts; i++) {
    if (plan->layout[i].count != values.count) continue;
    if (put_record(table, table->recipes + 2 * i, found, values.start, 0, values.end, row, 0)) return 0;
    reason = FL_INTEGER;
  }
  put_record(table, table->recipes + 2 * plan->layouts, found, NULL, 0, NULL, row, 0);
  return reason;
}

/* Put any line: 0 if it is a record, else why not. */
static int32_t put_any(fl_table *table, uint32_t start, uint32_t end, int64_t row) {
  found_token found[FL_MOST_TOKENS];
  uint32_t record = read_prefix(table, start, end, found);
  put_message(table, record == NONE ? start : record, end, row);
  int32_t reason = FL_PREFIX;
  if (record == NONE)
    put_values(table, table->recipes + 2 * table->plan->layouts + 1, NULL, 0, NULL, row, 0);
  else
    reason = put_layouts(table, found, record, end, row);
  if (reason && is_blank(table->bytes, start, end)) return FL_BLANK;
  return reason && is_names(table->bytes, start, end) ? FL_NAMES : reason;
}

/* The number of the layout of a line of so many values, or -1. */
INLINE int32_t layout_of(const fl_plan *plan, int64_t values) {
  for (int32_t i = 0; i < plan->layouts; i++)
    if (plan->layout[i].count == values) return i;
  return -1;
}

/* Put a line, whose separators are known if it has the number of a layout: 0 if it is a record, else why not. */
INLINE int32_t put_row(fl_table *table, int32_t layout, uint32_t *separator, uint64_t texts, uint32_t start,
                       uint32_t end, int64_t row, int32_t keep) {
  if (layout >= 0 && put_plain(table, layout, separator, texts, start, end, row, keep)) return 0;
  return put_any(table, start, end, row);
}

enum { NOT_KEPT, KEPT_IF_NEW, KEPT };

/* Put one line; only if it is kept it makes a row. Most of those that may be too old are, so they are not put to find out. */
INLINE void put_line(fl_table *table, int32_t layout, uint32_t *separator, uint64_t texts, uint32_t start,
                     uint32_t end, int64_t number, int32_t keep) {
  const fl_plan *plan = table->plan;
  int64_t row = table->rows, time = table->time;
  int32_t had_time = table->has_time, may_be_old = keep == KEPT_IF_NEW && plan->since != INT64_MIN;
  if (end > start && table->bytes[end - 1] == '\r') end--;
  int32_t reason = put_row(table, layout, separator, texts, start, end, row, keep && !may_be_old);
  if (may_be_old && table->has_time && table->time < plan->since) {
    keep = NOT_KEPT;
    table->older += table->time >= plan->counted;
  } else if (may_be_old) {
    fl_forget(table, row);
    table->time = time;
    table->has_time = had_time;
    put_any(table, start, end, row);
  }
  if (reason && plan->layouts) fl_add_unparsed(table, start, end, (uint8_t)reason);
  table->lines++;
  if (table->has_time && table->time < table->earliest) table->earliest = table->time;
  if (table->has_time && table->time > table->latest) table->latest = table->time;
  if (!keep) {
    fl_forget(table, row);
    return;
  }
  if (plan->record >= 0) set_bit(table->columns + plan->record, row, !reason && plan->layouts);
  if (plan->row >= 0) ((int64_t *)table->columns[plan->row].values)[row] = number;
  if (fl_is_part(plan)) fl_copy_texts(table, row);
  table->rows++;
  table->has_nulls = 0;
}

/* Whether a line is asked for: it has the literal, or it is the last one, from which the next may take its time. */
static int32_t is_kept(fl_table *table, uint32_t start, uint32_t end, uint32_t stop, int64_t *hit) {
  const fl_plan *plan = table->plan;
  if (end + 1 >= stop && !table->after) return KEPT;
  if (!plan->literal) return KEPT_IF_NEW;
  if (*hit < start) *hit = fl_find(table->bytes, start, stop, plan->literal, (uint32_t)plan->literal_size);
  return *hit < end ? KEPT_IF_NEW : NOT_KEPT;
}

/* 64 bits from the one of that number on. */
static inline uint64_t bits_from(const uint64_t *bits, size_t number) {
  return bits[number >> 6] >> (number & 63) | bits[(number >> 6) + 1] << 1 << (63 - (number & 63));
}

/* Put the lines that end in a window; returns where the next one begins. */
static uint32_t put_window(fl_table *table, uint32_t at, uint32_t stop, int64_t *row, int64_t *hit) {
  fl_window *window = &table->window;
  size_t next = 0; /* the number of the first separator of a line */
  for (size_t i = 0; i < window->newline_count; i++) {
    uint64_t newlines = bits_from(window->newlines, next), texts = bits_from(window->texts, next);
    size_t last = next;
    for (; UNLIKELY(!newlines); newlines = bits_from(window->newlines, last)) last += 64;
    last += (size_t)__builtin_ctzll(newlines);
    int32_t layout = window->adjacent ? -1 : layout_of(table->plan, (int64_t)(last - next) + 1 - table->plan->tokens);
    uint32_t newline = window->separators[last];
    put_line(table, layout, window->separators + next, texts, at, newline, (*row)++,
             is_kept(table, at, newline, stop, hit));
    next = last + 1;
    at = newline + 1;
  }
  return at;
}

/* Put a line that does not end in a window. */
static uint32_t put_long(fl_table *table, uint32_t at, uint32_t stop, int64_t *row, int64_t *hit) {
  const uint8_t *newline = memchr(table->bytes + at, '\n', stop - at);
  uint32_t end = newline ? (uint32_t)(newline - table->bytes) : stop;
  table->has_high |= fl_any_high(table->bytes, at, end);
  put_line(table, -1, NULL, 0, at, end, (*row)++, is_kept(table, at, end, stop, hit));
  return end + 1;
}

int32_t fl_read(fl_table *table, int64_t from, int64_t to, int64_t row, int64_t after) {
  uint32_t at = (uint32_t)from, stop = (uint32_t)to;
  int64_t hit = -1; /* where the literal is next */
  if (from < 0 || to < from || to > table->size || after < 0) return -1;
  if (!table->after) table->has_time = 0;
  table->after = after;
  while (at < stop && !table->failed) {
    uint32_t end = stop - at > WINDOW ? at + WINDOW : stop;
    fl_scan(table->bytes, at, end, &table->window);
    table->has_high |= fl_any_high(table->bytes, at, end);
    if (fl_reserve(table, (int64_t)table->window.newline_count + 1, stop - at + after, end - at)) return -1;
    at = (table->window.newline_count ? put_window : put_long)(table, at, stop, &row, &hit);
  }
  return table->failed ? -1 : 0;
}
