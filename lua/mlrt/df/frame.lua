-- frame.lua: frames, and choosing rows and columns of them.
--
-- f.rows, f.columns (the names), f.Age or f:col "Age".  A name that is also a
-- method's is reached by col alone.

local class = require "mlrt.class"
local column = require "mlrt.df.column"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local m = require "mlrt"

local frame = {}

local Frame = class "Frame"
frame.Frame = Frame

-- Methods in modules of their own, loaded when they are first used.
local parts = {write_csv = "mlrt.df.csv", write_jsonl = "mlrt.df.csv",
  write_npz = "mlrt.df.arrays", write_npy = "mlrt.df.arrays",
  show = "mlrt.df.show"}

function frame.later(module, names)
  for name in names:gmatch "%S+" do parts[name] = module end
end

frame.later("mlrt.df.group", "groupby pivot")
frame.later("mlrt.df.join", "join join_asof")
frame.later("mlrt.df.sort", "sort drop_duplicates duplicated")
frame.later("mlrt.df.clean", [[fill_na drop_na clip drop_outliers]])
frame.later("mlrt.df.stats", "describe corr value_counts")

function Frame.__index(self, name)
  local method = Frame[name]
  if method ~= nil then return method end
  if parts[name] then
    method = require(parts[name])[name]
    Frame[name] = Frame[name] or method
    return Frame[name]
  end
  if type(name) ~= "string" then return nil end
  return self:col(name)
end

function Frame.__tostring(self)
  return require "mlrt.df.show".show(self)
end

--- Is it a frame?
function frame.is_frame(v)
  return getmetatable(v) == Frame
end

-- ---- Making ---------------------------------------------------------------

--- A frame of a list of columns; one made of another belongs to the same part
--- of a split (mlrt.prep.roles).
function frame.of(list, where, parent)
  where = where or "df.frame"
  local names, map, rows = {}, {}, list[1] and #list[1] or 0
  for i, c in ipairs(list) do
    if map[c.name] then
      fail("%s: two columns are named '%s'", where, c.name)
    end
    if #c ~= rows then
      fail("%s: column '%s' has %d rows, '%s' has %d", where, c.name, #c,
        list[1].name, rows)
    end
    names[i], map[c.name] = c.name, c
  end
  return setmetatable({rows = rows, columns = names, _map = map,
    _part = parent and rawget(parent, "_part")}, Frame)
end

