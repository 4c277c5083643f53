/* test_index.c: rows, gathering, scattering and masks. */
#include "core.h"

#include "call.h"

static void expect_list(mlrt_tensor *t, int n, const double *want) {
    cr_assert(mlrt_numel(t) == n, "%lld elements, not %d",
              (long long)mlrt_numel(t), n);
    for (int i = 0; i < n; i++)
        cr_expect(at(t, i) == want[i], "[%d] is %g, not %g", i, at(t, i),
                  want[i]);
    mlrt_release(t);
}
#define EXPECT(t, ...)                                                         \
    expect_list(t, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)),    \
                (double[]){__VA_ARGS__})

static mlrt_tensor *shaped(mlrt_tensor *t, int ndim, const int64_t *shape) {
    mlrt_tensor *y = mlrt__handle(t->ctx, t->storage, t->dtype, ndim, shape,
                                  NULL, 0);
    cr_assert(y && y->numel == t->numel);
    mlrt_release(t);
    return y;
}

/* 1 2 3 / 4 5 6, of any dtype, and the same memory seen as 3 x 2. */
static mlrt_tensor *table(mlrt *m, mlrt_dtype dtype) {
    return shaped(LIST(m, dtype, 1, 2, 3, 4, 5, 6), 2, (int64_t[]){2, 3});
}
static mlrt_tensor *turned(mlrt_tensor *t) {
    return mlrt__handle(t->ctx, t->storage, t->dtype, 2,
                        (int64_t[]){t->shape[1], t->shape[0]},
                        (int64_t[]){t->stride[1], t->stride[0]}, t->offset);
}

Test(index, select_takes_slices_of_every_dtype) {
    mlrt *m = open_with(NULL, 2);
    for (int d = 0; d < MLRT_NDTYPES; d++) {
        if (d == MLRT_BOOL) /* it holds 0 and 1 only */
            continue;
        mlrt_tensor *x = table(m, (mlrt_dtype)d), *xt = turned(x);
        mlrt_tensor *i = LIST(m, MLRT_INDEX, 1, 0, 1);
        EXPECT(GET(m, "index_select", T(x), I(0), T(i)), 4, 5, 6, 1, 2, 3, 4, 5,
               6);
        EXPECT(GET(m, "index_select", T(x), I(-1), T(i)), 2, 1, 2, 5, 4, 5);
        EXPECT(GET(m, "index_select", T(xt), I(0), T(i)), 2, 5, 1, 4, 2, 5);
        drop(x, xt, i, NULL);
    }
    close_clean(m);
}

Test(index, select_of_many_rows_equals_one_by_one) {
    mlrt *m = open_with(NULL, 2);
    int64_t n = 3000, w = 70;
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){500, w});
    mlrt_tensor *i = mlrt_empty(m, MLRT_INDEX, 1, &n);
    for (int64_t k = 0; k < n; k++)
        set(i, k, (double)(k * 7919 % 500));
    mlrt_tensor *y = GET(m, "index_select", T(x), I(0), T(i));
    for (int64_t k = 0; k < n * w; k++)
        cr_assert(at(y, k) == at(x, k / w * 7919 % 500 * w + k % w));
    drop(x, i, y, NULL);
    close_clean(m);
}

Test(index, positions_are_checked_and_shown_from_one) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = table(m, MLRT_F32), *i = LIST(m, MLRT_INDEX, 0, 3);
    mlrt_tensor *none = LIST(m, MLRT_INDEX, -1);
    mlrt_tensor *flat = shaped(LIST(m, MLRT_INDEX, 0, 0), 2, (int64_t[]){1, 2});
    REFUSES(m, "index 4 is out of range 1..3", "index_select", T(x), I(1),
            T(i));
    REFUSES(m, "holds none", "index_select", T(x), I(1), T(none));
    REFUSES(m, "index: 1 dimension expected, got shape (1, 2)", "index_select",
            T(x), I(1), T(flat));
    REFUSES(m, "argument 'index': index expected, got f32", "index_select",
            T(x), I(1), T(x));
    REFUSES(m, "gather: index (2) does not fit", "gather", T(x), I(1), T(i));
    drop(x, i, none, flat);
    close_clean(m);
}

