/* product.c: describing a product of two tensors to gemm.c.
 *
 * Operands are (m, k) and (k, n) matrices with batch dimensions that
 * broadcast, in any layout.  BLAS reads a transposed operand where it is;
 * only what it cannot read (no step of 1), or what has another dtype, is
 * copied to scratch first.
 */
#include "product.h"

#include "../copy.h"

/* ---- Operands --------------------------------------------------------- */

static void see(mlrt__view *v, const mlrt_tensor *t, bool column) {
    int lead = t->ndim == 1 && !column;
    *v = (mlrt__view){.t = t, .ndim = t->ndim < 2 ? 2 : t->ndim};
    v->batch = v->ndim - 2;
    v->shape[0] = v->shape[1] = 1;
    for (int d = 0; d < t->ndim; d++) {
        v->shape[d + lead] = t->shape[d];
        v->step[d + lead] = t->stride[d];
    }
}

static void swap(int64_t *a, int64_t *b) {
    int64_t t = *a;
    *a = *b;
    *b = t;
}

static void turn(mlrt__view *v) {
    swap(&v->shape[v->ndim - 2], &v->shape[v->ndim - 1]);
    swap(&v->step[v->ndim - 2], &v->step[v->ndim - 1]);
}

/* All dimensions but the last become one.  If they do not run evenly, the
 * tensor must be copied, after which they do. */
static void flatten(mlrt__view *v) {
    int64_t rows = 1, step = 0;
    for (int d = v->ndim - 2; d >= 0; d--) {
        if (v->shape[d] != 1 && rows == 1)
            step = v->step[d];
        else if (v->shape[d] != 1 && v->step[d] != rows * step)
            v->copied = true;
        rows *= v->shape[d];
    }
    v->shape[1] = v->shape[v->ndim - 1];
    v->step[1] = v->step[v->ndim - 1];
    v->shape[0] = rows;
    v->step[0] = step;
    v->ndim = 2;
    v->batch = 0;
}

/* In C order; what the batch repeats is there once. */
static int plan_copy(const mlrt__call *c, mlrt__view *v, int dtype,
                     size_t *used) {
    int64_t step = 1;
    size_t bytes = mlrt__dsize(dtype);
    for (int d = v->ndim - 1; d >= 0; d--) {
        bool repeats = d < v->batch && v->step[d] == 0;
        v->step[d] = repeats ? 0 : step;
        if (repeats)
            continue;
        if (!mlrt__mul(bytes, (size_t)v->shape[d], &bytes))
            return mlrt__bad(c, MLRT_ESHAPE, "%s is too large", MLRT__ST(v->t));
        step *= v->shape[d];
    }
    v->copied = true;
    v->at = *used;
    *used += (bytes + 63) / 64 * 64;
    return 0;
}

static int plan_view(const mlrt__call *c, mlrt__product *p, mlrt__view *v,
                     const mlrt_tensor *t, unsigned how) {
    int err = 0, dtype = p->g.dtype;
    see(v, t, how & MLRT__COLUMN);
    if (how & MLRT__ROWS)
        flatten(v);
    int64_t *shape = v->shape + v->ndim - 2, *step = v->step + v->ndim - 2;
    bool reads = !mlrt__is_float(dtype) ||
                 mlrt__gemm_reads(shape[0], shape[1], step);
    if (v->copied || !reads || t->dtype != dtype)
        err = plan_copy(c, v, dtype, &p->copies);
    if (how & MLRT__TURNED)
        turn(v);
    return err;
}

/* Steps of an operand along the result's batch. */
static void batch_steps(const mlrt__view *v, int ndim, int64_t *out) {
    int lead = ndim - (v->ndim - 2);
    for (int d = 0; d < ndim; d++)
        out[d] = d < lead || v->shape[d - lead] == 1 ? 0 : v->step[d - lead];
}

/* ---- The product ------------------------------------------------------ */

static int check_dtype(const mlrt__call *c, const mlrt_tensor *t) {
    if (t->dtype < MLRT_BOOL)
        return 0;
    return mlrt__bad(c, MLRT_EDTYPE,
                     "%s has no arithmetic; convert with x:to(\"%s\")",
                     mlrt_dtype_name((mlrt_dtype)t->dtype),
                     t->dtype == MLRT_BOOL ? "f32" : "i64");
}

static int result_dtype(const mlrt__call *c, const mlrt_tensor *a,
                        const mlrt_tensor *b, const mlrt_tensor *other,
                        int *dtype) {
    int err = check_dtype(c, a);
    if (!err)
        err = check_dtype(c, b);
    if (!err && other)
        err = check_dtype(c, other);
    *dtype = a->dtype;
    if (!err && b->dtype != *dtype)
        *dtype = mlrt_promote((mlrt_dtype)*dtype, (mlrt_dtype)b->dtype);
    if (!err && other && other->dtype != *dtype)
        *dtype = mlrt_promote((mlrt_dtype)*dtype, (mlrt_dtype)other->dtype);
    return err;
}

