/* test_shape.c: operations that only move elements.
 *
 * Each has a map from places in the result to places in x.  Values have to be
 * where the map says, for every dtype and layout, and gradients have to come
 * back along it.
 */
#include "layout.h"
#include "ops/view.h"

/* ---- Maps ------------------------------------------------------------- */

typedef struct map map;
/* The place in x of the element at `at` of y; false: it is b->constant. */
typedef bool map_fn(const map *b, const int64_t *at, int64_t *x);
struct map {
    const char *op;
    map_fn *from;
    int ndim, ydim;
    int64_t shape[MLRT_MAX_DIMS], yshape[MLRT_MAX_DIMS], p[12];
    double constant;
    mlrt_arg arg[5]; /* after x */
};

static int64_t number_of(const mlrt_tensor *t, const int64_t *at) {
    int64_t i = 0;
    for (int d = 0; d < t->ndim; d++)
        i = i * t->shape[d] + at[d];
    return i;
}

static void describe(map *b, const mlrt_tensor *y) {
    b->ydim = y->ndim;
    memcpy(b->yshape, y->shape, sizeof b->yshape);
}

static mlrt_tensor *apply(mlrt *m, map *b, mlrt_tensor *x) {
    mlrt_arg args[] = {T(x),      b->arg[0], b->arg[1],
                       b->arg[2], b->arg[3], b->arg[4]};
    mlrt_tensor *y = get(m, b->op, args);
    describe(b, y);
    return y;
}

static void check_values(mlrt *m, map *b, mlrt_tensor *x) {
    mlrt_tensor *y = apply(m, b, x);
    int64_t at[MLRT_MAX_DIMS] = {0}, from[MLRT_MAX_DIMS];
    do {
        if (y->numel == 0)
            break;
        bool some = b->from(b, at, from);
        double want = some ? value(x, from) : b->constant;
        cr_assert(value(y, at) == want,
                  "%s of %s %s: element %lld is %g, "
                  "not %g",
                  b->op, mlrt_dtype_name((mlrt_dtype)x->dtype), MLRT__ST(x),
                  (long long)number_of(y, at), value(y, at), want);
    } while (next_place(y->ndim, y->shape, at));
    mlrt_release(y);
}

/* gx[from(at)] = sum of g[at] */
static void check_gradient(mlrt *m, map *b, mlrt_tensor *x) {
    int64_t to[MLRT_MAX_DIMS] = {0}, from[MLRT_MAX_DIMS];
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    mlrt_tensor *y = apply(m, b, x);
    mlrt_tensor *g = make(m, MLRT_F64, y->ndim, y->shape);
    mlrt_tensor *want = mlrt__full(m, MLRT_F64, x->ndim, x->shape, 0);
    cr_assert(mlrt_backward(y, g, 0) == 0, "%s: %s", b->op, mlrt_errmsg(m));
    do {
        if (y->numel && b->from(b, to, from))
            ((double *)mlrt_data(want))[number_of(x, from)] += value(g, to);
    } while (next_place(y->ndim, y->shape, to));
    mlrt_tensor *gx = mlrt_grad(x);
    cr_assert(mlrt__same_shape(gx, x));
    for (int64_t i = 0; i < want->numel; i++)
        cr_assert(fabs(at(gx, i) - at(want, i)) < 1e-13,
                  "gradient of %s, %s: element %lld is %g, not %g", b->op,
                  MLRT__ST(x), (long long)i, at(gx, i), at(want, i));
    drop(y, g, want, gx);
}

static void check(mlrt *m, map *b) {
    for (int layout = 0; layout < NLAYOUTS; layout++)
        for (int dtype = 0; dtype <= MLRT_BOOL; dtype++) {
            if (layout == EXPANDED && b->ndim == 0)
                continue;
            mlrt_tensor *x = lay_out(m, (mlrt_dtype)dtype, layout, b->ndim,
                                     b->shape);
            check_values(m, b, x);
            if (dtype == MLRT_F64)
                check_gradient(m, b, x);
            mlrt_release(x);
        }
}

/* CHECK(m, op, from, (shape), {.p = {...}, .arg = {...}}) */
#define SHAPE(...)                                                             \
    .ndim = (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),         \
    .shape = {__VA_ARGS__}
