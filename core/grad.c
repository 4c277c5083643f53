/* grad.c: recording operations as nodes, and freeing graphs.
 *
 * A node is one block: copies of the arguments, one edge per tensor operand
 * (where its gradient goes next), and the tensors that backward needs, each
 * with the version its storage had.  Operands that are not leaves are saved
 * as handles of their own: a handle can be rebound by a later write in
 * place, and would then close a cycle.  Freeing is iterative, so a chain of
 * 100,000 steps needs no stack.  walk.c goes through the graph.
 */
#include "copy.h"
#include "core.h"
#include "walk.h"

/* ---- Edges ------------------------------------------------------------ */

static bool takes_tensor(mlrt_arg_type type) {
    return type <= MLRT_ARG_MASK;
}

/* Edges that argument i occupies: one for a tensor, absent or not. */
int mlrt__edges_of(const mlrt_arg_spec *spec, const mlrt_arg *a) {
    if (takes_tensor(spec->type))
        return 1;
    return a->kind == MLRT_VAL_TENSORS ? a->n : 0;
}

void mlrt__describe(mlrt__edge *e, const mlrt_tensor *t) {
    e->dtype = t->dtype;
    e->ndim = t->ndim;
    memcpy(e->shape, t->shape, sizeof t->shape);
}

void mlrt__edge_to(mlrt__edge *e, mlrt_tensor *t) {
    mlrt__describe(e, t);
    if (t->node) {
        e->node = t->node;
        e->node->refs++;
        e->out = t->out;
    } else if (t->flags & MLRT__REQUIRES_GRAD) {
        e->leaf = mlrt_retain(t);
    }
}

/* ---- May a handle be used? -------------------------------------------- */

int mlrt__check_operand(const mlrt__call *c, const mlrt_tensor *t) {
    if (!(t->flags & MLRT__VIEW) || t->rebinds == t->storage->rebinds)
        return 0;
    return mlrt__bad(c, MLRT_EGRAD,
                     "an operand is a view taken before '%s' wrote into its "
                     "tensor; take the view again",
                     t->storage->writer ? t->storage->writer : "an operation");
}

static bool any_tracked(const mlrt__call *c) {
    for (int i = 0; i < c->nargs; i++) {
        const mlrt_arg *a = &c->arg[i];
        if (a->kind == MLRT_VAL_TENSOR && mlrt__tracked(a->u.t))
            return true;
        for (int j = 0; a->kind == MLRT_VAL_TENSORS && j < a->n; j++)
            if (mlrt__tracked(a->u.ts[j]))
                return true;
    }
    return false;
}

/* Do places of t share memory, as those of windows and of what was expanded
 * do?  From the smallest step on, each has to lead beyond all that the ones
 * before it can reach. */
static bool repeats(const mlrt_tensor *t) {
    int64_t reach = 0;
    uint32_t done = 0;
    for (int k = 0; k < t->ndim && t->numel > 1; k++) {
        int d = -1;
        for (int i = 0; i < t->ndim; i++)
            if (!(done >> i & 1) && (d < 0 || t->stride[i] < t->stride[d]))
                d = i;
        done |= 1u << d;
        if (t->shape[d] > 1 && t->stride[d] <= reach)
            return true;
        reach += (t->shape[d] - 1) * t->stride[d];
    }
    return false;
}

int mlrt__check_inplace(const mlrt__call *c, const mlrt_tensor *t) {
    if (!mlrt__contiguous(t) && repeats(t))
        return mlrt__bad(c, MLRT_ESTATE,
                         "the target repeats elements (it was expanded or "
                         "unfolded); write into x:clone()");
    int err = mlrt__check_writable(c->m, c->op->name, t);
    if (err)
        return err;
    if (!c->m->grad_mode || !any_tracked(c))
        return 0;
    if (t->flags & MLRT__REQUIRES_GRAD)
        return mlrt__bad(c, MLRT_EGRAD,
                         "writes into a leaf that requires grad; do it under "
                         "no_grad");
    if (t->flags & MLRT__VIEW)
        return mlrt__bad(c, MLRT_EGRAD,
                         "writes through a view while recording; write "
                         "x[...] = value into the tensor it was taken from");
    return 0;
}

