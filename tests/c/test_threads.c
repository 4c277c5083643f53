/* test_threads.c: products of mixed shapes give the same bits on one thread,
 * on four threads of one context, and in four contexts at once. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core.h"

#include "call.h"

enum { SHAPES = 25, PRODUCTS = 25000 };

static const int64_t sizes[] = {1, 2, 3, 5, 8, 13, 17, 31, 33, 40, 64, 70};
enum { NSIZES = sizeof sizes / sizeof *sizes };

static int64_t size_at(int i) {
    return sizes[(i * 7 + i / 5) % NSIZES];
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 1099511628211u;
    return h;
}

/* The operands of product i, cut out of one buffer. */
static mlrt_tensor *operand(mlrt *m, const float *values, int64_t rows,
                            int64_t columns) {
    const int64_t shape[2] = {rows, columns};
    return mlrt_from_data(m, MLRT_F32, 2, shape, values);
}

static void fill(float *values, int n) {
    uint32_t state = 1;
    for (int i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        values[i] = (float)(state >> 8) / (1 << 24) - 0.5f;
    }
}

/* A hash of all bits of `products` products. */
static uint64_t run_products(mlrt *m, int products) {
    float values[70 * 70 + SHAPES];
    uint64_t h = 14695981039346656037u;
    fill(values, (int)(sizeof values / sizeof *values));
    for (int i = 0; i < products; i++) {
        int k = i % SHAPES;
        int64_t r = size_at(k), in = size_at(k + 3), c = size_at(k + 11);
        mlrt_tensor *a = operand(m, values + k, r, in);
        mlrt_tensor *b = operand(m, values, in, c);
        mlrt_tensor *y = mlrt_matmul(m, a, b);
        if (!y)
            return 0;
        h = mix(h, mlrt_data_const(y), mlrt_nbytes(y));
        drop(a, b, y, NULL);
    }
    return h;
}

typedef struct worker {
    pthread_t thread;
    mlrt *m;
    uint64_t hash;
} worker;

static void *work(void *arg) {
    worker *w = arg;
    w->hash = run_products(w->m, PRODUCTS);
    return NULL;
}

Test(threads, small_products_in_four_contexts) {
    mlrt *one = open_with(NULL, 1);
    uint64_t want = run_products(one, PRODUCTS);
    worker w[4];
    cr_assert(want != 0);
    close_clean(one);
    for (int i = 0; i < 4; i++) {
        w[i].m = open_with(NULL, 1);
        cr_assert(w[i].m);
        cr_assert(pthread_create(&w[i].thread, NULL, work, &w[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(w[i].thread, NULL);
        cr_expect(w[i].hash == want, "context %d has other bits", i);
        close_clean(w[i].m);
    }
}

/* Products large enough to be cut into tiles. */
static uint64_t run_large(mlrt *m) {
    static const int64_t large[][3] = {{64, 2000, 128},
                                       {300, 300, 300},
                                       {9, 5000, 32},
                                       {1, 4096, 512},
                                       {513, 129, 65}};
    uint64_t h = 1;
    for (int i = 0; i < 5; i++) {
        mlrt_tensor *a = make(m, MLRT_F32, 2, large[i]);
        mlrt_tensor *b = make(m, MLRT_F32, 2, large[i] + 1);
        mlrt_tensor *y = mlrt_matmul(m, a, b);
        cr_assert(y, "%s", mlrt_errmsg(m));
        h = mix(h, mlrt_data_const(y), mlrt_nbytes(y));
        drop(a, b, y, NULL);
    }
    return h;
}

Test(threads, large_products_on_four_threads) {
    mlrt *one = open_with(NULL, 1), *four = open_with(NULL, 4);
    uint64_t want = run_large(one);
    for (int i = 0; i < 20; i++)
        cr_expect(run_large(four) == want, "other bits in round %d", i);
    close_clean(one);
    close_clean(four);
}

/* ---- Tasks ------------------------------------------------------------ */

enum { TASKS = 1000 };

static void count_task(void *arg, int64_t i) {
    atomic_int *count = arg;
    atomic_fetch_add(&count[i], 1);
}

/* Whatever their number and that of the threads, and no others. */
Test(threads, every_task_runs_once) {
    static const int threads[] = {1, 2, 3, 5, 8, 64, 65, 100};
    static const int64_t n[] = {0, 1, 2, 3, 4, 7, 8, 63, 64, 65, 129, TASKS};
    static atomic_int count[TASKS + 1];
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        mlrt *m = open_with(NULL, threads[t]);
        cr_assert(m && mlrt_threads(m) == threads[t]);
        for (size_t k = 0; k < sizeof n / sizeof *n; k++)
            for (int poll = 0; poll < 2; poll++) {
                for (int i = 0; i <= TASKS; i++)
                    atomic_store(&count[i], 0);
                cr_assert(mlrt__parallel(m, n[k], count_task, count, poll) ==
                          0);
                for (int i = 0; i <= TASKS; i++)
                    cr_assert(atomic_load(&count[i]) == (i < n[k]),
                              "%d threads, task %d of %lld", threads[t], i,
                              (long long)n[k]);
            }
        close_clean(m);
    }
}

static void stop_at_ten(void *arg, int64_t i) {
    mlrt *m = arg;
    if (i == 10)
        mlrt_interrupt(m);
}

/* An interruption is seen by those that look for it. */
Test(threads, tasks_stop_if_they_are_to_look) {
    for (int threads = 1; threads < 4; threads++) {
        mlrt *m = open_with(NULL, threads);
        cr_expect(mlrt__parallel(m, 11, stop_at_ten, m, true) ==
                  (threads == 1 ? 0 : MLRT_ECANCEL));
        mlrt_resume(m);
        cr_expect(mlrt__parallel(m, 20, stop_at_ten, m, true) == MLRT_ECANCEL);
        cr_expect_str_eq(mlrt_errmsg(m), "interrupted!");
        mlrt_resume(m);
        cr_expect(mlrt__parallel(m, 20, stop_at_ten, m, false) == 0);
        cr_expect(mlrt__parallel(m, 5, stop_at_ten, m, false) == 0);
        mlrt_resume(m);
        close_clean(m);
    }
}

Test(threads, as_many_as_are_asked_for) {
    mlrt *m = open_with(NULL, 3);
    cr_expect(mlrt_threads(m) == 3);
    cr_expect(mlrt_set_threads(m, 5) == 0 && mlrt_threads(m) == 5);
    int64_t many = sysconf(_SC_NPROCESSORS_ONLN);
    many = many < 1 ? 1 : many > 64 ? 64 : many;
    cr_expect(mlrt_set_threads(m, 0) == 0 && mlrt_threads(m) == many);
    cr_expect(mlrt_set_threads(m, -1) == 0 && mlrt_threads(m) == many);
    cr_expect(mlrt_set_threads(m, 1) == 0 && mlrt_threads(m) == 1);
    close_clean(m);
}
