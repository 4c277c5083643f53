/* table.c: the columns of a table while it is read, and afterwards.
 *
 * Columns have room for more rows than there are; at the end they are cut to
 * what is used.  Holes get a tensor of their own at the first of them only.
 */
#include <math.h>

#include "frame.h"

const char *mlrt_kind_name(mlrt_kind kind) {
    static const char *const names[] = {"f64",      "i64", "bool",
                                        "datetime", "str", "cat"};
    return kind >= 0 && kind < MLRT_NKINDS ? names[kind] : NULL;
}

static mlrt_dtype dtype_of(mlrt_kind kind) {
    static const uint8_t dtype[] = {MLRT_F64, MLRT_I64,   MLRT_BOOL,
                                    MLRT_I64, MLRT_INDEX, MLRT_INDEX};
    return kind == MLRT_COL_AUTO ? MLRT_I64 : (mlrt_dtype)dtype[kind];
}

mlrt_table *mlrt__table_new(mlrt *m) {
    mlrt_table *t = mlrt__alloc(m, sizeof *t);
    if (t)
        *t = (mlrt_table){.m = m};
    return t;
}

mlrt__cells *mlrt__table_add(mlrt_table *t, const char *name, size_t n) {
    char *copy = mlrt__alloc(t->m, n + 1);
    if (!copy || mlrt__grow(t->m, &t->col, &t->cap, t->n, sizeof *t->col)) {
        if (copy)
            mlrt__free(t->m, copy, n + 1);
        return NULL;
    }
    memcpy(copy, name, n);
    copy[n] = '\0';
    mlrt__cells *c = &t->col[t->n++];
    *c = (mlrt__cells){.name = copy, .name_bytes = n + 1};
    mlrt__words_init(t->m, &c->words);
    return c;
}

static void drop(mlrt *m, mlrt_tensor *t) {
    if (t)
        mlrt__drop(m, t);
}

static void free_cells(mlrt *m, mlrt__cells *c) {
    mlrt__free(m, c->name, c->name_bytes);
    mlrt__words_free(&c->words);
    drop(m, c->values);
    drop(m, c->holes);
    drop(m, c->bytes);
    drop(m, c->offsets);
}

void mlrt_table_free(mlrt_table *t) {
    for (int i = 0; t && i < t->n; i++)
        free_cells(t->m, &t->col[i]);
    if (t && t->col)
        mlrt__free(t->m, t->col, (size_t)t->cap * sizeof *t->col);
    if (t)
        mlrt__free(t->m, t, sizeof *t);
}

/* ---- Growing ---------------------------------------------------------- */

/* `rows` elements into a tensor of `room`; NULL on failure. */
static mlrt_tensor *resized(mlrt *m, mlrt_tensor *t, mlrt_dtype dtype,
                            int64_t rows, int64_t room) {
    mlrt_tensor *y = mlrt_empty(m, dtype, 1, &room);
    if (y && t) {
        size_t n = (size_t)(rows < room ? rows : room);
        memcpy(mlrt__ptr(y), mlrt__ptr(t), n * mlrt__dsize(dtype));
    }
    if (y)
        drop(m, t);
    return y;
}

static int set_values(mlrt__cells *c, mlrt *m, int64_t rows, int64_t room) {
    mlrt_tensor *y = resized(m, c->values, dtype_of(c->kind), rows, room);
    if (!y)
        return m->errcode;
    c->values = y;
    c->v = mlrt__ptr(y);
    return 0;
}

static int set_holes(mlrt__cells *c, mlrt *m, int64_t rows, int64_t room) {
    mlrt_tensor *y = resized(m, c->holes, MLRT_BOOL, rows, room);
    if (!y)
        return m->errcode;
    c->holes = y;
    c->hole = (uint8_t *)mlrt__ptr(y);
    memset(c->hole + rows, 0, (size_t)(room - rows));
    return 0;
}

int mlrt__table_reserve(mlrt_table *t, int64_t rows) {
    if (rows <= t->room)
        return 0;
    int64_t used = t->room, room = t->room + t->room / 2;
    room = room < rows ? rows : room;
    for (int i = 0; i < t->n; i++) {
        mlrt__cells *c = &t->col[i];
        int err = c->skip ? 0 : set_values(c, t->m, used, room);
        if (!err && c->holes && !c->skip)
            err = set_holes(c, t->m, used, room);
        if (err)
            return err;
    }
    t->room = room;
    return 0;
}

