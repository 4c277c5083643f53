-- ops_random_spec.lua: that random elements depend on the key, the place in
-- the stream and their number alone, and what the options of drawing mean.

local m = require "mlrt"
local core = require "mlrt.core"

-- A generator at a place of the stream of key 5.
local function at(position)
  local g = m.generator(5)
  g:load_state {key = 5, position = position or 0}
  return g
end

-- Kinds of drawing n elements, and how many a batch of 16 blocks gives.
local kinds = {
  rand_f32 = {64, function(n, g) return m.rand({n}, {generator = g}) end},
  rand_f64 = {32, function(n, g)
    return m.rand({n}, {dtype = "f64", generator = g})
  end},
  randn_f32 = {64, function(n, g) return m.randn({n}, {generator = g}) end},
  randn_f64 = {32, function(n, g)
    return m.randn({n}, {dtype = "f64", generator = g})
  end},
  bernoulli = {64, function(n, g)
    return m.full({n}, 0.3, {dtype = "f64"}):bernoulli {generator = g}
  end},
  dropout = {64, function(n, g)
    return m.ones(n):dropout(0.3, {generator = g})
  end},
  uniform = {64, function(n, g)
    return m.zeros(n):uniform_(-3, 5, {generator = g})
  end},
  apart = {32, function(n, g)
    return m.zeros({n, 2}, {dtype = "f64"}):select(2, 2):normal_(1, 3,
      {generator = g})
  end},
}
for _, dtype in ipairs {"i64", "i32", "u8", "f32", "f64"} do
  kinds["randint_" .. dtype] = {32, function(n, g)
    return m.randint(0, 200, {n}, {dtype = dtype, generator = g})
  end}
end

