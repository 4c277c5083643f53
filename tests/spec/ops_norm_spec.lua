-- ops_norm_spec.lua: normalising groups, lines and channels against the
-- definition in Lua, with sizes around the pieces that are worked on, gradients
-- of both ways of going back, and what is refused; gates.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows

local F64 = {dtype = "f64"}

-- Values in -1..1 that follow no line.
local function values(shape, seed, dtype)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  if n == 0 then return m.zeros(shape, {dtype = dtype}) end
  return (m.arange(1, n + 1, 1, F64) * (seed + 0.7)):sin():to(dtype or "f64")
    :reshape(shape)
end

local function close(got, want, tol, what)
  assert(got.shape == want.shape, ("%s: shape %s, not %s"):format(what,
    got.shape, want.shape))
  if want:numel() == 0 then return end
  local off = (got:to "f64" - want:to "f64"):abs():max():item()
  assert(off <= tol * (1 + want:abs():max():item()), ("%s: off by %g"):format(
    what, off))
end

-- sum(f(leaves) * g): the gradients of the leaves, as they come, and as they
-- come when they are to be differentiated again.
local function gradients(f, leaves, g, again)
  local list = {}
  for i, x in ipairs(leaves) do
    list[i] = x:detach():clone()
    list[i].requires_grad = true
  end
  local y = f(table.unpack(list))
  local grads = m.grad((y * g):sum(), list, {create_graph = again})
  local out = {}
  for i, x in ipairs(m.is_tensor(grads) and {grads} or grads) do
    out[i] = x:detach()
  end
  return out, y:detach()
end

-- f and the plain formula: values, and the gradients of both ways.
local function agree(f, plain, leaves, tol, what)
  local g = values(leaves[1].shape, 2.3, leaves[1].dtype)
  local wide = {}
  for i, x in ipairs(leaves) do wide[i] = x:to "f64" end
  local want, wanted = gradients(plain, wide, g:to "f64", false)
  for _, again in ipairs {false, true} do
    local got, y = gradients(f, leaves, g, again)
    close(y, wanted, tol, what)
    for i = 1, #leaves do
      close(got[i], want[i], tol, ("%s: gradient %d%s"):format(what, i,
        again and ", composed" or ""))
    end
  end
end

-- ---- group_norm -------------------------------------------------------------

-- x (N, C, ...) by groups of channels.
local function by_groups(x, groups, weight, bias, eps)
  local n, c = x.shape[1], x.shape[2]
  local lines = x:reshape {n, groups, -1}
  local d = lines - lines:mean(3, true)
  local y = (d / (d:square():mean(3, true) + eps):sqrt()):reshape {n, c, -1}
  if weight then y = y * weight:reshape {c, 1} end
  if bias then y = y + bias:reshape {c, 1} end
  return y:reshape(x.shape)
end

