-- features.lua: bins, products and parts of dates.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Columns = require "mlrt.prep.columns"
local Step = require "mlrt.prep.step"
local dates = require "mlrt.prep.dates"

local features = {}

local F64 = {dtype = "f64"}

-- ---- Bins -----------------------------------------------------------------

--- KBinsDiscretizer{bins = 5, strategy = "quantile", edges =, encode =
--- "ordinal", columns =}: which of the bins a number is in, [e1, e2), [e2, e3),
--- ...; the first and the last one are open.  strategy: quantile, bins of equal
--- mass; uniform, of equal width; or edges = {e2, e3, ...}, between the bins.
--- encode: ordinal, 0, 1, ...; text, categories such as "[18, 25)", for an
--- encoder.  Holes stay holes.
local KBinsDiscretizer = Step.declare("KBinsDiscretizer",
  "bins: size = 5, strategy: quantile|uniform = quantile, edges: table?, "
  .. "encode: ordinal|text = ordinal")
KBinsDiscretizer.learned = "edges: vectors"
features.KBinsDiscretizer = KBinsDiscretizer

function KBinsDiscretizer.check(o)
  for i, e in ipairs(o.edges or {}) do
    local rises = type(e) == "number" and (i == 1 or e > o.edges[i - 1])
    if not rises then
      fail("prep.KBinsDiscretizer: edges: numbers that rise expected")
    end
  end
end

