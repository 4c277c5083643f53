/* fuzz_idx.c: IDX, plain or gzipped. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    return fuzz_tensor(bytes, n, mlrt__idx_read);
}
