/* iter.c: walking several tensors over one shape.
 *
 * Dimensions are ordered so that the innermost has the smallest steps, and
 * joined where every operand steps evenly over them.  What is large is cut
 * into pieces whose size does not depend on the number of threads.
 */
#include "core.h"

void mlrt__iter_init(mlrt__iter *it, int ndim, const int64_t *shape) {
    it->nops = 0;
    it->ndim = ndim;
    it->numel = it->weight = 1;
    for (int d = 0; d < ndim; d++) {
        it->shape[d] = shape[d];
        it->numel *= shape[d];
    }
}

void mlrt__iter_add(mlrt__iter *it, const mlrt_tensor *t) {
    int k = it->nops++, lead = it->ndim - t->ndim;
    int64_t size = (int64_t)mlrt__dsize(t->dtype);
    it->ptr[k] = mlrt__ptr(t);
    for (int d = 0; d < it->ndim; d++)
        it->stride[k][d] = d < lead || t->shape[d - lead] == 1
                               ? 0
                               : t->stride[d - lead] * size;
}

/* Does dimension a belong outside b?  The first operand that steps in both
 * and differs decides. */
static bool outside(const mlrt__iter *it, int a, int b) {
    for (int k = 0; k < it->nops; k++) {
        int64_t sa = it->stride[k][a], sb = it->stride[k][b];
        sa = sa < 0 ? -sa : sa;
        sb = sb < 0 ? -sb : sb;
        if (sa && sb && sa != sb)
            return sa > sb;
    }
    return a < b;
}

static void swap_dims(mlrt__iter *it, int a, int b) {
    int64_t n = it->shape[a];
    it->shape[a] = it->shape[b];
    it->shape[b] = n;
    for (int k = 0; k < it->nops; k++) {
        int64_t s = it->stride[k][a];
        it->stride[k][a] = it->stride[k][b];
        it->stride[k][b] = s;
    }
}

static void move_dim(mlrt__iter *it, int from, int to) {
    it->shape[to] = it->shape[from];
    for (int k = 0; k < it->nops; k++)
        it->stride[k][to] = it->stride[k][from];
}

/* Can dimension b be walked as a continuation of a, just outside it? */
static bool even(const mlrt__iter *it, int a, int b) {
    for (int k = 0; k < it->nops; k++)
        if (it->stride[k][a] != it->stride[k][b] * it->shape[b])
            return false;
    return true;
}

static void sort_dims(mlrt__iter *it) {
    for (int i = 1; i < it->ndim; i++)
        for (int j = i; j > 0 && !outside(it, j - 1, j); j--)
            swap_dims(it, j - 1, j);
}

void mlrt__iter_merge(mlrt__iter *it) {
    int n = 0;
    for (int d = 0; d < it->ndim; d++)
        if (it->shape[d] != 1)
            move_dim(it, d, n++);
    it->ndim = n;
    if (it->numel == 0)
        return;
    sort_dims(it);
    n = 0;
    for (int d = 1; d < it->ndim; d++)
        if (even(it, n, d)) {
            int64_t outer = it->shape[n];
            move_dim(it, d, n);
            it->shape[n] *= outer;
        } else {
            move_dim(it, d, ++n);
        }
    it->ndim = it->ndim ? n + 1 : 0;
}

/* ---- Running ---------------------------------------------------------- */

/* Rows are runs of the innermost dimension.  Long ones are cut into pieces,
 * short ones are taken several at a time. */
typedef struct job {
    const mlrt__iter *it;
    mlrt__loop *loop;
    const double *k;
    int64_t inner, pieces, piece, rows, block;
    int64_t step[MLRT__MAX_OPERANDS];
} job;

/* Pointers of row number `row`, and its coordinates in `at`. */
static void locate(const job *j, int64_t row, char **p, int64_t *at) {
    const mlrt__iter *it = j->it;
    for (int k = 0; k < it->nops; k++)
        p[k] = it->ptr[k];
    for (int d = it->ndim - 2; d >= 0; d--) {
        at[d] = row % it->shape[d];
        row /= it->shape[d];
        for (int k = 0; k < it->nops; k++)
            p[k] += at[d] * it->stride[k][d];
    }
}

static void advance(const mlrt__iter *it, char **p, int64_t *at) {
    for (int d = it->ndim - 2; d >= 0; d--) {
        bool wraps = ++at[d] == it->shape[d];
        for (int k = 0; k < it->nops; k++)
            p[k] += it->stride[k][d] * (wraps ? 1 - it->shape[d] : 1);
        if (!wraps)
            return;
        at[d] = 0;
    }
}

static void run_rows(const job *j, int64_t from, int64_t to) {
    char *p[MLRT__MAX_OPERANDS];
    int64_t at[MLRT_MAX_DIMS];
    locate(j, from, p, at);
    for (int64_t r = from; r < to; r++) {
        j->loop(p, j->step, j->inner, j->k);
        advance(j->it, p, at);
    }
}

static void run_piece(const job *j, int64_t row, int64_t piece) {
    char *p[MLRT__MAX_OPERANDS];
    int64_t at[MLRT_MAX_DIMS], first = piece * j->piece;
    int64_t n = j->inner - first < j->piece ? j->inner - first : j->piece;
    locate(j, row, p, at);
    for (int k = 0; k < j->it->nops; k++)
        p[k] += first * j->step[k];
    j->loop(p, j->step, n, j->k);
}

static void task(void *arg, int64_t i) {
    const job *j = arg;
    int64_t to = (i + 1) * j->block;
    if (j->pieces > 1)
        run_piece(j, i / j->pieces, i % j->pieces);
    else
        run_rows(j, i * j->block, to < j->rows ? to : j->rows);
}

int mlrt__iter_run(mlrt *m, mlrt__iter *it, mlrt__loop *loop, const double *k,
                   bool poll) {
    job j = {.it = it, .loop = loop, .k = k, .inner = 1};
    if (it->numel == 0)
        return 0;
    if (!loop)
        return mlrt_fail(m, MLRT_EDTYPE,
                         "no kernel for elements of this dtype");
    for (int o = 0; o < it->nops && it->ndim; o++)
        j.step[o] = it->stride[o][it->ndim - 1];
    if (it->ndim)
        j.inner = it->shape[it->ndim - 1];
    j.rows = it->numel / j.inner;
    j.piece = MLRT__GRAIN / it->weight;
    j.pieces = (j.inner + j.piece - 1) / j.piece;
    j.block = j.inner < j.piece ? j.piece / j.inner : 1;
    int64_t tasks = j.pieces > 1 ? j.rows * j.pieces
                                 : (j.rows + j.block - 1) / j.block;
    if (tasks > 1)
        return mlrt__parallel(m, tasks, task, &j, poll);
    task(&j, 0);
    return 0;
}
