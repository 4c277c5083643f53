-- harness.lua: measuring in pairs.
--
-- Machines differ and drift, so times mean nothing and ratios taken side by
-- side mean something: a block of mlrt and a block of each peer alternate in
-- one session, and the median of the pairwise ratios is the result.

local m = require "mlrt"

local harness = {}

function harness.median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local n = #sorted
  return (sorted[(n + 1) // 2] + sorted[n // 2 + 1]) / 2
end

-- ---- Peers ----------------------------------------------------------------

local Peer = {}
Peer.__index = Peer

--- Starts a peer (see peers/README.md); nil and its words if it cannot start.
function harness.peer(command)
  local base = os.tmpname()
  os.remove(base)
  local to, from, err = base .. ".to", base .. ".from", base .. ".err"
  assert(os.execute(("mkfifo '%s' '%s'"):format(to, from)))
  os.execute(("%s <'%s' >'%s' 2>'%s' &"):format(command, to, from, err))
  local self = setmetatable({files = {to, from, err}}, Peer)
  self.out = assert(io.open(to, "w"))
  self.input = assert(io.open(from, "r"))
  self.greeting = self.input:read "l"
  if self.greeting then return self end
  local f = io.open(err)
  local words = f and f:read "a" or ""
  self:close()
  return nil, words:match "([^\n]+)\n*$" or "no answer"
end

--- Seconds of a block of n steps, and the loss of the last one.
function Peer:block(n)
  self.out:write(("block %d\n"):format(n))
  self.out:flush()
  local line = self.input:read "l"
  local seconds, loss = (line or ""):match "^(%S+) (%S+)$"
  if not seconds then error("the peer answered: " .. tostring(line)) end
  return tonumber(seconds), tonumber(loss)
end

function Peer:close()
  self.out:close()
  self.input:close()
  for _, file in ipairs(self.files) do os.remove(file) end
end

-- ---- Blocks of our own ----------------------------------------------------

--- step() as something that has blocks; value(result) is the number compared.
function harness.own(step)
  return {block = function(_, n)
    local start, last = m.time(), nil
    for _ = 1, n do last = step() end
    local value = last and last:item()
    return m.time() - start, value
  end}
end

--- {ratio =, low =, high =, ours =, theirs =}: the peer's time divided by
--- ours, over `rounds` pairs of blocks of n steps; times in seconds a step.
function harness.pairs(ours, theirs, n, rounds)
  local ratios, a, b = {}, {}, {}
  for i = 1, rounds do
    a[i] = ours:block(n)
    b[i] = theirs:block(n)
    ratios[i] = b[i] / a[i]
  end
  return {ratio = harness.median(ratios), low = math.min(table.unpack(ratios)),
    high = math.max(table.unpack(ratios)), ours = harness.median(a) / n,
    theirs = harness.median(b) / n}
end

--- Median seconds a step of `rounds` blocks.
function harness.alone(ours, n, rounds)
  local times = {}
  for i = 1, rounds do times[i] = ours:block(n) / n end
  return harness.median(times)
end

--- The machine and its load, for the head of a table.
function harness.machine()
  local cpu, load = "unknown CPU", "?"
  local f = io.open "/proc/cpuinfo"
  if f then
    cpu = f:read "a":match "model name%s*:%s*([^\n]+)" or cpu
    f:close()
  end
  f = io.open "/proc/loadavg"
  if f then
    load = f:read "l":match "^%S+"
    f:close()
  end
  local build = m.build()
  return ("%s, load %s; mlrt %s, kernels %s, %s"):format(cpu, load,
    build.version, build.isa, build.blas)
end

return harness
