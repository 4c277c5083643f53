-- resume.lua: a run for resume.sh to kill and for full_disk.sh: a small network
-- with all that has a state, trained into the folder arg[1] with a checkpoint
-- every few steps.  Prints a digest of the weights, the optimizer and the log
-- at its end.  arg[2]: milliseconds that a step takes longer; arg[3]: a folder
-- to fill up with files after step 7, but for arg[4] blocks.

local m = require "mlrt"
local nn = m.nn

local folder, pause = arg[1], (tonumber(arg[2]) or 0) / 1000

-- ---- Data, with random numbers drawn in every place -----------------------

m.seed(7)
local x, noise = m.randn(330, 8), m.generator(5)
local y = (x:sum(2) + m.randn(330) * 0.5):gt(0):to "i64":index {base = 0}
local function jitter(a, b)
  return a + m.randn(a.shape, {generator = noise}) * 0.1, b
end
local set = m.data.TensorDataset(x, y)
local train = m.data.Loader(set, {batch = 32, shuffle = true, seed = 3,
  transform = jitter})
local val = m.data.Loader(set, {batch = 100, shuffle = true, seed = 4})

m.seed(11)
local net = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(),
  nn.Dropout(0.3), nn.Linear(16, 2))
local optimizer = m.optim.Adam({{params = net[1]:parameters(), lr = 0.01},
  {params = net[2]:parameters()}, {params = net[5]:parameters()}}, {lr = 0.02})

-- ---- The run --------------------------------------------------------------

local BLOCK = ("x"):rep(4096)

-- Files of a block until no more fit; then arg[4] of them are removed.
local function fill(into)
  local names = {}
  while #names < 1000 do
    local name = ("%s/filler%d"):format(into, #names)
    local f = io.open(name, "wb")
    local ok = f and f:write(BLOCK) and f:close()
    names[#names + 1] = f and name
    if not ok then break end
  end
  for _ = 1, tonumber(arg[4]) do os.remove(table.remove(names)) end
end

local filler = {name = "filler", after_step = function(_, run)
  if arg[3] and run.step == 7 then fill(arg[3]) end
end}

local slow = {name = "slow", after_step = function()
  local until_then = m.time() + pause
  while m.time() < until_then do end
end}

local run = m.train.fit {model = net, data = train, val = val,
  loss = nn.CrossEntropyLoss(), optimizer = optimizer, epochs = 6,
  accumulate = 2, folder = folder, resume = true, save_every = 2,
  log_every = 1, progress = false, keep = {noise = noise},
  report = {samples = 2}, callbacks = {slow, filler,
    m.train.Clip {norm = 1}, m.train.EMA {decay = 0.9},
    m.train.Schedule(m.optim.schedule.cosine {steps = 36}, {factor = true}),
    m.train.EarlyStopping {patience = 100}}}

-- ---- What it came to ------------------------------------------------------

local function digest(v, seen)
  if m.is_tensor(v) then
    local bytes = {}
    for i, e in ipairs(v:to "f64":flatten():totable()) do
      bytes[i] = ("%a"):format(e)
    end
    return table.concat(bytes, " ")
  elseif type(v) ~= "table" then
    return math.type(v) == "float" and ("%a"):format(v) or tostring(v)
  end
  local keys, parts = {}, {}
  for key in pairs(v) do
    if not seen[key] then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do
    parts[i] = tostring(key) .. "=" .. digest(v[key], seen)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- All but what a clock said.
local clocks = {seconds = true, ledger = true, callbacks = false}
local state = run:state()
state.callbacks.Folder = nil -- lengths of texts with times in them
print(digest(state, clocks))
print(digest(net:state(), {}))
for line in io.lines(folder .. "/log.jsonl") do
  local entry = assert(m.json.decode(line))
  print(digest(entry, clocks))
end
print(digest(assert(m.load(folder .. "/best.mlrt")), {}))
