/* mlrt.h: the C interface of mlrt, and its manual.
 *
 * mlrt is a machine-learning runtime small enough to live inside another
 * program: tensors, reverse-mode automatic differentiation, the kernels of
 * the usual layers, losses and optimizers, on OpenBLAS and LAPACKE.  This is
 * the only header a C program needs; what is not said here is not promised.
 *
 * The rules that hold everywhere:
 *
 *   Context.   Everything lives in a context (`mlrt *`), opened by
 *              mlrt_open.  There is no global state.  One thread uses a
 *              context at a time; different contexts are independent.
 *              Only mlrt_interrupt may be called from anywhere.  Tensors
 *              go from one context to another by mlrt_share and mlrt_give.
 *              A child after fork may use the contexts that its parent's
 *              forking thread used.
 *   Failure.   Functions that return a pointer return NULL on failure;
 *              functions that return int return 0, or a negative
 *              mlrt_status.  The text waits in mlrt_errmsg(m) until the
 *              next failure.  Nothing is printed and nothing exits.
 *   NULL.      A NULL operand is a failed operand: the result is NULL, or
 *              MLRT_EARG, and the earlier message stays, so a chain of calls
 *              is checked once, at its end.  Asked about, NULL has no
 *              dimensions, elements or context.  An absent optional is
 *              MLRT_NONE.
 *   Ownership. A returned tensor is a new reference that the caller gives
 *              back with mlrt_release (or lets a scope do it).  Arguments
 *              are borrowed.
 *   Counting.  Dimensions and positions count from 0; a negative one counts
 *              from the end.
 */
#ifndef MLRT_H
#define MLRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MLRT_VERSION "0.1.0"
#define MLRT_VERSION_NUM 100 /* major * 10000 + minor * 100 + patch */

#if defined(__GNUC__)
#define MLRT_API __attribute__((visibility("default")))
#define MLRT_CHECK MLRT_API __attribute__((warn_unused_result))
#else
#define MLRT_API
#define MLRT_CHECK
#endif

typedef struct mlrt mlrt;                       /* a context */
typedef struct mlrt_tensor mlrt_tensor;         /* a counted tensor handle */
typedef struct mlrt_generator mlrt_generator;   /* a stream of random numbers */
typedef struct mlrt_optim mlrt_optim;           /* an optimizer */
typedef struct mlrt_hook mlrt_hook;             /* a function of a gradient */
typedef struct mlrt_checkpoint mlrt_checkpoint; /* what is computed twice */

#define MLRT_MAX_DIMS 8

/* An absent optional: integer or dimension, number. */
#define MLRT_ABSENT INT64_MIN
#define MLRT_ABSENT_NUMBER ((double)__builtin_nanf(""))
/* A word in the place of an integer, where an argument knows some: number k
 * of them.  The padding of a convolution knows these two. */
#define MLRT_WORD(k) (INT64_MIN + 1 + (k))
#define MLRT_VALID MLRT_WORD(0)
#define MLRT_SAME MLRT_WORD(1)

/* Element types.  MLRT_INDEX holds positions: 64-bit integers that count
 * from 0 in memory, in C and in files, from 1 when Lua shows them; -1 means
 * "none".  Arithmetic on an index is an error. */
typedef enum mlrt_dtype {
    MLRT_F32,
    MLRT_F64,
    MLRT_I64,
    MLRT_I32,
    MLRT_U8,
    MLRT_BOOL,
    MLRT_INDEX,
    MLRT_NDTYPES,
    MLRT_DTYPE_NONE = -1 /* an absent dtype argument */
} mlrt_dtype;

/* Every way to fail: name, text. */
#define MLRT_STATUSES(X)                                                       \
    X(OK, "success")                                                           \
    X(EARG, "bad argument")                                                    \
    X(ESHAPE, "shapes do not fit")                                             \
    X(EDTYPE, "wrong element type")                                            \
    X(EINDEX, "position out of range")                                         \
    X(ENOMEM, "out of memory")                                                 \
    X(EGRAD, "gradient not available")                                         \
    X(ENUMERIC, "numerical failure")                                           \
    X(EIO, "input or output failed")                                           \
    X(EFORMAT, "malformed data")                                               \
    X(ECANCEL, "interrupted")                                                  \
    X(ELIMIT, "limit reached")                                                 \
    X(EUSER, "error in a user function")                                       \
    X(ESTATE, "not possible in this state")

enum mlrt__status_position {
#define MLRT_X(name, text) MLRT__POS_##name,
    MLRT_STATUSES(MLRT_X)
#undef MLRT_X
};
/* MLRT_OK is 0, the others -1, -2, ... */
typedef enum mlrt_status {
#define MLRT_X(name, text) MLRT_##name = -(int)MLRT__POS_##name,
    MLRT_STATUSES(MLRT_X)
#undef MLRT_X
} mlrt_status;

/* ---- Context ---------------------------------------------------------- */

/* An allocator in the manner of Lua's: nsize 0 frees `ptr` (of `osize`
 * bytes), otherwise returns a block of nsize bytes that begins with the old
 * contents, or NULL.  One thread calls it at a time: the one that uses the
 * context; after mlrt_close, the one that lets go of the last handle. */
typedef void *mlrt_alloc_fn(void *ud, void *ptr, size_t osize, size_t nsize);

/* Runs task(arg, i) once for each i in 0..n-1, in any order, on any threads,
 * several at a time, and returns when all have returned.  It is called by the
 * thread that uses the context, and never from inside a task.  A task computes
 * for some microseconds, takes no lock and calls nothing of the host's. Results
 * are the same bits as on the context's own threads. */
typedef void mlrt_parallel_fn(void *ud, int64_t n,
                              void (*task)(void *arg, int64_t i), void *arg);

