-- replay_spec.lua: the replay against one written in Lua, draws by priority,
-- states, advantages, and the distributions that policies are made of.

local m = require "mlrt"
local core = require "mlrt.core"

local rl = m.rl

local function bools(list)
  return m.tensor(list, {dtype = "bool"})
end

local function one_index()
  return m.tensor(1, {dtype = "index"})
end

local function make(o)
  o.obs, o.action = m.zeros(2), one_index()
  return rl.Replay(o)
end

-- ---- The same in Lua ------------------------------------------------------

-- Steps of a few environments: numbers that tell where they come from.
local function random_steps(g, envs, n)
  local steps = {}
  for t = 1, n do
    local step = {terminated = {}, truncated = {}, skip = {}, reward = {}}
    for e = 1, envs do
      local dice = g:next() % 10
      step.terminated[e], step.truncated[e] = dice == 0, dice == 1
      step.skip[e] = dice == 2
      step.reward[e] = (g:next() % 100) / 10
    end
    steps[t] = step
  end
  return steps
end

-- Rows {t, e}: what was seen before step t is t - 1, after it t.
local function obs_at(t, envs)
  local rows = {}
  for e = 1, envs do rows[e] = {t, e} end
  return m.tensor(rows)
end

local function feed(replay, steps, envs)
  for t, s in ipairs(steps) do
    local actions = {}
    for e = 1, envs do actions[e] = (t + e) % 7 + 1 end
    replay:add(obs_at(t - 1, envs), m.index(actions), m.tensor(s.reward),
      obs_at(t, envs), bools(s.terminated), bools(s.truncated), nil,
      bools(s.skip))
  end
end

