-- ops_linalg_spec.lua: systems of equations, inverses and singular values,
-- against what they are defined by; each gradient by itself.

local m = require "mlrt"
local core = require "mlrt.core"

local F64 = {dtype = "f64"}

local function some(shape, seed)
  local g = m.generator(seed)
  return m.rand(shape, {dtype = "f64", generator = g}) * 2 - 1
end

-- Far from singular.
local function regular(shape, seed)
  return some(shape, seed) + m.eye(shape[#shape], F64) * 3
end

local function agree(a, b, tol)
  eq(shape_of(a), shape_of(b))
  if a:numel() > 0 then
    near(m.amax((a - b):abs()):item(), 0, tol or 1e-12)
  end
end

-- Gradients of sum(f(...) w), against central differences in every element.
local function check_gradients(f, inputs, needed)
  for i, x in ipairs(inputs) do
    inputs[i] = x:clone():requires_grad_(not needed or needed[i])
  end
  local y = f(table.unpack(inputs))
  local w = some(shape_of(y), 99)
  m.sum(y * w):backward()
  for i, x in ipairs(inputs) do
    eq(x.grad ~= nil, not needed or needed[i] or false)
    if x.grad then
      local flat, g = x:detach():reshape(-1):totable(),
        x.grad:reshape(-1):totable()
      for k = 1, #flat do
        local function at(h)
          local list = {table.unpack(flat)}
          list[k] = list[k] + h
          local args = {table.unpack(inputs)}
          args[i] = m.tensor(list, F64):reshape(x.shape)
          for j, t in ipairs(args) do args[j] = t:detach() end
          return m.sum(f(table.unpack(args)) * w):item()
        end
        near(g[k], (at(1e-5) - at(-1e-5)) / 2e-5, 1e-7)
      end
    end
  end
end

describe("solve", function()
  local cases = { -- a, b, and b as matrices
    {{3, 3}, {3}}, {{3, 3}, {3, 2}}, {{3, 3}, {3, 1}}, {{1, 1}, {1}},
    {{2, 3, 3}, {2, 3}}, {{2, 3, 3}, {3}}, {{2, 3, 3}, {3, 2}},
    {{2, 3, 3}, {2, 3, 2}}, {{3, 3}, {2, 3, 2}}, {{2, 1, 2, 2}, {3, 2, 2}},
    {{2, 2, 2}, {2, 2}}, {{1, 3, 3}, {4, 3, 1}}, {{2, 2, 3, 3}, {2, 2, 3}},
    {{2, 2, 2, 2}, {2, 2, 1}}, {{3, 3, 3}, {3, 2}}, {{3, 3, 3}, {3, 3}},
    {{2, 3, 3}, {1, 3}, false},
  }
  -- b of one dimension less than a, with a's first sizes, holds vectors.
  local function is_vector(a, b)
    if #b == 1 then return true end
    if #b ~= #a - 1 then return false end
    for d = 1, #b do if a[d] ~= b[d] then return false end end
    return true
  end

  it("gives x with a x = b", function()
    for _, case in ipairs(cases) do
      local a, b = regular(case[1], 1), some(case[2], 2)
      local vectors = is_vector(case[1], case[2])
      if case[3] == false then
        raises("expected for a (2, 3, 3), got (1, 3)", m.solve, a, b)
      else
        for _, turned in ipairs {false, true} do
          local t = turned and a:transpose(-1, -2):contiguous()
            :transpose(-1, -2) or a
          local x = m.solve(t, b)
          local y = m.matmul(a, vectors and x:unsqueeze(-1) or x)
          if vectors then y = y:squeeze(-1) end
          agree(y, b:expand(y.shape))
        end
      end
    end
    eq(shape_of(m.solve(m.zeros(0, 0), m.zeros(0, 2))), {0, 2})
    eq(shape_of(m.solve(m.eye(2), m.zeros(2, 0))), {2, 0})
    eq(shape_of(m.solve(m.zeros(0, 2, 2), m.zeros(0, 2))), {0, 2})
    eq(m.solve(m.eye(2), m.ones(2)).dtype, "f32")
  end)
  it("gives x with x a = b, on the right", function()
    for _, case in ipairs {{{3, 3}, {2, 3}}, {{2, 2, 2}, {1, 2}},
      {{2, 2, 2}, {3, 1, 2}, true}, {{3, 3}, {2, 2, 3}},
      {{2, 3, 3}, {2, 4, 3}}} do
      local a, b = regular(case[1], 1), some(case[2], 2)
      if case[3] then
        raises("do not broadcast", m.solve, a, b, {left = false})
      else
        local x = m.solve(a, b, {left = false})
        local y = m.matmul(x, a)
        agree(y, b:expand(y.shape))
      end
    end
    agree(m.solve(regular({2, 2}, 1), some({2}, 2), {left = true}),
      m.solve(regular({2, 2}, 1), some({2}, 2)))
  end)
  it("has gradients for a and for b, and for one alone", function()
    for _, case in ipairs(cases) do
      local a, b = regular(case[1], 1), some(case[2], 2)
      if case[3] == nil and a:numel() <= 27 then
        check_gradients(m.solve, {a, b})
        check_gradients(m.solve, {a, b}, {true, false})
        check_gradients(m.solve, {a, b}, {false, true})
      end
    end
    check_gradients(function(a, b) return m.solve(a, b, {left = false}) end,
      {regular({2, 2}, 1), some({3, 2}, 2)})
  end)
end)

describe("inv", function()
  it("times the matrix is one", function()
    for _, shape in ipairs {{1, 1}, {3, 3}, {2, 4, 4}, {40, 40}} do
      local a = regular(shape, 3)
      agree(m.matmul(m.inv(a), a),
        m.eye(shape[#shape], F64):expand(shape))
      agree(m.inv(a:transpose(-1, -2)), m.inv(a):transpose(-1, -2))
    end
    eq(shape_of(m.inv(m.zeros(2, 0, 0))), {2, 0, 0})
    same(m.inv(m.tensor({{2, 0}, {0, 4}})), {{0.5, 0}, {0, 0.25}})
    check_gradients(m.inv, {regular({3, 3}, 3)})
    check_gradients(m.inv, {regular({2, 2, 2}, 4)})
  end)
  it("says which matrix and which pivot", function()
    local a = m.stack {m.eye(2), m.eye(2), m.ones(2, 2)}
    raises("matrix 3 of the batch is singular (pivot 2 is zero)", m.inv, a)
    raises("matrix 3 of the batch is singular (pivot 2 is zero)", m.solve, a,
      m.ones(2))
  end)
end)

describe("solve_triangular", function()
  local function triangle(a, upper, unit)
    if unit then
      local one = m.eye(a.shape[a.ndim], F64)
      return (upper and m.triu(a, 1) or m.tril(a, -1)) + one
    end
    return upper and m.triu(a) or m.tril(a)
  end

  it("reads one triangle, with or without its diagonal", function()
    for _, upper in ipairs {true, false} do
      for _, left in ipairs {true, false} do
        for _, unit in ipairs {true, false} do
          for _, case in ipairs {{{3, 3}, 2}, {{1, 1}, 1}, {{2, 3, 3}, 4},
            {{3, 3}, 2, 2}} do
            local a, n = regular(case[1], 5), case[1][#case[1]]
            local shape = left and {n, case[2]} or {case[2], n}
            if case[3] then table.insert(shape, 1, case[3]) end
            local b = some(shape, 6)
            local o = {upper = upper, left = left, unitriangular = unit}
            local x = m.solve_triangular(a, b, o)
            local t = triangle(a, upper, unit)
            local y = left and m.matmul(t, x) or m.matmul(x, t)
            agree(y, b:expand(y.shape))
          end
          local function f(a, b)
            return m.solve_triangular(a, b, upper, left, unit)
          end
          local a, b = regular({3, 3}, 5), some({3, 3}, 6)
          check_gradients(f, {a, b})
          check_gradients(f, {a, b}, {false, true})
          check_gradients(f, {a, b}, {true, false})
        end
      end
    end
    eq(shape_of(m.solve_triangular(m.zeros(0, 0), m.zeros(0, 2), true)),
      {0, 2})
    eq(shape_of(m.solve_triangular(m.eye(2), m.zeros(2, 0), true)), {2, 0})
    eq(shape_of(m.solve_triangular(m.eye(2), m.zeros(0, 2), true, false)),
      {0, 2})
  end)
  it("asks for a diagonal only if it reads one", function()
    local a = m.tensor({{0, 2}, {0, 0}}, F64)
    same(m.solve_triangular(a, m.tensor({{5}, {1}}, F64),
      {upper = true, unitriangular = true}), {{3}, {1}})
    raises("the matrix is singular (element 1 of its diagonal is zero)",
      m.solve_triangular, a, m.ones({2, 1}, F64), true)
    raises("matrix 2 of the batch is singular (element 3 of its diagonal",
      m.solve_triangular, m.stack {m.eye(3), m.tensor {{1, 0, 0}, {0, 1, 0},
        {0, 0, 0}}}, m.ones(3, 1), false)
  end)
  it("is triangular_solve with the matrix second", function()
    local a, b = regular({3, 3}, 5), some({3, 2}, 6)
    for _, upper in ipairs {true, false} do
      for _, turn in ipairs {true, false} do
        for _, unit in ipairs {true, false} do
          local x, own = m.triangular_solve(b, a, upper, turn, unit)
          local t = triangle(a, upper, unit)
          agree(m.matmul(turn and t:t() or t, x), b)
          eq(own:equal(a), true)
        end
      end
    end
    local x = m.triangular_solve(b, a)
    agree(m.matmul(triangle(a, true), x), b)
  end)
end)

-- ---- Singular values ------------------------------------------------------

local sizes = {{3, 3}, {4, 2}, {2, 4}, {1, 3}, {3, 1}, {1, 1}, {2, 3, 2},
  {2, 2, 3}, {30, 20}, {60, 50}}

describe("svd", function()
  it("gives factors of x, thin or full", function()
    for _, shape in ipairs(sizes) do
      local x = some(shape, 7)
      local rows, cols = shape[#shape - 1], shape[#shape]
      local k = math.min(rows, cols)
      for _, full in ipairs {false, true} do
        local u, s, vh = m.svd(x, full)
        eq({u.shape[u.ndim - 1], u.shape[u.ndim]}, {rows, full and rows or k})
        eq(s.shape[s.ndim], k)
        eq({vh.shape[vh.ndim - 1], vh.shape[vh.ndim]},
          {full and cols or k, cols})
        local own = m.matmul(u:narrow(-1, 1, k) * s:unsqueeze(-2),
          vh:narrow(-2, 1, k))
        agree(own, x)
        agree(m.matmul(u:transpose(-1, -2), u), m.eye(full and rows or k, F64)
          :expand_as(m.matmul(u:transpose(-1, -2), u)))
        agree(m.matmul(vh, vh:transpose(-1, -2)), m.eye(full and cols or k,
          F64):expand_as(m.matmul(vh, vh:transpose(-1, -2))))
        agree(m.svdvals(x), s)
        eq(m.all(s:ge(0)):item(), true)
        if k > 1 then
          eq(m.all(s:narrow(-1, 1, k - 1):ge(s:narrow(-1, 2, k - 1))):item(),
            true)
        end
      end
    end
  end)
  it("of nothing completes to the identity", function()
    local u, s, vh = m.svd(m.zeros(0, 3), true)
    eq({shape_of(u), shape_of(s)}, {{0, 0}, {0}})
    same(vh, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}})
    u, s, vh = m.svd(m.zeros({2, 2, 0}, F64), {full_matrices = true})
    same(u, {{{1, 0}, {0, 1}}, {{1, 0}, {0, 1}}})
    eq({shape_of(s), shape_of(vh)}, {{2, 0}, {2, 0, 0}})
    u, s, vh = m.svd(m.zeros(3, 0))
    eq({shape_of(u), shape_of(s), shape_of(vh)}, {{3, 0}, {0}, {0, 0}})
    eq(shape_of(m.svdvals(m.zeros(2, 0, 3))), {2, 0})
    eq(shape_of(core._pinv(m.zeros(0, 3), 0, 0)), {3, 0})
  end)
  it("has a gradient of each factor by itself", function()
    -- Only what does not depend on the signs of the vectors.
    for _, shape in ipairs {{3, 3}, {4, 2}, {2, 4}, {3, 3, 2}} do
      local x = some(shape, 8)
      for _, full in ipairs {false, true} do
        check_gradients(function(t)
          return (select(2, m.svd(t, full)))
        end, {x})
        check_gradients(function(t)
          local u = m.svd(t, full)
          return u * u
        end, {full and shape[1] == 3 and x or not full and x
          or some({3, 3}, 8)})
        check_gradients(function(t)
          local _, _, vh = m.svd(t, full)
          return vh * vh
        end, {not full and x or some({3, 3}, 8)})
        check_gradients(function(t)
          local u, s = m.svd(t)
          return m.matmul(u * s:unsqueeze(-2), u:transpose(-1, -2))
        end, {x})
        check_gradients(function(t)
          local u, _, vh = m.svd(t)
          return m.matmul(u, vh)
        end, {x})
      end
      check_gradients(m.svdvals, {x})
      local rows, cols = shape[#shape - 1], shape[#shape]
      local k = math.min(rows, cols)
      if rows > k then -- onto what x does not reach
        check_gradients(function(t)
          local u = m.svd(t, true):narrow(-1, k + 1, rows - k)
          return m.matmul(u, u:transpose(-1, -2))
        end, {x})
      elseif cols > k then
        check_gradients(function(t)
          local _, _, vh = m.svd(t, true)
          vh = vh:narrow(-2, k + 1, cols - k)
          return m.matmul(vh:transpose(-1, -2), vh)
        end, {x})
      end
    end
  end)
end)

describe("the pseudoinverse", function()
  it("of regular matrices is the inverse", function()
    local a = regular({2, 3, 3}, 9)
    agree(m.pinv(a), m.inv(a))
    for _, shape in ipairs(sizes) do
      local x = some(shape, 7)
      local p = m.pinv(x)
      agree(m.matmul(m.matmul(x, p), x), x, 1e-11)
      agree(m.matmul(m.matmul(p, x), p), p, 1e-10)
      local xp = m.matmul(x, p)
      agree(xp, xp:transpose(-1, -2), 1e-11)
    end
  end)
  it("leaves out singular values up to the limits", function()
    local d = m.tensor({{8, 0, 0}, {0, 2, 0}, {0, 0, 0.5}}, F64)
    local function kept(rtol, atol)
      local y = core._pinv(d, rtol, atol)
      return {y[{1, 1}]:item() > 0, y[{2, 2}]:item() > 0, y[{3, 3}]:item() > 0}
    end
    eq(kept(0, 0), {true, true, true})
    eq(kept(0.25, 0), {true, false, false}) -- 2 is not above 0.25 * 8
    eq(kept(0.24, 0), {true, true, false})
    eq(kept(0, 0.5), {true, true, false})
    eq(kept(0, 0.49), {true, true, true})
    eq(kept(0.25, 0.1), {true, false, false})
    eq(kept(0.01, 3), {true, false, false})
    near(core._pinv(d, 0, 0.6), {{0.125, 0, 0}, {0, 0.5, 0}, {0, 0, 0}},
      1e-15)
  end)
  it("has the gradient of Golub and Pereyra", function()
    for _, shape in ipairs {{3, 2}, {2, 3}, {2, 2}, {2, 3, 2}} do
      check_gradients(function(x) return core._pinv(x, 0, 0) end,
        {some(shape, 11)})
    end
  end)
end)
