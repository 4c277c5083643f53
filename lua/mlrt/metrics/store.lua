-- store.lua: for metrics whose exact value needs every score: they are kept as
-- tensors, joined now and then.

local core = require "mlrt.core"
local fail = require "mlrt.fail"

local store = {}

--- The sums at the start.
function store.zero()
  return {scores = {}, targets = {}, weights = {}}
end

local MOST = 64 -- tensors in a list

local function append(list, t)
  list[#list + 1] = t
  if #list <= MOST then return end
  local joined = core.cat(list, 1)
  for i = #list, 1, -1 do list[i] = nil end
  list[1] = joined
end

--- Adds scores (n) or (n, C), and targets and weights (n) of any dtype.  A
--- batch may share memory that its owner writes again, so it is copied.
function store.add(where, sums, scores, targets, weight)
  if sums.samples > 0 and (weight ~= nil) ~= (#sums.weights > 0) then
    fail("%s: a weight was given for some batches and not for others", where)
  end
  local first = sums.scores[1]
  if first and (scores.ndim ~= first.ndim
      or scores.shape[2] ~= first.shape[2]) then
    fail("%s: scores of shape %s after some of shape %s", where, scores.shape,
      first.shape)
  end
  append(sums.scores, first and scores:to(first.dtype):clone()
    or scores:clone())
  append(sums.targets, targets:clone())
  if weight then append(sums.weights, weight:clone()) end
end

--- Everything: scores, targets, weights or nil.
function store.all(sums)
  return core.cat(sums.scores, 1), core.cat(sums.targets, 1),
    #sums.weights > 0 and core.cat(sums.weights, 1) or nil
end

return store
