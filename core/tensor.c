/* tensor.c: handles over storage.
 *
 * A tensor is a counted handle (dtype, shape, strides, history) over a
 * counted storage (bytes, version).  Views share the storage.
 */
#include <stdio.h>

#include "copy.h"
#include "core.h"

/* ---- Element types ---------------------------------------------------- */

static const char *const dtype_names[] = {"f32", "f64",  "i64",  "i32",
                                          "u8",  "bool", "index"};

const char *mlrt_dtype_name(mlrt_dtype d) {
    return d >= 0 && d < MLRT_NDTYPES ? dtype_names[d] : "none";
}

mlrt_dtype mlrt_dtype_find(const char *name) {
    for (int i = 0; i < MLRT_NDTYPES; i++)
        if (strcmp(name, dtype_names[i]) == 0)
            return (mlrt_dtype)i;
    return MLRT_DTYPE_NONE;
}

size_t mlrt_dtype_size(mlrt_dtype d) {
    return d >= 0 && d < MLRT_NDTYPES ? mlrt__dsize((int)d) : 0;
}

bool mlrt_dtype_is_float(mlrt_dtype d) {
    return mlrt__is_float((int)d);
}

/* The one table of promotion: floats win over integers, wider over
 * narrower, everything over bool; an index mixes with nothing else. */
mlrt_dtype mlrt_promote(mlrt_dtype a, mlrt_dtype b) {
    static const int8_t rank[] = {5, 6, 4, 3, 2, 1, -1};
    if (a == b)
        return a;
    if (a < 0 || b < 0 || rank[a] < 0 || rank[b] < 0)
        return MLRT_DTYPE_NONE;
    return rank[a] > rank[b] ? a : b;
}

/* ---- Geometry --------------------------------------------------------- */

const char *mlrt__shape_text(char *buf, int ndim, const int64_t *shape) {
    int n = snprintf(buf, MLRT__SHAPE_TEXT, "(");
    for (int i = 0; i < ndim && n < MLRT__SHAPE_TEXT - 24; i++)
        n += snprintf(buf + n, (size_t)(MLRT__SHAPE_TEXT - n), "%s%lld",
                      i ? ", " : "", (long long)shape[i]);
    snprintf(buf + n, (size_t)(MLRT__SHAPE_TEXT - n), ")");
    return buf;
}

void mlrt__contiguous_strides(int ndim, const int64_t *shape, int64_t *stride) {
    int64_t step = 1;
    for (int i = ndim - 1; i >= 0; i--) {
        stride[i] = step;
        step *= shape[i] > 1 ? shape[i] : 1;
    }
}

bool mlrt__contiguous(const mlrt_tensor *t) {
    int64_t step = 1;
    if (t->numel == 0)
        return true;
    for (int i = t->ndim - 1; i >= 0; i--) {
        if (t->shape[i] == 1)
            continue;
        if (t->stride[i] != step)
            return false;
        step *= t->shape[i];
    }
    return true;
}

bool mlrt__same_shape(const mlrt_tensor *a, const mlrt_tensor *b) {
    return a->ndim == b->ndim &&
           memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) == 0;
}

/* ---- Storage ---------------------------------------------------------- */

/* Small data lie in the block of the storage, so that a scalar costs one
 * block less.  Not where sanitizers are to see each block's end. */
#ifdef MLRT_NO_CACHE
enum { JOINED_MAX = 0 };
#else
enum { JOINED_MAX = 192 };
#endif

static mlrt__storage *storage_joined(mlrt *m, size_t bytes) {
    mlrt__storage *s = mlrt__alloc_data(m, sizeof *s + bytes);
    if (s)
        *s = (mlrt__storage){
            .bytes = bytes, .owner = m, .data = s + 1, .joined = true};
    return s;
}

static mlrt__storage *storage_apart(mlrt *m, size_t bytes) {
    mlrt__storage *s = mlrt__alloc(m, sizeof *s);
    if (!s)
        return NULL;
    *s = (mlrt__storage){.bytes = bytes, .owner = m};
    s->data = mlrt__alloc_data(m, bytes ? bytes : 1);
    if (s->data)
        return s;
    mlrt__free(m, s, sizeof *s);
    return NULL;
}

mlrt__storage *mlrt__storage_new(mlrt *m, size_t bytes) {
    mlrt__storage *s = bytes <= JOINED_MAX && JOINED_MAX
                           ? storage_joined(m, bytes)
                           : storage_apart(m, bytes);
    if (s)
        atomic_init(&s->refs, 1);
    return s;
}

