/* lio.c: files of tensors.
 *
 * A file that cannot be read or written is no mistake of the script's, so
 * these functions return nil and a message; wrong arguments raise.
 */
#include "lib.h"

#include <stdlib.h>
#include <string.h>

static const char *path_at(lua_State *L, const char *function, int index) {
    size_t len;
    if (lua_type(L, index) != LUA_TSTRING)
        mlrtL_wrong(L, function, "path", "string", index);
    const char *path = lua_tolstring(L, index, &len);
    if (strlen(path) != len)
        mlrtL_error(L, "%s: argument 'path': has a zero byte", function);
    return path;
}

/* ---- One tensor a file ------------------------------------------------ */

typedef mlrt_tensor *reader(mlrt *m, const char *path);

static int read_with(lua_State *L, const char *function, reader *read) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    const char *path = path_at(L, function, 1);
    mlrtL_box *box = mlrtL_newbox(L, S);
    mlrtL_enter(L, S);
    mlrt_tensor *t = read(m, path);
    mlrtL_leave(S);
    if (!t)
        return mlrtL_nil(L, S);
    mlrtL_fill(L, S, box, t);
    return 1;
}

/* read_file(path) -> a u8 tensor of the bytes, gunzipped if need be. */
static int read_file(lua_State *L) {
    return read_with(L, "read_file", mlrt_read_file);
}

static int read_idx(lua_State *L) {
    return read_with(L, "read_idx", mlrt_read_idx);
}

static int read_npy(lua_State *L) {
    return read_with(L, "read_npy", mlrt_read_npy);
}

/* true, or nil and the message. */
static int finish_writing(lua_State *L, mlrtL_state *S, int err) {
    mlrtL_leave(S);
    if (err)
        return mlrtL_nil(L, S);
    lua_pushboolean(L, 1);
    return 1;
}

/* write_npy(path, x) */
static int write_npy(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    const char *path = path_at(L, "write_npy", 1);
    mlrt_tensor *t = mlrtL_checktensor(L, S, 2, "write_npy", "x");
    mlrtL_enter(L, S);
    return finish_writing(L, S, mlrt_write_npy(S->m, path, t));
}

/* write_file(path, bytes): replaces the file in one step. */
static int write_file(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    const char *path = path_at(L, "write_file", 1);
    size_t len;
    if (lua_type(L, 2) != LUA_TSTRING)
        mlrtL_wrong(L, "write_file", "bytes", "string", 2);
    const char *bytes = lua_tolstring(L, 2, &len);
    mlrtL_enter(L, S);
    return finish_writing(L, S, mlrt_write_file(m, path, bytes, len));
}

/* ---- Bundles ---------------------------------------------------------- */

typedef struct box {
    mlrt_bundle *b;
} box;

static int collect(lua_State *L) {
    box *p = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_BUNDLE);
    if (p && p->b)
        mlrt_bundle_free(p->b);
    if (p)
        p->b = NULL;
    return 0;
}

/* Pushes {name = tensor}, the list of names in the file's order, {key =
 * text}. */
static int push_bundle(lua_State *L, mlrtL_state *S, const mlrt_bundle *b) {
    int n = mlrt_bundle_count(b), nmeta = mlrt_bundle_meta_count(b);
    lua_createtable(L, 0, n);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        mlrtL_box *t = mlrtL_newbox(L, S);
        t->t = mlrt_retain(mlrt_bundle_tensor(b, i));
        lua_setfield(L, -3, mlrt_bundle_name(b, i));
        lua_pushstring(L, mlrt_bundle_name(b, i));
        lua_rawseti(L, -2, i + 1);
    }
    lua_createtable(L, 0, nmeta);
    for (int i = 0; i < nmeta; i++) {
        lua_pushstring(L, mlrt_bundle_meta_text(b, i));
        lua_setfield(L, -2, mlrt_bundle_meta_key(b, i));
    }
    lua_insert(L, -2);
    return 3;
}

/* load_safetensors(path, {mmap = false}) -> tensors by name, metadata, names in
 * the file's order. */
