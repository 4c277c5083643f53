/* bundle.c: named tensors and a table of strings, on their way to a file or
 * from one.  safetensors.c and zip.c read and write them.
 */
#include <stdlib.h>

#include "io.h"
#include "json.h"

/* ---- Tables of names -------------------------------------------------- */

mlrt__item *mlrt__item_new(mlrt *m, size_t name, size_t text) {
    size_t bytes = sizeof(mlrt__item) + name + 1 + text + 1;
    if (name > SIZE_MAX / 8 || text > SIZE_MAX / 8) {
        mlrt_fail(m, MLRT_ENOMEM, "bundle: the name or text is too long");
        return NULL;
    }
    mlrt__item *item = mlrt__alloc(m, bytes);
    if (!item)
        return NULL;
    item->bytes = bytes;
    item->t = NULL;
    item->text = item->name + name + 1;
    return item;
}

void mlrt__item_free(mlrt *m, mlrt__item *item) {
    mlrt_release(item->t);
    mlrt__free(m, item, item->bytes);
}

static int make_room(mlrt *m, mlrt__dict *d) {
    int err = mlrt__grow(m, &d->v, &d->cap, d->n, sizeof *d->v);
    if (!err)
        err = mlrt__grow(m, &d->sorted, &d->sorted_cap, d->n,
                         sizeof *d->sorted);
    return err;
}

int mlrt__dict_push(mlrt *m, mlrt__dict *d, mlrt__item *item) {
    int err = make_room(m, d);
    if (!err)
        d->v[d->n] = d->sorted[d->n] = item, d->n++;
    return err;
}

