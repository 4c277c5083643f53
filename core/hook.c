/* hook.c: the host's functions that see, and may replace, a gradient.
 *
 * A hook belongs to an output of a node, or to a leaf, and goes with it.  It
 * runs when all of the gradient has been added up, before anything else uses
 * it.  One that is removed while hooks run stays in its list, empty, until
 * the next one is added or the list dies.
 */
#include "core.h"
#include "walk.h"

struct mlrt_hook {
    int refs; /* the list's, and the host's */
    mlrt *m;
    mlrt_hook *next;
    int out;          /* of the node */
    mlrt_hook_fn *fn; /* NULL: removed */
    void (*drop)(void *ud);
    void *ud;
};

static void release(mlrt_hook *h) {
    if (--h->refs == 0)
        mlrt__free(h->m, h, sizeof *h);
}

static void empty(mlrt_hook *h) {
    void (*drop)(void *ud) = h->drop;
    h->fn = NULL;
    h->drop = NULL;
    if (drop)
        drop(h->ud);
}

void mlrt_hook_remove(mlrt_hook *h) {
    if (h)
        empty(h);
}

void mlrt_hook_release(mlrt_hook *h) {
    if (h)
        release(h);
}

void mlrt__hooks_free(mlrt_hook *h) {
    while (h) {
        mlrt_hook *next = h->next;
        empty(h);
        release(h);
        h = next;
    }
}

/* ---- Adding ----------------------------------------------------------- */

/* The end of a list, after what is empty was taken out of it. */
static mlrt_hook **end_of(mlrt_hook **list, bool sweep) {
    while (*list) {
        mlrt_hook *h = *list;
        if (h->fn || !sweep) {
            list = &h->next;
            continue;
        }
        *list = h->next;
        release(h);
    }
    return list;
}

mlrt_hook *mlrt_hook_add(mlrt_tensor *t, mlrt_hook_fn *fn, void (*drop)(void *),
                         void *ud) {
    mlrt *m = t ? t->ctx : NULL;
    mlrt_hook *h = NULL;
    if (t && !mlrt__tracked(t))
        mlrt_fail(m, MLRT_EGRAD,
                  "register_hook: a tensor that requires grad expected");
    else if (t)
        h = mlrt__alloc(m, sizeof *h);
    if (!h) {
        if (drop)
            drop(ud);
        return NULL;
    }
    *h = (mlrt_hook){
        .refs = 2, .m = m, .out = t->out, .fn = fn, .drop = drop, .ud = ud};
    mlrt_hook **list = t->node ? &t->node->hooks : &t->hooks;
    *end_of(list, m->hooking == 0) = h;
    return h;
}

/* ---- Running ---------------------------------------------------------- */

static int replace(mlrt_hook *h, mlrt_tensor **g, mlrt_tensor *y) {
    if (y->ctx == h->m && mlrt__same_shape(*g, y) && (*g)->dtype == y->dtype) {
        mlrt_release(*g);
        *g = y;
        return 0;
    }
    int err = mlrt_fail(h->m, MLRT_ESHAPE,
                        "register_hook: the gradient is %s %s, the hook "
                        "returned %s %s",
                        mlrt_dtype_name((mlrt_dtype)(*g)->dtype), MLRT__ST(*g),
                        mlrt_dtype_name((mlrt_dtype)y->dtype), MLRT__ST(y));
    mlrt_release(y);
    return err;
}

static int run_one(mlrt_hook *h, mlrt_tensor **g) {
    mlrt_tensor *y = NULL;
    int err = h->fn(h->ud, h->m, *g, &y);
    if (err || !y || y == mlrt_none)
        return err;
    h->m->errcode = 0; /* of what the host tried and caught */
    return replace(h, g, y);
}

int mlrt__hooks_run(mlrt *m, mlrt_hook *list, int out, mlrt_tensor **g) {
    int err = 0;
    m->hooking++;
    for (mlrt_hook *h = list; h && !err; h = h->next)
        if (h->out == out && h->fn)
            err = run_one(h, g);
    m->hooking--;
    return err;
}