/* ---- Recording -------------------------------------------------------- */

bool mlrt__records(const mlrt__call *c) {
    return c->m->grad_mode && c->op->backward && any_tracked(c) &&
           c->nout > 0 && mlrt__is_float(c->y[0]->dtype);
}

/* The parts of a node's block, largest alignment first. */
mlrt__node *mlrt__node_new(mlrt *m, int nargs, int nedges, int nout,
                           int nints) {
    size_t edges = (size_t)nedges + (size_t)nout;
    size_t bytes = mlrt__room(sizeof(mlrt__node), (size_t)nargs,
                              sizeof(mlrt_arg));
    bytes = mlrt__room(bytes, edges, sizeof(mlrt__edge) + sizeof(mlrt__saved));
    bytes = mlrt__room(bytes, (size_t)nout, 2 * sizeof(mlrt_tensor *));
    bytes = mlrt__room(bytes, (size_t)nints, sizeof(int64_t));
    mlrt__node *n = mlrt__alloc(m, bytes);
    if (!n)
        return NULL;
    memset(n, 0, bytes);
    n->bytes = bytes;
    n->refs = 1;
    n->ctx = m;
    n->seq = m->next_seq++;
    n->checkpoint = mlrt__checkpoint_retain(m->checkpoint);
    n->rerun = mlrt__refilling(m);
    n->nargs = nargs;
    n->nedges = nedges;
    n->nout = nout;
    n->arg = (mlrt_arg *)(void *)(n + 1);
    n->edge = (mlrt__edge *)(void *)(n->arg + nargs);
    n->out_spec = n->edge + nedges;
    n->saved = (mlrt__saved *)(void *)(n->out_spec + nout);
    n->gout = (mlrt_tensor **)(void *)(n->saved + edges);
    n->keep = n->gout + nout;
    return n;
}

/* The integers of a node follow its last table. */
static int64_t *node_ints(mlrt__node *n) {
    return (int64_t *)(void *)(n->keep + n->nout);
}

static mlrt_tensor *handle_of(mlrt *m, mlrt_tensor *t, bool history) {
    if (t->flags & MLRT__WRAPPED) { /* it lives on the caller's stack */
        mlrt_tensor *y = mlrt_from_data(m, (mlrt_dtype)t->dtype, 0, NULL,
                                        mlrt__ptr(t));
        if (y)
            y->flags |= MLRT__WRAPPED;
        return y;
    }
    if (history && (t->flags & MLRT__REQUIRES_GRAD))
        return mlrt_retain(t);
    mlrt_tensor *y = mlrt__alias(m, t);
    if (y && history && t->node) {
        y->node = t->node;
        y->node->refs++;
        y->out = t->out;
    }
    return y;
}

/* Saved handles belong to the node, not to a scope. */
int mlrt__save_whole(mlrt *m, mlrt__saved *s, mlrt_tensor *t, bool history) {
    int floor = m->scope_floor;
    m->scope_floor = m->scope_depth;
    s->t = handle_of(m, t, history);
    m->scope_floor = floor;
    s->version = t->storage->version;
    return s->t ? 0 : MLRT_ENOMEM;
}

int mlrt__save(mlrt *m, mlrt__saved *s, mlrt_tensor *t, bool history) {
    return mlrt__packs(m, t) ? mlrt__pack(m, s, t)
                             : mlrt__save_whole(m, s, t, history);
}

