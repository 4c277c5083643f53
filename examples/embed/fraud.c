/* fraud.c: a gateway that scores payments as they come, by the network of
 * examples/fraud.lua.
 *
 *   fraud fraud.mlrt <payments.csv
 *
 * The first line of the input names the columns; a line that the model does
 * not take is passed over with a message, and the next one is scored. */
#include "model.h"

enum { MOST = 64, LENGTH = 4096 };

/* Cuts a line at its commas, in place; returns how many parts there are. */
static int cut(char *line, char **parts) {
    int n = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at && n < MOST; n++) {
        parts[n] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = 0;
    }
    return n;
}

int main(int argc, char **argv) {
    static char head[LENGTH], line[LENGTH];
    char *names[MOST], *cells[MOST];
    mlrt_value row[2 * MOST];
    struct model model;
    if (argc < 2 || model_open(&model, argv[1]) != 0)
        return 1;
    int columns = fgets(head, LENGTH, stdin) ? cut(head, names) : 0;
    for (int n = 2; fgets(line, LENGTH, stdin); n++) {
        const char *label = "";
        if (cut(line, cells) != columns) {
            fprintf(stderr, "line %d has not %d cells\n", n, columns);
            continue;
        }
        for (int i = 0; i < columns; i++) {
            row[2 * i] = TEXT(names[i]);
            row[2 * i + 1] = TEXT(cells[i]);
        }
        double score = model_decide(&model, row, 2 * columns, &label);
        if (!isnan(score))
            printf("line %d: %s, score %.17g\n", n,
                   strcmp(label, "1") == 0 ? "look at it" : "pass", score);
    }
    model_close(&model);
    return 0;
}
