/* Reads lines of VPC flow logs into Arrow columns.
 *
 * A record is a line that, split at runs of blanks after its prefix, has exactly as many values as a layout, and whose
 * integers are all "-" or digits within range. Every other line is an event without values, and is reported.
 *
 *   fl_block     bytes of whole lines, owned here, shared by all columns that refer to them
 *   fl_plan      how lines read: the prefix, one or more layouts, and which slot takes which value
 *   fl_table     the columns made so far; one row a line (or fewer if only some lines are asked for)
 *
 * Text is Arrow's string view: 16 bytes that hold the text itself up to 12 bytes, else where it is in the block, or
 * in copies that the table owns if only some lines are asked for. The block must be valid UTF-8, and shorter than 2^31 bytes.
 *
 * The library knows nothing of Python. Callers hold no lock while it runs; it keeps no state of its own.
 */
#ifndef FLOWLOCAL_H
#define FLOWLOCAL_H

#include <stdint.h>

#if defined(_WIN32)
#define FL_API __declspec(dllexport)
#else
#define FL_API __attribute__((visibility("default")))
#endif

#define FL_VERSION 15
#define FL_PADDING 64 /* readable bytes after a block, so that vector loads never leave it */
#define FL_OTHER UINT32_C(0xF0000000)   /* where numbers of IPv4 addresses end */
#define FL_DASH UINT32_C(0xFFFFFFFE)
#define FL_MISSING UINT32_C(0xFFFFFFFF)
#define FL_MOST_TOKENS 8
#define FL_MOST_VALUES 128
#define FL_MOST_SLOTS 160

enum fl_kind { /* of a column */
  FL_UINT8,
  FL_UINT16,
  FL_INT64,
  FL_TEXT,
  FL_TIME,   /* int64, epoch milliseconds; a line without a time has that of the line before it */
  FL_RECORD, /* boolean: is the line a record? */
  FL_ROW,    /* int64: the number of the line */
  FL_INSTANT, /* as FL_TIME, but null for a line without one */
  FL_UINT32, /* numbers of texts */
  FL_INT32,  /* only of Parquet */
  FL_INT128  /* only of groups */
};

enum fl_role { FL_SKIP, FL_IS_TIME, FL_IS_TEXT }; /* of a token before the record */

enum fl_reason {
  FL_BLANK = 1,
  FL_VALUES,  /* no layout has so many */
  FL_INTEGER, /* one is out of range, or no integer */
  FL_PREFIX,
  FL_NAMES    /* only names, as a header line has */
};

typedef struct {
  int32_t role;
  int32_t slot;       /* -1: not wanted */
  int32_t open, close; /* brackets around it, or 0 */
} fl_token;

typedef struct {
  int64_t maximum;   /* of an integer; negative for text */
  int32_t slot;      /* -1: not wanted */
  int32_t time_slot; /* where this value is the event's time (s, ms, us or ns, told apart by size); else -1 */
} fl_value;

typedef struct {
  int32_t count;
  const fl_value *values;
} fl_layout;

typedef struct {
  int32_t tokens, layouts, slots;
  int32_t message; /* slot of the text after the prefix, or -1 */
  int32_t record;  /* slot of FL_RECORD, or -1 */
  int32_t row;     /* slot of FL_ROW, or -1 */
  const fl_token *token;
  const fl_layout *layout; /* the commonest first; without any, no line is a record and none is reported */
  const int32_t *kind;     /* of each slot */
  /* Where either of these two is given, only some lines and the last one become rows, with copies of their texts: */
  const uint8_t *literal;  /* those that contain it; or NULL */
  int64_t literal_size;
  int64_t since;           /* those of that time, in epoch milliseconds, or later, or of none; or INT64_MIN */
  int64_t counted;         /* since when earlier lines are counted nevertheless */
} fl_plan;

typedef struct fl_block fl_block;
typedef struct fl_table fl_table;

