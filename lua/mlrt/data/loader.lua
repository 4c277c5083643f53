-- loader.lua: hands out a data set in batches.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local collate = require "mlrt.data.collate"
local Maker = require "mlrt.data.maker"
local options = require "mlrt.options"

--- Hands out a data set in batches, in order or in a new random order for each
--- epoch.
---   batch: items in a batch; drop_last: leave out a shorter last batch;
---   shuffle: in random order, from `seed` or `generator` (default: a stream
---     started from the context's);
---   sampler: which items an epoch has, in place of shuffle: a sampler, an
---     index tensor, or f(n, generator) that returns one;
---   normalise: {scale, shift}: the first tensor becomes x * scale + shift in
---     f32, while it is gathered;
---   transform: one of data.transforms, for each sample by itself, or
---     f(x, y, ...) that returns what the loop gets instead of the batch;
---   collate: f(items) makes a batch, for data sets without `batch`.
--- What is drawn at random for a batch depends on the stream's state when the
--- epoch began and on the batch's place in it only.
local Loader = class "Loader"

local read_loader = options("data.Loader", "dataset: any, batch: size = 1, "
  .. "shuffle: bool = false, seed: int?, generator: any?, sampler: any?, "
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
  return o.generator
    or core.generator(o.seed or core.randint(0, 1 << 53, {}):item())
end

local function check_sampler(o)
  local s = o.sampler
  if s == nil then return end
  if o.shuffle then
    fail "data.Loader: give shuffle or a sampler, not both"
  end
  if type(s) == "function" or type(s) == "table" and s.draw then return end
  if not core.is_tensor(s) or s.dtype ~= "index" or s.ndim ~= 1 then
    fail("data.Loader: sampler: a sampler, an index tensor or a function "
      .. "expected, got %s", core.is_tensor(s) and s.dtype or type(s))
  end
end

function Loader:init(...)
  local o = read_loader(...)
  if o.generator and o.seed then
    fail "data.Loader: give a seed or a generator, not both"
  end
  check_sampler(o)
  self.dataset, self.batch, self.drop_last = o.dataset, o.batch, o.drop_last
  self.shuffle, self.sampler = o.shuffle, o.sampler
  local scale, shift = read_normalise(o.normalise)
  self.maker = Maker {dataset = o.dataset, transform = o.transform,
    collate = o.collate or collate, scale = scale, shift = shift}
  if scale and not self.maker.by_rows then
    fail "data.Loader: normalise is for data sets of tensors; use transform"
  end
  local is_random = o.shuffle or o.sampler ~= nil or o.transform ~= nil
  self.generator = is_random and stream_of(o) or nil
  self.epoch = 0 -- how many were finished
  self.position = 0 -- batches handed out in this epoch
end

--- How many items an epoch has.
function Loader:count()
  if self.order then return #self.order end
  local s = self.sampler
  return s ~= nil and type(s) ~= "function" and #s or #self.dataset
end

--- The number of batches in an epoch.
function Loader:__len()
  local n = self:count()
  return self.drop_last and n // self.batch
    or (n + self.batch - 1) // self.batch
end

local function sampled(self, n)
  local s = self.sampler
  if core.is_tensor(s) then return s end
  local index
  if type(s) == "function" then
    index = s(n, self.generator)
  else
    index = s:draw(n, self.generator)
  end
  if not core.is_tensor(index) or index.dtype ~= "index"
      or index.ndim ~= 1 then
    fail("data.Loader: the sampler should return an index tensor, got %s",
      core.is_tensor(index) and index.dtype or type(index))
  end
  return index
end

-- The order and the key of this epoch, from the generator's state at its start.
function Loader:draw_order()
  local n, g = #self.dataset, self.generator
  if not g then
    self.order = core.arange(n):index {base = 0}
    return
  end
  self.started = g:state()
  self.key = core.generator(self.started.key
    ~ self.started.position * 0x9E3779B97F4A7C15):next()
  if self.sampler ~= nil then
    self.order = sampled(self, n)
  elseif self.shuffle then
    self.order = core.randperm(n, {generator = g})
  else
    self.order = core.arange(n):index {base = 0}
  end
  g:next() -- the next epoch begins elsewhere even if nothing was drawn
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
  local count = math.min(self.batch, #self.order - from + 1)
  self.position = self.position + 1
  return self:hand_out(self.maker:make(self.order:narrow(1, from, count), from,
    self.key))
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

local function in_words(self)
  return self.sampler ~= nil and "sampled" or self.shuffle and "shuffled"
    or "in order"
end

--- Goes back to a state: the next loop hands out exactly the batches that
--- followed it.
function Loader:load_state(state)
  local o = read_state(state)
  if o.batch ~= self.batch or o.length ~= #self.dataset
      or (o.generator == nil) ~= (self.generator == nil) then
    fail("data.Loader:load_state: the state is of a loader with batch %d over "
      .. "%d items, %s; this one has %d over %d, %s", o.batch, o.length,
      o.generator and "at random" or "in order", self.batch, #self.dataset,
      self.generator and "at random" or "in order")
  end
  if self.generator then self.generator:load_state(o.generator) end
  self.epoch, self.position = o.epoch, o.position
  self.started, self.last = nil, nil
  self:draw_order()
  self.restored = true
end

function Loader:__tostring()
  return ("Loader(%d items, batch=%d, %s)"):format(#self.dataset, self.batch,
    in_words(self))
end

return Loader
