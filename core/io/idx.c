/* idx.c: IDX, the format of the MNIST files (LeCun, Cortes & Burges).
 *
 *   0 0 TYPE NDIM   SIZE...   elements
 *
 * with 4-byte sizes, all numbers big-endian; TYPE is 08 (u8), 09 (i8), 0B
 * (i16), 0C (i32), 0D (f32) or 0E (f64).  Gzipped files are inflated.
 */
#include "io.h"

static bool raw_of(uint8_t type, mlrt__raw *raw) {
    switch (type) {
    case 0x08: *raw = MLRT__RAW_U8; return true;
    case 0x09: *raw = MLRT__RAW_I8; return true;
    case 0x0B: *raw = MLRT__RAW_I16; return true;
    case 0x0C: *raw = MLRT__RAW_I32; return true;
    case 0x0D: *raw = MLRT__RAW_F32; return true;
    case 0x0E: *raw = MLRT__RAW_F64; return true;
    default: return false;
    }
}

static int read_magic(mlrt__stream *s, mlrt__array *a) {
    uint8_t b[4];
    int err = mlrt__stream_read(s, b, sizeof b);
    if (err)
        return err;
    if (b[0] != 0 || b[1] != 0)
        return mlrt__file_fail(s->f, MLRT_EFORMAT,
                               "not an IDX file, which begins with two zero "
                               "bytes%s",
                               mlrt__file_kind(s->f));
    if (!raw_of(b[2], &a->raw))
        return mlrt__file_fail(s->f, MLRT_EFORMAT,
                               "no IDX element type is 0x%02x", b[2]);
    if (b[3] > MLRT_MAX_DIMS)
        return mlrt__file_fail(s->f, MLRT_EFORMAT,
                               "%d dimensions, at most %d are possible", b[3],
                               MLRT_MAX_DIMS);
    a->ndim = b[3];
    return 0;
}

static int read_sizes(mlrt__stream *s, mlrt__array *a) {
    uint8_t b[4];
    for (int i = 0; i < a->ndim; i++) {
        int err = mlrt__stream_read(s, b, sizeof b);
        if (err)
            return err;
        a->shape[i] = (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
    }
    return 0;
}

mlrt_tensor *mlrt__idx_read(mlrt__stream *s) {
    mlrt__array a = {.swap = true};
    if (read_magic(s, &a) != 0 || read_sizes(s, &a) != 0)
        return NULL;
    mlrt_tensor *t = mlrt__stream_tensor(s, &a);
    if (!t || mlrt__stream_end(s) == 0)
        return t;
    mlrt__drop(s->f->m, t);
    return NULL;
}

mlrt_tensor *mlrt_read_idx(mlrt *m, const char *path) {
    return mlrt__read_with(m, "read_idx", path, mlrt__idx_read);
}
