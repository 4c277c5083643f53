/* mask.c: elements chosen by a mask of truth values.
 *
 * A mask is turned into positions (nonzero), and those do the rest; only
 * filling and assigning go over the mask themselves.
 */
#include "../copy.h"
#include "fold.h"

/* ---- nonzero ---------------------------------------------------------- */

/* How many elements of x are not zero. */
static int count_true(mlrt *m, const mlrt_tensor *x, int64_t *count) {
    mlrt__storage s = {.data = count};
    mlrt_tensor y = {.dtype = MLRT_I64, .numel = 1, .storage = &s};
    uint32_t all = (1u << x->ndim) - 1;
    size_t bytes = mlrt__fold_scratch(m, MLRT__FOLD_COUNT, x, all);
    void *scratch = bytes ? mlrt__alloc(m, bytes) : NULL;
    if (bytes && !scratch)
        return MLRT_ENOMEM;
    int err = mlrt__fold_over(m, MLRT__FOLD_COUNT, x, all, &y, 1, scratch);
    mlrt__free(m, scratch, bytes);
    return err;
}

enum { CHUNK = 256 };

/* Where x[first..first + n - 1], n <= CHUNK, is not zero; without branches,
 * because a random mask defeats their prediction. */
static int true_places(int dtype, const void *x, int64_t first, int n,
                       int *place) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        int64_t k = first + i;
        bool is = dtype == MLRT_F32   ? ((const float *)x)[k] != 0
                  : dtype == MLRT_F64 ? ((const double *)x)[k] != 0
                  : dtype == MLRT_I64 ? ((const int64_t *)x)[k] != 0
                  : dtype == MLRT_I32 ? ((const int32_t *)x)[k] != 0
                                      : ((const uint8_t *)x)[k] != 0;
        place[count] = i;
        count += is;
    }
    return count;
}

static int nonzero_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t count = 0;
    if (x->dtype == MLRT_INDEX)
        return mlrt__bad(c, MLRT_EDTYPE, "an index has no zero");
    int err = count_true(c->m, x, &count);
    return err ? err
               : mlrt__out(c, 0, MLRT_INDEX, 2, (int64_t[]){count, x->ndim});
}

/* Rows of the last dimension in chunks; `at` counts the rows. */
static int nonzero_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t *y = (int64_t *)(void *)mlrt__ptr(c->y[0]);
    int64_t at[MLRT_MAX_DIMS] = {0};
    int last = x->ndim - 1, place[CHUNK];
    int64_t width = last < 0 ? 1 : x->shape[last];
    for (int64_t row = 0; row < x->numel; row += width) {
        for (int64_t i = 0; i < width; i += CHUNK) {
            int n = (int)(width - i < CHUNK ? width - i : CHUNK);
            n = true_places(x->dtype, mlrt__ptr(x), row + i, n, place);
            for (int k = 0; k < n && last >= 0; k++, y += x->ndim) {
                memcpy(y, at, (size_t)last * sizeof *y);
                y[last] = i + place[k];
            }
        }
        for (int d = last - 1; d >= 0 && ++at[d] == x->shape[d]; d--)
            at[d] = 0;
    }
    return 0;
}

/* ---- mask_rows, masked_select ----------------------------------------- */

/* The mask's shape must be that of x's first dimensions. */
static int check_mask(const mlrt__call *c, const mlrt_tensor *x,
                      const mlrt_tensor *mask) {
    size_t bytes = (size_t)mask->ndim * sizeof *x->shape;
    if (mask->ndim > 0 && mask->ndim <= x->ndim &&
        memcmp(mask->shape, x->shape, bytes) == 0)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "mask %s is not shaped as the first dimensions of %s",
                     MLRT__ST(mask), MLRT__ST(x));
}

static int mask_rows_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0), *mask = mlrt__t(c, 1);
    int64_t shape[MLRT_MAX_DIMS];
    int n = 1, err = check_mask(c, x, mask);
    if (err)
        return err;
    shape[0] = mask->numel;
    for (int d = mask->ndim; d < x->ndim; d++)
        shape[n++] = x->shape[d];
    mlrt_tensor *at = mlrt_nonzero(m, mlrt_reshape(m, mask, shape, 1));
    if (!at)
        return m->errcode;
    at = mlrt_reshape(m, at, &at->shape[0], 1);
    c->y[0] = mlrt_index_select(m, mlrt_reshape(m, x, shape, n), 0, at);
    return 0;
}

static int masked_select_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0), *mask = mlrt__t(c, 1);
    int64_t shape[MLRT_MAX_DIMS], one = 1;
    int n, err = mlrt__broadcast(c, x->ndim, x->shape, mask->ndim, mask->shape,
                                 &n, shape);
    if (err)
        return err;
    x = n ? mlrt_expand(m, x, shape, n) : mlrt_reshape(m, x, &one, 1);
    mask = n ? mlrt_expand(m, mask, shape, n) : mlrt_reshape(m, mask, &one, 1);
    c->y[0] = mlrt_mask_rows(m, x, mask);
    return 0;
}

