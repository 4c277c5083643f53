-- ops_sums_spec.lua: reductions and running totals, against loops in Lua;
-- gradients against formulas worked out by hand.

local m = require "mlrt"
local core = require "mlrt.core"

local NAN, INF = 0 / 0, math.huge
local F64 = {dtype = "f64"}

local function leaf(values)
  return m.tensor(values, {dtype = "f64", requires_grad = true})
end

-- The gradient of sum(f(x) * w) for the weights w = 1, 2, 3, ...
local function gradient(x, f)
  x.grad = nil
  local y = f(x)
  m.sum(y * m.arange(1, y:numel() + 1, F64):reshape(y.shape)):backward()
  return x.grad
end

-- ---- Reductions -----------------------------------------------------------

local folds = {
  sum = function(list)
    local s = 0
    for _, v in ipairs(list) do s = s + v end
    return s
  end,
  prod = function(list)
    local p = 1
    for _, v in ipairs(list) do p = p * v end
    return p
  end,
  amax = function(list) return math.max(table.unpack(list)) end,
  amin = function(list) return math.min(table.unpack(list)) end,
  count_nonzero = function(list)
    local n = 0
    for _, v in ipairs(list) do n = n + (v ~= 0 and 1 or 0) end
    return n
  end,
}
folds.mean = function(list) return folds.sum(list) / #list end
folds._sum_squares = function(list)
  local s = 0
  for _, v in ipairs(list) do s = s + v * v end
  return s
