/* stocks.c: the expected return after the last of the closing prices on
 * standard input, by the regression of examples/stocks.lua.
 *
 *   stocks stocks.mlrt <closes.txt      21 prices or more, the latest one last
 *
 * The features are those of the script, computed by the host. */
#include "model.h"

enum { WINDOW = 20, BACK = 10 };

static double mean_log(const double *logs, int days) {
    double sum = 0;
    for (int i = 0; i < days; i++)
        sum += logs[WINDOW - i];
    return sum / days;
}

/* The standard deviation of the last WINDOW daily returns. */
static double volatility(const double *logs) {
    double mean = (logs[WINDOW] - logs[0]) / WINDOW, sum = 0;
    for (int i = 0; i < WINDOW; i++) {
        double off = logs[i + 1] - logs[i] - mean;
        sum += off * off;
    }
    return sqrt(sum / (WINDOW - 1));
}

static double expected_return(struct model *model, const double *logs) {
    static const char *const names[BACK] = {"r0", "r1", "r2", "r3", "r4",
                                            "r5", "r6", "r7", "r8", "r9"};
    mlrt_value row[2 * (BACK + 3)];
    int n = 0;
    for (int i = 0; i < BACK; i++) {
        row[n++] = TEXT(names[i]);
        row[n++] = mlrt_value_number(logs[WINDOW - i] - logs[WINDOW - i - 1]);
    }
    row[n++] = TEXT("volatility");
    row[n++] = mlrt_value_number(volatility(logs));
    row[n++] = TEXT("above5");
    row[n++] = mlrt_value_number(logs[WINDOW] - mean_log(logs, 5));
    row[n++] = TEXT("above20");
    row[n++] = mlrt_value_number(logs[WINDOW] - mean_log(logs, WINDOW));
    return model_score(model, row, n);
}

int main(int argc, char **argv) {
    double logs[WINDOW + 1] = {0}, price;
    struct model model;
    int days = 0;
    if (argc < 2 || model_open(&model, argv[1]) != 0)
        return 1;
    for (; scanf("%lf", &price) == 1 && price > 0; days++) {
        memmove(logs, logs + 1, WINDOW * sizeof *logs);
        logs[WINDOW] = log(price);
    }
    double expected = days > WINDOW ? expected_return(&model, logs) : NAN;
    if (isnan(expected))
        fprintf(stderr, "%d prices; %d are needed\n", days, WINDOW + 1);
    else
        printf("expected %+.4f %%\n", 100 * (exp(expected) - 1));
    model_close(&model);
    return isnan(expected);
}
