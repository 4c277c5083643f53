/* test_io_corners.c: mounts, named tensors, links and files at the edge of
 * what is allowed. */
#include <sys/stat.h>

#include "call.h"
#include "io_dir.h"

/* The last failure is this one. */
static void expect_failure(mlrt *m, int err, int status, const char *text) {
    cr_expect(err == status && mlrt_errcode(m) == status &&
                  strcmp(mlrt_errmsg(m), text) == 0,
              "%d: %s", err, mlrt_errmsg(m));
}

/* ---- Mounts ----------------------------------------------------------- */

typedef struct basin {
    size_t n, calls;
    mlrt *m; /* where a failure is recorded; NULL: none is */
    int answer;
} basin;

static int pour(void *ud, const void *bytes, size_t n) {
    basin *b = ud;
    b->n = n;
    b->calls += bytes != NULL;
    return b->m ? mlrt_fail(b->m, b->answer, "the basin is full") : b->answer;
}

Test(io, mounts_that_are_none) {
    mlrt *m = open_with(NULL, 1);
    basin b = {.n = 0};
    expect_failure(m, mlrt_mount(m, NULL, "x", 1), MLRT_EARG,
                   "mount: the name is missing");
    expect_failure(m, mlrt_mount(m, "", "x", 1), MLRT_EARG,
                   "mount: the name is missing");
    expect_failure(m, mlrt_mount(m, "a", NULL, 1), MLRT_EARG,
                   "mount: the bytes are missing");
    expect_failure(m, mlrt_mount_sink(m, "a", NULL, &b), MLRT_EARG,
                   "mount_sink: the function is missing");
    expect_failure(m, mlrt_mount_sink(m, "", pour, &b), MLRT_EARG,
                   "mount: the name is missing");
    cr_expect(mlrt_mount(m, "a", NULL, 0) == 0);
    mlrt_tensor *t = mlrt_read_file(m, "a");
    cr_expect(t && mlrt_numel(t) == 0);
    mlrt_release(t);
    close_clean(m);
}

/* What a sink gets is whole, of any size; its answer is the caller's. */
Test(io, sinks) {
    mlrt *m = open_with(NULL, 1);
    basin b = {.n = 99};
    cr_assert(mlrt_mount_sink(m, "out", pour, &b) == 0);
    cr_expect(mlrt_write_file(m, "out", "", 0) == 0 && b.n == 0);
    mlrt_tensor *t = make(m, MLRT_F32, 1, (int64_t[]){100000});
    cr_expect(mlrt_write_npy(m, "out", t) == 0 && b.n == 400128);
    cr_expect(b.calls == 2);
    b.answer = MLRT_EIO;
    expect_failure(m, mlrt_write_npy(m, "out", t), MLRT_EIO,
                   "write_npy: out: the host refused the bytes");
    b.m = m;
    expect_failure(m, mlrt_write_npy(m, "out", t), MLRT_EIO,
                   "the basin is full");
    mlrt_release(t);
    close_clean(m);
}

/* An npz is larger than the sink's buffer, and its headers, written before
 * what they tell of, are put right in the memory too. */
Test(io, archives_in_a_sink) {
    mlrt *m = open_with(NULL, 1);
    basin b = {.n = 0};
    mlrt_bundle *two = mlrt_bundle_new(m);
    mlrt_tensor *t = make(m, MLRT_F64, 1, (int64_t[]){50000});
    cr_assert(two && mlrt_bundle_add(two, "a", t) == 0 &&
              mlrt_bundle_add(two, "b", t) == 0);
    cr_assert(mlrt_mount_sink(m, "out", pour, &b) == 0);
    cr_expect(mlrt_bundle_save_npz(two, "out", false) == 0 && b.n > 800000);
    cr_expect(mlrt_bundle_save(two, "out") == 0 && b.n > 800000);
    mlrt_release(t);
    mlrt_bundle_free(two);
    close_clean(m);
}

/* ---- Named tensors ---------------------------------------------------- */

static const char *const names[] = {"w", NULL};

