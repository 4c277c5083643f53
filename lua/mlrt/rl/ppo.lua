-- ppo.lua: proximal policy optimization.
--
-- Schulman et al., "Proximal policy optimization algorithms", 2017, with the
-- details that Huang et al., "The 37 implementation details of PPO", 2022, list
-- for small networks: orthogonal weights, advantages normalised in each
-- minibatch, a learning rate that falls to 0, gradients clipped by their norm.
--
-- Actions may be Discrete (with masks), MultiDiscrete or a Box; a Box's bounds
-- are -1 and 1 to the network.  A truncated episode is continued by the value
-- of its last observation.

local Agent = require "mlrt.rl.agent"
local core = require "mlrt.core"
local distributions = require "mlrt.rl.distributions"
local fail = require "mlrt.fail"
local network = require "mlrt.rl.network"
local nn = require "mlrt.nn"
local optim = require "mlrt.optim"
local options = require "mlrt.options"
local Rollout = require "mlrt.rl.rollout"

local PPO = Agent.define "PPO"

local read = options("rl.PPO", "hidden: sizes?, activation: relu|tanh|silu|"
  .. "gelu|elu = tanh, policy: any?, value: any?, lr: number = 2.5e-4, "
  .. "anneal_steps: count = 0, gamma: number = 0.99, "
  .. "gae_lambda: number = 0.95, n_steps: size = 128, minibatches: size = 4, "
  .. "epochs: size = 4, clip: number = 0.2, clip_value: bool = true, "
  .. "ent_coef: number = 0.01, vf_coef: number = 0.5, "
  .. "max_grad_norm: number = 0.5, normalize_advantage: bool = true, "
  .. "target_kl: number = 0, log_std: number = 0, seed: int = 0")

local function policy_size(space)
  if space.__name == "Discrete" then return space.n end
  if space.__name == "Box" then return space.numel end
  local size = 0
  for _, n in ipairs(space.counts) do size = size + n end
  return size
end

--- rl.PPO(env, {...}).  hidden: widths of both networks, {64, 64} by default,
--- or modules: policy, to logits or means, and value, to one number.  n_steps:
--- of each environment between updates, which go over them `epochs` times in so
--- many minibatches.  anneal_steps: when the learning rate is 0; 0: it stays.
--- target_kl: an update ends early when the policy has moved that far; 0: not.
--- log_std: what the logarithm of a Box's deviation begins with.
function PPO:init(env, opts)
  self:build_networks(env, read(opts or {}))
end

