-- profile_spec.lua: m.profile, its table and its trace.

local m = require "mlrt"
local json = require "mlrt.json"

local here = debug.getinfo(1, "S").short_src

local function line_here(offset)
  return ("%s:%d"):format(here, debug.getinfo(2, "l").currentline + offset)
end

local function find(rows, op, backward)
  for _, r in ipairs(rows) do
    if r.op == op and r.backward == (backward or false) then return r end
  end
  error("no row of " .. op)
end

local function step(net, opt, x)
  opt:zero_grad()
  net(x):sum():backward()
  opt:step()
end

describe("profile", function()
  it("tells operations, lines, calls, FLOPs and bytes", function()
    local a = m.rand(20, 30)
    local p = m.profile()
    local line = line_here(1)
    for _ = 1, 4 do a:matmul(a:t()) end
    p:stop()
    a:exp()
    local r = find(p:rows(), "matmul")
    eq(r.line, line)
    eq(r.calls, 4)
    eq(r.flops, 4 * 2.0 * 20 * 30 * 20)
    eq(r.bytes, 4 * 4.0 * (600 + 600 + 400))
    eq(r.dtype, "f32")
    assert(r.seconds > 0 and r.seconds <= p:seconds())
    near(r.gflops, r.flops / r.seconds / 1e9)
    eq(r.share, nil)
    raises("no row of exp", find, p:rows(), "exp")
  end)

  it("gives the walk's operations the forward line", function()
    local net = m.nn.Sequential(m.nn.Linear(6, 4), m.nn.ReLU())
    local opt = m.optim.SGD(net:parameters(), {lr = 0.1})
    local x = m.rand(3, 6)
    local p <close> = m.profile()
    step(net, opt, x)
    p:stop()
    local forward = find(p:rows(), "linear").line
    assert(forward:find(here, 1, true) == 1)
    local walk = 0
    for _, r in ipairs(p:rows()) do
      if r.backward then
        eq(r.line, forward)
        walk = walk + 1
      end
    end
    assert(walk >= 3)
    assert(find(p:rows(), "sgd").bytes > 0)
  end)

  it("adds up by operation and by line", function()
    local a = m.rand(10)
    local p = m.profile()
    for _ = 1, 3 do a:exp() end
    a:exp()
    a:tanh()
    p:stop()
    eq(find(p:rows "op", "exp").calls, 4)
    eq(#p:rows "op", 2)
    eq(#p:rows "call", 3)
    eq(#p:rows "line", 3)
    local seconds = 0
    for _, r in ipairs(p:rows "line") do seconds = seconds + r.seconds end
    near(seconds, find(p:rows "op", "exp").seconds
      + find(p:rows "op", "tanh").seconds, 1e-9)
    raises("rows by call, op or line, not file", p.rows, p, "file")
  end)

  it("prints a table of at most 80 columns, the dearest first", function()
    local a = m.rand(64, 64, {requires_grad = true})
    local p = m.profile {limits = true}
    for _ = 1, 30 do a:matmul(a):softmax(2):log():mean():backward() end
    p:stop()
    local text = tostring(p)
    for line in text:gmatch "[^\n]+" do assert(#line <= 80, line) end
    assert(text:find("^operation +line"))
    assert(text:find(" <%S*_spec.lua:%d+ "))
    assert(text:find("calls, .* in operations, .*FLOP"))
    assert(text:find("limits: [%d.]+ %(f32%)"))
    local rows = p:rows()
    for i = 2, #rows do assert(rows[i - 1].seconds >= rows[i].seconds) end
    local two = p:table(2)
    assert(two:find(("(%d more)"):format(#rows - 2), 1, true))
    local r = find(rows, "matmul")
    near(r.share, math.max(r.flops / p.limits.f32,
      r.bytes / p.limits.bandwidth) / r.seconds)
  end)

  it("writes a Chrome trace", function()
    local a = m.rand(8)
    local p = m.profile {events = 3}
    a:exp()
    local line = line_here(1)
    a:mul(2)
    a:tanh()
    a:sin()
    p:stop()
    local path = os.tmpname()
    local kept, lost = p:trace(path)
    eq({kept, lost}, {3, 1})
    local f <close> = assert(io.open(path))
    local trace = json.decode(f:read "a")
    os.remove(path)
    eq(#trace.traceEvents, 3)
    local e = trace.traceEvents[2]
    eq({e.name, e.ph, e.cat, e.args.line, e.args.flops},
      {"mul", "X", "forward", line, 8.0})
    local before = 0
    for _, v in ipairs(trace.traceEvents) do
      assert(v.ts >= before and v.dur >= 0)
      before = v.ts + v.dur
    end
  end)

  it("says why a trace cannot be written", function()
    local p = m.profile()
    local ok, why = p:stop():trace "/no/such/folder/trace.json"
    eq(ok, nil)
    assert(why:find "/no/such/folder")
  end)

  it("runs one at a time, until it is closed", function()
    do
      local p <close> = m.profile()
      raises("profile: one runs already", m.profile)
      raises("measure after p:stop()", p.measure, p)
    end
    local q = m.profile()
    q:stop()
    q:stop()
    raises("unknown option 'limit'", m.profile, {limit = true})
  end)

  it("is stopped by an error that leaves its block", function()
    pcall(function()
      local p <close> = m.profile() -- luacheck: ignore
      m.zeros(2, 3):matmul(m.zeros(2, 3))
    end)
    m.profile():stop()
  end)

  it("sees functions with a gradient of their own", function()
    local Double = m.autograd.Function {
      forward = function(_, x) return x * 2 end,
      backward = function(_, g) return g:mul(2) end,
    }
    local x = m.ones(3, {requires_grad = true})
    local p = m.profile()
    local line = line_here(1)
    local y = Double(x)
    y:sum():backward()
    p:stop()
    eq(find(p:rows(), "mul", true).line, line)
  end)

  it("changes no result", function()
    local a = m.rand(40, 40)
    local before = a:matmul(a):softmax(1)
    local p <close> = m.profile()
    eq(a:matmul(a):softmax(1), before)
    p:stop()
  end)
end)
