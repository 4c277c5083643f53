-- show.lua: costs as texts, for the terminal and the report.

local show = {}

local PREFIXES = {"", "k", "M", "G", "T", "P", "E"}

--- Three digits and a prefix: 1234567, "FLOP" -> "1.23 MFLOP".
function show.scaled(x, unit)
  local i = 1
  while x >= 999.5 and i < #PREFIXES do x, i = x / 1000, i + 1 end
  local text = i == 1 and x == math.floor(x) and ("%d"):format(x)
    or ("%.3g"):format(x)
  return ("%s %s%s"):format(text, PREFIXES[i], unit)
end

--- 0.0123 -> "12.3 ms", 75 -> "1:15 min", 4000 -> "1:06 h".
function show.duration(s)
  if s == 0 then return "0 s" end
  if s < 0.9995 then return ("%.3g ms"):format(s * 1e3) end
  if s < 59.95 then return ("%.3g s"):format(s) end
  s = math.floor(s + 0.5)
  if s < 3600 then return ("%d:%02d min"):format(s // 60, s % 60) end
  return ("%d:%02d h"):format(s // 3600, s // 60 % 60)
end

--- 1234.5 -> "1,234.50 EUR"; small sums with three digits.
function show.money(x, currency)
  local text
  if x ~= 0 and math.abs(x) < 0.095 then
    text = ("%.3g"):format(x)
  elseif math.abs(x) >= 1e15 then
    text = ("%.3g"):format(x)
  else
    local whole, cents = ("%.2f"):format(math.abs(x)):match "^(%d+)(%.%d+)$"
    whole = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
    text = (x < 0 and "-" or "") .. whole .. cents
  end
  return currency and text .. " " .. currency or text
end

--- Joules and where they are from.
function show.energy(row, source)
  if not row.joules then return nil end
  return show.scaled(row.joules, "J")
    .. (source == "estimated" and " (estimated)" or "")
end

--- Pairs {label, text} of what a run, an epoch or a thousand samples cost.
function show.rows(row, report)
  local rows = {}
  local function put(label, value, text)
    if value then rows[#rows + 1] = {label, text} end
  end
  put("time", row.seconds, show.duration(row.seconds))
  put("processor time", row.cpu_seconds, show.duration(row.cpu_seconds))
  put("operations", row.flops, show.scaled(row.flops, "FLOP"))
  put("read", row.bytes, row.bytes and show.scaled(row.bytes, "B"))
  put("energy", row.joules, show.energy(row, report.joules_are))
  put("money", row.money, row.money and show.money(row.money, report.currency))
  return rows
end

-- ---- The table of the terminal --------------------------------------------

local function column(row, report)
  local texts = {}
  for _, pair in ipairs(show.rows(row, report)) do texts[pair[1]] = pair[2] end
  return texts
end

local LINE = "%-16s %20s %20s %20s"

local function mean_of_epochs(report)
  local mean, n = {}, #report.epochs
  for _, row in ipairs(report.epochs) do
    for name, v in pairs(row) do
      if type(v) == "number" then mean[name] = (mean[name] or 0) + v / n end
    end
  end
  return n > 0 and column(mean, report) or {}
end

--- A report as a text of at most 80 columns.
function show.text(report)
  local run, epoch = show.rows(report, report), mean_of_epochs(report)
  local thousand = report.per_thousand
    and column(report.per_thousand, report) or {}
  local lines = {LINE:format("cost", "run", #report.epochs > 0
    and ("epoch (mean of %d)"):format(#report.epochs) or "",
    report.per_thousand and "1000 samples" or "")}
  for _, pair in ipairs(run) do
    local name = pair[1]
    lines[#lines + 1] = LINE:format(name, pair[2], epoch[name] or "",
      thousand[name] or "")
  end
  lines[#lines + 1] = ("peak memory      %20s"):format(
    show.scaled(report.peak_bytes, "B"))
  if not report.joules then
    lines[#lines + 1] = "(energy: say watts = ... for an estimate)"
  end
  for i, text in ipairs(lines) do lines[i] = text:gsub("%s+$", "") end
  return table.concat(lines, "\n")
end

return show
