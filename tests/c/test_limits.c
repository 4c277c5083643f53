/* test_limits.c: what memory and computing a context allows itself, to the
 * byte and to the operation; blocks of every size. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core.h"

#include "says.h"

enum { MIB = 1 << 20 };

static mlrt_memory_info memory(mlrt *m) {
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    return info;
}

static mlrt_tensor *bytes(mlrt *m, int64_t n) {
    return mlrt_empty(m, MLRT_U8, 1, &n);
}

/* ---- Blocks ----------------------------------------------------------- */

/* Sizes next to those of classes, and a pattern for the n-th block. */
static int64_t size_of(int n) {
    static const int64_t steps[] = {
        1,    16,   32,   496,  512,  640,   768,   896,   1024,  1280,
        2048, 4096, 7168, 8192, 9216, 10240, 16384, 18432, 20480, 65536};
    int64_t v = steps[n / 3 % 20] + n % 3 - 1;
    return v ? v : 1;
}

static bool holds(mlrt_tensor *t, int n) {
    const uint8_t *p = mlrt_data_const(t);
    for (int64_t i = 0; i < mlrt_numel(t); i++)
        if (p[i] != (uint8_t)(n * 37 + 1))
            return false;
    return true;
}

static mlrt_tensor *marked(mlrt *m, int n) {
    mlrt_tensor *t = bytes(m, size_of(n));
    cr_assert(t, "%s", mlrt_errmsg(m));
    memset(mlrt_data(t), n * 37 + 1, (size_t)mlrt_numel(t));
    return t;
}

enum { BLOCKS = 600 };

Test(memory, blocks_of_all_sizes_lie_apart) {
    mlrt *m = open_with(NULL, 1);
    static mlrt_tensor *t[BLOCKS];
    size_t sum = 0;
    for (int n = 0; n < BLOCKS; n++) {
        t[n] = marked(m, n);
        cr_expect((uintptr_t)mlrt_data_const(t[n]) % 16 == 0);
        sum += (size_t)size_of(n);
    }
    size_t live = memory(m).live; /* small ones have their storage with them */
    cr_expect(live >= sum && live < sum + BLOCKS * 80);
    cr_expect(memory(m).peak == live);
    for (int round = 0; round < 4; round++) {
        for (int n = round; n < BLOCKS; n += 3) {
            cr_expect(holds(t[n], n), "%d", n);
            mlrt_release(t[n]);
            t[n] = NULL;
        }
        if (round % 2)
            mlrt_flush_cache(m);
        for (int n = BLOCKS - 1; n >= 0; n--)
            if (!t[n])
                t[n] = marked(m, n);
        cr_expect(memory(m).live == live);
    }
    for (int n = 0; n < BLOCKS; n++) {
        cr_expect(holds(t[n], n), "%d", n);
        mlrt_release(t[n]);
    }
    cr_expect(memory(m).live == 0 && memory(m).peak == live);
    close_clean(m);
}

Test(memory, is_counted) {
    mlrt *m = open_with(NULL, 1);
    mlrt_memory_info start = memory(m);
    mlrt_tensor *x = bytes(m, 1000), *y = bytes(m, 100000);
    mlrt_memory_info now = memory(m);
    cr_expect(now.live == start.live + 101000);
    cr_expect(now.total == start.total + 101000);
    cr_expect(now.tensors == 2 && now.peak == now.live);
    mlrt_release(y);
    now = memory(m);
    cr_expect(now.live == start.live + 1000 && now.tensors == 1);
    cr_expect(now.peak == start.live + 101000);
    y = bytes(m, 5000);
    now = memory(m);
    cr_expect(now.peak == start.live + 101000);
    cr_expect(now.total == start.total + 106000);
    drop(x, y, NULL, NULL);
    now = memory(m);
    cr_expect(now.live == start.live && now.other == start.other);
    mlrt_tensor *none = bytes(m, 0);
    cr_expect(none && !mlrt_data(none));
    mlrt_release(none);
    cr_expect(memory(m).live == start.live);
    close_clean(m);
}

#ifndef MLRT_NO_CACHE
Test(memory, large_blocks_are_kept_until_they_are_flushed) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = bytes(m, 3 * MIB);
    const void *where = mlrt_data_const(x);
    size_t before = memory(m).cached;
    mlrt_release(x);
    cr_expect(memory(m).cached >= before + 3 * MIB);
    x = bytes(m, 3 * MIB);
    cr_expect(mlrt_data_const(x) == where);
    mlrt_release(x);
    mlrt_flush_cache(m);
    cr_expect(memory(m).cached <= before + 65536);
    /* What is beyond 32 MiB and five quarters of the peak goes at once. */
    mlrt_tensor *t[20];
    for (int i = 0; i < 20; i++)
        t[i] = bytes(m, 2 * MIB);
    for (int i = 0; i < 20; i++)
        mlrt_release(t[i]);
    size_t cached = memory(m).cached;
    cr_expect(cached >= 40 * (size_t)MIB && cached < 51 * (size_t)MIB);
    mlrt_flush_cache(m);
    cr_expect(memory(m).cached < MIB);
    close_clean(m);
}

