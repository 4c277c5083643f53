-- network.lua: a network for tables, with the face of the regressions.
--
-- Each column of text is looked up in a table of its own (Guo and Berkhahn
-- 2016, entity embeddings), columns of numbers are standardised, and what they
-- give beside each other goes through hidden layers with ReLU.  Unknown
-- categories and holes in text look up zeros.
--
-- A part of the rows judges each epoch: the weights of the best one are kept.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Columns = require "mlrt.prep.columns"
local Model = require "mlrt.prep.model"

--- Network{hidden = {64, 32}, task = "classes", embedding =, dropout = 0.1,
--- epochs = 50, batch = 128, lr = 2e-3, weight_decay = 1e-2, validation = 0.15,
--- patience = 8, class_weight = "none", seed = 0, columns =}: trained by AdamW
--- with a cosine schedule.  task: classes or numbers; embedding: the width of
--- the look-ups (default: by the number of categories); validation: the share
--- of rows that judges the epochs, 0 for none; patience: epochs without a
--- better one.  `history` is a list of {train =, validation =} losses.
local Network = Model.declare("Network", "classes",
  "hidden: sizes?, task: classes|numbers = classes, embedding: size?, "
  .. "dropout: number = 0.1, epochs: size = 50, batch: size = 128, "
  .. "lr: number = 2e-3, weight_decay: number = 1e-2, "
  .. "validation: number = 0.15, patience: size = 8, "
  .. "class_weight: table|none|balanced = none, seed: int = 0")
Network.learned = "numeric: names, textual: names, centre: vector, "
  .. "spread: vector, categories: lists, tables: layers, weights: layers, "
  .. "biases: biases, shift: number, stretch: number"

function Network.check(o)
  if o.dropout < 0 or o.dropout >= 1 or o.dropout ~= o.dropout then
    fail("prep.Network: dropout: 0 or more and below 1 expected, got %g",
      o.dropout)
  elseif o.validation < 0 or o.validation > 0.9
      or o.validation ~= o.validation then
    fail("prep.Network: validation: a share of 0..0.9 expected, got %g",
      o.validation)
  end
end

-- ---- The net --------------------------------------------------------------

local function split_kinds(self, cols)
  self.numeric, self.textual = {}, {}
  for _, name in ipairs(self.names) do
    local kind = cols:get(name, self:where "fit").kind
    table.insert(kind == "text" and self.textual or self.numeric, name)
  end
end

