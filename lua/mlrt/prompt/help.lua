-- help.lua: answers to ?, ?name and ??word.
--
-- The answers are the manual: pages of docs/reference/ for operations, guides,
-- and for the functions and classes of the Lua library the comments above them
-- in the source.  The build collects these texts in mlrt.prompt.texts.

local late = require "mlrt.late"
local markdown = require "mlrt.prompt.markdown"
local show = require "mlrt.prompt.show"
local walk = require "mlrt.prompt.walk"

local help = {}

local overview = [[
Type Lua. An expression prints its value; a semicolon at its end keeps it quiet.

  x = m.randn(3, 4)        m is mlrt, nn its layers
  x:matmul(x:t())          _ is the last value, _1, _2... all that it had
  local y = x:sum(1);      locals stay for the next lines
  Tab completes names, methods, options (nn.Linear{) and files in strings;
  up and Ctrl-R find earlier lines; Ctrl-C stops what runs and keeps the rest.

  ?sum  ?nn.Linear  ?x     help on an operation, a class, a variable
  ??word                   everything that mentions a word
  ?guides                  pages to read; ?first-steps is where to begin
  ?m  ?nn  ?optim  ?data   what there is in each part

]]

local function overview_text()
  local lines = {}
  for _, row in ipairs(require "mlrt.prompt.commands".rows) do
    lines[#lines + 1] = ("  %-23s  %s"):format((":%s %s"):format(row.name,
      row.args), row.doc)
  end
  return overview .. table.concat(lines, "\n")
end

-- ---- The collected comments -----------------------------------------------

-- mlrt/nn/layers.lua -> "nn", mlrt/save.lua -> "save"
local function module_of(file)
  return file:match "^mlrt/([^/.]+)" or ""
end

-- What a line of the source declares, and its arguments if it is a function.
local function declared(code)
  local name, args = code:match "^function ([%w_.:]+)(%([^)]*%)?)"
  if not name then
    name, args = code:match "^local function ([%w_]+)(%([^)]*%)?)"
  end
  if name then return name, args end
  return code:match "^local (%u[%w_]*) =" or code:match "^[%w_]+%(\"([%w_]+)\""
    or code:match "^([%w_.]+) ="
end

-- Those whose functions are found in m itself.
local flat = {init = true, save = true, autograd = true, options = true}

-- The name under which a user finds it: a module's own tables are left out.
local function public(module, name)
  local class, method = name:match "(%u[%w_]*)[.:]([%w_]+)$"
  if class then return class .. ":" .. method end
  name = name:match "([%w_]+)$"
  if flat[module] or name == module then return name end
  return module .. "." .. name
end

local function add_entry(texts, file, code, doc)
  local name, args = declared(code)
  if not name or name:sub(1, 1) == "_" or file:find "class.lua" then return end
  texts.entries[#texts.entries + 1] = {doc = doc, args = args, file = file,
    name = public(module_of(file), name)}
end

