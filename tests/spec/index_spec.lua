-- index_spec.lua: x[key], x[key] = value, x(i, j), and views of memory.

local m = require "mlrt"

-- {{11, 12, 13}, {21, 22, 23}, ...}: the digits are the position.
local function places(rows, columns)
  local t = {}
  for i = 1, rows do
    t[i] = {}
    for j = 1, columns do t[i][j] = 10 * i + j end
  end
  return m.tensor(t, {dtype = "f64"})
end

describe("x[i]", function()
  before_each(function(s) s.x = places(3, 2) end)

  it("is a row, or a number of a vector", function(s)
    eq(s.x[2], {21.0, 22.0})
    eq(s.x[-1], {31.0, 32.0})
    eq(s.x[2][1], 21.0)
    eq(m.tensor({7, 8}, {dtype = "i64"})[2], 8)
    eq(m.index {3, 1}[1], 3)
  end)

  it("counts from 1", function(s)
    raises("got 0; mlrt counts from 1", function() return s.x[0] end)
    raises("position 5 is out of range 1..3 of dim 1",
      function() return s.x[5] end)
    raises("loops are `for i = 1, #x`", function() return s.x[4] end)
    raises("position -4 is out of range", function() return s.x[-4] end)
    raises("x:item() is its element", function() return m.tensor(5)[1] end)
  end)

  it("does not lose a gradient silently", function(s)
    local v = s.x[1]:clone()
    v.requires_grad = true
    raises("x:select(1, i)", function() return v[1] end)
    eq(v(1), 11.0)
    eq(v:select(1, 2).requires_grad, true)
  end)

  it("is walked by pairs", function(s)
    local seen = {}
    for i, row in pairs(s.x) do seen[i] = row[1] end
    eq(seen, {11.0, 21.0, 31.0})
    eq(#s.x, 3)
  end)
end)

describe("x(...)", function()
  it("reads one element", function()
    local x = places(3, 2)
    eq(x(3, 1), 31.0)
    eq(x:t()(1, -1), 31.0)
    eq(m.tensor(5, {dtype = "i64"})(), 5)
    raises("2 positions expected, got 1", function() return x(1) end)
    raises("out of range 1..2 of dim 2", function() return x(1, 3) end)
  end)
end)

describe("x[{...}]", function()
  before_each(function(s) s.x = places(4, 3) end)

  it("takes positions and ranges with both ends", function(s)
    local x = s.x
    eq(x[{2, 3}], 23.0)
    eq(x[{2}], {21.0, 22.0, 23.0})
    eq(x[{{2, 3}}], {{21.0, 22.0, 23.0}, {31.0, 32.0, 33.0}})
    eq(x[{{}, 2}], {12.0, 22.0, 32.0, 42.0})
    eq(x[{{1, 4, 2}, {2, 3}}], {{12.0, 13.0}, {32.0, 33.0}})
    eq(x[{{-2, -1}, -1}], {33.0, 43.0})
    eq(x[{{1, 4, math.maxinteger}, 1}], {11.0})
  end)

  it("takes the same as text", function(s)
    local x = s.x
    eq(x["2, 3"], 23.0)
    eq(x["2:3"], x[{{2, 3}}]:totable())
    eq(x[":, 2"], x[{{}, 2}]:totable())
    eq(x["1::2, 2:"], x[{{1, 4, 2}, {2, 3}}]:totable())
    raises("positions such as", function() return x["1,,2"] end)
  end)

  it("has empty ranges, as for loops do", function(s)
    eq({table.unpack(s.x[{{3, 2}}].shape)}, {0, 3})
    eq({table.unpack(s.x[{{5, 4}}].shape)}, {0, 3})
    raises("out of range", function() return s.x[{{5, 5}}] end)
  end)

  it("refuses what it does not know", function(s)
    local x = s.x
    raises("more than 2 positions", function() return x[{1, 1, 1}] end)
    raises("a range is {a, b}", function() return x[{{1}}] end)
    raises("steps are positive", function() return x[{{3, 1, -1}}] end)
    raises("got 0; mlrt counts from 1", function() return x[{{0, 2}}] end)
    raises("an index tensor expected", function() return x[{1.5}] end)
  end)

  it("is a view", function(s)
    s.x[{{}, {1, 2}}]:zero_()
    s.x[4]:fill_(7)
    eq(s.x, {{0.0, 0.0, 13.0}, {0.0, 0.0, 23.0}, {0.0, 0.0, 33.0},
      {7.0, 7.0, 7.0}})
  end)

  it("picks by an index in any dimension", function(s)
    local x = s.x
    eq(x[m.index {4, 1}], {{41.0, 42.0, 43.0}, {11.0, 12.0, 13.0}})
    eq(x[{2, m.index {3, 3}}], {23.0, 23.0})
    eq(x[{{2, 3}, m.index {3, 1}}], {{23.0, 21.0}, {33.0, 31.0}})
    eq(x[x:gt(40)], {41.0, 42.0, 43.0})
    raises("x:index{base=1} makes an index", function()
      return x[m.tensor {1, 2}]
    end)
  end)
end)

describe("x[key] = value", function()
  before_each(function(s) s.x = m.zeros(2, 3) end)

  it("takes numbers, tables and tensors", function(s)
    local x = s.x
    x[1] = 5
    x["2, 2:3"] = {1, 2}
    eq(x, {{5.0, 5.0, 5.0}, {0.0, 1.0, 2.0}})
    x[{{}, 3}] = m.tensor {8, 9}
    x[{2, 1}] = 4
    eq(x, {{5.0, 5.0, 8.0}, {4.0, 1.0, 9.0}})
    x[{{}, {1, 2}}] = m.tensor {{3}, {6}}
    eq(x, {{3.0, 3.0, 8.0}, {6.0, 6.0, 9.0}})
    x[{}] = 0
    eq(x:sum():item(), 0.0)
  end)

  it("takes what an index or a mask chooses", function(s)
    local x = s.x
    x[m.index {2}] = 1
    x[{{}, m.index {3, 1}}] = m.tensor {7, 8}
    eq(x, {{8.0, 0.0, 7.0}, {8.0, 1.0, 7.0}})
    x[x:gt(5)] = -1
    eq(x, {{-1.0, 0.0, -1.0}, {-1.0, 1.0, -1.0}})
  end)

  it("sees the source as it was before", function()
    local x = m.range(1, 6)
    x[{{2, 6}}] = x[{{1, 5}}]
    near(x, {1, 1, 2, 3, 4, 5})
    local y = places(2, 2)
    y[{{}, {}}] = y:t()
    near(y, {{11, 21}, {12, 22}})
  end)

  it("never loses precision silently", function(s)
    raises("f64 does not go into f32 without a loss",
      function() s.x[1] = places(1, 3) end)
    local n = m.zeros({3}, {dtype = "i64"})
    raises("f32 does not go into i64", function() n[{}] = m.ones(3) end)
    s.x[1] = n
    eq(s.x[1], {0.0, 0.0, 0.0})
  end)

  it("stores positions as they are shown", function()
    local i = m.index {1, 2, 3}
    i[1] = 9
    i[2] = nil
    eq(i, {9, false, 3})
    i[{{1, 2}}] = {4, false}
    eq(i, {4, false, 3})
    for _, v in ipairs {0, -1, 1.5, true} do
      raises("value", function() i[1] = v end)
    end
    eq(i, {4, false, 3})
  end)

  it("says when the shapes differ", function(s)
    raises("value (2) does not fit into the region (1, 3) of x (2, 3)",
      function() s.x[1] = m.ones(2) end)
    raises("out of range 1..2 of dim 1", function() s.x[3] = 1 end)
  end)
end)

describe("a view's gradient", function()
  it("goes to its place", function()
    local x = places(3, 4)
    x.requires_grad = true
    local y = x[{{2, 3}, {1, 4, 3}}]:sum() + x[1]:sum() * 2
      + (x[{{}, 2}] * x[{{}, 2}]):sum()
    y:backward()
    near(x.grad, {{2, 26, 2, 2}, {1, 44, 0, 1}, {1, 64, 0, 1}})
  end)

  it("skips what was overwritten", function()
    local x, v = m.ones(4), m.ones(2)
    x.requires_grad, v.requires_grad = true, true
    local y = x * 3
    y[{{2, 3}}] = v * 5
    (y * m.tensor {1, 2, 3, 4}):sum():backward()
    near(x.grad, {3, 0, 0, 12})
    near(v.grad, {10, 15})
  end)
end)

describe("lists of views", function()
  it("are Lua tables", function()
    local x = places(5, 2)
    local a, b = table.unpack(x:split(3))
    eq({#a, #b}, {3, 2})
    eq(#x:split({1, 0, 4}), 3)
    eq(#x:chunk(2), 2)
    local columns = x:unbind(2)
    eq(columns[2], {12.0, 22.0, 32.0, 42.0, 52.0})
    columns[1]:zero_()
    eq(x(5, 1), 0.0)
    eq(m.zeros(0, 2):unbind(), {})
  end)
end)
