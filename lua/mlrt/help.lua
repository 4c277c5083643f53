-- help.lua: what the rows say of an operation, as a text.
--
--   print(m.help "softmax")     or ?softmax at the prompt
--
-- The texts are those of docs/reference/, from the same rows.

local core = require "mlrt.core"
local options = require "mlrt.options"

local WIDTH = 78

-- The words of a text in lines.
local function wrap(text)
  local lines, line = {}, ""
  for word in text:gmatch "%S+" do
    if line ~= "" and #line + 1 + #word > WIDTH then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- "y, _hidden" as "y"
local function results(outs)
  local shown = {}
  for name in outs:gmatch "[%w_]+" do
    if name:sub(1, 1) ~= "_" then shown[#shown + 1] = name end
  end
  return table.concat(shown, ", ")
end

local function notes(row)
  local list = {}
  if row.kind == "view" then list[#list + 1] = "A view." end
  if row.differentiable then list[#list + 1] = "Differentiable." end
  if row.inplace then
    list[#list + 1] = ("In place: x:%s_(...)."):format(row.name)
  end
  return table.concat(list, " ")
end

local function examples(row)
  local list = {}
  for _, sample in ipairs(row.samples) do
    if sample:sub(1, 1) ~= "!" and #list < 3 then
      list[#list + 1] = ("  m.%s(%s)"):format(row.name, sample)
    end
  end
  return table.concat(list, "\n")
end

local function text_of(row)
  local parts = {("%s = m.%s(%s)"):format(results(row.outs), row.name,
    row.args), "", wrap(row.doc), notes(row), examples(row)}
  return (table.concat(parts, "\n"):gsub("\n+$", ""))
end

--- The help on an operation, by name; what is near if there is none.
local function help(name)
  name = tostring(name):gsub("^mlrt%.", ""):gsub("^m%.", ""):gsub("^:", "")
  local names = {}
  for _, row in ipairs(core.ops()) do
    if row.name == name or row.inplace and row.name .. "_" == name then
      return text_of(row)
    end
    if row.name:sub(1, 1) ~= "_" then names[#names + 1] = row.name end
  end
  local near = options.nearest(name, names)
  return ("no operation '%s'%s"):format(name,
    near and ("; did you mean '%s'?"):format(near) or "")
end

return help
