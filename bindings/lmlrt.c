/* lmlrt.c: opens mlrt in a Lua state.
 *
 * "mlrt.core" is the table of everything written in C; the public module
 * "mlrt" is made from it by the embedded lua/mlrt/init.lua.  All embedded
 * modules go to package.preload, so nothing is searched for on disk.
 */
#include "lib.h"

#include <stdlib.h>
#include <string.h>

#include "embedded.h"

/* Their addresses are registry keys. */
static const char state_key = 0, core_key = 0;

/* ---- The state -------------------------------------------------------- */

static mlrtL_state *find_state(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
    mlrtL_state *S = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return S;
}

mlrt *mlrtL_context(lua_State *L, mlrtL_state *S) {
    if (!S->m)
        luaL_error(L, "mlrt: the Lua state is being closed");
    return S->m;
}

/* The last of our finalizers to run, because the state is our oldest value.
 * Graphs that live on lose their way back into Lua. */
static int close_state(lua_State *L) {
    mlrtL_state *S = lua_touserdata(L, 1);
    mlrt *m = S->m;
    S->m = NULL;
    if (m && S->anomaly) /* its callback is ours */
        mlrt_set_anomaly(m, 0, NULL, NULL);
    if (S->link) {
        S->link->S = NULL;
        mlrtL_unlink(S->link);
        S->link = NULL;
    }
    if (m && S->owned)
        mlrt_close(m);
    return 0;
}

void mlrtL_attach(lua_State *L, mlrt_runtime *rt, mlrtL_state **S) {
    *S = find_state(L);
    (*S)->rt = rt;
}

static int nothing(lua_State *L) {
    (void)L;
    return 0;
}

/* Lua calls a finalizer once; if it has not the memory for the record of the
 * call, what it was to free is lost.  A call made before leaves its record. */
static bool can_finalize(lua_State *L) {
    if (!lua_checkstack(L, 1))
        return false;
    lua_pushcfunction(L, nothing);
    if (lua_pcall(L, 0, 0, 0) == LUA_OK)
        return true;
    lua_pop(L, 1);
    return false;
}

bool mlrt_lua_reclaim(lua_State *L) {
    if (!can_finalize(L))
        return false;
    lua_gc(L, LUA_GCCOLLECT);
    return true;
}

/* Memory has run out: dead Lua values may hold tensors. */
bool mlrtL_reclaim(mlrtL_state *S) {
    if (!S->running || S->collecting)
        return false;
    S->collecting = true;
    bool done = mlrt_lua_reclaim(S->running);
    S->collecting = false;
    return done;
}

static bool reclaim(void *ud) {
    return mlrtL_reclaim(ud);
}

static mlrt *open_own(mlrtL_state *S, int *status) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.base = 1;
    config.reclaim = reclaim;
    config.reclaim_ud = S;
    return mlrt_open(&config, status);
}

static mlrtL_link *new_link(mlrtL_state *S) {
    mlrtL_link *link = mlrt_lua_alloc(S->m, NULL, 0, sizeof *link);
    if (link)
        *link = (mlrtL_link){S->m, S, 1};
    return link;
}

void mlrtL_unlink(mlrtL_link *link) {
    if (--link->refs == 0)
        mlrt_lua_alloc(link->m, link, sizeof *link, 0);
}

static lua_State *main_thread(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *main = lua_tothread(L, -1);
    lua_pop(L, 1);
    return main;
}

/* Pushes a state on context m, or on a new one.  A status, not an error:
 * the box is there before what it owns. */
static int new_state(lua_State *L, mlrt *m) {
    int status = 0;
    mlrtL_state *S = lua_newuserdatauv(L, sizeof *S, 0);
    memset(S, 0, sizeof *S);
    S->main = S->running = main_thread(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, close_state);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    S->owned = !m;
    S->m = m ? m : open_own(S, &status);
    if (!S->m)
        return status;
    S->link = new_link(S);
    if (!S->link)
        return MLRT_ENOMEM;
    mlrtL_open_memory(S);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
    return 0;
}

/* ---- Kinds of values -------------------------------------------------- */

void mlrtL_setfuncs(lua_State *L, mlrtL_state *S, const luaL_Reg *l) {
    lua_pushlightuserdata(L, S);
    luaL_setfuncs(L, l, 1);
}

