/* checkpoint.c: computing again instead of keeping.
 *
 * Between begin and end operations are recorded as ever, but what a node's
 * backward needs is not kept: it gets a number, its slot.  The first walk
 * that asks for a slot has the host run the same computation again, which
 * hands out the same numbers in the same order, and this time the tensors
 * are put into a list (Chen et al. 2016, "Training deep nets with sublinear
 * memory cost").  The graph is the first run's own, so gradients, hooks and
 * second derivatives are what they are without it, bit for bit.
 *
 * Random numbers are the same the second time: the context's stream is put
 * back to where it was, and what was taken of other generators is noted.
 * Checkpoints nest: the inputs of an inner one are slots of the outer one.
 */
#include "core.h"
#include "walk.h"

/* A run of numbers that was taken of a generator. */
typedef struct take {
    uint64_t key, first;
} take;

typedef struct input {
    mlrt__edge edge; /* its history */
    mlrt__saved saved;
} input;

struct mlrt_checkpoint {
    int refs;
    mlrt *m;
    size_t bytes;
    mlrt_checkpoint *outer, *from; /* while open; of the inputs' slots */
    mlrt_again_fn *again;
    void (*drop)(void *ud);
    void *ud;
    uint64_t stream[2]; /* of the context, at the beginning */
    bool open, filling;
    bool lost;   /* numbers were taken that cannot be had again */
    bool listed; /* among the context's filled ones */
    int slots;   /* given to nodes */
    mlrt__saved *list;
    int n, cap;
    take *takes;
    int ntakes, takes_cap, taken;
    mlrt_checkpoint *next; /* of the filled ones */
    int nin;
    input in[];
};

/* ---- Giving numbers out ----------------------------------------------- */

bool mlrt__packs(const mlrt *m, const mlrt_tensor *t) {
    return m->checkpoint && (t->node || !(t->flags & MLRT__REQUIRES_GRAD)) &&
           !(t->flags & MLRT__WRAPPED);
}

/* A handle for the list: without history, and of no scope. */
static int keep(mlrt_checkpoint *c, mlrt_tensor *t) {
    int floor = c->m->scope_floor;
    if (mlrt__grow(c->m, &c->list, &c->cap, c->n, sizeof *c->list) != 0)
        return MLRT_ENOMEM;
    c->m->scope_floor = c->m->scope_depth;
    mlrt_tensor *y = mlrt__alias(c->m, t);
    c->m->scope_floor = floor;
    if (!y)
        return MLRT_ENOMEM;
    c->list[c->n++] = (mlrt__saved){.t = y, .version = t->storage->version};
    return 0;
}

int mlrt__pack(mlrt *m, mlrt__saved *s, mlrt_tensor *t) {
    mlrt_checkpoint *c = m->checkpoint;
    int err = c->filling ? keep(c, t) : 0;
    s->slot = c->filling ? c->n : ++c->slots;
    return err;
}

bool mlrt__refilling(const mlrt *m) {
    return m->checkpoint && m->checkpoint->filling;
}

mlrt_checkpoint *mlrt__checkpoint_retain(mlrt_checkpoint *c) {
    if (c)
        c->refs++;
    return c;
}

/* ---- Numbers taken of generators -------------------------------------- */

static void note(mlrt_checkpoint *c, take t) {
    if (mlrt__grow(c->m, &c->takes, &c->takes_cap, c->ntakes, sizeof t) != 0)
        c->lost = true;
    else
        c->takes[c->ntakes++] = t;
}

/* What the first run took as this one: of a generator that was seeded again
 * since then, it cannot be. */
static bool replay(mlrt_checkpoint *c, const mlrt_generator *g,
                   uint64_t *first) {
    const take *t = c->taken < c->ntakes ? &c->takes[c->taken++] : NULL;
    if (!t || t->key != g->key) {
        c->lost = true;
        return false;
    }
    *first = t->first;
    return true;
}

uint64_t mlrt__checkpoint_take(mlrt_generator *g, uint64_t blocks) {
    uint64_t first = g->position;
    mlrt_checkpoint *c = g->ctx->checkpoint, *last = c;
    while (last && !last->filling)
        last = last->outer;
    if (!last || !replay(last, g, &first))
        g->position += blocks;
    for (; c != last; c = c->outer)
        note(c, (take){g->key, first});
    return first;
}

