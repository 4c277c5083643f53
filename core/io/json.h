/* json.h: JSON (RFC 8259) as the header of a safetensors file needs it.
 *
 * Reading is a cursor over bytes: no tree is built and nothing is allocated,
 * the caller asks for what it expects.  After the first failure every call
 * fails, and `error` says what was wanted at `p`.  Strings must be UTF-8.
 */
#ifndef MLRT_JSON_H
#define MLRT_JSON_H

#include "core.h"

typedef struct mlrt__json {
    const char *start, *p, *end;
    const char *error; /* NULL: none yet */
} mlrt__json;

/* A string within the text, its escapes unresolved. */
typedef struct mlrt__json_text {
    const char *p;
    size_t n;
} mlrt__json_text;

void mlrt__json_init(mlrt__json *j, const char *text, size_t n);
/* The next character is c: passes it. */
bool mlrt__json_take(mlrt__json *j, char c);
/* In a list that `close` ends: is there another element?  Passes the comma
 * before it, or the end.  *first is true at the start. */
bool mlrt__json_more(mlrt__json *j, char close, bool *first);
bool mlrt__json_string(mlrt__json *j, mlrt__json_text *s);
/* A string and the colon behind it. */
bool mlrt__json_key(mlrt__json *j, mlrt__json_text *s);
/* An integer of 0..2^63-1, without fraction or exponent. */
bool mlrt__json_size(mlrt__json *j, int64_t *v);
/* Any value, nested at most 64 deep. */
bool mlrt__json_skip(mlrt__json *j);
/* Nothing but space is left. */
bool mlrt__json_end(mlrt__json *j);

/* The string's bytes, at most s->n of them, into `to`; how many. */
size_t mlrt__json_decode(const mlrt__json_text *s, char *to);
/* Is the string this word? */
bool mlrt__json_is(const mlrt__json_text *s, const char *word);

/* Is it UTF-8 (without surrogates and overlong forms)? */
bool mlrt__is_utf8(const char *text, size_t n);

/* A text that grows.  After the first failure nothing is added. */
typedef struct mlrt__text {
    mlrt *m;
    char *p;
    size_t n, room;
    int err;
} mlrt__text;
void mlrt__text_add(mlrt__text *t, const char *bytes, size_t n);
void mlrt__text_puts(mlrt__text *t, const char *text);
void mlrt__text_escaped(mlrt__text *t, const char *text); /* as JSON */
void mlrt__text_int(mlrt__text *t, uint64_t v);
void mlrt__text_free(mlrt__text *t);

#endif
