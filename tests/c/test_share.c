/* test_share.c: tensors that go from one context to another, contexts closed
 * before what is in them, and memory that finds its way back. */
#include <pthread.h>

#include "call.h"

static size_t live(mlrt *m) {
    mlrt_memory_info info;
    mlrt_flush_cache(m); /* also takes back what others let go of */
    mlrt_memory(m, &info);
    return info.live;
}

static int64_t wide[] = {64, 100};

Test(share, reads_the_same_memory) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *t = make(a, MLRT_F32, 2, wide);
    mlrt_tensor *s = mlrt_share(b, t);
    cr_assert(s, "%s", mlrt_errmsg(b));
    cr_expect(mlrt_context(s) == b);
    cr_expect(mlrt_data_const(s) == mlrt_data_const(t));
    mlrt_tensor *x = mlrt_sum(a, t, NULL, 0, false);
    mlrt_tensor *y = mlrt_sum(b, s, NULL, 0, false);
    cr_expect(at(x, 0) == at(y, 0));
    drop(x, y, s, t);
    cr_expect(live(a) == 0);
    close_clean(a);
    close_clean(b);
}

Test(share, nobody_writes_into_it) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *t = make(a, MLRT_F32, 2, wide), *s = mlrt_share(b, t);
    mlrt_tensor *both[] = {t, s};
    for (int i = 0; i < 2; i++) {
        mlrt *m = mlrt_context(both[i]);
        cr_expect(!mlrt_add_(m, both[i], both[i]));
        cr_expect(mlrt_errcode(m) == MLRT_ESTATE);
        cr_expect(strstr(mlrt_errmsg(m), "add: the tensor's memory is shared"),
                  "%s", mlrt_errmsg(m));
        cr_expect(!mlrt_data(both[i]));
        cr_expect(mlrt_write(both[i], wide, mlrt_nbytes(t)) == MLRT_ESTATE);
        mlrt_tensor *copy = mlrt_clone(m, both[i]);
        cr_expect(mlrt_data(copy) != NULL);
        mlrt_release(copy);
    }
    drop(s, t, NULL, NULL);
    close_clean(a);
    close_clean(b);
}

Test(share, training_needs_memory_of_its_own) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *w = make(a, MLRT_F32, 2, wide), *s = mlrt_share(b, w);
    cr_assert(mlrt_set_requires_grad(s, true) == 0);
    mlrt_tensor *y = mlrt_sum(b, mlrt_scope_keep(b, s), NULL, 0, false);
    cr_assert(mlrt_backward(y, MLRT_NONE, 0) == 0, "%s", mlrt_errmsg(b));
    mlrt_optim *o = mlrt_optim_new(b, "sgd", &s, 1, NULL);
    cr_assert(o);
    cr_expect(mlrt_optim_step(o) == MLRT_ESTATE);
    cr_expect(strstr(mlrt_errmsg(b), "step: the tensor's memory"));
    mlrt_optim_free(o);
    mlrt_tensor *g = mlrt_grad(s);
    cr_expect(at(g, 5) == 1);
    drop(g, y, s, w);
    close_clean(a);
    close_clean(b);
}

Test(share, batch_norm_trains_no_shared_buffers) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *mean = mlrt_zeros(a, (int64_t[]){100}, 1, MLRT_F32);
    mlrt_tensor *var = mlrt_ones(a, (int64_t[]){100}, 1, MLRT_F32);
    mlrt_tensor *x = make(b, MLRT_F32, 2, wide);
    mlrt_tensor *ms = mlrt_share(b, mean), *vs = mlrt_share(b, var);
    mlrt_tensor *y = GET(b, "batch_norm", T(x), T(ms), T(vs), N, N, I(0));
    REFUSES(b, "batch_norm: the tensor's memory is shared", "batch_norm", T(x),
            T(ms), T(vs), N, N, I(1));
    drop(mean, var, x, ms);
    drop(vs, y, NULL, NULL);
    close_clean(a);
    close_clean(b);
}

/* A view is shared as it is; one that is stale is refused, as is nothing. */
Test(share, takes_views_but_no_stale_ones) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *t = make(a, MLRT_F32, 2, wide);
    mlrt_tensor *v = mlrt_t(a, t), *s = mlrt_share(b, v);
    cr_expect(mlrt_shape(s)[0] == 100 && mlrt_strides(s)[0] == 1);
    cr_expect(!mlrt_share(b, NULL));
    cr_expect(!mlrt_share(b, MLRT_NONE) && mlrt_errcode(b) == MLRT_EARG);
    mlrt_tensor *again = mlrt_share(a, s); /* back again */
    cr_expect(mlrt_context(again) == a);
    drop(t, v, s, again);
    cr_expect(live(a) == 0);
    close_clean(a);
    close_clean(b);
}

/* Owners that are closed first, tensors that outlive their context. */
Test(share, outlives_its_context) {
    mlrt *a = open_with(NULL, 4), *b = open_with(NULL, 1);
    mlrt_tensor *t = make(a, MLRT_F32, 2, wide), *s = mlrt_share(b, t);
    float value[6400];
    mlrt_close(a);
    cr_expect(!mlrt_neg(a, t) && mlrt_errcode(a) == MLRT_ESTATE);
    cr_expect(mlrt_read(t, value, sizeof value) == 0);
    mlrt_release(t);
    mlrt_tensor *y = mlrt_neg(b, s);
    cr_expect(at(y, 17) == -(double)value[17]);
    drop(y, s, NULL, NULL); /* here a's memory goes */
    close_clean(b);
}

