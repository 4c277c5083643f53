/* test_parts.c: lists of parts, writing into parts, copies and conversions,
 * and sizes that are refused. */
#include "layout.h"

/* ---- Lists ------------------------------------------------------------ */

enum { MAX_PARTS = 8 };

/* The parts' sizes along dim, and that each begins where the last ended. */
static void check_parts(mlrt_tensor *x, mlrt_tensor **part, int n, int dim,
                        const int64_t *size) {
    int64_t at = 0;
    for (int i = 0; i < n; at += size[i++]) {
        cr_assert(shares(part[i], x) && part[i]->shape[dim] == size[i]);
        if (size[i])
            cr_assert(part[i]->offset == x->offset + at * x->stride[dim]);
        mlrt_release(part[i]);
    }
    cr_assert(at == x->shape[dim]);
}

Test(parts, lists_of_parts) {
    mlrt *m = open_plain();
    mlrt_tensor *part[MAX_PARTS],
        *x = lay_out(m, MLRT_F32, GAPS, 2, (int64_t[]){3, 7});
    int n = mlrt_split(m, x, (int64_t[]){3}, 1, 1, part, MAX_PARTS);
    cr_assert(n == 3);
    check_parts(x, part, n, 1, (int64_t[]){3, 3, 1});
    n = mlrt_split(m, x, (int64_t[]){2, 0, 5}, 3, -1, part, MAX_PARTS);
    cr_assert(n == 3);
    check_parts(x, part, n, 1, (int64_t[]){2, 0, 5});
    n = mlrt_split(m, x, (int64_t[]){INT64_MAX}, 1, 0, part, MAX_PARTS);
    cr_assert(n == 1);
    check_parts(x, part, n, 0, (int64_t[]){3});
    n = mlrt_chunk(m, x, 5, 1, part, MAX_PARTS); /* of 2, so that 4 do */
    cr_assert(n == 4);
    check_parts(x, part, n, 1, (int64_t[]){2, 2, 2, 1});
    n = mlrt_unbind(m, x, 1, part, MAX_PARTS);
    cr_assert(n == 7 && part[6]->ndim == 1);
    for (int i = 0; i < n; i++) {
        cr_assert(value(part[i], (int64_t[]){2}) ==
                  value(x, (int64_t[]){2, i}));
        mlrt_release(part[i]);
    }
    mlrt_release(x);
    close_clean(m);
}

Test(parts, gradients_of_lists) {
    mlrt *m = open_plain();
    mlrt_tensor *part[MAX_PARTS];
    mlrt_tensor *x = lay_out(m, MLRT_F64, REVERSED, 2, (int64_t[]){5, 2});
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    cr_assert(mlrt_split(m, x, (int64_t[]){1, 3, 1}, 3, 0, part, 8) == 3);
    mlrt_tensor *g = make(m, MLRT_F64, 2, (int64_t[]){3, 2});
    cr_assert(mlrt_backward(part[1], g, 0) == 0, "%s", mlrt_errmsg(m));
    drop(part[0], part[1], part[2], NULL);
    cr_assert(mlrt_unbind(m, x, 1, part, 8) == 2);
    mlrt_tensor *column = make(m, MLRT_F64, 1, (int64_t[]){5});
    cr_assert(mlrt_backward(part[0], column, 0) == 0, "%s", mlrt_errmsg(m));
    mlrt_tensor *gx = mlrt_grad(x);
    for (int64_t i = 0; i < 10; i++) {
        double want = i / 2 >= 1 && i / 2 < 4 ? at(g, i - 2) : 0;
        want += i % 2 ? 0 : at(column, i / 2);
        cr_assert(fabs(at(gx, i) - want) < 1e-15);
    }
    drop(part[0], part[1], g, column);
    drop(gx, x, NULL, NULL);
    close_clean(m);
}