static int check_inner(const mlrt__call *c, const mlrt__product *p) {
    int64_t k = p->a.shape[p->a.ndim - 1], l = p->b.shape[p->b.ndim - 2];
    if (k == l)
        return 0;
    return mlrt__bad(
        c, MLRT_ESHAPE, "%s x %s: inner sizes %lld and %lld differ",
        MLRT__ST(p->a.t), MLRT__ST(p->b.t), (long long)k, (long long)l);
}

static int check_size(const mlrt__call *c, const mlrt__product *p) {
    int64_t numel;
    if (mlrt__gemm_too_large(&p->g))
        return mlrt__bad(c, MLRT_ESHAPE,
                         "%s x %s: sides longer than 2147483647",
                         MLRT__ST(p->a.t), MLRT__ST(p->b.t));
    return mlrt__shape_numel(c->m, c->op->name, p->ndim, p->shape, &numel);
}

static void fill_gemm(mlrt__product *p) {
    const mlrt__view *a = &p->a, *b = &p->b;
    mlrt__gemm *g = &p->g;
    g->m = a->shape[a->ndim - 2];
    g->k = a->shape[a->ndim - 1];
    g->n = g->c_row = b->shape[b->ndim - 1];
    memcpy(g->a_step, &a->step[a->ndim - 2], sizeof g->a_step);
    memcpy(g->b_step, &b->step[b->ndim - 2], sizeof g->b_step);
    memcpy(g->batch, p->shape, sizeof g->batch);
    g->ndim = p->ndim;
    batch_steps(a, p->ndim, g->a_batch);
    batch_steps(b, p->ndim, g->b_batch);
    p->shape[p->ndim++] = g->m;
    p->shape[p->ndim++] = g->n;
}

int mlrt__product_of(const mlrt__call *c, const mlrt_tensor *a, unsigned how_a,
                     const mlrt_tensor *b, unsigned how_b,
                     const mlrt_tensor *other, mlrt__product *p) {
    memset(p, 0, sizeof *p);
    int err = result_dtype(c, a, b, other, &p->g.dtype);
    if (!err)
        err = plan_view(c, p, &p->a, a, how_a);
    if (!err)
        err = plan_view(c, p, &p->b, b, how_b | MLRT__COLUMN);
    if (!err)
        err = check_inner(c, p);
    if (!err)
        err = mlrt__broadcast(c, p->a.ndim - 2, p->a.shape, p->b.ndim - 2,
                              p->b.shape, &p->ndim, p->shape);
    if (err)
        return err;
    fill_gemm(p);
    return check_size(c, p);
}

int mlrt__product_out(mlrt__call *c, const mlrt__product *p) {
    int64_t shape[MLRT_MAX_DIMS + 2];
    int n = p->ndim - 2;
    memcpy(shape, p->shape, sizeof shape);
    if (p->a.t->ndim > 1)
        shape[n++] = p->g.m;
    if (p->b.t->ndim > 1)
        shape[n++] = p->g.n;
    c->scratch_bytes = p->copies + mlrt__gemm_scratch(&p->g);
    return mlrt__out(c, 0, p->g.dtype, n, shape);
}

/* ---- Running ---------------------------------------------------------- */

/* Empty operands need no scratch, and there is none. */
static char *scratch_at(const mlrt__call *c, size_t at) {
    return c->scratch ? (char *)c->scratch + at : NULL;
}

static int copy_operand(const mlrt__call *c, const mlrt__view *v, int dtype) {
    mlrt__storage s = {.data = scratch_at(c, v->at)};
    mlrt_tensor from = *v->t, to = {.dtype = (uint8_t)dtype, .storage = &s};
    to.numel = 1;
    to.ndim = from.ndim;
    for (int d = 0; d < from.ndim; d++) {
        if (d < v->batch && from.stride[d] == 0)
            from.shape[d] = 1;
        to.shape[d] = from.shape[d];
        to.numel *= to.shape[d];
    }
    from.numel = to.numel;
    mlrt__contiguous_strides(to.ndim, to.shape, to.stride);
    return mlrt__copy_into(c->m, &from, &to);
}

static int prepare(const mlrt__call *c, const mlrt__view *v, int dtype,
                   const void **data) {
    *data = v->copied ? scratch_at(c, v->at) : mlrt__ptr(v->t);
    return v->copied ? copy_operand(c, v, dtype) : 0;
}

int mlrt__product_run(mlrt__call *c, mlrt__product *p, double alpha,
                      double beta) {
    int err = prepare(c, &p->a, p->g.dtype, &p->g.a);
    if (!err)
        err = prepare(c, &p->b, p->g.dtype, &p->g.b);
    if (err)
        return err;
    p->g.c = mlrt__ptr(c->y[0]);
    p->g.alpha = alpha;
    p->g.beta = beta;
    return mlrt__gemm_run(c->m, &p->g, scratch_at(c, p->copies));
}
