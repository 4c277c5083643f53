-- transforms.lua: the transforms by name, under torchvision's names.

local options = require "mlrt.options"
local Transform = require "mlrt.data.transform"

local transforms = {Compose = Transform.Compose}

for _, part in ipairs {"geometry", "pixels"} do
  for name, cls in pairs(require("mlrt.data." .. part)) do
    transforms[name] = cls
  end
end

local names = {}
for name in pairs(transforms) do names[#names + 1] = name end
table.sort(names)

return setmetatable(transforms, {__index = function(_, name)
  error("mlrt.data.transforms: "
    .. options.unknown("transform", tostring(name), names), 2)
end})
