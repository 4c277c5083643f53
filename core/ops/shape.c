/* shape.c: elements in other places: turned round, shifted, repeated, in
 * windows.
 *
 * Everything is moved by copying between parts of tensors (part.h).
 */
#include "../copy.h"
#include "part.h"

/* ---- flip ------------------------------------------------------------- */

/* The dims named; unlike elsewhere, an empty list names none. */
static int flip_dims(const mlrt__call *c, uint32_t *dims) {
    *dims = 0;
    return c->arg[1].n ? mlrt__dims(c, 1, mlrt__t(c, 0)->ndim, dims) : 0;
}

static int flip_shape(mlrt__call *c) {
    uint32_t dims;
    int err = flip_dims(c, &dims);
    return err ? err : mlrt__out_like(c, 0, mlrt__t(c, 0));
}

static int flip_forward(mlrt__call *c) {
    mlrt_tensor from = *mlrt__t(c, 0);
    uint32_t dims;
    int err = flip_dims(c, &dims);
    for (int d = 0; d < from.ndim; d++)
        if (dims >> d & 1)
            mlrt__part_turn(&from, d);
    return err ? err : mlrt__copy_into(c->m, &from, c->y[0]);
}

static void flip_backward(mlrt__walk *w) {
    const mlrt_arg *dims = mlrt__arg(w, 1);
    mlrt__give(w, 0, mlrt_flip(w->m, mlrt__g(w, 0), dims->u.v, dims->n));
}

/* ---- roll ------------------------------------------------------------- */

/* How far each dimension of x moves, 0 <= far[d] < size. */
static int roll_shifts(const mlrt__call *c, const mlrt_tensor *x,
                       int64_t far[MLRT_MAX_DIMS]) {
    const mlrt_arg *shifts = &c->arg[1], *dims = &c->arg[2];
    uint32_t mask;
    memset(far, 0, MLRT_MAX_DIMS * sizeof *far);
    int err = mlrt__dims(c, 2, x->ndim, &mask);
    if (!err && shifts->n != dims->n)
        err = mlrt__bad(c, MLRT_EARG, "%d shifts for %d dims", shifts->n,
                        dims->n);
    for (int i = 0; i < dims->n && x->ndim && !err; i++) {
        int64_t d = mlrt__wrapped(dims->u.v[i], x->ndim), n = x->shape[d];
        far[d] = n ? mlrt__wrapped(shifts->u.v[i] % n, n) : 0;
    }
    return err;
}

static bool rolls_flat(const mlrt__call *c) {
    return c->arg[2].kind == MLRT_VAL_NONE;
}

static int roll_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t far[MLRT_MAX_DIMS];
    int err = 0;
    if (!rolls_flat(c))
        err = roll_shifts(c, x, far);
    else if (c->arg[1].n != 1)
        err = mlrt__bad(c, MLRT_EARG, "%d shifts without dims; one expected",
                        c->arg[1].n);
    return err ? err : mlrt__out_like(c, 0, x);
}

/* to[(i + far) % n] = from[i] for dimensions d and behind, as two blocks. */
static int roll_blocks(mlrt *m, const mlrt_tensor *from, const mlrt_tensor *to,
                       const int64_t *far, int d) {
    int err = 0;
    for (; d < from->ndim && far[d] == 0; d++)
        ;
    if (d == from->ndim) {
        mlrt_tensor y = *to;
        return mlrt__copy_into(m, from, &y);
    }
    for (int last = 0; last < 2 && !err; last++) {
        mlrt_tensor a = *from, b = *to;
        int64_t stay = from->shape[d] - far[d];
        mlrt__part_take(&a, d, last ? stay : 0, last ? far[d] : stay);
        mlrt__part_take(&b, d, last ? 0 : far[d], last ? far[d] : stay);
        err = roll_blocks(m, &a, &b, far, d + 1);
    }
    return err;
}

