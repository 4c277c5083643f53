# gcc, with its optimizer's insight, and clang have nothing to say about any C
# file.
set -u
bad=0
flags="-std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Wconversion -Wshadow
    -Wstrict-prototypes -Werror -Icore -Ibindings $LUA_CFLAGS $BLAS_CFLAGS"
plain=$(find core bindings docs tests/c -name '*.c' -not -path 'core/kernels/*')
kernels=$(find core/kernels -name '*.c')
for cc in "gcc -O2 -c -o /dev/null" "clang -fsyntax-only"; do
    command -v "${cc%% *}" >/dev/null || continue
    echo "$plain" | xargs -r -P 2 -n 1 $cc $flags || bad=1
    echo "$kernels" | xargs -r -P 2 -n 1 $cc $flags -fopenmp-simd \
        -DMLRT_ISA=base || bad=1
done
exit $bad
