/* sets.c: elements without their repetitions, and where a value belongs in a
 * sorted list.
 */
#include "items.h"

static int64_t *positions(const mlrt_tensor *t) {
    return (int64_t *)(void *)mlrt__ptr(t);
}

/* ---- unique ----------------------------------------------------------- */

/* n slices of `width` elements, in the order in which they are looked at:
 * by position, or by `order`, in which x may be already (sorted). */
typedef struct slices {
    mlrt_tensor *x; /* contiguous */
    const int64_t *order;
    int64_t n, width;
    bool sorted;
} slices;

static int64_t slice_at(const slices *s, int64_t i) {
    return s->order ? s->order[i] : i;
}

/* Compares slices a and b: below, at or above 0. */
static int compare(const slices *s, int64_t a, int64_t b) {
    const void *x = mlrt__ptr(s->x);
    for (int64_t k = 0; k < s->width; k++) {
        uint64_t p = mlrt__key(s->x->dtype, x, a * s->width + k);
        uint64_t q = mlrt__key(s->x->dtype, x, b * s->width + k);
        if (p != q)
            return p < q ? -1 : 1;
    }
    return 0;
}

/* Positions 0..n-1 in the order of their slices, merged between a and b;
 * returns the one that holds the result. */
static int64_t *sort_slices(const slices *s, int64_t *a, int64_t *b) {
    for (int64_t i = 0; i < s->n; i++)
        a[i] = i;
    for (int64_t run = 1; run < s->n; run *= 2) {
        for (int64_t lo = 0; lo < s->n; lo += 2 * run) {
            int64_t mid = lo + run < s->n ? lo + run : s->n;
            int64_t hi = mid + run < s->n ? mid + run : s->n;
            int64_t i = lo, j = mid;
            for (int64_t k = lo; k < hi; k++)
                b[k] = i < mid && (j == hi || compare(s, a[i], a[j]) <= 0)
                           ? a[i++]
                           : a[j++];
        }
        int64_t *t = a;
        a = b;
        b = t;
    }
    return a;
}

/* Does slice i, in that order, differ from the one before?  *last: the key
 * of that one, when x is sorted. */
static inline bool begins(const slices *s, int64_t i, uint64_t *last) {
    if (s->sorted) {
        uint64_t before = *last;
        *last = mlrt__key(s->x->dtype, mlrt__ptr(s->x), i);
        return i == 0 || *last != before;
    }
    return i == 0 || compare(s, slice_at(s, i - 1), slice_at(s, i)) != 0;
}

/* How many runs of equal slices there are. */
static int64_t count_runs(const slices *s) {
    int64_t runs = 0;
    uint64_t last = 0;
    for (int64_t i = 0; i < s->n; i++)
        runs += begins(s, i, &last);
    return runs;
}

/* The first of each run; the run of each slice and the length of each run,
 * unless NULL. */
static void fill_runs(const slices *s, int64_t *first, int64_t *inverse,
                      int64_t *counts) {
    int64_t run = -1;
    uint64_t last = 0;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t here = slice_at(s, i);
        if (begins(s, i, &last)) {
            first[++run] = here;
            if (counts)
                counts[run] = 0;
        }
        if (counts)
            counts[run]++;
        if (inverse)
            inverse[here] = run;
    }
}

/* x as slices along dim (NULL: its elements), as one block. */
static mlrt_tensor *as_slices(mlrt *m, mlrt_tensor *x, const int *dim,
                              slices *s) {
    *s = (slices){.n = x->numel, .width = 1};
    if (!dim) {
        x = mlrt_reshape(m, x, &x->numel, 1);
    } else {
        s->n = x->ndim ? x->shape[*dim] : 1;
        s->width = s->n ? x->numel / s->n : 0;
        x = x->ndim ? mlrt_movedim(m, x, *dim, 0) : x;
    }
    s->x = mlrt_contiguous(m, x);
    return s->x;
}

/* The run of each slice: of the shape of x where slices are elements. */
static mlrt_tensor *empty_inverse(mlrt *m, const slices *s,
                                  const mlrt_tensor *x, int dim) {
    return dim < 0 ? mlrt_empty(m, MLRT_INDEX, x->ndim, x->shape)
                   : mlrt_empty(m, MLRT_INDEX, 1, &s->n);
}

