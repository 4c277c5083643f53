/* replay_sample.c: batches drawn from a replay, and their priorities.
 *
 * Draws come from a stream of random numbers, one block for each, so a replay
 * and a generator put back to an earlier state give the same batches again.
 */
#include <math.h>

#include "replay.h"

/* ---- Checking --------------------------------------------------------- */

static int check_column(const mlrt_replay *r, const char *function,
                        const char *name, const mlrt_tensor *t, int dtype,
                        int64_t n) {
    mlrt_tensor like = {.dtype = (uint8_t)dtype, .ndim = 1};
    return mlrt__replay_check(r, function, name, t, &like, n);
}

static int check_batch(const mlrt_replay *r, const mlrt_replay_batch *b) {
    if (b->index && (b->index == mlrt_none || b->index->ndim != 1))
        return mlrt_fail(r->ctx, MLRT_EARG,
                         "%s: sample: argument 'index': a list expected",
                         r->name);
    int64_t n = b->index ? b->index->shape[0] : 0;
    const mlrt_tensor *const to[] = {b->obs,      b->action,   b->reward,
                                     b->discount, b->next_obs, b->legal};
    static const char *const names[] = {"obs",      "action",   "reward",
                                        "discount", "next_obs", "legal"};
    int err = check_column(r, "sample", "index", b->index, MLRT_INDEX, n);
    if (!err)
        err = check_column(r, "sample", "weight", b->weight, MLRT_F32, n);
    for (int f = 0; f < MLRT__NFIELDS && !err; f++)
        if (r->field[f])
            err = mlrt__replay_check(r, "sample", names[f], to[f], r->field[f],
                                     n);
    for (int f = 0; f < MLRT__NFIELDS && !err; f++)
        if (r->field[f])
            err = mlrt__check_writable(r->ctx, "sample", to[f]);
    if (!err)
        err = mlrt__check_writable(r->ctx, "sample", b->index);
    if (!err)
        err = mlrt__check_writable(r->ctx, "sample", b->weight);
    return err;
}

/* ---- Drawing ---------------------------------------------------------- */

/* 53 random bits as a number from 0 below 1. */
static double uniform(uint64_t key, uint64_t block) {
    uint32_t w[4];
    mlrt__philox(key, block, w);
    return (double)(((uint64_t)w[1] << 32 | w[0]) >> 11) * 0x1p-53;
}

/* Draw i of n: anywhere, or in the i-th of n equal parts of the total. */
static int64_t draw(const mlrt_replay *r, double u, int64_t i, int64_t n) {
    int64_t size = mlrt__replay_size(r);
    if (r->priority.sum) {
        double total = r->priority.sum[1];
        return mlrt__priority_find(&r->priority,
                                   ((double)i + u) / (double)n * total, size);
    }
    int64_t slot = (int64_t)(u * (double)size);
    return slot < size ? slot : size - 1;
}

static void draw_all(const mlrt_replay *r, mlrt_generator *g,
                     mlrt_tensor *index) {
    int64_t n = index->shape[0], *slot = (int64_t *)(void *)mlrt__ptr(index);
    uint64_t first = mlrt__take(g, (uint64_t)n);
    for (int64_t i = 0; i < n; i++)
        slot[i] = draw(r, uniform(g->key, first + (uint64_t)i), i, n);
}

/* weight = (size p / total)^-beta, over the largest of the batch. */
static void weigh(const mlrt_replay *r, const int64_t *slot, int64_t n,
                  double beta, float *weight) {
    double size = (double)mlrt__replay_size(r), most = 0;
    for (int64_t i = 0; i < n; i++) {
        double p = r->priority.sum ? mlrt__priority_of(&r->priority, slot[i]) *
                                         size / r->priority.sum[1]
                                   : 1;
        double w = p > 0 ? pow(p, -beta) : 1;
        weight[i] = (float)w;
        most = w > most ? w : most;
    }
    for (int64_t i = 0; i < n; i++)
        weight[i] = (float)(weight[i] / most);
}

