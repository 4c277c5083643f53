/* custom.c: functions whose gradient the host computes.
 *
 * Such a function is a node without a row: what it saves and the host's
 * `backward` lie in a block of its own, freed with the graph.
 */
#include "core.h"
#include "walk.h"

struct mlrt__custom {
    mlrt_custom_fn *backward;
    void (*drop)(void *ud);
    void *ud;
    size_t bytes;
    int nsaved;
    struct custom_saved {
        mlrt__saved s;
        int in, out; /* which input or output it is; -1: none */
    } saved[];
};

static void discard(mlrt *m, mlrt__custom *c) {
    if (c->drop)
        c->drop(c->ud);
    mlrt__free(m, c, c->bytes);
}

void mlrt__custom_free(mlrt__node *n) {
    mlrt__custom *c = n->custom;
    n->custom = NULL;
    for (int i = 0; i < c->nsaved; i++) {
        if (c->saved[i].s.slot && n->checkpoint && !n->rerun)
            mlrt__unpack_done(n->checkpoint, &c->saved[i].s);
        mlrt_release(c->saved[i].s.t);
    }
    discard(n->ctx, c);
}

/* ---- Backward --------------------------------------------------------- */

/* The host's gradients are references of ours, checked against the inputs. */
static int take(mlrt__walk *w, int i) {
    const mlrt__edge *e = &w->node->edge[i];
    mlrt_tensor *g = w->gin[i];
    if (g == mlrt_none)
        w->gin[i] = g = NULL;
    if (!g || g->ctx != w->m)
        return g ? mlrt_fail(w->m, MLRT_EARG,
                             "%s: gradient %lld belongs to "
                             "another context",
                             w->node->name, (long long)mlrt__shown(w->m, i))
                 : 0;
    size_t bytes = (size_t)e->ndim * sizeof *e->shape;
    if (g->ndim == e->ndim && memcmp(g->shape, e->shape, bytes) == 0 &&
        mlrt__is_float(g->dtype))
        return 0;
    char text[MLRT__SHAPE_TEXT];
    return mlrt_fail(w->m, MLRT_ESHAPE,
                     "%s: the gradient of input %lld should be %s %s, "
                     "backward gave %s %s",
                     w->node->name, (long long)mlrt__shown(w->m, i),
                     mlrt_dtype_name((mlrt_dtype)e->dtype),
                     mlrt__shape_text(text, e->ndim, e->shape),
                     mlrt_dtype_name((mlrt_dtype)g->dtype), MLRT__ST(g));
}

/* The gradients of the outputs, then the saved tensors; false on failure. */
static bool gather(mlrt__walk *w, mlrt_tensor **list) {
    const mlrt__custom *c = w->node->custom;
    int nout = w->node->nout;
    for (int i = 0; i < nout; i++)
        if (!(list[i] = mlrt__g(w, i)))
            return false;
    for (int i = 0; i < c->nsaved; i++) {
        const struct custom_saved *s = &c->saved[i];
        const mlrt__edge *e = s->in < 0 ? NULL : &w->node->edge[s->in];
        list[nout + i] = s->out < 0 ? mlrt__kept(w, &s->s, e)
                                    : mlrt__kept_out(w, &s->s, s->out);
        if (!list[nout + i])
            return false;
    }
    return true;
}

int mlrt__custom_run(mlrt__walk *w) {
    const mlrt__custom *c = w->node->custom;
    int nout = w->node->nout, err = 0;
    size_t bytes = mlrt__room(0, (size_t)(nout + c->nsaved),
                              sizeof(mlrt_tensor *));
    mlrt_tensor **list = mlrt__alloc(w->m, bytes);
    if (!list)
        return MLRT_ENOMEM;
    if (!gather(w, list))
        err = w->m->errcode;
    else if ((err = c->backward(c->ud, w->m, list, list + nout, w->gin)) == 0)
        w->m->errcode = 0; /* of what the host tried and caught */
    mlrt__free(w->m, list, bytes);
    for (int i = 0; i < w->node->nedges && !err; i++)
        err = take(w, i);
    return err;
}

/* ---- Recording -------------------------------------------------------- */

static int position(mlrt_tensor *t, mlrt_tensor *const *list, int n) {
    for (int i = 0; i < n; i++)
        if (list[i] == t)
            return i;
    return -1;
}

