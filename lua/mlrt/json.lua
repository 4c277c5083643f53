-- json.lua: JSON (RFC 8259), bounded.
--
-- Reads and writes tables, strings, booleans and numbers.  Integers that fit
-- 64 bits stay integers and floats come back bit for bit; NaN and infinities
-- have no JSON form and are refused.  Strings are UTF-8.  No key may occur
-- twice in an object.  Depth is limited, so that no input can exhaust the
-- stack.  `null` is the value json.null, because a Lua table cannot hold nil.

local fail = require "mlrt.fail"

local json = {}

--- What null is read as, and written for.
json.null = setmetatable({}, {
  __tostring = function() return "null" end,
  __newindex = function() fail("json.null cannot be changed") end,
  __metatable = "json.null",
})

local MAX_DEPTH = 500

-- ---- Writing --------------------------------------------------------------

local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n",
  ["\t"] = "\\t", ["\r"] = "\\r"}

local function escape(c)
  return escapes[c] or ("\\u%04x"):format(c:byte())
end

local function quote(s)
  if not utf8.len(s) then fail "JSON cannot hold a string that is not UTF-8" end
  return '"' .. s:gsub('[%c"\\]', escape) .. '"'
end

local function number_text(x)
  if math.type(x) == "integer" then return ("%d"):format(x) end
  if x - x ~= 0 then fail("JSON has no NaN and no infinity") end
  local text = ("%.17g"):format(x):gsub(",", ".") -- a locale's comma
  return text:find "[.e]" and text or text .. ".0"
end

local put -- below

