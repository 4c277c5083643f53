/* runtime_alloc.c: the allocator of a runtime's state, and a limit on stacks.
 *
 * Lua allows a million values on a stack, which is too many: to call a table
 * whose __call is a table whose __call is a table, Lua shifts what is on the
 * stack once for each, inside one instruction; a table that is its own
 * __call costs minutes.  So the stack of a coroutine may have 32,000 values.
 *
 * Lua grows a stack by allocating a new one of twice the size.  Blocks that
 * may be the last allowed are remembered, and the request for twice as much
 * is refused when the coroutine that runs has its stack there.  Functions
 * here that push many values stop at MLRTR_PUSH, so that growth by more than
 * twice stays below the limit.
 */
#include "runtime.h"

enum {
    MAX_STACK = 1 << 19, /* bytes */
    VALUE = 16,          /* bytes of one */
    EXTRA = 5            /* values beyond a stack's size */
};

size_t mlrtR_stacks_bytes(const mlrt_runtime *rt) {
    return rt->stacks_room * sizeof *rt->stacks;
}

static bool may_be_stack(size_t size) {
    return size > MAX_STACK / 2 && size <= MAX_STACK && size % VALUE == 0;
}

static bool make_room(mlrt_runtime *rt) {
    if (rt->nstacks < rt->stacks_room)
        return true;
    size_t room = rt->stacks_room ? 2 * rt->stacks_room : 16;
    void *more = mlrt_lua_alloc(rt->m, rt->stacks, mlrtR_stacks_bytes(rt),
                                mlrtL_room(0, room, sizeof *rt->stacks));
    if (!more)
        return false;
    rt->stacks = more;
    rt->stacks_room = room;
    return true;
}

static void forget(mlrt_runtime *rt, const void *block) {
    for (size_t i = 0; i < rt->nstacks; i++)
        if (rt->stacks[i].at == block) {
            rt->stacks[i] = rt->stacks[--rt->nstacks];
            return;
        }
}

/* The place of the running function on its stack: a call's record, which
 * lua.h keeps in lua_Debug, begins with it. */
static const char *place(lua_State *L) {
    lua_Debug ar;
    const char *function;
    if (!L || !lua_getstack(L, 0, &ar))
        return NULL;
    memcpy(&function, ar.i_ci, sizeof function);
    return function;
}

/* Is this request for a stack twice as large as the largest allowed? */
static bool grows_stack(const mlrt_runtime *rt, size_t nsize) {
    size_t old = (nsize + EXTRA * VALUE) / 2;
    const char *at = may_be_stack(old) ? place(rt->running) : NULL;
    for (size_t i = 0; i < rt->nstacks && at; i++)
        if (rt->stacks[i].size == old && at >= rt->stacks[i].at &&
            at < rt->stacks[i].at + old)
            return true;
    return false;
}

/* Blocks without a kind, as stacks are, come with ptr NULL and osize 0. */
void *mlrtR_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
    mlrt_runtime *rt = ud;
    bool fresh = !ptr && osize == 0 && !rt->config.trusted;
    if (ptr && may_be_stack(osize))
        forget(rt, ptr);
    if (fresh && nsize > MAX_STACK && grows_stack(rt, nsize))
        return NULL;
    bool note = fresh && may_be_stack(nsize);
    if (note && !make_room(rt))
        return NULL;
    void *p = mlrt_lua_alloc(rt->m, ptr, osize, nsize);
    if (note && p)
        rt->stacks[rt->nstacks++] = (struct mlrtR_block){p, nsize};
    return p;
}
