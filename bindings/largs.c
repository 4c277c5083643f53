/* largs.c: arguments of operations.
 *
 * What an operation takes is declared in its row (mlrt_arg_spec); this file
 * makes mlrt_arg's of what a script wrote.  A last table without a metatable
 * is looked at: its array part is a value, its string keys are options, and
 * it may have both.  A call with positional arguments allocates nothing.
 */
#include "largs.h"

#include <stdio.h>
#include <string.h>

/* ---- Messages --------------------------------------------------------- */

static const char *op_name(const mlrtL_args *a, char text[80]) {
    snprintf(text, 80, "%s%s", a->op->info->name,
             a->op->in_place && a->op->info->kind != MLRT_INPLACE ? "_" : "");
    return text;
}

static const char *arg_name(const mlrtL_args *a, int i, char text[48]) {
    const mlrt_arg_spec *s = &a->op->info->spec[i];
    snprintf(text, 48, "%.*s", s->name_len, s->name);
    return text;
}

static int wrong(mlrtL_args *a, int i, const char *wanted, int index) {
    char op[80], name[48];
    return mlrtL_wrong(a->L, op_name(a, op), arg_name(a, i, name), wanted,
                       index);
}

int64_t mlrtL_from1(lua_State *L, const char *function, const char *name,
                    lua_Integer i) {
    if (i == 0)
        mlrtL_error(L, "%s: argument '%s': got 0; mlrt counts from 1", function,
                    name);
    return i > 0 ? i - 1 : i;
}

/* ---- Simple values ---------------------------------------------------- */

static int64_t read_integer(mlrtL_args *a, int i, int index,
                            const char *wanted) {
    int isint;
    lua_Integer v = lua_tointegerx(a->L, index, &isint);
    if (!isint || lua_type(a->L, index) != LUA_TNUMBER)
        wrong(a, i, wanted, index);
    return v;
}

/* An integer, or one that counts positions. */
static int64_t read_counted(mlrtL_args *a, int i, int index) {
    mlrt_arg_type type = a->op->info->spec[i].type;
    int64_t v = read_integer(a, i, index, "integer");
    char op[80], name[48];
    if (type != MLRT_ARG_DIM && type != MLRT_ARG_DIMS && type != MLRT_ARG_POS)
        return v;
    if (v > 0) /* names are for messages only */
        return v - 1;
    return mlrtL_from1(a->L, op_name(a, op), arg_name(a, i, name), v);
}

static void set_int(mlrt_arg *arg, int64_t v) {
    arg->kind = MLRT_VAL_INT;
    arg->u.i = v;
}

static void read_number(mlrtL_args *a, int i, int index, const char *wanted) {
    mlrt_arg *arg = &a->arg[i];
    if (lua_type(a->L, index) != LUA_TNUMBER)
        wrong(a, i, wanted, index);
    a->numbers |= 1u << i;
    if (lua_isinteger(a->L, index)) {
        set_int(arg, lua_tointeger(a->L, index));
        return;
    }
    arg->kind = MLRT_VAL_NUMBER;
    arg->u.d = lua_tonumber(a->L, index);
}

static void read_tensor(mlrtL_args *a, int i, int index) {
    static const char *const wanted[] = {[MLRT_ARG_TENSOR] = "tensor",
                                         [MLRT_ARG_OPERAND] = "tensor",
                                         [MLRT_ARG_INDEX] = "index tensor",
                                         [MLRT_ARG_MASK] = "bool tensor"};
    mlrt_arg_type type = a->op->info->spec[i].type;
    mlrt_tensor *t = mlrtL_tensor(a->L, a->S, index);
    if (!t)
        wrong(a, i, wanted[type], index);
    a->arg[i].kind = MLRT_VAL_TENSOR;
    a->arg[i].u.t = t;
    if (type != MLRT_ARG_INDEX && mlrt_dtype_of(t) == MLRT_INDEX)
        a->positions = true;
}

