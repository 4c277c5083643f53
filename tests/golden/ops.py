#!/usr/bin/env python3
"""PyTorch's values and gradients of every operation.

    build/mlrun tests/golden/ops.lua | python3 tests/golden/ops.py [--report]

writes ops.json, the calls, and ops.npz, their numbers, beside this file; `make
golden` does it. Names, arguments and defaults of the operations are
PyTorch's, so a call is found by its name; CALLS has those that are written in
another way there, or that NumPy has. A gradient is that of sum(y w) with
w = 2 sin(1.3 i + k), i the number of the element and k that of the output.
--report prints which calls PyTorch has an answer for and mlrt refuses, and the
reverse.
"""
import json
import math
import os
import sys
import warnings

import numpy as np
import torch
import torch.nn.functional as F

DTYPES = {"f64": torch.float64, "f32": torch.float32, "i64": torch.int64,
          "i32": torch.int32, "u8": torch.uint8, "bool": torch.bool,
          "index": torch.int64}
NAMES = {v: k for k, v in DTYPES.items() if k != "index"}
ORDER = [torch.float64, torch.float32, torch.int64, torch.int32, torch.uint8,
         torch.bool]
linalg = torch.linalg


# ---- Calls that are written in another way --------------------------------

def padded(x, pad, mode="constant", value=0):
    """Modes other than constant want batch and channel in front."""
    if mode == "constant":
        return F.pad(x, pad, mode, value)
    for d, (before, after) in enumerate(zip(pad[::2], pad[1::2])):
        cut = [max(-before, 0), max(-after, 0)]
        x = x.narrow(-1 - d, cut[0], x.shape[-1 - d] - sum(cut))
    ndim = x.dim()
    y = x.reshape((1,) * (2 + len(pad) // 2 - ndim) + tuple(x.shape))
    y = F.pad(y, [max(p, 0) for p in pad], mode)
    return y.reshape(y.shape[y.dim() - ndim:])


def sliced(x, start, stop, step=None):
    step = step or [1] * len(start)
    return x[tuple(slice(*s) for s in zip(start, stop, step))]


def symmetric(f):
    return lambda x, **o: f((x + x.mT) / 2, **o)


def extreme(f):
    """max, min and median: without dim there is no position."""
    def call(x, dim=None, keepdim=False):
        if dim is not None:
            return f(x, dim=dim, keepdim=keepdim)
        y = f(x)
        return y.reshape((1,) * x.dim()) if keepdim else y
    return call


def every(f):
    """Reductions that want their dims named, and one at a time."""
    def call(x, dim=None, keepdim=False):
        dims = range(x.dim()) if dim is None else \
            [dim] if isinstance(dim, int) else dim
        for d in sorted((d % max(x.dim(), 1) for d in dims), reverse=True):
            x = f(x, dim=d, keepdim=keepdim)
        return x
    return call


def spread(f):
    """var and std: torch wants no dim as None."""
    return lambda x, dim=None, keepdim=False, correction=1: f(
        x, dim=dim, keepdim=keepdim, correction=correction)


def unique(f):
    def call(x, return_inverse=False, return_counts=False, **o):
        out = f(x, return_inverse=return_inverse,
                return_counts=return_counts, **o)
        return [out] if isinstance(out, torch.Tensor) else list(out)
    return call


def scatter_of(name):
    return lambda x, dim, index, source: getattr(x, name)(dim, index, source)


def index_add(x, dim, index, source):
    return x.index_add(dim, index, source)


def filled(x, dim, index, value):
    if isinstance(value, torch.Tensor):
        value = value.reshape(())
    return x.index_fill(dim, index, value)


def quantile(x, q, **o):
    if not isinstance(q, torch.Tensor):
        q = float(q)
    return torch.quantile(x, q, **o)


def matrix(f):
    words = {"spectral": 2, "inf": math.inf, "one": 1}

    def call(x, ord=None, p=None, **o):
        ord = words.get(ord, ord) if p is None else p
        return f(x, ord, **o) if ord else f(x, **o)
    return call


def lstsq(a, b, rcond=None):
    vector = b.dim() == a.dim() - 1
    out = linalg.lstsq(a, b.unsqueeze(-1) if vector else b, rcond=rcond,
                       driver="gelsd")
    rank = linalg.matrix_rank(a)
    x = linalg.pinv(a) @ (b.unsqueeze(-1) if vector else b) \
        if b.requires_grad else out.solution
    if a.shape[-2] > a.shape[-1] and bool((rank == a.shape[-1]).all()):
        rest = a @ x - (b.unsqueeze(-1) if vector else b)
        rest = (rest * rest).sum(-2)
        rest = rest.squeeze(-1) if vector else rest
    else:
        rest = a.new_zeros(0)
    return [x.squeeze(-1) if vector else x, rank, rest, linalg.svdvals(a)]


def solve(a, b, left=True):
    if not left:
        return linalg.solve(a, b, left=False)
    vector = b.dim() == 1 or (a.dim() - 1 == b.dim()
                              and a.shape[:-1] == b.shape)
    y = linalg.solve(a, b.unsqueeze(-1) if vector else b)
    return y.squeeze(-1) if vector else y


def pinv(x, rcond=None, rtol=None, hermitian=False, **o):
    if hermitian:
        x = (x + x.mT) / 2
    return linalg.pinv(x, rtol=rcond if rtol is None else rtol,
                       hermitian=hermitian, **o)


def triangular(b, a, upper=True, transpose=False, unitriangular=False):
    x = linalg.solve_triangular(a.mT if transpose else a, b,
                                upper=upper != transpose,
                                unitriangular=unitriangular)
    return [x, a]


def unpool(f):
    """PyTorch wants the whole size in a list."""
    def call(x, indices, kernel_size, stride=None, padding=0,
             output_size=None):
        if isinstance(output_size, int):
            output_size = [output_size]
        return f(x, indices, kernel_size, stride, padding, output_size)
    return call


def counts(x, weights=None, **o):
    if weights is not None and weights.requires_grad:
        weights = weights.detach()
    return torch.bincount(x.reshape(-1), weights, **o)


def interval(start, stop, step=1, dtype=None):
    n = math.floor((stop - start) / step + 1e-9) + 1
    y = [start + i * step for i in range(n)]
    return torch.tensor(y, dtype=dtype or (
        torch.int64 if all(isinstance(v, int) for v in y)
        and isinstance(step, int) else torch.float32))


def normed(x, p=2, dim=1, eps=1e-12):
    return F.normalize(x, p=p, dim=dim, eps=eps)


def trace(x):
    return torch.diagonal(x, dim1=-2, dim2=-1).sum(-1)


def batch_norm(x, running_mean=None, running_var=None, **o):
    return F.batch_norm(x, running_mean, running_var, **o)


def integers(f):
    """What an integer tensor has no say in: zeros of it."""
    return lambda x: f(x) if x.is_floating_point() else torch.zeros_like(x)


def by_numpy(f):
    """PyTorch's vectorised remainders are wrong beside denormals."""
    def call(x, y):
        with np.errstate(all="ignore"):
            return torch.from_numpy(np.asarray(f(x.detach().numpy(),
                                                 y.detach().numpy())))
    return call


def exact(f, g):
    """f's values on special ones, where it has no gradient."""
    return lambda x, y: by_numpy(f)(x, y) if isinstance(x, torch.Tensor) \
        and isinstance(y, torch.Tensor) and x.shape == (18, 1) \
        and x.is_floating_point() else g(x, y)


def softsign(x):
    """In floats: 1 + |x| of an integer may wrap."""
    return F.softsign(to_float(x))


def rows_of(x, index, scale=1, shift=0):
    x = x.float() if x.dtype == torch.uint8 else x
    return x[index] * scale + shift


def condition(c, x, y):
    return torch.where(c, *alike([x, y]))


def glu(x, dim=-1):
    """The same products in another order, where they overflow."""
    a, b = x.chunk(2, dim)
    return a * torch.sigmoid(b)


def with_mean(f):
    """torch's running mean is nan where an element is infinite."""
    return lambda x, dim=None, keepdim=False, correction=1: [
        spread(f)(x, dim, keepdim, correction),
        torch.mean(x, dim, keepdim=keepdim)]


CALLS = {
    "glu": glu, "var_mean": with_mean(torch.var),
    "std_mean": with_mean(torch.std),
    "addcmul": lambda x, a, b, value=1: x + value * (a * b),
    "remainder": exact(np.remainder, torch.remainder),
    "fmod": exact(np.fmod, torch.fmod),
    "floor_divide": exact(np.floor_divide, torch.floor_divide),
    "slice": sliced, "pad": padded, "frac": integers(torch.frac),
    "view": lambda x, shape: x.reshape(shape),
    "expand": lambda x, shape: x.expand(shape),
    "expand_as": lambda x, other: x.expand(other.shape),
    "unfold": lambda x, dim, size, step: x.unfold(dim, size, step),
    "to": lambda x, dtype: x.to(dtype),
    "contiguous": lambda x: x.contiguous(),
    "split": lambda x, size, dim=0: torch.split(
        x, size, dim),
    "repeat_interleave": lambda x, repeats, dim=None:
        torch.repeat_interleave(x, repeats, dim),
    "norm": lambda x, p=2, dim=None, keepdim=False: linalg.vector_norm(
        x, p, dim, keepdim),
    "logsumexp": lambda x, dim=None, keepdim=False: torch.logsumexp(
        x, list(range(x.dim())) if dim is None else dim, keepdim),
    "softmax": lambda x, dim=-1: torch.softmax(x, dim),
    "log_softmax": lambda x, dim=-1: torch.log_softmax(x, dim),
    "prod": every(torch.prod), 
    "any": every(lambda x, **o: torch.any(x, **o).bool()),
    "all": every(lambda x, **o: torch.all(x, **o).bool()),
    "var": spread(torch.var), "std": spread(torch.std),
    "max": extreme(torch.max), "min": extreme(torch.min),
    "median": extreme(torch.median),
    "quantile": quantile,
    "unique": unique(torch.unique),
    "unique_consecutive": unique(torch.unique_consecutive),
    "index_add": index_add, "index_fill": filled,
    "scatter": scatter_of("scatter"),
    "scatter_add": scatter_of("scatter_add"),
    "bincount": counts,
    "embedding": lambda weight, index, **o: F.embedding(index, weight, **o),
    "gather_rows": rows_of, "softsign": softsign,
    "mask_rows": lambda x, mask: x[mask],
    "one_hot": lambda index, classes=-1: F.one_hot(index, classes),
    "masked_fill": lambda x, mask, value: x.masked_fill(mask, value),
    "nonzero": torch.nonzero,
    "histc": lambda x, bins=100, min=0, max=0: torch.histc(
        x.reshape(-1), bins, min, max),
    "isin": torch.isin,
    "solve": solve, "solve_triangular": lambda a, b, upper, **o:
        linalg.solve_triangular(a, b, upper=upper, **o),
    "inv": linalg.inv, "det": linalg.det, "slogdet": linalg.slogdet,
    "qr": linalg.qr, "lstsq": lstsq,
    "svd": lambda x, full_matrices=False: linalg.svd(x, full_matrices),
    "svdvals": linalg.svdvals,
    "pinv": pinv, "logdet": torch.logdet,
    "triangular_solve": triangular,
    "max_unpool1d": unpool(F.max_unpool1d),
    "max_unpool2d": unpool(F.max_unpool2d),
    "eigh": symmetric(linalg.eigh), "eigvalsh": symmetric(linalg.eigvalsh),
    "cholesky": symmetric(linalg.cholesky),
    "cholesky_solve": lambda b, l, upper=False: torch.cholesky_solve(
        b, l.triu() if upper else l.tril(), upper),
    "matrix_norm": matrix(linalg.matrix_norm), "cond": matrix(linalg.cond),
    "matrix_rank": lambda x, rcond=None, rtol=None, **o: linalg.matrix_rank(
        x, rtol=rcond if rtol is None else rtol, **o),
    "matrix_power": linalg.matrix_power, "trace": trace,
    "range": interval, "where": condition, "batch_norm": batch_norm,
    "eye": lambda n, columns=None, dtype=None: torch.eye(
        n, n if columns is None else columns, dtype=dtype),
    "normalize": normed,
    "einsum": lambda equation, tensors: torch.einsum(equation, *tensors),
    "empty": torch.zeros, "empty_like": torch.zeros_like,
    "meshgrid": lambda tensors, indexing="ij": torch.meshgrid(
        *tensors, indexing=indexing),
}
# What is left out, and why: operation, kinds, a part of the sample.
FLOATS, WHOLE, ALL = "f64 f32", "i64 i32 u8", "f64 f32 i64 i32 u8 bool"
LEFT_OUT = [
    # docs/differences.md
    ("to", ALL, "ix{"), ("pad", ALL, "ix{"),
    ("lt le gt ge", ALL, "300"),
    ("unique isin mode", FLOATS, "s("),
    ("hardtanh relu6", WHOLE, ""), ("lerp", "bool", ""),
    # PyTorch has no answer worth the name: what is searched is not sorted.
    ("searchsorted bucketize", ALL, "s("),
    # What overflows before it meets a 0 depends on the order.
    ("prod", FLOATS, "s(3"),
    # What completes a factor of a rank below its columns is anyone's.
    ("qr", ALL, "ones(4,2)"),
    # PyTorch returns another shape than that of its gradient.
    ("pixel_unshuffle", ALL, "r(0"),
]
# Gradients that are left out.
NO_GRADIENT = [
    # PyTorch's is that of a neighbour: (1 1; 1 1) has adjugate (1 -1; -1 1).
    ("det", ALL, "ones"), ("det", ALL, "t{"),
    # Singular values that are equal have no gradient, logarithms of 0 neither.
    ("lstsq", ALL, "ones"), ("logdet", ALL, "zeros"),
    # docs/differences.md: the columns behind the rank move, too.
    ("svd", ALL, "full_matrices"),
    # An infinite or nan element leaves nothing to differ.
    ("prod cumprod logsumexp logcumsumexp amax amin var std var_mean std_mean "
     "aminmax logit", FLOATS, "s("),
    # docs/differences.md: the ends of clamp are inside, a small var is not.
    ("clamp_min clamp_max hinge_embedding_loss", FLOATS, "s("),
    ("gaussian_nll_loss", FLOATS, "eps=1.1"),
]
# Whose outputs are what they are but for a sign: sizes are compared.
FACTORS = {"svd", "eigh", "qr"}


# ---- A call from its line -------------------------------------------------

def number(text):
    return int(text) if text.lstrip("-").isdigit() else float.fromhex(text)


def tensor(v):
    dtype = DTYPES[v["tensor"]]
    words = v["values"].split()
    values = [w == "true" if w in ("true", "false") else number(w)
              for w in words]
    shape = [int(n) for n in v["shape"].split()]
    return torch.tensor(values, dtype=dtype).reshape(shape)


def value(v, leaves, name):
    if not isinstance(v, dict):
        return v
    if "tensor" in v:
        t = tensor(v)
        if t.is_floating_point():
            t.requires_grad_()
            leaves.append((name, t))
        return t
    if "list" in v:
        return [value(x, leaves, name) for x in v["list"]] \
            if isinstance(v["list"], list) else []
    return DTYPES[v["dtype"]] if "dtype" in v else number(v["number"])


def alike(args):
    """Operands as mlrt promotes them: a number adapts to the tensor."""
    tensors = [a for a in args if isinstance(a, torch.Tensor)]
    if not tensors:
        return args
    common = min((t.dtype for t in tensors), key=ORDER.index)
    return [a.to(common) if isinstance(a, torch.Tensor) else
            int(a) if isinstance(a, float) and a.is_integer()
            and not common.is_floating_point else a for a in args]


def function(name):
    if name in CALLS:
        return CALLS[name]
    for place in (F, torch, linalg, torch.Tensor):
        if hasattr(place, name):
            return getattr(place, name)
    raise LookupError("PyTorch has no " + name)


def is_binary(case):
    required = [name for name in case["order"] if not name.endswith("?")]
    return required in (["x", "y"], ["y", "x"])


def as_tensor(v):
    """A number among operands, as a tensor that leaves their dtype alone."""
    if isinstance(v, (int, float)) and not isinstance(v, bool):
        return torch.tensor(v, dtype=torch.float64 if isinstance(v, float)
                            else torch.int64)
    return v


def call(case, change):
    """The outputs of a call and its leaves, operands changed by `change`."""
    required, options, leaves = [], {}, []
    given = case["args"] or {}
    for name in case["order"]:
        plain = name.rstrip("?")
        if plain in given:
            v = value(given[plain], leaves, plain)
            if name.endswith("?"):
                options[plain] = v
            else:
                required.append(v)
    if is_binary(case):
        required = alike(required)
    required = [change(v) for v in required]
    if change is not as_tensor:
        options = {name: change(v) for name, v in options.items()}
    if case["op"] == "arange":
        required = [options.pop("start", 0)] + required + [
            options.pop("step", 1)]
    out = function(case["op"])(*required, **options)
    return [out] if isinstance(out, torch.Tensor) else list(out), leaves


def to_float(v):
    """For what PyTorch has on floats only, and mlrt on integers in f32."""
    if isinstance(v, torch.Tensor) and v.dtype in ORDER[2:5]:
        return v.float()
    return v


def constant(v):
    return v.detach() if isinstance(v, torch.Tensor) else v


class Constants:
    """The first n operands have gradients: not targets, nor weights."""

    def __init__(self, n):
        self.n = n

    def __call__(self, v):
        if isinstance(v, torch.Tensor):
            self.n -= 1
        return v if self.n >= 0 else constant(v)


def weights(t, k):
    i = torch.arange(t.numel(), dtype=torch.float64).reshape(t.shape)
    return (2 * torch.sin(1.3 * i + k)).to(t.dtype)


def gradients(case, outs, leaves):
    """[(argument, gradient)] of those that have one."""
    if not case["differentiable"] or case["kind"][0] != "f" \
            or listed(case, NO_GRADIENT):
        return []
    parts = [(t * weights(t, k + 1)).sum().double()
             for k, t in enumerate(outs) if t.requires_grad]
    if not parts:
        return []
    grads = torch.autograd.grad(sum(parts), [t for _, t in leaves],
                                allow_unused=True)
    return [(name, g) for (name, _), g in zip(leaves, grads) if g is not None]


# ---- All of them ----------------------------------------------------------

class Store:
    """Numbers of all calls, one after the other: floats, and whole ones."""

    def __init__(self):
        self.floats, self.whole = [], []

    def put(self, t):
        t = t.detach().reshape(-1)
        (self.floats if t.is_floating_point() else self.whole).append(
            t.double().numpy() if t.is_floating_point()
            else t.to(torch.int64).numpy())

    def save(self, path):
        np.savez_compressed(path, floats=np.concatenate(self.floats),
                            whole=np.concatenate(self.whole))


def signature(t):
    return " ".join([NAMES[t.dtype]] + [str(n) for n in t.shape])


def listed(case, table):
    return any(case["op"] in ops.split() and case["kind"] in kinds.split()
               and part in case["sample"] for ops, kinds, part in table)


ERRORS = (RuntimeError, TypeError, ValueError, IndexError, LookupError,
          OverflowError)


def attempt(case):
    """Outputs and gradients, the operands as they are or else changed."""
    first = None
    for change in (lambda v: v, to_float, as_tensor, Constants(2),
                   Constants(1), constant):
        try:
            outs, leaves = call(case, change)
            if case["op"] in FACTORS:
                outs = [t.abs() for t in outs]
            return outs, gradients(case, outs, leaves)
        except ERRORS as e:
            first = first or e
    raise first


def evaluate(case, store):
    """[op, dtype, sample, outputs, gradients], the last two as signatures."""
    outs, grads = attempt(case)
    for t in outs:
        store.put(t)
    for _, g in grads:
        store.put(g)
    return [case["op"], case["kind"], case["sample"],
            [signature(t) for t in outs],
            ["%s %d" % (name, g.numel()) for name, g in grads]]


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    report = "--report" in sys.argv
    here = os.path.dirname(os.path.abspath(__file__))
    store, lines = Store(), []
    for line in sys.stdin:
        case = json.loads(line)
        if listed(case, LEFT_OUT):
            continue
        trial = Store() if "refused" in case else store
        head = "%s(%s) in %s" % (case["op"], case["sample"], case["kind"])
        try:
            done = evaluate(case, trial)
        except ERRORS as e:
            if report and "refused" not in case:
                print("no answer: %s: %s" % (head, str(e).split("\n")[0]))
            continue
        if "refused" in case:
            if report:
                print("refused: %s: %s" % (head, case["refused"]))
            continue
        lines.append(json.dumps(done))
    store.save(os.path.join(here, "ops.npz"))
    with open(os.path.join(here, "ops.json"), "w") as f:
        f.write('{"torch": "%s", "cases": [\n%s\n]}\n' % (
            torch.__version__, ",\n".join(lines)))
    print("%d calls" % len(lines))


if __name__ == "__main__":
    main()
