/* core.h: the structures shared inside core/.
 *
 * Names that begin with mlrt__ cross files but not the library's border.
 * The way of an operation: mlrt_op_call (op.c) looks at the row, the row's
 * `shape` validates and sizes the outputs, dispatch allocates them, the
 * row's `forward` hands plain arrays to a kernel, and grad.c records a node
 * from which the row's `backward` later builds gradients out of operations.
 */
#ifndef MLRT_CORE_H
#define MLRT_CORE_H

#include <stdatomic.h>
#include <string.h>

#include "kernels/kernels.h"
#include "mlrt.h"
#include "mlrt_ops_private.h"

typedef struct mlrt__op mlrt__op;
typedef struct mlrt__node mlrt__node;
typedef struct mlrt__call mlrt__call;
typedef struct mlrt__walk mlrt__walk;
typedef struct mlrt__workers mlrt__workers; /* a pool of threads */
typedef struct mlrt__cache mlrt__cache;
typedef struct mlrt__mount mlrt__mount;

/* ---- Memory (alloc.c) ------------------------------------------------- */

/* Cached, counted, sized: the size is given again when freeing.  Blocks of
 * 256 bytes or more are aligned to 64 (not in sanitizer builds, where each
 * is its own malloc of the exact size).  NULL: out of memory, said in m. */
void *mlrt__alloc(mlrt *m, size_t bytes);
void mlrt__free(mlrt *m, void *block, size_t bytes);
/* The same for tensor storage, counted apart and kept below the limit. */
void *mlrt__alloc_data(mlrt *m, size_t bytes);
void mlrt__free_data(mlrt *m, void *block, size_t bytes);
/* Charges a block of data to `to` instead of `from`, if both have it from the
 * C library and `to` has room; otherwise false, and nothing changed. */
bool mlrt__move_data(mlrt *to, mlrt *from, size_t bytes);
/* A table of `count` elements that grows: room for one more after n. */
int mlrt__grow(mlrt *m, void *table, int *cap, int n, size_t element);
mlrt__cache *mlrt__cache_open(const mlrt_config *config);
void mlrt__cache_close(mlrt__cache *cache, const mlrt_config *config);
/* a * b without wrapping: false if it does not fit. */
static inline bool mlrt__mul(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product) && *product < SIZE_MAX / 4;
}
/* Bytes of a head and n elements behind it; when that is too much, more than
 * any request for memory is granted. */
static inline size_t mlrt__room(size_t head, size_t n, size_t element) {
    size_t bytes;
    bool fits = mlrt__mul(n, element, &bytes) && head < SIZE_MAX / 4;
    return fits ? head + bytes : SIZE_MAX;
}
/* Elements of a shape, and bytes of a tensor of it: the one place where
 * sizes become lengths.  Negative sizes and overflow fail, with a message
 * that begins with `what`. */
int mlrt__shape_numel(mlrt *m, const char *what, int ndim, const int64_t *shape,
                      int64_t *numel);
int mlrt__shape_bytes(mlrt *m, const char *what, mlrt_dtype dtype, int ndim,
                      const int64_t *shape, size_t *bytes);

/* ---- Tensors (tensor.c) ----------------------------------------------- */

typedef struct mlrt__storage {
    atomic_int refs;
    uint32_t version;   /* counts writes in place */
    uint32_t rebinds;   /* counts recorded writes: earlier views are stale */
    const char *writer; /* op that last wrote in place, for messages */
    void *data;
    size_t bytes;
    mlrt *owner; /* whose allocator it is charged to */
    void (*release)(void *ud, void *data); /* borrowed memory */
    void *ud;
    bool borrowed;
    bool joined;        /* the data follow this struct in its block */
    atomic_bool shared; /* with another context: read-only from then on */
    struct mlrt__storage *next_orphan; /* see share.c */
} mlrt__storage;

enum {
    MLRT__REQUIRES_GRAD = 1, /* a leaf that collects a gradient */
    MLRT__VIEW = 2,          /* made by a view row */
    MLRT__WRAPPED = 4,       /* a number: does not take part in promotion */
    MLRT__RETAIN_GRAD = 8,   /* non-leaf that keeps its gradient */
    MLRT__STALE_GRAD = 16    /* a walk failed while filling the gradient */
};

