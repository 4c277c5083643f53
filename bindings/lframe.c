/* lframe.c: tables for Lua.
 *
 * What a script uses is made by lua/mlrt/df/; here are the readers and the
 * functions on columns, which lie in the module's table `frame`.  They are
 * called with arguments that the Lua side has checked and ask no more than
 * what keeps them from crashing.
 */
#include "lib.h"

#include <string.h>

typedef struct box {
    mlrt_table *t;
} box;

static int collect(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_TABLE);
    if (b)
        mlrt_table_free(b->t);
    if (b)
        b->t = NULL;
    return 0;
}

/* ---- Options of read_csv ---------------------------------------------- */

/* The strings of a list in field `name` of the options at 2, which hold them;
 * NULL if it is absent. */
static const char *const *strings(lua_State *L, const char *name, int *n) {
    *n = 0;
    if (lua_getfield(L, 2, name) != LUA_TTABLE)
        return NULL;
    lua_Unsigned len = lua_rawlen(L, -1);
    if (len > 1000000)
        luaL_error(L, "read_csv: too many %s", name);
    const char **v = mlrtL_array(L, len + 1, sizeof *v);
    for (; *n < (int)len; ++*n) {
        if (lua_rawgeti(L, -2, *n + 1) != LUA_TSTRING)
            luaL_error(L, "read_csv: option '%s': a list of strings expected",
                       name);
        v[*n] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    return v;
}

static char character(lua_State *L, const char *name, char otherwise) {
    size_t n = 0;
    const char *p = lua_getfield(L, 2, name) == LUA_TSTRING
                        ? lua_tolstring(L, -1, &n)
                        : NULL;
    char c = !p ? otherwise : n ? *p : '\0';
    if (n > 1)
        luaL_error(L,
                   "read_csv: option '%s': one character expected, got "
                   "\"%s\"",
                   name, p);
    lua_pop(L, 1);
    return c;
}

static int64_t integer(lua_State *L, const char *name, int64_t otherwise) {
    lua_getfield(L, 2, name);
    int64_t v = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : otherwise;
    lua_pop(L, 1);
    return v;
}

static mlrt_kind kind_at(lua_State *L, int index) {
    lua_Integer k = lua_tointeger(L, index);
    return k >= 0 && k < MLRT_NKINDS ? (mlrt_kind)k : MLRT_COL_AUTO;
}

/* {kinds} beside {typed}. */
static void read_kinds(lua_State *L, mlrt_csv_options *o) {
    o->typed = strings(L, "typed", &o->ntyped);
    if (!o->typed)
        return;
    mlrt_kind *kinds = mlrtL_array(L, (size_t)o->ntyped + 1, sizeof *kinds);
    luaL_argcheck(L, lua_getfield(L, 2, "kinds") == LUA_TTABLE, 2, "no kinds");
    for (int i = 0; i < o->ntyped; i++) {
        lua_rawgeti(L, -1, i + 1);
        kinds[i] = kind_at(L, -1);
        lua_pop(L, 1);
    }
    o->kinds = kinds;
}

/* What it reads stays on the stack. */
static void read_options(lua_State *L, mlrt_csv_options *o) {
    mlrt_csv_options_init(o);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checkstack(L, 32, NULL);
    o->sep = character(L, "sep", o->sep);
    o->quote = character(L, "quote", o->quote);
    o->comment = character(L, "comment", o->comment);
    o->decimal = character(L, "decimal", o->decimal);
    o->header = integer(L, "header", 1) != 0;
    o->trim = integer(L, "trim", 0) != 0;
    o->encoding = (enum mlrt_encoding)integer(L, "encoding", 0);
    o->ragged = (enum mlrt_ragged)integer(L, "ragged", 0);
    o->skip = integer(L, "skip", 0);
    o->rows = integer(L, "rows", -1);
    lua_getfield(L, 2, "kind");
    o->kind = lua_isnil(L, -1) ? MLRT_COL_AUTO : kind_at(L, -1);
    o->na = strings(L, "na", &o->nna);
    o->names = strings(L, "names", &o->nnames);
    o->only = strings(L, "only", &o->nonly);
    read_kinds(L, o);
    if (lua_getfield(L, 2, "date_format") == LUA_TSTRING)
        o->date_format = lua_tostring(L, -1);
}

/* ---- Tables as Lua's -------------------------------------------------- */

static void set_tensor(lua_State *L, mlrtL_state *S, const char *name,
                       mlrt_tensor *t) {
    if (t == MLRT_NONE)
        return;
    mlrtL_pushborrowed(L, S, t);
    lua_setfield(L, -2, name);
}

static void push_column(lua_State *L, mlrtL_state *S, const mlrt_column *c) {
    lua_createtable(L, 0, 6);
    lua_pushstring(L, c->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, mlrt_kind_name(c->kind));
    lua_setfield(L, -2, "dtype");
    set_tensor(L, S, "values", c->values);
    set_tensor(L, S, "holes", c->holes);
    set_tensor(L, S, "bytes", c->bytes);
    set_tensor(L, S, "offsets", c->offsets);
}

/* {columns}, rows, rows left out; the box is emptied. */
static int push_table(lua_State *L, mlrtL_state *S, box *b) {
    mlrt_column c;
    int n = mlrt_table_columns(b->t);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n && mlrt_table_column(b->t, i, &c); i++) {
        push_column(L, S, &c);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushinteger(L, mlrt_table_rows(b->t));
    lua_pushinteger(L, mlrt_table_skipped(b->t));
    mlrt_table_free(b->t);
    b->t = NULL;
    mlrtL_charge(L, S);
    return 3;
}

/* read_csv(path, or a text if {memory = true}; options) -> columns, rows,
 * rows left out; {jsonl = true}: lines of JSON */
static int read_csv(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_csv_options o;
    lua_settop(L, 2);
    size_t n = 0;
    luaL_checktype(L, 2, LUA_TTABLE);
    bool memory = lua_getfield(L, 2, "memory") == LUA_TBOOLEAN;
    bool jsonl = lua_getfield(L, 2, "jsonl") == LUA_TBOOLEAN;
    const char *from = luaL_checklstring(L, 1, &n);
    if (!memory && strlen(from) != n)
        mlrtL_error(L, "read_csv: argument 'path': has a zero byte");
    read_options(L, &o);
    box *b = mlrtL_new(L, S, MLRTL_TABLE, sizeof *b);
    mlrtL_enter(L, S);
    b->t = jsonl    ? mlrt_read_jsonl(m, from, &o)
           : memory ? mlrt_read_csv_memory(m, from, n, &o)
                    : mlrt_read_csv(m, from, &o);
    mlrtL_leave(S);
    if (b->t)
        return push_table(L, S, b);
    return mlrt_errcode(m) == MLRT_EARG ? mlrtL_raise(L, S) : mlrtL_nil(L, S);
}

/* ---- Writing ---------------------------------------------------------- */

static mlrt_tensor *tensor_in(lua_State *L, const char *name) {
    lua_getfield(L, -1, name);
    mlrt_tensor *t = lua_toboolean(L, -1)
                         ? mlrtL_checktensor(L, mlrtL_self(L), lua_gettop(L),
                                             "write", name)
                         : MLRT_NONE;
    lua_pop(L, 1); /* the column holds it */
    return t;
}

/* The column on the top of the stack. */
static mlrt_column column_at(lua_State *L) {
    mlrt_column c = {.values = tensor_in(L, "values"),
                     .holes = tensor_in(L, "holes"),
                     .bytes = tensor_in(L, "bytes"),
                     .offsets = tensor_in(L, "offsets")};
    lua_getfield(L, -1, "name");
    lua_getfield(L, -2, "kind");
    c.kind = kind_at(L, -1);
    c.name = lua_tostring(L, -2);
    luaL_argcheck(L, c.name, 2, "a column without a name");
    lua_pop(L, 2);
    return c;
}

/* write(path, columns, rows, {sep, na, header, json}) -> true, or nil and the
 * message */
static int write(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    lua_settop(L, 4);
    const char *path = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 4, LUA_TTABLE);
    int n = (int)lua_rawlen(L, 2);
    mlrt_column *c = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *c, 0);
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, 2, i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        c[i] = column_at(L);
        lua_pop(L, 1);
    }
    lua_getfield(L, 4, "sep");
    lua_getfield(L, 4, "na");
    lua_getfield(L, 4, "header");
    lua_getfield(L, 4, "json");
    mlrt_write_options o = {sizeof o, *luaL_optstring(L, -4, ","),
                            lua_toboolean(L, -2), lua_toboolean(L, -1),
                            luaL_optstring(L, -3, "")};
    int64_t rows = luaL_checkinteger(L, 3);
    mlrtL_enter(L, S);
    int err = mlrt_write_table(m, path, c, n, rows, &o);
    mlrtL_leave(S);
    if (err)
        return mlrtL_nil(L, S);
    lua_pushboolean(L, 1);
    return 1;
}

