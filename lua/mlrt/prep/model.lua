-- model.lua: the one face of everything that predicts.
--
--   model:fit(data, y, {weight =}) -> model
--   model:predict(data)         numbers, or labels of the target's own kind
--   model:predict_proba(data)   (n) of two classes, that of the last label;
--                               (n, C) of more
--   model:classes(data)         index (n), positions in model.labels
--
-- A class of models gives learn(cols, y, weight), y f64 (n) or classes as index
-- (n), and output(cols): f64 (n) numbers or logits, or (n, C) logits.  `output`
-- computes each row by itself: alone it gives the bits it gives among others.

local core = require "mlrt.core"
local class = require "mlrt.class"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local save = require "mlrt.save"
local Columns = require "mlrt.prep.columns"
local Step = require "mlrt.prep.step"
local roles = require "mlrt.prep.roles"
local target = require "mlrt.prep.target"

local Model = class("Model", Step)

local codec = {}

--- A class of models, called prep.NAME; task: classes or numbers.
function Model.declare(name, task, text)
  local cls = class(name, Model)
  cls.read, cls.option_names = options("prep." .. name,
    text .. (text == "" and "" or ", ") .. "columns: names?")
  cls.task = task
  save.register_class("prep." .. name, cls, codec)
  return cls
end

-- ---- Weights --------------------------------------------------------------

