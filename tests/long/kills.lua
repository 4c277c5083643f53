-- kills.lua: a run that writes checkpoints is killed before, half-way through
-- and between its file calls; what is there must be whole, be of the last step
-- that was reported or a later one, and go on to the same bits.
--
--   build/tests/faults tests/long/kills.lua [options]
--     --part N   only about one call in N, chosen by a generator
--     --seed N   where it starts
--     --calls 0  without the kills at file calls
--     --moments N   how many kills at random moments (300)

local m = require "mlrt"
local here = arg[0]:match "^(.*/)" or "./"
local small = assert(loadfile(here .. "small_run.lua"))()
local faults = _G.faults -- the program's library

local STEPS = 5

local opt = {part = 1, seed = 1, moments = 300, calls = 1}
for i = 1, #arg, 2 do
  local name = arg[i]:match "^%-%-(%a+)$"
  assert(opt[name], "unknown option " .. arg[i])
  opt[name] = tonumber(arg[i + 1])
end
math.randomseed(opt.seed)

local root = os.tmpname()
os.remove(root)
local folder = root .. "/run"

-- Removes the run; the names of temporaries in it.
local function clear()
  local temporaries = {}
  for _, name in ipairs(m.fs.list(folder) or {}) do
    if name:find "%.tmp$" then temporaries[#temporaries + 1] = name end
    os.remove(folder .. "/" .. name)
  end
  os.remove(folder)
  return temporaries
end

-- What the child does: the run, from where it stands, telling of its steps.
local function train(kind, steps)
  return function()
    for step in m.train.steps(small.options(kind, folder, steps)) do
      faults.report(step)
    end
  end
end

-- The checkpoint is loaded: its step is at least what was reported, its weights
-- are those of the run that nothing ended.
local function check(where, reference, reported)
  if not m.fs.stat(folder .. "/last.mlrt") then
    assert(reported == 0, where .. ": no checkpoint of a step reported")
    return 0
  end
  local state, err = m.load(folder .. "/last.mlrt")
  if not state then error(where .. ": " .. err, 0) end
  if state.step < reported then
    error(("%s: step %d was reported, the checkpoint is of %d"):format(where,
      reported, state.step), 0)
  end
  if small.bits(state.model) ~= reference[state.step] then
    error(where .. ": the checkpoint has other weights", 0)
  end
  return state.step
end

-- The run goes on to its end, here, and gets where it would have got.
local function go_on(where, kind, reference)
  local o = small.options(kind, folder, STEPS)
  m.train.fit(o)
  if small.bits(o.model:state()) ~= reference[STEPS] then
    error(where .. ": resumed, it ends with other weights", 0)
  end
end

-- ---- At file calls --------------------------------------------------------

local function kill_at(kind, reference, at, half)
  clear()
  local where = ("%s, call %d%s"):format(kind, at, half and ", half" or "")
  local code, reported = faults.kill(at, half, train(kind, STEPS))
  assert(code == 9 or code == 0, where .. ": ended with " .. code)
  check(where, reference, reported)
  go_on(where, kind, reference)
  assert(#clear() == 0, where .. ": the resumed run left a temporary")
  return code == 9
end

local function each_call(kind)
  local reference, n = small.reference(kind, STEPS), 0
  for _, half in ipairs {false, true} do
    local at = 0
    repeat
      at = at + (opt.part == 1 and 1 or math.random(2 * opt.part - 1))
      local died = kill_at(kind, reference, at, half)
      n = n + (died and 1 or 0)
    until not died
  end
  return n
end

-- ---- At moments -----------------------------------------------------------

-- How long a run takes that nothing ends.
local function duration(kind, steps)
  clear()
  local start = m.time()
  faults.kill(0, false, train(kind, steps))
  return m.time() - start
end

local function moments(kind, count)
  local steps, kills = 40, 0
  local reference = small.reference(kind, steps)
  local length = duration(kind, steps)
  local lengthened = 0
  while kills < count do
    clear()
    local code, before = 9, 0
    while code == 9 do
      local reported
      local span = math.random() * length * (0.3 + lengthened / 10)
      code, reported = faults.kill_after(span, train(kind, steps))
      assert(code == 9 or code == 0, kind .. ": ended with " .. code)
      local step = check(kind .. ", a moment", reference, reported)
      lengthened = step > before and 0 or lengthened + 1
      before = step
      kills = kills + (code == 9 and 1 or 0)
    end
    assert(check(kind, reference, 0) == steps)
  end
  return kills
end

-- ---- All of them ----------------------------------------------------------

local kinds, total, at_moments = {}, 0, 0
for kind in pairs(small.optimizers) do kinds[#kinds + 1] = kind end
table.sort(kinds)
assert(m.fs.mkdir(root))
if opt.calls > 0 then
  for _, kind in ipairs(kinds) do
    local n = each_call(kind)
    total = total + n
    print(("%-8s killed at %d calls"):format(kind, n))
    io.stdout:flush()
  end
end
for _, kind in ipairs(kinds) do
  at_moments = at_moments + moments(kind, opt.moments // #kinds)
end
clear()
os.remove(root)
print(("kills: %d at file calls, %d at random moments"):format(total,
  at_moments))
