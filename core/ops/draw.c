/* draw.c: choosing positions at random: randperm and multinomial. */
#include <math.h>

#include "../kernels/random.h"
#include "random.h"

/* ---- A stream of 64-bit words ----------------------------------------- */

typedef struct words {
    mlrt__draw *draw;
    uint64_t key, next;
    int left;
    uint64_t word[MLRT__DOUBLES];
} words;

static void words_open(words *w, const mlrt *m, uint64_t key, uint64_t first) {
    w->draw = m->k->random->words;
    w->key = key;
    w->next = first;
    w->left = 0;
}

static uint64_t word(words *w) {
    if (w->left == 0) {
        w->draw(w->key, w->next, NULL, w->word, MLRT__DOUBLES, NULL);
        w->next += MLRT__BATCH;
        w->left = MLRT__DOUBLES;
    }
    return w->word[MLRT__DOUBLES - w->left--];
}

/* 0 < u <= 1, 53 bits */
static double fraction(words *w) {
    return (double)((word(w) >> 11) + 1) * 0x1p-53;
}

/* 0 <= k < n, for n below 2^53: even within n / 2^53. */
static int64_t below(words *w, int64_t n) {
    uint64_t high = word(w) >> 11;
    int64_t k = (int64_t)((double)high * 0x1p-53 * (double)n);
    return k < n ? k : n - 1;
}

/* ---- randperm --------------------------------------------------------- */

int mlrt__randperm_shape(mlrt__call *c) {
    int64_t n = mlrt__i(c, 0), numel;
    int err = mlrt__shape_numel(c->m, "randperm", 1, &n, &numel);
    if (!err && n >= (int64_t)1 << 53)
        err = mlrt__bad(c, MLRT_ESHAPE, "shape (%lld) is too large",
                        (long long)n);
    return err ? err : mlrt__out(c, 0, MLRT_INDEX, 1, &n);
}

/* Position i is put at a random place among the first i + 1, whose value
 * moves to i. */
int mlrt__randperm_forward(mlrt__call *c) {
    int64_t *y = (int64_t *)(void *)mlrt__ptr(c->y[0]), n = c->y[0]->numel;
    mlrt_generator *g = mlrt__gen(c, 1);
    words w;
    words_open(&w, c->m, g->key, mlrt__take(g, mlrt__blocks(n, MLRT__DOUBLES)));
    for (int64_t i = 0; i < n; i++) {
        int64_t k = below(&w, i + 1);
        y[i] = y[k];
        y[k] = i;
        if (i % (1 << 20) == 0 && mlrt__stop(c->m))
            return mlrt__stopped(c->m);
    }
    return 0;
}

/* ---- multinomial ------------------------------------------------------ */

/* Rows of n weights, k positions of each; `table` has n doubles a row. */
typedef struct lottery {
    mlrt *m;
    int dtype;
    const char *x;
    int64_t *y;
    double *table;
    int64_t rows, n, k, block;
    bool replacement;
    uint64_t key, first, stride; /* stride: blocks a row */
} lottery;

int mlrt__multinomial_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t k = mlrt__i(c, 1), n = x->ndim ? x->shape[x->ndim - 1] : 0, numel;
    int64_t shape[2] = {x->shape[0], k};
    int err = mlrt__want_float(c, 0);
    size_t bytes;
    if (!err && (x->ndim < 1 || x->ndim > 2))
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "x: a vector or matrix expected, got shape %s",
                        MLRT__ST(x));
    if (!err)
        err = mlrt__shape_numel(c->m, "multinomial", 1, &k, &numel);
    if (!err && k > 0 && (n == 0 || (k > n && !mlrt__i(c, 2))))
        err = mlrt__bad(c, MLRT_EARG,
                        "%lld of %lld positions; more can be "
                        "drawn with replacement",
                        (long long)k, (long long)n);
    if (!err && !mlrt__mul((size_t)x->numel, sizeof(double), &bytes))
        err = mlrt__bad(c, MLRT_ESHAPE, "x is too large");
    if (err)
        return err;
    c->scratch_bytes = bytes;
    return mlrt__out(c, 0, MLRT_INDEX, x->ndim,
                     x->ndim == 2 ? shape : shape + 1);
}

static double weight(const lottery *l, int64_t i) {
    return l->dtype == MLRT_F64
               ? ((const double *)(const void *)l->x)[i]
               : (double)((const float *)(const void *)l->x)[i];
}

/* The first position whose running sum is above u * total; those of weight
 * 0 cannot be met, as u * total is below the last sum. */
