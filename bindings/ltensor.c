/* ltensor.c: the tensor as a Lua value.
 *
 * A box is a userdata that holds one reference to a core tensor.  This file
 * has its metatable: fields (x.shape), the methods that are no operations,
 * and what Lua's operators and finalizers do with it.
 */
#include "lib.h"

#include <stdio.h>
#include <string.h>

/* ---- Boxes ------------------------------------------------------------ */

mlrtL_box *mlrtL_newbox(lua_State *L, mlrtL_state *S) {
    mlrtL_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (mlrtL_box){NULL, S};
    lua_rawgeti(L, LUA_REGISTRYINDEX, S->meta_ref[MLRTL_TENSOR]);
    lua_setmetatable(L, -2);
    return box;
}

void mlrtL_fill(lua_State *L, mlrtL_state *S, mlrtL_box *box, mlrt_tensor *t) {
    if (!t)
        mlrtL_raise(L, S);
    box->t = mlrt_scope_keep(S->m, t);
    mlrtL_charge(L, S);
}

mlrt_tensor *mlrtL_copy(mlrtL_state *S, mlrt_tensor *t) {
    mlrt_tensor *copy = mlrt_empty(S->m, mlrt_dtype_of(t), mlrt_ndim(t),
                                   mlrt_shape(t));
    if (copy && mlrt_read(t, mlrt_data(copy), mlrt_nbytes(t)) != 0) {
        mlrt_release(mlrt_scope_keep(S->m, copy));
        copy = NULL;
    }
    return copy;
}

mlrt_tensor *mlrtL_tensor(lua_State *L, const mlrtL_state *S, int index) {
    mlrtL_box *box = mlrtL_boxat(L, S, index);
    if (box && !box->t)
        mlrtL_error(L, "this tensor was freed");
    if (box && !S->m)
        mlrtL_error(L, "the Lua state is being closed");
    return box ? box->t : NULL;
}

mlrt_tensor *mlrtL_checktensor(lua_State *L, const mlrtL_state *S, int index,
                               const char *function, const char *name) {
    mlrt_tensor *t = mlrtL_tensor(L, S, index);
    if (!t)
        mlrtL_wrong(L, function, name, "tensor", index);
    return t;
}

/* The tensor a method was called on. */
static mlrt_tensor *self(lua_State *L, const char *method) {
    return mlrtL_checktensor(L, mlrtL_self(L), 1, method, "x");
}

static int collect(lua_State *L) {
    mlrtL_box *box = mlrtL_boxat(L, mlrtL_self(L), 1);
    mlrt_tensor *t = box ? box->t : NULL;
    if (box)
        box->t = NULL;
    mlrt_release(t);
    return 0;
}

/* x:free() gives the memory back at once.  A finalizer that runs because an
 * operation is out of memory could free the operands under its feet. */
static int method_free(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    if (!mlrtL_boxat(L, S, 1))
        mlrtL_wrong(L, "free", "x", "tensor", 1);
    if (S->inside)
        mlrtL_error(L, "free: called while memory is being reclaimed");
    return collect(L);
}

/* ---- Shapes ----------------------------------------------------------- */

const char *mlrtL_shapetext(const mlrt_tensor *t, char text[200]) {
    int n = snprintf(text, 200, "(");
    for (int i = 0; i < mlrt_ndim(t); i++)
        n += snprintf(text + n, (size_t)(200 - n), "%s%lld", i ? ", " : "",
                      (long long)mlrt_shape(t)[i]);
    snprintf(text + n, (size_t)(200 - n), ")");
    return text;
}

