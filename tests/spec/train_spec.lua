-- train_spec.lua: the training loop does what the same loop by hand does, goes
-- on exactly where it was left, and names what is wrong with its input.

local m = require "mlrt"
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

-- ---- The loop -------------------------------------------------------------

describe("train.fit", function()
  it("is the loop that one would write by hand", function()
    local net, data = network(), loader()
    local optimizer = m.optim.Adam(net:parameters(), {lr = 0.01})
    for _ = 1, 2 do
      net:train()
      for x, y in data do
        optimizer:zero_grad()
        m.cross_entropy(net(x), y):backward()
        optimizer:step()
      end
    end
    local run = fit()
    eq(weights(run.model), weights(net))
    eq(run.step, 14)
    eq(run.samples, 200)
    eq(run.reason, "epochs")
    eq(#run.history, 2)
  end)

  it("is the same as an iterator", function()
    local whole, seen = fit(), 0
    local o = options_of()
    for step, run in train.steps(o) do
      seen = seen + 1
      eq(step, seen)
      assert(run.loss > 0 and run.epoch == (step - 1) // 7 + 1)
    end
    eq(seen, 14)
    eq(weights(o.model), weights(whole.model))
  end)

  it("takes part of a step in another coroutine", function()
    local o = options_of()
    local frame = coroutine.wrap(function()
      for step in train.steps(o) do coroutine.yield(step) end
      return "done"
    end)
    for step = 1, 14 do eq(frame(), step) end
    eq(frame(), "done")
  end)

  it("adds up gradients as one large batch would", function()
    local x, y = samples(100)
    local function last(data, accumulate)
      local net = nn.Linear(6, 2)
      m.seed(1)
      for _, p in ipairs(net:parameters()) do nn.init.normal_(p) end
      train.fit {model = net, data = data, loss = m.cross_entropy,
        optimizer = m.optim.SGD(net:parameters(), {lr = 0.5}), epochs = 3,
        accumulate = accumulate, progress = false}
      return weights(net)
    end
    local parts, wholes = {}, {}
    for from = 1, 100, 15 do -- the last one is shorter
      local to = math.min(from + 14, 100)
      parts[#parts + 1] = {x[{{from, to}}], y[{{from, to}}]}
    end
    for _, r in ipairs {{1, 45}, {46, 90}, {91, 100}} do
      wholes[#wholes + 1] = {x[{r}], y[{r}]}
    end
    near(last(parts, 3), last(wholes, 1), 1e-5)
  end)

  it("ends after steps, and judges what there is", function()
    local run = fit {steps = 10, epochs = 5, val = loader()}
    eq(run.step, 10)
    eq(run.reason, "steps")
    eq(#run.history, 2)
    assert(run.history[2].validation.accuracy > 0)
  end)

  it("takes lists, functions and models of several inputs", function()
    local x, y = samples(20)
    local Net = nn.class "Net"
    function Net:init() self.layer = nn.Linear(6, 2) end
    function Net:forward(a, b) return self.layer(a + b) end
    local net = Net()
    local function epoch()
      local i = 0
      return function()
        i = i + 1
        if i <= 3 then return x, x, y end
      end
    end
    for _, data in ipairs {{{x, x, y}, {x, x, y}, {x, x, y}}, epoch} do
      local run = train.fit {model = net, data = data, loss = m.cross_entropy,
        optimizer = m.optim.SGD(net:parameters()), val = data,
        progress = false}
      eq(run.step, 3)
      assert(run.history[1].validation.accuracy)
    end
  end)

  it("takes a forward of one's own", function()
    local x = samples(64)
    local net = nn.Sequential(nn.Linear(6, 2), nn.Linear(2, 6))
    local run = train.fit {model = net, data = {{x}}, epochs = 30,
      optimizer = m.optim.Adam(net:parameters(), {lr = 0.05}),
      forward = function(model, a)
        local b = model(a)
        return m.mse_loss(b, a), b, a
      end, val = {{x}}, metrics = {mse = m.metrics.MSE()}, progress = false}
    local first, last = run.history[1], run.history[30]
    assert(last.loss < 0.8 * first.loss)
    near(last.validation.mse, last.validation.loss, 1e-5)
  end)

  it("takes metrics by name, and judges other data", function()
    local run = fit {val = loader(), metrics = {"f1", m.metrics.Accuracy()}}
    local v = run.history[2].validation
    assert(v.f1 > 0 and v.accuracy > 0)
    local again = run:evaluate(loader())
    near(again.loss, v.loss)
    near(again.f1, v.f1)
    eq(again.samples, 100)
    assert(tostring(run):find("2 epochs, 14 steps, loss 0", 1, true))
    raises("unknown metric 'acuracy'; did you mean 'accuracy'?", fit,
      {metrics = {"acuracy"}})
  end)

  it("leaves validation no trace", function()
    eq(weights(fit {val = loader()}.model), weights(fit().model))
  end)

  it("counts what it cost, within a budget", function()
    local run = fit {ledger = {price_per_hour = 2, currency = "EUR"}}
    local cost = run.ledger:report()
    eq(cost.samples, 200)
    eq(#cost.epochs, 2)
    assert(cost.money > 0 and cost.flops > 0)
    run = fit {epochs = 1000, budget = {minutes = 0}}
    eq(run.step, 1)
    assert(run.reason:find "^budget: ")
  end)

  it("is as before after a dry run", function()
    local o = options_of {val = loader(), dry_run = true,
      callbacks = {train.EMA(), train.EarlyStopping()}}
    local before, place = weights(o.model), m.default_generator():state()
    local run = train.fit(o)
    eq(#run.history, 1)
    eq(weights(o.model), before)
    eq(m.default_generator():state(), place)
    o.dry_run, o.callbacks, o.val = nil, nil, nil
    eq(weights(train.fit(o).model), weights(fit().model))
  end)
end)

-- ---- Callbacks ------------------------------------------------------------

describe("train callbacks", function()
  it("are called in their places", function()
    local calls, c = {}, {name = "mine"}
    for _, hook in ipairs {"start", "epoch_start", "batch", "before_step",
      "after_step", "validated", "epoch_end", "leave", "finish"} do
      c[hook] = function(self, run)
        eq(self, c)
        calls[#calls + 1] = hook .. run.step
      end
    end
    local x, y = samples(10)
    fit {data = {{x, y}, {x, y}}, epochs = 1, callbacks = {c}}
    eq(table.concat(calls, " "), "start0 epoch_start0 "
      .. "batch0 before_step0 after_step1 batch1 before_step1 after_step2 "
      .. "validated2 epoch_end2 leave2 finish2")
  end)

  it("set learning rates by step, epoch and group", function()
    local rates = {}
    local watch = {before_step = function(_, run)
      rates[#rates + 1] = run:lr()
    end}
    local x, y = samples(10)
    local o = {data = {{x, y}, {x, y}}, callbacks = {
      train.Schedule(function(step) return 1 / (1 + step) end), watch}}
    fit(o)
    eq(rates, {1.0, 1 / 2, 1 / 3, 1 / 4})
    rates, o.callbacks[1] = {}, train.Schedule(function(epoch)
      return 0.5 ^ epoch
    end, {by = "epoch", factor = true})
    fit(o)
    near(rates, {0.01, 0.01, 0.005, 0.005})
  end)

  it("clip, and say what the norm was", function()
    local norms = {}
    fit {epochs = 1, callbacks = {train.Clip {norm = 1e-3},
      {before_step = function(_, run)
        norms[#norms + 1] = run.grad_norm
        local sum = 0
        for _, p in ipairs(run.parameters) do
          sum = sum + p.grad:square():sum():item()
        end
        assert(sum ^ 0.5 < 1.0001e-3)
      end}}}
    eq(#norms, 7)
    assert(norms[1] > 1e-2)
  end)

  it("average weights for validation and for the end", function()
    local raw = fit().model
    local o, seen = options_of {val = loader()}, nil
    o.callbacks = {train.EMA {decay = 0.5}, {validated = function(_, run)
      seen = weights(run.model)
    end, leave = function(_, run)
      eq(weights(run.model), weights(raw))
    end}}
    local run = train.fit(o)
    eq(weights(run.model), seen)
    eq(#run.history, 2)
  end)

  it("stop early and bring the best weights back", function()
    local values, best = {3, 1, 2, 2, 0}, nil
    local o = options_of {epochs = 5}
    local fake = {validated = function(_, run, row)
      row.loss = values[row.epoch]
      if row.epoch == 2 then best = weights(run.model) end
    end}
    o.callbacks = {fake, train.EarlyStopping {patience = 2}}
    local run = train.fit(o)
    eq(#run.history, 4)
    eq(run.reason, "no better loss for 2 epochs (best 1 in epoch 2)")
    eq(weights(run.model), best)
  end)

  it("lower the rate on a plateau", function()
    local x, y = samples(10)
    local o = options_of {epochs = 4, data = {{x, y}}}
    o.callbacks = {{validated = function(_, _, row) row.loss = 1 end},
      train.Plateau {patience = 1, factor = 0.5}}
    near(train.fit(o).optimizer.lr, 0.005)
  end)

  it("are named when they raise", function()
    raises("train: callback 'mine', after_step: .*oops", fit, {callbacks = {
      {name = "mine", after_step = function() error "oops" end}}})
    raises("callback 1 (table) has none of start", fit, {callbacks = {{}}})
    raises("EarlyStopping', validated: .*unknown value 'acuracy'; did you "
      .. "mean 'accuracy'?", fit, {val = loader(),
      callbacks = {train.EarlyStopping {monitor = "acuracy"}}})
  end)
end)

-- ---- The guard ------------------------------------------------------------

describe("train's guard", function()
  local function spoil(path, at)
    return {after_step = function(_, run)
      local _ <close> = m.no_grad()
      if run.step == at then run.model:get(path):fill_(0 / 0) end
    end}
  end

  it("names the parameter, the input and the layer", function()
    raises("train: the loss is nan at step 4, epoch 1, batch 4: the parameter "
      .. "'4.weight' of Linear(8 -> 2) is nan or infinite already", fit,
      {callbacks = {spoil("4.weight", 3)}})
    local x, y = samples(4)
    x[{2, 3}] = 0 / 0
    raises("value 1 of the batch holds 1 that are nan or infinite", fit,
      {data = {{x, y}}})
    local net = nn.Sequential(nn.Linear(6, 4), nn.Softplus(), nn.Linear(4, 2))
    net[1].weight:detach():fill_(1e38)
    raises("it began in 1 Linear(6 -> 4)", fit, {model = net,
      data = {{m.ones(4, 6) * 10, y}}})
  end)

  it("sees gradients before the step, and changes nothing", function()
    local o = options_of {epochs = 1}
    local before = weights(o.model)
    o.forward = function(model, x)
      return (model(x) * 0):sqrt():sum()
    end
    local text = raises("the gradient of '4.bias' of Linear(8 -> 2) and 3 more "
      .. "is nan or infinite at step 1", train.fit, o)
    assert(text:find("'mul' made a NaN", 1, true), text)
    eq(weights(o.model), before)
    for _, p in ipairs(o.model:parameters()) do eq(p.grad, nil) end
  end)

  it("lets large gradients pass, and can be left out", function()
    local net = nn.Linear(6, 2)
    local x, y = samples(4)
    local run = fit {model = net, data = {{x, y}}, epochs = 1,
      optimizer = m.optim.SGD(net:parameters(), {lr = 0}),
      forward = function(model, a) return model(a):sum() * 1e37 end}
    eq(run.step, 1)
    eq(fit {guard = false, callbacks = {spoil("4.weight", 3)}}.step, 14)
  end)
end)

-- ---- Learning rates --------------------------------------------------------

describe("train.find_lr", function()
  it("suggests one that works, and leaves no trace", function()
    local o = options_of()
    local before, place = weights(o.model), o.data:state()
    o.epochs, o.progress = nil, nil
    local random = m.default_generator():state()
    local found = train.find_lr(o)
    assert(found.lr > 1e-4 and found.lr < 1, found.lr)
    assert(#found.rates > 30 and #found.rates == #found.losses)
    assert(tostring(found):find("suggested: ", 1, true))
    eq(weights(o.model), before)
    eq(m.default_generator():state(), random)
    eq(o.data:state(), place)
    near(o.optimizer.lr, 0.01)
    o.epochs, o.progress = 2, false
    eq(weights(train.fit(o).model), weights(fit().model))
  end)

  it("says when there is none", function()
    local o = options_of()
    o.epochs, o.progress = nil, nil
    o.loss = function(p) return p:sum() * 0 end
    local found = train.find_lr(o)
    eq(found.lr, nil)
    assert(tostring(found):find "no suggestion")
    o.to = 1e-9
    raises("0 < from < to", train.find_lr, o)
  end)
end)

describe("train.new_folder", function()
  it("counts up", function()
    local base = os.tmpname()
    eq(train.new_folder(base), base .. "-1")
    eq(train.new_folder(base), base .. "-2")
    for _, name in ipairs {base, base .. "-1", base .. "-2"} do
      os.remove(name)
    end
    raises("a path expected, got a nil", train.new_folder)
  end)
end)

-- ---- Bad input ------------------------------------------------------------

describe("train names", function()
  it("what is wrong with the data", function()
    raises("train.fit: data: the list has no batches", fit, {data = {}})
    raises("train: data: the epoch had no batches", fit,
      {data = function() return function() end end})
    raises("val: there are no samples", fit,
      {val = function() return function() end end})
    raises("batch 1 should be a list such as {x, y}, got a number", fit,
      {data = {3}})
    raises("train.fit: data: a loader, a list of batches", fit, {data = 3})
    raises("got a TensorDataset; m.data.Loader(it, {batch = 32}) makes a "
      .. "loader", fit, {data = m.data.TensorDataset(m.ones(2))})
    raises("got a tensor", fit, {data = m.ones(2)})
    raises("what is its target?", fit, {data = {{m.ones(2, 6)}}})
  end)

  it("what is wrong with the loss", function()
    raises("one number, got a tensor of shape (16); take its mean", fit,
      {loss = function(p, t)
        return m.cross_entropy(p, t, {reduction = "none"})
      end})
    raises("the loss should be a tensor, got a number", fit,
      {loss = function() return 3 end})
    raises("the loss does not depend on any parameter", fit,
      {loss = function() return m.ones {} end})
    raises("give a loss", train.fit, {model = network(), data = {{1}},
      optimizer = m.optim.SGD(network():parameters())})
  end)

  it("what is wrong with the rest", function()
    raises("train: metric 'mse': .*got dtype index", fit, {val = loader(),
      metrics = {m.metrics.MSE()}})
    raises("metrics: '1' should be a metric", fit, {metrics = {3}})
    raises("the name 'loss' is taken", fit, {metrics = {
      loss = m.metrics.Accuracy()}})
    raises("did you mean 'epochs'?", fit, {epoch = 3})
    raises("argument 'model': an nn module expected", fit, {model = {},
      optimizer = m.optim.SGD(network():parameters())})
    raises("needs a closure", fit, {
      optimizer = m.optim.LBFGS(network():parameters())})
    raises("keep: 'x' should be", fit, {keep = {x = 3}})
    raises("train.Clip: say norm = or value =", train.Clip)
    raises("the folder cannot be made", fit, {folder = "/dev/null/run"})
  end)
end)
