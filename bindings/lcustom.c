/* lcustom.c: functions whose gradient is written in Lua.
 *
 *   local swish = m.custom{
 *     forward = function(ctx, x) ctx:save(x); return x * x:sigmoid() end,
 *     backward = function(ctx, g)
 *       local x = ctx:saved()
 *       local s = x:sigmoid()
 *       return g * (s + x * s * (1 - s))
 *     end}
 *
 * `forward` runs without recording; then its outputs are tied to the graph.
 * `backward` gets one gradient per output and returns one per argument (nil:
 * none).  What ctx:save keeps is held by the graph's node, not by Lua, so
 * that no cycle through C arises; other fields of ctx hold no tensors.
 */
#include "lib.h"

#include <string.h>

/* Their addresses are keys: of the registry, and of ctx tables. */
static const char meta_key = 0, error_key = 0, saved_key = 0;

/* What a node of the graph knows of its Lua function. */
typedef struct custom {
    mlrtL_link *link;
    size_t bytes;
    int ref; /* registry: {ctx, backward} */
    int nargs, nin, nout, nsaved;
    int position[]; /* of each input among the arguments, from 1 */
} custom;

/* One run of `backward`. */
typedef struct upcall {
    const custom *c;
    mlrtL_state *S;
    mlrt_tensor *const *gouts, *const *saved;
    mlrt_tensor **gins;
} upcall;

/* ---- ctx -------------------------------------------------------------- */

/* ctx:save(tensor, ...) */
static int ctx_save(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    int n = lua_gettop(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    for (int i = 2; i <= n; i++)
        if (!mlrtL_tensor(L, S, i))
            mlrtL_error(L,
                        "custom: ctx:save keeps tensors, got a %s; other "
                        "values are fields, ctx.name = value",
                        luaL_typename(L, i));
    lua_createtable(L, n - 1, 0);
    for (int i = 2; i <= n; i++) {
        lua_pushvalue(L, i);
        lua_rawseti(L, -2, i - 1);
    }
    lua_rawsetp(L, 1, &saved_key);
    return 0;
}

/* ctx:saved() -> the tensors, in order */
static int ctx_saved(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_rawgetp(L, 1, &saved_key) != LUA_TTABLE)
        return 0;
    int n = (int)lua_rawlen(L, -1), list = lua_gettop(L);
    luaL_checkstack(L, n, NULL);
    for (int i = 1; i <= n; i++)
        lua_rawgeti(L, list, i);
    return n;
}

static void push_ctx(lua_State *L) {
    lua_createtable(L, 0, 2);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &meta_key);
    lua_setmetatable(L, -2);
}

/* A tensor in a field would never be freed if it led back to the node. */
static void check_fields(lua_State *L, mlrtL_state *S, int ctx) {
    for (lua_pushnil(L); lua_next(L, ctx); lua_pop(L, 1))
        if (mlrtL_boxat(L, S, -1))
            mlrtL_error(L,
                        "custom: ctx.%s is a tensor; keep tensors with "
                        "ctx:save",
                        luaL_tolstring(L, -2, NULL));
}

/* ---- Backward --------------------------------------------------------- */

static int bad_gradient(lua_State *L, int i, const char *why) {
    char got[80];
    return mlrtL_error(L,
                       "custom: value %d that backward returned: %s, got "
                       "%s",
                       i, why, mlrtL_got(L, -1, got, sizeof got));
}

static int input_at(const custom *c, int position) {
    for (int k = 0; k < c->nin; k++)
        if (c->position[k] == position)
            return k;
    return -1;
}

/* The results lie from `first` to the top.  All are checked before the first
 * reference is taken, which nothing would give back. */
static void take_gradients(lua_State *L, const upcall *u, int first) {
    int n = lua_gettop(L) - first + 1;
    if (n > u->c->nargs)
        mlrtL_error(L, "custom: backward returned %d values for %d argument%s",
                    n, u->c->nargs, u->c->nargs == 1 ? "" : "s");
    for (int i = 0; i < n; i++) {
        lua_pushvalue(L, first + i);
        if (!lua_isnil(L, -1) && !mlrtL_tensor(L, u->S, -1))
            bad_gradient(L, i + 1, "a tensor or nil expected");
        if (!lua_isnil(L, -1) && input_at(u->c, i + 1) < 0)
            bad_gradient(L, i + 1, "nil expected, the argument is no tensor");
        lua_pop(L, 1);
    }
    for (int i = 0; i < n; i++) {
        mlrt_tensor *t = mlrtL_tensor(L, u->S, first + i);
        if (t)
            u->gins[input_at(u->c, i + 1)] = mlrt_retain(t);
    }
}

/* A box with a reference of its own. */
void mlrtL_pushborrowed(lua_State *L, mlrtL_state *S, mlrt_tensor *t) {
    mlrtL_newbox(L, S)->t = mlrt_retain(t);
}

