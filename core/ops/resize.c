/* resize.c: images and lines of other sizes.
 *
 * Each dimension is resized by itself, by choosing neighbours and mixing
 * them: bilinear is linear along H, then along W.  What moves pixels in other
 * ways is in warp.c.
 */
#include <math.h>

#include "warp.h"

/* ---- interpolate ------------------------------------------------------ */

enum { X, SIZE, FACTOR, MODE, CORNERS };
enum { NEAREST, LINEAR, BILINEAR, AREA };

/* Where output i of n_out lies among n inputs, from 0; the steps are n / n_out
 * or, if a factor was given, 1 / factor. */
typedef struct grid {
    int64_t n, n_out;
    double factor; /* 0: none */
    bool corners;
} grid;

static double source(const grid *g, int64_t i) {
    double step = g->factor > 0 ? 1 / g->factor
                                : (double)g->n / (double)g->n_out;
    if (g->corners)
        return g->n_out > 1
                   ? (double)i * (double)(g->n - 1) / (double)(g->n_out - 1)
                   : 0;
    return fmax(0, ((double)i + 0.5) * step - 0.5);
}

static int64_t nearest(const grid *g, int64_t i) {
    int64_t k = g->factor > 0
                    ? (int64_t)((double)i / g->factor)
                    : (int64_t)((double)i * (double)g->n / (double)g->n_out);
    return k < g->n ? k : g->n - 1;
}

static mlrt_tensor *choose_nearest(mlrt *m, mlrt_tensor *x, int dim,
                                   const grid *g) {
    mlrt_tensor *at = mlrt_empty(m, MLRT_INDEX, 1, &g->n_out);
    for (int64_t i = 0; at && i < g->n_out; i++)
        ((int64_t *)(void *)mlrt__ptr(at))[i] = nearest(g, i);
    return mlrt_index_select(m, x, dim, at);
}

/* The two neighbours of each output and the second one's share. */
static mlrt_tensor *mix(mlrt *m, mlrt_tensor *x, int dim, const grid *g) {
    int64_t shape[MLRT_MAX_DIMS] = {g->n_out, 1}, *low, *high;
    int ndim = x->ndim - dim;
    for (int d = 1; d < ndim; d++)
        shape[d] = 1;
    mlrt_tensor *a = mlrt_empty(m, MLRT_INDEX, 1, &g->n_out);
    mlrt_tensor *b = mlrt_empty(m, MLRT_INDEX, 1, &g->n_out);
    mlrt_tensor *share = mlrt_empty(m, MLRT_F64, ndim, shape);
    if (!a || !b || !share)
        return NULL;
    low = (int64_t *)(void *)mlrt__ptr(a);
    high = (int64_t *)(void *)mlrt__ptr(b);
    for (int64_t i = 0; i < g->n_out; i++) {
        double at = source(g, i), whole = floor(at);
        low[i] = (int64_t)whole < g->n ? (int64_t)whole : g->n - 1;
        high[i] = low[i] + 1 < g->n ? low[i] + 1 : g->n - 1;
        ((double *)(void *)mlrt__ptr(share))[i] = at - whole;
    }
    share = mlrt_to(m, share, (mlrt_dtype)x->dtype);
    a = mlrt_index_select(m, x, dim, a);
    b = mlrt_index_select(m, x, dim, b);
    return mlrt_add(m, a, mlrt_mul(m, mlrt_sub(m, b, a), share));
}

/* The sizes wanted: given, or the old ones times the factor. */
static int wanted(const mlrt__call *c, const mlrt_tensor *x, int64_t *size) {
    const mlrt_arg *given = &c->arg[SIZE];
    int spaces = x->ndim - 2;
    bool some = mlrt__has(c, SIZE), factor = mlrt__has(c, FACTOR);
    if (some == factor)
        return mlrt__bad(c, MLRT_EARG, "size or scale_factor expected");
    if (some && given->n != 1 && given->n != spaces)
        return mlrt__bad(c, MLRT_ESHAPE, "size: 1 or %d sizes expected, got %d",
                         spaces, given->n);
    for (int d = 0; d < spaces; d++) {
        double v = some ? (double)given->u.v[given->n == 1 ? 0 : d]
                        : floor((double)x->shape[d + 2] * mlrt__d(c, FACTOR));
        if (!(v >= 1 && v < 1e15) || x->shape[d + 2] == 0)
            return mlrt__bad(
                c, MLRT_ESHAPE, "x %s cannot be resized to %g along dim %lld",
                MLRT__ST(x), v, (long long)mlrt__shown(c->m, d + 2));
        size[d] = (int64_t)v;
    }
    return 0;
}

