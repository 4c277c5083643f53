-- chunk.lua: what is typed as a function that runs, with locals that stay.
--
-- A local of one line is seen by the next ones as if they were one text: not a
-- copy but the same variable, which functions of earlier lines share.  A line
-- is compiled inside a function that has the earlier locals as upvalues,
--
--   local x, y, keep = ...; return function(...) LINE
--   keep(function() return z end) end
--
-- and debug.upvaluejoin makes them those of the session.  keep is called at the
-- end, or before a return, with a function that shares what LINE declared.
-- When LINE fails, the values its locals had are taken from its frame.

local scan = require "mlrt.prompt.scan"

local chunk = {}

local NAME = "=stdin"
local KEEP, VALUES = "__keep_locals", "__values"

-- ---- Locals of the outermost block ----------------------------------------

local opens = {["function"] = true, ["do"] = true, ["if"] = true,
  ["repeat"] = true}
local closes = {["end"] = true, ["until"] = true}

-- Reads the names behind `local` at token i into `found`.
local function read_names(tokens, i, found)
  if tokens[i].text == "function" then
    found[#found + 1] = {name = tokens[i + 1].text}
    return
  end
  while tokens[i] and tokens[i].kind == "name" do
    local one = {name = tokens[i].text}
    found[#found + 1] = one
    i = i + 1
    if tokens[i] and tokens[i].text == "<" then -- <const>
      one.attribute = tokens[i + 1].text
      i = i + 3
    end
    if not tokens[i] or tokens[i].text ~= "," then return end
    i = i + 1
  end
end

-- What a chunk declares in its outermost block, all names it mentions, and
-- where its return stands.
local function survey(text)
  local all, tokens = scan(text), {}
  for _, t in ipairs(all) do
    if t.kind ~= "comment" then tokens[#tokens + 1] = t end
  end
  local depth, found, mentioned, stop = 0, {}, {}, nil
  for i, t in ipairs(tokens) do
    if t.kind == "name" then mentioned[t.text] = true end
    if t.kind == "keyword" then
      if t.text == "local" and depth == 0 then
        read_names(tokens, i + 1, found)
      elseif t.text == "return" and depth == 0 then
        stop = t.from
      end
      depth = depth + (opens[t.text] and 1 or closes[t.text] and -1 or 0)
    end
  end
  return found, mentioned, stop, tokens[#tokens]
end

-- ---- The session's variables ----------------------------------------------

-- A variable of its own with a value: the function that has it as upvalue 1.
local function cell(value)
  return {f = function() return value end, i = 1}
end

--- A set of variables; `presets` gives those that come into being when they
--- are first mentioned, name = function.
function chunk.variables(presets)
  return {cells = {}, order = {}, presets = presets or {}}
end

function chunk.get(vars, name)
  local c = vars.cells[name]
  if c then return select(2, debug.getupvalue(c.f, c.i)) end
end

local function put(vars, name, c)
  if not vars.cells[name] then vars.order[#vars.order + 1] = name end
  vars.cells[name] = c
end

function chunk.set(vars, name, value)
  put(vars, name, cell(value))
end

--- The value behind a name, be it a local of the session or a global.
function chunk.find(vars, name)
  if vars.cells[name] then return chunk.get(vars, name) end
  local value = rawget(_G, name)
  if value == nil and vars.presets[name] then return vars.presets[name]() end
  return value
end

-- Those of the names that the session has, in a fixed order.
local function known(vars, mentioned)
  local list = {}
  for name, make in pairs(vars.presets) do
    if mentioned[name] and not vars.cells[name] and rawget(_G, name) == nil then
      chunk.set(vars, name, make())
    end
  end
  for _, name in ipairs(vars.order) do
    if mentioned[name] then list[#list + 1] = name end
  end
  return list
end

-- ---- Compiling ------------------------------------------------------------

local function names_of(found)
  local names, last = {}, {}
  for _, one in ipairs(found) do
    if one.attribute ~= "close" then
      if not last[one.name] then names[#names + 1] = one.name end
      last[one.name] = one
    end
  end
  return names, last
end

-- "local x, y <const> = ...; "
local function declaration(vars, names)
  if #names == 0 then return "" end
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = name .. (vars.cells[name].const and " <const>" or "")
  end
  return "local " .. table.concat(parts, ", ") .. " = ...; "
end

-- The chunk's text with keep() where it has to be called.
local function with_keep(text, names, stop)
  if #names == 0 then return text end
  local call = (" %s(function() return %s end) "):format(KEEP,
    table.concat(names, ", "))
  if stop then return text:sub(1, stop - 1) .. call .. text:sub(stop) end
  return text .. "\n" .. call
end

-- Makes the upvalues of f the variables of the session.
local function join(vars, f)
  local i, name = 1, debug.getupvalue(f, 1)
  while name do
    local c = vars.cells[name]
    if c then debug.upvaluejoin(f, i, c.f, c.i) end
    i = i + 1
    name = debug.getupvalue(f, i)
  end
end

-- Takes what the chunk hands to keep: variables, or the values of constants.
local function keeper(vars, names, last)
  return function(shared)
    local values, at = table.pack(shared()), {}
    local i, name = 1, debug.getupvalue(shared, 1)
    while name do
      at[name] = i
      i = i + 1
      name = debug.getupvalue(shared, i)
    end
    for k, n in ipairs(names) do
      local c = at[n] and {f = shared, i = at[n]} or cell(values[k])
      c.const = last[n].attribute == "const"
      put(vars, n, c)
    end
  end
end

-- A function, or nil and what is wrong with the text; no memory is no fault of
-- the text's.
local function read(text)
  local f, err = load(text, NAME, "t")
  if err == "not enough memory" then error(err, 0) end
  return f, err
end

-- Is the text an expression, or several, perhaps with a semicolon?
local function is_expression(text)
  return read("return " .. text) ~= nil
end

-- An expression as a chunk.  The values pass through a call, because a mere
-- return would be a tail call, and errors could not say how they came about.
local function returned(text, final)
  local last = final.text == ";" and final.from - 1 or final.to
  return ("return %s(%s)"):format(VALUES, text:sub(1, last))
end

local function values(...)
  return ...
end

-- Does the message say that more may come?  A string goes on in the next line
-- only after a backslash that is not itself escaped.
local function wants_more(message, text)
  return message:find "<eof>$" ~= nil
    and (not message:find "unfinished string" or #text:match "\\*$" % 2 == 1)
end

--- Does the text end too early?
function chunk.unfinished(text)
  if is_expression(text) then return false end
  local f, err = read(text)
  if f then return false end
  local _, other = read("return " .. text)
  return wants_more(err, text) or wants_more(other, text)
end

local function closes_something(found)
  for _, one in ipairs(found) do
    if one.attribute == "close" then return true end
  end
  return false
end

-- The function, with the session's variables and those it is to keep.
local function build(vars, text, found, mentioned, stop)
  local names, last = names_of(found)
  local head = declaration(vars, known(vars, mentioned))
    .. ("local %s, %s = ...; return function(...) "):format(KEEP, VALUES)
  local outer, err = read(head .. with_keep(text, names, stop) .. "\nend")
  if not outer then -- a goto to the end may not pass what follows
    names = {}
    outer = read(head .. text .. "\nend")
    if not outer then return nil, err end
  end
  local f = outer()
  vars.cells[KEEP] = cell(keeper(vars, names, last))
  vars.cells[VALUES] = cell(values)
  join(vars, f)
  vars.cells[KEEP], vars.cells[VALUES] = nil, nil
  return f, names
end

--- The text as {f =, names =, closing =, silent =}, or nil and a message.
--- An expression returns its values; silent: a semicolon ends it; closing: it
--- declares what is closed at its end.
function chunk.compile(vars, text)
  local expression = is_expression(text)
  if not expression then
    local ok, err = read(text)
    if not ok then return nil, err end
  end
  local found, mentioned, stop, final = survey(text)
  local silent = final and final.text == ";"
  if expression and final then -- a mere comment has nothing to return
    text, found, stop = returned(text, final), {}, nil
  end
  local f, names = build(vars, text, found, mentioned, stop)
  if not f then return nil, names end
  return {f = f, names = names, silent = silent,
    closing = closes_something(found)}
end

--- For handlers of errors: keeps the values that the locals of the chunk have
--- now; `level` is where its frame is, counted from the caller.
function chunk.rescue(vars, compiled, level)
  local wanted = {}
  for _, name in ipairs(compiled.names) do wanted[name] = true end
  local i = 1
  local name, value = debug.getlocal(level + 1, i)
  while name do
    if wanted[name] then
      chunk.set(vars, name, value)
      wanted[name] = nil
    end
    i = i + 1
    name, value = debug.getlocal(level + 1, i)
  end
end

return chunk