static void read_operand(mlrtL_args *a, int i, int index) {
    if (lua_type(a->L, index) == LUA_TUSERDATA)
        read_tensor(a, i, index);
    else
        read_number(a, i, index, "tensor or number");
}

static void read_bool(mlrtL_args *a, int i, int index) {
    if (!lua_isboolean(a->L, index))
        wrong(a, i, "boolean", index);
    set_int(&a->arg[i], lua_toboolean(a->L, index));
}

static void read_dtype(mlrtL_args *a, int i, int index) {
    char op[80];
    mlrt_dtype dtype = mlrtL_checkdtype(a->L, index, op_name(a, op));
    set_int(&a->arg[i], dtype);
    a->positions = a->positions || dtype == MLRT_INDEX;
}

static void read_text(mlrtL_args *a, int i, int index) {
    size_t len;
    if (lua_type(a->L, index) != LUA_TSTRING)
        wrong(a, i, "string", index);
    a->arg[i].u.s = lua_tolstring(a->L, index, &len);
    if (len > 1 << 20)
        wrong(a, i, "shorter string", index);
    a->arg[i].kind = MLRT_VAL_TEXT;
    a->arg[i].n = (int)len;
}

/* Which of the words a|b|c it is. */
static void read_word(mlrtL_args *a, int i, int index) {
    const mlrt_arg_spec *s = &a->op->info->spec[i];
    char wanted[200];
    size_t len = 0;
    const char *given = lua_type(a->L, index) == LUA_TSTRING
                            ? lua_tolstring(a->L, index, &len)
                            : NULL;
    const char *w = s->words, *stop = w + s->words_len;
    for (int k = 0; given && w < stop; k++) {
        const char *end = memchr(w, '|', (size_t)(stop - w));
        end = end ? end : stop;
        if ((size_t)(end - w) == len && memcmp(w, given, len) == 0) {
            set_int(&a->arg[i], s->type == MLRT_ARG_ENUM ? k : MLRT_WORD(k));
            return;
        }
        w = end + 1;
    }
    snprintf(wanted, sizeof wanted, "one of %.*s", s->words_len, s->words);
    if (!given)
        wrong(a, i, wanted, index);
    char op[80], name[48];
    mlrtL_error(a->L, "%s: argument '%s': %s expected, got '%.40s'",
                op_name(a, op), arg_name(a, i, name), wanted, given);
}

static void read_generator(mlrtL_args *a, int i, int index) {
    mlrt_generator *g = mlrtL_generator(a->L, a->S, index);
    if (!g)
        wrong(a, i, "generator", index);
    a->arg[i].kind = MLRT_VAL_GENERATOR;
    a->arg[i].u.g = g;
}

/* ---- Lists ------------------------------------------------------------ */

/* Room for n integers: in the fixed buffer, or in a userdata on the stack. */
static int64_t *room_ints(mlrtL_args *a, int n) {
    if (a->nints + n > MLRTL_INTS) {
        luaL_checkstack(a->L, 1, NULL);
        return mlrtL_array(a->L, (size_t)n, sizeof *a->ints);
    }
    a->nints += n;
    return a->ints + a->nints - n;
}

static void set_ints(mlrt_arg *arg, int n, const int64_t *v) {
    arg->kind = MLRT_VAL_INTS;
    arg->n = n;
    arg->u.v = v;
}

/* A number, a run of them in consecutive stack slots, or a table. */
static void read_ints(mlrtL_args *a, int i, int index, int run) {
    lua_State *L = a->L;
    bool table = lua_istable(L, index);
    size_t len = table ? (size_t)lua_rawlen(L, index) : (size_t)run;
    if (!table && lua_type(L, index) != LUA_TNUMBER)
        wrong(a, i, "integer or list of integers", index);
    if (len > 1 << 20)
        wrong(a, i, "shorter list", index);
    int n = (int)len;
    int64_t *v = room_ints(a, n);
    for (int k = 0; k < n; k++) {
        if (table)
            lua_rawgeti(L, index, k + 1);
        v[k] = read_counted(a, i, table ? lua_gettop(L) : index + k);
        if (table)
            lua_pop(L, 1);
    }
    set_ints(&a->arg[i], n, v);
}