typedef struct {
  uint32_t number;     /* counted from the first line of the table */
  uint32_t start, end; /* where its bytes are in the block */
  int32_t reason;      /* enum fl_reason */
} fl_line;

typedef struct {
  int64_t lines, rows, unparsed, names; /* names: how many of the unparsed lines are FL_NAMES */
  int64_t is_ascii;
  int64_t earliest, latest; /* of the times in slots of kind FL_TIME; earliest > latest if there are none */
  int64_t older; /* lines that are no rows only because they are earlier than `since`, but not than `counted` */
  const fl_line *line; /* each unparsed one */
} fl_report;

struct ArrowSchema;
struct ArrowArray;
struct ArrowArrayStream;

FL_API int32_t fl_version(void);
FL_API fl_block *fl_block_new(int64_t size);
FL_API uint8_t *fl_block_bytes(fl_block *block);
FL_API void fl_block_release(fl_block *block);

/* NULL if memory is short or the plan is invalid. */
FL_API fl_table *fl_table_new(const fl_plan *plan, fl_block *block, int64_t size);
/* Append the lines from one byte of the block to another; ROW counts from `row`. `after` is how many bytes of the same
 * file further readings will append: their first line may take its time from the last one. If no column has texts, or only
 * some lines are asked for, these bytes may take the place of those that were read. Returns 0, or -1 if memory is short. */
FL_API int32_t fl_read(fl_table *table, int64_t from, int64_t to, int64_t row, int64_t after);
FL_API void fl_table_report(const fl_table *table, fl_report *report);
/* Hand a column over to Arrow; each slot once. Returns 0, or -1 if memory is short. */
FL_API int32_t fl_export(fl_table *table, int32_t slot, struct ArrowSchema *schema, struct ArrowArray *array);
FL_API void fl_table_free(fl_table *table);

/* Make UInt32 of texts (string views): an IPv4 address below 240.0.0.0 without leading zeros becomes its number, "-"
 * FL_DASH, null FL_MISSING, and any other text FL_OTHER. Returns how many are of the last kind, or -1. */
FL_API int64_t fl_addresses(struct ArrowArrayStream *texts, int64_t rows, struct ArrowSchema *schema,
                            struct ArrowArray *array);

enum { FL_MOST_DISTINCT = 4096 };
/* Make UInt32 of texts (string views in one chunk): equal texts, or nulls, have the same number, counted from 0; and
 * UInt32 of the row where each number comes first. Returns how many there are; 0, and makes nothing, if there are more
 * than FL_MOST_DISTINCT; or -1. */
FL_API int64_t fl_distinct(struct ArrowArrayStream *texts, int64_t rows, struct ArrowSchema *schema,
                           struct ArrowArray *array, struct ArrowSchema *first_schema, struct ArrowArray *first_array);

typedef struct {
  uint64_t places[128]; /* of each ASCII character: a bit for each place of the pattern where it may be */
  uint64_t repeated;    /* places that have one such character or more */
  uint64_t last;        /* the last place */
  int32_t from_start, to_end; /* whether a match begins and ends where the text does */
} fl_pattern;

/* Make a boolean of each text (string views in one chunk): whether the pattern occurs in it; false of null. Returns 0; 1, and
 * makes nothing, if a text is not ASCII or has more than 64 bytes; or -1. */
FL_API int32_t fl_matches(struct ArrowArrayStream *texts, int64_t rows, const fl_pattern *pattern,
                          struct ArrowSchema *schema, struct ArrowArray *array);

/* Groups of rows by integers, with all values of each group. */

enum { FL_MOST_KEYS = 4, FL_MOST_COLUMNS = 16 };
enum fl_total { FL_SUM, FL_LEAST, FL_LARGEST };
enum fl_of { FL_OF_KEY, FL_OF_ROWS, FL_OF_FIRST, FL_OF_VALUES, FL_OF_COUNT, FL_OF_TOTAL };
typedef struct fl_groups fl_groups;

