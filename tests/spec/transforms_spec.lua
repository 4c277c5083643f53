-- transforms_spec.lua: transforms of samples, and samplers.

local m = require "mlrt"
local data = m.data
local T = data.transforms

-- (C, H, W) whose pixels all differ.
local function picture(c, h, w, dtype)
  return m.arange(c * h * w):reshape(c, h, w):to(dtype or "f32")
end

local function same(a, b)
  eq(a.dtype, b.dtype)
  eq(a:totable(), b:totable())
end

describe("transforms that move", function()
  it("flip", function()
    for _, dtype in ipairs {"f32", "f64", "u8", "i64", "bool"} do
      local x = picture(2, 3, 4, dtype)
      same(T.RandomHorizontalFlip(1)(x), x:flip(3))
      same(T.RandomVerticalFlip(1)(x), x:flip(2))
      same(T.RandomHorizontalFlip(0)(x), x)
    end
  end)

  it("crop, with what lies around", function()
    local x = picture(1, 4, 5)
    same(T.CenterCrop(2)(x), x[{{}, {2, 3}, {2, 3}}])
    same(T.CenterCrop {size = {6, 5}, fill = 7}(x),
      x:pad({0, 0, 1, 1}, "constant", 7))
    local seen = {}
    for _ = 1, 40 do
      local part = T.RandomCrop {size = {4, 3}, padding = {1, 0}}(x)
      eq({table.unpack(part.shape)}, {1, 4, 3})
      local wide = x:pad {0, 0, 1, 1}
      local found
      for i = 1, 3 do
        for j = 1, 3 do
          local here = wide[{{}, {i, i + 3}, {j, j + 2}}]
          if here:eq(part):all():item() then found = i * 10 + j end
        end
      end
      assert(found, part)
      seen[found] = true
    end
    local n = 0
    for _ in pairs(seen) do n = n + 1 end
    assert(n > 4, n)
    raises("9 x 9 of an image of 4 x 5", T.RandomCrop(9), x)
  end)

  it("turn against the clock, with f32 near the exact", function()
    local x = picture(1, 3, 3)
    local quarter = T.RandomRotation {degrees = {90, 90}}(x)
    near(quarter, x:transpose(2, 3):flip(2), 1e-5)
    near(T.RandomRotation {degrees = {180, 180}}(x), x:flip {2, 3}, 1e-5)
    local moved = T.RandomAffine {translate = {0.5, 0}, scale = {1, 1}}
    eq({table.unpack(moved(x).shape)}, {1, 3, 3})
    near(T.RandomAffine {scale = {3, 3}}(x), m.ones(1, 3, 3) * 4
      + m.tensor {{-1, 0, 1}} / 3 + m.tensor {{-1}, {0}, {1}}, 1e-5)
  end)

  it("resize as interpolate does, away from the border", function()
    local x = m.rand(1, 8, 6)
    local got = T.Resize {size = {16, 12}}(x)
    local want = m.interpolate(x:unsqueeze(1), {size = {16, 12},
      mode = "bilinear"}):squeeze(1)
    local inner = {{}, {2, 15}, {2, 11}}
    near(got[inner], want[inner], 1e-5)
    local part = T.RandomResizedCrop {size = 5, scale = {1, 1}, ratio = {1, 1}}
    near(part(m.ones(1, 8, 8)), m.ones(1, 5, 5), 1e-6)
  end)

  it("are made at once: pixels are mixed once", function()
    local x = picture(1, 5, 5)
    local there = T.RandomRotation {degrees = {30, 30}}
    local back = T.RandomRotation {degrees = {-30, -30}}
    near(T.Compose {there, back}(x), x, 1e-5)
    same(T.Compose {T.RandomHorizontalFlip(1), T.RandomCrop(5),
      T.RandomHorizontalFlip(1)}(x), x)
  end)

  it("fill with what the dtype can hold", function()
    local function corner(dtype, fill)
      local y = T.CenterCrop {size = 4, fill = fill}(m.ones(1, 2, 2):to(dtype))
      return y[{1, 1, 1}]
    end
    eq(corner("u8", 300), 255)
    eq(corner("u8", -1), 0)
    eq(corner("u8", 0 / 0), 0)
    eq(corner("i32", -7), -7)
    eq(corner("i64", 1 << 40), 1 << 40)
    eq(corner("bool", 2), true)
    eq(corner("f32", 0.5), 0.5)
    assert(corner("i64", 1 / 0):item() > 1 << 60)
  end)

  it("do not leak a NaN or an infinity that has no share", function()
    local x = m.full({1, 2, 2}, 1 / 0)
    same(T.RandomHorizontalFlip(1)(x), x)
    near(T.Resize(2)(x), x)
  end)
end)

