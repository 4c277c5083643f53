/* window.c: figures of the rows around a row, and values for holes.
 *
 * A window is looked at anew for each row: that costs its length, but nothing
 * is added and taken away again, so nothing is lost in rounding.
 */
#include <math.h>

#include "frame.h"

typedef struct column {
    int64_t n;
    const double *x;
    const uint8_t *hole;  /* or NULL */
    const int64_t *group; /* or NULL; windows do not cross groups */
    const int64_t *row;   /* rows in the order of the walk, or NULL */
} column;

static inline int64_t row_at(const column *c, int64_t k) {
    return c->row ? c->row[k] : k;
}

/* The values that a window holds, from `first` to `last` in the walk. */
static int64_t gather(const column *c, int64_t first, int64_t last,
                      double *to) {
    int64_t n = 0, here = row_at(c, last);
    for (int64_t k = last; k >= first; k--) {
        int64_t i = row_at(c, k);
        if (c->group && c->group[i] != c->group[here])
            break;
        if (!(c->hole && c->hole[i]))
            to[n++] = c->x[i];
    }
    return n;
}

static double sum_of(const double *x, int64_t n) {
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        s += x[i];
    return s;
}

static double variance_of(const double *x, int64_t n) {
    double mean = sum_of(x, n) / (double)n, s = 0;
    for (int64_t i = 0; i < n; i++)
        s += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? s / (double)(n - 1) : (double)NAN;
}

static double extreme_of(const double *x, int64_t n, bool most) {
    double y = x[0];
    for (int64_t i = 1; i < n; i++)
        y = most ? (x[i] > y ? x[i] : y) : (x[i] < y ? x[i] : y);
    return y;
}

