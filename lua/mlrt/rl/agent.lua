-- agent.lua: what every agent that learns with networks can do.
--
--   local agent = rl.DQN(env, {lr = 1e-3})
--   local action = agent:act(obs)                  -- the best it knows
--   local action = agent:act(obs, {max_us = 500})  -- within a frame
--   m.save("agent.safetensors", agent)             -- data, no code
--
-- An agent has `pick(obs, legal, explore)`, rows of observations to rows of
-- actions, and `observe`, which is told what came of them and learns.  Its
-- `parts` are everything with a state, its `counters` the numbers beside them.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local network = require "mlrt.rl.network"
local options = require "mlrt.options"
local spaces = require "mlrt.rl.spaces"

local clock = core.time

local Agent = class "Agent"

-- ---- Spaces ---------------------------------------------------------------

local function space_of(self, env, name)
  local space = type(env) == "table" and env[name]
  if not spaces.is_space(space) then
    fail("rl.%s: an environment, or a table with its observation_space and "
      .. "action_space, expected (%s is missing)", self.__name, name)
  end
  return space
end

--- A tensor of the dtype and shape of one value of a space.
function Agent.example(space)
  return core.zeros(space.shape, {dtype = space.dtype})
end

--- Checks what kinds of actions an algorithm can choose.
function Agent:want_actions(...)
  local kind = self.action_space.__name
  for _, word in ipairs {...} do
    if kind == word then return end
  end
  fail("rl.%s: actions of the kind %s expected, the environment's are %s",
    self.__name, table.concat({...}, " or "), kind)
end

-- ---- Making one -----------------------------------------------------------

--- env: its spaces are read; o: the options, checked, with a seed.
function Agent:init(env, o)
  if type(env) == "string" then env = require("mlrt.rl").make(env) end
  self.observation_space = space_of(self, env, "observation_space")
  self.action_space = space_of(self, env, "action_space")
  self.options, self.generator = o, core.generator(o.seed)
  self.encode, self.inputs = network.encoder(self.observation_space)
  self.parts, self.counters = {generator = self.generator}, {"steps", "updates"}
  self.steps, self.updates, self.losses = 0, 0, {}
  self.cost, self.update_cost = 0, 0
  if self.action_space.__name == "Box" then self:scale_actions() end
end

-- Networks act between -1 and 1; what is bounded is stretched to its bounds.
function Agent:scale_actions()
  local low, high = self.action_space.low, self.action_space.high
  if not core.is_tensor(low) then
    low = core.full(self.action_space.shape, low)
    high = core.full(self.action_space.shape, high)
  end
  local bounded = (high - low):isfinite() & (high - low):lt(1e6)
  self.middle = core.where(bounded, (low + high) / 2, 0)
  self.half = core.where(bounded, (high - low) / 2, 1)
  self.low, self.high = low, high
end

--- Actions of the environment from those of a network.
function Agent:stretch(raw)
  return (raw * self.half + self.middle):clamp(self.low, self.high)
end

--- The other way, as rows of numbers.
function Agent:shrink(actions)
  return ((actions - self.middle) / self.half):reshape({actions.shape[1],
    self.action_space.numel})
end

--- A user's module in place of the usual one; `build` makes that.
function Agent:network_of(name, build)
  local given = self.options[name]
  if not given then return build() end
  if type(given) ~= "table" or not given.parameters then
    fail("rl.%s: argument '%s': a module expected, got a %s", self.__name, name,
      type(given))
  end
  self.raw_observations = true
  return network.copy(given)
end

--- What networks are given: a user's own get observations as they are.
function Agent:features(obs)
  return self.raw_observations and obs or self.encode(obs)
end

-- ---- Acting ---------------------------------------------------------------

local read_act = options("act", "deterministic: bool = true, legal: any?, "
  .. "max_us: number?, learn: bool = false")

-- The observation as a batch of one, or the batch that it is; is it one?
local function batch_of(self, obs)
  local space = self.observation_space
  if type(obs) == "number" then
    return core.index {obs}, true
  elseif type(obs) == "table" then
    obs = space.dtype == "index" and core.index(obs) or core.tensor(obs)
  elseif not core.is_tensor(obs) then
    fail("%s:act: argument 'obs': an observation expected, got a %s",
      self.__name, type(obs))
  end
  local want, extra = space.shape, #obs.shape - #space.shape
  local fits = obs.dtype == space.dtype and (extra == 0 or extra == 1)
  for i = 1, #want do fits = fits and obs.shape[extra + i] == want[i] end
  if not fits then
    fail("%s:act: argument 'obs': %s (%s), or rows of that, expected, got "
      .. "%s %s", self.__name, space.dtype, table.concat(want, ", "), obs.dtype,
      tostring(obs.shape))
  end
  return extra == 0 and obs:unsqueeze(1) or obs, extra == 0
end

local function plain_action(self, actions)
  if self.action_space.__name == "Discrete" then return actions[1] end
  return actions:select(1, 1)
end

local function choose(self, obs, o)
  local rows, one = batch_of(self, obs)
  local legal = o and o.legal
  if legal and one and #legal.shape == 1 then legal = legal:unsqueeze(1) end
  local _ <close> = core.no_grad()
  local actions = self:pick(rows, legal, o and not o.deterministic)
  return one and plain_action(self, actions) or actions
end

