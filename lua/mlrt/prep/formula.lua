-- formula.lua: arithmetic over columns, from a text to a function.
--
--   expression = comparison
--   comparison = sum [("<" | "<=" | ">" | ">=" | "==" | "~=") sum]
--   sum        = product {("+" | "-") product}
--   product    = power {("*" | "/") power}
--   power      = ["-"] atom ["^" power]
--   atom       = number | column | "column" | function (list) | (expression)
--
-- A comparison is 1 or 0.  Holes make holes, but isnull(x) is 1 there, and
-- if(c, a, b) looks at c only.  The text is data: nothing of it is executed.

local core = require "mlrt.core"

local formula = {}

-- What is wrong with the text, caught in compile.
local function bad(format, ...)
  error({format:format(...)}, 0)
end

-- ---- Words ----------------------------------------------------------------

local function tokens(text)
  local list, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return list end
    local word = text:match("^%d+%.?%d*[eE][+-]?%d+", at)
      or text:match("^%d*%.?%d+", at) or text:match("^[%a_][%w_.]*", at)
      or text:match('^"[^"]*"', at) or text:match("^[<>=~]=", at)
      or text:match("^[-+*/^(),<>]", at)
    if not word then
      bad("%q is not understood at character %d", text:sub(at, at), at)
    end
    list[#list + 1], at = word, at + #word
  end
end

-- ---- Functions ------------------------------------------------------------

local function is_true(x)
  return x:isnan():logical_not():logical_and(x:ne(0))
end

local functions = {
  log = {1, function(x) return x:log() end},
  log1p = {1, function(x) return x:log1p() end},
  exp = {1, function(x) return x:exp() end},
  sqrt = {1, function(x) return x:sqrt() end},
  abs = {1, function(x) return x:abs() end},
  floor = {1, function(x) return x:floor() end},
  round = {1, function(x) return x:round() end},
  min = {2, function(x, y) return x:minimum(y) end},
  max = {2, function(x, y) return x:maximum(y) end},
  isnull = {1, function(x) return x:isnan():to "f64" end},
  ["if"] = {3, function(c, x, y) return core.where(is_true(c), x, y) end},
}

local function compare(name)
  return function(x, y)
    local truth = x[name](x, y):to "f64"
    return truth:masked_fill(x:isnan():logical_or(y:isnan()), 0 / 0)
  end
end

local binary = {
  ["+"] = function(x, y) return x + y end,
  ["-"] = function(x, y) return x - y end,
  ["*"] = function(x, y) return x * y end,
  ["/"] = function(x, y) return x / y end,
  ["^"] = function(x, y) return x ^ y end,
  ["<"] = compare "lt", ["<="] = compare "le", [">"] = compare "gt",
  [">="] = compare "ge", ["=="] = compare "eq", ["~="] = compare "ne",
}

-- ---- Trees, as functions of a look-up of columns --------------------------

local expression -- below

local function apply(f, ...)
  local parts, n = {...}, select("#", ...)
  return function(columns)
    local values = {}
    for i = 1, n do values[i] = parts[i](columns) end
    return f(table.unpack(values, 1, n))
  end
end

local function expect(s, word)
  if s[s.at] ~= word then
    bad("'%s' expected%s", word, s[s.at] and ", got '" .. s[s.at] .. "'"
      or " at the end")
  end
  s.at = s.at + 1
end

local function call(s, name)
  local row = functions[name] or bad("there is no function '%s'", name)
  local parts = {}
  expect(s, "(")
  repeat
    if #parts > 0 then s.at = s.at + 1 end
    parts[#parts + 1] = expression(s)
  until s[s.at] ~= ","
  expect(s, ")")
  if #parts ~= row[1] then
    bad("%s takes %d, got %d", name, row[1], #parts)
  end
  return apply(row[2], table.unpack(parts))
end

local function atom(s)
  local word = s[s.at] or bad "it ends too early"
  s.at = s.at + 1
  if word == "(" then
    local inner = expression(s)
    expect(s, ")")
    return inner
  end
  local number = word:match "^[%d.]" and tonumber(word)
  if number then
    return function(columns) return columns.constant(number) end
  end
  local name = word:match '^"(.*)"$' or word:match "^[%a_][%w_.]*$"
    or bad("'%s' is unexpected", word)
  if s[s.at] == "(" and word:sub(1, 1) ~= '"' then return call(s, name) end
  s.names[#s.names + 1] = name
  return function(columns) return columns.get(name) end
end

local function power(s)
  s.depth = s.depth + 1
  if s.depth > 100 then bad "it is nested too deeply" end
  local sign = s[s.at] == "-"
  if sign then s.at = s.at + 1 end
  local x = sign and s[s.at] == "-" and power(s) or atom(s)
  if s[s.at] == "^" then
    s.at = s.at + 1
    x = apply(binary["^"], x, power(s))
  end
  s.depth = s.depth - 1
  return sign and apply(function(v) return -v end, x) or x
end

-- Operands of `next` with operators of a set between them.
local function chain(s, next_, set, once)
  local x = next_(s)
  while set[s[s.at]] do
    local f = binary[s[s.at]]
    s.at = s.at + 1
    x = apply(f, x, next_(s))
    if once then break end
  end
  return x
end

local products, sums = {["*"] = true, ["/"] = true},
  {["+"] = true, ["-"] = true}
local comparisons = {["<"] = true, ["<="] = true, [">"] = true, [">="] = true,
  ["=="] = true, ["~="] = true}

local function product(s) return chain(s, power, products) end
local function sum(s) return chain(s, product, sums) end

function expression(s) return chain(s, sum, comparisons, true) end

--- A function of columns = {get = f(name) -> f64 (n), constant = f(number)},
--- and the names of the columns it takes; or nil and what is wrong.
function formula.compile(text)
  local s
  local ok, result = pcall(function()
    s = tokens(text)
    s.at, s.names, s.depth = 1, {}, 0
    local f = expression(s)
    if s[s.at] then bad("'%s' is unexpected", s[s.at]) end
    return f
  end)
  if ok then return result, s.names end
  if type(result) ~= "table" then error(result, 0) end
  return nil, result[1]
end

return formula
