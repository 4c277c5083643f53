/* einsum.c: sums of products written with letters.
 *
 * A letter names a dimension.  Every operand first loses what concerns it
 * alone: repeated letters become diagonals, sizes of 1 that broadcast are
 * dropped.  Then the operands are contracted two at a time, from the left: a
 * dimension of both that nobody needs any more is the inner one of a product
 * of matrices, one that is needed is a batch.  `...` stands for dimensions
 * without letters; they are numbered from the right.
 */
#include <ctype.h>
#include <stdio.h>

#include "../core.h"

enum {
    LETTERS = 52, /* A to Z, a to z: the order of an implicit output */
    LABELS = LETTERS + MLRT_MAX_DIMS,
    DOTS = 255, /* `...` while sizes are not known */
    QUOTED = 80 /* characters of the equation in messages */
};

/* An operand and the labels of its dimensions. */
typedef struct term {
    mlrt_tensor *t;
    int n;
    uint8_t label[LABELS];
} term;

typedef struct equation {
    mlrt__call *c;
    const char *text, *end;
    mlrt_tensor *const *ts;
    int nts;
    term out;             /* its labels only */
    int dots;             /* the most dimensions that a `...` stands for */
    int64_t size[LABELS]; /* -1: not met yet */
    int count[LETTERS];   /* how often the operands have it */
} equation;

static uint64_t bit(int label) {
    return (uint64_t)1 << label;
}

static uint64_t labels_of(const term *t) {
    uint64_t set = 0;
    for (int d = 0; d < t->n; d++)
        set |= bit(t->label[d]);
    return set;
}

/* ---- Messages --------------------------------------------------------- */

#define BAD(e, status, format, ...)                                            \
    mlrt__bad((e)->c, status, "equation '%.*s': " format,                      \
              (e)->end - (e)->text > QUOTED ? QUOTED                           \
                                            : (int)((e)->end - (e)->text),     \
              (e)->text, __VA_ARGS__)

static char letter_of(int label) {
    return (char)(label < 26 ? 'A' + label : 'a' + label - 26);
}

/* "letter 'i'", or which dimension of `...`. */
static const char *name_of(char text[40], int label) {
    if (label < LETTERS)
        snprintf(text, 40, "letter '%c'", letter_of(label));
    else
        snprintf(text, 40, "dimension %d from the right of '...'",
                 label - LETTERS + 1);
    return text;
}

static long long shown(const equation *e, int i) {
    return (long long)mlrt__shown(e->c->m, i);
}

/* ---- Reading ---------------------------------------------------------- */

/* One subscript from *p on: a letter, `...`, or what ends the operand. */
static int read_label(const equation *e, const char **p, int *label) {
    const char *q = *p;
    while (q < e->end && *q == ' ')
        q++;
    *p = q;
    *label = -1;
    if (q == e->end || *q == ',' || *q == '-')
        return 0;
    *p = q + 1;
    if (*q >= 'A' && *q <= 'Z')
        *label = *q - 'A';
    else if (*q >= 'a' && *q <= 'z')
        *label = *q - 'a' + 26;
    else if (e->end - q < 3 || memcmp(q, "...", 3) != 0)
        return BAD(e, MLRT_EARG, "'%c' is no letter, ',', '->' or '...'",
                   isprint((unsigned char)*q) ? *q : '?');
    else {
        *p = q + 3;
        *label = DOTS;
    }
    return 0;
}

/* The subscripts of one operand or of the output.  Repeated letters beyond
 * what a tensor can have are refused here, so that the table is enough. */
static int read_term(const equation *e, const char **p, term *t) {
    bool dots = false;
    int label, err;
    t->n = 0;
    while (!(err = read_label(e, p, &label)) && label >= 0) {
        if (label == DOTS && dots)
            return BAD(e, MLRT_EARG, "'...' stands twice in %s", "one term");
        if (t->n == LETTERS)
            return BAD(e, MLRT_EARG, "more than %d letters in a term", LETTERS);
        dots = dots || label == DOTS;
        t->label[t->n++] = (uint8_t)label;
    }
    return err;
}

