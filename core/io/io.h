/* io.h: what the readers and writers share.
 *
 * A reader opens a mlrt__file, takes bytes from it through a mlrt__stream,
 * which knows how many can still come, and makes tensors by mlrt__fill.  No
 * length that a file declares is believed before it is compared with that.
 * A writer puts bytes into a mlrt__sink, a temporary file that replaces the
 * target when all of it is on the disk.
 *
 * Numbers in files are little-endian, like the machines we run on, unless a
 * format says otherwise.
 */
#ifndef MLRT_IO_H
#define MLRT_IO_H

#include "core.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "core/io stores numbers as a little-endian machine does");

/* ---- Files (file.c) --------------------------------------------------- */

/* Bytes at known positions: a regular file, or memory. */
typedef struct mlrt__file {
    mlrt *m;
    const char *what; /* "read_npy": begins every message */
    const char *path;
    const char *part;     /* a member or tensor, for messages; or NULL */
    const uint8_t *bytes; /* in memory or mapped; NULL: read from fd */
    int fd;
    uint64_t size;
} mlrt__file;

/* Fails when the context is closed, reclaiming or interrupted. */
int mlrt__io_ready(mlrt *m, const char *what);
/* Fails when t is NULL (without a message) or MLRT_NONE. */
int mlrt__io_operand(mlrt *m, const char *what, const mlrt_tensor *t);
/* Opens a regular file; anything else fails, without waiting. */
int mlrt__file_open(mlrt *m, const char *what, const char *path, mlrt__file *f);
/* Opens f->path as a mounted reader; *mounted false: it is a file's. */
int mlrt__mount_read(mlrt__file *f, bool *mounted);
/* The sink of f->path; *fn stays NULL when it is a file's. */
int mlrt__mount_write(const mlrt__file *f, mlrt_sink_fn **fn, void **ud);
void mlrt__file_memory(mlrt *m, const char *what, const char *path,
                       const void *bytes, size_t n, mlrt__file *f);
