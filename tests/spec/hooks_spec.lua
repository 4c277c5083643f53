-- hooks_spec.lua: hooks of modules, lazy sizes, lists of modules and
-- parameters, and what modules can do besides.

local m = require "mlrt"
local nn = require "mlrt.nn"

local function leaf(values)
  return m.tensor(values, {requires_grad = true})
end

-- y = 2 x
local function doubling()
  local layer = nn.Linear(1, 1, {bias = false})
  nn.init.constant_(layer.weight, 2)
  return layer
end

local function back(value)
  local path = os.tmpname()
  assert(m.save(path, value))
  local loaded, message = m.load(path)
  os.remove(path)
  return assert(loaded, message)
end

describe("forward hooks", function()
  it("see and replace arguments and outputs, in order", function()
    local layer, order = doubling(), {}
    layer:register_forward_pre_hook(function(module, args)
      eq(rawequal(module, layer), true)
      eq(args.n, 1)
      order[#order + 1] = "pre"
    end)
    layer:register_forward_pre_hook(function(_, args) return args[1] + 1 end)
    layer:register_forward_pre_hook(function() order[#order + 1] = "first" end,
      {prepend = true})
    layer:register_forward_hook(function(_, args, y)
      near(args[1], {{4}})
      near(y, {{8}})
      return y * 10
    end)
    layer:register_forward_hook(function(_, _, y) near(y, {{80}}) end)
    near(layer(m.tensor {{3}}), {{80}})
    eq(order, {"first", "pre"})
  end)

  it("have several arguments and outputs, and nil among them", function()
    local Swap = nn.class "Swap"
    function Swap:forward(a, b) return b, a end -- luacheck: ignore self
    local swap = Swap()
    local handle = swap:register_forward_hook(function(_, args, outputs)
      eq(args.n, 2)
      eq(outputs.n, 2)
      return {outputs[1], 7}
    end)
    eq(table.pack(swap(1, nil)), {nil, 7, n = 2})
    handle:remove()
    swap:register_forward_pre_hook(function() return {5, 6} end)
    eq(table.pack(swap(1, 2)), {6, 5, n = 2})
  end)

  it("are removed by their handle, also while they run", function()
    local layer, calls = doubling(), 0
    local handle
    handle = layer:register_forward_hook(function()
      calls = calls + 1
      handle:remove()
    end)
    local other = layer:register_forward_hook(function() calls = calls + 10 end)
    layer(m.ones(1, 1))
    layer(m.ones(1, 1))
    eq(calls, 21)
    other:remove()
    other:remove()
    eq(layer._hooks, false)
    do
      local _ <close> = layer:register_forward_pre_hook(function()
        calls = 0
      end)
      layer(m.ones(1, 1))
    end
    eq(layer._hooks, false)
    eq(calls, 0)
    raises("Linear:register_forward_hook: a function expected, got a number",
      function() layer:register_forward_hook(3) end)
  end)

  it("run inside networks, which errors and summaries still name", function()
    local net = nn.Sequential(doubling(), doubling())
    local shapes = {}
    for _, layer in ipairs(net) do
      layer:register_forward_hook(function(_, _, y)
        shapes[#shapes + 1] = tostring(y.shape)
      end)
    end
    near(net(m.tensor {{1}}), {{4}})
    eq(shapes, {"(1, 1)", "(1, 1)"})
    eq(#net:summary({1, 1}).rows, 2)
    raises("net.1 Linear(1 -> 1, bias=false): linear", function()
      local _ = net(m.ones(2, 3))
    end)
  end)
end)

describe("backward hooks", function()
  it("see and replace the gradients of inputs and outputs", function()
    local layer, seen = doubling(), {}
    layer:register_full_backward_hook(function(module, inputs, outputs)
      eq(rawequal(module, layer), true)
      seen[#seen + 1] = {inputs[1]:totable(), outputs[1]:totable()}
      return inputs[1] * 100
    end)
    layer:register_full_backward_pre_hook(function(_, outputs)
      return outputs[1] * 3
    end)
    local x = leaf {{1}, {2}}
    m.sum(layer(x) * 5):backward()
    near(seen[1][1], {{30}, {30}}) -- 5 * 3 * 2
    near(seen[1][2], {{15}, {15}})
    near(x.grad, {{3000}, {3000}})
    near(layer.weight.grad, {{45}}) -- 15 (1 + 2)
    eq(#seen, 1)
  end)

  it("run without a gradient of the inputs", function()
    local layer, seen = doubling(), nil
    layer:register_full_backward_hook(function(_, inputs, outputs)
      seen = {inputs.n, inputs[1], outputs[1]:totable()}
    end)
    m.sum(layer(m.ones(1, 1))):backward()
    eq(seen[3], {{1.0}})
    eq(seen[2], nil)
    near(layer.weight.grad, {{1}})
    layer(m.ones(1, 1))
    local _ <close> = m.no_grad()
    eq(layer(m.ones(1, 1)).requires_grad, false)
  end)

  it("have several inputs and outputs", function()
    local Both = nn.class "Both"
    function Both:forward(a, k, b) -- luacheck: ignore self
      return a * b, a + b * k
    end
    local both, seen = Both(), nil
    both:register_full_backward_hook(function(_, inputs, outputs)
      seen = {inputs[1]:totable(), inputs[2], inputs[3]:totable(),
        outputs[1]:totable(), outputs[2]:totable()}
      return {nil, nil, inputs[3] * 2, n = 3}
    end)
    local a, b = leaf {2}, leaf {3}
    local p, q = both(a, 10, b)
    m.sum(p + q * 5):backward()
    eq(seen, {{8.0}, nil, {52.0}, {1.0}, {5.0}})
    near(b.grad, {104})
    eq(a.grad, nil)
    both:register_full_backward_hook(function() return {1, 2} end)
    p = both(a, 10, b)
    raises("returned 2 gradients, 3 expected", function()
      p:sum():backward()
    end)
  end)

  it("work with grad and second derivatives", function()
    local layer = doubling()
    layer:register_full_backward_hook(function(_, inputs)
      return inputs[1] * 2
    end)
    local x = leaf {{3}}
    local y = layer(x) ^ 2
    local g = m.grad(y:sum(), {x}, {create_graph = true})[1]
    near(g, {{2 * 2 * 6 * 2}}) -- 8 x * 2
    near(m.grad(g:sum(), {x})[1], {{32}}) -- 8 * 2, hooked again
  end)
end)

describe("lazy layers", function()
  local function cases()
    return {
      {nn.LazyLinear(3), {2, 5}, nn.Linear(5, 3), "LazyLinear(? -> 3)"},
      {nn.LazyLinear(3, {bias = false}), {4, 2, 5},
        nn.Linear(5, 3, {bias = false})},
      {nn.LazyConv1d(4, 3, {padding = 1}), {1, 2, 7},
        nn.Conv1d(2, 4, 3, {padding = 1}),
        "LazyConv1d(? -> 4, kernel_size=3)"},
      {nn.LazyConv2d(4, {3, 1}, {groups = 2}), {1, 2, 5, 5},
        nn.Conv2d(2, 4, {3, 1}, {groups = 2})},
      {nn.LazyConv2d(4, 3), {2, 5, 5}, nn.Conv2d(2, 4, 3)},
      {nn.LazyConvTranspose1d(4, 3, 2), {1, 2, 5},
        nn.ConvTranspose1d(2, 4, 3, 2)},
      {nn.LazyConvTranspose2d(4, 2, {groups = 2}), {1, 2, 3, 3},
        nn.ConvTranspose2d(2, 4, 2, {groups = 2})},
      {nn.LazyBatchNorm1d(), {4, 3}, nn.BatchNorm1d(3), "LazyBatchNorm1d(?)"},
      {nn.LazyBatchNorm2d {momentum = 0.5}, {4, 3, 2, 2},
        nn.BatchNorm2d(3, {momentum = 0.5})},
      {nn.LazyInstanceNorm1d(), {4, 3, 5}, nn.InstanceNorm1d(3)},
      {nn.LazyInstanceNorm2d {affine = true}, {3, 4, 4},
        nn.InstanceNorm2d(3, {affine = true})},
    }
  end

  it("become what they stand for", function()
    for _, case in ipairs(cases()) do
      local layer, shape, want, text = table.unpack(case)
      if text then eq(tostring(layer), text) end
      local x = m.randn(shape)
      layer(x)
      eq(tostring(layer), tostring(want))
      eq(getmetatable(layer) == getmetatable(want), true)
      local state = want:state()
      eq(layer:load_state(state).missing, {})
      layer:train()
      eq(layer(x), want(x))
      eq(layer:num_parameters(), want:num_parameters())
    end
  end)

  it("take their size from a state", function()
    for _, case in ipairs(cases()) do
      local layer, shape, want = table.unpack(case)
      if next(want:state()) then
        local net = nn.Sequential(nn.Identity(), layer)
        net:load_state(nn.Sequential(nn.Identity(), want):state())
        local x = m.randn(shape)
        eq(net(x), want(x))
      end
    end
    raises("of LazyLinear(? -> 3) is not known yet", function()
      nn.LazyLinear(3):load_state {}
    end)
  end)

  it("are saved before and after they ran", function()
    local net = nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(),
      nn.LazyLinear(2))
    local x = m.randn(1, 1, 5, 5)
    local other = back(net)
    eq(tostring(other), tostring(net))
    net(x)
    eq(other(x).shape, {1, 2})
    eq(back(net)(x), net(x))
  end)

  it("have no parameters before", function()
    local net = nn.Sequential(nn.ReLU(), nn.LazyLinear(3))
    raises("Sequential:parameters: the input size of 2 LazyLinear(? -> 3) is "
      .. "not known yet; run the network on an input first", function()
      m.optim.SGD(net:parameters(), {lr = 1})
    end)
    raises("is not known yet", function() net:state() end)
    raises("is not known yet", function() net:named_parameters() end)
    net:zero_grad()
    net:eval():apply(function() end):to "f64"
    eq(net(m.ones(1, 4, {dtype = "f64"})).dtype, "f64")
    eq(net[2].training, false)
    eq(#net:parameters(), 2)
  end)

  it("are summed up", function()
    local net = nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(),
      nn.Flatten(), nn.LazyLinear(10))
    local s = net:summary {1, 1, 28, 28}
    eq(s.parameters, 80 + 16 + 8 * 26 * 26 * 10 + 10)
    eq(s.rows[4].title, "Linear(5408 -> 10)")
    eq(net[2].training, true)
  end)

  it("say what is wrong with their options", function()
    raises("nn.LazyLinear: argument 'out_features'", nn.LazyLinear)
    raises("unknown option 'in_features'", function()
      nn.LazyLinear {in_features = 3, out_features = 2}
    end)
    raises("groups = 2 should divide", function()
      nn.LazyConv1d(4, 3, {groups = 2})(m.ones(1, 3, 5))
    end)
  end)
end)

describe("lists of modules", function()
  it("append, insert, extend, pop, slice", function()
    local a, b, c, d = nn.ReLU(), nn.Tanh(), nn.GELU(), nn.SiLU()
    local list = nn.ModuleList {a}
    list:append(c):insert(2, b):extend({d})
    eq(#list, 4)
    for i, want in ipairs {a, b, c, d} do
      eq(rawequal(list[i], want), true)
    end
    eq(rawequal(list:pop(), d), true)
    eq(rawequal(list:pop(1), a), true)
    eq(#list, 2)
    eq(rawequal(list[-1], c), true)
    list:insert(1, d)
    local names = {}
    for name in list:named_children() do names[#names + 1] = name end
    eq(names, {"1", "2", "3"})
    local net = nn.Sequential(a, b, c, d)
    local part = net:slice(2, 3)
    eq(getmetatable(part) == nn.Sequential, true)
    eq(#part, 2)
    eq(rawequal(part[1], b), true)
    eq(#net:slice(2), 3)
    eq(#net:slice(-2, -1), 2)
    list:extend(net)
    eq(#list, 7)
    raises("ModuleList: item 8 should be a module, got a number", function()
      list:append(3)
    end)
    raises("insert: position 9 is out of range 1..8", function()
      list:insert(9, a)
    end)
    raises("Sequential:pop: position 5", function() net:pop(5) end)
    eq(#back(list), 7)
  end)

  it("ModuleDict has keys, values, items, pop, update, clear", function()
    local d = nn.ModuleDict {{"b", nn.ReLU()}, {"a", nn.Linear(2, 2)}}
    eq(d:keys(), {"b", "a"})
    eq(#d:values(), 2)
    d:update {c = nn.Tanh()}
    eq(d:has "c", true)
    eq(d:has "x", false)
    local names = {}
    for name in d:items() do names[#names + 1] = name end
    eq(names, {"b", "a", "c"})
    eq(d:pop "b".__name, "ReLU")
    eq(d:keys(), {"a", "c"})
    eq(#nn.ModuleDict(d), 2)
    raises("there is no 'b'", function() d:pop "b" end)
    eq(#d:clear(), 0)
    eq(#d:parameters(), 0)
  end)

  it("ParameterList and ParameterDict train what they hold", function()
    local Net = nn.class "Net"
    function Net:init()
      self.list = nn.ParameterList {m.ones(2), nn.Parameter(m.zeros(3))}
      self.dict = nn.ParameterDict {u = m.ones(1), a = m.ones(4)}
    end
    local net, names = Net(), {}
    for path in net:named_parameters() do names[#names + 1] = path end
    eq(names, {"list.1", "list.2", "dict.a", "dict.u"})
    net.list:append(m.ones(5))
    eq(#net:parameters(), 5)
    eq(net.list[3].requires_grad, true)
    net.dict:update {b = m.ones(2)}
    eq(net.dict:keys(), {"a", "u", "b"})
    for name, p in net.dict:items() do eq(p:numel() > 0, name ~= nil) end
    eq(tostring(net.list), "ParameterList((2), (3), (5))")
    local saved = back {net.list, net.dict}
    near(saved[1][1]:detach(), {1, 1})
    eq(saved[2].a.requires_grad, true)
    raises("ParameterList: item 4 should be a tensor", function()
      net.list:append(nn.ReLU())
    end)
  end)
end)

describe("modules", function()
  it("freeze, convert, and find parts by path", function()
    local net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    eq(rawequal(net:requires_grad_(false), net), true)
    eq(net[1].weight.requires_grad, false)
    eq(#net:parameters(), 4)
    net:requires_grad_()
    eq(net[1].weight.requires_grad, true)
    eq(net:double()[2].running_mean.dtype, "f64")
    eq(net:float()[1].weight.dtype, "f32")
    eq(rawequal(net:get "1.weight", net[1].weight), true)
    eq(net:get_submodule "2".__name, "BatchNorm1d")
    raises("there is no '3.x' (3 is missing)", function() net:get "3.x" end)
    raises("\"f32\" or \"f64\" expected, got i64", function()
      net:to "i64"
    end)
    net:add_module("extra", nn.ReLU())
    eq(#net:children(), 3)
  end)

  it("leave buffers that do not persist out of the state", function()
    local Net = nn.class "Net"
    function Net:init()
      self:register_buffer("kept", m.ones(2))
      self:register_buffer("made", m.ones(2), false)
      self:register_parameter("w", nn.Parameter(m.ones(1)))
    end
    local net, keys = Net(), {}
    for key in pairs(net:state_dict()) do keys[#keys + 1] = key end
    table.sort(keys)
    eq(keys, {"kept", "w"})
    eq(#net:buffers(), 2)
    net:load_state_dict(net:state())
    eq(net:to "f64".made.dtype, "f64")
    local report = net:load_state({w = m.zeros(2), x = m.ones(1)},
      {strict = false})
    eq(report.missing, {"kept"})
    eq(report.unexpected, {"x"})
    eq(#report.mismatched, 1)
  end)

  it("are initialised by the rules of every paper", function()
    eq(nn.init.calculate_gain "selu", 0.75)
    near(nn.init.gain("leaky_relu"), math.sqrt(2 / (1 + 1e-4)))
    raises("unknown nonlinearity 'x'", nn.init.gain, "x")
    m.seed(5)
    local a = nn.init.xavier_uniform_(m.zeros(4, 5))
    m.seed(5)
    eq(nn.init.glorot_uniform_(m.zeros(4, 5)), a)
    m.seed(5)
    local b = nn.init.kaiming_normal_(m.zeros(4, 5), {nonlinearity = "selu"})
    m.seed(5)
    eq(nn.init.he_normal_(m.zeros(4, 5), {nonlinearity = "selu"}), b)
    near(nn.init.lecun_normal_(m.zeros(50, 100)):std():item(), 0.1, 0.01)
    local u = nn.init.lecun_uniform_(m.zeros(50, 100)):abs():max():item()
    assert(u <= math.sqrt(3 / 100) and u > 0.17, u)
  end)
end)
