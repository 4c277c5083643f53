/* count.c: how many elements have which value. */
#include <math.h>

#include "../copy.h"
#include "element.h"

/* ---- bincount --------------------------------------------------------- */

enum { BC_X, BC_WEIGHTS, BC_LEAST };

static inline int64_t whole(int dtype, const void *x, int64_t i) {
    switch (dtype) {
    case MLRT_I32: return ((const int32_t *)x)[i];
    case MLRT_U8: return ((const uint8_t *)x)[i];
    default: return ((const int64_t *)x)[i];
    }
}

/* Least and largest of n > 0 neighbours. */
static void extremes(int dtype, const void *x, int64_t n, int64_t *least,
                     int64_t *most) {
    for (int64_t i = 0; i < n; i++) {
        int64_t v = whole(dtype, x, i);
        *least = v < *least ? v : *least;
        *most = v > *most ? v : *most;
    }
}

/* Offset of element i, in C order, of a strided tensor. */
static int64_t offset_of(const mlrt_tensor *t, int64_t i) {
    int64_t offset = 0;
    for (int d = t->ndim - 1; d >= 0; d--) {
        offset += i % t->shape[d] * t->stride[d];
        i /= t->shape[d];
    }
    return offset;
}

static int wrong_value(const mlrt__call *c, int64_t v) {
    if (mlrt__t(c, BC_X)->dtype == MLRT_INDEX)
        return mlrt__bad(c, MLRT_EINDEX, "the index holds none");
    return mlrt__bad(c, MLRT_EARG, "x: 0 and above expected, got %lld",
                     (long long)v);
}

/* One more than the largest value, and not less than minlength.  x may have
 * any strides. */
static int bins_of(const mlrt__call *c, int64_t *bins) {
    const mlrt_tensor *x = mlrt__t(c, BC_X);
    int64_t least = 0, most = mlrt__i(c, BC_LEAST) - 1, n;
    bool flat = mlrt__contiguous(x);
    n = flat ? x->numel : 1;
    for (int64_t i = 0; i < x->numel; i += n) {
        size_t at = (size_t)(flat ? 0 : offset_of(x, i));
        const char *p = mlrt__ptr(x) + at * mlrt__dsize(x->dtype);
        extremes(x->dtype, p, n, &least, &most);
    }
    if (least < 0 || most == INT64_MAX)
        return wrong_value(c, least < 0 ? least : most);
    *bins = most + 1;
    return 0;
}

static int bincount_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, BC_X), *w = mlrt__t(c, BC_WEIGHTS);
    int64_t bins;
    if (mlrt__is_float(x->dtype) || x->dtype == MLRT_BOOL)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "argument 'x': index or integers expected, got %s",
                         mlrt_dtype_name((mlrt_dtype)x->dtype));
    int err = mlrt__want_float(c, BC_WEIGHTS);
    if (!err && w && !mlrt__same_shape(x, w))
        err = mlrt__bad(c, MLRT_ESHAPE, "x %s and weights %s differ",
                        MLRT__ST(x), MLRT__ST(w));
    if (!err && mlrt__i(c, BC_LEAST) < 0)
        err = mlrt__bad(c, MLRT_EARG, "minlength: 0 or more expected, got %lld",
                        (long long)mlrt__i(c, BC_LEAST));
    if (!err)
        err = bins_of(c, &bins);
    return err ? err : mlrt__out(c, 0, w ? w->dtype : MLRT_I64, 1, &bins);
}

static int bincount_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, BC_X), *w = mlrt__t(c, BC_WEIGHTS);
    void *y = mlrt__ptr(c->y[0]);
    const void *p = mlrt__ptr(x);
    mlrt__fill(c->m, c->y[0], 0);
    for (int64_t i = 0; !w && i < x->numel; i++)
        ((int64_t *)y)[whole(x->dtype, p, i)]++;
    for (int64_t i = 0; w && i < x->numel; i++) {
        int64_t v = whole(x->dtype, p, i);
        mlrt__put(w->dtype, y, v,
                  mlrt__get(w->dtype, y, v) +
                      mlrt__get(w->dtype, mlrt__ptr(w), i));
    }
    return 0;
}

/* ---- histc ------------------------------------------------------------ */

