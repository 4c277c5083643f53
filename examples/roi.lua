-- roi.lua: does a network that reads postcodes earn what it costs?
--
--   mlrun examples/roi.lua                     the whole calculation
--   mlrun examples/roi.lua --volume 2000       a post office too small for it
--   mlrun examples/roi.lua --help              all assumptions
--
-- Trains a network on the MNIST digits and counts what that costs, measures
-- what reading costs, and holds both against what right and wrong readings are
-- worth.  A digit the network is not sure of goes to a person, as all do
-- without it.  Leaves report.html in the folder --out.

local m = require "mlrt"
local nn, data = m.nn, m.data

local opt = m.cli({
  volume = 3e6, by_hand = 0.01, wrong = 0.40, development = 8000.0,
  operation = 2000.0, retrains = 12, years = 3, discount = 0.08,
  per_hour = 0.35, per_kwh = 0.30, watts = 65.0, minutes = 5.0,
  epochs = 2, limit = 30000, seed = 1, data = "", out = "roi-run",
}, {
  about = "Reckons whether a network that reads digits earns what it costs.",
  volume = "digits to read in a year",
  by_hand = "what it costs when a person reads a digit",
  wrong = "what a wrong reading costs: a letter that goes astray",
  development = "people's work before the first digit is read",
  operation = "people's work in a year after that",
  retrains = "how often a year the network is trained anew",
  years = "how far to look", discount = "interest a year",
  per_hour = "price of the machine for an hour", per_kwh = "of energy",
  watts = "of the machine when it is busy",
  minutes = "budget of the training; what is learnt by then is judged",
  epochs = "passes over the training images", limit = "how many at most",
  seed = "start of the random numbers",
  data = "folder with the four files of MNIST; else looked for, else fetched",
  out = "folder for the report",
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
local function load_digits(part)
  local function read(name)
    local path = ("%s/%s-%s-ubyte"):format(folder, part, name)
    return m.io.read_idx(path) or assert(m.io.read_idx(path .. ".gz"))
  end
  local images = read "images-idx3":unsqueeze(2)
  local labels = read "labels-idx1":index {base = 0}
  local n = math.min(#images, opt.limit)
  return images[{{1, n}}], labels[{{1, n}}]
end

local images, labels = load_digits "train"
local test_images, test_labels = load_digits "t10k"
local pixels = {scale = 1 / 127.5, shift = -1}
local train = data.Loader(data.TensorDataset(images, labels),
  {batch = 64, shuffle = true, seed = opt.seed, normalise = pixels})
local test = data.Loader(data.TensorDataset(test_images, test_labels),
  {batch = 500, normalise = pixels})

-- ---- What training costs --------------------------------------------------

local function ledger_with(budget)
  return m.ledger {price_per_hour = opt.per_hour, price_per_kwh = opt.per_kwh,
    watts = opt.watts, currency = "EUR", budget = budget}:start()
end

m.seed(opt.seed)
local net = nn.Sequential(nn.Conv2d(1, 16, 3, {stride = 2}), nn.ReLU(),
  nn.Flatten(), nn.Linear(16 * 13 * 13, 64), nn.ReLU(), nn.Linear(64, 10))
local optimizer = m.optim.Adam(net:parameters(), {lr = 2e-3})
local training = ledger_with {minutes = opt.minutes}

local function train_epoch()
  for x, y in train:batches() do
    optimizer:zero_grad()
    m.cross_entropy(net(x), y):backward()
    optimizer:step()
    training:note {samples = #x}
    if training:exceeded() then return training:exceeded() end
  end
end

for epoch = 1, opt.epochs do
  local over = train_epoch()
  training:epoch(epoch)
  if over then print("stopped by the " .. over) break end
end
training:stop()
print("training\n" .. tostring(training))

-- ---- What reading costs, and how well it goes -----------------------------

net:eval()
local serving, outputs = ledger_with(), {}
do
  local _ <close> = m.no_grad()
  for x in test:batches() do
    outputs[#outputs + 1] = net(x):softmax(2)
    serving:note {samples = #x}
  end
end
serving:stop()
local probabilities = m.cat(outputs, 1)
print("\nreading\n" .. tostring(serving))
print("\naccuracy: " .. tostring(m.metrics.bootstrap(m.metrics.Accuracy,
  probabilities, test_labels, {samples = 200})))

-- Reading costs nothing where it is right; the eleventh decision, to ask, costs
-- a person's time.  What is asked is right.
local cost = {}
for i = 1, 10 do
  cost[i] = {}
  for j = 1, 10 do cost[i][j] = i == j and 0 or opt.wrong end
  cost[i][11] = opt.by_hand
end
local decided = m.metrics.cheapest_class(probabilities, {cost = cost})
local asked = decided:eq(11):to "f64":mean():item()
local final = m.where(decided:eq(11), test_labels:to "i64", decided:to "i64")
  :index {base = 1}
print(("%.2f %% go to a person; of all readings %.3f %% are wrong"):format(
  100 * asked, 100 - 100 * m.metrics.accuracy(final, test_labels)))

-- ---- Does it pay? ---------------------------------------------------------

-- Without the network a person reads every digit, rightly.
local roi = m.roi {
  volume = opt.volume, currency = "EUR",
  confusion = m.metrics.confusion_matrix(final, test_labels),
  value_per_correct = 0, cost_per_wrong = opt.wrong, baseline = -opt.by_hand,
  training = training, retrains = opt.retrains,
  serving = serving:per(1000).money + 1000 * asked * opt.by_hand,
  development = opt.development, fixed = opt.operation,
  years = opt.years, discount = opt.discount,
}
print("\n" .. tostring(roi))

assert(m.fs.mkdir(opt.out))
local costs = m.json.encode(training:report())
assert(m.io.write_file(opt.out .. "/cost.json", costs))
print("\n" .. m.report.write(opt.out, {roi = roi, title = "Reading postcodes",
  evaluation = m.report.evaluation(probabilities, test_labels, {samples = 50,
    names = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, examples = test_images})}))
