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

-- Methods in modules of their own, loaded when they are first used.
local parts = {}

function column.later(module, names)
  for name in names:gmatch "%S+" do parts[name] = module end
end

column.later("mlrt.df.values", [[eq ne lt le gt ge isin map extract lower upper
  strip contains where apply]])
column.later("mlrt.df.stats", [[count sum prod mean var std min max median
  quantile mode nunique unique value_counts]])
column.later("mlrt.df.window", "rolling lag diff pct_change")
column.later("mlrt.df.clean", "fill_na clip outliers")
column.later("mlrt.df.dates", [[year quarter month week day weekday day_of_year
  hour minute second days]])

-- c[3] is the value of row 3.
function Column.__index(self, name)
  if math.type(name) == "integer" then return Column.get(self, name) end
  local method = Column[name]
  if method == nil and parts[name] then
    require(parts[name])
    method = Column[name]
  end
  return method
end

-- Operators are looked up without __index.
for _, name in ipairs {"__add", "__sub", "__mul", "__div", "__pow", "__unm",
  "__lt", "__le"} do
  Column[name] = function(a, b)
    return require "mlrt.df.values"[name](a, b)
  end
end

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
    _values = values, _holes = holes or false, _dict = dict or false,
    _n = #values}, Column)
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

--- Value of row i, nil for a hole; a date as text.
function Column:get(i)
  if math.type(i) ~= "integer" or i < 1 or i > self._n then
    fail("column '%s': row %s is out of range 1..%d", self.name, tostring(i),
      self._n)
  end
  if self._holes and self._holes[i] then return nil end
  local v = self._values[i]
  if is_text(self) then return self:_word(v) end
  return self.dtype == "datetime" and raw.date_text(v) or v
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
  local words = column.words(self._dict)
  return table.move(words, 1, #words, 1, {})
end

-- ---- Rows -----------------------------------------------------------------

--- Rows in the order of an index tensor; none gives a hole.
function column.take(c, index)
  local values, holes = raw.take(c._values, c._holes or nil, index)
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

-- Text as values, word by word.
local function parsed(c, dtype, format)
  local dict = c._dict
  local values, bad = raw.parse(dict.bytes, dict.offsets, dtype, format)
  local y, holes = raw.take(values, nil, c._values)
  local wrong = raw.take(bad, nil, c._values):nonzero():reshape {-1}
  if #wrong > 0 then
    local row = wrong[1]
    fail("column '%s', row %d: %q is no %s", c.name, row, c:get(row), dtype)
  end
  if dtype == "f64" then
    local nan = y:isnan()
    holes = holes and holes:logical_or(nan) or nan
  end
  return column.make(c.name, dtype, y, holes)
end

--- The column as another dtype; what cannot be one raises and says where.
--- {format = "%d.%m.%Y"} says how dates are written.
function Column:to(dtype, opts)
  column.check_dtype("to", dtype)
  if dtype == self.dtype then return self end
  if dtype == "cat" or dtype == "str" then
    local c = is_text(self) and self or to_text(self)
    return dtype == c.dtype and c or tidied(c, dtype, dtype == "cat")
  end
  if is_text(self) then return parsed(self, dtype, opts and opts.format) end
  if not numeric[dtype] or not numeric[self.dtype] then
    fail("column '%s': %s cannot become %s", self.name, self.dtype, dtype)
  end
  local values, holes = self._values, self._holes
  if holes then values = values:masked_fill(holes, 0) end
  values = values:to(dtype)
  if dtype == "f64" and holes then values = values:masked_fill(holes, 0 / 0) end
  return column.make(self.name, dtype, values, holes)
end

-- ---- For the other modules ------------------------------------------------

--- What the core sorts and groups by; sorted text counts by its order.
function column.by(c, sorted, descending)
  local values = c._values
  if sorted and is_text(c) then values = tidied(c, c.dtype, true)._values end
  return {values, c._holes, descending}
end

--- The columns of a frame, to sort or group by.
function column.all_by(list, sorted)
  local by = {}
  for i, c in ipairs(list) do by[i] = column.by(c, sorted) end
  return by
end

-- Columns of one dtype, the wider of two.
local function alike(a, b)
  if a.dtype == b.dtype then return a, b end
  if is_text(a) and is_text(b) then return a:to "str", b:to "str" end
  if numeric[a.dtype] and numeric[b.dtype] then
    local wide = (a.dtype == "f64" or b.dtype == "f64") and "f64" or "i64"
    return a:to(wide), b:to(wide)
  end
  return fail("column '%s' is %s here and %s there", a.name, a.dtype, b.dtype)
end

--- One column below the other, under the name of the first.
function column.concat(a, b)
  if a.dtype ~= b.dtype and b.nulls == #b then
    b = column.holes(b.name, a, #b)
  elseif a.dtype ~= b.dtype and a.nulls == #a then
    a = column.holes(a.name, b, #a)
  end
  a, b = alike(a, b)
  local x, y, dict = a._values, b._values, a._dict
  if is_text(a) then
    local places
    local bytes, offsets
    bytes, offsets, places = raw.merge(a._dict.bytes, a._dict.offsets,
      b._dict.bytes, b._dict.offsets)
    dict = dictionary(bytes, offsets)
    y = raw.take(places, nil, y)
  end
  local holes = a._holes or b._holes
  if holes then holes = m.cat({a:isnull(), b:isnull()}, 1) end
  return column.make(a.name, a.dtype, m.cat({x, y}, 1), holes, dict)
end

--- Groups of rows by columns or their names in a frame, and the rows in their
--- order; nothing without `by`.
function column.walk(f, by)
  if not by then return nil, nil end
  local list = {}
  if column.is_column(by) then
    list[1] = by
  else
    for i, c in ipairs(type(by) == "table" and by or {by}) do
      list[i] = column.is_column(c) and c or f:col(c)
    end
  end
  local groups = raw.group(column.all_by(list), true)
  return groups, raw.sort {{groups}}
end

--- n holes of the dtype of `like`.
function column.holes(name, like, n)
  local none = m.full({n}, -1, {dtype = "i64"}):index {base = 0, none = -1}
  return column.renamed(column.take(like, none), name)
end

--- "Column(Age: f64, 891 rows, 177 holes)"
function Column:__tostring()
  return ("Column(%s: %s, %d rows%s)"):format(self.name, self.dtype, self._n,
    self.nulls > 0 and (", %d holes"):format(self.nulls) or "")
end

return column
