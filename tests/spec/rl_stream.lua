-- rl_stream.lua: the random numbers of environments and tabular agents, so
-- that specs can say what is drawn: SplitMix64 by its definition (Steele, Lea
-- and Flood 2014).

local stream = {}

--- A stream of its own state.
function stream.new(state)
  return {state = state}
end

function stream.next(s)
  s.state = s.state + 0x9E3779B97F4A7C15
  local z = s.state
  z = (z ~ z >> 30) * 0xBF58476D1CE4E5B9
  z = (z ~ z >> 27) * 0x94D049BB133111EB
  return z ~ z >> 31
end

--- Uniform in 0..1 without 1.
function stream.uniform(s)
  return (stream.next(s) >> 11) * 0x1p-53
end

--- Uniform between two numbers.
function stream.between(s, low, high)
  return low + (high - low) * stream.uniform(s)
end

--- One of 0..n-1.
function stream.below(s, n)
  return (stream.next(s) >> 32) * n >> 32
end

--- The stream of copy `i`, from 0, of environments that are seeded.
function stream.of_copy(seed, i)
  local key = stream.next(stream.new(seed))
  return stream.new(stream.next(stream.new(key ~ i * 0xD1B54A32D192ED03)))
end

return stream
