/* genops.c: walks the rows and writes what is generated from them.
 *
 *   genops CORE DOCS
 *
 * writes the C functions into the folder CORE, the reference and the editor's
 * annotations into DOCS.  Run by `make docs`.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gen.h"

static void die(const char *what, const char *name) {
    fprintf(stderr, "genops: %s %s\n", what, name);
    exit(1);
}

FILE *gen_open(const char *folder, const char *name) {
    char path[512];
    mkdir(folder, 0777);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f)
        die("cannot write", path);
    return f;
}

void gen_close(FILE *f) {
    bool bad = fflush(f) != 0 || ferror(f);
    if (fclose(f) != 0 || bad)
        die("writing failed", "");
}

void gen_wrap(FILE *f, const char *first, const char *next, const char *text) {
    size_t column = (size_t)fprintf(f, "%s", first), start = column;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        if (column > start && column + 1 + n > 78)
            column = start = (size_t)fprintf(f, "\n%s", next) - 1;
        column += (size_t)fprintf(f, "%s%.*s", column > start ? " " : "",
                                  (int)n, p);
        p += n;
        p += strspn(p, " ");
    }
    fputc('\n', f);
}

int main(int argc, char **argv) {
    mlrt_config config;
    int status;
    if (argc != 3)
        die("usage: genops", "CORE DOCS");
    mlrt_config_init(&config);
    config.threads = 1;
    config.isa = "base";
    gen g = {.m = mlrt_open(&config, &status)};
    if (!g.m)
        die("cannot open a context:", mlrt_status_text(status));
    g.n = mlrt_op_count(g.m);
    gen_c(&g, argv[1]);
    gen_docs(&g, argv[2]);
    mlrt_close(g.m);
    return 0;
}
