/* gemm.c: products of matrices of any size, in parallel.
 *
 * A product is cut into tiles by its sizes alone, each tile is one call, on
 * one thread, of BLAS, or of our own kernels where `rules` says that they are
 * faster (or for all, where BLAS does not know the CPU or was left out).  A cut
 * repeats work, because BLAS copies ("packs") its operands: tiles of tm rows
 * pack b once more each, tiles of tn columns pack a, and tiles along k make
 * partial results that must be added (in a fixed order).  The model of these
 * costs, `cost`, was fitted to tiles of many shapes against the uncut product,
 * with OpenBLAS 0.3.21's AVX2 and AVX-512 kernels.  Sides are halved where that
 * costs least while the sum stays small.
 *
 * Clearing c before its tiles are added to costs as much as letting BLAS
 * clear it, but BLAS does so by memset only where rows of c are complete:
 * tiles narrower than c are therefore added to zeros made in one pass.
 */
#include <limits.h>

#include "gemm.h"
#include "kernels/gemm.h"
#ifndef MLRT_NO_BLAS
#include <cblas.h>
#endif

enum {
    TASK = 3 << 20,      /* multiplications worth a task, some 60 us */
    TASK_ONCE = 1 << 19, /* where each element of a matrix is used once */
    HUGE_TASK = 1 << 30, /* more than this between two looks at the flag */
    ROUND = 16,          /* sides of tiles are multiples of this */
    DOT = 1 << 14,       /* elements of a dot product added in one go */
    UNPACKED = 900000,   /* multiplications that BLAS does without packing */
    THIN = 1024,         /* elements of c where that pays, along k, */
    FEW = 8,             /* rows or columns, along the other side, */
    SHORT = 32,          /* in pieces that are no shorter; */
    SLIM = 32,           /* the same where both have k as neighbours, */
    SLIM_WIDE = 64,      /* with vectors of 64 bytes */
    CACHED = 1 << 16,    /* elements of an operand that stays near */
    CLEAR = 1 << 16      /* bytes of c worth a pass of their own */
};

/* ---- One tile --------------------------------------------------------- */

static int64_t step_of(int64_t n, int64_t step) {
    return n > 1 ? step : 1;
}

bool mlrt__gemm_reads(int64_t rows, int64_t cols, const int64_t step[2]) {
    int64_t r = step_of(rows, step[0]), c = step_of(cols, step[1]);
    if (r > INT_MAX || c > INT_MAX)
        return false;
    if (rows <= 1 || cols <= 1)
        return r >= 1 && c >= 1;
    return (c == 1 && r >= cols) || (r == 1 && c >= rows);
}

#ifdef MLRT_NO_BLAS
static void add_f32(void *y, const void *x, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        ((float *)y)[i] += ((const float *)x)[i];
}
static void add_f64(void *y, const void *x, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        ((double *)y)[i] += ((const double *)x)[i];
}
static void scale_f32(const mlrt__block *q) {
    for (int64_t i = 0; i < q->n; i++)
        ((float *)q->c)[i] *= (float)q->beta;
}
static void scale_f64(const mlrt__block *q) {
    for (int64_t i = 0; i < q->n; i++)
        ((double *)q->c)[i] *= q->beta;
}

static void multiply(mlrt *m, int dtype, const mlrt__block *q) {
    m->k->gemm->multiply[dtype == MLRT_F64](q);
}
#else
/* BLAS's leading dimension; across: the columns are what lies together. */
static int leading(int64_t rows, int64_t cols, const int64_t step[2],
                   bool *across) {
    *across = !((cols == 1 || step[1] == 1) && (rows == 1 || step[0] >= cols));
    if (*across)
        return (int)(cols > 1 ? step[1] : rows);
    return (int)(rows > 1 ? step[0] : cols);
}

/* Where both operands have the elements of k as neighbours, as in a linear
 * layer, those kernels of OpenBLAS's take up to THIN results.  Sums of 3 to 64
 * samples took a ninth to nine tenths of the time in such pieces. */
static int64_t slim_piece(const mlrt__block *q, int few, int *side) {
    int64_t least = q->m < q->n ? q->m : q->n, piece;
    if (least > few || q->m * q->n <= THIN)
        return 0;
    *side = q->m < q->n;
    piece = UNPACKED / (least * q->k);
    piece = piece < THIN / least ? piece : THIN / least;
    return piece >= ROUND ? piece / ROUND * ROUND : piece >= 4 ? piece : 0;
}

