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
local late = require "mlrt.late"

local mlrt = {}

for name, value in pairs(core) do
  if name:sub(1, 1) ~= "_" then mlrt[name] = value end
end

-- For the library's own use.
mlrt.on_error, mlrt.optimizer = nil, nil

return late(mlrt, "mlrt.", {
  nn = {"nn"},
  optim = {"optim"},
  data = {"data"},
  df = {"df"},
  autograd = {"autograd"},
  gradcheck = "autograd",
  checkpoint_sequential = "autograd",
  cli = {"cli"},
  progress = {"progress"},
  profile = {"profile"},
  chart = {"chart"},
  runs = {"runs"},
  sparkline = {"sparkline"},
  json = {"json"},
  metrics = {"metrics"},
  ledger = {"ledger"},
  prep = {"prep"},
  roi = {"roi"},
  report = {"report"},
  rl = {"rl"},
  train = {"train"},
  help = {"help"},
  save = "save",
  load = "save",
  register_class = "save",
})
