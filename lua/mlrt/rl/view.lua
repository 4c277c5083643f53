-- view.lua: what is seen of rl.train: a line on the terminal with the learning
-- curve, and the folder of the run.
--
--   config.json   the agent, its options, the environment
--   log.jsonl     a line for every log_every steps and for each evaluation
--   last.mlrt     the newest checkpoint: the whole state of the run
--   best.mlrt     the agent that did best, for m.load
--
-- The log's length is part of a checkpoint: a run that was killed cuts off what
-- was written behind it and writes it anew.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local json = require "mlrt.json"
local Progress = require "mlrt.progress"
local save = require "mlrt.save"

-- ---- The curve ------------------------------------------------------------

local bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
local WIDTH = 30

-- Points as bars, the lowest to the highest; a long curve is thinned.
local function sparkline(curve)
  local low, high, list = math.huge, -math.huge, {}
  for _, point in ipairs(curve) do
    low, high = math.min(low, point[2]), math.max(high, point[2])
  end
  local n = math.min(#curve, WIDTH)
  for i = 1, n do
    local value = curve[i * #curve // n][2]
    local share = high > low and (value - low) / (high - low) or 0
    list[i] = bars[1 + math.floor(share * (#bars - 1) + 0.5)]
  end
  return table.concat(list)
end

local Line = class("Line", Progress)

-- "  40%  return 123.4  12,300 steps/s  9 s left  ▁▂▃▅"
function Line:text()
  local curve = sparkline(self.run.curve)
  local mean = self.run:mean()
  local text = Progress.text(self)
  if mean == mean then text = ("%s  return %.4g"):format(text, mean) end
  return curve ~= "" and text .. "  " .. curve or text
end

-- ---- The folder -----------------------------------------------------------

local View = class "View"

function View:init(run)
  self.run, self.options = run, run.options
  self.folder = run.options.folder
end

-- JSON has no nan, no functions and no objects.
local function plain(v)
  if type(v) == "number" then return v - v == 0 and v or json.null end
  if type(v) == "string" or type(v) == "boolean" then return v end
  if type(v) ~= "table" or getmetatable(v) then return tostring(v) end
  local t = {}
  for key, value in pairs(v) do t[key] = plain(value) end
  return t
end

function View:write(entry)
  if self.log then self.log:put(json.encode(plain(entry)) .. "\n") end
end

local function put(path, value)
  local ok, err = save.save(path, value)
  if not ok then fail("rl.train: the checkpoint was not written: %s", err) end
end

function View:write_config()
  local run = self.run
  local ok, err = core.io.write_file(self.folder .. "/config.json",
    json.encode(plain {agent = tostring(run.agent),
      options = run.agent.options, env = run.env.name, envs = run.n,
      seed = run.options.seed, steps = run.options.steps,
      build = core.build()}) .. "\n")
  if not ok then fail("rl.train: %s", err) end
end

function View:resume(path)
  local state, err = save.load(path)
  if not state then fail("rl.train: the checkpoint cannot be read: %s", err) end
  self.run:load_state(state.run)
  return state.length
end

function View:open_folder()
  local File = require "mlrt.train.file"
  local ok, err = core.fs.mkdir(self.folder)
  if not ok then fail("rl.train: the folder cannot be made: %s", err) end
  local path, length = self.folder .. "/last.mlrt", 0
  if core.fs.stat(path) then
    if not self.options.resume then
      fail("rl.train: %s holds a run already; say resume = true to go on with "
        .. "it, or choose another folder", self.folder)
    end
    length = self:resume(path)
  else
    self:write_config()
  end
  self.log = File(self.folder .. "/log.jsonl")
  self.log:open(length)
end

-- ---- What happens ---------------------------------------------------------

function View:start()
  local o = self.options
  if self.folder then self:open_folder() end
  if not o.progress then return end
  self.line = Line {total = o.steps, unit = "steps", out = o.out}
  self.line.run = self.run
  self.line.done = self.run.steps
end

--- Writes the checkpoint.
function View:save()
  if not self.folder then return end
  put(self.folder .. "/last.mlrt", {run = self.run:state(),
    length = self.log.length})
  self.saved = self.run.steps
end

--- An evaluation has been made.
function View:evaluated(found, best)
  self:write {event = "evaluation", steps = found.steps, mean = found.mean,
    std = found.std, episodes = found.episodes}
  if best and self.folder then
    put(self.folder .. "/best.mlrt", self.run.agent)
  end
end

--- After each step.
function View:look()
  local run, every = self.run, self.options.log_every
  if run.steps // every > (run.steps - run.n) // every then
    local mean = run:mean()
    if mean == mean then run.curve[#run.curve + 1] = {run.steps, mean} end
    local entry = {event = "step", steps = run.steps, episodes = run.episodes,
      mean_return = mean, updates = run.agent.updates}
    for name, value in pairs(run.agent.losses) do entry[name] = value end
    self:write(entry)
  end
  if self.line then self.line:add(run.n) end
end

--- "500 steps/s ..." in place of the line, and the last checkpoint.
function View:finish()
  local run = self.run
  if self.folder and self.saved ~= run.steps then self:save() end
  if self.log then self.log:close() end
  if not self.line then return end
  self.line:finish()
  local best = run.best and (", best %.4g at %d"):format(run.best.mean,
    run.best.steps) or ""
  self.line.out:write(("%s: %d steps, %d episodes, return %.4g%s  %s\n"):format(
    run.env.name or "environment", run.steps, run.episodes, run:mean(), best,
    sparkline(run.curve)))
end

return View