#define CHECK(m, name, map_from, ...)                                          \
    check(m, &(map){.op = name, .from = map_from, __VA_ARGS__})
#define P(...) .p = {__VA_ARGS__}
#define ARGS(...) .arg = {__VA_ARGS__}

/* ---- The same elements in the same order ------------------------------ */

static bool same_order(const map *b, const int64_t *at, int64_t *x) {
    int64_t i = 0;
    for (int d = 0; d < b->ydim; d++)
        i = i * b->yshape[d] + at[d];
    for (int d = b->ndim - 1; d >= 0; d--) {
        x[d] = i % b->shape[d];
        i /= b->shape[d];
    }
    return true;
}

Test(shape, reshaped) {
    mlrt *m = open_plain();
    CHECK(m, "reshape", same_order, SHAPE(4, 6), ARGS(INTS(8, 3)));
    CHECK(m, "reshape", same_order, SHAPE(4, 6), ARGS(INTS(2, 2, 3, 2)));
    CHECK(m, "reshape", same_order, SHAPE(2, 3, 4), ARGS(INTS(2, -1)));
    CHECK(m, "reshape", same_order, SHAPE(2, 1, 4), ARGS(INTS(1, 8, 1)));
    CHECK(m, "reshape", same_order, SHAPE(1), ARGS(V(0, NULL)));
    CHECK(m, "reshape", same_order, SHAPE(0, 3), ARGS(INTS(3, 0, 2)));
    CHECK(m, "flatten", same_order, SHAPE(2, 3, 4));
    CHECK(m, "flatten", same_order, SHAPE(2, 3, 4), ARGS(I(1)));
    CHECK(m, "flatten", same_order, SHAPE(2, 3, 4), ARGS(I(-3), I(-2)));
    CHECK(m, "unflatten", same_order, SHAPE(2, 6), ARGS(I(1), INTS(-1, 2)));
    CHECK(m, "squeeze", same_order, SHAPE(1, 3, 1, 2));
    CHECK(m, "squeeze", same_order, SHAPE(1, 3, 1, 2), ARGS(INTS(-2)));
    CHECK(m, "squeeze", same_order, SHAPE(2, 3), ARGS(INTS(0)));
    CHECK(m, "unsqueeze", same_order, SHAPE(2, 3), ARGS(I(-1)));
    CHECK(m, "unsqueeze", same_order, SHAPE(2, 3), ARGS(I(1)));
    CHECK(m, "clone", same_order, SHAPE(5, 3, 2));
    CHECK(m, "contiguous", same_order, SHAPE(5, 3, 2));
    close_clean(m);
}

/* Can x be seen as `shape`, and with which strides?  Found by looking at
 * where the elements lie. */
static bool strides_by_looking(const mlrt_tensor *x, int ndim,
                               const int64_t *shape, int64_t *stride) {
    int64_t place[256], at[MLRT_MAX_DIMS] = {0}, n = 0, step = 1;
    do {
        place[n] = 0;
        for (int d = 0; d < x->ndim; d++)
            place[n] += at[d] * x->stride[d];
        n++;
    } while (next_place(x->ndim, x->shape, at));
    for (int d = ndim - 1; d >= 0; d--) {
        stride[d] = shape[d] > 1 ? place[step] - place[0] : 0;
        step *= shape[d];
    }
    int64_t to[MLRT_MAX_DIMS] = {0};
    n = 0;
    do {
        int64_t offset = 0;
        for (int d = 0; d < ndim; d++)
            offset += to[d] * stride[d];
        if (place[n++] != place[0] + offset)
            return false;
    } while (next_place(ndim, shape, to));
    return true;
}

/* Every way to write 24 as a product of up to four sizes. */
static int shapes_of_24(int64_t shapes[][4], int *ndims) {
    int n = 0;
    for (int ndim = 1; ndim <= 4; ndim++)
        for (int64_t code = 0; code < 331776; code++) { /* 24 ^ 4 */
            int64_t rest = code, product = 1;
            for (int d = 0; d < ndim; d++) {
                shapes[n][d] = rest % 24 + 1;
                product *= shapes[n][d];
                rest /= 24;
            }
            if (rest == 0 && product == 24)
                ndims[n++] = ndim;
        }
    return n;
}

