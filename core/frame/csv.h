/* csv.h: a file of separated values being read.
 */
#ifndef MLRT__CSV_H
#define MLRT__CSV_H

#include "../io/io.h"
#include "../io/json.h"
#include "frame.h"

enum {
    CSV_WINDOW = 1 << 20, /* bytes, unless a row is longer */
    CSV_MORE = 1,         /* the window ends before the row does */
    CSV_SPARE = 80        /* bytes behind the window that may be read */
};

/* What a byte ends: nothing, a cell, or perhaps the window. */
enum { CSV_PLAIN, CSV_STOP, CSV_ZERO };

typedef struct mlrt__csv {
    mlrt *m;
    const mlrt_csv_options *o;
    const mlrt__file *f;
    mlrt__stream s;
    mlrt_table *t;
    char *window;
    size_t cap, n;  /* its size; how much of it is text */
    const char *p;  /* what is read next */
    bool json;      /* lines of JSON */
    bool blanks;    /* any number of spaces is one separator */
    bool noted;     /* mlrt__csv_columns found new texts */
    bool na_number; /* a missing value may look like a number */
    bool fresh;     /* nobody has tried to read the window by columns */
    bool ended;     /* nothing follows the window */
    int64_t row, line;
    char *scratch; /* a cell without its quotes, or in UTF-8 */
    size_t scratch_cap;
    mlrt__words na;
    mlrt__words names;     /* of the columns; of JSON only */
    uint8_t na_first[256]; /* bytes that a missing value can begin with */
    uint8_t stop[256];
} mlrt__csv;

/* Where a cell comes from, and what JSON says that it is. */
enum { CSV_CELL, CSV_JSON, CSV_JSON_TEXT, CSV_JSON_NULL };

/* A cell's text. */
typedef struct mlrt__cell {
    const char *p;
    size_t n;
    bool quoted;
    int json;
    const char *end; /* the separator or line end behind it */
} mlrt__cell;

/* A file as a table (csv.c). */
mlrt_table *mlrt__csv_table(mlrt *m, const mlrt__file *f,
                            const mlrt_csv_options *o, bool json);

/* ---- The text (csv_text.c) -------------------------------------------- */

int mlrt__csv_open(mlrt__csv *r);
void mlrt__csv_close(mlrt__csv *r);
/* From the first byte again. */
int mlrt__csv_rewind(mlrt__csv *r);
/* More text behind what lies at r->p, which moves. */
int mlrt__csv_refill(mlrt__csv *r);
/* The cell at p: 0, CSV_MORE or a status. */
int mlrt__csv_cell(mlrt__csv *r, const char *p, int column, mlrt__cell *s);
/* The last of the blanks at p that separate two cells, or the line's end. */
const char *mlrt__csv_last_blank(const mlrt__csv *r, const char *p);
/* Room for n bytes in scratch, whose contents are lost. */
int mlrt__csv_scratch(mlrt__csv *r, size_t n, char **room);
/* Passes the line end at p; NULL: it may go on behind the window. */
const char *mlrt__csv_newline(const mlrt__csv *r, const char *p);
/* A cell in UTF-8, whatever the file's encoding: 0 or a status. */
int mlrt__csv_utf8(mlrt__csv *r, mlrt__cell *s);
/* "row 7 (line 9), column 'age': ..." */
int mlrt__csv_fail(mlrt__csv *r, int column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- Many rows at once (csv_parallel.c) ------------------------------- */

/* Reads all rows that lie in the window on the context's threads; *done is
 * false when they are not plain enough, and are to be read row by row. */
int mlrt__csv_many(mlrt__csv *r, int64_t most, bool *done);

/* ---- Column by column (csv_columns.c) ---------------------------------- */

#define CSV_NOTED ((uint64_t)1 << 63) /* a text's place, not its number */

/* Where the cells of plain rows end, counted from the window, behind the place
 * before p: how many rows they are, or -1: the text is not plain, or more than
 * `room` would be needed. */
int64_t mlrt__csv_ends(const mlrt__csv *r, const char *p, const char *end,
                       uint32_t *at, int64_t room);
/* Reads these rows, of known columns, to r->row without asking for memory.  A
 * text that is not in its dictionary becomes CSV_NOTED, the place in the window
 * << 32 and the length.  false: something is odd. */
bool mlrt__csv_columns(mlrt__csv *r, const uint32_t *at, int64_t rows);

/* ---- Before the rows (csv_head.c) -------------------------------------- */

/* Line ends between two places in the window. */
int64_t mlrt__csv_lines(const char *p, const char *end);
/* Passes a line, and empty lines and comments; *there false: the text ends. */
int mlrt__csv_skip_line(mlrt__csv *r, bool *there);
int mlrt__csv_to_row(mlrt__csv *r, bool *there);
/* To the first row of data; the first time the columns are made. */
int mlrt__csv_header(mlrt__csv *r, bool first);

/* ---- Cells (csv_cell.c) ----------------------------------------------- */

/* Is it a missing value? */
bool mlrt__csv_missing(const mlrt__csv *r, const mlrt__cell *s);
/* Puts the cell into a column of its kind, which is no text. */
mlrt__parsed mlrt__csv_value(mlrt__csv *r, mlrt__cells *c,
                             const mlrt__cell *cell);
/* Puts the cell into its column, which turns to a wider kind if need be. */
int mlrt__csv_put(mlrt__csv *r, int column, mlrt__cell *s);
/* The kinds are settled; true: some columns have to be read again. */
int mlrt__csv_settle(mlrt__csv *r, bool *again);
int mlrt__csv_spellings(mlrt__csv *r);

/* ---- Lines of JSON (jsonl.c) ------------------------------------------ */

int mlrt__jsonl_rows(mlrt__csv *r);

#endif
