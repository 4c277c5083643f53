-- train_mnist.lua: teaches a network to read handwritten digits.
--
--   mlrun examples/train_mnist.lua                  97 % and more in 3 epochs
--   mlrun examples/train_mnist.lua --net better     99 % and more in 6 epochs
--   mlrun examples/train_mnist.lua --help           all options
--
-- Shows the whole way: data from files, a network, training, the test on
-- images it has not seen, a file with the result (for predict_mnist.lua), and a
-- folder with the run's log, checkpoints and report.html.  custom_loop.lua has
-- the loop by hand.

local m = require "mlrt"
local nn, data = m.nn, m.data

local opt = m.cli({
  epochs = 0, batch = 64, lr = 1e-3, seed = 1, threads = 0, limit = 0,
  net = "seed", data = "", out = "mnist.mlrt", folder = "",
}, {
  about = "Trains a network on the MNIST digits.",
  epochs = "passes over the training images; 0: 3, or 6 of the better net",
  batch = "images in one step",
  lr = "learning rate of Adam",
  seed = "start of the random numbers: weights, order, dropout",
  threads = "threads to compute with; 0: one per core",
  limit = "use the first N training images; 0: all 60,000",
  net = "seed (one convolution) or better (two, pooling, dropout)",
  data = "folder with the four files; else looked for, else fetched",
  out = "file to save the trained network in",
  folder = "folder of the run; one that is there goes on (runs/mnist-N)",
})

-- ---- Data -----------------------------------------------------------------

-- Tries the file as it is, then gzipped.
local function read(folder, name)
  local t = m.io.read_idx(folder .. "/" .. name)
  if t then return t end
  return m.io.read_idx(folder .. "/" .. name .. ".gz")
end

-- Images (N, 1, 28, 28) of bytes, and the digits as classes: class 1 is "0".
local function load_digits(folder, part)
  local images = read(folder, part .. "-images-idx3-ubyte")
  local labels = read(folder, part .. "-labels-idx1-ubyte")
  if not images or not labels then return nil end
  return images:unsqueeze(2), labels:index {base = 0}
end

-- The first of the usual folders that holds the files; else they are fetched.
local function find_folder()
  local home, shared = os.getenv "HOME" or ".", os.getenv "MLRT_DATA" or "."
  local folders = opt.data ~= "" and {opt.data}
    or {shared .. "/mnist", home .. "/.cache/mlrt/mnist"}
  for _, folder in ipairs(folders) do
    if load_digits(folder, "t10k") then return folder end
  end
  if opt.data ~= "" then error("no MNIST files in " .. opt.data, 0) end
  local here = arg[0]:match "^(.*)/" or "."
  local fetch = assert(io.popen("sh '" .. here .. "/fetch_mnist.sh'"))
  local folder = fetch:read "a":match "([^\n]+)\n*$"
  fetch:close()
  return folder or error("MNIST could not be fetched", 0)
end

local folder = find_folder()
local images, labels = load_digits(folder, "train")
local test_images, test_labels = load_digits(folder, "t10k")
if not images then error("no training files in " .. folder, 0) end
if folder:find "fashion" then
  print "This is FASHION-MNIST, clothes in place of digits: expect about 0.90."
end
if opt.limit > 0 and opt.limit < #images then
  images, labels = images[{{1, opt.limit}}], labels[{{1, opt.limit}}]
end

-- Pixels 0..255 become -1..1 while a batch is gathered.
local pixels = {scale = 1 / 127.5, shift = -1}
local train = data.Loader(data.TensorDataset(images, labels),
  {batch = opt.batch, shuffle = true, seed = opt.seed, normalise = pixels})
local test = data.Loader(data.TensorDataset(test_images, test_labels),
  {batch = 1000, normalise = pixels})

-- ---- Network --------------------------------------------------------------

local nets = {}

function nets.seed()
  return nn.Sequential(
    nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Flatten(),
    nn.Linear(32 * 26 * 26, 128), nn.ReLU(), nn.Linear(128, 10))
end

function nets.better()
  return nn.Sequential(
    nn.Conv2d(1, 32, 3, {padding = 1}), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, {padding = 1}), nn.ReLU(), nn.MaxPool2d(2),
    nn.Dropout(0.25), nn.Flatten(),
    nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Dropout(0.5),
    nn.Linear(128, 10))
end

if not nets[opt.net] then error("--net is seed or better", 0) end
if opt.epochs == 0 then opt.epochs = opt.net == "better" and 6 or 3 end
if opt.threads > 0 then m.threads(opt.threads) end
m.seed(opt.seed)
local net = nets[opt.net]()
print(net:summary {1, 1, 28, 28})

-- ---- Training and test ----------------------------------------------------

-- The test images are looked at after each epoch, but decide nothing.
local run = m.train.fit {
  model = net, data = train, val = test, loss = nn.CrossEntropyLoss(),
  optimizer = m.optim.Adam(net:parameters(), {lr = opt.lr}),
  epochs = opt.epochs, monitor = "accuracy", resume = opt.folder ~= "",
  folder = opt.folder ~= "" and opt.folder or m.train.new_folder "runs/mnist",
  report = {names = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, examples = test_images},
}
assert(m.save(opt.out, {net = net:eval(), pixels = pixels}))
print(("saved to %s; see %s"):format(opt.out, run.report))
print(("test accuracy: %.4f"):format(
  run.history[#run.history].validation.accuracy))