static int check_mode(const mlrt__call *c, const mlrt_tensor *x) {
    int64_t mode = mlrt__i(c, MODE);
    int err = mlrt__want_float(c, X);
    if (!err && x->ndim != 3 && x->ndim != 4)
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "x: (N, C, L) or (N, C, H, W) expected, got %s",
                        MLRT__ST(x));
    if (!err && ((mode == LINEAR && x->ndim != 3) ||
                 (mode == BILINEAR && x->ndim != 4)))
        err = mlrt__bad(c, MLRT_EARG,
                        "mode: linear is for (N, C, L), bilinear for (N, C, "
                        "H, W); x is %s",
                        MLRT__ST(x));
    if (!err && mlrt__i(c, CORNERS) && (mode == NEAREST || mode == AREA))
        err = mlrt__bad(c, MLRT_EARG,
                        "align_corners is for linear and bilinear");
    return err;
}

static int interpolate_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X);
    int64_t size[MLRT_MAX_DIMS], mode = mlrt__i(c, MODE);
    int err = check_mode(c, x);
    if (!err)
        err = wanted(c, x, size);
    if (err)
        return err;
    if (mode == AREA) {
        c->y[0] = x->ndim == 3 ? mlrt_adaptive_avg_pool1d(m, x, size[0])
                               : mlrt_adaptive_avg_pool2d(m, x, size);
        return 0;
    }
    for (int d = 2; x && d < mlrt__t(c, X)->ndim; d++) {
        grid g = {x->shape[d], size[d - 2],
                  mlrt__has(c, FACTOR) ? mlrt__d(c, FACTOR) : 0,
                  mlrt__i(c, CORNERS) != 0};
        x = mode == NEAREST ? choose_nearest(m, x, d, &g) : mix(m, x, d, &g);
    }
    c->y[0] = x;
    return 0;
}

/* ---- pixel_shuffle, pixel_unshuffle ----------------------------------- */

static int want_image(const mlrt__call *c, const mlrt_tensor *x, int64_t r) {
    if (x->ndim < 3)
        return mlrt__bad(c, MLRT_ESHAPE, "x: (..., C, H, W) expected, got %s",
                         MLRT__ST(x));
    if (r < 1 || r > 1 << 15)
        return mlrt__bad(c, MLRT_EARG, "factor: 1 or more expected, got %lld",
                         (long long)r);
    return 0;
}

/* The dimensions before C as they are, then those listed. */
static mlrt_tensor *with_last(mlrt *m, mlrt_tensor *t, int lead,
                              const mlrt_tensor *x, const int64_t *last,
                              int n) {
    int64_t shape[MLRT_MAX_DIMS + 3];
    for (int d = 0; d < lead; d++)
        shape[d] = x->shape[d];
    for (int d = 0; d < n; d++)
        shape[lead + d] = last[d];
    return mlrt_reshape(m, t, shape, lead + n);
}

/* (C r r, H, W) -> (C, H r, W r), or back. */
static int shuffle_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t r = mlrt__i(c, 1);
    int lead = x->ndim - 3, err = want_image(c, x, r);
    if (err)
        return err;
    const int64_t *s = &x->shape[lead];
    if (s[0] % (r * r) != 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "%lld channels of x %s are not divided by %lld",
                         (long long)s[0], MLRT__ST(x), (long long)(r * r));
    int64_t out[3] = {s[0] / (r * r), s[1] * r, s[2] * r};
    int64_t flat[5] = {out[0], r, r, s[1], s[2]}, order[5] = {0, 3, 1, 4, 2};
    for (int d = 0; d < lead; d++)
        flat[0] *= x->shape[d];
    mlrt_tensor *y = mlrt_reshape(m, x, flat, 5);
    y = mlrt_permute(m, y, order, 5);
    c->y[0] = with_last(m, y, lead, x, out, 3);
    return 0;
}

