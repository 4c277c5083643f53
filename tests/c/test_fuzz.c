/* test_fuzz.c: the corpora of tests/fuzz, replayed.  The files there, and
 * those that NumPy and safetensors wrote, go through every fuzz target. */
#include "io_dir.h"

#define LLVMFuzzerTestOneInput fuzz_csv
#include "../fuzz/fuzz_csv.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_idx
#include "../fuzz/fuzz_idx.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_json
#include "../fuzz/fuzz_json.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_calls
#include "../fuzz/fuzz_calls.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_texts
#include "../fuzz/fuzz_texts.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_npy
#include "../fuzz/fuzz_npy.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_npz
#include "../fuzz/fuzz_npz.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_safetensors
#include "../fuzz/fuzz_safetensors.c"

static void replay(const char *path) {
    size_t n;
    char *bytes = get_file(path, &n);
    const uint8_t *p = (const uint8_t *)bytes;
    fuzz_csv(p, n);
    fuzz_idx(p, n);
    fuzz_json(p, n);
    fuzz_npy(p, n);
    fuzz_npz(p, n);
    fuzz_safetensors(p, n);
    fuzz_calls(p, n);
    fuzz_texts(p, n);
    free(bytes);
}

static int replay_folder(const char *dir) {
    DIR *d = opendir(dir);
    int n = 0;
    cr_assert(d, "%s", dir);
    for (struct dirent *e; (e = readdir(d)); n++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_name[0] != '.')
            replay(path);
    }
    closedir(d);
    return n;
}

Test(io_hostile, corpora) {
    cr_expect(replay_folder("tests/golden/io") > 40);
    cr_expect(replay_folder("tests/fuzz/corpus/csv") > 10);
    cr_expect(replay_folder("tests/fuzz/corpus/idx") > 20);
    cr_expect(replay_folder("tests/fuzz/corpus/json") > 20);
    cr_expect(replay_folder("tests/fuzz/corpus/npy") > 20);
    cr_expect(replay_folder("tests/fuzz/corpus/npz") > 20);
    cr_expect(replay_folder("tests/fuzz/corpus/safetensors") > 20);
    cr_expect(replay_folder("tests/fuzz/corpus/calls") > 20);
    cr_expect(replay_folder("tests/fuzz/corpus/texts") > 20);
    mlrt_close(fuzz_context());
}
