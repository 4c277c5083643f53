/* sandbox_string.c: the functions of `string` that search, and rep.
 *
 * Lua's own loop in C for as long as a script likes; these charge what they
 * do.  They answer as Lua's do.
 */
#include "lpattern.h"

static void prepare(mlrtP_matcher *m, lua_State *L, const char *s, size_t ls,
                    const char *p, size_t lp) {
    m->L = L;
    m->s = s;
    m->s_end = s + ls;
    m->p_end = p + lp;
    m->steps = 0;
    m->depth = MLRTP_DEPTH;
    m->ncaptures = 0;
}

/* A position in a string, from 1 or from its end, as an offset. */
static size_t offset(lua_Integer at, size_t len) {
    if (at > 0)
        return (size_t)at - 1;
    if (at == 0 || at < -(lua_Integer)len)
        return 0;
    return len - (size_t)-at;
}

/* ---- find and match --------------------------------------------------- */

static bool is_plain(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] && strchr("^$*+?.([%-", p[i]))
            return false;
    return true;
}

/* Where the plain text is; every try is charged with what it may compare. */
static const char *search(lua_State *L, const char *s, size_t ls, const char *p,
                          size_t lp) {
    if (lp == 0)
        return s;
    for (const char *end = s + ls; (size_t)(end - s) >= lp; s++) {
        const char *at = memchr(s, *p, (size_t)(end - s) - lp + 1);
        mlrtR_charge(L, (size_t)((at ? at : end) - s) / 64 + lp / 64 + 1);
        if (!at || memcmp(at, p, lp) == 0)
            return at;
        s = at;
    }
    return NULL;
}

static int find_plain(lua_State *L, const char *s, size_t ls, const char *p,
                      size_t lp, size_t init) {
    const char *at = search(L, s + init, ls - init, p, lp);
    if (!at) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, at - s + 1);
    lua_pushinteger(L, at - s + (lua_Integer)lp);
    return 2;
}

static int give(mlrtP_matcher *m, const char *s, const char *e, bool find) {
    if (!find)
        return mlrtP_push_all(m, s, e);
    lua_pushinteger(m->L, s - m->s + 1);
    lua_pushinteger(m->L, e - m->s);
    return mlrtP_push_all(m, NULL, NULL) + 2;
}

static int find_or_match(lua_State *L, bool find) {
    size_t ls, lp;
    mlrtP_matcher m;
    const char *s = luaL_checklstring(L, 1, &ls);
    const char *p = luaL_checklstring(L, 2, &lp);
    size_t init = offset(luaL_optinteger(L, 3, 1), ls);
    if (init > ls) {
        luaL_pushfail(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || is_plain(p, lp)))
        return find_plain(L, s, ls, p, lp, init);
    prepare(&m, L, s, ls, p, lp);
    bool anchor = lp > 0 && *p == '^';
    const char *at = s + init;
    do {
        const char *e = mlrtP_try(&m, at, p + anchor);
        if (e)
            return give(&m, at, e, find);
    } while (at++ < m.s_end && !anchor);
    luaL_pushfail(L);
    return 1;
}

static int string_find(lua_State *L) {
    return find_or_match(L, true);
}

static int string_match(lua_State *L) {
    return find_or_match(L, false);
}

/* ---- gmatch ----------------------------------------------------------- */

/* Between matches; the strings are the closure's upvalues 1 and 2. */
typedef struct progress {
    size_t at;
    const char *last; /* the end of the last match */
} progress;

static int next_match(lua_State *L) {
    size_t ls, lp;
    mlrtP_matcher m;
    const char *s = lua_tolstring(L, lua_upvalueindex(1), &ls);
    const char *p = lua_tolstring(L, lua_upvalueindex(2), &lp);
    progress *g = lua_touserdata(L, lua_upvalueindex(3));
    prepare(&m, L, s, ls, p, lp);
    for (const char *at = s + g->at; g->at <= ls; at++, g->at++) {
        const char *e = mlrtP_try(&m, at, p);
        if (!e || e == g->last)
            continue;
        g->at = (size_t)(e - s);
        g->last = e;
        return mlrtP_push_all(&m, at, e);
    }
    return 0;
}