/* Protected: calls backward(ctx, g...). */
static int run_backward(lua_State *L) {
    const upcall *u = lua_touserdata(L, 1);
    luaL_checkstack(L, u->c->nout + u->c->nargs + 8, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, u->c->ref);
    lua_rawgeti(L, 2, 2);
    lua_rawgeti(L, 2, 1);
    lua_createtable(L, u->c->nsaved, 0);
    for (int i = 0; i < u->c->nsaved; i++) {
        mlrtL_pushborrowed(L, u->S, u->saved[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_rawsetp(L, -2, &saved_key);
    for (int i = 0; i < u->c->nout; i++)
        mlrtL_pushborrowed(L, u->S, u->gouts[i]);
    lua_call(L, 1 + u->c->nout, LUA_MULTRET);
    take_gradients(L, u, 3);
    return 0;
}

/* Protected: takes the tensors out of the ctx again. */
static int forget_saved(lua_State *L) {
    const custom *c = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, c->ref);
    lua_rawgeti(L, 2, 1);
    lua_pushnil(L);
    lua_rawsetp(L, 3, &saved_key);
    return 0;
}

int mlrtL_protect(lua_State *L, lua_CFunction f, const void *arg) {
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, (void *)(uintptr_t)arg);
    return lua_pcall(L, 1, 0, 0);
}

/* Keeps the error object on top for whoever started the walk; the core gets
 * its text. */
static int keep_error(lua_State *L, mlrtL_state *S) {
    const char *text = lua_tostring(L, -1);
    if (text)
        mlrt_fail(S->m, MLRT_EUSER, "%s", text);
    else
        mlrt_fail(S->m, MLRT_EUSER, "error object is a %s value",
                  luaL_typename(L, -1));
    S->pending = true;
    lua_rawsetp(L, LUA_REGISTRYINDEX, &error_key); /* there since opening */
    return MLRT_EUSER;
}

bool mlrtL_takeerror(lua_State *L, mlrtL_state *S) {
    if (!S->pending)
        return false;
    S->pending = false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &error_key);
    lua_pushboolean(L, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &error_key);
    return true;
}

int mlrtL_upcall(mlrtL_link *link, mlrt *m, const char *what, lua_CFunction f,
                 const void *arg) {
    mlrtL_state *S = link->S;
    if (!S)
        return mlrt_fail(m, MLRT_ESTATE,
                         "%s: the Lua state of this function is closed", what);
    lua_State *L = S->running;
    if (!lua_checkstack(L, 8))
        return mlrt_fail(m, MLRT_ENOMEM, "%s: Lua's stack is full", what);
    bool inside = S->inside;
    S->inside = false;
    int status = mlrtL_protect(L, f, arg);
    if (status != LUA_OK)
        status = keep_error(L, S);
    S->running = L;
    S->inside = inside;
    return status;
}

void mlrtL_forget(mlrtL_link *link, int ref) {
    mlrtL_state *S = link->S;
    if (S && lua_checkstack(S->main, 4))
        luaL_unref(S->main, LUA_REGISTRYINDEX, ref);
    mlrtL_unlink(link);
}

/* The core calls; the walk was started by S->running, or from C. */
static int call_backward(void *ud, mlrt *m, mlrt_tensor *const *gouts,
                         mlrt_tensor *const *saved, mlrt_tensor **gins) {
    const custom *c = ud;
    mlrtL_state *S = c->link->S;
    upcall u = {c, S, gouts, saved, gins};
    int status = mlrtL_upcall(c->link, m, "custom", run_backward, &u);
    if (S && lua_checkstack(S->running, 4) &&
        mlrtL_protect(S->running, forget_saved, c) != LUA_OK)
        lua_pop(S->running, 1);
    return status;
}

static void drop(void *ud) {
    custom *c = ud;
    mlrt *m = c->link->m;
    mlrtL_forget(c->link, c->ref);
    mlrt_lua_alloc(m, c, c->bytes, 0);
}

/* ---- Forward ---------------------------------------------------------- */

/* Upvalues of a custom function, after the state. */
enum { FORWARD = 2, BACKWARD = 3 };

/* Arguments lie at 1..nargs, ctx behind them, then the outputs, which are
 * replaced by handles of their own where the graph could not tell them from
 * something else. */
static void prepare_outputs(lua_State *L, mlrtL_state *S, int nargs, int nout) {
    for (int i = nargs + 2; i < nargs + 2 + nout; i++) {
        mlrt_tensor *t = mlrtL_tensor(L, S, i);
        bool known = t && mlrt_requires_grad(t);
        if (!t)
            mlrtL_error(L, "custom: forward returns tensors, got a %s",
                        luaL_typename(L, i));
        for (int k = 1; k < i && !known; k++)
            known = k != nargs + 1 && mlrtL_tensor(L, S, k) == t;
        if (!known)
            continue;
        mlrtL_box *box = mlrtL_newbox(L, S);
        mlrtL_fill(L, S, box, mlrt_detach(t));
        lua_replace(L, i);
    }
}

static int count_tensors(lua_State *L, mlrtL_state *S, int n, bool *tracked) {
    int count = 0;
    for (int i = 1; i <= n; i++) {
        mlrt_tensor *t = mlrtL_tensor(L, S, i);
        count += t != NULL;
        *tracked = *tracked || (t && mlrt_requires_grad(t));
    }
    return count;
}

