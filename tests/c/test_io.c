/* test_io.c: files that NumPy and safetensors wrote, files that we wrote, and
 * the manners of reading and writing.  tests/golden/io/make_io.py made the
 * first. */
#include "call.h"
#include "core.h"
#include "io_dir.h"

#define GOLDEN "tests/golden/io/"

static mlrt *open_plain(void) {
    mlrt *m = mlrt_open(NULL, NULL);
    cr_assert(m);
    return m;
}

/* ---- What others wrote ------------------------------------------------ */

/* 2 x 3 elements first, first + step, ... */
static void expect_steps(mlrt *m, mlrt_tensor *t, const char *name,
                         mlrt_dtype dtype, double first, double step) {
    cr_assert(t, "%s: %s", name, mlrt_errmsg(m));
    cr_expect(mlrt_dtype_of(t) == dtype, "%s: %s", name,
              mlrt_dtype_name(mlrt_dtype_of(t)));
    cr_assert(mlrt_ndim(t) == 2 && mlrt_shape(t)[0] == 2 &&
                  mlrt_shape(t)[1] == 3 && mlrt_is_contiguous(t),
              "%s", name);
    for (int i = 0; i < 6; i++) {
        double want = dtype == MLRT_BOOL ? i % 2 : first + i * step;
        cr_expect(at(t, i) == want, "%s: element %d is %g, not %g", name, i,
                  at(t, i), want);
    }
}

static const struct {
    const char *name;
    mlrt_dtype dtype;
    double first, step;
} arrays[] = {{"f2.npy", MLRT_F32, -1.5, 0.5},
              {"f4.npy", MLRT_F32, -1.5, 0.5},
              {"f8.npy", MLRT_F64, -1.5, 0.5},
              {"i1.npy", MLRT_I32, -3, 1},
              {"i2.npy", MLRT_I32, -3, 1},
              {"i4.npy", MLRT_I32, -3, 1},
              {"i8.npy", MLRT_I64, -3, 1},
              {"u1.npy", MLRT_U8, 0, 1},
              {"u2.npy", MLRT_I32, 0, 1},
              {"u4.npy", MLRT_I64, 0, 1},
              {"u8.npy", MLRT_I64, 0, 1},
              {"b1.npy", MLRT_BOOL, 0, 0},
              {"big_f2.npy", MLRT_F32, -1.5, 0.5},
              {"big_f4.npy", MLRT_F32, -1.5, 0.5},
              {"big_f8.npy", MLRT_F64, -1.5, 0.5},
              {"big_i2.npy", MLRT_I32, -3, 1},
              {"big_i4.npy", MLRT_I32, -3, 1},
              {"big_i8.npy", MLRT_I64, -3, 1},
              {"big_u2.npy", MLRT_I32, 0, 1},
              {"big_u4.npy", MLRT_I64, 0, 1},
              {"big_u8.npy", MLRT_I64, 0, 1},
              {"fortran.npy", MLRT_F32, -1.5, 0.5},
              {"fortran_big_i2.npy", MLRT_I32, -3, 1},
              {"version2.npy", MLRT_F32, -1.5, 0.5},
              {"version3.npy", MLRT_F32, -1.5, 0.5},
              {"u8.idx", MLRT_U8, 0, 1},
              {"u8.idx.gz", MLRT_U8, 0, 1},
              {"i8.idx", MLRT_I32, -3, 1},
              {"i16.idx", MLRT_I32, -3, 1},
              {"i32.idx", MLRT_I32, -3, 1},
              {"f32.idx", MLRT_F32, -1.5, 0.5},
              {"f64.idx", MLRT_F64, -1.5, 0.5}};

static mlrt_tensor *read_golden(mlrt *m, const char *name) {
    char path[128];
    snprintf(path, sizeof path, GOLDEN "%s", name);
    return strstr(name, ".idx") ? mlrt_read_idx(m, path)
                                : mlrt_read_npy(m, path);
}

Test(io, arrays_of_others) {
    mlrt *m = open_plain();
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        mlrt_tensor *t = read_golden(m, arrays[i].name);
        expect_steps(m, t, arrays[i].name, arrays[i].dtype, arrays[i].first,
                     arrays[i].step);
        mlrt_release(t);
    }
    close_clean(m);
}

