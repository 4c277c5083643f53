/* group.c: which rows are alike.
 *
 * The values of each column are numbered in the order in which they first
 * occur, and pairs of numbers are numbered again, column by column.  Where keys
 * lie close together a table is indexed by them, elsewhere by a hash
 * (multiplication by the golden ratio, open addressing).
 */
#include "frame.h"

/* Numbers given to keys so far. */
typedef struct numbers {
    mlrt *m;
    uint64_t *key; /* by slot */
    uint32_t *id;  /* 1 + the number, 0: free */
    size_t slots;
    int bits;
    uint32_t n;
} numbers;

static size_t slot_bytes(size_t slots) {
    return slots * (sizeof(uint64_t) + sizeof(uint32_t));
}

static size_t slot_of(const numbers *t, uint64_t key) {
    size_t at = (size_t)(key * 0x9E3779B97F4A7C15u >> (64 - t->bits));
    while (t->id[at] && t->key[at] != key)
        at = (at + 1) & (t->slots - 1);
    return at;
}

static int resize(numbers *t, int bits) {
    numbers big = {.m = t->m, .slots = (size_t)1 << bits, .bits = bits};
    big.n = t->n;
    big.key = mlrt__alloc(t->m, slot_bytes(big.slots));
    if (!big.key)
        return MLRT_ENOMEM;
    big.id = (uint32_t *)(big.key + big.slots);
    memset(big.id, 0, big.slots * sizeof *big.id);
    for (size_t i = 0; i < t->slots; i++)
        if (t->id[i]) {
            size_t at = slot_of(&big, t->key[i]);
            big.key[at] = t->key[i];
            big.id[at] = t->id[i];
        }
    if (t->key)
        mlrt__free(t->m, t->key, slot_bytes(t->slots));
    *t = big;
    return 0;
}

/* By hash: key[i] becomes the number in id[i], where that is not -1. */
static int by_hash(mlrt *m, const uint64_t *key, int64_t *id, int64_t n,
                   int64_t *count) {
    numbers t = {.m = m};
    int err = resize(&t, 12);
    for (int64_t i = 0; i < n && !err; i++) {
        if (id[i] < 0)
            continue;
        size_t at = slot_of(&t, key[i]);
        if (!t.id[at]) {
            t.key[at] = key[i];
            t.id[at] = ++t.n;
        }
        id[i] = t.id[at] - 1;
        if ((size_t)t.n * 2 > t.slots)
            err = resize(&t, t.bits + 1);
    }
    *count = t.n;
    if (t.key)
        mlrt__free(m, t.key, slot_bytes(t.slots));
    return err;
}

/* By a table over least..least + size - 1. */
static int by_table(mlrt *m, const uint64_t *key, uint64_t least, size_t size,
                    int64_t *id, int64_t n, int64_t *count) {
    uint32_t *number = mlrt__alloc(m, mlrt__room(0, size, sizeof *number)),
             k = 0;
    if (!number)
        return MLRT_ENOMEM;
    memset(number, 0, size * sizeof *number);
    for (int64_t i = 0; i < n; i++)
        if (id[i] >= 0) {
            uint32_t *x = &number[key[i] - least];
            if (!*x)
                *x = ++k;
            id[i] = *x - 1;
        }
    *count = k;
    mlrt__free(m, number, size * sizeof *number);
    return 0;
}

/* Numbers keys densely; rows whose id is -1 keep it. */
static int number(mlrt *m, const uint64_t *key, int64_t *id, int64_t n,
                  int64_t *count) {
    uint64_t least = UINT64_MAX, most = 0;
    for (int64_t i = 0; i < n; i++)
        if (id[i] >= 0) {
            least = key[i] < least ? key[i] : least;
            most = key[i] > most ? key[i] : most;
        }
    *count = 0;
    if (least > most)
        return 0;
    if (most - least < (uint64_t)n * 2 + 4096)
        return by_table(m, key, least, (size_t)(most - least + 1), id, n,
                        count);
    return by_hash(m, key, id, n, count);
}

/* ---- Columns ---------------------------------------------------------- */

