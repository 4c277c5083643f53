/* runtime.c: opening and closing runtimes, and what stops a script.
 *
 * The hook runs every 1000 instructions and looks at the clock, the count and
 * the host's request.  A stop is raised as a light userdata, which takes no
 * memory, and from then on at every instruction of every coroutine that
 * runs.  The core looks at time itself, between tiles, and its refusals come
 * here through mlrtL_raise.
 */
#include "runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <lualib.h>

static const char stop_key = 0; /* its address is the error that stops */

int64_t mlrtR_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- Stopping --------------------------------------------------------- */

static void hook(lua_State *L, lua_Debug *ar);

static void look_every(lua_State *L, int instructions) {
    lua_sethook(L, hook, LUA_MASKCOUNT, instructions);
}

static int raise_stop(lua_State *L) {
    look_every(L, 1);
    lua_pushlightuserdata(L, (void *)(uintptr_t)&stop_key);
    return lua_error(L);
}

int mlrtR_stop(lua_State *L, mlrt_runtime *rt, int status, const char *text) {
    if (!rt->stop) {
        rt->stop = status;
        snprintf(rt->stop_text, sizeof rt->stop_text, "%s", text);
    }
    return raise_stop(L);
}

int mlrtR_refused(lua_State *L, mlrt_runtime *rt) {
    return mlrtR_stop(L, rt, mlrt_errcode(rt->m), mlrt_errmsg(rt->m));
}

void mlrtR_continue(lua_State *L, mlrt_runtime *rt) {
    if (rt->stop)
        look_every(L, 1);
}

static void look(lua_State *L, mlrt_runtime *rt) {
    uint64_t most = rt->config.max_instructions;
    if (rt->stop)
        raise_stop(L);
    if (atomic_load_explicit(&rt->cancelled, memory_order_relaxed))
        mlrtR_stop(L, rt, MLRT_ECANCEL, "cancelled by the host");
    if (most && rt->instructions > most)
        mlrtR_stop(L, rt, MLRT_ELIMIT, "the instruction limit is reached");
    if (rt->deadline && mlrtR_now() >= rt->deadline)
        mlrtR_stop(L, rt, MLRT_ELIMIT, "the time limit is reached");
}

void mlrtR_charge(lua_State *L, uint64_t steps) {
    mlrt_runtime *rt = mlrtR_of(L);
    rt->instructions += steps;
    look(L, rt);
}

/* Puts the coroutine aside when the slice is over and it can be. */
static void preempt(lua_State *L, mlrt_runtime *rt) {
    if (!rt->slice_end || mlrtR_now() < rt->slice_end || !lua_isyieldable(L))
        return;
    rt->preempting = true;
    lua_yield(L, 0);
}

static void hook(lua_State *L, lua_Debug *ar) {
    mlrt_runtime *rt = mlrtR_of(L);
    (void)ar;
    bool regular = lua_gethookcount(L) == MLRTR_TICK;
    rt->instructions += regular ? MLRTR_TICK : 1;
    look(L, rt);
    if (!regular)
        look_every(L, MLRTR_TICK);
    preempt(L, rt);
}

void mlrtR_leave(mlrt_runtime *rt, lua_State *L) {
    if (rt->slice_end && mlrtR_now() >= rt->slice_end)
        look_every(L, 1);
}

/* ---- The accounts of a call ------------------------------------------- */

static int64_t deadline(const mlrt_runtime *rt) {
    double seconds = rt->config.max_seconds;
    return seconds > 0 && seconds < 1e9 ? rt->began + (int64_t)(seconds * 1e9)
                                        : 0;
}

static int cancelled(mlrt_runtime *rt) {
    atomic_store(&rt->cancelled, 0);
    mlrt_resume(rt->m);
    return mlrtR_fail(rt, MLRT_ECANCEL, "cancelled by the host");
}

int mlrtR_begin(mlrt_runtime *rt) {
    if (rt->busy)
        return mlrtR_fail(rt, MLRT_ESTATE,
                          "a call runs already: host functions cannot call "
                          "scripts");
    if (atomic_load(&rt->cancelled))
        return cancelled(rt);
    lua_settop(rt->L, 0);
    if (!lua_checkstack(rt->L, 64))
        return mlrtR_fail(rt, MLRT_ENOMEM, "out of memory");
    rt->busy = true;
    rt->stop = 0;
    rt->instructions = 0;
    rt->errmsg[0] = '\0';
    rt->flops_before = mlrt_flops(rt->m);
    rt->grad_mode = mlrt_grad_mode(rt->m);
    rt->began = mlrtR_now();
    rt->deadline = deadline(rt);
    mlrt_limit(rt->m, rt->config.max_flops, rt->config.max_seconds);
    return 0;
}

