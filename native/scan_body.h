/* Separators and literals, 64 bytes at a time; included once for each instruction set.
 *
 * Expects NAME(name): the name with a suffix; NAME(equals) and NAME(digits): a bit for each of 64 bytes that is a certain
 * one, or a digit; NAME(gather): the bits under a mask, none elsewhere, side by side; and NAME(positions). */

static inline uint64_t NAME(cut)(uint64_t mask, uint32_t bytes) {
  return bytes >= 64 ? mask : mask & ((UINT64_C(1) << bytes) - 1);
}

/* Append bits to `count` others. */
static inline void NAME(append)(uint64_t *bits, size_t count, uint64_t more) {
  bits[count >> 6] |= more << (count & 63);
  bits[(count >> 6) + 1] = more >> 1 >> (63 - (count & 63));
}

TARGET static void NAME(scan)(const uint8_t *block, uint32_t from, uint32_t to, fl_window *window) {
  uint64_t before = 1, adjacent = 0, digits_go_on = 0, is_dash = 0; /* of the 64 bytes before */
  size_t count = 0, lines = 0;
  window->before = from - 1;
  window->newlines[0] = window->texts[0] = 0;
  for (uint32_t at = from; at < to; at += 64) {
    uint64_t newlines = NAME(cut)(NAME(equals)(block + at, '\n'), to - at);
    uint64_t separators = NAME(cut)(NAME(equals)(block + at, ' '), to - at) | newlines;
    uint64_t starts = separators << 1 | before, dashes = NAME(equals)(block + at, '-') & starts;
    /* A bit that is added where a value starts moves over its digits, to the first byte that is none. */
    uint64_t digits = NAME(digits)(block + at), moved = digits + (starts & digits), ends = moved + digits_go_on;
    digits_go_on = (moved < digits) | (ends < moved);
    ends = (ends & ~digits) | dashes << 1 | is_dash;
    is_dash = dashes >> 63;
    adjacent |= separators & starts;
    before = separators >> 63;
    NAME(append)(window->newlines, count, NAME(gather)(newlines, separators));
    NAME(append)(window->texts, count, NAME(gather)(separators & ~ends, separators));
    NAME(positions)(window->separators + count, separators, at);
    count += (size_t)__builtin_popcountll(separators);
    lines += (size_t)__builtin_popcountll(newlines);
  }
  window->separator_count = count;
  window->newline_count = lines;
  window->adjacent = adjacent;
}

TARGET static int32_t NAME(any_high)(const uint8_t *block, uint32_t from, uint32_t to) {
  uint8_t bits = 0;
  for (uint32_t at = from; at < to; at++) bits |= block[at]; /* compilers make vector code of it */
  return bits >> 7;
}

TARGET static uint32_t NAME(find)(const uint8_t *block, uint32_t from, uint32_t to, const uint8_t *literal,
                                  uint32_t size) {
  uint8_t first = literal[0], last = literal[size - 1];
  if (size > to - from) return NONE;
  uint32_t stop = to - size + 1; /* no match begins there or later */
  for (uint32_t at = from; at < stop; at += 64) {
    uint64_t maybe = NAME(equals)(block + at, first) & NAME(equals)(block + at + size - 1, last);
    for (maybe = NAME(cut)(maybe, stop - at); maybe; maybe &= maybe - 1) {
      uint32_t found = at + (uint32_t)__builtin_ctzll(maybe);
      if (memcmp(block + found, literal, size) == 0) return found;
    }
  }
  return NONE;
}
