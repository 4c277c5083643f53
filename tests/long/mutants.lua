-- mutants.lua: are the tests able to fail?
--
--   mlrun tests/long/mutants.lua make|drop|cover|run|show FOLDER [PART PARTS]
--
-- FOLDER/src is a copy of the sources. `make` picks lines of core/ by a seed
-- and writes into each a mutant beside the original: a condition or an
-- expression with another operator or number, or a call left out. All of them
-- are in one program, where the environment's MLRT_MUTANT says which is alive,
-- so that nothing is compiled for a single one. `drop` leaves out those that
-- the compiler refused (its messages are the standard input), `cover` runs each
-- file of tests once to see which mutants it reaches, and `run` lets every
-- mutant live through those that reach it, the quickest first, until one fails;
-- first in the plain build, then under the sanitizers, as `make asan` does.
-- It goes on where it was stopped; several may run, each PART of PARTS. `show`
-- prints the result.

local what, folder = arg[1], arg[2]
local part, parts = tonumber(arg[3]) or 1, tonumber(arg[4]) or 1
local SEED, COUNT, SPARE = 54, 200, 40
local READERS = 60 -- of the mutants, in core/io
local LONGEST = 15 -- seconds of tests for a mutant, by what they take without,
                   -- and as long under the sanitizers, SLOWER times slower
local SLOWER = 3

