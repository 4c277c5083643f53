"""Golden values of mlrt.prep, from scikit-learn, as tests/golden/prep.json.

    python tests/golden/prep.py > tests/golden/prep.json

Small tables with ties, a column that does not vary, several classes, weights,
holes, categories that are unknown; parts of dates from pandas.
"""
import json
import math
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn import decomposition, impute, linear_model, model_selection
from sklearn import preprocessing as pre

warnings.simplefilter("ignore")
rng = np.random.default_rng(9)

X = rng.normal(size=(24, 4)) * [1, 10, 0.1, 3] + [0, 100, 1, -5]
X[:, 2] = np.round(X[:, 2], 1)  # ties
X = np.c_[X, np.full(24, 7.0)]  # does not vary
NEW = rng.normal(size=(6, 5)) * [2, 20, 0.2, 6, 1] + [0, 100, 1, -5, 7]
YES = (X[:, 0] + rng.normal(size=24) > 0).astype(int)
CLASS = rng.integers(0, 3, 24)
Y = X[:, :4] @ [1, 0.2, -3, 0.5] + rng.normal(size=24)
W = rng.uniform(0.2, 2, 24)


def plain(v):
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple, np.ndarray)):
        return [plain(x) for x in v]
    if isinstance(v, np.generic):
        v = v.item()
    return None if isinstance(v, float) and math.isnan(v) else v


def step(name, made, **options):
    made.fit(X)
    return dict(name=name, options=options, train=made.transform(X),
                new=made.transform(NEW))


steps = [
    step("StandardScaler", pre.StandardScaler()),
    step("StandardScaler", pre.StandardScaler(with_mean=False),
         with_mean=False),
    step("StandardScaler", pre.StandardScaler(with_std=False), with_std=False),
    step("MinMaxScaler", pre.MinMaxScaler()),
    step("MinMaxScaler", pre.MinMaxScaler((-1, 3), clip=True), low=-1, high=3,
         clip=True),
    step("RobustScaler", pre.RobustScaler()),
    step("RobustScaler", pre.RobustScaler(quantile_range=(10, 95)), low=0.1,
         high=0.95),
    step("QuantileTransformer", pre.QuantileTransformer(n_quantiles=24)),
    step("QuantileTransformer", pre.QuantileTransformer(n_quantiles=7),
         quantiles=7),
    step("QuantileTransformer", pre.QuantileTransformer(
        n_quantiles=24, output_distribution="normal"), output="normal"),
]

p = decomposition.PCA().fit(X[:, :4])
pca = dict(ratio=p.explained_variance_ratio_, variance=p.explained_variance_,
           magnitude=np.abs(p.transform(NEW[:, :4])))


# ---- Categories and holes ---------------------------------------------------

CITY = np.array(["Ulm", "Rom", "Bern", "Ulm", "Rom", "Ulm", "Ulm", "Bern",
                 "Kyiv", "Rom", "Ulm", "Rom"], dtype=object)
SEEN = np.array(["Ulm", "Rom", "Bern", "Kyiv", "Oslo"], dtype=object)
BAD = np.array([1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0])
AMOUNT = rng.normal(size=12)
HOLES = np.array([1, 2, np.nan, 2, 5, np.nan, 9, 2, 5, 1, 0.5, 7])


def column(v):
    return np.asarray(v).reshape(-1, 1)


def target_encoder(y, **options):
    made = pre.TargetEncoder(target_type="continuous", **options)
    return made.fit(column(CITY), y).transform(column(SEEN))[:, 0]


def woe(smooth):
    """Its definition, by pandas."""
    by = pd.DataFrame(dict(city=CITY, bad=BAD)).groupby("city").bad
    yes = by.sum() + smooth
    no = by.count() - by.sum() + smooth
    return np.log((yes / yes.sum()) / (no / no.sum())).to_dict()


def one_hot(**options):
    made = pre.OneHotEncoder(sparse_output=False, handle_unknown="ignore",
                             **options).fit(column(CITY))
    return dict(names=[n[3:] for n in made.get_feature_names_out()],
                values=made.transform(column(SEEN)))


def bins(strategy, k):
    made = pre.KBinsDiscretizer(k, encode="ordinal", strategy=strategy,
                                **(dict(quantile_method="linear")
                                   if strategy == "quantile" else {}))
    return made.fit(X[:, [0, 2]]).transform(NEW[:, [0, 2]])