void mlrt__storage_free(mlrt__storage *s) {
    mlrt *m = s->owner;
    if (s->joined) {
        mlrt__free_data(m, s, sizeof *s + s->bytes);
        return;
    }
    if (!s->borrowed)
        mlrt__free_data(m, s->data, s->bytes ? s->bytes : 1);
    else if (s->release)
        s->release(s->ud, s->data);
    mlrt__free(m, s, sizeof *s);
}

void mlrt__storage_release(mlrt *m, mlrt__storage *s) {
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (atomic_load_explicit(&s->shared, memory_order_relaxed))
        mlrt__shared_release(m, s);
    else
        mlrt__storage_free(s);
}

/* ---- Handles ---------------------------------------------------------- */

/* What lies beyond ndim in shape and stride stays unset: clearing all of a
 * handle takes a tenth of a small operation. */
mlrt_tensor *mlrt__handle(mlrt *m, mlrt__storage *s, int dtype, int ndim,
                          const int64_t *shape, const int64_t *stride,
                          int64_t offset) {
    if (m->scope_depth > m->scope_floor &&
        mlrt__grow(m, &m->scope, &m->scope_cap, m->scope_n, sizeof *m->scope) !=
            0)
        return NULL;
    mlrt_tensor *t = mlrt__alloc(m, sizeof *t);
    if (!t)
        return NULL;
    atomic_init(&t->refs, 1);
    t->dtype = (uint8_t)dtype;
    t->ndim = (uint8_t)ndim;
    t->flags = 0;
    t->rebinds = s->rebinds;
    t->numel = 1;
    t->offset = offset;
    t->storage = s;
    t->ctx = m;
    t->node = NULL;
    t->out = 0;
    t->grad = NULL;
    t->hooks = NULL;
    for (int i = 0; i < ndim; i++) {
        t->shape[i] = shape[i];
        t->numel *= shape[i];
    }
    if (stride)
        memcpy(t->stride, stride, (size_t)ndim * sizeof *stride);
    else
        mlrt__contiguous_strides(ndim, shape, t->stride);
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    mlrt__track(m, t);
    return t;
}

/* A handle that takes over the caller's only reference to s. */
static mlrt_tensor *handle_over(mlrt *m, mlrt__storage *s, int dtype, int ndim,
                                const int64_t *shape, const int64_t *stride) {
    mlrt_tensor *t = s ? mlrt__handle(m, s, dtype, ndim, shape, stride, 0)
                       : NULL;
    if (s)
        mlrt__storage_release(m, s);
    return t;
}

mlrt_tensor *mlrt_empty(mlrt *m, mlrt_dtype dtype, int ndim,
                        const int64_t *shape) {
    size_t bytes;
    if (dtype < 0 || dtype >= MLRT_NDTYPES) {
        mlrt_fail(m, MLRT_EDTYPE, "empty: no such dtype (%d)", (int)dtype);
        return NULL;
    }
    if (mlrt__shape_bytes(m, "empty", dtype, ndim, shape, &bytes) != 0)
        return NULL;
    return handle_over(m, mlrt__storage_new(m, bytes), dtype, ndim, shape,
                       NULL);
}

mlrt_tensor *mlrt__empty_like(mlrt *m, int dtype, const mlrt_tensor *x) {
    size_t bytes;
    if (!mlrt__mul((size_t)x->numel, mlrt__dsize(dtype), &bytes)) {
        mlrt_fail(m, MLRT_ENOMEM, "too many elements");
        return NULL;
    }
    return handle_over(m, mlrt__storage_new(m, bytes), dtype, x->ndim, x->shape,
                       x->stride);
}

mlrt_tensor *mlrt_from_data(mlrt *m, mlrt_dtype dtype, int ndim,
                            const int64_t *shape, const void *data) {
    mlrt_tensor *t = mlrt_empty(m, dtype, ndim, shape);
    if (t && t->numel)
        memcpy(t->storage->data, data, t->storage->bytes);
    return t;
}

