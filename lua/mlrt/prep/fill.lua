-- fill.lua: values for holes.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Columns = require "mlrt.prep.columns"
local Step = require "mlrt.prep.step"

--- SimpleImputer{strategy = "median", fill =, indicator = false, columns =}:
--- holes get the mean, median or most frequent value of the training part, or
--- with strategy = "constant" `fill`.  indicator: a column NAME_missing for
--- each column that had holes there, 1 where one was filled.  mean and median
--- take the columns of numbers where none are named, most_frequent all,
--- constant those that hold what `fill` is.
local SimpleImputer = Step.declare("SimpleImputer",
  "strategy: mean|median|most_frequent|constant = median, fill: any?, "
  .. "indicator: bool = false")
SimpleImputer.learned = "fills: fills, had_holes: flags"

function SimpleImputer.check(o)
  local kind = type(o.fill)
  if o.strategy == "constant" and kind ~= "number" and kind ~= "string" then
    fail("prep.SimpleImputer: fill: a number or a text expected, got a %s",
      kind)
  elseif o.strategy ~= "constant" and o.fill ~= nil then
    fail("prep.SimpleImputer: fill needs strategy = 'constant'")
  end
end

local of_numbers = {}

function of_numbers.mean(x) return x:mean():item() end
function of_numbers.median(x)
  return Columns.quantiles(x, core.full({1}, 0.5, {dtype = "f64"}))[1]
end

function of_numbers.most_frequent(x)
  local values, counts = x:unique {return_counts = true}
  return values[counts:argmax(1):item()]
end

-- Of texts that are equally frequent, the first in the alphabet.
local function most_frequent_text(column)
  local counts = column.codes:mask_rows(column.codes:ge(1))
    :bincount(nil, #column.categories):totable()
  local best
  for i, text in ipairs(column.categories) do
    if not best or counts[i] > counts[best]
        or counts[i] == counts[best] and text < column.categories[best] then
      best = i
    end
  end
  return best and counts[best] > 0 and column.categories[best]
end

local function fill_of_text(self, column, name)
  local strategy = self.options.strategy
  if strategy == "constant" then return Columns.text(self.options.fill) end
  if strategy ~= "most_frequent" then
    fail("%s: the column '%s' holds text, which has no %s; say strategy = "
      .. "'most_frequent'", self:where "fit", name, strategy)
  end
  return most_frequent_text(column)
    or fail("%s: the column '%s' has no value in the training part; leave it "
      .. "out", self:where "fit", name)
end

local function fill_of_numbers(self, cols, name)
  local o = self.options
  if o.strategy ~= "constant" then
    return of_numbers[o.strategy](self:known_numbers(cols, name))
  end
  return tonumber(o.fill)
    or fail("%s: fill: the column '%s' holds numbers, got %q",
      self:where "fit", name, o.fill)
end

function SimpleImputer:learn(cols)
  self.fills, self.had_holes = {}, {}
  for j, name in ipairs(self.names) do
    local column = cols:get(name)
    self.fills[j] = column.kind == "text"
      and fill_of_text(self, column, name)
      or fill_of_numbers(self, cols, name)
    self.had_holes[j] = Columns.holes(column):any():item()
  end
end

local function filled_text(column, text)
  local categories = table.move(column.categories, 1, #column.categories, 1, {})
  local at
  for i, v in ipairs(categories) do if v == text then at = i end end
  if not at then
    at = #categories + 1
    categories[at] = text
  end
  local codes = column.codes:to "i64":masked_fill(Columns.holes(column), at)
  return {kind = "text", categories = categories,
    codes = codes:index {base = 1, none = 0}}
end

function SimpleImputer:apply(cols)
  return self:map(cols, function(column, j, name)
    local holes, fill = Columns.holes(column), self.fills[j]
    local list = {{name, column.kind == "text"
      and filled_text(column, tostring(fill))
      or {kind = column.kind, x = column.x:masked_fill(holes, fill)}}}
    if self.options.indicator and self.had_holes[j] then
      list[2] = {name .. "_missing", {kind = "number", x = holes:to "f64"}}
    end
    return list
  end)
end

function SimpleImputer.kinds_of(o)
  if o.strategy == "mean" or o.strategy == "median" or
      type(o.fill) == "number" then
    return {"number"}
  end
  return o.strategy == "constant" and {"text"} or {"number", "text"}
end

return {SimpleImputer = SimpleImputer}
