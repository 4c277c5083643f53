-- examples.lua: an example for each operation of the reference, with what it
-- prints.
--
--   build/mlrun docs/gen/examples.lua docs
--
-- The example is one of the row's samples, with operands that can be read,
-- written out so that it can be copied, and run.  Short operands become
-- literals, long ones a range.  `make docs` runs this on the pages that genops
-- has just written; the test run does so again and compares.

local m = require "mlrt"

local here = arg[0]:match "^(.*)/[^/]*$"
local samples = assert(loadfile(here .. "/../../tests/spec/samples.lua"))()

local SHORT, LINES = 12, 10 -- elements of a literal, lines of a result

-- ---- Operands -------------------------------------------------------------

local some = {
  r = {2.1, -0.4, 1.3, 0.7, 3.2, -1.1, 1.6, -2.3, 2.5, -1.5, 0, 4},
  p = {1, 2, 0.5, 3, 1.5, 4, 2.5, 0.25},
  u = {0.5, -0.25, 0.75, 0.1, -0.5, 0.2, -0.8},
  i = {3, -2, 0, 4, 1, -3, 2, 3, 0},
}

-- Operands of a kind: its values in turn, each operand beginning elsewhere.
local function maker(list, dtype, state)
  return function(...)
    local n, values = 1, {}
    for _, size in ipairs {...} do n = n * size end
    for k = 1, n do
      values[k] = list[(state.at + k - 1) % #list + 1]
    end
    state.at = state.at + n + 1
    return m.tensor(values, {dtype = dtype}):reshape {...}
  end
end

local function vocabulary()
  local env, state = samples.vocabulary "f32", {at = 0}
  for name, list in pairs(some) do
    env[name] = maker(list, name == "i" and "i64" or "f32", state)
  end
  return env
end

-- ---- Values as Lua --------------------------------------------------------

local function number(v)
  if math.type(v) == "integer" then return tostring(v) end
  if v ~= v then return "0/0" end
  if v == math.huge or v == -math.huge then return v > 0 and "1/0" or "-1/0" end
  return ("%.4g"):format(v)
end

-- A value as Lua writes it; tensors by their names.
local function literal(v, name_of)
  if m.is_tensor(v) then return name_of[v] end
  if type(v) == "string" then return ("%q"):format(v) end
  if type(v) == "number" then return number(v) end
  if type(v) ~= "table" then return tostring(v) end
  local parts, names = {}, {}
  for i, x in ipairs(v) do parts[i] = literal(x, name_of) end
  for name in pairs(v) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    parts[#parts + 1] = name .. " = " .. literal(v[name], name_of)
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- The text that makes a tensor.
local function making(t)
  local dtype, whole = t.dtype, t.dtype ~= "f32" and t.dtype ~= "bool"
  if t:numel() > SHORT and dtype ~= "index" then
    return ("m.range(1, %d, {dtype = %q}):reshape(%s)"):format(t:numel(), dtype,
      table.concat(t.shape, ", "))
  end
  local values = t:totable()
  if type(values) ~= "table" then
    return ("m.tensor(%s%s)"):format(literal(values),
      whole and (", {dtype = %q}"):format(dtype) or "")
  elseif dtype == "index" then
    return "m.index " .. literal(values)
  elseif whole then
    return ("m.tensor(%s, {dtype = %q})"):format(literal(values), dtype)
  end
  return "m.tensor " .. literal(values)
end

-- ---- A sample as a program ------------------------------------------------

local function visible(outs)
  local names = {}
  for name in outs:gmatch "[%w_]+" do
    if name:sub(1, 1) ~= "_" then names[#names + 1] = name end
  end
  return names
end

-- Lines that make the tensors among the arguments, and their names instead.
local function bind_tensors(bound, signature, lines)
  local name_of = {}
  local function name(t, text)
    name_of[t] = text
    lines[#lines + 1] = ("%s = %s"):format(text, making(t))
  end
  for _, a in ipairs(signature) do
    local v = bound[a.name]
    if m.is_tensor(v) then name(v, a.name) end
    if type(v) == "table" and m.is_tensor(v[1]) then
      for i, t in ipairs(v) do name(t, string.char(96 + i)) end
    end
  end
  return name_of
end

local function program(row, args)
  local lines, signature = {}, samples.signature(row)
  if row.args:find("generator", 1, true) then lines[1] = "m.seed(1)" end
  local name_of = bind_tensors(samples.bind(row, args), signature, lines)
  local given = {}
  for i = 1, args.n do given[i] = literal(args[i], name_of) end
  local head = "m." .. row.name
  if row.method and m.is_tensor(args[1]) then
    head = table.remove(given, 1) .. ":" .. row.name
  end
  local alone = #given == 1 and given[1]:sub(1, 1) == "{"
  lines[#lines + 1] = (alone and "%s = %s %s" or "%s = %s(%s)"):format(
    table.concat(visible(row.outs), ", "), head, table.concat(given, ", "))
  return lines
end

-- ---- What it prints -------------------------------------------------------

local function shown(name, t, lines)
  local text, n = tostring(t), 1
  for _ in text:gmatch "\n" do n = n + 1 end
  if n > LINES then text = text:match "^[^\n]*" .. " ..." end
  for line in (name .. " = " .. text):gmatch "[^\n]+" do
    lines[#lines + 1] = "--> " .. line
  end
end

-- The program and its results; they are what running its text gives.
local function run(row, args)
  local lines = program(row, args)
  local env = {m = m}
  assert(load(table.concat(lines, "\n"), row.name, "t", env))()
  for _, name in ipairs(visible(row.outs)) do
    local v = env[name]
    if m.is_tensor(v) then
      shown(name, v, lines)
    elseif v then
      for i = 1, #v do shown(("%s[%d]"):format(name, i), v[i], lines) end
    end
  end
  return lines
end

-- ---- Which sample ---------------------------------------------------------

-- How hard a sample is to read: its elements; nil if it cannot be written.
local function weight(args)
  local total, fits = 0, true
  samples.map(args, function(t)
    local n = t:numel()
    total = total + (n == 0 and 200 or t.ndim == 0 and 50 or n)
    fits = fits and (n <= SHORT or t.dtype ~= "bool")
    return t
  end)
  local function look(v)
    if type(v) == "userdata" and not m.is_tensor(v) then fits = false end
    if type(v) == "table" then for _, x in pairs(v) do look(x) end end
  end
  for i = 1, args.n do look(args[i]) end
  return fits and total
end

local function count(bound)
  local n = 0
  for _ in pairs(bound) do n = n + 1 end
  return n
end

-- Of the samples of at most SHORT elements the one with most arguments, or
-- else the lightest.
local function example(row)
  local best, least
  for _, sample in ipairs(row.samples) do
    if sample:sub(1, 1) ~= "!" then
      local args = samples.arguments(sample, nil, vocabulary())
      local w = weight(args)
      if w and w <= SHORT then w = -count(samples.bind(row, args)) end
      local ok, lines = pcall(run, row, args)
      if w and ok and (not least or w < least) then best, least = lines, w end
    end
  end
  return best
end

-- ---- The pages ------------------------------------------------------------

local function read(path)
  local f = assert(io.open(path))
  local text = f:read "a"
  f:close()
  return text
end

local function write(path, text)
  local f = assert(io.open(path, "w"))
  assert(f:write(text))
  assert(f:close())
end

-- genops leaves a comment where the example belongs.
local function add_examples(text, rows)
  return (text:gsub("<!%-%- example ([%w_]+) %-%->", function(name)
    local lines = example(rows[name])
    if not lines then error("no sample of " .. name .. " can be shown") end
    return "```lua\n" .. table.concat(lines, "\n") .. "\n```"
  end))
end

local rows, families = {}, {}
for _, row in ipairs(m.ops()) do
  rows[row.name], families[row.family] = row, true
end
for family in pairs(families) do
  local path = ("%s/reference/%s.md"):format(arg[1], family)
  write(path, add_examples(read(path), rows))
end
