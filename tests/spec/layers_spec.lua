-- layers_spec.lua: every layer of nn: what it makes of an input, its text,
-- its parameters, and that a file brings it back.

local m = require "mlrt"
local nn = require "mlrt.nn"

local function shape_of(t)
  return {table.unpack(t.shape)}
end

-- {layer, input's shape, output's shape, text, names of parameters}
local function layers()
  return {
    {nn.Linear(4, 3), {5, 4}, {5, 3}, "Linear(4 -> 3)", "weight bias"},
    {nn.Unflatten(2, {2, 3}), {4, 6}, {4, 2, 3},
      "Unflatten(dim=2, unflattened_size=(2, 3))", ""},
    {nn.Unflatten(2, {-1, 3}), {4, 6}, {4, 2, 3}, nil, ""},
    {nn.Flatten {end_dim = 3}, {2, 3, 4, 5}, {2, 12, 5},
      "Flatten(end_dim=3)", ""},
    {nn.Dropout1d(0.2), {2, 3, 4}, {2, 3, 4}, "Dropout1d(p=0.2)", ""},
    {nn.Dropout2d(), {2, 3, 4, 5}, {2, 3, 4, 5}, "Dropout2d(p=0.5)", ""},
    {nn.Conv2d(2, 4, {3, 1}, {groups = 2}), {1, 2, 5, 5}, {1, 4, 3, 5},
      "Conv2d(2 -> 4, kernel_size=(3, 1), groups=2)", "weight bias"},
    {nn.Conv1d(2, 4, 3, {padding = 1, stride = 2}), {1, 2, 7}, {1, 4, 4},
      "Conv1d(2 -> 4, kernel_size=3, stride=2, padding=1)", "weight bias"},
    {nn.Conv1d(2, 4, 4, {padding = "same", padding_mode = "circular"}),
      {1, 2, 7}, {1, 4, 7}, "Conv1d(2 -> 4, kernel_size=4, padding=same, "
      .. "padding_mode=circular)", "weight bias"},
    {nn.Conv2d(2, 4, {2, 3}, {padding = "same"}), {1, 2, 5, 4}, {1, 4, 5, 4},
      "Conv2d(2 -> 4, kernel_size=(2, 3), padding=same)", "weight bias"},
    {nn.ConvTranspose1d(4, 2, 3, 2, {output_padding = 1}), {1, 4, 5},
      {1, 2, 12},
      "ConvTranspose1d(4 -> 2, kernel_size=3, stride=2, output_padding=1)",
      "weight bias"},
    {nn.ConvTranspose2d(4, 2, {3, 2}, {groups = 2, bias = false}),
      {1, 4, 3, 3}, {1, 2, 5, 4},
      "ConvTranspose2d(4 -> 2, kernel_size=(3, 2), groups=2, bias=false)",
      "weight"},
    {nn.Upsample {scale_factor = 2}, {1, 2, 3, 4}, {1, 2, 6, 8},
      "Upsample(scale_factor=2)", ""},
    {nn.Upsample {size = {2, 3}, mode = "bilinear", align_corners = true},
      {1, 2, 3, 4}, {1, 2, 2, 3},
      "Upsample(size=(2, 3), mode=bilinear, align_corners=true)", ""},
    {nn.PixelShuffle(2), {1, 8, 2, 3}, {1, 2, 4, 6},
      "PixelShuffle(upscale_factor=2)", ""},
    {nn.MaxPool1d(3, 2), {2, 3, 9}, {2, 3, 4},
      "MaxPool1d(kernel_size=3, stride=2)", ""},
    {nn.AvgPool2d(2, {divisor_override = 3}), {1, 4, 4}, {1, 2, 2},
      "AvgPool2d(kernel_size=2, divisor_override=3)", ""},
    {nn.MaxPool2d(2, {return_indices = true}), {1, 4, 4}, {1, 2, 2},
      "MaxPool2d(kernel_size=2, return_indices=true)", ""},
    {nn.AdaptiveMaxPool1d(2, {return_indices = true}), {3, 5}, {3, 2},
      "AdaptiveMaxPool1d(output_size=2, return_indices=true)", ""},
    {nn.AvgPool1d(2), {2, 3, 9}, {2, 3, 4}, "AvgPool1d(kernel_size=2)", ""},
    {nn.AdaptiveAvgPool1d(4), {2, 3, 9}, {2, 3, 4},
      "AdaptiveAvgPool1d(output_size=4)", ""},
    {nn.AdaptiveMaxPool1d(1), {2, 3, 9}, {2, 3, 1},
      "AdaptiveMaxPool1d(output_size=1)", ""},
    {nn.MaxPool2d(2, {ceil_mode = true}), {1, 2, 5, 5}, {1, 2, 3, 3},
      "MaxPool2d(kernel_size=2, ceil_mode=true)", ""},
    {nn.AvgPool2d({3, 1}, 1, {1, 0}), {2, 5, 5}, {2, 5, 5},
      "AvgPool2d(kernel_size=(3, 1), stride=1, padding=(1, 0))", ""},
    {nn.AvgPool2d {kernel_size = 2, count_include_pad = false}, {2, 4, 4},
      {2, 2, 2}, "AvgPool2d(kernel_size=2, count_include_pad=false)", ""},
    {nn.AdaptiveAvgPool2d(1), {2, 3, 5, 4}, {2, 3, 1, 1},
      "AdaptiveAvgPool2d(output_size=1)", ""},
    {nn.AdaptiveMaxPool2d {2, 3}, {2, 3, 5, 4}, {2, 3, 2, 3},
      "AdaptiveMaxPool2d(output_size=(2, 3))", ""},
    {nn.BatchNorm1d(3), {4, 3, 2}, {4, 3, 2}, "BatchNorm1d(3)", "weight bias"},
    {nn.BatchNorm2d(3, {momentum = 0.5}), {4, 3, 2, 2}, {4, 3, 2, 2},
      "BatchNorm2d(3, momentum=0.5)", "weight bias"},
    {nn.InstanceNorm1d(3), {4, 3, 5}, {4, 3, 5}, "InstanceNorm1d(3)", ""},
    {nn.InstanceNorm2d(3, {affine = true, track_running_stats = true}),
      {3, 4, 5}, {3, 4, 5},
      "InstanceNorm2d(3, affine=true, track_running_stats=true)",
      "weight bias"},
    {nn.LayerNorm(6), {2, 3, 6}, {2, 3, 6}, "LayerNorm((6))", "weight bias"},
    {nn.LayerNorm({3, 6}, {bias = false}), {2, 3, 6}, {2, 3, 6},
      "LayerNorm((3, 6), bias=false)", "weight"},
    {nn.LayerNorm(6, {elementwise_affine = false, eps = 0.1}), {2, 6}, {2, 6},
      "LayerNorm((6), eps=0.1, elementwise_affine=false)", ""},
    {nn.RMSNorm(6, {eps = 1e-6}), {2, 6}, {2, 6}, "RMSNorm((6), eps=1e-06)",
      "weight"},
    {nn.GroupNorm(2, 4), {2, 4, 3}, {2, 4, 3}, "GroupNorm(2, 4)",
      "weight bias"},
    {nn.PReLU(), {2, 3}, {2, 3}, "PReLU(num_parameters=1)", "weight"},
    {nn.PReLU(3), {2, 3, 4}, {2, 3, 4}, "PReLU(num_parameters=3)", "weight"},
    {nn.GLU(2), {2, 6}, {2, 3}, "GLU(dim=2)", ""},
    {nn.Softmin(), {2, 3}, {2, 3}, "Softmin(dim=-1)", ""},
  }
