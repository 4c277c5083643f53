-- fail.lua: raises errors that blame the caller of the library.
--
-- A mistake in a script surfaces deep inside mlrt/.  `fail` puts the position
-- of the innermost frame that is not the library's own in front of the text,
-- so the script author sees the line to change.

local getinfo = debug and debug.getinfo -- a sandbox may have taken it away

-- What the chunk names of the library's own files begin with.
local own = getinfo and getinfo(1, "S").source:match("^(.*)fail[^/]*$") or ""

-- "file.lua:12: " of the innermost Lua frame outside the library, or "".
local function position()
  if not getinfo or own == "" then return "" end
  local level = 2
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

--- Raises `format % ...` as an error at the script's line.
local function fail(format, ...)
  error(position() .. format:format(...), 0)
end

return fail
