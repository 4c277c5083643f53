-- leaks.lua: does the part that judges know more than the world will?
--
-- A report on a training part and a test part.  It looks for rows that are in
-- both, groups that are in both, training rows from after the first test row,
-- columns that nearly are the target, holes that give it away, columns that
-- name rows, and features of a series that move before the series does.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local Columns = require "mlrt.prep.columns"
local dates = require "mlrt.prep.dates"
local target = require "mlrt.prep.target"

local leaks = {}

local Report = class "Report"

function Report:add(kind, column, format, ...)
  table.insert(self.findings, {kind = kind, column = column,
    text = format:format(...)})
end

function Report:__tostring()
  local lines = {("leaks: %d found in %d training and %d test rows"):format(
    #self.findings, self.train, self.test)}
  for _, f in ipairs(self.findings) do
    lines[#lines + 1] = ("  %s%s: %s"):format(f.kind,
      f.column and " '" .. f.column .. "'" or "", f.text)
  end
  return table.concat(lines, "\n")
end

-- ---- Rows as numbers ------------------------------------------------------

-- The column of both parts, one after the other, as numbers 0, 1, ... that are
-- equal where its values are.
local function codes_of(a, b)
  if a.kind ~= "text" and b.kind ~= "text" then
    local x = core.cat({a.x, b.x}, 1)
    local _, inverse = x:unique {return_inverse = true}
    return inverse:to "i64" - 1
  end
  a, b = Columns.as_text(a), Columns.as_text(b)
  local all, place = {}, {}
  for _, list in ipairs {a.categories, b.categories} do
    for _, text in ipairs(list) do
      if not place[text] then
        all[#all + 1] = text
        place[text] = #all
      end
    end
  end
  local x = core.cat({Columns.recode(a, all, 0), Columns.recode(b, all, 0)}, 1)
  return x:to "i64"
end

-- i64 (n): equal where all the columns are.
local function row_codes(train, test, names)
  local rows
  for _, name in ipairs(names) do
    local codes = codes_of(train:get(name), test:get(name))
    if rows then codes = rows * (codes:max():item() + 1) + codes end
    local _, inverse = codes:unique {return_inverse = true}
    rows = inverse:to "i64" - 1
  end
  return rows
end

local function share(k, n) return ("%d of %d"):format(k, n) end

-- ---- Rows, groups and times -----------------------------------------------

local function check_rows(report, train, test, names)
  if #names == 0 then return end
  local rows, n = row_codes(train, test, names), train.n
  local a, b = rows:narrow(1, 1, n), rows:narrow(1, n + 1, test.n)
  local twice = b:isin(a)
  local k = twice:count_nonzero():item()
  if k > 0 then
    local at = twice:nonzero()[{1, 1}]:item()
    local where = a:eq(b[at]):nonzero()[{1, 1}]:item()
    report:add("rows in both parts", nil, "%s test rows are in the training "
      .. "part, such as test row %d, training row %d; drop duplicates before "
      .. "splitting, or split by group", share(k, test.n), at, where)
  end
  local again = n - #a:unique()
  if again > 0 then
    report:add("rows twice", nil, "%s training rows repeat another",
      share(again, n))
  end
end

local function check_group(report, train, test, name)
  local codes = codes_of(train:get(name), test:get(name))
  local a = codes:narrow(1, 1, train.n)
  local b = codes:narrow(1, train.n + 1, test.n)
  local k = b:isin(a):count_nonzero():item()
  if k > 0 then
    report:add("groups in both parts", name, "%s test rows belong to a group "
      .. "of the training part; split with group = '%s'", share(k, test.n),
      name)
  end
end

local function times(cols, name)
  local x, text = dates.of(cols:get(name))
  return x or fail("prep.leaks: time: column '%s': %q is no date", name, text)
end

local function check_time(report, train, test, name)
  local first = times(test, name):nan_to_num(math.huge):amin():item()
  local k = times(train, name):ge(first):count_nonzero():item()
  if k > 0 then
    report:add("the future in the past", name, "%s training rows are not "
      .. "earlier than the first test row; split with time = '%s'",
      share(k, train.n), name)
  end
end

-- ---- Columns that know ----------------------------------------------------

-- How well numbers tell two classes apart, either way round: 0.5 to 1.
local function apart(x, y)
  local auc = require "mlrt.metrics".roc_auc(x, y)
  return math.max(auc, 1 - auc)
end

local function ranks(x)
  local sorted = x:sort(1)
  local low = sorted:searchsorted(x):to "i64"
  return (low + sorted:searchsorted(x, true):to "i64"):to "f64"
end

-- |Spearman's rank correlation|
local function correlation(x, y)
  local a, b = ranks(x), ranks(y)
  a, b = a - a:mean():item(), b - b:mean():item()
  local scale = math.sqrt(a:square():sum():item() * b:square():sum():item())
  return scale > 0 and math.abs((a * b):sum():item()) / scale or 0
end

-- Numbers for a column: itself, or what the target was in the training part.
local function scores(train, test, name, y)
  local a, b = train:get(name), test:get(name)
  if a.kind ~= "text" then return b.x end
  local encoder = require "mlrt.prep.encode".TargetEncoder {columns = name}
  encoder:learn_from(train, y)
  return encoder:apply_to(test):get(name).x
end

local function check_knowledge(report, o, train, test, name, truth)
  local x = scores(train, test, name, truth.train)
  local known = x:isnan():logical_not()
  local holes = Columns.holes(test:get(name))
  local how = truth.two and apart or correlation
  local function varies(mask)
    local t = truth.test:mask_rows(mask)
    return #t > 1 and t:amin():item() < t:amax():item()
  end
  if varies(known) then
    local p, t = x:mask_rows(known), truth.test:mask_rows(known)
    local value = how(p, truth.two and (t + 1):to "i64":index {base = 1} or t)
    if value >= o.limit then
      report:add("knows the answer", name, "alone it %s at %.4f; is it known "
        .. "when the decision is made?", truth.two
        and "tells the classes apart (ROC AUC)" or "follows the target (rank "
        .. "correlation)", value)
    end
  end
  if truth.two and holes:any():item() and not holes:all():item() then
    local value = apart(holes:to "f64", (truth.test + 1):to "i64"
      :index {base = 1})
    if value >= o.limit then
      report:add("holes know the answer", name, "whether it is known tells "
        .. "the classes apart (ROC AUC) at %.4f", value)
    end
  end
end

local function check_identity(report, train, name)
  local column = train:get(name)
  local values
  if column.kind == "text" then
    values = #column.categories
  else
    if not column.x:eq(column.x:round()):all():item() then return end
    values = #column.x:unique()
  end
  if values == train.n and train.n >= 20 then
    report:add("names rows", name, "each training row has a value of its own; "
      .. "leave it out")
  end
end

local function check_emptiness(report, train, test, name)
  local a = Columns.holes(train:get(name)):to "f64":mean():item()
  local b = Columns.holes(test:get(name)):to "f64":mean():item()
  if math.abs(a - b) > 0.5 then
    report:add("known in one part", name, "%.0f %% of the training rows and "
      .. "%.0f %% of the test rows lack it", 100 * a, 100 * b)
  end
end

-- ---- Series ---------------------------------------------------------------

local function pearson(a, b)
  local ok = a:isfinite():logical_and(b:isfinite())
  a, b = a:mask_rows(ok), b:mask_rows(ok)
  if #a < 10 then return 0 end
  a, b = a - a:mean():item(), b - b:mean():item()
  local scale = math.sqrt(a:square():sum():item() * b:square():sum():item())
  return scale > 0 and (a * b):sum():item() / scale or 0
end

-- Rows in order of time.
local function in_order(cols, name)
  if not name then return nil end
  return select(2, times(cols, name):sort(1))
end

-- Does a feature, or its change, go with changes of the series to come?
local function check_future(report, train, name, series, order)
  local function numbers(which)
    local x = train:get(which).x
    return order and x:index_select(1, order) or x
  end
  local f, s = numbers(name), numbers(series)
  local n = #s
  if n < 30 then return end
  local changes = s:diff {n = 1, dim = 1}
  local limit = math.max(0.2, 6 / math.sqrt(n))
  for ahead = 1, 5 do
    -- changes[t] = s[t + 1] - s[t], which row t cannot know.
    local count = n - ahead
    local coming = changes:narrow(1, ahead, count)
    local level = pearson(f:narrow(1, 1, count), coming)
    local change = pearson(f:diff {n = 1, dim = 1}:narrow(1, 1, count - 1),
      coming:narrow(1, 2, count - 1))
    local r = math.abs(level) > math.abs(change) and level or change
    if math.abs(r) > limit then
      report:add("knows the future", name, "it goes with what '%s' does %d "
        .. "row%s later (r = %.2f)", series, ahead, ahead > 1 and "s" or "", r)
      return
    end
  end
end

-- ---- All of it ------------------------------------------------------------

local function truth_of(o, train, test, a, b)
  local where = "prep.leaks"
  local ca = target.column(where, train, o.target, a.n)
  local cb = target.column(where, test, o.target, b.n)
  if ca.kind ~= "text" and not ca.bool and #ca.x:unique() > 2 then
    return {train = ca.x, test = cb.x, two = false}
  end
  local labels, codes = target.classes(where, ca)
  local truth = {train = codes:to "i64":to "f64" - 1, two = #labels == 2}
  truth.test = target.codes(where, cb, labels):to "i64":to "f64" - 1
  return truth
end

local read = options("prep.leaks", "train: any, test: any, target: string?, "
  .. "time: string?, group: string?, series: string?, ignore: names?, "
  .. "limit: number = 0.99")

--- leaks(train, test, {target =, time =, group =, series =, ignore =, limit =
--- 0.99}): a report on what the test part should not know, {findings = {{kind
--- =, column =, text =}, ...}, clean = true or false}, which prints as text.
---   target: columns that tell its classes apart by themselves with a ROC AUC
---     of `limit` or more, or follow its numbers as closely;
---   time: training rows that are later than the first test row;
---   group: groups in both parts;
---   series: features that go with its changes 1 to 5 rows ahead (rows in
---     order of time, or as they are);
---   ignore: columns that are no features.
function leaks.leaks(...)
  local o = read(...)
  local a = Columns.read(o.train, nil, "prep.leaks")
  local b = Columns.read(o.test, a:schema(), "prep.leaks")
  if a.n == 0 or b.n == 0 then fail("prep.leaks: a part has no rows") end
  local report = Report()
  report.train, report.test = a.n, b.n
  local skip, names = {[o.target or 0] = true}, {}
  for _, name in ipairs(o.ignore or {}) do
    a:get(name, "prep.leaks: ignore")
    skip[name] = true
  end
  for _, name in ipairs(a.names) do
    if not skip[name] then names[#names + 1] = name end
  end
  local _ <close> = core.no_grad()
  check_rows(report, a, b, names)
  if o.group then check_group(report, a, b, o.group) end
  if o.time then check_time(report, a, b, o.time) end
  local truth = o.target and truth_of(o, o.train, o.test, a, b)
  local order = in_order(a, o.time)
  for _, name in ipairs(names) do
    if truth then check_knowledge(report, o, a, b, name, truth) end
    if name ~= o.time then check_identity(report, a, name) end
    check_emptiness(report, a, b, name)
    if o.series and name ~= o.series and name ~= o.time
        and a:get(name).kind == "number" then
      check_future(report, a, name, o.series, order)
    end
  end
  report.clean = #report.findings == 0
  return report
end

function Report:init()
  self.findings = {}
end

return leaks
