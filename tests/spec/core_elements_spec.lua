-- core_elements_spec.lua: operations element by element, at values where the
-- formula changes, on rows of any length and step.

local m = require "mlrt"

local inf, nan = math.huge, 0 / 0

local function same(a, b)
  return a == b and (a ~= 0 or 1 / a == 1 / b) or (a ~= a and b ~= b)
end

-- f of the tensors of each column is the last one, signs of zeros included.
local function table_of(f, dtype, rows, result)
  local n = #rows[1]
  local args = {}
  for k = 1, n - 1 do
    local list = {}
    for i, row in ipairs(rows) do list[i] = row[k] end
    args[k] = m.tensor(list, {dtype = dtype})
  end
  local y = f(table.unpack(args))
  if result then eq(y.dtype, result) end
  local got = y:totable()
  for i, row in ipairs(rows) do
    if not same(got[i], row[n]) then
      error(("row %d: got %s, wanted %s"):format(i, got[i], row[n]), 2)
    end
  end
end

-- Each row as often as a vector has lanes, so that both loops see it.
local function often(rows)
  local list = {}
  for _ = 1, 9 do
    for _, row in ipairs(rows) do list[#list + 1] = row end
  end
  return list
end

local FLOATS = {"f32", "f64"}

describe("of floats,", function()
  it("the larger, the smaller, and what is cut", function()
    for _, d in ipairs(FLOATS) do
      table_of(m.maximum, d, often {{1, 2, 2.0}, {2, 1, 2.0}, {-1, -2, -1.0},
        {nan, 1, nan}, {1, nan, nan}, {inf, 1, inf}, {-inf, -1, -1.0}})
      table_of(m.minimum, d, often {{1, 2, 1.0}, {2, 1, 1.0}, {-1, -2, -2.0},
        {nan, 1, nan}, {1, nan, nan}, {inf, 1, 1.0}, {-inf, 1, -inf}})
      table_of(function(x) return m.clamp(x, -1, 2) end, d, often {{-2, -1.0},
        {-1, -1.0}, {-0.5, -0.5}, {2, 2.0}, {2.5, 2.0}, {nan, nan},
        {inf, 2.0}})
      table_of(m.relu, d, often {{-1, 0.0}, {2, 2.0}, {0, 0.0}, {nan, nan},
        {inf, inf}, {-inf, 0.0}})
      table_of(m.sign, d, often {{-3, -1.0}, {0, 0.0}, {5, 1.0}, {-inf, -1.0}})
      table_of(m.abs, d, often {{-3, 3.0}, {-0.0, 0.0}, {5, 5.0}, {-inf, inf}})
    end
  end)

  it("remainders and floors by the signs", function()
    for _, d in ipairs(FLOATS) do
      table_of(m.remainder, d, often {{7, 3, 1.0}, {-7, 3, 2.0}, {7, -3, -2.0},
        {-7, -3, -1.0}, {6, 3, 0.0}, {0.5, 1, 0.5}, {-0.5, 1, 0.5},
        {1, 0, nan}, {inf, 1, nan}, {1, inf, 1.0}, {-1, inf, inf},
        {nan, 1, nan}, {0x1p20, 3, 1.0}})
      table_of(m.fmod, d, often {{7, 3, 1.0}, {-7, 3, -1.0}, {7, -3, 1.0},
        {-7, -3, -1.0}, {6, 3, 0.0}, {-6, 3, -0.0}, {1, 0, nan},
        {1, inf, 1.0}, {-1, inf, -1.0}, {0x1p23, 3, 2.0}})
      table_of(m.floor_divide, d, often {{7, 2, 3.0}, {-7, 2, -4.0},
        {7, -2, -4.0}, {-7, -2, 3.0}, {6, 2, 3.0}, {1, 0, inf}, {-1, 0, -inf},
        {0, 3, 0.0}, {0, -3, -0.0}, {1, inf, 0.0}, {-1, inf, -1.0}})
      table_of(function(x, y) return m.div(x, y, {rounding_mode = "trunc"}) end,
        d, often {{7, 2, 3.0}, {-7, 2, -3.0}, {7, -2, -3.0}, {1, 0, inf}})
    end
    -- A quotient beyond what a float holds exactly goes another way, among
    -- others that do not.
    for _, d in ipairs(FLOATS) do
      local n = 600
      local x, y = m.full({n}, 10, d), m.full({n}, 3, d)
      x[300] = 0x1p60
      local r, q = m.fmod(x, y), m.floor_divide(x, y)
      eq({r[1], r[299], r[300], r[301], r[n]}, {1.0, 1.0, 1.0, 1.0, 1.0})
      eq({q[1], q[n]}, {3.0, 3.0})
    end
  end)

  it("parts, roundings and signs", function()
    for _, d in ipairs(FLOATS) do
      table_of(m.round, d, often {{0.5, 0.0}, {1.5, 2.0}, {2.5, 2.0},
        {-0.5, -0.0}, {-1.5, -2.0}, {2.4, 2.0}})
      table_of(m.floor, d, often {{1.5, 1.0}, {-1.5, -2.0}, {2, 2.0}})
      table_of(m.ceil, d, often {{1.5, 2.0}, {-1.5, -1.0}, {2, 2.0}})
      table_of(m.trunc, d, often {{1.5, 1.0}, {-1.5, -1.0}})
      table_of(m.frac, d, often {{1.5, 0.5}, {-1.5, -0.5}, {2, 0.0}})
      table_of(m.copysign, d, often {{1, -2, -1.0}, {-1, 2, 1.0},
        {1, -0.0, -1.0}, {0, -1, -0.0}})
      table_of(m.reciprocal, d, often {{4, 0.25}, {0, inf}, {-0.0, -inf}})
      table_of(m.rsqrt, d, often {{4, 0.5}, {0.25, 2.0}, {0, inf}})
      table_of(m.square, d, often {{-3, 9.0}, {0.5, 0.25}})
      table_of(m.nan_to_num, d, {{nan, 0.0}, {1, 1.0}, {-7, -7.0}})
      table_of(function(x)
        return m.nan_to_num(x, {nan = 1, posinf = 2, neginf = 3})
      end, d, often {{nan, 1.0}, {inf, 2.0}, {-inf, 3.0}, {5, 5.0}, {-5, -5.0}})
      table_of(m.lerp, d, often {{1, 3, 0, 1.0}, {1, 3, 1, 3.0},
        {1, 3, 0.5, 2.0}, {1, 3, 0.25, 1.5}, {1, 3, 0.75, 2.5},
        {1, 3, 2, 5.0}, {1, 3, -1, -1.0}, {1, 3, -0.25, 0.5}})
    end
    local most = {f32 = 0x1.fffffep127, f64 = 0x1.fffffffffffffp1023}
    for d, v in pairs(most) do
      table_of(m.nan_to_num, d, {{inf, v}, {-inf, -v}, {v, v}, {-v, -v}})
    end
  end)

  it("what is finite, infinite, no number", function()
    for _, d in ipairs(FLOATS) do
      table_of(m.isnan, d, often {{nan, true}, {inf, false}, {1, false}})
      table_of(m.isinf, d, often {{nan, false}, {inf, true}, {-inf, true},
        {1, false}})
      table_of(m.isfinite, d, often {{nan, false}, {inf, false},
        {-inf, false}, {0, true}, {1e30, true}})
    end
  end)
end)

describe("of integers,", function()
  it("divisions by the signs, and the one that wraps", function()
    local least = {i64 = math.mininteger, i32 = -(1 << 31)}
    for d, low in pairs(least) do
      table_of(m.floor_divide, d, often {{7, 2, 3}, {-7, 2, -4}, {7, -2, -4},
        {-7, -2, 3}, {6, -2, -3}, {low, -1, low}, {low, 1, low}, {0, -5, 0}})
      table_of(m.remainder, d, often {{7, 3, 1}, {-7, 3, 2}, {7, -3, -2},
        {-7, -3, -1}, {6, 3, 0}, {-6, 3, 0}, {low, -1, 0}, {5, -1, 0}})
      table_of(m.fmod, d, often {{7, 3, 1}, {-7, 3, -1}, {7, -3, 1},
        {-7, -3, -1}, {low, -1, 0}})
      table_of(function(x, y) return m.div(x, y, {rounding_mode = "trunc"}) end,
        d, often {{7, 2, 3}, {-7, 2, -3}, {7, -2, -3}, {low, -1, low},
        {5, -1, -5}})
      table_of(m.abs, d, often {{-3, 3}, {3, 3}, {low, low}, {0, 0}})
      table_of(m.neg, d, often {{-3, 3}, {3, -3}, {low, low}})
      table_of(m.sign, d, often {{-3, -1}, {0, 0}, {7, 1}, {low, -1}})
      table_of(m.relu, d, often {{-3, 0}, {0, 0}, {7, 7}})
      table_of(m.maximum, d, often {{-3, 2, 2}, {5, 4, 5}, {low, 0, 0}})
      table_of(m.minimum, d, often {{-3, 2, -3}, {5, 4, 4}, {low, 0, low}})
      table_of(m.pow, d, often {{2, 10, 1024}, {-3, 3, -27}, {5, 0, 1},
        {0, 0, 1}, {0, 3, 0}, {-1, 31, -1}, {7, 1, 7}, {3, 5, 243}})
    end
    table_of(m.floor_divide, "u8", often {{200, 3, 66}, {255, 255, 1}})
    table_of(m.remainder, "u8", often {{200, 3, 2}, {255, 255, 0}})
    table_of(m.sub, "u8", often {{3, 5, 254}, {5, 3, 2}})
    table_of(m.pow, "u8", often {{2, 7, 128}, {2, 8, 0}, {3, 5, 243}})
    table_of(m.abs, "u8", often {{200, 200}})
    table_of(m.sign, "u8", often {{200, 1}, {0, 0}})
  end)

  it("a factor beside add and sub", function()
    for _, d in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      local x, y = m.tensor({10, 20}, {dtype = d}), m.tensor({3, 4},
        {dtype = d})
      near(m.add(x, y, {alpha = 2}), {16, 28}, 0)
      near(m.sub(x, y, {alpha = 2}), {4, 12}, 0)
      near(m.add(x, y, {alpha = 0}), {10, 20}, 0)
    end
    local x = m.tensor({0, 0}, {dtype = "i64"})
    local y = m.tensor({1, 2}, {dtype = "i64"})
    eq(m.add(x, y, {alpha = -3}):totable(), {-3, -6})
    eq(m.sub(x, y, {alpha = -3}):totable(), {3, 6})
  end)

  it("bits and truth", function()
    for _, d in ipairs {"i64", "i32", "u8"} do
      table_of(m.bitwise_and, d, often {{12, 10, 8}, {0, 7, 0}})
      table_of(m.bitwise_or, d, often {{12, 10, 14}, {0, 7, 7}})
      table_of(m.bitwise_xor, d, often {{12, 10, 6}, {7, 7, 0}})
      table_of(m.bitwise_not, d, often {{5, d == "u8" and 250 or -6}})
    end
    for _, d in ipairs {"f32", "f64", "i64", "i32", "u8", "bool"} do
      local t = d == "bool"
      local o, z = t or 2, not t and 0
      local rows = {{o, o}, {o, z}, {z, o}, {z, z}}
      for f, want in pairs {[m.logical_and] = {true, false, false, false},
          [m.logical_or] = {true, true, true, false},
          [m.logical_xor] = {false, true, true, false}} do
        local list = {}
        for i, row in ipairs(rows) do list[i] = {row[1], row[2], want[i]} end
        table_of(f, d, often(list), "bool")
      end
      table_of(m.logical_not, d, often {{o, false}, {z, true}}, "bool")
      if not t then
        for f, want in pairs {[m.eq] = {false, true, false},
            [m.ne] = {true, false, true}, [m.lt] = {true, false, false},
            [m.le] = {true, true, false}, [m.gt] = {false, false, true},
            [m.ge] = {false, true, true}} do
          table_of(f, d, often {{1, 2, want[1]}, {2, 2, want[2]},
            {3, 2, want[3]}}, "bool")
        end
      end
    end
  end)
end)

-- ---- Rows -------------------------------------------------------------------

describe("rows", function()
  -- The same numbers, one of three, or a single one repeated.
  local function apart(t)
    local wide = m.zeros({t.shape[1], 3}, {dtype = t.dtype})
    wide:select(2, 2):copy_(t)
    return wide:select(2, 2)
  end

  it("of any step and length give the same", function()
    for _, d in ipairs {"f32", "f64", "i64", "u8"} do
      for _, n in ipairs {1, 7, 127, 128, 129, 511, 512, 513, 1023, 1024, 1025,
          4095, 4096, 4097, 9000} do
        local x = (m.arange(0, n) % 13 + 1):to(d)
        local y = (m.arange(0, n) % 7 + 2):to(d)
        local one = m.tensor({3}, {dtype = d}):expand(n)
        for _, f in ipairs {m.add, m.mul, m.maximum, m.lt, m.remainder} do
          local want = f(x, y)
          for _, a in ipairs {x, apart(x)} do
            for _, b in ipairs {y, apart(y)} do
              assert(m.equal(f(a, b), want))
            end
          end
          local flat = one:contiguous()
          assert(m.equal(f(apart(x), one), f(x, flat)))
          assert(m.equal(f(one, apart(x)), f(flat, x)))
          assert(m.equal(f(one, one), f(flat, flat)))
        end
        local into = apart(x)
        into:add_(y)
        assert(m.equal(into, m.add(x, y)))
        local mask = x:gt(5)
        local want = m.where(mask, x, y)
        assert(m.equal(m.where(mask, apart(x), apart(y)), want))
        assert(m.equal(m.where(apart(mask), x, one), m.where(mask, x,
          one:contiguous())))
        assert(m.equal(-apart(x), -x))
      end
    end
  end)

  it("over several dimensions in any order", function()
    local x = m.arange(0, 210):reshape(5, 6, 7):to "f64"
    local y = (m.arange(0, 210) % 11):reshape(5, 6, 7):to "f64"
    local want = (x * 2 + y):reshape(-1):totable()
    local function turned(t, order, back)
      return t:permute(order):contiguous():permute(back)
    end
    for _, o in ipairs {{{3, 2, 1}, {3, 2, 1}}, {{2, 3, 1}, {3, 1, 2}},
        {{1, 3, 2}, {1, 3, 2}}, {{3, 1, 2}, {2, 3, 1}}} do
      local a, b = turned(x, o[1], o[2]), turned(y, o[1], o[2])
      eq((a * 2 + b):contiguous():reshape(-1):totable(), want)
      eq((x * 2 + b):contiguous():reshape(-1):totable(), want)
      eq((m.flip(m.flip(a, 2), 2) * 2 + y):reshape(-1):totable(), want)
    end
    local row, column = x[{1, 1}], y[{{}, {1, 6}, {1, 1}}]
    local sum, list = (row + column):totable(), y:totable()
    for i = 1, 5 do for j = 1, 6 do for k = 1, 7 do
      eq(sum[i][j][k], k - 1 + list[i][j][1])
    end end end
  end)
end)
