# C that nobody generates as clang-format 14 lays it out (others differ);
# no line over 80 columns, no tab, no space at the end of a line anywhere.
set -u
bad=0
sources=$(find core bindings lua examples tests docs -name '*.[ch]' \
    -o -name '*.inc' -o -name '*.def' -o -name '*.lua' -o -name '*.sh')
long=$(awk 'length > 80 {print FILENAME ":" FNR ": " length " columns"}' \
    $(echo "$sources" | grep -v '^docs/library\|fetch_mnist.sh'))
blank=$(grep -nE "[[:space:]]+\$|$(printf '\t')" $sources | head -n 20)
for found in "$long" "$blank"; do
    [ "$found" ] && echo "$found" && bad=1
done
case $(clang-format --version 2>/dev/null) in
*version\ 14.*)
    clang-format --dry-run -Werror $(echo "$sources" | grep '\.[ch]$' |
        grep -v core/mlrt_ops) 2>&1 |
        grep -E 'error:' | cut -d: -f1 | sort | uniq -c | grep . && bad=1 ;;
*) echo "clang-format 14 is not here: layout of C not compared" ;;
esac
exit $bad
