-- mlrt: tensors, gradients, networks and their training, for Lua.
--
--   local m = require "mlrt"
--   local x = m.randn(3, 4, {requires_grad = true})
--   (x * x):sum():backward()
--   print(x.grad)
--
-- Every operation of the core is a function here and a method of tensors; the
-- parts below are loaded when they are first used.

local core = require "mlrt.core"

local mlrt = {}

for name, value in pairs(core) do
  if name:sub(1, 1) ~= "_" then mlrt[name] = value end
end

-- For the library's own use.
mlrt.on_error, mlrt.optimizer = nil, nil

-- name = {module, field of it or nil for the module itself}
local parts = {
  nn = {"mlrt.nn"},
  optim = {"mlrt.optim"},
  data = {"mlrt.data"},
  df = {"mlrt.df"},
  autograd = {"mlrt.autograd"},
  gradcheck = {"mlrt.autograd", "gradcheck"},
  checkpoint_sequential = {"mlrt.autograd", "checkpoint_sequential"},
  cli = {"mlrt.cli"},
  progress = {"mlrt.progress"},
  profile = {"mlrt.profile"},
  chart = {"mlrt.chart"},
  runs = {"mlrt.runs"},
  sparkline = {"mlrt.sparkline"},
  json = {"mlrt.json"},
  metrics = {"mlrt.metrics"},
  ledger = {"mlrt.ledger"},
  prep = {"mlrt.prep"},
  roi = {"mlrt.roi"},
  report = {"mlrt.report"},
  rl = {"mlrt.rl"},
  train = {"mlrt.train"},
  help = {"mlrt.help"},
  save = {"mlrt.save", "save"},
  load = {"mlrt.save", "load"},
  register_class = {"mlrt.save", "register_class"},
}

return setmetatable(mlrt, {
  parts = parts, -- for those who list what there is
  __index = function(self, name)
    local part = parts[name]
    if not part then return nil end
    local value = require(part[1])
    if part[2] then value = value[part[2]] end
    rawset(self, name, value)
    return value
  end,
})