-- {name = values} or {{name, values}, ...} as a list of pairs.
local function pairs_of(spec)
  local list = {}
  if #spec > 0 then
    for i, pair in ipairs(spec) do
      if column.is_column(pair) then pair = {pair.name, pair} end
      if type(pair) ~= "table" or type(pair[1]) ~= "string" then
        fail("df.frame: element %d: {name, values} or a column expected", i)
      end
      list[i] = pair
    end
    return list
  end
  for name, values in pairs(spec) do list[#list + 1] = {name, values} end
  table.sort(list, function(a, b) return tostring(a[1]) < tostring(b[1]) end)
  return list
end

function frame.frame(spec)
  if type(spec) ~= "table" or getmetatable(spec) then
    fail("df.frame: a table of columns expected, got %s", type(spec))
  end
  local list = pairs_of(spec)
  for i, pair in ipairs(list) do
    list[i] = column.column(pair[1], pair[2], pair[3])
  end
  return frame.of(list)
end

-- ---- Columns --------------------------------------------------------------

--- The column of a name; an unknown one raises and says which is nearest.
function Frame:col(name)
  local c = rawget(self, "_map")[name]
  if c then return c end
  return fail("frame: %s", options.unknown("column", tostring(name),
    self.columns))
end

--- Has it this column?
function Frame:has(name)
  return self._map[name] ~= nil
end

--- The columns of a list of names (or one), in order.
function frame.chosen(f, names)
  if names == nil then names = f.columns end
  if type(names) == "string" then names = {names} end
  local list = {}
  for i, name in ipairs(names) do list[i] = f:col(name) end
  return list
end

--- A frame of these columns, in this order.
function Frame:select(names)
  local f = frame.of(frame.chosen(self, names), "select", self)
  f.rows = self.rows
  return f
end

--- A frame without these columns.
function Frame:drop(names)
  local gone = {}
  for _, c in ipairs(frame.chosen(self, names)) do gone[c.name] = true end
  local kept = {}
  for _, name in ipairs(self.columns) do
    if not gone[name] then kept[#kept + 1] = name end
  end
  return self:select(kept)
end

--- The same columns under other names, {old = new}.
function Frame:rename(names)
  local list = {}
  for old in pairs(names) do self:col(old) end
  for i, name in ipairs(self.columns) do
    list[i] = column.renamed(self:col(name), names[name] or name)
  end
  return frame.of(list, "rename", self)
end

-- A column of what assign was given.
local function assigned(f, name, v)
  if type(v) == "function" then v = v(f) end
  if type(v) == "number" or type(v) == "string" or type(v) == "boolean" then
    local one = column.column(name, {v})
    return column.take(one, m.full({f.rows}, 1, {dtype = "i64"})
      :index {base = 1})
  end
  local c = column.column(name, v)
  if #c ~= f.rows then
    fail("assign: column '%s' has %d rows, the frame has %d", name, #c, f.rows)
  end
  return c
end

--- With columns added or replaced: {name = column, tensor, list, one value for
--- all rows, or a function of the frame}.  New ones come last, in alphabetical
--- order.
function Frame:assign(columns)
  local new, list = {}, {}
  for name, v in pairs(columns) do new[name] = assigned(self, name, v) end
  for i, name in ipairs(self.columns) do
    list[i] = new[name] or self:col(name)
    new[name] = nil
  end
  local names = {}
  for name in pairs(new) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do list[#list + 1] = new[name] end
  return frame.of(list, "assign", self)
end

-- ---- Rows -----------------------------------------------------------------

--- Rows in the order of an index tensor (or a list of row numbers).
function Frame:take(index)
  if not column.is_tensor(index) then index = m.index(index) end
  local list = {}
  for i, name in ipairs(self.columns) do
    list[i] = column.take(self:col(name), index)
  end
  return frame.of(list, "take", self)
end

--- Rows where a bool tensor is true.
function Frame:filter(mask)
  if column.is_column(mask) then mask = mask:tensor {fill = false} end
  if not column.is_tensor(mask) or mask.dtype ~= "bool"
      or #mask ~= self.rows then
    fail("filter: a bool tensor of %d elements expected, got %s", self.rows,
      column.is_tensor(mask) and mask.dtype .. tostring(mask.shape)
      or type(mask))
  end
  return self:take(mask:nonzero():reshape {-1})
end

-- Rows first to last.
local function span(f, first, last)
  local n = math.max(last - first + 1, 0)
  return f:take(m.arange(first, first + n, {dtype = "i64"}):index {base = 1})
end

--- The first n rows (5).
function Frame:head(n)
  return span(self, 1, math.min(n or 5, self.rows))
end

--- The last n rows (5).
function Frame:tail(n)
  return span(self, math.max(self.rows - (n or 5) + 1, 1), self.rows)
end

--- Row i as {name = value}; holes are nil.
function Frame:row(i)
  local row = {}
  for _, name in ipairs(self.columns) do row[name] = self:col(name):get(i) end
  return row
end

function Frame:__len()
  return self.rows
end

--- The columns side by side: an f64 tensor (rows, columns).  {fill = x} stands
--- for holes, which raise otherwise; `dtype` is another than f64.
function Frame:matrix(names, opts)
  local dtype, list = opts and opts.dtype or "f64", {}
  for i, c in ipairs(frame.chosen(self, names)) do
    list[i] = c:tensor(opts):to(dtype)
  end
  if #list == 0 then return m.zeros({self.rows, 0}, {dtype = dtype}) end
  return m.stack(list, 2)
end

return frame
