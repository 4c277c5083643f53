/* reduce.c: sums, means, extremes and their kin over any dimensions.
 *
 * The primitives fold (fold.c); variance, norms and logsumexp are composed
 * of them.  Arguments are the same everywhere: 0 the tensor, 1 the
 * dimensions (absent: all of them), 2 whether they stay with size one.
 */
#include <math.h>

#include "fold.h"

#define DIMS "x: tensor, dim: dims?, keepdim: bool = false"

/* ---- Shapes ----------------------------------------------------------- */

/* The shape of `t` with the dimensions of the mask reduced; keep: to 1. */
static int reduced_shape(int ndim, const int64_t *shape, uint32_t dims,
                         bool keep, int64_t *out) {
    int n = 0;
    for (int d = 0; d < ndim; d++)
        if (!(dims >> d & 1))
            out[n++] = shape[d];
        else if (keep)
            out[n++] = 1;
    return n;
}

static int64_t elements_in(int ndim, const int64_t *shape, uint32_t dims) {
    int64_t n = 1;
    for (int d = 0; d < ndim; d++)
        n *= dims >> d & 1 ? shape[d] : 1;
    return n;
}

static int fold_shape(mlrt__call *c, int kind, int dtype) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    uint32_t dims;
    int64_t shape[MLRT_MAX_DIMS];
    if (!c->m->k->reduce[x->dtype]->fold[kind])
        return mlrt__bad(c, MLRT_EDTYPE,
                         "argument 'x': an index has no arithmetic; convert "
                         "with x:to(\"i64\")");
    int err = mlrt__dims(c, 1, x->ndim, &dims);
    if (err)
        return err;
    c->scratch_bytes = mlrt__fold_scratch(c->m, kind, x, dims);
    int n = reduced_shape(x->ndim, x->shape, dims, mlrt__i(c, 2) != 0, shape);
    return mlrt__out(c, 0, dtype, n, shape);
}

static int fold_forward(mlrt__call *c, int kind, bool divide) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    uint32_t dims;
    int err = mlrt__dims(c, 1, x->ndim, &dims);
    double n = divide ? (double)elements_in(x->ndim, x->shape, dims) : 1;
    return err ? err
               : mlrt__fold_over(c->m, kind, x, dims, c->y[0], n, c->scratch);
}

/* ---- What backward needs ---------------------------------------------- */

/* The dimensions a recorded call reduced; none given: all. */
static uint32_t dims_of(const mlrt__walk *w, int ndim) {
    const mlrt_arg *a = mlrt__arg(w, 1);
    int n = ndim ? ndim : 1;
    uint32_t mask = 0;
    if (a->kind == MLRT_VAL_NONE || a->n == 0)
        return (1u << ndim) - 1;
    for (int j = 0; j < a->n; j++)
        mask |= 1u << (a->u.v[j] < 0 ? a->u.v[j] + n : a->u.v[j]);
    return mask;
}

/* t, of an output's shape, with the reduced dimensions put back as 1. */
static mlrt_tensor *kept(mlrt__walk *w, mlrt_tensor *t) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    int64_t shape[MLRT_MAX_DIMS];
    int n = reduced_shape(x->ndim, x->shape, dims_of(w, x->ndim), true, shape);
    return mlrt_reshape(w->m, t, shape, n);
}

static mlrt_tensor *spread(mlrt__walk *w, mlrt_tensor *g) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    return mlrt_expand(w->m, kept(w, g), x->shape, x->ndim);
}

/* ---- sum, mean, nansum, prod ------------------------------------------- */

static int total_dtype(const mlrt_tensor *x) {
    return mlrt__is_float(x->dtype) ? x->dtype : MLRT_I64;
}

static int sum_shape(mlrt__call *c) {
    return fold_shape(c, MLRT__FOLD_SUM, total_dtype(mlrt__t(c, 0)));
}
static int sum_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_SUM, false);
}
static void sum_backward(mlrt__walk *w) {
    mlrt__give(w, 0, spread(w, mlrt__g(w, 0)));
}

