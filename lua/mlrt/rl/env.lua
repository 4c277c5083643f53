-- env.lua: environments by name: rl.make, rl.vector, rl.register.
--
-- An environment is a table with observation_space, action_space and
--
--   env:reset{seed = 1} -> observation, info
--   env:step(action) -> observation, reward, terminated, truncated, info
--   env.legal            bool tensor (n) of actions that may be taken, or nil
--   env:close()  env:render() -> text
--
-- Those built in are written in C (core/rl/); one written in Lua is a table
-- with the same functions, registered by name with a function that makes it.

local core = require "mlrt.core"
local class = require "mlrt.class"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local spaces = require "mlrt.rl.spaces"

local makers = {} -- of environments written in Lua, by name

-- ---- Built in --------------------------------------------------------------

local Env = class "Env" -- one copy of an environment of the core

-- Rows of a map may be given as a list.
local function core_options(o)
  local plain = {}
  for name, value in pairs(o) do
    if type(value) == "table" then value = table.concat(value, "\n") end
    plain[name] = value
  end
  return plain
end

local function words(text)
  local list = {}
  for word in (text or ""):gmatch "%S+" do list[#list + 1] = word end
  return list
end

-- What both kinds below have.
local function describe(self, env)
  local about = env:about()
  self._env, self.name = env, about.name
  self.observation_space = spaces.from_core(about.observation)
  self.action_space = spaces.from_core(about.action)
  self.action_names = words(about.actions)
  self.max_episode_steps = about.max_episode_steps > 0
    and about.max_episode_steps or nil
  self.columns = about.columns > 0 and about.columns or nil
  self.has_model = about.has_model
  return env:views()
end

local function seed_of(o, name)
  if o == nil then return nil end
  if type(o) ~= "table" then
    fail("%s: reset: {seed =} expected, got %s", name, type(o))
  end
  for key in pairs(o) do
    if key ~= "seed" then
      fail("%s: reset: %s", name, options.unknown("option", tostring(key),
        {"seed"}))
    end
  end
  return o.seed
end

function Env:init(name, o)
  local env = core._rl.env(name, 1, false, core_options(o))
  local views = describe(self, env)
  self.info = {}
  self.step = env:stepper(self.info)
  if views.legal then self.legal = views.legal:select(1, 1) end
end

--- Begins an episode -> observation, info.  With a seed the stream of the
--- environment's random numbers begins anew.
function Env:reset(o)
  return self._env:reset(seed_of(o, self.name)), self.info
end

--- The environment as text.
function Env:render()
  return self._env:render(1)
end

--- All that the rest of the episode depends on, as data.
function Env:state()
  return self._env:state(1)
end

--- Continues from a state; what it lacks but `values` keeps its value.
function Env:load_state(s)
  self._env:load_state(1, s)
  return self
end

--- What is seen now, as after reset and step.
function Env:observation()
  return self._env:observation()
end

--- What may come of an action in a state: a list of {probability, next state,
--- reward, terminated}.
function Env:outcomes(state, action)
  return self._env:outcomes(state, action)
end

--- The probabilities that an episode begins in each state.
function Env:starts()
  return self._env:starts()
end

function Env:close()
  self._env:close()
end

function Env:__tostring()
  return ("%s: %s -> %s"):format(self.name, tostring(self.action_space),
    tostring(self.observation_space))
end

-- ---- Vectors of copies -----------------------------------------------------

local VectorEnv = class "VectorEnv"

function VectorEnv:init(name, n, o)
  local env = core._rl.env(name, n, true, core_options(o))
  local views = describe(self, env)
  self.num_envs = n
  self.info = {reset = views.reset}
  self.legal = views.legal
  self.observation = views.observation
  self.step = env:stepper(self.info, views)
end

function VectorEnv:reset(o)
  self._env:reset(seed_of(o, self.name))
  return self.observation, self.info
end

--- Copy i as text.
function VectorEnv:render(i)
  return self._env:render(i or 1)
end

function VectorEnv:state()
  local list = {}
  for i = 1, self.num_envs do list[i] = self._env:state(i) end
  return list
end

function VectorEnv:load_state(list)
  if type(list) ~= "table" or #list ~= self.num_envs then
    fail("%s: load_state: a list of %d states expected", self.name,
      self.num_envs)
  end
  for i, s in ipairs(list) do self._env:load_state(i, s) end
  return self
end

function VectorEnv:close()
  self._env:close()
end

function VectorEnv:__tostring()
  return ("%d x %s"):format(self.num_envs, self.name)
end

-- ---- By name ---------------------------------------------------------------

local env = {}

--- Names of all environments, sorted.
function env.names()
  local list = core._rl.names()
  for name in pairs(makers) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function check_name(where, name)
  if type(name) ~= "string" then
    fail("%s: name: a string expected, got %s", where, type(name))
  end
  if makers[name] then return end
  local known = env.names()
  for _, other in ipairs(known) do
    if other == name then return end
  end
  fail("%s: %s", where, options.unknown("environment", name, known))
end

--- Makes an environment; options are those of its type, and
--- max_episode_steps, after which an episode is truncated.
function env.make(name, o)
  check_name("make", name)
  if makers[name] then return makers[name](o or {}) end
  return Env(name, o or {})
end

--- N copies that step together, into the same tensors each time.  A copy whose
--- episode ended is reset by the next step, which ignores its action and says
--- so in info.reset.  seed: of the first episodes.
function env.vector(name, n, o)
  check_name("vector", name)
  local count = type(n) == "number" and math.tointeger(n)
  if not count or count < 1 then
    fail("vector: copies: a positive integer expected, got %s", tostring(n))
  end
  local kept = {}
  for key, value in pairs(o or {}) do kept[key] = value end
  local seed = kept.seed
  kept.seed = nil
  if makers[name] then
    fail("vector: '%s' is written in Lua; make each copy", name)
  end
  local venv = VectorEnv(name, count, kept)
  if seed then venv:reset {seed = seed} end
  return venv
end

--- Is there an environment of this name in the core?  And one written in Lua?
function env.is_builtin(name)
  for _, other in ipairs(core._rl.names()) do
    if other == name then return true end
  end
  return false
end

function env.is_registered(name)
  return makers[name] ~= nil
end

--- Makes a name known: maker(options) returns an environment.
function env.register(name, maker)
  if type(name) ~= "string" or name == "" then
    fail("register: name: a string expected, got %s", type(name))
  end
  if type(maker) ~= "function" then
    fail("register: maker: a function expected, got %s", type(maker))
  end
  for _, other in ipairs(core._rl.names()) do
    if other == name then fail("register: '%s' is built in", name) end
  end
  makers[name] = maker
end

return env
