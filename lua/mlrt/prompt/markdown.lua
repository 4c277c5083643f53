-- markdown.lua: the pages of docs/ as text for a terminal.
--
-- Headings are underlined, tables aligned, code indented, marks taken out, and
-- paragraphs wrapped to the width.

local utf8_len = function(text) return utf8.len(text) or #text end

-- A paragraph as lines, each behind `pad`.
local function wrap(text, width, pad, into)
  local line = pad
  for word in text:gmatch "%S+" do
    if line ~= pad and utf8_len(line) + 1 + utf8_len(word) > width then
      into[#into + 1], line = line, pad
    end
    line = line == pad and pad .. word or line .. " " .. word
  end
  if line ~= pad then into[#into + 1] = line end
end

local function plain(text)
  return (text:gsub("%[([^%]]*)%]%(([^)]*)%)", "%1"):gsub("`", "")
    :gsub("%*%*", ""):gsub("&lt;", "<"):gsub("&gt;", ">"))
end

-- "| a | b |" as {"a", "b"}
local function cells(line)
  local list = {}
  for cell in line:match("^|(.*)$"):gmatch "%s*(.-)%s*|" do
    list[#list + 1] = plain(cell)
  end
  return list
end

local function put_table(rows, into)
  local widths = {}
  for _, row in ipairs(rows) do
    for k, cell in ipairs(row) do
      widths[k] = math.max(widths[k] or 0, utf8_len(cell))
    end
  end
  for _, row in ipairs(rows) do
    local parts = {}
    for k, cell in ipairs(row) do
      parts[k] = cell .. (" "):rep(widths[k] - utf8_len(cell))
    end
    into[#into + 1] = ("  " .. table.concat(parts, "  ")):gsub("%s+$", "")
  end
end

-- Ends the paragraph or table that was being read.
local function flush(s)
  if #s.words > 0 then
    wrap(table.concat(s.words, " "), s.width, s.pad, s.out)
    s.words, s.pad = {}, ""
  end
  if #s.rows > 0 then
    put_table(s.rows, s.out)
    s.rows = {}
  end
end

local function take_heading(s, marks, text)
  flush(s)
  text = plain(text)
  s.out[#s.out + 1] = text
  s.out[#s.out + 1] = (#marks == 1 and "=" or "-"):rep(utf8_len(text))
end

local function take(s, line)
  local marks, heading = line:match "^(#+) (.*)$"
  if line:find "^```" then
    flush(s)
    s.code = not s.code
  elseif s.code then
    s.out[#s.out + 1] = line == "" and "" or "  " .. line
  elseif marks then
    take_heading(s, marks, heading)
  elseif line:find "^|" then
    if not line:find "^|[-| :]*$" then s.rows[#s.rows + 1] = cells(line) end
  elseif line:find "^    " or line:find "^<!%-%-" then
    flush(s)
    if line:find "^ " then s.out[#s.out + 1] = line:sub(3) end
  elseif line == "" then
    flush(s)
    if s.out[#s.out] ~= "" then s.out[#s.out + 1] = "" end
  else
    if line:find "^[-*] " or line:find "^%d+%. " then flush(s) end
    s.words[#s.words + 1] = plain(line)
  end
end

--- The text of a page, for a width.
return function(text, width)
  local s = {out = {}, words = {}, rows = {}, pad = "", width = width}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do take(s, line) end
  flush(s)
  while s.out[#s.out] == "" do s.out[#s.out] = nil end
  return table.concat(s.out, "\n")
end
