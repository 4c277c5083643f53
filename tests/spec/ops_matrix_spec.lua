-- ops_matrix_spec.lua: matrices: determinants of singular ones, factors of
-- every shape, norms and ranks by all their options, distances, and sums
-- written with letters, against loops over all letters.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows, flops

local INF, NAN = math.huge, 0 / 0
local F64 = {dtype = "f64"}

local function f64(v) return m.tensor(v, F64) end

local function leaf(v)
  local x = f64(v)
  x.requires_grad = true
  return x
end

-- The gradient of f at x, and that of w times the gradient.
local function first_and_second(f, v, w)
  local x = leaf(v)
  local g = m.grad(f(x), x, {create_graph = true})
  g = m.is_tensor(g) and g or g[1]
  local h = m.grad((g * f64(w)):sum(), x)
  h = m.is_tensor(h) and h or h[1]
  return g:detach():totable(), h:totable()
end

-- By expansion along the first row.
local function det(a)
  if #a == 0 then return 1 end
  local sum = 0
  for j = 1, #a do
    local rest = {}
    for i = 2, #a do
      local row = {}
      for k = 1, #a do if k ~= j then row[#row + 1] = a[i][k] end end
      rest[i - 1] = row
    end
    sum = sum + (j % 2 == 1 and 1 or -1) * a[1][j] * det(rest)
  end
  return sum
end

local function without(a, i, j)
  local rest = {}
  for p, row in ipairs(a) do
    local line = {}
    for q, v in ipairs(row) do if q ~= j then line[#line + 1] = v end end
    if p ~= i then rest[#rest + 1] = line end
  end
  return rest
end

local function cofactors(a)
  local c = {}
  for i = 1, #a do
    c[i] = {}
    for j = 1, #a do
      c[i][j] = (-1) ^ (i + j) * det(without(a, i, j))
    end
  end
  return c
end

-- d/da of sum w[i][j] cofactor[i][j], by central differences of cofactors,
-- which are polynomials: exact but for rounding.
local function slope_of_cofactors(a, w)
  local d = {}
  for p = 1, #a do
    d[p] = {}
    for q = 1, #a do
      local sum, own = 0, a[p][q]
      for _, h in ipairs {0.5, -0.5} do
        a[p][q] = own + h
        local c = cofactors(a)
        for i = 1, #a do
          for j = 1, #a do sum = sum + w[i][j] * c[i][j] * 2 * h end
        end
      end
      a[p][q], d[p][q] = own, sum
    end
  end
  return d
end

local MATRICES = {
  one = {{3}}, zero = {{0}}, two = {{1, 2}, {3, 5}}, swapped = {{0, 1}, {1, 0}},
  singular = {{1, 2}, {2, 4}}, nothing = {{0, 0}, {0, 0}},
  negative = {{-2, 1, 0}, {1, 3, -1}, {0, 2, 4}},
  flat = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}},
  rank1 = {{1, 2, 3}, {2, 4, 6}, {-1, -2, -3}},
  empty_row = {{1, 2, 3}, {0, 0, 0}, {4, 5, 7}},
  four = {{1, 0, 2, -1}, {3, 0, 0, 5}, {2, 1, 4, -3}, {1, 0, 5, 0}},
  four_singular = {{1, 0, 2, -1}, {3, 0, 0, 5}, {2, 0, 4, -3}, {1, 0, 5, 0}}}

