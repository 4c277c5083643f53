#!/usr/bin/env python3
"""NumPy's side of the benchmark's rows of linear algebra.

    python3 tests/bench/peers/linalg_numpy.py THREADS

Rows are called solve_256, svd_512 and so on; protocol and inputs as in
ops_torch.py.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peer  # noqa: E402

peer.choose_python()
peer.limit_threads(int(sys.argv[1]))
import numpy as np  # noqa: E402
from formula import digest, fill  # noqa: E402


def square(n):
    return fill(1, (n, n)) + np.eye(n, dtype=np.float32) * np.float32(n / 8)


def solve(n):
    a, b = square(n), fill(2, (n, n))
    return lambda: np.linalg.solve(a, b), digest


def svd(n):
    a = square(n)
    return lambda: np.linalg.svd(a, full_matrices=False)[1], digest


def eigh(n):
    a = fill(1, (n, n))
    a = a + a.T
    return lambda: np.linalg.eigh(a)[0], digest


def qr(n):
    a = square(n)
    return lambda: np.linalg.qr(a)[1], lambda r: digest(np.abs(r))


def cholesky(n):
    a = fill(1, (n, n), 1, np.float64)
    a = (a @ a.T / n + np.eye(n)).astype(np.float32)
    return lambda: np.linalg.cholesky(a), digest


KINDS = {"solve": solve, "svd": svd, "eigh": eigh, "qr": qr,
         "cholesky": cholesky}


def prepare(name):
    kind, _, size = name.partition("_")
    if kind not in KINDS or not size.isdigit():
        raise peer.Failed("linalg_numpy.py has no row %s" % name)
    return KINDS[kind](int(size))


def blas():
    """Name and version of NumPy's BLAS, where it says so."""
    try:
        info = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return "%s %s" % (info["name"], info["version"])
    except (TypeError, KeyError):
        return "unknown"


if __name__ == "__main__":
    print("numpy %s, BLAS %s, %s threads" % (np.__version__, blas(),
                                             sys.argv[1]), flush=True)
    peer.serve_rows(prepare)
