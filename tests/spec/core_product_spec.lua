-- core_product_spec.lua: products of matrices of whole numbers, which every
-- order of adding gives exactly, in any layout and at the sizes where they
-- are cut differently, against sums in Lua or products of integers.

local m = require "mlrt"

-- Whole numbers from -3 to 3 that look random.
local function whole(shape, dtype, seed)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  local i = m.arange(0, n)
  local v = ((i * i * 7 + i * 13 + seed) % 101 * 5 + i // 3) % 7 - 3
  return v:to(dtype):reshape(shape)
end

-- The same numbers, lying differently.
local layouts = {
  plain = function(t) return t end,
  turned = function(t) return t:t():contiguous():t() end,
  apart = function(t) -- in a wider matrix
    local wide = m.zeros({t.shape[1], t.shape[2] + 3}, {dtype = t.dtype})
    wide:narrow(2, 2, t.shape[2]):copy_(t)
    return wide:narrow(2, 2, t.shape[2])
  end,
  turned_apart = function(t)
    local wide = m.zeros({t.shape[2], t.shape[1] + 1}, {dtype = t.dtype})
    wide:narrow(2, 1, t.shape[1]):copy_(t:t())
    return wide:narrow(2, 1, t.shape[1]):t()
  end,
  every_other = function(t) -- steps of rows and of columns
    local wide = m.zeros({2 * t.shape[1], 3 * t.shape[2]}, {dtype = t.dtype})
    local view = wide[{{1, 2 * t.shape[1], 2}, {1, 3 * t.shape[2], 3}}]
    view:copy_(t)
    return view
  end,
}
local NAMES = {"plain", "turned", "apart", "turned_apart", "every_other"}

local function product(a, b)
  local x, y, z = a:totable(), b:totable(), {}
  for i = 1, #x do
    z[i] = {}
    for j = 1, #y[1] do
      local sum = 0
      for k = 1, #y do sum = sum + x[i][k] * y[k][j] end
      z[i][j] = sum
    end
  end
  return z
end

-- A product of floats is that of the same integers.
local function same(a, b, what)
  local want = m.matmul(a:to "i64", b:to "i64")
  local got = m.matmul(a, b)
  assert(m.equal(got:to "i64", want), what)
  eq(got.dtype, a.dtype)
end

describe("matmul", function()
  it("of small matrices of any layout", function()
    local sizes = {1, 2, 3, 5}
    for _, dtype in ipairs {"f32", "f64", "i64", "i32"} do
      for _, rows in ipairs(sizes) do
        for _, k in ipairs(sizes) do
          for _, columns in ipairs(sizes) do
            local a = whole({rows, k}, dtype, 1)
            local b = whole({k, columns}, dtype, 2)
            local want = product(a, b)
            for _, p in ipairs(NAMES) do
              for _, q in ipairs(NAMES) do
                near(m.matmul(layouts[p](a), layouts[q](b)), want, 0)
              end
            end
          end
        end
      end
    end
  end)

  it("wraps in integers", function()
    local a = m.tensor({{200, 100}}, {dtype = "u8"})
    eq(m.matmul(a, m.tensor({{2}, {3}}, {dtype = "u8"})):to "i64",
      {{(400 + 300) % 256}})
    local big = m.tensor({{1 << 30, 1}}, {dtype = "i32"})
    eq(m.matmul(big, m.tensor({{4}, {7}}, {dtype = "i32"})), {{7}})
    local most = m.tensor({{math.maxinteger, 1}}, {dtype = "i64"})
    eq(m.matmul(most, m.tensor({{1}, {1}}, {dtype = "i64"})),
      {{math.mininteger}})
  end)

  it("at every size around a vector, a tile and a panel", function()
    local sizes = {1, 7, 8, 9, 15, 16, 17, 31, 33, 47, 48, 49, 65}
    for i, rows in ipairs(sizes) do
      for j, columns in ipairs(sizes) do
        local k = sizes[(i * 5 + j * 3) % #sizes + 1]
        local dtype = (i + j) % 2 == 0 and "f32" or "f64"
        local a, b = whole({rows, k}, dtype, 1), whole({k, columns}, dtype, 2)
        local what = ("%d, %d, %d"):format(rows, k, columns)
        same(a, b, what)
        same(layouts.turned(a), b, what)
        same(a, layouts.turned(b), what)
        same(layouts.every_other(a), layouts.apart(b), what)
      end
    end
  end)

  it("of vectors as long as blocks", function()
    for _, dtype in ipairs {"f32", "f64"} do
      for _, k in ipairs {127, 128, 129, 4095, 4097, 16383, 16384, 16385,
          40000} do
        local a, b = whole({1, k}, dtype, 1), whole({k, 1}, dtype, 2)
        same(a, b, k)
        same(layouts.every_other(a), b, k)
        same(a, layouts.every_other(b), k)
        local three = whole({3, k}, dtype, 3)
        same(three, b, k)
        same(layouts.turned(three), b, k)
        same(a, three:t(), k)
        same(a, three:t():contiguous(), k)
      end
    end
  end)

  it("of thin matrices that are taken in pieces", function()
    -- rows, k, columns: over 900,000 products each
    local cases = {{8, 1700, 70}, {70, 1700, 8}, {9, 1500, 70}, {33, 900, 31},
      {32, 900, 32}, {3, 400, 800}, {32, 230, 129}, {2, 300, 1601},
      {1601, 300, 2}, {24, 24, 1600}}
    for i, c in ipairs(cases) do
      local dtype = i % 3 == 0 and "f64" or "f32"
      local a, b = whole({c[1], c[2]}, dtype, 1), whole({c[2], c[3]}, dtype, 2)
      same(a, b, i)
      same(a, layouts.turned(b), i)
      same(layouts.turned(a), b, i)
      same(layouts.turned(a), layouts.turned(b), i)
    end
  end)

  it("of large matrices that are cut along each side", function()
    same(whole({220, 200}, "f32", 1), whole({200, 210}, "f32", 2), 1)
    same(whole({17, 60000}, "f32", 1), whole({60000, 19}, "f32", 2), 2)
    same(whole({17, 30000}, "f64", 1), whole({30000, 19}, "f64", 2), 3)
    same(whole({9000, 30}, "f32", 1), whole({30, 33}, "f32", 2), 4)
    same(whole({33, 30}, "f64", 1), whole({30, 9000}, "f64", 2), 5)
    same(whole({1, 3000}, "f32", 1), whole({3000, 1100}, "f32", 2), 6)
    same(whole({3100, 1000}, "f64", 1), whole({1000, 1}, "f64", 2), 7)
    same(whole({3000, 1}, "f32", 1), whole({1, 700}, "f32", 2), 8)
  end)

  it("whose sums are cut add up every part of every element", function()
    for _, n in ipairs {126, 130} do -- less than 16,384 elements, and more
      local k = 24000
      local rows = (m.arange(0, n) % 3 + 1):to "f32":reshape(n, 1)
      local columns = (m.arange(0, n) % 5):to "f32":reshape(1, n)
      local y = m.matmul(rows:expand(n, k):contiguous(),
        columns:expand(k, n):contiguous())
      assert(m.equal(y, m.matmul(rows, columns) * k))
    end
  end)

  it("of batches that are folded, grouped or broadcast", function()
    local function batch(a, b)
      local want = m.matmul(a:to "i64", b:to "i64")
      local got = m.matmul(a, b)
      assert(m.equal(got:to "i64", want))
    end
    for _, dtype in ipairs {"f32", "f64"} do
      local b = whole({5, 4}, dtype, 9)
      batch(whole({2, 3, 6, 5}, dtype, 1), b)
      batch(whole({2, 3, 1, 5}, dtype, 1), b)
      batch(whole({7, 1, 5}, dtype, 1), b)
      batch(whole({4, 6, 5}, dtype, 1):transpose(1, 2), b)
      batch(whole({3, 2, 6, 5}, dtype, 1):transpose(1, 2), b)
      batch(whole({2, 1, 6, 5}, dtype, 1), whole({3, 5, 4}, dtype, 2))
      batch(whole({1, 6, 5}, dtype, 1):expand(3, 6, 5), b)
      batch(whole({6, 5}, dtype, 1), whole({2, 3, 5, 4}, dtype, 2))
      batch(whole({300, 3, 2}, dtype, 1), whole({300, 2, 3}, dtype, 2))
      batch(whole({65, 20, 30}, dtype, 1), whole({65, 30, 25}, dtype, 2))
      batch(whole({3, 130, 130}, dtype, 1), whole({3, 130, 130}, dtype, 2))
      batch(whole({70, 1, 9}, dtype, 1), whole({70, 9, 1}, dtype, 2))
      batch(whole({2, 5}, dtype, 1), whole({0, 5, 4}, dtype, 2))
    end
    batch(whole({2, 12, 50000}, "f32", 1), whole({2, 50000, 13}, "f32", 2))
    batch(whole({4, 2, 3}, "i32", 1), whole({4, 3, 5}, "i32", 2))
  end)
end)

describe("addmm and baddbmm", function()
  it("scale and add, also for beta 0 and sums of nothing", function()
    for _, dtype in ipairs {"f32", "f64", "i64"} do
      for _, size in ipairs {{3, 4, 5}, {1, 9, 4}, {6, 7, 1}, {20, 30, 40},
          {2, 0, 3}, {1, 20000, 1}, {130, 140, 150}, {10, 0, 1}} do
        local rows, k, columns = table.unpack(size)
        local a = whole({rows, k}, dtype, 1)
        local b = whole({k, columns}, dtype, 2)
        local c = whole({rows, columns}, dtype, 3)
        local ab = m.matmul(a:to "i64", b:to "i64")
        for _, f in ipairs {{1, 1}, {2, 1}, {1, 3}, {-1, 0}, {0, 2}, {3, -2}} do
          local y = m.addmm(c, a, b, {alpha = f[1], beta = f[2]})
          local want = ab * f[1] + c:to "i64" * f[2]
          assert(m.equal(y:to "i64", want), table.concat(size, " "))
        end
        local y = m.baddbmm(c:reshape(1, rows, columns), a:reshape(1, rows, k),
          b:reshape(1, k, columns), {alpha = 2, beta = -1})
        assert(m.equal(y[1]:to "i64", ab * 2 - c:to "i64"))
      end
    end
  end)

  it("add once to each of many small products", function()
    for _, dtype in ipairs {"f32", "f64"} do
      local shape = {300, 16, 16}
      local a, b = whole(shape, dtype, 1), whole(shape, dtype, 2)
      local c = whole(shape, dtype, 3)
      assert(m.equal(m.baddbmm(c, a, b, {beta = 2}), m.matmul(a, b) + c * 2))
    end
  end)

  it("do not read what beta 0 leaves out", function()
    for _, size in ipairs {{2, 3, 4}, {1, 5, 1}, {300, 200, 210}, {3, 0, 2}} do
      local rows, k, columns = table.unpack(size)
      local c = m.full({rows, columns}, 0 / 0)
      local y = m.addmm(c, m.ones(rows, k), m.ones(k, columns), {beta = 0})
      eq(y:min():item(), k * 1.0)
      eq(y:max():item(), k * 1.0)
    end
  end)
end)
