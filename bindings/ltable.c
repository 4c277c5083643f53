/* ltable.c: tensors from Lua's numbers and tables, and back.
 *
 * Tables are nested as the dimensions are.  Positions (dtype index) count
 * from 1 in Lua; `false` stands for none, because a table cannot hold nil.
 */
#include "lib.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- One value -------------------------------------------------------- */

/* Where we are in a nested table. */
typedef struct filler {
    lua_State *L;
    mlrtL_state *S;
    const char *function;
    mlrt_dtype dtype;
    int ndim;
    int64_t shape[MLRT_MAX_DIMS];
    int64_t at[MLRT_MAX_DIMS]; /* 1-based */
    char *p;                   /* the next element */
    lua_Integer base;          /* of an index */
    bool has_none;
    lua_Integer none; /* stands for none */
} filler;

/* "3", or "{2, 3}" for the first n positions. */
static const char *path(const filler *f, int n, char text[200]) {
    int len = snprintf(text, 200, n > 1 ? "{" : "");
    for (int i = 0; i < n; i++)
        len += snprintf(text + len, (size_t)(200 - len), "%s%lld",
                        i ? ", " : "", (long long)f->at[i]);
    snprintf(text + len, (size_t)(200 - len), n > 1 ? "}" : "");
    return text;
}

static int bad_element(filler *f, const char *wanted) {
    char where[200], got[80];
    if (f->ndim == 0)
        return mlrtL_wrong(f->L, f->function, "value", wanted, -1);
    return mlrtL_error(f->L, "%s: element %s: %s expected, got %s", f->function,
                       path(f, f->ndim, where), wanted,
                       mlrtL_got(f->L, -1, got, sizeof got));
}

/* The integer on top, within the range of an integer dtype. */
static int64_t integer(filler *f) {
    int isint;
    lua_Integer v = lua_tointegerx(f->L, -1, &isint);
    if (!isint || lua_type(f->L, -1) != LUA_TNUMBER)
        bad_element(f, "integer");
    if (f->dtype == MLRT_U8 && (v < 0 || v > UINT8_MAX))
        bad_element(f, "integer from 0 to 255");
    if (f->dtype == MLRT_I32 && (v < INT32_MIN || v > INT32_MAX))
        bad_element(f, "integer of 32 bits");
    return v;
}

/* The position on top, counted from f->base, as it is stored. */
static int64_t position(filler *f) {
    if (lua_isboolean(f->L, -1) && !lua_toboolean(f->L, -1))
        return -1;
    lua_Integer v = integer(f);
    if (f->has_none && v == f->none)
        return -1;
    if (v < f->base)
        bad_element(f, f->base == 1 ? "position (mlrt counts from 1) or false"
                                    : "position or false");
    return v - f->base;
}

static double number(filler *f) {
    if (lua_type(f->L, -1) != LUA_TNUMBER)
        bad_element(f, "number");
    return lua_tonumber(f->L, -1);
}

static bool boolean(filler *f) {
    if (!lua_isboolean(f->L, -1))
        bad_element(f, "boolean");
    return lua_toboolean(f->L, -1);
}

/* Stores the value on top of the stack. */
static void put(filler *f) {
    void *p = f->p;
    switch (f->dtype) {
    case MLRT_F32: *(float *)p = (float)number(f); break;
    case MLRT_F64: *(double *)p = number(f); break;
    case MLRT_I64: *(int64_t *)p = integer(f); break;
    case MLRT_I32: *(int32_t *)p = (int32_t)integer(f); break;
    case MLRT_U8: *(uint8_t *)p = (uint8_t)integer(f); break;
    case MLRT_BOOL: *(uint8_t *)p = boolean(f); break;
    default: *(int64_t *)p = position(f);
    }
    f->p += mlrt_dtype_size(f->dtype);
}

/* ---- Nested tables ---------------------------------------------------- */

static int ragged(filler *f, int depth) {
    char where[200], got[80];
    lua_State *L = f->L;
    const char *row = path(f, depth, where);
    if (!lua_istable(L, -1))
        return mlrtL_error(L,
                           "%s: row %s is no table but %s, unlike the "
                           "first",
                           f->function, row, mlrtL_got(L, -1, got, sizeof got));
    return mlrtL_error(L, "%s: row %s has %lld values, row %s has %lld",
                       f->function, row, (long long)lua_rawlen(L, -1),
                       depth > 1 ? "before" : "1", (long long)f->shape[depth]);
}

