/* profile.c: what operations cost, and which lines of the host asked for it.
 *
 * A span is begun and ended around each operation.  Spans nest, so what is
 * left of an operation's time when the inner ones are taken off is its own.
 * Costs are added up per row: a name, a line (a "site", told by the host
 * when an outermost operation begins), a dtype, and whether the walk did it.
 * The walk's operations belong to the site of the forward operation, which
 * its node remembers.  Single events are kept up to a limit.
 *
 * Memory that is refused costs rows or events, never the operation.
 */
#include <stdio.h>
#include <time.h>

#include "core.h"

enum { BUCKETS = 256 };

typedef struct site {
    char file[80];
    int line;
    int first_row; /* -1: none */
    int next;      /* in its bucket, -1: the last */
} site;

typedef struct row {
    const char *name;
    int site, dtype, next; /* next row of the site */
    bool backward;
    int64_t calls, total, own; /* ns */
    double flops, bytes;
} row;

typedef struct event {
    int row;
    int64_t start, total, own;
    double flops, bytes;
} event;

struct mlrt_profile {
    mlrt *m;
    mlrt_profile_options o;
    int64_t start, end; /* ns; end 0: it runs */
    mlrt__span *span;   /* the innermost */
    int site;           /* of the outermost operation, in this table */
    int first;          /* what sites of this profile count from in nodes */
    bool backward;
    site *sites;
    row *rows;
    event *events;
    int nsites, sites_cap, nrows, rows_cap, nevents, events_cap;
    int64_t lost;
    int bucket[BUCKETS];
};

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Room in a table; a refusal leaves the context's last failure alone. */
static bool room(mlrt *m, void *table, int *cap, int n, size_t element) {
    int code = m->errcode;
    if (n < *cap)
        return true;
    if (mlrt__grow(m, table, cap, n, element) == 0)
        return true;
    m->errcode = code;
    return false;
}

/* ---- Sites ------------------------------------------------------------ */

static unsigned hash(const char *file, int line) {
    unsigned h = 2166136261u ^ (unsigned)line;
    for (; *file; file++)
        h = (h ^ (unsigned char)*file) * 16777619u;
    return (h ^ h >> 16) % BUCKETS;
}

/* The number of a line; 0, the unknown one, where memory is refused. */
static int intern(mlrt_profile *p, const char *file, int line) {
    int *bucket = &p->bucket[hash(file, line)];
    for (int i = *bucket; i >= 0; i = p->sites[i].next)
        if (p->sites[i].line == line && strcmp(p->sites[i].file, file) == 0)
            return i;
    if (!room(p->m, &p->sites, &p->sites_cap, p->nsites, sizeof *p->sites))
        return 0;
    site *s = &p->sites[p->nsites];
    snprintf(s->file, sizeof s->file, "%s", file);
    s->line = line;
    s->first_row = -1;
    s->next = *bucket;
    return *bucket = p->nsites++;
}

/* The line that asks now; inside a walk that of the forward operation, if
 * this profile saw it. */
static void find_site(mlrt_profile *p) {
    char file[sizeof p->sites->file] = "";
    int walk = p->m->walk_site, line;
    p->backward = walk != 0;
    p->site = 0;
    if (walk) {
        int i = walk - 1 - p->first;
        p->site = i > 0 && i < p->nsites ? i : 0;
        return;
    }
    line = p->o.where ? p->o.where(p->o.ud, file, sizeof file) : 0;
    if (line)
        p->site = intern(p, file, line);
}

int mlrt__profile_site(mlrt *m) {
    if (!m->profile->span)
        find_site(m->profile);
    return m->profile->first + m->profile->site;
}

/* ---- Spans ------------------------------------------------------------ */

/* The row that a span belongs to, or -1. */
static int find_row(mlrt_profile *p, const char *name, int dtype) {
    int i = p->sites[p->site].first_row;
    for (; i >= 0; i = p->rows[i].next) {
        const row *r = &p->rows[i];
        if (r->name == name && r->dtype == dtype && r->backward == p->backward)
            return i;
    }
    if (!room(p->m, &p->rows, &p->rows_cap, p->nrows, sizeof *p->rows))
        return -1;
    i = p->nrows++;
    p->rows[i] = (row){.name = name,
                       .site = p->site,
                       .dtype = dtype,
                       .next = p->sites[p->site].first_row,
                       .backward = p->backward};
    p->sites[p->site].first_row = i;
    return i;
}

