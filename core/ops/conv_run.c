/* conv_run.c: runs planned convolutions on the pool.
 *
 * Each slot takes jobs from a counter until there are none.  What a job
 * computes does not depend on its slot, nor on how many there are: an output
 * is summed by one job in one order, and a gradient by weight is summed in
 * parts that depend on the sizes alone.
 */
#include "conv.h"

typedef struct run {
    mlrt *m;
    const struct mlrt__conv_kernels *const *k;
    const mlrt__conv_plan *w;
    void (*job)(const struct run *r, int64_t i, char *room);
    int64_t jobs;
    bool f64;
    const char *x, *weight, *bias, *g;
    char *y, *gb;
    atomic_int_fast64_t next;
} run;

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void slot(void *arg, int64_t i) {
    run *r = arg;
    char *room = r->w->room_at + (size_t)(i * r->w->room) * r->w->size;
    int64_t job;
    while (!mlrt__stop(r->m) &&
           (job = atomic_fetch_add_explicit(&r->next, 1,
                                            memory_order_relaxed)) < r->jobs)
        r->job(r, job, room);
}

static int run_jobs(run *r, int64_t jobs,
                    void (*job)(const run *r, int64_t i, char *room)) {
    r->jobs = jobs;
    r->job = job;
    atomic_init(&r->next, 0);
    return mlrt__parallel(r->m, least(r->w->slots, jobs), slot, r, true);
}

/* Part i of n of `total` things. */
static void part_of(int64_t i, int64_t n, int64_t total, int64_t *from,
                    int64_t *to) {
    *from = i * total / n;
    *to = (i + 1) * total / n;
}

static size_t bytes(const run *r, int64_t elements) {
    return (size_t)elements * r->w->size;
}

/* Unit i: images, then rows, then columns. */
static mlrt__block block_of(const mlrt__conv_plan *w, int64_t i) {
    int64_t n = i / w->cols / w->rows * w->p.images;
    return (mlrt__block){.n = n,
                         .end = least(n + w->p.images, w->n),
                         .i = i / w->cols % w->rows * w->p.row.block,
                         .j = i % w->cols * w->p.col.block};
}

/* Which groups, and which of their blocks of channels, job `part` does. */
static void share_of(const mlrt__conv_plan *w, int64_t part, int64_t *g,
                     int64_t *groups, int64_t *b, int64_t *blocks) {
    *g = *b = 0;
    *groups = w->groups;
    *blocks = w->p.nblocks;
    if (w->groups > 1)
        part_of(part, w->split, w->groups, g, groups);
    else
        part_of(part, w->split, w->p.nblocks, b, blocks);
}

/* ---- Forward, and the gradient by the data ---------------------------- */

static void pack_job(const run *r, int64_t i, char *room) {
    const mlrt__corr *p = &r->w->p;
    int64_t group = i / p->nblocks, b = i % p->nblocks;
    int64_t at = group * r->w->weights + b * p->nb * p->c * p->taps;
    int64_t from = group * p->o * p->c * (p->w_o < p->w_c ? p->w_o : p->w_c);
    (void)room;
    r->k[r->f64]->pack(p, r->weight + bytes(r, from), b,
                       r->w->weight_at + bytes(r, at));
}

static void corr_unit(const run *r, const mlrt__block *at, int64_t part,
                      char *room) {
    const mlrt__conv_plan *w = r->w;
    const mlrt__corr *p = &w->p;
    int64_t g, groups, b, blocks;
    share_of(w, part, &g, &groups, &b, &blocks);
    for (; g < groups; g++)
        r->k[r->f64]->corr(
            p, at, b, blocks,
            r->x + bytes(r, at->n * p->x_image + g * p->c * p->x_plane),
            w->weight_at + bytes(r, g * w->weights),
            r->bias ? r->bias + bytes(r, g * p->o) : NULL,
            r->y + bytes(r, at->n * p->y_image + g * p->o * p->y_plane), room);
}

/* Some units, each of which knows the next. */
static void corr_job(const run *r, int64_t i, char *room) {
    const mlrt__conv_plan *w = r->w;
    int64_t from = i / w->split * w->run, to = least(from + w->run, w->units);
    for (int64_t k = from; k < to && !mlrt__stop(r->m); k++) {
        mlrt__block at = block_of(w, k), next = block_of(w, k + 1);
        if (k + 1 < to && w->groups == 1)
            at.next = &next;
        corr_unit(r, &at, i % w->split, room);
    }
}

static int correlate(run *r) {
    const mlrt__conv_plan *w = r->w;
    int err = run_jobs(r, w->groups * w->p.nblocks, pack_job);
    int64_t jobs = (w->units + w->run - 1) / w->run * w->split;
    return err ? err : run_jobs(r, jobs, corr_job);
}