/* A new table each time, so that a script may keep and change it. */
void mlrtL_pushshape(lua_State *L, mlrtL_state *S, const mlrt_tensor *t) {
    int n = mlrt_ndim(t);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushinteger(L, mlrt_shape(t)[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, S->meta_ref[MLRTL_SHAPE]);
    lua_setmetatable(L, -2);
}

static int shape_tostring(lua_State *L) {
    luaL_Buffer b;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
    luaL_buffinit(L, &b);
    luaL_addchar(&b, '(');
    for (lua_Integer i = 1; i <= n; i++) {
        if (i > 1)
            luaL_addstring(&b, ", ");
        lua_rawgeti(L, 1, i);
        luaL_tolstring(L, -1, NULL);
        lua_remove(L, -2);
        luaL_addvalue(&b);
    }
    luaL_addchar(&b, ')');
    luaL_pushresult(&b);
    return 1;
}

/* Shapes are equal when their sizes are. */
static int shape_eq(lua_State *L) {
    bool same = lua_istable(L, 1) && lua_istable(L, 2) &&
                lua_rawlen(L, 1) == lua_rawlen(L, 2);
    lua_Integer n = same ? (lua_Integer)lua_rawlen(L, 1) : 0;
    for (lua_Integer i = 1; i <= n && same; i++) {
        lua_rawgeti(L, 1, i);
        lua_rawgeti(L, 2, i);
        same = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    lua_pushboolean(L, same);
    return 1;
}

static int shape_concat(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

/* ---- Elements --------------------------------------------------------- */

void mlrtL_pushelement(lua_State *L, mlrt_dtype dtype, const void *p) {
    int64_t i;
    switch (dtype) {
    case MLRT_F32: lua_pushnumber(L, (double)*(const float *)p); return;
    case MLRT_F64: lua_pushnumber(L, *(const double *)p); return;
    case MLRT_I32: lua_pushinteger(L, *(const int32_t *)p); return;
    case MLRT_U8: lua_pushinteger(L, *(const uint8_t *)p); return;
    case MLRT_BOOL: lua_pushboolean(L, *(const uint8_t *)p); return;
    default: memcpy(&i, p, sizeof i);
    }
    if (dtype == MLRT_INDEX && i < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, dtype == MLRT_INDEX ? i + 1 : i);
}

/* x:item() -> the only element: a number, boolean, position, or nil for
 * none. */
static int method_item(lua_State *L) {
    mlrt_tensor *t = self(L, "item");
    double d;
    int64_t i;
    mlrt_dtype dtype = mlrt_dtype_of(t);
    int err = mlrt_dtype_is_float(dtype) ? mlrt_item(t, &d)
                                         : mlrt_item_int(t, &i);
    if (err)
        return mlrtL_raise(L, mlrtL_self(L));
    if (mlrt_dtype_is_float(dtype))
        lua_pushnumber(L, d);
    else if (dtype == MLRT_BOOL)
        lua_pushboolean(L, i != 0);
    else
        mlrtL_pushelement(L, dtype == MLRT_INDEX ? dtype : MLRT_I64, &i);
    return 1;
}

/* ---- Methods that look ------------------------------------------------ */

/* x:size() -> its shape; x:size(d) -> size of dimension d. */
static int method_size(lua_State *L) {
    mlrt_tensor *t = self(L, "size");
    int n = mlrt_ndim(t);
    if (lua_isnoneornil(L, 2)) {
        mlrtL_pushshape(L, mlrtL_self(L), t);
        return 1;
    }
    int isint;
    lua_Integer d = lua_tointegerx(L, 2, &isint);
    if (!isint || lua_type(L, 2) != LUA_TNUMBER)
        mlrtL_wrong(L, "size", "dim", "integer", 2);
    if (d == 0)
        mlrtL_error(L, "size: argument 'dim': got 0; mlrt counts from 1");
    if (d < 0)
        d += n + 1;
    if (d < 1 || d > n)
        mlrtL_error(L,
                    "size: dim %lld is out of range for a tensor of %d "
                    "dimension%s",
                    (long long)lua_tointeger(L, 2), n, n == 1 ? "" : "s");
    lua_pushinteger(L, mlrt_shape(t)[d - 1]);
    return 1;
}

static int method_dim(lua_State *L) {
    lua_pushinteger(L, mlrt_ndim(self(L, "dim")));
    return 1;
}

static int method_numel(lua_State *L) {
    lua_pushinteger(L, mlrt_numel(self(L, "numel")));
    return 1;
}

static int method_element_size(lua_State *L) {
    mlrt_tensor *t = self(L, "element_size");
    lua_pushinteger(L, (lua_Integer)mlrt_dtype_size(mlrt_dtype_of(t)));
    return 1;
}

static int method_is_contiguous(lua_State *L) {
    lua_pushboolean(L, mlrt_is_contiguous(self(L, "is_contiguous")));
    return 1;
}

/* x:bytes() -> its elements in C order as a string, as they lie in memory. */
static int method_bytes(lua_State *L) {
    mlrt_tensor *t = self(L, "bytes");
    luaL_Buffer b;
    size_t n = mlrt_nbytes(t);
    char *p = luaL_buffinitsize(L, &b, n);
    if (mlrt_read(t, p, n) != 0)
        return mlrtL_raise(L, mlrtL_self(L));
    luaL_pushresultsize(&b, n);
    return 1;
}

/* ---- Two tensors as a whole ------------------------------------------- */

/* Are all elements of t true?  Takes t over. */
static int push_all(lua_State *L, mlrtL_state *S, mlrt_tensor *t) {
    mlrt_tensor *y = mlrt_all(S->m, t, NULL, 0, false);
    double all = 0;
    int err = y ? mlrt_item(y, &all) : -1;
    mlrt_release(mlrt_scope_keep(S->m, y));
    mlrt_release(mlrt_scope_keep(S->m, t));
    if (err)
        mlrtL_raise(L, S);
    lua_pushboolean(L, all != 0);
    return 1;
}

static bool same_shape(const mlrt_tensor *x, const mlrt_tensor *y) {
    return mlrt_ndim(x) == mlrt_ndim(y) &&
           memcmp(mlrt_shape(x), mlrt_shape(y),
                  (size_t)mlrt_ndim(x) * sizeof(int64_t)) == 0;
}

/* equal(x, y) -> boolean: one shape and the same values; nan is not equal. */
static int equal(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *x = mlrtL_checktensor(L, S, 1, "equal", "x");
    mlrt_tensor *y = mlrtL_checktensor(L, S, 2, "equal", "y");
    if (!same_shape(x, y)) {
        lua_pushboolean(L, false);
        return 1;
    }
    return push_all(L, S, mlrt_eq(S->m, x, y));
}

static double tolerance(lua_State *L, const char *name, double fallback) {
    if (!lua_istable(L, 3) || mlrtL_option(L, 3, name) == LUA_TNIL)
        return fallback;
    if (lua_type(L, -1) != LUA_TNUMBER)
        mlrtL_wrong(L, "allclose", name, "number", -1);
    return lua_tonumber(L, -1);
}

/* allclose(x, y, {rtol=1e-5, atol=1e-8, equal_nan=false}) -> boolean: whether
 * isclose is true of all elements. */
static int allclose(lua_State *L) {
    static const char *const names[] = {"rtol", "atol", "equal_nan", NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *x = mlrtL_checktensor(L, S, 1, "allclose", "x");
    mlrt_tensor *y = mlrtL_checktensor(L, S, 2, "allclose", "y");
    bool options = mlrtL_options(L, "allclose", 3, names);
    double rtol = tolerance(L, "rtol", 1e-5), atol = tolerance(L, "atol", 1e-8);
    bool nan = options && mlrtL_flag(L, "allclose", 3, "equal_nan");
    return push_all(L, S, mlrt_isclose(S->m, x, y, rtol, atol, nan));
}

/* assign(to, from): each tensor of the list `from` is copied into that of
 * `to`, all or none. */
static int assign(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    int n, nfrom;
    lua_settop(L, 2);
    mlrt_tensor **to = mlrtL_tensors(L, S, 1, "assign", "to", &n);
    mlrt_tensor **from = mlrtL_tensors(L, S, 2, "assign", "from", &nfrom);
    if (n != nfrom)
        mlrtL_error(L, "assign: %d tensors into %d", nfrom, n);
    if (mlrt_assign(m, to, from, n) != 0)
        return mlrtL_raise(L, S);
    return 0;
}

static int is_tensor(lua_State *L) {
    lua_pushboolean(L, mlrtL_boxat(L, mlrtL_self(L), 1) != NULL);
    return 1;
}

const luaL_Reg mlrtL_tensor_funcs[] = {{"is_tensor", is_tensor},
                                       {"assign", assign},
                                       {"equal", equal},
                                       {"allclose", allclose},
                                       {NULL, NULL}};

static const luaL_Reg methods[] = {{"free", method_free},
                                   {"item", method_item},
                                   {"size", method_size},
                                   {"dim", method_dim},
                                   {"numel", method_numel},
                                   {"element_size", method_element_size},
                                   {"is_contiguous", method_is_contiguous},
                                   {"bytes", method_bytes},
                                   {"equal", equal},
                                   {"allclose", allclose},
                                   {NULL, NULL}};

/* ---- Fields ----------------------------------------------------------- */

enum { SHAPE, DTYPE, NDIM, GRAD, REQUIRES_GRAD, IS_LEAF };
static const char *const fields[] = {"shape",         "dtype",   "ndim", "grad",
                                     "requires_grad", "is_leaf", NULL};

static int push_grad(lua_State *L, mlrtL_state *S, mlrt_tensor *t) {
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrt_tensor *g = mlrt_grad(t);
    if (g == MLRT_NONE)
        lua_pushnil(L);
    else
        mlrtL_fill(L, S, box, g);
    return 1;
}

static int push_field(lua_State *L, mlrt_tensor *t, int field) {
    mlrtL_state *S = mlrtL_self(L);
    switch (field) {
    case SHAPE: mlrtL_pushshape(L, S, t); return 1;
    case DTYPE: lua_pushstring(L, mlrt_dtype_name(mlrt_dtype_of(t))); return 1;
    case NDIM: lua_pushinteger(L, mlrt_ndim(t)); return 1;
    case GRAD: return push_grad(L, S, t);
    case REQUIRES_GRAD: lua_pushboolean(L, mlrt_requires_grad(t)); return 1;
    default: lua_pushboolean(L, mlrt_is_leaf(t)); return 1;
    }
}

/* Texts such as "2:4, 3" are positions, not names. */
static bool is_positions(const char *key) {
    return key[strspn(key, "0123456789:,- \t")] == '\0';
}

enum { MAX_NAMES = 1024 };

static int no_field(lua_State *L, const char *key) {
    const char *names[MAX_NAMES];
    int n = 0;
    for (; fields[n]; n++)
        names[n] = fields[n];
    for (lua_pushnil(L); n < MAX_NAMES && lua_next(L, lua_upvalueindex(2));
         lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING)
            names[n++] = lua_tostring(L, -2);
    const char *near = mlrtL_nearest(key, names, n);
    return mlrtL_error(L, "a tensor has no '%.60s'%s%s%s", key,
                       near ? "; did you mean '" : "", near ? near : "",
                       near ? "'?" : "");
}

/* __index(x, key): a method, a field, or elements.  Upvalues: the state, the
 * methods, the fields' numbers. */
static int tensor_index(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    if (lua_type(L, 2) == LUA_TSTRING) {
        lua_pushvalue(L, 2);
        if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL)
            return 1;
    }
    mlrt_tensor *t = mlrtL_checktensor(L, S, 1, "index", "x");
    if (lua_type(L, 2) != LUA_TSTRING)
        return mlrtL_index(L, S, t);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(3)) == LUA_TNUMBER)
        return push_field(L, t, (int)lua_tointeger(L, -1));
    if (is_positions(lua_tostring(L, 2)))
        return mlrtL_index(L, S, t);
    return no_field(L, lua_tostring(L, 2));
}

static int set_grad(lua_State *L, mlrtL_state *S, mlrt_tensor *t) {
    mlrt_tensor *g = MLRT_NONE;
    if (!lua_isnil(L, 3))
        g = mlrtL_checktensor(L, S, 3, "grad", "value");
    return mlrt_set_grad(t, g) != 0 ? mlrtL_raise(L, S) : 0;
}

static int set_requires_grad(lua_State *L, mlrtL_state *S, mlrt_tensor *t) {
    if (!lua_isboolean(L, 3))
        mlrtL_wrong(L, "requires_grad", "value", "boolean", 3);
    return mlrt_set_requires_grad(t, lua_toboolean(L, 3)) != 0
               ? mlrtL_raise(L, S)
               : 0;
}

/* __newindex(x, key, value) */
static int tensor_newindex(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *t = mlrtL_checktensor(L, S, 1, "assignment", "x");
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    if (!key || is_positions(key))
        return mlrtL_newindex(L, S, t);
    lua_pushvalue(L, 2);
    int field = lua_rawget(L, lua_upvalueindex(3)) == LUA_TNUMBER
                    ? (int)lua_tointeger(L, -1)
                    : -1;
    if (field == GRAD)
        return set_grad(L, S, t);
    if (field == REQUIRES_GRAD)
        return set_requires_grad(L, S, t);
    return mlrtL_error(L, "a tensor's '%.60s' cannot be assigned", key);
}

/* ---- Operators -------------------------------------------------------- */

static int tensor_len(lua_State *L) {
    mlrt_tensor *t = self(L, "#");
    if (mlrt_ndim(t) == 0)
        mlrtL_error(L, "#: a tensor of 0 dimensions has no length");
    lua_pushinteger(L, mlrt_shape(t)[0]);
    return 1;
}

/* Two boxes are equal when they hold the same tensor. */
static int tensor_eq(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_box *a = mlrtL_boxat(L, S, 1);
    mlrtL_box *b = mlrtL_boxat(L, S, 2);
    lua_pushboolean(L, a && b && a->t && a->t == b->t);
    return 1;
}

/* Lua would make one boolean of whatever these return.  It asks x > y as
 * y < x, which cannot be told apart here. */
static int tensor_lt(lua_State *L) {
    return mlrtL_error(L, "tensors are not compared with < or >, which give "
                          "one boolean; write x:lt(y) or x:gt(y)");
}

static int tensor_le(lua_State *L) {
    return mlrtL_error(L, "tensors are not compared with <= or >=, which give "
                          "one boolean; write x:le(y) or x:ge(y)");
}

static int next_row(lua_State *L) {
    lua_Integer i = luaL_checkinteger(L, 2) + 1;
    if (i > luaL_len(L, 1))
        return 0;
    lua_pushinteger(L, i);
    lua_pushvalue(L, -1);
    lua_gettable(L, 1);
    return 2;
}

/* pairs(x) walks along the first dimension. */
static int tensor_pairs(lua_State *L) {
    lua_pushcfunction(L, next_row);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

static const luaL_Reg metamethods[] = {{"__len", tensor_len},
                                       {"__eq", tensor_eq},
                                       {"__lt", tensor_lt},
                                       {"__le", tensor_le},
                                       {"__pairs", tensor_pairs},
                                       {"__call", mlrtL_call},
                                       {"__concat", mlrtL_concat},
                                       {"__tostring", mlrtL_tostring},
                                       {NULL, NULL}};

static const luaL_Reg shape_metamethods[] = {{"__tostring", shape_tostring},
                                             {"__eq", shape_eq},
                                             {"__concat", shape_concat},
                                             {NULL, NULL}};

/* ---- Opening ---------------------------------------------------------- */

static void set_access(lua_State *L, mlrtL_state *S, int meta, const char *name,
                       lua_CFunction f) {
    lua_pushlightuserdata(L, S);
    lua_pushvalue(L, meta + 1); /* methods */
    lua_pushvalue(L, meta + 2); /* fields */
    lua_pushcclosure(L, f, 3);
    lua_setfield(L, meta, name);
}

/* With the module's table on top of the stack. */
void mlrtL_open_tensor(lua_State *L, mlrtL_state *S) {
    int module = lua_gettop(L), meta = module + 1;
    mlrtL_newtype(L, S, MLRTL_SHAPE, "mlrt.Shape", NULL);
    mlrtL_setfuncs(L, S, shape_metamethods);
    lua_pop(L, 1);
    mlrtL_newtype(L, S, MLRTL_TENSOR, "mlrt.Tensor", collect);
    mlrtL_setfuncs(L, S, metamethods);
    lua_newtable(L);
    lua_newtable(L);
    for (int i = 0; fields[i]; i++) {
        lua_pushinteger(L, i);
        lua_setfield(L, meta + 2, fields[i]);
    }
    set_access(L, S, meta, "__index", tensor_index);
    set_access(L, S, meta, "__newindex", tensor_newindex);
    lua_pop(L, 1);
    mlrtL_open_ops(L, S, module, meta + 1, meta);
    mlrtL_setfuncs(L, S, methods);
    mlrtL_setfuncs(L, S, mlrtL_table_methods);
    mlrtL_setfuncs(L, S, mlrtL_grad_methods);
    mlrtL_setfuncs(L, S, mlrtL_hook_methods);
    lua_setfield(L, module, "methods");
    lua_settop(L, module);
}
