-- width.lua: every operation on a million elements, beside PyTorch.
--
--   build/mlrun tests/bench/run.lua width --peers [--rounds N]
--
-- An operation whose sample is of r(2,3) and the like gets operands of 1000 x
-- 1000; `calls` has those of the others, sized so that about a million elements
-- come out, fewer where LAPACK is at work.  Each is measured forward, and
-- forward and backward together, in f32 on one thread, in blocks that
-- alternate with PyTorch's.  The table is sorted by mlrt's time over PyTorch's;
-- what takes more than 1.5 times as long is listed again.

local m = require "mlrt"
local json = require "mlrt.json"

local here, harness = ...

local SLOW = 1.5
local BLOCK = 0.02 -- seconds

-- ---- Operands -------------------------------------------------------------

local spec_of = setmetatable({}, {__mode = "k"}) -- how the peer makes it

local function maker(kind, make)
  return function(...)
    local t = make(...)
    spec_of[t] = {make = kind, shape = {list = {...}}}
    return t
  end
end

local function uniform(low, high)
  return function(...) return m.rand(...) * (high - low) + low end
end

-- Of the first argument n: positions 1..n, or the size of a matrix.
local function positions(n, ...)
  return m.randint(1, n + 1, {...}, {dtype = "index"})
end
local function definite(b, n)
  local x = m.randn(b, n, n)
  return x:matmul(x:transpose(2, 3)) / n + m.eye(n)
end

local words = {
  r = maker("r", uniform(-2, 2)), p = maker("p", uniform(0.5, 2)),
  u = maker("u", uniform(-0.9, 0.9)), prob = maker("prob", uniform(0.05, 0.95)),
  sign = maker("sign", function(...) return m.randn(...):sign() end),
  sorted = maker("sorted", function(...) return (m.randn(...):sort()) end),
  rt = maker("rt", function(...) return m.randn(...):t() end),
  i = maker("i", function(...) return m.randint(0, 100, {...}) end),
  mask = maker("mask", function(...) return m.randn(...):gt(0) end),
  at = maker("at", positions), spd = maker("spd", definite),
  tri = maker("tri", function(...) return definite(...):cholesky() end),
}

-- ---- Calls ----------------------------------------------------------------