static int mean_shape(mlrt__call *c) {
    int err = mlrt__want_float(c, 0);
    return err ? err : fold_shape(c, MLRT__FOLD_SUM, mlrt__t(c, 0)->dtype);
}
static int mean_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_SUM, true);
}
static void mean_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    int64_t n = elements_in(x->ndim, x->shape, dims_of(w, x->ndim));
    mlrt_tensor *share = mlrt_number(w->m, (double)n);
    mlrt__give(w, 0, spread(w, mlrt_div(w->m, mlrt__g(w, 0), share)));
}

static int squares_shape(mlrt__call *c) {
    int err = mlrt__want_float(c, 0);
    return err ? err : fold_shape(c, MLRT__FOLD_SQUARES, mlrt__t(c, 0)->dtype);
}
static int squares_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_SQUARES, false);
}
static void squares_backward(mlrt__walk *w) {
    mlrt_tensor *twice = mlrt_mul(w->m, kept(w, mlrt__g(w, 0)),
                                  mlrt_number(w->m, 2));
    mlrt__give(w, 0, mlrt_mul(w->m, twice, mlrt__in(w, 0)));
}

static int nansum_shape(mlrt__call *c) {
    int err = mlrt__want_float(c, 0);
    return err ? err : fold_shape(c, MLRT__FOLD_NANSUM, mlrt__t(c, 0)->dtype);
}
static int nansum_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_NANSUM, false);
}
static void nansum_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *nan = mlrt_isnan(m, mlrt__in(w, 0));
    mlrt__give(w, 0,
               mlrt_where(m, nan, mlrt_number(m, 0), spread(w, mlrt__g(w, 0))));
}

static int prod_shape(mlrt__call *c) {
    return fold_shape(c, MLRT__FOLD_PROD, total_dtype(mlrt__t(c, 0)));
}
static int prod_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_PROD, false);
}

/* From x (k, n) the products of all other elements of each row, without a
 * division: a tree of products of pairs upwards (n padded with ones to a
 * power of two), then downwards "all others" of a node are those of its
 * parent times its sibling. */
static mlrt_tensor *others(mlrt *m, mlrt_tensor *x) {
    mlrt_tensor *level[64];
    int top = 0;
    if (!x)
        return NULL;
    int64_t rows = x->shape[0], width = 1, n = x->shape[1];
    while (width < n)
        width *= 2;
    mlrt_tensor *ones = mlrt__full(m, x->dtype, 2, (int64_t[]){rows, width - n},
                                   1);
    level[0] = mlrt_cat(m, (mlrt_tensor *[]){x, ones}, 2, 1);
    for (int64_t at = width; at > 1; at /= 2, top++) {
        mlrt_tensor *pairs = mlrt_reshape(m, level[top],
                                          (int64_t[]){rows, at / 2, 2}, 3);
        level[top + 1] = mlrt_prod(m, pairs, (int64_t[]){2}, 1, false);
        level[top] = mlrt_flip(m, pairs, (int64_t[]){2}, 1);
    }
    mlrt_tensor *y = mlrt__full(m, x->dtype, 2, (int64_t[]){rows, 1}, 1);
    for (int64_t at = 1; top-- > 0; at *= 2) {
        y = mlrt_reshape(m, y, (int64_t[]){rows, at, 1}, 3);
        y = mlrt_mul(m, y, level[top]);
        y = mlrt_reshape(m, y, (int64_t[]){rows, 2 * at}, 2);
    }
    return mlrt_narrow(m, y, 1, 0, n);
}

/* The reduced dimensions of x last, as one: (k, n), and the way back. */
static mlrt_tensor *product_of_others(mlrt__walk *w, mlrt_tensor *x) {
    int64_t order[MLRT_MAX_DIMS], back[MLRT_MAX_DIMS], moved[MLRT_MAX_DIMS];
    uint32_t dims = dims_of(w, x->ndim);
    int n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int d = 0; d < x->ndim; d++)
            if ((int)(dims >> d & 1) == pass) {
                back[d] = n;
                moved[n] = x->shape[d];
                order[n++] = d;
            }
    int64_t inner = elements_in(x->ndim, x->shape, dims);
    int64_t flat[2] = {inner ? x->numel / inner : 0, inner};
    mlrt_tensor *t = mlrt_permute(w->m, x, order, n);
    t = others(w->m, mlrt_reshape(w->m, t, flat, 2));
    t = mlrt_reshape(w->m, t, moved, n);
    return mlrt_permute(w->m, t, back, n);
}

