/* mlrt_frame.h: tables, the part of mlrt.h that reads them and that works on
 * their columns.
 *
 * A column is one or a few tensors of as many elements as the table has rows:
 *
 *   f64       values f64, NaN where there is a hole
 *   i64       values i64, 0 where there is a hole
 *   bool      values bool, false where there is a hole
 *   datetime  values i64, microseconds since 1970-01-01 00:00 UTC
 *   str, cat  values index: positions in a dictionary, -1 where there is a hole
 *
 * `holes` is a bool tensor that is true where a value is missing, MLRT_NONE
 * when none is.  A dictionary is the bytes of its words one behind the other
 * (u8) and where each begins (i64, one more than there are words); no word is
 * there twice.
 */
#ifndef MLRT_FRAME_H
#define MLRT_FRAME_H

#ifndef MLRT_H
#error "include mlrt.h"
#endif

typedef enum mlrt_kind {
    MLRT_COL_F64,
    MLRT_COL_I64,
    MLRT_COL_BOOL,
    MLRT_COL_DATETIME,
    MLRT_COL_STR,
    MLRT_COL_CAT,
    MLRT_NKINDS,
    MLRT_COL_AUTO = -1 /* whatever fits all cells */
} mlrt_kind;

typedef struct mlrt_column {
    const char *name; /* UTF-8 */
    mlrt_kind kind;
    mlrt_tensor *values;
    mlrt_tensor *holes;           /* or MLRT_NONE */
    mlrt_tensor *bytes, *offsets; /* the dictionary, or MLRT_NONE */
} mlrt_column;

MLRT_API const char *mlrt_kind_name(mlrt_kind kind); /* "f64" */

/* ---- Reading ---------------------------------------------------------- */

enum mlrt_encoding { MLRT_UTF8, MLRT_LATIN1, MLRT_CP1252 };
enum mlrt_ragged { MLRT_RAGGED_ERROR, MLRT_RAGGED_FILL, MLRT_RAGGED_SKIP };

typedef struct mlrt_csv_options {
    size_t size;  /* set by mlrt_csv_options_init */
    char sep;     /* between cells: ',' */
    char quote;   /* around cells: '"'; 0: none */
    char comment; /* lines that begin with it are passed over; 0: none */
    bool header;  /* the first row names the columns */
    bool trim;    /* spaces around cells do not belong to them; with sep ' ' any
                     number of them is one separator */
    char decimal; /* '.' */
    enum mlrt_encoding encoding;
    enum mlrt_ragged ragged; /* what rows that are too short or long get */
    int64_t skip;            /* lines before the header or first row */
    int64_t rows;            /* at most so many; -1: all */
    const char *const *na;   /* how a missing value is spelled; NULL: as
                                pandas takes it: an empty cell, NA, NaN... */
    int nna;
    const char *const *names; /* of the columns, in place of the header's */
    int nnames;
    const char *const *only; /* columns to read; NULL: all */
    int nonly;
    const char *const *typed; /* columns of a given kind */
    const mlrt_kind *kinds;
    int ntyped;
    mlrt_kind kind;          /* of the other columns: MLRT_COL_AUTO */
    const char *date_format; /* of datetimes, as strftime has it with Y m d H
                                M S y b p I only; NULL: ISO 8601 */
} mlrt_csv_options;

typedef struct mlrt_table mlrt_table;

MLRT_API void mlrt_csv_options_init(mlrt_csv_options *options);
/* Reads separated values (RFC 4180), gunzipped when the file is gzip, in one
 * pass over a window of the text; a second pass is made when what began as one
 * kind turns out to be another.  An AUTO column is bool, i64, f64, datetime
 * (ISO 8601) or else str: the first of them that all of its cells are.  Rows
 * end with LF, CR LF or CR; empty lines are passed over.  A failure names row
 * and column. */
MLRT_CHECK mlrt_table *mlrt_read_csv(mlrt *m, const char *path,
                                     const mlrt_csv_options *options);
/* The same from n bytes in memory. */
MLRT_CHECK mlrt_table *mlrt_read_csv_memory(mlrt *m, const void *bytes,
                                            size_t n,
                                            const mlrt_csv_options *options);
/* Lines of JSON objects: their members' names are the columns, what a line
 * lacks is a hole, lists and objects within are text.  Of the options kind,
 * typed, rows and date_format are looked at. */
MLRT_CHECK mlrt_table *mlrt_read_jsonl(mlrt *m, const char *path,
                                       const mlrt_csv_options *options);
MLRT_API void mlrt_table_free(mlrt_table *t);
MLRT_API int mlrt_table_columns(const mlrt_table *t);
MLRT_API int64_t mlrt_table_rows(const mlrt_table *t);
/* Rows that ragged = SKIP left out. */
MLRT_API int64_t mlrt_table_skipped(const mlrt_table *t);
/* Column i, borrowed: the table owns it; false: there is none. */
MLRT_API bool mlrt_table_column(const mlrt_table *t, int i,
                                mlrt_column *column);

