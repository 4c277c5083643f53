"""The inputs of tests/bench/data.lua, to the same bits, and its digest.

Element i (from 0) of the data called `seed` is

    z = (7919 i^2 + (104729 + seed) i + 13 seed) mod 1000003
    x = 2 z / 1000003 - 1, in f64, then rounded
"""
import math

import numpy as np


def residues(seed, count):
    i = np.arange(count, dtype=np.int64)
    return (i * i * 7919 + i * (104729 + seed) + 13 * seed) % 1000003


def fill(seed, shape, scale=1, dtype=np.float32):
    """An array of that shape with values in -1..1, times scale."""
    x = residues(seed, math.prod(shape)) * (2 / 1000003) - 1
    return (x * scale).astype(dtype).reshape(shape)


def rows(seed, count, size):
    """Positions among the first `size`, from 0."""
    return residues(seed, count) % size


def digest(x):
    """sum_i x_i w_i / sqrt(n), w the data called 99."""
    flat = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
    w = fill(99, flat.shape, 1, np.float64)
    return float((flat * w).sum() / math.sqrt(flat.size))