/* Receives each failure when it is recorded, with its status and the text that
 * mlrt_errmsg will give, and with MLRT_OK a note of what was opened.  A failure
 * of mlrt_open, which leaves no context to ask, is heard of here only.  The
 * text is valid during the call. */
typedef void mlrt_log_fn(void *ud, int status, const char *text);

/* Called on the thread that uses the context, between operations (also those
 * of a backward walk), with the floating-point operations counted so far.
 * Returning false is like calling mlrt_interrupt.  It must not use the
 * context otherwise. */
typedef bool mlrt_progress_fn(void *ud, double flops);

/* Set with mlrt_config_init, then change what you need. */
typedef struct mlrt_config {
    size_t size;             /* set by mlrt_config_init: sizeof the struct */
    mlrt_alloc_fn *alloc;    /* NULL: the C library's realloc and free */
    void *alloc_ud;          /* handed to alloc */
    bool (*reclaim)(void *); /* called when memory runs out, before a second
                                try: free what you can, return true if you
                                did.  It may only release handles. */
    void *reclaim_ud;        /* handed to reclaim */
    size_t max_bytes;        /* limit on all bytes in use; 0: none */
    int threads;             /* 0: one per core; 1: the caller's alone */
    uint64_t seed;           /* of the context's own random stream */
    const char *isa;         /* kernel table to force: "base", "avx2",
                                "avx512"; NULL: the machine's best */
    int base;                /* what messages count positions from: 0 or 1 */
    mlrt_parallel_fn *parallel_for; /* the host's threads; NULL: our own */
    void *parallel_ud;
    mlrt_log_fn *log; /* hears of failures and notes; NULL: nobody does */
    void *log_ud;
    mlrt_progress_fn *progress; /* called between operations; NULL: not */
    void *progress_ud;
    double progress_flops; /* how many from call to call; 0: 10 million, some
                              milliseconds at most */
} mlrt_config;

/* Fills in the defaults.  A struct of an older header, whose `size` is
 * smaller, is taken too: what it lacks has its default. */
MLRT_API void mlrt_config_init(mlrt_config *config);

/* Opens a context; `config` may be NULL.  NULL on failure, with the status
 * in *status if status is not NULL. */
MLRT_CHECK mlrt *mlrt_open(const mlrt_config *config, int *status);

/* Closes it and ends its threads.  Handles may outlive this call: the memory
 * goes with the last of them.  Until then they can be read and released, but
 * not computed with. */
MLRT_API void mlrt_close(mlrt *m);

/* Text of the last failure in this context, "" when there was none; valid
 * until the next failure.  mlrt_errcode is its mlrt_status. */
MLRT_API const char *mlrt_errmsg(const mlrt *m);
MLRT_API int mlrt_errcode(const mlrt *m);
MLRT_API const char *mlrt_status_text(int status);

/* Records a failure as the library itself would, for code built upon it;
 * returns `status`. */