uint32_t mlrt__needed(const mlrt__call *c) {
    uint32_t mask = 0;
    for (int i = 0; i < c->nargs && i < 8; i++) {
        const mlrt_arg *a = &c->arg[i];
        bool wanted = a->kind == MLRT_VAL_TENSOR && mlrt__tracked(a->u.t);
        for (int j = 0; a->kind == MLRT_VAL_TENSORS && j < a->n; j++)
            wanted = wanted || mlrt__tracked(a->u.ts[j]);
        mask |= wanted ? c->op->saves[i] : 0;
    }
    return mask;
}

/* ---- Writing in place ------------------------------------------------- */

int mlrt__keep_before(mlrt__call *c) {
    uint32_t needed = mlrt__records(c) ? mlrt__needed(c) : 0;
    for (int i = 0; i < c->nargs && needed; i++) {
        mlrt_tensor *t = mlrt__t(c, i);
        if (!(needed & MLRT__IN(i)) || !t || t->storage != c->y[0]->storage)
            continue;
        if (!(c->before[i] = mlrt__copy_of(c->m, t)))
            return MLRT_ENOMEM;
        c->kept |= MLRT__IN(i);
    }
    return 0;
}

void mlrt__drop_before(mlrt__call *c) {
    for (int i = 0; c->kept >> i; i++)
        if (c->kept & MLRT__IN(i))
            mlrt__drop(c->m, c->before[i]);
}

/* ---- Linking a node ------------------------------------------------------ */

static int link_operand(mlrt__node *n, int e, mlrt_tensor *t, bool saving) {
    mlrt__edge_to(&n->edge[e], t);
    return saving ? mlrt__save(n->ctx, &n->saved[e], t, true) : 0;
}

/* The operand was overwritten: its values come from the copy, its history
 * from itself.  A leaf's history is the leaf, which is lost; marked as
 * overwritten it fails when it is needed. */
static int link_before(mlrt__node *n, int e, mlrt_tensor *t,
                       mlrt_tensor *copy) {
    bool leaf = !t->node && (t->flags & MLRT__REQUIRES_GRAD);
    mlrt__edge_to(&n->edge[e], t);
    int err = mlrt__save(n->ctx, &n->saved[e], leaf ? t : copy, leaf);
    if (leaf)
        n->saved[e].version--;
    else if (!err && t->node && n->saved[e].t) {
        n->saved[e].t->node = t->node;
        n->saved[e].t->out = t->out;
        t->node->refs++;
    }
    return err;
}

/* A text takes the room of so many integers. */
static int text_ints(const mlrt_arg *a) {
    return a->kind == MLRT_VAL_TEXT ? a->n / 8 + 1 : 0;
}

static int link_operands(mlrt__node *n, const mlrt__call *c, uint32_t mask) {
    int e = 0, err = 0;
    int64_t *ints = node_ints(n);
    for (int i = 0; i < c->nargs && !err; i++) {
        const mlrt_arg *a = &c->arg[i];
        bool saving = i < 16 && (mask & MLRT__IN(i));
        n->arg[i] = *a;
        if (a->kind == MLRT_VAL_TEXT) {
            n->arg[i].u.s = memcpy(ints, a->u.s, (size_t)a->n);
            ints += text_ints(a);
        } else if (a->kind == MLRT_VAL_INTS) {
            for (int j = 0; j < a->n; j++)
                ints[j] = a->u.v[j];
            n->arg[i].u.v = ints;
            ints += a->n;
        } else if (a->kind == MLRT_VAL_TENSOR) {
            n->arg[i].u.t = NULL;
            err = saving && (c->kept & MLRT__IN(i))
                      ? link_before(n, e, a->u.t, c->before[i])
                      : link_operand(n, e, a->u.t, saving);
        } else if (a->kind == MLRT_VAL_TENSORS) {
            n->arg[i].u.ts = NULL;
            for (int j = 0; j < a->n && !err; j++)
                err = link_operand(n, e + j, a->u.ts[j], saving);
        }
        e += mlrt__edges_of(&c->m->info[c->id].spec[i], a);
    }
    return err;
}