Test(parts, lists_that_are_empty_or_too_long) {
    mlrt *m = open_plain();
    mlrt_tensor *part[MAX_PARTS];
    mlrt_tensor *none = mlrt__full(m, MLRT_F32, 2, (int64_t[]){0, 3}, 0);
    cr_assert(mlrt_set_requires_grad(none, true) == 0);
    cr_assert(mlrt_unbind(m, none, 0, part, MAX_PARTS) == 0);
    mlrt_tensor *one = mlrt__full(m, MLRT_U8, 1, (int64_t[]){1}, 0);
    mlrt_tensor *many = GET(m, "expand", T(one), INTS(3000000));
    cr_assert(mlrt_unbind(m, many, 0, part, MAX_PARTS) < 0);
    cr_assert(strstr(mlrt_errmsg(m), "too many"), "%s", mlrt_errmsg(m));
    cr_assert(mlrt_split(m, many, (int64_t[]){1}, 1, 0, part, 8) < 0);
    cr_assert(strstr(mlrt_errmsg(m), "too many"), "%s", mlrt_errmsg(m));
    cr_assert(mlrt_chunk(m, many, 2000000, 0, part, 8) < 0);
    mlrt_tensor *nine = GET(m, "narrow", T(many), I(0), I(0), I(9));
    cr_assert(mlrt_unbind(m, nine, 0, part, MAX_PARTS) < 0);
    cr_assert(strstr(mlrt_errmsg(m), "room for 8"), "%s", mlrt_errmsg(m));
    drop(none, one, many, nine);
    close_clean(m);
}

/* ---- Writing into parts ----------------------------------------------- */

#define EXPECT_ALL(t, ...)                                                     \
    for (int i_ = 0; i_ < (int)mlrt_numel(t); i_++)                            \
    cr_expect(at(t, i_) == ((double[]){__VA_ARGS__})[i_], "element %d: %g",    \
              i_, at(t, i_))

Test(parts, writes_as_if_the_source_were_copied_first) {
    mlrt *m = open_plain();
    for (int dtype = 0; dtype <= MLRT_U8; dtype++) {
        mlrt_tensor *x = LIST(m, (mlrt_dtype)dtype, 1, 2, 3, 4, 5, 6);
        mlrt_tensor *part = GET(m, "narrow", T(x), I(0), I(0), I(5));
        drop(GET(m, "slice_assign_", T(x), T(part), INTS(1), INTS(6)), part,
             NULL, NULL);
        EXPECT_ALL(x, 1, 1, 2, 3, 4, 5);
        part = GET(m, "narrow", T(x), I(0), I(3), I(3));
        drop(GET(m, "slice_assign_", T(x), T(part), INTS(0), INTS(6), INTS(2)),
             part, NULL, NULL);
        EXPECT_ALL(x, 3, 1, 4, 3, 5, 5);
        mlrt_tensor *a = GET(m, "reshape", T(x), INTS(2, 3));
        mlrt_tensor *b = GET(m, "narrow", T(a), I(1), I(0), I(2));
        mlrt_tensor *c = GET(m, "t", T(b));
        drop(GET(m, "copy_", T(b), T(c)), a, b, c);
        EXPECT_ALL(x, 3, 3, 4, 1, 5, 5);
        mlrt_release(x);
    }
    close_clean(m);
}

Test(parts, writes_parts) {
    mlrt *m = open_plain();
    mlrt_tensor *x = mlrt__full(m, MLRT_F64, 2, (int64_t[]){3, 4}, 0);
    mlrt_tensor *v = LIST(m, MLRT_F32, 1, 2), *i = LIST(m, MLRT_I64, 7);
    drop(
        GET(m, "slice_assign_", T(x), T(v), INTS(0, 1), INTS(3, 4), INTS(2, 2)),
        NULL, NULL, NULL);
    EXPECT_ALL(x, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1, 0, 2);
    drop(GET(m, "slice_assign_", T(x), T(i), INTS(1), INTS(2)), NULL, NULL,
         NULL);
    EXPECT_ALL(x, 0, 1, 0, 2, 7, 7, 7, 7, 0, 1, 0, 2);
    drop(GET(m, "slice_assign_", T(x), D(0.5), INTS(0, 0), INTS(3, 1)), NULL,
         NULL, NULL);
    EXPECT_ALL(x, .5, 1, 0, 2, .5, 7, 7, 7, .5, 1, 0, 2);
    drop(GET(m, "slice_assign_", T(x), D(9), INTS(1), INTS(1)), NULL, NULL,
         NULL);
    EXPECT_ALL(x, .5, 1, 0, 2, .5, 7, 7, 7, .5, 1, 0, 2);
    drop(x, v, i, NULL);
    close_clean(m);
}