static int by_name(const void *a, const void *b) {
    const mlrt__item *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

const char *mlrt__dict_sort(mlrt__dict *d) {
    if (d->n > 1)
        qsort(d->sorted, (size_t)d->n, sizeof *d->sorted, by_name);
    for (int i = 1; i < d->n; i++)
        if (strcmp(d->sorted[i - 1]->name, d->sorted[i]->name) == 0)
            return d->sorted[i]->name;
    return NULL;
}

int mlrt__dict_search(const mlrt__dict *d, const char *name, bool *found) {
    int low = 0, high = d->n;
    *found = false;
    while (low < high && !*found) {
        int mid = low + (high - low) / 2;
        int order = strcmp(d->sorted[mid]->name, name);
        *found = order == 0;
        if (order >= 0)
            high = mid;
        else
            low = mid + 1;
    }
    return high;
}

static void dict_free(mlrt *m, mlrt__dict *d) {
    for (int i = 0; i < d->n; i++)
        mlrt__item_free(m, d->v[i]);
    mlrt__free(m, d->v, (size_t)d->cap * sizeof *d->v);
    mlrt__free(m, d->sorted, (size_t)d->sorted_cap * sizeof *d->sorted);
}

/* Puts the last item, which was just pushed, where it belongs by name. */
static void settle(mlrt__dict *d, int place, mlrt__item *item) {
    memmove(d->sorted + place + 1, d->sorted + place,
            (size_t)(d->n - 1 - place) * sizeof *d->sorted);
    d->sorted[place] = item;
}

/* ---- The public functions --------------------------------------------- */

mlrt_bundle *mlrt_bundle_new(mlrt *m) {
    if (mlrt__io_ready(m, "bundle") != 0)
        return NULL;
    mlrt_bundle *b = mlrt__alloc(m, sizeof *b);
    if (!b)
        return NULL;
    *b = (mlrt_bundle){.m = m};
    m->refs++; /* its memory is the context's */
    return b;
}

void mlrt_bundle_free(mlrt_bundle *b) {
    if (!b)
        return;
    mlrt *m = b->m;
    dict_free(m, &b->tensors);
    dict_free(m, &b->meta);
    mlrt__free(m, b, sizeof *b);
    mlrt__context_release(m);
}

static int check_name(const mlrt_bundle *b, const char *kind, const char *name,
                      const mlrt__dict *d, int *place) {
    bool found;
    if (!mlrt__is_utf8(name, strlen(name)))
        return mlrt_fail(b->m, MLRT_EARG, "bundle: a %s is not UTF-8", kind);
    *place = mlrt__dict_search(d, name, &found);
    if (found)
        return mlrt_fail(b->m, MLRT_EARG, "bundle: the %s '%s' is taken", kind,
                         name);
    return 0;
}

/* A name and a text or tensor, added. */
static int add(mlrt_bundle *b, mlrt__dict *d, int place, const char *name,
               const char *text, mlrt_tensor *t) {
    size_t n = strlen(name), ntext = strlen(text);
    mlrt__item *item = mlrt__item_new(b->m, n, ntext);
    if (!item)
        return MLRT_ENOMEM;
    memcpy(item->name, name, n + 1);
    memcpy(item->name + n + 1, text, ntext + 1);
    int err = mlrt__dict_push(b->m, d, item);
    if (err) {
        mlrt__item_free(b->m, item);
        return err;
    }
    item->t = mlrt_retain(t);
    settle(d, place, item);
    return 0;
}

int mlrt_bundle_add(mlrt_bundle *b, const char *name, mlrt_tensor *t) {
    int place;
    if (!b)
        return MLRT_EARG;
    int err = mlrt__io_operand(b->m, "bundle", t);
    if (!err)
        err = check_name(b, "name", name, &b->tensors, &place);
    return err ? err : add(b, &b->tensors, place, name, "", t);
}

int mlrt_bundle_meta(mlrt_bundle *b, const char *key, const char *text) {
    int place;
    if (!b)
        return MLRT_EARG;
    int err = check_name(b, "key", key, &b->meta, &place);
    if (!err && !mlrt__is_utf8(text, strlen(text)))
        err = mlrt_fail(b->m, MLRT_EARG,
                        "bundle: the text of '%s' is not "
                        "UTF-8",
                        key);
    if (!err && strncmp(key, MLRT__DTYPE_KEY, strlen(MLRT__DTYPE_KEY)) == 0)
        err = mlrt_fail(b->m, MLRT_EARG,
                        "bundle: keys that begin with '" MLRT__DTYPE_KEY
                        "' are kept for dtypes");
    return err ? err : add(b, &b->meta, place, key, text, NULL);
}

int mlrt_bundle_count(const mlrt_bundle *b) {
    return b ? b->tensors.n : 0;
}

const char *mlrt_bundle_name(const mlrt_bundle *b, int i) {
    return b && i >= 0 && i < b->tensors.n ? b->tensors.v[i]->name : NULL;
}

mlrt_tensor *mlrt_bundle_tensor(const mlrt_bundle *b, int i) {
    return b && i >= 0 && i < b->tensors.n ? b->tensors.v[i]->t : NULL;
}

mlrt_tensor *mlrt_bundle_get(const mlrt_bundle *b, const char *name) {
    bool found;
    if (!b)
        return NULL;
    int place = mlrt__dict_search(&b->tensors, name, &found);
    if (found)
        return b->tensors.sorted[place]->t;
    mlrt_fail(b->m, MLRT_EARG, "bundle: no tensor is called '%s'", name);
    return NULL;
}

int mlrt_bundle_meta_count(const mlrt_bundle *b) {
    return b ? b->meta.n : 0;
}

const char *mlrt_bundle_meta_key(const mlrt_bundle *b, int i) {
    return b && i >= 0 && i < b->meta.n ? b->meta.v[i]->name : NULL;
}

const char *mlrt_bundle_meta_text(const mlrt_bundle *b, int i) {
    return b && i >= 0 && i < b->meta.n ? b->meta.v[i]->text : NULL;
}

const char *mlrt_bundle_meta_get(const mlrt_bundle *b, const char *key) {
    bool found;
    if (!b)
        return NULL;
    int place = mlrt__dict_search(&b->meta, key, &found);
    return found ? b->meta.sorted[place]->text : NULL;
}
