/* view.c: the same elements in another shape or order, without a copy.
 *
 * A view shares the storage of its argument; only shape, strides and offset
 * are new.  Gradients go back by the opposite view.
 */
#include "view.h"

/* ---- Geometry --------------------------------------------------------- */

mlrt__spec *mlrt__view_of(mlrt__call *c, int i, const mlrt_tensor *x) {
    mlrt__spec *o = &c->out[i];
    o->dtype = x->dtype;
    o->ndim = x->ndim;
    memcpy(o->shape, x->shape, sizeof o->shape);
    memcpy(o->stride, x->stride, sizeof o->stride);
    o->offset = x->offset;
    return o;
}

static int too_many(const mlrt__call *c, int n) {
    return mlrt__bad(c, MLRT_ESHAPE, "%d dimensions, at most %d are possible",
                     n, MLRT_MAX_DIMS);
}

int mlrt__infer_shape(mlrt__call *c, int arg, const mlrt_tensor *x,
                      int64_t shape[MLRT_MAX_DIMS]) {
    const mlrt_arg *a = &c->arg[arg];
    int64_t known = 1;
    int infer = -1;
    char text[MLRT__SHAPE_TEXT];
    bool fits = true;
    if (a->n > MLRT_MAX_DIMS)
        return too_many(c, a->n);
    for (int d = 0; d < a->n; d++) {
        shape[d] = a->u.v[d];
        fits = fits && shape[d] >= -1 && !(shape[d] == -1 && infer >= 0);
        if (shape[d] == -1)
            infer = d;
        else if (fits)
            fits = !__builtin_mul_overflow(known, shape[d], &known);
    }
    if (fits && infer >= 0) {
        fits = known > 0 && x->numel % known == 0;
        shape[infer] = fits ? x->numel / known : -1;
        known = x->numel;
    }
    if (fits && known == x->numel)
        return mlrt__shape_numel(c->m, c->op->name, a->n, shape, &known);
    return mlrt__bad(
        c, MLRT_ESHAPE, "shape %s does not fit the %lld elements of x %s",
        mlrt__shape_text(text, a->n, a->u.v), (long long)x->numel, MLRT__ST(x));
}

/* Dimensions of x that can be walked as one are taken together, and cut into
 * those of `shape` from the last one on. */
bool mlrt__view_strides(const mlrt_tensor *x, int ndim, const int64_t *shape,
                        int64_t *stride) {
    int d = ndim - 1;
    if (x->numel == 0 || x->ndim == 0) {
        mlrt__contiguous_strides(ndim, shape, stride);
        return true;
    }
    int64_t base = x->stride[x->ndim - 1], run = 1, cut = 1;
    for (int k = x->ndim - 1; k >= 0; k--) {
        run *= x->shape[k];
        bool joins = k > 0 &&
                     (x->shape[k - 1] == 1 || x->stride[k - 1] == run * base);
        if (joins)
            continue;
        for (; d >= 0 && (cut < run || shape[d] == 1); d--) {
            stride[d] = cut * base;
            cut *= shape[d];
        }
        if (cut != run)
            return false;
        base = k > 0 ? x->stride[k - 1] : 0;
        run = cut = 1;
    }
    return d < 0;
}

mlrt_tensor *mlrt__reshape_back(mlrt__walk *w, int arg, mlrt_tensor *g) {
    const mlrt__edge *x = mlrt__operand(w, arg);
    return mlrt_reshape(w->m, g, x->shape, x->ndim);
}

static void reshape_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__reshape_back(w, 0, mlrt__g(w, 0)));
}

/* ---- view, reshape, flatten, unflatten -------------------------------- */

static int view_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    int err = mlrt__infer_shape(c, 1, x, o->shape);
    if (err)
        return err;
    o->ndim = c->arg[1].n;
    if (mlrt__view_strides(x, o->ndim, o->shape, o->stride))
        return 0;
    return mlrt__bad(
        c, MLRT_ESHAPE,
        "x %s is not laid out so that it can be seen as %s; use "
        "reshape, which copies",
        MLRT__ST(x),
        mlrt__shape_text((char[MLRT__SHAPE_TEXT]){0}, o->ndim, o->shape));
}

/* x seen as `shape`, or a copy of it. */
static mlrt_tensor *seen_as(mlrt *m, mlrt_tensor *x, const int64_t *shape,
                            int ndim) {
    int64_t stride[MLRT_MAX_DIMS];
    if (!mlrt__view_strides(x, ndim, shape, stride))
        x = mlrt_clone(m, x);
    return mlrt_view(m, x, shape, ndim);
}

