/* test_misuse.c: what wrong calls from C are told, in full. */
#include <limits.h>
#include <stdio.h>

#include "says.h"

/* An operation refuses, with that code and message. */
#define TELLS(m, code, text, in_place, name, ...)                              \
    do {                                                                       \
        mlrt_tensor *none_[4];                                                 \
        int err_ = mlrt_op_call(m, mlrt_op_find(m, name),                      \
                                (mlrt_arg[MLRT_MAX_ARGS]){__VA_ARGS__},        \
                                in_place, none_, 4);                           \
        cr_expect(err_ == (code), "%d", err_);                                 \
        SAYS(m, code, text);                                                   \
    } while (0)

/* ---- Arguments -------------------------------------------------------- */

Test(misuse, arguments_of_another_kind) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = vector(m, 4), *y = vector(other, 4);
    mlrt_tensor *pair[] = {x, MLRT_NONE};
    TELLS(m, MLRT_EARG,
          "exp: argument 'x': a tensor expected, got something "
          "else",
          false, "exp", D(1));
    TELLS(m, MLRT_EARG, "exp: argument 'x': a value expected, got none", false,
          "exp", N);
    TELLS(m, MLRT_EARG,
          "exp: argument 'x': a tensor of this context expected, "
          "got another's",
          false, "exp", T(y));
    TELLS(m, MLRT_EARG,
          "cat: argument 'tensors': a list of tensors expected, "
          "got something else",
          false, "cat", T(x), N);
    TELLS(m, MLRT_EARG,
          "cat: argument 'tensors': tensors expected, got none "
          "among them",
          false, "cat", list_of(2, pair), N);
    TELLS(m, MLRT_EARG,
          "reshape: argument 'shape': a list of integers "
          "expected, got something else",
          false, "reshape", T(x), D(2));
    TELLS(m, MLRT_EARG,
          "elu: argument 'alpha': a number expected, got "
          "something else",
          false, "elu", T(x), T(x));
    TELLS(m, MLRT_EARG,
          "full: argument 'value': a number expected, got "
          "something else",
          false, "full", INTS(2), T(x), N);
    TELLS(m, MLRT_EARG,
          "softmax: argument 'dim': an integer expected, got "
          "another type",
          false, "softmax", T(x), D(0.5));
    TELLS(m, MLRT_EARG,
          "uniform_: argument 'generator': a generator expected, "
          "got something else",
          true, "uniform_", T(x), D(0), D(1), I(3));
    TELLS(m, MLRT_EARG,
          "einsum: argument 'equation': a text expected, got "
          "something else",
          false, "einsum", I(1), list_of(1, &x));
    drop(x, y, NULL, NULL);
    close_clean(m);
    close_clean(other);
}

Test(misuse, pairs_are_one_or_two_integers) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_F32, 4, (int64_t[]){1, 1, 6, 6});
    TELLS(m, MLRT_EARG,
          "avg_pool2d: argument 'kernel_size': one or two "
          "integers expected, got another count",
          false, "avg_pool2d", T(x), INTS(2, 2, 2), N, N, N, N, N);
    mlrt_tensor *y = GET(m, "avg_pool2d", T(x), INTS(2, 3), N, N, N, N, N);
    cr_expect(mlrt_shape(y)[2] == 3 && mlrt_shape(y)[3] == 2);
    mlrt_tensor *z = GET(m, "avg_pool2d", T(x), I(2), N, N, N, N, N);
    cr_expect(mlrt_shape(z)[2] == 3 && mlrt_shape(z)[3] == 3);
    drop(x, y, z, NULL);
    close_clean(m);
}

/* A whole number stands for an integer; numbers of tensors' places count. */
Test(misuse, whole_numbers_are_integers) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){2, 3});
    mlrt_tensor *y = GET(m, "softmax", T(x), D(0));
    mlrt_tensor *z = GET(m, "softmax", T(x), I(0));
    for (int i = 0; i < 6; i++)
        cr_expect(at(y, i) == at(z, i));
    drop(x, y, z, NULL);
    close_clean(m);
}

