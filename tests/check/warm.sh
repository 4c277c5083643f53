# Once warm, a training loop asks the system for no memory: 20,000 images
# of MNIST at one thread, counted from the line of 40 % to that of 90 %.
set -u
[ -z "$SANITIZE" ] || { echo "the cache is off in this build"; exit 77; }
example=examples/train_mnist.lua
[ -e $example ] || { echo "$example is not here"; exit 77; }
data=$(sh examples/fetch_mnist.sh) || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
$CC -O1 -fPIC -shared tests/check/count_alloc.c -o "$work/count.so" -ldl ||
    exit 1
LD_PRELOAD="$work/count.so" COUNT_ALLOC_LOG="$work/log" COUNT_ALLOC_FROM="40%" \
    "$B/mlrun" $example --epochs 1 --limit 20000 --threads 1 --data "$data" \
    --out "$work/model" --folder "$work/run" >"$work/out" ||
    { cat "$work/out"; exit 1; }
count_at() {
    awk -v at="$1" 'index($0, at "%") {print $1; exit}' "$work/log"
}
from=$(count_at 40) to=$(count_at 90)
echo "requests for memory: $from until 40 %, $to until 90 %"
[ "$from" ] && [ "$from" = "$to" ] || {
    cut -c 1-120 "$work/log" | head -n 60
    exit 1
}
