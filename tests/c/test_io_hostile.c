/* test_io_hostile.c: files made to break readers.
 *
 * Every golden file is cut at every byte, has every bit flipped and every
 * length replaced by extremes; and some files are written by hand, one for
 * each way to be wrong.  A reader either returns tensors that can be read, or
 * says what is wrong: no crash, no leak, and never more memory than a small
 * file can need (the context has 12 MiB). */
#include <zlib.h>

#include "call.h"
#include "io/io.h"
#include "io_dir.h"

enum { LIMIT = 12 << 20 };

static mlrt *open_small(void) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.max_bytes = LIMIT;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    cr_assert(m);
    return m;
}

/* ---- Reading from memory ---------------------------------------------- */

typedef enum kind { NPY, IDX, NPZ, SAFETENSORS } kind;

/* Touches every byte of a tensor, so that a sanitizer sees a wrong size. */
static void use(mlrt_tensor *t) {
    volatile unsigned sum = 0;
    const unsigned char *p = mlrt_data_const(t);
    for (size_t i = 0; p && i < mlrt_nbytes(t); i++)
        sum += p[i];
    (void)sum;
    if (mlrt_dtype_of(t) == MLRT_BOOL)
        for (size_t i = 0; p && i < mlrt_nbytes(t); i++)
            cr_assert(p[i] <= 1);
}

static bool use_bundle(mlrt_bundle *b) {
    for (int i = 0; b && i < mlrt_bundle_count(b); i++) {
        cr_assert(mlrt_bundle_get(b, mlrt_bundle_name(b, i)) ==
                  mlrt_bundle_tensor(b, i));
        use(mlrt_bundle_tensor(b, i));
    }
    bool ok = b != NULL;
    mlrt_bundle_free(b);
    return ok;
}

static bool use_tensor(mlrt_tensor *t) {
    if (t)
        use(t);
    mlrt_release(t);
    return t != NULL;
}

static mlrt_tensor *read_memory(mlrt *m, kind k, const void *bytes, size_t n) {
    mlrt__file f;
    mlrt__stream s;
    mlrt__file_memory(m, "read", "(memory)", bytes, n, &f);
    if (mlrt__stream_open(&f, &s) != 0)
        return NULL;
    mlrt_tensor *t = k == NPY ? mlrt__npy_read(&s) : mlrt__idx_read(&s);
    mlrt__stream_close(&s);
    return t;
}

/* Is it accepted?  The bytes are in a block of their exact size. */
static bool accepts(mlrt *m, kind k, const void *bytes, size_t n) {
    char *copy = malloc(n ? n : 1);
    cr_assert(copy);
    memcpy(copy, bytes, n);
    bool ok = k == NPZ ? use_bundle(mlrt__npz_memory(m, copy, n))
              : k == SAFETENSORS
                  ? use_bundle(mlrt_bundle_load_memory(m, copy, n))
                  : use_tensor(read_memory(m, k, copy, n));
    free(copy);
    cr_assert(ok || (mlrt_errcode(m) == MLRT_EFORMAT &&
                     strstr(mlrt_errmsg(m), "(memory): ")),
              "%d: %s", mlrt_errcode(m), mlrt_errmsg(m));
    return ok;
}

/* The same by way of a real file, for a safetensors file mapped. */
static bool accepts_file(mlrt *m, kind k, const char *path, const void *bytes,
                         size_t n) {
    put_file(path, bytes, n);
    return k == NPZ           ? use_bundle(mlrt_bundle_load_npz(m, path))
           : k == SAFETENSORS ? use_bundle(mlrt_bundle_load(m, path, true))
           : k == NPY         ? use_tensor(mlrt_read_npy(m, path))
                              : use_tensor(mlrt_read_idx(m, path));
}

/* ---- Mutations -------------------------------------------------------- */

typedef struct mutant {
    mlrt *m;
    kind k;
    unsigned char *bytes;
    size_t n;
    folder dir;
    long tried, accepted;
} mutant;

