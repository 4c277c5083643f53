-- ops_ranks_spec.lua: what depends on the order of elements -- sorting,
-- the best, ranks, sets, places in sorted lists -- against lists in Lua.

local m = require "mlrt"

local NAN, INF = 0 / 0, math.huge

-- n values of few kinds, so that many are equal.
local function values(n, kinds, seed)
  local list = {}
  for i = 1, n do list[i] = (i * i * 7 + i * (seed or 3)) % kinds end
  return list
end

-- Does a come before b?  nan is larger than all.
local function below(a, b)
  if a ~= a then return false end
  return b ~= b or a < b
end

-- Positions 1..n in the order of a list, equal ones as they stand.
local function order(list, falling)
  local at = {}
  for i = 1, #list do at[i] = i end
  table.sort(at, function(i, j)
    local a, b = list[i], list[j]
    if falling then a, b = b, a end
    if below(a, b) then return true end
    return not below(b, a) and i < j
  end)
  return at
end

local function pick(list, at, n)
  local out = {}
  for i = 1, n or #at do out[i] = list[at[i]] end
  return out
end

local function to_lua(t) return t:to("f64"):contiguous():totable() end

-- Lines of n along dimension d of a tensor (outer, n, inner).
local function each_line(t, f)
  for o = 1, t.shape[1] do
    for i = 1, t.shape[3] do f(o, i, to_lua(t:select(1, o):select(2, i))) end
  end
end

local function line(t, o, i)
  t = t:select(1, o):select(2, i)
  return (t.dtype == "index" and t:to "i64" or t):contiguous()
end

