-- walk.lua: what names lead to, without running anything of the user's.
--
-- Fields are looked up as Lua does, through tables and through __index where
-- that is a table; a function there is not called, but mlrt's own parts, which
-- are loaded when first used, and a tensor's methods are known.

local late = require "mlrt.late"
local chunk = require "mlrt.prompt.chunk"

local walk = {}

local DEEP = 20 -- tables behind one another through __index

local fields = {"shape", "dtype", "ndim", "grad", "requires_grad", "is_leaf"}

local function raw_meta(v)
  local meta = debug.getmetatable(v)
  return type(meta) == "table" and meta or nil
end

local function is_tensor(v)
  local meta = type(v) == "userdata" and raw_meta(v)
  return meta and rawget(meta, "__name") == "mlrt.Tensor"
end

-- The table that __index names for a value, or nil.
local function behind(v)
  if is_tensor(v) then return require("mlrt").methods end
  local meta = raw_meta(v)
  local index = meta and rawget(meta, "__index")
  return type(index) == "table" and index or nil
end

--- The field of a value, or nil.
function walk.field(v, name)
  for _ = 1, DEEP do
    if type(v) == "table" then
      local value = rawget(v, name)
      if value ~= nil then return value end
      if (late.parts(v) or {})[name] then return v[name] end
    end
    v = behind(v)
    if v == nil then return nil end
  end
end

--- The names of the fields of a value, sorted; only functions and what can be
--- called if `methods`.
function walk.names(v, methods)
  local seen, list = {}, {}
  local function add(name, value)
    if type(name) ~= "string" or seen[name] or not name:find "^[%a_][%w_]*$"
      or methods and type(value) ~= "function" and not raw_meta(value) then
      return
    end
    seen[name] = true
    list[#list + 1] = name
  end
  if is_tensor(v) and not methods then
    for _, name in ipairs(fields) do add(name, name) end
  end
  for _ = 1, DEEP do
    if type(v) == "table" then
      for name, value in next, v do add(name, value) end
      for name in pairs(late.parts(v) or {}) do add(name, print) end
    end
    v = behind(v)
    if v == nil then break end
  end
  table.sort(list)
  return list
end

--- What names = {"m", "nn", "Linear"} lead to from the session's variables.
function walk.resolve(vars, names)
  local v = chunk.find(vars, names[1])
  for i = 2, #names do
    if v == nil then return nil end
    v = walk.field(v, names[i])
  end
  return v
end

--- An operation's row by its name, sum_ and sum alike; nil if there is none.
function walk.row(name)
  for _, row in ipairs(require("mlrt").ops()) do
    if row.name == name or row.inplace and row.name .. "_" == name then
      return row
    end
  end
end

return walk