/* t, which is contiguous, as one dimension. */
static void flatten(mlrt_tensor *t) {
    t->ndim = 1;
    t->shape[0] = t->numel;
    t->stride[0] = 1;
}

static int roll_forward(mlrt__call *c) {
    mlrt_tensor from = *mlrt__t(c, 0), to = *c->y[0];
    int64_t far[MLRT_MAX_DIMS], n = from.numel;
    int err = 0;
    if (n == 0)
        return 0;
    if (rolls_flat(c)) {
        flatten(&from);
        flatten(&to);
        far[0] = mlrt__wrapped(c->arg[1].u.v[0] % n, n);
    } else {
        err = roll_shifts(c, &from, far);
    }
    return err ? err : roll_blocks(c->m, &from, &to, far, 0);
}

static void roll_backward(mlrt__walk *w) {
    const mlrt_arg *shifts = mlrt__arg(w, 1), *dims = mlrt__arg(w, 2);
    const mlrt__edge *x = mlrt__operand(w, 0);
    bool flat = dims->kind == MLRT_VAL_NONE;
    int64_t back[MLRT_MAX_DIMS], numel = 1;
    for (int d = 0; d < x->ndim; d++)
        numel *= x->shape[d];
    for (int i = 0; i < shifts->n; i++) {
        int64_t n = flat || x->ndim == 0
                        ? numel
                        : x->shape[mlrt__wrapped(dims->u.v[i], x->ndim)];
        back[i] = n ? -(shifts->u.v[i] % n) : 0;
    }
    mlrt__give(w, 0,
               mlrt_roll(w->m, mlrt__g(w, 0), back, shifts->n,
                         flat ? NULL : dims->u.v, flat ? 0 : dims->n));
}

/* ---- tile ------------------------------------------------------------- */

/* Sizes and counts of x's dimensions, as many as there are of either. */
typedef struct tiling {
    int n;
    int64_t size[MLRT_MAX_DIMS], times[MLRT_MAX_DIMS];
} tiling;

static void tiling_of(tiling *t, int ndim, const int64_t *shape,
                      const mlrt_arg *times) {
    t->n = ndim > times->n ? ndim : times->n;
    for (int d = 0; d < t->n; d++) {
        int k = d - (t->n - ndim), i = d - (t->n - times->n);
        t->size[d] = k < 0 ? 1 : shape[k];
        t->times[d] = i < 0 ? 1 : times->u.v[i];
    }
}

static int tile_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t shape[MLRT_MAX_DIMS];
    tiling t;
    if (c->arg[1].n > MLRT_MAX_DIMS)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "%d dimensions, at most %d are possible", c->arg[1].n,
                         MLRT_MAX_DIMS);
    tiling_of(&t, x->ndim, x->shape, &c->arg[1]);
    for (int d = 0; d < t.n; d++)
        if (t.times[d] < 0 ||
            __builtin_mul_overflow(t.size[d], t.times[d], &shape[d]))
            return mlrt__bad(c, MLRT_ESHAPE,
                             "x %s cannot be repeated %lld "
                             "times",
                             MLRT__ST(x), (long long)t.times[d]);
    return mlrt__out(c, 0, x->dtype, t.n, shape);
}

/* Positions of `block` from 0 to n of dimension d are filled; doubles them
 * until all are. */
static int tile_along(mlrt *m, const mlrt_tensor *block, int d, int64_t n,
                      int64_t total) {
    int err = 0;
    for (int64_t more; n < total && !err; n += more) {
        mlrt_tensor from = *block, to = *block;
        more = n < total - n ? n : total - n;
        mlrt__part_take(&from, d, 0, more);
        mlrt__part_take(&to, d, n, more);
        err = mlrt__copy_into(m, &from, &to);
    }
    return err;
}

