-- scan.lua: Lua's text in tokens, for what the prompt has to know of a line.
--
--   for _, t in ipairs(scan "x = 'a'") do print(t.kind, t.text, t.from) end
--
-- kind: name, keyword, number, string, comment, op.  A string or comment that
-- does not end has `open = true` and reaches to the end.  Nothing is an error:
-- what no token begins with is an op of one character.

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local
  nil not or repeat return then true until while]]):gmatch "%a+" do
  keywords[word] = true
end

-- Longer operators before their beginnings.
local operators = {"...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"}

-- Where the long bracket that opens at `at` ends, and whether it does; nil if
-- there is none.
local function long_end(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, last = text:find("]" .. level .. "]", at, true)
  return last or #text, not last
end

local function string_end(text, at)
  local quote = text:sub(at, at)
  local i = at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == quote then return i, false end
    if c == "\n" then return i - 1, true end
    i = i + (c == "\\" and 2 or 1)
  end
  return #text, true
end

local function comment_end(text, at)
  local last, open = long_end(text, at + 2)
  if last then return last, open end
  local stop = text:find("\n", at, true)
  return stop and stop - 1 or #text, not stop
end

local function operator_end(text, at)
  for _, op in ipairs(operators) do
    if text:sub(at, at + #op - 1) == op then return at + #op - 1 end
  end
  return at
end

-- kind, last position, does it lack its end?
local function token_at(text, at)
  local c = text:sub(at, at)
  if c:find "[%a_]" then
    local last = select(2, text:find("^[%w_]*", at))
    return keywords[text:sub(at, last)] and "keyword" or "name", last
  elseif c:find "%d" or text:find("^%.%d", at) then
    return "number", select(2, text:find("^[%x%.xXpPeE]*", at))
  elseif c == '"' or c == "'" then
    return "string", string_end(text, at)
  elseif text:find("^%[=*%[", at) then
    return "string", long_end(text, at)
  elseif text:find("^%-%-", at) then
    return "comment", comment_end(text, at)
  end
  return "op", operator_end(text, at)
end

--- The tokens of a text: a list of {kind =, text =, from =, to =, open =}.
return function(text)
  local list, at = {}, text:find "%S"
  while at do
    local kind, last, open = token_at(text, at)
    last = math.max(last, at)
    list[#list + 1] = {kind = kind, text = text:sub(at, last), from = at,
      to = last, open = open or nil}
    at = text:find("%S", last + 1)
  end
  return list
end
