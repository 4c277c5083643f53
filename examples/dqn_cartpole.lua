-- dqn_cartpole.lua: a deep Q-network learns to balance a pole.
--
--   mlrun examples/dqn_cartpole.lua            -- about a minute on one core
--   mlrun examples/dqn_cartpole.lua --seed 2
--
-- Mnih et al., "Human-level control through deep reinforcement learning",
-- Nature 2015, with the double estimator of van Hasselt et al. 2016.  A network
-- q(s) says what each action in state s is worth: the reward, and what the best
-- action afterwards is worth, a little discounted.  That sentence is its own
-- training: the two sides should be equal, on transitions drawn from a memory.
-- The whole algorithm is below; the library's `rl.DQN` is the same with more
-- options.

local m = require "mlrt"
local nn, rl = m.nn, m.rl

local o = m.cli {
  seed = 1,
  steps = 100000,         -- of the environment, at most
  lr = 1e-3,
  gamma = 0.99,           -- what a reward is worth a step later
  memory = 50000,         -- transitions that are remembered
  batch = 64,             -- drawn from them for an update
  start = 1000,           -- steps before the first update
  every = 4,              -- steps from update to update
  target_every = 10,      -- steps from one move of the target to the next
  tau = 0.05,             -- how far it moves towards the network
  epsilon_from = 1.0,     -- exploration at the beginning
  epsilon_to = 0.05,      -- and later
  epsilon_steps = 10000,  -- after so many steps
  judge_every = 5000,     -- steps from one evaluation to the next
}

m.seed(o.seed)
local stream = m.generator(o.seed)
local env = rl.make "CartPole-v1"

local function network()
  return nn.Sequential(nn.Linear(4, 120), nn.ReLU(), nn.Linear(120, 84),
    nn.ReLU(), nn.Linear(84, 2))
end

local q, target = network(), network()
target:load_state(q:state())
local optimizer = m.optim.Adam(q:parameters(), {lr = o.lr})
local replay = rl.Replay {obs = m.zeros(4), action = m.tensor(1, {dtype =
  "index"}), capacity = o.memory, batch_size = o.batch, gamma = o.gamma,
  generator = stream}

-- ---- Acting: the best action, or now and then any -------------------------

local function greedy(obs)
  local _ <close> = m.no_grad()
  return q(obs:unsqueeze(1)):argmax(2)[1]
end

local function explore(obs, step)
  local share = math.min(1, step / o.epsilon_steps)
  local epsilon = o.epsilon_from + share * (o.epsilon_to - o.epsilon_from)
  if (stream:next() >> 11) * 0x1p-53 < epsilon then
    return env.action_space:sample(stream)
  end
  return greedy(obs)
end

-- ---- Learning: q(s, a) = r + gamma * target(s', best action by q) ---------

local function goal(batch)
  local _ <close> = m.no_grad()
  local best = q(batch.next_obs):argmax(2)
  local value = target(batch.next_obs):gather(2, best:unsqueeze(2)):squeeze(2)
  return batch.reward + batch.discount * value -- discount: 0 at the end
end

local function learn()
  local batch = replay:sample()
  local value = q(batch.obs):gather(2, batch.action:unsqueeze(2)):squeeze(2)
  local loss = m.huber_loss(value, goal(batch))
  optimizer:zero_grad()
  loss:backward()
  m.optim.clip_grad_norm_(q:parameters(), 10)
  optimizer:step()
end

local function move_target()
  local _ <close> = m.no_grad()
  local mine = q:parameters()
  for i, p in ipairs(target:parameters()) do p:lerp_(mine[i], o.tau) end
end

-- ---- The loop -------------------------------------------------------------

local function judge(episodes)
  local agent = {act = function(_, obs) return greedy(obs) end}
  return rl.evaluate(agent, rl.make "CartPole-v1",
    {episodes = episodes, seed = 1000 + o.seed})
end

-- A step for the memory, as a row of each tensor.
local function row(value, dtype)
  return m.tensor({value}, {dtype = dtype})
end

local function remember(obs, action, reward, next_obs, over, cut)
  replay:add(obs:unsqueeze(1), m.index {action}, row(reward),
    next_obs:unsqueeze(1), row(over, "bool"), row(cut, "bool"))
end

local best = {mean = 0}
local start = m.time()
local obs = env:reset {seed = o.seed}:clone()
for step = 1, o.steps do
  local action = explore(obs, step)
  local next_obs, reward, terminated, truncated = env:step(action)
  next_obs = next_obs:clone()
  remember(obs, action, reward, next_obs, terminated, truncated)
  obs = (terminated or truncated) and env:reset():clone() or next_obs

  if step >= o.start and step % o.every == 0 then learn() end
  if step >= o.start and step % o.target_every == 0 then move_target() end
  if step % o.judge_every == 0 then
    local found = judge(10)
    print(("%6d steps  %5.1f s  mean return %.1f"):format(step,
      m.time() - start, found.mean))
    if found.mean > best.mean then
      best = {mean = found.mean, weights = q:state()}
    end
    if found.mean >= 490 then break end
  end
end

if best.weights then q:load_state(best.weights) end
local found = judge(100)
print(("the best network: mean return %.1f over 100 episodes (95 %%: %.1f to "
  .. "%.1f); solved is 475"):format(found.mean, found.interval[1],
  found.interval[2]))
