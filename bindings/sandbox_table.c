/* sandbox_table.c: table's functions, their loops counted.
 *
 * With __len, __index and a C function as metamethod a script can make Lua's
 * own run 2^63 times within one instruction.  These obey metamethods as Lua's
 * do and charge every step; sort is a merge sort, which a comparison that
 * lies can neither lengthen nor lead out of the list.
 */
#include "runtime.h"

#include <limits.h>

enum { READS = 1, WRITES = 2, MEASURES = 4 };

/* A table, or something whose metamethods serve for one. */
static void check_table(lua_State *L, int index, int what) {
    static const char *const events[] = {"__index", "__newindex", "__len"};
    if (lua_istable(L, index))
        return;
    bool ok = lua_getmetatable(L, index);
    for (int i = 0; i < 3 && ok; i++) {
        if (!(what & 1 << i))
            continue;
        lua_pushstring(L, events[i]);
        ok = lua_rawget(L, -2) != LUA_TNIL;
        lua_pop(L, 1);
    }
    if (!ok)
        luaL_checktype(L, index, LUA_TTABLE);
    lua_pop(L, 1);
}

static lua_Integer length(lua_State *L, int index, int what) {
    check_table(L, index, what | MEASURES);
    return luaL_len(L, index);
}

/* t[to] = t[from] */
static void copy(lua_State *L, int to_table, lua_Integer to, int from_table,
                 lua_Integer from) {
    lua_geti(L, from_table, from);
    lua_seti(L, to_table, to);
}

static int table_insert(lua_State *L) {
    uint32_t steps = 0;
    lua_Integer end = length(L, 1, READS | WRITES), at;
    end = (lua_Integer)((lua_Unsigned)end + 1);
    int n = lua_gettop(L);
    if (n != 2 && n != 3)
        return luaL_error(L, "wrong number of arguments to 'insert'");
    at = n == 2 ? end : luaL_checkinteger(L, 2);
    luaL_argcheck(L, n == 2 || (lua_Unsigned)at - 1u < (lua_Unsigned)end, 2,
                  "position out of bounds");
    for (lua_Integer i = end; n == 3 && i > at; i--) {
        mlrtR_step(L, &steps);
        copy(L, 1, i, 1, i - 1);
    }
    lua_seti(L, 1, at);
    return 0;
}

static int table_remove(lua_State *L) {
    uint32_t steps = 0;
    lua_Integer size = length(L, 1, READS | WRITES);
    lua_Integer at = luaL_optinteger(L, 2, size);
    luaL_argcheck(L,
                  lua_gettop(L) < 2 || at == size ||
                      (lua_Unsigned)at - 1u <= (lua_Unsigned)size,
                  2, "position out of bounds");
    lua_geti(L, 1, at);
    for (; at < size; at++) {
        mlrtR_step(L, &steps);
        copy(L, 1, at, 1, at + 1);
    }
    lua_pushnil(L);
    lua_seti(L, 1, at);
    return 1;
}

/* Backwards when the places overlap and the first would be overwritten. */
static void move(lua_State *L, lua_Integer from, lua_Integer n, lua_Integer to,
                 int target) {
    uint32_t steps = 0;
    bool same = target == 1 || lua_compare(L, 1, target, LUA_OPEQ);
    bool forth = to > from + n - 1 || to <= from || !same;
    for (lua_Integer k = 0; k < n; k++) {
        lua_Integer i = forth ? k : n - 1 - k;
        mlrtR_step(L, &steps);
        copy(L, target, to + i, 1, from + i);
    }
}

static int table_move(lua_State *L) {
    lua_Integer from = luaL_checkinteger(L, 2), end = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    check_table(L, 1, READS);
    check_table(L, target, WRITES);
    if (end >= from) {
        luaL_argcheck(L, from > 0 || end < LUA_MAXINTEGER + from, 3,
                      "too many elements to move");
        lua_Integer n = end - from + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - n + 1, 4,
                      "destination wrap around");
        move(L, from, n, to, target);
    }
    lua_pushvalue(L, target);
    return 1;
}

