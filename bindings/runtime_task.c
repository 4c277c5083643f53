/* runtime_task.c: a script that runs in slices.
 *
 * A task is a coroutine of the runtime's.  When its slice is over, the hook
 * yields it; inside coroutines of the script the innermost is put aside, and
 * our coroutine.resume hands that on until the task itself is.
 */
#include "runtime.h"

static int message(lua_State *L, mlrt_runtime *rt, lua_State *co) {
    lua_pushcfunction(L, mlrtR_message);
    lua_xmove(co, L, 1);
    lua_pushthread(co);
    lua_xmove(co, L, 1);
    int status = lua_pcall(L, 2, 0, 0);
    lua_settop(L, 0);
    (void)rt;
    return status;
}

typedef struct start_request {
    mlrt_runtime *rt;
    const char *function;
    const mlrt_value *args;
    int nargs, ref;
    lua_State *co;
} start_request;

static int make_task(lua_State *L) {
    start_request *r = lua_touserdata(L, 1);
    r->co = lua_newthread(L);
    mlrtR_function(L, r->rt, r->function);
    mlrtR_push(L, r->rt, r->args, r->nargs);
    luaL_checkstack(r->co, r->nargs + 4, "too many values");
    lua_xmove(L, r->co, r->nargs + 1);
    r->ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static void drop_task(mlrt_runtime *rt) {
    luaL_unref(rt->L, LUA_REGISTRYINDEX, rt->task_ref);
    rt->task = NULL;
}

int mlrt_runtime_start(mlrt_runtime *rt, const char *function,
                       const mlrt_value *args, int nargs) {
    start_request r = {rt, function, args, nargs, 0, NULL};
    if (nargs < 0 || nargs > 200)
        return mlrtR_fail(rt, MLRT_EARG, "%d arguments", nargs);
    int err = mlrtR_begin(rt);
    if (err)
        return err;
    lua_pushcfunction(rt->L, mlrtR_message);
    lua_pushcfunction(rt->L, make_task);
    lua_pushlightuserdata(rt->L, &r);
    err = mlrtR_finish(rt, lua_pcall(rt->L, 1, 0, 1));
    if (err)
        return err;
    if (rt->task)
        drop_task(rt);
    rt->task = r.co;
    rt->task_ref = r.ref;
    rt->nargs = nargs;
    rt->task_done = false;
    return 0;
}

/* How the slice ended. */
static int settle(mlrt_runtime *rt, int status, int nresults) {
    rt->preempting = false;
    rt->nargs = 0;
    if (status == LUA_YIELD) {
        lua_pop(rt->task, nresults);
        mlrtR_finish(rt, status);
        return 1;
    }
    rt->task_done = true;
    rt->nresults = status == LUA_OK ? nresults : 0;
    if (status != LUA_OK)
        message(rt->L, rt, rt->task);
    int err = mlrtR_finish(rt, status);
    if (err)
        drop_task(rt);
    return err;
}

int mlrt_runtime_step(mlrt_runtime *rt, double seconds) {
    int nresults = 0;
    if (!rt->task || rt->task_done)
        return mlrtR_fail(rt, MLRT_ESTATE, "step: no task was started");
    int err = mlrtR_begin(rt);
    if (err)
        return err;
    if (seconds > 0 && seconds < 1e9)
        rt->slice_end = rt->began + (int64_t)(seconds * 1e9);
    rt->running = rt->task;
    int status = lua_resume(rt->task, rt->L, rt->nargs, &nresults);
    rt->running = rt->L;
    return settle(rt, status, nresults);
}

int mlrt_runtime_result(mlrt_runtime *rt, int i, mlrt_value *result) {
    *result = mlrt_value_nil();
    if (!rt->task || !rt->task_done)
        return mlrtR_fail(rt, MLRT_ESTATE, "result: no task has finished");
    if (i < 0 || i >= rt->nresults)
        return 0;
    int index = lua_gettop(rt->task) - rt->nresults + i + 1;
    if (!mlrtR_value(rt->task, rt, index, result))
        return mlrtR_fail(rt, MLRT_EARG,
                          "result %d is a %s, no value that a host can take",
                          i + 1, luaL_typename(rt->task, index));
    if (result->kind == MLRT_VALUE_TENSOR)
        mlrt_retain(result->u.t);
    return 0;
}
