/* test_balance.c: whatever was done and let go of, what is counted as in use
 * is what it was before, to the byte: data, and everything else. */
#include <stdio.h>

#include "says.h"

typedef struct use {
    size_t live, other, tensors;
} use;

static use now(mlrt *m) {
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    return (use){info.live, info.other, info.tensors};
}

static int drops;
static void dropped(void *ud) {
    (void)ud;
    drops++;
}

/* ---- What is done ----------------------------------------------------- */

static int again(void *ud, mlrt *m, mlrt_tensor *const *ins) {
    mlrt_generator *g = ud;
    cr_assert(mlrt_scope_begin(m) == 0);
    mlrt_tensor *y = mlrt_dropout(m, mlrt_exp(m, ins[0]), 0.5, true, g);
    for (int i = 0; i < 40; i++)
        y = mlrt_sin(m, y);
    mlrt_scope_end(m);
    return y ? 0 : mlrt_errcode(m);
}

/* More nodes and numbers than the first tables hold. */
static void checkpoints(mlrt *m) {
    mlrt_generator *g = mlrt_generator_new(m, 3);
    mlrt_tensor *x = leaf(m, 10);
    mlrt_checkpoint *c = mlrt_checkpoint_begin(m, &x, 1, again, dropped, g);
    cr_assert(mlrt_scope_begin(m) == 0);
    mlrt_tensor *y = mlrt_dropout(m, mlrt_exp(m, x), 0.5, true, g);
    for (int i = 0; i < 40; i++)
        y = mlrt_sin(m, y);
    y = mlrt_scope_keep(m, mlrt_sum(m, y, NULL, 0, false));
    mlrt_scope_end(m);
    mlrt_checkpoint_end(c);
    cr_expect(mlrt_backward(y, MLRT_NONE, MLRT_RETAIN_GRAPH) == 0, "%s",
              mlrt_errmsg(m));
    cr_expect(mlrt_backward(y, MLRT_NONE, 0) == 0, "%s", mlrt_errmsg(m));
    drop(x, y, NULL, NULL);
    mlrt_generator_free(g);
}

static int hook(void *ud, mlrt *m, mlrt_tensor *g, mlrt_tensor **y) {
    (void)ud;
    *y = mlrt_neg(m, g);
    return 0;
}

static void wide_walks(mlrt *m) {
    enum { LEAVES = 70 };
    mlrt_tensor *x[LEAVES], *sum = mlrt_zeros(m, (int64_t[]){3}, 1, MLRT_F32);
    for (int i = 0; i < LEAVES; i++) {
        x[i] = leaf(m, 3);
        mlrt_hook_release(mlrt_hook_add(x[i], hook, dropped, NULL));
        mlrt_tensor *e = mlrt_exp(m, x[i]), *next = mlrt_add(m, sum, e);
        drop(sum, e, NULL, NULL);
        sum = next;
    }
    mlrt_tensor *y = mlrt_sum(m, sum, NULL, 0, false), *grads[LEAVES];
    cr_expect(mlrt_backward(y, MLRT_NONE, MLRT_RETAIN_GRAPH) == 0);
    cr_expect(mlrt_grad_of(m, &y, NULL, 1, x, LEAVES, 0, grads) == 0);
    for (int i = 0; i < LEAVES; i++)
        drop(x[i], grads[i], NULL, NULL);
    drop(sum, y, NULL, NULL);
}

static void where(void *ud, char *text, size_t size) {
    (void)ud;
    snprintf(text, size, "here");
}

static void failures(mlrt *m) {
    mlrt_tensor *x = leaf(m, 4), *bad = vector(m, 3), *out[4];
    mlrt_tensor *root, *y,
        *flat = mlrt_zeros(m, (int64_t[]){9, 9}, 2, MLRT_F32);
    cr_expect(RUN(m, "matmul", out, T(flat), T(bad)) < 0);
    cr_expect(RUN(m, "inv", out, T(flat)) < 0);
    mlrt_set_anomaly(m, MLRT_ANOMALY_BACKWARD, where, NULL);
    mlrt_tensor *zero = mlrt_mul(m, x, MLRT_NONE);
    cr_expect(!zero);
    zero = mlrt_sub(m, x, x);
    root = mlrt_sqrt(m, zero);
    mlrt_tensor *none = mlrt_mul(m, root, zero);
    y = mlrt_sum(m, none, NULL, 0, false);
    cr_expect(mlrt_backward(y, MLRT_NONE, 0) == MLRT_ENUMERIC, "%s",
              mlrt_errmsg(m));
    mlrt_set_anomaly(m, 0, NULL, NULL);
    drop(x, bad, flat, zero);
    drop(root, none, y, NULL);
}

