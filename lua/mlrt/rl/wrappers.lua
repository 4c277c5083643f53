-- wrappers.lua: environments around environments.
--
--   local env = rl.TimeLimit(rl.make "CliffWalking-v1", 200)
--   env = rl.RecordEpisodeStatistics(env)
--
-- A wrapper has what it wraps (`env.env`) and gives on what it does not change.
-- They are for one environment; to step several, make each and give the list to
-- rl.train.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local spaces = require "mlrt.rl.spaces"

local wrappers = {}

local Wrapper = class "Wrapper"
wrappers.Wrapper = Wrapper

-- What belongs to the core's loop or to a planner, who would pass us by.
local hidden = {_env = true, has_model = true}

-- A class of wrappers, whose objects look into what they wrap.
local function define(name)
  local cls = class(name, Wrapper)
  cls.__index = function(self, key)
    local value = cls[key]
    if value ~= nil or hidden[key] then return value end
    local env = rawget(self, "env")
    return env and env[key]
  end
  wrappers[name] = cls
  return cls
end

local function check(self, env)
  if type(env) ~= "table" or not env.step or not env.reset then
    fail("rl.%s: env: an environment expected, got %s", self.__name, type(env))
  end
  if env.num_envs then
    fail("rl.%s: env: one environment expected, got a vector", self.__name)
  end
  self.env = env
end

function Wrapper:init(env)
  check(self, env)
end

function Wrapper:reset(o)
  return self.env:reset(o)
end

function Wrapper:step(action)
  return self.env:step(action)
end

function Wrapper:render() return self.env:render() end
function Wrapper:close() if self.env.close then self.env:close() end end

function Wrapper:__tostring()
  return ("%s(%s)"):format(self.__name, tostring(self.env.name or self.env))
end

local function number(self, name, value, least)
  if type(value) ~= "number" or value ~= value or value < least then
    fail("rl.%s: %s: a number from %g expected, got %s", self.__name, name,
      least, tostring(value))
  end
  return value
end

-- ---- Limits and rewards -----------------------------------------------------

--- Truncates an episode after `steps` steps.
local TimeLimit = define "TimeLimit"

function TimeLimit:init(env, steps)
  check(self, env)
  self.max_episode_steps = number(self, "steps", steps, 1)
end

function TimeLimit:reset(o)
  self.steps = 0
  return self.env:reset(o)
end

function TimeLimit:step(action)
  local obs, reward, terminated, truncated, info = self.env:step(action)
  self.steps = self.steps + 1
  return obs, reward, terminated,
    truncated or self.steps >= self.max_episode_steps, info
end

--- Multiplies rewards.
local RewardScale = define "RewardScale"

function RewardScale:init(env, scale)
  check(self, env)
  self.scale = number(self, "scale", scale, -math.huge)
end

function RewardScale:step(action)
  local obs, reward, terminated, truncated, info = self.env:step(action)
  return obs, reward * self.scale, terminated, truncated, info
end

--- Puts actions of a box between its bounds instead of refusing them.
local ClipAction = define "ClipAction"

function ClipAction:step(action)
  local space = self.env.action_space
  if type(action) ~= "userdata" then action = core.tensor {action} end
  return self.env:step(action:maximum(space.low):minimum(space.high))
end

-- ---- Observations -----------------------------------------------------------

--- The last n observations, oldest first, in one tensor (n, ...); at first the
--- first one is repeated.
local FrameStack = define "FrameStack"

function FrameStack:init(env, n)
  check(self, env)
  self.n = math.tointeger(number(self, "n", n, 1))
    or fail("rl.FrameStack: n: an integer expected, got %s", tostring(n))
  local space = env.observation_space
  if space.n then
    local counts = {}
    for i = 1, self.n do counts[i] = space.n end
    self.observation_space = spaces.MultiDiscrete(counts)
    return
  end
  local shape = {self.n, table.unpack(space.shape)}
  local function repeated(b)
    return type(b) == "number" and b or b:unsqueeze(1):expand(shape):clone()
  end
  self.observation_space = spaces.Box {shape = shape,
    low = repeated(space.low), high = repeated(space.high)}
end

local function stacked(self)
  if self.env.observation_space.n then return core.index(self.frames) end
  return core.stack(self.frames, 1)
end

function FrameStack:reset(o)
  local obs, info = self.env:reset(o)
  self.frames = {}
  for i = 1, self.n do self.frames[i] = obs end
  return stacked(self), info
end

function FrameStack:step(action)
  local obs, reward, terminated, truncated, info = self.env:step(action)
  table.remove(self.frames, 1)
  self.frames[self.n] = obs
  return stacked(self), reward, terminated, truncated, info
end

--- Observations less their mean, divided by their deviation, both of all that
--- was seen (Welford 1962).  env.frozen = true keeps them as they are, to
--- evaluate; state and load_state carry them over.
local Normalize = define "Normalize"

function Normalize:init(env)
  check(self, env)
  local space = env.observation_space
  if not space.low then
    fail "rl.Normalize: env: observations in a Box expected"
  end
  self.observation_space = spaces.Box {shape = space.shape}
  self.count = 0
  self.mean = core.zeros(space.shape, {dtype = "f64"})
  self.squares = core.zeros(space.shape, {dtype = "f64"})
end

local function normal(self, obs)
  local x = obs:to "f64"
  if not self.frozen then
    self.count = self.count + 1
    local off = x - self.mean
    self.mean:add_(off / self.count)
    self.squares:add_(off * (x - self.mean))
  end
  local variance = self.squares / math.max(1, self.count)
  return ((x - self.mean) / (variance + 1e-8):sqrt()):to "f32"
end

function Normalize:reset(o)
  local obs, info = self.env:reset(o)
  return normal(self, obs), info
end

function Normalize:step(action)
  local obs, reward, terminated, truncated, info = self.env:step(action)
  return normal(self, obs), reward, terminated, truncated, info
end

function Normalize:state()
  return {count = self.count, mean = self.mean:clone(),
    squares = self.squares:clone()}
end

function Normalize:load_state(s)
  self.mean:copy_(s.mean)
  self.squares:copy_(s.squares)
  self.count = s.count
  return self
end

-- ---- Statistics -------------------------------------------------------------

--- Notes the return and the length of each episode: env.returns, env.lengths,
--- and of the last one info.episode = {r =, l =}.
local RecordEpisodeStatistics = define "RecordEpisodeStatistics"

function RecordEpisodeStatistics:init(env)
  check(self, env)
  self.returns, self.lengths = {}, {}
end

function RecordEpisodeStatistics:reset(o)
  self.sum, self.steps = 0, 0
  return self.env:reset(o)
end

function RecordEpisodeStatistics:step(action)
  local obs, reward, terminated, truncated, info = self.env:step(action)
  self.sum, self.steps = self.sum + reward, self.steps + 1
  if not (terminated or truncated) then
    return obs, reward, terminated, truncated, info
  end
  local n = #self.returns + 1
  self.returns[n], self.lengths[n] = self.sum, self.steps
  local more = {episode = {r = self.sum, l = self.steps}}
  for key, value in pairs(info) do more[key] = value end
  return obs, reward, terminated, truncated, more
end

return wrappers