static bool has_zero(mlrt *m, mlrt_tensor *x) {
    int64_t found = 0;
    bool recording = mlrt_set_grad_mode(m, false);
    mlrt_tensor *zero = mlrt_eq(m, x, mlrt_number(m, 0));
    if (mlrt_item_int(mlrt_any(m, zero, NULL, 0, false), &found) != 0)
        found = 1;
    mlrt_set_grad_mode(m, recording);
    return found != 0;
}

static void prod_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, 0), *g = kept(w, mlrt__g(w, 0));
    if (!x || x->ndim == 0)
        mlrt__give(w, 0, g);
    else if (x->numel == 0) /* g has 1 where x has 0 */
        mlrt__give(w, 0, mlrt_mul(m, g, x));
    else if (has_zero(m, x))
        mlrt__give(w, 0, mlrt_mul(m, g, product_of_others(w, x)));
    else
        mlrt__give(
            w, 0,
            mlrt_div(m, mlrt_mul(m, g, kept(w, mlrt__saved_out(w, 0))), x));
}

/* ---- amax, amin, any, all, count_nonzero ------------------------------ */

static int nonempty(const mlrt__call *c, int ndim, const int64_t *shape,
                    uint32_t dims) {
    for (int d = 0; d < ndim; d++)
        if (dims >> d & 1 && shape[d] == 0) {
            char text[MLRT__SHAPE_TEXT];
            return mlrt__bad(c, MLRT_ESHAPE,
                             "nothing to choose from: dim %lld of %s has no "
                             "elements",
                             (long long)mlrt__shown(c->m, d),
                             mlrt__shape_text(text, ndim, shape));
        }
    return 0;
}

static int extreme_shape(mlrt__call *c, int kind) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    uint32_t dims;
    int err = fold_shape(c, kind, x->dtype);
    if (!err)
        err = mlrt__dims(c, 1, x->ndim, &dims);
    return err ? err : nonempty(c, x->ndim, x->shape, dims);
}
static int amax_shape(mlrt__call *c) {
    return extreme_shape(c, MLRT__FOLD_AMAX);
}
static int amax_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_AMAX, false);
}
static int amin_shape(mlrt__call *c) {
    return extreme_shape(c, MLRT__FOLD_AMIN);
}
static int amin_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_AMIN, false);
}

/* Equal extremes share the gradient equally. */
static void extreme_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    const mlrt__edge *x = mlrt__operand(w, 0);
    uint32_t mask = dims_of(w, x->ndim);
    int64_t dims[MLRT_MAX_DIMS];
    int n = 0;
    for (int d = 0; d < x->ndim; d++)
        if (mask >> d & 1)
            dims[n++] = d;
    mlrt_tensor *best = mlrt_eq(m, mlrt__in(w, 0),
                                kept(w, mlrt__saved_out(w, 0)));
    mlrt_tensor *ties = mlrt_sum(m, best, dims, n, true);
    mlrt_tensor *share = mlrt_div(m, kept(w, mlrt__g(w, 0)), ties);
    mlrt__give(w, 0, mlrt_where(m, best, share, mlrt_number(m, 0)));
}

static int any_shape(mlrt__call *c) {
    return fold_shape(c, MLRT__FOLD_ANY, MLRT_BOOL);
}
static int any_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_ANY, false);
}
static int all_shape(mlrt__call *c) {
    return fold_shape(c, MLRT__FOLD_ALL, MLRT_BOOL);
}
static int all_forward(mlrt__call *c) { /* "all" compares with the count */
    return fold_forward(c, MLRT__FOLD_ALL, true);
}
static int count_shape(mlrt__call *c) {
    return fold_shape(c, MLRT__FOLD_COUNT, MLRT_I64);
}
static int count_forward(mlrt__call *c) {
    return fold_forward(c, MLRT__FOLD_COUNT, false);
}

