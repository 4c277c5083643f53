-- sweep.lua: every request for memory, and every file call, made to fail.
--
--   build/tests/faults tests/long/sweep.lua [memory|files] [options]
--     --part N      only the points that a generator picks, one in N
--     --seed N      where it starts
--     --only TEXT   only the cases whose names contain it
--     --kind NAME   only the cases of cases/NAME.lua
--     --most N      at most about N points of a case, evenly spread
--
-- A case is a function that makes something ready and returns `act`, which is
-- run with the faults, and `state`, which shows as a string what it changes.
-- For memory, requests number 1, 2, 3... fail: one alone (which the second try
-- makes good), six in a row, and all from there on. After each:
--
-- - act succeeded, and the state is what it is after a run without faults; or
-- - it raised an error that says what failed, the state is what it was before
--   (a case that is `partial` promises less), and a second call of act without
--   faults succeeds and leaves the state of a run without faults;
-- - no tensor and no file is left over, and no block once all is closed.

local mlrt = require "mlrt"

local faults = _G.faults -- the program's library

local MODES = {
  memory = {{"once", 1}, {"some", 6}, {"for good", math.maxinteger}},
  files = {{"fail", "EIO"}, {"fail", "ENOSPC"}, {"fail", "EDQUOT"},
    {"fail", "EROFS"}, {"fail", "EMFILE"}, {"fail", "EINTR"},
    {"short", "EIO"}},
}

-- ---- The command line ------

local opt = {part = 1, seed = 1, only = "", kind = "", most = math.maxinteger}
local what = table.remove(arg, 1) or "memory"
for i = 1, #arg, 2 do
  local name = arg[i]:match "^%-%-(%a+)$"
  assert(opt[name], "unknown option " .. arg[i])
  opt[name] = tonumber(arg[i + 1]) or arg[i + 1]
end
assert(MODES[what], "memory or files wanted, got " .. what)
math.randomseed(opt.seed)

-- ---- Cases ------

local cases = {}

-- case(name, f): f returns act, state (or nil) and options.
local function add(name, f)
  if name:find(opt.only, 1, true) then
    cases[#cases + 1] = {name = name, ready = f}
  end
end

local here = arg[0]:match "^(.*/)" or "./"

-- A folder for a case's files, empty.
local function fresh_folder()
  local path = os.tmpname()
  os.remove(path)
  assert(mlrt.fs.mkdir(path))
  return path
end
local folder = fresh_folder()

local function clear_folder()
  for _, name in ipairs(assert(mlrt.fs.list(folder))) do
    assert(os.remove(folder .. "/" .. name))
  end
end

local kinds = what == "memory" and {"tensors", "training", "library", "files"}
  or {"files"}
if opt.kind ~= "" then kinds = {opt.kind} end
for _, kind in ipairs(kinds) do
  assert(loadfile(here .. "cases/" .. kind .. ".lua"))(add, folder)
end

-- ---- One point ------

-- Calls act with the fault number `at`: ok, error, how many there are.
local function strike(mode, at, act)
  if not act then return faults.host(at, mode[2]) end
  if what == "memory" then return faults.memory(at, mode[2], act) end
  return faults.files(at, mode[1], mode[2], act)
end

-- What an error has to say.
local function is_told(err)
  err = tostring(err)
  if what == "files" then return #err > 0 end
  return err:find "not enough memory" or err:find "out of memory"
    or err:find "memory" -- a file of zlib's, a thread's stack
end

local function tensors_alive()
  collectgarbage()
  collectgarbage()
  return mlrt.memory().tensors
end

local function snapshot(point)
  return point.state and point.state() or ""
end

local function ready(case)
  clear_folder()
  local act, state, options = case.ready()
  return {act = act, state = state, partial = (options or {}).partial,
    silent = (options or {}).silent}
end

local function wrong(case, mode, at, text, ...)
  error(("%s, %s %s at %d: %s"):format(case.name, mode[1],
    tostring(mode[2]), at, text:format(...)), 0)
end

-- A second call, without faults, makes everything good.
local function try_again(case, mode, at, point)
  local ok, err = pcall(point.act)
  if not ok then wrong(case, mode, at, "a second call raises %s", err) end
  if snapshot(point) ~= case.done then
    wrong(case, mode, at, "a second call leaves\n%s\nfor\n%s",
      snapshot(point), case.done)
  end
end

-- The state after a failure: what it was, but for a file that is in its place
-- and might not be after a power cut.
local function wanted(case, err)
  return tostring(err):find "power cut" and case.done or case.before
end

-- Strikes once; false when there is no point number `at`.
local function strike_at(case, mode, at)
  local point = ready(case)
  local ok, err, n = strike(mode, at, point.act)
  if n < at then return false end
  local after = snapshot(point)
  if ok and after ~= case.done then
    wrong(case, mode, at, "succeeded, but leaves\n%s\nfor\n%s", after,
      case.done)
  elseif not ok and not is_told(err) then
    wrong(case, mode, at, "says %s", err)
  elseif not ok and not point.partial and after ~= wanted(case, err) then
    wrong(case, mode, at, "failed (%s), but leaves\n%s\nfor\n%s", err, after,
      case.before)
  end
  if not ok and point.act then try_again(case, mode, at, point) end
  return true, ok
end

local function check_leftovers(case, mode, at)
  local n = tensors_alive()
  if n ~= case.tensors then
    wrong(case, mode, at, "%d tensors are left over", n - case.tensors)
  end
  n = faults.open_files()
  if n ~= case.files then
    wrong(case, mode, at, "%d files are left open", n - case.files)
  end
end

-- ---- All points ------

-- A run without faults, a second one because the first loads files.
local function measure(case)
  for _ = 1, 2 do
    local point = ready(case)
    case.before = snapshot(point)
    local ok, err, n = strike(MODES[what][1], 0, point.act)
    assert(ok, case.name .. ": " .. tostring(err))
    case.done, case.n = snapshot(point), n
  end
end

-- The positions that are struck: all, or some of them.
local function positions(case)
  local step = math.max(1, case.n // opt.most)
  local at = 1 - step
  return function()
    repeat at = at + step until opt.part == 1 or at > 3 * case.n
      or math.random(opt.part) == 1
    return at
  end
end

local function sweep_mode(case, mode, tally)
  for at in positions(case) do
    local reached, ok = strike_at(case, mode, at)
    if not reached then return end
    check_leftovers(case, mode, at)
    tally.points = tally.points + 1
    if not ok then tally.failed = tally.failed + 1 end
  end
end

local function sweep(case)
  local tally = {points = 0, failed = 0}
  measure(case)
  case.tensors, case.files = tensors_alive(), faults.open_files()
  for _, mode in ipairs(MODES[what]) do sweep_mode(case, mode, tally) end
  clear_folder()
  return tally
end

-- ---- The sweep ------

if opt.part > 1 then print("seed " .. opt.seed) end
local points, failed, bad = 0, 0, 0
for _, case in ipairs(cases) do
  local start = os.clock()
  local ok, tally = xpcall(sweep, debug.traceback, case)
  if ok then
    points, failed = points + tally.points, failed + tally.failed
    print(("%-22s %6d places, %6d points, %6d failed, %5.1f s"):format(
      case.name, case.n, tally.points, tally.failed, os.clock() - start))
  else
    bad = bad + 1
    print(tally)
  end
  io.stdout:flush()
end
clear_folder()
os.remove(folder)
print(("%s: %d cases, %d points, %d of them errors"):format(what, #cases,
  points, failed))
assert(bad == 0, bad .. " cases are bad")
