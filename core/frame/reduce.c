/* reduce.c: a figure for each group of rows.
 *
 * Sums are compensated (Kahan 1965, as Neumaier has it), so a million rows
 * lose no more than one; a variance is computed around the group's mean.  The
 * order is that of the rows, so bits do not depend on threads.
 */
#include <math.h>

#include "frame.h"

/* The rows of a column and their groups. */
typedef struct rows {
    mlrt *m;
    int64_t n, ngroups;
    const int64_t *group;
    const uint8_t *hole; /* or NULL */
    int dtype;
    const void *x;
} rows;

static inline bool counts(const rows *r, int64_t i) {
    return r->group[i] >= 0 && !(r->hole && r->hole[i]);
}

static inline double value(const rows *r, int64_t i) {
    return r->dtype == MLRT_F64    ? ((const double *)r->x)[i]
           : r->dtype == MLRT_BOOL ? ((const uint8_t *)r->x)[i]
                                   : (double)((const int64_t *)r->x)[i];
}

static inline int64_t whole(const rows *r, int64_t i) {
    return r->dtype == MLRT_BOOL ? ((const uint8_t *)r->x)[i]
                                 : ((const int64_t *)r->x)[i];
}

/* ---- Counts and sums -------------------------------------------------- */

static void count(const rows *r, int64_t *y) {
    memset(y, 0, (size_t)r->ngroups * sizeof *y);
    for (int64_t i = 0; i < r->n; i++)
        if (counts(r, i))
            y[r->group[i]]++;
}

static int sum_whole(const rows *r, int64_t *y) {
    bool wrapped = false;
    memset(y, 0, (size_t)r->ngroups * sizeof *y);
    for (int64_t i = 0; i < r->n; i++)
        if (counts(r, i)) {
            int64_t *s = &y[r->group[i]];
            wrapped |= __builtin_add_overflow(*s, whole(r, i), s);
        }
    return wrapped ? mlrt_fail(r->m, MLRT_ENUMERIC,
                               "sum: more than an i64 holds; make the column "
                               "f64 first")
                   : 0;
}

/* x into a sum and what it has lost. */
static inline void add(double *sum, double *lost, double x) {
    double s = *sum + x;
    *lost += fabs(*sum) >= fabs(x) ? *sum - s + x : x - s + *sum;
    *sum = s;
}

/* An infinite sum has lost nothing that counts. */
static void settle(double *sum, const double *lost, int64_t n) {
    for (int64_t g = 0; g < n; g++)
        if (isfinite(sum[g]))
            sum[g] += lost[g];
}

static void sum(const rows *r, double *y, double *lost) {
    for (int64_t g = 0; g < r->ngroups; g++)
        y[g] = lost[g] = 0;
    for (int64_t i = 0; i < r->n; i++)
        if (counts(r, i))
            add(&y[r->group[i]], &lost[r->group[i]], value(r, i));
    settle(y, lost, r->ngroups);
}

static void product(const rows *r, double *y) {
    for (int64_t g = 0; g < r->ngroups; g++)
        y[g] = 1;
    for (int64_t i = 0; i < r->n; i++)
        if (counts(r, i))
            y[r->group[i]] *= value(r, i);
}

/* Sums divided by counts, NaN where there is nothing. */
static void mean(const rows *r, double *y, double *lost, int64_t *n) {
    sum(r, y, lost);
    count(r, n);
    for (int64_t g = 0; g < r->ngroups; g++)
        y[g] /= (double)n[g];
}

/* Squares of the distances from the mean, divided by count - 1. */
static void variance(const rows *r, double *y, double *lost, int64_t *n,
                     double *mid) {
    mean(r, mid, lost, n);
    for (int64_t g = 0; g < r->ngroups; g++)
        y[g] = lost[g] = 0;
    for (int64_t i = 0; i < r->n; i++)
        if (counts(r, i)) {
            int64_t g = r->group[i];
            double d = value(r, i) - mid[g];
            add(&y[g], &lost[g], d * d);
        }
    settle(y, lost, r->ngroups);
    for (int64_t g = 0; g < r->ngroups; g++)
        y[g] = n[g] > 1 ? y[g] / (double)(n[g] - 1) : (double)NAN;
}

/* ---- Rows of a group -------------------------------------------------- */

/* Is the value of row i less than that of row k? */
static inline bool less(const rows *r, int64_t i, int64_t k) {
    return r->dtype == MLRT_F64
               ? ((const double *)r->x)[i] < ((const double *)r->x)[k]
               : whole(r, i) < whole(r, k);
}

/* The row with the first, last, least or largest value; -1: none. */
static void chosen(const rows *r, mlrt_reduction what, int64_t *y) {
    for (int64_t g = 0; g < r->ngroups; g++)
        y[g] = -1;
    for (int64_t i = 0; i < r->n; i++) {
        if (!counts(r, i))
            continue;
        int64_t *k = &y[r->group[i]];
        if (*k < 0 || what == MLRT_GROUP_LAST ||
            (what == MLRT_GROUP_MIN && less(r, i, *k)) ||
            (what == MLRT_GROUP_MAX && less(r, *k, i)))
            *k = i;
    }
}

/* ---- Quantiles -------------------------------------------------------- */

