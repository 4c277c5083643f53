# A sample of what `make test-long PART=sweeps` does: requests for memory and
# file calls made to fail, chosen by a seed.
set -u
seed=${MLRT_SEED:-$(date +%s)}
run() { # memory|files PART
    "$B/tests/faults" tests/long/sweep.lua "$1" --part "$2" --seed "$seed" \
        >"$B/sweep.log" 2>&1 && tail -n 1 "$B/sweep.log" && return
    echo "MLRT_SEED=$seed"
    grep -v ' places, ' "$B/sweep.log" | cut -c 1-1000
    exit 1
}
run memory 200
run files 4
