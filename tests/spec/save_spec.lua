-- save_spec.lua: one value, one file, nothing executed.

local m = require "mlrt"
local nn = require "mlrt.nn"

-- A file name for one test, gone afterwards.
local function with_path(f)
  local path = os.tmpname()
  local ok, err = pcall(f, path)
  os.remove(path)
  if not ok then error(err, 0) end
end

local function there_and_back(v)
  local result
  with_path(function(path)
    local err
    assert(m.save(path, v))
    result, err = m.load(path)
    eq(err, nil)
  end)
  return result
end

-- A file of save's form with a JSON text of one's own.
local function load_text(text)
  local value, message
  with_path(function(path)
    assert(m.io.save_safetensors(path, {t = m.ones(2)}, {mlrt = text}))
    value, message = m.load(path)
  end)
  return value, message
end

describe("save and load", function()
  it("keep numbers exactly", function()
    for _, v in ipairs {0, 1, -1, math.maxinteger, math.mininteger, 0.0, 1.0,
      0.1, 5e-324, math.pi, 2.0 ^ 63, math.huge, -math.huge, 0 / 0} do
      eq(there_and_back(v), v)
    end
    eq(1 / there_and_back(-0.0), -math.huge)
  end)
  it("keep strings, booleans and tables of any shape", function()
    for _, v in ipairs {"", "a\0b", "\u{1F600}", "\255\254", true, {},
      {1, 2, 3}, {a = 1, b = {c = "x"}}, {1, 2, x = 3}, {[2] = 1},
      {[1.5] = "a", [true] = "b", [-3] = "c", ["$tensor"] = "d"},
      {["\255"] = 1}, {{}, {{}}}} do
      eq(there_and_back(v), v)
    end
    eq(there_and_back(false), false)
  end)
  it("keep tensors of every dtype", function()
    for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8"} do
      local t = m.arange(6):reshape(2, 3):to(dtype)
      local back = there_and_back(t)
      eq(back.dtype, dtype)
      eq(back:totable(), t:totable())
    end
    eq(there_and_back(m.index {3, 1}):totable(), {3, 1})
    eq(there_and_back(m.index {3, 1}).dtype, "index")
    eq(there_and_back(m.tensor {true, false}):totable(), {true, false})
    eq(there_and_back(m.tensor(2.5)):item(), 2.5)
    eq({table.unpack(there_and_back(m.zeros(0, 3)).shape)}, {0, 3})
    near(there_and_back(m.tensor({{1, 2}, {3, 4}}):t()), {{1, 3}, {2, 4}})
    eq({table.unpack(there_and_back(m.zeros(2, 3).shape))}, {2, 3})
  end)
  it("keep what is shared shared", function()
    local t, inner = m.ones(2), {1}
    local back = there_and_back {a = t, b = t, x = inner, y = {inner},
      ["a.b"] = m.zeros(1)}
    eq(rawequal(back.a, back.b), true)
    eq(rawequal(back.x, back.y[1]), true)
    eq(back.x, {1})
    near(back["a.b"], {0})
  end)
  it("give tensors with the same path different names", function()
    local back = there_and_back {["a.b"] = m.tensor {1}, a = {b = m.tensor {2}}}
    near(back["a.b"], {1})
    near(back.a.b, {2})
  end)
  it("name tensors whatever the way to them is called", function()
    local v = {["\255"] = m.tensor {1}, __metadata__ = m.tensor {2},
      ["a\nb"] = m.tensor {3}, ["a\0b"] = m.tensor {4}, [1.5] = m.tensor {5},
      [true] = {m.tensor {6}}}
    local back = there_and_back(v)
    near(back["\255"], {1})
    near(back.__metadata__, {2})
    near(back["a\nb"], {3})
    near(back["a\0b"], {4})
    near(back[1.5], {5})
    near(back[true][1], {6})
  end)
  it("keep no more of null than of other objects", function()
    eq((load_text '{"format":1,"value":{"a":null}}'), nil)
  end)
  it("refuse what cannot be saved", function()
    local function complaint(pattern, v)
      with_path(function(path) raises(pattern, m.save, path, v) end)
    end
    local loop = {a = {}}
    loop.a.b = loop
    complaint("save: a.b contains itself", loop)
    complaint("save: f is a function, which a file cannot hold", {f = print})
    complaint("save: the value is a nil", nil)
    complaint("save: x has a table as a key", {x = {[{}] = 1}})
    local deep = {}
    for _ = 1, 200 do deep = {deep} end
    complaint("nested more than 100 tables deep", deep)
    complaint("the value is a table with a metatable, not a class",
      setmetatable({}, {}))
    complaint("net.2 is a Mine, not a class of mlrt's own; save the table that "
      .. "its state() returns", {net = nn.Sequential(nn.ReLU(),
        nn.class "Mine"())})
    raises("path should be a string, got a nil", m.save)
    raises("path should be a string", m.load, 1)
  end)
  it("return nil and a message when a file fails", function()
    local ok, message = m.save("/nonexistent/x", 1)
    eq(ok, nil)
    eq(message:find("/nonexistent/x", 1, true) ~= nil, true)
    ok, message = m.load "/nonexistent/x"
    eq(ok, nil)
    eq(message:find("/nonexistent/x", 1, true) ~= nil, true)
  end)
  it("leave the old file when the value cannot be saved", function()
    with_path(function(path)
      assert(m.save(path, {a = 1}))
      pcall(m.save, path, {b = print})
      eq(m.load(path), {a = 1})
    end)
  end)
end)