Test(parts, refuses_values_that_do_not_fit) {
    mlrt *m = open_plain();
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){3, 4});
    mlrt_tensor *v = make(m, MLRT_F32, 1, (int64_t[]){2});
    mlrt_tensor *wide = make(m, MLRT_F64, 1, (int64_t[]){4});
    mlrt_tensor *ints = make(m, MLRT_I64, 1, (int64_t[]){4});
    REFUSES(m, "does not fit into the region (0, 4)", "slice_assign_", T(x),
            T(v), INTS(1), INTS(1));
    REFUSES(m, "f64 does not go into f32", "slice_assign_", T(x), T(wide),
            INTS(0), INTS(1));
    REFUSES(m, "f32 does not go into i64", "slice_assign_", T(ints), T(v),
            INTS(0), INTS(2));
    REFUSES(m, "outside dim 2", "slice_assign_", T(x), D(1), INTS(0, 0),
            INTS(1, 5));
    REFUSES(m, "expected, got 1, 2 and 1", "slice", T(x), INTS(0), INTS(1, 2),
            INTS(1));
    drop(x, v, wide, ints);
    close_clean(m);
}

/* y = 2 x; y[1..2] = v: the gradient of x is 2 g outside, that of v is g
 * there. */
Test(parts, gradients_pass_around_what_was_written) {
    mlrt *m = open_plain();
    mlrt_tensor *x = make(m, MLRT_F64, 1, (int64_t[]){4});
    mlrt_tensor *v = make(m, MLRT_F32, 1, (int64_t[]){1});
    mlrt_tensor *g = LIST(m, MLRT_F64, 1, 2, 4, 8);
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    cr_assert(mlrt_set_requires_grad(v, true) == 0);
    mlrt_tensor *y = GET(m, "roll", T(x), INTS(1));
    drop(GET(m, "slice_assign_", T(y), T(v), INTS(1), INTS(3)), NULL, NULL,
         NULL);
    cr_assert(mlrt_backward(y, g, 0) == 0, "%s", mlrt_errmsg(m));
    mlrt_tensor *gx = mlrt_grad(x), *gv = mlrt_grad(v);
    EXPECT_ALL(gx, 0, 0, 8, 1);
    EXPECT_ALL(gv, 6);
    drop(x, v, g, y);
    drop(gx, gv, NULL, NULL);
    close_clean(m);
}

Test(parts, does_not_write_where_elements_share_memory) {
    mlrt *m = open_plain();
    mlrt_tensor *x = make(m, MLRT_F32, 1, (int64_t[]){6});
    mlrt_tensor *windows = GET(m, "unfold", T(x), I(0), I(3), I(2));
    mlrt_tensor *apart = GET(m, "unfold", T(x), I(0), I(2), I(2));
    REFUSES(m, "repeats elements", "zero_", T(windows));
    drop(GET(m, "zero_", T(apart)), windows, apart, NULL);
    EXPECT_ALL(x, 0, 0, 0, 0, 0, 0);
    mlrt_tensor *cube = make(m, MLRT_F32, 3, (int64_t[]){3, 3, 3});
    for (int64_t a = 0; a < 3; a++)
        for (int64_t b = 0; b < 3; b++) {
            if (a == b)
                continue;
            mlrt_tensor *d = GET(m, "diagonal", T(cube), I(0), I(a), I(b));
            drop(GET(m, "fill_", T(d), D(2)), d, NULL, NULL);
        }
    drop(x, cube, NULL, NULL);
    close_clean(m);
}