/* `...` of operand i becomes labels, as many as the letters leave. */
static int spread_dots(equation *e, int i, term *t) {
    uint8_t to[MLRT_MAX_DIMS] = {0};
    int ndim = t->t->ndim, n = 0, letters = t->n, extra;
    for (int d = 0; d < t->n; d++)
        letters -= t->label[d] == DOTS;
    extra = ndim - letters;
    if (extra < 0 || (extra > 0 && letters == t->n))
        return BAD(e, MLRT_ESHAPE, "%d subscripts for tensor %lld of shape %s",
                   letters, shown(e, i), MLRT__ST(t->t));
    for (int d = 0; d < t->n; d++) {
        if (t->label[d] != DOTS)
            to[n++] = t->label[d];
        for (int k = extra; t->label[d] == DOTS && k > 0; k--)
            to[n++] = (uint8_t)(LETTERS + k - 1);
    }
    e->dots = letters < t->n && extra > e->dots ? extra : e->dots;
    memcpy(t->label, to, sizeof to);
    t->n = ndim;
    return 0;
}

/* Sizes of a label are equal, or 1. */
static int note_sizes(equation *e, int i, const term *t) {
    char text[40];
    for (int d = 0; d < t->n; d++) {
        int l = t->label[d];
        int64_t n = t->t->shape[d], *size = &e->size[l];
        if (l < LETTERS)
            e->count[l]++;
        if (*size >= 0 && *size != 1 && n != 1 && n != *size)
            return BAD(e, MLRT_ESHAPE,
                       "%s is %lld in tensor %lld of shape %s, %lld before",
                       name_of(text, l), (long long)n, shown(e, i),
                       MLRT__ST(t->t), (long long)*size);
        *size = *size < 0 || *size == 1 ? n : *size;
    }
    return 0;
}

static int read_operands(equation *e, const char **p, term *terms) {
    int err = 0;
    for (int i = 0; !err; i++) {
        term t = {0};
        err = read_term(e, p, &t);
        if (!err && i == e->nts)
            return BAD(e, MLRT_EARG, "more operands than the %d given", i);
        t.t = err ? NULL : e->ts[i];
        if (!err)
            err = spread_dots(e, i, &t);
        if (!err)
            err = note_sizes(e, i, &t);
        terms[i] = t;
        if (!err && (*p == e->end || **p != ',')) {
            if (i + 1 != e->nts)
                err = BAD(e, MLRT_EARG, "%d operand%s, %d tensors given", i + 1,
                          i ? "s" : "", e->nts);
            return err;
        }
        ++*p;
    }
    return err;
}

static void add_dots(const equation *e, term *t) {
    for (int k = e->dots; k > 0; k--)
        t->label[t->n++] = (uint8_t)(LETTERS + k - 1);
}

/* Without `->`: what `...` stands for, then the letters that occur once. */
static void implied_output(equation *e) {
    add_dots(e, &e->out);
    for (int l = 0; l < LETTERS; l++)
        if (e->count[l] == 1)
            e->out.label[e->out.n++] = (uint8_t)l;
}

static int check_output(const equation *e, uint64_t seen, int label) {
    if (!e->count[label])
        return BAD(e, MLRT_EARG, "letter '%c' of the output is in no operand",
                   letter_of(label));
    if (seen & bit(label))
        return BAD(e, MLRT_EARG, "letter '%c' stands twice in the output",
                   letter_of(label));
    return 0;
}

static int read_output(equation *e, const char *p) {
    term raw;
    if (e->end - p < 2 || p[1] != '>')
        return BAD(e, MLRT_EARG, "'%s' is no '->'", "-");
    p += 2;
    int err = read_term(e, &p, &raw);
    if (!err && p < e->end)
        err = BAD(e, MLRT_EARG, "'%c' in the output", *p);
    for (int d = 0; d < raw.n && !err; d++) {
        if (raw.label[d] == DOTS) {
            add_dots(e, &e->out);
            continue;
        }
        err = check_output(e, labels_of(&e->out), raw.label[d]);
        e->out.label[e->out.n++] = raw.label[d];
    }
    return err;
}

