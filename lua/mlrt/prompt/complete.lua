-- complete.lua: what a Tab inserts, or lists.
--
-- Before the cursor stands the beginning of a name: of a field behind a dot, a
-- method behind a colon, an option inside the braces of a call, a file inside a
-- string, else of a variable or keyword; at the line's beginning `:` begins a
-- command and `?` a question.  What all candidates share is inserted; if that
-- is nothing, they are listed.

local scan = require "mlrt.prompt.scan"
local show = require "mlrt.prompt.show"
local walk = require "mlrt.prompt.walk"

local MOST = 400 -- candidates that are listed

local keywords = {"and", "break", "do", "else", "elseif", "end", "false", "for",
  "function", "goto", "if", "in", "local", "nil", "not", "or", "repeat",
  "return", "then", "true", "until", "while"}

-- ---- Where the cursor is --------------------------------------------------

-- The chain of names that ends at token i, "a.b.c" as {"a", "b", "c"}; nil if
-- something else leads to it, such as a call.
local function chain(tokens, i)
  local names = {}
  while tokens[i] and tokens[i].kind == "name" do
    table.insert(names, 1, tokens[i].text)
    local dot = tokens[i - 1]
    if not dot or dot.text ~= "." and dot.text ~= ":" then return names end
    i = i - 2
  end
  return nil
end

-- The token that opens the innermost bracket around the end, "(" or "{".
local function opening(tokens, last)
  local depth = 0
  for i = last, 1, -1 do
    local text = tokens[i].kind == "op" and tokens[i].text
    if text == ")" or text == "}" or text == "]" then depth = depth + 1 end
    if text == "(" or text == "{" or text == "[" then
      depth = depth - 1
      if depth < 0 then return i end
    end
  end
end

-- The names of the function whose options the braces around hold.
local function callee(tokens, last)
  local i = opening(tokens, last)
  if not i or tokens[i].text ~= "{" then return nil end
  if tokens[i - 1] and tokens[i - 1].kind == "name" then
    return chain(tokens, i - 1)
  end
  i = opening(tokens, i - 1)
  if i and tokens[i].text == "(" then return chain(tokens, i - 1) end
end

-- ---- Candidates -----------------------------------------------------------

-- "size: int, bias: bool = true" as names
local function argument_names(text)
  local list = {}
  for name in (text .. ","):gmatch "([%a_][%w_]*)%s*:" do
    list[#list + 1] = name
  end
  return list
end

-- Options of what is declared as "nn.Linear", of a class or of an operation.
local function option_names(self, names)
  local last = names[#names]
  local value = walk.resolve(self.vars, names)
  local signature = type(value) == "table" and walk.field(value, "option_names")
  if type(signature) == "table" then return signature end
  for where, text in pairs(require("mlrt.options").declared) do
    if where == last or where:sub(-#last - 1) == "." .. last then
      return argument_names(text)
    end
  end
  local row = walk.row(last)
  local list = row and argument_names(row.args) or {}
  if row then list[#list + 1] = "requires_grad" end
  return list
end

local function variables(self, tokens)
  local list = {table.unpack(keywords)}
  for i = 1, #tokens - 1 do -- of this line
    if tokens[i].kind == "name" then list[#list + 1] = tokens[i].text end
  end
  for name in pairs(self.vars.cells) do list[#list + 1] = name end
  for name in pairs(self.vars.presets) do list[#list + 1] = name end
  for name in next, _G do
    if type(name) == "string" then list[#list + 1] = name end
  end
  return list
end

-- Files that begin with the text; folders end with a slash.
local function files(text)
  local fs = require("mlrt").fs
  local folder = text:match "^(.*/)" or ""
  local list = {}
  for _, name in ipairs(fs.list(folder == "" and "." or folder) or {}) do
    local info = fs.stat(folder .. name)
    local tail = type(info) == "table" and info.kind == "folder" and "/" or ""
    list[#list + 1] = folder .. name .. tail
  end
  return list
end

-- Candidates behind "x." or "x:".
local function members(self, tokens, i)
  local names = chain(tokens, i - 1)
  local value
  if names then
    value = walk.resolve(self.vars, names)
  elseif tokens[i].text == ":" then -- a call before it gives tensors, mostly
    value = require("mlrt").methods
  end
  if value == nil then return {} end
  if type(value) == "string" then value = string end
  return walk.names(value, tokens[i].text == ":")
end

-- The list of candidates and the beginning that they have to have.
local function candidates(self, text)
  local question = text:match "^%s*%?+%s*([%w_.:]*)$"
  if question then
    return require "mlrt.prompt.help".topics(self, question)
  end
  local word = text:match "^%s*:(%a*)$"
  if word then return require "mlrt.prompt.commands".names, word end
  local path = text:match "^%s*:load%s+(.*)$"
  if path then return files(path), path end
  local tokens = scan(text)
  local n = #tokens
  local last = tokens[n]
  if last.kind == "string" and last.open then
    local inside = last.text:sub(2)
    return files(inside), inside
  elseif last.kind == "comment" and last.open then
    return {}, ""
  end
  word = last.to == #text and last.kind == "name" and last.text
    or last.to == #text and last.kind == "keyword" and last.text or ""
  local before = word ~= "" and n - 1 or n
  local dot = tokens[before]
  if dot and (dot.text == "." or dot.text == ":") then
    return members(self, tokens, before), word
  end
  local names = callee(tokens, before)
  if names then
    local list = {}
    for i, name in ipairs(option_names(self, names)) do
      list[i] = name .. " = "
    end
    if #list > 0 and (dot.text == "{" or dot.text == ",") then
      return list, word
    end
  end
  return variables(self, tokens), word
end

-- ---- Choosing -------------------------------------------------------------

-- Those that begin with the word, without doubles, in order.
local function matching(list, word)
  local found, seen = {}, {}
  for _, name in ipairs(list) do
    if name:sub(1, #word) == word and not seen[name]
      and (word ~= "" or name:sub(1, 1) ~= "_") then
      seen[name] = true
      found[#found + 1] = name
    end
  end
  table.sort(found)
  return found
end

local function shared(list)
  local text = list[1]
  for _, name in ipairs(list) do
    while name:sub(1, #text) ~= text do text = text:sub(1, -2) end
  end
  return text
end

-- In columns, top to bottom as in a dictionary.
local function columns(list, width)
  local widest = 0
  for _, name in ipairs(list) do widest = math.max(widest, #name + 2) end
  local across = math.max(1, width // widest)
  local down = (#list + across - 1) // across
  local lines = {}
  for row = 1, down do
    local parts = {}
    for i = row, #list, down do
      parts[#parts + 1] = list[i] .. (" "):rep(widest - #list[i])
    end
    lines[row] = table.concat(parts):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

local function print_list(self, list)
  local shown = table.move(list, 1, math.min(#list, MOST), 1, {})
  for i, name in ipairs(shown) do
    shown[i] = show.clean(name:gsub(" = $", ""))
  end
  local more = #list > MOST and ("\n(%d more)"):format(#list - MOST) or ""
  io.stdout:write("\n", columns(shown, self.host.size()), more, "\n")
  io.stdout:flush()
end

--- What to insert behind the text, and whether a list was printed.
return function(self, text)
  local list, word = candidates(self, text)
  list = matching(list, word)
  if #list == 0 then return "", false end
  local common = shared(list)
  if #common > #word or #list == 1 then return common:sub(#word + 1), false end
  print_list(self, list)
  return "", true
end