/* ---- Running again ---------------------------------------------------- */

static void forget(mlrt_checkpoint *c) {
    while (c->n > 0)
        mlrt_release(c->list[--c->n].t);
}

static mlrt_tensor *input_at(mlrt_checkpoint *c, int i) {
    input *in = &c->in[i];
    if (in->saved.slot)
        return mlrt__unpack(c->from, &in->saved, &in->edge, true);
    if (in->saved.t->storage->version == in->saved.version)
        return in->saved.t;
    mlrt_fail(c->m, MLRT_EGRAD,
              "checkpoint: input %lld was overwritten by '%s'",
              (long long)mlrt__shown(c->m, i), in->saved.t->storage->writer);
    return NULL;
}

static int check_again(mlrt_checkpoint *c) {
    if (c->lost)
        return mlrt_fail(c->m, MLRT_EGRAD,
                         "checkpoint: a generator was seeded again, its "
                         "numbers cannot be had a second time");
    if (c->n == c->slots)
        return 0;
    return mlrt_fail(c->m, MLRT_EGRAD,
                     "checkpoint: the function kept %d tensors when it ran "
                     "first and %d now; it has to do the same each time",
                     c->slots, c->n);
}

/* The host's run, with everything as it was when it ran first. */
static int run_again(mlrt_checkpoint *c, mlrt_tensor *const *ins) {
    mlrt *m = c->m;
    mlrt_checkpoint *around = m->checkpoint;
    uint64_t stream[2] = {m->gen.key, m->gen.position};
    bool mode = mlrt_set_grad_mode(m, true);
    mlrt_generator_set(&m->gen, c->stream);
    m->checkpoint = c;
    c->filling = true;
    c->taken = 0;
    int err = c->again(c->ud, m, ins);
    c->filling = false;
    m->checkpoint = around;
    mlrt_generator_set(&m->gen, stream);
    mlrt_set_grad_mode(m, mode);
    return err ? err : check_again(c);
}

static int fill_from(mlrt_checkpoint *c, mlrt_tensor **ins) {
    for (int i = 0; i < c->nin; i++)
        if (!(ins[i] = input_at(c, i)))
            return c->m->errcode;
    int err = run_again(c, ins);
    if (err)
        return err;
    c->m->errcode = 0; /* of what the host tried and caught */
    if (!c->listed) {
        c->listed = true;
        c->next = c->m->filled;
        c->m->filled = mlrt__checkpoint_retain(c);
    }
    return 0;
}

static int fill(mlrt_checkpoint *c) {
    if (c->open)
        return mlrt_fail(c->m, MLRT_EGRAD,
                         "checkpoint: the function that runs cannot walk "
                         "back through itself");
    size_t bytes = mlrt__room(0, (size_t)c->nin + 1, sizeof(mlrt_tensor *));
    mlrt_tensor **ins = mlrt__alloc(c->m, bytes);
    if (!ins)
        return MLRT_ENOMEM;
    int err = fill_from(c, ins);
    mlrt__free(c->m, ins, bytes);
    if (err)
        forget(c);
    return err;
}

/* ---- Asking for a slot ------------------------------------------------ */

static int check_slot(mlrt_checkpoint *c, const mlrt__saved *k,
                      const mlrt__edge *e) {
    size_t bytes = e ? (size_t)e->ndim * sizeof *e->shape : 0;
    if (!k->t || (e && (k->t->ndim != e->ndim || k->t->dtype != e->dtype ||
                        memcmp(k->t->shape, e->shape, bytes) != 0)))
        return mlrt_fail(c->m, MLRT_EGRAD,
                         "checkpoint: the function made other shapes or "
                         "dtypes when it ran again; it has to do the same "
                         "each time");
    if (k->t->storage->version == k->version)
        return 0;
    return mlrt_fail(c->m, MLRT_EGRAD,
                     "backward: a tensor saved in a checkpoint was "
                     "overwritten by '%s'",
                     k->t->storage->writer);
}

