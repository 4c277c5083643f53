/* space.c: what may be observed and done. */
#include <math.h>
#include <stdio.h>

#include "rl.h"

static int bad_space(mlrt *m, const char *name, const char *field,
                     const char *why) {
    return mlrt_fail(m, MLRT_EARG, "%.60s: %s: %s", name, field, why);
}

static int measure_counts(mlrt *m, const char *name, const char *field,
                          const mlrt_space *s, int64_t numel) {
    if (s->ndim != 1 || numel < 1 || !s->counts)
        return bad_space(m, name, field,
                         "a multi-discrete space has one dimension and counts");
    for (int64_t i = 0; i < numel; i++)
        if (s->counts[i] < 1)
            return bad_space(m, name, field, "a count is less than 1");
    return 0;
}

static int measure_bounds(mlrt *m, const char *name, const char *field,
                          const mlrt_space *s, int64_t numel) {
    if (!s->low != !s->high)
        return bad_space(m, name, field, "low and high belong together");
    for (int64_t i = 0; s->low && i < numel; i++)
        if (!(s->low[i] <= s->high[i]))
            return bad_space(m, name, field, "a low bound is above its high");
    return 0;
}

int mlrt__space_measure(mlrt *m, const char *name, const char *field,
                        const mlrt_space *s, int64_t *numel, size_t *bytes) {
    *numel = 1;
    if (s->kind == MLRT_DISCRETE) {
        *bytes = sizeof(int64_t);
        return s->n >= 1 && s->n <= INT32_MAX && s->ndim == 0
                   ? 0
                   : bad_space(m, name, field,
                               "a discrete space has 1 to 2^31 - 1 values");
    }
    if (s->ndim < 0 || s->ndim >= MLRT_MAX_DIMS)
        return bad_space(m, name, field, "0 to 7 dimensions expected");
    if (mlrt__shape_numel(m, name, s->ndim, s->shape, numel) != 0)
        return m->errcode;
    if (*numel < 1 || *numel > INT32_MAX)
        return bad_space(m, name, field, "1 to 2^31 - 1 elements expected");
    *bytes = (size_t)*numel *
             (s->kind == MLRT_BOX ? sizeof(float) : sizeof(int64_t));
    return s->kind == MLRT_BOX ? measure_bounds(m, name, field, s, *numel)
                               : measure_counts(m, name, field, s, *numel);
}

mlrt_tensor *mlrt__space_tensor(mlrt *m, const mlrt_space *s, int64_t copies) {
    int64_t shape[MLRT_MAX_DIMS + 1] = {copies};
    for (int d = 0; d < s->ndim; d++)
        shape[d + 1] = s->shape[d];
    return mlrt__full(m, s->kind == MLRT_BOX ? MLRT_F32 : MLRT_INDEX,
                      1 + s->ndim, shape, 0);
}

/* ---- Values ----------------------------------------------------------- */

/* "action 3" of several copies, "action" of one. */
static const char *field_of(const mlrt_env *e, const char *field, int64_t at,
                            char text[64]) {
    if (!e->auto_reset)
        snprintf(text, 64, "%s", field);
    else
        snprintf(text, 64, "%s of copy %lld", field,
                 (long long)mlrt__shown(e->m, at));
    return text;
}

static int outside(const mlrt_env *e, const char *what, const char *field,
                   int64_t n, int64_t got) {
    return mlrt__env_bad(e, MLRT_EARG, what,
                         "%s: %lld to %lld expected, got "
                         "%lld",
                         field, (long long)mlrt__shown(e->m, 0),
                         (long long)mlrt__shown(e->m, n - 1),
                         (long long)(got + mlrt__shown(e->m, 0)));
}

static int check_box(const mlrt_env *e, const char *what, const char *field,
                     const mlrt_space *s, const float *v, int64_t numel) {
    for (int64_t i = 0; i < numel; i++) {
        double low = s->low ? (double)s->low[i] : -INFINITY;
        double high = s->high ? (double)s->high[i] : INFINITY;
        if (!((double)v[i] >= low && (double)v[i] <= high))
            return mlrt__env_bad(e, MLRT_EARG, what,
                                 "%s: element %lld: %g to %g expected, got %g",
                                 field, (long long)mlrt__shown(e->m, i), low,
                                 high, (double)v[i]);
    }
    return 0;
}

int mlrt__space_check(const mlrt_env *e, const char *what, const char *field,
                      const mlrt_space *s, const void *value, int64_t at) {
    char text[64];
    const int64_t *v = value;
    if (s->kind == MLRT_DISCRETE)
        return *v >= 0 && *v < s->n
                   ? 0
                   : outside(e, what, field_of(e, field, at, text), s->n, *v);
    int64_t numel = 1;
    for (int d = 0; d < s->ndim; d++)
        numel *= s->shape[d];
    if (s->kind == MLRT_BOX)
        return check_box(e, what, field_of(e, field, at, text), s, value,
                         numel);
    for (int64_t i = 0; i < numel; i++)
        if (v[i] < 0 || v[i] >= s->counts[i])
            return outside(e, what, field_of(e, field, at, text), s->counts[i],
                           v[i]);
    return 0;
}
