-- core_lapack_spec.lua: factorizations put together again, at sides around
-- blocks of 32, in batches, and what is told of matrices that have none.

local m = require "mlrt"

local SIDES = {1, 2, 3, 31, 32, 33, 63, 64, 65, 96}

-- A full matrix that is easy to invert; not symmetric.
local function square(n, dtype, seed)
  local i = m.arange(0, n * n)
  local v = ((i * i * 7 + i * 13 + (seed or 1)) % 101):to "f64" / 101 - 0.5
  return (v:reshape(n, n) + m.eye(n, {dtype = "f64"}) * n):to(dtype)
end

local TIGHT = {f32 = 2e-5, f64 = 1e-12}

local function close(a, b, tol)
  local worst = a:numel() > 0 and (a - b):abs():max():item() or 0
  assert(worst <= tol, ("%g apart"):format(worst))
end

local function each(f)
  for _, dtype in ipairs {"f32", "f64"} do
    for _, n in ipairs(SIDES) do
      f(n, dtype, TIGHT[dtype] * n, square(n, dtype))
    end
  end
end

describe("eigh and cholesky", function()
  it("see the mean of both halves", function()
    each(function(n, dtype, tol, a)
      local half = (a + a:t()) / 2
      local values, vectors = m.eigh(a)
      close(m.matmul(vectors * values, vectors:t()), half, tol)
      close(m.matmul(vectors:t(), vectors), m.eye(n, {dtype = dtype}), tol)
      close(m.eigvalsh(a), values, tol)
      local l, u = m.cholesky(a), m.cholesky(a, {upper = true})
      close(m.matmul(l, l:t()), half, tol)
      close(u, l:t(), tol)
      eq(m.tril(l):eq(l):all():item(), true)
      eq(m.triu(u):eq(u):all():item(), true)
    end)
  end)
end)

describe("solve, inv and det", function()
  it("undo the product", function()
    each(function(n, dtype, tol, a)
      local one = m.eye(n, {dtype = dtype})
      close(m.matmul(a, m.inv(a)), one, tol)
      for _, columns in ipairs {1, 3, 33} do
        local b = square(33, dtype, 5)[{{1, n < 33 and n or 33}, {1, columns}}]
        if n <= 33 then
          close(m.matmul(a, m.solve(a, b)), b, tol)
          close(m.matmul(m.solve(a, b:t(), {left = false}), a), b:t(), tol)
        end
      end
      local sign, log = m.slogdet(a)
      local values = m.eigvalsh(a)
      if n == 1 then close(m.det(a), a:reshape(1)[1], tol) end
      eq(sign:item(), 1.0)
      assert(math.abs(log:item() - values:log():sum():item()) < n)
    end)
    local a = m.tensor({{0, 2, 0}, {3, 0, 0}, {0, 0, 4}}, {dtype = "f64"})
    near(m.det(a), -24)
    local sign, log = m.slogdet(a)
    near({sign:item(), log:item()}, {-1, math.log(24)})
    near(m.inv(a), {{0, 1 / 3, 0}, {0.5, 0, 0}, {0, 0, 0.25}})
  end)

  it("go along batches, and broadcast them", function()
    for _, dtype in ipairs {"f32", "f64"} do
      local list = {}
      for k = 1, 19 do list[k] = square(3, dtype, k) end
      local a = m.stack(list, 1)
      local b = square(3, dtype, 50)
      local x, inverse, det = m.solve(a, b), m.inv(a), m.det(a)
      for k = 1, 19 do
        close(m.matmul(list[k], x[k]), b, 1e-5)
        close(m.matmul(list[k], inverse[k]), m.eye(3, {dtype = dtype}), 1e-5)
        near(det[k], m.det(list[k]):item(), 1e-5)
      end
      local grid = m.solve(a[{{1, 2}}]:reshape(2, 1, 3, 3), a[{{3, 5}}])
      eq({table.unpack(grid.shape)}, {2, 3, 3, 3})
      for i = 1, 2 do for j = 1, 3 do
        close(m.matmul(list[i], grid[{i, j}]), list[2 + j], 1e-5)
      end end
      eq({table.unpack(m.inv(a[{{1, 0}}]).shape)}, {0, 3, 3})
    end
  end)

  it("name the matrix that has no inverse", function()
    local one = m.zeros(2, 2)
    local _, text = pcall(m.inv, one)
    local reason = text:match "inv: the matrix (.*)"
    assert(reason, text)
    for at = 1, 20 do
      local a = m.eye(2):reshape(1, 2, 2):repeat_interleave(20, 1)
      a[at], a[20] = one, one
      _, text = pcall(m.inv, a)
      eq(text:match "inv: .*", ("inv: matrix %d of the batch %s"):format(at,
        reason))
    end
  end)

  it("say what they want", function()
    raises("inv: argument 'x': square matrices expected, got shape (2, 3)",
      m.inv, m.ones(2, 3))
    raises("inv: argument 'x': a matrix (m, n) or a batch of them expected, "
      .. "got shape (3)", m.inv, m.ones(3))
    raises("det: argument 'x': f32 or f64 expected, got i64", m.det,
      m.eye(2, {dtype = "i64"}))
    raises("qr: argument 'x': sides of more than 1073741824 are too long, got "
      .. "shape (1, 1073741825)", m.qr, m.ones(1, 1):expand(1, (1 << 30) + 1))
  end)
end)

