/* csv_head.c: what comes before the rows of a CSV file: lines to pass, the
 * header, and what the caller said of the columns.
 */
#include "csv.h"

/* A header of separators alone would fill memory otherwise. */
enum { MOST_COLUMNS = 1 << 18 };

/* Lines between two places in the window. */
int64_t mlrt__csv_lines(const char *p, const char *end) {
    int64_t n = 0;
    for (; p < end; p++)
        n += *p == '\n' || (*p == '\r' && p[1] != '\n');
    return n;
}

/* ---- Lines that are no rows ------------------------------------------- */

/* The line at r->p: behind it; NULL: the window ends before it. */
static const char *pass_line(mlrt__csv *r) {
    const char *p = r->p, *end = r->window + r->n;
    while (p < end && *p != '\n' && *p != '\r')
        p++;
    return p < end ? mlrt__csv_newline(r, p) : NULL;
}

/* Passes a line; false: there is none. */
int mlrt__csv_skip_line(mlrt__csv *r, bool *there) {
    const char *p;
    while (!(p = pass_line(r))) {
        *there = !r->ended;
        int err = r->ended ? 0 : mlrt__csv_refill(r);
        if (err || !*there)
            return err;
    }
    *there = true;
    r->p = p;
    r->line++;
    return 0;
}

/* Passes empty lines and comments, to a row or the end. */
int mlrt__csv_to_row(mlrt__csv *r, bool *there) {
    int err = 0;
    *there = true;
    while (!err && *there) {
        if (r->p == r->window + r->n) {
            *there = !r->ended;
            err = r->ended ? 0 : mlrt__csv_refill(r);
        } else if (*r->p == '\n' || *r->p == '\r' ||
                   (r->o->comment && *r->p == r->o->comment))
            err = mlrt__csv_skip_line(r, there);
        else
            return 0;
    }
    return err;
}

/* ---- The header ------------------------------------------------------- */

static int add_column(mlrt__csv *r, const char *name, size_t n) {
    char text[32];
    if (r->t->n >= MOST_COLUMNS)
        return mlrt__csv_fail(r, -1, "more than %d columns", MOST_COLUMNS);
    if (n == 0) {
        n = 7;
        memcpy(text, "column_", n);
        int k = r->t->n + 1, d = 1;
        while (k / d >= 10)
            d *= 10;
        for (; d; d /= 10)
            text[n++] = (char)('0' + k / d % 10);
        name = text;
    }
    if (memchr(name, '\0', n))
        return mlrt__csv_fail(r, r->t->n, "its name has a zero byte");
    return mlrt__table_add(r->t, name, n) ? 0 : MLRT_ENOMEM;
}

static void forget_columns(mlrt_table *t) {
    while (t->n > 0) {
        mlrt__cells *c = &t->col[--t->n];
        mlrt__free(t->m, c->name, c->name_bytes);
    }
}

/* Names the columns by the row at r->p, which is passed if it is a header. */
static int read_names(mlrt__csv *r) {
    const char *p = r->p;
    bool named = r->o->header;
    forget_columns(r->t);
    for (;; p++) {
        mlrt__cell s;
        int err = mlrt__csv_cell(r, p, r->t->n, &s);
        if (!err && named)
            err = mlrt__csv_utf8(r, &s);
        if (!err && named && !mlrt__is_utf8(s.p, s.n))
            err = mlrt__csv_fail(r, r->t->n,
                                 "its name is not UTF-8; give the file's "
                                 "encoding, latin1 or cp1252");
        if (!err)
            err = add_column(r, s.p, named ? s.n : 0);
        if (err)
            return err;
        p = s.end;
        if (*p != r->o->sep)
            break;
    }
    p = mlrt__csv_newline(r, p);
    if (!p)
        return CSV_MORE;
    if (!named)
        return 0;
    r->line += mlrt__csv_lines(r->p, p);
    r->p = p;
    return 0;
}

static int given_names(mlrt__csv *r) {
    int found = r->t->n, err = 0;
    forget_columns(r->t);
    if (found && found != r->o->nnames)
        return mlrt__file_fail(r->f, MLRT_EFORMAT,
                               "%d names are given, where there are %d columns",
                               r->o->nnames, found);
    for (int i = 0; i < r->o->nnames && !err; i++)
        err = add_column(r, r->o->names[i], strlen(r->o->names[i]));
    return err;
}

