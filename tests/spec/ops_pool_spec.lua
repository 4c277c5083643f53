-- ops_pool_spec.lua: pooling, against windows in Lua; images and lines of
-- other sizes.

local m = require "mlrt"
local core = require "mlrt.core"

local INF = math.huge
local F64 = {dtype = "f64"}

-- ---- Windows of lines -----------------------------------------------------

-- The first places of windows over n positions with `p` around them.
local function starts(n, k, s, p, d, ceil)
  local reach, list, from = d * (k - 1) + 1, {}, -p
  while from + reach <= n + p or ceil and from < n
    and from + reach <= n + p + s - 1 do
    list[#list + 1], from = from, from + s
  end
  return list
end

-- {maximum, its place, sum, positions inside, positions with the padding}.
local function window(line, from, k, d, p)
  local n, w = #line, {max = -INF, sum = 0, inside = 0, padded = 0}
  for i = 0, k - 1 do
    local at = from + i * d
    if at >= 0 and at < n then
      w.sum, w.inside = w.sum + line[at + 1], w.inside + 1
      if line[at + 1] > w.max then w.max, w.at = line[at + 1], at + 1 end
    end
    if at < n + p then w.padded = w.padded + 1 end
  end
  return w
end

-- Every way to pool n positions that is allowed.
local function each_way(n, f)
  for k = 1, 4 do
    for s = 1, 4 do
      for p = 0, 2 do
        for d = 1, 2 do
          local reach = d * (k - 1) + 1
          for _, ceil in ipairs {false, true} do
            if p <= reach // 2 then
              f(k, s, p, d, ceil, starts(n, k, s, p, d, ceil))
            end
          end
        end
      end
    end
  end
end

describe("pooling of lines", function()
  local line = {4, 1, -3, 7, 7, 2, -5}
  for n = 1, 7 do
    it("takes the largest and the mean of windows over " .. n, function()
      local list = {table.unpack(line, 1, n)}
      local x = m.tensor({list}, F64)
      each_way(n, function(k, s, p, d, ceil, at)
        if #at == 0 then
          raises("the window reaches over", m.max_pool1d, x, k, s, p, d, ceil)
          return
        end
        local largest, places, mean, inside = {}, {}, {}, {}
        for i, from in ipairs(at) do
          local w = window(list, from, k, d, p)
          largest[i], places[i] = w.max, w.at or false -- none
          mean[i] = w.sum / w.padded
          inside[i] = w.inside > 0 and w.sum / w.inside or 0 / 0
        end
        local y, index = m.max_pool1d(x, k, s, p, d, ceil,
          {return_indices = true})
        near(y, {largest}, 0)
        eq(index, {places})
        near(m.max_pool1d(x, k, s, p, d, ceil), {largest}, 0)
        if d == 1 then
          near(m.avg_pool1d(x, k, s, p, ceil), {mean}, 1e-15)
          near(m.avg_pool1d(x, k, s, p, ceil, false), {inside}, 1e-15)
        end
      end)
    end)
  end
  it("gives places only when asked", function()
    local x = m.ones(1, 4, 4)
    for _, f in ipairs {
      function(o) return m.max_pool2d(x, 2, o) end,
      function(o) return m.adaptive_max_pool2d(x, 2, o) end,
      function(o) return m.max_pool1d(x, 2, o) end,
      function(o) return m.adaptive_max_pool1d(x, 2, o) end} do
      eq({select("#", f {}), select("#", f {return_indices = false}),
        select("#", f {return_indices = true})}, {1, 1, 2})
    end
  end)
  it("steps by a whole window unless told", function()
    local x = m.arange(0, 9, F64):reshape(1, 9)
    same(m.max_pool1d(x, 3), {{2, 5, 8}})
    same(m.avg_pool1d(x, 3), {{1, 4, 7}})
    same(m.max_pool1d(x:reshape(1, 1, 9), 4), {{{3, 7}}})
    local plane = m.arange(0, 24, F64):reshape(1, 4, 6)
    same(m.max_pool2d(plane, {2, 3}), {{{8, 11}, {20, 23}}})
    same(m.avg_pool2d(plane, {2, 3}), {{{4, 7}, {16, 19}}})
    same(m.avg_pool2d(plane, {2, 3}, {divisor_override = 2}),
      {{{12, 21}, {48, 57}}})
    same(m.avg_pool2d(plane, {2, 3}, {divisor_override = -1}),
      {{{-24, -42}, {-96, -114}}})
  end)
  it("cuts lines into a number of windows", function()
    for n = 1, 9 do
      for out = 1, 10 do
        local list, mean, largest, places = {}, {}, {}, {}
        for i = 1, n do list[i] = i * 5 % 7 + 0.0 end
        for i = 0, out - 1 do
          local from, to = i * n // out, -(-(i + 1) * n // out)
          local w = window(list, from, to - from, 1, 0)
          mean[i + 1], largest[i + 1] = w.sum / w.inside, w.max
          places[i + 1] = w.at
        end
        local x = m.tensor({list}, F64)
        near(m.adaptive_avg_pool1d(x, out), {mean}, 1e-15)
        local y, at = m.adaptive_max_pool1d(x, out, {return_indices = true})
        same(y, {largest})
        eq(at, {places})
        same(m.adaptive_max_pool1d(x, out), {largest})
        near(m.adaptive_avg_pool2d(x:reshape(1, 1, n), {1, out}), {{mean}},
          1e-15)
        local tall = m.adaptive_avg_pool2d(x:reshape(1, n, 1), {out, 1})
        near(tall:reshape(-1), mean, 1e-15)
      end
    end
  end)
end)

describe("pooling of planes", function()
  it("works on both axes with sizes of their own", function()
    local x = m.arange(0, 40, F64):mul(7):remainder(11):reshape(2, 4, 5)
    local y, at = m.max_pool2d(x, {2, 3}, {1, 2}, {1, 0}, 1, false,
      {return_indices = true})
    local z = m.avg_pool2d(x, {2, 3}, {1, 2}, {1, 0})
    eq(shape_of(y), {2, 5, 2})
    for c = 1, 2 do
      local plane = x:select(1, c):contiguous():totable()
      for i = 1, 5 do
        for j = 1, 2 do
          local best, where, sum = -INF, nil, 0
          for u = i - 1, i do
            for v = 2 * j - 1, 2 * j + 1 do
              if plane[u] then
                sum = sum + plane[u][v]
                if plane[u][v] > best then
                  best, where = plane[u][v], (u - 1) * 5 + v
                end
              end
            end
          end
          near(y[{c, i, j}]:item(), best, 0)
          eq(at:to "i64"[{c, i, j}]:item(), where)
          near(z[{c, i, j}]:item(), sum / 6, 1e-15)
        end
      end
    end
  end)
  it("does many planes, in blocks", function()
    -- 10922 planes of 4 places and 1 are a block.
    for _, planes in ipairs {1, 10921, 10922, 10923, 22000} do
      local x = m.arange(0, planes * 4, F64):reshape(planes, 2, 2)
      x:requires_grad_(true)
      local n = planes - 1.0
      local y, at = m.max_pool2d(x, 2, {return_indices = true})
      same(y:detach():reshape(-1):diff(), m.full({planes - 1}, 4):totable())
      eq({y[{planes, 1, 1}]:item(), at:to "i64":sum():item()},
        {4 * n + 3, 4 * planes})
      m.sum(y):backward()
      same(x.grad:sum {dim = {1, 2}}, {0, planes})
      x.grad = nil
      y = m.avg_pool2d(x, 2)
      eq({y[{1, 1, 1}]:item(), y[{planes, 1, 1}]:item()}, {1.5, 4 * n + 1.5})
      m.sum(y):backward()
      eq({x.grad:amin():item(), x.grad:amax():item()}, {0.25, 0.25})
    end
  end)
  it("of no images", function()
    eq(shape_of(m.max_pool2d(m.zeros(0, 3, 4, 4), 2)), {0, 3, 2, 2})
    eq(shape_of(m.avg_pool2d(m.zeros(2, 0, 4, 4), 2)), {2, 0, 2, 2})
    eq(shape_of(m.adaptive_avg_pool2d(m.zeros(0, 4, 4), {1, 3})), {0, 1, 3})
  end)
end)

describe("gradients of pooling", function()
  local function leaf(...)
    local n = 1
    for _, s in ipairs {...} do n = n * s end
    return m.arange(1, n + 1, F64):mul(7):remainder(13):reshape(...)
      :requires_grad_(true)
  end
  local function weights(t)
    return m.arange(1, t:numel() + 1, F64):reshape(t.shape)
  end
  -- Linear in x: what arrives there is known from the gradient itself,
  -- sum(f(v) w) = sum(v g) for any v; and so is the gradient of that.
  local function check(f, x, linear)
    local y = f(x)
    local w = weights(y:detach()):requires_grad_(true)
    local g = m.grad(m.sum(y * w), {x}, {create_graph = true})[1]
    local v = linear and x:detach():mul(3):remainder(5) or x:detach()
    near(m.sum(f(v) * w:detach()):item(), m.sum(g:detach() * v):item(), 1e-12)
    -- g is linear in w: its gradient for weights v is what f makes of v.
    local back = m.grad(m.sum(g * v), {w})[1]
    near(back, f(v):totable(), 1e-12)
  end

  it("and theirs in turn", function()
    for _, shape in ipairs {{2, 5, 6}, {1, 2, 5, 6}} do
      check(function(t) return (m.max_pool2d(t, 2)) end,
        leaf(table.unpack(shape)))
      check(function(t) return (m.max_pool2d(t, {3, 2}, {1, 3}, {1, 0}, 1,
        true)) end, leaf(table.unpack(shape)))
      check(function(t)
        return (m.max_pool2d(t, 2, {return_indices = true}))
      end, leaf(table.unpack(shape)))
      check(function(t) return (m.adaptive_max_pool2d(t, {2, 4})) end,
        leaf(table.unpack(shape)))
      check(function(t) return m.avg_pool2d(t, 2) end,
        leaf(table.unpack(shape)), true)
      check(function(t) return m.avg_pool2d(t, {3, 2}, {1, 3}, {1, 0}) end,
        leaf(table.unpack(shape)), true)
      check(function(t)
        return m.avg_pool2d(t, {3, 2}, {2, 1}, 1, true, false)
      end, leaf(table.unpack(shape)), true)
      check(function(t)
        return m.avg_pool2d(t, 2, {divisor_override = 3})
      end, leaf(table.unpack(shape)), true)
      check(function(t) return m.adaptive_avg_pool2d(t, {2, 4}) end,
        leaf(table.unpack(shape)), true)
      check(function(t) return m.adaptive_avg_pool2d(t, {7, 3}) end,
        leaf(table.unpack(shape)), true)
    end
  end)
  it("take places and put them back", function()
    local at = m.tensor({{{0, 3}, {3, 5}}}, {dtype = "i32"})
    local g = m.tensor({{{1, 10}, {100, 1000}}}, F64)
    same(core._max_pool2d_grad(g, at, {2, 3}),
      {{{1, 0, 0}, {110, 0, 1000}}})
    local x = m.arange(0, 6, F64):reshape(1, 2, 3)
    same(core._max_pool2d_take(x, at), {{{0, 3}, {3, 5}}})
  end)
end)

describe("max_unpool", function()
  it("puts the values back among zeros", function()
    local x = m.tensor({{{3, 1, 4, 1}, {5, 9, 2, 6}, {5, 3, 5, 8},
      {9, 7, 9, 3}}}, F64)
    local y, at = m.max_pool2d(x, 2, {return_indices = true})
    same(m.max_unpool2d(y, at, 2), {{{0, 0, 0, 0}, {0, 9, 0, 6}, {0, 0, 0, 0},
      {9, 0, 9, 0}}})
    local line = m.tensor({{1, 5, 2, 8, 3}}, F64)
    local v, to = m.max_pool1d(line, 2, {return_indices = true})
    same(m.max_unpool1d(v, to, 2), {{0, 5, 0, 8}})
    same(m.max_unpool1d(v, to, 2, {output_size = 5}), {{0, 5, 0, 8, 0}})
    eq(shape_of(m.max_unpool1d(v, m.index {{1, 2}}, 2, {output_size = 3})),
      {1, 3})
    eq(shape_of(m.max_unpool1d(v, m.index {{1, 2}}, 4, 3, 1)), {1, 5})
    eq(shape_of(m.max_unpool2d(m.zeros(1, 2, 3), m.index {{{1, 2, 3},
      {4, 5, 6}}}, {2, 3}, {1, 2}, {0, 1})), {1, 3, 5})
  end)
  it("has a gradient at the places alone", function()
    local v = m.tensor({{5, 8}}, F64):requires_grad_(true)
    m.sum(m.max_unpool1d(v, m.index {{2, 4}}, 2)
      * m.tensor({{1, 10, 100, 1000}}, F64)):backward()
    same(v.grad, {{10, 1000}})
  end)
end)

-- ---- Other sizes ----------------------------------------------------------

-- Where output i of n_out lies among n inputs, from 0.
local function source(i, n, n_out, factor, corners)
  if corners then return n_out > 1 and i * (n - 1) / (n_out - 1) or 0 end
  local step = factor and 1 / factor or n / n_out
  return math.max(0, (i + 0.5) * step - 0.5)
end

local function resized(line, n_out, factor, corners)
  local n, out = #line, {}
  for i = 0, n_out - 1 do
    local at = source(i, n, n_out, factor, corners)
    local low = math.min(math.floor(at), n - 1)
    local high, share = math.min(low + 1, n - 1), at - math.floor(at)
    out[i + 1] = line[low + 1] + (line[high + 1] - line[low + 1]) * share
  end
  return out
end

describe("interpolate", function()
  local function line_of(n)
    local list = {}
    for i = 1, n do list[i] = i * i % 7 + 0.0 end
    return list
  end

  it("mixes the two neighbours on a line", function()
    for n = 1, 6 do
      local list = line_of(n)
      local x = m.tensor({{list}}, F64)
      for n_out = 1, 13 do
        for _, corners in ipairs {false, true} do
          near(m.interpolate(x, {size = n_out, mode = "linear",
            align_corners = corners}), {{resized(list, n_out, nil, corners)}},
            1e-14)
        end
      end
      for _, factor in ipairs {0.5, 0.7, 1, 1.3, 2, 2.5} do
        local n_out = math.floor(n * factor)
        if n_out > 0 then
          local o = {scale_factor = factor, mode = "linear"}
          near(m.interpolate(x, o), {{resized(list, n_out, factor)}}, 1e-14)
        end
      end
    end
  end)
  it("chooses the element whose area it lies in", function()
    for n = 1, 6 do
      local list = line_of(n)
      local x = m.tensor({{list}}, F64)
      for n_out = 1, 13 do
        local want = {}
        for i = 0, n_out - 1 do want[i + 1] = list[i * n // n_out + 1] end
        same(m.interpolate(x, {size = n_out}), {{want}})
      end
      for _, factor in ipairs {0.5, 0.75, 1, 1.5, 2.5} do
        local want = {}
        for i = 0, math.floor(n * factor) - 1 do
          want[i + 1] = list[math.min(n, math.floor(i / factor) + 1)]
        end
        if #want > 0 then
          same(m.interpolate(x, {scale_factor = factor}), {{want}})
        end
      end
    end
  end)
  it("works on one axis of an image after the other", function()
    local x = m.arange(0, 12, F64):reshape(1, 1, 3, 4)
    local rows = {}
    for i = 1, 3 do
      rows[i] = resized({4 * i - 4, 4 * i - 3, 4 * i - 2, 4 * i - 1}, 7)
    end
    local want = {}
    for j = 1, 7 do
      local column = resized({rows[1][j], rows[2][j], rows[3][j]}, 5)
      for i = 1, 5 do
        want[i] = want[i] or {}
        want[i][j] = column[i]
      end
    end
    near(m.interpolate(x, {size = {5, 7}, mode = "bilinear"}), {{want}}, 1e-14)
    same(m.interpolate(x, {size = {1, 2}}), {{{{0, 2}}}})
    same(m.interpolate(x, {size = 1}), {{{{0}}}})
    same(m.interpolate(x, {size = {3, 2}, mode = "area"}),
      {{{{0.5, 2.5}, {4.5, 6.5}, {8.5, 10.5}}}})
    same(m.interpolate(x:reshape(1, 3, 4), {size = 2, mode = "area"}),
      {{{0.5, 2.5}, {4.5, 6.5}, {8.5, 10.5}}})
    eq(m.interpolate(x:to "f32", {size = 2, mode = "bilinear"}).dtype, "f32")
  end)
end)

describe("pixel_shuffle", function()
  it("makes places of channels, and unshuffle channels of places", function()
    for r = 1, 3 do
      for _, lead in ipairs {{}, {2}, {2, 3}} do
        local shape, back = {table.unpack(lead)}, {table.unpack(lead)}
        for _, s in ipairs {2 * r * r, 3, 4} do shape[#shape + 1] = s end
        for _, s in ipairs {2, 3 * r, 4 * r} do back[#back + 1] = s end
        local n = 1
        for _, s in ipairs(shape) do n = n * s end
        local x = m.arange(0, n, F64):reshape(shape)
        local y = m.pixel_shuffle(x, r)
        eq(shape_of(y), back)
        local a = x:reshape(-1, 2 * r * r, 3, 4)
        local b = y:reshape(-1, 2, 3 * r, 4 * r)
        local last = a.shape[1]
        for c = 0, 1 do
          for i = 0, 3 * r - 1 do
            for j = 0, 4 * r - 1 do
              local from = c * r * r + i % r * r + j % r
              eq(b[{last, c + 1, i + 1, j + 1}]:item(),
                a[{last, from + 1, i // r + 1, j // r + 1}]:item())
            end
          end
        end
        local z = m.pixel_unshuffle(y, r)
        eq(shape_of(z), shape)
        eq(z:equal(x), true)
      end
    end
  end)
end)
