-- thin.lua: fewer points for the same curve.

local thin = {}

--- At most n points: means of neighbours, with the first and the last as they
--- are.
function thin.means(points, n)
  if #points <= n then return points end
  local kept, inner = {points[1]}, #points - 2
  for k = 1, n - 2 do
    local from, to = 2 + (k - 1) * inner // (n - 2), 1 + k * inner // (n - 2)
    local x, y = 0, 0
    for i = from, to do x, y = x + points[i][1], y + points[i][2] end
    kept[#kept + 1] = {x / (to - from + 1), y / (to - from + 1)}
  end
  kept[#kept + 1] = points[#points]
  return kept
end

--- At most n of the points themselves, evenly.
function thin.some(points, n)
  if #points <= n then return points end
  local kept = {}
  for k = 1, n do
    kept[k] = points[1 + (k - 1) * (#points - 1) // (n - 1)]
  end
  return kept
end

return thin