end
local function deviation(correction)
  return function(list)
    local s, mean = 0, folds.mean(list)
    for _, v in ipairs(list) do s = s + (v - mean) ^ 2 end
    return s / math.max(0, #list - correction)
  end
end
folds.var = deviation(1)
folds.std = function(list) return folds.var(list) ^ 0.5 end
folds.logsumexp = function(list)
  local s = 0
  for _, v in ipairs(list) do s = s + math.exp(v) end
  return math.log(s)
end

-- f over the dimensions (from 1) of a tensor of shape (2, 3, 4) as flat list.
local function fold(values, dims, f)
  local over = {}
  for _, d in ipairs(dims) do over[d < 0 and d + 4 or d] = true end
  local groups, names = {}, {}
  for i, v in ipairs(values) do
    local k = i - 1
    local index = {k // 12, k // 4 % 3, k % 4}
    for d = 1, 3 do if over[d] then index[d] = 0 end end
    local name = table.concat(index, " ")
    if not groups[name] then
      groups[name] = {}
      names[#names + 1] = name
    end
    table.insert(groups[name], v)
  end
  local out = {}
  for i, name in ipairs(names) do out[i] = f(groups[name]) end
  return out
end

describe("reductions", function()
  local values = {}
  for i = 1, 24 do values[i] = i * 7 % 5 - 1.5 + (i % 3 == 0 and 1.5 or 0) end
  local every = {{1}, {2}, {3}, {1, 2}, {1, 3}, {2, 3}, {1, 2, 3}, {-1},
    {-2, 1}, {-3, -1}}

  for name, f in pairs(folds) do
    it("of each kind: " .. name, function()
      local x = m.tensor(values, F64):reshape(2, 3, 4)
      local sizes = {2, 3, 4}
      for _, dims in ipairs(every) do
        local want = fold(values, dims, f)
        local y = core[name](x, dims)
        near(y:reshape(-1), want, 1e-14)
        local kept = core[name](x, dims, true)
        near(kept:reshape(-1), want, 1e-14)
        local shape, left = {2, 3, 4}, {}
        for _, d in ipairs(dims) do shape[d < 0 and d + 4 or d] = 1 end
        eq(shape_of(kept), shape)
        for d = 1, 3 do
          if shape[d] ~= 1 then left[#left + 1] = sizes[d] end
        end
        eq(shape_of(y), left)
      end
      near(core[name](x), f(values), 1e-14)
      eq(shape_of(core[name](x, {keepdim = true})), {1, 1, 1})
    end)
  end

  it("truths", function()
    local x = m.tensor {{0, 0, 3}, {0, NAN, 1}}
    eq(x:any(1), {false, true, true})
    eq(x:all(1), {false, false, true})
    eq(x:any(2), {true, true})
    eq(x:all(2), {false, false})
    eq({x:any():item(), x:all():item()}, {true, false})
    eq(m.zeros(0, 2):any(1), {false, false})
    eq(m.zeros(0, 2):all(1), {true, true})
    eq(m.ones(2, 3):all(), true)
  end)
  it("of integers are integers, which wrap", function()
    local x = m.tensor({{math.maxinteger, 1}, {2, 3}}, {dtype = "i64"})
    eq(x:sum(2), {math.mininteger, 5})
    eq(x:prod(2), {math.maxinteger, 6})
    eq(m.tensor({200, 100}, {dtype = "u8"}):sum():item(), 300)
    eq(m.tensor {true, true, false}:sum():item(), 2)
    eq(m.tensor({7, 7}, {dtype = "i32"}):prod().dtype, "i64")
  end)
  it("of nothing", function()
    same(m.zeros(0, 2):sum(1), {0, 0})
    same(m.zeros(0, 2):prod(1), {1, 1})
    same(m.zeros(0, 2):logsumexp(1), {-INF, -INF})
    same(m.zeros(0, 2):logsumexp(), -INF)
    eq(shape_of(m.zeros(0, 2):logsumexp(1, true)), {1, 2})
    eq(shape_of(m.zeros(2, 0):logsumexp(1)), {0})
    same(m.zeros(0, 2):mean(1), {NAN, NAN})
    same(m.tensor {3.0}:var(), NAN)
    same(m.tensor {3.0, 5}:var {correction = 2}, INF)
    same(m.tensor {3.0, 5}:var {correction = 7}, INF)
    same(m.tensor {3.0, 5}:var {correction = 0}, 1)
    same(m.tensor {3.0, 5}:std {correction = 0, keepdim = true}, {1})
    same(m.tensor({1, NAN, 2}):nansum(), 3)
  end)
  it("the two kinds at once", function()
    local x = m.tensor({{1, 2, 6}, {4, 8, 0}}, F64)
    local v, mean = x:var_mean(2)
    same(v, {7, 16})
    same(mean, {3, 4})
    v, mean = x:std_mean {dim = 2, correction = 0, keepdim = true}
    near(v, {{(14 / 3) ^ 0.5}, {(32 / 3) ^ 0.5}}, 1e-14)
    same(mean, {{3}, {4}})
    v, mean = x:var_mean()
    near({v:item(), mean:item()}, {9.5, 3.5}, 1e-14)
    local low, high = x:aminmax(2)
    same(low, {1, 0})
    same(high, {6, 8})
    low, high = x:aminmax(-2, true)
    same(low, {{1, 2, 0}})
    same(high, {{4, 8, 6}})
    low, high = x:aminmax()
    eq({low:item(), high:item()}, {0.0, 8.0})
  end)
  it("norms of every order", function()
    local x = m.tensor({{3, -4}, {0, 2}}, F64)
    for _, case in ipairs {{2, {5, 2}}, {1, {7, 2}}, {0, {2, 1}},
      {INF, {4, 2}}, {-INF, {3, 0}}, {3, {91 ^ (1 / 3), 2}},
      {0.5, {(3 ^ 0.5 + 2) ^ 2, 2}}, {-1, {1 / (1 / 3 + 1 / 4), 0}}} do
      near(x:norm(case[1], 2), case[2], 1e-14)
      near(x:norm {p = case[1], dim = -1, keepdim = true},
        {{case[2][1]}, {case[2][2]}}, 1e-14)
    end
    near(x:norm(), 29 ^ 0.5, 1e-14)
    near(x:norm(1), 9)
    near(x:norm(INF), 4)
    eq(shape_of(x:norm {keepdim = true}), {1, 1})
  end)
  it("logsumexp does not overflow, and keeps infinities", function()
    near(m.tensor({{1000, 1000}, {-1000, -1001}}, F64):logsumexp(2),
      {1000 + math.log(2), -1000 + math.log(1 + math.exp(-1))}, 1e-14)
    same(m.tensor({{-INF, -INF}, {INF, 1}, {-INF, 2}}, F64):logsumexp(2),
      {-INF, INF, 2})
  end)
end)

describe("gradients of reductions", function()
  it("go to all elements that were reduced", function()
    local x = leaf {{1, 2, 3}, {4, 5, 7}}
    same(gradient(x, function(t) return t:sum(1) end), {{1, 2, 3}, {1, 2, 3}})
    same(gradient(x, function(t) return t:sum(-1) end), {{1, 1, 1}, {2, 2, 2}})
    same(gradient(x, function(t) return t:mean(-2) end),
      {{0.5, 1, 1.5}, {0.5, 1, 1.5}})
    near(gradient(x, function(t) return t:mean() end),
      {{1 / 6, 1 / 6, 1 / 6}, {1 / 6, 1 / 6, 1 / 6}}, 1e-15)
    same(gradient(x, function(t) return t:sum {dim = {1, 2}} end),
      {{1, 1, 1}, {1, 1, 1}})
    same(gradient(x, function(t) return core._sum_squares(t, {2}) end),
      {{2, 4, 6}, {16, 20, 28}})
    local y = leaf(3)
    same(gradient(y, function(t) return t:mean(1) end), 1)
    same(gradient(y, function(t) return t:prod(-1) end), 1)
    same(gradient(y, function(t) return t:amax() end), 1)
  end)
  it("are shared by equal extremes", function()
    local x = leaf {{5, 1, 5}, {2, 2, 9}}
    same(gradient(x, function(t) return t:amax(2) end),
      {{0.5, 0, 0.5}, {0, 0, 2}})
    same(gradient(x, function(t) return t:amin(2) end),
      {{0, 1, 0}, {1, 1, 0}})
    same(gradient(x, function(t) return t:amax(-2) end),
      {{1, 0, 0}, {0, 2, 3}})
    same(gradient(x, function(t) return (t:aminmax(2)) end),
      {{0, 1, 0}, {1, 1, 0}})
  end)
  it("leave out nan", function()
    local x = leaf {{1, NAN}, {3, 4}}
    same(gradient(x, function(t) return t:nansum(1) end), {{1, 0}, {1, 2}})
    same(gradient(x, function(t) return t:nanmean(2) end),
      {{1, 0}, {1, 1}})
  end)
  it("of products are those of the others, zeros or not", function()
    -- For every number of elements and of zeros among them.
    for n = 1, 9 do
      for zeros = 0, 2 do
        local list, want = {}, {}
        for i = 1, n do list[i] = i % 4 + 1.0 end
        for z = 1, math.min(zeros, n) do list[z * 3 % n + 1] = 0 end
        for i = 1, n do
          local others = {table.unpack(list)}
          table.remove(others, i)
          want[i] = folds.prod(others)
        end
        local x = leaf(list)
        near(gradient(x, function(t) return t:prod() end), want, 1e-13)
        local rows = leaf {list, list}
        local twice = {}
        for i = 1, n do twice[i] = 2 * want[i] end
        near(gradient(rows, function(t) return t:prod(2) end), {want, twice},
          1e-13)
      end
    end
    local x = leaf {{0, 2}, {3, 4}}
    same(gradient(x, function(t) return t:prod(1) end), {{3, 8}, {0, 4}})
    same(gradient(x, function(t) return t:prod(-2, true) end),
      {{3, 8}, {0, 4}})
    local cube = leaf {{{1, 0}, {2, 3}}, {{4, 5}, {0, 7}}}
    same(gradient(cube, function(t) return t:prod {dim = {1, 3}} end),
      {{{0, 20}, {0, 0}}, {{0, 0}, {84, 0}}})
    local empty = leaf {{}, {}}
    eq(shape_of(gradient(empty, function(t) return t:prod(2) end)), {2, 0})
  end)
  it("of a product with zeros have gradients", function()
    local x = leaf {2, 0, 5}
    local g = m.grad(x:prod(), {x}, {create_graph = true})[1]
    same(g:detach(), {0, 10, 0})
    same(m.grad(m.sum(g * m.tensor({1, 10, 100}, F64)), {x})[1],
      {10 * 5 + 100 * 0, 5 + 100 * 2, 10 * 2})
  end)
  it("of norms and deviations are 0 where these are", function()
    local x = leaf {{3, 4}, {0, 0}}
    near(gradient(x, function(t) return t:norm(2, 2) end),
      {{0.6, 0.8}, {0, 0}}, 1e-15)
    local y = leaf {{1, 3}, {2, 2}}
    local s = 2 ^ 0.5 / 2
    near(gradient(y, function(t) return t:std(2) end), {{-s, s}, {0, 0}},
      1e-15)
    near(gradient(x, function(t) return t:norm(1, 2) end), {{1, 1}, {0, 0}})
  end)
  it("of logsumexp are the shares of each", function()
    local e = math.exp(1)
    near(gradient(leaf {{0, 1}, {5, 5}}, function(t)
      return t:logsumexp(2)
    end), {{1 / (1 + e), e / (1 + e)}, {1, 1}}, 1e-14)
    same(gradient(leaf {{-INF, 2}}, function(t) return t:logsumexp(2) end),
      {{0, 1}})
  end)
end)

-- ---- Running totals -------------------------------------------------------

local function scan(list, f)
  local out = {list[1]}
  for i = 2, #list do out[i] = f(out[i - 1], list[i]) end
  return out
end
local function plus(a, b) return a + b end
local function times(a, b) return a * b end
local function log_plus(a, b)
  local top = math.max(a, b)
  return top + math.log(math.exp(a - top) + math.exp(b - top))
end

describe("running totals", function()
  it("along lines and columns of any length", function()
    for _, shape in ipairs {{1, 1, 1}, {1, 9, 1}, {2, 5, 3}, {40, 3, 1},
      {1, 4, 70}, {3, 2, 17}} do
      local n = shape[1] * shape[2] * shape[3]
      for dtype, tol in pairs {f64 = 1e-13, f32 = 1e-6, i64 = 0, i32 = 0} do
        local x = m.arange(0, n):mul(5):remainder(7):sub(3):to(dtype)
          :reshape(shape)
        local float = dtype:sub(1, 1) == "f"
        for name, f in pairs {cumsum = plus, cumprod = times,
          logcumsumexp = log_plus} do
          if float or name ~= "logcumsumexp" then
            local y = x[name](x, 2)
            eq(y.dtype, float and dtype or "i64")
            for o = 1, shape[1] do
              for i = 1, shape[3] do
                near(y:select(1, o):select(2, i), scan(x:select(1, o)
                  :select(2, i):contiguous():totable(), f), tol)
              end
            end
          end
        end
      end
    end
  end)
  it("have gradients against central differences", function()
    local values = {0.5, -1.5, 2, 0, 1.25, -0.75}
    for _, name in ipairs {"cumsum", "cumprod", "logcumsumexp"} do
      local function f(t) return t[name](t, -1) end
      local g = gradient(leaf(values), f):totable()
      for i = 1, #values do
        local function at(h)
          local list = {table.unpack(values)}
          list[i] = list[i] + h
          return m.sum(f(m.tensor(list, F64)) * m.arange(1, 7, F64)):item()
        end
        near(g[i], (at(1e-6) - at(-1e-6)) / 2e-6, 1e-8)
      end
    end
    same(gradient(leaf {{2, 3}, {5, 7}}, function(t) return t:cumprod(1) end),
      {{1 + 3 * 5, 2 + 4 * 7}, {3 * 2, 4 * 3}})
    same(gradient(leaf {{2, 3}, {5, 7}}, function(t) return t:cumsum(-2) end),
      {{1 + 3, 2 + 4}, {3, 4}})
    same(gradient(leaf(4), function(t) return t:cumprod(1) end), 1)
    same(gradient(leaf(4), function(t) return t:cumsum(1) end), 1)
    same(gradient(leaf(4), function(t) return t:logcumsumexp(1) end), 1)
    eq(shape_of(gradient(leaf {{}, {}}, function(t)
      return t:cumprod(2)
    end)), {2, 0})
    same(gradient(leaf {-INF, 0}, function(t) return t:logcumsumexp(1) end),
      {0, 2})
  end)
  it("the linear recurrence, either way, and its own gradient", function()
    local a, b = leaf {2, 3, 5}, leaf {1, 10, 100}
    local y = core._recurrence(a, b, 1, false)
    same(y:detach(), {1, 13, 165}) -- y[i] = a[i] y[i - 1] + b[i]
    m.sum(y * m.tensor({1, 2, 3}, F64)):backward()
    same(b.grad, {1 + 3 * 17, 2 + 5 * 3, 3})
    same(a.grad, {0, 17 * 1, 3 * 13})
    a.grad, b.grad = nil, nil
    y = core._recurrence(a, b, 1, true)
    same(y:detach(), {2 * 310 + 1, 3 * 100 + 10, 100})
    m.sum(y * m.tensor({1, 2, 3}, F64)):backward()
    same(b.grad, {1, 2 + 2 * 1, 3 + 3 * 4})
    same(a.grad, {310, 4 * 100, 0})
    local c = m.tensor({2, 3, 5}, F64)
    b.grad = nil
    m.sum(core._recurrence(c, b, -1, false)):backward()
    same(b.grad, {1 + 3 * 6, 6, 1})
  end)
  it("cummax and cummin send the gradient to the extremes", function()
    local x = leaf {3, 1, 3, 5, 2}
    same(gradient(x, function(t) return (t:cummax(1)) end), {3, 0, 3, 9, 0})
    same(gradient(x, function(t) return (t:cummin(-1)) end), {1, 14, 0, 0, 0})
    same(gradient(leaf {4}, function(t) return (t:cummin(1)) end), {1})
    local y, at = m.tensor({7.0}):cummax(1)
    same(y, {7})
    eq(at, {1})
    y, at = m.tensor(7.0):cummin(1)
    eq({y:item(), at:to "i64":item()}, {7.0, 1})
    local wide = leaf {{3, 0}, {1, 4}}
    same(gradient(wide, function(t) return (t:cummax(1)) end),
      {{4, 2}, {0, 4}})
  end)
  it("differences, of differences, until nothing is left", function()
    local x = m.tensor({1, 4, 9, 16, 25}, F64)
    same(x:diff(), {3, 5, 7, 9})
    same(x:diff(0), x:totable())
    same(x:diff(2), {2, 2, 2})
    same(x:diff(4), {0})
    eq(shape_of(x:diff(5)), {0})
    eq(shape_of(x:diff(6)), {0})
    local t = m.tensor({{1, 2, 4}, {8, 16, 32}}, F64)
    same(t:diff(1, 1), {{7, 14, 28}})
    same(t:diff(1, -1), {{1, 2}, {8, 16}})
    eq(shape_of(m.zeros(0, 3):diff(1, 1)), {0, 3})
  end)
end)
