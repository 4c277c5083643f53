-- dqn.lua: learning the value of each action from a replay.
--
-- Mnih et al., "Human-level control through deep reinforcement learning",
-- Nature 2015, and what was added since:
--
--   double       the network chooses, its older copy judges (van Hasselt et al.
--                2016)
--   dueling      value and advantage apart (Wang et al. 2016)
--   prioritized  surprising transitions are drawn more often (Schaul et al.
--                2016)
--   n_step       returns over n rewards (Sutton 1988; Hessel et al. 2018)
--
-- With a gamma of -1 to 0 an environment in which two sides move in turn
-- teaches both: what the next position is worth to the other is taken off.
--
-- Masks of legal actions hold when exploring, when acting and in the targets.

local Agent = require "mlrt.rl.agent"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local network = require "mlrt.rl.network"
local optim = require "mlrt.optim"
local options = require "mlrt.options"
local Replay = require "mlrt.rl.replay"

local NEVER = -1e9 -- the value of what is not legal

local DQN = Agent.define "DQN"

local read = options("rl.DQN", "hidden: sizes?, activation: relu|tanh|silu|"
  .. "gelu|elu = relu, network: any?, lr: number = 1e-3, gamma: number = 0.99, "
  .. "buffer_size: size = 50000, batch_size: size = 64, "
  .. "learning_starts: count = 1000, train_frequency: size = 4, "
  .. "gradient_steps: size = 1, target_frequency: size = 10, "
  .. "tau: number = 0.05, double: bool = true, dueling: bool = false, "
  .. "n_step: size = 1, prioritized: bool = false, alpha: number = 0.6, "
  .. "beta: number = 0.4, beta_steps: size = 100000, "
  .. "epsilon_start: number = 1, epsilon_end: number = 0.05, "
  .. "epsilon_steps: size = 10000, loss: huber|mse = huber, "
  .. "max_grad_norm: number = 10, seed: int = 0")

--- rl.DQN(env, {...}).  hidden: widths, {120, 84} by default, or network: a
--- module from observations to a value for each action.  buffer_size,
--- batch_size, learning_starts, train_frequency, target_frequency and
--- epsilon_steps count steps of the environments.  tau: how much of the way the
--- target network goes at each of its updates, 1 being a copy.  epsilon falls
--- from epsilon_start to epsilon_end, beta rises to 1 within beta_steps.
--- max_grad_norm 0: no clipping.
function DQN:init(env, opts)
  local o = read(opts or {})
  Agent.init(self, env, o)
  self:want_actions "Discrete"
  self.q = self:network_of("network", function()
    local build = o.dueling and network.dueling or network.mlp
    return build(self.inputs, o.hidden or {120, 84}, self.action_space.n,
      {generator = self.generator, activation = o.activation})
  end)
  self.target = network.copy(self.q)
  self.params = self.q:parameters()
  self.target_params = self.target:parameters()
  self.optimizer = optim.Adam(self.params, {lr = o.lr})
  self.networks = {q = true}
  for _, name in ipairs {"q", "target", "optimizer"} do
    self.parts[name] = self[name]
  end
end

-- ---- Acting ---------------------------------------------------------------

--- The exploration rate of this moment.
function DQN:epsilon()
  local o = self.options
  local share = math.min(1, self.steps / o.epsilon_steps)
  return o.epsilon_start + share * (o.epsilon_end - o.epsilon_start)
end

local function masked(values, legal)
  return legal and values:masked_fill(~legal, NEVER) or values
end

-- A number from 0 below 1.
local function uniform(g)
  return (g:next() >> 11) * 0x1p-53
end

local function random_action(self, legal, row)
  if not legal then
    return math.floor(uniform(self.generator) * self.action_space.n) + 1
  end
  legal = legal:select(1, row)
  if not legal:any():item() then return 1 end -- the episode is over
  return core.multinomial(legal:to "f32", 1, true, self.generator)[1]
end

