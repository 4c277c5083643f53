/* lapack.h: LAPACK for f32 and f64 behind one table, and running it over a
 * batch of matrices.
 *
 * LAPACK's matrices lie column by column: to it, a tensor's matrix A is A^T.
 * Most rows use that (a factor of A^T is a factor of A) instead of turning
 * the matrix.
 */
#ifndef MLRT_LAPACK_H
#define MLRT_LAPACK_H

#include "core.h"

/* As in LAPACK's manual; matrices lie column by column and without spaces.
 * Each returns LAPACK's info.  A size of -1 asks for the work space needed,
 * which mlrt__lapack_size reads out of `work`. */
typedef void mlrt__turn(const void *x, int64_t sx, void *y, int64_t sy,
                        int64_t n, int64_t w, size_t size);
typedef struct mlrt__lapack {
    int (*getrf)(int n, void *a, int *pivots);
    /* a^T x = b, x over b */
    int (*getrs)(int n, int nrhs, const void *a, const int *pivots, void *b);
    int (*getri)(int n, void *a, const int *pivots, void *work, int size);
    int (*potrf)(char uplo, int n, void *a);
    int (*geqrf)(int m, int n, void *a, void *tau, void *work, int size);
    int (*orgqr)(int m, int n, int k, void *a, const void *tau, void *work,
                 int size);
    int (*gesdd)(char job, int m, int n, void *a, void *s, void *u, void *vt,
                 int ldvt, void *work, int size, int *iwork);
    int (*syevd)(char job, int n, void *a, void *w, void *work, int size,
                 int *iwork, int isize);
    int (*gelsd)(int m, int n, int nrhs, void *a, void *b, int ldb, void *s,
                 double rcond, int *rank, void *work, int size, int *iwork);
    /* BLAS on matrices that lie row by row: b = op(a)^-1 b, or b op(a)^-1
     * unless left, for b: (m, n); turned: op(a) is a^T. */
    void (*trsm)(bool left, bool upper, bool turned, bool unit, int m, int n,
                 const void *a, void *b);
    /* c = op(a) op(b), row by row, for op(a): (m, k) and op(b): (k, n). */
    void (*gemm)(bool turn_a, bool turn_b, int m, int n, int k, const void *a,
                 const void *b, void *c);
    /* Half of y, the upper or the lower one with the diagonal, row by row,
     * is that of (a + a^T) / 2; the rest may be written too. */
    void (*mirror)(mlrt__turn *turn, bool upper, int n, const void *a, void *y);
    /* y = scale[i] times row i of y: (m, n) */
    void (*scale_rows)(int m, int n, const void *scale, void *y);
    /* Element i as a double, and back. */
    double (*get)(const void *a, int64_t i);
    void (*set)(void *a, int64_t i, double v);
} mlrt__lapack;
const mlrt__lapack *mlrt__lapack_for(int dtype);
/* The size that a query left in `work`, with a margin for its rounding to
 * the dtype; -1 if LAPACK's integers cannot count it. */
int mlrt__lapack_size(const mlrt__lapack *l, const void *work);

/* ---- Batches ---------------------------------------------------------- */

/* Leading dimensions of two operands, broadcast: which matrix of each (both
 * in C order) belongs to matrix i of the result. */
typedef struct mlrt__batch {
    int ndim;
    int64_t shape[MLRT_MAX_DIMS];
    int64_t step[2][MLRT_MAX_DIMS]; /* in matrices */
    int64_t count;
} mlrt__batch;
/* na, nb: how many of the last dimensions are not the batch's. */
int mlrt__batch_of(const mlrt__call *c, const mlrt_tensor *a, int na,
                   const mlrt_tensor *b, int nb, mlrt__batch *batch);
int64_t mlrt__batch_at(const mlrt__batch *batch, int operand, int64_t i);

/* One computation for each of `count` matrices, several at a time. */
enum { MLRT__LANES = 16 };
typedef struct mlrt__job mlrt__job;
/* Does matrix i; returns 0, or what is wrong with it (1 or more). */
typedef int mlrt__job_fn(const mlrt__job *j, int64_t i, char *work);
struct mlrt__job {
    const mlrt__lapack *l;
    mlrt__job_fn *fn;
    int64_t count;
    size_t size; /* of an element */
    size_t work; /* bytes that fn needs, a sum of mlrt__piece_bytes */
    int lwork;   /* LAPACK's part of it, elements */
    int m, n, k; /* for fn, as are the following */
    bool flag[3];
    double number, least;
    const char *in[2];
    char *out[3];
    const mlrt__batch *batch;
    const mlrt *context; /* set by mlrt__job_run, as is the rest */
    char *scratch;
    int64_t bad; /* the first matrix that failed, and how */
    int info;
    int64_t lane_bad[MLRT__LANES];
    int lane_info[MLRT__LANES];
};
/* Sets c->scratch_bytes. */
int mlrt__job_scratch(mlrt__call *c, const mlrt__job *j);
/* 0, MLRT_ECANCEL, or MLRT_ENUMERIC for which mlrt__job_bad has still to be
 * called. */
int mlrt__job_run(mlrt__call *c, mlrt__job *j);
/* "solve: the matrix " + text, or "solve: matrix 2 of the batch " + text. */
int mlrt__job_bad(const mlrt__call *c, const mlrt__job *j, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
/* The factors of j->n x j->n matrix number `at` of j->in[0], made in work:
 * A^T = P L U, column by column.  Returns getrf's info. */
int mlrt__job_factor(const mlrt__job *j, int64_t at, char **work, char **lu,
                     int **pivots);
size_t mlrt__factor_bytes(const mlrt__job *j);
/* y, of which columns lie together and `ld` apart, = x (m, n), and back: y
 * (m, n) = the first m elements of n columns of x. */
void mlrt__to_columns(const mlrt__job *j, int m, int n, const void *x, void *y,
                      int ld);
void mlrt__to_rows(const mlrt__job *j, int m, int n, const void *x, int ld,
                   void *y);
/* Room for count elements of `size` bytes; *work moves behind it. */
void *mlrt__piece(char **work, int64_t count, size_t size);
size_t mlrt__piece_bytes(int64_t count, size_t size);

/* ---- Checks and small matrices ---------------------------------------- */

/* Argument i is a float tensor of (square) matrices whose sides LAPACK can
 * count, with at least ndim dimensions. */
int mlrt__want_matrix(const mlrt__call *c, int i);
int mlrt__want_square(const mlrt__call *c, int i);
/* The usual start of a job on argument 0, a batch of m x n matrices. */
void mlrt__job_of(const mlrt__call *c, mlrt__job *j);
/* Matrix i of an array of rows x cols ones. */
char *mlrt__matrix(const mlrt__job *j, const char *first, int64_t i, int rows,
                   int cols);
/* Argument i holds no nan and no inf. */
int mlrt__want_finite(const mlrt__call *c, int i);
/* An (n, n) tensor of three values: below, on and above the diagonal. */
mlrt_tensor *mlrt__triangle(mlrt *m, int dtype, int64_t n, double below,
                            double on, double above);
/* The gradient that pinv gives to a, from p = pinv(a) and p's gradient. */
mlrt_tensor *mlrt__pinv_gradient(mlrt *m, mlrt_tensor *a, mlrt_tensor *p,
                                 mlrt_tensor *g);
/* x with its last two dimensions exchanged. */
mlrt_tensor *mlrt__turned(mlrt *m, mlrt_tensor *x);

#endif
