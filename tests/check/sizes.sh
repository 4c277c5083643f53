# Sizes are multiplied with a check. mlrt__mul, mlrt__room and mlrt__shape_bytes
# in core/, mlrtL_room and mlrtL_array in bindings/ are the only ones that make
# a request for memory out of a product. So elsewhere
#
# - no request for memory has a product in its arguments;
# - no variable that is handed to such a request is the product of anything but
#   a number of dimensions, which is at most 8.
set -u
bad=$(find core bindings -name '*.c' -not -path '*/tools/*' -not -name \
    mlrt_ops.c | xargs awk '
    BEGIN {
        product = " [+*]?= .*[A-Za-z0-9_)\\]] \\* "
        takers = "(mlrt__alloc|mlrt__alloc_data|mlrt_lua_alloc|malloc|calloc|" \
            "realloc|lua_newuserdatauv|host)\\(.*"
    }
    function look() {
        for (line in text) for (name in asked)
            if (text[line] ~ "(^|[ (*>.])" name product &&
                text[line] !~ /mlrt_*L?_(mul|room)|ndim|shape->n/)
                print file ":" line ":" text[line]
        split("", text)
        split("", asked)
    }
    FNR == 1 { look(); file = FILENAME; joined = "" }
    { joined = joined ? joined " " $0 : $0 }
    !/[;{}]$|\*\/$/ { next } # a statement goes on in the next line
    {
        gsub(/  +/, " ", joined)
        gsub(/(^|[^A-Za-z_])[0-9]+ \* /, " ", joined) # twice is no product
        gsub(/ \* [0-9]+/, "", joined)
        text[FNR] = joined
        request = joined
        if (match(request, takers)) {
            request = substr(request, RSTART)
            if (request ~ /[A-Za-z0-9_)\]] \* / && joined !~ /^[a-z].*\{$/)
                print file ":" FNR ":" joined
            if (match(request, /, [a-z_]+\)/))
                asked[substr(request, RSTART + 2, RLENGTH - 3)] = 1
        }
        asked["c->scratch_bytes"] = asked["scratch_bytes"] = 1
        joined = ""
    }
    END { look() }')
[ -z "$bad" ] || { echo "$bad"; exit 1; }
