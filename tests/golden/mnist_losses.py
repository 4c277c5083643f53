#!/usr/bin/env python3
"""The first 50 training losses of the MNIST network, as PyTorch has them.

    cd tests/golden && python3 mnist_losses.py DATA_DIR > mnist_losses.json

Two programs agree on a training run only if they start from the same weights
and see the same batches. So the weights come from an integer formula that C,
Lua and Python compute exactly (FORMULA below), and the batches are written
into the file. The losses are computed twice: in f32 on one thread, as a user
would, and in f64 from the same weights, as the truth to judge both by.

The f32 losses depend on the CPU and on PyTorch's version in the last digits;
the f64 losses, the weights and the indices do not. Other scripts import this
one for the network, the initial weights and the order of the batches.
"""
import hashlib
import json
import os
import sys

if __name__ == "__main__":
    # PyTorch cannot set the threads of Debian's OpenBLAS; its environment
    # can, if it is there before the library is.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402

BATCH, STEPS, RATE, ORDER_SEED = 64, 50, 0.001, 20

FORMULA = [
    "Parameters in order: conv.weight (32,1,3,3), conv.bias (32), fc1.weight",
    "(128,21632), fc1.bias (128), fc2.weight (10,128), fc2.bias (10).",
    "k = 0, 1, 2, ... counts the elements of all of them, row-major.",
    "64-bit unsigned, wrapping; >> is logical; ^ is exclusive or:",
    "  z = (k + 1) * 0x9E3779B97F4A7C15",
    "  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9",
    "  z = (z ^ (z >> 27)) * 0x94D049BB133111EB",
    "  z = z ^ (z >> 31)",
    "In double: u = (z >> 11) / 2^53, bound = 1 / sqrt(fan_in),",
    "w = (2 * u - 1) * bound, then rounded to f32. fan_in is 9, 21632 and",
    "128, for the weight and the bias of a layer alike. (SplitMix64, Steele,",
    "Lea and Flood 2014, with seed 0.)",
]

ORDER = [
    "numpy.random.RandomState(%d).permutation(60000)[:%d], 0-based;"
    % (ORDER_SEED, STEPS * BATCH),
    "batch i = 0 .. %d is indices[%d i .. %d i + %d]."
    % (STEPS - 1, BATCH, BATCH, BATCH - 1),
]

SHA256 = {
    "train-images-idx3-ubyte":
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte":
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
}


def read_idx(path):
    """The u8 array of an uncompressed IDX file."""
    raw = open(path, "rb").read()
    if raw[:3] != b"\0\0\x08":
        raise ValueError("%s: not an IDX file of bytes" % path)
    shape = np.frombuffer(raw, ">i4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, -1, 4 + 4 * raw[3]).reshape(shape)


def load(data_dir, part):
    """u8 images (N,1,28,28) and i64 labels (N); part is train or t10k."""
    stem = os.path.join(data_dir, part)
    images = read_idx(stem + "-images-idx3-ubyte").copy()
    labels = read_idx(stem + "-labels-idx1-ubyte").astype(np.int64)
    return torch.from_numpy(images).unsqueeze(1), torch.from_numpy(labels)


def normalise(u8, dtype=torch.float32):
    """Pixels 0..255 to [-1, 1]: torchvision's ToTensor, Normalize(.5, .5)."""
    return u8.to(dtype).div_(255).sub_(0.5).div_(0.5)


class Net(nn.Module):
    """conv 1->32 3x3, ReLU, flatten, 21632->128, ReLU, 128->10."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 32, 3)
        self.fc1 = nn.Linear(21632, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = torch.flatten(torch.relu(self.conv(x)), 1)
        return self.fc2(torch.relu(self.fc1(x)))


def uniform(first, count):
    """Elements first .. first+count-1 of the formula, as u in [0, 1)."""
    z = np.arange(first + 1, first + 1 + count, dtype=np.uint64)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) * 2.0 ** -53


def formula_net():
    """A Net whose weights are those of FORMULA."""
    net, k = Net(), 0
    with torch.no_grad():
        for layer in (net.conv, net.fc1, net.fc2):
            bound = 1.0 / np.sqrt(float(layer.weight[0].numel()))
            for p in (layer.weight, layer.bias):
                w = (2.0 * uniform(k, p.numel()) - 1.0) * bound
                p.copy_(torch.from_numpy(w.astype(np.float32)).view_as(p))
                k += p.numel()
    return net


def epochs_of_indices(count=60000):
    """Endless permutations; the file's indices are the head of the first."""
    rng = np.random.RandomState(ORDER_SEED)
    while True:
        yield torch.from_numpy(rng.permutation(count))


def losses(net, images, labels, order, dtype):
    """The loss of each step before its update."""
    net = net.to(dtype)
    adam = torch.optim.Adam(net.parameters(), lr=RATE)
    result = []
    for batch in order.split(BATCH):
        x = normalise(images[batch], dtype)
        loss = nn.functional.cross_entropy(net(x), labels[batch])
        adam.zero_grad()
        loss.backward()
        adam.step()
        result.append(loss.item())
    return result


def fingerprint(net):
    """First value and SHA-256 of the little-endian f32 bytes of each."""
    return {name: {
        "first": float("%.9g" % p.flatten()[0].item()),
        "sha256": hashlib.sha256(
            p.detach().numpy().astype("<f4").tobytes()).hexdigest(),
    } for name, p in net.named_parameters()}


def nested(value):
    """JSON for a field of the outermost object."""
    return json.dumps(value, indent=2).replace("\n", "\n  ")


def rows(numbers, per_line, form):
    """A JSON list of several numbers on a line, as json.dump cannot."""
    texts = [form % n for n in numbers]
    lines = [", ".join(texts[i:i + per_line])
             for i in range(0, len(texts), per_line)]
    return "[\n    " + ",\n    ".join(lines) + "\n  ]"


def write(out, fields):
    body = ["  %s: %s" % (json.dumps(k), v) for k, v in fields]
    out.write("{\n" + ",\n".join(body) + "\n}\n")


def check_files(data_dir):
    for name, wanted in SHA256.items():
        raw = open(os.path.join(data_dir, name), "rb").read()
        if hashlib.sha256(raw).hexdigest() != wanted:
            sys.exit("%s: not the MNIST file that the losses are for" % name)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: mnist_losses.py DATA_DIR")
    torch.set_num_threads(1)
    check_files(sys.argv[1])
    images, labels = load(sys.argv[1], "train")
    order = next(epochs_of_indices())[:STEPS * BATCH]
    f32, f64 = (losses(formula_net(), images, labels, order, dtype)
                for dtype in (torch.float32, torch.float64))
    write(sys.stdout, [
        ("made_by", '"tests/golden/mnist_losses.py"'),
        ("torch", json.dumps(str(torch.__version__))),
        ("formula", nested(FORMULA)),
        ("order", nested(ORDER)),
        ("optimizer", '"Adam, lr 0.001, betas 0.9 0.999, eps 1e-8"'),
        ("parameters", nested(fingerprint(formula_net()))),
        ("losses_f32", rows(f32, 5, "%.9g")),
        ("losses_f64", rows(f64, 4, "%.12f")),
        ("indices", rows(order.tolist(), 10, "%d")),
    ])


if __name__ == "__main__":
    main()
