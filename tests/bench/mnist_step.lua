-- One training step of the seed's CNN on MNIST: gathering and normalising 64
-- images, forward, cross entropy, backward, Adam.

return function(here, threads)
  local mnist = assert(loadfile(here .. "/../golden/mnist.lua"))()
  local folder = mnist.folder()
  if not folder then return nil, "MNIST is not here" end
  local peer = ("python3 '%s/peers/mnist_step_torch.py' %%s%d '%s'"):format(
    here, threads, folder)
  return {
    name = "MNIST step, batch 64",
    step = mnist.stepper(folder),
    n = 100, warm = 50, check = 1e-3,
    peers = {{"torch eager", peer:format ""},
      {"torch.compile", peer:format "--compile "}},
  }
end
