/* test_owned.c: what the host hands over and gets back: its functions,
 * checkpoints, optimizers and profiles. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "says.h"

/* ---- Functions of the host's ------------------------------------------ */

typedef struct host {
    mlrt_tensor *give[2];
    int dropped, err;
} host;

static int give_back(void *ud, mlrt *m, mlrt_tensor *const *gouts,
                     mlrt_tensor *const *saved, mlrt_tensor **gins) {
    host *h = ud;
    (void)gouts, (void)saved;
    if (h->err)
        return mlrt_fail(m, h->err, "the host's own");
    for (int i = 0; i < 2; i++)
        gins[i] = mlrt_retain(h->give[i]);
    return 0;
}

static void count_drop(void *ud) {
    ((host *)ud)->dropped++;
}

static int custom(mlrt *m, mlrt_tensor *const *ins, mlrt_tensor *const *outs,
                  mlrt_tensor *const *saved, int nsaved, host *h) {
    return mlrt_custom(m, "own", ins, 2, outs, 1, saved, nsaved, give_back,
                       count_drop, h);
}

Test(custom, gradients_are_checked) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4), *w = leaf(m, 4), *three = vector(m, 3);
    mlrt_tensor *foreign = vector(other, 4), *ones = vector(m, 4);
    mlrt_tensor *index = mlrt_zeros(m, (int64_t[]){4}, 1, MLRT_INDEX);
    mlrt_tensor *f64 = make(m, MLRT_F64, 1, (int64_t[]){4});
    mlrt_tensor *ins[] = {x, w};
    struct {
        mlrt_tensor *g;
        int err;
        const char *text;
    } cases[] = {
        {ones, 0, ""},
        {MLRT_NONE, 0, ""},
        {NULL, 0, ""},
        {f64, 0, ""},
        {three, MLRT_ESHAPE,
         "own: the gradient of input 2 should be f32 (4), "
         "backward gave f32 (3)"},
        {index, MLRT_ESHAPE,
         "own: the gradient of input 2 should be f32 (4), "
         "backward gave index (4)"},
        {foreign, MLRT_EARG, "own: gradient 2 belongs to another context"},
        {NULL, MLRT_ENUMERIC, "the host's own"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        host h = {.give = {ones, cases[i].g}};
        mlrt_tensor *y = vector(m, 4);
        cr_assert(custom(m, ins, &y, NULL, 0, &h) == 0, "%s", mlrt_errmsg(m));
        h.err = cases[i].err == MLRT_ENUMERIC ? MLRT_ENUMERIC : 0;
        int err = mlrt_backward(y, ones, 0);
        cr_expect(err == cases[i].err, "%zu: %d", i, err);
        if (err)
            SAYS(m, err, cases[i].text);
        mlrt_tensor *g = mlrt_grad(w);
        cr_expect((g != MLRT_NONE) == (!err && i % 3 == 0), "%zu", i);
        drop(y, g, NULL, NULL);
        cr_expect(h.dropped == 1, "%zu: %d", i, h.dropped);
        cr_expect(mlrt_set_grad(w, MLRT_NONE) == 0);
        cr_expect(mlrt_set_grad(x, MLRT_NONE) == 0);
    }
    drop(x, w, three, foreign);
    drop(ones, index, f64, NULL);
    close_clean(m);
    close_clean(other);
}