Test(misuse, places_without_an_operation) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = vector(m, 4), *out[4];
    mlrt_arg args[MLRT_MAX_ARGS] = {T(x), T(x)};
    cr_expect(mlrt_op_call(m, -1, args, false, out, 4) == MLRT_EARG);
    SAYS(m, MLRT_EARG, "op_call: no operation -1");
    cr_expect(mlrt_op_call(m, INT_MAX, args, false, out, 4) == MLRT_EARG);
    SAYS(m, MLRT_EARG, "op_call: no operation 2147483647");
    cr_expect(mlrt_op_call(m, mlrt_op_count(m), args, false, out, 4) ==
              MLRT_EARG);
    TELLS(m, MLRT_EARG, "matmul_: has no in-place form", true, "matmul", T(x),
          T(x));
    TELLS(m, MLRT_EARG, "add_: the target is not a tensor", true, "add", D(1),
          T(x));
    cr_expect(mlrt_op_call(m, mlrt_op_find(m, "add"), args, false, out, 0) ==
              MLRT_EARG);
    SAYS(m, MLRT_EARG, "add: 1 outputs, room for 0");
    mlrt_release(x);
    close_clean(m);
}

static bool call_meanwhile(void *ud) {
    mlrt_tensor **x = ud, *y = mlrt_exp(mlrt_context(*x), *x);
    cr_expect(!y);
    SAYS(mlrt_context(*x), MLRT_ESTATE,
         "exp: called while memory is being reclaimed");
    cr_expect(!mlrt_share(mlrt_context(*x), *x));
    SAYS(mlrt_context(*x), MLRT_ESTATE,
         "share: the context is reclaiming memory");
    cr_expect(!mlrt_profile_start(mlrt_context(*x), NULL));
    SAYS(mlrt_context(*x), MLRT_ESTATE,
         "profile: started while memory is being reclaimed");
    mlrt_release(*x);
    *x = NULL;
    return true;
}

/* Memory that runs out is asked back of the host once. */
Test(misuse, nothing_runs_while_memory_is_reclaimed) {
    mlrt_config config;
    mlrt_tensor *x = NULL;
    mlrt_config_init(&config);
    config.max_bytes = 16 << 20;
    config.reclaim = call_meanwhile;
    config.reclaim_ud = &x;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    x = vector(m, 2 << 20);
    mlrt_tensor *y = vector(m, 2 << 20);
    cr_expect(y && !x, "%s", mlrt_errmsg(m));
    mlrt_release(y);
    close_clean(m);
}

Test(misuse, of_a_closed_context) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = vector(m, 4), *y = vector(other, 4);
    mlrt_close(m);
    cr_expect(!mlrt_exp(m, x));
    SAYS(m, MLRT_ESTATE, "exp: the context is closed");
    cr_expect(!mlrt_share(m, y));
    SAYS(m, MLRT_ESTATE, "share: the context is closed");
    cr_expect(!mlrt_give(m, y));
    SAYS(m, MLRT_ESTATE, "give: the context is closed");
    cr_expect(!mlrt_profile_start(m, NULL));
    SAYS(m, MLRT_ESTATE, "profile: the context is closed");
    drop(x, y, NULL, NULL);
    close_clean(other);
}

Test(misuse, scopes_deeper_than_64) {
    mlrt *m = open_with(NULL, 1);
    for (int i = 0; i < 64; i++)
        cr_assert(mlrt_scope_begin(m) == 0, "%d", i);
    cr_expect(mlrt_scope_begin(m) == MLRT_ESTATE);
    SAYS(m, MLRT_ESTATE, "scope: more than 64 levels");
    mlrt_tensor *x = vector(m, 3);
    mlrt_scope_end(m);
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    cr_expect(x && info.tensors == 0);
    for (int i = 0; i < 64; i++)
        mlrt_scope_end(m); /* one too many does nothing */
    x = vector(m, 3);
    mlrt_scope_end(m);
    mlrt_release(x);
    close_clean(m);
}

