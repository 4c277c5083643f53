-- pipeline.lua: steps one after the other over named columns, and a model at
-- the end: from a raw row to a decision.
--
--   local p = prep.Pipeline {
--     {prep.SimpleImputer(), {"age", "income"}},
--     {prep.OneHotEncoder(), {"city"}},
--     prep.LogisticRegression(),
--     target = "default", drop = {"id"}}
--   p:fit(train)
--   p:choose_threshold(validation, {cost = {{0, 1}, {5, 0}}})
--   p:evaluate(test)              -- p.metrics, which travels in the file
--   m.save("model.mlrt", p)
--   m.load("model.mlrt"):predict {age = 31, income = 2400, city = "Ulm"}
--
-- Each step learns from what the steps before it made of the training part,
-- replaces its columns by new ones and leaves the others alone.  What is left
-- at the end goes into the model.  Without a model the pipeline transforms.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local save = require "mlrt.save"
local Columns = require "mlrt.prep.columns"
local Model = require "mlrt.prep.model"
local Step = require "mlrt.prep.step"
local roles = require "mlrt.prep.roles"
local target = require "mlrt.prep.target"

local Pipeline = class "Pipeline"

-- ---- Making ---------------------------------------------------------------

local function is_a(object, cls)
  local own = type(object) == "table" and getmetatable(object)
  while own do
    if own == cls then return true end
    local meta = type(own) == "table" and getmetatable(own)
    own = type(meta) == "table" and meta.__index
  end
  return false
end

local function with_columns(step, columns)
  local config = step:config()
  config.columns = columns
  return getmetatable(step)(config)
end

-- One entry as an unfitted step of the pipeline's own.
local function read_entry(entry, i)
  local step, columns = entry, nil
  if type(entry) == "table" and not getmetatable(entry) then
    step, columns = entry[1], entry[2] or entry.columns
  end
  if not is_a(step, Step) then
    local name = type(step) == "table" and rawget(step, "option_names")
      and step.__name
    fail("prep.Pipeline: step %d: a step or {step, {columns}} expected, got %s",
      i, name and ("the class %s; write prep.%s()"):format(name, name)
      or "a " .. type(step))
  end
  return columns and with_columns(step, columns) or step:clone()
end