describe("qr and svd", function()
  it("are orthogonal, and the product is what it was", function()
    for _, dtype in ipairs {"f32", "f64"} do
      for _, s in ipairs {{1, 1}, {1, 5}, {5, 1}, {4, 3}, {3, 4}, {33, 32},
          {32, 65}, {65, 64}} do
        local rows, columns = table.unpack(s)
        local a = square(65, dtype)[{{1, rows}, {1, columns}}]
        local k, tol = math.min(rows, columns), 65 * TIGHT[dtype]
        local one = m.eye(k, {dtype = dtype})
        local q, r = m.qr(a)
        eq({table.unpack(q.shape)}, {rows, k})
        close(m.matmul(q, r), a, tol)
        close(m.matmul(q:t(), q), one, tol)
        eq(m.triu(r):eq(r):all():item(), true)
        local u, sigma, v = m.svd(a)
        close(m.matmul(u:t(), u), one, tol)
        local vt = v.shape[1] == k and v or v:t()
        close(m.matmul(u * sigma, vt), a, tol)
        close(m.svdvals(a), sigma, tol)
        local fq, fr = m.qr(a, {mode = "complete"})
        eq({table.unpack(fq.shape)}, {rows, rows})
        close(m.matmul(fq, fr), a, tol)
        close(m.matmul(fq, fq:t()), m.eye(rows, {dtype = dtype}), tol)
        close(m.matmul(m.matmul(a, m.pinv(a)), a), a, tol)
      end
    end
  end)
end)

describe("what is not finite", function()
  it("is found in any layout", function()
    for _, dtype in ipairs {"f32", "f64"} do
      for _, bad in ipairs {0 / 0, 1 / 0, -1 / 0} do
        for i = 1, 3 do
          for j = 1, 4 do
            local a = m.eye(4, {dtype = dtype})[{{1, 3}}]:contiguous()
            a[{i, j}] = bad
            local text = "svd: argument 'x' holds nan or inf; finite numbers "
              .. "are needed"
            raises(text, m.svd, a)
            raises(text, m.svd, a:t())
            local wide = m.zeros({6, 8}, {dtype = dtype})
            wide[{{1, 6, 2}, {1, 8, 2}}] = a
            raises(text, m.svd, wide[{{1, 6, 2}, {1, 8, 2}}])
            raises(text, m.svd, a:reshape(1, 3, 4):expand(5, 3, 4))
          end
        end
      end
    end
    -- Large numbers whose sum is none are fine.
    local big = m.full({2, 2}, 3e38)
    eq(m.svdvals(big):isnan():any():item(), false)
    local hidden = m.full({4, 4}, 0 / 0)
    hidden[{{1, 4, 2}, {1, 4, 2}}] = m.eye(2)
    near(m.svdvals(hidden[{{1, 4, 2}, {1, 4, 2}}]), {1, 1})
  end)
end)
