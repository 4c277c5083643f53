-- ops_places_spec.lua: what is chosen by position, joined, spread or drawn,
-- against loops in Lua over the same places; sizes lie around those at which
-- rows are moved in other ways.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows

-- 1, 2, 3 ... in a shape, as a dtype; u8 and bool begin again.
local function counted(shape, dtype)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  local x = m.arange(1, n + 1):reshape(shape)
  if dtype == "u8" then x = x:fmod(251) end
  if dtype == "bool" then return x:fmod(3):eq(1) end
  return x:to(dtype or "f32")
end

-- The same elements at other distances.
local function turned(x)
  return x:transpose(1, -1):contiguous():transpose(1, -1)
end

local function index(list) return m.index(list) end

local DTYPES = {"f32", "f64", "i64", "i32", "u8", "bool"}

-- ---- Choosing ---------------------------------------------------------------

describe("index_select", function()
  it("moves rows of any length", function()
    local at = index {3, 1, 1, 4, 2, 4, 4, 1, 3, 2, 1, 4}
    local list = at:totable()
    for _, dtype in ipairs(DTYPES) do
      for _, w in ipairs {1, 2, 3, 8, 15, 16, 17, 32, 64, 65, 128, 129, 144} do
        local x = counted({4, w}, dtype)
        local rows, y = x:totable(), x:index_select(1, at):totable()
        for k, from in ipairs(list) do eq(y[k], rows[from]) end
      end
    end
  end)
  it("along every dimension", function()
    local x = counted({2, 3, 4, 5}, "i32")
    for d = 1, 4 do
      local at = index {2, 1, 2}
      local y = x:index_select(d, at)
      for k, from in ipairs {2, 1, 2} do
        eq(y:select(d, k), x:select(d, from):totable())
      end
      eq(turned(x):index_select(d - 5, at), y:totable())
    end
  end)
  it("in more rows than a task has", function()
    local x = counted({3, 70}, "f32")
    local list = {}
    for k = 1, 1000 do list[k] = k * 7 % 3 + 1 end
    local y = x:index_select(1, index(list))
    local first = y:select(2, 1):totable()
    local last = y:select(2, 70):totable()
    for k, from in ipairs(list) do
      eq(first[k], (from - 1) * 70 + 1.0)
      eq(last[k], from * 70.0)
    end
  end)
  it("of a number", function()
    eq(m.tensor(5):index_select(1, index {1}), 5.0)
    eq(m.tensor(5):index_select(1, index {1, 1}), {5.0, 5.0})
    eq(m.tensor(5):index_select(1, m.zeros({0}, {dtype = "index"})).shape, {0})
    eq(m.ones(2, 3):index_select(2, index({3}):select(1, 1)).shape, {2, 1})
    eq(message(m.index_select, m.tensor(5), 1, index {2}),
      "index_select: index 2 is out of range 1..1")
  end)
  it("refuses", function()
    eq(message(m.index_select, m.ones(2, 2), 1, index {{1}}),
      "index_select: index: 1 dimension expected, got shape (1, 1)")
    eq(message(m.index_select, m.ones(2, 3), 2, index {3, 4}),
      "index_select: index 4 is out of range 1..3")
  end)
end)

