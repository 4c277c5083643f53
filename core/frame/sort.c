/* sort.c: the order of rows by one or more columns.
 *
 * A value becomes 64 bits that sort as it does, and these are sorted by their
 * digits, the lowest first (LSD radix sort, 11 bits at a time; digits that are
 * the same everywhere cost nothing).  That is stable, so columns are sorted by
 * from the last to the first; holes come last.
 */
#include "frame.h"

enum { BITS = 11, SIZE = 1 << BITS, DIGITS = 6 };

/* ---- Keys ------------------------------------------------------------- */

static uint64_t float_key(double x) {
    uint64_t bits;
    x += 0.0; /* -0 is 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

int mlrt__sort_keys(mlrt *m, const char *what, const mlrt_tensor *t,
                    uint64_t *key) {
    int64_t n = t->numel;
    const void *p = mlrt__ptr(t);
    const int64_t *whole = p;
    switch (t->dtype) {
    case MLRT_F64:
        for (int64_t i = 0; i < n; i++)
            key[i] = float_key(((const double *)p)[i]);
        return 0;
    case MLRT_I64:
    case MLRT_INDEX:
        for (int64_t i = 0; i < n; i++)
            key[i] = (uint64_t)whole[i] ^ (uint64_t)1 << 63;
        return 0;
    case MLRT_BOOL:
        for (int64_t i = 0; i < n; i++)
            key[i] = ((const uint8_t *)p)[i];
        return 0;
    default:
        return mlrt_fail(m, MLRT_EDTYPE, "%s: no column is of %s", what,
                         mlrt_dtype_name((mlrt_dtype)t->dtype));
    }
}

/* ---- Digits ----------------------------------------------------------- */

/* Keys and the rows that they belong to, and room for as many again. */
typedef struct sorter {
    int64_t n;
    uint64_t *key, *other_key;
    int64_t *row, *other_row;
    uint32_t count[DIGITS][SIZE];
} sorter;

static unsigned digit(uint64_t key, int d) {
    return (unsigned)(key >> (d * BITS)) & (SIZE - 1);
}

static void count(sorter *s) {
    memset(s->count, 0, sizeof s->count);
    for (int64_t i = 0; i < s->n; i++)
        for (int d = 0; d < DIGITS; d++)
            s->count[d][digit(s->key[i], d)]++;
}

static void swap(sorter *s) {
    uint64_t *key = s->key;
    int64_t *row = s->row;
    s->key = s->other_key;
    s->row = s->other_row;
    s->other_key = key;
    s->other_row = row;
}

/* Distributes by one digit. */
static void pass(sorter *s, int d) {
    uint32_t *place = s->count[d], sum = 0;
    if (place[digit(s->key[0], d)] == (uint32_t)s->n)
        return;
    for (int k = 0; k < SIZE; k++) {
        uint32_t n = place[k];
        place[k] = sum;
        sum += n;
    }
    for (int64_t i = 0; i < s->n; i++) {
        uint32_t to = place[digit(s->key[i], d)]++;
        s->other_key[to] = s->key[i];
        s->other_row[to] = s->row[i];
    }
    swap(s);
}

/* Where only the highest digits have been sorted by, rows that are equal in
 * them: these are few if any (of floats, say), and put in order where they
 * stand.  False: they are many. */
static bool settle(sorter *s, int lowest) {
    uint64_t mask = ~(uint64_t)0 << (lowest * BITS);
    int64_t work = 0;
    for (int64_t i = 1; i < s->n; i++) {
        uint64_t key = s->key[i];
        int64_t row = s->row[i], k = i;
        for (; k > 0 && s->key[k - 1] > key; k--, work++) {
            if ((s->key[k - 1] ^ key) & mask)
                return false; /* cannot be */
            s->key[k] = s->key[k - 1];
            s->row[k] = s->row[k - 1];
        }
        s->key[k] = key;
        s->row[k] = row;
        if (work > s->n)
            return false;
    }
    return true;
}

/* Is there more than one value of a digit? */
static bool differs(const sorter *s, int d) {
    return s->count[d][digit(s->key[0], d)] != (uint32_t)s->n;
}

/* Three digits tell most keys apart; if they do not, all are sorted by, which
 * keeps the order of what is equal whatever was done before. */
static void by_digits(sorter *s) {
    int lowest = DIGITS, found = 0;
    count(s);
    while (lowest > 0 && found < 3)
        found += differs(s, --lowest);
    for (int d = lowest; d < DIGITS; d++)
        pass(s, d);
    if (lowest > 0 && !settle(s, lowest)) {
        count(s);
        for (int d = 0; d < DIGITS; d++)
            pass(s, d);
    }
}

/* ---- Columns ---------------------------------------------------------- */

/* Rows with a hole go behind the others, in their order. */
static void holes_last(sorter *s, const uint8_t *hole) {
    int64_t kept = 0, out = 0;
    for (int64_t i = 0; i < s->n; i++)
        if (hole[s->row[i]])
            s->other_row[out++] = s->row[i];
        else
            s->row[kept++] = s->row[i];
    memcpy(s->row + kept, s->other_row, (size_t)out * sizeof *s->row);
}

/* Sorts the rows by one column, of which they keep the order where equal. What
 * lies under holes does not count. */
static int by_column(mlrt *m, sorter *s, const mlrt_sort_by *by) {
    int err = mlrt__sort_keys(m, "sort", by->values, s->other_key);
    uint64_t flip = by->descending ? UINT64_MAX : 0;
    bool any = by->holes != MLRT_NONE;
    const uint8_t *hole = any ? (const uint8_t *)mlrt__ptr(by->holes) : NULL;
    for (int64_t i = 0; i < s->n && !err; i++) {
        int64_t row = s->row[i];
        s->key[i] = hole && hole[row] ? 0 : s->other_key[row] ^ flip;
    }
    if (err || s->n == 0)
        return err;
    by_digits(s);
    if (hole)
        holes_last(s, hole);
    return 0;
}

static int check(mlrt *m, const mlrt_sort_by *by, int nby) {
    int64_t n = nby > 0 && !mlrt__absent(by->values) ? by->values->numel : 0;
    if (nby < 1)
        return mlrt_fail(m, MLRT_EARG, "sort: no column is given");
    if (n > UINT32_MAX)
        return mlrt_fail(m, MLRT_ENOMEM, "sort: too many rows");
    for (int i = 0; i < nby; i++) {
        const mlrt_tensor *t = by[i].values;
        int err = mlrt__frame_check(m, "sort", t,
                                    mlrt__absent(t) ? 0 : t->dtype, n);
        if (!err && by[i].holes != MLRT_NONE)
            err = mlrt__frame_check(m, "sort", by[i].holes, MLRT_BOOL, n);
        if (err)
            return err;
    }
    return 0;
}

static int run(mlrt *m, sorter *s, const mlrt_sort_by *by, int nby) {
    int err = 0;
    for (int64_t i = 0; i < s->n; i++)
        s->row[i] = i;
    for (int i = nby - 1; i >= 0 && !err; i--)
        err = mlrt__stop(m) ? mlrt__stopped(m) : by_column(m, s, &by[i]);
    return err;
}

int mlrt_rows_sort(mlrt *m, const mlrt_sort_by *by, int nby,
                   mlrt_tensor **index) {
    size_t bytes;
    int err = check(m, by, nby);
    if (err)
        return err;
    int64_t n = by->values->numel;
    if (!mlrt__mul((size_t)n, 4 * sizeof(int64_t), &bytes))
        return mlrt_fail(m, MLRT_ENOMEM, "sort: too many rows");
    sorter *s = mlrt__alloc(m, sizeof *s + bytes);
    if (!s)
        return MLRT_ENOMEM;
    s->n = n;
    s->key = (uint64_t *)(s + 1);
    s->other_key = s->key + n;
    s->row = (int64_t *)(s->other_key + n);
    s->other_row = s->row + n;
    err = run(m, s, by, nby);
    *index = err ? NULL : mlrt_from_data(m, MLRT_INDEX, 1, &n, s->row);
    mlrt__free(m, s, sizeof *s + bytes);
    return err ? err : *index ? 0 : m->errcode;
}
