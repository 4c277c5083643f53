# gcc and clang have nothing to say about any C file.
set -u
bad=0
flags="-std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Wconversion -Wshadow
    -Wstrict-prototypes -Werror -fsyntax-only -O1 -Icore -Ibindings
    $LUA_CFLAGS $BLAS_CFLAGS"
for cc in gcc clang; do
    command -v $cc >/dev/null || { echo "$cc is not here"; continue; }
    find core bindings docs tests/c -name '*.c' -not -path 'core/kernels/*' |
        xargs -P 2 -n 8 $cc $flags || bad=1
    find core/kernels -name '*.c' |
        xargs -P 2 -n 8 $cc $flags -fopenmp-simd -DMLRT_ISA=base || bad=1
done
exit $bad