Test(io, shapes_of_others) {
    mlrt *m = open_plain();
    mlrt_tensor *scalar = read_golden(m, "scalar.npy");
    mlrt_tensor *empty = read_golden(m, "empty.npy");
    mlrt_tensor *vector = read_golden(m, "vector.npy");
    cr_assert(scalar && empty && vector);
    cr_expect(mlrt_ndim(scalar) == 0 && at(scalar, 0) == 2.5);
    cr_expect(mlrt_ndim(empty) == 2 && mlrt_shape(empty)[0] == 0 &&
              mlrt_shape(empty)[1] == 3);
    cr_expect(mlrt_ndim(vector) == 1 && mlrt_numel(vector) == 6);
    drop(scalar, empty, vector, NULL);
    close_clean(m);
}

Test(io, halves_keep_their_values) {
    mlrt *m = open_plain();
    mlrt_tensor *t = read_golden(m, "halves.npy");
    cr_assert(t);
    const double want[] = {0, 0x1p-24, 0x1p-14, 1, -65504, INFINITY, -INFINITY};
    for (int i = 0; i < 7; i++)
        cr_expect(at(t, i) == want[i], "%g, not %g", at(t, i), want[i]);
    cr_expect(isnan(at(t, 7)));
    mlrt_release(t);
    close_clean(m);
}

Test(io, what_no_tensor_can_hold_is_named) {
    static const char *const bad[][2] = {
        {"bad_complex.npy", "dtype '<c8'"},
        {"bad_text.npy", "dtype '<U2'"},
        {"bad_record.npy", "structured dtype"},
        {"bad_object.npy", "holds Python objects (dtype '|O')"},
        {"bad_u8.npy", "9223372036854775808"}};
    mlrt *m = open_plain();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect(!read_golden(m, bad[i][0]), "%s", bad[i][0]);
        cr_expect(mlrt_errcode(m) == MLRT_EFORMAT);
        cr_expect(strstr(mlrt_errmsg(m), bad[i][0]) &&
                      strstr(mlrt_errmsg(m), bad[i][1]),
                  "%s", mlrt_errmsg(m));
    }
    close_clean(m);
}

static void expect_all(mlrt *m, const mlrt_bundle *b) {
    static const struct {
        const char *name;
        mlrt_dtype dtype;
        double first, step;
    } want[] = {{"F32", MLRT_F32, -1.5, 0.5},
                {"F64", MLRT_F64, -1.5, 0.5},
                {"F16", MLRT_F32, -1.5, 0.5},
                {"I64", MLRT_I64, -3, 1},
                {"I32", MLRT_I32, -3, 1},
                {"I16", MLRT_I32, -3, 1},
                {"I8", MLRT_I32, -3, 1},
                {"U8", MLRT_U8, 0, 1},
                {"U16", MLRT_I32, 0, 1},
                {"U32", MLRT_I64, 0, 1},
                {"U64", MLRT_I64, 0, 1},
                {"BOOL", MLRT_BOOL, 0, 0},
                {"\u00e9\"\\", MLRT_F32, -1.5, 0.5}};
    int n = sizeof want / sizeof *want;
    for (int i = 0; i < n; i++)
        expect_steps(m, mlrt_bundle_get(b, want[i].name), want[i].name,
                     want[i].dtype, want[i].first, want[i].step);
    cr_expect(mlrt_bundle_count(b) == n + 2);
    cr_expect(at(mlrt_bundle_get(b, "scalar"), 0) == 2.5);
    cr_expect(mlrt_numel(mlrt_bundle_get(b, "empty")) == 0);
    cr_expect_str_eq(mlrt_bundle_meta_get(b, "by"), "safetensors");
    cr_expect_str_eq(mlrt_bundle_meta_get(b, "\u00e9\n"), "\u00e8\t");
    cr_expect(mlrt_bundle_meta_count(b) == 2);
}

Test(io, safetensors_of_others) {
    mlrt *m = open_plain();
    for (int i = 0; i < 2; i++) {
        mlrt_bundle *b = mlrt_bundle_load(m, GOLDEN "all.safetensors", i == 1);
        cr_assert(b, "%s", mlrt_errmsg(m));
        expect_all(m, b);
        mlrt_bundle_free(b);
        b = mlrt_bundle_load(m, GOLDEN "bf16.safetensors", i == 1);
        cr_assert(b, "%s", mlrt_errmsg(m));
        expect_steps(m, mlrt_bundle_get(b, "BF16"), "BF16", MLRT_F32, -1.5,
                     0.5);
        mlrt_bundle_free(b);
    }
    close_clean(m);
}

