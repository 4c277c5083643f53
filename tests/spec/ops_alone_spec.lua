-- ops_alone_spec.lua: the gradient of one operand does not depend on which
-- others want one.  Every row's samples of two or more float operands, to
-- second order: all operands at once, then each alone.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows too

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local samples = assert(loadfile(here .. "/samples.lua"))()
local arguments, map, constant = samples.arguments, samples.map,
  samples.constant

local function is_leaf(t)
  return t.dtype == "f64" and not constant[t]
end

-- The arguments with fresh leaves, of which those of `wanted` (all: nil) want
-- a gradient, and the list of leaves.
local function prepared(args, wanted)
  local leaves = {}
  local given = map(args, function(t)
    if not is_leaf(t) then return t end
    local x = t:detach():clone()
    leaves[#leaves + 1] = x
    if not wanted or wanted == #leaves then x.requires_grad = true end
    return x
  end)
  return given, leaves
end

-- Different weights for each element, so that none is mixed up.
local function weighted(t)
  local w = (m.arange(1, t:numel() + 1, 1, {dtype = "f64"}) * 1.7):cos()
  return (t * (t.ndim == 0 and w:select(1, 1) or w:reshape(t.shape))):sum()
end

local function total(row, given, n)
  m.seed(5)
  local sum
  local results = table.pack(core[row.name](table.unpack(given, 1, n)))
  map(results, function(t)
    if t.dtype == "f64" and t.requires_grad and t:numel() > 0 then
      local part = weighted(t)
      sum = sum and sum + part or part
    end
    return t
  end)
  return sum
end

local function same(got, want, what)
  if not want then return end
  local a, b = got:reshape(-1):totable(), want:reshape(-1):totable()
  for i, v in ipairs(b) do
    assert(a[i] == v or a[i] ~= a[i] and v ~= v
      or math.abs(a[i] - v) <= 1e-9 * (1 + math.abs(v)),
      ("%s: element %d is %s, not %s"):format(what, i, a[i], v))
  end
end

-- Gradients of the leaves, false where there is none.
local function gradients(row, sample, wanted)
  local given, leaves = prepared(arguments(sample), wanted)
  local sum = total(row, given, given.n)
  if not sum then return end
  sum:backward()
  local list = {}
  for i, x in ipairs(leaves) do list[i] = x.grad or false end
  return list
end

local function check(row, sample)
  local _, leaves = prepared(arguments(sample))
  if #leaves < 2 then return end
  local all = gradients(row, sample)
  if not all then return end
  for i = 1, #leaves do
    local alone = gradients(row, sample, i)
    local what = ("%s: operand %d alone"):format(sample, i)
    if all[i] then
      assert(alone and alone[i], what .. ": no gradient")
      same(alone[i], all[i], what)
    end
  end
end

-- d(g of i) / d(i), where g of i is asked for by itself.
local function second(row, sample, i, wanted)
  local given, leaves = prepared(arguments(sample), wanted)
  local sum = total(row, given, given.n)
  if not sum then return end
  local first = m.grad(sum, leaves[i], {create_graph = true})
  first = m.is_tensor(first) and first or first[1]
  if not first.requires_grad then return end
  weighted(first):backward()
  return leaves[i].grad
end

local function check_second(row, sample)
  local _, leaves = prepared(arguments(sample))
  for i = 1, #leaves > 1 and #leaves or 0 do
    local ok, all = pcall(second, row, sample, i)
    if ok then -- where there is a second one
      local alone = second(row, sample, i, i)
      same(alone or leaves[i] * 0, all, ("%s: operand %d"):format(sample, i))
    end
  end
end

local function has_several(row)
  local n = 0
  for _ in row.args:gmatch "%f[%a]tensor" do n = n + 1 end
  for _ in row.args:gmatch "%f[%a]operand" do n = n + 1 end
  return row.differentiable and row.kind ~= "inplace" and n > 1
    and not row.args:find("generator", 1, true)
end

describe("operands alone:", function()
  for _, row in ipairs(m.ops()) do
    if has_several(row) then
      it(row.name, function()
        for _, sample in ipairs(row.samples) do
          if sample:sub(1, 1) ~= "!" then
            check(row, sample)
            check_second(row, sample)
          end
        end
      end)
    end
  end
end)
