-- show.lua: the texts between a layer's parentheses.

local show = {}

--- A list of sizes as "(3, 3)", anything else as itself.
function show.value(v)
  if type(v) ~= "table" then return tostring(v) end
  return "(" .. table.concat(v, ", ") .. ")"
end

--- ", name=value" for those of the named fields that differ from the default:
--- extras(self, "stride", 1, "padding", 0).
function show.extras(self, ...)
  local parts = {}
  for i = 1, select("#", ...), 2 do
    local name, default = select(i, ...)
    local text = show.value(self[name])
    if text ~= show.value(default) then
      parts[#parts + 1] = (", %s=%s"):format(name, text)
    end
  end
  return table.concat(parts)
end

--- The same without the first comma, for layers that have no sizes to show.
function show.only(self, ...)
  return (show.extras(self, ...):sub(3))
end

--- ", bias=false" for a layer without one.
function show.bias(self)
  return self.bias and "" or ", bias=false"
end

return show
