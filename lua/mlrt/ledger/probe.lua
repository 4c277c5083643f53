-- probe.lua: what the system says about this process and the machine's power.
--
-- Everything is read from Linux's /proc and /sys; what is not there is nil.

local probe = {}

local function read(path)
  local file = io and io.open(path) -- a sandbox has none
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

--- How many processors are online.
function probe.cores()
  local text, n = read "/proc/cpuinfo" or "", 0
  for _ in text:gmatch "processor%s*:" do n = n + 1 end
  return n > 0 and n or nil
end

--- The processor's name.
function probe.processor()
  return (read "/proc/cpuinfo" or ""):match "model name%s*:%s*([^\n]+)"
end

--- The most memory that this process ever had, in bytes (VmHWM of proc(5)).
function probe.peak_memory()
  local kib = (read "/proc/self/status" or ""):match "VmHWM:%s*(%d+)"
  return kib and tonumber(kib) * 1024
end

--- Bytes that this process has read by calls of read (rchar of proc(5)), from
--- files, caches and pipes, and how many this call has read to find out, which
--- come on top of them.  Pages of mapped files are not among them.
function probe.bytes_read()
  local text = read "/proc/self/io" or ""
  return tonumber(text:match "rchar:%s*(%d+)"), #text
end

-- ---- Energy ---------------------------------------------------------------

-- The counter of one package, in microjoules, and where it starts again.
local function package_counter(folder)
  local name = read(folder .. "/name") or ""
  local now = tonumber(read(folder .. "/energy_uj"))
  if not now or not name:find "^package" then return nil end
  return {path = folder .. "/energy_uj", last = now,
    range = tonumber(read(folder .. "/max_energy_range_uj")) or 0}
end

local MOST = 64 -- packages in a machine

--- The energy counters of all processor packages (RAPL, Linux's powercap
--- interface) below `folder`; nil if none can be read.
function probe.counters(folder)
  local list = {}
  for i = 0, MOST - 1 do
    list[#list + 1] = package_counter(("%s/intel-rapl:%d"):format(folder, i))
  end
  return #list > 0 and list or nil
end

--- Joules since the last time.  A counter that has gone down went through the
--- end of its range once.
function probe.joules(counters)
  local total = 0.0
  for _, c in ipairs(counters) do
    local now = tonumber(read(c.path)) or c.last
    local used = now - c.last
    if used < 0 then used = used + c.range end
    total, c.last = total + math.max(used, 0) / 1e6, now
  end
  return total
end

return probe