static int tile_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *y = c->y[0];
    mlrt_tensor block = *y;
    tiling t;
    if (y->numel == 0)
        return 0;
    tiling_of(&t, x->ndim, x->shape, &c->arg[1]);
    for (int d = 0; d < t.n; d++)
        mlrt__part_take(&block, d, 0, t.size[d]);
    int err = mlrt__copy_into(c->m, x, &block);
    for (int d = t.n - 1; d >= 0 && !err; d--) {
        err = tile_along(c->m, &block, d, t.size[d], y->shape[d]);
        mlrt__part_take(&block, d, 0, y->shape[d]);
    }
    return err;
}

/* The sum over the copies, one dimension after the other. */
static void tile_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    mlrt_tensor *g = mlrt__g(w, 0);
    tiling t;
    tiling_of(&t, x->ndim, x->shape, mlrt__arg(w, 1));
    for (int d = 0; d < t.n; d++) {
        int64_t cut[4] = {1, t.times[d], t.size[d], 1};
        for (int k = 0; k < t.n; k++)
            if (k != d)
                cut[k < d ? 0 : 3] *= t.size[k] * (k < d ? 1 : t.times[k]);
        if (t.times[d] == 1)
            continue;
        g = mlrt_reshape(w->m, g, cut, 4);
        g = mlrt_sum(w->m, g, (int64_t[]){1}, 1, false);
    }
    mlrt__give(w, 0, mlrt_reshape(w->m, g, x->shape, x->ndim));
}

/* ---- unfold ----------------------------------------------------------- */

/* Makes *t its windows of `size` along dim, every `step`. */
static void to_windows(mlrt_tensor *t, int dim, int64_t size, int64_t step) {
    int64_t n = (t->shape[dim] - size) / step + 1, stride = t->stride[dim];
    t->shape[dim] = n;
    if (n > 1)
        t->stride[dim] = step * stride;
    t->shape[t->ndim] = size;
    t->stride[t->ndim++] = stride;
}

/* Checks arguments i (dim), i + 1 (size) and i + 2 (step) for x. */
static int check_windows(const mlrt__call *c, int i, const mlrt_tensor *x,
                         int *dim) {
    int64_t size = mlrt__i(c, i + 1), step = mlrt__i(c, i + 2);
    if (x->ndim == 0 || x->ndim == MLRT_MAX_DIMS)
        return mlrt__bad(c, MLRT_ESHAPE, "1 to %d dimensions expected, got %s",
                         MLRT_MAX_DIMS - 1, MLRT__ST(x));
    int err = mlrt__dim(c, i, x->ndim, dim);
    if (!err && step < 1)
        err = mlrt__bad(c, MLRT_EARG, "step %lld: 1 or more expected",
                        (long long)step);
    if (!err && (size < 0 || size > x->shape[*dim]))
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "windows of %lld positions are not in dim %lld of x "
                        "%s",
                        (long long)size, (long long)mlrt__shown(c->m, *dim),
                        MLRT__ST(x));
    return err;
}

static int unfold_shape(mlrt__call *c) {
    mlrt_tensor t = *mlrt__t(c, 0);
    int dim, err = check_windows(c, 1, &t, &dim);
    if (err)
        return err;
    to_windows(&t, dim, mlrt__i(c, 2), mlrt__i(c, 3));
    mlrt__view_of(c, 0, &t);
    return 0;
}

static void unfold_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    mlrt__give(w, 0,
               mlrt__unfold_grad(w->m, mlrt__g(w, 0), x->shape, x->ndim,
                                 mlrt__arg(w, 1)->u.i, mlrt__arg(w, 2)->u.i,
                                 mlrt__arg(w, 3)->u.i));
}

