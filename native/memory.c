/* Memory of blocks and columns. Large pieces are kept and used again: giving each back to the system, which clears what
 * it gives out, takes up to a quarter of the time of a query. */

#include "internal.h"

#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { MOST_PIECES = 0 }; /* errors are found only in what the system gave out for one use */
#else
enum { MOST_PIECES = 64 };
#endif
enum { LEAST_BYTES = 1 << 16, MOST_BYTES = 128 << 20, HEAD = 64 }; /* bytes kept in all; the head keeps vectors aligned */

typedef struct {
  size_t size; /* bytes after the head */
} piece;

static piece *kept[MOST_PIECES + 1];
static size_t kept_bytes;
static char is_taken; /* whether a thread is at the pieces that are kept; others do not wait, but ask the system */

static int take(void) { return !__atomic_test_and_set(&is_taken, __ATOMIC_ACQUIRE); }
static void leave(void) { __atomic_clear(&is_taken, __ATOMIC_RELEASE); }

/* The smallest piece that is large enough, and not far too large; NULL if there is none. */
static piece *reused(size_t size) {
  int best = MOST_PIECES;
  if (size < LEAST_BYTES || !take()) return NULL;
  for (int i = 0; i < MOST_PIECES; i++) {
    if (!kept[i] || kept[i]->size < size || kept[i]->size / 2 > size) continue;
    if (!kept[best] || kept[i]->size < kept[best]->size) best = i;
  }
  piece *found = kept[best];
  kept[best] = NULL;
  if (found) kept_bytes -= found->size;
  leave();
  return found;
}

static int keep(piece *given) {
  int is_kept = 0;
  if (given->size < LEAST_BYTES || !take()) return 0;
  for (int i = 0; i < MOST_PIECES && !is_kept && kept_bytes + given->size <= MOST_BYTES; i++)
    if (!kept[i]) kept[i] = given, kept_bytes += given->size, is_kept = 1;
  leave();
  return is_kept;
}

static piece *piece_of(void *memory) { return (piece *)(void *)((char *)memory - HEAD); }

/* So that pieces of almost the same size can take each other's place. */
static size_t rounded(size_t size) {
  size_t step = LEAST_BYTES / 8;
  if (size < LEAST_BYTES) return size;
  while (step < size / 16) step *= 2;
  return (size + step - 1) / step * step;
}

void *fl_memory_new(size_t size) {
  size = rounded(size);
  piece *found = reused(size);
  if (!found && (found = malloc(HEAD + size))) found->size = size;
  return found ? (char *)found + HEAD : NULL;
}

void fl_memory_free(void *memory) {
  if (memory && !keep(piece_of(memory))) free(piece_of(memory));
}

void *fl_memory_resized(void *memory, size_t size) {
  if (!memory) return fl_memory_new(size);
  piece *had = piece_of(memory), *found;
  if (had->size >= size) return memory;
  size = rounded(size);
  if ((found = reused(size))) {
    memcpy((char *)found + HEAD, memory, had->size);
    fl_memory_free(memory);
  } else if ((found = realloc(had, HEAD + size))) { /* the system moves it without a copy */
    found->size = size;
  }
  return found ? (char *)found + HEAD : NULL;
}
