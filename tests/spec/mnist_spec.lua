-- mnist_spec.lua: the same training run as PyTorch's, and the same bits again.

local m = require "mlrt"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local mnist = assert(loadfile(here .. "/../golden/mnist.lua"))()

local function losses(steps)
  local step, list = mnist.stepper(mnist.folder()), {}
  for i = 1, steps do list[i] = step():item() end
  return list
end

describe("MNIST", function()
  it("has PyTorch's first 50 losses to 1e-3", function()
    if not mnist.folder() then skip "MNIST is not here" end
    local golden, got, worst = mnist.golden(), losses(50), 0
    for i, want in ipairs(golden.losses_f64) do
      worst = math.max(worst, math.abs(got[i] - want))
    end
    print(("largest difference of 50 losses: %.2g"):format(worst))
    assert(worst < 1e-3)
  end)

  it("gives the same bits twice, and with 1 and 2 threads", function()
    if not mnist.folder() then skip "MNIST is not here" end
    local before = m.threads()
    m.threads(1)
    local a, b = losses(8), losses(8)
    m.threads(2)
    local c = losses(8)
    m.threads(before)
    eq(b, a)
    eq(c, a)
  end)
end)
