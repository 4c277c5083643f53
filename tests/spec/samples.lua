-- samples.lua: the samples of the rows, as values.
--
-- A sample is an argument list in Lua in which `r(2,3)` and its kin make the
-- operands.  This file makes them, in a dtype that is asked for, and says
-- which argument of the row each one is.

local m = require "mlrt"

local samples = {}

-- What m.zeros and its kin make in samples: no gradient is looked for.
samples.constant = setmetatable({}, {__mode = "k"})

-- ---- Operands -------------------------------------------------------------

-- The module as samples see it: makers give the dtype at hand.
local function module_of(dtype, g)
  local function maker(name, o)
    return function(first, ...)
      local given = type(first) == "table" and first or {first, ...}
      local shape = table.move(given, 1, #given, 1, {})
      local x = m[name](shape, {dtype = given.dtype or dtype,
        generator = o and g})
      samples.constant[x] = true
      return x
    end
  end
  return setmetatable({zeros = maker "zeros", ones = maker "ones",
    rand = maker("rand", true)}, {__index = m})
end

local function uniform(g, low, high, kind)
  return function(...)
    local x = m.rand({...}, {dtype = "f64", generator = g}) * (high - low) + low
    if kind == "bool" then return x:gt(0.5) end
    return (kind:sub(1, 1) == "f" and x or x:floor()):to(kind)
  end
end

-- Values at which operations take another way; no two orders are alike.
local inf, nan = math.huge, 0 / 0
local special = {
  f64 = {nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -3.0, 6.0,
    5e-324, -1e-310, 1.7e308, -1e20, 710.0, -25.0},
  f32 = {nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -3.0, 6.0,
    0x1p-149, -0x1p-130, 3e38, -1e20, 89.0, -25.0},
  i64 = {0, 1, -1, 2, -3, 7, -8, 63, 1 << 53, math.maxinteger, math.mininteger},
  i32 = {0, 1, -1, 2, -3, 7, -8, 31, 0x7fffffff, -0x80000000, 46341},
  u8 = {0, 1, 2, 3, 7, 8, 31, 128, 200, 254, 255},
  bool = {true, false},
}

-- s(2,3): special values; z(2,3): the same in another order, none 0.
local function specials(dtype, turn)
  local list = special[dtype]
  return function(...)
    local n, values = 1, {}
    for _, size in ipairs {...} do n = n * size end
    for i = 0, n - 1 do
      local v = list[(turn and i * 7 + 4 or i) % #list + 1]
      values[i + 1] = turn and (v == 0 or v == -1) and dtype ~= "bool"
        and dtype:sub(1, 1) ~= "f" and 3 or v
    end
    return m.tensor(values, {dtype = dtype}):reshape {...}
  end
end

--- Functions that make operands of a dtype, always the same ones in a row.
function samples.vocabulary(dtype)
  local g = m.generator(11)
  local float = dtype:sub(1, 1) == "f"
  local least = (dtype == "u8" or dtype == "bool") and 0 or -9
  return {
    m = module_of(dtype, g), math = math,
    r = uniform(g, float and -2 or least, float and 2 or dtype == "bool" and 1
      or 10, dtype),
    p = uniform(g, float and 0.5 or 1, float and 2 or 6, dtype),
    u = uniform(g, float and -0.9 or math.max(least, -3), float and 0.9 or 4,
      dtype),
    t = function(v) return m.tensor(v, {dtype = dtype}) end,
    s = specials(dtype, false), z = specials(dtype, true),
    b = m.tensor, ix = m.index,
    i = function(...)
      return uniform(g, -4, 5, "f64")(...):floor():to "i64"
    end,
  }
end

--- The arguments of a sample as a packed list.
function samples.arguments(sample, dtype, env)
  env = env or samples.vocabulary(dtype or "f64")
  return table.pack(assert(load("return " .. sample, sample, "t", env))())
end

-- ---- Walking through arguments --------------------------------------------

--- The same arguments with every tensor t replaced by change(t).
function samples.map(v, change)
  if m.is_tensor(v) then return change(v) end
  if type(v) ~= "table" or getmetatable(v) then return v end
  local copy = {}
  for key, value in pairs(v) do copy[key] = samples.map(value, change) end
  return copy
end

--- The arguments of a row as a list of {name, type, optional, default}.
function samples.signature(row)
  local list = {}
  for text in row.args:gmatch "[^,;]+" do
    local name, type, rest = text:match "^%s*([%w_]+):%s*([%w_|]+)(.*)$"
    local default = rest:match "=%s*(%S+)"
    list[#list + 1] = {name = name, type = type, default = default,
      optional = default ~= nil or rest:find("?", 1, true) ~= nil}
  end
  return list
end

-- ---- Which argument is which, as bindings/largs.c has it ------------------

local is_list = {ints = true, dims = true, shape = true}

local function split_options(args)
  local last, n = args[args.n], args.n
  if type(last) ~= "table" or getmetatable(last) then return {}, n end
  for key in pairs(last) do
    if type(key) == "string" then
      return last, #last > 0 and n or n - 1
    end
  end
  return {}, n
end

local function required_after(signature, i, options)
  local n = 0
  for j = i + 1, #signature do
    local a = signature[j]
    if not a.optional and options[a.name] == nil then n = n + 1 end
  end
  return n
end

local is_number = {int = true, pos = true, dim = true, number = true,
  scalar = true, operand = true}

-- May a run of numbers be list i?  The last could belong to an optional one.
local function may_run(signature, i)
  for j = i + 1, #signature do
    local a = signature[j]
    if a.optional and (is_number[a.type] or is_list[a.type]) then
      return false
    end
  end
  return true
end

-- The numbers from `at` that are one list, and the first place behind them.
local function run(args, at, n, more)
  if type(args[at]) ~= "number" then return args[at], at + 1 end
  local list = {}
  while at <= n - more and type(args[at]) == "number" do
    list[#list + 1], at = args[at], at + 1
  end
  return list, at
end

local function run_of_tensors(args, at)
  local list = {}
  while m.is_tensor(args[at]) do list[#list + 1], at = args[at], at + 1 end
  return list, at
end

--- The packed arguments of a sample by their names in the row.
function samples.bind(row, args)
  local signature, bound = samples.signature(row), {}
  local options, n = split_options(args)
  local at, i = 1, 1
  while at <= n do
    local a = signature[i]
    local more = required_after(signature, i, options)
    if not (a.optional and n - at < more) then
      if a.type == "tensors" and m.is_tensor(args[at]) then
        bound[a.name], at = run_of_tensors(args, at)
      elseif is_list[a.type] and may_run(signature, i) then
        bound[a.name], at = run(args, at, n, more)
      else
        bound[a.name], at = args[at], at + 1
      end
    end
    i = i + 1
  end
  for name, v in pairs(options) do
    if type(name) == "string" then bound[name] = v end
  end
  return bound
end

-- ---- Arguments as PyTorch has them ----------------------------------------

local counted = {dim = true, dims = true, pos = true}

local function from_0(v)
  if type(v) ~= "table" then return v > 0 and v - 1 or v end
  local list = {}
  for i, d in ipairs(v) do list[i] = from_0(d) end
  return {list = list}
end

--- A value for tests/golden/ops.py, ready for JSON: counted from 0, numbers as
--- exact texts, tensors as tensor(t) says.  Are numbers positions?
function samples.encode(v, type_, positions, tensor)
  if m.is_tensor(v) then return tensor(v) end
  if counted[type_] and v then return from_0(v) end
  if type(v) == "table" then
    local list = {}
    for i, x in ipairs(v) do list[i] = samples.encode(x, nil, false, tensor) end
    return {list = list}
  end
  if type_ == "dtype" then return v and {dtype = v} end
  if type(v) ~= "number" then return v end
  if positions and (type_ == "operand" or type_ == "scalar") then v = v - 1 end
  return {number = math.type(v) == "float" and ("%a"):format(v) or tostring(v)}
end

return samples
