-- rl: reinforcement learning: environments, agents, training, evaluation.
--
--   local rl = require "mlrt.rl"
--   local env = rl.make "FrozenLake-v1"
--   local observation, info = env:reset {seed = 1}
--   local next_one, reward, terminated, truncated = env:step(2)
--
-- The contract is Gymnasium's.  Each part is loaded when it is first used.

local rl = {}

-- name = {module, field of it or nil for the module itself}
local parts = {
  spaces = {"mlrt.rl.spaces"},
  make = {"mlrt.rl.env", "make"},
  vector = {"mlrt.rl.env", "vector"},
  register = {"mlrt.rl.env", "register"},
  names = {"mlrt.rl.env", "names"},
  is_builtin = {"mlrt.rl.env", "is_builtin"},
  is_registered = {"mlrt.rl.env", "is_registered"},
  evaluate = {"mlrt.rl.evaluate"},
  QLearning = {"mlrt.rl.tabular", "QLearning"},
  SARSA = {"mlrt.rl.tabular", "SARSA"},
  ExpectedSARSA = {"mlrt.rl.tabular", "ExpectedSARSA"},
  DoubleQLearning = {"mlrt.rl.tabular", "DoubleQLearning"},
  NStepSARSA = {"mlrt.rl.tabular", "NStepSARSA"},
  SARSALambda = {"mlrt.rl.tabular", "SARSALambda"},
  DynaQ = {"mlrt.rl.tabular", "DynaQ"},
  value_iteration = {"mlrt.rl.plan", "value_iteration"},
  policy_iteration = {"mlrt.rl.plan", "policy_iteration"},
  exact = {"mlrt.rl.plan", "exact"},
  Replay = {"mlrt.rl.replay"},
  distributions = {"mlrt.rl.distributions"},
  advantages = {"mlrt.rl.rollout", "gae"},
  DQN = {"mlrt.rl.dqn"},
  REINFORCE = {"mlrt.rl.reinforce"},
  PPO = {"mlrt.rl.ppo"},
  SAC = {"mlrt.rl.sac"},
  train = {"mlrt.rl.train"},
}

return setmetatable(rl, {
  __index = function(self, name)
    local part = parts[name]
    if not part then return nil end
    local value = require(part[1])
    if part[2] then value = value[part[2]] end
    rawset(self, name, value)
    return value
  end,
})
