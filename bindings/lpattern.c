/* lpattern.c: a matcher of Lua's pattern language that counts its steps.
 *
 * Lua's own can be made to backtrack for longer than the universe lasts, in
 * one instruction of the machine.  This one gives the same answers and errors
 * (tests/spec/pattern_spec.lua compares them) and charges each step.
 *
 * A pattern is a sequence of items; an item is one character or class (a
 * "single") with * + - or ? behind it, or one of ( ) %b %f %1 and $ at the
 * end.  Repetition tries the rest of the pattern by recursion.
 */
#include "lpattern.h"

#include <ctype.h>
#include <limits.h>

static const char *match(mlrtP_matcher *m, const char *s, const char *p);

/* ---- Singles ---------------------------------------------------------- */

/* Behind the class or character at p. */
static const char *single_end(const mlrtP_matcher *m, const char *p) {
    char c = *p++;
    if (c == '%') {
        if (p == m->p_end)
            luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (c != '[')
        return p;
    if (*p == '^')
        p++;
    do { /* the first may be a ] */
        if (p == m->p_end)
            luaL_error(m->L, "malformed pattern (missing ']')");
        c = *p++;
        if (c == '%' && p < m->p_end)
            p++;
    } while (p >= m->p_end || *p != ']');
    return p + 1;
}

static bool in_class(int c, int name) {
    bool is;
    switch (tolower(name)) {
    case 'a': is = isalpha(c); break;
    case 'c': is = iscntrl(c); break;
    case 'd': is = isdigit(c); break;
    case 'g': is = isgraph(c); break;
    case 'l': is = islower(c); break;
    case 'p': is = ispunct(c); break;
    case 's': is = isspace(c); break;
    case 'u': is = isupper(c); break;
    case 'w': is = isalnum(c); break;
    case 'x': is = isxdigit(c); break;
    default: return name == c;
    }
    return isupper(name) ? !is : is;
}

/* The set whose [ is at p and whose ] is at end. */
static bool in_set(int c, const char *p, const char *end) {
    bool inside = true;
    if (p[1] == '^') {
        inside = false;
        p++;
    }
    while (++p < end) {
        if (*p == '%') {
            if (in_class(c, (unsigned char)*++p))
                return inside;
        } else if (p[1] == '-' && p + 2 < end) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return inside;
            p += 2;
        } else if ((unsigned char)*p == c)
            return inside;
    }
    return !inside;
}

/* Does the character at s match the single from p to end? */
static bool is_single(mlrtP_matcher *m, const char *s, const char *p,
                      const char *end) {
    mlrtR_step(m->L, &m->steps);
    if (s >= m->s_end)
        return false;
    int c = (unsigned char)*s;
    switch (*p) {
    case '.': return true;
    case '%': return in_class(c, (unsigned char)p[1]);
    case '[': return in_set(c, p, end - 1);
    default: return (unsigned char)*p == c;
    }
}

/* ---- Repetition ------------------------------------------------------- */

/* As many as there are, then fewer. */
static const char *most(mlrtP_matcher *m, const char *s, const char *p,
                        const char *end) {
    ptrdiff_t n = 0;
    while (is_single(m, s + n, p, end))
        n++;
    for (; n >= 0; n--) {
        const char *e = match(m, s + n, end + 1);
        if (e)
            return e;
    }
    return NULL;
}

/* None, then more. */
static const char *fewest(mlrtP_matcher *m, const char *s, const char *p,
                          const char *end) {
    for (;; s++) {
        const char *e = match(m, s, end + 1);
        if (e)
            return e;
        if (!is_single(m, s, p, end))
            return NULL;
    }
}

/* ---- Captures --------------------------------------------------------- */

static const char *open_capture(mlrtP_matcher *m, const char *s, const char *p,
                                ptrdiff_t len) {
    if (m->ncaptures >= MLRTP_CAPTURES)
        luaL_error(m->L, "too many captures");
    m->capture[m->ncaptures].at = s;
    m->capture[m->ncaptures].len = len;
    m->ncaptures++;
    const char *e = match(m, s, p);
    if (!e)
        m->ncaptures--;
    return e;
}

static const char *close_capture(mlrtP_matcher *m, const char *s,
                                 const char *p) {
    int i = m->ncaptures - 1;
    while (i >= 0 && m->capture[i].len != MLRTP_OPEN)
        i--;
    if (i < 0)
        luaL_error(m->L, "invalid pattern capture");
    m->capture[i].len = s - m->capture[i].at;
    const char *e = match(m, s, p);
    if (!e)
        m->capture[i].len = MLRTP_OPEN;
    return e;
}

/* %1: the same again. */
static const char *same_again(mlrtP_matcher *m, const char *s, int digit) {
    int i = digit - '1';
    if (i < 0 || i >= m->ncaptures || m->capture[i].len == MLRTP_OPEN)
        luaL_error(m->L, "invalid capture index %%%d", i + 1);
    size_t n = (size_t)m->capture[i].len;
    mlrtR_step(m->L, &m->steps);
    if ((size_t)(m->s_end - s) < n)
        return NULL;
    if (n >= 1024)
        mlrtR_charge(m->L, n / 16);
    return memcmp(m->capture[i].at, s, n) == 0 ? s + n : NULL;
}