static int string_gmatch(lua_State *L) {
    size_t ls;
    luaL_checklstring(L, 1, &ls);
    luaL_checkstring(L, 2);
    size_t init = offset(luaL_optinteger(L, 3, 1), ls);
    lua_settop(L, 2);
    progress *g = lua_newuserdatauv(L, sizeof *g, 0);
    g->at = init > ls ? ls + 1 : init;
    g->last = NULL;
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

/* ---- gsub ------------------------------------------------------------- */

/* Adds the replacement string with its captures: %0, %1, %%. */
static void add_string(mlrtP_matcher *m, luaL_Buffer *b, const char *s,
                       const char *e) {
    size_t n;
    const char *r = lua_tolstring(m->L, 3, &n), *end = r + n;
    while (r < end) {
        const char *sign = memchr(r, '%', (size_t)(end - r));
        luaL_addlstring(b, r, (size_t)((sign ? sign : end) - r));
        mlrtR_step(m->L, &m->steps);
        if (!sign)
            return;
        char c = sign + 1 < end ? sign[1] : '\0';
        r = sign + 2;
        if (c == '%')
            luaL_addchar(b, c);
        else if (c == '0')
            luaL_addlstring(b, s, (size_t)(e - s));
        else if (c >= '1' && c <= '9') {
            mlrtP_push(m, c - '1', s, e);
            luaL_tolstring(m->L, -1, NULL);
            lua_remove(m->L, -2);
            luaL_addvalue(b);
        } else
            luaL_error(m->L, "invalid use of '%%' in replacement string");
    }
}

/* Adds what replaces the match s..e; false: the match itself. */
static bool add_value(mlrtP_matcher *m, luaL_Buffer *b, const char *s,
                      const char *e, int type) {
    lua_State *L = m->L;
    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        add_string(m, b, s, e);
        return true;
    }
    if (type == LUA_TTABLE) {
        mlrtP_push(m, 0, s, e);
        lua_gettable(L, 3);
    } else {
        lua_pushvalue(L, 3);
        lua_call(L, mlrtP_push_all(m, s, e), 1);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(b, s, (size_t)(e - s));
        return false;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(b);
    return true;
}

static int string_gsub(lua_State *L) {
    size_t ls, lp;
    mlrtP_matcher m;
    luaL_Buffer b;
    const char *s = luaL_checklstring(L, 1, &ls), *last = NULL;
    const char *p = luaL_checklstring(L, 2, &lp);
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)ls + 1), n = 0;
    bool anchor = lp > 0 && *p == '^', changed = false;
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING ||
                         type == LUA_TFUNCTION || type == LUA_TTABLE,
                     3, "string/function/table");
    prepare(&m, L, s, ls, p, lp);
    luaL_buffinit(L, &b);
    while (n < most) {
        const char *e = mlrtP_try(&m, s, p + anchor);
        if (e && e != last) {
            n++;
            changed = add_value(&m, &b, s, e, type) || changed;
            s = last = e;
        } else if (s < m.s_end)
            luaL_addchar(&b, *s++);
        else
            break;
        if (anchor)
            break;
    }
    if (changed) {
        luaL_addlstring(&b, s, (size_t)(m.s_end - s));
        luaL_pushresult(&b);
    } else
        lua_pushvalue(L, 1);
    lua_pushinteger(L, n);
    return 2;
}

/* ---- rep -------------------------------------------------------------- */

/* rep(s, n, sep): filled by doubling, so that the loop is short whatever n
 * is.  The result takes memory before anything is done. */
static int string_rep(lua_State *L) {
    size_t ls, lsep;
    const char *s = luaL_checklstring(L, 1, &ls);
    lua_Integer n = luaL_checkinteger(L, 2);
    const char *sep = luaL_optlstring(L, 3, "", &lsep);
    luaL_Buffer b;
    if (n <= 0 || ls + lsep == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t unit = ls + lsep;
    if (unit < ls || (lua_Unsigned)n > (lua_Unsigned)(INT64_MAX / 2) / unit)
        return luaL_error(L, "resulting string too large");
    size_t total = unit * (size_t)n - lsep;
    mlrtR_charge(L, total / 64);
    char *to = luaL_buffinitsize(L, &b, total);
    memcpy(to, s, ls);
    if (n > 1) {
        memcpy(to + ls, sep, lsep);
        for (size_t done = unit; done < total;) {
            size_t more = done < total - done ? done : total - done;
            memcpy(to + done, to, more);
            done += more;
        }
    }
    luaL_pushresultsize(&b, total);
    return 1;
}

/* ---- byte and codepoint ----------------------------------------------- */

/* Lua's own, the upvalue, once it is certain that there are not too many. */
static int limited_push(lua_State *L) {
    size_t len;
    luaL_checklstring(L, 1, &len);
    lua_Integer from = luaL_optinteger(L, 2, 1);
    size_t a = offset(from, len);
    size_t b = offset(luaL_optinteger(L, 3, from), len);
    if (b > a && b - a >= MLRTR_PUSH && a < len && len - a > MLRTR_PUSH)
        return luaL_error(L, "string slice too long");
    int n = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, LUA_MULTRET);
    return lua_gettop(L);
}

void mlrtR_limit_push(lua_State *L, const char *name) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, limited_push, 1);
    lua_setfield(L, -2, name);
}

const luaL_Reg mlrtR_string_funcs[] = {
    {"find", string_find},     {"match", string_match}, {"rep", string_rep},
    {"gmatch", string_gmatch}, {"gsub", string_gsub},   {NULL, NULL}};
