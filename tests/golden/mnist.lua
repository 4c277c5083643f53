-- mnist.lua: the run on MNIST that mnist_losses.json describes.
--
-- The seed's network with weights from the file's integer formula, and the
-- order of its batches; for the test of the 50 losses and for the benchmark.

local m = require "mlrt"
local nn = m.nn

local mnist = {batch = 64}

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

--- The golden file as a table.
function mnist.golden()
  local f = assert(io.open(here .. "/mnist_losses.json"))
  local text = f:read "a"
  f:close()
  return assert(m.json.decode(text))
end

-- Element k of SplitMix64 (Steele, Lea and Flood 2014), as u in [0, 1).
local function uniform(k)
  local z = (k + 1) * 0x9E3779B97F4A7C15
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  z = z ~ (z >> 31)
  return (z >> 11) * 2.0 ^ -53
end

local function fill(p, first, bound)
  local values = {}
  for i = 1, p:numel() do
    values[i] = (2 * uniform(first + i - 1) - 1) * bound
  end
  local _ <close> = m.no_grad()
  p:copy_(m.tensor(values, {dtype = "f64"}):reshape(p.shape))
  return first + p:numel()
end

--- conv 1->32 3x3, ReLU, flatten, 21632->128, ReLU, 128->10.
function mnist.net()
  local net = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Flatten(),
    nn.Linear(21632, 128), nn.ReLU(), nn.Linear(128, 10))
  local k = 0
  for _, layer in ipairs {net[1], net[4], net[6]} do
    local bound = 1 / math.sqrt(layer.weight:numel() / layer.weight:size(1))
    k = fill(layer.weight, k, bound)
    k = fill(layer.bias, k, bound)
  end
  return net
end

--- The folder of the four files, or nil.
function mnist.folder()
  local shared, home = os.getenv "MLRT_DATA", os.getenv "HOME"
  for _, folder in ipairs {shared and shared .. "/mnist" or ".",
    (home or ".") .. "/.cache/mlrt/mnist"} do
    if m.io.read_idx(folder .. "/t10k-labels-idx1-ubyte") then return folder end
  end
end

--- Images (N, 1, 28, 28) as bytes, labels as classes.
function mnist.load(folder, part)
  local images = assert(m.io.read_idx(("%s/%s-images-idx3-ubyte"):format(
    folder, part)))
  local labels = assert(m.io.read_idx(("%s/%s-labels-idx1-ubyte"):format(
    folder, part)))
  return images:unsqueeze(2), labels:index {base = 0}
end

--- An iterator without end over index tensors of 64 images: the file's first,
--- then random ones.
function mnist.order(count)
  local first = m.tensor(mnist.golden().indices, {dtype = "i64"})
    :index {base = 0}
  local g, order, at = m.generator(1), first, 1
  return function()
    if at + mnist.batch > #order + 1 then
      order, at = m.randperm(count, {generator = g}), 1
    end
    local rows = order:narrow(1, at, mnist.batch)
    at = at + mnist.batch
    return rows
  end
end

--- A function that does one training step and returns its loss, a tensor.
function mnist.stepper(folder)
  local images, labels = mnist.load(folder, "train")
  local net, next_rows = mnist.net(), mnist.order(#images)
  local optimizer = m.optim.Adam(net:parameters(), {lr = 1e-3})
  return function()
    local rows = next_rows()
    local x = m.gather_rows(images, rows, 2 / 255, -1)
    local y = labels:index_select(1, rows)
    optimizer:zero_grad()
    local loss = m.cross_entropy(net(x), y)
    loss:backward()
    optimizer:step()
    return loss:detach()
  end
end

return mnist