/* ---- Writing ---------------------------------------------------------- */

typedef struct mlrt_write_options {
    size_t size;    /* sizeof the struct */
    char sep;       /* ',' */
    bool header;    /* the names first */
    bool json;      /* lines of JSON objects instead */
    const char *na; /* for a hole: "" */
} mlrt_write_options;
/* Writes n columns of `rows` rows, as mlrt_write_file does; `options` may be
 * NULL.  Numbers read back as the same; an empty text is "" in quotes. */
MLRT_CHECK int mlrt_write_table(mlrt *m, const char *path,
                                const mlrt_column *columns, int n, int64_t rows,
                                const mlrt_write_options *options);

/* ---- Dictionaries ----------------------------------------------------- */

/* The n words, each of lengths[i] bytes (words[i] NULL: a hole), as codes
 * (index, n) and the dictionary of the different ones, in the order in which
 * they first occur. */
MLRT_CHECK int mlrt_dict_encode(mlrt *m, const char *const *words,
                                const size_t *lengths, int64_t n,
                                mlrt_tensor **codes, mlrt_tensor **bytes,
                                mlrt_tensor **offsets);
/* Word k: its bytes, borrowed from the dictionary, and their number; NULL if
 * there is none, or the tensors are no dictionary. */
MLRT_API const char *mlrt_dict_word(const mlrt_tensor *bytes,
                                    const mlrt_tensor *offsets, int64_t k,
                                    size_t *length);
MLRT_API int64_t mlrt_dict_size(const mlrt_tensor *offsets);

/* The same codes with a dictionary of the words that they use only, in their
 * old order or sorted by their bytes. */
MLRT_CHECK int mlrt_dict_tidy(mlrt *m, mlrt_tensor *codes, mlrt_tensor *bytes,
                              mlrt_tensor *offsets, bool sorted,
                              mlrt_tensor **new_codes, mlrt_tensor **new_bytes,
                              mlrt_tensor **new_offsets);

/* Both dictionaries as one: the words of the first, then those of the other
 * that it lacks; where the other's words are in it (index). */
MLRT_CHECK int mlrt_dict_merge(mlrt *m, mlrt_tensor *bytes,
                               mlrt_tensor *offsets, mlrt_tensor *other_bytes,
                               mlrt_tensor *other_offsets,
                               mlrt_tensor **new_bytes,
                               mlrt_tensor **new_offsets, mlrt_tensor **places);
/* What each word is as f64, i64, bool or datetime (format as in read_csv, or
 * NULL), and which words are none (bool). */
MLRT_CHECK int mlrt_dict_parse(mlrt *m, mlrt_tensor *bytes,
                               mlrt_tensor *offsets, mlrt_kind kind,
                               const char *format, mlrt_tensor **values,
                               mlrt_tensor **bad);

/* ---- Rows ------------------------------------------------------------- */

/* A column's rows in the order of an index, as often as it names them; none
 * gives a hole. `holes` may be MLRT_NONE, and *new_holes may become it. */
MLRT_CHECK int mlrt_rows_take(mlrt *m, mlrt_tensor *values, mlrt_tensor *holes,
                              mlrt_tensor *index, mlrt_tensor **new_values,
                              mlrt_tensor **new_holes);

/* A column to sort or group by. */
typedef struct mlrt_sort_by {
    mlrt_tensor *values; /* f64, i64, bool or index */
    mlrt_tensor *holes;  /* or MLRT_NONE */
    bool descending;
} mlrt_sort_by;

/* The order of the rows by the first column, where equal by the next one; rows
 * that are equal in all keep theirs.  Holes come last either way. */
MLRT_CHECK int mlrt_rows_sort(mlrt *m, const mlrt_sort_by *by, int nby,
                              mlrt_tensor **index);
/* Which group a row is in (index), numbered as they first occur, and the first
 * row of each.  Rows with a hole are in none, or (keep) equal each other. */
MLRT_CHECK int mlrt_rows_group(mlrt *m, const mlrt_sort_by *by, int nby,
                               bool keep, mlrt_tensor **groups,
                               mlrt_tensor **firsts);

typedef enum mlrt_reduction {
    MLRT_GROUP_COUNT, /* i64: rows that are no hole */
    MLRT_GROUP_SUM,   /* f64, of integers i64; 0 of nothing */
    MLRT_GROUP_PROD,  /* f64, as are the next */
    MLRT_GROUP_MEAN,  /* NaN of nothing */
    MLRT_GROUP_VAR,   /* divided by count - 1; NaN of less than two */
    MLRT_GROUP_FIRST, /* index: the first row that is no hole, none of */
    MLRT_GROUP_LAST,  /*   nothing; the last one; */
    MLRT_GROUP_MIN,   /*   the first with the least, */
    MLRT_GROUP_MAX    /*   and with the largest value */
} mlrt_reduction;
/* A figure for each group of a column that is no text. */
MLRT_CHECK mlrt_tensor *mlrt_group_reduce(mlrt *m, mlrt_reduction what,
                                          mlrt_tensor *values,
                                          mlrt_tensor *holes,
                                          mlrt_tensor *groups, int64_t ngroups);
