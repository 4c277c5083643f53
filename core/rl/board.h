/* board.h: what games of two players on a board share.
 *
 * Observations are seen by whoever is to move: own stones and the other's.
 * Against "self" the steps move both sides in turn, and a reward is that of the
 * side that moved; against another opponent the environment answers, and a
 * reward is the agent's.
 */
#ifndef MLRT_RL_BOARD_H
#define MLRT_RL_BOARD_H

#include "rl.h"

enum { EMPTY, FIRST, SECOND }; /* squares, and sides */

static inline int mlrt__other(int side) {
    return FIRST + SECOND - side;
}

/* Which of several words a setting is, from 0; -1, with a message, if none. */
int mlrt__word(mlrt *m, const char *name, const char *option, const char *text,
               const char *const *words);

#endif