static void add_event(mlrt_profile *p, const event *e) {
    bool keep = e->row >= 0 && (size_t)p->nevents < p->o.max_events;
    if (keep &&
        room(p->m, &p->events, &p->events_cap, p->nevents, sizeof *p->events))
        p->events[p->nevents++] = *e;
    else
        p->lost++;
}

static void add_up(mlrt_profile *p, const event *e) {
    if (e->row >= 0) {
        row *r = &p->rows[e->row];
        r->calls++;
        r->total += e->total;
        r->own += e->own;
        r->flops += e->flops;
        r->bytes += e->bytes;
    }
    add_event(p, e);
}

void mlrt__span_begin(mlrt *m, mlrt__span *s) {
    mlrt_profile *p = m->profile;
    *s = (mlrt__span){.profile = p, .flops = m->flops, .since = m->next_seq};
    if (!p)
        return;
    if (!p->span)
        find_site(p);
    s->outer = p->span;
    p->span = s;
    s->start = now();
}

/* A profile that was stopped meanwhile does not want to know. */
void mlrt__span_end(mlrt *m, mlrt__span *s, const char *name, int dtype,
                    double bytes) {
    mlrt_profile *p = m->profile;
    if (!p || p != s->profile)
        return;
    int64_t ns = now() - s->start;
    double flops = m->flops - s->flops;
    event e = {.start = s->start - p->start,
               .total = ns,
               .own = ns - s->inner_ns,
               .flops = flops - s->inner_flops,
               .bytes = bytes};
    p->span = s->outer;
    if (s->outer) {
        s->outer->inner_ns += ns;
        s->outer->inner_flops += flops;
    }
    e.row = find_row(p, name, dtype);
    add_up(p, &e);
}

/* ---- Operations ------------------------------------------------------- */

/* What lies in memory: a dimension of step 0 is there once. */
static double bytes_of(const mlrt_tensor *t) {
    double n = (double)mlrt__dsize(t->dtype);
    for (int d = 0; d < t->ndim; d++)
        n *= t->stride[d] ? (double)t->shape[d] : t->shape[d] != 0;
    return n;
}

/* Views move nothing, and rows made of others leave it to those. */
static double traffic(const mlrt__call *c) {
    double sum = 0;
    if (!c->op->forward || c->op->compose)
        return 0;
    for (int i = 0; i < c->nargs; i++) {
        const mlrt_arg *a = &c->arg[i];
        if (a->kind == MLRT_VAL_TENSOR)
            sum += bytes_of(a->u.t);
        for (int j = 0; a->kind == MLRT_VAL_TENSORS && j < a->n; j++)
            sum += bytes_of(a->u.ts[j]);
    }
    for (int i = 0; i < c->nout; i++)
        sum += bytes_of(c->y[i]);
    return sum;
}

/* A node made by this call learns where that was. */
static void mark(const mlrt__call *c, uint64_t since, int where) {
    for (int i = 0; i < c->nout && !c->op->compose; i++) {
        mlrt__node *n = c->y[i]->node;
        if (n && n->seq >= since)
            n->site = where;
    }
}

void mlrt__profile_op(mlrt__call *c, mlrt__span *s, int err) {
    bool known = !err && c->nout && c->y[0];
    if (known)
        mark(c, s->since, s->profile->first + s->profile->site);
    mlrt__span_end(c->m, s, c->op->name,
                   known ? c->y[0]->dtype : MLRT_DTYPE_NONE,
                   known ? traffic(c) : 0);
}

/* ---- For the host ----------------------------------------------------- */

void mlrt_profile_options_init(mlrt_profile_options *options) {
    *options = (mlrt_profile_options){.size = sizeof *options};
}

