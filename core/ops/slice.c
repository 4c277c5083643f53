/* slice.c: parts of a tensor, as views; writing into them; lists of parts.
 *
 * The gradient of a part is zero everywhere else: a private row fills zeros
 * and copies the gradient into its place.
 */
#include "../copy.h"
#include "view.h"

/* ---- Regions ---------------------------------------------------------- */

/* A range {start, stop, step} in each of the first dimensions. */
typedef struct region {
    int n;
    const int64_t *start, *stop, *step; /* step NULL: 1 */
} region;

static int check_region(const mlrt__call *c, const mlrt_tensor *x,
                        const region *r, int nstop, int nstep) {
    if (r->n > x->ndim || nstop != r->n || (r->step && nstep != r->n))
        return mlrt__bad(c, MLRT_EARG,
                         "a start, stop and step for at most %d dimensions "
                         "expected, got %d, %d and %d",
                         x->ndim, r->n, nstop, r->step ? nstep : r->n);
    for (int d = 0; d < r->n; d++) {
        bool fits = r->start[d] >= 0 && r->start[d] <= r->stop[d] &&
                    r->stop[d] <= x->shape[d];
        int64_t last = r->stop[d] - (r->stop[d] > INT64_MIN);
        if (!fits)
            return mlrt__bad(c, MLRT_EINDEX,
                             "range %lld..%lld is outside dim %lld of x %s",
                             (long long)mlrt__shown(c->m, r->start[d]),
                             (long long)mlrt__shown(c->m, last),
                             (long long)mlrt__shown(c->m, d), MLRT__ST(x));
        if (r->step && r->step[d] < 1)
            return mlrt__bad(c, MLRT_EARG, "step %lld: 1 or more expected",
                             (long long)r->step[d]);
    }
    return 0;
}

/* Geometry of the region of x, from that of x itself. */
static void region_of(const mlrt_tensor *x, const region *r, int64_t *shape,
                      int64_t *stride, int64_t *offset) {
    for (int d = 0; d < r->n; d++) {
        int64_t step = r->step ? r->step[d] : 1, n = r->stop[d] - r->start[d];
        shape[d] = n / step + (n % step != 0);
        if (shape[d] > 1) /* else the step could be beyond all bounds */
            stride[d] *= step;
        if (shape[d])
            *offset += r->start[d] * x->stride[d];
    }
}

/* The region as a tensor that lives in *part. */
static mlrt_tensor *part_of(mlrt_tensor *part, const mlrt_tensor *x,
                            const region *r) {
    *part = *x;
    region_of(x, r, part->shape, part->stride, &part->offset);
    part->numel = 1;
    for (int d = 0; d < x->ndim; d++)
        part->numel *= part->shape[d];
    return part;
}

/* The region that arguments `at`, at + 1 and at + 2 of a call describe. */
static region region_in(const mlrt_arg *a) {
    bool steps = a[2].kind == MLRT_VAL_INTS;
    return (region){a[0].n, a[0].u.v, a[1].u.v, steps ? a[2].u.v : NULL};
}

/* ---- slice, narrow, select -------------------------------------------- */

static int slice_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    region r = region_in(&c->arg[1]);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    int err = check_region(c, x, &r, c->arg[2].n, c->arg[3].n);
    if (!err)
        region_of(x, &r, o->shape, o->stride, &o->offset);
    return err;
}

/* g in its place among zeros of x's shape. */
static mlrt_tensor *put_back(mlrt__walk *w, mlrt_tensor *g, const region *r) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    return mlrt__slice_grad(w->m, g, x->shape, x->ndim, r->start, r->n, r->stop,
                            r->n, r->step, r->n);
}

static void slice_backward(mlrt__walk *w) {
    region r = region_in(mlrt__arg(w, 1));
    mlrt__give(w, 0, put_back(w, mlrt__g(w, 0), &r));
}

/* Position `at` of dimension dim to a region over the first dimensions. */
static void one_dim_region(region *r, int64_t start[MLRT_MAX_DIMS],
                           int64_t stop[MLRT_MAX_DIMS], const int64_t *shape,
                           int dim, int64_t at, int64_t n) {
    for (int d = 0; d <= dim; d++) {
        start[d] = d == dim ? at : 0;
        stop[d] = d == dim ? at + n : shape[d];
    }
    *r = (region){dim + 1, start, stop, NULL};
}

