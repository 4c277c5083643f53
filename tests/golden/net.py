#!/usr/bin/env python3
"""PyTorch's values and gradients of operations, for tests/spec/net_spec.lua.

    python3 tests/golden/net.py > tests/golden/net.json

Operands are formulas of the element's number i, in f64, so that the file
holds results only: r 2 sin(1.3 i + seed), p 1.25 + sin/2, u (sin + 1) / 2,
s the sign of sin, q 2 sin(1.3 i^2 + seed), whose rows are independent, index
(5 i + seed) mod n and int the same less n // 2.
"""
import json
import math

import torch
import torch.nn.functional as F


def operand(kind, seed, shape, n=0):
    i = torch.arange(math.prod(shape), dtype=torch.float64)
    s = torch.sin(1.3 * (i * i if kind == "q" else i) + seed)
    if kind in ("index", "int"):
        v = (5 * i.long() + seed) % n - (n // 2 if kind == "int" else 0)
    else:
        v = {"r": 2 * s, "q": 2 * s, "p": 1.25 + s / 2, "u": (s + 1) / 2,
             "s": torch.sign(s)}[kind]
    return v.reshape(shape)


def r(*shape, seed=1):
    return ("r", seed, shape)


def q(*shape, seed=1):
    return ("q", seed, shape)


def p(*shape, seed=2):
    return ("p", seed, shape)


def u(*shape, seed=3):
    return ("u", seed, shape)


def s(*shape, seed=4):
    return ("s", seed, shape)


def index(n, *shape, seed=0):
    return ("index", seed, shape, n)


def ints(n, *shape, seed=0):
    return ("int", seed, shape, n)


# name of the operation here, PyTorch's function, operands, options.  Options
# whose names differ are {here: (there, value)}.
CASES = [
    ("layer_norm", F.layer_norm, [r(3, 4, 5)], dict(
        normalized_shape=[4, 5], weight=p(4, 5), bias=r(4, 5, seed=7))),
    ("layer_norm", F.layer_norm, [r(6, 37)], dict(
        normalized_shape=[37], eps=0.01)),
    ("rms_norm", F.rms_norm, [r(3, 8)], dict(
        normalized_shape=[8], weight=p(8), eps=1e-5)),
    ("rms_norm", F.rms_norm, [r(3, 8)], dict(normalized_shape=[8])),
    ("group_norm", F.group_norm, [r(2, 6, 5)], dict(
        num_groups=3, weight=p(6), bias=r(6, seed=7))),
    ("group_norm", F.group_norm, [r(3, 6)], dict(num_groups=2)),
    ("instance_norm", F.instance_norm, [r(2, 3, 4, 2)], dict(
        weight=p(3), bias=r(3, seed=7))),
    ("cross_entropy", F.cross_entropy, [r(5, 4), index(4, 5)], dict(
        weight=p(4), label_smoothing=0.2)),
    ("cross_entropy", F.cross_entropy, [r(2, 4, 3), index(4, 2, 3)], dict(
        weight=p(4), reduction="none")),
    ("nll_loss", F.nll_loss, [r(5, 4), index(4, 5)], dict(weight=p(4))),
    ("mse_loss", F.mse_loss, [r(2, 3), r(2, 3, seed=5)], {}),
    ("l1_loss", F.l1_loss, [r(2, 3), r(2, 3, seed=5)],
     dict(reduction="sum")),
    ("smooth_l1_loss", F.smooth_l1_loss, [r(2, 3), r(2, 3, seed=5)],
     dict(beta=0.7)),
    ("huber_loss", F.huber_loss, [r(2, 3), r(2, 3, seed=5)],
     dict(delta=0.7, reduction="none")),
    ("poisson_nll_loss", F.poisson_nll_loss, [r(2, 3), p(2, 3)],
     dict(full=True)),
    ("poisson_nll_loss", F.poisson_nll_loss, [p(2, 3), p(2, 3, seed=6)],
     dict(log_input=False)),
    ("gaussian_nll_loss", F.gaussian_nll_loss,
     [r(2, 3), r(2, 3, seed=5), p(2, 3)], dict(full=True)),
    ("gaussian_nll_loss", F.gaussian_nll_loss,
     [r(2, 3), r(2, 3, seed=5), p(2, 1)], dict(reduction="none")),
    ("binary_cross_entropy", F.binary_cross_entropy,
     [u(2, 3), u(2, 3, seed=8)], dict(weight=p(3))),
    ("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits,
     [r(2, 3), u(2, 3)], {}),
    ("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits,
     [r(2, 3), u(2, 3)], dict(weight=p(3), pos_weight=p(2, 3, seed=9))),
    ("kl_div", F.kl_div, [r(2, 3), u(2, 3)], dict(reduction="batchmean")),
    ("kl_div", F.kl_div, [r(2, 3), r(2, 3, seed=5)], dict(
        reduction="sum", log_target=True)),
    ("soft_margin_loss", F.soft_margin_loss, [r(2, 3), s(2, 3)], {}),
    ("hinge_embedding_loss", F.hinge_embedding_loss, [r(2, 3), s(2, 3)],
     dict(margin=0.6)),
    ("margin_ranking_loss", F.margin_ranking_loss,
     [r(5), r(5, seed=5), s(5)], dict(margin=0.4)),
    ("multi_margin_loss", F.multi_margin_loss, [r(5, 4), index(4, 5)],
     dict(p=2, margin=0.8, weight=p(4))),
    ("cosine_embedding_loss", F.cosine_embedding_loss,
     [r(5, 3), r(5, 3, seed=5), s(5)], dict(margin=-0.3)),
    ("triplet_margin_loss", F.triplet_margin_loss,
     [r(5, 3), r(5, 3, seed=5), r(5, 3, seed=6)],
     dict(margin=2, swap=True)),
    ("triplet_margin_loss", F.triplet_margin_loss,
     [r(5, 3), r(5, 3, seed=5), r(5, 3, seed=6)],
     dict(p=3, reduction="none")),
    ("cosine_similarity", F.cosine_similarity, [r(2, 3, 4), r(3, 4, seed=5)],
     {}),
    ("normalize", F.normalize, [r(2, 3, 4)], {}),
    ("pairwise_distance", F.pairwise_distance, [r(4, 3), r(4, 3, seed=5)],
     dict(keepdim=True)),
    ("cdist", torch.cdist, [r(4, 3), r(30, 3, seed=5)], {}),
    ("cdist", torch.cdist, [r(2, 4, 3), r(2, 5, 3, seed=5)], dict(p=1)),
    ("interpolate", F.interpolate, [r(2, 3, 4)], dict(size=7)),
    ("interpolate", F.interpolate, [r(1, 2, 5, 7)], dict(scale_factor=1.7)),
    ("interpolate", F.interpolate, [r(1, 2, 5)],
     dict(size=8, mode="linear")),
    ("interpolate", F.interpolate, [r(1, 2, 5, 4)],
     dict(scale_factor=2, mode="bilinear")),
    ("interpolate", F.interpolate, [r(1, 2, 5, 4)],
     dict(size=[3, 7], mode="bilinear", align_corners=True)),
    ("interpolate", F.interpolate, [r(1, 2, 6, 7)],
     dict(scale_factor=0.45, mode="bilinear")),
    ("interpolate", F.interpolate, [r(1, 2, 6, 7)],
     dict(size=[3, 2], mode="area")),
    ("pixel_shuffle", F.pixel_shuffle, [r(2, 8, 2, 3)],
     dict(upscale_factor=2)),
    ("pixel_unshuffle", F.pixel_unshuffle, [r(2, 2, 4, 6)],
     dict(downscale_factor=2)),
    ("cumsum", torch.cumsum, [r(3, 4)], dict(dim=1)),
    ("cumsum", torch.cumsum, [ints(7, 3, 4)], dict(dim=0)),
    ("cumprod", torch.cumprod, [r(3, 4)], dict(dim=0)),
    ("logcumsumexp", torch.logcumsumexp, [r(3, 4)], dict(dim=1)),
    ("cummax", torch.cummax, [r(3, 4)], dict(dim=1)),
    ("cummin", torch.cummin, [ints(7, 3, 9)], dict(dim=1)),
    ("diff", torch.diff, [r(3, 4)], dict(n=2)),
    ("median", torch.median, [r(3, 4)], dict(dim=1)),
    ("kthvalue", torch.kthvalue, [r(3, 5)], dict(k=2, dim=0)),
    ("quantile", torch.quantile, [r(3, 5)], dict(q=0.3, dim=1)),
    ("quantile", torch.quantile, [r(3, 5)],
     dict(q=0.3, interpolation="nearest")),
    ("quantile", torch.quantile, [r(3, 5), u(3)], dict(dim=0, keepdim=True)),
    ("nansum", torch.nansum, [r(3, 5)], dict(dim=1)),
    ("unique", torch.unique, [ints(7, 3, 5)], dict(
        return_inverse=True, return_counts=True)),
    ("unique", torch.unique, [ints(3, 9, 2)], dict(
        dim=0, return_inverse=True, return_counts=True)),
    ("unique_consecutive", torch.unique_consecutive, [ints(1, 4)], dict(
        return_inverse=True, return_counts=True)),
    ("bincount", torch.bincount, [index(6, 20)], dict(minlength=8)),
    ("bincount", torch.bincount, [index(6, 20), p(20)], {}),
    ("histc", torch.histc, [r(30)], dict(bins=5, min=-1, max=1.5)),
    ("histc", torch.histc, [r(30)], dict(bins=7)),
    ("isin", torch.isin, [ints(7, 3, 5), ints(3, 2)], {}),
]

# One operand: on all numbers, on positive ones, on those of 0..1.
CASES += [(name, getattr(torch, name), [r(3, 5)], {}) for name in (
    "neg abs sign exp expm1 exp2 sin cos tan atan sinh cosh tanh sigmoid erf "
    "erfc floor ceil round trunc square reciprocal relu").split()]
CASES += [(name, getattr(F, name), [r(3, 5)], {}) for name in (
    "leaky_relu elu selu celu gelu silu softplus hardtanh hardswish "
    "mish relu6 softsign logsigmoid").split()]
CASES += [(name, getattr(torch, name), [p(3, 5)], {}) for name in
          "log log2 log10 log1p sqrt rsqrt".split()]
CASES += [(name, getattr(torch, name), [u(3, 5)], {}) for name in
          "asin acos".split()]
# Two operands that broadcast.
CASES += [(name, getattr(torch, name), [r(3, 1, 4), p(2, 1)], {}) for name in
          "add sub mul div maximum minimum atan2 fmod remainder".split()]
CASES += [
    ("pow", torch.pow, [p(3, 4), r(4)], {}),
    ("lerp", torch.lerp, [r(3, 4), r(4, seed=5), u(3, 1)], {}),
    ("clamp", torch.clamp, [r(3, 5)], dict(min=-0.5, max=0.7)),
    ("gelu", F.gelu, [r(3, 5)], dict(approximate="tanh")),
]
# Along dimensions.
CASES += [(name, getattr(torch, name), [r(2, 3, 4)], dict(
    dim=[0, 2], keepdim=True)) for name in
          "sum mean amax amin var std logsumexp".split()]
CASES += [
    ("sum", torch.sum, [r(2, 3, 4)], {}),
    ("prod", torch.prod, [p(2, 3, 4)], dict(dim=1)),
    ("norm", torch.linalg.vector_norm, [r(3, 4)], dict(dim=1)),
    ("max", torch.max, [r(3, 5)], dict(dim=1)),
    ("min", torch.min, [r(3, 5)], dict(dim=0)),
    ("argmax", torch.argmax, [r(3, 5)], dict(dim=1)),
    ("sort", torch.sort, [r(3, 5)], dict(dim=0, descending=True)),
    ("topk", torch.topk, [r(3, 6)], dict(k=2)),
    ("softmax", torch.softmax, [r(3, 5)], dict(dim=1)),
    ("log_softmax", torch.log_softmax, [r(3, 5)], dict(dim=0)),
]
# Products, systems, shapes.
CASES += [
    ("matmul", torch.matmul, [r(3, 4), r(4, 2, seed=5)], {}),
    ("matmul", torch.matmul, [r(2, 1, 3, 4), r(5, 4, 2, seed=5)], {}),
    ("matmul", torch.matmul, [r(4), r(2, 4, 3, seed=5)], {}),
    ("matmul", torch.matmul, [r(4), r(4, seed=5)], {}),
    ("linear", F.linear, [r(2, 3, 4), r(5, 4, seed=5), r(5, seed=6)], {}),
    ("bmm", torch.bmm, [r(2, 3, 4), r(2, 4, 2, seed=5)], {}),
    ("outer", torch.outer, [r(3), r(4, seed=5)], {}),
    ("addmm", torch.addmm, [r(2), r(3, 4, seed=5), r(4, 2, seed=6)],
     dict(beta=0.5, alpha=2)),
    ("solve", torch.linalg.solve, [q(4, 4), r(4, 2, seed=5)], {}),
    ("inv", torch.linalg.inv, [q(4, 4)], {}),
    ("det", torch.linalg.det, [q(2, 3, 3)], {}),
    ("svdvals", torch.linalg.svdvals, [q(4, 3)], {}),
    ("trace", torch.trace, [r(3, 4)], {}),
    ("flip", torch.flip, [r(2, 3)], dict(dims=[1])),
    ("tril", torch.tril, [r(3, 4)], dict(diagonal=1)),
    ("pad", F.pad, [r(2, 3, 4)], dict(pad=[1, 2], mode="reflect")),
    ("index_select", lambda x, index, dim: torch.index_select(x, dim, index),
     [r(4, 3)], dict(index=index(4, 6), dim=0)),
    ("gather", lambda x, index, dim: torch.gather(x, dim, index),
     [r(4, 3)], dict(index=index(3, 4, 2), dim=1)),
    ("embedding", lambda w, index: F.embedding(index, w),
     [r(5, 3)], dict(index=index(5, 2, 4))),
]
# Networks.
CASES += [
    ("conv2d", F.conv2d, [r(2, 3, 7, 6), r(4, 3, 3, 3, seed=5),
                          r(4, seed=6)], {}),
    ("conv2d", F.conv2d, [r(2, 4, 9, 8), r(6, 2, 3, 2, seed=5)],
     dict(stride=[2, 1], padding=[1, 2], dilation=[2, 1], groups=2)),
    ("conv1d", F.conv1d, [r(2, 3, 9), r(4, 3, 4, seed=5)], dict(stride=2)),
    ("conv_transpose2d", F.conv_transpose2d,
     [r(2, 3, 4, 5), r(3, 2, 3, 3, seed=5)], dict(stride=2, padding=1)),
    ("max_pool2d", F.max_pool2d, [r(2, 3, 6, 7)],
     dict(kernel_size=3, stride=2, padding=1)),
    ("avg_pool2d", F.avg_pool2d, [r(2, 3, 6, 7)],
     dict(kernel_size=3, stride=2, padding=1)),
    ("adaptive_avg_pool2d", F.adaptive_avg_pool2d, [r(2, 3, 7, 5)],
     dict(output_size=[3, 2])),
]


def tensor_of(value, leaves, leaf=True):
    if not isinstance(value, tuple):
        return value
    t = operand(*value)
    if t.is_floating_point() and leaf and value[0] != "s":
        leaves.append(t.requires_grad_())
    return t


def plain(t):
    return {"shape": list(t.shape), "values": t.detach().flatten().tolist()}


def run(name, f, operands, options):
    leaves = []
    args = [tensor_of(a, leaves) for a in operands]
    del leaves[1 if name == "quantile" else len(leaves):]  # q is a constant
    norm = name.endswith("_norm")  # weights of losses are constants
    kwargs = {k: tensor_of(v, leaves, norm) for k, v in
              sorted(options.items())}
    outs = f(*args, **kwargs)
    outs = [outs] if isinstance(outs, torch.Tensor) else list(outs)
    case = {"name": name, "operands": operands, "options": options,
            "outs": [plain(t) for t in outs]}
    if outs[0].requires_grad and name not in ("bincount", "histc"):
        w = operand("r", 10, outs[0].shape)
        (outs[0] * w).sum().backward()
        case["grads"] = [None if t.grad is None else
                         t.grad.flatten().tolist() for t in leaves]
    return case


def rounded(v):
    if isinstance(v, float):
        return float("%.14g" % v)
    if isinstance(v, dict):
        return {k: rounded(x) for k, x in v.items()}
    return [rounded(x) for x in v] if isinstance(v, (list, tuple)) else v


cases = ",\n".join(json.dumps(rounded(run(*case))) for case in CASES)
print('{"torch": "%s", "cases": [\n%s\n]}' % (torch.__version__, cases))
