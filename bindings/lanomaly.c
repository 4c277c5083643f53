/* lanomaly.c: detect_anomaly, which finds the line that made a NaN. */
#include "lib.h"

#include <stdio.h>

/* The flags to go back to; empty when they were gone back to. */
typedef struct guard {
    bool armed;
    int flags;
} guard;

/* ---- Where the script is ---------------------------------------------- */

typedef struct place {
    char *text;
    size_t size;
} place;

static int write_place(lua_State *L) {
    const place *p = lua_touserdata(L, 1);
    mlrtL_pushwhere(L);
    snprintf(p->text, p->size, "%s", lua_tostring(L, -1));
    return 0;
}

/* The core asks while an operation of S->running is recorded. */
static void where(void *ud, char *text, size_t size) {
    mlrtL_state *S = ud;
    lua_State *L = S->running;
    place p = {text, size};
    if (lua_checkstack(L, 8) && mlrtL_protect(L, write_place, &p) != LUA_OK)
        lua_pop(L, 1);
}

/* ---- Switching -------------------------------------------------------- */

static void set(mlrtL_state *S, int flags) {
    S->anomaly = flags != 0;
    mlrt_set_anomaly(S->m, flags, where, S);
}

static int close_guard(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    guard *g = mlrtL_test(L, S, 1, MLRTL_ANOMALY);
    if (g && g->armed && S->m)
        set(S, g->flags);
    if (g)
        g->armed = false;
    return 0;
}

/* Collected without being closed: it stays as it is. */
static int drop_guard(lua_State *L) {
    guard *g = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_ANOMALY);
    if (g)
        g->armed = false;
    return 0;
}

static void push_guard(lua_State *L, mlrtL_state *S, int flags) {
    guard *g = mlrtL_new(L, S, MLRTL_ANOMALY, sizeof *g);
    g->armed = true;
    g->flags = mlrt_anomaly(S->m);
    set(S, flags);
}

/* {forward = true, inf = false} at a position. */
static int read_flags(lua_State *L, int index) {
    static const char *const names[] = {"forward", "inf", NULL};
    int flags = MLRT_ANOMALY_BACKWARD;
    mlrtL_options(L, "detect_anomaly", index, names);
    int type = mlrtL_option(L, index, "forward");
    lua_pop(L, 1);
    if (type == LUA_TNIL || mlrtL_flag(L, "detect_anomaly", index, "forward"))
        flags |= MLRT_ANOMALY_FORWARD;
    if (mlrtL_flag(L, "detect_anomaly", index, "inf"))
        flags |= MLRT_ANOMALY_INF;
    return flags;
}

/* detect_anomaly([on = true,] {forward = true, inf = false}) -> a value for
 * `local _ <close> =`; without that it stays. */
static int detect_anomaly(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_context(L, S);
    lua_settop(L, 2);
    bool named = lua_istable(L, 1);
    if (!named && !lua_isnil(L, 1) && !lua_isboolean(L, 1))
        mlrtL_wrong(L, "detect_anomaly", "on", "boolean", 1);
    int flags = read_flags(L, named ? 1 : 2);
    push_guard(L, S, lua_isboolean(L, 1) && !lua_toboolean(L, 1) ? 0 : flags);
    return 1;
}

/* anomaly_enabled() -> is it on? */
static int anomaly_enabled(lua_State *L) {
    lua_pushboolean(L, mlrt_anomaly(mlrtL_context(L, mlrtL_self(L))) != 0);
    return 1;
}

const luaL_Reg mlrtL_anomaly_funcs[] = {{"detect_anomaly", detect_anomaly},
                                        {"anomaly_enabled", anomaly_enabled},
                                        {NULL, NULL}};

void mlrtL_open_anomaly(lua_State *L, mlrtL_state *S) {
    const luaL_Reg close[] = {{"__close", close_guard}, {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_ANOMALY, "mlrt.Anomaly", drop_guard);
    mlrtL_setfuncs(L, S, close);
    lua_pop(L, 1);
}
