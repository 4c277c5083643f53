/* mutant.h: included by the sources that have mutants; see mutants.lua. */
#ifndef MLRT_MUTANT_H
#define MLRT_MUTANT_H

extern int mlrt_mutant_alive;
extern unsigned char *mlrt_mutant_hits;

/* Notes that mutant k was reached; is it alive? */
#define MUT(k) (mlrt_mutant_hits[k] = 1, mlrt_mutant_alive == (k))

#endif
