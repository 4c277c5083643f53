# The disk fills up in the middle of a run: an error says which file could not
# be written, the last checkpoint and every line of the log are whole, and once
# there is room again the run goes on to the bits of one that had it all along.
set -u
work=$(mktemp -d)
trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/disk"
mount -t tmpfs -o size=1m none "$work/disk" 2>/dev/null ||
    { echo "a small disk needs the right to mount one"; exit 77; }
script=tests/check/resume.lua
cat >"$work/whole.lua" <<'LUA'
local m = require "mlrt"
assert(m.load(arg[1] .. "/last.mlrt"))
local text, lines = assert(io.open(arg[1] .. "/log.jsonl")):read "a", 0
for line in text:gmatch "([^\n]*)\n" do
  assert(m.json.decode(line), line)
  lines = lines + 1
end
assert(lines >= tonumber(arg[2]), lines)
LUA
"$B/mlrun" "$script" "$work/whole" >"$work/want" || exit 1

# try FREE: so many blocks are left. A checkpoint needs more, a line of the log
# needs less than one.
try() {
    "$B/mlrun" "$script" "$work/disk/run" 0 "$work/disk" "$1" \
        >"$work/got" 2>&1 && { echo "no error with $1 blocks"; exit 1; }
    grep "No space left" "$work/got" | cut -c 1-150 || {
        cat "$work/got"
        exit 1
    }
    rm -f "$work"/disk/filler*
    "$B/mlrun" "$work/whole.lua" "$work/disk/run" 6 || exit 1
    "$B/mlrun" "$script" "$work/disk/run" >"$work/got" 2>&1
    cmp "$work/want" "$work/got" || exit 1
    rm -rf "$work/disk/run"
}
try 3
try 0
