/* runtime.h: what the files of the runtime and of its sandbox share.
 *
 * A runtime is a context, a Lua state and the accounts of the call that runs.
 * Its address lies in the extra space of every coroutine of the state.  The
 * count hook, set on every coroutine, keeps the accounts; once something has
 * to stop, each coroutine that runs gets a hook at every instruction, so that
 * no pcall, handler or coroutine gets further than one.
 */
#ifndef MLRT_RUNTIME_H
#define MLRT_RUNTIME_H

#include <stdatomic.h>
#include <string.h>

#include "lib.h"

enum { MLRTR_TICK = 1000 /* instructions between looks */ };

struct mlrt_runtime {
    mlrt *m;
    lua_State *L;
    mlrtL_state *S;
    lua_State *running; /* the coroutine that runs */
    struct mlrtR_block {
        const char *at;
        size_t size;
    } * stacks; /* blocks that may be a large stack (runtime_alloc.c) */
    size_t nstacks, stacks_room;
    mlrt_runtime_config config;
    atomic_int cancelled;
    bool busy; /* a call runs */
    int stop;  /* the status that stops it, 0: none */
    char stop_text[240];
    /* accounts of the call */
    uint64_t instructions;
    int64_t began, deadline; /* nanoseconds; no deadline: 0 */
    double flops_before;
    bool grad_mode;
    mlrt_runtime_usage usage; /* the totals are without the call that runs */
    /* the slice of a step */
    int64_t slice_end;   /* 0: there is none */
    bool preempting;     /* a coroutine was put aside by the hook */
    lua_State *task;     /* NULL: none */
    int task_ref, nargs; /* nargs: of its beginning */
    bool task_done;
    int nresults;
    /* places in the registry */
    int env, functions, names;
    int nfunctions;
    mlrt_tensor *waiting[MLRT_MAX_VALUES]; /* a host function's results */
    int closing;                           /* depth of coroutine.close */
    char errmsg[2048];
};

/* The runtime of a state that has one. */
static inline mlrt_runtime *mlrtR_of(lua_State *L) {
    mlrt_runtime *rt;
    memcpy(&rt, lua_getextraspace(L), sizeof rt);
    return rt;
}

/* ---- runtime.c -------------------------------------------------------- */

/* Counts `steps` of a C function's loop as instructions; raises when a limit
 * is reached. */
void mlrtR_charge(lua_State *L, uint64_t steps);
/* A standing count for loops: charges every 1024 steps. */
static inline void mlrtR_step(lua_State *L, uint32_t *count) {
    if ((++*count & 1023) == 0)
        mlrtR_charge(L, 1024);
}
/* Stops the call that runs: raises what no script can catch. */
int mlrtR_stop(lua_State *L, mlrt_runtime *rt, int status, const char *text);
/* L goes on after another coroutine ran, which may have been stopped. */
void mlrtR_continue(lua_State *L, mlrt_runtime *rt);
/* Opens the accounts of a call, or fails; closes them. */
int mlrtR_begin(mlrt_runtime *rt);
int mlrtR_finish(mlrt_runtime *rt, int lua_status);
/* Message handler: puts text and traceback into errmsg. */
int mlrtR_message(lua_State *L);
/* Notes why a call could not be made. */
int mlrtR_fail(mlrt_runtime *rt, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int64_t mlrtR_now(void);

/* ---- runtime_alloc.c -------------------------------------------------- */

/* The state's allocator; its ud is the runtime. */
void *mlrtR_alloc(void *rt, void *ptr, size_t osize, size_t nsize);
size_t mlrtR_stacks_bytes(const mlrt_runtime *rt);
/* At most so many values may a C function push at once. */
enum { MLRTR_PUSH = 16000 };

/* ---- runtime_call.c --------------------------------------------------- */

/* Pushes arguments; raises. */
void mlrtR_push(lua_State *L, mlrt_runtime *rt, const mlrt_value *v, int n);
/* The value at a position; false: it is of another kind. */
bool mlrtR_value(lua_State *L, mlrt_runtime *rt, int index, mlrt_value *v);
/* Pushes what "a.b.c" names in the globals; raises if it is no function. */
void mlrtR_function(lua_State *L, mlrt_runtime *rt, const char *name);

/* Releases results of a host function that no box could be made for. */
void mlrtR_drop_waiting(mlrt_runtime *rt);

/* ---- the sandbox ------------------------------------------------------ */

/* Fills the state's globals. */
void mlrtR_sandbox(lua_State *L, mlrt_runtime *rt);
/* New globals for a script: a table before the state's own. */
void mlrtR_newenv(lua_State *L);
extern const luaL_Reg mlrtR_coroutine_funcs[], mlrtR_string_funcs[];
extern const luaL_Reg mlrtR_table_funcs[], mlrtR_base_funcs[];
int mlrtR_print(lua_State *L);
/* Bounds what a function of the table on top, such as string.byte, pushes. */
void mlrtR_limit_push(lua_State *L, const char *name);

#endif