local function put_array(t, out, depth)
  out[#out + 1] = "["
  for i, v in ipairs(t) do
    if i > 1 then out[#out + 1] = "," end
    put(v, out, depth)
  end
  out[#out + 1] = "]"
end

-- Keys in order, so that equal tables make equal files.
local function put_object(t, out, depth)
  local keys = {}
  for key in pairs(t) do
    if type(key) ~= "string" then
      fail("JSON objects have string keys, got a %s", type(key))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  out[#out + 1] = "{"
  for i, key in ipairs(keys) do
    out[#out + 1] = (i > 1 and "," or "") .. quote(key) .. ":"
    put(t[key], out, depth)
  end
  out[#out + 1] = "}"
end

function put(v, out, depth)
  local kind = type(v)
  if depth > MAX_DEPTH then fail "JSON nested too deeply" end
  if v == json.null then
    out[#out + 1] = "null"
  elseif kind == "string" then
    out[#out + 1] = quote(v)
  elseif kind == "number" then
    out[#out + 1] = number_text(v)
  elseif kind == "boolean" then
    out[#out + 1] = tostring(v)
  elseif kind == "table" then
    local write = (#v > 0 or next(v) == nil) and put_array or put_object
    write(v, out, depth + 1)
  else
    fail("JSON cannot hold a %s", kind)
  end
end

--- The text of a value.  A table with an array part is an array, an empty one
--- too, any other an object.
function json.encode(v)
  local out = {}
  put(v, out, 0)
  return table.concat(out)
end

-- ---- Reading --------------------------------------------------------------

-- Every reader takes the text and a position and returns the value and the
-- position behind it; `bad` raises {message}, caught in decode.
local function bad(s, at, what)
  local line = select(2, s:sub(1, at - 1):gsub("\n", "")) + 1
  error({("JSON: %s at byte %d, line %d"):format(what, at, line)}, 0)
end

local function skip_space(s, at)
  return s:find("[^ \t\r\n]", at) or #s + 1
end

local unescapes = {b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/"}

-- \uXXXX, or two of them that are a surrogate pair; `at` is behind the `u`.
local function read_unicode(s, at)
  local hex = s:match("^%x%x%x%x", at)
  if not hex then bad(s, at, "four hexadecimal digits wanted") end
  local code = tonumber(hex, 16)
  if code < 0xD800 or code > 0xDFFF then return utf8.char(code), at + 4 end
  local low = s:match("^\\u([dD][c-fC-F]%x%x)", at + 4)
  if code > 0xDBFF or not low then bad(s, at, "half of a surrogate pair") end
  low = tonumber(low, 16) - 0xDC00
  return utf8.char(0x10000 + (code - 0xD800) * 0x400 + low), at + 10
end

local function read_string(s, at)
  local parts, from = {}, at + 1
  while true do
    local stop = s:find('[%c"\\]', from)
    local c = stop and s:sub(stop, stop)
    if not c then bad(s, at, "unfinished string") end
    parts[#parts + 1] = s:sub(from, stop - 1)
    if c == '"' then return table.concat(parts), stop + 1 end
    if c ~= "\\" then
      if c ~= "\127" then bad(s, stop, "control character in a string") end
      parts[#parts + 1], from = c, stop + 1
    elseif s:sub(stop + 1, stop + 1) == "u" then
      parts[#parts + 1], from = read_unicode(s, stop + 2)
    else
      parts[#parts + 1] = unescapes[s:sub(stop + 1, stop + 1)]
        or bad(s, stop, "unknown escape")
      from = stop + 2
    end
  end
end

local function read_number(s, at)
  local text = s:match("^-?%d+", at)
  local digits = text and text:match "%d+"
  if not text or #digits > 1 and digits:byte() == 48 then
    bad(s, at, "a value wanted")
  end
  local stop = at + #text
  local fraction = s:match("^%.%d+", stop) or ""
  local exponent = s:match("^[eE][+-]?%d+", stop + #fraction) or ""
  stop = stop + #fraction + #exponent
  -- Without fraction and exponent tonumber makes an integer, if it fits.
  local x = tonumber(text .. fraction .. exponent)
  if x - x ~= 0 then bad(s, at, "a number too large") end
  return x, stop
end

local read -- below

local function read_array(s, at, depth)
  local t = {}
  at = skip_space(s, at + 1)
  if s:sub(at, at) == "]" then return t, at + 1 end
  while true do
    t[#t + 1], at = read(s, at, depth)
    at = skip_space(s, at)
    local c = s:sub(at, at)
    if c == "]" then return t, at + 1 end
    if c ~= "," then bad(s, at, "',' or ']' wanted") end
    at = at + 1
  end
end

local function read_pair(s, at, t, depth)
  at = skip_space(s, at)
  if s:sub(at, at) ~= '"' then bad(s, at, "a string wanted") end
  local key, stop = read_string(s, at)
  if t[key] ~= nil then bad(s, at, "the same key twice") end
  stop = skip_space(s, stop)
  if s:sub(stop, stop) ~= ":" then bad(s, stop, "':' wanted") end
  t[key], stop = read(s, stop + 1, depth)
  return stop
end

local function read_object(s, at, depth)
  local t = {}
  at = skip_space(s, at + 1)
  if s:sub(at, at) == "}" then return t, at + 1 end
  while true do
    at = skip_space(s, read_pair(s, at, t, depth))
    local c = s:sub(at, at)
    if c == "}" then return t, at + 1 end
    if c ~= "," then bad(s, at, "',' or '}' wanted") end
    at = at + 1
  end
end

function read(s, at, depth)
  at = skip_space(s, at)
  local c = s:sub(at, at)
  if depth > MAX_DEPTH then bad(s, at, "nested too deeply") end
  if c == "{" then return read_object(s, at, depth + 1) end
  if c == "[" then return read_array(s, at, depth + 1) end
  if c == '"' then return read_string(s, at) end
  if s:find("^true", at) then return true, at + 4 end
  if s:find("^false", at) then return false, at + 5 end
  if s:find("^null", at) then return json.null, at + 4 end
  return read_number(s, at)
end

local function read_all(s)
  local ok, wrong = utf8.len(s)
  if not ok then bad(s, wrong, "a byte that is not UTF-8") end
  local v, at = read(s, 1, 0)
  at = skip_space(s, at)
  if at <= #s then bad(s, at, "end of the text wanted") end
  return v
end

--- The value of a text, or nil and what is wrong with it.
function json.decode(s)
  if type(s) ~= "string" then
    fail("json.decode: a string expected, got a %s", type(s))
  end
  local ok, v = pcall(read_all, s)
  if ok then return v end
  if type(v) == "table" then return nil, v[1] end
  error(v, 0)
end

return json
