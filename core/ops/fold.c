/* fold.c: folding a strided tensor over some of its dimensions.
 *
 * Kept and reduced dimensions are merged apart.  The outputs are cut into
 * blocks; when there are few of them, the outermost reduced dimension is cut
 * into parts too, whose running results wait in scratch to be joined in
 * order.  Both cuts depend on the shape alone, so a result has the same bits
 * with any number of threads.
 */
#include "fold.h"

enum {
    GRAIN = 1 << 16, /* elements that are worth a task */
    COLUMNS = 256,   /* the least block of neighbouring outputs */
    CHUNK = 512      /* running results on a task's stack */
};

/* Dimensions of one kind, merged, innermost last; steps in elements. */
typedef struct axes {
    int n;
    int64_t size[MLRT_MAX_DIMS], step[MLRT_MAX_DIMS], total;
} axes;

typedef struct plan {
    const mlrt__fold *fold;
    axes kept, reduced;
    int64_t block, blocks; /* outputs a task, and such blocks */
    int64_t part, parts;   /* the same of reduced.size[0] */
    const char *x;
    size_t element, result; /* bytes of one in x, in y */
    char *y, *partial;
    double count;
} plan;

/* ---- Geometry --------------------------------------------------------- */

static void push(axes *a, int64_t size, int64_t step) {
    a->total *= size;
    if (size == 1)
        return;
    if (a->n && a->step[a->n - 1] == step * size) {
        a->size[a->n - 1] *= size;
        a->step[a->n - 1] = step;
        return;
    }
    a->size[a->n] = size;
    a->step[a->n++] = step;
}

static void close_axes(axes *a) {
    if (a->n)
        return;
    a->size[0] = 1;
    a->step[0] = 0;
    a->n = 1;
}

/* Steps in falling order bring the reduced neighbours innermost; repeated
 * (broadcast) elements, of step 0, go outside. */
static int64_t order(const mlrt_tensor *x, int d) {
    return x->stride[d] ? x->stride[d] : INT64_MAX;
}

