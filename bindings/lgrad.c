/* lgrad.c: differentiation from Lua.
 *
 * y:backward() fills x.grad; grad(y, x) returns gradients; no_grad() stops
 * recording until its value is closed, or while a function runs.
 */
#include "lib.h"

/* ---- Recording -------------------------------------------------------- */

/* The mode to go back to; empty when it was gone back to. */
typedef struct guard {
    bool armed, mode;
} guard;

static int close_guard(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    guard *g = mlrtL_test(L, S, 1, MLRTL_GUARD);
    if (g && g->armed && S->m)
        mlrt_set_grad_mode(S->m, g->mode);
    if (g)
        g->armed = false;
    return 0;
}

/* Collected without being closed: the time is arbitrary, so nothing is
 * restored. */
static int drop_guard(lua_State *L) {
    guard *g = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_GUARD);
    if (g)
        g->armed = false;
    return 0;
}

static void push_guard(lua_State *L, mlrtL_state *S, bool mode) {
    mlrt *m = mlrtL_context(L, S);
    guard *g = mlrtL_new(L, S, MLRTL_GUARD, sizeof *g);
    g->armed = true;
    g->mode = mlrt_set_grad_mode(m, mode);
}

/* Lua closes the guard after the call, also when it raises. */
static int call_guarded(lua_State *L, mlrtL_state *S, bool mode) {
    int n = lua_gettop(L);
    push_guard(L, S, mode);
    lua_insert(L, 1);
    lua_toclose(L, 1);
    lua_call(L, n - 1, LUA_MULTRET);
    return lua_gettop(L) - 1;
}

static int set_mode(lua_State *L, const char *name, bool mode) {
    mlrtL_state *S = mlrtL_self(L);
    if (lua_gettop(L) == 0) {
        push_guard(L, S, mode);
        return 1;
    }
    if (!lua_isfunction(L, 1))
        mlrtL_wrong(L, name, "f", "function", 1);
    return call_guarded(L, S, mode);
}

/* no_grad() -> a value for `local _ <close> =`; no_grad(f, ...) -> what
 * f(...) returns. */
int mlrtL_no_grad(lua_State *L) {
    return set_mode(L, "no_grad", false);
}

static int enable_grad(lua_State *L) {
    return set_mode(L, "enable_grad", true);
}

static int grad_enabled(lua_State *L) {
    lua_pushboolean(L, mlrt_grad_mode(mlrtL_context(L, mlrtL_self(L))));
    return 1;
}

/* ---- Walking ---------------------------------------------------------- */

static int walk_flags(lua_State *L, const char *function, int index) {
    int flags = 0;
    if (mlrtL_flag(L, function, index, "retain_graph"))
        flags |= MLRT_RETAIN_GRAPH;
    if (mlrtL_flag(L, function, index, "create_graph"))
        flags |= MLRT_CREATE_GRAPH;
    return flags;
}