-- What is answered when there is no time: the last action if it is legal.
local function hurried(self, o)
  local last, legal = self.last, o.legal
  if last and not (legal and type(last) == "number"
      and not legal[#legal.shape == 1 and last or {1, last}]) then
    return last
  end
  if legal then return legal:to "f32":argmax():item() end
  local space = self.action_space
  return space.__name == "Discrete" and 1 or Agent.example(space)
end

-- Microseconds since a reading of the clock.
local function since(start)
  return (clock() - start) * 1e6
end

-- Updates while another one fits, by what the last ones took.
local function learn_within(self, start, max_us)
  while self.can_update and self:can_update()
      and since(start) + 1.25 * self.update_cost < max_us do
    local before = clock()
    self:update()
    self.update_cost = math.max(since(before), 0.9 * self.update_cost)
  end
end

-- Costs are remembered as the largest of late, fading by a tenth each time.
local function act_within(self, obs, o)
  local start = clock()
  if self.cost > o.max_us then
    self.cost = 0.9 * self.cost
    return hurried(self, o), since(start)
  end
  local action = choose(self, obs, o)
  self.cost, self.last = math.max(since(start), 0.9 * self.cost), action
  if o.learn then learn_within(self, start, o.max_us) end
  return action, since(start)
end

--- The action for an observation (or the actions for rows of them): a number,
--- counting from 1, where actions are discrete, else a tensor.
--- deterministic = false: as in training, not the best known one.  legal: bool
--- (n) of the actions that may be chosen.  max_us: microseconds it may take;
--- then what it took is returned too, and when a decision is known to take
--- longer the last action is given again.  learn: what is left of max_us is
--- used for updates from what was remembered.
function Agent:act(obs, opts)
  if opts == nil then return choose(self, obs) end
  local o = read_act(opts)
  if o.max_us then return act_within(self, obs, o) end
  return choose(self, obs, o)
end

-- ---- In a host's own loop -------------------------------------------------

-- One value as a row of the space's dtype.
local function row_of(space, value)
  if space.dtype == "index" and type(value) == "number" then
    return core.index {value}
  elseif not core.is_tensor(value) then
    value = space.dtype == "index" and core.index(value) or core.tensor(value)
  end
  return value:unsqueeze(1)
end

local function flag(value)
  return core.full({1}, value and 1 or 0, {dtype = "bool"})
end

--- Tells the agent what came of one action in one environment, for a host that
--- runs the loop itself; it learns as in rl.train.  legal and next_legal: the
--- masks of both observations, if there are masks.
function Agent:remember(obs, action, reward, next_obs, terminated, truncated,
    legal, next_legal)
  if not self.alone then self:prepare(1, legal ~= nil, self.__name) end
  self.alone = true
  local space = self.observation_space
  action = row_of(self.action_space, action)
  if self.half then action = self:shrink(action) end
  self:observe {obs = row_of(space, obs), action = action,
    reward = core.tensor {reward}, next_obs = row_of(space, next_obs),
    terminated = flag(terminated), truncated = flag(truncated),
    skip = flag(false), legal = legal and legal:unsqueeze(1),
    next_legal = next_legal and next_legal:unsqueeze(1)}
end

-- ---- State ----------------------------------------------------------------

--- All there is to know, replay and random streams included, as plain data: an
--- agent of the same options that loads it goes on with the same bits.
function Agent:state()
  local state = {class = self.__name, counters = {}, parts = {}}
  for _, name in ipairs(self.counters) do state.counters[name] = self[name] end
  for name, part in pairs(self.parts) do state.parts[name] = part:state() end
  return state
end

local function apply(self, state)
  for name, part in pairs(self.parts) do part:load_state(state.parts[name]) end
  for _, name in ipairs(self.counters) do self[name] = state.counters[name] end
end

--- Makes this agent, of the same options, what the other one was.  A state
--- that does not fit raises and changes nothing.
function Agent:load_state(state)
  if type(state) ~= "table" or state.class ~= self.__name
      or type(state.parts) ~= "table" or type(state.counters) ~= "table" then
    fail("%s:load_state: a state of %s expected", self.__name, self.__name)
  end
  if self.prepare_for then self:prepare_for(state) end
  local before = self:state()
  local ok, err = pcall(apply, self, state)
  if not ok then
    apply(self, before)
    error(err, 0)
  end
  return self
end

--- The networks alone: what acting needs.
function Agent:policy()
  local policy = {}
  for name in pairs(self.networks) do policy[name] = self[name]:state() end
  return policy
end

function Agent:load_policy(policy)
  for name in pairs(self.networks) do self[name]:load_state(policy[name]) end
  return self
end

function Agent:__tostring()
  local n = 0
  for name in pairs(self.networks) do n = n + self[name]:num_parameters() end
  return ("%s(%s -> %s, %d parameters, %d steps)"):format(self.__name,
    tostring(self.observation_space), tostring(self.action_space), n,
    self.steps)
end

-- ---- Saving ---------------------------------------------------------------

-- For m.save: the spaces, the options and the networks; not the replay, which
-- a checkpoint has.
local codec = {}

local function pack_space(space)
  if space.n then return {n = space.n} end
  if space.counts then return {counts = space.counts} end
  return {shape = space.shape, low = space.low, high = space.high}
end

function codec.pack(agent)
  return {observation_space = pack_space(agent.observation_space),
    action_space = pack_space(agent.action_space),
    options = agent.options, policy = agent:policy(), steps = agent.steps}
end

function codec.unpack(cls, packed)
  local env = {}
  for _, name in ipairs {"observation_space", "action_space"} do
    env[name] = spaces.from_core(packed[name])
  end
  local agent = cls(env, packed.options)
  agent:load_policy(packed.policy)
  agent.steps = math.tointeger(packed.steps) or 0
  return agent
end

--- A new class of agents, which m.save and m.load know as "rl." .. name.
function Agent.define(name, parent)
  local cls = class(name, parent or Agent)
  require("mlrt.save").register_class("rl." .. name, cls, codec)
  return cls
end

return Agent
