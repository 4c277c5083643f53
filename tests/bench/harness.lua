-- harness.lua: measuring in pairs.
--
-- Machines differ and drift, so times mean nothing and ratios taken side by
-- side mean something: a block of mlrt and a block of each peer alternate in
-- one session, and the median of the pairwise ratios is the result.
--
-- What is measured has `block(n)`, which does n steps and returns the seconds
-- they took and a number that is compared or is itself the result.

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

--- A word of a shell's command.
function harness.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

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
  if f then f:close() end
  self:close()
  return nil, words:match "([^\n]+)\n*$" or "no answer"
end

--- Sends a line and returns the line that answers it.
function Peer:ask(line)
  self.out:write(line, "\n")
  self.out:flush()
  return self.input:read "l"
end

--- Seconds of a block of n steps, and the loss of the last one.
function Peer:block(n)
  local line = self:ask(("block %d"):format(n))
  local seconds, loss = (line or ""):match "^(%S+) (%S+)$"
  if not seconds then error("the peer answered: " .. tostring(line)) end
  return tonumber(seconds), tonumber(loss)
end

--- Makes a peer that knows several rows prepare one; nil and why not.
function Peer:row(name)
  local line = self:ask("row " .. name)
  if line == "ready" then return true end
  return nil, line or "the peer has ended"
end

function Peer:close()
  self.out:close()
  self.input:close()
  for _, file in ipairs(self.files) do os.remove(file) end
end

-- ---- Blocks of our own ----------------------------------------------------

local function item(last)
  return last and last:item()
end

--- step() as something that has blocks.  value(result) is the number compared,
--- taken once the clock has stopped; without it the result's only element,
--- read before.  mode() makes something that is open during a block.
function harness.own(step, value, mode)
  return {block = function(_, n)
    local _ <close> = mode and mode()
    local start, last = m.time(), nil
    for _ = 1, n do last = step() end
    local number = not value and item(last)
    local seconds = m.time() - start
    return seconds, value and value(last) or number or nil
  end}
end

--- How many steps make a block of about so many seconds.
function harness.steps(ours, seconds)
  local n, took = 1, ours:block(1)
  while took < seconds / 8 do
    n = n * 4
    took = ours:block(n)
  end
  return math.max(1, math.ceil(n * seconds / took))
end

--- {ratio =, low =, high =, ours =, theirs =, a =, b =}: the peer's time
--- divided by ours, over `rounds` pairs of blocks of n steps; times in seconds
--- a step, `a` and `b` all of them.  With `by_value` not the seconds are
--- compared but the values, whole.
function harness.pairs(ours, theirs, n, rounds, by_value)
  local ratios, a, b = {}, {}, {}
  local function amount(what)
    local seconds, value = what:block(n)
    return by_value and value or seconds / n
  end
  for i = 1, rounds do
    a[i] = amount(ours)
    b[i] = amount(theirs)
    ratios[i] = b[i] / a[i]
  end
  return {ratio = harness.median(ratios), low = math.min(table.unpack(ratios)),
    high = math.max(table.unpack(ratios)), ours = harness.median(a),
    theirs = harness.median(b), a = a, b = b}
end

--- Median seconds a step of `rounds` blocks, or median value.
function harness.alone(ours, n, rounds, by_value)
  local list = {}
  for i = 1, rounds do
    local seconds, value = ours:block(n)
    list[i] = by_value and value or seconds / n
  end
  return harness.median(list)
end

-- ---- The machine ----------------------------------------------------------

local function read(path)
  local f = io.open(path)
  local text = f and f:read "a"
  if f then f:close() end
  return text
end

--- {cpu =, load =, cores =, version =, isa =, blas =}
function harness.describe()
  local build = m.build()
  return {
    cpu = (read "/proc/cpuinfo" or ""):match "model name%s*:%s*([^\n]+)"
      or "unknown CPU",
    load = (read "/proc/loadavg" or ""):match "^%S+" or "?",
    cores = build.threads, version = build.version, isa = build.isa,
    blas = build.blas,
  }
end

-- What the environment tells BLAS libraries, ours and the peers', which are
-- told nothing by the benchmark.
local function told()
  local names = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",
    "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"}
  local text = ""
  for _, name in ipairs(names) do
    local value = os.getenv(name)
    text = text .. (value and (", %s=%s"):format(name, value) or "")
  end
  return text
end

--- The machine and its load, for the head of a table.
function harness.machine()
  local d = harness.describe()
  return ("%s, load %s; mlrt %s, kernels %s, %s%s"):format(d.cpu, d.load,
    d.version, d.isa, d.blas, told())
end

return harness