static void check_strides(const mlrt_tensor *x, int ndim,
                          const int64_t *shape) {
    int64_t want[MLRT_MAX_DIMS], got[MLRT_MAX_DIMS];
    bool possible = strides_by_looking(x, ndim, shape, want);
    bool found = mlrt__view_strides(x, ndim, shape, got);
    cr_assert(found == possible, "x %s as %s: %d", MLRT__ST(x),
              mlrt__shape_text((char[MLRT__SHAPE_TEXT]){0}, ndim, shape),
              found);
    for (int d = 0; d < ndim && found; d++)
        cr_assert(shape[d] == 1 || got[d] == want[d]);
}

/* Dimension `from` of x goes to `to`, every `step`-th of its positions. */
static mlrt_tensor *shuffled(mlrt *m, int ndim, const int64_t *shape,
                             int kind) {
    mlrt_tensor *x = lay_out(m, MLRT_U8, kind % NLAYOUTS, ndim, shape), *y;
    y = GET(m, "transpose", T(x), I(0), I(kind / NLAYOUTS % ndim));
    mlrt_release(x);
    return y;
}

Test(shape, views_are_found_where_there_are_any) {
    static int64_t shapes[400][4];
    static int ndims[400];
    int n = shapes_of_24(shapes, ndims);
    mlrt *m = open_plain();
    cr_assert(n > 50 && n < 400);
    for (int i = 0; i < n; i++)
        for (int kind = 0; kind < NLAYOUTS * ndims[i]; kind++) {
            mlrt_tensor *x = shuffled(m, ndims[i], shapes[i], kind);
            for (int j = 0; j < n; j++)
                check_strides(x, ndims[j], shapes[j]);
            mlrt_release(x);
        }
    close_clean(m);
}

Test(shape, reshape_copies_only_when_it_must) {
    mlrt *m = open_plain();
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){4, 6});
    mlrt_tensor *t = GET(m, "t", T(x));
    mlrt_tensor *a = GET(m, "reshape", T(x), INTS(3, 8));
    mlrt_tensor *b = GET(m, "reshape", T(t), INTS(24));
    mlrt_tensor *c = GET(m, "reshape", T(t), INTS(2, 3, 4));
    mlrt_tensor *d = GET(m, "contiguous", T(x));
    cr_expect(shares(a, x) && !shares(b, x) && shares(c, x) && d == x);
    drop(a, b, c, d);
    a = GET(m, "to", T(x), I(MLRT_F32));
    b = GET(m, "contiguous", T(t));
    cr_expect(a == x && !shares(b, x));
    drop(a, b, t, x);
    close_clean(m);
}

/* ---- Parts and orders ------------------------------------------------- */

static bool transposed(const map *b, const int64_t *at, int64_t *x) {
    memcpy(x, at, sizeof b->shape);
    x[b->p[0]] = at[b->p[1]];
    x[b->p[1]] = at[b->p[0]];
    return true;
}
static bool permuted(const map *b, const int64_t *at, int64_t *x) {
    for (int d = 0; d < b->ndim; d++)
        x[b->p[d]] = at[d];
    return true;
}
/* p: starts, then steps. */
static bool sliced(const map *b, const int64_t *at, int64_t *x) {
    for (int d = 0; d < b->ndim; d++)
        x[d] = b->p[d] + at[d] * b->p[b->ndim + d];
    return true;
}
/* p: dim, position */
static bool selected(const map *b, const int64_t *at, int64_t *x) {
    for (int d = 0, k = 0; d < b->ndim; d++)
        x[d] = d == b->p[0] ? b->p[1] : at[k++];
    return true;
}
static bool expanded(const map *b, const int64_t *at, int64_t *x) {
    for (int d = 0; d < b->ndim; d++)
        x[d] = b->shape[d] == 1 ? 0 : at[d + b->ydim - b->ndim];
    return true;
}

