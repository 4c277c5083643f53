-- show.lua: a return on investment as texts, for the terminal and the report.

local money = require "mlrt.ledger.show".money

local show = {}

-- Years as "8 months" or "2.4 years".
local function years(t)
  if t < 1 / 12 then return ("%.0f days"):format(t * 365) end
  if t < 1.95 then return ("%.1f months"):format(t * 12) end
  return ("%.1f years"):format(t)
end

local function grouped(x)
  return (money(math.ceil(x)):gsub("%.00$", ""))
end

--- Pairs {label, text} of the results.
function show.rows(roi)
  local a, c = roi.assumptions, roi.currency
  return {
    {"errors", ("%.2f %%"):format(100 * roi.error_rate)},
    {"value of a decision", money(roi.value, c)},
    {"gain over today", money(roi.gain, c)},
    {"cost to serve it", money(a.serving / 1000, c)},
    {"spent at the start", money(roi.upfront, c)},
    {"costs a year", money(roi.fixed, c)},
    {"profit a year", money(roi.profit, c)},
    {"payback time", roi.payback and years(roi.payback) or "never"},
    {"break-even volume", roi.break_even
      and grouped(roi.break_even) .. " a year" or "never"},
    {("net present value, %d years"):format(a.years), money(roi.npv, c)},
    {"return on investment", roi.roi
      and ("%.0f %%"):format(100 * roi.roi) or "-"},
  }
end

local BAR = 12 -- columns

-- A bar from the lower to the higher of two values on a common scale.
local function bar(row, least, most)
  local scale = BAR / math.max(most - least, 1e-300)
  local from = (math.min(row.low, row.high) - least) * scale
  local to = (math.max(row.low, row.high) - least) * scale
  local first = math.min(math.floor(from + 0.5), BAR - 1)
  local last = math.max(math.floor(to + 0.5), first + 1)
  return (" "):rep(first) .. ("#"):rep(last - first) .. (" "):rep(BAR - last)
end

--- The lowest and highest value in the table.
function show.range(roi)
  local least, most = roi.npv, roi.npv
  for _, row in ipairs(roi.sensitivity) do
    least = math.min(least, row.low, row.high)
    most = math.max(most, row.low, row.high)
  end
  return least, most
end

--- "at 0.43 times", or "-" where nothing in reach makes the value 0.
function show.breaks(row)
  local f = row.breaks_at
  return f and f < 1000 and ("x %.2f"):format(f) or "-"
end

local LINE = "%-24s %15s %15s  %s %8s"

local function sensitivity(roi)
  local percent = ("%.0f %%"):format(100 * roi.swing)
  local lines = {LINE:format("which assumption matters", "-" .. percent,
    "+" .. percent, (" "):rep(BAR), "is 0 at")}
  local least, most = show.range(roi)
  for _, row in ipairs(roi.sensitivity) do
    lines[#lines + 1] = LINE:format(row.label, money(row.low),
      money(row.high), bar(row, least, most), show.breaks(row))
  end
  return lines
end

--- A table of at most 80 columns.
function show.text(roi)
  local lines = {}
  for _, pair in ipairs(show.rows(roi)) do
    lines[#lines + 1] = ("%-29s %18s"):format(pair[1], pair[2])
  end
  lines[#lines + 1] = ""
  for _, line in ipairs(sensitivity(roi)) do lines[#lines + 1] = line end
  return table.concat(lines, "\n")
end

return show
