-- verdict.lua: whether a row is met.
--
-- A ratio is the peer's time over ours.  A row is met if its ratio is at or
-- above the target; or if it is at least 1 and mlrt is at 85 % of the limit or
-- better, because then the peer is at the limit too.  Against a PyTorch older
-- than 2 that is said, since the target is against a current one.  A row with
-- a bound is met if our own figure keeps it.

local NEAR = 0.85

-- "torch 1.13" from a greeting that begins so.
local function old_torch(greeting)
  local version, major = (greeting or ""):match "^torch ((%d+)%.%d+)"
  return version and tonumber(major) < 2 and "torch " .. version
end

local function by_ratio(r)
  if not r.ratio then return "not compared" end
  local old = old_torch(r.version)
  local at_limit = r.share and r.share >= NEAR and r.ratio >= 1
  if r.ratio < r.target and not at_limit then return "not met" end
  if old then return ("met against %s only"):format(old) end
  return r.ratio >= r.target and "met" or "met at the limit"
end

--- The word for a result: {target =, ratio =, share =, version =, bound =,
--- ours =, failed =}.
return function(r)
  if r.failed then return r.failed end
  if r.bound and r.ours > r.bound then return "not met" end
  if r.target then return by_ratio(r) end
  return r.bound and "met" or "no target"
end
