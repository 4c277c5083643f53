-- plan.lua: what is best when the model is known.
--
--   local plan = rl.value_iteration(env, {gamma = 0.99})
--   plan.values    f64 (states)
--   plan.policy    f64 (states, actions), 1 at the best action
--   plan:act(state)
--
-- rl.policy_iteration gives the same by another way, and rl.exact what a
-- policy or an agent is worth, without playing.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local Plan = class "Plan"

local text = [[env: any, gamma: number = 0.99, tolerance: number = 1e-10,
  sweeps: count = 0]]
local read_values = options("value_iteration", text)
local read_policy = options("policy_iteration", text)
local read_exact = options("exact", [[agent: any, env: any,
  gamma: number = 1, max_steps: count = 0]])

local function core_env(where, env)
  if type(env) ~= "table" or not env._env or not env.has_model then
    fail("%s: an environment whose model is known expected, got %s", where,
      type(env) == "table" and (env.name or "another") or type(env))
  end
  return env._env
end

function Plan:init(env, values, policy, sweeps)
  self.values, self.policy, self.sweeps = values, policy, sweeps
  self.actions = policy:argmax(2):totable()
  self.observation_space, self.action_space = env.observation_space,
    env.action_space
end

--- The best action.
function Plan:act(state)
  return self.actions[state]
end

local plan = {}

--- Value iteration (Sutton and Barto 4.4) -> a plan.
function plan.value_iteration(...)
  local o = read_values(...)
  local values, sweeps, policy = core._rl.value_iteration(
    core_env("value_iteration", o.env), o.gamma, o.tolerance, o.sweeps)
  return Plan(o.env, values, policy, sweeps)
end

--- Policy iteration (4.3) -> a plan.
function plan.policy_iteration(...)
  local o = read_policy(...)
  local values, sweeps, policy = core._rl.policy_iteration(
    core_env("policy_iteration", o.env), o.gamma, o.tolerance, o.sweeps)
  return Plan(o.env, values, policy, sweeps)
end

-- ---- What a policy is worth ------------------------------------------------

-- What an agent, a function, or a list of actions does in a state.
local function action_of(agent, s, mask)
  if type(agent) == "function" then return agent(s) end
  if agent.act then
    return agent:act(s, {deterministic = true, legal = mask})
  end
  return agent[s]
end

-- Chances of each action in each state.
local function chances_of(agent, env)
  if core.is_tensor(agent) then return agent end
  local legal = core._rl.legal(env._env)
  local policy = legal:to "f64"
  local count = policy:sum(2):totable()
  if agent == "random" then
    return policy / policy:sum(2, true):clamp(1)
  end
  local chosen = {}
  for s, n in ipairs(count) do
    local mask = n > 0 and n < env.action_space.n and legal:select(1, s) or nil
    chosen[s] = n > 0 and action_of(agent, s, mask) or 1
  end
  return core.index(chosen):one_hot(env.action_space.n):to "f64"
end

--- The expected return of a policy in an environment whose model is known,
--- computed and not played; and the value of each state.  agent: an agent, a
--- plan, a list of actions, a function, chances (states, actions), or "random".
--- max_steps: the length of an episode (default: the environment's limit, else
--- 1000).
function plan.exact(...)
  local o = read_exact(...)
  local env = core_env("exact", o.env)
  local horizon = o.max_steps > 0 and o.max_steps
    or o.env.max_episode_steps or 1000
  local values = core._rl.policy_evaluation(env, o.gamma, 1, horizon,
    chances_of(o.agent, o.env))
  local start = core.tensor(o.env:starts(), {dtype = "f64"})
  return (start * values):sum():item(), values
end

return plan
