-- elementwise_spec.lua: operators, numbers beside tensors, and gradients at
-- the points where a formula alone would not give them.

local m = require "mlrt"

local function leaf(values)
  return m.tensor(values, {dtype = "f64", requires_grad = true})
end

-- The gradients of sum(f(...)) with respect to every argument.
local function slopes(f, ...)
  local xs = {}
  for i, values in ipairs {...} do xs[i] = leaf(values) end
  f(table.unpack(xs)):sum():backward()
  local out = {}
  for i, x in ipairs(xs) do out[i] = x.grad:totable() end
  return table.unpack(out)
end

describe("operators", function()
  it("work on tensors and numbers, on either side", function()
    local x = m.tensor {1, -2, 4}
    near(x + 1, {2, -1, 5})
    near(1 - x, {0, 3, -3})
    near(x * x, {1, 4, 16})
    near(8 / x, {8, -4, 2})
    near(x ^ 2, {1, 4, 16})
    near(2 ^ x, {2, 0.25, 16})
    near(-x, {-1, 2, -4})
    near(x // 3, {0, -1, 1})
    near(x % 3, {1, 1, 1})
  end)
  it("keep integers integers, but for / and fractions", function()
    local i = m.tensor({7, -7, 3}, {dtype = "i64"})
    eq((i // 2):totable(), {3, -4, 1})
    eq((i % 4):totable(), {3, 1, 3})
    eq((i ^ 2):totable(), {49, 49, 9})
    eq((i & 3):totable(), {3, 1, 3})
    eq((i | 8):totable(), {15, -7, 11})
    eq((i ~ 1):totable(), {6, -8, 2})
    eq((~i):totable(), {-8, 6, -4})
    eq((i / 2).dtype, "f32")
    eq((i * 0.5).dtype, "f32")
    eq((i * 2.0).dtype, "i64")
    eq((i:to "u8" + 1).dtype, "u8")
  end)
  it("combine masks", function()
    local a, b = m.tensor {true, true, false}, m.tensor {true, false, false}
    eq((a & b):totable(), {true, false, false})
    eq((a | b):totable(), {true, true, false})
    eq((a ~ b):totable(), {false, true, false})
    eq((~a):totable(), {false, false, true})
    eq(a:logical_and(b):totable(), {true, false, false})
  end)
  it("compare positions with positions", function()
    local ix = m.index {1, 3, 2}
    eq(ix:eq(3):totable(), {false, true, false})
    eq(ix:lt(m.index {2, 2, 2}):totable(), {true, false, false})
    eq(m.where(m.tensor {true, false, true}, ix, 2):totable(), {1, 2, 2})
  end)
end)

describe("gradients at special points", function()
  it("of abs, relu and their kin at 0", function()
    eq(slopes(m.abs, {0, -1, 2}), {0.0, -1.0, 1.0})
    eq(slopes(m.relu, {0, -1, 2}), {0.0, 0.0, 1.0})
    eq(slopes(m.relu6, {0, 6, 2}), {0.0, 0.0, 1.0})
    eq(slopes(m.hardtanh, {-1, 1, 0.5}), {0.0, 0.0, 1.0})
    eq(slopes(m.leaky_relu, {0, 1}), {0.01, 1.0})
  end)
  it("of clamp at its bounds", function()
    local function f(x) return x:clamp(-1, 1) end
    eq(slopes(f, {-1, 1, 0, 2, -2}), {1.0, 1.0, 1.0, 0.0, 0.0})
    eq(slopes(function(x) return x:clamp_min(0) end, {0, 1, -1}),
      {1.0, 1.0, 0.0})
    eq(slopes(function(x) return x:clamp_max(0) end, {0, 1, -1}),
      {1.0, 0.0, 1.0})
    local gx, lo, hi = slopes(m.clamp, {0, 3, -3}, {-1, -1, -1}, {1, 1, -2})
    eq(gx, {1.0, 0.0, 0.0})
    eq(lo, {0.0, 0.0, 0.0})
    eq(hi, {0.0, 1.0, 1.0})
  end)
  it("of maximum and minimum where both are equal", function()
    local a, b = slopes(m.maximum, {1, 2, 3}, {1, 5, 0})
    eq(a, {0.5, 0.0, 1.0})
    eq(b, {0.5, 1.0, 0.0})
    a, b = slopes(m.minimum, {1, 2, 3}, {1, 5, 0})
    eq(a, {0.5, 1.0, 0.0})
    eq(b, {0.5, 0.0, 1.0})
  end)
  it("of powers of and to 0", function()
    eq(slopes(function(x) return x ^ 0 end, {0, 2}), {0.0, 0.0})
    eq(slopes(function(x) return x ^ 1 end, {0, 2}), {1.0, 1.0})
    eq(slopes(function(x) return x ^ 2 end, {0, -2}), {0.0, -4.0})
    local base, exponent = slopes(m.pow, {0, 0, 0}, {0, 1, 2})
    eq(base, {0.0, 1.0, 0.0})
    eq(exponent, {0.0, 0.0, 0.0})
    eq(slopes(function(x) return 0 ^ x end, {1, 0}), {0.0, 0.0})
  end)
  it("of atan2 at the origin", function()
    local y, x = slopes(m.atan2, {0, 1}, {0, 0})
    eq(y, {0.0, 0.0})
    eq(x, {0.0, -1.0})
  end)
  it("of what where did not choose, nan or not", function()
    local function safe(x)
      return m.where(x:gt(0), x:clamp_min(1e-9):log(), 0)
    end
    eq(slopes(safe, {0, 2}), {0.0, 0.5})
    local chosen, other = slopes(function(x, y)
      return m.where(x:gt(0), x, y)
    end, {1, -1}, {0 / 0, 3})
    eq(chosen, {1.0, 0.0})
    eq(other, {0.0, 1.0})
  end)
  it("of steps are 0, and reach the leaf", function()
    for _, f in ipairs {m.floor, m.ceil, m.round, m.trunc, m.sign} do
      eq(slopes(f, {0.3, -1.7}), {0.0, 0.0})
    end
  end)
  it("of saturated functions are not nan", function()
    for _, name in ipairs {"gelu", "silu", "mish", "softplus", "tanh",
      "sigmoid", "logsigmoid", "elu", "selu", "celu", "hardswish"} do
      local s = slopes(m[name], {-1e4, 1e4, -1 / 0, 1 / 0})
      for i = 1, 4 do eq(s[i] == s[i], true) end
    end
  end)
end)

describe("writing in place", function()
  it("keeps the old values for the gradient", function()
    near(slopes(function(x) return (x * 1):sin_() end, {0.5, 1}),
      {math.cos(0.5), math.cos(1)})
    local gx, gw = slopes(function(x, w) return (x * 1):mul_(w) end, {2}, {3})
    eq(gx, {3.0})
    eq(gw, {2.0})
    near(slopes(function(x)
      local y = x * 1
      return y:mul_(y)
    end, {3}), {6})
    m.gradcheck(function(x)
      local y = x * 1
      y:sin_():mul_(x)
      return y:clamp_(-0.9, 0.9)
    end, m.tensor({0.3, 0.7, 2}, {dtype = "f64"}), {order = 2})
  end)
end)

-- Pairs that the loops of vectors leave to the C library, between others.
describe("remainders", function()
  local pairs_of = {{7, 3}, {1e30, 0.7}, {-1e300, 3}, {5, 5e-324},
    {1e308, 1e-308}, {9007199254740993, 0.1}, {-7, 1 / 0}, {3, -1 / 0},
    {0.3, 0.1}, {-0.3, 0.1}, {6 * (1 - 2 ^ -52), 3}, {1 / 0, 2}, {2, 0}}
  local function columns(dtype)
    local x, y = {}, {}
    for i, p in ipairs(pairs_of) do x[i], y[i] = p[1], p[2] end
    return m.tensor(x, {dtype = dtype}), m.tensor(y, {dtype = dtype})
  end
  local function same(a, b)
    return a == b and 1 / a == 1 / b or a ~= a and b ~= b
  end
  local function check(name, want)
    local x, y = columns "f64"
    local got = m[name](x, y):totable()
    for i, p in ipairs(pairs_of) do
      local w = want(p[1] + 0.0, p[2] + 0.0)
      assert(same(got[i], w), ("%s(%s, %s) is %s, wanted %s"):format(name,
        p[1], p[2], got[i], w))
    end
  end
  it("are those of the C library", function()
    check("fmod", function(a, b) return math.fmod(a, b) end)
    check("remainder", function(a, b)
      local r = math.fmod(a, b)
      return r ~= 0 and (b < 0) ~= (r < 0) and r + b or r
    end)
  end)
  it("are rounded quotients' exact rest", function()
    eq(m.floor_divide(m.tensor {7, -7, 3, -3, 0.3},
      m.tensor {2, 2, -1 / 0, -1 / 0, 0.1}):totable(), {3.0, -4.0, -1.0, 0.0,
      3.0})
    eq(m.div(m.tensor {7, -7}, 2, "trunc"):totable(), {3.0, -3.0})
  end)
end)

describe("mode", function()
  it("is the most frequent, then the smallest, and where it is last", function()
    local v, i = m.tensor({{3, 1, 3, 1}, {2, 2, 2, 0}}):mode()
    eq(v:totable(), {1.0, 2.0})
    eq(i:totable(), {4, 3})
    eq(m.tensor {0 / 0, 5, 0 / 0}:mode():item(), 5.0)
  end)
end)
