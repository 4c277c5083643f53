-- loader.lua: hands out a data set in batches.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local collate = require "mlrt.data.collate"
local Maker = require "mlrt.data.maker"
local options = require "mlrt.options"
local sets = require "mlrt.data.sets"

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
---   collate: f(items) makes a batch, for data sets without `batch`;
---   workers: threads that make batches ahead, `prefetch` (2) for each.  What
---     they need is made anew there (data.Source); transform and collate may
---     be names of modules that return functions.
--- What is drawn at random for a batch depends on the stream's state when the
--- epoch began and on the batch's place in it only: batches are the same for
--- any number of workers, and after load_state.
local Loader = class "Loader"

local read_loader = options("data.Loader", "dataset: any, batch: size = 1, "
  .. "shuffle: bool = false, seed: int?, generator: any?, sampler: any?, "
  .. "drop_last: bool = false, normalise: table?, transform: any?, "
  .. "collate: any?, workers: count = 0, prefetch: size = 2")

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

-- A function, or what the module of that name returns.
local function callable(name, v)
  if v == nil then return nil end
  local f = type(v) == "string" and require(v) or v
  local meta = getmetatable(f)
  if type(f) ~= "function" and not (type(meta) == "table" and meta.__call) then
    fail("data.Loader: argument '%s': a function expected, got %s", name,
      type(v) == "string" and ("module '%s', a %s"):format(v, type(f))
      or type(v))
  end
  return f
end

-- Workers start with the first loop; what cannot go to them is said at once.
local function plan_workers(self, o)
  local recipe = require "mlrt.data.recipe"
  self.workers, self.slots = o.workers, o.workers * o.prefetch
  self.recipe = {dataset = recipe.of("dataset", o.dataset),
    transform = o.transform and recipe.of("transform", o.transform),
    collate = o.collate and recipe.of("collate", o.collate),
    scale = self.maker.scale, shift = self.maker.shift}
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
  self.maker = Maker {dataset = o.dataset,
    transform = callable("transform", o.transform),
    collate = callable("collate", o.collate) or collate,
    scale = scale, shift = shift}
  if scale and not self.maker.by_rows then
    fail "data.Loader: normalise is for data sets of tensors; use transform"
  end
  if o.workers > 0 then plan_workers(self, o) end
  local is_random = o.shuffle or o.sampler ~= nil or o.transform ~= nil
    or not sets.is_constant(o.dataset)
  self.generator = is_random and stream_of(o) or nil
  self.epoch = 0 -- how many were finished
  self.position = 0 -- batches handed out in this epoch
end

--- How many items an epoch has.
function Loader:count()
  if self.order then return #self.order end
  local s = self.sampler
  local meta = getmetatable(s)
  local is_sized = core.is_tensor(s) or type(s) == "table" and meta
    and meta.__len
  return is_sized and #s or #self.dataset
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

-- Batch k is made: only now does it count.  It is remembered, to notice two
-- loops that run at once.
function Loader:hand_out(k, x, ...)
  self.position, self.last = k, x
  return x, ...
end

-- Batch k of the epoch: the positions of its items, the place of the first one.
function Loader:items_of(k)
  local from = (k - 1) * self.batch + 1
  local count = math.min(self.batch, #self.order - from + 1)
  return self.order:narrow(1, from, count), from
end

-- ---- Workers ----------------------------------------------------------------

-- Keeps the workers supplied: batches up to number `last` are under way.
local function post(self, last)
  for k = self.posted + 1, math.min(last, #self) do
    local index, from = self:items_of(k)
    self.pool:post(index, from, self.key)
    self.posted = k
  end
end

-- What the pool gave for batch k; an error ends the workers.
local function taken(self, k, ok, ...)
  if ok then return ... end
  self:close()
  fail("data.Loader: batch %d, in a worker: %s", k, ...)
end

-- Batch k, which is the next one of the pool's.
local function from_workers(self, k)
  if not self.pool then
    self.pool = core.workers(self.workers, self.slots, "mlrt.data.worker",
      self.recipe)
    self.posted = k - 1
  end
  post(self, k - 1 + self.slots)
  while not self.pool:wait(0.1) do end -- Ctrl-C has its turn in between
  return taken(self, k, self.pool:take())
end

--- Ends the workers, if there are any; the next loop starts new ones.  A loop
--- over batches() does so when it is left early, the collector for loaders that
--- nothing refers to.
function Loader:close()
  if self.pool then self.pool:close() end
  self.pool = nil
end

function Loader:__close()
  if self.order then self:close() end
end

-- ---- An epoch ---------------------------------------------------------------

function Loader:advance()
  if self.position >= #self then
    self.epoch, self.position, self.posted = self.epoch + 1, 0, 0
    self.order, self.started, self.last = nil, nil, nil
    return nil
  end
  local k = self.position + 1
  if self.workers then return self:hand_out(k, from_workers(self, k)) end
  local index, from = self:items_of(k)
  return self:hand_out(k, self.maker:make(index, from, self.key))
end

-- What a for loop calls: `previous` is nil at its start and then the first
-- value of the batch before.
function Loader:__call(_, previous)
  if previous == nil then
    if self.order then self:close() end -- batches of a loop that was left
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
--- Leaving the loop ends the workers; a loop over the loader itself leaves that
--- to the next loop or to the collector.
function Loader:batches()
  return self, nil, nil, self
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
  self:close()
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