describe("a sample's image, mask and boxes", function()
  it("move together", function()
    local x = m.zeros(1, 20, 30)
    x[{1, {5, 8}, {11, 16}}] = 1
    local sample = {image = x, mask = x:squeeze(1):to "i64",
      boxes = m.tensor {{10, 4, 16, 8}}, label = "square"}
    local c = T.Compose {T.RandomHorizontalFlip(), T.RandomVerticalFlip(),
      T.RandomCrop {size = {20, 30}, padding = 3}, T.RandomHorizontalFlip()}
    for _ = 1, 20 do
      local s = c(sample)
      eq(s.label, "square")
      same(s.image:squeeze(1):to "i64", s.mask)
      local x1, y1, x2, y2 = table.unpack(s.boxes[1]:to "i64":totable())
      local inside = s.image[{1, {y1 + 1, y2}, {x1 + 1, x2}}]
      eq(inside:sum():item(), s.image:sum():item())
      eq(inside:numel(), 24)
    end
    eq(x:sum():item(), 24.0) -- the sample itself stays
    near(sample.boxes[1], {10, 4, 16, 8})
  end)

  it("turn together", function()
    local s = T.RandomRotation {degrees = {90, 90}} {image = m.zeros(1, 10, 10),
      boxes = m.tensor {{0, 0, 2, 1}, {9, 9, 10, 10}}}
    near(s.boxes, {{0, 8, 1, 10}, {9, 0, 10, 1}}, 1e-5)
  end)

  it("a mask of classes has none outside", function()
    local mask = m.index {1, 2, 1, 1}:reshape(2, 2)
    local s = T.CenterCrop(4) {image = m.ones(1, 2, 2), mask = mask}
    eq(s.mask.dtype, "index")
    eq(s.mask[1][1], nil)
    eq(s.mask[2]:to "i64"[3], 2)
  end)

  it("boxes that were cut away are taken out with their labels", function()
    local c = T.Compose {T.CenterCrop(4), T.SanitizeBoundingBoxes()}
    local s = c {image = m.zeros(1, 10, 10), labels = m.index {1, 2},
      boxes = m.tensor {{0, 0, 2, 2}, {2, 2, 6, 6}}}
    near(s.boxes, {{0, 0, 3, 3}})
    eq(s.labels:totable(), {2})
  end)

  it("say what is wrong with them", function()
    local flip = T.RandomHorizontalFlip()
    raises("image (1, 2, 2) and mask (3, 2) differ in size", flip,
      {image = m.ones(1, 2, 2), mask = m.ones(3, 2)})
    raises("boxes: (K, 4) expected, got (2, 3)", flip,
      {image = m.ones(1, 2, 2), boxes = m.ones(2, 3)})
    raises("the sample has no 'image'", flip, {mask = m.ones(2, 2)})
    raises("(C, H, W) or (H, W) expected, got shape (3)", flip, m.ones(3))
    raises("an image, a list or a table expected, got number", flip, 3)
    raises("did you mean 'RandomCrop'", function() return T.RandomCorp end)
    raises("unknown option 'pading'", T.RandomCrop, {size = 3, pading = 1})
    raises("p should be a probability", T.RandomVerticalFlip, 2)
    raises("size should be positive", T.Resize, 0)
    raises("number of degrees or {low, high}", T.RandomRotation, "x")
    raises("scale should be two numbers", T.RandomAffine, {scale = {2, 1}})
    raises("member 2: a transform or a function expected", T.Compose,
      {flip, 3})
  end)
end)

