# A process that uses mlrt has exactly one BLAS and LAPACK file mapped.
set -u
files=$("$B/mlrun" -e 'require "mlrt"
    for line in io.lines("/proc/self/maps") do print(line) end' |
    grep -iE 'blas|lapack' | awk '{print $NF}' | sort -u)
echo "$files"
[ "$(echo "$files" | wc -l)" = 1 ] && [ "$files" ]
