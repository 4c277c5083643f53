-- ledger_spec.lua: what a run costs, against what is known of it.

local m = require "mlrt"
local nn = m.nn

-- Operations of f(), forward.
local function flops_of(f, ...)
  local _ <close> = m.no_grad()
  local before = m.flops()
  f(...)
  return m.flops() - before
end

local function write(path, text)
  assert(m.io.write_file(path, text))
end

-- A folder like /sys/class/powercap with a package, whose counter is `uj`.
local function powercap(folder, uj)
  assert(m.fs.mkdir(folder .. "/intel-rapl:0"))
  write(folder .. "/intel-rapl:0/name", "package-0\n")
  write(folder .. "/intel-rapl:0/max_energy_range_uj", "1000000000\n")
  write(folder .. "/intel-rapl:0/energy_uj", uj .. "\n")
end

local function remove(folder)
  os.execute("rm -r '" .. folder .. "'")
end

describe("floating-point operations", function()
  -- A product and its sum count 2, what makes an element once counts 1.
  local n, i, o = 3, 5, 7
  local image = {1, 2, 8, 8}
  local pixels = 2 * 8 * 8
  local cases = {
    {"Linear", {n, i}, 2 * n * i * o, function() return nn.Linear(i, o) end},
    {"Linear without bias", {n, i}, 2 * n * i * o, function()
      return nn.Linear(i, o, {bias = false}) end},
    {"Linear of sequences", {2, n, i}, 2 * 2 * n * i * o, function()
      return nn.Linear(i, o) end},
    {"Conv2d", image, 2 * 4 * (6 * 6) * (2 * 3 * 3), function()
      return nn.Conv2d(2, 4, 3) end},
    {"Conv2d of two padded images", {2, 2, 8, 8},
      2 * 2 * 4 * (8 * 8) * (2 * 3 * 3), function()
        return nn.Conv2d(2, 4, 3, {padding = 1}) end},
    {"Conv2d in steps of 2", image, 2 * 4 * (3 * 3) * (2 * 3 * 3), function()
      return nn.Conv2d(2, 4, 3, {stride = 2}) end},
    {"Conv2d in groups", image, 2 * 4 * (6 * 6) * (1 * 3 * 3), function()
      return nn.Conv2d(2, 4, 3, {groups = 2}) end},
    {"Conv1d", {1, 2, 8}, 2 * 4 * 6 * (2 * 3), function()
      return nn.Conv1d(2, 4, 3) end},
    {"ConvTranspose2d without bias", {1, 2, 6, 6},
      2 * 2 * (6 * 6) * (4 * 3 * 3), function()
        return nn.ConvTranspose2d(2, 4, 3, {bias = false}) end},
    {"ConvTranspose2d, whose bias is added afterwards", {1, 2, 6, 6},
      2 * 2 * (6 * 6) * (4 * 3 * 3) + 4 * (8 * 8), function()
        return nn.ConvTranspose2d(2, 4, 3) end},
    {"MaxPool2d", image, pixels, function() return nn.MaxPool2d(2) end},
    {"AvgPool2d", image, pixels, function() return nn.AvgPool2d(2) end},
    {"ReLU", {n, i}, n * i, function() return nn.ReLU() end},
    {"GELU", {n, i}, n * i, function() return nn.GELU() end},
    {"Sigmoid", {n, i}, n * i, function() return nn.Sigmoid() end},
    {"Softmax", {n, i}, n * i, function() return nn.Softmax(2) end},
    {"BatchNorm2d in evaluation", image, 6 * pixels, function()
      return nn.BatchNorm2d(2):eval() end},
    {"LayerNorm", {n, i}, 6 * n * i, function() return nn.LayerNorm(i) end},
    {"GroupNorm", image, 6 * pixels, function() return nn.GroupNorm(2, 2) end},
    {"Flatten", image, 0, function() return nn.Flatten() end},
    {"Dropout in evaluation", {n, i}, 0, function()
      return nn.Dropout(0.5):eval() end},
    {"Dropout in training", {n, i}, n * i, function()
      return nn.Dropout(0.5) end},
    {"Sequential", {n, i}, 2 * n * i * o + n * o + 2 * n * o * 2, function()
      return nn.Sequential(nn.Linear(i, o), nn.Tanh(), nn.Linear(o, 2)) end},
  }
  for _, case in ipairs(cases) do
    it("of " .. case[1] .. " are the analytic count", function()
      local layer, x = case[4](), m.ones(case[2])
      eq(flops_of(layer, x), case[3] + 0.0)
    end)
  end
  it("of a walk back are two products more", function()
    local layer = nn.Linear(i, o)
    local x = m.ones({n, i}, {requires_grad = true})
    local ledger = m.ledger()
    ledger:start()
    layer(x):backward(m.ones(n, o))
    -- The product, twice that for both gradients, the bias, and the ones.
    local flops = ledger:stop():report().flops
    local products = 3 * 2 * n * i * o
    eq(flops >= products and flops < products + 4 * n * o, true)
  end)
end)

