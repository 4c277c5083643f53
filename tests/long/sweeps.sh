# sweeps.sh: every request for memory and every file call made to fail, and
# processes killed at every file call and at random moments.
bad=0
for kind in tensors training library files; do
    step "memory-$kind" "$B/tests/faults" tests/long/sweep.lua memory \
        --most 300 --kind "$kind" || bad=1
done
step files "$B/tests/faults" tests/long/sweep.lua files || bad=1
step kills "$B/tests/faults" tests/long/kills.lua || bad=1
[ $bad = 0 ]