/* The record for the node; what it refers to stays in the registry. */
static custom *new_custom(lua_State *L, mlrtL_state *S, int nargs, int nin,
                          int ctx) {
    size_t bytes = mlrtL_room(sizeof(custom), (size_t)nin, sizeof(int));
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, ctx);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, lua_upvalueindex(BACKWARD));
    lua_rawseti(L, -2, 2);
    int ref = luaL_ref(L, LUA_REGISTRYINDEX);
    custom *c = mlrt_lua_alloc(S->m, NULL, 0, bytes);
    if (!c) {
        luaL_unref(L, LUA_REGISTRYINDEX, ref);
        luaL_error(L, "not enough memory");
        return NULL;
    }
    *c = (custom){.link = S->link,
                  .bytes = bytes,
                  .ref = ref,
                  .nargs = nargs,
                  .nin = nin};
    S->link->refs++;
    return c;
}

/* Tensors at stack positions first..last into t; their number. */
static int collect(lua_State *L, mlrtL_state *S, int first, int last,
                   mlrt_tensor **t, int *position) {
    int n = 0;
    for (int i = first; i <= last; i++) {
        t[n] = mlrtL_tensor(L, S, i);
        if (t[n] && position)
            position[n] = i - first + 1;
        n += t[n] != NULL;
    }
    return n;
}

/* Pushes the list of saved tensors and takes it out of ctx. */
static int take_saved(lua_State *L, int ctx) {
    if (lua_rawgetp(L, ctx, &saved_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
    }
    lua_pushnil(L);
    lua_rawsetp(L, ctx, &saved_key);
    return lua_gettop(L);
}

static int tie(lua_State *L, mlrtL_state *S, int nargs, int nin, int nout) {
    int ctx = nargs + 1, nsaved;
    check_fields(L, S, ctx);
    int list = take_saved(L, ctx);
    mlrt_tensor **saved = mlrtL_tensors(L, S, list, "custom", "saved", &nsaved);
    mlrt_tensor **ins = mlrtL_array(L, (size_t)(nargs + nout + 1), sizeof *ins);
    mlrt_tensor **outs = ins + nargs;
    collect(L, S, ctx + 1, ctx + nout, outs, NULL);
    custom *c = new_custom(L, S, nargs, nin, ctx);
    collect(L, S, 1, nargs, ins, c->position);
    c->nout = nout;
    c->nsaved = nsaved;
    if (mlrt_custom(S->m, "custom", ins, nin, outs, nout, saved, nsaved,
                    call_backward, drop, c) != 0)
        return mlrtL_raise(L, S);
    return 0;
}

/* The function that custom{...} returns. */
static int call_custom(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    int nargs = lua_gettop(L), ctx = nargs + 1;
    bool tracked = false;
    mlrtL_context(L, S);
    luaL_checkstack(L, nargs + 16, "too many arguments");
    push_ctx(L);
    lua_pushlightuserdata(L, S);
    lua_pushcclosure(L, mlrtL_no_grad, 1);
    lua_pushvalue(L, lua_upvalueindex(FORWARD));
    lua_pushvalue(L, ctx);
    for (int i = 1; i <= nargs; i++)
        lua_pushvalue(L, i);
    lua_call(L, 2 + nargs, LUA_MULTRET);
    int nout = lua_gettop(L) - ctx;
    luaL_checkstack(L, 16, NULL);
    int nin = count_tensors(L, S, nargs, &tracked);
    if (tracked && mlrt_grad_mode(S->m)) {
        prepare_outputs(L, S, nargs, nout);
        tie(L, S, nargs, nin, nout);
    }
    lua_settop(L, ctx + nout);
    return nout;
}

/* custom{forward = f(ctx, ...), backward = f(ctx, gradient...)} */
static int new_custom_function(lua_State *L) {
    static const char *const names[] = {"forward", "backward", NULL};
    lua_settop(L, 1);
    if (!mlrtL_options(L, "custom", 1, names))
        mlrtL_wrong(L, "custom", "functions", "table", 1);
    lua_pushlightuserdata(L, mlrtL_self(L));
    for (int i = 0; names[i]; i++)
        if (mlrtL_option(L, 1, names[i]) != LUA_TFUNCTION)
            mlrtL_wrong(L, "custom", names[i], "function", -1);
    lua_pushcclosure(L, call_custom, 3);
    return 1;
}

const luaL_Reg mlrtL_custom_funcs[] = {{"custom", new_custom_function},
                                       {NULL, NULL}};

void mlrtL_open_custom(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {
        {"save", ctx_save}, {"saved", ctx_saved}, {NULL, NULL}};
    lua_pushboolean(L, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &error_key);
    lua_createtable(L, 0, 1);
    lua_createtable(L, 0, 2);
    mlrtL_setfuncs(L, S, methods);
    lua_setfield(L, -2, "__index");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &meta_key);
}
