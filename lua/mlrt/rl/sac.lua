-- sac.lua: soft actor-critic, for actions that are numbers between bounds.
--
-- Haarnoja et al., "Soft actor-critic: off-policy maximum entropy deep
-- reinforcement learning with a stochastic actor", 2018, and "Soft actor-critic
-- algorithms and applications", 2018, whose temperature is learnt: two critics,
-- of which the lower value counts, a squashed Gaussian policy, and a weight of
-- its entropy that keeps that near a target.

local Agent = require "mlrt.rl.agent"
local core = require "mlrt.core"
local distributions = require "mlrt.rl.distributions"
local fail = require "mlrt.fail"
local network = require "mlrt.rl.network"
local nn = require "mlrt.nn"
local optim = require "mlrt.optim"
local options = require "mlrt.options"
local Replay = require "mlrt.rl.replay"

local LOG_STD_MIN, LOG_STD_MAX = -5, 2

local SAC = Agent.define "SAC"

local read = options("rl.SAC", "hidden: sizes?, activation: relu|tanh|silu|"
  .. "gelu|elu = relu, lr: number = 1e-3, gamma: number = 0.99, "
  .. "tau: number = 0.005, buffer_size: size = 100000, "
  .. "batch_size: size = 128, learning_starts: count = 1000, "
  .. "train_frequency: size = 1, gradient_steps: size = 1, n_step: size = 1, "
  .. "alpha: number?, target_entropy: number?, seed: int = 0")

--- rl.SAC(env, {...}).  hidden: widths of every network, {64, 64} by default.
--- alpha: the weight of the entropy; absent, it is learnt, so that the entropy
--- is target_entropy (minus the number of actions, if not given).  Until
--- learning_starts actions are evenly distributed.
function SAC:init(env, opts)
  local o = read(opts or {})
  Agent.init(self, env, o)
  self:want_actions "Box"
  self.encode, self.inputs = network.encoder(self.observation_space, true)
  local k = self.action_space.numel
  self.actor = self:build(self.inputs, 2 * k)
  self.q1, self.q2 = self:build(self.inputs + k, 1), self:build(self.inputs + k,
    1)
  self.target1, self.target2 = network.copy(self.q1), network.copy(self.q2)
  self.temperature = nn.ParameterList {nn.Parameter(core.full({1},
    math.log(o.alpha or 1)))}
  self.target_entropy = o.target_entropy or -k
  self.networks = {actor = true, q1 = true, q2 = true}
  self:make_optimizers(o.lr)
  for _, name in ipairs {"actor", "q1", "q2", "target1", "target2",
    "temperature", "actor_optimizer", "critic_optimizer",
    "temperature_optimizer"} do
    self.parts[name] = self[name]
  end
end

function SAC:build(inputs, outputs)
  return network.mlp(inputs, self.options.hidden or {64, 64}, outputs,
    {generator = self.generator, activation = self.options.activation})
end