Test(custom, what_is_recorded_is_checked) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4), *w = vector(m, 4), *y = vector(m, 4);
    mlrt_tensor *z = mlrt_exp(m, x), *foreign = vector(other, 4);
    mlrt_tensor *ins[] = {x, w}, *bad[] = {x, foreign}, *none[] = {x, NULL};
    mlrt_tensor *absent[] = {MLRT_NONE, w}, *twice[] = {y, y};
    host h = {.err = 0};
    const char *here = "own: a tensor of this context expected";
    const char *output = "own: output 1 is an input, is recorded or comes "
                         "twice; give a detached handle";
    cr_expect(custom(m, bad, &y, NULL, 0, &h) == MLRT_EARG);
    SAYS(m, MLRT_EARG, here);
    cr_expect(custom(m, absent, &y, NULL, 0, &h) == MLRT_EARG);
    cr_expect(custom(m, none, &y, NULL, 0, &h) == MLRT_EARG);
    cr_expect(custom(m, ins, &foreign, NULL, 0, &h) == MLRT_EARG);
    cr_expect(custom(m, ins, &y, &foreign, 1, &h) == MLRT_EARG);
    cr_expect(custom(m, ins, &x, NULL, 0, &h) == MLRT_EARG);
    SAYS(m, MLRT_EARG, output);
    cr_expect(custom(m, ins, &z, NULL, 0, &h) == MLRT_EARG);
    SAYS(m, MLRT_EARG, output);
    cr_expect(mlrt_custom(m, "own", ins, 2, twice, 2, NULL, 0, give_back,
                          count_drop, &h) == MLRT_EARG);
    SAYS(m, MLRT_EARG,
         "own: output 2 is an input, is recorded or comes "
         "twice; give a detached handle");
    cr_expect(h.dropped == 8, "%d", h.dropped);
    /* Nothing to record is no failure. */
    mlrt_tensor *plain[] = {w, w};
    cr_expect(custom(m, plain, &y, NULL, 0, &h) == 0 && h.dropped == 9);
    cr_expect(!mlrt_requires_grad(y));
    mlrt_set_grad_mode(m, false);
    cr_expect(custom(m, ins, &y, NULL, 0, &h) == 0 && h.dropped == 10);
    mlrt_set_grad_mode(m, true);
    cr_expect(custom(m, ins, &y, NULL, 0, &h) == 0 && h.dropped == 10);
    cr_expect(mlrt_requires_grad(y));
    drop(x, w, y, z);
    mlrt_release(foreign);
    cr_expect(h.dropped == 11);
    close_clean(m);
    close_clean(other);
}

static int again(void *ud, mlrt *m, mlrt_tensor *const *ins) {
    (void)ud;
    mlrt_tensor *e = mlrt_exp(m, ins[0]), *y = mlrt_mul(m, e, e);
    drop(e, y, NULL, NULL);
    return y ? 0 : mlrt_errcode(m);
}

Test(checkpoint, takes_tensors_of_its_context) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4), *y = vector(other, 4);
    mlrt_tensor *foreign[] = {x, y}, *none[] = {x, MLRT_NONE};
    mlrt_tensor *failed[] = {x, NULL};
    host h = {.err = 0};
    cr_expect(!mlrt_checkpoint_begin(m, foreign, 2, again, count_drop, &h));
    SAYS(m, MLRT_EARG, "checkpoint: tensors of this context expected");
    cr_expect(!mlrt_checkpoint_begin(m, none, 2, again, count_drop, &h));
    cr_expect(!mlrt_checkpoint_begin(m, failed, 2, again, count_drop, &h));
    cr_expect(h.dropped == 3);
    mlrt_checkpoint_end(NULL);
    drop(x, y, NULL, NULL);
    close_clean(m);
    close_clean(other);
}

/* The end of an outer one ends those inside it, whose own ends come late. */
Test(checkpoint, ends_in_any_order) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4);
    host h = {.err = 0};
    mlrt_checkpoint *a = mlrt_checkpoint_begin(m, &x, 1, again, count_drop, &h);
    mlrt_checkpoint *b = mlrt_checkpoint_begin(m, &x, 1, again, count_drop, &h);
    mlrt_checkpoint *c = mlrt_checkpoint_begin(m, &x, 1, again, count_drop, &h);
    mlrt_checkpoint_end(a);
    mlrt_checkpoint_end(b);
    mlrt_checkpoint_end(c);
    cr_expect(h.dropped == 3, "%d", h.dropped);
    mlrt_tensor *e = mlrt_exp(m, x), *y = mlrt_sum(m, e, NULL, 0, false);
    cr_expect(mlrt_backward(y, MLRT_NONE, 0) == 0, "%s", mlrt_errmsg(m));
    mlrt_tensor *g = mlrt_grad(x);
    cr_expect(at(g, 3) == at(e, 3));
    drop(x, e, y, g);
    close_clean(m);
}

/* ---- Optimizers ------------------------------------------------------- */