/* Everything but the order of the slices.  Arguments return_inverse and
 * return_counts, from `arg` on, choose what follows the values. */
static int runs_of(mlrt__call *c, const slices *s, mlrt_tensor *x, int dim,
                   int arg) {
    mlrt *m = c->m;
    int64_t runs = count_runs(s), n = s->n;
    bool invert = mlrt__i(c, arg) != 0, count = mlrt__i(c, arg + 1) != 0;
    mlrt_tensor *first = mlrt_empty(m, MLRT_INDEX, 1, &runs);
    mlrt_tensor *inverse = invert ? empty_inverse(m, s, x, dim) : NULL;
    mlrt_tensor *counts = count ? mlrt_empty(m, MLRT_I64, 1, &runs) : NULL;
    if (!first || (invert && !inverse) || (count && !counts))
        return MLRT_ENOMEM;
    fill_runs(s, positions(first), invert ? positions(inverse) : NULL,
              count ? positions(counts) : NULL);
    if (dim < 0)
        x = mlrt_reshape(m, x, &n, 1);
    c->nout = 1 + invert + count;
    c->y[0] = mlrt_index_select(m, x, dim < 0 ? 0 : dim, first);
    if (invert)
        c->y[1] = inverse;
    if (count)
        c->y[1 + invert] = counts;
    return 0;
}

enum { U_X, U_SORTED, U_INVERSE, U_COUNTS, U_DIM };

static int unique_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, U_X);
    slices s;
    int dim = -1, err = 0;
    if (mlrt__has(c, U_DIM))
        err = mlrt__dim(c, U_DIM, x->ndim, &dim);
    if (err)
        return err;
    if (!as_slices(m, x, dim < 0 ? NULL : &dim, &s))
        return m->errcode;
    int64_t room = 2 * s.n;
    mlrt_tensor *order = NULL;
    if (s.width == 1) {
        mlrt_tensor *flat = mlrt_reshape(m, mlrt_detach(s.x), &s.n, 1);
        s.sorted = mlrt_sort(m, flat, 0, false, &s.x, &order) == 0;
        s.order = s.sorted ? positions(order) : NULL;
    } else if ((order = mlrt_empty(m, MLRT_INDEX, 1, &room)) != NULL) {
        s.order = sort_slices(&s, positions(order), positions(order) + s.n);
    }
    return order ? runs_of(c, &s, x, dim, U_INVERSE) : m->errcode;
}

enum { UC_X, UC_INVERSE, UC_COUNTS, UC_DIM };

static int consecutive_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, UC_X);
    slices s;
    int dim = -1, err = 0;
    if (mlrt__has(c, UC_DIM))
        err = mlrt__dim(c, UC_DIM, x->ndim, &dim);
    if (err)
        return err;
    if (!as_slices(c->m, x, dim < 0 ? NULL : &dim, &s))
        return c->m->errcode;
    s.sorted = s.width == 1; /* what is equal lies together */
    return runs_of(c, &s, x, dim, UC_INVERSE);
}

/* ---- searchsorted, bucketize ------------------------------------------ */

/* Values of sorted lines: lists of n, each with `each` values to place. */
typedef struct search {
    const mlrt_tensor *sorted, *values;
    bool right, doubles; /* doubles: values is a number of any kind */
    int64_t n, each, block;
    int64_t *y;
} search;

static double as_double(const mlrt_tensor *t, int64_t i) {
    const void *p = mlrt__ptr(t);
    switch (t->dtype) {
    case MLRT_F32: return (double)((const float *)p)[i];
    case MLRT_F64: return ((const double *)p)[i];
    case MLRT_I32: return ((const int32_t *)p)[i];
    case MLRT_U8:
    case MLRT_BOOL: return ((const uint8_t *)p)[i];
    default: return (double)((const int64_t *)p)[i];
    }
}

static inline uint64_t search_key(const search *s, const mlrt_tensor *t,
                                  int64_t i) {
    double v;
    if (!s->doubles)
        return mlrt__key(t->dtype, mlrt__ptr(t), i);
    v = as_double(t, i);
    return mlrt__key(MLRT_F64, &v, 0);
}

