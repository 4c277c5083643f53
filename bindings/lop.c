/* lop.c: operations as Lua functions.
 *
 * All operations share one C function: its upvalue says which one it is.  The
 * same closure serves as function (m.sum(x)), as method (x:sum()) and, where
 * Lua has an operator for it, as metamethod.
 */
#include "largs.h"

#include <string.h>

enum { MAX_OUTS = 8 };

/* ---- Lists of tensors on their way into boxes ------------------------- */

static size_t list_bytes(const mlrtL_list *list) {
    return list->room * sizeof *list->t;
}

static void empty_list(mlrtL_list *list) {
    while (list->n > 0)
        mlrt_release(list->t[--list->n]);
    if (list->t)
        mlrt_lua_alloc(list->m, list->t, list_bytes(list), 0);
    list->t = NULL;
}

static int free_list(lua_State *L) {
    mlrtL_list *list = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_LIST);
    if (list)
        empty_list(list);
    return 0;
}

mlrtL_list *mlrtL_newlist(lua_State *L, mlrtL_state *S, size_t room) {
    mlrtL_list *list = mlrtL_new(L, S, MLRTL_LIST, sizeof *list);
    list->m = mlrtL_context(L, S);
    list->room = room ? room : 1;
    list->t = mlrt_lua_alloc(S->m, NULL, 0, list_bytes(list));
    if (!list->t)
        luaL_error(L, "not enough memory");
    return list;
}

void mlrtL_pushlist(lua_State *L, mlrtL_state *S, mlrtL_list *list) {
    int n = list->n;
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        if (!list->t[i])
            continue;
        mlrtL_box *box = mlrtL_newbox(L, S);
        box->t = list->t[i];
        list->t[i] = NULL; /* releasing it later does nothing */
        lua_rawseti(L, -2, i + 1);
    }
    empty_list(list);
    mlrtL_charge(L, S);
}

mlrt_tensor **mlrtL_tensors(lua_State *L, mlrtL_state *S, int index,
                            const char *function, const char *name, int *n) {
    mlrt_tensor *one = mlrtL_tensor(L, S, index);
    if (!one && !lua_istable(L, index))
        mlrtL_wrong(L, function, name, "tensor or list of tensors", index);
    size_t len = one ? 1 : lua_rawlen(L, index);
    if (len > 1 << 24)
        mlrtL_wrong(L, function, name, "shorter list", index);
    mlrt_tensor **ts = mlrtL_array(L, len + 1, sizeof *ts);
    *n = (int)len;
    ts[0] = one;
    for (int i = 0; i < *n && !one; i++) {
        lua_rawgeti(L, index, i + 1);
        ts[i] = mlrtL_checktensor(L, S, lua_gettop(L), function, name);
        lua_pop(L, 1);
    }
    return ts;
}

/* ---- Calling ---------------------------------------------------------- */

static int call_core(mlrtL_args *a, mlrt_tensor **outs, int max) {
    mlrtL_enter(a->L, a->S);
    int n = mlrt_op_call(a->S->m, a->op->id, a->arg, a->op->in_place, outs,
                         max);
    mlrtL_leave(a->S);
    if (n < 0)
        mlrtL_raise(a->L, a->S);
    for (int i = 0; i < n; i++)
        mlrt_scope_keep(a->S->m, outs[i]);
    return n;
}

/* The result of writing in place is the box of the target. */
static int call_inplace(mlrtL_args *a) {
    mlrt_tensor *out;
    call_core(a, &out, 1);
    mlrt_release(out); /* the box has its own reference */
    mlrtL_box *box = mlrtL_boxat(a->L, a->S, 1);
    if (box && box->t == out) {
        lua_pushvalue(a->L, 1);
        return 1;
    }
    mlrt_pushtensor(a->L, a->arg[0].u.t);
    return 1;
}

static void track(mlrtL_args *a, mlrt_tensor *t) {
    if (mlrt_set_requires_grad(t, true) != 0)
        mlrtL_raise(a->L, a->S);
}

static int call_plain(mlrtL_args *a, int nouts) {
    mlrt_tensor *out[MAX_OUTS];
    mlrtL_box *box[MAX_OUTS];
    if (nouts > 2) /* fewer have room in any stack */
        luaL_checkstack(a->L, nouts + 4, NULL);
    for (int i = 0; i < nouts; i++)
        box[i] = mlrtL_newbox(a->L, a->S);
    int n = call_core(a, out, nouts);
    for (int i = 0; i < n; i++)
        box[i]->t = out[i];
    if (n < nouts) /* max(x) has no positions */
        lua_pop(a->L, nouts - n);
    if (a->requires_grad)
        track(a, out[0]);
    return n;
}

/* No operation returns more tensors than it was given, or than a dimension
 * has positions. */