/* NULL if memory is short, or there are more columns than that. */
FL_API fl_groups *fl_groups_new(int32_t keys, int32_t columns, int32_t has_first, uint64_t seed);
/* Add rows: streams in one chunk, of Int64 or UInt32 for each key, then for each column of values, of which nulls are left
 * out, and of Int64 or Int128 for `first` if it is there. Returns 0, or -1: then the groups are of no use. */
FL_API int32_t fl_groups_add(fl_groups *groups, struct ArrowArrayStream *const *streams, int64_t rows);
/* Move the rows of other groups, with as many keys and columns, which are of no use then. Returns 0, or -1: so are these. */
FL_API int32_t fl_groups_merge(fl_groups *groups, fl_groups *others);
FL_API int64_t fl_groups_count(const fl_groups *groups);
FL_API int64_t fl_groups_bytes(const fl_groups *groups);
/* Make Int64 of a key, the number of rows, Int128 of the largest `first`, or Int64 of the values of a column: of the
 * groups from one number to another, or of all their rows, those of a group together, with nulls after its values. */
FL_API int32_t fl_groups_export(const fl_groups *groups, int32_t of, int32_t number, int32_t of_rows, int64_t from,
                                int64_t to, struct ArrowSchema *schema, struct ArrowArray *array);
/* Make of a column what is made of it for groups with totals: FL_OF_COUNT, or FL_OF_TOTAL of an fl_total. */
FL_API int32_t fl_groups_totals(const fl_groups *groups, int32_t of, int32_t number, int32_t total,
                                struct ArrowSchema *schema, struct ArrowArray *array);
/* Make Int64 of the value of each group, by nearest rank, that a fraction of its values do not exceed; null without any. */
FL_API int32_t fl_groups_ranks(const fl_groups *groups, int32_t number, int64_t numerator, int64_t denominator,
                               struct ArrowSchema *schema, struct ArrowArray *array);
FL_API void fl_groups_free(fl_groups *groups);

/* Groups of rows by integers with totals of each group. Once they are many, rows are put into parts by the hash of their
 * keys, and the groups of one part after the other are made. The caller may keep rows in a file. */

enum { FL_PARTS = 512, FL_PIECE = 1 << 15 };
typedef struct fl_totals fl_totals;

/* NULL if memory is short, or there are more columns than that. Totals: of each column of values, an fl_total. Parts are made
 * from `few` groups on. */
FL_API fl_totals *fl_totals_new(int32_t keys, int32_t columns, const int32_t *totals, int32_t has_first, int64_t few,
                                uint64_t seed);
/* Add rows, as to fl_groups. Returns 0, or -1: then the totals are of no use. */
FL_API int32_t fl_totals_add(fl_totals *totals, struct ArrowArrayStream *const *streams, int64_t rows);
/* Add the groups of others, with the same keys, columns and totals, that are not in parts. Returns 0, or -1. */
FL_API int32_t fl_totals_merge(fl_totals *totals, const fl_totals *others);
FL_API int64_t fl_totals_bytes(const fl_totals *totals); /* of groups and of parts, in memory */
/* Replace the rows of parts by their groups where these take at most half of their memory. Returns 0, or -1. */
FL_API int32_t fl_totals_compact(fl_totals *totals);
/* Take FL_PIECE bytes of a part out of memory, valid until the next call; NULL if there is at most one piece of each kind, or
 * memory is short. The place of it among all pieces is remembered. */
FL_API const void *fl_totals_evict(fl_totals *totals, int32_t part);
/* The number of pieces of a part that were taken out, and their places. */
FL_API int64_t fl_totals_evicted(const fl_totals *totals, int32_t part, const int64_t **places);
/* No more rows or groups will be added: free what was kept for them. Returns 1 if the groups are in parts, else 0. */
FL_API int32_t fl_totals_end(fl_totals *totals);
/* Add what a part has in memory to other totals of the same kind that are not in parts, as groups of their own, and free
 * it. Threads may do so at the same time for other parts and other totals. Returns 0, or -1. */
