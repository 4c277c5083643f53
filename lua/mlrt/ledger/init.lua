-- ledger: what a run costs.
--
--   local ledger = m.ledger {price_per_hour = 0.4, watts = 65,
--     price_per_kwh = 0.3, budget = {minutes = 10}}
--   ledger:start()
--   for epoch = 1, 3 do
--     for x, y in loader do ... ledger:note {samples = #x} end
--     ledger:epoch(epoch)
--   end
--   ledger:stop()
--   print(ledger)
--
-- Floating-point operations are those that the operations count themselves
-- (m.flops()), processor time is that of all threads of the process.  Joules
-- are measured where the processor's energy counters (RAPL) can be read: then
-- they are those of whole packages, other programs' too.  Else they are
-- estimated: the stated watts of the busy machine times the share of it that
-- was used. What is not known is nil, never a guess without a name.

local class = require "mlrt.class"
local copy = require "mlrt.copy"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local probe = require "mlrt.ledger.probe"
local show = require "mlrt.ledger.show"

local Ledger = class "Ledger"

local read = options("ledger", "price_per_hour: number?, price_per_kwh: "
  .. "number?, watts: number?, cores: size?, currency: string?, "
  .. "budget: table?, rapl: string = /sys/class/powercap")
local read_budget = options("ledger: budget",
  "minutes: number?, joules: number?, money: number?")
local read_note = options("ledger:note", "samples: number?, bytes: number?")

local clock = os and os.clock or core.time -- a sandbox has no os
local COUNTED = {"seconds", "cpu_seconds", "flops", "samples", "bytes_noted",
  "bytes_read", "joules"}
local JOULES_PER_KWH = 3.6e6

-- ---- Set up ---------------------------------------------------------------

local function check_positive(where, o, names)
  for _, name in ipairs(names) do
    local v = o[name]
    if v and not (v >= 0 and v < math.huge) then
      fail("%s: %s should be 0 or more, got %g", where, name, v)
    end
  end
end

-- A budget of what cannot be known would never end.
local function check_budget(self)
  local b, o = self.budget, self.options
  check_positive("ledger: budget", b, {"minutes", "joules", "money"})
  local power = self.counters or o.watts
  if b.joules and not power then
    fail("ledger: a budget of joules needs watts = ..., for the processor's "
      .. "counters cannot be read")
  end
  if b.money and not (o.price_per_hour or o.price_per_kwh and power) then
    fail("ledger: a budget of money needs price_per_hour, or price_per_kwh "
      .. "and watts")
  end
end

--- ledger{price_per_hour =, price_per_kwh =, watts =, cores =, currency =,
--- budget = {minutes =, joules =, money =}}.  watts: what the machine takes
--- when all its cores are busy; cores: how many these are (the machine's).
--- rapl: the folder of the energy counters.
function Ledger:init(...)
  local o = read(...)
  check_positive("ledger", o, {"price_per_hour", "price_per_kwh", "watts"})
  self.options, self.budget = o, read_budget(o.budget or {})
  self.cores = o.cores or probe.cores() or core.threads()
  self.counters = probe.counters(o.rapl)
  check_budget(self)
  self.total = {}
  for _, name in ipairs(COUNTED) do self.total[name] = 0 end
  self.epochs, self.mark = {}, {}
end

-- ---- Counting -------------------------------------------------------------

-- Where the counters stand that only grow, and what looking has added to the
-- bytes read.
local function readings()
  local bytes, own = probe.bytes_read()
  return {seconds = core.time(), cpu_seconds = clock(), flops = core.flops(),
    bytes_read = bytes}, own
end

-- Counts from here on.
local function begin(self, now, own)
  now.bytes_read = now.bytes_read and now.bytes_read + own
  self.since = now
end

local function estimate(self)
  local watts = self.options.watts
  return watts and watts * self.total.cpu_seconds / self.cores
end

-- Adds what has happened since the last time.
local function settle(self)
  if not self.since then return end
  local now, own = readings()
  local total = self.total
  for name, value in pairs(now) do
    total[name] = total[name] + (value - (self.since[name] or value))
  end
  begin(self, now, own)
  if self.counters then
    total.joules = total.joules + probe.joules(self.counters)
  end
end

--- Begins to count, or goes on after `stop`.
function Ledger:start()
  if self.since then fail "ledger:start: it runs already" end
  if self.counters then probe.joules(self.counters) end
  begin(self, readings())
  return self
end

--- Stops counting; what happens until the next `start` costs nothing.
function Ledger:stop()
  settle(self)
  self.since = nil
  return self
end

--- note{samples =, bytes =}: so many more samples were computed, and bytes
--- read.
function Ledger:note(...)
  local given, total = ..., self.total
  if select("#", ...) ~= 1 or type(given) ~= "table" then
    read_note(...)
    fail "ledger:note: a table {samples =, bytes =} expected"
  end
  for key in pairs(given) do
    if key ~= "samples" and key ~= "bytes" then read_note(given) end
  end
  total.samples = total.samples + (given.samples or 0)
  total.bytes_noted = total.bytes_noted + (given.bytes or 0)
end

-- ---- Reporting ------------------------------------------------------------

-- Joules and where they are from, nil if that is unknown.
local function energy(self)
  if self.counters then return self.total.joules, "measured" end
  local joules = estimate(self)
  return joules, joules and "estimated" or nil
end

local function price(o, seconds, joules)
  if not (o.price_per_hour or o.price_per_kwh and joules) then return nil end
  return (o.price_per_hour or 0) * seconds / 3600
    + (o.price_per_kwh or 0) * (joules or 0) / JOULES_PER_KWH
end

-- What the run has cost so far.
local function costs(self)
  settle(self)
  local t, joules, source = self.total, energy(self)
  return {seconds = t.seconds, cpu_seconds = t.cpu_seconds, flops = t.flops,
    samples = t.samples, joules = joules, joules_are = source,
    bytes = t.bytes_noted > 0 and t.bytes_noted or t.bytes_read,
    money = price(self.options, t.seconds, joules)}
end

local sums = {"seconds", "cpu_seconds", "flops", "samples", "bytes", "joules",
  "money"}

-- a - b, or a / by, of what adds up.
local function difference(a, b)
  local row = {}
  for _, name in ipairs(sums) do
    row[name] = a[name] and a[name] - (b[name] or 0)
  end
  return row
end

--- Closes the line of epoch n: what was spent since the last one was closed.
function Ledger:epoch(n)
  local now = costs(self)
  local row = difference(now, self.mark)
  row.epoch = n or #self.epochs + 1
  row.peak_bytes = core.memory().peak
  self.epochs[#self.epochs + 1], self.mark = row, now
  return row
end

--- What so many predictions (samples) cost on the mean; nil before any.
function Ledger:per(count)
  local run, row = costs(self), {samples = count}
  if run.samples == 0 then return nil end
  for _, name in ipairs(sums) do
    if name ~= "samples" and run[name] then
      row[name] = run[name] * count / run.samples
    end
  end
  return row
end

--- Everything as a plain table: seconds, cpu_seconds, flops, samples, bytes
--- (noted, else read by the process), joules and joules_are ("measured" of
--- whole packages, or "estimated"), money, currency, peak_bytes of tensors,
--- peak_process_bytes, epochs (a list with the same of each), per_thousand (the
--- same for 1000 samples), prices, watts, cores and budget.
function Ledger:report()
  local r, o = costs(self), self.options
  r.peak_bytes = core.memory().peak
  r.peak_process_bytes = probe.peak_memory()
  r.epochs, r.per_thousand = {}, self:per(1000)
  for i, row in ipairs(self.epochs) do r.epochs[i] = row end
  r.price_per_hour, r.price_per_kwh = o.price_per_hour, o.price_per_kwh
  r.watts, r.cores, r.currency = o.watts, self.cores, o.currency
  r.processor = probe.processor()
  r.budget = next(self.budget) and self.budget or nil
  return r
end

function Ledger:__tostring()
  return show.text(self:report())
end

-- ---- Budgets --------------------------------------------------------------

-- Costs a clock reading while only time is limited.
local function minutes_over(self)
  local limit = self.budget.minutes
  if not limit then return nil end
  local running = self.since and core.time() - self.since.seconds or 0
  local used = (self.total.seconds + running) / 60
  return used >= limit and ("budget: %.3g of %g minutes"):format(used, limit)
end

-- Counters and prices are looked at ten times a second at most.
local function others_over(self)
  local b, now = self.budget, core.time()
  if not b.joules and not b.money then return nil end
  if self.looked and now - self.looked < 0.1 then return self.over end
  local spent = costs(self)
  self.looked, self.over = now, nil
  for _, name in ipairs {"joules", "money"} do
    if b[name] and spent[name] >= b[name] then
      local unit = name == "money" and self.options.currency or name
      self.over = ("budget: %.3g of %g %s"):format(spent[name], b[name], unit)
    end
  end
  return self.over
end

--- Why the run has to end, such as "budget: 3 of 3 minutes", or nil.
function Ledger:exceeded()
  return minutes_over(self) or others_over(self) or nil
end

-- ---- State ----------------------------------------------------------------

--- The sums so far, so that a resumed run costs what all its parts did.
function Ledger:state()
  settle(self)
  return copy {total = self.total, epochs = self.epochs, mark = self.mark}
end

--- Goes on from a state, running or not.
function Ledger:load_state(state)
  if type(state) ~= "table" or type(state.total) ~= "table" then
    fail("ledger:load_state: a ledger's state expected, got a %s", type(state))
  end
  for _, name in ipairs(COUNTED) do
    if type(state.total[name]) ~= "number" then
      fail("ledger:load_state: '%s' is a %s, wanted a number", name,
        type(state.total[name]))
    end
  end
  state = copy(state)
  self.total, self.epochs = state.total, state.epochs or {}
  self.mark = state.mark or {}
  if self.since then begin(self, readings()) end
  return self
end

return Ledger