int mlrt__conv_forward(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                       const void *x, const void *weight, const void *bias,
                       void *y, void *scratch) {
    mlrt__conv_plan w;
    run r = {.m = m,
             .k = m->k->conv,
             .w = &w,
             .f64 = dtype == MLRT_F64,
             .x = x,
             .weight = weight,
             .bias = bias,
             .y = y};
    if (v->n == 0 || v->o == 0)
        return 0;
    mlrt__conv_plan_make(&w, m, v, dtype, MLRT__CONV_FORWARD, 0, 0, scratch);
    return correlate(&r);
}

int mlrt__conv_dgrad(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                     const void *g, const void *weight, void *gx,
                     void *scratch) {
    mlrt__conv_plan w;
    run r = {.m = m,
             .k = m->k->conv,
             .w = &w,
             .f64 = dtype == MLRT_F64,
             .x = g,
             .weight = weight,
             .y = gx};
    int err = 0;
    if (v->n == 0 || v->c == 0)
        return 0;
    for (int64_t i = 0; i < v->sh && i < v->h; i++)
        for (int64_t j = 0; j < v->sw && j < v->w && !err; j++) {
            mlrt__conv_plan_make(&w, m, v, dtype, MLRT__CONV_DGRAD, i, j,
                                 scratch);
            err = correlate(&r);
        }
    return err;
}

/* ---- The gradient by the weight --------------------------------------- */

/* A part of the units, some of the channels. */
static void wgrad_job(const run *r, int64_t i, char *room) {
    const mlrt__conv_plan *w = r->w;
    const mlrt__corr *p = &w->p;
    int64_t part = i / w->split, from, to, g, groups, b, blocks;
    int64_t group = w->step / w->groups;
    part_of(part, w->parts, w->units, &from, &to);
    share_of(w, i % w->split, &g, &groups, &b, &blocks);
    for (; g < groups; g++) {
        char *sum = w->weight_at + bytes(r, part * w->step + g * group);
        int64_t block = p->nblocks ? group / p->nblocks : 0;
        memset(sum + bytes(r, b * block), 0, bytes(r, (blocks - b) * block));
        for (int64_t k = from; k < to && !mlrt__stop(r->m); k++) {
            mlrt__block at = block_of(w, k);
            int64_t gat = at.n * p->y_image + g * p->o * p->y_plane;
            int64_t xat = at.n * p->x_image + g * p->c * p->x_plane;
            r->k[r->f64]->wgrad(p, &at, b, blocks, r->g + bytes(r, gat),
                                r->x + bytes(r, xat), sum, room);
        }
    }
}

static void finish_job(const run *r, int64_t i, char *room) {
    const mlrt__conv_plan *w = r->w;
    const mlrt__corr *p = &w->p;
    int64_t g = i / p->nblocks;
    (void)room;
    r->k[r->f64]->finish(p, i % p->nblocks,
                         w->weight_at + bytes(r, g * (w->step / w->groups)),
                         w->parts, w->step, r->y + bytes(r, g * p->o * p->w_o),
                         r->gb + bytes(r, g * p->o));
}

int mlrt__conv_wgrad(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                     const void *g, const void *x, void *gweight, void *gbias,
                     void *scratch) {
    mlrt__conv_plan w;
    run r = {.m = m,
             .k = m->k->conv,
             .w = &w,
             .f64 = dtype == MLRT_F64,
             .g = g,
             .x = x,
             .y = gweight,
             .gb = gbias};
    if (v->o == 0)
        return 0;
    mlrt__conv_plan_make(&w, m, v, dtype, MLRT__CONV_WGRAD, 0, 0, scratch);
    int err = run_jobs(&r, w.parts * w.split, wgrad_job);
    return err ? err : run_jobs(&r, w.groups * w.p.nblocks, finish_job);
}

/* ---- Scratch ---------------------------------------------------------- */

int mlrt__conv_scratch(mlrt__call *c, const mlrt__conv_sizes *v, int dtype,
                       int which) {
    bool transposed = which == MLRT__CONV_DGRAD, fits = true;
    int64_t rows = transposed ? least(v->sh, v->h) : 1;
    int64_t cols = transposed ? least(v->sw, v->w) : 1;
    mlrt__conv_plan w;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols && fits; j++) {
            fits = mlrt__conv_plan_make(&w, c->m, v, dtype, which, i, j, NULL);
            c->scratch_bytes = w.bytes > c->scratch_bytes ? w.bytes
                                                          : c->scratch_bytes;
        }
    return fits ? 0
                : mlrt__bad(c, MLRT_ESHAPE,
                            "a kernel of (%lld, %lld) is too "
                            "large",
                            (long long)v->kh, (long long)v->kw);
}