Test(io, names_and_tensors_that_do_not_fit) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    folder f;
    open_folder(&f);
    mlrt_tensor *w = make(m, MLRT_F32, 1, (int64_t[]){3});
    mlrt_tensor *both[] = {w, w}, *none[] = {NULL, NULL};
    const char *path = in_folder(&f, "x");
    expect_failure(m, mlrt_save(m, path, names, both, 2), MLRT_EARG,
                   "save: a name is NULL");
    cr_expect(count_files(&f, false) == 0);
    cr_assert(mlrt_save(m, path, names, both, 1) == 0);
    expect_failure(m, mlrt_load(m, path, names, none, 2), MLRT_EARG,
                   "load: a name is NULL");
    expect_failure(m, mlrt_load_memory(m, "x", 1, names, none, 1), MLRT_EFORMAT,
                   "load_safetensors: (memory): truncated: 8 bytes wanted at "
                   "byte 0 of 1");
    cr_expect(!none[0] && !none[1]);
    both[0] = make(other, MLRT_F32, 1, (int64_t[]){3});
    expect_failure(m, mlrt_load(m, path, names, both, 1), MLRT_EARG,
                   "load: 'w' is another context's");
    mlrt_release(both[0]);
    both[0] = make(m, MLRT_F64, 1, (int64_t[]){3});
    expect_failure(m, mlrt_load(m, path, names, both, 1), MLRT_ESHAPE,
                   "load: 'w' is f64 (3), but the file has f32 (3)");
    drop(both[0], NULL, NULL, NULL);
    both[0] = make(m, MLRT_F32, 1, (int64_t[]){2});
    expect_failure(m, mlrt_load(m, path, names, both, 1), MLRT_ESHAPE,
                   "load: 'w' is f32 (2), but the file has f32 (3)");
    drop(w, both[0], NULL, NULL);
    close_folder(&f);
    close_clean(other);
    close_clean(m);
}

Test(io, named_tensors_from_memory) {
    mlrt *m = open_with(NULL, 1);
    folder f;
    size_t n;
    open_folder(&f);
    mlrt_tensor *w = make(m, MLRT_F32, 1, (int64_t[]){3}), *got = NULL;
    cr_assert(mlrt_save(m, in_folder(&f, "x"), names, &w, 1) == 0);
    char *bytes = get_file(f.file, &n);
    cr_expect(mlrt_load_memory(m, bytes, n, names, &got, 1) == 0);
    cr_expect(got && at(got, 0) == at(w, 0) && at(got, 2) == at(w, 2));
    free(bytes);
    drop(w, got, NULL, NULL);
    close_folder(&f);
    close_clean(m);
}

Test(io, bundles_end) {
    mlrt *m = open_with(NULL, 1);
    mlrt_bundle *b = mlrt_bundle_new(m);
    mlrt_tensor *t = make(m, MLRT_F32, 1, (int64_t[]){3});
    cr_assert(b && mlrt_bundle_add(b, "t", t) == 0);
    cr_expect(mlrt_bundle_tensor(b, 0) == t);
    cr_expect(!mlrt_bundle_tensor(b, -1) && !mlrt_bundle_tensor(b, 1));
    cr_expect(!mlrt_bundle_tensor(NULL, 0));
    cr_expect(!mlrt_bundle_name(b, -1) && !mlrt_bundle_name(b, 1));
    cr_assert(mlrt_bundle_meta(b, "k", "v") == 0);
    expect_failure(m, mlrt_bundle_save_npz(b, "x", false), MLRT_EARG,
                   "write_npz: an npz has no metadata");
    mlrt_release(t);
    mlrt_bundle_free(b);
    close_clean(m);
}

/* ---- Files ------------------------------------------------------------ */

/* Floats that do not begin at a multiple of four cannot be used where they
 * are mapped; they are copied. */
Test(io, mapped_tensors_out_of_step) {
    static const char header[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],"
                                 "\"data_offsets\":[0,8]}}";
    float want[2] = {1.5f, -2};
    char file[200] = {0};
    size_t n = sizeof header - 1;
    mlrt *m = open_with(NULL, 1);
    folder f;
    open_folder(&f);
    for (size_t more = 0; more < 4; more++) {
        memset(file + 8, ' ', sizeof file - 8);
        file[0] = (char)(n + more);
        memcpy(file + 8, header, n);
        memcpy(file + 8 + n + more, want, sizeof want);
        put_file(in_folder(&f, "x"), file, 8 + n + more + sizeof want);
        mlrt_bundle *b = mlrt_bundle_load(m, f.file, true);
        mlrt_tensor *t = b ? mlrt_bundle_get(b, "a") : NULL;
        cr_expect(t && memcmp(mlrt_data_const(t), want, sizeof want) == 0, "%s",
                  mlrt_errmsg(m));
        mlrt_bundle_free(b);
    }
    close_folder(&f);
    close_clean(m);
}

