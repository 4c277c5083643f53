-- cli.lua: the options of a script, from its command line.
--
--   local opt = cli({epochs = 3, lr = 1e-3, data = "", quick = false}, {
--     about = "Trains a network on digits.",
--     epochs = "passes over the training images",
--   })
--   opt.epochs, opt[1] --> 3, the first word that is not an option
--
-- The table of defaults says which options there are and of which type.  The
-- command line may say --lr 0.01, --lr=0.01, --quick, --no-quick and --help;
-- `_` and `-` are the same in a name.  Words that are not options, and all
-- behind `--`, are collected in the array part.  A mistake ends the script
-- with exit code 2 and a line on standard error, --help with code 0.

local options = require "mlrt.options"
local fail = require "mlrt.fail"

local cli = {}

-- ---- Help -----------------------------------------------------------------

local function sorted_names(defaults)
  local names = {}
  for name in pairs(defaults) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- "--lr 0.001", "--quick", "--data TEXT"
local function usage_of(name, default)
  name = "--" .. name:gsub("_", "-")
  if type(default) == "boolean" then return name end
  if math.type(default) == "integer" then return name .. " N" end
  return name .. (type(default) == "number" and " X" or " TEXT")
end

local function help_line(name, default, doc, width)
  local note = default ~= "" and type(default) ~= "boolean"
    and ("default: %s"):format(default)
    or default == true and ("default: on; --no-%s"):format(name:gsub("_", "-"))
  local text = {}
  if doc then text[1] = doc end
  if note then text[#text + 1] = doc and "(" .. note .. ")" or note end
  local line = ("  %-" .. width .. "s  %s"):format(usage_of(name, default),
    table.concat(text, " "))
  return (line:gsub("%s+$", ""))
end

--- The text of --help.
function cli.help(defaults, docs, script)
  local lines, width = {}, #"--help"
  for name, default in pairs(defaults) do
    width = math.max(width, #usage_of(name, default))
  end
  lines[1] = ("usage: %s [options]%s"):format(script or "script",
    docs.arguments and " " .. docs.arguments or "")
  if docs.about then lines[2] = docs.about end
  lines[#lines + 1] = "Options:"
  for _, name in ipairs(sorted_names(defaults)) do
    lines[#lines + 1] = help_line(name, defaults[name], docs[name], width)
  end
  lines[#lines + 1] = ("  %-" .. width .. "s  %s"):format("--help",
    "show this text")
  return table.concat(lines, "\n")
end

-- ---- Reading --------------------------------------------------------------

local words = {["true"] = true, yes = true, on = true, ["1"] = true,
  ["false"] = false, no = false, off = false, ["0"] = false}

-- The text as a value of the default's type; nil and what was wanted if it
-- is none.
local function convert(text, default)
  local kind = math.type(default) or type(default)
  if kind == "string" then return text end
  if kind == "boolean" then return words[text:lower()], "true or false" end
  local number = tonumber(text)
  if kind == "integer" then
    return number and math.tointeger(number), "a whole number"
  end
  return number and number + 0.0, "a number"
end

-- Sets opt[name] from a word like name=value or name; returns how many of the
-- following words it used, or nil and a message.
local function read_option(word, following, opt, defaults)
  local name, text = word:match "^%-%-([^=]*)=?(.*)$"
  local has_text = word:find("=", 1, true)
  name = name:gsub("-", "_")
  local off = name:match "^no_(.*)$"
  if type(defaults[off]) == "boolean" and not has_text then
    opt[off] = false
    return 0
  end
  local default = defaults[name]
  if default == nil then
    local names = sorted_names(defaults)
    for i, n in ipairs(names) do names[i] = "--" .. n:gsub("_", "-") end
    return nil, options.unknown("option", word:match "^[^=]*", names)
  end
  if type(default) == "boolean" and not has_text then
    opt[name] = true
    return 0
  end
  text = has_text and text or following
  if not text then return nil, ("--%s needs a value"):format(name) end
  local value, wanted = convert(text, default)
  if value == nil then
    return nil, ("--%s got '%s', wanted %s"):format(name, text, wanted)
  end
  opt[name] = value
  return has_text and 0 or 1
end

local function is_option(word)
  return word:sub(1, 1) == "-" and word ~= "-" and not tonumber(word)
end

--- Reads a list of words.  Returns the table of options, or nil and a
--- message; "help" is the message when --help was among the words.
function cli.parse(words_given, defaults)
  local opt, i, over = {}, 1, false
  for name, default in pairs(defaults) do opt[name] = default end
  while words_given[i] do
    local word = words_given[i]
    if over or not is_option(word) then
      opt[#opt + 1] = word
    elseif word == "--" then
      over = true
    elseif word == "--help" or word == "-h" then
      return nil, "help"
    elseif word:sub(1, 2) ~= "--" then
      return nil, ("unknown option '%s'; options begin with --"):format(word)
    else
      local used, err = read_option(word, words_given[i + 1], opt, defaults)
      if not used then return nil, err end
      i = i + used
    end
    i = i + 1
  end
  return opt
end

local function check(defaults)
  for name, default in pairs(defaults) do
    local kind = type(default)
    if type(name) ~= "string" or not name:find "^%a[%w_]*$" then
      fail("cli: the option name %s is not a word", tostring(name))
    elseif kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
      fail("cli: the default of %s should be a string, number or boolean, "
        .. "got a %s", name, kind)
    end
  end
end

--- Reads the global `arg`; leaves the script when it is wrong or asks for
--- help.  `docs` may hold a line for each option, `about` and `arguments`.
local function read_command_line(_, defaults, docs)
  check(defaults)
  local given = rawget(_G, "arg") or {}
  local opt, err = cli.parse(given, defaults)
  if opt then return opt end
  if err == "help" then
    print(cli.help(defaults, docs or {}, given[0]))
    os.exit(0, true)
  end
  io.stdout:flush()
  io.stderr:write(("%s: %s (--help shows the options)\n"):format(
    given[0] or "script", err))
  os.exit(2, true)
end

return setmetatable(cli, {__call = read_command_line})