/* ---- Composed --------------------------------------------------------- */

/* The argument "dim" as a C list, absent: empty. */
static const int64_t *dim_list(const mlrt__call *c, int *n) {
    *n = mlrt__has(c, 1) ? c->arg[1].n : 0;
    return *n ? c->arg[1].u.v : NULL;
}

/* y = sum((x - mean(x))^2) / (n - correction) */
static mlrt_tensor *variance(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    uint32_t mask;
    int n;
    const int64_t *dims = dim_list(c, &n);
    if (mlrt__want_float(c, 0) != 0 || mlrt__dims(c, 1, x->ndim, &mask) != 0)
        return NULL;
    double freedom = (double)elements_in(x->ndim, x->shape, mask) -
                     (double)mlrt__i(c, 3);
    mlrt_tensor *d = mlrt_sub(m, x, mlrt_mean(m, x, dims, n, true));
    mlrt_tensor *s = mlrt__sum_squares(m, d, dims, n, mlrt__i(c, 2) != 0);
    return mlrt_div(m, s, mlrt_number(m, freedom > 0 ? freedom : 0));
}
static int var_compose(mlrt__call *c) {
    c->y[0] = variance(c);
    return 0;
}
static int std_compose(mlrt__call *c) {
    c->y[0] = mlrt__root(c->m, variance(c));
    return 0;
}

/* sqrt whose gradient at 0 is 0: that of a norm or a deviation. */
static int root_shape(mlrt__call *c) {
    int err = mlrt__want_float(c, 0);
    return err ? err : mlrt__out_like(c, 0, mlrt__t(c, 0));
}
static int root_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__iter it;
    mlrt__iter_init(&it, x->ndim, x->shape);
    mlrt__iter_add(&it, c->y[0]);
    mlrt__iter_add(&it, x);
    mlrt__iter_merge(&it);
    return mlrt__iter_run(c->m, &it, mlrt__loop_of(c, x->dtype), NULL, true);
}
static void root_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *y = mlrt__saved_out(w, 0), *zero = mlrt_number(m, 0);
    mlrt_tensor *twice = mlrt_mul(m, y, mlrt_number(m, 2));
    mlrt_tensor *g = mlrt_div(m, mlrt__g(w, 0), twice);
    mlrt__give(w, 0, mlrt_where(m, mlrt_eq(m, y, zero), zero, g));
}

/* (sum |x|^p)^(1/p), and its limits at infinity and minus infinity; p = 0
 * counts what is not zero. */
static int norm_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0), **y = &c->y[0];
    double p = mlrt__d(c, 1);
    bool keep = mlrt__i(c, 3) != 0;
    int n = mlrt__has(c, 2) ? c->arg[2].n : 0;
    const int64_t *dims = n ? c->arg[2].u.v : NULL;
    int err = mlrt__want_float(c, 0);
    if (err)
        return err;
    if (p == 2) {
        *y = mlrt__root(m, mlrt__sum_squares(m, x, dims, n, keep));
        return 0;
    }
    mlrt_tensor *a = mlrt_abs(m, x);
    if (p == 1)
        *y = mlrt_sum(m, a, dims, n, keep);
    else if (isinf(p))
        *y = p > 0 ? mlrt_amax(m, a, dims, n, keep)
                   : mlrt_amin(m, a, dims, n, keep);
    else if (p == 0)
        *y = mlrt_sum(m, mlrt_sign(m, a), dims, n, keep);
    else {
        mlrt_tensor *powers = mlrt_pow(m, a, mlrt_number(m, p));
        *y = mlrt_pow(m, mlrt_sum(m, powers, dims, n, keep),
                      mlrt_number(m, 1 / p));
    }
    return 0;
}

