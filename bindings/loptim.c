/* loptim.c: the core's optimizers.
 *
 *   local o = core.optimizer("adam", params, {lr = 1e-3})
 *   o:step()  o:zero_grad()  o.lr = 1e-4  o:state()  o:load_state(s)
 *
 * Options are fields that may be read and written at any time.
 */
#include "lib.h"

#include <stddef.h>
#include <string.h>

typedef struct box {
    mlrt_optim *o;
} box;

/* Options by name. */
static const struct option {
    const char *name;
    size_t offset;
    bool boolean;
} options[] = {
    {"lr", offsetof(mlrt_optim_options, lr), false},
    {"momentum", offsetof(mlrt_optim_options, momentum), false},
    {"dampening", offsetof(mlrt_optim_options, dampening), false},
    {"weight_decay", offsetof(mlrt_optim_options, weight_decay), false},
    {"beta1", offsetof(mlrt_optim_options, beta1), false},
    {"beta2", offsetof(mlrt_optim_options, beta2), false},
    {"eps", offsetof(mlrt_optim_options, eps), false},
    {"nesterov", offsetof(mlrt_optim_options, nesterov), true},
    {"alpha", offsetof(mlrt_optim_options, alpha), false},
    {"lr_decay", offsetof(mlrt_optim_options, lr_decay), false},
    {"initial_accumulator_value",
     offsetof(mlrt_optim_options, initial_accumulator_value), false},
    {"centered", offsetof(mlrt_optim_options, centered), true},
    {"amsgrad", offsetof(mlrt_optim_options, amsgrad), true},
    {"maximize", offsetof(mlrt_optim_options, maximize), true},
};
enum { NOPTIONS = sizeof options / sizeof *options };

static mlrt_optim *self(lua_State *L, const char *method) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_context(L, S);
    box *b = mlrtL_test(L, S, 1, MLRTL_OPTIMIZER);
    if (!b || !b->o)
        mlrtL_wrong(L, method, "self", "optimizer", 1);
    return b->o;
}

static int collect(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_OPTIMIZER);
    if (b && b->o)
        mlrt_optim_free(b->o);
    if (b)
        b->o = NULL;
    return 0;
}

/* ---- Options ---------------------------------------------------------- */

static const struct option *find_option(const char *name) {
    for (int i = 0; name && i < NOPTIONS; i++)
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

static int unknown_option(lua_State *L, const char *name) {
    const char *names[NOPTIONS];
    for (int i = 0; i < NOPTIONS; i++)
        names[i] = options[i].name;
    const char *near = mlrtL_nearest(name, names, NOPTIONS);
    return mlrtL_error(L, "optimizer: unknown option '%.60s'%s%s%s", name,
                       near ? "; did you mean '" : "", near ? near : "",
                       near ? "'?" : "");
}

/* The value at a stack position becomes option `name`. */
static void set_option(lua_State *L, mlrt_optim_options *to, const char *name,
                       int index) {
    const struct option *option = find_option(name);
    if (!option) {
        unknown_option(L, name);
        return;
    }
    char *p = (char *)to + option->offset;
    if (option->boolean) {
        if (!lua_isboolean(L, index))
            mlrtL_wrong(L, "optimizer", name, "boolean", index);
        bool on = lua_toboolean(L, index);
        memcpy(p, &on, sizeof on);
        return;
    }
    if (lua_type(L, index) != LUA_TNUMBER)
        mlrtL_wrong(L, "optimizer", name, "number", index);
    double value = lua_tonumber(L, index);
    memcpy(p, &value, sizeof value);
}

static void read_options(lua_State *L, int index, mlrt_optim_options *to) {
    if (lua_isnoneornil(L, index))
        return;
    if (!lua_istable(L, index))
        mlrtL_wrong(L, "optimizer", "options", "table", index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            mlrtL_error(L, "optimizer: options have names, got a value "
                           "without");
        set_option(L, to, lua_tostring(L, -2), lua_gettop(L));
    }
}

/* optimizer(kind, params, options); the kinds are those of the core. */
static int optimizer(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_optim_options o;
    int n;
    lua_settop(L, 3);
    if (lua_type(L, 1) != LUA_TSTRING)
        mlrtL_wrong(L, "optimizer", "kind", "string", 1);
    const char *kind = lua_tostring(L, 1);
    if (mlrt_optim_options_init(m, kind, &o) != 0)
        return mlrtL_raise(L, S);
    read_options(L, 3, &o);
    mlrt_tensor **params = mlrtL_tensors(L, S, 2, "optimizer", "params", &n);
    box *b = mlrtL_new(L, S, MLRTL_OPTIMIZER, sizeof *b);
    b->o = mlrt_optim_new(m, kind, params, n, &o);
    return b->o ? 1 : mlrtL_raise(L, S);
}

/* __index: an option, or a method of the table that is the upvalue. */
static int get(lua_State *L) {
    mlrt_optim *o = self(L, "index");
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2)
                                                     : NULL;
    const struct option *option = find_option(name);
    if (!option) {
        lua_rawget(L, lua_upvalueindex(2));
        return 1;
    }
    const char *p = (const char *)mlrt_optim_options_of(o) + option->offset;
    if (option->boolean)
        lua_pushboolean(L, *(const bool *)p);
    else
        lua_pushnumber(L, *(const double *)(const void *)p);
    return 1;
}

