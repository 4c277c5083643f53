/* csv_cell.c: the cells of a CSV file as values of typed columns.
 *
 * A column without a given kind starts as the narrowest that its first value
 * is: bool, i64, f64, datetime or str.  A cell that is none of it turns the
 * column: integers become floats on the spot, since an i64 rounds to the
 * float that its digits are; everything else becomes text, for which the file
 * is read once more.  So the kind depends on all cells, and not on their
 * order.  Integers too long for an i64 are floats only beside other floats;
 * alone they are text: identity numbers are not to be rounded.
 */
#include "csv.h"

/* ---- Missing values --------------------------------------------------- */

/* As pandas has them. */
static const char *const usual[] = {
    "",        "NA",       "N/A",     "n/a",    "NaN",     "nan",  "null",
    "NULL",    "None",     "#N/A",    "#NA",    "<NA>",    "-nan", "-NaN",
    "-1.#IND", "-1.#QNAN", "1.#QNAN", "1.#IND", "#N/A N/A"};

int mlrt__csv_spellings(mlrt__csv *r) {
    const char *const *na = r->o->na ? r->o->na : usual;
    int n = r->o->na ? r->o->nna : (int)(sizeof usual / sizeof *usual);
    mlrt__words_init(r->m, &r->na);
    mlrt__words_init(r->m, &r->names);
    for (int i = 0; i < n; i++) {
        double v;
        size_t length = strlen(na[i]);
        if (mlrt__words_add(&r->na, na[i], length) < 0)
            return MLRT_ENOMEM;
        r->na_number |= mlrt__parse_f64(na[i], length, r->o->decimal, &v) ==
                        MLRT__YES;
        r->na_first[(uint8_t)na[i][0]] = 1;
    }
    return 0;
}

bool mlrt__csv_missing(const mlrt__csv *r, const mlrt__cell *s) {
    if (s->json)
        return s->json == CSV_JSON_NULL;
    uint8_t first = s->n ? (uint8_t)*s->p : 0;
    return r->na_first[first] && mlrt__words_find(&r->na, s->p, s->n) >= 0;
}

/* ---- Values ----------------------------------------------------------- */

static int put_text(mlrt__csv *r, mlrt__cells *c, int column, mlrt__cell *s) {
    int err = mlrt__csv_utf8(r, s);
    if (err)
        return err;
    int k = mlrt__words_find(&c->words, s->p, s->n);
    if (k < 0 && !mlrt__is_utf8(s->p, s->n))
        return mlrt__csv_fail(
            r, column, "is not UTF-8; give its encoding, latin1 or cp1252");
    if (k < 0 && (k = mlrt__words_add(&c->words, s->p, s->n)) < 0)
        return MLRT_ENOMEM;
    ((int64_t *)c->v)[r->row] = k;
    return 0;
}