local function split_model(steps)
  local last = steps[#steps]
  for i = 1, #steps - 1 do
    if is_a(steps[i], Model) then
      fail("prep.Pipeline: step %d, %s, is a model; only the last step may be "
        .. "one", i, steps[i].__name)
    end
  end
  if last and is_a(last, Model) then
    steps[#steps] = nil
    return last
  end
end

local read, option_names = options("prep.Pipeline", "target: string?, "
  .. "features: names?, drop: names?, positive: any?, names: table?, "
  .. "threshold: number = 0.5")

--- Pipeline{step, {step, {columns}}, ..., model, target =, features =, drop =,
--- positive =, names =, threshold = 0.5}.  The steps are copied, unfitted.
---   target: the column to predict; else fit(data, y);
---   features: the columns used (default: all but the target and `drop`);
---   positive: which label is the "yes" of two (default: the last in order);
---   names: what predict says for each label: {[0] = "died", [1] = "lived"};
---   threshold: from which probability on to say yes.
function Pipeline:init(given)
  if type(given) ~= "table" or getmetatable(given) then
    fail("prep.Pipeline: a table of steps and options expected, got a %s",
      type(given))
  end
  local named, steps = {}, {}
  for key, value in pairs(given) do
    if type(key) == "string" then named[key] = value end
  end
  self.options = read(named)
  for i, entry in ipairs(given) do steps[i] = read_entry(entry, i) end
  self.model, self.steps = split_model(steps), steps
  self.threshold = self.options.threshold
end

--- A new one with the same steps and options that has not learnt anything.
function Pipeline:clone()
  local given = table.move(self.steps, 1, #self.steps, 1, {})
  given[#given + 1] = self.model
  for key, value in pairs(self.options) do given[key] = value end
  return Pipeline(given)
end

-- ---- Learning -------------------------------------------------------------

local function features_of(o, cols, y)
  if o.features then return o.features end
  local left_out, names = {}, {}
  for _, name in ipairs(o.drop or {}) do
    cols:get(name, "prep.Pipeline:fit: drop")
    left_out[name] = true
  end
  if o.target then left_out[o.target] = true end
  if type(y) == "string" then left_out[y] = true end
  for _, name in ipairs(cols.names) do
    if not left_out[name] then names[#names + 1] = name end
  end
  return names
end

-- The columns of the data, and what may stand in a row besides.
local function read_features(self, data, y)
  local cols = Columns.read(data, nil, "prep.Pipeline:fit")
  local names = features_of(self.options, cols, y)
  for _, name in ipairs(names) do
    if name == y then
      fail("prep.Pipeline:fit: the target '%s' is among the features", name)
    end
  end
  local inputs = cols:select(names, "prep.Pipeline:fit")
  self.schema = inputs:schema(cols.names)
  return inputs
end

-- What the steps and the model learn from: numbers or classes from 0 on; the
-- model's own form; how many classes.
local function read_target(self, data, y, n)
  local where, model = "prep.Pipeline:fit", self.model
  if y == nil then
    if model then
      fail("%s: a target is needed: Pipeline{target = column} or fit(data, y)",
        where)
    end
    return nil
  end
  local column = target.column(where, data, y, n)
  if not model then return target.numbers(where, data, y, n) end
  local own = model:take_target(column, {positive = self.options.positive,
    label_kind = model.kind_of_labels(column, y)})
  if not model:is_classifier() then return own, own end
  return own:to "i64":to "f64" - 1, own, #model.labels
end

-- What predict says for each label; a label without a name raises.
local function said_for(labels, names)
  if not labels or not names then return labels end
  local list = {}
  for i, label in ipairs(labels) do
    local name = names[label]
    if type(name) ~= "string" then
      fail("prep.Pipeline: names: the label %s has no name", tostring(label))
    end
    list[i] = name
  end
  return list
end

-- What steps and model noted, nil for nothing.
local function warnings_of(self)
  local list = {}
  for _, step in ipairs(self.steps) do
    table.move(step.warnings or {}, 1, #(step.warnings or {}), #list + 1, list)
  end
  local last = self.model and self.model.warnings or {}
  table.move(last, 1, #last, #list + 1, list)
  return #list > 0 and list or nil
end

local read_fit = options("prep.Pipeline:fit", "weight: any?")

--- Learns from the training part: a frame, a tensor or a list of rows; y where
--- no target column is named; weight: of each row.  Rows that a split keeps for
--- judging are refused.  What may surprise is in the list `warnings`, which the
--- pipeline's text ends with.
function Pipeline:fit(data, y, given)
  if y == nil then y = self.options.target end
  local o = read_fit(given or {})
  roles.check("prep.Pipeline:fit", data, y)
  self.metrics, self.calibration, self.fitted = nil, nil, nil
  self.warnings = nil
  local cols = read_features(self, data, y)
  if cols.n == 0 then
    fail("prep.Pipeline:fit: there are no rows to learn from")
  end
  local numbers, own, classes = read_target(self, data, y, cols.n)
  for _, step in ipairs(self.steps) do
    cols = step:learn_and_apply(cols, numbers, classes)
  end
  if self.model then
    self.model:learn_from(cols, own, o.weight)
    self.labels = self.model.labels
    self.said = said_for(self.labels, self.options.names)
  end
  self.fitted, self.warnings = true, warnings_of(self)
  roles.fitted(self, data)
  return self
end

-- ---- From rows to outputs -------------------------------------------------

--- Refuses what is not there yet: `what` is model or classes.
function Pipeline:need(method, what)
  if not self.fitted then
    fail("prep.Pipeline:%s: this one was not fitted yet", method)
  elseif what and not self.model then
    fail("prep.Pipeline:%s: there is no model at the end", method)
  elseif what == "classes" and not self.labels then
    fail("prep.Pipeline:%s: this predicts numbers, not classes", method)
  end
end

--- The columns that the steps make of data.
function Pipeline:prepared(data, method)
  local cols = Columns.read(data, self.schema, "prep.Pipeline:" .. method)
  for _, step in ipairs(self.steps) do cols = step:apply_to(cols) end
  return cols
end

--- What the steps make of data, in the form it came in.
function Pipeline:transform(data)
  self:need("transform")
  return self:prepared(data, "transform"):like(data, "prep.Pipeline:transform")
end

--- What each fitted step does to data: a list of {step =, added =, removed =,
--- changed = {{column =, cells =, filled =}, ...}, text =}, which prints as
--- text.
function Pipeline:changes(data)
  self:need("changes")
  local changes = require "mlrt.prep.changes"
  local cols = Columns.read(data, self.schema, "prep.Pipeline:changes")
  local list, lines = {}, {}
  for i, step in ipairs(self.steps) do
    local after = step:apply_to(cols)
    list[i] = changes.between(cols, after)
    list[i].step, list[i].text = step.__name, changes.line(list[i])
    lines[i] = ("%2d %-18s %s"):format(i, step.__name, list[i].text)
    cols = after
  end
  return setmetatable(list, {__tostring = function()
    return table.concat(lines, "\n")
  end})
end

function Pipeline:fit_transform(data, y)
  return self:fit(data, y):transform(data)
end

--- f64 (n, k): what the model sees, and the names of its k columns.
function Pipeline:matrix(data)
  self:need("matrix")
  local cols = self:prepared(data, "matrix")
  return cols:matrix("prep.Pipeline:matrix"), cols.names
end

--- Probabilities as a tensor, of a row too.
function Pipeline:probabilities(data, method)
  self:need(method, "classes")
  local z = self.model:output_of(self:prepared(data, method))
  local c = self.calibration
  if c then z = z * c.slope + c.shift end
  return Model.probabilities(z)
end

--- Probabilities: (n) of the last of two labels, (n, C) of more; of a row
--- alone, a number or a list.
function Pipeline:predict_proba(data)
  local p = self:probabilities(data, "predict_proba")
  return Columns.form(data) == "row" and p:select(1, 1):totable() or p
end

--- index (n): the classes decided for, as positions in `labels`.
function Pipeline:classes(data)
  return Model.decide(self:probabilities(data, "classes"), self.threshold)
end

local function first(v)
  return core.is_tensor(v) and v:select(1, 1):totable() or v[1]
end

-- The label of a row, and how probable the last of two labels is, or the label.
local function decide_row(self, row)
  local p = self:probabilities(row, "predict")
  local class_ = Model.decide(p, self.threshold)
  local chance = p.ndim == 1 and p:item() or p[{1, class_[1]}]:item()
  return self.said[class_[1]], chance
end

--- What is predicted: numbers, f64 (n), or labels of the target's kind (or a
--- list of their names), decided by the threshold.  Of a row alone, {column =
--- raw value}: the number; or the label and a probability: that of the last of
--- two labels, of more that of the label.
function Pipeline:predict(data)
  self:need("predict", "model")
  local form = Columns.form(data)
  if not self.labels then
    local y = self.model:output_of(self:prepared(data, "predict"))
    return form == "row" and first(y) or y
  end
  if form == "row" then return decide_row(self, data) end
  local classes = self:classes(data)
  if not self.options.names then return self.model:labelled(classes) end
  local list = classes:to "i64":totable()
  for i, k in ipairs(list) do list[i] = self.said[k] end
  return list
end

-- ---- Files and text -------------------------------------------------------

local codec = {}

function codec.pack(self)
  local known = {}
  for name in pairs(self.schema and self.schema.known or {}) do
    known[#known + 1] = name
  end
  table.sort(known)
  return {steps = self.steps, model = self.model, options = self.options,
    fitted = self.fitted or false, threshold = self.threshold,
    metrics = self.metrics, calibration = self.calibration, notes = self.notes,
    schema = self.schema and {names = self.schema.names,
      kinds = self.schema.kinds, known = known}}
end

local function check_packed(packed)
  local c = packed.calibration
  if type(packed.steps) ~= "table" or type(packed.options) ~= "table"
      or type(packed.threshold) ~= "number"
      or packed.metrics ~= nil and type(packed.metrics) ~= "table"
      or c ~= nil and (type(c) ~= "table" or type(c.slope) ~= "number"
      or type(c.shift) ~= "number") then
    error("malformed", 0)
  end
  for _, step in ipairs(packed.steps) do
    if not is_a(step, Step) or is_a(step, Model) then
      error("a step that is none", 0)
    end
  end
  if packed.model ~= nil and not is_a(packed.model, Model) then
    error("a model that is none", 0)
  end
end

function codec.unpack(_, packed)
  check_packed(packed)
  local self = Pipeline(packed.options)
  self.steps, self.model = packed.steps, packed.model
  if packed.fitted == true then
    for _, step in ipairs(packed.steps) do
      if not step.fitted then error("a step that was not fitted", 0) end
    end
    self.schema = Step.read_schema(packed.schema or {})
    self.fitted = true
    self.labels = self.model and self.model.labels
    self.said = said_for(self.labels, self.options.names)
    if self.model and not self.model.fitted then
      error("a model that was not fitted", 0)
    end
  end
  self.threshold, self.metrics = packed.threshold, packed.metrics
  self.calibration, self.notes = packed.calibration, packed.notes
  return self
end

save.register_class("prep.Pipeline", Pipeline, codec)

-- A list as "a, b", a map as "a: x, b: y".
local function listed(v)
  if type(v) ~= "table" then return tostring(v) end
  local parts = {}
  for key, value in pairs(v) do
    parts[#parts + 1] = v[1] == nil and tostring(key) .. ": " .. tostring(value)
      or nil
  end
  table.sort(parts)
  return table.concat(v[1] == nil and parts or v, ", ")
end

function Pipeline:__tostring()
  local lines = {"Pipeline {"}
  for _, step in ipairs(self.steps) do
    lines[#lines + 1] = "  " .. tostring(step)
  end
  lines[#lines + 1] = self.model and "  " .. tostring(self.model) or nil
  for _, name in ipairs(option_names) do
    local v = self.options[name]
    if name == "threshold" then v = self.threshold end
    if v ~= nil then
      lines[#lines + 1] = ("  %s = %s"):format(name, listed(v))
    end
  end
  lines[#lines + 1] = "}"
  for _, text in ipairs(self.warnings or {}) do
    lines[#lines + 1] = "warning: " .. text
  end
  return table.concat(lines, "\n")
end

require "mlrt.prep.judge"(Pipeline)

return {Pipeline = Pipeline}
