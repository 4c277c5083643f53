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

enum {
    MOST = 1 << 20,           /* bytes of a file */
    WINDOW = (1 << 15) - 262, /* bytes that deflate looks back */
    SHORT = 8                 /* lines not worth a place in the dictionary */
};

/* A file without its comments. */
typedef struct source {
    unsigned char *text;
    size_t len;
} source;

static void die(const char *what, const char *path) {
    fprintf(stderr, "embed: %s %s\n", what, path);
    exit(1);
}

static void *allocate(size_t size) {
    void *p = malloc(size);
    if (!p)
        die("not enough", "memory");
    return p;
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
 * A function gets what begins at text[at] and returns where it ends.  The text
 * ends with a 0, which is in no Lua file.
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

static source read_text(const char *path) {
    static unsigned char text[MOST + 1];
    size_t len = read_file(path, text);
    text[len] = 0;
    source s = {NULL, strip(text, len)};
    s.text = allocate(s.len + 1);
    memcpy(s.text, text, s.len);
    s.text[s.len] = '\n'; /* ends the last line */
    return s;
}

/* ---- The dictionary ----------------------------------------------------
 *
 * Lines that stand in several files; deflate looks for them in the dictionary,
 * the nearer to its end the cheaper, so what saves most stands last.
 */

typedef struct line {
    const unsigned char *text;
    size_t len;
    int file;  /* the last that it was seen in */
    int files; /* how many have it */
} line;

static int by_text(const void *x, const void *y) {
    const line *a = x, *b = y;
    size_t n = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->text, b->text, n);
    if (order || a->len != b->len)
        return order ? order : a->len < b->len ? -1 : 1;
    return a->file - b->file;
}
static size_t worth(const line *l) {
    return (size_t)l->files * l->len;
}
static int by_worth(const void *x, const void *y) {
    size_t a = worth(x), b = worth(y);
    return a != b ? (a < b ? -1 : 1) : by_text(x, y);
}

/* Appends the file's lines. */
static size_t lines_of(const source *s, int file, line *lines) {
    size_t n = 0;
    for (size_t at = 0, end; at < s->len; at = end + 1) {
        end = line_end(s->text, at);
        if (end - at >= SHORT)
            lines[n++] = (line){s->text + at, end + 1 - at, file, 1};
    }
    return n;
}

/* Sorts, and leaves one of each line that stands in several files. */
static size_t shared_lines(line *lines, size_t n) {
    size_t out = 0, first = 0;
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 1; i <= n; i++) {
        line *l = &lines[first];
        bool same = i < n && l->len == lines[i].len &&
                    memcmp(l->text, lines[i].text, l->len) == 0;
        if (same && l->file != lines[i].file) {
            l->files++;
            l->file = lines[i].file;
        }
        if (same)
            continue;
        if (l->files > 1)
            lines[out++] = *l;
        first = i;
    }
    return out;
}

/* Fills words[WINDOW] from behind; returns where they begin. */
static size_t make_dictionary(const source *s, int n, unsigned char *words) {
    size_t count = 0, most = 0, at = WINDOW;
    for (int i = 0; i < n; i++)
        most += s[i].len / SHORT + 1;
    line *lines = allocate(most * sizeof *lines);
    for (int i = 0; i < n; i++)
        count += lines_of(&s[i], i, lines + count);
    count = shared_lines(lines, count);
    qsort(lines, count, sizeof *lines, by_worth);
    while (count-- && at >= lines[count].len) {
        at -= lines[count].len;
        memcpy(words + at, lines[count].text, lines[count].len);
    }
    free(lines);
    return at;
}

/* ---- The table --------------------------------------------------------- */

/* Deflates, with the dictionary if there is one, to bytes as C reads them. */
static void put_bytes(const char *name, const source *s,
                      const unsigned char *words, size_t nwords) {
    static unsigned char packed[MOST + MOST / 8];
    z_stream z = {.next_in = s->text,
                  .avail_in = (uInt)s->len,
                  .next_out = packed,
                  .avail_out = sizeof packed};
    if (deflateInit(&z, Z_BEST_COMPRESSION) != Z_OK ||
        (words && deflateSetDictionary(&z, words, (uInt)nwords) != Z_OK) ||
        deflate(&z, Z_FINISH) != Z_STREAM_END)
        die("cannot compress", name);
    printf("static const unsigned char %s[] = {", name);
    for (uLong i = 0; i < z.total_out; i++)
        printf("%s%d,", i % 20 ? "" : "\n    ", packed[i]);
    printf("\n};\n");
    deflateEnd(&z);
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
    source s = read_text(path);
    fwrite(s.text, 1, s.len, stdout);
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}

static void put_table(const char *root, char **path, const source *s, int n) {
    size_t len = strlen(root);
    printf("const struct mlrt__module mlrt__modules[] = {\n");
    for (int i = 0; i < n; i++) {
        if (strncmp(path[i], root, len) != 0 || path[i][len] != '/')
            die("not under the root:", path[i]);
        printf("    {\"");
        put_name(path[i] + len + 1);
        printf("\", {packed_%d, sizeof packed_%d, %zu}, &dictionary},\n", i, i,
               s[i].len);
    }
    printf("    {0},\n};\n");
}

int main(int argc, char **argv) {
    static unsigned char words[WINDOW];
    if (argc == 3 && strcmp(argv[1], "--text") == 0)
        return put_text(argv[2]);
    if (argc < 3)
        die("usage: embed ROOT", "FILE...");
    int n = argc - 2;
    source *s = allocate((size_t)n * sizeof *s);
    for (int i = 0; i < n; i++)
        s[i] = read_text(argv[i + 2]);
    size_t at = make_dictionary(s, n, words);
    source shared = {words + at, WINDOW - at};
    printf("#include \"embedded.h\"\n\n");
    put_bytes("words", &shared, NULL, 0);
    printf(
        "static const struct mlrt__packed dictionary = {words, sizeof words, "
        "%zu};\n",
        shared.len);
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "packed_%d", i);
        put_bytes(name, &s[i], shared.text, shared.len);
    }
    put_table(argv[1], argv + 2, s, n);
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