Test(shape, orders_of_dimensions) {
    mlrt *m = open_plain();
    CHECK(m, "transpose", transposed, SHAPE(2, 3, 4), P(0, 2),
          ARGS(I(0), I(-1)));
    CHECK(m, "transpose", transposed, SHAPE(0, 3), P(0, 1), ARGS(I(0), I(1)));
    CHECK(m, "t", transposed, SHAPE(5, 3), P(0, 1));
    CHECK(m, "permute", permuted, SHAPE(2, 3, 4), P(2, 0, 1),
          ARGS(INTS(2, 0, 1)));
    CHECK(m, "permute", permuted, SHAPE(2, 3, 4), P(1, 2, 0),
          ARGS(INTS(1, -1, 0)));
    CHECK(m, "movedim", permuted, SHAPE(2, 3, 4), P(1, 2, 0), ARGS(I(0), I(2)));
    CHECK(m, "movedim", permuted, SHAPE(2, 3, 4), P(2, 0, 1),
          ARGS(I(-1), I(0)));
    CHECK(m, "movedim", permuted, SHAPE(2, 3, 4), P(0, 1, 2), ARGS(I(1), I(1)));
    CHECK(m, "expand", expanded, SHAPE(3, 1), ARGS(INTS(2, 3, 4)));
    CHECK(m, "expand", expanded, SHAPE(1, 2), ARGS(INTS(5, -1)));
    close_clean(m);
}

Test(shape, parts) {
    mlrt *m = open_plain();
    CHECK(m, "slice", sliced, SHAPE(7, 5), P(1, 0, 2, 1),
          ARGS(INTS(1), INTS(6), INTS(2)));
    CHECK(m, "slice", sliced, SHAPE(7, 5), P(2, 1, 1, 3),
          ARGS(INTS(2, 1), INTS(5, 5), INTS(1, 3)));
    CHECK(m, "slice", sliced, SHAPE(3, 5), P(3, 0, 1, 1),
          ARGS(INTS(3), INTS(3)));
    CHECK(m, "slice", sliced, SHAPE(3, 5), P(1, 0, 1, 1),
          ARGS(INTS(1), INTS(3), INTS(INT64_MAX)));
    CHECK(m, "narrow", sliced, SHAPE(4, 5), P(0, 2, 1, 1),
          ARGS(I(1), I(2), I(3)));
    CHECK(m, "narrow", sliced, SHAPE(4, 5), P(2, 0, 1, 1),
          ARGS(I(-2), I(-2), I(1)));
    CHECK(m, "select", selected, SHAPE(4, 5), P(0, 3), ARGS(I(0), I(3)));
    CHECK(m, "select", selected, SHAPE(4, 5, 2), P(1, 4), ARGS(I(1), I(-1)));
    CHECK(m, "select", selected, SHAPE(4), P(0, 0), ARGS(I(0), I(0)));
    close_clean(m);
}

/* p: offset, dim1, dim2 */
static bool on_diagonal(const map *b, const int64_t *at, int64_t *x) {
    int64_t i = at[b->ydim - 1], k = b->p[0];
    for (int d = 0, n = 0; d < b->ndim; d++)
        if (d == b->p[1])
            x[d] = i + (k < 0 ? -k : 0);
        else if (d == b->p[2])
            x[d] = i + (k > 0 ? k : 0);
        else
            x[d] = at[n++];
    return true;
}
static bool from_diagonal(const map *b, const int64_t *at, int64_t *x) {
    x[0] = at[0] < at[1] ? at[0] : at[1];
    return at[1] - at[0] == b->p[0];
}
/* p: dim, step */
static bool in_window(const map *b, const int64_t *at, int64_t *x) {
    memcpy(x, at, sizeof b->shape);
    x[b->p[0]] = at[b->p[0]] * b->p[1] + at[b->ydim - 1];
    return true;
}
static bool in_lower(const map *b, const int64_t *at, int64_t *x) {
    memcpy(x, at, sizeof b->shape);
    return at[b->ndim - 1] - at[b->ndim - 2] <= b->p[0];
}
static bool in_upper(const map *b, const int64_t *at, int64_t *x) {
    memcpy(x, at, sizeof b->shape);
    return at[b->ndim - 1] - at[b->ndim - 2] >= b->p[0];
}