/* ---- Dictionaries ----------------------------------------------------- */

/* encode(list, n) -> codes, bytes, offsets; what is no string is a hole. */
static int encode(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer n = luaL_checkinteger(L, 2);
    luaL_argcheck(L, n >= 0 && n < INT32_MAX, 2, "too many");
    const char **words = mlrtL_array(L, (size_t)n + 1, sizeof *words);
    size_t *lengths = mlrtL_array(L, (size_t)n + 1, sizeof *lengths);
    mlrtL_box *codes = mlrtL_newbox(L, S), *bytes = mlrtL_newbox(L, S);
    mlrtL_box *offsets = mlrtL_newbox(L, S);
    for (lua_Integer i = 0; i < n; i++) {
        bool text = lua_rawgeti(L, 1, i + 1) == LUA_TSTRING;
        words[i] = text ? lua_tolstring(L, -1, &lengths[i]) : NULL;
        lua_pop(L, 1); /* the list holds it */
    }
    mlrtL_enter(L, S);
    int err = mlrt_dict_encode(m, words, lengths, n, &codes->t, &bytes->t,
                               &offsets->t);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    mlrtL_charge(L, S);
    return 3;
}

static mlrt_tensor *tensor_at(lua_State *L, int index, const char *name) {
    return mlrtL_checktensor(L, mlrtL_self(L), index, "frame", name);
}

