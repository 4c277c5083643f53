-- Deep Q-learning with CleanRL's settings: a step of the environment and, every
-- tenth time, an update (peers/dqn_cleanrl.py says what is done).

local m = require "mlrt"

local here = ...
local rl = m.rl

local START = 10000

-- One step of a run that is past its first ones.
local function make()
  local agent = rl.DQN("CartPole-v1", {hidden = {120, 84}, lr = 2.5e-4,
    buffer_size = 10000, batch_size = 128, learning_starts = START,
    train_frequency = 10, target_frequency = 500, tau = 1, double = false,
    loss = "mse", max_grad_norm = 0, epsilon_steps = START, epsilon_end = 0.05,
    seed = 1})
  local step = rl.train.stepper(agent, "CartPole-v1", {seed = 1})
  for _ = 1, START do step() end
  return step, function() return agent.losses.loss or 0 end
end

return {{
  id = "dqn", name = "DQN on CartPole, CleanRL's settings: step", make = make,
  warm = 1000, one_thread = true,
  peers = {{label = "CleanRL on torch", target = 8,
    command = function(_, threads)
      return ("python3 '%s/peers/dqn_cleanrl.py' %d"):format(here, threads)
    end}},
}}