static void read_pair(mlrtL_args *a, int i, int index) {
    if (lua_istable(a->L, index) && lua_rawlen(a->L, index) != 2)
        wrong(a, i, "integer or {a, b}", index);
    read_ints(a, i, index, 1);
    mlrt_arg *arg = &a->arg[i];
    if (arg->n == 1)
        set_int(arg, arg->u.v[0]);
}

/* A table, or a run of them in consecutive stack slots. */
static void read_tensors(mlrtL_args *a, int i, int index, int run) {
    lua_State *L = a->L;
    bool table = lua_istable(L, index);
    if (!(table ? lua_rawlen(L, index) <= 1 << 24
                : lua_type(L, index) == LUA_TUSERDATA))
        wrong(a, i, "list of tensors", index);
    int n = table ? (int)lua_rawlen(L, index) : run;
    mlrt_tensor **ts = a->tensors + a->ntensors;
    luaL_checkstack(L, 4, NULL);
    if (a->ntensors + n > MLRTL_TENSORS)
        ts = mlrtL_array(L, (size_t)n, sizeof *ts);
    else
        a->ntensors += n;
    for (int k = 0; k < n; k++) {
        if (table)
            lua_rawgeti(L, index, k + 1);
        else
            lua_pushvalue(L, index + k);
        ts[k] = mlrtL_tensor(L, a->S, lua_gettop(L));
        if (!ts[k])
            wrong(a, i, "list of tensors", lua_gettop(L));
        lua_pop(L, 1);
    }
    a->arg[i].kind = MLRT_VAL_TENSORS;
    a->arg[i].n = n;
    a->arg[i].u.ts = ts;
}

/* ---- One argument ----------------------------------------------------- */

static void read_value(mlrtL_args *a, int i, int index, int run) {
    const mlrt_arg_spec *s = &a->op->info->spec[i];
    if (s->words_len && s->type != MLRT_ARG_TEXT &&
        lua_type(a->L, index) == LUA_TSTRING) {
        read_word(a, i, index);
        return;
    }
    switch (s->type) {
    case MLRT_ARG_TENSOR:
    case MLRT_ARG_INDEX:
    case MLRT_ARG_MASK: read_tensor(a, i, index); break;
    case MLRT_ARG_OPERAND: read_operand(a, i, index); break;
    case MLRT_ARG_TENSORS: read_tensors(a, i, index, run); break;
    case MLRT_ARG_INT:
    case MLRT_ARG_POS:
    case MLRT_ARG_DIM: set_int(&a->arg[i], read_counted(a, i, index)); break;
    case MLRT_ARG_NUMBER:
    case MLRT_ARG_SCALAR: read_number(a, i, index, "number"); break;
    case MLRT_ARG_BOOL: read_bool(a, i, index); break;
    case MLRT_ARG_INTS:
    case MLRT_ARG_DIMS:
    case MLRT_ARG_SHAPE: read_ints(a, i, index, run); break;
    case MLRT_ARG_PAIR: read_pair(a, i, index); break;
    case MLRT_ARG_ENUM: read_word(a, i, index); break;
    case MLRT_ARG_TEXT: read_text(a, i, index); break;
    case MLRT_ARG_DTYPE: read_dtype(a, i, index); break;
    default: read_generator(a, i, index);
    }
}

/* How many stack slots from `at` to `n` argument i takes: zeros(2, 3) has a
 * shape of two, while something may have to be left for what follows. */
