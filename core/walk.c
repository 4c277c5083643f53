/* walk.c: backward, through the graph that grad.c recorded.
 *
 * Nodes wait in a heap, the latest first: an input is always older than what
 * was computed from it, so a node is reached when all its gradients are in.
 * The walk may fail anywhere; then the leaves it touched are marked stale.
 */
#include "walk.h"
#include "core.h"

/* One walk.  `want` are the tensors whose gradients mlrt_grad_of asks for;
 * without them gradients go into the leaves. */
typedef struct walk {
    mlrt *m;
    int flags;
    mlrt__node **heap;
    int n, cap;
    mlrt_tensor **touched; /* leaves filled, borrowed */
    int ntouched, touched_cap;
    mlrt_tensor *const *want;
    mlrt_tensor **got;
    int nwant;
    struct late { /* gradients of leaves with hooks, until all are in */
        mlrt_tensor *leaf, *g;
    } * late;
    int nlate, late_cap;
} walk;

/* ---- The heap --------------------------------------------------------- */

static void swap(mlrt__node **h, int i, int j) {
    mlrt__node *t = h[i];
    h[i] = h[j];
    h[j] = t;
}

static int push(walk *w, mlrt__node *node) {
    if (node->queued)
        return 0;
    int err = mlrt__grow(w->m, &w->heap, &w->cap, w->n, sizeof *w->heap);
    if (err)
        return err;
    node->queued = true;
    node->refs++;
    int i = w->n++;
    w->heap[i] = node;
    for (; i && w->heap[(i - 1) / 2]->seq < w->heap[i]->seq; i = (i - 1) / 2)
        swap(w->heap, i, (i - 1) / 2);
    return 0;
}

static mlrt__node *pop(walk *w) {
    mlrt__node *top = w->heap[0];
    w->heap[0] = w->heap[--w->n];
    for (int i = 0, c; (c = 2 * i + 1) < w->n; i = c) {
        if (c + 1 < w->n && w->heap[c + 1]->seq > w->heap[c]->seq)
            c++;
        if (w->heap[i]->seq >= w->heap[c]->seq)
            break;
        swap(w->heap, i, c);
    }
    top->queued = false;
    return top;
}

/* ---- Adding gradients up ---------------------------------------------- */

/* Does nobody else see this memory? */
static bool sole(const mlrt_tensor *g) {
    return g->refs == 1 && g->storage->refs == 1 && !g->storage->borrowed &&
           !g->storage->shared && !g->node && mlrt__contiguous(g);
}

/* *sum += g, taking over the reference to g.  The first one is moved. */
static int add_up(walk *w, mlrt_tensor **sum, mlrt_tensor *g) {
    if (!*sum) {
        *sum = g;
        return 0;
    }
    bool in_place = !(w->flags & MLRT_CREATE_GRAPH) && sole(*sum);
    mlrt_tensor *y = in_place ? mlrt_add_(w->m, *sum, g)
                              : mlrt_add(w->m, *sum, g);
    mlrt_release(g);
    if (!y)
        return w->m->errcode;
    mlrt_release(*sum); /* in place y is the same handle, counted again */
    *sum = y;
    return 0;
}

/* A leaf's gradient outlives the walk, so it must be the leaf's alone. */
static int give_leaf(walk *w, mlrt_tensor *leaf, mlrt_tensor *g) {
    int err = mlrt__grow(w->m, &w->touched, &w->touched_cap, w->ntouched,
                         sizeof *w->touched);
    if (!err && !(leaf->flags & MLRT__STALE_GRAD)) {
        w->touched[w->ntouched++] = leaf;
        leaf->flags |= MLRT__STALE_GRAD;
    }
    if (!err && !(w->flags & MLRT_CREATE_GRAPH) && !leaf->grad && !sole(g)) {
        mlrt_tensor *copy = mlrt_clone(w->m, g);
        mlrt_release(g);
        if (!copy)
            return w->m->errcode;
        g = copy;
    }
    if (!err)
        return add_up(w, &leaf->grad, g);
    mlrt_release(g);
    return err;
}

/* Takes over the reference to g. */
static int arrive(walk *w, mlrt_tensor *leaf, mlrt_tensor *g) {
    for (int i = 0; i < w->nwant; i++)
        if (w->want[i] == leaf)
            return add_up(w, &w->got[i], g);
    if (leaf && !w->want)
        return give_leaf(w, leaf, g);
    mlrt_release(g);
    return 0;
}

