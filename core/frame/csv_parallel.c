/* csv_parallel.c: the rows of a window of CSV text, on several threads.
 *
 * Where a window has no quotes, every LF ends a row, so the text can be cut
 * anywhere behind one and how many rows each piece has is known before it is
 * read.  Numbers, truth values and dates are put in their places at once; of
 * texts only the place in the window is noted, and they are numbered afterwards
 * in order, since the dictionary grows.  Nothing is allocated meanwhile, and
 * whatever is unusual (a cell of another kind, a first hole, a row too short)
 * ends the attempt: then the window is read row by row, which also finds the
 * words for what is wrong.
 */
#include "csv.h"
#include "csv_number.h"

enum { MOST = 16, LEAST_BYTES = 1 << 15 };

/* A piece of the window. */
typedef struct piece {
    mlrt__csv r; /* a copy: p and row are the piece's own */
    const char *end;
    int64_t rows;
    bool odd;
} piece;

/* ---- Cells ------------------------------------------------------------ */

static const char *cell_end(const mlrt__csv *r, const char *p) {
    while (!mlrt__ends(r, p))
        p++;
    return p;
}

/* A missing value has a place already, or this is not for us. */
static bool put_other(mlrt__csv *r, mlrt__cells *c, const char *p, size_t n) {
    mlrt__cell s = {.p = p, .n = n};
    if (mlrt__csv_missing(r, &s)) {
        if (!c->hole)
            return false;
        return mlrt__cells_hole(r->t, c, r->row) == 0;
    }
    if (mlrt__csv_value(r, c, &s) != MLRT__YES)
        return false;
    if (c->hole)
        c->hole[r->row] = 0;
    return true;
}

/* The cell at p into column i; its end, or NULL. */
static inline const char *take(mlrt__csv *r, int i, const char *p) {
    mlrt__cells *c = &r->t->col[i];
    const char *q = NULL;
    if (!c->skip && c->kind == MLRT_COL_F64)
        q = mlrt__read_decimal(r, c, p);
    else if (!c->skip && c->kind == MLRT_COL_I64)
        q = mlrt__read_integer(r, c, p);
    if (q) {
        if (c->hole)
            c->hole[r->row] = 0;
        return q;
    }
    q = cell_end(r, p);
    if (c->skip)
        return q;
    if (c->kind < MLRT_COL_STR)
        return put_other(r, c, p, (size_t)(q - p)) ? q : NULL;
    ((uint64_t *)c->v)[r->row] = (uint64_t)(p - r->window) << 32 |
                                 (uint64_t)(q - p);
    return q;
}

static void read_piece(void *arg, int64_t k) {
    piece *x = (piece *)arg + k;
    mlrt__csv *r = &x->r;
    int n = r->t->n;
    for (; r->p < x->end; r->row++) {
        const char *p = r->p;
        for (int i = 0; i < n && p; i++) {
            p = take(r, i, p);
            if (p && *p != (i + 1 < n ? r->o->sep : '\n'))
                p = NULL;
            p = p ? p + 1 : NULL;
        }
        if (!p) {
            x->odd = true;
            return;
        }
        r->p = p;
    }
}

/* ---- Cutting ---------------------------------------------------------- */

/* Rows of a text of whole lines; -1: there are empty ones. */
static int64_t count_rows(const char *p, const char *end) {
    int64_t n = 0;
    for (const char *q; p < end; p = q + 1, n++) {
        q = memchr(p, '\n', (size_t)(end - p));
        if (q == p)
            return -1;
    }
    return n;
}

/* Is the text such that every LF ends a row? */
static bool is_plain(const mlrt__csv *r, const char *p, size_t n) {
    return !(r->o->quote && memchr(p, r->o->quote, n)) && !memchr(p, '\r', n);
}

static bool is_ready(const mlrt__csv *r) {
    const mlrt_csv_options *o = r->o;
    if (r->m->threads < 2 || o->comment || o->trim ||
        o->ragged != MLRT_RAGGED_ERROR)
        return false;
    for (int i = 0; i < r->t->n; i++)
        if (r->t->col[i].unknown && !r->t->col[i].skip)
            return false;
    return true;
}

/* Cuts the lines from r->p to `end` into n pieces; false: they are odd. */
static bool cut(mlrt__csv *r, const char *end, piece *x, int n, int64_t *rows) {
    const char *p = r->p;
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
        x[k].rows = count_rows(p, x[k].end);
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
        uint64_t place = ((uint64_t *)c->v)[row + k];
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
    if (size < LEAST_BYTES || r->n > INT32_MAX || !is_plain(r, r->p, size))
        return 0;
    int n = r->m->threads < MOST ? r->m->threads : MOST;
    size_t bytes = (size_t)n * sizeof(piece);
    piece *x = mlrt__alloc(r->m, bytes);
    int err = x ? run(r, end, x, n, most, done) : MLRT_ENOMEM;
    if (x)
        mlrt__free(r->m, x, bytes);
    return err;
}
