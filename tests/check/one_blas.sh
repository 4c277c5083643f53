# A process that uses mlrt has exactly one BLAS and LAPACK file mapped, and
# none when it was built without.
set -u
files=$("$B/mlrun" -e 'require "mlrt"
    for line in io.lines("/proc/self/maps") do print(line) end' |
    grep -iE 'blas|lapack' | awk '{print $NF}' | sort -u)
echo "$files"
blas=$("$B/mlrun" -e 'print(require "mlrt".build().blas)')
[ "$blas" = none ] && { [ -z "$files" ]; exit; }
[ "$(echo "$files" | wc -l)" = 1 ] && [ "$files" ]
