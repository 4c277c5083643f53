/* mlrtlib.h: mlrt for programs that script, in two ways.
 *
 * A program with a lua_State of its own puts mlrt into it:
 *
 *   lua_State *L = luaL_newstate();
 *   luaL_openlibs(L);
 *   mlrt_openlibs(L, m);       // `require "mlrt"` works from now on
 *
 * A program that wants scripts under limits opens a runtime, which has a
 * context and a Lua state of its own, and never sees Lua:
 *
 *   mlrt_runtime_config config;
 *   mlrt_runtime_config_init(&config);
 *   config.max_bytes = 64 << 20;
 *   config.max_seconds = 0.5;
 *   mlrt_runtime *rt = mlrt_runtime_open(&config, NULL);
 *   if (mlrt_runtime_load(rt, "score.lua", text, strlen(text)) != 0)
 *       puts(mlrt_runtime_errmsg(rt));
 *   mlrt_value x = mlrt_value_tensor(t), y;
 *   if (mlrt_runtime_call(rt, "score", &x, 1, &y, 1) == 0)
 *       printf("%g\n", y.u.d);
 *   mlrt_runtime_close(rt);
 */
#ifndef MLRTLIB_H
#define MLRTLIB_H

#include <lua.h>

#include "mlrt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A state of the program's own -------------------------------------- */

/* Nothing becomes global.  A program that has no use for a context of its own
 * passes NULL.  Functions that take a lua_State may raise Lua errors, so call
 * them from C functions that Lua called, or under lua_pcall.
 *
 * What `require "mlrt"` calls: leaves the module on the stack.  Uses the
 * context that mlrt_openlibs gave to this state, or opens one. */
MLRT_API int luaopen_mlrt(lua_State *L);

/* Makes `require "mlrt"` and its submodules available in L, on context `m`,
 * which has to outlive the state.  m NULL: the state gets a context of its
 * own, with the defaults of mlrt_open, closed with the state.  A state keeps
 * its first context.  Returns 0 or a mlrt_status. */
MLRT_API int mlrt_openlibs(lua_State *L, mlrt *m);

/* What the `reclaim` of a context has to do when Lua values hold tensors: a
 * full collection in L, the coroutine that runs.  False, and nothing is done,
 * when there is not even the memory to call a finalizer. */
MLRT_API bool mlrt_lua_reclaim(lua_State *L);

/* The tensor at a stack position; raises if there is none.  Borrowed: it
 * lives as long as the Lua value does. */
MLRT_API mlrt_tensor *mlrt_checktensor(lua_State *L, int index);

/* Pushes a Lua value that holds a reference of its own to t; nil for NULL
 * and MLRT_NONE.  The state must have mlrt, on t's context. */
MLRT_API void mlrt_pushtensor(lua_State *L, mlrt_tensor *t);

/* ---- Runtimes: what holds for all of them -------------------------------

   Threads.   One thread uses a runtime, its context and its tensors at a
              time; different runtimes are independent.  Only
              mlrt_runtime_cancel may be called from anywhere.
   Failure.   Functions that return int return 0 (or what they say), or a
              negative mlrt_status; the text waits in mlrt_runtime_errmsg
              until the next failure.  No Lua error leaves a function of a
              runtime; nothing prints and nothing exits.
   Stopping.  A call that reaches a limit, or is cancelled, ends with
              MLRT_ELIMIT or MLRT_ECANCEL; the script cannot catch it.  The
              runtime can be called again at once: each call has the whole
              time, FLOPs and instructions.
   Memory.    A request for more than max_bytes is refused; the script may
              catch that, as any error, and go on with less.  A call that
              ends by it returns MLRT_ENOMEM.

   The sandbox.  Scripts see Lua's language, and of its library the base
   functions without dofile and loadfile, coroutine, math, string without
   dump, table and utf8; `load` of text; `require` of mlrt's own modules
   and of nothing else; `print` to the host's callback.  There is no io, os,
   debug or package.  setmetatable refuses __gc, collectgarbage knows "count"
   and "collect", xpcall calls its handler after unwinding and a C function
   in Lua's place of string.find, match, gmatch, gsub, rep and of table's
   functions counts its steps as instructions.  Every function of mlrt that
   takes a path reaches only buffers that the host mounted. */

typedef struct mlrt_runtime mlrt_runtime;

/* Set with mlrt_runtime_config_init, then change what you need.  Limits of 0
 * are none. */
