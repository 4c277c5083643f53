-- refused.lua: calls that operations refuse, and in what words.
--
-- A list is lines of text: a call, and indented below it the message without
-- the name of the operation that begins it.
--
--   matmul r(), r(3)
--     () x (3): a number has no inner size; multiply with *
--
-- The operands are those of samples.lua; rows that are private are called too.

local core = require "mlrt.core"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local samples = assert(loadfile(here .. "/samples.lua"))()

-- {name, arguments, message} of every call.
local function parse(list)
  local calls = {}
  for line in list:gmatch "[^\n]+" do
    local name, arguments = line:match "^(%S+) ?(.*)$"
    local call = calls[#calls]
    if name then
      calls[#calls + 1] = {name, arguments}
    else
      local text = line:match "^%s+(.*)$"
      call[3] = call[3] and call[3] .. " " .. text or text
    end
  end
  return calls
end

-- What a call raises, without the place; the sign of nan is the machine's.
local function message(name, arguments)
  local ok, err = pcall(function()
    local args = samples.arguments(arguments, "f32")
    return core[name](table.unpack(args, 1, args.n))
  end)
  if ok then return "nothing" end
  return (tostring(err):gsub("^[^\n]-:%d+: ", ""):gsub("%-nan", "nan"))
end

--- Checks that every call of the list is refused in the words below it.
return function(list)
  for _, call in ipairs(parse(list)) do
    local name, arguments, text = table.unpack(call)
    local got, want = message(name, arguments), name .. ": " .. text
    if got ~= want then
      error(("%s(%s) raised %q; wanted %q"):format(name, arguments, got, want),
        2)
    end
  end
end