describe("sort and topk", function()
  for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
    it("order lines of " .. dtype .. " and keep equal ones in order", function()
      for _, shape in ipairs {{1, 1, 1}, {2, 9, 1}, {1, 40, 3}, {3, 17, 2}} do
        local n = shape[1] * shape[2] * shape[3]
        local x = m.tensor(values(n, 13), {dtype = dtype}):reshape(shape)
        for _, falling in ipairs {false, true} do
          local v, at = x:sort(2, falling)
          local places = x:argsort(2, falling)
          each_line(x, function(o, i, list)
            local want = order(list, falling)
            same(line(v, o, i), pick(list, want))
            eq(line(at, o, i), want)
            eq(line(places, o, i), want)
          end)
          for _, k in ipairs {0, 1, 2, 9, 15, 16, 17, 18, 39, 40} do
            if k <= shape[2] then
              v, at = x:topk(k, 2, falling)
              eq({v.shape[1], v.shape[2], v.shape[3]}, {shape[1], k, shape[3]})
              if k > 0 then
                each_line(x, function(o, i, list)
                  local want = order(list, falling)
                  same(line(v, o, i), pick(list, want, k))
                  eq(line(at, o, i), {table.unpack(want, 1, k)})
                end)
              end
            end
          end
        end
      end
    end)
  end
  it("count nan as larger than all, and -0 as 0", function()
    local list = {2, NAN, -INF, 0.0, INF, -0.0, NAN, -3}
    for _, dtype in ipairs {"f32", "f64"} do
      local x = m.tensor(list, {dtype = dtype})
      for _, falling in ipairs {false, true} do
        local v, at = x:sort(1, falling)
        eq(at, order(list, falling))
        same(v, pick(list, order(list, falling)))
        v, at = x:topk(3, 1, falling)
        eq(at, {table.unpack(order(list, falling), 1, 3)})
        same(v, pick(list, order(list, falling), 3))
      end
    end
  end)
  it("cut many lines into tasks", function()
    for _, shape in ipairs {{17, 1000, 2}, {2, 9000, 1}, {5, 3300, 1},
      {9, 20000, 1}} do
      local n = shape[1] * shape[2] * shape[3]
      local x = m.arange(0, n, {dtype = "f64"}):mul(7919):remainder(10007)
        :reshape(shape)
      local v = x:sort(2)
      eq(m.all(v:narrow(2, 2, shape[2] - 1)
        :ge(v:narrow(2, 1, shape[2] - 1))):item(), true)
      local a, b = v:sum {dim = 2}, x:sum {dim = 2}
      same(a, b:totable())
      same(x:topk(20, 2, false), v:narrow(2, 1, 20):contiguous():totable())
      same(x:kthvalue(777, 2), v:select(2, 777):contiguous():totable())
      same(x:median(2), v:select(2, (shape[2] + 1) // 2):contiguous()
        :totable())
    end
  end)
  it("of a number", function()
    local x = m.tensor(5.0)
    local v, at = x:topk(1)
    eq({v:item(), at:to "i64":item()}, {5.0, 1})
    v, at = x:topk(0)
    eq({v.ndim, v.shape[1], at.shape[1]}, {1, 0, 0})
  end)
  it("put the gradient where the elements came from", function()
    local list = values(20, 11)
    local x = m.tensor(list, {dtype = "f64"}):requires_grad_(true)
    for _, case in ipairs {{20, function() return (x:sort()) end},
      {3, function() return (x:topk(3, 1, false)) end},
      {18, function() return (x:topk(18, 1, false)) end}} do
      x.grad = nil
      local n, f = case[1], case[2]
      m.sum(f() * m.arange(1, n + 1, {dtype = "f64"})):backward()
      local want, at = {}, order(list)
      for i = 1, 20 do want[i] = 0 end
      for i = 1, n do want[at[i]] = i end
      same(x.grad, want)
    end
  end)
end)

-- ---- The best -------------------------------------------------------------

-- The first of the best; nan wins.
local function best(list, sign)
  local at = 1
  for i, v in ipairs(list) do
    local b = list[at]
    if b == b and (v ~= v or v * sign > b * sign) then at = i end
  end
  return at
end

describe("max, min and their positions", function()
  for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
    it("are those of each line of " .. dtype, function()
      for _, shape in ipairs {{1, 1, 1}, {2, 5, 3}, {3, 70, 1}, {1, 2, 600},
        {1, 3, 513}} do
        local n = shape[1] * shape[2] * shape[3]
        local x = m.tensor(values(n, 29, 5), {dtype = dtype}):reshape(shape)
        for name, sign in pairs {max = 1, min = -1} do
          local v, at = x[name](x, 2)
          local kept, kept_at = x[name](x, 2, true)
          local places = x["arg" .. name](x, 2)
          eq({kept.ndim, kept.shape[2], kept_at.shape[2]}, {3, 1, 1})
          local want, where = {}, {}
          each_line(x, function(o, i, list)
            local b = best(list, sign)
            want[o], where[o] = want[o] or {}, where[o] or {}
            want[o][i], where[o][i] = list[b], b
          end)
          same(v, want)
          eq(at, where)
          eq(places, where)
          same(kept:squeeze(2):unsqueeze(2):squeeze(2), want)
          local all = to_lua(x:reshape(-1))
          eq(x["arg" .. name](x):to "i64":item(), best(all, sign))
          same(x[name](x), all[best(all, sign)])
          eq(x["arg" .. name](x, {keepdim = true}).ndim, 3)
          eq(x[name](x, {keepdim = true}).ndim, 3)
        end
      end
    end)
  end
  it("nan wins, the first of them", function()
    local x = m.tensor {1, NAN, 5, NAN}
    eq({x:argmax():to "i64":item(), x:argmin():to "i64":item()}, {2, 2})
    local v, at = x:min(1)
    eq({v:item() ~= v:item(), at:to "i64":item()}, {true, 2})
  end)
  it("send the gradient to the place, one dimension or all", function()
    local x = m.tensor({{1, 5, 5}, {7, 2, 0}}, {dtype = "f64"})
      :requires_grad_(true)
    local w = m.tensor({10, 100}, {dtype = "f64"})
    m.sum(x:max(2) * w):backward()
    same(x.grad, {{0, 10, 0}, {100, 0, 0}})
    x.grad = nil
    m.sum((x:min(-1, true)) * w:reshape(2, 1)):backward()
    same(x.grad, {{10, 0, 0}, {0, 0, 100}})
    local y = m.tensor(3.0, {dtype = "f64"}):requires_grad_(true)
    m.sum(y:max(1) * 4):backward()
    same(y.grad, 4)
  end)
end)

-- An element as a float.
local function number(t, ...)
  return (t.dtype == "index" and t:to "i64" or t)[{...}]:item() + 0.0
end

-- ---- Ranks ----------------------------------------------------------------

-- The most frequent value, the smallest of several, and its last position.
local function mode(list)
  local count, best_value, last = {}, nil, {}
  for i, v in ipairs(list) do
    count[v], last[v] = (count[v] or 0) + 1, i
  end
  for v, n in pairs(count) do
    if not best_value or n > count[best_value]
      or n == count[best_value] and v < best_value then best_value = v end
  end
  return best_value, last[best_value]
end

local function quantile(list, q, how)
  local sorted = pick(list, order(list))
  local at = q * (#list - 1)
  local low, high = math.floor(at), math.ceil(at)
  local a, b = sorted[low + 1], sorted[high + 1]
  if how == "lower" then return a end
  if how == "higher" then return b end
  if how == "midpoint" then return (a + b) / 2 end
  if how == "nearest" then -- of two as near the even one
    local up = at - low > 0.5 or at - low == 0.5 and low % 2 == 1
    return up and b or a
  end
  return a + (b - a) * (at - low)
end

describe("ranks", function()
  it("the k-th, the median and the mode of each line", function()
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      for _, shape in ipairs {{1, 1, 1}, {2, 6, 3}, {1, 7, 2}, {3, 50, 1}} do
        local n = shape[1] * shape[2] * shape[3]
        local x = m.tensor(values(n, 5, 2), {dtype = dtype}):reshape(shape)
        local mid = (shape[2] + 1) // 2
        for k = 1, shape[2], 3 do
          local v, at = x:kthvalue(k, 2)
          each_line(x, function(o, i, list)
            local where = order(list)[k]
            same({number(v, o, i), number(at, o, i)}, {list[where], where})
          end)
        end
        local v, at = x:median(2)
        local w, to = x:mode(2, true)
        eq({w.ndim, w.shape[2]}, {3, 1})
        each_line(x, function(o, i, list)
          local where = order(list)[mid]
          same({number(v, o, i), number(at, o, i)}, {list[where], where})
          local value, last = mode(list)
          same({number(w, o, 1, i), number(to, o, 1, i)}, {value, last})
        end)
        local all = to_lua(x:reshape(-1))
        same(x:median(), pick(all, order(all))[(n + 1) // 2])
        local kept = x:median {keepdim = true}
        eq({kept.ndim, kept:numel()}, {3, 1})
      end
    end
  end)
  it("nan: the largest, the median of its line, never frequent", function()
    for _, dtype in ipairs {"f32", "f64"} do
      local x = m.tensor({3, NAN, 1, NAN, 2}, {dtype = dtype})
      local v, at = x:kthvalue(4)
      eq({v:item() ~= v:item(), at:to "i64":item()}, {true, 2})
      v, at = x:median(1)
      eq({v:item() ~= v:item(), at:to "i64":item()}, {true, 2})
      v, at = x:mode()
      eq({v:item(), at:to "i64":item()}, {1.0, 3})
      same(m.nanmean(x), 2)
    end
    local nans = m.tensor {NAN, NAN}
    local v, at = nans:mode()
    eq({v:item() ~= v:item(), at:to "i64":item()}, {true, 1})
    eq(nans:nanmean():item() ~= nans:nanmean():item(), true)
  end)
  it("send the gradient to the place", function()
    local x = m.tensor({{4, 1, 3}, {2, 6, 5}}, {dtype = "f64"})
      :requires_grad_(true)
    local w = m.tensor({10, 100}, {dtype = "f64"})
    for _, f in ipairs {function() return (x:kthvalue(2, 2)) end,
      function() return (x:median(2)) end,
      function() return (x:kthvalue(2, 2, true)):squeeze(2) end,
      function() return (x:median(-1, true)):squeeze(2) end} do
      x.grad = nil
      m.sum(f() * w):backward()
      same(x.grad, {{0, 0, 10}, {0, 0, 100}})
    end
    x.grad = nil
    m.sum(x:median() * 7):backward()
    same(x.grad, {{0, 0, 7}, {0, 0, 0}})
    local y = m.tensor(3.0, {dtype = "f64"}):requires_grad_(true)
    m.sum((y:kthvalue(1)) * 4):backward()
    same(y.grad, 4)
  end)
  it("quantiles of all five kinds", function()
    local list = {9, 2, 7, 4, 4, 11, 0, 5}
    local x = m.tensor(list, {dtype = "f64"})
    for _, how in ipairs {"linear", "lower", "higher", "midpoint",
      "nearest"} do
      for _, q in ipairs {0, 0.1, 1 / 14, 3 / 14, 0.25, 0.5, 5 / 7, 0.9, 1} do
        near(x:quantile(q, {interpolation = how}), quantile(list, q, how),
          1e-14)
      end
    end
  end)
  it("quantiles along dimensions, of lists, with sizes kept", function()
    local x = m.arange(0, 24, {dtype = "f64"}):reshape(2, 3, 4)
    same(x:quantile(0.5, 2), {{4, 5, 6, 7}, {16, 17, 18, 19}})
    same(x:quantile(0.5, 1), {{6, 7, 8, 9}, {10, 11, 12, 13},
      {14, 15, 16, 17}})
    local y = x:quantile(0.25, 2, true)
    eq({y.ndim, y.shape[1], y.shape[2], y.shape[3]}, {3, 2, 1, 4})
    y = x:quantile {q = 0.25, keepdim = true}
    eq({y.ndim, y:numel()}, {3, 1})
    local q = m.tensor({0, 0.5, 1}, {dtype = "f64"})
    same(x:quantile(q), {0, 11.5, 23})
    same(x:quantile(q:to "f32", 3), {{{0, 4, 8}, {12, 16, 20}},
      {{1.5, 5.5, 9.5}, {13.5, 17.5, 21.5}}, {{3, 7, 11}, {15, 19, 23}}})
    same(x:quantile(m.tensor({0, 1}, {dtype = "i64"})), {0, 23})
    same(x:quantile(m.tensor({1, 9, 0, 9}, {dtype = "f64"})[{{1, 4, 2}}]),
      {23, 0})
    same(m.tensor(6.0):quantile(0.3), 6)
    local t = m.tensor({4, 1, 9, 2}, {dtype = "f64"}):requires_grad_(true)
    m.sum(t:quantile(0.5) * 8):backward() -- between 2 and 4
    same(t.grad, {4, 0, 0, 4})
    eq((t * 1).requires_grad, true) -- recording goes on
    local bad = m.tensor({{1, NAN}, {2, 4}}, {dtype = "f64"})
    same(bad:quantile(0.5, 2), {NAN, 3})
    same(bad:quantile(0), NAN)
  end)
end)
