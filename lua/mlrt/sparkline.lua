-- sparkline.lua: a row of numbers as a row of little bars, "▁▂▅█▃".
--
-- After Tufte 2006.  The least number is the lowest bar, the largest the
-- highest; what is not finite is a gap.

local core = require "mlrt.core"
local fail = require "mlrt.fail"

local bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

local function finite(x)
  return x - x == 0
end

local function range_of(list, n)
  local low, high = math.huge, -math.huge
  for i = 1, n do
    local x = list[i]
    if finite(x) then low, high = math.min(low, x), math.max(high, x) end
  end
  return low, high
end

local function refuse(v, i)
  fail("sparkline: argument 'values': a list of numbers or a tensor expected, "
    .. "got a %s%s", type(v), i and (" at %d"):format(i) or "")
end

-- Means of so many equal stretches.
local function shortened(list, width)
  local means, n = {}, #list
  for k = 1, width do
    local from, to = (k - 1) * n // width + 1, k * n // width
    local sum = 0
    for i = from, to do sum = sum + list[i] end
    means[k] = sum / (to - from + 1)
  end
  return means
end

--- The bars of a list of numbers or of a 1-d tensor, as a text.  width: at most
--- so many (40), of more numbers the means of stretches.
return function(values, width)
  local list = core.is_tensor(values) and values:reshape(-1):tolist() or values
  if type(list) ~= "table" then refuse(list) end
  for i = 1, #list do
    if type(list[i]) ~= "number" then refuse(list[i], i) end
  end
  if #list > (width or 40) then list = shortened(list, width or 40) end
  local low, high = range_of(list, #list)
  local parts = {}
  for i, x in ipairs(list) do
    local share = high > low and finite(x) and (x - low) / (high - low) or 0
    parts[i] = finite(x) and bars[math.floor(share * 7 + 0.5) + 1] or " "
  end
  return table.concat(parts)
end
