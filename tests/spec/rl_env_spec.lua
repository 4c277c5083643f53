-- rl_env_spec.lua: environments and spaces: Gymnasium's trajectories and
-- models (tests/golden/rl.py), vectors, states, wrong use.

local m = require "mlrt"
local rl = require "mlrt.rl"
local json = require "mlrt.json"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

local function golden()
  local f = assert(io.open(here .. "/../golden/rl.json"))
  local text = f:read "a"
  f:close()
  return json.decode(text)
end

local cases = golden()

local function replay(case)
  local env = rl.make(case.name)
  env:reset {seed = 1}
  env:load_state {values = case.state}
  for i, row in ipairs(case.rows) do
    local action = case.actions[i]
    if env.action_space.n then action = action + 1 end
    local obs, reward, terminated = env:step(action)
    near(env:state().values, row.state, 1e-9)
    near(obs, row.observation, 1e-6)
    near(reward, row.reward, 1e-9)
    eq(terminated, row.terminated)
  end
end

-- The model as the golden file has it: columns, counted from 0.
local function columns(env, every)
  local c = {count = {}, probability = {}, next = {}, reward = {},
    terminated = {}}
  for s = 1, env.observation_space.n, every do
    for a = 1, env.action_space.n do
      local list = env:outcomes(s, a)
      c.count[#c.count + 1] = #list
      for _, o in ipairs(list) do
        local i = #c.next + 1
        c.probability[i], c.next[i], c.reward[i] = o[1], o[2] - 1, o[3]
        c.terminated[i] = o[4] and 1 or 0
      end
    end
  end
  return c
end

describe("environments", function()
  for i, case in ipairs(cases.trajectories) do
    it(("%s goes where Gymnasium's goes, case %d"):format(case.name, i),
      function() replay(case) end)
  end

  for i, case in ipairs(cases.tables) do
    it(("%s has Gymnasium's model, case %d"):format(case.name, i), function()
      local env = rl.make(case.name, case.options)
      local c = columns(env, case.every)
      eq(c.count, case.count)
      if case.probability then
        near(c.probability, case.probability, 1e-11)
      end
      eq(c.next, case.next)
      near(c.reward, case.reward, 0)
      eq(c.terminated, case.terminated)
      local starts = env:starts()
      for _, s in ipairs(case.starts) do
        near(starts[s + 1], 1 / #case.starts, 1e-12)
      end
    end)
  end

  it("Blackjack has Gymnasium's odds", function()
    local env = rl.make "Blackjack-v1"
    local function place(sum, dealer, ace)
      return (sum * 11 + dealer) * 2 + ace + 1
    end
    for _, row in ipairs(cases.blackjack) do
      local sum, dealer, ace = table.unpack(row.state)
      local odds = {0, 0, 0}
      for _, o in ipairs(env:outcomes(place(sum, dealer, ace), 1)) do
        odds[math.tointeger(o[3]) + 2] = o[1]
        assert(o[4])
      end
      near(odds, row.odds, 1e-11)
      for card, o in ipairs(env:outcomes(place(sum, dealer, ace), 2)) do
        near(o[1], card == 10 and 4 / 13 or 1 / 13)
        local after, soft = table.unpack(row.hits[card])
        eq(o[2], place(after, dealer, soft))
        eq(o[4], after > 21)
        eq(o[3], after > 21 and -1.0 or 0.0)
      end
    end
    near(env:starts()[place(21, 10, 1)], 2 * 1 / 13 * 4 / 13 * 4 / 13, 1e-12)
  end)

  it("Blackjack pays naturals", function()
    for _, rule in ipairs {{natural = true}, {sab = true}, {}} do
      local env = rl.make("Blackjack-v1", rule)
      eq(env.has_model, not (rule.natural or rule.sab))
      local natural = (21 * 11 + 5) * 2 + 1
      local n, sum = 4000, 0
      env:reset {seed = 3}
      for _ = 1, n do
        env:load_state {values = {natural + (env.has_model and 0 or 704)}}
        local obs, reward = env:step(1)
        eq(obs, natural + 1)
        sum = sum + reward
      end
      near(sum / n, rule.natural and 1.338 or rule.sab and 1 or 0.892, 0.01)
    end
  end)

  it("GridWorld is the world of Russell and Norvig", function()
    local env = rl.make("GridWorld-v0", {slip = 0.2})
    local v, want = {}, {0.812, 0.868, 0.918, 0, 0.762, 0, 0.660, 0, 0.705,
      0.655, 0.611, 0.388}
    for s = 1, 12 do v[s] = 0 end
    for _ = 1, 100 do
      for s = 1, 12 do
        local best = -math.huge
        for a = 1, 4 do
          local q = 0
          for _, o in ipairs(env:outcomes(s, a)) do
            q = q + o[1] * (o[3] + (o[4] and 0 or v[o[2]]))
          end
          best = math.max(best, q)
        end
        v[s] = best
      end
    end
    for s = 1, 12 do -- there a reward comes with leaving a state
      if want[s] > 0 then near(v[s] - 0.04, want[s], 6e-4) end
    end
  end)

  it("TicTacToe alternates, rewards the mover and masks", function()
    local env = rl.make "TicTacToe-v0"
    env:reset()
    local obs, reward, over
    for _, square in ipairs {1, 4, 2, 5} do
      obs, reward, over = env:step(square)
      eq({reward, over}, {0.0, false})
    end
    eq(obs, 1 + 1 + 3 + 2 * 27 + 2 * 81) -- own 1 and 2, the other's 4 and 5
    eq(env.legal, {false, false, true, false, false, true, true, true, true})
    raises("a legal one expected, got 4", env.step, env, 4)
    obs, reward, over = env:step(3)
    eq({reward, over}, {1.0, true})
    eq(env:render(), "XXX\nOO.\n...\n")
    assert(obs > 1)
    local planes = rl.make("TicTacToe-v0", {observation = "planes"})
    planes:reset()
    near(planes:step(5)[2], {{0, 0, 0}, {0, 1, 0}, {0, 0, 0}})
    raises("opponent: one of self, random expected, got 'me'", rl.make,
      "TicTacToe-v0", {opponent = "me"})
  end)

  it("TicTacToe against random answers does what its model says", function()
    local env = rl.make("TicTacToe-v0", {opponent = "random"})
    local count = {}
    env:reset {seed = 1}
    local list = env:outcomes(1, 5)
    eq(#list, 8)
    for _ = 1, 1600 do
      env:reset()
      local s = env:step(5)
      count[s] = (count[s] or 0) + 1
    end
    for _, o in ipairs(list) do near(count[o[2]] / 1600, o[1], 0.03) end
    eq(#env:outcomes(1 + 1, 1), 0) -- taken
    local second = rl.make("TicTacToe-v0", {opponent = "random", first = 0})
    near(second:starts()[1 + 2 * 81], 1 / 9)
    eq(second:starts()[1], 0.0)
    local s = second:reset()
    assert(second:starts()[s] > 0)
  end)

  it("Bandit, Memory and Stochastic reward what they should", function()
    local bandit = rl.make("Bandit-v0", {means = "1 -2 3", noise = 0})
    eq(bandit.action_space.n, 3)
    bandit:reset()
    local _, reward = bandit:step(3)
    eq(reward, 3.0)
    eq(bandit:outcomes(1, 2), {{1.0, 1, -2.0, true}})
    raises("means: up to 64 numbers expected, got 'a'", rl.make, "Bandit-v0",
      {means = "a"})
    local memory = rl.make("Memory-v0", {length = 2})
    for seed = 1, 8 do
      local cue = memory:reset {seed = seed}
      assert(cue <= 2)
      eq(memory:step(1), 3)
      eq(memory:step(1), 4)
      local _, r, over = memory:step(cue)
      eq({r, over}, {1.0, true})
    end
    local stochastic = rl.make("Stochastic-v0", {length = 4})
    local function play(...)
      local r
      stochastic:reset()
      for _, a in ipairs {...} do _, r = stochastic:step(a) end
      return r
    end
    near(play(1, 1, 1, 2), 1)
    near(play(1, 1, 1, 1), 1 - (1 / 3) ^ 2)
  end)

  it("repeat from a seed, and draw as their model says", function()
    local function run(seed)
      local env, list = rl.make "FrozenLake-v1", {}
      env:reset {seed = seed}
      for i = 1, 50 do
        local s, _, terminated, truncated = env:step(i % 4 + 1)
        list[i] = s
        if terminated or truncated then list[i] = env:reset() end
      end
      return list
    end
    eq(run(3), run(3))
    assert(not pcall(eq, run(3), run(4)))
    local env, count = rl.make "FrozenLake-v1", {}
    env:reset {seed = 5}
    for _ = 1, 3000 do
      env:load_state {values = {0}}
      local s = env:step(3) -- right, from the corner
      count[s] = (count[s] or 0) + 1
    end
    for _, s in ipairs {1, 2, 5} do near(count[s] / 3000, 1 / 3, 0.03) end
  end)

  it("end by the limit of steps, truncated", function()
    local env = rl.make("CliffWalking-v1", {max_episode_steps = 3})
    env:reset()
    local _, _, terminated, truncated = env:step(1)
    eq({terminated, truncated}, {false, false})
    env:step(1)
    _, _, terminated, truncated = env:step(1)
    eq({terminated, truncated}, {false, true})
    raises("CliffWalking-v1: step: the episode has ended; call reset",
      env.step, env, 1)
    eq(env:reset(), 37)
  end)

  it("continue from a saved state", function()
    local env = rl.make "CartPole-v1"
    env:reset {seed = 9}
    for i = 1, 5 do env:step(i % 2 + 1) end
    local saved, first = env:state(), {}
    for i = 1, 3 do first[i] = env:step(2):totable() end
    local again = rl.make "CartPole-v1":load_state(saved)
    for i = 1, 3 do eq(again:step(2), first[i]) end
    eq(again:state().steps, 8)
    raises("values: a list of 4 numbers expected", again.load_state, again,
      {values = {1}})
    raises("these numbers are no state", again.load_state, again,
      {values = {0, 0, 0, 0 / 0}})
    local lake = rl.make "FrozenLake-v1"
    raises("no state", lake.load_state, lake, {values = {16}})
    raises("no state", lake.load_state, lake, {values = {0.5}})
  end)

  it("show themselves as text", function()
    local env = rl.make "FrozenLake-v1"
    raises("call reset first", env.render, env)
    env:reset()
    eq(env:render(), "@FFF\nFHFH\nFFFH\nHFFG\n")
    local cart = rl.make "CartPole-v1"
    cart:reset()
    assert(cart:render():find "|")
  end)

  it("name what is wrong", function()
    local env = rl.make "CartPole-v1"
    raises("CartPole-v1: step: call reset first", env.step, env, 1)
    env:reset()
    raises("CartPole-v1: step: action: 1 to 2 expected, got 3", env.step, env,
      3)
    raises("got 0", env.step, env, 0)
    raises("got 1.5", env.step, env, 1.5)
    raises("got %-?nan", env.step, env, 0 / 0)
    raises("an integer from 1 to 2 expected, got nothing", env.step, env)
    raises("did you mean 'CartPole-v1'", rl.make, "CartPole-v1x")
    raises("unknown option 'slip'", rl.make, "CartPole-v1", {slip = 1})
    raises("slip: a number from 0 to 1 expected, got 2", rl.make,
      "GridWorld-v0", {slip = 2})
    raises("rows differ in length", rl.make, "FrozenLake-v1",
      {desc = {"SF", "G"}})
    raises("there is no start", rl.make, "FrozenLake-v1", {desc = {"FF"}})
    raises("squares are one of SFHG", rl.make, "FrozenLake-v1",
      {desc = {"SQ"}})
    raises("did you mean 'seed'", env.reset, env, {sed = 1})
    env:close()
    raises("the environment is closed", env.step, env, 1)
  end)
end)

describe("vectors of environments", function()
  it("step all copies into the same tensors and reset on the next step",
    function()
      local venv = rl.vector("CartPole-v1", 4, {seed = 2})
      local obs, info = venv:reset {seed = 2}
      eq(obs.shape, {4, 4})
      local ended, resets = 0, 0
      local actions = m.index {1, 1, 2, 2}
      local before = m.tensor({false, false, false, false})
      for _ = 1, 200 do
        local next_obs, reward, terminated, truncated = venv:step(actions)
        assert(rawequal(next_obs, obs))
        eq(info.reset, before:totable())
        for i = 1, 4 do
          eq(reward[i], before[i] and 0.0 or 1.0)
          if terminated[i] or truncated[i] then ended = ended + 1 end
          if info.reset[i] then resets = resets + 1 end
        end
        before = terminated:clone()
      end
      assert(ended > 20 and resets >= ended - 4)
    end)

  it("are copies that one environment would be", function()
    local venv = rl.vector("FrozenLake-v1", 3)
    venv:reset {seed = 4}
    local env = rl.make "FrozenLake-v1":load_state(venv:state()[2])
    for i = 1, 6 do
      local a = i % 4 + 1
      local obs, _, terminated = venv:step(m.index {1, a, 2})
      local one, _, ended = env:step(a)
      eq(obs[2], one)
      eq(terminated[2], ended)
      if ended then break end
    end
  end)

  it("change nothing when an action is wrong", function()
    local venv = rl.vector("CartPole-v1", 2)
    local obs = venv:reset {seed = 1}:clone()
    raises("step: action of copy 2: 1 to 2 expected, got 3", venv.step, venv,
      m.index {1, 3})
    raises("got 0", venv.step, venv, m.index {1, false})
    raises("index of shape (2) expected, got f32 of shape (2)", venv.step,
      venv, m.ones(2))
    raises("got index of shape (3)", venv.step, venv, m.index {1, 1, 1})
    raises("tensor expected", venv.step, venv, 1)
    eq(venv.observation, obs:totable())
    raises("a positive integer expected, got 0", rl.vector, "CartPole-v1", 0)
  end)
end)

describe("spaces", function()
  it("sample what they contain", function()
    local g = m.generator(3)
    local s = rl.spaces
    for _, space in ipairs {s.Discrete(3), s.MultiDiscrete {2, 5},
      s.Box {low = -1, high = 2, shape = {2, 3}}, s.Box {shape = {4}},
      s.Box {low = 0, shape = {2}}, rl.make "CartPole-v1".observation_space}
    do
      for _ = 1, 20 do assert(space:contains(space:sample(g))) end
    end
    eq(s.Discrete(3):contains(4), false)
    eq(s.Discrete(3):contains(1.5), false)
    eq(s.Box {low = 0, high = 1, shape = {2}}:contains(m.tensor {0, 2}), false)
    eq(s.Box {shape = {2}}:contains(m.tensor {0, 0 / 0}), false)
    eq(s.MultiDiscrete {2, 2}:contains(m.index {1, 3}), false)
    eq(tostring(s.Box {low = 0, high = 1, shape = {2}}), "Box(0, 1, {2})")
  end)

  it("say what they need", function()
    raises("n: a positive integer expected, got 0", rl.spaces.Discrete, 0)
    raises("shape: a list of sizes", rl.spaces.Box, {low = 0})
    raises("bounds of shape (2) expected", rl.spaces.Box,
      {low = m.zeros(3), shape = {2}})
  end)
end)

describe("evaluate", function()
  it("gives mean, deviation and interval", function()
    local env = rl.make "CartPole-v1"
    local function lean(obs) return obs[3] > 0 and 2 or 1 end
    local r = rl.evaluate(lean, env, {episodes = 20, seed = 1})
    eq(#r.returns, 20)
    assert(r.mean > 25 and r.mean < 60 and r.interval[1] < r.mean)
    eq(rl.evaluate(lean, env, {episodes = 20, seed = 1}).returns, r.returns)
    raises("did you mean 'episodes'", rl.evaluate, lean, env, {episode = 1})
  end)
end)
