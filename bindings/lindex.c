/* lindex.c: x[key], x[key] = value, and x(i, j).
 *
 *   x[2]              a row; an element of a 1-D tensor as a Lua number
 *   x[{ {2,4}, 3 }]   per dimension a position, a range {a, b[, step]} with
 *                     both ends included, {} for all, or an index tensor
 *   x["2:4, 3"]       the same as text
 *   x[mask] x[index]  chosen elements, chosen rows
 *
 * All but elements are differentiable and built of operations.  A key is
 * resolved to positions from 0 here, so that the operations see no range
 * that could be out of bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "largs.h"

typedef struct item {
    enum { ALL, AT, RANGE, PICK } kind;
    int64_t a, b, step; /* as written, later from 0, b excluded */
    mlrt_tensor *t;
} item;

typedef struct key {
    lua_State *L;
    mlrtL_state *S;
    mlrt_tensor *x;
    int n;
    item item[MLRT_MAX_DIMS];
} key;

/* ---- Reading a key ---------------------------------------------------- */

static int bad_item(key *k, int index) {
    char got[80];
    return mlrtL_error(k->L,
                       "index: a position, a range {a, b}, {} or an index "
                       "tensor expected, got %s",
                       mlrtL_got(k->L, index, got, sizeof got));
}

static item *next_item(key *k) {
    int ndim = mlrt_ndim(k->x);
    if (k->n == ndim)
        mlrtL_error(k->L,
                    "index: more than %d position%s for a tensor of %d "
                    "dimension%s",
                    ndim, ndim == 1 ? "" : "s", ndim, ndim == 1 ? "" : "s");
    item *it = &k->item[k->n++];
    *it = (item){.kind = ALL, .a = 1, .b = -1, .step = 1};
    return it;
}

static int64_t read_position(key *k, int index) {
    int isint;
    lua_Integer i = lua_tointegerx(k->L, index, &isint);
    if (!isint || lua_type(k->L, index) != LUA_TNUMBER)
        bad_item(k, index);
    return i;
}

/* {a, b[, step]} on top of the stack; {} for all. */
static void read_range(key *k, item *it) {
    lua_State *L = k->L;
    int n = (int)lua_rawlen(L, -1), index = lua_gettop(L);
    int64_t *part[] = {&it->a, &it->b, &it->step};
    if (n == 0)
        return;
    if (n != 2 && n != 3)
        mlrtL_error(L,
                    "index: a range is {a, b} or {a, b, step}, got a table "
                    "of %d value%s",
                    n, n == 1 ? "" : "s");
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, index, i + 1);
        *part[i] = read_position(k, index + 1);
        lua_pop(L, 1);
    }
    it->kind = RANGE;
}

static void read_item(key *k) {
    lua_State *L = k->L;
    item *it = next_item(k);
    switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
        it->kind = AT;
        it->a = read_position(k, lua_gettop(L));
        break;
    case LUA_TTABLE: read_range(k, it); break;
    case LUA_TUSERDATA:
        it->kind = PICK;
        it->t = mlrtL_tensor(L, k->S, lua_gettop(L));
        if (it->t && mlrt_dtype_of(it->t) == MLRT_INDEX)
            break; /* fall through */
    default: bad_item(k, lua_gettop(L));
    }
}

static void read_table(key *k, int index) {
    size_t n = lua_rawlen(k->L, index);
    for (size_t i = 1; i <= n; i++) {
        lua_rawgeti(k->L, index, (lua_Integer)i);
        read_item(k);
        lua_pop(k->L, 1);
    }
}

static int bad_text(key *k, const char *text) {
    return mlrtL_error(k->L,
                       "index: positions such as \"2:4, 3\" expected, got "
                       "\"%.60s\"",
                       text);
}

static const char *skip_blanks(const char *p) {
    return p + strspn(p, " \t");
}

/* An integer at *p; false if there is none. */
static bool read_digits(const char **p, int64_t *value) {
    char *end;
    const char *start = skip_blanks(*p);
    if (strspn(start + (*start == '-'), "0123456789") == 0)
        return false;
    *value = strtoll(start, &end, 10);
    *p = skip_blanks(end);
    return true;
}

/* a, a:b, a:b:step, with a and b optional before and after a colon. */
static const char *read_text_item(key *k, const char *p) {
    item *it = next_item(k);
    bool first = read_digits(&p, &it->a);
    p = skip_blanks(p);
    it->kind = AT;
    if (*p != ':')
        return first ? p : NULL;
    it->kind = RANGE;
    p++;
    read_digits(&p, &it->b);
    p = skip_blanks(p);
    if (*p != ':')
        return p;
    p++;
    return read_digits(&p, &it->step) ? p : NULL;
}