/* ---- masked_fill ------------------------------------------------------ */

/* p[0] is filled where p[1] is true, with the bytes that k points to. */
#define FILL(name, size)                                                       \
    static void name(char *const *p, const int64_t *s, int64_t n,              \
                     const double *k) {                                        \
        for (int64_t i = 0; i < n; i++)                                        \
            if (p[1][i * s[1]])                                                \
                memcpy(p[0] + i * s[0], k, size);                              \
    }
FILL(fill_1, 1)
FILL(fill_4, 4)
FILL(fill_8, 8)

/* The bytes of 0-d v as an element of dtype. */
static int element_of(mlrt *m, int dtype, const mlrt_tensor *v, double *bytes) {
    mlrt__storage s = {.data = bytes, .bytes = sizeof *bytes};
    mlrt_tensor t = {.dtype = (uint8_t)dtype, .numel = 1, .storage = &s};
    return mlrt__copy_into(m, v, &t);
}

static int check_value(const mlrt__call *c, const mlrt_tensor *x,
                       const mlrt_tensor *v) {
    if (!(v->flags & MLRT__WRAPPED) && v->dtype != x->dtype)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "value: %s expected, as the target, got %s",
                         mlrt_dtype_name((mlrt_dtype)x->dtype),
                         mlrt_dtype_name((mlrt_dtype)v->dtype));
    return 0;
}

static int fill_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *v = mlrt__t(c, 2);
    int err = check_value(c, x, v);
    if (!err && v->ndim > 0)
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "value: a number or a 0-d tensor expected, got shape "
                        "%s",
                        MLRT__ST(v));
    return err ? err : mlrt__broadcast_out(c, 0, 1, x->dtype);
}

static int fill_forward(mlrt__call *c) {
    static mlrt__loop *const loop[] = {
        [1] = fill_1, [4] = fill_4, [8] = fill_8};
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt_tensor *y = c->y[0];
    double bytes = 0;
    mlrt__iter it;
    int err = element_of(c->m, x->dtype, mlrt__t(c, 2), &bytes);
    if (!err && x != y)
        err = mlrt__copy_into(c->m, x, y);
    if (err)
        return err;
    mlrt__iter_init(&it, y->ndim, y->shape);
    mlrt__iter_add(&it, y);
    mlrt__iter_add(&it, mlrt__t(c, 1));
    mlrt__iter_merge(&it);
    return mlrt__iter_run(c->m, &it, loop[mlrt__dsize(x->dtype)], &bytes,
                          x != y);
}

static void fill_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *mask = mlrt__in(w, 1);
    mlrt_tensor *zero = mlrt_number(m, 0);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt_masked_fill(m, g, mask, zero));
    if (mlrt__need(w, 2))
        mlrt__give(w, 2, mlrt_where(m, mask, g, zero));
}

/* ---- masked_assign_ --------------------------------------------------- */

/* v as (count, rest of x behind the mask's dimensions), broadcast. */
static bool spread(mlrt_tensor *out, const mlrt_tensor *v, const mlrt_tensor *x,
                   int masked, int64_t count) {
    int n = x->ndim - masked + 1, lead = n - v->ndim;
    *out = *v;
    out->ndim = (uint8_t)n;
    for (int d = 0; d < n && lead >= 0; d++) {
        int64_t size = d < lead ? 1 : v->shape[d - lead];
        int64_t want = d == 0 ? count : x->shape[d - 1 + masked];
        if (size != 1 && size != want)
            return false;
        out->shape[d] = want;
        out->stride[d] = size == 1 ? 0 : v->stride[d - lead];
    }
    return lead >= 0;
}

/* The tensor behind the first `skip` dimensions of t, `offset` elements on. */
static const mlrt_tensor *inner(mlrt_tensor *out, const mlrt_tensor *t,
                                int skip, int64_t offset) {
    *out = *t;
    out->ndim = (uint8_t)(t->ndim - skip);
    out->offset += offset;
    out->numel = 1;
    for (int d = 0; d < out->ndim; d++) {
        out->shape[d] = t->shape[d + skip];
        out->stride[d] = t->stride[d + skip];
        out->numel *= out->shape[d];
    }
    return out;
}

static int assign_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *mask = mlrt__t(c, 1);
    const mlrt_tensor *v = mlrt__t(c, 2);
    mlrt_tensor wide;
    int64_t count = 0;
    int err = check_mask(c, x, mask);
    if (!err)
        err = check_value(c, x, v);
    if (!err)
        err = count_true(c->m, mask, &count);
    if (!err && !spread(&wide, v, x, mask->ndim, count))
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "value %s does not fit in the %lld places of x %s "
                        "that the mask %s chooses",
                        MLRT__ST(v), (long long)count, MLRT__ST(x),
                        MLRT__ST(mask));
    return err ? err : mlrt__out_like(c, 0, x);
}

