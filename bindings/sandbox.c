/* sandbox.c: what a script in a sandbox sees of Lua's base library.
 *
 * The globals are a new table, and every function in it is put there by name:
 * nothing is taken away from a full library, so nothing can be forgotten.
 * What Lua's own function does safely is Lua's own; the others are here,
 * because they reach the disk or bytecode, run a script's handler where the
 * hook is off (xpcall), let a finalizer be set, or loop in C over lengths
 * that a script invents.
 */
#include "runtime.h"

#include <lualib.h>
#include <stdio.h>

/* ---- print ------------------------------------------------------------ */

int mlrtR_print(lua_State *L) {
    mlrt_runtime *rt = mlrtR_of(L);
    luaL_Buffer b;
    size_t len;
    int n = lua_gettop(L);
    luaL_buffinit(L, &b);
    for (int i = 1; i <= n; i++) {
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&b);
        if (i < n)
            luaL_addchar(&b, '\t');
    }
    luaL_pushresult(&b);
    const char *text = lua_tolstring(L, -1, &len);
    if (rt->config.print)
        rt->config.print(rt->config.print_ud, text, len);
    return 0;
}

/* ---- Calls ------------------------------------------------------------ */

static int handled(lua_State *L, int status, lua_KContext base) {
    (void)status, (void)base;
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

/* The call has ended; the handler is at 1. */
static int finish_xpcall(lua_State *L, int status, lua_KContext ok) {
    (void)ok;
    if (status == LUA_OK || status == LUA_YIELD) {
        lua_pushboolean(L, 1);
        lua_replace(L, 1);
        return lua_gettop(L);
    }
    lua_pushvalue(L, 1);
    lua_insert(L, -2);
    return handled(L, lua_pcallk(L, 1, 1, 0, 0, handled), 0);
}

/* xpcall(f, handler, ...): the handler is called after unwinding, as a Lua
 * function like any other. */
static int base_xpcall(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    lua_copy(L, 2, 1);
    lua_replace(L, 2);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0,
                            finish_xpcall);
    return finish_xpcall(L, status, 0);
}

/* ---- Metatables, memory ----------------------------------------------- */

static int base_setmetatable(lua_State *L) {
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2,
                     "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    lua_settop(L, 2);
    if (type == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "setmetatable: a sandbox has no __gc");
        lua_pop(L, 1);
    }
    lua_setmetatable(L, 1);
    return 1;
}

/* collectgarbage("count") or ("collect") */
static int base_collectgarbage(lua_State *L) {
    static const char *const options[] = {"collect", "count", NULL};
    double kib = (double)lua_gc(L, LUA_GCCOUNT) +
                 (double)lua_gc(L, LUA_GCCOUNTB) / 1024;
    if (luaL_checkoption(L, 1, "collect", options) == 1) {
        lua_pushnumber(L, kib);
        return 1;
    }
    mlrtR_charge(L, (uint64_t)(kib * 16)); /* what it looks at, about */
    lua_gc(L, LUA_GCCOLLECT);
    lua_pushinteger(L, 0);
    return 1;
}

/* ---- load, require ---------------------------------------------------- */

/* The pieces that the function at 1 returns, in one string. */
static void gather(lua_State *L) {
    luaL_Buffer b;
    int top = lua_gettop(L);
    luaL_buffinit(L, &b);
    for (;;) {
        mlrtR_charge(L, 16);
        lua_pushvalue(L, 1);
        lua_call(L, 0, 1);
        size_t len = 0;
        if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "reader function must return a string");
        if (!lua_isnil(L, -1))
            lua_tolstring(L, -1, &len);
        if (len == 0)
            break;
        luaL_addvalue(&b);
    }
    lua_pop(L, 1);
    luaL_pushresult(&b);
    lua_replace(L, 1);
    lua_settop(L, top);
}

/* load(text or function, name, mode, env): text only, whatever mode says. */
static int base_load(lua_State *L) {
    const mlrt_runtime *rt = mlrtR_of(L);
    size_t len;
    bool env = !lua_isnone(L, 4);
    lua_settop(L, 4);
    if (lua_isfunction(L, 1)) {
        if (lua_isnil(L, 2)) {
            lua_pushliteral(L, "=(load)");
            lua_replace(L, 2);
        }
        gather(L);
    }
    const char *text = luaL_checklstring(L, 1, &len);
    const char *name = luaL_optstring(L, 2, text);
    mlrtR_charge(L, len);
    if (luaL_loadbufferx(L, text, len, name, "t") != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (env)
        lua_pushvalue(L, 4);
    else
        lua_rawgeti(L, LUA_REGISTRYINDEX, rt->env);
    if (!lua_setupvalue(L, -2, 1))
        lua_pop(L, 1);
    return 1;
}

/* require(name): mlrt's embedded modules, which stand in package.preload's
 * place of the registry. */
static int base_require(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    if (lua_getfield(L, 2, name) == LUA_TNIL)
        return luaL_error(L,
                          "module '%s' not found: a sandbox has mlrt's own "
                          "only",
                          name);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "mlrt.loaded");
    if (lua_getfield(L, 4, name) != LUA_TNIL)
        return 1;
    lua_pop(L, 1);
    lua_pushvalue(L, 3);
    lua_pushvalue(L, 1);
    lua_pushliteral(L, ":preload:");
    lua_call(L, 2, 1);
    if (lua_isnil(L, -1)) {
        lua_pushboolean(L, 1);
        lua_replace(L, -2);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, 4, name);
    return 1;
}

