/* lenv.h: environments, for the files of the binding that use them. */
#ifndef MLRTL_LENV_H
#define MLRTL_LENV_H

#include "lib.h"

/* The environment at a position; raises if it is closed or something else. */
mlrt_env *mlrtL_checkenv(lua_State *L, mlrtL_state *S, int index,
                         const char *function);

#endif
