/* runtime_call.c: values, scripts, and calls in both directions.
 *
 * Every entry does its work in a C function that Lua calls protected, with
 * mlrtR_message as the handler.  Results stay on the stack until the next
 * entry, which keeps their strings alive.
 */
#include "runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- Values ----------------------------------------------------------- */

static void push_tensor(lua_State *L, mlrt_runtime *rt, mlrt_tensor *t) {
    if (!t || t == MLRT_NONE) {
        lua_pushnil(L);
        return;
    }
    if (mlrt_context(t) != rt->m)
        luaL_error(L, "the tensor belongs to another context");
    mlrtL_newbox(L, rt->S)->t = mlrt_retain(t);
}

static void push_value(lua_State *L, mlrt_runtime *rt, const mlrt_value *v) {
    switch (v->kind) {
    case MLRT_VALUE_NIL: lua_pushnil(L); break;
    case MLRT_VALUE_BOOL: lua_pushboolean(L, v->u.b); break;
    case MLRT_VALUE_INT: lua_pushinteger(L, v->u.i); break;
    case MLRT_VALUE_NUMBER: lua_pushnumber(L, v->u.d); break;
    case MLRT_VALUE_STRING:
        lua_pushlstring(L, v->len ? v->u.s : "", v->len);
        break;
    case MLRT_VALUE_TENSOR: push_tensor(L, rt, v->u.t); break;
    default: luaL_error(L, "no kind of value: %d", (int)v->kind);
    }
}

void mlrtR_push(lua_State *L, mlrt_runtime *rt, const mlrt_value *v, int n) {
    luaL_checkstack(L, n + 4, "too many values");
    for (int i = 0; i < n; i++)
        push_value(L, rt, v + i);
}

static bool get_userdata(lua_State *L, mlrt_runtime *rt, int index,
                         mlrt_value *v) {
    mlrtL_box *box = mlrtL_boxat(L, rt->S, index);
    if (!box || !box->t)
        return false;
    *v = mlrt_value_tensor(box->t);
    return true;
}

/* A tensor stays borrowed. */
bool mlrtR_value(lua_State *L, mlrt_runtime *rt, int index, mlrt_value *v) {
    *v = mlrt_value_nil();
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: return true;
    case LUA_TBOOLEAN: *v = mlrt_value_bool(lua_toboolean(L, index)); break;
    case LUA_TNUMBER:
        *v = lua_isinteger(L, index)
                 ? mlrt_value_int(lua_tointeger(L, index))
                 : mlrt_value_number(lua_tonumber(L, index));
        break;
    case LUA_TSTRING:
        v->u.s = lua_tolstring(L, index, &v->len);
        v->kind = MLRT_VALUE_STRING;
        break;
    case LUA_TUSERDATA: return get_userdata(L, rt, index, v);
    default: return false;
    }
    return true;
}

/* The n values from a position on; all or none. */
static int give_values(mlrt_runtime *rt, int index, mlrt_value *v, int n) {
    for (int i = 0; i < n; i++)
        if (!mlrtR_value(rt->L, rt, index + i, v + i))
            return mlrtR_fail(rt, MLRT_EARG,
                              "result %d is a %s, no value that a host can "
                              "take",
                              i + 1, luaL_typename(rt->L, index + i));
    for (int i = 0; i < n; i++)
        if (v[i].kind == MLRT_VALUE_TENSOR)
            mlrt_retain(v[i].u.t);
    return 0;
}

/* ---- Entries ---------------------------------------------------------- */

/* What an entry wants done inside. */
typedef struct request {
    mlrt_runtime *rt;
    const char *name, *text;
    size_t len;
    int function;
    const mlrt_value *args;
    int nargs, nresults;
} request;

/* Runs `f` on the request, protected, within the accounts; its results lie
 * above the handler, at 2. */
static int enter(request *r, lua_CFunction f) {
    mlrt_runtime *rt = r->rt;
    lua_State *L = rt->L;
    int err = mlrtR_begin(rt);
    if (err)
        return err;
    lua_pushcfunction(L, mlrtR_message);
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, r);
    return mlrtR_finish(rt, lua_pcall(L, 1, r->nresults, 1));
}

