# The benchmark runs: a few rows without peers in blocks of a millisecond, with
# limits, and what it writes can be read. Nothing about time is asserted; a
# warm call from C asks for no memory.
set -eu
[ -z "$SANITIZE" ] || { echo "not of a sanitizer build"; exit 77; }
make -s bench-tools B="$B"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$B/mlrun" tests/bench/run.lua --rounds 1 --block 0.001 --json "$work/json" \
    --svg "$work/svg" --markdown "$work/md" add_4 mlp_infer sum solve_256 \
    score start size >"$work/out" || { cat "$work/out"; exit 1; }
grep -v '^#' "$work/out" | cut -c 1-110
cat >"$work/read.lua" <<'LUA'
local m = require "mlrt"
local f = assert(io.open(arg[1]))
local t = assert(m.json.decode(f:read "a"))
local seen = {}
for _, r in ipairs(t.results) do
  assert(r.ours and r.ours >= 0, r.id .. " has no figure")
  seen[r.id] = r
end
assert(seen.add_4 and seen.size, "rows are missing")
assert(seen.sum.limit > 0 and seen.solve_256.share > 0, "no limits")
LUA
"$B/mlrun" "$work/read.lua" "$work/json"
grep -q '</svg>' "$work/svg"
grep -q '^| add of 4' "$work/md"
answer=$(echo "block 100" | "$B/tests/bench/host" requests | tail -n 1)
[ "${answer#* }" = 0 ] || { echo "requests for memory: $answer"; exit 1; }
# The curves of size, small ones.
"$B/mlrun" tests/bench/scaling.lua --most 8 --blocks 1 --svg "$work/svg" \
    --json "$work/json" sum >"$work/out" || { cat "$work/out"; exit 1; }
grep -q '^sum  *2 ' "$work/out"
grep -q '<polyline' "$work/svg"
