/* mlrtlib.h: mlrt inside a Lua 5.4 state, for the program that owns it.
 *
 *   lua_State *L = luaL_newstate();
 *   luaL_openlibs(L);
 *   mlrt_openlibs(L, m);       // `require "mlrt"` works from now on
 *
 * Nothing becomes global.  A program that has no use for a context of its own
 * passes NULL.  Functions that take a lua_State may raise Lua errors, so call
 * them from C functions that Lua called, or under lua_pcall.
 */
#ifndef MLRTLIB_H
#define MLRTLIB_H

#include <lua.h>

#include "mlrt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What `require "mlrt"` calls: leaves the module on the stack.  Uses the
 * context that mlrt_openlibs gave to this state, or opens one. */
MLRT_API int luaopen_mlrt(lua_State *L);

/* Makes `require "mlrt"` and its submodules available in L, on context `m`,
 * which has to outlive the state.  m NULL: the state gets a context of its
 * own, with the defaults of mlrt_open, closed with the state.  A state keeps
 * its first context.  Returns 0 or a mlrt_status. */
MLRT_API int mlrt_openlibs(lua_State *L, mlrt *m);

/* The tensor at a stack position; raises if there is none.  Borrowed: it
 * lives as long as the Lua value does. */
MLRT_API mlrt_tensor *mlrt_checktensor(lua_State *L, int index);

/* Pushes a Lua value that holds a reference of its own to t; nil for NULL
 * and MLRT_NONE.  The state must have mlrt, on t's context. */
MLRT_API void mlrt_pushtensor(lua_State *L, mlrt_tensor *t);

#ifdef __cplusplus
}
#endif
#endif