describe("a ledger", function()
  it("adds up runs and epochs", function()
    local ledger = m.ledger {price_per_hour = 3600, cores = 2, watts = 50}
    local a = m.ones(30, 30)
    for epoch = 1, 2 do
      ledger:start()
      for _ = 1, epoch do
        a:matmul(a)
        ledger:note {samples = 30, bytes = 8}
      end
      ledger:epoch(epoch)
      ledger:stop()
      a:matmul(a) -- costs nothing: the ledger is not running
    end
    local r = ledger:report()
    eq({r.samples, r.bytes, r.flops}, {90, 24, 3 * 2 * 30 ^ 3})
    eq({r.epochs[1].flops, r.epochs[2].flops}, {2 * 30 ^ 3, 4 * 30 ^ 3})
    eq({r.epochs[1].samples, r.epochs[2].samples}, {30, 60})
    near(r.money, r.seconds, 1e-12)
    near(r.joules, 50 * r.cpu_seconds / 2, 1e-12)
    eq(r.joules_are, "estimated")
    near(r.per_thousand.flops, 2 * 30 ^ 3 / 30 * 1000)
    near(ledger:per(30).money, r.money / 3, 1e-9)
    eq(m.json.decode(m.json.encode(r)).samples, 90)
    for _, line in ipairs {"run", "epoch (mean of 2)", "1000 samples",
        "estimated", "peak memory"} do
      eq(tostring(ledger):find(line, 1, true) ~= nil, true)
    end
  end)
  it("measures time and processor time", function()
    local ledger = m.ledger()
    ledger:start()
    -- Threads that wait for work may be busy too, so one clock does not bound
    -- the other.
    local cpu, time = os.clock() + 0.02, m.time() + 0.02
    while os.clock() < cpu or m.time() < time do end
    local r = ledger:stop():report()
    eq({r.cpu_seconds >= 0.02, r.seconds >= 0.02}, {true, true})
    eq(r.cpu_seconds < 5 and r.seconds < 60, true)
    eq(r.joules, nil)
    eq(r.money, nil)
    eq(r.peak_process_bytes > 1e6, true)
  end)
  it("sees what is read from files", function()
    local path = os.tmpname()
    write(path, ("x"):rep(100000))
    local ledger = m.ledger()
    ledger:start()
    for _ = 1, 5 do ledger:epoch() end -- looking is not what the run reads
    local before = ledger:epoch().bytes
    local f = assert(io.open(path))
    f:read "a"
    f:close()
    eq({before, ledger:epoch().bytes}, {0, 100000})
    os.remove(path)
  end)
  it("reads energy counters, also when they begin again", function()
    local folder = os.tmpname()
    os.remove(folder)
    powercap(folder, 900000000)
    local ledger = m.ledger {rapl = folder, price_per_kwh = 3.6e6,
      budget = {joules = 150}}
    ledger:start()
    powercap(folder, 950000000)
    eq({ledger:report().joules, ledger:report().joules_are}, {50.0, "measured"})
    eq(ledger:exceeded(), nil)
    powercap(folder, 80000000)
    near(ledger:stop():report().joules, 180)
    near(ledger:report().money, 180)
    local other = m.ledger {rapl = folder, budget = {joules = 150}}
    other:load_state(ledger:state())
    eq(other:exceeded(), "budget: 180 of 150 joules")
    remove(folder)
  end)
  it("ends a run by its budget", function()
    local ledger = m.ledger {budget = {minutes = 0.01 / 60}}
    eq(ledger:exceeded(), nil)
    ledger:start()
    local steps = 0
    repeat steps = steps + 1 until ledger:exceeded()
    eq(ledger:exceeded():find "^budget: [%d.e-]+ of 0.0001" ~= nil, true)
    local rich = m.ledger {price_per_hour = 1, currency = "EUR",
      budget = {money = 0}}
    eq(rich:exceeded(), "budget: 0 of 0 EUR")
  end)
  it("goes on from a state", function()
    local a = m.ledger()
    a:start()
    m.ones(10, 10):matmul(m.ones(10, 10))
    a:note {samples = 5}
    a:epoch(1)
    local state = m.json.decode(m.json.encode(a:state()))
    local b = m.ledger()
    b:start()
    b:load_state(state)
    b:note {samples = 7}
    b:epoch(2)
    local r = b:stop():report()
    eq({r.samples, #r.epochs, r.epochs[2].samples}, {12, 2, 7})
    eq(r.epochs[2].flops, 0.0)
    raises("a ledger's state expected, got a nil", a.load_state, a)
    raises("'seconds' is a string", a.load_state, a, {total = {seconds = "1"}})
  end)
  it("refuses what it cannot do", function()
    raises("did you mean 'watts'", m.ledger, {watt = 3})
    raises("did you mean 'minutes'", m.ledger, {budget = {minuts = 3}})
    raises("watts should be 0 or more, got -1", m.ledger, {watts = -1})
    raises("minutes should be 0 or more", m.ledger, {budget = {minutes = -1}})
    raises("a budget of joules needs watts", m.ledger,
      {budget = {joules = 1}, rapl = "/nowhere"})
    raises("a budget of money needs price_per_hour", m.ledger,
      {budget = {money = 1}, rapl = "/nowhere"})
    local ledger = m.ledger()
    raises("did you mean 'samples'", ledger.note, ledger, {sample = 1})
    raises("a table {samples =, bytes =} expected", ledger.note, ledger, 3)
    ledger:start()
    raises("it runs already", ledger.start, ledger)
    eq(ledger:per(1000), nil)
  end)
end)
