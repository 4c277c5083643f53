/* rule.c: what the rows' shape rules call: messages, and small checks of
 * dimensions, positions, dtypes and broadcasting.
 */
#include <stdarg.h>
#include <stdio.h>

#include "core.h"

int mlrt__bad(const mlrt__call *c, int status, const char *format, ...) {
    char text[480];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    bool suffix = c->in_place && c->op->kind != MLRT_INPLACE;
    return mlrt_fail(c->m, status, "%s%s: %s", c->op->name, suffix ? "_" : "",
                     text);
}

int64_t mlrt__shown(const mlrt *m, int64_t pos) {
    return pos < 0 || pos == INT64_MAX ? pos : pos + m->config.base;
}

int mlrt__pos(const mlrt__call *c, const char *what, int64_t pos, int64_t size,
              int64_t *out) {
    if (pos >= size || pos < -size)
        return mlrt__bad(c, MLRT_EINDEX,
                         "%s %lld is out of range for size %lld", what,
                         (long long)mlrt__shown(c->m, pos), (long long)size);
    *out = pos < 0 ? pos + size : pos;
    return 0;
}

static int one_dim(const mlrt__call *c, int64_t d, int ndim, int *dim) {
    int n = ndim ? ndim : 1;
    if (d >= n || d < -n)
        return mlrt__bad(c, MLRT_EINDEX,
                         "dim %lld is out of range for a tensor of %d "
                         "dimension%s",
                         (long long)mlrt__shown(c->m, d), ndim,
                         ndim == 1 ? "" : "s");
    *dim = (int)(d < 0 ? d + n : d);
    return 0;
}

int mlrt__dim(const mlrt__call *c, int i, int ndim, int *dim) {
    return one_dim(c, c->arg[i].u.i, ndim, dim);
}

int mlrt__dims(const mlrt__call *c, int i, int ndim, uint32_t *mask) {
    const mlrt_arg *a = &c->arg[i];
    *mask = 0;
    if (a->kind == MLRT_VAL_NONE || a->n == 0)
        *mask = (1u << ndim) - 1;
    for (int j = 0; a->kind != MLRT_VAL_NONE && j < a->n; j++) {
        int d = 0, err = one_dim(c, a->u.v[j], ndim, &d);
        if (err)
            return err;
        if (*mask & (1u << d))
            return mlrt__bad(c, MLRT_EARG, "dim %lld is given twice",
                             (long long)mlrt__shown(c->m, d));
        *mask |= 1u << d;
    }
    return 0;
}

int mlrt__want_float(const mlrt__call *c, int i) {
    const mlrt_tensor *t = mlrt__t(c, i);
    if (!t || mlrt__is_float(t->dtype))
        return 0;
    return mlrt__bad(c, MLRT_EDTYPE,
                     "argument '%.*s': f32 or f64 expected, got %s; convert "
                     "with x:to(\"f32\")",
                     c->m->info[c->id].spec[i].name_len,
                     c->m->info[c->id].spec[i].name,
                     mlrt_dtype_name((mlrt_dtype)t->dtype));
}

int mlrt__want_ndim(const mlrt__call *c, int i, int ndim) {
    const mlrt_tensor *t = mlrt__t(c, i);
    if (!t || t->ndim == ndim)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "argument '%.*s': %d dimensions expected, got shape %s",
                     c->m->info[c->id].spec[i].name_len,
                     c->m->info[c->id].spec[i].name, ndim, MLRT__ST(t));
}

int mlrt__broadcast(const mlrt__call *c, int na, const int64_t *a, int nb,
                    const int64_t *b, int *n, int64_t *shape) {
    *n = na > nb ? na : nb;
    for (int i = 1; i <= *n; i++) {
        int64_t x = i <= na ? a[na - i] : 1, y = i <= nb ? b[nb - i] : 1;
        if (x != y && x != 1 && y != 1) {
            char p[MLRT__SHAPE_TEXT], q[MLRT__SHAPE_TEXT];
            return mlrt__bad(
                c, MLRT_ESHAPE, "shapes %s and %s do not broadcast",
                mlrt__shape_text(p, na, a), mlrt__shape_text(q, nb, b));
        }
        shape[*n - i] = x == 1 ? y : x;
    }
    return 0;
}

