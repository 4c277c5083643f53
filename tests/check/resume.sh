# A run that is killed at random moments and resumed each time ends in the same
# bits as one that was not: KILLS (5) kills. Then Ctrl-C and SIGTERM: the step
# is finished, a checkpoint is written, and the run leaves with a reason; the
# resumed run ends in the same bits too.
set -u
: "${KILLS:=5}" "${SEED:=$(date +%s)}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mlrun=$B/mlrun
ms=12 # a step, so that there is something to kill
[ -z "${SANITIZE-}" ] || ms=30
script=tests/check/resume.lua

"$mlrun" "$script" "$work/whole" >"$work/want" || exit 1
[ "$(wc -l <"$work/want")" -gt 40 ] || { echo "too little came out"; exit 1; }

# A random number below $1: the same ones for the same SEED.
random() {
    SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
    echo $((SEED / 65536 % $1))
}
echo "SEED=$SEED"
killed=0 finished=0
while [ "$killed" -lt "$KILLS" ]; do
    "$mlrun" "$script" "$work/run" $ms >"$work/got" 2>&1 &
    pid=$!
    wait_ms=$((20 + $(random 480)))
    sleep "0.$(printf %03d $wait_ms)"
    if kill -9 $pid 2>/dev/null; then
        killed=$((killed + 1))
        wait $pid 2>/dev/null
    else
        wait $pid
        cmp -s "$work/want" "$work/got" || {
            echo "after $killed kills:"
            diff "$work/want" "$work/got" | cut -c 1-150 | head -n 6
            exit 1
        }
        finished=$((finished + 1))
        rm -rf "$work/run" # and once more from the start
    fi
done
"$mlrun" "$script" "$work/run" >"$work/got" 2>&1
cmp "$work/want" "$work/got" || {
    cut -c 1-150 "$work/got" | tail -n 5
    exit 1
}
echo "$killed kills, $((finished + 1)) runs finished in the same bits"
[ "$(find "$work/run" -name '.*.tmp')" ] && { echo "temporaries stay"; exit 1; }

for signal in INT TERM; do
    rm -rf "$work/run"
    "$mlrun" "$script" "$work/run" $ms >"$work/got" 2>&1 &
    pid=$!
    while ! [ -e "$work/run/last.mlrt" ] && kill -0 $pid; do sleep 0.02; done
    sleep "0.$(printf %03d $(random 200))"
    kill -$signal $pid
    wait $pid && { echo "SIG$signal: exit code 0"; exit 1; }
    grep -q "after step [0-9]*; resume = true goes on" "$work/got" ||
        { echo "SIG$signal:"; cat "$work/got"; exit 1; }
    tail -n 1 "$work/run/log.jsonl" | grep -q "by SIG$signal" ||
        { echo "SIG$signal is not in the log"; exit 1; }
    "$mlrun" "$script" "$work/run" >"$work/got" 2>&1
    cmp "$work/want" "$work/got" || exit 1
done
