-- runs_spec.lua: run folders in the terminal, and the curves they are drawn as.

local m = require "mlrt"
local chart, runs = m.chart, m.runs

local function has(text, ...)
  for _, part in ipairs {...} do
    if not text:find(part, 1, true) then
      error(("no %q in\n%s"):format(part, text), 2)
    end
  end
end

local function lines_of(text)
  local list = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do list[#list + 1] = line end
  return list
end

describe("chart", function()
  local plain = {unicode = false, colours = false, width = 30, height = 5}

  it("draws from corner to corner", function()
    local lines = lines_of(chart({{1, 2, 3, 4, 5}}, plain))
    eq(#lines, 7)
    eq(lines[1], "5|" .. (" "):rep(17) .. "***")
    assert(lines[5]:find "^1|%*%*%*?$", lines[5])
    eq(lines[6], " +" .. ("-"):rep(20))
    eq(lines[7], "  1" .. (" "):rep(18) .. "5")
    eq(lines[3]:sub(1, 2), "3|")
  end)

  it("draws with Braille and with colours", function()
    local text = chart({{y = {0, 1}, label = "a"}}, {unicode = true,
      colours = false, width = 12, height = 3})
    has(text, "\u{2501}\u{2501} a", "\u{2502}", "\u{2860}")
    local two = {{y = {0, 1}, label = "a"}, {y = {1, 0}, label = "b"}}
    has(chart(two, {unicode = true, colours = true}), "\27[36m", "\27[33m")
    has(chart(two, {unicode = true, colours = false}), "* a   + b")
  end)

  it("leaves out what is not finite", function()
    eq(chart({{0 / 0, 1 / 0}}, plain), "(no points)")
    eq(chart({}, {title = "t"}), "t\n(no points)")
    local lines = lines_of(chart({{0, 0 / 0, 1}}, plain))
    eq(lines[1]:gsub("[^*]", ""), "*")
    eq(lines[2], "   |")
    has(chart({{7}}, plain), "*")
    has(chart({{y = {1, 10, 0, 100}}}, {log = true}), "100", "10")
  end)

  it("takes tensors, and says what it does not take", function()
    has(chart({{x = m.arange(3), y = m.ones(3)}}, plain), "***")
    raises("a curve {x =, y =} or a list of numbers expected", chart, {{1},
      "x"})
    raises("point 2 is not a number", chart, {{1, "x"}})
    raises("unknown option 'widht'", chart, {{1}}, {widht = 3})
  end)
end)

-- ---- Folders ----------------------------------------------------------------

local function temporary()
  local path = os.tmpname()
  os.remove(path)
  assert(m.fs.mkdir(path))
  return path
end

local function write(path, text)
  assert(m.io.write_file(path, text))
end

-- A folder of a run whose loss falls to `final`.
local function make_run(folder, name, final, more)
  local path, log = folder .. "/" .. name, {}
  assert(m.fs.mkdir(path))
  write(path .. "/config.json", m.json.encode {epochs = 2, monitor = "f1",
    started = "2026-01-02T03:04:05Z", model = {parameters = 7},
    optimizer = {class = "SGD", groups = {{lr = final}}}})
  for step = 1, 4 do
    log[#log + 1] = m.json.encode {event = "step", step = step,
      loss = 5 - step, seconds = step}
  end
  for epoch, f1 in ipairs {0.5, 0.25} do
    log[#log + 1] = m.json.encode {event = "epoch", epoch = epoch,
      step = 2 * epoch, loss = final, validation = {loss = final, f1 = f1}}
  end
  write(path .. "/log.jsonl", table.concat(log, "\n") .. "\n" .. (more or ""))
  return path
end

local END = '{"event":"end","reason":"epochs","seconds":61}\n'

describe("runs", function()
  it("are read, whatever the log ends with", function()
    local folder = temporary()
    local path = make_run(folder, "a", 0.125, '{"event":"st')
    local run = runs.read(path)
    eq(#run.steps, 4)
    eq(#run.epochs, 2)
    eq(run.ended, nil)
    eq(runs.read(make_run(folder, "b", 1, END)).ended.reason, "epochs")
    eq({runs.read(folder)}, {nil, folder .. ": not a run: it has no log.jsonl"})
    assert(m.fs.mkdir(folder .. "/empty"))
    write(folder .. "/empty/log.jsonl", "")
    write(folder .. "/empty/config.json", "[not json")
    local list = runs.list(folder)
    eq(#list, 3)
    has(runs.list_text(list), "empty")
    has(runs.text(list[1]), "empty") -- it does not say when it began
    has(runs.compare_text(list), "empty")
  end)

  it("are listed", function()
    local folder = temporary()
    make_run(folder, "one", 0.125, END)
    make_run(folder, "two", 0.5, '{"event":"end","reason":"budget"}\n')
    make_run(folder, "three", 0.5)
    local lines = lines_of(runs.list_text(runs.list(folder)))
    eq(#lines, 4)
    has(lines[2], "one    2026-01-02 03:04     2/2  0.125   0.5  f1 @ 1",
      "1:01 min  done")
    has(lines[3], "three", "running")
    has(lines[4], "two", "budget")
  end)

  it("are shown, and compared", function()
    local folder = temporary()
    local a = runs.read(make_run(folder, "a", 0.125, END))
    local b = runs.read(make_run(folder, "b", 0.5, END))
    has(runs.text(a), "7 parameters", "SGD lr=0.125", "val f1 0.5 in epoch 1",
      "loss by step", "f1 by step", "1:01 min")
    has(runs.compare_text {a, b}, "optimizer.groups.1.lr  ", "validation loss",
      "f1 by step", "* a   + b")
    assert(not runs.compare_text({a, b}):find("parameters", 1, true))
  end)

  it("of train.fit are what it reads", function()
    local folder = temporary()
    local x = m.randn(32, 3)
    local net = m.nn.Linear(3, 2)
    local labels = x:select(2, 1):gt(0):to "i64":index {base = 0}
    local loader = m.data.Loader(m.data.TensorDataset(x, labels), {batch = 8})
    m.train.fit {model = net, data = loader, val = loader, epochs = 2,
      loss = m.nn.CrossEntropyLoss(), progress = false, report = false,
      optimizer = m.optim.SGD(net:parameters(), {lr = 0.1}), log_every = 1,
      metrics = {accuracy = m.metrics.Accuracy()}, folder = folder .. "/fit"}
    local run = runs.read(folder .. "/fit")
    eq({#run.steps, #run.epochs, run.ended.reason}, {8, 2, "epochs"})
    has(runs.text(run), "8 parameters", "SGD", "lr=0.1", "val loss",
      "accuracy by step", "peak memory", "done")
  end)

  it("are what mlrun --runs prints", function()
    local folder = temporary()
    make_run(folder, "a", 0.125, END)
    make_run(folder, "b", 0.5, END)
    local mlrun = arg[0]
    for i = -1, -20, -1 do mlrun = arg[i] or mlrun end
    local function shell(words)
      local file = io.popen(("'%s' --runs %s 2>&1"):format(mlrun, words))
      local text = file:read "a"
      return text, file:close()
    end
    has(shell(folder), "2026-01-02", "done")
    has(shell(folder .. "/a"), "loss by step")
    has(shell(folder .. "/a " .. folder .. "/b"), "validation loss by step")
    local text, ok = shell(folder .. "/nothing")
    eq(ok, nil)
    has(text, "mlrun --runs: " .. folder .. "/nothing: No such file")
    assert(not text:find("traceback", 1, true), text)
  end)
end)