int mlrt__broadcast_out(mlrt__call *c, int i, int j, int dtype) {
    const mlrt_tensor *a = mlrt__t(c, i), *b = mlrt__t(c, j);
    c->out[0].dtype = dtype;
    return mlrt__broadcast(c, a->ndim, a->shape, b->ndim, b->shape,
                           &c->out[0].ndim, c->out[0].shape);
}

typedef uint64_t pair __attribute__((vector_size(16), aligned(8), may_alias));

/* Is one of n neighbours below `least`, or above `last`?  One difference is
 * negative then, its highest bit set. */
static bool any_outside(const int64_t *v, int64_t n, uint64_t least,
                        uint64_t last) {
    pair low = {least, least}, high = {last, last}, odd = {0, 0};
    uint64_t rest = 0;
    int64_t i = 0;
    for (; i + 2 <= n; i += 2) {
        pair x = *(const pair *)(v + i);
        odd |= (x - low) | (high - x);
    }
    if (i < n)
        rest = ((uint64_t)v[i] - least) | (last - (uint64_t)v[i]);
    return (odd[0] | odd[1] | rest) >> 63;
}

/* Are n neighbours all at least `least` and below size?  False too if the
 * call is to stop: who looks for the reason finds that. */
static bool all_within(mlrt *m, const int64_t *v, int64_t n, int64_t least,
                       int64_t size) {
    enum { BLOCK = 1 << 20 };
    for (int64_t i = 0; i < n; i += BLOCK) {
        int64_t some = n - i < BLOCK ? n - i : BLOCK;
        if (mlrt__stop(m) ||
            any_outside(v + i, some, (uint64_t)least, (uint64_t)size - 1))
            return false;
    }
    return true;
}

int mlrt__check_index(const mlrt__call *c, const mlrt_tensor *index,
                      int64_t size, bool none_allowed) {
    mlrt__iter it;
    if (mlrt__contiguous(index) &&
        all_within(c->m, (const int64_t *)(const void *)mlrt__ptr(index),
                   index->numel, none_allowed ? -1 : 0, size))
        return 0;
    mlrt__iter_init(&it, index->ndim, index->shape);
    mlrt__iter_add(&it, index);
    int64_t at[MLRT_MAX_DIMS] = {0};
    const char *p = it.ptr[0];
    for (int64_t i = 0; i < index->numel; i++) {
        int64_t v = *(const int64_t *)(const void *)p;
        if (i % (1 << 20) == 0 && mlrt__stop(c->m))
            return mlrt__stopped(c->m);
        if (v >= size || v < (none_allowed ? -1 : 0)) {
            if (v == -1)
                return mlrt__bad(c, MLRT_EINDEX, "the index holds none");
            return mlrt__bad(c, MLRT_EINDEX,
                             "index %lld is out of range %lld..%lld",
                             (long long)(v + c->m->config.base),
                             (long long)c->m->config.base,
                             (long long)(size - 1 + c->m->config.base));
        }
        for (int d = it.ndim - 1; d >= 0; d--) {
            p += it.stride[0][d];
            if (++at[d] < it.shape[d])
                break;
            p -= it.stride[0][d] * at[d];
            at[d] = 0;
        }
    }
    return 0;
}

mlrt_generator *mlrt__gen(const mlrt__call *c, int i) {
    return c->arg[i].kind == MLRT_VAL_GENERATOR ? c->arg[i].u.g : &c->m->gen;
}

mlrt__loop *mlrt__loop_of(const mlrt__call *c, int dtype) {
    return c->m->loops[c->id][dtype];
}