Test(parts, triangles_in_place) {
    mlrt *m = open_plain();
    mlrt_tensor *x = mlrt__full(m, MLRT_F32, 2, (int64_t[]){3, 3}, 1);
    mlrt_tensor *t = GET(m, "t", T(x)), *y;
    int id = mlrt_op_find(m, "tril");
    cr_assert(mlrt_op_call(m, id, (mlrt_arg[]){T(t), N}, true, &y, 1) == 1);
    EXPECT_ALL(x, 1, 1, 1, 0, 1, 1, 0, 0, 1);
    drop(x, t, y, NULL);
    close_clean(m);
}

/* ---- Copies and conversions ------------------------------------------- */

static const char *const isas[] = {"base", "avx2", "avx512"};

Test(parts, copies_large_transposes) {
    static const int64_t shapes[][3] = {
        {1, 300, 517}, {3, 65, 130}, {70, 3, 70}, {2, 1000, 7}};
    for (int isa = 0; isa < 3; isa++)
        for (int k = 0; k < 4 * MLRT_NDTYPES; k++) {
            mlrt *m = open_with(isas[isa], 2);
            if (!m)
                continue;
            const int64_t *s = shapes[k / MLRT_NDTYPES];
            mlrt_tensor *x = make(m, (mlrt_dtype)(k % MLRT_NDTYPES), 3, s);
            mlrt_tensor *t = GET(m, "transpose", T(x), I(1), I(2));
            mlrt_tensor *y = GET(m, "clone", T(t));
            for (int64_t i = 0; i < y->numel; i++) {
                int64_t p = i / (s[1] * s[2]), r = i / s[1] % s[2];
                cr_assert(at(y, i) == at(x, (p * s[1] + i % s[1]) * s[2] + r));
            }
            drop(x, t, y, NULL);
            close_clean(m);
        }
}

/* w columns of x, into w others of y. */
static void check_columns(mlrt *m, mlrt_dtype dtype, int64_t w) {
    mlrt_tensor *x = make(m, dtype, 2, (int64_t[]){500, 11});
    mlrt_tensor *y = mlrt__full(m, (int)dtype, 2, (int64_t[]){500, 12}, 0);
    mlrt_tensor *from = GET(m, "narrow", T(x), I(1), I(1), I(w));
    mlrt_tensor *turned = GET(m, "flip", T(from), INTS(1));
    mlrt_tensor *to = GET(m, "narrow", T(y), I(1), I(2), I(w));
    mlrt_tensor *copy = GET(m, "clone", T(from));
    mlrt_release(GET(m, "copy_", T(to), T(from)));
    for (int64_t i = 0; i < 500; i++)
        for (int64_t j = 0; j < 12; j++) {
            double want = j >= 2 && j < 2 + w ? at(x, i * 11 + j - 1) : 0;
            cr_assert(at(y, i * 12 + j) == want);
            if (j >= w)
                continue;
            cr_assert(at(copy, i * w + j) == at(x, i * 11 + 1 + j));
            cr_assert(at(turned, i * w + j) == at(x, i * 11 + w - j));
        }
    drop(x, y, from, to);
    drop(copy, turned, NULL, NULL);
}

Test(parts, copies_short_runs) {
    for (int isa = 0; isa < 3; isa++) {
        mlrt *m = open_with(isas[isa], 2);
        if (!m)
            continue;
        for (int dtype = 0; dtype < MLRT_NDTYPES; dtype++)
            for (int64_t w = 1; w <= 10; w++)
                check_columns(m, (mlrt_dtype)dtype, w);
        close_clean(m);
    }
}

static double converted(double v, int to) {
    switch (to) {
    case MLRT_BOOL: return v != 0;
    case MLRT_U8: return (double)(uint8_t)(int64_t)v;
    case MLRT_I32:
    case MLRT_I64: return (double)(int64_t)v;
    default: return v;
    }
}

