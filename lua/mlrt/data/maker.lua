-- maker.lua: makes the batches of a loader, here or in a worker's thread.
--
-- A batch is a function of the data set, of the positions in it, of the
-- batch's place in the epoch and of the epoch's key.  While code of the user's
-- runs, the context's own stream is put where these say, so that what draws
-- from it, a transform with m.randn, is such a function too.

local class = require "mlrt.class"
local core = require "mlrt.core"
local collate = require "mlrt.data.collate"
local Draws = require "mlrt.data.draws"
local sets = require "mlrt.data.sets"

local Maker = class "Maker"

--- o: dataset, collate, and if wanted transform, scale and shift.
function Maker:init(o)
  self.dataset, self.collate = o.dataset, o.collate
  self.transform, self.scale, self.shift = o.transform, o.scale, o.shift
  local meta = getmetatable(o.transform)
  self.is_transform = type(o.transform) == "table" and meta.batch ~= nil
  self.by_rows = sets.method(o.dataset, "batch") ~= nil
  self.stream = core.default_generator()
  self.is_constant = not o.transform and o.collate == collate
    and sets.is_constant(o.dataset)
end

function Maker:items_of(index, first, key)
  local items, dataset = {}, self.dataset
  local at = index:totable()
  for i = 1, #at do
    local item = dataset[at[i]]
    if self.is_transform then
      self.draws:restart(key, first + i - 1)
      item = self.transform:item(self.draws, item)
    end
    items[i] = item
  end
  return items
end

function Maker:made(index, first, key)
  if not self.by_rows then
    local items = self:items_of(index, first, key)
    if self.transform and not self.is_transform then
      return self.transform(self.collate(items))
    end
    return self.collate(items)
  elseif self.is_transform then
    self.draws:restart(key, first)
    return self.transform:batch(self.draws, self.dataset:batch(index,
      self.scale, self.shift))
  elseif self.transform then
    return self.transform(self.dataset:batch(index, self.scale, self.shift))
  end
  return self.dataset:batch(index, self.scale, self.shift)
end

-- Closing it puts the context's stream back.
local Guard = {}
Guard.__index = Guard

function Guard:__close()
  self.stream:load_state(self.state)
end

--- The batch of the items at `index`, which are number `first` and following of
--- the epoch.  Without a key nothing is drawn at random.
function Maker:make(index, first, key)
  if self.is_constant or not key then return self:made(index, first, key) end
  self.draws = self.draws or Draws(key, first)
  local _ <close> = setmetatable({stream = self.stream,
    state = self.stream:state()}, Guard)
  self.stream:load_state {key = key, position = first << 20 | 1 << 19}
  return self:made(index, first, key)
end

return Maker
