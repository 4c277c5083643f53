/* faults.c: the program `faults`, and memory that runs out.
 *
 *   faults script.lua arguments...
 *
 * One allocator serves Lua and the core, which is built without its cache, so
 * every request for memory is seen here and can be refused:
 *
 *   ok, result, requests = faults.memory(at, count, f)
 *
 * calls f() while `count` requests from number `at` on fail (1 is the first; 0
 * fails none), and says how many there were.  Memory that is left when all is
 * closed makes the program fail.
 */
#include "faults.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "mlrtlib.h"

typedef struct memory {
    bool armed;
    int64_t n, from, count;
    int64_t blocks, bytes;
} memory;

static bool refused(memory *f) {
    if (!f->armed)
        return false;
    int64_t i = ++f->n - f->from;
    return f->from > 0 && i >= 0 && i < f->count;
}

/* What shrinks never fails, as Lua demands. */
static void *allocate(void *ud, void *p, size_t osize, size_t nsize) {
    memory *f = ud;
    if (!p)
        osize = 0; /* Lua says there what it will be used for */
    if (nsize == 0) {
        f->blocks -= p != NULL;
        f->bytes -= (int64_t)osize;
        free(p);
        return NULL;
    }
    if (nsize > osize && refused(f))
        return NULL;
    void *q = realloc(p, nsize);
    f->blocks += q && !p;
    f->bytes += q ? (int64_t)nsize - (int64_t)osize : 0;
    return q;
}

/* ---- The library ------------------------------------------------------ */

/* Where the functions find the allocator. */
static memory *memory_of(lua_State *L) {
    lua_getfield(L, LUA_REGISTRYINDEX, "faults.memory");
    memory *f = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return f;
}

void faults_call(lua_State *L) {
    bool ok = lua_pcall(L, 0, 1, 0) == LUA_OK;
    lua_pushboolean(L, ok);
    lua_insert(L, -2);
}

/* memory(at, count, f) -> ok, result or error, requests */
static int fail_memory(lua_State *L) {
    memory *f = memory_of(L);
    f->from = luaL_checkinteger(L, 1);
    f->count = luaL_checkinteger(L, 2);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    lua_settop(L, 3);
    luaL_checkstack(L, 8, NULL);
    f->n = 0;
    f->armed = true;
    faults_call(L);
    f->armed = false;
    lua_pushinteger(L, f->n);
    return 3;
}

/* live() -> blocks and bytes that are not given back */
static int live(lua_State *L) {
    const memory *f = memory_of(L);
    lua_pushinteger(L, f->blocks);
    lua_pushinteger(L, f->bytes);
    return 2;
}

/* host(at, count) -> ok, message, requests: a runtime is opened, used and
 * closed by C, with an allocator of its own. */
static int use_runtime(mlrt_runtime *rt) {
    static const char script[] =
        "local m = require 'mlrt'\n"
        "local _ = m.optim, m.data, m.metrics, m.report\n"
        "local net = m.nn.Sequential(m.nn.Linear(2, 3), m.nn.Tanh())\n"
        "function score(x) return net(x):sum():item() end\n";
    const float data[2] = {1, 2};
    mlrt_value x, y;
    int err = mlrt_runtime_load(rt, "score.lua", script, sizeof script - 1);
    if (err)
        return err;
    x = mlrt_value_tensor(mlrt_from_data(mlrt_runtime_context(rt), MLRT_F32, 2,
                                         (int64_t[]){1, 2}, data));
    if (!x.u.t)
        return MLRT_ENOMEM;
    err = mlrt_runtime_call(rt, "score", &x, 1, &y, 1);
    mlrt_release(x.u.t);
    return err;
}

static int run_host(memory *f) {
    mlrt_config core;
    mlrt_runtime_config config;
    int status = 0;
    mlrt_config_init(&core);
    mlrt_runtime_config_init(&config);
    core.alloc = allocate;
    core.alloc_ud = f;
    core.threads = 1;
    config.core = &core;
    config.max_instructions = 100000000;
    mlrt_runtime *rt = mlrt_runtime_open(&config, &status);
    if (!rt)
        return status;
    status = use_runtime(rt);
    mlrt_runtime_close(rt);
    return status;
}

static int fail_host(lua_State *L) {
    memory f = {.armed = true,
                .from = luaL_checkinteger(L, 1),
                .count = luaL_checkinteger(L, 2)};
    int status = run_host(&f);
    if (f.blocks != 0)
        return luaL_error(L, "a runtime left %d blocks", (int)f.blocks);
    lua_pushboolean(L, status == 0);
    lua_pushstring(L, mlrt_status_text(status));
    lua_pushinteger(L, f.n);
    return 3;
}

static const luaL_Reg functions[] = {
    {"memory", fail_memory}, {"live", live}, {"host", fail_host}, {NULL, NULL}};

/* ---- The program ------------------------------------------------------ */

static bool reclaim(void *ud) {
    lua_State *L = *(lua_State **)ud;
    return L && mlrt_lua_reclaim(L);
}

static void set_arg(lua_State *L, char **argv) {
    lua_newtable(L);
    for (int i = 0; argv[i]; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - 1);
    }
    lua_setglobal(L, "arg");
}

static int trace(lua_State *L) {
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

static void on_warning(void *ud, const char *text, int more) {
    (void)ud;
    fprintf(stderr, "%s%s", text, more ? "" : "\n");
}

static bool run(lua_State *L, mlrt *m, memory *f, char **argv) {
    lua_setwarnf(L, on_warning, NULL);
    luaL_openlibs(L);
    if (mlrt_openlibs(L, m) != 0)
        return false;
    set_arg(L, argv);
    lua_pushlightuserdata(L, f);
    lua_setfield(L, LUA_REGISTRYINDEX, "faults.memory");
    luaL_newlib(L, functions);
    faults_open_files(L);
    lua_setglobal(L, "faults");
    lua_pushcfunction(L, trace);
    if (luaL_loadfile(L, argv[1]) == LUA_OK && lua_pcall(L, 0, 0, 1) == LUA_OK)
        return true;
    fprintf(stderr, "faults: %s\n", lua_tostring(L, -1));
    return false;
}

int main(int argc, char **argv) {
    static memory f;
    static lua_State *L;
    mlrt_config config;
    if (argc < 2)
        return EXIT_FAILURE;
    mlrt_config_init(&config);
    config.alloc = allocate;
    config.alloc_ud = &f;
    config.reclaim = reclaim;
    config.reclaim_ud = &L;
    config.base = 1;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    L = m ? lua_newstate(mlrt_lua_alloc, m) : NULL;
    bool ok = L && run(L, m, &f, argv);
    if (L)
        lua_close(L);
    L = NULL;
    mlrt_close(m);
    if (f.blocks != 0)
        fprintf(stderr, "faults: %lld blocks are left\n", (long long)f.blocks);
    return ok && f.blocks == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