local calls = {
  view = "r(1000,1000), {500,2000}", reshape = "rt(1000,1000), {500,2000}",
  flatten = "r(100,100,100)", unflatten = "r(1000,1000), 2, {10,100}",
  squeeze = "r(1000,1,1000)", unsqueeze = "r(1000,1000), 1",
  transpose = "r(1000,1000), 1, 2", permute = "r(100,100,100), {3,1,2}",
  movedim = "r(100,100,100), 1, 3", expand = "r(1000,1), {1000,1000}",
  expand_as = "r(1000,1), r(1000,1000)", slice = "r(1000,1000), {1}, {999}",
  narrow = "r(1000,1000), 2, 2, 900", select = "r(1000,1000), 1, 2",
  split = "r(1000,1000), 100", chunk = "r(1000,1000), 10",
  unbind = "r(100,10000)", contiguous = "rt(1000,1000)",
  to = "r(1000,1000), 'f64'", flip = "r(1000,1000), 2",
  roll = "r(1000,1000), 3, 2", tile = "r(500,1000), {2,1}",
  unfold = "r(1000000), 1, 10, 10", rot90 = "r(1000,1000)",
  diagonal = "r(1000,1000)", diag = "r(1000)", tril = "r(1000,1000)",
  triu = "r(1000,1000)", pad = "r(1000,1000), {1,1}",
  bitwise_not = "i(1000,1000)", bitwise_and = "i(1000,1000), i(1000,1000)",
  bitwise_or = "i(1000,1000), i(1000,1000)",
  bitwise_xor = "i(1000,1000), i(1000,1000)",
  logical_and = "r(1000,1000), r(1000,1000)",
  logical_or = "r(1000,1000), r(1000,1000)",
  logical_xor = "r(1000,1000), r(1000,1000)",
  where = "mask(1000,1000), r(1000,1000), r(1000,1000)",
  prelu = "r(1000,1000), r(1000)", sum = "r(1000,1000), 2",
  any = "r(1000,1000), 2", all = "r(1000,1000), 2",
  count_nonzero = "r(1000,1000), 2", mean = "r(1000,1000), 2",
  amax = "r(1000,1000), 2", amin = "r(1000,1000), 2",
  prod = "p(1000,1000), 2", var = "r(1000,1000), 2", std = "r(1000,1000), 2",
  norm = "r(1000,1000), {dim=2}", logsumexp = "r(1000,1000), 2",
  max = "r(1000,1000), 2", min = "r(1000,1000), 2",
  argmax = "r(1000,1000), 2", argmin = "r(1000,1000), 2",
  sort = "r(1000,1000)", argsort = "r(1000,1000)", topk = "r(1000,1000), 10",
  median = "r(1000,1000), 2", kthvalue = "r(1000,1000), 300",
  quantile = "r(1000,1000), 0.3, 2", nansum = "r(1000,1000), 2",
  nanmean = "r(1000,1000), 2", cumsum = "r(1000,1000), 2",
  cumprod = "u(1000,1000), 2", logcumsumexp = "r(1000,1000), 2",
  cummax = "r(1000,1000), 2", cummin = "r(1000,1000), 2",
  diff = "r(1000,1000)", unique = "i(1000000)",
  unique_consecutive = "i(1000000)", searchsorted = "sorted(1000), r(1000000)",
  bucketize = "r(1000000), sorted(1000)", isin = "i(1000000), i(1000)",
  bincount = "at(1000,1000000)", histc = "r(1000,1000), 100",
  softmax = "r(1000,1000)", log_softmax = "r(1000,1000)",
  index_select = "r(1000,1000), 1, at(1000,1000)",
  index_add = "r(1000,1000), 1, at(1000,1000), r(1000,1000)",
  index_fill = "r(1000,1000), 1, at(1000,500), 5",
  repeat_interleave = "r(500,1000), 2, 1",
  embedding = "r(10000,100), at(10000,10000)",
  gather_rows = "r(10000,100), at(10000,10000)",
  one_hot = "at(100,10000), 100",
  gather = "r(1000,1000), 2, at(1000,1000,1000)",
  scatter = "r(1000,1000), 2, at(1000,1000,1000), r(1000,1000)",
  scatter_add = "r(1000,1000), 2, at(1000,1000,1000), r(1000,1000)",
  take_along_dim = "r(1000,1000), at(1000,1000,1000), 2",
  nonzero = "mask(1000,1000)", mask_rows = "r(1000,1000), mask(1000)",
  masked_select = "r(1000,1000), mask(1000,1000)",
  masked_fill = "r(1000,1000), mask(1000,1000), 5",
  matmul = "r(1000,1000), r(1000,1000)", mm = "r(1000,1000), r(1000,1000)",
  bmm = "r(100,100,100), r(100,100,100)", mv = "r(1000,1000), r(1000)",
  dot = "r(1000000), r(1000000)", outer = "r(1000), r(1000)",
  addmm = "r(1000,1000), r(1000,1000), r(1000,1000)",
  baddbmm = "r(100,100,100), r(100,100,100), r(100,100,100)",
  linear = "r(1000,1000), r(1000,1000), r(1000)",
  solve = "spd(10,100), r(10,100,100)", inv = "spd(10,100)",
  solve_triangular = "tri(10,100), r(10,100,100), {upper=false}",
  det = "spd(10,100)", slogdet = "spd(10,100)", qr = "spd(10,100)",
  lstsq = "spd(10,100), r(10,100,100)", svd = "spd(5,100)",
  svdvals = "spd(5,100)", pinv = "spd(5,100)", eigh = "spd(5,100)",
  eigvalsh = "spd(5,100)", cholesky = "spd(10,100)",
  cholesky_solve = "r(10,100,100), tri(10,100)",
  matrix_norm = "r(1000,1000)", cond = "spd(5,100)",
  matrix_rank = "spd(5,100)", matrix_power = "spd(10,100), 5",
  trace = "r(1000,1000)",
  conv2d = "r(16,16,64,64), r(16,16,3,3), r(16), 1, 1",
  conv1d = "r(16,16,4000), r(16,16,3), r(16), 1, 1",
  conv_transpose2d = "r(16,16,32,32), r(16,16,2,2), r(16), 2",
  conv_transpose1d = "r(16,16,2000), r(16,16,2), r(16), 2",
  max_pool2d = "r(16,16,128,128), 2", avg_pool2d = "r(16,16,128,128), 2",
  adaptive_avg_pool2d = "r(16,16,64,64), 8",
  adaptive_max_pool2d = "r(16,16,64,64), 8",
  max_pool1d = "r(16,16,8000), 2", avg_pool1d = "r(16,16,8000), 2",
  adaptive_avg_pool1d = "r(16,16,4000), 8",
  adaptive_max_pool1d = "r(16,16,4000), 8",
  interpolate = "r(16,16,32,32), {scale_factor=2, mode='bilinear'}",
  pixel_shuffle = "r(16,16,64,64), 2", pixel_unshuffle = "r(16,16,64,64), 2",
  batch_norm = "r(16,16,64,64), {weight=p(16), bias=r(16), training=true}",
  layer_norm = "r(1000,1000), {1000}, p(1000), r(1000)",
  rms_norm = "r(1000,1000), {1000}, p(1000), 1e-5",
  group_norm = "r(16,16,64,64), 4, p(16), r(16)",
  instance_norm = "r(16,16,64,64)",
  cross_entropy = "r(1000,1000), at(1000,1000)",
  nll_loss = "r(1000,1000), at(1000,1000)",
  binary_cross_entropy = "prob(1000,1000), prob(1000,1000)",
  binary_cross_entropy_with_logits = "r(1000,1000), prob(1000,1000)",
  soft_margin_loss = "r(1000,1000), sign(1000,1000)",
  hinge_embedding_loss = "r(1000,1000), sign(1000,1000)",
  margin_ranking_loss = "r(1000000), r(1000000), sign(1000000)",
  multi_margin_loss = "r(1000,1000), at(1000,1000)",
  cosine_embedding_loss = "r(1000,1000), r(1000,1000), sign(1000)",
  triplet_margin_loss = "r(1000,1000), r(1000,1000), r(1000,1000)",
  cosine_similarity = "r(1000,1000), r(1000,1000)",
  normalize = "r(1000,1000)", cdist = "r(1000,16), r(1000,16)",
  pairwise_distance = "r(1000,1000), r(1000,1000)",
  zeros = "1000, 1000", ones = "1000, 1000", full = "{1000,1000}, 1.5",
  full_like = "r(1000,1000), 2.5", eye = "1000", arange = "1000000",
  range = "1, 1000000", linspace = "0, 1, 1000000",
  cat = "{r(1000,500), r(1000,500)}, 2", stack = "{r(500,1000), r(500,1000)}",
  meshgrid = "{r(1000), r(1000)}",
}

