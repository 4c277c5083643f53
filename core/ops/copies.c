/* copies.c: copies, conversions between dtypes, and whole writes. */
#include "../copy.h"
#include "view.h"

/* ---- clone, contiguous ------------------------------------------------ */

static int clone_shape(mlrt__call *c) {
    return mlrt__out_like(c, 0, mlrt__t(c, 0));
}
static int clone_forward(mlrt__call *c) {
    return mlrt__copy_into(c->m, mlrt__t(c, 0), c->y[0]);
}
static void clone_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__g(w, 0));
}

static int contiguous_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    c->y[0] = mlrt__contiguous(x) ? x : mlrt_clone(c->m, x);
    return 0;
}

/* ---- to --------------------------------------------------------------- */

/* Numbers do not become positions silently: what they count from has to be
 * said.  Positions become numbers as they are shown. */
static int cast_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int to = (int)mlrt__i(c, 1);
    if (to == MLRT_INDEX && x->dtype != MLRT_INDEX)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "%s does not become index without saying what it "
                         "counts from: x:index{base=0} or {base=1}",
                         mlrt_dtype_name((mlrt_dtype)x->dtype));
    if (to == MLRT_BOOL && x->dtype == MLRT_INDEX)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "a position is neither true nor "
                         "false");
    return mlrt__out(c, 0, to, x->ndim, x->shape);
}

/* Positions in memory count from 0; none stays -1 + base. */
static void shift(char *p, int dtype, int64_t n, int64_t by) {
    void *q = p;
    for (int64_t i = 0; i < n; i++)
        switch (dtype) {
        case MLRT_F32: ((float *)q)[i] += (float)by; break;
        case MLRT_F64: ((double *)q)[i] += (double)by; break;
        case MLRT_I64: ((int64_t *)q)[i] += by; break;
        case MLRT_I32: ((int32_t *)q)[i] += (int32_t)by; break;
        default: ((uint8_t *)q)[i] = (uint8_t)(((uint8_t *)q)[i] + by);
        }
}

static int cast_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt_tensor *y = c->y[0];
    int err = mlrt__copy_into(c->m, x, y);
    if (!err && x->dtype == MLRT_INDEX && y->dtype != MLRT_INDEX &&
        c->m->config.base)
        shift(mlrt__ptr(y), y->dtype, y->numel, c->m->config.base);
    return err;
}
static void cast_backward(mlrt__walk *w) {
    mlrt__give(
        w, 0,
        mlrt_to(w->m, mlrt__g(w, 0), (mlrt_dtype)mlrt__operand(w, 0)->dtype));
}

static int to_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    mlrt_dtype dtype = (mlrt_dtype)mlrt__i(c, 1);
    c->y[0] = (mlrt_dtype)x->dtype == dtype ? x : mlrt__to(c->m, x, dtype);
    return 0;
}

/* ---- copy_, fill_, zero_ ---------------------------------------------- */

static bool mixes(const mlrt_tensor *a, const mlrt_tensor *b) {
    return (a->dtype == MLRT_INDEX) == (b->dtype == MLRT_INDEX);
}

static int copy_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *v = mlrt__t(c, 1);
    int64_t shape[MLRT_MAX_DIMS];
    int n, err = mlrt__broadcast(c, x->ndim, x->shape, v->ndim, v->shape, &n,
                                 shape);
    if (err || n != x->ndim ||
        memcmp(shape, x->shape, (size_t)n * sizeof *shape) != 0)
        return mlrt__bad(c, MLRT_ESHAPE, "source %s does not fit into x %s",
                         MLRT__ST(v), MLRT__ST(x));
    if (!mixes(x, v))
        return mlrt__bad(c, MLRT_EDTYPE, "%s is not copied into %s",
                         mlrt_dtype_name((mlrt_dtype)v->dtype),
                         mlrt_dtype_name((mlrt_dtype)x->dtype));
    return mlrt__out_like(c, 0, x);
}
static int copy_forward(mlrt__call *c) {
    return mlrt__copy_into(c->m, mlrt__t(c, 1), c->y[0]);
}
static void copy_backward(mlrt__walk *w) { /* x itself leaves no trace */
    mlrt__give(w, 1, mlrt__g(w, 0));
}