def polynomial(**options):
    made = pre.PolynomialFeatures(include_bias=False, **options)
    values = made.fit(X[:, :3]).transform(NEW[:, :3])
    return dict(names=made.get_feature_names_out(["a", "b", "c"]),
                values=values)


stamps = ["2018-07-25 12:13:14", "1969-12-31 23:59:59", "2000-02-29 00:00:00",
          "1900-03-01 06:30:00", "2024-12-30 18:45:59", "2023-01-01 00:00:01"]
when = pd.to_datetime(pd.Series(stamps))
dates = dict(text=stamps, seconds=when.astype("datetime64[s]").astype("int64"),
             year=when.dt.year, quarter=when.dt.quarter, month=when.dt.month,
             day=when.dt.day, yearday=when.dt.dayofyear,
             weekday=when.dt.dayofweek + 1, hour=when.dt.hour,
             minute=when.dt.minute,
             weekend=(when.dt.dayofweek >= 5).astype(int))

categories = dict(
    city=CITY, seen=SEEN, bad=BAD, amount=AMOUNT, holes=HOLES,
    one_hot=one_hot(), one_hot_first=one_hot(drop="first"),
    ordinal=pre.OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1
    ).fit(column(CITY)).transform(column(SEEN))[:, 0],
    target_auto=target_encoder(AMOUNT), target_5=target_encoder(
        AMOUNT, smooth=5.0), target_two=target_encoder(BAD),
    woe=woe(0.5),
    uniform=bins("uniform", 4), quantile=bins("quantile", 3),
    quantile_ties=bins("quantile", 12),
    polynomial=polynomial(degree=3),
    interactions=polynomial(degree=2, interaction_only=True),
    imputed={s: impute.SimpleImputer(strategy=s).fit(column(HOLES)).statistics_
             for s in ("mean", "median", "most_frequent")},
    dates={k: list(v) for k, v in dates.items()})


def numbers(name, made, weight=None, **options):
    made.fit(X, Y, sample_weight=weight)
    return dict(name=name, options=options, weight=weight,
                new=made.predict(NEW), coef=made.coef_, bias=made.intercept_)


def classes(made, y, weight=None, **options):
    made.set_params(tol=1e-12, max_iter=100000)
    Z = pre.StandardScaler().fit(X)
    made.fit(Z.transform(X), y, sample_weight=weight)
    return dict(options=options, weight=weight, y=y, coef=made.coef_,
                bias=np.atleast_1d(made.intercept_),
                new=made.predict_proba(Z.transform(NEW)))


def pairs(folds, *args):
    return [[train, test] for train, test in folds.split(*args)]


lr = linear_model.LogisticRegression
groups = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4] + [5] * 9)
n = np.zeros(24)
print(json.dumps(plain({
    "sklearn": sklearn.__version__,
    "x": X, "new": NEW, "y": Y, "groups": groups, "class": CLASS,
    "steps": steps, "pca": pca, "categories": categories,
    "numbers": [
        numbers("LinearRegression", linear_model.LinearRegression()),
        numbers("LinearRegression", linear_model.LinearRegression(), W),
        numbers("LinearRegression", linear_model.LinearRegression(
            fit_intercept=False), intercept=False),
        numbers("Ridge", linear_model.Ridge()),
        numbers("Ridge", linear_model.Ridge(alpha=7.5), W, alpha=7.5),
        numbers("Ridge", linear_model.Ridge(alpha=2, fit_intercept=False),
                alpha=2, intercept=False),
    ],
    "classes": [
        classes(lr(), YES),
        classes(lr(C=0.05), YES, c=0.05),
        classes(lr(C=30, class_weight="balanced"), YES, c=30,
                class_weight="balanced"),
        classes(lr(), YES, W),
        classes(lr(fit_intercept=False), YES, intercept=False),
        classes(lr(), CLASS),
        classes(lr(C=0.1, class_weight="balanced"), CLASS, W, c=0.1,
                class_weight="balanced"),
    ],
    "folds": {
        "plain": pairs(model_selection.KFold(5), n),
        "stratified": pairs(model_selection.StratifiedKFold(4), n, CLASS),
        "grouped": pairs(model_selection.GroupKFold(3), n, n, groups),
        "time": pairs(model_selection.TimeSeriesSplit(4), n),
        "time_gap": pairs(model_selection.TimeSeriesSplit(
            3, gap=2, test_size=4, max_train_size=6), n),
    },
})).replace("}, {", "},\n{"))