static int set(lua_State *L) {
    mlrt_optim *o = self(L, "assignment");
    if (lua_type(L, 2) != LUA_TSTRING)
        mlrtL_wrong(L, "optimizer", "option", "name", 2);
    set_option(L, mlrt_optim_options_of(o), lua_tostring(L, 2), 3);
    return 0;
}

/* ---- Steps ------------------------------------------------------------ */

static int finish(lua_State *L, int err) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    mlrtL_charge(L, S);
    return 0;
}

static mlrt_optim *optimizer_at(lua_State *L, int index, const char *method) {
    mlrtL_state *S = mlrtL_self(L);
    box *b = mlrtL_test(L, S, index, MLRTL_OPTIMIZER);
    if (!b || !b->o)
        mlrtL_wrong(L, method, "other", "optimizer", index);
    return b->o;
}

/* o:step(others...): all of them or none. */
static int step(lua_State *L) {
    mlrt_optim *o = self(L, "step");
    int n = lua_gettop(L);
    mlrt_optim **list = &o;
    if (n > 1)
        list = mlrtL_array(L, (size_t)n, sizeof *list);
    list[0] = o;
    for (int i = 1; i < n; i++)
        list[i] = optimizer_at(L, i + 1, "step");
    mlrtL_enter(L, mlrtL_self(L));
    return finish(L, mlrt_optim_step_all(list, n));
}

static int zero_grad(lua_State *L) {
    mlrt_optim *o = self(L, "zero_grad");
    mlrtL_enter(L, mlrtL_self(L));
    return finish(L, mlrt_optim_zero_grad(o));
}

/* o:finite() -> whether no gradient holds nan or an infinity */
static int finite(lua_State *L) {
    mlrt_optim *o = self(L, "finite");
    bool all;
    mlrtL_enter(L, mlrtL_self(L));
    finish(L, mlrt_optim_finite(o, &all));
    lua_pushboolean(L, all);
    return 1;
}

/* ---- State ------------------------------------------------------------ */

/* Pushes a copy, which the next steps do not change; nothing when absent. */
static bool push_slot(lua_State *L, mlrtL_state *S, mlrt_optim *o, int param,
                      int slot) {
    mlrtL_box *live = mlrtL_newbox(L, S), *copy = mlrtL_newbox(L, S);
    mlrt_tensor *t = mlrt_optim_slot(o, param, slot);
    if (t == MLRT_NONE) {
        lua_pop(L, 2);
        return false;
    }
    mlrtL_fill(L, S, live, t);
    mlrtL_fill(L, S, copy, mlrtL_copy(S, live->t));
    lua_remove(L, -2);
    return true;
}

