/* lpattern.h: matching Lua's patterns, step by step counted. */
#ifndef MLRT_LPATTERN_H
#define MLRT_LPATTERN_H

#include "runtime.h"

enum {
    MLRTP_CAPTURES = 32,
    MLRTP_DEPTH = 200,  /* of recursion, as in Lua */
    MLRTP_OPEN = -1,    /* lengths of captures: not closed yet, */
    MLRTP_POSITION = -2 /* a position */
};

typedef struct mlrtP_matcher {
    lua_State *L;
    const char *s, *s_end; /* the subject */
    const char *p_end;     /* the pattern's end */
    uint32_t steps;
    int depth, ncaptures;
    struct {
        const char *at;
        ptrdiff_t len;
    } capture[MLRTP_CAPTURES];
} mlrtP_matcher;

/* Where a match of the pattern at p that begins at s ends, or NULL.  Raises
 * when the pattern is malformed. */
const char *mlrtP_match(mlrtP_matcher *m, const char *s, const char *p);
/* A try from a new place: forgets captures. */
const char *mlrtP_try(mlrtP_matcher *m, const char *s, const char *p);
/* Pushes capture i (from 0) of the match s..e; without captures, capture 0 is
 * the match. */
void mlrtP_push(mlrtP_matcher *m, int i, const char *s, const char *e);
/* Pushes all captures, the match if there are none and s is given; how many.
 */
int mlrtP_push_all(mlrtP_matcher *m, const char *s, const char *e);

#endif
