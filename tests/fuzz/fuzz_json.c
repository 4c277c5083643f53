/* fuzz_json.c: the cursor over JSON; and a string that it decodes, written
 * and read again, is the same. */
#include <stdlib.h>

#include "fuzz.h"

/* `text` has n bytes without a zero. */
static void check_again(mlrt *m, const char *text, size_t n) {
    mlrt__text t = {.m = m};
    mlrt__json j;
    mlrt__json_text s;
    mlrt__text_puts(&t, "\"");
    mlrt__text_escaped(&t, text);
    mlrt__text_puts(&t, "\"");
    if (!t.err) {
        mlrt__json_init(&j, t.p, t.n);
        char *again = malloc(t.n + 1);
        if (!mlrt__json_string(&j, &s) || !mlrt__json_end(&j) ||
            !mlrt__is_utf8(text, n) || mlrt__json_decode(&s, again) != n ||
            memcmp(again, text, n) != 0)
            __builtin_trap();
        free(again);
    }
    mlrt__text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    mlrt *m = fuzz_context();
    mlrt__json j;
    mlrt__json_text s;
    int64_t v;
    mlrt__json_init(&j, (const char *)bytes, n);
    if (mlrt__json_skip(&j) && mlrt__json_end(&j) && j.p != j.end)
        __builtin_trap();
    mlrt__json_init(&j, (const char *)bytes, n);
    if (mlrt__json_size(&j, &v) && v < 0)
        __builtin_trap();
    mlrt__json_init(&j, (const char *)bytes, n);
    if (!mlrt__json_string(&j, &s))
        return 0;
    char *text = malloc(s.n + 1);
    size_t len = mlrt__json_decode(&s, text);
    text[len] = '\0';
    if (len > s.n)
        __builtin_trap();
    mlrt__json_is(&s, "dtype");
    check_again(m, text, strlen(text));
    free(text);
    return 0;
}
