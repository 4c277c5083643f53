-- layers.lua: layers of plain features, tables of vectors, dropout, and
-- shapes.
--
-- Shapes: N samples, C channels, H height, W width, L length.  Names, defaults
-- and initial weights of all layers are PyTorch's.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local init = require "mlrt.nn.initialise"
local layer = require "mlrt.nn.layer"
local Module = require "mlrt.nn.module"
local show = require "mlrt.nn.show"

local Parameter = Module.Parameter
local linear, embedding = core.linear, core.embedding
local dropout, flatten, unflatten = core.dropout, core.flatten, core.unflatten

local layers = {}

-- ---- Linear, Bilinear -----------------------------------------------------

--- y = x weight^T + bias.  x: (..., in_features), y: (..., out_features).
local Linear = layer("Linear", "in_features: size, out_features: size, "
  .. "bias: bool = true, dtype: f32|f64 = f32")
layers.Linear = Linear

function Linear:build(o)
  self.in_features, self.out_features = o.in_features, o.out_features
  self.weight = layer.weight(o, o.out_features, o.in_features)
  self.bias = o.bias and layer.weight(o, o.out_features)
  init.default_(self.weight, self.bias)
end

function Linear:forward(x)
  return linear(x, self.weight, self.bias or nil)
end

function Linear:describe()
  return ("%d -> %d%s"):format(self.in_features, self.out_features,
    show.bias(self))
end

--- y = x1^T weight x2 + bias.  x1: (..., in1_features), x2: (...,
--- in2_features), weight: (out_features, in1_features, in2_features).
local Bilinear = layer("Bilinear", "in1_features: size, in2_features: size, "
  .. "out_features: size, bias: bool = true, dtype: f32|f64 = f32")
layers.Bilinear = Bilinear

function Bilinear:build(o)
  for _, name in ipairs {"in1_features", "in2_features", "out_features"} do
    self[name] = o[name]
  end
  self.weight = layer.weight(o, o.out_features, o.in1_features, o.in2_features)
  self.bias = o.bias and layer.weight(o, o.out_features)
  local bound = 1 / math.sqrt(o.in1_features)
  init.uniform_(self.weight, -bound, bound)
  if self.bias then init.uniform_(self.bias, -bound, bound) end
end

-- Every product of an element of x1 and one of x2, then one linear layer.
function Bilinear:forward(x1, x2)
  local products = x1:unsqueeze(-1) * x2:unsqueeze(-2)
  return linear(flatten(products, -2), flatten(self.weight, 2),
    self.bias or nil)
end

function Bilinear:describe()
  return ("%d, %d -> %d%s"):format(self.in1_features, self.in2_features,
    self.out_features, show.bias(self))
end

-- ---- Embedding ------------------------------------------------------------

--- A table of vectors: index (...) gives (..., embedding_dim).  none gives
--- zeros.  The row padding_idx, zeros at first, gets no gradient.  Rows that
--- are looked up are cut to max_norm, if given, by their norm_type-norm.
local Embedding = layer("Embedding", "num_embeddings: size, embedding_dim: "
  .. "size, padding_idx: int?, max_norm: number?, norm_type: number = 2, "
  .. "dtype: f32|f64 = f32")
layers.Embedding = Embedding

function Embedding:build(o)
  local row, n = o.padding_idx, o.num_embeddings
  if row and row < 0 then row = row + n + 1 end
  if row and (row < 1 or row > n) then
    fail("nn.Embedding: padding_idx = %d should be a row, 1..%d",
      o.padding_idx, n)
  end
  self.num_embeddings, self.embedding_dim = n, o.embedding_dim
  self.padding_idx = row
  self.max_norm, self.norm_type = o.max_norm, o.norm_type
  self.weight = layer.weight(o, n, o.embedding_dim)
  init.normal_(self.weight)
  if row then init.zero_row_(self.weight, row) end
end

function Embedding:forward(index)
  local y = embedding(self.weight, index, self.max_norm, self.norm_type)
  if not self.padding_idx or not y.requires_grad then return y end
  local padding = index:eq(self.padding_idx):unsqueeze(-1)
  return core.where(padding, y:detach(), y)
end

function Embedding:describe()
  return ("%d, %d%s"):format(self.num_embeddings, self.embedding_dim,
    show.extras(self, "padding_idx", nil, "max_norm", nil,
      "norm_type", 2))
end