/* Stores the value on top, which fills the dimensions from `depth` on. */
static void fill(filler *f, int depth) {
    if (depth == f->ndim) {
        put(f);
        return;
    }
    if (!lua_istable(f->L, -1) ||
        (int64_t)lua_rawlen(f->L, -1) != f->shape[depth])
        ragged(f, depth);
    for (int64_t i = 1; i <= f->shape[depth]; i++) {
        f->at[depth] = i;
        mlrtL_step(f->L, f->S, i);
        lua_rawgeti(f->L, -1, i);
        fill(f, depth + 1);
        lua_pop(f->L, 1);
    }
}

/* The shape, read off the first elements; leaves the first leaf on top. */
static void measure(filler *f, int index) {
    lua_State *L = f->L;
    lua_pushvalue(L, index);
    while (lua_istable(L, -1)) {
        if (f->ndim == MLRT_MAX_DIMS)
            mlrtL_error(L, "%s: tables are nested more than %d deep",
                        f->function, MLRT_MAX_DIMS);
        lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
        f->shape[f->ndim++] = n;
        if (n == 0)
            return;
        lua_rawgeti(L, -1, 1);
        lua_remove(L, -2);
    }
}

static mlrt_tensor *build(lua_State *L, mlrtL_state *S, int index, filler *f) {
    f->S = S;
    luaL_checkstack(L, MLRT_MAX_DIMS + 4, NULL);
    measure(f, index);
    if (f->dtype == MLRT_DTYPE_NONE)
        f->dtype = lua_isboolean(L, -1) ? MLRT_BOOL : MLRT_F32;
    lua_pop(L, 1);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_fill(L, S, box,
               mlrt_empty(mlrtL_context(L, S), f->dtype, f->ndim, f->shape));
    f->p = mlrt_data(box->t);
    lua_pushvalue(L, index);
    fill(f, 0);
    lua_pop(L, 1);
    return box->t;
}

mlrt_tensor *mlrtL_fromtable(lua_State *L, mlrtL_state *S, int index,
                             const char *function, mlrt_dtype dtype) {
    filler f = {.L = L, .function = function, .dtype = dtype, .base = 1};
    return build(L, S, lua_absindex(L, index), &f);
}

/* ---- Making tensors --------------------------------------------------- */

/* "f32, f64, ..." */
static void dtype_names(char text[80]) {
    int n = 0;
    for (int i = 0; i < MLRT_NDTYPES; i++)
        n += snprintf(text + n, (size_t)(80 - n), "%s%s", i ? ", " : "",
                      mlrt_dtype_name((mlrt_dtype)i));
}

mlrt_dtype mlrtL_checkdtype(lua_State *L, int index, const char *function) {
    char names[80];
    if (lua_type(L, index) != LUA_TSTRING)
        mlrtL_wrong(L, function, "dtype", "name of an element type", index);
    mlrt_dtype dtype = mlrt_dtype_find(lua_tostring(L, index));
    if (dtype == MLRT_DTYPE_NONE) {
        dtype_names(names);
        mlrtL_error(L, "%s: argument 'dtype': one of %s expected, got '%.40s'",
                    function, names, lua_tostring(L, index));
    }
    return dtype;
}

static mlrt_dtype option_dtype(lua_State *L, int index, const char *function,
                               mlrt_dtype otherwise) {
    mlrt_dtype dtype = otherwise;
    if (mlrtL_option(L, index, "dtype") != LUA_TNIL)
        dtype = mlrtL_checkdtype(L, lua_gettop(L), function);
    lua_pop(L, 1);
    return dtype;
}

/* Where the options are: behind the value, or in its table. */
static int find_options(lua_State *L, const char *function,
                        const char *const *names) {
    int at = lua_isnoneornil(L, 2) && lua_istable(L, 1) ? 1 : 2;
    mlrtL_options(L, function, at, names);
    return at;
}

