/* test_io_manners.c: whole files, mappings, bundles, and how a file is
 * replaced. */
#include <fcntl.h>
#include <sys/wait.h>
#include <zlib.h>

#include "call.h"
#include "io_dir.h"

static mlrt *open_plain(void) {
    mlrt *m = mlrt_open(NULL, NULL);
    cr_assert(m);
    return m;
}

/* ---- Whole files ------------------------------------------------------ */

static void expect_bytes(mlrt *m, mlrt_tensor *t, const void *bytes, size_t n) {
    cr_assert(t, "%s", mlrt_errmsg(m));
    cr_expect(mlrt_dtype_of(t) == MLRT_U8 && mlrt_ndim(t) == 1);
    cr_assert(mlrt_nbytes(t) == n, "%zu bytes, not %zu", mlrt_nbytes(t), n);
    cr_expect(n == 0 || memcmp(mlrt_data_const(t), bytes, n) == 0);
    mlrt_release(t);
}

/* A gzip file of one member for each of n texts. */
static void put_gzip(const char *path, const char *const *texts, int n) {
    for (int i = 0; i < n; i++) {
        gzFile g = gzopen(path, i ? "ab" : "wb");
        cr_assert(g);
        cr_assert(gzputs(g, texts[i]) >= 0 && gzclose(g) == Z_OK);
    }
}

Test(io, whole_files) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    put_file(in_folder(&f, "x"), "abc", 3);
    expect_bytes(m, mlrt_read_file(m, f.file), "abc", 3);
    put_file(f.file, "", 0);
    expect_bytes(m, mlrt_read_file(m, f.file), "", 0);
    put_gzip(f.file, (const char *[]){"hello ", "", "world"}, 3);
    expect_bytes(m, mlrt_read_file(m, f.file), "hello world", 11);
    cr_assert(mlrt_write_file(m, f.file, "\0\1", 2) == 0);
    expect_bytes(m, mlrt_read_file(m, f.file), "\0\1", 2);
    close_folder(&f);
    close_clean(m);
}

/* Zeros deflate about a thousandfold. */
static void put_zeros(const char *path, size_t megabytes) {
    static const char zeros[1 << 20];
    gzFile g = gzopen(path, "wb9");
    for (size_t i = 0; i < megabytes; i++)
        cr_assert(gzwrite(g, zeros, sizeof zeros) == sizeof zeros);
    gzclose(g);
}

Test(io, gzip_bombs_are_cut_short) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    put_zeros(in_folder(&f, "x.gz"), 20);
    mlrt_tensor *t = mlrt_read_file(m, f.file);
    cr_expect(t && mlrt_nbytes(t) == 20 << 20);
    mlrt_release(t);
    put_zeros(f.file, 200);
    cr_expect(!mlrt_read_file(m, f.file));
    cr_expect(strstr(mlrt_errmsg(m), "inflates to more than 134217728 bytes"),
              "%s", mlrt_errmsg(m));
    close_folder(&f);
    close_clean(m);
}

static void expect_refused(mlrt *m, const char *path, const char *why) {
    cr_expect(!mlrt_read_file(m, path) && !mlrt_read_idx(m, path) &&
              !mlrt_read_npy(m, path) && !mlrt_bundle_load(m, path, true));
    mlrt_bundle *b = mlrt_bundle_load_npz(m, path);
    cr_expect(!b && mlrt_errcode(m) == MLRT_EIO);
    cr_expect(strstr(mlrt_errmsg(m), why), "%s", mlrt_errmsg(m));
}

Test(io, only_files_are_read, .timeout = 20) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    expect_refused(m, in_folder(&f, "none"), "No such file");
    expect_refused(m, f.path, "is a directory");
    expect_refused(m, "/dev/zero", "is a device");
    cr_assert(mkfifo(in_folder(&f, "pipe"), 0600) == 0);
    expect_refused(m, f.file, "is a pipe");
    cr_expect(!mlrt_read_file(m, NULL) && mlrt_errcode(m) == MLRT_EARG);
    cr_expect(!mlrt_read_file(m, "/proc/self/status") &&
                  strstr(mlrt_errmsg(m), "does not know its size"),
              "%s", mlrt_errmsg(m));
    close_folder(&f);
    close_clean(m);
}