static int64_t wrapped(int64_t at, int64_t size) {
    return at < 0 ? at + size : at;
}

static int want_dims(const mlrt__call *c, const mlrt_tensor *x) {
    return x->ndim ? 0
                   : mlrt__bad(c, MLRT_ESHAPE,
                               "x has no dimensions: its shape is ()");
}

static int narrow_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    int64_t at = mlrt__i(c, 2), n = mlrt__i(c, 3);
    int dim, err = want_dims(c, x);
    if (!err)
        err = mlrt__dim(c, 1, x->ndim, &dim);
    if (err)
        return err;
    int64_t size = x->shape[dim], start = wrapped(at, size);
    if (start < 0 || n < 0 || start > size || n > size - start)
        return mlrt__bad(c, MLRT_EINDEX,
                         "%lld elements from position %lld are not within "
                         "dim %lld of x %s",
                         (long long)n, (long long)mlrt__shown(c->m, at),
                         (long long)mlrt__shown(c->m, dim), MLRT__ST(x));
    o->shape[dim] = n;
    o->offset += n ? start * x->stride[dim] : 0;
    return 0;
}
static void narrow_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    int64_t start[MLRT_MAX_DIMS], stop[MLRT_MAX_DIMS];
    int dim = (int)wrapped(mlrt__arg(w, 1)->u.i, x->ndim);
    region r;
    one_dim_region(&r, start, stop, x->shape, dim,
                   wrapped(mlrt__arg(w, 2)->u.i, x->shape[dim]),
                   mlrt__arg(w, 3)->u.i);
    mlrt__give(w, 0, put_back(w, mlrt__g(w, 0), &r));
}

static void drop_dim(mlrt__spec *o, int dim) {
    o->ndim--;
    for (int d = dim; d < o->ndim; d++) {
        o->shape[d] = o->shape[d + 1];
        o->stride[d] = o->stride[d + 1];
    }
}

static int select_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, 0, x);
    int64_t at;
    int dim, err = want_dims(c, x);
    if (!err)
        err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = mlrt__pos(c, "position", mlrt__i(c, 2), x->shape[dim], &at);
    if (err)
        return err;
    o->offset += at * x->stride[dim];
    drop_dim(o, dim);
    return 0;
}
static void select_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    int64_t start[MLRT_MAX_DIMS], stop[MLRT_MAX_DIMS];
    int dim = (int)wrapped(mlrt__arg(w, 1)->u.i, x->ndim);
    region r;
    one_dim_region(&r, start, stop, x->shape, dim,
                   wrapped(mlrt__arg(w, 2)->u.i, x->shape[dim]), 1);
    mlrt_tensor *g = mlrt_unsqueeze(w->m, mlrt__g(w, 0), dim);
    mlrt__give(w, 0, put_back(w, g, &r));
}

/* ---- _slice_grad ------------------------------------------------------ */

static int slice_grad_shape(mlrt__call *c) {
    const mlrt_arg *shape = &c->arg[1];
    region r = region_in(&c->arg[2]);
    mlrt_tensor x = {.ndim = (uint8_t)shape->n}, part;
    int64_t numel;
    int err = mlrt__shape_numel(c->m, "_slice_grad", shape->n, shape->u.v,
                                &numel);
    if (err)
        return err;
    memcpy(x.shape, shape->u.v, (size_t)shape->n * sizeof *x.shape);
    err = check_region(c, &x, &r, c->arg[3].n, c->arg[4].n);
    if (!err && !mlrt__same_shape(part_of(&part, &x, &r), mlrt__t(c, 0)))
        err = mlrt__bad(c, MLRT_ESHAPE, "g %s is not the region %s",
                        MLRT__ST(mlrt__t(c, 0)), MLRT__ST(&part));
    return err ? err
               : mlrt__out(c, 0, mlrt__t(c, 0)->dtype, shape->n, shape->u.v);
}
static int slice_grad_forward(mlrt__call *c) {
    region r = region_in(&c->arg[2]);
    mlrt_tensor part;
    mlrt__fill(c->m, c->y[0], 0);
    return mlrt__copy_into(c->m, mlrt__t(c, 0), part_of(&part, c->y[0], &r));
}
static void slice_grad_backward(mlrt__walk *w) {
    region r = region_in(mlrt__arg(w, 2));
    mlrt__give(w, 0,
               mlrt_slice(w->m, mlrt__g(w, 0), r.start, r.n, r.stop, r.n,
                          r.step, r.n));
}

