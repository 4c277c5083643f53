#!/usr/bin/env python3
"""scikit-learn's values of metrics, for tests/spec/metrics_spec.lua.

    python3 tests/golden/metrics.py > tests/golden/metrics.json

needs scikit-learn (written with 1.9) and SciPy.  Inputs are random, or
degenerate: ties, a class that never occurs, one class alone, one sample,
weights that are zero.  Classes count from 0 here.  A case is a function of
mlrt.metrics, its options, an input and the value; "labels" stands for classes
in place of scores.  nan is null, infinity "inf" or "-inf".  What scikit-learn
refuses is left out.  Calibration error is not in scikit-learn: the formula of
Guo et al. is computed with NumPy.
"""
import json
import math
import warnings

import numpy as np
import sklearn
import sklearn.metrics as sk
from scipy import stats
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
rng = np.random.default_rng(8)


# ---- Inputs ---------------------------------------------------------------

def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def many(n, classes, target=None, decimals=None):
    """Scores of several classes that know a little about the target."""
    t = rng.integers(0, classes, n) if target is None else np.array(target)
    z = rng.normal(size=(n, classes))
    z[np.arange(n), t] += 1
    p = softmax(z)
    if decimals is not None:  # ties
        p = np.round(p, decimals)
        p[:, -1] = 1 - p[:, :-1].sum(1)
    return dict(scores=p, target=t)


def two(n, target=None, decimals=None):
    t = rng.integers(0, 2, n) if target is None else np.array(target)
    p = 1 / (1 + np.exp(-rng.normal(size=n) - (2 * t - 1)))
    if decimals is not None:
        p = np.round(p, decimals)
    return dict(scores=p, target=t)


def weighted(i, zeros=False):
    w = rng.uniform(0.2, 3, len(i["target"]))
    if zeros:
        w[::3] = 0
    return dict(i, weight=w)


INPUTS = {
    "two": two(60),
    "two_ties": two(50, decimals=1),
    "two_weighted": weighted(two(40, decimals=1)),
    "two_zero_weights": weighted(two(40, decimals=1), True),
    "two_all_yes": two(12, [1] * 12),
    "two_all_no": two(12, [0] * 12),
    "two_one_sample": two(1, [1]),
    "two_equal": dict(scores=np.full(10, 0.5), target=np.arange(10) % 2),
    "two_perfect": dict(scores=np.array([0., 1, 1, 0]),
                        target=np.array([0, 1, 1, 0])),
    "two_wrong": dict(scores=np.array([1., 0, 0, 1]),
                      target=np.array([0, 1, 1, 0])),
    "many": many(80, 4),
    "many_ties": many(60, 3, decimals=1),
    "many_weighted": weighted(many(50, 5)),
    "many_zero_weights": weighted(many(50, 3), True),
    "many_without_weight": dict(many(30, 4), weight=None),
    "many_missing": many(40, 5, rng.choice([0, 1, 3], 40)),
    "many_one_class": many(9, 3, [1] * 9),
    "many_one_sample": many(1, 3, [2]),
}
i = INPUTS["many_without_weight"]  # all samples of a class weigh 0
i["weight"] = np.where(i["target"] == 2, 0., 1.5)
for i in INPUTS.values():
    p = i["scores"]
    i["labels"] = p.argmax(1) if p.ndim == 2 else (p >= 0.5).astype(int)

NUMBERS = {
    "numbers": (rng.normal(size=30), rng.normal(size=30), None),
    "numbers_weighted": (rng.normal(size=20), rng.normal(size=20) + 3,
                         rng.uniform(0.1, 2, 20)),
    "numbers_columns": (rng.normal(size=(15, 3)), rng.normal(size=(15, 3)),
                        None),
    "numbers_columns_weighted": (rng.normal(size=(15, 2)),
                                 rng.normal(size=(15, 2)),
                                 rng.uniform(0.1, 2, 15)),
    "numbers_constant": (rng.normal(size=8), np.full(8, 2.5), None),
    "numbers_constant_met": (np.full(8, 2.5), np.full(8, 2.5), None),
    "numbers_zero": (np.array([1., 0, -1]), np.array([0., 0, -1]), None),
    "numbers_large": (1e8 + rng.normal(size=40), 1e8 + rng.normal(size=40),
                      None),
    "numbers_one": (np.array([1.5]), np.array([1.]), None),
}


