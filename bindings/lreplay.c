/* lreplay.c: the core's replay, and advantages.
 *
 *   local r = core._replay(obs, action, {capacity = 1000, steps = 3})
 *   r:add(obs, action, reward, next_obs, terminated, truncated, legal, skip)
 *   r:sample(generator, beta, obs, action, reward, discount, next_obs, index,
 *            weight, legal)
 *   r:update(index, error)  #r  r:state()  r:load_state(s)
 *
 * Nothing is allocated by add, sample and update: what they fill is there.
 */
#include "lib.h"

#include <stddef.h>

typedef struct box {
    mlrt_replay *r;
} box;

static mlrt_replay *self(lua_State *L, const char *method) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_context(L, S);
    box *b = mlrtL_test(L, S, 1, MLRTL_REPLAY);
    if (!b || !b->r)
        mlrtL_wrong(L, method, "self", "replay", 1);
    return b->r;
}

static int collect(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_REPLAY);
    if (b && b->r)
        mlrt_replay_free(b->r);
    if (b)
        b->r = NULL;
    return 0;
}

/* ---- Making one ------------------------------------------------------- */

static const char *const option_names[] = {"name",  "capacity", "envs",
                                           "steps", "actions",  "gamma",
                                           "alpha", "eps",      NULL};

static void read_integer(lua_State *L, const char *name, int64_t *to) {
    int isint = 0;
    if (mlrtL_option(L, 3, name) != LUA_TNIL) {
        lua_Integer v = lua_tointegerx(L, -1, &isint);
        if (!isint || lua_type(L, -1) != LUA_TNUMBER)
            mlrtL_wrong(L, "replay", name, "integer", lua_gettop(L));
        *to = v;
    }
    lua_pop(L, 1);
}

static void read_number(lua_State *L, const char *name, double *to) {
    if (mlrtL_option(L, 3, name) != LUA_TNIL) {
        if (lua_type(L, -1) != LUA_TNUMBER)
            mlrtL_wrong(L, "replay", name, "number", lua_gettop(L));
        *to = lua_tonumber(L, -1);
    }
    lua_pop(L, 1);
}

/* The name stays on the stack. */
static void read_options(lua_State *L, mlrt_replay_options *o) {
    mlrt_replay_options_init(o);
    if (!mlrtL_options(L, "replay", 3, option_names))
        return;
    read_integer(L, "capacity", &o->capacity);
    read_integer(L, "envs", &o->envs);
    read_integer(L, "steps", &o->steps);
    read_integer(L, "actions", &o->actions);
    read_number(L, "gamma", &o->gamma);
    read_number(L, "alpha", &o->alpha);
    read_number(L, "eps", &o->eps);
    if (mlrtL_option(L, 3, "name") == LUA_TSTRING)
        o->name = lua_tostring(L, -1);
}

/* _replay(obs, action, options): obs and action like one of each. */
static int replay(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_replay_options o;
    lua_settop(L, 3);
    mlrt_tensor *obs = mlrtL_checktensor(L, S, 1, "replay", "obs");
    mlrt_tensor *action = mlrtL_checktensor(L, S, 2, "replay", "action");
    read_options(L, &o);
    box *b = mlrtL_new(L, S, MLRTL_REPLAY, sizeof *b);
    b->r = mlrt_replay_new(m, obs, action, &o);
    if (!b->r)
        return mlrtL_raise(L, S);
    mlrtL_charge(L, S);
    return 1;
}

/* ---- In and out ------------------------------------------------------- */

static mlrt_tensor *maybe(lua_State *L, mlrtL_state *S, int index,
                          const char *function, const char *name) {
    if (lua_isnoneornil(L, index))
        return MLRT_NONE;
    return mlrtL_checktensor(L, S, index, function, name);
}

static int done(lua_State *L, int err) {
    return err ? mlrtL_raise(L, mlrtL_self(L)) : 0;
}

static int add(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_replay *r = self(L, "add");
    const mlrt_transitions t = {
        .obs = mlrtL_checktensor(L, S, 2, "add", "obs"),
        .action = mlrtL_checktensor(L, S, 3, "add", "action"),
        .reward = mlrtL_checktensor(L, S, 4, "add", "reward"),
        .next_obs = mlrtL_checktensor(L, S, 5, "add", "next_obs"),
        .terminated = mlrtL_checktensor(L, S, 6, "add", "terminated"),
        .truncated = mlrtL_checktensor(L, S, 7, "add", "truncated"),
        .legal = maybe(L, S, 8, "add", "legal"),
        .skip = maybe(L, S, 9, "add", "skip")};
    return done(L, mlrt_replay_add(r, &t));
}

