/* embed.c: writes Lua files as a C table of deflated bytes (see embedded.h).
 *
 *   embed ROOT FILE... >embedded.c
 *
 * Runs at build time only.  Files must lie under ROOT.
 */
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

/* Prints the file as the bytes of an array; returns its length as text. */
static size_t put_source(const char *path, int number) {
    static unsigned char text[MOST], packed[MOST + MOST / 8];
    size_t len = read_file(path, text);
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

int main(int argc, char **argv) {
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
