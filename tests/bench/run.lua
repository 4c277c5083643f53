-- run.lua: the benchmark.
--
--   build/mlrun tests/bench/run.lua [--peers] [--threads N] [--rounds N] [row]
--
-- The rows are in rows_*.lua, one file for each workload; measure.lua says
-- what a row is, limits.lua what the limit is, verdict.lua when a row is met.
-- Words choose rows by their id, as far as they begin alike: `solve` is both.
-- --list names them.  The exit code is 1 if a value was not the peer's.
--
--   build/mlrun tests/bench/run.lua width --peers [--rounds N] ["NAME ..."]
--
-- compares every operation with PyTorch's, or those named: see width.lua.

local m = require "mlrt"

local here = arg[0]:match "^(.*)/[^/]*$" or "."

local function part(name, ...)
  return assert(loadfile(("%s/%s.lua"):format(here, name)))(...)
end

local harness, data = part "harness", part "data"
local limits, verdict = part("limits", harness), part "verdict"
local measure = part("measure", harness, limits, verdict)
local report, plot = part "report", part "plot"

local opt = m.cli({peers = false, threads = 0, rounds = 7, block = 0.2,
  json = "", svg = "", markdown = "", list = false}, {
  about = "Measures mlrt, and compares it with others.",
  arguments = "[row ...]",
  peers = "compare with PyTorch and others where they are installed",
  threads = "0: one, then all cores",
  rounds = "pairs of blocks",
  block = "seconds of a block",
  json = "a file for all figures",
  svg = "a file for a plot of the ratios",
  markdown = "a file for the table",
  list = "only name the rows",
})

-- ---- The rows -------------------------------------------------------------

-- What the design asks for and nobody has built yet.
local missing = {
  {"LSTM B32 T64 I64 H128: step", 1.5},
  {"transformer layer B8 T128 D256: step", 1.25},
  {"char-GPT, 4 layers: step", 1.4},
  {"GPT-2-small generation, KV cache", 1.5},
}

-- The usual peer: one process for all rows, which are asked for by id.
local function torch(target, label)
  return {{label = label or "torch", target = target, shared = true,
    command = function(_, threads)
      return ("python3 '%s/peers/ops_torch.py' %d"):format(here, threads)
    end}}
end

-- Where this program lies is where the others are.
local function build_folder()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]:match "^(.*)/[^/]*$" or "."
end

local rows = {}
for _, name in ipairs {"mnist", "mlp", "call", "conv", "million", "moves",
  "adam", "linalg", "frame", "process", "host", "loop",
  "rl", "dqn"} do
  table.move(part("rows_" .. name, here, torch, limits, data, harness,
    build_folder()), 1, 99, #rows + 1, rows)
end

local function chosen(row)
  if #opt == 0 then return true end
  for _, word in ipairs(opt) do
    if row.id:sub(1, #word) == word then return true end
  end
  return false
end

-- ---- The run --------------------------------------------------------------

local run = {here = here, build = build_folder(), shared = {},
  peers = opt.peers, rounds = opt.rounds, block = opt.block}
local head = harness.describe()
local results = {}

local function add(r)
  results[#results + 1] = r
  print(report.line(r))
  io.stdout:flush()
end

local function thread_counts(row)
  if row.one_thread then return {1} end
  if row.all_threads then return {head.cores} end
  if opt.threads > 0 then return {opt.threads} end
  return head.cores > 1 and {1, head.cores} or {1}
end

local function measure_all()
  for _, row in ipairs(rows) do
    for _, threads in ipairs(chosen(row) and thread_counts(row) or {}) do
      m.threads(threads)
      for _, r in ipairs(measure.row(run, row, threads)) do add(r) end
    end
  end
  for _, row in ipairs(#opt == 0 and missing or {}) do
    add {name = row[1], threads = "-", target = row[2], unit = "s",
      verdict = "missing"}
  end
end

local function close()
  for _, peer in pairs(run.shared) do peer:close() end
  limits.close()
end

local function save()
  if opt.json ~= "" then
    report.json(opt.json, head, results, limits.answers)
  end
  if opt.svg ~= "" then plot.ratios(opt.svg, results) end
  if opt.markdown ~= "" then report.markdown(opt.markdown, results) end
end

local function finish()
  for _, text in ipairs(report.versions(results)) do print("# " .. text) end
  print("# " .. report.summary(results))
  for _, r in ipairs(results) do
    if r.verdict == "wrong" then os.exit(1, true) end
  end
end

if opt.list then
  for _, row in ipairs(rows) do print(("%-14s %s"):format(row.id, row.name)) end
  return
end
if opt[1] == "width" then
  print("# " .. harness.machine())
  return part("width", here, harness)(opt.rounds, opt[2])
end
local ok, why = limits.open(run.build)
print("# " .. harness.machine())
if not ok then print("# no limits: " .. why) end
print(report.head())
measure_all()
close()
save()
finish()