/* Raises. */
static int not_found(lua_State *L, const char *name) {
    return luaL_error(L, "no function '%s' in the script", name);
}

/* The places between the points. */
void mlrtR_function(lua_State *L, mlrt_runtime *rt, const char *name) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, rt->env);
    for (const char *p = name; *p;) {
        size_t n = strcspn(p, ".");
        if (!lua_istable(L, -1))
            not_found(L, name);
        lua_pushlstring(L, p, n);
        lua_gettable(L, -2);
        lua_remove(L, -2);
        p += n + (p[n] == '.');
    }
    if (lua_isfunction(L, -1))
        return;
    if (luaL_getmetafield(L, -1, "__call") == LUA_TNIL)
        not_found(L, name);
    lua_pop(L, 1);
}

static int call_pushed(lua_State *L, const request *r) {
    int base = lua_gettop(L) - 1;
    mlrtR_push(L, r->rt, r->args, r->nargs);
    lua_call(L, r->nargs, r->nresults);
    return lua_gettop(L) - base;
}

static int call_name(lua_State *L) {
    const request *r = lua_touserdata(L, 1);
    mlrtR_function(L, r->rt, r->name);
    return call_pushed(L, r);
}

static int call_number(lua_State *L) {
    const request *r = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->rt->functions);
    if (lua_rawgeti(L, -1, r->function + 1) == LUA_TNIL)
        return luaL_error(L, "function %d is not in the script any more",
                          r->function);
    return call_pushed(L, r);
}

static int check(mlrt_runtime *rt, int nargs, int nresults) {
    if (nargs >= 0 && nargs <= 200 && nresults >= 0 && nresults <= 200)
        return 0;
    return mlrtR_fail(rt, MLRT_EARG, "%d arguments and %d results", nargs,
                      nresults);
}

static int call(request *r, lua_CFunction f, mlrt_value *results) {
    int err = check(r->rt, r->nargs, r->nresults);
    if (!err)
        err = enter(r, f);
    return err ? err : give_values(r->rt, 2, results, r->nresults);
}

int mlrt_runtime_call(mlrt_runtime *rt, const char *function,
                      const mlrt_value *args, int nargs, mlrt_value *results,
                      int nresults) {
    request r = {.rt = rt,
                 .name = function,
                 .args = args,
                 .nargs = nargs,
                 .nresults = nresults};
    return call(&r, call_name, results);
}

int mlrt_runtime_invoke(mlrt_runtime *rt, int function, const mlrt_value *args,
                        int nargs, mlrt_value *results, int nresults) {
    request r = {.rt = rt,
                 .function = function,
                 .args = args,
                 .nargs = nargs,
                 .nresults = nresults};
    if (function < 0 || function >= rt->nfunctions)
        return mlrtR_fail(rt, MLRT_EARG, "no function has number %d", function);
    return call(&r, call_number, results);
}

/* ---- Keeping functions ------------------------------------------------ */

/* names[name] = number + 1, functions[number + 1] = function */
static int find(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    mlrt_runtime *rt = r->rt;
    lua_rawgeti(L, LUA_REGISTRYINDEX, rt->names);
    lua_rawgeti(L, LUA_REGISTRYINDEX, rt->functions);
    mlrtR_function(L, rt, r->name);
    lua_Integer i = rt->nfunctions + 1;
    if (lua_getfield(L, 2, r->name) == LUA_TNUMBER)
        i = lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_pushinteger(L, i);
    lua_setfield(L, 2, r->name);
    lua_rawseti(L, 3, i);
    if (i > rt->nfunctions)
        rt->nfunctions = (int)i;
    r->function = (int)i - 1;
    return 0;
}

int mlrt_runtime_find(mlrt_runtime *rt, const char *function) {
    request r = {.rt = rt, .name = function};
    int err = enter(&r, find);
    return err ? err : r.function;
}

/* What a global holds, nil where the way to it ends; raw, so that no script
 * runs. */
static void push_raw(lua_State *L, mlrt_runtime *rt, const char *name) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, rt->env);
    for (const char *p = name; *p && lua_istable(L, -1);) {
        size_t n = strcspn(p, ".");
        lua_pushlstring(L, p, n);
        lua_rawget(L, -2);
        lua_remove(L, -2);
        p += n + (p[n] == '.');
    }
}