# ---- Cases ----------------------------------------------------------------

cases = []


def plain(v):
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple, np.ndarray)):
        return [plain(x) for x in v]
    if isinstance(v, (np.integer, int)) and not isinstance(v, bool):
        return int(v)
    if isinstance(v, (float, np.floating)):
        return (None if math.isnan(v) else str(float(v)) if math.isinf(v)
                else float(v))
    return v


def case(function, name, value, kind="scores", **options):
    """`value` is a function without arguments, which may refuse."""
    try:
        v = value()
    except (ValueError, ZeroDivisionError):
        return
    cases.append(dict(function=function, input=name, kind=kind,
                      options=plain(options), value=plain(v)))


def of_labels(name, i):
    t, p, w = i["target"], i["labels"], i.get("weight")
    kw = dict(sample_weight=w)
    case("accuracy", name, lambda: sk.accuracy_score(t, p, **kw))
    case("accuracy", name, lambda: sk.accuracy_score(t, p, **kw), "labels")
    for adjusted in False, True:
        case("balanced_accuracy", name, lambda: sk.balanced_accuracy_score(
            t, p, adjusted=adjusted, **kw), "labels", adjusted=adjusted)
    case("mcc", name, lambda: sk.matthews_corrcoef(t, p, **kw), "labels")
    for weights in "none", "linear", "quadratic":
        case("kappa", name, lambda: sk.cohen_kappa_score(
            t, p, weights=None if weights == "none" else weights,
            labels=range(classes(i)), **kw), weights=weights)
    for normalise in "none", "true", "predicted", "all":
        how = {"none": None, "predicted": "pred"}.get(normalise, normalise)
        case("confusion_matrix", name, lambda: sk.confusion_matrix(
            t, p, normalize=how, labels=range(classes(i)), **kw),
            normalise=normalise)


def classes(i):
    p = i["scores"]
    return p.shape[1] if p.ndim == 2 else 2


def averages(name, i):
    t, p, w = i["target"], i["labels"], i.get("weight")
    functions = [("precision", sk.precision_score, {}),
                 ("recall", sk.recall_score, {}), ("f1", sk.f1_score, {}),
                 ("fbeta", sk.fbeta_score, dict(beta=0.5)),
                 ("jaccard", sk.jaccard_score, {})]
    hows = ["micro", "macro", "weighted", "none"]
    if classes(i) == 2:
        hows.append("binary")
    for ours, theirs, options in functions:
        for how in hows:
            for zero in [0, 1] + ([math.nan] if ours != "jaccard" else []):
                kw = dict(options, zero_division=zero, sample_weight=w,
                          average=None if how == "none" else how)
                if how == "none":
                    kw["labels"] = range(classes(i))
                case(ours, name, lambda: theirs(t, p, **kw), average=how,
                     zero_division="nan" if zero != zero else zero, **options)


def of_scores(name, i):
    t, p, w = i["target"], i["scores"], i.get("weight")
    labels = list(range(classes(i)))
    kw = dict(sample_weight=w)
    case("log_loss", name, lambda: sk.log_loss(t, p, labels=labels, **kw))
    case("brier", name, lambda: sk.brier_score_loss(
        t, p, labels=labels, scale_by_half=p.ndim == 1, **kw))
    case("perplexity", name, lambda: math.exp(
        sk.log_loss(t, p, labels=labels, **kw)))


def area(i, **kw):
    if classes(i) > 2:
        kw["labels"] = range(classes(i))
    return sk.roc_auc_score(i["target"], i["scores"],
                            sample_weight=i.get("weight"), **kw)


def of_many(name, i):
    t, p, w = i["target"], i["scores"], i.get("weight")
    for how in "macro", "weighted", "none":
        case("roc_auc", name, lambda: area(
            i, multi_class="ovr", average=None if how == "none" else how),
            average=how)
        case("average_precision", name, lambda: sk.average_precision_score(
            t, p, average=None if how == "none" else how, sample_weight=w),
            average=how)
    for how in "macro", "weighted":
        case("roc_auc", name, lambda: area(i, multi_class="ovo", average=how),
             average=how, multi="ovo")
    for k in 1, 2:
        case("top_k", name, lambda: sk.top_k_accuracy_score(
            t, p, k=k, labels=range(classes(i)), sample_weight=w), k=k)


