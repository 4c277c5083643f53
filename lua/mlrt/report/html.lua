-- html.lua: elements of HTML and SVG as texts, closed and escaped.
--
--   tag("p", {class = "note"}, "a < b")   --> <p class="note">a &lt; b</p>
--   tag("p", nil, raw "<br/>", {"more", "text"})
--
-- A string is a text and is escaped; what tag() and raw() give is markup; a
-- list is its parts one after the other.  So markup cannot come from outside.

local html = {}

local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;", ["'"] = "&#39;"}

--- A text that is nothing but text: bytes that are not UTF-8, and controls, are
--- shown as question marks.
function html.escape(text)
  text = tostring(text)
  if not utf8.len(text) then text = text:gsub("[\x80-\xff]", "?") end
  return (text:gsub("[&<>\"']", entities):gsub("[^%C\t\n]", "?"))
end

local Markup = {}
Markup.__index = Markup
function Markup:__tostring() return self.text end

--- Markup as it stands.
function html.raw(text)
  return setmetatable({text = text}, Markup)
end

local function put(out, part)
  if getmetatable(part) == Markup then
    out[#out + 1] = part.text
  elseif type(part) == "table" then
    for _, p in ipairs(part) do put(out, p) end
  elseif part ~= nil and part ~= false then
    out[#out + 1] = html.escape(part)
  end
end

-- Attributes in order of their names, so that equal pages have equal bytes.
local function put_attributes(out, attributes)
  local names = {}
  for name in pairs(attributes or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = attributes[name]
    if math.type(value) == "float" then value = ("%.6g"):format(value) end
    out[#out + 1] = (' %s="%s"'):format(name, html.escape(value))
  end
end

local void = {meta = true, img = true, br = true, line = true, rect = true,
  polyline = true, circle = true, path = true}

--- An element; of parts that are nil or false there is nothing.
function html.tag(name, attributes, ...)
  local out, n = {"<" .. name}, select("#", ...)
  put_attributes(out, attributes)
  if n == 0 and void[name] then
    out[#out + 1] = "/>"
  else
    out[#out + 1] = ">"
    for i = 1, n do put(out, (select(i, ...))) end
    out[#out + 1] = "</" .. name .. ">"
  end
  return html.raw(table.concat(out))
end

local tag = html.tag

-- The first `texts` cells are texts, the others numbers.
local function row_of(kind, cells, texts)
  local parts = {}
  for i, cell in ipairs(cells) do
    parts[i] = tag(kind, i > texts and {class = "n"} or nil, cell)
  end
  return tag("tr", nil, parts)
end

--- A table of rows of cells, of which the first `texts` (1) are texts and the
--- others numbers; head may be nil.  It scrolls where it is wide.
function html.table(rows, head, texts)
  local body = {}
  texts = texts or 1
  for i, row in ipairs(rows) do body[i] = row_of("td", row, texts) end
  return tag("div", {class = "wide"}, tag("table", nil,
    head and tag("thead", nil, row_of("th", head, texts)),
    tag("tbody", nil, body)))
end

return html
