-- ops_create_spec.lua: tensors made of numbers, drawn, joined, cut into
-- triangles or put in order, at the sizes and values where something changes.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows

local INF, NAN = math.huge, 0 / 0

local function i64(list) return m.tensor(list, {dtype = "i64"}) end

-- ---- One value --------------------------------------------------------------

describe("full", function()
  it("cuts fractions, and takes what then fits", function()
    for _, case in ipairs {{"u8", 255.9, 255}, {"u8", -0.9, 0},
      {"u8", 255, 255}, {"u8", 0, 0},
      {"i32", 2147483647, 2147483647}, {"i32", -2147483648,
      -2147483648}, {"i32", 2147483647.9, 2147483647}, {"i32", -2147483648.9,
      -2147483648}, {"i64", math.maxinteger, math.maxinteger}, {"i64",
      math.mininteger, math.mininteger}, {"i64", -2.0 ^ 63, math.mininteger},
      {"i64", 1.5, 1}, {"index", 0, false}, {"index", 1 << 40, 1 << 40},
      {"index", 2.5, 2}, {"f32", 1 << 40, 2.0 ^ 40}, {"f64", INF, INF},
      {"bool", 2, true}, {"bool", 0, false}, {"f32", 2, 2.0}} do
      local dtype, value, want = table.unpack(case)
      eq(m.full({3}, value, {dtype = dtype}), {want, want, want})
      eq(m.full_like(m.ones(2, 1), value, {dtype = dtype}), {{want}, {want}})
    end
    eq(1 / m.full({1}, -0.0)[1], -INF)
    eq(1 / m.full({1}, 0.0)[1], INF)
    eq(m.full({2}, NAN), {NAN, NAN})
  end)
  it("refuses what does not fit", function()
    for _, case in ipairs {{"u8", 256, "256"}, {"u8", -1, "-1"}, {"i32",
      2147483648, "2147483648"}, {"i32", -2147483649, "-2147483649"}, {"i32",
      2147483648.0, "2147483648"}, {"i32", -2147483649.0, "-2147483649"},
      {"i64", 2.0 ^ 63, "9.2233720368547758e+18"}, {"i64", -2.0 ^ 63 - 2048,
      "-9.2233720368547779e+18"}, {"u8", INF, "inf"}, {"i64", -INF, "-inf"},
      {"index", 2.0 ^ 63, "9.2233720368547758e+18"}} do
      local dtype, value, text = table.unpack(case)
      for _, made in ipairs {{"full", {2}}, {"full_like", m.ones(2)}} do
        eq(message(m[made[1]], made[2], value, {dtype = dtype}),
          ("%s: argument 'value': %s does not fit %s"):format(made[1], text,
          dtype))
      end
    end
    raises("does not fit index", m.full, {2}, -1, {dtype = "index"})
    raises("does not fit index", m.full, {2}, -1.0, {dtype = "index"})
    raises("nan does not fit i64", m.full, {2}, NAN, {dtype = "i64"})
    for name, args in pairs {ones = {{2}, {dtype = "index"}},
      ones_like = {m.index {1}}, eye = {2, {dtype = "index"}},
      linspace = {0, 1, 3, {dtype = "index"}}} do
      eq(message(m[name], table.unpack(args)),
        name .. ": an index holds positions; use full")
    end
  end)
end)

describe("eye", function()
  it("of every shape", function()
    for rows = 0, 4 do
      for columns = 0, 4 do
        local y = m.eye(rows, columns, {dtype = "i64"})
        eq(y.shape, {rows, columns})
        eq(y:sum():item(), math.min(rows, columns))
        for i = 1, rows do
          for j = 1, columns do eq(y[{i, j}], i == j and 1 or 0) end
        end
      end
    end
    eq(m.eye(2).shape, {2, 2})
    eq(message(m.eye, 2, -1), "eye: negative size -1")
  end)
end)

-- ---- Evenly spaced ----------------------------------------------------------

