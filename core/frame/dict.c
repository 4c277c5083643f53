/* dict.c: dictionaries that are put in order.
 */
#include "frame.h"

/* A dictionary being tidied: which words are used, in which order. */
typedef struct tidy {
    mlrt *m;
    const mlrt_tensor *bytes, *offsets;
    int64_t n, kept;
    int64_t *order; /* the words that stay; and, behind them, where each word
                       goes, -1: nowhere */
    int64_t *place;
} tidy;

static const char *word(const tidy *t, int64_t k, size_t *n) {
    return mlrt_dict_word(t->bytes, t->offsets, k, n);
}

static bool before(const void *ud, int64_t a, int64_t b) {
    size_t na = 0, nb = 0;
    const char *x = word(ud, a, &na), *y = word(ud, b, &nb);
    int c = memcmp(x, y, na < nb ? na : nb);
    return c < 0 || (c == 0 && na < nb);
}

/* Marks the words that codes use, counts them, lists them. */
static int find_used(tidy *t, const mlrt_tensor *codes) {
    const int64_t *code = (const int64_t *)mlrt__ptr(codes);
    for (int64_t k = 0; k < t->n; k++)
        t->place[k] = -1;
    for (int64_t i = 0; i < codes->numel; i++) {
        if (code[i] >= t->n)
            return mlrt_fail(t->m, MLRT_EINDEX, "dictionary: no word %lld",
                             (long long)code[i]);
        if (code[i] >= 0)
            t->place[code[i]] = 0;
    }
    for (int64_t k = 0; k < t->n; k++) {
        size_t n;
        if (!word(t, k, &n))
            return mlrt_fail(t->m, MLRT_EARG, "dictionary: damaged");
        if (t->place[k] == 0)
            t->order[t->kept++] = k;
    }
    return 0;
}

/* The words that stay, as texts. */
static int collect(const tidy *t, mlrt__words *w) {
    for (int64_t i = 0; i < t->kept; i++) {
        size_t n = 0;
        const char *p = word(t, t->order[i], &n);
        int k = mlrt__words_add(w, p, n);
        if (k < 0)
            return MLRT_ENOMEM;
        t->place[t->order[i]] = k;
    }
    return 0;
}

static mlrt_tensor *renumbered(const tidy *t, const mlrt_tensor *codes) {
    mlrt_tensor *y = mlrt_empty(t->m, MLRT_INDEX, 1, &codes->numel);
    if (!y)
        return NULL;
    const int64_t *from = (const int64_t *)mlrt__ptr(codes);
    int64_t *to = (int64_t *)mlrt__ptr(y);
    for (int64_t i = 0; i < codes->numel; i++)
        to[i] = from[i] < 0 ? -1 : t->place[from[i]];
    return y;
}

static int run(tidy *t, const mlrt_tensor *codes, bool sorted, mlrt_tensor **c,
               mlrt_tensor **b, mlrt_tensor **o) {
    mlrt__words w;
    int err = find_used(t, codes);
    if (!err && sorted)
        err = mlrt__order(t->m, t->order, t->kept, before, t);
    mlrt__words_init(t->m, &w);
    if (!err)
        err = collect(t, &w);
    *c = err ? NULL : renumbered(t, codes);
    if (!err)
        err = *c ? mlrt__words_tensors(&w, b, o) : t->m->errcode;
    if (err && *c) {
        mlrt__drop(t->m, *c);
        *c = NULL;
    }
    mlrt__words_free(&w);
    return err;
}

int mlrt_dict_tidy(mlrt *m, mlrt_tensor *codes, mlrt_tensor *bytes,
                   mlrt_tensor *offsets, bool sorted, mlrt_tensor **new_codes,
                   mlrt_tensor **new_bytes, mlrt_tensor **new_offsets) {
    int err = mlrt__frame_check(m, "dictionary", codes, MLRT_INDEX, -1);
    if (!err)
        err = mlrt__frame_check(m, "dictionary", bytes, MLRT_U8, -1);
    if (!err)
        err = mlrt__frame_check(m, "dictionary", offsets, MLRT_I64, -1);
    if (err)
        return err;
    tidy t = {m, bytes, offsets, mlrt_dict_size(offsets), 0, NULL, NULL};
    size_t room = mlrt__room(0, (size_t)t.n + 1, 2 * sizeof *t.order);
    t.order = mlrt__alloc(m, room);
    if (!t.order)
        return MLRT_ENOMEM;
    t.place = t.order + t.n + 1;
    err = run(&t, codes, sorted, new_codes, new_bytes, new_offsets);
    mlrt__free(m, t.order, room);
    return err;
}

