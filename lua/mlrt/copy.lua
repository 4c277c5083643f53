-- copy.lua: plain data once more, tables within tables too.

local function copy(v)
  if type(v) ~= "table" then return v end
  local t = {}
  for key, x in pairs(v) do t[key] = copy(x) end
  return t
end

return copy
