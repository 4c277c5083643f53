#!/usr/bin/env python3
"""PyTorch's side of the table "every operation on a million elements".

    python3 tests/bench/peers/width_torch.py THREADS

A line of JSON names an operation and how its operands are made; the answer is
"ready", or why PyTorch cannot do it. "block N" then does it N times, forward
or forward and backward, and answers "seconds 0". How an operation is called
is tests/golden/ops.py's knowledge. Protocol and choice of Python: peer.py and
README.md beside this file.
"""
import json
import os
import sys
import time
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "..", "golden"))
import peer  # noqa: E402


def definite(torch, b, n):
    x = torch.randn(b, n, n)
    return x @ x.mT / n + torch.eye(n)


def operand(torch, kind, shape):
    """A tensor of a kind of width.lua; the same range of values."""
    def uniform(low, high):
        return torch.rand(shape) * (high - low) + low
    makers = {
        "r": lambda: uniform(-2, 2), "p": lambda: uniform(0.5, 2),
        "u": lambda: uniform(-0.9, 0.9), "prob": lambda: uniform(0.05, 0.95),
        "sign": lambda: torch.randn(shape).sign(),
        "sorted": lambda: torch.randn(shape).sort()[0],
        "rt": lambda: torch.randn(shape).t(),
        "i": lambda: torch.randint(0, 100, shape),
        "mask": lambda: torch.randn(shape) > 0,
        "at": lambda: torch.randint(0, shape[0], shape[1:]),
        "spd": lambda: definite(torch, *shape),
        "tri": lambda: torch.linalg.cholesky(definite(torch, *shape)),
    }
    return makers[kind]()


class Value:
    """Makes the values of a message; keeps those that have a gradient."""

    def __init__(self, torch, golden, backward):
        self.torch, self.golden, self.backward = torch, golden, backward
        self.leaves = []

    def __call__(self, v):
        if not isinstance(v, dict):
            return v
        if "make" in v:
            t = operand(self.torch, v["make"], v["shape"]["list"])
            if self.backward and t.is_floating_point():
                self.leaves.append(t.requires_grad_())
            return t
        if "list" in v:
            return [self(x) for x in v["list"]] if v["list"] else []
        if "dtype" in v:
            return self.golden.DTYPES[v["dtype"]]
        return self.golden.number(v["number"])


def arguments(case, value):
    """(required, options) as tests/golden/ops.py has them."""
    required, options = [], {}
    given = case["args"] or {}
    for name in case["order"]:
        plain = name.rstrip("?")
        if plain in given:
            v = value(given[plain])
            if name.endswith("?"):
                options[plain] = v
            else:
                required.append(v)
    if case["op"] == "arange":
        required = [options.pop("start", 0)] + required + [
            options.pop("step", 1)]
    return required, options


def stepper(torch, golden, case):
    """A function that does the operation once."""
    value = Value(torch, golden, case["backward"])
    required, options = arguments(case, value)
    f = golden.function(case["op"])
    if not case["backward"]:
        return lambda: f(*required, **options)
    y = f(*required, **options)
    y = y if isinstance(y, torch.Tensor) else y[0]
    g = torch.ones_like(y)

    def step():
        out = f(*required, **options)
        out = out if isinstance(out, torch.Tensor) else out[0]
        out.backward(g)
        for t in value.leaves:
            t.grad = None
    step()
    return step


def block(step, n):
    start = time.perf_counter()
    for _ in range(n):
        step()
    print("%.9f 0" % (time.perf_counter() - start), flush=True)


def serve(torch, golden):
    step = None
    for line in sys.stdin:
        if line.startswith("block "):
            block(step, int(line.split()[1]))
            continue
        try:
            step = stepper(torch, golden, json.loads(line))
            step()
            print("ready", flush=True)
        except golden.ERRORS as e:
            print(str(e).split("\n")[0], flush=True)


def main():
    threads = int(sys.argv[1]) if len(sys.argv) == 2 else 1
    peer.choose_python()
    peer.limit_threads(threads)
    import torch
    import ops as golden
    warnings.simplefilter("ignore")
    torch.set_num_threads(threads)
    peer.greet(torch, "eager")
    serve(torch, golden)


if __name__ == "__main__":
    main()