/* BLAS may have kernels for products of up to a million multiplications that
 * do not pack their operands (OpenBLAS has for AVX-512).  Packing costs more
 * than computing when one operand is thin, so those go in such pieces: they
 * took a quarter to three quarters of the time, and without the kernels up to
 * a tenth more.  Returns the length of a piece and its side, or 0. */
static int64_t unpacked(const mlrt__block *q, int few, int *side) {
    int64_t face;
    if (q->a_step[1] == 1 && q->b_step[0] == 1 && q->b_step[1] != 1)
        if ((face = slim_piece(q, few, side)))
            return face;
    if ((double)q->m * (double)q->n * (double)q->k <= UNPACKED)
        return 0;
    *side = q->m * q->n <= THIN ? 2 : q->m <= FEW ? 1 : 0;
    if (*side == 0 && q->n > FEW)
        return 0;
    face = *side == 2 ? q->m * q->n : (*side ? q->m : q->n) * q->k;
    return UNPACKED / face >= SHORT ? UNPACKED / face : 0;
}

#define T float
#define NAME f32
#define BLAS(f) cblas_s##f
#include "gemm.inc"

#define T double
#define NAME f64
#define BLAS(f) cblas_d##f
#include "gemm.inc"

/* ---- Ours or BLAS's ---------------------------------------------------- */

/* Which of the operands have the elements of k as neighbours: a (as is
 * usual), both, none. */
enum { NN = 1, NT = 2, TN = 4 };
enum { F32 = 1, F64 = 2, ANY = INT32_MAX };

/* Shapes for which our kernels, with vectors of `bytes`, take at least a
 * tenth less time than OpenBLAS 0.3.21's: medians of 17 alternating pairs on
 * a Zen 4, the AVX2 ones against OpenBLAS's for Haswell.  Sides are from..to,
 * `work` is the least number of multiplications, and `full` eighths of the
 * lanes of b's vectors are used. */
typedef struct rule {
    uint8_t bytes, dtypes, layouts, full;
    int32_t m[2], n[2], k[2], work;
} rule;
static const rule rules[] = {
    {64, F32, NN | TN, 7, {10, 64}, {64, ANY}, {64, ANY}, UNPACKED},
    {64, F32, NN | NT | TN, 6, {192, ANY}, {12, 16}, {64, ANY}, UNPACKED},
    {64, F64, NN | TN, 7, {8, 32}, {64, ANY}, {64, ANY}, UNPACKED},
    {64, F64, NN | NT | TN, 7, {192, ANY}, {12, 48}, {64, ANY}, UNPACKED},
    {64, F32 | F64, NT, 0, {2, 8}, {2, 8}, {2, 8}, 0},
    {64, F32, TN, 0, {2, 10}, {4, 10}, {2, 10}, 0},
    {64, F32, NT, 0, {1, 1}, {2, ANY}, {256, ANY}, 0}, /* on a Zen 5 */
    {32, F32, NN | TN, 7, {4, 8}, {64, ANY}, {64, ANY}, 0},
    {32, F32, NN | TN, 8, {2, 24}, {2, 24}, {2, 24}, 0},
    {32, F64, NN | TN, 7, {4, 8}, {64, ANY}, {64, ANY}, 0},
    {32, F64, NN | TN, 0, {2, 24}, {2, 24}, {2, 24}, 0},
    {32, F64, NN | NT, 5, {64, ANY}, {8, 24}, {64, ANY}, 0},
};

static bool within(int64_t n, const int32_t range[2]) {
    return n >= range[0] && (n <= range[1] || range[1] == ANY);
}

/* At least `full` eighths of the lanes that n columns take. */
static bool fills(int64_t n, int full, int64_t lanes) {
    return n * 8 >= (n + lanes - 1) / lanes * lanes * full;
}

/* Rows of b so far apart that each is a page of its own, and so many rows of a
 * that they are walked several times: packing them, as BLAS does, pays. */
static bool far_apart(const mlrt__block *q) {
    return q->m > 56 && q->b_step[0] > 4096;
}

static bool ours(const mlrt__kernels *kernels, int dtype,
                 const mlrt__block *q) {
    bool f64 = dtype == MLRT_F64, a = q->a_step[1] == 1, b = q->b_step[1] == 1;
    int layout = a && b ? NN : a ? NT : b ? TN : 0;
    double work = (double)q->m * (double)q->n * (double)q->k;
    int bytes = kernels->gemm->bytes;
    if (far_apart(q))
        return false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const rule *r = &rules[i];
        if (r->bytes == bytes && (r->dtypes & (f64 ? F64 : F32)) &&
            (r->layouts & layout) && within(q->m, r->m) && within(q->n, r->n) &&
            within(q->k, r->k) && work >= r->work &&
            fills(q->n, r->full, bytes / (f64 ? 8 : 4)))
            return true;
    }
    return false;
}

