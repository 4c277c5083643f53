-- scale.lua: curves of time against size, and their cliffs.

local m = require "mlrt"

local scale = {}

local LIMIT = 1.5

-- ---- The caches -----------------------------------------------------------

local function read(path)
  local f = io.open(path)
  local text = f and f:read "l"
  if f then f:close() end
  return text
end

--- The sizes in bytes of the first core's caches for data, smallest first.
function scale.caches()
  local list = {}
  for i = 0, 9 do
    local folder = ("/sys/devices/system/cpu/cpu0/cache/index%d/"):format(i)
    local size, kind = read(folder .. "size"), read(folder .. "type")
    if not size then break end
    local number, unit = size:match "^(%d+)(%a?)"
    if kind ~= "Instruction" then
      list[#list + 1] = tonumber(number) * (unit == "M" and 1 << 20 or 1 << 10)
    end
  end
  table.sort(list)
  return list
end

--- Whether a cache ends between two working sets, or the second is more than
--- half of one: what else is in it, and results that wait for Lua's
--- collector, take their part.
function scale.leaves_cache(before, after, caches, threads)
  for i, size in ipairs(caches) do
    -- The last level is shared, the others are each core's own.
    local total = i < #caches and size * threads or size
    if before <= total and after >= total / 2 then return true end
  end
  return false
end

-- ---- Measuring ------------------------------------------------------------

local BLOCK = 2e-3 -- seconds

local function block(step, n)
  local start = m.time()
  for _ = 1, n do step() end
  return (m.time() - start) / n
end

-- Seconds of a step at best.
local function best(step, blocks)
  local took = block(step, 2)
  local n = math.max(1, math.min(math.ceil(BLOCK / took), 100000))
  for _ = 1, blocks do took = math.min(took, block(step, n)) end
  return took
end

-- Measures points i - 1 and i again while their step looks like a cliff.
local function measure_again(curve, i, make, blocks)
  for _ = 1, 4 do
    if curve.each[i] <= LIMIT * curve.each[i - 1] then return end
    local took = best(make(curve.sizes[i]), blocks)
    curve.each[i] = math.min(curve.each[i], took / curve.sizes[i])
  end
end

--- {sizes = {...}, each = {seconds of an element, ...}}; make(size) returns a
--- step.
function scale.curve(make, sizes, blocks)
  local curve = {sizes = sizes, each = {}}
  for i, size in ipairs(sizes) do
    curve.each[i] = best(make(size), blocks) / size
    if i > 1 then measure_again(curve, i, make, blocks) end
    collectgarbage()
  end
  return curve
end

--- Texts that name the sizes at which the time of an element rises by more
--- than LIMIT and no cache ends.
function scale.cliffs(curve, caches, threads)
  local list = {}
  for i = 2, #curve.sizes do
    local rise = curve.each[i] / curve.each[i - 1]
    local fixed = curve.fixed or 0 -- the same bytes for every size
    local before = fixed + curve.sizes[i - 1] * curve.bytes
    local after = fixed + curve.sizes[i] * curve.bytes
    if rise > LIMIT and not scale.leaves_cache(before, after, caches, threads)
    then
      list[#list + 1] = ("cliff: %s, %d threads: %.2f times from %d to %d %s")
        :format(curve.name, threads, rise, curve.sizes[i - 1], curve.sizes[i],
        curve.kind)
    end
  end
  return list
end

-- ---- Printing -------------------------------------------------------------

--- What the columns are, and which caches there are.
function scale.head(caches)
  local texts = {}
  for i, size in ipairs(caches) do
    texts[i] = ("%d KiB"):format(size // 1024)
  end
  return ("# caches: %s\n%-24s %3s  nanoseconds of an element or sample, each "
    .. "size twice the one before"):format(table.concat(texts, ", "),
    "workload", "thr")
end

function scale.line(curve)
  local texts = {}
  for i, seconds in ipairs(curve.each) do
    texts[i] = ("%.3g"):format(seconds * 1e9)
  end
  return ("%-24s %3d  %s"):format(curve.name, curve.threads,
    table.concat(texts, " "))
end

return scale