static int released;
static void count_release(void *ud, void *data) {
    cr_expect(ud == &released && data != NULL);
    released++;
}

/* Borrowed memory is given back by its owner, when it next looks. */
Test(share, gives_borrowed_memory_back) {
    static float values[4] = {1, 2, 3, 4};
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *t = mlrt_borrow(a, MLRT_F32, 1, (int64_t[]){4}, values,
                                 count_release, &released);
    mlrt_tensor *s = mlrt_share(b, t);
    mlrt_release(t);
    cr_expect(released == 0 && at(s, 2) == 3);
    mlrt_release(s);
    cr_expect(live(a) == 0 && released == 1);
    close_clean(a);
    close_clean(b);
}

/* Threads that read one model, let it go last, and need no lock. */
typedef struct reader {
    pthread_t thread;
    mlrt *m;
    mlrt_tensor *w;
    double sum;
} reader;

static void *read_model(void *arg) {
    reader *r = arg;
    for (int i = 0; i < 200; i++) {
        mlrt_tensor *turned = mlrt_t(r->m, r->w);
        mlrt_tensor *y = mlrt_matmul(r->m, r->w, turned);
        r->sum += y ? at(y, i) : 0;
        drop(turned, y, NULL, NULL);
    }
    mlrt_release(r->w);
    return NULL;
}

Test(share, four_threads_read_one_model) {
    mlrt *a = open_with(NULL, 1);
    mlrt_tensor *w = make(a, MLRT_F32, 2, wide);
    reader r[4];
    for (int i = 0; i < 4; i++) {
        r[i] = (reader){.m = open_with(NULL, 1)};
        r[i].w = mlrt_share(r[i].m, w);
        cr_assert(r[i].w);
    }
    mlrt_release(w);
    for (int i = 0; i < 4; i++)
        cr_assert(!pthread_create(&r[i].thread, NULL, read_model, &r[i]));
    for (int i = 0; i < 4; i++) {
        pthread_join(r[i].thread, NULL);
        cr_expect(r[i].sum == r[0].sum && r[i].sum != 0);
        mlrt_close(r[i].m);
    }
    cr_expect(live(a) == 0);
    close_clean(a);
}

/* ---- Giving ----------------------------------------------------------- */

Test(give, moves_large_memory) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *t = make(a, MLRT_F32, 2, wide);
    const void *where = mlrt_data_const(t);
    double value = at(t, 7);
    cr_assert(mlrt_set_requires_grad(t, true) == 0);
    mlrt_tensor *y = mlrt_give(b, t);
    cr_assert(y, "%s", mlrt_errmsg(b));
    cr_expect(at(y, 7) == value && mlrt_requires_grad(y));
#ifndef MLRT_NO_CACHE /* without the cache no size is worth moving */
    cr_expect(mlrt_data_const(y) == where);
#endif
    cr_expect(where && live(a) == 0 && live(b) == mlrt_nbytes(y));
    cr_expect(mlrt_data(y) != NULL);
    mlrt_release(y);
    cr_expect(live(b) == 0);
    close_clean(a);
    close_clean(b);
}

static void *plain_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
    (void)ud, (void)osize;
    if (nsize)
        return realloc(ptr, nsize);
    free(ptr);
    return NULL;
}

Test(give, copies_what_it_cannot_move) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.alloc = plain_alloc;
    config.threads = 1;
    mlrt *a = mlrt_open(&config, NULL), *b = open_with(NULL, 1);
    mlrt_tensor *large = make(a, MLRT_F32, 2, wide);
    mlrt_tensor *small = make(a, MLRT_F32, 1, wide);
    mlrt_tensor *turned = mlrt_t(a, large);
    double value = at(small, 3);
    mlrt_release(large); /* the view is the only handle left */
    mlrt_tensor *x = mlrt_give(b, small), *y = mlrt_give(b, turned);
    cr_assert(x && y, "%s", mlrt_errmsg(b));
    cr_expect(at(x, 3) == value && mlrt_shape(y)[0] == 100);
    cr_expect(!mlrt_is_contiguous(y) && live(a) == 0);
    drop(x, y, NULL, NULL);
    close_clean(a);
    close_clean(b);
}

Test(give, takes_only_what_nobody_else_has) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *t = make(a, MLRT_F32, 2, wide), *v = mlrt_t(a, t);
    cr_expect(!mlrt_give(b, t) && mlrt_errcode(b) == MLRT_ESTATE);
    cr_expect(strstr(mlrt_errmsg(b), "give: others refer to it"));
    mlrt_release(v);
    cr_assert(mlrt_set_requires_grad(t, true) == 0);
    mlrt_tensor *y = mlrt_neg(a, t);
    mlrt_release(t);
    cr_expect(!mlrt_give(b, y));
    cr_expect(strstr(mlrt_errmsg(b), "a history"));
    mlrt_release(y);
    t = make(a, MLRT_F32, 2, wide);
    mlrt_release(mlrt_share(b, t));
    cr_expect(!mlrt_give(b, t));
    mlrt_release(t);
    close_clean(a);
    close_clean(b);
}

/* A scope of the giver lets go of it, one of the receiver adopts it. */
Test(give, knows_of_scopes) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    cr_assert(mlrt_scope_begin(a) == 0 && mlrt_scope_begin(b) == 0);
    mlrt_tensor *y = mlrt_give(b, make(a, MLRT_F32, 2, wide));
    cr_assert(y);
    mlrt_scope_end(a);
    cr_expect(at(y, 0) == at(y, 0));
    mlrt_scope_end(b);
    close_clean(a);
    close_clean(b);
}
