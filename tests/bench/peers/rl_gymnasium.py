#!/usr/bin/env python3
"""Gymnasium's and NumPy's side of the rows about reinforcement learning.

    python3 tests/bench/peers/rl_gymnasium.py cartpole|q1|q100000 THREADS

cartpole: 1000 steps of CartPole-v1, random actions, a reset at each end. q1 and
q100000: so many steps of Q-learning on CliffWalking-v1 as Gymnasium's tutorial
writes it, the table a NumPy array. Protocol: peer.py.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peer  # noqa: E402

ALPHA, EPSILON, LEARN = 0.5, 0.1, 100000


def cartpole(gym, np):
    env = gym.make("CartPole-v1")
    env.reset(seed=1)
    actions = np.random.default_rng(1).integers(0, 2, 1000).tolist()

    def step():
        for action in actions:
            _, _, over, cut, _ = env.step(action)
            if over or cut:
                env.reset()

    return step, lambda _: 1000


class Learner:
    def __init__(self, gym, np, many):
        self.np, self.many = np, many
        self.env = gym.make("CliffWalking-v1")
        self.random = np.random.default_rng(1)
        self.q = np.zeros((48, 4))
        self.state, _ = self.env.reset(seed=1)

    def one(self):
        np, q, state = self.np, self.q, self.state
        if self.random.random() < EPSILON:
            action = int(self.random.integers(4))
        else:
            action = int(np.argmax(q[state]))
        after, reward, over, cut, _ = self.env.step(action)
        best = 0 if over else np.max(q[after])
        q[state, action] += ALPHA * (reward + best - q[state, action])
        self.state = self.env.reset()[0] if over or cut else after

    def step(self):
        for _ in range(self.many):
            self.one()

    def value(self, _):
        """The return of the greedy policy, at most 100 steps of it."""
        state, total = self.env.reset()[0], 0.0
        for _ in range(100):
            action = int(self.np.argmax(self.q[state]))
            state, reward, over, _, _ = self.env.step(action)
            total += reward
            if over:
                break
        self.state = self.env.reset()[0]
        return total


def main():
    kind, threads = sys.argv[1], int(sys.argv[2])
    peer.choose_python()
    peer.limit_threads(threads)
    import gymnasium
    import numpy
    if kind == "cartpole":
        step, value = cartpole(gymnasium, numpy)
    else:
        learner = Learner(gymnasium, numpy, int(kind[1:]))
        for _ in range(LEARN):
            learner.one()
        step, value = learner.step, learner.value
    print("gymnasium %s, numpy %s" % (gymnasium.__version__,
                                      numpy.__version__), flush=True)
    peer.serve(step, value)


if __name__ == "__main__":
    main()
