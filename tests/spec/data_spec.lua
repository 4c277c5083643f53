-- data_spec.lua: data sets, splits and loaders.

local m = require "mlrt"
local data = require "mlrt.data"

-- x[i] = {i, 10 i} as bytes, y[i] = class i.
local function set_of(n)
  local x = m.range(1, n):unsqueeze(2) * m.tensor {1, 10}
  return data.TensorDataset(x:to "u8", m.range(1, n):to "i64":index {base = 1})
end

-- The labels that a loader hands out, batch by batch.
local function batches_of(loader)
  local list = {}
  for _, y in loader do list[#list + 1] = y:totable() end
  return list
end

local function flat(lists)
  local all = {}
  for _, list in ipairs(lists) do
    for _, v in ipairs(list) do all[#all + 1] = v end
  end
  return all
end

describe("data.TensorDataset", function()
  it("has a length and rows", function()
    local ds = set_of(5)
    eq(#ds, 5)
    eq(ds[3][1]:totable(), {3, 30})
    eq(ds[3][2], 3)
    raises("position 6 is out of range 1..5", function() return ds[6] end)
    raises("position 0 is out of range", function() return ds[0] end)
  end)
  it("wants tensors of one length", function()
    raises("the tensors have 2 and 3 rows", data.TensorDataset, m.ones(2),
      m.ones(3))
    raises("argument 2 should be a tensor of 1 or more dimensions, got table",
      data.TensorDataset, m.ones(2), {1, 2})
    raises("got none", data.TensorDataset)
  end)
end)

describe("data.split", function()
  it("splits without loss, the same for a seed", function()
    local a, b = data.split(set_of(10), {0.75, 0.25}, {seed = 4})
    eq(#a, 8)
    eq(#b, 2)
    local seen = {}
    for _, part in ipairs {a, b} do
      for i = 1, #part do seen[part[i][2]] = true end
    end
    eq(#seen, 10)
    local again = data.split(set_of(10), {8, 2}, {seed = 4})
    eq(again.index:totable(), a.index:totable())
    local other = data.split(set_of(10), {8, 2}, {seed = 5})
    eq(table.concat(other.index:totable(), ",")
      ~= table.concat(a.index:totable(), ","), true)
  end)
  it("splits plain lists, and parts of parts", function()
    local a = data.split({"p", "q", "r", "s"}, {0.5, 0.5})
    eq(#a, 2)
    eq(#a[1], 1)
    local b, c = data.split(data.split(set_of(9), {6, 3}), {2, 4})
    eq(#b + #c, 6)
    eq(#batches_of(data.Loader(c, {batch = 4})), 1)
  end)
  it("wants parts that add up", function()
    raises("should add up to 1", data.split, set_of(4), {0.5, 0.6})
    raises("part 2 should be a number, 0 or more, got -1", data.split,
      set_of(4), {5, -1})
    raises("argument 'parts'", data.split, set_of(4), {})
    raises("did you mean 'seed'", data.split, set_of(4), {4}, {sed = 1})
  end)
end)

describe("data.Loader", function()
  it("goes through in order, the last batch shorter", function()
    local loader = data.Loader(set_of(7), {batch = 3})
    eq(#loader, 3)
    eq(batches_of(loader), {{1, 2, 3}, {4, 5, 6}, {7}})
    eq(loader.epoch, 1)
    local short = data.Loader(set_of(7), {batch = 3, drop_last = true})
    eq(#short, 2)
    eq(batches_of(short), {{1, 2, 3}, {4, 5, 6}})
  end)
  it("keeps dtypes, or normalises while it gathers", function()
    for x, y in data.Loader(set_of(2), {batch = 2}) do
      eq(x.dtype, "u8")
      eq(y.dtype, "index")
    end
    for x in data.Loader(set_of(2), {batch = 2,
      normalise = {scale = 0.5, shift = -1}}) do
      eq(x.dtype, "f32")
      near(x, {{-0.5, 4}, {0, 9}})
    end
  end)
  it("shuffles anew in each epoch, the same for a seed", function()
    local function orders(seed)
      local loader = data.Loader(set_of(50), {batch = 7, shuffle = true,
        seed = seed})
      return flat(batches_of(loader)), flat(batches_of(loader))
    end
    local a, b = orders(3)
    local c, d = orders(3)
    eq({c, d}, {a, b})
    eq(table.concat(a, ",") ~= table.concat(b, ","), true)
    table.sort(a)
    eq(a, m.range(1, 50):to "i64":totable())
  end)
  it("keeps x and y together", function()
    local loader = data.Loader(set_of(20), {batch = 6, shuffle = true})
    for x, y in loader:batches() do
      eq(x:select(2, 1):to "i64":totable(), y:totable())
    end
  end)
  it("takes its stream from the context's when there is no seed", function()
    local function order()
      m.seed(9)
      return batches_of(data.Loader(set_of(9), {batch = 9, shuffle = true}))
    end
    eq(order(), order())
  end)
  it("begins anew after break", function()
    local loader = data.Loader(set_of(6), {batch = 2})
    for _ in loader do
      if loader.position == 1 then break end
    end
    eq(#batches_of(loader), 3)
  end)
  it("collates items of anything with # and []", function()
    local items = {}
    for i = 1, 5 do items[i] = {m.tensor {i, i}, i, "n" .. i} end
    local loader = data.Loader(items, {batch = 2})
    for x, y, name in loader do
      eq(x[1]:totable(), {y[1], y[1]})
      eq(name[1], "n" .. math.tointeger(y[1]))
    end
    for x in data.Loader({1, 2, 3}, {batch = 3}) do near(x, {1, 2, 3}) end
    for x in data.Loader(m.ones(4, 2), {batch = 4}) do
      eq({table.unpack(x.shape)}, {4, 2})
    end
    raises("not every item has 2 values", function()
      batches_of(data.Loader({{1, 2}, {1}}, {batch = 2}))
    end)
  end)
  it("takes a collate and a transform", function()
    local loader = data.Loader({"a", "b"}, {batch = 2,
      collate = table.concat, transform = function(s) return s:upper(), 1 end})
    for text, one in loader do eq({text, one}, {"AB", 1}) end
  end)
  it("notices two loops at once", function()
    local loader = data.Loader(set_of(6), {batch = 2})
    raises("another loop over this loader", function()
      for _ in loader do batches_of(loader) end
    end)
  end)
  it("checks its options", function()
    raises("did you mean 'shuffle'", data.Loader, set_of(2), {shufle = true})
    raises("argument 'batch': a positive integer", data.Loader, set_of(2),
      {batch = 0})
    raises("normalise should be {scale, shift}", data.Loader, set_of(2),
      {normalise = {"x"}})
    raises("normalise is for data sets of tensors", data.Loader, {1, 2},
      {normalise = {1, 0}})
    raises("not both", data.Loader, set_of(2), {shuffle = true, seed = 1,
      generator = m.generator(1)})
  end)
  it("an empty one has no batches", function()
    local ds = data.TensorDataset(m.zeros(0, 2))
    eq(#data.Loader(ds, {batch = 4}), 0)
    eq(#batches_of(data.Loader(ds, {batch = 4, shuffle = true})), 0)
  end)
end)

describe("data.Loader state", function()
  local function loader_of(seed)
    return data.Loader(set_of(23), {batch = 4, shuffle = true, seed = seed})
  end

  it("goes on exactly, from any position", function()
    for position = 0, 6 do
      local a = loader_of(1)
      batches_of(a)
      local state, rest = a:state(), {}
      for _, y in a do
        if a.position <= position then
          if a.position == position then state = a:state() end
        else
          rest[#rest + 1] = y:totable()
        end
      end
      local after = batches_of(a)
      local b = loader_of(99)
      b:load_state(state)
      eq(b:state(), state)
      eq(batches_of(b), rest)
      eq(b.epoch, 2)
      eq(batches_of(b), after)
    end
  end)
  it("goes back within one loader", function()
    local loader = loader_of(1)
    local state = loader:state()
    local first = batches_of(loader)
    loader:load_state(state)
    eq(batches_of(loader), first)
  end)
  it("refuses the state of another loader", function()
    local state = loader_of(1):state()
    local other = data.Loader(set_of(5), {batch = 4, shuffle = true})
    raises("batch 4 over 23 items, at random; this one has 4 over 5, at random",
      other.load_state, other, state)
    local plain = data.Loader(set_of(23), {batch = 4})
    raises("at random; this one has 4 over 23, in order", plain.load_state,
      plain, state)
    raises("argument 'epoch'", plain.load_state, plain, {})
  end)
end)
