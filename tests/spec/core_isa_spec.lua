-- core_isa_spec.lua: the spec of products once more with the instruction sets
-- that were not chosen, each in a process of its own.  With the narrower ones
-- BLAS takes products that our own kernels take otherwise.

local m = require "mlrt"

local mlrun = arg[0]
for i = -1, -20, -1 do mlrun = arg[i] or mlrun end
local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

-- What the spec prints under the instruction set.
local function run(isa)
  local command = ("'%s' --isa %s '%s/run.lua' --seed 1 "
    .. "'%s/core_product_spec.lua'"):format(mlrun, isa, here, here)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  pipe:close()
  return text
end

describe("kernels for", function()
  for _, isa in ipairs {"base", "avx2", "avx512"} do
    it(isa .. " pass the same tests", function()
      if isa == m.build().isa then return end
      local text = run(isa)
      if text:find("no kernels '" .. isa .. "'", 1, true) then
        skip("this machine has no " .. isa)
      end
      if not text:find "\n%d+ passed, 0 failed, 0 skipped\n$" then
        error(text)
      end
    end)
  end
end)
