/* lcheckpoint.c: checkpoint(f, ...), which trades time for memory.
 *
 * f runs at once, but the graph keeps nothing of what it made; a walk back
 * that gets there runs f again.  Tensors among the arguments are kept by the
 * core, other values and f itself in Lua's registry.
 */
#include "lib.h"

/* What the core hands back to us. */
typedef struct again {
    mlrtL_link *link;
    size_t bytes;
    int ref; /* registry: {f, arguments...}, false for a tensor */
    int nargs, nin;
    int position[]; /* of each tensor among the arguments, from 1 */
} again;

typedef struct box {
    mlrt_checkpoint *c;
} box;

typedef struct upcall {
    const again *k;
    mlrtL_state *S;
    mlrt_tensor *const *ins;
} upcall;

/* ---- Running f again -------------------------------------------------- */

static int run(lua_State *L) {
    const upcall *u = lua_touserdata(L, 1);
    const again *k = u->k;
    luaL_checkstack(L, k->nargs + 8, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, k->ref);
    for (int i = 0; i <= k->nargs; i++)
        lua_rawgeti(L, 2, i + 1);
    for (int i = 0; i < k->nin; i++) {
        mlrtL_pushborrowed(L, u->S, u->ins[i]);
        lua_replace(L, 3 + k->position[i]);
    }
    lua_call(L, k->nargs, 0);
    return 0;
}

static int call_again(void *ud, mlrt *m, mlrt_tensor *const *ins) {
    const again *k = ud;
    upcall u = {k, k->link->S, ins};
    return mlrtL_upcall(k->link, m, "checkpoint", run, &u);
}

static void drop(void *ud) {
    again *k = ud;
    mlrt *m = k->link->m;
    mlrtL_forget(k->link, k->ref);
    mlrt_lua_alloc(m, k, k->bytes, 0);
}

/* ---- Running f first -------------------------------------------------- */

/* {f, arguments...} of stack positions first.. into the registry. */
static int keep_call(lua_State *L, mlrtL_state *S, int first, int nargs) {
    lua_createtable(L, nargs + 1, 0);
    for (int i = 0; i <= nargs; i++) {
        if (mlrtL_boxat(L, S, first + i))
            lua_pushboolean(L, 0);
        else
            lua_pushvalue(L, first + i);
        lua_rawseti(L, -2, i + 1);
    }
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

static again *new_again(lua_State *L, mlrtL_state *S, int first, int nargs) {
    size_t bytes = mlrtL_room(sizeof(again), (size_t)nargs, sizeof(int));
    int ref = keep_call(L, S, first, nargs);
    again *k = mlrt_lua_alloc(S->m, NULL, 0, bytes);
    if (!k) {
        luaL_unref(L, LUA_REGISTRYINDEX, ref);
        luaL_error(L, "not enough memory");
        return NULL;
    }
    *k = (again){.link = S->link, .bytes = bytes, .ref = ref, .nargs = nargs};
    S->link->refs++;
    return k;
}

/* f lies at `first`, its arguments behind it. */
static void begin(lua_State *L, mlrtL_state *S, box *b, int first, int nargs) {
    mlrt_tensor **ins = mlrtL_array(L, (size_t)nargs + 1, sizeof *ins);
    for (int i = 1; i <= nargs; i++)
        mlrtL_tensor(L, S, first + i); /* raises if one was freed */
    again *k = new_again(L, S, first, nargs);
    for (int i = 1; i <= nargs; i++) {
        mlrtL_box *x = mlrtL_boxat(L, S, first + i);
        if (!x)
            continue;
        ins[k->nin] = x->t;
        k->position[k->nin++] = i;
    }
    b->c = mlrt_checkpoint_begin(S->m, ins, k->nin, call_again, drop, k);
    if (!b->c)
        mlrtL_raise(L, S);
    lua_pop(L, 1);
}

/* checkpoint(f, ...) -> what f(...) returns. */
static int checkpoint(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    int n = lua_gettop(L);
    if (!lua_isfunction(L, 1) &&
        (n == 0 || luaL_getmetafield(L, 1, "__call") == LUA_TNIL))
        mlrtL_wrong(L, "checkpoint", "f", "function or module", 1);
    lua_settop(L, n);
    luaL_checkstack(L, n + 8, "too many arguments");
    box *b = mlrtL_new(L, S, MLRTL_CHECKPOINT, sizeof *b);
    lua_insert(L, 1);
    lua_toclose(L, 1);
    if (mlrt_grad_mode(m))
        begin(L, S, b, 2, n - 1);
    lua_call(L, n - 1, LUA_MULTRET);
    return lua_gettop(L) - 1;
}

static int end(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_CHECKPOINT);
    mlrt_checkpoint *c = b ? b->c : NULL;
    if (b)
        b->c = NULL;
    mlrt_checkpoint_end(c);
    return 0;
}

const luaL_Reg mlrtL_checkpoint_funcs[] = {{"checkpoint", checkpoint},
                                           {NULL, NULL}};

void mlrtL_open_checkpoint(lua_State *L, mlrtL_state *S) {
    mlrtL_newtype(L, S, MLRTL_CHECKPOINT, "mlrt.Checkpoint", end);
    lua_pop(L, 1);
}