struct mlrt_tensor {
    atomic_int refs;
    uint8_t dtype, ndim, flags;
    uint32_t rebinds; /* of the storage, when this handle was bound */
    int64_t numel;
    int64_t shape[MLRT_MAX_DIMS];
    int64_t stride[MLRT_MAX_DIMS]; /* elements; 0 along broadcast dims */
    int64_t offset;                /* elements */
    mlrt__storage *storage;
    mlrt *ctx;
    mlrt__node *node; /* what made it; NULL for leaves and constants */
    int out;          /* which output of node */
    mlrt_tensor *grad;
    mlrt_hook *hooks; /* of a leaf; those of others are the node's */
};

static inline size_t mlrt__dsize(int dtype) {
    static const uint8_t size[] = {4, 8, 8, 4, 1, 1, 8};
    return size[dtype];
}
static inline bool mlrt__is_float(int dtype) {
    return dtype == MLRT_F32 || dtype == MLRT_F64;
}
static inline char *mlrt__ptr(const mlrt_tensor *t) {
    return (char *)t->storage->data + (size_t)t->offset * mlrt__dsize(t->dtype);
}
static inline bool mlrt__tracked(const mlrt_tensor *t) {
    return t->node || (t->flags & MLRT__REQUIRES_GRAD);
}
/* A failed operand, or none where a tensor has to be. */
static inline bool mlrt__absent(const mlrt_tensor *t) {
    return !t || !t->ctx;
}
/* Makes t a 0-d handle, of the C stack, over one element of the same. */
static inline void mlrt__on_stack(mlrt_tensor *t, mlrt__storage *s, mlrt *m,
                                  int dtype, void *element) {
    atomic_init(&s->refs, 1);
    s->version = s->rebinds = 0;
    s->writer = NULL;
    s->data = element;
    s->bytes = mlrt__dsize(dtype);
    s->owner = m;
    s->borrowed = s->joined = false;
    atomic_init(&s->shared, false);
    atomic_init(&t->refs, 1);
    t->dtype = (uint8_t)dtype;
    t->ndim = t->flags = 0;
    t->rebinds = 0;
    t->numel = 1;
    t->offset = 0;
    t->storage = s;
    t->ctx = m;
    t->node = NULL;
    t->grad = NULL;
    t->hooks = NULL;
}
bool mlrt__contiguous(const mlrt_tensor *t);
bool mlrt__same_shape(const mlrt_tensor *a, const mlrt_tensor *b);
/* A handle over storage (retained) with a given geometry; NULL strides mean
 * C order. */
mlrt_tensor *mlrt__handle(mlrt *m, mlrt__storage *s, int dtype, int ndim,
                          const int64_t *shape, const int64_t *stride,
                          int64_t offset);
/* Same storage and geometry, no history. */
/* Uninitialised, with the shape of x, which is in C order. */
mlrt_tensor *mlrt__empty_like(mlrt *m, int dtype, const mlrt_tensor *x);
mlrt_tensor *mlrt__alias(mlrt *m, const mlrt_tensor *t);
mlrt_tensor *mlrt__full(mlrt *m, int dtype, int ndim, const int64_t *shape,
                        double value);
/* One reference less, on the thread that uses m. */
void mlrt__storage_release(mlrt *m, mlrt__storage *s);
void mlrt__storage_free(mlrt__storage *s); /* after the last of them */
mlrt__storage *mlrt__storage_new(mlrt *m, size_t bytes);
/* Releases a temporary, whether a scope owns it or not. */
void mlrt__drop(mlrt *m, mlrt_tensor *t);
/* Gives a reference to the innermost scope, if there is one. */
int mlrt__adopt(mlrt *m, mlrt_tensor *t);
/* Marks a write in place by the op called `writer`. */
static inline void mlrt__wrote(mlrt_tensor *t, const char *writer) {
    t->storage->version++;
    t->storage->writer = writer;
}
void mlrt__contiguous_strides(int ndim, const int64_t *shape, int64_t *stride);
/* t as a C-order tensor: a new reference to t itself when it is one. */
mlrt_tensor *mlrt__contig(mlrt *m, mlrt_tensor *t);
/* "(2, 3)" of any length; returns buf. */
#define MLRT__SHAPE_TEXT 128
const char *mlrt__shape_text(char *buf, int ndim, const int64_t *shape);
#define MLRT__ST(t)                                                            \
    mlrt__shape_text((char[MLRT__SHAPE_TEXT]){0}, (t)->ndim, (t)->shape)