Test(misuse, statuses_have_texts) {
    cr_expect_str_eq(mlrt_status_text(1), "unknown status");
    cr_expect_str_eq(mlrt_status_text(-100), "unknown status");
    cr_expect_str_eq(mlrt_status_text(INT_MIN), "unknown status");
    int n = 0;
    while (strcmp(mlrt_status_text(-n), "unknown status") != 0)
        n++;
    cr_expect(n > MLRT_OK - MLRT_EARG && n < 40);
    for (int i = n; i < n + 8; i++)
        cr_expect_str_eq(mlrt_status_text(-i), "unknown status");
}

/* ---- Tensors ---------------------------------------------------------- */

Test(misuse, dtypes_that_are_none) {
    mlrt *m = open_with(NULL, 1);
    float data[4] = {0};
    int64_t four = 4;
    int wrong[] = {-1, MLRT_NDTYPES, MLRT_NDTYPES + 5};
    for (int i = 0; i < 3; i++) {
        char text[80];
        snprintf(text, sizeof text, "empty: no such dtype (%d)", wrong[i]);
        cr_expect(!mlrt_empty(m, (mlrt_dtype)wrong[i], 1, &four));
        SAYS(m, MLRT_EDTYPE, text);
        snprintf(text, sizeof text, "borrow: no such dtype (%d)", wrong[i]);
        cr_expect(
            !mlrt_borrow(m, (mlrt_dtype)wrong[i], 1, &four, data, NULL, NULL));
        SAYS(m, MLRT_EDTYPE, text);
    }
    for (int d = 0; d < MLRT_NDTYPES; d++) {
        mlrt_tensor *t = mlrt_empty(m, (mlrt_dtype)d, 1, &four);
        cr_expect(t != NULL);
        mlrt_release(t);
    }
    close_clean(m);
}

Test(misuse, shapes_that_are_none) {
    mlrt *m = open_with(NULL, 1);
    int64_t negative[] = {2, -3}, huge[] = {1 << 20, 1 << 20, 1 << 24};
    int64_t wide = INT64_MAX / 4, ones[17];
    for (int i = 0; i < 17; i++)
        ones[i] = 1;
    cr_expect(!mlrt_empty(m, MLRT_F32, MLRT_MAX_DIMS + 1, ones));
    SAYS(m, MLRT_ESHAPE, "empty: 9 dimensions, at most 8 are possible");
    cr_expect(!mlrt_empty(m, MLRT_F32, -1, ones));
    SAYS(m, MLRT_ESHAPE, "empty: -1 dimensions, at most 8 are possible");
    cr_expect(!mlrt_empty(m, MLRT_F32, 2, negative));
    SAYS(m, MLRT_ESHAPE, "empty: negative size -3");
    cr_expect(!mlrt_empty(m, MLRT_U8, 3, huge));
    SAYS(m, MLRT_ESHAPE,
         "empty: shape (1048576, 1048576, 16777216) is too large");
    cr_expect(!mlrt_borrow(m, MLRT_F64, 1, &wide, huge, NULL, NULL));
    SAYS(m, MLRT_ESHAPE, "borrow: shape (2305843009213693951) is too large");
    mlrt_tensor *t = mlrt_empty(m, MLRT_F32, MLRT_MAX_DIMS, ones);
    cr_expect(t && mlrt_numel(t) == 1);
    mlrt_release(t);
    close_clean(m);
}

