-- ops_algebra_spec.lua: sums written with letters, against loops over all
-- letters; norms, ranks and powers of matrices by all their options;
-- distances.

local m = require "mlrt"
local core = require "mlrt.core" -- flops

local INF = math.huge
local F64 = {dtype = "f64"}

local function f64(v) return m.tensor(v, F64) end

-- ---- einsum -----------------------------------------------------------------

local SIZES = {A = 2, Z = 3, a = 2, b = 3, c = 2, i = 2, j = 3, k = 4, l = 2,
  z = 2, n = 1}

local function operand(letters, seed)
  local shape, n = {}, 1
  for c in letters:gmatch "." do
    shape[#shape + 1] = SIZES[c]
    n = n * SIZES[c]
  end
  local list = {}
  for i = 1, n do list[i] = (i * i * 7 + i * seed) % 13 - 5 end
  return #shape == 0 and f64(list[1]) or f64(list):reshape(shape)
end

local function element(list, letters, at)
  for c in letters:gmatch "." do list = list[at[c]] end
  return list
end

-- terms: their letters; the sum for each place of the output.
local function plain(terms, values, out)
  local order = {}
  for c in (out .. table.concat(terms)):gmatch "." do
    if not order[c] then
      order[c] = true
      order[#order + 1] = c
    end
  end
  local sums, at = {}, {}
  local function walk(d)
    if d > #order then
      local product, key = 1, {}
      for t, letters in ipairs(terms) do
        product = product * element(values[t], letters, at)
      end
      for c in out:gmatch "." do key[#key + 1] = at[c] end
      key = table.concat(key, ",")
      sums[key] = (sums[key] or 0) + product
      return
    end
    for v = 1, SIZES[order[d]] do
      at[order[d]] = v
      walk(d + 1)
    end
  end
  walk(1)
  return sums
end

local function flat(t)
  local sums = {}
  local function walk(v, key)
    if type(v) ~= "table" then
      sums[table.concat(key, ",")] = v
      return
    end
    for i, x in ipairs(v) do
      key[#key + 1] = i
      walk(x, key)
      key[#key] = nil
    end
  end
  walk(t.ndim == 0 and t:item() or t:totable(), {})
  return sums
end

describe("einsum", function()
  for _, equation in ipairs {"ij,jk->ik", "ij,jk->ki", "ij,ij->", "ij,ij->ij",
    "ij,ij->i", "ij,ij->j", "i,j->ij", "i,j->ji", "ij,k->", "ij->ji", "ij->",
    "ij->i", "iji->j", "iji->ij", "ijkij->k", "iia,a->i", "ii,jj->ij",
    "bij,bjk->bik", "bij,bjk->", "bij,bkj->kbi", "ijb,bjk->bik", "bi,bi->b",
    "bia,bia->ab", "bi,bi->", "ij,jk,kl->il", "ij,jk,kl->", "ij,jk,ki->i",
    "i,j,k,l->lkji", "ij,ik,il->ijkl", "ij,i,j->ij", "a,ab,b->", "AZ,Zz->Az",
    "aZ,ZA->Aa", "zz->z", "z,z,z->z", "A,a,Z,z->zZaA", "n,nj->j", "nn->n",
    "ijn,nk->ik", ",i->i", "i,->i", ",->"} do
    it(equation, function()
      local terms, tensors, values = {}, {}, {}
      local left, out = equation:match "^(.*)%->(.*)$"
      for letters in (left .. ","):gmatch "(.-)," do
        terms[#terms + 1] = letters
        tensors[#terms] = operand(letters, #terms)
        values[#terms] = #letters == 0 and tensors[#terms]:item()
          or tensors[#terms]:totable()
      end
      local want = plain(terms, values, out)
      local y = m.einsum(equation, tensors)
      eq(y.ndim, #out)
      near(flat(y), want)
      for t, x in ipairs(tensors) do
        if x.ndim > 1 then
          tensors[t] = x:transpose(1, -1):contiguous():transpose(1, -1)
        end
      end
      near(flat(m.einsum(" " .. equation:gsub("[,>]", "%0 "):gsub("-", " -")
        .. " ", tensors)), want)
    end)
  end

  it("names the output when none is given: letters that occur once", function()
    local x, y = operand("ij", 1), operand("jk", 2)
    eq(m.einsum("ij,jk", x, y), m.einsum("ij,jk->ik", x, y):totable())
    eq(m.einsum("kj,ji", y:t(), x:t()), m.einsum("kj,ji->ik", y:t(), x:t())
      :totable())
    eq(m.einsum("zA", x), m.einsum("zA->Az", x):totable())
    eq(m.einsum("Za", x), x:totable())
    eq(m.einsum("ii", operand("ia", 1)), m.trace(operand("ia", 1)):item())
  end)
  it("spreads '...' from the right", function()
    local a = f64({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}):reshape {2, 1, 2, 3}
    local b = f64({3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8}):reshape {2, 3, 2}
    local want = a:matmul(b)
    eq(m.einsum("...ij,...jk->...ik", a, b), want:totable())
    eq(m.einsum("...ij,...jk", a, b), want:totable())
    eq(m.einsum("...ij,...jk->ik...", a, b), want:permute(3, 4, 1, 2)
      :totable())
    eq(m.einsum("i...->i", f64 {{1, 2}, {3, 4}}), {3.0, 7.0})
    eq(m.einsum("...->...", f64 {{1, 2}, {3, 4}}), {{1.0, 2.0}, {3.0, 4.0}})
    eq(m.einsum("...", f64(3)), 3.0)
    eq(m.einsum("i...,...->i...", f64 {{1, 2}, {3, 4}}, f64 {5, 6}),
      {{5.0, 12.0}, {15.0, 24.0}})
    eq(m.einsum("...i,i->...", f64 {{1, 2}, {3, 4}}, f64 {5, 6}),
      {17.0, 39.0})
    eq(m.einsum("...,...", m.ones(2, 1), m.ones(3)).shape, {2, 3})
    eq(m.einsum("...,...", m.ones(3), m.ones(4, 2, 3)).shape, {4, 2, 3})
  end)
  it("broadcasts sizes of 1", function()
    local x, y = f64 {{1}, {2}}, f64 {{3, 4, 5}, {6, 7, 8}}
    eq(m.einsum("ij,ij->ij", x, y), (x * y):totable())
    eq(m.einsum("ij,ij->ij", y, x), (x * y):totable())
    eq(m.einsum("ij,ij->i", x, y), {12.0, 42.0})
    eq(m.einsum("ij,jk->ik", f64 {{2}}, y:t():contiguous():t()), {{18.0, 22.0,
      26.0}})
    eq(m.einsum("ij->i", f64 {{2}}), {2.0})
    eq(m.einsum("ij,ij->ij", f64 {{2}}, f64 {{3}}), {{6.0}})
    eq(m.einsum("ij,jk->ik", m.ones(2, 0), m.ones(0, 3)), m.zeros(2, 3))
  end)
  it("refuses", function()
    local x = m.ones(2, 3)
    local long = ("i"):rep(53)
    for _, case in ipairs {
      {long, "more than 52 letters in a term", m.ones(1)},
      {("i"):rep(52), "52 subscripts for tensor 1 of shape (1)", m.ones(1)},
      {"ij,jk", "letter 'j' is 4 in tensor 2 of shape (4, 2), 3 before", x,
        m.ones(4, 2)},
      {"ij,ki,jk", "letter 'j' is 4 in tensor 3 of shape (4, 2), 3 before", x,
        m.ones(2, 2), m.ones(4, 2)},
      {"aZ,Zb", "letter 'Z' is 4 in tensor 2 of shape (4, 2), 3 before", x,
        m.ones(4, 2)},
      {"Az,zb", "letter 'z' is 4 in tensor 2 of shape (4, 2), 3 before", x,
        m.ones(4, 2)},
      {"...ij,...jk", "dimension 1 from the right of '...' is 3 in tensor 2 of "
        .. "shape (3, 2, 2), 2 before", m.ones(2, 2, 2), m.ones(3, 2, 2)},
      {"...,...", "dimension 2 from the right of '...' is 3 in tensor 2 of "
        .. "shape (3, 2), 2 before", m.ones(2, 2), m.ones(3, 2)},
      {"ij->ik", "letter 'k' of the output is in no operand", x},
      {"ij->A", "letter 'A' of the output is in no operand", x},
      {"ij->ii", "letter 'i' stands twice in the output", x},
      {"ij->jij", "letter 'j' stands twice in the output", x},
      {"ij,jk", "more operands than the 1 given", x},
      {"ij,jk,kl", "more operands than the 2 given", x, m.ones(3, 2)},
      {"ij", "1 operand, 2 tensors given", x, x},
      {"ij,ij", "2 operands, 3 tensors given", x, x, x},
      {"ijk", "3 subscripts for tensor 1 of shape (2, 3)", x},
      {"i", "1 subscripts for tensor 1 of shape (2, 3)", x},
      {"ijk...", "3 subscripts for tensor 1 of shape (2, 3)", x},
      {"ij,i", "1 subscripts for tensor 2 of shape (2, 3)", x, x},
      {"ii", "letter 'i' is 3 in tensor 1 of shape (2, 3), 2 before", x},
      {"ii", "letter 'i' is repeated in an operand, but sizes 1 and 3 differ",
        m.ones(1, 3)},
      {"i1", "'1' is no letter, ',', '->' or '...'", x},
      {"i@", "'@' is no letter, ',', '->' or '...'", x},
      {"i[", "'[' is no letter, ',', '->' or '...'", x},
      {"i`", "'`' is no letter, ',', '->' or '...'", x},
      {"i{", "'{' is no letter, ',', '->' or '...'", x},
      {"i\1", "'?' is no letter, ',', '->' or '...'", x},
      {"i..", "'.' is no letter, ',', '->' or '...'", x},
      {"i.", "'.' is no letter, ',', '->' or '...'", x},
      {"i..j", "'.' is no letter, ',', '->' or '...'", x},
      {"...i...", "'...' stands twice in one term", x},
      {"ij->......", "'...' stands twice in one term", x},
      {"ij-", "'-' is no '->'", x}, {"ij-ji", "'-' is no '->'", x},
      {"ij->j,i", "',' in the output", x}, {"ij->i->j", "'-' in the output",
        x},
      {"abcde,fghij", "a result of 10 dimensions; at most 8 are possible",
        m.ones(1, 1, 1, 1, 1), m.ones(1, 1, 1, 1, 1)},
    } do
      local equation, text = case[1], case[2]
      eq(message(m.einsum, equation, {table.unpack(case, 3)}),
        "einsum: equation '" .. equation .. "': " .. text)
    end
    eq(message(m.einsum, "abcde,fghi,abcde,fghi->", m.ones(2, 2, 2, 2, 2),
      m.ones(2, 2, 2, 2), m.ones(2, 2, 2, 2, 2), m.ones(2, 2, 2, 2)),
      "einsum: equation 'abcde,fghi,abcde,fghi->': a result of 9 dimensions; "
      .. "at most 8 are possible")
    local quoted = ("i,"):rep(41)
    eq(message(m.einsum, quoted .. "1", {m.ones(1)}), "einsum: equation '"
      .. quoted:sub(1, 80) .. "': more operands than the 1 given")
    quoted = ("i,"):rep(40)
    eq(message(m.einsum, quoted, {m.ones(1)}), "einsum: equation '" .. quoted
      .. "': more operands than the 1 given")
    eq(message(m.einsum, "i", {}), "einsum: equation 'i': no tensors given")
    eq(m.einsum("abcd,efgh", m.ones(1, 1, 1, 1), m.ones(1, 1, 1, 1)).ndim, 8)
  end)
end)

-- ---- Norms, ranks, powers ---------------------------------------------------

describe("matrix_norm and cond", function()
  local a = {{1, -2, 2}, {-4, 3, 0}}

  it("by every order", function()
    local x = f64(a)
    local s = m.svdvals(x):totable()
    for _, case in ipairs {{"fro", nil, math.sqrt(34)}, {"nuc", nil,
      s[1] + s[2]}, {"spectral", 2, s[1]}, {"inf", INF, 7}, {"one", 1, 5},
      {nil, -2, s[2]}, {nil, -INF, 5}, {nil, -1, 2}} do
      local word, p, want = case[1], case[2], case[3]
      if word then near(m.matrix_norm(x, word), want, 1e-12) end
      if p then near(m.matrix_norm(x, {p = p}), want, 1e-12) end
      local y = m.matrix_norm(m.stack {x, x * 2}, word or "fro",
        {p = p, keepdim = true})
      eq(y.shape, {2, 1, 1})
      near(y:flatten(), {want, 2 * want}, 1e-12)
      near(m.matrix_norm(m.stack {x, x * 2}, word or "fro", {p = p}),
        {want, 2 * want}, 1e-12)
    end
    near(m.matrix_norm(x), math.sqrt(34), 1e-12)
  end)
  it("the condition is a product of two norms", function()
    local x = f64 {{1, 2}, {3, 5}}
    local y = f64 {{-5, 2}, {3, -1}}
    local s = m.svdvals(x):totable()
    near(m.cond(x), s[1] / s[2], 1e-9)
    near(m.cond(x, {p = 2}), s[1] / s[2], 1e-9)
    near(m.cond(x, {p = -2}), s[2] / s[1], 1e-9)
    for _, p in ipairs {1, -1, INF, -INF} do
      near(m.cond(x, {p = p}), m.matrix_norm(x, {p = p}):item()
        * m.matrix_norm(y, {p = p}):item(), 1e-9)
    end
    for _, word in ipairs {"fro", "nuc"} do
      near(m.cond(x, word), m.matrix_norm(x, word):item()
        * m.matrix_norm(y, word):item(), 1e-9)
    end
    eq(m.cond(m.ones(2, 3)).shape, {})
    eq(message(m.cond, m.ones(2, 3), {p = 1}), "cond: argument 'x': square "
      .. "matrices expected, got shape (2, 3)")
    for _, name in ipairs {"cond", "matrix_norm"} do
      for _, p in ipairs {3, 0, 1.5, -3} do
        eq(message(m[name], m.ones(2, 2), {p = p}), ("%s: argument 'p': 1, 2, "
          .. "inf or one of these below 0 expected, got %g"):format(name, p))
      end
      eq(message(m[name], m.ones(2)), name .. ": argument 'x': a matrix (m, n) "
        .. "or a batch of them expected, got shape (2)")
    end
  end)
end)

describe("matrix_rank and pinv", function()
  it("count what is above both limits", function()
    local x = f64 {{4, 0, 0}, {0, 2, 0}, {0, 0, 1}}
    for _, case in ipairs {{{}, 3}, {{atol = 0.5}, 3}, {{atol = 1}, 2},
      {{atol = 2}, 1}, {{atol = 4}, 0}, {{rtol = 0.2}, 3}, {{rtol = 0.25}, 2},
      {{rtol = 0.5}, 1}, {{rcond = 0.25}, 2}, {{rcond = 0.5, rtol = 0.2}, 3},
      {{atol = 1, rtol = 0.5}, 1}, {{atol = 2, rtol = 0.25}, 1},
      {{atol = 1, rcond = 0.5}, 1}, {{rtol = 0}, 3}, {{atol = 0}, 3}} do
      local options, rank = case[1], case[2]
      eq(m.matrix_rank(x, options), rank)
      options.hermitian = true
      eq(m.matrix_rank(x * f64 {1, -1, 1}, options), rank)
      eq(m.matrix_rank(m.stack {x, x * 0}, options), {rank, 0})
      options.hermitian = false
      eq(m.matrix_rank(x, options), rank)
      local kept = {}
      for i = 1, 3 do
        kept[i] = {0.0, 0.0, 0.0}
        if i <= rank then kept[i][i] = 1 / ({4, 2, 1})[i] end
      end
      near(m.pinv(x, options), kept, 1e-12)
      options.hermitian = true
      near(m.pinv(x, options), kept, 1e-12)
    end
    eq(m.matrix_rank(m.zeros(2, 2)), 0)
    eq(m.matrix_rank(m.zeros(0, 2)), 0)
    eq(m.matrix_rank(m.zeros(2, 3, 0)), {0, 0})
    eq(m.matrix_rank(m.zeros(0, 3, 2)).shape, {0})
    eq(m.matrix_rank(m.ones(2, 3)), 1)
    -- A limit of its own takes the place of what rounding makes.
    eq(m.matrix_rank(f64 {{1, 0}, {0, 1e-17}}, {atol = 1e-18}), 2)
    eq(m.matrix_rank(f64 {{1, 0}, {0, 1e-17}}, {atol = 0}), 1)
  end)
  it("of what is not symmetric", function()
    near(m.pinv(f64 {{2, 1}, {0, 3}}, {hermitian = true}),
      m.pinv(f64 {{2, 0.5}, {0.5, 3}}):totable(), 1e-12)
    for _, name in ipairs {"matrix_rank", "pinv"} do
      eq(message(m[name], m.ones(2, 3), {hermitian = true}), name .. ": "
        .. "argument 'x': square matrices expected, got shape (2, 3)")
      eq(message(m[name], m.ones(2)), name .. ": argument 'x': a matrix (m, n) "
        .. "or a batch of them expected, got shape (2)")
    end
    local rank = m.matrix_rank(m.ones({2, 2}, {requires_grad = true}))
    eq(rank.requires_grad, false)
    eq((m.ones({2}, {requires_grad = true}) * 2).requires_grad, true)
  end)
end)

describe("matrix_power and trace", function()
  it("multiply as often as asked", function()
    local x = f64 {{1, 1}, {1, 0}} -- Fibonacci's
    local a, b = 0, 1
    for n = 0, 17 do
      eq(m.matrix_power(x, n)[{1, 2}], a + 0.0)
      eq(m.matrix_power(x, n)[{1, 1}], b + 0.0)
      near(m.matrix_power(x, -n):matmul(m.matrix_power(x, n)), {{1, 0}, {0, 1}},
        1e-6)
      a, b = b, a + b
    end
    near(m.matrix_power(f64 {{2, 0}, {0, 4}}, -2), {{0.25, 0}, {0, 1 / 16}})
    eq(m.matrix_power(m.stack {x, x * 2}, 0), {{{1.0, 0.0}, {0.0, 1.0}},
      {{1.0, 0.0}, {0.0, 1.0}}})
    eq(m.matrix_power(m.stack {x, x * 2}, 3)[2], {{24.0, 16.0}, {16.0, 8.0}})
    local one = m.matrix_power(x, 0)
    one[{1, 1}] = 5
    eq(m.matrix_power(x, 0), {{1.0, 0.0}, {0.0, 1.0}})
    raises("matrix_power: argument 'x': square", m.matrix_power, m.ones(2, 3),
      2)
    eq(m.trace(f64 {{1, 2, 3}, {4, 5, 6}}), 6.0)
    eq(m.trace(f64 {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}), {5.0, 13.0})
    eq(message(m.trace, m.ones(2)), "trace: a matrix (m, n) or a batch of them "
      .. "expected, got shape (2)")
  end)
end)

-- ---- Distances --------------------------------------------------------------

describe("angles and distances", function()
  it("cosine_similarity broadcasts, and does not divide by 0", function()
    local a, b = f64 {{3, 4}, {0, 0}}, f64 {{4, 3}, {1, 1}}
    near(m.cosine_similarity(a, b, 2), {24 / 25, 0}, 1e-12)
    near(m.cosine_similarity(a, b, 1), {12 / (3 * 17 ^ 0.5), 12 / (4 * 10 ^ 0.5)
      }, 1e-12)
    near(m.cosine_similarity(a, f64 {1, 0}, -1), {0.6, 0}, 1e-12)
    near(m.cosine_similarity(f64 {1, 0}, a, -1), {0.6, 0}, 1e-12)
    near(m.cosine_similarity(a, b, 2, 10), {24 / 100, 0}, 1e-12)
    near(m.cosine_similarity(a, b), {24 / 25, 0}, 1e-12)
    eq(message(m.cosine_similarity, m.ones(2, 2), m.ones(3)),
      "cosine_similarity: shapes (2, 2) and (3) do not broadcast")
    raises("cosine_similarity: dim 3", m.cosine_similarity, m.ones(2), m.ones(2,
      2), 3)
    for _, name in ipairs {"cosine_similarity", "pairwise_distance", "cdist"} do
      raises(name .. ": argument 'x1'", m[name], m.ones({2, 2},
        {dtype = "i64"}), m.ones(2, 2))
      raises(name .. ": argument 'x2'", m[name], m.ones(2, 2), m.ones({2, 2},
        {dtype = "i64"}))
    end
  end)
  it("normalize along a dimension", function()
    local x = f64 {{3, 4}, {0, 0}}
    near(m.normalize(x, 2, 2), {{0.6, 0.8}, {0, 0}}, 1e-12)
    near(m.normalize(x, 1, 2), {{3 / 7, 4 / 7}, {0, 0}}, 1e-12)
    near(m.normalize(x, INF, -1), {{0.75, 1}, {0, 0}}, 1e-12)
    near(m.normalize(x), {{0.6, 0.8}, {0, 0}}, 1e-12)
    near(m.normalize(x, 2, 2, 10), {{0.3, 0.4}, {0, 0}}, 1e-12)
    raises("normalize: dim 3", m.normalize, x, 2, 3)
    raises("normalize: argument 'x'", m.normalize, m.ones({2}, {dtype = "i64"}))
  end)
  it("pairwise_distance, with eps on every difference", function()
    local a, b = f64 {{3, 4}, {1, 1}}, f64 {{0, 0}, {1, 1}}
    near(m.pairwise_distance(a, b, 2, 0), {5, 0}, 1e-12)
    near(m.pairwise_distance(a, b, 1, 0), {7, 0}, 1e-12)
    near(m.pairwise_distance(a, b, 2, 0, true), {{5}, {0}}, 1e-12)
    near(m.pairwise_distance(a, b, 1, 0.5), {8, 1}, 1e-12)
    near(m.pairwise_distance(b, a, 1, 0.5), {6, 1}, 1e-12)
    near(m.pairwise_distance(a, b)[2], math.sqrt(2) * 1e-6, 1e-12)
    near(m.pairwise_distance(f64 {3, 4}, f64 {0, 0}, 2, 0), 5)
  end)
  it("refuse numbers and lone vectors", function()
    for _, pair in ipairs {{m.tensor(1), m.ones(3)}, {m.ones(3), m.tensor(1)}}
    do
      eq(message(m.pairwise_distance, pair[1], pair[2]), ("pairwise_distance: "
        .. "vectors expected, got shapes %s and %s"):format(pair[1].shape,
        pair[2].shape))
    end
    for _, pair in ipairs {{{3}, {2, 3}}, {{2, 3}, {3}}, {{1, 3}, {1, 2}}} do
      eq(message(m.cdist, m.ones(pair[1]), m.ones(pair[2])), ("cdist: "
        .. "(..., P, M) and (..., R, M) expected, got %s and %s"):format(
        m.ones(pair[1]).shape, m.ones(pair[2]).shape))
    end
  end)
  it("cdist of few rows and of many", function()
    for _, case in ipairs {{1, 2}, {25, 25}, {26, 3}, {3, 26}, {26, 26}} do
      local p, r = table.unpack(case)
      local a = m.arange(0, p * 3):fmod(7):to("f64"):reshape {p, 3}
      local b = m.arange(1, r * 3 + 1):fmod(5):to("f64"):reshape {r, 3}
      local x, y = a:totable(), b:totable()
      for _, norm in ipairs {2, 1, 3, INF} do
        local got = m.cdist(a, b, norm):totable()
        for i = 1, p do
          for j = 1, r do
            local list = {}
            for d = 1, 3 do list[d] = math.abs(x[i][d] - y[j][d]) end
            near(got[i][j], norm == 2 and math.sqrt(list[1] ^ 2 + list[2] ^ 2
              + list[3] ^ 2) or norm == 3 and (list[1] ^ 3 + list[2] ^ 3
              + list[3] ^ 3) ^ (1 / 3) or norm == 1 and list[1] + list[2]
              + list[3]
              or math.max(table.unpack(list)), 1e-7)
          end
        end
      end
      eq(m.cdist(m.stack({a, a}), b).shape, {2, p, r})
      near(m.cdist(m.stack({a, a}), m.stack({b, b * 2}))[1], m.cdist(a, b)
        :totable(), 1e-9)
    end
    -- Of up to 25 rows by differences, which lose nothing.
    local y = m.cdist(m.full({25, 1}, 4096.125), m.full({25, 1}, 4096))
    eq(y:min():item(), 0.125)
    eq(y:max():item(), 0.125)
    local far = m.full({30, 2}, 1e4)
    for _, v in ipairs(m.cdist(far, far):flatten():totable()) do
      assert(v == v and v >= 0)
    end
    local x = m.ones({30, 2}, {requires_grad = true})
    m.cdist(x, m.ones(30, 2)):sum():backward()
    eq(x.grad, m.zeros(30, 2))
  end)
end)

describe("floating point operations", function()
  it("of factors are what the method takes", function()
    local x = m.eye(6):reshape({1, 6, 6}):expand({2, 6, 6}):contiguous()
    local tall, b = m.ones(2, 6, 4), m.ones(2, 6, 1)
    local wide = m.ones(2, 4, 6)
    for _, case in ipairs {
      {m.det, {x}, 72 * 6 / 1.5}, {m.slogdet, {x}, 72 * 6 / 1.5},
      {m.eigh, {x}, 9 * 72 * 6}, {m.eigvalsh, {x}, 9 * 72 * 6},
      {m.cholesky, {x}, 72 * 6 / 3}, {m.qr, {tall}, 4 * 48 * 4},
      {m.qr, {wide}, 4 * 48 * 4}, {core._lstsq, {tall, b}, 4 * 48 * 4},
      {core._lstsq, {wide, b:narrow(2, 1, 4):contiguous()}, 4 * 48 * 4},
      {m.group_norm, {m.ones(2, 4, 3), 2}, 6 * 24},
      {m.layer_norm, {m.ones(2, 4, 3), {3}}, 6 * 24},
      {m.rms_norm, {m.ones(2, 4, 3), {3}}, 6 * 24},
      {m.cross_entropy, {m.ones(2, 4), m.index {1, 2}}, 4 * 8}} do
      local before = core.flops()
      case[1](table.unpack(case[2]))
      near(core.flops() - before, case[3])
    end
  end)
end)
