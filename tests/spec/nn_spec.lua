-- nn_spec.lua: modules and layers.

local m = require "mlrt"
local nn = require "mlrt.nn"

local function names(module)
  local list = {}
  for path in module:named_parameters() do list[#list + 1] = path end
  return table.concat(list, " ")
end

-- Weights that make results easy to work out.
local function fill(module, value)
  for _, p in ipairs(module:parameters()) do nn.init.constant_(p, value) end
  return module
end

describe("nn.Module", function()
  local Block = nn.class "Block"
  function Block:init(size)
    self.second = false -- becomes a module below, and keeps its place
    self.gain = nn.Parameter(m.ones(size))
    self.inner = nn.Linear(size, size)
    self.second = nn.Linear(size, size, {bias = false})
    self.plain = m.ones(size)
    self:buffer("calls", m.zeros(1))
  end
  function Block:forward(x)
    return self.inner(x) * self.gain
  end

  it("registers in the order of assignment, and looks values up", function()
    local b = Block(2)
    eq(names(b), "second.weight gain inner.weight inner.bias")
    eq(b:num_parameters(), 4 + 2 + 4 + 2)
    eq(#b:buffers(), 1)
    b.gain = nn.Parameter(m.zeros(3))
    b.second = nil
    eq(names(b), "gain inner.weight inner.bias")
    eq(b:parameters()[1]:numel(), 3)
  end)
  it("counts frozen parameters, and leaves that require grad", function()
    local b = Block(2)
    b.gain.requires_grad = false
    b.extra = m.zeros(1)
    b.extra.requires_grad = true
    eq(names(b), "second.weight gain inner.weight inner.bias extra")
  end)
  it("counts shared parameters and modules once", function()
    local a = nn.Linear(2, 2)
    local net = nn.Sequential(a, nn.ReLU(), a)
    eq(names(net), "1.weight 1.bias")
    eq(#net:modules(), 3)
    local b = nn.Linear(2, 2)
    b.weight = a.weight
    eq(#nn.Sequential(a, b):parameters(), 3)
  end)
  it("goes through children that know their parent", function()
    local b = Block(2)
    b.inner.parent = b
    eq(#b:modules(), 3)
    eq(tostring(b):match "parent%): Block%(%.%.%.%)" ~= nil, true)
    eq(b:state()["inner.weight"].shape, {2, 2})
  end)
  it("switches train and eval below", function()
    local b = Block(2)
    eq(b.training, true)
    eq(b:eval().inner.training, false)
    eq(b:train().inner.training, true)
  end)
  it("clears gradients", function()
    local b = Block(2)
    b(m.ones(1, 2)):sum():backward()
    near(b.gain.grad:numel(), 2)
    b:zero_grad()
    eq(b.gain.grad, nil)
  end)
  it("applies a function, children first", function()
    local seen = {}
    Block(2):apply(function(x) seen[#seen + 1] = x.__name end)
    eq(seen, {"Linear", "Linear", "Block"})
  end)
  it("converts its floats", function()
    local b = Block(2):to "f64"
    eq(b.inner.weight.dtype, "f64")
    eq(b.calls.dtype, "f64")
    eq(b.inner.weight.requires_grad, true)
    eq(b(m.ones(1, 2, {dtype = "f64"})).dtype, "f64")
  end)
  it("refuses fields that would hide methods", function()
    local b = Block(2)
    raises("Block: 'apply' is a method", function() b.apply = nn.ReLU() end)
    raises("Block: 'forward' is a method", function() b.forward = m.ones(1) end)
    raises("should be a tensor, got a number", function()
      b:buffer("x", 1)
    end)
    raises("nn.Parameter: wanted a tensor, got a table", nn.Parameter, {1})
    raises("Plain has no forward", nn.class "Plain"(), 1)
  end)
  it("returns what forward returns", function()
    local Two = nn.class "Two"
    function Two:forward(...) -- luacheck: ignore self
      return select("#", ...), nil, ...
    end
    eq(table.pack(Two()(1, nil, 3)), {3, nil, 1, nil, 3, n = 5})
  end)
  it("shows what it is made of", function()
    eq(tostring(nn.Sequential(nn.Conv2d(1, 32, 3, {padding = {1, 0}}),
      nn.ReLU(), nn.Sequential(nn.Linear(2, 3, {bias = false})))), [[
Sequential(
  (1): Conv2d(1 -> 32, kernel_size=3, padding=(1, 0))
  (2): ReLU()
  (3): Sequential(
    (1): Linear(2 -> 3, bias=false)
  )
)]])
  end)
end)

describe("nn state", function()
  it("is a copy", function()
    local a = fill(nn.Linear(2, 1), 1)
    local state = a:state()
    fill(a, 2)
    near(state.weight, {{1, 1}})
    eq(state.weight.requires_grad, false)
    a:load_state(state)
    near(a.weight:detach(), {{1, 1}})
    eq(a.weight.requires_grad, true)
  end)
  it("reports everything that does not fit, and changes nothing", function()
    local net = fill(nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1)), 1)
    local state = fill(nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1)), 2)
      :state()
    state["2.bias"] = nil
    state["1.bias"] = m.zeros(7)
    state.more = m.zeros(1)
    local message = raises("the state does not fit", net.load_state, net, state)
    eq(message:match "missing: 2.bias" ~= nil, true)
    eq(message:match "unexpected: more" ~= nil, true)
    eq(message:find("1.bias has shape (7), the module's (1)", 1, true) ~= nil,
      true)
    near(net[1].weight:detach(), {{1, 1}})
    local report = net:load_state(state, {strict = false})
    eq(report.missing, {"2.bias"})
    eq(report.unexpected, {"more"})
    eq(#report.mismatched, 1)
    near(net[1].weight:detach(), {{2, 2}})
    near(net[2].bias:detach(), {1})
  end)
  it("refuses what is no state", function()
    local net = nn.Linear(1, 1)
    raises("argument 'state': a table expected", net.load_state, net, 1)
    raises("did you mean 'strict'", net.load_state, net, {}, {strct = true})
    raises("weight is a number", net.load_state, net,
      {weight = 1, bias = m.zeros(1)})
  end)
end)

describe("nn errors", function()
  it("name the path of the module", function()
    local net = nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Linear(6, 5))
    local message = raises("net.3 Linear(6 -> 5): linear: ", function()
      local y = net(m.ones(2, 7))
      return y
    end)
    eq(message:match "nn_spec.lua:%d+: net%.3 " ~= nil, true)
  end)
  it("name it inside modules of one's own", function()
    local Net = nn.class "Net"
    function Net:init() self.parts = nn.ModuleList {nn.Linear(2, 2)} end
    function Net:forward(x)
      local y = self.parts[1](x)
      return y
    end
    local body = Net()
    raises("body.parts.1 Linear(2 -> 2): linear:", function()
      local y = body(m.ones(3, 3))
      return y
    end)
  end)
  it("forget the modules of an error that was caught", function()
    local net = nn.Sequential(nn.Linear(2, 2))
    pcall(net, m.ones(3, 3))
    local message = raises("matmul", m.matmul, m.ones(2, 3), m.ones(2, 3))
    eq(message:find("Linear", 1, true), nil)
  end)
  it("check the options of constructors", function()
    raises("nn.Linear: unknown option 'in_feature'; did you mean 'in_features'",
      nn.Linear, {in_feature = 1, out_features = 2})
    raises("nn.Conv2d: argument 'kernel_size'", nn.Conv2d, 1, 2)
    raises("groups = 2 should divide", nn.Conv2d, 3, 4, 3, {groups = 2})
    raises("p should be between 0 and 1, got 2", nn.Dropout, 2)
    raises("item 2 should be a module, got a number", nn.Sequential, nn.ReLU(),
      3)
  end)
end)

describe("nn layers", function()
  it("Linear multiplies and adds", function()
    near(fill(nn.Linear(3, 2), 1)(m.tensor {{1, 2, 3}}):detach(), {{7, 7}})
    near(fill(nn.Linear(3, 1, {bias = false}), 1)(m.tensor {1, 2, 3}):detach(),
      {6})
    eq(nn.Linear(3, 2, {dtype = "f64"}).weight.dtype, "f64")
  end)
  it("Conv2d, pools and Flatten give PyTorch's shapes", function()
    local x = m.ones(2, 4, 9, 7)
    local function shape(layer) return {table.unpack(layer(x).shape)} end
    eq(shape(nn.Conv2d(4, 6, 3)), {2, 6, 7, 5})
    eq(shape(nn.Conv2d(4, 6, {3, 1}, {stride = 2, padding = {1, 0}})),
      {2, 6, 5, 4})
    eq(shape(nn.Conv2d(4, 6, 3, {groups = 2, dilation = 2, bias = false})),
      {2, 6, 5, 3})
    eq(shape(nn.MaxPool2d(2)), {2, 4, 4, 3})
    eq(shape(nn.MaxPool2d(3, {stride = 1, padding = 1})), {2, 4, 9, 7})
    eq(shape(nn.AvgPool2d({3, 1})), {2, 4, 3, 7})
    eq(shape(nn.Flatten()), {2, 252})
    eq(shape(nn.Flatten(1, 2)), {8, 9, 7})
    eq(shape(nn.Identity()), {2, 4, 9, 7})
  end)
  it("Conv2d sums over its window", function()
    local y = fill(nn.Conv2d(2, 1, 2), 1)(m.ones(1, 2, 3, 3)):detach()
    near(y, {{{{9, 9}, {9, 9}}}})
  end)
  it("BatchNorm normalises a batch and then remembers", function()
    local norm = nn.BatchNorm1d(2)
    local x = m.tensor {{1, 10}, {3, 30}}
    near(norm(x):detach(), {{-1, -1}, {1, 1}}, 1e-4)
    near(norm.running_mean, {0.2, 2})
    near(norm.running_var, {0.9 + 0.1 * 2, 0.9 + 0.1 * 200}, 1e-5)
    eq(norm.num_batches_tracked:item(), 1)
    norm:eval()
    near(norm(x):detach()[1], {0.8 / 1.1 ^ 0.5, 8 / 20.9 ^ 0.5}, 1e-4)
    raises("BatchNorm1d: an input of 2 or 3 dimensions expected, got shape (2)",
      norm, m.ones(2))
    local images = nn.BatchNorm2d(2, {affine = false})
    eq(#images:parameters(), 0)
    eq({table.unpack(images(m.randn(3, 2, 4, 5)).shape)}, {3, 2, 4, 5})
  end)
  it("Dropout drops in training only, from its generator", function()
    local x = m.ones(1000)
    local drop = nn.Dropout(0.25, {generator = m.generator(1)})
    local y = drop(x)
    near(y:sum():item() / 1000, 1, 0.1)
    near(y:max():item(), 4 / 3)
    local again = nn.Dropout(0.25, {generator = m.generator(1)})(x)
    near((again - y):abs():sum():item(), 0)
    eq(drop:eval()(x), x)
  end)
  it("activations", function()
    local x = m.tensor {{-1, 0, 2}}
    near(nn.ReLU()(x), {{0, 0, 2}})
    near(nn.Tanh()(x), {{-0.76159416, 0, 0.96402758}})
    near(nn.Sigmoid()(x), {{0.26894142, 0.5, 0.88079708}})
    near(nn.Softmax(2)(x):sum():item(), 1)
    near(nn.LogSoftmax(-1)(x):exp(), nn.Softmax()(x):totable())
  end)
  it("losses are their operations", function()
    local x, y = m.tensor {{1, 2, 3}, {1, 0, 0}}, m.index {3, 1}
    near(nn.CrossEntropyLoss()(x, y):item(), 0.4795256, 1e-5)
    near(nn.CrossEntropyLoss {reduction = "sum", weight = m.tensor {1, 1, 2}}(x,
      y):item(), 2 * 0.4076060 + 0.5514447, 1e-5)
    near(nn.NLLLoss()(x:log_softmax(2), y):item(), 0.4795256, 1e-5)
    near(nn.MSELoss()(m.tensor {1, 2}, m.tensor {3, 2}):item(), 2)
    eq(tostring(nn.MSELoss {reduction = "none"}), "MSELoss(reduction=none)")
    raises("one of mean, sum, none expected", nn.MSELoss, {reduction = "max"})
  end)
end)

describe("nn containers", function()
  it("are lists", function()
    local net = nn.Sequential {nn.ReLU(), nn.Tanh()}
    eq(#net, 2)
    eq(net[-1].__name, "Tanh")
    eq(net[3], nil)
    net:append(nn.Sigmoid())
    eq(#net, 3)
    near(net(m.zeros(1)), {0.5})
    local list = nn.ModuleList {nn.ReLU(), nn.ReLU()}
    local n = 0
    for _ in ipairs(list) do n = n + 1 end
    eq(n, 2)
    raises("ModuleList has no forward", list, m.zeros(1))
  end)
  it("an empty Sequential changes nothing", function()
    near(nn.Sequential()(m.ones(2)), {1, 1})
  end)
end)

describe("nn.init", function()
  local function bounds(t)
    t = t:detach()
    return t:min():item(), t:max():item()
  end

  it("draws from a given generator, or the context's", function()
    local a, b = m.zeros(3, 4), m.zeros(3, 4)
    nn.init.kaiming_uniform_(a, {generator = m.generator(5)})
    nn.init.kaiming_uniform_(b, {generator = m.generator(5)})
    near(a, b:totable(), 0)
    m.seed(3)
    local c = nn.Linear(4, 3).weight:detach():totable()
    m.seed(3)
    near(nn.Linear(4, 3).weight:detach(), c, 0)
  end)
  it("has PyTorch's bounds for new layers", function()
    local layer = nn.Linear(400, 50)
    local low, high = bounds(layer.weight)
    near({low, high}, {-0.05, 0.05}, 1e-4)
    low, high = bounds(nn.Conv2d(4, 100, 5).bias)
    near({low, high}, {-0.1, 0.1}, 0.02)
  end)
  it("scales by fan and gain", function()
    local t = m.zeros(200, 50)
    eq({nn.init.fans(m.zeros(6, 4, 3, 2))}, {24, 36})
    local _, high = bounds(nn.init.kaiming_uniform_(t, {nonlinearity = "relu"}))
    near(high, math.sqrt(6 / 50), 1e-3)
    near(nn.init.kaiming_normal_(t, {mode = "fan_out"}):std():item(),
      math.sqrt(2 / 200), 0.01)
    _, high = bounds(nn.init.xavier_uniform_(t, {gain = 2}))
    near(high, 2 * math.sqrt(6 / 250), 1e-3)
    near(nn.init.xavier_normal_(t):std():item(), math.sqrt(2 / 250), 0.01)
    near(nn.init.normal_(t, 3, 0):mean():item(), 3)
    near(nn.init.ones_(t):sum():item(), 10000)
    raises("2 or more dimensions", nn.init.xavier_normal_, m.zeros(3))
  end)
end)

describe("nn summary", function()
  it("counts shapes, parameters and FLOPs", function()
    local net = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Flatten(),
      nn.Linear(21632, 128), nn.ReLU(), nn.Linear(128, 10))
    local s = net:summary {1, 1, 28, 28}
    eq(s.parameters, 320 + 2768896 + 128 + 1290)
    eq(#s.rows, 6)
    eq(s.rows[1].shape, "(1, 32, 26, 26)")
    eq(s.rows[4].flops >= 2 * 21632 * 128, true)
    eq(s.rows[4].flops <= 2 * 21632 * 128 + 256, true)
    eq(tostring(s):find("2,770,634 parameters (11.1 MB)", 1, true) ~= nil,
      true)
  end)
  it("leaves the modes and the random stream as they were", function()
    local net = nn.Sequential(nn.Dropout(), nn.Linear(2, 2))
    net[1]:eval()
    m.seed(1)
    local a = m.rand(1):item()
    m.seed(1)
    net:summary {1, 2}
    near(m.rand(1):item(), a, 0)
    eq(net[1].training, false)
    eq(net[2].training, true)
  end)
  it("says what it wants", function()
    raises("Linear:summary: wanted the input's shape", function()
      return nn.Linear(2, 2):summary()
    end)
    raises("1 Linear(2 -> 2): linear", function()
      local s = nn.Sequential(nn.Linear(2, 2)):summary {1, 3}
      return s
    end)
    near(nn.Linear(2, 2)(m.ones(1, 2)):numel(), 2)
  end)
end)

describe("padding_mode", function()
  local function line(mode, padding)
    local l = nn.Conv1d(1, 1, 3, {padding = padding, padding_mode = mode,
      bias = false})
    m.no_grad(function() l.weight:fill_(1) end)
    return l(m.tensor {{1, 2, 4}}):detach():flatten():totable()
  end
  it("says what lies around the input", function()
    eq(line("zeros", "same"), {3.0, 7.0, 6.0})
    eq(line("reflect", "same"), {5.0, 7.0, 8.0})
    eq(line("replicate", 1), {4.0, 7.0, 10.0})
    eq(line("circular", 1), {7.0, 7.0, 7.0})
    eq(line("circular", "valid"), {7.0})
  end)
  it("keeps the size at stride 1 only", function()
    raises("wants a stride of 1", nn.Conv1d(1, 1, 3, 2, {padding = "same",
      padding_mode = "reflect"}), m.ones(1, 4))
    raises("one of zeros", nn.Conv1d, 1, 1, 3, {padding_mode = "wrap"})
    raises("or valid or same expected", nn.Conv2d, 1, 1, 3, {padding = "full"})
  end)
end)
