# A sample of what `make test-long PART=sweeps` does: requests for memory and
# file calls made to fail, and processes killed, chosen by a seed: MLRT_SEED, or
# always the same, so that what fails is what was changed.
set -u
seed=${MLRT_SEED:-1}
run() { # script and its options
    script=tests/long/$1.lua
    shift
    "$B/tests/faults" "$script" "$@" --seed "$seed" >"$B/sweep.log" 2>&1 &&
        tail -n 1 "$B/sweep.log" && return
    echo "MLRT_SEED=$seed"
    grep -v ' places, ' "$B/sweep.log" | cut -c 1-1000
    exit 1
}
run sweep memory --part 200
run sweep files --part 4
run kills --part 100 --moments 5
sh tests/long/prompt.sh 400 $((seed % 400 + 1)) ||
    { echo "MLRT_SEED=$seed"; exit 1; }
