/* test_cuts.c: into how many tasks work is cut.  That depends on sizes alone,
 * never on the number of threads, since the bits of results depend on it; so
 * who changes it, changes results.  The host's threads are told of tasks and
 * do none of them. */
#include <stdio.h>

#include "core.h"

#include "says.h"

enum { MOST = 8 };

typedef struct told {
    int64_t n[MOST];
    int count;
} told;

static void note(void *ud, int64_t n, void (*fn)(void *, int64_t), void *arg) {
    told *t = ud;
    (void)fn, (void)arg;
    if (t->count < MOST)
        t->n[t->count] = n;
    t->count++;
}

static mlrt *open_idle(int threads, told *t) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.threads = threads;
    config.parallel_for = note;
    config.parallel_ud = t;
    *t = (told){.count = 0};
    return mlrt_open(&config, NULL);
}

/* Zeros at the end of a list are none. */
static void expect_tasks(const told *t, const int64_t *want, int n,
                         const char *what) {
    int count = 0;
    while (count < n && want[count])
        count++;
    cr_expect(t->count == count, "%s: %d jobs, not %d", what, t->count, count);
    for (int i = 0; i < count; i++)
        cr_expect(t->n[i] == want[i], "%s, job %d: %lld tasks, not %lld", what,
                  i, (long long)t->n[i], (long long)want[i]);
}

/* Jobs: zeros are laid down, tiles are computed, their parts added. */
Test(cuts, of_products) {
    static const struct {
        int64_t batch, m, k, n, jobs[3];
    } cases[] = {
        {1, 128, 128, 128, {0}},
        {1, 180, 190, 180, {0}},
        {1, 184, 186, 184, {2}},
        {1, 256, 256, 256, {4}},
        {1, 256, 512, 256, {2}},
        {1, 512, 256, 256, {4}},
        {1, 512, 512, 512, {4}},
        {1, 700, 700, 700, {2, 4}},
        {1, 1024, 1024, 1024, {4, 4}},
        {1, 2048, 2048, 2048, {16, 16}},
        {1, 4096, 4096, 4096, {64, 128, 1024}},
        {1, 17, 60000, 19, {4}},
        {1, 17, 200000, 19, {16}},
        {1, 32, 32, 32768, {4, 8}},
        {1, 16, 1000000, 16, {64}},
        {1, 4000, 64, 64, {4}},
        {1, 40000, 64, 64, {32}},
        {1, 64, 64, 4000, {4}},
        {1, 64, 64, 40000, {10, 32}},
        {1, 1500, 100, 90, {4}},
        {1, 90, 100, 1500, {4}},
        {1, 100, 3000, 100, {4}},
        {1, 100, 100, 30000, {12, 63}},
        /* vectors */
        {1, 1, 4000, 4000, {28}},
        {1, 4000, 4000, 1, {28}},
        {1, 1, 1000, 1048, {0}},
        {1, 1, 1000, 1049, {2}},
        {1, 3000, 1, 700, {4}},
        {2, 1, 4000, 4000, {56}},
        {40, 1, 1500, 1500, {40}},
        {100, 1, 1500, 1500, {100}},
        /* batches */
        {128, 16, 16, 16, {0}},
        {129, 16, 16, 16, {2}},
        {300, 3, 2, 3, {0}},
        {70, 100, 100, 100, {70}},
        {3, 200, 200, 200, {6}},
        {16, 256, 256, 256, {4, 32}},
        {32, 256, 256, 256, {8, 64}},
        {64, 256, 256, 256, {64}},
    };
    for (int threads = 2; threads < 10; threads += 7) {
        told t;
        mlrt *m = open_idle(threads, &t);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            int64_t b = cases[i].batch, k = cases[i].k;
            mlrt_tensor *x = mlrt_empty(m, MLRT_F32, 3,
                                        (int64_t[]){b, cases[i].m, k});
            mlrt_tensor *w = mlrt_empty(m, MLRT_F32, 3,
                                        (int64_t[]){b, k, cases[i].n});
            char what[80];
            snprintf(what, sizeof what, "%lld products of %lld, %lld, %lld",
                     (long long)b, (long long)cases[i].m, (long long)k,
                     (long long)cases[i].n);
            t.count = 0;
            mlrt_tensor *y = mlrt_matmul(m, x, w);
            expect_tasks(&t, cases[i].jobs, 3, what);
            drop(x, w, y, NULL);
        }
        close_clean(m);
    }
}

/* 16,384 elements a task, where they lie together. */
Test(cuts, of_elements) {
    static const int64_t cases[][2] = {
        {1, 0},     {16383, 0}, {16384, 0},  {16385, 2},  {32768, 2},
        {32769, 3}, {65537, 5}, {131072, 8}, {131073, 9}, {1000000, 62}};
    told t;
    mlrt *m = open_idle(3, &t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlrt_tensor *x = mlrt_empty(m, MLRT_F32, 1, cases[i]);
        t.count = 0;
        mlrt_tensor *y = mlrt_neg(m, x);
        expect_tasks(&t, &cases[i][1], 1, "neg");
        cr_assert(!mlrt_set_requires_grad(x, true) && !mlrt_set_grad(x, y));
        mlrt_optim *o = mlrt_optim_new(m, "sgd", &x, 1, NULL);
        t.count = 0;
        cr_expect(mlrt_optim_step(o) == 0);
        expect_tasks(&t, &cases[i][1], 1, "step");
        mlrt_optim_free(o);
        drop(x, y, NULL, NULL);
    }
    close_clean(m);
}

/* Rows that are short go several together, long ones are cut; transpositions
 * are cut into blocks of 64 lines. */
Test(cuts, of_rows) {
    static const struct {
        int64_t shape[2], rows, turned;
    } cases[] = {{{1000, 100}, 7, 2},   {{100, 1000}, 7, 16},
                 {{3, 100000}, 21, 19}, {{100000, 3}, 13, 21},
                 {{20000, 7}, 8, 0},    {{7, 20000}, 14, 313},
                 {{5000, 40}, 12, 0},   {{33, 9000}, 33, 141}};
    told t;
    mlrt *m = open_idle(3, &t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlrt_tensor *x = mlrt_empty(m, MLRT_F32, 2, cases[i].shape);
        mlrt_tensor *part = GET(m, "narrow", T(x), I(1), I(0),
                                I(cases[i].shape[1] - 1));
        mlrt_tensor *turned = mlrt_t(m, x);
        t.count = 0;
        mlrt_tensor *y = mlrt_neg(m, part);
        expect_tasks(&t, &cases[i].rows, 1, "neg");
        t.count = 0;
        mlrt_tensor *z = mlrt_clone(m, turned);
        if (cases[i].turned)
            expect_tasks(&t, &cases[i].turned, 1, "clone");
        drop(x, part, turned, y);
        mlrt_release(z);
    }
    close_clean(m);
}
