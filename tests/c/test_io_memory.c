/* test_io_memory.c: every request for memory of the readers and writers made
 * to fail: an error, no leak, no tensor left. */
#include "call.h"
#include "io_cases.h"
#include "io_dir.h"
#include "layout.h"

/* ---- The host's memory ------------------------------------------------ */

/* An allocator whose requests fail from number `at` on (0: never): a single
 * failure would be made good by the second try. */
typedef struct budget {
    long n, at, blocks;
} budget;

static void *allocate(void *ud, void *p, size_t osize, size_t nsize) {
    budget *b = ud;
    (void)osize;
    if (nsize == 0) {
        b->blocks -= p != NULL;
        free(p);
        return NULL;
    }
    if (b->at && ++b->n >= b->at)
        return NULL;
    void *q = realloc(p, nsize);
    b->blocks += q && !p;
    return q;
}

/* Two tensors by their names, into new ones and then into those. */
static int by_names(mlrt *m, mlrt_bundle *b, const char *path) {
    const char *const names[] = {"t", "u"};
    mlrt_tensor *const from[] = {mlrt_bundle_tensor(b, 0),
                                 mlrt_bundle_tensor(b, 1)};
    mlrt_tensor *to[] = {NULL, NULL};
    int err = mlrt_scope_begin(m);
    if (err)
        return err;
    err = mlrt_save(m, path, names, from, 2);
    for (int i = 0; i < 2 && !err; i++)
        err = mlrt_load(m, path, names, to, 2);
    mlrt_scope_end(m); /* which has what was loaded */
    return err;
}

static int keep_bytes(void *ud, const void *bytes, size_t n) {
    *(size_t *)ud = n;
    return bytes ? 0 : -1;
}

/* What a host mounts, read and written. */
static int by_mounts(mlrt *m) {
    size_t n = 0;
    int err = mlrt_mount(m, "in", "bytes", 5);
    if (!err)
        err = mlrt_mount_sink(m, "out", keep_bytes, &n);
    mlrt_tensor *t = err ? NULL : mlrt_read_file(m, "in");
    if (!err)
        err = t ? mlrt_write_npy(m, "out", t) : mlrt_errcode(m);
    mlrt_release(t);
    mlrt_unmount(m, "in");
    mlrt_unmount(m, "out");
    return err;
}

static int everything(mlrt *m, mlrt_bundle *b, const char *path) {
    int err = by_names(m, b, path);
    if (!err)
        err = by_mounts(m);
    if (!err)
        err = load(m, golden[3], true);
    for (int i = 0; i < NGOLDEN && !err; i++)
        err = load(m, golden[i], i % 2 == 0);
    for (int s = 0; s < NSAVERS && !err; s++)
        err = savers[s](b, path);
    return err;
}

/* Is there a request number i? */
static bool run_out_at(long i, folder *f) {
    budget limit = {.at = 0};
    mlrt_config config;
    mlrt_config_init(&config);
    config.alloc = allocate;
    config.alloc_ud = &limit;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    mlrt_bundle *b = two_tensors(m);
    mlrt_flush_cache(m);
    limit.at = i;
    int err = everything(m, b, in_folder(f, "x"));
    bool reached = limit.n >= i;
    limit.at = 0;
    cr_expect(err == (reached ? MLRT_ENOMEM : 0), "%s", mlrt_errmsg(m));
    mlrt_bundle_free(b);
    close_clean(m);
    cr_expect(limit.blocks == 0, "%ld blocks left", limit.blocks);
    return reached;
}

Test(io_memory, every_allocation) {
    folder f;
    long i = 1;
    open_folder(&f);
    while (run_out_at(i, &f))
        i++;
    cr_log_info("%ld allocations failed", i - 1);
    cr_expect(count_files(&f, false) == 1);
    close_folder(&f);
}

/* ---- core/'s requests ------------------------------------------------- */

/* Every request of core/'s own, the small ones too that the cache makes of
 * larger ones: the linker has these called instead. */
static struct { long n, at; } requests;

static bool refused(mlrt *m) {
    if (!requests.at || ++requests.n != requests.at)
        return false;
    mlrt_fail(m, MLRT_ENOMEM, "refused");
    return true;
}

void *__real_mlrt__alloc(mlrt *m, size_t bytes);
void *__wrap_mlrt__alloc(mlrt *m, size_t bytes) {
    return refused(m) ? NULL : __real_mlrt__alloc(m, bytes);
}
int __real_mlrt__grow(mlrt *m, void *table, int *cap, int n, size_t element);
int __wrap_mlrt__grow(mlrt *m, void *table, int *cap, int n, size_t element) {
    return refused(m) ? MLRT_ENOMEM
                      : __real_mlrt__grow(m, table, cap, n, element);
}

/* Two small tensors, one of them not in C order. */
static mlrt_bundle *small_tensors(mlrt *m) {
    mlrt_bundle *b = mlrt_bundle_new(m);
    mlrt_tensor *t = lay_out(m, MLRT_F64, REVERSED, 2, (int64_t[]){2, 3});
    mlrt_tensor *u = make(m, MLRT_INDEX, 1, (int64_t[]){2});
    cr_assert(b && mlrt_bundle_add(b, "t", t) == 0 &&
              mlrt_bundle_add(b, "u", u) == 0);
    drop(t, u, NULL, NULL);
    return b;
}

/* Is there a request number i? */
static bool refuse(mlrt *m, mlrt_bundle *b, folder *f, long i) {
    mlrt_memory_info before, after;
    mlrt_memory(m, &before);
    requests.n = 0;
    requests.at = i;
    mlrt_bundle *copy = mlrt_bundle_new(m);
    int err = copy ? mlrt_bundle_meta(copy, "key", "text") : mlrt_errcode(m);
    mlrt_bundle_free(copy);
    if (!err)
        err = everything(m, b, in_folder(f, "x"));
    bool reached = requests.n >= i;
    requests.at = 0;
    cr_expect(err == (reached ? MLRT_ENOMEM : 0), "%ld: %d, %s", i, err,
              mlrt_errmsg(m));
    mlrt_memory(m, &after);
    cr_expect(after.tensors == before.tensors && after.other == before.other,
              "%ld: %zu tensors more", i, after.tensors - before.tensors);
    return reached;
}

Test(io_memory, every_request) {
    mlrt *m = open_with(NULL, 1);
    mlrt_bundle *b = small_tensors(m);
    folder f;
    long i = 1;
    open_folder(&f);
    cr_assert(everything(m, b, in_folder(&f, "x")) == 0); /* once, warm */
    while (refuse(m, b, &f, i))
        i++;
    cr_log_info("%ld requests refused", i - 1);
    cr_expect(i > 100);
    mlrt_bundle_free(b);
    close_folder(&f);
    close_clean(m);
}