end

local function names(module)
  local list = {}
  for path in module:named_parameters() do list[#list + 1] = path end
  return table.concat(list, " ")
end

local function back(value)
  local path = os.tmpname()
  assert(m.save(path, value))
  local loaded, message = m.load(path)
  os.remove(path)
  return assert(loaded, message)
end

describe("layers", function()
  it("give the right shapes, names and texts", function()
    for _, case in ipairs(layers()) do
      local layer, input, output, text, parameters = table.unpack(case)
      text = text or tostring(layer)
      eq(tostring(layer), text)
      eq({text, shape_of(layer(m.randn(input)))}, {text, output})
      eq({text, names(layer)}, {text, parameters})
    end
  end)
  it("come back from a file", function()
    for _, case in ipairs(layers()) do
      local layer, input = case[1]:eval(), case[2]
      local x, copy = m.randn(input), back(layer)
      eq(tostring(copy), tostring(layer))
      near(copy(x):detach(), layer(x):detach():totable(), 0)
    end
  end)
  it("train every parameter, in f64 too", function()
    for _, case in ipairs(layers()) do
      local layer = case[1]:to "f64"
      local y = layer(m.randn(case[2], {dtype = "f64"}))
      eq(y.dtype, "f64")
      if #layer:parameters() > 0 then (y * y):sum():backward() end
      for path, p in layer:named_parameters() do
        assert(p.grad and p.grad.shape == p.shape, path)
      end
    end
  end)
  it("activations are their operations", function()
    local x = m.linspace(-4, 4, 17)
    for name, op in pairs {ReLU = "relu", ReLU6 = "relu6", Tanh = "tanh",
      Sigmoid = "sigmoid", SELU = "selu", SiLU = "silu", Mish = "mish",
      Hardswish = "hardswish", Hardsigmoid = "hardsigmoid",
      Softsign = "softsign", LogSigmoid = "logsigmoid", ELU = "elu",
      CELU = "celu", GELU = "gelu", LeakyReLU = "leaky_relu",
      Softplus = "softplus", Hardtanh = "hardtanh"} do
      near(nn[name]()(x), m[op](x):totable(), 0)
      eq(tostring(nn[name]()), name .. "()")
    end
    near(nn.LeakyReLU(0.2)(x), m.leaky_relu(x, 0.2):totable(), 0)
    near(nn.GELU "tanh"(x), m.gelu(x, "tanh"):totable(), 0)
    near(nn.Hardtanh(-2, 3)(x), x:clamp(-2, 3):totable(), 0)
    eq(tostring(nn.Hardtanh(-2, 3)), "Hardtanh(min_val=-2, max_val=3)")
    near(nn.Tanhshrink()(x), (x - x:tanh()):totable(), 0)
    local y = m.randn(2, 6)
    near(nn.GLU()(y), (y:narrow(2, 1, 3) * y:narrow(2, 4, 3):sigmoid())
      :totable())
  end)
end)

describe("nn.Embedding", function()
  it("gives rows, zeros for none, and trains all but the padding", function()
    local e = nn.Embedding(4, 3, {padding_idx = -1})
    eq(tostring(e), "Embedding(4, 3, padding_idx=4)")
    near(e.weight:detach()[4], {0, 0, 0})
    local index = m.index {{1, 4}, {2, 1}}
    local y = e(index)
    eq(shape_of(y), {2, 2, 3})
    y:sum():backward()
    near(e.weight.grad, {{2, 2, 2}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}})
    near(back(e)(index):detach(), y:detach():totable(), 0)
    raises("padding_idx = 5 should be a row, 1..4", nn.Embedding, 4, 3,
      {padding_idx = 5})
    raises("out of range 1..4", e, m.index {5})
  end)
  it("takes a table that is there", function()
    local e = nn.Embedding.from_pretrained(m.tensor {{1, 2}, {3, 4}})
    near(e(m.index {2}), {{3, 4}})
    eq(e.weight.requires_grad, false)
    local t = nn.Embedding.from_pretrained(m.zeros(2, 2), {freeze = false})
    eq(t.weight.requires_grad, true)
  end)
end)