/* The values of one column numbered; holes are in none, or (keep) one more. */
static int number_column(mlrt *m, const mlrt_sort_by *by, bool keep,
                         uint64_t *key, int64_t *id, int64_t *count) {
    int64_t n = by->values->numel;
    int err = mlrt__sort_keys(m, "groupby", by->values, key);
    bool any = by->holes != MLRT_NONE;
    const uint8_t *hole = any ? (const uint8_t *)mlrt__ptr(by->holes) : NULL;
    if (err)
        return err;
    for (int64_t i = 0; i < n; i++)
        id[i] = hole && hole[i] ? -1 : 0;
    err = number(m, key, id, n, count);
    if (err || !keep || !hole)
        return err;
    for (int64_t i = 0; i < n; i++)
        if (id[i] < 0)
            id[i] = *count;
    ++*count;
    return 0;
}

/* One more column: ids of what came before become ids of both. */
static int add_column(mlrt *m, const mlrt_sort_by *by, bool keep, uint64_t *key,
                      int64_t *id, int64_t *here, int64_t *count) {
    int64_t n = by->values->numel, many;
    int err = number_column(m, by, keep, key, here, &many);
    if (err)
        return err;
    for (int64_t i = 0; i < n; i++) {
        id[i] = here[i] < 0 ? -1 : id[i];
        key[i] = (uint64_t)id[i] * (uint64_t)many + (uint64_t)here[i];
    }
    return number(m, key, id, n, count);
}

static int check(mlrt *m, const mlrt_sort_by *by, int nby, int64_t *n) {
    if (nby < 1)
        return mlrt_fail(m, MLRT_EARG, "groupby: no column is given");
    *n = -1;
    for (int i = 0; i < nby; i++) {
        const mlrt_tensor *t = by[i].values;
        int dtype = mlrt__absent(t) ? 0 : t->dtype;
        int err = mlrt__frame_check(m, "groupby", t, dtype, *n);
        if (!err)
            *n = t->numel;
        if (!err && by[i].holes != MLRT_NONE)
            err = mlrt__frame_check(m, "groupby", by[i].holes, MLRT_BOOL, *n);
        if (err)
            return err;
    }
    return *n < INT32_MAX ? 0
                          : mlrt_fail(m, MLRT_ENOMEM, "groupby: too many rows");
}

/* The first row of each group. */
static mlrt_tensor *first_rows(mlrt *m, const int64_t *id, int64_t n,
                               int64_t count) {
    mlrt_tensor *t = mlrt_empty(m, MLRT_INDEX, 1, &count);
    int64_t *first = t ? (int64_t *)mlrt__ptr(t) : NULL, next = 0;
    for (int64_t i = 0; t && i < n && next < count; i++)
        if (id[i] == next)
            first[next++] = i;
    return t;
}

/* Numbers once more, in the order in which they first occur. */
static int renumber(mlrt *m, uint64_t *key, int64_t *id, int64_t n,
                    int64_t *count) {
    for (int64_t i = 0; i < n; i++)
        key[i] = (uint64_t)id[i];
    return number(m, key, id, n, count);
}

static int run(mlrt *m, const mlrt_sort_by *by, int nby, bool keep, int64_t *id,
               int64_t n, int64_t *count) {
    size_t bytes = mlrt__room(0, (size_t)n, sizeof(uint64_t) + sizeof(int64_t));
    uint64_t *key = mlrt__alloc(m, bytes);
    if (!key)
        return MLRT_ENOMEM;
    int err = number_column(m, by, keep, key, id, count);
    /* With holes kept, the first row of a number may not come in its order. */
    if (!err && keep && nby == 1 && by->holes != MLRT_NONE)
        err = renumber(m, key, id, n, count);
    for (int i = 1; i < nby && !err; i++)
        err = mlrt__stop(m) ? mlrt__stopped(m)
                            : add_column(m, &by[i], keep, key, id,
                                         (int64_t *)(key + n), count);
    mlrt__free(m, key, bytes);
    return err;
}

int mlrt_rows_group(mlrt *m, const mlrt_sort_by *by, int nby, bool keep,
                    mlrt_tensor **groups, mlrt_tensor **firsts) {
    int64_t n, count;
    int err = check(m, by, nby, &n);
    if (err)
        return err;
    mlrt_tensor *g = mlrt_empty(m, MLRT_INDEX, 1, &n), *f = NULL;
    if (!g)
        return m->errcode;
    int64_t *id = (int64_t *)mlrt__ptr(g);
    err = run(m, by, nby, keep, id, n, &count);
    if (!err)
        f = first_rows(m, id, n, count);
    if (!err && !f)
        err = m->errcode;
    if (err) {
        mlrt__drop(m, g);
        return err;
    }
    *groups = g;
    *firsts = f;
    return 0;
}
