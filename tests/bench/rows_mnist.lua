-- The seed's CNN on MNIST, one whole training step: gathering and normalising
-- 64 images, forward, cross entropy, backward, Adam.

local here, _, limits = ...
local mnist = assert(loadfile(here .. "/../golden/mnist.lua"))()
local folder = mnist.folder()

local function make()
  if not folder then return nil, "MNIST is not here" end
  return mnist.stepper(folder)
end

local function command(flags)
  return function(_, threads)
    return ("python3 '%s/peers/mnist_step_torch.py' %s%d '%s'"):format(here,
      flags, threads, folder)
  end
end

-- The first layer needs no gradient of its input, fc1 all three products.
local BATCH, PIXELS, WIDE = 64, 26 * 26, 21632
local conv = limits.product(32, BATCH * PIXELS, 9)

return {{
  id = "mnist_step", name = "MNIST CNN, Adam, batch 64: step",
  make = make, warm = 50, check = 1e-3,
  peers = {
    {label = "torch eager", target = 1.3, command = command ""},
    {label = "torch.compile", target = 1.15, command = command "--compile "},
  },
  limit = {
    conv, limits.product(32, 9, BATCH * PIXELS),
    limits.product(BATCH, 128, WIDE), limits.product(128, WIDE, BATCH),
    limits.product(BATCH, WIDE, 128),
    -- The convolution's output is written, read by fc1's gradient, and its
    -- own gradient is written and read.
    {bytes = 4 * 4 * BATCH * WIDE, set = 2 * 4 * BATCH * WIDE},
    {bytes = 7 * 4 * 2770634, set = 4 * 4 * 2770634, kind = "update"},
  },
}}
