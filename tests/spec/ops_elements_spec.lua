-- ops_elements_spec.lua: element by element, at the ends of what is allowed:
-- integers that have no result, numbers beside tensors, bounds that are equal
-- or absent, and the gradients at such places.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows

local INF, NAN = math.huge, 0 / 0

local function i64(list) return m.tensor(list, {dtype = "i64"}) end

-- The gradients of sum(f(...)) by each tensor among the arguments.
local function slopes(f, ...)
  local args = table.pack(...)
  for i = 1, args.n do
    if m.is_tensor(args[i]) then
      args[i] = args[i]:detach():clone()
      args[i].requires_grad = true
    end
  end
  f(table.unpack(args, 1, args.n)):sum():backward()
  local list = {}
  for i = 1, args.n do
    if m.is_tensor(args[i]) then list[#list + 1] = args[i].grad:totable() end
  end
  return table.unpack(list)
end

-- The second derivative of f at the numbers x.
local function curve(f, x)
  local t = m.tensor(x, {dtype = "f64", requires_grad = true})
  local g = m.grad(f(t):sum(), t, {create_graph = true})
  if m.is_tensor(g) then g = {g} end
  local h = m.grad(g[1]:sum(), t)
  return (m.is_tensor(h) and h or h[1]):totable()
end

describe("integers without a result", function()
  it("are found wherever they lie", function()
    local ones = {1, 1, 1, 1, 1, 1}
    for at = 1, 6 do
      for _, dtype in ipairs {"i64", "i32", "u8"} do
        local list = {table.unpack(ones)}
        list[at] = 0
        local y = m.tensor(list, {dtype = dtype}):reshape {2, 3}
        local x = m.tensor({4, 5, 6, 7, 8, 9}, {dtype = dtype}):reshape {2, 3}
        for _, by in ipairs {y, y:t():contiguous():t(), y:reshape {1, 2, 3}} do
          for _, name in ipairs {"floor_divide", "remainder", "fmod"} do
            eq(message(m[name], x, by),
              name .. ": argument 'y': an integer is divided by zero")
          end
          eq(message(m.div, x, by, "trunc"),
            "div: argument 'y': an integer is divided by zero")
        end
      end
      local list = {table.unpack(ones)}
      list[at] = -1
      local y = i64(list):reshape {2, 3}
      for _, power in ipairs {y, y:t():contiguous():t()} do
        eq(message(m.pow, i64(ones):reshape {2, 3}, power), "pow: argument "
          .. "'y': integers have no negative powers; convert with "
          .. 'x:to("f32")')
      end
    end
  end)
  it("are not what integers are close to", function()
    local x = i64 {7, -7}
    eq(m.floor_divide(x, 1), {7, -7})
    eq(m.floor_divide(x, -1), {-7, 7})
    eq(m.pow(x, 0), {1, 1})
    eq(m.pow(x, m.tensor({1, 0}, {dtype = "i64"})), {7, 1})
    eq(m.floor_divide(x, m.zeros({0, 1}, {dtype = "i64"})).shape, {0, 2})
    eq(m.floor_divide(m.tensor {7}, 0), {INF})
    eq(m.floor_divide(x, 2.0), {3, -4})
    eq(m.pow(x, 2.0), {49, 49})
    for _, zero in ipairs {0, 0.0, m.tensor(false)} do
      eq(message(m.floor_divide, x, zero),
        "floor_divide: argument 'y': an integer is divided by zero")
    end
    for _, power in ipairs {-1, -1.0} do
      raises("pow: argument 'y': integers have no negative powers", m.pow, x,
        power)
    end
    eq(m.pow(m.tensor {2}, -1), {0.5})
  end)
  it("are found behind repeated ones", function()
    local y = i64({1, 0}):reshape({2, 1}):expand {2, 4}
    eq(message(m.fmod, i64 {1, 2, 3, 4}, y),
      "fmod: argument 'y': an integer is divided by zero")
    y = i64({2, 3}):reshape({2, 1}):expand {2, 4}
    eq(m.fmod(i64 {1, 2, 3, 4}, y), {{1, 0, 1, 0}, {1, 2, 0, 1}})
    y = i64({2, 3}):expand {3, 2}
    eq(m.fmod(i64 {5, 5}, y), {{1, 2}, {1, 2}, {1, 2}})
  end)
end)

describe("add and sub with alpha", function()
  it("of integers want an integer below 2^53", function()
    local x = i64 {5, 6}
    eq(m.add(x, x, 3), {20, 24})
    eq(m.sub(x, x, 3), {-10, -12})
    eq(message(m.add, x, x, 0.5),
      "add: alpha 0.5: integer tensors want an integer")
    eq(message(m.sub, x, x, 2 ^ 53),
      "sub: alpha 9.0072e+15: integer tensors want an integer")
    eq(m.add(x, x, 2 ^ 53 - 1), {5 * 2 ^ 53 // 1 | 0, 6 * 2 ^ 53 // 1 | 0})
    eq(message(m.add, x, x, -2 ^ 53),
      "add: alpha -9.0072e+15: integer tensors want an integer")
    eq(m.add(m.tensor {1}, m.tensor {2}, 0.5), {2.0})
    eq(message(m.add, x, m.index {1, 2}, 2), "add: argument 'y': i64 and index "
      .. "do not mix; convert an index with x:to(\"i64\")")
  end)
  it("hand the gradient on times alpha", function()
    local a, b = slopes(function(x, y) return m.add(x, y, 3) end,
      m.tensor {1, 2}, m.tensor {3, 4})
    eq(a, {1.0, 1.0})
    eq(b, {3.0, 3.0})
    a, b = slopes(function(x, y) return m.sub(x, y, 3) end, m.tensor {1, 2},
      m.tensor {3, 4})
    eq(a, {1.0, 1.0})
    eq(b, {-3.0, -3.0})
  end)
end)

describe("div with rounding", function()
  it("rounds to zero or down, and has no slope", function()
    local x, y = m.tensor {7, -7}, m.tensor {2, 2}
    eq(m.div(x, y, "trunc"), {3.0, -3.0})
    eq(m.div(x, y, "floor"), {3.0, -4.0})
    eq(m.div(i64 {7, -7}, 2, "trunc"), {3, -3})
    eq(m.div(i64 {7, -7}, 2, "floor"), {3, -4})
    eq(m.div(i64 {7, -7}, 2), {3.5, -3.5})
    local a, b = slopes(function(p, q) return m.div(p, q, "floor") end, x, y)
    eq(a, {0.0, 0.0})
    eq(b, {0.0, 0.0})
  end)
end)

describe("slopes of powers", function()
  it("at zeros of base and exponent", function()
    local x = m.tensor({0, 0, 0, 2, 3}, {dtype = "f64"})
    local y = m.tensor({0, 1, 2, 0, -1}, {dtype = "f64"})
    local a, b = slopes(m.pow, x, y)
    near(a, {0, 1, 0, 0, -1 / 9})
    near(b, {0, 0, 0, math.log(2), math.log(3) / 3})
  end)
  it("of a negative power of 0", function()
    local _, b = slopes(m.pow, m.tensor {0}, m.tensor {-1})
    eq(b, {-INF})
  end)
  it("with a number as exponent", function()
    local x = m.tensor({0, 2, -3}, {dtype = "f64"})
    for y, want in pairs {[0] = {0, 0, 0}, [1] = {1, 1, 1},
      [2] = {0, 4, -6}, [3] = {0, 12, 27}} do
      near((slopes(function(t) return t:pow(y) end, x)), want)
    end
    near((slopes(function(t) return m.pow(2, t) end, x)),
      {math.log(2), 4 * math.log(2), math.log(2) / 8})
  end)
end)

describe("slopes of a choice", function()
  it("of equal operands are shared", function()
    local x, y = m.tensor {1, 2, 3}, m.tensor {2, 2, 2}
    local a, b = slopes(m.maximum, x, y)
    eq(a, {0.0, 0.5, 1.0})
    eq(b, {1.0, 0.5, 0.0})
    a, b = slopes(m.minimum, x, y)
    eq(a, {1.0, 0.5, 0.0})
    eq(b, {0.0, 0.5, 1.0})
  end)
  it("of one bound belong to x where they are equal", function()
    local x, y = m.tensor {1, 2, 3}, m.tensor {2, 2, 2}
    local a, b = slopes(m.clamp_min, x, y)
    eq(a, {0.0, 1.0, 1.0})
    eq(b, {1.0, 0.0, 0.0})
    a, b = slopes(m.clamp_max, m.tensor {1, 2, 3}, m.tensor {2, 2, 2})
    eq(a, {1.0, 1.0, 0.0})
    eq(b, {0.0, 0.0, 1.0})
  end)
  it("of two bounds, ends included", function()
    local x = m.tensor {0, 1, 2, 3, 4}
    local a, lo, hi = slopes(m.clamp, x, m.tensor {1, 1, 1, 1, 1},
      m.tensor {3, 3, 3, 3, 3})
    eq(a, {0.0, 1.0, 1.0, 1.0, 0.0})
    eq(lo, {1.0, 0.0, 0.0, 0.0, 0.0})
    eq(hi, {0.0, 0.0, 0.0, 0.0, 1.0})
  end)
  it("of bounds that cross, or meet", function()
    local function at(x, lo, hi)
      local a, b, c = slopes(m.clamp, m.tensor {x}, m.tensor {lo},
        m.tensor {hi})
      return {a[1], b[1], c[1]}
    end
    eq(at(2, 3, 1), {0.0, 0.0, 1.0})
    eq(at(0, 3, 1), {0.0, 0.0, 1.0})
    eq(at(4, 3, 1), {0.0, 0.0, 1.0})
    eq(at(2, 2, 2), {1.0, 0.0, 0.0})
    eq(at(1, 2, 2), {0.0, 0.0, 0.0})
    eq(at(3, 2, 2), {0.0, 0.0, 1.0})
  end)
  it("of a single bound of clamp", function()
    local a, b = slopes(function(x, lo) return m.clamp(x, lo) end,
      m.tensor {0, 1, 2}, m.tensor {1, 1, 1})
    eq(a, {0.0, 1.0, 1.0})
    eq(b, {1.0, 0.0, 0.0})
    a, b = slopes(function(x, hi) return m.clamp(x, nil, hi) end,
      m.tensor {0, 1, 2}, m.tensor {1, 1, 1})
    eq(a, {1.0, 1.0, 0.0})
    eq(b, {0.0, 0.0, 1.0})
  end)
end)

describe("clamp", function()
  it("has the type's own end for an absent bound", function()
    for dtype, ends in pairs {u8 = {0, 255}, i32 = {-2147483648, 2147483647},
      i64 = {-9007199254740993, 9007199254740993}} do
      local x = m.tensor({ends[1], 1, ends[2]}, {dtype = dtype})
      eq(x:clamp(1), {1, 1, ends[2]})
      eq(x:clamp(nil, 1), {ends[1], 1, 1})
    end
    local x = m.tensor {-INF, 0, INF}
    eq(x:clamp(-1), {-1.0, 0.0, INF})
    eq(x:clamp(nil, 1), {-INF, 0.0, 1.0})
    eq(x:clamp(m.tensor {-1}, nil), {-1.0, 0.0, INF})
    eq(message(m.clamp, x), "clamp: min or max is needed, or both")
  end)
  it("takes nan as a bound, or as an element", function()
    local x = m.tensor {1, 2, NAN}
    eq(x:clamp(NAN, 3), {NAN, NAN, NAN})
    eq(x:clamp(0, NAN), {NAN, NAN, NAN})
    eq(x:clamp(2, 3), {2.0, 2.0, NAN})
  end)
end)

describe("numbers beside tensors", function()
  local function dtype(v) return v.dtype end

  it("leave the dtype to the tensors where they can", function()
    local u, i, b = m.tensor({1, 2}, {dtype = "u8"}),
      m.tensor({1, 2}, {dtype = "i32"}), m.tensor {true, false}
    for _, case in ipairs {
      {m.add(u, 1), "u8"}, {m.add(u, 1.0), "u8"}, {m.add(u, 1.5), "f32"},
      {m.add(i, 1 << 40), "i32"}, {m.add(u, m.ones(2)), "f32"},
      {m.div(u, 2), "f32"}, {m.where(b, 1, 2), "i64"},
      {m.where(b, 1, 2.5), "f32"}, {m.where(b, 2.5, 1), "f32"},
      {m.where(b, u, 255), "u8"},
      {m.where(b, b, 3), "i64"}, {m.where(b, b, 3.5), "f32"},
      {m.add(u, 1e30), "f32"}, {m.add(u, -1e30), "f32"},
      {m.add(i64 {1}, 2.0 ^ 62), "i64"}, {m.add(i64 {1}, 2.0 ^ 63), "f32"},
      {m.add(i64 {1}, -2.0 ^ 63), "i64"}} do
      eq(dtype(case[1]), case[2])
    end
  end)
  it("must fit where they are chosen", function()
    local b = m.tensor {true, false}
    local u = m.tensor({1, 2}, {dtype = "u8"})
    local i = m.tensor({1, 2}, {dtype = "i32"})
    eq(m.where(b, u, 0), {1, 0})
    eq(m.where(b, u, 255), {1, 255})
    eq(m.where(b, i, 2147483647), {1, 2147483647})
    eq(m.where(b, i, -2147483648), {1, -2147483648})
    for _, case in ipairs {{u, 256, "u8"}, {u, -1, "u8"},
      {i, 2147483648, "i32"}, {i, -2147483649, "i32"}} do
      eq(message(m.where, b, case[1], case[2]), ("where: argument 'y': %d does "
        .. 'not fit into %s; convert with x:to("i64")'):format(case[2],
        case[3]))
      eq(message(m.where, b, case[2], case[1]), ("where: argument 'x': %d does "
        .. 'not fit into %s; convert with x:to("i64")'):format(case[2],
        case[3]))
    end
  end)
  it("are compared as they are", function()
    local u = m.tensor({0, 255}, {dtype = "u8"})
    eq(u:lt(256), {true, true})
    eq(u:eq(255), {false, true})
    eq(u:gt(-1), {true, true})
    eq(m.tensor({-2147483648}, {dtype = "i32"}):gt(-2147483649), {true})
    eq(m.index({1, 2}):eq(1), {true, false})
    eq(message(m.eq, m.index {1, 2}, 1.5), "eq: argument 'y': a position "
      .. "expected beside an index, got a fraction")
    eq(message(m.eq, 1.5, m.index {1, 2}), "eq: argument 'x': a position "
      .. "expected beside an index, got a fraction")
    eq(message(m.eq, m.index {1, 2}, i64 {1, 2}), "eq: argument 'y': index "
      .. 'and i64 do not mix; convert an index with x:to("i64")')
  end)
  it("have no arithmetic with what has none", function()
    local b = m.tensor {true}
    for _, name in ipairs {"add", "mul", "div", "maximum", "atan2"} do
      eq(message(m[name], b, b), name .. ": argument '"
        .. (name == "atan2" and "y" or "x") .. "': bool has no arithmetic; "
        .. 'convert with x:to("f32")')
      eq(message(m[name], m.index {1}, m.index {1}), name .. ": argument '"
        .. (name == "atan2" and "y" or "x") .. "': an index has no "
        .. 'arithmetic; convert with x:to("i64")')
    end
    eq(message(m.bitwise_and, m.ones(2), i64 {1, 2}),
      "bitwise_and: argument 'x': integers or bool expected, got f32")
    eq(message(m.bitwise_or, m.index {1}, m.index {1}),
      "bitwise_or: argument 'x': an index has no arithmetic; convert with "
      .. 'x:to("i64")')
  end)
  it("are one element, whatever the layout beside", function()
    local x = m.arange(0, 12):to("f32"):reshape {3, 4}
    local want = {}
    for i = 1, 3 do
      want[i] = {}
      for j = 1, 4 do want[i][j] = ((i - 1) * 4 + j - 1) * 2.0 + 1 end
    end
    eq(x * 2 + 1, want)
    eq(x:t():contiguous():t() * 2 + 1, want)
    eq(x * m.tensor({2}, {dtype = "i64"}) + m.tensor({1}, {dtype = "u8"}),
      want)
    eq(x * m.tensor(2, {dtype = "f64"}) + m.tensor(1, {dtype = "i32"}), want)
    eq(x * m.full({3, 1}, 2, {dtype = "i32"}) + m.ones({4}, {dtype = "u8"}),
      want)
  end)
end)

describe("operands of several dtypes and layouts", function()
  it("give what they give as f64", function()
    local n, w = 37, 29
    local base = m.arange(0, n * w):fmod(7):reshape {n, w}
    local kinds = {"f32", "f64", "i64", "i32", "u8"}
    for _, p in ipairs(kinds) do
      for _, q in ipairs(kinds) do
        local x, y = base:to(p), (base + 1):to(q)
        local want = (base:to "f64" * 2 + 1):totable()
        local turned = y:t():contiguous():t()
        eq((x + y):to "f64", want)
        eq((x + turned):to "f64", want)
        eq((x:t():contiguous():t() + turned):to "f64", want)
      end
    end
  end)
  it("beyond what one task does", function()
    local n = 300
    local x = m.arange(0, n * n):to("f32"):reshape {n, n}
    local y = m.arange(0, n):to "i32"
    local z = x + y
    eq(z[{1, 1}], 0.0)
    eq(z[{n, n}], n * n - 1.0 + n - 1)
    eq(z[{2, 3}], n + 2.0 + 2)
    eq((z:to "f64" - x:to "f64" - y:to "f64"):abs():sum():item(), 0.0)
    z = x:t() + y:to "f32"
    eq(z[{1, n}], (n - 1.0) * n + n - 1)
    eq(z[{n, 1}], n - 1.0)
  end)
end)

describe("second derivatives of activations", function()
  -- Central differences of the first.
  local function numeric(f, x)
    local h, list = 1e-5, {}
    for i, v in ipairs(x) do
      local t = m.tensor({v - h, v + h}, {dtype = "f64", requires_grad = true})
      f(t):sum():backward()
      list[i] = (t.grad[2] - t.grad[1]) / (2 * h)
    end
    return list
  end

  local far = {-30, -3.3, -0.7, 0.4, 1.9, 2.6, 25}
  for name, f in pairs {
    elu = function(x) return m.elu(x, 0.7) end,
    celu = function(x) return m.celu(x, 1.7) end,
    selu = m.selu, silu = m.silu, mish = m.mish, softsign = m.softsign,
    logsigmoid = m.logsigmoid, gelu = m.gelu,
    gelu_tanh = function(x) return m.gelu(x, "tanh") end,
    softplus = function(x) return m.softplus(x, 2, 5) end} do
    it("of " .. name .. ", far from 0 too", function()
      near(curve(f, far), numeric(f, far), 1e-5)
    end)
  end
  it("at 0", function()
    near(curve(m.silu, {0}), {0.5})
    near(curve(m.gelu, {0}), {2 / math.sqrt(2 * math.pi)})
    near(curve(m.softplus, {0}), {0.25})
    near(curve(m.softsign, {0}), {0})
    near(curve(function(x) return m.elu(x, 3) end, {0}), {3})
  end)
  it("and their refusals", function()
    eq(message(m.celu, m.ones(2), 0), "celu: alpha may not be 0")
    eq(message(m.softplus, m.ones(2), 0), "softplus: beta may not be 0")
  end)
end)

describe("angles and lengths", function()
  it("have slopes at the origin and on the axes", function()
    local a, b = slopes(m.atan2, m.tensor {0, 1, 0, -2}, m.tensor {0, 0, 2, 0})
    near(a, {0, 0, 0.5, 0})
    near(b, {0, -1, 0, 0.5})
    a, b = slopes(m.hypot, m.tensor {3, -5}, m.tensor {4, 12})
    near(a, {0.6, -5 / 13})
    near(b, {0.8, 12 / 13})
    a, b = slopes(m.copysign, m.tensor {2, -2, 0, 2}, m.tensor {-1, -1, 1, 1})
    eq(a, {-1.0, 1.0, 0.0, 1.0})
    eq(b, {0.0, 0.0, 0.0, 0.0})
    a, b = slopes(m.logaddexp, m.tensor {0, 100}, m.tensor {0, 0})
    near(a, {0.5, 1})
    near(b, {0.5, 0})
  end)
  it("of logarithms to the base 2", function()
    near(m.logaddexp2(m.tensor {3, 1000}, m.tensor {3, 1000}), {4, 1001})
    near(m.logaddexp2(m.tensor {1}, 1), {2})
    near(m.logaddexp2(0, m.tensor({2}, {dtype = "f64"})), {math.log(5, 2)},
      1e-12)
    eq(m.logaddexp2(1, m.tensor({2}, {dtype = "f64"})).dtype, "f64")
  end)
end)

describe("formulas", function()
  it("add a product or a quotient, times a factor", function()
    local x, y, z = m.tensor {1, 2}, m.tensor {3, 4}, m.tensor {5, 8}
    eq(m.addcmul(x, y, z), {16.0, 34.0})
    eq(m.addcmul(x, y, z, 2), {31.0, 66.0})
    near(m.addcdiv(x, z, y), {8 / 3, 4})
    eq(m.addcdiv(x, z, y, 3), {6.0, 8.0})
    eq(m.addcmul(i64 {1}, i64 {2}, i64 {3}, 2).dtype, "i64")
  end)
  it("of x log y and of odds", function()
    near(m.xlogy(m.tensor {0, 0, 2, 0}, m.tensor {0, INF, 3, 5}),
      {0, 0, 2 * math.log(3), 0})
    eq(m.xlogy(m.tensor {0}, m.tensor {NAN}), {NAN})
    near(m.logit(m.tensor {0.25, 0.5}), {-math.log(3), 0})
    near(m.logit(m.tensor {0, 1, 0.5}, 0.1), {-math.log(9), math.log(9), 0})
    eq(m.logit(i64 {0, 1}), {-INF, INF})
  end)
  it("replace what is not finite", function()
    local x = m.tensor {NAN, INF, -INF, 2}
    local most = 0x1.fffffep127
    eq(x:nan_to_num(), {0.0, most, -most, 2.0})
    eq(x:nan_to_num(7), {7.0, most, -most, 2.0})
    eq(x:nan_to_num(7, 8), {7.0, 8.0, -most, 2.0})
    eq(x:nan_to_num(7, 8, 9), {7.0, 8.0, 9.0, 2.0})
    eq(x:to("f64"):nan_to_num(),
      {0.0, 0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023, 2.0})
    eq(i64({1, 2}):nan_to_num(), {1, 2})
    eq((slopes(m.nan_to_num, x)), {0.0, 0.0, 0.0, 1.0})
    eq(m.fmax(m.tensor {1, NAN, 3, NAN}, m.tensor {2, 2, NAN, NAN}),
      {2.0, 2.0, 3.0, NAN})
    eq(m.fmin(m.tensor {1, NAN, 3, NAN}, m.tensor {2, 2, NAN, NAN}),
      {1.0, 2.0, 3.0, NAN})
  end)
  it("say what is close", function()
    local function close(x, y, ...)
      return m.isclose(m.tensor({x}, {dtype = "f64"}),
        m.tensor({y}, {dtype = "f64"}), ...):totable()[1]
    end
    eq(close(1, 1.25, 0, 0.25), true)
    eq(close(1, 1.25, 0, 0.249), false)
    eq(close(4, 8, 0.5, 0), true)
    eq(close(4, 8, 0.49, 0), false)
    eq(close(8, 4, 0.5, 0), false) -- rtol is of the second
    eq(close(4, 9, 0.5, 0.5), true)
    eq(close(INF, INF), true)
    eq(close(INF, -INF, 1, 1), false)
    eq(close(1, INF, 1, 1), false)
    eq(close(NAN, NAN), false)
    eq(close(NAN, NAN, 0, 0, true), true)
    eq(close(NAN, 1, 0, 0, true), false)
    eq(close(1, NAN, 0, 0, true), false)
    eq(message(m.isclose, m.ones(1), m.ones(1), -1, 0),
      "isclose: rtol -1 and atol 0 must not be negative")
    eq(message(m.isclose, m.ones(1), m.ones(1), 0, -1),
      "isclose: rtol 0 and atol -1 must not be negative")
  end)
end)

describe("private rows", function()
  it("of clamp: g within the bounds, ends included", function()
    local g, x = m.tensor {1, 2, 3, 4, 5}, m.tensor {0, 1, 2, 3, 4}
    eq(core._clamp_grad(g, x, 1, 3), {0.0, 2.0, 3.0, 4.0, 0.0})
    local a, b, lo, hi = slopes(core._clamp_grad, g, x, m.tensor {1, 1, 1, 1,
      1}, m.tensor {3, 3, 3, 3, 3})
    eq(a, {0.0, 1.0, 1.0, 1.0, 0.0})
    for _, none in ipairs {b, lo, hi} do eq(none, {0.0, 0.0, 0.0, 0.0, 0.0}) end
  end)
end)