/* What the host is asked for. */
typedef struct asked {
    size_t last, blocks;
} asked;

static void *ask(void *ud, void *p, size_t osize, size_t nsize) {
    asked *a = ud;
    (void)osize;
    a->blocks += nsize > 0;
    if (nsize == 0) {
        free(p);
        return NULL;
    }
    a->last = nsize;
    return realloc(p, nsize);
}

/* Eight sizes a doubling, and room to align them to 64 bytes. */
Test(memory, large_blocks_have_few_sizes) {
    static const struct {
        int64_t n;
        size_t size;
    } cases[] = {{8193, 9216},      {9216, 9216},     {9217, 10240},
                 {16384, 16384},    {16385, 18432},   {18433, 20480},
                 {65536, 65536},    {100000, 106496}, {131072, 131072},
                 {131073, 147456},  {MIB, MIB},       {MIB + 1, MIB + MIB / 8},
                 {5 * MIB, 5 * MIB}};
    asked a = {0, 0};
    mlrt_config config;
    mlrt_config_init(&config);
    config.alloc = ask;
    config.alloc_ud = &a;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    mlrt_release(bytes(m, 9000)); /* chunks of handles are there then */
    mlrt_flush_cache(m);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t before = a.blocks, cached = memory(m).cached;
        mlrt_tensor *t = bytes(m, cases[i].n);
        cr_expect(a.blocks == before + 1 && a.last == cases[i].size + 128,
                  "%lld: %zu", (long long)cases[i].n, a.last);
        cr_expect((uintptr_t)mlrt_data_const(t) % 64 == 0);
        mlrt_release(t);
        cr_expect(memory(m).cached == cached + cases[i].size);
        t = bytes(m, (int64_t)cases[i].size); /* the same block */
        cr_expect(a.blocks == before + 1);
        mlrt_release(t);
        mlrt_flush_cache(m);
        cr_expect(memory(m).cached == cached);
    }
    close_clean(m);
}

/* Small ones are carved out of 32 KiB: so many, then it takes another. */
Test(memory, small_blocks_share_chunks) {
    static const struct {
        int64_t n;
        int each;
    } cases[] = {{400, 81},  {512, 64},  {513, 51}, {640, 51},
                 {1024, 32}, {1025, 25}, {5121, 5}, {8192, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        asked a = {0, 0};
        mlrt_config config;
        mlrt_config_init(&config);
        config.alloc = ask;
        config.alloc_ud = &a;
        config.threads = 1;
        mlrt *m = mlrt_open(&config, NULL);
        mlrt_tensor *t[200], *handles[200];
        for (int k = 0; k < 200; k++) /* room for 200 handles and storages */
            handles[k] = mlrt_borrow(m, MLRT_U8, 1, (int64_t[]){1}, &a, NULL,
                                     NULL);
        for (int k = 0; k < 200; k++)
            mlrt_release(handles[k]);
        size_t before = a.blocks;
        for (int k = 0; k < 200; k++)
            t[k] = bytes(m, cases[i].n);
        /* One fewer if something of the context's own is in the first. */
        size_t want = (size_t)((200 + cases[i].each - 1) / cases[i].each);
        size_t got = a.blocks - before;
        cr_expect(got == want || got == want - 1, "%lld: %zu, not %zu",
                  (long long)cases[i].n, got, want);
        cr_expect(a.last == 32768 + 64 + 128);
        for (int k = 0; k < 200; k++)
            mlrt_release(t[k]);
        close_clean(m);
    }
}

/* Chunks of which all is free go too, once a megabyte is. */
Test(memory, small_blocks_go_with_their_chunks) {
    mlrt *m = open_with(NULL, 1);
    enum { MANY = 40000 };
    static mlrt_tensor *t[MANY];
    for (int i = 0; i < MANY; i++)
        t[i] = bytes(m, 100);
    for (int i = 0; i < MANY; i++)
        if (i != 7)
            mlrt_release(t[i]);
    size_t full = memory(m).cached;
    cr_expect(full > 4 * (size_t)MIB);
    mlrt_flush_cache(m);
    size_t left = memory(m).cached;
    cr_expect(left < 300000, "%zu", left);
    memset(mlrt_data(t[7]), 1, 100);
    for (int i = 0; i < MANY; i++)
        if (i != 7)
            t[i] = bytes(m, 100);
    for (int i = 0; i < MANY; i++)
        mlrt_release(t[i]);
    mlrt_flush_cache(m);
    mlrt_flush_cache(m);
    cr_expect(memory(m).cached < 300000);
    close_clean(m);
}
#endif

/* ---- The limit of memory ---------------------------------------------- */

static mlrt *limited(size_t most, bool (*reclaim)(void *), void *ud) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.max_bytes = most;
    config.threads = 1;
    config.reclaim = reclaim;
    config.reclaim_ud = ud;
    return mlrt_open(&config, NULL);
}

