-- report_spec.lua: report.html is well formed, stands alone, and holds as text
-- whatever comes from files.

local m = require "mlrt"
local json = require "mlrt.json"

local HOSTILE = "</style><script>alert('x')</script>\"&\0\255é"

-- ---- A reader of XML, as far as the page needs one -------------------------

local void = {}

local function check_attributes(text)
  local rest = text:gsub('%s+[%w:_-]+="[^"<]*"', "")
  if rest:find "%S" then error("attributes: " .. text, 0) end
end

local function check_entities(text)
  for name in text:gmatch "&([^%s<]*)" do
    if not name:find "^#?%w+;" then error("a bare & before " .. name, 0) end
  end
end

-- Raises unless every element is closed in its order; returns how often each
-- occurs.
local function read_markup(page)
  local open, count = {}, {}
  local body = page:gsub("^<!DOCTYPE html>\n", "")
  for text, slash, name, attributes, closed in
      body:gmatch "([^<]*)<(/?)([%w]+)([^>]-)(/?)>" do
    check_entities(text)
    if slash == "/" then
      local last = table.remove(open)
      if last ~= name then
        error(("</%s> closes <%s>"):format(name, tostring(last)), 0)
      end
    else
      check_attributes(attributes)
      count[name] = (count[name] or 0) + 1
      if closed == "" and not void[name] then open[#open + 1] = name end
    end
  end
  if #open > 0 then error("<" .. open[#open] .. "> stays open", 0) end
  return count
end

-- Asks nobody for anything: no script, no address but data and the namespace.
local function check_alone(page, count)
  for _, name in ipairs {"script", "link", "iframe", "object", "a"} do
    eq(count[name], nil)
  end
  eq(page:gsub("http://www%.w3%.org/2000/svg", ""):find "https?://", nil)
  for address in page:gmatch 'src="([^"]*)"' do
    eq(address:find "^data:image/png;base64,[%w+/=]+$" ~= nil, true)
  end
  eq(page:find "@import", nil)
  eq(page:find "url%(", nil)
  eq(page:find "[%z\1-\8\11-\31]", nil)
  eq(utf8.len(page) ~= nil, true)
end

local function text_of(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "a"
  f:close()
  return text
end

local function in_folder(f)
  local folder = os.tmpname()
  os.remove(folder)
  assert(m.fs.mkdir(folder))
  local ok, err = pcall(f, folder)
  os.execute("rm -r '" .. folder .. "'")
  if not ok then error(err, 0) end
end

local function put(folder, name, text)
  assert(m.io.write_file(folder .. "/" .. name, text))
end

-- The page of a folder, checked, and how often each element is in it.
local function page_of(folder, options)
  local page = text_of(m.report.write(folder, options))
  local count = read_markup(page)
  check_alone(page, count)
  return page, count
end

local function has(page, ...)
  for _, text in ipairs {...} do
    if not page:find(text, 1, true) then
      error(("the page does not have %q"):format(text), 2)
    end
  end
end

-- ---- A run ----------------------------------------------------------------

local function log_lines()
  local lines = {}
  for step = 1, 1000 do
    lines[step] = json.encode {event = "step", step = step, epoch = 1,
      loss = 1 / step, lr = 1e-3, seconds = step / 100}
  end
  for epoch = 1, 2 do
    lines[#lines + 1] = json.encode {event = "epoch", epoch = epoch,
      step = 500 * epoch, loss = 0.5 / epoch, seconds = 5,
      validation = {loss = 0.6 / epoch, accuracy = 0.8 + epoch / 20,
        [HOSTILE:gsub("[\0\255]", "")] = epoch}}
  end
  lines[#lines + 1] = '{"event":"end","reason":"epochs"}'
  return table.concat(lines, "\n") .. "\n"
end

local function whole_run(folder)
  put(folder, "log.jsonl", log_lines())
  put(folder, "config.json", json.encode {model = {text = "Net <4 -> 2>",
    parameters = 10}, optimizer = {class = "Adam", groups = {{lr = 0.1}}},
    started = "2026-01-01", build = {blas = "none"}, threads = 2})
  local ledger = m.ledger {watts = 10, cores = 2, price_per_hour = 1,
    price_per_kwh = 0.3, currency = "<EUR>"}
  ledger:start()
  m.ones(50, 50):matmul(m.ones(50, 50))
  ledger:note {samples = 100}
  ledger:epoch(1)
  put(folder, "cost.json", json.encode(ledger:stop():report()))
end

describe("a report", function()
  it("of a whole run has all its sections", function()
    in_folder(function(folder)
      whole_run(folder)
      local target = m.randint(1, 4, {60}, {dtype = "index"})
      local logits = m.randn(60, 3) + target:one_hot(3):to "f32"
      local evaluation = m.report.evaluation(logits, target, {samples = 20,
        names = {"cat", HOSTILE, "owl"}, examples = m.rand(60, 1, 8, 8),
        worst = 5})
      local roi = m.roi {volume = 1000, confusion = evaluation.confusion,
        value_per_correct = 1, cost_per_wrong = 2, development = 100,
        serving = 0.1}
      local page, count = page_of(folder, {evaluation = evaluation, roi = roi,
        title = "run " .. HOSTILE})
      has(page, "Curves", "Evaluation", "Confusion matrix", "The worst errors",
        "Cost", "Return on investment", "Model and training", "Environment",
        "Net &lt;4 -&gt; 2&gt;", "&lt;EUR&gt;", "(estimated)",
        "&lt;script&gt;alert", "validation", "ROC curve",
        "precision and recall", "calibration", "learning rate",
        "break-even volume", "1000 samples")
      eq(count.img, 5)
      eq(count.svg, 4 + 3 + 2)
      eq(#page < 200000, true)
      eq(page_of(folder, {title = "run " .. HOSTILE}), page)
    end)
  end)
  it("of an empty folder is a page too", function()
    in_folder(function(folder)
      local _, count = page_of(folder)
      eq(count.section, nil)
      eq(count.h1, 1)
    end)
  end)
  it("names files that are broken, and leaves out a torn line", function()
    in_folder(function(folder)
      put(folder, "config.json", '{"model": ')
      put(folder, "cost.json", "[]")
      put(folder, "evaluation.json", "3")
      put(folder, "log.jsonl", log_lines() .. '{"event":"ste')
      local page = page_of(folder)
      has(page, "config.json cannot be read", "evaluation.json cannot be read",
        "loss")
      eq(page:find "lines that cannot be read", nil)
      put(folder, "log.jsonl", "nonsense\n" .. log_lines())
      has(page_of(folder), "log.jsonl has 1 lines that cannot be read")
    end)
  end)
  it("survives numbers that are not there", function()
    in_folder(function(folder)
      put(folder, "log.jsonl", '{"event":"step","step":1,"loss":null}\n'
        .. '{"event":"step","step":2,"loss":3,"lr":1}\n'
        .. '{"event":"epoch","epoch":1,"loss":null,"validation":null}\n'
        .. '{"event":"epoch","epoch":"x","validation":{"accuracy":"high"}}\n'
        .. '{"event":"end","reason":"error","message":"<b>full</b>"}\n')
      has(page_of(folder), "&lt;b&gt;full&lt;/b&gt;")
    end)
  end)
  it("shows what it can of data of the wrong kind", function()
    in_folder(function(folder)
      whole_run(folder)
      put(folder, "evaluation.json", '{"kind":"classification","names":3,'
        .. '"confusion":[[1,2],["a",{}]],"worst":[1]}')
      put(folder, "roi.json", '{"assumptions":{},"sensitivity":3}')
      has(page_of(folder), "evaluation.json cannot be shown",
        "roi.json cannot be shown", "Curves", "Cost", "Environment")
      put(folder, "evaluation.json", '{"kind":"classification","worst":['
        .. '{"image":"https://example.org/x.png","index":"\\" onload=\\""}]}')
      has(page_of(folder), "The worst errors")
    end)
  end)
  it("wants a folder", function()
    raises("'/nowhere' is not a folder", m.report.write, "/nowhere")
    raises("did you mean 'title'", m.report.write, "/tmp", {titel = "x"})
  end)
end)

describe("report.evaluation", function()
  it("finds the surest errors of two classes", function()
    local e = m.report.evaluation({0.9, 0.2, 0.99, 0.4}, {0, 0, 0, 1},
      {examples = {"a", "b", "c", "d"}, samples = 0, names = {"no", "yes"}})
    eq({e.worst[1].text, e.worst[2].text, e.worst[3].text}, {"c", "a", "d"})
    eq({#e.worst, e.worst[1].target, e.worst[1].predicted}, {3, "no", "yes"})
    near(e.worst[3].confidence, 0.6)
    eq(e.confusion[1], {1, 2})
    eq(e.metrics[1].low, nil)
  end)
  it("agrees with the metrics, and skips targets that are none", function()
    local t = m.index {1, false, 3, 2, 1, 3}
    local z = m.tensor {{2, 0, 0}, {0, 0, 9}, {0, 0, 1}, {5, 0, 0}, {1, 0, 0},
      {0, 2, 0}}
    local e = m.report.evaluation(z, t, {samples = 30, worst = 9})
    eq({e.samples, e.worst[1].index, e.worst[2].index}, {5, 4, 6})
    near(e.metrics[1].value, m.metrics.accuracy(z, t))
    near(e.metrics[5].value, m.metrics.roc_auc(z, t))
    eq(e.metrics[1].low <= e.metrics[1].value, true)
    eq(#e.roc, 3)
  end)
  it("takes predicted classes alone", function()
    local e = m.report.evaluation(m.index {1, 2, 3, 3}, m.index {1, 2, 1, 3},
      {samples = 0})
    eq({e.roc == nil, #e.worst, e.worst[1].index}, {true, 1, 3})
    eq(e.confusion[1], {1, 0, 1})
  end)
  it("has scatter and errors of numbers", function()
    local t = m.linspace(0, 10, 50)
    local e = m.report.evaluation(t + 1, t, {samples = 10, worst = 2})
    eq(e.kind, "regression")
    near(e.metrics[1].value, 1)
    eq(#e.scatter, 50)
    local sum = 0
    for _, n in ipairs(e.errors.counts) do sum = sum + n end
    eq(sum, 50)
    in_folder(function(folder)
      has(page_of(folder, {evaluation = e}), "predicted against true", "rmse")
    end)
  end)
  it("makes a list of mistakes of many classes", function()
    local t = m.randint(1, 31, {300}, {dtype = "index"})
    local e = m.report.evaluation(m.randn(300, 30), t, {samples = 0})
    in_folder(function(folder)
      local page = page_of(folder, {evaluation = e})
      has(page, "of the class")
      eq(page:find('class="confusion"', 1, true), nil)
    end)
  end)
  it("shows pictures, colours and what is neither", function()
    for _, case in ipairs {{m.rand(4, 3, 5, 5), true},
        {m.rand(4, 200, 120, 3), true}, {m.randint(0, 256, {4, 6, 6},
          {dtype = "u8"}), true}, {m.rand(4, 7), false},
        {m.full({4, 5, 5}, 0 / 0), true}} do
      local e = m.report.evaluation({1, 1, 0, 0}, {0, 0, 1, 1}, {samples = 0,
        examples = case[1]})
      eq(e.worst[1].image ~= nil, case[2])
      eq(e.worst[1].text ~= nil, not case[2])
      eq(#(e.worst[1].image or "") < 40000, true)
    end
  end)
  it("refuses what does not fit", function()
    raises("'examples': 2 expected (a list or a tensor), or a function, got 3",
      m.report.evaluation, {1, 0}, {1, 1}, {examples = {"a", "b", "c"}})
    raises("there are no samples", m.report.evaluation, m.empty(0, 3),
      m.index {})
    raises("did you mean 'examples'", m.report.evaluation, {1}, {1},
      {example = {}})
    raises("does not fit a target of shape", m.report.evaluation,
      m.randn(3, 2), m.index {1, 2})
  end)
end)

describe("a PNG", function()
  it("holds the pixels", function()
    local image = require "mlrt.report.image"
    local bytes = image.png(m.tensor({{1, 2}, {3, 255}}, {dtype = "u8"}))
    eq(bytes:sub(1, 8), "\x89PNG\r\n\x1a\n")
    eq({(">I4I4"):unpack(bytes, 17)}, {2, 2, 25})
    eq(bytes:find("\0\1\2\0\3\255", 1, true) ~= nil, true)
    eq(bytes:sub(-12), "\0\0\0\0IEND\xae\x42\x60\x82")
    eq(image.base64 "Man", "TWFu")
    eq(image.base64 "Ma", "TWE=")
    eq(image.base64 "M", "TQ==")
  end)
end)
