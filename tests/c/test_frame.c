/* test_frame.c: tables from C, and every allocation of theirs made to fail. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "call.h"

static const char people[] = "name,age,born,paid\n"
                             "ann,31,1990-05-01,1.5\n"
                             "bob,,2001-12-31,2\n"
                             "\"c, d\",22,,1e3\n"
                             "ann,31,1990-05-01,\n";

static mlrt_column column_of(mlrt_table *t, const char *name) {
    mlrt_column c = {.name = NULL};
    for (int i = 0; mlrt_table_column(t, i, &c); i++)
        if (strcmp(c.name, name) == 0)
            return c;
    cr_assert(false, "no column %s", name);
    return c;
}

static const void *data(mlrt_tensor *t) {
    return mlrt_data_const(t);
}

Test(frame, read_from_memory) {
    mlrt *m = mlrt_open(NULL, NULL);
    mlrt_table *t = mlrt_read_csv_memory(m, people, sizeof people - 1, NULL);
    cr_assert(t, "%s", mlrt_errmsg(m));
    cr_expect(mlrt_table_rows(t) == 4 && mlrt_table_columns(t) == 4);
    mlrt_column age = column_of(t, "age"), name = column_of(t, "name");
    mlrt_column born = column_of(t, "born"), paid = column_of(t, "paid");
    cr_expect(age.kind == MLRT_COL_I64 && name.kind == MLRT_COL_STR);
    cr_expect(born.kind == MLRT_COL_DATETIME && paid.kind == MLRT_COL_F64);
    cr_expect(((const int64_t *)data(age.values))[2] == 22);
    cr_expect(((const uint8_t *)data(age.holes))[1] == 1);
    cr_expect(((const double *)data(paid.values))[2] == 1000);
    cr_expect(isnan(((const double *)data(paid.values))[3]));
    cr_expect(name.holes == MLRT_NONE && mlrt_dict_size(name.offsets) == 3);
    size_t n;
    const char *word = mlrt_dict_word(name.bytes, name.offsets, 2, &n);
    cr_expect(n == 4 && memcmp(word, "c, d", 4) == 0);
    cr_expect(!mlrt_dict_word(name.bytes, name.offsets, 3, &n));
    char text[MLRT_DATE_TEXT];
    mlrt_date_text(((const int64_t *)data(born.values))[1], text);
    cr_expect_str_eq(text, "2001-12-31");
    mlrt_table_free(t);
    mlrt_close(m);
}

/* ---- Failing allocations ---------------------------------------------- */

typedef struct faulty {
    long n, fail;
    bool lasting; /* nothing succeeds after a failure */
    long blocks;
} faulty;

static void *faulty_alloc(void *ud, void *p, size_t osize, size_t nsize) {
    faulty *f = ud;
    if (nsize == 0) {
        f->blocks -= p != NULL;
        free(p);
        return NULL;
    }
    if ((!p || nsize > osize) && ++f->n >= f->fail && f->fail > 0 &&
        (f->lasting || f->n == f->fail))
        return NULL;
    void *q = realloc(p, nsize);
    f->blocks += q && !p;
    return q;
}

/* A text that grows every table: kinds turn, holes come late. */
static size_t long_text(char *to, size_t size) {
    size_t n = (size_t)snprintf(to, size, "a,b,c,d\n");
    for (int i = 0; i < 3000; i++)
        n += (size_t)snprintf(to + n, size - n, "%d,w%d,%s,2024-01-0%d\n", i, i,
                              i < 2000   ? "1.5"
                              : i < 2500 ? ""
                                         : "x",
                              i % 9 + 1);
    return n;
}

static void let_go(mlrt_tensor *t) {
    mlrt_release(t);
}