static void read_text(key *k, const char *text) {
    const char *p = text;
    for (;;) {
        p = read_text_item(k, p);
        if (!p || (*p && *p != ','))
            bad_text(k, text);
        if (!*p)
            return;
        p++;
    }
}

/* ---- Resolving it ----------------------------------------------------- */

/* From 1, or from the end, to 0. */
static int64_t resolve(key *k, int d, int64_t i) {
    int64_t n = mlrt_shape(k->x)[d];
    int64_t at = i < 0 ? i + n : mlrtL_from1(k->L, "index", "position", i);
    if (at < 0 || at >= n)
        mlrtL_error(k->L,
                    "index: position %lld is out of range 1..%lld of "
                    "dim %d",
                    (long long)i, (long long)n, d + 1);
    return at;
}

static void resolve_range(key *k, int d, item *it) {
    int64_t n = mlrt_shape(k->x)[d];
    if (it->step < 1)
        mlrtL_error(k->L,
                    "index: step %lld; steps are positive, x:flip(d) "
                    "turns the order round",
                    (long long)it->step);
    if (n == 0 && it->a == 1 && it->b == -1) { /* all of nothing */
        it->a = it->b = 0;
        return;
    }
    int64_t a = it->a < 0 ? it->a + n + 1 : it->a;
    int64_t b = it->b < 0 ? it->b + n + 1 : it->b;
    if (b == a - 1 && a >= 1 && a <= n + 1) { /* empty, as in a for loop */
        it->a = it->b = b;
        return;
    }
    it->a = resolve(k, d, it->a);
    it->b = resolve(k, d, it->b) + 1;
    if (it->b < it->a)
        it->b = it->a;
}

static void resolve_all(key *k) {
    for (int d = 0; d < k->n; d++) {
        item *it = &k->item[d];
        if (it->kind == AT)
            it->a = resolve(k, d, it->a);
        else if (it->kind == RANGE)
            resolve_range(k, d, it);
    }
}

static void read_key(key *k, int index) {
    if (lua_istable(k->L, index))
        read_table(k, index);
    else
        read_text(k, lua_tostring(k->L, index));
    resolve_all(k);
}

/* ---- Calling operations ----------------------------------------------- */

static mlrt_arg tensor_arg(mlrt_tensor *t) {
    return (mlrt_arg){.kind = MLRT_VAL_TENSOR, .u.t = t};
}
static mlrt_arg int_arg(int64_t i) {
    return (mlrt_arg){.kind = MLRT_VAL_INT, .u.i = i};
}
static mlrt_arg ints_arg(int n, const int64_t *v) {
    return (mlrt_arg){.kind = MLRT_VAL_INTS, .n = n, .u.v = v};
}

/* The only result of an operation, or NULL. */
static mlrt_tensor *call(mlrtL_state *S, int op, const mlrt_arg *args) {
    mlrt_tensor *y = NULL;
    return mlrt_op_call(S->m, S->op[op], args, false, &y, 1) == 1 ? y : NULL;
}

static mlrt_tensor *select_at(mlrtL_state *S, mlrt_tensor *x, int d,
                              int64_t at) {
    mlrt_arg args[] = {tensor_arg(x), int_arg(d), int_arg(at)};
    return call(S, MLRTL_SELECT, args);
}

static mlrt_tensor *pick(mlrtL_state *S, mlrt_tensor *x, int d,
                         mlrt_tensor *index) {
    mlrt_arg args[] = {tensor_arg(x), int_arg(d), tensor_arg(index)};
    return call(S, MLRTL_INDEX_SELECT, args);
}

/* Pushes the tensor; NULL raises. */
static int push_result(lua_State *L, mlrtL_state *S, mlrtL_box *box,
                       mlrt_tensor *t) {
    mlrtL_leave(S);
    mlrtL_fill(L, S, box, t);
    return 1;
}

/* What slice and slice_assign_ take, for all k->n dimensions. */
typedef struct region {
    int64_t start[MLRT_MAX_DIMS], stop[MLRT_MAX_DIMS], step[MLRT_MAX_DIMS];
} region;

