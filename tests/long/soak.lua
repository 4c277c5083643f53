-- soak.lua: a long run that writes a checkpoint each second and is killed and
-- resumed loses nothing and does not grow.
--
--   build/tests/faults tests/long/soak.lua [SECONDS [KILLS]]    (1800, 50)
--
-- Two thirds of the time it is killed again and again; then it goes on in one
-- process to its last step, whose weights must be those of a run that nothing
-- ended. Each process notes its resident pages: after a warm-up they must not
-- grow by 1 %.

local m = require "mlrt"
local here = arg[0]:match "^(.*/)" or "./"
local small = assert(loadfile(here .. "small_run.lua"))()
local faults = _G.faults -- the program's library

small.rows = 40000 -- a run remembers each of its epochs: let them be few

local SECONDS, KILLS = tonumber(arg[1]) or 1800, tonumber(arg[2]) or 50
local PACE = 0.05 -- seconds of a step
local STEPS = math.floor(SECONDS / PACE)

local root = os.tmpname()
os.remove(root)
local folder, pages = root .. "/run", root .. "/pages"

local function resident()
  local f <close> = assert(io.open "/proc/self/statm")
  return tonumber(f:read "a":match "^%d+ (%d+)")
end

-- Steps at their pace until the time is over, told of, with a checkpoint each
-- second; `slow` says until when they are held back.
local function train(slow)
  return function()
    local o = small.options("Adam", folder, STEPS, math.floor(1 / PACE))
    local notes <close> = assert(io.open(pages, "a"))
    for step in m.train.steps(o) do
      faults.report(step)
      if step % 20 == 0 then
        notes:write(("%.3f %d\n"):format(m.time(), resident()))
        notes:flush()
      end
      if m.time() < slow then faults.sleep(PACE) end
    end
  end
end

local function saved_step()
  local state = assert(m.load(folder .. "/last.mlrt"))
  return state.step, state
end

-- ---- Kills ----------------------------------------------------------------

-- A checkpoint is at most the steps of a second and one save behind.
local function kill_once(span, slow)
  local code, reported = faults.kill_after(span, train(slow))
  assert(code == 9, "it ended with " .. code)
  local step = saved_step()
  local behind = reported - step
  assert(behind <= 1 / PACE, ("step %d was told of, %d is saved"):format(
    reported, step))
  return step
end

local function kill_often(seconds)
  local start, last = m.time(), 0
  for i = 1, KILLS do
    local left = start + seconds - m.time()
    local span = math.max(2, left / (KILLS - i + 1))
    local step = kill_once(span * (0.5 + math.random() / 2), math.huge)
    assert(step >= last, "steps are lost")
    last = step
  end
  return last
end

-- ---- Growth ---------------------------------------------------------------

-- Mean pages of the second fifth and of the last one of the notes.
local function growth()
  local list = {}
  for line in io.lines(pages) do
    list[#list + 1] = tonumber(line:match " (%d+)")
  end
  local function mean(from, to)
    local sum, n = 0, 0
    for i = math.floor(#list * from) + 1, math.floor(#list * to) do
      sum, n = sum + list[i], n + 1
    end
    return sum / n
  end
  return mean(0.2, 0.4), mean(0.8, 1)
end

assert(m.fs.mkdir(root))
local start = m.time()
math.randomseed(os.time())
local step = kill_often(SECONDS * 2 / 3)
print(("%d kills in %.0f s: step %d, nothing lost"):format(KILLS,
  m.time() - start, step))
io.stdout:flush()
os.remove(pages)
local code = faults.kill(0, false, train(start + SECONDS))
assert(code == 0, "the last process ended with " .. code)
local last, state = saved_step()
assert(last == STEPS, "it ended at step " .. last)
local reference = small.reference("Adam", STEPS)
assert(small.bits(state.model) == reference[STEPS],
  "the weights are not those of a run that nothing ended")
local before, after = growth()
print(("%d steps, the same bits as without a kill; %.0f resident pages, then "
  .. "%.0f (%+.2f %%)"):format(last, before, after,
  100 * (after / before - 1)))
for _, name in ipairs(m.fs.list(folder)) do os.remove(folder .. "/" .. name) end
os.remove(folder)
os.remove(pages)
os.remove(root)
assert(after < before * 1.01, "memory grows")
