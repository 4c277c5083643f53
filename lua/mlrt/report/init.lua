-- report: one page about a run, report.html.
--
--   m.report.write("runs/digits")
--   m.report.write("runs/digits", {
--     evaluation = m.report.evaluation(logits, labels, {examples = images}),
--     roi = m.roi {...}})
--
-- The page is made of the files in the folder alone: config.json, log.jsonl,
-- cost.json, and evaluation.json and roi.json, which the second call writes
-- first.  What is not there is left out; a file that cannot be read is named on
-- the page.  It needs no network and no script, and everything that comes from
-- a file stands on it as text.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local html = require "mlrt.report.html"
local json = require "mlrt.json"
local judged = require "mlrt.report.judged"
local options = require "mlrt.options"
local sections = require "mlrt.report.sections"
local show = require "mlrt.ledger.show"

local tag = html.tag
local report = {}

report.evaluation = require "mlrt.report.evaluation"

-- ---- Files ----------------------------------------------------------------

-- What JSON has no form for becomes null; an object its plain table.
local function plain(v)
  if type(v) == "number" then return v - v == 0 and v or json.null end
  if type(v) == "string" then return utf8.len(v) and v or html.escape(v) end
  if type(v) ~= "table" or v == json.null then return v end
  local t = {}
  for key, value in pairs(v) do
    if type(value) ~= "function" then t[key] = plain(value) end
  end
  return t
end

local function put(path, text)
  local ok, err = core.io.write_file(path, text)
  if not ok then fail("report.write: %s", err) end
end

local function text_of(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

-- The value in a file; nil without one; a note in `troubles` if it is broken.
local function value_of(folder, name, troubles)
  local text = text_of(folder .. "/" .. name)
  if not text then return nil end
  local value, err = json.decode(text)
  if type(value) == "table" then return value end
  troubles[#troubles + 1] = ("%s cannot be read: %s"):format(name,
    err or "not an object")
end

-- The entries of the log.  The last line may be torn; others are counted.
local function log_of(folder, troubles)
  local text, list, lost = text_of(folder .. "/log.jsonl"), {}, 0
  for line, ending in (text or ""):gmatch "([^\n]*)(\n?)" do
    local entry = line ~= "" and json.decode(line)
    if type(entry) == "table" then
      list[#list + 1] = entry
    elseif line ~= "" and ending ~= "" then
      lost = lost + 1
    end
  end
  if lost > 0 then
    troubles[#troubles + 1] = ("log.jsonl has %d lines that cannot be read")
      :format(lost)
  end
  return list
end

-- ---- The page -------------------------------------------------------------

local function last(entries, event)
  for i = #entries, 1, -1 do
    if entries[i].event == event then return entries[i] end
  end
end

-- The first things that one wants to know.
local function headline(run)
  local cards, epoch = {}, last(run.log, "epoch")
  local function card(label, value)
    if value then cards[#cards + 1] = {label, value} end
  end
  for _, m in ipairs(run.evaluation and run.evaluation.metrics or {}) do
    if #cards < 3 and type(m.value) == "number" then
      card(sections.spaced(m.name), ("%.4f"):format(m.value))
    end
  end
  if epoch then
    card("epochs", sections.shown(epoch.epoch))
    card("training loss", type(epoch.loss) == "number"
      and ("%.4f"):format(epoch.loss))
    local v = type(epoch.validation) == "table" and epoch.validation or {}
    card("validation loss", type(v.loss) == "number"
      and ("%.4f"):format(v.loss))
    card("validation accuracy", type(v.accuracy) == "number"
      and ("%.4f"):format(v.accuracy))
  end
  local cost = run.cost or {}
  card("time", cost.seconds and show.duration(cost.seconds))
  card("energy", cost.joules and show.energy(cost, cost.joules_are))
  card("cost", cost.money and show.money(cost.money, cost.currency))
  return sections.cards(cards)
end

local function notes(run)
  local list, ending = {}, last(run.log, "end")
  if ending then
    list[1] = tag("p", {class = "note"}, "ended: ",
      tostring(ending.reason or "?"),
      ending.message and ": " .. tostring(ending.message) or nil)
  end
  for _, text in ipairs(run.troubles) do
    list[#list + 1] = tag("p", {class = "note"}, tag("strong", nil, text))
  end
  return list
end

-- A file that holds something else than was expected must not cost the page:
-- what f(...) makes, or a note of what went wrong.
local function guarded(name, f, ...)
  local ok, part = pcall(f, ...)
  if ok then return part end
  return tag("p", {class = "note"}, tag("strong", nil,
    ("%s cannot be shown: %s"):format(name, part)))
end

local function parts_of(title, run)
  local parts = {tag("h1", nil, title), notes(run)}
  local function add(part) parts[#parts + 1] = part or nil end
  add(guarded("the headline", headline, run))
  add(guarded("log.jsonl", sections.curves, run.log))
  add(guarded("evaluation.json", judged.sections, run.evaluation))
  add(guarded("cost.json", sections.cost, run.cost))
  add(guarded("roi.json", sections.roi, run.roi))
  add(guarded("config.json", sections.model, run.config))
  add(guarded("config.json", sections.environment, run.config, run.cost))
  return parts
end

local function page(title, run)
  local parts = parts_of(title, run)
  return "<!DOCTYPE html>\n" .. tostring(tag("html", {lang = "en"},
    tag("head", nil, tag("meta", {charset = "utf-8"}),
      tag("meta", {name = "viewport",
        content = "width=device-width, initial-scale=1"}),
      tag("title", nil, title),
      tag("style", nil, html.raw(require "mlrt.report.style"))),
    tag("body", nil, parts))) .. "\n"
end

local function run_of(folder)
  local troubles = {}
  local run = {troubles = troubles, log = log_of(folder, troubles)}
  for _, name in ipairs {"config", "cost", "evaluation", "roi"} do
    run[name] = value_of(folder, name .. ".json", troubles)
  end
  return run
end

local read = options("report.write", "folder: string, evaluation: table?, "
  .. "roi: table?, title: string?")

--- report.write(folder, {evaluation =, roi =, title =}) -> path: writes
--- report.html of what is in the folder.  evaluation: of report.evaluation;
--- roi: an mlrt.roi; both are kept in the folder.  title: the folder's name.
function report.write(...)
  local o = read(...)
  local there = core.fs.stat(o.folder)
  if not there or there.kind ~= "folder" then
    fail("report.write: '%s' is not a folder", o.folder)
  end
  for _, name in ipairs {"evaluation", "roi"} do
    if o[name] then
      put(("%s/%s.json"):format(o.folder, name),
        json.encode(plain(o[name])) .. "\n")
    end
  end
  local path = o.folder .. "/report.html"
  local title = o.title or o.folder:gsub("/+$", ""):match "[^/]+$" or "run"
  put(path, page(title, run_of(o.folder)))
  return path
end

return report
