/* embedded.h: the Lua library as bytes.
 *
 * The build writes the table from the files under lua/: lua/mlrt/init.lua is
 * module "mlrt", lua/mlrt/nn/init.lua is "mlrt.nn", lua/mlrt/optim.lua is
 * "mlrt.optim".  Each is deflated by itself (zlib's format), with the lines
 * that files share as a dictionary, and inflated when it is required: a quarter
 * of the bytes, and a tenth of a millisecond.
 */
#ifndef MLRT_EMBEDDED_H
#define MLRT_EMBEDDED_H

#include <stddef.h>

struct mlrt__packed {
    const unsigned char *bytes;
    size_t packed_len;
    size_t len; /* of the text */
};

struct lua_State;

extern const struct mlrt__module {
    const char *name; /* of the module; NULL ends the table */
    struct mlrt__packed text;
    const struct mlrt__packed *dictionary;
} mlrt__modules[];

/* Pushes the function that runs the module, with the arguments of require. */
void mlrtL_push_module(struct lua_State *L, const struct mlrt__module *module);
/* Enters a table's modules into package.preload. */
void mlrtL_preload(struct lua_State *L, const struct mlrt__module *modules);

#endif