/* Looks kept functions up anew. */
static void refresh(lua_State *L, mlrt_runtime *rt) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, rt->functions);
    lua_rawgeti(L, LUA_REGISTRYINDEX, rt->names);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        lua_Integer i = lua_tointeger(L, -1);
        push_raw(L, rt, lua_tostring(L, -2));
        lua_rawseti(L, -5, i);
    }
    lua_pop(L, 2);
}

/* ---- Scripts ---------------------------------------------------------- */

/* Pushes the text compiled, in the globals at env. */
static void compile(lua_State *L, const request *r, int env) {
    const char *text = r->text;
    size_t len = r->len;
    if (len > 0 && text[0] == '#') { /* #!, as Lua's own files may have */
        const char *end = memchr(text, '\n', len);
        len = end ? len - (size_t)(end - text) : 0;
        text = end ? end : "";
    }
    lua_pushfstring(L, "@%s", r->name ? r->name : "script");
    if (luaL_loadbufferx(L, text, len, lua_tostring(L, -1), "t") != LUA_OK)
        lua_error(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, env);
    lua_setupvalue(L, -2, 1);
}

static int load(lua_State *L) {
    const request *r = lua_touserdata(L, 1);
    compile(L, r, r->rt->env);
    lua_call(L, 0, 0);
    refresh(L, r->rt);
    return 0;
}

int mlrt_runtime_load(mlrt_runtime *rt, const char *name, const char *text,
                      size_t len) {
    request r = {.rt = rt, .name = name, .text = text, .len = len};
    return enter(&r, load);
}

static int reload(lua_State *L) {
    const request *r = lua_touserdata(L, 1);
    compile(L, r, r->rt->env);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->function); /* the old globals */
    lua_call(L, 1, 0);
    refresh(L, r->rt);
    return 0;
}

