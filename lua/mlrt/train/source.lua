-- source.lua: where batches come from, one face for all kinds.
--
--   a loader        anything with batches(), such as data.Loader
--   a list          of batches, {{x, y}, {x, y}}
--   a function      that gives the values of a generic for loop, each epoch
--
-- each() goes through an epoch, or after load_state through the rest of one.
-- A function's rest is found by going through the epoch again, with the random
-- numbers that it began with.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"

local Source = class "Source"

local function kind_of(where, v)
  if type(v) == "function" then return "function" end
  if type(v) == "table" and v.batches then return "loader" end
  if type(v) == "table" and not getmetatable(v) then
    if #v == 0 then fail("%s: the list has no batches", where) end
    for i, batch in ipairs(v) do
      if type(batch) ~= "table" or #batch == 0 then
        fail("%s: batch %d should be a list such as {x, y}, got a %s", where, i,
          type(batch))
      end
    end
    return "list"
  end
  local name = type(v) == "table" and v.__name or core.is_tensor(v) and "tensor"
    or type(v)
  fail("%s: a loader, a list of batches {{x, y}, ...} or a function expected, "
    .. "got a %s%s", where, name, (type(v) == "table" and v.item)
    and "; m.data.Loader(it, {batch = 32}) makes a loader" or "")
end

function Source:init(where, v)
  self.where, self.given, self.kind = where, v, kind_of(where, v)
  self.position = 0
end

--- Batches in an epoch, or nil.
function Source:__len()
  if self.kind == "function" then return 0 end
  return #self.given
end

-- Counts what goes by, so that the place is known.
local function note(self, first, ...)
  self.position = first ~= nil and self.position + 1 or 0
  return first, ...
end

local function counted(self, f, s, control, closing)
  return function(_, previous)
    return note(self, f(s, previous))
  end, nil, control, closing
end

local function each_of_function(self)
  local random, skip = core.default_generator(), self.position
  local now = random:state()
  if self.began and skip > 0 then random:load_state(self.began) end
  self.began, self.position = random:state(), 0
  local f, s, control, closing = counted(self, self.given())
  for _ = 1, skip do control = f(s, control) end
  if skip > 0 then random:load_state(now) end
  return f, s, control, closing
end

local function each_of_list(self)
  return function()
    local batch = self.given[self.position + 1]
    self.position = batch and self.position + 1 or 0
    if batch then return table.unpack(batch) end
  end
end

--- For loops: the values of each batch.  Unless load_state came before it, an
--- epoch that was left is begun again.
function Source:each()
  if self.kind == "loader" then return self.given:batches() end
  if not self.restored then self.position = 0 end
  self.restored = nil
  return (self.kind == "list" and each_of_list or each_of_function)(self)
end

--- Where it stands; nil if it is a loader that cannot say.
function Source:state()
  if self.kind == "loader" then
    return self.given.state and self.given:state() or nil
  end
  return {position = self.position, began = self.began}
end

function Source:load_state(state)
  if self.kind == "loader" then
    if self.given.load_state then self.given:load_state(state) end
    return
  end
  if type(state) ~= "table" or math.type(state.position) ~= "integer" then
    fail("%s: the state is not that of a %s", self.where, self.kind)
  end
  self.position, self.began = state.position, state.began
  self.restored = true
end

return Source
