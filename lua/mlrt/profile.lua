-- profile.lua: where the time of a script goes.
--
--   local p <close> = m.profile()
--   train()
--   p:stop()
--   print(p)                  -- a table, the most expensive first
--   p:trace "train.json"      -- for chrome://tracing or ui.perfetto.dev
--
-- Between start and stop every operation is timed by the core: those of the
-- backward walk too, which belong to the line of the forward operation, and
-- steps of optimizers.  A line is that of the innermost function that is not
-- the library's.  While no profile runs, none of this costs anything.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local json = require "mlrt.json"
local options = require "mlrt.options"

local Profile = class "Profile"

local read = options("profile", "limits: bool = false, events: count = 100000")

-- ---- What the machine can do ----------------------------------------------

-- Least seconds of f() in a few rounds, about 50 ms in all.
local function best(f)
  local least, stop = math.huge, core.time() + 0.05
  f()
  repeat
    local start = core.time()
    f()
    least = math.min(least, core.time() - start)
  until core.time() > stop
  return least
end

local function peak(dtype)
  local n = 512
  local a = core.ones(n, n, {dtype = dtype})
  local seconds = best(function() core.matmul(a, a):free() end)
  a:free()
  return 2 * n ^ 3 / seconds
end

-- x += y, more than caches hold: two arrays are read and one is written.
local function bandwidth()
  local n = 1 << 22
  local x, y = core.zeros(n), core.zeros(n)
  local seconds = best(function() core.add_(x, y) end)
  x:free()
  y:free()
  return 3 * 4 * n / seconds
end

--- Measures, in 150 ms, what the machine can do: {f32 =, f64 =} operations a
--- second in products of 512 x 512 matrices, {bandwidth =} bytes a second from
--- memory.  With it rows have their share of the limit.  The profile must have
--- been stopped.
function Profile:measure()
  if self.running then fail "profile: measure after p:stop()" end
  local _ <close> = core.no_grad()
  self.limits = {f32 = peak "f32", f64 = peak "f64", bandwidth = bandwidth()}
  return self.limits
end

-- ---- Start and stop -------------------------------------------------------

--- limits: measure the machine first (see `measure`); events: how many single
--- calls are kept for `trace`.
function Profile:init(...)
  local o = read(...)
  if o.limits then self:measure() end
  self.running, self.core = true, false -- once it runs, nothing may fail
  self.core = core._profile(o.events)
end

--- Stops; a second time does nothing.
function Profile:stop()
  self.running = false
  self.core:stop()
  return self
end

function Profile:__close()
  self:stop()
end

--- Seconds from start to stop.
function Profile:seconds()
  return self.core:seconds()
end

-- ---- Rows -----------------------------------------------------------------

-- The least time a row can take: its bytes at the speed of memory, its
-- operations at the speed of products.
local function least(limits, row)
  local speed = limits[row.dtype] or limits.f32
  return math.max(row.flops / speed, row.bytes / limits.bandwidth)
end

local sums = {"calls", "seconds", "total", "flops", "bytes", "least"}

local function add(into, row)
  for _, name in ipairs(sums) do
    into[name] = (into[name] or 0) + row[name]
  end
end

local keys = {
  op = function(row) return row.op end,
  line = function(row) return row.line or "?" end,
  call = function(row)
    return table.concat({row.op, row.line or "?", tostring(row.backward)}, "\0")
  end,
}

local function derive(self, row)
  row.gflops = row.flops / row.seconds / 1e9
  row.share = self.limits and row.least / row.seconds or nil
  if not self.limits then row.least = nil end
end