static void gather(const mlrt_tensor *field, const int64_t *slot, int64_t n,
                   mlrt_tensor *to) {
    size_t bytes = mlrt__replay_row(field);
    const char *from = mlrt__ptr(field);
    char *p = mlrt__ptr(to);
    for (int64_t i = 0; i < n; i++)
        memcpy(p + (size_t)i * bytes, from + (size_t)slot[i] * bytes, bytes);
    mlrt__wrote(to, "sample");
}

int mlrt_replay_sample(mlrt_replay *r, mlrt_generator *g, double beta,
                       const mlrt_replay_batch *to) {
    if (!r || !g || !to)
        return MLRT_EARG;
    if (r->count == 0)
        return mlrt_fail(r->ctx, MLRT_ESTATE,
                         "%s: sample: the replay is read before it is filled: "
                         "it has no transitions",
                         r->name);
    if (!(beta >= 0 && beta <= 1))
        return mlrt_fail(r->ctx, MLRT_EARG,
                         "%s: sample: argument 'beta': a number from 0 to 1 "
                         "expected, got %g",
                         r->name, beta);
    int err = check_batch(r, to);
    if (err)
        return err;
    mlrt_tensor *const out[] = {to->obs,      to->action,   to->reward,
                                to->discount, to->next_obs, to->legal};
    int64_t n = to->index->shape[0];
    draw_all(r, g, to->index);
    const int64_t *slot = (const int64_t *)(const void *)mlrt__ptr(to->index);
    weigh(r, slot, n, beta, (float *)(void *)mlrt__ptr(to->weight));
    for (int f = 0; f < MLRT__NFIELDS; f++)
        if (r->field[f])
            gather(r->field[f], slot, n, out[f]);
    mlrt__wrote(to->index, "sample");
    mlrt__wrote(to->weight, "sample");
    return 0;
}

/* ---- Priorities ------------------------------------------------------- */

static int check_errors(const mlrt_replay *r, const mlrt_tensor *index,
                        const mlrt_tensor *error) {
    int64_t n = index && index != mlrt_none && index->ndim == 1
                    ? index->shape[0]
                    : 0;
    int err = check_column(r, "update", "index", index, MLRT_INDEX, n);
    if (!err)
        err = check_column(r, "update", "error", error, MLRT_F32, n);
    if (err)
        return err;
    const int64_t *slot = (const int64_t *)(const void *)mlrt__ptr(index);
    const float *e = (const float *)(const void *)mlrt__ptr(error);
    for (int64_t i = 0; i < n; i++) {
        if (slot[i] < 0 || slot[i] >= mlrt__replay_size(r))
            return mlrt_fail(r->ctx, MLRT_EINDEX,
                             "%s: update: there is no transition %lld", r->name,
                             (long long)mlrt__shown(r->ctx, slot[i]));
        if (!isfinite(e[i]))
            return mlrt_fail(r->ctx, MLRT_ENUMERIC,
                             "%s: update: argument 'error': finite numbers "
                             "expected, got nan or infinity in row %lld",
                             r->name, (long long)mlrt__shown(r->ctx, i));
    }
    return 0;
}

int mlrt_replay_update(mlrt_replay *r, mlrt_tensor *index, mlrt_tensor *error) {
    if (!r)
        return MLRT_EARG;
    if (!r->priority.sum)
        return mlrt_fail(r->ctx, MLRT_ESTATE,
                         "%s: update: this replay has no priorities (alpha is "
                         "0)",
                         r->name);
    int err = check_errors(r, index, error);
    if (err)
        return err;
    const int64_t *slot = (const int64_t *)(const void *)mlrt__ptr(index);
    const float *e = (const float *)(const void *)mlrt__ptr(error);
    for (int64_t i = 0; i < index->shape[0]; i++) {
        double p = pow(fabs((double)e[i]) + r->o.eps, r->o.alpha);
        if (p > r->max_priority)
            r->max_priority = p;
        mlrt__priority_set(&r->priority, slot[i], p);
    }
    return 0;
}
