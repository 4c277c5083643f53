-- limits.lua: the least time that a row could take on this machine.
--
-- A row names the parts of its work that follow one another; the limit is
-- their sum.  A part takes the longest of
--
--   flops / the rate of a bare product of the shape gemm = {m, n, k}
--   bytes / the rate of a bare loop of `kind` (read, copy, add, update) whose
--           arrays have `set` bytes (default: bytes)
--   a bare loop of vector maths `loop` (exp, gelu) over `elements`
--
-- which a program without mlrt, tests/bench/probe.c, measures in the same run
-- and with as many threads.  So it is a limit of this BLAS and this compiler;
-- what does better is above 100 %.

local harness = ...

local limits = {answers = {}}

local probe, why_not

--- Starts the probe of that build; without it there are no limits.
function limits.open(build)
  local path = build .. "/tests/bench/probe"
  probe, why_not = harness.peer(harness.quote(path))
  return probe ~= nil, why_not
end

function limits.close()
  if probe then probe:close() end
end

-- The rate or time asked for, measured once in a run.
local function ask(...)
  local line = table.concat({...}, " ")
  limits.answers[line] = limits.answers[line] or tonumber(probe:ask(line))
  local answer = limits.answers[line]
  assert(answer and answer > 0, "the probe cannot measure " .. line)
  return answer
end

local function part_seconds(part, threads)
  local longest = 0
  local function need(seconds) longest = math.max(longest, seconds) end
  if part.flops then
    local g = part.gemm
    need(part.flops / ask("gemm", g[1], g[2], g[3], threads))
  end
  if part.bytes then
    need(part.bytes / ask("stream", part.kind or "copy",
      ("%d"):format(part.set or part.bytes), threads))
  end
  if part.loop then need(ask("loop", part.loop, part.elements, threads)) end
  return longest
end

--- Seconds a step, or nil where a row has no such limit.
function limits.seconds(parts, threads)
  if not probe or not parts then return nil end
  local sum = 0
  for _, part in ipairs(parts) do sum = sum + part_seconds(part, threads) end
  return sum
end

--- A part that is one product (m, k) x (k, n).
function limits.product(m, n, k)
  return {flops = 2 * m * n * k, gemm = {m, n, k}}
end

return limits
