/* lmessage.c: packs plain values for another thread, and unpacks them there.
 *
 * Plain are nil, booleans, numbers, strings, tensors, and tables of these that
 * have no metatable.  A tensor belongs to a context, and a context to one
 * thread at a time; so a message has a context of its own, which goes with it
 * from hand to hand, and a tensor is moved into it on one side and out of it
 * on the other, without a copy of large memory.  One that has other handles or
 * a history is copied.
 */
#include "message.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64 /* tables within tables */ };

enum {
    NIL,
    FALSE,
    TRUE,
    INTEGER,
    FLOAT,
    STRING,
    TENSOR,
    TABLE,
    END /* of a table, in place of a key */
};

void mlrtL_message_empty(mlrtL_message *msg) {
    for (int i = 0; i < msg->nt; i++)
        mlrt_release(msg->t[i]);
    msg->nt = 0;
    msg->length = 0;
}

void mlrtL_message_free(mlrtL_message *msg) {
    mlrtL_message_empty(msg);
    free(msg->t);
    free(msg->bytes);
    *msg = (mlrtL_message){.m = msg->m};
}

/* ---- Packing ---------------------------------------------------------- */

typedef struct packing {
    lua_State *L;
    mlrtL_state *S;
    mlrtL_message *msg;
    int boxes; /* position of a table: box i, and the number of a box from 0 */
    int nbox;
    const char *value; /* what cannot go, or NULL */
    const char *wrong; /* what else went wrong, or NULL */
} packing;

/* A block of n elements that has room for one more; NULL: no memory. */
static void *grow(void *block, int n, int *room, size_t element) {
    if (n < *room)
        return block;
    int more = *room ? 2 * *room : 8;
    void *larger = realloc(block, mlrtL_room(0, (size_t)more, element));
    if (larger)
        *room = more;
    return larger;
}

static bool fails(packing *p, const char *why) {
    p->wrong = why;
    return false;
}

static bool refuses(packing *p, const char *value) {
    p->value = value;
    return false;
}

static bool put(packing *p, const void *data, size_t n) {
    mlrtL_message *msg = p->msg;
    if (n > msg->room - msg->length) {
        size_t room = 2 * msg->room + n + 256;
        unsigned char *larger = room > n ? realloc(msg->bytes, room) : NULL;
        if (!larger)
            return fails(p, "not enough memory");
        msg->bytes = larger;
        msg->room = room;
    }
    if (n)
        memcpy(msg->bytes + msg->length, data, n);
    msg->length += n;
    return true;
}

static bool put_tag(packing *p, int tag) {
    unsigned char byte = (unsigned char)tag;
    return put(p, &byte, 1);
}

static bool put_number(packing *p, int index) {
    lua_Integer i = lua_tointeger(p->L, index);
    lua_Number x = lua_tonumber(p->L, index);
    if (lua_isinteger(p->L, index))
        return put_tag(p, INTEGER) && put(p, &i, sizeof i);
    return put_tag(p, FLOAT) && put(p, &x, sizeof x);
}

static bool put_string(packing *p, int index) {
    size_t n;
    const char *s = lua_tolstring(p->L, index, &n);
    return put_tag(p, STRING) && put(p, &n, sizeof n) && put(p, s, n);
}

/* A box that comes twice is one tensor on the other side too. */
static bool put_tensor(packing *p, mlrtL_box *box) {
    lua_State *L = p->L;
    if (!box->t)
        return refuses(p, "a tensor that was freed");
    if (lua_rawgetp(L, p->boxes, box) != LUA_TNUMBER) {
        lua_pushinteger(L, p->nbox);
        lua_rawsetp(L, p->boxes, box);
        lua_pushlightuserdata(L, box);
        lua_rawseti(L, p->boxes, ++p->nbox);
        lua_pushinteger(L, p->nbox - 1);
        lua_replace(L, -2);
    }
    int i = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return put_tag(p, TENSOR) && put(p, &i, sizeof i);
}

static bool put_value(packing *p, int index, int depth);

static bool put_table(packing *p, int index, int depth) {
    lua_State *L = p->L;
    if (lua_getmetatable(L, index)) {
        lua_pop(L, 1);
        return refuses(p, "an object (a table with a metatable)");
    }
    if (depth >= DEEPEST || !lua_checkstack(L, 8))
        return refuses(p, "a table that is nested too deeply");
    bool ok = put_tag(p, TABLE);
    for (lua_pushnil(L); ok && lua_next(L, index); lua_pop(L, 1))
        ok = put_value(p, lua_gettop(L) - 1, depth + 1) &&
             put_value(p, lua_gettop(L), depth + 1);
    return ok && put_tag(p, END);
}

static bool put_value(packing *p, int index, int depth) {
    lua_State *L = p->L;
    switch (lua_type(L, index)) {
    case LUA_TNIL: return put_tag(p, NIL);
    case LUA_TBOOLEAN:
        return put_tag(p, lua_toboolean(L, index) ? TRUE : FALSE);
    case LUA_TNUMBER: return put_number(p, index);
    case LUA_TSTRING: return put_string(p, index);
    case LUA_TTABLE: return put_table(p, index, depth);
    default: break;
    }
    mlrtL_box *box = mlrtL_boxat(L, p->S, index);
    return box ? put_tensor(p, box) : refuses(p, luaL_typename(L, index));
}

