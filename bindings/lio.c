/* lio.c: files of tensors.
 *
 * A file that cannot be read or written is no mistake of the script's, so
 * these functions return nil and a message; wrong arguments raise.
 */
#include "lib.h"

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
    mlrt *m = mlrtL_context(L, S);
    const char *path = path_at(L, "write_npy", 1);
    mlrt_tensor *t = mlrtL_checktensor(L, S, 2, "write_npy", "x");
    mlrtL_enter(L, S);
    return finish_writing(L, S, mlrt_write_npy(m, path, t));
}

/* The bytes of a string or a u8 tensor. */
static const void *bytes_at(lua_State *L, mlrtL_state *S, int index,
                            size_t *len) {
    mlrt_tensor *t = mlrtL_tensor(L, S, index);
    if (!t && lua_type(L, index) != LUA_TSTRING)
        mlrtL_wrong(L, "write_file", "bytes", "string or u8 tensor", index);
    if (!t)
        return lua_tolstring(L, index, len);
    if (mlrt_dtype_of(t) != MLRT_U8 || !mlrt_is_contiguous(t))
        mlrtL_error(L,
                    "write_file: argument 'bytes': a contiguous u8 tensor "
                    "expected, got %s%s",
                    mlrt_is_contiguous(t) ? "" : "a non-contiguous ",
                    mlrt_dtype_name(mlrt_dtype_of(t)));
    *len = mlrt_nbytes(t);
    return mlrt_data_const(t);
}

/* write_file(path, bytes): replaces the file in one step. */
static int write_file(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    size_t len;
    const char *path = path_at(L, "write_file", 1);
    const void *bytes = bytes_at(L, S, 2, &len);
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

/* Pushes {name = tensor} and the list of names in the file's order. */
static void push_tensors(lua_State *L, mlrtL_state *S, const mlrt_bundle *b) {
    int n = mlrt_bundle_count(b);
    lua_createtable(L, 0, n);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        mlrtL_box *t = mlrtL_newbox(L, S);
        t->t = mlrt_retain(mlrt_bundle_tensor(b, i));
        lua_setfield(L, -3, mlrt_bundle_name(b, i));
        lua_pushstring(L, mlrt_bundle_name(b, i));
        lua_rawseti(L, -2, i + 1);
    }
}

/* Pushes {key = text}. */
static void push_metadata(lua_State *L, const mlrt_bundle *b) {
    int n = mlrt_bundle_meta_count(b);
    lua_createtable(L, 0, n);
    for (int i = 0; i < n; i++) {
        lua_pushstring(L, mlrt_bundle_meta_text(b, i));
        lua_setfield(L, -2, mlrt_bundle_meta_key(b, i));
    }
}

static void free_bundle(lua_State *L, mlrtL_state *S, box *p) {
    mlrt_bundle_free(p->b);
    p->b = NULL;
    mlrtL_charge(L, S);
}

/* load_safetensors(path, {mmap = false}) -> tensors by name, metadata, names
 * in the file's order. */
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
    push_tensors(L, S, p->b);
    push_metadata(L, p->b);
    lua_insert(L, -2);
    free_bundle(L, S, p);
    return 3;
}

/* read_npz(path) -> tensors by name, names in the file's order. */
static int read_npz(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    mlrt *m = mlrtL_context(L, S);
    const char *path = path_at(L, "read_npz", 1);
    box *p = mlrtL_new(L, S, MLRTL_BUNDLE, sizeof *p);
    mlrtL_enter(L, S);
    p->b = mlrt_bundle_load_npz(m, path);
    mlrtL_leave(S);
    if (!p->b)
        return mlrtL_nil(L, S);
    push_tensors(L, S, p->b);
    free_bundle(L, S, p);
    return 2;
}

/* ---- Bundles on their way to a file ----------------------------------- */

/* Pushes the list of a table's keys, sorted, so that the same table gives the
 * same file. */
static void push_keys(lua_State *L, const char *function, int index,
                      const char *what) {
    lua_Integer n = 0;
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        size_t len;
        if (lua_type(L, -2) != LUA_TSTRING)
            mlrtL_error(L, "%s: %s have names, got a %s as one", function, what,
                        luaL_typename(L, -2));
        if (strlen(lua_tolstring(L, -2, &len)) != len)
            mlrtL_error(L, "%s: a name of %s has a zero byte", function, what);
        lua_pushvalue(L, -2);
        lua_rawseti(L, -4, ++n);
    }
    mlrtL_sortstrings(L);
}

