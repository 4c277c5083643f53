# libmlrt.so, stripped, is under 2 MB. Files over 600 lines are named. REPORT=1
# prints all sizes.
set -u
[ -z "${SANITIZE-}" ] || { echo "not of a sanitizer build"; exit 77; }

stripped() {
    strip -o "$B/stripped" "$1" && wc -c <"$B/stripped"
    rm -f "$B/stripped"
}

bytes=$(stripped "$B/libmlrt.so")
echo "libmlrt.so: $bytes bytes stripped"
if [ "${REPORT-}" ]; then
    echo "mlrt.so: $(stripped "$B/mlrt.so") bytes stripped"
    echo "mlrun: $(stripped "$B/mlrun") bytes stripped"
    for room in core bindings lua examples tests docs; do
        find $room -name '*.[ch]' -o -name '*.inc' -o -name '*.def' \
            -o -name '*.lua' -o -name '*.sh' | xargs cat |
            awk -v room=$room 'END {printf "%-9s%7d lines\n", room, NR}'
    done
fi
find core bindings lua examples tests \( -name '*.[ch]' -o -name '*.inc' \
    -o -name '*.lua' \) -exec awk 'END {if (NR > 600) print FILENAME ": " NR \
    " lines"}' {} \;
[ "$bytes" -lt 2000000 ]
