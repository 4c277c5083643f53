-- rl_training_spec.lua: the training loop of the core against a loop in Lua:
-- every kind, masks, limits of episodes, calls that stop in the middle; the
-- loop for tables with its lines looked at now and then.

local core = require "mlrt.core"
local m = require "mlrt"
local rl = require "mlrt.rl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local Learner = assert(loadfile(here .. "/rl_learner.lua"))()
local stream = assert(loadfile(here .. "/rl_stream.lua"))()

local kinds = {"QLearning", "SARSA", "ExpectedSARSA", "DoubleQLearning",
  "NStepSARSA", "SARSALambda", "DynaQ"}

-- What agent:train does, by hand: `run` keeps the state between calls.
local function by_hand(run, steps, episodes)
  local agent, env, done, returns = run.agent, run.env, 0, {}
  if env:state().phase ~= 1 then
    agent._agent:set_clock(agent._agent:clock())
    env:reset()
    run.sofar = 0
  end
  local s = env:observation()
  while (steps == 0 or done < steps)
      and (episodes == 0 or #returns < episodes) do
    if env:state().phase == 2 then s = env:reset() end
    local a = agent:explore(s, env.legal)
    local next_s, r, terminated, truncated = env:step(a)
    agent:learn(s, a, r, next_s, terminated, truncated, env.legal)
    s, run.sofar, done = next_s, run.sofar + r, done + 1
    if terminated or truncated then
      returns[#returns + 1], run.sofar = run.sofar, 0
    end
  end
  local total = 0.0
  for _, x in ipairs(returns) do total = total + x end
  return done, #returns, total, returns
end

local function same_values(a, b)
  near((a - b):abs():max():item(), 0, 1e-12)
end

-- Trains one agent in the core and another by hand, and compares everything.
local function compare(class, name, options, given, calls)
  local one = {agent = rl[class](rl.make(name, options), given),
    env = rl.make(name, options)}
  local two = {agent = rl[class](one.env, given), env = rl.make(name, options)}
  one.env:reset {seed = 6}
  two.env:reset {seed = 6}
  two.sofar = 0
  for _, c in ipairs(calls) do
    local got = {one.agent._agent:train(one.env._env, c[1], c[2], 1000)}
    eq(got, {by_hand(two, c[1], c[2])})
    eq(one.env:state(), two.env:state())
    eq(one.env:observation(), two.env:observation())
    if one.env.legal then eq(one.env.legal, two.env.legal:totable()) end
    eq({one.agent._agent:clock()}, {two.agent._agent:clock()})
    same_values(one.agent.q, two.agent.q)
  end
  if two.agent.q2 then same_values(one.agent.q2, two.agent.q2) end
end

-- environment, its options
local places = {
  {"FrozenLake-v1", {}},
  {"FrozenLake-v1", {max_episode_steps = 7}},
  {"GridWorld-v0", {slip = 0.2, max_episode_steps = 9}},
  {"Taxi-v4", {max_episode_steps = 20}},
  {"Blackjack-v1", {natural = true}},
  {"Memory-v0", {length = 3}},
  {"TicTacToe-v0", {opponent = "random", first = 0.5}},
}

local calls = {{1, 0}, {5, 0}, {0, 2}, {13, 1}, {2, 5}, {3, 0}, {0, 3}, {40, 0}}

describe("training", function()
  for _, class in ipairs(kinds) do
    it(("of %s is the loop it stands for"):format(class), function()
      for i, p in ipairs(places) do
        compare(class, p[1], p[2], {seed = i, epsilon = 0.4, alpha = 0.3},
          calls)
      end
    end)
  end

  it("by softmax, UCB and visits is too", function()
    for i, o in ipairs {{exploration = "softmax"}, {exploration = "ucb"},
      {alpha_power = 0.5}, {epsilon = {1, 0, 40}, alpha_power = 0.1}} do
      o.seed = i
      for k = 2, #places do
        compare("QLearning", places[k][1], places[k][2], o, calls)
      end
    end
  end)

  it("of values that are not numbers goes on", function()
    for _, name in ipairs {"FrozenLake-v1", "Taxi-v4"} do
      local env = rl.make(name)
      local agent = rl.QLearning(env, {seed = 1, epsilon = 0})
      agent.q:fill_(0 / 0)
      agent:train(env, {steps = 20, seed = 1})
      eq(agent:steps(), 20)
    end
  end)

  it("stops after the first of steps and episodes", function()
    local env = rl.make("GridWorld-v0", {max_episode_steps = 4})
    local agent = rl.QLearning(env, {seed = 1})
    env:reset()
    local train = function(...) return agent._agent:train(env._env, ...) end
    eq({train(3, 0, 10)}, {3, 0, 0.0, {}})
    eq(select("#", train(1, 0, 10)), 4)
    eq({train(0, 1, 10)}, {4, 1, -0.16, {-0.16}})
    local steps, episodes, _, returns = train(0, 5, 2)
    eq({steps <= 20, episodes, #returns}, {true, 5, 2})
    eq(#select(4, train(0, 3, 0)), 0)
  end)

  it("keeps the return of an episode over calls", function()
    for _, o in ipairs {{}, {exploration = "softmax"}} do
      local env = rl.make("CliffWalking-v1", {max_episode_steps = 6})
      o.seed = 1
      local agent = rl.QLearning(env, o)
      env:reset()
      env:load_state {values = {0}}
      for i = 1, 5 do
        eq(select(2, agent._agent:train(env._env, 1, 0, 9)), 0, i)
      end
      eq({agent._agent:train(env._env, 1, 0, 9)}, {1, 1, -6.0, {-6.0}})
      eq(env:state().phase, 2)
      eq(env:state().steps, 6)
      env:load_state {values = {0}}
      agent._agent:train(env._env, 5, 0, 9)
      eq({agent._agent:train(env._env, 3, 0, 9)}, {3, 1, -6.0, {-6.0}})
      eq(env:state().steps, 2)
    end
  end)

  it("begins anew where an episode was over, forgetting it", function()
    local env = rl.make("GridWorld-v0", {max_episode_steps = 3})
    local agent = rl.SARSA(env, {seed = 1})
    agent:train(env, {episodes = 1, seed = 1})
    eq(env:state().phase, 2)
    local total = select(3, agent._agent:train(env._env, 0, 1, 9))
    near(total, -0.12, 1e-12)
  end)

  it("says that what it wrote was overwritten", function()
    local function written(name, train)
      local w = m.ones({1}, {dtype = "f64"}):requires_grad_()
      for _, field in ipairs {"q", "q2"} do
        local env = rl.make "FrozenLake-v1"
        local agent = rl[name](env, {seed = 1})
        env:reset()
        local table = agent[field]
        if table then
          local loss = (table * w):sum()
          train(agent, env)
          refuses("backward: a tensor that 'mul' saved was overwritten by "
            .. "'train'", loss.backward, loss)
        end
      end
    end
    for _, name in ipairs {"QLearning", "DoubleQLearning"} do
      written(name, function(agent, env)
        agent._agent:train(env._env, 5, 0, 0)
      end)
    end
  end)

  it("refuses environments that do not fit", function()
    local lake = rl.make "FrozenLake-v1"
    local agent = rl.QLearning(lake, {seed = 1})._agent
    local function env(...) return core._rl.env(...) end
    local cases = {
      {env("FrozenLake-v1", 2, false, {}),
        "FrozenLake-v1: train: one environment is needed, not a vector"},
      {env("FrozenLake-v1", 1, true, {}),
        "FrozenLake-v1: train: one environment is needed, not a vector"},
      {env("CartPole-v1", 1, false, {}), "CartPole-v1: train: a table needs "
        .. "discrete observations and actions"},
      {env("Pendulum-v1", 1, false, {}), "Pendulum-v1: train: a table needs "
        .. "discrete observations and actions"},
      {env("TicTacToe-v0", 1, false, {observation = "planes"}),
        "TicTacToe-v0: train: a table needs discrete observations and actions"},
      {env("FrozenLake8x8-v1", 1, false, {}), "FrozenLake8x8-v1: train: an "
        .. "agent for 64 states and 4 actions expected, got one for 16 and 4"},
      {env("FrozenLake-v1", 1, false, {desc = "SFFFFFFFFFFFFFFF"})},
    }
    for _, c in ipairs(cases) do
      if c[2] then
        refuses(c[2], agent.train, agent, c[1], 1, 0, 0)
      else
        eq((agent:train(c[1], 1, 0, 0)), 1)
      end
    end
    local six = core._rl.tabular(16, 6, {})
    refuses("FrozenLake-v1: train: an agent for 16 states and 4 actions "
      .. "expected, got one for 16 and 6", six.train, six, lake._env, 1, 0, 0)
    for _, n in ipairs {0, -1} do
      refuses("train: steps or episodes are needed", agent.train, agent,
        lake._env, n, n, 0)
    end
  end)
end)

-- ---- The loop for tables ----------------------------------------------------

describe("training in a table", function()
  -- Q-learning whose alpha and epsilon are looked at every 4096 steps.
  local function reference(env, o, steps, limit)
    local twin = Learner.new("q_learning", env.observation_space.n,
      env.action_space.n, o)
    local g, chances = stream.of_copy(6, 0), {}
    local first = {}
    for s, p in ipairs(env:starts()) do
      if p > 0 then first[#first + 1] = s end
      chances[s] = {}
      for a = 1, env.action_space.n do chances[s][a] = env:outcomes(s, a) end
    end
    local s, n, alpha, epsilon
    for t = 1, steps do
      if t % 4096 == 1 then
        twin.alpha, twin.epsilon = o.alpha, o.epsilon
        local now = {first = twin.steps}
        alpha = o.alpha[1] + (o.alpha[2] - o.alpha[1])
          * math.min(now.first / o.alpha[3], 1)
        epsilon = o.epsilon[1] + (o.epsilon[2] - o.epsilon[1])
          * math.min(now.first / o.epsilon[3], 1)
        twin.alpha, twin.epsilon = alpha, epsilon
      end
      if not s then s, n = first[stream.below(g, #first) + 1], 0 end
      local a = twin:explore(s)
      local list, k = chances[s][a], 1
      if #list > 1 then
        local u = stream.uniform(g)
        while k < #list and u >= list[k][1] do u, k = u - list[k][1], k + 1 end
      end
      local _, next_s, r, over = table.unpack(list[k])
      n = n + 1
      twin:learn(s, a, r, next_s, over, n == limit)
      s = not over and n < limit and next_s or nil
    end
    return twin.q, g.state
  end

  for name, limit in pairs {["FrozenLake-v1"] = 100, ["GridWorld-v0"] = 100} do
    it(name .. " looks at alpha and epsilon every 4096 steps", function()
      local o = {seed = 2, alpha = {0.5, 0.1, 7000}, epsilon = {1, 0.1, 6000}}
      local env = rl.make(name)
      local agent = rl.QLearning(env, o)
      env:reset {seed = 6}
      eq((agent._agent:train(env._env, 9000, 0, 0)), 9000)
      local q, state = reference(env, o, 9000, limit)
      near(agent.q, q, 1e-9)
      eq(env:state().stream, state)
      eq(agent:steps(), 9000)
    end)
  end

  it("looks at them when a call begins", function()
    local env = rl.make("GridWorld-v0", {map = "SG"})
    local agent = rl.QLearning(env, {seed = 2, alpha = {1, 0.5, 2},
      epsilon = 1})
    env:reset()
    local q = {0.0, 0.0, 0.0, 0.0}
    for _, alpha in ipairs {1, 0.75, 0.5, 0.5} do
      agent._agent:train(env._env, 1, 0, 0)
      local changed = 0
      for a = 1, 4 do
        local now, best = agent.q[{1, a}]:item(), math.max(table.unpack(q))
        if now ~= q[a] then
          local target = a == 2 and 1 or -0.04 + 0.99 * best
          near(now, q[a] + alpha * (target - q[a]), 1e-12)
          q[a], changed = now, changed + 1
        end
      end
      assert(changed <= 1)
    end
  end)
end)
