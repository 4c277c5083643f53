-- cli_spec.lua: options of scripts and of functions, JSON, progress lines.

local class = require "mlrt.class"
local cli = require "mlrt.cli"
local json = require "mlrt.json"
local options = require "mlrt.options"
local progress = require "mlrt.progress"

describe("cli", function()
  local defaults = {epochs = 3, lr = 1e-3, data = "", better = false,
    fast_mode = true}

  local function parse(...)
    return cli.parse({...}, defaults)
  end

  it("gives the defaults, and leaves them as they are", function()
    local opt = parse("--epochs", "9")
    eq(opt, {epochs = 9, lr = 1e-3, data = "", better = false,
      fast_mode = true})
    eq(defaults.epochs, 3)
  end)
  it("takes --name value and --name=value", function()
    local opt = parse("--lr", "1", "--data=a=b", "--epochs=0x10")
    eq(opt.lr, 1.0)
    eq(opt.data, "a=b")
    eq(opt.epochs, 16)
  end)
  it("takes flags on, off and with a word", function()
    eq(parse("--better", "--no-fast-mode").better, true)
    eq(parse("--better", "--no-fast-mode").fast_mode, false)
    eq(parse("--fast_mode=no").fast_mode, false)
  end)
  it("collects the other words, negative numbers and all behind --", function()
    local opt = parse("a", "-3", "-", "--better", "--", "--lr")
    eq({table.unpack(opt)}, {"a", "-3", "-", "--lr"})
  end)
  it("says what is wrong", function()
    local function complaint(...) return select(2, parse(...)) end
    eq(complaint("--epoch", "1"),
      "unknown option '--epoch'; did you mean '--epochs'?")
    eq(complaint("--epochs", "1.5"),
      "--epochs got '1.5', wanted a whole number")
    eq(complaint("--lr=fast"), "--lr got 'fast', wanted a number")
    eq(complaint("--better=perhaps"),
      "--better got 'perhaps', wanted true or false")
    eq(complaint("--epochs"), "--epochs needs a value")
    eq(complaint("-x"), "unknown option '-x'; options begin with --")
    eq(complaint("--help"), "help")
  end)
  it("writes help from the defaults and the texts", function()
    eq(cli.help({epochs = 3, data = "", quick = true},
      {about = "Trains.", epochs = "passes", arguments = "FILE"}, "t.lua"),
      [[
usage: t.lua [options] FILE
Trains.
Options:
  --data TEXT
  --epochs N   passes (default: 3)
  --quick      default: on; --no-quick
  --help       show this text]])
  end)
  it("refuses defaults that are no options", function()
    raises("the default of a should be a string, number or boolean", cli,
      {a = {}})
    raises("the option name 1 is not a word", cli, {1})
  end)
end)

describe("options", function()
  local read = options("nn.Linear", "in_features: size, out_features: size, "
    .. "bias: bool = true, step: pair = 1, mode: mean|sum = mean, f: callable?")

  it("takes positions, names and both", function()
    local want = {in_features = 10, out_features = 5, bias = false, step = 1,
      mode = "mean"}
    eq(read(10, 5, false), want)
    eq(read(10, 5, {bias = false}), want)
    eq(read {in_features = 10, out_features = 5, bias = false}, want)
    eq(read {10, 5, bias = false}, want)
    eq(read(10.0, 5, nil, {2, 3}).step, {2, 3})
  end)
  it("says what is wrong, at the caller's line", function()
    local message = raises("unknown option 'bais'; did you mean 'bias'?",
      function() local o = read(10, 5, {bais = true}) return o end)
    eq(message:match "^[^:]*cli_spec.lua:%d+: nn.Linear: unk" ~= nil, true)
    raises("nn.Linear: argument 'out_features': a positive integer expected, "
      .. "got nothing", read, 10)
    raises("argument 'in_features': a positive integer expected, got 1.5",
      read, 1.5, 2)
    raises("argument 'mode': one of mean, sum expected, got \"men\"", read, 1,
      2, {mode = "men"})
    raises("argument 'step': an integer or {a, b} expected, got a table", read,
      1, 2, {step = {1}})
    raises("argument 'f': a function expected, got 1", read, 1, 2, {f = 1})
    raises("argument 'in_features' is given twice", read, 1, 2,
      {in_features = 1})
    raises("takes 6 arguments", read, 1, 2, true, 1, "sum", print, 7)
    raises("unknown option 'zzz'; known are in_features", read, 1, 2,
      {zzz = 1})
  end)
  it("finds the nearest name", function()
    eq(options.nearest("learning_rte", {"lr", "learning_rate"}),
      "learning_rate")
    eq(options.nearest("momentun", {"momentum", "dampening"}), "momentum")
    eq(options.nearest("xyz", {"momentum", "dampening"}), nil)
    eq(options.nearest("", {"momentum"}), nil)
  end)
end)

