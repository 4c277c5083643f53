-- run.lua: the benchmark.
--
--   build/mlrun tests/bench/run.lua [--peers] [--threads N] [--rounds N] [row]
--
-- Each row is a file in this folder that returns a function of (harness,
-- threads) and gives back {name=, step=, n=, warm=, check=, peers={{label,
-- command}, ...}}: step does one unit of work, n of them are a block, the first
-- `warm` are not measured, and the value of the last warm step must be the
-- peer's to within `check`.

local m = require "mlrt"

local here = arg[0]:match "^(.*)/[^/]*$" or "."
local harness = assert(loadfile(here .. "/harness.lua"))()

local opt = m.cli({peers = false, threads = 0, rounds = 7}, {
  about = "Measures mlrt, and compares it with others.",
  peers = "compare with PyTorch where it is installed",
  threads = "0: one, then all cores",
  rounds = "pairs of blocks",
})

local rows = {"mnist_step"}

local function line(...)
  print(("%-28s %7s %10s %10s %18s  %s"):format(...))
end

local function ms(seconds)
  return ("%.3f ms"):format(seconds * 1e3)
end

local function compare(row, ours, label, command, value)
  local peer, why = harness.peer(command)
  if not peer then
    line(row.name, row.threads, "-", "-", "not compared", label .. ": " .. why)
    return
  end
  local _, theirs = peer:block(row.warm)
  local agree = math.abs(theirs - value) <= row.check
  if not agree then -- a NaN does not
    error(("%s: mlrt has %.6g after the warm-up, %s %.6g"):format(row.name,
      value, label, theirs))
  end
  local r = harness.pairs(ours, peer, row.n, opt.rounds)
  line(row.name, row.threads, ms(r.ours), ms(r.theirs),
    ("%.2f (%.2f-%.2f)"):format(r.ratio, r.low, r.high), peer.greeting)
  peer:close()
end

local function measure(name, threads)
  m.threads(threads)
  local make = assert(loadfile(("%s/%s.lua"):format(here, name)))()
  local row, why = make(here, threads)
  if not row then
    line(name, threads, "-", "-", "not measured", why)
    return
  end
  row.threads = threads
  local ours = harness.own(row.step)
  local _, value = ours:block(row.warm)
  for _, peer in ipairs(opt.peers and row.peers or {}) do
    compare(row, ours, peer[1], peer[2], value)
  end
  if not opt.peers then
    line(row.name, threads, ms(harness.alone(ours, row.n, opt.rounds)), "-",
      "-", "")
  end
end

print(harness.machine())
line("workload", "threads", "mlrt", "peer", "ratio (min-max)", "peer")
local cores = m.threads()
for _, name in ipairs(opt[1] and {opt[1]} or rows) do
  for _, threads in ipairs(opt.threads > 0 and {opt.threads}
    or cores > 1 and {1, cores} or {1}) do
    measure(name, threads)
  end
end