describe("det", function()
  for name, a in pairs(MATRICES) do
    it("of " .. name .. ", its logarithm and gradients", function()
      local d, c = det(a), cofactors(a)
      near(m.det(f64(a)), d, 1e-12)
      near(m.det(m.stack({f64(a), f64(a) * 2})), {d, d * 2 ^ #a}, 1e-12)
      near(m.det(m.tensor(a)), d, 1e-5)
      local x = leaf(a)
      m.det(x):backward()
      near(x.grad, c, 1e-10)
      near(core._cofactor(f64(a)), c, 1e-10)
      local w = {}
      for i = 1, #a do
        w[i] = {}
        for j = 1, #a do w[i][j] = (i * 3 + j * 5) % 7 - 2.5 end
      end
      local g, h = first_and_second(m.det, a, w)
      near(g, c, 1e-10)
      near(h, slope_of_cofactors(a, w), 1e-8)
      near(core._cofactor_grad(f64(a), f64(w)), slope_of_cofactors(a, w), 1e-8)
    end)
  end
  it("logarithms of it, and signs", function()
    for name, a in pairs {two = {{1, 2}, {3, 5}}, up = {{2, 1}, {1, 3}},
      three = MATRICES.negative, swapped = MATRICES.swapped} do
      local sign, logs = m.slogdet(f64(a))
      local d = det(a)
      eq(sign, name == "up" and 1.0 or (d > 0 and 1.0 or -1.0))
      near(logs, math.log(math.abs(d)), 1e-12)
      if d > 0 then near(m.logdet(f64(a)), math.log(d), 1e-12)
      else eq(m.logdet(f64(a)), NAN) end
    end
    local sign, logs = m.slogdet(f64 {{1, 2}, {2, 4}})
    eq(sign, 0.0)
    eq(logs, -INF)
    sign, logs = m.slogdet(m.zeros({3, 0, 0}))
    eq(sign, {1.0, 1.0, 1.0})
    eq(logs, {0.0, 0.0, 0.0})
    eq(m.det(m.zeros(0, 0)), 1.0)
    eq(m.det(m.eye(40) * 0.001):item() > 0, false) -- 1e-120: 0 in f32
    near(select(2, m.slogdet(m.eye(40) * 0.001)), 40 * math.log(0.001), 1e-5)
    near(m.det(m.eye(4, nil, F64) * 1e30), 1e120, 1e-12)
  end)
  it("second gradients of nearly singular matrices in a batch", function()
    local w = {{0.5, -1}, {2, 1.5}}
    for _, order in ipairs {{1, 2, 3}, {3, 1, 2}, {2, 3, 1}} do
      local list = {{{1, 2}, {3, 5}}, {{1, 2}, {2, 4 + 1e-9}}, {{2, 1}, {1, 3}}}
      local a, c, d = {}, {}, {}
      for i, k in ipairs(order) do
        a[i], c[i] = list[k], cofactors(list[k])
        d[i] = slope_of_cofactors(list[k], w)
      end
      local g, h = first_and_second(function(x) return m.det(x):sum() end, a,
        {w, w, w})
      near(g, c, 1e-12)
      near(h, d, 1e-9)
    end
    -- In f32 from 1 / 4096 of the largest singular value on.
    for _, small in ipairs {2 ^ -11, 2 ^ -12, 2 ^ -13, 2 ^ -20} do
      local x = m.tensor({{1, 0}, {0, small}}, {requires_grad = true})
      local g = m.grad(m.det(x), x, {create_graph = true})
      g = m.is_tensor(g) and g or g[1]
      local h = m.grad((g * m.tensor(w)):sum(), x)
      near(m.is_tensor(h) and h or h[1], {{1.5, -2}, {1, 0.5}}, 1e-4)
    end
  end)
  it("third derivatives and what else is refused", function()
    local x = leaf {{1, 2}, {2, 4}}
    local g = m.grad(m.det(x), x, {create_graph = true})
    g = m.is_tensor(g) and g or g[1]
    local h = m.grad((g * g):sum(), x, {create_graph = true})
    h = m.is_tensor(h) and h or h[1]
    raises("det: the third derivative is not there at a matrix that is "
      .. "singular, or nearly so", function() h:sum():backward() end)
    eq(message(core._cofactor_grad, m.ones(2, 2), m.ones(3, 3)),
      "_cofactor_grad: x (2, 2) and g (3, 3): equal ones expected")
    eq(message(core._cofactor_grad, m.ones(2, 2), m.ones({2, 2}, F64)),
      "_cofactor_grad: x (2, 2) and g (2, 2): equal ones expected")
    for _, name in ipairs {"det", "slogdet", "_cofactor"} do
      local f = m[name] or core[name]
      eq(message(f, m.ones(2, 3)), name .. ": argument 'x': square matrices "
        .. "expected, got shape (2, 3)")
      eq(message(f, m.tensor {{1, NAN}, {1, 1}}), name .. ": argument 'x' "
        .. "holds nan or inf; finite numbers are needed")
    end
    eq(message(core._cofactor, m.zeros(0, 16001, 16001)),
      "_cofactor: x (0, 16001, 16001) is too large for LAPACK")
    eq(core._cofactor(m.zeros(0, 16000, 16000)).shape, {0, 16000, 16000})
    eq(core._cofactor(m.zeros(2, 0, 0)).shape, {2, 0, 0})
  end)
end)

-- ---- Factors ----------------------------------------------------------------

local function grid(rows, columns, dtype)
  local list = {}
  for i = 1, rows do
    list[i] = {}
    for j = 1, columns do
      list[i][j] = (i * 7 + j * j * 5 + i * j) % 11 - 4 + (i == j and 9 or 0)
    end
  end
  if rows == 0 or columns == 0 then
    return m.zeros({rows, columns}, {dtype = dtype})
  end
  return m.tensor(list, {dtype = dtype})
end

local function largest(x)
  return x:numel() > 0 and x:abs():max():item() or 0
end

describe("qr", function()
  it("of every shape and mode", function()
    for rows = 0, 5 do
      for columns = 0, 5 do
        local a = grid(rows, columns, "f64")
        local k = math.min(rows, columns)
        for mode, wide in pairs {reduced = k, complete = rows} do
          local q, r = m.qr(a, {mode = mode})
          eq(q.shape, {rows, wide})
          eq(r.shape, {wide, columns})
          assert(largest(q:matmul(r) - a) < 1e-12)
          assert(largest(q:t():matmul(q) - m.eye(wide, nil, F64)) < 1e-12)
          eq(largest(r:tril(-1)), k > 0 and 0.0 or 0)
        end
        local none, r = m.qr(a, {mode = "r"})
        eq(none.shape, {0})
        eq(r.shape, {k, columns})
        if k > 0 then
          near(r, select(2, m.qr(a)):totable(), 1e-12)
        end
      end
    end
    local q, r = m.qr(m.stack {grid(3, 2, "f64"), grid(3, 2, "f64") * 2})
    near(q[1], q[2]:totable(), 1e-12)
    near(r[1] * 2, r[2]:totable(), 1e-12)
  end)
  it("has gradients of the reduced forms, and of wide matrices", function()
    -- <Q, C> + <R, D> by central differences.
    for _, case in ipairs {{3, 3, "reduced"}, {4, 2, "reduced"},
      {2, 4, "reduced"}, {2, 4, "complete"}, {3, 3, "complete"}} do
      local rows, columns, mode = table.unpack(case)
      local a = grid(rows, columns, "f64")
      local function f(x)
        local q, r = m.qr(x, {mode = mode})
        return (q * grid(q.shape[1], q.shape[2], "f64")):sum()
          + (r * grid(r.shape[1], r.shape[2], "f64")):sum()
      end
      local x = a:clone()
      x.requires_grad = true
      f(x):backward()
      for i = 1, rows do
        for j = 1, columns do
          local up, down = a:clone(), a:clone()
          up[{i, j}] = a[{i, j}] + 1e-5
          down[{i, j}] = a[{i, j}] - 1e-5
          near(x.grad[{i, j}], (f(up) - f(down)):item() / 2e-5, 1e-6)
        end
      end
    end
  end)
  it("has none of the others", function()
    local x = grid(3, 2, "f32")
    x.requires_grad = true
    local _, r = m.qr(x, {mode = "complete"})
    raises("qr: there is no gradient of mode 'complete'; use 'reduced'",
      function() r:sum():backward() end)
    local _, s = m.qr(x, {mode = "r"})
    raises("qr: there is no gradient of mode 'r'; use 'reduced'",
      function() s:sum():backward() end)
    raises("is too large for LAPACK", m.qr, m.zeros(0, 3 << 25, 3 << 25))
  end)
end)

describe("lstsq", function()
  it("solves what is square, tall or wide", function()
    for _, case in ipairs {{3, 3}, {5, 2}, {2, 5}, {1, 1}, {4, 1}, {1, 4}} do
      local rows, columns = table.unpack(case)
      local a, b = grid(rows, columns, "f64"), grid(rows, 3, "f64")
      local x, rank, rest, values = m.lstsq(a, b)
      near(x, m.pinv(a):matmul(b):totable(), 1e-9)
      eq(rank, math.min(rows, columns))
      near(values, m.svdvals(a):totable(), 1e-9)
      if rows > columns then
        near(rest, (a:matmul(x) - b):square():sum(1):totable(), 1e-9)
      else
        eq(rest.shape, {0})
      end
      local y, _, left = m.lstsq(a, b:select(2, 2):contiguous())
      near(y, x:select(2, 2):totable(), 1e-12)
      if rows > columns then near(left, rest[2], 1e-12) end
    end
  end)
  it("counts as rank what rcond leaves", function()
    local a = f64 {{1, 0}, {0, 0.1}, {0, 0}}
    local b = f64 {1, 1, 1}
    local x, rank, rest = m.lstsq(a, b)
    near(x, {1, 10})
    eq(rank, 2)
    near(rest, 1)
    x, rank, rest = m.lstsq(a, b, 0.2)
    near(x, {1, 0})
    eq(rank, 1)
    eq(rest.shape, {0})
    a = f64 {{1, 0}, {0, 4e-16}}
    eq(select(2, m.lstsq(a, f64 {1, 1})), 1) -- eps times 2 is 4.4e-16
    eq(select(2, m.lstsq(f64 {{1, 0}, {0, 5e-16}}, f64 {1, 1})), 2)
    eq(select(2, m.lstsq(m.tensor {{1, 0}, {0, 2e-7}}, m.ones(2))), 1)
    eq(select(2, m.lstsq(m.tensor {{1, 0}, {0, 3e-7}}, m.ones(2))), 2)
    eq(select(2, m.lstsq(m.tensor {{1, 0}, {0, 3e-7}, {0, 0}}, m.ones(3))), 1)
    eq(select(2, m.lstsq(m.tensor {{1, 0, 0}, {0, 3e-7, 0}}, m.ones(2))), 1)
  end)
  it("of batches, and of nothing", function()
    local a = m.stack {grid(3, 2, "f64"), grid(3, 2, "f64") * 2}
    local b = m.stack {grid(3, 1, "f64"), grid(3, 1, "f64")}
    local x, rank, rest = m.lstsq(a, b)
    near(x[1], (x[2] * 2):totable(), 1e-12)
    eq(rank, {2, 2})
    eq(rest.shape, {2, 1})
    x, rank, rest = m.lstsq(a, b:squeeze(-1))
    eq(x.shape, {2, 2})
    eq(rest.shape, {2})
    eq(rank.shape, {2})
    x, rank = m.lstsq(m.zeros(0, 2), m.zeros(0, 3))
    eq(x, m.zeros(2, 3))
    eq(rank, 0)
    x = m.lstsq(m.zeros(2, 0), m.zeros(2, 3))
    eq(x.shape, {0, 3})
  end)
  it("has the gradients of pinv(a) b", function()
    for _, vectors in ipairs {false, true} do
      local got = {}
      for i, f in ipairs {m.lstsq, function(a, b)
        return vectors and m.pinv(a):matmul(b:unsqueeze(-1)):squeeze(-1)
          or m.pinv(a):matmul(b)
      end} do
        local a, b = grid(4, 2, "f64"), grid(4, 3, "f64")
        if vectors then b = b:select(2, 1):contiguous() end
        a.requires_grad, b.requires_grad = true, true
        local x = f(a, b)
        x:square():sum():backward()
        got[i] = {a.grad, b.grad}
      end
      near(got[1][1], got[2][1]:totable(), 1e-10)
      near(got[1][2], got[2][2]:totable(), 1e-10)
    end
    local a = grid(3, 2, "f64")
    a.requires_grad = true
    local _, _, _, values = m.lstsq(a, m.ones({3, 1}, F64));
    (values * f64 {1, 3}):sum():backward()
    local c = grid(3, 2, "f64")
    c.requires_grad = true;
    (m.svdvals(c) * f64 {1, 3}):sum():backward()
    near(a.grad, c.grad:totable(), 1e-10)
  end)
  it("refuses", function()
    for _, case in ipairs {{{3, 2}, {2}}, {{3, 2}, {2, 2}}, {{3, 2},
      {1, 3, 2}}, {{2, 3, 2}, {1, 3, 2}}, {{2, 3, 2}, {3, 2}}} do
      local a, b = m.ones(case[1]), m.ones(case[2])
      eq(message(m.lstsq, a, b), ("lstsq: a %s and b %s: (..., m, n) and "
        .. "(..., m, k) or (..., m) expected"):format(a.shape, b.shape))
    end
    eq(message(m.lstsq, m.ones(3, 2), m.ones({3}, F64)),
      "lstsq: a is f32 and b is f64")
    eq(message(m.lstsq, m.ones(3), m.ones(3)), "lstsq: argument 'a': a matrix "
      .. "(m, n) or a batch of them expected, got shape (3)")
    raises("lstsq: ", m.lstsq, m.ones(3, 2), m.ones({3}, {dtype = "i64"}))
  end)
end)

describe("eigh and cholesky", function()
  local function symmetric(n)
    local a = grid(n, n, "f64")
    return a:matmul(a:t()) + m.eye(n, nil, F64)
  end

  it("give the matrix back", function()
    for n = 0, 6 do
      local a = symmetric(n)
      local values, v = m.eigh(a)
      assert(largest(v:matmul(v:t()) - m.eye(n, nil, F64)) < 1e-10)
      assert(largest((v * values):matmul(v:t()) - a) < 1e-9 * (1 + largest(a)))
      if n > 0 then near(m.eigvalsh(a), values:totable(), 1e-9) end
      local l = m.cholesky(a)
      assert(largest(l:matmul(l:t()) - a) < 1e-9 * (1 + largest(a)))
      eq(largest(l:triu(1)), n > 0 and 0.0 or 0)
      local u = m.cholesky(a, true)
      assert(largest(u - l:t()) < 1e-9)
      local b = grid(n, 2, "f64")
      assert(largest(a:matmul(m.cholesky_solve(b, l)) - b) < 1e-8)
      assert(largest(a:matmul(m.cholesky_solve(b, u, true)) - b) < 1e-8)
    end
    -- What is not symmetric is read as (x + x^T) / 2.
    local a = f64 {{2, 1}, {0, 3}}
    near(m.eigvalsh(a), m.eigvalsh(f64 {{2, 0.5}, {0.5, 3}}):totable(), 1e-12)
    near(m.cholesky(a), m.cholesky(f64 {{2, 0.5}, {0.5, 3}}):totable(), 1e-12)
    near(m.cholesky(a, true), m.cholesky(f64 {{2, 0.5}, {0.5, 3}}, true)
      :totable(), 1e-12)
  end)
  it("have symmetric gradients", function()
    local a, w = symmetric(3), grid(3, 3, "f64")
    for name, f in pairs {
      eigvalsh = function(x) return (m.eigvalsh(x) * w[1]):sum() end,
      values = function(x) return (m.eigh(x) * w[1]):sum() end,
      vectors = function(x)
        return (select(2, m.eigh(x)):square() * w):sum()
      end,
      both = function(x)
        local values, v = m.eigh(x)
        return (v:square() * w):sum() + (values * w[2]):sum()
      end,
      lower = function(x) return (m.cholesky(x) * w):sum() end,
      upper = function(x) return (m.cholesky(x, true) * w):sum() end} do
      local x = a:clone()
      x.requires_grad = true
      f(x):backward()
      for i = 1, 3 do
        for j = 1, 3 do
          local up, down = a:clone(), a:clone()
          up[{i, j}] = a[{i, j}] + 1e-4
          down[{i, j}] = a[{i, j}] - 1e-4
          local want = (f(up) - f(down)):item() / 2e-4
          local got = x.grad[{i, j}]:item()
          assert(math.abs(got - want) < 1e-5 * (1 + math.abs(want)),
            ("%s %d %d: %g, not %g"):format(name, i, j, got, want))
        end
      end
      near(x.grad, x.grad:t():totable(), 1e-12)
    end
  end)
  it("refuse", function()
    eq(message(m.cholesky, m.tensor {{1, 2}, {2, 1}}), "cholesky: the matrix "
      .. "is not positive definite (its leading minor of size 2)")
    eq(message(m.cholesky, m.tensor {{{1, 0}, {0, 1}}, {{0, 0}, {0, 1}}}),
      "cholesky: matrix 2 of the batch is not positive definite (its leading "
      .. "minor of size 1)")
    eq(message(m.cholesky_solve, m.ones(3, 1), m.eye(2)),
      "cholesky_solve: b: (..., 2, k) expected for l (2, 2), got (3, 1)")
    eq(message(m.cholesky_solve, m.ones(2), m.eye(2)), "cholesky_solve: "
      .. "argument 'b': a matrix (m, n) or a batch of them expected, got shape "
      .. "(2)")
    eq(message(m.cholesky_solve, m.ones(2, 1), m.ones(2, 3)), "cholesky_solve: "
      .. "argument 'l': square matrices expected, got shape (2, 3)")
    for _, name in ipairs {"eigh", "eigvalsh", "cholesky"} do
      eq(message(m[name], m.ones(2, 3)), name .. ": argument 'x': square "
        .. "matrices expected, got shape (2, 3)")
      eq(message(m[name], m.tensor {{1, 1}, {INF, 1}}), name .. ": argument "
        .. "'x' holds nan or inf; finite numbers are needed")
    end
    for _, name in ipairs {"eigh", "eigvalsh"} do
      eq(message(m[name], m.zeros(0, 32001, 32001)), name
        .. ": x (0, 32001, 32001) is too large for LAPACK")
    end
  end)
end)

describe("gradients of a batch are those of its matrices", function()
  local function leafs(...)
    local list = {...}
    for i, x in ipairs(list) do
      list[i] = x:clone()
      list[i].requires_grad = true
    end
    return table.unpack(list)
  end
  local function some(y)
    return (y * grid(y.shape[y.ndim - 1], y.shape[y.ndim], "f64")):sum()
  end

  for _, case in ipairs {{2, 4}, {4, 2}, {3, 3}} do
    local rows, columns = table.unpack(case)
    local kinds = {
      qr = function(x)
        local q, r = m.qr(x)
        return some(q) + some(r)
      end,
      pinv = function(x) return some(m.pinv(x)) end,
      lstsq = function(x)
        local b = grid(rows, 2, "f64")
        if x.ndim == 3 then b = b:expand({x.shape[1], rows, 2}) end
        return some((m.lstsq(x, b)))
      end,
      norm = function(x) return m.matrix_norm(x, "nuc"):sum() end}
    if rows == columns then
      kinds.det = function(x) return m.det(x):sum() end
      kinds.slogdet = function(x) return select(2, m.slogdet(x)):sum() end
      kinds.eigh = function(x)
        local values, v = m.eigh(x)
        return values:sum() + some(v:square())
      end
      kinds.eigvalsh = function(x)
        return (m.eigvalsh(x) * f64 {1, 2, 3}):sum()
      end
      kinds.cholesky = function(x)
        return some(m.cholesky(x:matmul(x:transpose(-1, -2))))
      end
      kinds.power = function(x) return some(m.matrix_power(x, 3)) end
    end
    for name, f in pairs(kinds) do
      it(("%s, %d by %d"):format(name, rows, columns), function()
        local a = grid(rows, columns, "f64")
        for _, n in ipairs {1, 3, 5} do
          local list = {}
          for i = 1, n do list[i] = a * (1 + i / 8) end
          local batch = leafs(m.stack(list))
          f(batch):backward()
          for i = 1, n do
            local x = leafs(list[i])
            f(x):backward()
            near(batch.grad[i], x.grad:totable(), 1e-8)
          end
        end
      end)
    end
  end
end)