static size_t most_outs(const mlrtL_args *a) {
    size_t most = 16;
    for (int i = 0; i < a->op->info->nargs; i++) {
        const mlrt_arg *arg = &a->arg[i];
        if (arg->kind == MLRT_VAL_TENSORS || arg->kind == MLRT_VAL_INTS)
            most = (size_t)arg->n > most ? (size_t)arg->n : most;
        for (int d = 0; arg->kind == MLRT_VAL_TENSOR && arg->u.t &&
                        d < mlrt_ndim(arg->u.t);
             d++) {
            size_t size = (size_t)mlrt_shape(arg->u.t)[d];
            most = size > most ? size : most;
        }
    }
    return most < 1 << 20 ? most : 1 << 20;
}

/* Operations that return a list give one table. */
static int call_list(mlrtL_args *a) {
    mlrtL_list *list = mlrtL_newlist(a->L, a->S, most_outs(a));
    list->n = call_core(a, list->t, (int)list->room);
    mlrtL_pushlist(a->L, a->S, list);
    return 1;
}

/* The collector is told of the past before there is a new box: a box that
 * has seen two collections while it was in use is old to the generational
 * mode, which then keeps it until the next full one.  And nothing has been
 * read yet that a finalizer could free. */
static int call(lua_State *L, const mlrtL_op *op) {
    mlrtL_args a;
    mlrtL_context(L, op->S);
    mlrtL_charge(L, op->S);
    mlrtL_context(L, op->S); /* a finalizer may have closed it */
    mlrtL_read_args(L, op, &a);
    if (op->in_place)
        return call_inplace(&a);
    return op->info->nouts < 0 ? call_list(&a)
                               : call_plain(&a, op->info->nouts);
}

static int call_op(lua_State *L) {
    return call(L, lua_touserdata(L, lua_upvalueindex(1)));
}

/* Lua hands the operand of a unary operator over twice. */
static int call_unary(lua_State *L) {
    lua_settop(L, 1);
    return call_op(L);
}

/* ---- Opening ---------------------------------------------------------- */

static bool is_number(mlrt_arg_type type) {
    return type == MLRT_ARG_INT || type == MLRT_ARG_POS ||
           type == MLRT_ARG_DIM || type == MLRT_ARG_NUMBER ||
           type == MLRT_ARG_SCALAR || type == MLRT_ARG_OPERAND;
}

static bool is_list(mlrt_arg_type type) {
    return type == MLRT_ARG_INTS || type == MLRT_ARG_DIMS ||
           type == MLRT_ARG_SHAPE;
}

static bool holds_tensor(mlrt_arg_type type) {
    return type <= MLRT_ARG_TENSORS;
}

/* zeros, zeros_like: of no tensors, or of one for its shape and dtype. */
static bool makes_leaf(const mlrt_op_info *info) {
    bool tensors = false, dtype = false;
    for (int i = 0; i < info->nargs; i++) {
        tensors = tensors || holds_tensor(info->spec[i].type);
        dtype = dtype || info->spec[i].type == MLRT_ARG_DTYPE;
    }
    return !tensors || (dtype && !info->differentiable);
}

static bool leads(const mlrt_op_info *info, int i) {
    return info->spec[i].type <= MLRT_ARG_OPERAND && !info->spec[i].optional;
}

/* What there is to know of the arguments, once.  A run of integers may fill
 * a list unless an optional number follows, to which the last could belong; a
 * run of tensors may always. */
static void prepare(mlrtL_op *op) {
    bool number_follows = false;
    int needed = 0;
    op->makes = makes_leaf(op->info);
    while (op->leading < op->info->nargs && leads(op->info, op->leading))
        op->leading++;
    for (int i = op->info->nargs - 1; i >= 0; i--) {
        const mlrt_arg_spec *s = &op->info->spec[i];
        op->needed[i] = (uint8_t)needed;
        if (s->type == MLRT_ARG_TENSORS ||
            (is_list(s->type) && !number_follows))
            op->runs |= 1u << i;
        number_follows = number_follows ||
                         (s->optional &&
                          (is_number(s->type) || is_list(s->type)));
        needed += !s->optional;
    }
}

static mlrtL_op *set_op(mlrtL_state *S, mlrtL_op *op, int id, bool in_place) {
    *op = (mlrtL_op){.S = S,
                     .info = mlrt_op_info_at(S->m, id),
                     .id = id,
                     .in_place = in_place};
    prepare(op);
    return op;
}

static void push_op(lua_State *L, mlrtL_op *op, lua_CFunction f) {
    lua_pushlightuserdata(L, op);
    lua_pushcclosure(L, f, 1);
}

