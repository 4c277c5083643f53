/* lrandom.c: streams of random numbers.
 *
 * seed(n) starts the context's own stream; generator(n) is an independent one
 * for operations' `generator` argument.  A stream's whole state is a key and
 * a position.
 */
#include "lib.h"

typedef struct box {
    mlrt_generator *g;
    bool borrowed; /* the context's */
} box;

mlrt_generator *mlrtL_generator(lua_State *L, const mlrtL_state *S, int index) {
    box *b = mlrtL_test(L, S, index, MLRTL_GENERATOR);
    return b ? b->g : NULL;
}

static mlrt_generator *self(lua_State *L, const char *method) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_context(L, S);
    mlrt_generator *g = mlrtL_generator(L, S, 1);
    if (!g)
        mlrtL_wrong(L, method, "self", "generator", 1);
    return g;
}

static int collect(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_GENERATOR);
    if (b && b->g && !b->borrowed)
        mlrt_generator_free(b->g);
    if (b)
        b->g = NULL;
    return 0;
}

static uint64_t seed_at(lua_State *L, const char *function) {
    int isint;
    lua_Integer seed = lua_tointegerx(L, 1, &isint);
    if (!isint || lua_type(L, 1) != LUA_TNUMBER)
        mlrtL_wrong(L, function, "seed", "integer", 1);
    return (uint64_t)seed;
}

/* seed(n): starts the stream that is used when no generator is named. */
static int seed(lua_State *L) {
    mlrt_seed(mlrtL_context(L, mlrtL_self(L)), seed_at(L, "seed"));
    return 0;
}

/* generator(seed) */
static int generator(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    uint64_t start = seed_at(L, "generator");
    box *b = mlrtL_new(L, S, MLRTL_GENERATOR, sizeof *b);
    b->g = mlrt_generator_new(m, start);
    return b->g ? 1 : mlrtL_raise(L, S);
}

/* default_generator() -> the one that seed(n) starts. */
static int default_generator(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    box *b = mlrtL_new(L, S, MLRTL_GENERATOR, sizeof *b);
    b->borrowed = true;
    b->g = mlrt_default_generator(m);
    return 1;
}

/* g:state() -> {key =, position =} */
static int state(lua_State *L) {
    uint64_t s[2];
    mlrt_generator_get(self(L, "state"), s);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, (lua_Integer)s[0]);
    lua_setfield(L, -2, "key");
    lua_pushinteger(L, (lua_Integer)s[1]);
    lua_setfield(L, -2, "position");
    return 1;
}

/* g:load_state(s) -> g */
static int load_state(lua_State *L) {
    static const char *const names[] = {"key", "position"};
    mlrt_generator *g = self(L, "load_state");
    uint64_t s[2];
    for (int i = 0; i < 2; i++) {
        int isint = 0;
        int type = mlrtL_option(L, 2, names[i]);
        s[i] = (uint64_t)lua_tointegerx(L, -1, &isint);
        if (!isint || type != LUA_TNUMBER)
            mlrtL_wrong(L, "load_state", "state", "what g:state() returns", 2);
    }
    mlrt_generator_set(g, s);
    lua_settop(L, 1);
    return 1;
}

/* g:next() -> an integer, all 64 bits of it random. */
static int next(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)mlrt_generator_next(self(L, "next")));
    return 1;
}

static int tostring(lua_State *L) {
    uint64_t s[2];
    mlrt_generator_get(self(L, "tostring"), s);
    lua_pushfstring(L, "generator (key %I, position %I)", (lua_Integer)s[0],
                    (lua_Integer)s[1]);
    return 1;
}

const luaL_Reg mlrtL_random_funcs[] = {{"seed", seed},
                                       {"generator", generator},
                                       {"default_generator", default_generator},
                                       {NULL, NULL}};

void mlrtL_open_random(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {{"state", state},
                                {"load_state", load_state},
                                {"next", next},
                                {NULL, NULL}};
    const luaL_Reg show[] = {{"__tostring", tostring}, {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_GENERATOR, "mlrt.Generator", collect);
    mlrtL_setfuncs(L, S, show);
    lua_newtable(L);
    mlrtL_setfuncs(L, S, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