--- An Embedding over the rows of a tensor, which are not trained unless
--- {freeze = false}.
function Embedding.from_pretrained(weight, o)
  if not core.is_tensor(weight) or weight.ndim ~= 2 then
    fail("nn.Embedding.from_pretrained: a tensor (rows, width) expected")
  end
  local made = init.without(Embedding, weight.shape[1], weight.shape[2],
    {padding_idx = o and o.padding_idx, max_norm = o and o.max_norm,
      norm_type = o and o.norm_type, dtype = weight.dtype})
  made.weight = Parameter(weight)
  made.weight.requires_grad = o ~= nil and o.freeze == false
  return made
end

-- ---- Dropout --------------------------------------------------------------

local DROPOUT = "p: number = 0.5, generator: any?"

local function build_dropout(self, o)
  if not (o.p >= 0 and o.p <= 1) then
    fail("nn.%s: p should be between 0 and 1, got %g", self.__name, o.p)
  end
  self.p, self.generator = o.p, o.generator
end

local function config_dropout(self)
  return {p = self.p}
end

local function describe_dropout(self)
  return ("p=%g"):format(self.p)
end

--- While training, sets each element to 0 with probability p and divides the
--- others by 1 - p (Srivastava et al. 2014); otherwise does nothing.
local Dropout = layer("Dropout", DROPOUT)
layers.Dropout = Dropout
Dropout.build, Dropout.config = build_dropout, config_dropout
Dropout.describe = describe_dropout

function Dropout:forward(x)
  if not self.training then return x end
  return (dropout(x, self.p, true, self.generator))
end

-- The same for whole channels of x: (N, C, ...) with `spaces` dimensions
-- behind C (Tompson et al. 2015).
local function channel_dropout(name, spaces)
  local cls = layer(name, DROPOUT)
  cls.build, cls.config = build_dropout, config_dropout
  cls.describe = describe_dropout
  function cls:forward(x)
    if x.ndim ~= spaces + 2 and x.ndim ~= spaces + 1 then
      fail("%s: an input of %d or %d dimensions expected, got shape %s", name,
        spaces + 1, spaces + 2, x.shape)
    end
    if not self.training then return x end
    local shape = {table.unpack(x.shape)}
    for d = #shape - spaces + 1, #shape do shape[d] = 1 end
    local ones = core.ones(shape, {dtype = x.dtype})
    return x * dropout(ones, self.p, true, self.generator)
  end
  layers[name] = cls
end

channel_dropout("Dropout1d", 1)
channel_dropout("Dropout2d", 2)

-- ---- Shapes ---------------------------------------------------------------

--- Joins dimensions start_dim to end_dim into one; dimensions count from 1.
local Flatten = layer("Flatten", "start_dim: int = 2, end_dim: int = -1")
layers.Flatten = Flatten

function Flatten:forward(x)
  return flatten(x, self.start_dim, self.end_dim)
end

function Flatten:describe()
  return show.only(self, "start_dim", 2, "end_dim", -1)
end

--- Splits dimension dim (from 1) into several; one size may be -1.
local Unflatten = layer("Unflatten", "dim: int, unflattened_size: ints")
layers.Unflatten = Unflatten

function Unflatten:forward(x)
  return unflatten(x, self.dim, self.unflattened_size)
end

function Unflatten:describe()
  return ("dim=%d, unflattened_size=%s"):format(self.dim,
    show.value(self.unflattened_size))
end

--- Gives back what it gets.
local Identity = layer("Identity", "")
layers.Identity = Identity

function Identity:forward(x) -- luacheck: ignore self
  return x
end

-- ---- Similarities ---------------------------------------------------------

--- The cosine of the angle between x1 and x2 along dim.
local CosineSimilarity = layer("CosineSimilarity",
  "dim: int = 2, eps: number = 1e-8")
layers.CosineSimilarity = CosineSimilarity

function CosineSimilarity:forward(x1, x2)
  return core.cosine_similarity(x1, x2, self.dim, self.eps)
end

function CosineSimilarity:describe()
  return show.only(self, "dim", 2, "eps", 1e-8)
end

--- The p-norm of x1 - x2 + eps over the last dimension.
local PairwiseDistance = layer("PairwiseDistance",
  "p: number = 2, eps: number = 1e-6, keepdim: bool = false")
layers.PairwiseDistance = PairwiseDistance

function PairwiseDistance:forward(x1, x2)
  return core.pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)
end

function PairwiseDistance:describe()
  return show.only(self, "p", 2, "eps", 1e-6, "keepdim", false)
end

return layers