static int unshuffle_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t r = mlrt__i(c, 1);
    int lead = x->ndim - 3, err = want_image(c, x, r);
    if (err)
        return err;
    const int64_t *s = &x->shape[lead];
    if (s[1] % r != 0 || s[2] % r != 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "height and width of x %s are not divided by %lld",
                         MLRT__ST(x), (long long)r);
    int64_t flat[5] = {s[0], s[1] / r, r, s[2] / r, r};
    int64_t order[5] = {0, 2, 4, 1, 3};
    int64_t out[3] = {s[0] * r * r, s[1] / r, s[2] / r};
    for (int d = 0; d < lead; d++)
        flat[0] *= x->shape[d];
    mlrt_tensor *y = mlrt_reshape(m, x, flat, 5);
    y = mlrt_permute(m, y, order, 5);
    c->y[0] = with_last(m, y, lead, x, out, 3);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__resize[] = {
    {.name = "interpolate",
     .args = "x: tensor, size: ints?, scale_factor: number?, mode: "
             "nearest|linear|bilinear|area = nearest, align_corners: bool = "
             "false",
     .outs = "y",
     .doc = "x: (N, C, L) or (N, C, H, W), f32 or f64, resized to `size` (one "
            "size, or one for each of the last dimensions) or by "
            "scale_factor: to the nearest element, between the nearest two "
            "or four (linear for lines, bilinear for images), or to the mean "
            "of areas. Elements are areas of size 1; with align_corners they "
            "are points, and the first and the last stay where they are.",
     .compose = interpolate_compose,
     .samples = SAMPLES(
         "r(2,3,4), {size=7}", "r(1,2,3,4), {scale_factor=2}",
         "r(1,1,4,6), {size={2,3}}", "r(1,2,5), {size=3, mode=\"linear\"}",
         "r(1,1,3,2), {scale_factor=2, mode=\"bilinear\"}",
         "r(1,1,3,2), {size={5,4}, mode=\"bilinear\", align_corners=true}",
         "r(1,1,4,4), {scale_factor=0.5, mode=\"bilinear\"}",
         "r(1,2,4,6), {size={2,3}, mode=\"area\"}",
         "r(1,2,6), {size=2, mode=\"area\"}", "r(0,2,3), {size=2}",
         "r(3,2,4):transpose(1,3), {size=2}",
         "!r(2,3,4) -- size or scale_factor expected",
         "!r(2,3), {size=2} -- (N, C, L) or (N, C, H, W) expected",
         "!r(1,1,4), {size={2,3}} -- size: 1 or 1 sizes expected, got 2",
         "!r(1,1,4), {size=0} -- cannot be resized to 0 along dim 3",
         "!r(1,1,4), {size=2, mode=\"bilinear\"} -- bilinear for",
         "!r(1,1,4), {size=2, align_corners=true} -- align_corners is for",
         "!i(1,1,4), {size=2} -- f32 or f64 expected")},
    {.name = "pixel_shuffle",
     .args = "x: tensor, upscale_factor: int",
     .outs = "y",
     .doc = "(..., C r r, H, W) as (..., C, H r, W r): channels become places "
            "(Shi et al. 2016).",
     .compose = shuffle_compose,
     .samples = SAMPLES("r(1,8,2,3), 2", "r(4,2,1), 2", "r(0,4,2,2), 2",
                        "!r(6,2,2), 2 -- are not divided by 4",
                        "!r(2,2), 2 -- (..., C, H, W) expected",
                        "!r(4,2,2), 0 -- 1 or more expected")},
    {.name = "pixel_unshuffle",
     .args = "x: tensor, downscale_factor: int",
     .outs = "y",
     .doc = "(..., C, H r, W r) as (..., C r r, H, W): the reverse of "
            "`pixel_shuffle`.",
     .compose = unshuffle_compose,
     .samples = SAMPLES("r(1,2,4,6), 2", "r(1,4,2), 2", "r(0,1,4,2), 2",
                        "!r(1,3,4), 2 -- are not divided by 2")},
    {.name = "_affine_map",
     .args = "x: tensor, map: tensor, height: int, width: int, "
             "mode: bilinear|nearest = bilinear, fill: number = 0",
     .outs = "y",
     .doc = "Images (N, C, H, W) moved by an affine map each, six numbers "
            "{a, b, c, d, e, f} in pixels from a place in the result to one "
            "in x: (a x + b y + c, d x + e y + f). Without a gradient.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = mlrt__affine_shape,
     .forward = mlrt__affine_forward,
     .samples = SAMPLES(
         "r(1,2,3,4), m.tensor({{-1,0,4,0,1,1}}, {dtype=\"f64\"}), 3, 4",
         "r(1,1,3,4), m.tensor({{.5,.1,0,-.2,.7,1}}, {dtype=\"f64\"}), 5, 2, "
         "{fill=2}",
         "r(0,1,3,4), m.tensor({}, {dtype=\"f64\"}):reshape(0,6), 5, 2, "
         "\"nearest\"",
         "!r(3,4), r(1,6), 3, 4 -- images (N, C, H, W) expected",
         "!r(2,1,3,4), r(1,6), 3, 4 -- six f64 for each of 2 images",
         "!r(1,1,3,4), r(1,6):to(\"f64\"), 0, 4 -- an image of 0 x 4 pixels")},
    {0},
};
