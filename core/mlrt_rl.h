/* mlrt_rl.h: environments to learn in; part of mlrt.h.
 *
 * The contract is Gymnasium's.  An environment here is a number of copies that
 * step together: their observations, rewards and flags are tensors which are
 * made once and written by each step.
 */
#ifndef MLRT_RL_H
#define MLRT_RL_H

/* ---- Random numbers of an environment ---------------------------------- */

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014): a counter that is mixed.  A copy of an
 * environment has a stream of its own. */
typedef struct mlrt_stream {
    uint64_t state;
} mlrt_stream;

static inline uint64_t mlrt_stream_next(mlrt_stream *s) {
    uint64_t z = s->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
/* Uniform in 0..1 without 1. */
static inline double mlrt_stream_uniform(mlrt_stream *s) {
    return (double)(mlrt_stream_next(s) >> 11) *
           1.1102230246251565e-16; /* 2^-53 */
}
/* One of 0..n-1, n below 2^31 (Lemire 2019, without the rejection: no number
 * is more likely than another by more than n / 2^32). */
static inline int64_t mlrt_stream_below(mlrt_stream *s, int64_t n) {
    return (int64_t)(((mlrt_stream_next(s) >> 32) * (uint64_t)n) >> 32);
}

/* ---- Spaces ------------------------------------------------------------ */

typedef enum mlrt_space_kind {
    MLRT_DISCRETE,      /* one of n: an index */
    MLRT_BOX,           /* f32 of a shape, between bounds */
    MLRT_MULTI_DISCRETE /* several indices, each with an n of its own */
} mlrt_space_kind;
typedef struct mlrt_space {
    mlrt_space_kind kind;
    int64_t n; /* discrete: positions 0..n-1 */
    int ndim;  /* box, multi-discrete (1 there) */
    int64_t shape[MLRT_MAX_DIMS];
    const float *low, *high; /* box: for each element; NULL: unbounded */
    const int64_t *counts;   /* multi-discrete: n of each element */
} mlrt_space;

/* ---- An environment of the host's own ---------------------------------- */

/* What a callback is handed, and where it leaves its results. */
typedef struct mlrt_turn {
    mlrt *m;             /* for mlrt_fail */
    void *ud;            /* the type's */
    void *state;         /* the copy's: state_bytes, zero at first */
    mlrt_stream *stream; /* the copy's random numbers */
    const void *action;  /* int64_t (positions from 0) or float */
    void *observation;   /* to be written: int64_t or float, C order */
    double reward;       /* a step sets it; 0 before */
    bool terminated;     /* the same; false before */
    bool truncated;      /* for limits of the environment's own */
} mlrt_turn;

/* One thing that may come of an action. */
typedef struct mlrt_outcome {
    double probability, reward;
    int32_t next; /* state */
    bool terminated;
} mlrt_outcome;

/* A type of environment.  The callbacks return 0, or a mlrt_status after
 * mlrt_fail.  Those marked "may be NULL" are optional. */
typedef struct mlrt_env_type {
    size_t size;      /* set by mlrt_env_type_init */
    const char *name; /* "CartPole-v1" */
    mlrt_space observation, action;
    int64_t max_episode_steps; /* then it is truncated; 0: never */
    size_t state_bytes;        /* of a copy; callbacks get it 16-aligned */
    int (*reset)(mlrt_turn *turn);
    int (*step)(mlrt_turn *turn);
    /* Writes the observation of a state; may be NULL, and then that of a state
     * which is loaded is not known before the next step. */
    void (*observe)(const mlrt_turn *turn);
    /* Which of the n actions may be taken now; may be NULL: all. */
    void (*legal)(const mlrt_turn *turn, bool *mask);
    /* Writes a text of at most size bytes with the final 0; may be NULL. */
    void (*render)(const mlrt_turn *turn, char *text, size_t size);
    /* The state as `nsaved` numbers, and back; load returns false when they
     * are no state.  Both NULL: the state is nsaved doubles, any of them
     * finite.  nsaved 0: it cannot be saved. */
    int nsaved;
    void (*save)(const mlrt_turn *turn, double *to);
    bool (*load)(mlrt_turn *turn, const double *from);
    /* Of a model that is known, observations being its states: *list becomes
     * what may come of an action, borrowed; returns how many.  NULL: unknown.
     * start: the probability that an episode begins in a state. */
    int (*model)(void *ud, int64_t state, int64_t action,
                 const mlrt_outcome **list);
    double (*start)(void *ud, int64_t state);
    const char *actions; /* names, "left right"; may be NULL */
    int columns;         /* states lie on a grid so wide; 0: they do not */
    void *ud;
    void (*drop)(void *ud); /* of a type: when the context closes */
} mlrt_env_type;
MLRT_API void mlrt_env_type_init(mlrt_env_type *type);

/* Makes a type known to the context under its name, which must be new.  The
 * struct and the name are copied; what else it points to has to outlive the
 * context. */
MLRT_CHECK int mlrt_env_register(mlrt *m, const mlrt_env_type *type);
/* Name of type i of all that are known, or NULL. */
MLRT_API const char *mlrt_env_name_at(const mlrt *m, int i);

/* ---- Environments ------------------------------------------------------ */

typedef struct mlrt_env mlrt_env;

/* A setting of a type, by name: a number, or a text when that is not NULL. */
typedef struct mlrt_env_option {
    const char *name;
    double number;
    const char *text;
} mlrt_env_option;

/* `copies` environments of a type.  With auto_reset a step resets the copies
 * whose episode ended with the step before, ignores their actions and says so
 * in `reset`; without, such a step fails.  The option max_episode_steps exists
 * for every type. */
MLRT_CHECK mlrt_env *mlrt_env_new(mlrt *m, const char *name, int64_t copies,
                                  bool auto_reset,
                                  const mlrt_env_option *options, int noptions);
MLRT_API void mlrt_env_free(mlrt_env *e);
/* The type, settings applied; lives as long as the environment. */
MLRT_API const mlrt_env_type *mlrt_env_type_of(const mlrt_env *e);
MLRT_API int64_t mlrt_env_copies(const mlrt_env *e);

/* Starts the streams: that of copy i depends on `seed` and i alone.  Before
 * the first call a seed from the context's own stream is used. */
MLRT_API void mlrt_env_seed(mlrt_env *e, uint64_t seed);
/* Begins new episodes in all copies. */
MLRT_CHECK int mlrt_env_reset(mlrt_env *e);
/* One step of each copy.  Actions are a tensor of dtype index (copies) or
 * (copies, k), or f32 (copies, shape...).  All are checked before any copy
 * moves: an action outside the space, or illegal, changes nothing. */
MLRT_CHECK int mlrt_env_step(mlrt_env *e, mlrt_tensor *actions);
/* The same from memory, int64_t or float. */
MLRT_CHECK int mlrt_env_step_raw(mlrt_env *e, const void *actions);

/* What steps and resets write; borrowed, the same tensors all the time. */
typedef struct mlrt_env_views {
    mlrt_tensor *observation; /* index or f32 (copies, shape...) */
    mlrt_tensor *reward;      /* f32 (copies) */
    mlrt_tensor *terminated;  /* bool (copies) */
    mlrt_tensor *truncated;   /* bool (copies) */
    mlrt_tensor *reset;       /* bool (copies): this was a first observation */
    mlrt_tensor *legal;       /* bool (copies, n), or NULL: all are */
} mlrt_env_views;
MLRT_API const mlrt_env_views *mlrt_env_views_of(const mlrt_env *e);
/* The reward of the last copy that stepped, as a double. */
MLRT_API double mlrt_env_reward(const mlrt_env *e);

/* Text of one copy, "" when the type has no rendering. */
MLRT_CHECK int mlrt_env_render(mlrt_env *e, int64_t copy, char *text,
                               size_t size);

/* The state of a copy as the type's nsaved numbers.  Loading begins a new
 * count of steps and leaves the observation and the mask in the views. */
MLRT_CHECK int mlrt_env_save(mlrt_env *e, int64_t copy, double *to);
MLRT_CHECK int mlrt_env_load(mlrt_env *e, int64_t copy, const double *from);
/* The rest of a copy's state: the stream, the steps of its episode, and where
 * it is in it. */
typedef struct mlrt_env_clock {
    uint64_t stream;
    int64_t steps;
    int phase; /* 0: before the first reset, 1: in an episode, 2: after one */
} mlrt_env_clock;
MLRT_CHECK int mlrt_env_clock_get(mlrt_env *e, int64_t copy,
                                  mlrt_env_clock *clock);
MLRT_CHECK int mlrt_env_clock_set(mlrt_env *e, int64_t copy,
                                  const mlrt_env_clock *clock);

/* ---- Tabular agents ---------------------------------------------------- */

/* Chapters and sections are those of Sutton and Barto, "Reinforcement
 * Learning", second edition. */
typedef enum mlrt_tabular_kind {
    MLRT_Q_LEARNING,     /* 6.5 */
    MLRT_SARSA,          /* 6.4 */
    MLRT_EXPECTED_SARSA, /* 6.6 */
    MLRT_DOUBLE_Q,       /* 6.7 */
    MLRT_N_STEP_SARSA,   /* 7.2 */
    MLRT_SARSA_LAMBDA,   /* 12.7, replacing traces */
    MLRT_DYNA_Q          /* 8.2 */
} mlrt_tabular_kind;
typedef enum mlrt_exploration {
    MLRT_EPSILON, /* at random with probability epsilon */
    MLRT_SOFTMAX, /* by exp(q / temperature) (2.8) */
    MLRT_UCB      /* by q + c sqrt(ln t / n) (2.7) */
} mlrt_exploration;

/* A value that goes from `start` to `end` in a straight line over the first
 * `steps` steps. */
typedef struct mlrt_ramp {
    double start, end;
    int64_t steps;
} mlrt_ramp;

typedef struct mlrt_tabular_options {
    size_t size; /* set by mlrt_tabular_options_init */
    mlrt_tabular_kind kind;
    mlrt_exploration exploration;
    mlrt_ramp alpha;       /* step size; 0.1 */
    double alpha_power;    /* it is divided by (visits of the pair)^this; 0 */
    double gamma;          /* discount; 0.99 */
    mlrt_ramp epsilon;     /* 0.1 */
    mlrt_ramp temperature; /* 1 */
    double c;              /* of UCB; 2 */
    double initial;        /* the values at first; 0 */
    int n;                 /* steps of n-step SARSA; 4 */
    double lambda;         /* 0.9 */
    int planning;          /* steps of Dyna-Q in the model for each real; 5 */
    uint64_t seed;
} mlrt_tabular_options;
MLRT_API void mlrt_tabular_options_init(mlrt_tabular_options *options);

typedef struct mlrt_tabular mlrt_tabular;
/* An agent for so many states and actions, of which there are at most 64. */
MLRT_CHECK mlrt_tabular *mlrt_tabular_new(mlrt *m, int64_t states,
                                          int64_t actions,
                                          const mlrt_tabular_options *options);
MLRT_API void mlrt_tabular_free(mlrt_tabular *a);
/* They may be changed between steps, but not kind and n. */
MLRT_API mlrt_tabular_options *mlrt_tabular_options_of(mlrt_tabular *a);

/* The action for a state: as the exploration chooses or, greedily, the best;
 * `legal` are `actions` flags or NULL.  Negative: a mlrt_status. */
MLRT_CHECK int64_t mlrt_tabular_act(mlrt_tabular *a, int64_t state,
                                    const bool *legal, bool greedy);
/* Learns of one step.  `legal` is that of `next`. */
MLRT_CHECK int mlrt_tabular_learn(mlrt_tabular *a, int64_t state,
                                  int64_t action, double reward, int64_t next,
                                  bool terminated, bool truncated,
                                  const bool *legal);
/* The chances of each action in a state, as it explores. */
MLRT_CHECK int mlrt_tabular_policy(mlrt_tabular *a, int64_t state,
                                   const bool *legal, double *chances);

/* What a training did.  Where `returns` has room for them, the returns of the
 * first max_returns episodes are stored. */
typedef struct mlrt_tabular_log {
    int64_t steps, episodes;
    double total; /* of all episodes' returns */
    double *returns;
    int64_t max_returns;
} mlrt_tabular_log;
/* The whole loop: acts and learns in one copy of an environment that resets by
 * hand, until so many steps are taken or episodes ended (0: no limit of that
 * kind).  It goes on where the last call stopped, in the middle of an episode
 * too.  The environment's views are those of the last step. */
MLRT_CHECK int mlrt_tabular_train(mlrt_tabular *a, mlrt_env *e, int64_t steps,
                                  int64_t episodes, mlrt_tabular_log *log);

/* What has been learnt, borrowed: values f64 (states, actions), of Double Q the
 * second table, else NULL; visits of each pair, or NULL if nothing needs
 * them. */
MLRT_API mlrt_tensor *mlrt_tabular_values(mlrt_tabular *a, int table);
MLRT_API mlrt_tensor *mlrt_tabular_visits(mlrt_tabular *a);
/* The rest of its state. */
typedef struct mlrt_tabular_clock {
    uint64_t stream;
    int64_t steps;
} mlrt_tabular_clock;
MLRT_API mlrt_tabular_clock mlrt_tabular_clock_get(const mlrt_tabular *a);
/* Forgets the episode under way. */
MLRT_API void mlrt_tabular_clock_set(mlrt_tabular *a, mlrt_tabular_clock clock);

/* Value iteration (4.4) or policy iteration (4.3, by sweeps) on a model that is
 * known: values f64 (states), until no value changes by more than `tolerance`,
 * and in *policy f64 (states, actions) the chances of the best policy.  Actions
 * without an outcome are not legal.  `sweeps` is how many there are at most (0:
 * 100,000), and then were. */
MLRT_CHECK mlrt_tensor *mlrt_plan_values(mlrt_env *e, double gamma,
                                         double tolerance, int64_t *sweeps,
                                         mlrt_tensor **policy);
MLRT_CHECK mlrt_tensor *mlrt_plan_policy(mlrt_env *e, double gamma,
                                         double tolerance, int64_t *sweeps,
                                         mlrt_tensor **policy);
/* Which actions the model knows as legal: bool (states, actions). */
MLRT_CHECK mlrt_tensor *mlrt_plan_legal(mlrt_env *e);
/* The value of each state under a policy, f64 (states, actions) of chances.
 * With a horizon above 0 it is that of exactly so many steps. */
MLRT_CHECK mlrt_tensor *mlrt_plan_evaluate(mlrt_env *e, mlrt_tensor *policy,
                                           double gamma, double tolerance,
                                           int64_t horizon, int64_t *sweeps);

#endif