/* ---- Mappings --------------------------------------------------------- */

Test(io, mapped_tensors_are_ours_to_change) {
    mlrt *m = open_plain();
    folder f;
    size_t n;
    open_folder(&f);
    mlrt_bundle *a = mlrt_bundle_new(m);
    mlrt_tensor *t = make(m, MLRT_F64, 1, (int64_t[]){1000});
    mlrt_tensor *u = make(m, MLRT_BOOL, 1, (int64_t[]){7});
    cr_assert(mlrt_bundle_add(a, "t", t) == 0);
    cr_assert(mlrt_bundle_add(a, "u", u) == 0);
    cr_assert(mlrt_bundle_save(a, in_folder(&f, "x")) == 0);
    mlrt_bundle_free(a);
    char *bytes = get_file(f.file, &n);
    mlrt_bundle *b = mlrt_bundle_load(m, f.file, true);
    cr_assert(b);
    mlrt_tensor *x = mlrt_bundle_get(b, "t");
    cr_expect((uintptr_t)mlrt_data_const(x) % 64 == 0);
    set(x, 3, 42);
    expect_file(f.file, bytes, n);
    /* Saving over the file that is mapped does no harm. */
    cr_expect(mlrt_bundle_save(b, f.file) == 0);
    cr_expect(at(x, 3) == 42 && at(x, 4) == at(t, 4));
    mlrt_retain(x);
    mlrt_bundle_free(b);
    cr_expect(at(x, 999) == at(t, 999));
    b = mlrt_bundle_load(m, f.file, false);
    cr_expect(b && at(mlrt_bundle_get(b, "t"), 3) == 42);
    mlrt_bundle_free(b);
    drop(x, t, u, NULL);
    free(bytes);
    close_folder(&f);
    close_clean(m);
}

Test(io, mapped_tensors_outlive_the_context) {
    mlrt *m = open_plain();
    mlrt_bundle *b = mlrt_bundle_load(m, "tests/golden/io/all.safetensors",
                                      true);
    mlrt_tensor *t = mlrt_retain(mlrt_bundle_get(b, "F32"));
    mlrt_close(m);
    cr_expect(at(t, 1) == -1);
    mlrt_bundle_free(b);
    mlrt_release(t);
}

/* ---- Bundles ---------------------------------------------------------- */

Test(io, bundles_refuse_what_they_cannot_keep) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    mlrt_bundle *b = mlrt_bundle_new(m);
    mlrt_tensor *t = make(m, MLRT_F32, 1, (int64_t[]){2});
    cr_assert(mlrt_bundle_add(b, "b", t) == 0);
    cr_assert(mlrt_bundle_add(b, "a", t) == 0);
    cr_expect(mlrt_bundle_add(b, "b", t) == MLRT_EARG);
    cr_expect(strstr(mlrt_errmsg(m), "the name 'b' is taken"));
    cr_expect(mlrt_bundle_add(b, "\xff", t) == MLRT_EARG);
    cr_expect(mlrt_bundle_add(b, "c", MLRT_NONE) == MLRT_EARG);
    cr_expect(mlrt_bundle_add(b, "c", NULL) < 0);
    cr_expect(mlrt_bundle_add(NULL, "c", t) < 0);
    cr_assert(mlrt_bundle_meta(b, "k", "v") == 0);
    cr_expect(mlrt_bundle_meta(b, "k", "w") == MLRT_EARG);
    cr_expect(mlrt_bundle_meta(b, "l", "\xc0\x80") == MLRT_EARG);
    cr_expect(mlrt_bundle_meta(b, "mlrt.dtype.b", "index") == MLRT_EARG);
    cr_expect(mlrt_bundle_count(b) == 2 && mlrt_bundle_meta_count(b) == 1);
    cr_expect_str_eq(mlrt_bundle_name(b, 0), "b");
    cr_expect(mlrt_bundle_get(b, "a") == t && !mlrt_bundle_get(b, "z"));
    cr_expect(!mlrt_bundle_name(b, 2) && !mlrt_bundle_tensor(b, -1));
    cr_expect(!mlrt_bundle_meta_key(b, 1) && !mlrt_bundle_meta_text(b, 1));
    cr_expect(!mlrt_bundle_meta_get(b, "z"));
    cr_assert(mlrt_bundle_add(b, "__metadata__", t) == 0);
    cr_expect(mlrt_bundle_save(b, in_folder(&f, "x")) == MLRT_EARG);
    cr_expect(count_files(&f, false) == 0);
    mlrt_bundle_free(b);
    mlrt_bundle_free(NULL);
    mlrt_release(t);
    close_folder(&f);
    close_clean(m);
}