/* Ties output i to the node; a target written in place is rebound. */
void mlrt__bind(mlrt__node *n, int i, mlrt_tensor *y, bool in_place) {
    if (in_place) {
        y->rebinds = ++y->storage->rebinds;
        if (y->node)
            mlrt__node_release(y->node);
    }
    y->node = n;
    y->out = i;
    n->refs++;
}

static int link_outputs(mlrt__node *n, const mlrt__call *c, uint32_t mask) {
    for (int i = 0; i < n->nout; i++) {
        mlrt_tensor *y = c->y[i];
        mlrt__describe(&n->out_spec[i], y);
        if (i < 16 && (mask & MLRT__OUT(i)) &&
            mlrt__save(n->ctx, &n->saved[n->nedges + i], y, false) != 0)
            return MLRT_ENOMEM;
    }
    for (int i = 0; i < n->nout; i++)
        if (mlrt__is_float(c->y[i]->dtype))
            mlrt__bind(n, i, c->y[i], c->in_place && i == 0);
    return 0;
}

int mlrt__record(mlrt__call *c) {
    int nedges = 0, nints = 0;
    for (int i = 0; i < c->nargs; i++) {
        nedges += mlrt__edges_of(&c->m->info[c->id].spec[i], &c->arg[i]);
        nints += c->arg[i].kind == MLRT_VAL_INTS ? c->arg[i].n
                                                 : text_ints(&c->arg[i]);
    }
    mlrt__node *n = mlrt__node_new(c->m, c->nargs, nedges, c->nout, nints);
    if (!n)
        return MLRT_ENOMEM;
    n->op = c->op;
    n->id = c->id;
    n->name = c->op->name;
    uint32_t mask = mlrt__needed(c);
    int err = link_operands(n, c, mask);
    if (!err)
        err = link_outputs(n, c, mask);
    mlrt__node_release(n); /* its outputs hold it now */
    return err;
}

/* ---- Freeing ---------------------------------------------------------- */

/* What few nodes have. */
static void clear_extras(mlrt__node *n) {
    mlrt_checkpoint *c = n->checkpoint;
    mlrt_hook *hooks = n->hooks;
    n->checkpoint = NULL;
    n->hooks = NULL;
    mlrt__checkpoint_release(c);
    mlrt__hooks_free(hooks);
    if (n->where)
        mlrt__free(n->ctx, n->where, MLRT__WHERE);
    n->where = NULL;
}

/* Lets go of everything that keeps other tensors and nodes alive. */
void mlrt__node_clear(mlrt__node *n) {
    for (int i = 0; i < n->nedges + n->nout; i++) {
        if (n->saved[i].slot && n->checkpoint && !n->rerun)
            mlrt__unpack_done(n->checkpoint, &n->saved[i]);
        mlrt_release(n->saved[i].t);
        n->saved[i].t = NULL;
    }
    for (int i = 0; i < n->nedges; i++) {
        mlrt_release(n->edge[i].leaf);
        n->edge[i].leaf = NULL;
        if (n->edge[i].node)
            mlrt__node_release(n->edge[i].node);
        n->edge[i].node = NULL;
    }
    for (int i = 0; i < n->nout; i++) {
        mlrt_release(n->gout[i]);
        n->gout[i] = NULL;
    }
    if (n->custom)
        mlrt__custom_free(n);
    clear_extras(n);
}

/* The last reference queues the node; the outermost call empties the queue.
 * Clearing a node may release others, which join the queue. */
void mlrt__node_release(mlrt__node *n) {
    mlrt *m = n->ctx;
    if (--n->refs > 0)
        return;
    n->next_dead = m->dead;
    m->dead = n;
    if (m->freeing)
        return;
    m->freeing = true;
    m->refs++;
    while ((n = m->dead)) {
        m->dead = n->next_dead;
        mlrt__node_clear(n);
        mlrt__free(m, n, n->bytes);
    }
    m->freeing = false;
    mlrt__context_release(m);
}