static void read_options(mlrt_profile *p, const mlrt_profile_options *o) {
    mlrt_profile_options_init(&p->o);
    if (!o)
        return;
    memcpy(&p->o, o, o->size < sizeof p->o ? o->size : sizeof p->o);
    p->o.size = sizeof p->o;
    if (p->o.max_events > INT32_MAX / 2)
        p->o.max_events = INT32_MAX / 2;
}

/* Site 0 is the unknown one. */
static bool init(mlrt_profile *p) {
    for (int i = 0; i < BUCKETS; i++)
        p->bucket[i] = -1;
    if (mlrt__grow(p->m, &p->sites, &p->sites_cap, 0, sizeof *p->sites) != 0)
        return false;
    p->sites[0] = (site){.first_row = -1, .next = -1};
    p->nsites = 1;
    p->first = p->m->next_site;
    return true;
}

mlrt_profile *mlrt_profile_start(mlrt *m, const mlrt_profile_options *options) {
    if (m->closed || m->profile || m->reclaiming) {
        mlrt_fail(m, MLRT_ESTATE, "profile: %s",
                  m->closed    ? "the context is closed"
                  : m->profile ? "one runs already"
                               : "started while memory is being reclaimed");
        return NULL;
    }
    mlrt_profile *p = mlrt__alloc(m, sizeof *p);
    if (!p)
        return NULL;
    memset(p, 0, sizeof *p);
    p->m = m;
    read_options(p, options);
    if (!init(p)) {
        mlrt__free(m, p, sizeof *p);
        return NULL;
    }
    m->refs++; /* a profile keeps its context's memory, as a handle does */
    m->profile = p;
    p->start = now();
    return p;
}

/* Nodes may remember any of this profile's sites, so the next one counts on
 * from there. */
void mlrt_profile_stop(mlrt_profile *p) {
    if (!p || p->end)
        return;
    p->end = now();
    p->span = NULL;
    p->m->next_site += p->nsites;
    p->m->profile = NULL;
}

void mlrt_profile_free(mlrt_profile *p) {
    if (!p)
        return;
    mlrt *m = p->m;
    mlrt_profile_stop(p);
    mlrt__free(m, p->sites, (size_t)p->sites_cap * sizeof *p->sites);
    mlrt__free(m, p->rows, (size_t)p->rows_cap * sizeof *p->rows);
    mlrt__free(m, p->events, (size_t)p->events_cap * sizeof *p->events);
    mlrt__free(m, p, sizeof *p);
    mlrt__context_release(m);
}

double mlrt_profile_seconds(const mlrt_profile *p) {
    return (double)((p->end ? p->end : now()) - p->start) * 1e-9;
}

int mlrt_profile_count(const mlrt_profile *p) {
    return p->nrows;
}
int mlrt_profile_events(const mlrt_profile *p) {
    return p->nevents;
}
int64_t mlrt_profile_lost(const mlrt_profile *p) {
    return p->lost;
}

bool mlrt_profile_get(const mlrt_profile *p, int i, mlrt_profile_row *out) {
    if (i < 0 || i >= p->nrows)
        return false;
    const row *r = &p->rows[i];
    *out = (mlrt_profile_row){.name = r->name,
                              .file = p->sites[r->site].file,
                              .line = p->sites[r->site].line,
                              .backward = r->backward,
                              .dtype = (mlrt_dtype)r->dtype,
                              .calls = r->calls,
                              .total = (double)r->total * 1e-9,
                              .seconds = (double)r->own * 1e-9,
                              .flops = r->flops,
                              .bytes = r->bytes};
    return true;
}

bool mlrt_profile_event(const mlrt_profile *p, int i, mlrt_profile_row *out) {
    if (i < 0 || i >= p->nevents)
        return false;
    const event *e = &p->events[i];
    mlrt_profile_get(p, e->row, out);
    out->calls = 1;
    out->start = (double)e->start * 1e-9;
    out->total = (double)e->total * 1e-9;
    out->seconds = (double)e->own * 1e-9;
    out->flops = e->flops;
    out->bytes = e->bytes;
    return true;
}