--- A list of {op =, line =, backward =, calls =, seconds =, flops =, bytes =,
--- gflops =, share =}, the most expensive first.  by: "call" (an operation at
--- a line, the default), "op" or "line"; what differs within a row then stands
--- in it as it was first.  Seconds are the operation's own; `total` has those
--- of the operations it is made of too.  Bytes are of operands and results,
--- each looked at once; those from a cache make a share above 1.  share: the
--- least time by `limits` over the time; nil if they were not measured.
function Profile:rows(by)
  local key = keys[by or "call"]
  if not key then fail("profile: rows by call, op or line, not %s", by) end
  local list, known, i = {}, {}, 1
  local row = self.core:row(1)
  while row do
    row.least = self.limits and least(self.limits, row) or 0
    local k = key(row)
    if known[k] then
      add(known[k], row)
    else
      known[k], list[#list + 1], row.start = row, row, nil
    end
    i = i + 1
    row = self.core:row(i)
  end
  for _, r in ipairs(list) do derive(self, r) end
  table.sort(list, function(a, b) return a.seconds > b.seconds end)
  return list
end

-- ---- The table ------------------------------------------------------------

-- Three digits and a prefix: 1234567 -> "1.23M".
local function short(x)
  local prefixes = {"", "k", "M", "G", "T", "P"}
  local i = 1
  while x >= 999.5 and i < #prefixes do x, i = x / 1000, i + 1 end
  if x == math.floor(x) and i == 1 then return ("%d"):format(x) end
  local digits = x < 9.995 and 2 or x < 99.95 and 1 or 0
  return ("%.{d}f%s"):gsub("{d}", digits):format(x, prefixes[i])
end

local function duration(s)
  if s < 0.9995e-3 then return short(s * 1e6) .. " us" end
  if s < 0.9995 then return short(s * 1e3) .. " ms" end
  return short(s) .. " s"
end

-- The end of a text that is too long says more than its beginning.
local function fit(text, width)
  if #text <= width then return text end
  return ".." .. text:sub(#text - width + 3)
end

local line = "%-16s %-19s %5s %8s %5s %5s %7s %7s"

local function row_text(r)
  local at = r.backward and "<" .. fit(r.line or "backward", 18)
    or fit(r.line or "?", 19)
  return line:format(r.op:sub(1, 16), at, short(r.calls),
    duration(r.seconds), short(r.flops), short(r.bytes),
    r.flops > 0 and ("%.3g"):format(r.gflops) or "",
    r.share and ("%.0f %%"):format(100 * r.share) or "")
end

local function summary(self, rows)
  local all = {calls = 0, seconds = 0, flops = 0}
  for _, r in ipairs(rows) do
    for name, value in pairs(all) do all[name] = value + r[name] end
  end
  return ("%d calls, %s of %s in operations, %sFLOP"):format(all.calls,
    duration(all.seconds), duration(self:seconds()), short(all.flops))
end

local function limits_text(limits)
  return ("limits: %.3g (f32) and %.3g (f64) GFLOP/s, %.3g GB/s"):format(
    limits.f32 / 1e9, limits.f64 / 1e9, limits.bandwidth / 1e9)
end

--- The table as a text of at most 80 columns and n rows (20).
function Profile:table(n)
  local rows = self:rows()
  n = n or 20
  local text = {line:format("operation", "line (<: backward)", "calls", "time",
    "FLOP", "bytes", "GFLOP/s", self.limits and "limit" or "")}
  for i = 1, math.min(n, #rows) do text[#text + 1] = row_text(rows[i]) end
  if #rows > n then text[#text + 1] = ("(%d more)"):format(#rows - n) end
  text[#text + 1] = summary(self, rows)
  if self.limits then text[#text + 1] = limits_text(self.limits) end
  for i, s in ipairs(text) do text[i] = s:gsub("%s+$", "") end
  return table.concat(text, "\n")
end

function Profile:__tostring()
  return self:table()
end

-- ---- The trace ------------------------------------------------------------

-- A complete event of the Trace Event Format: times in microseconds.
local function trace_event(e)
  return json.encode {name = e.op, cat = e.backward and "backward" or "forward",
    ph = "X", pid = 1, tid = 1, ts = e.start * 1e6, dur = e.total * 1e6,
    args = {line = e.line or "?", dtype = e.dtype, flops = e.flops,
      bytes = e.bytes}}
end

--- Writes the single calls as a Chrome trace, for chrome://tracing and
--- ui.perfetto.dev.  Returns how many are in it and how many were not kept;
--- nil and a message where the file cannot be written.
function Profile:trace(path)
  local kept, lost = self.core:events()
  local parts = {}
  for i = 1, kept do parts[i] = trace_event(self.core:event(i)) end
  local ok, why = core.io.write_file(path, '{"displayTimeUnit":"ms",'
    .. '"traceEvents":[\n' .. table.concat(parts, ",\n") .. "\n]}\n")
  if not ok then return nil, why end
  return kept, lost
end

return Profile