const luaL_Reg mlrtR_base_funcs[] = {{"print", mlrtR_print},
                                     {"xpcall", base_xpcall},
                                     {"setmetatable", base_setmetatable},
                                     {"collectgarbage", base_collectgarbage},
                                     {"load", base_load},
                                     {"require", base_require},
                                     {NULL, NULL}};

/* ---- Filling the globals ---------------------------------------------- */

/* Copies the named fields of the table at `from` to the table on top. */
static void copy_fields(lua_State *L, int from, const char *const *names) {
    for (; *names; names++) {
        lua_getfield(L, from, *names);
        lua_setfield(L, -2, *names);
    }
}

/* Opens one of Lua's libraries aside, copies what is safe of it to a new
 * table, adds ours, and makes that the global `name`. */
static void add_library(lua_State *L, const char *name, lua_CFunction open,
                        const char *const *names, const luaL_Reg *ours) {
    lua_pushcfunction(L, open);
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
    int from = lua_gettop(L);
    lua_newtable(L);
    copy_fields(L, from, names);
    if (ours)
        luaL_setfuncs(L, ours, 0);
    lua_setglobal(L, name);
    lua_settop(L, from - 1);
}

/* Lua's base library fills the globals, so that it is opened while another
 * table stands there. */
static void add_base(lua_State *L) {
    static const char *const names[] = {
        "assert",   "error",    "getmetatable", "ipairs",   "next",   "pairs",
        "pcall",    "rawequal", "rawget",       "rawlen",   "rawset", "select",
        "tonumber", "tostring", "type",         "_VERSION", NULL};
    lua_newtable(L);
    int globals = lua_gettop(L);
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1);
    int from = lua_gettop(L);
    lua_pushvalue(L, globals);
    copy_fields(L, from, names);
    luaL_setfuncs(L, mlrtR_base_funcs, 0);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_settop(L, globals - 1);
}

/* Strings find their methods in the sandbox's table, behind a metatable that
 * scripts cannot get at. */
static void protect_strings(lua_State *L) {
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_getglobal(L, "string");
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "string");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

static const char *const string_names[] = {
    "byte",     "char", "format", "len",     "lower",  "pack",
    "packsize", "sub",  "upper",  "reverse", "unpack", NULL};
static const char *const table_names[] = {"pack", NULL};
static const char *const coroutine_names[] = {"isyieldable", "running",
                                              "status", "yield", NULL};
static const char *const utf8_names[] = {
    "char", "charpattern", "codepoint", "codes", "len", "offset", NULL};
static const char *const math_names[] = {
    "abs", "acos",       "asin", "atan",      "ceil", "cos",    "deg",
    "exp", "floor",      "fmod", "huge",      "log",  "max",    "maxinteger",
    "min", "mininteger", "modf", "pi",        "rad",  "random", "randomseed",
    "sin", "sqrt",       "tan",  "tointeger", "type", "ult",    NULL};

/* The same seed, the same numbers: Lua's own seed is an address. */
static void seed_math(lua_State *L, mlrt_runtime *rt) {
    uint64_t state[2];
    mlrt_generator_get(mlrt_default_generator(rt->m), state);
    lua_getglobal(L, "math");
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, (lua_Integer)state[0]);
    lua_call(L, 1, 0);
    lua_pop(L, 1);
}

static void fill_sealed(lua_State *L, mlrt_runtime *rt) {
    add_base(L);
    add_library(L, "string", luaopen_string, string_names, mlrtR_string_funcs);
    add_library(L, "table", luaopen_table, table_names, mlrtR_table_funcs);
    add_library(L, "coroutine", luaopen_coroutine, coroutine_names,
                mlrtR_coroutine_funcs);
    add_library(L, "utf8", luaopen_utf8, utf8_names, NULL);
    add_library(L, "math", luaopen_math, math_names, NULL);
    lua_getglobal(L, "string");
    mlrtR_limit_push(L, "byte");
    lua_getglobal(L, "utf8");
    mlrtR_limit_push(L, "codepoint");
    lua_pop(L, 2);
    protect_strings(L);
    seed_math(L, rt);
}

/* A trusted script has Lua's whole library, but coroutines that can be put
 * aside and stopped. */
static void fill_trusted(lua_State *L, const mlrt_runtime *rt) {
    lua_getglobal(L, LUA_COLIBNAME);
    luaL_setfuncs(L, mlrtR_coroutine_funcs, 0);
    lua_pop(L, 1);
    if (rt->config.print)
        lua_register(L, "print", mlrtR_print);
}

void mlrtR_sandbox(lua_State *L, mlrt_runtime *rt) {
    if (rt->config.trusted)
        fill_trusted(L, rt);
    else
        fill_sealed(L, rt);
}

void mlrtR_newenv(lua_State *L) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    lua_createtable(L, 0, 2);
    lua_pushglobaltable(L);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "globals");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}