describe("group_norm", function()
  it("is the definition, whatever the sizes", function()
    for _, case in ipairs {{{2, 6}, 3}, {{2, 6, 1}, 1}, {{3, 4, 5}, 4},
      {{2, 4, 3, 2}, 2}, {{1, 513, 1}, 1}, {{2, 512}, 1}, {{2, 1026}, 2},
      {{2, 514, 3}, 1}, {{1, 1025, 2}, 1}, {{40, 6, 170}, 2}, {{70, 2, 1000},
      1}} do
      local shape, groups = table.unpack(case)
      local x = values(shape, 0.9)
      local w, b = values({shape[2]}, 3.1) + 1, values({shape[2]}, 1.7)
      local what = "group_norm of " .. table.concat(shape, ", ")
      for _, dtype in ipairs {"f64", "f32"} do
        if dtype == "f64" or x:numel() < 5000 then
          local tol = dtype == "f64" and 1e-9 or 1e-3
          agree(function(p, q, r) return m.group_norm(p, groups, q, r) end,
            function(p, q, r) return by_groups(p, groups, q, r, 1e-5) end,
            {x:to(dtype), w:to(dtype), b:to(dtype)}, tol, what)
        end
      end
      agree(function(p) return m.group_norm(p, groups, nil, nil, 0.5) end,
        function(p) return by_groups(p, groups, nil, nil, 0.5) end, {x}, 1e-9,
        what .. ", plain")
    end
    local x, w = values({3, 4, 5}, 0.9), values({4}, 3.1)
    agree(function(p, q) return m.group_norm(p, 2, q) end,
      function(p, q) return by_groups(p, 2, q, nil, 1e-5) end, {x, w}, 1e-9,
      "with a weight")
    agree(function(p, q) return m.group_norm(p, 2, nil, q) end,
      function(p, q) return by_groups(p, 2, nil, q, 1e-5) end, {x, w}, 1e-9,
      "with a bias")
  end)
  it("of nothing", function()
    for _, shape in ipairs {{0, 4, 3}, {2, 4, 0}, {2, 0, 3}} do
      local x = m.zeros(shape, {requires_grad = true})
      local w = m.ones({shape[2]}, {requires_grad = true})
      local b = m.ones({shape[2]}, {requires_grad = true})
      local y = m.group_norm(x, 2, w, b)
      eq(y.shape, shape)
      y:sum():backward()
      eq(w.grad, m.zeros(shape[2]))
      eq(b.grad, m.zeros(shape[2]))
      eq(x.grad.shape, shape)
    end
  end)
  it("refuses", function()
    local x = m.ones(2, 6, 3)
    for want, args in pairs {
      ["x: (N, C) or (N, C, ...) expected, got (6)"] = {m.ones(6), 2},
      ["num_groups: 4 does not divide the 6 channels of x (2, 6, 3)"] = {x, 4},
      ["num_groups: 0 does not divide the 6 channels of x (2, 6, 3)"] = {x, 0},
      ["num_groups: -2 does not divide the 6 channels of x (2, 6, 3)"] =
        {x, -2},
    } do
      eq(message(m.group_norm, table.unpack(args)), "group_norm: " .. want)
    end
    for _, bad in ipairs {m.ones(3), m.ones(6, 1), m.ones({6}, F64)} do
      raises("group_norm: ", m.group_norm, x, 2, bad)
      raises("group_norm: ", m.group_norm, x, 2, nil, bad)
    end
    raises("group_norm: ", m.group_norm, m.ones({2, 6}, {dtype = "i64"}), 2)
    local four = m.ones(4)
    eq(core._group_norm_grad(x, x, 2, nil, four, four).shape, {2, 6, 3})
    for _, args in ipairs {{m.ones(2, 6, 2), x, 2, nil, four, four},
      {m.ones({2, 6, 3}, F64), x, 2, nil, four, four},
      {x, x, 0, nil, four, four}, {x, x, 4, nil, m.ones(8), m.ones(8)},
      {x, x, 2, nil, m.ones(3), four}, {x, x, 2, nil, four, m.ones(5)}} do
      eq(message(core._group_norm_grad, table.unpack(args, 1, 6)),
        ("_group_norm_grad: g %s and x (2, 6, 3) do not fit"):format(
        args[1].shape))
    end
    eq(message(core._group_norm_grad, m.ones(6), m.ones(6), 1, nil, four, four),
      "_group_norm_grad: g (6) and x (6) do not fit")
  end)
end)