/* Numbers may have spaces around them. */
static mlrt__cell bare(const mlrt__cell *s) {
    mlrt__cell b = *s;
    while (b.n && (*b.p == ' ' || *b.p == '\t'))
        b.p++, b.n--;
    while (b.n && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t'))
        b.n--;
    return b;
}

static mlrt__parsed put_float(mlrt__csv *r, mlrt__cells *c,
                              const mlrt__cell *s) {
    double v;
    int64_t whole;
    if (mlrt__parse_f64(s->p, s->n, r->o->decimal, &v) == MLRT__NO)
        return MLRT__NO;
    mlrt__parsed integer = mlrt__parse_i64(s->p, s->n, &whole);
    mlrt__note(&c->saw_fraction, integer == MLRT__NO);
    mlrt__note(&c->saw_long, integer == MLRT__TOO_LONG);
    ((double *)c->v)[r->row] = v;
    return MLRT__YES;
}

/* A value of the column's kind, which is no text. */
mlrt__parsed mlrt__csv_value(mlrt__csv *r, mlrt__cells *c,
                             const mlrt__cell *cell) {
    mlrt__cell s = bare(cell);
    int64_t *whole = (int64_t *)c->v + r->row;
    bool truth;
    mlrt__parsed parsed;
    if (s.json == CSV_JSON_TEXT && c->kind != MLRT_COL_DATETIME)
        return MLRT__NO;
    switch (c->kind) {
    case MLRT_COL_F64: return put_float(r, c, &s);
    case MLRT_COL_I64: return mlrt__parse_i64(s.p, s.n, whole);
    case MLRT_COL_DATETIME:
        return mlrt__parse_time(s.p, s.n, r->o->date_format, whole);
    default:
        parsed = mlrt__parse_bool(s.p, s.n, &truth);
        ((uint8_t *)c->v)[r->row] = truth;
        return parsed;
    }
}

/* ---- Kinds ------------------------------------------------------------ */

/* The narrowest kind that a text is. */
static mlrt_kind kind_of(const mlrt__csv *r, const mlrt__cell *cell) {
    mlrt__cell s = bare(cell);
    int64_t i;
    double d;
    bool b;
    if (s.json != CSV_JSON_TEXT) {
        if (mlrt__parse_i64(s.p, s.n, &i) == MLRT__YES)
            return MLRT_COL_I64;
        if (mlrt__parse_f64(s.p, s.n, r->o->decimal, &d) != MLRT__NO)
            return MLRT_COL_F64;
        if (mlrt__parse_bool(s.p, s.n, &b) != MLRT__NO)
            return MLRT_COL_BOOL;
    }
    if (mlrt__parse_time(s.p, s.n, r->o->date_format, &i) != MLRT__NO)
        return MLRT_COL_DATETIME;
    return MLRT_COL_STR;
}

static int wrong_kind(mlrt__csv *r, int column, const mlrt__cell *s) {
    static const char *const wanted[] = {"a number", "an integer",
                                         "true or false", "a date"};
    int n = s->n < 60 ? (int)s->n : 60;
    return mlrt__csv_fail(r, column, "%s expected, got '%.*s'%s",
                          wanted[r->t->col[column].kind], n, s->p,
                          s->n > 60 ? "..." : "");
}

/* The cell is none of its column's kind. */
static int turn(mlrt__csv *r, int column, const mlrt__cell *s) {
    mlrt__cells *c = &r->t->col[column];
    mlrt_kind kind = kind_of(r, s);
    if (c->given)
        return wrong_kind(r, column, s);
    if (!c->unknown && !(c->kind == MLRT_COL_I64 && kind == MLRT_COL_F64))
        kind = MLRT_COL_STR;
    int err = mlrt__cells_turn(r->t, c, kind, r->row);
    c->skip |= c->again;
    return err;
}

int mlrt__csv_put(mlrt__csv *r, int column, mlrt__cell *s) {
    mlrt__cells *c = &r->t->col[column];
    bool text = c->kind >= MLRT_COL_STR, empty = s->quoted && s->n == 0;
    c->quoted_empty |= empty;
    if (mlrt__csv_missing(r, s) && !(text && empty))
        return c->unknown ? 0 : mlrt__cells_hole(r->t, c, r->row);
    if (!c->unknown && !text && mlrt__csv_value(r, c, s) == MLRT__YES) {
        if (c->hole)
            c->hole[r->row] = 0;
        return 0;
    }
    if (text)
        return put_text(r, c, column, s);
    int err = turn(r, column, s);
    return err || c->skip ? err : mlrt__csv_put(r, column, s);
}

/* ---- The end of a pass ------------------------------------------------ */

static int settle(mlrt__csv *r, mlrt__cells *c) {
    if (c->unknown)
        return mlrt__cells_turn(r->t, c, MLRT_COL_F64, r->row);
    if (c->kind == MLRT_COL_F64 && !c->given && c->saw_long && !c->saw_fraction)
        return mlrt__cells_turn(r->t, c, MLRT_COL_STR, r->row);
    return 0;
}

int mlrt__csv_settle(mlrt__csv *r, bool *again) {
    *again = false;
    for (int i = 0; i < r->t->n; i++) {
        mlrt__cells *c = &r->t->col[i];
        int err = c->skip ? 0 : settle(r, c);
        if (err)
            return err;
        *again |= c->again;
    }
    int err = 0;
    for (int i = 0; *again && i < r->t->n && !err; i++) {
        mlrt__cells *c = &r->t->col[i];
        c->skip = !c->again;
        err = c->again ? mlrt__cells_again(r->t, c) : 0;
    }
    return err;
}
