#!/usr/bin/env python3
"""Trajectories of PyTorch's optimizers, for tests/spec/optim_spec.lua.

    python3 tests/golden/optim.py > tests/golden/optim.json

Two parameters in f64, (2, 3) and (2,), whose gradient at step t is a formula
of the parameter: g = p * c + sin(t + i), i the number of the element. Twenty
steps each; the file holds the parameters after steps 1, 2, 5 and 20.
"""
import json

import torch

CASES = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9)),
    ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.05)),
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True)),
    ("Adam", dict(lr=0.05)),
    ("Adam", dict(lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
    ("Adam", dict(lr=0.05, amsgrad=True)),
    ("AdamW", dict(lr=0.05)),
    ("AdamW", dict(lr=0.05, weight_decay=0.3, amsgrad=True)),
    ("RMSprop", dict(lr=0.02)),
    ("RMSprop", dict(lr=0.02, alpha=0.9, momentum=0.5, weight_decay=0.1)),
    ("RMSprop", dict(lr=0.02, centered=True, momentum=0.5)),
    ("Adagrad", dict(lr=0.2)),
    ("Adagrad", dict(lr=0.2, lr_decay=0.1, weight_decay=0.1,
                     initial_accumulator_value=0.5)),
    ("SGD", dict(lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True,
                 maximize=True)),
    ("SGD", dict(lr=0.1, dampening=0.5)),
    ("SGD", dict(lr=0.1, weight_decay=0.1, maximize=True)),
    ("Adam", dict(lr=0.05, weight_decay=0.1, amsgrad=True, maximize=True)),
    ("Adam", dict(lr=0.05, betas=(0.0, 0.5))),
    ("AdamW", dict(lr=0.05, betas=(0.95, 0.9), eps=1e-3, maximize=True)),
    ("RMSprop", dict(lr=0.02, eps=1e-3, alpha=0.5, momentum=0.9,
                     weight_decay=0.2, centered=True, maximize=True)),
    ("Adagrad", dict(lr=0.2, eps=1e-3, weight_decay=0.2, maximize=True)),
]


def start():
    a = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.5]],
                     dtype=torch.float64)
    b = torch.tensor([0.25, -0.75], dtype=torch.float64)
    return [a.requires_grad_(), b.requires_grad_()]


def gradient(p, t, factor):
    i = torch.arange(p.numel(), dtype=torch.float64).reshape(p.shape)
    return p.detach() * factor + torch.sin(t + i)


def run(name, options):
    params = start()
    optimizer = getattr(torch.optim, name)(params, **options)
    seen = {}
    for t in range(1, 21):
        for factor, p in zip((0.7, -0.2), params):
            p.grad = gradient(p, t, factor)
        optimizer.step()
        if t in (1, 2, 5, 20):
            seen[str(t)] = [p.detach().flatten().tolist() for p in params]
    options = {k: list(v) if isinstance(v, tuple) else v
               for k, v in options.items()}
    return {"name": name, "options": options, "after": seen}


print(json.dumps({"torch": torch.__version__,
                  "cases": [run(*case) for case in CASES]}, indent=1))
