/* lprofile.c: profiles for Lua.
 *
 * What a script uses is made by lua/mlrt/profile.lua; here are a box around
 * a mlrt_profile, and the function that tells it lines of the script.
 */
#include "lib.h"

#include <stdio.h>
#include <string.h>

/* Its address is the registry key of the profile that runs, which may not be
 * collected: the core would find it gone in the middle of an operation. */
static const char running_key = 0;

typedef struct box {
    mlrt_profile *p;
} box;

/* The innermost frame that is not the library's own.  Called within an
 * operation, so nothing here may raise: no value is pushed. */
static int where(void *ud, char *file, size_t size) {
    const mlrtL_state *S = ud;
    lua_Debug ar;
    for (int level = 0; lua_getstack(S->running, level, &ar); level++) {
        lua_getinfo(S->running, "Sl", &ar);
        if (ar.currentline > 0 && strncmp(ar.source, "=mlrt/", 6) != 0) {
            snprintf(file, size, "%s", ar.short_src);
            return ar.currentline;
        }
    }
    return 0;
}

static mlrt_profile *self(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    box *b = mlrtL_test(L, S, 1, MLRTL_PROFILE);
    mlrtL_context(L, S);
    if (!b || !b->p)
        luaL_error(L, "a profile expected");
    return b->p;
}

static int collect(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_PROFILE);
    if (b)
        mlrt_profile_free(b->p);
    if (b)
        b->p = NULL;
    return 0;
}

/* _profile(max_events) -> a profile that runs */
static int profile(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_profile_options o;
    mlrt_profile_options_init(&o);
    o.where = where;
    o.ud = S;
    o.max_events = (size_t)luaL_checkinteger(L, 1);
    box *b = mlrtL_new(L, S, MLRTL_PROFILE, sizeof *b);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &running_key);
    lua_pushvalue(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &running_key);
    b->p = mlrt_profile_start(m, &o);
    if (b->p)
        lua_pop(L, 1);
    else
        lua_rawsetp(L, LUA_REGISTRYINDEX, &running_key); /* the one before */
    return b->p ? 1 : mlrtL_raise(L, S);
}

static int stop(lua_State *L) {
    mlrt_profile_stop(self(L));
    lua_rawgetp(L, LUA_REGISTRYINDEX, &running_key);
    if (lua_rawequal(L, 1, -1)) {
        lua_pushnil(L);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &running_key);
    }
    return 0;
}

static int seconds(lua_State *L) {
    lua_pushnumber(L, mlrt_profile_seconds(self(L)));
    return 1;
}

/* p:events() -> events kept, events not kept */
static int events(lua_State *L) {
    mlrt_profile *p = self(L);
    lua_pushinteger(L, mlrt_profile_events(p));
    lua_pushinteger(L, mlrt_profile_lost(p));
    return 2;
}

static void set_number(lua_State *L, const char *name, double v) {
    lua_pushnumber(L, v);
    lua_setfield(L, -2, name);
}

static void set_string(lua_State *L, const char *name, const char *v) {
    lua_pushstring(L, v);
    lua_setfield(L, -2, name);
}

/* A row as a table; the line is "file:12", nil where it is not known. */
static void push_row(lua_State *L, const mlrt_profile_row *r) {
    lua_createtable(L, 0, 12);
    set_string(L, "op", r->name);
    set_string(L, "dtype", mlrt_dtype_name(r->dtype));
    if (r->line) {
        lua_pushfstring(L, "%s:%d", r->file, r->line);
        lua_setfield(L, -2, "line");
    }
    lua_pushboolean(L, r->backward);
    lua_setfield(L, -2, "backward");
    lua_pushinteger(L, (lua_Integer)r->calls);
    lua_setfield(L, -2, "calls");
    set_number(L, "start", r->start);
    set_number(L, "total", r->total);
    set_number(L, "seconds", r->seconds);
    set_number(L, "flops", r->flops);
    set_number(L, "bytes", r->bytes);
}

/* p:row(i), p:event(i) -> a table, or nil behind the last. */
static int push_at(lua_State *L,
                   bool (*get)(const mlrt_profile *, int, mlrt_profile_row *)) {
    mlrt_profile_row r;
    lua_Integer i = luaL_checkinteger(L, 2);
    if (i < 1 || i > INT32_MAX || !get(self(L), (int)i - 1, &r))
        return 0;
    push_row(L, &r);
    return 1;
}

static int row(lua_State *L) {
    return push_at(L, mlrt_profile_get);
}
static int event(lua_State *L) {
    return push_at(L, mlrt_profile_event);
}

const luaL_Reg mlrtL_profile_funcs[] = {{"_profile", profile}, {NULL, NULL}};

void mlrtL_open_profile(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {{"stop", stop},     {"seconds", seconds},
                                {"row", row},       {"event", event},
                                {"events", events}, {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_PROFILE, "mlrt.Profile", collect);
    lua_newtable(L);
    mlrtL_setfuncs(L, S, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
