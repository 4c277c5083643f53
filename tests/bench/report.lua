-- report.lua: the results as a table, as Markdown and as JSON.

local m = require "mlrt"

local report = {}

-- ---- Figures as text ------------------------------------------------------

local scales = {
  s = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}},
  B = {{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}},
  calls = {{1, ""}},
}

--- A figure in the largest unit that leaves it above 1.
function report.figure(x, unit)
  if not x then return "-" end
  local list = scales[unit]
  local chosen = list[#list]
  for i = #list, 1, -1 do
    if x >= list[i][1] then chosen = list[i] end
  end
  return (("%.3g %s"):format(x / chosen[1], chosen[2]):gsub(" $", ""))
end

local function digits(x)
  return x >= 100 and ("%.0f"):format(x) or x >= 10 and ("%.1f"):format(x)
    or ("%.2f"):format(x)
end

local function ratio(r)
  if not r.ratio then return "-" end
  if not r.low then return digits(r.ratio) end
  return ("%s (%s-%s)"):format(digits(r.ratio), digits(r.low), digits(r.high))
end

local function target(r)
  if r.bound then return "<= " .. report.figure(r.bound, r.unit) end
  return r.target and ">= " .. ("%g"):format(r.target) or "-"
end

-- The columns of a result.
local function cells(r)
  return {
    r.name, tostring(r.threads), report.figure(r.ours, r.unit),
    report.figure(r.theirs, r.unit), ratio(r), target(r),
    report.figure(r.limit, r.unit),
    r.share and ("%.0f %%"):format(r.share * 100) or "-", r.verdict,
    (r.label or "") .. (r.why and ": " .. r.why or ""),
  }
end

local heads = {"workload", "thr", "mlrt", "peer", "ratio (min-max)", "target",
  "limit", "share", "verdict", "peer"}
local FORM = "%-38s %3s %9s %9s %18s %9s %9s %6s  %-17s %s"

-- ---- The table ------------------------------------------------------------

--- The line that names the columns.
function report.head()
  return FORM:format(table.unpack(heads))
end

--- The line of a result.
function report.line(r)
  return (FORM:format(table.unpack(cells(r))):gsub("%s+$", ""))
end

--- How many results have each verdict, as one line.
function report.summary(results)
  local counts, names = {}, {}
  for _, r in ipairs(results) do
    if not counts[r.verdict] then names[#names + 1] = r.verdict end
    counts[r.verdict] = (counts[r.verdict] or 0) + 1
  end
  table.sort(names)
  for i, name in ipairs(names) do
    names[i] = ("%d %s"):format(counts[name], name)
  end
  return table.concat(names, ", ")
end

--- The peers that answered, each once: {"torch: torch 2.15.0, ...", ...}.
function report.versions(results)
  local seen, list = {}, {}
  for _, r in ipairs(results) do
    local text = r.version and ("%s: %s"):format(r.label, r.version)
    if text and not seen[text] then
      seen[text] = true
      list[#list + 1] = text
    end
  end
  return list
end

-- ---- Files ----------------------------------------------------------------

local function write(path, text)
  local f = assert(io.open(path, "w"))
  assert(f:write(text))
  f:close()
end

--- The table for docs/performance.md.
function report.markdown(path, results)
  local lines = {"| " .. table.concat(heads, " | ") .. " |",
    "|" .. (" --- |"):rep(#heads)}
  for _, r in ipairs(results) do
    lines[#lines + 1] = "| " .. table.concat(cells(r), " | ") .. " |"
  end
  write(path, table.concat(lines, "\n") .. "\n")
end

--- Everything: machine, versions, every pair and every answer of the probe.
function report.json(path, head, results, answers)
  write(path, m.json.encode {machine = head, results = results,
    peers = report.versions(results), limits = answers} .. "\n")
end

return report
