/* embedded.c: Lua files that the build made bytes of, as modules of require.
 *
 * The library has a copy for its files, mlrun another for those of the prompt.
 */
#include "embedded.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

/* "=mlrt/nn/layers.lua" from "mlrt.nn.layers". */
static const char *push_chunkname(lua_State *L, const char *module) {
    if (strcmp(module, "mlrt") == 0)
        return lua_pushliteral(L, "=mlrt/init.lua");
    lua_pushliteral(L, "=");
    luaL_gsub(L, module, ".", "/");
    lua_pushliteral(L, ".lua");
    lua_concat(L, 3);
    return lua_tostring(L, -1);
}

/* Inflates into the n bytes at `text`; false if memory ran out. */
static bool inflate_text(const struct mlrt__packed *p, char *text,
                         const char *dictionary, size_t n) {
    z_stream z = {.next_in = (Bytef *)(uintptr_t)p->bytes,
                  .avail_in = (uInt)p->packed_len,
                  .next_out = (Bytef *)text,
                  .avail_out = (uInt)p->len};
    if (inflateInit(&z) != Z_OK)
        return false;
    int err = inflate(&z, Z_FINISH);
    if (err == Z_NEED_DICT &&
        inflateSetDictionary(&z, (const Bytef *)dictionary, (uInt)n) == Z_OK)
        err = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    return err == Z_STREAM_END;
}

/* Pushes a userdata with the text. */
static const char *push_text(lua_State *L, const struct mlrt__packed *p,
                             const char *dictionary, size_t n) {
    char *text = lua_newuserdatauv(L, p->len + 1, 0);
    if (!inflate_text(p, text, dictionary, n))
        luaL_error(L, "not enough memory");
    return text;
}

/* Pushes the dictionary's text, which stays in the registry. */
static const char *push_dictionary(lua_State *L, const struct mlrt__packed *p) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, p) == LUA_TNIL) {
        lua_pop(L, 1);
        push_text(L, p, NULL, 0);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, p);
    }
    return lua_touserdata(L, -1);
}

/* Pushes a module's text, compiled. */
static void push_chunk(lua_State *L, const struct mlrt__module *module) {
    int top = lua_gettop(L);
    const char *words = push_dictionary(L, module->dictionary);
    const char *text = push_text(L, &module->text, words,
                                 module->dictionary->len);
    const char *chunk = push_chunkname(L, module->name);
    if (luaL_loadbufferx(L, text, module->text.len, chunk, "t") != LUA_OK)
        lua_error(L);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

/* Runs the module of the upvalue with the arguments of require. */
static int run_module(lua_State *L) {
    const struct mlrt__module *module = lua_touserdata(L, lua_upvalueindex(1));
    lua_settop(L, 2);
    push_chunk(L, module);
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

void mlrtL_push_module(lua_State *L, const struct mlrt__module *module) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)module);
    lua_pushcclosure(L, run_module, 1);
}

void mlrtL_preload(lua_State *L, const struct mlrt__module *modules) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const struct mlrt__module *k = modules; k->name; k++) {
        mlrtL_push_module(L, k);
        lua_setfield(L, -2, k->name);
    }
    lua_pop(L, 1);
}