describe("load", function()
  it("refuses files that save did not write", function()
    with_path(function(path)
      assert(m.io.save_safetensors(path, {t = m.ones(2)}))
      local value, message = m.load(path)
      eq(value, nil)
      eq(message:match "was not written by mlrt.save" ~= nil, true)
    end)
  end)
  it("refuses newer formats", function()
    local _, message = load_text '{"format":2,"value":1}'
    eq(message:match "format 2, and this mlrt reads up to 1" ~= nil, true)
  end)
  it("returns a message for anything malformed", function()
    for _, value in ipairs {'{"$tensor":"u"}', '{"$tensor":[]}',
      '{"$float":"one"}', '{"$hex":"0g"}', '{"$hex":"abc"}', '{"$hex":1}',
      '{"$map":[[1]]}', '{"$map":[1]}', '{"$map":[[{"$float":"nan"},1]]}',
      '{"$map":[[[],1]]}', '{"$ref":1}', '{"$id":1}',
      '{"$class":"os.execute","$data":{}}', '{"$class":"nn.Linear"}',
      '{"$class":"nn.Linear","$data":1}', '{"$class":1,"$data":{}}',
      '{"$class":"nn.Linear","$data":{"config":{},"tensors":{},"frozen":[]}}',
      '{"$class":"nn.init","$data":{}}', '{"$class":"nn.Module","$data":{}}',
      '{"$class":"nn.Sequential","$data":{"config":[1],"tensors":{},'
        .. '"frozen":[]}}',
      '{"$class":"nn.ReLU","$data":{"config":{},"tensors":{"weight":'
        .. '{"$tensor":"t"}},"frozen":[]}}',
      '{"$class":"nn.ReLU","$data":{"config":{},"tensors":{},"frozen":["x"]}}',
      '{"$class":"nn.Linear","$data":{"config":{"in_features":1000000000,'
        .. '"out_features":1000000000},"tensors":{},"frozen":[]}}',
      "nonsense", ""} do
      local result, message = load_text('{"format":1,"value":' .. value .. "}")
      eq(result, nil)
      eq(type(message), "string")
    end
    for _, text in ipairs {"", "[]", "1", '{"format":"1"}', '{"format":1}'} do
      eq((load_text(text)), nil)
    end
  end)
  it("gives only plain tables for keys that look like methods", function()
    eq(load_text '{"format":1,"value":{"__index":1,"__gc":"x"}}',
      {__index = 1, __gc = "x"})
  end)
end)

describe("saved modules", function()
  it("come back as they were", function()
    local net = nn.Sequential(nn.Conv2d(1, 2, {3, 1}, {padding = 1}),
      nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.3),
      nn.Flatten(), nn.Linear(2 * 2 * 4, 3, {bias = false}),
      nn.Softmax {dim = 2})
    local x = m.randn(5, 1, 4, 6)
    net(x)
    net[1].bias.requires_grad = false
    net:eval()
    local back = there_and_back {net = net, classes = {"a", "b", "c"}}
    near(back.net(x), net(x):totable(), 0)
    eq(tostring(back.net), tostring(net))
    eq(back.net.training, false)
    eq(back.net[5].p, 0.3)
    eq(back.net[1].bias.requires_grad, false)
    eq(back.net[1].weight.requires_grad, true)
    eq(#back.net:parameters(), #net:parameters())
  end)
  it("keep changed options, dtypes and losses", function()
    local layer = nn.Linear(2, 2):to "f64"
    eq(there_and_back(layer).weight.dtype, "f64")
    local drop = nn.Dropout(0.5)
    drop.p = 0.1
    eq(there_and_back(drop).p, 0.1)
    local loss = there_and_back(nn.CrossEntropyLoss {weight = m.tensor {1, 2},
      label_smoothing = 0.1})
    near(loss.weight, {1, 2})
    eq(loss.label_smoothing, 0.1)
  end)
  it("call their tensors what state() calls them", function()
    local net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    with_path(function(path)
      assert(m.save(path, {net = net}))
      local tensors = m.io.load_safetensors(path)
      for name, value in pairs(net:state()) do
        near(tensors["net." .. name], value:totable(), 0)
        tensors["net." .. name] = nil
      end
      eq(next(tensors), nil)
    end)
  end)
  it("keep tied weights tied", function()
    local a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    b.weight = a.weight
    local back = there_and_back(nn.Sequential(a, b, a))
    eq(#back:parameters(), 3)
    eq(rawequal(back[1], back[3]), true)
    eq(rawequal(back[1].weight, back[2].weight), true)
  end)
  it("take nothing from the random stream", function()
    m.seed(1)
    local want = m.rand(1):item()
    local net = nn.Linear(3, 3)
    m.seed(1)
    there_and_back(net)
    near(m.rand(1):item(), want, 0)
  end)
  it("may be classes that were registered", function()
    local Scale = require "mlrt.class" "Scale"
    function Scale:init(k) self.k = k end
    m.register_class("spec.Scale", Scale, {
      pack = function(s) return {k = s.k} end,
      unpack = function(class, t) return class(t.k) end,
    })
    local back = there_and_back {s = Scale(3)}
    eq(back.s.k, 3)
    eq(getmetatable(back.s) == Scale, true)
  end)
end)