/* tensor(value, {dtype = "f32", requires_grad = false}) */
static int new_tensor(lua_State *L) {
    static const char *const names[] = {"dtype", "requires_grad", NULL};
    mlrtL_state *S = mlrtL_self(L);
    lua_settop(L, 2);
    if (mlrtL_tensor(L, S, 1))
        mlrtL_error(L, "tensor: got a tensor; write x:clone() for a copy");
    int options = find_options(L, "tensor", names);
    mlrt_dtype dtype = option_dtype(L, options, "tensor", MLRT_DTYPE_NONE);
    mlrt_tensor *t = mlrtL_fromtable(L, S, 1, "tensor", dtype);
    if (mlrtL_flag(L, "tensor", options, "requires_grad") &&
        mlrt_set_requires_grad(t, true) != 0)
        return mlrtL_raise(L, S);
    return 1;
}

static const char *const index_names[] = {"base", "none", NULL};

/* Option `name` as an integer; false when absent. */
static bool integer_option(lua_State *L, int index, const char *name,
                           lua_Integer *value) {
    int isint = 0;
    int type = mlrtL_option(L, index, name);
    if (type != LUA_TNIL) {
        *value = lua_tointegerx(L, -1, &isint);
        if (!isint || type != LUA_TNUMBER)
            mlrtL_wrong(L, "index", name, "integer", -1);
    }
    lua_pop(L, 1);
    return type != LUA_TNIL;
}

/* index(value, {base = 1, none = nil}): positions from literals. */
static int index_of_table(lua_State *L, mlrtL_state *S) {
    filler f = {.L = L, .function = "index", .dtype = MLRT_INDEX, .base = 1};
    int options = find_options(L, "index", index_names);
    integer_option(L, options, "base", &f.base);
    f.has_none = integer_option(L, options, "none", &f.none);
    build(L, S, 1, &f);
    return 1;
}

/* Elements of t in C order: its own, or a copy that is pushed. */
static const char *elements(lua_State *L, mlrtL_state *S, mlrt_tensor *t) {
    const char *p = mlrt_data_const(t);
    if (p || mlrt_numel(t) == 0)
        return p;
    void *copy = lua_newuserdatauv(L, mlrt_nbytes(t), 0);
    if (mlrt_read(t, copy, mlrt_nbytes(t)) != 0)
        mlrtL_raise(L, S);
    return copy;
}

/* Element i of integers or whole floats. */
static int64_t whole(lua_State *L, mlrt_dtype dtype, const char *p, int64_t i) {
    const void *q = p;
    double d;
    switch (dtype) {
    case MLRT_I64: return ((const int64_t *)q)[i];
    case MLRT_I32: return ((const int32_t *)q)[i];
    case MLRT_U8: return ((const uint8_t *)q)[i];
    case MLRT_F32: d = (double)((const float *)q)[i]; break;
    default: d = ((const double *)q)[i];
    }
    if (!(fabs(d) < 9e15) || d != floor(d))
        mlrtL_error(L, "index: element %lld is %.14g, no position",
                    (long long)i + 1, d);
    return (int64_t)d;
}

/* x:index{base = 0, none = -100}: positions from a tensor of numbers. */
static int index_of_tensor(lua_State *L, mlrtL_state *S, mlrt_tensor *t) {
    lua_Integer base = 0, none = 0;
    mlrt_dtype dtype = mlrt_dtype_of(t);
    mlrtL_options(L, "index", 2, index_names);
    if (dtype == MLRT_INDEX || dtype == MLRT_BOOL)
        mlrtL_error(L, "index: numbers expected, got %s",
                    mlrt_dtype_name(dtype));
    if (!integer_option(L, 2, "base", &base))
        mlrtL_error(L, "index: say what the numbers count from: "
                       "x:index{base=0} or x:index{base=1}");
    bool has_none = integer_option(L, 2, "none", &none);
    const char *p = elements(L, S, t);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_fill(L, S, box,
               mlrt_empty(S->m, MLRT_INDEX, mlrt_ndim(t), mlrt_shape(t)));
    int64_t *to = mlrt_data(box->t), n = mlrt_numel(t);
    for (int64_t i = 0; i < n; i++) {
        int64_t v = whole(L, dtype, p, i);
        if (v < base && !(has_none && v == none))
            mlrtL_error(L,
                        "index: element %lld is %lld, less than the base "
                        "%lld",
                        (long long)i + 1, (long long)v, (long long)base);
        to[i] = has_none && v == none ? -1 : v - base;
    }
    return 1;
}

