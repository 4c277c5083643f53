/* rows.c: reads the rows when a context opens.
 *
 * Each row's argument text is compiled once into mlrt_arg_spec's, names are
 * hashed, and every elementwise row finds its loops in the kernel table.
 */
#include <ctype.h>
#include <stdlib.h>

#include "core.h"
#include "families.h"

static const struct family {
    const char *name;
    const mlrt__op *rows;
} families[] = {
#define MLRT_X(name) {#name, mlrt__##name},
    MLRT__FAMILIES(MLRT_X)
#undef MLRT_X
};
enum { NFAMILIES = sizeof families / sizeof *families };

/* ---- The argument text ------------------------------------------------ */

/* name: type[?][= default], ...   A type of words (a|b) is an enum, one of
 * int or pair and words (int|a|b) takes these too.  What stands behind a `;`
 * is named in Lua and has no place in the C function. */
static const struct {
    const char *name;
    mlrt_arg_type type;
} types[] = {
    {"tensor", MLRT_ARG_TENSOR},   {"operand", MLRT_ARG_OPERAND},
    {"index", MLRT_ARG_INDEX},     {"mask", MLRT_ARG_MASK},
    {"tensors", MLRT_ARG_TENSORS}, {"int", MLRT_ARG_INT},
    {"pos", MLRT_ARG_POS},         {"dim", MLRT_ARG_DIM},
    {"number", MLRT_ARG_NUMBER},   {"bool", MLRT_ARG_BOOL},
    {"ints", MLRT_ARG_INTS},       {"dims", MLRT_ARG_DIMS},
    {"shape", MLRT_ARG_SHAPE},     {"pair", MLRT_ARG_PAIR},
    {"dtype", MLRT_ARG_DTYPE},     {"generator", MLRT_ARG_GENERATOR},
    {"scalar", MLRT_ARG_SCALAR},   {"text", MLRT_ARG_TEXT},
};

static const char *skip(const char *p) {
    while (*p == ' ' || *p == '\n')
        p++;
    return p;
}

static const char *word_end(const char *p) {
    while (isalnum((unsigned char)*p) || *p == '_' || *p == '|')
        p++;
    return p;
}

static bool is_word(const char *p, const char *end, const char *word) {
    size_t n = strlen(word);
    return (size_t)(end - p) == n && memcmp(p, word, n) == 0;
}

/* Which of `words` (a|b|c) is [p, end)?  -1: none. */
static int word_number(const mlrt_arg_spec *s, const char *p, const char *end) {
    const char *w = s->words, *stop = s->words + s->words_len;
    for (int i = 0; w < stop; i++) {
        const char *e = w;
        while (e < stop && *e != '|')
            e++;
        if (e - w == end - p && memcmp(w, p, (size_t)(e - w)) == 0)
            return i;
        w = e + 1;
    }
    return -1;
}

static const char *read_type(mlrt_arg_spec *s, const char *p) {
    const char *end = word_end(p), *bar = memchr(p, '|', (size_t)(end - p));
    const char *first = bar ? bar : end;
    s->type = MLRT_ARG_ENUM;
    s->words = p;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (is_word(p, first, types[i].name)) {
            s->type = types[i].type;
            s->words = bar ? bar + 1 : end;
        }
    s->words_len = (int)(end - s->words);
    return end;
}

static const char *read_default(mlrt_arg_spec *s, const char *p) {
    const char *end = word_end(p);
    char *rest;
    s->has_default = s->optional = true;
    if (s->type == MLRT_ARG_ENUM) {
        s->int_default = word_number(s, p, end);
    } else if (s->type == MLRT_ARG_TEXT) {
        s->words = p;
        s->words_len = (int)(end - p);
    } else if (s->type == MLRT_ARG_DTYPE) {
        char name[16] = {0};
        memcpy(name, p, (size_t)(end - p) < 15 ? (size_t)(end - p) : 15);
        s->int_default = mlrt_dtype_find(name);
    } else if (is_word(p, end, "true") || is_word(p, end, "false")) {
        s->int_default = *p == 't';
    } else {
        s->number_default = strtod(p, &rest);
        s->int_default = (int64_t)s->number_default;
        end = rest;
    }
    return end;
}

/* Compiles `text` into out; returns the number of arguments. */
static int compile(const char *text, mlrt_arg_spec *out) {
    bool option = false;
    int n = 0;
    for (const char *p = skip(text); *p; n++) {
        mlrt_arg_spec *s = &out[n];
        memset(s, 0, sizeof *s);
        s->option = option;
        const char *end = word_end(p);
        s->name = p;
        s->name_len = (int)(end - p);
        p = read_type(s, skip(skip(end) + 1)); /* over the colon */
        if (*p == '?') {
            s->optional = true;
            p++;
        }
        p = skip(p);
        if (*p == '=')
            p = skip(read_default(s, skip(p + 1)));
        option = option || *p == ';';
        if (*p == ',' || *p == ';')
            p = skip(p + 1);
    }
    return n;
}

static int count_args(const char *text) {
    int n = *skip(text) != 0;
    for (; *text; text++)
        n += *text == ',' || *text == ';';
    return n;
}

/* "values; indices, _hidden": all names, those returned, of them those before
 * the semicolon; "ys..." is -1. */
