/* csv_parallel.c: the rows of a window of plain CSV text, on all threads.
 *
 * Where a window has no quotes, every LF ends a row, so the text can be cut
 * anywhere behind one and how many rows each piece has is known before it is
 * read.  Numbers, truth values and dates are put in their places at once; of
 * texts that are not in the dictionary yet only the place in the window is
 * noted, and they are numbered afterwards in order.  Nothing is allocated
 * meanwhile, and whatever is unusual (a cell of another kind, a first hole, a
 * row too short) ends the attempt: then the window is read row by row, which
 * also finds the words for what is wrong.
 */
#include "csv.h"

enum { MOST = 16, LEAST_BYTES = 1 << 15 };

/* A piece of the window. */
typedef struct piece {
    mlrt__csv r; /* a copy: p and row are the piece's own */
    const char *end;
    int64_t rows;
    bool odd;
} piece;

static void read_piece(void *arg, int64_t task) {
    piece *x = (piece *)arg + task;
    x->odd = !mlrt__csv_columns(&x->r, x->end);
}

/* ---- Cutting ---------------------------------------------------------- */

typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));

/* The rows that end in n vectors at p, at most 255; *odd: see below. */
static int64_t count_block(const char *p, int64_t n, char quote, bool *odd) {
    bytes16 ends = {0}, other = {0};
    int64_t rows = 0;
    for (int64_t i = 0; i < n; i++, p += sizeof ends) {
        bytes16 c = *(const bytes16 *)(const void *)p;
        bytes16 before = *(const bytes16 *)(const void *)(p - 1);
        bytes16 end = (bytes16)(c == '\n');
        ends -= end;
        other |= (bytes16)(c == (uint8_t)quote) | (bytes16)(c == '\r') |
                 (end & (bytes16)(before == '\n'));
    }
    for (size_t i = 0; i < sizeof ends; i++) {
        rows += ends[i];
        *odd |= other[i] != 0;
    }
    return rows;
}

/* Rows of a text of whole lines; -1: there are quotes, CR or empty lines, so
 * that not every LF ends a row. */
static int64_t count_rows(const char *p, const char *end, char quote) {
    bool odd = p < end && (*p == '\n' || *p == quote || *p == '\r');
    int64_t rows = 0;
    for (p++; !odd && end - p >= (int64_t)sizeof(bytes16);) {
        int64_t n = (end - p) / (int64_t)sizeof(bytes16);
        n = n < 255 ? n : 255;
        rows += count_block(p, n, quote, &odd);
        p += n * (int64_t)sizeof(bytes16);
    }
    for (; !odd && p < end; p++) {
        odd = *p == quote || *p == '\r' || (*p == '\n' && p[-1] == '\n');
        rows += *p == '\n';
    }
    return odd ? -1 : rows;
}

static bool is_ready(const mlrt__csv *r) {
    const mlrt_csv_options *o = r->o;
    if (o->comment || o->trim || o->ragged != MLRT_RAGGED_ERROR ||
        r->t->n > CSV_COLUMNS)
        return false;
    for (int i = 0; i < r->t->n; i++)
        if (r->t->col[i].unknown && !r->t->col[i].skip)
            return false;
    return true;
}

/* Cuts the lines from r->p to `end` into n pieces; false: they are odd. */
static bool cut(mlrt__csv *r, const char *end, piece *x, int n, int64_t *rows) {
    const char *p = r->p;
    char quote = r->o->quote ? r->o->quote : '\r';
    size_t size = (size_t)(end - p) / (size_t)n;
    *rows = 0;
    for (int k = 0; k < n; k++) {
        const char *to = k + 1 < n ? r->p + size * (size_t)(k + 1) : end - 1;
        to = (const char *)memchr(to, '\n', (size_t)(end - to)) + 1;
        x[k].end = to > p ? to : p;
        x[k].r = *r;
        x[k].r.p = p;
        x[k].r.row = r->row + *rows;
        x[k].odd = false;
        x[k].rows = count_rows(p, x[k].end, quote);
        if (x[k].rows < 0)
            return false;
        *rows += x[k].rows;
        p = x[k].end;
    }
    return true;
}

/* ---- Texts ------------------------------------------------------------ */

/* Numbers the texts of one column that were noted. */
static int put_texts(mlrt__csv *r, int i, int64_t rows) {
    mlrt__cells *c = &r->t->col[i];
    int64_t row = r->row, line = r->line;
    int err = 0;
    for (int64_t k = 0; k < rows && !err; k++) {
        uint64_t place = ((uint64_t *)c->v)[row + k] & ~CSV_NOTED;
        if (place == ((uint64_t *)c->v)[row + k])
            continue;
        mlrt__cell s = {.p = r->window + (place >> 32),
                        .n = (size_t)(place & UINT32_MAX)};
        r->row = row + k;
        r->line = line + k;
        err = mlrt__csv_put(r, i, &s);
    }
    r->row = row;
    r->line = line;
    return err;
}

static int finish(mlrt__csv *r, const char *end, int64_t rows) {
    int err = 0;
    for (int i = 0; i < r->t->n && !err; i++)
        if (r->t->col[i].kind >= MLRT_COL_STR && !r->t->col[i].skip)
            err = put_texts(r, i, rows);
    r->row += err ? 0 : rows;
    r->line += err ? 0 : rows;
    r->p = err ? r->p : end;
    return err;
}

/* ---- All of it -------------------------------------------------------- */

static int run(mlrt__csv *r, const char *end, piece *x, int n, int64_t most,
               bool *done) {
    int64_t rows;
    if (!cut(r, end, x, n, &rows) || rows > most - r->row)
        return 0;
    int err = mlrt__table_reserve(r->t, r->row + rows);
    if (!err)
        err = mlrt__parallel(r->m, n, read_piece, x, true);
    for (int k = 0; k < n && !err; k++)
        if (x[k].odd)
            return 0;
    *done = !err;
    return err ? err : finish(r, end, rows);
}

int mlrt__csv_many(mlrt__csv *r, int64_t most, bool *done) {
    *done = false;
    const char *end = r->window + r->n;
    size_t size = (size_t)(end - r->p);
    if (r->row < 1) /* the first row says what the columns are */
        return 0;
    r->fresh = false;
    if (size < LEAST_BYTES || !is_ready(r))
        return 0;
    while (end > r->p && end[-1] != '\n')
        end--;
    size = (size_t)(end - r->p);
    if (size < LEAST_BYTES || r->n > INT32_MAX)
        return 0;
    int n = r->m->threads < MOST ? r->m->threads : MOST;
    size_t bytes = mlrt__room(0, (size_t)n, sizeof(piece));
    piece *x = mlrt__alloc(r->m, bytes);
    int err = x ? run(r, end, x, n, most, done) : MLRT_ENOMEM;
    if (x)
        mlrt__free(r->m, x, bytes);
    return err;
}
