-- core_fold_spec.lua: folds, running folds and copies of whole numbers at the
-- sizes where their loops change, against the same in Lua.

local m = require "mlrt"

-- Lanes of 16 and 32, rows up to 23 turned, 64 at a time, blocks of 1024.
local LENGTHS = {1, 2, 4, 5, 15, 16, 17, 22, 23, 24, 25, 31, 32, 33, 63, 65,
  1023, 1024, 1025, 2100}
local WIDTHS = {1, 2, 3, 5, 63, 64, 65, 129}

-- A whole number from -3 to 3; line j, place i.
local function value(i, j)
  return ((i * i * 7 + i * 13 + j * 5 + i * j) % 101 * 5 + i // 3) % 7 - 3
end

local function filled(n, w, dtype, turned)
  local i = m.arange(1, n + 1):reshape(n, 1)
  local j = m.arange(1, w + 1):reshape(1, w)
  local v = ((i * i * 7 + i * 13 + j * 5 + i * j) % 101 * 5 + i // 3) % 7 - 3
  if dtype == "u8" or dtype == "bool" then v = v:abs() end
  v = v:to(dtype)
  return turned and v:t():contiguous() or v
end

local function each_size(f)
  for a, n in ipairs(LENGTHS) do
    for b, w in ipairs(WIDTHS) do
      if n * w <= 4500 and (n < 100 or b % 2 == 1 or n == 1024) then
        f(n, w, (a + b) % 2 == 0)
      end
    end
  end
end

local function some_of(w) return {1, (w + 1) // 2, w} end

-- Sum, largest, smallest, first places of both, how many are not 0, sum of
-- squares of line j.
local function fold(n, j, abs)
  local r = {sum = 0, most = -9, least = 9, count = 0, squares = 0}
  for i = 1, n do
    local v = value(i, j)
    if abs then v = math.abs(v) end
    r.sum, r.squares = r.sum + v, r.squares + v * v
    if v > r.most then r.most, r.most_at = v, i end
    if v < r.least then r.least, r.least_at = v, i end
    if v ~= 0 then r.count = r.count + 1 end
  end
  return r
end

describe("folds", function()
  it("along either dimension, of every dtype", function()
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      each_size(function(n, w, turned)
        local x = filled(n, w, dtype, turned)
        local dim = turned and 2 or 1
        local sum, most, least = x:sum(dim), x:amax(dim), x:amin(dim)
        local count = m.count_nonzero(x, dim)
        local first, last = x:argmax(dim), x:argmin(dim)
        local any, all = (x:ne(1)):any(dim), x:ne(1):all(dim)
        for _, j in ipairs(some_of(w)) do
          local r = fold(n, j, dtype == "u8")
          near({sum[j], most[j], least[j], count[j], first[j], last[j]},
            {r.sum, r.most, r.least, r.count, r.most_at, r.least_at}, 0)
          local ones = 0
          for i = 1, n do
            local v = value(i, j)
            if (dtype == "u8" and math.abs(v) or v) == 1 then
              ones = ones + 1
            end
          end
          eq({any[j], all[j]}, {ones < n, ones == 0})
        end
      end)
    end
  end)

  it("of floats: means, squares, and what is no number", function()
    for _, dtype in ipairs {"f32", "f64"} do
      each_size(function(n, w, turned)
        local x = filled(n, w, dtype, turned)
        local dim = turned and 2 or 1
        local mean, norm = x:mean(dim), m.norm(x, {dim = dim})
        local holes = m.where(x:eq(1), m.tensor(0 / 0, {dtype = dtype}), x)
        local nansum = m.nansum(holes, dim)
        for _, j in ipairs(some_of(w)) do
          local r, ones = fold(n, j), 0
          for i = 1, n do ones = ones + (value(i, j) == 1 and 1 or 0) end
          near(mean[j], r.sum / n)
          near(norm[j], math.sqrt(r.squares))
          eq(nansum[j], 1.0 * (r.sum - ones))
        end
      end)
    end
  end)

  it("find what lies at any place", function()
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      for _, n in ipairs {1, 7, 23, 24, 32, 33, 64, 70, 100} do
        local x = m.full({n}, 5, dtype)
        local two = m.full({n, 2}, 5, dtype)
        local apart = m.full({n, 6}, 5, dtype)
        local every = apart[{{}, {1, 6, 3}}]
        for at = 1, n do
          x[at], two[{at, 2}] = 9, 9
          eq({x:argmax(1):item(), x:amax(1):item()},
            {at, dtype:sub(1, 1) == "f" and 9.0 or 9})
          eq(two:argmax(1):totable(), {1, at})
          eq(two:t():argmax(2):totable(), {1, at})
          apart[{at, 4}] = 9
          eq(every:argmax(1):totable(), {1, at})
          apart[{at, 4}] = 5
          x[at], two[{at, 2}] = 2, 2
          eq(x:argmin(1):item(), at)
          eq(two:argmin(1):totable(), {1, at})
          x[at], two[{at, 2}] = 5, 5
        end
      end
    end
  end)

  it("give nan where one is, and its first place", function()
    for _, n in ipairs {2, 23, 24, 33, 70, 1030} do
      for _, at in ipairs {1, 2, n // 2 + 1, n - 1, n} do
        local x = m.ones(n)
        x[at] = 0 / 0
        local beside = m.stack({m.ones(n), x, m.ones(n)}, 2)
        for _, f in ipairs {m.amax, m.amin, m.sum, m.prod, m.mean} do
          eq(f(x, 1):isnan():item(), true)
          eq(f(beside, 1):isnan():totable(), {false, true, false})
        end
        eq({x:argmax(1):item(), x:argmin(1):item()}, {at, at})
        eq(beside:argmax(1):totable(), {1, at, 1})
        eq(m.nansum(x):item(), n - 1.0)
      end
    end
  end)

  it("multiply", function()
    for _, dtype in ipairs {"f64", "i64", "i32"} do
      for _, n in ipairs {1, 3, 16, 17, 40, 65} do
        local x = m.ones({n, 3}, {dtype = dtype})
        x[{1, 1}], x[{n, 2}], x[{(n + 1) // 2, 3}] = 3, -5, 7
        near(x:prod(1), {3, -5, 7}, 0)
        near(x:t():prod(2), {3, -5, 7}, 0)
        near(x:t():contiguous():prod(2), {3, -5, 7}, 0)
        near(x:prod():item(), -105, 0)
      end
    end
  end)

  it("of nothing", function()
    local x = m.zeros(0, 3)
    eq(x:sum(1):totable(), {0.0, 0.0, 0.0})
    eq(x:prod(1):totable(), {1.0, 1.0, 1.0})
    eq(x:eq(0):any(1):totable(), {false, false, false})
    eq(x:eq(0):all(1):totable(), {true, true, true})
    eq(x:sum(2):totable(), {})
  end)

  it("over several dimensions at once", function()
    local x = filled(24, 35, "f64"):reshape(4, 6, 5, 7)
    local flat = x:totable()
    for _, dims in ipairs {{1}, {2}, {4}, {1, 2}, {3, 4}, {1, 3}, {2, 4},
        {1, 4}, {1, 2, 3, 4}, {2, 3}} do
      local folded = {}
      for _, d in ipairs(dims) do folded[d] = true end
      local want = {}
      for a = 1, 4 do for b = 1, 6 do for c = 1, 5 do for d = 1, 7 do
        local key = ((folded[1] and 0 or a) * 8 + (folded[2] and 0 or b)) * 64
          + (folded[3] and 0 or c) * 8 + (folded[4] and 0 or d)
        want[key] = (want[key] or 0) + flat[a][b][c][d]
      end end end end
      local keys, list = {}, {}
      for key in pairs(want) do keys[#keys + 1] = key end
      table.sort(keys)
      for i, key in ipairs(keys) do list[i] = want[key] end
      near(x:sum(dims):reshape(-1):totable(), list, 0)
      near(x:transpose(1, 4):contiguous():transpose(1, 4):sum(dims)
        :reshape(-1):totable(), list, 0)
    end
  end)
end)

describe("running folds", function()
  it("add and multiply along lines", function()
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      for _, n in ipairs {1, 2, 7, 40} do
        for _, w in ipairs {1, 3, 4, 5, 7, 8, 63, 64, 65} do
          for _, turned in ipairs {false, true} do
            local x = filled(n, w, dtype, turned)
            local dim = turned and 2 or 1
            local y = m.cumsum(x, dim)
            local signs = x:to "f64" % 2 * 2 - 1
            local z = m.cumprod(signs:to(dtype == "u8" and "i32" or dtype), dim)
            for _, j in ipairs(some_of(w)) do
              local sum, product, want, want_z = 0, 1, {}, {}
              for i = 1, n do
                local v = value(i, j)
                v = dtype == "u8" and math.abs(v) or v
                sum, product = sum + v, product * (v % 2 * 2 - 1)
                want[i], want_z[i] = sum, product
              end
              local at = turned and 1 or 2
              near(y:select(at, j):totable(), want, 0)
              near(z:select(at, j):totable(), want_z, 0)
            end
          end
        end
      end
    end
  end)

  it("of logarithms, with infinities", function()
    local inf = math.huge
    for _, dtype in ipairs {"f32", "f64"} do
      local function run(...)
        return m.logcumsumexp(m.tensor({...}, {dtype = dtype}), 1):totable()
      end
      near(run(0, 0, 0, 0), {0, math.log(2), math.log(3), math.log(4)})
      near(run(1000, 1000), {1000, 1000 + math.log(2)})
      near(run(1, 3, 2), {1, math.log(math.exp(1) + math.exp(3)),
        math.log(math.exp(1) + math.exp(2) + math.exp(3))})
      eq(run(-inf, -inf), {-inf, -inf})
      near(run(-inf, 5, -inf), {-inf, 5, 5})
      eq(run(1, inf, 2, -inf), {run(1)[1], inf, inf, inf})
      local y = run(inf, -inf, 0 / 0, 1)
      eq({y[1], y[2], y[3] ~= y[3], y[4] ~= y[4]}, {inf, inf, true, true})
      local x = m.tensor({{1, 2}, {3, 4}}, {dtype = dtype})
      near(m.logcumsumexp(x, 1)[2], {math.log(math.exp(1) + math.exp(3)),
        math.log(math.exp(2) + math.exp(4))})
    end
  end)
end)

-- ---- Copies -----------------------------------------------------------------

local DTYPES = {"u8", "f32", "f64"}

-- 0 .. n - 1, modulo 251, in a shape.
local function counted(shape, dtype)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  return (m.arange(0, n) % 251):to(dtype):reshape(shape)
end

-- The elements of t, element by element, by their places.
local function picked(t)
  local list = {}
  for i = 1, t.shape[1] do
    local row = t:select(1, i)
    for j = 1, t.shape[2] do list[#list + 1] = row[j] end
  end
  return list
end

local function copies(t)
  eq(t:contiguous():reshape(-1):totable(), picked(t))
end

describe("copies", function()
  it("turn matrices of any size", function()
    for _, dtype in ipairs(DTYPES) do
      for _, n in ipairs {1, 3, 4, 5, 15, 16, 17, 33, 65} do
        for _, w in ipairs {3, 4, 7, 16, 17, 64, 130} do
          if n * w < 2200 then copies(counted({n, w}, dtype):t()) end
        end
      end
      -- Lines that are 512 bytes apart, or a multiple of that.
      for _, n in ipairs {5, 16, 17, 35} do
        copies(counted({n, 128}, dtype)[{{}, {1, 37}}]:t())
        copies(counted({n, 512}, dtype)[{{}, {3, 21}}]:t())
      end
    end
  end)

  it("turn within more dimensions", function()
    for _, dtype in ipairs(DTYPES) do
      local x = counted({3, 5, 6, 7}, dtype)
      for _, order in ipairs {{1, 2, 4, 3}, {4, 2, 3, 1}, {1, 4, 2, 3},
          {3, 4, 1, 2}, {2, 1, 3, 4}, {4, 3, 2, 1}} do
        local y = x:permute(order)
        local flat = y:contiguous():reshape(-1):totable()
        local s, k = y.shape, 0
        for a = 1, s[1] do for b = 1, s[2] do for c = 1, s[3] do
          for d = 1, s[4] do
            k = k + 1
            local at = {}
            at[order[1]], at[order[2]], at[order[3]], at[order[4]] = a, b, c, d
            local n = ((at[1] - 1) * 5 + at[2] - 1) * 6 + at[3] - 1
            assert(flat[k] == (n * 7 + at[4] - 1) % 251)
          end
        end end end
      end
    end
  end)

  it("of short and long runs, forward and back", function()
    for _, dtype in ipairs(DTYPES) do
      for _, w in ipairs {1, 2, 3, 4, 5, 6, 8, 9, 17, 64, 300} do
        local x = counted({4, w + 3}, dtype)
        copies(x:narrow(2, 2, w))
        copies(x[{{1, 4, 3}, {1, w, 1}}])
        copies(x[{{}, {1, w, 2}}])
        copies(m.flip(x:narrow(2, 2, w), 2))
        local flipped = m.flip(x, {2}):totable()
        local rows = x:totable()
        for i = 1, 4 do
          for j = 1, w + 3 do eq(flipped[i][j], rows[i][w + 4 - j]) end
        end
        eq(m.flip(x, {1}):totable(), {rows[4], rows[3], rows[2], rows[1]})
      end
    end
  end)

  it("shifted around", function()
    for _, dtype in ipairs(DTYPES) do
      for _, n in ipairs {1, 7, 130, 1100, 4200} do
        local x = counted({n}, dtype)
        local list = x:totable()
        for _, by in ipairs {0, 1, 3, 8, 15, -1, 64} do
          local y = m.roll(x, by, 1):totable()
          for i = 1, n, n > 500 and 13 or 1 do
            eq(y[(i - 1 + by) % n + 1], list[i])
          end
          eq(y[n], list[(n - 1 - by) % n + 1])
        end
      end
    end
  end)

  it("of one number, into all or a part", function()
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      for _, v in ipairs {0, 7} do
        local x = m.full({5, 6}, 3, dtype)
        x:narrow(2, 2, 3):fill_(v)
        local rows = x:totable()
        for i = 1, 5 do near(rows[i], {3, v, v, v, 3, 3}, 0) end
        x:t():fill_(v)
        near(x:sum():item(), 30 * v, 0)
        x[{{1, 5, 2}, {1, 6, 5}}] = 1
        near(x[3], {1, v, v, v, v, 1}, 0)
        near(x[4]:sum():item(), 6 * v, 0)
      end
    end
    local x = m.ones(3)
    x:fill_(-0.0)
    eq(1 / x[2], -math.huge)
    x:fill_(0.0)
    eq(1 / x[2], math.huge)
    x:fill_(0 / 0)
    eq(x:isnan():sum():item(), 3)
    eq(m.full({2}, 5, "bool"):totable(), {true, true})
    eq(m.zeros(0):fill_(3):totable(), {})
  end)

  it("convert, and cut what does not fit", function()
    local x = m.tensor({-1.9, -0.5, 0, 0.5, 1.9, 255, 256.7, -1e30, 1e30,
      0 / 0}, {dtype = "f64"})
    eq(x:to "i64":totable(), {-1, 0, 0, 0, 1, 255, 256, math.mininteger,
      math.maxinteger, 0})
    eq(x:to "u8":totable(), {255, 0, 0, 0, 1, 255, 0, 0, 255, 0})
    eq(x:to "bool":totable(), {true, true, false, true, true, true, true, true,
      true, true})
    eq(x:to "i32":totable(), {-1, 0, 0, 0, 1, 255, 256, 0, -1, 0})
    local edge = m.tensor({0x1p63, -0x1p63, 0x1p62}, {dtype = "f64"})
    eq(edge:to "i64":totable(), {math.maxinteger, math.mininteger, 1 << 62})
    eq(edge:to "f32":to "i64":totable(), edge:to "i64":totable())
    for _, from in ipairs {"f32", "f64", "i64", "i32", "u8", "bool"} do
      for _, to in ipairs {"f32", "f64", "i64", "i32", "u8"} do
        local y = m.tensor({{1, 0, 1}, {0, 1, 1}}, {dtype = "i32"}):to(from)
        near(y:to(to):to "f64", {{1, 0, 1}, {0, 1, 1}}, 0)
        near(y:t():to(to):to "f64", {{1, 0}, {0, 1}, {1, 1}}, 0)
        near(y:narrow(2, 1, 1):expand(2, 3):to(to):to "f64",
          {{1, 1, 1}, {0, 0, 0}}, 0)
      end
    end
  end)
end)