FL_API int32_t fl_totals_take(fl_totals *to, fl_totals *totals, int32_t part);
/* Add a piece that was taken out of the same part. Returns 0, or -1. */
FL_API int32_t fl_totals_add_piece(fl_totals *to, const void *piece);
FL_API int64_t fl_totals_count(const fl_totals *totals); /* of groups that are not in parts */
/* Make Int64 of a key, the number of rows, Int128 of the largest `first`, or of a column Int64 of the number of values,
 * Int128 of their sum, or Int64 of the least or the largest one. */
FL_API int32_t fl_totals_export(const fl_totals *totals, int32_t of, int32_t number, struct ArrowSchema *schema,
                                struct ArrowArray *array);
/* Drop all groups but those with these numbers, which ascend; then nothing but the groups of other parts can be added. */
FL_API void fl_totals_keep_groups(fl_totals *totals, const int64_t *numbers, int64_t count);
FL_API void fl_totals_drop_groups(fl_totals *totals);
FL_API void fl_totals_free(fl_totals *totals);

/* Parquet: flat columns of integers and of ASCII texts. What is damaged, or of another kind, is refused. */

typedef struct { /* a column, with the enumerations of the format */
  const uint8_t *name;
  int64_t name_size, children;
  int32_t type, repetition, converted, logical, bits, is_signed; /* the last two are of an integer */
} fl_leaf;

typedef struct { /* of a column, in a row group */
  int64_t values, nulls, minimum, maximum; /* as the statistics say; nulls: -1 if they do not */
  int64_t stored, data, dictionary;        /* bytes, and where they begin */
  int64_t group;
  int32_t type, codec, depth, known, is_odd; /* known: 1 for the minimum, 2 for the maximum */
} fl_part;

typedef struct {
  int64_t columns, groups;
  const fl_leaf *leaf;
  const fl_part *part; /* of each column in each row group */
  const int64_t *rows; /* of each row group */
  const uint8_t *schema; /* of Arrow, or NULL */
  int64_t schema_size;
} fl_contents;

typedef struct {
  int32_t type, size, stored, values; /* size: when decompressed */
  int32_t encoding, level_encoding, level_bytes, repetition_bytes, is_compressed;
} fl_page;

typedef struct fl_footer fl_footer;
typedef struct fl_pages fl_pages;

/* NULL if the footer is refused. The bytes must outlive it. */
FL_API fl_footer *fl_footer_new(const uint8_t *bytes, int64_t size);
FL_API void fl_footer_report(const fl_footer *footer, fl_contents *contents);
FL_API void fl_footer_free(fl_footer *footer);
/* Returns how many bytes the header of a page takes, or -1. All bytes of the page follow it. */
FL_API int64_t fl_page_header(const uint8_t *bytes, int64_t size, fl_page *page);
/* A column of so many rows, of kind FL_INT32, FL_INT64 or FL_TEXT. */
FL_API fl_pages *fl_pages_new(int32_t kind, int32_t optional, int64_t rows);
/* What follows is of another row group, with its own dictionary. */
FL_API void fl_pages_begin(fl_pages *pages);
/* Add a page, decompressed. Returns 0, or -1: then the column is of no use. */
FL_API int32_t fl_pages_add(fl_pages *pages, const fl_page *page, const uint8_t *bytes, int64_t size);
FL_API int64_t fl_pages_rows(const fl_pages *pages);
/* What no integer, or no text's length in bytes, is below, or above; INT64_MAX and INT64_MIN if there is none. */
FL_API int64_t fl_pages_bound(const fl_pages *pages, int32_t of_most);
/* Hand over the integers, as UInt16 if their bounds are its own, or the numbers of texts; and the texts, of which the first
 * is null; each once. */
FL_API int32_t fl_pages_export(fl_pages *pages, struct ArrowSchema *schema, struct ArrowArray *array);
FL_API int32_t fl_pages_texts(fl_pages *pages, struct ArrowSchema *schema, struct ArrowArray *array);
FL_API void fl_pages_free(fl_pages *pages);

#endif