/* Tensors leave a sixteenth, but at least 1 MiB. */
Test(memory, tensors_leave_a_reserve) {
    const size_t limits[] = {8 * (size_t)MIB, 64 * (size_t)MIB};
    for (int i = 0; i < 2; i++) {
        mlrt *m = limited(limits[i], NULL, NULL);
        size_t reserve = i ? limits[i] / 16 : MIB;
        cr_expect(memory(m).limit == limits[i]);
        size_t used = memory(m).live + memory(m).other + memory(m).cached;
        int64_t room = (int64_t)(limits[i] - reserve - used);
        mlrt_tensor *x = bytes(m, room - 200000), *y = bytes(m, 300000);
        cr_expect(x && !y);
        cr_expect(mlrt_errcode(m) == MLRT_ENOMEM);
        char text[120];
        snprintf(text, sizeof text,
                 "out of memory: 300000 bytes wanted, %zu in use",
                 memory(m).live + memory(m).other + sizeof(mlrt__storage));
        cr_expect_str_eq(mlrt_errmsg(m), text);
        mlrt_release(x);
        y = bytes(m, room + 300000);
        cr_expect(!y);
        y = bytes(m, room - 100000);
        cr_expect(y != NULL);
        mlrt_release(y);
        close_clean(m);
    }
}

/* Memory that is only kept for reuse makes room for another size. */
Test(memory, the_cache_makes_room) {
    mlrt *m = limited(16 * (size_t)MIB, NULL, NULL);
    for (int i = 1; i < 30; i++) {
        mlrt_tensor *x = bytes(m, (int64_t)i * 400000);
        cr_expect(x, "%d: %s", i, mlrt_errmsg(m));
        mlrt_release(x);
    }
    close_clean(m);
}

static bool give_nothing(void *ud) {
    ++*(int *)ud;
    return false;
}

Test(memory, the_host_is_asked_once) {
    int times = 0;
    mlrt *m = limited(8 * (size_t)MIB, give_nothing, &times);
    cr_expect(!bytes(m, 9 * MIB) && times == 1);
    cr_expect(!bytes(m, INT64_MAX / 2) && times == 1);
    mlrt_tensor *x = bytes(m, MIB);
    cr_expect(x && times == 1);
    mlrt_release(x);
    close_clean(m);
}

/* ---- The limit of operations ------------------------------------------ */

Test(limit, of_operations_is_a_purse) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){10, 20});
    mlrt_tensor *b = make(m, MLRT_F32, 2, (int64_t[]){20, 30});
    const double cost = 2 * 10 * 20 * 30;
    double before = mlrt_flops(m);
    mlrt_limit(m, 2 * cost, 0);
    mlrt_tensor *x = mlrt_matmul(m, a, b), *y = mlrt_matmul(m, a, b);
    cr_expect(x && y && mlrt_flops(m) == before + 2 * cost);
    cr_expect(!mlrt_matmul(m, a, b));
    cr_expect(mlrt_errcode(m) == MLRT_ELIMIT);
    /* Its operands alone are too many. */
    cr_expect_str_eq(mlrt_errmsg(m), "matmul: needs 800 floating-point "
                                     "operations, 0 are left of the limit");
    mlrt_limit(m, cost - 1, 0);
    cr_expect(!mlrt_matmul(m, a, b));
    cr_expect_str_eq(mlrt_errmsg(m), "matmul: needs 1.2e+04 floating-point "
                                     "operations, 1.2e+04 are left of the "
                                     "limit");
    cr_expect(mlrt_flops(m) == before + 2 * cost);
    /* A view costs nothing; what is off has no end. */
    mlrt_limit(m, 1, 0);
    mlrt_tensor *t = mlrt_t(m, a);
    cr_expect(t != NULL);
    mlrt_limit(m, 0, 0);
    mlrt_tensor *z = mlrt_matmul(m, a, b);
    cr_expect(z != NULL);
    drop(a, b, x, y);
    drop(t, z, NULL, NULL);
    close_clean(m);
}

