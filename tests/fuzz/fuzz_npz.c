/* fuzz_npz.c: zip archives of npy files. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    mlrt *m = fuzz_context();
    return fuzz_bundle(m, mlrt__npz_memory(m, bytes, n));
}
