/* fuzz_safetensors.c: safetensors. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    mlrt *m = fuzz_context();
    return fuzz_bundle(m, mlrt_bundle_load_memory(m, bytes, n));
}
