-- recipe.lua: data sets and transforms as plain data, for a worker's thread.
--
-- A closure or an object cannot go to another Lua state, but what it was made
-- of can: recipe.of(v) says how, recipe.make(r) makes it again.  Tensors in it
-- are shared, not copied: from then on they are only read.  Objects of one's
-- own go along if they have v:recipe(), which returns a module's name and plain
-- data: there, require(name)(data) makes the object again.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local sets = require "mlrt.data.sets"

local recipe = {}

-- ---- Writing --------------------------------------------------------------

local function is_a(v, cls)
  return getmetatable(v) == cls
end

local function of_subset(what, v)
  return {kind = "subset", index = v.index,
    dataset = recipe.of(what, v.dataset)}
end

-- A transform's name in data.transforms, or nil.
local function transform_name(v)
  local cls = getmetatable(v)
  local transforms = require "mlrt.data.transforms"
  return rawget(transforms, cls.__name) == cls and cls.__name or nil
end

local function of_transform(what, v)
  local name = transform_name(v)
  if not name then return nil end
  if name ~= "Compose" then
    return {kind = "transform", name = name, options = v.options}
  end
  local list = {}
  for i, t in ipairs(v.list) do list[i] = recipe.of(what, t) end
  return {kind = "compose", list = list}
end

local function of_object(what, v)
  if is_a(v, sets.TensorDataset) then
    return {kind = "tensors", tensors = v.tensors}
  elseif is_a(v, sets.Subset) then
    return of_subset(what, v)
  elseif sets.method(v, "recipe") then
    local module, values = v:recipe()
    return {kind = "source", module = module, data = values}
  elseif sets.method(v, "apply") then
    return of_transform(what, v)
  end
end

--- Plain data from which another Lua state can make v; `what` names it.
function recipe.of(what, v)
  if type(v) == "string" then return {kind = "module", module = v} end
  local meta = getmetatable(v)
  if core.is_tensor(v) or type(v) == "table" and meta == nil then
    return {kind = "plain", value = v}
  end
  local r = type(v) == "table" and of_object(what, v)
  if r then return r end
  fail("data.Loader: %s: with workers, a %s cannot go to another thread; name "
    .. "a module that makes it (data.Source) or give it a recipe()", what,
    type(v) == "table" and rawget(meta, "__name") or type(v))
end

-- ---- Reading --------------------------------------------------------------

local makers = {}

function makers.plain(r)
  return r.value
end

function makers.module(r)
  return require(r.module)
end

function makers.source(r)
  return require(r.module)(r.data)
end

function makers.tensors(r)
  return sets.TensorDataset(table.unpack(r.tensors))
end

function makers.subset(r)
  return sets.Subset(recipe.make(r.dataset), r.index)
end

function makers.transform(r)
  return require("mlrt.data.transforms")[r.name](r.options)
end

function makers.compose(r)
  local list = {}
  for i, t in ipairs(r.list) do list[i] = recipe.make(t) end
  return require("mlrt.data.transforms").Compose(list)
end

--- What recipe.of was given; nil stays nil.
function recipe.make(r)
  return r and makers[r.kind](r)
end

return recipe
