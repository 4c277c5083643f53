-- train_folder_spec.lua: what a run leaves on the disk is whole and can be
-- read, and a run goes on from it to the same bits.

local m = require "mlrt"
local json = require "mlrt.json"
local nn, train = m.nn, m.train

-- ---- Runs -----------------------------------------------------------------

local function samples(n)
  m.seed(3)
  local x = m.randn(n or 100, 6)
  return x, x:sum(2):gt(0):to "i64":index {base = 0}
end

local function loader(o)
  local x, y = samples(o and o.samples)
  return m.data.Loader(m.data.TensorDataset(x, y),
    {batch = 16, shuffle = true, seed = 5})
end

local function network()
  m.seed(9)
  return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(8, 2))
end

-- The options of a small run, with others put in their place.
local function options_of(o)
  local net = o and o.model or network()
  local t = {model = net, data = loader(), loss = nn.CrossEntropyLoss(),
    epochs = 2, progress = false, optimizer = o and o.optimizer
      or m.optim.Adam(net:parameters(), {lr = 0.01})}
  for key, value in pairs(o or {}) do t[key] = value end
  return t
end

local function fit(o)
  return train.fit(options_of(o))
end

local function weights(net)
  local list = {}
  for i, p in ipairs(net:parameters()) do list[i] = p:totable() end
  return list
end

-- ---- Folders --------------------------------------------------------------

local function in_folder(f)
  local folder = os.tmpname()
  os.remove(folder)
  local ok, err = xpcall(f, debug.traceback, folder .. "/run")
  os.execute("rm -rf '" .. folder .. "'")
  if not ok then error(err, 0) end
end