-- The parameters of two modules as one list.
local function both(a, b)
  local list = a:parameters()
  for _, p in ipairs(b:parameters()) do list[#list + 1] = p end
  return list
end

function SAC:make_optimizers(lr)
  self.critics = both(self.q1, self.q2)
  self.targets = both(self.target1, self.target2)
  self.actor_optimizer = optim.Adam(self.actor:parameters(), {lr = lr})
  self.critic_optimizer = optim.Adam(self.critics, {lr = lr})
  self.temperature_optimizer = optim.Adam(self.temperature:parameters(),
    {lr = lr})
end

-- ---- Acting ---------------------------------------------------------------

--- The policy at features, a distribution over -1..1 (N, k).
function SAC:distribution(features)
  local k = self.action_space.numel
  local out = self.actor(features)
  local spread = out[{{}, {k + 1, 2 * k}}]:tanh()
  return distributions.SquashedNormal(out[{{}, {1, k}}],
    (spread + 1) * ((LOG_STD_MAX - LOG_STD_MIN) / 2) + LOG_STD_MIN)
end

--- Rows of observations to rows of actions, and the same between -1 and 1.
function SAC:pick(obs, _, explore)
  local n, raw = obs.shape[1]
  if explore and self.steps < self.options.learning_starts then
    raw = core.rand({n, self.action_space.numel},
      {generator = self.generator}) * 2 - 1
  else
    local pi = self:distribution(self:features(obs))
    raw = explore and pi:sample(self.generator) or pi:mode()
  end
  return self:stretch(raw:reshape({n, table.unpack(self.action_space.shape)})),
    raw
end

--- The networks' weights; the older copies become the same.
function SAC:load_policy(policy)
  Agent.load_policy(self, policy)
  network.follow(self.targets, self.critics, 1)
  return self
end

-- ---- Learning -------------------------------------------------------------

--- Makes room for what n environments will show.
function SAC:prepare(n, masks, name)
  if masks then fail "rl.SAC: masks are for discrete actions" end
  if self.replay and self.envs == n then return end
  if self.replay and #self.replay > 0 then
    fail("rl.SAC: an agent that has learnt in %d environments cannot go on in "
      .. "%d", self.envs, n)
  end
  local o = self.options
  self.envs = n
  self.replay = Replay {obs = Agent.example(self.observation_space),
    action = core.zeros(self.action_space.numel), name = name,
    capacity = math.max(o.buffer_size, n * o.n_step), envs = n,
    batch_size = o.batch_size, steps = o.n_step, gamma = o.gamma,
    generator = self.generator}
  self.parts.replay = self.replay
end

--- Takes in one step of every environment, and learns when it is time.
function SAC:observe(t)
  local o, before = self.options, self.steps
  self.replay:add(t.obs, t.action, t.reward, t.next_obs, t.terminated,
    t.truncated, nil, t.skip)
  self.steps = before + self.envs
  if self.steps < o.learning_starts then return end
  local due = self.steps // o.train_frequency - before // o.train_frequency
  for _ = 1, due * o.gradient_steps do self:update() end
end

function SAC:can_update()
  return self.replay ~= nil and #self.replay >= self.options.batch_size
end

local function value(critic, features, actions)
  return critic(core.cat({features, actions}, 2)):squeeze(2)
end

-- reward + discount (min Q' - alpha log pi), at an action of the policy
local function target_of(self, batch, alpha)
  local _ <close> = core.no_grad()
  local features = self:features(batch.next_obs)
  local action, log = self:distribution(features):rsample(self.generator)
  local low = core.minimum(value(self.target1, features, action),
    value(self.target2, features, action))
  return batch.reward + batch.discount * (low - log * alpha)
end

local function learn_values(self, batch, features, alpha)
  local target = target_of(self, batch, alpha)
  local loss = core.mse_loss(value(self.q1, features, batch.action), target)
    + core.mse_loss(value(self.q2, features, batch.action), target)
  self.critic_optimizer:zero_grad()
  loss:backward()
  self.critic_optimizer:step()
  return loss
end

-- Up the lower value and the entropy, alpha weighing the two.
local function learn_policy(self, features, alpha)
  local action, log = self:distribution(features):rsample(self.generator)
  local low = core.minimum(value(self.q1, features, action),
    value(self.q2, features, action))
  local loss = (log * alpha - low):mean()
  self.actor_optimizer:zero_grad()
  loss:backward()
  self.actor_optimizer:step()
  return loss, log:detach():mean():item()
end

-- A higher weight when the entropy is below its target, a lower one above.
local function learn_temperature(self, log)
  local loss = self.temperature[1]:exp() * -(log + self.target_entropy)
  self.temperature_optimizer:zero_grad()
  loss:sum():backward()
  self.temperature_optimizer:step()
end

--- One step of gradient descent of everything on a batch of the replay.
function SAC:update()
  local batch, losses = self.replay:sample(), self.losses
  local alpha = math.exp(self.temperature[1]:detach()[1])
  local features = self:features(batch.obs)
  local q_loss = learn_values(self, batch, features, alpha)
  local pi_loss, log = learn_policy(self, features, alpha)
  if not self.options.alpha then learn_temperature(self, log) end
  network.follow(self.targets, self.critics, self.options.tau)
  self.updates = self.updates + 1
  losses.q_loss, losses.policy_loss = q_loss:item(), pi_loss:item()
  losses.alpha, losses.entropy = alpha, -log
end

return SAC