static int reshape_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t shape[MLRT_MAX_DIMS];
    int err = mlrt__infer_shape(c, 1, x, shape);
    if (!err)
        c->y[0] = seen_as(c->m, x, shape, c->arg[1].n);
    return err;
}

static int flatten_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t shape[MLRT_MAX_DIMS];
    int from, to, n = 0, err = mlrt__dim(c, 1, x->ndim, &from);
    if (!err)
        err = mlrt__dim(c, 2, x->ndim, &to);
    if (!err && from > to)
        err = mlrt__bad(c, MLRT_EARG, "start_dim %lld comes after end_dim %lld",
                        (long long)mlrt__shown(c->m, from),
                        (long long)mlrt__shown(c->m, to));
    if (err)
        return err;
    for (int d = 0; d < x->ndim; d++)
        if (d > from && d <= to)
            shape[n - 1] *= x->shape[d];
        else
            shape[n++] = x->shape[d];
    if (x->ndim == 0)
        shape[n++] = 1;
    c->y[0] = seen_as(c->m, x, shape, n);
    return 0;
}

static int unflatten_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    const mlrt_arg *sizes = &c->arg[2];
    int64_t shape[MLRT_MAX_DIMS], part[MLRT_MAX_DIMS];
    int dim = 0, n = 0, err = mlrt__dim(c, 1, x->ndim, &dim);
    mlrt_tensor one = {.ndim = 1, .numel = x->ndim ? x->shape[dim] : 1};
    one.shape[0] = one.numel;
    if (!err && x->ndim + sizes->n - 1 > MLRT_MAX_DIMS)
        err = too_many(c, x->ndim + sizes->n - 1);
    if (!err)
        err = mlrt__infer_shape(c, 2, &one, part);
    if (err)
        return err;
    for (int d = 0; d < (x->ndim ? x->ndim : 1); d++)
        for (int k = 0; k < (d == dim ? sizes->n : 1); k++)
            shape[n++] = d == dim ? part[k] : x->shape[d];
    c->y[0] = seen_as(c->m, x, shape, n);
    return 0;
}

/* ---- squeeze, unsqueeze ----------------------------------------------- */

static int squeeze_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    uint32_t dims;
    int err = mlrt__dims(c, 1, x->ndim, &dims);
    o->ndim = 0;
    for (int d = 0; d < x->ndim && !err; d++) {
        if (dims >> d & 1 && x->shape[d] == 1)
            continue;
        o->shape[o->ndim] = x->shape[d];
        o->stride[o->ndim++] = x->stride[d];
    }
    return err;
}

static int unsqueeze_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    int dim, err = mlrt__dim(c, 1, x->ndim + 1, &dim);
    if (!err && x->ndim == MLRT_MAX_DIMS)
        err = too_many(c, x->ndim + 1);
    if (err)
        return err;
    for (int d = x->ndim; d > dim; d--) {
        o->shape[d] = x->shape[d - 1];
        o->stride[d] = x->stride[d - 1];
    }
    o->shape[dim] = 1;
    o->stride[dim] = dim < x->ndim ? x->shape[dim] * x->stride[dim] : 1;
    o->ndim = x->ndim + 1;
    return 0;
}

/* ---- Orders of dimensions --------------------------------------------- */

static void swap_dims(mlrt__spec *o, int a, int b) {
    int64_t n = o->shape[a], s = o->stride[a];
    o->shape[a] = o->shape[b];
    o->stride[a] = o->stride[b];
    o->shape[b] = n;
    o->stride[b] = s;
}

static int transpose_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    int a, b, err = mlrt__dim(c, 1, x->ndim, &a);
    if (!err)
        err = mlrt__dim(c, 2, x->ndim, &b);
    if (!err && x->ndim)
        swap_dims(o, a, b);
    return err;
}
static void transpose_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt_transpose(w->m, mlrt__g(w, 0), mlrt__arg(w, 1)->u.i,
                              mlrt__arg(w, 2)->u.i));
}

static int t_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    if (x->ndim > 2)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "at most 2 dimensions expected, got %s; use "
                         "transpose or permute",
                         MLRT__ST(x));
    if (x->ndim == 2)
        swap_dims(o, 0, 1);
    return 0;
}
static void t_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt_t(w->m, mlrt__g(w, 0)));
}