static int assign_forward(mlrt__call *c) {
    const mlrt_tensor *mask = mlrt__t(c, 1), *v = mlrt__t(c, 2);
    const char *truth = mlrt__ptr(mask);
    mlrt_tensor *y = c->y[0], wide, from, to;
    size_t size = mlrt__dsize(y->dtype);
    int64_t count = 0, k = 0;
    double bytes = 0;
    mlrt__storage s = {.data = &bytes};
    mlrt_tensor number = {.dtype = y->dtype, .numel = 1, .storage = &s};
    int err = count_true(c->m, mask, &count);
    if (!err && v->dtype != y->dtype) { /* a number */
        err = element_of(c->m, y->dtype, v, &bytes);
        v = &number;
    }
    if (err)
        return err;
    spread(&wide, v, y, mask->ndim, count);
    for (int64_t i = 0; i < mask->numel && !err; i++) {
        int64_t offset = 0, rest = i;
        if (!truth[i])
            continue;
        for (int d = mask->ndim - 1; d >= 0; d--) {
            offset += rest % mask->shape[d] * y->stride[d];
            rest /= mask->shape[d];
        }
        inner(&from, &wide, 1, k++ * wide.stride[0]);
        inner(&to, y, mask->ndim, offset);
        if (to.numel == 1)
            memcpy(mlrt__ptr(&to), mlrt__ptr(&from), size);
        else
            err = mlrt__copy_into(c->m, &from, &to);
    }
    return err;
}

static void assign_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *mask = mlrt__in(w, 1);
    if (mlrt__need(w, 2))
        mlrt__give(w, 2, mlrt_mask_rows(m, g, mask));
    if (!mlrt__need(w, 0) || !mask)
        return;
    const mlrt__edge *x = mlrt__operand(w, 0);
    int64_t shape[MLRT_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++)
        shape[d] = d < mask->ndim ? mask->shape[d] : 1;
    mask = mlrt_reshape(m, mask, shape, x->ndim);
    mlrt__give(w, 0, mlrt_masked_fill(m, g, mask, mlrt_number(m, 0)));
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__mask[] = {
    {.name = "nonzero",
     .args = "x: tensor",
     .outs = "index",
     .doc = "The positions of the elements that are not zero, in order: "
            "index of shape (count, dimensions of x).",
     .contiguous = MLRT__IN(0),
     .shape = nonzero_shape,
     .forward = nonzero_forward,
     .samples = SAMPLES("b{true,false,true}", "i(2,3)", "r(2,2,2)",
                        "m.zeros(3)", "!ix{1} -- an index has no zero")},
    {.name = "mask_rows",
     .args = "x: tensor, mask: mask",
     .outs = "y",
     .doc = "x[mask]: the parts of x at the places of its first dimensions "
            "where mask is true, of shape (count, remaining dimensions). "
            "mask is shaped as x's first dimensions.",
     .compose = mask_rows_compose,
     .samples = SAMPLES("r(3,2), b{true,false,true}",
                        "r(2,2), b{{true,false},{true,true}}",
                        "r(3), b{false,true,true}", "r(2), b{false,false}",
                        "!r(3,2), b{true,false} -- is not shaped as")},
    {.name = "masked_select",
     .args = "x: tensor, mask: mask",
     .outs = "y",
     .doc = "The elements of x where mask is true, in one dimension. The two "
            "broadcast.",
     .compose = masked_select_compose,
     .samples = SAMPLES("r(3), b{false,true,true}", "r(2,2), b{true,false}",
                        "r(2), b{{true,false},{true,true}}",
                        "!r(3), b{true,false} -- do not broadcast")},
    {.name = "masked_fill",
     .args = "x: tensor, mask: mask, value: operand",
     .outs = "y",
     .doc = "x with value, a number or a 0-d tensor of x's dtype, where mask "
            "is true. x and mask broadcast.",
     .inplace = true,
     .shape = fill_shape,
     .forward = fill_forward,
     .backward = fill_backward,
     .saves = {MLRT__IN(1), 0, MLRT__IN(1)},
     .samples = SAMPLES("r(3), b{false,true,true}, 5",
                        "r(2,2), b{true,false}, r()",
                        "r(2), b{{true,false},{true,true}}, 0",
                        "!r(3), b{true,false,true}, r(3) -- 0-d")},
    {.name = "masked_assign_",
     .args = "x: tensor, mask: mask, value: operand",
     .outs = "y",
     .kind = MLRT_INPLACE,
     .doc = "x[mask] = value: replaces the parts of x that mask_rows gives "
            "by value, which broadcasts to their shape.",
     .contiguous = MLRT__IN(1),
     .shape = assign_shape,
     .forward = assign_forward,
     .backward = assign_backward,
     .saves = {MLRT__IN(1), 0, MLRT__IN(1)},
     .samples = SAMPLES("r(3,2):clone(), b{true,false,true}, 5",
                        "r(3,2):clone(), b{true,false,true}, r(2)",
                        "r(3,2):clone(), b{true,false,true}, r(2,2)",
                        "r(2,2):clone(), b{{true,false},{true,true}}, r(3)",
                        "!r(3):clone(), b{true,false,true}, r(3) -- does not "
                        "fit in the 2 places")},
    {0},
};