describe("instance_norm", function()
  it("normalises every channel of every sample", function()
    local x = values({2, 3, 5}, 0.8)
    local w, b = values({3}, 3.1), values({3}, 1.7)
    close(m.instance_norm(x, nil, nil, w, b), by_groups(x, 3, w, b, 1e-5), 1e-9,
      "instance_norm")
    close(m.instance_norm(x, nil, nil, nil, nil, true, 0.1, 0.5), by_groups(x,
      3, nil, nil, 0.5), 1e-9, "eps")
    eq(m.instance_norm(m.zeros(0, 3, 2)).shape, {0, 3, 2})
    eq(m.instance_norm(m.zeros(2, 0, 2)).shape, {2, 0, 2})
    eq(m.instance_norm(m.zeros(2, 3, 0)).shape, {2, 3, 0})
  end)
  it("moves running statistics, or uses them", function()
    local x = values({2, 3, 2, 2}, 0.8)
    local mean, var = values({3}, 1.1), values({3}, 2.1):abs() + 1
    local before, was = mean:clone(), var:clone()
    m.instance_norm(x, mean, var, nil, nil, true, 0.25)
    close(mean, before * 0.75 + x:mean({3, 4}):mean(1) * 0.25, 1e-12, "mean")
    close(var, was * 0.75 + x:var({3, 4}):mean(1) * 0.25, 1e-12, "var")
    local y = m.instance_norm(x, mean, var, nil, nil, false, 0.25, 0.5)
    close(y, (x - mean:reshape {3, 1, 1}) / (var:reshape {3, 1, 1} + 0.5)
      :sqrt(), 1e-9, "with running statistics")
    before = mean:clone()
    m.instance_norm(m.zeros({0, 3, 2}, F64), mean, var)
    eq(mean, before:totable())
    local leaf = x:clone()
    leaf.requires_grad = true
    eq(m.instance_norm(leaf, mean, var).requires_grad, true)
    eq(mean.requires_grad, false)
    eq((leaf * 2).requires_grad, true)
  end)
  it("refuses", function()
    local x, c = m.ones(2, 3, 4), m.ones(3)
    for want, args in pairs {
      ["x: (N, C, ...) expected, got (2, 3)"] = {m.ones(2, 3)},
      ["running_mean and running_var go together"] = {x, c},
      ["running_mean and running_var are needed when the input's statistics "
        .. "are not used"] = {x, nil, nil, nil, nil, false},
      ["one value a channel is too few: x is (2, 3, 1)"] = {m.ones(2, 3, 1)},
    } do
      eq(message(m.instance_norm, table.unpack(args, 1, 6)),
        "instance_norm: " .. want)
    end
    eq(message(m.instance_norm, x, nil, c), "instance_norm: running_mean and "
      .. "running_var go together")
    eq(m.instance_norm(m.ones(2, 3, 1), c, c:clone(), nil, nil, false).shape,
      {2, 3, 1})
    for i = 2, 5 do
      local args = {x, c, c:clone(), c, c}
      args[i] = m.ones(2)
      raises("instance_norm: ", m.instance_norm, table.unpack(args))
    end
  end)
end)

-- ---- layer_norm, rms_norm ---------------------------------------------------

local function by_lines(x, n, centred, weight, bias, eps)
  local d = x:reshape {-1, n}
  if centred then d = d - d:mean(2, true) end
  local y = d / (d:square():mean(2, true) + eps):sqrt()
  if weight then y = y * weight:reshape {n} end
  if bias then y = y + bias:reshape {n} end
  return y:reshape(x.shape)
end

