-- soak.lua: a long run that writes a checkpoint each second and is killed and
-- resumed loses nothing and does not grow.
--
--   build/tests/faults tests/long/soak.lua [SECONDS [KILLS]]    (1800, 50)
--
-- Two thirds of the time it is killed again and again; then it goes on in one
-- process to its last step, whose weights must be those of a run that nothing
-- ended. It notes the bytes that are in use after a collection, which must not
-- grow by 1 % after a warm-up, and its resident pages, which hold the garbage
-- of the worst moment too and must not grow by 10 %.

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
      if step % math.max(20, STEPS // 200) == 0 then
        local now = resident()
        collectgarbage()
        collectgarbage()
        notes:write(("%d %d\n"):format(select(2, faults.live()), now))
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

-- The mean of a column of the notes, from one part of them to another.
local function mean(column, from, to)
  local list, sum, n = {}, 0, 0
  for line in io.lines(pages) do
    list[#list + 1] = tonumber((select(column, line:match "(%d+) (%d+)")))
  end
  for i = math.floor(#list * from) + 1, math.floor(#list * to) do
    sum, n = sum + list[i], n + 1
  end
  return sum / n
end

-- From the second fifth to the last one, in percent.
local function growth(column)
  local before, after = mean(column, 0.2, 0.4), mean(column, 0.8, 1)
  return 100 * (after / before - 1), after
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
local more_bytes, bytes = growth(1)
local more_pages, resident_pages = growth(2)
print(("%d steps, the same bits as without a kill; %.0f KiB in use (%+.2f %%), "
  .. "%.0f pages resident (%+.2f %%)"):format(last, bytes / 1024, more_bytes,
  resident_pages, more_pages))
for _, name in ipairs(m.fs.list(folder)) do os.remove(folder .. "/" .. name) end
os.remove(folder)
os.remove(pages)
os.remove(root)
assert(more_bytes < 1 and more_pages < 10, "memory grows")