static int check_rank(const equation *e, int n) {
    return n <= MLRT_MAX_DIMS
               ? 0
               : BAD(e, MLRT_ESHAPE,
                     "a result of %d dimensions; at most %d are possible", n,
                     MLRT_MAX_DIMS);
}

static int read_equation(equation *e, term *terms) {
    const char *p = e->text;
    for (int l = 0; l < LABELS; l++)
        e->size[l] = -1;
    int err = read_operands(e, &p, terms);
    if (err)
        return err;
    if (p < e->end)
        err = read_output(e, p);
    else
        implied_output(e);
    return err ? err : check_rank(e, e->out.n);
}

/* ---- One operand ------------------------------------------------------ */

static void remove_dim(term *t, int d) {
    t->n--;
    for (; d < t->n; d++)
        t->label[d] = t->label[d + 1];
}

/* Of a label that occurs twice the diagonal is taken, which is the last
 * dimension of what `diagonal` gives. */
static int take_diagonals(const equation *e, term *t) {
    for (int a = 0; a < t->n; a++)
        for (int b = a + 1; b < t->n; b++) {
            int label = t->label[a];
            if (label != t->label[b])
                continue;
            if (t->t->shape[a] != t->t->shape[b])
                return BAD(e, MLRT_ESHAPE,
                           "letter '%c' is repeated in an operand, but sizes "
                           "%lld and %lld differ",
                           letter_of(label), (long long)t->t->shape[a],
                           (long long)t->t->shape[b]);
            t->t = mlrt_diagonal(e->c->m, t->t, 0, a, b);
            if (!t->t)
                return e->c->m->errcode;
            remove_dim(t, b);
            remove_dim(t, a);
            t->label[t->n++] = (uint8_t)label;
            a = -1; /* positions have moved: begin again */
            break;
        }
    return 0;
}

/* A size of 1 that broadcasts is the same as no dimension. */
static void drop_ones(const equation *e, term *t) {
    for (int d = t->n - 1; d >= 0 && t->t; d--)
        if (t->t->shape[d] == 1 && e->size[t->label[d]] != 1) {
            t->t = mlrt_select(e->c->m, t->t, d, 0);
            remove_dim(t, d);
        }
}

/* The sum over the dimensions whose labels are not in `keep`. */
static void sum_out(const equation *e, term *t, uint64_t keep) {
    int64_t dims[MLRT_MAX_DIMS];
    int n = 0, left = 0;
    for (int d = 0; d < t->n; d++)
        if (keep & bit(t->label[d]))
            t->label[left++] = t->label[d];
        else
            dims[n++] = d;
    t->n = left;
    if (n && t->t)
        t->t = mlrt_sum(e->c->m, t->t, dims, n, false);
}

/* t's dimensions in the order of these labels, which are all it has. */
static mlrt_tensor *arranged(const equation *e, const term *t,
                             const uint8_t *label) {
    int64_t dims[MLRT_MAX_DIMS];
    bool moved = false;
    for (int i = 0; i < t->n; i++)
        for (int d = 0; d < t->n; d++)
            if (t->label[d] == label[i]) {
                dims[i] = d;
                moved = moved || d != i;
            }
    return moved ? mlrt_permute(e->c->m, t->t, dims, t->n) : t->t;
}

/* ---- Two operands ----------------------------------------------------- */

/* Labels of a set in the order in which t has them, behind those in to[]. */
static int append(uint8_t *to, int n, const term *t, uint64_t set) {
    for (int d = 0; d < t->n; d++)
        if (set & bit(t->label[d]))
            to[n++] = t->label[d];
    return n;
}

static int64_t product_of(const equation *e, uint64_t set) {
    int64_t n = 1;
    for (int l = 0; l < LABELS; l++)
        if (set & bit(l))
            n *= e->size[l];
    return n;
}