void mlrtL_newtype(lua_State *L, mlrtL_state *S, int kind, const char *name,
                   lua_CFunction gc) {
    const luaL_Reg both[] = {{"__gc", gc}, {"__close", gc}, {NULL, NULL}};
    lua_createtable(L, 0, 8);
    lua_pushstring(L, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__name");
    lua_setfield(L, -2, "__metatable");
    if (gc)
        mlrtL_setfuncs(L, S, both);
    S->meta[kind] = lua_topointer(L, -1);
    lua_pushvalue(L, -1);
    S->meta_ref[kind] = luaL_ref(L, LUA_REGISTRYINDEX);
}

void *mlrtL_new(lua_State *L, mlrtL_state *S, int kind, size_t size) {
    void *p = lua_newuserdatauv(L, size, 0);
    memset(p, 0, size);
    lua_rawgeti(L, LUA_REGISTRYINDEX, S->meta_ref[kind]);
    lua_setmetatable(L, -2);
    return p;
}

/* Comparing addresses is several times faster than luaL_testudata. */
void *mlrtL_test(lua_State *L, const mlrtL_state *S, int index, int kind) {
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
        return NULL;
    bool same = lua_topointer(L, -1) == S->meta[kind];
    lua_pop(L, 1);
    return same ? lua_touserdata(L, index) : NULL;
}

/* ---- Small functions of the module ------------------------------------ */

/* flops() -> floating-point operations counted so far. */
static int flops(lua_State *L) {
    lua_pushnumber(L, mlrt_flops(mlrtL_context(L, mlrtL_self(L))));
    return 1;
}

/* build() -> {version=, isa=, threads=, blas=} */
static int build(lua_State *L) {
    mlrt *m = mlrtL_context(L, mlrtL_self(L));
    lua_createtable(L, 0, 4);
    lua_pushliteral(L, MLRT_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushstring(L, mlrt_isa(m));
    lua_setfield(L, -2, "isa");
    lua_pushinteger(L, mlrt_threads(m));
    lua_setfield(L, -2, "threads");
    lua_pushstring(L, mlrt_blas_info(m));
    lua_setfield(L, -2, "blas");
    return 1;
}

/* threads([n]) -> how many compute; with n that many from now on. */
static int threads(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    if (!lua_isnoneornil(L, 1)) {
        int isint;
        lua_Integer n = lua_tointegerx(L, 1, &isint);
        if (!isint || n < 0 || n > 1024)
            mlrtL_wrong(L, "threads", "n", "integer from 0 to 1024", 1);
        if (S->rt && mlrt_sealed(m))
            mlrtL_error(L, "threads: the host decides how many");
        if (mlrt_set_threads(m, (int)n) != 0)
            return mlrtL_raise(L, S);
    }
    lua_pushinteger(L, mlrt_threads(m));
    return 1;
}

static const luaL_Reg funcs[] = {
    {"flops", flops}, {"build", build}, {"threads", threads}, {NULL, NULL}};

/* ---- The module ------------------------------------------------------- */

/* A table of its own inside the module. */
static void add_folder(lua_State *L, mlrtL_state *S, const char *name,
                       const luaL_Reg *list) {
    lua_newtable(L);
    mlrtL_setfuncs(L, S, list);
    lua_setfield(L, -2, name);
}

static void fill_core(lua_State *L, mlrtL_state *S) {
    const luaL_Reg *const lists[] = {funcs,
                                     mlrtL_error_funcs,
                                     mlrtL_table_funcs,
                                     mlrtL_op_funcs,
                                     mlrtL_grad_funcs,
                                     mlrtL_custom_funcs,
                                     mlrtL_anomaly_funcs,
                                     mlrtL_checkpoint_funcs,
                                     mlrtL_random_funcs,
                                     mlrtL_optim_funcs,
                                     mlrtL_system_funcs,
                                     mlrtL_memory_funcs,
                                     mlrtL_profile_funcs,
                                     mlrtL_worker_funcs,
                                     mlrtL_replay_funcs,
                                     mlrtL_tensor_funcs};
    mlrtL_open_grad(L, S);
    mlrtL_open_custom(L, S);
    mlrtL_open_anomaly(L, S);
    mlrtL_open_checkpoint(L, S);
    mlrtL_open_hook(L, S);
    mlrtL_open_random(L, S);
    mlrtL_open_optim(L, S);
    mlrtL_open_io(L, S);
    mlrtL_open_frame(L, S);
    mlrtL_open_profile(L, S);
    mlrtL_open_worker(L, S);
    mlrtL_open_replay(L, S);
    mlrtL_open_tensor(L, S);
    mlrtL_open_env(L, S);
    mlrtL_open_tabular(L, S);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        mlrtL_setfuncs(L, S, lists[i]);
    add_folder(L, S, "io", mlrtL_io_funcs);
    add_folder(L, S, "fs", mlrtL_fs_funcs);
    add_folder(L, S, "_rl", mlrtL_env_funcs);
    add_folder(L, S, "_frame", mlrtL_frame_funcs);
    lua_getfield(L, -1, "_frame");
    mlrtL_setfuncs(L, S, mlrtL_rows_funcs);
    lua_pop(L, 1);
    lua_getfield(L, -1, "_rl");
    mlrtL_setfuncs(L, S, mlrtL_tabular_funcs);
    lua_pop(L, 1);
    lua_pushliteral(L, MLRT_VERSION);
    lua_setfield(L, -2, "version");
}

/* Pushes "mlrt.core", made at the first call. */
static int push_core(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &core_key) == LUA_TTABLE)
        return 1;
    lua_pop(L, 1);
    lua_newtable(L);
    fill_core(L, find_state(L));
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &core_key);
    return 1;
}

