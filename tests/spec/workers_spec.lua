-- workers_spec.lua: loaders whose batches other threads make.

local core = require "mlrt.core"
local m = require "mlrt"
local data = m.data
local T = data.transforms

-- ---- Modules that workers require -------------------------------------------

local folder = os.tmpname()
os.remove(folder)
assert(m.fs.mkdir(folder))
package.path = package.path .. ";" .. folder .. "/?.lua"

local modules = {
  echo = [[return function(...)
    local start = table.pack(...)
    return function(...) return ..., start[1] end
  end]],
  call = [[return function(text) return assert(load(text)) end]],
  noisy = [[
    local m = require "mlrt"
    local Noisy = {}
    Noisy.__index = function(self, i)
      assert(math.type(i) == "integer", "an item without a number")
      if i == rawget(self, "bad") then error("item " .. i .. " is bad") end
      return {m.randn(3) + self.shift, i}
    end
    Noisy.__len = function(self) return self.n end
    return function(args) return setmetatable(args, Noisy) end]],
  doubled = [[
    local Doubled = {}
    Doubled.__index = Doubled
    function Doubled:batch(index)
      return self.x:index_select(1, index) * 2, index
    end
    function Doubled:__len() return #self.x end
    function Doubled:recipe() return "workers_doubled", self.x end
    return function(x) return setmetatable({x = x}, Doubled) end]],
  upper = [[return function(list)
    return table.concat(list, ","):upper(), #list
  end]],
  broken = [[error "this module cannot be loaded"]],
  number = [[return 3]],
}
for name, text in pairs(modules) do
  assert(m.io.write_file(folder .. "/workers_" .. name .. ".lua", text))
end

local function count_threads()
  local n = 0
  for _ in pairs(m.fs.list "/proc/self/task" or {}) do n = n + 1 end
  return n
end

-- Calls f and looks whether it leaves threads behind; those that are joined
-- may be seen for a moment longer.
local function leaves_none(f)
  m.ones(2000, 2000):sum() -- starts the context's own threads
  collectgarbage()
  local before = count_threads()
  f()
  collectgarbage()
  collectgarbage()
  local start = m.time()
  while count_threads() > before and m.time() - start < 2 do end
  eq(count_threads(), before)
end

-- ---- Loaders ----------------------------------------------------------------

local function images(n)
  local x = m.rand({n, 1, 12, 10}, {generator = m.generator(n)}) * 255
  return data.TensorDataset(x:to "u8", m.arange(n):index {base = 0})
end

local function augment()
  return T.Compose {T.RandomHorizontalFlip(), T.RandomAffine {degrees = 10,
    translate = {0.1, 0.1}, scale = {0.8, 1.2}}, T.RandomCrop {size = 8,
    padding = 1}, T.Normalize {mean = 0.5, std = {0.25}},
    T.RandomErasing {p = 0.9}}
end

local function plain(v)
  if m.is_tensor(v) then return v:totable() end
  if type(v) ~= "table" then return v end
  local t = {}
  for k, x in pairs(v) do t[k] = plain(x) end
  return t
end

