/* lprint.c: tensors as text.
 *
 *   tensor f32 (2, 3)
 *   {{ 0.1257, -0.1321,  0.6404},
 *    { 0.1049, -0.5357,  0.3616}}
 *
 * The numbers are laid out as PyTorch does: one width for all, 4 digits,
 * scientific where the range asks for it, lines of 80 columns, and of more
 * than 1000 elements only those at the edges.  The braces are Lua's, so that
 * what is shown can be written.  Positions (dtype index) are shown from 1.
 */
#include "lib.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { THRESHOLD = 1000, COLUMNS = 80, PRECISION = 4 };

/* What is shown of a tensor, and how. */
typedef struct picture {
    lua_State *L;
    mlrtL_state *S;
    mlrt_tensor *t;
    int ndim;
    mlrt_dtype dtype;
    int64_t edge; /* elements shown at each end; 0: all */
    int n, next;  /* elements gathered, printed */
    bool whole, scientific;
    int width;
    union {
        double d;
        int64_t i;
    } value[THRESHOLD];
    luaL_Buffer b;
} picture;

/* ---- Gathering the elements to show ----------------------------------- */

/* With more dimensions fewer at each edge, so that it fits a screen. */
static int64_t edge_of(const mlrt_tensor *t) {
    int n = mlrt_ndim(t);
    if (mlrt_numel(t) <= THRESHOLD)
        return 0;
    return n <= 3 ? 3 : n == 4 ? 2 : 1;
}

static bool elided(const picture *p, int d) {
    return p->edge && mlrt_shape(p->t)[d] > 2 * p->edge;
}

/* The position behind i in dimension d, jumping over the middle. */
static int64_t after(const picture *p, int d, int64_t i) {
    int64_t n = mlrt_shape(p->t)[d];
    return elided(p, d) && i == p->edge - 1 ? n - p->edge : i + 1;
}

static void gather_one(picture *p, const int64_t *at) {
    int64_t raw = 0;
    const void *q = &raw;
    mlrtL_readat(p->L, p->S, p->t, at, &raw);
    switch (p->dtype) {
    case MLRT_F32: p->value[p->n].d = (double)*(const float *)q; break;
    case MLRT_F64: p->value[p->n].d = *(const double *)q; break;
    case MLRT_I32: p->value[p->n].i = *(const int32_t *)q; break;
    case MLRT_U8:
    case MLRT_BOOL: p->value[p->n].i = *(const uint8_t *)q; break;
    default: p->value[p->n].i = raw;
    }
    p->n++;
}

static void gather(picture *p, int d, int64_t *at) {
    if (d == p->ndim) {
        if (p->n < THRESHOLD)
            gather_one(p, at);
        return;
    }
    for (int64_t i = 0; i < mlrt_shape(p->t)[d]; i = after(p, d, i)) {
        at[d] = i;
        gather(p, d + 1, at);
    }
}

/* ---- One element ------------------------------------------------------ */

static int element_text(const picture *p, int k, char text[400]) {
    double d = p->value[k].d;
    int64_t i = p->value[k].i;
    if (mlrt_dtype_is_float(p->dtype)) {
        if (isnan(d)) /* whose sign nobody asked for */
            return snprintf(text, 400, "nan");
        if (p->scientific && isfinite(d))
            return snprintf(text, 400, "%.*e", PRECISION, d);
        if (p->whole || !isfinite(d))
            return snprintf(text, 400, isfinite(d) ? "%.0f." : "%.0f", d);
        return snprintf(text, 400, "%.*f", PRECISION, d);
    }
    if (p->dtype == MLRT_BOOL)
        return snprintf(text, 400, "%s", i ? "true" : "false");
    if (p->dtype == MLRT_INDEX && i < 0)
        return snprintf(text, 400, "none");
    return snprintf(text, 400, "%lld",
                    (long long)(p->dtype == MLRT_INDEX ? i + 1 : i));
}

/* How floats are shown depends on the finite ones that are not zero. */
static void choose_format(picture *p) {
    double least = HUGE_VAL, most = 0;
    p->whole = true;
    for (int k = 0; k < p->n; k++) {
        double d = fabs(p->value[k].d);
        if (!isfinite(d) || d == 0)
            continue;
        least = d < least ? d : least;
        most = d > most ? d : most;
        p->whole = p->whole && d == ceil(d);
    }
    p->scientific = most > 0 && (most / least > 1000 || most > 1e8 ||
                                 (!p->whole && least < 1e-4));
}

static void choose_width(picture *p) {
    char text[400];
    if (mlrt_dtype_is_float(p->dtype))
        choose_format(p);
    for (int k = 0; k < p->n; k++) {
        int len = element_text(p, k, text);
        p->width = len > p->width ? len : p->width;
    }
}

/* ---- Layout ----------------------------------------------------------- */

static void add_blanks(picture *p, int n) {
    for (int i = 0; i < n; i++)
        luaL_addchar(&p->b, ' ');
}

static void add_element(picture *p) {
    char text[400];
    int len = element_text(p, p->next++, text);
    add_blanks(p, p->width - len);
    luaL_addlstring(&p->b, text, (size_t)len);
}

