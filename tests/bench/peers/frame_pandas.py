#!/usr/bin/env python3
"""pandas' side of the benchmark's rows about tables, and polars' of reading.

    python3 tests/bench/peers/frame_pandas.py THREADS FILE [polars]

FILE is what rows_frame.lua has made; protocol as in ops_torch.py.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peer  # noqa: E402

peer.choose_python()
peer.limit_threads(int(sys.argv[1]))
os.environ["POLARS_MAX_THREADS"] = sys.argv[1]
FILE, WITH_POLARS = sys.argv[2], sys.argv[3:] == ["polars"]
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

if WITH_POLARS:
    import polars as pl


def read_csv():
    if WITH_POLARS:
        return lambda: pl.read_csv(FILE), lambda f: f["x"].mean() + len(f)
    return lambda: pd.read_csv(FILE), lambda f: f.x.mean() + len(f)


def group_many():
    f = pd.read_csv(FILE)
    return lambda: f.groupby("id").x.mean(), lambda g: g.mean() + len(g)


def group_words():
    f = pd.read_csv(FILE)
    return lambda: f.groupby("word").agg({"x": "mean", "amount": "sum"}), \
        lambda g: g.x.mean() + g.amount.sum()


def join_ids():
    f, n = pd.read_csv(FILE), 1000000
    other = pd.DataFrame({"id": np.arange(n), "z": np.arange(n) / n})
    return lambda: f.merge(other, on="id"), lambda j: j.z.mean() + len(j)


def sort_values():
    f = pd.read_csv(FILE)
    return lambda: f.sort_values("x"), lambda s: s.y.iloc[len(s) // 3 - 1]


def one_hot_words():
    f = pd.read_csv(FILE)
    return lambda: pd.get_dummies(f.word), lambda d: d.to_numpy().sum()


ROWS = {f.__name__: f for f in [read_csv, group_many, group_words, join_ids,
                                sort_values, one_hot_words]}


def prepare(name):
    if name not in ROWS:
        raise peer.Failed("frame_pandas.py has no row %s" % name)
    return ROWS[name]()


if __name__ == "__main__":
    print("%s, %s threads" % ("polars " + pl.__version__ if WITH_POLARS else
                              "pandas " + pd.__version__, sys.argv[1]),
          flush=True)
    peer.serve_rows(prepare)