/* ---- slice_assign_ ---------------------------------------------------- */

/* Can v be written into x without a loss, or is it a number? */
static int check_value(const mlrt__call *c, const mlrt_tensor *x,
                       const mlrt_tensor *v) {
    if (v->flags & MLRT__WRAPPED)
        return 0;
    if (mlrt_promote((mlrt_dtype)x->dtype, (mlrt_dtype)v->dtype) ==
        (mlrt_dtype)x->dtype)
        return 0;
    return mlrt__bad(c, MLRT_EDTYPE,
                     "argument 'value': %s does not go into %s without a "
                     "loss; convert with value:to(\"%s\")",
                     mlrt_dtype_name((mlrt_dtype)v->dtype),
                     mlrt_dtype_name((mlrt_dtype)x->dtype),
                     mlrt_dtype_name((mlrt_dtype)x->dtype));
}

static int assign_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *v = mlrt__t(c, 1);
    region r = region_in(&c->arg[2]);
    mlrt_tensor part;
    int64_t shape[MLRT_MAX_DIMS];
    int n, err = check_region(c, x, &r, c->arg[3].n, c->arg[4].n);
    if (!err)
        err = check_value(c, x, v);
    if (err)
        return err;
    part_of(&part, x, &r);
    err = mlrt__broadcast(c, part.ndim, part.shape, v->ndim, v->shape, &n,
                          shape);
    if (err || n != part.ndim ||
        memcmp(shape, part.shape, (size_t)n * sizeof *shape) != 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "value %s does not fit into the region %s of x %s",
                         MLRT__ST(v), MLRT__ST(&part), MLRT__ST(x));
    return mlrt__out_like(c, 0, x);
}

/* A number is brought to x's dtype first, so that it wraps as others do. */
static int assign_forward(mlrt__call *c) {
    const mlrt_tensor *v = mlrt__t(c, 1);
    region r = region_in(&c->arg[2]);
    mlrt_tensor part;
    return mlrt__copy_into(c->m, v, part_of(&part, c->y[0], &r));
}

static void assign_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0);
    region r = region_in(mlrt__arg(w, 2));
    if (mlrt__need(w, 1))
        mlrt__give(w, 1,
                   mlrt_slice(m, g, r.start, r.n, r.stop, r.n, r.step, r.n));
    if (mlrt__need(w, 0))
        mlrt__give(w, 0,
                   mlrt_slice_assign_(m, mlrt_clone(m, g), mlrt_number(m, 0),
                                      r.start, r.n, r.stop, r.n, r.step, r.n));
}

/* ---- Lists of parts --------------------------------------------------- */

/* Output i is `n` positions of x from `at` on. */
static void piece(mlrt__call *c, int i, int dim, int64_t at, int64_t n) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__spec *o = mlrt__view_of(c, i, x);
    o->shape[dim] = n;
    o->offset += n ? at * x->stride[dim] : 0;
}

static int equal_pieces(mlrt__call *c, int dim, int64_t size) {
    int64_t total = mlrt__t(c, 0)->shape[dim];
    int64_t n = total ? total / size + (total % size != 0) : 1;
    int err = mlrt__outs(c, n < INT32_MAX ? (int)n : INT32_MAX);
    for (int i = 0; i < c->nout && !err; i++) {
        int64_t at = i * size;
        piece(c, i, dim, at, total - at < size ? total - at : size);
    }
    return err;
}

