/* model.h: what the hosts beside it share: a fitted pipeline out of a file, in
 * a sandbox that sees this file and nothing else, asked row by row.
 *
 *   struct model model;
 *   if (model_open(&model, "titanic.mlrt") == 0) {
 *       mlrt_value row[] = {TEXT("Sex"), TEXT("male"),
 *                           TEXT("Age"), mlrt_value_number(22)};
 *       double chance = model_score(&model, row, 4);
 *   }
 *   model_close(&model);
 *
 * A row is names and raw values by turns; a name left out is a hole.  The
 * chance has the bits it had when the model was judged. */
#ifndef MODEL_H
#define MODEL_H

#include <math.h>
#include <mlrtlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) mlrt_value_string(s, strlen(s))

struct model {
    mlrt_runtime *rt;
    char *bytes; /* of the file, which the sandbox reads as "model" */
    int score;   /* the script's function */
};

/* predict() of numbers gives one; of classes a label and a chance. */
static const char model_script[] =
    "local m = require 'mlrt'\n"
    "local model = assert(m.load 'model')\n"
    "function score(...)\n"
    "  local row = {}\n"
    "  for i = 1, select('#', ...), 2 do\n"
    "    local name, value = select(i, ...)\n"
    "    row[name] = value\n"
    "  end\n"
    "  local label, chance = model:predict(row)\n"
    "  return chance or label, chance and tostring(label) or ''\n"
    "end\n";

static char *read_whole(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    char *bytes = NULL;
    if (f && fseek(f, 0, SEEK_END) == 0 && ftell(f) > 0) {
        *size = (size_t)ftell(f);
        rewind(f);
        bytes = malloc(*size);
        if (bytes && fread(bytes, 1, *size, f) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    if (f)
        fclose(f);
    return bytes;
}

static inline void model_close(struct model *model) {
    if (model->rt)
        mlrt_runtime_close(model->rt);
    free(model->bytes);
    memset(model, 0, sizeof *model);
}

/* Returns 0, or says what is wrong and returns -1; close it in either case. */
static inline int model_open(struct model *model, const char *path) {
    size_t size = 0;
    memset(model, 0, sizeof *model);
    model->bytes = read_whole(path, &size);
    model->rt = mlrt_runtime_open(NULL, NULL);
    if (!model->bytes || !model->rt) {
        fprintf(stderr, "%s cannot be read\n", path);
        return -1;
    }
    mlrt *m = mlrt_runtime_context(model->rt);
    int err = mlrt_mount(m, "model", model->bytes, size);
    mlrt_seal(m);
    if (!err)
        err = mlrt_runtime_load(model->rt, "model", model_script,
                                strlen(model_script));
    model->score = err ? err : mlrt_runtime_find(model->rt, "score");
    if (model->score < 0)
        fprintf(stderr, "%s\n", mlrt_runtime_errmsg(model->rt));
    return model->score < 0 ? -1 : 0;
}

/* The chance of the last label, or the number; NAN, said why, if the row is
 * none that the model takes.  The label is in `label` until the next call. */
static inline double model_decide(struct model *model, const mlrt_value *row,
                                  int n, const char **label) {
    mlrt_value result[2];
    if (mlrt_runtime_invoke(model->rt, model->score, row, n, result, 2) != 0) {
        fprintf(stderr, "%s\n", mlrt_runtime_errmsg(model->rt));
        return NAN;
    }
    *label = result[1].u.s;
    return result[0].u.d;
}

static inline double model_score(struct model *model, const mlrt_value *row,
                                 int n) {
    const char *label;
    return model_decide(model, row, n, &label);
}

#endif
