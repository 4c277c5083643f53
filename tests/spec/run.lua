-- run.lua: runs spec files and counts.
--
--   build/mlrun tests/spec/run.lua [--seed N] [-v] [filter] [file_spec.lua ...]
--
-- Without files: every tests/spec/*_spec.lua.  The filter is plain text looked
-- for in "describe it" names.  The last line is `N passed, M failed, K
-- skipped`; the exit code is 1 when a test failed.  The seed is printed, so
-- that a failure that depends on it can be had again.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local support = assert(loadfile(here .. "/support.lua"))()

local files, seed = {}, os.time()
do
  local i = 1
  while arg[i] do
    local a = arg[i]
    if a == "--seed" then
      i = i + 1
      seed = math.tointeger(tonumber(arg[i])) or error("--seed needs a number")
    elseif a == "-v" then
      support.verbose = true
    elseif a:find("_spec%.lua$") then
      files[#files + 1] = a
    else
      support.filter = a
    end
    i = i + 1
  end
end
if #files == 0 then
  local list = assert(io.popen("ls '" .. here .. "'/*_spec.lua"))
  for file in list:lines() do files[#files + 1] = file end
  list:close()
end

print("seed " .. seed)
local have_mlrt, mlrt = pcall(require, "mlrt")
for _, file in ipairs(files) do
  math.randomseed(seed)
  if have_mlrt and mlrt.seed then mlrt.seed(seed) end
  local env = setmetatable({}, {__index = function(_, name)
    return support.vocabulary[name] or _G[name]
  end})
  local start = os.clock()
  local chunk, err = loadfile(file, "t", env)
  local ok = chunk and xpcall(chunk, function(e)
    err = debug.traceback(tostring(e))
  end)
  if not ok then
    support.failed = support.failed + 1
    print(("failed: %s\n  %s"):format(file, err))
  end
  local took = os.clock() - start
  if took > 5 then print(("%s took %.1f s of processor"):format(file, took)) end
end

print(("%d passed, %d failed, %d skipped"):format(
  support.passed, support.failed, support.skipped))
os.exit(support.failed == 0, true)