def of_two(name, i):
    t, p, w = i["target"], i["scores"], i.get("weight")
    case("roc_auc", name, lambda: area(i))
    case("average_precision", name, lambda: sk.average_precision_score(
        t, p, sample_weight=w))
    for drop in True, False:
        case("roc_curve", name, lambda: dict(zip(
            ("fpr", "tpr", "thresholds"),
            sk.roc_curve(t, p, sample_weight=w, drop_intermediate=drop))),
            drop_intermediate=drop)
    case("precision_recall_curve", name, lambda: dict(zip(
        ("precision", "recall", "thresholds"),
        sk.precision_recall_curve(t, p, sample_weight=w))))
    if w is None:
        for strategy in "uniform", "quantile":
            case("reliability_curve", name, lambda: dict(zip(
                ("accuracy", "confidence"),
                calibration_curve(t, p, n_bins=5, strategy=strategy))),
                bins=5, strategy=strategy)


def ece(i, bins, norm):
    p, w = i["scores"], i.get("weight", np.ones(len(i["target"])))
    right = i["target"] == 1 if p.ndim == 1 else i["labels"] == i["target"]
    confidence = p if p.ndim == 1 else p.max(1)
    at = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
    gaps, weights = [], []
    for b in range(bins):
        here = (at == b) & (w > 0)
        if here.any():
            gaps.append(abs(np.average(confidence[here], weights=w[here]) -
                            np.average(right[here], weights=w[here])))
            weights.append(w[here].sum())
    gaps = np.array(gaps)
    return {"l1": np.average(gaps, weights=weights), "max": gaps.max(),
            "l2": math.sqrt(np.average(gaps ** 2, weights=weights))}[norm]


def of_numbers(name, p, t, w):
    for ours, theirs in [("mse", sk.mean_squared_error),
                         ("rmse", sk.root_mean_squared_error),
                         ("mae", sk.mean_absolute_error),
                         ("mape", sk.mean_absolute_percentage_error),
                         ("r2", sk.r2_score)]:
        for how in ["uniform_average", "raw_values"] + (
                ["variance_weighted"] if ours == "r2" else []):
            case(ours, name, lambda: theirs(t, p, sample_weight=w,
                                            multioutput=how), multioutput=how)


def mcnemar(name, other):
    """Exact and chi^2 by SciPy."""
    t, a = INPUTS[name]["target"], INPUTS[name]["labels"]
    b = np.array(other)
    only_a = int(((a == t) & (b != t)).sum())
    only_b = int(((a != t) & (b == t)).sum())
    n = only_a + only_b
    exact = stats.binomtest(only_a, n).pvalue if n else 1.0
    x = (abs(only_a - only_b) - 1) ** 2 / n if n else 0.0
    return dict(input=name, other=plain(b), only_a=only_a, only_b=only_b,
                exact=exact, statistic=x, p=stats.chi2.sf(x, 1))


for name, i in INPUTS.items():
    of_labels(name, i)
    averages(name, i)
    of_scores(name, i)
    (of_two if i["scores"].ndim == 1 else of_many)(name, i)
    for norm in "l1", "l2", "max":
        case("calibration_error", name, lambda: ece(i, 10, norm), bins=10,
             norm=norm)
for name, (p, t, w) in NUMBERS.items():
    of_numbers(name, p, t, w)
    INPUTS[name] = {k: v for k, v in
                    dict(scores=p, target=t, weight=w).items()
                    if v is not None}

print(json.dumps({
    "sklearn": sklearn.__version__,
    "inputs": {k: plain(v) for k, v in INPUTS.items()},
    "cases": cases,
    "mcnemar": [mcnemar("many", rng.integers(0, 4, 80)),
                mcnemar("two", INPUTS["two"]["labels"]),
                mcnemar("two_ties", rng.integers(0, 2, 50)),
                mcnemar("two", INPUTS["two"]["target"])],
}).replace("}, {", "},\n{"))