mlrt_tensor *mlrt_borrow(mlrt *m, mlrt_dtype dtype, int ndim,
                         const int64_t *shape, void *data,
                         void (*release)(void *ud, void *data), void *ud) {
    size_t bytes;
    if (dtype < 0 || dtype >= MLRT_NDTYPES) {
        mlrt_fail(m, MLRT_EDTYPE, "borrow: no such dtype (%d)", (int)dtype);
        return NULL;
    }
    if (mlrt__shape_bytes(m, "borrow", dtype, ndim, shape, &bytes) != 0)
        return NULL;
    mlrt__storage *s = mlrt__alloc(m, sizeof *s);
    if (!s)
        return NULL;
    *s = (mlrt__storage){
        .bytes = bytes, .owner = m, .data = data, .borrowed = true};
    atomic_init(&s->refs, 1);
    mlrt_tensor *t = handle_over(m, s, dtype, ndim, shape, NULL);
    if (t) { /* on failure the memory stays the host's */
        t->storage->release = release;
        t->storage->ud = ud;
    }
    return t;
}

mlrt_tensor *mlrt__full(mlrt *m, int dtype, int ndim, const int64_t *shape,
                        double value) {
    mlrt_tensor *t = mlrt_empty(m, (mlrt_dtype)dtype, ndim, shape);
    if (t)
        mlrt__fill(m, t, value);
    return t;
}

mlrt_tensor *mlrt_param(mlrt *m, int ndim, const int64_t *shape, double bound) {
    mlrt_tensor *t = mlrt__full(m, MLRT_F32, ndim, shape, 0);
    if (!t)
        return NULL;
    if (bound != 0) { /* in place: the same handle, counted once more */
        mlrt_tensor *filled = mlrt_uniform_(m, t, -bound, bound, NULL);
        mlrt__drop(m, filled ? filled : t);
        if (!filled)
            return NULL;
    }
    t->flags |= MLRT__REQUIRES_GRAD;
    return t;
}

mlrt_tensor *mlrt_number(mlrt *m, double value) {
    mlrt_tensor *t = mlrt_from_data(m, MLRT_F64, 0, NULL, &value);
    if (t)
        t->flags |= MLRT__WRAPPED;
    return t;
}

mlrt_tensor *mlrt__alias(mlrt *m, const mlrt_tensor *t) {
    return mlrt__handle(m, t->storage, t->dtype, t->ndim, t->shape, t->stride,
                        t->offset);
}

mlrt_tensor *mlrt__contig(mlrt *m, mlrt_tensor *t) {
    if (mlrt__contiguous(t)) {
        mlrt_retain(t);
        return t;
    }
    mlrt_tensor *y = mlrt_empty(m, (mlrt_dtype)t->dtype, t->ndim, t->shape);
    if (y && mlrt__copy_into(m, t, y) != 0) {
        mlrt_release(y);
        y = NULL;
    }
    return y;
}

/* The absent optional is a handle that is never counted or written. */
static const mlrt_tensor none;
mlrt_tensor *const mlrt_none = (mlrt_tensor *)&none;