describe("layer_norm and rms_norm", function()
  it("are the definition, whatever the sizes", function()
    for _, case in ipairs {{{3, 5}, {5}}, {{2, 3, 4}, {3, 4}}, {{2, 3, 4},
      {2, 3, 4}}, {{130, 7}, {7}}, {{64, 3}, {3}}, {{65, 1}, {1}}, {{4, 1},
      {4, 1}}, {{700, 100}, {100}}, {{2, 33000}, {33000}}, {{9, 40, 210},
      {40, 210}}} do
      local shape, last = table.unpack(case)
      local n = 1
      for _, size in ipairs(last) do n = n * size end
      local x = values(shape, 0.9)
      local w, b = values(last, 3.1) + 1, values(last, 1.7)
      local what = table.concat(shape, ", ")
      for _, dtype in ipairs {"f64", "f32"} do
        local tol = dtype == "f64" and 1e-9 or 2e-3
        if dtype == "f64" or n < 300 and x:numel() < 5000 then
          agree(function(p, q, r) return m.layer_norm(p, last, q, r) end,
            function(p, q, r) return by_lines(p, n, true, q, r, 1e-5) end,
            {x:to(dtype), w:to(dtype), b:to(dtype)}, tol, "layer " .. what)
          agree(function(p, q) return m.rms_norm(p, last, q) end,
            function(p, q) return by_lines(p, n, false, q, nil,
              dtype == "f64" and 2.0 ^ -52 or 2.0 ^ -23) end,
            {x:to(dtype), w:to(dtype)}, tol, "rms " .. what)
        end
      end
      agree(function(p) return m.layer_norm(p, last, nil, nil, 0.5) end,
        function(p) return by_lines(p, n, true, nil, nil, 0.5) end, {x}, 1e-9,
        "layer, plain " .. what)
      agree(function(p) return m.rms_norm(p, last, nil, 0.5) end,
        function(p) return by_lines(p, n, false, nil, nil, 0.5) end, {x}, 1e-9,
        "rms, plain " .. what)
    end
  end)
  it("lose little of a sum of large and small terms", function()
    local x, b = values({130, 2}, 0.9, "f32"), m.zeros(2)
    local g = m.ones(130, 2)
    g[{1, 1}] = 2 ^ 24 -- plus 1 is the same in f32
    b.requires_grad = true
    m.layer_norm(x, {2}, nil, b):backward(g)
    local got = b.grad:totable()
    eq(got[2], 130.0)
    assert(math.abs(got[1] - (2 ^ 24 + 129)) <= 64, got[1])
  end)
  it("eps of rms_norm is what the dtype resolves", function()
    eq(m.rms_norm(m.full({1}, 1e-20, F64), {1})[1], 1e-20 / (1e-40 + 2.0 ^ -52)
      ^ 0.5)
    near(m.rms_norm(m.full({1}, 1e-4), {1})[1], 1e-4 / (1e-8 + 2.0 ^ -23)
      ^ 0.5)
  end)
  it("of nothing", function()
    for _, case in ipairs {{{0, 3}, {3}}, {{2, 0}, {0}}, {{0}, {0}}} do
      local shape, last = table.unpack(case)
      local x = m.zeros(shape, {requires_grad = true})
      local w = m.ones(last, {requires_grad = true})
      local b = m.ones(last, {requires_grad = true})
      m.layer_norm(x, last, w, b):sum():backward()
      eq(x.grad.shape, shape)
      eq(w.grad, m.zeros(last))
      eq(b.grad, m.zeros(last))
      m.rms_norm(x, last, w):sum():backward()
      eq(w.grad, m.zeros(last))
    end
  end)
  it("refuse", function()
    local x = m.ones(2, 3, 4)
    for _, name in ipairs {"layer_norm", "rms_norm"} do
      for _, last in ipairs {{3}, {2, 4}, {4, 4}, {1, 2, 3, 4}, {2, 3}} do
        eq(message(m[name], x, last), ("%s: x (2, 3, 4) does not end with "
          .. "normalized_shape (%s)"):format(name, table.concat(last, ", ")))
      end
      eq(message(m[name], x, {}), name .. ": normalized_shape: 1 to 3 sizes "
        .. "expected, got 0")
      for _, bad in ipairs {m.ones(3), m.ones(4, 1), m.ones({4}, F64),
        m.ones(4, 4)} do
        eq(message(m[name], x, {4}, bad), ("%s: argument 'weight': f32 (4) "
          .. "expected, got %s %s"):format(name, bad.dtype, bad.shape))
        if name == "layer_norm" then
          eq(message(m[name], x, {4}, nil, bad), ("%s: argument 'bias': f32 "
            .. "(4) expected, got %s %s"):format(name, bad.dtype, bad.shape))
        end
      end
      raises(name .. ": ", m[name], m.ones({4}, {dtype = "i64"}), {4})
    end
    local g, six = m.ones(2, 3, 4), m.ones(6)
    eq(core._layer_norm_grad(g, x, nil, six, six, 4).shape, {2, 3, 4})
    for _, args in ipairs {{m.ones(2, 3, 3), x, nil, six, six, 4},
      {m.ones({2, 3, 4}, F64), x, nil, six, six, 4}, {g, x, nil, six, six, -1},
      {g, x, nil, six, six, 5}, {g, x, m.ones(3), six, six, 4}} do
      eq(message(core._layer_norm_grad, table.unpack(args, 1, 6)),
        ("_layer_norm_grad: g %s and x (2, 3, 4) differ"):format(
        args[1].shape))
    end
    eq(message(core._layer_norm_grad, g, x, nil, six, m.ones(5), 4),
      "_layer_norm_grad: 6 lines, rstd (5)")
    eq(message(core._layer_norm_grad, g, x, nil, six, six, 0),
      "_layer_norm_grad: 0 lines, rstd (6)")
  end)
end)