/* ---- Tensors on their way --------------------------------------------- */

static mlrt_tensor *moved(mlrtL_state *S, mlrt *to, mlrtL_box *box) {
    mlrt_tensor *t = mlrt_give(to, box->t);
    if (t) {
        box->t = NULL;
        return t;
    }
    mlrt_tensor *copy = mlrtL_copy(S, box->t);
    t = copy ? mlrt_give(to, copy) : NULL;
    if (copy && !t)
        mlrt_release(copy);
    return t;
}

/* Puts the tensors of the boxes into the message. */
static bool hand_over(packing *p, mlrtL_handing handing) {
    mlrtL_message *msg = p->msg;
    for (int i = 0; i < p->nbox; i++) {
        mlrt_tensor **larger = grow(msg->t, msg->nt, &msg->t_room,
                                    sizeof(mlrt_tensor *));
        if (!larger)
            return fails(p, "not enough memory");
        msg->t = larger;
        lua_rawgeti(p->L, p->boxes, i + 1);
        mlrtL_box *box = lua_touserdata(p->L, -1);
        lua_pop(p->L, 1);
        mlrt_tensor *t = handing == MLRTL_SHARE ? mlrt_share(msg->m, box->t)
                                                : moved(p->S, msg->m, box);
        if (!t)
            return fails(p, mlrt_errmsg(msg->m));
        msg->t[msg->nt++] = t;
    }
    return true;
}

void mlrtL_pack(lua_State *L, mlrtL_state *S, int first, mlrtL_message *msg,
                mlrtL_handing handing, const char *what) {
    packing p = {.L = L, .S = S, .msg = msg};
    int n = lua_gettop(L) - first + 1;
    mlrtL_message_empty(msg);
    luaL_checkstack(L, 8, "too many values");
    lua_newtable(L);
    p.boxes = lua_gettop(L);
    bool ok = put(&p, &n, sizeof n);
    for (int i = 0; ok && i < n; i++)
        ok = put_value(&p, first + i, 0);
    ok = ok && hand_over(&p, handing);
    lua_remove(L, p.boxes);
    if (ok)
        return;
    mlrtL_message_empty(msg);
    if (p.wrong)
        mlrtL_error(L, "%s: %s", what, p.wrong);
    mlrtL_error(L,
                "%s: what goes to another thread is plain data and tensors, "
                "not %s",
                what, p.value);
}

/* ---- Unpacking -------------------------------------------------------- */

typedef struct unpacking {
    lua_State *L;
    const unsigned char *at;
    int boxes; /* position of the table of tensors */
} unpacking;

static void get(unpacking *u, void *into, size_t n) {
    memcpy(into, u->at, n);
    u->at += n;
}

static void push_string(unpacking *u) {
    size_t n;
    get(u, &n, sizeof n);
    lua_pushlstring(u->L, (const char *)u->at, n);
    u->at += n;
}

static void push_number(unpacking *u, int tag) {
    lua_Integer i;
    lua_Number x;
    if (tag == INTEGER) {
        get(u, &i, sizeof i);
        lua_pushinteger(u->L, i);
    } else {
        get(u, &x, sizeof x);
        lua_pushnumber(u->L, x);
    }
}

/* Pushes the next value; false at the end of a table. */
static bool push_value(unpacking *u) {
    lua_State *L = u->L;
    int tag = *u->at++, i;
    luaL_checkstack(L, 8, "too many values");
    switch (tag) {
    case NIL: lua_pushnil(L); break;
    case FALSE:
    case TRUE: lua_pushboolean(L, tag == TRUE); break;
    case INTEGER:
    case FLOAT: push_number(u, tag); break;
    case STRING: push_string(u); break;
    case TENSOR:
        get(u, &i, sizeof i);
        lua_rawgeti(L, u->boxes, i + 1);
        break;
    case TABLE:
        lua_newtable(L);
        while (push_value(u)) {
            push_value(u);
            lua_rawset(L, -3);
        }
        break;
    default: return false;
    }
    return true;
}

/* A table of boxes with the message's tensors, which are ours from now on. */
static void push_boxes(lua_State *L, mlrtL_state *S, mlrtL_message *msg) {
    lua_createtable(L, msg->nt, 0);
    for (int i = 0; i < msg->nt; i++) {
        mlrtL_box *box = mlrtL_newbox(L, S);
        mlrt_tensor *t = msg->m == S->m ? msg->t[i]
                                        : mlrt_give(S->m, msg->t[i]);
        if (t)
            msg->t[i] = NULL;
        mlrtL_fill(L, S, box, t);
        lua_rawseti(L, -2, i + 1);
    }
}

int mlrtL_unpack(lua_State *L, mlrtL_state *S, mlrtL_message *msg) {
    int n;
    unpacking u = {.L = L, .at = msg->bytes};
    luaL_checkstack(L, 8, "too many values");
    push_boxes(L, S, msg);
    u.boxes = lua_gettop(L);
    get(&u, &n, sizeof n);
    for (int i = 0; i < n; i++)
        push_value(&u);
    lua_remove(L, u.boxes);
    mlrtL_message_empty(msg);
    return n;
}