/* Hooks see the sum of what arrives at a leaf, so it waits. */
static int wait(walk *w, mlrt_tensor *leaf, mlrt_tensor *g) {
    int i = 0;
    while (i < w->nlate && w->late[i].leaf != leaf)
        i++;
    if (i == w->nlate) {
        if (mlrt__grow(w->m, &w->late, &w->late_cap, i, sizeof *w->late)) {
            mlrt_release(g);
            return MLRT_ENOMEM;
        }
        w->late[w->nlate++] = (struct late){mlrt_retain(leaf), NULL};
    }
    return add_up(w, &w->late[i].g, g);
}

static int send(walk *w, const mlrt__edge *e, mlrt_tensor *g) {
    if (!e->node)
        return e->leaf && e->leaf->hooks ? wait(w, e->leaf, g)
                                         : arrive(w, e->leaf, g);
    int err = add_up(w, &e->node->gout[e->out], g);
    return err ? err : push(w, e->node);
}

/* The leaves with hooks get what is theirs. */
static int deliver(walk *w, int err) {
    for (int i = 0; i < w->nlate; i++) {
        struct late *l = &w->late[i];
        if (!err && l->g)
            err = mlrt__hooks_run(w->m, l->leaf->hooks, 0, &l->g);
        if (!err && l->g)
            err = arrive(w, l->leaf, l->g);
        else
            mlrt_release(l->g);
        mlrt_release(l->leaf);
    }
    if (w->late)
        mlrt__free(w->m, w->late, (size_t)w->late_cap * sizeof *w->late);
    return err;
}

/* ---- What a backward function sees ------------------------------------ */

static int edge_number(const mlrt__walk *w, int arg) {
    const mlrt__node *n = w->node;
    if (!n->op)
        return arg;
    const mlrt_arg_spec *spec = w->m->info[n->id].spec;
    int e = 0;
    for (int i = 0; i < arg; i++)
        e += mlrt__edges_of(&spec[i], &n->arg[i]);
    return e;
}

bool mlrt__need_at(const mlrt__walk *w, int arg, int j) {
    const mlrt__edge *e = mlrt__operand_at(w, arg, j);
    return e->node || e->leaf;
}
bool mlrt__need(const mlrt__walk *w, int arg) {
    return mlrt__need_at(w, arg, 0);
}
const mlrt__edge *mlrt__operand_at(const mlrt__walk *w, int arg, int j) {
    return &w->node->edge[edge_number(w, arg) + j];
}
const mlrt__edge *mlrt__operand(const mlrt__walk *w, int arg) {
    return mlrt__operand_at(w, arg, 0);
}
const mlrt_arg *mlrt__arg(const mlrt__walk *w, int arg) {
    return &w->node->arg[arg];
}
bool mlrt__has_g(const mlrt__walk *w, int i) {
    return w->node->gout[i] != NULL;
}

mlrt_tensor *mlrt__g(mlrt__walk *w, int i) {
    const mlrt__edge *o = &w->node->out_spec[i];
    if (w->node->gout[i])
        return w->node->gout[i];
    return mlrt__full(w->m, o->dtype, o->ndim, o->shape, 0);
}

mlrt_tensor *mlrt__kept(mlrt__walk *w, const mlrt__saved *s,
                        const mlrt__edge *e) {
    if (s->slot)
        return mlrt__unpack(w->node->checkpoint, s, e,
                            w->flags & MLRT_CREATE_GRAPH);
    if (!s->t) {
        mlrt_fail(w->m, MLRT_EGRAD, "%s: backward needs what was not saved",
                  w->node->name);
        return NULL;
    }
    if (s->t->storage->version == s->version)
        return s->t;
    mlrt_fail(w->m, MLRT_EGRAD,
              "backward: a tensor that '%s' saved was overwritten by '%s'",
              w->node->name, s->t->storage->writer);
    return NULL;
}

mlrt_tensor *mlrt__in(mlrt__walk *w, int arg) {
    if (w->node->arg[arg].kind == MLRT_VAL_NONE)
        return mlrt_none;
    int e = edge_number(w, arg);
    return mlrt__kept(w, &w->node->saved[e], &w->node->edge[e]);
}