/* ---- %b and %f -------------------------------------------------------- */

/* %bxy, x and y at p: from an x to the y that balances it. */
static const char *balanced(mlrtP_matcher *m, const char *s, const char *p) {
    if (p >= m->p_end - 1)
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->s_end || *s != p[0])
        return NULL;
    ptrdiff_t open = 1;
    while (++s < m->s_end) {
        mlrtR_step(m->L, &m->steps);
        if (*s == p[1]) {
            if (--open == 0)
                return s + 1;
        } else if (*s == p[0])
            open++;
    }
    return NULL;
}

/* %f[set]: between a character outside and one inside. */
static bool frontier(mlrtP_matcher *m, const char *s, const char *p,
                     const char **end) {
    if (p >= m->p_end || *p != '[')
        luaL_error(m->L, "missing '[' after '%%f' in pattern");
    *end = single_end(m, p);
    int before = s == m->s ? 0 : (unsigned char)s[-1];
    int here = s == m->s_end ? 0 : (unsigned char)*s;
    return !in_set(before, p, *end - 1) && in_set(here, p, *end - 1);
}

/* ---- Items ------------------------------------------------------------ */

/* The items that begin with % and are no singles.  False: a single is there.
 * Otherwise *s is where to go on, NULL if nowhere, and *p too. */
static bool special(mlrtP_matcher *m, const char **s, const char **p) {
    const char *end;
    switch ((*p)[1]) {
    case 'b':
        *s = balanced(m, *s, *p + 2);
        *p += 4;
        return true;
    case 'f':
        *s = frontier(m, *s, *p + 2, &end) ? *s : NULL;
        *p = end;
        return true;
    default:
        if (!isdigit((unsigned char)(*p)[1]))
            return false;
        *s = same_again(m, *s, (unsigned char)(*p)[1]);
        *p += 2;
        return true;
    }
}

/* A single and what follows it.  True: *s and *p say where to go on; false:
 * *s is the answer. */
static bool repeated(mlrtP_matcher *m, const char **s, const char **p) {
    const char *end = single_end(m, *p), *from = *s;
    char how = end < m->p_end ? *end : '\0';
    const char *e = NULL;
    if (how == '*' || how == '-') {
        *s = how == '*' ? most(m, from, *p, end) : fewest(m, from, *p, end);
        return false;
    }
    if (!is_single(m, from, *p, end)) {
        *p = end + 1;
        if (how == '?')
            return true;
        *s = NULL;
        return false;
    }
    if (how == '+' || (how == '?' && (e = match(m, from + 1, end + 1)))) {
        *s = how == '+' ? most(m, from + 1, *p, end) : e;
        return false;
    }
    *s = from + (how != '?');
    *p = end + (how == '?');
    return true;
}

/* The items from p on; NULL if they do not match. */
static const char *items(mlrtP_matcher *m, const char *s, const char *p) {
    while (s && p < m->p_end) {
        mlrtR_step(m->L, &m->steps);
        if (*p == '(') {
            bool position = p + 1 < m->p_end && p[1] == ')';
            return open_capture(m, s, p + 1 + position,
                                position ? MLRTP_POSITION : MLRTP_OPEN);
        }
        if (*p == ')')
            return close_capture(m, s, p + 1);
        if (*p == '$' && p + 1 == m->p_end)
            return s == m->s_end ? s : NULL;
        if (*p == '%' && p + 1 < m->p_end && special(m, &s, &p))
            continue;
        if (!repeated(m, &s, &p))
            return s;
    }
    return s;
}

static const char *match(mlrtP_matcher *m, const char *s, const char *p) {
    if (m->depth-- == 0)
        luaL_error(m->L, "pattern too complex");
    s = items(m, s, p);
    m->depth++;
    return s;
}

const char *mlrtP_match(mlrtP_matcher *m, const char *s, const char *p) {
    return match(m, s, p);
}

const char *mlrtP_try(mlrtP_matcher *m, const char *s, const char *p) {
    m->ncaptures = 0;
    m->depth = MLRTP_DEPTH;
    return match(m, s, p);
}

/* ---- Results ---------------------------------------------------------- */

void mlrtP_push(mlrtP_matcher *m, int i, const char *s, const char *e) {
    if (i >= m->ncaptures) {
        if (i != 0)
            luaL_error(m->L, "invalid capture index %%%d", i + 1);
        lua_pushlstring(m->L, s, (size_t)(e - s));
        return;
    }
    ptrdiff_t len = m->capture[i].len;
    if (len == MLRTP_OPEN)
        luaL_error(m->L, "unfinished capture");
    if (len == MLRTP_POSITION)
        lua_pushinteger(m->L, m->capture[i].at - m->s + 1);
    else
        lua_pushlstring(m->L, m->capture[i].at, (size_t)len);
}

int mlrtP_push_all(mlrtP_matcher *m, const char *s, const char *e) {
    int n = m->ncaptures == 0 && s ? 1 : m->ncaptures;
    luaL_checkstack(m->L, n, "too many captures");
    for (int i = 0; i < n; i++)
        mlrtP_push(m, i, s, e);
    return n;
}