static int sample(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_replay *r = self(L, "sample");
    mlrt_generator *g = mlrtL_generator(L, S, 2);
    if (!g)
        mlrtL_wrong(L, "sample", "generator", "generator", 2);
    double beta = luaL_checknumber(L, 3);
    const mlrt_replay_batch b = {
        .obs = mlrtL_checktensor(L, S, 4, "sample", "obs"),
        .action = mlrtL_checktensor(L, S, 5, "sample", "action"),
        .reward = mlrtL_checktensor(L, S, 6, "sample", "reward"),
        .discount = mlrtL_checktensor(L, S, 7, "sample", "discount"),
        .next_obs = mlrtL_checktensor(L, S, 8, "sample", "next_obs"),
        .index = mlrtL_checktensor(L, S, 9, "sample", "index"),
        .weight = mlrtL_checktensor(L, S, 10, "sample", "weight"),
        .legal = maybe(L, S, 11, "sample", "legal")};
    return done(L, mlrt_replay_sample(r, g, beta, &b));
}

static int update(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_replay *r = self(L, "update");
    mlrt_tensor *index = mlrtL_checktensor(L, S, 2, "update", "index");
    mlrt_tensor *error = mlrtL_checktensor(L, S, 3, "update", "error");
    return done(L, mlrt_replay_update(r, index, error));
}

static int size(lua_State *L) {
    lua_pushinteger(L, mlrt_replay_size(self(L, "size")));
    return 1;
}

/* ---- State ------------------------------------------------------------ */

#define TENSOR(name)                                                           \
    { #name, offsetof(mlrt_replay_state, name) }
static const struct {
    const char *name;
    size_t offset;
} tensors[] = {TENSOR(obs),      TENSOR(action),   TENSOR(reward),
               TENSOR(discount), TENSOR(next_obs), TENSOR(legal),
               TENSOR(priority), TENSOR(growing)};
enum { NTENSORS = sizeof tensors / sizeof *tensors };

static mlrt_tensor **tensor_of(mlrt_replay_state *s, int i) {
    return (mlrt_tensor **)(void *)((char *)s + tensors[i].offset);
}

/* r:state() -> copies, as plain data for save. */
static int state(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_replay *r = self(L, "state");
    mlrt_replay_state s;
    mlrtL_box *b[NTENSORS];
    lua_createtable(L, 0, NTENSORS + 2);
    for (int i = 0; i < NTENSORS; i++)
        b[i] = mlrtL_newbox(L, S);
    if (mlrt_replay_get(r, &s) != 0)
        return mlrtL_raise(L, S);
    for (int i = 0; i < NTENSORS; i++)
        b[i]->t = *tensor_of(&s, i) == MLRT_NONE ? NULL : *tensor_of(&s, i);
    for (int i = NTENSORS; i-- > 0;)
        if (b[i]->t)
            lua_setfield(L, -2 - i, tensors[i].name);
        else
            lua_pop(L, 1);
    lua_pushinteger(L, s.count);
    lua_setfield(L, -2, "count");
    lua_pushnumber(L, s.max_priority);
    lua_setfield(L, -2, "max_priority");
    mlrtL_charge(L, S);
    return 1;
}

/* r:load_state(s) -> r */
static int load_state(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_replay *r = self(L, "load_state");
    mlrt_replay_state s = {0};
    lua_settop(L, 2);
    luaL_checkstack(L, NTENSORS + 8, "load_state");
    if (!lua_istable(L, 2))
        mlrtL_wrong(L, "load_state", "state", "what r:state() returns", 2);
    for (int i = 0; i < NTENSORS; i++) {
        mlrtL_option(L, 2, tensors[i].name);
        *tensor_of(&s, i) = maybe(L, S, lua_gettop(L), "load_state",
                                  tensors[i].name);
    }
    mlrtL_option(L, 2, "count");
    s.count = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
    mlrtL_option(L, 2, "max_priority");
    s.max_priority = lua_tonumber(L, -1);
    if (mlrt_replay_set(r, &s) != 0)
        return mlrtL_raise(L, S);
    lua_settop(L, 1);
    return 1;
}

/* ---- Advantages ------------------------------------------------------- */

/* _gae(rewards, values, terminated, ended, gamma, lambda, advantages) */
static int gae(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_tensor *rewards = mlrtL_checktensor(L, S, 1, "gae", "rewards");
    mlrt_tensor *values = mlrtL_checktensor(L, S, 2, "gae", "values");
    mlrt_tensor *terminated = mlrtL_checktensor(L, S, 3, "gae", "terminated");
    mlrt_tensor *ended = mlrtL_checktensor(L, S, 4, "gae", "ended");
    double gamma = luaL_checknumber(L, 5), lambda = luaL_checknumber(L, 6);
    mlrt_tensor *to = mlrtL_checktensor(L, S, 7, "gae", "advantages");
    return done(
        L, mlrt_gae(m, rewards, values, terminated, ended, gamma, lambda, to));
}

const luaL_Reg mlrtL_replay_funcs[] = {
    {"_replay", replay}, {"_gae", gae}, {NULL, NULL}};

void mlrtL_open_replay(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {{"add", add},       {"sample", sample},
                                {"update", update}, {"size", size},
                                {"state", state},   {"load_state", load_state},
                                {NULL, NULL}};
    const luaL_Reg meta[] = {{"__len", size}, {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_REPLAY, "mlrt.Replay", collect);
    mlrtL_setfuncs(L, S, meta);
    lua_newtable(L);
    mlrtL_setfuncs(L, S, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
