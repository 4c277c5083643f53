-- runs.lua: run folders in the terminal: `mlrun --runs [FOLDER ...]`.
--
-- A run folder is what train.fit leaves: config.json, log.jsonl, cost.json (see
-- train/folder.lua).  One folder that holds runs gives a table of them, one run
-- its settings, curves and cost, several runs what they differ in and their
-- curves together.  A log may end in the middle of a line: its writer may have
-- been killed, or still be at work.

local chart = require "mlrt.chart"
local core = require "mlrt.core"
local json = require "mlrt.json"
local show = require "mlrt.ledger.show"

local runs = {}

-- ---- Reading --------------------------------------------------------------

local function read_json(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  local value = json.decode(text or "")
  return type(value) == "table" and value ~= json.null and value or nil
end

-- Puts an entry of the log where it belongs.  `null` stands for nan.
local function take(run, entry)
  run.last = entry
  if entry.event == "step" then
    run.steps[#run.steps + 1] = entry
  elseif entry.event == "epoch" then
    run.epochs[#run.epochs + 1] = entry
  end
end

local function read_log(run, path, brief)
  local file = io.open(path, "rb")
  if not file then return end
  for line in file:lines() do
    local is_step = line:find('"event":"step"', 1, true)
    local entry = not (brief and is_step) and json.decode(line)
    if type(entry) == "table" and entry ~= json.null then
      take(run, entry)
    elseif is_step then
      run.last = {event = "step"}
    end
  end
  file:close()
end

--- The run in a folder, or nil and a message:
---   path, name, config, cost: as they are in the files;
---   steps, epochs: the log's entries; ended: the entry of its end, or nil.
--- brief: without the steps.
function runs.read(path, brief)
  local run = {path = path, name = path:match "([^/]+)/*$" or path, steps = {},
    epochs = {}}
  local stat = core.fs.stat(path .. "/log.jsonl")
  if not stat then return nil, path .. ": not a run: it has no log.jsonl" end
  run.config = read_json(path .. "/config.json") or {}
  run.cost = read_json(path .. "/cost.json")
  run.time = stat.time
  read_log(run, path .. "/log.jsonl", brief)
  run.ended = run.last and run.last.event == "end" and run.last or nil
  return run
end

local function is_earlier(a, b)
  local x = tostring(a.config.started or "")
  local y = tostring(b.config.started or "")
  if x ~= y then return x < y end
  return a.name < b.name
end

--- The runs in the folders of a folder, in the order in which they began; nil
--- and a message if it cannot be read.
function runs.list(folder)
  local names, err = core.fs.list(folder)
  if not names then return nil, err end
  local list = {}
  for _, name in ipairs(names) do
    list[#list + 1] = runs.read(folder .. "/" .. name, true)
  end
  table.sort(list, is_earlier)
  return list
end

-- ---- What there is to say -------------------------------------------------

local function number(v)
  return type(v) == "number" and v or nil
end

local function shown(v)
  if type(v) == "table" and v ~= json.null then return json.encode(v) end
  if math.type(v) ~= "float" then return v ~= nil and tostring(v) or "" end
  return ("%.5g"):format(v)
end

-- The monitored value of an epoch, and what it is called.
local function monitored(run, row)
  local name = run.config.monitor or "loss"
  local held = row.validation
  if type(held) == "table" and held[name] ~= nil then
    return number(held[name]), "val " .. name
  end
  return number(row[name]), name
end

local function is_better(run, a, b)
  local mode = run.config.mode
    or require("mlrt.train.run").mode_of(run.config.monitor or "loss")
  if b == nil then return true end
  if mode == "max" then return a > b end
  return a < b
end

-- The best monitored value, its name and its epoch.
local function best_of(run)
  local best, name, epoch
  for i, row in ipairs(run.epochs) do
    local v, label = monitored(run, row)
    if v and is_better(run, v, best) then
      best, name, epoch = v, label, row.epoch or i
    end
  end
  return best, name, epoch
end

local RECENT = 120 -- seconds; a log that is younger may still be written

local function state_of(run)
  local last = run.ended
  if not last then
    return os.time() - (run.time or 0) < RECENT and "running" or "broken off"
  elseif last.reason == "epochs" or last.reason == "steps" then
    return "done"
  end
  return tostring(last.reason or "ended")
end

local function time_of(run)
  local last = run.ended or run.epochs[#run.epochs]
    or run.steps[#run.steps]
  return last and number(last.seconds)
end

local function progress_of(run)
  local done = #run.epochs
  local all = number(run.config.epochs)
  return all and ("%d/%d"):format(done, all) or tostring(done)
end

-- ---- Tables ---------------------------------------------------------------

-- Rows of texts in columns as wide as they need, those of numbers to the right.
local function table_text(rows, right)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, utf8.len(text) or #text)
    end
  end
  local lines = {}
  for k, row in ipairs(rows) do
    local parts = {}
    for i, text in ipairs(row) do
      local gap = (" "):rep(widths[i] - (utf8.len(text) or #text))
      parts[i] = right[i] and gap .. text or text .. gap
    end
    lines[k] = table.concat(parts, "  "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

local function list_row(run)
  local best, _, epoch = best_of(run)
  local last = run.epochs[#run.epochs]
  local seconds = time_of(run)
  return {run.name, (run.config.started or ""):gsub("T", " "):sub(1, 16),
    progress_of(run), last and shown(number(last.loss)) or "",
    best and shown(best) or "",
    best and ("%s @ %d"):format(run.config.monitor or "loss", epoch) or "",
    seconds and show.duration(seconds) or "", state_of(run)}
end

--- The table of a folder's runs.
function runs.list_text(list)
  local rows = {{"run", "started (UTC)", "epochs", "loss", "best", "of", "time",
    "state"}}
  for _, run in ipairs(list) do rows[#rows + 1] = list_row(run) end
  return table_text(rows, {[3] = true, [4] = true, [5] = true, [7] = true})
end

-- ---- Settings -------------------------------------------------------------

local SKIPPED = {"^started$", "^build%.", "^threads$"}

-- a.b.1 = value, for what a run was given.
local function flatten(t, prefix, into)
  for key, v in pairs(t) do
    local name = prefix .. tostring(key)
    if type(v) == "table" and v ~= json.null then
      flatten(v, name .. ".", into)
    else
      into[name] = shown(v):gsub("\n%s*", " ")
    end
  end
  return into
end

local function cut(text, width)
  if (utf8.len(text) or #text) <= width then return text end
  return text:sub(1, (utf8.offset(text, width - 2) or width - 2) - 1) .. "..."
end

local function is_skipped(name)
  for _, pattern in ipairs(SKIPPED) do
    if name:find(pattern) then return true end
  end
end

local function sorted_names(flat)
  local seen, names = {}, {}
  for _, settings in ipairs(flat) do
    for name in pairs(settings) do
      if not seen[name] and not is_skipped(name) then
        names[#names + 1], seen[name] = name, true
      end
    end
  end
  table.sort(names)
  return names
end

-- Rows of the settings that are not the same in all runs.
local function differences(list, width)
  local flat, rows = {}, {}
  for i, run in ipairs(list) do flat[i] = flatten(run.config, "", {}) end
  for _, name in ipairs(sorted_names(flat)) do
    local row, same = {name}, true
    for i, settings in ipairs(flat) do
      row[i + 1] = cut(settings[name] or "-", width)
      same = same and settings[name] == flat[1][name]
    end
    if not same then rows[#rows + 1] = row end
  end
  return rows
end

-- ---- Curves ---------------------------------------------------------------

-- The points of a value over steps; nil if there is none.
local function curve(rows, label, value)
  local c = {x = {}, y = {}, label = label}
  for i, row in ipairs(rows) do
    local v = value(row)
    c.x[i], c.y[i] = number(row.step) or i, v or 0 / 0
    c.any = c.any or v ~= nil
  end
  return c.any and c or nil
end

local function held(name)
  return function(row)
    return type(row.validation) == "table" and number(row.validation[name])
      or nil
  end
end

local function of_step(name)
  return function(row) return number(row[name]) end
end

local function add(list, c)
  if c then list[#list + 1] = c end
end

-- The loss of a run: of steps, and of validation.
local function loss_curves(run)
  local list = {}
  add(list, curve(#run.steps > 0 and run.steps or run.epochs, "loss",
    of_step "loss"))
  add(list, curve(run.epochs, "val loss", held "loss"))
  return list
end

local function put_chart(parts, curves, title)
  if #curves > 0 then
    parts[#parts + 1] = chart(curves, {title = title, width = 78})
  end
end

-- The names of validation's values besides the loss.
local function metrics_of(run)
  local names = {}
  local last = run.epochs[#run.epochs]
  for name, v in pairs(last and type(last.validation) == "table"
    and last.validation or {}) do
    if name ~= "loss" and number(v) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- ---- One run, several runs ------------------------------------------------

-- "Adam beta1=0.9 lr=0.001": the first group's options.
local function optimizer_text(optimizer)
  if type(optimizer) ~= "table" or not optimizer.class then return nil end
  local groups = optimizer.groups
  local flat = flatten(type(groups) == "table" and groups[1] or {}, "=", {})
  local parts = {tostring(optimizer.class)}
  for _, name in ipairs(sorted_names {flat}) do
    parts[#parts + 1] = name:sub(2) .. "=" .. flat[name]
  end
  return table.concat(parts, " ")
end

--- What one run did.
function runs.text(run)
  local c, best, name, epoch = run.config, best_of(run)
  local rows = {{"run", run.path}, {"started", shown(c.started)}}
  local function put(label, text)
    if text and text ~= "" then rows[#rows + 1] = {label, text} end
  end
  local model = type(c.model) == "table" and c.model or {}
  put("model", model.parameters and ("%s parameters"):format(
    shown(model.parameters)))
  put("optimizer", optimizer_text(c.optimizer))
  put("loss", shown(c.loss))
  put("epochs", progress_of(run))
  put("best", best and ("%s %s in epoch %d"):format(name, shown(best), epoch))
  put("time", time_of(run) and show.duration(time_of(run)))
  put("state", state_of(run) .. (run.ended and run.ended.message
    and ": " .. cut(tostring(run.ended.message), 60) or ""))
  local parts = {table_text(rows, {})}
  put_chart(parts, loss_curves(run), "loss by step")
  for _, metric in ipairs(metrics_of(run)) do
    put_chart(parts, {curve(run.epochs, "val " .. metric, held(metric))},
      metric .. " by step")
  end
  if run.cost then
    local ok, text = pcall(show.text, run.cost)
    if ok then parts[#parts + 1] = text end
  end
  return table.concat(parts, "\n\n")
end

local function results(list)
  local rows = {{"epochs"}, {"best"}, {"in epoch"}, {"loss"}, {"time"},
    {"state"}}
  for i, run in ipairs(list) do
    local best, _, epoch = best_of(run)
    local last = run.epochs[#run.epochs]
    for k, text in ipairs {progress_of(run), best and shown(best) or "-",
      epoch and shown(epoch) or "-", last and shown(last.loss) or "-",
      time_of(run) and show.duration(time_of(run)) or "-", state_of(run)} do
      rows[k][i + 1] = text
    end
  end
  return rows
end

local function compared(list, title, value, otherwise)
  local curves = {}
  for _, run in ipairs(list) do
    add(curves, curve(run.epochs, run.name, value)
      or otherwise and curve(run.steps, run.name, otherwise))
  end
  local parts = {}
  put_chart(parts, curves, title)
  return parts[1]
end

--- What several runs differ in, and how they did.
function runs.compare_text(list)
  local head, right = {""}, {}
  for i, run in ipairs(list) do head[i + 1], right[i + 1] = run.name, true end
  local width = math.max(8, 60 // #list)
  local rows = {head}
  for _, group in ipairs {differences(list, width), results(list)} do
    table.move(group, 1, #group, #rows + 1, rows)
  end
  local parts = {table_text(rows, right)}
  local title = "validation loss by step"
  local chart_text = compared(list, title, held "loss")
    or compared(list, "loss by step", of_step "loss", of_step "loss")
  parts[#parts + 1] = chart_text
  for _, metric in ipairs(metrics_of(list[1])) do
    parts[#parts + 1] = compared(list, metric .. " by step", held(metric))
  end
  return table.concat(parts, "\n\n")
end

-- ---- The command ----------------------------------------------------------

-- The text for a command line, or nil and a message.
local function answer(folders)
  if #folders == 0 then folders = {"runs"} end
  if #folders == 1 and not core.fs.stat(folders[1] .. "/log.jsonl") then
    local list, err = runs.list(folders[1])
    if not list then return nil, err end
    if #list == 0 then
      return nil, folders[1] .. ": no runs here: train.fit {folder = ...} "
        .. "makes them"
    end
    return runs.list_text(list)
  end
  local list = {}
  for i, folder in ipairs(folders) do
    local run, err = runs.read(folder)
    if not run then return nil, err end
    list[i] = run
  end
  return #list == 1 and runs.text(list[1]) or runs.compare_text(list)
end

--- mlrun --runs: prints, or ends the program with a message.
function runs.main(...)
  local text, err = answer {...}
  if text then
    print(text)
    return
  end
  io.stdout:flush()
  io.stderr:write("mlrun --runs: ", err, "\n")
  os.exit(1, true)
end

return runs