static int given_pieces(mlrt__call *c, int dim, const mlrt_arg *sizes) {
    int64_t total = mlrt__t(c, 0)->shape[dim], at = 0;
    bool fits = true;
    for (int i = 0; i < sizes->n && fits; i++) {
        fits = sizes->u.v[i] >= 0 && sizes->u.v[i] <= total - at;
        at += fits ? sizes->u.v[i] : 0;
    }
    if (!fits || at != total)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "the sizes do not add up to the %lld positions of "
                         "dim %lld of x %s",
                         (long long)total, (long long)mlrt__shown(c->m, dim),
                         MLRT__ST(mlrt__t(c, 0)));
    int err = mlrt__outs(c, sizes->n);
    at = 0;
    for (int i = 0; i < sizes->n && !err; i++) {
        piece(c, i, dim, at, sizes->u.v[i]);
        at += sizes->u.v[i];
    }
    return err;
}

static int split_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    const mlrt_arg *sizes = &c->arg[1];
    int dim, err = want_dims(c, x);
    if (!err)
        err = mlrt__dim(c, 2, x->ndim, &dim);
    if (!err && sizes->n == 0)
        err = mlrt__bad(c, MLRT_EARG,
                        "argument 'size': an integer or a list "
                        "of them expected, got none");
    if (err)
        return err;
    if (sizes->n > 1 || (sizes->n == 1 && sizes->u.v[0] == x->shape[dim]))
        return given_pieces(c, dim, sizes);
    if (sizes->u.v[0] < 1)
        return mlrt__bad(c, MLRT_EARG, "size %lld: 1 or more expected",
                         (long long)sizes->u.v[0]);
    return equal_pieces(c, dim, sizes->u.v[0]);
}

static int chunk_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t n = mlrt__i(c, 1);
    int dim, err = want_dims(c, x);
    if (!err)
        err = mlrt__dim(c, 2, x->ndim, &dim);
    if (!err && n < 1)
        err = mlrt__bad(c, MLRT_EARG, "chunks %lld: 1 or more expected",
                        (long long)n);
    if (err)
        return err;
    int64_t total = x->shape[dim], size = total / n + (total % n != 0);
    return equal_pieces(c, dim, size ? size : 1);
}

typedef mlrt_tensor *joiner(mlrt *m, mlrt_tensor *const *ts, int n,
                            int64_t dim);

/* Joins the gradients of all parts along the dimension in argument `dim`. */
static void join_back(mlrt__walk *w, int dim, joiner *join) {
    mlrt *m = w->m;
    int n = w->node->nout;
    size_t bytes = mlrt__room(0, (size_t)n, sizeof(mlrt_tensor *));
    mlrt_tensor **g = mlrt__alloc(m, bytes);
    for (int i = 0; i < n && g; i++)
        g[i] = mlrt__g(w, i);
    if (g)
        mlrt__give(w, 0, join(m, g, n, mlrt__arg(w, dim)->u.i));
    mlrt__free(m, g, bytes);
}

static void pieces_backward(mlrt__walk *w) {
    join_back(w, 2, mlrt_cat);
}

static int unbind_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = want_dims(c, x);
    if (!err)
        err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err && x->shape[dim] > INT32_MAX)
        err = mlrt__bad(c, MLRT_ESHAPE, "x %s has too many", MLRT__ST(x));
    if (!err)
        err = mlrt__outs(c, (int)x->shape[dim]);
    for (int i = 0; i < c->nout && !err; i++) {
        piece(c, i, dim, i, 1);
        drop_dim(&c->out[i], dim);
    }
    return err;
}
static void unbind_backward(mlrt__walk *w) {
    join_back(w, 1, mlrt_stack);
}

/* ---- Rows ------------------------------------------------------------- */

#define REGION "start: ints, stop: ints, step: ints?"

