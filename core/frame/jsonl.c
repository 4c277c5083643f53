/* jsonl.c: lines of JSON objects as a table.
 *
 * The names of the objects' members are the columns, in the order in which
 * they first occur; a member that a line lacks, or null, is a hole.  Kinds are
 * found as those of CSV cells are, but text stays text: "12" is no number, only
 * dates are recognised.  Lists and objects within are kept as text.
 */
#include "csv.h"

static int bad_line(mlrt__csv *r, const mlrt__json *j) {
    return mlrt__csv_fail(r, -1, "%s expected at byte %d of the line",
                          j->error ? j->error : "an object",
                          (int)(j->p - j->start) + 1);
}

/* A kind that was given for a column. */
static void given_kind(const mlrt_csv_options *o, mlrt__cells *c) {
    c->kind = o->kind;
    for (int i = 0; i < o->ntyped; i++)
        if (strcmp(o->typed[i], c->name) == 0)
            c->kind = o->kinds[i];
    c->given = c->kind != MLRT_COL_AUTO;
    c->unknown = !c->given;
}

/* Every line with a name of its own makes a table far larger than the file. */
static bool is_sparse(const mlrt__csv *r) {
    double cells = (double)r->t->n * (double)r->t->room;
    double bytes = (double)r->s.given + 1;
    return r->t->n > 1 << 18 || (cells > 1 << 24 && cells > 100 * bytes);
}

/* A new column, whose rows so far are holes. */
static int add_column(mlrt__csv *r, const char *name, size_t n) {
    if (is_sparse(r))
        return mlrt__csv_fail(r, -1,
                              "%d different names so far, hardly any of them "
                              "twice: this is no table",
                              r->t->n);
    mlrt__cells *c = mlrt__table_add(r->t, name, n);
    if (!c)
        return MLRT_ENOMEM;
    given_kind(r->o, c);
    if (c->unknown)
        return 0;
    c->unknown = true; /* it has no values yet */
    mlrt_kind kind = c->kind;
    return mlrt__cells_turn(r->t, c, kind, r->row);
}

/* The column of a member's name; -1: a failure, which is told. */
static int column_of(mlrt__csv *r, const mlrt__json_text *key) {
    char *name;
    if (mlrt__csv_scratch(r, key->n + 1, &name) != 0)
        return -1;
    size_t n = mlrt__json_decode(key, name);
    if (memchr(name, '\0', n)) {
        mlrt__csv_fail(r, -1, "a name has a zero byte");
        return -1;
    }
    int known = r->names.n, i = mlrt__words_add(&r->names, name, n);
    if (i == known && add_column(r, name, n) != 0)
        return -1;
    return i;
}

/* The value at the cursor as a cell. */
static int take_value(mlrt__csv *r, mlrt__json *j, mlrt__cell *s) {
    mlrt__json_text text;
    char *to;
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\t'))
        j->p++;
    *s = (mlrt__cell){.p = j->p, .json = CSV_JSON};
    if (j->p == j->end || *j->p != '"') {
        mlrt__json_skip(j);
        s->n = (size_t)(j->p - s->p);
        bool nested = s->n && (*s->p == '{' || *s->p == '[');
        s->json = s->n && *s->p == 'n' ? CSV_JSON_NULL
                  : nested             ? CSV_JSON_TEXT
                                       : CSV_JSON;
        return j->error ? bad_line(r, j) : 0;
    }
    if (!mlrt__json_string(j, &text))
        return bad_line(r, j);
    int err = mlrt__csv_scratch(r, text.n + 1, &to);
    if (err)
        return err;
    *s = (mlrt__cell){.p = to, .json = CSV_JSON_TEXT};
    s->n = mlrt__json_decode(&text, to);
    return 0;
}

static int member(mlrt__csv *r, mlrt__json *j) {
    mlrt__json_text key;
    mlrt__cell s;
    if (!mlrt__json_key(j, &key))
        return bad_line(r, j);
    int i = column_of(r, &key);
    if (i < 0)
        return r->m->errcode;
    int err = take_value(r, j, &s);
    if (err)
        return err;
    mlrt__cells *c = &r->t->col[i];
    if (c->seen == r->row + 1)
        return mlrt__csv_fail(r, i, "the line has it twice");
    c->seen = r->row + 1;
    return c->skip ? 0 : mlrt__csv_put(r, i, &s);
}

static int read_object(mlrt__csv *r, const char *p, const char *end) {
    mlrt__json j;
    bool first = true;
    int err = 0;
    mlrt__json_init(&j, p, (size_t)(end - p));
    if (!mlrt__json_take(&j, '{'))
        return bad_line(r, &j);
    while (!err && mlrt__json_more(&j, '}', &first))
        err = member(r, &j);
    if (!err && (j.error || !mlrt__json_end(&j)))
        err = bad_line(r, &j);
    for (int i = 0; i < r->t->n && !err; i++) {
        mlrt__cells *c = &r->t->col[i];
        if (c->seen != r->row + 1 && !c->skip && !c->unknown)
            err = mlrt__cells_hole(r->t, c, r->row);
    }
    return err;
}

static int read_line(mlrt__csv *r) {
    const char *end = r->window + r->n, *p = r->p;
    const char *nl = memchr(p, '\n', (size_t)(end - p));
    if (!nl && !r->ended)
        return CSV_MORE;
    nl = nl ? nl : end;
    const char *last = nl;
    while (last > p && (last[-1] == ' ' || last[-1] == '\r'))
        last--;
    if (last > p) {
        int err = mlrt__table_reserve(r->t, r->row + 1);
        if (!err)
            err = read_object(r, p, last);
        if (err)
            return err;
        r->row++;
    }
    r->line++;
    r->p = nl < end ? nl + 1 : end;
    return 0;
}

int mlrt__jsonl_rows(mlrt__csv *r) {
    int64_t most = r->o->rows < 0 ? INT64_MAX : r->o->rows;
    for (int i = 0; i < r->t->n; i++)
        r->t->col[i].seen = 0;
    while (r->row < most && !(r->ended && r->p == r->window + r->n)) {
        int err = read_line(r);
        if (err == CSV_MORE)
            err = mlrt__csv_refill(r);
        if (err)
            return err;
    }
    return 0;
}