/* The names of an archive are changed behind the writer's back. */
Test(io, archives_with_a_name_twice) {
    mlrt *m = open_with(NULL, 1);
    folder f;
    size_t n;
    char text[300];
    open_folder(&f);
    mlrt_bundle *b = mlrt_bundle_new(m);
    mlrt_tensor *t = make(m, MLRT_U8, 1, (int64_t[]){3});
    cr_assert(b && mlrt_bundle_add(b, "aa", t) == 0 &&
              mlrt_bundle_add(b, "ab", t) == 0);
    cr_assert(mlrt_bundle_save_npz(b, in_folder(&f, "x"), false) == 0);
    char *bytes = get_file(f.file, &n);
    for (size_t i = 0; i + 6 <= n; i++)
        if (memcmp(bytes + i, "ab.npy", 6) == 0)
            bytes[i + 1] = 'a';
    put_file(f.file, bytes, n);
    free(bytes);
    cr_expect(!mlrt_bundle_load_npz(m, f.file));
    snprintf(text, sizeof text, "read_npz: %s: the name 'aa' occurs twice",
             f.file);
    expect_failure(m, mlrt_errcode(m), MLRT_EFORMAT, text);
    mlrt_release(t);
    mlrt_bundle_free(b);
    close_folder(&f);
    close_clean(m);
}

/* A link whose end has too long a name, and a name without a folder. */
Test(io, names_of_all_lengths) {
    mlrt *m = open_with(NULL, 1);
    folder f;
    char to[4090], text[200];
    open_folder(&f);
    memset(to, 'a', sizeof to);
    to[sizeof to - 1] = '\0';
    cr_assert(symlink(to, in_folder(&f, "link")) == 0);
    snprintf(text, sizeof text, "write_file: %s: File name too long", f.file);
    expect_failure(m, mlrt_write_file(m, f.file, "x", 1), MLRT_EIO, text);
    cr_assert(chdir(f.path) == 0);
    cr_expect(mlrt_write_file(m, "plain", "text", 4) == 0);
    expect_file(in_folder(&f, "plain"), "text", 4);
    cr_expect(count_files(&f, false) == 2);
    close_folder(&f);
    close_clean(m);
}

/* A file stays its owner's, which only root can see to. */
Test(io, owners_are_kept) {
    struct stat info;
    mlrt *m = open_with(NULL, 1);
    folder f;
    open_folder(&f);
    put_file(in_folder(&f, "x"), "old", 3);
    if (getuid() == 0) {
        for (uid_t id = 0; id < 4; id++) {
            cr_assert(chown(f.file, id & 1, id >> 1) == 0);
            cr_expect(mlrt_write_file(m, f.file, "new", 3) == 0);
            cr_expect(stat(f.file, &info) == 0 && info.st_uid == (id & 1) &&
                      info.st_gid == id >> 1);
        }
        expect_file(f.file, "new", 3);
    }
    close_folder(&f);
    close_clean(m);
}

static bool save_meanwhile(void *ud) {
    mlrt *m = *(mlrt **)ud;
    expect_failure(m, mlrt_write_file(m, "x", "x", 1), MLRT_ESTATE,
                   "write_file: not possible while memory is reclaimed");
    *(mlrt **)ud = NULL;
    return false;
}

Test(io, not_while_memory_is_reclaimed) {
    mlrt_config config;
    mlrt *m = NULL, *seen;
    mlrt_config_init(&config);
    config.threads = 1;
    config.max_bytes = 4 << 20;
    config.reclaim = save_meanwhile;
    config.reclaim_ud = &seen;
    m = seen = mlrt_open(&config, NULL);
    cr_assert(m);
    mlrt_tensor *t = mlrt_empty(m, MLRT_F32, 1, (int64_t[]){4 << 20});
    cr_expect(!t && !seen && mlrt_errcode(m) == MLRT_ENOMEM);
    close_clean(m);
}

Test(io, no_tensor_at_all) {
    mlrt *m = open_with(NULL, 1);
    cr_expect(mlrt_write_npy(m, "x", NULL) == MLRT_EARG);
    cr_expect(mlrt_errcode(m) == 0 && access("x", F_OK) != 0);
    close_clean(m);
}