Test(tensor, write_and_read_of_any_layout) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = mlrt_zeros(m, (int64_t[]){2, 3}, 2, MLRT_F32);
    mlrt_tensor *y = mlrt_t(m, x);
    float in[6] = {1, 2, 3, 4, 5, 6}, out[6] = {0};
    cr_assert(mlrt_write(y, in, sizeof in) == 0);
    cr_assert(mlrt_read(y, out, sizeof out) == 0);
    cr_expect(memcmp(in, out, sizeof in) == 0);
    cr_expect(at(x, 0) == 1 && at(x, 1) == 3 && at(x, 3) == 2);
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    cr_expect(info.tensors == 2);
    cr_assert(mlrt_write(x, in, sizeof in) == 0);
    cr_expect(at(x, 1) == 2 && !mlrt_data_const(y) && !mlrt_data(y));
    cr_expect(mlrt_read(x, out, 23) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE, "read: 23 bytes given, f32 (2, 3) has 24");
    cr_expect(mlrt_write(x, in, 25) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE, "write: 25 bytes given, f32 (2, 3) has 24");
    cr_expect(mlrt_read(NULL, out, 0) == MLRT_EARG);
    cr_expect(mlrt_write(MLRT_NONE, out, 0) == MLRT_EARG);
    drop(x, y, NULL, NULL);
    close_clean(m);
}

Test(tensor, items_of_every_dtype) {
    mlrt *m = open_with(NULL, 1);
    for (int d = 0; d < MLRT_NDTYPES; d++) {
        double want = d == MLRT_BOOL ? 1 : 3, value = 0;
        int64_t whole = 0;
        mlrt_tensor *t = LIST(m, (mlrt_dtype)d, want);
        cr_expect(mlrt_item(t, &value) == 0 && value == want, "%d", d);
        cr_expect(mlrt_item_int(t, &whole) == 0 && whole == (int64_t)want);
        mlrt_release(t);
    }
    mlrt_tensor *two = vector(m, 2);
    double value;
    int64_t whole;
    cr_expect(mlrt_item(two, &value) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE, "item: a tensor of shape (2) has 2 elements, not one");
    cr_expect(mlrt_item_int(two, &whole) == MLRT_ESHAPE);
    cr_expect(mlrt_item(NULL, &value) == MLRT_EARG);
    cr_expect(mlrt_item_int(MLRT_NONE, &whole) == MLRT_EARG);
    mlrt_release(two);
    close_clean(m);
}

Test(misuse, assign) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = vector(m, 4), *y = vector(other, 4), *w = leaf(m, 4);
    mlrt_tensor *none = MLRT_NONE, *three = vector(m, 3);
    mlrt_tensor *index = mlrt_zeros(m, (int64_t[]){4}, 1, MLRT_INDEX);
    double first = at(x, 0);
    cr_expect(mlrt_assign(m, &x, &y, 1) == MLRT_EARG);
    SAYS(m, MLRT_EARG, "assign: a tensor of another context");
    cr_expect(mlrt_assign(m, &y, &x, 1) == MLRT_EARG);
    SAYS(m, MLRT_EARG, "assign: a tensor of another context");
    cr_expect(mlrt_assign(m, &x, &none, 1) == MLRT_EARG);
    cr_expect(mlrt_assign(m, &none, &x, 1) == MLRT_EARG);
    cr_expect(mlrt_assign(m, &x, &three, 1) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE, "assign: f32 (3) into f32 (4)");
    cr_expect(mlrt_assign(m, &x, &index, 1) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE, "assign: index (4) into f32 (4)");
    cr_expect(mlrt_assign(m, &w, &x, 1) == MLRT_EGRAD);
    SAYS(m, MLRT_EGRAD,
         "assign: the target requires grad; do it under "
         "no_grad");
    /* The first of two is not written where the second is refused. */
    mlrt_tensor *to[] = {x, x}, *from[] = {w, three};
    set(w, 0, 77);
    cr_expect(mlrt_assign(m, to, from, 2) == MLRT_ESHAPE && at(x, 0) == first);
    cr_expect(mlrt_assign(m, to, from, 1) == 0 && at(x, 0) == 77);
    drop(x, y, w, three);
    mlrt_release(index);
    close_clean(m);
    close_clean(other);
}