describe("nn.Dropout2d", function()
  it("drops whole channels", function()
    local drop = nn.Dropout2d(0.5, {generator = m.generator(1)})
    local y = drop(m.ones(4, 8, 3, 3)):reshape(32, 9)
    local sums = y:sum(2):totable()
    local kept = 0
    for _, s in ipairs(sums) do
      assert(s == 0 or s == 18, s)
      kept = kept + (s > 0 and 1 or 0)
    end
    assert(kept > 4 and kept < 28)
    local x = m.ones(2, 3, 4)
    near(nn.Dropout2d(0.5):eval()(x), x:totable(), 0)
    raises("an input of 3 or 4 dimensions", nn.Dropout2d(), m.ones(2))
  end)
end)

describe("nn.InstanceNorm", function()
  it("uses what it remembers in evaluation", function()
    local norm = nn.InstanceNorm1d(2, {track_running_stats = true})
    local x = m.randn(3, 2, 9)
    norm(x)
    near(norm.running_mean, (x:mean {1, 3} * 0.1):totable())
    near(norm:eval()(x), m.batch_norm(x, norm.running_mean,
      norm.running_var):totable())
    eq(norm.num_batches_tracked:item(), 1)
    raises("InstanceNorm1d: an input of 2 or 3 dimensions", norm, m.ones(2))
  end)
end)

