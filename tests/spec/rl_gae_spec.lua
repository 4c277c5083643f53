-- rl_gae_spec.lua: advantages: by the formula, by hand, and what is refused.

local core = require "mlrt.core"
local m = require "mlrt"

local function bools(list)
  return m.tensor(list, {dtype = "bool"})
end

local function gae(r, v, terminated, ended, gamma, lambda)
  local a = m.full(r.shape, -99)
  core._gae(r, v, terminated, ended, gamma, lambda, a)
  return a
end

describe("advantages", function()
  it("are by hand what they are", function()
    local r, v = m.tensor {{1}, {2}, {4}}, m.tensor {{8}, {16}, {32}, {64}}
    local no = bools {{false}, {false}, {false}}
    -- d = 1 + 8 - 8, 2 + 16 - 16, 4 + 32 - 32
    eq(gae(r, v, no, no, 0.5, 0.5), {{1.75}, {3.0}, {4.0}})
    eq(gae(r, v, no, no, 0.5, 0), {{1.0}, {2.0}, {4.0}})
    eq(gae(r, v, no, no, 0, 1), {{-7.0}, {-14.0}, {-28.0}})
    -- the other's turn: -23 - (-46) + (-92), -46 - (-92)
    eq(gae(r, v, no, no, -1, 1), {{-69.0}, {46.0}, {-92.0}})
    local second = bools {{false}, {true}, {false}}
    -- over: nothing comes after, and nothing comes back over the end
    eq(gae(r, v, second, second, 0.5, 0.5), {{1 - 14 / 4}, {-14.0}, {4.0}})
    -- cut off: what would come still counts
    eq(gae(r, v, no, second, 0.5, 0.5), {{1.5}, {2.0}, {4.0}})
  end)

  it("are of each column on its own", function()
    local r, v = m.tensor {{1, 10}}, m.tensor {{0, 0}, {2, 4}}
    eq(gae(r, v, bools {{false, true}}, bools {{false, true}}, 1, 1),
      {{3.0, 10.0}})
    eq(gae(m.zeros(0, 2), m.zeros(1, 2), m.zeros({0, 2}, {dtype = "bool"}),
      m.zeros({0, 2}, {dtype = "bool"}), 1, 1).shape, {0, 2})
  end)

  it("say that they were overwritten", function()
    local r, v, no = m.ones(2, 1), m.ones(3, 1), bools {{false}, {false}}
    local a, w = m.ones(2, 1), m.ones(1):requires_grad_()
    local loss = (a * w):sum()
    core._gae(r, v, no, no, 1, 1, a)
    refuses("backward: a tensor that 'mul' saved was overwritten by 'gae'",
      loss.backward, loss)
  end)

  it("are of arguments that fit", function()
    local names = {"rewards", "values", "terminated", "ended", "advantages"}
    local function attempt(change, gamma, lambda)
      local no = m.zeros({2, 3}, {dtype = "bool"})
      local t = {rewards = m.ones(2, 3), values = m.ones(3, 3),
        terminated = no, ended = no, advantages = m.ones(2, 3)}
      for name, value in pairs(change) do t[name] = value end
      core._gae(t.rewards, t.values, t.terminated, t.ended, gamma or 1,
        lambda or 1, t.advantages)
      return t.advantages
    end
    attempt {}
    local want = {rewards = "f32 (2, 3)", values = "f32 (3, 3)",
      terminated = "bool (2, 3)", ended = "bool (2, 3)",
      advantages = "f32 (2, 3)"}
    for _, name in ipairs(names) do
      local wrong = {{m.ones({2, 3}, {dtype = "f64"}), "f64 (2, 3)"}}
      if name ~= "rewards" then
        local dtype = {dtype = want[name]:match "%a+%d*"}
        wrong[2] = {m.zeros({4, 3}, dtype), dtype.dtype .. " (4, 3)"}
        wrong[3] = {m.zeros({2, 4}, dtype), dtype.dtype .. " (2, 4)"}
        wrong[4] = {m.zeros({6}, dtype), dtype.dtype .. " (6)"}
        local rows = name == "values" and 3 or 2
        wrong[5] = {m.zeros({3, rows}, dtype):t(),
          ("%s (%d, 3)"):format(dtype.dtype, rows)}
      end
      for _, w in ipairs(wrong) do
        refuses(("gae: argument '%s': %s in C order expected, got %s"):format(
          name, want[name], w[2]), attempt, {[name] = w[1]})
      end
    end
    refuses("gae: argument 'rewards': f32 (0, 0) in C order expected, got f32 "
      .. "(6)", attempt, {rewards = m.ones(6)})
    refuses("gae: argument 'rewards': f32 (0, 0) in C order expected, got f32 "
      .. "(2, 3, 1)", attempt, {rewards = m.ones(2, 3, 1)})
    refuses("gae: argument 'rewards': f32 (2, 3) in C order expected, got f32 "
      .. "(2, 3)", attempt, {rewards = m.ones(3, 2):t()})
    local text = "gae: gamma from -1 and lambda from 0, both to 1, expected, "
      .. "got %g and %g"
    for _, p in ipairs {{-1.5, 0}, {1.5, 0}, {0, -0.5}, {0, 1.5}} do
      refuses(text:format(p[1], p[2]), attempt, {}, p[1], p[2])
    end
    for _, p in ipairs {{-1, 0}, {1, 1}} do attempt({}, p[1], p[2]) end
  end)
end)