mlrt_tensor *mlrt__kept_out(mlrt__walk *w, const mlrt__saved *s, int i) {
    mlrt_tensor *y = mlrt__kept(w, s, NULL);
    if (!y || !(w->flags & MLRT_CREATE_GRAPH) || !mlrt__is_float(y->dtype))
        return y;
    y = mlrt__alias(w->m, y);
    if (y) {
        y->node = w->node;
        y->node->refs++;
        y->out = i;
    }
    return y;
}
mlrt_tensor *mlrt__saved_out(mlrt__walk *w, int i) {
    return mlrt__kept_out(w, &w->node->saved[w->node->nedges + i], i);
}

void mlrt__give_at(mlrt__walk *w, int arg, int j, mlrt_tensor *g) {
    int e = edge_number(w, arg) + j;
    if (g && g != mlrt_none && !w->gin[e])
        w->gin[e] = mlrt_retain(g);
}
void mlrt__give(mlrt__walk *w, int arg, mlrt_tensor *g) {
    mlrt__give_at(w, arg, 0, g);
}

/* ---- One node --------------------------------------------------------- */

/* Sums over the dimensions that were broadcast: leading ones that `shape`
 * lacks, and those where it has 1. */
mlrt_tensor *mlrt__sum_to(mlrt *m, mlrt_tensor *t, int ndim,
                          const int64_t *shape) {
    int64_t dims[MLRT_MAX_DIMS];
    int n = 0, extra = t ? t->ndim - ndim : 0;
    for (int i = 0; t && i < t->ndim; i++)
        if (i < extra || (shape[i - extra] == 1 && t->shape[i] != 1))
            dims[n++] = i;
    if (n)
        t = mlrt_sum(m, t, dims, n, true);
    return extra ? mlrt_reshape(m, t, shape, ndim) : t;
}

/* A gradient in its operand's shape and dtype. */
static mlrt_tensor *fit(mlrt *m, const mlrt__edge *e, mlrt_tensor *g) {
    if (g->ndim != e->ndim ||
        memcmp(g->shape, e->shape, (size_t)e->ndim * sizeof *e->shape))
        g = mlrt__sum_to(m, g, e->ndim, e->shape);
    if (g && g->dtype != e->dtype)
        g = mlrt_to(m, g, (mlrt_dtype)e->dtype);
    return g;
}

static int fit_all(mlrt__walk *v) {
    for (int i = 0; i < v->node->nedges; i++) {
        if (!v->gin[i])
            continue;
        mlrt_tensor *g = mlrt_retain(fit(v->m, &v->node->edge[i], v->gin[i]));
        mlrt_release(v->gin[i]);
        v->gin[i] = g;
        if (!g)
            return v->m->errcode;
    }
    return 0;
}

/* Runs the node's own function in a scope; fills gin. */
static int differentiate(walk *w, mlrt__node *node, mlrt_tensor **gin) {
    mlrt__walk v = {.m = w->m, .node = node, .gin = gin, .flags = w->flags};
    int err = mlrt_scope_begin(w->m);
    if (err)
        return err;
    w->m->errcode = 0;
    node->running = true;
    w->m->in_backward++;
    if (node->custom)
        err = mlrt__custom_run(&v);
    else
        node->op->backward(&v);
    if (!err)
        err = w->m->errcode;
    if (!err)
        err = fit_all(&v);
    if (!err && w->m->anomaly)
        err = mlrt__watch_gradients(node, gin);
    w->m->in_backward--;
    node->running = false;
    mlrt_scope_end(w->m);
    return err;
}

/* Hands the node's gradients on, whatever happened before. */
static int hand_on(walk *w, mlrt__node *node, mlrt_tensor **gin, int err) {
    for (int i = 0; i < node->nedges; i++)
        if (gin[i] && err)
            mlrt_release(gin[i]);
        else if (gin[i])
            err = send(w, &node->edge[i], gin[i]);
    return err;
}

static int run_hooks(walk *w, mlrt__node *node) {
    int err = 0;
    for (int i = 0; i < node->nout && !err; i++)
        if (node->gout[i])
            err = mlrt__hooks_run(w->m, node->hooks, i, &node->gout[i]);
    return err;
}

/* Gradients that are asked for by name, or kept by a non-leaf. */
static int keep_outputs(walk *w, mlrt__node *node) {
    int err = 0;
    for (int i = 0; i < node->nout && !err; i++) {
        mlrt_tensor *g = node->gout[i], *t = node->keep[i];
        if (!g)
            continue;
        if (t && !w->want)
            err = mlrt_set_grad(t, g);
        for (int j = 0; j < w->nwant && !err; j++)
            if (w->want[j]->node == node && w->want[j]->out == i)
                err = add_up(w, &w->got[j], mlrt_retain(g));
    }
    return err;
}

