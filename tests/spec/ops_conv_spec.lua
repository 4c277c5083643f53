-- ops_conv_spec.lua: convolutions of every plan against sums of shifted
-- images, exactly: elements are small integers. And what is refused, in whole
-- sentences.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows, flops

local random -- of a test

local function integers(shape, dtype)
  local n, list = 1, {}
  for _, size in ipairs(shape) do n = n * size end
  for i = 1, n do list[i] = random(-3, 3) end
  if n == 0 then return m.zeros(shape, {dtype = dtype}) end
  return m.tensor(list, {dtype = dtype}):reshape(shape)
end

local function generator(seed)
  return function(low, high) -- Lehmer's, the same on every machine
    seed = seed * 48271 % 2147483647
    return low + seed % (high - low + 1)
  end
end

-- ---- The plain definition ---------------------------------------------------

-- x (N, C, H, W) and weight (O, C / groups, KH, KW): for each tap the images
-- shifted to it, times its matrix.
local function plain(x, weight, c)
  local n, ch = x.shape[1], x.shape[2]
  local o, kh, kw = weight.shape[1], weight.shape[3], weight.shape[4]
  local g, sh, sw, dh, dw = c.groups, c.sh, c.sw, c.dh, c.dw
  x = m.pad(x, {c.pw, c.pw, c.ph, c.ph})
  local oh = (x.shape[3] - dh * (kh - 1) - 1) // sh + 1
  local ow = (x.shape[4] - dw * (kw - 1) - 1) // sw + 1
  local sum
  for a = 1, kh do
    for b = 1, kw do
      local i, j = 1 + (a - 1) * dh, 1 + (b - 1) * dw
      local part = x[{{}, {}, {i, i + (oh - 1) * sh, sh},
        {j, j + (ow - 1) * sw, sw}}]:reshape {n, g, ch // g, oh * ow}
      local tap = weight:select(4, b):select(3, a):reshape {g, o // g, ch // g}
      local y = tap:matmul(part)
      sum = sum and sum + y or y
    end
  end
  return sum:reshape {n, o, oh, ow}
end

local function same(got, want, what)
  assert(got.shape == want.shape, ("%s: %s, not %s"):format(what, got.shape,
    want.shape))
  local off = (got - want):abs()
  local most = off:numel() > 0 and off:max():item() or 0
  assert(most == 0, ("%s: off by %g"):format(what, most))
end

-- y and the gradients by x, weight and bias of both, on the same integers.
local function check(c, dtype)
  local x = integers({c.n, c.c, c.h, c.w}, dtype)
  local weight = integers({c.o, c.c // c.groups, c.kh, c.kw}, dtype)
  local bias = integers({c.o}, dtype)
  local g, results = nil, {}
  for i, f in ipairs {
    function(p, q, r)
      return m.conv2d(p, q, r, {c.sh, c.sw}, {c.ph, c.pw}, {c.dh, c.dw},
        c.groups)
    end,
    function(p, q, r) return plain(p, q, c) + r:reshape {c.o, 1, 1} end} do
    local p, q, r = x:clone(), weight:clone(), bias:clone()
    p.requires_grad, q.requires_grad, r.requires_grad = true, true, true
    local y = f(p, q, r)
    g = g or integers({c.n, c.o, y.shape[3], y.shape[4]}, dtype)
    y:backward(g)
    results[i] = {y = y:detach(), x = p.grad, weight = q.grad, bias = r.grad}
  end
  local text = {}
  for k, v in pairs(c) do text[#text + 1] = k .. "=" .. v end
  table.sort(text)
  text = dtype .. " " .. table.concat(text, " ")
  for _, name in ipairs {"y", "x", "weight", "bias"} do
    same(results[1][name], results[2][name], text .. ": " .. name)
  end
end

local function with_defaults(c)
  for k, v in pairs {n = 1, c = 1, o = 1, h = 5, w = 5, kh = 3, kw = 3, sh = 1,
    sw = 1, ph = 0, pw = 0, dh = 1, dw = 1, groups = 1} do
    c[k] = c[k] or v
  end
  return c
end

describe("conv2d and its gradients are sums over taps", function()
  -- What each plan is for: vectors across pixels or channels, flat rows, rows
  -- with gaps, rows in parts, channels and outputs in blocks.
  for name, list in pairs {
    ["of few channels"] = {{c = 1, o = 3, h = 9, w = 30},
      {c = 3, o = 7, h = 12, w = 12, ph = 1, pw = 1, n = 2},
      {c = 2, o = 8, h = 28, w = 28, n = 2}, {c = 3, o = 5, h = 1, w = 40,
      kh = 1}, {c = 2, o = 2, h = 40, w = 1, kw = 1}},
    ["of many outputs"] = {{c = 6, o = 17, h = 7, w = 7, n = 3},
      {c = 9, o = 33, h = 6, w = 20, ph = 1, pw = 1},
      {c = 8, o = 40, h = 5, w = 33, n = 2}, {c = 20, o = 65, h = 4, w = 4,
      n = 5, pw = 1}},
    ["of many channels"] = {{c = 70, o = 40, h = 20, w = 20, ph = 1, pw = 1},
      {c = 300, o = 20, h = 6, w = 6, n = 2}, {c = 130, o = 3, h = 9, w = 17}},
    ["of long rows"] = {{c = 2, o = 3, h = 3, w = 226}, {c = 2, o = 3, h = 4,
      w = 227, kh = 2}, {c = 1, o = 20, h = 3, w = 452, kh = 1, kw = 5},
      {c = 5, o = 18, h = 2, w = 700, kh = 2, kw = 4}},
    ["of points"] = {{c = 5, o = 18, h = 7, w = 9, kh = 1, kw = 1, n = 3},
      {c = 40, o = 35, h = 20, w = 25, kh = 1, kw = 1}, {c = 3, o = 4, h = 9,
      w = 9, kh = 1, kw = 1, sh = 2, sw = 2}, {c = 3, o = 20, h = 5, w = 6,
      kh = 1, kw = 1, ph = 1}, {c = 3, o = 20, h = 5, w = 6, kh = 1, kw = 1,
      pw = 2}, {c = 4, o = 20, h = 6, w = 7, kh = 1, kw = 1, sw = 2},
      {c = 17, o = 17, h = 31, w = 15, kh = 1, kw = 1, groups = 17}},
    ["with strides"] = {{c = 3, o = 16, h = 15, w = 17, sh = 2, sw = 2, ph = 1,
      pw = 1, n = 2}, {c = 4, o = 20, h = 13, w = 11, sh = 3, sw = 2, kh = 5,
      kw = 4}, {c = 6, o = 6, h = 12, w = 12, kh = 2, kw = 2, sh = 4, sw = 3},
      {c = 1, o = 9, h = 8, w = 9, kh = 4, kw = 4, sh = 4, sw = 4, pw = 2}},
    ["with dilation"] = {{c = 3, o = 16, h = 15, w = 17, dh = 2, dw = 3},
      {c = 5, o = 18, h = 14, w = 14, dh = 2, dw = 2, sh = 2, sw = 2, ph = 2,
      pw = 2}, {c = 2, o = 3, h = 17, w = 19, dh = 3, dw = 2, sh = 2, sw = 4},
      {c = 3, o = 4, h = 16, w = 16, dh = 4, dw = 6, sh = 6, sw = 4, kh = 4},
      {c = 2, o = 17, h = 21, w = 21, dh = 2, dw = 4, sh = 4, sw = 2}},
    ["in groups"] = {{c = 4, o = 6, groups = 2, n = 2, h = 9, w = 9},
      {c = 12, o = 36, groups = 3, h = 8, w = 8, ph = 1, pw = 1}, {c = 16,
      o = 16, groups = 16, h = 10, w = 12, ph = 1, pw = 1, n = 2}, {c = 40,
      o = 80, groups = 2, h = 7, w = 7, sh = 2}, {c = 5, o = 10, groups = 5,
      h = 6, w = 30, dw = 2}},
    ["of many images"] = {{c = 8, o = 24, h = 4, w = 4, n = 33}, {c = 20,
      o = 20, h = 3, w = 3, n = 50}, {c = 1, o = 5, h = 6, w = 6, n = 20},
      {c = 24, o = 40, h = 5, w = 5, n = 30, ph = 1, pw = 1}, {c = 2,
      o = 20, h = 20, w = 20, n = 37}, {c = 2, o = 4, h = 8, w = 9, n = 40,
      groups = 2}},
    ["of short rows"] = {{c = 1, o = 3, h = 30, w = 5, kw = 2}, {c = 2, o = 7,
      h = 20, w = 10, pw = 1}, {c = 12, o = 8, h = 20, w = 9}, {c = 3, o = 5,
      h = 25, w = 20, ph = 1, pw = 1}, {c = 20, o = 8, h = 14, w = 14, ph = 1,
      pw = 1}, {c = 20, o = 30, h = 40, w = 11}},
  } do
    it(name, function()
      random = generator(77)
      for _, c in ipairs(list) do
        for _, dtype in ipairs {"f32", "f64"} do check(with_defaults(c), dtype)
        end
      end
    end)
  end

  it("of random shapes", function()
    random = generator(4711)
    for _ = 1, 60 do
      local groups = ({1, 1, 1, 2, 3})[random(1, 5)]
      local c = {n = random(1, 3), groups = groups,
        c = groups * random(1, random(1, 2) == 1 and 4 or 20),
        o = groups * random(1, random(1, 2) == 1 and 9 or 40),
        h = random(6, 18), w = random(6, random(1, 2) == 1 and 18 or 60),
        kh = random(1, 4), kw = random(1, 4), sh = random(1, 3),
        sw = random(1, 3), ph = random(0, 2), pw = random(0, 2), dh = 1,
        dw = 1}
      if random(1, 3) == 1 then c.dh, c.dw = random(1, 2), random(1, 2) end
      while c.c * c.o // groups * c.h * c.w > 60000 do
        c.h, c.w = c.h // 2 + 3, c.w // 2 + 3
        c.n = 1
        if c.h < 9 and c.w < 9 then break end
      end
      check(c, random(1, 2) == 1 and "f32" or "f64")
    end
  end)

  it("without images, channels or outputs", function()
    random = generator(5)
    for _, c in ipairs {{n = 0, c = 2, o = 3}, {c = 2, o = 0}, {c = 0, o = 2},
      {n = 0, c = 0, o = 2}, {n = 0, c = 2, o = 2, sh = 2}} do
      c = with_defaults(c)
      local x = integers({c.n, c.c, 5, 5}, "f32")
      local w = integers({c.o, c.c, 3, 3}, "f32")
      x.requires_grad, w.requires_grad = true, true
      local y = m.conv2d(x, w, nil, {c.sh, 1})
      eq(y.shape, {c.n, c.o, 3 - c.sh + 1, 3})
      y:sum():backward()
      eq(x.grad, x:detach() * 0)
      eq(w.grad, w:detach() * 0)
    end
    local y = m.conv2d(m.zeros(1, 0, 4, 4), m.zeros(2, 0, 3, 3),
      m.tensor {1, 2})
    eq(y, {{{{1.0, 1.0}, {1.0, 1.0}}, {{2.0, 2.0}, {2.0, 2.0}}}})
  end)

  it("of an image without a batch", function()
    random = generator(6)
    local x = integers({3, 8, 9}, "f64")
    local w, b = integers({4, 3, 3, 2}, "f64"), integers({4}, "f64")
    local c = with_defaults {kw = 2, groups = 1, ph = 1, sw = 2}
    same(m.conv2d(x, w, b, {1, 2}, {1, 0}), plain(x:unsqueeze(1), w, c):select(
      1, 1) + b:reshape {4, 1, 1}, "y")
  end)

  it("by the bias alone", function()
    for _, shape in ipairs {{2, 3, 5, 6}, {3, 5, 6}} do
      local bias = m.zeros {4}
      bias.requires_grad = true
      local y = m.conv2d(m.ones(shape), m.ones(4, 3, 3, 3), bias)
      local g = m.arange(0, y:numel()):to("f32"):reshape(y.shape)
      y:backward(g)
      local want = #shape == 4 and g:sum {1, 3, 4} or g:sum {2, 3}
      eq(bias.grad, want:totable())
    end
  end)
end)

describe("padding 'same'", function()
  it("keeps the size, with less of it in front", function()
    for k = 1, 6 do
      for d = 1, 3 do
        local x = m.arange(1, 21):to("f64"):reshape {1, 1, 1, 20}
        local w = m.arange(1, k + 1):to("f64"):reshape {1, 1, 1, k}
        local y = m.conv2d(x, w, nil, 1, "same", {1, d}):flatten():totable()
        local front = d * (k - 1) // 2
        for i = 1, 20 do
          local sum = 0.0
          for t = 0, k - 1 do
            local at = i - front + t * d
            sum = sum + (at >= 1 and at <= 20 and at * (t + 1) or 0)
          end
          eq(y[i], sum)
        end
      end
    end
  end)
  it("also where the kernel is longer than the image", function()
    local y = m.conv2d(m.ones(1, 1, 2, 3), m.ones(1, 1, 7, 6), nil, 1, "same")
    eq(y, {{{{6.0, 6.0, 6.0}, {6.0, 6.0, 6.0}}}})
    eq(m.conv1d(m.ones(1, 2), m.ones(1, 1, 9), nil, 1, "same"), {{2.0, 2.0}})
  end)
  it("wants a stride of 1 in both directions", function()
    for _, stride in ipairs {{2, 1}, {1, 2}} do
      eq(message(m.conv2d, m.ones(1, 4, 4), m.ones(1, 1, 3, 3), nil, stride,
        "same"), "conv2d: padding 'same' wants a stride of 1, got 2")
    end
  end)
end)

describe("conv_transpose2d", function()
  it("is the gradient of conv2d by its input", function()
    random = generator(12)
    for _, c in ipairs {
      {s = {1, 1}, p = {0, 0}, more = {0, 0}, d = {1, 1}, g = 1},
      {s = {2, 3}, p = {1, 0}, more = {1, 2}, d = {1, 1}, g = 2},
      {s = {3, 2}, p = {2, 1}, more = {0, 1}, d = {2, 1}, g = 1},
      {s = {2, 2}, p = {0, 0}, more = {1, 0}, d = {3, 2}, g = 3}} do
      local x = integers({2, 6, 4, 5}, "f64")
      local w, b = integers({6, 4, 3, 2}, "f64"), integers({4 * c.g}, "f64")
      local y = m.conv_transpose2d(x, w, b, c.s, c.p, c.more, c.g, c.d)
      local h = 3 * c.s[1] - 2 * c.p[1] + c.d[1] * 2 + c.more[1] + 1
      local v = 4 * c.s[2] - 2 * c.p[2] + c.d[2] + c.more[2] + 1
      eq(y.shape, {2, 4 * c.g, h, v})
      local z = m.zeros({2, 4 * c.g, h, v}, {dtype = "f64",
        requires_grad = true})
      plain(z, w, {groups = c.g, sh = c.s[1], sw = c.s[2], ph = c.p[1],
        pw = c.p[2], dh = c.d[1], dw = c.d[2]}):backward(x)
      same(y, z.grad + b:reshape {4 * c.g, 1, 1}, "y")
    end
  end)
  it("of lines is the same with one row", function()
    random = generator(13)
    local x, w = integers({2, 4, 7}, "f64"), integers({4, 3, 3}, "f64")
    local b = integers({6}, "f64")
    same(m.conv_transpose1d(x, w, b, 3, 1, 2, 2, 2), m.conv_transpose2d(
      x:unsqueeze(3), w:unsqueeze(3), b, {1, 3}, {0, 1}, {0, 2}, 2, {1, 2})
      :squeeze(3), "y")
    same(m.conv1d(x, integers({2, 4, 3}, "f64") * 0 + 1, nil, 2, 1, 2),
      m.conv2d(x:unsqueeze(3), m.ones({2, 4, 1, 3}, {dtype = "f64"}), nil,
        {1, 2}, {0, 1}, {1, 2}):squeeze(3), "y")
    eq(m.conv1d(m.ones(2, 5), m.ones(1, 2, 3)).shape, {1, 3})
    eq(m.conv_transpose1d(m.ones(2, 5), m.ones(2, 1, 3)).shape, {1, 7})
  end)
  it("may leave a single point", function()
    eq(m.conv_transpose2d(m.ones(1, 1, 1), m.ones(1, 1, 3, 3), nil, 1, 1),
      {{{1.0}}})
    eq(message(m.conv_transpose2d, m.ones(1, 1, 1), m.ones(1, 1, 2, 2), nil, 1,
      1), "conv_transpose2d: x (1, 1, 1) leaves nothing after padding")
    eq(message(m.conv_transpose2d, m.ones(1, 0, 1), m.ones(1, 1, 2, 2)),
      "conv_transpose2d: x (1, 0, 1) leaves nothing after padding")
  end)
end)

describe("what convolutions refuse", function()
  local BIG = 1 << 31

  it("of shapes", function()
    local x, w = m.ones(1, 2, 4, 5), m.ones(3, 2, 3, 3)
    for want, args in pairs {
      ["argument 'x': (N, C, H, W) or (C, H, W) expected, got shape (4, 5)"] =
        {m.ones(4, 5), w},
      ["argument 'x': (N, C, H, W) or (C, H, W) expected, got shape "
        .. "(1, 1, 2, 4, 5)"] = {m.ones(1, 1, 2, 4, 5), w},
      ["x is f32, weight is f64"] = {x, w:to "f64"},
      ["x is f32, bias is f64"] = {x, w, m.ones(3):to "f64"},
      ["x (1, 2, 4, 5) has 2 channels, weight (3, 1, 3, 3) wants 1"] =
        {x, m.ones(3, 1, 3, 3)},
      ["x (1, 2, 4, 5) has 2 channels, weight (4, 2, 3, 3) wants 2 in each "
        .. "group"] = {x, m.ones(4, 2, 3, 3), nil, 1, 0, 1, 2},
      ["x (1, 3, 4, 5) has 3 channels, weight (4, 1, 3, 3) wants 1 in each "
        .. "group"] = {m.ones(1, 3, 4, 5), m.ones(4, 1, 3, 3), nil, 1, 0, 1,
        2},
      ["groups 2 do not divide the 3 channels of the output"] =
        {x, m.ones(3, 1, 3, 3), nil, 1, 0, 1, 2},
      ["groups 0 is not positive"] = {x, w, nil, 1, 0, 1, 0},
      ["bias: (3) expected, one value a channel of the output, got (4)"] =
        {x, w, m.ones(4)},
      ["bias: (3) expected, one value a channel of the output, got (3, 1)"] =
        {x, w, m.ones(3, 1)},
      ["a kernel of 0 along H"] = {x, m.ones(3, 2, 0, 3)},
      ["a kernel of 2147483648 along H"] =
        {x, m.ones(1):expand {3, 2, BIG, 1}},
      ["a kernel of 2147483648 along W"] =
        {x, m.ones(1):expand {3, 2, 1, BIG}},
      ["a kernel of 0 along W"] = {x, m.ones(3, 2, 3, 0)},
      ["the kernel reaches over 5 along H, the padded input has 4"] =
        {x, m.ones(3, 2, 5, 3)},
      ["the kernel reaches over 6 along W, the padded input has 5"] =
        {x, m.ones(3, 2, 3, 6)},
      ["the kernel reaches over 7 along H, the padded input has 6"] =
        {x, m.ones(3, 2, 4, 2), nil, 1, 1, 2},
    } do
      eq(message(m.conv2d, table.unpack(args, 1, 7)), "conv2d: " .. want)
    end
  end)
  it("of numbers", function()
    local x, w = m.ones(1, 4, 5), m.ones(3, 1, 1, 1)
    for want, args in pairs {
      ["argument 'stride': 0 is too small; at least 1 expected"] = {{1, 0}},
      ["argument 'stride': -1 is too small; at least 1 expected"] = {{-1, 1}},
      ["argument 'stride': 2147483648 is too large; at least 1 expected"] =
        {{1, BIG}},
      ["argument 'padding': -1 is too small; at least 0 expected"] =
        {1, {0, -1}},
      ["argument 'padding': -2 is too small; at least 0 expected"] =
        {1, {-2, 0}},
      ["argument 'padding': 2147483648 is too large; at least 0 expected"] =
        {1, {0, BIG}},
      ["argument 'dilation': 0 is too small; at least 1 expected"] =
        {1, 0, {1, 0}},
      ["argument 'dilation': 2147483648 is too large; at least 1 expected"] =
        {1, 0, {BIG, 1}},
    } do
      eq(message(m.conv2d, x, w, nil, table.unpack(args, 1, 3)),
        "conv2d: " .. want)
    end
    eq(message(m.conv2d, x, w, nil, 1, {BIG, 0}), "conv2d: argument 'padding': "
      .. "2147483648 is too large; at least 0 expected")
    eq(m.conv2d(x, w, nil, BIG - 1, 0, BIG - 1).shape, {3, 1, 1})
    local side = 1 << 20
    eq(message(m.conv2d, m.ones(1):expand {1, side, side}, m.ones(1):expand {1,
      1, side, side}), "conv2d: a kernel of (1048576, 1048576) is too large")
    eq(message(m.conv2d, m.ones(1):expand {128, 4096, 4096}, m.ones(1):expand {
      1, 128, 4096, 4096}), "conv2d: a kernel of (4096, 4096) is too large")
  end)
  it("of lines", function()
    eq(message(m.conv1d, m.ones(4), m.ones(1, 4, 1)), "conv1d: argument 'x': "
      .. "(N, C, L) or (C, L) expected, got shape (4)")
    eq(message(m.conv1d, m.ones(1, 2, 3, 4), m.ones(1, 4, 1)), "conv1d: "
      .. "argument 'x': (N, C, L) or (C, L) expected, got shape (1, 2, 3, 4)")
    raises("argument 'weight'", m.conv1d, m.ones(2, 3), m.ones(2, 3))
    raises("argument 'weight'", m.conv_transpose1d, m.ones(2, 3), m.ones(2, 3))
  end)
  it("of transposed ones", function()
    local x, w = m.ones(1, 2, 3, 3), m.ones(2, 3, 2, 2)
    for want, args in pairs {
      ["argument 'x': (N, C, H, W) or (C, H, W) expected, got shape (3, 3)"] =
        {m.ones(3, 3), w},
      ["argument 'x': (N, C, H, W) or (C, H, W) expected, got shape "
        .. "(1, 1, 2, 3, 3)"] = {m.ones(1, 1, 2, 3, 3), w},
      ["x (1, 3, 3, 3) has 3 channels, weight (2, 3, 2, 2) wants 2"] =
        {m.ones(1, 3, 3, 3), w},
      ["groups 0"] = {x, w, nil, 1, 0, 0, 0},
      ["groups 4611686018427387904"] = {x, w, nil, 1, 0, 0, 1 << 62},
      ["bias: (6) expected, one value a channel of the output, got (3)"] =
        {x, w, m.ones(3), 1, 0, 0, 2},
      ["bias: (3) expected, one value a channel of the output, got (3, 1)"] =
        {x, w, m.ones(3, 1)},
      ["x (1, 2, 3, 3) with weight (2, 3, 0, 2)"] = {x, m.ones(2, 3, 0, 2)},
      ["x (1, 2, 3, 3) with weight (2, 3, 2, 0)"] = {x, m.ones(2, 3, 2, 0)},
      ["stride 0, padding 0, dilation 1: 1, 0, 1 are the least"] =
        {x, w, nil, {1, 0}},
      ["stride 1, padding -1, dilation 1: 1, 0, 1 are the least"] =
        {x, w, nil, 1, {-1, 0}},
      ["stride 1, padding 0, dilation 0: 1, 0, 1 are the least"] =
        {x, w, nil, 1, 0, 0, 1, {1, 0}},
      ["stride 2147483648, padding 0, dilation 1: 1, 0, 1 are the least"] =
        {x, w, nil, BIG},
      ["stride 1, padding 2147483648, dilation 1: 1, 0, 1 are the least"] =
        {x, w, nil, 1, BIG},
      ["stride 1, padding 0, dilation 2147483648: 1, 0, 1 are the least"] =
        {x, w, nil, 1, 0, 0, 1, BIG},
      ["output_padding -1 is not below the stride, 1"] =
        {x, w, nil, 1, 0, {-1, 0}},
      ["output_padding 1 is not below the stride, 1"] = {x, w, nil, 1, 0,
        {0, 1}},
      ["output_padding 3 is not below the stride, 2"] =
        {x, w, nil, 2, 0, {1, 3}},
    } do
      eq(message(m.conv_transpose2d, table.unpack(args, 1, 8)),
        "conv_transpose2d: " .. want)
    end
  end)
  it("of their gradients", function()
    local g, w = m.ones(1, 3, 2, 3), m.ones(3, 2, 3, 3)
    eq(core._conv2d_dgrad(g, w, {4, 5}, 1, 0, 1, 1).shape, {1, 2, 4, 5})
    for _, size in ipairs {{3, 5}, {5, 5}, {4, 4}, {4, 6}} do
      eq(message(core._conv2d_dgrad, g, w, size, 1, 0, 1, 1), ("_conv2d_dgrad: "
        .. "g (1, 3, 2, 3): (3, %d, %d) expected at the end"):format(
        size[1] - 2, size[2] - 2))
    end
    eq(message(core._conv2d_dgrad, g:narrow(2, 1, 2), w, {4, 5}, 1, 0, 1, 1),
      "_conv2d_dgrad: g (1, 2, 2, 3): (3, 2, 3) expected at the end")
    eq(message(core._conv2d_dgrad, g, m.ones(0, 4, 3, 3), {4, 5}, 1, 0, 1,
      1 << 61), "_conv2d_dgrad: too many groups")
    local x = m.ones(1, 2, 4, 5)
    eq(core._conv2d_wgrad(g, x, {3, 3}, 1, 0, 1, 1).shape, {3, 2, 3, 3})
    for _, pair in ipairs {{m.ones(2, 3, 2, 3), x}, {m.ones(3, 2, 3), x},
      {m.ones(1, 3, 3, 3), x}, {m.ones(1, 3, 2, 2), x}} do
      eq(message(core._conv2d_wgrad, pair[1], x, {3, 3}, 1, 0, 1, 1),
        ("_conv2d_wgrad: g %s and x (1, 2, 4, 5) do not fit"):format(
        pair[1].shape))
    end
    for _, groups in ipairs {2, 3} do
      eq(message(core._conv2d_wgrad, g, x, {3, 3}, 1, 0, 1, groups),
        "_conv2d_wgrad: g (1, 3, 2, 3) and x (1, 2, 4, 5) do not fit")
    end
    eq(message(core._conv2d_wgrad, g, x, {0, 3}, 1, 0, 1, 1), "_conv2d_wgrad: "
      .. "argument 'kernel': 0 is too small; at least 1 expected")
    eq(message(core._conv2d_wgrad, g, x, {6, 3}, 1, 0, 1, 1), "_conv2d_wgrad: "
      .. "the kernel reaches over 6 along H, the padded input has 4")
    eq(message(core._conv2d_wgrad, g, x:to "f64", {3, 3}, 1, 0, 1, 1),
      "_conv2d_wgrad: g is f32, x is f64")
  end)
end)

describe("the floating point operations of a convolution", function()
  it("are two for each product", function()
    local x, w = m.ones(2, 4, 6, 7), m.ones(6, 2, 3, 2)
    local g = m.ones(2, 6, 4, 6)
    local before = core.flops()
    m.conv2d(x, w, nil, 1, 0, 1, 2)
    local each = 2.0 * 2 * 6 * 4 * 6 * 2 * 3 * 2
    eq(core.flops() - before, each)
    before = core.flops()
    core._conv2d_dgrad(g, w, {6, 7}, 1, 0, 1, 2)
    eq(core.flops() - before, each)
    before = core.flops()
    core._conv2d_wgrad(g, x, {3, 2}, 1, 0, 1, 2)
    eq(core.flops() - before, each)
  end)
end)