Test(optim, what_it_is_made_of_is_checked) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4), *foreign = leaf(other, 4),
                *plain = vector(m, 4);
    mlrt_tensor *y = mlrt_exp(m, x), *none = MLRT_NONE, *failed = NULL;
    mlrt_tensor *index = mlrt_zeros(m, NULL, 0, MLRT_INDEX);
    mlrt_tensor *twice[] = {x, x};
    mlrt_optim_options o;
    const struct {
        mlrt_tensor **p;
        int n;
        const char *text;
    } cases[] = {
        {&foreign, 1, "parameter 1 is no tensor of this context"},
        {&none, 1, "parameter 1 is no tensor of this context"},
        {&index, 1, "parameter 1 is not f32 or f64"},
        {&y, 1, "parameter 1 is not a leaf"},
        {&plain, 1, "parameter 1 does not require grad"},
        {twice, 2, "parameter 2 is in the list twice"},
        {&x, 0, "no parameters were given"},
        {&x, -1, "no parameters were given"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[120];
        snprintf(text, sizeof text, "optimizer: %s", cases[i].text);
        cr_expect(!mlrt_optim_new(m, "sgd", cases[i].p, cases[i].n, NULL));
        SAYS(m, MLRT_EARG, text);
    }
    cr_expect(!mlrt_optim_new(m, "sgd", &failed, 1, NULL));
    cr_expect(!mlrt_optim_new(m, "adamax", &x, 1, NULL));
    SAYS(m, MLRT_EARG,
         "optimizer: no kind 'adamax'; there are sgd, adam, "
         "adamw, rmsprop and adagrad");
    cr_expect(mlrt_optim_options_init(m, "sg", &o) == MLRT_EARG);
    drop(x, foreign, plain, y);
    mlrt_release(index);
    close_clean(m);
    close_clean(other);
}

Test(optim, defaults_of_every_kind) {
    mlrt *m = open_with(NULL, 1);
    const struct {
        const char *name;
        double lr, beta1, beta2, eps, decay, alpha;
        int slots;
    } kinds[] = {{"sgd", 1e-3, 0, 0, 0, 0, 0, 1},
                 {"adam", 1e-3, 0.9, 0.999, 1e-8, 0, 0, 3},
                 {"adamw", 1e-3, 0.9, 0.999, 1e-8, 1e-2, 0, 3},
                 {"rmsprop", 1e-2, 0, 0, 1e-8, 0, 0.99, 3},
                 {"adagrad", 1e-2, 0, 0, 1e-10, 0, 0, 1}};
    for (int i = 0; i < 5; i++) {
        mlrt_optim_options o;
        mlrt_tensor *x = leaf(m, 4);
        cr_assert(mlrt_optim_options_init(m, kinds[i].name, &o) == 0);
        cr_expect(o.lr == kinds[i].lr && o.beta1 == kinds[i].beta1);
        cr_expect(o.beta2 == kinds[i].beta2 && o.eps == kinds[i].eps);
        cr_expect(o.weight_decay == kinds[i].decay);
        cr_expect(o.alpha == (kinds[i].alpha) && o.size == sizeof o);
        mlrt_optim *p = mlrt_optim_new(m, kinds[i].name, &x, 1, &o);
        cr_expect(mlrt_optim_slots(p) == kinds[i].slots);
        cr_expect(mlrt_optim_options_of(p)->lr == o.lr);
        mlrt_optim_free(p);
        mlrt_release(x);
    }
    close_clean(m);
}