local function lines_of(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

local function write(path, text)
  local f = assert(io.open(path, "wb"))
  assert(f:write(text))
  assert(f:close())
end

local function output(command)
  local p = assert(io.popen(command))
  local text = p:read "a"
  p:close()
  return text
end

-- ---- What can be changed ----------------------------------------------------

-- Texts and characters become underscores, so that nothing in them is found.
local function masked(text)
  local function blank(s) return ("_"):rep(#s) end
  return (text:gsub('\\.', "__"):gsub('"[^"]*"', blank):gsub("'[^']*'", blank))
end

local swaps = {[" < "] = " <= ", [" <= "] = " < ", [" > "] = " >= ",
  [" >= "] = " > ", [" == "] = " != ", [" != "] = " == ", [" && "] = " || ",
  [" || "] = " && ", [" + "] = " - ", [" - "] = " + ", [" * "] = " + ",
  [" / "] = " * ", [" % "] = " / "}

-- All changes of an expression: the new texts.
local function changes(text, is_condition)
  local list, mask = {}, masked(text)
  local function put(from, to, new)
    list[#list + 1] = text:sub(1, from - 1) .. new .. text:sub(to + 1)
  end
  for from, to in mask:gmatch "() [<>=!&|+%-*/%%]=?[&|]? ()" do
    local old = text:sub(from, to - 1)
    if swaps[old] then put(from, from + #old - 1, swaps[old]) end
  end
  for digits, to in mask:gmatch "%f[%w_.](%d+)%f[^%w_.]()" do
    put(to - #digits, to - 1, tostring(tonumber(digits) + 1))
  end
  if is_condition then list[#list + 1] = "!(" .. text .. ")" end
  return list
end

local function balanced(text)
  local depth = 0
  for c in masked(text):gmatch "[()]" do
    depth = depth + (c == "(" and 1 or -1)
    if depth < 0 then return false end
  end
  return depth == 0
end

-- Is there a comma outside of parentheses? In `a = 1, b = 2` it ends the
-- expression.
local function has_comma(text)
  return masked(text):gsub("%b()", ""):find "," ~= nil
end

-- {before, expression, after, is it a condition?} of the line, or nil.
local function expression_of(line)
  for _, p in ipairs {"^(%s*if %()(.*)(%) {)$", "^(%s*if %()(.*)(%))$",
    "^(%s*} else if %()(.*)(%) {)$", "^(%s*while %()(.*)(%) {)$",
    "^(%s*while %()(.*)(%))$", "^(%s*for %([^;]*; )([^;]*)(; [^;]*%) {)$",
    "^(%s*for %([^;]*; )([^;]*)(; [^;]*%))$"} do
    local before, text, after = line:match(p)
    if text and balanced(text) then return before, text, after, true end
  end
  for _, p in ipairs {"^(%s*return )(.*)(;)$",
    "^(%s*[%w_%.%[%]>*-]+ [+*|&-]?= )(.*)(;)$",
    "^(%s*[%w_]+ %**[%w_]+ = )(.*)(;)$"} do
    local before, text, after = line:match(p)
    if text and balanced(text) and not text:find "[{}]"
        and not has_comma(text) and not masked(text):find ";"
        and not before:find "static" then
      return before, text, after, false
    end
  end
end

-- The line with a mutant `MUT(k)` beside the original, for every way.
local function mutants_of(line)
  local list = {}
  local before, text, after, is_condition = expression_of(line)
  for _, new in ipairs(text and changes(text, is_condition) or {}) do
    list[#list + 1] = ("%sMUT(@) ? (%s) : (%s)%s"):format(before, new, text,
      after)
  end
  local indent, call = line:match "^(%s+)([%l_][%w_]*%(.*%));$"
  if call and balanced(call) then
    list[#list + 1] = ("%sMUT(@) ? (void)0 : (void)(%s);"):format(indent, call)
  end
  return list
end

-- Every site: {file, line number, text}. Only bodies of functions count.
local function sites_of(file, sites)
  local inside, previous = false, ""
  for n, line in ipairs(lines_of(folder .. "/src/" .. file)) do
    if line:find "^}" then inside = false end
    if inside and not line:find "\\$" and not previous:find "\\$"
        and not previous:find "[=(,&|+?:]$" then
      for _, text in ipairs(mutants_of(line)) do
        sites[#sites + 1] = {file = file, line = n, text = text, old = line}
      end
    end
    if line:find "^[^#].*%) {$" and not line:find "=" then inside = true end
    previous = line
  end
end

-- ---- Making them ------------------------------------------------------------

local function find_sites(where)
  local sites = {}
  for file in output("cd " .. folder .. "/src && find " .. where
    .. " -name '*.c' -o -name '*.inc' | LC_ALL=C sort"):gmatch "[^\n]+" do
    if not file:find "mlrt_ops" then sites_of(file, sites) end
  end
  return sites
end

-- n of them, no two on a line.
local function pick(sites, n, list, taken)
  while n > 0 and #sites > 0 do
    local site = table.remove(sites, math.random(#sites))
    local key = site.file .. ":" .. site.line
    if not taken[key] then
      taken[key], list[#list + 1], n = true, site, n - 1
    end
  end
end

local function save_list(list)
  local out = {}
  for i, s in ipairs(list) do
    out[i] = table.concat({s.file, s.line, s.old, s.text}, "\t")
  end
  write(folder .. "/mutants", table.concat(out, "\n") .. "\n")
end

local function load_list()
  local list = {}
  for i, text in ipairs(lines_of(folder .. "/mutants")) do
    local file, line, old, new = text:match "^(.-)\t(.-)\t(.-)\t(.*)$"
    list[i] = {file = file, line = tonumber(line), old = old, text = new}
  end
  return list
end

-- Writes the mutants' lines into the sources.
local function apply(list)
  local files = {}
  for k, s in ipairs(list) do
    local path = folder .. "/src/" .. s.file
    files[path] = files[path] or lines_of(path)
    files[path][s.line] = s.text:gsub("@", k)
  end
  for path, lines in pairs(files) do
    lines[1] = '#include "mutant.h" ' .. lines[1]
    write(path, table.concat(lines, "\n") .. "\n")
  end
end

local function make()
  math.randomseed(SEED)
  local list, taken = {}, {}
  local readers, all = find_sites "core/io", find_sites "core"
  print(("%d sites, %d of them in readers and writers"):format(#all, #readers))
  pick(readers, READERS + SPARE // 4, list, taken)
  pick(all, COUNT - READERS + SPARE * 3 // 4, list, taken)
  save_list(list)
  apply(list)
end

-- Mutants on lines that do not compile are left out, and the spare ones.
local function drop()
  local bad, list = {}, {}
  for line in io.lines() do
    local file, n = line:match "(core/[%w_/.]+):(%d+):%d+: error"
    if file then bad[file .. ":" .. n] = true end
  end
  for _, s in ipairs(load_list()) do
    if not bad[s.file .. ":" .. s.line] then list[#list + 1] = s end
  end
  print(("%d of %d compile"):format(#list, #load_list()))
  save_list(list)
  apply(list)
end

-- ---- Which tests reach which ------------------------------------------------

-- name -> command, from FOLDER/src.
local function groups()
  local list = {}
  local suites = output("cd " .. folder .. "/src && build/tests/unit --list "
    .. "| sed -n 's/^\\([a-z_]*\\): .*/\\1/p'")
  for suite in suites:gmatch "[^\n]+" do
    list[#list + 1] = {"C " .. suite,
      "build/tests/unit --filter '" .. suite .. "/*'"}
  end
  for file in output("cd " .. folder .. "/src && ls tests/spec/*_spec.lua")
      :gmatch "[^\n]+" do
    list[#list + 1] = {file:match "([%w_]+)_spec", "build/mlrun "
      .. "tests/spec/run.lua --seed 1 " .. file}
  end
  return list
end

-- Runs a command in FOLDER/src: did it succeed, and its seconds of processor.
-- `timeout` does not reach the processes that Criterion starts; their share of
-- the processor ends by itself.
local function run(command, environment, limit, bound)
  local times = folder .. "/times" .. part
  local ok = os.execute(("cd %s/src && ulimit -t %d && %s && %s timeout "
    .. "-s KILL %d sh -c 'exec 2>/dev/null; %s >/dev/null; c=$?; times >%s; "
    .. "exit $c'")
    :format(folder, limit, bound or "ulimit -v 8000000", environment, limit,
      command:gsub("'", '"'), times))
  local seconds = 0
  local f = io.open(times)
  if f then
    local text = f:read "a"
    f:close()
    for m, s in text:gmatch "(%d+)m([%d.]+)s" do
      seconds = seconds + tonumber(m) * 60 + tonumber(s)
    end
  end
  return ok == true, seconds
end

local function cover()
  local out = {}
  for _, group in ipairs(groups()) do
    local hits = folder .. "/hits"
    os.remove(hits)
    local ok, seconds = run(group[2], "MLRT_MUTANT_LOG=" .. hits, 600)
    local f = io.open(hits)
    local bytes = f and f:read "a" or ""
    if f then f:close() end
    local reached = {}
    for k in bytes:gmatch "()\1" do reached[#reached + 1] = k - 1 end
    print(("%-16s %5.1f s, reaches %3d%s"):format(group[1], seconds, #reached,
      ok and "" or ", fails without a mutant: not used"))
    io.stdout:flush()
    if ok then
      out[#out + 1] = table.concat({group[1], group[2], seconds,
        table.concat(reached, " ")}, "\t")
    end
  end
  write(folder .. "/cover", table.concat(out, "\n") .. "\n")
end

-- ---- Living and dying -------------------------------------------------------

-- k -> the groups that reach it, quickest first.
local function load_cover()
  local reach = {}
  for _, text in ipairs(lines_of(folder .. "/cover")) do
    local name, command, seconds, list = text:match "^(.-)\t(.-)\t(.-)\t(.*)$"
    local group = {name = name, command = command, seconds = tonumber(seconds)}
    for k in list:gmatch "%d+" do
      k = tonumber(k)
      reach[k] = reach[k] or {}
      table.insert(reach[k], group)
    end
  end
  for _, list in pairs(reach) do
    table.sort(list, function(a, b) return a.seconds < b.seconds end)
  end
  return reach
end

local function load_results()
  local done, f = {}, io.open(folder .. "/results")
  if not f then return done end
  for line in f:lines() do
    local k, text = line:match "^(%d+)\t(.*)$"
    done[tonumber(k)] = text
  end
  f:close()
  return done
end

-- The name of the group that fails with mutant k, or nil; `try` runs one.
local function first_failure(list, longest, try)
  for _, group in ipairs(list) do
    longest = longest - group.seconds
    if longest < 0 then return nil end
    if not try(group, math.ceil(group.seconds * 20) + 20) then
      return group.name
    end
  end
end

-- Runs a group of the build under the sanitizers.
local function run_watched(group, alive, limit)
  return run(group.command:gsub("^build/", "asan/"), alive .. " ASAN_OPTIONS="
    .. "allocator_may_return_null=1:hard_rss_limit_mb=6000", limit * SLOWER,
    "true")
end

-- Does it pass there without a mutant?
local sound = {}
local function is_sound(group)
  if sound[group] == nil then
    sound[group] = run_watched(group, "MLRT_MUTANT=-1", 200)
  end
  return sound[group]
end

-- "caught by NAME", "survives" or "not reached".
local function fate(k, list)
  if not list then return "not reached" end
  local alive = "MLRT_MUTANT=" .. k
  local name = first_failure(list, LONGEST, function(group, limit)
    return run(group.command, alive, limit)
  end)
  name = name or first_failure(list, LONGEST / SLOWER, function(group, limit)
    return run_watched(group, alive, limit) or not is_sound(group)
  end)
  return name and "caught by " .. name or "survives"
end

-- The numbers of the mutants that count: some are spare.
local function counted()
  local left = {[true] = READERS, [false] = COUNT - READERS}
  local list = {}
  for k, s in ipairs(load_list()) do
    local is_reader = s.file:find "^core/io/" ~= nil
    left[is_reader] = left[is_reader] - 1
    if left[is_reader] >= 0 then list[#list + 1] = k end
  end
  return list
end

local function run_all()
  local reach, done = load_cover(), load_results()
  for i, k in ipairs(counted()) do
    if not done[k] and i % parts == part - 1 then
      local f = assert(io.open(folder .. "/results", "a"))
      f:write(("%d\t%s\n"):format(k, fate(k, reach[k])))
      f:close()
    end
  end
end

-- ---- The result -------------------------------------------------------------

local function show()
  local list, done = load_list(), load_results()
  local n, caught, readers, caught_readers = 0, 0, 0, 0
  for k, text in pairs(done) do
    local is_reader = list[k].file:find "^core/io/"
    local is_caught = text:find "^caught" and 1 or 0
    n, caught = n + 1, caught + is_caught
    if is_reader then
      readers, caught_readers = readers + 1, caught_readers + is_caught
    end
  end
  for k, s in ipairs(list) do
    if done[k] and not done[k]:find "^caught" then
      print(("%s:%d %s: %s"):format(s.file, s.line, done[k],
        s.text:gsub("@", k):gsub("^%s+", "")))
    end
  end
  print(("%d mutants, %d caught (%.1f %%); in core/io %d of %d"):format(n,
    caught, 100 * caught / math.max(n, 1), caught_readers, readers))
  return n == 0 or caught / n >= 0.85
end

local phases = {make = make, drop = drop, cover = cover, run = run_all,
  show = show}
local phase = assert(phases[what], "make, drop, cover, run or show?")
os.exit(phase() ~= false, true)
