/* embed.c: writes Lua files as a C table of deflated bytes (see embedded.h).
 *
 *   embed ROOT FILE... >embedded.c
 *   embed --text FILE             the text that would be embedded
 *
 * Runs at build time only.  Files must lie under ROOT.  Comments are left out:
 * they are half of the bytes; line ends stay, so that messages and tracebacks
 * name the lines of the source.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MOST = 1 << 20 }; /* bytes of a file */

static void die(const char *what, const char *path) {
    fprintf(stderr, "embed: %s %s\n", what, path);
    exit(1);
}

static size_t read_file(const char *path, unsigned char *text) {
    FILE *f = fopen(path, "rb");
    if (!f)
        die("cannot open", path);
    size_t len = fread(text, 1, MOST, f);
    if (ferror(f) || !feof(f))
        die("cannot read, or too long:", path);
    fclose(f);
    return len;
}

/* ---- Lua's text without comments ---------------------------------------
 *
 * Each function gets what begins at text[at], and moves *out behind what it
 * kept.  The text ends with a 0, which is in no Lua file.
 */

/* The number of = in a long bracket that opens at s, or -1. */
static int long_level(const unsigned char *s) {
    int level = 0;
    if (*s++ != '[')
        return -1;
    while (s[level] == '=')
        level++;
    return s[level] == '[' ? level : -1;
}

/* Behind the bracket that closes the long one at text[at]. */
static size_t long_end(const unsigned char *text, size_t at, int level) {
    for (at += (size_t)level + 2; text[at]; at++) {
        int n = 0;
        while (text[at] == ']' && text[at + 1 + (size_t)n] == '=')
            n++;
        if (text[at] == ']' && n == level &&
            text[at + 1 + (size_t)level] == ']')
            return at + (size_t)level + 2;
    }
    return at;
}

/* Behind the quote that closes the one at text[at]. */
static size_t quote_end(const unsigned char *text, size_t at) {
    unsigned char quote = text[at++];
    while (text[at] && text[at] != quote)
        at += text[at] == '\\' && text[at + 1] ? 2 : 1;
    return at + (text[at] == quote);
}

static size_t line_end(const unsigned char *text, size_t at) {
    while (text[at] && text[at] != '\n')
        at++;
    return at;
}

/* Behind the token or comment at text[at]; *keep says which. */
static size_t piece_end(const unsigned char *text, size_t at, bool *keep) {
    int level;
    *keep = !(text[at] == '-' && text[at + 1] == '-');
    if (!*keep)
        return (level = long_level(text + at + 2)) >= 0
                   ? long_end(text, at + 2, level)
                   : line_end(text, at);
    if ((level = long_level(text + at)) >= 0)
        return long_end(text, at, level);
    return text[at] == '"' || text[at] == '\'' ? quote_end(text, at) : at + 1;
}

/* Takes comments out of the text, in place; returns the new length.  A blank
 * stands for one inside a line, blanks at a line's end go. */
static size_t strip(unsigned char *text, size_t len) {
    size_t out = 0;
    for (size_t at = 0, end; at < len; at = end) {
        bool keep;
        end = piece_end(text, at, &keep);
        if (!keep && text[end] != '\n' && text[end])
            text[out++] = ' ';
        if (keep && end == at + 1 && text[at] == '\n')
            while (out && text[out - 1] == ' ')
                out--;
        for (size_t i = at; i < end; i++)
            if (keep || text[i] == '\n')
                text[out++] = text[i];
    }
    return out;
}

static size_t read_text(const char *path, unsigned char *text) {
    size_t len = read_file(path, text);
    text[len] = 0;
    return strip(text, len);
}

/* ---- The table --------------------------------------------------------- */

/* Prints the file as the bytes of an array; returns its length as text. */
static size_t put_source(const char *path, int number) {
    static unsigned char text[MOST + 1], packed[MOST + MOST / 8];
    size_t len = read_text(path, text);
    uLongf n = sizeof packed;
    if (compress2(packed, &n, text, len, Z_BEST_COMPRESSION) != Z_OK)
        die("cannot compress", path);
    printf("static const unsigned char packed_%d[] = {", number);
    for (uLongf i = 0; i < n; i++)
        printf("%s%d,", i % 20 ? "" : "\n    ", packed[i]);
    printf("\n};\n");
    return len;
}

/* mlrt/nn/init.lua -> mlrt.nn */
static void put_name(const char *path) {
    size_t len = strlen(path);
    if (len < 4 || strcmp(path + len - 4, ".lua") != 0)
        die("not a Lua file:", path);
    len -= 4;
    if (len > 5 && strncmp(path + len - 5, "/init", 5) == 0)
        len -= 5;
    for (size_t i = 0; i < len; i++)
        putchar(path[i] == '/' ? '.' : path[i]);
}

static int put_text(const char *path) {
    static unsigned char text[MOST + 1];
    fwrite(text, 1, read_text(path, text), stdout);
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--text") == 0)
        return put_text(argv[2]);
    size_t *len = calloc((size_t)argc, sizeof *len);
    if (argc < 3 || !len)
        die("usage: embed ROOT", "FILE...");
    printf("#include \"embedded.h\"\n\n");
    for (int i = 2; i < argc; i++)
        len[i] = put_source(argv[i], i);
    printf("const struct mlrt__module mlrt__modules[] = {\n");
    for (int i = 2; i < argc; i++) {
        size_t root = strlen(argv[1]);
        if (strncmp(argv[i], argv[1], root) != 0 || argv[i][root] != '/')
            die("not under the root:", argv[i]);
        printf("    {\"");
        put_name(argv[i] + root + 1);
        printf("\", packed_%d, sizeof packed_%d, %zu},\n", i, i, len[i]);
    }
    printf("    {0},\n};\n");
    free(len);
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