-- r(2,3) in the first sample that has nothing else, as r(1000,1000).
local function call_of(row)
  if calls[row.name] then return calls[row.name] end
  for _, sample in ipairs(row.samples) do
    local other = sample:gsub("%f[%w][rpu]%(2,3%)", "")
    if sample:sub(1, 1) ~= "!" and not other:find "%(" then
      return (sample:gsub("%(2,3%)", "(1000,1000)"))
    end
  end
end

-- ---- One operation --------------------------------------------------------

local function floats_of(samples, args)
  local list = {}
  samples.map(args, function(t)
    if t.dtype:sub(1, 1) == "f" then list[#list + 1] = t end
    return t
  end)
  return list
end

local function forward(f, args)
  return function()
    local y = f(table.unpack(args, 1, args.n))
    if m.is_tensor(y) then y:free() end
  end
end

local function first(v)
  return type(v) == "table" and v[1] or v
end

-- A step through forward and backward; nil where there is no gradient.
local function both(f, args, floats)
  if not floats[1] then return end
  for _, t in ipairs(floats) do t.requires_grad = true end
  local y = first(f(table.unpack(args, 1, args.n)))
  if not (m.is_tensor(y) and y.requires_grad) then return end
  local g = m.ones(y.shape, {dtype = y.dtype})
  return function()
    local out = f(table.unpack(args, 1, args.n))
    local z = first(out)
    z:backward(g)
    for _, t in ipairs(floats) do t.grad = nil end
    if m.is_tensor(out) then out:free() end
  end
end

-- What the peer needs to do the same, as ops.lua of tests/golden has it.
local function message(samples, row, args, backward)
  local case = {op = row.name, order = {}, args = {}, backward = backward}
  local bound = samples.bind(row, args)
  for i, a in ipairs(samples.signature(row)) do
    case.order[i] = a.name .. (a.optional and "?" or "")
    local v = bound[a.name]
    if v == nil and a.type == "dtype" then v = a.default end
    case.args[a.name] = samples.encode(v, a.type, false,
      function(t) return spec_of[t] end)
  end
  return json.encode(case)
end

local function compare(bench, row, step, args, backward)
  local peer = bench.peer
  local answer = peer:ask(message(bench.samples, row, args, backward))
  local ours = harness.own(step)
  local n = harness.steps(ours, BLOCK)
  local name = row.name .. (backward and " + gradient" or "")
  if answer ~= "ready" then
    bench.left[#bench.left + 1] = name .. ": " .. tostring(answer)
    return
  end
  peer:block(1)
  local r = harness.pairs(ours, peer, n, bench.rounds)
  r.name, r.ratio = name, 1 / r.ratio
  r.low, r.high = 1 / r.high, 1 / r.low
  bench.found[#bench.found + 1] = r
end

local function measure(bench, row)
  local text = call_of(row)
  local ok, why = pcall(function()
    local args = bench.samples.arguments(text, nil, setmetatable(words,
      {__index = {m = m}}))
    local f = m[row.name]
    compare(bench, row, forward(f, args), args, false)
    local floats = row.differentiable and floats_of(bench.samples, args) or {}
    local step = both(f, args, floats)
    if step then compare(bench, row, step, args, true) end
  end)
  collectgarbage()
  if not ok then
    bench.left[#bench.left + 1] = row.name .. ": " .. tostring(why)
  end
end

-- ---- The table ------------------------------------------------------------

local function line(r)
  print(("%-44s %9.3f ms %9.3f ms  %5.2f (%.2f-%.2f)"):format(r.name,
    r.ours * 1e3, r.theirs * 1e3, r.ratio, r.low, r.high))
end

local function report(bench)
  table.sort(bench.found, function(a, b) return a.ratio > b.ratio end)
  print(("%-44s %12s %12s  %s"):format("a million elements, f32, one thread",
    "mlrt", "PyTorch", "mlrt / PyTorch (min-max)"))
  local slow = 0
  for _, r in ipairs(bench.found) do
    line(r)
    slow = slow + (r.ratio > SLOW and 1 or 0)
  end
  for _, text in ipairs(bench.left) do print("not compared: " .. text) end
  print(("%d calls, %d of them more than %.1f times PyTorch's time"):format(
    #bench.found, slow, SLOW))
  for i = 1, slow do line(bench.found[i]) end
end

local function is_compared(row, only)
  return row.name:sub(1, 1) ~= "_" and row.kind ~= "inplace"
    and not row.args:find("generator", 1, true)
    and (not only or (" " .. only .. " "):find(" " .. row.name .. " ", 1, true))
end

--- Measures every operation, or those named in `only`, and prints the table.
return function(rounds, only)
  m.threads(1)
  m.seed(1)
  local peer, why = harness.peer(("python3 '%s/peers/width_torch.py' 1")
    :format(here))
  if not peer then
    print("width: not compared: " .. why)
    return
  end
  print("# " .. peer.greeting)
  local bench = {peer = peer, rounds = rounds, found = {}, left = {},
    samples = assert(loadfile(here .. "/../spec/samples.lua"))()}
  for _, row in ipairs(m.ops()) do
    if is_compared(row, only) then measure(bench, row) end
  end
  peer:close()
  report(bench)
end
