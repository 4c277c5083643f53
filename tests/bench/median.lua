-- median.lua: one table from several runs of the benchmark.
--
--   build/mlrun tests/bench/median.lua A.json B.json C.json [--markdown FILE]
--
-- Each figure is the median of the runs, the least and greatest ratio are those
-- of all their pairs, and rows are judged again by the medians.

local m = require "mlrt"
local here = arg[0]:match "^(.*)/[^/]*$" or "."

local function part(name)
  return assert(loadfile(("%s/%s.lua"):format(here, name)))()
end

local report, verdict, harness = part "report", part "verdict", part "harness"

local opt = m.cli({markdown = ""}, {
  about = "One table from several runs.",
  arguments = "file.json ...",
  markdown = "a file for the table",
})

local function median(runs, key)
  local list = {}
  for _, r in ipairs(runs) do list[#list + 1] = r[key] end
  return #list > 0 and harness.median(list) or nil
end

local function furthest(runs, key, choose)
  local best
  for _, r in ipairs(runs) do
    best = r[key] and (best and choose(best, r[key]) or r[key]) or best
  end
  return best
end

-- The same row of every run as one result.
local function joined(runs)
  local r = {}
  for key, value in pairs(runs[1]) do r[key] = value end
  for _, key in ipairs {"ours", "theirs", "ratio", "limit", "share"} do
    r[key] = median(runs, key)
  end
  r.low = furthest(runs, "low", math.min)
  r.high = furthest(runs, "high", math.max)
  if r.verdict ~= "missing" then r.verdict = verdict(r) end
  return r
end

-- What tells a row from others.
local function key_of(r)
  return ("%s %s %s"):format(r.id or r.name, r.threads, r.label)
end

local function load(path)
  local f = assert(io.open(path))
  local text = f:read "a"
  f:close()
  return assert(m.json.decode(text))
end

local order, rows = {}, {}
for _, path in ipairs(opt) do
  local run = load(path)
  for _, r in ipairs(run.results) do
    local key = key_of(r)
    if not rows[key] then order[#order + 1], rows[key] = key, {} end
    table.insert(rows[key], r)
  end
end

local results = {}
print(report.head())
for i, key in ipairs(order) do
  results[i] = joined(rows[key])
  print(report.line(results[i]))
end
print("# " .. report.summary(results))
if opt.markdown ~= "" then report.markdown(opt.markdown, results) end
