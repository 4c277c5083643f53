-- window.lua: figures of the rows before a row, and the rows themselves.
--
-- Windows go through the rows in their order; {by = column} keeps them within
-- the rows that are equal in it, wherever these stand.

local class = require "mlrt.class"
local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local raw = core._frame
local Column = column.Column

local Rolling = class "Rolling"

-- Groups and order for {by = ...}.
local function walk(c, by)
  if by == nil then return nil, nil end
  local list = column.is_column(by) and {by} or by
  for _, b in ipairs(list) do
    if not column.is_column(b) or #b ~= #c then
      fail("column '%s': by: columns of %d rows expected", c.name, #c)
    end
  end
  return column.walk(nil, list)
end

local rolling_options = options("rolling", "min: count?, by: any?")

--- Windows of a row and the size - 1 before it, to be asked for figures:
--- f.Close:rolling(5):mean(); sum, mean, var, std, min, max, median, count.
--- There is a hole where fewer than `min` (all) of its rows have a value.
function Column:rolling(size, opts)
  local o = rolling_options(opts or {})
  if math.type(size) ~= "integer" or size < 1 then
    fail("rolling: a number of rows expected, got %s", tostring(size))
  end
  if column.is_text(self) or self.dtype == "datetime" then
    fail("rolling: column '%s' is %s, no number", self.name, self.dtype)
  end
  local groups, order = walk(self, o.by)
  return setmetatable({column = self, size = size, least = o.min,
    groups = groups, order = order}, Rolling)
end

for _, name in ipairs {"count", "sum", "mean", "var", "std", "min", "max",
  "median"} do
  Rolling[name] = function(self)
    local c = self.column:to "f64"
    local least = self.least or name == "count" and 0 or self.size
    local y = raw.roll(name, self.size, least, c._values, c._holes,
      self.groups, self.order)
    return column.make(c.name, "f64", y, y:isnan())
  end
end

local lag_options = options("lag", "by: any?")

--- The values n (1) rows earlier, or later if n is negative.
function Column:lag(n, opts)
  n = n or 1
  if math.type(n) ~= "integer" then
    fail("lag: a number of rows expected, got %s", tostring(n))
  end
  local groups, order = walk(self, lag_options(opts or {}).by)
  return column.take(self, raw.lag(n, #self, groups, order))
end

--- The difference to the value n rows earlier.
function Column:diff(n, opts)
  return self - self:lag(n, opts)
end

--- The change since the value n rows earlier, as a share of that.
function Column:pct_change(n, opts)
  local before = self:lag(n, opts)
  return (self - before) / before
end

return Rolling
