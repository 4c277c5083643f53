-- df_dates_spec.lua: points in time: their parts, as text, and read.

local m = require "mlrt"
local df = require "mlrt.df"
local low = require "mlrt.core"._frame

local DAY = 86400 * 1000000 -- microseconds

local function parts(list, part)
  return low.date_parts(m.tensor(list, {dtype = "i64"}), part):totable()
end

-- The microseconds of a text, nil if it is no date.
local function time_of(text, format)
  local _, bytes, offsets = low.encode({text}, 1)
  local values, bad = low.parse(bytes, offsets, "datetime", format)
  if not bad[1] then return values[1] end
end

-- What is read from a text, as a text.
local function read(text, format)
  local v = time_of(text, format)
  return v and low.date_text(v)
end

-- Days of each month.
local function lengths(year)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return {31, leap and 29 or 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
end

-- f(year, month, day, days since 1970, day of the year) of the first and the
-- last day of every month.
local function walk(from, to, f)
  local start = 0
  for year = 1970, from, -1 do
    if year < 1970 then
      for _, n in ipairs(lengths(year)) do start = start - n end
    end
  end
  for year = from, to do
    local of_year = 1
    for month, n in ipairs(lengths(year)) do
      f(year, month, 1, start, of_year)
      f(year, month, n, start + n - 1, of_year + n - 1)
      start, of_year = start + n, of_year + n
    end
  end
end

describe("dates: the calendar", function()
  it("counts days, before our era too", function()
    local days, want = {}, {year = {}, month = {}, day = {}, days = {},
      quarter = {}, day_of_year = {}}
    walk(-810, 810, function(year, month, day, n, of_year)
      local k = #days + 1
      days[k] = n * DAY
      want.year[k], want.month[k], want.day[k] = year, month, day
      want.days[k], want.day_of_year[k] = n, of_year
      want.quarter[k] = (month - 1) // 3 + 1
    end)
    for part, list in pairs(want) do eq(parts(days, part), list) end
  end)
  it("and is the C library's in our time", function()
    local days, text, want = {}, {}, {year = {}, month = {}, day = {},
      weekday = {}, week = {}, day_of_year = {}}
    local codes = {year = "!%Y", month = "!%m", day = "!%d", weekday = "!%u",
      week = "!%V", day_of_year = "!%j"}
    for year = 1899, 2101 do
      for _, day in ipairs {1, 2, 3, 4, 5, 58, 59, 60, 61, 360, 361, 362, 363,
        364, 365, 366} do
        local n = (year - 1970) * 365 + (year - 1969) // 4
          - (year - 1901) // 100 + (year - 1601) // 400 + day - 1
        local k = #days + 1
        days[k], text[k] = n * DAY, os.date("!%Y-%m-%d", n * 86400)
        for part, code in pairs(codes) do
          want[part][k] = math.tointeger(tonumber(os.date(code, n * 86400)))
        end
      end
    end
    for part, list in pairs(want) do eq(parts(days, part), list) end
    for k, us in ipairs(days) do eq(low.date_text(us), text[k]) end
  end)
  it("reads every day that it writes, and no other", function()
    local days = {}
    walk(0, 810, function(year, month, day, n)
      days[#days + 1] = {("%04d-%02d-%02d"):format(year, month, day), n}
    end)
    for i = 1, #days, 7 do
      eq(time_of(days[i][1]), days[i][2] * DAY)
      eq(low.date_text(days[i][2] * DAY), days[i][1])
    end
    for month, n in ipairs(lengths(2023)) do
      eq(time_of(("2023-%02d-%02d"):format(month, n + 1)), nil)
      eq(time_of(("2023-%02d-00"):format(month)), nil)
      eq(read(("2023-%02d-%02d"):format(month, n)),
        ("2023-%02d-%02d"):format(month, n))
    end
    for year, is in pairs {[2024] = true, [2000] = true, [1900] = false,
      [2100] = false, [1600] = true, [2023] = false} do
      eq(time_of(year .. "-02-29") ~= nil, is)
      eq(time_of(year .. "-02-28") ~= nil, true)
      eq(time_of(year .. "-02-30"), nil)
    end
    eq(time_of "2023-00-10", nil)
    eq(time_of "2023-13-10", nil)
  end)
end)

describe("dates: the time of the day", function()
  it("has hours, minutes, seconds and microseconds", function()
    local list = {0, 1, 999999, 1000000, 59999999, 60000000, 3599999999,
      3600000000, DAY - 1, 45296123456, -1, -1000000, -1000001, -60000000,
      -60000001, -3600000000, -DAY, -DAY - 1, 1234 * DAY + 7384000005}
    local want = {hour = {}, minute = {}, second = {}, microsecond = {},
      days = {}}
    for k, us in ipairs(list) do
      local s = us // 1000000
      want.hour[k], want.minute[k] = s // 3600 % 24, s // 60 % 60
      want.second[k], want.microsecond[k] = s % 60, us % 1000000
      want.days[k] = us // DAY
    end
    for part, values in pairs(want) do eq(parts(list, part), values) end
  end)
  it("is written where there is one", function()
    for us, text in pairs {
      [0] = "1970-01-01", [1] = "1970-01-01 00:00:00.000001",
      [-1] = "1969-12-31 23:59:59.999999", [DAY] = "1970-01-02",
      [1000000] = "1970-01-01 00:00:01", [-1000000] = "1969-12-31 23:59:59",
      [60000000] = "1970-01-01 00:01:00", [3600000000] = "1970-01-01 01:00:00",
      [DAY - 1000000] = "1970-01-01 23:59:59",
      [45296123450] = "1970-01-01 12:34:56.123450",
      [-DAY] = "1969-12-31", [-719528 * DAY] = "0000-01-01",
      [2932897 * DAY] = "10000-01-01",
    } do
      eq(low.date_text(us), text)
    end
  end)
  it("reaches to both ends of the range", function()
    eq(low.date_text(math.maxinteger), "294247-01-10 04:00:54.775807")
    eq(low.date_text(math.mininteger), "-290308-12-21 19:59:05.224192")
  end)
end)

describe("dates: ISO 8601", function()
  for text, want in pairs {
    ["2024-05-06"] = "2024-05-06", ["2024/05/06"] = "2024-05-06",
    ["2024-05-06 07:08"] = "2024-05-06 07:08:00",
    ["2024-05-06T07:08"] = "2024-05-06 07:08:00",
    ["2024-05-06T07:08:09"] = "2024-05-06 07:08:09",
    ["2024-05-06 07:08:09.5"] = "2024-05-06 07:08:09.500000",
    ["2024-05-06 07:08:09.1234567"] = "2024-05-06 07:08:09.123456",
    ["2024-05-06 07:08:09.000001"] = "2024-05-06 07:08:09.000001",
    ["2024-05-06 00:00"] = "2024-05-06",
    ["2024-05-06 23:59:59"] = "2024-05-06 23:59:59",
    ["2024-05-06 07:08Z"] = "2024-05-06 07:08:00",
    ["2024-05-06 07:08:09Z"] = "2024-05-06 07:08:09",
    ["2024-05-06 07:08:09.25Z"] = "2024-05-06 07:08:09.250000",
    ["2024-05-06 07:08:09+01:00"] = "2024-05-06 06:08:09",
    ["2024-05-06 07:08:09-01:30"] = "2024-05-06 08:38:09",
    ["2024-05-06 07:08:09+0130"] = "2024-05-06 05:38:09",
    ["2024-05-06 07:08:09+02"] = "2024-05-06 05:08:09",
    ["2024-05-06 07:08:09+23:59"] = "2024-05-05 07:09:09",
    ["2024-05-06 07:08-00:00"] = "2024-05-06 07:08:00",
    [" \t2024-05-06 "] = "2024-05-06", ["0000-01-01"] = "0000-01-01",
    ["9999-12-31 23:59:59.999999"] = "9999-12-31 23:59:59.999999",
  } do
    it("reads " .. text, function() eq(read(text), want) end)
  end
  it("is not", function()
    for _, text in ipairs {"", "2024", "2024-", "2024-5-06", "2024-05-6",
      "24-05-06", "20240506", "2024.05.06", "2024-05/06", "2024/05-06",
      "2024-05-06x", "2024-05-06T", "2024-05-06 07",
      "2024-05-06 07:", "2024-05-06 7:08", "2024-05-06 07:8",
      "2024-05-06 07.08", "2024-05-06 07:08:", "2024-05-06 07:08:9",
      "2024-05-06 07:08:09.", "2024-05-06 07:08:09.x", "2024-05-06 07:08:09,5",
      "2024-05-06 24:00", "2024-05-06 07:60", "2024-05-06 07:08:60",
      "2024-05-06 07:08z", "2024-05-06 07:08 Z", "2024-05-06 07:08ZZ",
      "2024-05-06 07:080130", "2024-05-06 07:08+", "2024-05-06 07:08+1",
      "2024-05-06 07:08+01:",
      "2024-05-06 07:08+01:0", "2024-05-06 07:08+010", "2024-05-06 07:08+01x",
      "2024-05-06 07:08+24:00", "2024-05-06 07:08+01:60",
      "2024-05-06 07:08+01:000", "-024-05-06", "x024-05-06", "2024-0x-06",
      "2024-05-:6", "2024-05-/6", "2024-05-06-07:08"} do
      eq({text, time_of(text)}, {text})
    end
  end)
  it("is found in a column", function()
    local f = assert(df.parse_csv "d\n2024-05-06\nNA\n2024-05-06 07:08:09\n")
    eq(f.d.dtype, "datetime")
    eq(f.d:hour():tolist(), {0, nil, 7, n = 3})
  end)
end)

describe("dates: a format", function()
  -- {format, text, what is read}
  for _, case in ipairs {
    {"%d.%m.%Y", "31.12.1999", "1999-12-31"},
    {"%d.%m.%Y", "1.2.1999", "1999-02-01"},
    {"%d%m%Y", "01021999", "1999-02-01"},
    {"%m/%d/%y", "12/31/68", "2068-12-31"},
    {"%m/%d/%y", "12/31/69", "1969-12-31"},
    {"%m/%d/%y", "12/31/70", "1970-12-31"},
    {"%m/%d/%y", "01/01/00", "2000-01-01"},
    {"%m/%d/%y", "01/01/99", "1999-01-01"},
    {"%Y", "1970", "1970-01-01"},
    {"%H:%M", "12:34", "1970-01-01 12:34:00"},
    {"%H:%M:%S.%f", "1:2:3.04", "1970-01-01 01:02:03.040000"},
    {"%I:%M %p", "12:34 AM", "1970-01-01 00:34:00"},
    {"%I:%M %p", "12:34 PM", "1970-01-01 12:34:00"},
    {"%I:%M %p", "1:00 am", "1970-01-01 01:00:00"},
    {"%I:%M %p", "1:00 pm", "1970-01-01 13:00:00"},
    {"%I:%M %p", "11:59 Pm", "1970-01-01 23:59:00"},
    {"%p%I", "pm3", "1970-01-01 15:00:00"},
    {"%H", "0", "1970-01-01"}, {"%H", "23", "1970-01-01 23:00:00"},
    {"%I", "0", "1970-01-01"},
    {"%d %b %Y", "05 Mar 2021", "2021-03-05"},
    {"%d %B %Y", "05 March 2021", "2021-03-05"},
    {"%b", "may", "1970-05-01"}, {"%B!", "MAY!", "1970-05-01"},
    {"%b%d", "sep05", "1970-09-05"}, {"%b%d", "sept05", "1970-09-05"},
    {"%B,%d", "september,05", "1970-09-05"},
    {"%Y%z", "2021Z", "2021-01-01"}, {"%Y%z", "2021", "2021-01-01"},
    {"%Y%z", "2021-01:00", "2021-01-01 01:00:00"},
    {"%Y%%%m", "2021%03", "2021-03-01"}, {"%Yx%m", "2021x03", "2021-03-01"},
    {"%Y%", "2021%", "2021-01-01"}, {"year %Y", "year 2021", "2021-01-01"},
  } do
    it(("'%s' reads '%s'"):format(case[1], case[2]), function()
      eq(read(case[2], case[1]), case[3])
    end)
  end
  it("of a month knows the twelve names", function()
    for k, name in ipairs {"January", "February", "March", "April", "May",
      "June", "July", "August", "September", "October", "November",
      "December"} do
      local want = ("2021-%02d-01"):format(k)
      for _, text in ipairs {name, name:sub(1, 3), name:upper(), name:lower()}
      do
        eq(read("2021 " .. text, "%Y %b"), want)
        eq(read(text .. " 2021", "%B %Y"), want)
      end
    end
    eq(read("decZz5", "%b%d"), "1970-12-05") -- letters behind are passed
    for _, text in ipairs {"", "ma", "j", "jax", "jbn", "xan", "mai", "12"} do
      eq(read(text .. " 2021", "%B %Y"), nil)
      eq(read(text, "%B"), nil)
    end
    for _, mark in ipairs {"@", "[", "`", "{"} do -- beside the letters
      eq(read("may" .. mark .. "2021", "%b" .. mark .. "%Y"),
        "2021-05-01")
    end
  end)
  it("wants all of the text, and no more", function()
    for _, case in ipairs {
      {"%Y", "20211"}, {"%Y", "202"}, {"%Y", "202x"}, {"%Y-%m", "2021"},
      {"%Y-%m", "2021-"}, {"%Y", "2021-03"}, {"%y", "1"}, {"%y", "123"},
      {"%d", "x"}, {"%d", "0"}, {"%d", "32"}, {"%d", "123"}, {"%m", "0"},
      {"%m", "13"}, {"%m", "x"}, {"%H", "24"}, {"%H", "x"}, {"%I", "x"},
      {"%M", "60"}, {"%M", "x"}, {"%S", "60"}, {"%S", "x"}, {"%f", "x"},
      {"%f", ""}, {"%I%p", "0am"}, {"%I%p", "13am"}, {"%I%p", "0pm"},
      {"%I%p", "13pm"}, {"%I%p", "1xm"}, {"%I%p", "1an"}, {"%I%p", "1a"},
      {"%I%p", "1`m"},
      {"%I%p", "1"}, {"%I%p", "1p"}, {"%z", "x"}, {"%z", "+1"}, {"%%", "x"},
      {"%Y%", "2021"}, {"%Q", "2021"}, {"x", "y"}, {"x", ""}, {"", "x"},
      {"%Y%z", "2021z"},
    } do
      eq({case[1], case[2], read(case[2], case[1])}, case)
    end
    eq(read("", ""), "1970-01-01")
    eq(read("Q", "%Q"), "1970-01-01") -- no directive: itself
  end)
  it("of minutes and seconds takes those that there are", function()
    eq(read("59:58", "%M:%S"), "1970-01-01 00:59:58")
    eq(read("0:0", "%M:%S"), "1970-01-01")
    eq(read("1:2", "%M:%S"), "1970-01-01 00:01:02")
    for n = 1, 7 do
      local digits = ("123456789"):sub(1, n)
      eq(time_of(digits, "%f"), tonumber((digits .. "00000"):sub(1, 6)))
    end
  end)
  it("is an option of read_csv and read_jsonl", function()
    local opts = {types = {d = "datetime"}, date_format = "%d %b %y"}
    local f = assert(df.parse_csv("d\n5 jul 21\n", opts))
    eq(f.d:get(1), "2021-07-05")
    local path = os.tmpname()
    assert(m.io.write_file(path, '{"d":"5 jul 21"}\n'))
    f = assert(df.read_jsonl(path, opts))
    os.remove(path)
    eq(f.d:get(1), "2021-07-05")
    local _, why = df.parse_csv("d\n2021-07-05\n", opts)
    eq(why, "read_csv: memory: row 1 (line 2), column 'd': a date expected, "
      .. "got '2021-07-05'")
  end)
end)

describe("dates: parts", function()
  it("are of vectors of microseconds", function()
    local _, why = pcall(low.date_parts, m.ones(2), "year")
    eq(why:match ": (.*)", "dates: a contiguous tensor i64 of one dimension "
      .. "expected, got f32 (2)")
    eq(parts({}, "year"), {})
    local f = df.frame {{"d", {"2020-02-29 01:02:03", df.null}, "datetime"}}
    local list = {year = 2020, quarter = 1, month = 2, week = 9, day = 29,
      weekday = 6, day_of_year = 60, hour = 1, minute = 2, second = 3,
      days = 18321}
    for part, v in pairs(list) do
      local c = f.d[part](f.d)
      eq({c.dtype, c.name, c.nulls, c:get(1)}, {"i64", part, 1, v})
    end
  end)
end)
