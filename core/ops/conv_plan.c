/* conv_plan.c: how a convolution is cut into blocks, packed and tiled. */
#include "conv.h"

enum {
    PIXELS = 224,      /* outputs of a row that a block has at most */
    AREA = 392,        /* outputs that a block should have */
    STRIP = 160 << 10, /* bytes of packed x, for the second-level cache */
    SUM = 256,         /* terms that a tile sums at a time */
    NEAR = 64 << 10,   /* the same where the first level is better */
    RUN = 8,           /* blocks of a job at most */
    PARTS = 8,         /* partial gradients at most, */
    PARTIAL = 8 << 20, /* and their bytes */
    OUTS = 8           /* channels of g together, across pixels */
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static int64_t gcd(int64_t a, int64_t b) {
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* ---- One dimension ---------------------------------------------------- */

/* Taps whose places differ by multiples of s share a segment: where outputs
 * overlap, elements are packed once.  If that takes more room than a segment
 * for each tap, each has its own. */
static void lay(mlrt__axis *x) {
    int64_t step = x->step < 0 ? -x->step : x->step;
    int64_t period = x->s / gcd(x->s, step), limit = x->taps * x->block;
    int64_t sum = x->apart ? limit + 1 : 0;
    x->nseg = least(x->taps, period);
    for (int64_t f = 0; f < x->nseg && sum <= limit; f++)
        sum += x->block + (x->taps - 1 - f) / period * period * step / x->s;
    if (sum > limit) {
        period = x->nseg = x->taps;
        sum = limit;
    }
    x->total = x->apart ? x->block : sum;
    for (int64_t f = 0, at = 0; x->at && f < x->nseg; f++) {
        int64_t more = (x->taps - 1 - f) / period * period;
        x->at[f] = at;
        x->len[f] = x->block + more * step / x->s;
        x->first[f] = x->d + (x->step < 0 ? f + more : f) * x->step;
        for (int64_t t = f; t < x->taps; t += period)
            x->off[t] = at + (x->d + t * x->step - x->first[f]) / x->s;
        at += x->apart ? x->apart : x->len[f];
    }
}

/* The taps and the source places of y[i] = sum over t of x[i * s - p + t * d]
 * at all places i, or of its transpose at places r + i * s. */
static void set_axis(mlrt__axis *x, int which, int64_t size, int64_t out,
                     int64_t k, int64_t s, int64_t p, int64_t d, int64_t r,
                     int64_t *tap, int64_t *tap_step) {
    *x = (mlrt__axis){
        .size = size, .s = s, .d = -p, .step = d, .taps = k, .out = out};
    *tap = 0;
    *tap_step = 1;
    if (which != MLRT__CONV_DGRAD)
        return;
    int64_t every = s / gcd(s, d), t = 0;
    while (t < every && t < k && (r + p - t * d) % s)
        t++;
    bool any = t < every && t < k;
    *x = (mlrt__axis){.size = out,
                      .s = 1,
                      .d = any ? (r + p - t * d) / s : 0,
                      .step = -(every * d / s),
                      .taps = any ? (k - 1 - t) / every + 1 : 0,
                      .out = ceil_div(size - r, s)};
    *tap = any ? t : 0;
    *tap_step = every;
}

/* ---- Geometry --------------------------------------------------------- */

static void set_forward(mlrt__corr *p, const mlrt__conv_sizes *v) {
    int64_t k = v->kh * v->kw;
    p->c = v->c / v->groups;
    p->o = v->o / v->groups;
    p->x_plane = v->h * v->w;
    p->x_image = v->c * p->x_plane;
    p->y_plane = v->oh * v->ow;
    p->y_image = v->o * p->y_plane;
    p->y_row = v->ow;
    p->y_col = 1;
    p->w_o = p->c * k;
    p->w_c = k;
}

static void set_transposed(mlrt__corr *p, const mlrt__conv_sizes *v,
                           int64_t row, int64_t col) {
    int64_t k = v->kh * v->kw;
    p->c = v->o / v->groups;
    p->o = v->c / v->groups;
    p->x_plane = v->oh * v->ow;
    p->x_image = v->o * p->x_plane;
    p->y_plane = v->h * v->w;
    p->y_image = v->c * p->y_plane;
    p->y_row = v->sh * v->w;
    p->y_col = v->sw;
    p->y_first = row * v->w + col;
    p->w_o = k;
    p->w_c = p->o * k;
}

static void set_corr(mlrt__corr *p, const mlrt__conv_sizes *v, int which,
                     int64_t row, int64_t col) {
    int64_t a, b;
    memset(p, 0, sizeof *p);
    set_axis(&p->row, which, v->h, v->oh, v->kh, v->sh, v->ph, v->dh, row, &a,
             &p->w_row);
    set_axis(&p->col, which, v->w, v->ow, v->kw, v->sw, v->pw, v->dw, col, &b,
             &p->w_col);
    if (which == MLRT__CONV_DGRAD)
        set_transposed(p, v, row, col);
    else
        set_forward(p, v);
    p->w_first = a * v->kw + b;
    p->w_row *= v->kw;
    p->taps = p->row.taps * p->col.taps;
}

/* ---- Blocks ----------------------------------------------------------- */

/* Do vectors go across pixels?  They do when a block of channels would be
 * mostly empty, or so little is summed that turning costs more. */
static bool goes_across(const mlrt__corr *p, int which, int lanes) {
    if (which == MLRT__CONV_WGRAD)
        return p->c <= 2 || p->o <= lanes / 2;
    return p->o <= lanes || p->c * p->taps <= 48 ||
           (p->taps == 1 && p->col.out >= 2 * lanes);
}

/* Rows of a block: enough outputs, but no more packed than `most` for the
 * channels that a tile should sum at least. */
static void set_rows(mlrt__corr *p, int64_t area, int64_t most) {
    mlrt__axis *r = &p->row;
    int64_t c = p->across ? p->c : least(p->c, ceil_div(SUM, p->taps + 1));
    int64_t line = c * p->pitch * (p->flat ? p->col.taps : 1);
    r->block = least(ceil_div(area, p->col.block), r->out);
    lay(r);
    while (r->block > 1 && r->total && line > most / r->total) {
        r->block = ceil_div(r->block, 2);
        lay(r);
    }
    r->block = ceil_div(r->out, ceil_div(r->out, r->block));
    lay(r);
}

/* Should the rows of a block be one?  Then tiles at the end of each are not
 * partly empty, but each tap of a row is packed apart, which costs about as
 * much as 16 products. */
static bool is_flat(const mlrt__corr *p, int which, int lanes, int tile) {
    int64_t out = p->col.out, unit = p->across ? lanes : tile;
    int64_t used = ceil_div(out, unit) * unit;
    if (p->col.block < out || p->row.out == 1 || p->y_row != out || p->o < 8)
        return false;
    if (which == MLRT__CONV_WGRAD && (!p->across || out < lanes))
        return false;
    if (!p->across)
        return 10 * out < 7 * used;
    return (used - out) * p->o * p->taps > 16 * used * (p->col.taps - 1);
}

/* Or should a block go over what stands between its rows?  For few outputs,
 * if rows are short. */
static bool is_loose(const mlrt__corr *p, int which, int lanes) {
    return which != MLRT__CONV_WGRAD && p->across && !p->flat && p->o < 8 &&
           p->row.out > 1 && p->col.out <= 2 * lanes && p->y_col == 1 &&
           p->col.nseg == 1 && p->pitch < 2 * p->col.out;
}

/* Outputs of a block of weights. */
static int64_t outs_of(const mlrt__corr *p, int which, int lanes, int tile) {
    int64_t o = p->o ? p->o : 1;
    if (!p->across)
        return 2 * lanes;
    return which == MLRT__CONV_WGRAD ? least(OUTS, o)
                                     : ceil_div(o, ceil_div(o, tile));
}

/* Channels packed at a time: all of them if they go into `most`. */
static bool set_channels(mlrt__corr *p, int64_t most) {
    int64_t wide = p->pitch * (p->flat ? p->col.taps : 1), c = p->c ? p->c : 1;
    if (p->row.total >= INT32_MAX / (wide + 1))
        return false;
    p->chan = p->row.total * wide;
    int64_t one = p->chan * p->images;
    int64_t fit = p->across || one == 0 ? c : most / one;
    p->cc = fit >= c ? c : ceil_div(c, ceil_div(c, fit ? fit : 1));
    return one < INT32_MAX / p->cc;
}

static bool set_blocks(mlrt__conv_plan *w, int which,
                       const struct mlrt__conv_kernels *const *k) {
    mlrt__corr *p = &w->p;
    int lanes = k[w->size == 8]->lanes;
    bool weight = which == MLRT__CONV_WGRAD;
    p->across = goes_across(p, which, lanes);
    int64_t most = (p->across ? NEAR : STRIP) / (int64_t)w->size;
    int64_t out = p->col.out;
    p->col.block = ceil_div(out, ceil_div(out, PIXELS));
    p->flat = is_flat(p, which, lanes, k[w->size == 8]->tile);
    lay(&p->col);
    p->pitch = p->flat ? out : p->col.total;
    if (weight && p->across && !p->flat && (out - 1) % p->col.block + 1 < lanes)
        p->pitch += lanes;
    p->loose = is_loose(p, which, lanes);
    set_rows(p, p->across ? most : AREA, most);
    p->col.apart = p->flat ? p->row.total * out : 0;
    lay(&p->col);
    int64_t area = p->row.block * out;
    p->images = 1;
    if (!p->across && p->row.block == p->row.out && area < AREA)
        p->images = least(w->n ? w->n : 1, AREA / area);
    p->nb = outs_of(p, which, lanes, k[w->size == 8]->tile);
    p->nblocks = ceil_div(p->o, p->nb);
    return set_channels(p, most);
}

/* ---- Scratch ---------------------------------------------------------- */

typedef struct carve {
    char *base;
    size_t used;
    bool bad;
} carve;

static void *take(carve *k, int64_t n, size_t each) {
    size_t bytes;
    char *at = k->base ? k->base + k->used : NULL;
    if (!mlrt__mul((size_t)n, each, &bytes) || k->used > SIZE_MAX / 4)
        k->bad = true;
    else
        k->used += (bytes + 63) / 64 * 64;
    return at;
}

static void take_axis(carve *k, mlrt__axis *x) {
    x->off = take(k, x->taps, sizeof *x->off);
    x->at = take(k, x->nseg, sizeof *x->at);
    x->first = take(k, x->nseg, sizeof *x->first);
    x->len = take(k, x->nseg, sizeof *x->len);
    if (k->base)
        lay(x);
}

static void set_offsets(mlrt__corr *p) {
    int32_t *off = p->off;
    for (int64_t c = 0; c < p->cc; c++)
        for (int64_t a = 0; a < p->row.taps; a++)
            for (int64_t b = 0; b < p->col.taps; b++)
                *off++ = (int32_t)(c * p->chan + p->row.off[a] * p->pitch +
                                   p->col.off[b]);
}

static int64_t whole(int64_t n) {
    return ceil_div(n, 16) * 16;
}

/* Elements of a slot, as the kernels use it. */
static int64_t room_of(const mlrt__conv_plan *w, int which, int lanes,
                       int tile) {
    const mlrt__corr *p = &w->p;
    int64_t packed = whole(p->cc * p->chan * p->images + 2 * lanes);
    int64_t outs = p->row.block * p->col.block * p->images;
    if (which == MLRT__CONV_WGRAD)
        return packed + whole(p->across ? p->nb * p->row.block * lanes
                                        : outs * (p->nb + 1));
    if (p->loose)
        return packed + p->nb * (whole(p->row.block * p->pitch) + 2 * lanes);
    if (p->across)
        return packed + tile * 2 * lanes;
    int64_t waiting = p->cc < p->c ? p->nblocks * p->images : 1;
    return packed + waiting * p->row.block * p->col.block * p->nb;
}

/* ---- Jobs ------------------------------------------------------------- */

static void set_jobs(mlrt__conv_plan *w, const mlrt *m, int which, int lanes) {
    const mlrt__corr *p = &w->p;
    w->rows = ceil_div(p->row.out, p->row.block);
    w->cols = ceil_div(p->col.out, p->col.block);
    w->units = ceil_div(w->n, p->images) * w->rows * w->cols;
    w->parts = 1;
    w->step = w->groups * p->nblocks * p->nb * (p->c * p->taps + 1) *
              (p->across ? lanes : 1);
    if (which == MLRT__CONV_WGRAD && w->step) {
        int64_t room = PARTIAL / (int64_t)w->size / w->step;
        w->parts = least(least(w->units, PARTS), room);
        w->parts = w->parts < 1 ? 1 : w->parts;
    }
    int64_t jobs = which == MLRT__CONV_WGRAD ? w->parts : w->units;
    int64_t wanted = m->threads > 1 ? 4 * m->threads : 1;
    w->split = ceil_div(wanted, jobs ? jobs : 1);
    w->split = least(w->split, w->groups > 1 ? w->groups : p->nblocks);
    w->split = w->split < 1 ? 1 : w->split;
    w->run = jobs / (4 * m->threads);
    w->run = which == MLRT__CONV_WGRAD || w->run < 1 ? 1 : least(w->run, RUN);
    jobs = ceil_div(jobs, w->run);
    w->slots = (int)least(m->threads, jobs * w->split);
    w->slots = w->slots < 1 ? 1 : w->slots;
}

bool mlrt__conv_plan_make(mlrt__conv_plan *w, const mlrt *m,
                          const mlrt__conv_sizes *v, int dtype, int which,
                          int64_t row, int64_t col, void *scratch) {
    const struct mlrt__conv_kernels *const *k = m->k->conv;
    mlrt__conv_sizes line = *v;
    bool point = v->kh == 1 && v->kw == 1 && v->sh == 1 && v->sw == 1 &&
                 v->ph == 0 && v->pw == 0;
    if (point) { /* planes are lines */
        line.h = line.oh = 1;
        line.w = line.ow = v->h * v->w;
        v = &line;
    }
    memset(w, 0, sizeof *w);
    w->size = mlrt__dsize(dtype);
    w->n = v->n;
    w->groups = v->groups;
    int lanes = k[w->size == 8]->lanes;
    set_corr(&w->p, v, which, row, col);
    if (!set_blocks(w, which, k))
        return false;
    set_jobs(w, m, which, lanes);
    carve c = {scratch, 0, false};
    if (scratch)
        c.base += -(uintptr_t)scratch % 64;
    take_axis(&c, &w->p.row);
    take_axis(&c, &w->p.col);
    w->p.off = take(&c, w->p.cc * w->p.taps, sizeof *w->p.off);
    if (scratch)
        set_offsets(&w->p);
    w->room = room_of(w, which, lanes, k[w->size == 8]->tile);
    w->weights = w->p.nblocks * w->p.nb * w->p.c * w->p.taps;
    w->room_at = take(&c, w->room * w->slots, w->size);
    w->weight_at = which == MLRT__CONV_WGRAD
                       ? take(&c, w->step * w->parts, w->size)
                       : take(&c, w->weights * w->groups, w->size);
    w->bytes = c.used + 64;
    return !c.bad;
}
