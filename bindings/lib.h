/* lib.h: what the files of the Lua binding share.
 *
 * Every C function here does five steps in this order: check the arguments,
 * push empty boxes, call the core, raise its failure, charge the collector
 * for the bytes (operations charge first, see lop.c).  So a Lua error, which
 * jumps out of C, finds nothing in C that would leak: whatever is owned is in a
 * box that Lua collects.
 *
 * Functions and metamethods are closures whose first upvalue is the binding's
 * state (operations: a mlrtL_op).  Names that cross files begin with mlrtL_.
 */
#ifndef MLRTL_LIB_H
#define MLRTL_LIB_H

#include <lauxlib.h>
#include <lua.h>

#include "mlrt.h"
#include "mlrtlib.h"

#if LUA_VERSION_NUM != 504
#error "mlrt needs Lua 5.4"
#endif

/* The kinds of values that we give to Lua, each with a metatable. */
enum {
    MLRTL_TENSOR,
    MLRTL_SHAPE,
    MLRTL_GENERATOR,
    MLRTL_OPTIMIZER,
    MLRTL_GUARD,      /* puts the grad mode back when closed */
    MLRTL_ANOMALY,    /* the same for detect_anomaly */
    MLRTL_CHECKPOINT, /* ends one when closed */
    MLRTL_HOOK,       /* a function of a gradient */
    MLRTL_LIST,       /* tensors on their way into boxes */
    MLRTL_BUNDLE,     /* a file being read or written */
    MLRTL_PROFILE,
    MLRTL_POOL, /* of workers */
    MLRTL_REPLAY,
    MLRTL_ENV,
    MLRTL_TABLE, /* being read */
    MLRTL_TABULAR,
    MLRTL_NTYPES
};

/* Operations that the binding itself calls. */
enum {
    MLRTL_SELECT,
    MLRTL_SLICE,
    MLRTL_SLICE_ASSIGN,
    MLRTL_INDEX_SELECT,
    MLRTL_INDEX_ASSIGN,
    MLRTL_MASKED_SELECT,
    MLRTL_MASKED_ASSIGN,
    MLRTL_RESHAPE,
    MLRTL_TO,
    MLRTL_NOPS
};

/* What outlives the Lua state, because nodes of a graph point to it. */
typedef struct mlrtL_link {
    mlrt *m;
    struct mlrtL_state *S; /* NULL once the Lua state closes */
    int refs;
} mlrtL_link;

/* One per Lua state; a userdata in the registry. */
typedef struct mlrtL_state {
    mlrt *m;    /* NULL once the Lua state closes */
    bool owned; /* we opened it */
    lua_State *main;
    lua_State *running; /* the coroutine that entered the core last */
    mlrt_runtime *rt;   /* whose state it is; NULL: a host's own */
    bool inside;        /* an operation runs: nothing may be freed */
    bool pending;       /* a user's error object waits (lcustom.c) */
    bool anomaly;       /* detect_anomaly was switched on here */
    mlrtL_link *link;
    const void *meta[MLRTL_NTYPES]; /* identities of the metatables */
    int meta_ref[MLRTL_NTYPES];     /* their places in the registry */
    int op[MLRTL_NOPS];             /* ids */
    struct mlrtL_op *ops;           /* see lop.c */
    /* Bytes that the collector has not been told of (lmemory.c). */
    bool collecting;
    uint64_t charged;   /* of the context's total */
    size_t handles;     /* bytes of new handles */
    size_t batch;       /* tell at this many */
    size_t ceiling;     /* collect fully when more is live */
    int steps;          /* since the ceiling was looked at, */
    size_t most;        /* and the most that was live since */
    uint64_t collected; /* total at the last full collection */
} mlrtL_state;

/* The state of a closure made by mlrtL_setfuncs. */
#define mlrtL_self(L) ((mlrtL_state *)lua_touserdata((L), lua_upvalueindex(1)))

/* ---- lmlrt.c ---------------------------------------------------------- */

