/* embed.c: writes Lua files as a C table of strings (see embedded.h).
 *
 *   embed ROOT FILE... >embedded.c
 *
 * Runs at build time only.  One string literal per line of Lua keeps both the
 * output readable and its compilation fast.  Files must lie under ROOT.
 * Comments and indentation stay behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, const char *path) {
    fprintf(stderr, "embed: %s %s\n", what, path);
    exit(1);
}

/* One byte inside a literal.  `?` is escaped because of trigraphs, and three
 * octal digits cannot swallow the character that follows. */
static void put_byte(int c) {
    if (c == '"' || c == '\\' || c == '?')
        printf("\\%c", c);
    else if (c >= ' ' && c < 127)
        putchar(c);
    else
        printf("\\%03o", c);
}

/* What of a line is worth its bytes: not the indentation, not a comment that
 * has the line for itself.  The library has no string of several lines. */
static const char *worth(const char *line) {
    line += strspn(line, " ");
    return strncmp(line, "--", 2) == 0 ? "\n" : line;
}

/* Prints the file as literals, a line for each of its own, so that errors keep
 * their line numbers; returns the length. */
static size_t put_source(const char *path) {
    char line[1024];
    size_t len = 0;
    FILE *f = fopen(path, "r");
    if (!f)
        die("cannot open", path);
    while (fgets(line, sizeof line, f)) {
        const char *p = worth(line);
        if (!strchr(line, '\n'))
            die("a line without end or too long in", path);
        len += strlen(p);
        fputs("\n     \"", stdout);
        while (*p)
            put_byte((unsigned char)*p++);
        putchar('"');
    }
    if (len == 0)
        fputs(" \"\"", stdout);
    if (ferror(f))
        die("cannot read", path);
    fclose(f);
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

int main(int argc, char **argv) {
    printf("#include \"embedded.h\"\n\n"
           "const struct mlrt__module mlrt__modules[] = {\n");
    for (int i = 2; i < argc; i++) {
        size_t root = strlen(argv[1]);
        if (strncmp(argv[i], argv[1], root) != 0 || argv[i][root] != '/')
            die("not under the root:", argv[i]);
        printf("    {\"");
        put_name(argv[i] + root + 1);
        printf("\",");
        size_t len = put_source(argv[i]);
        printf(",\n     %zu},\n", len);
    }
    printf("    {NULL, NULL, 0},\n};\n");
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
