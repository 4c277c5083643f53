-- columns.lua: what prep works on: named columns, made of a frame, a matrix, a
-- raw row or a list of such.
--
-- A column is one of
--   {kind = "number", x = f64 (n)}                   nan is a hole
--   {kind = "time", x = f64 (n)}                     seconds since 1970
--   {kind = "text", codes = index (n), categories = {...}}   none is a hole
-- and has `from`, the names of the raw columns it was made of.  A set of
-- columns, as its columns, is never changed once it is made.
--
-- Categories are compared by their text: 3, 3.0 and "3" are one category, so
-- that a row typed by hand means what the row of the file meant.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local dates = require "mlrt.prep.dates"

local Columns = class "Columns"

local NAN = 0 / 0

-- ---- Names ----------------------------------------------------------------

local function read_names(v)
  if type(v) == "string" then return {v} end
  if type(v) ~= "table" or getmetatable(v) then return nil end
  local list = {}
  for i, name in ipairs(v) do
    if type(name) ~= "string" then return nil end
    list[i] = name
  end
  return #list > 0 and list or nil
end

options.types.names = {"a name or a list of names", read_names}

-- ---- Columns --------------------------------------------------------------

function Columns:init(n)
  self.n, self.names, self.map = n, {}, {}
end

--- Adds a column under a name that is still free.
function Columns:add(name, column)
  if self.map[name] then
    fail("prep: two columns are named '%s'", name)
  end
  self.names[#self.names + 1], self.map[name] = name, column
  column.from = column.from or {name}
end

--- The column, or an error that says which names there are.
function Columns:get(name, where)
  return self.map[name] or fail("%s: %s", where or "prep",
    options.unknown("column", name, self.names))
end

--- The columns with those in `made`, name -> list of {name, column}, replaced
--- where they stood.
function Columns:replace(made)
  local new = Columns(self.n)
  for _, name in ipairs(self.names) do
    local list = made[name]
    if not list then
      new:add(name, self.map[name])
    else
      for _, entry in ipairs(list) do new:add(entry[1], entry[2]) end
    end
  end
  return new
end

--- Only these columns, in this order.
function Columns:select(names, where)
  local new = Columns(self.n)
  for _, name in ipairs(names) do new:add(name, self:get(name, where)) end
  return new
end

--- The names of the columns of a kind.
function Columns:of_kind(...)
  local names, wanted = {}, {}
  for _, kind in ipairs {...} do wanted[kind] = true end
  for _, name in ipairs(self.names) do
    if wanted[self.map[name].kind] then names[#names + 1] = name end
  end
  return names
end

-- ---- Values ---------------------------------------------------------------

--- The text by which a value is a category.
function Columns.text(v)
  if type(v) ~= "number" then return tostring(v) end
  local whole = math.tointeger(v)
  if whole then return ("%d"):format(whole) end
  for digits = 15, 17 do
    local text = ("%%.%dg"):format(digits):format(v)
    if tonumber(text) == v then return text end
  end
end

local function is_hole(v)
  return v == nil or v == "" or v ~= v or tostring(v) == "null"
    and type(v) ~= "string"
end

local truths = {["true"] = 1, ["false"] = 0}

-- A raw value as the number of a column of numbers or times.
local function number_of(v, kind, name, row)
  if is_hole(v) then return NAN end
  if type(v) == "boolean" then return v and 1 or 0 end
  local x = kind == "time" and dates.seconds(v) or tonumber(v)
    or kind == "number" and type(v) == "string" and truths[v:lower()]
  if not x then
    fail("prep: row %d, column '%s': a %s expected, got %s", row, name, kind,
      type(v) == "string" and ("%q"):format(v) or type(v))
  end
  return x + 0.0
end

local function numbers(values, n, kind, name)
  local list = {}
  for i = 1, n do list[i] = number_of(values[i], kind, name, i) end
  return {kind = kind, x = core.tensor(list, {dtype = "f64"})}
end

--- A column of text, of the values 1..n of a list, nil being a hole.
function Columns.texts(values, n, name)
  local place, categories, codes = {}, {}, {}
  for i = 1, n do
    local v = values[i]
    if is_hole(v) then
      codes[i] = 0
    elseif type(v) == "table" or type(v) == "userdata" then
      fail("prep: row %d, column '%s': a text or a number expected, got a %s",
        i, name, type(v))
    else
      v = Columns.text(v)
      if not place[v] then
        categories[#categories + 1] = v
        place[v] = #categories
      end
      codes[i] = place[v]
    end
  end
  codes = core.tensor(codes, {dtype = "i64"}):index {base = 1, none = 0}
  return {kind = "text", codes = codes, categories = categories}
end

-- Of a list without a schema: numbers and booleans, else text.
local function infer(values, n, name)
  for i = 1, n do
    local v = values[i]
    if not is_hole(v) and type(v) ~= "number" and type(v) ~= "boolean" then
      return Columns.texts(values, n, name)
    end
  end
  return numbers(values, n, "number", name)
end

--- A column of a list of n values; `kind` nil: as they look.
function Columns.of_list(values, n, name, kind)
  if kind == "text" then return Columns.texts(values, n, name) end
  if kind then return numbers(values, n, kind, name) end
  return infer(values, n, name)
end

--- The column with its holes marked: bool (n).
function Columns.holes(column)
  if column.kind == "text" then
    return column.codes:ge(1):logical_not()
  end
  return column.x:isnan()
end

--- The column as text: numbers by their shortest text.
function Columns.as_text(column)
  if column.kind == "text" then return column end
  local values, inverse = column.x:unique {return_inverse = true}
  local categories, holes = {}, column.x:isnan()
  for i, v in ipairs(values:totable()) do
    categories[i] = v == v and Columns.text(v) or nil
  end
  local codes = inverse:to "i64":masked_fill(holes, 0)
  return {kind = "text", codes = codes:index {base = 1, none = 0},
    categories = categories, from = column.from}
end

-- text -> position of lists of categories, which do not change: a row alone
-- should not wait for thousands of them.
local places = setmetatable({}, {__mode = "k"})

local function places_of(categories)
  local place = places[categories]
  if not place then
    place = {}
    for i, text in ipairs(categories) do place[text] = i end
    places[categories] = place
  end
  return place
end

--- Codes by a given list of categories; what is not in it gets `unknown`, a
--- position or 0 for none.
function Columns.recode(column, categories, unknown)
  local place, new = places_of(categories), {}
  for i, text in ipairs(column.categories) do
    new[i] = place[text] or unknown
  end
  if #new == 0 then return column.codes end
  local table_ = core.tensor(new, {dtype = "i64"})
  local holes = column.codes:ge(1):logical_not()
  local at = column.codes:to "i64":masked_fill(holes, 1):index {base = 1}
  return table_:index_select(1, at):masked_fill(holes, 0)
    :index {base = 1, none = 0}
end

--- The quantiles q, f64 (m), of numbers (n) without holes, on the line between
--- the two values beside each: one sort for all of them.
function Columns.quantiles(x, q)
  local sorted, n = x:sort(1), #x
  local place = q * (n - 1)
  local low = place:floor()
  local at = low:to "i64"
  local a = sorted:index_select(1, at:index {base = 0})
  local b = sorted:index_select(1, (at + 1):clamp(0, n - 1):index {base = 0})
  return a + (b - a) * (place - low)
end

-- ---- Frames ---------------------------------------------------------------

local function is_frame(data)
  return type(data) == "table" and getmetatable(data) ~= nil
    and type(data.col) == "function" and data.columns ~= nil
end
Columns.is_frame = is_frame

local function of_numbers(column)
  local holes = column.nulls > 0
  local x = column:tensor(holes and {fill = 0} or nil):to "f64"
  return holes and x:masked_fill(column:isnull(), NAN) or x
end

--- A column of a frame, as one of ours; it remembers which, so that one that
--- no step touches comes out as it went in.
function Columns.of_frame(column)
  local dtype = column.dtype
  if dtype == "str" or dtype == "cat" then
    return {kind = "text", codes = column:codes(),
      categories = column:categories(), source = column}
  end
  if dtype == "datetime" then
    return {kind = "time", x = dates.of_column(column), source = column}
  end
  return {kind = "number", x = of_numbers(column), bool = dtype == "bool",
    source = column}
end

local function read_frame(frame, schema)
  local cols = Columns(#frame)
  for _, name in ipairs(schema and schema.names or frame.columns) do
    local column = frame:col(name)
    if schema and not column then
      fail("prep: the column '%s' is missing", name)
    end
    cols:add(name, Columns.of_frame(column))
  end
  return cols
end

-- ---- Matrices, rows and lists of rows -------------------------------------

local function read_matrix(x, schema)
  if x.ndim == 1 then x = x:unsqueeze(2) end
  if x.ndim ~= 2 or x.dtype == "index" then
    fail("prep: a tensor of numbers of shape (rows, columns) expected, got %s "
      .. "of dtype %s", x.shape, x.dtype)
  end
  local k = x.shape[2]
  if schema and #schema.names ~= k then
    fail("prep: %d columns expected, got %d", #schema.names, k)
  end
  local cols = Columns(x.shape[1])
  x = x:detach():to "f64"
  for j = 1, k do
    cols:add(schema and schema.names[j] or "x" .. j,
      {kind = "number", x = x:select(2, j):contiguous()})
  end
  return cols
end

-- The names of all keys, in order; rows are {name = value, ...}.
local function keys_of(rows)
  local seen, names = {}, {}
  for i, row in ipairs(rows) do
    if type(row) ~= "table" then
      fail("prep: row %d: a table {column = value, ...} expected, got a %s", i,
        type(row))
    end
    for key in pairs(row) do
      if type(key) ~= "string" then
        fail("prep: row %d: column names are strings, got a %s", i, type(key))
      end
      if not seen[key] then seen[key], names[#names + 1] = true, key end
    end
  end
  table.sort(names)
  return names
end

-- A name that the training part did not have is a spelling mistake.
local function check_known(names, schema)
  for _, name in ipairs(names) do
    if not schema.known[name] then
      fail("prep: %s", options.unknown("column", name, schema.names))
    end
  end
end

local function read_rows(rows, schema)
  local names = keys_of(rows)
  if schema then check_known(names, schema) end
  local cols = Columns(#rows)
  for k, name in ipairs(schema and schema.names or names) do
    local values = {}
    for i, row in ipairs(rows) do values[i] = row[name] end
    cols:add(name, Columns.of_list(values, #rows, name,
      schema and schema.kinds[k]))
  end
  return cols
end

-- ---- All of them ----------------------------------------------------------

--- What kind of data it is: frame, tensor, row, rows or columns.
function Columns.form(data)
  if core.is_tensor(data) then return "tensor" end
  if type(data) ~= "table" then return nil end
  if getmetatable(data) == Columns then return "columns" end
  if is_frame(data) then return "frame" end
  if getmetatable(data) then return nil end
  return #data > 0 and "rows" or "row"
end

--- The columns of any of them.  schema = {names, kinds, known}: which columns
--- are wanted, and as what; what else a row may contain without being wrong.
function Columns.read(data, schema, where)
  local form = Columns.form(data)
  if form == "columns" then
    return schema and data:select(schema.names, where) or data
  end
  if form == "frame" then return read_frame(data, schema) end
  if form == "tensor" then return read_matrix(data, schema) end
  if form == "rows" then return read_rows(data, schema) end
  if form == "row" then return read_rows({data}, schema) end
  fail("%s: a frame, a tensor, a row {column = value} or a list of rows "
    .. "expected, got a %s", where or "prep", type(data))
end

--- What read needs to read other data in the same way.
function Columns:schema(known)
  local kinds, set = {}, {}
  for i, name in ipairs(self.names) do kinds[i] = self.map[name].kind end
  for _, name in ipairs(known or self.names) do set[name] = true end
  return {names = self.names, kinds = kinds, known = set}
end

-- Position of the first true element, from 1.
local function first(mask)
  return mask:nonzero()[{1, 1}]:item()
end

-- Says which number is none, or not finite.
local function blame(column, name, where)
  local finite = column.x:isfinite()
  if finite:all():item() then return end
  local at = first(finite:logical_not())
  local hole = column.x:select(1, at):isnan():item()
  fail("%s: row %d, column '%s' is %s", where, at, name,
    hole and "a hole; put a SimpleImputer before this" or "infinite")
end

--- f64 (n, k): columns of numbers beside each other; no holes.
function Columns:matrix(where, names)
  local list = {}
  names = names or self.names
  for j, name in ipairs(names) do
    local column = self:get(name, where)
    if column.kind == "text" then
      fail("%s: the column '%s' holds text; put an encoder such as "
        .. "OneHotEncoder before this, or leave the column out", where, name)
    end
    list[j] = column.x
  end
  if #list == 0 then return core.zeros({self.n, 0}, {dtype = "f64"}) end
  local x = core.stack(list, 2)
  if not x:isfinite():all():item() then
    for _, name in ipairs(names) do blame(self.map[name], name, where) end
  end
  return x
end

local function values_of(column)
  if column.kind ~= "text" then return column.x end
  local list = column.codes:to "i64":totable()
  for i, code in ipairs(list) do list[i] = column.categories[code] or false end
  return list
end

local function as_frame(self)
  local list = {}
  for i, name in ipairs(self.names) do
    local column = self.map[name]
    local values = column.source or values_of(column)
    if column.kind == "text" and not column.source then
      values.n = self.n
      for k = 1, self.n do values[k] = values[k] or nil end
    end
    list[i] = {name, values}
  end
  return require "mlrt.df".frame(list)
end

local function as_rows(self)
  local rows = {}
  for i = 1, self.n do rows[i] = {} end
  for _, name in ipairs(self.names) do
    local values = values_of(self.map[name])
    if core.is_tensor(values) then values = values:totable() end
    for i, v in ipairs(values) do
      if v == v and v ~= false then rows[i][name] = v end
    end
  end
  return rows
end

--- The columns in the form that the data came in.
function Columns:like(data, where)
  local form = Columns.form(data)
  if form == "columns" then return self end
  if form == "tensor" then
    local holes = {}
    for j, name in ipairs(self.names) do
      holes[j] = self.map[name].x
    end
    if #holes == #self.names and #holes > 0 then return core.stack(holes, 2) end
    return self:matrix(where)
  end
  if form == "frame" then return as_frame(self) end
  local rows = as_rows(self)
  return form == "row" and rows[1] or rows
end

return Columns
