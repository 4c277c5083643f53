-- values.lua: columns compared, computed with and mapped.
--
-- A comparison gives a bool tensor that is false where there is a hole; what
-- is computed has a hole where an operand has one.

local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local m = require "mlrt"

local raw = core._frame
local Column = column.Column

local values = {}

-- ---- Comparing ------------------------------------------------------------

-- A mask of rows from one of a dictionary's words.
local function by_word(c, test)
  local words, list = column.words(c._dict), {}
  for k, word in ipairs(words) do list[k] = test(word) and true or false end
  if #list == 0 then return m.zeros({#c}, {dtype = "bool"}) end
  return (raw.take(m.tensor(list, {dtype = "bool"}), nil, c._values))
end

local text_tests = {
  eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end,
  lt = function(a, b) return a < b end, le = function(a, b) return a <= b end,
  gt = function(a, b) return a > b end, ge = function(a, b) return a >= b end,
}

-- Microseconds of a date written as text.
local function date_of(c, text)
  local _, bytes, offsets = raw.encode({text}, 1)
  local v, bad = raw.parse(bytes, offsets, "datetime")
  if bad[1] then fail("column '%s': %q is no date", c.name, text) end
  return v[1]
end

-- What a column's values are compared with: a number or a tensor, and the
-- other's holes.
local function other_side(c, x)
  if column.is_column(x) then
    if #x ~= #c then
      fail("columns '%s' and '%s' have %d and %d rows", c.name, x.name, #c, #x)
    end
    if (x.dtype == "datetime") ~= (c.dtype == "datetime")
        or column.is_text(x) then
      fail("column '%s': %s and %s do not compare", c.name, c.dtype, x.dtype)
    end
    return x._values, x._holes
  end
  if c.dtype == "datetime" and type(x) == "string" then return date_of(c, x) end
  if type(x) == "number" or type(x) == "boolean" or column.is_tensor(x) then
    return x
  end
  return fail("column '%s': %s does not compare with %s", c.name, c.dtype,
    type(x))
end

local function compare(name, c, x)
  local mask
  if column.is_text(c) then
    if type(x) ~= "string" then
      fail("column '%s': %s compares with a string, got %s", c.name, c.dtype,
        type(x))
    end
    mask = by_word(c, function(word) return text_tests[name](word, x) end)
  else
    local y, holes = other_side(c, x)
    if type(y) == "boolean" then y = y and 1 or 0 end
    local own = c.dtype == "bool" and c._values:to "i64" or c._values
    if column.is_tensor(y) and y.dtype == "bool" then y = y:to "i64" end
    mask = own[name](own, y)
    if holes then mask = mask:logical_and(holes:logical_not()) end
  end
  if c._holes then mask = mask:logical_and(c._holes:logical_not()) end
  return mask
end

--- Where the column is equal to (ne, lt, le, gt, ge ...) a value, a tensor or a
--- column: a bool tensor, false at holes.  Dates compare with dates as text.
for name in pairs(text_tests) do
  Column[name] = function(self, x) return compare(name, self, x) end
end

--- Where the value is one of a list.
function Column:isin(list)
  local set, mask = {}, nil
  for _, v in ipairs(list) do set[v] = true end
  if column.is_text(self) then
    return by_word(self, function(word) return set[word] end)
  end
  for _, v in ipairs(list) do
    local here = self:eq(v)
    mask = mask and mask:logical_or(here) or here
  end
  return mask or m.zeros({#self}, {dtype = "bool"})
end

--- Where the text contains another (a Lua pattern if `pattern` is true).
function Column:contains(text, pattern)
  self:codes()
  return by_word(self, function(word)
    return word:find(text, 1, not pattern) ~= nil
  end)
end

-- ---- Mapping --------------------------------------------------------------

local function mapper(f)
  if type(f) == "table" then
    return function(v) return f[v] end
  end
  return f
end

--- Every value replaced by f(value) or, for a table, f[value]; nil is a hole.
--- Of text each word is asked for once.
function Column:map(f)
  local ask, list = mapper(f), {}
  if column.is_text(self) then
    local words = column.words(self._dict)
    list.n = #words
    for k, word in ipairs(words) do list[k] = ask(word) end
    local mapped = column.column(self.name, list)
    if #words == 0 then return mapped end
    return column.take(mapped, self._values)
  end
  list.n = #self
  for i = 1, #self do
    local v = self:get(i)
    if v ~= nil then list[i] = ask(v) end
  end
  return column.column(self.name, list)
end

--- The part of the text that a Lua pattern captures; a hole where none is.
function Column:extract(pattern)
  self:codes()
  return self:map(function(word) return (word:match(pattern)) end)
end

function Column:lower()
  self:codes()
  return self:map(string.lower)
end

function Column:upper()
  self:codes()
  return self:map(string.upper)
end

--- Without spaces at both ends.
function Column:strip()
  self:codes()
  return self:map(function(word) return word:match "^%s*(.-)%s*$" end)
end

-- ---- Computing ------------------------------------------------------------

local function operand(x)
  if not column.is_column(x) then return x end
  if column.is_text(x) then
    fail("column '%s': %s is no number", x.name, x.dtype)
  end
  return x.dtype == "bool" and x._values:to "i64" or x._values, x._holes
end

local function operator(f)
  return function(a, b)
    local x, xh = operand(a)
    local y, yh = operand(b)
    local holes = xh and yh and xh:logical_or(yh) or xh or yh or nil
    local t = f(x, y)
    if t.dtype == "f32" then t = t:to "f64" end
    if t.dtype == "f64" then
      local nan = t:isnan()
      holes = holes and holes:logical_or(nan) or nan
      t = t:masked_fill(holes, 0 / 0)
    end
    local first = column.is_column(a) and a or b
    return column.make(first.name, t.dtype, t, holes)
  end
end

values.__add = operator(function(x, y) return x + y end)
values.__sub = operator(function(x, y) return x - y end)
values.__mul = operator(function(x, y) return x * y end)

-- Integers divided are a float, as in Lua.
values.__div = operator(function(x, y)
  if column.is_tensor(x) then x = x:to "f64" end
  if column.is_tensor(y) then y = y:to "f64" end
  return x / y
end)

values.__pow = operator(function(x, y)
  if column.is_tensor(x) then x = x:to "f64" end
  if column.is_tensor(y) then y = y:to "f64" end
  return x ^ y
end)

function values.__unm(c)
  return values.__sub(0, c)
end

-- Lua makes one truth value of a comparison.
function values.__lt(a, b)
  local c = column.is_column(a) and a or b
  fail("column '%s': < and > compare whole columns; write c:lt(x) or c:gt(x)",
    c.name)
end
values.__le = values.__lt

--- What a function of tensors makes of the values, such as function(x) return
--- x:log() end; holes stay, and what is nan becomes one.
function Column:apply(f)
  local x = operand(self)
  local t = f(self._holes and x:masked_fill(self._holes, 1) or x)
  if not column.is_tensor(t) or #t.shape ~= 1 or #t ~= #self then
    fail("apply: column '%s': the function has to give %d values", self.name,
      #self)
  end
  local y = column.column(self.name, t)
  if not self._holes then return y end
  local holes = y:isnull():logical_or(self._holes)
  local filler = y.dtype == "f64" and 0 / 0 or 0
  return column.make(self.name, y.dtype, y._values:masked_fill(self._holes,
    filler), holes)
end

--- The values where a bool tensor is true, elsewhere `other`: a value, a
--- column, or holes if it is nil.
function Column:where(mask, other)
  if not column.is_tensor(mask) or mask.dtype ~= "bool" or #mask ~= #self then
    fail("where: column '%s': a bool tensor of %d elements expected", self.name,
      #self)
  end
  local rows = m.arange(#self, {dtype = "i64"})
  if other == nil then
    return column.take(self, m.where(mask, rows, -1):index {base = 0,
      none = -1})
  end
  if not column.is_column(other) then
    local zeros = m.zeros({#self}, {dtype = "i64"}):index {base = 0}
    other = column.column(self.name, {other})
    if self.dtype == "datetime" then other = other:to "datetime" end
    other = column.take(other, zeros)
  end
  return column.take(column.concat(self, other),
    m.where(mask, rows, rows + #self):index {base = 0})
end

return values
