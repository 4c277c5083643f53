/* csv.c: files of separated values (RFC 4180) as tables.
 *
 * One pass over the text: a number is read where it stands, in a loop that
 * ends at the cell's end, and everything unusual (quotes, spaces, missing
 * values, texts) goes the longer way of csv_cell.c.  A second pass is made for
 * the columns only that turned out to be text.
 */
#include "csv.h"
#include "csv_number.h"

void mlrt_csv_options_init(mlrt_csv_options *o) {
    *o = (mlrt_csv_options){.size = sizeof *o,
                            .sep = ',',
                            .quote = '"',
                            .header = true,
                            .decimal = '.',
                            .rows = -1,
                            .kind = MLRT_COL_AUTO};
}

/* ---- Rows ------------------------------------------------------------- */

static int ragged(mlrt__csv *r, int64_t cells) {
    if (r->o->ragged == MLRT_RAGGED_SKIP)
        return 0;
    return mlrt__csv_fail(r, -1,
                          "%lld cells, where there are %d columns; {ragged = "
                          "'fill'} takes rows that are too short, {ragged = "
                          "'skip'} passes over such rows",
                          (long long)cells, r->t->n);
}

/* Passes the cells behind the last column, which end in a row that is left
 * out or fails; *p is a separator. */
static int pass_rest(mlrt__csv *r, const char **p) {
    int64_t cells = r->t->n;
    mlrt__cell s;
    while (*(*p) == r->o->sep) {
        int err = mlrt__csv_cell(r, *p + 1, -1, &s);
        if (err)
            return err;
        *p = s.end;
        cells++;
    }
    return ragged(r, cells);
}

/* Holes from `column` on. */
static int fill(mlrt__csv *r, int column) {
    for (; column < r->t->n; column++) {
        mlrt__cells *c = &r->t->col[column];
        int err = c->skip || c->unknown ? 0 : mlrt__cells_hole(r->t, c, r->row);
        if (err)
            return err;
    }
    return 0;
}

/* The cell at *p into a column; *p becomes its end. */
static inline int take(mlrt__csv *r, int column, const char **p, bool *quoted) {
    mlrt__cells *c = &r->t->col[column];
    const char *q = NULL;
    bool quick = !c->skip && !r->na_number;
    if (quick && c->kind == MLRT_COL_F64)
        q = mlrt__read_decimal(r, c, *p);
    else if (quick && c->kind == MLRT_COL_I64)
        q = mlrt__read_integer(r, c, *p);
    if (q) {
        if (c->hole)
            c->hole[r->row] = 0;
        *p = r->blanks ? mlrt__csv_last_blank(r, q) : q;
        return 0;
    }
    mlrt__cell s;
    int err = mlrt__csv_cell(r, *p, column, &s);
    if (err)
        return err;
    *p = s.end;
    *quoted |= s.quoted;
    return c->skip ? 0 : mlrt__csv_put(r, column, &s);
}

/* What the row's end at p, behind `cells` cells, means: *keep the row. */
static int end_row(mlrt__csv *r, const char **p, int cells, bool *keep) {
    int err = 0;
    *keep = true;
    if (**p == r->o->sep || cells < r->t->n) {
        *keep = cells < r->t->n && r->o->ragged == MLRT_RAGGED_FILL;
        err = *keep              ? fill(r, cells)
              : **p == r->o->sep ? pass_rest(r, p)
                                 : ragged(r, cells);
    }
    return err;
}

/* One row: 0, CSV_MORE or a status. */
static int read_row(mlrt__csv *r) {
    const char *p = r->p;
    int n = r->t->n, c = 0;
    bool keep, quoted = false;
    for (;;) {
        int err = take(r, c, &p, &quoted);
        if (err)
            return err;
        if (*p != r->o->sep || ++c == n)
            break;
        p++;
    }
    int err = end_row(r, &p, c < n ? c + 1 : n, &keep);
    if (err)
        return err;
    p = mlrt__csv_newline(r, p);
    if (!p)
        return CSV_MORE;
    r->line += quoted ? mlrt__csv_lines(r->p, p) : 1;
    r->p = p;
    r->row += keep;
    r->t->skipped += !keep;
    return 0;
}

/* ---- Passes ----------------------------------------------------------- */

/* How many rows the text may have, judged by the window. */
static int64_t guess(const mlrt__csv *r) {
    int64_t n = mlrt__csv_lines(r->p, r->window + r->n) + 1;
    if (r->ended)
        return n;
    double share = (double)r->f->size * (r->s.z ? 4 : 1.03) / (double)r->n;
    double rows = (double)n * share + 64;
    return rows < 1e15 ? (int64_t)rows : n;
}