Test(optim, places_of_its_state) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4), *three = vector(m, 3), *good = vector(m, 4);
    mlrt_tensor *foreign = vector(other, 4), *none = MLRT_NONE, *failed = NULL;
    mlrt_optim *o = mlrt_optim_new(m, "sgd", &x, 1, NULL);
    cr_expect(!mlrt_optim_slot(o, 1, 0));
    SAYS(m, MLRT_EINDEX, "optim_slot: no parameter 2 or no slot 0");
    cr_expect(!mlrt_optim_slot(o, 0, 3));
    SAYS(m, MLRT_EINDEX, "optim_slot: no parameter 1 or no slot 3");
    cr_expect(!mlrt_optim_slot(o, -1, 0) && !mlrt_optim_slot(o, 0, -1));
    cr_expect(!mlrt_optim_slot(NULL, 0, 0));
    cr_expect(mlrt_optim_slot(o, 0, 2) == MLRT_NONE);
    cr_expect(mlrt_optim_restore(o, 1, 0, &none) == MLRT_EINDEX);
    SAYS(m, MLRT_EINDEX, "load_state: no parameter 2 or no slot 0");
    cr_expect(mlrt_optim_restore(o, 0, -1, &none) == MLRT_EARG);
    SAYS(m, MLRT_EARG, "load_state: -1 steps");
    cr_expect(mlrt_optim_restore(o, 0, 1, &three) == MLRT_ESHAPE);
    SAYS(m, MLRT_ESHAPE,
         "load_state: momentum_buffer of parameter 1 should be "
         "f32 (4), got f32 (3)");
    cr_expect(mlrt_optim_restore(o, 0, 1, &foreign) == MLRT_ESHAPE);
    cr_expect(mlrt_optim_restore(o, 0, 1, &failed) != 0);
    cr_expect(mlrt_optim_restore(NULL, 0, 1, &none) == MLRT_EARG);
    cr_expect(mlrt_optim_steps(o, 0) == 0);
    cr_expect(mlrt_optim_slot(o, 0, 0) == MLRT_NONE);
    cr_expect(mlrt_optim_restore(o, 0, 0, &none) == 0);
    cr_expect(mlrt_optim_restore(o, 0, 7, &good) == 0);
    mlrt_tensor *slot = mlrt_optim_slot(o, 0, 0);
    cr_expect(slot != good && at(slot, 3) == at(good, 3));
    cr_expect(mlrt_optim_steps(o, 0) == 7 && mlrt_optim_steps(o, 1) == 0);
    cr_expect(mlrt_optim_steps(o, -1) == 0 && mlrt_optim_steps(NULL, 0) == 0);
    cr_expect_str_eq(mlrt_optim_slot_name(o, 0), "momentum_buffer");
    cr_expect(!mlrt_optim_slot_name(o, 1) && !mlrt_optim_slot_name(o, -1));
    cr_expect(!mlrt_optim_slot_name(o, 3) && !mlrt_optim_slot_name(NULL, 0));
    cr_expect(mlrt_optim_count(o) == 1 && mlrt_optim_count(NULL) == 0);
    cr_expect(mlrt_optim_step(NULL) == MLRT_EARG);
    cr_expect(mlrt_optim_zero_grad(NULL) == MLRT_EARG);
    cr_expect(!mlrt_optim_options_of(NULL) && mlrt_optim_slots(NULL) == 0);
    mlrt_optim_free(o);
    mlrt_optim_free(NULL);
    drop(x, three, good, foreign);
    mlrt_release(slot);
    close_clean(m);
    close_clean(other);
}

/* Two of one kind and size change places; others stay as they are. */
Test(optim, exchange_wants_two_alike) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x[] = {leaf(m, 4), leaf(m, 4)}, *y = leaf(other, 4);
    mlrt_optim *a = mlrt_optim_new(m, "sgd", x, 1, NULL);
    mlrt_optim *two = mlrt_optim_new(m, "sgd", x, 2, NULL);
    mlrt_optim *adam = mlrt_optim_new(m, "adam", x, 1, NULL);
    mlrt_optim *far = mlrt_optim_new(other, "sgd", &y, 1, NULL);
    mlrt_optim *like = mlrt_optim_like(a);
    mlrt_tensor *none = MLRT_NONE;
    cr_assert(mlrt_optim_restore(a, 0, 5, &none) == 0);
    mlrt_optim *wrong[] = {two, adam, far, NULL};
    for (int i = 0; i < 4; i++) {
        mlrt_optim_exchange(a, wrong[i]);
        mlrt_optim_exchange(wrong[i], a);
        cr_expect(mlrt_optim_steps(a, 0) == 5 && mlrt_optim_count(a) == 1);
        cr_expect(mlrt_optim_steps(wrong[i], 0) == 0);
    }
    mlrt_optim_options_of(like)->lr = 3;
    mlrt_optim_exchange(a, like);
    cr_expect(mlrt_optim_steps(a, 0) == 0 && mlrt_optim_steps(like, 0) == 5);
    cr_expect(mlrt_optim_options_of(a)->lr == 3);
    cr_expect(mlrt_optim_options_of(like)->lr == 1e-3);
    cr_expect(!mlrt_optim_like(NULL));
    mlrt_optim_free(a);
    mlrt_optim_free(two);
    mlrt_optim_free(adam);
    mlrt_optim_free(far);
    mlrt_optim_free(like);
    drop(x[0], x[1], y, NULL);
    close_clean(m);
    close_clean(other);
}

