/* fuzz_csv.c: separated values and lines of JSON as tables.  The first byte
 * chooses the options.
 */
#include "frame/csv.h"
#include "fuzz.h"

static void choose(mlrt_csv_options *o, uint8_t flags) {
    static const char seps[] = {',', ' ', ';', '\t'};
    mlrt_csv_options_init(o);
    o->sep = seps[flags & 3];
    o->trim = flags & 4;
    o->header = !(flags & 8);
    o->ragged = flags & 16 ? MLRT_RAGGED_FILL : MLRT_RAGGED_ERROR;
    o->encoding = flags & 32 ? MLRT_CP1252 : MLRT_UTF8;
    o->comment = flags & 64 ? '#' : '\0';
}

/* Every code is a word's, every hole a hole. */
static void use_column(const mlrt_column *c) {
    fuzz_use(c->values);
    if (c->kind < MLRT_COL_STR)
        return;
    const int64_t *code = mlrt_data_const(c->values);
    for (int64_t i = 0; i < mlrt_numel(c->values); i++) {
        size_t n;
        const char *p = mlrt_dict_word(c->bytes, c->offsets, code[i], &n);
        if (!p != (code[i] < 0))
            __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    mlrt *m = fuzz_context();
    mlrt__file f;
    mlrt_csv_options o;
    mlrt_column c;
    choose(&o, n ? bytes[0] : 0);
    mlrt__file_memory(m, "read_csv", "(memory)", bytes + (n > 0), n - (n > 0),
                      &f);
    mlrt_table *t = mlrt__csv_table(m, &f, &o, n && bytes[0] & 128);
    for (int i = 0; mlrt_table_column(t, i, &c); i++) {
        use_column(&c);
        if (mlrt_numel(c.values) != mlrt_table_rows(t))
            __builtin_trap();
    }
    bool ok = t != NULL;
    mlrt_table_free(t);
    fuzz_end(m, ok);
    return 0;
}
