/* lenv.c: environments for Lua; lua/mlrt/rl/ makes of them what scripts use.
 *
 *   local e = core._rl.env("CartPole-v1", copies, auto_reset, options)
 *   e:reset(seed)  e:about()  e:render(1)  e:state()  e:load_state(s)
 *   local step = e:stepper(info)
 *
 * A step is called a million times a second, so it is a closure that holds
 * what it needs and looks nothing up: step(_, action) -> observation, reward,
 * terminated, truncated, info.
 */
#include "lenv.h"

#include <string.h>

typedef struct box {
    mlrt_env *e;
} box;

static mlrt_env *env_of(lua_State *L, mlrtL_state *S, const box *b) {
    mlrtL_context(L, S);
    if (!b->e)
        mlrtL_error(L, "the environment is closed");
    return b->e;
}

static mlrt_env *self(lua_State *L, const char *method) {
    mlrtL_state *S = mlrtL_self(L);
    box *b = mlrtL_test(L, S, 1, MLRTL_ENV);
    mlrtL_context(L, S);
    if (!b)
        mlrtL_wrong(L, method, "self", "environment", 1);
    return env_of(L, S, b);
}

mlrt_env *mlrtL_checkenv(lua_State *L, mlrtL_state *S, int index,
                         const char *function) {
    box *b = mlrtL_test(L, S, index, MLRTL_ENV);
    if (!b)
        mlrtL_wrong(L, function, "env", "environment", index);
    return env_of(L, S, b);
}

static int collect(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_ENV);
    if (b && b->e)
        mlrt_env_free(b->e);
    if (b)
        b->e = NULL;
    return 0;
}

/* ---- Making ----------------------------------------------------------- */

enum { MAX_OPTIONS = 32 };

static int add_option(lua_State *L, mlrt_env_option *o) {
    const char *name = lua_tostring(L, -2);
    int type = lua_type(L, -1);
    *o = (mlrt_env_option){.name = name};
    if (type == LUA_TSTRING)
        o->text = lua_tostring(L, -1);
    else if (type == LUA_TNUMBER)
        o->number = lua_tonumber(L, -1);
    else if (type == LUA_TBOOLEAN)
        o->number = lua_toboolean(L, -1);
    else
        return mlrtL_wrong(L, "make", name, "number, boolean or string", -1);
    return 0;
}

/* Texts stay valid: the table holds them. */
static int read_options(lua_State *L, int index, mlrt_env_option *o) {
    int n = 0;
    if (lua_isnoneornil(L, index))
        return 0;
    if (!lua_istable(L, index))
        mlrtL_wrong(L, "make", "options", "table", index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || n == MAX_OPTIONS)
            mlrtL_error(L, "make: options are at most %d, each with a name",
                        MAX_OPTIONS);
        add_option(L, &o[n++]);
    }
    return n;
}

/* env(name, copies, auto_reset, options) */
static int env(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_env_option o[MAX_OPTIONS];
    int isint = 0;
    lua_settop(L, 4);
    if (lua_type(L, 1) != LUA_TSTRING)
        mlrtL_wrong(L, "make", "name", "string", 1);
    lua_Integer copies = lua_tointegerx(L, 2, &isint);
    if (!isint)
        mlrtL_wrong(L, "vector", "copies", "positive integer", 2);
    int n = read_options(L, 4, o);
    box *b = mlrtL_new(L, S, MLRTL_ENV, sizeof *b);
    b->e = mlrt_env_new(m, lua_tostring(L, 1), copies, lua_toboolean(L, 3), o,
                        n);
    if (!b->e)
        return mlrtL_raise(L, S);
    mlrtL_charge(L, S);
    return 1;
}

/* names() -> {"Acrobot-v1", ...} */
static int names(lua_State *L) {
    const mlrt *m = mlrtL_context(L, mlrtL_self(L));
    const char *name;
    lua_newtable(L);
    for (int i = 0; (name = mlrt_env_name_at(m, i)) != NULL; i++) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, i + 1);
    }
    mlrtL_sortstrings(L);
    return 1;
}

