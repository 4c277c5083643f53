/* copy.c: moving elements between tensors.
 *
 * Plain runs go by memcpy or a converting loop; where source and target run
 * in different directions, tiles keep both in the cache.
 */
#include "copy.h"

#include "kernels/copy.h"

enum { BLOCK = 64 }; /* lines of a transposition in one task */

/* A transposition: y's inner dimension and `across`, along which x has its
 * neighbours; the others are walked. */
typedef struct turning {
    const mlrt__iter *it;
    const mlrt__kernels *k;
    int across;
    size_t size;
    int64_t n, w, blocks;
} turning;

static void turn_task(void *arg, int64_t i) {
    const turning *t = arg;
    const mlrt__iter *it = t->it;
    int64_t first = i % t->blocks * BLOCK, size = (int64_t)t->size;
    int64_t n = t->n - first < BLOCK ? t->n - first : BLOCK;
    int64_t rest = i / t->blocks, sy = it->stride[0][t->across];
    char *y = it->ptr[0] + first * sy, *x = it->ptr[1] + first * size;
    for (int d = it->ndim - 2; d >= 0; d--) {
        if (d == t->across)
            continue;
        y += rest % it->shape[d] * it->stride[0][d];
        x += rest % it->shape[d] * it->stride[1][d];
        rest /= it->shape[d];
    }
    t->k->copy->turn(x, it->stride[1][it->ndim - 1] / size, y, sy / size, n,
                     t->w, t->size);
}

/* The dimension along which x has neighbours while y steps far; -1: none. */
static int find_across(const mlrt__iter *it, int64_t size) {
    int last = it->ndim - 1;
    if (it->ndim < 2 || it->stride[0][last] != size ||
        it->stride[1][last] < 2 * size || it->shape[last] < 4)
        return -1;
    for (int d = 0; d < last; d++)
        if (it->stride[1][d] == size && it->shape[d] >= 4 &&
            it->stride[0][d] > 0)
            return d;
    return -1;
}

static int turn_all(mlrt *m, const mlrt__iter *it, int across, size_t size) {
    turning t = {.it = it, .k = m->k, .across = across, .size = size};
    t.n = it->shape[across];
    t.w = it->shape[it->ndim - 1];
    t.blocks = (t.n + BLOCK - 1) / BLOCK;
    int64_t tasks = it->numel / (t.n * t.w) * t.blocks;
    return mlrt__parallel(m, tasks, turn_task, &t, false);
}

/* Is the innermost dimension so short that walking it costs more than
 * copying, or are its elements neighbours on both sides, in either order?
 * Then it is walked within the one outside it. */
enum { SHORT = 8, LONG = 1 << 12 };
static bool has_runs(const mlrt__iter *it, int64_t size) {
    int last = it->ndim - 1;
    if (last < 1)
        return false;
    return it->shape[last] <= SHORT ||
           (it->shape[last] <= LONG && it->stride[0][last] == size &&
            (it->stride[1][last] == size || it->stride[1][last] == -size));
}

static int copy_runs(mlrt *m, mlrt__iter *it, size_t size) {
    int last = --it->ndim;
    double k[4] = {(double)it->shape[last], (double)it->stride[0][last],
                   (double)it->stride[1][last], (double)size};
    it->numel /= it->shape[last];
    it->weight = it->shape[last];
    return mlrt__iter_run(m, it, m->k->copy->runs, k, false);
}

static bool plain(const mlrt__iter *it, int64_t size) {
    return it->ndim == 0 || (it->ndim == 1 && it->stride[0][0] == size &&
                             it->stride[1][0] == size);
}

/* Copies that fit one core's attention go at once, without a loop table. */
enum { SMALL = 1 << 17 };

int mlrt__copy_into(mlrt *m, const mlrt_tensor *from, mlrt_tensor *to) {
    mlrt__iter it;
    size_t size = mlrt__dsize(to->dtype);
    if (to->numel == 0)
        return 0;
    mlrt__iter_init(&it, to->ndim, to->shape);
    mlrt__iter_add(&it, to);
    mlrt__iter_add(&it, from);
    mlrt__iter_merge(&it);
    bool same = from->dtype == to->dtype;
    size_t bytes = (size_t)to->numel * size;
    if (same && plain(&it, (int64_t)size) && bytes <= SMALL) {
        memmove(it.ptr[0], it.ptr[1], bytes);
        return 0;
    }
    int across = same ? find_across(&it, (int64_t)size) : -1;
    if (across >= 0)
        return turn_all(m, &it, across, size);
    if (same && has_runs(&it, (int64_t)size))
        return copy_runs(m, &it, size);
    return mlrt__iter_run(m, &it, m->k->copy->cast[from->dtype][to->dtype],
                          NULL, false);
}

mlrt_tensor *mlrt__copy_of(mlrt *m, const mlrt_tensor *t) {
    mlrt_tensor *y = mlrt_empty(m, (mlrt_dtype)t->dtype, t->ndim, t->shape);
    if (y && mlrt__copy_into(m, t, y) != 0) {
        mlrt__drop(m, y);
        y = NULL;
    }
    return y;
}

/* A number as an element of dtype, in the first bytes of `element`. */
void mlrt__element(mlrt *m, int dtype, double value, void *element) {
    const int64_t steps[2] = {0, 0};
    char *p[2] = {element, (char *)&value};
    m->k->copy->cast[MLRT_F64][dtype](p, steps, 1, NULL);
}

static bool is_zero(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits == 0;
}

void mlrt__fill(mlrt *m, mlrt_tensor *t, double value) {
    double element = 0;
    mlrt__storage s = {.data = &element};
    mlrt_tensor one = {.dtype = t->dtype, .numel = 1, .storage = &s};
    if (is_zero(value) && mlrt__contiguous(t)) {
        memset(mlrt__ptr(t), 0, mlrt_nbytes(t));
        return;
    }
    mlrt__element(m, t->dtype, value, &element);
    mlrt__copy_into(m, &one, t); /* cannot fail: nothing polls */
}

static int check_assign(mlrt *m, const mlrt_tensor *to,
                        const mlrt_tensor *from) {
    if (mlrt__absent(to) || mlrt__absent(from))
        return m->errcode ? m->errcode : MLRT_EARG;
    if (to->ctx != m || from->ctx != m)
        return mlrt_fail(m, MLRT_EARG, "assign: a tensor of another context");
    if (!mlrt__same_shape(to, from) ||
        (to->dtype == MLRT_INDEX) != (from->dtype == MLRT_INDEX))
        return mlrt_fail(m, MLRT_ESHAPE, "assign: %s %s into %s %s",
                         mlrt_dtype_name((mlrt_dtype)from->dtype),
                         MLRT__ST(from), mlrt_dtype_name((mlrt_dtype)to->dtype),
                         MLRT__ST(to));
    if (m->grad_mode && mlrt__tracked(to))
        return mlrt_fail(m, MLRT_EGRAD,
                         "assign: the target requires grad; do it under "
                         "no_grad");
    return mlrt__check_writable(m, "assign", to);
}

int mlrt_assign(mlrt *m, mlrt_tensor *const *to, mlrt_tensor *const *from,
                int n) {
    int err = 0;
    for (int i = 0; i < n && !err; i++)
        err = check_assign(m, to[i], from[i]);
    for (int i = 0; i < n && !err; i++) {
        mlrt__copy_into(m, from[i], to[i]); /* cannot fail: nothing polls */
        mlrt__wrote(to[i], "assign");
    }
    return err;
}
