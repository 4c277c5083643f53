-- replay.lua: experience to learn from, kept in tensors and drawn in C.
--
--   local replay = rl.Replay {obs = m.zeros(4), action = m.index{1}[{1}],
--     capacity = 10000, batch_size = 128}
--   replay:add(obs, action, reward, next_obs, terminated, truncated)
--   local batch = replay:sample()
--   local target = batch.reward + batch.discount * value(batch.next_obs)
--
-- `discount` is gamma, to the power of n for n-step returns, and 0 where the
-- episode was over: so that line serves every agent.  A negative gamma is for
-- two sides that move in turn: what comes next is the other's.  The batch is
-- the same tensors each time, and nothing of it is allocated by sample.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local Replay = class "Replay"

local read = options("rl.Replay", "obs: any, action: any, "
  .. "capacity: size = 10000, batch_size: size = 32, envs: size = 1, "
  .. "steps: size = 1, gamma: number = 0.99, alpha: number = 0, "
  .. "beta: number = 0.4, eps: number = 1e-6, actions: count = 0, "
  .. "name: string?, generator: any?")

-- Empty rows like the example.
local function rows_of(example, n)
  return core.zeros({n, table.unpack(example.shape)}, {dtype = example.dtype})
end

local function make_batch(o)
  local n = o.batch_size
  return {
    obs = rows_of(o.obs, n), action = rows_of(o.action, n),
    reward = core.zeros(n), discount = core.zeros(n),
    next_obs = rows_of(o.obs, n), weight = core.zeros(n),
    index = core.zeros(n, {dtype = "index"}),
    legal = o.actions > 0
      and core.zeros({n, o.actions}, {dtype = "bool"}) or nil,
  }
end

--- obs, action: tensors of the dtype and shape of one of each.  capacity: how
--- many transitions are kept, the last ones.  envs: rows of an add.  steps and
--- gamma: of n-step returns.  alpha above 0: drawn in proportion to
--- (|error| + eps)^alpha (Schaul et al. 2016), with weights to the power of
--- -beta.  actions: length of the masks of legal actions, 0 for none.  name:
--- of the environment, for messages.  generator: of the draws.
function Replay:init(...)
  local o = read(...)
  for _, name in ipairs {"obs", "action"} do
    if not core.is_tensor(o[name]) then
      fail("rl.Replay: argument '%s': a tensor like one of them expected, got "
        .. "a %s", name, type(o[name]))
    end
  end
  self.ring = core._replay(o.obs, o.action, {name = o.name,
    capacity = o.capacity, envs = o.envs, steps = o.steps, gamma = o.gamma,
    alpha = o.alpha, eps = o.eps, actions = o.actions})
  self.generator = o.generator or core.generator(0)
  self.beta, self.prioritized = o.beta, o.alpha > 0
  self.batch = make_batch(o)
end

--- A row of each environment: obs and next_obs (envs, ...), action (envs, ...),
--- reward f32 (envs), terminated and truncated bool (envs), legal bool (envs,
--- actions) of next_obs.  Rows where skip, bool (envs), is true are left out.
--- Everything is checked, NaN too, before anything is kept.
function Replay:add(...)
  self.ring:add(...)
end

--- A batch with obs, action, reward, discount, next_obs, index, weight and, if
--- there are masks, legal.  Raises when the replay is empty.
function Replay:sample()
  local b = self.batch
  self.ring:sample(self.generator, self.beta, b.obs, b.action, b.reward,
    b.discount, b.next_obs, b.index, b.weight, b.legal)
  return b
end

--- New priorities for the batch that was drawn last, from its errors, f32.
function Replay:update(errors)
  self.ring:update(self.batch.index, errors)
end

--- How many transitions there are.
function Replay:__len()
  return #self.ring
end

--- All there is to know, as plain data for m.save.
function Replay:state()
  return {ring = self.ring:state(), beta = self.beta,
    generator = self.generator:state()}
end

--- Makes this replay, of the same options, what the other one was.
function Replay:load_state(state)
  if type(state) ~= "table" or type(state.beta) ~= "number" then
    fail "rl.Replay:load_state: what state() returned expected"
  end
  self.ring:load_state(state.ring)
  self.generator:load_state(state.generator)
  self.beta = state.beta
  return self
end

return Replay