/* The state's context; raises once the state is being closed. */
mlrt *mlrtL_context(lua_State *L, mlrtL_state *S);
/* luaL_setfuncs with the state as upvalue. */
void mlrtL_setfuncs(lua_State *L, mlrtL_state *S, const luaL_Reg *l);
/* Pushes a new metatable of a kind, with __gc and __close (may be NULL). */
void mlrtL_newtype(lua_State *L, mlrtL_state *S, int kind, const char *name,
                   lua_CFunction gc);
void mlrtL_unlink(mlrtL_link *link); /* one reference less */
/* A zeroed userdata of a kind. */
void *mlrtL_new(lua_State *L, mlrtL_state *S, int kind, size_t size);
/* Bytes of a head and n elements; more than Lua grants when that is too
 * much. */
static inline size_t mlrtL_room(size_t head, size_t n, size_t element) {
    size_t bytes;
    bool fits = !__builtin_mul_overflow(n, element, &bytes) &&
                !__builtin_add_overflow(bytes, head, &bytes);
    return fits && bytes < SIZE_MAX / 4 ? bytes : SIZE_MAX / 4;
}
/* Pushes room for n elements, which Lua frees. */
static inline void *mlrtL_array(lua_State *L, size_t n, size_t element) {
    return lua_newuserdatauv(L, mlrtL_room(0, n, element), 0);
}
/* The userdata of a kind at a position, or NULL. */
void *mlrtL_test(lua_State *L, const mlrtL_state *S, int index, int kind);

/* Frees what dead Lua values hold; false when that is not possible now. */
bool mlrtL_reclaim(mlrtL_state *S);
/* Makes the state of L a runtime's. */
void mlrtL_attach(lua_State *L, mlrt_runtime *rt, mlrtL_state **S);

/* ---- runtime.c: what the binding tells a runtime ---------------------- */

/* An operation has ended. */
void mlrtR_leave(mlrt_runtime *rt, lua_State *L);
/* The core refused to go on: stops the script, which cannot catch it. */
int mlrtR_refused(lua_State *L, mlrt_runtime *rt);
/* Counts steps of a loop over a script's data. */
void mlrtR_charge(lua_State *L, uint64_t steps);
static inline void mlrtL_step(lua_State *L, const mlrtL_state *S,
                              int64_t count) {
    if (S->rt && (count & 1023) == 1023)
        mlrtR_charge(L, 1024);
}

/* ---- lerror.c --------------------------------------------------------- */

/* Raises a message at the line of the script: the innermost frame outside
 * mlrt's own Lua files. */
