-- encode.lua: categories as numbers.
--
-- A category is known by its text, so that columns of numbers can be encoded
-- too.  Holes are a category of their own, MISSING, if the training part had
-- some.  What the training part did not have is unknown.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Columns = require "mlrt.prep.columns"
local Step = require "mlrt.prep.step"

local encode = {}

local F64 = {dtype = "f64"}
local MISSING = "missing"
local MOST = 10000 -- columns that one may become

-- The column as text with holes as a category.
local function with_missing(column)
  local text = Columns.as_text(column)
  local holes = Columns.holes(text)
  if #holes == 0 or not holes:any():item() then return text end
  local categories = table.move(text.categories, 1, #text.categories, 1, {})
  local at
  for i, v in ipairs(categories) do if v == MISSING then at = i end end
  at = at or #categories + 1
  categories[at] = MISSING
  local codes = text.codes:to "i64":masked_fill(holes, at)
  return {kind = "text", categories = categories,
    codes = codes:index {base = 1}, from = column.from}
end

-- Numbers by size, then texts by the alphabet.
local function before(a, b)
  local x, y = tonumber(a), tonumber(b)
  if x and y and x ~= y then return x < y end
  if (x == nil) ~= (y == nil) then return x ~= nil end
  return a < b
end

-- The categories that occur at least so often, in no order.
local function frequent(text, least)
  local list = {}
  local n = text.codes:mask_rows(text.codes:ge(1))
    :bincount(nil, #text.categories):totable()
  for i, name in ipairs(text.categories) do
    if n[i] >= least then list[#list + 1] = name end
  end
  return list
end

local function refuse_unknown(self, column, codes, name, known)
  local unknown = codes:ge(1):logical_not()
  if not unknown:any():item() then return end
  local row = unknown:nonzero()[{1, 1}]:item()
  local at = column.codes[row]
  fail("%s: row %d, column '%s': the category %q was not in the training part "
    .. "(it had %s)", self:where "transform", row, name,
    at and column.categories[at] or MISSING,
    table.concat(known, ", ", 1, math.min(#known, 8)))
end

local function check_count(self, name, n, least, most)
  if n == 0 then
    fail("%s: the column '%s' has no category that occurs %s",
      self:where "fit", name, least > 1
      and least .. " times in the training part" or "in the training part")
  elseif n > most then
    fail("%s: the column '%s' has %d categories; take TargetEncoder or "
      .. "HashingEncoder, or say min_count", self:where "fit", name, n)
  end
end

-- Learns self.categories, a sorted list for each column, of those that occur
-- `least` times (1); more than `most` are refused.
local function learn_categories(self, cols, least, most)
  self.categories = {}
  for j, name in ipairs(self.names) do
    local text = with_missing(cols:get(name, self:where "fit"))
    local list = frequent(text, least or 1)
    check_count(self, name, #list, least or 1, most or math.huge)
    table.sort(list, before)
    self.categories[j] = list
  end
end

-- ---- One column for each category -----------------------------------------

--- OneHotEncoder{unknown = "ignore", drop = "none", min_count = 1, columns =}:
--- a column NAME=CATEGORY of 0 and 1 for each category.  unknown: ignore, all
--- of them 0; other, one more column NAME=other, which categories rarer than
--- min_count share; error.  drop: no column for the first category, or only of
--- two ("if_binary").
local OneHotEncoder = Step.declare("OneHotEncoder",
  "unknown: ignore|other|error = ignore, "
  .. "drop: none|first|if_binary = none, min_count: size = 1")
OneHotEncoder.learned, OneHotEncoder.kinds = "categories: texts", {"text"}
encode.OneHotEncoder, encode.OneHot = OneHotEncoder, OneHotEncoder

function OneHotEncoder:learn(cols)
  learn_categories(self, cols, self.options.min_count, MOST)
end

local function first_kept(drop, n)
  return (drop == "first" or drop == "if_binary" and n == 2) and 2 or 1
end

function OneHotEncoder:apply(cols)
  local o = self.options
  return self:map(cols, function(column, j, name)
    local known, text = self.categories[j], with_missing(column)
    local codes = Columns.recode(text, known, 0)
    if o.unknown == "error" then
      refuse_unknown(self, text, codes, name, known)
    end
    local list = {}
    for k = first_kept(o.drop, #known), #known do
      list[#list + 1] = {name .. "=" .. known[k],
        {kind = "number", x = codes:eq(k):to "f64"}}
    end
    if o.unknown == "other" then
      list[#list + 1] = {name .. "=other",
        {kind = "number", x = codes:ge(1):logical_not():to "f64"}}
    end
    return list
  end)
end

-- ---- Places ---------------------------------------------------------------

--- OrdinalEncoder{order =, unknown = "error", columns =}: categories as 0, 1,
--- ..., in order of size or the alphabet, or as order = {column = {...}} says.
--- unknown: error, or minus_one.  Holes stay holes.
local OrdinalEncoder = Step.declare("OrdinalEncoder",
  "order: table?, unknown: error|minus_one = error")
OrdinalEncoder.learned, OrdinalEncoder.kinds = "categories: texts", {"text"}
encode.OrdinalEncoder = OrdinalEncoder

function OrdinalEncoder:learn(cols)
  self.categories = {}
  for j, name in ipairs(self.names) do
    local given = self.options.order and self.options.order[name]
    local list = {}
    for i, v in ipairs(given or {}) do list[i] = Columns.text(v) end
    if not given then
      list = frequent(Columns.as_text(cols:get(name)), 1)
      table.sort(list, before)
    end
    self.categories[j] = list
  end
end

function OrdinalEncoder:apply(cols)
  return self:map(cols, function(column, j, name)
    local text = Columns.as_text(column)
    local holes = Columns.holes(text)
    local codes = Columns.recode(text, self.categories[j], 0)
    if self.options.unknown == "error" then
      local known = codes:to "i64":masked_fill(holes, 1):index {base = 1,
        none = 0}
      refuse_unknown(self, text, known, name, self.categories[j])
    end
    local x = codes:to "i64":to "f64"
    x = x:masked_fill(codes:ge(1):logical_not(), 0) - 1
    return {kind = "number", x = x:masked_fill(holes, 0 / 0)}
  end)
end

-- ---- What the target says of a category -----------------------------------

-- The mean of y by category, drawn towards the mean of all: by `smooth` rows
-- of that mean, or by an empirical Bayes estimate (Micci-Barreca 2001).
local function smoothed_means(codes, y, k, smooth)
  local n, mean = codes:bincount(core.ones(#y, F64), k), y:mean():item()
  local total = codes:bincount(y, k)
  if type(smooth) == "number" then
    local weight = n + smooth
    return ((total + smooth * mean) / weight):masked_fill(weight:eq(0), mean)
  end
  local means = (total / n):masked_fill(n:eq(0), mean)
  local off = y - means:index_select(1, codes)
  local within = codes:bincount(off * off, k) / n
  local between = y:var {correction = 0}:item() * n
  local share = between / (between + within)
  local all = share * means + (1 - share) * mean
  return all:masked_fill(share:isnan(), mean)
end

--- TargetEncoder{smooth = "auto", folds = 5, columns =}: each category as the
--- mean of the target there, drawn towards the mean of all; unknown ones as the
--- mean of all.  smooth: how many rows of that mean are added, or auto.  What
--- the training part itself becomes is computed from the other folds (rows i,
--- i + folds, ...), so that no row sees its own target.
local TargetEncoder = Step.declare("TargetEncoder",
  "smooth: number|auto = auto, folds: size = 5")
TargetEncoder.learned = "categories: texts, values: vectors, mean: number"
TargetEncoder.kinds, TargetEncoder.needs_target = {"text"}, true
encode.TargetEncoder = TargetEncoder

function TargetEncoder:code(text, j)
  return Columns.recode(text, self.categories[j], 0)
end

function TargetEncoder:estimate(codes, y, k)
  return smoothed_means(codes, y, k, self.options.smooth)
end

function TargetEncoder.fallback(y)
  return y:mean():item()
end

function TargetEncoder:learn(cols, y, classes)
  if classes and classes > 2 then
    fail("%s: the target has %d classes; numbers or two classes are needed",
      self:where "fit", classes)
  end
  learn_categories(self, cols)
  self.values, self.mean = {}, self.fallback(y)
  for j, name in ipairs(self.names) do
    local codes = self:code(with_missing(cols:get(name)), j)
    self.values[j] = self:estimate(codes, y, #self.categories[j])
  end
end

function TargetEncoder:check_learned()
  for j, values in ipairs(self.values) do
    if #values ~= #self.categories[j] then
      error("values that do not fit", 0)
    end
  end
end

-- values at codes, `otherwise` at none.
local function look_up(values, codes, otherwise)
  local none = codes:ge(1):logical_not()
  local at = codes:to "i64":masked_fill(none, 1):index {base = 1}
  return values:index_select(1, at):masked_fill(none, otherwise)
end

function TargetEncoder:apply(cols)
  return self:map(cols, function(column, j)
    local codes = self:code(with_missing(column), j)
    return {kind = "number", x = look_up(self.values[j], codes, self.mean)}
  end)
end

-- For each fold, what the others say.
function TargetEncoder:learn_and_apply(cols, y, classes)
  self:learn_from(cols, y, classes)
  local _ <close> = core.no_grad()
  local n, folds = cols.n, self.options.folds
  if folds < 2 or n < 2 * folds then return self:apply_to(cols) end
  local fold = core.arange(n):remainder(folds)
  return self:map(cols, function(column, j)
    local codes = self:code(with_missing(column), j)
    local x = core.zeros(n, F64)
    for f = 0, folds - 1 do
      local here = fold:eq(f)
      local there = here:logical_not()
      local others = y:mask_rows(there)
      local values = self:estimate(codes:mask_rows(there), others,
        #self.categories[j])
      x = core.where(here, look_up(values, codes, self.fallback(others)), x)
    end
    return {kind = "number", x = x}
  end)
end

--- WOEEncoder{smooth = 0.5, folds = 1, columns =}: each category as its weight
--- of evidence: the logarithm of (share of the last label's rows that are in
--- it) / (share of the first one's), `smooth` rows added to each; 0 for unknown
--- ones.  What scorecards are made of (Siddiqi 2006).
local WOEEncoder = Step.declare("WOEEncoder",
  "smooth: number = 0.5, folds: size = 1")
encode.WOEEncoder = WOEEncoder
for _, key in ipairs {"learned", "kinds", "needs_target", "code", "learn",
  "check_learned", "apply", "learn_and_apply"} do
  WOEEncoder[key] = TargetEncoder[key]
end

function WOEEncoder.fallback() return 0.0 end

function WOEEncoder:estimate(codes, y, k)
  if not y:eq(0):logical_or(y:eq(1)):all():item() then
    fail("%s: a target of two classes is needed", self:where "fit")
  end
  local s = self.options.smooth
  local yes = codes:bincount(y, k) + s
  local no = codes:bincount(1 - y, k) + s
  return ((yes / yes:sum():item()) / (no / no:sum():item())):log()
end

-- ---- Hashes ---------------------------------------------------------------

-- FNV-1a, 32 bits.
local function hash(text)
  local h = 0x811c9dc5
  for i = 1, #text do
    h = ((h ~ text:byte(i)) * 0x01000193) & 0xffffffff
  end
  return h
end

--- HashingEncoder{buckets = 16, columns =}: columns NAME#1 ... of 0 and 1; the
--- category's hash (FNV-1a) says which is 1, so that nothing need be learnt and
--- nothing is unknown.  Holes have none.
local HashingEncoder = Step.declare("HashingEncoder", "buckets: size = 16")
HashingEncoder.kinds = {"text"}
encode.HashingEncoder = HashingEncoder

function HashingEncoder.check(o)
  if o.buckets > MOST then
    fail("prep.HashingEncoder: buckets: %d at most, got %d", MOST, o.buckets)
  end
end

function HashingEncoder:learn(cols)
  for _, name in ipairs(self.names) do cols:get(name, self:where "fit") end
end

function HashingEncoder:apply(cols)
  local buckets = self.options.buckets
  local names = {}
  for b = 1, buckets do names[b] = tostring(b) end
  return self:map(cols, function(column, _, name)
    local text, places = Columns.as_text(column), {}
    for i, category in ipairs(text.categories) do
      places[i] = names[hash(category) % buckets + 1]
    end
    local codes = Columns.recode({categories = places, codes = text.codes},
      names, 0)
    local list = {}
    for b = 1, buckets do
      list[b] = {name .. "#" .. b,
        {kind = "number", x = codes:eq(b):to "f64"}}
    end
    return list
  end)
end

return encode
