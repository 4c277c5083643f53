/* lerror.c: how the binding says no.
 *
 * A message begins with the position of the innermost frame that is not the
 * library's own (whose chunk names begin with "=mlrt/"), then with what the
 * function given to on_error answers: the path of the module that runs.
 */
#include "lib.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Its address is the registry key of the function given to on_error. */
static const char where_key = 0;

/* Pushes "file:line: " of the script, or "". */
static void push_position(lua_State *L) {
    lua_Debug ar;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0 && strncmp(ar.source, "=mlrt/", 6) != 0) {
            lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

/* Pushes the path of the running module, or "". */
static void push_path(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &where_key) != LUA_TFUNCTION ||
        lua_pcall(L, 0, 1, 0) != LUA_OK || !lua_isstring(L, -1)) {
        lua_pop(L, 1);
        lua_pushliteral(L, "");
    }
}

void mlrtL_pushwhere(lua_State *L) {
    push_position(L);
    push_path(L);
    lua_concat(L, 2);
    size_t n = lua_rawlen(L, -1);
    lua_pushlstring(L, lua_tostring(L, -1), n > 2 ? n - 2 : 0);
    lua_remove(L, -2);
}

static int raise_text(lua_State *L, const char *text) {
    luaL_checkstack(L, 8, NULL);
    push_position(L);
    push_path(L);
    lua_pushstring(L, text);
    lua_concat(L, 3);
    return lua_error(L);
}

int mlrtL_error(lua_State *L, const char *format, ...) {
    char text[640];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return raise_text(L, text);
}

/* An interruption is answered here and nowhere else, and an error of a user's
 * function goes on as the object it was. */
int mlrtL_raise(lua_State *L, mlrtL_state *S) {
    int status = mlrt_errcode(S->m);
    luaL_checkstack(L, 8, NULL);
    if (S->rt && (status == MLRT_ECANCEL || status == MLRT_ELIMIT))
        return mlrtR_refused(L, S->rt);
    if (status == MLRT_ECANCEL) {
        mlrt_resume(S->m);
        lua_pushliteral(L, "interrupted!");
        return lua_error(L);
    }
    if (status == MLRT_EUSER && mlrtL_takeerror(L, S))
        return lua_error(L);
    return raise_text(L, mlrt_errmsg(S->m));
}

int mlrtL_nil(lua_State *L, mlrtL_state *S) {
    int status = mlrt_errcode(S->m);
    if (status != MLRT_EIO && status != MLRT_EFORMAT)
        return mlrtL_raise(L, S);
    lua_pushnil(L);
    lua_pushstring(L, mlrt_errmsg(S->m));
    return 2;
}

/* ---- Values in messages ----------------------------------------------- */

const char *mlrtL_got(lua_State *L, int index, char *text, size_t size) {
    const char *name;
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: name = "nothing"; break;
    case LUA_TNUMBER: name = lua_isinteger(L, index) ? NULL : ""; break;
    case LUA_TUSERDATA:
        name = "userdata";
        if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) {
            name = lua_tostring(L, -1); /* kept alive by the metatable */
            if (strcmp(name, "mlrt.Tensor") == 0)
                name = "tensor";
            lua_pop(L, 1);
        }
        break;
    default: name = luaL_typename(L, index);
    }
    if (!name)
        snprintf(text, size, "%lld", (long long)lua_tointeger(L, index));
    else if (!*name)
        snprintf(text, size, "%.14g", lua_tonumber(L, index));
    else
        snprintf(text, size, "%s", name);
    return text;
}

int mlrtL_wrong(lua_State *L, const char *function, const char *name,
                const char *wanted, int index) {
    char text[80];
    return mlrtL_error(L, "%s: argument '%s': %s expected, got %s", function,
                       name, wanted, mlrtL_got(L, index, text, sizeof text));
}

/* ---- Names ------------------------------------------------------------ */

enum { WORD = 32 };

static int least(int a, int b) {
    return a < b ? a : b;
}

/* Edits between two words; a swap of neighbours counts one (Damerau 1964,
 * optimal string alignment).  Words are cut at WORD bytes. */
static int distance(const char *a, const char *b) {
    int row[WORD + 1][WORD + 1];
    int na = least((int)strlen(a), WORD), nb = least((int)strlen(b), WORD);
    for (int i = 0; i <= na; i++)
        for (int j = 0; j <= nb; j++) {
            if (i == 0 || j == 0) {
                row[i][j] = i + j;
                continue;
            }
            int d = row[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d = least(d, least(row[i - 1][j], row[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = least(d, row[i - 2][j - 2] + 1);
            row[i][j] = d;
        }
    return row[na][nb];
}

const char *mlrtL_nearest(const char *word, const char *const *names, int n) {
    int best = (int)strlen(word) / 3;
    best = (best < 1 ? 1 : best) + 1;
    const char *nearest = NULL;
    for (int i = 0; i < n; i++) {
        int d = distance(word, names[i]);
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

/* ---- Options of functions that are no operations ---------------------- */

static void check_key(lua_State *L, const char *function,
                      const char *const *names) {
    int n = 0;
    if (lua_type(L, -2) != LUA_TSTRING)
        mlrtL_error(L, "%s: options have names, got a value without", function);
    const char *key = lua_tostring(L, -2);
    for (; names[n]; n++)
        if (strcmp(names[n], key) == 0)
            return;
    const char *near = mlrtL_nearest(key, names, n);
    mlrtL_error(L, "%s: unknown option '%s'%s%s%s", function, key,
                near ? "; did you mean '" : "", near ? near : "",
                near ? "'?" : "");
}

/* A first argument may be a value and options in one table: its array part,
 * which lua_next goes through first, is passed over. */
/* Is the key below the top one of 1..n? */
static bool is_element(lua_State *L, lua_Integer n) {
    return lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 &&
           lua_tointeger(L, -2) <= n;
}

bool mlrtL_options(lua_State *L, const char *function, int index,
                   const char *const *names) {
    if (lua_isnoneornil(L, index))
        return false;
    if (!lua_istable(L, index))
        mlrtL_wrong(L, function, "options", "table", index);
    lua_Integer n = index == 1 ? (lua_Integer)lua_rawlen(L, index) : 0;
    lua_pushnil(L);
    if (n > 0) {
        lua_pushinteger(L, n);
        lua_replace(L, -2);
    }
    /* Behind element n stand the names, unless the list was not filled in
     * order: then elements are among them. */
    for (; lua_next(L, index); lua_pop(L, 1))
        if (!is_element(L, n))
            check_key(L, function, names);
    return true;
}

int mlrtL_option(lua_State *L, int index, const char *name) {
    if (!lua_istable(L, index)) {
        lua_pushnil(L);
        return LUA_TNIL;
    }
    lua_pushstring(L, name);
    return lua_rawget(L, index);
}

bool mlrtL_flag(lua_State *L, const char *function, int index,
                const char *name) {
    int type = mlrtL_option(L, index, name);
    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        mlrtL_wrong(L, function, name, "boolean", -1);
    bool flag = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

/* on_error(f): f() returns what to put before messages, such as the path of
 * the module that runs. */
static int on_error(lua_State *L) {
    if (!lua_isnoneornil(L, 1))
        luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &where_key);
    return 0;
}

const luaL_Reg mlrtL_error_funcs[] = {{"on_error", on_error}, {NULL, NULL}};
