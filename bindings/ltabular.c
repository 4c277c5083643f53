/* ltabular.c: tabular agents and planning for Lua; lua/mlrt/rl/tabular.lua
 * makes of them what scripts use.
 *
 *   local a = core._rl.tabular(states, actions, {kind = "q_learning"})
 *   a:train(env, steps, episodes, returns)  a:values(1)  a:policy(state)
 *   local act, learn, explore = a:hands()
 *
 * Like the step of an environment, act(_, state, options), explore(_, state,
 * legal) and learn(_, state, action, reward, next, terminated, truncated,
 * legal) are closures.
 */
#include "lib.h"

#include <stddef.h>
#include <string.h>

#include "lenv.h"

typedef struct box {
    mlrt_tabular *a;
    int64_t actions, states;
} box;

enum { MAX_ACTIONS = 64 };

static mlrt_tabular *self(lua_State *L, const char *method) {
    mlrtL_state *S = mlrtL_self(L);
    box *b = mlrtL_test(L, S, 1, MLRTL_TABULAR);
    mlrtL_context(L, S);
    if (!b || !b->a)
        mlrtL_wrong(L, method, "self", "tabular agent", 1);
    return b->a;
}

static int collect(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_TABULAR);
    if (b && b->a)
        mlrt_tabular_free(b->a);
    if (b)
        b->a = NULL;
    return 0;
}

/* ---- Options ----------------------------------------------------------- */

static const char *const kinds[] = {
    "q_learning",   "sarsa",        "expected_sarsa", "double_q",
    "n_step_sarsa", "sarsa_lambda", "dyna_q",         NULL};
static const char *const explorations[] = {"epsilon", "softmax", "ucb", NULL};

#define FIELD(name) #name, offsetof(mlrt_tabular_options, name)
static const struct option {
    const char *name;
    size_t offset;
    char type; /* number, ramp, int, word */
    const char *const *words;
} options[] = {
    {FIELD(kind), 'w', kinds},       {FIELD(exploration), 'w', explorations},
    {FIELD(alpha), 'r', NULL},       {FIELD(alpha_power), 'n', NULL},
    {FIELD(gamma), 'n', NULL},       {FIELD(epsilon), 'r', NULL},
    {FIELD(temperature), 'r', NULL}, {FIELD(c), 'n', NULL},
    {FIELD(initial), 'n', NULL},     {FIELD(n), 'i', NULL},
    {FIELD(lambda), 'n', NULL},      {FIELD(planning), 'i', NULL},
    {FIELD(seed), 's', NULL},
};
enum { NOPTIONS = sizeof options / sizeof *options };

static double number_at(lua_State *L, const char *name) {
    if (lua_type(L, -1) != LUA_TNUMBER)
        mlrtL_wrong(L, "agent", name, "number", -1);
    return lua_tonumber(L, -1);
}

static lua_Integer integer_at(lua_State *L, const char *name) {
    int isint;
    lua_Integer n = lua_tointegerx(L, -1, &isint);
    if (!isint || lua_type(L, -1) != LUA_TNUMBER)
        mlrtL_wrong(L, "agent", name, "integer", -1);
    return n;
}

/* A number, or {start, end, steps}. */
static mlrt_ramp ramp_at(lua_State *L, const char *name) {
    mlrt_ramp r = {0, 0, 0};
    if (!lua_istable(L, -1)) {
        r.start = r.end = number_at(L, name);
        return r;
    }
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    r.end = number_at(L, name);
    lua_pop(L, 1);
    r.start = number_at(L, name);
    lua_pop(L, 1);
    lua_rawgeti(L, -1, 3);
    r.steps = integer_at(L, name);
    lua_pop(L, 1);
    return r;
}

