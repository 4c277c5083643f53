-- fail.lua: raises errors that blame the caller of the library.
--
-- A mistake in a script surfaces deep inside mlrt/.  fail(format, ...) puts in
-- front of its text the position of the innermost frame that is not the
-- library's own, so that the script author sees the line to change, and what
-- fail.where says: nn makes that the module which was being evaluated.

local getinfo = debug and debug.getinfo -- a sandbox may have taken it away

local fail = {}

-- What the chunk names of the library's own files begin with.
local own = getinfo and getinfo(1, "S").source:match("^(.*)fail[^/]*$") or ""

-- "file.lua:12: " of the innermost Lua frame outside the library, or "".
local function position()
  if not getinfo or own == "" then return "" end
  local level = 3
  local frame = getinfo(level, "Sl")
  while frame do
    if frame.what ~= "C" and frame.source:sub(1, #own) ~= own then
      return ("%s:%d: "):format(frame.short_src, frame.currentline)
    end
    level = level + 1
    frame = getinfo(level, "Sl")
  end
  return ""
end

--- What stands between the position and the text.
function fail.where()
  return ""
end

return setmetatable(fail, {__call = function(_, format, ...)
  error(position() .. fail.where() .. format:format(...), 0)
end})