static int line(void *ud, char *file, size_t size) {
    snprintf(file, size, "a");
    return ++*(int *)ud;
}

static void profiles(mlrt *m) {
    int at = 0;
    mlrt_profile_options o;
    mlrt_profile_options_init(&o);
    o.where = line;
    o.ud = &at;
    o.max_events = 1000;
    mlrt_tensor *x = vector(m, 4);
    mlrt_profile *p = mlrt_profile_start(m, &o);
    for (int i = 0; i < 100; i++)
        mlrt_release(mlrt_exp(m, x));
    cr_expect(mlrt_profile_count(p) == 100 && mlrt_profile_events(p) == 100);
    mlrt_profile_free(p);
    mlrt_release(x);
}

static void optimizers(mlrt *m) {
    static const char *const kinds[] = {"sgd", "adam", "adamw", "rmsprop",
                                        "adagrad"};
    for (int k = 0; k < 5; k++) {
        mlrt_tensor *x = leaf(m, 5), *g = vector(m, 5);
        cr_assert(mlrt_set_grad(x, g) == 0);
        mlrt_optim *o = mlrt_optim_new(m, kinds[k], &x, 1, NULL);
        mlrt_optim *like = mlrt_optim_like(o);
        cr_expect(mlrt_optim_step(o) == 0);
        mlrt_optim_exchange(o, like);
        bool finite = false;
        cr_expect(mlrt_optim_finite(o, &finite) == 0 && finite);
        mlrt_optim_free(o);
        mlrt_optim_free(like);
        drop(x, g, NULL, NULL);
    }
}

static void files(mlrt *m) {
    mlrt_bundle *b = mlrt_bundle_new(m);
    mlrt_tensor *x = vector(m, 5);
    char name[16];
    for (int i = 0; i < 70; i++) {
        snprintf(name, sizeof name, "t%d", i);
        cr_expect(mlrt_bundle_add(b, name, x) == 0);
        cr_expect(mlrt_bundle_meta(b, name, "text") == 0);
    }
    cr_expect(mlrt_bundle_add(b, "t0", x) == MLRT_EARG);
    cr_expect(!mlrt_bundle_load(m, "/nowhere/x", true));
    cr_expect(!mlrt_bundle_load_memory(m, "12345678", 8));
    cr_expect(mlrt_mount(m, "a", "b", 1) == 0 &&
              mlrt_mount(m, "c", "", 0) == 0);
    mlrt_unmount(m, "a");
    mlrt_unmount(m, "c");
    mlrt_unmount(m, "c");
    mlrt_bundle_free(b);
    mlrt_release(x);
}

static void threads(mlrt *m) {
    for (int n = 1; n < 4; n++)
        cr_expect(mlrt_set_threads(m, n) == 0);
    cr_expect(mlrt_set_threads(m, 1) == 0);
}

/* Scopes' table grows, and is kept. */
static void scopes(mlrt *m) {
    cr_assert(mlrt_scope_begin(m) == 0);
    for (int i = 0; i < 100; i++)
        cr_expect(vector(m, 2) != NULL);
    mlrt_scope_end(m);
}

Test(balance, of_everything_that_is_done) {
    static void (*const all[])(mlrt *) = {checkpoints, wide_walks, failures,
                                          profiles,    optimizers, files,
                                          threads,     scopes};
    mlrt *m = open_with(NULL, 1);
    scopes(m);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (int round = 0; round < 2; round++) {
            use before = now(m);
            all[i](m);
            use after = now(m);
            cr_expect(after.live == before.live, "%zu: %zu, then %zu", i,
                      before.live, after.live);
            cr_expect(after.other == before.other, "%zu: %zu, then %zu", i,
                      before.other, after.other);
            cr_expect(after.tensors == before.tensors, "%zu", i);
        }
    cr_expect(drops == 2 + 2 * 70, "%d", drops);
    close_clean(m);
}
