-- errors.lua: what went wrong, in few lines.
--
-- An error is its message, and below it the way from the line typed to the
-- line that failed, if functions of the user's own lie between.  A mistake of
-- syntax is shown in its line, with a mark under the place.  :trace has all of
-- the stack.

local scan = require "mlrt.prompt.scan"
local show = require "mlrt.prompt.show"

local errors = {}

-- ---- Syntax ---------------------------------------------------------------

-- How far Lua's reader got: it is handed one byte at a time.
local function reached(text)
  local at = 0
  load(function()
    at = at + 1
    if at <= #text then return text:sub(at, at) end
  end, "=stdin", "t")
  return math.min(at, #text)
end

-- The token that Lua complained of: the last one that begins before the place
-- it had reached and reads as the message says.
local function offender(text, message)
  local near = message:match "near '(.*)'$" or message:match "variable '(.*)'$"
  local code = near and near:match "^<\\(%d+)>$" -- what is no character of Lua
  if code then near = string.char(code) end
  local stop, best = reached(text), nil
  for _, t in ipairs(scan(text)) do
    if t.from > stop then break end
    if t.open and not near then
      best = t.from
    elseif near and (t.text == near or t.text:sub(1, #near) == near) then
      best = t.from
    end
  end
  return best or stop
end

local function columns_of(text)
  return utf8.len(text) or #text
end

--- The line of the text that a message of load() means, a mark below it.
function errors.syntax(text, message)
  local at = offender(text, message)
  local before = text:sub(1, at - 1):match "[^\n]*$"
  local line = before .. text:sub(at):match "^[^\n]*"
  if columns_of(line) + 2 >= show.width then -- a window around the place
    local first = math.max(1, #before - show.width // 2)
    line = line:sub(first, first + show.width - 4)
    before = before:sub(first)
  end
  return ("  %s\n  %s^\n%s"):format(show.clean(line):gsub("\t", " "),
    (" "):rep(columns_of(before)), show.clean(message))
end

-- ---- The way to a failure -------------------------------------------------

local DEEP = 20000 -- frames: a recursion without end

-- How many frames there are, looking at few: finding one takes as long as it
-- is deep.  nil if there are too many for that.
local function depth_from(level)
  if debug.getinfo(DEEP, "l") then return nil end
  local low, high = level, DEEP
  while low < high do
    local middle = (low + high) // 2
    if debug.getinfo(middle, "l") then low = middle + 1
    else high = middle end
  end
  return low - 1
end

-- What the chunk names of the library's own files begin with.
local own = debug.getinfo(1, "S").source:match "^(.*mlrt/)prompt/" or "=mlrt/"

local function is_own(source)
  return source:sub(1, #own) == own or source == "=[C]"
end

-- "in f (train.lua:12)"
local function frame_text(info)
  local what = info.name and info.namewhat ~= "" and info.name
    or info.what == "main" and "the file" or "a function"
  return ("  in %s (%s:%d)"):format(what, info.short_src, info.currentline)
end

--- The level, for the caller, of the frame of function f; nil if it has none.
--- It lies near the bottom of the stack.
function errors.level_of(f)
  local last = depth_from(2)
  if not last then return nil end
  for level = last, math.max(2, last - 12), -1 do
    local info = debug.getinfo(level, "f")
    if info and info.func == f then return level - 1 end
  end
end

--- The user's frames above the one at a level of the caller, the innermost
--- first: a list of at most eight lines, the same one once.
function errors.way(bottom)
  local lines = {}
  for level = 2, math.min(bottom, 100) do
    local info = debug.getinfo(level, "nSl")
    if not info then break end
    local text = not is_own(info.source) and frame_text(info)
    if text and text ~= lines[#lines] then
      if #lines == 7 then
        lines[8] = "  ..."
        break
      end
      lines[#lines + 1] = text
    end
  end
  return lines
end

--- An error object as a text.
function errors.message(err)
  if type(err) == "string" then return show.clean(err) end
  local meta = debug.getmetatable(err)
  if type(meta) == "table" and rawget(meta, "__tostring") ~= nil then
    return show.brief(err)
  end
  if err == nil then return "(error object is a nil value)" end
  return ("(error object is a %s value)"):format(type(err))
end

return errors
