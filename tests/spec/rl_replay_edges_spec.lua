-- rl_replay_edges_spec.lua: what a replay is made with, what it refuses whole,
-- the batches that it fills, the states that it takes.

local core = require "mlrt.core"
local m = require "mlrt"

local rl = m.rl

local function bools(list)
  return m.tensor(list, {dtype = "bool"})
end

local no = {false}

local function make(o)
  local given = {obs = m.zeros(2), action = m.tensor(1, {dtype = "index"})}
  for key, value in pairs(o) do given[key] = value end
  return rl.Replay(given)
end

-- One transition whose numbers are x.
local function add_one(replay, x)
  replay:add(m.full({1, 2}, x), m.index {1}, m.full(1, 0), m.full({1, 2}, x),
    bools(no), bools(no))
end

local function filled(o, n)
  local replay = make(o)
  for i = 1, n do add_one(replay, i) end
  return replay
end

describe("what a replay is made with", function()
  local many = "a positive integer"

  local wrong = {
    {{envs = 0}, "'envs': " .. many .. " expected, got 0"},
    {{envs = (1 << 40) + 1}, "'envs': " .. many .. " expected, got "
      .. "1.09951e+12"},
    {{steps = 0}, "'steps': an integer from 1 to 1000 expected, got 0"},
    {{steps = 1001}, "'steps': an integer from 1 to 1000 expected, got 1001"},
    {{gamma = 1.01}, "'gamma': a number from -1 to 1 expected, got 1.01"},
    {{gamma = -1.01}, "'gamma': a number from -1 to 1 expected, got -1.01"},
    {{alpha = -0.1}, "'alpha': a number from 0 to 10 expected, got -0.1"},
    {{alpha = 10.1}, "'alpha': a number from 0 to 10 expected, got 10.1"},
    {{eps = 0}, "'eps': a number above 0 expected, got 0"},
    {{eps = 1 / 0}, "'eps': a number above 0 expected, got inf"},
    {{actions = -1}, "'actions': 0 or more expected, got -1"},
    {{actions = (1 << 40) + 1}, "'actions': 0 or more expected, got "
      .. "1.09951e+12"},
    {{capacity = 5, steps = 3, envs = 2}, "'capacity': 5 is less than the 3 "
      .. "steps of 2 environments"},
    {{capacity = 0}, "'capacity': 0 is less than the 1 steps of 1 "
      .. "environments"},
    {{capacity = (1 << 40) + 1}, "'capacity': 1099511627777 is less than the 1 "
      .. "steps of 1 environments"},
  }

  for i, w in ipairs(wrong) do
    it("has bounds, case " .. i, function()
      refuses("replay: argument " .. w[2], core._replay, m.zeros(2),
        m.zeros(1), w[1])
    end)
  end

  it("may be at its bounds", function()
    for _, o in ipairs {{steps = 1000, capacity = 1000}, {gamma = 1},
      {gamma = -1}, {alpha = 10, capacity = 3}, {capacity = 6, steps = 3,
      envs = 2}, {capacity = 1}, {eps = 1e300}} do
      assert(core._replay(m.zeros(2), m.zeros(1), o))
    end
  end)

  it("are a tensor of each that has elements", function()
    local text = "replay: argument '%s': a tensor of this context with "
      .. "elements and less than 8 dimensions expected"
    local deep = m.zeros {1, 1, 1, 1, 1, 1, 1, 1}
    for _, x in ipairs {m.zeros {0}, m.zeros {2, 0}, deep} do
      refuses(text:format "obs", core._replay, x, m.zeros(1), {})
      refuses(text:format "action", core._replay, m.zeros(1), x, {})
    end
    assert(core._replay(m.zeros {1, 1, 1, 1, 1, 1, 1}, m.zeros(1), {}))
  end)

  it("has a name of up to 63 characters", function()
    local name = ("n"):rep(70)
    local ring = core._replay(m.zeros(1), m.zeros(1), {name = name})
    refuses(("n"):rep(63) .. ": update: this replay has no priorities (alpha "
      .. "is 0)", ring.update, ring, m.index {1}, m.ones(1))
  end)

  it("is 10000 transitions of one step unless it is said", function()
    local ring = core._replay(m.zeros(1), m.zeros(1))
    local s = ring:state()
    eq(s.growing.shape, {1, 1})
    ring:add(m.ones(1, 1), m.ones(1, 1), m.ones(1), m.ones(1, 1), bools(no),
      bools(no))
    near(ring:state().discount, {0.99})
    refuses("replay: argument 'capacity': 10000 is less than the 1 steps of "
      .. "10001 environments", core._replay, m.zeros(1), m.zeros(1),
      {envs = 10001})
    assert(core._replay(m.zeros(1), m.zeros(1), {envs = 10000}))
    eq(core._replay(m.zeros(1), m.zeros(1), {alpha = 1}):state().max_priority,
      1.0)
  end)

  it("gives back its memory", function()
    local function bytes()
      collectgarbage()
      collectgarbage()
      local info = m.memory()
      return info.other - info.lua
    end
    local function once()
      local ring = core._replay(m.zeros(1), m.zeros(1), {alpha = 1, steps = 9,
        envs = 5})
      return bytes(), #ring
    end
    once()
    local before = bytes()
    assert((once()) > before)
    eq(bytes(), before)
  end)
end)

