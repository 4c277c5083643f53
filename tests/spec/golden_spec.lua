-- golden_spec.lua: every operation against PyTorch's values and gradients.
--
-- tests/golden/ops.json has the calls, samples of the rows and operands of
-- special values; tests/golden/ops.npz their numbers, one after the other.
-- `make golden` writes both.  An operation without golden values fails, unless
-- its values are random or it only writes into its argument.

local m = require "mlrt"
local json = require "mlrt.json"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local samples = assert(loadfile(here .. "/samples.lua"))()

local function read_calls()
  local f = assert(io.open(here .. "/../golden/ops.json"))
  local text = f:read "a"
  f:close()
  return json.decode(text).cases
end

-- The numbers as two lists of Lua: floats, and whole ones.
local function read_numbers()
  local arrays = assert(m.io.read_npz(here .. "/../golden/ops.npz"))
  return arrays.floats:totable(), arrays.whole:totable()
end

-- ---- What is compared -----------------------------------------------------

-- Outputs that are what they are but for a sign: their sizes are compared.
local factors = {svd = true, eigh = true, qr = true}

-- PyTorch is nan where these have a limit (docs/differences.md).
local limits = {gelu = true, silu = true, mish = true, hardswish = true,
  softsign = true}

-- PyTorch takes the gradient, or a number, through f32.
local rounded = {hardsigmoid = true, celu = true, lerp = true, pow = true}

local function tolerance(op, dtype)
  return dtype == "f64" and (rounded[op] and 1e-7 or 1e-10) or 1e-5
end

local function flat(t)
  if t.dtype == "index" then t = t:to "i64" - 1 end
  if t.dtype == "bool" then t = t:to "u8" end
  return t:detach():reshape(-1):totable()
end

local function close_to(a, b, tol)
  if a == b or (a ~= a and b ~= b) then return true end
  return math.abs(a - b) <= tol * (1 + math.abs(b)) and math.abs(b) < math.huge
end

local function complain(what, i, got, want)
  error(("%s: element %d is %.17g, PyTorch has %.17g"):format(what, i, got,
    want), 0)
end

-- t has the elements list[from], list[from + 1], ...
local function compare_values(op, t, list, from, what)
  local tol = tolerance(op, t.dtype)
  for i, v in ipairs(flat(t)) do
    local want = list[from + i - 1]
    local open = limits[op] and (want ~= want or math.abs(want) > 1e300)
    if not open and not close_to(v, want, tol) then
      complain(what, i, v, want)
    end
  end
end

-- The same of the gradient of x.  PyTorch is not of one mind about what it is
-- where x is nan; its nan elsewhere is not asked for.  An overflow may come
-- sooner or later.
local function compare_gradient(op, g, x, list, from, what)
  local tol, at = 10 * tolerance(op, x.dtype), flat(x)
  local huge = x.dtype == "f64" and 1e300 or 1e36
  for i, v in ipairs(flat(g)) do
    local want = list[from + i - 1]
    local open = at[i] ~= at[i] or want ~= want
      or v * want > 0 and math.min(math.abs(v), math.abs(want)) > huge
    if not open and not close_to(v, want, tol) then
      complain(what, i, v, want)
    end
  end
end

-- ---- One call -------------------------------------------------------------

-- Floating-point operands, by the names of their arguments, as leaves.
local function leaves_of(bound)
  local leaves = {}
  for name, v in pairs(bound) do
    samples.map(v, function(t)
      if t.dtype:sub(1, 1) == "f" then
        leaves[name] = leaves[name] or {}
        table.insert(leaves[name], t)
      end
      return t
    end)
  end
  return leaves
end

local function outputs(op, args)
  local outs = {m[op](table.unpack(args, 1, args.n))}
  if type(outs[1]) == "table" then outs = outs[1] end
  if factors[op] then
    for i, t in ipairs(outs) do outs[i] = t:abs() end
  end
  return outs
end

-- sum(y w) over the outputs, w = 2 sin(1.3 i + k)
local function weighed(outs)
  local total
  for k, t in ipairs(outs) do
    if t.requires_grad then
      local i = m.arange(0, t:numel()):to "f64"
      local w = ((i * 1.3 + k):sin() * 2):to(t.dtype):reshape(t.shape)
      local part = (t * w):sum():to "f64"
      total = total and total + part or part
    end
  end
  return total
end

local function size_of(signature)
  local n = 1
  for size in signature:gmatch " (%d+)" do n = n * tonumber(size) end
  return n
end