/* The last dimension: as many elements a line as fit. */
static void add_row(picture *p, int d, int indent) {
    int64_t n = mlrt_shape(p->t)[d];
    int per_line = (COLUMNS - indent) / (p->width + 2), column = 0;
    luaL_addchar(&p->b, '{');
    for (int64_t i = 0; i < n; i = after(p, d, i)) {
        if (i > 0)
            luaL_addstring(&p->b, ",");
        if (column > 0 && column % (per_line > 0 ? per_line : 1) == 0) {
            luaL_addchar(&p->b, '\n');
            add_blanks(p, indent + 1);
        } else if (i > 0) {
            luaL_addchar(&p->b, ' ');
        }
        if (elided(p, d) && i == n - p->edge)
            luaL_addstring(&p->b, "..., ");
        add_element(p);
        column++;
    }
    luaL_addchar(&p->b, '}');
}

/* Between slices: a comma, as many line ends as dimensions are left. */
static void add_gap(picture *p, int d, int indent) {
    luaL_addchar(&p->b, ',');
    for (int k = d; k < p->ndim - 1; k++)
        luaL_addchar(&p->b, '\n');
    add_blanks(p, indent + 1);
}

static void add_slices(picture *p, int d, int indent) {
    int64_t n = mlrt_shape(p->t)[d];
    if (d == p->ndim - 1) {
        add_row(p, d, indent);
        return;
    }
    luaL_addchar(&p->b, '{');
    for (int64_t i = 0; i < n; i = after(p, d, i)) {
        if (i > 0)
            add_gap(p, d, indent);
        if (elided(p, d) && i == n - p->edge) {
            luaL_addstring(&p->b, "...");
            add_gap(p, d, indent);
        }
        add_slices(p, d + 1, indent + 1);
    }
    luaL_addchar(&p->b, '}');
}

static void add_header(picture *p) {
    char shape[200], text[300];
    int n = snprintf(text, sizeof text, "tensor %s %s%s",
                     mlrt_dtype_name(p->dtype), mlrtL_shapetext(p->t, shape),
                     mlrt_requires_grad(p->t) ? " grad" : "");
    luaL_addlstring(&p->b, text, (size_t)n);
}

static void paint(picture *p) {
    luaL_buffinit(p->L, &p->b);
    add_header(p);
    if (mlrt_numel(p->t) > 0) {
        luaL_addchar(&p->b, p->ndim ? '\n' : ' ');
        if (p->ndim)
            add_slices(p, 0, 0);
        else
            add_element(p);
    }
    luaL_pushresult(&p->b);
}

int mlrtL_tostring(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_box *box = mlrtL_boxat(L, S, 1);
    if (box && !box->t) {
        lua_pushliteral(L, "tensor (freed)");
        return 1;
    }
    mlrt_tensor *t = mlrtL_checktensor(L, S, 1, "tostring", "x");
    int64_t at[MLRT_MAX_DIMS];
    picture p = {.L = L,
                 .S = S,
                 .t = t,
                 .ndim = mlrt_ndim(t),
                 .dtype = mlrt_dtype_of(t),
                 .edge = edge_of(t)};
    luaL_checkstack(L, 16, NULL);
    gather(&p, 0, at);
    choose_width(&p);
    paint(&p);
    return 1;
}

/* ---- Concatenation ---------------------------------------------------- */

/* Pushes a 0-d tensor as a number's text, with the digits its type has. */
static void push_number(lua_State *L, mlrtL_state *S, mlrt_tensor *t) {
    char text[64];
    double d = 0;
    mlrt_dtype dtype = mlrt_dtype_of(t);
    int64_t value;
    if (mlrt_dtype_is_float(dtype)) {
        if (mlrt_item(t, &d) != 0)
            mlrtL_raise(L, S);
        snprintf(text, sizeof text, dtype == MLRT_F32 ? "%.6g" : "%.14g",
                 isnan(d) ? (double)NAN : d);
        lua_pushstring(L, text);
        return;
    }
    mlrtL_readat(L, S, t, NULL, &value);
    mlrtL_pushelement(L, dtype, &value);
    if (lua_isnil(L, -1))
        lua_pushliteral(L, "none");
    else
        luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
}

static void push_piece(lua_State *L, mlrtL_state *S, int index) {
    mlrt_tensor *t = mlrtL_tensor(L, S, index);
    char shape[200];
    if (!t)
        lua_pushvalue(L, index);
    else if (mlrt_ndim(t) == 0)
        push_number(L, S, t);
    else
        mlrtL_error(L,
                    "..: a tensor of shape %s is not one number; write "
                    "tostring(x)",
                    mlrtL_shapetext(t, shape));
    if (!lua_isstring(L, -1))
        mlrtL_error(L, "..: cannot join a tensor and a %s",
                    luaL_typename(L, index));
}

/* "loss " .. x */
int mlrtL_concat(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    push_piece(L, S, 1);
    push_piece(L, S, 2);
    lua_concat(L, 2);
    return 1;
}