/* ---- Two dictionaries ------------------------------------------------- */

static int add_all(mlrt__words *w, const mlrt_tensor *bytes,
                   const mlrt_tensor *offsets, int64_t *place) {
    for (int64_t k = 0; k < mlrt_dict_size(offsets); k++) {
        size_t n = 0;
        const char *p = mlrt_dict_word(bytes, offsets, k, &n);
        int i = p ? mlrt__words_add(w, p, n) : -1;
        if (!p)
            return mlrt_fail(w->m, MLRT_EARG, "dictionary: damaged");
        if (i < 0)
            return MLRT_ENOMEM;
        if (place)
            place[k] = i;
    }
    return 0;
}

static int check_dict(mlrt *m, const mlrt_tensor *bytes,
                      const mlrt_tensor *offsets) {
    int err = mlrt__frame_check(m, "dictionary", bytes, MLRT_U8, -1);
    return err ? err
               : mlrt__frame_check(m, "dictionary", offsets, MLRT_I64, -1);
}

int mlrt_dict_merge(mlrt *m, mlrt_tensor *bytes, mlrt_tensor *offsets,
                    mlrt_tensor *other_bytes, mlrt_tensor *other_offsets,
                    mlrt_tensor **new_bytes, mlrt_tensor **new_offsets,
                    mlrt_tensor **places) {
    mlrt__words w;
    int err = check_dict(m, bytes, offsets);
    if (!err)
        err = check_dict(m, other_bytes, other_offsets);
    if (err)
        return err;
    int64_t n = mlrt_dict_size(other_offsets);
    mlrt_tensor *place = mlrt_empty(m, MLRT_INDEX, 1, &n);
    if (!place)
        return m->errcode;
    mlrt__words_init(m, &w);
    err = add_all(&w, bytes, offsets, NULL);
    if (!err)
        err = add_all(&w, other_bytes, other_offsets,
                      (int64_t *)mlrt__ptr(place));
    if (!err)
        err = mlrt__words_tensors(&w, new_bytes, new_offsets);
    mlrt__words_free(&w);
    *places = err ? NULL : place;
    if (err)
        mlrt__drop(m, place);
    return err;
}

/* ---- Words as values -------------------------------------------------- */

static bool parse_word(mlrt_kind kind, const char *p, size_t n,
                       const char *format, void *y, int64_t k) {
    int64_t *whole = (int64_t *)y + k;
    bool truth = false;
    mlrt__parsed is = MLRT__NO;
    while (n && (*p == ' ' || *p == '\t'))
        p++, n--;
    while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
        n--;
    if (kind == MLRT_COL_F64)
        is = mlrt__parse_f64(p, n, '.', (double *)y + k);
    else if (kind == MLRT_COL_I64)
        is = mlrt__parse_i64(p, n, whole);
    else if (kind == MLRT_COL_DATETIME)
        is = mlrt__parse_time(p, n, format, whole);
    else {
        is = mlrt__parse_bool(p, n, &truth);
        ((uint8_t *)y)[k] = truth;
    }
    return is == MLRT__YES;
}

static const size_t sizes[] = {8, 8, 1, 8};

int mlrt_dict_parse(mlrt *m, mlrt_tensor *bytes, mlrt_tensor *offsets,
                    mlrt_kind kind, const char *format, mlrt_tensor **values,
                    mlrt_tensor **bad) {
    static const uint8_t dtype[] = {MLRT_F64, MLRT_I64, MLRT_BOOL, MLRT_I64};
    int err = check_dict(m, bytes, offsets);
    if (!err && (kind < 0 || kind > MLRT_COL_DATETIME))
        err = mlrt_fail(m, MLRT_EARG, "to: no such kind");
    if (err)
        return err;
    int64_t n = mlrt_dict_size(offsets);
    mlrt_tensor *y = mlrt_empty(m, (mlrt_dtype)dtype[kind], 1, &n);
    mlrt_tensor *b = y ? mlrt_empty(m, MLRT_BOOL, 1, &n) : NULL;
    if (!b) {
        if (y)
            mlrt__drop(m, y);
        return m->errcode;
    }
    memset(mlrt__ptr(y), 0, (size_t)n * sizes[kind]);
    for (int64_t k = 0; k < n; k++) {
        size_t len = 0;
        const char *p = mlrt_dict_word(bytes, offsets, k, &len);
        ((uint8_t *)mlrt__ptr(b))[k] = !p || !parse_word(kind, p, len, format,
                                                         mlrt__ptr(y), k);
    }
    *values = y;
    *bad = b;
    return 0;
}