-- All batches of so many epochs.
local function batches_of(loader, epochs)
  local list = {}
  for _ = 1, epochs or 1 do
    for x, y in loader:batches() do list[#list + 1] = {plain(x), plain(y)} end
  end
  return list
end

local function check_alike(make)
  local want = batches_of(make {workers = 0}, 2)
  assert(#want > 3)
  for _, o in ipairs {{1, 1}, {3, 1}, {2, 4}} do
    local loader = make {workers = o[1], prefetch = o[2]}
    eq(batches_of(loader, 2), want)
    loader:close()
  end
end

local function with(o, more)
  for k, v in pairs(more) do o[k] = v end
  return o
end

describe("a loader with workers", function()
  it("gives the same batches in the same order", function()
    leaves_none(function()
      check_alike(function(o)
        return data.Loader(images(23), with(o, {batch = 4, shuffle = true,
          seed = 5, transform = augment()}))
      end)
    end)
  end)

  it("of a part, normalised, sampled", function()
    check_alike(function(o)
      local part = data.split(images(30), {0.5, 0.5}, {seed = 1})
      return data.Loader(part, with(o, {batch = 4, seed = 2,
        normalise = {1 / 255, -0.5}, drop_last = true,
        sampler = data.WeightedRandomSampler(m.arange(15), 30)}))
    end)
  end)

  it("of items by name", function()
    local items = {}
    for i = 1, 9 do
      items[i] = {image = m.full({2, 6, 6}, i), boxes = m.full({i, 4}, i),
        label = i, name = "n" .. i}
    end
    check_alike(function(o)
      return data.Loader(items, with(o, {batch = 2, seed = 2,
        transform = T.RandomCrop(4)}))
    end)
  end)

  it("of modules, whatever stream they draw from", function()
    check_alike(function(o)
      m.seed(math.random(1 << 30))
      return data.Loader(data.Source("workers_noisy", {n = 13, shift = 2}),
        with(o, {batch = 3, seed = 4}))
    end)
    check_alike(function(o)
      return data.Loader({"a", "b", "c", "d", "e", "f", "g"}, with(o,
        {batch = 2, collate = "workers_upper"}))
    end)
  end)

  it("of objects with a recipe, which holds a tensor", function()
    local x = m.arange(20):reshape(10, 2)
    check_alike(function(o)
      return data.Loader(require "workers_doubled"(x), with(o, {batch = 3,
        seed = 1, sampler = m.index {10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1}}))
    end)
  end)

  it("goes on from a state, with another number of workers", function()
    local function make(n, seed)
      return data.Loader(data.Source("workers_noisy", {n = 17, shift = 0}),
        {batch = 3, shuffle = true, seed = seed, workers = n})
    end
    for _, n in ipairs {0, 2} do
      local a, rest, state = make(n, 1), {}, nil
      for x, y in a:batches() do
        if state then rest[#rest + 1] = {plain(x), plain(y)} end
        if a.position == 2 then state = a:state() end
      end
      local next_epoch = batches_of(a)
      a:close()
      for _, k in ipairs {0, 1, 3} do
        local b = make(k, 99)
        for _ in b do
          if b.position == 2 then break end
        end
        b:load_state(state)
        eq(b:state(), state)
        eq(batches_of(b), rest)
        eq(batches_of(b), next_epoch)
        b:close()
      end
    end
  end)

  it("begins anew after break", function()
    local loader = data.Loader(images(20), {batch = 2, workers = 2})
    for _ = 1, 3 do
      for _ in loader do
        if loader.position == 3 then break end
      end
      for _ in loader:batches() do
        if loader.position == 2 then break end
      end
    end
    eq(#batches_of(loader), 10)
    loader:close()
  end)

  it("ends its threads at break, at errors, when it is collected", function()
    leaves_none(function()
      local loader = data.Loader(images(20), {batch = 2, workers = 3})
      local before = count_threads()
      for _ in loader:batches() do
        eq(count_threads(), before + 3)
        if loader.position == 1 then break end
      end
      eq(loader.pool, nil)
      pcall(function()
        for _ in loader:batches() do error "no" end
      end)
      eq(loader.pool, nil)
      local _ = loader(nil, nil)
    end)
  end)

  it("keeps them from epoch to epoch", function()
    local loader = data.Loader(images(6), {batch = 2, workers = 1})
    batches_of(loader)
    local pool = loader.pool
    assert(pool)
    batches_of(loader)
    assert(rawequal(loader.pool, pool))
    loader:close()
  end)

  it("gives tensors that can be written, and takes nothing away", function()
    local ds = images(4)
    local loader = data.Loader(ds, {batch = 4, workers = 1})
    for x in loader:batches() do x:fill_(0) end
    assert(ds.tensors[1]:to "f32":sum():item() > 0)
    raises("shared with another context", ds.tensors[1].fill_, ds.tensors[1],
      0)
    loader:close()
  end)
end)

describe("a worker that fails", function()
  local function failing(n)
    return data.Loader(data.Source("workers_noisy", {n = 9, shift = 0,
      bad = 6}), {batch = 2, workers = n})
  end

  it("says where, when its batch is due", function()
    leaves_none(function()
      local loader, seen = failing(2), 0
      local ok, err = pcall(function()
        for _ in loader:batches() do seen = seen + 1 end
      end)
      eq(ok, false)
      eq(seen, 2)
      err = tostring(err)
      for _, part in ipairs {"workers_spec.lua:", "data.Loader: batch 3, in a "
        .. "worker", "workers_noisy.lua:5: item 6 is bad", "stack traceback",
        "mlrt/data/maker.lua"} do
        assert(err:find(part, 1, true), err)
      end
      eq(loader.pool, nil)
    end)
  end)

  it("may be one that cannot begin", function()
    local function loader_of(collate)
      return data.Loader({1, 2, 3}, {workers = 2, collate = collate})
    end
    package.preload.workers_only_here = function() return print end
    raises("module 'workers_only_here' not found", batches_of,
      loader_of "workers_only_here")
    package.preload.workers_only_here = nil
    package.loaded.workers_only_here = nil
    raises("this module cannot be loaded", loader_of, "workers_broken")
    raises("module 'workers_number', a number", loader_of, "workers_number")
  end)

  it("is refused what cannot go to a thread", function()
    raises("transform: with workers, a function cannot go", data.Loader,
      {1, 2}, {workers = 1, transform = function(x) return x end})
    raises("collate: with workers, a function cannot go", data.Loader,
      {1, 2}, {workers = 1, collate = function(x) return x end})
    local object = setmetatable({}, {__len = function() return 1 end})
    raises("dataset: with workers, a table cannot go", data.Loader, object,
      {workers = 1})
    raises("transform: with workers, a function cannot go", data.Loader,
      images(2), {workers = 1, transform = T.Compose {function() end}})
    raises("what goes to another thread is plain data and tensors, not "
      .. "function", batches_of, data.Loader({print}, {workers = 1}))
    raises("argument 'workers'", data.Loader, {1}, {workers = -1})
    raises("data.Source: module 'workers_number' is a number", data.Source,
      "workers_number")
  end)
end)

-- ---- The pool ---------------------------------------------------------------

local function pool_of(text, n, slots)
  return core.workers(n or 1, slots or 1, "workers_call", text)
end

local function result(pool)
  while not pool:wait(0.1) do end
  return pool:take()
end

local function run(text, ...)
  local pool <close> = pool_of(text)
  pool:post(...)
  return result(pool)
end

describe("a pool of workers", function()
  it("hands over plain values as they are", function()
    local values = {nil, true, false, 1, -1 << 63, 1.0, 0 / 0, 1 / 0, "",
      "a\0b", {}, {1, {x = {y = "z"}}, [2.5] = 3, [true] = "t"}, nil}
    local got = table.pack(run("return ...", table.unpack(values, 1, 13)))
    eq(got.n, 14)
    eq(got[1], true)
    for i = 1, 13 do eq(got[i + 1], values[i]) end
  end)

  it("hands over tensors of all kinds", function()
    local x = m.randn(40, 50)
    local kinds = {x, x:t(), x[{{1, 3}}], m.tensor(3), m.zeros(0, 4),
      m.index {2, 1}, m.tensor {true, false}, x:to "f64",
      m.ones(3, {requires_grad = true}) * 2}
    for _, t in ipairs(kinds) do
      local want, copy = t:totable(), t:detach():clone()
      local _, got, again = run("local t = ... return t, {t}", copy)
      eq(got:totable(), want)
      eq(got.dtype, t.dtype)
      eq(got.requires_grad, false)
      assert(rawequal(again[1], got))
      got:fill_(0)
    end
    eq(x:size(1), 40)
  end)

  it("moves a tensor that has no other handle, else copies it", function()
    local x = m.ones(1000)
    local pool <close> = pool_of "return ..."
    pool:post(x)
    raises("was freed", x.sum, x)
    result(pool)
    local y = m.ones(1000)
    local view = y:view(10, 100)
    pool:post(y, view)
    eq(y:sum():item() + view:sum():item(), 2000.0)
    result(pool)
  end)

  it("has so many slots", function()
    local pool <close> = pool_of("return ...", 2, 3)
    raises("no job is under way", pool.wait, pool, 0)
    raises("no results are there", pool.take, pool)
    for i = 1, 3 do pool:post(i) end
    raises("all 3 slots are taken", pool.post, pool, 4)
    for i = 1, 3 do eq({result(pool)}, {true, i}) end
    pool:post(4)
    eq({result(pool)}, {true, 4})
    pool:close()
    pool:close()
    raises("the workers were closed", pool.post, pool, 1)
  end)

  it("is not ended by a job", function()
    local ok, err = run "os.exit(0)"
    eq(ok, false)
    assert(err:find("a worker cannot end the program", 1, true), err)
    ok, err = run "error {}"
    eq(ok, false)
    assert(err:find("table: ", 1, true), err)
    ok, err = run "return print"
    eq(ok, false)
    assert(err:find("plain data and tensors, not function", 1, true), err)
    ok, err = run "local t = {} t[1] = t return t"
    eq(ok, false)
    assert(err:find("nested too deeply", 1, true), err)
    ok = run "return ('x'):rep(1 << 40)"
    eq(ok, false)
  end)

  it("is stopped in the middle of jobs", function()
    leaves_none(function()
      for i = 0, 20 do
        local pool <close> = pool_of("return (...):matmul(...):sum():item()",
          2, 4)
        for _ = 1, 4 do pool:post(m.ones(200, 200)) end
        if i % 3 > 0 then pool:wait(0.001 * i) end
      end
      pool_of("return 1"):post(1)
    end)
  end)

  it("checks what it is given", function()
    raises("argument 'n': an integer from 1 to 256", core.workers, 0, 1, "x")
    raises("argument 'slots'", core.workers, 1, 1.5, "x")
    raises("argument 'module': a module's name", core.workers, 1, 1, print)
    raises("plain data and tensors, not function", core.workers, 1, 1, "x",
      print)
    raises("not an object", core.workers, 1, 1, "x", setmetatable({}, {}))
    local path = package.path
    package.path = nil
    raises("package.path is not a string", core.workers, 1, 1, "x")
    package.path = path
  end)
end)