describe("what is added", function()
  -- What add takes, one row of each of two environments, by name.
  local function good()
    return {obs = m.ones(2, 2), action = m.index {1, 2}, reward = m.ones(2),
      next_obs = m.ones(2, 2), terminated = bools {false, false},
      truncated = bools {false, false}, legal = bools {{true}, {true}},
      skip = bools {false, false}}
  end

  local order = {"obs", "action", "reward", "next_obs", "terminated",
    "truncated", "legal", "skip"}

  -- argument, value, what is said; made anew, for tensors die with their test
  local function cases() return {
    {"obs", m.ones(3, 2), "f32 (2, 2) expected, got f32 (3, 2)"},
    {"obs", m.ones(2, 3), "f32 (2, 2) expected, got f32 (2, 3)"},
    {"obs", m.ones(2), "f32 (2, 2) expected, got f32 (2)"},
    {"obs", m.ones({2, 2}, {dtype = "f64"}),
      "f32 (2, 2) expected, got f64 (2, 2)"},
    {"next_obs", m.ones(2, 4):t():narrow(1, 1, 2):t(),
      "f32 (2, 2) expected, got strided f32 (2, 2)"},
    {"action", m.ones(2), "index (2) expected, got f32 (2)"},
    {"reward", m.ones(2, 1), "f32 (2) expected, got f32 (2, 1)"},
    {"terminated", m.ones(2), "bool (2) expected, got f32 (2)"},
    {"truncated", bools {true}, "bool (2) expected, got bool (1)"},
    {"skip", bools {true}, "bool (2) expected, got bool (1)"},
    {"legal", bools {{true, true}, {true, true}},
      "bool (2, 1) expected, got bool (2, 2)"},
    {"legal", false, "bool (2, 1) expected, got nothing"},
    {"obs", m.tensor {{1, 1}, {1, 0 / 0}},
      "finite numbers expected, got nan or infinity in row 2"},
    {"next_obs", m.tensor {{1, 1 / 0}, {1, 1}},
      "finite numbers expected, got nan or infinity in row 1"},
    {"reward", m.tensor {1, -1 / 0},
      "finite numbers expected, got nan or infinity in row 2"},
  } end

  it("fits what is kept, or nothing is", function()
    local ring = core._replay(m.zeros(2), m.tensor(1, {dtype = "index"}),
      {envs = 2, actions = 1, name = "x"})
    local function attempt(change)
      local t, list = good(), {}
      for name, value in pairs(change) do t[name] = value or nil end
      for name, value in pairs(change) do
        if value == false then t[name] = nil end
      end
      for i, name in ipairs(order) do list[i] = t[name] end
      return ring:add(table.unpack(list, 1, 8))
    end
    for _, c in ipairs(cases()) do
      refuses(("x: add: argument '%s': %s"):format(c[1], c[3]), attempt,
        {[c[1]] = c[2]})
    end
    eq(#ring, 0)
    attempt {}
    attempt {skip = false}
    eq(#ring, 4)
  end)
end)

describe("finite numbers", function()
  it("are looked for in each row of f32 and f64", function()
    for _, dtype in ipairs {"f32", "f64"} do
      local o = {dtype = dtype}
      local ring = core._replay(m.zeros({2, 2}, o), m.zeros({3}, o),
        {envs = 3})
      local flags = bools {false, false, false}
      local function add_with(obs, action)
        ring:add(obs, action, m.ones(3), m.ones({3, 2, 2}, o), flags, flags)
      end
      for row = 1, 3 do
        for _, at in ipairs {{1, 1}, {2, 2}} do
          local obs = m.ones({3, 2, 2}, o)
          obs[{row, at[1], at[2]}] = -1 / 0
          refuses("replay: add: argument 'obs': finite numbers expected, got "
            .. "nan or infinity in row " .. row, add_with, obs,
            m.ones({3, 3}, o))
        end
        local action = m.ones({3, 3}, o)
        action[{row, 3}] = 0 / 0
        refuses("replay: add: argument 'action': finite numbers expected, got "
          .. "nan or infinity in row " .. row, add_with, m.ones({3, 2, 2}, o),
          action)
      end
      eq(#ring, 0)
      add_with(m.ones({3, 2, 2}, o), m.ones({3, 3}, o))
      eq(#ring, 3)
    end
  end)
end)

describe("a batch", function()
  local order = {"obs", "action", "reward", "discount", "next_obs", "index",
    "weight", "legal"}

  local function rows(n)
    local dtypes = {action = "index", index = "index", legal = "bool"}
    local t = {}
    for _, name in ipairs(order) do
      local shape = name:find "obs" and {n, 2} or name == "legal" and {n, 1}
        or {n}
      t[name] = m.zeros(shape, {dtype = dtypes[name] or "f32"})
    end
    return t
  end

  local function one_row()
    local ring = core._replay(m.zeros(2), m.tensor(1, {dtype = "index"}),
      {actions = 1})
    ring:add(m.ones(1, 2), m.index {1}, m.ones(1), m.ones(1, 2), bools(no),
      bools(no), bools {{true}})
    return ring
  end

  local function sample(ring, beta, t)
    local list = {}
    for i, name in ipairs(order) do list[i] = t[name] end
    return ring:sample(m.generator(1), beta, table.unpack(list, 1, 8))
  end

  it("has rows like those that are kept", function()
    local ring = one_row()
    local wrong = {
      {"index", m.zeros({2, 1}, {dtype = "index"}),
        "replay: sample: argument 'index': a list expected"},
      {"index", m.zeros(2), "'index': index (2) expected, got f32 (2)"},
      {"weight", m.zeros(3), "'weight': f32 (2) expected, got f32 (3)"},
      {"obs", m.zeros(2, 3), "'obs': f32 (2, 2) expected, got f32 (2, 3)"},
      {"action", m.zeros(2), "'action': index (2) expected, got f32 (2)"},
      {"reward", m.zeros(1), "'reward': f32 (2) expected, got f32 (1)"},
      {"discount", m.zeros(1), "'discount': f32 (2) expected, got f32 (1)"},
      {"next_obs", m.zeros(2), "'next_obs': f32 (2, 2) expected, got f32 (2)"},
      {"legal", m.zeros(2, 1), "'legal': bool (2, 1) expected, got f32 (2, 1)"},
    }
    for _, w in ipairs(wrong) do
      local t = rows(2)
      t[w[1]] = w[2]
      local text = w[3]:find "^replay" and w[3]
        or "replay: sample: argument " .. w[3]
      refuses(text, sample, ring, 0.5, t)
    end
    local t = rows(2)
    sample(ring, 0.5, t)
    eq({t.obs:totable(), t.legal:totable(), t.index:totable()},
      {{{1.0, 1.0}, {1.0, 1.0}}, {{true}, {true}}, {1, 1}})
    t = rows(0)
    sample(ring, 0.5, t) -- nothing is drawn
  end)

  it("has weights to a power from 0 to 1", function()
    local ring = one_row()
    for _, beta in ipairs {-0.01, 1.01} do
      refuses(("replay: sample: argument 'beta': a number from 0 to 1 "
        .. "expected, got %g"):format(beta), sample, ring, beta, rows(2))
    end
    for _, beta in ipairs {0, 1} do sample(ring, beta, rows(2)) end
    refuses("replay: sample: the replay is read before it is filled: it has "
      .. "no transitions", sample, core._replay(m.zeros(2), m.zeros(1)), 0.5,
      rows(2))
  end)

  it("says that it was overwritten", function()
    local ring, t = one_row(), rows(2)
    for _, name in ipairs {"obs", "reward", "discount", "next_obs", "weight"}
    do
      local w = m.ones(1):requires_grad_()
      local loss = (t[name] * w):sum()
      sample(ring, 0.5, t)
      refuses("backward: a tensor that 'mul' saved was overwritten by "
        .. "'sample'", loss.backward, loss)
    end
  end)
end)

describe("states of a replay", function()
  local function grown()
    local replay = filled({capacity = 5, steps = 3, alpha = 1, envs = 1}, 4)
    return replay, replay:state()
  end

  it("are of what is filled", function()
    local _, s = grown()
    eq({s.ring.count, #s.ring.obs, #s.ring.priority}, {4, 4, 4})
    eq(s.ring.growing, {{2, 3, 2}})
    local full = filled({capacity = 5}, 12):state().ring
    eq({full.count, #full.obs, full.priority}, {12, 5})
  end)

  local f64, i64 = {dtype = "f64"}, {dtype = "i64"}

  -- what, made how, what is said
  local wrong = {
    {"count", function() return -1 end, "the state's count cannot be"},
    {"count", function() return 1.5 end, "the state's count cannot be"},
    {"max_priority", function() return 0 end,
      "the state's max_priority cannot be"},
    {"max_priority", function() return 1 / 0 end,
      "the state's max_priority cannot be"},
    {"count", function() return 3 end,
      "argument 'obs': f32 (3, 2) expected, got f32 (4, 2)"},
    {"count", function() return 5 end,
      "argument 'obs': f32 (5, 2) expected, got f32 (4, 2)"},
    {"reward", function() return m.zeros(3) end,
      "argument 'reward': f32 (4) expected, got f32 (3)"},
    {"next_obs", function() end,
      "argument 'next_obs': f32 (4, 2) expected, got nothing"},
    {"growing", function() return m.zeros({1, 2}, i64) end,
      "argument 'growing': i64 (1, 3) expected, got i64 (1, 2)"},
    {"growing", function() return m.zeros({2, 3}, i64) end,
      "argument 'growing': i64 (1, 3) expected, got i64 (2, 3)"},
    {"growing", function() return m.tensor({{3, 0, 0}}, i64) end,
      "the state's growing cannot be"},
    {"growing", function() return m.tensor({{-1, 0, 0}}, i64) end,
      "the state's growing cannot be"},
    {"growing", function() return m.tensor({{2, 0, 4}}, i64) end,
      "the state's growing cannot be"},
    {"growing", function() return m.tensor({{1, -1, 0}}, i64) end,
      "the state's growing cannot be"},
    {"priority", function() return m.tensor({1, 1, 1, -1}, f64) end,
      "the state's priority cannot be"},
    {"priority", function() return m.tensor({1, 1 / 0, 1, 1}, f64) end,
      "the state's priority cannot be"},
    {"priority", function() return m.tensor({0 / 0, 1, 1, 1}, f64) end,
      "the state's priority cannot be"},
    {"priority", function() return m.ones(5, f64) end,
      "argument 'priority': f64 (4) expected, got f64 (5)"},
    {"priority", function() end,
      "argument 'priority': f64 (4) expected, got nothing"},
  }

  for i, w in ipairs(wrong) do
    it("that cannot be change nothing, case " .. i, function()
      local replay, s = grown()
      s.ring.obs:fill_(7)
      s.ring[w[1]] = w[2]()
      refuses("replay: load_state: " .. w[3], replay.ring.load_state,
        replay.ring, s.ring)
      near(replay:state().ring.obs, {{1, 1}, {2, 2}, {3, 3}, {4, 4}}, 0)
    end)
  end

  it("at their bounds are taken", function()
    local replay, s = grown()
    for name, value in pairs {growing = m.tensor({{2, 3, 0}}, i64),
      priority = m.zeros({4}, f64), max_priority = 1e-300} do
      s.ring[name] = value
    end
    replay:load_state(s)
    eq(replay:state().ring.growing, {{2, 3, 0}})
    s.ring.growing = m.tensor({{0, 99, -5}}, i64) -- nothing grows
    replay:load_state(s)
    add_one(replay, 9)
    eq(replay:state().ring.growing:totable()[1][1], 1)
    near(replay:state().ring.reward, {0, 0, 0, 0, 0}, 0)
    -- A ring that went round, and a place that is kept for nothing.
    local full = filled({capacity = 5, steps = 3, alpha = 1}, 12)
    replay:load_state(full:state())
    add_one(replay, 13)
    near(replay:state().ring.obs, {{11, 11}, {12, 12}, {13, 13}, {9, 9},
      {10, 10}}, 0)
    local empty = make {capacity = 5, steps = 3, alpha = 1}
    replay:load_state(empty:state())
    eq(#replay, 0)
    raises("before it is filled", replay.sample, replay)
  end)

  it("leave no priority of what was there before", function()
    local replay = filled({capacity = 4, alpha = 1, batch_size = 64}, 4)
    local other = filled({capacity = 4, alpha = 1}, 1)
    replay:load_state(other:state())
    eq(replay:sample().index:eq(1):all():item(), true)
    eq(replay:state().ring.priority, {1.0})
  end)
end)