mlrt_tensor *mlrt__unpack(mlrt_checkpoint *c, const mlrt__saved *s,
                          const mlrt__edge *e, bool history) {
    if (!c->filling && c->n == 0 && fill(c) != 0)
        return NULL;
    const mlrt__saved *k = &c->list[s->slot - 1];
    if (check_slot(c, k, e) != 0)
        return NULL;
    if (!history || !e || !e->node)
        return k->t;
    mlrt_tensor *y = mlrt__alias(c->m, k->t);
    if (y) {
        y->node = e->node;
        y->node->refs++;
        y->out = e->out;
    }
    return y;
}

/* A node that dies takes what was computed again for it along. */
void mlrt__unpack_done(mlrt_checkpoint *c, const mlrt__saved *s) {
    if (s->slot > c->n)
        return;
    mlrt_release(c->list[s->slot - 1].t);
    c->list[s->slot - 1].t = NULL;
}

void mlrt__checkpoints_forget(mlrt *m) {
    while (m->filled) {
        mlrt_checkpoint *c = m->filled;
        m->filled = c->next;
        c->listed = false;
        forget(c);
        mlrt__checkpoint_release(c);
    }
}

/* ---- Beginning and ending --------------------------------------------- */

static void free_tables(mlrt_checkpoint *c) {
    forget(c);
    if (c->list)
        mlrt__free(c->m, c->list, (size_t)c->cap * sizeof *c->list);
    if (c->takes)
        mlrt__free(c->m, c->takes, (size_t)c->takes_cap * sizeof *c->takes);
}

void mlrt__checkpoint_release(mlrt_checkpoint *c) {
    if (!c || --c->refs > 0)
        return;
    for (int i = 0; i < c->nin; i++) {
        mlrt_release(c->in[i].saved.t);
        mlrt_release(c->in[i].edge.leaf);
        if (c->in[i].edge.node)
            mlrt__node_release(c->in[i].edge.node);
    }
    free_tables(c);
    if (c->drop)
        c->drop(c->ud);
    mlrt__checkpoint_release(c->from);
    mlrt__free(c->m, c, c->bytes);
}

static int take_inputs(mlrt_checkpoint *c, mlrt_tensor *const *ins, int nin) {
    for (int i = 0; i < nin; i++) {
        if (!ins[i])
            return c->m->errcode ? c->m->errcode : MLRT_EARG;
        if (ins[i] == mlrt_none || ins[i]->ctx != c->m)
            return mlrt_fail(c->m, MLRT_EARG,
                             "checkpoint: tensors of this context expected");
        c->nin = i + 1;
        mlrt__edge_to(&c->in[i].edge, ins[i]);
        if (mlrt__save(c->m, &c->in[i].saved, ins[i], true) != 0)
            return MLRT_ENOMEM;
    }
    return 0;
}

mlrt_checkpoint *mlrt_checkpoint_begin(mlrt *m, mlrt_tensor *const *ins,
                                       int nin, mlrt_again_fn *again,
                                       void (*drop)(void *), void *ud) {
    size_t bytes = mlrt__room(sizeof(mlrt_checkpoint), (size_t)nin,
                              sizeof(input));
    mlrt_checkpoint *c = mlrt__alloc(m, bytes);
    if (!c) {
        if (drop)
            drop(ud);
        return NULL;
    }
    memset(c, 0, bytes);
    c->refs = 1;
    c->m = m;
    c->bytes = bytes;
    c->again = again;
    c->drop = drop;
    c->ud = ud;
    c->from = mlrt__checkpoint_retain(m->checkpoint);
    mlrt_generator_get(&m->gen, c->stream);
    if (take_inputs(c, ins, nin) != 0) {
        mlrt__checkpoint_release(c);
        return NULL;
    }
    c->open = true;
    c->outer = m->checkpoint;
    m->checkpoint = c;
    return c;
}

/* An error may have passed over the ends of inner ones. */
void mlrt_checkpoint_end(mlrt_checkpoint *c) {
    if (!c)
        return;
    mlrt_checkpoint *k = c->m->checkpoint;
    while (k && k != c)
        k = k->outer;
    if (k)
        c->m->checkpoint = c->outer;
    c->open = false;
    c->outer = NULL;
    mlrt__checkpoint_release(c);
}