static void multiply(mlrt *m, int dtype, const mlrt__block *q) {
    if (m->blas_behind || ours(m->k, dtype, q)) {
        m->k->gemm->multiply[dtype == MLRT_F64](q);
        return;
    }
    int few = m->k->gemm->bytes == 64 ? SLIM_WIDE : SLIM;
    mlrt__blas_enter();
    if (dtype == MLRT_F64)
        multiply_f64(q, few);
    else
        multiply_f32(q, few);
    mlrt__blas_leave();
}
#endif

/* ---- The plan --------------------------------------------------------- */

typedef struct plan {
    mlrt__gemm g;
    mlrt *m;
    size_t size;      /* of an element */
    int64_t batch;    /* products */
    int64_t tiles[3]; /* along m, n and k */
    int64_t side[3];  /* of a tile */
    int64_t group;    /* uncut products a task */
    int64_t c_batch;  /* from one c to the next */
    char *parts;      /* partial results of tiles 1.. along k */
} plan;

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* Rows that continue from one product of the batch to the next are rows of
 * one larger product, if b is the same for all. */
static bool folds(const mlrt__gemm *g, int d) {
    int64_t step[2] = {g->m == 1 ? g->a_batch[d] : g->a_step[0], g->a_step[1]};
    int64_t rows = g->m * g->batch[d];
    return g->b_batch[d] == 0 && g->a_batch[d] == g->m * step[0] &&
           g->c_row == g->n && rows <= INT_MAX &&
           mlrt__gemm_reads(rows, g->k, step);
}

static void fold_batch(mlrt__gemm *g) {
    for (; g->ndim; g->ndim--) {
        int d = g->ndim - 1;
        if (g->batch[d] == 1)
            continue;
        if (!folds(g, d))
            return;
        if (g->m == 1)
            g->a_step[0] = g->a_batch[d];
        g->m *= g->batch[d];
    }
}

/* What cutting adds to the time, as a part of it. */
static double cost(const plan *p, const int64_t tiles[3]) {
    const mlrt__gemm *g = &p->g;
    double rows = (double)(tiles[0] - 1) / (double)g->m;
    double cols = (double)(tiles[1] - 1) / (double)g->n;
    double deep = (double)(tiles[2] - 1) / (double)g->k;
    double near = (double)g->m * (double)g->k <= CACHED ? 4 : 12;
    return 8 * rows + near * cols + 45 * deep;
}

/* What may be added for that many tiles. */
static double allowed(double tiles) {
    return tiles <= 4 ? 0.05 : tiles <= 8 ? 0.03 : 0.018;
}

static double work_of(const plan *p) {
    const mlrt__gemm *g = &p->g;
    double tiles = (double)p->tiles[0] * (double)p->tiles[1];
    return (double)g->m * (double)g->n * (double)g->k /
           (tiles * (double)p->tiles[2]);
}

/* The side to halve, and what all cuts then cost. */
static int cheapest(const plan *p, double *least) {
    int best = 0;
    for (int d = 0; d < 3; d++) {
        int64_t tiles[3] = {p->tiles[0], p->tiles[1], p->tiles[2]};
        tiles[d] *= 2;
        double c = cost(p, tiles);
        if (d == 0 || c < *least) {
            *least = c;
            best = d;
        }
    }
    return best;
}

/* Floats with three sides longer than one. */
static void cut_matrix(plan *p) {
    double tiles = (double)p->batch, added;
    for (double work; (work = work_of(p)) >= 2.0 * TASK; tiles *= 2) {
        int d = cheapest(p, &added);
        bool many = tiles >= 64 || added > allowed(2 * tiles);
        if (many && work < HUGE_TASK)
            return;
        p->tiles[d] *= 2;
    }
}

/* Vectors, and integers: only c is cut. */
static void cut_output(plan *p) {
    int d = p->g.m >= p->g.n ? 0 : 1;
    double work = work_of(p), most = 64 / (double)p->batch;
    double tiles = work / TASK_ONCE < most ? work / TASK_ONCE : most;
    if (work / tiles > HUGE_TASK)
        tiles = work / HUGE_TASK;
    int64_t side = d ? p->g.n : p->g.m;
    if (tiles >= 2)
        p->tiles[d] = tiles < (double)side ? (int64_t)tiles : side;
}

