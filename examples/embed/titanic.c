/* titanic.c: a passenger's chance, by the pipeline of examples/titanic.lua.
 *
 *   titanic titanic.mlrt 'Name=Dawson, Mr. Jack' Sex=male Pclass=3 Age=20 \
 *       SibSp=0 Parch=0 Fare=8.05 Embarked=S
 *
 * The words are a raw row: what is left out is a hole, numbers are read from
 * their text. */
#include "model.h"

enum { MOST = 32 };

int main(int argc, char **argv) {
    struct model model;
    mlrt_value row[2 * MOST];
    const char *label = "";
    int n = 0;
    if (argc < 2 || argc - 2 > MOST || model_open(&model, argv[1]) != 0)
        return 1;
    for (int i = 2; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            continue;
        row[n++] = mlrt_value_string(argv[i], (size_t)(equals - argv[i]));
        row[n++] = TEXT(equals + 1);
    }
    double chance = model_decide(&model, row, n, &label);
    if (!isnan(chance))
        printf("%s, chance %.17g\n", label, chance);
    model_close(&model);
    return isnan(chance);
}