static int visit(walk *w, mlrt__node *node) {
    int site = w->m->walk_site;
    if (node->spent || node->running)
        return mlrt_fail(w->m, MLRT_EGRAD, "backward: the graph of '%s' %s",
                         node->name,
                         node->spent ? "was freed by an earlier backward; ask "
                                       "for retain_graph there"
                                     : "is being walked already");
    if (mlrt__stop(w->m))
        return mlrt__stopped(w->m);
    size_t bytes = mlrt__room(0, (size_t)node->nedges, sizeof(mlrt_tensor *));
    mlrt_tensor **gin = mlrt__alloc(w->m, bytes);
    if (!gin)
        return MLRT_ENOMEM;
    memset(gin, 0, bytes);
    w->m->walk_site = 1 + node->site;
    int err = node->hooks ? run_hooks(w, node) : 0;
    if (!err)
        err = keep_outputs(w, node);
    if (!err)
        err = differentiate(w, node, gin);
    err = hand_on(w, node, gin, err);
    w->m->walk_site = site;
    mlrt__free(w->m, gin, bytes);
    return err;
}

static void forget(mlrt__node *node) {
    for (int i = 0; i < node->nout; i++) {
        mlrt_release(node->gout[i]);
        node->gout[i] = NULL;
    }
}

/* ---- The walk --------------------------------------------------------- */

static int seed(walk *w, mlrt_tensor *y, mlrt_tensor *g) {
    if (!mlrt__tracked(y))
        return mlrt_fail(w->m, MLRT_EGRAD,
                         "backward: nothing that requires "
                         "grad led to this tensor");
    bool given = g && g != mlrt_none;
    if (!given && y->numel != 1)
        return mlrt_fail(w->m, MLRT_ESHAPE,
                         "backward: y has shape %s; without a gradient it "
                         "must have one element",
                         MLRT__ST(y));
    if (given && !mlrt__same_shape(y, g))
        return mlrt_fail(w->m, MLRT_ESHAPE,
                         "backward: y has shape %s, its gradient %s",
                         MLRT__ST(y), MLRT__ST(g));
    g = given ? mlrt_retain(g)
              : mlrt__full(w->m, y->dtype, y->ndim, y->shape, 1);
    if (!g)
        return w->m->errcode;
    int err = given && w->m->anomaly ? mlrt__watch_seed(g) : 0;
    if (err) {
        mlrt_release(g);
        return err;
    }
    mlrt__edge e = {.node = y->node, .leaf = y->node ? NULL : y, .out = y->out};
    return send(w, &e, g);
}

static int walk_all(walk *w) {
    int err = 0;
    while (w->n) {
        mlrt__node *node = pop(w);
        if (!err)
            err = visit(w, node);
        forget(node);
        if (!err && !(w->flags & (MLRT_RETAIN_GRAPH | MLRT_CREATE_GRAPH))) {
            node->spent = true;
            mlrt__node_clear(node);
        }
        mlrt__node_release(node);
    }
    return err;
}

/* Frees the walk's own tables; the leaves of a whole walk are not stale. */
static void finish(walk *w, int err) {
    for (int i = 0; i < w->ntouched && !err; i++)
        w->touched[i]->flags &= (uint8_t)~MLRT__STALE_GRAD;
    if (w->heap)
        mlrt__free(w->m, w->heap, (size_t)w->cap * sizeof *w->heap);
    if (w->touched)
        mlrt__free(w->m, w->touched,
                   (size_t)w->touched_cap * sizeof *w->touched);
}

static int run(walk *w, mlrt_tensor *const *ys, mlrt_tensor *const *gys,
               int ny) {
    bool mode = mlrt_set_grad_mode(w->m, w->flags & MLRT_CREATE_GRAPH);
    int floor = w->m->scope_floor, err = 0;
    w->m->scope_floor = w->m->scope_depth; /* results outlive any scope */
    w->m->walking++;
    for (int i = 0; i < ny && !err; i++)
        err = seed(w, ys[i], gys ? gys[i] : NULL);
    int rest = walk_all(w);
    err = deliver(w, err ? err : rest);
    if (--w->m->walking == 0)
        mlrt__checkpoints_forget(w->m);
    w->m->scope_floor = floor;
    mlrt_set_grad_mode(w->m, mode);
    finish(w, err);
    return err;
}

