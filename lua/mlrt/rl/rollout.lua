-- rollout.lua: what a policy saw, did and got over some steps of some
-- environments, in tensors (T, N, ...), for agents that learn from that alone.
--
--   local rollout = Rollout {length = 128, envs = 4, obs = ..., action = ...}
--   rollout:add(step)                            -- true when it is full
--   rollout:advantages(values, gamma, lambda)    -- values (T + 1, N)
--
-- A step that only resets its environment is no experience; `rows` lists those
-- that are.  obs has T + 1 steps: after the end of an episode the next one is
-- its last observation, which is what a truncated episode needs the value of.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"

local Rollout = class "Rollout"

-- The tensors that a state has.
local fields = {"obs", "action", "reward", "terminated", "ended", "legal",
  "skip"}

local function blank(like, ...)
  local shape = {...}
  for _, n in ipairs(like.shape) do shape[#shape + 1] = n end
  return core.zeros(shape, {dtype = like.dtype})
end

--- o: length, envs, obs and action like one of each, actions (the length of
--- masks, 0 for none), name of the environment.
function Rollout:init(o)
  local T, N = o.length, o.envs
  self.T, self.N, self.at, self.name = T, N, 0, o.name or "rollout"
  self.obs, self.action = blank(o.obs, T + 1, N), blank(o.action, T, N)
  self.reward, self.gain = core.zeros(T, N), core.zeros(T, N)
  self.terminated = core.zeros({T, N}, {dtype = "bool"})
  self.ended = core.zeros({T, N}, {dtype = "bool"})
  self.skip = core.zeros({T, N}, {dtype = "bool"})
  if o.actions > 0 then
    self.legal = core.zeros({T, N, o.actions}, {dtype = "bool"})
  end
  self.views = {}
end

-- Step t of a field, made once.
local function step_of(self, name, t)
  local list = self.views[name] or {}
  self.views[name] = list
  list[t] = list[t] or self[name]:select(1, t)
  return list[t]
end

--- One step, as observe has it; true when there are T of them.
function Rollout:add(step)
  if self.at == self.T then self.at = 0 end
  local t = self.at + 1
  step_of(self, "obs", t):copy_(step.obs)
  step_of(self, "obs", t + 1):copy_(step.next_obs)
  step_of(self, "action", t):copy_(step.action)
  step_of(self, "reward", t):copy_(step.reward)
  step_of(self, "terminated", t):copy_(step.terminated)
  step_of(self, "ended", t):copy_(step.terminated | step.truncated)
  if self.legal then step_of(self, "legal", t):copy_(step.legal) end
  step_of(self, "skip", t):copy_(step.skip)
  self.at = t
  return t == self.T
end

local function check_finite(self, name)
  local sum = self[name]:sum():item()
  if sum - sum == 0 then return end
  local bad = (~self[name]:isfinite()):nonzero()
  if bad.shape[1] == 0 then return end -- only the sum was too large
  fail("%s: %s: finite numbers expected, got %s in environment %d", self.name,
    name, tostring(self[name]:isnan():any():item() and "nan" or "infinity"),
    bad[{1, 2}]:item())
end

--- Raises when a reward or an observation is no finite number.
function Rollout:check()
  check_finite(self, "reward")
  if self.obs.dtype ~= "index" then check_finite(self, "obs") end
end

-- (T, N, ...) as rows.
local function flat(t)
  return t:flatten(1, 2)
end

--- The experience: a table of obs, action and legal with a row each, and of the
--- positions of those rows that count.
function Rollout:rows()
  return {obs = flat(self.obs[{{1, self.T}}]), action = flat(self.action),
    legal = self.legal and flat(self.legal),
    index = (~flat(self.skip)):nonzero():squeeze(2)}
end

--- All T + 1 observations as rows.
function Rollout:observations()
  return flat(self.obs)
end

--- Advantages by GAE from values, f32 (T + 1, N); one row each.
function Rollout:advantages(values, gamma, lambda)
  core._gae(self.reward, values, self.terminated, self.ended, gamma, lambda,
    self.gain)
  return flat(self.gain)
end

--- Generalised advantages (Schulman et al. 2016), f32 (T, N): reward f32 (T,
--- N), value f32 (T + 1, N), terminated and ended bool (T, N), all in C order.
---   d[t] = reward[t] + gamma value[t + 1] (0 if terminated[t]) - value[t]
---   a[t] = d[t] + gamma lambda a[t + 1] (0 if ended[t])
function Rollout.gae(reward, value, terminated, ended, gamma, lambda)
  local gain = core.is_tensor(reward) and core.zeros(reward.shape) or reward
  core._gae(reward, value, terminated, ended, gamma, lambda, gain)
  return gain
end

function Rollout:state()
  local state = {at = self.at}
  for _, name in ipairs(fields) do
    state[name] = self[name] and self[name]:clone()
  end
  return state
end

function Rollout:load_state(state)
  if type(state) ~= "table" or not math.tointeger(state.at) then
    fail "rl: load_state: a rollout's state expected"
  end
  for _, name in ipairs(fields) do
    local mine, other = self[name], state[name]
    if mine and not (core.is_tensor(other) and other.shape == mine.shape
        and other.dtype == mine.dtype) then
      fail("rl: load_state: the rollout's %s does not fit", name)
    end
  end
  for _, name in ipairs(fields) do
    if self[name] then self[name]:copy_(state[name]) end
  end
  self.at = state.at
  return self
end

return Rollout