describe("index_add", function()
  it("adds rows to rows, equal positions in turn", function()
    local list = {2, 1, 2, 3, 2}
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      for _, w in ipairs {1, 15, 16, 17, 31, 33, 512, 513, 530, 1025} do
        local x, source = counted({3, w}, dtype), counted({5, w}, dtype)
        local want = x:to("i64"):clone()
        for k, to in ipairs(list) do
          local row = want:select(1, to)
          row:copy_(row + source:select(1, k):to "i64")
        end
        eq(x:index_add(1, index(list), source), want:to(dtype):totable())
      end
    end
  end)
  it("wraps around as integers do", function()
    eq(m.tensor({250}, {dtype = "u8"}):index_add(1, index {1, 1},
      m.tensor({5, 7}, {dtype = "u8"})), {6})
    eq(m.tensor({2147483647}, {dtype = "i32"}):index_add(1, index {1},
      m.tensor({1}, {dtype = "i32"})), {-2147483648})
    eq(m.tensor({math.maxinteger}, {dtype = "i64"}):index_add(1, index {1},
      m.tensor({1}, {dtype = "i64"})), {math.mininteger})
  end)
  it("along every dimension", function()
    for d = 1, 3 do
      local x, list = counted({2, 3, 4}, "f64"), {2, 1, 2}
      local shape = {2, 3, 4}
      shape[d] = 3
      local source = counted(shape, "f64")
      local y = x:index_add(d, index(list), source)
      for k, to in ipairs(list) do
        local part = x:select(d, to)
        part:copy_(part + source:select(d, k))
      end
      eq(y, x:totable())
    end
  end)
  it("refuses", function()
    local x = m.ones(2, 3)
    eq(message(m.index_add, x, 1, index {1, 1}, m.ones(3, 3)),
      "index_add: source: f32 (2, 3) expected, got f32 (3, 3)")
    eq(message(m.index_add, x, 2, index {1, 1}, m.ones(2, 3)),
      "index_add: source: f32 (2, 2) expected, got f32 (2, 3)")
    eq(message(m.index_add, x, 1, index {1, 1}, m.ones(2, 3):to "f64"),
      "index_add: source: f32 (2, 3) expected, got f64 (2, 3)")
    eq(message(m.index_add, x, 1, index {1, 1}, m.ones(1, 2, 3)),
      "index_add: source: f32 (2, 3) expected, got f32 (1, 2, 3)")
    eq(message(m.index_add, index {1}, 1, index {1}, index {1}),
      'index_add: index has no arithmetic; convert with x:to("i64")')
    eq(message(m.index_add, m.tensor {true}, 1, index {1}, m.tensor {true}),
      'index_add: bool has no arithmetic; convert with x:to("i64")')
    eq(message(m.index_add, x, 1, index {1, 3}, m.ones(2, 3)),
      "index_add: index 3 is out of range 1..2")
  end)
end)

describe("index_fill and index_assign_", function()
  it("write slices, the last of equal positions", function()
    for _, dtype in ipairs(DTYPES) do
      for d = 1, 3 do
        local x, list = counted({3, 4, 5}, dtype), {3, 1, 3}
        local shape = {3, 4, 5}
        shape[d] = 3
        local value = counted(shape, dtype):flip(1)
        local y = x:clone()
        for k, to in ipairs(list) do
          y:select(d, to):copy_(value:select(d, k))
        end
        local z = turned(x:clone())
        z:index_assign_(d, index(list), value)
        eq(z, y:totable())
      end
    end
  end)
  it("of values that broadcast", function()
    local x = counted {2, 3, 2}
    local y = x:clone()
    y:index_assign_(2, index {2, 3}, m.tensor {7, 8})
    eq(y[1][1], {1.0, 2.0})
    eq(y[2][1], {7.0, 8.0})
    for i = 1, 2 do
      for j = 2, 3 do eq(y[i][j], {7.0, 8.0}) end
    end
    y = x:index_fill(2, index {1, 3}, m.tensor {{1}, {2}})
    for i = 1, 2 do
      eq(y[i][1], {1.0, 1.0})
      eq(y[i][2], x[i][2]:totable())
      eq(y[i][3], {2.0, 2.0})
    end
    eq(m.tensor(5):index_fill(1, index {1}, 3), 3.0)
    eq(m.ones(3):index_fill(1, index {2}, 0), {1.0, 0.0, 1.0})
    eq(m.ones(2):index_fill_(1, index {2}, m.tensor(4)), {1.0, 4.0})
  end)
  it("hand gradients to what was written and what was left", function()
    local x = m.ones({3, 2}, {requires_grad = true})
    local v = m.ones({2, 2}, {requires_grad = true})
    local g = m.tensor {{1, 2}, {3, 4}, {5, 6}}
    x:index_fill(1, index {3, 1}, v):backward(g)
    eq(x.grad, {{0.0, 0.0}, {3.0, 4.0}, {0.0, 0.0}})
    eq(v.grad, {{5.0, 6.0}, {1.0, 2.0}})
  end)
  it("refuse", function()
    local x = m.ones(2, 2)
    eq(message(m.index_fill, x, 1, index {1}, m.ones(2):to "f64"),
      "index_fill: value: f32 expected, as the target, got f64")
    for _, shape in ipairs {{3}, {2, 2}, {1, 1, 2}} do
      eq(message(m.index_fill, x, 1, index {1}, m.ones(shape)),
        ("index_fill: value (%s) does not fit in 1 slices of (2, 2)"):format(
        table.concat(shape, ", ")))
    end
    eq(message(m.index_fill, x, 1, index {3}, 1),
      "index_fill: index 3 is out of range 1..2")
    eq(message(m.index_fill, x, 1, index {{1}}, 1),
      "index_fill: index: 1 dimension expected, got shape (1, 1)")
    eq(x, {{1.0, 1.0}, {1.0, 1.0}})
  end)
end)