-- reward, discount and the time of next_obs of the transition that began at
-- step t of environment e, by the definition.
local function n_step(steps, t, e, n, gamma)
  local sum, power = 0, 1
  for k = t, math.min(t + n - 1, #steps) do
    local s = steps[k]
    if s.skip[e] then return sum, power, k - 1 end
    sum, power = sum + power * s.reward[e], power * gamma
    if s.terminated[e] then return sum, 0, k end
    if s.truncated[e] then return sum, power, k end
  end
  return sum, power, math.min(t + n - 1, #steps)
end

local function check_against_lua(seed, envs, n, capacity)
  local g = m.generator(seed)
  local steps = random_steps(g, envs, 40)
  local replay = make {capacity = capacity, envs = envs, steps = n,
    gamma = 0.9, batch_size = 64, generator = g}
  feed(replay, steps, envs)
  local batch = replay:sample()
  for i = 1, 64 do
    local t, e = batch.obs[{i, 1}]:item() + 1, batch.obs[{i, 2}]:item()
    local sum, discount, last = n_step(steps, t, e, n, 0.9)
    near(batch.reward[i], sum, 1e-5)
    near(batch.discount[i], discount, 1e-6)
    near(batch.next_obs[i], {last, e})
    near(batch.action[i], (t + e) % 7 + 1)
    eq(steps[t].skip[e], false)
  end
end

describe("replay", function()
  it("gives n-step returns as the definition does", function()
    local seed = os.time()
    for i = 1, 12 do
      local envs, n = i % 3 + 1, i % 4 + 1
      local ok, err = pcall(check_against_lua, seed + i, envs, n,
        i % 2 == 0 and 1000 or envs * n + 5)
      if not ok then error(("seed %d: %s"):format(seed + i, err)) end
    end
  end)

  it("keeps the last `capacity`", function()
    local replay = make {capacity = 5}
    feed(replay, random_steps(m.generator(3), 1, 20), 1)
    eq(#replay, 5)
    local ring = replay:state().ring
    assert(ring.obs:select(2, 1):min():item() >= 12, tostring(ring.obs))
  end)

  it("draws by priority, and weighs against it", function()
    local replay = make {capacity = 8, alpha = 0.5, beta = 1, eps = 1e-9,
      batch_size = 4000, generator = m.generator(7)}
    local no = bools {false}
    for t = 1, 8 do
      replay:add(obs_at(t, 1), m.index {1}, m.ones(1), obs_at(t, 1), no, no)
    end
    replay.ring:update(m.index {1, 2, 3, 4, 5, 6, 7, 8},
      m.tensor {16, -4, 1, 1, 1, 1, 1, 0.25})
    local p, total = {4, 2, 1, 1, 1, 1, 1, 0.5}, 11.5
    local batch = replay:sample()
    local drawn = {}
    for i = 1, 4000 do
      local k = batch.index[i]
      drawn[k] = (drawn[k] or 0) + 1
      near(batch.weight[i], 0.5 / p[k], 1e-5)
    end
    for k = 1, 8 do near(drawn[k] / 4000, p[k] / total, 2e-3) end
  end)

  it("goes on from a saved state with the same batches", function()
    local options = {capacity = 30, envs = 2, steps = 3, alpha = 0.6,
      batch_size = 16}
    local a, b = make(options), make(options)
    local steps = random_steps(m.generator(1), 2, 40)
    feed(a, steps, 2)
    a:sample()
    a:update(m.rand(16))
    local path = os.tmpname()
    assert(m.save(path, a:state()))
    b:load_state(assert(m.load(path)))
    os.remove(path)
    for _ = 1, 3 do
      feed(a, steps, 2)
      feed(b, steps, 2)
      local x, y = a:sample(), b:sample()
      for name in pairs(x) do eq(x[name], y[name]) end
      a:update(x.reward)
      b:update(y.reward)
    end
  end)

  it("refuses states that cannot be", function()
    local a = make {capacity = 10, steps = 3, alpha = 1}
    feed(a, random_steps(m.generator(2), 1, 9), 1)
    for name, value in pairs {count = -1, count2 = 7, max_priority = 0 / 0,
      growing = m.full({1, 3}, 99, {dtype = "i64"}),
      priority = m.full(9, -1, {dtype = "f64"}), obs = m.zeros(9, 3)} do
      local state = a:state()
      state.ring[name:match "[%a_]+"] = value
      raises("load_state", a.load_state, a, state)
    end
    raises("expected", a.load_state, a, 3)
  end)

  it("names what is wrong with what it is given", function()
    local replay = make {capacity = 10, name = "Chess"}
    local x, a, no = m.zeros(1, 2), m.index {1}, bools {false}
    local function add(...)
      return replay:add(...)
    end
    raises("Chess: sample: the replay is read before it is filled",
      replay.sample, replay)
    raises("Chess: add: argument 'reward': finite numbers expected, got nan",
      add, x, a, m.tensor {0 / 0}, x, no, no)
    raises("'next_obs': finite", add, x, a, m.ones(1), x / 0, no, no)
    raises("'obs': f32 (1, 2) expected, got f32 (1, 3)", add, m.ones(1, 3), a,
      m.ones(1), x, no, no)
    raises("'action': index (1) expected, got f32 (1)", add, x, m.ones(1),
      m.ones(1), x, no, no)
    raises("'terminated': bool (1) expected", add, x, a, m.ones(1), x,
      m.ones(1), no)
    raises("argument 'legal'", add, x, a, m.ones(1), x, no, no, 1)
    eq(#replay, 0)
    raises("no priorities", replay.update, replay, m.ones(32))
    raises("capacity", make, {capacity = 2, steps = 3})
    raises("did you mean 'capacity'", make, {capacty = 2})
    raises("obs", rl.Replay, {obs = 1, action = one_index()})
    for _, o in ipairs {{gamma = 2}, {alpha = -1}, {eps = 0}, {steps = 0},
      {capacity = 1 << 62}, {envs = 1 << 50}} do
      raises("", make, o)
    end
  end)

  it("refuses errors that are no numbers", function()
    local replay = make {capacity = 4, alpha = 1, batch_size = 2}
    feed(replay, random_steps(m.generator(5), 1, 6), 1)
    replay:sample()
    raises("finite numbers expected, got nan or infinity in row 2",
      replay.update, replay, m.tensor {1, 0 / 0})
    raises("there is no transition 9", replay.ring.update, replay.ring,
      m.index {9}, m.ones(1))
  end)
end)

-- ---- Advantages -----------------------------------------------------------

describe("gae", function()
  it("is its formula", function()
    local T, N, gamma, lambda = 12, 3, 0.9, 0.8
    local g = m.generator(11)
    local r, v = m.randn({T, N}, {generator = g}),
      m.randn({T + 1, N}, {generator = g})
    local terminated = m.rand({T, N}, {generator = g}):lt(0.2)
    local ended = terminated | m.rand({T, N}, {generator = g}):lt(0.2)
    local a = m.zeros(T, N)
    core._gae(r, v, terminated, ended, gamma, lambda, a)
    for n = 1, N do
      local next = 0
      for t = T, 1, -1 do
        local later = terminated[{t, n}]:item() and 0
          or gamma * v[{t + 1, n}]:item()
        next = r[{t, n}]:item() + later - v[{t, n}]:item()
          + (ended[{t, n}]:item() and 0 or gamma * lambda * next)
        near(a[{t, n}]:item(), next, 1e-5)
      end
    end
  end)

  it("names what does not fit", function()
    local r, v, no = m.ones(2, 1), m.ones(3, 1), m.zeros({2, 1},
      {dtype = "bool"})
    raises("'values': f32 (3, 1) in C order expected, got f32 (2, 1)",
      core._gae, r, r, no, no, 1, 1, r:clone())
    raises("gamma from -1", core._gae, r, v, no, no, 2, 1, r:clone())
    raises("'ended'", core._gae, r, v, no, r, 1, 1, r:clone())
  end)
end)

-- ---- Distributions --------------------------------------------------------

local D = rl.distributions

describe("distributions", function()
  it("never draw what is not legal", function()
    local g = m.generator(4)
    local legal = m.rand({500, 6}, {generator = g}):lt(0.4)
    legal[{{}, 2}] = bools {true}
    local pi = D.Categorical(m.randn({500, 6}, {generator = g}) * 30, legal)
    for _ = 1, 20 do
      local a = pi:sample(g)
      assert(legal:gather(2, a:unsqueeze(2)):all():item())
    end
    assert(legal:gather(2, pi:mode():unsqueeze(2)):all():item())
    assert(pi:entropy():isfinite():all():item())
  end)

  it("Categorical is the softmax", function()
    local pi = D.Categorical(m.tensor {{0, 0, 0}, {math.log(2), 0, 0}})
    near(pi:log_prob(m.index {3, 1}):exp(), {1 / 3, 1 / 2})
    near(pi:entropy(), {math.log(3), 1.5 * math.log(2)})
    local a = D.Categorical(m.zeros(9000, 3)):sample(m.generator(1))
    near(a:eq(2):to "f32":mean():item(), 1 / 3, 0.02)
  end)

  it("MultiCategorical is the product", function()
    local logits = m.randn(4, 5)
    local pi = D.MultiCategorical(logits, {2, 3})
    local a = pi:sample(m.generator(1))
    eq(#a.shape, 2)
    local p = D.Categorical(logits[{{}, {1, 2}}])
    local q = D.Categorical(logits[{{}, {3, 5}}])
    near(pi:log_prob(a), p:log_prob(a:select(2, 1))
      + q:log_prob(a:select(2, 2)))
    near(pi:entropy(), p:entropy() + q:entropy())
    eq(pi:mode():select(2, 1), p:mode())
  end)

  it("densities integrate to 1", function()
    local n = 20000
    local u = m.linspace(-12, 12, n)
    local pi = D.Normal(m.full({n, 1}, 0.7), m.full(1, -0.3))
    local p = pi:log_prob(u:unsqueeze(2)):exp()
    near(p:sum():item() * 24 / (n - 1), 1, 1e-3)
    near(pi:entropy()[1], -(p * pi:log_prob(u:unsqueeze(2))):sum():item()
      * 24 / (n - 1), 1e-3)
    -- Of the squashed one in terms of u: p(a) da = p(a) (1 - a^2) du.
    local squashed = D.SquashedNormal(m.full({n, 1}, 0.7), m.full({n, 1}, -0.3))
    local a, log = squashed:rsample(m.generator(2))
    local raw = ((a + 1) / (1 - a)):log() / 2
    local want = D.Normal(m.full({n, 1}, 0.7), m.full(1, -0.3)):log_prob(raw)
      - (1 - a * a):log():sum(2)
    local near_middle = a:abs():lt(0.99):squeeze(2)
    near((log - want)[near_middle]:abs():max():item(), 0, 2e-3)
  end)
end)