/* Everything that can be done with two columns; 0 or a status. */
static int work_on(mlrt *m, mlrt_table *t) {
    mlrt_column a = {.name = NULL}, b = {.name = NULL};
    mlrt_tensor *g = NULL, *first = NULL, *x = NULL, *y = NULL, *z = NULL;
    if (!mlrt_table_column(t, 0, &a) || !mlrt_table_column(t, 1, &b))
        return MLRT_EARG;
    mlrt_sort_by by[] = {{a.values, a.holes, true}, {b.values, b.holes, false}};
    int err = mlrt_rows_group(m, by, 2, true, &g, &first);
    if (err)
        return err;
    int64_t groups = mlrt_numel(first);
    err = mlrt_rows_sort(m, by, 2, &x);
    let_go(err ? NULL : x);
    if (!err)
        err = mlrt_rows_join(m, g, g, groups, true, &x, &y);
    if (!err)
        let_go(x), let_go(y);
    if (!err)
        err = (x = mlrt_group_quantile(m, 0.5, a.values, a.holes, g, groups))
                  ? 0
                  : mlrt_errcode(m);
    if (!err)
        let_go(x);
    if (!err)
        err = mlrt_dict_tidy(m, b.values, b.bytes, b.offsets, true, &x, &y, &z);
    if (!err)
        let_go(x), let_go(y), let_go(z);
    mlrt_asof_options o = {MLRT_ASOF_NEAREST, 10, false};
    x = err ? NULL : mlrt_rows_asof(m, by, g, by, g, groups, &o);
    let_go(x);
    let_go(g);
    let_go(first);
    return err ? err : x ? 0 : mlrt_errcode(m);
}

static int read_and_work(mlrt *m, const char *text, size_t n) {
    mlrt_table *t = mlrt_read_csv_memory(m, text, n, NULL);
    int err = t ? work_on(m, t) : mlrt_errcode(m);
    mlrt_table_free(t);
    mlrt_flush_cache(m);
    return err;
}

/* Works on a text again and again, with one allocation more that succeeds; how
 * many there are. */
static long fail_each(int (*work)(mlrt *m, const char *text, size_t n),
                      const char *text, size_t n, bool lasting) {
    mlrt_config config;
    for (long fail = 1;; fail++) {
        faulty f = {.lasting = lasting};
        mlrt_config_init(&config);
        config.alloc = faulty_alloc;
        config.alloc_ud = &f;
        config.threads = 2;
        mlrt *m = mlrt_open(&config, NULL);
        cr_assert(m && work(m, text, n) == 0, "%s", mlrt_errmsg(m));
        long before = f.n, blocks = f.blocks;
        f.fail = before + fail;
        int err = work(m, text, n);
        bool ends = f.n < f.fail;
        if (!ends) /* memory that was cached may be given back: it succeeds */
            cr_expect(err == 0 || err == MLRT_ENOMEM, "%ld: %d", fail, err);
        mlrt_memory_info info;
        mlrt_memory(m, &info);
        cr_expect(info.tensors == 0, "%ld: %zu tensors", fail, info.tensors);
        cr_expect(f.blocks <= blocks, "%ld: %ld blocks", fail,
                  f.blocks - blocks);
        mlrt_close(m);
        cr_expect(f.blocks == 0, "%ld: %ld blocks are left", fail, f.blocks);
        if (ends)
            return fail;
    }
}

Test(frame, every_allocation_may_fail) {
    static char text[1 << 17];
    size_t n = long_text(text, sizeof text);
    cr_expect(fail_each(read_and_work, text, n, false) > 20);
}

/* ---- What works on columns --------------------------------------------- */

enum { ROWS = 6000, WORD = 6 };

/* Columns of ROWS rows; MLRT_NONE or NULL where there is no memory. */
typedef struct columns {
    mlrt_tensor *x, *i, *hole, *group, *codes, *bytes, *offsets;
} columns;

static mlrt_tensor *column(mlrt *m, mlrt_dtype dtype, const void *data) {
    int64_t n = ROWS;
    return mlrt_from_data(m, dtype, 1, &n, data);
}

static int open_columns(mlrt *m, const char *text, columns *c) {
    static double x[ROWS];
    static int64_t i[ROWS], group[ROWS];
    static uint8_t hole[ROWS];
    static const char *words[ROWS];
    static size_t lengths[ROWS];
    for (int k = 0; k < ROWS; k++) {
        x[k] = k * 7 % 11;
        i[k] = k * 5 % 13;
        hole[k] = k % 4 == 0;
        group[k] = k / 2;
        words[k] = text + WORD * k;
        lengths[k] = WORD;
    }
    c->x = column(m, MLRT_F64, x);
    c->i = c->x ? column(m, MLRT_I64, i) : NULL;
    c->hole = c->i ? column(m, MLRT_BOOL, hole) : NULL;
    c->group = c->hole ? column(m, MLRT_INDEX, group) : NULL;
    return c->group ? mlrt_dict_encode(m, words, lengths, ROWS, &c->codes,
                                       &c->bytes, &c->offsets)
                    : mlrt_errcode(m);
}