/* Every 29th goes through the file system too, and has to fare alike. */
static void try(mutant *x, size_t n) {
    bool ok = accepts(x->m, x->k, x->bytes, n);
    x->accepted += ok;
    if (x->tried++ % 29 == 0)
        cr_assert(ok == accepts_file(x->m, x->k, in_folder(&x->dir, "x"),
                                     x->bytes, n));
}

static void cut_everywhere(mutant *x) {
    long before = x->accepted;
    for (size_t n = 0; n < x->n; n++)
        try(x, n);
    cr_assert(x->accepted == before, "a file that was cut is accepted");
}

static void flip_everything(mutant *x) {
    for (size_t i = 0; i < x->n * 8; i++) {
        x->bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        try(x, x->n);
        x->bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
}

/* Numbers of 1, 2, 4 and 8 bytes, least byte first and last. */
static void set_extremes(mutant *x) {
    static const unsigned char patterns[][2] = {
        {0x00, 0x00}, {0xFF, 0xFF}, {0xFF, 0x7F}, {0x00, 0x80},
        {0xFF, 0x0F}, {0x01, 0x00}, {0x30, 0x39}};
    for (size_t width = 1; width <= 8; width *= 2)
        for (size_t i = 0; i + width <= x->n; i++)
            for (size_t k = 0; k < sizeof patterns / 2; k++) {
                unsigned char old[8], *p = x->bytes + i;
                memcpy(old, p, width);
                memset(p, patterns[k][0], width);
                p[i % 2 ? 0 : width - 1] = patterns[k][1];
                try(x, x->n);
                memcpy(p, old, width);
            }
}

/* A part left out, or there twice. */
static void splice(mutant *x) {
    uint32_t seed = 1;
    unsigned char *old = malloc(x->n), *room = malloc(2 * x->n);
    memcpy(old, x->bytes, x->n);
    unsigned char *bytes = x->bytes;
    for (int k = 0; k < 200; k++) {
        seed = seed * 1664525 + 1013904223;
        size_t from = (seed >> 8) % x->n, len = (seed >> 3) % 9 + 1;
        len = len < x->n - from ? len : x->n - from;
        size_t to = k % 2 ? from + len : from - (from < len ? from : len);
        memcpy(room, old, from);
        memcpy(room + from, old + to, x->n - to);
        x->bytes = room;
        try(x, from + x->n - to);
    }
    x->bytes = bytes;
    free(old);
    free(room);
}

static void mutate(const char *name, kind k) {
    char path[128];
    mutant x = {.m = open_small(), .k = k};
    snprintf(path, sizeof path, "tests/golden/io/%s", name);
    x.bytes = (unsigned char *)get_file(path, &x.n);
    open_folder(&x.dir);
    cut_everywhere(&x);
    flip_everything(&x);
    set_extremes(&x);
    splice(&x);
    cr_log_info("%s: %ld files, %ld accepted", name, x.tried, x.accepted);
    free(x.bytes);
    close_folder(&x.dir);
    close_clean(x.m);
}

Test(io_hostile, npy) {
    mutate("f4.npy", NPY);
    mutate("fortran_big_i2.npy", NPY);
    mutate("version3.npy", NPY);
    mutate("b1.npy", NPY);
    mutate("u8.npy", NPY);
    mutate("empty.npy", NPY);
    mutate("bad_object.npy", NPY);
}

Test(io_hostile, idx) {
    mutate("u8.idx", IDX);
    mutate("f64.idx", IDX);
    mutate("u8.idx.gz", IDX);
}

Test(io_hostile, npz, .timeout = 120) {
    mutate("stored.npz", NPZ);
    mutate("deflated.npz", NPZ);
    mutate("empty.npz", NPZ);
}

Test(io_hostile, safetensors, .timeout = 120) {
    mutate("all.safetensors", SAFETENSORS);
    mutate("bf16.safetensors", SAFETENSORS);
}

/* ---- Written by hand -------------------------------------------------- */

static void expect(mlrt *m, kind k, const void *bytes, size_t n,
                   const char *message, const char *input) {
    bool ok = accepts(m, k, bytes, n);
    if (message)
        cr_expect(!ok && strstr(mlrt_errmsg(m), message), "%s: %s", input,
                  ok ? "accepted" : mlrt_errmsg(m));
    else
        cr_expect(ok, "%s: %s", input, mlrt_errmsg(m));
}

/* A header and `data` bytes behind it. */
static void expect_header(mlrt *m, const char *header, size_t data,
                          const char *message) {
    size_t n = strlen(header);
    unsigned char *file = calloc(8 + n + data, 1);
    for (int i = 0; i < 8; i++)
        file[i] = (unsigned char)((uint64_t)n >> 8 * i);
    memcpy(file + 8, header, n);
    expect(m, SAFETENSORS, file, 8 + n + data, message, header);
    free(file);
}

#define T(shape, offsets) TD("F32", shape, offsets)
#define TD(dtype, shape, offsets)                                              \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static const struct {
    const char *header;
    size_t data;
    const char *message; /* NULL: the file is right */
} headers[] = {
    {"{}", 0, NULL},
    {"{}   ", 0, NULL},
    {"{}", 1, "has unused bytes"},
    {" {}", 0, "does not begin with '{'"},
    {"", 0, "does not begin with '{'"},
    {"[]", 0, "does not begin with '{'"},
    {"{", 0, "a string expected"},
    {"{}x", 0, "the end expected"},
    {"{\"a\":" T("[2]", "[0,8]") "}", 8, NULL},
    {"{ \"a\" : " T("[ 2 ]", "[ 0 , 8 ]") " } ", 8, NULL},
    {"{\"a\":" T("[]", "[0,4]") "}", 4, NULL},
    {"{\"a\":" T("[0]", "[0,0]") "}", 0, NULL},
    {"{\"\":" T("[]", "[0,4]") "}", 4, NULL},
    {"{\"a\":" T("[2]", "[0,8]") ",}", 8, "a string expected"},
    {"{\"a\":" T("[2]", "[0,8]") "}", 7, "truncated"},
    {"{\"a\":" T("[2]", "[0,8]") "}", 9, "has unused bytes"},
    {"{\"a\":" T("[2]", "[0,4]") "}", 4, "needs 8 bytes"},
    {"{\"a\":" T("[2]", "[8,0]") "}", 8, "needs 8 bytes"},
    {"{\"a\":" T("[2]", "[4,12]") "}", 12, "begins at byte 4"},
    {"{\"a\":" T("[1]", "[0,4]") ",\"b\":" T("[1]", "[8,12]") "}", 12,
     "begins at byte 8, but the one before ends at 4"},
    {"{\"a\":" T("[1]", "[0,4]") ",\"b\":" T("[1]", "[0,4]") "}", 4,
     "begins at byte 0, but the one before ends at 4"},
    {"{\"a\":" T("[2]", "[0,8]") ",\"b\":" T("[1]", "[4,8]") "}", 8,
     "begins at byte 4, but the one before ends at 8"},
    {"{\"b\":" T("[1]", "[4,8]") ",\"a\":" T("[1]", "[0,4]") "}", 8, NULL},
    {"{\"a\":" T("[1]", "[0,4]") ",\"a\":" T("[1]", "[4,8]") "}", 8,
     "the name 'a' occurs twice"},
    {"{\"a\":" T("[1]", "[0,4]") ",\"\\u0061\":" T("[1]", "[4,8]") "}", 8,
     "the name 'a' occurs twice"},
    {"{\"a\":" T("[9223372036854775807]", "[0,4]") "}", 4, "too large"},
    {"{\"a\":" T("[9223372036854775808]", "[0,4]") "}", 4, "smaller integer"},
    {"{\"a\":" T("[4294967296,4294967296]", "[0,0]") "}", 0, "too large"},
    {"{\"a\":" T("[0,4294967296,4294967296]", "[0,0]") "}", 0, "too large"},
    {"{\"a\":" T("[1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, NULL},
    {"{\"a\":" T("[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4,
     "more than 8 dimensions"},
    {"{\"a\":" T("[-1]", "[0,4]") "}", 4, "not negative"},
    {"{\"a\":" T("[1.0]", "[0,4]") "}", 4, "an integer"},
    {"{\"a\":" T("[1e0]", "[0,4]") "}", 4, "an integer"},
    {"{\"a\":" T("[01]", "[0,4]") "}", 4, "leading zeros"},
    {"{\"a\":" T("[true]", "[0,4]") "}", 4, "an integer"},
    {"{\"a\":" T("[1,]", "[0,4]") "}", 4, "an integer"},
    {"{\"a\":" T("[,1]", "[0,4]") "}", 4, "an integer"},
    {"{\"a\":" T("1", "[0,4]") "}", 4, "'[' expected"},
    {"{\"a\":" T("[1]", "[0]") "}", 4, "','"},
    {"{\"a\":" T("[1]", "[0,4,8]") "}", 4, "two offsets"},
    {"{\"a\":" T("[1]", "[0,99999999999999999999]") "}", 4, "smaller"},
    {"{\"a\":" TD("F8_E5M2", "[1]", "[0,1]") "}", 1, "the dtype 'F8_E5M2'"},
    {"{\"a\":" TD("f32", "[1]", "[0,4]") "}", 4, "the dtype 'f32'"},
    {"{\"a\":" TD("\\u00463\\u0032", "[1]", "[0,4]") "}", 4, NULL},
    {"{\"a\":" TD("BOOL", "[3]", "[0,3]") "}", 3, NULL},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "needs dtype, shape and"},
    {"{\"a\":{}}", 0, "needs dtype, shape and"},
    {"{\"a\":[]}", 0, "'{' expected"},
    {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],"
     "\"data_offsets\":[0,4]}}",
     4, "has 'dtype' twice"},
    {"{\"a\":{\"x\":[{\"y\":[1,-2.5e+3,true,false,null,\"\\n\"]}],"
     "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
     4, NULL},
    {"{\"a\":{\"x\":nul}}", 0, "a value"},
    {"{\"a\":{\"x\":-}}", 0, "a digit"},
    {"{\"a\":{\"x\":1.}}", 0, "a digit"},
    {"{\"a\":{\"x\":1e}}", 0, "a digit"},
    {"{\"a\":{\"x\":00}}", 0, "leading zeros"},
    {"{\"a\":{\"x\":NaN}}", 0, "a value"},
    {"{\"a\":{\"x\":[1 2]}}", 0, "','"},
    {"{\"a\":{\"x\":{1:2}}}", 0, "a string"},
    {"{\"__metadata__\":{}}", 0, NULL},
    {"{\"__metadata__\":{\"a\":\"b\",\"c\":\"\"}}", 0, NULL},
    {"{\"__metadata__\":{\"a\":1}}", 0, "a string"},
    {"{\"__metadata__\":{\"a\":{}}}", 0, "a string"},
    {"{\"__metadata__\":null}", 0, "'{' expected"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "occurs twice"},
    {"{\"__metadata__\":{\"a\":\"b\",\"a\":\"b\"}}", 0, "occurs twice"},
    {"{\"__metadata__\":{\"mlrt.dtype.x\":\"index\"}}", 0, NULL},
    {"{\"\\ud83d\\ude00\":" T("[1]", "[0,4]") "}", 4, NULL},
    {"{\"\\ud83d\":" T("[1]", "[0,4]") "}", 4, "surrogate pair"},
    {"{\"\\ude00\":" T("[1]", "[0,4]") "}", 4, "surrogate pair"},
    {"{\"\\ud83d0123456789\":" T("[1]", "[0,4]") "}", 4, "surrogate pair"},
    {"{\"\\ud83d\\n\\u0041\":" T("[1]", "[0,4]") "}", 4, "surrogate pair"},
    {"{\"\\ud83d\\u", 0, "surrogate pair"},
    {"{\"\\ud83d\\u0041\":" T("[1]", "[0,4]") "}", 4, "surrogate pair"},
    {"{\"\\u00g0\":" T("[1]", "[0,4]") "}", 4, "hexadecimal"},
    {"{\"\\x\":" T("[1]", "[0,4]") "}", 4, "an escape that JSON has"},
    {"{\"\\u0000\":" T("[1]", "[0,4]") "}", 4, "a zero byte"},
    {"{\"a\nb\":" T("[1]", "[0,4]") "}", 4, "without control characters"},
    {"{\"\xff\":" T("[1]", "[0,4]") "}", 4, "UTF-8"},
    {"{\"\xc0\xaf\":" T("[1]", "[0,4]") "}", 4, "UTF-8"},
    {"{\"\xed\xa0\x80\":" T("[1]", "[0,4]") "}", 4, "UTF-8"},
    {"{\"\xf4\x90\x80\x80\":" T("[1]", "[0,4]") "}", 4, "UTF-8"},
    {"{\"\xe2\x82\":" T("[1]", "[0,4]") "}", 4, "UTF-8"},
    {"{\"a", 0, "the end of a string"},
    {"{\"a\\", 0, "the rest of an escape"},
    {"{\"a\" 1}", 0, "':' expected"},
    {"{'a':1}", 0, "a string"}};

Test(io_hostile, headers_by_hand) {
    mlrt *m = open_small();
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        expect_header(m, headers[i].header, headers[i].data,
                      headers[i].message);
    close_clean(m);
}

/* 64 levels of lists in a value that is passed over will do, 65 not. */
Test(io_hostile, deep_nesting) {
    mlrt *m = open_small();
    for (int depth = 64; depth <= 100000; depth += depth < 66 ? 1 : 99934) {
        char *text = malloc((size_t)depth * 2 + 100), *p = text;
        p += sprintf(p, "{\"a\":{\"x\":");
        memset(p, '[', (size_t)depth);
        memset(p + depth, ']', (size_t)depth);
        strcpy(p + 2 * depth, ",\"dtype\":\"U8\",\"shape\":[],"
                              "\"data_offsets\":[0,1]}}");
        expect_header(m, text, 1, depth > 64 ? "at most 64" : NULL);
        free(text);
    }
    close_clean(m);
}

static void expect_npy(mlrt *m, const char *dict, size_t data,
                       const char *message) {
    size_t n = strlen(dict);
    unsigned char *file = calloc(10 + n + data, 1);
    memcpy(file, "\x93NUMPY\1\0", 8);
    file[8] = (unsigned char)(n & 255);
    file[9] = (unsigned char)(n >> 8);
    memcpy(file + 10, dict, n);
    expect(m, NPY, file, 10 + n + data, message, dict);
    free(file);
}

#define D(descr, order, shape)                                                 \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"

Test(io_hostile, npy_by_hand) {
    static const struct {
        const char *dict;
        size_t data;
        const char *message;
    } dicts[] = {
        {D("'<f4'", "False", "(2,)"), 8, NULL},
        {D("'<f4'", "False", "()"), 4, NULL},
        {D("'<f4'", "False", "(2L, 1L)"), 8, NULL},
        {D("'<f4'", "False", "(2, 1,)"), 8, NULL},
        {D("\"=f4\"", "True", "(0, 2)"), 0, NULL},
        {"{\"shape\":(1,),\"descr\":'|u1','fortran_order':True}\n", 1, NULL},
        {D("'|b1'", "False", "(3,)"), 3, NULL},
        {D("'<f4'", "False", "(2)"), 8, "a comma expected"},
        {D("'<f4'", "False", "2"), 8, "a tuple of sizes"},
        {D("'<f4'", "False", "(-1,)"), 8, "a size"},
        {D("'<f4'", "False", "(2.0,)"), 8, "a comma"},
        {D("'<f4'", "False", "(99999999999999999999,)"), 8, "a smaller size"},
        {D("'<f4'", "False", "(4294967296, 4294967296)"), 8, "too large"},
        {D("'<f4'", "False", "(0, 4294967296, 4294967296)"), 0, "too large"},
        {D("'<f4'", "False", "(268435456,)"), 8, "truncated"},
        {D("'|u1'", "False", "(1,1,1,1,1,1,1,1,1)"), 1, "more than 8"},
        {D("'<f4'", "False", "(2,)"), 7, "truncated"},
        {D("'<f4'", "False", "(2,)"), 9, "bytes follow"},
        {D("'<f4'", "0", "(2,)"), 8, "True or False"},
        {D("'<f4'", "__import__('os')", "(2,)"), 8, "True or False"},
        {D("'<f16'", "False", "(1,)"), 16, "the dtype '<f16'"},
        {D("'|O'", "False", "(1,)"), 8, "Python objects"},
        {D("''", "False", "(1,)"), 8, "the dtype ''"},
        {D("'<f4\\x41'", "False", "(1,)"), 8, "a short plain string"},
        {D("[('a', '<f4')]", "False", "(1,)"), 4, "structured"},
        {D("1", "False", "(1,)"), 4, "a string"},
        {"{'descr': '<f4', 'descr': '<f4'}", 0, "each key once"},
        {"{'descr': '<f4'}", 0, "descr, fortran_order and shape"},
        {"{'descr': '<f4', 'shape': ()}", 0, "descr, fortran_order and shape"},
        {"{'descr': '<f4', 'fortran_order': False}", 0, "fortran_order and"},
        {"{'fortran_order': False, 'shape': ()}", 0, "descr, fortran_order"},
        {"{'fortran_order': Fal", 0, "True or False"},
        {D("'<f4'", "False", "(9223372036854775808,)"), 8, "a smaller size"},
        {"{'magic': 1}", 0, "a key descr"},
        {"{'descr' '<f4'}", 0, "':'"},
        {"{1: 2}", 0, "a string"},
        {"{'descr", 0, "the end of a string"},
        {"", 0, "'{'"},
        {"[]", 0, "'{'"},
        {D("'<f4'", "False", "(1,)") " x", 4, "the end"}};
    mlrt *m = open_small();
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++)
        expect_npy(m, dicts[i].dict, dicts[i].data, dicts[i].message);
    close_clean(m);
}