static int fill_shape(mlrt__call *c) {
    const mlrt_tensor *v = mlrt__t(c, 1);
    if (v->ndim)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "argument 'value': a number or a 0-d tensor "
                         "expected, got %s",
                         MLRT__ST(v));
    if (mlrt__t(c, 0)->dtype == MLRT_INDEX && !(v->flags & MLRT__WRAPPED) &&
        v->dtype != MLRT_INDEX)
        return mlrt__bad(c, MLRT_EDTYPE, "%s is not written into index",
                         mlrt_dtype_name((mlrt_dtype)v->dtype));
    return mlrt__out_like(c, 0, mlrt__t(c, 0));
}
static void fill_backward(mlrt__walk *w) {
    mlrt__give(w, 1, mlrt_sum(w->m, mlrt__g(w, 0), NULL, 0, false));
}

static int zero_shape(mlrt__call *c) {
    return mlrt__out_like(c, 0, mlrt__t(c, 0));
}
static int zero_forward(mlrt__call *c) {
    mlrt__fill(c->m, c->y[0], 0);
    return 0;
}
static void zero_backward(mlrt__walk *w) { /* nothing of x is left */
    (void)w;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__copies[] = {
    {.name = "clone",
     .args = "x: tensor",
     .outs = "y",
     .doc = "A copy of x in memory of its own, in C order.",
     .shape = clone_shape,
     .forward = clone_forward,
     .backward = clone_backward,
     .samples = SAMPLES("r(2,3)", "r(2,3):t()", "r()", "r(0,3)", "i(3)",
                        "b{true,false}", "ix{1,2}")},
    {.name = "contiguous",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x itself if it lies in C order, else a copy that does.",
     .compose = contiguous_compose,
     .samples = SAMPLES("r(2,3)", "r(2,3):t()", "r()", "r(0,3)")},
    {.name = "to",
     .args = "x: tensor, dtype: dtype",
     .outs = "y",
     .doc = "x converted to a dtype; x itself if it has it. Floats are cut "
            "towards zero for integers; what does not fit becomes the nearest "
            "integer (nan: 0) and is cut to its width. bool is `not zero`. "
            "Positions become numbers as they are shown.",
     .compose = to_compose,
     .samples = SAMPLES(
         "r(2,3), \"f64\"", "i(3), \"f32\"", "i(2,3):t(), \"i32\"",
         "b{true,false}, \"i64\"", "ix{1,3}, \"i64\"", "r(0,3), \"i64\"",
         "!i(3), \"index\" -- what it counts from", "!i(3), \"f16\" -- f16")},
    {.name = "_to",
     .args = "x: tensor, dtype: dtype",
     .outs = "y",
     .doc = "A converted copy.",
     .shape = cast_shape,
     .forward = cast_forward,
     .backward = cast_backward,
     .samples = SAMPLES("r(2,3), \"f64\"", "i(3), \"u8\"")},
    {.name = "copy_",
     .args = "x: tensor, source: tensor",
     .outs = "y",
     .kind = MLRT_INPLACE,
     .doc = "Overwrites x with source, which is broadcast to its shape and "
            "converted to its dtype.",
     .shape = copy_shape,
     .forward = copy_forward,
     .backward = copy_backward,
     .samples = SAMPLES("r(2,3):clone(), r(2,3)", "r(2,3):clone(), r(3)",
                        "r(2,3):t():clone(), r(3,2)", "i(3), r(3)",
                        "!r(2,3):clone(), r(2) -- does not fit into x",
                        "!r(3):clone(), r(2,3) -- does not fit",
                        "!i(2), ix{1,2} -- is not copied into")},
    {.name = "fill_",
     .args = "x: tensor, value: operand",
     .outs = "y",
     .kind = MLRT_INPLACE,
     .doc = "Sets every element of x to a number or the element of a 0-d "
            "tensor.",
     .shape = fill_shape,
     .forward = copy_forward,
     .backward = fill_backward,
     .samples = SAMPLES("r(2,3):clone(), 5", "r(2,3):clone(), r()", "i(3), 2",
                        "!r(2):clone(), r(2) -- a 0-d tensor")},
    {.name = "zero_",
     .args = "x: tensor",
     .outs = "y",
     .kind = MLRT_INPLACE,
     .doc = "Sets every element of x to zero.",
     .shape = zero_shape,
     .forward = zero_forward,
     .backward = zero_backward,
     .samples = SAMPLES("r(2,3):clone()", "i(3)", "r(0,3):clone()")},
    {0},
};
