-- network.lua: the networks of agents, from the spaces of an environment.
--
--   local encode, size = network.encoder(env.observation_space)
--   local q = network.mlp(size, {120, 84}, 2, {generator = g})
--   q(encode(obs))
--
-- Initial weights come from a generator, so that an agent's seed decides them.

local class = require "mlrt.class"
local core = require "mlrt.core"
local nn = require "mlrt.nn"

local network = {}

-- ---- Observations as numbers ----------------------------------------------

local function one_hot(n)
  return function(obs)
    return obs:one_hot(n):to "f32"
  end
end

local function one_hots(sizes)
  return function(obs)
    local list = {}
    for i, n in ipairs(sizes) do
      list[i] = obs:select(2, i):one_hot(n):to "f32"
    end
    return core.cat(list, 2)
  end
end

local function same(obs)
  return obs
end

local function numbers(space)
  if #space.shape == 1 then return same end
  return function(obs)
    return obs:reshape({obs.shape[1], space.numel})
  end
end

--- A function that makes what a network takes of observations (N, ...), and how
--- much that is: numbers f32 (N, size), the dimensions of a Box flattened,
--- several choices one-hot.  A place in a Discrete space stays an index, of
--- which networks have an embedding: {places = n}; or it is one-hot (plain).
function network.encoder(space, plain)
  local kind = space.__name
  if kind == "Discrete" then
    if plain then return one_hot(space.n), space.n end
    return same, {places = space.n}
  end
  if kind == "Box" then return numbers(space), space.numel end
  local size = 0
  for _, n in ipairs(space.counts) do size = size + n end
  return one_hots(space.counts), size
end

-- ---- Layers ---------------------------------------------------------------

-- PyTorch's bounds for a linear layer: 1 / sqrt(inputs).
local function fill_uniform(layer, g)
  local bound = 1 / math.sqrt(layer.weight.shape[2])
  nn.init.uniform_(layer.weight, -bound, bound, g)
  nn.init.uniform_(layer.bias, -bound, bound, g)
end

local function linear(inputs, outputs, o, gain)
  local layer = nn.Linear(inputs, outputs)
  if o.orthogonal and core.build().blas ~= "none" then -- it needs LAPACK
    nn.init.orthogonal_(layer.weight, {gain = gain, generator = o.generator})
    nn.init.zeros_(layer.bias)
  else
    fill_uniform(layer, o.generator)
  end
  return layer
end

local activations = {relu = "ReLU", tanh = "Tanh", silu = "SiLU", gelu = "GELU",
  elu = "ELU"}

-- The first layer for places: a row for each.
local function embedding(places, width, o)
  local layer = nn.Embedding(places, width)
  nn.init.normal_(layer.weight, 0, 1 / math.sqrt(width), o.generator)
  return layer
end

-- Hidden layers, each with its activation, as a list; the width of the last.
local function body(inputs, hidden, o)
  local list = {}
  for i, width in ipairs(hidden) do
    list[#list + 1] = i == 1 and type(inputs) == "table"
      and embedding(inputs.places, width, o)
      or linear(inputs, width, o, math.sqrt(2))
    list[#list + 1] = nn[activations[o.activation or "relu"]]()
    inputs = width
  end
  return list, inputs
end

--- A Sequential of hidden layers and a linear one.  o: generator; activation:
--- "relu" (default), "tanh", "silu", "gelu", "elu"; orthogonal: weights as PPO
--- has them (Saxe et al. 2014), the last layer with gain `last`.
function network.mlp(inputs, hidden, outputs, o)
  local list, width = body(inputs, hidden, o)
  list[#list + 1] = linear(width, outputs, o, o.last or 1)
  return nn.Sequential(list)
end

local Dueling = class("Dueling", nn.Module)

function Dueling:init(layers, value, advantage)
  self.body, self.value, self.advantage = layers, value, advantage
end

function Dueling:forward(x)
  x = self.body(x)
  local a = self.advantage(x)
  return self.value(x) + (a - a:mean(2, true))
end

--- Q = V + A - mean(A) (Wang et al. 2016).
function network.dueling(inputs, hidden, outputs, o)
  local list, width = body(inputs, hidden, o)
  return Dueling(nn.Sequential(list), linear(width, 1, o, 1),
    linear(width, outputs, o, 1))
end

-- ---- Copies ---------------------------------------------------------------

local function copy(v)
  if core.is_tensor(v) then
    local new = v:detach():clone()
    return nn.Module.is_parameter(v) and nn.Parameter(new) or new
  elseif type(v) ~= "table" then
    return v
  end
  local new = {}
  for key, value in pairs(v) do new[key] = copy(value) end
  return setmetatable(new, getmetatable(v))
end

--- A module with tensors of its own that hold the same.
network.copy = copy

--- target = target + tau (source - target), for two lists of parameters.
function network.follow(target, source, tau)
  local _ <close> = core.no_grad()
  for i = 1, #target do
    if tau == 1 then
      target[i]:copy_(source[i])
    else
      target[i]:lerp_(source[i], tau)
    end
  end
end

return network
