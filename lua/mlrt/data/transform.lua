-- transform.lua: what transforms of samples have in common, and lists of them.
--
-- A sample is an image (C, H, W) or (H, W), a list {image, label, ...}, or
-- a table {image =, mask =, boxes =, label =, ...}; what moves the image moves
-- the mask (H, W) and the boxes (K, 4), x1 y1 x2 y2 in pixels, along with it.
-- Batches, images (N, C, H, W), are treated as one: `work` has
--   image, mask     (N, C, H, W), or nil
--   boxes           N tensors (K, 4), or nil
--   sample          what the other values are kept in
--   n, rows, columns   images, and the size they have or are going to have
--   map, fill       movements that are not made yet (see geometry.lua)
--   own             is `image` ours to write to?

local class = require "mlrt.class"
local core = require "mlrt.core"
local Draws = require "mlrt.data.draws"
local fail = require "mlrt.fail"

local is_tensor = core.is_tensor

local Transform = class "Transform"

-- ---- Samples to work and back ---------------------------------------------

-- x (N, H, W), (C, H, W), (H, W)... as (N, C, H, W).
local function raise(x, what, is_batch)
  if not is_tensor(x) then
    fail("transform: %s: a tensor expected, got %s", what, type(x))
  end
  local ndim = x.ndim - (is_batch and 1 or 0)
  if ndim ~= 2 and ndim ~= 3 then
    fail("transform: %s: %s expected, got shape %s", what, is_batch
      and "(N, C, H, W) or (N, H, W)" or "(C, H, W) or (H, W)", x.shape)
  end
  if not is_batch then x = x:unsqueeze(1) end
  return ndim == 2 and x:unsqueeze(2) or x
end

local function lower(x, ndim, is_batch)
  if ndim == (is_batch and 3 or 2) then x = x:squeeze(2) end
  return is_batch and x or x:squeeze(1)
end

local function check_boxes(list, n)
  if type(list) ~= "table" or #list ~= n then
    fail("transform: boxes: a list of %d tensors expected, one for each image",
      n)
  end
  for _, boxes in ipairs(list) do
    if not is_tensor(boxes) or boxes.ndim ~= 2 or boxes.shape[2] ~= 4 then
      fail("transform: boxes: (K, 4) expected, got %s",
        is_tensor(boxes) and boxes.shape or type(boxes))
    end
  end
  return list
end

-- A batch of boxes may be stacked, (N, K, 4).
local function list_of_boxes(boxes, n, is_batch)
  if boxes == nil then return nil end
  if not is_batch then return check_boxes({boxes}, 1) end
  if is_tensor(boxes) and boxes.ndim == 3 then
    local list = {}
    for k = 1, #boxes do list[k] = boxes:select(1, k) end
    boxes = list
  end
  return check_boxes(boxes, n)
end

-- `sample` has the values by name; form says how they came.
local function begin(sample, is_batch)
  if sample.image == nil then
    fail "transform: the sample has no 'image'"
  end
  local image = raise(sample.image, "image", is_batch)
  local n, shape = #image, image.shape
  local work = {sample = sample, image = image, n = n, own = false,
    rows = shape[3], columns = shape[4], is_batch = is_batch,
    image_ndim = sample.image.ndim}
  if sample.mask ~= nil then
    work.mask, work.mask_ndim = raise(sample.mask, "mask", is_batch),
      sample.mask.ndim
    local m = work.mask.shape
    if m[1] ~= n or m[3] ~= shape[3] or m[4] ~= shape[4] then
      fail("transform: image %s and mask %s differ in size",
        sample.image.shape, sample.mask.shape)
    end
  end
  work.boxes = list_of_boxes(sample.boxes, n, is_batch)
  return work
end

local function finish(work)
  local sample = work.sample
  sample.image = lower(work.image, work.image_ndim, work.is_batch)
  if work.mask then
    sample.mask = lower(work.mask, work.mask_ndim, work.is_batch)
  end
  if work.boxes then
    sample.boxes = work.is_batch and work.boxes or work.boxes[1]
  end
  return sample
