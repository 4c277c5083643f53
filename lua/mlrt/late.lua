-- late.lua: parts of a module that are loaded when they are first used.
--
--   return late(rl, "mlrt.rl.", {spaces = {"spaces"}, make = "env"})
--
-- parts: name = "module" whose field of that name it is, {"module"} for the
-- module itself, or {"module", "field"}; modules without the prefix.

local late = {}

local known = setmetatable({}, {__mode = "k"})

--- The parts of a module that has some, or nil.
function late.parts(t)
  return known[t]
end

local function load_part(prefix, part, name)
  if type(part) == "string" then return require(prefix .. part)[name] end
  local value = require(prefix .. part[1])
  if part[2] then value = value[part[2]] end
  return value
end

return setmetatable(late, {__call = function(_, t, prefix, parts)
  known[t] = parts
  return setmetatable(t, {__index = function(self, name)
    local part = parts[name]
    if not part then return nil end
    local value = load_part(prefix, part, name)
    rawset(self, name, value)
    return value
  end})
end})