local function text_of(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "a"
  f:close()
  return text
end

local function entries_of(folder, event)
  local list = {}
  for line in io.lines(folder .. "/log.jsonl") do
    local entry = assert(json.decode(line))
    if not event or entry.event == event then list[#list + 1] = entry end
  end
  return list
end

-- ---- Folders --------------------------------------------------------------

describe("train's folder", function()
  it("holds all that there is to know", function()
    in_folder(function(folder)
      local o = options_of {folder = folder, val = loader(), log_every = 2,
        report = {names = {"low", "high"}, samples = 3}}
      local run = train.fit(o)
      local config = assert(json.decode(text_of(folder .. "/config.json")))
      eq(config.optimizer.class, "Adam")
      eq(config.model.parameters, 74)
      eq(#entries_of(folder, "step"), 8) -- 7 steps an epoch, the rest with it
      local epochs = entries_of(folder, "epoch")
      eq(epochs[2].validation, run.history[2].validation)
      eq(entries_of(folder, "end")[1].reason, "epochs")
      local cost = assert(json.decode(text_of(folder .. "/cost.json")))
      eq(cost.samples, 200)
      local page = text_of(folder .. "/report.html")
      for _, text in ipairs {"Curves", "validation data", "high", "Cost"} do
        assert(page:find(text, 1, true), text)
      end
      eq(run.report, folder .. "/report.html")
      local best = assert(m.load(folder .. "/best.mlrt"))
      local net = network()
      net:load_state(best.model)
      eq(best.monitor, "loss")
      local values = train.evaluate {model = net, data = o.val, loss = o.loss}
      near(values.loss, best.value)
    end)
  end)

  it("goes on where a run was left, to the same bits", function()
    local whole = fit {val = loader(), epochs = 3}
    for _, at in ipairs {1, 7, 12, 14} do
      in_folder(function(folder)
        local o = options_of {folder = folder, val = loader(), epochs = 3,
          report = false}
        for step in train.steps(o) do
          if step == at then break end
        end
        eq(entries_of(folder, "end")[1].reason, "left")
        local run = fit {folder = folder, val = loader(), epochs = 3,
          resume = true, report = false}
        eq(weights(run.model), weights(whole.model))
        eq(run.step, 21)
        eq(#run.history, 3)
        eq(#entries_of(folder, "end"), 1)
        eq(run.history[3].validation, whole.history[3].validation)
        eq(run.ledger:report().samples, 300)
      end)
    end
  end)

  it("stays over when it was", function()
    in_folder(function(folder)
      local function stopped(resume)
        return fit {folder = folder, val = loader(), epochs = 50,
          resume = resume, report = false, metrics = {"accuracy"},
          callbacks = {{validated = function(_, _, row)
            row.validation.loss = row.epoch
          end}, train.EarlyStopping {patience = 2}}}
      end
      local run = stopped()
      eq(run.done, 3)
      local again = stopped(true)
      eq(again.step, run.step)
      eq(again.reason, run.reason)
      eq(weights(again.model), weights(run.model))
    end)
    in_folder(function(folder)
      local o = {folder = folder, budget = {minutes = 0}, report = false}
      eq(fit(o).step, 1)
      o.resume = true
      eq(fit(o).step, 1)
      o.budget = nil
      eq(weights(fit(o).model), weights(fit().model))
    end)
  end)

  it("leaves after the step when a signal comes", function()
    if not package.loaded["mlrun.signals"] then skip "mlrun has signals" end
    local f <close> = assert(io.open "/proc/self/stat")
    local pid = f:read "n"
    for _, case in ipairs {{"TERM", "terminated"}, {"INT", "interrupted"}} do
      in_folder(function(folder)
        local kill = {after_step = function(_, run)
          if run.step ~= 9 then return end
          -- A shell's child: os.execute has SIGINT ignored while it waits.
          assert(io.popen(("kill -%s %d"):format(case[1], pid))):close()
        end}
        local run = fit {folder = folder, callbacks = {kill},
          on_signal = "return"}
        eq(run.step, 9)
        eq(run.reason, case[2])
        eq(entries_of(folder, "end")[1].message, "by SIG" .. case[1])
        local text = raises("after step 9; resume = true", fit,
          {callbacks = {kill}, folder = folder .. "2"})
        assert(text:find(case[2], 1, true))
        run = fit {folder = folder, resume = true}
        eq(weights(run.model), weights(fit().model))
      end)
    end
  end)

  it("resumes data that are functions and lists", function()
    local function epoch()
      local i = 0
      return function()
        i = i + 1
        if i > 4 then return nil end
        local x = m.randn(8, 6)
        return x, x:sum(2):gt(0):to "i64":index {base = 0}
      end
    end
    local batches = {}
    for x, y in epoch() do batches[#batches + 1] = {x, y} end
    for _, data in ipairs {epoch, batches} do
      local whole = fit {data = data}
      in_folder(function(folder)
        for step in train.steps(options_of {data = data, folder = folder}) do
          if step == 6 then break end
        end
        m.seed(100)
        local run = fit {data = data, folder = folder, resume = true}
        eq(weights(run.model), weights(whole.model))
      end)
    end
  end)

  it("keeps what it is given", function()
    in_folder(function(folder)
      local function noisy(o)
        local noise = m.generator(4)
        o.keep = {noise = noise}
        o.forward = function(model, x, y)
          local p = model(x + m.randn(x.shape, {generator = noise}))
          return m.cross_entropy(p, y), p, y
        end
        return o
      end
      local whole = fit(noisy {})
      for step in train.steps(options_of(noisy {folder = folder})) do
        if step == 5 then break end
      end
      local run = fit(noisy {folder = folder, resume = true})
      eq(weights(run.model), weights(whole.model))
    end)
  end)

  it("is not begun twice, nor by another run", function()
    in_folder(function(folder)
      fit {folder = folder, epochs = 1, report = false}
      local log = text_of(folder .. "/log.jsonl")
      raises("holds a run already; say resume = true", fit, {folder = folder})
      local other = nn.Linear(6, 2)
      local before = weights(other)
      local text = raises("is of another run", fit, {folder = folder,
        resume = true, model = other})
      assert(text:find("does not fit", 1, true), text)
      eq(weights(other), before)
      raises("is of another run: .*state of SGD", fit, {folder = folder,
        resume = true, optimizer = m.optim.SGD(network():parameters())})
      eq(text_of(folder .. "/log.jsonl"), log)
      assert(m.io.write_file(folder .. "/last.mlrt", "no checkpoint"))
      raises("the checkpoint cannot be read", fit, {folder = folder,
        resume = true})
    end)
  end)

  it("says in the log why a run broke", function()
    in_folder(function(folder)
      raises("oops", fit, {folder = folder, callbacks = {{name = "c",
        after_step = function(_, run)
          if run.step == 9 then error "oops" end
        end}}})
      local ending = entries_of(folder, "end")[1]
      eq(ending.reason, "error")
      assert(ending.message:find("callback 'c', after_step", 1, true))
      local run = fit {folder = folder, resume = true, report = false}
      eq(weights(run.model), weights(fit().model))
      eq(entries_of(folder, "end")[1].reason, "epochs")
    end)
  end)

  it("is silent about what it cannot judge", function()
    in_folder(function(folder)
      local net = nn.Conv2d(1, 1, 3, {padding = 1})
      local x = m.randn(4, 1, 5, 5)
      train.fit {model = net, data = {{x, x}}, val = {{x, x}},
        loss = m.mse_loss, optimizer = m.optim.SGD(net:parameters()),
        folder = folder, progress = false}
      assert(m.fs.stat(folder .. "/report.html"))
    end)
  end)

  it("bounds what the report remembers", function()
    in_folder(function(folder)
      local x, y = m.zeros(50000, 1), m.ones(50000, {dtype = "i64"})
      local net = nn.Linear(1, 100)
      local run = train.fit {model = net, epochs = 1,
        data = {{x[{{1, 8}}], y[{{1, 8}}]:index {base = 0}}},
        val = m.data.Loader(m.data.TensorDataset(x, y:index {base = 0}),
          {batch = 777}), loss = m.cross_entropy, folder = folder,
        optimizer = m.optim.SGD(net:parameters()), progress = false,
        report = {samples = 0}}
      eq(run.evaluation.samples, 25000)
      eq(run.evaluation.title, "on validation data, every 2th sample")
    end)
  end)
end)

-- ---- TensorBoard ----------------------------------------------------------

-- CRC-32C, bit by bit, as RFC 3720 describes it.
local function crc(bytes)
  local c = 0xFFFFFFFF
  for i = 1, #bytes do
    c = c ~ bytes:byte(i)
    for _ = 1, 8 do c = c >> 1 ~ (c & 1) * 0x82F63B78 end
  end
  return c ~ 0xFFFFFFFF
end

local function masked(bytes)
  local c = crc(bytes)
  return ((c >> 15 | c << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF
end

local function varint(s, at)
  local n, shift = 0, 0
  while true do
    local b = s:byte(at)
    n, at = n | (b & 127) << shift, at + 1
    if b < 128 then return n, at end
    shift = shift + 7
  end
end

-- The fields of a message of protocol buffers: {number, value}.
local function fields(s)
  local list, at = {}, 1
  while at <= #s do
    local key, value
    key, at = varint(s, at)
    local kind = key & 7
    if kind == 0 then
      value, at = varint(s, at)
    elseif kind == 2 then
      local n
      n, at = varint(s, at)
      value, at = s:sub(at, at + n - 1), at + n
    else
      value, at = (kind == 1 and "<d" or "<f"):unpack(s, at)
    end
    list[#list + 1] = {key >> 3, value}
  end
  return list
end

local function records(text)
  local list, at = {}, 1
  while at <= #text do
    local n, sum = ("<I8I4"):unpack(text, at)
    eq(masked(text:sub(at, at + 7)), sum)
    local bytes = text:sub(at + 12, at + 11 + n)
    eq(masked(bytes), (("<I4"):unpack(text, at + 12 + n)))
    list[#list + 1], at = fields(bytes), at + 16 + n
  end
  return list
end

describe("train's events", function()
  it("have the checksum of the standard", function()
    eq(crc "123456789", 0xE3069283)
    local events = require "mlrt.train.events"
    eq(events.checksum "123456789", masked "123456789")
  end)

  it("can be read, once each, after a resume too", function()
    in_folder(function(folder)
      for step in train.steps(options_of {folder = folder, val = loader(),
        log_every = 2}) do
        if step == 9 then break end
      end
      fit {folder = folder, val = loader(), resume = true, log_every = 2,
        report = false}
      local list = records(text_of(folder .. "/events.out.tfevents.mlrt"))
      eq(list[1][2], {3, "brain.Event:2"})
      local seen = {}
      for i = 2, #list do
        local e, step = list[i], 0
        for _, f in ipairs(e) do
          if f[1] == 2 then step = f[2] end
          for _, v in ipairs(f[1] == 5 and fields(f[2]) or {}) do
            local value = fields(v[2])
            local name = value[1][2] .. " " .. step
            eq(seen[name], nil)
            seen[name] = value[2][2]
          end
        end
      end
      for _, e in ipairs(entries_of(folder, "step")) do
        near(seen["train/loss " .. e.step], e.loss)
        near(seen["train/lr " .. e.step], e.lr)
      end
      local epoch = entries_of(folder, "epoch")[2]
      near(seen["validation/accuracy 14"], epoch.validation.accuracy)
    end)
  end)
end)