static int unfold_grad_shape(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, 0);
    const mlrt_arg *shape = &c->arg[1];
    mlrt_tensor x = {.ndim = (uint8_t)shape->n};
    int64_t numel;
    int dim, err = mlrt__shape_numel(c->m, c->op->name, shape->n, shape->u.v,
                                     &numel);
    if (err)
        return err;
    memcpy(x.shape, shape->u.v, (size_t)shape->n * sizeof *x.shape);
    err = check_windows(c, 2, &x, &dim);
    if (err)
        return err;
    to_windows(&x, dim, mlrt__i(c, 3), mlrt__i(c, 4));
    if (!mlrt__loop_of(c, g->dtype) || !mlrt__same_shape(&x, g))
        return mlrt__bad(c, MLRT_ESHAPE, "g %s is not the windows %s",
                         MLRT__ST(g), MLRT__ST(&x));
    return mlrt__out(c, 0, g->dtype, shape->n, shape->u.v);
}

/* y[..., i step + k, ...] += g[..., i, ..., k], for one k after the other:
 * windows overlap, but not in the same k. */
static int unfold_grad_forward(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, 0);
    mlrt_tensor y = *c->y[0];
    int dim, err = mlrt__dim(c, 2, y.ndim, &dim);
    mlrt__fill(c->m, c->y[0], 0);
    if (err || g->numel == 0)
        return err;
    to_windows(&y, dim, mlrt__i(c, 3), mlrt__i(c, 4));
    for (int64_t k = 0; k < mlrt__i(c, 3) && !err; k++) {
        mlrt_tensor to = y, from = *g;
        mlrt__iter it;
        mlrt__part_take(&to, y.ndim - 1, k, 1);
        mlrt__part_take(&from, g->ndim - 1, k, 1);
        mlrt__iter_init(&it, to.ndim, to.shape);
        mlrt__iter_add(&it, &to);
        mlrt__iter_add(&it, &to);
        mlrt__iter_add(&it, &from);
        mlrt__iter_merge(&it);
        err = mlrt__iter_run(c->m, &it, mlrt__loop_of(c, g->dtype), NULL, true);
    }
    return err;
}

static double unfold_grad_flops(const mlrt__call *c) {
    return (double)mlrt__t(c, 0)->numel;
}

static void unfold_grad_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt_unfold(w->m, mlrt__g(w, 0), mlrt__arg(w, 2)->u.i,
                           mlrt__arg(w, 3)->u.i, mlrt__arg(w, 4)->u.i));
}

/* ---- rot90 ------------------------------------------------------------ */

