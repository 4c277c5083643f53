#!/bin/sh
# old_blas.sh: where OpenBLAS takes the CPU for an old one, products are ours
# and right, and mlrun has it choose again unless the environment chose.
set -eu
[ -z "$(printf '%s\n' "$BLAS_CFLAGS" | grep NO_BLAS)" ] || exit 77
version=$("$B/mlrun" --version)
case $version in
*" base kernels"* | *SkylakeX* | *Cooperlake* | *Sapphire*) ;;
*Haswell* | *Zen*) ;;
*) echo "kernels of OpenBLAS behind the CPU's: $version" && exit 1 ;;
esac
export OPENBLAS_CORETYPE=Prescott
"$B/mlrun" --version | grep -q Prescott
for filter in matmul linear einsum bmm conv; do
    "$B/mlrun" tests/spec/run.lua "$filter" | tail -n 1
done
