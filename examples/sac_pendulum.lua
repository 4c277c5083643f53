-- sac_pendulum.lua: soft actor-critic swings a pendulum up.
--
--   mlrun examples/sac_pendulum.lua            -- about a minute on one core
--   mlrun examples/sac_pendulum.lua --seed 2
--
-- Haarnoja et al., "Soft actor-critic algorithms and applications", 2018.  The
-- action is a torque, a number between bounds.  The policy is a bell curve
-- squashed between them; two critics say what an action is worth, and the lower
-- of them counts; the policy climbs that value, but is paid for undecidedness
-- too, so that it goes on exploring.  What undecidedness is worth is learnt: so
-- much that the entropy is near a target.  The whole algorithm is below; the
-- library's `rl.SAC` is the same with more options.

local m = require "mlrt"
local nn, rl = m.nn, m.rl
local SquashedNormal = rl.distributions.SquashedNormal

local o = m.cli {
  seed = 1,
  steps = 15000,       -- of the environment, at most
  lr = 1e-3,
  gamma = 0.99,        -- what a reward is worth a step later
  tau = 0.005,         -- how far the targets follow the critics at each update
  memory = 50000,      -- transitions that are remembered
  batch = 128,         -- drawn from them for an update
  start = 1000,        -- steps before the first update, with any actions
  hidden = 64,         -- width of all networks
  judge_every = 2500,  -- steps from one evaluation to the next
  enough = -170,       -- mean return of ten episodes that ends the run
}

m.seed(o.seed)
local stream = m.generator(o.seed)
local env = rl.make "Pendulum-v1"
local strongest = env.action_space.high[1] -- networks act between -1 and 1
local target_entropy = -1

local function network(inputs, outputs)
  return nn.Sequential(nn.Linear(inputs, o.hidden), nn.ReLU(),
    nn.Linear(o.hidden, o.hidden), nn.ReLU(), nn.Linear(o.hidden, outputs))
end

local function critics()
  return nn.ModuleList {network(4, 1), network(4, 1)}
end

local actor, critic, target = network(3, 2), critics(), critics()
target:load_state(critic:state())
local log_alpha = nn.Parameter(m.zeros(1))

local function adam(params)
  return m.optim.Adam(params, {lr = o.lr})
end
local actor_optimizer = adam(actor:parameters())
local critic_optimizer = adam(critic:parameters())
local alpha_optimizer = adam {log_alpha}
local replay = rl.Replay {obs = m.zeros(3), action = m.zeros(1),
  capacity = o.memory, batch_size = o.batch, gamma = o.gamma,
  generator = stream}

-- ---- What the networks say ------------------------------------------------

-- The deviation's logarithm is kept between -5 and 2.
local function policy(obs)
  local out = actor(obs)
  return SquashedNormal(out[{{}, {1, 1}}],
    (out[{{}, {2, 2}}]:tanh() + 1) * 3.5 - 5)
end

local function lower_value(pair, obs, action)
  local x = m.cat({obs, action}, 2)
  return m.minimum(pair[1](x), pair[2](x)):squeeze(2)
end

local function act(obs, step)
  if step and step <= o.start then
    return m.rand({1}, {generator = stream}) * 2 - 1
  end
  local _ <close> = m.no_grad()
  local pi = policy(obs:unsqueeze(1))
  return (step and pi:sample(stream) or pi:mode()):squeeze(1)
end

-- ---- Learning -------------------------------------------------------------

local function goal(batch, alpha)
  local _ <close> = m.no_grad()
  local action, log = policy(batch.next_obs):rsample(stream)
  local value = lower_value(target, batch.next_obs, action)
  return batch.reward + batch.discount * (value - log * alpha)
end

local function descend(optimizer, loss)
  optimizer:zero_grad()
  loss:backward()
  optimizer:step()
end

local function learn()
  local batch, alpha = replay:sample(), math.exp(log_alpha:detach()[1])
  local wanted = goal(batch, alpha)
  local x = m.cat({batch.obs, batch.action}, 2)
  descend(critic_optimizer, m.mse_loss(critic[1](x):squeeze(2), wanted)
    + m.mse_loss(critic[2](x):squeeze(2), wanted))
  local action, log = policy(batch.obs):rsample(stream)
  descend(actor_optimizer,
    (log * alpha - lower_value(critic, batch.obs, action)):mean())
  descend(alpha_optimizer, (log_alpha:exp()
    * -(log:detach():mean():item() + target_entropy)):sum())
  local _ <close> = m.no_grad()
  local mine = critic:parameters()
  for i, p in ipairs(target:parameters()) do p:lerp_(mine[i], o.tau) end
end

-- ---- The loop -------------------------------------------------------------

local function judge(episodes)
  local agent = {act = function(_, x) return act(x) * strongest end}
  return rl.evaluate(agent, rl.make "Pendulum-v1",
    {episodes = episodes, seed = 1000 + o.seed})
end

local never = m.zeros({1}, {dtype = "bool"}) -- this environment has no end
local start = m.time()
local obs = env:reset {seed = o.seed}:clone()
for step = 1, o.steps do
  local action = act(obs, step)
  local next_obs, reward, _, truncated = env:step(action * strongest)
  next_obs = next_obs:clone()
  replay:add(obs:unsqueeze(1), action:unsqueeze(1), m.tensor {reward},
    next_obs:unsqueeze(1), never, truncated and ~never or never)
  obs = truncated and env:reset():clone() or next_obs
  if step > o.start then learn() end
  if step % o.judge_every == 0 then
    local found = judge(10)
    print(("%6d steps  %5.1f s  mean return %.1f"):format(step,
      m.time() - start, found.mean))
    if found.mean >= o.enough then break end
  end
end
local found = judge(50)
print(("mean return %.1f over 50 episodes (95 %%: %.1f to %.1f); solved is "
  .. "-200"):format(found.mean, found.interval[1], found.interval[2]))