static int run_length(const mlrtL_args *a, int i, int at, int n) {
    int run = 1, type = lua_type(a->L, at);
    bool tensors = a->op->info->spec[i].type == MLRT_ARG_TENSORS;
    if (!(a->op->runs & (1u << i)) ||
        type != (tensors ? LUA_TUSERDATA : LUA_TNUMBER))
        return run;
    n -= a->op->needed[i];
    while (at + run <= n && lua_type(a->L, at + run) == type)
        run++;
    return run;
}

static int too_many(mlrtL_args *a, int given) {
    char op[80], names[300] = "", name[48];
    size_t len = 0;
    int n = a->op->info->nargs;
    for (int i = 0; i < n && len < sizeof names - 60; i++) {
        snprintf(names + len, sizeof names - len, "%s%s", i ? ", " : "",
                 arg_name(a, i, name));
        len = strlen(names);
    }
    return mlrtL_error(a->L, "%s: at most %d argument%s expected (%s), got %d",
                       op_name(a, op), n, n == 1 ? "" : "s", names, given);
}

/* An empty table where no list belongs is options that were all nil. */
static bool is_no_options(const mlrtL_args *a, int i, int at) {
    lua_State *L = a->L;
    if (!lua_istable(L, at) || lua_rawlen(L, at) > 0)
        return false;
    mlrt_arg_type type = i < a->op->info->nargs ? a->op->info->spec[i].type
                                                : MLRT_ARG_BOOL;
    return type != MLRT_ARG_INTS && type != MLRT_ARG_DIMS &&
           type != MLRT_ARG_SHAPE && type != MLRT_ARG_TENSORS;
}

/* An optional argument before required ones is left out when the values are
 * just enough for those: arange(5), randint(10, {3}). */
static bool is_left_out(const mlrtL_args *a, int i, int at, int n) {
    const mlrt_op_info *info = a->op->info;
    int needed = a->op->needed[i], options = a->options;
    if (!info->spec[i].optional || n - at >= needed)
        return false;
    for (int j = i + 1; options && j < info->nargs; j++) {
        char name[48];
        lua_pushstring(a->L, arg_name(a, j, name));
        bool named = lua_rawget(a->L, options) != LUA_TNIL;
        needed -= named && !info->spec[j].optional;
        lua_pop(a->L, 1);
    }
    return n - at < needed;
}

/* The tensors that most calls begin with; how many there are.  The rest is
 * left to read_positional. */
static int read_leading(mlrtL_args *a, int n) {
    int i = 0;
    for (; i < n && i < a->op->leading; i++) {
        mlrtL_box *box = mlrtL_boxat(a->L, a->S, i + 1);
        if (!box || !box->t)
            break;
        a->arg[i].kind = MLRT_VAL_TENSOR;
        a->arg[i].u.t = box->t;
        a->positions |= mlrt_dtype_of(box->t) == MLRT_INDEX;
    }
    return i;
}

static void read_positional(mlrtL_args *a, int from, int n) {
    int nargs = a->op->info->nargs;
    for (int at = from + 1, i = from; at <= n; i++) {
        int run = 1;
        if (at == n && is_no_options(a, i, at))
            return;
        if (i < nargs && is_left_out(a, i, at, n))
            continue;
        if (i == nargs)
            too_many(a, n);
        if (!lua_isnil(a->L, at)) {
            run = run_length(a, i, at, n);
            read_value(a, i, at, run);
        }
        at += run;
    }
}

/* ---- Options ---------------------------------------------------------- */

/* Does the table have names?  And only names: are they to be known? */
static bool has_names(lua_State *L, int index) {
    bool names = false;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        names = names || lua_type(L, -2) == LUA_TSTRING;
    return names;
}

static int find_arg(const mlrtL_args *a, const char *name, size_t len) {
    for (int i = 0; i < a->op->info->nargs; i++)
        if ((size_t)a->op->info->spec[i].name_len == len &&
            memcmp(a->op->info->spec[i].name, name, len) == 0)
            return i;
    return -1;
}

