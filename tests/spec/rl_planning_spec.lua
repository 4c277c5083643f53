-- rl_planning_spec.lua: value iteration, policy iteration and evaluation
-- against sweeps in Lua: values, policies, numbers of sweeps, refusals.

local core = require "mlrt.core"
local m = require "mlrt"
local rl = require "mlrt.rl"

-- ---- Sweeps in Lua ----------------------------------------------------------

local function value_of(env, v, s, a, gamma)
  local sum, list = 0, env:outcomes(s, a)
  for _, o in ipairs(list) do
    sum = sum + o[1] * (o[3] + (o[4] and 0 or gamma * v[o[2]]))
  end
  return sum, #list > 0
end

-- The best action's value and which it is; 0 where nothing is legal.
local function best_of(env, v, s, gamma)
  local best, at = 0, nil
  for a = 1, env.action_space.n do
    local q, legal = value_of(env, v, s, a, gamma)
    if legal and (not at or q > best) then best, at = q, a end
  end
  return best, at
end

-- The value of a state by chances of its actions.
local function mixed(env, v, s, chance, gamma)
  local sum = 0
  for a, p in ipairs(chance) do
    if p ~= 0 then sum = sum + p * value_of(env, v, s, a, gamma) end
  end
  return sum
end

-- Sweeps in place until no value changes by more than `tolerance`.
local function sweep(env, tolerance, of)
  local v, n = {}, 0
  for s = 1, env.observation_space.n do v[s] = 0 end
  repeat
    local change = 0
    for s = 1, #v do
      local new = of(v, s)
      change = math.max(change, math.abs(new - v[s]))
      v[s] = new
    end
    n = n + 1
  until change <= tolerance
  return v, n
end

local function one_hot(env, v, gamma)
  local policy = {}
  for s = 1, #v do
    local _, at = best_of(env, v, s, gamma)
    policy[s] = {}
    for a = 1, env.action_space.n do policy[s][a] = a == at and 1.0 or 0.0 end
  end
  return policy
end

local function chances(rows)
  return m.tensor(rows, {dtype = "f64"})
end

local function evaluate(env, policy, gamma, tolerance, horizon)
  return core._rl.policy_evaluation(env._env, gamma, tolerance, horizon or 0,
    policy)
end

local places = {
  {"FrozenLake-v1", {}, 0.95},
  {"GridWorld-v0", {slip = 0.2}, 1},
  {"GridWorld-v0", {map = "S.#\n.XG", slip = 0.1}, 0.5},
  {"CliffWalking-v1", {}, 0.9},
  {"Bandit-v0", {means = "1 -2 3 2.5"}, 0.9},
}

