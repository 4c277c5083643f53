#!/usr/bin/env python3
"""Lightning's side of the benchmark row `loop`: seconds a step that its Trainer
takes on top of the same loop by hand, of the processor's time.

    python3 tests/bench/peers/loop_lightning.py ROUNDS

A perceptron 784-64-10 with Adam on one thread, a batch that is in memory.
Everything of the Trainer that can be left out is: logger, checkpoints, progress
line, model summary, validation. Prints "excess SECONDS VERSIONS".
"""
import logging
import os
import sys
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peer  # noqa: E402

BATCH, STEPS = 128, 200


def main():
    rounds = int(sys.argv[1])
    peer.choose_python()
    peer.limit_threads(1)
    warnings.filterwarnings("ignore")
    import torch
    import pytorch_lightning as lightning
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    batch = (torch.randn(BATCH, 784), torch.randint(0, 10, (BATCH,)))
    loader = torch.utils.data.DataLoader([batch] * STEPS, batch_size=None)

    def network():
        return torch.nn.Sequential(torch.nn.Linear(784, 64), torch.nn.ReLU(),
                                   torch.nn.Linear(64, 10))

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = network()

        def training_step(self, batch, _):
            return torch.nn.functional.cross_entropy(self.net(batch[0]),
                                                     batch[1])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-3)

        def on_train_start(self):
            self.start = time.process_time()

        def on_train_end(self):
            self.seconds = time.process_time() - self.start

    def by_hand():
        net = network()
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        start, total = time.process_time(), 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        return time.process_time() - start

    def by_trainer():
        model = Model()
        lightning.Trainer(
            max_epochs=1, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
            accelerator="cpu").fit(model, loader)
        return model.seconds

    by_hand(), by_trainer()
    hand, trainer = zip(*[(by_hand(), by_trainer()) for _ in range(rounds)])
    excess = (min(trainer) - min(hand)) / STEPS
    print("excess %.9g lightning %s over torch %s"
          % (excess, lightning.__version__, torch.__version__))


if __name__ == "__main__":
    main()