static void make_plan(plan *p, const mlrt__gemm *g) {
    *p = (plan){.g = *g, .batch = 1, .tiles = {1, 1, 1}, .group = 1};
    fold_batch(&p->g);
    g = &p->g;
    p->size = mlrt__dsize(g->dtype);
    p->c_batch = g->m * g->n;
    for (int d = 0; d < g->ndim; d++)
        p->batch *= g->batch[d];
    int64_t sides[3] = {g->m, g->n, g->k};
    bool thin = g->m == 1 || g->n == 1 || g->k == 1;
    if (g->m == 0 || g->n == 0 || g->k == 0 || p->batch == 0)
        return;
    if (thin || !mlrt__is_float(g->dtype))
        cut_output(p);
    else
        cut_matrix(p);
    for (int d = 0; d < 3; d++) {
        int64_t side = ceil_div(sides[d], p->tiles[d]);
        p->side[d] = p->tiles[d] > 1 ? ceil_div(side, ROUND) * ROUND : side;
        p->tiles[d] = ceil_div(sides[d], p->side[d]);
    }
    double work = work_of(p);
    if (p->tiles[0] * p->tiles[1] * p->tiles[2] == 1 && work < TASK_ONCE)
        p->group = (int64_t)(TASK_ONCE / work);
}

bool mlrt__gemm_too_large(const mlrt__gemm *g) {
    return g->m > INT_MAX || g->n > INT_MAX || g->k > INT_MAX;
}

size_t mlrt__gemm_scratch(const mlrt__gemm *g) {
    plan p;
    make_plan(&p, g);
    return (size_t)((p.tiles[2] - 1) * p.batch * p.c_batch) * p.size;
}

/* ---- Running ---------------------------------------------------------- */

/* Offsets of product number i. */
static void locate(const mlrt__gemm *g, int64_t i, int64_t *a, int64_t *b) {
    *a = *b = 0;
    for (int d = g->ndim - 1; d >= 0; d--) {
        *a += i % g->batch[d] * g->a_batch[d];
        *b += i % g->batch[d] * g->b_batch[d];
        i /= g->batch[d];
    }
}

/* Where tile i along side d begins; *n: its length. */
static int64_t begin(const plan *p, int d, int64_t i, int64_t all, int64_t *n) {
    int64_t at = i * p->side[d];
    *n = all - at < p->side[d] ? all - at : p->side[d];
    return at;
}

/* Tile `part` along k goes to its own place, but for the first. */
static void place(const plan *p, mlrt__block *q, int64_t product, int64_t i,
                  int64_t j, int64_t part) {
    const mlrt__gemm *g = &p->g;
    int64_t skip = product * p->c_batch + i * g->c_row + j;
    q->c = (char *)g->c + (size_t)skip * p->size;
    q->c_row = g->c_row;
    q->beta = g->beta;
    if (part == 0)
        return;
    skip = ((part - 1) * p->batch + product) * p->c_batch + i * g->n + j;
    q->c = p->parts + (size_t)skip * p->size;
    q->c_row = g->n;
    q->beta = 0;
}

static void tile(const plan *p, int64_t product, const int64_t at[3]) {
    const mlrt__gemm *g = &p->g;
    mlrt__block q = {.alpha = g->alpha};
    int64_t a, b;
    locate(g, product, &a, &b);
    int64_t i = begin(p, 0, at[0], g->m, &q.m);
    int64_t j = begin(p, 1, at[1], g->n, &q.n);
    int64_t k = begin(p, 2, at[2], g->k, &q.k);
    a += i * g->a_step[0] + k * g->a_step[1];
    b += k * g->b_step[0] + j * g->b_step[1];
    memcpy(q.a_step, g->a_step, sizeof q.a_step);
    memcpy(q.b_step, g->b_step, sizeof q.b_step);
    q.a = (const char *)g->a + a * (int64_t)p->size;
    q.b = (const char *)g->b + b * (int64_t)p->size;
    place(p, &q, product, i, j, at[2]);
    if (mlrt__is_float(g->dtype))
        multiply(p->m, g->dtype, &q);
    else
        p->m->k->product->integer[g->dtype - MLRT_I64](&q);
}

