-- derive.lua: new columns from old ones, as data that travels in the file.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Columns = require "mlrt.prep.columns"
local Step = require "mlrt.prep.step"
local formula = require "mlrt.prep.formula"

local derive = {}

-- ---- Formulas -------------------------------------------------------------

--- Formula{"family = SibSp + Parch + 1", "per_head = Fare / family"}: new
--- columns of numbers by arithmetic over others, or over earlier ones here: + -
--- * / ^, comparisons (1 or 0), log, log1p, exp, sqrt, abs, floor, round, min,
--- max, isnull(x), if(c, a, b); names with other characters stand in "quotes".
--- Holes make holes.
local Formula = Step.declare("Formula", "formulas: names")
derive.Formula = Formula

-- "name = expression" as the name and its two parts.
local function parse(text)
  local name, right = text:match '^%s*"([^"]+)"%s*=%s*(.*)$'
  if not name then name, right = text:match "^%s*([%a_][%w_.]*)%s*=%s*(.*)$" end
  if not name then
    fail("prep.Formula: %q: 'name = expression' expected", text)
  end
  local f, names = formula.compile(right)
  if not f then fail("prep.Formula: %q: %s", text, names) end
  return {name = name, f = f, names = names}
end

function Formula.check(o)
  for _, text in ipairs(o.formulas) do parse(text) end
end

function Formula:learn(cols)
  local _ = self:apply(cols)
end

local function sources(cols, names)
  local list, seen = {}, {}
  for _, name in ipairs(names) do
    for _, raw in ipairs(cols:get(name).from) do
      if not seen[raw] then seen[raw], list[#list + 1] = true, raw end
    end
  end
  return list
end

-- Read once: a row alone should not wait for it.
local function parsed(self)
  if not self.rows then
    self.rows = {}
    for i, text in ipairs(self.options.formulas) do
      self.rows[i] = parse(text)
    end
  end
  return self.rows
end

function Formula:apply(cols)
  for _, row in ipairs(parsed(self)) do
    local x = row.f {
      get = function(name) return self:numbers(cols, name, "transform") end,
      constant = function(v)
        return core.full({cols.n}, v, {dtype = "f64"})
      end,
    }
    local new = {kind = "number", x = x, from = sources(cols, row.names)}
    if cols.map[row.name] then
      cols = cols:replace {[row.name] = {{row.name, new}}}
    else
      cols = cols:replace {}
      cols:add(row.name, new)
    end
  end
  return cols
end

-- ---- Texts ----------------------------------------------------------------

-- The column with f(text) for each category; nil makes a hole.
local function renamed(column, f)
  local text = Columns.as_text(column)
  local new, names, place = {}, {}, {}
  for i, category in ipairs(text.categories) do
    local v = f(category)
    if v and not place[v] then
      names[#names + 1] = v
      place[v] = #names
    end
    new[i] = v or ""
  end
  return {kind = "text", categories = names, from = column.from,
    codes = Columns.recode({categories = new, codes = text.codes}, names, 0)}
end

--- TextPattern{pattern = ", (%a+)%.", as = "Title", columns = "Name"}: a column
--- of what the first capture of a Lua pattern finds in a text; none, a hole.
--- `as` names it; the column it was taken from goes, unless keep = true.
local TextPattern = Step.declare("TextPattern",
  "pattern: string, as: string?, keep: bool = false")
TextPattern.kinds = {"text"}
derive.TextPattern = TextPattern

function TextPattern.check(o)
  local ok, why = pcall(string.find, "", o.pattern)
  if not ok then fail("prep.TextPattern: pattern: %s", why) end
end

function TextPattern:learn(cols)
  if self.options.as and #self.names ~= 1 then
    fail("%s: as names one column, of %d; say columns = 'name'",
      self:where "fit", #self.names)
  end
  for _, name in ipairs(self.names) do cols:get(name, self:where "fit") end
end

function TextPattern:apply(cols)
  local o = self.options
  return self:map(cols, function(column, _, name)
    local new = renamed(column, function(text)
      local found = text:match(o.pattern)
      return found and found ~= "" and tostring(found) or nil
    end)
    local as = o.as or o.keep and name .. "_found" or name
    return o.keep and {{name, column}, {as, new}} or {{as, new}}
  end)
end

--- Replace{map = {Mlle = "Miss", ["0"] = false}, other =, columns =}:
--- categories under other names; false makes a hole.  other: what those that
--- are not in the map become (default: themselves).
local Replace = Step.declare("Replace", "map: table, other: string?")
Replace.kinds = {"text"}
derive.Replace = Replace

function Replace.check(o)
  for old, new in pairs(o.map) do
    if type(old) == "table" or new == true or type(new) == "table" then
      fail("prep.Replace: map: {old = new} of texts and numbers expected")
    end
  end
end

function Replace:learn(cols)
  for _, name in ipairs(self.names) do cols:get(name, self:where "fit") end
end

function Replace:apply(cols)
  local map = {}
  for old, new in pairs(self.options.map) do
    map[Columns.text(old)] = new and Columns.text(new)
  end
  return self:map(cols, function(column)
    return renamed(column, function(text)
      local new = map[text]
      if new == nil then new = self.options.other or text end
      return new or nil
    end)
  end)
end

-- ---- Limits ---------------------------------------------------------------

--- QuantileClipper{low = 0.01, high = 0.99, columns =}: numbers beyond these
--- quantiles of the training part become the quantiles.
local QuantileClipper = Step.declare("QuantileClipper",
  "low: number = 0.01, high: number = 0.99")
QuantileClipper.learned = "least: row, most: row"
derive.QuantileClipper = QuantileClipper

function QuantileClipper.check(o)
  local right = 0 <= o.low and o.low < o.high and o.high <= 1
  if not right then
    fail("prep.QuantileClipper: quantiles 0 <= low < high <= 1 expected, got "
      .. "%g and %g", o.low, o.high)
  end
end

function QuantileClipper:learn(cols)
  local least, most = {}, {}
  local q = core.tensor({self.options.low, self.options.high}, {dtype = "f64"})
  for j, name in ipairs(self.names) do
    local ends = Columns.quantiles(self:known_numbers(cols, name), q)
    least[j], most[j] = ends[1], ends[2]
  end
  self.least = core.tensor(least, {dtype = "f64"})
  self.most = core.tensor(most, {dtype = "f64"})
end

function QuantileClipper:apply(cols)
  return self:map(cols, function(_, j, name)
    local x = self:numbers(cols, name, "transform")
    return {kind = "number", x = x:clamp(self.least[j], self.most[j])}
  end)
end

return derive
