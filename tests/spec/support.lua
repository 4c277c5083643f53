-- support.lua: describe, it and the checks that spec files are written in.
--
--   describe("sum", function()
--     before_each(function(s) s.x = m.ones(2, 3) end)
--     it("adds everything", function(s) near(s.x:sum():item(), 6) end)
--   end)
--
-- A test gets a fresh table `s` that before_each may fill: what a test holds
-- must die with it, for after every test the number of live tensors has to be
-- what it was before.  So no test may leave a tensor in an outer local.

local support = {passed = 0, failed = 0, skipped = 0, verbose = false}

local path = {} -- names of the describe blocks around us
local befores = {} -- their before_each functions, outermost first

local SKIP = {} -- thrown by skip(), as {SKIP, reason}

local function live_tensors()
  collectgarbage()
  collectgarbage() -- the first ran the finalizers, the second frees the rest
  local mlrt = package.loaded.mlrt
  return mlrt and mlrt.memory().tensors or 0
end

-- ---- Values ---------------------------------------------------------------

local function show(v)
  if type(v) ~= "table" then
    return type(v) == "string" and ("%q"):format(v) or tostring(v)
  end
  local parts = {}
  for i, x in ipairs(v) do parts[i] = show(x) end
  for k, x in pairs(v) do
    if not (math.type(k) == "integer" and k >= 1 and k <= #v) then
      parts[#parts + 1] = tostring(k) .. " = " .. show(x)
    end
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- A tensor as nested tables (a 0-d one as its number), anything else as it is.
local function plain(v)
  if type(v) ~= "userdata" then return v end
  return v.totable and v:totable() or v
end

-- Where a and b differ, as a text, or nil.  `same` compares two leaves.
local function difference(a, b, same, where)
  if type(a) ~= "table" or type(b) ~= "table" then
    if same(a, b) then return nil end
    return ("%sgot %s, wanted %s"):format(where, show(a), show(b))
  end
  local keys = {}
  for k in pairs(a) do keys[k] = true end
  for k in pairs(b) do keys[k] = true end
  for k in pairs(keys) do
    local here = ("%s[%s] "):format(where:gsub(" $", ""), tostring(k))
    local d = difference(a[k], b[k], same, here)
    if d then return d end
  end
end

local function identical(a, b)
  return a == b and math.type(a) == math.type(b) or (a ~= a and b ~= b)
end

-- |a - b| <= tol (1 + |b|); NaN is near NaN, an infinity only itself.
local function close_to(tol)
  return function(a, b)
    if type(a) ~= "number" or type(b) ~= "number" then return a == b end
    if a == b or (a ~= a and b ~= b) then return true end
    return math.abs(a - b) <= tol * (1 + math.abs(b))
        and math.abs(b) < math.huge
  end
end

-- ---- What spec files see ----------------------------------------------------

local vocabulary = {}
support.vocabulary = vocabulary

-- got and want are equal, element by element, number types included.
function vocabulary.eq(got, want)
  local d = difference(plain(got), plain(want), identical, "")
  if d then error(d, 2) end
end

-- Numbers, tables of numbers or tensors agree to tol (default 1e-6).
function vocabulary.near(got, want, tol)
  local d = difference(plain(got), plain(want), close_to(tol or 1e-6), "")
  if d then error(d, 2) end
end

-- Values are equal, whatever kind of numbers they are.
function vocabulary.same(got, want)
  local d = difference(plain(got), plain(want), close_to(0), "")
  if d then error(d, 2) end
end

-- The shape of a tensor as a list.
function vocabulary.shape_of(t)
  local list = {}
  for d = 1, t.ndim do list[d] = t.shape[d] end
  return list
end

-- The whole message that f(...) raises, without the place.
function vocabulary.message(f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("no error", 2) end
  return (tostring(err):gsub("^[^ ]+:%d+: ", ""))
end

-- f(...) raises this message, and no other word.
function vocabulary.refuses(text, f, ...)
  local d = difference(vocabulary.message(f, ...), text, identical, "")
  if d then error(d, 2) end
end

-- f(...) raises a message that matches the pattern or contains it literally.
-- Returns the message.
function vocabulary.raises(pattern, f, ...)
  local ok, err = pcall(f, ...)
  if ok then error(("no error; wanted %q"):format(pattern), 2) end
  local text = tostring(err)
  if not (text:find(pattern, 1, true) or text:find(pattern)) then
    error(("raised %q; wanted %q"):format(text, pattern), 2)
  end
  return text
end

-- Leaves the running test, which counts as skipped.
function vocabulary.skip(reason)
  error({SKIP, reason}, 0)
end

function vocabulary.describe(name, body)
  path[#path + 1] = name
  local outer = #befores
  body()
  for i = #befores, outer + 1, -1 do befores[i] = nil end
  path[#path] = nil
end

function vocabulary.before_each(f)
  befores[#befores + 1] = f
end

-- What `make BLAS=none` leaves out, whoever runs into it.
local LACKING = "built without LAPACK"

local function handler(err)
  if type(err) == "table" and err[1] == SKIP then return err end
  if tostring(err):find(LACKING, 1, true) then return {SKIP, LACKING} end
  -- Of the traceback, only what lies above the runner itself.
  return (debug.traceback(tostring(err), 2):gsub(
    "\n[^\n]*support%.lua:%d+: in function <.*", ""))
end

local function run_body(body)
  local s = {}
  for _, f in ipairs(befores) do f(s) end
  body(s)
end

local function report(kind, name, text)
  support[kind] = support[kind] + 1
  if kind == "passed" and not support.verbose then return end
  print(("%s: %s%s"):format(kind, name, text and "\n  " .. text or ""))
end

function vocabulary.it(name, body)
  local full = table.concat(path, " ") .. " " .. name
  if support.filter and not full:find(support.filter, 1, true) then return end
  local before = live_tensors()
  local ok, err = xpcall(run_body, handler, body)
  local skipped = not ok and type(err) == "table"
  local text = skipped and err[2] or err
  err = nil -- luacheck: ignore (it may hold a tensor)
  local after = live_tensors()
  if skipped then return report("skipped", full, text) end
  if not ok then return report("failed", full, text) end
  if after ~= before then
    return report("failed", full, ("live tensors: %d before, %d after")
      :format(before, after))
  end
  report("passed", full)
end

return support