Test(index, adding_adds_equal_positions_up) {
    mlrt *m = open_with(NULL, 2);
    for (int d = MLRT_F32; d <= MLRT_U8; d++) {
        mlrt_tensor *x = table(m, (mlrt_dtype)d);
        mlrt_tensor *s = table(m, (mlrt_dtype)d);
        mlrt_tensor *i = LIST(m, MLRT_INDEX, 1, 1);
        EXPECT(GET(m, "index_add", T(x), I(0), T(i), T(s)), 1, 2, 3, 9, 12, 15);
        drop(x, s, i, NULL);
    }
    mlrt_tensor *x = table(m, MLRT_F32), *i = LIST(m, MLRT_INDEX, 1, 1);
    REFUSES(m, "index_add: source: f32 (2, 2) expected, got f32 (2, 3)",
            "index_add", T(x), I(1), T(i), T(x));
    drop(x, i, NULL, NULL);
    close_clean(m);
}

Test(index, embedding_skips_none_both_ways) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *w = table(m, MLRT_F32), *i = LIST(m, MLRT_INDEX, 1, -1, 1);
    mlrt_tensor *y = GET(m, "embedding", T(w), T(i));
    cr_expect(mlrt_ndim(y) == 2);
    EXPECT(GET(m, "_embedding_grad", T(y), T(i), I(2)), 0, 0, 0, 8, 10, 12);
    EXPECT(y, 4, 5, 6, 0, 0, 0, 4, 5, 6);
    drop(w, i, NULL, NULL);
    close_clean(m);
}

Test(index, gather_and_scatter_go_opposite_ways) {
    mlrt *m = open_with(NULL, 1);
    for (int d = 0; d < MLRT_NDTYPES; d++) {
        mlrt_tensor *x = table(m, (mlrt_dtype)d), *xt = turned(x);
        mlrt_tensor *i = shaped(LIST(m, MLRT_INDEX, 1, 0, 1), 2,
                                (int64_t[]){1, 3});
        mlrt_tensor *j = shaped(LIST(m, MLRT_INDEX, 2, 0, 1, 1), 2,
                                (int64_t[]){2, 2});
        EXPECT(GET(m, "gather", T(x), I(0), T(i)), 4, 2, 6);
        EXPECT(GET(m, "gather", T(x), I(1), T(j)), 3, 1, 5, 5);
        EXPECT(GET(m, "gather", T(xt), I(0), T(j)), 3, 4, 2, 5);
        mlrt_tensor *s = shaped(LIST(m, (mlrt_dtype)d, 7, 8, 9), 2,
                                (int64_t[]){1, 3});
        EXPECT(GET(m, "scatter", T(x), I(0), T(i), T(s)), 1, 8, 3, 7, 5, 9);
        if (d < MLRT_BOOL)
            EXPECT(GET(m, "scatter_add", T(x), I(0), T(i), T(s)), 1, 10, 3, 11,
                   5, 15);
        drop(x, xt, i, j);
        mlrt_release(s);
    }
    close_clean(m);
}

Test(index, scatter_in_place_reaches_strided_targets) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = table(m, MLRT_F32), *xt = turned(x), *out[4];
    mlrt_tensor *i = shaped(LIST(m, MLRT_INDEX, 2), 2, (int64_t[]){1, 1});
    mlrt_tensor *s = shaped(LIST(m, MLRT_F32, 9), 2, (int64_t[]){1, 1});
    mlrt_arg args[] = {T(xt), I(0), T(i), T(s)};
    int id = mlrt_op_find(m, "scatter");
    cr_assert(mlrt_op_call(m, id, args, true, out, 4) == 1);
    mlrt_release(out[0]);
    EXPECT(x, 1, 2, 9, 4, 5, 6);
    drop(xt, i, s, NULL);
    close_clean(m);
}

Test(index, assigning_slices_broadcasts) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *i = LIST(m, MLRT_INDEX, 2, 0);
    mlrt_tensor *v = shaped(LIST(m, MLRT_F32, 7, 8), 2, (int64_t[]){2, 1});
    mlrt_tensor *x = table(m, MLRT_F32);
    EXPECT(GET(m, "index_fill", T(x), I(1), T(i), D(0)), 0, 2, 0, 0, 5, 0);
    EXPECT(GET(m, "index_fill", T(x), I(1), T(i), T(v)), 7, 2, 7, 8, 5, 8);
    REFUSES(m, "value (2, 3) does not fit in 2 slices of (2, 3)", "index_fill",
            T(x), I(1), T(i), T(x));
    mlrt_release(GET(m, "index_assign_", T(x), I(1), T(i), T(v)));
    EXPECT(x, 7, 2, 7, 8, 5, 8);
    drop(i, v, NULL, NULL);
    close_clean(m);
}