/* The labels of two operands by what becomes of them. */
typedef struct parts {
    uint64_t batch, left, right, inner;
} parts;

static mlrt_tensor *as_batch(const equation *e, const term *t,
                             const uint8_t *label, uint64_t rows,
                             uint64_t columns, uint64_t batch) {
    const int64_t shape[] = {product_of(e, batch), product_of(e, rows),
                             product_of(e, columns)};
    return mlrt_reshape(e->c->m, arranged(e, t, label), shape, 3);
}

/* (batch, left, inner) x (batch, inner, right).  Without an inner dimension,
 * and for many products of two vectors, element by element, which is faster
 * than as many products of small matrices. */
static mlrt_tensor *multiply(const equation *e, mlrt_tensor *a, mlrt_tensor *b,
                             const parts *s) {
    mlrt *m = e->c->m;
    const int64_t inner = 1;
    if (!s->inner)
        return mlrt_mul(m, a, b);
    if (a && b && a->shape[0] > 1 && a->shape[1] == 1 && b->shape[2] == 1)
        return mlrt_sum(m, mlrt_mul(m, mlrt_transpose(m, a, 1, 2), b), &inner,
                        1, true);
    return mlrt_bmm(m, a, b);
}

/* a becomes the product of a and b, summed over what `keep` lacks. */
static int contract(const equation *e, term *a, term *b, uint64_t keep) {
    uint8_t la[MLRT_MAX_DIMS], lb[MLRT_MAX_DIMS], out[2 * MLRT_MAX_DIMS];
    int64_t shape[MLRT_MAX_DIMS];
    sum_out(e, a, keep | labels_of(b));
    sum_out(e, b, keep | labels_of(a));
    uint64_t sa = labels_of(a), sb = labels_of(b);
    parts s = {.batch = sa & sb & keep, .left = sa & ~sb, .right = sb & ~sa};
    s.inner = sa & sb & ~keep;
    append(la, append(la, append(la, 0, a, s.batch), a, s.left), a, s.inner);
    append(lb, append(lb, append(lb, 0, a, s.batch), a, s.inner), b, s.right);
    int n = append(out, append(out, append(out, 0, a, s.batch), a, s.left), b,
                   s.right);
    int err = check_rank(e, n);
    if (err)
        return err;
    mlrt_tensor *y = multiply(e, as_batch(e, a, la, s.left, s.inner, s.batch),
                              as_batch(e, b, lb, s.inner, s.right, s.batch),
                              &s);
    for (int d = 0; d < n; d++)
        shape[d] = e->size[out[d]];
    a->t = mlrt_reshape(e->c->m, y, shape, n);
    a->n = n;
    memcpy(a->label, out, (size_t)n);
    return a->t ? 0 : e->c->m->errcode;
}

static int contract_all(const equation *e, term *terms) {
    uint64_t out = labels_of(&e->out);
    int err = 0;
    for (int i = 0; i < e->nts && !err; i++) {
        err = take_diagonals(e, &terms[i]);
        if (!err)
            drop_ones(e, &terms[i]);
    }
    for (int i = 1; i < e->nts && !err; i++) {
        uint64_t keep = out;
        for (int j = i + 1; j < e->nts; j++)
            keep |= labels_of(&terms[j]);
        err = contract(e, &terms[0], &terms[i], keep);
    }
    return err;
}

/* ---- einsum ----------------------------------------------------------- */

static int run(equation *e, term *terms) {
    int err = read_equation(e, terms);
    if (!err)
        err = contract_all(e, terms);
    if (err)
        return err;
    sum_out(e, &terms[0], labels_of(&e->out));
    e->c->y[0] = terms[0].t ? arranged(e, &terms[0], e->out.label) : NULL;
    return 0;
}