typedef struct mlrt_runtime_config {
    size_t size;               /* set by init: sizeof the struct */
    const mlrt_config *core;   /* of its context: allocator, seed, isa, ...;
                                  may be NULL; not needed afterwards */
    size_t max_bytes;          /* Lua's heap and tensors together */
    double max_flops;          /* a call's floating-point operations: counted
                                  before a kernel runs, which is refused when
                                  it would need more than is left */
    double max_seconds;        /* a call's time by the clock */
    uint64_t max_instructions; /* a call's instructions of Lua's machine,
                                  counted by the thousand */
    int threads;               /* at most; 0: as core says */
    bool trusted;              /* the whole standard library and the disk,
                                  for scripts of the host's own */
    void (*print)(void *ud, const char *text, size_t len); /* a line of
                                  print's, without the newline; NULL: none
                                  is shown (trusted: standard output) */
    void *print_ud;                                        /* handed to print */
} mlrt_runtime_config;

MLRT_API void mlrt_runtime_config_init(mlrt_runtime_config *config);

/* Opens a runtime; `config` may be NULL.  NULL on failure, with the status
 * in *status if status is not NULL. */
MLRT_CHECK mlrt_runtime *mlrt_runtime_open(const mlrt_runtime_config *config,
                                           int *status);
/* Closes it and its context; tensors that the host still holds stay valid
 * until released, as mlrt_close says.  Not from within a host function. */
MLRT_API void mlrt_runtime_close(mlrt_runtime *rt);

/* Its context, borrowed: to make tensors for calls, to mount buffers
 * (mlrt_mount), to compute in between.  Outside calls nothing limits it but
 * max_bytes. */
MLRT_API mlrt *mlrt_runtime_context(mlrt_runtime *rt);

/* Text of the last failure, with a traceback where a script failed; "" when
 * there was none.  Valid until the next call. */
MLRT_API const char *mlrt_runtime_errmsg(const mlrt_runtime *rt);

/* ---- Values that cross ------------------------------------------------- */

typedef enum mlrt_value_kind {
    MLRT_VALUE_NIL,
    MLRT_VALUE_BOOL,
    MLRT_VALUE_INT,    /* Lua's integers */
    MLRT_VALUE_NUMBER, /* Lua's floats */
    MLRT_VALUE_STRING, /* u.s, of `len` bytes, zero-terminated */
    MLRT_VALUE_TENSOR
} mlrt_value_kind;

/* Arguments are borrowed.  Of results, a tensor is a new reference that the
 * receiver gives back with mlrt_release; a string stays valid until the next
 * call. */
typedef struct mlrt_value {
    mlrt_value_kind kind;
    size_t len; /* of a string */
    union {
        bool b;
        int64_t i;
        double d;
        const char *s;
        mlrt_tensor *t;
    } u;
} mlrt_value;

static inline mlrt_value mlrt_value_nil(void) {
    mlrt_value v = {MLRT_VALUE_NIL, 0, {0}};
    return v;
}
static inline mlrt_value mlrt_value_bool(bool b) {
    mlrt_value v = mlrt_value_nil();
    v.kind = MLRT_VALUE_BOOL;
    v.u.b = b;
    return v;
}
static inline mlrt_value mlrt_value_int(int64_t i) {
    mlrt_value v = mlrt_value_nil();
    v.kind = MLRT_VALUE_INT;
    v.u.i = i;
    return v;
}
static inline mlrt_value mlrt_value_number(double d) {
    mlrt_value v = mlrt_value_nil();
    v.kind = MLRT_VALUE_NUMBER;
    v.u.d = d;
    return v;
}
static inline mlrt_value mlrt_value_string(const char *s, size_t len) {
    mlrt_value v = mlrt_value_nil();
    v.kind = MLRT_VALUE_STRING;
    v.len = len;
    v.u.s = s;
    return v;
}
static inline mlrt_value mlrt_value_tensor(mlrt_tensor *t) {
    mlrt_value v = mlrt_value_nil();
    v.kind = MLRT_VALUE_TENSOR;
    v.u.t = t;
    return v;
}

/* ---- Scripts ------------------------------------------------------------ */

/* Compiles a text (never bytecode) and runs it in the runtime's globals.
 * `name` stands in messages.  When it does not compile nothing changes. */
MLRT_CHECK int mlrt_runtime_load(mlrt_runtime *rt, const char *name,
                                 const char *text, size_t len);
/* The same with a regular file of the host's. */
MLRT_CHECK int mlrt_runtime_load_file(mlrt_runtime *rt, const char *path);

