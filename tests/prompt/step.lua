-- Steps without an end over many groups: each has made as many, or none.
m = require "mlrt"
local groups = {}
for i = 1, 200 do
  local p = m.zeros(100, {requires_grad = true})
  p.grad = m.ones(100)
  groups[i] = {params = {p}}
end
optimizer = m.optim.SGD(groups, {lr = 1})
function consistent()
  local first = groups[1].params[1]:detach()[1]
  for _, group in ipairs(groups) do
    if group.params[1]:detach()[1] ~= first then return false end
  end
  return first < 0
end
print "stepping"
while true do optimizer:step() end
