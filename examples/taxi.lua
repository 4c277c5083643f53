-- taxi.lua: Dyna-Q, whole: a taxi that learns from few rides by remembering.
-- Sutton and Barto, "Reinforcement Learning", 2nd edition, section 8.2.
--
--   mlrun examples/taxi.lua [planning steps]
--
-- A real ride is dear, a remembered one is free: after each real step the agent
-- learns from some that it took before.  With 0 planning steps this is
-- Q-learning; compare after how many episodes the returns turn positive.

local m = require "mlrt"
local rl = require "mlrt.rl"

local PLANNING = tonumber(arg and arg[1]) or 20
local EPISODES = 400
local ALPHA, GAMMA, EPSILON = 0.5, 0.99, 0.05
local SEED = 3

local env = rl.make "Taxi-v4"
local states, actions = env.observation_space.n, env.action_space.n
local random = m.generator(SEED)

local function uniform()
  return (random:next() >> 11) * 2.0 ^ -53
end

local function one_of(n)
  return math.floor(uniform() * n) + 1
end

local q = {}
for s = 1, states do
  q[s] = {}
  for a = 1, actions do q[s][a] = 0 end
end

local function best(values)
  local at = 1
  for a = 2, #values do
    if values[a] > values[at] then at = a end
  end
  return at
end

-- The formula of Q-learning, for real and for remembered steps.
local function learn(s, a, reward, next_state, terminated)
  local target = reward
  if not terminated then
    local after = q[next_state]
    target = target + GAMMA * after[best(after)]
  end
  q[s][a] = q[s][a] + ALPHA * (target - q[s][a])
end

-- ---- The model: what came of each action when it was last taken ------------

local memory, known = {}, {} -- list of steps, and their places in it

local function remember(s, a, reward, next_state, terminated)
  local key = s * actions + a
  local at = known[key] or #memory + 1
  known[key] = at
  memory[at] = {s, a, reward, next_state, terminated}
end

local function plan()
  for _ = 1, PLANNING do
    learn(table.unpack(memory[one_of(#memory)]))
  end
end

-- ---- Dyna-Q ----------------------------------------------------------------

local sum = 0
for episode = 1, EPISODES do
  local state = env:reset {seed = SEED + episode}
  local terminated, truncated = false, false
  while not (terminated or truncated) do
    local action = uniform() < EPSILON and one_of(actions) or best(q[state])
    local next_state, reward
    next_state, reward, terminated, truncated = env:step(action)
    learn(state, action, reward, next_state, terminated)
    remember(state, action, reward, next_state, terminated)
    plan()
    state, sum = next_state, sum + reward
  end
  if episode % 50 == 0 then
    print(("episodes %3d to %3d  mean return %7.1f"):format(episode - 49,
      episode, sum / 50))
    sum = 0
  end
end

-- ---- A ride, and how good it is --------------------------------------------

local function learnt(s) return best(q[s]) end

local state, over = env:reset {seed = 1}, false
print(env:render())
local route = {}
while not over and #route < 30 do
  route[#route + 1] = env.action_names[learnt(state)]
  local next_state, _, terminated = env:step(learnt(state))
  state, over = next_state, terminated
end
print(table.concat(route, ", "))

local best_plan = rl.value_iteration(env, {gamma = 0.999})
local got, most = rl.exact(learnt, env), rl.exact(best_plan, env)
print(("mean return %.2f, the best there is %.2f"):format(got, most))
assert(PLANNING < 10 or got > 0.9 * most)
