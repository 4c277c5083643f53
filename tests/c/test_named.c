/* test_named.c: what a host that trains in C alone uses: parameters, models
 * saved and loaded by name, lists of sizes. */
#include "call.h"
#include "io_dir.h"

static const char *const names[] = {"weight", "bias"};

Test(named, parameters_are_leaves_within_their_bound) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *w = mlrt_param(m, 2, (int64_t[]){30, 20}, 0.5);
    mlrt_tensor *b = mlrt_param(m, 1, (int64_t[]){30}, 0);
    cr_assert(w && b);
    cr_expect(mlrt_requires_grad(w) && mlrt_is_leaf(w));
    double low = 1, high = -1;
    for (int64_t i = 0; i < 600; i++) {
        low = fmin(low, at(w, i));
        high = fmax(high, at(w, i));
    }
    cr_expect(low >= -0.5 && low < -0.45 && high < 0.5 && high > 0.45);
    cr_expect(at(b, 29) == 0 && mlrt_requires_grad(b));
    cr_expect(!mlrt_param(m, 1, (int64_t[]){3}, NAN));
    drop(w, b, NULL, NULL);
    close_clean(m);
}

/* In a scope a parameter is the scope's, once. */
Test(named, parameters_know_of_scopes) {
    mlrt *m = open_with(NULL, 1);
    cr_assert(mlrt_scope_begin(m) == 0);
    mlrt_tensor *w = mlrt_param(m, 1, (int64_t[]){4}, 1);
    mlrt_tensor *kept = mlrt_scope_keep(m, mlrt_param(m, 0, NULL, 1));
    cr_expect(w && kept);
    mlrt_scope_end(m);
    cr_expect(fabs(at(kept, 0)) <= 1);
    mlrt_release(kept);
    close_clean(m);
}

Test(named, lists_of_sizes) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *z = mlrt_zeros(m, MLRT_INTS(2, 3), MLRT_F32);
    mlrt_tensor *s = mlrt_sum(m, z, MLRT_INTS(1), false);
    cr_expect(mlrt_ndim(z) == 2 && mlrt_shape(z)[1] == 3);
    cr_expect(mlrt_ndim(s) == 1 && mlrt_shape(s)[0] == 2);
    drop(z, s, NULL, NULL);
    close_clean(m);
}

static void make_model(mlrt *m, mlrt_tensor **t) {
    t[0] = make(m, MLRT_F32, 2, (int64_t[]){3, 4});
    t[1] = make(m, MLRT_F64, 1, (int64_t[]){3});
}

Test(named, come_back_as_they_were) {
    mlrt *m = open_with(NULL, 1);
    folder f;
    open_folder(&f);
    const char *path = in_folder(&f, "model");
    mlrt_tensor *t[2], *back[2] = {0};
    make_model(m, t);
    cr_assert(mlrt_save(m, path, names, t, 2) == 0, "%s", mlrt_errmsg(m));
    cr_assert(mlrt_load(m, path, names, back, 2) == 0, "%s", mlrt_errmsg(m));
    cr_expect(at(back[0], 7) == at(t[0], 7) && at(back[1], 2) == at(t[1], 2));
    /* Into what is there, such as parameters in a graph. */
    mlrt_tensor *w = mlrt_param(m, 2, (int64_t[]){3, 4}, 0);
    mlrt_tensor *into[] = {w};
    cr_expect(mlrt_load(m, path, names, into, 1) == 0);
    cr_expect(into[0] == w && at(w, 7) == at(t[0], 7));
    cr_expect(mlrt_requires_grad(w));
    mlrt_release(w);
    drop(t[0], t[1], back[0], back[1]);
    close_folder(&f);
    close_clean(m);
}