describe("a gradient of one operand alone", function()
  local x, w, b = values({4, 6}, 0.9), values({6}, 3.1), values({6}, 1.7)
  local function all(y) return (y * values({4, 6}, 2.3)):sum() end

  for name, f in pairs {
    group_norm = function(p, q, r) return all(m.group_norm(p, 2, q, r)) end,
    layer_norm = function(p, q, r) return all(m.layer_norm(p, {6}, q, r)) end,
    rms_norm = function(p, q, r) return all(m.rms_norm(p, {6}, q) + r) end} do
    it("of " .. name, function()
      local whole = gradients(f, {x, w, b}, 1, false)
      for i, want in ipairs(whole) do
        for _, again in ipairs {false, true} do
          local list = {x:clone(), w:clone(), b:clone()}
          list[i].requires_grad = true
          local g = m.grad(f(table.unpack(list)), list[i],
            {create_graph = again})
          close(m.is_tensor(g) and g or g[1], want, 1e-9, name)
        end
      end
    end)
  end
end)

-- ---- Gates ------------------------------------------------------------------

describe("gates", function()
  it("glu halves a dimension", function()
    local x = m.tensor {{1, 2, 0, 100}, {3, 4, -100, 0}}
    near(m.glu(x), {{0.5, 2}, {0, 2}})
    near(m.glu(x, 2), {{0.5, 2}, {0, 2}})
    near(m.glu(m.tensor {{1, 2}, {0, 0}}, 1), {{0.5, 1}})
    eq(m.glu(m.zeros(2, 0)).shape, {2, 0})
    eq(message(m.glu, m.ones(2, 3)), "glu: size 3 of dim -1 is not even")
    eq(message(m.glu, m.ones(3, 2), 1), "glu: size 3 of dim 1 is not even")
    eq(message(m.glu, m.tensor(1)), "glu: a dimension to halve expected, got a "
      .. "tensor of 0 dimensions")
    raises("glu: dim 3", m.glu, x, 3)
    raises("softmin: dim 3", m.softmin, x, 3)
    for _, name in ipairs {"glu", "softmin", "hardshrink", "softshrink",
      "tanhshrink"} do
      eq(message(m[name], m.ones({2}, {dtype = "i64"})), name .. ": argument "
        .. "'x': f32 or f64 expected, got i64; convert with x:to(\"f32\")")
    end
  end)
  it("shrink, and keep what is above", function()
    local x = m.tensor {-2, -0.5, -0.25, 0, 0.25, 0.5, 2}
    eq(m.hardshrink(x), {-2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0})
    eq(m.hardshrink(x, 0.25), {-2.0, -0.5, 0.0, 0.0, 0.0, 0.5, 2.0})
    eq(m.softshrink(x), {-1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 1.5})
    eq(m.softshrink(x, 0), x:totable())
    eq(m.softshrink(x, 1.5), {-0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5})
    eq(message(m.softshrink, x, -1),
      "softshrink: lambd -1 must not be negative")
    raises("softshrink: lambd %-?nan must not be negative", m.softshrink, x,
      0 / 0)
    near(m.tanhshrink(m.tensor {0, 1}), {0, 1 - (math.exp(2) - 1)
      / (math.exp(2) + 1)})
    eq(m.threshold(x, 0.25, 9), {9.0, 9.0, 9.0, 9.0, 9.0, 0.5, 2.0})
    near(m.softmin(m.tensor {0, math.log(3)}), {0.75, 0.25})
    near(m.softmin(m.tensor {{0, 1}, {math.log(3), 1}}, 1), {{0.75, 0.5},
      {0.25, 0.5}})
  end)
end)
