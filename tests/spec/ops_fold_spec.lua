-- ops_fold_spec.lua: reductions over any dimensions of any layout, small and
-- cut into parts, against loops in Lua; and operations along one dimension of
-- many lines.

local m = require "mlrt"

-- The elements of x in C order, and sums, extremes of them by what is kept.
local function plain(x, dims)
  local list, n = x:reshape(-1):totable(), x.ndim
  local gone, shape, step, size = {}, x.shape, {}, 1
  for _, d in ipairs(dims) do gone[d] = true end
  for d = n, 1, -1 do
    step[d] = gone[d] and 0 or size
    if not gone[d] then size = size * shape[d] end
  end
  local sum, most, at, to = {}, {}, {}, 1
  for d = 1, n do at[d] = 0 end
  for _, v in ipairs(list) do
    sum[to] = (sum[to] or 0) + v
    most[to] = most[to] and math.max(most[to], v) or v
    for d = n, 1, -1 do
      at[d], to = at[d] + 1, to + step[d]
      if at[d] < shape[d] then break end
      at[d], to = 0, to - step[d] * shape[d]
    end
  end
  return sum, most
end

local function check(x, dims)
  local sum, most = plain(x, dims)
  local what = table.concat(x.shape, ", ") .. " over "
    .. table.concat(dims, ", ")
  for name, want in pairs {sum = sum, amax = most} do
    local got = x[name](x, dims):reshape(-1):totable()
    assert(#got == #want, what)
    for i, v in ipairs(got) do
      assert(v == want[i], ("%s of %s: %d is %s, not %s"):format(name, what, i,
        v, want[i]))
    end
  end
end

-- All sets of 1..n but the empty one.
local function sets(n)
  local list = {}
  for bits = 1, (1 << n) - 1 do
    local set = {}
    for d = 1, n do if bits >> (d - 1) & 1 == 1 then set[#set + 1] = d end end
    list[#list + 1] = set
  end
  return list
end

local function numbered(shape, dtype)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  return (m.arange(0, n) * 7):fmod(101):to(dtype):reshape(shape)
end

describe("reductions", function()
  it("of four dimensions, in every order and over every set", function()
    local base = numbered({3, 2, 4, 5}, "f32")
    local wide = numbered({6, 4, 8, 10}, "i64")
    for _, x in ipairs {base, base:permute(4, 2, 1, 3), base:permute(2, 4, 3,
      1), base:flip(2), wide[{{1, 6, 2}, {1, 4, 2}, {1, 8, 2}, {1, 10, 2}}]
      :permute(3, 1, 4, 2),
      numbered({3, 1, 1, 5}, "f64"):expand {3, 4, 2, 5},
      numbered({1, 4, 1, 1}, "i32"):expand {3, 4, 2, 5},
      numbered({3, 1, 2, 1}, "f64")} do
      for _, dims in ipairs(sets(4)) do check(x, dims) end
    end
  end)
  it("of more than a task's elements", function()
    for _, case in ipairs {{{300, 500}, {1}, {2}, {1, 2}}, {{2, 66000}, {2}},
      {{66000, 2}, {1}}, {{3, 60, 750}, {1, 3}, {2}, {2, 3}}} do
      local x = numbered(case[1], "f64")
      local turned = x:transpose(1, 2):contiguous():transpose(1, 2)
      for i = 2, #case do
        check(x, case[i])
        for _, name in ipairs {"sum", "amax"} do
          local off = turned[name](turned, case[i]) - x[name](x, case[i])
          assert(off:abs():max():item() == 0)
        end
      end
    end
  end)
  it("of parts whose dimensions do not join", function()
    local x = numbered({10, 22, 32, 84}, "f32")[{{1, 10, 2}, {1, 22, 2},
      {1, 32, 2}, {1, 84, 1}}]
    for _, dims in ipairs {{1, 2, 3, 4}, {1, 2, 3}, {1, 3}} do
      check(x, dims)
    end
    x = numbered({40, 21, 60, 12}, "f64")[{{}, {1, 21, 2}, {}, {1, 12, 2}}]
    for _, dims in ipairs {{1, 2, 3, 4}, {1, 3, 4}} do check(x, dims) end
    check(numbered({600, 1, 2}, "f32"):expand {600, 120, 2}, {1, 2, 3})
    check(numbered({1, 700}, "f64"):expand {200, 700}, {1})
  end)
  it("of what lies in rows that are longer, or have gaps", function()
    for _, more in ipairs {1, 2, 3} do
      local wide = numbered({4, 3, 5 + more}, "f64"):narrow(3, 1, 5)
      for _, dims in ipairs(sets(3)) do check(wide, dims) end
      wide = numbered({4, 3 + more, 5}, "f32"):narrow(2, 2, 3)
      for _, dims in ipairs(sets(3)) do check(wide, dims) end
      wide = numbered({4, 6, 10 + more}, "f64")[{{}, {1, 6, 2}, {1, 10, 2}}]
      for _, dims in ipairs(sets(3)) do check(wide, dims) end
    end
  end)
  it("of truths and bytes over columns", function()
    for _, n in ipairs {1, 31, 255, 256, 257, 513, 600} do
      local x = numbered({9, n}, "u8")
      local y = x:to("i64"):sum(1):totable()
      eq(x:sum(1):to "i64", y)
      eq(x:gt(50):to("i64"):sum(1), x:gt(50):sum(1):to("i64"):totable())
      local any, all = x:gt(95):any(1):totable(), x:gt(3):all(1):totable()
      local columns = x:t():contiguous():totable()
      for i, column in ipairs(columns) do
        local some, every = false, true
        for _, v in ipairs(column) do
          some, every = some or v > 95, every and v > 3
        end
        eq(any[i], some)
        eq(all[i], every)
      end
    end
  end)
  it("of nothing", function()
    eq(m.zeros(0, 3):sum(1), {0.0, 0.0, 0.0})
    eq(m.zeros(3, 0):sum(2), {0.0, 0.0, 0.0})
    eq(m.zeros(3, 0):sum(1).shape, {0})
    eq(m.zeros(0):sum(), 0.0)
    eq(m.tensor(4):sum(), 4.0)
    eq(m.zeros(2, 0, 3):sum({1, 3}).shape, {0})
  end)
end)

describe("operations along one dimension", function()
  it("do every line once", function()
    for _, shape in ipairs {{5}, {3, 4}, {2, 3, 65}, {2, 5, 64}, {3, 7, 1},
      {33000, 2}, {2, 33000}, {9, 20, 500}, {600, 130}} do
      local x = numbered(shape, "f64")
      for d = 1, #shape do
        local sums = x:softmax(d):sum(d)
        assert((sums - 1):abs():max():item() < 1e-12)
        local last = x:cumsum(d):select(d, shape[d])
        assert((last - x:sum(d)):abs():max():item() == 0)
      end
    end
  end)
end)
