-- The smallest operation from Lua: four elements, so nothing but the way from
-- the script to the kernel and back.  There is no limit to compare with; the
-- instructions are counted by tests/check/dispatch.sh.

local _, torch, _, data = ...

local function add(recorded)
  return function()
    local a, b = data.fill(1, {4}), data.fill(2, {4})
    a.requires_grad = recorded
    return function() return a + b end, data.digest
  end
end

return {
  {id = "add_4", name = "add of 4 elements, not recorded",
    make = add(false), check = 1e-6, peers = torch(5), one_thread = true},
  {id = "add_4_grad", name = "add of 4 elements, recorded",
    make = add(true), check = 1e-6, peers = torch(4), one_thread = true},
}