--- Networks and optimizer from options that are checked.
function PPO:build_networks(env, o)
  Agent.init(self, env, o)
  self:want_actions("Discrete", "Box", "MultiDiscrete")
  self.actor = self:network_of("policy", function()
    return self:build(policy_size(self.action_space), 0.01)
  end)
  self.critic = self:network_of("value", function() return self:build(1, 1) end)
  if self.action_space.__name == "Box" then
    self.actor.log_std = nn.Parameter(core.full({self.action_space.numel},
      o.log_std))
  end
  self.params = self.actor:parameters()
  for _, p in ipairs(self.critic:parameters()) do
    self.params[#self.params + 1] = p
  end
  self.optimizer = optim.Adam(self.params, {lr = o.lr, eps = 1e-5})
  self.networks = {actor = true, critic = true}
  for _, name in ipairs {"actor", "critic", "optimizer"} do
    self.parts[name] = self[name]
  end
end

function PPO:build(outputs, last)
  return network.mlp(self.inputs, self.options.hidden or {64, 64}, outputs,
    {generator = self.generator, activation = self.options.activation,
      orthogonal = true, last = last})
end

-- ---- Acting ---------------------------------------------------------------

--- The policy at rows of observations, a distribution.
function PPO:distribution(obs, legal)
  local out, space = self.actor(self:features(obs)), self.action_space
  if space.__name == "Discrete" then
    return distributions.Categorical(out, legal)
  elseif space.__name == "MultiDiscrete" then
    return distributions.MultiCategorical(out, space.counts)
  end
  return distributions.Normal(out, self.actor.log_std)
end

--- Rows of observations to rows of actions; of a Box also as the network means
--- them, which is what observe wants.
function PPO:pick(obs, legal, explore)
  local pi = self:distribution(obs, legal)
  local raw = explore and pi:sample(self.generator) or pi:mode()
  if self.action_space.__name ~= "Box" then return raw end
  return self:stretch(raw:reshape({obs.shape[1],
    table.unpack(self.action_space.shape)})), raw
end

--- The values of rows of observations, f32 (N).
function PPO:values(obs)
  return self.critic(self:features(obs)):squeeze(2)
end

-- ---- Learning -------------------------------------------------------------

--- Makes room for what n environments will show.
function PPO:prepare(n, masks, name)
  local o, space, old = self.options, self.action_space, self.rollout
  if old and old.N == n and self.masks == masks then return end
  if n * o.n_steps < o.minibatches then
    fail("rl.PPO: %d steps cannot be %d minibatches", n * o.n_steps,
      o.minibatches)
  end
  self.masks = masks
  self.rollout = Rollout {length = o.n_steps, envs = n, name = name,
    obs = Agent.example(self.observation_space),
    action = space.__name == "Box" and core.zeros(space.numel)
      or Agent.example(space), actions = masks and space.n or 0}
  self.parts.rollout = self.rollout
end

--- Takes in one step of every environment; learns when n_steps are there.
function PPO:observe(t)
  self.steps = self.steps + self.rollout.N
  if self.rollout:add(t) then self:update() end
end

-- What the policy and the critic thought of the rollout before the update.
local function look_back(self, rollout)
  local o = self.options
  local _ <close> = core.no_grad()
  local rows = rollout:rows()
  local values = self:values(rollout:observations())
  rows.gain = rollout:advantages(values:reshape(rollout.T + 1, rollout.N),
    o.gamma, o.gae_lambda)
  rows.value = values[{{1, rollout.T * rollout.N}}]
  rows.log = self:distribution(rows.obs, rows.legal):log_prob(rows.action)
  return rows
end

local function normalized(gain)
  return (gain - gain:mean()) / (gain:std() + 1e-8)
end

-- The clipped objective, and how far the policy has moved: E[r - 1 - log r]
-- (Schulman, "Approximating KL divergence", 2020).
local function policy_loss(o, pi, batch)
  local log_ratio = pi:log_prob(batch.action) - batch.log
  local ratio = log_ratio:exp()
  local gain = batch.gain
  if o.normalize_advantage and gain.shape[1] > 1 then
    gain = normalized(gain)
  end
  local clipped = ratio:clamp(1 - o.clip, 1 + o.clip)
  local kl = (ratio:detach() - 1 - log_ratio:detach()):mean():item()
  return -core.minimum(ratio * gain, clipped * gain):mean(), kl
end

local function value_loss(o, value, batch)
  local wanted = batch.gain + batch.value
  if not o.clip_value then return core.mse_loss(value, wanted) * 0.5 end
  local near = batch.value + (value - batch.value):clamp(-o.clip, o.clip)
  return core.maximum((value - wanted) ^ 2, (near - wanted) ^ 2):mean() * 0.5
end

local function step(self, batch)
  local o, losses = self.options, self.losses
  local pi = self:distribution(batch.obs, batch.legal)
  local policy, kl = policy_loss(o, pi, batch)
  local value = value_loss(o, self:values(batch.obs), batch)
  local entropy = pi:entropy():mean()
  local loss = policy + value * o.vf_coef - entropy * o.ent_coef
  self.optimizer:zero_grad()
  loss:backward()
  if o.max_grad_norm > 0 then
    optim.clip_grad_norm_(self.params, o.max_grad_norm)
  end
  self.optimizer:step()
  losses.policy_loss, losses.value_loss = policy:item(), value:item()
  losses.entropy, losses.kl = entropy:item(), kl
  return kl
end

-- Rows at some positions.
local function take(rows, index)
  local batch = {}
  for name, t in pairs(rows) do
    if name ~= "index" then batch[name] = t:index_select(1, index) end
  end
  return batch
end

local function epoch(self, rows)
  local o, n = self.options, rows.index:numel()
  local order = rows.index:index_select(1,
    core.randperm(n, self.generator))
  for k = 1, o.minibatches do
    local first, last = (k - 1) * n // o.minibatches + 1, k * n // o.minibatches
    if last >= first then
      local kl = step(self, take(rows, order[{{first, last}}]))
      if o.target_kl > 0 and kl > 1.5 * o.target_kl then return false end
    end
  end
  return true
end

--- Learns from the rollout.
function PPO:update()
  local o = self.options
  self.rollout:check()
  if o.anneal_steps > 0 then
    self.optimizer.lr = o.lr * math.max(0, 1 - self.steps / o.anneal_steps)
  end
  local rows = look_back(self, self.rollout)
  self.updates = self.updates + 1
  for _ = 1, o.epochs do
    if not epoch(self, rows) then break end
  end
end

return PPO