/* Positions are ranges of one, or (`wide`) everything. */
static void fill_region(const key *k, region *r, bool wide) {
    for (int d = 0; d < k->n; d++) {
        const item *it = &k->item[d];
        bool all = it->kind == ALL || it->kind == PICK ||
                   (it->kind == AT && wide);
        r->start[d] = all ? 0 : it->a;
        r->stop[d] = all              ? mlrt_shape(k->x)[d]
                     : it->kind == AT ? it->a + 1
                                      : it->b;
        r->step[d] = it->kind == RANGE ? it->step : 1;
    }
}

static mlrt_tensor *slice(const key *k) {
    region r;
    fill_region(k, &r, true);
    mlrt_arg args[] = {tensor_arg(k->x), ints_arg(k->n, r.start),
                       ints_arg(k->n, r.stop), ints_arg(k->n, r.step)};
    return call(k->S, MLRTL_SLICE, args);
}

static bool only_positions(const key *k) {
    bool only = k->n > 0;
    for (int d = 0; d < k->n; d++)
        only = only && k->item[d].kind == AT;
    return only;
}

/* From the last dimension on, so that those before keep their numbers. */
static mlrt_tensor *look_up(const key *k) {
    mlrt_tensor *y = only_positions(k) ? k->x : slice(k);
    for (int d = k->n - 1; d >= 0 && y; d--) {
        const item *it = &k->item[d];
        if (it->kind == AT)
            y = select_at(k->S, y, d, it->a);
        else if (it->kind == PICK)
            y = pick(k->S, y, d, it->t);
    }
    return y;
}

static int index_key(lua_State *L, mlrtL_state *S, mlrt_tensor *x) {
    key k = {.L = L, .S = S, .x = x};
    read_key(&k, 2);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    mlrt_tensor *y = NULL;
    if (mlrt_scope_begin(S->m) == 0) {
        y = mlrt_scope_keep(S->m, look_up(&k));
        mlrt_scope_end(S->m);
    }
    return push_result(L, S, box, y);
}

/* ---- Elements --------------------------------------------------------- */

static int read_strided(lua_State *L, mlrtL_state *S, mlrt_tensor *x,
                        const int64_t *at, void *value) {
    int64_t stop[MLRT_MAX_DIMS], step[MLRT_MAX_DIMS];
    int n = mlrt_ndim(x), err = MLRT_ESTATE;
    for (int d = 0; d < n; d++) {
        stop[d] = at[d] + 1;
        step[d] = 1;
    }
    mlrt_arg args[] = {tensor_arg(x), ints_arg(n, at), ints_arg(n, stop),
                       ints_arg(n, step)};
    mlrtL_enter(L, S);
    bool mode = mlrt_set_grad_mode(S->m, false);
    mlrt_tensor *y = mlrt_scope_keep(S->m, call(S, MLRTL_SLICE, args));
    mlrt_set_grad_mode(S->m, mode);
    if (y)
        err = mlrt_read(y, value, mlrt_nbytes(y));
    mlrt_release(y);
    mlrtL_leave(S);
    return err ? mlrtL_raise(L, S) : 0;
}

void mlrtL_readat(lua_State *L, mlrtL_state *S, mlrt_tensor *x,
                  const int64_t *at, void *value) {
    size_t size = mlrt_dtype_size(mlrt_dtype_of(x));
    const char *p = mlrt_data_const(x);
    if (!p) {
        read_strided(L, S, x, at, value);
        return;
    }
    int64_t offset = 0;
    for (int d = 0; d < mlrt_ndim(x); d++)
        offset += at[d] * mlrt_strides(x)[d];
    memcpy(value, p + offset * (int64_t)size, size);
}

static int push_at(lua_State *L, mlrtL_state *S, mlrt_tensor *x,
                   const int64_t *at) {
    int64_t value; /* of any dtype */
    mlrtL_readat(L, S, x, at, &value);
    mlrtL_pushelement(L, mlrt_dtype_of(x), &value);
    return 1;
}

/* x(i, j, ...) -> the element there, as a Lua value without history. */
int mlrtL_call(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt_tensor *x = mlrtL_checktensor(L, S, 1, "call", "x");
    int64_t at[MLRT_MAX_DIMS];
    key k = {.L = L, .S = S, .x = x};
    int n = lua_gettop(L) - 1, ndim = mlrt_ndim(x);
    if (n != ndim)
        mlrtL_error(L,
                    "index: x(...) reads one element of a tensor of %d "
                    "dimension%s; %d position%s expected, got %d",
                    ndim, ndim == 1 ? "" : "s", ndim, ndim == 1 ? "" : "s", n);
    for (int d = 0; d < n; d++)
        at[d] = resolve(&k, d, read_position(&k, d + 2));
    return push_at(L, S, x, at);
}

