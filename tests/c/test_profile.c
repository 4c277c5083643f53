/* test_profile.c: what a profile counts, and that it never harms what it
 * looks at. */
#include <stdio.h>

#include "call.h"

typedef struct source {
    const char *file;
    int line;
} source;

static int where(void *ud, char *file, size_t size) {
    const source *s = ud;
    snprintf(file, size, "%s", s->file);
    return s->line;
}

static mlrt_profile *begin(mlrt *m, source *s, size_t events) {
    mlrt_profile_options o;
    mlrt_profile_options_init(&o);
    o.where = s ? where : NULL;
    o.ud = s;
    o.max_events = events;
    mlrt_profile *p = mlrt_profile_start(m, &o);
    cr_assert(p, "%s", mlrt_errmsg(m));
    return p;
}

/* The row of this name, line and walk; fails when there is none. */
static mlrt_profile_row find(const mlrt_profile *p, const char *name, int line,
                             bool backward) {
    mlrt_profile_row r;
    for (int i = 0; mlrt_profile_get(p, i, &r); i++)
        if (strcmp(r.name, name) == 0 && r.line == line &&
            r.backward == backward)
            return r;
    cr_assert_fail("no row %s of line %d", name, line);
    return r;
}

Test(profile, counts_calls_lines_flops_and_bytes) {
    mlrt *m = open_with(NULL, 1);
    source s = {"a.lua", 3};
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){8, 16});
    mlrt_tensor *b = make(m, MLRT_F32, 2, (int64_t[]){16, 4});
    mlrt_profile *p = begin(m, &s, 0);
    for (int i = 0; i < 3; i++)
        mlrt_release(GET(m, "matmul", T(a), T(b)));
    s.line = 4;
    mlrt_release(GET(m, "matmul", T(a), T(b)));
    mlrt_release(GET(m, "transpose", T(a), I(0), I(1)));
    mlrt_profile_stop(p);
    mlrt_release(GET(m, "matmul", T(a), T(b))); /* not seen any more */
    mlrt_profile_row r = find(p, "matmul", 3, false);
    cr_assert(r.calls == 3 && strcmp(r.file, "a.lua") == 0);
    cr_assert(r.flops == 3 * 2. * 8 * 16 * 4 && r.dtype == MLRT_F32);
    cr_assert(r.bytes == 3 * 4. * (8 * 16 + 16 * 4 + 8 * 4));
    cr_assert(r.seconds > 0 && r.total >= r.seconds);
    cr_assert(r.total <= mlrt_profile_seconds(p));
    cr_assert(find(p, "matmul", 4, false).calls == 1);
    cr_assert(find(p, "transpose", 4, false).bytes == 0);
    cr_assert(mlrt_profile_count(p) == 3 && mlrt_profile_events(p) == 0);
    cr_assert(mlrt_profile_lost(p) == 5);
    mlrt_profile_free(p);
    drop(a, b, NULL, NULL);
    close_clean(m);
}

/* trace is made of others: its own time is without theirs, and flops and
 * bytes are counted once, by those. */
Test(profile, what_is_made_of_others_has_the_rest_of_the_time) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = make(m, MLRT_F64, 2, (int64_t[]){50, 50});
    double before = mlrt_flops(m), flops = 0, own = 0;
    mlrt_profile *p = begin(m, NULL, 100);
    mlrt_release(GET(m, "trace", T(a)));
    mlrt_profile_stop(p);
    mlrt_profile_row outer = find(p, "trace", 0, false), r;
    for (int i = 0; mlrt_profile_get(p, i, &r); i++) {
        flops += r.flops;
        own += r.seconds;
    }
    cr_assert(mlrt_profile_count(p) > 1 && outer.bytes == 0);
    cr_assert(outer.seconds < outer.total);
    cr_assert(fabs(own - outer.total) < 1e-9 * mlrt_profile_count(p));
    cr_assert(flops == mlrt_flops(m) - before && outer.flops == 0);
    /* Inner ones end first; all lie within the outer one. */
    int last = mlrt_profile_events(p) - 1;
    cr_assert(mlrt_profile_event(p, last, &outer));
    cr_assert(strcmp(outer.name, "trace") == 0 && outer.calls == 1);
    for (int i = 0; i < last; i++) {
        cr_assert(mlrt_profile_event(p, i, &r) && r.start >= outer.start);
        cr_assert(r.start + r.total <= outer.start + outer.total + 1e-9);
    }
    cr_assert(!mlrt_profile_event(p, last + 1, &r));
    mlrt_profile_free(p);
    mlrt_release(a);
    close_clean(m);
}

