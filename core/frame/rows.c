/* rows.c: the rows of a column in another order.
 */
#include <math.h>

#include "frame.h"

/* ---- Operands --------------------------------------------------------- */

int mlrt__frame_check(mlrt *m, const char *what, const mlrt_tensor *t,
                      int dtype, int64_t n) {
    if (mlrt__absent(t))
        return mlrt_fail(m, MLRT_EARG, "%s: a tensor is missing", what);
    if (t->ndim != 1 || t->dtype != dtype || !mlrt_is_contiguous(t))
        return mlrt_fail(m, MLRT_EDTYPE,
                         "%s: a contiguous tensor %s of one dimension "
                         "expected, got %s %s",
                         what, mlrt_dtype_name((mlrt_dtype)dtype),
                         mlrt_dtype_name((mlrt_dtype)t->dtype), MLRT__ST(t));
    if (n >= 0 && t->numel != n)
        return mlrt_fail(m, MLRT_ESHAPE, "%s: %lld elements expected, got %lld",
                         what, (long long)n, (long long)t->numel);
    return 0;
}

/* ---- Taking ----------------------------------------------------------- */

static void take8(const int64_t *x, const int64_t *at, int64_t n, int64_t none,
                  int64_t *y) {
    for (int64_t i = 0; i < n; i++)
        y[i] = at[i] < 0 ? none : x[at[i]];
}

static void take1(const uint8_t *x, const int64_t *at, int64_t n, uint8_t none,
                  uint8_t *y) {
    for (int64_t i = 0; i < n; i++)
        y[i] = at[i] < 0 ? none : x ? x[at[i]] : 0;
}

/* The bits of what stands where a hole is. */
static int64_t placeholder(int dtype) {
    double nan = (double)NAN;
    int64_t bits;
    memcpy(&bits, &nan, sizeof bits);
    return dtype == MLRT_F64 ? bits : dtype == MLRT_INDEX ? -1 : 0;
}

static int check_range(mlrt *m, const int64_t *at, int64_t n, int64_t rows,
                       bool *none) {
    *none = false;
    for (int64_t i = 0; i < n; i++) {
        *none |= at[i] < 0;
        if (at[i] >= rows)
            return mlrt_fail(m, MLRT_EINDEX,
                             "take: row %lld is out of range, there are %lld",
                             (long long)at[i] + m->config.base,
                             (long long)rows);
    }
    return 0;
}

static int check_take(mlrt *m, const mlrt_tensor *x, const mlrt_tensor *holes,
                      const mlrt_tensor *index) {
    int err = mlrt__frame_check(m, "take", x, mlrt__absent(x) ? 0 : x->dtype,
                                -1);
    if (!err && holes != MLRT_NONE)
        err = mlrt__frame_check(m, "take", holes, MLRT_BOOL, x->numel);
    if (!err)
        err = mlrt__frame_check(m, "take", index, MLRT_INDEX, -1);
    if (!err && mlrt__dsize(x->dtype) != 8 && x->dtype != MLRT_BOOL)
        err = mlrt_fail(m, MLRT_EDTYPE, "take: no column is of %s",
                        mlrt_dtype_name((mlrt_dtype)x->dtype));
    return err;
}

int mlrt_rows_take(mlrt *m, mlrt_tensor *x, mlrt_tensor *holes,
                   mlrt_tensor *index, mlrt_tensor **values,
                   mlrt_tensor **new_holes) {
    bool none;
    int err = check_take(m, x, holes, index);
    if (err)
        return err;
    int64_t n = index->numel;
    const int64_t *at = (const int64_t *)mlrt__ptr(index);
    err = check_range(m, at, n, x->numel, &none);
    if (err)
        return err;
    bool any = holes != MLRT_NONE || none;
    mlrt_tensor *y = mlrt_empty(m, (mlrt_dtype)x->dtype, 1, &n);
    mlrt_tensor *h = y && any ? mlrt_empty(m, MLRT_BOOL, 1, &n) : MLRT_NONE;
    if (!y || !h) {
        if (y)
            mlrt__drop(m, y);
        return m->errcode;
    }
    if (x->dtype == MLRT_BOOL)
        take1((const uint8_t *)mlrt__ptr(x), at, n, 0, (uint8_t *)mlrt__ptr(y));
    else
        take8((const int64_t *)mlrt__ptr(x), at, n, placeholder(x->dtype),
              (int64_t *)mlrt__ptr(y));
    if (any)
        take1(holes == MLRT_NONE ? NULL : (const uint8_t *)mlrt__ptr(holes), at,
              n, 1, (uint8_t *)mlrt__ptr(h));
    *values = y;
    *new_holes = h;
    return 0;
}
