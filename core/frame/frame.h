/* frame.h: what the files about tables share.
 */
#ifndef MLRT__FRAME_H
#define MLRT__FRAME_H

#include "core.h"

/* ---- Words (words.c) -------------------------------------------------- */

/* A growing set of different texts, numbered in the order of adding. */
typedef struct mlrt__words {
    mlrt *m;
    char *text; /* one behind the other */
    size_t text_n, text_cap;
    int64_t *start; /* n + 1 of them */
    uint32_t *hash;
    int n, start_cap, hash_cap;
    uint32_t *slot; /* 1 + number, 0: free; open addressing */
    size_t nslots;
} mlrt__words;

void mlrt__words_init(mlrt *m, mlrt__words *w);
void mlrt__words_free(mlrt__words *w);
/* The number of a text, which is added if it is new; -1: no memory. */
int mlrt__words_add(mlrt__words *w, const char *p, size_t n);
/* Its number, -1 if it is not there. */
int mlrt__words_find(const mlrt__words *w, const char *p, size_t n);
/* The dictionary as two tensors. */
int mlrt__words_tensors(const mlrt__words *w, mlrt_tensor **bytes,
                        mlrt_tensor **offsets);

/* ---- Texts as values (number.c, dates.c) ------------------------------ */

typedef enum mlrt__parsed {
    MLRT__NO,      /* something else */
    MLRT__YES,     /* a value */
    MLRT__TOO_LONG /* an integer that an i64 does not hold */
} mlrt__parsed;

/* Each wants all n bytes to belong to the value. */
mlrt__parsed mlrt__parse_i64(const char *p, size_t n, int64_t *v);
mlrt__parsed mlrt__parse_f64(const char *p, size_t n, char point, double *v);
mlrt__parsed mlrt__parse_bool(const char *p, size_t n, bool *v);
mlrt__parsed mlrt__parse_time(const char *p, size_t n, const char *format,
                              int64_t *v);
/* digits * 10^exponent, rounded as it should be; false: look closer. */
bool mlrt__decimal(uint64_t digits, int exponent, double *v);

/* Days since 1970-01-01 of a date of the Gregorian calendar, and back. */
int64_t mlrt__days(int64_t year, int month, int day);
void mlrt__civil(int64_t days, int64_t *year, int *month, int *day);

/* ---- Columns (rows.c, order.c) ----------------------------------------- */

/* Fails unless t is a contiguous vector of a dtype, of n elements (-1: any). */
int mlrt__frame_check(mlrt *m, const char *what, const mlrt_tensor *t,
                      int dtype, int64_t n);
/* Does a come before b? */
typedef bool mlrt__before(const void *ud, int64_t a, int64_t b);
/* Sorts n numbers, stably. */
int mlrt__order(mlrt *m, int64_t *v, int64_t n, mlrt__before *before,
                const void *ud);

/* Bits that sort as the values of a column do. */
int mlrt__sort_keys(mlrt *m, const char *what, const mlrt_tensor *t,
                    uint64_t *key);

/* ---- Tables (table.c) ------------------------------------------------- */

/* A column that grows while a file is read. */
typedef struct mlrt__cells {
    char *name;
    size_t name_bytes;
    mlrt_kind kind;
    bool given; /* the kind was */
    bool unwanted;
    bool skip;    /* it is unwanted, or complete */
    bool unknown; /* there were holes only so far */
    bool again;   /* the cells so far have to be read as another kind */
    bool quoted_empty;
    atomic_bool saw_long, saw_fraction; /* set by any thread */
    int64_t seen; /* 1 + the last row that had it; of JSON only */
    mlrt_tensor *values, *holes; /* of `room` elements; holes may be NULL */
    void *v;
    uint8_t *hole;
    mlrt__words words;
    mlrt_tensor *bytes, *offsets; /* once it is complete */
} mlrt__cells;

struct mlrt_table {
    mlrt *m;
    mlrt__cells *col;
    int n, cap;
    int64_t rows, room, skipped;
};

static inline void mlrt__note(atomic_bool *flag, bool on) {
    if (on && !atomic_load_explicit(flag, memory_order_relaxed))
        atomic_store_explicit(flag, true, memory_order_relaxed);
}

mlrt_table *mlrt__table_new(mlrt *m);
/* A column more, named by n bytes; NULL: no memory. */
mlrt__cells *mlrt__table_add(mlrt_table *t, const char *name, size_t n);
/* Room for at least so many rows in the columns that are being read. */
int mlrt__table_reserve(mlrt_table *t, int64_t rows);
/* Gives the column's cells another kind: integers become floats, others are
 * marked to be read again. */
int mlrt__cells_turn(mlrt_table *t, mlrt__cells *c, mlrt_kind kind,
                     int64_t rows);
/* Empties a column that has to be read again. */
int mlrt__cells_again(mlrt_table *t, mlrt__cells *c);
/* Marks a hole. */
int mlrt__cells_hole(mlrt_table *t, mlrt__cells *c, int64_t row);
/* Cuts the columns to the rows that there are, and drops the skipped. */
int mlrt__table_finish(mlrt_table *t);

#endif
