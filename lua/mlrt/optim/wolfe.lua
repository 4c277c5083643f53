-- wolfe.lua: how far to go along a direction.
--
-- A step t is taken that satisfies the strong Wolfe conditions: with f the
-- function along the direction and s its slope,
--   f(t) <= f(0) + c1 t s(0)   and   |s(t)| <= c2 |s(0)|.
-- An interval that holds one is looked for first, then narrowed (Nocedal and
-- Wright 2006, algorithms 3.5 and 3.6).

local C1, C2 = 1e-4, 0.9

-- The least point between low and high of the cubic through two points with
-- their slopes (formula 3.59).  Points are {t =, f =, slope =, g =}.
local function cubic(a, b, low, high)
  if a.t > b.t then a, b = b, a end
  local d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
  local square = d1 * d1 - a.slope * b.slope
  local d2 = math.sqrt(square) -- nan: there is none
  local t = b.t - (b.t - a.t) * ((b.slope + d2 - d1)
    / (b.slope - a.slope + 2 * d2))
  if t ~= t then return (low + high) / 2 end
  return math.min(math.max(t, low), high)
end

local function flat_enough(p, start)
  return math.abs(p.slope) <= -C2 * start.slope
end

local function too_high(p, start)
  return p.f > start.f + C1 * p.t * start.slope
end

-- Goes on until two points have a step between them, or one is such a step:
-- returns them (the second nil), and how many were tried.
local function bracket(evaluate, start, t, most)
  local before, p, tried = start, evaluate(t), 0
  while tried < most do
    if too_high(p, start) or tried > 1 and p.f >= before.f then
      return before, p, tried
    end
    if flat_enough(p, start) then return p, nil, tried end
    if p.slope >= 0 then return before, p, tried end
    local low = p.t + 0.01 * (p.t - before.t)
    local next_t = cubic(before, p, low, p.t * 10)
    before, p, tried = p, evaluate(next_t), tried + 1
  end
  return start, p, tried
end

-- The point to try between two; too near an end for the second time running,
-- it is moved away from it.
local function between(a, b, near_before)
  local low, high = math.min(a.t, b.t), math.max(a.t, b.t)
  local t = cubic(a, b, low, high)
  local margin = 0.1 * (high - low)
  if math.min(high - t, t - low) >= margin then return t, false end
  if not (near_before or t >= high or t <= low) then return t, true end
  if math.abs(t - high) < math.abs(t - low) then return high - margin, false end
  return low + margin, false
end

-- Narrows the interval between a and b; returns its better end.
local function zoom(evaluate, start, a, b, tried, tolerance, most)
  local best, other, near = a, b, false
  if b.f < a.f then best, other = b, a end
  while tried < most and math.abs(b.t - a.t) >= tolerance do
    local t
    t, near = between(a, b, near)
    local p = evaluate(t)
    tried = tried + 1
    if too_high(p, start) or p.f >= best.f then
      other = p
    else
      if flat_enough(p, start) then return p end
      if p.slope * (other.t - best.t) >= 0 then other = best end
      best = p
    end
    if other.f < best.f then best, other = other, best end
    a, b = best, other
  end
  return best
end

--- The point {t =, f =, slope =, g =} to go to from `start` (its t is 0), t
--- being tried first.  evaluate(t) makes such a point, at most `most` times and
--- once more.
return function(evaluate, start, t, tolerance, most)
  local a, b, tried = bracket(evaluate, start, t, most)
  if not b then return a end
  return zoom(evaluate, start, a, b, tried, tolerance, most)
end