#define RAW(m, kind, message, bytes)                                           \
    expect(m, kind, bytes, sizeof bytes - 1, message, #bytes)

Test(io_hostile, files_that_are_something_else) {
    mlrt *m = open_small();
    RAW(m, NPY, "but a zip archive (npz, or PyTorch's .pt)", "PK\3\4........");
    RAW(m, NPY, "but Python's pickle, which is never read", "\x80\4......");
    RAW(m, NPY, "not an npy file", "........");
    RAW(m, NPY, "npy version 4.0", "\x93NUMPY\4\0....");
    RAW(m, NPY, "a header of 4294967295 bytes",
        "\x93NUMPY\2\0\xff\xff\xff\xff");
    RAW(m, SAFETENSORS, "but gzip", "\x1f\x8b\x08.........");
    RAW(m, SAFETENSORS, "but GGUF", "GGUF.........");
    RAW(m, NPZ, "but NumPy's npy", "\x93NUMPY\1\0..................");
    RAW(m, IDX, "but a PNG image", "\x89PNG....");
    RAW(m, IDX, "no IDX element type is 0x0a", "\0\0\x0a\1....");
    RAW(m, IDX, "9 dimensions", "\0\0\x08\x09....");
    RAW(m, IDX, "too large",
        "\0\0\x0e\3\xff\xff\xff\xff\xff\xff\xff\xff"
        "\xff\xff\xff\xff");
    RAW(m, IDX, "truncated", "\0\0\x08\2\xff\xff\xff\xff\0\0\0\1.");
    RAW(m, IDX, "bytes follow", "\0\0\x08\1\0\0\0\1..");
    RAW(m, IDX, NULL, "\0\0\x08\0.");
    close_clean(m);
}

/* Control characters of a file's names do not reach the terminal. */
Test(io_hostile, messages_are_harmless) {
    mlrt *m = open_small();
    expect_header(m, "{\"\\u001b[2J\\u009b\":{}}", 0,
                  "'?[2J?"
                  "?' needs");
    close_clean(m);
}

/* A gzip file of 1000 bytes that declares an IDX of 4 GiB, and one that
 * inflates further than it declares. */
Test(io_hostile, compressed_lies) {
    static const unsigned char heads[][12] = {
        {0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0},
        {0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1}};
    static const char *const want[] = {"truncated", "bytes follow"};
    mlrt *m = open_small();
    folder f;
    open_folder(&f);
    for (int i = 0; i < 2; i++) {
        size_t n;
        gzFile g = gzopen(in_folder(&f, "x"), "wb9");
        gzwrite(g, heads[i], 12);
        for (int k = 0; k < 1000; k++)
            gzwrite(g, (char[1000]){0}, 1000);
        gzclose(g);
        char *bytes = get_file(f.file, &n);
        expect(m, IDX, bytes, n, want[i], "gzip");
        free(bytes);
    }
    close_folder(&f);
    close_clean(m);
}

/* 128 MiB, or 100 times the file's size if that is more. */
Test(io_hostile, how_much_may_inflate) {
    const uint64_t least = 128 << 20;
    cr_expect(mlrt__inflate_limit(0) == least);
    cr_expect(mlrt__inflate_limit(1 << 20) == least);
    cr_expect(mlrt__inflate_limit(2 << 20) == (uint64_t)200 << 20);
    cr_expect(mlrt__inflate_limit(UINT64_MAX / 2) == UINT64_MAX);
}

/* Changes one field of an archive's directory; the message says which. */
Test(io_hostile, archives_by_hand) {
    static const struct {
        size_t at; /* within the first record, or from the end if > 1000 */
        unsigned char value;
        const char *message;
    } changes[] = {{8, 1, "is encrypted"},
                   {10, 12, "compressed by method 12"},
                   {16, 7, "the check sum is wrong"},
                   {20, 1, "the declared size is wrong"},
                   {27, 200, "the declared size is wrong"},
                   {28, 3, "is no npy file"},
                   {30, 9, "no directory record"},
                   {42, 1, "is not what the directory says"},
                   {46, 'z', "is called differently where it lies"},
                   {1000 + 22 - 4, 1, "not where the archive ends"},
                   {1000 + 22 - 8, 1, "not where the archive ends"},
                   {1000 + 22 - 10, 9, "not where the archive ends"},
                   {1000 + 22 - 20, 1, "not an npz file"}};
    mlrt *m = open_small();
    size_t n;
    char *bytes = get_file("tests/golden/io/stored.npz", &n);
    size_t directory = (unsigned char)bytes[n - 6] |
                       (size_t)(unsigned char)bytes[n - 5] << 8;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        size_t at = changes[i].at > 1000 ? n - 22 + (changes[i].at - 1000)
                                         : directory + changes[i].at;
        char old = bytes[at];
        bytes[at] = (char)changes[i].value;
        expect(m, NPZ, bytes, n, changes[i].message, changes[i].message);
        bytes[at] = old;
    }
    free(bytes);
    close_clean(m);
}