describe("gather and scatter", function()
  -- All places of a shape, as tables of coordinates.
  local function places(shape)
    local list = {{}}
    for _, size in ipairs(shape) do
      local longer = {}
      for _, at in ipairs(list) do
        for i = 1, size do
          longer[#longer + 1] = {table.unpack(at)}
          table.insert(longer[#longer], i)
        end
      end
      list = longer
    end
    return list
  end
  local function at(x, place)
    for _, i in ipairs(place) do x = x[i] end
    return x
  end
  local function put(x, place, v)
    for d = 1, #place - 1 do x = x[place[d]] end
    x[place[#place]] = v
  end
  local function positions(shape, limit)
    local list = {}
    for k in ipairs(places(shape)) do list[k] = k * k % 7 % limit + 1 end
    return index(list):reshape(shape)
  end

  it("are loops over the places of the index", function()
    for _, dtype in ipairs(DTYPES) do
      for _, case in ipairs {{{5}, {7}, 1}, {{3, 4}, {3, 4}, 1},
        {{3, 4}, {3, 4}, 2}, {{3, 4}, {6, 2}, 1}, {{3, 4}, {2, 9}, 2},
        {{2, 3, 4}, {2, 2, 3}, 1}, {{2, 3, 4}, {1, 8, 4}, 2},
        {{2, 3, 4}, {2, 2, 7}, 3}} do
        local size, shape, d = table.unpack(case)
        local x, i = counted(size, dtype), positions(shape, size[d])
        local source = counted(shape, dtype)
        local rows, list, from = x:totable(), i:totable(), source:totable()
        local got, into = m.gather(x, d, i):totable(), x:totable()
        for _, place in ipairs(places(shape)) do
          local there = {table.unpack(place)}
          there[d] = at(list, place)
          eq(at(got, place), at(rows, there))
          put(into, there, at(from, place))
        end
        eq(m.gather(turned(x), d, turned(i)), got)
        eq(m.scatter(x, d, i, source), into)
        eq(m.scatter(turned(x), d, i, turned(source)), into)
        local z = turned(x:clone())
        z:scatter_(d, i, source)
        eq(z, into)
      end
    end
  end)
  it("scatter_add adds up, and wraps", function()
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      for _, case in ipairs {{{5}, {7}, 1}, {{3, 4}, {6, 2}, 1},
        {{3, 4}, {2, 9}, 2}, {{2, 3, 4}, {1, 8, 4}, 2}} do
        local size, shape, d = table.unpack(case)
        local x, i = counted(size, dtype), positions(shape, size[d])
        local source = counted(shape, dtype)
        local list, from = i:totable(), source:totable()
        local into = x:totable()
        for _, place in ipairs(places(shape)) do
          local there = {table.unpack(place)}
          there[d] = at(list, place)
          put(into, there, at(into, there) + at(from, place))
        end
        eq(m.scatter_add(x, d, i, source), into)
        local z = turned(x:clone())
        z:scatter_add_(d, i, source)
        eq(z, into)
      end
    end
    local function wrap(dtype, a, b)
      return m.tensor({a}, {dtype = dtype}):scatter_add(1, index {1},
        m.tensor({b}, {dtype = dtype})):totable()[1]
    end
    eq(wrap("u8", 255, 2), 1)
    eq(wrap("i32", -2147483648, -1), 2147483647)
    eq(wrap("i64", math.maxinteger, 1), math.mininteger)
  end)
  it("of a number", function()
    local one = index({1}):select(1, 1)
    eq(m.gather(m.tensor(2), 1, one), 2.0)
    eq(m.scatter(m.tensor(2), 1, one, m.tensor(3)), 3.0)
    eq(m.scatter_add(m.tensor(2), 1, one, m.tensor(3)), 5.0)
    eq(m.gather(m.ones(2, 3), 1, m.zeros({0, 3}, {dtype = "index"})).shape,
      {0, 3})
  end)
  it("hand gradients back where they came from", function()
    local x = m.ones({3}, {requires_grad = true})
    m.gather(x, 1, index {1, 3, 1}):backward(m.tensor {1, 2, 4})
    eq(x.grad, {5.0, 0.0, 2.0})
    for _, name in ipairs {"scatter", "scatter_add"} do
      local y = m.ones({3}, {requires_grad = true})
      local s = m.ones({2}, {requires_grad = true})
      m[name](y, 1, index {3, 1}, s):backward(m.tensor {1, 2, 4})
      eq(y.grad, name == "scatter" and {0.0, 2.0, 0.0} or {1.0, 2.0, 4.0})
      eq(s.grad, {4.0, 1.0})
    end
  end)
  it("refuse", function()
    local x = m.ones(2, 2)
    for text, i in pairs {["(1, 3)"] = index {{1, 2, 1}}, ["(1)"] = index {1},
      ["(1, 1, 1)"] = index {{{1}}}} do
      eq(message(m.gather, x, 1, i), "gather: index " .. text .. " does not "
        .. "fit in x (2, 2) outside dim 1")
    end
    eq(message(m.gather, x, 2, index {{1}, {1}, {1}}),
      "gather: index (3, 1) does not fit in x (2, 2) outside dim 2")
    eq(message(m.gather, x, 1, index {{3, 1}}),
      "gather: index 3 is out of range 1..2")
    eq(message(m.scatter, x, 1, index {{1, 2}}, m.ones(2, 2)), "scatter: "
      .. "source: f32 (1, 2) expected, as x and index, got f32 (2, 2)")
    eq(message(m.scatter, x, 1, index {{1, 2}}, m.ones(1, 2):to "f64"),
      "scatter: source: f32 (1, 2) expected, as x and index, got f64 (1, 2)")
    eq(message(m.scatter_add, m.tensor {true}, 1, index {1}, m.tensor {true}),
      'scatter_add: bool has no arithmetic; convert with x:to("i64")')
  end)
  it("take_along_dim broadcasts, or takes from all", function()
    local x = counted {2, 3}
    eq(x:take_along_dim(index {6, 1}), {6.0, 1.0})
    eq(x:take_along_dim(index {{6}, {2}}), {6.0, 2.0})
    eq(x:take_along_dim(index {{3}}, 2), {{3.0}, {6.0}})
    eq(x:take_along_dim(index {{2, 1}}, 2), {{2.0, 1.0}, {5.0, 4.0}})
    eq(x:take_along_dim(index {{2}, {1}, {2}}, 1), {{4.0, 5.0, 6.0},
      {1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}})
    eq(counted({1, 3}):take_along_dim(index {{2, 1}, {3, 3}}, 2),
      {{2.0, 1.0}, {3.0, 3.0}})
    eq(message(m.take_along_dim, x, index {7}),
      "take_along_dim: index 7 is out of range 1..6")
    eq(message(m.take_along_dim, x, index {{4}}, 2),
      "take_along_dim: index 4 is out of range 1..3")
    eq(message(m.take_along_dim, x, index {1}, 1), "take_along_dim: x (2, 3) "
      .. "and index (1): as many dimensions expected")
    eq(message(m.take_along_dim, m.tensor(1), index({1}):select(1, 1), 1),
      "take_along_dim: x () and index (): as many dimensions expected")
    eq(message(m.take_along_dim, x, index {{1}, {1}, {1}}, 2),
      "take_along_dim: shapes (2, 1) and (3, 1) do not broadcast")
  end)
end)

-- ---- Tables -----------------------------------------------------------------

describe("embedding", function()
  it("of none is a row of zeros, which gets no gradient", function()
    local at = index {2, 1, 2, 1}
    at:narrow(1, 4, 1):fill_(0)
    for _, w in ipairs {1, 2, 16, 17, 140} do
      local x = counted {2, w}
      x.requires_grad = true
      local y = m.embedding(x, at)
      eq(y:detach():select(1, 4), m.zeros(w))
      eq(y:detach():select(1, 3), x:detach():select(1, 2):totable())
      y:backward(m.ones(4, w))
      eq(x.grad:select(1, 1), m.ones(w))
      eq(x.grad:select(1, 2), m.full({w}, 2))
    end
  end)
  it("cuts rows to max_norm", function()
    local function cut(p, most, dtype)
      local x = m.tensor({{3, -4}, {0.5, 0}, {6, 8}}, {dtype = dtype or "f64"})
      m.embedding(x, index {2, 1, 2}, {max_norm = most, norm_type = p})
      return x:totable()
    end
    for p, norm in pairs {[1] = 7, [2] = 5, [3] = 91 ^ (1 / 3),
      [math.huge] = 4, [0] = 2} do
      local f = 1.5 / (norm + 1e-7)
      near(cut(p, 1.5), {{3 * f, -4 * f}, {0.5, 0}, {6, 8}}, 1e-12)
      near(cut(p, 1.5, "f32"), {{3 * f, -4 * f}, {0.5, 0}, {6, 8}}, 1e-6)
      near(cut(p, norm + 1e-9), {{3, -4}, {0.5, 0}, {6, 8}}, 0)
    end
    near(cut(2, 5), {{3, -4}, {0.5, 0}, {6, 8}}, 0)
    eq(message(m.embedding, turned(counted {3, 2}), index {1}, {max_norm = 1}),
      "embedding: max_norm wants a contiguous weight, which it writes into")
    eq(message(m.embedding, counted {3, 2}, index {1}, {max_norm = 1,
      norm_type = 0 / 0}), "embedding: argument 'norm_type' is nan")
    raises("embedding: ", m.embedding, counted({3, 2}, "i64"), index {1},
      {max_norm = 1})
  end)
  it("refuses", function()
    local deep = index({1}):reshape {1, 1, 1, 1, 1, 1, 1, 1}
    eq(message(m.embedding, m.ones(2, 2), deep), "embedding: index "
      .. "(1, 1, 1, 1, 1, 1, 1, 1) has too many dimensions")
    eq(message(m.one_hot, deep), "one_hot: index (1, 1, 1, 1, 1, 1, 1, 1) has "
      .. "too many dimensions")
    eq(message(m.embedding, m.ones(2, 2), index {3}),
      "embedding: index 3 is out of range 1..2")
    for _, rows in ipairs {0, -1} do
      raises("_embedding_grad: ", core._embedding_grad, m.ones(1, 2), index {1},
        rows)
    end
    eq(message(core._embedding_grad, m.ones(2, 2), index {{1}, {2}}, 2),
      "_embedding_grad: g (2, 2) and index (2, 1) do not fit")
    eq(message(core._embedding_grad, m.ones(2, 2), index {1, 2}, -1),
      "_embedding_grad: g (2, 2) and index (2) do not fit")
    eq(core._embedding_grad(m.zeros(0, 2), m.zeros({0}, {dtype = "index"}),
      0).shape, {0, 2})
  end)
end)

describe("gather_rows", function()
  it("scales and shifts the rows it takes", function()
    local list = {2, 1, 2, 2}
    for _, dtype in ipairs {"u8", "f32", "f64"} do
      for _, shape in ipairs {{2}, {2, 1}, {2, 17}, {2, 3, 5}} do
        local x = counted(shape, dtype)
        local y = m.gather_rows(x, index(list), 0.5, 3)
        eq(y.dtype, dtype == "f64" and "f64" or "f32")
        for k, from in ipairs(list) do
          eq(y:narrow(1, k, 1), (x:narrow(1, from, 1):to(y.dtype) * 0.5 + 3)
            :totable())
        end
      end
    end
    eq(m.gather_rows(m.ones(2, 0), index {1}).shape, {1, 0})
    eq(m.gather_rows(m.ones(2, 3), m.zeros({0}, {dtype = "index"})).shape,
      {0, 3})
  end)
  it("in more rows than a task has", function()
    local list = {}
    for k = 1, 300 do list[k] = k % 3 + 1 end
    local y = m.gather_rows(counted({3, 400}, "u8"), index(list))
    local want = counted({3, 400}, "u8"):to "f32":index_select(1, index(list))
    assert((y - want):abs():max():item() == 0)
  end)
  it("hands the gradient back times the scale", function()
    local x = m.ones({3, 2}, {requires_grad = true})
    m.gather_rows(x, index {3, 1, 3}, 0.5, 7):sum():backward()
    eq(x.grad, {{0.5, 0.5}, {0.0, 0.0}, {1.0, 1.0}})
  end)
  it("refuses", function()
    eq(message(m.gather_rows, m.tensor(1), index {1}),
      "gather_rows: x has no rows: its shape is ()")
    eq(message(m.gather_rows, counted({2, 2}, "i32"), index {1}),
      "gather_rows: argument 'x': u8, f32 or f64 expected, got i32")
    eq(message(m.gather_rows, m.ones(2, 2), index {{1}}),
      "gather_rows: index: 1 dimension expected, got shape (1, 1)")
    eq(message(m.gather_rows, m.ones(2, 2), index {3}),
      "gather_rows: index 3 is out of range 1..2")
    raises("gather_rows: ", m.gather_rows, m.ones(2, 2), m.full({1}, 0,
      {dtype = "index"}))
  end)
end)

describe("one_hot and repeat_interleave", function()
  it("find the number of classes", function()
    eq(m.one_hot(index {2, 1}), {{0, 1}, {1, 0}})
    eq(m.one_hot(index {{1, 3}, {2, 1}}:t()), {{{1, 0, 0}, {0, 1, 0}},
      {{0, 0, 1}, {1, 0, 0}}})
    eq(m.one_hot(index {2}, 4), {{0, 1, 0, 0}})
    eq(m.one_hot(m.full({2}, 0, {dtype = "index"}), 2), {{0, 0}, {0, 0}})
    eq(m.one_hot(m.full({2}, 0, {dtype = "index"})).shape, {2, 0})
    eq(m.one_hot(m.zeros({0}, {dtype = "index"})).shape, {0, 0})
    eq(message(m.one_hot, index {3}, 2),
      "one_hot: index 3 is out of range 1..2")
  end)
  it("repeat every element", function()
    eq(m.repeat_interleave(counted {2, 2}, 2), {1.0, 1.0, 2.0, 2.0, 3.0, 3.0,
      4.0, 4.0})
    eq(m.repeat_interleave(counted {2, 2}, 2, 2), {{1.0, 1.0, 2.0, 2.0},
      {3.0, 3.0, 4.0, 4.0}})
    eq(m.repeat_interleave(counted {2, 2}, 3, 1)[4], {3.0, 4.0})
    eq(m.repeat_interleave(counted {2}, 0).shape, {0})
    eq(m.repeat_interleave(counted {2}, 1), {1.0, 2.0})
    eq(m.repeat_interleave(m.tensor(5), 2), {5.0, 5.0})
    eq(message(m.repeat_interleave, m.ones(2), -1),
      "repeat_interleave: repeats: 0 or more expected, got -1")
    eq(message(m.repeat_interleave, m.ones(2), 1 << 62),
      "repeat_interleave: 4611686018427387904 repeats are too many")
    eq(message(m.repeat_interleave, m.ones(2), 2, 3), "repeat_interleave: dim "
      .. "3 is out of range for a tensor of 1 dimension")
  end)
end)