static int rot90_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0), *y;
    const mlrt_arg *dims = &c->arg[2];
    int64_t k = ((mlrt__i(c, 1) % 4) + 4) % 4, plane[] = {0, 1};
    uint32_t mask;
    if (x->ndim < 2 || (dims->kind != MLRT_VAL_NONE && dims->n != 2))
        return mlrt__bad(c, MLRT_ESHAPE,
                         "two dims to turn in expected, of x %s", MLRT__ST(x));
    int err = mlrt__dims(c, 2, x->ndim, &mask);
    if (err)
        return err;
    if (dims->kind != MLRT_VAL_NONE)
        memcpy(plane, dims->u.v, sizeof plane);
    if (k == 0)
        y = mlrt_clone(c->m, x);
    else if (k == 2)
        y = mlrt_flip(c->m, x, plane, 2);
    else
        y = mlrt_transpose(c->m, mlrt_flip(c->m, x, &plane[k == 1], 1),
                           plane[0], plane[1]);
    c->y[0] = y;
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__shape[] = {
    {.name = "flip",
     .args = "x: tensor, dims: dims",
     .outs = "y",
     .doc = "x with the order of positions reversed along each of dims. A "
            "copy.",
     .shape = flip_shape,
     .forward = flip_forward,
     .backward = flip_backward,
     .samples = SAMPLES("r(2,3), 2", "r(2,3), {1,2}", "r(3,2):t(), -1",
                        "r(2,3,4), 1, 3", "r(2,3), {}", "r(), 1", "r(0,3), 1",
                        "!r(2,3), 3 -- dim 3 is out of range",
                        "!r(2,3), {1,1} -- dim 1 is given twice")},
    {.name = "roll",
     .args = "x: tensor, shifts: ints, dims: dims?",
     .outs = "y",
     .doc = "x with its positions moved on by `shifts` along dims, one shift "
            "for each; what leaves at the end comes in at the beginning. A "
            "negative shift moves back. Without dims the elements move in "
            "C order, as if x had one dimension. A copy.",
     .contiguous = MLRT__IN(0),
     .shape = roll_shape,
     .forward = roll_forward,
     .backward = roll_backward,
     .samples = SAMPLES("r(2,5), 2, 2", "r(2,3), {1,-1}, {1,2}", "r(2,3), 4",
                        "r(3,2):t(), -1", "r(2,3), -7, 2", "r(), 1",
                        "r(), 1, 1", "r(0,3), 1, 1",
                        "!r(2,3), {1,2}, 1 -- 2 shifts for 1 dims",
                        "!r(2,3), {1,2} -- one expected",
                        "!r(2,3), 1, 3 -- dim 3 is out of range")},
    {.name = "tile",
     .args = "x: tensor, dims: ints",
     .outs = "y",
     .doc = "x repeated dims[d] times along each dimension d, as blocks side "
            "by side. A shorter list is for the last dimensions, a longer one "
            "puts new dimensions before those of x. (PyTorch's `repeat`, a "
            "word that Lua keeps for itself.) A copy; `expand` repeats "
            "without one.",
     .shape = tile_shape,
     .forward = tile_forward,
     .backward = tile_backward,
     .samples = SAMPLES("r(2,3), {2,3}", "r(3), 2, 2", "r(2,3), 3",
                        "r(3,2):t(), {1,3}", "r(2,1,2), {2,5,1}", "r(), 3",
                        "r(2), {}", "r(2,3), {0,2}", "r(0,3), {2,2}",
                        "!r(2,3), -1 -- cannot be repeated -1 times",
                        "!r(2), {1,1,1,1,1,1,1,1,1} -- at most 8")},
    {.name = "unfold",
     .args = "x: tensor, dim: dim, size: int, step: int",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "Windows of `size` positions of dim, one every `step` positions: "
            "their number stays in dim's place, a last dimension of `size` "
            "runs within each. A view: windows that overlap share elements.",
     .shape = unfold_shape,
     .backward = unfold_backward,
     .samples = SAMPLES("r(7), 1, 3, 1", "r(7), 1, 3, 2", "r(2,6), 2, 2, 2",
                        "r(5,2), 1, 2, 3", "r(2,5):t(), 1, 4, 1",
                        "r(4), 1, 4, 9", "r(4), 1, 0, 1",
                        "!r(4), 1, 5, 1 -- windows of 5 positions",
                        "!r(4), 1, 2, 0 -- step 0: 1 or more expected",
                        "!r(), 1, 1, 1 -- 1 to 7 dimensions expected")},
    {.name = "rot90",
     .args = "x: tensor, k: int = 1, dims: dims?",
     .outs = "y",
     .doc = "x turned by k quarters, from the first of two dims towards the "
            "second (default: the first two).",
     .compose = rot90_compose,
     .samples = SAMPLES("r(2,3)", "r(2,3), 2", "r(2,3), -1", "r(2,3), 4",
                        "r(2,3,4), 1, {2,3}", "r(2,3):t(), 1",
                        "!r(3) -- two dims to turn in expected",
                        "!r(2,3), 1, {1,1} -- dim 1 is given twice")},
    {.name = "_unfold_grad",
     .args = "g: tensor, shape: shape, dim: dim, size: int, step: int",
     .outs = "gx",
     .doc = "The sum of windows in their places.",
     .kernel = "add",
     .shape = unfold_grad_shape,
     .forward = unfold_grad_forward,
     .backward = unfold_grad_backward,
     .flops = unfold_grad_flops,
     .samples = SAMPLES("r(5,3), {7}, 1, 3, 1", "r(2,2,3), {5,2}, 1, 3, 2",
                        "!r(2,3), {7}, 1, 3, 1 -- is not the windows")},
    {0},
};