describe("arange and range", function()
  it("count in integers", function()
    for a = -3, 3 do
      for b = -3, 3 do
        for step = -3, 3 do
          local ahead = step > 0 and b >= a or step < 0 and b <= a
          if ahead then
            local all, open = {}, {}
            for v = a, b, step do
              all[#all + 1] = v
              if v ~= b then open[#open + 1] = v end
            end
            eq(m.arange(a, b, step), open)
            eq(m.range(a, b, step), all)
            eq(m.arange(a + 0.0, b, step), m.tensor(open):totable())
            eq(m.range(a + 0.0, b, step), m.tensor(all):totable())
          elseif step == 0 then
            eq(message(m.arange, a, b, 0), "arange: argument 'step' is 0")
          else
            local text = ("no way from %d to %d with step %d"):format(a, b,
              step)
            eq(message(m.arange, a, b, step), "arange: " .. text)
            if b - a == -step then
              eq(m.range(a, b, step).shape, {0})
            else
              eq(message(m.range, a, b, step), "range: " .. text)
            end
          end
        end
      end
    end
  end)
  it("over the whole width of integers", function()
    eq(m.arange(math.mininteger, math.maxinteger, 1 << 62), {math.mininteger,
      -1 << 62, 0, 1 << 62})
    eq(m.range(math.maxinteger, math.mininteger, -1 << 62), {math.maxinteger,
      (1 << 62) - 1, -1, -1 - (1 << 62)})
    eq(m.range(math.maxinteger - 1, math.maxinteger), {math.maxinteger - 1,
      math.maxinteger})
    raises("is too large", m.arange, 0, math.maxinteger)
    raises("is too large", m.range, math.mininteger, math.maxinteger)
    raises("is too large", m.arange, 0, 1e300, 1e-300)
    raises("is too large", m.arange, 0, 2.0 ^ 62, 1.0)
  end)
  it("in fractions", function()
    eq(m.range(0, 0.3, 0.1):numel(), 4)
    eq(m.arange(0, 0.3, 0.1):numel(), 3)
    eq(m.arange(0, 1, 0.5), {0.0, 0.5})
    eq(m.arange(0, 1.25, 0.5), {0.0, 0.5, 1.0})
    eq(m.range(0, 1.25, 0.5), {0.0, 0.5, 1.0})
    eq(m.arange(1, 0, -0.25, {dtype = "f64"}), {1.0, 0.75, 0.5, 0.25})
    eq(m.range(1, 0, -0.25), {1.0, 0.75, 0.5, 0.25, 0.0})
    eq(m.arange(0.5, 3, 1, {dtype = "i32"}), {0, 1, 2})
    eq(m.arange(2.5, 2.5).shape, {0})
    eq(m.range(2.5, 2.5), {2.5})
    eq(m.range(1.5, 0.5).shape, {0})
    eq(message(m.range, 1.5, 0), "range: no way from 1.5 to 0 with step 1")
    eq(m.arange(0, 3, 1.0).dtype, "i64")
    eq(m.arange(0, 3.0).dtype, "f32")
    eq(m.arange(0.0, 3).dtype, "f32")
    eq(m.arange(0, 3, 1.5).dtype, "f32")
    eq(m.range(1, 0).dtype, "i64")
    eq(m.range(1.0, 0).dtype, "f32")
    for _, args in ipairs {{0, INF}, {-INF, 0}, {0, 1, INF}, {0, NAN},
      {NAN, 1}, {0, 1, NAN}} do
      eq(message(m.arange, table.unpack(args)),
        "arange: start, stop and step must be finite")
      eq(message(m.range, args[1], args[2], args[3]),
        "range: start, stop and step must be finite")
    end
  end)
  it("in more pieces than one", function()
    for _, n in ipairs {511, 512, 513, 1024, 1025, 16384, 16385, 33000} do
      local y = m.arange(0, n, 1, {dtype = "f64"})
      eq(y:numel(), n)
      eq(y:sum():item(), n * (n - 1) / 2)
      eq(y[n], n - 1.0)
      y = m.arange(3, 3 + 2 * n, 2)
      eq(y:sum():item(), n * (n - 1) + 3 * n)
      eq(y[512 < n and 513 or 1], 512 < n and 1027 or 3)
      y = m.arange(0, n / 4, 0.25, {dtype = "f64"})
      eq(y:sum():item(), n * (n - 1) / 8)
    end
  end)
end)

describe("linspace and logspace", function()
  it("hit both ends", function()
    for n = 1, 9 do
      local y = m.linspace(-1, 2, n, {dtype = "f64"}):totable()
      eq(#y, n)
      eq(y[1], -1.0)
      if n > 1 then eq(y[n], 2.0) end
      for i, v in ipairs(y) do
        near(v, -1 + 3 * (i - 1) / math.max(1, n - 1), 1e-15)
      end
      for i, v in ipairs(m.logspace(-1, 2, n, 2, {dtype = "f64"}):totable()) do
        near(v, 2 ^ y[i], 1e-14)
      end
    end
    -- Each half counts from its own end.
    local y = m.linspace(0, 1, 11, {dtype = "f64"}):totable()
    for i = 0, 10 do
      eq(y[i + 1], i < 5 and i * 0.1 or 1 - (10 - i) * 0.1)
    end
    y = m.linspace(0, 1, 10, {dtype = "f64"}):totable()
    for i = 0, 9 do
      eq(y[i + 1], i < 5 and i * (1 / 9) or 1 - (9 - i) * (1 / 9))
    end
    eq(m.linspace(3, 4, 0).shape, {0})
    eq(m.linspace(3, 4, 1), {3.0})
    eq(m.linspace(2, 2, 3), {2.0, 2.0, 2.0})
    near(m.logspace(0, 2, 3), {1, 10, 100})
    eq(m.linspace(0, 10, 3, {dtype = "i64"}), {0, 5, 10})
    for _, base in ipairs {0, -1, INF} do
      eq(message(m.logspace, 0, 1, 3, base), ("logspace: argument 'base': a "
        .. "positive number expected, got %g"):format(base))
    end
    raises("logspace: argument 'base'", m.logspace, 0, 1, 3, NAN)
  end)
end)

-- ---- Drawn ------------------------------------------------------------------

describe("a draw is made of the generator's numbers in order", function()
  -- The numbers 0 <= r < 1, of 53 bits, from a place of the stream on.
  local function numbers(g, position, n)
    g:load_state {key = 9, position = position}
    return m.rand({n}, {dtype = "f64", generator = g}):totable()
  end
  local function generator()
    local g = m.generator(9)
    g:load_state {key = 9, position = 0}
    return g
  end
  local function blocks(n) return (n + 31) // 32 * 16 end

  it("randperm", function()
    local g = generator()
    for _, n in ipairs {0, 1, 2, 3, 31, 32, 33, 64, 65, 300} do
      g:load_state {key = 9, position = 0}
      local got = m.randperm(n, g):totable()
      eq(g:state().position, n == 0 and 0 or blocks(n))
      local r, y = n > 0 and numbers(g, 0, n) or {}, {}
      for i = 1, n do
        local k = 1 + math.floor(r[i] * i)
        y[i] = y[k]
        y[k] = i
      end
      eq(got, y)
    end
    eq(message(m.randperm, 1 << 53),
      "randperm: shape (9007199254740992) is too large")
    eq(message(m.randperm, -1), "randperm: negative size -1")
  end)
  it("multinomial with replacement", function()
    local g = generator()
    for _, case in ipairs {{{1, 2, 3}, 40}, {{0, 1, 0, 4, 0, 0}, 70},
      {{5}, 3}, {{0, 2, 0}, 5}, {{1e-3, 1e3}, 33}, {{1, 1, 1, 1}, 1}} do
      local weights, k = table.unpack(case)
      for _, dtype in ipairs {"f32", "f64"} do
        local x = m.tensor(weights, {dtype = dtype})
        g:load_state {key = 9, position = 0}
        local got = m.multinomial(m.stack {x, x, x}, k, true, g):totable()
        eq(g:state().position, 3 * blocks(k))
        local list = x:totable()
        local total = 0
        for _, w in ipairs(list) do total = total + w end
        for row = 1, 3 do
          for j, r in ipairs(numbers(g, (row - 1) * blocks(k), k)) do
            local at, sum, found = (1 - (r + 0x1p-53)) * total, 0, nil
            for i, w in ipairs(list) do
              sum = sum + w
              if sum > at and not found then found = i end
            end
            eq(got[row][j], found)
          end
        end
        g:load_state {key = 9, position = 0}
        eq(m.multinomial(x, k, true, g), got[1])
      end
    end
  end)
  it("multinomial without: the first arrivals", function()
    local g = generator()
    for _, n in ipairs {1, 2, 3, 5, 8, 33, 100} do
      local weights = {}
      for i = 1, n do weights[i] = i % 4 == 2 and 0 or i % 3 + 0.5 end
      local positive = 0
      for _, w in ipairs(weights) do positive = positive + (w > 0 and 1 or 0)
      end
      for k = 1, positive, n > 10 and 7 or 1 do
        g:load_state {key = 9, position = 0}
        local x = m.tensor(weights, {dtype = "f64"})
        local got = m.multinomial(m.stack {x, x}, k, false, g):totable()
        eq(g:state().position, 2 * blocks(n))
        for row = 1, 2 do
          local order, key = {}, {}
          for i, r in ipairs(numbers(g, (row - 1) * blocks(n), n)) do
            order[i] = i
            key[i] = -math.log(r + 0x1p-53) / weights[i]
          end
          table.sort(order, function(a, b) return key[a] < key[b] end)
          for j = 1, k do eq(got[row][j], order[j]) end
          eq(#got[row], k)
        end
      end
    end
  end)
  it("multinomial of more rows than a task has", function()
    local g = generator()
    local x = m.ones(9, 2000)
    local all = m.multinomial(x, 3, true, g)
    local each = blocks(3)
    for row = 1, 9 do
      g:load_state {key = 9, position = (row - 1) * each}
      eq(m.multinomial(x:select(1, row), 3, true, g), all[row]:totable())
    end
  end)
  it("and multinomial refuses", function()
    local f64 = {dtype = "f64"}
    for want, args in pairs {
      ["x: a vector or matrix expected, got shape (1, 1, 2)"] =
        {m.ones(1, 1, 2), 1},
      ["x: a vector or matrix expected, got shape ()"] = {m.tensor(1), 1},
      ["1 of 0 positions; more can be drawn with replacement"] =
        {m.zeros(0), 1},
      ["2 of 0 positions; more can be drawn with replacement"] =
        {m.zeros(3, 0), 2, true},
      ["3 of 2 positions; more can be drawn with replacement"] =
        {m.ones(2), 3},
      ["2 of 1 positions that have weight"] = {m.tensor {0, 1, 0}, 2},
      ["the weights add up to 0"] = {m.zeros(2), 1},
      ["the weights add up to inf"] = {m.tensor({1e308, 1e308}, f64), 1},
      ["a weight is negative or not finite: -1"] = {m.tensor {2, -1}, 1},
      ["a weight is negative or not finite: inf"] = {m.tensor {INF, 1}, 1},
      ["x is too large"] = {m.ones(1):expand {1 << 61}, 1},
      ["negative size -1"] = {m.ones(2), -1},
    } do
      eq(message(m.multinomial, table.unpack(args)), "multinomial: " .. want)
    end
    eq(m.multinomial(m.zeros(0), 0).shape, {0})
    eq(m.multinomial(m.zeros(2), 0).shape, {0})
    eq(m.multinomial(m.ones(0, 2), 1).shape, {0, 1})
    eq(m.multinomial(m.tensor {0, 1, 1}, 2):sort(), {2, 3})
    raises("multinomial: ", m.multinomial, i64 {1, 2}, 1)
  end)
end)

-- ---- Joined -----------------------------------------------------------------

describe("cat", function()
  local function part(n, w, from, dtype)
    return m.arange(from, from + n * w):reshape({n, w}):to(dtype)
  end

  it("of rows short and long", function()
    for _, dtype in ipairs {"u8", "i32", "f64"} do
      for _, w in ipairs {1, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 129,
        300} do
        local a, b = part(5, w, 1, dtype), part(5, w + 1, 7, dtype)
        local y = m.cat({a, b}, 2)
        eq(y:narrow(2, 1, w), a:totable())
        eq(y:narrow(2, w + 1, w + 1), b:totable())
        local z = m.cat({a, a:t():contiguous():t(), b:to "f64"}, 2)
        eq(z.dtype, "f64")
        eq(z:narrow(2, 1, w), a:to("f64"):totable())
        eq(z:narrow(2, w + 1, w), a:to("f64"):totable())
        eq(z:narrow(2, 2 * w + 1, w + 1), b:to("f64"):totable())
      end
    end
  end)
  it("of more rows than a task has", function()
    local a, b = part(300, 200, 1, "f32"), part(300, 100, 7, "f32")
    local y = m.cat({a, b}, 2)
    eq((y:narrow(2, 1, 200) - a):abs():max():item(), 0.0)
    eq((y:narrow(2, 201, 100) - b):abs():max():item(), 0.0)
    y = m.cat {a, a:narrow(1, 1, 7), a}
    eq((y:narrow(1, 308, 300) - a):abs():max():item(), 0.0)
    y = m.cat({a, part(300, 1, 1, "f32"):narrow(2, 1, 1)}, -1)
    eq(y[{300, 201}], 300.0)
    eq(y[{299, 200}], 299.0 * 200)
  end)
  it("leaves out what is empty, whatever stands beside", function()
    local none = m.zeros(0)
    eq(m.cat({none, m.ones(2, 1), none}, 2), {{1.0}, {1.0}})
    eq(m.cat {none, none}, m.zeros(0))
    eq(m.cat({m.zeros(2, 0), m.ones(2, 1)}, 2), {{1.0}, {1.0}})
    eq(m.cat({m.zeros({0}, {dtype = "f64"}), m.ones(1)}).dtype, "f64")
    eq(m.cat {m.tensor {true}, i64 {2}}, {1, 2})
    local a = m.zeros({0}, {requires_grad = true})
    local b = m.ones({2, 1}, {requires_grad = true})
    m.cat({a, b, a, b}, 2):backward(m.tensor {{1, 2}, {3, 4}})
    eq(a.grad.shape, {0})
    eq(b.grad, {{3.0}, {7.0}})
    local c = m.ones({3}, {requires_grad = true})
    m.cat({m.ones(2), c}, -1):backward(m.tensor {1, 2, 3, 4, 5})
    eq(c.grad, {3.0, 4.0, 5.0})
  end)
  it("refuses", function()
    local huge = m.ones(1):expand {1 << 61}
    for want, args in pairs {
      ["the list of tensors is empty"] = {{}},
      ["f32 and index do not mix"] = {{m.ones(1), m.index {1}}},
      ["tensors of shape () have no dim to join; use stack"] =
        {{m.tensor(1), m.tensor(1)}},
      ["the result is too large"] = {{huge, huge, huge, huge}},
      ["tensor 2 has shape (2, 2), the first (1, 3); they may differ in the "
        .. "joined dim"] = {{m.ones(1, 3), m.ones(2, 2)}},
      ["tensor 3 has shape (2), the first (1, 2); they may differ in the "
        .. "joined dim"] = {{m.ones(1, 2), m.ones(1, 2), m.ones(2)}},
      ["tensor 3 has shape (2, 1), the first (2, 2); they may differ in the "
        .. "joined dim"] = {{m.zeros(0), m.ones(2, 2), m.ones(2, 1)}, 1},
    } do
      eq(message(m.cat, table.unpack(args)), "cat: " .. want)
    end
  end)
end)

describe("stack and meshgrid", function()
  it("stack along every dimension", function()
    for _, dtype in ipairs {"u8", "f32", "f64"} do
      local a = m.arange(0, 24):reshape({2, 3, 4}):to(dtype)
      local b = (a + 100):transpose(1, 2):contiguous():transpose(1, 2)
      for d = 1, 4 do
        local y = m.stack({a, b, a}, d)
        eq(y:select(d, 1), a:totable())
        eq(y:select(d, 2), b:totable())
        eq(y:select(d, 3), a:totable())
        eq(m.stack({a, b, a}, d - 5), y:totable())
      end
    end
    local wide = m.arange(0, 17000):to "f32" -- a piece that is not copied whole
    eq(m.stack({wide, wide}, 2)[17000], {16999.0, 16999.0})
    eq(m.stack({wide, wide})[2][16999], 16998.0)
    local a = m.ones({2}, {requires_grad = true})
    local b = m.ones({2}, {requires_grad = true})
    m.stack({a, m.zeros(2), b}, -1):backward(m.tensor {{1, 2, 3}, {4, 5, 6}})
    eq(a.grad, {1.0, 4.0})
    eq(b.grad, {3.0, 6.0})
    eq(message(m.stack, {m.ones(2), m.ones(2), m.ones(3)}),
      "stack: tensor 3 has shape (3), the first (2)")
    eq(message(m.stack, {m.ones(1, 2), m.ones(2, 1)}),
      "stack: tensor 2 has shape (2, 1), the first (1, 2)")
    eq(message(m.stack, {m.ones(1, 1, 1, 1, 1, 1, 1, 1)}),
      "stack: more than 8 dimensions")
    eq(message(m.stack, {}), "stack: the list of tensors is empty")
    eq(m.stack({m.ones(1, 1, 1, 1, 1, 1, 1)}).ndim, 8)
  end)
  it("meshgrid in both orders", function()
    local a, b, c = m.tensor {1, 2}, m.tensor {3, 4, 5}, m.tensor(6)
    local x, y, z = table.unpack(m.meshgrid {a, b, c})
    eq(x, {{{1.0}, {1.0}, {1.0}}, {{2.0}, {2.0}, {2.0}}})
    eq(y, {{{3.0}, {4.0}, {5.0}}, {{3.0}, {4.0}, {5.0}}})
    eq(z, {{{6.0}, {6.0}, {6.0}}, {{6.0}, {6.0}, {6.0}}})
    x, y, z = table.unpack(m.meshgrid({a, b, m.tensor {7, 8}}, "xy"))
    eq(x.shape, {3, 2, 2})
    eq(x:select(3, 1), {{1.0, 2.0}, {1.0, 2.0}, {1.0, 2.0}})
    eq(y:select(3, 2), {{3.0, 3.0}, {4.0, 4.0}, {5.0, 5.0}})
    eq(z[1][2], {7.0, 8.0})
    eq(m.meshgrid({b}, "xy")[1], {3.0, 4.0, 5.0})
    local list = {}
    for i = 1, 8 do list[i] = m.ones(1) end
    eq(m.meshgrid(list)[8].ndim, 8)
    list[9] = m.ones(1)
    eq(message(m.meshgrid, list),
      "meshgrid: 9 tensors; at most 8 are possible")
    eq(message(m.meshgrid, {a, m.ones(1, 2)}), "meshgrid: tensor 2: at most "
      .. "one dimension expected, got shape (1, 2)")
    eq(message(m.meshgrid, {}), "meshgrid: the list of tensors is empty")
  end)
end)

-- ---- Diagonals --------------------------------------------------------------

describe("diagonals and triangles", function()
  local FAR = {math.mininteger, math.mininteger + 1, -9, -1, 0, 1, 9,
    math.maxinteger}

  it("tril and triu keep their side", function()
    for _, shape in ipairs {{1, 1}, {3, 5}, {5, 3}, {4, 4}, {2, 0}} do
      local x = m.arange(1, shape[1] * shape[2] + 1):reshape(shape)
      for _, k in ipairs(FAR) do
        local low, high = x:totable(), x:totable()
        for i, row in ipairs(low) do
          for j in ipairs(row) do
            if j - i > k then low[i][j] = 0 end
            if j - i < k then high[i][j] = 0 end
          end
        end
        for _, dtype in ipairs {"i64", "u8"} do
          local t = x:to(dtype)
          eq(t:tril(k), low)
          eq(t:triu(k), high)
          local way = t:t():contiguous():t()
          eq(way:triu(k), high)
          way = way:clone():t():contiguous():t()
          way:tril_(k)
          eq(way, low)
        end
      end
    end
    eq(message(m.tril, m.ones(2)),
      "tril: 2 or more dimensions expected, got (2)")
  end)
  it("of batches, and of more rows than a task has", function()
    local x = m.arange(1, 2 * 3 * 4 * 5 + 1):reshape {2, 3, 4, 5}
    local turned = x:permute(4, 2, 1, 3):contiguous():permute(3, 2, 4, 1)
    turned:triu_(1)
    for a = 1, 2 do
      for b = 1, 3 do
        eq(x[a][b]:triu(1), turned[a][b]:totable())
        eq(x:triu(1)[a][b], turned[a][b]:totable())
      end
    end
    local n = 400
    local ones = m.ones(n, n)
    eq(ones:tril():sum():item(), n * (n + 1) / 2.0)
    eq(ones:triu(1):sum():item(), n * (n - 1) / 2.0)
    eq(ones:tril()[{n, n}], 1.0)
    eq(ones:tril(-1)[{n, n}], 0.0)
    eq(m.ones(2, 40000):tril(30000):sum():item(), 60003.0)
    local y = m.ones({2, 2}, {requires_grad = true})
    y:tril(math.mininteger):sum():backward()
    eq(y.grad, {{0.0, 0.0}, {0.0, 0.0}})
    y = m.ones({2, 2}, {requires_grad = true})
    y:triu(math.mininteger):sum():backward()
    eq(y.grad, {{1.0, 1.0}, {1.0, 1.0}})
  end)
  it("diagonal and diag of every offset", function()
    local x = m.arange(1, 13):reshape {3, 4}
    for k = -4, 5 do
      local want = {}
      for i = 1, 3 do
        local j = i + k
        if j >= 1 and j <= 4 then want[#want + 1] = (i - 1) * 4 + j end
      end
      eq(x:diagonal(k), want)
      eq(x:diag(k), want)
      eq(x:t():diagonal(-k), want)
      local g = m.zeros({3, 4}, {requires_grad = true})
      g:diagonal(k):sum():backward()
      eq(g.grad:sum():item(), #want + 0.0)
      eq(g.grad:diagonal(k), m.ones(#want))
      local v = m.arange(1, 4)
      local square = v:diag(k)
      eq(square.shape, {3 + math.abs(k), 3 + math.abs(k)})
      eq(square:diagonal(k), {1, 2, 3})
      eq(square:sum():item(), 6)
    end
    local cube = m.arange(1, 25):reshape {2, 3, 4}
    eq(cube:diagonal(1, 2, 3), {{2, 7, 12}, {14, 19, 24}})
    eq(cube:diagonal(-1, 3, 1), {{2, 15}, {6, 19}, {10, 23}})
    eq(cube:diagonal(0, 1, 3), {{1, 14}, {5, 18}, {9, 22}})
    eq(cube:diagonal(1, 1, -1), {{2, 15}, {6, 19}, {10, 23}})
    for _, k in ipairs {math.mininteger, math.maxinteger} do
      eq(x:diagonal(k).shape, {0})
    end
    local far = m.ones({2, 2}, {requires_grad = true})
    far:diagonal(math.mininteger):sum():backward()
    eq(far.grad, {{0.0, 0.0}, {0.0, 0.0}})
    for _, k in ipairs {math.mininteger, math.mininteger + 1} do
      eq(message(m.diag, m.ones(2), k),
        "diag: diagonal -9223372036854775807 is too far out")
    end
    eq(message(m.diag, m.ones(1, 1, 1)),
      "diag: 1 or 2 dimensions expected, got (1, 1, 1)")
    eq(message(m.diagonal, x, 0, 1, 1), "diagonal: dim 1 is given twice")
    eq(message(m.diagonal, x, 0, 2, -1), "diagonal: dim 2 is given twice")
    eq(message(core._diagonal_grad, m.ones(3), {2, 3}, 1, 1, 2),
      "_diagonal_grad: g (3) is not the diagonal (2)")
    eq(message(core._diagonal_grad, m.ones(2), {2, 2}, 0, 1, 1),
      "_diagonal_grad: dim 1 is given twice")
    raises("is too large", core._diagonal_grad, m.ones(2), {1 << 40, 1 << 40},
      0, 1, 2)
  end)
end)