-- Where the numbers of each call begin, as case.floats and case.whole.
local function place(cases)
  local at = {floats = 1, whole = 1}
  for _, case in ipairs(cases) do
    case.floats, case.whole = at.floats, at.whole
    for _, signature in ipairs(case[4]) do
      local list = signature:sub(1, 1) == "f" and "floats" or "whole"
      at[list] = at[list] + size_of(signature)
    end
    for _, signature in ipairs(case[5]) do
      at.floats = at.floats + size_of(signature)
    end
  end
  return cases
end

-- The outputs; returns where the gradients begin.
local function check_outputs(op, outs, case, numbers)
  local at = {floats = case.floats, whole = case.whole}
  for i, signature in ipairs(case[4]) do
    local list = signature:sub(1, 1) == "f" and "floats" or "whole"
    local t = outs[i]
    local dtype = t.dtype == "index" and "i64" or t.dtype
    local got = table.concat({dtype, table.unpack(t.shape)}, " ")
    if got ~= signature then
      error(("output %d is %s, PyTorch has %s"):format(i, got, signature), 0)
    end
    compare_values(op, t, numbers[list], at[list], "output " .. i)
    at[list] = at[list] + t:numel()
  end
  return at.floats
end

local function check_gradients(op, outs, leaves, case, numbers, at)
  local y, nth = weighed(outs), {}
  if y then y:backward() end
  for _, signature in ipairs(case[5]) do
    local name = signature:match "^%S+"
    nth[name] = (nth[name] or 0) + 1
    local leaf = leaves[name][nth[name]]
    local g = leaf.grad or m.zeros_like(leaf)
    eq(leaf:numel(), size_of(signature))
    if g.shape ~= leaf.shape then
      error(("gradient of %s has shape %s"):format(name, g.shape), 0)
    end
    compare_gradient(op, g, leaf, numbers.floats, at, "gradient of " .. name)
    at = at + leaf:numel()
  end
end

local function check(row, case, numbers)
  local kind, sample = case[2], case[3]
  local args = samples.arguments(sample, kind)
  local leaves = leaves_of(samples.bind(row, args))
  for _, signature in ipairs(case[5]) do
    for _, t in ipairs(leaves[signature:match "^%S+"]) do
      t.requires_grad = true
    end
  end
  local outs = outputs(row.name, args)
  local at = check_outputs(row.name, outs, case, numbers)
  if case[5][1] then
    check_gradients(row.name, outs, leaves, case, numbers, at)
  end
end

-- ---- Every row ------------------------------------------------------------

local counts = {golden = 0, gradients = 0, calls = 0}

-- Their values have no other source, or they write into their argument.
local function is_exempt(row)
  return row.kind == "inplace" or row.args:find("generator", 1, true) ~= nil
end

-- Has the call a gradient?  Have its results one to ask for?
local function has_gradient(case)
  return case[5][1] ~= nil
end
local function has_floats(case)
  return table.concat(case[4], " "):find "%f[%w]f" ~= nil
end

local function any(cases, holds)
  for _, case in ipairs(cases) do
    if holds(case) then return true end
  end
  return false
end

local function check_all(row, cases, numbers)
  local wrong = {}
  for _, case in ipairs(cases) do
    local ok, why = pcall(check, row, case, numbers)
    if not ok and #wrong < 5 then
      wrong[#wrong + 1] = ("%s(%s) in %s: %s"):format(row.name, case[3],
        case[2], tostring(why))
    end
  end
  if wrong[1] then error(table.concat(wrong, "\n  "), 0) end
  counts.calls = counts.calls + #cases
  counts.golden = counts.golden + 1
end

-- PyTorch has no gradient of these; gradcheck has to do.
local ungraded = {floor_divide = true, unique = true, unique_consecutive = true}

describe("golden", function()
  local by_op = {}
  for _, case in ipairs(place(read_calls())) do
    by_op[case[1]] = by_op[case[1]] or {}
    table.insert(by_op[case[1]], case)
  end
  local floats, whole = read_numbers()
  local numbers = {floats = floats, whole = whole}
  for _, row in ipairs(m.ops()) do
    if row.name:sub(1, 1) ~= "_" and not is_exempt(row) then
      it(row.name .. " is PyTorch's", function()
        assert(by_op[row.name], "no golden values: run `make golden`")
        local cases = by_op[row.name]
        check_all(row, cases, numbers)
        local graded = any(cases, has_gradient)
        counts.gradients = counts.gradients + (graded and 1 or 0)
        assert(graded or not row.differentiable or ungraded[row.name]
          or not any(cases, has_floats), "no golden gradient")
      end)
    end
  end

  it("values are counted", function()
    print(("%d operations have golden values, %d golden gradients, in %d calls")
      :format(counts.golden, counts.gradients, counts.calls))
  end)
end)
