-- roi: does a model earn what it costs?
--
--   local roi = m.roi {volume = 100000,       -- decisions a year
--     confusion = matrix,                     -- how it decides (on a test set)
--     value_per_correct = 1, cost_per_wrong = {{0, 2}, {9, 0}},
--     training = ledger, serving = 0.05,      -- money; per 1000 decisions
--     retrains = 4, years = 3, discount = 0.08}
--   print(roi)
--
-- A decision is worth, on the mean, what the confusion matrix says of right and
-- wrong ones.  With V decisions a year, each gaining g more than what is done
-- now and costing s to serve, fixed costs F a year, U spent at the start and a
-- discount rate d over n years (Brealey, Myers and Allen, Principles of
-- Corporate Finance, chapters 2 and 5):
--
--   profit a year          P = V (g - s) - F
--   net present value      NPV = -U + P A,  A = sum of 1 / (1 + d)^t, t = 1..n
--   payback time           U / P years
--   break-even volume      (U / A + F) / (g - s), where NPV is 0

local class = require "mlrt.class"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local Roi = class "Roi"

local read = options("roi", "volume: number, confusion: any?, accuracy: "
  .. "number?, value_per_correct: any = 0, cost_per_wrong: any = 0, baseline: "
  .. "any = 0, training: any = 0, serving: any = 0, development: number = 0, "
  .. "retrains: number = 0, retraining: any?, fixed: number = 0, years: size = "
  .. "3, discount: number = 0.1, swing: number = 0.2, currency: string?")

-- ---- What may be given ----------------------------------------------------

local function check_number(name, v, least)
  if type(v) ~= "number" or not (v >= least and v < math.huge) then
    fail("roi: argument '%s': a number of %g or more expected, got %s", name,
      least, tostring(v))
  end
  return v
end

-- A sum of money, also that of a ledger or of its report; `of` takes it from
-- the report.
local function money(name, v, of)
  if type(v) == "number" then return check_number(name, v, 0) end
  if type(v) ~= "table" then
    fail("roi: argument '%s': money or a ledger expected, got a %s", name,
      type(v))
  end
  local report = type(v.report) == "function" and v:report() or v
  local sum = of(report)
  if type(sum) ~= "number" then
    fail("roi: argument '%s': the ledger knows no money; give it prices%s",
      name, report.samples == 0 and " and note{samples =}" or "")
  end
  return check_number(name, sum, 0)
end

local function of_run(report) return report.money end
local function of_thousand(report)
  return report.per_thousand and report.per_thousand.money
end

-- A square table of numbers.
local function square(name, rows, size)
  local n = type(rows) == "table" and #rows or 0
  local copy = {}
  for i = 1, n do
    copy[i] = {}
    for j = 1, n do
      local v = type(rows[i]) == "table" and rows[i][j]
      if type(v) ~= "number" or v ~= v or #rows[i] ~= n then n = 0 break end
      copy[i][j] = v
    end
    if n == 0 then break end
  end
  if n == 0 or size and n ~= size then
    fail("roi: argument '%s': a matrix of %s rows and as many columns expected",
      name, size or "some")
  end
  return copy
end

-- Shares of all decisions, by true class and decision.
local function shares(name, rows, size)
  local matrix, total = square(name, rows, size), 0
  for _, row in ipairs(matrix) do
    for _, v in ipairs(row) do total = total + check_number(name, v, 0) end
  end
  if total == 0 then fail("roi: argument '%s' counts no decision", name) end
  for _, row in ipairs(matrix) do
    for j, v in ipairs(row) do row[j] = v / total end
  end
  return matrix
end

local function shares_of(o)
  if (o.confusion == nil) == (o.accuracy == nil) then
    fail "roi: give either confusion (a matrix) or accuracy (0..1)"
  end
  if o.confusion then return shares("confusion", o.confusion) end
  if not (o.accuracy >= 0 and o.accuracy <= 1) then
    fail("roi: accuracy should be between 0 and 1, got %g", o.accuracy)
  end
  return {{o.accuracy, 1 - o.accuracy}, {0, 0}}
end