/* Only an I64 becomes an index, and only by that word. */
Test(io, marks_of_indices) {
    static const char header[] =
        "{\"__metadata__\":{\"mlrt.dtype.a\":\"index\",\"k\":\"v\","
        "\"mlrt.dtype.b\":\"index\",\"mlrt.dtype.c\":\"position\"},"
        "\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"b\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[8,16]},"
        "\"c\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[16,24]}}";
    char file[8 + sizeof header - 1 + 24] = {0};
    mlrt *m = open_plain();
    file[0] = (char)((sizeof header - 1) & 255);
    file[1] = (char)((sizeof header - 1) >> 8);
    memcpy(file + 8, header, sizeof header - 1);
    mlrt_bundle *b = mlrt_bundle_load_memory(m, file, sizeof file);
    cr_assert(b, "%s", mlrt_errmsg(m));
    cr_expect(mlrt_dtype_of(mlrt_bundle_get(b, "a")) == MLRT_INDEX);
    cr_expect(mlrt_dtype_of(mlrt_bundle_get(b, "b")) == MLRT_F64);
    cr_expect(mlrt_dtype_of(mlrt_bundle_get(b, "c")) == MLRT_I64);
    cr_expect(mlrt_bundle_meta_count(b) == 1);
    cr_expect_str_eq(mlrt_bundle_meta_get(b, "k"), "v");
    mlrt_bundle_free(b);
    close_clean(m);
}

Test(io, bundles_without_tensors) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    mlrt_bundle *b = mlrt_bundle_new(m);
    for (int i = 0; i < 2; i++) {
        cr_assert(mlrt_bundle_save(b, in_folder(&f, "x")) == 0);
        mlrt_bundle *c = mlrt_bundle_load(m, f.file, true);
        cr_expect(c && mlrt_bundle_count(c) == 0 &&
                  mlrt_bundle_meta_count(c) == i);
        mlrt_bundle_free(c);
        if (i == 0)
            cr_assert(mlrt_bundle_meta(b, "k", "v") == 0);
    }
    mlrt_bundle_free(b);
    close_folder(&f);
    close_clean(m);
}

/* An npz is refused before anything is read of what does not fit. */
Test(io, npz_that_is_too_large) {
    mlrt *m = open_plain();
    folder f;
    char byte = 0, *name = malloc(70001);
    memset(name, 'n', 70000);
    name[70000] = '\0';
    open_folder(&f);
    mlrt_bundle *b = mlrt_bundle_new(m), *c = mlrt_bundle_new(m);
    mlrt_tensor *t = mlrt_borrow(m, MLRT_U8, 1, (int64_t[]){5LL << 30}, &byte,
                                 NULL, NULL);
    mlrt_tensor *u = make(m, MLRT_F32, 0, NULL);
    cr_assert(mlrt_bundle_add(b, "t", t) == 0 &&
              mlrt_bundle_add(c, name, u) == 0);
    cr_expect(mlrt_bundle_save_npz(b, in_folder(&f, "x"), true) == MLRT_EARG);
    cr_expect(strstr(mlrt_errmsg(m), "less than 4 GiB"));
    cr_expect(mlrt_bundle_save_npz(c, f.file, true) == MLRT_EARG);
    cr_expect(count_files(&f, false) == 0);
    free(name);
    mlrt_bundle_free(b);
    mlrt_bundle_free(c);
    mlrt_release(t);
    mlrt_release(u);
    close_folder(&f);
    close_clean(m);
}