static void account(mlrt_runtime *rt) {
    mlrt_runtime_usage *u = &rt->usage;
    u->flops = mlrt_flops(rt->m) - rt->flops_before;
    u->seconds = (double)(mlrtR_now() - rt->began) * 1e-9;
    u->instructions = rt->instructions;
    u->total_flops += u->flops;
    u->total_seconds += u->seconds;
    u->total_instructions += u->instructions;
    u->calls++;
}

/* What ended a call, as a status. */
static int status_of(const mlrt_runtime *rt, int lua_status) {
    if (lua_status == LUA_OK || lua_status == LUA_YIELD)
        return 0;
    if (rt->stop)
        return rt->stop;
    if (lua_status == LUA_ERRMEM || strstr(rt->errmsg, "not enough memory"))
        return MLRT_ENOMEM;
    bool same = strstr(rt->errmsg, mlrt_errmsg(rt->m)) != NULL;
    if (mlrt_errcode(rt->m) == MLRT_ENOMEM && same)
        return MLRT_ENOMEM;
    return MLRT_EUSER;
}

int mlrtR_finish(mlrt_runtime *rt, int lua_status) {
    int status = status_of(rt, lua_status);
    mlrt_limit(rt->m, 0, 0);
    account(rt);
    look_every(rt->L, MLRTR_TICK);
    mlrtR_drop_waiting(rt);
    rt->stop = 0;
    rt->slice_end = 0;
    rt->busy = false;
    if (status == MLRT_ECANCEL) {
        atomic_store(&rt->cancelled, 0);
        mlrt_resume(rt->m);
    }
    if (status && status != MLRT_EUSER)
        lua_gc(rt->L, LUA_GCCOLLECT); /* what it took is not for the next */
    if (status) {
        mlrt_set_grad_mode(rt->m, rt->grad_mode);
        if (!rt->errmsg[0])
            mlrtR_fail(rt, status, "%s",
                       rt->stop_text[0] && status == MLRT_ELIMIT
                           ? rt->stop_text
                           : mlrt_status_text(status));
    }
    return status;
}

void mlrt_runtime_cancel(mlrt_runtime *rt) {
    atomic_store_explicit(&rt->cancelled, 1, memory_order_relaxed);
    mlrt_interrupt(rt->m);
}

void mlrt_runtime_usage_of(const mlrt_runtime *rt, mlrt_runtime_usage *usage) {
    mlrt_memory_info info;
    mlrt_memory(rt->m, &info);
    *usage = rt->usage;
    usage->bytes = info.live + info.other;
}

/* ---- Messages --------------------------------------------------------- */

static int fail(mlrt_runtime *rt, int status, const char *format, va_list ap) {
    char text[sizeof rt->errmsg]; /* arguments may point into the old one */
    vsnprintf(text, sizeof text, format, ap);
    memcpy(rt->errmsg, text, sizeof text);
    return status;
}

int mlrtR_fail(mlrt_runtime *rt, int status, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    fail(rt, status, format, ap);
    va_end(ap);
    return status;
}

int mlrt_runtime_fail(mlrt_runtime *rt, int status, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    fail(rt, status, format, ap);
    va_end(ap);
    return status;
}

const char *mlrt_runtime_errmsg(const mlrt_runtime *rt) {
    return rt->errmsg;
}

/* The text of the error at 1.  What a script made may answer by itself. */
static const char *text_of(lua_State *L, const mlrt_runtime *rt) {
    if (lua_touserdata(L, 1) == &stop_key)
        return rt->stop_text;
    if (lua_type(L, 1) == LUA_TSTRING || lua_type(L, 1) == LUA_TNUMBER)
        return lua_tostring(L, 1);
    if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL)
        return luaL_tolstring(L, 1, NULL);
    return lua_pushfstring(L, "(error object is a %s value)",
                           luaL_typename(L, 1));
}

