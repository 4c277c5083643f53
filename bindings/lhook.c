/* lhook.c: functions that see gradients.
 *
 *   local handle = x:register_hook(function(g) return g * 2 end)
 *   handle:remove()
 *
 * The function is kept by the graph, or by the leaf; so one that refers to
 * its own leaf keeps that alive until the handle is removed.
 */
#include "lib.h"

/* What the core hands back to us. */
typedef struct hook {
    mlrtL_link *link;
    int ref; /* registry: the function */
} hook;

/* The handle that a script gets. */
typedef struct handle {
    mlrt_hook *h;
} handle;

/* One call of the function. */
typedef struct upcall {
    const hook *k;
    mlrtL_state *S;
    mlrt_tensor *g, **replacement;
} upcall;

static int run(lua_State *L) {
    const upcall *u = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, u->k->ref);
    mlrtL_pushborrowed(L, u->S, u->g);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1))
        return 0;
    mlrt_tensor *t = mlrtL_tensor(L, u->S, -1);
    if (!t)
        mlrtL_error(L,
                    "register_hook: the function returned a %s; a tensor "
                    "or nothing expected",
                    luaL_typename(L, -1));
    *u->replacement = mlrt_retain(t);
    return 0;
}

static int call_hook(void *ud, mlrt *m, mlrt_tensor *g,
                     mlrt_tensor **replacement) {
    const hook *k = ud;
    upcall u = {k, k->link->S, g, replacement};
    return mlrtL_upcall(k->link, m, "register_hook", run, &u);
}

static void drop(void *ud) {
    hook *k = ud;
    mlrt *m = k->link->m;
    mlrtL_forget(k->link, k->ref);
    mlrt_lua_alloc(m, k, sizeof *k, 0);
}

/* Keeps the function on top of the stack. */
static hook *new_hook(lua_State *L, mlrtL_state *S) {
    int ref = luaL_ref(L, LUA_REGISTRYINDEX);
    hook *k = mlrt_lua_alloc(S->m, NULL, 0, sizeof *k);
    if (!k) {
        luaL_unref(L, LUA_REGISTRYINDEX, ref);
        luaL_error(L, "not enough memory");
        return NULL;
    }
    *k = (hook){S->link, ref};
    S->link->refs++;
    return k;
}

/* x:register_hook(f) -> a handle with remove(): f(gradient) is called in each
 * walk, once all of x's gradient is known; what it returns replaces it. */
static int register_hook(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_context(L, S);
    mlrt_tensor *t = mlrtL_checktensor(L, S, 1, "register_hook", "x");
    lua_settop(L, 2);
    if (!lua_isfunction(L, 2) && luaL_getmetafield(L, 2, "__call") == LUA_TNIL)
        mlrtL_wrong(L, "register_hook", "f", "function", 2);
    handle *box = mlrtL_new(L, S, MLRTL_HOOK, sizeof *box);
    lua_pushvalue(L, 2);
    box->h = mlrt_hook_add(t, call_hook, drop, new_hook(L, S));
    return box->h ? 1 : mlrtL_raise(L, S);
}

static int collect(lua_State *L) {
    handle *box = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_HOOK);
    if (box && box->h)
        mlrt_hook_release(box->h);
    if (box)
        box->h = NULL;
    return 0;
}

/* handle:remove(): the function is not called any more. */
static int handle_remove(lua_State *L) {
    handle *box = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_HOOK);
    if (!box)
        mlrtL_wrong(L, "remove", "self", "handle", 1);
    if (box->h)
        mlrt_hook_remove(box->h);
    return 0;
}

/* `local _ <close> = x:register_hook(f)` removes it at the block's end. */
static int handle_close(lua_State *L) {
    handle_remove(L);
    return collect(L);
}

const luaL_Reg mlrtL_hook_methods[] = {{"register_hook", register_hook},
                                       {NULL, NULL}};

void mlrtL_open_hook(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {{"remove", handle_remove}, {NULL, NULL}};
    const luaL_Reg meta[] = {{"__close", handle_close}, {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_HOOK, "mlrt.Hook", collect);
    mlrtL_setfuncs(L, S, meta);
    lua_newtable(L);
    mlrtL_setfuncs(L, S, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