Test(limit, counts_operands_that_take_no_memory) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *one = make(m, MLRT_F32, 1, (int64_t[]){1});
    mlrt_tensor *wide = GET(m, "expand", T(one), INTS(1000));
    mlrt_tensor *both[] = {wide, wide};
    mlrt_limit(m, 999, 0);
    cr_expect(!mlrt_sum(m, wide, NULL, 0, false));
    cr_expect_str_eq(mlrt_errmsg(m), "sum: needs 1e+03 floating-point "
                                     "operations, 999 are left of the limit");
    mlrt_limit(m, 1999, 0);
    REFUSES(m, "cat: needs 2e+03 floating-point operations", "cat",
            list_of(2, both), N);
    mlrt_limit(m, 2000, 0);
    mlrt_tensor *y = GET(m, "cat", list_of(2, both), N);
    drop(one, wide, y, NULL);
    close_clean(m);
}

Test(limit, of_time) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = vector(m, 4);
    mlrt_limit(m, 0, 1e-9);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    cr_expect(!mlrt_exp(m, x));
    SAYS(m, MLRT_ELIMIT, "the time limit is reached");
    mlrt_limit(m, 0, 1000);
    mlrt_tensor *y = mlrt_exp(m, x);
    cr_expect(y != NULL);
    mlrt_tensor *one = make(m, MLRT_F32, 1, (int64_t[]){1});
    mlrt_tensor *wide = GET(m, "expand", T(one), INTS(INT64_C(1) << 50));
    cr_expect(!mlrt_sum(m, wide, NULL, 0, false));
    SAYS(m, MLRT_ELIMIT,
         "sum: 1.13e+15 elements are too many for the time "
         "that is left of the limit");
    mlrt_limit(m, 0, 2e9); /* too far away to be one */
    mlrt_interrupt(m);
    cr_expect(!mlrt_exp(m, x));
    SAYS(m, MLRT_ECANCEL, "interrupted!");
    mlrt_resume(m);
    mlrt_limit(m, 0, 0);
    drop(x, y, one, wide);
    close_clean(m);
}

static bool end_time(void *ud, double flops) {
    (void)flops;
    mlrt_limit(*(mlrt **)ud, 0, 1e-9);
    return true;
}

/* An operation made of others is stopped between them. */
Test(limit, of_time_is_told_as_it_is) {
    mlrt_config config;
    mlrt *m = NULL;
    mlrt_config_init(&config);
    config.progress = end_time;
    config.progress_ud = &m;
    config.progress_flops = 1;
    config.threads = 1;
    m = mlrt_open(&config, NULL);
    mlrt_tensor *x = vector(m, 1000), *y = vector(m, 1000), *out[4];
    cr_expect(RUN(m, "cosine_similarity", out, T(x), T(y), I(0), N) ==
              MLRT_ELIMIT);
    SAYS(m, MLRT_ELIMIT, "the time limit is reached");
    mlrt_limit(m, 0, 0);
    drop(x, y, NULL, NULL);
    close_clean(m);
}

/* ---- Small things ----------------------------------------------------- */

Test(limit, what_is_nothing_may_be_freed) {
    mlrt *m = open_with(NULL, 1);
    mlrt_generator *own = mlrt_default_generator(m);
    mlrt_generator_free(own); /* it is the context's */
    mlrt_generator_free(NULL);
    uint64_t state[2], next = mlrt_generator_next(own);
    cr_expect(next == 0xe169c58d6627e8d5u, "%llx", (unsigned long long)next);
    mlrt_generator_get(own, state);
    cr_expect(state[0] == 0 && state[1] == 1);
    mlrt_hook_remove(NULL);
    mlrt_hook_release(NULL);
    mlrt_profile_free(NULL);
    mlrt_profile_stop(NULL);
    mlrt_close(NULL);
    close_clean(m);
}

/* The second of two parameters cannot be updated: the first is left as it was,
 * and so is what the optimizer holds of it. */
Test(optim, a_step_that_fails_leaves_no_state) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *p[] = {leaf(m, 4), leaf(m, 4)}, *g = vector(m, 4);
    mlrt_tensor *shared = mlrt_share(other, p[1]);
    double first = at(p[0], 0);
    for (int i = 0; i < 2; i++)
        cr_assert(mlrt_set_grad(p[i], g) == 0);
    mlrt_optim *o = mlrt_optim_new(m, "adam", p, 2, NULL);
    size_t tensors = memory(m).tensors;
    cr_expect(mlrt_optim_step(o) == MLRT_ESTATE);
    cr_expect(memory(m).tensors == tensors);
    for (int s = 0; s < 3; s++)
        cr_expect(mlrt_optim_slot(o, 0, s) == MLRT_NONE, "%d", s);
    cr_expect(at(p[0], 0) == first && mlrt_optim_steps(o, 0) == 0);
    mlrt_optim_free(o);
    drop(p[0], p[1], g, shared);
    close_clean(m);
    close_clean(other);
}
