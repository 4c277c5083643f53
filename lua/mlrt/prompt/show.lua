-- show.lua: values as the prompt prints them.
--
-- Numbers and strings are what print() makes of them, tensors what tostring()
-- does, tables are written as Lua would read them: three levels deep, twenty
-- entries of each, on one line where that fits.  Nothing of the user's runs
-- but __tostring, and what it raises is said.  Bytes that no terminal should
-- get (controls, broken UTF-8) are written as escapes.

local show = {}

local DEPTH, ENTRIES, BYTES, LOOKED_AT = 3, 20, 20000, 1000000

-- ---- Text that is safe to print -------------------------------------------

local function escape(c)
  return ("\\x%02X"):format(c:byte())
end

-- From byte i on, broken UTF-8 as escapes.
local function mend(text)
  local parts, i = {}, 1
  while i <= #text do
    local _, bad = utf8.len(text, i)
    parts[#parts + 1] = text:sub(i, (bad or #text + 1) - 1)
    if not bad then break end
    parts[#parts + 1] = escape(text:sub(bad, bad))
    i = bad + 1
  end
  return table.concat(parts)
end

--- The text with escapes for controls and what is not UTF-8; lines stay.
function show.clean(text)
  local cut = #text > BYTES and ("... (%d bytes in all)"):format(#text) or ""
  if cut ~= "" then text = text:sub(1, BYTES) end
  text = text:gsub("[%z\1-\8\11-\31\127]", escape)
  return mend(text) .. cut
end

local named = {["\n"] = "\\n", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\"}

local function quoted(text)
  local cut = #text > 200 and "..." or ""
  text = text:sub(1, 200):gsub('[\n\t"\\]', named)
  return '"' .. show.clean(text) .. '"' .. cut
end

-- ---- One value on one line ------------------------------------------------

-- "function f(a, b) stdin:1"
local function function_text(f)
  local info = debug.getinfo(f, "Su")
  if info.what == "C" then return "function" end
  local params = {}
  for i = 1, info.nparams do params[i] = debug.getlocal(f, i) end
  if info.isvararg then params[#params + 1] = "..." end
  return ("function(%s) %s:%d"):format(table.concat(params, ", "),
    info.short_src, info.linedefined)
end

-- What __tostring says; nil without one.
local function own_text(v)
  local meta = debug.getmetatable(v)
  if type(meta) ~= "table" or rawget(meta, "__tostring") == nil then
    return nil
  end
  local ok, text = pcall(tostring, v)
  if ok then return text end
  return ("(__tostring raised: %s)"):format(show.clean(tostring(text)))
end

-- "name: 0x..." without asking any metamethod.
local function plain_text(v)
  local meta = debug.getmetatable(v)
  local name = type(meta) == "table" and rawget(meta, "__name")
  local ok, text = pcall(("%p").format, "%p", v)
  return ("%s: %s"):format(type(name) == "string" and name or type(v),
    ok and text or "?")
end

local function is_plain(v)
  return type(v) == "table" and own_text(v) == nil
end

--- A value inside something else: short, on one line.
function show.brief(v)
  local kind = type(v)
  if kind == "string" then return quoted(v) end
  if kind == "function" then return function_text(v) end
  if kind ~= "table" and kind ~= "userdata" then return tostring(v) end
  local text = own_text(v)
  if not text then return plain_text(v) end
  local first, more = text:match "^%s*([^\n]*)(\n?)"
  -- A tensor's first line is all there is to say of it here.
  local tail = more ~= "" and not first:find "^tensor " and " ..." or ""
  return show.clean(first) .. tail
end

-- ---- Tables ---------------------------------------------------------------

local function key_text(key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" then return key end
  return "[" .. show.brief(key) .. "]"
end

-- Names in order, then the rest.
local function before(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return ta == "string" or tb ~= "string" and ta < tb end
  if ta == "string" or ta == "number" then return a < b end
  return false
end

local function other_keys(t, n)
  local keys, looked = {}, 0
  for key in next, t do
    looked = looked + 1
    if looked > LOOKED_AT and #keys > ENTRIES then break end
    if not (math.type(key) == "integer" and key >= 1 and key <= n) then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys, before)
  return keys
end

local describe

-- The entries as texts, at most ENTRIES of them.
local function entries(t, level, seen)
  local list, n = {}, rawlen(t)
  local keys = other_keys(t, n)
  for i = 1, math.min(n, ENTRIES) do
    list[i] = describe(rawget(t, i), level + 1, seen)
  end
  if n > ENTRIES then list[#list + 1] = ("... (%d entries)"):format(n) end
  for i = 1, math.min(#keys, ENTRIES) do
    list[#list + 1] = key_text(keys[i]) .. " = "
      .. describe(rawget(t, keys[i]), level + 1, seen)
  end
  if #keys > ENTRIES then
    list[#list + 1] = ("... (%d names)"):format(#keys)
  end
  return list
end

-- The entries on one line if they fit, else each on its own.
local function lay_out(list, level)
  local total, many = 2 + 2 * level, false
  for _, text in ipairs(list) do
    total, many = total + #text + 2, many or text:find("\n", 1, true)
  end
  if total <= show.width and not many then
    return "{" .. table.concat(list, ", ") .. "}"
  end
  local pad = ("  "):rep(level)
  return "{\n  " .. pad .. table.concat(list, ",\n  " .. pad) .. "\n"
    .. pad .. "}"
end

function describe(v, level, seen)
  if not is_plain(v) then return show.brief(v) end
  if seen[v] then return "<the table around it>" end
  local name = debug.getmetatable(v) and plain_text(v) .. " " or ""
  if level >= DEPTH then
    return next(v) == nil and name .. "{}" or name .. "{...}"
  end
  seen[v] = true
  local list = entries(v, level, seen)
  seen[v] = nil
  return name .. lay_out(list, level)
end

-- ---- What the prompt asks for ---------------------------------------------

show.width = 80 -- columns

--- A value that was typed: all of it that a screen can take.
function show.value(v)
  if type(v) == "string" then return show.clean(v) end
  if type(v) == "function" and debug.getinfo(v, "S").what == "C" then
    return tostring(v)
  end
  if is_plain(v) then return describe(v, 0, {}) end
  local text = (type(v) == "table" or type(v) == "userdata") and own_text(v)
  return text and show.clean(text) or show.brief(v)
end

--- Several values: on one line, as print does, unless one has more lines.
function show.values(values)
  local parts, lines = {}, false
  for i = 1, values.n do
    parts[i] = show.value(values[i])
    lines = lines or parts[i]:find("\n", 1, true)
  end
  return table.concat(parts, lines and "\n" or "\t")
end

return show
