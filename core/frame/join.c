/* join.c: which rows of two tables belong together.
 *
 * The keys of both are numbered together beforehand (group.c); rows of the
 * right table are put behind one another by number, so that the matches of a
 * left row are a run of them.
 */
#include <math.h>

#include "frame.h"

/* The right rows by number: those of number g are row[start[g]..start[g+1]-1],
 * in their order. */
typedef struct buckets {
    int32_t *start, *row; /* half the size, so that more lies in the caches */
    size_t bytes;
} buckets;

static int fill(mlrt *m, buckets *b, const int64_t *id, int64_t n,
                int64_t count) {
    b->bytes = mlrt__room(0, (size_t)(n + count + 2), sizeof *b->start);
    b->start = mlrt__alloc(m, b->bytes);
    if (!b->start)
        return MLRT_ENOMEM;
    b->row = b->start + count + 2;
    memset(b->start, 0, (size_t)(count + 2) * sizeof *b->start);
    for (int64_t i = 0; i < n; i++)
        if (id[i] >= 0)
            b->start[id[i] + 2]++;
    for (int64_t g = 1; g < count + 2; g++)
        b->start[g] += b->start[g - 1];
    for (int64_t i = 0; i < n; i++)
        if (id[i] >= 0)
            b->row[b->start[id[i] + 1]++] = (int32_t)i;
    return 0;
}

/* How many rows the result has. */
static int measure(mlrt *m, const buckets *b, const int64_t *left, int64_t n,
                   bool outer, int64_t *total) {
    *total = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t k = left[i] < 0 ? 0 : b->start[left[i] + 1] - b->start[left[i]];
        if (__builtin_add_overflow(*total, k || !outer ? k : 1, total))
            return mlrt_fail(m, MLRT_ENOMEM, "join: too many rows");
    }
    return 0;
}

static void pair(const buckets *b, const int64_t *left, int64_t n, bool outer,
                 int64_t *l, int64_t *r) {
    for (int64_t i = 0; i < n; i++) {
        int64_t from = left[i] < 0 ? 0 : b->start[left[i]];
        int64_t to = left[i] < 0 ? 0 : b->start[left[i] + 1];
        if (from == to && outer) {
            *l++ = i;
            *r++ = -1;
        }
        for (; from < to; from++) {
            *l++ = i;
            *r++ = b->row[from];
        }
    }
}

static int check_ids(mlrt *m, const mlrt_tensor *t, int64_t count) {
    int err = mlrt__frame_check(m, "join", t, MLRT_INDEX, -1);
    for (int64_t i = 0; !err && i < t->numel; i++)
        if (((const int64_t *)mlrt__ptr(t))[i] >= count)
            err = mlrt_fail(m, MLRT_EINDEX, "join: a number is out of range");
    return err;
}

/* Two new index tensors of n elements. */
static int new_pair(mlrt *m, int64_t n, mlrt_tensor **a, mlrt_tensor **b) {
    *a = mlrt_empty(m, MLRT_INDEX, 1, &n);
    *b = *a ? mlrt_empty(m, MLRT_INDEX, 1, &n) : NULL;
    if (*b)
        return 0;
    if (*a)
        mlrt__drop(m, *a);
    *a = NULL;
    return m->errcode;
}

int mlrt_rows_join(mlrt *m, mlrt_tensor *left, mlrt_tensor *right,
                   int64_t count, bool outer, mlrt_tensor **left_rows,
                   mlrt_tensor **right_rows) {
    buckets b;
    int64_t total;
    int err = count < 0 || count > INT32_MAX - 2
                  ? mlrt_fail(m, MLRT_EARG, "join: bad count")
                  : check_ids(m, left, count);
    if (!err)
        err = check_ids(m, right, count);
    if (!err && right->numel > INT32_MAX)
        err = mlrt_fail(m, MLRT_ENOMEM, "join: too many rows");
    if (err)
        return err;
    const int64_t *l = (const int64_t *)mlrt__ptr(left);
    err = fill(m, &b, (const int64_t *)mlrt__ptr(right), right->numel, count);
    if (err)
        return err;
    err = measure(m, &b, l, left->numel, outer, &total);
    if (!err)
        err = new_pair(m, total, left_rows, right_rows);
    if (!err)
        pair(&b, l, left->numel, outer, (int64_t *)mlrt__ptr(*left_rows),
             (int64_t *)mlrt__ptr(*right_rows));
    mlrt__free(m, b.start, b.bytes);
    return err;
}

/* ---- The nearest before or after -------------------------------------- */

/* Both sides: keys that sort as the values do, rows in their order, numbers of
 * what has to be equal. */
typedef struct side {
    const mlrt_tensor *on;
    const int64_t *by;    /* or NULL */
    const uint8_t *hole;  /* or NULL */
    const int64_t *order; /* of its rows */
    const uint64_t *key;
} side;

static double at(const side *s, int64_t row) {
    return s->on->dtype == MLRT_F64
               ? ((const double *)mlrt__ptr(s->on))[row]
               : (double)((const int64_t *)mlrt__ptr(s->on))[row];
}

static double distance(const side *l, int64_t i, const side *r, int64_t k) {
    return fabs(at(l, i) - at(r, k));
}

/* Walks both sides upwards, or downwards, and keeps the last right row of each
 * number.  found[i] becomes the match of left row i, -1: none. */