describe("nn.GroupNorm", function()
  it("wants groups that fit", function()
    raises("num_groups = 3 should divide num_channels = 4", nn.GroupNorm, 3, 4)
  end)
end)

describe("nn.Bilinear", function()
  it("is x1^T W x2 + b", function()
    local layer = nn.Bilinear(2, 3, 4, {dtype = "f64"})
    local x1 = m.randn({5, 2}, {dtype = "f64"})
    local x2 = m.randn({5, 3}, {dtype = "f64"})
    local w = layer.weight:detach()
    local want = m.einsum and m.einsum("ni,oij,nj->no", {x1, w, x2})
      or (x1:reshape(5, 1, 2, 1) * w:unsqueeze(1) * x2:reshape(5, 1, 1, 3))
        :sum {3, 4}
    near(layer(x1, x2):detach(), (want + layer.bias:detach()):totable())
  end)
end)

describe("nn.ModuleDict", function()
  it("keeps modules by name", function()
    local d = nn.ModuleDict {b = nn.ReLU(), a = nn.Linear(2, 3)}
    eq(d:keys(), {"a", "b"})
    d.c = nn.Tanh()
    eq(#d, 3)
    local seen = {}
    for name, module in d:pairs() do
      seen[#seen + 1] = name .. " " .. module.__name
    end
    eq(seen, {"a Linear", "b ReLU", "c Tanh"})
    eq(names(d), "a.weight a.bias")
    eq(nn.ModuleDict {{"z", nn.ReLU()}, {"y", nn.Tanh()}}:keys(), {"z", "y"})
    local copy = back(d)
    eq(copy:keys(), {"a", "b", "c"})
    near(copy.a.weight:detach(), d.a.weight:detach():totable(), 0)
    raises("ModuleDict has no forward", d, 1)
    raises("names with modules expected; got a with a number", nn.ModuleDict,
      {a = 1})
  end)
end)

describe("loss modules", function()
  local function operands()
    local g = m.generator(3)
    local x = m.rand({4, 3}, {generator = g})
    local y = m.rand({4, 3}, {generator = g})
    return x, y, m.ones(4, 3)
  end

  it("are their operations", function()
    local x, y, one = operands()
    local weight = m.tensor {1, 2, 3}
    local function same(a, b) near(a, b:item(), 0) end
    same(nn.L1Loss()(x, y):item(), m.l1_loss(x, y))
    same(nn.SmoothL1Loss {beta = 0.3}(x, y):item(),
      m.smooth_l1_loss(x, y, {beta = 0.3}))
    same(nn.HuberLoss("sum", 0.3)(x, y):item(), m.huber_loss(x, y, "sum", 0.3))
    same(nn.BCELoss(weight)(x, y):item(), m.binary_cross_entropy(x, y, weight))
    same(nn.BCEWithLogitsLoss {pos_weight = weight}(x, y):item(),
      m.binary_cross_entropy_with_logits(x, y, {pos_weight = weight}))
    same(nn.KLDivLoss("batchmean")(x:log(), y):item(),
      m.kl_div(x:log(), y, "batchmean"))
    same(nn.SoftMarginLoss()(x, one):item(), m.soft_margin_loss(x, one))
    same(nn.HingeEmbeddingLoss(0.5)(x, one):item(),
      m.hinge_embedding_loss(x, one, 0.5))
    same(nn.MarginRankingLoss(0.5)(x, y, one):item(),
      m.margin_ranking_loss(x, y, one, 0.5))
    same(nn.CosineEmbeddingLoss()(x, y, m.ones(4)):item(),
      m.cosine_embedding_loss(x, y, m.ones(4)))
    same(nn.TripletMarginLoss {swap = true}(x, y, one):item(),
      m.triplet_margin_loss(x, y, one, {swap = true}))
    same(nn.PoissonNLLLoss()(x, y):item(), m.poisson_nll_loss(x, y))
    same(nn.GaussianNLLLoss()(x, y, one):item(),
      m.gaussian_nll_loss(x, y, one))
    same(nn.MultiMarginLoss {p = 2}(x, m.index {1, 2, 3, 1}):item(),
      m.multi_margin_loss(x, m.index {1, 2, 3, 1}, 2))
    near(nn.CosineSimilarity()(x, y), m.cosine_similarity(x, y):totable(), 0)
    near(nn.PairwiseDistance()(x, y), m.pairwise_distance(x, y):totable(), 0)
  end)
  it("show their options, and keep their weights", function()
    eq(tostring(nn.HuberLoss {delta = 2, reduction = "sum"}),
      "HuberLoss(reduction=sum, delta=2)")
    local loss = back(nn.BCEWithLogitsLoss {pos_weight = m.tensor {2, 3}})
    near(loss.pos_weight, {2, 3})
    eq(loss:to "f64".pos_weight.dtype, "f64")
  end)
end)

describe("nn.init", function()
  it("orthogonal_ makes orthogonal rows or columns", function()
    local t = nn.init.orthogonal_(m.zeros(3, 5), {gain = 2})
    near(t:matmul(t:t()), (m.eye(3) * 4):totable(), 1e-5)
    t = nn.init.orthogonal_(m.zeros(8, 2, 2))
    local flat = t:reshape(8, 4)
    near(flat:t():matmul(flat), m.eye(4):totable(), 1e-5)
    raises("2 or more dimensions", nn.init.orthogonal_, m.zeros(3))
  end)
  it("trunc_normal_ stays inside", function()
    local t = nn.init.trunc_normal_(m.zeros(4000), {a = -1, b = 2})
    assert(t:min():item() >= -1 and t:max():item() <= 2)
    near(t:mean():item(), 0.2296, 0.05)
    near(nn.init.trunc_normal_(m.zeros(3), 0, 1, 50, 60), {50, 50, 50})
  end)
  it("eye_, dirac_ and sparse_", function()
    near(nn.init.eye_(m.zeros(2, 3)), {{1, 0, 0}, {0, 1, 0}})
    local x = m.randn(1, 2, 5, 5)
    near(m.conv2d(x, nn.init.dirac_(m.zeros(2, 2, 3, 3)), {padding = 1}),
      x:totable(), 0)
    local w = nn.init.dirac_(m.zeros(4, 2, 1), {groups = 2})
    near(w:squeeze(3), {{1, 0}, {0, 1}, {1, 0}, {0, 1}})
    local t = nn.init.sparse_(m.zeros(10, 3), 0.3, 1)
    near(t:eq(0):to "i64":sum(1), {3, 3, 3})
  end)
end)

describe("nn summary", function()
  -- {layer, input, FLOPs, parameters}; a multiplication and an addition are
  -- two, and the first addition is the bias's, or one to zero.
  local function counts()
    local function conv(n, o, places, c, kernel)
      return 2 * n * o * places * c * kernel
    end
    return {
      {nn.Linear(4, 3), {5, 4}, 2 * 5 * 4 * 3, 4 * 3 + 3},
      {nn.Linear(4, 3, {bias = false}), {2, 5, 4}, 2 * 10 * 4 * 3, 4 * 3},
      {nn.Conv1d(2, 4, 3), {3, 2, 7}, conv(3, 4, 5, 2, 3), 4 * 2 * 3 + 4},
      {nn.Conv2d(2, 4, 3, {groups = 2, padding = 1}), {1, 2, 5, 5},
        conv(1, 4, 25, 1, 9), 4 * 9 + 4},
      {nn.Conv2d(2, 4, {3, 1}, {stride = 2, bias = false}), {1, 2, 7, 5},
        conv(1, 4, 3 * 3, 2, 3), 4 * 2 * 3},
      {nn.ConvTranspose2d(4, 2, 3, {stride = 2, bias = false}), {1, 4, 3, 3},
        conv(1, 2, 9, 4, 9), 4 * 2 * 9},
      {nn.MaxPool2d(2), {1, 2, 4, 4}, 8 * 4, 0},
      {nn.AvgPool2d(3, 1), {1, 2, 4, 4}, 8 * 9, 0},
      {nn.MaxPool1d(2), {1, 2, 4}, 4 * 2, 0},
      {nn.AdaptiveAvgPool2d(1), {1, 2, 4, 4}, 32, 0},
      {nn.AdaptiveMaxPool1d(2), {1, 2, 4}, 8, 0},
      {nn.AdaptiveAvgPool1d(2), {1, 2, 5}, 2 * (3 + 3), 0},
      {nn.BatchNorm2d(3), {4, 3, 2, 2}, 6 * 48, 6},
      {nn.LayerNorm(6), {2, 6}, 6 * 12, 12},
      {nn.RMSNorm(6), {2, 6}, 6 * 12, 6},
      {nn.GroupNorm(2, 4), {2, 4, 3}, 6 * 24, 8},
      {nn.ReLU(), {2, 6}, 12, 0},
      {nn.PReLU(6), {2, 6}, 12, 6},
      {nn.Dropout(), {2, 6}, 0, 0},
      {nn.Flatten(), {2, 3, 2}, 0, 0},
      {nn.Identity(), {2, 6}, 0, 0},
    }
  end

  it("has the FLOPs and parameters of the formulas", function()
    for _, case in ipairs(counts()) do
      local layer, shape, flops, parameters = table.unpack(case)
      local s = layer:summary(shape)
      eq({layer:title(), s.flops, s.parameters},
        {layer:title(), flops + 0.0, parameters})
      eq(s.rows[1].flops, s.flops)
    end
  end)

  it("counts a shared layer's parameters once, its work each time", function()
    local layer = nn.Linear(3, 3)
    local s = nn.Sequential(layer, nn.ReLU(), layer):summary {2, 3}
    eq(s.parameters, 12)
    eq(s.flops, 2 * 36 + 6.0)
    eq(#s.rows, 3)
  end)

  it("counts what norms and embeddings do", function()
    local net = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.GELU())
    local s = net:summary {2, 4}
    eq(s.rows[2].flops, 6 * 16.0)
    eq(s.rows[3].flops, 16.0)
    eq(s.parameters, 40 + 16)
    s = nn.Embedding(10, 4):summary(m.index {1, 2, 3})
    eq(s.rows[1].shape, "(3, 4)")
    eq(s.parameters, 40)
  end)
end)