static void push_reduced(axes *a, const mlrt_tensor *x, uint32_t dims) {
    int dim[MLRT_MAX_DIMS], n = 0;
    for (int d = 0; d < x->ndim; d++) {
        if (!(dims >> d & 1))
            continue;
        int i = n++;
        for (; i > 0 && order(x, dim[i - 1]) < order(x, d); i--)
            dim[i] = dim[i - 1];
        dim[i] = d;
    }
    for (int i = 0; i < n; i++)
        push(a, x->shape[dim[i]], x->stride[dim[i]]);
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void cut(plan *p) {
    const axes *k = &p->kept, *r = &p->reduced;
    bool columns = k->step[k->n - 1] == 1 && r->step[r->n - 1] != 1;
    int64_t floor = columns ? COLUMNS : 1;
    int64_t block = r->total ? GRAIN / r->total : k->total;
    block = block < floor ? floor : block;
    p->block = block < k->total ? block : k->total ? k->total : 1;
    p->blocks = ceil_div(k->total, p->block);
    p->part = r->size[0];
    p->parts = 1;
    if (p->blocks == 0 || p->blocks >= 64 || p->block * r->total <= 2 * GRAIN)
        return;
    int64_t parts = least(p->block * r->total / GRAIN, 256 / p->blocks);
    p->part = ceil_div(r->size[0], least(parts, r->size[0]));
    p->parts = ceil_div(r->size[0], p->part);
}

static void make_plan(plan *p, const mlrt *m, int kind, const mlrt_tensor *x,
                      uint32_t dims) {
    p->fold = m->k->reduce[x->dtype]->fold[kind];
    p->kept = p->reduced = (axes){.total = 1};
    for (int d = 0; d < x->ndim; d++)
        if (!(dims >> d & 1))
            push(&p->kept, x->shape[d], x->stride[d]);
    push_reduced(&p->reduced, x, dims);
    close_axes(&p->kept);
    close_axes(&p->reduced);
    cut(p);
}

/* ---- Running ---------------------------------------------------------- */

/* Folds all of part `i` into acc, for w outputs whose first element is x. */
static void fold_part(const plan *p, const char *x, int64_t i, int64_t w,
                      void *acc) {
    const axes *r = &p->reduced;
    int64_t at[MLRT_MAX_DIMS] = {0}, step = p->kept.step[p->kept.n - 1];
    int64_t end = least((i + 1) * p->part, r->size[0]);
    int in = r->n - 1;
    at[0] = i * p->part;
    if (in == 0) {
        x += at[0] * r->step[0] * (int64_t)p->element;
        p->fold->panel(x, end - at[0], r->step[0], w, step, acc);
        return;
    }
    while (at[0] < end) {
        int64_t offset = 0;
        for (int d = 0; d < in; d++)
            offset += at[d] * r->step[d];
        p->fold->panel(x + offset * (int64_t)p->element, r->size[in],
                       r->step[in], w, step, acc);
        int d = in - 1;
        for (; d > 0 && ++at[d] == r->size[d]; d--)
            at[d] = 0;
        if (d == 0)
            at[0]++;
    }
}

static const char *first_element(const plan *p, int64_t output) {
    int64_t offset = 0;
    for (int d = p->kept.n - 1; d >= 0; d--) {
        offset += output % p->kept.size[d] * p->kept.step[d];
        output /= p->kept.size[d];
    }
    return p->x + offset * (int64_t)p->element;
}

static void fold_block(void *arg, int64_t i) {
    const plan *p = arg;
    _Alignas(64) char acc[CHUNK * 8];
    int64_t part = i / p->blocks, at = i % p->blocks * p->block;
    int64_t end = least(at + p->block, p->kept.total);
    int64_t width = p->kept.size[p->kept.n - 1];
    while (at < end) {
        int64_t w = least(least(width - at % width, end - at), CHUNK);
        p->fold->start(acc, w);
        if (p->reduced.total)
            fold_part(p, first_element(p, at), part, w, acc);
        if (p->parts == 1)
            p->fold->finish(acc, p->y + at * (int64_t)p->result, w, p->count);
        else
            memcpy(p->partial +
                       (size_t)(part * p->kept.total + at) * p->fold->size,
                   acc, (size_t)w * p->fold->size);
        at += w;
    }
}

size_t mlrt__fold_scratch(const mlrt *m, int kind, const mlrt_tensor *x,
                          uint32_t dims) {
    plan p;
    make_plan(&p, m, kind, x, dims);
    if (p.parts == 1)
        return 0;
    return (size_t)(p.parts * p.kept.total) * p.fold->size;
}

int mlrt__fold_over(mlrt *m, int kind, const mlrt_tensor *x, uint32_t dims,
                    mlrt_tensor *y, double count, void *scratch) {
    plan p;
    make_plan(&p, m, kind, x, dims);
    p.x = mlrt__ptr(x);
    p.y = mlrt__ptr(y);
    p.element = mlrt__dsize(x->dtype);
    p.result = mlrt__dsize(y->dtype);
    p.count = count;
    p.partial = scratch;
    int err = mlrt__parallel(m, p.blocks * p.parts, fold_block, &p, true);
    if (err || p.parts == 1)
        return err;
    size_t bytes = mlrt__room(0, (size_t)p.kept.total, p.fold->size);
    for (int64_t i = 1; i < p.parts; i++)
        p.fold->join(p.partial, p.partial + (size_t)i * bytes, p.kept.total);
    p.fold->finish(p.partial, p.y, p.kept.total, count);
    return 0;
}

/* ---- Along one dimension ---------------------------------------------- */

void mlrt__lines_of(mlrt__lines *l, const mlrt_tensor *x, int dim) {
    *l = (mlrt__lines){.outer = 1, .n = 1, .inner = 1};
    for (int d = 0; d < x->ndim; d++)
        *(d < dim ? &l->outer : d > dim ? &l->inner : &l->n) *= x->shape[d];
    l->si = l->inner;
    l->sj = l->inner == 1 ? l->n : 1;
}

typedef struct job {
    const mlrt__lines *l;
    mlrt__lines_fn *fn;
    void *arg;
    int64_t block;
} job;

static void lines_block(void *arg, int64_t i) {
    const job *j = arg;
    const mlrt__lines *l = j->l;
    int64_t o = i * j->block;
    int64_t end = least(o + j->block, l->outer * l->inner);
    while (o < end) {
        int64_t in = o % l->inner;
        int64_t row = l->inner == 1 ? end - o : l->inner - in;
        int64_t w = least(least(row, end - o), MLRT__LINES);
        j->fn(j->arg, o / l->inner * l->n * l->inner + in, o, w);
        o += w;
    }
}

int mlrt__lines_run(mlrt *m, const mlrt__lines *l, mlrt__lines_fn *fn,
                    void *arg) {
    int64_t total = l->outer * l->inner;
    int64_t block = GRAIN / (l->n ? l->n : 1);
    int64_t floor = l->inner > 1 ? COLUMNS / 4 : 1;
    job j = {l, fn, arg, block < floor ? floor : block};
    return mlrt__parallel(m, ceil_div(total, j.block), lines_block, &j, true);
}