/* ---- Between contexts (share.c) --------------------------------------- */

/* The last reference to shared storage is gone, on the thread that uses m. */
void mlrt__shared_release(mlrt *m, mlrt__storage *s);
/* Frees what other contexts' threads were the last to let go of. */
void mlrt__adopt_orphans(mlrt *m);
/* Fails, in m, when t's memory is shared; the message begins with `what`. */
int mlrt__check_writable(mlrt *m, const char *what, const mlrt_tensor *t);

/* ---- Strided iteration (iter.c) --------------------------------------- */

#define MLRT__MAX_OPERANDS 6
#define MLRT__GRAIN (1 << 14) /* elements of a task, a few microseconds */
/* Walks up to six operands over one shape, dimensions merged and ordered so
 * that the innermost is the longest run.  Strides are in bytes. */
typedef struct mlrt__iter {
    int nops, ndim;
    int64_t numel;
    int64_t weight; /* what an element costs; 1 unless set after the merge */
    int64_t shape[MLRT_MAX_DIMS];
    int64_t stride[MLRT__MAX_OPERANDS][MLRT_MAX_DIMS];
    char *ptr[MLRT__MAX_OPERANDS];
} mlrt__iter;
void mlrt__iter_init(mlrt__iter *it, int ndim, const int64_t *shape);
/* Adds an operand; its shape broadcasts to the iterator's. */
void mlrt__iter_add(mlrt__iter *it, const mlrt_tensor *t);
void mlrt__iter_merge(mlrt__iter *it); /* after the last add */
/* Runs `loop` over everything, in parallel when large.  Stops early, with
 * MLRT_ECANCEL, when interrupted and `poll`. */
int mlrt__iter_run(mlrt *m, mlrt__iter *it, mlrt__loop *loop, const double *k,
                   bool poll);

/* ---- Threads (parallel.c) --------------------------------------------- */

/* fn(arg, i) for i in 0..n-1, on the context's pool; returns when all are
 * done.  What a task computes must not depend on which thread runs it.
 * Returns MLRT_ECANCEL (some tasks not run) if interrupted and `poll`. */
typedef void mlrt__task(void *arg, int64_t i);
int mlrt__parallel(mlrt *m, int64_t n, mlrt__task *fn, void *arg, bool poll);
mlrt__workers *mlrt__pool_open(mlrt *m, int threads);
void mlrt__pool_close(mlrt__workers *p);
/* Calls to BLAS and LAPACK stand between these two: a lock when the
 * library is not safe to call from two threads, nothing otherwise. */
void mlrt__blas_enter(void);
void mlrt__blas_leave(void);
int mlrt__blas_setup(mlrt *m);

/* ---- Random numbers (random.c) ---------------------------------------- */

struct mlrt_generator {
    uint64_t key, position;
    mlrt *ctx;
};
/* The four words of block `i` of the stream. */
void mlrt__philox(uint64_t key, uint64_t i, uint32_t out[4]);
/* Reserves `blocks` blocks of four words; returns the first. */
uint64_t mlrt__take(mlrt_generator *g, uint64_t blocks);

/* ---- Operations (op.c, rule.c) ---------------------------------------- */

/* Saved-for-backward masks: bit i is argument i, bit 16 + i output i. */
#define MLRT__IN(i) (1u << (i))
#define MLRT__OUT(i) (1u << (16 + (i)))

