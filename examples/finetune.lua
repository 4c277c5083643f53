-- finetune.lua: a network that knows some digits learns others from few.
--
--   mlrun examples/finetune.lua              10 images of each new digit
--   mlrun examples/finetune.lua --shots 3    three of each
--
-- Trains on the digits 0 to 4, then on a few images of 5 to 9 in three ways:
-- from scratch; with the layers that see shapes frozen under a new head; and
-- with all layers, the old ones at a tenth of the head's learning rate.

local m = require "mlrt"
local nn, data, train = m.nn, m.data, m.train

local opt = m.cli({shots = 10, limit = 20000, epochs = 30, seed = 1, data = ""},
  {
    about = "Teaches a trained network new digits from few images.",
    shots = "images of each new digit",
    limit = "how many images of all digits to take the old ones from",
    epochs = "passes over the few images",
    seed = "start of the random numbers",
    data = "folder with the four files of MNIST; else looked for, else fetched",
  })

-- ---- Data -----------------------------------------------------------------

local folder = opt.data
if folder == "" then
  local here = arg[0]:match "^(.*)/" or "."
  local fetch <close> = assert(io.popen("sh '" .. here .. "/fetch_mnist.sh'"))
  folder = fetch:read "a":match "([^\n]+)\n*$"
    or error("MNIST could not be fetched", 0)
end

-- Images (N, 1, 28, 28) of bytes, and the digits as classes: class 1 is "0".
local function load_digits(part, limit)
  local function read(name)
    local path = ("%s/%s-%s-ubyte"):format(folder, part, name)
    return m.io.read_idx(path) or assert(m.io.read_idx(path .. ".gz"))
  end
  local images = read "images-idx3":unsqueeze(2)
  local n = math.min(#images, limit or #images)
  return images[{{1, n}}], read "labels-idx1":index {base = 0}[{{1, n}}]
end

-- Those of the classes first..first + 4 as classes 1..5; with `shots` only so
-- many of each.
local function five(images, labels, first, shots)
  local rows = {}
  for class = first, first + 4 do
    local found = labels:eq(class):nonzero():reshape(-1)
    rows[#rows + 1] = found[{{1, math.min(#found, shots or #found)}}]
  end
  rows = m.cat(rows, 1)
  local classes = labels:index_select(1, rows):to "i64" - (first - 1)
  return data.TensorDataset(images:index_select(1, rows),
    classes:index {base = 1})
end

local function loader(dataset, batch)
  return data.Loader(dataset, {batch = batch, shuffle = batch < 500,
    seed = opt.seed, normalise = {1 / 127.5, -1}})
end

local images, labels = load_digits("train", opt.limit)
local test_images, test_labels = load_digits "t10k"
local old = loader(five(images, labels, 1), 64)
local new = loader(five(images, labels, 6, opt.shots), 16)
local test = loader(five(test_images, test_labels, 6), 1000)

-- ---- The network of before ------------------------------------------------

m.seed(opt.seed)
local function features()
  return nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
end

-- Trains without a word; returns the accuracy on test data, if there are any.
local function fit(net, groups, batches, epochs, judged)
  train.fit {model = net, data = batches, loss = nn.CrossEntropyLoss(),
    optimizer = m.optim.Adam(groups, {lr = 1e-3}), epochs = epochs,
    progress = not judged}
  return judged and train.evaluate {model = net, data = judged,
    loss = nn.CrossEntropyLoss()}.accuracy
end

local known = nn.Sequential(features(), nn.Linear(32 * 5 * 5, 5))
print(("%d images of the digits 0 to 4:"):format(#old.dataset))
fit(known, known:parameters(), old, 2)

-- ---- New digits -----------------------------------------------------------

local ways = {}

ways[1] = {"from scratch", function()
  local net = nn.Sequential(features(), nn.Linear(32 * 5 * 5, 5))
  return net, net:parameters()
end}

-- The old layers with their weights, under a new head.
local function with_new_head()
  local net = nn.Sequential(features(), nn.Linear(32 * 5 * 5, 5))
  net[1]:load_state(known[1]:state())
  return net
end

ways[2] = {"new head, the rest frozen", function()
  local net = with_new_head()
  net[1]:requires_grad_(false)
  return net, net[2]:parameters()
end}

ways[3] = {"new head, the rest at a tenth of the rate", function()
  local net = with_new_head()
  return net, {{params = net[1]:parameters(), lr = 1e-4},
    {params = net[2]:parameters()}}
end}

print(("%d images of the digits 5 to 9; accuracy on %d others:"):format(
  #new.dataset, #test.dataset))
for _, way in ipairs(ways) do
  local net, groups = way[2]()
  print(("  %-44s %.4f"):format(way[1], fit(net, groups, new, opt.epochs,
    test)))
end
