-- core_conv_spec.lua: convolutions and their gradients of whole numbers, which
-- every order of adding gives exactly, at the widths and numbers of channels
-- where the kernels change their way, against one product for each tap.

local m = require "mlrt"

-- Whole numbers from -3 to 3 that look random.
local function whole(shape, dtype, seed)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  local i = m.arange(0, n)
  local v = ((i * i * 7 + i * 13 + seed) % 101 * 5 + i // 3) % 7 - 3
  return v:to(dtype):reshape(shape)
end

local function pair(v)
  if type(v) == "table" then return v[1], v[2] end
  return v or 1, v or 1
end

-- Calls f(a, b, part) for each tap: the part of a padded x that it lies on.
local function each_tap(wide, kh, kw, oh, ow, o, f)
  local sh, sw = pair(o.stride)
  local dh, dw = pair(o.dilation)
  for a = 1, kh do
    for b = 1, kw do
      local i, j = 1 + (a - 1) * dh, 1 + (b - 1) * dw
      f(a, b, wide[{{}, {}, {i, i + sh * (oh - 1), sh},
        {j, j + sw * (ow - 1), sw}}])
    end
  end
end

-- Zeros for a padded x, and where x is in them.
local function padded(n, c, h, w, o, dtype)
  local ph, pw = pair(o.padding or 0)
  local wide = m.zeros({n, c, h + 2 * ph, w + 2 * pw}, {dtype = dtype})
  return wide, wide:narrow(3, 1 + ph, h):narrow(4, 1 + pw, w)
end

-- The sum over taps of weight[:, :, a, b] times what it lies on.
local function reference(x, k, shape, o)
  local n, outs, oh, ow = table.unpack(shape)
  local c, h, w = x.shape[2], x.shape[3], x.shape[4]
  local wide, middle = padded(n, c, h, w, o, x.dtype)
  middle:copy_(x)
  local y, parts = m.zeros({n, outs, oh * ow}, {dtype = x.dtype}), {}
  each_tap(wide, k.shape[3], k.shape[4], oh, ow, o, function(a, b, part)
    part = part:contiguous():reshape(n, c, oh * ow)
    y:add_(m.matmul(k[{{}, {}, a, b}]:contiguous(), part))
    parts[#parts + 1] = part
  end)
  return y:reshape(shape), parts
end

-- Each element of x gets weight[:, :, a, b] turned times g from each tap.
local function x_gradient(g, k, xshape, o)
  local n, outs, oh, ow = table.unpack(g.shape)
  local c = xshape[2]
  local wide, middle = padded(n, c, xshape[3], xshape[4], o, g.dtype)
  local flat = g:reshape(n, outs, oh * ow)
  each_tap(wide, k.shape[3], k.shape[4], oh, ow, o, function(a, b, part)
    local turned = k[{{}, {}, a, b}]:t():contiguous()
    part:add_(m.matmul(turned, flat):reshape(n, c, oh, ow))
  end)
  return middle
end

-- gw[:, :, a, b] = the sum over images of g times what the tap lay on.
local function weight_gradient(g, parts, shape)
  local n, outs = g.shape[1], g.shape[2]
  local flat, list = g:reshape(n, outs, -1), {}
  for k, part in ipairs(parts) do
    list[k] = m.matmul(flat, part:transpose(2, 3)):sum(1)
  end
  return m.stack(list, 3):reshape(shape)
end

local function check(n, c, outs, h, w, kh, kw, o, dtype)
  o = o or {}
  local x = whole({n, c, h, w}, dtype or "f32", 1)
  local k = whole({outs, c, kh, kw}, dtype or "f32", 2)
  local bias = whole({outs}, dtype or "f32", 3)
  for _, t in ipairs {x, k, bias} do t.requires_grad = true end
  local y = m.conv2d(x, k, bias, o)
  local xd, kd = x:detach(), k:detach()
  local want, parts = reference(xd, kd, y.shape, o)
  want = want + bias:detach():reshape(1, outs, 1, 1)
  local what = ("%d x %d of %d into %d"):format(h, w, c, outs)
  assert(m.equal(y:detach(), want), what)
  local g = whole({table.unpack(y.shape)}, dtype or "f32", 4)
  y:backward(g)
  assert(m.equal(k.grad, weight_gradient(g, parts, {outs, c, kh, kw})),
    "gradient by weight, " .. what)
  assert(m.equal(bias.grad, g:sum({1, 3, 4})), "by bias, " .. what)
  assert(m.equal(x.grad, x_gradient(g, kd, x.shape, o)), "by x, " .. what)
end

describe("conv2d", function()
  it("of rows of any width, many channels", function()
    for w = 1, 31 do check(1, 9, 34, 2, w, 3, 3, {padding = 1}) end
    for w = 3, 17 do check(1, 9, 18, 2, w, 3, 2, {padding = {1, 0}}, "f64") end
  end)
  it("of rows of any width, few channels", function()
    for w = 1, 67, 1 do check(1, 1, 2, 2, w, 1, 3, {padding = {0, 1}}) end
    for w = 1, 35 do check(1, 2, 9, 2, w, 2, 1, nil, "f64") end
  end)
  it("of one channel by one", function()
    for w = 30, 70 do check(2, 1, 1, 3, w, 3, 3, {padding = 1}) end
  end)
  it("of rows that are cut into blocks", function()
    for _, w in ipairs {223, 224, 225, 449, 1000} do
      check(1, 1, 2, 2, w, 1, 5, {padding = {0, 2}})
      check(1, 3, 33, 2, w, 1, 3)
      check(1, 17, 40, 1, w, 1, 3)
    end
  end)
  it("of any number of channels", function()
    for c = 1, 18 do
      check(1, c, 20, 3, 5, 3, 3, {padding = 1})
      check(1, 20, c, 3, 5, 3, 3, {padding = 1})
    end
    for _, c in ipairs {31, 32, 33, 47, 64, 65} do
      check(1, c, 6, 3, 6, 2, 2)
      check(1, 6, c, 3, 6, 2, 2)
      check(2, c, c, 4, 4, 1, 1)
    end
  end)
  it("of more channels than are summed at a time", function()
    check(2, 300, 35, 6, 6, 3, 3, {padding = 1})
    check(1, 70, 33, 9, 30, 5, 5, {padding = 2})
  end)
  it("by any step, distance of taps and padding", function()
    for stride = 1, 4 do
      for dilation = 1, 3 do
        for _, padding in ipairs {0, 1, 4} do
          local o = {stride = stride, dilation = dilation, padding = padding}
          check(1, 2, 3, 9, 11, 3, 3, o)
          check(1, 10, 34, 9, 13, 3, 2, o)
        end
      end
    end
    check(1, 3, 5, 8, 40, 2, 3, {stride = {2, 3}, dilation = {1, 2}})
    check(1, 20, 33, 8, 20, 2, 3, {stride = {3, 2}, padding = {0, 3}})
  end)
  it("by kernels of up to nine columns", function()
    for kw = 1, 9 do
      check(2, 1, 9, 3, 40, 2, kw, {padding = {0, kw // 2}})
      check(1, 2, 3, 4, 17, 1, kw, {stride = {1, 2}, padding = {0, 4}})
    end
  end)
  it("of several small images together", function()
    for n = 1, 9 do
      check(n, 20, 33, 5, 5, 3, 3, {padding = 1})
      check(n, 3, 4, 2, 3, 1, 1)
    end
  end)
  it("where no output sees an element of x", function()
    check(1, 1, 1, 1, 1, 3, 3, {padding = 5, stride = 4})
    check(1, 4, 33, 2, 2, 2, 2, {padding = 3})
  end)
end)

-- ---- Pooling ----------------------------------------------------------------

-- The windows' elements, each as a list.
local function windows(x, h, w, k, s, p, d)
  local oh = (h + 2 * p - d * (k - 1) - 1) // s + 1
  local ow = (w + 2 * p - d * (k - 1) - 1) // s + 1
  local list = {}
  for i = 0, oh - 1 do
    for j = 0, ow - 1 do
      local at = {}
      for a = 0, k - 1 do
        for b = 0, k - 1 do
          local r, q = i * s + a * d - p, j * s + b * d - p
          if r >= 0 and r < h and q >= 0 and q < w then
            at[#at + 1] = {x[r * w + q + 1], r * w + q + 1}
          end
        end
      end
      list[#list + 1] = at
    end
  end
  return list
end

local function each_pool(check_one)
  for _, dtype in ipairs {"f32", "f64"} do
    for _, k in ipairs {{2, 2, 0, 1}, {3, 2, 1, 1}, {3, 1, 1, 1}, {2, 3, 1, 1},
        {2, 1, 0, 2}, {1, 1, 0, 1}, {3, 3, 1, 2}} do
      for w = 6, 37, dtype == "f32" and 1 or 5 do
        check_one(dtype, 7, w, table.unpack(k))
      end
    end
    for _, w in ipairs {127, 129, 255, 256, 257, 258, 300} do
      check_one(dtype, 4, w, 2, 2, 0, 1)
      check_one(dtype, 3, w, 2, 1, 1, 1)
    end
  end
end

describe("max_pool2d", function()
  it("takes the first of the largest, and gives it the gradient", function()
    each_pool(function(dtype, h, w, k, s, p, d)
      local x = whole({1, 1, h, w}, dtype, w)
      x.requires_grad = true
      local o = {stride = s, padding = p, dilation = d}
      local y = m.max_pool2d(x, k, o)
      local values = x:detach():reshape(-1):totable()
      local want, gx = {}, {}
      for i = 1, h * w do gx[i] = 0.0 end
      local list = windows(values, h, w, k, s, p, d)
      for i, at in ipairs(list) do
        local best = at[1]
        for _, e in ipairs(at) do if e[1] > best[1] then best = e end end
        want[i] = best[1]
        gx[best[2]] = gx[best[2]] + i
      end
      eq(y:detach():reshape(-1):totable(), want)
      y:backward(m.arange(1, #list + 1):to(dtype):reshape(y.shape))
      eq(x.grad:reshape(-1):totable(), gx)
    end)
  end)
  it("is nan where one is, and finds it", function()
    for _, w in ipairs {2, 4, 34, 66} do
      for at = 1, 4 do
        local x = m.ones(1, 1, 2, w)
        x[{1, 1, (at - 1) // 2 + 1, w - 1 + (at - 1) % 2}] = 0 / 0
        x.requires_grad = true
        local y = m.max_pool2d(x, 2)
        eq(y:isnan():sum():item(), 1)
        y:sum():backward()
        eq(x.grad[{1, 1, (at - 1) // 2 + 1, w - 1 + (at - 1) % 2}], 1.0)
        eq(x.grad:sum():item(), w / 2)
      end
    end
  end)
end)

describe("max_pool2d", function()
  it("differentiated twice takes what lies at the places", function()
    for _, dtype in ipairs {"f32", "f64"} do
      local x = m.tensor({{{9, 1, 2, 3}, {0, 5, 4, 8}}}, {dtype = dtype})
      local g = m.tensor({{{2, 3}}}, {dtype = dtype})
      local r = m.arange(1, 9):to(dtype):reshape(1, 2, 4)
      x.requires_grad, g.requires_grad = true, true
      local y = m.max_pool2d(x, 2)
      local gx = m.grad(y, {x}, {grad_outputs = g, create_graph = true})[1]
      eq(gx:detach(), {{{2.0, 0.0, 0.0, 0.0}, {0.0, 0.0, 0.0, 3.0}}})
      m.sum(gx * r):backward()
      eq(g.grad, {{{1.0, 8.0}}})
    end
  end)
end)

describe("avg_pool2d", function()
  it("divides by the window, what exists of it, or a number", function()
    each_pool(function(dtype, h, w, k, s, p, d)
      if d > 1 then return end
      local x = whole({1, 1, h, w}, dtype, w)
      x.requires_grad = true
      local values = x:detach():reshape(-1):totable()
      local list = windows(values, h, w, k, s, p, 1)
      for _, count in ipairs {true, false, 5} do
        local o = {stride = s, padding = p, count_include_pad = count ~= false}
        if count == 5 then o.divisor_override = 5 end
        local y = m.avg_pool2d(x, k, o)
        local want, gx = {}, {}
        for i = 1, h * w do gx[i] = 0.0 end
        for i, at in ipairs(list) do
          local n = count == 5 and 5 or count and k * k or #at
          want[i] = 0
          for _, e in ipairs(at) do
            want[i] = want[i] + e[1] / n
            gx[e[2]] = gx[e[2]] + (i % 9) / n
          end
        end
        near(y:detach():reshape(-1):totable(), want)
        x.grad = nil
        y:backward((m.arange(1, #list + 1) % 9):to(dtype):reshape(y.shape))
        near(x.grad:reshape(-1):totable(), gx)
      end
    end)
  end)
end)

describe("adaptive pooling", function()
  it("covers every element by its windows", function()
    local h, w = 5, 23
    for _, dtype in ipairs {"f32", "f64"} do
      for _, size in ipairs {{1, 1}, {2, 3}, {5, 23}, {3, 22}, {4, 7}} do
        local oh, ow = table.unpack(size)
        local x = whole({1, 1, h, w}, dtype, oh)
        x.requires_grad = true
        local values = x:detach():reshape(-1):totable()
        local means, most, gx, gm = {}, {}, {}, {}
        for i = 1, h * w do gx[i], gm[i] = 0.0, 0.0 end
        for i = 0, oh - 1 do
          for j = 0, ow - 1 do
            local sum, best, at, n = 0, -math.huge, nil, 0
            local top, left = i * h // oh, j * w // ow
            local bottom = math.ceil((i + 1) * h / oh)
            local right = math.ceil((j + 1) * w / ow)
            for r = top, bottom - 1 do
              for q = left, right - 1 do
                local v = values[r * w + q + 1]
                sum, n = sum + v, n + 1
                if v > best then best, at = v, r * w + q + 1 end
              end
            end
            means[#means + 1], most[#most + 1] = sum / n, best
            gm[at] = gm[at] + #most
            for r = top, bottom - 1 do
              for q = left, right - 1 do
                local e = r * w + q + 1
                gx[e] = gx[e] + #means / n
              end
            end
          end
        end
        local y = m.adaptive_avg_pool2d(x, size)
        local g = m.arange(1, oh * ow + 1):to(dtype):reshape(1, 1, oh, ow)
        near(y:detach():reshape(-1):totable(), means)
        y:backward(g)
        near(x.grad:reshape(-1):totable(), gx)
        x.grad = nil
        y = m.adaptive_max_pool2d(x, size)
        eq(y:detach():reshape(-1):totable(), most)
        y:backward(g)
        eq(x.grad:reshape(-1):totable(), gm)
      end
    end
  end)
end)
