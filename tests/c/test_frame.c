/* test_frame.c: tables from C, and every allocation of theirs made to fail. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    long blocks;
} faulty;

static void *faulty_alloc(void *ud, void *p, size_t osize, size_t nsize) {
    faulty *f = ud;
    if (nsize == 0) {
        f->blocks -= p != NULL;
        free(p);
        return NULL;
    }
    if ((!p || nsize > osize) && ++f->n == f->fail)
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

Test(frame, every_allocation_may_fail) {
    static char text[1 << 17];
    size_t n = long_text(text, sizeof text);
    mlrt_config config;
    long ends = 0;
    for (long fail = 1; !ends; fail++) {
        faulty f = {0};
        mlrt_config_init(&config);
        config.alloc = faulty_alloc;
        config.alloc_ud = &f;
        config.threads = 2;
        mlrt *m = mlrt_open(&config, NULL);
        cr_assert(m && read_and_work(m, text, n) == 0, "%s", mlrt_errmsg(m));
        long before = f.n, blocks = f.blocks;
        f.fail = before + fail;
        int err = read_and_work(m, text, n);
        if (f.n < f.fail)
            ends = fail;
        else /* memory that was cached may be given back, then it succeeds */
            cr_expect(err == 0 || err == MLRT_ENOMEM, "%ld: %d", fail, err);
        mlrt_memory_info info;
        mlrt_memory(m, &info);
        cr_expect(info.tensors == 0, "%ld: %zu tensors", fail, info.tensors);
        cr_expect(f.blocks <= blocks, "%ld: %ld blocks", fail,
                  f.blocks - blocks);
        mlrt_close(m);
        cr_expect(f.blocks == 0, "%ld: %ld blocks are left", fail, f.blocks);
    }
    cr_expect(ends > 20, "%ld", ends);
}