int mlrt__cells_hole(mlrt_table *t, mlrt__cells *c, int64_t row) {
    if (!c->holes) {
        int err = set_holes(c, t->m, 0, t->room);
        if (err)
            return err;
    }
    c->hole[row] = 1;
    switch (c->kind) {
    case MLRT_COL_F64: ((double *)c->v)[row] = (double)NAN; break;
    case MLRT_COL_BOOL: ((uint8_t *)c->v)[row] = 0; break;
    case MLRT_COL_STR:
    case MLRT_COL_CAT: ((int64_t *)c->v)[row] = -1; break;
    default: ((int64_t *)c->v)[row] = 0;
    }
    return 0;
}

/* ---- Kinds ------------------------------------------------------------ */

/* An int64_t rounds to the double that its digits would. */
static void to_floats(mlrt__cells *c, int64_t rows) {
    int64_t *from = c->v;
    double *to = c->v;
    for (int64_t i = 0; i < rows; i++) {
        int64_t x;
        memcpy(&x, from + i, sizeof x);
        double v = c->hole && c->hole[i] ? (double)NAN : (double)x;
        memcpy(to + i, &v, sizeof v);
    }
    c->values->dtype = MLRT_F64;
}

/* All `rows` cells of the column are holes. */
static void all_holes(mlrt_table *t, mlrt__cells *c, int64_t rows) {
    for (int64_t i = 0; i < rows; i++)
        mlrt__cells_hole(t, c, i);
}

int mlrt__cells_turn(mlrt_table *t, mlrt__cells *c, mlrt_kind kind,
                     int64_t rows) {
    bool unknown = c->unknown, integer = c->kind == MLRT_COL_I64;
    c->unknown = false;
    if (kind == MLRT_COL_F64 && integer && !unknown) {
        to_floats(c, rows);
        c->kind = kind;
        return 0;
    }
    c->kind = kind;
    int err = set_values(c, t->m, 0, t->room);
    if (!err && unknown && !(c->quoted_empty && kind == MLRT_COL_STR))
        all_holes(t, c, rows);
    else
        c->again = true;
    return err;
}

/* The column may have been left behind while the others grew. */
int mlrt__cells_again(mlrt_table *t, mlrt__cells *c) {
    c->again = false;
    c->given = true;
    drop(t->m, c->holes);
    c->holes = NULL;
    c->hole = NULL;
    mlrt__words_free(&c->words);
    return set_values(c, t->m, 0, t->room);
}

/* ---- The end ---------------------------------------------------------- */

/* Cuts a tensor to n elements: a view, unless that would waste much. */
static int cut(mlrt *m, mlrt_tensor **t, int64_t n) {
    mlrt_tensor *x = *t, *y;
    if (!x || x->numel == n)
        return 0;
    if (x->numel - n > x->numel / 8 + 1024)
        y = mlrt_from_data(m, (mlrt_dtype)x->dtype, 1, &n, mlrt__ptr(x));
    else
        y = mlrt__handle(m, x->storage, x->dtype, 1, &n, NULL, 0);
    if (!y)
        return m->errcode;
    mlrt__drop(m, x);
    *t = y;
    return 0;
}

static int finish(mlrt_table *t, mlrt__cells *c) {
    int err = cut(t->m, &c->values, t->rows);
    if (!err)
        err = cut(t->m, &c->holes, t->rows);
    if (!err && c->kind >= MLRT_COL_STR && !c->bytes)
        err = mlrt__words_tensors(&c->words, &c->bytes, &c->offsets);
    mlrt__words_free(&c->words);
    return err;
}

int mlrt__table_finish(mlrt_table *t) {
    int err = 0, kept = 0;
    for (int i = 0; i < t->n; i++)
        if (t->col[i].unwanted)
            free_cells(t->m, &t->col[i]);
        else
            t->col[kept++] = t->col[i];
    t->n = kept;
    for (int i = 0; i < t->n && !err; i++)
        err = finish(t, &t->col[i]);
    return err;
}

/* ---- What is in it ---------------------------------------------------- */

int mlrt_table_columns(const mlrt_table *t) {
    return t ? t->n : 0;
}

int64_t mlrt_table_rows(const mlrt_table *t) {
    return t ? t->rows : 0;
}

int64_t mlrt_table_skipped(const mlrt_table *t) {
    return t ? t->skipped : 0;
}

static mlrt_tensor *or_none(mlrt_tensor *t) {
    return t ? t : MLRT_NONE;
}

bool mlrt_table_column(const mlrt_table *t, int i, mlrt_column *column) {
    if (!t || i < 0 || i >= t->n)
        return false;
    const mlrt__cells *c = &t->col[i];
    *column = (mlrt_column){
        c->name,           c->kind,           or_none(c->values),
        or_none(c->holes), or_none(c->bytes), or_none(c->offsets)};
    return true;
}
