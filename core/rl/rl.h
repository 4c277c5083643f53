/* rl.h: what the files of core/rl share.
 *
 * The built-in environments are rows in their family's file, each a type as a
 * host would register it, with the settings it takes.
 */
#ifndef MLRT_RL_RL_H
#define MLRT_RL_RL_H

#include "core.h"

/* A setting: a number between least and most, or (least > most) a text. */
typedef struct mlrt__param {
    const char *name;
    double value, least, most;
    const char *text; /* default of a text */
} mlrt__param;
enum { MLRT__MAX_PARAMS = 8 };

/* Settings in the order of the params. */
typedef struct mlrt__settings {
    double number[MLRT__MAX_PARAMS];
    const char *text[MLRT__MAX_PARAMS];
} mlrt__settings;

typedef struct mlrt__env_row {
    mlrt_env_type type;
    mlrt__param params[MLRT__MAX_PARAMS];
    /* Completes a copy of the type after its settings, and may take memory for
     * type->ud, which type->drop gives back; NULL: nothing to do. */
    int (*make)(mlrt *m, const mlrt__settings *set, mlrt_env_type *type);
} mlrt__env_row;

/* Families, each ended by a row without a name. */
extern const mlrt__env_row mlrt__classic_rows[], mlrt__grid_rows[],
    mlrt__toy_rows[], mlrt__sanity_rows[], mlrt__board_rows[], mlrt__go_rows[];

/* A type that is known to a context. */
typedef struct mlrt__env_entry {
    struct mlrt__env_entry *next;
    mlrt_env_type type;
    size_t bytes; /* of this block */
    char name[];
} mlrt__env_entry;

struct mlrt_env {
    mlrt *m;
    mlrt_env_type type;
    int64_t copies;
    bool auto_reset;
    bool foreign; /* registered by a host: what it writes is looked at */
    size_t obs_bytes, action_bytes, stride; /* of a copy; stride: of states */
    int64_t obs_numel, action_numel;
    char *states;
    mlrt_env_clock *clock;
    mlrt_env_views view;
    double reward; /* the last one */
    void *ud;      /* of the type, when this environment made it */
};

/* "(name): step: " and the rest; returns the status. */
int mlrt__env_bad(const mlrt_env *e, int status, const char *what,
                  const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Elements of a value of a space, and its bytes; checks the space. */
int mlrt__space_measure(mlrt *m, const char *name, const char *field,
                        const mlrt_space *s, int64_t *numel, size_t *bytes);
/* Is the value within?  `at`, `of`: copy and copies, for the message. */
int mlrt__space_check(const mlrt_env *e, const char *what, const char *field,
                      const mlrt_space *s, const void *value, int64_t at);
/* A tensor of `copies` values. */
mlrt_tensor *mlrt__space_tensor(mlrt *m, const mlrt_space *s, int64_t copies);
const mlrt__env_row *mlrt__env_row_find(const char *name);
/* The type of a name with its settings applied. */
int mlrt__env_settle(mlrt *m, const char *name, const mlrt_env_option *options,
                     int n, mlrt_env_type *type, bool *foreign);

/* ---- Types that are tables (model.c) ---------------------------------- */

/* A known model: what may come of each action in each state. */
typedef struct mlrt__model {
    mlrt *m;
    size_t bytes; /* of the block that begins here */
    int64_t states, actions;
    int64_t shown;         /* states that differ by a multiple of it look the
                              same */
    int most;              /* outcomes of a pair there is room for */
    int32_t *count;        /* of each pair, so many are used */
    mlrt_outcome *outcome; /* (states, actions, most) */
    int64_t nstarts;
    int32_t *start; /* where episodes begin, all as likely; some repeat */
    void *extra;    /* of the family */
} mlrt__model;
mlrt__model *mlrt__model_new(mlrt *m, int64_t states, int64_t actions, int most,
                             int64_t starts, size_t extra);
void mlrt__model_add(mlrt__model *t, int64_t state, int64_t action,
                     mlrt_outcome outcome);
/* Fills in what the types that are tables share; ud becomes the table. */
void mlrt__model_type(mlrt__model *t, mlrt_env_type *type);
/* Is this a type that mlrt__model_type made? */
bool mlrt__is_model(const mlrt_env_type *type);
/* One of the outcomes of a pair. */
static inline const mlrt_outcome *
mlrt__model_draw(const mlrt__model *t, int64_t pair, mlrt_stream *stream) {
    const mlrt_outcome *o = t->outcome + pair * t->most;
    if (t->most == 1)
        return o;
    int left = t->count[pair] - 1;
    if (left == 0)
        return o;
    double u = mlrt_stream_uniform(stream);
    for (; left > 0 && u >= o->probability; left--)
        u -= (o++)->probability;
    return o;
}
/* Where the copy is. */
static inline int64_t mlrt__model_state(const mlrt_turn *turn) {
    return *(const int64_t *)turn->state;
}

#endif
