#!/usr/bin/env python3
"""PyTorch's side of the benchmark's rows that need no files.

    python3 tests/bench/peers/ops_torch.py THREADS

One process for all rows: the harness says "row NAME" before it asks for
blocks (README.md). Each function below that @row names prepares one row and
returns step() and value(result), as the file rows_*.lua does for mlrt; the
inputs are those of formula.py. Blocks of what needs no gradients run in
torch.inference_mode, PyTorch's fastest.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peer  # noqa: E402

peer.choose_python()
THREADS = int(sys.argv[1])
peer.limit_threads(THREADS)
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
import formula  # noqa: E402

ROWS = {}
N = 1024


def fill(seed, *shape, scale=1, dtype=np.float32):
    return torch.from_numpy(formula.fill(seed, shape, scale, dtype))


def rows(seed, count, size):
    return torch.from_numpy(formula.rows(seed, count, size))


def digest(x):
    return formula.digest(x.detach().numpy())


def row(*names):
    """Makes a function the one that prepares a row; it gets what follows."""
    def keep(prepare):
        for name, *rest in names:
            ROWS[name] = lambda rest=rest: prepare(*rest)
        return prepare
    return keep


def inferring(step, value=digest):
    """A row whose blocks run with nothing recorded."""
    return step, value, torch.inference_mode


# ---- Networks ---------------------------------------------------------------

def mlp():
    net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(),
                              torch.nn.Linear(128, 10))
    with torch.no_grad():
        for layer, seed in ((net[0], 1), (net[2], 3)):
            bound = 1 / layer.in_features ** 0.5
            for p, number in ((layer.weight, seed), (layer.bias, seed + 1)):
                p.copy_(fill(number, *p.shape, scale=bound))
    return net


def adam(params):
    """The fused Adam where this torch has one for the CPU."""
    try:
        return torch.optim.Adam(params, lr=1e-3, fused=True)
    except (TypeError, RuntimeError):
        return torch.optim.Adam(params, lr=1e-3)


@row(("mlp_step",))
def mlp_step():
    net, x, y = mlp(), fill(5, 64, 784), rows(6, 64, 10)
    optimizer = adam(net.parameters())

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, None


@row(("mlp_infer",))
def mlp_infer():
    net, x = mlp(), fill(5, 1, 784)
    return inferring(lambda: net(x))


@row(("adam",))
def adam_step():
    shapes = (32, 1, 3, 3), (32,), (128, 21632), (128,), (10, 128), (10,)
    params = []
    for i, shape in enumerate(shapes, 1):
        params.append(fill(i, *shape, scale=0.1).requires_grad_())
        params[-1].grad = fill(i + 10, *shape)
    optimizer = adam(params)
    return optimizer.step, lambda _: digest(params[2]) + digest(params[4])


# ---- Operations -------------------------------------------------------------

@row(("add_4", False), ("add_4_grad", True))
def add_4(recorded):
    a, b = fill(1, 4).requires_grad_(recorded), fill(2, 4)
    if recorded:
        return lambda: a + b, digest
    return inferring(lambda: a + b)


def conv_tensors(batch, channels, to, size, groups):
    return (fill(1, batch, channels, size, size),
            fill(2, to, channels // groups, 3, 3, scale=0.1), fill(3, to))


@row(("conv_64", 8, 64, 64, 56, 1), ("conv_1_32", 64, 1, 32, 28, 1),
     ("conv_each", 8, 64, 64, 56, 64))
def conv(batch, channels, to, size, groups):
    x, w, b = conv_tensors(batch, channels, to, size, groups)
    return inferring(lambda: F.conv2d(x, w, b, padding=1, groups=groups))


@row(("conv_64_grad",))
def conv_grad():
    leaves = [t.requires_grad_() for t in conv_tensors(8, 64, 64, 56, 1)]
    g = fill(4, 8, 64, 56, 56)

    def step():
        for leaf in leaves:
            leaf.grad = None
        F.conv2d(*leaves, padding=1).backward(g)

    return step, lambda _: sum(digest(leaf.grad) for leaf in leaves)


@row(("exp", torch.exp, 3), ("gelu", F.gelu, 3), ("sum", torch.sum, 1),
     ("softmax", lambda x: torch.softmax(x, -1), 3),
     ("transpose", lambda x: x.t().contiguous(), 1))
def million(function, scale):
    x = fill(1, N, N, scale=scale)
    return inferring(lambda: function(x))


@row(("add",))
def add():
    a, b = fill(1, N, N), fill(2, N, N)
    return inferring(lambda: a + b)


@row(("layer_norm",))
def layer_norm():
    x, w, b = fill(1, N, N, scale=3), fill(2, N), fill(3, N)
    return inferring(lambda: F.layer_norm(x, (N,), w, b))


@row(("gather_rows",))
def gather_rows():
    x, index = fill(1, 16384, 64), rows(2, 16384, 16384)
    return inferring(lambda: x.index_select(0, index))


@row(("cat",))
def cat():
    parts = [fill(i, N, N // 4) for i in range(1, 5)]
    return inferring(lambda: torch.cat(parts, 1))


# ---- Linear algebra ---------------------------------------------------------

def square(n):
    return fill(1, n, n) + torch.eye(n) * (n / 8)


def definite(n):
    a = fill(1, n, n, dtype=np.float64)
    return (a @ a.t() / n + torch.eye(n, dtype=torch.float64)).float()


def both(name):
    return (name + "_256", 256), (name + "_512", 512)


@row(*both("solve"))
def solve(n):
    a, b = square(n), fill(2, n, n)
    return inferring(lambda: torch.linalg.solve(a, b))


@row(*both("svd"))
def svd(n):
    a = square(n)
    return inferring(lambda: torch.linalg.svd(a, full_matrices=False)[1])


@row(*both("eigh"))
def eigh(n):
    a = fill(1, n, n)
    a = a + a.t()
    return inferring(lambda: torch.linalg.eigh(a)[0])


@row(*both("qr"))
def qr(n):
    a = square(n)
    return inferring(lambda: torch.linalg.qr(a)[1],
                     lambda r: digest(r.abs()))


@row(*both("cholesky"))
def cholesky(n):
    a = definite(n)
    return inferring(lambda: torch.linalg.cholesky(a))


def prepare(name):
    if name not in ROWS:
        raise peer.Failed("ops_torch.py has no row %s" % name)
    return ROWS[name]()


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    peer.greet(torch, "eager")
    peer.serve_rows(prepare)