describe("drawing", function()
  for name, kind in pairs(kinds) do
    local per, draw = kind[1], kind[2]
    it("takes whole batches of the stream: " .. name, function()
      for _, n in ipairs {0, 1, per - 1, per, per + 1, 10 * per} do
        local g = at(16)
        draw(n, g)
        eq({n, g:state().position}, {n, 16 + (n + per - 1) // per * 16})
      end
    end)
    it("gives the same first elements for any number: " .. name, function()
      local most = 33000
      local all = draw(most, at(48)):contiguous()
      for _, n in ipairs {1, per - 1, per + 1, 511, 512, 513, 1025, 16383,
        16384, 16385, 32768, 32769} do
        eq({n, draw(n, at(48)):equal(all:narrow(1, 1, n))}, {n, true})
      end
      -- The elements behind the first batches are those of a later place.
      local later = draw(most - 3 * per, at(48 + 3 * 16))
      eq(later:equal(all:narrow(1, 1 + 3 * per, most - 3 * per)), true)
    end)
  end
  it("of integers is the same in every type", function()
    local want = kinds.randint_i64[2](2000, at()):totable()
    for _, dtype in ipairs {"i32", "u8", "f32", "f64"} do
      same(kinds["randint_" .. dtype][2](2000, at()), want)
    end
    local shaped = m.randint(0, 200, {20, 100}, {generator = at()})
    same(shaped:reshape(-1), want)
    same(m.randint_like(shaped, 0, 200, {generator = at()}):reshape(-1), want)
    local bytes = m.randint_like(shaped, 0, 200, "u8", {generator = at()})
    eq({bytes.dtype, bytes.shape[2]}, {"u8", 100})
    same(bytes:reshape(-1), want)
    same(m.randint(-7, 193, {2000}, {generator = at()}) + 7, want)
  end)
  it("fills its range and no more", function()
    local y = m.randint(3, 6, {500}, {generator = at()})
    eq({y:amin():item(), y:amax():item()}, {3, 5})
    eq(m.randint(-2, -1, {9}, {generator = at()}), {-2, -2, -2, -2, -2, -2,
      -2, -2, -2})
    y = m.randint(0, 2, {500}, {dtype = "bool", generator = at()})
    eq({y:any():item(), y:all():item()}, {true, false})
    y = m.randint(2.0, 4.0, {200}, {generator = at()})
    eq({y:amin():item(), y:amax():item()}, {2, 3})
    y = m.rand({9000}, {generator = at()})
    assert(y:amin():item() >= 0 and y:amax():item() < 1)
    assert(y:amin():item() < 0.01 and y:amax():item() > 0.99)
  end)
  it("takes every integer that a type holds, to the last", function()
    for dtype, ends in pairs {u8 = {0, 256}, bool = {0, 2},
      i32 = {-0x80000000, 0x80000000}, f32 = {-(1 << 24), (1 << 24) + 1},
      f64 = {-(1 << 53), (1 << 53) + 1},
      i64 = {math.mininteger, math.maxinteger}} do
      local low, high = ends[1], ends[2]
      for _, from in ipairs {low, high - 1} do
        local to = from == low and low + 1 or high
        local y = m.randint(from, to, {1}, {dtype = dtype})
        eq({dtype, y:to "i64":item()}, {dtype, from})
      end
    end
  end)
end)

describe("uniform_ and normal_", function()
  it("are a + b times the standard ones", function()
    local u = m.rand({200}, {dtype = "f64", generator = at()})
    local x = m.zeros({200}, {dtype = "f64"})
    near(x:uniform_(-3, 5, {generator = at()}), (u * 8 - 3):totable(), 1e-15)
    local z = m.randn({200}, {dtype = "f64", generator = at()})
    near(x:normal_(2, 0.5, {generator = at()}), (z * 0.5 + 2):totable(),
      1e-15)
    near(x:uniform_({generator = at()}), u:totable(), 0)
    near(x:normal_({generator = at()}), z:totable(), 0)
    same(m.zeros(3):uniform_(4, 4), {4, 4, 4})
    same(m.zeros(3):normal_(4, 0), {4, 4, 4})
    x = m.zeros(2):uniform_(-1.7e38, 1.7e38)
    assert(x:isfinite():all():item())
  end)
  it("write where elements lie, and nowhere else", function()
    local wide = m.zeros {40, 3}
    wide:select(2, 2):uniform_(1, 2, {generator = at()})
    same(wide:select(2, 1), m.zeros(40):totable())
    same(wide:select(2, 3), m.zeros(40):totable())
    same(wide:select(2, 2),
      m.zeros(40):uniform_(1, 2, {generator = at()}):totable())
    local turned = m.zeros {4, 5}
    turned:t():normal_(0, 1, {generator = at()})
    same(turned:t(), m.randn({5, 4}, {generator = at()}):totable())
  end)
  it("forget what was there before: no gradient goes back", function()
    local x = m.ones({3}, {requires_grad = true})
    local y = x * 2
    y:uniform_(0, 1)
    m.sum(y):backward()
    same(x.grad, {0, 0, 0})
  end)
end)

describe("normal", function()
  it("takes numbers and a shape, or tensors that broadcast", function()
    local z = m.randn({2, 3}, {generator = at()})
    near(m.normal(4, 2, {2, 3}, {generator = at()}), (z * 2 + 4):totable())
    near(m.normal {shape = {2, 3}, generator = at()}, z:totable())
    local double = m.normal(0, 1, {4}, "f64", {generator = at()})
    eq(double.dtype, "f64")
    same(double, m.randn({4}, {dtype = "f64", generator = at()}):totable())
    eq(shape_of(m.normal(0, 1, {})), {})
    eq(shape_of(m.normal(0, 1, {1, 1, 1, 1, 1, 1, 1, 2})),
      {1, 1, 1, 1, 1, 1, 1, 2})
    eq(shape_of(m.normal(0, 1, {0, 2})), {0, 2})
    local mean = m.tensor({{10}, {20}}, {dtype = "f64"})
    local std = m.tensor {1, 2, 0}
    local y = m.normal(mean, std, {generator = at()})
    eq({y.dtype, y.shape[1], y.shape[2]}, {"f64", 2, 3})
    z = m.randn({2, 3}, {dtype = "f64", generator = at()})
    near(y, (z * std + mean):totable(), 1e-15)
    near(m.normal(mean, 3, {generator = at()}), (m.randn({2, 1},
      {dtype = "f64", generator = at()}) * 3 + mean):totable(), 1e-15)
    near(m.normal(1.5, std, {generator = at()}),
      (m.randn({3}, {generator = at()}) * std + 1.5):totable())
    same(m.normal(mean, 0), {{10}, {20}})
  end)
end)

describe("bernoulli and dropout", function()
  it("certain events", function()
    for _, dtype in ipairs {"f32", "f64"} do
      local x = m.tensor({0, 1, 1, 0, 1}, {dtype = dtype})
      for _ = 1, 20 do same(x:bernoulli(), {0, 1, 1, 0, 1}) end
    end
  end)
  it("drop what the stream says, and scale the rest", function()
    local x = m.arange(1, 1001, {dtype = "f64"})
    local y = x:dropout(0.25, {generator = at(32)})
    local kept = 0
    for i, v in ipairs(y:totable()) do
      assert(v == 0 or math.abs(v - i / 0.75) < 1e-9)
      kept = kept + (v ~= 0 and 1 or 0)
    end
    assert(kept > 690 and kept < 810)
    near(core._dropped(x, 0.25, {5, 32}), y:totable(), 0)
  end)
  it("keep all, or nothing", function()
    local x = m.ones({300}, {dtype = "f64"})
    local g = at()
    same(x:dropout(0, {generator = g}), x:totable())
    same(x:dropout(0.5, false, {generator = g}), x:totable())
    eq(m.zeros(0):dropout(0.5, {generator = g}).shape[1], 0)
    eq(g:state().position, 0) -- nothing was drawn
    same(x:dropout(1, {generator = g}), m.zeros(300):totable())
    eq(g:state().position, (300 + 63) // 64 * 16)
    -- More than all but one of 2^32 places: dropped too.
    same(x:dropout(1 - 2 ^ -40), m.zeros(300):totable())
    same(core._dropped(x, 2, {1, 0}), m.zeros(300):totable())
    near(core._dropped(x, 2 ^ -40, {1, 0}), x:totable(), 1e-11)
  end)
  it("let the gradient through where the elements went", function()
    local x = m.ones({200}, {dtype = "f64", requires_grad = true})
    local y = x:dropout(0.4, {generator = at()})
    m.sum(y * 3):backward()
    near(x.grad, (y:detach() * 3):totable(), 1e-15)
  end)
end)