/* A row.  See docs/design.md, "One op, one place". */
struct mlrt__op {
    const char *name;
    const char *args; /* "x: tensor, dim: dim = -1, keepdim: bool = false" */
    const char *outs; /* "y"; "values, indices"; "ys..."; `_name` is hidden,
                         what stands behind a ; is not for the C function */
    const char *doc;  /* first sentence, then details, units, source */
    mlrt_op_kind kind;
    bool inplace; /* elementwise: `name_` may write over the first input */
    const char *kernel;  /* loop to use, if not the op's own name */
    uint32_t contiguous; /* arguments that forward wants in C order; dispatch
                            copies the others (shape sees them as given) */
    /* Validates everything; fills c->out[] and c->scratch_bytes. */
    int (*shape)(mlrt__call *c);
    /* Fills the outputs; fails for data reasons only.  NULL for views. */
    int (*forward)(mlrt__call *c);
    /* Instead of the above: builds outputs from other operations. */
    int (*compose)(mlrt__call *c);
    /* Stores gradients of the inputs with mlrt__give; NULL: none exists. */
    void (*backward)(mlrt__walk *w);
    /* saves[i]: what the gradient of argument i needs. */
    uint32_t saves[8];
    double (*flops)(const mlrt__call *c); /* NULL: one per output element */
    const char *const *samples; /* NULL-terminated; see docs/design.md */
};

/* A row's samples: a list that ends with NULL. */
#define SAMPLES(...)                                                           \
    (const char *const[]) {                                                    \
        __VA_ARGS__, NULL                                                      \
    }

/* An output to be made. */
typedef struct mlrt__spec {
    int dtype, ndim;
    int64_t shape[MLRT_MAX_DIMS];
    int64_t stride[MLRT_MAX_DIMS]; /* views only */
    int64_t offset;                /* views only, elements */
} mlrt__spec;

#define MLRT__INLINE_OUTS 4
/* One operation under way; lives on the stack of mlrt_op_call. */
struct mlrt__call {
    mlrt *m;
    const mlrt__op *op;
    int id, nargs;
    mlrt_arg arg[MLRT_MAX_ARGS]; /* numbers in operand places are tensors */
    int nout;                    /* set by shape; 1 unless changed */
    int shown;                   /* of them are given, set by shape, too */
    mlrt__spec *out;             /* nout of them */
    mlrt_tensor **y;             /* the outputs */
    size_t scratch_bytes;        /* asked for by shape */
    void *scratch;
    bool in_place;
    int common; /* elementwise: the dtype that is computed in */
    /* The usual case: an operand that has the shape of all tensors and of the
     * result, all of one float type and in C order; else NULL. */
    const mlrt_tensor *like;
    uint32_t kept; /* operands that the write destroys but backward needs: */
    mlrt_tensor *before[MLRT_MAX_ARGS]; /* copies of them */
    mlrt__spec inline_out[MLRT__INLINE_OUTS];
    mlrt_tensor *inline_y[MLRT__INLINE_OUTS];
    struct {
        mlrt_tensor t;
        mlrt__storage s;
        double value;
    } number[3]; /* wrapped numbers */
    int nnumbers;
    int64_t pair[4][2]; /* defaults and single values of pair arguments */
    int npairs;
};

/* Arguments of a call, by position. */
static inline mlrt_tensor *mlrt__t(const mlrt__call *c, int i) {
    return c->arg[i].kind == MLRT_VAL_TENSOR ? c->arg[i].u.t : NULL;
}
static inline int64_t mlrt__i(const mlrt__call *c, int i) {
    return c->arg[i].u.i;
}
static inline double mlrt__d(const mlrt__call *c, int i) {
    return c->arg[i].u.d;
}
static inline bool mlrt__has(const mlrt__call *c, int i) {
    return c->arg[i].kind != MLRT_VAL_NONE;
}
mlrt_generator *mlrt__gen(const mlrt__call *c, int i);

/* For shape rules.  Each returns 0 or a status; messages begin with the
 * op's name. */
