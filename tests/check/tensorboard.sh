# TensorBoard itself reads what a run wrote, also after a resume: every loss and
# metric of the log, once, at its step. Needs the package tensorboard.
set -u
python=python3
[ -x "$HOME/.cache/mlrt/peers/bin/python" ] &&
    python=$HOME/.cache/mlrt/peers/bin/python
"$python" -c 'import tensorboard' 2>/dev/null ||
    { echo "tensorboard is not here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
script=tests/check/resume.lua
"$B/mlrun" "$script" "$work/run" 10 >/dev/null &
pid=$!
sleep 0.3
kill -9 $pid
wait $pid 2>/dev/null
"$B/mlrun" "$script" "$work/run" >/dev/null || exit 1
"$python" - "$work/run" 2>"$work/err" <<'PY' ||
import json, sys
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator)

folder = sys.argv[1]
events = EventAccumulator(folder, size_guidance={"scalars": 0})
events.Reload()
got = {(tag, e.step): e.value for tag in events.Tags()["scalars"]
       for e in events.Scalars(tag)}
count = sum(len(events.Scalars(tag)) for tag in events.Tags()["scalars"])
want = {}
for line in open(folder + "/log.jsonl"):
    entry = json.loads(line)
    for name in ("loss", "lr", "grad_norm"):
        if entry["event"] == "step":
            want["train/" + name, entry["step"]] = entry[name]
    for name, value in entry.get("validation", {}).items():
        want["validation/" + name, entry["step"]] = value
    if entry["event"] == "epoch":
        want["epoch/loss", entry["step"]] = entry["loss"]
assert got.keys() == want.keys(), got.keys() ^ want.keys()
assert count == len(want), (count, len(want))
for key, value in want.items():
    assert abs(got[key] - value) <= 1e-6 * (1 + abs(value)), key
print(len(want), "scalars read by TensorBoard")
PY
    { tail -n 3 "$work/err"; exit 1; }