-- What a right decision in each class is worth, from a number or a list.
local function values_of(v, size)
  local list = {}
  for k = 1, size do
    list[k] = type(v) == "table" and v[k] or v
    if type(list[k]) ~= "number" or type(v) == "table" and #v ~= size then
      fail("roi: argument 'value_per_correct': a number or a list of %d "
        .. "expected", size)
    end
  end
  return list
end

-- What a wrong decision costs, by true class and decision.
local function costs_of(v, size)
  if type(v) == "table" then return square("cost_per_wrong", v, size) end
  local rows = {}
  check_number("cost_per_wrong", v, -math.huge)
  for i = 1, size do
    rows[i] = {}
    for j = 1, size do rows[i][j] = v end
  end
  return rows
end

-- ---- The model of the business --------------------------------------------

-- The mean worth of right decisions and the mean cost of wrong ones.
local function per_decision(matrix, values, costs)
  local worth, cost = 0, 0
  for i, row in ipairs(matrix) do
    for j, share in ipairs(row) do
      if i == j then
        worth = worth + share * values[i]
      else
        cost = cost + share * costs[i][j]
      end
    end
  end
  return worth, cost
end

local function error_rate(matrix)
  local right = 0
  for k, row in ipairs(matrix) do right = right + row[k] end
  return 1 - right
end

-- The matrix with `factor` times as many errors: of each true class those that
-- are gained or lost are right decisions otherwise.
local function with_errors(matrix, factor)
  local changed = {}
  for i, row in ipairs(matrix) do
    local total, wrong = 0, 0
    for j, v in ipairs(row) do
      total, wrong = total + v, wrong + (j ~= i and v or 0)
    end
    local f = wrong > 0 and math.min(factor, total / wrong) or 0
    changed[i] = {}
    for j, v in ipairs(row) do
      changed[i][j] = j == i and total - wrong * f or v * f
    end
  end
  return changed
end

-- 1 / (1 + d) + ... + 1 / (1 + d)^n
local function annuity(d, n)
  local sum = 0
  for t = 1, n do sum = sum + (1 + d) ^ -t end
  return sum
end

-- Everything that follows from assumptions a; see the head of the file.  The
-- worth of right decisions, the cost of wrong ones and errors are factors.
local function evaluate(a)
  local worth, wrong = per_decision(with_errors(a.matrix, a.errors), a.values,
    a.costs)
  local r = {value = worth * a.worth - wrong * a.wrong}
  r.gain = r.value - a.baseline
  r.margin = r.gain - a.serving / 1000
  r.upfront = a.development + a.training
  r.fixed = a.fixed + a.retrains * a.retraining
  r.profit = a.volume * r.margin - r.fixed
  local factor = annuity(a.discount, a.years)
  r.npv = r.profit * factor - r.upfront
  r.payback = r.profit > 0 and r.upfront / r.profit or nil
  r.break_even = r.margin > 0
    and math.max((r.upfront / factor + r.fixed) / r.margin, 0) or nil
  local spent = r.upfront
    + a.years * (r.fixed + a.volume * a.serving / 1000)
  r.roi = spent > 0 and a.years * a.volume * r.gain / spent - 1 or nil
  return r
end

-- ---- Which assumption matters ---------------------------------------------

-- Field, text, and whether the field is a factor of 1.
local ASSUMPTIONS = {
  {"volume", "decisions a year"}, {"worth", "value per correct", true},
  {"wrong", "cost per wrong", true}, {"errors", "errors", true},
  {"baseline", "value without the model"}, {"serving", "serving"},
  {"training", "training"}, {"retraining", "retraining"},
  {"development", "development"}, {"fixed", "fixed costs"},
  {"discount", "discount rate"},
}

local function npv_with(a, field, value)
  local changed = {}
  for key, v in pairs(a) do changed[key] = v end
  changed[field] = value
  return evaluate(changed).npv
end

-- Where the net present value, taken as a line through both ends, is 0: as a
-- factor of the assumption; nil if it grows with neither.
local function breaks_at(now, low, high, swing)
  local slope = (high - low) / (2 * swing)
  local factor = slope ~= 0 and 1 - now / slope or nil
  return factor and factor >= 0 and factor or nil
