-- data.lua: data sets, and loaders that hand them out in batches.
--
-- A data set is anything with #ds and ds[i], i from 1: a Lua list, a tensor, or
-- an object of one's own.  One that also has ds:batch(index, scale, shift) is
-- asked for whole batches; for tensors that is one pass in C per tensor.
--
--   local train, test = data.split(data.TensorDataset(x, y), {0.8, 0.2})
--   local loader = data.Loader(train, {batch = 64, shuffle = true, seed = 1})
--   for x, y in loader do ... end   -- one epoch
--
-- Loops over a loader make no garbage beside the batches themselves.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local is_tensor = core.is_tensor

local data = {}

-- ds[i] goes to ds:item(i), other keys to the class.
local function indexed(cls)
  function cls:__index(key)
    if math.type(key) == "integer" then return self:item(key) end
    return cls[key]
  end
  return cls
end

local function check_position(what, i, n)
  if i < 1 or i > n then
    fail("%s: position %d is out of range 1..%d", what, i, n)
  end
end

-- ---- Tensors --------------------------------------------------------------

--- Rows of tensors of the same length: ds[i] is {x[i], y[i], ...}.
local TensorDataset = indexed(class "TensorDataset")
data.TensorDataset = TensorDataset

function TensorDataset:init(...)
  self.tensors = {...}
  if #self.tensors == 0 then
    fail("data.TensorDataset: wanted one or more tensors, got none")
  end
  for i, t in ipairs(self.tensors) do
    if not is_tensor(t) or t.ndim == 0 then
      fail("data.TensorDataset: argument %d should be a tensor of 1 or more "
        .. "dimensions, got %s", i, is_tensor(t) and "()" or type(t))
    elseif #t ~= #self.tensors[1] then
      fail("data.TensorDataset: the tensors have %d and %d rows",
        #self.tensors[1], #t)
    end
  end
end

function TensorDataset:__len()
  return #self.tensors[1]
end

function TensorDataset:item(i)
  check_position("TensorDataset", i, #self)
  local row = {}
  for k, t in ipairs(self.tensors) do row[k] = t[i] end
  return row
end

-- The selected rows of tensors k, k + 1, ... as so many results.
local function select_rows(tensors, k, index)
  if tensors[k] then
    return tensors[k]:index_select(1, index), select_rows(tensors, k + 1, index)
  end
end

--- The rows at `index`, tensor by tensor; with a scale the first one becomes
--- f32: x * scale + shift.
function TensorDataset:batch(index, scale, shift)
  local tensors = self.tensors
  if not scale then return select_rows(tensors, 1, index) end
  return core.gather_rows(tensors[1], index, scale, shift),
    select_rows(tensors, 2, index)
end

-- ---- Parts ----------------------------------------------------------------

--- The items of `dataset` at the positions in `index`, an index tensor.
local Subset = indexed(class "Subset")
data.Subset = Subset

function Subset:init(dataset, index)
  if not is_tensor(index) or index.dtype ~= "index" then
    fail "data.Subset: the positions should be an index tensor (m.index{...})"
  end
  self.dataset, self.index = dataset, index
  if type(dataset) == "table" and dataset.batch then
    self.batch = self.batch_of_rows
  end
end

function Subset:__len()
  return #self.index
end

function Subset:item(i)
  check_position("Subset", i, #self)
  return self.dataset[self.index[i]]
end

function Subset:batch_of_rows(index, scale, shift)
  return self.dataset:batch(self.index:index_select(1, index), scale, shift)
end

-- How many items each part gets: the parts themselves if they are integers
-- that add up, else n times each fraction, what is left over going to the
-- first ones.
local function sizes_of(parts, n)
  local sizes, total, used = {}, 0, 0
  for i, part in ipairs(parts) do
    if type(part) ~= "number" or part ~= part or part < 0 then
      fail("data.split: part %d should be a number, 0 or more, got %s", i,
        tostring(part))
    end
    sizes[i], total = part, total + part
  end
  if math.type(total) == "integer" and total == n then return sizes end
  if #parts == 0 or math.abs(total - 1) > 1e-6 then
    fail("data.split: the parts should add up to 1 (or, as integers, to the "
      .. "length %d), got %s", n, tostring(total))
  end
  for i, part in ipairs(sizes) do
    sizes[i] = math.floor(part * n + 1e-6)
    used = used + sizes[i]
  end
  for i = 1, n - used do sizes[i] = sizes[i] + 1 end
  return sizes
end

local read_split = options("data.split",
  "dataset: any, parts: table, seed: int = 0")

--- Splits a data set at random into parts such as {0.8, 0.2}; returns so many
--- subsets.  The same seed gives the same parts.
function data.split(...)
  local o = read_split(...)
  local sizes = sizes_of(o.parts, #o.dataset)
  local order = core.randperm(#o.dataset, {generator = core.generator(o.seed)})
  local parts, from = {}, 1
  for i, size in ipairs(sizes) do
    parts[i] = Subset(o.dataset, order:narrow(1, from, size))
    from = from + size
  end
  return table.unpack(parts)
end

-- ---- Collating ------------------------------------------------------------

-- One column of a batch: tensors are stacked, numbers become a tensor,
-- anything else stays a list.
local function join(column)
  if is_tensor(column[1]) then return core.stack(column) end
  if type(column[1]) == "number" then return core.tensor(column) end
  return column
end

--- The batch of a list of items.  Items that are lists, {x, y}, give so many
--- results.
function data.collate(items)
  local first = items[1]
  if type(first) ~= "table" or getmetatable(first) then return join(items) end
  local columns = {}
  for k = 1, #first do
    columns[k] = {}
    for i, item in ipairs(items) do columns[k][i] = item[k] end
    if #columns[k] ~= #items then
      fail("data.collate: not every item has %d values", #first)
    end
    columns[k] = join(columns[k])
  end
  return table.unpack(columns)
end

-- ---- Loader ---------------------------------------------------------------

--- Hands out a data set in batches, in order or in a new random order for each
--- epoch.
---   batch: items in a batch; drop_last: leave out a shorter last batch;
---   shuffle: in random order, from `seed` or `generator` (default: a stream
---     started from the context's);
---   normalise: {scale, shift}: the first tensor becomes x * scale + shift in
---     f32, while it is gathered;
---   transform: f(x, y, ...) returns what the loop gets instead;
---   collate: f(items) makes a batch, for data sets without `batch`.
local Loader = class "Loader"
data.Loader = Loader

local read_loader = options("data.Loader", "dataset: any, batch: size = 1, "
  .. "shuffle: bool = false, seed: int?, generator: any?, "
  .. "drop_last: bool = false, normalise: table?, transform: callable?, "
  .. "collate: callable?")

local function read_normalise(t)
  local scale = t and (t.scale or t[1])
  local shift = t and (t.shift or t[2] or 0)
  if t and (type(scale) ~= "number" or type(shift) ~= "number") then
    fail "data.Loader: normalise should be {scale, shift}, two numbers"
  end
  return scale, shift
end

local function stream_of(o)
  if o.generator and o.seed then
    fail "data.Loader: give a seed or a generator, not both"
  end
  return o.generator
    or core.generator(o.seed or core.randint(0, 1 << 53, {}):item())
end

function Loader:init(...)
  local o = read_loader(...)
  self.dataset, self.batch, self.drop_last = o.dataset, o.batch, o.drop_last
  self.scale, self.shift = read_normalise(o.normalise)
  self.transform, self.collate = o.transform, o.collate or data.collate
  self.generator = o.shuffle and stream_of(o) or nil
  local by_rows = type(o.dataset) == "table" and o.dataset.batch
  if self.scale and not by_rows then
    fail "data.Loader: normalise is for data sets of tensors; use transform"
  end
  self.fetch = by_rows and self.fetch_rows or self.fetch_items
  self.epoch = 0 -- how many were finished
  self.position = 0 -- batches handed out in this epoch
end

--- The number of batches in an epoch.
function Loader:__len()
  local n = #self.dataset
  return self.drop_last and n // self.batch
    or (n + self.batch - 1) // self.batch
end

function Loader:fetch_rows(from, count)
  return self.dataset:batch(self.order:narrow(1, from, count), self.scale,
    self.shift)
end

function Loader:fetch_items(from, count)
  local items = {}
  for i = 1, count do
    items[i] = self.dataset[self.order[from + i - 1]]
  end
  return self.collate(items)
end

-- The order of this epoch, from the generator's state at its start.
function Loader:draw_order()
  local n = #self.dataset
  if self.generator then
    self.started = self.generator:state()
    self.order = core.randperm(n, {generator = self.generator})
  else
    self.order = core.arange(n):index {base = 0}
  end
end

-- The last batch is remembered to notice two loops that run at once.
function Loader:hand_out(x, ...)
  self.last = x
  return x, ...
end

function Loader:advance()
  if self.position >= #self then
    self.epoch, self.position = self.epoch + 1, 0
    self.order, self.started, self.last = nil, nil, nil
    return nil
  end
  local from = self.position * self.batch + 1
  local count = math.min(self.batch, #self.dataset - from + 1)
  self.position = self.position + 1
  if self.transform then
    return self:hand_out(self.transform(self:fetch(from, count)))
  end
  return self:hand_out(self:fetch(from, count))
end

-- What a for loop calls: `previous` is nil at its start and then the first
-- value of the batch before.
function Loader:__call(_, previous)
  if previous == nil then
    if not self.restored then
      self.position = 0
      self:draw_order()
    end
    self.restored = nil
  elseif not rawequal(previous, self.last) then
    fail "data.Loader: another loop over this loader began meanwhile; make \z
      a second loader"
  end
  return self:advance()
end

--- For loops: the batches of one epoch, or of the rest of one after load_state.
function Loader:batches()
  return self
end

--- Where the loader stands: a plain table for load_state and for m.save.
function Loader:state()
  local stream = self.started
    or self.generator and self.generator:state() or nil
  return {epoch = self.epoch, position = self.position, batch = self.batch,
    length = #self.dataset, generator = stream}
end

local read_state = options("data.Loader:load_state", "epoch: count, "
  .. "position: count, batch: size, length: count, generator: any?")

--- Goes back to a state: the next loop hands out exactly the batches that
--- followed it.
function Loader:load_state(state)
  local o = read_state(state)
  if o.batch ~= self.batch or o.length ~= #self.dataset
      or (o.generator == nil) ~= (self.generator == nil) then
    fail("data.Loader:load_state: the state is of a loader with batch %d over "
      .. "%d items, %s; this one has %d over %d, %s", o.batch, o.length,
      o.generator and "shuffled" or "in order", self.batch, #self.dataset,
      self.generator and "shuffled" or "in order")
  end
  if self.generator then self.generator:load_state(o.generator) end
  self.epoch, self.position = o.epoch, o.position
  self.started, self.last = nil, nil
  self:draw_order()
  self.restored = true
end

function Loader:__tostring()
  return ("Loader(%d items, batch=%d, %s)"):format(#self.dataset, self.batch,
    self.generator and "shuffled" or "in order")
end

return data