/* A graph that saved the old values notices that they are gone. */
Test(named, loading_is_writing) {
    mlrt *m = open_with(NULL, 1);
    folder f;
    open_folder(&f);
    const char *path = in_folder(&f, "model");
    mlrt_tensor *t[2];
    make_model(m, t);
    cr_assert(mlrt_save(m, path, names, t, 1) == 0);
    cr_assert(mlrt_set_requires_grad(t[0], true) == 0);
    mlrt_tensor *y = mlrt_square(m, t[0]), *s = mlrt_sum(m, y, NULL, 0, false);
    cr_assert(mlrt_load(m, path, names, t, 1) == 0);
    cr_expect(mlrt_backward(s, MLRT_NONE, 0) == MLRT_EGRAD);
    cr_expect(strstr(mlrt_errmsg(m), "load"), "%s", mlrt_errmsg(m));
    drop(t[0], t[1], y, s);
    close_folder(&f);
    close_clean(m);
}

#define LOAD_FAILS(text, names, tensors, n)                                    \
    do {                                                                       \
        cr_expect(mlrt_load(m, path, names, tensors, n) < 0);                  \
        cr_expect(strstr(mlrt_errmsg(m), text), "%s", mlrt_errmsg(m));         \
    } while (0)

Test(named, failing_changes_nothing) {
    mlrt *m = open_with(NULL, 1);
    folder f;
    open_folder(&f);
    const char *path = in_folder(&f, "model");
    const char *const lacking[] = {"weight", "scale"};
    mlrt_tensor *t[2], *back[2] = {0};
    make_model(m, t);
    cr_assert(mlrt_save(m, path, names, t, 2) == 0);
    LOAD_FAILS("no tensor is called 'scale'", lacking, back, 2);
    cr_expect(!back[0] && !back[1]);
    mlrt_tensor *w = mlrt_param(m, 2, (int64_t[]){3, 4}, 0);
    mlrt_tensor *wrong[] = {w, t[0]};
    LOAD_FAILS("'bias' is f32 (3, 4), but the file has f64 (3)", names, wrong,
               2);
    cr_expect(at(w, 7) == 0);
    LOAD_FAILS("a name is NULL", (const char *const[]){NULL}, back, 1);
    path = "/nowhere/model";
    LOAD_FAILS("/nowhere/model", names, back, 2);
    cr_expect(mlrt_save(m, path, names, t, 2) == MLRT_EIO);
    cr_expect(mlrt_load_memory(m, "{}", 2, names, back, 2) == MLRT_EFORMAT);
    mlrt_release(w);
    drop(t[0], t[1], NULL, NULL);
    close_folder(&f);
    close_clean(m);
}

/* Whatever allocation fails, either both tensors are there or none. */
typedef struct budget {
    int left;
} budget;

static void *limited(void *ud, void *ptr, size_t osize, size_t nsize) {
    budget *b = ud;
    (void)osize;
    if (nsize == 0) {
        free(ptr);
        return NULL;
    }
    return b->left-- > 0 ? realloc(ptr, nsize) : NULL;
}

Test(named, out_of_memory_at_every_place) {
    budget b = {1 << 30};
    mlrt_config config;
    mlrt_config_init(&config);
    config.alloc = limited;
    config.alloc_ud = &b;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    folder f;
    open_folder(&f);
    const char *path = in_folder(&f, "model");
    mlrt_tensor *t[2];
    make_model(m, t);
    cr_assert(mlrt_save(m, path, names, t, 2) == 0);
    int err = 1;
    for (int i = 0; err && i < 200; i++) {
        mlrt_tensor *back[2] = {0};
        b.left = 1 << 30;
        cr_assert(mlrt_scope_begin(m) == 0);
        mlrt_flush_cache(m);
        b.left = i;
        err = mlrt_load(m, path, names, back, 2);
        b.left = 1 << 30;
        cr_expect(err ? !back[0] && !back[1] : back[0] && back[1]);
        mlrt_scope_end(m);
    }
    cr_expect(err == 0);
    drop(t[0], t[1], NULL, NULL);
    close_folder(&f);
    close_clean(m);
}