/* The tensors belong to the bundle, a read tensor to the scope. */
Test(io, scopes) {
    mlrt *m = open_plain();
    cr_assert(mlrt_scope_begin(m) == 0);
    mlrt_bundle *b = mlrt_bundle_load(m, "tests/golden/io/all.safetensors",
                                      false);
    mlrt_bundle *z = mlrt_bundle_load_npz(m, "tests/golden/io/stored.npz");
    cr_assert(b && z);
    cr_expect(mlrt_read_npy(m, "tests/golden/io/fortran.npy") != NULL);
    cr_expect(!mlrt_read_npy(m, "tests/golden/io/bad_u8.npy"));
    mlrt_scope_end(m);
    cr_expect(at(mlrt_bundle_get(b, "F32"), 0) == -1.5);
    cr_expect(at(mlrt_bundle_get(z, "a"), 0) == -1.5);
    mlrt_bundle_free(b);
    mlrt_bundle_free(z);
    close_clean(m);
}

Test(io, an_interrupted_save_leaves_the_old_file) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    put_file(in_folder(&f, "x"), "old", 3);
    mlrt_interrupt(m);
    cr_expect(mlrt_write_file(m, f.file, "new", 3) == MLRT_ECANCEL);
    cr_expect(!mlrt_read_file(m, f.file) && mlrt_errcode(m) == MLRT_ECANCEL);
    mlrt_resume(m);
    expect_file(f.file, "old", 3);
    cr_expect(count_files(&f, false) == 1);
    close_folder(&f);
    close_clean(m);
}

/* ---- Replacing files -------------------------------------------------- */

static mode_t mode_of(const char *path) {
    struct stat info;
    cr_assert(stat(path, &info) == 0);
    return info.st_mode & 07777;
}

Test(io, modes_are_kept) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    mode_t old = umask(027);
    cr_assert(mlrt_write_file(m, in_folder(&f, "new"), "x", 1) == 0);
    cr_expect(mode_of(f.file) == 0640);
    cr_assert(chmod(f.file, 0600) == 0);
    cr_assert(mlrt_write_file(m, f.file, "y", 1) == 0);
    cr_expect(mode_of(f.file) == 0600);
    cr_assert(chmod(f.file, 0666) == 0);
    cr_assert(mlrt_write_file(m, f.file, "z", 1) == 0);
    cr_expect(mode_of(f.file) == 0666);
    umask(old);
    close_folder(&f);
    close_clean(m);
}

Test(io, links_stay) {
    mlrt *m = open_plain();
    folder f;
    char target[128];
    struct stat info;
    open_folder(&f);
    strcpy(target, in_folder(&f, "target"));
    cr_assert(symlink("target", in_folder(&f, "link")) == 0);
    for (int i = 0; i < 2; i++) { /* to nothing, then to a file */
        cr_assert(mlrt_write_file(m, f.file, "abc", 3) == 0, "%s",
                  mlrt_errmsg(m));
        expect_file(target, "abc", 3);
        cr_expect(lstat(f.file, &info) == 0 && S_ISLNK(info.st_mode));
    }
    cr_assert(symlink("loop", in_folder(&f, "loop")) == 0);
    cr_expect(mlrt_write_file(m, f.file, "abc", 3) == MLRT_EIO);
    cr_assert(symlink(target, in_folder(&f, "absolute")) == 0);
    cr_expect(mlrt_write_file(m, f.file, "def", 3) == 0);
    expect_file(target, "def", 3);
    cr_expect(count_files(&f, false) == 4);
    close_folder(&f);
    close_clean(m);
}