static int64_t find(const double *sum, int64_t n, double at) {
    int64_t low = 0, high = n - 1;
    while (low < high) {
        int64_t mid = low + (high - low) / 2;
        if (sum[mid] > at)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static void draw_replacing(const lottery *l, int64_t row, words *w) {
    double *sum = l->table + row * l->n;
    double total = sum[l->n - 1];
    int64_t last = find(sum, l->n, nextafter(total, 0));
    for (int64_t j = 0; j < l->k; j++) {
        int64_t i = find(sum, l->n, (1 - fraction(w)) * total);
        l->y[row * l->k + j] = i < last ? i : last;
    }
}

/* A heap of the k smallest keys so far, the largest of them on top. */
static void sink(const double *key, int64_t *heap, int64_t n, int64_t at) {
    int64_t moved = heap[at];
    for (int64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && key[heap[child + 1]] > key[heap[child]])
            child++;
        if (key[moved] >= key[heap[child]])
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

/* Arrivals at exponential times whose rates are the weights: the first k in
 * order of time are a draw without replacement. */
static void draw_once(const lottery *l, int64_t row, words *w) {
    double *key = l->table + row * l->n;
    int64_t *heap = l->y + row * l->k, k = l->k;
    for (int64_t i = 0; i < l->n; i++)
        key[i] = -log(fraction(w)) / weight(l, row * l->n + i);
    for (int64_t i = 0; i < k; i++)
        heap[i] = i;
    for (int64_t i = k / 2; i-- > 0;)
        sink(key, heap, k, i);
    for (int64_t i = k; i < l->n; i++)
        if (key[i] < key[heap[0]]) {
            heap[0] = i;
            sink(key, heap, k, 0);
        }
    for (int64_t n = k; n > 1; n--) { /* the latest goes to the end */
        int64_t latest = heap[0];
        heap[0] = heap[n - 1];
        sink(key, heap, n - 1, 0);
        heap[n - 1] = latest;
    }
}

static void lottery_task(void *arg, int64_t i) {
    const lottery *l = arg;
    int64_t end = (i + 1) * l->block < l->rows ? (i + 1) * l->block : l->rows;
    words w;
    for (int64_t row = i * l->block; row < end; row++) {
        words_open(&w, l->m, l->key, l->first + (uint64_t)row * l->stride);
        if (l->replacement)
            draw_replacing(l, row, &w);
        else
            draw_once(l, row, &w);
    }
}

/* Fills the running sums of a row; counts its positive weights. */
static int add_up(mlrt__call *c, const lottery *l, int64_t row) {
    double *sum = l->table + row * l->n, total = 0;
    int64_t positive = 0;
    for (int64_t i = 0; i < l->n; i++) {
        double v = weight(l, row * l->n + i);
        if (!(v >= 0) || isinf(v))
            return mlrt__bad(c, MLRT_ENUMERIC,
                             "a weight is negative or not finite: %g", v);
        positive += v > 0;
        sum[i] = total += v;
    }
    if (!(total > 0))
        return mlrt__bad(c, MLRT_ENUMERIC, "the weights add up to 0");
    if (isinf(total))
        return mlrt__bad(c, MLRT_ENUMERIC, "the weights add up to inf");
    if (positive < l->k && !l->replacement)
        return mlrt__bad(c, MLRT_EARG,
                         "%lld of %lld positions that have weight",
                         (long long)l->k, (long long)positive);
    return 0;
}

int mlrt__multinomial_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt_generator *g = mlrt__gen(c, 3);
    lottery l = {.m = c->m,
                 .dtype = x->dtype,
                 .x = mlrt__ptr(x),
                 .y = (int64_t *)(void *)mlrt__ptr(c->y[0]),
                 .table = c->scratch,
                 .rows = x->ndim == 2 ? x->shape[0] : 1,
                 .n = x->shape[x->ndim - 1],
                 .k = mlrt__i(c, 1),
                 .replacement = mlrt__i(c, 2) != 0};
    if (c->y[0]->numel == 0)
        return 0;
    for (int64_t row = 0; row < l.rows; row++) {
        int err = add_up(c, &l, row);
        if (err)
            return err;
    }
    l.stride = mlrt__blocks(l.replacement ? l.k : l.n, MLRT__DOUBLES);
    l.key = g->key;
    l.first = mlrt__take(g, (uint64_t)l.rows * l.stride);
    l.block = 1 + (1 << 12) / (l.n + l.k);
    return mlrt__parallel(c->m, (l.rows + l.block - 1) / l.block, lottery_task,
                          &l, true);
}