int mlrtL_error(lua_State *L, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Raises the core's last failure. */
int mlrtL_raise(lua_State *L, mlrtL_state *S);
/* Returns nil and the message: for failures of files. */
int mlrtL_nil(lua_State *L, mlrtL_state *S);
/* "FUNCTION: argument 'NAME': WANTED expected, got ..." */
int mlrtL_wrong(lua_State *L, const char *function, const char *name,
                const char *wanted, int index);
/* How the value at a position is called in messages. */
const char *mlrtL_got(lua_State *L, int index, char *text, size_t size);
/* Which of n names is nearest to `word`, NULL if none is near. */
const char *mlrtL_nearest(const char *word, const char *const *names, int n);
/* Pushes where the script is, "train.lua:12: net.3 Linear(4 -> 2)". */
void mlrtL_pushwhere(lua_State *L);
/* Checks the keys of the options at a position (a table or nothing) against
 * a NULL-terminated list; true if there is a table. */
bool mlrtL_options(lua_State *L, const char *function, int index,
                   const char *const *names);
/* Pushes option `name`; its type. */
int mlrtL_option(lua_State *L, int index, const char *name);
/* The same as a boolean, false when absent. */
bool mlrtL_flag(lua_State *L, const char *function, int index,
                const char *name);
extern const luaL_Reg mlrtL_error_funcs[];

/* ---- ltensor.c -------------------------------------------------------- */

typedef struct mlrtL_box {
    mlrt_tensor *t;         /* NULL: empty, or freed */
    const mlrtL_state *own; /* the state that made it: its mark */
} mlrtL_box;

/* The box at a position, or NULL.  Looking at the size and at the mark costs
 * a third of looking at the metatable, and a tensor is asked for often. */
static inline mlrtL_box *mlrtL_boxat(lua_State *L, const mlrtL_state *S,
                                     int index) {
    mlrtL_box *box = lua_touserdata(L, index);
    return box && lua_rawlen(L, index) == sizeof *box && box->own == S ? box
                                                                       : NULL;
}

mlrtL_box *mlrtL_newbox(lua_State *L, mlrtL_state *S);
/* Fills a box with a new reference, or raises the core's failure if t is
 * NULL; charges the collector. */
void mlrtL_fill(lua_State *L, mlrtL_state *S, mlrtL_box *box, mlrt_tensor *t);
/* A new tensor with the same elements; NULL on failure. */
mlrt_tensor *mlrtL_copy(mlrtL_state *S, mlrt_tensor *t);
/* Tensor at a position, NULL if there is something else; raises if it was
 * freed. */
mlrt_tensor *mlrtL_tensor(lua_State *L, const mlrtL_state *S, int index);
/* The same, but something else raises. */
mlrt_tensor *mlrtL_checktensor(lua_State *L, const mlrtL_state *S, int index,
                               const char *function, const char *name);
/* A shape table. */
void mlrtL_pushshape(lua_State *L, mlrtL_state *S, const mlrt_tensor *t);
/* "(2, 3)" into text. */
const char *mlrtL_shapetext(const mlrt_tensor *t, char text[200]);
/* One element at p as a Lua value. */
void mlrtL_pushelement(lua_State *L, mlrt_dtype dtype, const void *p);
/* A dtype's name at a position; raises with the list of names. */
mlrt_dtype mlrtL_checkdtype(lua_State *L, int index, const char *function);
extern const luaL_Reg mlrtL_tensor_funcs[]; /* of the module */
void mlrtL_open_tensor(lua_State *L, mlrtL_state *S);

/* Calls into the core stand between these, so that memory can be reclaimed
 * by the coroutine that runs. */
static inline void mlrtL_enter(lua_State *L, mlrtL_state *S) {
    S->running = L;
    S->inside = true;
}
static inline void mlrtL_leave(mlrtL_state *S) {
    if (S->rt)
        mlrtR_leave(S->rt, S->running);
    S->running = S->main;
    S->inside = false;
}

/* ---- ltable.c --------------------------------------------------------- */

/* Pushes a tensor made of the number, boolean or nested table at a position.
 * MLRT_DTYPE_NONE: f32, or bool for booleans. */
mlrt_tensor *mlrtL_fromtable(lua_State *L, mlrtL_state *S, int index,
                             const char *function, mlrt_dtype dtype);
/* A list of sizes at a position; how many there are. */
int mlrtL_checkshape(lua_State *L, const char *function, int index,
                     int64_t shape[MLRT_MAX_DIMS]);
extern const luaL_Reg mlrtL_table_funcs[];   /* of the module */
extern const luaL_Reg mlrtL_table_methods[]; /* of tensors */

/* ---- lindex.c --------------------------------------------------------- */

/* t[key], t[key] = value with the key at stack position 2, value at 3. */
int mlrtL_index(lua_State *L, mlrtL_state *S, mlrt_tensor *t);
int mlrtL_newindex(lua_State *L, mlrtL_state *S, mlrt_tensor *t);
/* t(i, j, ...) */
int mlrtL_call(lua_State *L);
/* Copies the element of x at these positions (from 0) to value. */
void mlrtL_readat(lua_State *L, mlrtL_state *S, mlrt_tensor *x,
                  const int64_t *at, void *value);

/* ---- lprint.c --------------------------------------------------------- */

int mlrtL_tostring(lua_State *L);
int mlrtL_concat(lua_State *L);

/* ---- lop.c ------------------------------------------------------------ */

/* Adds every operation to the module and to the tensors' methods. */
void mlrtL_open_ops(lua_State *L, mlrtL_state *S, int module, int methods,
                    int metatable);
extern const luaL_Reg mlrtL_op_funcs[];

/* ---- the others ------------------------------------------------------- */

extern const luaL_Reg mlrtL_grad_funcs[], mlrtL_grad_methods[];
extern const luaL_Reg mlrtL_custom_funcs[], mlrtL_random_funcs[];
extern const luaL_Reg mlrtL_optim_funcs[], mlrtL_system_funcs[];
extern const luaL_Reg mlrtL_io_funcs[], mlrtL_fs_funcs[]; /* of io and fs */
extern const luaL_Reg mlrtL_frame_funcs[], mlrtL_rows_funcs[]; /* of _frame */
extern const luaL_Reg mlrtL_memory_funcs[], mlrtL_profile_funcs[];
extern const luaL_Reg mlrtL_worker_funcs[];
extern const luaL_Reg mlrtL_replay_funcs[];
extern const luaL_Reg mlrtL_env_funcs[], mlrtL_tabular_funcs[]; /* _rl */
void mlrtL_open_env(lua_State *L, mlrtL_state *S);
void mlrtL_open_tabular(lua_State *L, mlrtL_state *S);
void mlrtL_open_grad(lua_State *L, mlrtL_state *S);
int mlrtL_no_grad(lua_State *L);
void mlrtL_open_custom(lua_State *L, mlrtL_state *S);
/* Pushes the error object that a user's function raised during a walk and
 * that nobody has seen yet; false if there is none. */
bool mlrtL_takeerror(lua_State *L, mlrtL_state *S);
/* For functions of Lua that the core calls: calls f(arg) protected, and takes
 * the error on top to whoever started the walk. */
int mlrtL_protect(lua_State *L, lua_CFunction f, const void *arg);
/* The same from inside a walk, by S->running: 0, or a status whose text names
 * `what`; the error object waits for whoever started the walk. */
int mlrtL_upcall(mlrtL_link *link, mlrt *m, const char *what, lua_CFunction f,
                 const void *arg);
/* The function kept in the registry is not needed any more. */
void mlrtL_forget(mlrtL_link *link, int ref);
/* Pushes a box with a reference of its own to t. */
void mlrtL_pushborrowed(lua_State *L, mlrtL_state *S, mlrt_tensor *t);
extern const luaL_Reg mlrtL_hook_methods[], mlrtL_checkpoint_funcs[];
extern const luaL_Reg mlrtL_anomaly_funcs[];
void mlrtL_open_hook(lua_State *L, mlrtL_state *S);
void mlrtL_open_checkpoint(lua_State *L, mlrtL_state *S);
void mlrtL_open_anomaly(lua_State *L, mlrtL_state *S);
void mlrtL_open_random(lua_State *L, mlrtL_state *S);
void mlrtL_open_optim(lua_State *L, mlrtL_state *S);
void mlrtL_open_io(lua_State *L, mlrtL_state *S);
void mlrtL_open_frame(lua_State *L, mlrtL_state *S);
void mlrtL_open_profile(lua_State *L, mlrtL_state *S);
void mlrtL_open_worker(lua_State *L, mlrtL_state *S);
void mlrtL_open_replay(lua_State *L, mlrtL_state *S);
/* Sorts the list of strings on the top of the stack (lfs.c). */
void mlrtL_sortstrings(lua_State *L);
/* A list of tensors on its way into boxes, whose memory is the context's.
 * pushlist empties it into a table; NULL becomes nil. */
typedef struct mlrtL_list {
    mlrt *m;
    size_t room;     /* of t, elements */
    int n;           /* tensors in t that are ours */
    mlrt_tensor **t; /* in the context's memory */
} mlrtL_list;
mlrtL_list *mlrtL_newlist(lua_State *L, mlrtL_state *S, size_t room);
void mlrtL_pushlist(lua_State *L, mlrtL_state *S, mlrtL_list *list);
/* Tensors of the table (or the tensor) at a position, borrowed, into a block
 * that is pushed; their number in *n. */
mlrt_tensor **mlrtL_tensors(lua_State *L, mlrtL_state *S, int index,
                            const char *function, const char *name, int *n);
/* The generator at a position, or NULL. */
mlrt_generator *mlrtL_generator(lua_State *L, const mlrtL_state *S, int index);

/* Tells the collector of what was allocated since the last time. */
void mlrtL_charge(lua_State *L, mlrtL_state *S);
void mlrtL_open_memory(mlrtL_state *S);

#endif