Test(index, gather_rows_normalises_pixels) {
    static const char *const isas[] = {"base", "avx2", "avx512"};
    for (int k = 0; k < 3; k++) {
        mlrt *m = open_with(isas[k], 2);
        if (!m)
            continue;
        mlrt_tensor *x = make(m, MLRT_U8, 3, (int64_t[]){40, 28, 28});
        mlrt_tensor *i = LIST(m, MLRT_INDEX, 39, 0, 7, 7);
        mlrt_tensor *y = GET(m, "gather_rows", T(x), T(i), D(2 / 255.0), I(-1));
        cr_assert(mlrt_ndim(y) == 3 && mlrt_dtype_of(y) == MLRT_F32);
        for (int64_t p = 0; p < 4 * 784; p++) {
            int64_t row = (int64_t)at(i, p / 784);
            double want = at(x, row * 784 + p % 784) * 2 / 255 - 1;
            cr_assert(fabs(at(y, p) - want) < 1e-6);
        }
        REFUSES(m, "u8, f32 or f64 expected, got index", "gather_rows", T(i),
                T(i));
        drop(x, i, y, NULL);
        close_clean(m);
    }
}

Test(index, one_hot_counts_classes) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *i = LIST(m, MLRT_INDEX, 1, -1, 2);
    EXPECT(GET(m, "one_hot", T(i)), 0, 1, 0, 0, 0, 0, 0, 0, 1);
    EXPECT(GET(m, "one_hot", T(i), I(4)), 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
    REFUSES(m, "index 3 is out of range 1..2", "one_hot", T(i), I(2));
    mlrt_release(i);
    close_clean(m);
}

/* ---- Masks ------------------------------------------------------------ */

Test(index, nonzero_lists_positions) {
    mlrt *m = open_with(NULL, 1);
    for (int d = 0; d < MLRT_INDEX; d++) {
        mlrt_tensor *x = shaped(LIST(m, (mlrt_dtype)d, 0, 1, 0, 0, 2, 3), 2,
                                (int64_t[]){2, 3});
        mlrt_tensor *xt = turned(x), *y = GET(m, "nonzero", T(x));
        cr_expect(mlrt_dtype_of(y) == MLRT_INDEX && mlrt_ndim(y) == 2);
        EXPECT(y, 0, 1, 1, 1, 1, 2);
        EXPECT(GET(m, "nonzero", T(xt)), 1, 0, 1, 1, 2, 1);
        drop(x, xt, NULL, NULL);
    }
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){0, 3});
    mlrt_tensor *y = GET(m, "nonzero", T(x));
    cr_expect(mlrt_ndim(y) == 2 && mlrt_shape(y)[0] == 0 &&
              mlrt_shape(y)[1] == 2);
    drop(x, y, NULL, NULL);
    close_clean(m);
}

Test(index, masks_fill_and_assign) {
    mlrt *m = open_with(NULL, 1);
    for (int d = 0; d < MLRT_INDEX; d++) {
        mlrt_tensor *x = table(m, (mlrt_dtype)d);
        mlrt_tensor *row = LIST(m, MLRT_BOOL, 1, 0, 1);
        mlrt_tensor *mask = LIST(m, MLRT_BOOL, 0, 1);
        mlrt_tensor *v = LIST(m, (mlrt_dtype)d, 7, 8, 9);
        EXPECT(GET(m, "masked_fill", T(x), T(row), I(1)), 1, 2, 1, 1, 5, 1);
        mlrt_release(GET(m, "masked_assign_", T(x), T(mask), T(v)));
        REFUSES(m, "mask (3) is not shaped as", "masked_assign_", T(x), T(row),
                T(v));
        EXPECT(x, 1, 2, 3, 7, 8, 9);
        drop(row, mask, v, NULL);
    }
    mlrt_tensor *x = table(m, MLRT_F32), *xt = turned(x);
    mlrt_tensor *mask = shaped(LIST(m, MLRT_BOOL, 0, 1, 0, 0, 1, 1), 2,
                               (int64_t[]){3, 2});
    mlrt_tensor *v = LIST(m, MLRT_F32, 7, 8, 9);
    mlrt_release(GET(m, "masked_assign_", T(xt), T(mask), T(v)));
    EXPECT(x, 1, 2, 8, 7, 5, 9);
    drop(xt, mask, v, NULL);
    close_clean(m);
}