-- What each class weighs: balanced, the same for all classes together, or a
-- table label -> weight.
local function class_weights(self, spec, codes, w_given)
  local k, weights = #self.labels, {}
  local given = w_given or core.ones(#codes, {dtype = "f64"})
  local counts, all = codes:bincount(given, k):totable(), given:sum():item()
  for i, label in ipairs(self.labels) do
    local w = spec == "balanced" and all / (k * math.max(counts[i], 1e-300))
      or type(spec) == "table" and (spec[label] or 1)
    if type(w) ~= "number" or w < 0 or w ~= w then
      fail("%s: class_weight: 'balanced' or a table label -> weight expected",
        self:where "fit")
    end
    weights[i] = w
  end
  return core.tensor(weights, {dtype = "f64"}):index_select(1, codes)
end

--- f64 (n): the weights of samples, times those of their classes.
function Model:weights_of(given, codes, n)
  local w = given
  if type(w) == "table" then w = core.tensor(w, {dtype = "f64"}) end
  if w then
    if not core.is_tensor(w) or w.ndim ~= 1 or #w ~= n then
      fail("%s: weight: %d numbers expected", self:where "fit", n)
    end
    w = w:to "f64"
    if not w:ge(0):all():item() or w:sum():item() == 0 then
      fail("%s: weights are 0 or more, and not all of them 0",
        self:where "fit")
    end
  end
  local spec = self.options.class_weight
  if codes and spec and spec ~= "none" then
    local by_class = class_weights(self, spec, codes, w)
    w = w and w * by_class or by_class
  end
  return w
end

-- ---- Learning -------------------------------------------------------------

--- Of which kind the labels are: index, text, bool or number.
function Model.kind_of_labels(column, y)
  if core.is_tensor(y) and y.dtype == "index" then return "index" end
  return column.kind == "text" and "text" or column.bool and "bool" or "number"
end

-- The label that is asked for comes last.
local function move_last(self, labels, codes, positive)
  local at
  for i, label in ipairs(labels) do
    if Columns.text(label) == Columns.text(positive) then at = i end
  end
  if not at then
    fail("%s: positive: no label is %q", self:where "fit", tostring(positive))
  end
  if at == #labels then return codes end
  local order = {}
  for i = 1, #labels do
    order[i] = i < at and i or i == at and #labels or i - 1
  end
  table.insert(labels, table.remove(labels, at))
  return core.tensor(order, {dtype = "i64"}):index_select(1, codes)
    :index {base = 1}
end

--- The target's column as f64 (n) or, of a classifier, as classes, index (n);
--- notes the labels.
function Model:take_target(column, o)
  local y = column.x
  if self:is_classifier() then
    self.labels, y = target.classes(self:where "fit", column)
    self.label_kind = o.label_kind or self.kind_of_labels(column)
    if o.positive ~= nil then
      y = move_last(self, self.labels, y, o.positive)
    end
  elseif column.kind == "text" then
    fail("%s: the target is text; numbers are needed", self:where "fit")
  elseif not y:isfinite():all():item() then
    fail("%s: the target holds infinite numbers", self:where "fit")
  end
  return y
end

--- fit on columns, as pipelines call it; y is from take_target.
function Model:learn_from(cols, y, weight)
  if cols.n == 0 then
    fail("%s: there are no rows to learn from", self:where "fit")
  end
  self.names, self.warnings = self.options.columns or cols.names, nil
  if #self.names == 0 then
    fail("%s: there are no columns to learn from", self:where "fit")
  end
  self:learn(cols, y, self:weights_of(weight, self.labels and y, cols.n))
  self.fitted = true
end

function Model:is_classifier()
  return (self.options.task or self.task) == "classes"
end

local read_fit = options("prep: fit", "weight: any?, positive: any?")

--- Learns from a frame, a tensor (rows, columns) or a list of rows, and y: a
--- tensor, a list, or the name of a column.  weight: of each row; positive:
--- which label is the "yes" of two classes (default: the last in order).
function Model:fit(data, y, given)
  local o = read_fit(given or {})
  local where = self:where "fit"
  if y == nil then fail("%s: a target is needed: fit(data, y)", where) end
  roles.check(where, data, y)
  local cols = Columns.read(data, nil, where)
  local column = target.column(where, data, y, cols.n)
  o.label_kind = self.kind_of_labels(column, y)
  local rest = {}
  for _, name in ipairs(cols.names) do
    if name ~= y then rest[#rest + 1] = name end
  end
  local inputs = cols:select(rest)
  self.schema = inputs:schema(cols.names)
  self:learn_from(inputs, self:take_target(column, o), o.weight)
  return self
end

-- ---- Predicting -----------------------------------------------------------

--- Logits, f64 (n) or (n, C), to probabilities.
function Model.probabilities(logits)
  return logits.ndim == 2 and logits:softmax(2) or logits:sigmoid()
end

--- index (n): the classes that probabilities decide for.
function Model.decide(p, threshold)
  if p.ndim == 2 then return p:argmax(2) end
  return (p:ge(threshold or 0.5):to "i64" + 1):index {base = 1}
end

--- Classes as the labels they stand for: a tensor, or a list of texts.
function Model:labelled(classes)
  if self.label_kind == "index" then
    local labels = core.tensor(self.labels, {dtype = "i64"})
    return labels:index_select(1, classes):index {base = 1}
  end
  if self.label_kind == "text" then
    local list = classes:to "i64":totable()
    for i, k in ipairs(list) do list[i] = self.labels[k] end
    return list
  end
  if self.label_kind == "bool" then
    local values = {}
    for i, label in ipairs(self.labels) do values[i] = label and 1 or 0 end
    return core.tensor(values):index_select(1, classes):eq(1)
  end
  local whole = true
  for _, v in ipairs(self.labels) do whole = whole and math.tointeger(v) end
  return core.tensor(self.labels, {dtype = whole and "i64" or "f64"})
    :index_select(1, classes)
end

--- output on columns, as pipelines call it.
function Model:output_of(cols)
  if not self.fitted then
    fail("%s: this one was not fitted yet", self:where "predict")
  end
  local _ <close> = core.no_grad()
  return self:output(cols)
end

local function output(self, data, method)
  local where = self:where(method)
  if not self.schema then fail("%s: this one was not fitted yet", where) end
  return self:output_of(Columns.read(data, self.schema, where))
end

local function need_classes(self, method)
  if not self:is_classifier() then
    fail("%s: this predicts numbers, not classes", self:where(method))
  end
end

--- Probabilities of a fitted classifier: (n) of the last of two labels, (n, C)
--- of more; of a row alone, a number or a list.
function Model:predict_proba(data)
  need_classes(self, "predict_proba")
  local p = self.probabilities(output(self, data, "predict_proba"))
  return Columns.form(data) == "row" and p:select(1, 1):totable() or p
end

--- index (n): the predicted classes, as positions in `labels`.
function Model:classes(data)
  need_classes(self, "classes")
  return self.decide(self.probabilities(output(self, data, "classes")))
end

local function single(v)
  return core.is_tensor(v) and v:select(1, 1):totable() or v[1]
end

--- What is predicted: f64 (n), or labels of the target's kind; of a row alone,
--- the number or the label.
function Model:predict(data)
  local y
  if self:is_classifier() then
    y = self:labelled(self:classes(data))
  else
    y = output(self, data, "predict")
  end
  return Columns.form(data) == "row" and single(y) or y
end

-- ---- Rows, each by itself -------------------------------------------------

local CHUNK = 1 << 20 -- numbers at once

--- x (n, k) times w (o, k), plus b (o): (n, o), each element a sum over k that
--- does not depend on the other rows, which a product of matrices does not
--- promise.
function Model.rowwise_linear(x, w, b)
  local n, o = x.shape[1], w.shape[1]
  local rows = math.max(1, CHUNK // math.max(1, o * w.shape[2]))
  local parts = {}
  for from = 1, n, rows do
    local part = x:narrow(1, from, math.min(rows, n - from + 1))
    parts[#parts + 1] = (part:unsqueeze(2) * w):sum(3) + b
  end
  if #parts == 0 then return core.zeros({0, o}, {dtype = x.dtype}) end
  return #parts == 1 and parts[1] or core.cat(parts, 1)
end

-- ---- Files ----------------------------------------------------------------

local KINDS = {index = "number", bool = "boolean", number = "number",
  text = "string"}

function codec.pack(model)
  local packed = Step.codec.pack(model)
  packed.labels, packed.label_kind = model.labels, model.label_kind
  return packed
end

function codec.unpack(cls, packed)
  local model = Step.codec.unpack(cls, packed)
  if model.fitted and model:is_classifier() then
    local wanted = KINDS[packed.label_kind]
    if type(packed.labels) ~= "table" or #packed.labels < 2 then
      error("malformed labels", 0)
    end
    for _, label in ipairs(packed.labels) do
      if type(label) ~= wanted then error("malformed labels", 0) end
    end
    model.labels, model.label_kind = packed.labels, packed.label_kind
    if not model:fits_labels() then error("labels that do not fit", 0) end
  end
  return model
end

--- Has it as many outputs as labels?
function Model:fits_labels()
  return self:outputs() == (#self.labels == 2 and 1 or #self.labels)
end

return Model
