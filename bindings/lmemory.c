/* lmemory.c: telling Lua's collector about memory that it cannot see.
 *
 * A tensor is one pointer to Lua, so thousands of dead ones would not make it
 * collect.  Two rules keep memory near what is alive.  Every byte allocated
 * is charged as if Lua had allocated it, in batches, which lets the collector
 * take its steps.  And a full collection runs when more is live than 1.5 times
 * what the last one left, plus 16 MiB, and where it is cheap now and then:
 * steps alone do not reach tensors that have grown old in the generational
 * mode.
 *
 * A script that stops the collector is taken at its word.
 */
#include "lib.h"

#include <limits.h>

enum {
    MIN_BATCH = 256 << 10,
    SLACK = 16 << 20,
    WINDOW = 64, /* steps */
    PRICE = 256, /* bytes allocated that are worth one of Lua's heap */
    HANDLE = 512 /* bytes of a handle and its node, about */
};

/* How much may be allocated before the next step, and before the next full
 * collection.  With more alive a step costs the same and may wait longer. */
static void set_limits(mlrtL_state *S, size_t live) {
    S->batch = MIN_BATCH + live / 64;
    S->ceiling = live + live / 2 + SLACK;
    S->steps = 0;
    S->most = 0;
}

static void collect(lua_State *L, mlrtL_state *S) {
    mlrt_memory_info info;
    lua_gc(L, LUA_GCCOLLECT);
    if (!S->m) /* closed by a finalizer of the script's */
        return;
    mlrt_memory(S->m, &info);
    set_limits(S, info.live);
    S->charged = S->collected = info.total;
    S->handles = 0;
}

/* After a window of steps, which a step of training fits into: a tensor that
 * has grown old waits for a full collection, which comes when it costs little
 * beside what was computed meanwhile, that is with few values in Lua's own
 * heap.  Else a ceiling from a time when more was alive comes down. */
static void look_back(lua_State *L, mlrtL_state *S, uint64_t total) {
    if (++S->steps < WINDOW)
        return;
    uint64_t heap = (uint64_t)lua_gc(L, LUA_GCCOUNT) * 1024;
    if ((total - S->collected) / PRICE > heap) {
        collect(L, S);
        return;
    }
    if (S->most + S->most / 2 + SLACK < S->ceiling)
        set_limits(S, S->most);
    S->steps = 0;
    S->most = 0;
}

static void step(lua_State *L, mlrtL_state *S, uint64_t debt, uint64_t total) {
    uint64_t kib = debt / 1024;
    S->charged = total;
    S->handles = 0;
    lua_gc(L, LUA_GCSTEP, kib < INT_MAX / 2 ? (int)kib : INT_MAX / 2);
    look_back(L, S, total);
}

/* Inside a finalizer, or while memory is reclaimed, nothing may be
 * collected; Lua itself refuses the former from 5.4.4 on. */
void mlrtL_charge(lua_State *L, mlrtL_state *S) {
    mlrt_memory_info info;
    S->handles += HANDLE;
    mlrt_memory(S->m, &info);
    if (info.live > S->most)
        S->most = info.live;
    uint64_t debt = info.total - S->charged + S->handles;
    if ((debt < S->batch && info.live <= S->ceiling) || S->collecting ||
        !lua_gc(L, LUA_GCISRUNNING))
        return;
    S->collecting = true;
    if (info.live > S->ceiling)
        collect(L, S);
    else
        step(L, S, debt, info.total);
    S->collecting = false;
}

void mlrtL_open_memory(mlrtL_state *S) {
    mlrt_memory_info info;
    mlrt_memory(S->m, &info);
    S->charged = info.total;
    set_limits(S, info.live);
}

static void set_field(lua_State *L, const char *name, uint64_t value) {
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, name);
}

/* memory() -> {live=, peak=, cached=, other=, lua=, tensors=, limit=,
 * total=}: bytes, and the number of live tensors. */
static int memory(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_memory_info info;
    mlrt_memory(mlrtL_context(L, S), &info);
    lua_createtable(L, 0, 8);
    set_field(L, "live", info.live);
    set_field(L, "peak", info.peak);
    set_field(L, "cached", info.cached);
    set_field(L, "other", info.other);
    set_field(L, "tensors", info.tensors);
    set_field(L, "limit", info.limit);
    set_field(L, "total", info.total);
    set_field(L, "lua",
              (uint64_t)lua_gc(L, LUA_GCCOUNT) * 1024 +
                  (uint64_t)lua_gc(L, LUA_GCCOUNTB));
    return 1;
}

/* flush_cache(): gives memory kept for reuse back to the system. */
static int flush_cache(lua_State *L) {
    mlrt_flush_cache(mlrtL_context(L, mlrtL_self(L)));
    return 0;
}

const luaL_Reg mlrtL_memory_funcs[] = {
    {"memory", memory}, {"flush_cache", flush_cache}, {NULL, NULL}};