Test(io, npz_of_others) {
    static const char *const paths[] = {GOLDEN "stored.npz",
                                        GOLDEN "deflated.npz"};
    mlrt *m = open_plain();
    for (int i = 0; i < 2; i++) {
        mlrt_bundle *b = mlrt_bundle_load_npz(m, paths[i]);
        cr_assert(b, "%s", mlrt_errmsg(m));
        cr_expect(mlrt_bundle_count(b) == 3);
        expect_steps(m, mlrt_bundle_get(b, "a"), "a", MLRT_F32, -1.5, 0.5);
        expect_steps(m, mlrt_bundle_get(b, "b.c"), "b.c", MLRT_I64, -3, 1);
        expect_steps(m, mlrt_bundle_get(b, "\u00e9"), "e", MLRT_BOOL, 0, 0);
        mlrt_bundle_free(b);
    }
    mlrt_bundle *b = mlrt_bundle_load_npz(m, GOLDEN "empty.npz");
    cr_expect(b && mlrt_bundle_count(b) == 0);
    mlrt_bundle_free(b);
    close_clean(m);
}

/* ---- What we write ---------------------------------------------------- */

/* np.save's bytes are ours. */
Test(io, npy_has_the_bytes_of_numpy) {
    static const char *const names[] = {
        "f4.npy", "f8.npy",     "i4.npy",    "i8.npy",    "u1.npy",
        "b1.npy", "scalar.npy", "empty.npy", "vector.npy"};
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        size_t n;
        mlrt_tensor *t = read_golden(m, names[i]);
        cr_expect(t && mlrt_write_npy(m, in_folder(&f, "x.npy"), t) == 0);
        mlrt_release(t);
        snprintf(path, sizeof path, GOLDEN "%s", names[i]);
        char *want = get_file(path, &n);
        expect_file(f.file, want, n);
        free(want);
    }
    close_folder(&f);
    close_clean(m);
}

static const int64_t shapes[][4] = {
    {-1, -1, -1, -1}, {5, -1, -1, -1}, {2, 3, -1, -1}, {3, 1, 4, -1},
    {2, 3, 2, 2},     {0, 3, -1, -1},  {0, -1, -1, -1}};
enum { NSHAPES = sizeof shapes / sizeof *shapes };

static mlrt_tensor *sample(mlrt *m, int dtype, int shape) {
    int n = 0;
    while (n < 4 && shapes[shape][n] >= 0)
        n++;
    return make(m, (mlrt_dtype)dtype, n, shapes[shape]);
}

/* The last two sizes changed round, without moving an element. */
static mlrt_tensor *turned(mlrt *m, mlrt_tensor *t) {
    int64_t shape[4], stride[4];
    int n = mlrt_ndim(t);
    memcpy(shape, mlrt_shape(t), (size_t)n * sizeof *shape);
    memcpy(stride, mlrt_strides(t), (size_t)n * sizeof *stride);
    shape[n - 1] = mlrt_shape(t)[n - 2];
    shape[n - 2] = mlrt_shape(t)[n - 1];
    stride[n - 1] = mlrt_strides(t)[n - 2];
    stride[n - 2] = mlrt_strides(t)[n - 1];
    return mlrt__handle(m, t->storage, t->dtype, n, shape, stride, 0);
}

static void expect_same(mlrt_tensor *a, mlrt_tensor *b, bool index) {
    cr_assert(a && b);
    size_t n = mlrt_nbytes(a);
    char *x = malloc(n + 1), *y = malloc(n + 1);
    cr_expect(mlrt_ndim(a) == mlrt_ndim(b));
    for (int i = 0; i < mlrt_ndim(a); i++)
        cr_expect(mlrt_shape(a)[i] == mlrt_shape(b)[i]);
    cr_expect(mlrt_dtype_of(b) == (mlrt_dtype_of(a) == MLRT_INDEX && !index
                                       ? MLRT_I64
                                       : mlrt_dtype_of(a)));
    cr_assert(mlrt_read(a, x, n) == 0 && mlrt_read(b, y, n) == 0);
    cr_expect(memcmp(x, y, n) == 0);
    free(x);
    free(y);
}

Test(io, npy_round_trips) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    for (int d = 0; d < MLRT_NDTYPES; d++)
        for (int s = 0; s < NSHAPES; s++) {
            mlrt_tensor *t = sample(m, d, s), *v = NULL;
            if (mlrt_ndim(t) > 1)
                v = turned(m, t);
            mlrt_tensor *x = v ? v : t;
            cr_assert(mlrt_write_npy(m, in_folder(&f, "x.npy"), x) == 0);
            mlrt_tensor *y = mlrt_read_npy(m, f.file);
            expect_same(x, y, false);
            drop(t, v, y, NULL);
        }
    cr_expect(count_files(&f, false) == 1);
    close_folder(&f);
    close_clean(m);
}

