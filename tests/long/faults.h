/* faults.h: what the files of the program `faults` share.
 *
 * The program runs Lua scripts with mlrt inside, as mlrun does, and a library
 * `faults` besides, by which a script has the memory (faults.c) or the file
 * calls (fault_files.c) of one function call fail, or the process end in the
 * middle of it.  tests/long/sweep.lua and its neighbours are the scripts.
 */
#ifndef MLRT_FAULTS_H
#define MLRT_FAULTS_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>

#include "mlrt.h"

/* Adds the functions about files and processes to the table on the top. */
void faults_open_files(lua_State *L);

/* Calls the function on the top of the stack; leaves whether it succeeded and
 * its result or error. */
void faults_call(lua_State *L);

#endif