static int check_added(lua_State *L, mlrtL_state *S, int err) {
    mlrtL_leave(S);
    return err ? mlrtL_raise(L, S) : 0;
}

/* The tensors of the table at 2.  Getting memory may run finalizers, which may
 * change the table; the list of keys holds them. */
static void add_tensors(lua_State *L, mlrtL_state *S, const char *function,
                        mlrt_bundle *b) {
    push_keys(L, function, 2, "tensors");
    int keys = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) == LUA_TSTRING; i++) {
        const char *key = lua_tostring(L, -1);
        lua_pushvalue(L, -1);
        lua_rawget(L, 2);
        mlrt_tensor *t = mlrtL_checktensor(L, S, lua_gettop(L), function, key);
        mlrtL_enter(L, S);
        check_added(L, S, mlrt_bundle_add(b, key, t));
        lua_settop(L, keys);
    }
    lua_settop(L, keys - 1);
}

/* The texts of the table at 3. */
static void add_metadata(lua_State *L, mlrtL_state *S, const char *function,
                         mlrt_bundle *b) {
    push_keys(L, function, 3, "metadata");
    int keys = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) == LUA_TSTRING; i++) {
        const char *key = lua_tostring(L, -1);
        size_t len;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 3) != LUA_TSTRING)
            mlrtL_wrong(L, function, key, "string", -1);
        const char *text = lua_tolstring(L, -1, &len);
        if (strlen(text) != len)
            mlrtL_error(L, "%s: the text of '%s' has a zero byte", function,
                        key);
        mlrtL_enter(L, S);
        check_added(L, S, mlrt_bundle_meta(b, key, text));
        lua_settop(L, keys);
    }
    lua_settop(L, keys - 1);
}

/* Pushes a bundle of the tensors in the table at 2. */
static box *new_bundle(lua_State *L, mlrtL_state *S, const char *function) {
    if (!lua_istable(L, 2))
        mlrtL_wrong(L, function, "tensors", "table", 2);
    box *p = mlrtL_new(L, S, MLRTL_BUNDLE, sizeof *p);
    mlrtL_enter(L, S);
    p->b = mlrt_bundle_new(S->m);
    check_added(L, S, p->b ? 0 : mlrt_errcode(S->m));
    add_tensors(L, S, function, p->b);
    return p;
}

/* Gives the tensors back at once, without waiting for a collection. */
static int finish_bundle(lua_State *L, mlrtL_state *S, box *p, int err) {
    mlrt_bundle_free(p->b);
    p->b = NULL;
    return finish_writing(L, S, err);
}

/* save_safetensors(path, {name = tensor}, {key = text}) */
static int save_safetensors(lua_State *L) {
    static const char function[] = "save_safetensors";
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_context(L, S);
    lua_settop(L, 3);
    const char *path = path_at(L, function, 1);
    if (!lua_isnil(L, 3) && !lua_istable(L, 3))
        mlrtL_wrong(L, function, "metadata", "table", 3);
    box *p = new_bundle(L, S, function);
    if (!lua_isnil(L, 3))
        add_metadata(L, S, function, p->b);
    mlrtL_enter(L, S);
    return finish_bundle(L, S, p, mlrt_bundle_save(p->b, path));
}

/* write_npz(path, {name = tensor}, {compress = false}) */
static int write_npz(lua_State *L) {
    static const char *const names[] = {"compress", NULL};
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_context(L, S);
    lua_settop(L, 3);
    const char *path = path_at(L, "write_npz", 1);
    mlrtL_options(L, "write_npz", 3, names);
    bool compress = mlrtL_flag(L, "write_npz", 3, "compress");
    box *p = new_bundle(L, S, "write_npz");
    mlrtL_enter(L, S);
    return finish_bundle(L, S, p, mlrt_bundle_save_npz(p->b, path, compress));
}

const luaL_Reg mlrtL_io_funcs[] = {{"read_file", read_file},
                                   {"write_file", write_file},
                                   {"read_idx", read_idx},
                                   {"read_npy", read_npy},
                                   {"write_npy", write_npy},
                                   {"read_npz", read_npz},
                                   {"write_npz", write_npz},
                                   {"load_safetensors", load_safetensors},
                                   {"save_safetensors", save_safetensors},
                                   {NULL, NULL}};

void mlrtL_open_io(lua_State *L, mlrtL_state *S) {
    mlrtL_newtype(L, S, MLRTL_BUNDLE, "mlrt.Bundle", collect);
    lua_pop(L, 1);
}