int mlrt__bad(const mlrt__call *c, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int mlrt__outs(mlrt__call *c, int n); /* more than MLRT__INLINE_OUTS */
/* Output i gets this dtype and shape. */
int mlrt__out(mlrt__call *c, int i, int dtype, int ndim, const int64_t *shape);
int mlrt__out_like(mlrt__call *c, int i, const mlrt_tensor *t);
/* Argument i (a dim) checked against ndim and made non-negative.  On a 0-d
 * tensor dims 0 and -1 are allowed, as in PyTorch. */
int mlrt__dim(const mlrt__call *c, int i, int ndim, int *dim);
/* Argument i (dims, absent: all) as a bit mask. */
int mlrt__dims(const mlrt__call *c, int i, int ndim, uint32_t *mask);
/* A position: -size..size-1 made non-negative. */
int mlrt__pos(const mlrt__call *c, const char *what, int64_t pos, int64_t size,
              int64_t *out);
/* How a position is shown in messages: with the caller's base. */
int64_t mlrt__shown(const mlrt *m, int64_t pos);
/* Broadcast of tensors a and b into out i. */
int mlrt__broadcast(const mlrt__call *c, int na, const int64_t *a, int nb,
                    const int64_t *b, int *n, int64_t *shape);
/* The same for the shapes of arguments i and j, into output 0. */
int mlrt__broadcast_out(mlrt__call *c, int i, int j, int dtype);
int mlrt__want_float(const mlrt__call *c, int i);
int mlrt__want_ndim(const mlrt__call *c, int i, int ndim);
/* The loop of this op for a dtype; NULL when it has none. */
mlrt__loop *mlrt__loop_of(const mlrt__call *c, int dtype);
/* Position-valued arguments outside -1..size-1 fail. */
int mlrt__check_index(const mlrt__call *c, const mlrt_tensor *index,
                      int64_t size, bool none_allowed);
/* Compiles the rows' argument texts; fills m's tables. */
int mlrt__ops_open(mlrt *m);
void mlrt__ops_close(mlrt *m);

/* ---- Autograd (grad.c) ------------------------------------------------ */

/* Where a gradient goes next. */
typedef struct mlrt__edge {
    mlrt__node *node;  /* the producer of the input, */
    mlrt_tensor *leaf; /* or the leaf itself; both NULL: no gradient */
    int out;
    int dtype, ndim;
    int64_t shape[MLRT_MAX_DIMS];
} mlrt__edge;

typedef struct mlrt__saved {
    mlrt_tensor *t;
    uint32_t version;
    int slot; /* above 0: computed again by the node's checkpoint */
} mlrt__saved;

typedef struct mlrt__custom mlrt__custom;

/* A recorded operation; one block of memory. */
struct mlrt__node {
    int refs;
    uint64_t seq; /* later nodes have larger numbers: a topological order */
    const mlrt__op *op; /* NULL: a custom function */
    int id;             /* of op */
    const char *name;
    mlrt *ctx;
    size_t bytes;
    int nargs, nedges, nout;
    bool queued, spent, running; /* in a heap; freed; in its backward */
    bool rerun;           /* recorded by the second run of a checkpoint */
    mlrt_arg *arg;        /* copies, tensors replaced by saved ones */
    mlrt__edge *edge;     /* one per tensor operand, lists flattened */
    mlrt__saved *saved;   /* nedges, then nout; t NULL: not saved */
    mlrt__edge *out_spec; /* dtype and shape of each output */
    mlrt_tensor **gout;   /* gradients collected during a walk */
    mlrt_tensor **keep;   /* per output: non-leaf that retains its grad,
                             not counted */
    mlrt__custom *custom;
    int site; /* where a profile saw it recorded; 0: no profile did */
    mlrt_checkpoint *checkpoint; /* that its slots belong to */
    mlrt_hook *hooks;            /* of its outputs */
    char *where; /* detect_anomaly: the host's line, MLRT__WHERE bytes */
    mlrt__node *next_dead; /* freeing is iterative */
};
enum { MLRT__WHERE = 256 };

/* What a backward function sees.  Operations it calls are recorded only
 * under CREATE_GRAPH; everything they make is freed after it, but what it
 * gave. */
struct mlrt__walk {
    mlrt *m;
    mlrt__node *node;
    mlrt_tensor **gin; /* one per edge */
    int flags;
};
/* Arguments are numbered as in the row; _at: element j of a list. */
bool mlrt__need(const mlrt__walk *w, int arg); /* is its gradient wanted? */
bool mlrt__need_at(const mlrt__walk *w, int arg, int j);
/* Gradient of output i (zeros when none arrived); borrowed. */
mlrt_tensor *mlrt__g(mlrt__walk *w, int i);
bool mlrt__has_g(const mlrt__walk *w, int i);
/* The saved operand (NONE when it was absent), or output i; borrowed. */
mlrt_tensor *mlrt__in(mlrt__walk *w, int arg);
mlrt_tensor *mlrt__saved_out(mlrt__walk *w, int i);
const mlrt_arg *mlrt__arg(const mlrt__walk *w, int arg);
/* Dtype and shape of an operand, saved or not. */
const mlrt__edge *mlrt__operand(const mlrt__walk *w, int arg);
const mlrt__edge *mlrt__operand_at(const mlrt__walk *w, int arg, int j);
/* The gradient of an argument.  A broadcast operand's gradient is summed,
 * and its dtype restored, by the walk. */
void mlrt__give(mlrt__walk *w, int arg, mlrt_tensor *g);
void mlrt__give_at(mlrt__walk *w, int arg, int j, mlrt_tensor *g);

/* Records a finished call: gives its outputs a node. */
int mlrt__record(mlrt__call *c);
bool mlrt__records(const mlrt__call *c);
/* What the gradients that matter need, as in mlrt__op.saves. */
uint32_t mlrt__needed(const mlrt__call *c);
/* Copies of operands that backward needs and a write in place will destroy:
 * the target, and whatever shares its memory. */
int mlrt__keep_before(mlrt__call *c);
void mlrt__drop_before(mlrt__call *c);
void mlrt__node_release(mlrt__node *n);
/* May this handle be read or written now?  (Stale views, see design.) */
int mlrt__check_operand(const mlrt__call *c, const mlrt_tensor *t);
int mlrt__check_inplace(const mlrt__call *c, const mlrt_tensor *t);
/* Sum t over broadcast dimensions to `shape`. */
mlrt_tensor *mlrt__sum_to(mlrt *m, mlrt_tensor *t, int ndim,
                          const int64_t *shape);

/* ---- Profiling (profile.c) -------------------------------------------- */

/* Something that is timed; lives on the stack of what it times.  When no
 * profile runs m->profile is NULL, and that is all that is looked at. */
typedef struct mlrt__span {
    struct mlrt__span *outer;
    mlrt_profile *profile;
    int64_t start;  /* ns */
    double flops;   /* m->flops at the start */
    uint64_t since; /* m->next_seq */
    int64_t inner_ns;
    double inner_flops;
} mlrt__span;
void mlrt__span_begin(mlrt *m, mlrt__span *s);
void mlrt__span_end(mlrt *m, mlrt__span *s, const char *name, int dtype,
                    double bytes);
/* Of a profile that runs: what a node made now remembers. */
int mlrt__profile_site(mlrt *m);
/* The end of the span around an operation. */
void mlrt__profile_op(mlrt__call *c, mlrt__span *s, int err);

/* ---- Hooks (hook.c) --------------------------------------------------- */

/* Runs those of output `out`; *g is replaced by what they return. */
int mlrt__hooks_run(mlrt *m, mlrt_hook *list, int out, mlrt_tensor **g);
void mlrt__hooks_free(mlrt_hook *list);

/* ---- Finding NaN (anomaly.c) ------------------------------------------ */

/* Around a call: the first says what the second shall do, 0 being nothing. */
int mlrt__watch_before(const mlrt__call *c);
int mlrt__watch_after(mlrt__call *c, int watch);
/* Has the host say where its program is. */
void mlrt__note_place(mlrt__node *n);
int mlrt__watch_gradients(const mlrt__node *n, mlrt_tensor *const *gin);
int mlrt__watch_seed(const mlrt_tensor *g);

/* ---- Checkpoints (checkpoint.c) --------------------------------------- */

/* Takes of a generator while a checkpoint runs. */
uint64_t mlrt__checkpoint_take(mlrt_generator *g, uint64_t blocks);

/* ---- Context (context.c) ---------------------------------------------- */

struct mlrt {
    mlrt_config config;
    atomic_int interrupted;
    int masked;         /* > 0: interruptions wait */
    int refs;           /* 1 while open, + live handles */
    atomic_int outside; /* 1 while there are refs, + shared storages */
    _Atomic(mlrt__storage *) orphans; /* see share.c */
    bool closed;
    int errcode;
    char errmsg[640];
    mlrt__cache *cache;
    mlrt_memory_info mem;
    bool reclaiming;
    const mlrt__kernels *k;
    mlrt__workers *pool;
    int threads;
    bool grad_mode;
    int anomaly;          /* what is looked for: mlrt_anomaly_flags */
    mlrt_where_fn *where; /* asked for the host's line */
    void *where_ud;
    int in_backward;             /* backward functions under way */
    int walking, hooking;        /* walks, and runs of hooks */
    mlrt_checkpoint *checkpoint; /* the innermost that runs */
    mlrt_checkpoint *filled;     /* whose slots a walk has filled */
    uint64_t next_seq;
    mlrt__node *dead; /* nodes waiting to be freed */
    bool freeing;
    double flops;
    double progress_at;    /* flops at which the host is told */
    mlrt_profile *profile; /* NULL unless one runs */
    int next_site;         /* sites are numbered on from profile to profile */
    int walk_site;         /* 1 + the node's site inside a walk, else 0 */
    int64_t deadline;      /* nanoseconds of the monotonic clock; 0: none */
    bool flops_limited;    /* to this many from now on: */
    double flops_left;
    mlrt__mount *mounts;          /* names that stand for memory (io/mount.c) */
    bool sealed;                  /* and nothing else is reached */
    struct mlrt__env_entry *envs; /* registered types (rl/env.c) */
    mlrt_generator gen;
    /* scopes */
    mlrt_tensor **scope;
    int scope_n, scope_cap, scope_depth;
    int scope_floor; /* scopes below it are suspended */
    int scope_mark[64];
    /* operations */
    int nops;
    const mlrt__op **op; /* by id */
    mlrt_op_info *info;  /* by id */
    int8_t *all_outs;    /* by id: outputs named, hidden ones included */
    mlrt_arg_spec *specs;
    int nspecs;
    mlrt__loop *(*loops)[MLRT_NDTYPES];
    int16_t *op_hash; /* open addressing over names */
    int op_hash_size;
    int16_t *wrapper; /* id of each generated C wrapper, or -1 */
    int nwrappers;
    char blas[96];
    bool blas_behind; /* BLAS's kernels have shorter vectors than ours */
};

void mlrt__mounts_close(mlrt *m);
void mlrt__envs_close(mlrt *m);
void mlrt__context_release(mlrt *m);       /* one handle less */
void mlrt__outside_release(mlrt *m);       /* one of `outside` less */
void mlrt__tell_progress(mlrt *m);         /* calls the host's `progress` */
void mlrt__track(mlrt *m, mlrt_tensor *t); /* a new handle: scope, counts */

/* ---- Limits (limit.c) ------------------------------------------------- */

bool mlrt__late(const mlrt *m);
/* Must what runs stop, by request or because its time is over? */
static inline bool mlrt__stop(const mlrt *m) {
    return (atomic_load_explicit(&m->interrupted, memory_order_relaxed) != 0 &&
            m->masked == 0) ||
           (m->deadline && mlrt__late(m));
}
/* Says why; returns the status. */
int mlrt__stopped(mlrt *m);
/* Refuses a call whose operands have more elements than can be looked at
 * within the limits. */
int mlrt__afford_operands(const mlrt__call *c);
/* Where they are limited: takes what a call will compute from what is left, or
 * refuses it. */
int mlrt__afford(const mlrt__call *c, double flops);
static inline bool mlrt__limited(const mlrt *m) {
    return m->deadline || m->flops_limited;
}

#endif
