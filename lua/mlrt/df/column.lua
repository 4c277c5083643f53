-- column.lua: a column of a frame.
--
-- A Column has `name`, `dtype` (f64, i64, bool, str, cat, datetime) and
-- `nulls`, how many holes it has.  Its values lie in one tensor, its holes in a
-- bool tensor if there are any; text and categories are positions in a
-- dictionary, which columns made from it share.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local m = require "mlrt"

local raw = core._frame

local column = {}

--- Stands for a hole where Lua's nil cannot.
column.null = setmetatable({}, {__tostring = function() return "null" end})

local Column = class "Column"
column.Column = Column

-- What the values of each dtype are kept in.
local storage = {f64 = "f64", i64 = "i64", bool = "bool", datetime = "i64",
  str = "index", cat = "index"}
column.storage = storage

-- A dictionary: two tensors and, once somebody asks, Lua's strings.
local function dictionary(bytes, offsets)
  return {bytes = bytes, offsets = offsets, n = #offsets - 1}
end
column.dictionary = dictionary

--- The words of a dictionary as a list.
function column.words(dict)
  if not dict.list then dict.list = raw.words(dict.bytes, dict.offsets) end
  return dict.list
end

--- A column of tensors: values as `storage` says, holes a bool tensor or nil,
--- dict the dictionary of str and cat.
function column.make(name, dtype, values, holes, dict)
  local nulls = holes and holes:count_nonzero():item() or 0
  if nulls == 0 then holes = nil end
  return setmetatable({name = name, dtype = dtype, nulls = nulls,
    _values = values, _holes = holes, _dict = dict, _n = #values}, Column)
end

--- The same column under another name.
function column.renamed(c, name)
  if c.name == name then return c end
  return setmetatable({name = name, dtype = c.dtype, nulls = c.nulls,
    _values = c._values, _holes = c._holes, _dict = c._dict, _n = c._n}, Column)
end

--- What the reader made (bindings/lframe.c).
function column.from_raw(r)
  local text = r.bytes and (r.dtype == "cat" and "str" or r.dtype)
  local c = column.make(r.name, text or r.dtype, r.values, r.holes,
    r.bytes and dictionary(r.bytes, r.offsets))
  return r.dtype == "cat" and c:to "cat" or c
end

local function is_text(c)
  return c.dtype == "str" or c.dtype == "cat"
end
column.is_text = is_text

-- ---- From Lua -------------------------------------------------------------

local kinds = {integer = "i64", float = "f64", boolean = "bool",
  string = "str"}

-- The narrowest dtype of a list of n values; df.null and nil are holes.
local function kind_of_list(name, list, n)
  local kind
  for i = 1, n do
    local v = list[i]
    local k = kinds[math.type(v) or type(v)]
    if v ~= nil and v ~= column.null then
      if not k then
        fail("df.frame: column '%s', row %d: a number, string or boolean "
          .. "expected, got %s", name, i, type(v))
      end
      if not kind or kind == "i64" and k == "f64" then kind = k end
      if kind ~= k and not (kind == "f64" and k == "i64") then
        fail("df.frame: column '%s', row %d: %s in a column of %s", name, i, k,
          kind)
      end
    end
  end
  return kind or "f64"
end

local placeholder = {f64 = 0 / 0, i64 = 0, bool = false, datetime = 0}

-- A copy without holes, and the tensor of these.
local function split_holes(list, n, filler)
  local values, holes, any = {}, {}, false
  for i = 1, n do
    local v = list[i]
    local hole = v == nil or v == column.null or v ~= v
    any = any or hole
    holes[i] = hole
    if hole then v = filler or false end
    values[i] = v
  end
  return values, any and m.tensor(holes, {dtype = "bool"}) or nil
end

local function of_strings(name, dtype, list, n)
  local values, holes = split_holes(list, n, nil)
  for i = 1, n do
    if values[i] then values[i] = tostring(values[i]) end
  end
  local codes, bytes, offsets = raw.encode(values, n)
  local c = column.make(name, "str", codes, holes, dictionary(bytes, offsets))
  return dtype == "str" and c or c:to(dtype)
end

-- Holes inside a list make # unreliable.
local function length(list)
  local n = list.n or 0
  for i in pairs(list) do
    if math.type(i) == "integer" and i > n then n = i end
  end
  return n
end

local function of_list(name, list, dtype)
  local n = length(list)
  dtype = dtype or kind_of_list(name, list, n)
  if dtype == "str" or dtype == "cat" or dtype == "datetime" then
    return of_strings(name, dtype, list, n)
  end
  local values, holes = split_holes(list, n, placeholder[dtype])
  local t = n > 0 and m.tensor(values, {dtype = storage[dtype]})
    or m.zeros({0}, {dtype = storage[dtype]})
  return column.make(name, dtype, t, holes)
end

local function of_tensor(name, t, dtype)
  if #t.shape ~= 1 then
    fail("df.column: '%s': a tensor of one dimension expected, got %s", name,
      tostring(t.shape))
  end
  t = t:detach():contiguous()
  local kind = t.dtype
  if kind == "f32" then kind = "f64" end
  if kind == "i32" or kind == "u8" then kind = "i64" end
  if kind == "index" then
    fail("df.column: '%s': an index counts; make numbers of it first, "
      .. "x:to 'i64'", name)
  end
  t = t:to(kind)
  local holes = kind == "f64" and t:isnan() or nil
  local c = column.make(name, kind, t, holes)
  return dtype and c:to(dtype) or c
end

--- Is it a tensor?
function column.is_tensor(v)
  return type(v) == "userdata" and getmetatable(v) == "mlrt.Tensor"
end

function column.is_column(v)
  return getmetatable(v) == Column
end

function column.check_dtype(where, dtype)
  if dtype ~= nil and not storage[dtype] then
    fail("%s: %s", where, options.unknown("dtype", tostring(dtype),
      {"f64", "i64", "bool", "str", "cat", "datetime"}))
  end
end

--- A column called `name` of a list, tensor or column.  A list that ends in
--- holes ends in df.null, or has its length in field n.
function column.column(name, values, dtype)
  if type(name) ~= "string" then
    fail("df.column: a name is a string, got %s", type(name))
  end
  column.check_dtype("df.column", dtype)
  if column.is_column(values) then
    values = column.renamed(values, name)
    return dtype and values:to(dtype) or values
  end
  if column.is_tensor(values) then return of_tensor(name, values, dtype) end
  if type(values) == "table" and getmetatable(values) == nil then
    return of_list(name, values, dtype)
  end
  return fail("df.column: '%s': a list, tensor or column expected, got %s",
    name, type(values))
end

-- ---- Looking --------------------------------------------------------------

function Column:__len()
  return self._n
end

-- A date as text: the time of the day only where there is one.
local function date_text(us)
  local seconds, micro = us // 1000000, us % 1000000
  local text = os.date("!%Y-%m-%d %H:%M:%S", seconds)
  if micro ~= 0 then return ("%s.%06d"):format(text, micro) end
  return (text:gsub(" 00:00:00$", ""))
end

--- Value of row i, nil for a hole; a date as text.
function Column:get(i)
  if math.type(i) ~= "integer" or i < 1 or i > self._n then
    fail("column '%s': row %s is out of range 1..%d", self.name, tostring(i),
      self._n)
  end
  if self._holes and self._holes[i] then return nil end
  local v = self._values[i]
  if is_text(self) then return self:_word(v) end
  return self.dtype == "datetime" and date_text(v) or v
end

function Column:_word(code)
  local dict = self._dict
  return dict.list and dict.list[code] or raw.word(dict.bytes, dict.offsets,
    code)
end

--- All values as a list; holes are nil, field n is the length.
function Column:tolist()
  local list = {n = self._n}
  for i = 1, self._n do list[i] = self:get(i) end
  return list
end

--- Where the holes are: a bool tensor.
function Column:isnull()
  return self._holes or m.zeros({self._n}, {dtype = "bool"})
end

-- The first rows of a mask, for messages: "3, 7, 9 and 12 more".
local function some_rows(mask)
  local at = mask:nonzero():squeeze(2)
  local list = {}
  for i = 1, math.min(#at, 5) do list[i] = tostring(at[i]) end
  local more = #at - #list
  return table.concat(list, ", ")
    .. (more > 0 and (" and %d more"):format(more) or "")
end

--- The values as a tensor, which shares the column's memory: f64, i64, bool,
--- or for dates i64, microseconds since 1970.  Holes raise, unless {fill = x}
--- says what stands for them.
function Column:tensor(opts)
  if is_text(self) then
    fail("column '%s': %s is no number; codes() gives positions in "
      .. "categories()", self.name, self.dtype)
  end
  if not self._holes then return self._values end
  local filler = opts and opts.fill
  if filler == nil then
    fail("column '%s' has %d holes (rows %s); fill them first, or give "
      .. "{fill = x}", self.name, self.nulls, some_rows(self._holes))
  end
  return self._values:masked_fill(self._holes, filler)
end

local compact

--- Positions of str and cat in categories(): an index tensor, none for holes.
function Column:codes()
  if not is_text(self) then
    fail("column '%s': %s has no categories; to 'cat' makes them", self.name,
      self.dtype)
  end
  compact(self)
  return self._values
end

--- The different texts that codes() counts.
function Column:categories()
  self:codes()
  return {table.unpack(column.words(self._dict))}
end

-- ---- Rows -----------------------------------------------------------------

--- Rows in the order of an index tensor; none gives a hole.
function column.take(c, index)
  local values, holes = raw.take(c._values, c._holes, index)
  return column.make(c.name, c.dtype, values, holes, c._dict)
end

-- ---- Other dtypes ---------------------------------------------------------

-- Text with a dictionary of the words that occur only.
local function tidied(c, dtype, sorted)
  local dict = c._dict
  local codes, bytes, offsets = raw.tidy(c._values, dict.bytes, dict.offsets,
    sorted)
  return column.make(c.name, dtype, codes, c._holes,
    dictionary(bytes, offsets))
end

-- Rows left out leave words that nobody has any more: codes of text count
-- those that occur, categories stay.
function compact(c)
  if c.dtype ~= "str" or c._compact then return end
  local t = tidied(c, "str", false)
  if #t._dict.offsets < #c._dict.offsets then
    c._values, c._dict = t._values, t._dict
  end
  c._compact = true
end

local function to_text(c)
  local list = {n = c._n}
  for i = 1, c._n do
    local v = c:get(i)
    if v ~= nil then list[i] = tostring(v) end
  end
  return column.column(c.name, list, "str")
end

local numeric = {f64 = true, i64 = true, bool = true}

--- The column as another dtype; what cannot be one raises.
function Column:to(dtype)
  column.check_dtype("to", dtype)
  if dtype == self.dtype then return self end
  if dtype == "cat" or dtype == "str" then
    local c = is_text(self) and self or to_text(self)
    return dtype == c.dtype and c or tidied(c, dtype, dtype == "cat")
  end
  if not numeric[dtype] or not numeric[self.dtype] then
    fail("column '%s': %s cannot become %s", self.name, self.dtype, dtype)
  end
  local values = self._values
  if dtype == "f64" and self._holes then
    values = values:to "f64":masked_fill(self._holes, 0 / 0)
  elseif self._holes then
    values = values:masked_fill(self._holes, 0)
  end
  return column.make(self.name, dtype, values:to(dtype), self._holes)
end

--- "Column(Age: f64, 891 rows, 177 holes)"
function Column:__tostring()
  return ("Column(%s: %s, %d rows%s)"):format(self.name, self.dtype, self._n,
    self.nulls > 0 and (", %d holes"):format(self.nulls) or "")
end

return column