local function add_record(texts, state, kind, rest, body)
  if kind == "file" then
    state.file, texts.headers[rest] = rest, body
  elseif kind == "doc" then
    add_entry(texts, state.file, rest, body)
  elseif kind == "guide" then
    texts.pages[#texts.pages + 1], texts.guides[rest] = rest, body
  elseif kind == "op" then
    texts.ops[rest] = body
  end
end

-- "@@ kind rest" begins a record, its body follows.
local function parse(text)
  local texts = {entries = {}, headers = {}, guides = {}, pages = {}, ops = {}}
  local state, at = {}, 1
  while at do
    local next_at = text:find("\n@@ ", at, true)
    local record = text:sub(at, next_at)
    local kind, rest, body = record:match "^@@ (%l+) ([^\n]*)\n(.-)%s*$"
    if kind then add_record(texts, state, kind, rest, body) end
    at = next_at and next_at + 1
  end
  return texts
end

local cached

local function texts()
  cached = cached or parse(require "mlrt.prompt.texts")
  return cached
end

-- ---- Answers --------------------------------------------------------------

-- Every answer is a function of the session and the name that returns a text,
-- or nil when it knows nothing of it; true behind it if it is a page's.

local function last_part(name)
  return name:match "([%w_]+)$" or name
end

-- "NN.Linear" -> the declaration that options() has read.
local function signature(name)
  local known = require("mlrt.options").declared
  local part = name:match "^(%l+)[.]"
  if part then pcall(require, "mlrt." .. part) end
  return known[name] or known[last_part(name)]
end

-- An operation. Of a longer name the last part, unless it is a module's.
local function from_rows(_, name)
  local m = require "mlrt"
  local head = name:match "^([%w_]+)[.]"
  if head and package.loaded["mlrt." .. head] then return nil end
  local row = walk.row(last_part(name))
  if not row or row.name:sub(1, 1) == "_" then return nil end
  local page = texts().ops[row.name]
  if page then return "## " .. row.name .. "\n" .. page, true end
  return m.help(row.name)
end

local function entry_text(entry)
  local options = signature(entry.name)
  local args = entry.args ~= "(...)" and entry.args
    or options and "(" .. options .. ")" or entry.args or ""
  return entry.name .. args .. "\n\n" .. entry.doc
end

-- The texts of the entries whose name passes.
local function entries_text(passes)
  local parts = {}
  for _, entry in ipairs(texts().entries) do
    if passes(entry.name) then parts[#parts + 1] = entry_text(entry) end
  end
  return #parts > 0 and table.concat(parts, "\n\n") or nil
end

local function from_comments(_, name)
  return entries_text(function(other) return other == name end)
end

-- Methods and functions whose last part it is.
local function from_last_parts(_, name)
  if name:find "-" then return nil end
  local tail = last_part(name)
  return entries_text(function(other) return last_part(other) == tail end)
end

-- The operations of each family on a line, and what else m has.
local function all_of_m()
  local m = require "mlrt"
  local families, lines, known = {}, {}, {}
  for _, row in ipairs(m.ops()) do
    known[row.name], known[row.name .. "_"] = true, true
    local list = families[row.family]
    if not list then
      list = {row.family .. ":"}
      families[row.family], families[#families + 1] = list, list
    end
    if row.name:sub(1, 1) ~= "_" then list[#list + 1] = row.name end
  end
  for _, list in ipairs(families) do
    if #list > 1 then lines[#lines + 1] = table.concat(list, " ") end
  end
  local others, parts = {"others:"}, {"parts:"}
  for _, name in ipairs(walk.names(m)) do
    if not known[name] then
      local into = type(m[name]) == "table" and parts or others
      into[#into + 1] = name
    end
  end
  table.insert(lines, 1, table.concat(parts, " "))
  lines[#lines + 1] = table.concat(others, " ")
  return table.concat(lines, "\n")
end

-- A part of mlrt: what its file begins with, and what there is in it.
local function from_modules(_, name)
  local m = require "mlrt"
  local all = name == "m" or name == "mlrt"
  local path = all and "init" or name:gsub("%.", "/"):lower()
  local header = texts().headers["mlrt/" .. path .. ".lua"]
    or texts().headers["mlrt/" .. path .. "/init.lua"]
  if not header then return nil end
  if all then return header .. "\n\n" .. all_of_m() end
  local value = walk.field(m, name)
  local list = type(value) == "table" and walk.names(value) or {}
  if #list == 0 then return header end
  return header .. "\n\n" .. name .. " has: " .. table.concat(list, " ")
end

local function guide_list()
  local lines = {"Pages to read:"}
  for _, page in ipairs(texts().pages) do
    lines[#lines + 1] = ("  ?guide %-14s %s"):format(page,
      texts().guides[page]:match "^#%s*([^\n]*)" or "")
  end
  return table.concat(lines, "\n")
end

-- "guides", "guide layers" and, where nothing else is called so, "layers".
local function from_guides(_, name)
  if name == "guides" or name == "guide" then return guide_list() end
  name = name:gsub("^guide%s+", ""):gsub("_", "-")
  return texts().guides[name], true
end

-- A class of layers without a comment of its own.
local function from_classes(_, name)
  local layer = rawget(require "mlrt.nn", last_part(name))
  if type(layer) ~= "table" then return nil end
  local own = last_part(name):gsub("(%l)(%u)", "%1_%2"):lower()
  local row = walk.row(own)
  return ("nn.%s(%s)"):format(last_part(name), signature("nn."
    .. last_part(name)) or "") .. (row and ("\n\nThe layer of m.%s: %s")
    :format(own, row.doc) or "")
end

local function from_commands(_, name)
  local row = require "mlrt.prompt.commands".rows[name:match "^:(%a+)$"]
  return row and (":%s %s\n\n%s."):format(row.name, row.args,
    row.doc:gsub("^%l", string.upper))
end

local function parts_of(name)
  local parts = {}
  for part in name:gmatch "[%w_]+" do parts[#parts + 1] = part end
  return parts
end

-- Lua's own functions: where its manual speaks of them.
local function from_lua(self, name)
  local parts = parts_of(name)
  local value = #parts > 0 and walk.resolve(self.vars, parts)
  if type(value) == "function" and debug.getinfo(value, "S").what == "C" then
    return ("%s is Lua's own: https://www.lua.org/manual/5.4/manual.html"
      .. "#pdf-%s"):format(name, name)
  end
end

-- A variable: what it is, and what can be done with it.
local function from_variables(self, name)
  local parts = parts_of(name)
  if #parts == 0 or self.vars.presets[parts[1]] then return nil end
  local value = walk.resolve(self.vars, parts)
  if value == nil or self.globals[parts[1]] then return nil end
  local lines = {("%s = %s"):format(name, show.brief(value))}
  local meta = debug.getmetatable(value)
  local class = type(meta) == "table" and rawget(meta, "__name")
  if class and type(value) == "table" then
    local about = from_comments(self, class) or from_classes(self, class)
    if about then lines[#lines + 1] = about end
  end
  if require "mlrt".is_tensor(value) then
    lines[#lines + 1] = ("Its methods are the operations: %s: and Tab lists "
      .. "them, ?sum says what one does."):format(name)
  elseif type(value) == "table" and #walk.names(value) > 0 then
    lines[#lines + 1] = "It has: " .. table.concat(walk.names(value), " ")
  end
  return table.concat(lines, "\n\n")
end

local answers = {from_commands, from_variables, from_rows, from_comments,
  from_modules, from_guides, from_classes, from_last_parts, from_lua}

-- ---- ?name ----------------------------------------------------------------

local function all_names()
  local list = {"guides"}
  for _, row in ipairs(require "mlrt".ops()) do
    if row.name:sub(1, 1) ~= "_" then list[#list + 1] = row.name end
  end
  for _, entry in ipairs(texts().entries) do list[#list + 1] = entry.name end
  for _, page in ipairs(texts().pages) do list[#list + 1] = page end
  return list
end

-- Long lines at blanks, to the width of the terminal.
local function wrap(text, width)
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local pad = line:match "^%s*"
    while #line > width and line:find("%S%s+%S", #pad + 1) do
      local cut = line:sub(1, width + 1):match "^(.*%S)%s" or ""
      if #cut <= #pad then cut = line:match "^%s*%S+" end
      lines[#lines + 1] = cut
      line = pad .. line:sub(#cut + 1):gsub("^%s+", "")
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

local function not_found(name)
  local list = all_names()
  local near = require "mlrt.options".nearest(name, list)
  if not near then
    for _, full in ipairs(list) do
      if last_part(full):lower() == last_part(name):lower() then near = full end
    end
  end
  return ("nothing is called '%s'; %s??%s looks for it in all texts"):format(
    name, near and ("did you mean ?%s; "):format(near) or "", last_part(name))
end

local function answer(self, name, width)
  if name ~= "m" and name ~= "mlrt" then
    name = name:gsub("^mlrt[.:]", ""):gsub("^m[.:]", "")
  end
  for _, ask in ipairs(answers) do
    local text, is_page = ask(self, name)
    if text and is_page then return markdown(text, width) end
    if text then return wrap(text, width) end
  end
  return wrap(not_found(name), width)
end

-- ---- ??word ---------------------------------------------------------------

local function first_sentence(text)
  text = text:gsub("%s+", " ")
  return text:match "^(.-[.;:]) " or text
end

-- {name, text} of everything that has a text.
local function everything()
  local list = {}
  for _, row in ipairs(require "mlrt".ops()) do
    if row.name:sub(1, 1) ~= "_" then
      list[#list + 1] = {row.name, row.doc}
    end
  end
  for _, entry in ipairs(texts().entries) do
    list[#list + 1] = {entry.name, entry.doc}
  end
  for _, page in ipairs(texts().pages) do
    list[#list + 1] = {page, texts().guides[page]}
  end
  return list
end

local function search(word, width)
  local named, mentioned = {}, {}
  local wanted = word:lower()
  for _, one in ipairs(everything()) do
    local line = (("?%-22s %s"):format(one[1], first_sentence(one[2])))
      :sub(1, width)
    if one[1]:lower():find(wanted, 1, true) then
      named[#named + 1] = line
    elseif one[2]:lower():find(wanted, 1, true) then
      mentioned[#mentioned + 1] = line
    end
  end
  table.move(mentioned, 1, #mentioned, #named + 1, named)
  if #named == 0 then return ("nothing mentions '%s'"):format(word) end
  if #named > 30 then
    named[31] = ("(%d more)"):format(#named - 30)
    for i = #named, 32, -1 do named[i] = nil end
  end
  return table.concat(named, "\n")
end

-- ---- The line -------------------------------------------------------------

--- What can be asked for and begins with the word, for Tab.
function help.topics(self, word)
  local list = {}
  local prefix = word:match "^m[.:]" or word:match "^mlrt[.:]" or ""
  for i, name in ipairs(all_names()) do list[i] = prefix .. name end
  for name in pairs(late.parts(require "mlrt")) do list[#list + 1] = name end
  for _, name in ipairs(self.vars.order) do list[#list + 1] = name end
  return list, word
end

--- The answer to a line that begins with ? as a text.
return setmetatable(help, {__call = function(_, self, text)
  local marks, name = text:match "^%s*(%?+)%s*(.-)[%s%(%)?]*$"
  local width = math.min(self.host.size(), 100)
  if name == "" or name == ":" then return overview_text() end
  local found = marks == "?" and answer(self, name, width)
    or search(name, width)
  return show.clean(found)
end})