static int permute_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    const mlrt_arg *a = &c->arg[1];
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    uint32_t dims;
    if (a->n != x->ndim)
        return mlrt__bad(c, MLRT_EARG,
                         "all %d dimensions of x %s expected, got %d", x->ndim,
                         MLRT__ST(x), a->n);
    int err = mlrt__dims(c, 1, x->ndim, &dims);
    for (int d = 0; d < x->ndim && !err; d++) {
        int64_t from = a->u.v[d] < 0 ? a->u.v[d] + x->ndim : a->u.v[d];
        o->shape[d] = x->shape[from];
        o->stride[d] = x->stride[from];
    }
    return err;
}
static void permute_backward(mlrt__walk *w) {
    const mlrt_arg *a = mlrt__arg(w, 1);
    int64_t back[MLRT_MAX_DIMS];
    for (int d = 0; d < a->n; d++)
        back[a->u.v[d] < 0 ? a->u.v[d] + a->n : a->u.v[d]] = d;
    mlrt__give(w, 0, mlrt_permute(w->m, mlrt__g(w, 0), back, a->n));
}

static int movedim_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t order[MLRT_MAX_DIMS];
    int from, to, n = 0, err = mlrt__dim(c, 1, x->ndim, &from);
    if (!err)
        err = mlrt__dim(c, 2, x->ndim, &to);
    if (err)
        return err;
    for (int d = 0; d < x->ndim; d++)
        order[d] = d == to ? from : (n += n == from, n++);
    c->y[0] = mlrt_permute(c->m, x, order, x->ndim);
    return 0;
}

/* ---- expand ----------------------------------------------------------- */

