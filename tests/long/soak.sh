# soak.sh: half an hour of training that is killed and resumed; see soak.lua.
step all "$B/tests/faults" tests/long/soak.lua ${SOAK_SECONDS:-}