/* x[i] */
static int index_number(lua_State *L, mlrtL_state *S, mlrt_tensor *x) {
    key k = {.L = L, .S = S, .x = x};
    int64_t i = read_position(&k, 2), n;
    if (mlrt_ndim(x) == 0)
        mlrtL_error(L, "index: a tensor of 0 dimensions has no positions; "
                       "x:item() is its element");
    n = mlrt_shape(x)[0];
    if (i == n + 1)
        mlrtL_error(L,
                    "index: position %lld is out of range 1..%lld of dim "
                    "1; loops are `for i = 1, #x` or `in pairs(x)`",
                    (long long)i, (long long)n);
    int64_t at = resolve(&k, 0, i);
    if (mlrt_ndim(x) == 1) {
        if (mlrt_requires_grad(x) && mlrt_grad_mode(S->m))
            mlrtL_error(L, "index: x[i] would be a number without gradient; "
                           "write x(i) for the number, x:select(1, i) for "
                           "the tensor");
        return push_at(L, S, x, &at);
    }
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    return push_result(L, S, box, select_at(S, x, 0, at));
}

/* ---- Tensors as keys -------------------------------------------------- */

static bool is_mask(lua_State *L, mlrtL_state *S, mlrt_tensor *by) {
    mlrt_dtype dtype = by ? mlrt_dtype_of(by) : MLRT_DTYPE_NONE;
    if (dtype == MLRT_BOOL || dtype == MLRT_INDEX)
        return dtype == MLRT_BOOL;
    char got[80];
    (void)S;
    mlrtL_error(L,
                "index: a position, table, text, index or mask expected, "
                "got %s%s",
                by ? mlrt_dtype_name(dtype) : mlrtL_got(L, 2, got, sizeof got),
                by ? " tensor; x:index{base=1} makes an index" : "");
    return false;
}

static int index_tensor(lua_State *L, mlrtL_state *S, mlrt_tensor *x) {
    mlrt_tensor *by = mlrtL_tensor(L, S, 2), *y;
    bool mask = is_mask(L, S, by);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    if (mask) {
        mlrt_arg args[] = {tensor_arg(x), tensor_arg(by)};
        y = call(S, MLRTL_MASKED_SELECT, args);
    } else {
        y = pick(S, x, 0, by);
    }
    return push_result(L, S, box, y);
}

int mlrtL_index(lua_State *L, mlrtL_state *S, mlrt_tensor *x) {
    switch (lua_type(L, 2)) {
    case LUA_TNUMBER: return index_number(L, S, x);
    case LUA_TTABLE:
    case LUA_TSTRING: return index_key(L, S, x);
    default: return index_tensor(L, S, x);
    }
}

/* ---- Assigning -------------------------------------------------------- */

/* The number at stack position 3 as an element of an index. */
static int64_t position_value(lua_State *L) {
    int isint;
    lua_Integer i = lua_tointegerx(L, 3, &isint);
    if (!isint || i < 1)
        mlrtL_wrong(L, "assignment", "value",
                    "position (mlrt counts from 1), false or nil", 3);
    return i - 1;
}

/* A value at stack position 3 as an operand; tables become tensors. */
static mlrt_arg read_value(lua_State *L, mlrtL_state *S, mlrt_tensor *x) {
    mlrt_dtype dtype = mlrt_dtype_of(x);
    bool positions = dtype == MLRT_INDEX;
    switch (lua_type(L, 3)) {
    case LUA_TNUMBER:
        if (positions)
            return int_arg(position_value(L));
        if (lua_isinteger(L, 3))
            return int_arg(lua_tointeger(L, 3));
        return (mlrt_arg){.kind = MLRT_VAL_NUMBER, .u.d = lua_tonumber(L, 3)};
    case LUA_TTABLE:
        return tensor_arg(mlrtL_fromtable(L, S, 3, "assignment", dtype));
    case LUA_TBOOLEAN:
        if (dtype == MLRT_BOOL)
            return int_arg(lua_toboolean(L, 3));
        if (positions && !lua_toboolean(L, 3))
            return int_arg(-1);
        break;
    case LUA_TNIL:
        if (positions)
            return int_arg(-1);
    }
    return tensor_arg(mlrtL_checktensor(L, S, 3, "assignment", "value"));
}

/* The result of an operation in place is one more reference to x. */
static int finish(lua_State *L, mlrtL_state *S, mlrt_tensor *y) {
    mlrt_release(mlrt_scope_keep(S->m, y));
    mlrtL_leave(S);
    if (!y)
        return mlrtL_raise(L, S);
    mlrtL_charge(L, S);
    return 0;
}

