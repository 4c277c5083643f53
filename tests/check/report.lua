-- report.lua: makes the pages that report.sh looks at: report.lua FOLDER

local m = require "mlrt"

local folder = arg[1]
m.seed(1)

local function log_of_a_run()
  local lines = {}
  for step = 1, 300 do
    lines[step] = m.json.encode {event = "step", step = step, epoch = 1,
      loss = 2 / step + 0.1, lr = 1e-3, seconds = step}
  end
  lines[301] = m.json.encode {event = "epoch", epoch = 1, step = 300,
    loss = 0.2, validation = {loss = 0.3, accuracy = 0.9}, seconds = 300}
  return table.concat(lines, "\n") .. "\n"
end

local function page(name, options)
  local path = folder .. "/" .. name
  assert(m.fs.mkdir(path))
  assert(m.io.write_file(path .. "/log.jsonl", log_of_a_run()))
  assert(m.io.write_file(path .. "/config.json",
    '{"model":{"text":"Linear(4 -> 12)","parameters":60},"threads":2}'))
  local ledger = m.ledger {watts = 50, price_per_hour = 1, currency = "EUR"}
  ledger:start():note {samples = 1000}
  ledger:epoch(1)
  assert(m.io.write_file(path .. "/cost.json",
    m.json.encode(ledger:stop():report())))
  m.report.write(path, options)
end

-- Names that are long, and that would like to be markup.
local names = {}
for k = 1, 12 do
  names[k] = ("<b>class number %d</b> "):format(k):rep(k == 3 and 8 or 1)
end
local target = m.randint(1, 13, {400}, {dtype = "index"})
local logits = m.randn(400, 12) + target:one_hot(12):to "f32" * 2
local evaluation = m.report.evaluation(logits, target, {samples = 20,
  names = names, examples = m.rand(400, 16, 16)})
page("classes", {evaluation = evaluation, roi = m.roi {volume = 1e6,
  confusion = evaluation.confusion, value_per_correct = 1, cost_per_wrong = 3,
  development = 1e5, serving = 0.1, fixed = 1e4, currency = "EUR"}})

local texts = {}
for i = 1, 400 do texts[i] = ("wordswithoutspaces"):rep(i % 7 * 4 + 1) end
page("texts", {evaluation = m.report.evaluation(logits:select(2, 1),
  target:eq(1), {samples = 20, examples = texts})})
page("numbers", {evaluation = m.report.evaluation(logits:select(2, 1),
  logits:select(2, 2), {samples = 20})})
