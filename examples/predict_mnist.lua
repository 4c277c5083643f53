-- predict_mnist.lua: shows test digits and what a trained network reads.
--
--   mlrun examples/train_mnist.lua            saves mnist.mlrt
--   mlrun examples/predict_mnist.lua [mnist.mlrt] [--count 5] [--first 1]
--
-- The file holds data only: the network is rebuilt from the names and numbers
-- in it, together with the scale of the pixels it was trained with.

local m = require "mlrt"

local opt = m.cli({count = 5, first = 1, data = ""}, {
  about = "Shows digits as characters with a network's prediction.",
  arguments = "[file saved by train_mnist.lua]",
  count = "how many digits",
  first = "position of the first one among the 10,000 test images",
  data = "folder with the MNIST files",
})

local function find_folder()
  local home, shared = os.getenv "HOME" or ".", os.getenv "MLRT_DATA" or "."
  for _, folder in ipairs {opt.data, shared .. "/mnist",
    home .. "/.cache/mlrt/mnist", "/usr/share/datasets/fashion-mnist"} do
    for _, ending in ipairs {"", ".gz"} do
      local name = folder .. "/t10k-%s-ubyte" .. ending
      local images = m.io.read_idx(name:format "images-idx3")
      local labels = m.io.read_idx(name:format "labels-idx1")
      if images and labels then return images, labels end
    end
  end
  error("no MNIST files: run examples/train_mnist.lua first", 0)
end

local images, labels = find_folder()
local saved = assert(m.load(opt[1] or "mnist.mlrt"))
local net = saved.net:eval()

-- Two rows of pixels make one line, because characters are tall.
local shades = {" ", ".", ":", "+", "#", "@"}
local function draw(image)
  for row = 1, 28, 2 do
    local line = {}
    for column = 1, 28 do
      local ink = (image(row, column) + image(row + 1, column)) / 2
      line[column] = shades[1 + math.floor(ink / 256 * #shades)]
    end
    print(table.concat(line))
  end
end

local _ <close> = m.no_grad()
for i = opt.first, math.min(opt.first + opt.count - 1, #images) do
  local image = images[i]
  local x = image:to "f32" * saved.pixels.scale + saved.pixels.shift
  local chances = net(x:reshape(1, 1, 28, 28)):softmax(2)[1]
  local class = chances:argmax():item()
  draw(image)
  print(("this is a %d: the network says %d, and is %.1f %% sure\n"):format(
    labels(i), class - 1, 100 * chances[class]))
end