static int read_rows(mlrt__csv *r) {
    bool there = true;
    int64_t most = r->o->rows < 0 ? INT64_MAX : r->o->rows;
    r->t->skipped = 0;
    while (r->row < most) {
        bool many = false;
        int err = mlrt__csv_to_row(r, &there);
        if (!err && there && r->fresh)
            err = mlrt__csv_many(r, most, &many);
        if (err || !there)
            return err;
        if (many)
            continue;
        err = mlrt__table_reserve(r->t, r->row + 1);
        if (!err)
            err = read_row(r);
        if (err == CSV_MORE)
            err = mlrt__csv_refill(r);
        if (err)
            return err;
    }
    return 0;
}

/* A row has a byte for each of its cells at least. */
static int reserve(mlrt__csv *r) {
    int64_t rows = guess(r), most = r->o->rows;
    int64_t there = (int64_t)(mlrt__stream_left(&r->s) + r->n) / r->t->n + 1;
    rows = rows < there ? rows : there;
    rows = most >= 0 && most < rows ? most : rows;
    return mlrt__table_reserve(r->t, rows > 0 ? rows : 1);
}

/* A pass from the first byte: of CSV the header too. */
static int pass(mlrt__csv *r, bool first) {
    if (r->json)
        return mlrt__jsonl_rows(r);
    int err = mlrt__csv_header(r, first);
    if (!err && first)
        err = reserve(r);
    return err ? err : read_rows(r);
}

static int read_all(mlrt__csv *r) {
    bool again = false;
    int err = pass(r, true);
    if (!err)
        err = mlrt__csv_settle(r, &again);
    if (!err && again) {
        err = mlrt__csv_rewind(r);
        if (!err)
            err = pass(r, false);
    }
    r->t->rows = r->row;
    return err ? err : mlrt__table_finish(r->t);
}

mlrt_table *mlrt__csv_table(mlrt *m, const mlrt__file *f,
                            const mlrt_csv_options *o, bool json) {
    mlrt__csv r = {.m = m, .o = o, .f = f, .json = json};
    r.t = mlrt__table_new(m);
    if (!r.t)
        return NULL;
    int err = mlrt__csv_spellings(&r);
    if (!err)
        err = mlrt__csv_open(&r);
    if (!err)
        err = read_all(&r);
    mlrt__csv_close(&r);
    if (!err)
        return r.t;
    mlrt_table_free(r.t);
    return NULL;
}

/* ---- From outside ----------------------------------------------------- */

static bool is_mark(char c) {
    bool part = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    return c && !part && c != '\n' && c != '\r' && c != '-' && c != '+';
}

/* Characters that could be taken for one another. */
static int check_options(mlrt *m, const mlrt_csv_options *o) {
    bool quoted = !o->quote || (is_mark(o->quote) && o->quote != o->sep);
    if (!is_mark(o->sep) || !quoted || o->sep == o->decimal)
        return mlrt_fail(m, MLRT_EARG,
                         "read_csv: sep, quote and decimal have to be three "
                         "different characters, and no digits, letters, signs "
                         "or line ends");
    if (o->decimal != '.' && o->decimal != ',')
        return mlrt_fail(m, MLRT_EARG, "read_csv: decimal is '.' or ','");
    return 0;
}

/* Options of an older header lack what stands behind. */
static mlrt_csv_options complete(const mlrt_csv_options *given) {
    mlrt_csv_options o;
    mlrt_csv_options_init(&o);
    if (given)
        memcpy(&o, given, given->size < sizeof o ? given->size : sizeof o);
    return o;
}

mlrt_table *mlrt_read_csv(mlrt *m, const char *path,
                          const mlrt_csv_options *options) {
    mlrt_csv_options o = complete(options);
    mlrt__file f;
    if (check_options(m, &o) != 0 ||
        mlrt__file_open(m, "read_csv", path, &f) != 0)
        return NULL;
    mlrt_table *t = mlrt__csv_table(m, &f, &o, false);
    mlrt__file_close(&f);
    return t;
}

mlrt_table *mlrt_read_jsonl(mlrt *m, const char *path,
                            const mlrt_csv_options *options) {
    mlrt_csv_options o = complete(options);
    mlrt__file f;
    if (mlrt__file_open(m, "read_jsonl", path, &f) != 0)
        return NULL;
    mlrt_table *t = mlrt__csv_table(m, &f, &o, true);
    mlrt__file_close(&f);
    return t;
}

mlrt_table *mlrt_read_csv_memory(mlrt *m, const void *bytes, size_t n,
                                 const mlrt_csv_options *options) {
    mlrt_csv_options o = complete(options);
    mlrt__file f;
    if (check_options(m, &o) != 0 || mlrt__io_ready(m, "read_csv") != 0)
        return NULL;
    mlrt__file_memory(m, "read_csv", "memory", bytes, n, &f);
    return mlrt__csv_table(m, &f, &o, false);
}