void mlrt__file_close(mlrt__file *f);
/* n bytes from a position; fails when the file has them not. */
int mlrt__file_at(const mlrt__file *f, uint64_t pos, void *to, size_t n);
/* "WHAT: PATH: PART: ...", control characters replaced; returns status. */
int mlrt__file_fail(const mlrt__file *f, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the text of errno; MLRT_EIO. */
int mlrt__file_errno(const mlrt__file *f, const char *call);
/* What the first bytes belong to, as an addition to a message: ", but a zip
 * file", or "". */
const char *mlrt__file_kind(const mlrt__file *f);

/* ---- Streams (stream.c) ----------------------------------------------- */

typedef struct mlrt__inflater mlrt__inflater;

/* Bytes in order, inflated on the way when they are compressed. */
typedef struct mlrt__stream {
    const mlrt__file *f;
    uint64_t at, end;  /* what is left of the file's bytes */
    uint64_t given;    /* bytes given so far */
    uint64_t limit;    /* and how many there may be */
    mlrt__inflater *z; /* NULL: not compressed */
    bool exact;        /* there are exactly `limit` bytes, with this sum: */
    uint32_t crc, crc_wanted;
} mlrt__stream;

/* The whole file, gunzipped when it is gzip. */
int mlrt__stream_open(const mlrt__file *f, mlrt__stream *s);
/* A part of it: `stored` bytes from a position, which are `given` bytes with
 * a check sum, deflated or not. */
int mlrt__stream_part(const mlrt__file *f, uint64_t pos, uint64_t stored,
                      uint64_t given, bool deflated, uint32_t crc,
                      mlrt__stream *s);
void mlrt__stream_close(mlrt__stream *s);
/* What a file of so many bytes may inflate to. */
uint64_t mlrt__inflate_limit(uint64_t size);
/* zlib's memory: `opaque` is the context. */
void *mlrt__zalloc(void *m, unsigned items, unsigned size);
void mlrt__zfree(void *m, void *block);
/* At most this many bytes can still come. */
uint64_t mlrt__stream_left(const mlrt__stream *s);
/* n bytes, fewer only at the end. */
int mlrt__stream_some(mlrt__stream *s, void *to, size_t n, size_t *got);
/* Exactly n bytes. */
int mlrt__stream_read(mlrt__stream *s, void *to, size_t n);
/* Nothing may follow; check sums must be right. */
int mlrt__stream_end(mlrt__stream *s);
/* Opens a file, gives its stream to a reader, and closes both. */
mlrt_tensor *mlrt__read_with(mlrt *m, const char *what, const char *path,
                             mlrt_tensor *(*read)(mlrt__stream *s));

/* ---- Elements (raw.c) ------------------------------------------------- */

/* How elements are stored.  The first are dtypes of ours, with their
 * numbers; the others are widened when read. */
typedef enum mlrt__raw {
    MLRT__RAW_F32,
    MLRT__RAW_F64,
    MLRT__RAW_I64,
    MLRT__RAW_I32,
    MLRT__RAW_U8,
    MLRT__RAW_BOOL,
    MLRT__RAW_F16,  /* -> f32 */
    MLRT__RAW_BF16, /* -> f32 */
    MLRT__RAW_I8,   /* -> i32 */
    MLRT__RAW_I16,  /* -> i32 */
    MLRT__RAW_U16,  /* -> i32 */
    MLRT__RAW_U32,  /* -> i64 */
    MLRT__RAW_U64,  /* -> i64, larger numbers fail */
    MLRT__NRAWS
} mlrt__raw;

/* An array as a file describes it. */
typedef struct mlrt__array {
    mlrt__raw raw;
    bool swap; /* the other byte order */
    int ndim;
    int64_t shape[MLRT_MAX_DIMS];
} mlrt__array;

size_t mlrt__raw_size(mlrt__raw raw);
mlrt_dtype mlrt__raw_dtype(mlrt__raw raw);
/* Bytes of an array in the file.  Impossible shapes are EFORMAT. */
int mlrt__array_bytes(const mlrt__file *f, const mlrt__array *a,
                      uint64_t *bytes);
/* The tensor of an array whose elements come next in the stream. */
mlrt_tensor *mlrt__stream_tensor(mlrt__stream *s, const mlrt__array *a);
/* The same from bytes in memory, of which there are enough. */
mlrt_tensor *mlrt__memory_tensor(const mlrt__file *f, const mlrt__array *a,
                                 const uint8_t *from);
/* A truth value is 0 or 1 in memory, whatever the file held. */
void mlrt__normalise_bool(uint8_t *p, size_t n);

/* ---- npy within other files (npy.c) ----------------------------------- */

mlrt_tensor *mlrt__npy_read(mlrt__stream *s);
/* The bytes before the elements, at most MLRT__NPY_HEADER; how many. */
#define MLRT__NPY_HEADER 320
size_t mlrt__npy_header(const mlrt_tensor *t, char *to);
mlrt_tensor *mlrt__idx_read(mlrt__stream *s);

/* ---- Writing (sink.c) ------------------------------------------------- */

typedef struct mlrt__sink mlrt__sink;
int mlrt__sink_open(mlrt *m, const char *what, const char *path,
                    mlrt__sink **sink);
int mlrt__sink_put(mlrt__sink *s, const void *bytes, size_t n);
/* Writes again what was written at `pos`. */
int mlrt__sink_patch(mlrt__sink *s, uint64_t pos, const void *bytes, size_t n);
uint64_t mlrt__sink_tell(const mlrt__sink *s);
const mlrt__file *mlrt__sink_file(const mlrt__sink *s); /* for messages */
/* Puts the file in place, or gives it up when err is not 0; frees s.
 * Returns err, or what went wrong now. */
int mlrt__sink_close(mlrt__sink *s, int err);

/* ---- Mapped files (map.c) --------------------------------------------- */

/* A file mapped into memory, unmapped when the last tensor over it and the
 * first reference are gone. */
typedef struct mlrt__map mlrt__map;
mlrt__map *mlrt__map_open(const mlrt__file *f);
void mlrt__map_release(mlrt__map *map);
/* The tensor of the array at a position, which the file has: over the mapping
 * when its elements can stay as they are, else a copy. */
mlrt_tensor *mlrt__map_tensor(mlrt__map *map, const mlrt__file *f,
                              const mlrt__array *a, uint64_t pos);

/* ---- Bundles (bundle.c) ----------------------------------------------- */

/* A tensor or a text, with its name; one block of memory. */
typedef struct mlrt__item {
    size_t bytes;
    mlrt_tensor *t;
    const char *text; /* behind the name */
    char name[];
} mlrt__item;

/* Items in the order of adding, and sorted by name. */
typedef struct mlrt__dict {
    mlrt__item **v, **sorted;
    int n, cap, sorted_cap;
} mlrt__dict;

struct mlrt_bundle {
    mlrt *m;
    mlrt__dict tensors, meta;
};

/* Room for a name and a text of so many bytes; what is copied into them has
 * to be ended with a zero by the caller. */
mlrt__item *mlrt__item_new(mlrt *m, size_t name, size_t text);
void mlrt__item_free(mlrt *m, mlrt__item *item);
/* Appends; `sorted` is right only after mlrt__dict_sort. */
int mlrt__dict_push(mlrt *m, mlrt__dict *d, mlrt__item *item);
/* Sorts by name; returns a name that occurs twice, or NULL. */
const char *mlrt__dict_sort(mlrt__dict *d);
/* Position in `sorted` where a name is, or would be. */
int mlrt__dict_search(const mlrt__dict *d, const char *name, bool *found);

/* An npz in memory. */
mlrt_bundle *mlrt__npz_memory(mlrt *m, const void *bytes, size_t n);

/* safetensors marks a tensor of dtype index by this metadata entry, the
 * tensor's name appended, with the text "index". */
#define MLRT__DTYPE_KEY "mlrt.dtype."

#endif