Test(shape, diagonals) {
    mlrt *m = open_plain();
    for (int64_t k = -5; k <= 5; k++) {
        CHECK(m, "diagonal", on_diagonal, SHAPE(4, 3), P(k, 0, 1), ARGS(I(k)));
        CHECK(m, "diagonal", on_diagonal, SHAPE(2, 3, 4), P(k, 2, 0),
              ARGS(I(k), I(-1), I(0)));
        CHECK(m, "diag", on_diagonal, SHAPE(3, 4), P(k, 0, 1), ARGS(I(k)));
        CHECK(m, "diag", from_diagonal, SHAPE(3), P(k), ARGS(I(k)));
        CHECK(m, "tril", in_lower, SHAPE(4, 3), P(k), ARGS(I(k)));
        CHECK(m, "triu", in_upper, SHAPE(2, 3, 5), P(k), ARGS(I(k)));
    }
    CHECK(m, "tril", in_lower, SHAPE(300, 200), P(7), ARGS(I(7)));
    CHECK(m, "triu", in_upper, SHAPE(3, 3), P(-9), ARGS(I(INT64_MIN)));
    CHECK(m, "tril", in_lower, SHAPE(3, 3), P(9), ARGS(I(INT64_MAX)));
    CHECK(m, "diagonal", on_diagonal, SHAPE(3, 3), P(0, 0, 1),
          ARGS(I(INT64_MIN)));
    close_clean(m);
}

Test(shape, windows) {
    mlrt *m = open_plain();
    for (int64_t step = 1; step <= 4; step++) {
        CHECK(m, "unfold", in_window, SHAPE(9), P(0, step),
              ARGS(I(0), I(3), I(step)));
        CHECK(m, "unfold", in_window, SHAPE(5, 2), P(0, step),
              ARGS(I(-2), I(2), I(step)));
        CHECK(m, "unfold", in_window, SHAPE(2, 5), P(1, step),
              ARGS(I(1), I(4), I(step)));
    }
    CHECK(m, "unfold", in_window, SHAPE(5), P(0, 1),
          ARGS(I(0), I(5), I(INT64_MAX)));
    CHECK(m, "unfold", in_window, SHAPE(5), P(0, 1), ARGS(I(0), I(0), I(1)));
    close_clean(m);
}

/* ---- Other places ----------------------------------------------------- */

/* p[d]: turned round? */
static bool flipped(const map *b, const int64_t *at, int64_t *x) {
    for (int d = 0; d < b->ndim; d++)
        x[d] = b->p[d] ? b->shape[d] - 1 - at[d] : at[d];
    return true;
}
static bool rolled(const map *b, const int64_t *at, int64_t *x) {
    for (int d = 0; d < b->ndim; d++) {
        int64_t n = b->shape[d];
        x[d] = ((at[d] - b->p[d]) % n + n) % n;
    }
    return true;
}
static bool rolled_flat(const map *b, const int64_t *at, int64_t *x) {
    int64_t i = 0, n = 1;
    for (int d = 0; d < b->ndim; d++) {
        i = i * b->shape[d] + at[d];
        n *= b->shape[d];
    }
    i = ((i - b->p[0]) % n + n) % n;
    for (int d = b->ndim - 1; d >= 0; d--) {
        x[d] = i % b->shape[d];
        i /= b->shape[d];
    }
    return true;
}
static bool tiled(const map *b, const int64_t *at, int64_t *x) {
    for (int d = 0; d < b->ndim; d++)
        x[d] = at[d + b->ydim - b->ndim] % b->shape[d];
    return true;
}
/* A quarter turn. */
static bool turned(const map *b, const int64_t *at, int64_t *x) {
    x[0] = at[1];
    x[1] = b->shape[1] - 1 - at[0];
    return true;
}