end

local function copy_of(t)
  local copy = {}
  for k, v in pairs(t) do copy[k] = v end
  return copy
end

--- Makes the movements that wait; geometry.lua puts its own here.
function Transform.settle(_) end

-- ---- Applying -------------------------------------------------------------

--- apply(work, draws) of each kind changes `work`.
function Transform:run(sample, draws, is_batch)
  local work = begin(sample, is_batch)
  draws:next_step()
  self:apply(work, draws)
  Transform.settle(work)
  return finish(work)
end

-- Runs on an image and its label that stand apart.
local function run_pair(self, draws, image, label, is_batch)
  local sample = self:run({image = image, label = label}, draws, is_batch)
  return sample.image, sample.label
end

local function join(image, label, ...)
  if label == nil and select("#", ...) == 0 then return image end
  return image, label, ...
end

--- The first of a batch's values is the images, or a table by names.
function Transform:batch(draws, x, y, ...)
  if type(x) == "table" then
    return join(self:run(copy_of(x), draws, true), y, ...)
  end
  local image, label = run_pair(self, draws, x, y, true)
  return join(image, label, ...)
end

-- The same of a whole batch or sample, as it came.
local function apply_to(self, draws, sample, is_batch)
  if is_tensor(sample) then
    return (run_pair(self, draws, sample, nil, is_batch))
  elseif type(sample) ~= "table" then
    fail("transform: an image, a list or a table expected, got %s",
      type(sample))
  end
  sample = copy_of(sample)
  if sample[1] == nil then return self:run(sample, draws, is_batch) end
  sample[1], sample[2] = run_pair(self, draws, sample[1], sample[2], is_batch)
  return sample
end

--- One item of a data set: an image, a list that begins with one, or a table by
--- names.
function Transform:item(draws, item)
  return apply_to(self, draws, item, false)
end

--- t(sample): the sample, or the batch of images (N, C, H, W), transformed;
--- the random numbers come from the context's stream.
function Transform:__call(sample, draws)
  draws = draws or Draws(core.default_generator():next(), 1)
  local image = sample
  if type(sample) == "table" then image = sample.image or sample[1] end
  return apply_to(self, draws, sample, is_tensor(image) and image.ndim == 4)
end

function Transform:__tostring()
  return self.__name
end

-- ---- Lists ----------------------------------------------------------------

--- Transforms one after the other.  A member may be a function f(sample, draws)
--- that returns the sample; draws:uniform(low, high), draws:integer(low, high)
--- and draws:chance(p), after draws:sample(k) for image k of a batch, give it
--- numbers that are the same in every run.
local Compose = class("Compose", Transform)
Transform.Compose = Compose

function Compose:init(list)
  local is_list = type(list) == "table" and not getmetatable(list)
  self.list = is_list and list or {list}
  for i, t in ipairs(self.list) do
    local meta = getmetatable(t)
    local is_callable = type(meta) == "table" and meta.__call
    if type(t) ~= "function" and not is_callable then
      fail("Compose: member %d: a transform or a function expected, got %s", i,
        type(t))
    end
  end
end

-- A function sees the sample as it came.
local function call(work, f, draws)
  Transform.settle(work)
  draws:sample(1)
  local sample = f(finish(work), draws)
  if type(sample) ~= "table" then
    fail("Compose: a function should return the sample, a table, got %s",
      type(sample))
  end
  local after = begin(sample, work.is_batch)
  for key in pairs(work) do work[key] = nil end
  for key, v in pairs(after) do work[key] = v end
end

function Compose:apply(work, draws)
  for _, t in ipairs(self.list) do
    draws:next_step()
    if type(t) == "table" and t.apply then
      t:apply(work, draws)
    else
      call(work, t, draws)
    end
  end
end

function Compose:__tostring()
  local names = {}
  for i, t in ipairs(self.list) do names[i] = tostring(t) end
  return "Compose{" .. table.concat(names, ", ") .. "}"
end

return Transform
