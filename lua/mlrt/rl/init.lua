-- rl: reinforcement learning: environments, agents, training, evaluation.
--
--   local rl = require "mlrt.rl"
--   local env = rl.make "FrozenLake-v1"
--   local observation, info = env:reset {seed = 1}
--   local next_one, reward, terminated, truncated = env:step(2)
--
-- The contract is Gymnasium's.  Each part is loaded when it is first used.

local late = require "mlrt.late"

local rl = {}

return late(rl, "mlrt.rl.", {
  spaces = {"spaces"},
  make = "env",
  vector = "env",
  register = "env",
  names = "env",
  is_builtin = "env",
  is_registered = "env",
  evaluate = {"evaluate"},
  check_env = {"check"},
  Wrapper = "wrappers",
  TimeLimit = "wrappers",
  RewardScale = "wrappers",
  ClipAction = "wrappers",
  FrameStack = "wrappers",
  Normalize = "wrappers",
  RecordEpisodeStatistics = "wrappers",
  QLearning = "tabular",
  SARSA = "tabular",
  ExpectedSARSA = "tabular",
  DoubleQLearning = "tabular",
  NStepSARSA = "tabular",
  SARSALambda = "tabular",
  DynaQ = "tabular",
  value_iteration = "plan",
  policy_iteration = "plan",
  exact = "plan",
  Replay = {"replay"},
  distributions = {"distributions"},
  advantages = {"rollout", "gae"},
  DQN = {"dqn"},
  REINFORCE = {"reinforce"},
  PPO = {"ppo"},
  SAC = {"sac"},
  train = {"train"},
})