Test(parts, converts_every_dtype) {
    mlrt *m = open_plain();
    for (int from = 0; from <= MLRT_BOOL; from++)
        for (int to = 0; to <= MLRT_BOOL; to++) {
            mlrt_tensor *x = lay_out(m, (mlrt_dtype)from, REVERSED, 2,
                                     (int64_t[]){9, 5});
            mlrt_tensor *y = GET(m, "to", T(x), I(to));
            int64_t place[2] = {0};
            cr_assert(y->dtype == to);
            do {
                double v = value(x, place), want = converted(v, to);
                cr_assert(fabs(value(y, place) - want) <= 1e-7 * fabs(v),
                          "%d to %d: %g became %g", from, to, v,
                          value(y, place));
            } while (next_place(2, x->shape, place));
            drop(x, y, NULL, NULL);
        }
    mlrt_tensor *index = LIST(m, MLRT_INDEX, 0, 4, -1);
    mlrt_tensor *shown = GET(m, "to", T(index), I(MLRT_I64));
    EXPECT_ALL(shown, 1, 5, 0);
    REFUSES(m, "what it counts from", "to", T(shown), I(MLRT_INDEX));
    REFUSES(m, "is not copied into", "copy_", T(shown), T(index));
    drop(index, shown, NULL, NULL);
    close_clean(m);
}

/* A conversion's gradient has the dtype of what was converted. */
Test(parts, gradient_of_a_conversion) {
    mlrt *m = open_plain();
    mlrt_tensor *x = make(m, MLRT_F32, 1, (int64_t[]){3});
    mlrt_tensor *g = make(m, MLRT_F64, 1, (int64_t[]){3});
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    mlrt_tensor *y = GET(m, "to", T(x), I(MLRT_F64));
    cr_assert(mlrt_backward(y, g, 0) == 0);
    mlrt_tensor *gx = mlrt_grad(x);
    cr_assert(gx->dtype == MLRT_F32);
    for (int i = 0; i < 3; i++)
        cr_assert(at(gx, i) == (double)(float)at(g, i));
    drop(x, g, y, gx);
    close_clean(m);
}

/* ---- What is refused -------------------------------------------------- */

Test(parts, refuses_hostile_sizes) {
    mlrt *m = open_plain();
    int64_t big = INT64_C(1) << 62;
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){2, 3});
    mlrt_tensor *none = mlrt__full(m, MLRT_F32, 1, (int64_t[]){0}, 0);
    REFUSES(m, "does not fit the 6", "view", T(x), INTS(big, big));
    REFUSES(m, "does not fit the 6", "reshape", T(x), INTS(-2, 3));
    REFUSES(m, "too large", "view", T(none), INTS(0, big, 4));
    REFUSES(m, "too large", "expand", T(x), INTS(big, big, 2, 3));
    REFUSES(m, "too large", "tile", T(x), INTS(big / 3, 2));
    REFUSES(m, "cannot be repeated", "tile", T(x), INTS(big, 2));
    REFUSES(m, "cannot be repeated", "tile", T(x), INTS(1, -1));
    REFUSES(m, "at most 8", "tile", T(x), INTS(1, 1, 1, 1, 1, 1, 1, 1, 1));
    REFUSES(m, "not within dim 1", "narrow", T(x), I(0), I(1), I(INT64_MAX));
    REFUSES(m, "windows of", "unfold", T(x), I(0), I(INT64_MAX), I(1));
    REFUSES(m, "out of range", "unflatten", T(x), I(2), INTS(2, 1));
    REFUSES(m, "out of range", "select", T(x), I(0), I(INT64_MIN));
    mlrt_tensor *v = GET(m, "flatten", T(x));
    REFUSES(m, "too", "diag", T(v), I(INT64_MAX));
    REFUSES(m, "too", "diag", T(v), I(INT64_MIN));
    drop(x, none, v, NULL);
    close_clean(m);
}
