-- reinforce.lua: the policy gradient from whole episodes.
--
-- Williams, "Simple statistical gradient-following algorithms for connectionist
-- reinforcement learning", 1992; Sutton and Barto, section 13.4 for the
-- baseline: each action is made more likely by as much as what followed it was
-- better than expected.  Actions may be Discrete (with masks), MultiDiscrete or
-- a Box, as PPO's, whose networks and policies these are.

local Agent = require "mlrt.rl.agent"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local optim = require "mlrt.optim"
local PPO = require "mlrt.rl.ppo"

local REINFORCE = Agent.define("REINFORCE", PPO)

local read = options("rl.REINFORCE", "hidden: sizes?, activation: relu|tanh|"
  .. "silu|gelu|elu = tanh, policy: any?, value: any?, lr: number = 1e-3, "
  .. "gamma: number = 0.99, episodes: size = 8, baseline: bool = true, "
  .. "ent_coef: number = 0, max_grad_norm: number = 0, log_std: number = 0, "
  .. "seed: int = 0")

--- rl.REINFORCE(env, {...}).  episodes: how many are played for an update.
--- baseline: a second network learns what to expect; without it that is the
--- mean of the returns.
function REINFORCE:init(env, opts)
  self:build_networks(env, read(opts or {}))
  self.counters[#self.counters + 1] = "played"
  self.played = 0
end

-- ---- Episodes -------------------------------------------------------------

-- What is remembered, a part of the state: of each environment the episode
-- under way, and the finished ones as one.
local Episodes = {}
Episodes.__index = Episodes

local function empty()
  return {obs = {}, action = {}, legal = {}, reward = {}, gain = {}}
end

local function new_episodes(n)
  local episodes = {finished = empty()}
  for i = 1, n do episodes[i] = empty() end
  return setmetatable(episodes, Episodes)
end

-- The lists grow, the tensors in them stay as they are.
local function copy_of(one)
  local copy = empty()
  for name, list in pairs(copy) do
    table.move(one[name], 1, #one[name], 1, list)
  end
  return copy
end

function Episodes:state()
  local state = {finished = copy_of(self.finished)}
  for i, one in ipairs(self) do state[i] = copy_of(one) end
  return state
end

function Episodes:load_state(state)
  if type(state) ~= "table" or #state ~= #self
      or type(state.finished) ~= "table" then
    fail "rl.REINFORCE: load_state: the episodes do not fit"
  end
  for i = 1, #self do self[i] = copy_of(state[i]) end
  self.finished = copy_of(state.finished)
end

--- Makes room for what n environments will show.
function REINFORCE:prepare(n, masks, name)
  if self.envs == n then return end
  self.envs, self.masks, self.name = n, masks, name
  self.parts.episodes = new_episodes(n)
end

-- Moves a whole episode to the finished ones, with its returns.
local function finish(self, i, gamma)
  local one, all = self[i], self.finished
  local first, gain = #all.obs, 0
  for t = #one.reward, 1, -1 do
    gain = one.reward[t] + gamma * gain
    all.gain[first + t] = gain
  end
  for _, name in ipairs {"obs", "action", "legal", "reward"} do
    table.move(one[name], 1, #one[name], first + 1, all[name])
  end
  self[i] = empty()
end

local function remember(one, t, i)
  local at = #one.obs + 1
  one.obs[at] = t.obs:select(1, i):clone()
  one.action[at] = t.action:select(1, i):clone()
  one.legal[at] = t.legal and t.legal:select(1, i):clone()
  one.reward[at] = t.reward[i]
end

local function check_reward(self, reward, i)
  if reward - reward == 0 then return end
  fail("%s: reward: a finite number expected, got %g in environment %d",
    self.name or "environment", reward, i)
end

--- Takes in one step of every environment; learns when enough episodes ended.
function REINFORCE:observe(t)
  local episodes = self.parts.episodes
  for i = 1, self.envs do
    if not t.skip[i] then
      check_reward(self, t.reward[i], i)
      remember(episodes[i], t, i)
      if t.terminated[i] or t.truncated[i] then
        finish(episodes, i, self.options.gamma)
        self.played = self.played + 1
      end
    end
  end
  self.steps = self.steps + self.envs
  if self.played >= self.options.episodes then self:update() end
end

-- ---- Learning -------------------------------------------------------------

-- How much better than expected, with mean 0 and deviation 1, and what to
-- expect, to be learnt.
local function advantage(self, obs, gain)
  local expected = self.options.baseline and self:values(obs)
  local a = expected and gain - expected:detach() or gain
  return (a - a:mean()) / (a:std() + 1e-8), expected
end

--- One step of gradient descent on the finished episodes, which are forgotten.
function REINFORCE:update()
  local o, all, losses = self.options, self.parts.episodes.finished, self.losses
  local obs, action = core.stack(all.obs), core.stack(all.action)
  local gain = core.tensor(all.gain)
  local a, expected = advantage(self, obs, gain)
  local pi = self:distribution(obs, self.masks and core.stack(all.legal) or nil)
  local policy = -(pi:log_prob(action) * a):mean()
  local entropy = pi:entropy():mean()
  local loss = policy - entropy * o.ent_coef
  if expected then loss = loss + core.mse_loss(expected, gain) * 0.5 end
  self.optimizer:zero_grad()
  loss:backward()
  if o.max_grad_norm > 0 then
    optim.clip_grad_norm_(self.params, o.max_grad_norm)
  end
  self.optimizer:step()
  self.parts.episodes.finished, self.played = empty(), 0
  self.updates = self.updates + 1
  losses.policy_loss, losses.entropy = policy:item(), entropy:item()
end

return REINFORCE