static void expect_unwritable(mlrt *m, const char *path, const char *why) {
    cr_expect(mlrt_write_file(m, path, "x", 1) == MLRT_EIO, "%s", path);
    cr_expect(strstr(mlrt_errmsg(m), why), "%s", mlrt_errmsg(m));
}

Test(io, targets_that_are_no_files_stay) {
    mlrt *m = open_plain();
    folder f;
    char name[5001];
    open_folder(&f);
    expect_unwritable(m, f.path, "is not a regular file");
    expect_unwritable(m, "/dev/null", "is not a regular file");
    expect_unwritable(m, in_folder(&f, "none/x"), "No such file");
    expect_unwritable(m, in_folder(&f, ""), "is not the name of a file");
    expect_unwritable(m, "", "is not the name of a file");
    snprintf(name, sizeof name, "%s/%0300d", f.path, 1);
    expect_unwritable(m, name, "File name too long");
    memset(name, '/', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    expect_unwritable(m, name, "File name too long");
    cr_expect(mlrt_write_file(m, NULL, "x", 1) == MLRT_EARG);
    cr_assert(mkfifo(in_folder(&f, "pipe"), 0600) == 0);
    expect_unwritable(m, f.file, "is not a regular file");
    cr_expect(count_files(&f, false) == 1);
    close_folder(&f);
    close_clean(m);
}

/* Names up to the longest that a file can have. */
Test(io, long_names) {
    mlrt *m = open_plain();
    folder f;
    char name[512];
    open_folder(&f);
    snprintf(name, sizeof name, "%s/%0255d", f.path, 1);
    cr_expect(mlrt_write_file(m, name, "x", 1) == 0, "%s", mlrt_errmsg(m));
    cr_expect(mlrt_write_file(m, name, "y", 1) == 0, "%s", mlrt_errmsg(m));
    expect_file(name, "y", 1);
    cr_expect(count_files(&f, true) == 1);
    close_folder(&f);
    close_clean(m);
}

/* As nobody in particular: 0 when the write is refused and nothing left. */
static int try_as_nobody(const char *path) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 2;
    mlrt *m = mlrt_open(NULL, NULL);
    int err = m ? mlrt_write_file(m, path, "new", 3) : MLRT_ENOMEM;
    return err == MLRT_EIO && strstr(mlrt_errmsg(m), "Permission denied") ? 0
                                                                          : 1;
}

static void expect_refused_to_nobody(const char *path) {
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(try_as_nobody(path));
    cr_assert(child > 0 && waitpid(child, &status, 0) == child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", path);
}

Test(io, what_may_not_be_written_is_not) {
    folder f;
    open_folder(&f);
    put_file(in_folder(&f, "x"), "old", 3);
    cr_assert(chmod(f.file, 0444) == 0 && chmod(f.path, 0777) == 0);
    expect_refused_to_nobody(f.file);
    cr_assert(chmod(f.file, 0666) == 0 && chmod(f.path, 0555) == 0);
    if (geteuid() == 0)
        expect_refused_to_nobody(f.file);
    chmod(f.path, 0755);
    expect_file(f.file, "old", 3);
    cr_expect(count_files(&f, false) == 1);
    close_folder(&f);
}

Test(io, closed_contexts_and_missing_tensors) {
    mlrt *m = open_plain();
    cr_expect(mlrt_write_npy(m, "x.npy", MLRT_NONE) == MLRT_EARG);
    cr_expect(mlrt_write_npy(m, "x.npy", NULL) < 0);
    cr_expect(mlrt_bundle_save(NULL, "x") < 0);
    cr_expect(mlrt_bundle_save_npz(NULL, "x", false) < 0);
    mlrt_tensor *t = make(m, MLRT_F32, 1, (int64_t[]){2});
    mlrt_close(m);
    cr_expect(mlrt_write_npy(m, "x.npy", t) == MLRT_ESTATE);
    cr_expect(!mlrt_read_npy(m, "x.npy") && !mlrt_bundle_new(m));
    mlrt_release(t);
}
