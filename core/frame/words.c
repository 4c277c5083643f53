/* words.c: sets of different texts, and the dictionaries made of them.
 *
 * Columns of text are mostly a few words over and over, so each is kept once
 * and cells are numbers.  The table is open addressing over 32-bit hashes that
 * are kept with the words, so growing it reads no text.
 */
#include "frame.h"

enum { FIRST_SLOTS = 64, FIRST_TEXT = 1024 };

void mlrt__words_init(mlrt *m, mlrt__words *w) {
    *w = (mlrt__words){.m = m};
}

void mlrt__words_free(mlrt__words *w) {
    mlrt *m = w->m;
    if (w->text)
        mlrt__free(m, w->text, w->text_cap);
    if (w->start)
        mlrt__free(m, w->start, (size_t)w->start_cap * sizeof *w->start);
    if (w->hash)
        mlrt__free(m, w->hash, (size_t)w->hash_cap * sizeof *w->hash);
    if (w->slot)
        mlrt__free(m, w->slot, w->nslots * sizeof *w->slot);
    mlrt__words_init(m, w);
}

/* ---- Hashing ---------------------------------------------------------- */

/* Eight bytes a step, mixed by a multiplication of 128 bits, as wyhash does
 * (Wang Yi 2019). */
static inline uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ unsigned __int128 r = (unsigned __int128)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

/* At most 8 bytes as a number; the middle ones may be in it twice. */
static inline uint64_t tail(const char *p, size_t n) {
    uint32_t a = 0, b = 0;
    if (n >= 4) {
        memcpy(&a, p, 4);
        memcpy(&b, p + n - 4, 4);
    } else if (n > 0) {
        a = (uint8_t)p[0];
        b = (uint32_t)(uint8_t)p[n / 2] << 8 | (uint8_t)p[n - 1];
    }
    return (uint64_t)a << 32 | b;
}

static inline uint32_t hash_of(const char *p, size_t n) {
    uint64_t h = 0x9E3779B97F4A7C15u ^ n, x = 0;
    for (; n > 8; p += 8, n -= 8) {
        memcpy(&x, p, 8);
        h = mix(h ^ x, 0xA0761D6478BD642Fu);
    }
    x = tail(p, n);
    h = mix(h ^ x, 0xE7037ED1A0B428DBu);
    return (uint32_t)(h ^ h >> 32);
}

static inline bool same(const mlrt__words *w, int i, const char *p, size_t n) {
    const char *q = w->text + w->start[i];
    if ((size_t)(w->start[i + 1] - w->start[i]) != n)
        return false;
    return n <= 8 ? tail(p, n) == tail(q, n) : memcmp(q, p, n) == 0;
}

/* The slot where a text is, or could be. */
static inline size_t seek(const mlrt__words *w, uint32_t h, const char *p,
                          size_t n) {
    size_t at = h & (w->nslots - 1);
    for (; w->slot[at]; at = (at + 1) & (w->nslots - 1)) {
        int i = (int)w->slot[at] - 1;
        if (w->hash[i] == h && same(w, i, p, n))
            break;
    }
    return at;
}

int mlrt__words_find(const mlrt__words *w, const char *p, size_t n) {
    if (!w->nslots)
        return -1;
    return (int)w->slot[seek(w, hash_of(p, n), p, n)] - 1;
}

/* ---- Adding ----------------------------------------------------------- */

static int more_slots(mlrt__words *w) {
    size_t n = w->nslots ? w->nslots * 2 : FIRST_SLOTS;
    uint32_t *slot = mlrt__alloc(w->m, mlrt__room(0, n, sizeof *slot));
    if (!slot)
        return MLRT_ENOMEM;
    memset(slot, 0, n * sizeof *slot);
    for (int i = 0; i < w->n; i++) {
        size_t at = w->hash[i] & (n - 1);
        while (slot[at])
            at = (at + 1) & (n - 1);
        slot[at] = (uint32_t)i + 1;
    }
    if (w->slot)
        mlrt__free(w->m, w->slot, w->nslots * sizeof *slot);
    w->slot = slot;
    w->nslots = n;
    return 0;
}