/* log(sum(exp(x - a))) + a with a = max(x), or 0 where that is infinite. */
static int logsumexp_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0), *zero = mlrt_number(m, 0);
    bool keep = mlrt__i(c, 2) != 0;
    int64_t shape[MLRT_MAX_DIMS];
    uint32_t mask;
    int n, err = mlrt__want_float(c, 0);
    if (!err)
        err = mlrt__dims(c, 1, x->ndim, &mask);
    if (err)
        return err;
    const int64_t *dims = dim_list(c, &n);
    if (elements_in(x->ndim, x->shape, mask) == 0) { /* log(0) */
        c->y[0] = mlrt_log(m, mlrt_sum(m, x, dims, n, keep));
        return 0;
    }
    bool recording = mlrt_set_grad_mode(m, false);
    mlrt_tensor *a = mlrt_amax(m, x, dims, n, true);
    a = mlrt_where(m, mlrt_isfinite(m, a), a, zero);
    mlrt_set_grad_mode(m, recording);
    mlrt_tensor *s = mlrt_exp(m, mlrt_sub(m, x, a));
    s = mlrt_log(m, mlrt_sum(m, s, dims, n, keep));
    int ndim = reduced_shape(x->ndim, x->shape, mask, keep, shape);
    c->y[0] = mlrt_add(m, s, mlrt_reshape(m, a, shape, ndim));
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define ANY_DIMS                                                               \
    SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim={1,3}}",                    \
            "r(2,3,4), {dim=-1, keepdim=true}", "r()", "r(3,2):t(), 1",        \
            "!r(2,3), 3 -- dim 3 is out of range",                             \
            "!r(2,3), {1,1} -- dim 1 is given twice")

