#!/usr/bin/env python3
"""PyTorch's side of the benchmark row "the seed's CNN on MNIST, one step".

    python3 tests/bench/peers/mnist_step_torch.py [--compile] THREADS DATA_DIR

A step is the whole of it: gather 64 images of bytes by a slice of a
permutation, convert and normalise them, forward, cross entropy, backward,
Adam. Network, initial weights and order are those of
tests/golden/mnist_losses.py, so the loss of step 50 must be the last of its
list. After the first permutation come others; the short batch at the end of
an epoch (32 images) is left out, so every step costs the same.

Protocol and choice of Python: peer.py and README.md beside this file. The
settings are the fastest found, and README.md says what else was tried.
"""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "..", "golden"))
import peer  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", action="store_true",
                        help="torch.compile the network and its loss")
    parser.add_argument("threads", type=int)
    parser.add_argument("data_dir")
    return parser.parse_args()


def batches(mnist, images, labels):
    """Endless training batches: gathered as bytes, then made f32."""
    for order in mnist.epochs_of_indices(len(images)):
        for rows in order.split(mnist.BATCH):
            if len(rows) == mnist.BATCH:
                # (x/255 - 0.5) / 0.5 in one pass less; a few ulp apart.
                x = images.index_select(0, rows).float()
                yield (x.mul_(2 / 255).sub_(1),
                       labels.index_select(0, rows))


def adam(torch, net, rate):
    """The fused Adam where this torch has one for the CPU."""
    try:
        return torch.optim.Adam(net.parameters(), lr=rate, fused=True), "fused"
    except (TypeError, RuntimeError):
        return torch.optim.Adam(net.parameters(), lr=rate), "default"


def stepper(torch, mnist, compiled, data):
    """A function that does one training step, and the name of the Adam."""
    net = mnist.formula_net()
    optimizer, kind = adam(torch, net, mnist.RATE)
    forward = lambda x, y: torch.nn.functional.cross_entropy(net(x), y)  # noqa
    if compiled:
        forward = torch.compile(forward)
    loader = batches(mnist, *data)

    def step():
        x, y = next(loader)
        loss = forward(x, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, kind


def main():
    args = arguments()
    peer.choose_python()
    peer.limit_threads(args.threads)
    import torch
    import mnist_losses as mnist
    if args.compile and not hasattr(torch, "compile"):
        sys.exit("torch %s has no torch.compile" % torch.__version__)
    torch.set_num_threads(args.threads)
    data = mnist.load(args.data_dir, "train")
    step, kind = stepper(torch, mnist, args.compile, data)
    mode = "torch.compile" if args.compile else "eager"
    peer.greet(torch, "%s, %s Adam" % (mode, kind))
    peer.serve(step)


if __name__ == "__main__":
    main()
