/* gen.h: what the writers of generated files share. */
#ifndef MLRT_GEN_H
#define MLRT_GEN_H

#include <stdio.h>

#include "mlrt.h"

/* Everything is written for these rows, in order. */
typedef struct gen {
    mlrt *m;
    int n;
} gen;

static inline const mlrt_op_info *gen_row(const gen *g, int id) {
    return mlrt_op_info_at(g->m, id);
}
static inline bool gen_private(const mlrt_op_info *r) {
    return r->name[0] == '_';
}

/* Opens FOLDER/NAME for writing; ends the program if that fails. */
FILE *gen_open(const char *folder, const char *name);
/* Flushes and closes; ends the program if anything was not written. */
void gen_close(FILE *f);
/* The words of `text` in lines of at most 78 columns; the first begins with
 * `first`, the others with `next`. */
void gen_wrap(FILE *f, const char *first, const char *next, const char *text);

/* core/mlrt_ops.h, core/mlrt_ops_private.h, core/mlrt_ops.c */
void gen_c(const gen *g, const char *core);
/* docs/reference/ and docs/library/ */
void gen_docs(const gen *g, const char *docs);

#endif
