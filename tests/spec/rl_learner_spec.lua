-- rl_learner_spec.lua: tabular agents against the same written in Lua
-- (rl_learner.lua): each kind with each exploration, step by step; options.

local core = require "mlrt.core"
local m = require "mlrt"
local rl = require "mlrt.rl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local Learner = assert(loadfile(here .. "/rl_learner.lua"))()

local kinds = {QLearning = "q_learning", SARSA = "sarsa",
  ExpectedSARSA = "expected_sarsa", DoubleQLearning = "double_q",
  NStepSARSA = "n_step_sarsa", SARSALambda = "sarsa_lambda",
  DynaQ = "dyna_q"}

local function spaces(states, actions)
  return {observation_space = rl.spaces.Discrete(states),
    action_space = rl.spaces.Discrete(actions)}
end

local function flags(list)
  return list and m.tensor(list, {dtype = "bool"})
end

-- A small world by numbers: where a step leads, what it pays, what is legal.
local function world(states, actions, masked)
  local legal = {}
  for s = 1, masked and states or 0 do
    legal[s] = {}
    for a = 1, actions do legal[s][a] = (s * 5 + a * 3) % 4 ~= 0 end
    legal[s][s % actions + 1] = true
  end
  local function step(s, a, t)
    local next_s = (s * 7 + a * 3 + t) % states + 1
    return next_s, ((s + a * a + t) % 5 - 1.5) / 2, t % 11 == 0, t % 13 == 0
  end
  return step, legal
end

-- Lets both live through the same, comparing all the way.
local function compare(class, o, states, actions, masked, steps)
  local agent = rl[class](spaces(states, actions), o)
  local twin = Learner.new(kinds[class], states, actions, o)
  local step, legal = world(states, actions, masked)
  local masks, s = {}, 1
  for i = 1, states do masks[i] = flags(legal[i]) end
  for t = 1, steps do
    local a = agent:explore(s, masks[s])
    eq(a, twin:explore(s, legal[s]))
    local next_s, r, terminated, truncated = step(s, a, t)
    agent:learn(s, a, r, next_s, terminated, truncated, masks[next_s])
    twin:learn(s, a, r, next_s, terminated, truncated, legal[next_s])
    s = (terminated or truncated) and t % states + 1 or next_s
    if t % 20 == 0 then
      for i = 1, states do
        near(agent:probabilities(i, masks[i]), twin:chances(i, legal[i]), 1e-9)
        eq(agent:act(i, {legal = masks[i]}), twin:act(i, legal[i]))
      end
    end
  end
  near(agent.q, twin.q, 1e-9)
  if twin.q2 then near(agent.q2, twin.q2, 1e-9) end
  if agent.visits then eq(agent.visits, twin.visits) end
  eq(agent:state().stream, twin.stream.state)
  eq(agent:steps(), steps)
  return agent
end

local explorations = {
  epsilon = {epsilon = {0.9, 0.2, 100}},
  softmax = {exploration = "softmax", temperature = {2, 0.5, 80}},
  ucb = {exploration = "ucb", c = 0.7},
}

