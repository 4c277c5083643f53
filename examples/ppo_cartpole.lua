-- ppo_cartpole.lua: a policy that is made better step by step balances a pole.
--
--   mlrun examples/ppo_cartpole.lua            -- some seconds on one core
--   mlrun examples/ppo_cartpole.lua --seed 2
--
-- Schulman et al., "Proximal policy optimization algorithms", 2017, with the
-- details of Huang et al., "The 37 implementation details of PPO", 2022.  Eight
-- copies of the environment are played for a while with the policy as it is;
-- then actions that turned out better than the critic had expected are made
-- more likely, but never by more than the clip allows, since what was played
-- says little about a policy that is far from this one.  The whole algorithm is
-- below; the library's `rl.PPO` is the same with more options.

local m = require "mlrt"
local nn, rl = m.nn, m.rl
local Categorical = rl.distributions.Categorical

local o = m.cli {
  seed = 1,
  steps = 200000,      -- of all copies together, at most
  envs = 8,            -- copies that are played at once
  length = 128,        -- steps of each between updates
  lr = 1e-3,           -- falls to 0 with the steps
  gamma = 0.99,        -- what a reward is worth a step later
  lambda = 0.95,       -- of the advantages: 0 trusts the critic, 1 the returns
  epochs = 4,          -- passes over what was played
  batch = 256,         -- rows of an update
  clip = 0.2,          -- how far the policy may move
  entropy = 0.01,      -- what undecidedness is worth
  value = 0.5,         -- the critic's part of the loss
  judge_every = 20,    -- updates from one evaluation to the next
}

m.seed(o.seed)
local stream = m.generator(o.seed)
local envs = rl.vector("CartPole-v1", o.envs, {seed = o.seed})

local function network(outputs, gain)
  local net = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64),
    nn.Tanh(), nn.Linear(64, outputs))
  for i, scale in pairs {[1] = 2 ^ 0.5, [3] = 2 ^ 0.5, [5] = gain} do
    nn.init.orthogonal_(net[i].weight, {gain = scale})
    nn.init.zeros_(net[i].bias)
  end
  return net
end

local actor, critic = network(2, 0.01), network(1, 1)
local params = actor:parameters()
for _, p in ipairs(critic:parameters()) do params[#params + 1] = p end
local optimizer = m.optim.Adam(params, {lr = o.lr, eps = 1e-5})

-- ---- Playing --------------------------------------------------------------

-- What is played: (length, envs, ...), of obs one step more.
local T, N = o.length, o.envs
local played = {obs = m.zeros(T + 1, N, 4),
  action = m.zeros({T, N}, {dtype = "index"}), reward = m.zeros(T, N),
  over = m.zeros({T, N}, {dtype = "bool"}),
  ended = m.zeros({T, N}, {dtype = "bool"}),
  skip = m.zeros({T, N}, {dtype = "bool"})}

local obs = envs:reset {seed = o.seed}

local function play()
  local _ <close> = m.no_grad()
  for t = 1, T do
    local action = Categorical(actor(obs)):sample(stream)
    played.obs[t], played.action[t] = obs, action
    local next_obs, reward, over, cut, info = envs:step(action)
    played.reward[t], played.over[t], played.ended[t] = reward, over, over | cut
    played.skip[t], obs = info.reset, next_obs -- a step that only resets
  end
  played.obs[T + 1] = obs
end

-- One row for each step that was one, with what the policy thought of it.
local function experience()
  local _ <close> = m.no_grad()
  local value = critic(played.obs:flatten(1, 2)):reshape(T + 1, N)
  local gain = rl.advantages(played.reward, value, played.over, played.ended,
    o.gamma, o.lambda)
  local index = (~played.skip:flatten()):nonzero():squeeze(2)
  local rows = {obs = played.obs[{{1, T}}]:flatten(1, 2),
    action = played.action:flatten(), gain = gain:flatten(),
    wanted = (gain + value[{{1, T}}]):flatten()}
  for name, t in pairs(rows) do rows[name] = t:index_select(1, index) end
  rows.log = Categorical(actor(rows.obs)):log_prob(rows.action)
  return rows, index:numel()
end

-- ---- Learning -------------------------------------------------------------

local function loss_of(rows)
  local policy = Categorical(actor(rows.obs))
  local ratio = (policy:log_prob(rows.action) - rows.log):exp()
  local gain = (rows.gain - rows.gain:mean()) / (rows.gain:std() + 1e-8)
  local better = m.minimum(ratio * gain,
    ratio:clamp(1 - o.clip, 1 + o.clip) * gain):mean()
  local surprise = m.mse_loss(critic(rows.obs):squeeze(2), rows.wanted)
  return surprise * o.value - better - policy:entropy():mean() * o.entropy
end

local function learn()
  local rows, n = experience()
  for _ = 1, o.epochs do
    local order = m.randperm(n, stream)
    for first = 1, n - 1, o.batch do
      local some = order[{{first, math.min(first + o.batch - 1, n)}}]
      local batch = {}
      for name, t in pairs(rows) do batch[name] = t:index_select(1, some) end
      optimizer:zero_grad()
      loss_of(batch):backward()
      m.optim.clip_grad_norm_(params, 0.5)
      optimizer:step()
    end
  end
end

-- ---- The loop -------------------------------------------------------------

local function judge(episodes)
  local agent = {act = function(_, x)
    local _ <close> = m.no_grad()
    return actor(x:unsqueeze(1)):argmax(2)[1]
  end}
  return rl.evaluate(agent, rl.make "CartPole-v1",
    {episodes = episodes, seed = 1000 + o.seed})
end

local start, best = m.time(), {mean = 0}
for update = 1, o.steps // (T * N) do
  optimizer.lr = o.lr * (1 - (update - 1) * T * N / o.steps)
  play()
  learn()
  if update % o.judge_every == 0 or update == o.steps // (T * N) then
    local found = judge(10)
    print(("%6d steps  %5.1f s  mean return %.1f"):format(update * T * N,
      m.time() - start, found.mean))
    if found.mean > best.mean then
      best = {mean = found.mean, weights = actor:state()}
    end
    if found.mean >= 490 then break end
  end
end
if best.weights then actor:load_state(best.weights) end
print(("the best policy: mean return %.1f over 100 episodes; solved is 475")
  :format(judge(100).mean))
