-- measure.lua: a row of the benchmark, from its description to its results.
--
-- A row is {id =, name =, ...} with
--
--   make(threads)   prepares the work: returns step, value, mode (see
--                   harness.own), or nil and why it cannot be done
--   ours            instead: a function of the run that gives the command of
--                   a program which answers `block N` (peers/README.md)
--   figure(run)     instead: returns our figure, and perhaps the peer's
--   peers           {{label =, target =, command(run, threads) =, shared =,
--                   version() =}}; a shared peer knows several rows by their
--                   id, and says its version itself if it can
--   limit           parts for limits.seconds
--   warm, check     steps before measuring, and how far the value after them
--                   may be from the peer's, as a part of it when above 1
--   n               steps of a block, else as many as fill opt.block seconds
--   by_value        the value is what is measured, not the time
--   unit            "s" (default), "B" or "calls"; bound: the most that may be
--   one_thread      not measured with all cores; all_threads: only with them
--
-- and a result is what verdict.lua and report.lua read.

local harness, limits, verdict = ...

local measure = {}

local function agree(row, a, b)
  return math.abs(a - b) <= row.check * math.max(1, math.abs(b))
end

local function result(row, threads, fields)
  fields.id, fields.name, fields.threads = row.id, row.name, threads
  fields.unit, fields.bound = row.unit or "s", row.bound
  fields.by_value = row.by_value
  if fields.limit and fields.ours then
    fields.share = fields.limit / fields.ours
  end
  fields.verdict = verdict(fields)
  return fields
end

local function prepare(run, row, threads)
  if row.ours then return harness.peer(row.ours(run)) end
  local step, value, mode = row.make(threads)
  if not step then return nil, value end
  return harness.own(step, value, mode)
end

-- The peer, ready for the row; shared ones stay for the next.
local function open_peer(run, row, peer, threads)
  local command = peer.command(run, threads)
  local p = run.shared[command]
  if not p then
    local started, why = harness.peer(command)
    if not started then return nil, why end
    p = started
  end
  if not peer.shared then return p end
  run.shared[command] = p
  local ok, reason = p:row(row.id)
  if not ok then return nil, reason end
  return p
end

-- Fields of a result, by measuring in pairs.
local function compare(run, row, peer, threads, ours)
  local fields = {label = peer.label, target = peer.target, limit = ours.limit}
  local p, why = open_peer(run, row, peer, threads)
  if not p then
    fields.why, fields.ours = why, ours.alone()
    return fields
  end
  fields.version = peer.version and peer.version() or p.greeting
  local theirs = row.warm > 0 and select(2, p:block(row.warm))
  if row.check and not agree(row, ours.value, theirs) then
    fields.failed = "wrong"
    fields.why = ("mlrt has %.9g, %s %.9g"):format(ours.value, peer.label,
      theirs)
  else
    local r = harness.pairs(ours.blocks, p, ours.n, run.rounds, row.by_value)
    for key, value in pairs(r) do fields[key] = value end
  end
  if not peer.shared then p:close() end
  return fields
end

-- Everything about our side that does not depend on the peer.
local function our_side(run, row, threads)
  local blocks, why = prepare(run, row, threads)
  if not blocks then return nil, why end
  local ours = {blocks = blocks}
  if row.warm > 0 then ours.value = select(2, blocks:block(row.warm)) end
  ours.n = row.n or harness.steps(blocks, run.block)
  ours.limit = limits.seconds(row.limit, threads)
  function ours.alone()
    return harness.alone(blocks, ours.n, run.rounds, row.by_value)
  end
  return ours
end

local function by_figure(run, row, threads)
  local mine, theirs, version = row.figure(run)
  local peer = row.peers and row.peers[1] or {}
  if not mine then
    return {result(row, threads, {failed = "not measured", why = theirs})}
  end
  return {result(row, threads, {ours = mine, theirs = theirs, version = version,
    ratio = theirs and theirs / mine, label = theirs and peer.label})}
end

--- The results of a row: one for each peer, or one alone.
function measure.row(run, row, threads)
  if row.figure then return by_figure(run, row, threads) end
  row.warm = row.warm or 2
  local list, ours, why = {}, our_side(run, row, threads)
  if not ours then
    return {result(row, threads, {failed = "not measured", why = why})}
  end
  local peers = row.peers or {}
  for _, peer in ipairs(run.peers and peers or {}) do
    list[#list + 1] = result(row, threads, compare(run, row, peer, threads,
      ours))
  end
  if #list == 0 then
    list[1] = result(row, threads, {ours = ours.alone(), limit = ours.limit,
      target = peers[1] and peers[1].target})
  end
  if row.ours then ours.blocks:close() end
  return list
end

return measure
