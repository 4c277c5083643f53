-- names_spec.lua: every name that docs/coming-from.md says exists does.

local m = require "mlrt"
local nn = m.nn

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

-- The last cells of the tables' rows.
local function cells()
  local list = {}
  for line in io.lines(here .. "/../../docs/coming-from.md") do
    local cell = line:gsub("\\|", "\1"):match "^|.*|%s(.-)%s|$"
    if cell and cell:find "`" then list[#list + 1] = (cell:gsub("\1", "|")) end
  end
  return list
end

-- A value of each kind that the page has methods of.
local function owners()
  local net = nn.Sequential(nn.Linear(2, 2))
  local optimizer = m.optim.SGD(net:parameters(), {lr = 1})
  local Net = nn.class "Net"
  function Net:init() end -- luacheck: ignore self
  function Net:forward() end -- luacheck: ignore self
  local f = m.df.frame {a = {1, 2}}
  return {df = m.df, f = f, c = f.a, x = m.ones(2), y = m.ones(2), net = net,
    optimizer = optimizer, Net = Net, m = m, nn = nn, optim = m.optim}
end

-- Follows a name such as optim.schedule.step or x:sum; nil if it ends.
local function look_up(all, path)
  local value
  for name in path:gmatch "[%w_]+" do
    if value == nil then
      value = all[name]
    else
      local ok, next_value = pcall(function() return value[name] end)
      value = ok and next_value or nil
      if value == nil then return nil end
    end
  end
  return value
end

describe("docs/coming-from.md", function()
  it("names what exists", function()
    local all, count, absent = owners(), 0, {}
    for _, cell in ipairs(cells()) do
      for code in cell:gmatch "`(.-)`" do
        for path in (" " .. code):gmatch "[^%w_.:]([%a_][%w_]*[.:][%w_.:]*)" do
          local owner = path:match "^[%w_]+"
          if all[owner] and path ~= "x.grad" then
            count = count + 1
            if look_up(all, path) == nil then absent[#absent + 1] = path end
          end
        end
      end
    end
    eq(absent, {})
    assert(count > 200, count)
  end)

  it("sees a name that does not exist", function()
    local all = owners()
    eq(look_up(all, "m.no_such_thing"), nil)
    eq(look_up(all, "optim.schedule.nothing"), nil)
    eq(look_up(all, "x:no_such_method"), nil)
    eq(look_up(all, "x:sum") ~= nil, true)
  end)
end)
