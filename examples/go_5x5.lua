-- go_5x5.lua: a network learns Go on 5x5 points by playing itself.
--
--   mlrun examples/go_5x5.lua            -- about a minute on one core
--
-- Q-learning with a network (Mnih et al. 2015; double, van Hasselt et al. 2016)
-- for two sides: the board is seen by whoever is to move, so one network plays
-- both, and what the next position is worth to the other is taken off: that is
-- a discount below 0.  Returns over n moves carry the result of a game back
-- faster; in a replay with gamma = -1 their signs alternate by themselves.
--
-- In the end it plays 1,000 games against a player who places stones anywhere,
-- and 1,000 against one who captures whatever can be captured, as either side.

local m = require "mlrt"
local nn, rl = m.nn, m.rl

local o = m.cli {
  seed = 1,
  moves = 150000,        -- of self-play
  envs = 32,             -- games that are played at once
  width = 32,            -- channels of a layer
  lr = 1e-3,
  n_step = 3,            -- moves of a return
  memory = 50000,        -- moves that are remembered
  batch = 128,           -- drawn from them for an update
  start = 2000,          -- moves before the first update
  every = 32,            -- moves from update to update
  tau = 0.02,            -- how far the target follows at each of them
  epsilon_from = 1.0,    -- moves that explore, at the beginning
  epsilon_to = 0.1,      -- and later
  epsilon_moves = 60000, -- after so many moves
  judge_every = 25000,   -- moves from one evaluation to the next
  games = 1000,          -- of the final judgement, against each opponent
}

m.seed(o.seed)
local stream = m.generator(o.seed)
local ACTIONS, PASS = 26, 26 -- 25 points, row by row, and the pass
local NEVER = -1e9           -- the value of what is not legal

-- ---- The network: a value for each point and for the pass -----------------

local Net = nn.class "Net"

function Net:init(width)
  self.first = nn.Conv2d(3, width, 3, {padding = 1})
  self.second = nn.Conv2d(width, width, 3, {padding = 1})
  self.hidden = nn.Linear(25 * width, 128)
  self.value = nn.Linear(128, ACTIONS)
end

function Net:forward(x)
  x = self.second(self.first(x):relu()):relu()
  return self.value(self.hidden(x:flatten(2)):relu()):tanh() -- from lost to won
end

local q, target = Net(o.width), Net(o.width)
target:load_state(q:state())
local optimizer = m.optim.Adam(q:parameters(), {lr = o.lr})

-- ---- Playing --------------------------------------------------------------

local function best(net, obs, legal)
  return net(obs):masked_fill(~legal, NEVER):argmax(2)
end

-- The best moves, or any legal ones, of which the pass is hardly ever one.
local function choose(obs, legal, epsilon)
  local _ <close> = m.no_grad()
  local action = best(q, obs, legal)
  local weights = legal:to "f32"
  weights[{{}, PASS}] = 1e-3
  local any = m.multinomial(weights, 1, true, stream):squeeze(2)
  local explore = m.rand({obs.shape[1]}, {generator = stream}):lt(epsilon)
  return m.where(explore, any, action)
end

-- ---- Learning -------------------------------------------------------------

local replay = rl.Replay {obs = m.zeros(3, 5, 5), capacity = o.memory,
  action = m.tensor(1, {dtype = "index"}), actions = ACTIONS, envs = o.envs,
  steps = o.n_step, gamma = -1, batch_size = o.batch, generator = stream}

local function goal(batch)
  local _ <close> = m.no_grad()
  local action = best(q, batch.next_obs, batch.legal):unsqueeze(2)
  local value = target(batch.next_obs):gather(2, action):squeeze(2)
  return batch.reward + batch.discount * value
end

local function learn()
  local batch = replay:sample()
  local value = q(batch.obs):gather(2, batch.action:unsqueeze(2)):squeeze(2)
  optimizer:zero_grad()
  m.mse_loss(value, goal(batch)):backward()
  optimizer:step()
  local _ <close> = m.no_grad()
  local mine = q:parameters()
  for i, p in ipairs(target:parameters()) do p:lerp_(mine[i], o.tau) end
end

-- ---- Judging --------------------------------------------------------------

-- The share of `games` that the network wins, half of them as either side, and
-- its 95 % interval (Wilson 1927).
local function judge(opponent, games)
  local env = rl.vector("Go-v0", games, {opponent = opponent, first = 0.5})
  local obs, won = env:reset {seed = 7000 + o.seed}, m.zeros(games)
  local open = m.ones(games)
  repeat
    local reward, over, cut
    obs, reward, over, cut = env:step(choose(obs, env.legal, 0))
    won:add_(reward:gt(0):to "f32" * open)
    open:masked_fill_(over | cut, 0)
  until open:max():item() == 0
  local p, z = won:mean():item(), 1.96
  local middle = (p + z * z / (2 * games)) / (1 + z * z / games)
  local half = z / (1 + z * z / games)
    * math.sqrt(p * (1 - p) / games + z * z / (4 * games * games))
  return p, middle - half, middle + half
end

-- ---- The loop -------------------------------------------------------------

local env = rl.vector("Go-v0", o.envs)
local obs = env:reset {seed = o.seed}:clone()
local start = m.time()
for moves = o.envs, o.moves, o.envs do
  local share = math.min(1, moves / o.epsilon_moves)
  local action = choose(obs, env.legal,
    o.epsilon_from + share * (o.epsilon_to - o.epsilon_from))
  local next_obs, reward, over, cut, info = env:step(action)
  replay:add(obs, action, reward, next_obs, over, cut, env.legal, info.reset)
  obs:copy_(next_obs)
  if moves >= o.start and moves % o.every == 0 then learn() end
  if moves % o.judge_every < o.envs then
    print(("%7d moves  %6.1f s  wins against random %.2f, capturing %.2f")
      :format(moves, m.time() - start, judge("random", 200),
        (judge("capture", 200))))
  end
end

local good = true
for _, opponent in ipairs {"random", "capture"} do
  local p, low, high = judge(opponent, o.games)
  good = good and low > 0.5
  print(("against %-8s %.1f %% of %d games won (95 %%: %.1f to %.1f %%)")
    :format(opponent .. ":", 100 * p, o.games, 100 * low, 100 * high))
end
os.exit(good or o.moves < 100000) -- a short run promises nothing