/* o:state() -> for each parameter {steps =, and its tensors by name} */
static int state(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_optim *o = self(L, "state");
    int n = mlrt_optim_count(o), slots = mlrt_optim_slots(o);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_createtable(L, 0, slots + 1);
        lua_pushinteger(L, mlrt_optim_steps(o, i));
        lua_setfield(L, -2, "steps");
        for (int k = 0; k < slots; k++)
            if (push_slot(L, S, o, i, k))
                lua_setfield(L, -2, mlrt_optim_slot_name(o, k));
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

enum { MAX_SLOTS = 8 };

/* Checks the state of one parameter, on top of the stack, and restores it. */
static void restore(lua_State *L, mlrtL_state *S, mlrt_optim *o, int param) {
    mlrt_tensor *slot[MAX_SLOTS];
    int isint = 0, n = mlrt_optim_slots(o), entry = lua_gettop(L);
    if (!lua_istable(L, entry))
        mlrtL_error(L, "load_state: parameter %d: table expected, got %s",
                    param + 1, luaL_typename(L, entry));
    mlrtL_option(L, entry, "steps");
    lua_Integer steps = lua_tointegerx(L, -1, &isint);
    if (!isint || steps < 0)
        mlrtL_error(L, "load_state: parameter %d has no number of steps",
                    param + 1);
    for (int k = 0; k < n && k < MAX_SLOTS; k++) {
        const char *name = mlrt_optim_slot_name(o, k);
        slot[k] = MLRT_NONE;
        if (mlrtL_option(L, entry, name) != LUA_TNIL)
            slot[k] = mlrtL_checktensor(L, S, lua_gettop(L), "load_state",
                                        name);
    }
    if (mlrt_optim_restore(o, param, steps, slot) != 0)
        mlrtL_raise(L, S);
    lua_settop(L, entry);
}

/* o:load_state(s) -> o */
static int load_state(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_optim *o = self(L, "load_state");
    int n = mlrt_optim_count(o);
    lua_settop(L, 2);
    if (!lua_istable(L, 2) || lua_rawlen(L, 2) != (size_t)n)
        mlrtL_error(L,
                    "load_state: a state of %d parameters expected, got %s "
                    "of %d",
                    n, luaL_typename(L, 2),
                    lua_istable(L, 2) ? (int)lua_rawlen(L, 2) : 0);
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, 2, i + 1);
        restore(L, S, o, i);
        lua_pop(L, 1);
    }
    lua_settop(L, 1);
    return 1;
}

/* _masked(f, ...) -> what f(...) returns.  An interruption waits until then;
 * the host of a runtime decides for itself. */
static int masked(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    luaL_checktype(L, 1, LUA_TFUNCTION);
    int by = S->rt ? 0 : 1;
    mlrt_mask(m, by);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    mlrt_mask(m, -by);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

/* o:like() -> a new one of the same kind, parameters and options */
static int like(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_optim *o = self(L, "like");
    box *b = mlrtL_new(L, S, MLRTL_OPTIMIZER, sizeof *b);
    b->o = mlrt_optim_like(o);
    return b->o ? 1 : mlrtL_raise(L, S);
}

/* o:exchange(like one): state and options change places. */
static int exchange(lua_State *L) {
    mlrt_optim *o = self(L, "exchange");
    mlrt_optim_exchange(o, optimizer_at(L, 2, "exchange"));
    return 0;
}

const luaL_Reg mlrtL_optim_funcs[] = {
    {"optimizer", optimizer}, {"_masked", masked}, {NULL, NULL}};

static void set_access(lua_State *L, mlrtL_state *S, const char *name,
                       lua_CFunction f) {
    lua_pushlightuserdata(L, S);
    lua_pushvalue(L, -2); /* methods */
    lua_pushcclosure(L, f, 2);
    lua_setfield(L, -3, name);
}

void mlrtL_open_optim(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {{"step", step},
                                {"zero_grad", zero_grad},
                                {"finite", finite},
                                {"state", state},
                                {"load_state", load_state},
                                {"like", like},
                                {"exchange", exchange},
                                {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_OPTIMIZER, "mlrt.Optimizer", collect);
    lua_newtable(L);
    mlrtL_setfuncs(L, S, methods);
    set_access(L, S, "__index", get);
    set_access(L, S, "__newindex", set);
    lua_pop(L, 2);
}