Test(shape, turned_shifted_and_repeated) {
    mlrt *m = open_plain();
    CHECK(m, "flip", flipped, SHAPE(3, 4), P(1, 0), ARGS(INTS(0)));
    CHECK(m, "flip", flipped, SHAPE(3, 4, 2), P(1, 0, 1), ARGS(INTS(0, -1)));
    CHECK(m, "flip", flipped, SHAPE(70, 300), P(1, 1), ARGS(INTS(0, 1)));
    CHECK(m, "flip", flipped, SHAPE(3, 4), P(0, 0), ARGS(V(0, NULL)));
    CHECK(m, "roll", rolled, SHAPE(3, 5), P(0, 2), ARGS(INTS(2), INTS(1)));
    CHECK(m, "roll", rolled, SHAPE(3, 5, 4), P(1, -2, 9),
          ARGS(INTS(1, 9, -2), INTS(0, 2, 1)));
    CHECK(m, "roll", rolled_flat, SHAPE(3, 5), P(4), ARGS(INTS(4)));
    CHECK(m, "roll", rolled_flat, SHAPE(3, 5), P(-8),
          ARGS(INTS(INT64_MIN))); /* -2^63 is -8 modulo 15 */
    CHECK(m, "tile", tiled, SHAPE(2, 3), ARGS(INTS(3, 4)));
    CHECK(m, "tile", tiled, SHAPE(2, 3), ARGS(INTS(5)));
    CHECK(m, "tile", tiled, SHAPE(3), ARGS(INTS(2, 1, 2)));
    CHECK(m, "tile", tiled, SHAPE(1), ARGS(INTS(1000)));
    CHECK(m, "tile", tiled, SHAPE(2, 1, 2, 1, 2, 1, 1, 3),
          ARGS(INTS(2, 2, 1, 3, 1, 1, 2, 2)));
    CHECK(m, "tile", tiled, SHAPE(2, 3), ARGS(INTS(0, 2)));
    CHECK(m, "rot90", turned, SHAPE(3, 4));
    CHECK(m, "rot90", turned, SHAPE(3, 4), ARGS(I(-7)));
    CHECK(m, "rot90", flipped, SHAPE(3, 4), P(1, 1), ARGS(I(2)));
    CHECK(m, "rot90", same_order, SHAPE(3, 4), ARGS(I(0)));
    close_clean(m);
}

/* p: mode, then before and after for each dimension of x */
static bool padded(const map *b, const int64_t *at, int64_t *x) {
    for (int d = 0; d < b->ndim; d++) {
        int64_t before = b->p[1 + 2 * d], after = b->p[2 + 2 * d];
        int64_t lost = before < 0 ? -before : 0;
        int64_t n = b->shape[d] - lost - (after < 0 ? -after : 0);
        int64_t i = at[d] - (before > 0 ? before : 0);
        if (i < 0 || i >= n)
            switch (b->p[0]) {
            case 0: return false;
            case 1: i = i < 0 ? -i : 2 * (n - 1) - i; break;
            case 2: i = i < 0 ? 0 : n - 1; break;
            default: i = (i + n) % n;
            }
        x[d] = lost + i;
    }
    return true;
}

Test(shape, padding) {
    mlrt *m = open_plain();
    for (int64_t mode = 0; mode < 4; mode++) {
        CHECK(m, "pad", padded, SHAPE(3, 5), P(mode, 0, 0, 2, 3),
              ARGS(INTS(2, 3), I(mode)));
        CHECK(m, "pad", padded, SHAPE(4, 5, 2), P(mode, 3, 2, 0, 4, 1, 1),
              ARGS(INTS(1, 1, 0, 4, 3, 2), I(mode)));
        CHECK(m, "pad", padded, SHAPE(4, 5), P(mode, 2, -1, -2, 1),
              ARGS(INTS(-2, 1, 2, -1), I(mode)));
        CHECK(m, "pad", padded, SHAPE(4, 5), P(mode, 0, 0, -2, -1),
              ARGS(INTS(-2, -1), I(mode)));
        CHECK(m, "pad", padded, SHAPE(4, 0), P(mode, 1, 2, 0, 0),
              ARGS(INTS(0, 0, 1, 2), I(mode)));
    }
    CHECK(m, "pad", padded, SHAPE(2, 2), P(0, 1, 0, 0, 3), .constant = 1,
          ARGS(INTS(0, 3, 1, 0), I(0), D(1)));
    CHECK(m, "pad", padded, SHAPE(2, 3), P(2, 9, 0, 0, 7),
          ARGS(INTS(0, 7, 9, 0), I(2)));
    CHECK(m, "pad", padded, SHAPE(2, 3), P(0, 0, 0, -3, 0), ARGS(INTS(-3, 0)));
    mlrt_tensor *index = LIST(m, MLRT_INDEX, 4, 0);
    mlrt_tensor *y = GET(m, "pad", T(index), INTS(1, 2));
    cr_expect(at(y, 0) == -1 && at(y, 1) == 4 && at(y, 4) == -1);
    REFUSES(m, "padded with none", "pad", T(index), INTS(1, 2), I(0), D(3));
    REFUSES(m, "more is taken away", "pad", T(index), INTS(INT64_MIN, 0));
    REFUSES(m, "too large", "pad", T(index), INTS(INT64_MAX, 0));
    drop(index, y, NULL, NULL);
    close_clean(m);
}