end

-- Rows by how far the value moves, the most important assumption first.
local function sensitivity(a, swing, now)
  local rows = {}
  for order, line in ipairs(ASSUMPTIONS) do
    local field, value = line[1], a[line[1]]
    local low = npv_with(a, field, value * (1 - swing))
    local high = npv_with(a, field, value * (1 + swing))
    if low ~= high then
      rows[#rows + 1] = {field = field, label = line[2], low = low, high = high,
        value = not line[3] and value or nil, order = order,
        span = math.abs(high - low),
        breaks_at = field ~= "discount" and breaks_at(now, low, high, swing)
          or nil}
    end
  end
  table.sort(rows, function(x, y)
    if x.span ~= y.span then return x.span > y.span end
    return x.order < y.order
  end)
  for _, row in ipairs(rows) do row.order, row.span = nil, nil end
  return rows
end

-- ---- The object -----------------------------------------------------------

local function baseline_of(o, values, costs)
  if type(o.baseline) == "number" then return o.baseline end
  local worth, cost = per_decision(shares("baseline", o.baseline, #values),
    values, costs)
  return worth - cost
end

local function assumptions(o)
  local matrix = shares_of(o)
  local values = values_of(o.value_per_correct, #matrix)
  local costs = costs_of(o.cost_per_wrong, #matrix)
  local training = money("training", o.training, of_run)
  local a = {matrix = matrix, values = values, costs = costs, worth = 1,
    wrong = 1, errors = 1, training = training, years = o.years,
    baseline = baseline_of(o, values, costs),
    serving = money("serving", o.serving, of_thousand),
    retraining = o.retraining and money("retraining", o.retraining, of_run)
      or training}
  for _, name in ipairs {"volume", "development", "retrains", "fixed",
      "discount"} do
    a[name] = check_number(name, o[name], 0)
  end
  return a
end

--- roi{...}: see the head of the file.  volume: decisions a year; confusion:
--- how often each class (rows) was taken for which, or accuracy: the share that
--- is right; value_per_correct: of a right decision, a number or a list by
--- class; cost_per_wrong: a number, or a matrix by true class and decision;
--- baseline: what a decision is worth without the model, a number or the
--- confusion matrix of what is done now; training, retraining: money of one, or
--- a ledger; retrains: of them a year; serving: money of 1000 decisions, or a
--- ledger that noted samples; development: spent once at the start; fixed:
--- spent each year; years, discount: how far is looked, and the rate a year;
--- swing: by how much an assumption is changed to see what it matters.
---
--- Gives {value, gain, margin = of a decision, upfront, fixed, profit = a year,
--- npv, payback = years or nil, break_even = decisions a year or nil, roi =
--- gain over cost less 1, error_rate, flows = the balance after each year,
--- sensitivity = {{label, low, high, breaks_at}, ...}}: low and high are the
--- net present values with that assumption a fifth (`swing`) lower and higher;
--- breaks_at times it the value is 0.
function Roi:init(...)
  local o = read(...)
  local a = assumptions(o)
  if not (o.swing > 0 and o.swing <= 1) then
    fail("roi: swing should be above 0 and at most 1, got %g", o.swing)
  end
  for key, value in pairs(evaluate(a)) do self[key] = value end
  self.error_rate = error_rate(a.matrix)
  self.sensitivity = sensitivity(a, o.swing, self.npv)
  self.flows = {}
  for t = 0, a.years do self.flows[t + 1] = self.profit * t - self.upfront end
  self.swing, self.currency = o.swing, o.currency
  self.assumptions = {volume = a.volume, training = a.training,
    serving = a.serving, retrains = a.retrains, retraining = a.retraining,
    development = a.development, fixed = a.fixed, baseline = a.baseline,
    years = a.years, discount = a.discount}
end

--- All of it as a plain table, for JSON.
function Roi:report()
  local t = {}
  for key, value in pairs(self) do t[key] = value end
  return t
end

function Roi:__tostring()
  return require "mlrt.roi.show".text(self)
end

return Roi
