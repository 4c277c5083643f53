/* fuzz_npy.c: NumPy's npy, plain or gzipped. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    return fuzz_tensor(bytes, n, mlrt__npy_read);
}