const mlrt__op mlrt__reduce[] = {
    {.name = "sum",
     .args = DIMS,
     .outs = "y",
     .doc = "Sum over the given dimensions, all if none are given. Integers "
            "and bool give i64, which wraps. An empty sum is 0. Floats are "
            "added in blocks, so the error hardly grows with the count.",
     .shape = sum_shape,
     .forward = sum_forward,
     .backward = sum_backward,
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim={1,3}}",
                        "r(2,3,4), {dim=-1, keepdim=true}", "r()", "r(0,3), 1",
                        "r(3,2):t(), 1", "b{true,false,true}", "i(2,3), 2",
                        "!r(2,3), 3 -- dim 3 is out of range",
                        "!ix{1,2} -- an index has no arithmetic")},
    {.name = "mean",
     .args = DIMS,
     .outs = "y",
     .doc = "Arithmetic mean over the given dimensions, all if none are "
            "given. x: f32 or f64. The mean of nothing is nan.",
     .shape = mean_shape,
     .forward = mean_forward,
     .backward = mean_backward,
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim={1,3}}",
                        "r(2,3,4), {dim=-1, keepdim=true}", "r()",
                        "r(3,2):t(), 1", "!i(2,3) -- f32 or f64 expected",
                        "!r(2,3), {1,1} -- dim 1 is given twice")},
    {.name = "nansum",
     .args = DIMS,
     .outs = "y",
     .doc = "Sum over the given dimensions, all if none are given, of the "
            "elements that are not nan. x: f32 or f64.",
     .shape = nansum_shape,
     .forward = nansum_forward,
     .backward = nansum_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(2,3):log()", "r(2,3):log(), 1",
                        "r(2,3,4), {dim={1,3}, keepdim=true}",
                        "!i(2,3) -- f32 or f64 expected")},
    {.name = "prod",
     .args = DIMS,
     .outs = "y",
     .doc = "Product over the given dimensions, all if none are given. "
            "Integers and bool give i64, which wraps. An empty product is 1.",
     .shape = prod_shape,
     .forward = prod_forward,
     .backward = prod_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0)},
     .samples = SAMPLES("p(2,3)", "p(2,3), 1", "p(2,3,4), {dim={1,3}}", "p()",
                        "t{{0,2,3},{4,0,0}}, 2", "p(0,3), 1",
                        "p(3,2):t(), {dim=1, keepdim=true}", "i(2,3)")},
    {.name = "amax",
     .args = DIMS,
     .outs = "y",
     .doc = "Largest element over the given dimensions, all if none are "
            "given; nan if there is one. Equal elements share the gradient. "
            "Nothing to choose from is an error.",
     .shape = amax_shape,
     .forward = amax_forward,
     .backward = extreme_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0)},
     .samples = ANY_DIMS},
    {.name = "amin",
     .args = DIMS,
     .outs = "y",
     .doc = "Smallest element over the given dimensions, all if none are "
            "given; nan if there is one. Equal elements share the gradient. "
            "Nothing to choose from is an error.",
     .shape = amin_shape,
     .forward = amin_forward,
     .backward = extreme_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0)},
     .samples = ANY_DIMS},
    {.name = "any",
     .args = DIMS,
     .outs = "y",
     .doc = "Whether an element over the given dimensions is not zero; false "
            "for nothing. nan is not zero.",
     .shape = any_shape,
     .forward = any_forward,
     .samples = SAMPLES("b{true,false}", "i(2,3), 1", "r(2,3), 2")},
    {.name = "all",
     .args = DIMS,
     .outs = "y",
     .doc = "Whether no element over the given dimensions is zero; true for "
            "nothing. nan is not zero.",
     .shape = all_shape,
     .forward = all_forward,
     .samples = SAMPLES("b{true,false}", "i(2,3), 1", "r(2,3), 2")},
    {.name = "count_nonzero",
     .args = DIMS,
     .outs = "y",
     .doc = "How many elements over the given dimensions are not zero, as "
            "i64. nan is not zero.",
     .shape = count_shape,
     .forward = count_forward,
     .samples = SAMPLES("b{true,false}", "i(2,3), 1", "r(2,3), 2")},
    {.name = "var",
     .args = DIMS ", correction: int = 1",
     .outs = "y",
     .doc = "Variance over the given dimensions: the sum of squared "
            "distances from the mean, divided by the count less "
            "`correction`. Too few elements give nan or inf. x: f32 or f64.",
     .compose = var_compose,
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim={1,3}}",
                        "r(2,3), {dim=2, correction=0, keepdim=true}",
                        "!i(2,3) -- f32 or f64 expected")},
    {.name = "std",
     .args = DIMS ", correction: int = 1",
     .outs = "y",
     .doc = "Standard deviation over the given dimensions: the square root "
            "of `var`. Its gradient is 0 where it is 0.",
     .compose = std_compose,
     .samples = SAMPLES("r(2,3)", "r(3,3), 1", "r(2,3,4), {dim={1,3}}",
                        "r(2,3), {dim=2, correction=0, keepdim=true}")},
    {.name = "norm",
     .args = "x: tensor, p: number = 2, dim: dims?, keepdim: bool = false",
     .outs = "y",
     .doc = "Vector norm (sum |x|^p)^(1/p) over the given dimensions. p may "
            "be inf (largest |x|), -inf (smallest) or 0 (count of elements "
            "that are not zero). x: f32 or f64. The 2-norm's gradient at 0 "
            "is 0.",
     .compose = norm_compose,
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3), {p=3, dim=1}",
                        "r(2,3,4), {dim={1,3}, keepdim=true}",
                        "r(2,3), {p=1/0, dim=2}",
                        "!i(2,3) -- f32 or f64 expected")},
    {.name = "logsumexp",
     .args = DIMS,
     .outs = "y",
     .doc = "log(sum(exp(x))) over the given dimensions, without overflow. "
            "x: f32 or f64.",
     .compose = logsumexp_compose,
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim={1,3}}",
                        "r(2,3), {dim=2, keepdim=true}", "r()")},
    {.name = "_sum_squares",
     .args = DIMS,
     .outs = "y",
     .doc = "Sum of squares over the given dimensions, in double.",
     .shape = squares_shape,
     .forward = squares_forward,
     .backward = squares_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_DIMS},
    {.name = "_root",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Square root with gradient 0 at 0, for norms.",
     .kernel = "sqrt",
     .shape = root_shape,
     .forward = root_forward,
     .backward = root_backward,
     .saves = {MLRT__OUT(0)},
     .samples = SAMPLES("p(2,3)", "p()", "p(0)", "!i(2) -- f32 or f64")},
    {0},
};
