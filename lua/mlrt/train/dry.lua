-- dry.lua: one step, one validation, one checkpoint in memory, and everything
-- is as it was: what is wrong shows before an hour has gone by.

local core = require "mlrt.core"
local loop = require "mlrt.train.loop"

-- The first batch of a source only.
local function first_of(source)
  local each = source.each
  source.each = function(self)
    local f, s, control, closing = each(self)
    local given = false
    return function(_, previous)
      if given then return nil end
      given = true
      return f(s, previous)
    end, nil, control, closing
  end
end

local function say(run, samples, seconds)
  local row, v = run.history[#run.history], {}
  for name, value in pairs(row.validation or {}) do
    if type(value) == "number" then
      v[#v + 1] = ("%s %.4f"):format(name, value)
    end
  end
  table.sort(v)
  print(("dry run: one step of %d samples in %.3g ms, loss %.4f%s"):format(
    samples, seconds * 1e3, row.loss, #v > 0
    and "; validation: " .. table.concat(v, ", ") or ""))
end

return function(run)
  run:call "start" -- so that callbacks have a state
  local before = run:state()
  first_of(run.data)
  if run.val then first_of(run.val) end
  run.epochs, run.options.accumulate = run.done + 1, 1
  run.began = core.time()
  local ok, err = pcall(loop.run, run)
  local samples, seconds = run.samples, run:time()
  run.data.each, run.began = nil, nil
  if run.val then run.val.each = nil end
  local history = run.history
  run:load_state(before)
  run.history = history
  if not ok then error(err, 0) end
  if run.options.progress ~= false then say(run, samples, seconds) end
  return run
end
