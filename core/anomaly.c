/* anomaly.c: finding the operation that first made a NaN.
 *
 * While it is on, every operation's outputs are looked at after it ran, and
 * every gradient after the backward function that made it.  Nodes remember
 * where the host's program was when they were recorded, so that a message of
 * a walk can name the line of the operation it comes from.
 */
#include <math.h>
#include <stdio.h>

#include "core.h"
#include "walk.h"

/* ---- Looking ---------------------------------------------------------- */

static bool bad_number(double x, bool inf) {
    return isnan(x) || (inf && isinf(x));
}

static double element(const char *p, int dtype) {
    return dtype == MLRT_F64 ? *(const double *)(const void *)p
                             : (double)*(const float *)(const void *)p;
}

/* The number, in C order, of the first element that is bad; -1: none. */
static int64_t find(const mlrt_tensor *t, bool inf) {
    mlrt__iter it;
    if (!mlrt__is_float(t->dtype))
        return -1;
    mlrt__iter_init(&it, t->ndim, t->shape);
    mlrt__iter_add(&it, t);
    int64_t at[MLRT_MAX_DIMS] = {0};
    const char *p = it.ptr[0];
    for (int64_t i = 0; i < t->numel; i++) {
        if (bad_number(element(p, t->dtype), inf))
            return i;
        for (int d = it.ndim - 1; d >= 0; d--) {
            p += it.stride[0][d];
            if (++at[d] < it.shape[d])
                break;
            p -= it.stride[0][d] * at[d];
            at[d] = 0;
        }
    }
    return -1;
}

/* " at (2, 3)", the position of element i, as the caller counts. */
static const char *place(const mlrt_tensor *t, int64_t i,
                         char text[MLRT__SHAPE_TEXT + 4]) {
    int64_t at[MLRT_MAX_DIMS];
    char inner[MLRT__SHAPE_TEXT];
    text[0] = 0;
    for (int d = t->ndim - 1; d >= 0; d--) {
        at[d] = mlrt__shown(t->ctx, i % t->shape[d]);
        i /= t->shape[d];
    }
    if (t->ndim)
        snprintf(text, MLRT__SHAPE_TEXT + 4, " at %s",
                 mlrt__shape_text(inner, t->ndim, at));
    return text;
}

static const char *what(bool inf) {
    return inf ? "a NaN or infinity" : "a NaN";
}

/* ---- Operations ------------------------------------------------------- */

static bool clean_argument(const mlrt_arg *a, bool inf) {
    if (a->kind == MLRT_VAL_NUMBER)
        return !bad_number(a->u.d, inf);
    if (a->kind == MLRT_VAL_TENSOR)
        return find(a->u.t, inf) < 0;
    for (int j = 0; a->kind == MLRT_VAL_TENSORS && j < a->n; j++)
        if (find(a->u.ts[j], inf) >= 0)
            return false;
    return true;
}

/* Could this call make what is looked for?  Not if it was given one, and not
 * if it has no operands: then it gives what was asked for. */
static bool may_make(const mlrt__call *c, bool inf) {
    bool operands = false;
    for (int i = 0; i < c->nargs; i++) {
        const mlrt_arg *a = &c->arg[i];
        operands = operands || a->kind == MLRT_VAL_TENSOR ||
                   a->kind == MLRT_VAL_TENSORS;
        if (!clean_argument(a, inf))
            return false;
    }
    return operands;
}

void mlrt__note_place(mlrt__node *n) {
    mlrt *m = n->ctx;
    if (n->where || !m->where || !(n->where = mlrt__alloc(m, MLRT__WHERE)))
        return; /* out of memory: the message will be without it */
    n->where[0] = 0;
    m->where(m->where_ud, n->where, MLRT__WHERE);
}

enum { NOTE = 1, LOOK = 2 };

int mlrt__watch_before(const mlrt__call *c) {
    bool look = (c->m->anomaly & MLRT_ANOMALY_FORWARD) && !c->m->in_backward &&
                c->op->forward && may_make(c, c->m->anomaly & MLRT_ANOMALY_INF);
    return look ? NOTE | LOOK : NOTE;
}

int mlrt__watch_after(mlrt__call *c, int watch) {
    bool inf = c->m->anomaly & MLRT_ANOMALY_INF;
    int visible = c->m->info[c->id].nouts;
    int n = visible < 0 || visible > c->nout ? c->nout : visible;
    if (c->nout && c->y[0]->node && c->y[0]->node->op == c->op)
        mlrt__note_place(c->y[0]->node);
    for (int i = 0; i < n && (watch & LOOK); i++) {
        int64_t at = find(c->y[i], inf);
        char text[MLRT__SHAPE_TEXT + 4];
        if (at >= 0)
            return mlrt__bad(c, MLRT_ENUMERIC,
                             "made %s%s of operands without one", what(inf),
                             place(c->y[i], at, text));
    }
    return 0;
}

/* ---- Walks ------------------------------------------------------------ */

/* The name of the argument that edge e belongs to. */
static const char *argument(const mlrt__node *n, int e, char text[40]) {
    const mlrt_arg_spec *s = n->op ? n->ctx->info[n->id].spec : NULL;
    snprintf(text, 40, "input %lld", (long long)mlrt__shown(n->ctx, e));
    for (int i = 0, k = 0; s && i < n->nargs; i++) {
        k += mlrt__edges_of(&s[i], &n->arg[i]);
        if (e < k) {
            snprintf(text, 40, "'%.*s'", s[i].name_len, s[i].name);
            break;
        }
    }
    return text;
}

static int complain(const mlrt__node *n, int e, int64_t at, bool inf) {
    char name[40], text[MLRT__SHAPE_TEXT + 4];
    mlrt_tensor like = {.ndim = (uint8_t)n->edge[e].ndim, .ctx = n->ctx};
    memcpy(like.shape, n->edge[e].shape, sizeof like.shape);
    return mlrt_fail(n->ctx, MLRT_ENUMERIC,
                     "backward: '%s' made %s in the gradient of its %s%s; %s%s",
                     n->name, what(inf), argument(n, e, name),
                     place(&like, at, text),
                     n->where ? "it was called at "
                              : "it ran without detect_anomaly, so its line "
                                "is not known",
                     n->where ? n->where : "");
}

int mlrt__watch_gradients(const mlrt__node *n, mlrt_tensor *const *gin) {
    bool inf = n->ctx->anomaly & MLRT_ANOMALY_INF;
    for (int e = 0; e < n->nedges; e++) {
        int64_t at = gin[e] ? find(gin[e], inf) : -1;
        if (at >= 0)
            return complain(n, e, at, inf);
    }
    return 0;
}

int mlrt__watch_seed(const mlrt_tensor *g) {
    bool inf = g->ctx->anomaly & MLRT_ANOMALY_INF;
    if (find(g, inf) < 0)
        return 0;
    return mlrt_fail(g->ctx, MLRT_ENUMERIC,
                     "backward: the gradient it was given holds %s", what(inf));
}

int mlrt_set_anomaly(mlrt *m, int flags, mlrt_where_fn *where, void *ud) {
    int old = m->anomaly;
    m->anomaly = flags;
    m->where = where;
    m->where_ud = ud;
    return old;
}

int mlrt_anomaly(const mlrt *m) {
    return m->anomaly;
}