/* Value number `at`, with a fraction, of the n rows from order[0] on. */
static double interpolated(const rows *r, const int64_t *order, double at) {
    int64_t k = (int64_t)at;
    double a = value(r, order[k]), part = at - (double)k;
    return part > 0 ? a + (value(r, order[k + 1]) - a) * part : a;
}

/* `order` sorts the rows by group, then by value, holes last; rows of no group
 * come first. */
static int quantile(const rows *r, const int64_t *order, double q, double *y) {
    int64_t i = 0;
    for (int64_t g = 0; g < r->ngroups; g++)
        y[g] = (double)NAN;
    while (i < r->n) {
        int64_t from = i, g = r->group[order[i]], n = 0;
        for (; i < r->n && r->group[order[i]] == g; i++)
            n += counts(r, order[i]);
        if (g >= 0 && n > 0)
            y[g] = interpolated(r, order + from, q * (double)(n - 1));
    }
    return 0;
}

/* ---- From outside ----------------------------------------------------- */

static int check(mlrt *m, const mlrt_tensor *x, const mlrt_tensor *holes,
                 const mlrt_tensor *groups, int64_t ngroups, rows *r) {
    int err = mlrt__frame_check(m, "agg", x, mlrt__absent(x) ? 0 : x->dtype,
                                -1);
    if (!err)
        err = mlrt__frame_check(m, "agg", groups, MLRT_INDEX, x->numel);
    if (!err && holes != MLRT_NONE)
        err = mlrt__frame_check(m, "agg", holes, MLRT_BOOL, x->numel);
    if (!err && mlrt__dsize(x->dtype) != 8 && x->dtype != MLRT_BOOL)
        err = mlrt_fail(m, MLRT_EDTYPE, "agg: no column is of %s",
                        mlrt_dtype_name((mlrt_dtype)x->dtype));
    if (err)
        return err;
    *r = (rows){m,    x->numel, ngroups,     (const int64_t *)mlrt__ptr(groups),
                NULL, x->dtype, mlrt__ptr(x)};
    if (holes != MLRT_NONE)
        r->hole = (const uint8_t *)mlrt__ptr(holes);
    for (int64_t i = 0; i < r->n; i++)
        if (r->group[i] >= ngroups)
            return mlrt_fail(m, MLRT_EINDEX, "agg: group out of range");
    return 0;
}

static mlrt_dtype result_of(const rows *r, mlrt_reduction what) {
    if (what >= MLRT_GROUP_FIRST)
        return MLRT_INDEX;
    if (what == MLRT_GROUP_COUNT ||
        (what == MLRT_GROUP_SUM && r->dtype != MLRT_F64))
        return MLRT_I64;
    return MLRT_F64;
}

static int reduce(const rows *r, mlrt_reduction what, void *y, double *lost,
                  int64_t *n) {
    switch (what) {
    case MLRT_GROUP_COUNT: count(r, y); return 0;
    case MLRT_GROUP_SUM:
        if (r->dtype != MLRT_F64)
            return sum_whole(r, y);
        sum(r, y, lost);
        return 0;
    case MLRT_GROUP_PROD: product(r, y); return 0;
    case MLRT_GROUP_MEAN: mean(r, y, lost, n); return 0;
    case MLRT_GROUP_VAR: variance(r, y, lost, n, lost + r->ngroups); return 0;
    default: chosen(r, what, y); return 0;
    }
}

mlrt_tensor *mlrt_group_reduce(mlrt *m, mlrt_reduction what, mlrt_tensor *x,
                               mlrt_tensor *holes, mlrt_tensor *groups,
                               int64_t ngroups) {
    rows r;
    size_t bytes;
    if (check(m, x, holes, groups, ngroups, &r) != 0)
        return NULL;
    mlrt_tensor *y = mlrt_empty(m, result_of(&r, what), 1, &ngroups);
    if (!y || !mlrt__mul((size_t)ngroups + 1, 3 * sizeof(double), &bytes))
        return y;
    double *room = mlrt__alloc(m, bytes);
    int err = room ? reduce(&r, what, mlrt__ptr(y), room,
                            (int64_t *)(room + 2 * ngroups))
                   : MLRT_ENOMEM;
    if (room)
        mlrt__free(m, room, bytes);
    if (err)
        mlrt__drop(m, y);
    return err ? NULL : y;
}

mlrt_tensor *mlrt_group_quantile(mlrt *m, double q, mlrt_tensor *x,
                                 mlrt_tensor *holes, mlrt_tensor *groups,
                                 int64_t ngroups) {
    rows r;
    mlrt_tensor *order;
    if (check(m, x, holes, groups, ngroups, &r) != 0)
        return NULL;
    if (!(q >= 0 && q <= 1)) {
        mlrt_fail(m, MLRT_EARG, "quantile: q is between 0 and 1, got %g", q);
        return NULL;
    }
    mlrt_sort_by by[] = {{groups, MLRT_NONE, false}, {x, holes, false}};
    if (mlrt_rows_sort(m, by, 2, &order) != 0)
        return NULL;
    mlrt_tensor *y = mlrt_empty(m, MLRT_F64, 1, &ngroups);
    if (y)
        quantile(&r, (const int64_t *)mlrt__ptr(order), q,
                 (double *)mlrt__ptr(y));
    mlrt__drop(m, order);
    return y;
}
