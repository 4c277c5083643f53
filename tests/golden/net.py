#!/usr/bin/env python3
"""Values and gradients of PyTorch's norms, losses, sorting and sets, for
tests/spec/net_spec.lua.

    python3 tests/golden/net.py > tests/golden/net.json

Operands are formulas of the element's number i, in f64, so that the file
holds results only: r 2 sin(1.3 i + seed), p 1.25 + sin/2, u (sin + 1) / 2,
s the sign of sin, index (5 i + seed) mod n and int the same less n // 2.
"""
import json
import math

import torch
import torch.nn.functional as F


def operand(kind, seed, shape, n=0):
    i = torch.arange(math.prod(shape), dtype=torch.float64)
    s = torch.sin(1.3 * i + seed)
    if kind in ("index", "int"):
        v = (5 * i.long() + seed) % n - (n // 2 if kind == "int" else 0)
    else:
        v = {"r": 2 * s, "p": 1.25 + s / 2, "u": (s + 1) / 2,
             "s": torch.sign(s)}[kind]
    return v.reshape(shape)


def r(*shape, seed=1):
    return ("r", seed, shape)


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