describe("planning against sweeps in Lua", function()
  for i, p in ipairs(places) do
    local function make() return rl.make(p[1], p[2]) end

    it(("by values, case %d"):format(i), function()
      local env, gamma = make(), p[3]
      for _, tolerance in ipairs {1e-10, 0.01, 100} do
        local v, sweeps, policy = core._rl.value_iteration(env._env, gamma,
          tolerance)
        local want, n = sweep(env, tolerance, function(v2, s)
          return (best_of(env, v2, s, gamma))
        end)
        near(v, want, 1e-12)
        eq(sweeps, n)
        -- A state keeps its first action where that is as good as the best.
        local greedy = one_hot(env, want, gamma)
        for s, row in ipairs(policy:totable()) do
          local q1 = value_of(env, want, s, 1, gamma)
          local best = best_of(env, want, s, gamma)
          if q1 >= best - 10 * tolerance then
            eq(row[1], 1.0)
          else
            eq(row, greedy[s])
          end
        end
      end
    end)

    it(("by policies, case %d"):format(i), function()
      local env, gamma = make(), math.min(p[3], 0.95)
      local v, sweeps, policy = core._rl.policy_iteration(env._env, gamma,
        1e-10)
      local want = sweep(env, 1e-12, function(v2, s)
        return (best_of(env, v2, s, gamma))
      end)
      near(v, want, 1e-7)
      assert(sweeps > 1)
      for s, row in ipairs(policy:totable()) do
        local sum = 0
        for _, x in ipairs(row) do sum = sum + x end
        eq(sum, 1.0)
        near(mixed(env, want, s, row, gamma), (best_of(env, want, s, gamma)),
          1e-6)
      end
    end)

    it(("of what a policy is worth, case %d"):format(i), function()
      local env, gamma, rows = make(), 0.9, {}
      local n = env.action_space.n
      for s = 1, env.observation_space.n do
        rows[s] = {}
        for a = 1, n do rows[s][a] = ((s + a) % 3) / 4 end
      end
      for _, tolerance in ipairs {1e-10, 0.1} do
        local v, sweeps = evaluate(env, chances(rows), gamma * 0.5, tolerance)
        local want, count = sweep(env, tolerance, function(v2, s)
          return mixed(env, v2, s, rows[s], gamma * 0.5)
        end)
        near(v, want, 1e-12)
        eq(sweeps, count)
      end
      local v = {}
      for s = 1, #rows do v[s] = 0 end
      for horizon = 1, 4 do
        local next_v = {}
        for s = 1, #rows do next_v[s] = mixed(env, v, s, rows[s], gamma) end
        v = next_v
        near(evaluate(env, chances(rows), gamma, 1, horizon), v, 1e-12)
      end
    end)
  end

  it("knows what is legal", function()
    local env = rl.make("TicTacToe-v0", {opponent = "random"})
    local legal = core._rl.legal(env._env)
    eq(legal.shape, {19683, 9})
    for s = 1, 19683, 337 do
      for a = 1, 9 do eq(legal[{s, a}]:item(), #env:outcomes(s, a) > 0) end
    end
    eq(core._rl.legal(rl.make "FrozenLake-v1"._env):all():item(), true)
    refuses("CartPole-v1: legal: its model is not known", core._rl.legal,
      rl.make "CartPole-v1"._env)
  end)

  it("keeps to legal actions", function()
    local env = rl.make("TicTacToe-v0", {opponent = "random"})
    local v, sweeps, policy = core._rl.value_iteration(env._env, 1, 1e-9)
    near(v[1], 0.994792, 1e-5) -- against random answers the first mover wins
    assert(sweeps <= 10)
    local legal = core._rl.legal(env._env)
    local sums = policy:sum(2)
    eq((policy * legal:to "f64"):sum(2):eq(sums):all():item(), true)
    eq(sums:eq(legal:any(2):to "f64"):all():item(), true)
    local v2, _, policy2 = core._rl.policy_iteration(env._env, 1, 1e-9)
    near((v - v2):abs():max():item(), 0, 1e-7)
    eq(policy2:sum(2):eq(sums):all():item(), true)
  end)

  it("has no worth where nothing is legal", function()
    local env = rl.make("TicTacToe-v0", {opponent = "random"})
    local v = core._rl.value_iteration(env._env, 1, 1e-9)
    eq(v[1 + 1 + 3 + 9], 0.0) -- three in a row already
  end)
end)

describe("planning", function()
  it("counts sweeps and stops after the most", function()
    local env = rl.make "CliffWalking-v1" -- the first policy never arrives
    for n, change in pairs {[1] = 4, [7] = 1} do
      refuses(("CliffWalking-v1: policy_evaluation: values still change by %d "
        .. "after %d sweeps; gamma below 1 makes them settle"):format(change,
        n), rl.policy_iteration, env, {gamma = 1, sweeps = n})
    end
    local lake = rl.make "FrozenLake-v1"
    local sweeps = rl.value_iteration(lake, {gamma = 0.9}).sweeps
    assert(sweeps > 10)
    eq(rl.value_iteration(lake, {gamma = 0.9, sweeps = sweeps}).sweeps, sweeps)
    raises(("after %d sweeps"):format(sweeps - 1), rl.value_iteration, lake,
      {gamma = 0.9, sweeps = sweeps - 1})
  end)

  it("stops when values are no numbers", function()
    local env = rl.make("GridWorld-v0", {map = "S"})
    raises("policy_evaluation: values still change by %-?nan after 1 sweeps",
      evaluate, env, chances {{0 / 0, 0, 0, 0}}, 0.9, 1e-9)
  end)

  it("stops counting down when nothing changes any more", function()
    local env = rl.make("GridWorld-v0", {map = "SG"})
    local right = chances {{0, 1, 0, 0}, {0, 1, 0, 0}}
    local v, sweeps = evaluate(env, right, 1, 1, 1 << 40)
    eq(v, {1.0, 0.0})
    eq(sweeps, 1)
    local stay = chances {{1, 0, 0, 0}, {1, 0, 0, 0}}
    v, sweeps = evaluate(env, stay, 1, 1, 50)
    near(v, {-2, 0}, 1e-12)
    eq(sweeps, 50)
  end)

  it("sweeps 100000 times at most", function()
    local env = rl.make("GridWorld-v0", {map = "S"})
    refuses("GridWorld-v0: value_iteration: values still change by 0.04 after "
      .. "100000 sweeps; gamma below 1 makes them settle", rl.value_iteration,
      env, {gamma = 1})
  end)

  it("leaves nothing behind when it fails", function()
    local env, before = rl.make("GridWorld-v0", {map = "S"}),
      m.memory().tensors
    for _, name in ipairs {"value_iteration", "policy_iteration"} do
      raises("values still change", core._rl[name], env._env, 1, 1e-9, 3)
      collectgarbage()
      collectgarbage()
      eq(m.memory().tensors, before)
    end
    local policy = chances {{1, 0, 0, 0}}
    for _ = 1, 2 do
      raises("after 100000 sweeps", evaluate, env, policy, 1, 1e-9)
      collectgarbage()
      collectgarbage()
      eq(m.memory().tensors, before + 1)
    end
  end)

  it("refuses numbers out of bounds", function()
    local lake = rl.make "FrozenLake-v1"
    local env, policy = lake._env, rl.value_iteration(lake).policy
    local function all(gamma, tolerance, text)
      refuses("FrozenLake-v1: value_iteration: " .. text,
        core._rl.value_iteration, env, gamma, tolerance)
      refuses("FrozenLake-v1: policy_iteration: " .. text,
        core._rl.policy_iteration, env, gamma, tolerance)
      refuses("FrozenLake-v1: policy_evaluation: " .. text,
        evaluate, lake, policy, gamma, tolerance)
    end
    all(-0.5, 1, "gamma: a number from 0 to 1 expected, got -0.5")
    all(1.5, 1, "gamma: a number from 0 to 1 expected, got 1.5")
    all(0.5, 0, "tolerance: a number above 0 expected, got 0")
    all(0.5, -1, "tolerance: a number above 0 expected, got -1")
    for _, gamma in ipairs {0, 1} do
      assert(core._rl.value_iteration(env, gamma, 1e-9))
    end
    for _, name in ipairs {"value_iteration", "policy_iteration"} do
      refuses(("CartPole-v1: %s: its model is not known"):format(name),
        core._rl[name], rl.make "CartPole-v1"._env, 0.5, 1)
    end
  end)

  it("refuses a policy of another shape", function()
    local env = rl.make "FrozenLake-v1"
    local text = "FrozenLake-v1: policy_evaluation: policy: f64 of shape "
      .. "(16, 4) in C order expected, got %s of shape %s"
    local f64 = {dtype = "f64"}
    local wrong = {
      {m.zeros(16, 4), "f32", "(16, 4)"},
      {m.zeros({16, 5}, f64), "f64", "(16, 5)"},
      {m.zeros({15, 4}, f64), "f64", "(15, 4)"},
      {m.zeros({64}, f64), "f64", "(64)"},
      {m.zeros({16, 4, 1}, f64), "f64", "(16, 4, 1)"},
      {m.zeros({4, 16}, f64):t(), "f64", "(16, 4)"},
    }
    for _, w in ipairs(wrong) do
      refuses(text:format(w[2], w[3]), evaluate, env, w[1], 0.9, 1e-9)
    end
  end)
end)