/* ---- Embedded modules ------------------------------------------------- */

static const struct mlrt__module *find_module(const char *name) {
    const struct mlrt__module *module = mlrt__modules;
    while (module->name && strcmp(module->name, name) != 0)
        module++;
    return module->name ? module : NULL;
}

static void preload_all(lua_State *L) {
    mlrtL_preload(L, mlrt__modules);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, push_core);
    lua_setfield(L, -2, "mlrt.core");
    lua_pop(L, 1);
}

/* ---- The two doors ---------------------------------------------------- */

static int open_protected(lua_State *L) {
    mlrt *m = lua_touserdata(L, 1);
    luaL_checkversion(L);
    int status = find_state(L) ? 0 : new_state(L, m);
    if (!status) {
        push_core(L);
        preload_all(L);
    }
    lua_pushinteger(L, status);
    return 1;
}

/* Lua's own errors, of memory that is, become a status too. */
int mlrt_openlibs(lua_State *L, mlrt *m) {
    if (!lua_checkstack(L, 4))
        return MLRT_ENOMEM;
    lua_pushcfunction(L, open_protected);
    lua_pushlightuserdata(L, m);
    int status = lua_pcall(L, 1, 1, 0) == LUA_OK ? (int)lua_tointeger(L, -1)
                                                 : MLRT_ENOMEM;
    lua_pop(L, 1);
    return status;
}

int luaopen_mlrt(lua_State *L) {
    int status = mlrt_openlibs(L, NULL);
    if (status)
        return luaL_error(L, "mlrt: cannot open a context: %s",
                          mlrt_status_text(status));
    const struct mlrt__module *module = find_module("mlrt");
    if (!module)
        return push_core(L);
    mlrtL_push_module(L, module);
    lua_pushliteral(L, "mlrt");
    lua_call(L, 1, 1);
    return 1;
}

mlrt_tensor *mlrt_checktensor(lua_State *L, int index) {
    mlrtL_state *S = find_state(L);
    mlrt_tensor *t = S ? mlrtL_tensor(L, S, index) : NULL;
    if (!t)
        luaL_typeerror(L, index, "mlrt.Tensor");
    return t;
}

void mlrt_pushtensor(lua_State *L, mlrt_tensor *t) {
    mlrtL_state *S = find_state(L);
    if (!t || t == MLRT_NONE) {
        lua_pushnil(L);
        return;
    }
    if (!S || !S->m)
        luaL_error(L, "mlrt_pushtensor: mlrt is not open in this state");
    mlrtL_newbox(L, S)->t = mlrt_retain(t);
}
