-- tabular.lua: agents that keep a value for each state and action.
--
--   local agent = rl.QLearning(env, {alpha = 0.1, epsilon = {1, 0.05, 20000}})
--   agent:train(env, {episodes = 5000})            -- the whole loop in C
--   print(agent:show(env))                         -- the policy as arrows
--
-- or step by step, the update in C and the loop in sight:
--
--   local action = agent:explore(state)
--   local next_state, reward, terminated, truncated = env:step(action)
--   agent:learn(state, action, reward, next_state, terminated, truncated)
--
-- agent.q is the table itself, f64 (states, actions), to read and to write.
-- Sections named below are of Sutton and Barto, second edition.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local Tabular = class "Tabular"

-- ---- Making ----------------------------------------------------------------

-- The number of values of an environment's space.
local function count_of(self, env, name)
  local space = type(env) == "table" and env[name]
  local n = type(space) == "table" and space.n
  if not n then
    fail("rl.%s: %s: a discrete space expected, got %s", self.__name, name,
      space and tostring(space) or "nothing")
  end
  return n
end

--- env: an environment with discrete observations and actions, or a table with
--- its observation_space and action_space.
---
--- Options: alpha (step size), epsilon and temperature are a number or {first,
--- last, steps}, a straight line; alpha_power divides alpha by a power of the
--- visits; gamma; exploration is "epsilon", "softmax" or "ucb" (with c);
--- initial values; seed; and what its kind has: n, lambda, planning.
function Tabular:init(env, o)
  if type(env) == "string" then env = require("mlrt.rl").make(env) end
  local given = {}
  for key, value in pairs(o or {}) do given[key] = value end
  self.options, given.kind = o or {}, self.kind
  given.seed = given.seed or core.default_generator():next()
  self.observation_space = env.observation_space
  self.action_space = env.action_space
  local states = count_of(self, env, "observation_space")
  local actions = count_of(self, env, "action_space")
  self._agent = core._rl.tabular(states, actions, given)
  self.q, self.q2 = self._agent:values(1), self._agent:values(2)
  self.visits = self._agent:visits()
  self.act, self.learn, self.explore = self._agent:hands()
end

--- The values that decide: the table, of two their mean.
function Tabular:values()
  return self.q2 and (self.q + self.q2) / 2 or self.q:clone()
end

--- The chances of each action in a state, as it explores.
function Tabular:probabilities(state, legal)
  return self._agent:policy(state, legal)
end

--- The best action of each state, a list.
function Tabular:policy()
  return self:values():argmax(2):totable()
end

--- Steps it has learnt from.
function Tabular:steps()
  return (select(2, self._agent:clock()))
end

-- ---- Training --------------------------------------------------------------

local read_train = options("train", [[env: any, steps: count = 0,
  episodes: count = 0, seed: int?, log_every: count = 0, callback: callable?]])

