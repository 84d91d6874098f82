/* Separators and literals, 64 bytes at a time; included once for each instruction set.
 *
 * Expects EQUALS(name): a bit for each of 64 bytes that equal `byte`, and NAME(name): the name with a suffix. */

static inline uint64_t NAME(cut)(uint64_t mask, uint32_t bytes) {
  return bytes >= 64 ? mask : mask & ((UINT64_C(1) << bytes) - 1);
}

/* Write the positions of the bits of a mask; eight are written at once, so the array needs eight spare ones. */
TARGET static inline uint32_t *NAME(positions)(uint32_t *out, uint64_t mask, uint32_t base) {
  int count = __builtin_popcountll(mask);
  for (uint32_t *next = out; mask; next += 8) {
    for (int i = 0; i < 8; i++) {
      next[i] = base + (uint32_t)__builtin_ctzll(mask | UINT64_C(1) << 63);
      mask &= mask - 1;
    }
  }
  return out + count;
}

TARGET static void NAME(scan)(const uint8_t *block, uint32_t from, uint32_t to, fl_window *window) {
  uint32_t *separator = window->separators, *newline = window->newlines;
  uint64_t before = 1, adjacent = 0;
  window->before = from - 1;
  for (uint32_t at = from; at < to; at += 64) {
    uint64_t newlines = NAME(cut)(NAME(equals)(block + at, '\n'), to - at);
    uint64_t separators = NAME(cut)(NAME(equals)(block + at, ' '), to - at) | newlines;
    adjacent |= separators & (separators << 1 | before);
    before = separators >> 63;
    separator = NAME(positions)(separator, separators, at);
    while (newlines) {
      *newline++ = at + (uint32_t)__builtin_ctzll(newlines);
      newlines &= newlines - 1;
    }
  }
  window->separator_count = (size_t)(separator - window->separators);
  window->newline_count = (size_t)(newline - window->newlines);
  window->adjacent = adjacent;
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
