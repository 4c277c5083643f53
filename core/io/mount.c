/* mount.c: names that stand for memory of the host's.
 *
 * A context has a list of them, looked at before any file is opened.  There
 * are few, so the list is short.
 */
#include "io.h"

struct mlrt__mount {
    mlrt__mount *next;
    const void *bytes; /* of a reader */
    size_t n;
    mlrt_sink_fn *sink; /* NULL: a reader */
    void *ud;
    size_t size; /* of this block */
    char name[];
};

static mlrt__mount **find(mlrt *m, const char *name) {
    mlrt__mount **p = &m->mounts;
    while (*p && strcmp((*p)->name, name) != 0)
        p = &(*p)->next;
    return p;
}

static void take_out(mlrt *m, mlrt__mount **p) {
    mlrt__mount *k = *p;
    *p = k->next;
    mlrt__free(m, k, k->size);
}

void mlrt_unmount(mlrt *m, const char *name) {
    mlrt__mount **p = find(m, name);
    if (*p)
        take_out(m, p);
}

void mlrt__mounts_close(mlrt *m) {
    while (m->mounts)
        take_out(m, &m->mounts);
}

static int put_in(mlrt *m, const char *name, const mlrt__mount *mount) {
    if (!name || !*name)
        return mlrt_fail(m, MLRT_EARG, "mount: the name is missing");
    size_t len = strlen(name) + 1;
    mlrt__mount *k = mlrt__alloc(m, sizeof *k + len);
    if (!k)
        return MLRT_ENOMEM;
    mlrt_unmount(m, name);
    *k = (mlrt__mount){.next = m->mounts,
                       .bytes = mount->bytes,
                       .n = mount->n,
                       .sink = mount->sink,
                       .ud = mount->ud};
    k->size = sizeof *k + len;
    memcpy(k->name, name, len);
    m->mounts = k;
    return 0;
}

int mlrt_mount(mlrt *m, const char *name, const void *bytes, size_t n) {
    if (!bytes && n > 0)
        return mlrt_fail(m, MLRT_EARG, "mount: the bytes are missing");
    return put_in(m, name, &(mlrt__mount){.bytes = bytes, .n = n});
}

int mlrt_mount_sink(mlrt *m, const char *name, mlrt_sink_fn *fn, void *ud) {
    if (!fn)
        return mlrt_fail(m, MLRT_EARG, "mount_sink: the function is missing");
    return put_in(m, name, &(mlrt__mount){.sink = fn, .ud = ud});
}

void mlrt_seal(mlrt *m) {
    m->sealed = true;
}

bool mlrt_sealed(const mlrt *m) {
    return m->sealed;
}

/* Neither mounted nor a file that may be reached; *mounted is false. */
static int elsewhere(const mlrt__file *f, bool *mounted) {
    *mounted = f->m->sealed;
    return f->m->sealed ? mlrt__file_fail(f, MLRT_EIO, "is not mounted") : 0;
}

int mlrt__mount_read(mlrt__file *f, bool *mounted) {
    const mlrt__mount *k = *find(f->m, f->path);
    if (!k)
        return elsewhere(f, mounted);
    *mounted = true;
    if (k->sink)
        return mlrt__file_fail(f, MLRT_EIO, "can only be written");
    mlrt__file_memory(f->m, f->what, f->path, k->bytes, k->n, f);
    return 0;
}

int mlrt__mount_write(const mlrt__file *f, mlrt_sink_fn **fn, void **ud) {
    const mlrt__mount *k = *find(f->m, f->path);
    bool mounted;
    if (!k)
        return elsewhere(f, &mounted);
    *fn = k->sink;
    *ud = k->ud;
    return k->sink ? 0 : mlrt__file_fail(f, MLRT_EIO, "can only be read");
}
