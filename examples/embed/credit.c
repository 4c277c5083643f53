/* credit.c: an application for credit, decided by the scorecard of
 * examples/credit_risk.lua.
 *
 *   credit credit.mlrt 24 3000       months and amount; the rest is made up
 *
 * The applicant is a struct of the program's own. */
#include "model.h"

struct applicant {
    const char *checking, *history, *purpose, *savings, *employed, *status;
    const char *debtors, *property, *plans, *housing, *job, *phone, *foreign;
    double months, amount, rate, resident, age, credits, dependants;
};

/* Names as in the training data, each with its value. */
#define WORD(field) TEXT(#field), TEXT(a->field)
#define NUMBER(field) TEXT(#field), mlrt_value_number(a->field)

static double chance_of_loss(struct model *model, const struct applicant *a,
                             const char **decision) {
    const mlrt_value row[] = {
        WORD(checking),   WORD(history),  WORD(purpose),   WORD(savings),
        WORD(employed),   WORD(status),   WORD(debtors),   WORD(property),
        WORD(plans),      WORD(housing),  WORD(job),       WORD(phone),
        WORD(foreign),    NUMBER(months), NUMBER(amount),  NUMBER(rate),
        NUMBER(resident), NUMBER(age),    NUMBER(credits), NUMBER(dependants)};
    return model_decide(model, row, sizeof row / sizeof *row, decision);
}

int main(int argc, char **argv) {
    struct model model;
    struct applicant a = {.checking = "A14",
                          .history = "A32",
                          .purpose = "A43",
                          .savings = "A61",
                          .employed = "A73",
                          .status = "A93",
                          .debtors = "A101",
                          .property = "A121",
                          .plans = "A143",
                          .housing = "A152",
                          .job = "A173",
                          .phone = "A192",
                          .foreign = "A201",
                          .rate = 2,
                          .resident = 2,
                          .age = 35,
                          .credits = 1,
                          .dependants = 1};
    const char *decision = "";
    if (argc < 4 || model_open(&model, argv[1]) != 0)
        return 1;
    a.months = atof(argv[2]);
    a.amount = atof(argv[3]);
    double chance = chance_of_loss(&model, &a, &decision);
    if (!isnan(chance))
        printf("%s, chance of a bad loan %.17g\n",
               strcmp(decision, "bad") == 0 ? "refuse" : "grant", chance);
    model_close(&model);
    return isnan(chance);
}
