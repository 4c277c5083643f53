# More than 1,500 damaged files of every format, each read by a process of its
# own with bounded memory and time.
set -u
"$B/tests/faults" tests/long/malformed.lua