describe("transforms of pixels", function()
  it("normalise by channel; bytes count as 0..1", function()
    local x = m.full({2, 2, 2}, 255):to "u8"
    near(T.Normalize {mean = {0.5, 1}, std = {0.5, 2}}(x),
      {{{1, 1}, {1, 1}}, {{0, 0}, {0, 0}}})
    near(T.Normalize(1, 2)(m.full({1, 1, 1}, 3)), {{{1}}})
    near(T.ToFloat()(x), m.ones(2, 2, 2))
    raises("3 numbers for 2 channels", T.Normalize({1, 1, 1}, 1), x)
    raises("std should be positive", T.Normalize, 1, 0)
  end)

  it("erase a rectangle of a copy", function()
    local x = m.ones(1, 12, 12)
    for _ = 1, 10 do
      local y = T.RandomErasing {p = 1, scale = {0.1, 0.2}}(x)
      local gone = 144 - y:sum():item()
      assert(gone >= 10 and gone <= 36, gone)
      local rows, columns = y:amin(3):eq(0):sum(), y:amin(2):eq(0):sum()
      eq((rows * columns):item(), gone // 1 | 0)
    end
    eq(x:sum():item(), 144.0)
  end)

  it("may be functions, which see the sample by names", function()
    local c = T.Compose {T.RandomHorizontalFlip(1), function(s, draws)
      s.image = s.image + draws:integer(5, 5)
      return s
    end, T.RandomHorizontalFlip(1)}
    near(c(m.zeros(1, 2, 2)), m.full({1, 2, 2}, 5))
    raises("should return the sample", T.Compose {function() end},
      m.zeros(1, 2, 2))
  end)
end)

-- ---- In a loader ------------------------------------------------------------

local function set_of(n)
  local x = (m.rand({n, 1, 8, 8}, {generator = m.generator(n)}) * 255):to "u8"
  return data.TensorDataset(x, m.arange(n):index {base = 0})
end

-- {label = image as a list}
local function seen_by(loader)
  local seen = {}
  for x, y in loader do
    for k = 1, #x do seen[y[k]] = x[k]:totable() end
  end
  return seen
end

local function augment()
  return T.Compose {T.RandomHorizontalFlip(), T.RandomCrop {size = 8,
    padding = 2}, T.RandomRotation(20), T.Normalize(0.5, 0.5),
    T.RandomErasing()}
end

describe("a loader's transform", function()
  it("does the same to a sample in any batch, and by items", function()
    local rows = set_of(10)
    local items = {}
    for i = 1, 10 do items[i] = {rows[i][1], rows.tensors[2](i)} end
    local function all(ds, batch)
      return seen_by(data.Loader(ds, {batch = batch, shuffle = true, seed = 3,
        transform = augment()}))
    end
    local want = all(rows, 10)
    eq(all(rows, 3), want)
    eq(all(items, 4), want)
  end)

  it("does something else in each epoch, and to each sample", function()
    local loader = data.Loader(data.TensorDataset(
      picture(1, 8, 8):unsqueeze(1):expand(6, 1, 8, 8):contiguous(),
      m.arange(6):index {base = 0}), {batch = 3, seed = 1,
      transform = augment()})
    local a, b = seen_by(loader), seen_by(loader)
    local function text(v)
      local list = {}
      for i, row in ipairs(v[1]) do list[i] = table.concat(row, " ") end
      return table.concat(list, "\n")
    end
    local known = {}
    for _, epoch in ipairs {a, b} do
      for k = 1, 6 do
        assert(not known[text(epoch[k])], k)
        known[text(epoch[k])] = true
      end
    end
  end)

  it("goes on exactly in the middle of an epoch", function()
    local function noisy(seed)
      return data.Loader(set_of(11), {batch = 2, seed = seed,
        transform = function(x, y)
          return x:to "f32" + m.randn(table.unpack(x.shape)), y
        end})
    end
    local function moved(seed)
      return data.Loader(set_of(11), {batch = 2, shuffle = true, seed = seed,
        transform = augment()})
    end
    for _, make in ipairs {noisy, moved} do
      local a, b, state, rest = make(1), make(2), nil, {}
      for x in a do
        if a.position > 3 then rest[#rest + 1] = x:totable() end
        if a.position == 3 then state = a:state() end
        m.randn(3) -- what others draw does not matter
      end
      b:load_state(state)
      local i = 0
      for x in b do
        i = i + 1
        eq(x:totable(), rest[i])
      end
      eq(i, #rest)
    end
  end)

  it("that fails leaves the loader before its batch", function()
    local fails = true
    local loader = data.Loader(set_of(6), {batch = 2, seed = 1,
      transform = function(x, y)
        if fails and y[1] == 3 then error "no" end
        return x, y
      end})
    pcall(function() for _ in loader:batches() do fails = true end end)
    local state, labels = loader:state(), {}
    eq(state.position, 1)
    fails = false
    loader:load_state(state)
    for _, y in loader do labels[#labels + 1] = y:totable() end
    eq(labels, {{3, 4}, {5, 6}})
  end)

  it("writes into no batch that the data set keeps", function()
    local kept = m.ones(2, 1, 8, 8)
    local ds = setmetatable({batch = function() return kept end},
      {__len = function() return 2 end})
    for x in data.Loader(ds, {batch = 2, seed = 1,
      transform = T.RandomErasing {p = 1}}) do
      assert(x:sum():item() < 128)
    end
    eq(kept:sum():item(), 128.0)
  end)

  it("leaves the context's stream alone", function()
    m.seed(4)
    local want = m.randn(3):totable()
    local loader = data.Loader(set_of(4), {batch = 2, seed = 1,
      transform = function(x) return x:to "f32" + m.rand(1) end})
    m.seed(4)
    for _ in loader do assert(loader) end
    eq(m.randn(3):totable(), want)
    m.seed(4)
    local bad = data.Loader(set_of(4), {batch = 2, seed = 1,
      transform = function() error(m.rand(1):item()) end})
    pcall(bad, nil, nil)
    eq(m.randn(3):totable(), want)
  end)

  it("takes samples by name", function()
    local items = {}
    for i = 1, 5 do
      items[i] = {image = picture(1, 4, 4), mask = picture(1, 4, 4):squeeze(1),
        boxes = m.ones(i, 4), label = i}
    end
    local loader = data.Loader(items, {batch = 5,
      transform = T.RandomHorizontalFlip(1)})
    for batch in loader do
      eq({table.unpack(batch.image.shape)}, {5, 1, 4, 4})
      eq({table.unpack(batch.mask.shape)}, {5, 4, 4})
      eq(#batch.boxes, 5)
      eq(batch.boxes[3].shape[1], 3)
      near(batch.label, {1, 2, 3, 4, 5})
      same(batch.image[1], picture(1, 4, 4):flip(3))
    end
    items[2].label = nil
    raises("not every item has 'label'", function() loader(nil, nil) end)
  end)
end)

-- ---- Samplers ---------------------------------------------------------------

local function drawn(loader)
  local counts, n = {}, 0
  for _, y in loader do
    for k = 1, #y do
      counts[y[k]] = (counts[y[k]] or 0) + 1
      n = n + 1
    end
  end
  return counts, n
end

describe("samplers", function()
  it("draw by weight", function()
    local s = data.WeightedRandomSampler({0, 1, 3}, 4000)
    local loader = data.Loader(set_of(3), {batch = 100, sampler = s, seed = 1})
    eq(#loader, 40)
    local counts, n = drawn(loader)
    eq(n, 4000)
    eq(counts[1], nil)
    assert(math.abs(counts[3] / n - 0.75) < 0.03, counts[3])
    local once = data.WeightedRandomSampler {weights = {1, 0, 2, 5},
      num_samples = 3, replacement = false}
    eq(drawn(data.Loader(set_of(4), {sampler = once})),
      {1, nil, 1, 1})
  end)

  it("balance classes", function()
    local labels = m.cat({m.zeros(90), m.ones(9), m.full({1}, 2)})
      :to "i64":index {base = 0}
    local s = data.ClassBalancedSampler(labels, {num_samples = 3000})
    local ds = data.TensorDataset(m.zeros(100, 1), labels)
    local counts = drawn(data.Loader(ds, {batch = 64, sampler = s, seed = 2}))
    for c = 1, 3 do
      assert(math.abs(counts[c] / 1000 - 1) < 0.12, counts[c])
    end
    eq(#data.ClassBalancedSampler(labels), 100)
  end)

  it("go on from a state", function()
    local function make(seed)
      return data.Loader(set_of(6), {batch = 2, seed = seed,
        sampler = data.WeightedRandomSampler({1, 2, 3, 4, 5, 6}, 20)})
    end
    local a, b, state, rest = make(1), make(2), nil, {}
    for _, y in a do
      if state then rest[#rest + 1] = y:totable() end
      if a.position == 4 then state = a:state() end
    end
    b:load_state(state)
    local i = 0
    for _, y in b do
      i = i + 1
      eq(y:totable(), rest[i])
    end
    eq(i, 6)
  end)

  it("may be positions, or a function", function()
    local counts = drawn(data.Loader(set_of(5), {sampler = m.index {5, 1, 5}}))
    eq(counts, {1, nil, nil, nil, 2})
    local function evens(n)
      return m.index {2, n}
    end
    eq(drawn(data.Loader(set_of(4), {sampler = evens})), {nil, 1, nil, 1})
    local own = {draw = function() return m.index {1, 1} end}
    local loader = data.Loader(set_of(4), {sampler = own})
    eq(#loader, 4) -- as many as the set has, as long as nobody knows better
    eq(drawn(loader), {2})
  end)

  it("say what is wrong", function()
    raises("not both", data.Loader, set_of(3), {shuffle = true,
      sampler = m.index {1}})
    raises("an index tensor or a function expected, got f32", data.Loader,
      set_of(3), {sampler = m.ones(3)})
    raises("not all 0", data.WeightedRandomSampler, {0, 0})
    raises("not all 0", data.WeightedRandomSampler, {-1, 2})
    raises("2 of 1 items", data.WeightedRandomSampler, {1, 0},
      {num_samples = 2, replacement = false})
    raises("2 weights for a data set of 3 items", function()
      drawn(data.Loader(set_of(3),
        {sampler = data.WeightedRandomSampler {1, 2}}))
    end)
    raises("should return an index tensor, got nil", function()
      drawn(data.Loader(set_of(3), {sampler = function() end}))
    end)
    raises("an index tensor (N) expected", data.ClassBalancedSampler, {1, 2})
  end)
end)