static int word_at(lua_State *L, const char *name, const char *const *words) {
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                                      : NULL;
    int n = 0;
    for (; words[n]; n++)
        if (text && strcmp(words[n], text) == 0)
            return n;
    const char *near = text ? mlrtL_nearest(text, words, n) : NULL;
    return mlrtL_error(
        L, "agent: %s: no '%s'%s%s%s", name, text ? text : luaL_typename(L, -1),
        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* The value on the top becomes an option. */
static void set_option(lua_State *L, mlrt_tabular_options *to,
                       const struct option *o) {
    char *p = (char *)to + o->offset;
    if (o->type == 'n') {
        double value = number_at(L, o->name);
        memcpy(p, &value, sizeof value);
    } else if (o->type == 'r') {
        mlrt_ramp value = ramp_at(L, o->name);
        memcpy(p, &value, sizeof value);
    } else if (o->type == 's') {
        uint64_t value = (uint64_t)integer_at(L, o->name);
        memcpy(p, &value, sizeof value);
    } else {
        lua_Integer n = o->words ? word_at(L, o->name, o->words)
                                 : integer_at(L, o->name);
        int value = n < INT32_MIN || n > INT32_MAX ? -1 : (int)n;
        memcpy(p, &value, sizeof value); /* an enum has int's size */
    }
}

static const struct option *find_option(const char *name) {
    for (int i = 0; i < NOPTIONS; i++)
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

static void read_options(lua_State *L, int index, mlrt_tabular_options *to) {
    const char *names[NOPTIONS];
    if (!lua_istable(L, index))
        mlrtL_wrong(L, "agent", "options", "table", index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2)
                                                          : "?";
        const struct option *o = find_option(name);
        for (int i = 0; !o && i < NOPTIONS; i++)
            names[i] = options[i].name;
        const char *near = o ? NULL : mlrtL_nearest(name, names, NOPTIONS);
        if (!o)
            mlrtL_error(L, "agent: unknown option '%s'%s%s%s", name,
                        near ? "; did you mean '" : "", near ? near : "",
                        near ? "'?" : "");
        set_option(L, to, o);
    }
}

/* tabular(states, actions, options) */
static int tabular(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_tabular_options o;
    lua_Integer states = luaL_checkinteger(L, 1);
    lua_Integer actions = luaL_checkinteger(L, 2);
    mlrt_tabular_options_init(&o);
    read_options(L, 3, &o);
    box *b = mlrtL_new(L, S, MLRTL_TABULAR, sizeof *b);
    b->a = mlrt_tabular_new(m, states, actions, &o);
    if (!b->a)
        return mlrtL_raise(L, S);
    b->actions = actions;
    b->states = states;
    mlrtL_charge(L, S);
    return 1;
}

/* ---- Acting and learning ----------------------------------------------- */

enum { UP_AGENT = 2 };

static box *held(lua_State *L, mlrtL_state *S) {
    box *b = lua_touserdata(L, lua_upvalueindex(UP_AGENT));
    mlrtL_context(L, S);
    return b;
}

/* The flags of a mask at a position; NULL when there is none. */
static const bool *mask_at(lua_State *L, mlrtL_state *S, const box *b,
                           int index) {
    if (lua_isnoneornil(L, index))
        return NULL;
    mlrt_tensor *t = mlrtL_checktensor(L, S, index, "agent", "legal");
    if (mlrt_dtype_of(t) != MLRT_BOOL || mlrt_numel(t) != b->actions ||
        !mlrt_is_contiguous(t))
        mlrtL_error(L,
                    "agent: legal: a bool tensor of %d elements in C order "
                    "expected, got %s of %d",
                    (int)b->actions, mlrt_dtype_name(mlrt_dtype_of(t)),
                    (int)mlrt_numel(t));
    return mlrt_data_const(t);
}

/* A position at a stack index, from 0. */
static int64_t place_at(lua_State *L, mlrtL_state *S, int index,
                        const char *name) {
    int isint = 0;
    int64_t place = -1;
    lua_Integer n = lua_tointegerx(L, index, &isint);
    if (isint && lua_type(L, index) == LUA_TNUMBER)
        return n == LUA_MININTEGER ? n : n - 1;
    mlrtL_box *b = mlrtL_boxat(L, S, index);
    if (!b || !b->t || mlrt_dtype_of(b->t) != MLRT_INDEX ||
        mlrt_item_int(b->t, &place) != 0)
        mlrtL_wrong(L, "agent", name, "integer", index);
    return place;
}

static int decide(lua_State *L, mlrtL_state *S, const box *b, const bool *legal,
                  bool greedy) {
    int64_t action = mlrt_tabular_act(b->a, place_at(L, S, 2, "state"), legal,
                                      greedy);
    if (action < 0)
        return mlrtL_raise(L, S);
    lua_pushinteger(L, action + 1);
    return 1;
}

/* act(_, state, {deterministic =, legal =}) -> the best action, unless
 * deterministic is false; max_us needs no heed, it takes none. */
static int act(lua_State *L) {
    static const char *const names[] = {"deterministic", "legal", "max_us",
                                        NULL};
    mlrtL_state *S = mlrtL_self(L);
    box *b = held(L, S);
    const bool *legal = NULL;
    bool greedy = true;
    if (mlrtL_options(L, "act", 3, names)) {
        mlrtL_option(L, 3, "deterministic");
        greedy = lua_isnil(L, -1) || lua_toboolean(L, -1);
        mlrtL_option(L, 3, "legal");
        legal = mask_at(L, S, b, lua_gettop(L));
    }
    return decide(L, S, b, legal, greedy);
}

/* explore(_, state, legal) -> what it does while it learns */
static int explore(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    box *b = held(L, S);
    return decide(L, S, b, mask_at(L, S, b, 3), false);
}

static int learn(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    box *b = held(L, S);
    int64_t state = place_at(L, S, 2, "state");
    int64_t action = place_at(L, S, 3, "action");
    if (lua_type(L, 4) != LUA_TNUMBER)
        mlrtL_wrong(L, "agent", "reward", "number", 4);
    int64_t next = place_at(L, S, 5, "next state");
    if (mlrt_tabular_learn(b->a, state, action, lua_tonumber(L, 4), next,
                           lua_toboolean(L, 6), lua_toboolean(L, 7),
                           mask_at(L, S, b, 8)) != 0)
        return mlrtL_raise(L, S);
    return 0;
}

/* a:hands() -> act, learn, explore */
static int hands(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    lua_CFunction f[] = {act, learn, explore};
    self(L, "hands");
    for (int i = 0; i < 3; i++) {
        lua_pushlightuserdata(L, S);
        lua_pushvalue(L, 1);
        lua_pushcclosure(L, f[i], 2);
    }
    return 3;
}

/* a:policy(state, legal) -> {chance of each action} */
static int policy(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tabular *a = self(L, "policy");
    box *b = lua_touserdata(L, 1);
    double chances[MAX_ACTIONS];
    if (mlrt_tabular_policy(a, place_at(L, S, 2, "state"), mask_at(L, S, b, 3),
                            chances) != 0)
        return mlrtL_raise(L, S);
    lua_createtable(L, (int)b->actions, 0);
    for (int i = 0; i < b->actions; i++) {
        lua_pushnumber(L, chances[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* a:train(env, steps, episodes, room) -> steps, episodes, total of returns,
 * {returns of the first `room` episodes} */
static int train(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tabular *a = self(L, "train");
    mlrt_env *e = mlrtL_checkenv(L, S, 2, "train");
    lua_Integer steps = luaL_optinteger(L, 3, 0);
    lua_Integer episodes = luaL_optinteger(L, 4, 0);
    lua_Integer room = luaL_optinteger(L, 5, 0);
    if (room < 0 || room > 1 << 24)
        mlrtL_wrong(L, "train", "room", "integer up to 2^24", 5);
    mlrt_tabular_log log = {.max_returns = room};
    log.returns = mlrtL_array(L, (size_t)room + 1, sizeof(double));
    mlrtL_enter(L, S);
    int err = mlrt_tabular_train(a, e, steps, episodes, &log);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    lua_pushinteger(L, log.steps);
    lua_pushinteger(L, log.episodes);
    lua_pushnumber(L, log.total);
    int64_t n = log.episodes < room ? log.episodes : room;
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_pushnumber(L, log.returns[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 4;
}

/* ---- What it has learnt ------------------------------------------------- */

/* a:values(1 or 2) -> the table itself, or nil */
static int values(lua_State *L) {
    mlrt_tabular *a = self(L, "values");
    mlrt_tensor *t = mlrt_tabular_values(a, (int)luaL_optinteger(L, 2, 1) - 1);
    if (!t)
        return 0;
    mlrtL_pushborrowed(L, mlrtL_self(L), t);
    return 1;
}

static int visits(lua_State *L) {
    mlrt_tensor *t = mlrt_tabular_visits(self(L, "visits"));
    if (!t)
        return 0;
    mlrtL_pushborrowed(L, mlrtL_self(L), t);
    return 1;
}

/* a:clock() -> stream, steps */
static int clock_get(lua_State *L) {
    mlrt_tabular_clock c = mlrt_tabular_clock_get(self(L, "clock"));
    lua_pushinteger(L, (lua_Integer)c.stream);
    lua_pushinteger(L, c.steps);
    return 2;
}

static int clock_set(lua_State *L) {
    mlrt_tabular *a = self(L, "set_clock");
    mlrt_tabular_clock_set(
        a, (mlrt_tabular_clock){(uint64_t)luaL_checkinteger(L, 2),
                                luaL_checkinteger(L, 3)});
    return 0;
}

/* ---- Planning ----------------------------------------------------------- */

static void gamma_and_tolerance(lua_State *L, double *gamma, double *tolerance,
                                int64_t *sweeps) {
    *gamma = luaL_checknumber(L, 2);
    *tolerance = luaL_checknumber(L, 3);
    *sweeps = luaL_optinteger(L, 4, 0);
}

/* name(env, gamma, tolerance, sweeps) -> values, sweeps, policy */
static int plan_by(lua_State *L, const char *name,
                   mlrt_tensor *(*by)(mlrt_env *, double, double, int64_t *,
                                      mlrt_tensor **)) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = mlrtL_checkenv(L, S, 1, name);
    double gamma, tolerance;
    int64_t sweeps;
    mlrt_tensor *chances = NULL;
    gamma_and_tolerance(L, &gamma, &tolerance, &sweeps);
    mlrtL_box *v = mlrtL_newbox(L, S);
    lua_pushnil(L);
    mlrtL_box *p = mlrtL_newbox(L, S);
    mlrt_tensor *found = by(e, gamma, tolerance, &sweeps, &chances);
    p->t = chances;
    mlrtL_fill(L, S, v, found);
    lua_pushinteger(L, sweeps);
    lua_replace(L, -3);
    return 3;
}

static int value_iteration(lua_State *L) {
    return plan_by(L, "value_iteration", mlrt_plan_values);
}

static int policy_iteration(lua_State *L) {
    return plan_by(L, "policy_iteration", mlrt_plan_policy);
}

/* legal(env) -> bool (states, actions) */
static int legal(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = mlrtL_checkenv(L, S, 1, "legal");
    mlrtL_box *b = mlrtL_newbox(L, S);
    mlrtL_fill(L, S, b, mlrt_plan_legal(e));
    return 1;
}

/* policy_evaluation(env, gamma, tolerance, horizon, policy) -> values, sweeps;
 * horizon 0: until they settle */
static int policy_evaluation(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_env *e = mlrtL_checkenv(L, S, 1, "policy_evaluation");
    double gamma, tolerance;
    int64_t sweeps;
    gamma_and_tolerance(L, &gamma, &tolerance, &sweeps);
    int64_t horizon = sweeps;
    sweeps = 0;
    mlrt_tensor *chances = mlrtL_checktensor(L, S, 5, "policy_evaluation",
                                             "policy");
    mlrtL_box *b = mlrtL_newbox(L, S);
    mlrtL_fill(
        L, S, b,
        mlrt_plan_evaluate(e, chances, gamma, tolerance, horizon, &sweeps));
    lua_pushinteger(L, sweeps);
    return 2;
}

const luaL_Reg mlrtL_tabular_funcs[] = {
    {"tabular", tabular},
    {"value_iteration", value_iteration},
    {"policy_iteration", policy_iteration},
    {"policy_evaluation", policy_evaluation},
    {"legal", legal},
    {NULL, NULL}};

void mlrtL_open_tabular(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {{"hands", hands},         {"policy", policy},
                                {"train", train},         {"values", values},
                                {"visits", visits},       {"clock", clock_get},
                                {"set_clock", clock_set}, {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_TABULAR, "mlrt.Tabular", collect);
    lua_newtable(L);
    mlrtL_setfuncs(L, S, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
