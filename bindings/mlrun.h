/* mlrun.h: what the files of the program mlrun share.
 *
 * mlrun.c has the options and the order of things, mlrun_call.c protected
 * calls that Ctrl-C can stop, mlrun_prompt.c the prompt, whose larger part is
 * in Lua (lua/mlrt/prompt/), mlrun_edit.c the editing of its lines,
 * mlrun_blas.c what BLAS is told.
 */
#ifndef MLRUN_H
#define MLRUN_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "mlrt.h"

#if LUA_VERSION_NUM != 504
#error "mlrt needs Lua 5.4"
#endif

/* Makes Ctrl-C stop what runs in L and in `m`, in coroutines too.  Replaces
 * coroutine.resume and coroutine.wrap by equals that keep a record. */
void mlrun_calls_open(lua_State *L, mlrt *m);

/* lua_pcall with a traceback added to the message of an error; Ctrl-C raises
 * "interrupted!" in the called function. */
int mlrun_call(lua_State *L, int nargs, int nresults);

/* The coroutine that runs now (the main thread counts as one). */
lua_State *mlrun_running(void);

/* Has OpenBLAS choose its kernels again where it does not know the CPU; to be
 * called before anything computes. */
void mlrun_suit_blas(void);

/* The same for Lua: guard(handler, f, ...) -> true and what f(...) returns, or
 * false and what handler(error) returns. */
int mlrun_guard(lua_State *L);

/* From now on there is more to lose than a call: the third Ctrl-C ends the
 * process only when the first was more than a second ago, and reading from
 * a terminal is cut short. */
void mlrun_patient(void);

/* Reads, runs and prints until the end of the input. */
void mlrun_prompt(lua_State *L);

/* Prints the error on top of the stack and removes it; `who` may be NULL. */
void mlrun_report(lua_State *L, const char *who);

#endif
