/* csv_parallel.c: the rows of a window of plain CSV text, on all threads.
 *
 * Where a window has no quotes, every LF ends a row, so the text can be cut
 * anywhere behind one.  First each thread finds the ends of the cells in its
 * piece, then, when everybody knows how many rows come before, it reads them.
 * Numbers, truth values and dates are put in their places at once; of texts
 * that are not in the dictionary yet only the place in the window is noted, and
 * they are numbered afterwards in order.  Nothing is allocated meanwhile, and
 * whatever is unusual (a cell of another kind, a first hole, a row too short)
 * ends the attempt: then the window is read row by row, which also finds the
 * words for what is wrong.
 */
#include "csv.h"

enum { MOST = 16, LEAST_BYTES = 1 << 15 };

/* A piece of the window. */
typedef struct piece {
    mlrt__csv r; /* a copy: p and row are the piece's own */
    const char *end;
    uint32_t *at; /* where cells end */
    int64_t room, rows;
    bool odd;
} piece;

static void find_piece(void *arg, int64_t task) {
    piece *x = (piece *)arg + task;
    x->rows = mlrt__csv_ends(&x->r, x->r.p, x->end, x->at, x->room);
}

static void read_piece(void *arg, int64_t task) {
    piece *x = (piece *)arg + task;
    x->odd = !mlrt__csv_columns(&x->r, x->at, x->rows);
}

/* ---- Cutting ---------------------------------------------------------- */

/* A byte and an end to a cell on average; a window of emptier ones is read row
 * by row. */
static size_t room_for(size_t bytes) {
    return bytes / 2 + 130;
}

static bool is_ready(const mlrt__csv *r) {
    const mlrt_csv_options *o = r->o;
    if (o->comment || o->trim || o->ragged != MLRT_RAGGED_ERROR ||
        r->cap > CSV_WINDOW)
        return false;
    for (int i = 0; i < r->t->n; i++)
        if (r->t->col[i].unknown && !r->t->col[i].skip)
            return false;
    return true;
}

/* Cuts the lines from r->p to `end` into n pieces. */
static void cut(const mlrt__csv *r, const char *end, piece *x, int n,
                uint32_t *at) {
    const char *p = r->p;
    size_t size = (size_t)(end - p) / (size_t)n;
    for (int k = 0; k < n; k++) {
        const char *to = k + 1 < n ? r->p + size * (size_t)(k + 1) : end - 1;
        to = (const char *)memchr(to, '\n', (size_t)(end - to)) + 1;
        to = to > p ? to : p;
        x[k] = (piece){.r = *r, .end = to, .at = at};
        x[k].r.p = p;
        x[k].room = (int64_t)room_for((size_t)(to - p)) - 1;
        at += x[k].room + 1;
        p = to;
    }
}

/* Gives each piece its first row; all rows, or -1: some piece is odd. */
static int64_t count(const mlrt__csv *r, piece *x, int n) {
    int64_t rows = 0;
    for (int k = 0; k < n && rows >= 0; k++) {
        x[k].r.row = r->row + rows;
        rows = x[k].rows < 0 ? -1 : rows + x[k].rows;
    }
    return rows;
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

static int finish(mlrt__csv *r, const char *end, int64_t rows, bool noted) {
    int err = 0;
    for (int i = 0; i < r->t->n && noted && !err; i++)
        if (r->t->col[i].kind >= MLRT_COL_STR && !r->t->col[i].skip)
            err = put_texts(r, i, rows);
    r->row += err ? 0 : rows;
    r->line += err ? 0 : rows;
    r->p = err ? r->p : end;
    return err;
}

/* ---- All of it -------------------------------------------------------- */

/* The rows that were read, -1 if they are odd; *noted: put_texts is needed. */
static int run(mlrt__csv *r, piece *x, int n, int64_t most, int64_t *rows,
               bool *noted) {
    int err = mlrt__parallel(r->m, n, find_piece, x, true);
    *rows = err ? -1 : count(r, x, n);
    if (*rows > most - r->row)
        *rows = -1;
    if (err || *rows < 0)
        return err;
    err = mlrt__table_reserve(r->t, r->row + *rows);
    if (!err)
        err = mlrt__parallel(r->m, n, read_piece, x, true);
    for (int k = 0; k < n; k++) {
        *rows = x[k].odd ? -1 : *rows;
        *noted |= x[k].r.noted;
    }
    return err;
}

/* The same for the lines before `end`, in pieces.  Without memory for the
 * places of their cells they are odd. */
static int run_pieces(mlrt__csv *r, const char *end, int64_t most,
                      int64_t *rows, bool *noted) {
    int n = 2 * r->m->threads; /* so that all end at about the same time */
    n = n < MOST ? n : MOST;
    size_t ends = room_for((size_t)(end - r->p)) + (size_t)n * room_for(0);
    size_t bytes = mlrt__room(mlrt__room(0, (size_t)n, sizeof(piece)), ends,
                              sizeof(uint32_t));
    piece *x = mlrt__alloc(r->m, bytes);
    *rows = -1;
    if (!x) {
        r->m->errcode = 0;
        return 0;
    }
    cut(r, end, x, n, (uint32_t *)(void *)(x + n));
    int err = run(r, x, n, most, rows, noted);
    mlrt__free(r->m, x, bytes);
    return err;
}

int mlrt__csv_many(mlrt__csv *r, int64_t most, bool *done) {
    *done = false;
    const char *end = r->window + r->n;
    if (r->row < 1) /* the first row says what the columns are */
        return 0;
    r->fresh = false;
    while (end > r->p && end[-1] != '\n')
        end--;
    if (end - r->p < LEAST_BYTES || !is_ready(r))
        return 0;
    int64_t rows;
    bool noted = false;
    int err = run_pieces(r, end, most, &rows, &noted);
    if (err || rows < 0)
        return err;
    err = finish(r, end, rows, noted);
    *done = !err;
    if (err == MLRT_EFORMAT) /* row by row finds the first that is wrong */
        err = r->m->errcode = 0;
    return err;
}
