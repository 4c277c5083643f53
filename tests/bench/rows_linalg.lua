-- Factorisations of one f32 matrix: the same LAPACK on both sides, so parity
-- is what is wanted.  One thread.
--
-- The operations counted are the least that the algorithm does (Golub and Van
-- Loan 2013): LU and two triangular solves; Cholesky; Householder's
-- triangle and its Q; tridiagonal and back; bidiagonal and back on both sides.

local m = require "mlrt"
local here, torch, _, data = ...

local function numpy(_, threads)
  return ("python3 '%s/peers/linalg_numpy.py' %d"):format(here, threads)
end

-- A matrix far from singular, as most that are solved with.
local function square(n)
  return data.fill(1, {n, n}) + m.eye(n) * (n / 8)
end

local function definite(n)
  local a = data.fill(1, {n, n}, 1, "f64")
  return (a:matmul(a:t()) / n + m.eye(n, {dtype = "f64"})):to "f32"
end

local function symmetric(n)
  local a = data.fill(1, {n, n})
  return a + a:t()
end

local function first(x) return data.digest(x) end

-- Signs of columns are free, so that of R is taken away.
local function magnitude(x) return data.digest(x:abs()) end

local kinds = {
  {"solve", 2 / 3 + 2, function(n)
    local a, b = square(n), data.fill(2, {n, n})
    return function() return m.solve(a, b) end, first
  end},
  {"svd", 20 / 3, function(n)
    local a = square(n)
    return function() return (select(2, m.svd(a, {full_matrices = false}))) end,
      first
  end},
  {"eigh", 10 / 3, function(n)
    local a = symmetric(n)
    return function() return (m.eigh(a)) end, first
  end},
  {"qr", 8 / 3, function(n)
    local a = square(n)
    return function() return (select(2, m.qr(a))) end, magnitude
  end},
  {"cholesky", 1 / 3, function(n)
    local a = definite(n)
    return function() return m.cholesky(a) end, first
  end},
}

local rows = {}
for _, kind in ipairs(kinds) do
  for _, n in ipairs {256, 512} do
    local name, cost, make = table.unpack(kind)
    local peers = torch(0.97)
    peers[2] = {label = "numpy", target = 0.97, command = numpy, shared = true}
    rows[#rows + 1] = {
      id = ("%s_%d"):format(name, n), name = ("%s, %dx%d"):format(name, n, n),
      make = function() return make(n) end, check = 1e-3, one_thread = true,
      peers = peers, limit = {{flops = cost * n ^ 3, gemm = {n, n, n}}},
    }
  end
end
return rows
