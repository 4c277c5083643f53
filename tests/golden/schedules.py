#!/usr/bin/env python3
"""PyTorch's learning rates, clipped gradients and LBFGS, for
tests/spec/schedule_spec.lua.

    python3 tests/golden/schedules.py > tests/golden/schedules.json

Rates are those of 40 steps from 0.  LBFGS minimises functions of two
variables: x and y after each call of step().
"""
import json
import warnings

import torch
from torch.optim import lr_scheduler as ls

warnings.simplefilter("ignore")

# name here, options here, PyTorch's class and options; lr is 0.5.
RATES = [
    ("step", dict(step_size=7, gamma=0.3), ls.StepLR,
     dict(step_size=7, gamma=0.3)),
    ("multistep", dict(milestones=[3, 10, 30], gamma=0.5), ls.MultiStepLR,
     dict(milestones=[3, 10, 30], gamma=0.5)),
    ("exponential", dict(gamma=0.9), ls.ExponentialLR, dict(gamma=0.9)),
    ("linear", dict(steps=10, start_factor=0.25), ls.LinearLR,
     dict(total_iters=10, start_factor=0.25)),
    ("polynomial", dict(steps=30, power=2), ls.PolynomialLR,
     dict(total_iters=30, power=2)),
    ("linear", dict(steps=8, start_factor=1, end_factor=0.2), ls.LinearLR,
     dict(total_iters=8, start_factor=1, end_factor=0.2)),
    ("polynomial", dict(steps=25), ls.PolynomialLR, dict(total_iters=25)),
    ("step", dict(step_size=1), ls.StepLR, dict(step_size=1)),
    ("cosine", dict(steps=39, min_lr=0.1), ls.CosineAnnealingLR,
     dict(T_max=39, eta_min=0.1)),
    ("warm_restarts", dict(steps=5, mult=2, min_lr=0.1),
     ls.CosineAnnealingWarmRestarts, dict(T_0=5, T_mult=2, eta_min=0.1)),
    ("warm_restarts", dict(steps=7), ls.CosineAnnealingWarmRestarts,
     dict(T_0=7)),
    ("one_cycle", dict(steps=40), ls.OneCycleLR,
     dict(total_steps=40, max_lr=0.5, cycle_momentum=False)),
    ("one_cycle", dict(steps=40, anneal="linear", pct_start=0.5,
                       div_factor=10, final_div_factor=100), ls.OneCycleLR,
     dict(total_steps=40, max_lr=0.5, cycle_momentum=False,
          anneal_strategy="linear", pct_start=0.5, div_factor=10,
          final_div_factor=100)),
]


def optimizer():
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)


def rates(name, options, scheduler, theirs):
    o = optimizer()
    s = scheduler(o, **theirs)
    values = []
    for _ in range(40):
        values.append(o.param_groups[0]["lr"])
        o.step()
        s.step()
    return {"name": name, "options": options, "rates": values}


PLATEAU = [
    (dict(patience=0, threshold=0.1, cooldown=1, eps=0.05),
     [5, 4.9, 4, 4, 4, 4, 4, 4, 4]),
    (dict(patience=1, mode="max", threshold=0.2),
     [1, 1.1, 1.5, 1.6, 1.7, 1.7, -1, -1]),
    (dict(patience=2, factor=0.5), [5, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3]),
    (dict(patience=1, factor=0.1, mode="max", threshold=0.5,
          threshold_mode="abs", cooldown=2, min_lr=0.01),
     [1, 1.2, 1.4, 1.6, 1.8, 1.9, 2, 2, 2, 2, 2, 2, 2, 2]),
]


def plateau(options, values):
    o = optimizer()
    s = ls.ReduceLROnPlateau(o, **options)
    seen = []
    for v in values:
        s.step(v)
        seen.append(o.param_groups[0]["lr"])
    return {"options": options, "values": values, "rates": seen}


def gradients():
    a = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    a.grad = torch.arange(6, dtype=torch.float64).reshape(2, 3) - 2
    b.grad = torch.tensor([3.0, -5.0], dtype=torch.float64)
    return [a, b]


def clipped(max_norm, norm_type):
    params = gradients()
    norm = torch.nn.utils.clip_grad_norm_(params, max_norm, norm_type)
    return {"max_norm": max_norm,
            "norm_type": norm_type if norm_type < 1e9 else "inf",
            "norm": norm.item(),
            "grads": [p.grad.flatten().tolist() for p in params]}


FUNCTIONS = {
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    "quartic": lambda x, y: (x - 3) ** 4 + (x + 2 * y) ** 2 + 0.1 * x * y,
}
LBFGS = [
    ("rosenbrock", dict(lr=1e-3, history_size=2, max_iter=7), 4),
    ("rosenbrock", dict(line_search_fn="strong_wolfe", max_eval=6), 5),
    ("quartic", dict(line_search_fn="strong_wolfe", tolerance_grad=0.5,
                     tolerance_change=1e-3), 3),
    ("rosenbrock", dict(line_search_fn="strong_wolfe"), 2),
    ("rosenbrock", dict(line_search_fn="strong_wolfe", max_iter=5,
                        history_size=3), 6),
    ("quartic", dict(lr=0.1, max_iter=4), 5),
    ("quartic", dict(line_search_fn="strong_wolfe", lr=0.5, max_iter=3), 4),
]


def lbfgs(function, options, calls):
    x = torch.tensor([-1.2], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    o = torch.optim.LBFGS([x, y], **options)
    evaluations, seen = 0, []

    def closure():
        nonlocal evaluations
        evaluations += 1
        o.zero_grad()
        loss = FUNCTIONS[function](x, y).sum()
        loss.backward()
        return loss

    for _ in range(calls):
        o.step(closure)
        seen.append([x.item(), y.item(), evaluations])
    return {"function": function, "options": options, "after": seen}


print(json.dumps({
    "torch": torch.__version__,
    "rates": [rates(*case) for case in RATES],
    "plateau": [plateau(*case) for case in PLATEAU],
    "clipped": [clipped(*c) for c in
                [(1.0, 2.0), (4.0, 1.0), (2.5, float("inf")), (100.0, 2.0),
                 (3.0, 3.0)]],
    "lbfgs": [lbfgs(*case) for case in LBFGS],
}).replace("}, {", "},\n{"))