static int expand_to(mlrt__call *c, int ndim, const int64_t *shape) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    int lead = ndim - x->ndim;
    bool fits = lead >= 0;
    if (ndim > MLRT_MAX_DIMS)
        return too_many(c, ndim);
    for (int d = 0; d < ndim && fits; d++) {
        int64_t have = d < lead ? 1 : x->shape[d - lead], want = shape[d];
        if (want == -1 && d >= lead)
            want = have;
        fits = want >= 0 && (have == want || have == 1);
        o->shape[d] = want;
        o->stride[d] = d < lead || have != want ? 0 : x->stride[d - lead];
    }
    o->ndim = ndim;
    int64_t numel;
    if (fits)
        return mlrt__shape_numel(c->m, c->op->name, ndim, o->shape, &numel);
    char text[MLRT__SHAPE_TEXT];
    return mlrt__bad(c, MLRT_ESHAPE, "x %s does not expand to %s", MLRT__ST(x),
                     mlrt__shape_text(text, ndim, shape));
}
static int expand_shape(mlrt__call *c) {
    return expand_to(c, c->arg[1].n, c->arg[1].u.v);
}
static int expand_as_shape(mlrt__call *c) {
    return expand_to(c, mlrt__t(c, 1)->ndim, mlrt__t(c, 1)->shape);
}
/* The walk sums over what was repeated. */
static void expand_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__g(w, 0));
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__view[] = {
    {.name = "view",
     .args = "x: tensor, shape: shape",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "x with another shape of as many elements, sharing its memory. One "
            "size may be -1: what is left. A layout that cannot be seen so is "
            "an error; `reshape` copies then.",
     .shape = view_shape,
     .backward = reshape_backward,
     .samples = SAMPLES("r(2,3), {3,2}", "r(2,6), {-1,4}", "r(2,3):t(), {3,2}",
                        "r(), {1,1}", "r(0,3), {3,0}", "r(1), {}",
                        "!r(2,3), {4,2} -- does not fit the 6 elements",
                        "!r(2,3), {-1,-1} -- does not fit",
                        "!r(2,3):t(), {6} -- use reshape")},
    {.name = "reshape",
     .args = "x: tensor, shape: shape",
     .outs = "y",
     .doc = "x with another shape of as many elements: a view where the layout "
            "allows it, else a copy. One size may be -1: what is left.",
     .compose = reshape_compose,
     .samples = SAMPLES("r(2,3), {3,2}", "r(2,3), 6", "r(2,6), 3, -1",
                        "r(2,3):t(), {-1}", "r(), {1}", "r(0,3), {0}",
                        "!r(2,3), {4,2} -- does not fit the 6 elements",
                        "!r(2,3), {0,-1} -- does not fit")},
    {.name = "flatten",
     .args = "x: tensor, start_dim: dim = 0, end_dim: dim = -1",
     .outs = "y",
     .doc = "x with the dimensions from start_dim to end_dim joined into one: "
            "a view where the layout allows it, else a copy.",
     .compose = flatten_compose,
     .samples = SAMPLES("r(2,3)", "r(2,3,4), 2", "r(2,3,4), {end_dim=2}", "r()",
                        "r(0,3)", "r(2,3):t()",
                        "!r(2,3), 2, 1 -- comes after end_dim",
                        "!r(2,3), 3 -- dim 3 is out of range")},
    {.name = "unflatten",
     .args = "x: tensor, dim: dim, sizes: shape",
     .outs = "y",
     .doc = "x with one dimension split into several; one size may be -1.",
     .compose = unflatten_compose,
     .samples = SAMPLES("r(2,6), 2, {2,3}", "r(6), 1, {-1,2}",
                        "r(2,6), -1, {3,-1}",
                        "!r(2,6), 2, {4,2} -- does not fit the 6 elements")},
    {.name = "squeeze",
     .args = "x: tensor, dim: dims?",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "x without its dimensions of size 1: all, or those given, which "
            "stay if they have another size.",
     .shape = squeeze_shape,
     .backward = reshape_backward,
     .samples = SAMPLES("r(1,3,1)", "r(1,3,1), 1", "r(1,3,1), {dim={1,3}}",
                        "r(2,3), 1", "r()",
                        "!r(1,3), 3 -- dim 3 is out of range")},
    {.name = "unsqueeze",
     .args = "x: tensor, dim: dim",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "x with a dimension of size 1 put in at the place `dim` of the "
            "result.",
     .shape = unsqueeze_shape,
     .backward = reshape_backward,
     .samples = SAMPLES("r(2,3), 1", "r(2,3), 3", "r(2,3), -1", "r(), 1",
                        "r(3,2):t(), 2", "!r(2,3), 4 -- dim 4 is out of range",
                        "!r(1,1,1,1,1,1,1,1), 1 -- at most 8")},
    {.name = "transpose",
     .args = "x: tensor, dim0: dim, dim1: dim",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "x with two dimensions exchanged.",
     .shape = transpose_shape,
     .backward = transpose_backward,
     .samples = SAMPLES("r(2,3), 1, 2", "r(2,3,4), -1, 1", "r(), 1, 1",
                        "r(0,3), 1, 2",
                        "!r(2,3), 1, 3 -- dim 3 is out of range")},
    {.name = "t",
     .args = "x: tensor",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "The transpose of a matrix; x itself with fewer dimensions.",
     .shape = t_shape,
     .backward = t_backward,
     .samples = SAMPLES("r(2,3)", "r(3)", "r()", "r(0,3)",
                        "!r(2,3,4) -- at most 2 dimensions expected")},
    {.name = "permute",
     .args = "x: tensor, dims: dims",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "x with its dimensions in the order given: dimension d of the "
            "result is dims[d] of x.",
     .shape = permute_shape,
     .backward = permute_backward,
     .samples = SAMPLES("r(2,3), {2,1}", "r(2,3,4), 3, 1, 2",
                        "r(2,3,4), {-1,1,2}",
                        "!r(2,3), {1,1} -- dim 1 is given twice",
                        "!r(2,3), {1} -- all 2 dimensions")},
    {.name = "movedim",
     .args = "x: tensor, source: dim, destination: dim",
     .outs = "y",
     .doc = "x with the dimension `source` moved to the place `destination`, "
            "the others in their order. A view.",
     .compose = movedim_compose,
     .samples = SAMPLES("r(2,3,4), 1, 3", "r(2,3,4), 3, 1", "r(2,3), -1, 1",
                        "!r(2,3), 1, 3 -- dim 3 is out of range")},
    {.name = "expand",
     .args = "x: tensor, shape: shape",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "x seen with dimensions of size 1, and missing first ones, "
            "repeated to `shape`; -1 leaves a size as it is. Nothing is "
            "copied.",
     .shape = expand_shape,
     .backward = expand_backward,
     .samples = SAMPLES("r(3,1), {3,4}", "r(3), {2,3}", "r(2,1), -1, 3",
                        "r(), {2,2}", "r(1,0), {3,0}",
                        "!r(2,3), {4,3} -- does not expand to (4, 3)",
                        "!r(2,3), {3} -- does not expand")},
    {.name = "expand_as",
     .args = "x: tensor, other: tensor",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "x expanded to the shape of other.",
     .shape = expand_as_shape,
     .backward = expand_backward,
     .samples = SAMPLES("r(3,1), r(3,4)", "r(), r(2)",
                        "!r(2,3), r(4,3) -- does not expand to (4, 3)")},
    {0},
};
