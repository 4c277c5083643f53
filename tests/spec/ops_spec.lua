-- ops_spec.lua: everything that can be checked of an operation from its row.
--
-- The samples of a row are argument lists in Lua; samples.lua makes the
-- operands.  Each sample is run in f64 (gradients against central
-- differences, first and second order), in f32 (against f64), on operands
-- that are not contiguous (same values), and in place where the row says that
-- there is such a form.  A sample that begins with `!` must raise a message
-- that has the text behind its ` -- `.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows too

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local samples = assert(loadfile(here .. "/samples.lua"))()
local arguments, map, constant = samples.arguments, samples.map,
  samples.constant

-- ---- Walking through arguments --------------------------------------------

local function floats_of(args)
  local list = {}
  map(args, function(t)
    if t.dtype:sub(1, 1) == "f" and not constant[t] then
      list[#list + 1] = t
    end
    return t
  end)
  return list
end

-- The arguments with their float tensors, in order of the walk, replaced.
local function with_floats(args, replace)
  return map(args, function(t)
    return t.dtype:sub(1, 1) == "f" and replace[t] or t
  end)
end

-- A tensor of the same values whose elements are three apart and lie behind
-- others.
local function scattered(t)
  if t.ndim == 0 then
    local wide = m.zeros({3}, {dtype = t.dtype == "index" and "i64" or t.dtype})
    if t.dtype == "index" then return t end
    wide:narrow(1, 2, 1):copy_(t:reshape(1))
    return wide:select(1, 2)
  end
  if t.dtype == "index" then
    return m.stack({t, t}, -1):select(-1, 2)
  end
  local wide = m.stack({t, t, t}, -1)
  return wide:select(-1, 2)
end

-- The random numbers of a call are the same each time.
local function rewind(args)
  m.seed(5)
  for _, v in pairs(args) do
    local named = type(v) == "table" and not getmetatable(v) and v.generator
    for _, g in ipairs {v, named or nil} do
      if type(g) == "userdata" and not m.is_tensor(g) then
        g:load_state {key = 7, position = 0}
      end
    end
  end
end

local function call(name, args)
  rewind(args)
  return table.pack(core[name](table.unpack(args, 1, args.n)))
end

-- ---- Comparing ------------------------------------------------------------

local function same(a, b)
  return a == b or (a ~= a and b ~= b)
end

local function flat(t)
  if t.dtype == "index" then t = t:to "i64" end
  if t.dtype == "bool" then t = t:to "u8" end
  return t:reshape(-1):totable()
end

local function compare(got, want, tol, what)
  if not m.is_tensor(want) then
    if type(want) ~= "table" then return end
    for i = 1, #want do compare(got[i], want[i], tol, what) end
    return
  end
  assert(got.shape == want.shape, ("%s: shape %s, wanted %s"):format(what,
    got.shape, want.shape))
  local a, b = flat(got), flat(want)
  for i = 1, #b do
    local fits = same(a[i], b[i])
      or tol > 0 and math.abs(a[i] - b[i]) <= tol * (1 + math.abs(b[i]))
    assert(fits, ("%s: element %d is %s, wanted %s"):format(what, i, a[i],
      b[i]))
  end
end

local function compare_all(got, want, tol, what)
  for i = 1, want.n do compare(got[i], want[i], tol, what) end
end

-- ---- The checks -----------------------------------------------------------

local counts = {rows = 0, gradient = 0, samples = 0, refusals = 0, ran = 0}
local has = {floats = {}, second = {}} -- rows: float results; second order

local function check_refusal(row, sample)
  local text, wanted = sample:match "^!(.-)%s+%-%-%s+(.+)$"
  assert(text, "a failing sample wants ' -- ' and a part of the message")
  local ok, err = pcall(function()
    return call(row.name, arguments(text, "f32"))
  end)
  assert(not ok, ("%s: no error; wanted %q"):format(sample, wanted))
  err = tostring(err)
  assert(err:find(wanted, 1, true), ("%s raised %q; wanted %q"):format(sample,
    err, wanted))
  assert(err:find(row.name, 1, true), err .. ": does not name the function")
  counts.refusals = counts.refusals + 1
end

local function has_writes(row)
  return row.kind == "inplace"
end

local function check_layouts(row, sample)
  local args = arguments(sample)
  local want = call(row.name, arguments(sample))
  local got = call(row.name, map(args, scattered))
  compare_all(got, want, 1e-12, sample .. ", scattered")
end

local function check_f32(row, sample)
  local want = call(row.name, arguments(sample))
  local got = call(row.name, arguments(sample, "f32"))
  compare_all(got, want, 2e-4, sample .. " in f32")
end

-- Finite differences make sense of f64 results only.
local function has_f64(results)
  local found = false
  map(results, function(t)
    found = found or t.dtype == "f64"
    if t.dtype == "f32" then found = false end
    return t
  end)
  return found
end

-- Numbers for which second gradients are checked; the work is their square.
local MOST = 60

-- Gradients of the float operands; for writers the target is cloned first.
local function check_gradient(row, sample)
  local args = arguments(sample)
  if not has_f64(call(row.name, arguments(sample))) then return end
  has.floats[row.name] = true
  local floats = floats_of(args)
  local total = 0
  for _, t in ipairs(floats) do total = total + t:numel() end
  if #floats == 0 or total > 120 then return end
  local function f(...)
    local given, replace = {...}, {}
    for i, t in ipairs(floats) do replace[t] = given[i] end
    local a = with_floats(args, replace)
    if has_writes(row) then a[1] = a[1]:clone() end
    rewind(a)
    return core[row.name](table.unpack(a, 1, args.n))
  end
  local inputs = {}
  for i, t in ipairs(floats) do inputs[i] = t:clone() end
  inputs[#inputs + 1] = {order = total <= MOST and 2 or 1, tol = 1e-4}
  m.gradcheck(f, table.unpack(inputs))
  counts.gradient = counts.gradient + 1
  has.second[row.name] = has.second[row.name] or total <= MOST
end

local function check_in_place(row, sample)
  local want = call(row.name, arguments(sample))[1]
  local args = arguments(sample)
  local x = args[1]
  if not (m.is_tensor(x) and x.shape == want.shape and x.dtype == want.dtype)
  then
    return
  end
  args[1] = x:clone()
  compare(call(row.name .. "_", args)[1], want, 1e-12, sample .. " in place")
  compare(args[1], want, 1e-12, sample .. ", the target")
end

local function run(row, sample)
  if sample:sub(1, 1) == "!" then return check_refusal(row, sample) end
  counts.samples = counts.samples + 1
  call(row.name, arguments(sample))
  if not has_writes(row) then check_layouts(row, sample) end
  check_f32(row, sample)
  if row.inplace then check_in_place(row, sample) end
  if row.differentiable then check_gradient(row, sample) end
end

-- ---- Every row ------------------------------------------------------------

-- Rows whose values are random: other layouts and dtypes get other numbers.
local function is_random(row)
  return row.args:find("generator", 1, true) ~= nil
end

local function run_random(row, sample)
  if sample:sub(1, 1) == "!" then return check_refusal(row, sample) end
  local a = call(row.name, arguments(sample))
  compare_all(call(row.name, arguments(sample)), a, 0, sample .. ", again")
  if row.differentiable then check_gradient(row, sample) end
end

-- How many public rows there are, have a gradient of floats, and had the
-- second one checked; names of those that lack it.
local function tally()
  local n, lacking = {all = 0, gradient = 0, second = 0}, {}
  for _, row in ipairs(m.ops()) do
    local public = row.name:sub(1, 1) ~= "_"
    n.all = n.all + (public and 1 or 0)
    if public and row.differentiable and has.floats[row.name] then
      n.gradient = n.gradient + 1
      n.second = n.second + (has.second[row.name] and 1 or 0)
      if not has.second[row.name] then lacking[#lacking + 1] = row.name end
    end
  end
  return n, lacking
end

describe("ops", function()
  for _, row in ipairs(m.ops()) do
    counts.rows = counts.rows + 1
    if row.name:sub(1, 1) ~= "_" then
      it(row.name .. " has samples", function()
        assert(#row.samples > 0)
        assert(row.doc:find("%.$"), "the doc should end with a full stop")
      end)
    end
    for _, sample in ipairs(row.samples) do
      counts.ran = counts.ran - 1
      it(("%s(%s)"):format(row.name, sample), function()
        counts.ran = counts.ran + 1
        return (is_random(row) and run_random or run)(row, sample)
      end)
    end
  end

  it("are counted, and none lacks a gradient that it should have", function()
    local n, lacking = tally()
    print(("%d operations, %d with backward, %d of these checked to second "
      .. "order"):format(n.all, n.gradient, n.second))
    print(("%d rows, %d samples, %d refusals, %d gradient checks"):format(
      counts.rows, counts.samples, counts.refusals, counts.gradient))
    if counts.ran < 0 then return end -- a filter left samples out
    assert(#lacking == 0, "not checked to second order: "
      .. table.concat(lacking, ", "))
  end)
end)