/* Rows that begin with `_` are for the library's own use: no methods. */
static bool is_method(const mlrt_op_info *info) {
    return info->nargs > 0 && info->name[0] != '_' &&
           info->spec[0].type <= MLRT_ARG_MASK;
}

static void add(lua_State *L, mlrtL_op *op, const char *name, int module,
                int methods) {
    push_op(L, op, call_op);
    if (is_method(op->info)) {
        lua_pushvalue(L, -1);
        lua_setfield(L, methods, name);
    }
    lua_setfield(L, module, name);
}

static void add_both(lua_State *L, mlrtL_state *S, mlrtL_op *op, int id,
                     int module, int methods) {
    const mlrt_op_info *info = mlrt_op_info_at(S->m, id);
    add(L, set_op(S, op, id, info->kind == MLRT_INPLACE), info->name, module,
        methods);
    if (!info->inplace)
        return;
    const char *name = lua_pushfstring(L, "%s_", info->name);
    add(L, set_op(S, op + 1, id, true), name, module, methods);
    lua_pop(L, 1);
}

static const struct {
    const char *event, *op;
    bool unary;
} operators[] = {
    {"__add", "add", false},           {"__sub", "sub", false},
    {"__mul", "mul", false},           {"__div", "div", false},
    {"__idiv", "floor_divide", false}, {"__mod", "remainder", false},
    {"__pow", "pow", false},           {"__unm", "neg", true},
    {"__band", "bitwise_and", false},  {"__bor", "bitwise_or", false},
    {"__bxor", "bitwise_xor", false},  {"__bnot", "bitwise_not", true},
};

static void add_operators(lua_State *L, mlrtL_state *S, int metatable) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        int id = mlrt_op_find(S->m, operators[i].op);
        if (id < 0)
            continue;
        push_op(L, &S->ops[2 * id], operators[i].unary ? call_unary : call_op);
        lua_setfield(L, metatable, operators[i].event);
    }
}

static void find_own(mlrtL_state *S) {
    static const char *const names[MLRTL_NOPS] = {
        [MLRTL_SELECT] = "select",
        [MLRTL_SLICE] = "slice",
        [MLRTL_SLICE_ASSIGN] = "slice_assign_",
        [MLRTL_INDEX_SELECT] = "index_select",
        [MLRTL_INDEX_ASSIGN] = "index_assign_",
        [MLRTL_MASKED_SELECT] = "masked_select",
        [MLRTL_MASKED_ASSIGN] = "masked_assign_",
        [MLRTL_RESHAPE] = "reshape",
        [MLRTL_TO] = "to"};
    for (int i = 0; i < MLRTL_NOPS; i++)
        S->op[i] = mlrt_op_find(S->m, names[i]);
}

/* The table of operations is a userdata that the registry keeps. */
void mlrtL_open_ops(lua_State *L, mlrtL_state *S, int module, int methods,
                    int metatable) {
    int n = mlrt_op_count(S->m);
    mlrtL_newtype(L, S, MLRTL_LIST, "mlrt.List", free_list);
    S->ops = mlrtL_array(L, (size_t)n, 2 * sizeof *S->ops);
    luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pop(L, 1);
    for (int id = 0; id < n; id++)
        add_both(L, S, &S->ops[2 * id], id, module, methods);
    add_operators(L, S, metatable);
    find_own(S);
}

/* ---- ops(): the rows as tables ---------------------------------------- */

static void set_string(lua_State *L, const char *name, const char *text) {
    lua_pushstring(L, text ? text : "");
    lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, bool flag) {
    lua_pushboolean(L, flag);
    lua_setfield(L, -2, name);
}

static void push_row(lua_State *L, const mlrt_op_info *info) {
    static const char *const kinds[] = {"pure", "view", "inplace"};
    lua_createtable(L, 0, 10);
    set_string(L, "name", info->name);
    set_string(L, "args", info->args);
    set_string(L, "outs", info->outs);
    set_string(L, "doc", info->doc);
    set_string(L, "family", info->family);
    set_string(L, "kind", kinds[info->kind]);
    set_flag(L, "inplace", info->inplace);
    set_flag(L, "differentiable", info->differentiable);
    set_flag(L, "method", is_method(info));
    lua_newtable(L);
    for (int i = 0; info->samples && info->samples[i]; i++) {
        lua_pushstring(L, info->samples[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "samples");
}

/* ops() -> every operation as a table: name, args, outs, doc, family, kind,
 * inplace, differentiable, method, samples. */
static int ops(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    int n = mlrt_op_count(m);
    lua_createtable(L, n, 0);
    for (int id = 0; id < n; id++) {
        push_row(L, mlrt_op_info_at(m, id));
        lua_rawseti(L, -2, id + 1);
    }
    return 1;
}

const luaL_Reg mlrtL_op_funcs[] = {{"ops", ops}, {NULL, NULL}};
