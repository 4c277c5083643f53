-- progress.lua: a line that says how far a long loop is.
--
--   local bar = progress{total = 60000, unit = "images", label = "epoch 1"}
--   for x, y in loader do ... bar:add(#x, loss:item()) end
--   bar:finish()
--
-- On a terminal the line is rewritten at most ten times a second, with a
-- sparkline of the values so far where it fits; elsewhere (a file, a pipe) one
-- line is printed for every tenth of the way.  A call that prints nothing costs
-- a clock reading and makes no garbage.

local class = require "mlrt.class"
local core = require "mlrt.core"
local options = require "mlrt.options"

local clock = core.time
local BARS = 16 -- of a sparkline
local Progress = class "Progress"

local read = options("progress", "total: count, unit: string = steps, "
  .. "label: string?, terminal: bool?, out: any?, every: number = 0")

--- total: what `add` will have added up to; unit: what is counted; label: in
--- front of the line; terminal: rewrite the line (default: whether standard
--- output is a terminal); out: a file-like object (default io.stdout); every:
--- seconds between two lines, at least, where it is no terminal.
function Progress:init(...)
  local o = read(...)
  self.total, self.unit, self.label = o.total, o.unit, o.label or ""
  self.out = o.out or io.stdout
  local is_terminal, columns = core.isatty()
  self.terminal, self.columns = o.terminal, columns
  if o.terminal == nil then self.terminal = is_terminal end
  self.means, self.each, self.sum, self.count = {}, 1, 0.0, 0
  self.done, self.value, self.weight = 0, 0.0, 0
  self.start, self.shown = clock(), -math.huge
  self.every = o.every
  self.tenth, self.width = 0, 0
end

local function duration(seconds)
  seconds = math.floor(seconds + 0.5)
  if seconds < 60 then return ("%d s"):format(seconds) end
  if seconds < 3600 then
    return ("%d:%02d min"):format(seconds // 60, seconds % 60)
  end
  return ("%d:%02d h"):format(seconds // 3600, seconds // 60 % 60)
end

--- Mean of the values given so far, each weighted by its count.
function Progress:mean()
  return self.weight > 0 and self.value / self.weight or 0 / 0
end

function Progress:rate()
  return self.done / math.max(clock() - self.start, 1e-9)
end

-- "epoch 1   40%  loss 0.1234  5,678 images/s  12 s left"
function Progress:text()
  local share = self.total > 0 and self.done / self.total or 1
  local parts = {("%s%3d%%"):format(self.label ~= "" and self.label .. " "
    or "", math.floor(100 * share))}
  if self.weight > 0 then
    parts[#parts + 1] = ("loss %.4f"):format(self:mean())
  end
  local rate = self:rate()
  parts[#parts + 1] = ("%.0f %s/s"):format(rate, self.unit)
  if self.done < self.total and rate > 0 then
    parts[#parts + 1] =
      duration((self.total - self.done) / rate) .. " left"
  end
  return table.concat(parts, "  ")
end

-- Takes a value into the means of the sparkline: when there are too many, two
-- become one, and each stands for twice as many values.
local function remember(self, value)
  local means = self.means
  self.sum, self.count = self.sum + value, self.count + 1
  if self.count < self.each then return end
  means[#means + 1] = self.sum / self.count
  self.sum, self.count = 0.0, 0
  if #means < BARS then return end
  for i = 1, BARS // 2 do means[i] = (means[2 * i - 1] + means[2 * i]) / 2 end
  for i = BARS, BARS // 2 + 1, -1 do means[i] = nil end
  self.each = 2 * self.each
end

local function is_utf8()
  local get = os and os.getenv
  local set = get and (get "LC_ALL" or get "LC_CTYPE" or get "LANG")
  return set ~= nil and set:upper():find "UTF%-?8" ~= nil
end

-- The line for a terminal and its width: cut to what fits, else with a
-- sparkline.
local function line_of(self)
  local text, room = self:text(), self.columns - 1
  local width = utf8.len(text) or #text
  if width > room then
    return text:sub(1, (utf8.offset(text, room + 1) or room + 1) - 1), room
  end
  local n = #self.means
  if n < 3 or width + 2 + n > room or not is_utf8() then return text, width end
  return text .. "  " .. require "mlrt.sparkline"(self.means), width + 2 + n
end

function Progress:show()
  if self.terminal then -- blanks cover what a longer line left behind
    local text, width = line_of(self)
    self.out:write("\r", text, (" "):rep(self.width - width))
    self.width = width
  else
    local text = self:text()
    self.out:write(text, "\n")
  end
  self.out:flush()
end

-- Is the last line, or the start, long enough ago?
function Progress:is_due()
  local now = clock()
  if now - math.max(self.shown, self.start) < self.every then return false end
  self.shown = now
  return true
end

--- `count` more are done; `value` (a loss) is averaged over them if given.
function Progress:add(count, value)
  self.done = self.done + count
  if value then
    self.value, self.weight = self.value + value * count, self.weight + count
    if self.terminal then remember(self, value) end
  end
  if self.terminal then
    local now = clock()
    if now - self.shown < 0.1 then return end
    self.shown = now
  else
    local tenth = self.total > 0 and 10 * self.done // self.total or 10
    if tenth == self.tenth then return end
    self.tenth = tenth
    if self.every > 0 and not self:is_due() then return end
  end
  self:show()
end

--- Takes the line off the terminal, so that a summary can take its place.
function Progress:finish()
  if self.terminal then
    self.out:write("\r", (" "):rep(self.width), "\r")
    self.out:flush()
  end
end

return Progress