/* word(bytes, offsets, k) -> word k, from 1, or nil */
static int word(lua_State *L) {
    size_t n;
    mlrtL_context(L, mlrtL_self(L));
    const char *p = mlrt_dict_word(tensor_at(L, 1, "bytes"),
                                   tensor_at(L, 2, "offsets"),
                                   luaL_checkinteger(L, 3) - 1, &n);
    if (p)
        lua_pushlstring(L, p, n);
    else
        lua_pushnil(L);
    return 1;
}

/* words(bytes, offsets) -> all of them */
static int words(lua_State *L) {
    mlrtL_context(L, mlrtL_self(L));
    mlrt_tensor *bytes = tensor_at(L, 1, "bytes");
    mlrt_tensor *offsets = tensor_at(L, 2, "offsets");
    int64_t n = mlrt_dict_size(offsets);
    lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
    for (int64_t k = 0; k < n; k++) {
        size_t len;
        const char *p = mlrt_dict_word(bytes, offsets, k, &len);
        if (!p)
            break;
        lua_pushlstring(L, p, len);
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

/* tidy(codes, bytes, offsets, sorted) -> codes, bytes, offsets */
static int tidy(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_tensor *in[3];
    mlrtL_box *out[3];
    for (int i = 0; i < 3; i++)
        in[i] = tensor_at(L, i + 1, "dictionary");
    for (int i = 0; i < 3; i++)
        out[i] = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    int err = mlrt_dict_tidy(m, in[0], in[1], in[2], lua_toboolean(L, 4),
                             &out[0]->t, &out[1]->t, &out[2]->t);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    mlrtL_charge(L, S);
    return 3;
}

/* ---- Rows ------------------------------------------------------------- */

/* The tensor at a position, or none. */
static mlrt_tensor *optional_at(lua_State *L, int index, const char *name) {
    return lua_isnoneornil(L, index) ? MLRT_NONE : tensor_at(L, index, name);
}

/* take(values, holes or nil, index) -> values, holes or nil */
static int take(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    mlrt_tensor *values = tensor_at(L, 1, "values");
    mlrt_tensor *holes = optional_at(L, 2, "holes"), *new_holes = NULL;
    mlrt_tensor *index = tensor_at(L, 3, "index");
    mlrtL_box *y = mlrtL_newbox(L, S), *h = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    int err = mlrt_rows_take(m, values, holes, index, &y->t, &new_holes);
    mlrtL_leave(S);
    if (err)
        return mlrtL_raise(L, S);
    if (new_holes == MLRT_NONE)
        lua_pop(L, 1);
    else
        h->t = new_holes;
    mlrtL_charge(L, S);
    return new_holes == MLRT_NONE ? 1 : 2;
}

const luaL_Reg mlrtL_frame_funcs[] = {{"read_csv", read_csv}, {"write", write},
                                      {"encode", encode},     {"word", word},
                                      {"words", words},       {"tidy", tidy},
                                      {"take", take},         {NULL, NULL}};

void mlrtL_open_frame(lua_State *L, mlrtL_state *S) {
    mlrtL_newtype(L, S, MLRTL_TABLE, "mlrt.Table", collect);
    lua_pop(L, 1);
}
