-- ops_products_spec.lua: products of whole numbers, which are exact, in
-- every layout; the linear layer; what operations are said to take.

local m = require "mlrt"
local core = require "mlrt.core"

local F64 = {dtype = "f64"}

local function numel(sizes)
  local n = 1
  for _, s in ipairs(sizes) do n = n * s end
  return n
end

-- Small whole numbers in that shape.
local function whole(shape, seed, dtype)
  local list = {}
  for i = 1, numel(shape) do list[i] = (i * i + i * seed) % 7 - 3.0 end
  local x = m.tensor(list, F64):reshape(shape)
  return dtype and x:to(dtype) or x
end

-- The same values, laid out in other ways.
local layouts = {
  plain = function(t) return t end,
  turned = function(t)
    return t.ndim > 1 and t:transpose(-1, -2):contiguous():transpose(-1, -2)
      or t
  end,
  apart = function(t)
    return t.ndim > 0 and m.stack({t, t * 0}, -1):select(-1, 1) or t
  end,
  backwards = function(t)
    return t.ndim > 1 and t:transpose(1, -1):contiguous():transpose(1, -1)
      or t
  end,
  rows_apart = function(t)
    return t.ndim > 1 and m.stack({t, t * 0}, -2):select(-2, 1) or t
  end,
}

-- The product of two matrices as lists of rows.
local function multiply(a, b, n)
  local y = {}
  for i, row in ipairs(a) do
    y[i] = {}
    for j = 1, n do
      local s = 0
      for k, v in ipairs(row) do s = s + v * b[k][j] end
      y[i][j] = s
    end
  end
  return y
end