static int let_go_of(mlrt *m, mlrt_tensor *t) {
    let_go(t);
    mlrt_flush_cache(m); /* what is next has to ask for memory */
    return t ? 0 : mlrt_errcode(m);
}

static void let_go_all(mlrt_tensor **list, int n) {
    for (int i = 0; i < n; i++)
        let_go(list[i]);
}

/* The functions that give one tensor. */
static int figures_of(mlrt *m, const columns *c) {
    int err = 0;
    for (int k = MLRT_GROUP_COUNT; k <= MLRT_GROUP_MAX && !err; k++)
        err = let_go_of(m, mlrt_group_reduce(m, (mlrt_reduction)k, c->x,
                                             c->hole, c->group, ROWS / 2));
    if (!err)
        err = let_go_of(m, mlrt_rows_roll(m, MLRT_WINDOW_MEDIAN, 5, 1, c->x,
                                          c->hole, c->group, MLRT_NONE));
    if (!err)
        err = let_go_of(
            m, mlrt_rows_last(m, c->hole, true, -1, c->group, MLRT_NONE));
    if (!err)
        err = let_go_of(m, mlrt_rows_lag(m, 1, ROWS, c->group, MLRT_NONE));
    return err ? err : let_go_of(m, mlrt_date_parts(m, c->i, MLRT_DATE_YEAR));
}

/* Those that give several. */
static int others_of(mlrt *m, const columns *c, int which) {
    mlrt_tensor *y[3] = {NULL, NULL, NULL};
    int err;
    if (which == 0)
        err = mlrt_rows_take(m, c->x, c->hole, c->group, &y[0], &y[1]);
    else if (which == 1)
        err = mlrt_rows_interpolate(m, c->x, c->hole, &y[0], &y[1]);
    else if (which == 2)
        err = mlrt_dict_tidy(m, c->codes, c->bytes, c->offsets, true, &y[0],
                             &y[1], &y[2]);
    else if (which == 3)
        err = mlrt_dict_merge(m, c->bytes, c->offsets, c->bytes, c->offsets,
                              &y[0], &y[1], &y[2]);
    else
        err = mlrt_dict_parse(m, c->bytes, c->offsets, (mlrt_kind)(which - 4),
                              NULL, &y[0], &y[1]);
    if (!err)
        let_go_all(y, 3);
    mlrt_flush_cache(m);
    return err;
}

static int write_both(mlrt *m, const columns *c) {
    mlrt_column list[] = {
        {"x", MLRT_COL_F64, c->x, c->hole, MLRT_NONE, MLRT_NONE},
        {"s", MLRT_COL_STR, c->codes, MLRT_NONE, c->bytes, c->offsets}};
    mlrt_write_options o = {sizeof o, ',', true, true, ""};
    char path[64];
    snprintf(path, sizeof path, "/tmp/mlrt-frame-%ld", (long)getpid());
    int err = mlrt_write_table(m, path, list, 2, ROWS, NULL);
    if (!err)
        err = mlrt_write_table(m, path, list, 2, ROWS, &o);
    remove(path);
    return err;
}

static int compute(mlrt *m, const char *text, size_t n) {
    columns c = {NULL};
    (void)n;
    int err = open_columns(m, text, &c);
    if (!err)
        err = figures_of(m, &c);
    for (int which = 0; which < 8 && !err; which++)
        err = others_of(m, &c, which);
    if (!err)
        err = write_both(m, &c);
    mlrt_tensor *all[] = {c.x,     c.i,     c.hole,   c.group,
                          c.codes, c.bytes, c.offsets};
    let_go_all(all, 7);
    mlrt_flush_cache(m);
    return err;
}

