-- stats.lua: figures of columns; describe, corr, value_counts.

local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local frame = require "mlrt.df.frame"
local options = require "mlrt.options"
local m = require "mlrt"

local raw = core._frame
local Column, Frame = column.Column, frame.Frame

local stats = {}

-- ---- One figure -----------------------------------------------------------

-- Every row in group 1.
local function one_group(c)
  return m.zeros({#c}, {dtype = "i64"}):index {base = 0}
end

-- A figure of groups of a column: a column of one value a group, holes where
-- there is nothing.
local figures = {}
stats.figures = figures

local function plain(name)
  return function(c, groups, n)
    if column.is_text(c) or c.dtype == "datetime" then
      fail("%s: column '%s' is %s, no number", name, c.name, c.dtype)
    end
    local y = raw.reduce(name, c._values, c._holes, groups, n)
    local holes = y.dtype == "f64" and y:isnan() or nil
    return column.make(c.name, y.dtype, y, holes)
  end
end

-- Those that choose a row work on every dtype.
local function chosen(name)
  return function(c, groups, n)
    local by = column.by(c, name == "min" or name == "max")
    return column.take(c, raw.reduce(name, by[1], c._holes, groups, n))
  end
end

for _, name in ipairs {"sum", "prod", "mean", "var"} do
  figures[name] = plain(name)
end
for _, name in ipairs {"first", "last", "min", "max"} do
  figures[name] = chosen(name)
end

function figures.count(c, groups, n)
  local y = raw.reduce("count", column.by(c)[1], c._holes, groups, n)
  return column.make(c.name, "i64", y)
end

function figures.std(c, groups, n)
  local v = figures.var(c, groups, n)
  return column.make(c.name, "f64", v._values:sqrt(), v._holes)
end

--- The quantile q, interpolated linearly.
function stats.quantile(c, groups, n, q)
  if column.is_text(c) or c.dtype == "datetime" then
    fail("quantile: column '%s' is %s, no number", c.name, c.dtype)
  end
  local y = raw.quantile(q, c._values, c._holes, groups, n)
  return column.make(c.name, "f64", y, y:isnan())
end

function figures.median(c, groups, n)
  return stats.quantile(c, groups, n, 0.5)
end

-- How many different values: rows of one group and one value are counted once.
function figures.nunique(c, groups, n)
  local _, firsts = raw.group({{groups}, column.by(c)})
  local once = raw.take(groups, nil, firsts)
  local y = raw.reduce("count", once:to "i64", nil, once, n)
  return column.make(c.name, "i64", y)
end

-- The most frequent value, of those that are as frequent the least.
function figures.mode(c, groups, n)
  local by = column.by(c, true)
  local pair, firsts = raw.group({{groups}, by})
  local count = raw.reduce("count", pair:to "i64", nil, pair, #firsts)
  local rows = c:isnull():logical_not():nonzero()
  if #rows == 0 then return column.holes(c.name, c, n) end
  local at = raw.take(groups, nil, firsts)
  local value = raw.take(by[1], nil, firsts)
  local order = raw.sort {{at}, {count, false, true}, {value}}
  local best = raw.reduce("first", raw.take(count, nil, order), nil,
    raw.take(at, nil, order), n)
  return column.take(c, raw.take(firsts, nil, raw.take(order, nil, best)))
end

for name, figure in pairs(figures) do
  --- c:mean(), c:sum() and so on, without holes; nil where there is nothing.
  Column[name] = function(self)
    return figure(self, one_group(self), 1):get(1)
  end
end

--- The quantile q (0 to 1), interpolated linearly as numpy's default.
function Column:quantile(q)
  if type(q) ~= "number" or not (q >= 0 and q <= 1) then
    fail("quantile: a number of 0 to 1 expected, got %s", tostring(q))
  end
  return stats.quantile(self, one_group(self), 1, q):get(1)
end

-- ---- Values and their counts ----------------------------------------------

--- The different values, in the order in which they first occur: a column.
function Column:unique()
  local _, firsts = raw.group({column.by(self)})
  return column.take(self, firsts)
end

local count_options = options("value_counts",
  "keep_holes: bool = false, normalize: bool = false")

--- A frame of the different values and how often each is there, the most
--- frequent first.  {normalize = true}: shares of all; {keep_holes = true}.
function Column:value_counts(opts)
  local o = count_options(opts or {})
  local groups, firsts = raw.group({column.by(self)}, o.keep_holes)
  local count = raw.reduce("count", m.zeros({#self}, {dtype = "bool"}), nil,
    groups, #firsts)
  local name = self.name == "count" and "n" or "count"
  local order = raw.sort {{count, false, true}}
  count = raw.take(count, nil, order)
  if o.normalize then
    name, count = "share", count:to "f64" / count:sum():item()
  end
  return frame.of {column.take(self, raw.take(firsts, nil, order)),
    column.make(name, count.dtype, count)}
end

--- The counts of the different combinations in these columns.
function Frame:value_counts(names)
  local list = frame.chosen(self, names)
  local groups, firsts = raw.group(column.all_by(list))
  local count = raw.reduce("count", m.zeros({self.rows}, {dtype = "bool"}),
    nil, groups, #firsts)
  local order = raw.sort {{count, false, true}}
  local rows = raw.take(firsts, nil, order)
  for i, c in ipairs(list) do list[i] = column.take(c, rows) end
  list[#list + 1] = column.make(self:has "count" and "n" or "count", "i64",
    raw.take(count, nil, order))
  return frame.of(list, "value_counts")
end

-- ---- Frames ---------------------------------------------------------------

local function is_number(c)
  return c.dtype == "f64" or c.dtype == "i64"
end

-- The columns of a frame that are numbers, or those named.
local function numbers(f, names)
  if names then return frame.chosen(f, names) end
  local list = {}
  for _, c in ipairs(frame.chosen(f)) do
    if is_number(c) then list[#list + 1] = c end
  end
  return list
end
stats.numbers = numbers

local rows = {{"count", "count"}, {"mean", "mean"}, {"std", "std"},
  {"min", "min"}, {"25%", 0.25}, {"50%", 0.5}, {"75%", 0.75}, {"max", "max"}}

local function described(c)
  local list = {}
  for i, row in ipairs(rows) do
    local how = row[2]
    local v = type(how) == "number" and c:quantile(how)
    if type(how) == "string" then v = c[how](c) end
    list[i] = v and v + 0.0
  end
  list.n = #rows
  return column.column(c.name, list, "f64")
end

local words = {"count", "unique", "top", "freq"}

local function described_text(c)
  local counts = c:value_counts()
  local top = counts:col(c.name)
  local there = counts.rows > 0
  return column.column(c.name, {tostring(#c - c.nulls), tostring(counts.rows),
    there and tostring(top:get(1)) or nil,
    there and tostring(counts:col(counts.columns[2]):get(1)) or nil, n = 4},
    "str")
end

--- Count, mean, std, min, quartiles and max of the numbers, as a frame;
--- {text = true}: count, unique, top and freq of the other columns.
function Frame:describe(opts)
  local text = opts and opts.text
  local names, list = {}, {}
  for i, row in ipairs(text and words or rows) do
    names[i] = text and row or row[1]
  end
  list[1] = column.column("statistic", names)
  for _, c in ipairs(frame.chosen(self)) do
    if not text and is_number(c) then list[#list + 1] = described(c) end
    if text and not is_number(c) then list[#list + 1] = described_text(c) end
  end
  return frame.of(list, "describe")
end

-- Pearson's correlation of two columns where both have a value.
local function correlation(a, b)
  local x, y = a:to "f64"._values, b:to "f64"._values
  local holes = a:isnull():logical_or(b:isnull())
  if holes:any():item() then
    local both = holes:logical_not()
    x, y = x:masked_select(both), y:masked_select(both)
  end
  if #x < 2 then return nil end
  x, y = x - x:mean(), y - y:mean()
  local r = (x * y):sum():item() / ((x * x):sum():item()
    * (y * y):sum():item()) ^ 0.5
  if r ~= r then return nil end
  return math.max(-1, math.min(1, r))
end

--- Pearson's correlations of the numbers with each other, of the rows where
--- both have a value: a frame whose first column names the rows.
function Frame:corr(names)
  local list = numbers(self, names)
  local first, out = {}, {}
  for j, b in ipairs(list) do
    local values = {n = #list}
    for i, a in ipairs(list) do values[i] = correlation(a, b) end
    first[j] = b.name
    out[j + 1] = column.column(b.name, values, "f64")
  end
  out[1] = column.column("column", first, "str")
  return frame.of(out, "corr")
end

stats.describe, stats.corr = Frame.describe, Frame.corr
stats.value_counts = Frame.value_counts
return stats
