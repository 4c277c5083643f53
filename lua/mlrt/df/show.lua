-- show.lua: frames as text that fits the terminal.
--
-- The first and last rows are shown, and as many columns as fit; numbers stand
-- right, text left, a hole is a dash.


local show = {}

local WIDEST = 24 -- characters of a cell

-- Characters of a UTF-8 text, and its first n of them.
local function width(text)
  return utf8.len(text) or #text
end

local function cut(text, n)
  text = text:gsub("%c", " ")
  if width(text) <= n then return text end
  local at = utf8.len(text) and utf8.offset(text, n) or n
  return text:sub(1, at - 1) .. "…"
end

-- As few digits as tell a column's numbers apart for a reader.
local function number(v)
  if v ~= v or v == math.huge or v == -math.huge then return tostring(v) end
  local whole = v == math.floor(v) and math.abs(v) < 1e15
  if whole then return ("%.1f"):format(v) end
  return ("%.6g"):format(v)
end

local function cell(c, i)
  local v = c:get(i)
  if v == nil then return "-" end
  if math.type(v) == "float" then return number(v) end
  return cut(tostring(v), WIDEST)
end

-- Row numbers to show, false for the gap.
local function rows_of(f, most)
  local list = {}
  if f.rows <= most then
    for i = 1, f.rows do list[i] = i end
    return list
  end
  local head = most // 2
  for i = 1, head do list[i] = i end
  list[head + 1] = false
  for i = f.rows - (most - head) + 1, f.rows do list[#list + 1] = i end
  return list
end

-- A column as texts, with its name and dtype above them.
local function texts(c, rows)
  local list = {cut(c.name, WIDEST), c.dtype}
  for _, i in ipairs(rows) do list[#list + 1] = i and cell(c, i) or "…" end
  local w = 0
  for _, text in ipairs(list) do w = math.max(w, width(text)) end
  return {list = list, width = w, right = c.dtype == "f64" or c.dtype == "i64"}
end

-- The columns that fit: from the left, and the last one if some are left out.
local function fitting(f, rows, room)
  local shown, used = {}, #tostring(f.rows)
  for i, name in ipairs(f.columns) do
    local t = texts(f:col(name), rows)
    local rest = i < #f.columns and 4 or 0
    if used + 2 + t.width + rest > room and i > 1 then break end
    used = used + 2 + t.width
    shown[i] = t
  end
  return shown
end

local function padded(text, t)
  local space = (" "):rep(t.width - width(text))
  return t.right and space .. text or text .. space
end

local function lines(f, rows, shown)
  local list, gap = {}, #shown < #f.columns and "  …" or ""
  local margin = #tostring(f.rows)
  for k = 1, #rows + 2 do
    local i = k > 2 and rows[k - 2]
    local parts = {("%" .. margin .. "s"):format(i or "")}
    for j, t in ipairs(shown) do parts[j + 1] = padded(t.list[k], t) end
    list[k] = (table.concat(parts, "  ") .. gap):gsub(" +$", "")
  end
  return list
end

--- The frame as text.  Options: rows = 10, width = the terminal's.
function show.show(f, opts)
  local most = opts and opts.rows or 10
  local room = opts and opts.width or tonumber(os and os.getenv and
    os.getenv "COLUMNS" or nil) or 80
  local rows = rows_of(f, most)
  local shown = fitting(f, rows, room)
  local list = lines(f, rows, shown)
  local hidden = #f.columns - #shown
  list[#list + 1] = ("[%d rows, %d columns%s]"):format(f.rows, #f.columns,
    hidden > 0 and (", %d not shown"):format(hidden) or "")
  return table.concat(list, "\n")
end

return show
