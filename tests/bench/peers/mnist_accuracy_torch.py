#!/usr/bin/env python3
"""Test accuracy that PyTorch reaches on MNIST, after each epoch.

    python3 tests/bench/peers/mnist_accuracy_torch.py NET SEEDS EPOCHS DATA_DIR

NET is seed (the network of tests/golden/mnist_losses.py) or better (two
convolutions, pooling, dropout). PyTorch's own initialisation, Adam 0.001,
batch 64, a new shuffle every epoch, the last short batch kept, one thread.
Seeds are 1, 2, ... SEEDS. Prints one line per seed and epoch, as it goes;
docs/mnist.md holds the table. It runs under the Python that is called.
"""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "..", "golden"))
import peer  # noqa: E402

peer.limit_threads(1)
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402
import mnist_losses as mnist  # noqa: E402


def better():
    """Two convolutions, pooling and dropout: 421,642 parameters."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(3136, 128), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(128, 10))


NETS = {"seed": mnist.Net, "better": better}


def train_epoch(net, adam, images, labels):
    """One pass in a new order; the mean loss of its batches."""
    net.train()
    total, batches = 0.0, 0
    for rows in torch.randperm(len(images)).split(mnist.BATCH):
        x = mnist.normalise(images[rows])
        loss = nn.functional.cross_entropy(net(x), labels[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
        total, batches = total + loss.item(), batches + 1
    return total / batches


@torch.no_grad()
def accuracy(net, images, labels):
    net.eval()
    right = 0
    for x, y in zip(images.split(1000), labels.split(1000)):
        right += (net(mnist.normalise(x)).argmax(1) == y).sum().item()
    return right / len(images)


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in NETS:
        sys.exit("usage: mnist_accuracy_torch.py seed|better SEEDS EPOCHS "
                 "DATA_DIR")
    seeds, epochs = int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    train = mnist.load(sys.argv[4], "train")
    test = mnist.load(sys.argv[4], "t10k")
    print("torch %s, net %s" % (torch.__version__, sys.argv[1]), flush=True)
    for seed in range(1, seeds + 1):
        torch.manual_seed(seed)
        net = NETS[sys.argv[1]]()
        adam = torch.optim.Adam(net.parameters(), lr=mnist.RATE)
        for epoch in range(1, epochs + 1):
            start = time.time()
            loss = train_epoch(net, adam, *train)
            print("seed %d epoch %2d  loss %.4f  accuracy %.4f  %.0f s" % (
                seed, epoch, loss, accuracy(net, *test),
                time.time() - start), flush=True)


if __name__ == "__main__":
    main()