/* ---- Profiles --------------------------------------------------------- */

static bool stop_it(void *ud, double flops) {
    mlrt_profile **p = ud;
    (void)flops;
    mlrt_profile_stop(*p);
    return true;
}

Test(profile, stopped_within_an_operation) {
    mlrt_config config;
    mlrt_profile *p = NULL;
    mlrt_config_init(&config);
    config.progress = stop_it;
    config.progress_ud = &p;
    config.progress_flops = 10;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    mlrt_tensor *x = vector(m, 8);
    p = mlrt_profile_start(m, NULL);
    mlrt_tensor *y = mlrt_exp(m, x), *z = mlrt_exp(m, x), *w = mlrt_exp(m, x);
    cr_expect(mlrt_profile_count(p) == 1);
    mlrt_profile_row r;
    cr_expect(mlrt_profile_get(p, 0, &r) && r.calls == 1);
    double seconds = mlrt_profile_seconds(p);
    cr_expect(mlrt_profile_seconds(p) == seconds);
    cr_expect(seconds > 0 && seconds < 60);
    mlrt_profile_free(p);
    drop(x, y, z, w);
    close_clean(m);
}

Test(profile, counts_lists_and_repeated_elements) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = vector(m, 6), *y = vector(m, 4), *both[] = {x, y};
    mlrt_tensor *one = make(m, MLRT_F32, 2, (int64_t[]){5, 1});
    mlrt_tensor *wide = GET(m, "expand", T(one), INTS(5, 8));
    mlrt_profile_options o;
    mlrt_profile_options_init(&o);
    o.max_events = SIZE_MAX;
    mlrt_profile *p = mlrt_profile_start(m, &o);
    mlrt_tensor *a = GET(m, "cat", list_of(2, both), N);
    mlrt_tensor *b = GET(m, "exp", T(wide));
    mlrt_profile_row r;
    cr_expect(mlrt_profile_get(p, 0, &r) && r.bytes == 4 * (6 + 4 + 10));
    cr_expect(mlrt_profile_get(p, 1, &r) && r.bytes == 4 * (5 + 40));
    cr_expect(mlrt_profile_events(p) == 2 && mlrt_profile_lost(p) == 0);
    cr_expect(mlrt_profile_event(p, 1, &r) && strcmp(r.name, "exp") == 0);
    cr_expect(r.total == r.seconds && r.start > 0 && r.flops == 40);
    cr_expect(r.total > 0 && r.start + r.total < 10);
    cr_expect(!mlrt_profile_event(p, -1, &r) && !mlrt_profile_event(p, 2, &r));
    mlrt_profile_free(p);
    drop(x, y, one, wide);
    drop(a, b, NULL, NULL);
    close_clean(m);
}

/* Outputs of a call that fails count for nothing. */
Test(profile, a_call_that_fails_late_moves_nothing) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = mlrt_zeros(m, (int64_t[]){3, 3}, 2, MLRT_F64), *y[4];
    mlrt_profile *p = mlrt_profile_start(m, NULL);
    cr_expect(mlrt_profile_seconds(p) < 60);
    cr_expect(RUN(m, "inv", y, T(x)) == MLRT_ENUMERIC);
    mlrt_profile_row r;
    cr_expect(mlrt_profile_count(p) == 1 && mlrt_profile_get(p, 0, &r));
    cr_expect_str_eq(r.name, "inv");
    cr_expect(r.bytes == 0 && r.dtype == MLRT_DTYPE_NONE && r.calls == 1);
    cr_expect(r.flops == 0 && !r.backward && r.line == 0);
    cr_expect_str_eq(r.file, "");
    mlrt_profile_free(p);
    mlrt_release(x);
    close_clean(m);
}

/* ---- Scopes ----------------------------------------------------------- */