-- The loop for environments that are not the core's.
local function lua_train(self, env, steps, episodes, log)
  local done, ended = 0, 0
  while (steps == 0 or done < steps) and (episodes == 0 or ended < episodes) do
    if not log.state then
      log.state, log.sofar = env:reset(), 0
      self._agent:set_clock(self._agent:clock())
    end
    local s = log.state
    local a = self.explore(self, s, env.legal)
    local s2, r, terminated, truncated = env:step(a)
    self.learn(self, s, a, r, s2, terminated, truncated, env.legal)
    log.state, log.sofar, done = s2, log.sofar + r, done + 1
    if terminated or truncated then
      ended, log.state = ended + 1, nil
      log.returns[#log.returns + 1] = log.sofar
    end
  end
  return done, ended
end

local ROOM = 1 << 20 -- returns that one call of the core may keep

local function core_train(self, env, steps, episodes, log)
  local done, ended, _, returns = self._agent:train(env._env, steps, episodes,
    ROOM)
  table.move(returns, 1, #returns, #log.returns + 1, log.returns)
  return done, ended
end

-- Means over what has ended since the last point.
local function point(log, from)
  local n, sum = #log.returns - from, 0
  for i = from + 1, #log.returns do sum = sum + log.returns[i] end
  log.curve[#log.curve + 1] = {steps = log.steps, episodes = log.episodes,
    mean_return = n > 0 and sum / n or nil}
end

--- Lets it learn: so many steps, or episodes.  In a built-in environment the
--- loop runs in C.  log_every: after so many steps or episodes there is a
--- point of the curve and callback(log) is called (default: 50 times).
---
--- Returns {steps, episodes, returns = of each episode, curve = {{steps,
--- episodes, mean_return}, ...}}.
function Tabular:train(...)
  local o = read_train(...)
  local env = o.env
  if type(env) == "string" then env = require("mlrt.rl").make(env) end
  if o.steps == 0 and o.episodes == 0 then
    fail "train: steps or episodes are needed"
  end
  local by_steps = o.steps > 0
  local total = by_steps and o.steps or o.episodes
  local every = o.log_every > 0 and o.log_every or math.max(1, total // 50)
  if o.seed then env:reset {seed = o.seed} end
  local log = {steps = 0, episodes = 0, returns = {}, curve = {}}
  local run = env._env and core_train or lua_train
  local at = 0
  while at < total do
    local from, n = #log.returns, math.min(every, total - at)
    local steps, episodes = run(self, env, by_steps and n or 0,
      by_steps and 0 or n, log)
    log.steps, log.episodes = log.steps + steps, log.episodes + episodes
    at = at + n
    point(log, from)
    if o.callback then o.callback(log) end
  end
  log.state, log.sofar = nil, nil
  return log
end

-- ---- State and files -------------------------------------------------------

--- All there is to know as data, but for an episode under way.
function Tabular:state()
  local stream, steps = self._agent:clock()
  return {kind = self.kind, q = self.q:clone(), stream = stream, steps = steps,
    q2 = self.q2 and self.q2:clone(),
    visits = self.visits and self.visits:clone()}
end

function Tabular:load_state(s)
  if type(s) ~= "table" or s.kind ~= self.kind or not core.is_tensor(s.q) then
    fail("rl.%s: load_state: a state of its kind expected", self.__name)
  end
  for _, name in ipairs {"q", "q2", "visits"} do
    local mine, other = self[name], s[name]
    if mine and not (core.is_tensor(other) and other.dtype == mine.dtype
        and tostring(other.shape) == tostring(mine.shape)) then
      fail("rl.%s: load_state: %s: %s of shape %s expected", self.__name, name,
        mine.dtype, tostring(mine.shape))
    end
  end
  for _, name in ipairs {"q", "q2", "visits"} do
    if self[name] then self[name]:copy_(s[name]) end
  end
  self._agent:set_clock(s.stream, s.steps)
  return self
end

local codec = {}

function codec.pack(agent)
  return {states = agent.observation_space.n, actions = agent.action_space.n,
    options = agent.options, state = agent:state()}
end

function codec.unpack(cls, packed)
  local spaces = require "mlrt.rl.spaces"
  local agent = cls({observation_space = spaces.Discrete(packed.states),
    action_space = spaces.Discrete(packed.actions)}, packed.options)
  return agent:load_state(packed.state)
end

-- ---- Showing ---------------------------------------------------------------

local arrows = {up = "^", north = "^", down = "v", south = "v", left = "<",
  west = "<", right = ">", east = ">"}

local function symbol(env, action)
  local name = env.action_names and env.action_names[action]
  return name and (arrows[name] or name:sub(1, 1)) or tostring(action)
end

-- The state's best action and value; nil where nothing was learnt.
local function best(row, initial)
  local value, at, touched = -math.huge, nil, false
  for i, q in ipairs(row) do
    touched = touched or q ~= initial
    if q > value then value, at = q, i end
  end
  if touched then return at, value end
end

--- The table as text: where the states lie on a grid, the best action of each
--- as an arrow, and beside it its value; "." where nothing was learnt.
function Tabular:show(env)
  local rows = self:values():totable()
  local width = env and env.columns or math.min(#rows, 8)
  local initial, left, right, lines = self.options.initial or 0, {}, {}, {}
  for s, row in ipairs(rows) do
    local at, value = best(row, initial)
    left[#left + 1] = at and symbol(env or {}, at) or "."
    right[#right + 1] = at and ("%7.2f"):format(value) or "      ."
    if s % width == 0 or s == #rows then
      lines[#lines + 1] = table.concat(left, " ") .. "   "
        .. table.concat(right, " ")
      left, right = {}, {}
    end
  end
  return table.concat(lines, "\n")
end

function Tabular:__tostring()
  return ("%s(%d states, %d actions, %d steps)"):format(self.__name,
    self.observation_space.n, self.action_space.n, self:steps())
end

-- ---- The kinds -------------------------------------------------------------

local kinds = {
  QLearning = "q_learning", -- 6.5: r + gamma max Q(s', a')
  SARSA = "sarsa", -- 6.4: r + gamma Q(s', a'), a' what it does next
  ExpectedSARSA = "expected_sarsa", -- 6.6: the mean over its policy
  DoubleQLearning = "double_q", -- 6.7: one table picks, the other judges
  NStepSARSA = "n_step_sarsa", -- 7.2: n rewards, then the value
  SARSALambda = "sarsa_lambda", -- 12.7: traces of what led here
  DynaQ = "dyna_q", -- 8.2: and `planning` steps in what it remembers
}

local tabular = {Tabular = Tabular}
for name, kind in pairs(kinds) do
  local cls = class(name, Tabular)
  cls.kind = kind
  require("mlrt.save").register_class("rl." .. name, cls, codec)
  tabular[name] = cls
end

return tabular