-- matmul by the book: batches one after the other.
local function matmul(a, b)
  local p = a.ndim == 1 and a:reshape(1, -1) or a
  local q = b.ndim == 1 and b:reshape(-1, 1) or b
  local lead, batch = math.max(p.ndim, q.ndim) - 2, 1
  local shape = {}
  for d = 1, lead do
    local x, y = p.shape[d - lead + p.ndim - 2], q.shape[d - lead + q.ndim - 2]
    shape[d] = x and x ~= 1 and x or y or 1
    batch = batch * shape[d]
  end
  local rows, inner, n = p.shape[p.ndim - 1], p.shape[p.ndim], q.shape[q.ndim]
  local function flat(t)
    local to = {table.unpack(shape)}
    to[#to + 1], to[#to + 2] = t.shape[t.ndim - 1], t.shape[t.ndim]
    return t:expand(to):contiguous():reshape(batch, to[#to - 1], to[#to])
  end
  local x, y, out = flat(p), flat(q), {}
  for i = 1, batch do
    local list = multiply(x:select(1, i):totable(), y:select(1, i):totable(),
      n)
    for _, row in ipairs(list) do table.move(row, 1, n, #out + 1, out) end
  end
  assert(inner == q.shape[q.ndim - 1] and #out == batch * rows * n)
  if a.ndim > 1 then shape[#shape + 1] = rows end
  if b.ndim > 1 then shape[#shape + 1] = n end
  return out, shape
end

local pairs_of_shapes = {
  {{3}, {3}}, {{2, 3}, {3}}, {{3}, {3, 4}}, {{2, 3}, {3, 4}},
  {{1, 1}, {1, 1}}, {{2, 2, 3}, {2, 3, 4}}, {{2, 2, 3}, {3, 4}},
  {{2, 3}, {2, 3, 4}}, {{2, 1, 2, 3}, {3, 3, 4}}, {{3, 2, 4}, {4}},
  {{4}, {3, 4, 2}}, {{2, 1, 3, 2}, {1, 2, 2, 3}}, {{5, 1, 3}, {1, 3, 2}},
  {{1, 2, 3}, {4, 3, 1}}, {{2, 3, 1, 4}, {4, 1}}, {{17, 9}, {9, 33}},
}

describe("matmul", function()
  for name, layout in pairs(layouts) do
    it("multiplies operands laid out " .. name, function()
      for _, case in ipairs(pairs_of_shapes) do
        local a, b = whole(case[1], 2), whole(case[2], 3)
        local want, shape = matmul(a, b)
        for _, pair in ipairs {{layout(a), b}, {a, layout(b)},
          {layout(a), layout(b)}} do
          local y = m.matmul(pair[1], pair[2])
          eq(shape_of(y), shape)
          same(y:reshape(-1), want)
        end
      end
    end)
  end
  it("of two element types has the wider one", function()
    for _, case in ipairs {{"f32", "f64", "f64"}, {"i64", "f32", "f32"},
      {"f64", "i32", "f64"}, {"u8", "i32", "i32"}, {"i32", "i64", "i64"},
      {"i64", "i64", "i64"}, {"u8", "u8", "u8"}} do
      local a, b = whole({2, 2, 3}, 2):abs(), whole({3, 4}, 3):abs()
      local want = matmul(a, b)
      local y = m.matmul(a:to(case[1]), b:to(case[2]))
      eq(y.dtype, case[3])
      same(y:reshape(-1), want)
      y = m.matmul(layouts.apart(a:to(case[1])), layouts.turned(b:to(case[2])))
      same(y:reshape(-1), want)
    end
  end)
  it("repeats operands over a batch", function()
    local a, b = whole({2, 3}, 2), whole({3, 3, 4}, 3)
    local y = m.matmul(a:expand(3, 2, 3), b)
    same(y:reshape(-1), matmul(a, b))
    y = m.matmul(a:to "f32":expand(3, 2, 3), layouts.apart(b))
    same(y:reshape(-1), matmul(a, b))
    y = m.matmul(layouts.apart(a):expand(3, 2, 3), layouts.turned(b))
    same(y:reshape(-1), matmul(a, b))
    local deep = whole({2, 1, 2, 3}, 5)
    y = m.matmul(layouts.apart(deep):expand(2, 3, 2, 3), b)
    same(y:reshape(-1), matmul(deep, b))
  end)
  it("takes operands whose rows or columns are one, repeated", function()
    local row, column = whole({1, 3}, 2), whole({3, 1}, 3)
    local b = whole({3, 4}, 5)
    for _, a in ipairs {row:expand(2, 3), column:expand(3, 3),
      whole({1, 1}, 4):expand(2, 3), row:expand(2, 2, 3)} do
      for _, dtype in ipairs {"f64", "f32", "i64"} do
        local x, y = a:to "f64", b:to(dtype)
        same(m.matmul(x, y):reshape(-1), matmul(a, b))
        same(m.matmul(a, y):reshape(-1), matmul(a, b))
        same(m.matmul(y:t(), a:transpose(-1, -2)):reshape(-1),
          matmul(b:t(), a:transpose(-1, -2)))
      end
    end
  end)
  it("of nothing is 0, or nothing", function()
    same(m.matmul(m.zeros(2, 0), m.zeros(0, 3)), {{0, 0, 0}, {0, 0, 0}})
    same(m.matmul(m.zeros(0), m.zeros(0)), 0)
    eq(shape_of(m.matmul(m.zeros(0, 3), m.zeros(3, 2))), {0, 2})
    eq(shape_of(m.matmul(m.zeros(2, 3, 0), m.zeros(0))), {2, 3})
    eq(shape_of(m.bmm(m.zeros(0, 2, 3), m.zeros(0, 3, 2))), {0, 2, 2})
  end)
  it("has gradients that are products", function()
    -- y is linear in a and in b: sum(y w) = sum(a ga) = sum(b gb).
    for _, case in ipairs(pairs_of_shapes) do
      for _, layout in pairs(layouts) do
        local a, b = layout(whole(case[1], 2)), layout(whole(case[2], 3))
        local v, u = whole(case[1], 4), whole(case[2], 5)
        a:requires_grad_(true)
        b:requires_grad_(true)
        local y = m.matmul(a, b)
        local w = whole(shape_of(y), 6)
        m.sum(y * w):backward()
        eq({shape_of(a.grad), shape_of(b.grad)}, {case[1], case[2]})
        eq(m.sum(a.grad * v):item(),
          m.sum(m.matmul(v, b:detach()) * w):item())
        eq(m.sum(b.grad * u):item(),
          m.sum(m.matmul(a:detach(), u) * w):item())
      end
    end
  end)
  it("has a gradient for one operand alone", function()
    for _, case in ipairs(pairs_of_shapes) do
      local a, b = whole(case[1], 2), whole(case[2], 3)
      local both = {a:clone():requires_grad_(true),
        b:clone():requires_grad_(true)}
      m.sum(m.matmul(both[1], both[2])):backward()
      local one = a:clone():requires_grad_(true)
      m.sum(m.matmul(one, b)):backward()
      eq(one.grad:equal(both[1].grad), true)
      one = b:clone():requires_grad_(true)
      m.sum(m.matmul(a, one)):backward()
      eq(one.grad:equal(both[2].grad), true)
    end
  end)
end)

describe("the strict kin", function()
  it("are matmul of their numbers of dimensions", function()
    local a, b = whole({2, 3}, 2), whole({3, 4}, 3)
    same(m.mm(a, b):reshape(-1), matmul(a, b))
    same(m.mv(a, whole({3}, 5)), matmul(a, whole({3}, 5)))
    same(m.dot(whole({9}, 2), whole({9}, 3)),
      matmul(whole({9}, 2), whole({9}, 3))[1])
    a, b = whole({4, 2, 3}, 2), whole({4, 3, 2}, 3)
    same(m.bmm(a, b):reshape(-1), matmul(a, b))
    same(m.outer(m.tensor {1, 2}, m.tensor {3, 4, 5}),
      {{3, 4, 5}, {6, 8, 10}})
  end)
  it("add a part of an input: addmm and baddbmm", function()
    local a, b = whole({2, 3}, 2), whole({3, 4}, 3)
    local y = m.tensor(matmul(a, b), F64):reshape(2, 4)
    for _, shape in ipairs {{2, 4}, {1, 4}, {4}, {2, 1}, {1}, {}} do
      local x = whole(shape, 5)
      for _, f in ipairs {{1, 1}, {0.5, 2}, {-3, 0}, {2, -1}} do
        local want = x * f[1] + y * f[2]
        same(m.addmm(x, a, b, {beta = f[1], alpha = f[2]}), want:totable())
        same(m.addmm(x, a, b, f[1], f[2]), want:totable())
      end
      same(m.addmm(x, a, b), (x + y):totable())
    end
    local nan = m.full({4}, 0 / 0, F64)
    same(m.addmm(nan, a, b, {beta = 0}), y:totable())
    local bad = m.addmm(nan, a, b, {beta = 0.5})
    eq(bad:isnan():all():item(), true)
    same(m.addmm(whole({4}, 1, "i64"), a:to "i64", b:to "i64", {alpha = 3,
      beta = -2}), (y * 3 - whole({4}, 1) * 2):totable())
    eq(m.addmm(whole({4}, 1), a:to "f32", b:to "f32").dtype, "f64")
    eq(m.addmm(whole({4}, 1, "i64"), a:to "f32", b:to "f32").dtype, "f32")
    local big = 2.0 ^ 53 - 1
    eq(m.addmm(m.ones({1}, {dtype = "i64"}), m.ones({1, 1}, {dtype = "i64"}),
      m.zeros({1, 1}, {dtype = "i64"}), {beta = -big}):item(), -(1 << 53) + 1)
    a, b = whole({2, 2, 3}, 2), whole({2, 3, 2}, 3)
    local x = whole({2, 1}, 4)
    same(m.baddbmm(x, a, b, {beta = 2, alpha = -1}),
      (x * 2 - m.matmul(a, b)):totable())
  end)
  it("give each operand its gradient, times its factor", function()
    local function leaf(shape, seed) return whole(shape, seed):
      requires_grad_(true) end
    local x, a, b = leaf({4}, 5), leaf({2, 3}, 2), leaf({3, 4}, 3)
    local w = whole({2, 4}, 6)
    local function gradients(beta, alpha)
      x.grad, a.grad, b.grad = nil, nil, nil
      m.sum(m.addmm(x, a, b, {beta = beta, alpha = alpha}) * w):backward()
    end
    for _, f in ipairs {{1, 1}, {0.5, 1}, {1, -2}, {3, 0.5}} do
      gradients(f[1], f[2])
      same(x.grad, (w:sum(1) * f[1]):totable())
      same(a.grad, (m.matmul(w, b:detach():t()) * f[2]):totable())
      same(b.grad, (m.matmul(a:detach():t(), w) * f[2]):totable())
    end
    local y = m.addmm(x, a:detach(), b:detach())
    x.grad = nil
    m.sum(y * w):backward()
    same(x.grad, w:sum(1):totable())
    a.grad = nil
    m.sum(m.addmm(x:detach(), a, b:detach()) * w):backward()
    same(a.grad, m.matmul(w, b:detach():t()):totable())
  end)
  it("sum over rows: the gradient of a matrix", function()
    for _, lead in ipairs {{4}, {2, 3}, {2, 1, 3}, {1, 2, 2, 2}} do
      local sa, sb = {table.unpack(lead)}, {table.unpack(lead)}
      sa[#sa + 1], sb[#sb + 1] = 2, 3
      local a, b = whole(sa, 2), whole(sb, 3)
      local want = matmul(a:reshape(-1, 2):t(), b:reshape(-1, 3))
      for _, layout in pairs(layouts) do
        local x, y = layout(a), layout(b)
        same(core._rows_product(x, b):reshape(-1), want)
        same(core._rows_product(a, y):reshape(-1), want)
        same(core._rows_product(x, y):reshape(-1), want)
        same(core._rows_product(layout(a:to "i64"), layout(b:to "i32"))
          :reshape(-1), want)
      end
      local g, u = a:clone():requires_grad_(true), b:clone()
        :requires_grad_(true)
      local w = whole({2, 3}, 6)
      m.sum(core._rows_product(g, u) * w):backward()
      local one, other = a:clone():requires_grad_(true), b:clone()
        :requires_grad_(true)
      m.sum(core._rows_product(one, b) * w):backward()
      m.sum(core._rows_product(a, other) * w):backward()
      eq({one.grad:equal(g.grad), other.grad:equal(u.grad)}, {true, true})
      eq(g.grad:equal(m.matmul(b, w:t())), true)
      eq(u.grad:equal(m.matmul(a, w)), true)
    end
    same(core._rows_product(m.zeros(0, 2), m.zeros(0, 1)), {{0}, {0}})
    local x = whole({2, 3}, 2)
    same(core._rows_product(x:expand(4, 2, 3), x:expand(4, 2, 3)),
      (m.matmul(x:t(), x) * 4):totable())
  end)
end)

describe("linear", function()
  it("adds the bias to every row", function()
    for _, rows in ipairs {1, 2, 3, 4, 5, 7, 8, 9, 31} do
      for _, out in ipairs {1, 3, 4} do
        local x, w = whole({rows, 2}, 2), whole({out, 2}, 3)
        local b = whole({out}, 5)
        local want = (m.matmul(x, w:t()) + b):totable()
        same(m.linear(x, w, b), want)
        same(m.linear(x:to "f32", w:to "f32", b:to "f32"), want)
        same(m.linear(x, w, b:to "f32"), want) -- cast
        same(m.linear(x, w, layouts.apart(b)), want)
        same(m.linear(x, w), m.matmul(x, w:t()):totable())
      end
    end
  end)
  it("does so for many rows, as for few", function()
    -- 65536 bytes of results are 1024 rows of 8 f64.
    local w, b = whole({8, 2}, 3), whole({8}, 5)
    for _, rows in ipairs {1023, 1024, 1025, 1500} do
      local x = whole({rows, 2}, 2)
      local y = m.linear(x, w, b)
      eq(y:equal(m.matmul(x, w:t()) + b), true)
    end
  end)
  it("takes a vector, batches and nothing", function()
    local w, b = whole({4, 3}, 2), whole({4}, 3)
    local x = whole({3}, 5)
    same(m.linear(x, w, b), (m.mv(w, x) + b):totable())
    eq(shape_of(m.linear(whole({2, 5, 3}, 2), w, b)), {2, 5, 4})
    eq(shape_of(m.linear(m.zeros({0, 3}, F64), w, b)), {0, 4})
    same(m.linear(m.zeros({2, 0}, F64), m.zeros({4, 0}, F64), b),
      {b:totable(), b:totable()})
    eq(shape_of(m.linear(m.zeros(2, 3), m.zeros(0, 3), m.zeros(0))), {2, 0})
  end)
  it("has the gradients of its parts", function()
    for _, shape in ipairs {{3}, {2, 3}, {2, 2, 3}} do
      local function leaf(s, seed) return whole(s, seed):requires_grad_(true)
      end
      local x, w, b = leaf(shape, 2), leaf({4, 3}, 3), leaf({4}, 5)
      local y = m.linear(x, w, b)
      local v = whole(shape_of(y), 6)
      m.sum(y * v):backward()
      eq(x.grad:equal(m.matmul(v, w:detach())), true)
      local rows = v:reshape(-1, 4)
      eq(w.grad:equal(m.matmul(rows:t(), x:detach():reshape(-1, 3))), true)
      eq(b.grad:equal(rows:sum(1)), true)
      local only = leaf({4}, 5)
      m.sum(m.linear(x:detach(), w:detach(), only) * v):backward()
      eq(only.grad:equal(b.grad), true)
    end
  end)
end)

describe("what is said to be computed", function()
  local function flops(f, ...)
    local before = m.flops()
    f(...)
    return m.flops() - before
  end

  it("counts multiplications and additions of products", function()
    local a, b = m.ones(2, 3), m.ones(3, 4)
    eq(flops(m.matmul, a, b), 2.0 * 2 * 3 * 4)
    eq(flops(m.matmul, m.ones(5, 2, 3), b), 2.0 * 5 * 2 * 3 * 4)
    eq(flops(m.dot, m.ones(7), m.ones(7)), 2.0 * 7)
    eq(flops(m.mv, a, m.ones(3)), 2.0 * 2 * 3)
    eq(flops(m.addmm, m.ones(4), a, b), 2.0 * 2 * 3 * 4)
    eq(flops(m.linear, a, m.ones(4, 3), m.ones(4)), 2.0 * 2 * 3 * 4)
    eq(flops(core._rows_product, m.ones(5, 3), m.ones(5, 4)),
      2.0 * 5 * 3 * 4)
  end)
  it("counts the places of windows", function()
    local x = m.ones(2, 4, 6)
    eq(flops(m.max_pool2d, x, {2, 3}), 2.0 * 2 * 2 * 6)
    eq(flops(m.avg_pool2d, x, {2, 3}, 1), 2.0 * 3 * 4 * 6)
    -- 4 rows in 3 parts of two each, 6 columns in 4 of two.
    eq(flops(m.adaptive_avg_pool2d, x, {3, 4}), 2.0 * 6 * 8)
    eq(flops(m.adaptive_avg_pool2d, x, {2, 3}), 2.0 * 4 * 6)
    eq(flops(m.adaptive_max_pool2d, x, {4, 6}), 2.0 * 4 * 6)
    eq(flops(m.adaptive_avg_pool2d, m.ones(0, 4, 6), {3, 4}), 0.0)
    eq(flops(core._unfold_grad, m.ones(4, 2), {5}, 1, 2, 1), 8.0)
    eq(flops(m.batch_norm, m.ones(5, 3), {training = true}), 6.0 * 15)
  end)
  it("counts factorings by their usual estimates", function()
    local eye = m.eye(3)
    eq(flops(core._solve_left, eye, m.ones(3, 2)), 27 / 1.5 + 2 * 3 * 6)
    eq(flops(core._solve_left, m.stack {eye, eye}, m.ones(2, 3)),
      2 * 27 / 1.5 + 2 * 3 * 6)
    eq(flops(core._solve_left, m.zeros(0, 0), m.zeros(0, 2)), 0.0)
    eq(flops(m.inv, eye), 2.0 * 27)
    eq(flops(m.solve_triangular, eye, m.ones(3, 2), true), 3.0 * 6)
    eq(flops(m.svd, m.ones(2, 3)), 10.0 * 6 * 2)
    eq(flops(m.svdvals, m.ones(5, 3)), 10.0 * 15 * 3)
  end)
end)