describe("class", function()
  it("inherits methods and metamethods", function()
    local Animal = class "Animal"
    function Animal:init(name) self.name = name end
    function Animal:__tostring() return self.__name .. " " .. self.name end
    local Dog = class("Dog", Animal)
    function Dog:bark() return self.name .. "!" end
    local rex = Dog "Rex"
    eq(tostring(rex), "Dog Rex")
    eq(rex:bark(), "Rex!")
    eq(tostring(Dog), "class Dog")
  end)
end)

describe("json", function()
  local function there_and_back(v)
    return assert(json.decode(json.encode(v)))
  end

  it("keeps values, number types and bits", function()
    for _, v in ipairs {1, 1.0, -1, math.maxinteger, math.mininteger, 0.1,
      5e-324, 1.7976931348623157e308, 2.0 ^ 63, "", 'a"\\\n\0\127\u{1F600}',
      {}, {1, {2.5, "x"}, {a = true, b = {}}}} do
      eq(there_and_back(v), v)
    end
    eq(1 / there_and_back(-0.0), -math.huge)
  end)
  it("reads what others write", function()
    eq(json.decode ' {"a" : [1e2, -0.5, "\\u00e9\\ud83d\\ude00\\/"] } ',
      {a = {100.0, -0.5, "\u{E9}\u{1F600}/"}})
  end)
  it("refuses what it cannot hold", function()
    raises("no NaN", json.encode, 0 / 0)
    raises("cannot hold a function", json.encode, {print})
    raises("string keys", json.encode, {[2] = 1, x = 1})
    local deep = {}
    for _ = 1, 600 do deep = {deep} end
    raises("too deeply", json.encode, deep)
  end)
  it("says where malformed text is wrong", function()
    local function complaint(s) return select(2, json.decode(s)) end
    eq(complaint "", "JSON: a value wanted at byte 1, line 1")
    eq(complaint "[1,\n2 3]", "JSON: ',' or ']' wanted at byte 7, line 2")
    for _, s in ipairs {"[1,", "[1 2]", '{"a" 1}', "{1:2}", '{"a":1,"a":2}',
      '"\\ud83d"', '"\\x"', '"\\u12', "01", "-", "1.", "1e", "[1]x",
      "nul", '"a', '"\n"', "{", "tru", ("["):rep(100000)} do
      local value, message = json.decode(s)
      eq(value, nil)
      eq(message:match "^JSON: " ~= nil, true)
    end
  end)
end)

describe("progress", function()
  local function recorder()
    local out = {text = ""}
    function out:write(...) self.text = self.text .. table.concat {...} end
    function out.flush() end
    return out
  end

  it("prints a line for every tenth when it is no terminal", function()
    local out = recorder()
    local bar = progress {total = 1000, unit = "images", label = "epoch 1",
      terminal = false, out = out}
    for i = 1, 1000 do bar:add(1, i <= 500 and 2 or 1) end
    bar:finish()
    eq(select(2, out.text:gsub("\n", "")), 10)
    eq(out.text:match "^epoch 1  10%%  loss 2%.0000  %d+ images/s  %d+ s left\n"
      ~= nil, true)
    eq(out.text:match "epoch 1 100%%  loss 1%.5000  %d+ images/s\n$" ~= nil,
      true)
    near(bar:mean(), 1.5)
  end)
  it("rewrites one line at most ten times a second", function()
    local out = recorder()
    local bar = progress {total = 1000, terminal = true, out = out}
    for _ = 1, 1000 do bar:add(1) end
    bar:finish()
    eq(out.text:find "\n", nil)
    eq(select(2, out.text:gsub("steps/s", "")) <= 2, true)
    eq(out.text:match "\r +\r$" ~= nil, true)
  end)
  it("copes with nothing to do", function()
    local out = recorder()
    local bar = progress {total = 0, terminal = false, out = out}
    bar:add(0)
    eq(bar:mean() ~= bar:mean(), true)
    raises("did you mean 'total'?", progress, {totl = 1})
  end)
end)
