-- many.lua: environments written in Lua, or single ones, as a vector.
--
--   local venv = Many {env}          -- or several
--   local obs = venv:reset {seed = 1}
--   local obs, rewards, terminated, truncated, info = venv:step(actions)
--
-- The contract is rl.vector's: the same tensors each time, and a copy whose
-- episode is over is reset by the next step, which says so in info.reset.  What
-- an environment returns is looked at first: a wrong shape, a reward that is no
-- number and the like are errors that name the environment, the field, what was
-- got and what was wanted.  An environment that raises leaves this as it was
-- before the step, but for the copies in front of it.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local spaces = require "mlrt.rl.spaces"

local Many = class "Many"

local function check_env(env, i)
  if type(env) ~= "table" or type(env.step) ~= "function"
      or type(env.reset) ~= "function" then
    fail("rl: environment %d: a table with reset and step expected, got a %s",
      i, type(env))
  end
  for _, name in ipairs {"observation_space", "action_space"} do
    if not spaces.is_space(env[name]) then
      fail("%s: %s: a space expected, got a %s", env.name or "environment",
        name, type(env[name]))
    end
  end
end

local function blank(n, space)
  return core.zeros({n, table.unpack(space.shape)}, {dtype = space.dtype})
end

local function flags(n)
  return core.zeros({n}, {dtype = "bool"})
end

--- envs: a list of environments of the same spaces.
function Many:init(envs)
  local n = #envs
  for i, env in ipairs(envs) do check_env(env, i) end
  local first = envs[1] or fail "rl: there is no environment"
  self.envs, self.num_envs, self.name = envs, n, first.name or "environment"
  self.observation_space = first.observation_space
  self.action_space = first.action_space
  self.observation = blank(n, first.observation_space)
  self.rewards, self.terminated = core.zeros(n), flags(n)
  self.truncated, self.info = flags(n), {reset = flags(n)}
  self.seeds, self.over = {}, {}
end

-- ---- What environments return ---------------------------------------------

local function bad(self, i, field, format, ...)
  local which = self.num_envs > 1 and (" %d"):format(i) or ""
  fail("%s%s: %s: " .. format, self.name, which, field, ...)
end

local function check_obs(self, i, obs)
  local space = self.observation_space
  if space.__name == "Box" then -- bounds are not looked at, but shape and NaN
    if not core.is_tensor(obs) or obs.dtype ~= space.dtype
        or table.concat(obs.shape, ",") ~= table.concat(space.shape, ",") then
      bad(self, i, "observation", "%s", space:breach(obs))
    end
    local sum = obs:sum():item()
    if sum - sum ~= 0 and not obs:isfinite():all():item() then
      bad(self, i, "observation", "finite numbers expected, got %s",
        tostring(obs))
    end
  else
    local breach = space:breach(obs)
    if breach then bad(self, i, "observation", "%s", breach) end
  end
  return obs
end

local function check_reward(self, i, reward)
  if type(reward) ~= "number" or reward - reward ~= 0 then
    bad(self, i, "reward", "a finite number expected, got %s",
      tostring(reward))
  end
  return reward
end

local function check_flag(self, i, field, value)
  if type(value) ~= "boolean" then
    bad(self, i, field, "true or false expected, got %s", tostring(value))
  end
  return value
end

local function check_legal(self, i, legal)
  local n = self.action_space.n
  if not core.is_tensor(legal) or legal.dtype ~= "bool" or #legal.shape ~= 1
      or legal.shape[1] ~= n then
    bad(self, i, "legal", "a bool tensor (%d) expected, got %s", n or 0,
      core.is_tensor(legal) and ("%s %s"):format(legal.dtype, legal.shape)
      or type(legal))
  end
  return legal
end

-- ---- Steps ----------------------------------------------------------------

-- What copy i shows now.
local function show(self, i, obs)
  self.observation[i] = check_obs(self, i, obs)
  local legal = self.envs[i].legal
  if legal ~= nil then
    self.legal = self.legal
      or core.zeros({self.num_envs, self.action_space.n or 0},
        {dtype = "bool"})
    self.legal[i] = check_legal(self, i, legal)
  end
end

local function begin(self, i)
  local seed = self.seeds[i]
  show(self, i, (self.envs[i]:reset(seed and {seed = seed} or nil)))
  self.seeds[i], self.over[i] = nil, false
end

--- o: {seed =}; copy i gets seed + i - 1.
function Many:reset(o)
  local seed = o and o.seed
  for i = 1, self.num_envs do
    self.seeds[i] = seed and seed + i - 1 or nil
    begin(self, i)
    self.info.reset[i] = true
  end
  return self.observation, self.info
end

local function act(self, i, action)
  local obs, reward, terminated, truncated = self.envs[i]:step(action)
  reward = check_reward(self, i, reward)
  terminated = check_flag(self, i, "terminated", terminated)
  truncated = check_flag(self, i, "truncated", truncated)
  show(self, i, obs)
  return reward, terminated, truncated
end

--- actions: index (N), or f32 (N, ...).
function Many:step(actions)
  local discrete = self.action_space.__name == "Discrete"
  for i = 1, self.num_envs do
    local reward, terminated, truncated = 0, false, false
    local reset = self.over[i] ~= false
    if reset then
      begin(self, i)
    else
      local action = discrete and actions[i] or actions:select(1, i):clone()
      reward, terminated, truncated = act(self, i, action)
    end
    self.over[i] = terminated or truncated
    self.info.reset[i], self.rewards[i] = reset, reward
    self.terminated[i], self.truncated[i] = terminated, truncated
  end
  return self.observation, self.rewards, self.terminated, self.truncated,
    self.info
end

-- ---- State ----------------------------------------------------------------

--- Can every copy say all that the rest of its episode depends on?
function Many:has_state()
  for _, env in ipairs(self.envs) do
    if not (env.state and env.load_state) then return false end
  end
  return true
end

--- Cuts all episodes short: the next step resets every copy, with these seeds.
--- So environments that cannot say their state can be continued exactly.
function Many:cut(seed)
  for i = 1, self.num_envs do
    self.over[i], self.seeds[i] = true, seed + i - 1
  end
end

function Many:state()
  local state = {over = {}, seeds = {}}
  local full = self:has_state()
  for i, env in ipairs(self.envs) do
    state.over[i] = self.over[i] ~= false
    state.seeds[i] = self.seeds[i] or false
    if full then
      state.envs = state.envs or {}
      state.envs[i] = env:state()
    end
  end
  return state
end

function Many:load_state(state)
  if type(state) ~= "table" or type(state.over) ~= "table"
      or #state.over ~= self.num_envs then
    fail("%s: load_state: the state of %d environments expected", self.name,
      self.num_envs)
  end
  for i, env in ipairs(self.envs) do
    if state.envs then env:load_state(state.envs[i]) end
    self.over[i], self.seeds[i] = state.over[i], state.seeds[i] or nil
  end
  return self
end

return Many