static void task(void *arg, int64_t i) {
    const plan *p = arg;
    if (p->group > 1) {
        static const int64_t first[3] = {0, 0, 0};
        int64_t end = (i + 1) * p->group;
        for (i *= p->group; i < end && i < p->batch; i++)
            tile(p, i, first);
        return;
    }
    int64_t at[3];
    at[1] = i % p->tiles[1];
    i /= p->tiles[1];
    at[0] = i % p->tiles[0];
    i /= p->tiles[0];
    at[2] = i % p->tiles[2];
    tile(p, i / p->tiles[2], at);
}

/* ---- Before and after ------------------------------------------------- */

enum {
    CHUNK = 1 << 20, /* bytes of c that one task clears */
    SUM = 1 << 14    /* elements of c to which one task adds the parts */
};

static void clear_chunk(void *arg, int64_t i) {
    const plan *p = arg;
    size_t all = (size_t)(p->batch * p->c_batch) * p->size;
    size_t at = (size_t)i * CHUNK;
    memset((char *)p->g.c + at, 0, all - at < CHUNK ? all - at : CHUNK);
}

static bool starts_clear(const plan *p) {
    const mlrt__gemm *g = &p->g;
    return p->tiles[1] > 1 && g->beta == 0 && g->c_row == g->n &&
           mlrt__is_float(g->dtype) && p->c_batch * (int64_t)p->size >= CLEAR;
}

static int clear(mlrt *m, plan *p) {
    int64_t bytes = p->batch * p->c_batch * (int64_t)p->size;
    p->g.beta = 1;
    return mlrt__parallel(m, ceil_div(bytes, CHUNK), clear_chunk, p, true);
}

/* Adds the partial results to elements from..to of a row of c. */
static void add_parts(const plan *p, int64_t product, int64_t row, int64_t from,
                      int64_t to) {
    const mlrt__gemm *g = &p->g;
    int64_t c = product * p->c_batch + row * g->c_row + from;
    int64_t x = product * p->c_batch + row * g->n + from;
    char *y = (char *)g->c + (size_t)c * p->size;
    for (int64_t part = 1; part < p->tiles[2]; part++) {
        const char *s = p->parts + (size_t)x * p->size;
        if (g->dtype == MLRT_F64)
            add_f64(y, s, to - from);
        else
            add_f32(y, s, to - from);
        x += p->batch * p->c_batch;
    }
}

/* Elements i * SUM.. of c, which lies in rows unless they continue. */
static void sum_chunk(void *arg, int64_t i) {
    const plan *p = arg;
    int64_t at = i * SUM, all = p->batch * p->c_batch, n = p->g.n;
    int64_t end = at + SUM < all ? at + SUM : all;
    bool even = p->g.c_row == n;
    mlrt__blas_enter();
    while (at < end) {
        int64_t col = at % n, left = even ? end - at : n - col;
        int64_t w = left < end - at ? left : end - at;
        if (even)
            add_parts(p, 0, 0, at, at + w);
        else
            add_parts(p, at / p->c_batch, at % p->c_batch / n, col, col + w);
        at += w;
    }
    mlrt__blas_leave();
}

/* Nothing to add up: c = beta * c. */
static void scale_task(void *arg, int64_t row) {
    const plan *p = arg;
    const mlrt__gemm *g = &p->g;
    int64_t skip = row / g->m * p->c_batch + row % g->m * g->c_row;
    mlrt__block q = {.m = 1, .n = g->n, .beta = g->beta};
    q.c = (char *)g->c + (size_t)skip * p->size;
    if (g->beta == 0)
        memset(q.c, 0, (size_t)g->n * p->size);
    else if (g->dtype == MLRT_F64)
        scale_f64(&q);
    else if (g->dtype == MLRT_F32)
        scale_f32(&q);
    else
        p->m->k->product->integer[g->dtype - MLRT_I64](&q);
}

static int run_tiles(mlrt *m, plan *p) {
    int64_t each = p->tiles[0] * p->tiles[1] * p->tiles[2];
    int err = mlrt__parallel(m, ceil_div(p->batch * each, p->group), task, p,
                             true);
    if (err || p->tiles[2] == 1)
        return err;
    return mlrt__parallel(m, ceil_div(p->batch * p->c_batch, SUM), sum_chunk, p,
                          true);
}

int mlrt__gemm_run(mlrt *m, const mlrt__gemm *given, void *scratch) {
    plan p;
    make_plan(&p, given);
    p.m = m;
    p.parts = scratch;
    if (p.batch * p.c_batch == 0)
        return 0;
    if (p.g.k == 0)
        return mlrt__parallel(m, p.batch * p.g.m, scale_task, &p, false);
    int err = starts_clear(&p) ? clear(m, &p) : 0;
    return err ? err : run_tiles(m, &p);
}
