# prompt.sh: every request for memory of a mlrun with a prompt made to fail,
# from its start to its end, in a process of its own. It ends by itself with 0
# or 1, says that memory is out or prints what it always prints, and gives back
# every block.
#
#   sh tests/long/prompt.sh [STEP [FIRST]]    every STEPth request
set -u
: "${B:=build}"
step=${1:-1} first=${2:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/input" <<'LUA'
x = 1
x + 1
mlrt.ones(2, 3)
for i = 1, 2 do
  print(i)
end
error "e"
local
?relu
x =
LUA

# once AT COUNT: runs it; sets requests and left.
once() {
    FAULT_AT=$1 FAULT_COUNT=$2 FAULT_LOG=$work/log timeout 20 \
        "$B/tests/faulty" --threads 1 -i <"$work/input" >"$work/out" \
        2>"$work/err"
    code=$?
    requests=0 left=0
    [ -f "$work/log" ] && read -r requests left <"$work/log"
    rm -f "$work/log"
}

complain() {
    echo "request $at, $count in a row: $1"
    tail -n 5 "$work/err"
    exit 1
}

once 0 0
cp "$work/out" "$work/wanted"
total=$requests usual=$left points=0
[ "$code" = 0 ] && [ "$total" -gt 1000 ] || { cat "$work/err"; exit 1; }
for count in 1 6 1000000000; do
    at=$first
    while [ "$at" -le "$total" ]; do
        once "$at" $count
        [ "$code" -le 1 ] || complain "it ended with $code"
        [ "$left" -le "$usual" ] || complain "$left blocks are left"
        cmp -s "$work/out" "$work/wanted" ||
            cat "$work/out" "$work/err" | grep -q 'memory' ||
            complain "other output, and no word of memory"
        points=$((points + 1)) at=$((at + step))
    done
done
echo "prompt: $total requests, $points points"