int mlrt_backward(mlrt_tensor *y, mlrt_tensor *gradient, int flags) {
    if (mlrt__absent(y) || !gradient)
        return MLRT_EARG;
    walk w = {.m = y->ctx, .flags = flags};
    return run(&w, &y, &gradient, 1);
}

int mlrt_grad_of(mlrt *m, mlrt_tensor *const *ys, mlrt_tensor *const *gys,
                 int ny, mlrt_tensor *const *xs, int nx, int flags,
                 mlrt_tensor **grads) {
    memset(grads, 0, (size_t)nx * sizeof *grads);
    walk w = {.m = m, .flags = flags, .want = xs, .got = grads, .nwant = nx};
    int err = run(&w, ys, gys, ny);
    for (int i = 0; i < nx && !err; i++) {
        if (!grads[i] && !(flags & MLRT_ALLOW_UNUSED))
            err = mlrt_fail(m, MLRT_EGRAD,
                            "grad: input %lld was not used; allow_unused "
                            "permits it",
                            (long long)mlrt__shown(m, i));
        else if (!grads[i])
            grads[i] = mlrt_none;
    }
    for (int i = 0; i < nx && err; i++) {
        mlrt_release(grads[i]);
        grads[i] = NULL;
    }
    return err;
}

/* ---- Leaves ----------------------------------------------------------- */

bool mlrt_grad_mode(const mlrt *m) {
    return m->grad_mode;
}
bool mlrt_set_grad_mode(mlrt *m, bool on) {
    bool was = m->grad_mode;
    m->grad_mode = on;
    return was;
}
bool mlrt_requires_grad(const mlrt_tensor *t) {
    return t && mlrt__tracked(t);
}
bool mlrt_is_leaf(const mlrt_tensor *t) {
    return !t || !t->node;
}

int mlrt_set_requires_grad(mlrt_tensor *t, bool on) {
    if (mlrt__absent(t))
        return MLRT_EARG;
    if (t->node)
        return mlrt_fail(t->ctx, MLRT_EGRAD,
                         "requires_grad: only a leaf can "
                         "be changed; detach() first");
    if (on && !mlrt__is_float(t->dtype))
        return mlrt_fail(t->ctx, MLRT_EDTYPE,
                         "requires_grad: f32 or f64 expected, got %s",
                         mlrt_dtype_name((mlrt_dtype)t->dtype));
    t->flags = (uint8_t)(on ? t->flags | MLRT__REQUIRES_GRAD
                            : t->flags & ~MLRT__REQUIRES_GRAD);
    return 0;
}

mlrt_tensor *mlrt_grad(mlrt_tensor *t) {
    if (!t)
        return NULL;
    return t->grad ? mlrt_retain(t->grad) : mlrt_none;
}

int mlrt_set_grad(mlrt_tensor *t, mlrt_tensor *grad) {
    if (mlrt__absent(t) || !grad)
        return MLRT_EARG;
    if (grad != mlrt_none && grad->ctx != t->ctx)
        return mlrt_fail(t->ctx, MLRT_EARG,
                         "grad: a tensor of this context expected, got "
                         "another's");
    if (grad != mlrt_none &&
        (!mlrt__same_shape(t, grad) || t->dtype != grad->dtype))
        return mlrt_fail(t->ctx, MLRT_ESHAPE, "grad: %s %s expected, got %s %s",
                         mlrt_dtype_name((mlrt_dtype)t->dtype), MLRT__ST(t),
                         mlrt_dtype_name((mlrt_dtype)grad->dtype),
                         MLRT__ST(grad));
    mlrt_tensor *old = t->grad;
    t->grad = grad == mlrt_none ? NULL : mlrt_retain(grad);
    t->flags &= (uint8_t)~MLRT__STALE_GRAD;
    mlrt_release(old);
    return 0;
}

int mlrt_retain_grad(mlrt_tensor *t) {
    if (mlrt__absent(t))
        return MLRT_EARG;
    if (t->node) {
        t->flags |= MLRT__RETAIN_GRAD;
        t->node->keep[t->out] = t;
    }
    return 0;
}

mlrt_tensor *mlrt_detach(mlrt_tensor *t) {
    return mlrt__absent(t) ? NULL : mlrt__alias(t->ctx, t);
}
