-- q_learning_gridworld.lua: Q-learning, whole, in a world of twelve squares.
-- Sutton and Barto, "Reinforcement Learning", 2nd edition, section 6.5; the
-- world is that of Russell and Norvig, "Artificial Intelligence", chapter 17.
--
--   mlrun examples/q_learning_gridworld.lua
--
-- The environment is written out here too, to show that one is a table with two
-- functions; the library has the same as rl.make "GridWorld-v0".

local m = require "mlrt"
local rl = require "mlrt.rl"

local EPISODES = 2000
local ALPHA = 0.2 -- how far a value moves towards what was seen
local GAMMA = 0.99 -- what a reward is worth one step later
local EPSILON = 0.2 -- how often it tries something else
local SEED = 1

-- ---- The world -------------------------------------------------------------

local map = {
  "...G",
  ".#.X",
  "S...",
}
local rows, cols = #map, #map[1]
local moves = {{-1, 0}, {0, 1}, {1, 0}, {0, -1}} -- up, right, down, left

local world = {
  name = "my grid",
  observation_space = rl.spaces.Discrete(rows * cols),
  action_space = rl.spaces.Discrete(4),
  action_names = {"up", "right", "down", "left"},
  columns = cols, -- so that the table can be drawn
}

local function square(row, col)
  return row >= 1 and row <= rows and map[row]:sub(col, col) or ""
end

function world:reset()
  for row = 1, rows do
    local col = map[row]:find "S"
    if col then self.row, self.col = row, col end
  end
  return self:state(), {}
end

function world:state()
  return (self.row - 1) * cols + self.col
end

function world:step(action)
  local row = self.row + moves[action][1]
  local col = self.col + moves[action][2]
  local there = square(row, col)
  if there ~= "" and there ~= "#" then self.row, self.col = row, col end
  local here = square(self.row, self.col)
  local reward = here == "G" and 1 or here == "X" and -1 or -0.04
  return self:state(), reward, here == "G" or here == "X", false, {}
end

-- ---- Q-learning ------------------------------------------------------------

local random = m.generator(SEED)

local function uniform() -- in 0..1
  return (random:next() >> 11) * 2.0 ^ -53
end

local q = {} -- q[state][action]
for s = 1, world.observation_space.n do q[s] = {0, 0, 0, 0} end

local function best(values)
  local at = 1
  for a = 2, #values do
    if values[a] > values[at] then at = a end
  end
  return at
end

local function choose(state)
  if uniform() < EPSILON then return math.floor(uniform() * 4) + 1 end
  return best(q[state])
end

for episode = 1, EPISODES do
  local state = world:reset()
  local terminated, total = false, 0
  while not terminated do
    local action = choose(state)
    local next_state, reward
    next_state, reward, terminated = world:step(action)

    -- Q(s, a) moves towards r + gamma max Q(s', a').
    local target = reward
    if not terminated then
      local after = q[next_state]
      target = target + GAMMA * after[best(after)]
    end
    q[state][action] = q[state][action] + ALPHA * (target - q[state][action])

    state, total = next_state, total + reward
  end
  if episode % 500 == 0 then
    print(("episode %4d  return %.2f"):format(episode, total))
  end
end

-- ---- What it learnt --------------------------------------------------------

local function greedy(state) return best(q[state]) end

local result = rl.evaluate(greedy, world, {episodes = 10})
print(("mean return %.2f, the best there is 0.84"):format(result.mean))
assert(result.mean > 0.83)

-- The library's agent does the same in C, and draws its table.
local agent = rl.QLearning(world, {alpha = ALPHA, gamma = GAMMA,
  epsilon = EPSILON, seed = SEED})
agent:train(world, {episodes = EPISODES})
print(agent:show(world))
