-- Reinforcement learning without networks, beside Gymnasium and NumPy: steps of
-- CartPole, a thousand at a time, and of Q-learning on CliffWalking, where a
-- policy that has learnt walks the shortest way, a return of -13, on both sides
-- before anything is timed.

local m = require "mlrt"

local here = ...
local rl = m.rl

local COPIES, LEARN = 1000, 100000

local function peer(kind, target)
  return {{label = "gymnasium, numpy", target = target,
    command = function(_, threads)
      return ("python3 '%s/peers/rl_gymnasium.py' %s %d"):format(here, kind,
        threads)
    end}}
end

-- A thousand steps of the environment; the peer's unit is the same.
local function cartpole()
  local venv = rl.vector("CartPole-v1", COPIES, {seed = 1})
  local actions = m.randint(2, {COPIES}, {dtype = "i64"}):index {base = 0}
  venv:reset {seed = 1}
  return function() venv:step(actions) end, function() return COPIES end
end

local function learner()
  local env = rl.make "CliffWalking-v1"
  return env, rl.QLearning(env, {alpha = 0.5, gamma = 1, epsilon = 0.1,
    seed = 1})
end

-- A step of the loop as the guide writes it.
local function loop_in_lua()
  local env, agent = learner()
  local state = env:reset {seed = 1}
  local function step()
    local action = agent:explore(state)
    local next_state, reward, terminated = env:step(action)
    agent:learn(state, action, reward, next_state, terminated)
    state = terminated and env:reset() or next_state
  end
  for _ = 1, LEARN do step() end
  return step, function() return rl.exact(agent, env) end
end

-- A hundred thousand steps of it, in C.
local function loop_in_c()
  local env, agent = learner()
  agent:train(env, {steps = LEARN, seed = 1})
  local o = {steps = 100000, log_every = 100000}
  return function() agent:train(env, o) end,
    function() return rl.exact(agent, env) end
end

-- n: of a block, as many as the peer does in a second or so.
return {
  {id = "cartpole", name = "CartPole: 1000 steps", make = cartpole, n = 100,
    warm = 10, one_thread = true, peers = peer("cartpole", 100)},
  {id = "q_lua", name = "Q-learning on CliffWalking, loop in Lua: step",
    make = loop_in_lua, n = 50000, warm = 1000, check = 1e-9,
    one_thread = true, peers = peer("q1", 30)},
  {id = "q_c", name = "the same, loop in C: 100000 steps", make = loop_in_c,
    n = 2, warm = 1, check = 1e-9, one_thread = true,
    peers = peer("q100000", 500)},
}