const mlrt__op mlrt__slice[] = {
    {.name = "slice",
     .args = "x: tensor, " REGION,
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "A range of positions in each of the first dimensions of x, as "
            "x[{{a, b, step}, ...}] takes it. start and stop count from 0, "
            "stop is not taken.",
     .shape = slice_shape,
     .backward = slice_backward,
     .samples = SAMPLES("r(4,3), {1}, {3}", "r(4,3), {0,1}, {4,3}, {2,1}",
                        "r(3,4):t(), {1}, {3}", "r(4), {2}, {2}",
                        "!r(4), {1}, {5} -- is outside dim 1",
                        "!r(4), {1}, {3}, {0} -- 1 or more expected",
                        "!r(4), {1,2}, {3} -- expected, got")},
    {.name = "narrow",
     .args = "x: tensor, dim: dim, start: pos, length: int",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "`length` positions of one dimension, from `start` on.",
     .shape = narrow_shape,
     .backward = narrow_backward,
     .samples = SAMPLES("r(4,3), 1, 2, 2", "r(4,3), -1, -2, 2",
                        "r(3,4):t(), 1, 1, 3", "r(4), 1, 2, 0",
                        "!r(4), 1, 2, 4 -- not within dim 1",
                        "!r(4), 1, 1, -1 -- not within dim 1")},
    {.name = "select",
     .args = "x: tensor, dim: dim, index: pos",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "One position of one dimension, which goes.",
     .shape = select_shape,
     .backward = select_backward,
     .samples = SAMPLES("r(4,3), 1, 2", "r(4,3), 2, -1", "r(3,4):t(), 1, 1",
                        "r(4), 1, 3", "!r(4), 1, 5 -- position 5 is out of",
                        "!r(), 1, 1 -- x has no dimensions")},
    {.name = "split",
     .args = "x: tensor, size: ints, dim: dim = 0",
     .outs = "ys...",
     .kind = MLRT_VIEW,
     .doc = "x cut along one dimension into parts of `size` positions (the "
            "last may be smaller), or of the sizes listed. A list of views.",
     .shape = split_shape,
     .backward = pieces_backward,
     .samples = SAMPLES("r(5,2), 2", "r(5,2), {1,4}", "r(2,5), {size=2, dim=2}",
                        "r(0,2), 3", "!r(5), {2,2} -- do not add up to the 5",
                        "!r(5), 0 -- 1 or more expected")},
    {.name = "chunk",
     .args = "x: tensor, chunks: int, dim: dim = 0",
     .outs = "ys...",
     .kind = MLRT_VIEW,
     .doc = "x cut along one dimension into at most `chunks` parts of one size "
            "(the last may be smaller). A list of views.",
     .shape = chunk_shape,
     .backward = pieces_backward,
     .samples = SAMPLES("r(5,2), 2", "r(2,6), 3, 2", "r(2), 5",
                        "!r(5), 0 -- 1 or more expected")},
    {.name = "unbind",
     .args = "x: tensor, dim: dim = 0",
     .outs = "ys...",
     .kind = MLRT_VIEW,
     .doc = "The positions of one dimension, which goes, as a list of views.",
     .shape = unbind_shape,
     .backward = unbind_backward,
     .samples = SAMPLES("r(3,2)", "r(3,2), 2", "r(2,3):t()",
                        "!r() -- x has no dimensions")},
    {.name = "slice_assign_",
     .args = "x: tensor, value: operand, " REGION,
     .outs = "y",
     .kind = MLRT_INPLACE,
     .doc = "x[{{a, b, step}, ...}] = value: replaces the part that `slice` "
            "gives; value broadcasts to its shape.",
     .shape = assign_shape,
     .forward = assign_forward,
     .backward = assign_backward,
     .samples = SAMPLES("r(4,3):clone(), 5, {1}, {3}",
                        "r(4,3):clone(), r(3), {1}, {3}",
                        "r(4,3):clone(), r(2,1), {0,1}, {4,3}, {2,1}",
                        "r():clone(), r(), {}, {}",
                        "!r(4):clone(), r(3), {1}, {3} -- does not fit into",
                        "!i(4):clone(), r(2), {1}, {3} -- without a loss")},
    {.name = "_slice_grad",
     .args = "g: tensor, shape: shape, " REGION,
     .outs = "gx",
     .doc = "Zeros of a shape with g in the region.",
     .shape = slice_grad_shape,
     .forward = slice_grad_forward,
     .backward = slice_grad_backward,
     .samples = SAMPLES("r(2,3), {4,3}, {1}, {3}",
                        "r(2,2), {4,3}, {0,1}, {4,3}, {2,1}")},
    {0},
};