static int load_safetensors(lua_State *L) {
    static const char *const names[] = {"mmap", NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    lua_settop(L, 2);
    const char *path = path_at(L, "load_safetensors", 1);
    mlrtL_options(L, "load_safetensors", 2, names);
    bool use_mmap = mlrtL_flag(L, "load_safetensors", 2, "mmap");
    box *p = mlrtL_new(L, S, MLRTL_BUNDLE, sizeof *p);
    mlrtL_enter(L, S);
    p->b = mlrt_bundle_load(m, path, use_mmap);
    mlrtL_leave(S);
    if (!p->b)
        return mlrtL_nil(L, S);
    push_bundle(L, S, p->b);
    mlrt_bundle_free(p->b);
    p->b = NULL;
    mlrtL_charge(L, S);
    return 3;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The string keys of the table at a position, sorted, so that the same table
 * gives the same file; in a block that is pushed. */
static const char **sorted_keys(lua_State *L, int index, const char *what,
                                int *n) {
    *n = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            mlrtL_error(L, "save_safetensors: %s have names, got a %s as one", what,
                        luaL_typename(L, -2));
        ++*n;
    }
    const char **keys =
        lua_newuserdatauv(L, (size_t)(*n + 1) * sizeof *keys, 0);
    int i = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        keys[i++] = lua_tostring(L, -2);
    qsort(keys, (size_t)*n, sizeof *keys, compare);
    return keys;
}

static void add_tensors(lua_State *L, mlrtL_state *S, mlrt_bundle *b) {
    int n;
    const char **keys = sorted_keys(L, 2, "tensors", &n);
    for (int i = 0; i < n; i++) {
        lua_getfield(L, 2, keys[i]);
        mlrt_tensor *t = mlrtL_checktensor(L, S, lua_gettop(L), "save_safetensors",
                                           keys[i]);
        if (mlrt_bundle_add(b, keys[i], t) != 0)
            mlrtL_raise(L, S);
        lua_pop(L, 1);
    }
}

static void add_meta(lua_State *L, mlrtL_state *S, mlrt_bundle *b) {
    int n;
    if (lua_isnil(L, 3))
        return;
    const char **keys = sorted_keys(L, 3, "metadata", &n);
    for (int i = 0; i < n; i++) {
        if (lua_getfield(L, 3, keys[i]) != LUA_TSTRING)
            mlrtL_wrong(L, "save_safetensors", keys[i], "string", -1);
        if (mlrt_bundle_meta(b, keys[i], lua_tostring(L, -1)) != 0)
            mlrtL_raise(L, S);
        lua_pop(L, 1);
    }
}

/* save_safetensors(path, {name = tensor}, {key = text}) */
static int save_safetensors(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    lua_settop(L, 3);
    const char *path = path_at(L, "save_safetensors", 1);
    if (!lua_istable(L, 2))
        mlrtL_wrong(L, "save_safetensors", "tensors", "table", 2);
    if (!lua_isnil(L, 3) && !lua_istable(L, 3))
        mlrtL_wrong(L, "save_safetensors", "metadata", "table", 3);
    box *p = mlrtL_new(L, S, MLRTL_BUNDLE, sizeof *p);
    p->b = mlrt_bundle_new(m);
    if (!p->b)
        return mlrtL_raise(L, S);
    add_tensors(L, S, p->b);
    add_meta(L, S, p->b);
    mlrtL_enter(L, S);
    return finish_writing(L, S, mlrt_bundle_save(p->b, path));
}

const luaL_Reg mlrtL_io_funcs[] = {
    {"read_file", read_file},     {"write_file", write_file},
    {"read_idx", read_idx},       {"read_npy", read_npy},
    {"write_npy", write_npy},     {"load_safetensors", load_safetensors},
    {"save_safetensors", save_safetensors}, {NULL, NULL}};

void mlrtL_open_io(lua_State *L, mlrtL_state *S) {
    mlrtL_newtype(L, S, MLRTL_BUNDLE, "mlrt.Bundle", collect);
    lua_pop(L, 1);
}