/* Runs a text in new globals, which replace the old ones when it succeeds;
 * when it fails, the old ones stay and go on serving calls.  The script finds
 * the table of the old globals in `...`, to take from it what should live on:
 *     local old = ...
 *     net = old.net or build()
 * Functions found before mean the new globals' from now on. */
MLRT_CHECK int mlrt_runtime_reload(mlrt_runtime *rt, const char *name,
                                   const char *text, size_t len);
MLRT_CHECK int mlrt_runtime_reload_file(mlrt_runtime *rt, const char *path);

/* Calls the function that a global holds, or a table in it: "score",
 * "model.score".  nresults values are stored: nil where the function returns
 * fewer, and what it returns more is dropped.  A result that is none of the
 * kinds above fails with MLRT_EARG.  MLRT_EUSER: the script raised. */
MLRT_CHECK int mlrt_runtime_call(mlrt_runtime *rt, const char *function,
                                 const mlrt_value *args, int nargs,
                                 mlrt_value *results, int nresults);

/* Keeps a function, which mlrt_runtime_invoke calls without looking for it;
 * with the same name again the same number.  Once warm, such a call asks the
 * system for no memory.  Returns the function's number (from 0), or a
 * status. */
MLRT_CHECK int mlrt_runtime_find(mlrt_runtime *rt, const char *function);
MLRT_CHECK int mlrt_runtime_invoke(mlrt_runtime *rt, int function,
                                   const mlrt_value *args, int nargs,
                                   mlrt_value *results, int nresults);

/* ---- Tasks: a script in slices ------------------------------------------ */

/* Begins a task that calls the function, such as one that trains; nothing of
 * it runs yet.  A runtime has one task; a new one replaces the old. */
MLRT_CHECK int mlrt_runtime_start(mlrt_runtime *rt, const char *function,
                                  const mlrt_value *args, int nargs);
/* Lets the task run for about so many seconds: it is put aside when they are
 * over, wherever it is, and also when it calls coroutine.yield(); one
 * operation is not cut.  Returns 1 if there is more to do, 0 when the function
 * has returned, or how it failed.  The limits hold for each step. */
MLRT_CHECK int mlrt_runtime_step(mlrt_runtime *rt, double seconds);
/* What the finished task returned: result i, from 0; nil if there is none. */
MLRT_CHECK int mlrt_runtime_result(mlrt_runtime *rt, int i, mlrt_value *result);

/* ---- What the host gives ------------------------------------------------ */

/* A function of the host's.  It stores at most MLRT_MAX_VALUES results, and
 * returns how many, or a negative status after mlrt_runtime_fail.  Arguments
 * are borrowed until it returns; strings among the results are copied then,
 * tensors are new references that the runtime takes over.  It may use the
 * context, but not call scripts. */
#define MLRT_MAX_VALUES 16
typedef int mlrt_host_fn(void *ud, mlrt_runtime *rt, const mlrt_value *args,
                         int nargs, mlrt_value *results);
/* Makes it a function of the scripts: "log", or "game.log" in a table.  It is
 * there after a reload too.  Values of other kinds than those above are
 * refused, and more than MLRT_MAX_VALUES. */
MLRT_CHECK int mlrt_runtime_register(mlrt_runtime *rt, const char *name,
                                     mlrt_host_fn *fn, void *ud);
/* For host functions: notes a failure, which the script sees as an error;
 * returns `status`. */
MLRT_API int mlrt_runtime_fail(mlrt_runtime *rt, int status, const char *format,
                               ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* ---- Stopping, and accounts --------------------------------------------- */

/* Stops the call or step that runs, or the next one, with MLRT_ECANCEL.
 * Async-signal-safe; callable from any thread until the runtime closes. */
MLRT_API void mlrt_runtime_cancel(mlrt_runtime *rt);

typedef struct mlrt_runtime_usage {
    size_t bytes;          /* in use now: Lua's heap, tensors, the rest */
    double flops;          /* floating-point operations of the last call, */
    double seconds;        /* its time, */
    uint64_t instructions; /* and Lua's instructions, by the thousand */
    double total_flops;    /* the same since the runtime was opened */
    double total_seconds;
    uint64_t total_instructions;
    uint64_t calls; /* calls, loads and steps so far */
} mlrt_runtime_usage;
MLRT_API void mlrt_runtime_usage_of(const mlrt_runtime *rt,
                                    mlrt_runtime_usage *usage);

#ifdef __cplusplus
}
#endif
#endif