describe("tabular agents, written twice,", function()
  for class in pairs(kinds) do
    for name, o in pairs(explorations) do
      it(("%s by %s"):format(class, name), function()
        for masked = 0, 1 do
          local given = {seed = 3 + masked, alpha = {0.8, 0.2, 150},
            gamma = 0.9, initial = 0.25}
          for key, value in pairs(o) do given[key] = value end
          compare(class, given, 6, 3, masked == 1, 160)
        end
      end)
    end

    it(class .. " divides alpha by a power of the visits", function()
      local agent = compare(class, {seed = 5, alpha_power = 0.6, alpha = 1,
        epsilon = 0.5}, 4, 2, false, 100)
      assert(agent.visits)
    end)
  end

  it("with options of their own", function()
    for _, n in ipairs {1, 2, 7} do
      compare("NStepSARSA", {seed = n, n = n, epsilon = 0.4}, 5, 2, false, 120)
    end
    for _, lambda in ipairs {0, 0.5, 1} do
      compare("SARSALambda", {seed = 2, lambda = lambda, epsilon = 0.4,
        gamma = 0.9}, 5, 2, false, 120)
    end
    for _, planning in ipairs {0, 1, 20} do
      compare("DynaQ", {seed = 2, planning = planning, epsilon = 0.4}, 5, 2,
        true, 120)
    end
    for _, gamma in ipairs {0, 1} do
      compare("QLearning", {seed = 2, gamma = gamma, epsilon = 1}, 5, 2, true,
        120)
    end
  end)

  it("of any number of actions up to 64", function()
    for _, n in ipairs {1, 2, 4, 5, 31, 32, 33, 63, 64} do
      for _, class in ipairs {"QLearning", "SARSA", "ExpectedSARSA",
        "DoubleQLearning"} do
        compare(class, {seed = n, epsilon = 0.5}, 3, n, n > 1, 60)
        compare(class, {seed = n, exploration = "softmax"}, 3, n, n > 1, 30)
      end
    end
  end)
end)