static double median_of(double *x, int64_t n) {
    for (int64_t i = 1; i < n; i++) { /* windows are short */
        double v = x[i];
        int64_t k = i;
        for (; k > 0 && v < x[k - 1]; k--)
            x[k] = x[k - 1];
        x[k] = v;
    }
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static double figure(mlrt_window what, double *x, int64_t n) {
    switch (what) {
    case MLRT_WINDOW_COUNT: return (double)n;
    case MLRT_WINDOW_SUM: return sum_of(x, n);
    case MLRT_WINDOW_MEAN: return sum_of(x, n) / (double)n;
    case MLRT_WINDOW_VAR: return variance_of(x, n);
    case MLRT_WINDOW_STD: return sqrt(variance_of(x, n));
    case MLRT_WINDOW_MIN: return extreme_of(x, n, false);
    case MLRT_WINDOW_MAX: return extreme_of(x, n, true);
    default: return median_of(x, n);
    }
}

static int roll(mlrt *m, const column *c, mlrt_window what, int64_t size,
                int64_t least, double *y) {
    size_t bytes = mlrt__room(8, (size_t)(size < c->n ? size : c->n),
                              sizeof(double));
    double *x = mlrt__alloc(m, bytes);
    int err = x ? 0 : MLRT_ENOMEM;
    for (int64_t k = 0; k < c->n && !err; k++) {
        int64_t first = k - size + 1 > 0 ? k - size + 1 : 0;
        int64_t n = gather(c, first, k, x);
        bool enough = n >= least && (n > 0 || what == MLRT_WINDOW_COUNT);
        y[row_at(c, k)] = enough ? figure(what, x, n) : (double)NAN;
        if ((k & 1023) == 0 && mlrt__stop(m))
            err = mlrt__stopped(m);
    }
    if (x)
        mlrt__free(m, x, bytes);
    return err;
}

/* ---- Values for holes ------------------------------------------------- */

/* The row of the last value before each row (behind it, walking back), itself
 * included; -1: none, or more than `limit` rows away. */
static void last_values(const column *c, bool forward, int64_t limit,
                        int64_t *y) {
    int64_t last = -1; /* in the walk */
    for (int64_t j = 0; j < c->n; j++) {
        int64_t k = forward ? j : c->n - 1 - j, i = row_at(c, k);
        if (!c->hole[i])
            last = k;
        bool there = last >= 0 && (forward ? k - last : last - k) <= limit;
        int64_t found = there ? row_at(c, last) : -1;
        bool same = !there || !c->group || c->group[found] == c->group[i];
        y[i] = same ? found : -1;
    }
}

/* The row `by` rows earlier in the walk (later, if negative); -1: none. */
static void lags(const column *c, int64_t by, int64_t *y) {
    for (int64_t k = 0; k < c->n; k++) {
        int64_t i = row_at(c, k), from = k - by;
        bool there = from >= 0 && from < c->n;
        int64_t found = there ? row_at(c, from) : -1;
        bool same = !there || !c->group || c->group[found] == c->group[i];
        y[i] = same ? found : -1;
    }
}

/* Straight lines over holes between two values; behind the last value its
 * own, as pandas has it; before the first one holes stay. */
static void lines(const double *x, const uint8_t *hole, int64_t n, double *y,
                  uint8_t *left) {
    int64_t last = -1;
    for (int64_t i = 0; i < n; i++) {
        left[i] = last < 0 && hole[i];
        y[i] = hole[i] ? (last < 0 ? (double)NAN : x[last]) : x[i];
        if (hole[i])
            continue;
        for (int64_t k = last + 1; last >= 0 && k < i; k++)
            y[k] = x[last] +
                   (x[i] - x[last]) * (double)(k - last) / (double)(i - last);
        last = i;
    }
}

/* ---- From outside ----------------------------------------------------- */

static const int64_t *index_of(const mlrt_tensor *t) {
    return t == MLRT_NONE ? NULL : (const int64_t *)mlrt__ptr(t);
}

static int check_order(mlrt *m, const mlrt_tensor *t, int64_t n) {
    int err = mlrt__frame_check(m, "rolling", t, MLRT_INDEX, n);
    const int64_t *row = err ? NULL : index_of(t);
    for (int64_t i = 0; !err && i < n; i++)
        if (row[i] < 0 || row[i] >= n)
            err = mlrt_fail(m, MLRT_EINDEX, "rolling: a row is out of range");
    return err;
}

/* Groups and an order of n rows, either MLRT_NONE. */
static int check_walk(mlrt *m, mlrt_tensor *groups, mlrt_tensor *order,
                      int64_t n, column *c) {
    int err = 0;
    if (groups != MLRT_NONE)
        err = mlrt__frame_check(m, "rolling", groups, MLRT_INDEX, n);
    if (!err && order != MLRT_NONE)
        err = check_order(m, order, n);
    if (!err)
        *c = (column){
            .n = n, .group = index_of(groups), .row = index_of(order)};
    return err;
}

mlrt_tensor *mlrt_rows_roll(mlrt *m, mlrt_window what, int64_t size,
                            int64_t least, mlrt_tensor *x, mlrt_tensor *holes,
                            mlrt_tensor *groups, mlrt_tensor *order) {
    column c;
    int err = mlrt__frame_check(m, "rolling", x, MLRT_F64, -1);
    if (!err && holes != MLRT_NONE)
        err = mlrt__frame_check(m, "rolling", holes, MLRT_BOOL, x->numel);
    if (!err)
        err = check_walk(m, groups, order, x->numel, &c);
    if (!err && size < 1)
        err = mlrt_fail(m, MLRT_EARG, "rolling: a window has one row or more");
    mlrt_tensor *y = err ? NULL : mlrt_empty(m, MLRT_F64, 1, &x->numel);
    if (!y)
        return NULL;
    c.x = (const double *)mlrt__ptr(x);
    if (holes != MLRT_NONE)
        c.hole = (const uint8_t *)mlrt__ptr(holes);
    if (roll(m, &c, what, size, least, (double *)mlrt__ptr(y)) == 0)
        return y;
    mlrt__drop(m, y);
    return NULL;
}

mlrt_tensor *mlrt_rows_last(mlrt *m, mlrt_tensor *holes, bool forward,
                            int64_t limit, mlrt_tensor *groups,
                            mlrt_tensor *order) {
    column c;
    int err = mlrt__frame_check(m, "fill_na", holes, MLRT_BOOL, -1);
    if (!err)
        err = check_walk(m, groups, order, holes->numel, &c);
    mlrt_tensor *y = err ? NULL : mlrt_empty(m, MLRT_INDEX, 1, &holes->numel);
    if (!y)
        return NULL;
    c.hole = (const uint8_t *)mlrt__ptr(holes);
    last_values(&c, forward, limit < 0 ? INT64_MAX : limit,
                (int64_t *)mlrt__ptr(y));
    return y;
}

mlrt_tensor *mlrt_rows_lag(mlrt *m, int64_t by, int64_t n, mlrt_tensor *groups,
                           mlrt_tensor *order) {
    column c;
    if (n < 0 || by <= -n - 1 || by > n)
        by = n < 0 ? 0 : n;
    if (check_walk(m, groups, order, n, &c) != 0)
        return NULL;
    mlrt_tensor *y = mlrt_empty(m, MLRT_INDEX, 1, &n);
    if (y)
        lags(&c, by, (int64_t *)mlrt__ptr(y));
    return y;
}

int mlrt_rows_interpolate(mlrt *m, mlrt_tensor *x, mlrt_tensor *holes,
                          mlrt_tensor **y, mlrt_tensor **left) {
    int err = mlrt__frame_check(m, "fill_na", x, MLRT_F64, -1);
    if (!err)
        err = mlrt__frame_check(m, "fill_na", holes, MLRT_BOOL, x->numel);
    if (err)
        return err;
    *y = mlrt_empty(m, MLRT_F64, 1, &x->numel);
    *left = *y ? mlrt_empty(m, MLRT_BOOL, 1, &x->numel) : NULL;
    if (!*left) {
        if (*y)
            mlrt__drop(m, *y);
        *y = NULL;
        return m->errcode;
    }
    lines((const double *)mlrt__ptr(x), (const uint8_t *)mlrt__ptr(holes),
          x->numel, (double *)mlrt__ptr(*y), (uint8_t *)mlrt__ptr(*left));
    return 0;
}
