/* largs.h: arguments of an operation, from Lua's stack to the core's form. */
#ifndef MLRTL_LARGS_H
#define MLRTL_LARGS_H

#include "lib.h"

/* An operation as a Lua function; lives as long as the state. */
typedef struct mlrtL_op {
    mlrtL_state *S;
    const mlrt_op_info *info;
    int id;
    bool in_place; /* the `name_` form */
    bool makes;    /* gives a leaf: it may be asked to require grad */
    int leading;   /* arguments in front that are required tensors */
    uint32_t runs; /* arguments that a run of integers may fill */
    uint8_t needed[MLRT_MAX_ARGS]; /* required arguments after this one */
} mlrtL_op;

enum { MLRTL_INTS = 48, MLRTL_TENSORS = 16 };

/* Everything lies on the C stack; lists that do not fit are userdata. */
typedef struct mlrtL_args {
    lua_State *L;
    mlrtL_state *S;
    const mlrtL_op *op;
    mlrt_arg arg[MLRT_MAX_ARGS];
    int64_t ints[MLRTL_INTS];
    int nints;
    mlrt_tensor *tensors[MLRTL_TENSORS];
    int ntensors;
    int options;        /* where the table of options is; 0: none */
    uint32_t numbers;   /* arguments that are numbers */
    bool positions;     /* among the operands, or asked for, is an index */
    bool requires_grad; /* of what an operation makes */
} mlrtL_args;

/* Reads the whole stack as the arguments of op: by position, and by name in
 * a last table.  Raises what does not fit. */
void mlrtL_read_args(lua_State *L, const mlrtL_op *op, mlrtL_args *a);

/* A position or dimension written in Lua, as C counts: 1 is 0, -1 stays.
 * The one place where the counting changes; 0 raises. */
int64_t mlrtL_from1(lua_State *L, const char *function, const char *name,
                    lua_Integer i);

#endif