static void count_outs(const char *text, int *all, int *visible, int *plain) {
    bool option = false;
    *all = *visible = *plain = 0;
    for (const char *p = skip(text); *p;) {
        const char *end = word_end(p);
        ++*all;
        *visible += *p != '_';
        *plain += *p != '_' && !option;
        if (*end == '.') {
            *visible = *plain = -1;
            return;
        }
        p = skip(end);
        option = option || *p == ';';
        if (*p == ',' || *p == ';')
            p = skip(p + 1);
    }
}

/* ---- Tables ----------------------------------------------------------- */

static unsigned hash(const char *name) {
    unsigned h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h;
}

int mlrt_op_find(const mlrt *m, const char *name) {
    unsigned mask = (unsigned)m->op_hash_size - 1;
    for (unsigned i = hash(name) & mask;; i = (i + 1) & mask) {
        int id = m->op_hash[i];
        if (id < 0 || strcmp(m->op[id]->name, name) == 0)
            return id;
    }
}

static void insert(mlrt *m, int id) {
    unsigned mask = (unsigned)m->op_hash_size - 1;
    unsigned i = hash(m->op[id]->name) & mask;
    while (m->op_hash[i] >= 0)
        i = (i + 1) & mask;
    m->op_hash[i] = (int16_t)id;
}

int mlrt_op_count(const mlrt *m) {
    return m->nops;
}

const mlrt_op_info *mlrt_op_info_at(const mlrt *m, int id) {
    return id >= 0 && id < m->nops ? &m->info[id] : NULL;
}

static void describe(mlrt *m, int id, const char *family, mlrt_arg_spec *spec) {
    const mlrt__op *op = m->op[id];
    mlrt_op_info *info = &m->info[id];
    int all, visible, plain;
    count_outs(op->outs, &all, &visible, &plain);
    m->all_outs[id] = (int8_t)all;
    *info = (mlrt_op_info){.name = op->name,
                           .args = op->args,
                           .outs = op->outs,
                           .doc = op->doc,
                           .family = family,
                           .kind = op->kind,
                           .inplace = op->inplace,
                           .differentiable = op->backward || op->compose,
                           .nargs = compile(op->args, spec),
                           .spec = spec,
                           .nouts = visible,
                           .nplain = plain,
                           .samples = op->samples};
}

static void count_rows(mlrt *m) {
    for (int f = 0; f < NFAMILIES; f++)
        for (const mlrt__op *op = families[f].rows; op->name; op++) {
            m->nops++;
            m->nspecs += count_args(op->args);
        }
    while (mlrt__wrapper_names[m->nwrappers])
        m->nwrappers++;
    for (m->op_hash_size = 64; m->op_hash_size < 2 * m->nops;)
        m->op_hash_size *= 2;
}

/* Where the pointers to the tables are, and how large the tables. */
enum { NTABLES = 7 };
static void tables(mlrt *m, void *table[NTABLES], size_t size[NTABLES]) {
    size_t n = (size_t)m->nops;
    void *t[NTABLES] = {&m->op,    &m->info,    &m->all_outs, &m->specs,
                        &m->loops, &m->op_hash, &m->wrapper};
    size_t s[NTABLES] = {n * sizeof *m->op,
                         n * sizeof *m->info,
                         n,
                         (size_t)m->nspecs * sizeof *m->specs,
                         n * sizeof *m->loops,
                         (size_t)m->op_hash_size * sizeof *m->op_hash,
                         (size_t)(m->nwrappers + 1) * sizeof *m->wrapper};
    memcpy(table, t, sizeof t);
    memcpy(size, s, sizeof s);
}

static void fill_rows(mlrt *m) {
    mlrt_arg_spec *spec = m->specs;
    int id = 0;
    for (int f = 0; f < NFAMILIES; f++)
        for (const mlrt__op *op = families[f].rows; op->name; op++, id++) {
            m->op[id] = op;
            describe(m, id, families[f].name, spec);
            spec += m->info[id].nargs;
            insert(m, id);
        }
    for (int i = 0; i < m->nwrappers; i++)
        m->wrapper[i] = (int16_t)mlrt_op_find(m, mlrt__wrapper_names[i]);
}

/* Loops are listed by name; a row may name another's. */
static void find_loops(mlrt *m) {
    for (int l = 0; m->k->loops[l]; l++)
        for (const mlrt__loop_entry *e = m->k->loops[l]; e->name; e++) {
            int id = mlrt_op_find(m, e->name);
            if (id >= 0)
                m->loops[id][e->in] = e->loop;
        }
    for (int id = 0; id < m->nops; id++) {
        const char *name = m->op[id]->kernel;
        for (int l = 0; name && m->k->loops[l]; l++)
            for (const mlrt__loop_entry *e = m->k->loops[l]; e->name; e++)
                if (strcmp(e->name, name) == 0)
                    m->loops[id][e->in] = e->loop;
    }
}

int mlrt__ops_open(mlrt *m) {
    void *table[NTABLES];
    size_t size[NTABLES];
    count_rows(m);
    tables(m, table, size);
    for (int i = 0; i < NTABLES; i++) {
        void *p = mlrt__alloc(m, size[i]);
        if (!p)
            return MLRT_ENOMEM;
        memset(p, 0, size[i]);
        memcpy(table[i], &p, sizeof p);
    }
    memset(m->op_hash, -1, size[5]);
    fill_rows(m);
    find_loops(m);
    return 0;
}

void mlrt__ops_close(mlrt *m) {
    void *table[NTABLES];
    size_t size[NTABLES];
    tables(m, table, size);
    for (int i = 0; i < NTABLES; i++) {
        void *p;
        memcpy(&p, table[i], sizeof p);
        mlrt__free(m, p, size[i]);
    }
}