static int unknown(mlrtL_args *a, const char *key) {
    char op[80], text[MLRT_MAX_ARGS][48];
    const char *names[MLRT_MAX_ARGS + 1];
    int n = a->op->info->nargs;
    for (int i = 0; i < n; i++)
        names[i] = arg_name(a, i, text[i]);
    if (a->op->makes)
        names[n++] = "requires_grad";
    const char *near = mlrtL_nearest(key, names, n);
    return mlrtL_error(a->L, "%s: unknown option '%.60s'%s%s%s", op_name(a, op),
                       key, near ? "; did you mean '" : "", near ? near : "",
                       near ? "'?" : "");
}

static void read_requires_grad(mlrtL_args *a, int index) {
    char op[80];
    if (!lua_isboolean(a->L, index))
        mlrtL_wrong(a->L, op_name(a, op), "requires_grad", "boolean", index);
    a->requires_grad = lua_toboolean(a->L, index);
}

static void check_names(mlrtL_args *a, int index) {
    lua_State *L = a->L;
    size_t len;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            continue;
        const char *key = lua_tolstring(L, -2, &len);
        if (find_arg(a, key, len) >= 0)
            continue;
        if (!a->op->makes || strcmp(key, "requires_grad") != 0)
            unknown(a, key);
        read_requires_grad(a, lua_gettop(L));
    }
}

/* Values stay on the stack, where they are safe from the collector. */
static void read_options(mlrtL_args *a, int index) {
    lua_State *L = a->L;
    char op[80], name[48];
    luaL_checkstack(L, 2 * MLRT_MAX_ARGS, NULL);
    check_names(a, index);
    for (int i = 0; i < a->op->info->nargs; i++) {
        lua_pushstring(L, arg_name(a, i, name));
        if (lua_rawget(L, index) == LUA_TNIL) {
            lua_pop(L, 1);
            continue;
        }
        if (a->arg[i].kind != MLRT_VAL_NONE)
            mlrtL_error(L, "%s: argument '%s' is given twice", op_name(a, op),
                        name);
        read_value(a, i, lua_gettop(L), 1);
    }
}

/* ---- All of them ------------------------------------------------------ */

/* Beside an index, what may be an element is a position too: idx:eq(3),
 * full({2}, 3, {dtype="index"}).  Numbers of another kind (a step) are not. */
static void shift_numbers(mlrtL_args *a) {
    const mlrt_op_info *info = a->op->info;
    for (int i = 0; i < info->nargs; i++) {
        mlrt_arg *arg = &a->arg[i];
        if (!(a->numbers & (1u << i)) || info->spec[i].type == MLRT_ARG_NUMBER)
            continue;
        if (arg->kind != MLRT_VAL_INT)
            arg->u.d--;
        else if (arg->u.i > INT64_MIN)
            arg->u.i--;
    }
}

static void read_table(mlrtL_args *a, int from, int n) {
    lua_State *L = a->L;
    bool options = n > from && lua_istable(L, n) && !lua_getmetatable(L, n);
    lua_settop(L, n);
    options = options && has_names(L, n);
    a->options = options ? n : 0;
    read_positional(a, from, n - (options && lua_rawlen(L, n) == 0));
    if (options)
        read_options(a, n);
    if (a->numbers && a->positions)
        shift_numbers(a);
}

void mlrtL_read_args(lua_State *L, const mlrtL_op *op, mlrtL_args *a) {
    int n = lua_gettop(L), read;
    a->L = L;
    a->S = op->S;
    a->op = op;
    a->nints = a->ntensors = 0;
    a->numbers = 0;
    a->options = 0;
    a->positions = a->requires_grad = false;
    read = read_leading(a, n);
    for (int i = read; i < op->info->nargs; i++)
        a->arg[i].kind = MLRT_VAL_NONE;
    if (read < n)
        read_table(a, read, n);
}
