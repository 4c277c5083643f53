-- ops_views_spec.lua: views, against where their elements lie in memory.

local m = require "mlrt"
local core = require "mlrt.core"

-- ---- Layouts --------------------------------------------------------------

-- Tensors whose elements are their own places in one block of memory.
local function layouts()
  local base = m.arange(0, 480, {dtype = "f64"})
  local block = base:reshape(4, 5, 6, 4)
  return {
    whole = block, first = block[1], turned = block[1]:transpose(1, 2),
    ends = block:transpose(1, 4), middle = block:transpose(2, 3),
    every = block[{{1, 4, 2}}], cut = block:narrow(3, 2, 3),
    columns = block:narrow(4, 1, 2), rows = block:narrow(1, 2, 2),
    line = base[{{1, 480, 3}}], repeated = base:narrow(1, 1, 6):expand(4, 6),
    lone = block:narrow(2, 3, 1), lone_last = block:narrow(4, 3, 1),
    lone_inner = block:narrow(3, 2, 1), one = base[{{7, 7}}],
    number = base:select(1, 7),
    mixed = block:permute(3, 1, 4, 2), last = block:select(4, 2),
  }
end

-- All shapes of n elements in up to 4 dimensions of these sizes.
local SIZES = {1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 24, 30, 48, 60, 96, 120}
local function shapes_of(n, ndim, list, shape)
  list, shape = list or {}, shape or {}
  if #shape == ndim - 1 then
    list[#list + 1] = {n, table.unpack(shape)}
    return list
  end
  for _, size in ipairs(SIZES) do
    if n % size == 0 then
      shape[#shape + 1] = size
      shapes_of(n // size, ndim, list, shape)
      shape[#shape] = nil
    end
  end
  return list
end

-- Is there a step for each dimension that leads through these places?
local function has_steps(places, shape)
  local run, steps = 1, {}
  for d = #shape, 1, -1 do
    steps[d] = shape[d] > 1 and places[1 + run] - places[1] or 0
    run = run * shape[d]
  end
  for i = 1, #places do
    local rest, at = i - 1, places[1]
    for d = #shape, 1, -1 do
      at, rest = at + rest % shape[d] * steps[d], rest // shape[d]
    end
    if at ~= places[i] then return false end
  end
  return true
end

-- Shapes near that of x: two dimensions joined, or one of them cut.
local function near_shapes(x)
  local own = shape_of(x)
  local list = {own}
  for d = 1, #own do
    local cut, joined = {table.unpack(own)}, {table.unpack(own)}
    if own[d] % 2 == 0 then
      cut[d] = own[d] // 2
      table.insert(cut, d + 1, 2)
      list[#list + 1] = cut
    end
    if d > 1 then
      joined[d - 1] = joined[d - 1] * table.remove(joined, d)
      list[#list + 1] = joined
    end
  end
  return list
end

describe("view", function()
  for name in pairs(layouts()) do
    it("of the layout " .. name .. " exists where steps do", function()
      local x = layouts()[name]
      local places = x:contiguous():reshape(-1):totable()
      local shapes = near_shapes(x)
      for ndim = 1, 4 do
        local more = shapes_of(x:numel(), ndim)
        for i = 1, #more, 1 + #more // 24 do shapes[#shapes + 1] = more[i] end
      end
      for i, shape in ipairs(shapes) do
        local ok, y = pcall(x.view, x, shape)
        eq({ok, table.unpack(shape)},
          {has_steps(places, shape), table.unpack(shape)})
        assert(ok or i > 1) -- its own shape
        if ok then same(y:contiguous():reshape(-1), places) end
        same(x:reshape(shape):contiguous():view(-1), places)
      end
    end)
  end

  it("infers one size", function()
    local x = m.arange(0, 24)
    for _, case in ipairs {{{-1}, {24}}, {{-1, 24}, {1, 24}},
      {{2, -1, 3}, {2, 4, 3}}, {{24, -1}, {24, 1}}, {{1, 2, -1}, {1, 2, 12}}} do
      eq(shape_of(x:view(case[1])), case[2])
    end
    eq(shape_of(m.zeros(0, 3):view(3, -1)), {3, 0})
    eq(shape_of(m.zeros(0, 3):view(0, 5)), {0, 5})
    eq(shape_of(m.zeros(1):view({})), {})
    eq(m.zeros({}):view(1, 1, 1, 1, 1, 1, 1, 1).ndim, 8)
  end)
end)

describe("flatten and unflatten", function()
  it("join and split the dimensions that are named", function()
    local x = m.arange(0, 24):reshape(2, 3, 4)
    for _, case in ipairs {{1, 3, {24}}, {1, 2, {6, 4}}, {2, 3, {2, 12}},
      {2, 2, {2, 3, 4}}, {3, 3, {2, 3, 4}}, {-3, -2, {6, 4}}} do
      local y = x:flatten(case[1], case[2])
      eq(shape_of(y), case[3])
      eq(y:reshape(24), x:reshape(24))
    end
    eq(shape_of(m.tensor(7):flatten()), {1})
    for _, case in ipairs {{1, {2, -1}, {2, 1, 3, 4}}, {2, {3}, {2, 3, 4}},
      {3, {2, 2}, {2, 3, 2, 2}}, {-1, {-1, 4}, {2, 3, 1, 4}},
      {2, {3, 1, 1}, {2, 3, 1, 1, 4}}} do
      eq(shape_of(x:unflatten(case[1], case[2])), case[3])
    end
    eq(shape_of(m.tensor(7):unflatten(1, {1, 1})), {1, 1})
    eq(m.zeros(1, 1, 1, 1, 1, 1, 6):unflatten(7, {2, 3}).ndim, 8)
  end)
end)

describe("squeeze and unsqueeze", function()
  it("take out sizes of 1 and put them in", function()
    local x = m.arange(0, 6):reshape(1, 2, 1, 3)
    eq(shape_of(x:squeeze()), {2, 3})
    eq(shape_of(x:squeeze(1)), {2, 1, 3})
    eq(shape_of(x:squeeze(2)), {1, 2, 1, 3})
    eq(shape_of(x:squeeze{dim = {1, -2}}), {2, 3})
    eq(shape_of(x:squeeze{dim = {2, 3}}), {1, 2, 3})
    local y = m.arange(0, 6):reshape(2, 3):t()
    local want = {{1, 3, 2}, {3, 1, 2}, {3, 2, 1}}
    for d = 1, 3 do
      local z = y:unsqueeze(d)
      eq(shape_of(z), want[d])
      eq(y:unsqueeze(d - 4).shape[d], 1)
      eq(z:contiguous():reshape(-1), {0, 3, 1, 4, 2, 5})
      same(z:squeeze(d), y)
    end
  end)
  it("keep the layout: a view of a view is one", function()
    local x = m.arange(0, 24):reshape(2, 3, 4)
    for d = 1, 4 do
      local y = x:unsqueeze(d)
      eq(y:is_contiguous(), true)
      y:view(24):select(1, 5):fill_(-d)
      eq(x:select(1, 1)[{2, 1}], -d)
    end
  end)
end)

describe("orders of dimensions", function()
  local function at(x, i, j, k) return x[{i, j, k}] end

  it("put every element where its indices say", function()
    local x = m.arange(0, 24):reshape(2, 3, 4)
    local sizes = {2, 3, 4}
    for _, p in ipairs {{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2},
      {3, 2, 1}, {-1, 1, 2}, {-2, -1, -3}} do
      local y, q = x:permute(p), {}
      for d = 1, 3 do q[d] = p[d] < 0 and p[d] + 4 or p[d] end
      for d = 1, 3 do eq(y.shape[d], sizes[q[d]]) end
      for i = 1, 2 do for j = 1, 3 do for k = 1, 4 do
        local index = {i, j, k}
        eq(at(y, index[q[1]], index[q[2]], index[q[3]]), at(x, i, j, k))
      end end end
    end
  end)
  it("move one dimension and leave the others in order", function()
    local x = m.zeros(2, 3, 4, 5)
    local sizes = {2, 3, 4, 5}
    for from = 1, 4 do
      for to = 1, 4 do
        local want = {table.unpack(sizes)}
        table.insert(want, to, table.remove(want, from))
        eq(shape_of(x:movedim(from, to)), want)
        eq(shape_of(x:movedim(from - 5, to - 5)), want)
      end
    end
  end)
  it("have gradients that go back by the opposite order", function()
    local w = m.arange(1, 25, {dtype = "f64"})
    for _, p in ipairs {{2, 3, 1}, {3, 1, 2}, {-1, 1, 2}, {2, -1, 1}} do
      local x = m.zeros({2, 3, 4}, {dtype = "f64", requires_grad = true})
      local y = x:permute(p)
      local v = w:reshape(y.shape)
      m.sum(y * v):backward()
      local places = m.arange(1, 25, {dtype = "f64"}):reshape(2, 3, 4)
        :permute(p):contiguous():reshape(-1):totable()
      local want = {}
      for i, place in ipairs(places) do want[place // 1 | 0] = i + 0.0 end
      eq(x.grad:reshape(-1), want)
    end
  end)
end)

describe("t", function()
  it("turns a matrix, and leaves what has fewer dimensions", function()
    local x = m.tensor({{1, 2, 3}, {4, 5, 6}}, {dtype = "f64"})
      :requires_grad_(true)
    same(x:t():detach(), {{1, 4}, {2, 5}, {3, 6}})
    m.sum(x:t() * m.tensor({{1, 2}, {3, 4}, {5, 6}}, {dtype = "f64"}))
      :backward()
    same(x.grad, {{1, 3, 5}, {2, 4, 6}})
    same(m.tensor {1, 2}:t(), {1, 2})
    same(m.tensor(3.0):t(), 3)
  end)
end)

describe("expand", function()
  it("repeats sizes of 1 and puts new dimensions first", function()
    local x = m.tensor {{1}, {2}, {3}}
    same(x:expand(3, 2), {{1, 1}, {2, 2}, {3, 3}})
    same(x:expand(-1, 2), {{1, 1}, {2, 2}, {3, 3}})
    same(x:expand(2, 3, -1), {{{1}, {2}, {3}}, {{1}, {2}, {3}}})
    eq(shape_of(x:expand(3, 0)), {3, 0})
    same(m.tensor(4.0):expand(2, 2), {{4, 4}, {4, 4}})
    eq(x:expand(1, 1, 1, 1, 1, 1, 3, 1).ndim, 8)
    eq(x:expand_as(m.zeros(1, 1, 1, 1, 1, 2, 3, 1)).ndim, 8)
    same(x:t():expand_as(m.zeros(2, 3)), {{1, 2, 3}, {1, 2, 3}})
  end)
  it("sums in the gradient over what was repeated", function()
    local x = m.zeros({3, 1}, {dtype = "f64", requires_grad = true})
    local w = m.arange(0, 12, {dtype = "f64"}):reshape(2, 3, 2)
    m.sum(x:expand(2, 3, 2) * w):backward()
    same(x.grad, {{0 + 1 + 6 + 7.0}, {2 + 3 + 8 + 9.0}, {4 + 5 + 10 + 11.0}})
  end)
end)

-- ---- Parts ----------------------------------------------------------------

-- The positions from a to b, every step.
local function range(a, b, step)
  local list = {}
  for i = a, b, step or 1 do list[#list + 1] = i + 0.0 end
  return list
end

describe("parts", function()
  it("are the positions from start to before stop, every step", function()
    local x = m.arange(0, 11, {dtype = "f64"})
    for start = 0, 11 do
      for stop = start, 11 do
        same(core.slice(x, {start}, {stop}), range(start, stop - 1))
        for _, step in ipairs {1, 2, 3, 11, 1 << 40} do
          same(core.slice(x, {start}, {stop}, {step}),
            range(start, stop - 1, step))
        end
      end
    end
  end)
  it("begin and end anywhere, and may be empty", function()
    local x = m.arange(1, 6, {dtype = "f64"})
    for start = 1, 6 do
      for n = 0, 6 - start do
        same(x:narrow(1, start, n), range(start, start + n - 1))
        if start < 6 then
          same(x:narrow(1, start - 6, n), range(start, start + n - 1))
        end
      end
    end
    for i = 1, 5 do
      eq({x:select(1, i):item(), x:select(1, i - 6):item()}, {i + 0.0, i + 0.0})
    end
  end)
  it("put their gradient into its place among zeros", function()
    local function gradient(f)
      local x = m.zeros({3, 5}, {dtype = "f64", requires_grad = true})
      local y = f(x)
      m.sum(y * m.arange(1, y:numel() + 1, {dtype = "f64"}):reshape(y.shape))
        :backward()
      return x.grad
    end
    same(gradient(function(x) return x:narrow(2, 2, 3) end),
      {{0, 1, 2, 3, 0.0}, {0, 4, 5, 6, 0.0}, {0, 7, 8, 9, 0.0}})
    same(gradient(function(x) return x:narrow(-1, -2, 2) end),
      {{0, 0, 0, 1, 2.0}, {0, 0, 0, 3, 4.0}, {0, 0, 0, 5, 6.0}})
    same(gradient(function(x) return x:narrow(-2, -1, 1) end),
      {{0, 0, 0, 0, 0.0}, {0, 0, 0, 0, 0.0}, {1, 2, 3, 4, 5.0}})
    same(gradient(function(x) return x:select(1, -2) end),
      {{0, 0, 0, 0, 0.0}, {1, 2, 3, 4, 5.0}, {0, 0, 0, 0, 0.0}})
    same(gradient(function(x) return x:select(-1, 4) end),
      {{0, 0, 0, 1, 0.0}, {0, 0, 0, 2, 0.0}, {0, 0, 0, 3, 0.0}})
    same(gradient(function(x) return core.slice(x, {0, 1}, {3, 5}, {2, 3}) end),
      {{0, 1, 0, 0, 2.0}, {0, 0, 0, 0, 0.0}, {0, 3, 0, 0, 4.0}})
  end)
  it("of gradients are gradients of gradients", function()
    local g = m.ones({2, 2}, {dtype = "f64"}):requires_grad_(true)
    local x = core._slice_grad(g, {3, 5}, {0, 1}, {3, 5}, {2, 3})
    same(x:detach(), {{0, 1, 0, 0, 1}, {0, 0, 0, 0, 0}, {0, 1, 0, 0, 1}})
    m.sum(x * m.arange(1, 16, {dtype = "f64"}):reshape(3, 5)):backward()
    same(g.grad, {{2, 5}, {12, 15}})
    g.grad = nil
    m.sum(core._slice_grad(g, {2, 2}, {0}, {2}) * 3):backward()
    same(g.grad, {{3, 3}, {3, 3}})
  end)
  it("can be written: the rest stays", function()
    local x = m.zeros({3, 5}, {dtype = "f64", requires_grad = true})
    local v = m.ones({2, 1}, {dtype = "f64", requires_grad = true})
    local y = core.slice_assign_(x:clone(), v, {0, 1}, {3, 5}, {2, 3})
    same(y:detach(), {{0, 1, 0, 0, 1.0}, {0, 0, 0, 0, 0.0}, {0, 1, 0, 0, 1.0}})
    m.sum(y * m.arange(1, 16, {dtype = "f64"}):reshape(3, 5)):backward()
    same(x.grad, {{1, 0, 3, 4, 0.0}, {6, 7, 8, 9, 10.0}, {11, 0, 13, 14, 0.0}})
    same(v.grad, {{2 + 5.0}, {12 + 15.0}})
    local function alone(of_x)
      local a = m.zeros({3}, {dtype = "f64"}):requires_grad_(of_x)
      local b = m.ones({2}, {dtype = "f64"}):requires_grad_(not of_x)
      m.sum(core.slice_assign_(a:clone(), b, {1}, {3})):backward()
      return a.grad, b.grad
    end
    local a, b = alone(true)
    same(a, {1, 0, 0})
    eq(b, nil)
    a, b = alone(false)
    eq(a, nil)
    same(b, {1, 1})
  end)
  it("take numbers and narrower types, which fit", function()
    local x = m.zeros({4}, {dtype = "i64"})
    core.slice_assign_(x, 2.75, {1}, {3})
    same(x, {0, 2, 2, 0})
    core.slice_assign_(x, m.tensor({7, 8}, {dtype = "u8"}), {2}, {4})
    same(x, {0, 2, 7, 8})
    core.slice_assign_(x, m.tensor(5, {dtype = "i64"}), {}, {})
    same(x, {5, 5, 5, 5})
  end)
end)

describe("lists of parts", function()
  local function sizes(list)
    local out = {}
    for i, t in ipairs(list) do out[i] = t.shape[1] end
    return out
  end

  it("cut a line into parts of a size, or into so many", function()
    for n = 0, 9 do
      local x = m.arange(0, n, {dtype = "f64"})
      for k = 1, 10 do
        local want, left = {}, n
        repeat
          want[#want + 1] = math.min(k, left)
          left = left - k
        until left <= 0
        eq(sizes(x:split(k)), want)
        local parts = x:chunk(k)
        local size = math.max(1, (n + k - 1) // k)
        eq(sizes(parts), sizes(x:split(size)))
        eq(m.cat(parts, 1), x)
      end
    end
  end)
  it("cut it into the sizes listed", function()
    local x = m.arange(0, 10):reshape(5, 2)
    eq(sizes(x:split {1, 4}), {1, 4})
    eq(sizes(x:split {0, 2, 0, 3}), {0, 2, 0, 3})
    eq(sizes(x:split {5}), {5})
    eq(sizes(x:split {2}), {2, 2, 1})
    local parts = x:split {2, 1, 2}
    same(parts[2], {{4, 5}})
    same(parts[3], {{6, 7}, {8, 9}})
    parts = x:split({size = {1, 1}, dim = 2})
    same(parts[2], {{1}, {3}, {5}, {7}, {9}})
    eq(#x:t():unbind(2), 5)
    same(x:unbind(2)[2], {1, 3, 5, 7, 9})
    eq(#m.zeros(0, 2):unbind(), 0)
  end)
  it("join the gradients of all parts, of those not used as zeros", function()
    local x = m.zeros({5}, {dtype = "f64", requires_grad = true})
    local parts = x:split(2)
    m.sum(parts[1] * 2 ):backward {retain_graph = true}
    same(x.grad, {2, 2, 0, 0, 0.0})
    x.grad = nil
    m.sum(x:split {3, 2}[2] * 3):backward()
    same(x.grad, {0, 0, 0, 3, 3.0})
    x.grad = nil
    local list = x:unbind()
    m.sum(list[2] * 5 + list[5] * 7):backward()
    same(x.grad, {0, 5, 0, 0, 7.0})
  end)
end)