-- The edges between the bins: f64 (bins - 1), or fewer where some are equal.
local function edges_of(o, x)
  if o.edges then return core.tensor(o.edges, F64) end
  local k = o.bins
  local least, most = x:amin():item(), x:amax():item()
  if o.strategy == "uniform" then
    return core.linspace(least, most, k + 1, F64):narrow(1, 2, k - 1):clone()
  end
  local inner = Columns.quantiles(x, core.linspace(0, 1, k + 1, F64))
    :unique()
  if #inner < 3 then return core.zeros(0, F64) end
  return inner:narrow(1, 2, #inner - 2):clone()
end

function KBinsDiscretizer:learn(cols)
  self.edges = {}
  for j, name in ipairs(self.names) do
    self.edges[j] = edges_of(self.options, self:known_numbers(cols, name))
    local bins = #self.edges[j] + 1
    if not self.options.edges and bins < self.options.bins then
      self:warn("the column '%s' fills %d of %d bins, as many values are equal",
        name, bins, self.options.bins)
    end
  end
end

local function bin_names(edges)
  local list, names = edges:totable(), {}
  for i = 0, #list do
    local low, high = list[i], list[i + 1]
    names[i + 1] = not low and not high and "all"
      or not low and "< " .. Columns.text(high)
      or not high and ">= " .. Columns.text(low)
      or ("[%s, %s)"):format(Columns.text(low), Columns.text(high))
  end
  return names
end

function KBinsDiscretizer:apply(cols)
  return self:map(cols, function(_, j, name)
    local x = self:numbers(cols, name, "transform")
    local holes = x:isnan()
    local place = self.edges[j]:searchsorted(x:masked_fill(holes, 0), true)
    if self.options.encode == "text" then
      local codes = place:to "i64":masked_fill(holes, 0)
      return {kind = "text", categories = bin_names(self.edges[j]),
        codes = codes:index {base = 1, none = 0}}
    end
    local x0 = place:to "i64":to "f64" - 1
    return {kind = "number", x = x0:masked_fill(holes, 0 / 0)}
  end)
end

-- ---- Products -------------------------------------------------------------

--- PolynomialFeatures{degree = 2, interaction_only = false, columns =}: besides
--- its columns their products up to a degree, named "a^2" and "a b".
--- interaction_only: none with a column twice.
local PolynomialFeatures = Step.declare("PolynomialFeatures",
  "degree: size = 2, interaction_only: bool = false")
PolynomialFeatures.learned = "powers: powers"
features.PolynomialFeatures = PolynomialFeatures

local MOST = 10000 -- columns that may come of it

-- Lists of column numbers, rising, of each size from 2 to the degree.
local function products(k, degree, interaction_only)
  local all, last = {}, {}
  for i = 1, k do last[i] = {i} end
  for _ = 2, degree do
    local longer = {}
    for _, list in ipairs(last) do
      local from = list[#list] + (interaction_only and 1 or 0)
      for i = from, k do
        local new = table.move(list, 1, #list, 1, {})
        new[#new + 1] = i
        longer[#longer + 1], all[#all + 1] = new, new
        if #all > MOST then
          fail("prep.PolynomialFeatures:fit: more than %d products", MOST)
        end
      end
    end
    last = longer
  end
  return all
end

function PolynomialFeatures:learn(cols)
  for _, name in ipairs(self.names) do self:numbers(cols, name, "fit") end
  self.powers = products(#self.names, self.options.degree,
    self.options.interaction_only)
end

function PolynomialFeatures:check_learned()
  for _, list in ipairs(self.powers) do
    for _, i in ipairs(list) do
      if i < 1 or i > #self.names then error("products of nothing", 0) end
    end
  end
end

local function product_name(names, list)
  local parts, i = {}, 1
  while i <= #list do
    local last = i
    while list[last + 1] == list[i] do last = last + 1 end
    local power = last - i + 1
    parts[#parts + 1] = names[list[i]] .. (power > 1 and "^" .. power or "")
    i = last + 1
  end
  return table.concat(parts, " ")
end

local function product(self, cols, list)
  local x, from, seen = nil, {}, {}
  for _, i in ipairs(list) do
    local name = self.names[i]
    local y = self:numbers(cols, name, "transform")
    x = x and x * y or y
    for _, raw in ipairs(cols:get(name).from) do
      if not seen[raw] then seen[raw], from[#from + 1] = true, raw end
    end
  end
  return {kind = "number", x = x, from = from}
end

function PolynomialFeatures:apply(cols)
  local last = self.names[#self.names]
  if not last then return cols end
  return self:map(cols, function(column, _, name)
    local list = {{name, column}}
    for _, powers in ipairs(name == last and self.powers or {}) do
      list[#list + 1] = {product_name(self.names, powers),
        product(self, cols, powers)}
    end
    return list
  end)
end

-- ---- Dates ----------------------------------------------------------------

--- DateFeatures{parts = {"weekday", "hour"}, cyclic = false, columns =}: in
--- place of a point in time columns NAME_weekday, ... of its parts: year,
--- quarter, month, day, yearday, weekday (Monday is 1), weekend (0 or 1), hour,
--- minute, days (since 1970).  cyclic: of quarter, month, weekday, hour and
--- minute a sine and a cosine, so that 23 and 0 are neighbours.  Texts are read
--- as ISO 8601; holes stay holes.
local DateFeatures = Step.declare("DateFeatures",
  "parts: names?, cyclic: bool = false")
DateFeatures.kinds = {"time"}
features.DateFeatures = DateFeatures

-- The least value of what goes round, and how many there are.
local rounds = {quarter = {1, 4}, month = {1, 12}, weekday = {1, 7},
  hour = {0, 24}, minute = {0, 60}}

function DateFeatures.check(o)
  local known = {}
  for name in pairs(dates.parts) do known[#known + 1] = name end
  table.sort(known)
  for _, name in ipairs(o.parts or {}) do
    if not dates.parts[name] then
      fail("prep.DateFeatures: %s",
        require "mlrt.options".unknown("part", name, known))
    end
  end
end

local function seconds_of(self, column, name, method)
  local x, text = dates.of(column)
  return x or fail("%s: column '%s': %q is no date (2018-07-25 or 2018-07-25 "
    .. "12:13:14)", self:where(method), name, text)
end

function DateFeatures:learn(cols)
  for _, name in ipairs(self.names) do
    seconds_of(self, cols:get(name), name, "fit")
  end
end

local function part_columns(self, x, name, part)
  local y, round = dates.parts[part](x), rounds[part]
  name = name .. "_" .. part
  if not self.options.cyclic or not round then
    return {{name, {kind = "number", x = y}}}
  end
  local angle = (y - round[1]) * (2 * math.pi / round[2])
  return {{name .. "_sin", {kind = "number", x = angle:sin()}},
    {name .. "_cos", {kind = "number", x = angle:cos()}}}
end

function DateFeatures:apply(cols)
  local parts = self.options.parts or {"weekday", "hour"}
  return self:map(cols, function(column, _, name)
    local x, list = seconds_of(self, column, name, "transform"), {}
    for _, part in ipairs(parts) do
      for _, entry in ipairs(part_columns(self, x, name, part)) do
        list[#list + 1] = entry
      end
    end
    return list
  end)
end

return features
