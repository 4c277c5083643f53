/* call.h: calling operations by name in tests.
 *
 * RUN(m, "sum", out, T(x), N, I(1)) stores the outputs and returns how many
 * there are; GET gives the first and asserts that there is one.
 */
#ifndef MLRT_TESTS_CALL_H
#define MLRT_TESTS_CALL_H

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "mlrt.h"

static inline mlrt_arg T(mlrt_tensor *t) {
    return (mlrt_arg){.kind = MLRT_VAL_TENSOR, .u.t = t};
}
static inline mlrt_arg I(int64_t i) {
    return (mlrt_arg){.kind = MLRT_VAL_INT, .u.i = i};
}
static inline mlrt_arg D(double d) {
    return (mlrt_arg){.kind = MLRT_VAL_NUMBER, .u.d = d};
}
static inline mlrt_arg V(int n, const int64_t *v) {
    return (mlrt_arg){.kind = MLRT_VAL_INTS, .n = n, .u.v = v};
}
#define N ((mlrt_arg){.kind = MLRT_VAL_NONE})
#define INTS(...)                                                              \
    V((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),               \
      (int64_t[]){__VA_ARGS__})

/* A test of what `make BLAS=none` leaves out is skipped where it asks. */
static inline int run(mlrt *m, const char *name, mlrt_tensor **out,
                      const mlrt_arg *args) {
    int id = mlrt_op_find(m, name);
    cr_assert(id >= 0, "no operation %s", name);
    int n = mlrt_op_call(m, id, args, false, out, 4);
    if (n < 0 && strstr(mlrt_errmsg(m), "built without LAPACK"))
        cr_skip_test("built without LAPACK");
    return n;
}
#define RUN(m, name, out, ...)                                                 \
    run(m, name, out, (mlrt_arg[MLRT_MAX_ARGS]){__VA_ARGS__})

static inline mlrt_tensor *get(mlrt *m, const char *name,
                               const mlrt_arg *args) {
    mlrt_tensor *out[4];
    int n = run(m, name, out, args);
    cr_assert(n >= 1, "%s: %s", name, mlrt_errmsg(m));
    for (int i = 1; i < n; i++)
        mlrt_release(out[i]);
    return out[0];
}
#define GET(m, name, ...) get(m, name, (mlrt_arg[MLRT_MAX_ARGS]){__VA_ARGS__})

/* The call fails and its message contains `text`. */
#define REFUSES(m, text, name, ...)                                            \
    do {                                                                       \
        mlrt_tensor *none_[4];                                                 \
        cr_assert(RUN(m, name, none_, __VA_ARGS__) < 0);                       \
        cr_assert(strstr(mlrt_errmsg(m), text), "%s", mlrt_errmsg(m));         \
    } while (0)

/* A context that counts from 1, as Lua's does; NULL if this machine lacks
 * the kernels. */
static inline mlrt *open_with(const char *isa, int threads) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.isa = isa;
    config.threads = threads;
    config.base = 1;
    return mlrt_open(&config, NULL);
}

static inline void close_clean(mlrt *m) {
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    cr_expect(info.tensors == 0, "%zu tensors left", info.tensors);
    mlrt_close(m);
}

/* Element i, in C order. */
static inline double at(mlrt_tensor *t, int64_t i) {
    const void *p = mlrt_data_const(t);
    cr_assert(p && i < mlrt_numel(t));
    switch (mlrt_dtype_of(t)) {
    case MLRT_F32: return (double)((const float *)p)[i];
    case MLRT_F64: return ((const double *)p)[i];
    case MLRT_I32: return (double)((const int32_t *)p)[i];
    case MLRT_U8:
    case MLRT_BOOL: return (double)((const uint8_t *)p)[i];
    default: return (double)((const int64_t *)p)[i];
    }
}

static inline void put(void *p, mlrt_dtype dtype, int64_t i, double v) {
    switch (dtype) {
    case MLRT_F32: ((float *)p)[i] = (float)v; break;
    case MLRT_F64: ((double *)p)[i] = v; break;
    case MLRT_I32: ((int32_t *)p)[i] = (int32_t)v; break;
    case MLRT_U8:
    case MLRT_BOOL: ((uint8_t *)p)[i] = (uint8_t)v; break;
    default: ((int64_t *)p)[i] = (int64_t)v; break;
    }
}

static inline void set(mlrt_tensor *t, int64_t i, double v) {
    put(mlrt_data(t), mlrt_dtype_of(t), i, v);
}

/* Filled with numbers of -2..2 (integers: -6..6, u8: 0..12, bool: 0..1) that
 * look random and are always the same. */
static inline mlrt_tensor *make(mlrt *m, mlrt_dtype dtype, int ndim,
                                const int64_t *shape) {
    mlrt_tensor *t = mlrt_empty(m, dtype, ndim, shape);
    uint32_t state = 12345;
    cr_assert(t, "%s", mlrt_errmsg(m));
    void *p = mlrt_data(t);
    int64_t n = mlrt_numel(t);
    bool whole = !mlrt_dtype_is_float(dtype);
    for (int64_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        double u = (double)(state >> 8) / (1 << 24);
        put(p, dtype, i,
            dtype == MLRT_BOOL ? (double)(u > 0.5)
            : dtype == MLRT_U8 ? floor(u * 13)
            : whole            ? floor(u * 13) - 6
                               : u * 4 - 2);
    }
    return t;
}

/* f32 (index, bool: the other dtypes) from a list. */
static inline mlrt_tensor *list(mlrt *m, mlrt_dtype dtype, int n,
                                const double *v) {
    mlrt_tensor *t = mlrt_empty(m, dtype, 1, (int64_t[]){n});
    cr_assert(t);
    for (int i = 0; i < n; i++)
        set(t, i, v[i]);
    return t;
}
#define LIST(m, dtype, ...)                                                    \
    list(m, dtype, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)),    \
         (double[]){__VA_ARGS__})

/* Releases up to four. */
static inline void drop(mlrt_tensor *a, mlrt_tensor *b, mlrt_tensor *c,
                        mlrt_tensor *d) {
    mlrt_release(a);
    mlrt_release(b);
    mlrt_release(c);
    mlrt_release(d);
}

#endif
