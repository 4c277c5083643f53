-- ops_sets_spec.lua: elements without repetitions, places in sorted lists
-- and membership, against lists in Lua.

local m = require "mlrt"

local NAN, INF = 0 / 0, math.huge

local function values(n, kinds, seed)
  local list = {}
  for i = 1, n do list[i] = (i * i * 7 + i * (seed or 3)) % kinds end
  return list
end

-- The runs of equal ones in a list of lists of numbers: what is in each,
-- the run of each place, the length of each run.
local function runs(slices, at)
  local list, run, count = {}, {}, {}
  for _, i in ipairs(at) do
    local last = list[#list]
    local equal = last ~= nil
    for k = 1, equal and #last or 0 do
      local a, b = last[k], slices[i][k]
      equal = equal and (a == b or a ~= a and b ~= b)
    end
    if not equal then
      list[#list + 1], count[#count + 1] = slices[i], 0
    end
    run[i], count[#count] = #list, count[#count] + 1
  end
  return list, run, count
end

local function in_place(n)
  local at = {}
  for i = 1, n do at[i] = i end
  return at
end

local function in_order(slices)
  local at = in_place(#slices)
  table.sort(at, function(i, j)
    for k = 1, #slices[i] do
      local a, b = slices[i][k], slices[j][k]
      if a ~= b and (a == a or b == b) then
        return a == a and (b ~= b or a < b)
      end
    end
    return i < j
  end)
  return at
end

local function alone(list)
  local slices = {}
  for i, v in ipairs(list) do slices[i] = {v} end
  return slices
end

local function firsts(list)
  local out = {}
  for i, s in ipairs(list) do out[i] = s[1] end
  return out
end

local options = {return_inverse = true, return_counts = true}

describe("unique and unique_consecutive", function()
  for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
    it("find the elements of " .. dtype .. ", and where they were", function()
      for _, n in ipairs {1, 2, 7, 30} do
        local list = values(n, 9)
        local x = m.tensor(list, {dtype = dtype})
        for name, order in pairs {unique = in_order,
          unique_consecutive = function(s) return in_place(#s) end} do
          local slices = alone(list)
          local want, run, count = runs(slices, order(slices))
          local y, inverse, counts = x[name](x, options)
          same(y, firsts(want))
          eq(inverse, run)
          eq(counts, count)
          local z, only = x[name](x, {return_counts = true})
          same(z, firsts(want))
          eq(only, count)
          z, only = x[name](x, {return_inverse = true})
          same(z, firsts(want))
          eq(only, run)
        end
      end
    end)
  end
  it("nan equals nan, and -0 equals 0", function()
    local list = {NAN, 2, -0.0, NAN, 0.0, INF, 2}
    local y, inverse, counts = m.tensor(list):unique(options)
    same(y, {0, 2, INF, NAN})
    eq(inverse, {4, 2, 1, 4, 1, 3, 2})
    eq(counts, {2, 2, 1, 2})
    y = m.tensor({NAN, NAN, 0.0, -0.0, 1}):unique_consecutive()
    same(y, {NAN, 0, 1})
    same(m.tensor({5, 3, 5}):unique {sorted = false}, {3, 5})
  end)
  it("the least and the largest are elements like others", function()
    for dtype, list in pairs {i64 = {math.mininteger, 0, math.maxinteger},
      i32 = {-0x80000000, 0, 0x7fffffff}, u8 = {0, 1, 255}} do
      local x = m.tensor({list[3], list[1], list[2], list[1]}, {dtype = dtype})
      local y, inverse = x:unique {return_inverse = true}
      eq(y, list)
      eq(inverse, {3, 1, 2, 1})
      eq(m.tensor({list[1], list[1]}, {dtype = dtype}):unique_consecutive(),
        {list[1]})
    end
  end)
  it("take the inverse's shape from x", function()
    local x = m.tensor {{1, 2, 1}, {3, 1, 2}}
    local y, inverse = x:unique {return_inverse = true}
    same(y, {1, 2, 3})
    eq(inverse, {{1, 2, 1}, {3, 1, 2}})
    y, inverse = m.tensor(4.0):unique {return_inverse = true}
    same(y, {4})
    eq({inverse.ndim, inverse:to "i64":item()}, {0, 1})
    y, inverse = m.zeros(0, 3):unique {return_inverse = true}
    eq({y.shape[1], inverse.shape[1], inverse.shape[2]}, {0, 0, 3})
  end)
  it("compare slices along a dimension", function()
    for _, n in ipairs {1, 2, 3, 4, 5, 8, 9, 13, 33} do
      local slices, flat = {}, {}
      for i = 1, n do
        slices[i] = {i * 5 % 3, i * i % 2, i % 2}
        table.move(slices[i], 1, 3, #flat + 1, flat)
      end
      local x = m.tensor(flat):reshape(n, 3)
      for name, order in pairs {unique = in_order,
        unique_consecutive = function(s) return in_place(#s) end} do
        local want, run, count = runs(slices, order(slices))
        for _, turned in ipairs {false, true} do
          local t = turned and x:t() or x
          local y, inverse, counts = t[name](t, {return_inverse = true,
            return_counts = true, dim = turned and -1 or 1})
          same(turned and y:t() or y, want)
          eq(inverse, run)
          eq(counts, count)
        end
      end
    end
    local y, counts = m.zeros(3, 0):unique {dim = 1, return_counts = true}
    eq({y.shape[1], y.shape[2]}, {1, 0})
    eq(counts, {3})
    y = m.zeros(0, 2):unique {dim = 1}
    eq({y.shape[1], y.shape[2]}, {0, 2})
    y, counts = m.tensor(3.0):unique {dim = 1, return_counts = true}
    same(y, 3)
    eq(counts, {1})
  end)
end)

-- ---- Sorted lists ---------------------------------------------------------

-- Before how many of a list v comes: those below it, right: not above it.
local function place(list, v, right)
  local n = 0
  for _, w in ipairs(list) do
    local below = w == w and (v ~= v or w < v)
    local equal = w == v or w ~= w and v ~= v
    if below or right and equal then n = n + 1 end
  end
  return n + 1
end

local function places(list, of, right)
  local out = {}
  for i, v in ipairs(of) do out[i] = place(list, v, right) end
  return out
end

describe("searchsorted and bucketize", function()
  for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
    it("find places in lists of " .. dtype, function()
      for _, list in ipairs {{}, {3}, {3, 3}, {1, 3, 3, 4, 9, 9, 9, 12},
        {0, 2, 4, 6, 8, 10, 12}} do
        local sorted = m.tensor(list, {dtype = dtype})
        local of = {}
        for v = 0, 14 do of[#of + 1] = v end
        local x = m.tensor(of, {dtype = dtype})
        for _, right in ipairs {false, true} do
          eq(m.searchsorted(sorted, x, right), places(list, of, right))
          eq(m.bucketize(x, sorted, right), places(list, of, right))
          for _, v in ipairs {3, 2.5, 9, -1, 100} do
            eq(m.searchsorted(sorted, v, right):to "i64":item(),
              place(list, v, right))
            eq(m.bucketize(v, sorted, right):to "i64":item(),
              place(list, v, right))
          end
        end
      end
    end)
  end
  it("take a number in a list of truths", function()
    local list = m.tensor {false, false, true}
    eq(m.searchsorted(list, 0.5):to "i64":item(), 3)
    eq(m.searchsorted(list, 1, true):to "i64":item(), 4)
  end)
  it("tell whole numbers apart that f64 does not", function()
    local n = 1 << 53
    local sorted = m.tensor({n, n + 1, n + 2}, {dtype = "i64"})
    eq(m.searchsorted(sorted, m.tensor({n + 1, n + 2, n + 3},
      {dtype = "i64"})), {2, 3, 4})
    eq(m.isin(sorted, m.tensor({n + 1}, {dtype = "i64"})),
      {false, true, false})
  end)
  it("take a list for each row", function()
    local sorted = m.tensor {{1, 3, 5}, {2, 2, 9}}
    local x = m.tensor {{0, 3, 4, 9}, {2, 5, 9, 10}}
    eq(m.searchsorted(sorted, x), {{1, 2, 3, 4}, {1, 3, 3, 4}})
    eq(m.searchsorted(sorted, x, true), {{1, 3, 3, 4}, {3, 3, 4, 4}})
    local deep = m.stack {sorted, sorted + 1}
    eq(m.searchsorted(deep, m.full({2, 2, 1}, 3)),
      {{{2}, {3}}, {{2}, {1}}})
    eq(m.searchsorted(sorted, m.zeros(2, 0)).shape[2], 0)
  end)
  it("place nan behind all, and infinities", function()
    local sorted = m.tensor {-INF, 0, INF, NAN}
    eq(m.searchsorted(sorted, m.tensor {NAN, INF, -INF, -0.0}), {4, 3, 1, 2})
    eq(m.searchsorted(sorted, m.tensor {NAN, INF, -INF, -0.0}, true),
      {5, 4, 2, 3})
  end)
  it("place many", function()
    local sorted = m.arange(0, 5000, {dtype = "f32"})
    for _, n in ipairs {4095, 4096, 4097, 9000} do
      local y = m.searchsorted(sorted, m.arange(0, n) - 0.5)
      eq(y:to "i64":sum():item(), n <= 5000 and n * (n + 1) // 2
        or 5000 * 5001 // 2 + (n - 5000) * 5001)
    end
  end)
end)

describe("isin", function()
  it("tells what is among the values", function()
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      for _, list in ipairs {{}, {5}, {0, 9}, {7, 3, 3, 1, 5}} do
        local x, want, other = m.arange(0, 10):to(dtype), {}, {}
        for v = 0, 9 do
          local is = false
          for _, w in ipairs(list) do is = is or v == w end
          want[v + 1], other[v + 1] = is, not is
        end
        local set = m.tensor(list, {dtype = dtype})
        eq(m.isin(x, set), want)
        eq(m.isin(x, set, true), other)
        eq(m.isin(x:reshape(2, 5), set).shape[2], 5)
      end
    end
    eq(m.isin(m.tensor {NAN, 0.0, 1}, m.tensor {-0.0, NAN}),
      {true, true, false})
  end)
end)