/* How many of the list's elements are below (right: not above) the key. */
static int64_t place(const search *s, int64_t list, uint64_t key) {
    int64_t lo = 0, hi = s->n;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        uint64_t k = search_key(s, s->sorted, list + mid);
        bool above = s->right ? k > key : k >= key;
        lo = above ? lo : mid + 1;
        hi = above ? mid : hi;
    }
    return lo;
}

static void search_task(void *arg, int64_t i) {
    const search *s = arg;
    int64_t end = (i + 1) * s->block;
    end = end < s->values->numel ? end : s->values->numel;
    for (int64_t k = i * s->block; k < end; k++)
        s->y[k] = place(s, k / s->each * s->n, search_key(s, s->values, k));
}

/* Lists fit values when there is one of them, or one for each row. */
static int check_search(const mlrt__call *c, const mlrt_tensor *sorted,
                        const mlrt_tensor *values) {
    size_t lead = sorted->ndim ? (size_t)(sorted->ndim - 1) : 0;
    if (!(values->flags & MLRT__WRAPPED) && sorted->dtype != values->dtype)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "the sorted list is %s, the values %s; they must be "
                         "the same",
                         mlrt_dtype_name((mlrt_dtype)sorted->dtype),
                         mlrt_dtype_name((mlrt_dtype)values->dtype));
    if (sorted->ndim == 1 ||
        (sorted->ndim == values->ndim && sorted->ndim > 0 &&
         memcmp(sorted->shape, values->shape, lead * sizeof(int64_t)) == 0))
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "a sorted list (n), or lists with the first sizes of "
                     "the values %s, expected, got %s",
                     MLRT__ST(values), MLRT__ST(sorted));
}

static int search_run(mlrt__call *c, int sorted, int values) {
    search s = {.sorted = mlrt__t(c, sorted),
                .values = mlrt__t(c, values),
                .right = mlrt__i(c, 2) != 0,
                .block = 1 << 12,
                .y = positions(c->y[0])};
    s.doubles = (s.values->flags & MLRT__WRAPPED) != 0;
    s.n = s.sorted->shape[s.sorted->ndim - 1];
    s.each = s.sorted->ndim == 1 ? s.values->numel
                                 : s.values->shape[s.values->ndim - 1];
    if (s.values->numel == 0)
        return 0;
    return mlrt__parallel(c->m, (s.values->numel + s.block - 1) / s.block,
                          search_task, &s, true);
}

static int search_shape(mlrt__call *c, int sorted, int values) {
    const mlrt_tensor *v = mlrt__t(c, values);
    int err = check_search(c, mlrt__t(c, sorted), v);
    return err ? err : mlrt__out(c, 0, MLRT_INDEX, v->ndim, v->shape);
}

static int searchsorted_shape(mlrt__call *c) {
    return search_shape(c, 0, 1);
}
static int searchsorted_forward(mlrt__call *c) {
    return search_run(c, 0, 1);
}
static int bucketize_shape(mlrt__call *c) {
    return search_shape(c, 1, 0);
}
static int bucketize_forward(mlrt__call *c) {
    return search_run(c, 1, 0);
}

/* ---- isin ------------------------------------------------------------- */

enum { IN_X, IN_VALUES, IN_INVERT };

static int isin_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, IN_X), *v = mlrt__t(c, IN_VALUES);
    size_t bytes;
    if (x->dtype != v->dtype)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "x is %s, the values are %s; they must be the same",
                         mlrt_dtype_name((mlrt_dtype)x->dtype),
                         mlrt_dtype_name((mlrt_dtype)v->dtype));
    if (!mlrt__mul((size_t)v->numel * 2, sizeof(mlrt__item), &bytes))
        return mlrt__bad(c, MLRT_ENOMEM, "there are too many values");
    c->scratch_bytes = bytes;
    return mlrt__out(c, 0, MLRT_BOOL, x->ndim, x->shape);
}

