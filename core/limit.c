/* limit.c: how much a context may still compute.
 *
 * A limit of time is a moment that kernels look at between tiles, where they
 * look for an interruption too; no thread or signal watches.  A limit of
 * floating-point operations is a purse: a call says what it costs before it
 * runs and is refused when that is not there, so one huge product is stopped
 * before it begins.  What moves elements without computing costs one each,
 * of the operands too, because a broadcast operand may have 2^60 elements
 * that take no memory.
 */
#include <time.h>

#include "core.h"

/* Elements of an operand that could be looked at in a second, at best. */
#define MLRT__FASTEST 4e9

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool mlrt__late(const mlrt *m) {
    return now() >= m->deadline;
}

int mlrt__stopped(mlrt *m) {
    if (m->masked == 0 &&
        atomic_load_explicit(&m->interrupted, memory_order_relaxed))
        return mlrt_fail(m, MLRT_ECANCEL, "interrupted!");
    return mlrt_fail(m, MLRT_ELIMIT, "the time limit is reached");
}

void mlrt_limit(mlrt *m, double flops, double seconds) {
    m->flops_limited = flops > 0;
    m->flops_left = flops;
    m->deadline = seconds > 0 && seconds < 1e9
                      ? now() + (int64_t)(seconds * 1e9)
                      : 0;
}

static int refuse(const mlrt__call *c, double flops) {
    return mlrt__bad(c, MLRT_ELIMIT,
                     "needs %.3g floating-point operations, %.3g are left of "
                     "the limit",
                     flops, c->m->flops_left);
}

int mlrt__afford(const mlrt__call *c, double flops) {
    mlrt *m = c->m;
    if (!(flops <= m->flops_left))
        return refuse(c, flops);
    m->flops_left -= flops;
    return 0;
}

int mlrt__afford_operands(const mlrt__call *c) {
    const mlrt *m = c->m;
    double most = 0;
    for (int i = 0; i < c->nargs; i++) {
        const mlrt_arg *a = &c->arg[i];
        int n = a->kind == MLRT_VAL_TENSORS ? a->n : 0;
        if (a->kind == MLRT_VAL_TENSOR)
            most += (double)a->u.t->numel;
        for (int j = 0; j < n; j++)
            most += (double)a->u.ts[j]->numel;
    }
    if (m->flops_limited && most > m->flops_left)
        return refuse(c, most);
    if (m->deadline &&
        most > MLRT__FASTEST * 1e-9 * (double)(m->deadline - now()))
        return mlrt__bad(c, MLRT_ELIMIT,
                         "%.3g elements are too many for the time that is "
                         "left of the limit",
                         most);
    return 0;
}