describe("an agent", function()
  it("has the defaults that its header says", function()
    for class in pairs(kinds) do
      local agent = rl[class](spaces(4, 3), {seed = 9})
      local twin = Learner.new(kinds[class], 4, 3, {seed = 9})
      local step = world(4, 3, false)
      local s = 1
      for t = 1, 60 do
        local a = agent:explore(s)
        eq(a, twin:explore(s))
        local next_s, r, over = step(s, a, t)
        agent:learn(s, a, r, next_s, over)
        twin:learn(s, a, r, next_s, over)
        s = next_s
      end
      near(agent.q, twin.q, 1e-9)
    end
    local soft = rl.QLearning(spaces(1, 2), {exploration = "softmax"})
    soft.q:copy_(m.tensor({{1, 0}}, {dtype = "f64"}))
    near(soft:probabilities(1)[2], 1 / (1 + math.exp(1)), 1e-12)
  end)

  it("follows lines to their ends and stays there", function()
    local agent = rl.QLearning(spaces(1, 2), {seed = 1, epsilon = {1, 0.5, 4}})
    agent.q:copy_(m.tensor({{1, 0}}, {dtype = "f64"}))
    for k = 0, 6 do
      local e = k < 4 and 1 - k / 8 or 0.5
      near(agent:probabilities(1)[2], e / 2, 1e-12)
      agent:learn(1, 1, 1, 1, true)
    end
    agent = rl.QLearning(spaces(1, 1), {alpha = {1, 0.25, 2}})
    local q = 0.0
    for k = 1, 4 do
      q = q + ({0.625, 0.25, 0.25, 0.25})[k] * (1 - q)
      agent:learn(1, 1, 1, 1, true)
      near(agent.q[{1, 1}]:item(), q, 1e-12)
    end
    agent = rl.QLearning(spaces(1, 1), {alpha = {0.5, 0.25, 1}})
    agent:learn(1, 1, 1, 1, true)
    eq(agent.q[{1, 1}]:item(), 0.25) -- a line of one step: its end
    agent = rl.QLearning(spaces(1, 1), {alpha = {0.5, 0.25, 0}})
    agent:learn(1, 1, 1, 1, true)
    eq(agent.q[{1, 1}]:item(), 0.5) -- a line without length: its start
  end)

  it("decides once what it does next, unless that is illegal then", function()
    local agent = rl.SARSA(spaces(2, 2), {seed = 4, epsilon = 1})
    local only = {flags {true, false}, flags {false, true}}
    for _ = 1, 30 do
      agent:learn(1, 1, 0, 2, false)
      local a = agent:explore(2)
      for _ = 1, 5 do eq(agent:explore(2), a) end
      eq(agent:explore(2, only[a]), a)
      eq(agent:explore(2, only[3 - a]), 3 - a)
      eq(agent:act(2), agent.q[{2, 1}]:item() >= agent.q[{2, 2}]:item()
        and 1 or 2)
    end
  end)

  it("forgets an episode when its clock is set", function()
    local seen = {}
    local agent = rl.SARSA(spaces(2, 2), {seed = 4, epsilon = 1})
    agent:learn(1, 1, 0, 2, false)
    local stream, steps = agent._agent:clock()
    agent._agent:set_clock(stream, steps)
    for _ = 1, 40 do seen[agent:explore(2)] = true end
    eq(seen, {true, true})
    agent._agent:set_clock(7, -3)
    eq({agent._agent:clock()}, {7, 0})
    agent._agent:set_clock(7, 5)
    eq({agent._agent:clock()}, {7, 5})
    local slow = rl.NStepSARSA(spaces(2, 1), {n = 2, alpha = 1, gamma = 1})
    slow:learn(1, 1, 5, 2, false)
    slow._agent:set_clock(1, 1)
    slow:learn(2, 1, 1, 1, false)
    eq(slow.q, {{0.0}, {0.0}})
    slow:learn(1, 1, 1, 2, false)
    eq(slow.q, {{0.0}, {2.0}})
  end)

  it("takes tables that nothing was learnt in as they are", function()
    local agent = rl.DoubleQLearning(spaces(2, 2), {initial = 1.5})
    eq(agent.q, {{1.5, 1.5}, {1.5, 1.5}})
    eq(agent.q2, {{1.5, 1.5}, {1.5, 1.5}})
    eq(agent.visits, nil)
    eq(rl.QLearning(spaces(1, 1), {exploration = "ucb"}).visits, {{0}})
    eq(rl.QLearning(spaces(1, 1), {alpha_power = 0.5}).visits, {{0}})
    eq(rl.QLearning(spaces(1, 1)).q2, nil)
    eq(agent._agent:values(3), nil)
    eq(agent._agent:values(0), nil)
  end)

  it("chooses among all where no value is a number", function()
    local agent, seen = rl.QLearning(spaces(1, 3), {epsilon = 0, seed = 1}), {}
    agent.q:fill_(0 / 0)
    local legal = flags {true, false, true}
    for _ = 1, 40 do seen[agent:explore(1, legal)] = true end
    eq(seen, {[1] = true, [3] = true})
    eq(agent:probabilities(1, legal), {0.5, 0.0, 0.5})
  end)

  it("gives back its memory", function()
    local function bytes()
      collectgarbage()
      collectgarbage()
      local info = m.memory()
      return info.other - info.lua
    end
    for class in pairs(kinds) do
      local function once()
        local agent = rl[class](spaces(50, 4), {n = 100, seed = 1})
        agent:learn(1, 1, 1, 2, false)
        local now = bytes()
        return now, agent:steps()
      end
      once()
      local before = bytes()
      assert((once()) > before)
      eq(bytes(), before)
    end
  end)
end)