static int check(mlrt *m, const char *name, mlrt_tensor *const *ts, int n) {
    for (int i = 0; i < n; i++) {
        if (!ts[i])
            return m->errcode ? m->errcode : MLRT_EARG;
        if (ts[i] == mlrt_none || ts[i]->ctx != m)
            return mlrt_fail(m, MLRT_EARG,
                             "%s: a tensor of this context "
                             "expected",
                             name);
    }
    return 0;
}

/* Outputs are bound to the new node, so they must be free of another one. */
static int check_outputs(mlrt *m, const char *name, mlrt_tensor *const *outs,
                         int n) {
    int err = check(m, name, outs, n);
    for (int i = 0; i < n && !err; i++)
        if (mlrt__tracked(outs[i]) || position(outs[i], outs, i) >= 0)
            err = mlrt_fail(m, MLRT_EARG,
                            "%s: output %lld is an input, is recorded or "
                            "comes twice; give a detached handle",
                            name, (long long)mlrt__shown(m, i));
    return err;
}

static mlrt__custom *new_custom(mlrt *m, int nsaved) {
    size_t bytes, all;
    mlrt__custom *c = NULL;
    if (mlrt__mul((size_t)nsaved, sizeof *c->saved, &bytes)) {
        all = sizeof *c + bytes;
        c = mlrt__alloc(m, all);
        if (c) {
            memset(c, 0, all);
            c->bytes = all;
        }
    }
    return c;
}

static int fill(mlrt__node *n, mlrt_tensor *const *ins,
                mlrt_tensor *const *outs, mlrt_tensor *const *saved,
                int nsaved) {
    mlrt__custom *c = n->custom;
    int err = 0;
    for (int i = 0; i < n->nedges; i++)
        mlrt__edge_to(&n->edge[i], ins[i]);
    for (int i = 0; i < nsaved && !err; i++) {
        struct custom_saved *k = &c->saved[i];
        k->out = position(saved[i], outs, n->nout);
        k->in = position(saved[i], ins, n->nedges);
        /* The history of what came from elsewhere is its handle's alone. */
        bool whole = saved[i]->node && k->in < 0 && k->out < 0;
        err = whole ? mlrt__save_whole(n->ctx, &k->s, saved[i], true)
                    : mlrt__save(n->ctx, &k->s, saved[i], k->out < 0);
        c->nsaved = i + 1;
    }
    for (int i = 0; i < n->nout && !err; i++) {
        mlrt__describe(&n->out_spec[i], outs[i]);
        if (mlrt__is_float(outs[i]->dtype))
            mlrt__bind(n, i, outs[i], false);
    }
    return err;
}

static bool any_tracked(mlrt_tensor *const *ts, int n) {
    for (int i = 0; i < n; i++)
        if (mlrt__tracked(ts[i]))
            return true;
    return false;
}

int mlrt_custom(mlrt *m, const char *name, mlrt_tensor *const *ins, int nin,
                mlrt_tensor *const *outs, int nout, mlrt_tensor *const *saved,
                int nsaved, mlrt_custom_fn *backward, void (*drop)(void *),
                void *ud) {
    int err = check(m, name, ins, nin);
    if (!err)
        err = check_outputs(m, name, outs, nout);
    if (!err)
        err = check(m, name, saved, nsaved);
    bool wanted = !err && m->grad_mode && any_tracked(ins, nin);
    mlrt__custom *c = wanted ? new_custom(m, nsaved) : NULL;
    if (!c && drop)
        drop(ud);
    if (!c)
        return wanted ? MLRT_ENOMEM : err;
    c->backward = backward;
    c->drop = drop;
    c->ud = ud;
    mlrt__node *n = mlrt__node_new(m, 0, nin, nout, 0);
    if (!n) {
        discard(m, c);
        return MLRT_ENOMEM;
    }
    n->name = name;
    n->custom = c;
    n->site = m->profile ? mlrt__profile_site(m) : 0;
    err = fill(n, ins, outs, saved, nsaved);
    if (m->anomaly)
        mlrt__note_place(n);
    mlrt__node_release(n); /* its outputs hold it now, or nobody */
    return err;
}
