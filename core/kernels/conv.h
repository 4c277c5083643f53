/* conv.h: convolution and pooling of planes.
 *
 * N images, C channels of x: (N, C, H, W), O channels of y: (N, O, OH, OW),
 * weight: (O, C / groups, KH, KW).  Per dimension a stride s, padding p and
 * dilation d:
 *
 *   y[n, o, i, j] = bias[o] +
 *       sum over c, a, b: weight[o, c, a, b] *
 *                         x[n, c, i * sh + a * dh - ph, j * sw + b * dw - pw]
 *
 * where x is 0 outside (Goodfellow, Bengio, Courville 2016, chapter 9).
 *
 * Kernels work on blocks of outputs, a few rows by a few columns.  What a
 * block reads is first packed, the padding written out, so that each tap of
 * the kernel finds its elements for a row of outputs side by side at a fixed
 * place.  Then a tile of sums stays in registers for the whole reduction.
 * The layout follows Georganas et al. 2018 and Goto and van de Geijn 2008.
 */
#ifndef MLRT_KERNELS_CONV_H
#define MLRT_KERNELS_CONV_H

#include "kernels.h"

typedef struct mlrt__conv_sizes {
    int64_t n, c, h, w; /* x */
    int64_t o, oh, ow;  /* y */
    int64_t kh, kw;     /* weight: (o, c / groups, kh, kw) */
    int64_t sh, sw, ph, pw, dh, dw, groups;
} mlrt__conv_sizes;

/* One dimension of a block.  Output i and tap t meet at element i * s + d +
 * t * step of a line of the source.  Packed, the elements of segment f are
 * first[f] + u * s + (the block's first output) * s, u < len[f], and stand
 * from at[f] on; tap t of the block's output i stands at off[t] + i. */
typedef struct mlrt__axis {
    int64_t size, s, d, step, taps; /* of the source */
    int64_t out, block;             /* outputs in all, and in a block */
    int64_t nseg, total;            /* packed: segments, elements */
    int64_t apart; /* not 0: each tap has a segment, so far from the last */
    int64_t *off, *at, *first, *len;
} mlrt__axis;

/* A correlation of one group: outputs o < O at places of a lattice,
 *
 *   y[o] = bias[o] + sum over c, row taps a, column taps b: w[o, c, a, b] *
 *                    (source channel c where output and taps meet)
 *
 * which is conv2d, or its gradient by x with the parts of x and y taken by
 * each other.  Weights are packed in blocks: (nblocks, c, a, b, nb). */
typedef struct mlrt__corr {
    mlrt__axis row, col;
    int64_t c, o, taps;  /* taps: of rows times of columns */
    int64_t nb, nblocks; /* outputs in a block of weights, blocks */
    int64_t cc;          /* channels packed at a time */
    int64_t pitch, chan; /* packed: elements a row, a channel */
    int64_t images;      /* images in a unit (gradient by weight) */
    bool across;         /* vectors go across the pixels of a row */
    bool flat;           /* rows of a block follow each other */
    bool loose;          /* the same, with what is packed between them */
    int64_t x_plane, x_image, y_plane, y_image;
    int64_t y_row, y_col, y_first; /* y: steps of the lattice, its origin */
    int64_t w_o, w_c, w_row, w_col, w_first; /* the same for the weight */
    int32_t *off; /* of channel c and tap: cc * taps */
} mlrt__corr;

/* A block of outputs: rows from i, columns from j, images from n to end; and
 * the block that comes next, if that is known. */
typedef struct mlrt__block {
    int64_t n, end, i, j;
    const struct mlrt__block *next;
} mlrt__block;

/* Pooling of planes (h, w) into (oh, ow).  Window i covers the elements
 * i * s + a * d - p, a < k, that exist; when `adaptive`, those from
 * i * size / out to (i + 1) * size / out, rounded down and up. */
typedef struct mlrt__pool_sizes {
    int64_t planes, h, w, oh, ow;
    int64_t kh, kw, sh, sw, ph, pw, dh, dw;
    bool adaptive, count_pad; /* count_pad: a mean counts the padding too */
    double divisor;           /* of every mean, unless 0 */
} mlrt__pool_sizes;

/* For one type. */
struct mlrt__conv_kernels {
    int lanes; /* elements of a vector */
    int tile;  /* rows of a tile of sums */
    /* Block b of a group's weights. */
    void (*pack)(const mlrt__corr *p, const void *w, int64_t b, void *to);
    /* The outputs of blocks of weights b to end; x and y begin at the first
     * image and the group. */
    void (*corr)(const mlrt__corr *p, const mlrt__block *at, int64_t b,
                 int64_t end, const void *x, const void *w, const void *bias,
                 void *y, void *room);
    /* Adds a block's share to the partial gradients of blocks of weights b
     * to end; finish adds `parts` of them, `step` apart, up. */
    void (*wgrad)(const mlrt__corr *p, const mlrt__block *at, int64_t b,
                  int64_t end, const void *g, const void *x, void *partial,
                  void *room);
    void (*finish)(const mlrt__corr *p, int64_t b, void *partial, int64_t parts,
                   int64_t step, void *gw, void *gb);
    /* One plane.  y = the largest of each window, NaN before all others; at
     * (NULL: nowhere) = its place in the plane, -1 for an empty window. */
    void (*max_pool)(const mlrt__pool_sizes *p, const void *x, void *y,
                     int32_t *at);
    /* y = the mean of each window; x = its transpose, of y */
    void (*avg_pool)(const mlrt__pool_sizes *p, const void *x, void *y);
    void (*avg_pool_grad)(const mlrt__pool_sizes *p, const void *y, void *x);
    /* y[i] = x[at[i]], i < n; x[at[i]] += y[i].  Places outside 0..size - 1
     * give 0 and take nothing. */
    void (*take)(const void *x, int64_t size, const int32_t *at, int64_t n,
                 void *y);
    void (*put)(const void *y, const int32_t *at, int64_t n, void *x,
                int64_t size);
};

#endif
