-- pca.lua: principal components (Pearson 1901), by the singular values of the
-- centred matrix.

local fail = require "mlrt.fail"
local Step = require "mlrt.prep.step"

--- PCA{components =, keep =, whiten = false, columns =}: in place of its
--- columns pca1, pca2, ..., the directions of most variance.  components: how
--- many; keep: as many as it takes for this share of the variance, such as
--- 0.95; neither: all.  whiten: each with variance 1.
local PCA = Step.declare("PCA",
  "components: size?, keep: number?, whiten: bool = false")
PCA.learned = "centre: row, axes: matrix, variance: vector, "
  .. "ratio: vector"

function PCA.check(o)
  local keep = o.keep or 1
  if keep <= 0 or keep > 1 or keep ~= keep then
    fail("prep.PCA: keep should be in 0..1, got %g", o.keep)
  end
end

function PCA:check_learned()
  local k = #self.variance
  if self.axes.shape[1] ~= k or self.axes.shape[2] ~= #self.names
      or #self.ratio ~= k then
    error("axes that do not fit", 0)
  end
end

-- How many components there will be.
local function count(o, ratio, most)
  local k = o.components or most
  if k > most then
    fail("prep.PCA: %d components of %d are too many", k, most)
  end
  local sum, list = 0, ratio:totable()
  for i = 1, o.keep and k or 0 do
    sum = sum + list[i]
    if sum >= o.keep - 1e-12 then return i end
  end
  return k
end

-- The sign of an axis is arbitrary: its largest entry is made positive.
local function settle_signs(axes)
  local at = axes:abs():argmax(2):unsqueeze(2)
  return axes * axes:take_along_dim(at, 2):sign()
end

function PCA:learn(cols)
  local x = cols:matrix(self:where "fit", self.names)
  local n, k = x.shape[1], x.shape[2]
  if n < 2 then fail("%s: two rows or more are needed", self:where "fit") end
  self.centre = x:mean(1)
  local _, s, vh = (x - self.centre):svd()
  local variance = s * s / (n - 1)
  local ratio = variance / math.max(variance:sum():item(), 1e-300)
  local kept = count(self.options, ratio, math.min(n, k))
  self.variance = variance:narrow(1, 1, kept):contiguous()
  self.ratio = ratio:narrow(1, 1, kept):contiguous()
  self.axes = settle_signs(vh:narrow(1, 1, kept)):contiguous()
end

-- Sums instead of a product of matrices: a row alone gives the same bits as
-- among others.
function PCA:apply(cols)
  local x = cols:matrix(self:where "transform", self.names) - self.centre
  local sources, made = {}, {}
  for _, name in ipairs(self.names) do
    made[name] = {}
    for _, raw in ipairs(cols:get(name).from) do sources[#sources + 1] = raw end
  end
  local list = {}
  for j = 1, #self.variance do
    local y = (x * self.axes:select(1, j)):sum(2)
    if self.options.whiten then
      y = y / math.sqrt(math.max(self.variance[j], 1e-300))
    end
    list[j] = {"pca" .. j, {kind = "number", x = y, from = sources}}
  end
  made[self.names[1]] = list
  return cols:replace(made)
end

--- The variance of each component, and its share of the whole.
function PCA:explained()
  return {variance = self.variance:totable(), ratio = self.ratio:totable()}
end

return {PCA = PCA}