static int einsum_compose(mlrt__call *c) {
    equation e = {.c = c,
                  .text = c->arg[0].u.s,
                  .end = c->arg[0].u.s + c->arg[0].n,
                  .ts = c->arg[1].u.ts,
                  .nts = c->arg[1].n};
    if (e.nts == 0)
        return BAD(&e, MLRT_EARG, "%s", "no tensors given");
    size_t bytes = mlrt__room(sizeof(term), (size_t)e.nts, sizeof(term));
    term *terms = mlrt__alloc(c->m, bytes);
    if (!terms)
        return MLRT_ENOMEM;
    int err = run(&e, terms);
    mlrt__free(c->m, terms, bytes);
    return err;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__einsum[] = {
    {.name = "einsum",
     .args = "equation: text, tensors: tensors",
     .outs = "y",
     .doc = "Sum of products after Einstein: in \"ij,jk->ik\" each letter, a "
            "to z or A to Z, names a dimension of the operands, given as a "
            "list or one by one. Products are summed over the letters that "
            "the output lacks. A letter repeated in one operand takes the "
            "diagonal. '...' stands for dimensions without letters, which "
            "broadcast, as sizes of 1 do. Without '->' the output has what "
            "'...' stands for, then the letters that occur once, A to Z "
            "before a to z. Contracted from left to right; intermediate "
            "results may have 8 dimensions.",
     .compose = einsum_compose,
     .samples = SAMPLES(
         "'ij,jk->ik', r(2,3), r(3,4)", "'ij,jk', {r(2,3), r(3,4)}",
         "'ba', r(2,3)", "'ii', r(3,3)", "'ii->i', r(3,3)",
         "'iji->ji', r(2,3,2)", "'ij->', r(2,3)", "'ij->j', r(3,2):t()",
         "'i,j', r(2), r(3)", "'i,i->', r(3), r(3)", "'i,i->i', r(3), r(3)",
         "'bi,bi->b', r(2,3), r(2,3)", "'bij,bjk->bik', r(2,2,3), r(2,3,2)",
         "'bn,anm,bm->ba', r(2,3), r(2,3,2), r(2,2)",
         "'...ij,...jk->...ik', r(2,1,2,3), r(3,3,2)", "'...', r(2,3)",
         "'...i->i...', r(2,3)", "'i...->i', r(2,3)", "'...i,i', r(2,3), r(3)",
         "'ij,ij->ij', r(2,3), r(1,3)", "'ij,jk->ik', r(2,1), r(3,2)",
         "',ij', r(), r(2,2)", "'', r()", "'->', r()", "' i j -> j i ', r(2,3)",
         "'ij,jk->ik', r(2,0), r(0,3)", "'ij,jk->ik', r(0,3), r(3,2)",
         "'Ab,bA->', r(2,3), r(3,2)", "'bA', r(2,3)",
         "'ij,jk->ik', i(2,3), i(3,2)", "'ij,jk->ik', r(2,3), i(3,2)",
         "!'ij,jk->ik', r(2,3), r(4,2) -- equation 'ij,jk->ik': letter 'j' is "
         "4 in tensor 2 of shape (4, 2), 3 before",
         "!'ij->ik', r(2,3) -- letter 'k' of the output is in no operand",
         "!'ij->ii', r(2,3) -- letter 'i' stands twice in the output",
         "!'ij,jk', r(2,3) -- more operands than the 1 given",
         "!'ij', r(2,3), r(3,2) -- 1 operand, 2 tensors given",
         "!'ijk', r(2,3) -- 3 subscripts for tensor 1 of shape (2, 3)",
         "!'i', r(2,3) -- 1 subscripts for tensor 1",
         "!'ii', r(1,3) -- sizes 1 and 3 differ",
         "!'i1', r(2,3) -- '1' is no letter", "!'i.j', r(2,3) -- '.' is no",
         "!'...i...', r(2,3) -- '...' stands twice",
         "!'ij-ji', r(2,3) -- is no '->'",
         "!'ij->j,i', r(2,3) -- ',' in the output",
         "!'ij->i->j', r(2,3) -- '-' in the output", "!'i' -- a value expected",
         "!'i', {} -- no tensors given", "!1, r(2) -- string expected")},
    {0},
};