/* A value has no dimension where the key has a position, but the region that
 * is written has one of size 1: x[{ {}, 2 }] = column. */
static int spread_shape(const key *k, const mlrt_tensor *v,
                        int64_t shape[2 * MLRT_MAX_DIMS]) {
    int64_t backwards[2 * MLRT_MAX_DIMS];
    int n = 0, left = mlrt_ndim(v);
    for (int d = mlrt_ndim(k->x) - 1; d >= 0 && left > 0; d--) {
        bool at = d < k->n && k->item[d].kind == AT;
        backwards[n++] = at ? 1 : mlrt_shape(v)[--left];
    }
    while (left > 0)
        backwards[n++] = mlrt_shape(v)[--left];
    for (int i = 0; i < n; i++)
        shape[i] = backwards[n - 1 - i];
    return n;
}

static mlrt_tensor *spread(const key *k, mlrt_tensor *v) {
    int64_t shape[2 * MLRT_MAX_DIMS];
    int n = spread_shape(k, v, shape);
    if (n == mlrt_ndim(v))
        return v;
    mlrt_arg args[] = {tensor_arg(v), ints_arg(n, shape)};
    return call(k->S, MLRTL_RESHAPE, args);
}

static mlrt_tensor *assign_region(const key *k, mlrt_arg value) {
    region r;
    if (value.kind == MLRT_VAL_TENSOR)
        value.u.t = spread(k, value.u.t);
    fill_region(k, &r, false);
    mlrt_arg args[] = {tensor_arg(k->x), value, ints_arg(k->n, r.start),
                       ints_arg(k->n, r.stop), ints_arg(k->n, r.step)};
    return call(k->S, MLRTL_SLICE_ASSIGN, args);
}

/* x[{ {}, index }] = value, where nothing else is chosen. */
static mlrt_tensor *assign_picked(const key *k, mlrt_arg value, int d) {
    mlrt_arg args[] = {tensor_arg(k->x), int_arg(d), tensor_arg(k->item[d].t),
                       value};
    return call(k->S, MLRTL_INDEX_ASSIGN, args);
}

/* The dimension with an index tensor, or -1. */
static int picked(const key *k) {
    int pick = -1, chosen = 0;
    for (int d = 0; d < k->n; d++) {
        chosen += k->item[d].kind != ALL;
        if (k->item[d].kind == PICK)
            pick = d;
    }
    if (pick >= 0 && chosen > 1)
        mlrtL_error(k->L, "index: an assignment through an index tensor has "
                          "{} in every other dimension");
    return pick;
}

static int assign_key(lua_State *L, mlrtL_state *S, mlrt_tensor *x) {
    key k = {.L = L, .S = S, .x = x};
    if (lua_type(L, 2) == LUA_TNUMBER) {
        lua_pushvalue(L, 2);
        read_item(&k);
        resolve_all(&k);
    } else {
        read_key(&k, 2);
    }
    int d = picked(&k);
    mlrt_arg value = read_value(L, S, x);
    mlrt_tensor *y = NULL;
    mlrtL_enter(L, S);
    if (mlrt_scope_begin(S->m) == 0) {
        y = d < 0 ? assign_region(&k, value) : assign_picked(&k, value, d);
        y = mlrt_scope_keep(S->m, y);
        mlrt_scope_end(S->m);
    }
    return finish(L, S, y);
}

static int assign_tensor(lua_State *L, mlrtL_state *S, mlrt_tensor *x) {
    mlrt_tensor *by = mlrtL_tensor(L, S, 2), *y;
    bool mask = is_mask(L, S, by);
    mlrt_arg value = read_value(L, S, x);
    mlrtL_enter(L, S);
    if (mask) {
        mlrt_arg args[] = {tensor_arg(x), tensor_arg(by), value};
        y = call(S, MLRTL_MASKED_ASSIGN, args);
    } else {
        mlrt_arg args[] = {tensor_arg(x), int_arg(0), tensor_arg(by), value};
        y = call(S, MLRTL_INDEX_ASSIGN, args);
    }
    return finish(L, S, y);
}

int mlrtL_newindex(lua_State *L, mlrtL_state *S, mlrt_tensor *x) {
    lua_settop(L, 3);
    switch (lua_type(L, 2)) {
    case LUA_TNUMBER:
    case LUA_TTABLE:
    case LUA_TSTRING: return assign_key(L, S, x);
    default: return assign_tensor(L, S, x);
    }
}
