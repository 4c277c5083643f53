# Arrows between the rooms: examples -> lua -> bindings -> core/mlrt.h. And
# what core/ must not do: know Lua, print, exit, or touch files outside io/.
set -u
bad=0

# forbid WHY PATTERN FILE...: no file may have a line with the pattern.
forbid() {
    why=$1 pattern=$2
    shift 2
    if grep -nE "$pattern" "$@" /dev/null; then
        echo "^ $why"
        bad=1
    fi
}

core=$(find core -name '*.[ch]')
start='(^|[^_a-zA-Z>.])'
forbid "core/ knows nothing of Lua" \
    '#include *[<"](lua|lauxlib|lualib|mlrtlib|embedded)' $core
forbid "core/ reports failures, it does not print, exit or assert" \
    "$start(printf|fprintf|puts|fputs|perror|_?exit|abort|assert)\(" $core
forbid "files are read and written in core/io/ only" \
    "$start(fopen|fread|fwrite|fclose|open|read|write|close|rename)\(" \
    $(find core -name '*.c' -not -path 'core/io/*')
inside=$(cd core && find . -name '*.h' -not -name mlrt.h | sed 's/.*\///' |
    sed 's/\./\\./' | tr '\n' '|')
forbid "bindings/ sees of core/ only mlrt.h" \
    "#include *[<\"](.*/)?(${inside%|})[>\"]" $(find bindings -name '*.[ch]')
forbid "lua/ does not reach out of the library" \
    'require *\(?"(examples|tests|support)' $(find lua -name '*.lua')
forbid "examples are one file each" \
    "require *\\(?[\"'][^m]|dofile|loadfile" $(find examples -name '*.lua')
exit $bad