/* The quantile q of each group's values, interpolated linearly (f64). */
MLRT_CHECK mlrt_tensor *
mlrt_group_quantile(mlrt *m, double q, mlrt_tensor *values, mlrt_tensor *holes,
                    mlrt_tensor *groups, int64_t ngroups);

/* Pairs of rows of two tables whose keys, numbered together up to `count`,
 * are equal: in the order of the left rows, then of the right ones.  `outer`
 * keeps left rows without a match, beside none. */
MLRT_CHECK int mlrt_rows_join(mlrt *m, mlrt_tensor *left, mlrt_tensor *right,
                              int64_t count, bool outer,
                              mlrt_tensor **left_rows,
                              mlrt_tensor **right_rows);

enum mlrt_asof { MLRT_ASOF_BACKWARD, MLRT_ASOF_FORWARD, MLRT_ASOF_NEAREST };
typedef struct mlrt_asof_options {
    enum mlrt_asof direction; /* of the right value, seen from the left one */
    double tolerance;         /* the match is at most so far away */
    bool exact;               /* equal values match */
} mlrt_asof_options;
/* For each left row the right row with the nearest value in that direction, of
 * those with the same number in `by` (either both, or both MLRT_NONE); index,
 * none where there is none.  Neither side has to be sorted. */
MLRT_CHECK mlrt_tensor *mlrt_rows_asof(mlrt *m, const mlrt_sort_by *left,
                                       mlrt_tensor *left_by,
                                       const mlrt_sort_by *right,
                                       mlrt_tensor *right_by, int64_t count,
                                       const mlrt_asof_options *options);

/* ---- Rows around a row ------------------------------------------------ */

/* They walk through the rows in their own order or in one that is given
 * (index, or MLRT_NONE); with groups (or MLRT_NONE), which lie together in
 * that order, nothing crosses from one group into another. */

typedef enum mlrt_window {
    MLRT_WINDOW_COUNT,
    MLRT_WINDOW_SUM,
    MLRT_WINDOW_MEAN,
    MLRT_WINDOW_VAR,
    MLRT_WINDOW_STD,
    MLRT_WINDOW_MIN,
    MLRT_WINDOW_MAX,
    MLRT_WINDOW_MEDIAN
} mlrt_window;
/* A figure of each row and the size - 1 before it (f64); NaN where fewer than
 * `least` of them have a value.  x: f64. */
MLRT_CHECK mlrt_tensor *mlrt_rows_roll(mlrt *m, mlrt_window what, int64_t size,
                                       int64_t least, mlrt_tensor *x,
                                       mlrt_tensor *holes, mlrt_tensor *groups,
                                       mlrt_tensor *order);
/* The row with the last value before each row (forward), or the next one
 * behind it, itself included; at most `limit` rows away, -1: any; index. */
MLRT_CHECK mlrt_tensor *mlrt_rows_last(mlrt *m, mlrt_tensor *holes,
                                       bool forward, int64_t limit,
                                       mlrt_tensor *groups, mlrt_tensor *order);
/* For each of n rows the row `by` rows before it; index. */
MLRT_CHECK mlrt_tensor *mlrt_rows_lag(mlrt *m, int64_t by, int64_t n,
                                      mlrt_tensor *groups, mlrt_tensor *order);
/* x (f64) with straight lines over its holes; those behind the last value get
 * that, those before the first one stay, which `left` says (bool). */
MLRT_CHECK int mlrt_rows_interpolate(mlrt *m, mlrt_tensor *x,
                                     mlrt_tensor *holes, mlrt_tensor **y,
                                     mlrt_tensor **left);

/* ---- Dates ------------------------------------------------------------ */

typedef enum mlrt_date_part {
    MLRT_DATE_YEAR,
    MLRT_DATE_QUARTER,
    MLRT_DATE_MONTH,
    MLRT_DATE_WEEK, /* ISO 8601 */
    MLRT_DATE_DAY,
    MLRT_DATE_WEEKDAY, /* Monday is 1 */
    MLRT_DATE_DAY_OF_YEAR,
    MLRT_DATE_HOUR,
    MLRT_DATE_MINUTE,
    MLRT_DATE_SECOND,
    MLRT_DATE_MICROSECOND,
    MLRT_DATE_DAYS /* since 1970-01-01 */
} mlrt_date_part;
/* A part of each of the datetimes x; i64. */
MLRT_CHECK mlrt_tensor *mlrt_date_parts(mlrt *m, mlrt_tensor *x,
                                        mlrt_date_part part);
/* "2020-02-29", "2020-02-29 12:30:00" or with ".000001"; how many bytes. */
#define MLRT_DATE_TEXT 64
MLRT_API size_t mlrt_date_text(int64_t microseconds, char text[MLRT_DATE_TEXT]);

#endif
