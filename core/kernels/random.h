/* random.h: runs of random numbers, Philox 4x32-10.
 *
 * Sixteen blocks of the stream are made at once, side by side.  Their 64
 * words are used in the order (first words, second words, ...), so that an
 * element is a function of the key, the block at which its tensor begins
 * and its number alone.  Nothing here is contracted or reordered: results
 * have the same bits for every instruction set.
 */
#ifndef MLRT_KERNELS_RANDOM_H
#define MLRT_KERNELS_RANDOM_H

#include "kernels.h"

/* Blocks in a batch, and elements made of one: of a word each, or of two. */
enum {
    MLRT__BATCH = 16,
    MLRT__SINGLES = 4 * MLRT__BATCH,
    MLRT__DOUBLES = 2 * MLRT__BATCH
};

/* What is wanted of it. */
typedef struct mlrt__law {
    double a, b;
    int64_t low;    /* of integers */
    uint64_t count; /* of them; dropout: a in units of 2^-32 */
} mlrt__law;

/* Makes n elements y from the block `first` on; x are inputs. */
typedef void mlrt__draw(uint64_t key, uint64_t first, const void *x, void *y,
                        int64_t n, const mlrt__law *law);

/* Arrays of two are {f32, f64}. */
struct mlrt__random_kernels {
    /* a <= y < a + b; f32 (24 bits) by ones, f64 (53 bits) by twos */
    mlrt__draw *uniform[2];
    /* a + b z, z standard normal; likewise */
    mlrt__draw *normal[2];
    /* int64_t, low <= y < low + count, by twos */
    mlrt__draw *integers;
    /* uint64_t of any value, by twos */
    mlrt__draw *words;
    /* y = 1 with probability x, else 0; by ones */
    mlrt__draw *bernoulli[2];
    /* y = b x with probability 1 - a, else 0; by ones */
    mlrt__draw *dropout[2];
};

#endif