MLRT_API int mlrt_fail(mlrt *m, int status, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* Asks the operation that runs in `m`, or the next one, to stop with
 * MLRT_ECANCEL.  Async-signal-safe; callable from any thread.  The request
 * stands until mlrt_resume. */
MLRT_API void mlrt_interrupt(mlrt *m);
MLRT_API void mlrt_resume(mlrt *m);

/* Between mask(m, 1) and mask(m, -1), which nest, an interruption waits: for
 * what must be done as a whole, such as a step over several optimizers. */
MLRT_API void mlrt_mask(mlrt *m, int by);
MLRT_API bool mlrt_masked(const mlrt *m);

/* From now on the context may compute so many floating-point operations and
 * seconds by the clock; 0: no limit.  What passes a limit fails with
 * MLRT_ELIMIT until limits are set anew.  Operations are counted before they
 * run, one for each element at least, and refused when they need more than is
 * left; time is looked at between tiles, but not inside a call of LAPACK or an
 * operation in place. */
MLRT_API void mlrt_limit(mlrt *m, double flops, double seconds);

typedef struct mlrt_memory_info {
    size_t live;    /* bytes of tensor storage in use */
    size_t peak;    /* the most there ever was */
    size_t cached;  /* bytes kept for reuse */
    size_t other;   /* bytes of everything else: handles, nodes, Lua */
    size_t tensors; /* live handles */
    size_t limit;   /* max_bytes */
    uint64_t total; /* bytes of storage ever handed out */
} mlrt_memory_info;
MLRT_API void mlrt_memory(const mlrt *m, mlrt_memory_info *info);
MLRT_API void mlrt_flush_cache(mlrt *m); /* gives cached memory back */

/* The context's allocator, cached and counted; a lua_Alloc whose ud is the
 * context. */
MLRT_API void *mlrt_lua_alloc(void *m, void *ptr, size_t osize, size_t nsize);

MLRT_API const char *mlrt_isa(const mlrt *m); /* kernel table in use */
MLRT_API int mlrt_threads(const mlrt *m);     /* threads in use */
/* Compute with n threads from now on; 0: one per core.  Results do not
 * depend on it. */
MLRT_CHECK int mlrt_set_threads(mlrt *m, int n);
/* BLAS, as it says of itself; "none" when the library was built without: then
 * factorisations, and what needs them, fail with MLRT_ESTATE and "built
 * without LAPACK". */
MLRT_API const char *mlrt_blas_info(const mlrt *m);
MLRT_API double mlrt_flops(const mlrt *m); /* operations counted so far */

/* ---- Tensors ---------------------------------------------------------- */

extern MLRT_API mlrt_tensor *const mlrt_none; /* the absent optional */
#define MLRT_NONE mlrt_none

/* An uninitialised tensor; `shape` has ndim sizes (0 <= ndim <= 8). */
MLRT_CHECK mlrt_tensor *mlrt_empty(mlrt *m, mlrt_dtype dtype, int ndim,
                                   const int64_t *shape);
/* The same with a copy of `data`, in C order. */
MLRT_CHECK mlrt_tensor *mlrt_from_data(mlrt *m, mlrt_dtype dtype, int ndim,
                                       const int64_t *shape, const void *data);
/* A tensor over the host's own memory, which must stay until `release`
 * (may be NULL) is called with (ud, data). */
MLRT_CHECK mlrt_tensor *mlrt_borrow(mlrt *m, mlrt_dtype dtype, int ndim,
                                    const int64_t *shape, void *data,
                                    void (*release)(void *ud, void *data),
                                    void *ud);
/* A parameter to train: an f32 leaf that requires grad, filled uniformly from
 * -bound..bound out of the context's stream; bound 0 gives zeros.  A linear
 * layer begins with the bound 1 / sqrt(inputs), for weight and bias (LeCun et
 * al. 1998), and is applied by mlrt_linear. */
MLRT_CHECK mlrt_tensor *mlrt_param(mlrt *m, int ndim, const int64_t *shape,
                                   double bound);
/* A 0-d tensor.  As an operand it adapts to the other's dtype, as a number
 * written in Lua does. */
MLRT_CHECK mlrt_tensor *mlrt_number(mlrt *m, double value);

MLRT_API mlrt_tensor *mlrt_retain(mlrt_tensor *t); /* returns t */
MLRT_API void mlrt_release(mlrt_tensor *t);        /* NULL, NONE: nothing */

/* A read-only handle in the context `to` on the memory of t, a tensor of any
 * context, without its history.  From then on that memory is only read, through
 * t too: writing in place, mlrt_data and an optimizer's step on it fail with
 * MLRT_ESTATE.  So any number of threads, each with a context of its own, may
 * compute with one model.  Call it on the thread that uses `to`, while no other
 * writes to t or releases it.  The memory stays charged to the context it was
 * made in, which may be closed before the handle is released. */
MLRT_CHECK mlrt_tensor *mlrt_share(mlrt *to, mlrt_tensor *t);
/* Moves t into the context `to`: on success t is gone, and the result can be
 * written.  Large memory is handed over, unless one of the contexts has an
 * allocator of its host's; small memory, and borrowed, is copied.  t must be
 * the only handle on its memory, without history or gradient, else it fails
 * with MLRT_ESTATE.  During the call no other thread may use either context. */
MLRT_CHECK mlrt_tensor *mlrt_give(mlrt *to, mlrt_tensor *t);

/* Every tensor made between begin and end is released at the end, unless
 * kept.  Scopes nest.  mlrt_scope_keep returns t, which is the caller's
 * again; inside a scope do not release by hand what the scope owns. */
MLRT_CHECK int mlrt_scope_begin(mlrt *m);
MLRT_API mlrt_tensor *mlrt_scope_keep(mlrt *m, mlrt_tensor *t);
MLRT_API void mlrt_scope_end(mlrt *m);

MLRT_API mlrt *mlrt_context(const mlrt_tensor *t);
MLRT_API mlrt_dtype mlrt_dtype_of(const mlrt_tensor *t);
MLRT_API int mlrt_ndim(const mlrt_tensor *t);
MLRT_API const int64_t *mlrt_shape(const mlrt_tensor *t);
MLRT_API const int64_t *mlrt_strides(const mlrt_tensor *t); /* in elements */
MLRT_API int64_t mlrt_numel(const mlrt_tensor *t);
MLRT_API bool mlrt_is_contiguous(const mlrt_tensor *t);
MLRT_API size_t mlrt_nbytes(const mlrt_tensor *t); /* numel * element size */

/* First element, or NULL when t is not contiguous (or empty).  Writing
 * through mlrt_data counts as changing t in place. */
MLRT_API void *mlrt_data(mlrt_tensor *t);
MLRT_API const void *mlrt_data_const(const mlrt_tensor *t);
/* Copy all elements out of or into t in C order; `bytes` must equal
 * mlrt_nbytes(t). */
MLRT_CHECK int mlrt_read(mlrt_tensor *t, void *to, size_t bytes);
MLRT_CHECK int mlrt_write(mlrt_tensor *t, const void *from, size_t bytes);
/* Copies each from[i] into to[i], which has the same shape, converting its
 * elements: all of them, or none when one does not fit or cannot be written.
 * Not recorded: a target that requires grad wants grad mode off. */
MLRT_CHECK int mlrt_assign(mlrt *m, mlrt_tensor *const *to,
                           mlrt_tensor *const *from, int n);
/* The only element of t, as double or (integers exactly) as int64_t. */
MLRT_CHECK int mlrt_item(mlrt_tensor *t, double *value);
MLRT_CHECK int mlrt_item_int(mlrt_tensor *t, int64_t *value);

MLRT_API const char *mlrt_dtype_name(mlrt_dtype dtype); /* "f32" */
MLRT_API mlrt_dtype mlrt_dtype_find(const char *name);  /* or NONE */
MLRT_API size_t mlrt_dtype_size(mlrt_dtype dtype);      /* bytes */
MLRT_API bool mlrt_dtype_is_float(mlrt_dtype dtype);
/* Result type of mixing a and b; MLRT_DTYPE_NONE if they do not mix. */
MLRT_API mlrt_dtype mlrt_promote(mlrt_dtype a, mlrt_dtype b);

/* ---- Differentiation -------------------------------------------------- */

MLRT_API bool mlrt_requires_grad(const mlrt_tensor *t);
MLRT_API bool mlrt_is_leaf(const mlrt_tensor *t);
MLRT_CHECK int mlrt_set_requires_grad(mlrt_tensor *t, bool on);
/* The gradient accumulated in leaf t: a new reference, or MLRT_NONE. */
MLRT_CHECK mlrt_tensor *mlrt_grad(mlrt_tensor *t);
/* Replaces it; MLRT_NONE clears it, and the mark of a failed backward. */
MLRT_CHECK int mlrt_set_grad(mlrt_tensor *t, mlrt_tensor *grad);
/* Keep the gradient of this non-leaf too. */
MLRT_CHECK int mlrt_retain_grad(mlrt_tensor *t);
/* The same storage without history. */
MLRT_CHECK mlrt_tensor *mlrt_detach(mlrt_tensor *t);

/* Whether operations are recorded; set returns the old value. */
MLRT_API bool mlrt_grad_mode(const mlrt *m);
MLRT_API bool mlrt_set_grad_mode(mlrt *m, bool on);

enum mlrt_walk_flags {
    MLRT_RETAIN_GRAPH = 1, /* keep the graph for another walk */
    MLRT_CREATE_GRAPH = 2, /* record the walk itself (and retain) */
    MLRT_ALLOW_UNUSED = 4  /* mlrt_grad_of: MLRT_NONE for unreached x */
};
/* Accumulates dy/dx into every leaf x that requires grad.  `gradient` has
 * y's shape; MLRT_NONE means 1 and needs y to have one element.  If the walk
 * fails, the leaves it touched are marked stale: an optimizer refuses them
 * until their gradient is cleared. */
MLRT_CHECK int mlrt_backward(mlrt_tensor *y, mlrt_tensor *gradient, int flags);
/* Sum over i of d ys[i] / d xs[j] into grads[j] (new references); leaves'
 * own gradients are untouched.  gys may be NULL (ones for 1-element ys). */
MLRT_CHECK int mlrt_grad_of(mlrt *m, mlrt_tensor *const *ys,
                            mlrt_tensor *const *gys, int ny,
                            mlrt_tensor *const *xs, int nx, int flags,
                            mlrt_tensor **grads);

/* A function whose gradient the host computes.  Given `outs`, computed from
 * `ins` without recording, it ties them to the graph.  In the walk
 * `backward(ud, m, gouts, saved, gins)` receives one gradient per output
 * (never NULL) and the saved tensors, and stores new references or NULL (no
 * gradient) into gins, one per input; it returns 0 or a mlrt_status after
 * mlrt_fail.  drop(ud) runs when the node dies, also if this call fails or
 * records nothing.  `name` (for messages) has to outlive the graph. */
typedef int mlrt_custom_fn(void *ud, mlrt *m, mlrt_tensor *const *gouts,
                           mlrt_tensor *const *saved, mlrt_tensor **gins);
MLRT_CHECK int mlrt_custom(mlrt *m, const char *name, mlrt_tensor *const *ins,
                           int nin, mlrt_tensor *const *outs, int nout,
                           mlrt_tensor *const *saved, int nsaved,
                           mlrt_custom_fn *backward, void (*drop)(void *),
                           void *ud);

/* A function that is told the gradient g of a tensor once all of it is known,
 * before anything uses it.  It may store a new reference, of the same shape
 * and dtype, into *replacement; it returns 0 or a mlrt_status after
 * mlrt_fail. */
typedef int mlrt_hook_fn(void *ud, mlrt *m, mlrt_tensor *g,
                         mlrt_tensor **replacement);
/* Adds one to t, which has to require grad; they run in the order in which
 * they were added, until removed or t's history is freed.  drop(ud) runs then,
 * also if this call fails.  Give the handle back with mlrt_hook_release. */
MLRT_CHECK mlrt_hook *mlrt_hook_add(mlrt_tensor *t, mlrt_hook_fn *fn,
                                    void (*drop)(void *), void *ud);
MLRT_API void mlrt_hook_remove(mlrt_hook *h);
MLRT_API void mlrt_hook_release(mlrt_hook *h);

/* What is recorded between begin and end keeps nothing for its backward but
 * leaves.  The first walk that needs more calls again(ud, m, ins), which does
 * the same computation from the same inputs once more (the context's stream
 * of random numbers is put back for it) and returns 0 or a mlrt_status after
 * mlrt_fail.  NULL on failure; end(NULL) does nothing.  drop(ud) runs when the
 * graph dies, also if begin fails. */
typedef int mlrt_again_fn(void *ud, mlrt *m, mlrt_tensor *const *ins);
MLRT_CHECK mlrt_checkpoint *
mlrt_checkpoint_begin(mlrt *m, mlrt_tensor *const *ins, int nin,
                      mlrt_again_fn *again, void (*drop)(void *), void *ud);
MLRT_API void mlrt_checkpoint_end(mlrt_checkpoint *c);

enum mlrt_anomaly_flags {
    MLRT_ANOMALY_BACKWARD = 1, /* gradients */
    MLRT_ANOMALY_FORWARD = 2,  /* results of operations, too */
    MLRT_ANOMALY_INF = 4       /* look for infinities as well as NaN */
};
/* Writes into text where the host's program is, such as "train.lua:12". */
typedef void mlrt_where_fn(void *ud, char *text, size_t size);
/* Makes an operation fail that makes a NaN of operands without one, and a walk
 * whose backward functions do; the message names the operation and, if it was
 * recorded meanwhile, its place.  `where` may be NULL.  Flags 0: off.  Returns
 * the old flags, as mlrt_anomaly does. */
MLRT_API int mlrt_set_anomaly(mlrt *m, int flags, mlrt_where_fn *where,
                              void *ud);
MLRT_API int mlrt_anomaly(const mlrt *m);

/* ---- Random numbers (Philox 4x32-10, Salmon et al. 2011) -------------- */

MLRT_API void mlrt_seed(mlrt *m, uint64_t seed); /* the context's stream */
MLRT_API mlrt_generator *mlrt_default_generator(mlrt *m); /* borrowed */
MLRT_CHECK mlrt_generator *mlrt_generator_new(mlrt *m, uint64_t seed);
MLRT_API void mlrt_generator_free(mlrt_generator *g);
/* The whole state: key and position. */
MLRT_API void mlrt_generator_get(const mlrt_generator *g, uint64_t state[2]);
MLRT_API void mlrt_generator_set(mlrt_generator *g, const uint64_t state[2]);
MLRT_API uint64_t mlrt_generator_next(mlrt_generator *g);

/* ---- Operations ------------------------------------------------------- */

/* Every operation is described by one row; mlrt_ops.h, included below, has
 * a C function for each.  What follows is for code that walks the rows. */
typedef enum mlrt_arg_type {
    MLRT_ARG_TENSOR,    /* a tensor */
    MLRT_ARG_OPERAND,   /* a tensor or a number */
    MLRT_ARG_INDEX,     /* a tensor of dtype index */
    MLRT_ARG_MASK,      /* a tensor of dtype bool */
    MLRT_ARG_TENSORS,   /* a list of tensors */
    MLRT_ARG_INT,       /* an integer */
    MLRT_ARG_POS,       /* a position along a dimension */
    MLRT_ARG_DIM,       /* a dimension */
    MLRT_ARG_NUMBER,    /* a double */
    MLRT_ARG_SCALAR,    /* the value of an element: integers stay integers */
    MLRT_ARG_BOOL,      /* true or false */
    MLRT_ARG_INTS,      /* a list of integers */
    MLRT_ARG_DIMS,      /* a list of dimensions, or one */
    MLRT_ARG_SHAPE,     /* a list of sizes */
    MLRT_ARG_PAIR,      /* two integers, or one for both */
    MLRT_ARG_ENUM,      /* one of a few words */
    MLRT_ARG_TEXT,      /* any text */
    MLRT_ARG_DTYPE,     /* an element type */
    MLRT_ARG_GENERATOR, /* a generator; absent: the context's */
    MLRT_NARG_TYPES
} mlrt_arg_type;

/* One argument, as declared. */
typedef struct mlrt_arg_spec {
    const char *name; /* not NUL-terminated: name_len bytes */
    int name_len;
    mlrt_arg_type type;
    bool optional; /* may be absent: `?` or a default */
    bool has_default;
    bool option; /* behind the `;`: named in Lua, not in the C function */
    int64_t int_default;   /* int, scalar, pos, dim, bool, pair; enum: which
                              word */
    double number_default; /* number, operand (a scalar's is an integer) */
    const char *words;     /* `a|b|c` within the row's text: of an enum, or
                              what may stand for an int or a pair; the
                              default of a text */
    int words_len;
} mlrt_arg_spec;

/* One argument, as given.  An absent one has kind MLRT_VAL_NONE. */
typedef enum mlrt_val_kind {
    MLRT_VAL_NONE,
    MLRT_VAL_TENSOR,
    MLRT_VAL_TENSORS,
    MLRT_VAL_INT,    /* int, pos, dim, bool, dtype, enum (its number) */
    MLRT_VAL_NUMBER, /* a scalar is this or an integer */
    MLRT_VAL_INTS,
    MLRT_VAL_GENERATOR,
    MLRT_VAL_TEXT
} mlrt_val_kind;
typedef struct mlrt_arg {
    mlrt_val_kind kind;
    int n; /* length of tensors, ints and text */
    union {
        mlrt_tensor *t;
        mlrt_tensor *const *ts;
        int64_t i;
        double d;
        const int64_t *v;
        mlrt_generator *g;
        const char *s; /* n bytes */
    } u;
} mlrt_arg;

#define MLRT_MAX_ARGS 16

typedef enum mlrt_op_kind {
    MLRT_PURE,    /* new outputs */
    MLRT_VIEW,    /* outputs alias the first input */
    MLRT_INPLACE, /* writes into the first input and returns it */
} mlrt_op_kind;

typedef struct mlrt_op_info {
    const char *name; /* private rows begin with `_` */
    const char *args; /* as written: "x: tensor, dim: dim = -1" */
    const char *outs; /* "y", "values, indices"; "ys..." is a list;
                         names that begin with `_` are not returned */
    const char *doc;
    const char *family;
    mlrt_op_kind kind;
    bool inplace;        /* `name_` exists too, writing into the first */
    bool differentiable; /* has a gradient */
    int nargs;
    const mlrt_arg_spec *spec;
    int nouts;                  /* returned outputs; -1: a list */
    int nplain;                 /* of them the C function's, the first ones */
    const char *const *samples; /* NULL-terminated; see docs/design.md */
} mlrt_op_info;

MLRT_API int mlrt_op_count(const mlrt *m);
MLRT_API const mlrt_op_info *mlrt_op_info_at(const mlrt *m, int id);
MLRT_API int mlrt_op_find(const mlrt *m, const char *name); /* id or -1 */
/* Calls row `id`.  Stores at most max_outs new references in outs and
 * returns how many outputs there are, or a negative status.  in_place asks
 * for the `name_` form.  More outputs than max_outs is an error. */
MLRT_CHECK int mlrt_op_call(mlrt *m, int id, const mlrt_arg *args,
                            bool in_place, mlrt_tensor **outs, int max_outs);

/* ---- Profiling -------------------------------------------------------- */

/* Between start and stop every operation that the context runs is timed and
 * counted, those of the backward walk and steps of optimizers too.  An
 * operation made of others has the time that is left when theirs is taken
 * off, so times add up.  One profile runs at a time. */
typedef struct mlrt_profile mlrt_profile;
typedef struct mlrt_profile_options {
    size_t size; /* set by mlrt_profile_options_init */
    /* Writes the name of the host's source file that asks for an operation,
     * at most size bytes with the final 0; returns the line, 0: unknown.
     * May be NULL. */
    int (*where)(void *ud, char *file, size_t size);
    void *ud;
    size_t max_events; /* how many single events are kept, the first ones */
} mlrt_profile_options;
/* What one line of the host asked of one operation, or (rows), one time that
 * it did (events, whose `calls` is 1). */
typedef struct mlrt_profile_row {
    const char *name; /* of the operation; a step: "adam" */
    const char *file; /* "": unknown */
    int line;
    bool backward;    /* the walk's; the line is the forward operation's */
    mlrt_dtype dtype; /* of the first result */
    int64_t calls;
    double start;   /* events only: seconds after the profile's start */
    double total;   /* seconds, operations inside included */
    double seconds; /* the same without them */
    double flops;   /* as mlrt_flops counts */
    double bytes;   /* of operands and results, each looked at once */
} mlrt_profile_row;

MLRT_API void mlrt_profile_options_init(mlrt_profile_options *options);
/* Starts; `options` may be NULL.  Fails while another profile runs. */
MLRT_CHECK mlrt_profile *
mlrt_profile_start(mlrt *m, const mlrt_profile_options *options);
MLRT_API void mlrt_profile_stop(mlrt_profile *p); /* once more: nothing */
MLRT_API void mlrt_profile_free(mlrt_profile *p); /* stops it first */
/* Seconds from start to stop (or now). */
MLRT_API double mlrt_profile_seconds(const mlrt_profile *p);
/* Rows, in the order in which they first occurred; false: no row i. */
MLRT_API int mlrt_profile_count(const mlrt_profile *p);
MLRT_API bool mlrt_profile_get(const mlrt_profile *p, int i,
                               mlrt_profile_row *row);
/* Events, in the order in which they ended, and how many were not kept:
 * more than max_events, or memory for them was lacking. */
MLRT_API int mlrt_profile_events(const mlrt_profile *p);
MLRT_API bool mlrt_profile_event(const mlrt_profile *p, int i,
                                 mlrt_profile_row *event);
MLRT_API int64_t mlrt_profile_lost(const mlrt_profile *p);

/* ---- Optimizers ------------------------------------------------------- */

typedef struct mlrt_optim_options {
    size_t size; /* set by mlrt_optim_options_init */
    double lr, momentum, dampening, weight_decay, beta1, beta2, eps;
    bool nesterov;
    double alpha;    /* rmsprop: what is kept of the mean square a step */
    double lr_decay; /* adagrad: lr / (1 + t lr_decay) at step t, from 0 */
    double initial_accumulator_value; /* adagrad */
    bool centered;                    /* rmsprop: around the mean gradient */
    bool amsgrad;                     /* adam, adamw: Reddi et al. 2018 */
    bool maximize;                    /* go up the gradient, not down */
} mlrt_optim_options;

/* Defaults of `kind`: "sgd" (Robbins and Monro 1951; momentum after Sutskever
 * et al. 2013), "adam" (Kingma and Ba 2015), "adamw" (Loshchilov and Hutter
 * 2019), "rmsprop" (Tieleman and Hinton 2012), "adagrad" (Duchi et al.
 * 2011). */
MLRT_CHECK int mlrt_optim_options_init(mlrt *m, const char *kind,
                                       mlrt_optim_options *options);
/* An optimizer over leaves, which it retains. */
MLRT_CHECK mlrt_optim *mlrt_optim_new(mlrt *m, const char *kind,
                                      mlrt_tensor *const *params, int n,
                                      const mlrt_optim_options *options);
MLRT_API void mlrt_optim_free(mlrt_optim *o);
/* One update of every parameter that has a gradient, in one fused pass
 * each.  It fails, changing nothing, when a gradient is stale. */
MLRT_CHECK int mlrt_optim_step(mlrt_optim *o);
/* Steps of n optimizers: all of them, or none when one cannot. */
MLRT_CHECK int mlrt_optim_step_all(mlrt_optim *const *o, int n);
MLRT_CHECK int mlrt_optim_zero_grad(mlrt_optim *o);
/* Whether every gradient is free of nan and infinities.  Their sums are looked
 * at first, so while all is well it costs one pass over each. */
MLRT_CHECK int mlrt_optim_finite(mlrt_optim *o, bool *finite);
MLRT_API mlrt_optim_options *mlrt_optim_options_of(mlrt_optim *o);
/* State: the number of steps and, for parameter i, its `slots` tensors
 * (momentum; first and second moment), MLRT_NONE before the first step. */
MLRT_API int mlrt_optim_slots(const mlrt_optim *o);
MLRT_API const char *mlrt_optim_slot_name(const mlrt_optim *o, int slot);
MLRT_API int mlrt_optim_count(const mlrt_optim *o);
MLRT_API int64_t mlrt_optim_steps(const mlrt_optim *o, int param);
MLRT_CHECK mlrt_tensor *mlrt_optim_slot(mlrt_optim *o, int param, int slot);
MLRT_CHECK int mlrt_optim_restore(mlrt_optim *o, int param, int64_t steps,
                                  mlrt_tensor *const *slots);
/* A new one of the same kind, parameters and options, without steps.  To
 * restore all or nothing, restore a like one and exchange the two, which
 * cannot fail. */
MLRT_CHECK mlrt_optim *mlrt_optim_like(const mlrt_optim *o);
/* Exchanges state and options of two with the same kind and parameters. */
MLRT_API void mlrt_optim_exchange(mlrt_optim *a, mlrt_optim *b);

/* ---- Learning from experience ----------------------------------------- */

/* A replay: a ring of transitions in tensors, of one environment or of some
 * that run in step, from which batches are drawn.
 *
 * n-step returns: a transition is there at once, and grows while the next
 * n - 1 steps of its environment come in: `reward` becomes r0 + g r1 + ...,
 * next_obs the last one seen, and `discount` what its value is multiplied by,
 * g to the number of steps, or 0 after an end.  So the target of a value is
 * always reward + discount * value(next_obs).  In a game of two sides that move
 * in turn, where an observation is seen by the one to move, gamma is negative:
 * what is good for the other is bad for me.
 *
 * Priorities (Schaul et al. 2016): a transition is drawn with a probability in
 * proportion to (|error| + eps)^alpha; a new one has the highest so far. */
typedef struct mlrt_replay mlrt_replay;
typedef struct mlrt_replay_options {
    size_t size;      /* set by mlrt_replay_options_init */
    const char *name; /* in messages: of the environment; copied; NULL: none */
    int64_t capacity; /* transitions; 10000 */
    int64_t envs;     /* rows of an add; 1 */
    int64_t steps;    /* n; 1 */
    double gamma;     /* -1..1; 0.99 */
    double alpha;     /* 0: every transition alike, no priorities; 0 */
    double eps;       /* 1e-6 */
    int64_t actions;  /* elements of a mask of legal actions; 0: no masks */
} mlrt_replay_options;
MLRT_API void mlrt_replay_options_init(mlrt_replay_options *options);

/* Transitions that come in, one row for each environment; the next_obs of a
 * step that ends an episode is the last of that episode. */
typedef struct mlrt_transitions {
    mlrt_tensor *obs, *action;
    mlrt_tensor *reward; /* f32, finite */
    mlrt_tensor *next_obs;
    mlrt_tensor *terminated, *truncated; /* bool */
    mlrt_tensor *legal; /* bool: in next_obs; NONE without masks */
    mlrt_tensor *skip;  /* bool: rows that are no transition; or NONE */
} mlrt_transitions;

/* A batch that goes out; every tensor is there before, in C order. */
typedef struct mlrt_replay_batch {
    mlrt_tensor *obs, *action, *reward, *discount, *next_obs;
    mlrt_tensor *legal;  /* NONE without masks */
    mlrt_tensor *index;  /* where they are, for mlrt_replay_update */
    mlrt_tensor *weight; /* f32: (size * probability)^-beta over the largest */
} mlrt_replay_batch;

/* All there is to know.  Tensors are new references. */
typedef struct mlrt_replay_state {
    int64_t count; /* transitions ever added */
    double max_priority;
    mlrt_tensor *obs, *action, *reward, *discount, *next_obs, *legal;
    mlrt_tensor *priority; /* f64; NONE without priorities */
    mlrt_tensor *growing;  /* i64 (envs, steps) */
} mlrt_replay_state;

/* `obs` and `action` have the dtype and shape of one of each.  Memory for the
 * whole capacity is taken now. */
MLRT_CHECK mlrt_replay *mlrt_replay_new(mlrt *m, mlrt_tensor *obs,
                                        mlrt_tensor *action,
                                        const mlrt_replay_options *options);
MLRT_API void mlrt_replay_free(mlrt_replay *r);
MLRT_API int64_t mlrt_replay_size(const mlrt_replay *r); /* that are there */
MLRT_API const mlrt_replay_options *
mlrt_replay_options_of(const mlrt_replay *r);
/* Adds a row of each environment; on failure nothing has changed. */
MLRT_CHECK int mlrt_replay_add(mlrt_replay *r, const mlrt_transitions *t);
/* Draws as many as the batch has rows, with replacement. An empty replay is
 * MLRT_ESTATE. */
MLRT_CHECK int mlrt_replay_sample(mlrt_replay *r, mlrt_generator *g,
                                  double beta, const mlrt_replay_batch *to);
/* New priorities, from errors (f32, finite) of drawn transitions. */
MLRT_CHECK int mlrt_replay_update(mlrt_replay *r, mlrt_tensor *index,
                                  mlrt_tensor *error);
MLRT_CHECK int mlrt_replay_get(const mlrt_replay *r, mlrt_replay_state *state);
/* Copies a state into a replay of the same options; on failure nothing has
 * changed. */
MLRT_CHECK int mlrt_replay_set(mlrt_replay *r, const mlrt_replay_state *state);

/* Generalised advantage estimation (Schulman et al. 2016).  rewards (T, N)
 * and values (T + 1, N) f32, terminated and ended (T, N) bool, into advantages
 * (T, N), all in C order:
 *   d[t] = rewards[t] + gamma values[t + 1] (0 if terminated[t]) - values[t]
 *   advantages[t] = d[t] + gamma lambda advantages[t + 1] (0 if ended[t])
 * values[t + 1] has to be that of the last observation of an episode where t
 * is its last step, as it is when an environment is reset by the next step. */
MLRT_CHECK int mlrt_gae(mlrt *m, mlrt_tensor *rewards, mlrt_tensor *values,
                        mlrt_tensor *terminated, mlrt_tensor *ended,
                        double gamma, double lambda, mlrt_tensor *advantages);

/* ---- Files ------------------------------------------------------------ */

/* Reading: a file is data, never a program.  Every length in it is compared
 * with the bytes that are there before memory is taken, so a damaged or
 * hostile file gives MLRT_EFORMAT with its name and what is wrong, and a file
 * that cannot be read MLRT_EIO.  Only regular files are read.  What is
 * compressed may inflate to 128 MiB, or 100 times its size if that is more.
 *
 * Writing: the bytes go to a temporary beside the target, are fsynced and
 * renamed over it, so that at every moment the old or the new file is there,
 * whole.  A failure leaves the old one and no temporary.  The new file keeps
 * the old one's mode; a symbolic link stays and what it points to is replaced;
 * a target that is no regular file, or may not be written, is refused. */

/* Reads a whole file, gunzipped when it is gzip, into a new u8 tensor. */
MLRT_CHECK mlrt_tensor *mlrt_read_file(mlrt *m, const char *path);
/* Replaces `path` by n bytes. */
MLRT_CHECK int mlrt_write_file(mlrt *m, const char *path, const void *bytes,
                               size_t n);
/* The tensors of a model as a safetensors file: tensor i under names[i]. */
MLRT_CHECK int mlrt_save(mlrt *m, const char *path, const char *const *names,
                         mlrt_tensor *const *tensors, int n);
/* Reads those tensors of a safetensors file that `names` lists; it may hold
 * others.  Where tensors[i] is NULL a new reference is stored; a tensor that is
 * there already, of the same dtype and shape, is filled.  On failure (a name
 * that the file lacks, a shape that differs) nothing has changed. */
MLRT_CHECK int mlrt_load(mlrt *m, const char *path, const char *const *names,
                         mlrt_tensor **tensors, int n);
/* The same from `size` bytes in memory, such as a model compiled in. */
MLRT_CHECK int mlrt_load_memory(mlrt *m, const void *bytes, size_t size,
                                const char *const *names, mlrt_tensor **tensors,
                                int n);
/* IDX (LeCun's MNIST format), plain or gzipped: u8, f32, f64 and i32 as they
 * are, i8 and i16 as i32. */
MLRT_CHECK mlrt_tensor *mlrt_read_idx(mlrt *m, const char *path);
/* NumPy's npy, versions 1 to 3, either byte order, C or Fortran order (the
 * tensor is always in C order), gzipped or not; never pickle.  f16 becomes
 * f32; i8, i16, u16 i32; u32, u64 i64, which a u64 has to fit.  Written are
 * version 1.0 and C order; an index as i64, counting from 0. */
MLRT_CHECK mlrt_tensor *mlrt_read_npy(mlrt *m, const char *path);
MLRT_CHECK int mlrt_write_npy(mlrt *m, const char *path, mlrt_tensor *t);

/* Mounted buffers: names that stand for memory of the host's wherever a
 * function takes a path.  A reader is n bytes that stay until unmounted; a
 * sink receives whole what was written under its name, once, when the writer
 * has succeeded, and returns 0 or a status.  Mounting a name again replaces
 * it.  After mlrt_seal a path is such a name and nothing else: the context
 * reaches no file any more. */
typedef int mlrt_sink_fn(void *ud, const void *bytes, size_t n);
MLRT_CHECK int mlrt_mount(mlrt *m, const char *name, const void *bytes,
                          size_t n);
MLRT_CHECK int mlrt_mount_sink(mlrt *m, const char *name, mlrt_sink_fn *fn,
                               void *ud);
MLRT_API void mlrt_unmount(mlrt *m, const char *name);
MLRT_API void mlrt_seal(mlrt *m);
MLRT_API bool mlrt_sealed(const mlrt *m);

/* Named tensors and a table of strings, for safetensors files; without the
 * strings also for npz, NumPy's archives of npy files.  Names and texts are
 * UTF-8, no name occurs twice. */
typedef struct mlrt_bundle mlrt_bundle;
MLRT_CHECK mlrt_bundle *mlrt_bundle_new(mlrt *m);
MLRT_API void mlrt_bundle_free(mlrt_bundle *b);
/* Retains t, which is written as it is when the bundle is saved. */
MLRT_CHECK int mlrt_bundle_add(mlrt_bundle *b, const char *name,
                               mlrt_tensor *t);
MLRT_CHECK int mlrt_bundle_meta(mlrt_bundle *b, const char *key,
                                const char *text);
/* safetensors: F16 and BF16 become f32; I8, I16 and U16 i32; U32 and U64 i64.
 * An index is an I64 that the metadata call "index".  Tensors keep the order
 * of the header.  use_mmap: the tensors lie in the mapped file, read when
 * touched; changing them does not change the file.  It must not be cut short
 * while they live (replacing it by a new file is no harm), or touching them
 * ends the process with SIGBUS. */
MLRT_CHECK mlrt_bundle *mlrt_bundle_load(mlrt *m, const char *path,
                                         bool use_mmap);
/* The same from n bytes in memory, which are not needed afterwards. */
MLRT_CHECK mlrt_bundle *mlrt_bundle_load_memory(mlrt *m, const void *bytes,
                                                size_t n);
MLRT_CHECK int mlrt_bundle_save(mlrt_bundle *b, const char *path);
/* npz, its members stored or deflated, less than 4 GiB in all. */
MLRT_CHECK mlrt_bundle *mlrt_bundle_load_npz(mlrt *m, const char *path);
MLRT_CHECK int mlrt_bundle_save_npz(mlrt_bundle *b, const char *path,
                                    bool compress);
/* What is in it, in order; NULL when i is out of range.  Tensors and texts
 * are borrowed: the bundle owns them. */
MLRT_API int mlrt_bundle_count(const mlrt_bundle *b);
MLRT_API const char *mlrt_bundle_name(const mlrt_bundle *b, int i);
MLRT_API mlrt_tensor *mlrt_bundle_tensor(const mlrt_bundle *b, int i);
MLRT_API int mlrt_bundle_meta_count(const mlrt_bundle *b);
MLRT_API const char *mlrt_bundle_meta_key(const mlrt_bundle *b, int i);
MLRT_API const char *mlrt_bundle_meta_text(const mlrt_bundle *b, int i);
/* By name: the tensor, or NULL with a message; the text, or NULL. */
MLRT_API mlrt_tensor *mlrt_bundle_get(const mlrt_bundle *b, const char *name);
MLRT_API const char *mlrt_bundle_meta_get(const mlrt_bundle *b,
                                          const char *key);

#include "mlrt_frame.h"
#include "mlrt_ops.h"
#include "mlrt_rl.h"

/* A list and its length, where a function of mlrt_ops.h takes the two:
 * mlrt_zeros(m, MLRT_INTS(2, 3), MLRT_F32).  C++ has no such expression. */
#ifndef __cplusplus
#define MLRT_INTS(...)                                                         \
    (const int64_t[]){__VA_ARGS__},                                            \
        (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
#endif

#ifdef __cplusplus
}
#endif
#endif