/* x:backward([gradient,] {retain_graph = false, create_graph = false}) */
static int backward(lua_State *L) {
    static const char *const names[] = {"gradient", "retain_graph",
                                        "create_graph", NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *y = mlrtL_checktensor(L, S, 1, "backward", "x");
    mlrt_tensor *g = MLRT_NONE;
    lua_settop(L, 3);
    bool named = lua_istable(L, 2);
    int options = named ? 2 : 3;
    mlrtL_options(L, "backward", options, names);
    int flags = walk_flags(L, "backward", options);
    if (named || lua_isnil(L, 2)) {
        mlrtL_option(L, options, "gradient");
        lua_replace(L, 2);
    }
    if (!lua_isnil(L, 2))
        g = mlrtL_checktensor(L, S, 2, "backward", "gradient");
    S->pending = false;
    mlrtL_enter(L, S);
    int err = mlrt_backward(y, g, flags);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    mlrtL_charge(L, S);
    return 0;
}

/* Gradients as the xs came: one tensor, or a table with nil where x was not
 * reached. */
static int push_grads(lua_State *L, mlrtL_state *S, mlrtL_list *list,
                      bool one) {
    int n = list->n;
    for (int i = 0; i < n; i++)
        if (list->t[i] == MLRT_NONE)
            list->t[i] = NULL;
    mlrtL_pushlist(L, S, list);
    if (one)
        lua_rawgeti(L, -1, 1);
    return 1;
}

static int grad_of(lua_State *L, mlrtL_state *S, mlrt_tensor **ys, int ny,
                   mlrt_tensor **gys, int flags) {
    int nx;
    bool one = mlrtL_boxat(L, S, 2) != NULL;
    mlrt_tensor **xs = mlrtL_tensors(L, S, 2, "grad", "inputs", &nx);
    mlrtL_list *list = mlrtL_newlist(L, S, (size_t)nx);
    S->pending = false;
    mlrtL_enter(L, S);
    int err = mlrt_grad_of(S->m, ys, gys, ny, xs, nx, flags, list->t);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    list->n = nx;
    for (int i = 0; i < nx; i++)
        mlrt_scope_keep(S->m, list->t[i]);
    return push_grads(L, S, list, one);
}

/* grad(ys, xs, {grad_outputs =, retain_graph = false, create_graph = false,
 * allow_unused = false}) -> the sum of d ys / d xs. */
static int grad(lua_State *L) {
    static const char *const names[] = {"grad_outputs", "retain_graph",
                                        "create_graph", "allow_unused", NULL};
    mlrtL_state *S = mlrtL_self(L);
    int ny, ng;
    lua_settop(L, 3);
    mlrtL_context(L, S);
    mlrtL_options(L, "grad", 3, names);
    int flags = walk_flags(L, "grad", 3);
    if (mlrtL_flag(L, "grad", 3, "allow_unused"))
        flags |= MLRT_ALLOW_UNUSED;
    mlrt_tensor **ys = mlrtL_tensors(L, S, 1, "grad", "outputs", &ny);
    mlrt_tensor **gys = NULL;
    if (mlrtL_option(L, 3, "grad_outputs") != LUA_TNIL) {
        gys = mlrtL_tensors(L, S, lua_gettop(L), "grad", "grad_outputs", &ng);
        if (ng != ny)
            mlrtL_error(L, "grad: %d grad_outputs for %d outputs", ng, ny);
    }
    return grad_of(L, S, ys, ny, gys, flags);
}

/* ---- Tensors' methods ------------------------------------------------- */

static int detach(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *t = mlrtL_checktensor(L, S, 1, "detach", "x");
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_fill(L, S, box, mlrt_detach(t));
    return 1;
}

/* x:requires_grad_(on = true) -> x */
static int requires_grad(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *t = mlrtL_checktensor(L, S, 1, "requires_grad_", "x");
    bool on = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
    if (!lua_isnoneornil(L, 2) && !lua_isboolean(L, 2))
        mlrtL_wrong(L, "requires_grad_", "on", "boolean", 2);
    if (mlrt_set_requires_grad(t, on) != 0)
        return mlrtL_raise(L, S);
    lua_settop(L, 1);
    return 1;
}

/* x:retain_grad() -> x, whose gradient is kept though x is no leaf. */
static int retain_grad(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *t = mlrtL_checktensor(L, S, 1, "retain_grad", "x");
    if (mlrt_retain_grad(t) != 0)
        return mlrtL_raise(L, S);
    lua_settop(L, 1);
    return 1;
}

const luaL_Reg mlrtL_grad_funcs[] = {{"no_grad", mlrtL_no_grad},
                                     {"enable_grad", enable_grad},
                                     {"grad_enabled", grad_enabled},
                                     {"grad", grad},
                                     {NULL, NULL}};
const luaL_Reg mlrtL_grad_methods[] = {{"backward", backward},
                                       {"detach", detach},
                                       {"requires_grad_", requires_grad},
                                       {"retain_grad", retain_grad},
                                       {NULL, NULL}};

void mlrtL_open_grad(lua_State *L, mlrtL_state *S) {
    const luaL_Reg close[] = {{"__close", close_guard}, {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_GUARD, "mlrt.GradMode", drop_guard);
    mlrtL_setfuncs(L, S, close);
    lua_pop(L, 1);
}
