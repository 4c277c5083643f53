#!/usr/bin/env python3
"""What pandas makes of small tables, for tests/spec/df_golden_spec.lua.

    python3 tests/golden/frame.py > tests/golden/frame.json

needs pandas (written with 3.0).  The tables have holes, duplicates, ties and
empty groups.  A case is a name, which the spec has a function for, and the
table that comes of it: names of columns and their values.  A hole is null,
dates are texts.
"""
import json
import math
import sys
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
rng = np.random.default_rng(12)


# ---- Tables ---------------------------------------------------------------

def with_holes(values, share):
    gone = rng.random(len(values)) < share
    return [None if g else v for v, g in zip(values, gone)]


def people(n=60):
    return pd.DataFrame({
        "city": pd.array(with_holes(list(rng.choice(
            ["rome", "oslo", "bonn", "Lima"], n)), .1), dtype="str"),
        "team": pd.array(rng.integers(0, 3, n), dtype="Int64"),
        "age": pd.array(with_holes([int(v) for v in rng.integers(20, 26, n)],
                                   .15), dtype="Int64"),
        "pay": pd.array(with_holes([round(float(v), 2) for v in
                                    rng.normal(100, 30, n)], .2),
                        dtype="float64"),
        "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(
            np.sort(rng.integers(0, 400, n)), unit="D"),
    })


def cities():
    return pd.DataFrame({
        "city": pd.array(["oslo", "rome", "rome", "kyiv", None], dtype="str"),
        "size": pd.array([7, 28, 29, 30, 1], dtype="Int64"),
        "pay": [1.5, 2.5, None, 3.5, 4.5],
    })


def quotes(n=25):
    return pd.DataFrame({
        "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(
            np.sort(rng.choice(400, n, replace=False)), unit="D"),
        "team": pd.array(rng.integers(0, 3, n), dtype="Int64"),
        "price": np.round(rng.random(n), 3),
    })


P, C, Q = people(), cities(), quotes()


# ---- As JSON --------------------------------------------------------------

def plain(v):
    if v is None or v is pd.NA or v is pd.NaT:
        return None
    if isinstance(v, pd.Timestamp):
        return str(v.date())
    if isinstance(v, (bool, np.bool_)):
        return bool(v)
    if isinstance(v, (int, np.integer)):
        return int(v)
    if isinstance(v, (float, np.floating)):
        return None if math.isnan(v) else float(v)
    return str(v)


def table(f):
    if isinstance(f, pd.Series):
        f = f.to_frame(f.name or "value")
    return {"names": [str(c) for c in f.columns],
            "columns": [[plain(v) for v in f[c]] for c in f.columns]}


def flat(f):
    return f.reset_index()


# ---- Cases ----------------------------------------------------------------

def grouped(how):
    f = P if how != "prod" else F  # integers would wrap around
    return flat(f.groupby("city")[["age", "pay"]].agg(how))


def asof(**options):
    left = P[["day", "team"]]
    return pd.merge_asof(left, Q, on="day", by="team", **options)


F = P.astype({"age": "float64"})
CASES = {
    "sort_age": P.sort_values("age", kind="stable"),
    "sort_down": P.sort_values("pay", kind="stable", ascending=False),
    "sort_two": P.sort_values(["city", "pay"], ascending=[True, False],
                              kind="stable"),
    "group_two": flat(P.groupby(["team", "city"]).agg(
        n=("pay", "count"), mean=("pay", "mean"), top=("age", "max"))),
    "group_holes": flat(P.groupby("city", dropna=False).agg(n=("team", "size"))),
    "group_quantile": flat(P.groupby("team")["pay"].quantile(.3)),
    "group_transform": P.groupby("team")[["pay"]].transform("mean"),
    "nunique": flat(P.groupby("team")[["city", "age"]].nunique()),
    "inner": P.merge(C, on="city"),
    "left": P.merge(C, on="city", how="left"),
    "right": P.merge(C, on="city", how="right"),
    "asof": asof(),
    "asof_forward": asof(direction="forward"),
    "asof_nearest": asof(direction="nearest"),
    "asof_near": asof(tolerance=pd.Timedelta(days=5)),
    "asof_before": asof(allow_exact_matches=False),
    "pivot": flat(P.pivot_table(index="city", columns="team", values="pay",
                                aggfunc="median")),
    "concat": pd.concat([P[["city", "age"]], C[["city", "size"]]],
                        ignore_index=True),
    "unique_rows": P.drop_duplicates(["city", "team"]),
    "unique_last": P.drop_duplicates(["city", "age"], keep="last"),
    "unique_none": P.drop_duplicates(["city", "age"], keep=False),
    "duplicated": P.duplicated(["city", "team"]),
    "drop_na": P.dropna(),
    "fill_mean": F.fillna({"age": F.age.mean(), "pay": F.pay.mean()}),
    "fill_median": P.fillna({"pay": P.pay.median()}),
    "fill_mode": P.fillna({"city": P.city.mode()[0]}),
    "fill_forward": P.ffill(),
    "fill_backward": P.bfill(limit=1),
    "fill_linear": P[["pay"]].interpolate(),
    "fill_group": P[["pay"]].fillna(
        P.groupby("team")[["pay"]].transform("median")),
    "fill_group_forward": P.groupby("team")[["pay"]].ffill(),
    "clip": P[["pay"]].clip(P.pay.quantile(.1), P.pay.quantile(.9)),
    "iqr": P[(P.pay < P.pay.quantile(.25) - .5 * (
        P.pay.quantile(.75) - P.pay.quantile(.25))) | (
        P.pay > P.pay.quantile(.75) + .5 * (
            P.pay.quantile(.75) - P.pay.quantile(.25)))],
    "zscore": P[(P.pay - P.pay.mean()).abs() > 1.5 * P.pay.std()],
    "lag": P[["city", "age", "pay"]].shift(2),
    "lead": P[["city", "age", "pay"]].shift(-1),
    "lag_group": P.groupby("team")[["pay"]].shift(1),
    "diff": P[["pay"]].diff(),
    "change": P[["pay"]].pct_change(fill_method=None),
    "value_counts": flat(P.city.value_counts()),
    "corr": flat(F[["team", "age", "pay"]].astype(float).corr()),
    "describe": flat(F[["age", "pay"]].describe()),
    "dates": pd.DataFrame({
        "year": P.day.dt.year, "quarter": P.day.dt.quarter,
        "month": P.day.dt.month, "week": P.day.dt.isocalendar().week,
        "day": P.day.dt.day, "weekday": P.day.dt.weekday + 1,
        "day_of_year": P.day.dt.dayofyear}),
}
for how in ["count", "sum", "mean", "std", "var", "min", "max", "median",
            "first", "last", "prod", "nunique"]:
    CASES["group_" + how] = grouped(how)
for how in ["sum", "mean", "std", "var", "min", "max", "median", "count"]:
    CASES["roll_" + how] = getattr(P[["pay"]].rolling(4, min_periods=2), how)()
CASES["roll_full"] = P[["pay"]].rolling(3).mean()
CASES["roll_group"] = P.groupby("team")[["pay"]].rolling(
    3, min_periods=1).mean().reset_index(level=0, drop=True).sort_index()

json.dump({"tables": {"people": table(P), "cities": table(C),
                      "quotes": table(Q)},
           "cases": {name: table(f) for name, f in CASES.items()}},
          sys.stdout, separators=(",", ":"))
print()
