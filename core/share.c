/* share.c: tensors between contexts.
 *
 * Two contexts may be used by two threads at the same time, yet memory goes
 * back to the context it came from, whose allocator knows no other thread.  So
 * shared storage is read-only, which needs no lock to read, and when the last
 * reference to it is dropped by another context's thread, it is put on its
 * owner's list of orphans, from which the owner frees it when it next asks for
 * memory.  Each shared storage also counts in its owner's `outside`: whoever
 * brings that to zero destroys the owner, which therefore may be closed first.
 */
#include "core.h"

void mlrt__shared_release(mlrt *m, mlrt__storage *s) {
    mlrt *owner = s->owner;
    if (m == owner) {
        mlrt__storage_free(s);
    } else {
        mlrt__storage *head = atomic_load(&owner->orphans);
        do
            s->next_orphan = head;
        while (!atomic_compare_exchange_weak(&owner->orphans, &head, s));
    }
    mlrt__outside_release(owner);
}

void mlrt__adopt_orphans(mlrt *m) {
    mlrt__storage *s = atomic_exchange(&m->orphans, NULL), *next;
    for (; s; s = next) {
        next = s->next_orphan;
        mlrt__storage_free(s);
    }
}

int mlrt__check_writable(mlrt *m, const char *what, const mlrt_tensor *t) {
    if (!atomic_load_explicit(&t->storage->shared, memory_order_relaxed))
        return 0;
    return mlrt_fail(m, MLRT_ESTATE,
                     "%s: the tensor's memory is shared with another context, "
                     "so it is only read; write into a clone of it",
                     what);
}

/* Can t be seen from, or moved to, another context? */
static int check(mlrt *to, const char *what, const mlrt_tensor *t) {
    if (!t)
        return to->errcode ? to->errcode : MLRT_EARG;
    if (t == mlrt_none)
        return mlrt_fail(to, MLRT_EARG, "%s: a tensor expected, got none",
                         what);
    if (to->closed || to->reclaiming)
        return mlrt_fail(to, MLRT_ESTATE, "%s: the context is %s", what,
                         to->closed ? "closed" : "reclaiming memory");
    if ((t->flags & MLRT__VIEW) && t->rebinds != t->storage->rebinds)
        return mlrt_fail(to, MLRT_EGRAD,
                         "%s: a view taken before '%s' wrote into its tensor; "
                         "take the view again",
                         what, t->storage->writer);
    return 0;
}

mlrt_tensor *mlrt_share(mlrt *to, mlrt_tensor *t) {
    if (check(to, "share", t) != 0)
        return NULL;
    mlrt_tensor *y = mlrt__alias(to, t);
    if (y && !atomic_exchange(&t->storage->shared, true))
        atomic_fetch_add(&t->storage->owner->outside, 1);
    return y;
}

/* ---- Moving ----------------------------------------------------------- */

static int check_sole(mlrt *to, const mlrt_tensor *t) {
    const char *why = NULL;
    if (t->refs != 1 || t->storage->refs != 1)
        why = "others refer to it or to its memory";
    else if (t->node || t->grad)
        why = "it has a history or a gradient; give a detached clone";
    else if (t->storage->shared)
        why = "its memory is shared with another context";
    return why ? mlrt_fail(to, MLRT_ESTATE, "give: %s", why) : 0;
}

/* A handle in `to` with t's geometry, over storage that is its alone. */
static mlrt_tensor *over(mlrt *to, mlrt__storage *s, const mlrt_tensor *t) {
    mlrt_tensor *y = s ? mlrt__handle(to, s, t->dtype, t->ndim, t->shape,
                                      t->stride, t->offset)
                       : NULL;
    if (s)
        mlrt__storage_release(to, s);
    if (y)
        y->flags = t->flags & (MLRT__REQUIRES_GRAD | MLRT__WRAPPED);
    return y;
}

static mlrt_tensor *copy(mlrt *to, const mlrt_tensor *t) {
    mlrt__storage *s = mlrt__storage_new(to, t->storage->bytes);
    if (s && s->bytes)
        memcpy(s->data, t->storage->data, s->bytes);
    return over(to, s, t);
}

/* The new storage takes over the old one's data, if that can be. */
static mlrt_tensor *move(mlrt *to, const mlrt_tensor *t) {
    mlrt__storage *from = t->storage;
    mlrt__storage *s = mlrt__alloc(to, sizeof *s);
    if (!s)
        return NULL;
    *s = (mlrt__storage){.bytes = from->bytes, .owner = to};
    atomic_init(&s->refs, 1);
    mlrt_tensor *y = over(to, s, t);
    if (!y)
        return NULL;
    if (mlrt__move_data(to, from->owner, from->bytes)) {
        y->storage->data = from->data;
        from->data = NULL;
        return y;
    }
    mlrt__drop(to, y);
    return copy(to, t);
}

mlrt_tensor *mlrt_give(mlrt *to, mlrt_tensor *t) {
    if (check(to, "give", t) != 0 || check_sole(to, t) != 0)
        return NULL;
    bool movable = !t->storage->borrowed && !t->storage->joined;
    mlrt_tensor *y = movable ? move(to, t) : copy(to, t);
    if (y)
        mlrt__drop(t->ctx, t);
    return y;
}