mlrt_tensor *mlrt_retain(mlrt_tensor *t) {
    if (t && t != mlrt_none)
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

/* Frees what t holds.  Releasing its node may free a graph, which grad.c
 * does iteratively; t->grad has no history worth speaking of. */
void mlrt_release(mlrt_tensor *t) {
    if (!t || t == mlrt_none ||
        atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    mlrt *m = t->ctx;
    mlrt__node *node = t->node;
    mlrt_tensor *grad = t->grad;
    mlrt_hook *hooks = t->hooks;
    if (node && (t->flags & MLRT__RETAIN_GRAD))
        node->keep[t->out] = NULL;
    mlrt__storage_release(m, t->storage);
    mlrt__free(m, t, sizeof *t);
    m->mem.tensors--;
    if (node)
        mlrt__node_release(node);
    if (hooks)
        mlrt__hooks_free(hooks);
    mlrt_release(grad);
    mlrt__context_release(m);
}

/* ---- Looking at them -------------------------------------------------- */

/* Of a failed operand is told what is told of none. */
static const mlrt_tensor *or_none(const mlrt_tensor *t) {
    return t ? t : &none;
}

mlrt *mlrt_context(const mlrt_tensor *t) {
    return or_none(t)->ctx;
}
mlrt_dtype mlrt_dtype_of(const mlrt_tensor *t) {
    return mlrt__absent(t) ? MLRT_DTYPE_NONE : (mlrt_dtype)t->dtype;
}
int mlrt_ndim(const mlrt_tensor *t) {
    return or_none(t)->ndim;
}
const int64_t *mlrt_shape(const mlrt_tensor *t) {
    return or_none(t)->shape;
}
const int64_t *mlrt_strides(const mlrt_tensor *t) {
    return or_none(t)->stride;
}
int64_t mlrt_numel(const mlrt_tensor *t) {
    return or_none(t)->numel;
}
bool mlrt_is_contiguous(const mlrt_tensor *t) {
    return mlrt__contiguous(or_none(t));
}
size_t mlrt_nbytes(const mlrt_tensor *t) {
    return (size_t)or_none(t)->numel * mlrt__dsize(or_none(t)->dtype);
}

const void *mlrt_data_const(const mlrt_tensor *t) {
    return t && t->numel && mlrt__contiguous(t) ? mlrt__ptr(t) : NULL;
}

void *mlrt_data(mlrt_tensor *t) {
    if (!t || !t->numel || !mlrt__contiguous(t) ||
        mlrt__check_writable(t->ctx, "data", t) != 0)
        return NULL;
    mlrt__wrote(t, "the host");
    return mlrt__ptr(t);
}

static int check_size(mlrt_tensor *t, const char *what, size_t bytes) {
    if (bytes == mlrt_nbytes(t))
        return 0;
    return mlrt_fail(t->ctx, MLRT_ESHAPE, "%s: %zu bytes given, %s %s has %zu",
                     what, bytes, mlrt_dtype_name((mlrt_dtype)t->dtype),
                     MLRT__ST(t), mlrt_nbytes(t));
}

int mlrt_read(mlrt_tensor *t, void *to, size_t bytes) {
    if (mlrt__absent(t))
        return MLRT_EARG;
    int err = check_size(t, "read", bytes);
    if (err || bytes == 0)
        return err;
    mlrt_tensor *c = mlrt__contig(t->ctx, t);
    if (!c)
        return t->ctx->errcode;
    memcpy(to, mlrt__ptr(c), bytes);
    if (c == t)
        mlrt_release(c);
    else
        mlrt__drop(t->ctx, c);
    return 0;
}

int mlrt_write(mlrt_tensor *t, const void *from, size_t bytes) {
    if (mlrt__absent(t))
        return MLRT_EARG;
    int err = check_size(t, "write", bytes);
    if (!err)
        err = mlrt__check_writable(t->ctx, "write", t);
    if (err || bytes == 0)
        return err;
    if (mlrt__contiguous(t)) {
        memcpy(mlrt__ptr(t), from, bytes);
    } else {
        mlrt_tensor *c = mlrt_from_data(t->ctx, (mlrt_dtype)t->dtype, t->ndim,
                                        t->shape, from);
        err = c ? mlrt__copy_into(t->ctx, c, t) : t->ctx->errcode;
        mlrt__drop(t->ctx, c);
    }
    mlrt__wrote(t, "write");
    return err;
}

static int want_one(mlrt_tensor *t) {
    if (t->numel == 1)
        return 0;
    return mlrt_fail(t->ctx, MLRT_ESHAPE,
                     "item: a tensor of shape %s has %lld elements, not one",
                     MLRT__ST(t), (long long)t->numel);
}

int mlrt_item(mlrt_tensor *t, double *value) {
    if (mlrt__absent(t))
        return MLRT_EARG;
    int err = want_one(t);
    if (err)
        return err;
    const char *p = mlrt__ptr(t);
    switch (t->dtype) {
    case MLRT_F32: *value = (double)*(const float *)(const void *)p; break;
    case MLRT_F64: *value = *(const double *)(const void *)p; break;
    case MLRT_I32: *value = (double)*(const int32_t *)(const void *)p; break;
    case MLRT_U8:
    case MLRT_BOOL: *value = (double)*(const uint8_t *)p; break;
    default: *value = (double)*(const int64_t *)(const void *)p; break;
    }
    return 0;
}

int mlrt_item_int(mlrt_tensor *t, int64_t *value) {
    if (mlrt__absent(t))
        return MLRT_EARG;
    int err = want_one(t);
    if (err)
        return err;
    const char *p = mlrt__ptr(t);
    switch (t->dtype) {
    case MLRT_F32: *value = (int64_t) * (const float *)(const void *)p; break;
    case MLRT_F64: *value = (int64_t) * (const double *)(const void *)p; break;
    case MLRT_I32: *value = *(const int32_t *)(const void *)p; break;
    case MLRT_U8:
    case MLRT_BOOL: *value = *(const uint8_t *)p; break;
    default: *value = *(const int64_t *)(const void *)p; break;
    }
    return 0;
}
