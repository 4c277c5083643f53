/* lframe_rows.c: the functions on rows of columns, for lua/mlrt/df/.
 */
#include "lib.h"

#include <stdlib.h>
#include <string.h>

static mlrt_tensor *tensor_at(lua_State *L, int index) {
    return mlrtL_checktensor(L, mlrtL_self(L), index, "frame", "column");
}

static mlrt_tensor *optional_at(lua_State *L, int index) {
    return lua_toboolean(L, index) ? tensor_at(L, index) : MLRT_NONE;
}

/* A column {values, holes or false, descending} of the table at a position,
 * which holds the tensors. */
static mlrt_sort_by by_at(lua_State *L, int index) {
    luaL_checktype(L, index, LUA_TTABLE);
    lua_rawgeti(L, index, 1);
    lua_rawgeti(L, index, 2);
    lua_rawgeti(L, index, 3);
    int top = lua_gettop(L);
    mlrt_sort_by by = {tensor_at(L, top - 2), optional_at(L, top - 1),
                       lua_toboolean(L, top)};
    lua_settop(L, top - 3);
    return by;
}

/* The list of such columns at 1, in a block that is pushed. */
static mlrt_sort_by *list_at_1(lua_State *L, int *n) {
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t len = lua_rawlen(L, 1);
    luaL_argcheck(L, len < 10000, 1, "too many columns");
    mlrt_sort_by *by = mlrtL_array(L, len + 1, sizeof *by);
    for (*n = 0; *n < (int)len; ++*n) {
        lua_rawgeti(L, 1, *n + 1);
        by[*n] = by_at(L, lua_gettop(L));
        lua_pop(L, 1);
    }
    return by;
}

/* Begins a call: the context. */
static mlrt *begin(lua_State *L) {
    return mlrtL_context(L, mlrtL_self(L));
}

/* Ends one that fills boxes. */
static int end(lua_State *L, int err, int results) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    mlrtL_charge(L, S);
    return results;
}

static int finish(lua_State *L, mlrtL_box *box, mlrt_tensor *t) {
    mlrtL_leave(mlrtL_self(L));
    mlrtL_fill(L, mlrtL_self(L), box, t);
    return 1;
}

/* sort(columns) -> index */
static int sort(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    int n;
    mlrt_sort_by *by = list_at_1(L, &n);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return end(L, mlrt_rows_sort(m, by, n, &box->t), 1);
}

/* group(columns, keep) -> groups, first rows */
static int group(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    int n;
    bool keep = lua_toboolean(L, 2);
    mlrt_sort_by *by = list_at_1(L, &n);
    mlrtL_box *g = mlrtL_newbox(L, S), *f = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return end(L, mlrt_rows_group(m, by, n, keep, &g->t, &f->t), 2);
}