/* ---- What it is ------------------------------------------------------- */

static void push_bound(lua_State *L, mlrtL_state *S, const mlrt_space *s,
                       const float *bound, const char *field) {
    if (!bound)
        return;
    mlrtL_box *b = mlrtL_newbox(L, S);
    mlrtL_fill(L, S, b,
               mlrt_from_data(S->m, MLRT_F32, s->ndim, s->shape, bound));
    lua_setfield(L, -2, field);
}

/* {n =}, {counts = {}} or {shape = {}, low =, high =} */
static void push_space(lua_State *L, mlrtL_state *S, const mlrt_space *s) {
    lua_createtable(L, 0, 4);
    if (s->kind == MLRT_DISCRETE) {
        lua_pushinteger(L, s->n);
        lua_setfield(L, -2, "n");
        return;
    }
    bool shaped = s->kind == MLRT_BOX;
    int64_t n = shaped ? s->ndim : s->shape[0];
    lua_newtable(L);
    for (int64_t i = 0; i < n; i++) {
        lua_pushinteger(L, shaped ? s->shape[i] : s->counts[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, shaped ? "shape" : "counts");
    push_bound(L, S, s, s->low, "low");
    push_bound(L, S, s, s->high, "high");
}

/* e:about() -> {name=, observation=, action=, max_episode_steps=, ...} */
static int about(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    const mlrt_env_type *t = mlrt_env_type_of(self(L, "about"));
    lua_createtable(L, 0, 8);
    lua_pushstring(L, t->name);
    lua_setfield(L, -2, "name");
    push_space(L, S, &t->observation);
    lua_setfield(L, -2, "observation");
    push_space(L, S, &t->action);
    lua_setfield(L, -2, "action");
    lua_pushinteger(L, t->max_episode_steps);
    lua_setfield(L, -2, "max_episode_steps");
    lua_pushinteger(L, t->columns);
    lua_setfield(L, -2, "columns");
    lua_pushstring(L, t->actions);
    lua_setfield(L, -2, "actions");
    lua_pushboolean(L, t->model != NULL);
    lua_setfield(L, -2, "has_model");
    return 1;
}

static void push_view(lua_State *L, mlrtL_state *S, mlrt_tensor *t,
                      const char *name) {
    if (!t)
        return;
    mlrtL_pushborrowed(L, S, t);
    lua_setfield(L, -2, name);
}

/* e:views() -> the tensors that steps write, by name */
static int views(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    const mlrt_env_views *v = mlrt_env_views_of(self(L, "views"));
    lua_createtable(L, 0, 6);
    push_view(L, S, v->observation, "observation");
    push_view(L, S, v->reward, "reward");
    push_view(L, S, v->terminated, "terminated");
    push_view(L, S, v->truncated, "truncated");
    push_view(L, S, v->reset, "reset");
    push_view(L, S, v->legal, "legal");
    return 1;
}

/* ---- Resets and steps -------------------------------------------------- */

/* The observation of the only copy: a number from 1, or a tensor. */
static void push_observation(lua_State *L, mlrtL_state *S, mlrt_env *e) {
    const mlrt_space *s = &mlrt_env_type_of(e)->observation;
    const void *data = mlrt_data_const(mlrt_env_views_of(e)->observation);
    if (s->kind == MLRT_DISCRETE) {
        lua_pushinteger(L, *(const int64_t *)data + 1);
        return;
    }
    mlrt_dtype dtype = s->kind == MLRT_BOX ? MLRT_F32 : MLRT_INDEX;
    mlrtL_box *b = mlrtL_newbox(L, S);
    mlrtL_fill(L, S, b, mlrt_from_data(S->m, dtype, s->ndim, s->shape, data));
}

/* e:reset([seed]) -> the observation of one copy; of several use the views */
static int reset(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = self(L, "reset");
    int isint = 0;
    if (!lua_isnoneornil(L, 2)) {
        lua_Integer seed = lua_tointegerx(L, 2, &isint);
        if (!isint || lua_type(L, 2) != LUA_TNUMBER)
            mlrtL_wrong(L, "reset", "seed", "integer", 2);
        mlrt_env_seed(e, (uint64_t)seed);
    }
    mlrtL_enter(L, S);
    int err = mlrt_env_reset(e);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    if (mlrt_env_copies(e) > 1)
        return 0;
    push_observation(L, S, e);
    return 1;
}

/* e:observation() -> the observation of the only copy */
static int observation(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    push_observation(L, S, self(L, "observation"));
    return 1;
}

/* What a stepper holds, behind the state. */
enum {
    UP_ENV = 2,
    UP_INFO,
    UP_OBSERVATION,
    UP_REWARD,
    UP_TERMINATED,
    UP_TRUNCATED,
    NUPVALUES = UP_TRUNCATED
};

static int act(lua_State *L, mlrtL_state *S, mlrt_env *e, const void *raw,
               mlrt_tensor *actions) {
    mlrtL_enter(L, S);
    int err = raw ? mlrt_env_step_raw(e, raw) : mlrt_env_step(e, actions);
    mlrtL_leave(S);
    return err ? mlrtL_raise(L, S) : 0;
}

/* The number of a discrete action, from 0. */
static int64_t check_action(lua_State *L, mlrtL_state *S, mlrt_env *e) {
    const mlrt_env_type *t = mlrt_env_type_of(e);
    int isint = 0;
    lua_Integer a = 0;
    int64_t position;
    mlrtL_box *b = mlrtL_boxat(L, S, 2);
    if (lua_type(L, 2) == LUA_TNUMBER)
        a = lua_tointegerx(L, 2, &isint);
    else if (b && b->t && mlrt_dtype_of(b->t) == MLRT_INDEX &&
             mlrt_item_int(b->t, &position) == 0)
        return position;
    if (!isint) {
        char text[80];
        mlrtL_error(L,
                    "%s: step: action: an integer from 1 to %d expected, "
                    "got %s",
                    t->name, (int)t->action.n,
                    mlrtL_got(L, 2, text, sizeof text));
    }
    return a == LUA_MININTEGER ? a : a - 1;
}

/* An action that is no number of a list, as a tensor (1, shape...). */
static mlrt_tensor *push_action(lua_State *L, mlrtL_state *S, mlrt_env *e) {
    const mlrt_env_type *t = mlrt_env_type_of(e);
    const mlrt_space *s = &t->action;
    mlrt_dtype dtype = s->kind == MLRT_BOX ? MLRT_F32 : MLRT_INDEX;
    int64_t shape[MLRT_MAX_DIMS + 1] = {1};
    memcpy(shape + 1, s->shape, (size_t)s->ndim * sizeof *shape);
    mlrt_tensor *a = mlrtL_tensor(L, S, 2);
    if (!a && (lua_istable(L, 2) || lua_type(L, 2) == LUA_TNUMBER))
        a = mlrtL_fromtable(L, S, 2, "step", dtype);
    bool same = a && mlrt_dtype_of(a) == dtype &&
                (mlrt_ndim(a) == s->ndim || mlrt_ndim(a) == 0);
    for (int d = 0; same && d < mlrt_ndim(a); d++)
        same = mlrt_shape(a)[d] == s->shape[d];
    if (!same || (mlrt_ndim(a) == 0 && (s->ndim != 1 || s->shape[0] != 1))) {
        char text[200];
        mlrtL_error(L,
                    "%s: step: action: %s of the shape of its space "
                    "expected, got %s",
                    t->name, mlrt_dtype_name(dtype),
                    mlrtL_got(L, 2, text, sizeof text));
    }
    mlrtL_box *b = mlrtL_newbox(L, S);
    mlrtL_fill(L, S, b, mlrt_reshape(S->m, a, shape, 1 + s->ndim));
    return b->t;
}

/* step(_, action) of one copy */
static int step_one(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = env_of(L, S, lua_touserdata(L, lua_upvalueindex(UP_ENV)));
    if (mlrt_env_type_of(e)->action.kind == MLRT_DISCRETE) {
        int64_t a = check_action(L, S, e);
        act(L, S, e, &a, NULL);
    } else {
        act(L, S, e, NULL, push_action(L, S, e));
    }
    const mlrt_env_views *v = mlrt_env_views_of(e);
    push_observation(L, S, e);
    lua_pushnumber(L, mlrt_env_reward(e));
    lua_pushboolean(L, *(const bool *)mlrt_data_const(v->terminated));
    lua_pushboolean(L, *(const bool *)mlrt_data_const(v->truncated));
    lua_pushvalue(L, lua_upvalueindex(UP_INFO));
    return 5;
}

/* step(_, actions) of several copies: the tensors are the same each time */
static int step_all(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = env_of(L, S, lua_touserdata(L, lua_upvalueindex(UP_ENV)));
    act(L, S, e, NULL, mlrtL_checktensor(L, S, 2, "step", "actions"));
    for (int i = UP_OBSERVATION; i <= UP_TRUNCATED; i++)
        lua_pushvalue(L, lua_upvalueindex(i));
    lua_pushvalue(L, lua_upvalueindex(UP_INFO));
    return 5;
}

/* e:stepper(info[, views]) -> step; with views that of a vector */
static int stepper(lua_State *L) {
    static const char *const name[] = {"observation", "reward", "terminated",
                                       "truncated"};
    mlrtL_state *S = mlrtL_self(L);
    self(L, "stepper");
    lua_settop(L, 3);
    bool all = lua_istable(L, 3);
    lua_pushlightuserdata(L, S);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    for (int i = 0; all && i < 4; i++)
        lua_getfield(L, 3, name[i]);
    lua_pushcclosure(L, all ? step_all : step_one, all ? NUPVALUES : UP_INFO);
    return 1;
}

/* ---- One copy ---------------------------------------------------------- */

/* A copy's number at stack position 2, from 0; the first if absent. */
static int64_t copy_at(lua_State *L, const char *method) {
    int isint = 1;
    lua_Integer i = lua_isnoneornil(L, 2) ? 1 : lua_tointegerx(L, 2, &isint);
    if (!isint || i < 1)
        mlrtL_wrong(L, method, "copy", "positive integer", 2);
    return i - 1;
}

static int render(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = self(L, "render");
    enum { SIZE = 1 << 16 };
    char *text = lua_newuserdatauv(L, SIZE, 0);
    if (mlrt_env_render(e, copy_at(L, "render"), text, SIZE) != 0)
        return mlrtL_raise(L, S);
    lua_pushstring(L, text);
    return 1;
}

/* e:state(copy) -> {values = {...}, stream =, steps =, phase =} */
static int state(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = self(L, "state");
    int n = mlrt_env_type_of(e)->nsaved;
    int64_t copy = copy_at(L, "state");
    double *v = lua_newuserdatauv(L, sizeof *v * (size_t)(n + 1), 0);
    mlrt_env_clock c;
    if (mlrt_env_save(e, copy, v) != 0 || mlrt_env_clock_get(e, copy, &c) != 0)
        return mlrtL_raise(L, S);
    lua_createtable(L, 0, 4);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushnumber(L, v[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "values");
    lua_pushinteger(L, (lua_Integer)c.stream);
    lua_setfield(L, -2, "stream");
    lua_pushinteger(L, c.steps);
    lua_setfield(L, -2, "steps");
    lua_pushinteger(L, c.phase);
    lua_setfield(L, -2, "phase");
    return 1;
}

static lua_Integer integer_field(lua_State *L, int index, const char *name,
                                 lua_Integer absent) {
    int isint = 1, type = mlrtL_option(L, index, name);
    lua_Integer n = type == LUA_TNIL ? absent : lua_tointegerx(L, -1, &isint);
    if (!isint)
        mlrtL_wrong(L, "load_state", name, "integer", -1);
    lua_pop(L, 1);
    return n;
}

/* The list `values`, in a block that is pushed. */
static double *check_values(lua_State *L, int index, int n) {
    double *v = lua_newuserdatauv(L, sizeof *v * (size_t)(n + 1), 0);
    if (mlrtL_option(L, index, "values") != LUA_TTABLE ||
        lua_rawlen(L, -1) != (size_t)n)
        mlrtL_error(L,
                    "load_state: values: a list of %d numbers expected, got "
                    "%s",
                    n, luaL_typename(L, -1));
    for (int i = 0; i < n; i++) {
        if (lua_rawgeti(L, -1, i + 1) != LUA_TNUMBER)
            mlrtL_wrong(L, "load_state", "values", "list of numbers", -1);
        v[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return v;
}

/* e:load_state(copy, s): what s lacks stays as it is; steps begin anew. */
static int load_state(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = self(L, "load_state");
    int64_t copy = copy_at(L, "load_state");
    mlrt_env_clock c;
    lua_settop(L, 3);
    if (!lua_istable(L, 3))
        mlrtL_wrong(L, "load_state", "state", "table", 3);
    if (mlrt_env_clock_get(e, copy, &c) != 0)
        return mlrtL_raise(L, S);
    double *v = check_values(L, 3, mlrt_env_type_of(e)->nsaved);
    c.stream = (uint64_t)integer_field(L, 3, "stream", (lua_Integer)c.stream);
    c.steps = integer_field(L, 3, "steps", 0);
    lua_Integer phase = integer_field(L, 3, "phase", 1);
    c.phase = phase >= 0 && phase <= 2 ? (int)phase : -1;
    if (mlrt_env_load(e, copy, v) != 0 || mlrt_env_clock_set(e, copy, &c) != 0)
        return mlrtL_raise(L, S);
    return 0;
}

/* e:outcomes(state, action) -> {{p, next, reward, terminated}, ...} */
static int outcomes(lua_State *L) {
    const mlrt_env_type *t = mlrt_env_type_of(self(L, "outcomes"));
    lua_Integer s = luaL_checkinteger(L, 2), a = luaL_checkinteger(L, 3);
    const mlrt_outcome *o;
    if (!t->model)
        return mlrtL_error(L, "%s: its model is not known", t->name);
    if (s < 1 || s > t->observation.n || a < 1 || a > t->action.n)
        return mlrtL_error(L, "%s: no such state and action", t->name);
    int n = t->model(t->ud, s - 1, a - 1, &o);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_createtable(L, 4, 0);
        lua_pushnumber(L, o[i].probability);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, o[i].next + 1);
        lua_rawseti(L, -2, 2);
        lua_pushnumber(L, o[i].reward);
        lua_rawseti(L, -2, 3);
        lua_pushboolean(L, o[i].terminated);
        lua_rawseti(L, -2, 4);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* e:starts() -> the probability that an episode begins in each state */
static int starts(lua_State *L) {
    const mlrt_env_type *t = mlrt_env_type_of(self(L, "starts"));
    if (!t->start)
        return mlrtL_error(L, "%s: its model is not known", t->name);
    lua_createtable(L, (int)t->observation.n, 0);
    for (int64_t s = 0; s < t->observation.n; s++) {
        lua_pushnumber(L, t->start(t->ud, s));
        lua_rawseti(L, -2, s + 1);
    }
    return 1;
}

static int close_env(lua_State *L) {
    self(L, "close");
    return collect(L);
}

const luaL_Reg mlrtL_env_funcs[] = {
    {"env", env}, {"names", names}, {NULL, NULL}};

void mlrtL_open_env(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {{"about", about},
                                {"views", views},
                                {"reset", reset},
                                {"stepper", stepper},
                                {"render", render},
                                {"state", state},
                                {"outcomes", outcomes},
                                {"load_state", load_state},
                                {"starts", starts},
                                {"close", close_env},
                                {"observation", observation},
                                {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_ENV, "mlrt.Environment", collect);
    lua_newtable(L);
    mlrtL_setfuncs(L, S, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