Test(frame, every_allocation_may_fail_in_computing) {
    static char text[ROWS * WORD + 1];
    for (int k = 0; k < ROWS; k++)
        snprintf(text + WORD * k, WORD + 1, "%06d", k * 7919 % ROWS);
    cr_expect(fail_each(compute, text, sizeof text, true) > 20);
}

/* ---- What is missing ----------------------------------------------------- */

Test(frame, tensors_and_tables_that_are_missing) {
    mlrt *m = mlrt_open(NULL, NULL);
    mlrt_tensor *x = NULL, *y = NULL, *z = NULL;
    mlrt_column c;
    cr_expect(!mlrt_date_parts(m, NULL, MLRT_DATE_YEAR));
    cr_expect_str_eq(mlrt_errmsg(m), "dates: a tensor is missing");
    cr_expect(mlrt_rows_take(m, NULL, MLRT_NONE, NULL, &x, &y) == MLRT_EARG);
    cr_expect_str_eq(mlrt_errmsg(m), "take: a tensor is missing");
    mlrt_sort_by by = {NULL, MLRT_NONE, false};
    cr_expect(mlrt_rows_sort(m, &by, 1, &x) == MLRT_EARG);
    cr_expect_str_eq(mlrt_errmsg(m), "sort: a tensor is missing");
    cr_expect(mlrt_rows_group(m, &by, 1, true, &x, &y) == MLRT_EARG);
    cr_expect_str_eq(mlrt_errmsg(m), "groupby: a tensor is missing");
    cr_expect(!mlrt_group_reduce(m, MLRT_GROUP_SUM, NULL, MLRT_NONE, NULL, 1));
    cr_expect_str_eq(mlrt_errmsg(m), "agg: a tensor is missing");
    mlrt_asof_options o = {MLRT_ASOF_NEAREST, 10, false};
    cr_expect(!mlrt_rows_asof(m, &by, MLRT_NONE, &by, MLRT_NONE, 0, &o));
    cr_expect_str_eq(mlrt_errmsg(m), "join_asof: a tensor is missing");
    cr_expect(!mlrt_rows_lag(m, 1, -1, MLRT_NONE, MLRT_NONE));
    cr_assert(mlrt_dict_encode(m, NULL, NULL, 0, &x, &y, &z) == 0);
    cr_expect(mlrt_dict_size(z) == 0 && mlrt_dict_size(NULL) == 0);
    size_t n;
    cr_expect(!mlrt_dict_word(NULL, z, 0, &n) &&
              !mlrt_dict_word(y, NULL, 0, &n));
    mlrt_tensor *v = NULL, *bad = NULL;
    cr_expect(mlrt_dict_parse(m, y, z, MLRT_COL_STR, NULL, &v, &bad) ==
              MLRT_EARG);
    cr_expect_str_eq(mlrt_errmsg(m), "to: no such kind");
    cr_expect(mlrt_dict_parse(m, y, z, MLRT_COL_AUTO, NULL, &v, &bad) ==
              MLRT_EARG);
    mlrt_release(x);
    mlrt_release(y);
    mlrt_release(z);
    cr_expect(mlrt_table_columns(NULL) == 0 && mlrt_table_rows(NULL) == 0);
    cr_expect(mlrt_table_skipped(NULL) == 0);
    cr_expect(!mlrt_table_column(NULL, 0, &c));
    mlrt_table *t = mlrt_read_csv_memory(m, people, sizeof people - 1, NULL);
    cr_assert(t);
    cr_expect(!mlrt_table_column(t, -1, &c) && !mlrt_table_column(t, 4, &c));
    cr_expect(mlrt_table_column(t, 3, &c) && mlrt_table_skipped(t) == 0);
    mlrt_table_free(t);
    mlrt_table_free(NULL);
    static const char *const names[] = {"f64",      "i64", "bool",
                                        "datetime", "str", "cat"};
    for (int k = 0; k < MLRT_NKINDS; k++)
        cr_expect_str_eq(mlrt_kind_name((mlrt_kind)k), names[k]);
    cr_expect(!mlrt_kind_name(MLRT_COL_AUTO) && !mlrt_kind_name(MLRT_NKINDS));
    mlrt_close(m);
}