int mlrtR_message(lua_State *L) {
    mlrt_runtime *rt = mlrtR_of(L);
    lua_State *co = lua_isthread(L, 2) ? lua_tothread(L, 2) : L;
    const char *text = text_of(L, rt);
    snprintf(rt->errmsg, sizeof rt->errmsg, "%s", text);
    luaL_traceback(L, co, text, co == L ? 1 : 0);
    snprintf(rt->errmsg, sizeof rt->errmsg, "%s", lua_tostring(L, -1));
    return 1;
}

/* ---- Opening and closing ---------------------------------------------- */

void mlrt_runtime_config_init(mlrt_runtime_config *config) {
    memset(config, 0, sizeof *config);
    config->size = sizeof *config;
}

/* Memory has run out: dead Lua values may hold tensors. */
static bool reclaim(void *ud) {
    mlrt_runtime *rt = ud;
    return rt->S && mlrtL_reclaim(rt->S);
}

static mlrt *open_context(mlrt_runtime *rt, int *status) {
    mlrt_config config;
    mlrt_config_init(&config);
    if (rt->config.core) {
        size_t n = rt->config.core->size;
        memcpy(&config, rt->config.core, n < sizeof config ? n : sizeof config);
        config.size = sizeof config;
    }
    config.base = 1;
    config.reclaim = reclaim;
    config.reclaim_ud = rt;
    if (rt->config.max_bytes)
        config.max_bytes = rt->config.max_bytes;
    if (rt->config.threads)
        config.threads = rt->config.threads;
    rt->config.core = NULL; /* not needed any more */
    return mlrt_open(&config, status);
}

static void make_places(lua_State *L, mlrt_runtime *rt) {
    mlrtR_newenv(L);
    rt->env = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    rt->functions = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    rt->names = luaL_ref(L, LUA_REGISTRYINDEX);
}

static int fill_state(lua_State *L) {
    mlrt_runtime *rt = lua_touserdata(L, 1);
    luaL_checkversion(L);
    if (rt->config.trusted)
        luaL_openlibs(L);
    else
        mlrt_seal(rt->m);
    int status = mlrt_openlibs(L, rt->m);
    if (status)
        return luaL_error(L, "not enough memory");
    mlrtL_attach(L, rt, &rt->S);
    mlrtR_sandbox(L, rt);
    make_places(L, rt);
    return 0;
}

static int open_state(mlrt_runtime *rt) {
    lua_State *L = lua_newstate(mlrtR_alloc, rt);
    if (!L)
        return MLRT_ENOMEM;
    rt->L = rt->running = L;
    memcpy(lua_getextraspace(L), &rt, sizeof rt);
    lua_pushcfunction(L, fill_state);
    lua_pushlightuserdata(L, rt);
    int status = lua_pcall(L, 1, 0, 0);
    lua_settop(L, 0);
    look_every(L, MLRTR_TICK);
    return status == LUA_OK ? 0 : MLRT_ENOMEM;
}

static void destroy(mlrt_runtime *rt) {
    if (rt->L)
        lua_close(rt->L);
    rt->S = NULL;
    if (rt->stacks)
        mlrt_lua_alloc(rt->m, rt->stacks, mlrtR_stacks_bytes(rt), 0);
    if (rt->m)
        mlrt_close(rt->m);
    free(rt);
}

mlrt_runtime *mlrt_runtime_open(const mlrt_runtime_config *config,
                                int *status) {
    int err = MLRT_ENOMEM;
    mlrt_runtime *rt = calloc(1, sizeof *rt);
    if (rt) {
        mlrt_runtime_config_init(&rt->config);
        if (config)
            memcpy(&rt->config, config,
                   config->size < sizeof *config ? config->size
                                                 : sizeof *config);
        rt->m = open_context(rt, &err);
        if (rt->m)
            err = open_state(rt);
    }
    if (status)
        *status = err;
    if (rt && err) {
        destroy(rt);
        rt = NULL;
    }
    return rt;
}

void mlrt_runtime_close(mlrt_runtime *rt) {
    if (!rt || rt->busy)
        return;
    atomic_store(&rt->cancelled, 0);
    mlrt_resume(rt->m);
    destroy(rt);
}

mlrt *mlrt_runtime_context(mlrt_runtime *rt) {
    return rt->m;
}