/* Passes the row at r->p. */
static int pass_row(mlrt__csv *r) {
    mlrt__cell s;
    int err = mlrt__csv_cell(r, r->p, -1, &s);
    while (!err && *s.end == r->o->sep)
        err = mlrt__csv_cell(r, s.end + 1, -1, &s);
    if (err)
        return err;
    const char *p = mlrt__csv_newline(r, s.end);
    if (!p)
        return CSV_MORE;
    r->line += mlrt__csv_lines(r->p, p);
    r->p = p;
    return 0;
}

/* ---- What was said of the columns ------------------------------------- */

/* The column of a name, or a failure. */
static mlrt__cells *find(mlrt__csv *r, const mlrt__words *names,
                         const char *name) {
    int i = mlrt__words_find(names, name, strlen(name));
    if (i >= 0)
        return &r->t->col[i];
    mlrt__file_fail(r->f, MLRT_EARG,
                    "has no column '%.80s'; the first is "
                    "'%.80s'",
                    name, r->t->n ? r->t->col[0].name : "");
    return NULL;
}

/* All names; none may be there twice. */
static int collect(mlrt__csv *r, mlrt__words *names) {
    for (int i = 0; i < r->t->n; i++) {
        const mlrt__cells *c = &r->t->col[i];
        int k = mlrt__words_add(names, c->name, c->name_bytes - 1);
        if (k < 0)
            return MLRT_ENOMEM;
        if (k < i)
            return mlrt__file_fail(r->f, MLRT_EFORMAT,
                                   "columns %d and %d are both named '%.80s'; "
                                   "give {names = {...}}%s",
                                   k + 1, i + 1, c->name,
                                   r->o->header ? "" : " that differ");
    }
    return 0;
}

static int apply(mlrt__csv *r, const mlrt__words *names) {
    const mlrt_csv_options *o = r->o;
    mlrt__cells *c;
    for (int i = 0; i < r->t->n; i++) {
        c = &r->t->col[i];
        c->kind = o->kind;
        c->unwanted = c->skip = o->only != NULL;
    }
    for (int i = 0; o->only && i < o->nonly; i++) {
        if (!(c = find(r, names, o->only[i])))
            return MLRT_EARG;
        c->unwanted = c->skip = false;
    }
    for (int i = 0; i < o->ntyped; i++) {
        if (!(c = find(r, names, o->typed[i])))
            return MLRT_EARG;
        c->kind = o->kinds[i];
    }
    for (int i = 0; i < r->t->n; i++) {
        c = &r->t->col[i];
        c->given = c->kind != MLRT_COL_AUTO;
        c->unknown = !c->given;
    }
    return 0;
}

static int describe(mlrt__csv *r) {
    mlrt__words names;
    if (r->t->n == 0)
        return mlrt__file_fail(r->f, MLRT_EFORMAT, "has no columns");
    mlrt__words_init(r->m, &names);
    int err = collect(r, &names);
    if (!err)
        err = apply(r, &names);
    mlrt__words_free(&names);
    return err;
}

/* ---- Both ------------------------------------------------------------- */

/* Reads a row by `reader`, of which perhaps not all lies in the window. */
static int whole_row(mlrt__csv *r, int (*reader)(mlrt__csv *r)) {
    int err;
    while ((err = reader(r)) == CSV_MORE) {
        err = mlrt__csv_refill(r);
        if (err)
            break;
    }
    return err;
}

static int name_columns(mlrt__csv *r, bool there) {
    int err = 0;
    if (!there && !r->o->names)
        return mlrt__file_fail(r->f, MLRT_EFORMAT, "has no rows");
    if (there)
        err = whole_row(r, read_names);
    if (!err && r->o->names)
        err = given_names(r);
    return err ? err : describe(r);
}

int mlrt__csv_header(mlrt__csv *r, bool first) {
    bool there = true;
    int err = 0;
    for (int64_t i = 0; i < r->o->skip && !err && there; i++)
        err = mlrt__csv_skip_line(r, &there);
    if (!err)
        err = mlrt__csv_to_row(r, &there);
    if (err)
        return err;
    if (first)
        err = name_columns(r, there);
    else if (there && r->o->header)
        err = whole_row(r, pass_row);
    return err;
}
