-- mlrt inside a program in C: a scoring call of a network 16-64-1, opening, and
-- memory at rest; of a context (tests/bench/host.c) and of a runtime, which
-- has a script (tests/bench/runtime.c).

local here, _, _, _, harness = ...

local function host(what, program)
  return function(run)
    return harness.quote(run.build .. "/tests/bench/" .. (program or "host"))
      .. " " .. what
  end
end

local function onnx(_, threads)
  return ("python3 '%s/peers/score_onnx.py' %d"):format(here, threads)
end

return {
  {id = "score", name = "score 16-64-1 from C, warm", ours = host "score",
    check = 1e-5, bound = 2e-6, one_thread = true,
    peers = {{label = "onnxruntime", target = 1, command = onnx}}},
  {id = "score_memory", name = "the same, requests for memory",
    ours = host "requests", n = 1000, by_value = true, unit = "calls",
    bound = 0, one_thread = true},
  {id = "open", name = "mlrt_open and close", ours = host "open",
    bound = 3e-3, one_thread = true},
  {id = "idle", name = "open context, resident memory", ours = host "idle",
    n = 1, by_value = true, unit = "B", bound = 15e6, one_thread = true},
  {id = "script_score", name = "score 16-64-1 by a script, from C",
    ours = host("score", "runtime"), check = 1e-5, one_thread = true},
  {id = "script_open", name = "runtime, open and close",
    ours = host("open", "runtime"), bound = 3e-3, one_thread = true},
  {id = "script_idle", name = "open runtime, resident memory",
    ours = host("idle", "runtime"), n = 1, by_value = true, unit = "B",
    bound = 15e6, one_thread = true},
}