static int new_env(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    mlrtR_newenv(L);
    r->function = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* rt->env is what `load` inside the script uses, so it changes before. */
int mlrt_runtime_reload(mlrt_runtime *rt, const char *name, const char *text,
                        size_t len) {
    request r = {.rt = rt, .name = name, .text = text, .len = len};
    int err = enter(&r, new_env);
    if (err)
        return err;
    int old = rt->env;
    rt->env = r.function;
    r.function = old;
    err = enter(&r, reload);
    luaL_unref(rt->L, LUA_REGISTRYINDEX, err ? rt->env : old);
    if (err)
        rt->env = old;
    return err;
}

/* ---- Files of the host's ---------------------------------------------- */

static char *read_open(mlrt_runtime *rt, FILE *f, size_t *len) {
    struct stat info;
    if (fstat(fileno(f), &info) != 0 || !S_ISREG(info.st_mode))
        return NULL;
    size_t n = (size_t)info.st_size;
    char *text = mlrt_lua_alloc(rt->m, NULL, 0, n + 1);
    if (!text)
        return NULL;
    *len = n;
    if (fread(text, 1, n, f) == n)
        return text;
    mlrt_lua_alloc(rt->m, text, n + 1, 0);
    return NULL;
}

typedef int load_fn(mlrt_runtime *, const char *, const char *, size_t);

static int with_file(mlrt_runtime *rt, const char *path, load_fn *use) {
    size_t len = 0;
    FILE *f = fopen(path, "rb");
    char *text = f ? read_open(rt, f, &len) : NULL;
    if (f)
        fclose(f);
    if (!text)
        return mlrtR_fail(rt, MLRT_EIO, "%s: cannot be read", path);
    int err = use(rt, path, text, len);
    mlrt_lua_alloc(rt->m, text, len + 1, 0);
    return err;
}

int mlrt_runtime_load_file(mlrt_runtime *rt, const char *path) {
    return with_file(rt, path, mlrt_runtime_load);
}

int mlrt_runtime_reload_file(mlrt_runtime *rt, const char *path) {
    return with_file(rt, path, mlrt_runtime_reload);
}

/* ---- Functions of the host's ------------------------------------------ */

typedef struct hosted {
    mlrt_host_fn *fn;
    void *ud;
    char name[];
} hosted;

static int read_arguments(lua_State *L, mlrt_runtime *rt, const hosted *h,
                          mlrt_value *args) {
    int n = lua_gettop(L);
    if (n > MLRT_MAX_VALUES)
        return luaL_error(L, "%s: %d arguments, at most %d are possible",
                          h->name, n, MLRT_MAX_VALUES);
    for (int i = 0; i < n; i++)
        if (!mlrtR_value(L, rt, i + 1, args + i))
            return luaL_error(L,
                              "%s: argument %d is a %s, no value that the "
                              "host can take",
                              h->name, i + 1, luaL_typename(L, i + 1));
    return n;
}

/* Tensors wait in the runtime's own list, so that none is lost when there is
 * no memory for a box. */
static int give_results(lua_State *L, mlrt_runtime *rt, mlrt_value *v, int n) {
    for (int i = 0; i < n; i++)
        if (v[i].kind == MLRT_VALUE_TENSOR && v[i].u.t != MLRT_NONE)
            rt->waiting[i] = v[i].u.t;
    for (int i = 0; i < n; i++) {
        if (!rt->waiting[i]) {
            mlrtR_push(L, rt, v + i, 1);
            continue;
        }
        mlrtL_newbox(L, rt->S)->t = rt->waiting[i];
        rt->waiting[i] = NULL;
    }
    mlrtL_charge(L, rt->S);
    return n;
}

void mlrtR_drop_waiting(mlrt_runtime *rt) {
    for (int i = 0; i < MLRT_MAX_VALUES; i++) {
        mlrt_release(rt->waiting[i]);
        rt->waiting[i] = NULL;
    }
}

static int host_failed(lua_State *L, mlrt_runtime *rt, int status,
                       const char *name) {
    luaL_where(L, 1);
    lua_pushfstring(L, "%s: %s", name,
                    rt->errmsg[0] ? rt->errmsg : mlrt_status_text(status));
    lua_concat(L, 2);
    return lua_error(L);
}

static int call_host(lua_State *L) {
    const hosted *h = lua_touserdata(L, lua_upvalueindex(1));
    mlrt_runtime *rt = mlrtR_of(L);
    mlrt_value args[MLRT_MAX_VALUES], out[MLRT_MAX_VALUES];
    int n = read_arguments(L, rt, h, args);
    luaL_checkstack(L, MLRT_MAX_VALUES + 4, NULL);
    for (int i = 0; i < MLRT_MAX_VALUES; i++)
        out[i] = mlrt_value_nil();
    rt->errmsg[0] = '\0';
    mlrtR_drop_waiting(rt);
    n = h->fn(h->ud, rt, args, n, out);
    if (n < 0)
        return host_failed(L, rt, n, h->name);
    return give_results(L, rt, out, n < MLRT_MAX_VALUES ? n : MLRT_MAX_VALUES);
}

/* "game.log" goes into the table "game" of the state's globals. */
static int add_host(lua_State *L) {
    const request *r = lua_touserdata(L, 1);
    const hosted *given = (const void *)r->text;
    size_t n = strlen(r->name) + 1;
    const char *dot = strchr(r->name, '.');
    lua_pushglobaltable(L);
    if (dot) {
        lua_pushlstring(L, r->name, (size_t)(dot - r->name));
        luaL_getsubtable(L, 2, lua_tostring(L, -1));
    }
    hosted *h = lua_newuserdatauv(L, sizeof *h + n, 0);
    h->fn = given->fn;
    h->ud = given->ud;
    memcpy(h->name, r->name, n);
    lua_pushcclosure(L, call_host, 1);
    lua_setfield(L, -2, dot ? dot + 1 : r->name);
    return 0;
}

int mlrt_runtime_register(mlrt_runtime *rt, const char *name, mlrt_host_fn *fn,
                          void *ud) {
    hosted h = {.fn = fn, .ud = ud};
    request r = {.rt = rt, .name = name, .text = (const char *)&h};
    if (!name || !*name || !fn)
        return mlrtR_fail(rt, MLRT_EARG, "register: name or function missing");
    return enter(&r, add_host);
}