describe("options of tabular agents", function()
  local tiny = 1e-9

  -- name, text after it, values that are refused, values that are taken
  local cases = {
    {"alpha", "numbers above 0 and at most 1", {0, -1, 1 + tiny, 0 / 0,
      {0, 1, 5}, {1, 0, 5}, {2, 1, 5}, {1, 2, 5}, {1, 1, -1}},
      {tiny, 1, {1, tiny, 0}, {tiny, 1, 1}}},
    {"gamma", "a number from 0 to 1", {-tiny, 1 + tiny, 0 / 0}, {0, 1}},
    {"lambda", "a number from 0 to 1", {-tiny, 1 + tiny, 0 / 0}, {0, 1}},
    {"epsilon", "numbers from 0 to 1", {-tiny, 1 + tiny, 0 / 0, {-1, 1, 5},
      {1, -1, 5}, {0, 2, 5}, {0, 1, -1}}, {0, 1, {0, 1, 0}}},
    {"temperature", "numbers above 0", {0, -1, 0 / 0, {0, 1, 5}, {1, 0, 5},
      {1, 1, -1}}, {tiny, 1e9, {1, tiny, 0}}},
    {"c", "a number, 0 or more,", {-tiny, 1 / 0, 0 / 0}, {0, 1e300}},
    {"alpha_power", "a number from 0 to 1", {-tiny, 1 + tiny, 0 / 0}, {0, 1}},
    {"initial", "a finite number", {1 / 0, -1 / 0, 0 / 0}, {-1e300, 1e300}},
    {"n", "an integer from 1 to 1024", {0, -1, 1025}, {1, 1024}},
    {"planning", "an integer, 0 or more,", {-1}, {0, 1 << 20}},
  }

  for _, c in ipairs(cases) do
    it(c[1] .. " has bounds", function()
      for _, value in ipairs(c[3]) do
        refuses(("tabular: %s: %s expected"):format(c[1], c[2]),
          core._rl.tabular, 2, 2, {[c[1]] = value, seed = 1})
      end
      for _, value in ipairs(c[4]) do
        assert(core._rl.tabular(2, 2, {[c[1]] = value, seed = 1}))
      end
    end)
  end

  it("need sizes that a table can have", function()
    for _, n in ipairs {0, -1, 1 << 31} do
      refuses("tabular: 1 to 2^31 - 1 states expected, got " .. n,
        core._rl.tabular, n, 2, {})
    end
    for _, n in ipairs {0, -1, 65} do
      refuses("tabular: 1 to 64 actions expected, got " .. n,
        core._rl.tabular, 2, n, {})
    end
    assert(core._rl.tabular(1, 1, {}))
    assert(core._rl.tabular(1, 64, {}))
  end)
end)

describe("what tabular agents are told", function()
  it("is looked at before anything is learnt", function()
    local agent = rl.QLearning(spaces(3, 2), {seed = 1})
    local none = flags {false, false}
    local wrong = {
      {"state: 1 to 3 expected, got 0", 0, 1, 0, 1},
      {"state: 1 to 3 expected, got 4", 4, 1, 0, 1},
      {"action: 1 to 2 expected, got 0", 1, 0, 0, 1},
      {"action: 1 to 2 expected, got 3", 1, 3, 0, 1},
      {"next state: 1 to 3 expected, got 0", 1, 1, 0, 0},
      {"next state: 1 to 3 expected, got 4", 1, 1, 0, 4},
      {"reward: a finite number expected, got inf", 1, 1, 1 / 0, 1},
      {"no action is legal", 1, 1, 0, 1, false, false, none},
      {"no action is legal", 1, 1, 0, 1, false, true, none},
    }
    for _, w in ipairs(wrong) do
      refuses("tabular: " .. w[1], agent.learn, agent,
        table.unpack(w, 2, 8))
    end
    eq(agent:steps(), 0)
    agent:learn(1, 1, 1, 1, true, false, none) -- over: nothing comes after
    agent:learn(3, 2, 1, 3, false)
    eq(agent:steps(), 2)
    near(agent.q, {{0.1, 0}, {0, 0}, {0, 0.1}})
  end)

  it("is looked at before anything is chosen", function()
    local agent = rl.QLearning(spaces(3, 2), {seed = 1})
    local none = flags {false, false}
    for _, s in ipairs {0, 4} do
      local text = "tabular: state: 1 to 3 expected, got " .. s
      refuses(text, agent.act, agent, s)
      refuses(text, agent.explore, agent, s)
      refuses(text, agent.probabilities, agent, s)
    end
    refuses("tabular: no action is legal", agent.explore, agent, 1, none)
    refuses("tabular: no action is legal", agent.probabilities, agent, 1, none)
    refuses("tabular: no action is legal", agent.act, agent, 1,
      {legal = none})
    for s = 1, 3, 2 do eq(agent:act(s), 1) end
  end)
end)