-- Rows that explore, by number; are there others?
local function draw_explorers(self, n)
  local rows, epsilon = {}, self:epsilon()
  for i = 1, n do
    if uniform(self.generator) < epsilon then rows[#rows + 1] = i end
  end
  return rows, #rows < n
end

--- Rows of observations to actions, index (N).
function DQN:pick(obs, legal, explore)
  local n = obs.shape[1]
  local rows, others = {}, true
  if explore then rows, others = draw_explorers(self, n) end
  local actions
  if others then
    actions = masked(self.q(self:features(obs)), legal):argmax(2)
  else
    actions = core.zeros(n, {dtype = "index"})
  end
  for _, row in ipairs(rows) do
    actions[row] = random_action(self, legal, row)
  end
  return actions
end

--- The networks' weights; the older copy becomes the same.
function DQN:load_policy(policy)
  Agent.load_policy(self, policy)
  network.follow(self.target_params, self.params, 1)
  return self
end

--- The values of all actions, f32 (N, n).
function DQN:values(obs, legal)
  local _ <close> = core.no_grad()
  return masked(self.q(self:features(obs)), legal)
end

-- ---- Learning -------------------------------------------------------------

--- Makes room for what n environments will show.  masks: do they have some?
function DQN:prepare(n, masks, name)
  if self.replay and self.envs == n and self.masks == masks then return end
  if self.replay and #self.replay > 0 then
    fail("rl.DQN: an agent that has learnt in %d environments cannot go on in "
      .. "%d", self.envs, n)
  end
  local o = self.options
  self.envs, self.masks = n, masks
  self.replay = Replay {obs = Agent.example(self.observation_space),
    action = Agent.example(self.action_space), name = name,
    capacity = math.max(o.buffer_size, n * o.n_step),
    batch_size = o.batch_size, envs = n, steps = o.n_step, gamma = o.gamma,
    alpha = o.prioritized and o.alpha or 0, beta = o.beta,
    actions = masks and self.action_space.n or 0, generator = self.generator}
  self.parts.replay = self.replay
end

-- How often a frequency came round while steps went on.
local function times(before, after, frequency)
  return after // frequency - before // frequency
end

--- Takes in one step of every environment, and learns when it is time.
function DQN:observe(t)
  local o, before = self.options, self.steps
  self.replay:add(t.obs, t.action, t.reward, t.next_obs, t.terminated,
    t.truncated, t.next_legal, t.skip)
  self.steps = before + self.envs
  if self.steps < o.learning_starts then return end
  for _ = 1, times(before, self.steps, o.train_frequency) * o.gradient_steps do
    self:update()
  end
  if times(before, self.steps, o.target_frequency) > 0 then
    network.follow(self.target_params, self.params, o.tau)
  end
end

function DQN:can_update()
  return self.replay ~= nil and #self.replay >= self.options.batch_size
end

-- reward + discount * the best value of what came next
local function target_of(self, batch)
  local _ <close> = core.no_grad()
  local next_obs = self:features(batch.next_obs)
  local values = self.target(next_obs)
  local best
  if self.options.double then
    local choice = masked(self.q(next_obs), batch.legal):argmax(2)
    best = values:gather(2, choice:unsqueeze(2)):squeeze(2)
  else
    best = masked(values, batch.legal):amax(2)
  end
  return best:mul_(batch.discount):add_(batch.reward)
end

local function loss_of(self, q, target, batch)
  local weighted = self.options.prioritized
  local kind = self.options.loss == "mse" and core.mse_loss or core.huber_loss
  if not weighted then return kind(q, target) end
  return (kind(q, target, {reduction = "none"}) * batch.weight):mean()
end

--- One step of gradient descent on a batch of the replay.
function DQN:update()
  local o = self.options
  if o.prioritized then
    local share = math.min(1, self.steps / o.beta_steps)
    self.replay.beta = o.beta + share * (1 - o.beta)
  end
  local batch = self.replay:sample()
  local target = target_of(self, batch)
  local q = self.q(self:features(batch.obs))
    :gather(2, batch.action:unsqueeze(2)):squeeze(2)
  local loss = loss_of(self, q, target, batch)
  self.optimizer:zero_grad()
  loss:backward()
  if o.max_grad_norm > 0 then
    optim.clip_grad_norm_(self.params, o.max_grad_norm)
  end
  self.optimizer:step()
  self.updates = self.updates + 1
  self.losses.loss = loss:item()
  if o.prioritized then self.replay:update(q:detach() - target) end
end

return DQN
