-- ops_copies_spec.lua: conversions, copies and fills, and how many elements
-- have which value, at the ends of what is allowed.

local m = require "mlrt"

local INF, NAN = math.huge, 0 / 0

local function i64(list) return m.tensor(list, {dtype = "i64"}) end

describe("conversions", function()
  it("of positions, which become what is shown", function()
    for _, base in ipairs {0, 1} do
      local x = i64({base, base + 6}):index {base = base}
      for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
        near(x:to(dtype), {1, 7}, 0)
        eq(x:to(dtype).dtype, dtype)
      end
    end
    eq(message(m.to, m.index {1}, "bool"),
      "to: a position is neither true nor false")
    eq(message(m.to, i64 {1}, "index"), "to: i64 does not become index without "
      .. "saying what it counts from: x:index{base=0} or {base=1}")
  end)
  it("copy what fits", function()
    local x = m.zeros(2, 3)
    eq(message(x.copy_, x, m.ones(2)),
      "copy_: source (2) does not fit into x (2, 3)")
    eq(message(x.copy_, x, m.ones(1, 2, 3)),
      "copy_: source (1, 2, 3) does not fit into x (2, 3)")
    eq(message(x.copy_, m.zeros(1), m.ones(3)),
      "copy_: source (3) does not fit into x (1)")
    eq(message(x.copy_, x, m.index {1, 2, 3}),
      "copy_: index is not copied into f32")
    eq(message(x.copy_, m.index {1, 2}, m.ones(2)),
      "copy_: f32 is not copied into index")
    eq(m.index({1, 2}):copy_(m.index {3, 4}), {3, 4})
    eq(x:copy_(m.tensor {true, false, true}), {{1.0, 0.0, 1.0},
      {1.0, 0.0, 1.0}})
  end)
  it("fill with a number or a tensor of one", function()
    local x = m.zeros(2)
    eq(x:fill_(m.tensor(3, {dtype = "i64"})), {3.0, 3.0})
    eq(message(x.fill_, x, m.ones(1)), "fill_: argument 'value': a number or a "
      .. "0-d tensor expected, got (1)")
    local at = m.index {1, 2}
    eq(message(at.fill_, at, m.tensor(2)), "fill_: f32 is not written into "
      .. "index")
    eq(at:fill_(2), {2, 2})
    eq(at:fill_(m.index({1, 2}):select(1, 1)), {1, 1})
    local v = m.tensor(2, {requires_grad = true})
    local y = m.ones(2, 3) * 1
    y:fill_(v):sum():backward()
    eq(v.grad:item(), 6.0)
  end)
end)

describe("bincount", function()
  it("of every kind of integer, in any layout", function()
    for _, dtype in ipairs {"i64", "i32", "u8"} do
      local x = m.tensor({{3, 0, 1}, {1, 1, 5}}, {dtype = dtype})
      eq(x:flatten():bincount(), {1, 3, 0, 1, 0, 1})
      eq(x:t():flatten():bincount(), {1, 3, 0, 1, 0, 1})
      eq(x:t():bincount(), {1, 3, 0, 1, 0, 1})
      eq(x:select(1, 2):bincount(), {0, 2, 0, 0, 0, 1})
      eq(x:select(2, 3):bincount(), {0, 1, 0, 0, 0, 1})
    end
    eq(m.index({1, 3}):bincount(), {1, 0, 1})
  end)
  it("has at least so many", function()
    local x = i64 {1}
    eq(x:bincount(nil, 0), {0, 1})
    eq(x:bincount(nil, 1), {0, 1})
    eq(x:bincount(nil, 2), {0, 1})
    eq(x:bincount(nil, 3), {0, 1, 0})
    eq(m.zeros({0}, {dtype = "i64"}):bincount().shape, {0})
    eq(m.zeros({0}, {dtype = "i64"}):bincount(nil, 2), {0, 0})
  end)
  it("adds weights", function()
    eq(i64({1, 0, 1}):bincount(m.tensor {1, 2, 4}), {2.0, 5.0})
    eq(m.tensor({2, 2}, {dtype = "u8"}):bincount(
      m.tensor({1, 0.5}, {dtype = "f64"}), 4), {0.0, 0.0, 1.5, 0.0})
    eq(i64({1}):bincount(m.ones(1), 1).dtype, "f32")
  end)
  it("refuses what cannot be counted", function()
    eq(message(m.bincount, m.ones(2)), "bincount: argument 'x': index or "
      .. "integers expected, got f32")
    eq(message(m.bincount, m.tensor {true}), "bincount: argument 'x': index or "
      .. "integers expected, got bool")
    eq(message(m.bincount, i64 {0, -1}),
      "bincount: x: 0 and above expected, got -1")
    eq(message(m.bincount, i64 {-1, 7, -3}),
      "bincount: x: 0 and above expected, got -3")
    eq(message(m.bincount, i64 {0, math.maxinteger}),
      "bincount: x: 0 and above expected, got 9223372036854775807")
    eq(message(m.bincount, m.full({2}, 0, {dtype = "index"})),
      "bincount: the index holds none")
    eq(message(m.bincount, i64 {1}, m.ones(2)),
      "bincount: x (1) and weights (2) differ")
    eq(message(m.bincount, i64 {1}, nil, -1),
      "bincount: minlength: 0 or more expected, got -1")
    raises("bincount: ", m.bincount, i64 {1}, i64 {1})
  end)
end)

describe("histc", function()
  it("counts from edge to edge, the last included", function()
    local x = m.tensor {0, 0.5, 1, 1.5, 2, 2.5, 3, -1, 4, NAN}
    eq(x:histc(3, 0, 3), {2.0, 2.0, 3.0})
    eq(x:histc(1, 0, 3), {7.0})
    eq(x:narrow(1, 1, 9):histc(5), {1.0, 2.0, 2.0, 2.0, 2.0})
    eq(m.tensor({1, 3}, {dtype = "f64"}):histc(2), {1.0, 1.0})
    eq(m.ones(4):histc(2), {0.0, 4.0})
    eq(m.ones(4):histc(4, 0, 2), {0.0, 0.0, 4.0, 0.0})
    eq(m.zeros(0):histc(2), {0.0, 0.0})
    eq(m.tensor({0.5, -0.5}):histc(2, 0, 0), {1.0, 1.0})
    eq(m.tensor({2, 2.5}):histc(2, 2, 2), {1.0, 1.0})
  end)
  it("refuses what is no range", function()
    eq(message(m.histc, m.ones(2), 0), "histc: bins: 1 or more expected, got 0")
    eq(message(m.histc, m.ones(2), 2, 1, 0),
      "histc: there is no range from 1 to 0")
    eq(message(m.histc, m.tensor {1, INF}, 2),
      "histc: there is no range from 1 to inf")
    eq(message(m.histc, m.tensor {-INF, 1}, 2),
      "histc: there is no range from -inf to 1")
    raises("histc: there is no range from %-?nan to %-?nan", m.histc,
      m.tensor {1, NAN, 2}, 2)
  end)
end)
