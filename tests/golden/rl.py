"""Trajectories and models of Gymnasium, for tests/spec/rl_env_spec.lua.

Writes rl.json beside this file.  Classic control: from a state, what each of a
list of actions leads to.  Tables: every outcome of every action, states and
actions counted from 0.
"""
import json
import pathlib
import random

import gymnasium as gym
import numpy as np
from gymnasium.envs.toy_text import blackjack

HERE = pathlib.Path(__file__).parent
random.seed(7)


def numbers(values):
    return [float(v) for v in values]


def start(env, state):
    """A state that is `state` with what Gymnasium keeps beside it."""
    env.reset(seed=1)
    env.unwrapped.state = state


def trajectory(name, state, actions):
    env = gym.make(name)
    # What this one keeps after its first step is single precision.
    kept = np.float32 if name.startswith("MountainCarC") else np.float64
    start(env, np.array(state, dtype=kept))
    rows = []
    for action in actions:
        given = action if isinstance(action, int) else np.array(
            [action], dtype=np.float32)
        obs, reward, terminated, _, _ = env.unwrapped.step(given)
        rows.append({"state": numbers(env.unwrapped.state),
                     "observation": numbers(obs), "reward": float(reward),
                     "terminated": bool(terminated)})
        if terminated:
            break
    return {"name": name, "state": state, "actions": actions[:len(rows)],
            "rows": rows}


def choices(n, count):
    return [random.randrange(n) for _ in range(count)]


def forces(most, count):
    return [round(random.uniform(-most, most), 3) for _ in range(count)]


def table(name, every=1, **options):
    env = gym.make(name, **options).unwrapped
    columns = {"count": [], "probability": [], "next": [], "reward": [],
               "terminated": []}
    for s in range(0, env.observation_space.n, every):
        for a in range(env.action_space.n):
            columns["count"].append(len(env.P[s][a]))
            for p, following, reward, terminated in env.P[s][a]:
                columns["probability"].append(round(float(p), 12))
                columns["next"].append(int(following))
                columns["reward"].append(float(reward))
                columns["terminated"].append(int(terminated))
    if all(p == 1 for p in columns["probability"]):
        del columns["probability"]
    starts = [s for s, p in enumerate(env.initial_state_distrib) if p > 0]
    return {"name": name, "options": options, "every": every,
            "starts": starts, **columns}


# ---- Blackjack, all that can happen, by Gymnasium's own functions ----------

def dealer_ends(hand, p):
    """(score, natural, probability) of everything the dealer can draw."""
    if len(hand) >= 2 and blackjack.sum_hand(hand) >= 17:
        yield blackjack.score(hand), blackjack.is_natural(hand), p
        return
    for card in range(1, 11):
        yield from dealer_ends(hand + [card], p * blackjack.deck.count(card)
                               / len(blackjack.deck))


def stick(player, ends):
    """Probabilities of losing, drawing, winning."""
    odds = [0.0, 0.0, 0.0]
    for score, _, p in ends:
        odds[int(blackjack.cmp(blackjack.score(player), score)) + 1] += p
    return [round(p, 12) for p in odds]


def blackjack_table():
    rows = []
    for dealer in range(1, 11):
        ends = list(dealer_ends([dealer], 1.0))
        for player in ([2, 2], [10, 5], [10, 7], [10, 9], [10, 8, 3], [1, 1],
                       [1, 6], [1, 8], [1, 9, 1]):
            rows.append({"state": [blackjack.sum_hand(player), dealer,
                                   blackjack.usable_ace(player)],
                         "odds": stick(player, ends),
                         "hits": [[blackjack.sum_hand(player + [c]),
                                   blackjack.usable_ace(player + [c])]
                                  for c in range(1, 11)]})
    return rows


OUT = {
    "gymnasium": gym.__version__,
    "trajectories": [
        trajectory("CartPole-v1", [0.01, -0.02, 0.03, 0.04], choices(2, 60)),
        trajectory("CartPole-v1", [2.3, 0.9, -0.1, 0.5], choices(2, 20)),
        trajectory("MountainCar-v0", [-0.5, 0.0], choices(3, 40)),
        trajectory("MountainCar-v0", [-1.19, -0.05], choices(3, 10)),
        trajectory("MountainCar-v0", [0.45, 0.04], [2, 2, 2]),
        trajectory("MountainCarContinuous-v0", [-0.5, 0.0], forces(1, 40)),
        trajectory("MountainCarContinuous-v0", [0.42, 0.05], forces(1, 5)),
        trajectory("MountainCarContinuous-v0", [-1.19, -0.05], forces(1, 5)),
        trajectory("Acrobot-v1", [0.05, -0.03, 0.02, 0.01], choices(3, 60)),
        trajectory("Acrobot-v1", [2.9, 0.2, 5.0, -8.0], choices(3, 20)),
        trajectory("Pendulum-v1", [3.0, 0.5], forces(2, 60)),
        trajectory("Pendulum-v1", [-1.0, -7.9], forces(2, 20)),
    ],
    "tables": [
        table("FrozenLake-v1"),
        table("FrozenLake-v1", is_slippery=False),
        table("FrozenLake8x8-v1", success_rate=0.75),
        table("CliffWalking-v1"),
        table("CliffWalkingSlippery-v1"),
        table("Taxi-v4", every=3),
        table("Taxi-v4", every=13, is_rainy=True),
    ],
    "blackjack": blackjack_table(),
}

with open(HERE / "rl.json", "w") as f:
    json.dump(OUT, f, separators=(",", ":"))
    f.write("\n")