/* What a call copies for itself is of no scope, and what it was given stays
 * of the scope that it was of. */
Test(scope, is_left_alone_by_calls) {
    mlrt *m = open_with(NULL, 1);
    char path[] = "/tmp/mlrt-scope-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    for (int turned = 0; turned < 2; turned++) {
        cr_assert(mlrt_scope_begin(m) == 0);
        mlrt_tensor *t = make(m, MLRT_F32, 2, (int64_t[]){5, 7});
        if (turned)
            t = mlrt_t(m, t);
        float values[35];
        const char *name = "t";
        mlrt_memory_info before, after;
        mlrt_memory(m, &before);
        cr_expect(mlrt_write_npy(m, path, t) == 0);
        mlrt_tensor *npy = mlrt_read_npy(m, path);
        cr_expect(npy && at(npy, 1) == at(npy, 1));
        cr_expect(mlrt_save(m, path, &name, &t, 1) == 0);
        mlrt_tensor *back = NULL;
        cr_expect(mlrt_load(m, path, &name, &back, 1) == 0);
        mlrt_bundle *b = mlrt_bundle_new(m);
        cr_expect(mlrt_bundle_add(b, name, t) == 0);
        for (int compress = 0; compress < 2; compress++)
            cr_expect(mlrt_bundle_save_npz(b, path, compress) == 0);
        mlrt_bundle_free(b);
        cr_expect(mlrt_read(t, values, sizeof values) == 0);
        cr_expect(mlrt_write(t, values, sizeof values) == 0);
        cr_expect(mlrt_assign(m, &t, &npy, 1) == 0);
        mlrt_memory(m, &after);
        cr_expect(after.tensors == before.tensors + 2);
        for (int i = 0; i < 35; i++)
            cr_expect(at(npy, i) == at(back, i));
        mlrt_scope_end(m);
        mlrt_memory(m, &after);
        cr_expect(after.tensors == 0, "%zu", after.tensors);
    }
    remove(path);
    close_clean(m);
}

/* What is kept outlives its scope, once; the rest of it ends. */
Test(scope, keeps_what_it_is_told) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *kept = vector(m, 2), *out[4];
    cr_expect(mlrt_scope_keep(m, kept) == kept && !mlrt_scope_keep(m, NULL));
    cr_assert(mlrt_scope_begin(m) == 0);
    mlrt_tensor *outer = vector(m, 3);
    cr_assert(mlrt_scope_begin(m) == 0);
    mlrt_tensor *t[100];
    for (int i = 0; i < 100; i++)
        t[i] = vector(m, i + 1);
    for (int i = 0; i < 100; i += 7)
        cr_expect(mlrt_scope_keep(m, t[i]) == t[i]);
    mlrt_scope_end(m);
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    cr_expect(info.tensors == 2 + 15, "%zu", info.tensors);
    for (int i = 0; i < 100; i += 7) {
        cr_expect(mlrt_numel(t[i]) == i + 1);
        mlrt_release(t[i]);
    }
    /* An operation made of others leaves its result only. */
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){3, 3});
    cr_expect(RUN(m, "trace", out, T(a)) == 1);
    mlrt_memory(m, &info);
    cr_expect(info.tensors == 4 && mlrt_numel(outer) == 3);
    mlrt_scope_end(m);
    mlrt_memory(m, &info);
    cr_expect(info.tensors == 1);
    mlrt_release(kept);
    close_clean(m);
}

Test(share, takes_no_stale_view) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    mlrt_tensor *x = leaf(m, 4), *y = mlrt_neg(m, x);
    mlrt_tensor *v = GET(m, "reshape", T(y), INTS(2, 2));
    cr_assert(mlrt_mul_(m, y, y) != NULL);
    mlrt_release(y); /* the same handle, counted twice */
    cr_expect(!mlrt_share(other, v));
    SAYS(other, MLRT_EGRAD,
         "share: a view taken before 'mul' wrote into its tensor; take the "
         "view again");
    mlrt_tensor *s = mlrt_share(other, y);
    cr_expect(s && at(s, 0) == (double)(float)(at(x, 0) * at(x, 0)));
    drop(x, y, v, s);
    close_clean(m);
    close_clean(other);
}