/* x leads to y at line 7, so the walk's operations belong to line 7. */
Test(profile, the_walk_belongs_to_the_forward_line) {
    mlrt *m = open_with(NULL, 1);
    source s = {"b.lua", 7};
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){5, 5});
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    mlrt_tensor *early = GET(m, "exp", T(x));
    mlrt_profile *p = begin(m, &s, 0);
    mlrt_tensor *y = GET(m, "tanh", T(early));
    s.line = 8;
    mlrt_tensor *z = GET(m, "sum", T(y));
    s.line = 9;
    cr_assert(mlrt_backward(z, MLRT_NONE, 0) == 0);
    mlrt_profile_stop(p);
    mlrt_profile_row r;
    int lines[3] = {0};
    for (int i = 0; mlrt_profile_get(p, i, &r); i++) {
        cr_assert(r.line != 9 && r.backward == (i > 1), "%s", r.name);
        if (r.backward)
            lines[r.line ? r.line - 6 : 0]++;
    }
    /* Of exp, recorded before the start, the line is not known. */
    cr_assert(lines[0] > 0 && lines[1] > 0);
    mlrt_profile_free(p);
    drop(early, y, z, x);
    close_clean(m);
}

/* A node's site of one profile means nothing to the next. */
Test(profile, sites_of_an_earlier_profile_are_unknown) {
    mlrt *m = open_with(NULL, 1);
    source s = {"c.lua", 1};
    mlrt_tensor *x = make(m, MLRT_F32, 1, (int64_t[]){4});
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    mlrt_profile *p = begin(m, &s, 0);
    mlrt_tensor *y = GET(m, "exp", T(x));
    mlrt_profile_free(p);
    s.line = 2;
    p = begin(m, &s, 0);
    mlrt_tensor *z = GET(m, "sum", T(y));
    cr_assert(mlrt_backward(z, MLRT_NONE, 0) == 0);
    mlrt_profile_row r;
    bool unknown = false;
    for (int i = 0; mlrt_profile_get(p, i, &r); i++) {
        cr_assert(r.line == 0 || r.line == 2);
        unknown = unknown || (r.backward && r.line == 0);
    }
    cr_assert(unknown);
    mlrt_profile_free(p);
    drop(x, y, z, NULL);
    close_clean(m);
}

Test(profile, steps_of_optimizers_are_seen) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_F32, 1, (int64_t[]){100});
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    mlrt_optim *o = mlrt_optim_new(m, "adam", &x, 1, NULL);
    mlrt_tensor *g = make(m, MLRT_F32, 1, (int64_t[]){100});
    cr_assert(o && mlrt_set_grad(x, g) == 0);
    mlrt_profile *p = begin(m, NULL, 10);
    cr_assert(mlrt_optim_step(o) == 0);
    mlrt_profile_row r = find(p, "adam", 0, false);
    cr_assert(r.calls == 1 && r.bytes == 100 * 4. * (3 + 2 * 2));
    mlrt_profile_free(p);
    mlrt_optim_free(o);
    drop(x, g, NULL, NULL);
    close_clean(m);
}

Test(profile, a_failure_passes_through) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){2, 3});
    mlrt_profile *p = begin(m, NULL, 10);
    REFUSES(m, "matmul: ", "matmul", T(a), T(a));
    cr_assert(!mlrt_profile_start(m, NULL));
    cr_assert(strcmp(mlrt_errmsg(m), "profile: one runs already") == 0);
    mlrt_profile_row r;
    cr_assert(find(p, "matmul", 0, false).bytes == 0);
    cr_assert(!mlrt_profile_get(p, -1, &r) && !mlrt_profile_get(p, 1, &r));
    mlrt_profile_free(p);
    mlrt_release(a);
    close_clean(m);
}

/* A profile may outlive its context, and be stopped by its end. */
Test(profile, outlives_the_context) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = make(m, MLRT_F32, 1, (int64_t[]){3});
    mlrt_profile *p = begin(m, NULL, 10);
    mlrt_release(GET(m, "exp", T(a)));
    mlrt_release(a);
    mlrt_close(m);
    cr_assert(find(p, "exp", 0, false).calls == 1);
    mlrt_profile_free(p);
}

/* Lines beyond the first tables, all found again. */
Test(profile, many_lines) {
    mlrt *m = open_with(NULL, 1);
    source s = {"long.lua", 0};
    mlrt_tensor *a = make(m, MLRT_F32, 1, (int64_t[]){3});
    mlrt_profile *p = begin(m, &s, 50);
    for (int i = 0; i < 2000; i++) {
        s.line = 1 + i % 1000;
        mlrt_release(GET(m, i % 2 ? "exp" : "tanh", T(a)));
    }
    cr_assert(mlrt_profile_count(p) == 1000);
    cr_assert(find(p, "tanh", 1, false).calls == 2);
    cr_assert(find(p, "exp", 1000, false).calls == 2);
    cr_assert(mlrt_profile_events(p) == 50 && mlrt_profile_lost(p) == 1950);
    mlrt_profile_free(p);
    mlrt_release(a);
    close_clean(m);
}
