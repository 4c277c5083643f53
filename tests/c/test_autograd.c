/* test_autograd.c: checkpoints, hooks and detect_anomaly from C. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "mlrt.h"

static mlrt *m;

static void open_context(void) {
    m = mlrt_open(NULL, NULL);
}

/* Nothing may be left: handles, nodes or tables. */
static void close_context(void) {
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    cr_assert_eq(info.tensors, 0);
    cr_assert_eq(info.live, 0);
    mlrt_close(m);
}

TestSuite(autograd, .init = open_context, .fini = close_context);

/* 0, 1, 2, ... over n, of f64. */
static mlrt_tensor *leaf(int64_t n) {
    mlrt_tensor *x = mlrt_arange(m, 0, (double)n, 1, MLRT_F64);
    cr_assert_not_null(x);
    cr_assert_eq(mlrt_set_requires_grad(x, true), 0);
    return x;
}

static double element(mlrt_tensor *t, int i) {
    return ((const double *)mlrt_data_const(t))[i];
}

static void drop_all(mlrt_tensor *a, mlrt_tensor *b, mlrt_tensor *c) {
    mlrt_release(a);
    mlrt_release(b);
    mlrt_release(c);
}

/* ---- Checkpoints ------------------------------------------------------ */

typedef struct work {
    int runs, drops;
    bool fail, less;
} work;

/* exp(sin(x)), in a scope: what it makes is not the caller's. */
static int again(void *ud, mlrt *ctx, mlrt_tensor *const *ins) {
    work *w = ud;
    w->runs++;
    if (w->fail)
        return mlrt_fail(ctx, MLRT_EUSER, "again: no");
    cr_assert_eq(mlrt_scope_begin(ctx), 0);
    mlrt_tensor *y = mlrt_exp(ctx, mlrt_sin(ctx, mlrt_neg(ctx, ins[0])));
    mlrt_tensor *z = w->less ? y : mlrt_exp(ctx, y);
    cr_assert_not_null(z);
    mlrt_scope_end(ctx);
    return 0;
}

static void dropped(void *ud) {
    ((work *)ud)->drops++;
}

/* exp(exp(sin(-x))), recorded in a checkpoint. */
static mlrt_tensor *checkpointed(mlrt_tensor *x, work *w) {
    mlrt_checkpoint *c = mlrt_checkpoint_begin(m, &x, 1, again, dropped, w);
    cr_assert_not_null(c);
    cr_assert_eq(mlrt_scope_begin(m), 0);
    mlrt_tensor *y = mlrt_neg(m, x);
    y = mlrt_scope_keep(m, mlrt_exp(m, mlrt_exp(m, mlrt_sin(m, y))));
    mlrt_scope_end(m);
    mlrt_checkpoint_end(c);
    cr_assert_not_null(y);
    return y;
}

Test(autograd, checkpoint_runs_again) {
    work w = {0};
    mlrt_tensor *x = leaf(3), *y = checkpointed(x, &w);
    mlrt_tensor *one = mlrt_ones_like(m, y, MLRT_DTYPE_NONE);
    cr_assert_eq(mlrt_backward(y, one, MLRT_RETAIN_GRAPH), 0);
    cr_assert_eq(w.runs, 1);
    cr_assert_eq(mlrt_backward(y, one, 0), 0);
    cr_assert_eq(w.runs, 2);
    cr_assert_eq(w.drops, 1);
    mlrt_tensor *g = mlrt_grad(x);
    for (int i = 0; i < 3; i++) {
        double s = exp(sin(-i));
        cr_assert_float_eq(element(g, i), -2 * exp(s) * s * cos(-i), 1e-12);
    }
    mlrt_release(one);
    drop_all(x, y, g);
}

Test(autograd, checkpoint_that_fails) {
    work w = {.fail = true};
    mlrt_tensor *x = leaf(1), *y = checkpointed(x, &w);
    cr_assert_eq(mlrt_backward(y, MLRT_NONE, 0), MLRT_EUSER);
    cr_assert_str_eq(mlrt_errmsg(m), "again: no");
    w.fail = false;
    w.less = true;
    cr_assert_eq(mlrt_backward(y, MLRT_NONE, 0), MLRT_EGRAD);
    cr_assert(strstr(mlrt_errmsg(m), "3 tensors when it ran first and 2"), "%s",
              mlrt_errmsg(m));
    w.less = false;
    cr_assert_eq(mlrt_backward(y, MLRT_NONE, 0), 0);
    cr_assert_eq(w.drops, 1);
    cr_assert_null(mlrt_checkpoint_begin(m, (mlrt_tensor *[]){NULL}, 1, again,
                                         dropped, &w));
    cr_assert_eq(w.drops, 2);
    drop_all(x, y, NULL);
}

/* ---- Hooks ------------------------------------------------------------ */

static int twice(void *ud, mlrt *ctx, mlrt_tensor *g,
                 mlrt_tensor **replacement) {
    mlrt_tensor *two = mlrt_number(ctx, 2);
    ((work *)ud)->runs++;
    *replacement = mlrt_mul(ctx, g, two);
    mlrt_release(two);
    return *replacement ? 0 : mlrt_errcode(ctx);
}

Test(autograd, hooks_replace_until_removed) {
    work w = {0};
    mlrt_tensor *x = leaf(1), *y = mlrt_neg(m, x);
    mlrt_hook *h = mlrt_hook_add(x, twice, dropped, &w);
    mlrt_hook *k = mlrt_hook_add(y, twice, dropped, &w);
    cr_assert(h && k);
    mlrt_hook_release(k); /* the graph has it */
    cr_assert_eq(mlrt_backward(y, MLRT_NONE, MLRT_RETAIN_GRAPH), 0);
    cr_assert_eq(w.runs, 2);
    mlrt_hook_remove(h);
    cr_assert_eq(w.drops, 1);
    cr_assert_eq(mlrt_backward(y, MLRT_NONE, 0), 0);
    cr_assert_eq(w.drops, 2);
    mlrt_tensor *g = mlrt_grad(x);
    cr_assert_eq(element(g, 0), -6);
    mlrt_hook_release(h);
    drop_all(x, y, g);
}

Test(autograd, a_hook_wants_a_tensor_that_requires_grad) {
    work w = {0};
    mlrt_tensor *x = leaf(1), *y = mlrt_detach(x);
    cr_assert_null(mlrt_hook_add(y, twice, dropped, &w));
    cr_assert_eq(w.drops, 1);
    cr_assert_null(mlrt_hook_add(NULL, twice, dropped, &w));
    drop_all(x, y, NULL);
}

/* ---- detect_anomaly --------------------------------------------------- */

static void here(void *ud, char *text, size_t size) {
    cr_assert(size > 20);
    strcpy(text, ud);
}

Test(autograd, anomaly_names_the_place) {
    char place[] = "line 7";
    cr_assert_eq(mlrt_set_anomaly(m, MLRT_ANOMALY_BACKWARD, here, place), 0);
    mlrt_tensor *x = leaf(1), *root = mlrt_sqrt(m, x);
    mlrt_tensor *y = mlrt_mul(m, root, x);
    cr_assert_eq(mlrt_backward(y, MLRT_NONE, 0), MLRT_ENUMERIC);
    cr_assert_str_eq(mlrt_errmsg(m),
                     "backward: 'sqrt' made a NaN in the gradient of its 'x' "
                     "at (0); it was called at line 7");
    drop_all(x, root, y);
    cr_assert_eq(mlrt_set_anomaly(m, 0, NULL, NULL), MLRT_ANOMALY_BACKWARD);
    cr_assert_eq(mlrt_anomaly(m), 0);
}