static int new_index(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    lua_settop(L, 2);
    mlrt_tensor *t = mlrtL_tensor(L, S, 1);
    return t ? index_of_tensor(L, S, t) : index_of_table(L, S);
}

/* from_string(bytes, {dtype = "u8", shape = nil}): the bytes as they would
 * lie in memory. */
static int from_string(lua_State *L) {
    static const char *const names[] = {"dtype", "shape", NULL};
    mlrtL_state *S = mlrtL_self(L);
    size_t len;
    int64_t shape[MLRT_MAX_DIMS];
    int ndim = 1;
    lua_settop(L, 2);
    if (lua_type(L, 1) != LUA_TSTRING)
        mlrtL_wrong(L, "from_string", "bytes", "string", 1);
    const char *bytes = lua_tolstring(L, 1, &len);
    mlrtL_options(L, "from_string", 2, names);
    mlrt_dtype dtype = option_dtype(L, 2, "from_string", MLRT_U8);
    shape[0] = (int64_t)(len / mlrt_dtype_size(dtype));
    if (mlrtL_option(L, 2, "shape") != LUA_TNIL)
        ndim = mlrtL_checkshape(L, "from_string", lua_gettop(L), shape);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_fill(L, S, box, mlrt_empty(mlrtL_context(L, S), dtype, ndim, shape));
    if (mlrt_write(box->t, bytes, len) != 0)
        return mlrtL_raise(L, S);
    return 1;
}

int mlrtL_checkshape(lua_State *L, const char *function, int index,
                     int64_t shape[MLRT_MAX_DIMS]) {
    if (!lua_istable(L, index))
        mlrtL_wrong(L, function, "shape", "list of sizes", index);
    int n = (int)lua_rawlen(L, index);
    if (n > MLRT_MAX_DIMS)
        mlrtL_error(L,
                    "%s: argument 'shape': %d dimensions, at most %d are "
                    "possible",
                    function, n, MLRT_MAX_DIMS);
    for (int i = 0; i < n; i++) {
        int isint;
        lua_rawgeti(L, index, i + 1);
        shape[i] = lua_tointegerx(L, -1, &isint);
        if (!isint)
            mlrtL_wrong(L, function, "shape", "list of sizes", -1);
        lua_pop(L, 1);
    }
    return n;
}

/* ---- Back ------------------------------------------------------------- */

/* Pushes dimension d and those behind it; p moves over what was read. */
static void push_table(lua_State *L, mlrtL_state *S, const mlrt_tensor *t,
                       int d, const char **p) {
    mlrt_dtype dtype = mlrt_dtype_of(t);
    if (d == mlrt_ndim(t)) {
        mlrtL_pushelement(L, dtype, *p);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_pushboolean(L, 0);
        }
        *p += mlrt_dtype_size(dtype);
        return;
    }
    int64_t n = mlrt_shape(t)[d];
    lua_createtable(L, n < 1 << 26 ? (int)n : 0, 0);
    for (int64_t i = 1; i <= n; i++) {
        mlrtL_step(L, S, i);
        push_table(L, S, t, d + 1, p);
        lua_rawseti(L, -2, i);
    }
}

/* x:tolist() -> nested tables; the element of a 0-d tensor. */
static int tolist(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *t = mlrtL_checktensor(L, S, 1, "tolist", "x");
    luaL_checkstack(L, MLRT_MAX_DIMS + 4, NULL);
    const char *p = elements(L, S, t);
    push_table(L, S, t, 0, &p);
    return 1;
}

const luaL_Reg mlrtL_table_funcs[] = {{"tensor", new_tensor},
                                      {"index", new_index},
                                      {"from_string", from_string},
                                      {NULL, NULL}};
const luaL_Reg mlrtL_table_methods[] = {{"index", new_index},
                                        {"tolist", tolist},
                                        {"totable", tolist},
                                        {NULL, NULL}};