/* Every dtype and shape, and views, in one bundle. */
static mlrt_bundle *full_bundle(mlrt *m) {
    mlrt_bundle *b = mlrt_bundle_new(m);
    char name[32];
    for (int d = 0; d < MLRT_NDTYPES; d++)
        for (int s = 0; s < NSHAPES; s++) {
            mlrt_tensor *t = sample(m, d, s);
            snprintf(name, sizeof name, "t%d.%d", d, s);
            cr_assert(mlrt_bundle_add(b, name, t) == 0);
            if (mlrt_ndim(t) > 1) {
                mlrt_tensor *v = turned(m, t);
                strcat(name, "/\"\\\n\u00e9");
                cr_assert(mlrt_bundle_add(b, name, v) == 0);
                mlrt_release(v);
            }
            mlrt_release(t);
        }
    return b;
}

static void expect_bundle(mlrt *m, mlrt_bundle *a, mlrt_bundle *b, bool index) {
    cr_assert(b, "%s", mlrt_errmsg(m));
    cr_assert(mlrt_bundle_count(a) == mlrt_bundle_count(b));
    for (int i = 0; i < mlrt_bundle_count(a); i++) {
        cr_expect_str_eq(mlrt_bundle_name(a, i), mlrt_bundle_name(b, i));
        expect_same(mlrt_bundle_tensor(a, i), mlrt_bundle_tensor(b, i), index);
    }
    cr_assert(mlrt_bundle_meta_count(a) == mlrt_bundle_meta_count(b));
    for (int i = 0; i < mlrt_bundle_meta_count(a); i++) {
        const char *key = mlrt_bundle_meta_key(a, i);
        cr_expect_str_eq(key, mlrt_bundle_meta_key(b, i));
        cr_expect_str_eq(mlrt_bundle_meta_text(a, i),
                         mlrt_bundle_meta_get(b, key));
    }
    mlrt_bundle_free(b);
}

Test(io, safetensors_round_trips) {
    mlrt *m = open_plain();
    folder f;
    size_t n;
    open_folder(&f);
    mlrt_bundle *a = full_bundle(m);
    cr_assert(mlrt_bundle_meta(a, "k\n", "\"\\\t\x7f\u20ac") == 0);
    cr_assert(mlrt_bundle_meta(a, "", "") == 0);
    cr_assert(mlrt_bundle_save(a, in_folder(&f, "x")) == 0);
    expect_bundle(m, a, mlrt_bundle_load(m, f.file, false), true);
    expect_bundle(m, a, mlrt_bundle_load(m, f.file, true), true);
    char *bytes = get_file(f.file, &n);
    expect_bundle(m, a, mlrt_bundle_load_memory(m, bytes, n), true);
    mlrt_bundle_free(a);
    free(bytes);
    close_folder(&f);
    close_clean(m);
}

Test(io, npz_round_trips) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    mlrt_bundle *a = full_bundle(m);
    for (int i = 0; i < 2; i++) {
        cr_assert(mlrt_bundle_save_npz(a, in_folder(&f, "x"), i == 1) == 0);
        expect_bundle(m, a, mlrt_bundle_load_npz(m, f.file), false);
    }
    cr_assert(mlrt_bundle_meta(a, "key", "text") == 0);
    cr_expect(mlrt_bundle_save_npz(a, f.file, false) == MLRT_EARG);
    mlrt_bundle_free(a);
    close_folder(&f);
    close_clean(m);
}

/* Large enough for several steps of every loop. */
Test(io, large_tensors_round_trip) {
    mlrt *m = open_plain();
    folder f;
    open_folder(&f);
    mlrt_tensor *t = make(m, MLRT_F32, 1, (int64_t[]){1300000});
    mlrt_bundle *a = mlrt_bundle_new(m);
    cr_assert(mlrt_bundle_add(a, "t", t) == 0);
    cr_assert(mlrt_bundle_save(a, in_folder(&f, "x")) == 0);
    expect_bundle(m, a, mlrt_bundle_load(m, f.file, false), true);
    cr_assert(mlrt_bundle_save_npz(a, f.file, true) == 0);
    expect_bundle(m, a, mlrt_bundle_load_npz(m, f.file), true);
    mlrt_bundle_free(a);
    mlrt_release(t);
    close_folder(&f);
    close_clean(m);
}