static bool found(const mlrt__item *a, int64_t n, uint64_t key) {
    int64_t lo = 0, hi = n;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (a[mid].key < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && a[lo].key == key;
}

static int isin_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, IN_X), *v = mlrt__t(c, IN_VALUES);
    bool invert = mlrt__i(c, IN_INVERT) != 0;
    mlrt__item *a = c->scratch;
    char *y = mlrt__ptr(c->y[0]);
    for (int64_t i = 0; i < v->numel; i++)
        a[i] = (mlrt__item){mlrt__key(v->dtype, mlrt__ptr(v), i), i};
    if (v->numel)
        a = mlrt__sort_items(a, a + v->numel, v->numel);
    for (int64_t i = 0; i < x->numel; i++)
        y[i] = found(a, v->numel, mlrt__key(x->dtype, mlrt__ptr(x), i)) !=
               invert;
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define RETURNS "return_inverse: bool = false, return_counts: bool = false"
#define RUNS_DOC                                                               \
    "return_inverse: also where each element of x is among the results, as "   \
    "index in x's shape (with dim, one for each slice). return_counts: also "  \
    "how often each occurs, as i64."

const mlrt__op mlrt__sets[] = {
    {.name = "unique",
     .args = "x: tensor, sorted: bool = true, " RETURNS ", dim: dim?",
     .outs = "values, inverse, counts",
     .doc =
         "The elements of x without repetitions, in order (whatever "
         "`sorted` says); with dim, slices along it. nan equals nan. " RUNS_DOC,
     .compose = unique_compose,
     .samples = SAMPLES(
         "r(2,3)", "i(3,4), {return_inverse=true, return_counts=true}",
         "i(20), {return_counts=true}", "i(6,2), {dim=1, return_counts=true}",
         "i(2,9), {dim=2, return_inverse=true}", "r(0)", "r(0,3), {dim=2}",
         "b{true,false,true}, {return_inverse=true}", "ix{3,1,3}", "r()",
         "!r(2,3), {dim=3} -- dim 3 is out of range")},
    {.name = "unique_consecutive",
     .args = "x: tensor, " RETURNS ", dim: dim?",
     .outs = "values, inverse, counts",
     .doc = "The elements of x, or with dim its slices, without those that "
            "equal the one before them. " RUNS_DOC,
     .compose = consecutive_compose,
     .samples = SAMPLES("i(20), {return_inverse=true, return_counts=true}",
                        "i(4,5)", "i(6,1), {dim=1, return_counts=true}", "r(0)",
                        "r()", "!r(2,3), {dim=3} -- dim 3 is out of range")},
    {.name = "searchsorted",
     .args = "sorted: tensor, values: operand, right: bool = false",
     .outs = "y",
     .doc = "The position at which each value would be put into a sorted "
            "list to keep it sorted, as index: before elements that equal "
            "it, or with right behind them; one past the last if it is "
            "above all. sorted: (n), or (..., n) with a list for each row "
            "of values: (..., k). Both have one dtype.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = searchsorted_shape,
     .forward = searchsorted_forward,
     .samples = SAMPLES("r(5):sort(), r(2,3)", "i(9):sort(), i(4), true",
                        "r(2,5):sort(), r(2,3)", "r(5):sort(), 0.5",
                        "i(5):sort(), 0.5", "r(0), r(3)",
                        "!r(5), i(3) -- they must be the same",
                        "!r(2,5), r(3,2) -- with the first sizes",
                        "!r(), r(3) -- a sorted list (n)")},
    {.name = "bucketize",
     .args = "x: operand, boundaries: tensor, right: bool = false",
     .outs = "y",
     .doc = "Which of the n + 1 parts that n sorted boundaries cut each x "
            "falls into, as index; a part includes its upper boundary, or "
            "with right its lower one. Both have one dtype.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = bucketize_shape,
     .forward = bucketize_forward,
     .samples = SAMPLES("r(2,3), (r(5):sort())", "i(4), i(9):sort(), true",
                        "!i(3), r(5) -- they must be the same",
                        "!r(3), r(2,2) -- a sorted list (n)")},
    {.name = "isin",
     .args = "x: tensor, values: tensor, invert: bool = false",
     .outs = "y",
     .doc = "Whether each element of x is among the values, as bool; with "
            "invert, whether it is not. nan equals nan. Both have one dtype.",
     .contiguous = MLRT__IN(IN_X) | MLRT__IN(IN_VALUES),
     .shape = isin_shape,
     .forward = isin_forward,
     .samples = SAMPLES("i(3,4), i(3)", "i(3,4), i(3), true", "r(3), r(0)",
                        "ix{1,2,3}, ix{2}",
                        "!i(3), r(2) -- they must be the same")},
    {0},
};
