/* named.c: the tensors of a model by their names, to and from safetensors.
 *
 * Loading either changes everything or nothing: every name, shape and dtype is
 * looked at before the first tensor is written.
 */
#include "copy.h"
#include "io.h"

static int no_names(mlrt *m, const char *what) {
    return mlrt_fail(m, MLRT_EARG, "%s: a name is NULL", what);
}

int mlrt_save(mlrt *m, const char *path, const char *const *names,
              mlrt_tensor *const *tensors, int n) {
    mlrt_bundle *b = mlrt_bundle_new(m);
    int err = b ? 0 : m->errcode;
    for (int i = 0; i < n && !err; i++)
        err = names[i] ? mlrt_bundle_add(b, names[i], tensors[i])
                       : no_names(m, "save");
    if (!err)
        err = mlrt_bundle_save(b, path);
    mlrt_bundle_free(b);
    return err;
}

/* May the file's tensor `from` go into `to`? */
static int check_fit(mlrt *m, const char *name, const mlrt_tensor *to,
                     const mlrt_tensor *from) {
    char p[MLRT__SHAPE_TEXT];
    if (!to)
        return 0;
    if (to->ctx != m)
        return mlrt_fail(m, MLRT_EARG, "load: '%s' is another context's", name);
    if (to->dtype != from->dtype || !mlrt__same_shape(to, from))
        return mlrt_fail(m, MLRT_ESHAPE,
                         "load: '%s' is %s %s, but the file has %s %s", name,
                         mlrt_dtype_name((mlrt_dtype)to->dtype), MLRT__ST(to),
                         mlrt_dtype_name((mlrt_dtype)from->dtype),
                         mlrt__shape_text(p, from->ndim, from->shape));
    return mlrt__check_writable(m, "load", to);
}

static int check_all(const mlrt_bundle *b, const char *const *names,
                     mlrt_tensor *const *tensors, int n) {
    int err = 0;
    for (int i = 0; i < n && !err; i++) {
        mlrt_tensor *t = names[i] ? mlrt_bundle_get(b, names[i]) : NULL;
        if (!names[i])
            err = no_names(b->m, "load");
        else
            err = t ? check_fit(b->m, names[i], tensors[i], t) : MLRT_EARG;
    }
    return err;
}

/* The tensor for the host: the scope owns it, as it owns other results. */
static int hand_out(mlrt *m, mlrt_tensor *t, mlrt_tensor **place) {
    int err = mlrt__adopt(m, t);
    if (!err)
        *place = mlrt_retain(t);
    return err;
}

/* After a failure: those that were handed out are the bundle's. */
static void take_back(const mlrt_bundle *b, const char *const *names,
                      mlrt_tensor **tensors, int n) {
    for (int i = 0; i < n; i++)
        if (tensors[i] && tensors[i] == mlrt_bundle_get(b, names[i])) {
            mlrt__drop(b->m, tensors[i]);
            tensors[i] = NULL;
        }
}

/* Same dtype and shape, checked before: this cannot fail. */
static void fill(mlrt *m, mlrt_tensor *to, const mlrt_tensor *from) {
    mlrt__copy_into(m, from, to);
    mlrt__wrote(to, "load");
}

/* New handles first, since they can fail; then those that are only filled.
 * Consumes the bundle. */
static int take(mlrt_bundle *b, const char *const *names, mlrt_tensor **tensors,
                int n) {
    int err = check_all(b, names, tensors, n), i;
    for (i = 0; i < n && !err; i++)
        if (!tensors[i])
            err = hand_out(b->m, mlrt_bundle_get(b, names[i]), &tensors[i]);
    if (err)
        take_back(b, names, tensors, i);
    for (i = 0; i < n && !err; i++) {
        mlrt_tensor *from = mlrt_bundle_get(b, names[i]);
        if (tensors[i] != from)
            fill(b->m, tensors[i], from);
    }
    mlrt_bundle_free(b);
    return err;
}

int mlrt_load(mlrt *m, const char *path, const char *const *names,
              mlrt_tensor **tensors, int n) {
    mlrt_bundle *b = mlrt_bundle_load(m, path, false);
    return b ? take(b, names, tensors, n) : m->errcode;
}

int mlrt_load_memory(mlrt *m, const void *bytes, size_t size,
                     const char *const *names, mlrt_tensor **tensors, int n) {
    mlrt_bundle *b = mlrt_bundle_load_memory(m, bytes, size);
    return b ? take(b, names, tensors, n) : m->errcode;
}
