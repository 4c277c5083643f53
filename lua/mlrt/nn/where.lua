-- where.lua: which module an error happened in.
--
-- While a network runs, Lua's call stack holds one frame of Module.__call for
-- each module that is being evaluated, with the module as its first local.
-- That is all there is to read: nothing is recorded while things go well.

local Module = require "mlrt.nn.module"

local getinfo = debug and debug.getinfo -- a sandbox may have taken it away
local getlocal = debug and debug.getlocal

-- The modules being evaluated, innermost first, and the name of the variable
-- that the outermost was called by.
local function running()
  local list, name = {}, nil
  local level = 2
  local frame = getinfo(level, "f")
  while frame do
    if frame.func == Module.__call then
      local _, module = getlocal(level, 1)
      list[#list + 1] = module
      name = getinfo(level, "n").name
    end
    level = level + 1
    frame = getinfo(level, "f")
  end
  return list, name
end

-- The path from module `outer` to `inner`, or the name of inner's class.
local function path_between(outer, inner)
  for path, module in outer:named_modules() do
    if rawequal(module, inner) and path ~= "" then return path end
  end
  return inner.__name
end

--- "net.3 Linear(21632 -> 128): ", or "" outside of any module.
local function where()
  if not getinfo then return "" end
  local list, name = running()
  if #list == 0 then return "" end
  local parts = {name or list[#list].__name}
  for i = #list - 1, 1, -1 do
    parts[#parts + 1] = path_between(list[i + 1], list[i])
  end
  return ("%s %s: "):format(table.concat(parts, "."), list[1]:title())
end

return where