/* ---- Gradients -------------------------------------------------------- */

Test(misuse, gradients_that_do_not_fit) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4), *three = vector(m, 3), *y = mlrt_exp(m, x);
    mlrt_tensor *f64 = make(m, MLRT_F64, 1, (int64_t[]){4});
    mlrt_tensor *foreign = vector(other, 4);
    cr_expect(mlrt_set_grad(x, three) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE, "grad: f32 (4) expected, got f32 (3)");
    cr_expect(mlrt_set_grad(x, f64) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE, "grad: f32 (4) expected, got f64 (4)");
    cr_expect(mlrt_set_grad(x, foreign) == MLRT_EARG);
    SAYS(m, MLRT_EARG,
         "grad: a tensor of this context expected, got "
         "another's");
    cr_expect(mlrt_set_grad(x, NULL) == MLRT_EARG);
    cr_expect(mlrt_set_grad(MLRT_NONE, x) == MLRT_EARG);
    cr_expect(mlrt_grad(x) == MLRT_NONE && !mlrt_grad(NULL));
    cr_expect(mlrt_set_requires_grad(y, true) == MLRT_EGRAD);
    SAYS(m, MLRT_EGRAD,
         "requires_grad: only a leaf can be changed; detach() "
         "first");
    mlrt_tensor *index = mlrt_zeros(m, NULL, 0, MLRT_INDEX);
    cr_expect(mlrt_set_requires_grad(index, true) == MLRT_EDTYPE);
    SAYS(m, MLRT_EDTYPE, "requires_grad: f32 or f64 expected, got index");
    cr_expect(mlrt_set_requires_grad(index, false) == 0);
    cr_expect(mlrt_backward(y, three, 0) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE, "backward: y has shape (4), its gradient (3)");
    cr_expect(mlrt_backward(y, MLRT_NONE, 0) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE,
         "backward: y has shape (4); without a gradient it "
         "must have one element");
    cr_expect(mlrt_backward(three, MLRT_NONE, 0) == MLRT_EGRAD);
    SAYS(m, MLRT_EGRAD,
         "backward: nothing that requires grad led to this "
         "tensor");
    cr_expect(mlrt_backward(y, NULL, 0) == MLRT_EARG);
    cr_expect(mlrt_backward(NULL, y, 0) == MLRT_EARG);
    drop(x, three, f64, foreign);
    drop(y, index, NULL, NULL);
    close_clean(m);
    close_clean(other);
}

static int interrupting(void *ud, mlrt *m, mlrt_tensor *g, mlrt_tensor **y) {
    (void)ud, (void)g, (void)y;
    mlrt_interrupt(m);
    return 0;
}

Test(misuse, a_walk_that_is_interrupted) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4), *e = mlrt_exp(m, x), *n = mlrt_neg(m, e);
    mlrt_tensor *y = mlrt_sum(m, n, NULL, 0, false);
    mlrt_hook *h = mlrt_hook_add(n, interrupting, NULL, NULL);
    cr_expect(mlrt_backward(y, MLRT_NONE, MLRT_RETAIN_GRAPH) == MLRT_ECANCEL);
    SAYS(m, MLRT_ECANCEL, "interrupted!");
    mlrt_resume(m);
    mlrt_hook_remove(h);
    mlrt_hook_release(h);
    cr_expect(mlrt_grad(x) == MLRT_NONE);
    cr_expect(mlrt_backward(y, MLRT_NONE, 0) == 0, "%s", mlrt_errmsg(m));
    mlrt_tensor *g = mlrt_grad(x);
    cr_expect(at(g, 0) == -at(e, 0));
    drop(x, e, n, y);
    mlrt_release(g);
    close_clean(m);
}
