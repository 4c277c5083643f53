-- options.lua: what a function was given, checked against what it takes.
--
--   local read = options("nn.Linear",
--     "in_features: size, out_features: size, bias: bool = true")
--   read(10, 5)                              -- all three calls give the table
--   read(10, 5, {bias = true})               -- {in_features = 10,
--   read{in_features = 10, out_features = 5} --  out_features = 5, bias = true}
--
-- The text is the grammar of the core's operations, `name: type[?][= default]`.
-- A table with an array part is a value, one with string keys only is options,
-- and a single table with both is both.  An unknown name raises and says which
-- one is nearest.

local fail = require "mlrt.fail"

local options = {}

-- ---- Nearest names --------------------------------------------------------

-- Edits between two words: insertions, deletions, replacements and swaps of
-- neighbours count one each (Damerau 1964, optimal string alignment).
local function distance(a, b)
  local before, row = {}, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local older = before
    before, row = row, {[0] = i}
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(before[j] + 1, row[j - 1] + 1,
        before[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1)
          and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], older[j - 2] + 1)
      end
    end
  end
  return row[#b]
end

--- The name in the list that `word` was probably meant to be, or nil.
function options.nearest(word, names)
  local best, least = nil, math.max(1, #word // 3) + 1
  word = word:lower():sub(1, 64)
  for _, name in ipairs(names) do
    local d = distance(word, name:lower())
    if #word >= 3 and name:sub(1, #word) == word then d = 0.5 end
    if d < least then best, least = name, d end
  end
  return best
end

--- "unknown WHAT 'word'", with the nearest name or all of them.
function options.unknown(what, word, names)
  local near = options.nearest(word, names)
  return ("unknown %s '%s'; %s"):format(what, word,
    near and ("did you mean '%s'?"):format(near)
    or #names == 0 and "there are none"
    or "known are " .. table.concat(names, ", "))
end

-- ---- Types ----------------------------------------------------------------

-- Is it a table that is a value or options, and not an object?
local function is_plain(v)
  return type(v) == "table" and getmetatable(v) == nil
end

local function whole(v)
  return type(v) == "number" and math.tointeger(v) or nil
end

local function whole_from(least)
  return function(v)
    v = whole(v)
    return v and v >= least and v or nil
  end
end

local function of_type(name)
  return function(v)
    if type(v) == name then return v end
  end
end

local function callable(v)
  local meta = getmetatable(v)
  if type(v) == "function" or type(meta) == "table" and meta.__call then
    return v
  end
end

local function pair(v)
  if not is_plain(v) then return whole(v) end
  local a, b = whole(v[1]), whole(v[2])
  return a and b and #v == 2 and {a, b} or nil
end

-- A list of integers that are at least `least`, also of one alone.
local function list_from(least)
  return function(v)
    local list = is_plain(v) and v or {v}
    local kept = {}
    for i = 1, #list do
      local n = whole(list[i])
      if not n or n < least then return nil end
      kept[i] = n
    end
    return #kept > 0 and kept or nil
  end
end

-- What each type's name means to the reader, and the value as it is kept; nil
-- if it does not fit.  Other modules may add rows.
options.types = {
  any = {"a value", function(v) return v end},
  bool = {"true or false", of_type "boolean"},
  int = {"an integer", whole},
  size = {"a positive integer", whole_from(1)},
  count = {"an integer, 0 or more", whole_from(0)},
  number = {"a number", of_type "number"},
  string = {"a string", of_type "string"},
  table = {"a table", of_type "table"},
  callable = {"a function", callable},
  pair = {"an integer or {a, b}", pair},
  ints = {"an integer or a list of them", list_from(math.mininteger)},
  sizes = {"a positive integer or a list of them", list_from(1)},
}

-- a|b|c, or a type and words that may stand in its place: pair|valid|same.
local function word_type(text)
  local first, rest = text:match "^(%w+)|(.*)$"
  local base = options.types[first]
  local words = {}
  for word in (base and rest or text):gmatch "[^|]+" do words[word] = word end
  if base then
    return {base[1] .. " or " .. rest:gsub("|", " or "), function(v)
      return words[v] or type(v) ~= "string" and base[2](v) or nil
    end}
  end
  return {"one of " .. text:gsub("|", ", "), function(v) return words[v] end}
end

local function shown(v)
  if type(v) == "string" then return ("%q"):format(v) end
  return type(v) == "table" and "a table" or tostring(v)
end

-- ---- Reading the declaration ----------------------------------------------

local function constant(text)
  if text == "true" or text == "false" then return text == "true" end
  return tonumber(text) or text
end

-- "bias: bool = true" as {name=, type=, check=, optional=, default=}
local function parameter(text)
  local name, kind, maybe, rest =
    text:match "^%s*([%w_]+)%s*:%s*([%w_|]+)(%??)%s*(.-)%s*$"
  local default = rest and rest:match "^=%s*(.+)$"
  assert(name and (rest == "" or default), text)
  local row = kind:find("|", 1, true) and word_type(kind)
    or assert(options.types[kind], kind)
  local p = {name = name, wanted = row[1], check = row[2]}
  if default then p.default = constant(default) end
  p.optional = maybe == "?" or default ~= nil
  return p
end

local function parameters(text)
  local list = {}
  for item in text:gmatch "[^,]+" do
    local p = parameter(item)
    list[#list + 1], list[p.name] = p, p
  end
  return list
end

-- ---- Reading a call -------------------------------------------------------

local function names_of(list)
  local names = {}
  for i, p in ipairs(list) do names[i] = p.name end
  return names
end

-- Puts one value in its place, or says what is wrong with it.
local function take(where, p, value, into)
  if into[p.name] ~= nil then
    fail("%s: argument '%s' is given twice", where, p.name)
  end
  local kept = p.check(value)
  if kept == nil then
    fail("%s: argument '%s': %s expected, got %s", where, p.name, p.wanted,
      shown(value))
  end
  into[p.name] = kept
end

local function take_positional(where, list, values, n, into)
  if n > #list then
    fail("%s takes %d arguments (%s), got %d", where, #list,
      table.concat(names_of(list), ", "), n)
  end
  for i = 1, n do
    if values[i] ~= nil then take(where, list[i], values[i], into) end
  end
end

local function take_named(where, list, named, into)
  for key, value in pairs(named) do
    if type(key) == "string" then
      if not list[key] then
        fail("%s: %s", where, options.unknown("option", key, names_of(list)))
      end
      take(where, list[key], value, into)
    end
  end
end

local function fill_defaults(where, list, into)
  for _, p in ipairs(list) do
    if into[p.name] == nil then
      if not p.optional then
        fail("%s: argument '%s': %s expected, got nothing", where, p.name,
          p.wanted)
      end
      into[p.name] = p.default
    end
  end
  return into
end

local function has_names(t)
  for key in pairs(t) do
    if type(key) == "string" then return true end
  end
  return false
end

-- Positional values, how many there are, and the table of options or nil.
local function sort_out(...)
  local n = select("#", ...)
  local last = n > 0 and (select(n, ...)) or nil
  if not is_plain(last) then return {...}, n, nil end
  if #last == 0 then return {...}, n - 1, last end
  if n == 1 and has_names(last) then return last, #last, last end
  return {...}, n, nil
end

-- where = text: what has been declared so far, for the prompt.
options.declared = {}

--- A function that checks the arguments of `where` and returns them by name in
--- a new table; absent optionals without a default stay nil.
local function declare(where, text)
  local list = parameters(text)
  options.declared[where] = text
  local function read(...)
    local values, n, named = sort_out(...)
    local into = {}
    take_positional(where, list, values, n, into)
    if named then take_named(where, list, named, into) end
    return fill_defaults(where, list, into)
  end
  return read, names_of(list)
end

return setmetatable(options, {
  __call = function(_, ...) return declare(...) end,
})