static void walk(const side *l, const side *r, bool up, bool exact,
                 int64_t *last, int64_t *found) {
    int64_t n = l->on->numel, nr = r->on->numel, k = 0;
    for (int64_t j = 0; j < n; j++) {
        int64_t i = l->order[up ? j : n - 1 - j];
        found[i] = -1;
        if ((l->hole && l->hole[i]) || (l->by && l->by[i] < 0))
            continue;
        for (; k < nr; k++) {
            int64_t x = r->order[up ? k : nr - 1 - k];
            if (r->hole && r->hole[x])
                continue; /* downwards these come first */
            bool past = up ? r->key[x] > l->key[i] : r->key[x] < l->key[i];
            if (past || (!exact && r->key[x] == l->key[i]))
                break;
            if (!(r->by && r->by[x] < 0))
                last[r->by ? r->by[x] : 0] = x;
        }
        found[i] = last[l->by ? l->by[i] : 0];
    }
}

/* The nearer of two matches, the earlier one of equals. */
static void nearer(const side *l, const side *r, int64_t *a, const int64_t *b,
                   double tolerance) {
    for (int64_t i = 0; i < l->on->numel; i++) {
        if (b && b[i] >= 0 &&
            (a[i] < 0 || distance(l, i, r, b[i]) < distance(l, i, r, a[i])))
            a[i] = b[i];
        if (a[i] >= 0 && distance(l, i, r, a[i]) > tolerance)
            a[i] = -1;
    }
}

static void clear(int64_t *last, int64_t count) {
    for (int64_t g = 0; g < count; g++)
        last[g] = -1;
}

static int match(mlrt *m, const side *l, const side *r,
                 const mlrt_asof_options *o, int64_t count, int64_t *found) {
    int64_t n = l->on->numel;
    bool both = o->direction == MLRT_ASOF_NEAREST;
    size_t bytes = mlrt__room(0, (size_t)(count + (both ? n : 0) + 1),
                              sizeof *found);
    int64_t *last = mlrt__alloc(m, bytes), *other = last + count;
    if (!last)
        return MLRT_ENOMEM;
    clear(last, count);
    walk(l, r, o->direction != MLRT_ASOF_FORWARD, o->exact, last, found);
    if (both) {
        clear(last, count);
        walk(l, r, false, o->exact, last, other);
    }
    nearer(l, r, found, both ? other : NULL, o->tolerance);
    mlrt__free(m, last, bytes);
    return 0;
}

static int check_side(mlrt *m, const mlrt_sort_by *on, mlrt_tensor *by,
                      int64_t count) {
    int dtype = mlrt__absent(on->values) ? 0 : on->values->dtype;
    int err = mlrt__frame_check(m, "join_asof", on->values, dtype, -1);
    if (!err && dtype != MLRT_F64 && dtype != MLRT_I64)
        err = mlrt_fail(m, MLRT_EDTYPE, "join_asof: the column is no number");
    if (!err && on->holes != MLRT_NONE)
        err = mlrt__frame_check(m, "join_asof", on->holes, MLRT_BOOL,
                                on->values->numel);
    if (!err && by != MLRT_NONE)
        err = mlrt__frame_check(m, "join_asof", by, MLRT_INDEX,
                                on->values->numel);
    return err || by == MLRT_NONE ? err : check_ids(m, by, count);
}

/* Fills in a side; what is kept in `order` and `key` has to be given back. */
static int open_side(mlrt *m, const mlrt_sort_by *on, mlrt_tensor *by, side *s,
                     mlrt_tensor **order, uint64_t **key) {
    int64_t n = on->values->numel;
    int err = mlrt_rows_sort(m, on, 1, order);
    *key = err ? NULL
               : mlrt__alloc(m, mlrt__room(0, (size_t)n + 1, sizeof **key));
    if (err || !*key)
        return err ? err : MLRT_ENOMEM;
    *s = (side){.on = on->values, .key = *key};
    s->order = (const int64_t *)mlrt__ptr(*order);
    if (by != MLRT_NONE)
        s->by = (const int64_t *)mlrt__ptr(by);
    if (on->holes != MLRT_NONE)
        s->hole = (const uint8_t *)mlrt__ptr(on->holes);
    return mlrt__sort_keys(m, "join_asof", on->values, *key);
}

static void close_side(mlrt *m, const mlrt_sort_by *on, mlrt_tensor *order,
                       uint64_t *key) {
    if (key)
        mlrt__free(m, key, (size_t)(on->values->numel + 1) * sizeof *key);
    if (order)
        mlrt__drop(m, order);
}

mlrt_tensor *mlrt_rows_asof(mlrt *m, const mlrt_sort_by *left,
                            mlrt_tensor *left_by, const mlrt_sort_by *right,
                            mlrt_tensor *right_by, int64_t count,
                            const mlrt_asof_options *o) {
    side l, r;
    mlrt_tensor *order[2] = {NULL, NULL}, *found = NULL;
    uint64_t *key[2] = {NULL, NULL};
    bool plain = left_by == MLRT_NONE;
    if (plain != (right_by == MLRT_NONE) || count < 0 || count > INT32_MAX) {
        mlrt_fail(m, MLRT_EARG, "join_asof: numbers of one side only");
        return NULL;
    }
    if (check_side(m, left, left_by, count) != 0 ||
        check_side(m, right, right_by, count) != 0)
        return NULL;
    count = plain ? 1 : count;
    int err = open_side(m, left, left_by, &l, &order[0], &key[0]);
    if (!err)
        err = open_side(m, right, right_by, &r, &order[1], &key[1]);
    if (!err)
        found = mlrt_empty(m, MLRT_INDEX, 1, &left->values->numel);
    if (found && match(m, &l, &r, o, count, (int64_t *)mlrt__ptr(found))) {
        mlrt__drop(m, found);
        found = NULL;
    }
    close_side(m, left, order[0], key[0]);
    close_side(m, right, order[1], key[1]);
    return found;
}
