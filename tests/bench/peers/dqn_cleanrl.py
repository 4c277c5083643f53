#!/usr/bin/env python3
"""CleanRL's side of the benchmark row "DQN on CartPole".

    python3 tests/bench/peers/dqn_cleanrl.py THREADS

One step of the environment, and every tenth time an update: the loop of
CleanRL's dqn.py with its settings (one environment, a memory of 10,000, batches
of 128, a network of 120 and 84, Adam at 2.5e-4, the target copied every 500
steps) past its first 10,000 steps, exploration at its end of 0.05. What it logs
is left out, and the memory is NumPy arrays as in Stable-Baselines3's, which it
uses, so that nothing else has to be installed. Protocol: peer.py.
"""
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peer  # noqa: E402

MEMORY, BATCH, START, EPSILON = 10000, 128, 10000, 0.05


class Memory:
    """What was seen, done and got, in rings of arrays."""

    def __init__(self, np):
        self.np, self.at, self.full = np, 0, False
        self.obs = np.zeros((MEMORY, 1, 4), np.float32)
        self.next_obs = np.zeros((MEMORY, 1, 4), np.float32)
        self.action = np.zeros((MEMORY, 1, 1), np.int64)
        self.reward = np.zeros((MEMORY, 1), np.float32)
        self.done = np.zeros((MEMORY, 1), np.float32)

    def add(self, obs, next_obs, action, reward, done):
        np, at = self.np, self.at
        self.obs[at] = np.array(obs)
        self.next_obs[at] = np.array(next_obs)
        self.action[at] = np.array(action).reshape(1, 1)
        self.reward[at] = np.array(reward)
        self.done[at] = np.array(done)
        self.at = (at + 1) % MEMORY
        self.full = self.full or self.at == 0

    def sample(self, torch):
        np = self.np
        rows = np.random.randint(0, MEMORY if self.full else self.at, BATCH)
        env = np.zeros(BATCH, np.int64)
        return [torch.tensor(x) for x in (
            self.obs[rows, env], self.action[rows, env],
            self.next_obs[rows, env], self.done[rows].reshape(-1, 1),
            self.reward[rows].reshape(-1, 1))]


class Learner:
    def __init__(self, torch, np, gym):
        self.torch, self.np = torch, np
        self.envs = gym.vector.SyncVectorEnv(
            [lambda: gym.wrappers.RecordEpisodeStatistics(
                gym.make("CartPole-v1"))])
        self.q, self.target = self.network(), self.network()
        self.target.load_state_dict(self.q.state_dict())
        self.optimizer = torch.optim.Adam(self.q.parameters(), lr=2.5e-4)
        self.memory, self.count = Memory(np), 0
        self.obs, _ = self.envs.reset(seed=1)
        self.loss = torch.zeros(())

    def network(self):
        nn = self.torch.nn
        return nn.Sequential(nn.Linear(4, 120), nn.ReLU(), nn.Linear(120, 84),
                             nn.ReLU(), nn.Linear(84, 2))

    def act(self):
        if self.count < START or random.random() < EPSILON:
            return self.np.array([self.envs.single_action_space.sample()])
        q = self.q(self.torch.Tensor(self.obs))
        return self.torch.argmax(q, dim=1).numpy()

    def learn(self):
        torch = self.torch
        obs, action, next_obs, done, reward = self.memory.sample(torch)
        with torch.no_grad():
            best, _ = self.target(next_obs).max(dim=1)
            goal = reward.flatten() + 0.99 * best * (1 - done.flatten())
        value = self.q(obs).gather(1, action).squeeze()
        self.loss = torch.nn.functional.mse_loss(goal, value)
        self.optimizer.zero_grad()
        self.loss.backward()
        self.optimizer.step()

    def step(self):
        action = self.act()
        next_obs, reward, over, cut, info = self.envs.step(action)
        self.memory.add(self.obs, next_obs, action, reward, over)
        self.obs = next_obs
        self.count += 1
        if self.count > START and self.count % 10 == 0:
            self.learn()
            if self.count % 500 == 0:
                pairs = zip(self.target.parameters(), self.q.parameters())
                for target, source in pairs:
                    target.data.copy_(source.data)
        return self.loss.detach()


def main():
    threads = int(sys.argv[1])
    peer.choose_python()
    peer.limit_threads(threads)
    import gymnasium
    import numpy
    import torch
    torch.set_num_threads(threads)
    learner = Learner(torch, numpy, gymnasium)
    while learner.count < START:
        learner.step()
    peer.greet(torch, "gymnasium %s" % gymnasium.__version__)
    peer.serve(learner.step)


if __name__ == "__main__":
    main()