static int more_text(mlrt__words *w, size_t n) {
    size_t cap = w->text_cap ? w->text_cap : FIRST_TEXT;
    while (cap < w->text_n + n)
        cap *= 2;
    if (cap == w->text_cap)
        return 0;
    char *text = mlrt__alloc(w->m, cap);
    if (!text)
        return MLRT_ENOMEM;
    if (w->text) {
        memcpy(text, w->text, w->text_n);
        mlrt__free(w->m, w->text, w->text_cap);
    }
    w->text = text;
    w->text_cap = cap;
    return 0;
}

/* Room for one text more, of n bytes. */
static int reserve(mlrt__words *w, size_t n) {
    if ((size_t)w->n * 2 >= w->nslots && more_slots(w) != 0)
        return MLRT_ENOMEM;
    if (more_text(w, n) != 0 ||
        mlrt__grow(w->m, &w->hash, &w->hash_cap, w->n, sizeof *w->hash) != 0)
        return MLRT_ENOMEM;
    int err = mlrt__grow(w->m, &w->start, &w->start_cap, w->n + 1,
                         sizeof *w->start);
    if (!err && w->n == 0)
        w->start[0] = 0;
    return err;
}

int mlrt__words_add(mlrt__words *w, const char *p, size_t n) {
    uint32_t h = hash_of(p, n);
    if (w->nslots) {
        size_t at = seek(w, h, p, n);
        if (w->slot[at])
            return (int)w->slot[at] - 1;
    }
    if (reserve(w, n) != 0)
        return -1;
    w->slot[seek(w, h, p, n)] = (uint32_t)w->n + 1;
    w->hash[w->n] = h;
    memcpy(w->text + w->text_n, p, n);
    w->text_n += n;
    w->start[w->n + 1] = (int64_t)w->text_n;
    return w->n++;
}

/* ---- Dictionaries ----------------------------------------------------- */

int mlrt__words_tensors(const mlrt__words *w, mlrt_tensor **bytes,
                        mlrt_tensor **offsets) {
    int64_t zero = 0, n = (int64_t)w->text_n, words = w->n + 1;
    *bytes = mlrt_from_data(w->m, MLRT_U8, 1, &n, w->text ? w->text : "");
    *offsets = mlrt_from_data(w->m, MLRT_I64, 1, &words,
                              w->n ? w->start : &zero);
    if (*bytes && *offsets)
        return 0;
    if (*bytes)
        mlrt__drop(w->m, *bytes);
    if (*offsets)
        mlrt__drop(w->m, *offsets);
    *bytes = *offsets = NULL;
    return w->m->errcode;
}

static int encode(mlrt__words *w, const char *const *words,
                  const size_t *lengths, int64_t n, int64_t *code) {
    for (int64_t i = 0; i < n; i++) {
        int k = words[i] ? mlrt__words_add(w, words[i], lengths[i]) : -1;
        if (words[i] && k < 0)
            return MLRT_ENOMEM;
        code[i] = k;
    }
    return 0;
}

int mlrt_dict_encode(mlrt *m, const char *const *words, const size_t *lengths,
                     int64_t n, mlrt_tensor **codes, mlrt_tensor **bytes,
                     mlrt_tensor **offsets) {
    mlrt__words w;
    mlrt__words_init(m, &w);
    mlrt_tensor *t = mlrt_empty(m, MLRT_INDEX, 1, &n);
    int err = t ? encode(&w, words, lengths, n, (int64_t *)mlrt__ptr(t))
                : m->errcode;
    if (!err)
        err = mlrt__words_tensors(&w, bytes, offsets);
    mlrt__words_free(&w);
    *codes = err ? NULL : t;
    if (err && t)
        mlrt__drop(m, t);
    return err;
}

int64_t mlrt_dict_size(const mlrt_tensor *offsets) {
    return offsets && offsets->numel > 0 ? offsets->numel - 1 : 0;
}

const char *mlrt_dict_word(const mlrt_tensor *bytes, const mlrt_tensor *offsets,
                           int64_t k, size_t *length) {
    if (!bytes || !offsets || bytes->dtype != MLRT_U8 ||
        offsets->dtype != MLRT_I64 || k < 0 || k >= mlrt_dict_size(offsets) ||
        !mlrt_is_contiguous(bytes) || !mlrt_is_contiguous(offsets))
        return NULL;
    const int64_t *at = (const int64_t *)mlrt__ptr(offsets) + k;
    if (at[0] < 0 || at[1] < at[0] || at[1] > bytes->numel)
        return NULL;
    *length = (size_t)(at[1] - at[0]);
    return mlrt__ptr(bytes) + at[0];
}
