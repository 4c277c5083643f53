/* types.c: the types of environments that a context knows, by name. */
#include <stdio.h>

#include "rl.h"

static const mlrt__env_row *const families[] = {
    mlrt__classic_rows, mlrt__grid_rows,  mlrt__toy_rows,
    mlrt__sanity_rows,  mlrt__board_rows, mlrt__go_rows};
enum { NFAMILIES = sizeof families / sizeof *families };

const mlrt__env_row *mlrt__env_row_find(const char *name) {
    for (int f = 0; f < NFAMILIES; f++)
        for (const mlrt__env_row *r = families[f]; r->type.name; r++)
            if (strcmp(r->type.name, name) == 0)
                return r;
    return NULL;
}

static const mlrt__env_entry *find_entry(const mlrt *m, const char *name) {
    const mlrt__env_entry *e = m->envs;
    while (e && strcmp(e->type.name, name) != 0)
        e = e->next;
    return e;
}

const char *mlrt_env_name_at(const mlrt *m, int i) {
    for (int f = 0; f < NFAMILIES; f++)
        for (const mlrt__env_row *r = families[f]; r->type.name; r++)
            if (i-- == 0)
                return r->type.name;
    for (const mlrt__env_entry *e = m->envs; e && i >= 0; e = e->next)
        if (i-- == 0)
            return e->type.name;
    return NULL;
}

void mlrt_env_type_init(mlrt_env_type *type) {
    *type = (mlrt_env_type){.size = sizeof *type};
}

static int check_type(mlrt *m, const mlrt_env_type *t) {
    int64_t numel;
    size_t bytes;
    if (!t->name || !*t->name)
        return mlrt_fail(m, MLRT_EARG, "env_register: the name is missing");
    if (mlrt__env_row_find(t->name) || find_entry(m, t->name))
        return mlrt_fail(m, MLRT_EARG, "env_register: there is a '%.60s'",
                         t->name);
    if (!t->reset || !t->step)
        return mlrt_fail(m, MLRT_EARG, "%.60s: reset and step are needed",
                         t->name);
    if (t->legal && t->action.kind != MLRT_DISCRETE)
        return mlrt_fail(m, MLRT_EARG, "%.60s: legal needs discrete actions",
                         t->name);
    if (t->max_episode_steps < 0 || t->nsaved < 0 || !t->save != !t->load ||
        t->state_bytes > INT32_MAX ||
        (!t->save && (size_t)t->nsaved * sizeof(double) > t->state_bytes))
        return mlrt_fail(m, MLRT_EARG,
                         "%.60s: max_episode_steps, state_bytes, "
                         "nsaved, save and load do not fit",
                         t->name);
    int err = mlrt__space_measure(m, t->name, "observation", &t->observation,
                                  &numel, &bytes);
    return err ? err
               : mlrt__space_measure(m, t->name, "action", &t->action, &numel,
                                     &bytes);
}

int mlrt_env_register(mlrt *m, const mlrt_env_type *type) {
    mlrt_env_type t;
    mlrt_env_type_init(&t);
    memcpy(&t, type, type->size < sizeof t ? type->size : sizeof t);
    t.size = sizeof t;
    int err = check_type(m, &t);
    size_t len = err ? 0 : strlen(t.name) + 1;
    mlrt__env_entry *e = err ? NULL : mlrt__alloc(m, sizeof *e + len);
    if (!e)
        return err ? err : MLRT_ENOMEM;
    memcpy(e->name, t.name, len);
    t.name = e->name;
    e->next = m->envs;
    e->type = t;
    e->bytes = sizeof *e + len;
    m->envs = e;
    return 0;
}

void mlrt__envs_close(mlrt *m) {
    while (m->envs) {
        mlrt__env_entry *e = m->envs;
        m->envs = e->next;
        if (e->type.drop)
            e->type.drop(e->type.ud);
        mlrt__free(m, e, e->bytes);
    }
}

/* ---- Settings --------------------------------------------------------- */

static const mlrt__param limit = {"max_episode_steps", 0, 0, INT32_MAX, NULL};

/* All names, for messages. */
static const char *known(const mlrt__env_row *row, char *text, size_t size) {
    int n = snprintf(text, size, "%s", limit.name);
    for (const mlrt__param *p = row ? row->params : NULL;
         p && p->name && n > 0 && (size_t)n < size; p++)
        n += snprintf(text + n, size - (size_t)n, ", %s", p->name);
    return text;
}

static int set_number(mlrt *m, const char *name, const mlrt__param *p,
                      const mlrt_env_option *o, double *to) {
    char number[40];
    snprintf(number, sizeof number, "%g", o->number);
    if (o->text || !(o->number >= p->least && o->number <= p->most))
        return mlrt_fail(m, MLRT_EARG,
                         "%.60s: %s: a number from %g to %g expected, got "
                         "%.40s",
                         name, p->name, p->least, p->most,
                         o->text ? o->text : number);
    *to = o->number;
    return 0;
}

static int set_one(mlrt *m, const mlrt__env_row *row, const char *name,
                   const mlrt_env_option *o, mlrt__settings *set,
                   double *steps) {
    char text[300];
    if (strcmp(o->name, limit.name) == 0)
        return set_number(m, name, &limit, o, steps);
    for (int i = 0; row && row->params && row->params[i].name; i++) {
        const mlrt__param *p = &row->params[i];
        if (strcmp(p->name, o->name) != 0)
            continue;
        if (p->least <= p->most)
            return set_number(m, name, p, o, &set->number[i]);
        if (!o->text)
            return mlrt_fail(m, MLRT_EARG, "%.60s: %s: a text expected, got %g",
                             name, p->name, o->number);
        set->text[i] = o->text;
        return 0;
    }
    return mlrt_fail(m, MLRT_EARG,
                     "%.60s: unknown option '%.40s'; known are "
                     "%s",
                     name, o->name, known(row, text, sizeof text));
}

static int find_type(mlrt *m, const char *name, mlrt_env_type *type,
                     const mlrt__env_row **row) {
    const mlrt__env_entry *e = find_entry(m, name);
    *row = mlrt__env_row_find(name);
    if (!e && !*row)
        return mlrt_fail(m, MLRT_EARG, "there is no environment '%.60s'", name);
    *type = e ? e->type : (*row)->type;
    type->size = sizeof *type;
    return 0;
}

int mlrt__env_settle(mlrt *m, const char *name, const mlrt_env_option *options,
                     int n, mlrt_env_type *type, bool *foreign) {
    const mlrt__env_row *row;
    mlrt__settings set = {{0}, {0}};
    int err = find_type(m, name, type, &row);
    double steps = (double)type->max_episode_steps;
    for (int i = 0; !err && row && row->params && row->params[i].name; i++) {
        set.number[i] = row->params[i].value;
        set.text[i] = row->params[i].text;
    }
    for (int i = 0; !err && i < n; i++)
        err = set_one(m, row, type->name, &options[i], &set, &steps);
    if (err)
        return err;
    type->max_episode_steps = (int64_t)steps;
    *foreign = !row;
    return row && row->make ? row->make(m, &set, type) : 0;
}