/* reduce(what, values, holes, groups, ngroups) */
static int reduce(lua_State *L) {
    static const char *const names[] = {"count", "sum",  "prod", "mean", "var",
                                        "first", "last", "min",  "max",  NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_reduction what = (mlrt_reduction)luaL_checkoption(L, 1, NULL, names);
    mlrt_tensor *x = tensor_at(L, 2), *holes = optional_at(L, 3);
    mlrt_tensor *groups = tensor_at(L, 4);
    int64_t n = luaL_checkinteger(L, 5);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return finish(L, box, mlrt_group_reduce(m, what, x, holes, groups, n));
}

/* quantile(q, values, holes, groups, ngroups) */
static int quantile(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    double q = luaL_checknumber(L, 1);
    mlrt_tensor *x = tensor_at(L, 2), *holes = optional_at(L, 3);
    mlrt_tensor *groups = tensor_at(L, 4);
    int64_t n = luaL_checkinteger(L, 5);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return finish(L, box, mlrt_group_quantile(m, q, x, holes, groups, n));
}

/* join(left numbers, right numbers, count, outer) -> left rows, right rows */
static int join(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_tensor *left = tensor_at(L, 1), *right = tensor_at(L, 2);
    int64_t n = luaL_checkinteger(L, 3);
    bool outer = lua_toboolean(L, 4);
    mlrtL_box *l = mlrtL_newbox(L, S), *r = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return end(L, mlrt_rows_join(m, left, right, n, outer, &l->t, &r->t), 2);
}

/* asof(left, left numbers, right, right numbers, count, direction, tolerance,
 * exact) -> right rows */
static int asof(lua_State *L) {
    static const char *const names[] = {"backward", "forward", "nearest", NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_sort_by left = by_at(L, 1), right = by_at(L, 3);
    mlrt_tensor *left_by = optional_at(L, 2), *right_by = optional_at(L, 4);
    int64_t n = luaL_checkinteger(L, 5);
    mlrt_asof_options o = {(enum mlrt_asof)luaL_checkoption(L, 6, NULL, names),
                           luaL_checknumber(L, 7), lua_toboolean(L, 8)};
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return finish(L, box,
                  mlrt_rows_asof(m, &left, left_by, &right, right_by, n, &o));
}

/* roll(what, size, least, values, holes, groups, order) */
static int roll(lua_State *L) {
    static const char *const names[] = {"count", "sum", "mean",   "var", "std",
                                        "min",   "max", "median", NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_window what = (mlrt_window)luaL_checkoption(L, 1, NULL, names);
    int64_t size = luaL_checkinteger(L, 2), least = luaL_checkinteger(L, 3);
    mlrt_tensor *x = tensor_at(L, 4), *holes = optional_at(L, 5);
    mlrt_tensor *groups = optional_at(L, 6), *order = optional_at(L, 7);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return finish(
        L, box, mlrt_rows_roll(m, what, size, least, x, holes, groups, order));
}

/* last(holes, forward, limit, groups, order) -> rows */
static int last(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_tensor *holes = tensor_at(L, 1);
    bool forward = lua_toboolean(L, 2);
    int64_t limit = luaL_checkinteger(L, 3);
    mlrt_tensor *groups = optional_at(L, 4), *order = optional_at(L, 5);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return finish(L, box,
                  mlrt_rows_last(m, holes, forward, limit, groups, order));
}

/* lag(by, n, groups, order) -> rows */
static int lag(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    int64_t by = luaL_checkinteger(L, 1), n = luaL_checkinteger(L, 2);
    mlrt_tensor *groups = optional_at(L, 3), *order = optional_at(L, 4);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return finish(L, box, mlrt_rows_lag(m, by, n, groups, order));
}

/* interpolate(values, holes) -> values, holes */
static int interpolate(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_tensor *x = tensor_at(L, 1), *holes = tensor_at(L, 2);
    mlrtL_box *y = mlrtL_newbox(L, S), *h = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return end(L, mlrt_rows_interpolate(m, x, holes, &y->t, &h->t), 2);
}

/* date_parts(values, part) */
static int date_parts(lua_State *L) {
    static const char *const names[] = {
        "year",        "quarter",     "month", "week",   "day",
        "weekday",     "day_of_year", "hour",  "minute", "second",
        "microsecond", "days",        NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_tensor *x = tensor_at(L, 1);
    mlrt_date_part part = (mlrt_date_part)luaL_checkoption(L, 2, NULL, names);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return finish(L, box, mlrt_date_parts(m, x, part));
}

/* date_text(microseconds) */
static int date_text(lua_State *L) {
    char text[MLRT_DATE_TEXT];
    size_t n = mlrt_date_text(luaL_checkinteger(L, 1), text);
    lua_pushlstring(L, text, n);
    return 1;
}

/* merge(bytes, offsets, bytes, offsets) -> bytes, offsets, places */
static int merge(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_tensor *in[4];
    mlrtL_box *out[3];
    for (int i = 0; i < 4; i++)
        in[i] = tensor_at(L, i + 1);
    for (int i = 0; i < 3; i++)
        out[i] = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return end(L,
               mlrt_dict_merge(m, in[0], in[1], in[2], in[3], &out[0]->t,
                               &out[1]->t, &out[2]->t),
               3);
}

/* parse(bytes, offsets, dtype, format) -> values, which are none */
static int parse(lua_State *L) {
    static const char *const names[] = {"f64", "i64", "bool", "datetime", NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = begin(L);
    mlrt_tensor *bytes = tensor_at(L, 1), *offsets = tensor_at(L, 2);
    mlrt_kind kind = (mlrt_kind)luaL_checkoption(L, 3, NULL, names);
    const char *format = luaL_optstring(L, 4, NULL);
    mlrtL_box *y = mlrtL_newbox(L, S), *bad = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return end(
        L, mlrt_dict_parse(m, bytes, offsets, kind, format, &y->t, &bad->t), 2);
}

const luaL_Reg mlrtL_rows_funcs[] = {{"sort", sort},
                                     {"group", group},
                                     {"reduce", reduce},
                                     {"quantile", quantile},
                                     {"join", join},
                                     {"asof", asof},
                                     {"roll", roll},
                                     {"last", last},
                                     {"lag", lag},
                                     {"interpolate", interpolate},
                                     {"date_parts", date_parts},
                                     {"date_text", date_text},
                                     {"merge", merge},
                                     {"parse", parse},
                                     {NULL, NULL}};