local function learn_inputs(self, cols)
  local x = cols:matrix(self:where "fit", self.numeric)
  local spread, centre = x:std_mean {dim = 1, correction = 0}
  self.centre = centre
  self.spread = spread:masked_fill(spread:le(1e-14 * (centre:abs() + 1)), 1)
  self.categories = {}
  for j, name in ipairs(self.textual) do
    self.categories[j] = table.move(cols:get(name).categories, 1,
      #cols:get(name).categories, 1, {})
    table.sort(self.categories[j])
  end
end

-- f32 (n, numbers), and a list of index (n).
local function inputs(self, cols, method)
  local x = cols:matrix(self:where(method), self.numeric)
  x = ((x - self.centre) / self.spread):to "f32"
  local codes = {}
  for j, name in ipairs(self.textual) do
    local column = cols:get(name, self:where(method))
    codes[j] = Columns.recode(Columns.as_text(column), self.categories[j], 0)
  end
  return x, codes
end

-- About the fourth root of so many; 50 at most.
local function width_of(self, categories)
  return self.options.embedding
    or math.min(50, math.ceil(1.6 * math.max(#categories, 1) ^ 0.56))
end

local function make(self, outputs, generator)
  local function normal(rows, width, scale)
    local w = core.randn({rows, width}, {generator = generator}) * scale
    w.requires_grad = true
    return w
  end
  local width = #self.numeric
  self.tables, self.weights, self.biases = {}, {}, {}
  for j, list in ipairs(self.categories) do
    local k = width_of(self, list)
    self.tables[j] = normal(math.max(#list, 1), k, 0.1)
    width = width + k
  end
  local sizes = table.move(self.options.hidden or {64, 32}, 1,
    #(self.options.hidden or {64, 32}), 1, {})
  sizes[#sizes + 1] = outputs
  for i, size in ipairs(sizes) do
    local last = i == #sizes
    self.weights[i] = normal(size, width, math.sqrt((last and 1 or 2) / width))
    self.biases[i] = core.zeros({size}, {requires_grad = true})
    width = size
  end
end

local function looked_up(self, x, codes)
  local parts = #self.numeric > 0 and {x} or {}
  for j, table_ in ipairs(self.tables) do
    parts[#parts + 1] = core.embedding(table_, codes[j])
  end
  return core.cat(parts, 2)
end

-- f32 (n, outputs); `linear(x, w, b)` is one layer.
local function forward(self, x, codes, linear, between)
  local h = looked_up(self, x, codes)
  for i, w in ipairs(self.weights) do
    h = linear(h, w, self.biases[i])
    if i < #self.weights then h = between(h:relu()) end
  end
  return h
end

-- ---- Training -------------------------------------------------------------

-- The mean loss of logits z (n, o), weighted.
local function loss_of(self, z, y, w)
  local each
  if not self:is_classifier() then
    local off = z:select(2, 1) - y
    each = off * off
  elseif z.shape[2] == 1 then
    z = z:select(2, 1)
    each = z:softplus() - z * y
  else
    each = core.cross_entropy(z, y, {reduction = "none"})
  end
  return (each * w):sum() / w:sum()
end

local function all_params(self)
  local params = {}
  for _, list in ipairs {self.tables, self.weights, self.biases} do
    table.move(list, 1, #list, #params + 1, params)
  end
  return params
end

local function copies(params)
  local list = {}
  for i, p in ipairs(params) do list[i] = p:detach():clone() end
  return list
end

-- Some rows of everything.
local function rows(set, index)
  local codes = {}
  for j, code in ipairs(set.codes) do codes[j] = code:index_select(1, index) end
  return {x = set.x:index_select(1, index), codes = codes,
    y = set.y:index_select(1, index), w = set.w:index_select(1, index)}
end

local function train_epoch(self, set, optimizer, generator)
  local o, n, sum = self.options, #set.y, 0
  local order = core.randperm(n, {generator = generator})
  local function drop(h)
    return o.dropout > 0
      and core.dropout(h, o.dropout, {generator = generator}) or h
  end
  for from = 1, n, o.batch do
    local count = math.min(o.batch, n - from + 1)
    local b = rows(set, order:narrow(1, from, count))
    optimizer:zero_grad()
    local loss = loss_of(self, forward(self, b.x, b.codes, core.linear, drop),
      b.y, b.w)
    loss:backward()
    optimizer:step()
    sum = sum + loss:item() * count
  end
  return sum / n
end

local function same(h) return h end

local function judge(self, set)
  local _ <close> = core.no_grad()
  return loss_of(self, forward(self, set.x, set.codes, core.linear, same),
    set.y, set.w):item()
end

-- Rows to learn from and rows that judge the epochs, at random.
local function parts_of(self, set, generator)
  local n = #set.y
  local k = math.floor(self.options.validation * n)
  if k < 1 or not set.w:gt(0):all():item() then return set end
  local order = core.randperm(n, {generator = generator})
  return rows(set, order:narrow(1, k + 1, n - k)),
    rows(set, order:narrow(1, 1, k))
end

local function train(self, set, generator)
  local o = self.options
  local learn, held = parts_of(self, set, generator)
  local params = all_params(self)
  local optimizer = require "mlrt.optim".AdamW(params,
    {lr = o.lr, weight_decay = o.weight_decay})
  local best, kept, since = math.huge, nil, 0
  for epoch = 1, o.epochs do
    optimizer.lr = o.lr * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / o.epochs))
    local note = {train = train_epoch(self, learn, optimizer, generator)}
    note.validation = held and judge(self, held)
    self.history[epoch] = note
    local now = note.validation or note.train
    if now ~= now then
      fail("%s: the loss became nan in epoch %d; a smaller lr may help",
        self:where "fit", epoch)
    end
    since = since + 1
    if now < best or not held then
      best, kept, since = now, copies(params), 0
    end
    if since >= o.patience then break end
  end
  local _ <close> = core.no_grad()
  for i, p in ipairs(params) do p:copy_(kept[i]) end
end

-- The target as the loss wants it; numbers are standardised.
local function target_of(self, y)
  self.shift, self.stretch = 0.0, 1.0
  if self:is_classifier() then
    return #self.labels == 2 and (y:to "i64":to "f32" - 1) or y
  end
  self.shift = y:mean():item()
  local spread = y:std {correction = 0}:item()
  self.stretch = spread > 0 and spread or 1.0
  return ((y - self.shift) / self.stretch):to "f32"
end

local function detach(list)
  for i, t in ipairs(list) do list[i] = t:detach() end
end

function Network:learn(cols, y, weight)
  split_kinds(self, cols)
  learn_inputs(self, cols)
  local generator = core.generator(self.options.seed)
  local outputs = self:is_classifier() and #self.labels > 2 and #self.labels
    or 1
  local x, codes = inputs(self, cols, "fit")
  local w = (weight or core.ones(cols.n)):to "f32"
  make(self, outputs, generator)
  self.history = {}
  do
    local _ <close> = core.enable_grad()
    train(self, {x = x, codes = codes, y = target_of(self, y), w = w},
      generator)
  end
  detach(self.tables)
  detach(self.weights)
  detach(self.biases)
end

-- ---- Predicting -----------------------------------------------------------

function Network:output(cols)
  local x, codes = inputs(self, cols, "predict")
  local z = forward(self, x, codes, self.rowwise_linear, same):to "f64"
  z = z * self.stretch + self.shift
  return z.shape[2] == 1 and z:select(2, 1) or z
end

function Network:outputs()
  return #self.biases[#self.biases]
end

-- Every layer takes what the one before it gives.
function Network:check_learned()
  local width = #self.numeric
  if #self.centre ~= width or #self.spread ~= width
      or #self.categories ~= #self.textual
      or #self.tables ~= #self.textual or #self.weights == 0
      or #self.weights ~= #self.biases then
    error("layers that do not fit", 0)
  end
  for j, table_ in ipairs(self.tables) do
    if table_.shape[1] < #self.categories[j] then
      error("a table that is too short", 0)
    end
    width = width + table_.shape[2]
  end
  for i, w in ipairs(self.weights) do
    if w.shape[2] ~= width or w.shape[1] ~= #self.biases[i] then
      error("layers that do not fit", 0)
    end
    width = w.shape[1]
  end
  if not self:is_classifier() and width ~= 1 then
    error("layers that do not fit", 0)
  end
end

return {Network = Network}
