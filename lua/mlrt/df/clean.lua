-- clean.lua: holes filled or dropped, values clipped, outliers found.
--
-- Each step of a frame returns the new frame and what it changed
-- (changes.lua).

local changes = require "mlrt.df.changes"
local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local frame = require "mlrt.df.frame"
local options = require "mlrt.options"
local m = require "mlrt"

local raw = core._frame
local Column, Frame = column.Column, frame.Frame

-- ---- Filling --------------------------------------------------------------

local methods = {}

-- Holes of c get the values of another column of as many rows.
local function patched(c, with)
  if with.dtype == "f64" and c.dtype == "i64" then
    local whole = with._values:eq(with._values:trunc())
      :logical_or(with:isnull()):all():item()
    if whole then with = with:to "i64" else c = c:to "f64" end
  end
  local both = column.concat(c, with)
  local rows = m.arange(#c, {dtype = "i64"})
  local at = m.where(c:isnull(), rows + #c, rows):index {base = 0}
  return column.take(both, at)
end

-- One value for all holes.
local function constant(c, v)
  if v == nil then return c end
  local one = column.column(c.name, {v})
  if c.dtype == "datetime" then one = one:to "datetime" end
  if c.dtype == "cat" then one = one:to "str" end
  if column.is_text(c) ~= column.is_text(one)
      or (c.dtype == "bool") ~= (one.dtype == "bool") then
    fail("fill_na: column '%s' is %s, %s does not fit", c.name, c.dtype,
      type(v) == "string" and ("%q"):format(v) or tostring(v))
  end
  local rows = m.zeros({#c}, {dtype = "i64"}):index {base = 0}
  local filled = patched(c, column.take(one, rows))
  return c.dtype == "cat" and filled:to "cat" or filled
end

-- Mean, median and mode, of all rows or of the row's group.
local function by_figure(name)
  return function(c, o, f)
    if not o.by then
      local v = c[name](c)
      return v == nil and c or constant(c, v)
    end
    local g = f:assign {[c.name] = c}:groupby(o.by)
    return patched(c, g:transform {{c.name, name}}:col(c.name))
  end
end
methods.mean, methods.median = by_figure "mean", by_figure "median"
methods.mode = by_figure "mode"

local function by_neighbour(forward)
  return function(c, o, f)
    local groups, order = column.walk(f, o.by)
    local rows = raw.last(c:isnull(), forward, o.limit or -1, groups, order)
    return column.take(c, rows)
  end
end
methods.forward, methods.backward = by_neighbour(true), by_neighbour(false)

-- A straight line between the values around.
function methods.linear(c)
  if c.dtype ~= "f64" and c.dtype ~= "i64" then
    fail("fill_na: column '%s' is %s, linear wants numbers", c.name, c.dtype)
  end
  local y, holes = raw.interpolate(c:to "f64"._values, c:isnull())
  return patched(c, column.make(c.name, "f64", y, holes))
end

local method_names = {"mean", "median", "mode", "forward", "backward", "linear"}
local filled_options = options("fill_na", "value: any?, method: string?, "
  .. "by: any?, limit: count?")

-- What fill_na was told for one column as {value=} or {method=, by=, limit=}.
local function read_how(c, how)
  if type(how) == "table" then
    if type(how[1]) == "string" then
      local copy = {}
      for k, v in pairs(how) do copy[k] = v end
      copy[1], copy.method = nil, how[1]
      how = copy
    end
    return filled_options(how)
  end
  if type(how) == "string" and methods[how] then return {method = how} end
  if type(how) == "string" and not column.is_text(c)
      and c.dtype ~= "datetime" then
    fail("fill_na: %s", options.unknown("method", how, method_names))
  end
  return {value = how}
end

local function filled(c, how, f)
  local o = read_how(c, how)
  if c.nulls == 0 then return c end
  if o.value ~= nil then return constant(c, o.value) end
  local method = methods[o.method or ""]
  if not method then
    fail("fill_na: %s", options.unknown("method", tostring(o.method),
      method_names))
  end
  return method(c, o, f)
end

--- The column with its holes filled: by a value, "mean", "median", "mode",
--- "forward" (the last value before), "backward", "linear", or a table:
--- {value = x}, {"forward", limit = 3, by = column}.  Holes that nothing fills
--- stay.
function Column:fill_na(how)
  local f = frame.of {self}
  return filled(self, how, f)
end

-- {name = how} of all columns that have holes and that one `how` fits.
local function for_all(f, how)
  local spec = {}
  for _, c in ipairs(frame.chosen(f)) do
    local number = c.dtype == "f64" or c.dtype == "i64"
    local fits = how == "mode" or how == "forward" or how == "backward"
      or (type(how) == "string" and not methods[how] and column.is_text(c))
      or (type(how) == "boolean" and c.dtype == "bool")
      or (number and (type(how) == "number" or methods[how]))
    if c.nulls > 0 and fits then spec[c.name] = how end
  end
  return spec
end

--- Holes filled, column by column: {Age = "median", Cabin = {value = "none"},
--- Fare = {"mean", by = "Pclass"}}, with the ways of Column:fill_na; one way
--- alone is for all columns that it fits.  Also what it changed.
function Frame:fill_na(spec)
  if type(spec) ~= "table" then spec = for_all(self, spec) end
  local new, masks = {}, {}
  for name, how in pairs(spec) do
    local c = self:col(name)
    local y = filled(c, how, self)
    new[name] = y
    masks[name] = c:isnull():logical_and(y:isnull():logical_not())
  end
  return self:assign(new), changes.cells("fill_na", masks)
end

-- ---- Dropping -------------------------------------------------------------

local drop_options = options("drop_na", "how: any|all = any")

--- Without the rows that have a hole in any of these columns (all; {how =
--- "all"}: in all of them).  Also what it changed.
function Frame:drop_na(names, opts)
  local how = drop_options(opts or {}).how
  local mask
  for _, c in ipairs(frame.chosen(self, names)) do
    local holes = c:isnull()
    if not mask then
      mask = holes
    elseif how == "any" then
      mask = mask:logical_or(holes)
    else
      mask = mask:logical_and(holes)
    end
  end
  local f = mask and self:filter(mask:logical_not()) or self
  return f, changes.of("drop_na", self.rows - f.rows)
end

-- ---- Limits ---------------------------------------------------------------

local clip_options = options("clip", "lower: number?, upper: number?, "
  .. "quantiles: table?")

local function limits(c, o)
  local q = o.quantiles
  if q then
    return q[1] and c:quantile(q[1]), q[2] and c:quantile(q[2])
  end
  return o.lower, o.upper
end

-- The clipped column, and a mask of what changed.
local function clipped(c, o)
  if c.dtype ~= "f64" and c.dtype ~= "i64" then
    fail("clip: column '%s' is %s, numbers expected", c.name, c.dtype)
  end
  local low, high = limits(c, o)
  local fraction = low and low % 1 ~= 0 or high and high % 1 ~= 0
  local wide = fraction and c:to "f64" or c
  local out = m.zeros({#c}, {dtype = "bool"})
  local t = wide._values
  if low then
    local below = c:lt(low)
    t, out = t:masked_fill(below, low), out:logical_or(below)
  end
  if high then
    local above = c:gt(high)
    t, out = t:masked_fill(above, high), out:logical_or(above)
  end
  return column.make(c.name, wide.dtype, t, c._holes), out
end

--- Values below `lower` become it, those above `upper` that; {quantiles =
--- {0.01, 0.99}} takes the limits from the column itself.
function Column:clip(...)
  return (clipped(self, clip_options(...)))
end

--- The columns clipped (a name or a list), with the options of Column:clip.
--- Also what it changed.
function Frame:clip(names, opts)
  local o, new, masks = clip_options(opts or {}), {}, {}
  for _, c in ipairs(frame.chosen(self, names)) do
    new[c.name], masks[c.name] = clipped(c, o)
  end
  return self:assign(new), changes.cells("clip", masks)
end

-- ---- Outliers -------------------------------------------------------------

local outlier_options = options("outliers", "method: iqr|zscore = iqr, "
  .. "k: number?")

--- Where values are far out: a bool tensor.  method "iqr": more than k (1.5)
--- times the distance of the quartiles beyond them (Tukey 1977); "zscore": more
--- than k (3) standard deviations from the mean.
function Column:outliers(opts)
  local o = outlier_options(opts or {})
  local low, high
  if o.method == "iqr" then
    local a, b = self:quantile(0.25), self:quantile(0.75)
    local reach = a and (o.k or 1.5) * (b - a)
    low, high = a and a - reach, a and b + reach
  else
    local mean, std = self:mean(), self:std()
    low = std and mean - (o.k or 3) * std
    high = std and mean + (o.k or 3) * std
  end
  if not low then return m.zeros({#self}, {dtype = "bool"}) end
  return self:lt(low):logical_or(self:gt(high))
end

--- Without the rows with an outlier in any of these columns, as
--- Column:outliers finds them.  Also what it changed.
function Frame:drop_outliers(names, opts)
  local mask = m.zeros({self.rows}, {dtype = "bool"})
  for _, c in ipairs(frame.chosen(self, names)) do
    mask = mask:logical_or(c:outliers(opts))
  end
  local f = self:filter(mask:logical_not())
  return f, changes.of("drop_outliers", self.rows - f.rows)
end

return Frame