static void add_field(lua_State *L, luaL_Buffer *b, lua_Integer i) {
    lua_geti(L, 1, i);
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid value (at index %I) in table for 'concat'",
                   (LUAI_UACINT)i);
    luaL_addvalue(b);
}

static int table_concat(lua_State *L) {
    uint32_t steps = 0;
    luaL_Buffer b;
    size_t lsep;
    lua_Integer last = length(L, 1, READS);
    const char *sep = luaL_optlstring(L, 2, "", &lsep);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    luaL_buffinit(L, &b);
    for (; i < last; i++) {
        mlrtR_step(L, &steps);
        add_field(L, &b, i);
        luaL_addlstring(&b, sep, lsep);
    }
    if (i == last)
        add_field(L, &b, i);
    luaL_pushresult(&b);
    return 1;
}

static int table_unpack(lua_State *L) {
    uint32_t steps = 0;
    lua_Integer i = luaL_optinteger(L, 2, 1);
    lua_Integer end = lua_isnoneornil(L, 3) ? luaL_len(L, 1)
                                            : luaL_checkinteger(L, 3);
    if (i > end)
        return 0;
    lua_Unsigned n = (lua_Unsigned)end - (lua_Unsigned)i;
    if (n >= MLRTR_PUSH || !lua_checkstack(L, (int)++n))
        return luaL_error(L, "too many results to unpack");
    for (; i < end; i++) {
        mlrtR_step(L, &steps);
        lua_geti(L, 1, i);
    }
    lua_geti(L, 1, end);
    return (int)n;
}

/* ---- sort ------------------------------------------------------------- */

/* Is the element on top less than the one below it? */
static bool top_less(lua_State *L) {
    if (lua_isnil(L, 2))
        return lua_compare(L, -1, -2, LUA_OPLT);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -4);
    lua_call(L, 2, 1);
    bool less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

/* Merges from[a..b) and from[b..c) into to; equal ones keep their order. */
static void merge(lua_State *L, int from, int to, lua_Integer a, lua_Integer b,
                  lua_Integer c, uint32_t *steps) {
    lua_Integer i = a, j = b;
    for (lua_Integer k = a; k < c; k++) {
        mlrtR_step(L, steps);
        bool right = i == b;
        if (i < b && j < c) {
            lua_rawgeti(L, from, i);
            lua_rawgeti(L, from, j);
            right = top_less(L);
            lua_pop(L, 2);
        }
        lua_rawgeti(L, from, right ? j++ : i++);
        lua_rawseti(L, to, k);
    }
}

static lua_Integer least(lua_Integer a, lua_Integer b) {
    return a < b ? a : b;
}

/* Sorted runs of 1, 2, 4, ... go from one table to the other; the table that
 * has the result. */
static int sort_runs(lua_State *L, int from, int to, lua_Integer n) {
    uint32_t steps = 0;
    for (lua_Integer run = 1; run < n; run *= 2) {
        for (lua_Integer a = 1; a <= n; a += 2 * run)
            merge(L, from, to, a, least(a + run, n + 1),
                  least(a + 2 * run, n + 1), &steps);
        int other = from;
        from = to;
        to = other;
    }
    return from;
}

static int table_sort(lua_State *L) {
    uint32_t steps = 0;
    lua_Integer n = length(L, 1, READS | WRITES);
    if (n < 2)
        return 0;
    luaL_argcheck(L, n < INT_MAX, 1, "array too big");
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_newtable(L);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        mlrtR_step(L, &steps);
        lua_geti(L, 1, i);
        lua_rawseti(L, 3, i);
    }
    int from = sort_runs(L, 3, 4, n);
    for (lua_Integer i = 1; i <= n; i++) {
        mlrtR_step(L, &steps);
        lua_rawgeti(L, from, i);
        lua_seti(L, 1, i);
    }
    return 0;
}

const luaL_Reg mlrtR_table_funcs[] = {{"concat", table_concat},
                                      {"insert", table_insert},
                                      {"move", table_move},
                                      {"remove", table_remove},
                                      {"sort", table_sort},
                                      {"unpack", table_unpack},
                                      {NULL, NULL}};
