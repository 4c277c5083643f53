-- frozen_lake.lua: SARSA(lambda), whole, on slippery ice, judged exactly.
-- Sutton and Barto, "Reinforcement Learning", 2nd edition, section 12.7.
--
--   mlrun examples/frozen_lake.lua [steps]
--
-- On the ice an action goes where it should one time in three.  Nobody can
-- reach the goal every time; value iteration (section 4.4), which knows the
-- model, says how often the best policy does.

local m = require "mlrt"
local rl = require "mlrt.rl"

local STEPS = tonumber(arg and arg[1]) or 200000
local ALPHA_FIRST, ALPHA_LAST = 0.2, 0.005 -- a straight line between them
local GAMMA = 0.99
local LAMBDA = 0.7 -- how far a surprise reaches back
local EPSILON_FIRST, EPSILON_LAST = 1, 0.02
local SEED = 1

local env = rl.make "FrozenLake-v1"
local states, actions = env.observation_space.n, env.action_space.n
local random = m.generator(SEED)

local function uniform()
  return (random:next() >> 11) * 2.0 ^ -53
end

local function line(first, last, step)
  return first + (last - first) * math.min(1, step / STEPS)
end

local function table_of(value)
  local t = {}
  for s = 1, states do
    t[s] = {}
    for a = 1, actions do t[s][a] = value end
  end
  return t
end

local q = table_of(0)

-- The best action; at random among several.
local function best(state)
  local at, ties = 1, 0
  for a = 1, actions do
    if q[state][a] > q[state][at] then at, ties = a, 0 end
    if q[state][a] == q[state][at] then
      ties = ties + 1
      if uniform() * ties < 1 then at = a end
    end
  end
  return at
end

local function choose(state, step)
  if uniform() < line(EPSILON_FIRST, EPSILON_LAST, step) then
    return math.floor(uniform() * actions) + 1
  end
  return best(state)
end

-- ---- SARSA(lambda) ---------------------------------------------------------

-- Everything visited in this episode gets its share of an error.
local function spread(traces, change)
  for s, row in pairs(traces) do
    for a, weight in pairs(row) do
      q[s][a] = q[s][a] + change * weight
      row[a] = weight * GAMMA * LAMBDA
      if row[a] < 1e-4 then row[a] = nil end
    end
  end
end

local step, episodes, goals = 0, 0, 0
local state = env:reset {seed = SEED}
local action, traces = choose(state, step), {}

while step < STEPS do
  step = step + 1
  local next_state, reward, terminated, truncated = env:step(action)
  local next_action = choose(next_state, step)

  -- The error of Q(s, a), seen from what is done next.
  local target = reward
  if not terminated then
    target = target + GAMMA * q[next_state][next_action]
  end
  local err = target - q[state][action]

  -- A replacing trace: what was just done counts whole.
  traces[state] = traces[state] or {}
  traces[state][action] = 1
  spread(traces, line(ALPHA_FIRST, ALPHA_LAST, step) * err)

  state, action = next_state, next_action
  if terminated or truncated then
    episodes, goals = episodes + 1, goals + reward
    if episodes % 2000 == 0 then
      print(("step %7d  %2.0f %% of the last 2000 episodes reached the goal")
        :format(step, goals / 20))
      goals = 0
    end
    state, traces = env:reset(), {}
    action = choose(state, step)
  end
end

-- ---- How good it is, exactly -----------------------------------------------

local function learnt(s)
  local at = 1
  for a = 2, actions do
    if q[s][a] > q[s][at] then at = a end
  end
  return at
end

local plan = rl.value_iteration(env, {gamma = 0.999})
local got, most = rl.exact(learnt, env), rl.exact(plan, env)
local random_walk = rl.exact("random", env)
print(("reaches the goal %.1f %% of the time; the best policy %.1f %%, a "
  .. "random one %.1f %%"):format(100 * got, 100 * most, 100 * random_walk))
local played = rl.evaluate(learnt, env, {episodes = 1000, seed = 2})
print(("played 1000 times: %.1f %% (95 %% interval %.1f to %.1f)"):format(
  100 * played.mean, 100 * played.interval[1], 100 * played.interval[2]))
assert(got - random_walk > 0.9 * (most - random_walk))
