-- scaling.lua: how the time of an operation grows with its size.
--
--   build/mlrun tests/bench/scaling.lua [--svg FILE] [--json FILE] [name ...]
--
-- Element-wise and other operations on 2^4 to 2^24 elements, and networks on
-- batches of 1 to 1024 samples, with one and with two threads. From one size
-- to the next the time of an element should fall or stay; where it rises by
-- more than LIMIT and what the operation touches has not just outgrown a
-- cache, that is a cliff, and is named. A point is the best of several blocks,
-- and a suspected cliff is measured again before it is believed, because other
-- programs make time longer and never shorter.

local m = require "mlrt"
local here = arg[0]:match "^(.*)/[^/]*$" or "."

local function part(name, ...)
  return assert(loadfile(("%s/%s.lua"):format(here, name)))(...)
end

local scale, chart = part "scale", part("chart", part "plot")
local nn = m.nn

local opt = m.cli({svg = "", json = "", most = 24, blocks = 5}, {
  about = "Measures time against size.",
  arguments = "[name ...]",
  svg = "a file for the plot",
  json = "a file for the figures",
  most = "the largest size is 2 to this power",
  blocks = "of these the fastest counts",
})

-- ---- What is measured -----------------------------------------------------

-- {name, bytes touched for an element, function of n: a step}
local ops = {
  {"add", 12, function(n)
    local a, b = m.rand {n}, m.rand {n}
    return function() return a + b end
  end},
  {"exp", 8, function(n)
    local a = m.rand {n}
    return function() return a:exp() end
  end},
  {"sum", 4, function(n)
    local a = m.rand {n}
    return function() return a:sum() end
  end},
  {"cumsum", 8, function(n)
    local a = m.rand {n}
    return function() return a:cumsum(1) end
  end},
  {"argmax", 4, function(n)
    local a = m.rand {n}
    return function() return a:argmax() end
  end},
  {"transpose", 8, function(n)
    local rows = 1 << (math.tointeger(math.log(n, 2)) // 2)
    local a = m.rand {rows, n // rows}
    return function() return a:t():contiguous() end
  end},
  {"softmax of 16", 8, function(n)
    local a = m.rand {n // 16, 16}
    return function() return a:softmax(-1) end
  end},
  {"gather rows of 16", 16, function(n)
    local a, rows = m.rand {n // 16, 16}, m.randperm(n // 16)
    return function() return a:index_select(1, rows) end
  end},
  {"add backward", 24, function(n)
    local a, b = m.rand {n}, m.rand {n}
    a.requires_grad = true
    local g = m.ones {n}
    return function()
      a.grad = nil;
      (a * b):backward(g)
    end
  end},
  {"AdamW", 28, function(n)
    local a = m.rand {n}
    a.requires_grad, a.grad = true, m.rand {n}
    local optimizer = m.optim.AdamW {a}
    return function() optimizer:step() end
  end},
}

-- {name, bytes touched for a sample, function of a batch: a step, bytes of the
-- weights}
local function mlp_training(batch)
  local net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
  local x, y = m.rand {batch, 784}, m.randint(10, {batch}, {dtype = "index"})
  local optimizer = m.optim.SGD(net:parameters())
  return function()
    optimizer:zero_grad()
    m.cross_entropy(net(x), y):backward()
    optimizer:step()
  end
end

local nets = {
  {"linear 256-256", 8 * 256, function(batch)
    local x, w, b = m.rand {batch, 256}, m.rand {256, 256}, m.rand {256}
    return function() return m.linear(x, w, b) end
  end, 4 * 256 * 257},
  {"MLP 784-128-10, step", 4 * 1800, mlp_training, 8 * 101770},
  {"conv 8->16, 14x14", 4 * 24 * 196, function(batch)
    local x, w = m.rand {batch, 8, 14, 14}, m.rand {16, 8, 3, 3}
    return function() return m.conv2d(x, w, {padding = 1}) end
  end},
  {"product 64x64, batched", 12 * 4096, function(batch)
    local a, b = m.rand {batch, 64, 64}, m.rand {batch, 64, 64}
    return function() return a:bmm(b) end
  end},
}

local function chosen(name)
  if #opt == 0 then return true end
  for _, word in ipairs(opt) do
    if name:sub(1, #word) == word then return true end
  end
  return false
end

-- ---- The run --------------------------------------------------------------

local caches = scale.caches()
local curves, cliffs = {}, {}

local function measure(what, kind, sizes, threads)
  local name, bytes, make, fixed = table.unpack(what)
  m.threads(threads)
  local curve = scale.curve(make, sizes, opt.blocks)
  curve.name, curve.kind, curve.threads = name, kind, threads
  curve.bytes, curve.fixed = bytes, fixed
  curves[#curves + 1] = curve
  print(scale.line(curve))
  for _, cliff in ipairs(scale.cliffs(curve, caches, threads)) do
    cliffs[#cliffs + 1] = cliff
    print("  " .. cliff)
  end
  io.stdout:flush()
end

local function powers(from, to)
  local list = {}
  for k = from, to do list[#list + 1] = 1 << k end
  return list
end

local function measure_all(list, kind, sizes)
  for _, what in ipairs(list) do
    for _, threads in ipairs(chosen(what[1]) and {1, 2} or {}) do
      measure(what, kind, sizes, threads)
    end
  end
end

print(scale.head(caches))
measure_all(ops, "elements", powers(4, opt.most))
measure_all(nets, "samples", powers(0, 10))
print(("%d cliffs in %d curves"):format(#cliffs, #curves))
if opt.svg ~= "" then chart.save(opt.svg, curves, caches) end
if opt.json ~= "" then
  local f = assert(io.open(opt.json, "w"))
  f:write(m.json.encode {curves = curves, caches = caches, cliffs = cliffs},
    "\n")
  f:close()
end
