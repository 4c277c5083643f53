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
    bool trim;    /* spaces around cells do not belong to them */
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
MLRT_API void mlrt_table_free(mlrt_table *t);
MLRT_API int mlrt_table_columns(const mlrt_table *t);
MLRT_API int64_t mlrt_table_rows(const mlrt_table *t);
/* Rows that ragged = SKIP left out. */
MLRT_API int64_t mlrt_table_skipped(const mlrt_table *t);
/* Column i, borrowed: the table owns it; false: there is none. */
MLRT_API bool mlrt_table_column(const mlrt_table *t, int i,
                                mlrt_column *column);

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

/* ---- Rows ------------------------------------------------------------- */

/* A column's rows in the order of an index, as often as it names them; none
 * gives a hole. `holes` may be MLRT_NONE, and *new_holes may become it. */
MLRT_CHECK int mlrt_rows_take(mlrt *m, mlrt_tensor *values, mlrt_tensor *holes,
                              mlrt_tensor *index, mlrt_tensor **new_values,
                              mlrt_tensor **new_holes);

#endif
