-- sets.lua: tensors as a data set, and parts of data sets.

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

--- The method of that name that a data set has, or nil.  Its __index may be a
--- function that knows positions only.
function data.method(dataset, name)
  if type(dataset) ~= "table" then return nil end
  local ok, f = pcall(function() return dataset[name] end)
  return ok and type(f) == "function" and f or nil
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
  if data.method(dataset, "batch") then
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

--- Does each item come out the same whenever it is asked for?
function data.is_constant(dataset)
  local meta = getmetatable(dataset)
  return meta == nil or is_tensor(dataset) or meta == TensorDataset
    or meta == Subset and data.is_constant(dataset.dataset)
end

-- ---- From a module --------------------------------------------------------

--- The data set that require(module)(args) makes, here and in each worker of
--- a loader: with args, plain data and tensors, it is made anew in each thread.
local Source = indexed(class "Source")
data.Source = Source

local read_source = options("data.Source", "module: string, args: any?")

-- The module may keep what it is given and make an object of it.
local function copy_of(v)
  if type(v) ~= "table" or getmetatable(v) then return v end
  local copy = {}
  for key, value in pairs(v) do copy[key] = copy_of(value) end
  return copy
end

function Source:init(module, args)
  local o = read_source {module = module, args = args}
  self.module, self.args = o.module, o.args
  local make = require(o.module)
  if type(make) ~= "function" then
    fail("data.Source: module '%s' is a %s, not a function", o.module,
      type(make))
  end
  self.dataset = make(copy_of(o.args))
  if type(self.dataset) ~= "table" and not is_tensor(self.dataset) then
    fail("data.Source: module '%s' made a %s, not a data set", o.module,
      type(self.dataset))
  end
  if data.method(self.dataset, "batch") then
    self.batch = self.batch_of_rows
  end
end

function Source:__len()
  return #self.dataset
end

function Source:item(i)
  return self.dataset[i]
end

function Source:batch_of_rows(...)
  return self.dataset:batch(...)
end

--- What another thread makes it of.
function Source:recipe()
  return self.module, self.args
end

-- ---- Splitting ------------------------------------------------------------

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

return data
