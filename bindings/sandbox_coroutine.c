/* sandbox_coroutine.c: coroutines that can be stopped and put aside.
 *
 * They do what Lua's own do, and three things more: a new coroutine costs as
 * many instructions as its hook may let pass uncounted; after a stop the
 * resuming coroutine is stopped too; and when the hook has put a coroutine
 * aside, the one that resumed it is put aside with it, and goes on by
 * resuming it again.
 */
#include "runtime.h"

static int resume(lua_State *L, lua_State *co, int n, lua_KContext wrapped);

/* What was put aside goes on; no values go in. */
static int go_on(lua_State *L, int status, lua_KContext wrapped) {
    (void)status;
    lua_State *co = lua_tothread(L, wrapped ? lua_upvalueindex(1) : 1);
    return resume(L, co, 0, wrapped);
}

/* The results, or false and the error. */
static int give(lua_State *L, bool ok, int n, lua_KContext wrapped) {
    if (!wrapped) {
        lua_pushboolean(L, ok);
        lua_insert(L, -n - 1);
        return n + 1;
    }
    if (ok)
        return n;
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/* Closes what co left open: its status. */
static int reset(lua_State *L, lua_State *co) {
    mlrt_runtime *rt = mlrtR_of(L);
    mlrtR_continue(co, rt);
    rt->running = co;
    int status = lua_resetthread(co);
    rt->running = L;
    mlrtR_continue(L, rt);
    return status;
}

/* An error has ended co: a wrapped one is closed. */
static int failed(lua_State *L, lua_State *co, lua_KContext wrapped) {
    int status = lua_status(co);
    if (wrapped && status != LUA_OK && status != LUA_YIELD)
        reset(L, co);
    lua_xmove(co, L, 1);
    return give(L, false, 1, wrapped);
}

static int resume(lua_State *L, lua_State *co, int n, lua_KContext wrapped) {
    mlrt_runtime *rt = mlrtR_of(L);
    int results = 0, status;
    for (;;) {
        mlrtR_continue(co, rt);
        rt->running = co;
        status = lua_resume(co, L, n, &results);
        rt->running = L;
        mlrtR_continue(L, rt);
        if (status != LUA_YIELD || !rt->preempting)
            break;
        lua_pop(co, results);
        if (lua_isyieldable(L))
            return lua_yieldk(L, 0, wrapped, go_on);
        rt->preempting = false;
        n = 0;
    }
    if (status != LUA_OK && status != LUA_YIELD)
        return failed(L, co, wrapped);
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return give(L, false, 1, wrapped);
    }
    lua_xmove(co, L, results);
    return give(L, true, results, wrapped);
}

/* Moves the values above `base` to co and resumes it. */
static int resume_with(lua_State *L, lua_State *co, int base,
                       lua_KContext wrapped) {
    int n = lua_gettop(L) - base;
    if (!lua_checkstack(co, n)) {
        lua_pushliteral(L, "too many arguments to resume");
        return give(L, false, 1, wrapped);
    }
    lua_xmove(L, co, n);
    return resume(L, co, n, wrapped);
}

static lua_State *coroutine_at(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTHREAD);
    return lua_tothread(L, 1);
}

static int co_resume(lua_State *L) {
    return resume_with(L, coroutine_at(L), 1, 0);
}

static int call_wrapped(lua_State *L) {
    return resume_with(L, lua_tothread(L, lua_upvalueindex(1)), 0, 1);
}

static int co_create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    mlrtR_charge(L, MLRTR_TICK);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

static int co_wrap(lua_State *L) {
    co_create(L);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

/* Only suspended and dead ones can be closed. */
static bool closable(lua_State *L, lua_State *co) {
    lua_Debug ar;
    if (co == L)
        return false;
    return lua_status(co) != LUA_OK || !lua_getstack(co, 0, &ar);
}

/* A __close may close another coroutine, and so on: Lua 5.4.4 does not count
 * these calls, which take C stack. */
static int co_close(lua_State *L) {
    mlrt_runtime *rt = mlrtR_of(L);
    lua_State *co = coroutine_at(L);
    if (!closable(L, co))
        return luaL_error(L, "cannot close a running coroutine");
    if (rt->closing >= 50)
        return luaL_error(L, "coroutine.close: nested too deeply");
    rt->closing++;
    int status = reset(L, co);
    rt->closing--;
    lua_pushboolean(L, status == LUA_OK);
    if (status == LUA_OK)
        return 1;
    lua_xmove(co, L, 1);
    return 2;
}

const luaL_Reg mlrtR_coroutine_funcs[] = {{"close", co_close},
                                          {"create", co_create},
                                          {"resume", co_resume},
                                          {"wrap", co_wrap},
                                          {NULL, NULL}};