enum { H_X, H_BINS, H_MIN, H_MAX };

static int histc_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, H_X);
    int64_t bins = mlrt__i(c, H_BINS);
    int err = mlrt__want_float(c, H_X);
    if (!err && bins < 1)
        err = mlrt__bad(c, MLRT_EARG, "bins: 1 or more expected, got %lld",
                        (long long)bins);
    return err ? err : mlrt__out(c, 0, x->dtype, 1, &bins);
}

/* The least and the largest element, nan if there is one. */
static void span(const mlrt_tensor *x, double *low, double *high) {
    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t i = 0; i < x->numel; i++) {
        double v = mlrt__get(x->dtype, mlrt__ptr(x), i);
        *low = v < *low || v != v ? v : *low;
        *high = v > *high || v != v ? v : *high;
    }
}

/* The given range, or that of x; one point becomes a range of 2 around it. */
static int range_of(const mlrt__call *c, double *low, double *high) {
    const mlrt_tensor *x = mlrt__t(c, H_X);
    *low = mlrt__d(c, H_MIN);
    *high = mlrt__d(c, H_MAX);
    if (*low == *high && x->numel)
        span(x, low, high);
    if (*low == *high) {
        *low -= 1;
        *high += 1;
    }
    if (*low < *high && isfinite(*low) && isfinite(*high))
        return 0;
    return mlrt__bad(c, MLRT_EARG, "there is no range from %g to %g", *low,
                     *high);
}

static int histc_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, H_X);
    void *y = mlrt__ptr(c->y[0]);
    int64_t bins = c->y[0]->numel;
    double low, high;
    int err = range_of(c, &low, &high);
    mlrt__fill(c->m, c->y[0], 0);
    for (int64_t i = 0; i < x->numel && !err; i++) {
        double v = mlrt__get(x->dtype, mlrt__ptr(x), i);
        if (!(v >= low && v <= high))
            continue;
        int64_t k = (int64_t)((v - low) / (high - low) * (double)bins);
        k = k < bins ? k : bins - 1;
        mlrt__put(x->dtype, y, k, mlrt__get(x->dtype, y, k) + 1);
    }
    return err;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__count[] = {
    {.name = "bincount",
     .args = "x: tensor, weights: tensor?, minlength: int = 0",
     .outs = "y",
     .doc = "How many elements of x have each value 0, 1, ... (of an index: "
            "each position), as i64; at least minlength of them. x: index or "
            "integers that are not negative, of any shape. weights: f32 or "
            "f64 of x's shape, added up instead of 1. Memory grows with the "
            "largest value.",
     .contiguous = MLRT__IN(BC_X) | MLRT__IN(BC_WEIGHTS),
     .shape = bincount_shape,
     .forward = bincount_forward,
     .samples = SAMPLES(
         "ix{1,3,3}", "ix{1,3,3}, {minlength=5}", "i(2,3):abs()",
         "ix{1,3,3}, p(3)", "i(0)", "!r(2) -- index or integers expected",
         "!m.tensor({1,-1},{dtype=\"i64\"}) -- 0 and above expected, got -1",
         "!ix{1,2}, p(3) -- x (2) and weights (3) differ",
         "!ix{1,2}, {minlength=-1} -- 0 or more expected, got -1")},
    {.name = "histc",
     .args = "x: tensor, bins: int = 100, min: number = 0, max: number = 0",
     .outs = "y",
     .doc = "How many elements fall into each of `bins` equal parts of min "
            "to max (both 0: the least to the largest element), in x's dtype. "
            "Elements outside, and nan, are not counted; the last part holds "
            "max. x: f32 or f64.",
     .contiguous = MLRT__IN(H_X),
     .shape = histc_shape,
     .forward = histc_forward,
     .samples = SAMPLES("r(20), 5", "r(4,5), {bins=4, min=-1, max=1}",
                        "r(5,4):t(), 3", "p(3), {bins=2, min=0, max=2}",
                        "r(0), 3", "r(), 3", "!r(2), 0 -- 1 or more expected",
                        "!r(2), {bins=2, min=1, max=0} -- no range from 1",
                        "!i(3), 2 -- f32 or f64 expected")},
    {0},
};
