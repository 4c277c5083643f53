/* grid.c: worlds of squares: GridWorld, FrozenLake, CliffWalking.
 *
 * Each is a table whose states are the squares, row by row.  Rewards, limits
 * and the order of the actions are Gymnasium's; GridWorld, which it has not,
 * is the world of Russell and Norvig, "Artificial Intelligence", chapter 17.
 */
#include "rl.h"

enum { MAX_SQUARES = 1 << 14 };

typedef struct grid {
    int rows, cols;
    char square[]; /* rows * cols of them */
} grid;

/* The order of GridWorld and CliffWalking; FrozenLake's is left down right
 * up. */
enum { UP, RIGHT, DOWN, LEFT };

static bool is(char square, const char *kinds) {
    return square && strchr(kinds, square);
}

/* The square beside one, the same at an edge. */
static int beside(const grid *g, int at, int way) {
    int row = at / g->cols, col = at % g->cols;
    row += way == DOWN ? row + 1 < g->rows : way == UP ? -(row > 0) : 0;
    col += way == RIGHT ? col + 1 < g->cols : way == LEFT ? -(col > 0) : 0;
    return row * g->cols + col;
}

/* ---- Maps ------------------------------------------------------------- */

static int bad_map(mlrt *m, const char *name, const char *why) {
    return mlrt_fail(m, MLRT_EARG, "%.60s: map: %s", name, why);
}

/* Rows of equal length, of squares of `kinds`, separated by newlines. */
static int measure_map(mlrt *m, const char *name, const char *map,
                       const char *kinds, int *rows, int *cols) {
    size_t width = strcspn(map, "\n"), n = 0;
    for (const char *p = map; *p; p += *p == '\n') {
        size_t len = strcspn(p, "\n");
        for (size_t i = 0; i < len; i++)
            if (!is(p[i], kinds))
                return mlrt_fail(m, MLRT_EARG,
                                 "%.60s: map: squares are one of "
                                 "%s, got '%c'",
                                 name, kinds, p[i]);
        if (len != width || len == 0)
            return bad_map(m, name, "rows differ in length");
        p += len;
        n++;
    }
    if (n == 0 || width > MAX_SQUARES || n > MAX_SQUARES / width)
        return bad_map(m, name, "1 to 16384 squares expected");
    *rows = (int)n;
    *cols = (int)width;
    return 0;
}

/* A table for the squares of a map; episodes begin on S. */
static mlrt__model *new_table(mlrt *m, const char *name, const char *map,
                              const char *kinds, int most) {
    int rows = 0, cols = 0;
    if (measure_map(m, name, map, kinds, &rows, &cols) != 0)
        return NULL;
    int64_t n = (int64_t)rows * cols;
    mlrt__model *t = mlrt__model_new(m, n, 4, most, n,
                                     sizeof(grid) + (size_t)n);
    if (!t)
        return NULL;
    grid *g = t->extra;
    g->rows = rows;
    g->cols = cols;
    for (int i = 0; i < n; i++) {
        g->square[i] = map[i / cols * (cols + 1) + i % cols];
        if (g->square[i] == 'S')
            t->start[t->nstarts++] = i;
    }
    if (t->nstarts > 0)
        return t;
    bad_map(m, name, "there is no start S");
    mlrt__free(m, t, t->bytes);
    return NULL;
}

/* The map with @ where the copy is. */
static void render(const mlrt_turn *turn, char *text, size_t size) {
    const mlrt__model *t = turn->ud;
    const grid *g = t->extra;
    size_t n = 0;
    for (int i = 0; i < g->rows * g->cols && n + 2 < size; i++) {
        text[n++] = i == mlrt__model_state(turn) ? '@' : g->square[i];
        if (i % g->cols == g->cols - 1)
            text[n++] = '\n';
    }
    text[n] = 0;
}

static int finish(mlrt__model *t, mlrt_env_type *type) {
    const grid *g = t->extra;
    mlrt__model_type(t, type);
    type->columns = g->cols;
    type->render = render;
    return 0;
}

/* ---- GridWorld -------------------------------------------------------- */

typedef struct rules {
    double slip, step, goal, pit;
} rules;

/* Walls are not entered: who walks into one stays. */
static mlrt_outcome arrive(const grid *g, const rules *r, int at, int way,
                           double p) {
    int to = beside(g, at, way);
    if (g->square[to] == '#')
        to = at;
    bool goal = g->square[to] == 'G', pit = g->square[to] == 'X';
    double reward = goal ? r->goal : pit ? r->pit : r->step;
    return (mlrt_outcome){p, reward, to, goal || pit};
}

static void add_square(mlrt__model *t, const rules *r, int at) {
    const grid *g = t->extra;
    for (int a = 0; a < 4; a++) {
        if (is(g->square[at], "GX#")) {
            mlrt__model_add(t, at, a, (mlrt_outcome){1, 0, at, true});
            continue;
        }
        mlrt__model_add(t, at, a, arrive(g, r, at, a, 1 - r->slip));
        for (int side = 1; side <= 3 && r->slip > 0; side += 2)
            mlrt__model_add(t, at, a,
                            arrive(g, r, at, (a + side) % 4, r->slip / 2));
    }
}

static int make_world(mlrt *m, const mlrt__settings *set, mlrt_env_type *type) {
    rules r = {set->number[1], set->number[2], set->number[3], set->number[4]};
    mlrt__model *t = new_table(m, type->name, set->text[0], "SG.X#",
                               r.slip > 0 ? 3 : 1);
    if (!t)
        return m->errcode;
    for (int i = 0; i < t->states; i++)
        add_square(t, &r, i);
    return finish(t, type);
}

/* ---- FrozenLake ------------------------------------------------------- */

/* Of left, down, right, up. */
static const int lake_way[] = {LEFT, DOWN, RIGHT, UP};

static const char lake4[] = "SFFF\nFHFH\nFFFH\nHFFG";
static const char lake8[] = "SFFFFFFF\nFFFFFFFF\nFFFHFFFF\nFFFFFHFF\n"
                            "FFFHFFFF\nFHHFFFHF\nFHFFHFHF\nFFFHFFFG";

static mlrt_outcome slide(const grid *g, const double *rewards, int at, int a,
                          double p) {
    int to = beside(g, at, lake_way[a % 4]);
    char square = g->square[to];
    double reward = rewards[square == 'G' ? 0 : square == 'H' ? 1 : 2];
    return (mlrt_outcome){p, reward, to, is(square, "GH")};
}

static void add_ice(mlrt__model *t, int at, double success,
                    const double *rewards) {
    const grid *g = t->extra;
    for (int a = 0; a < 4; a++) {
        if (is(g->square[at], "GH")) {
            mlrt__model_add(t, at, a, (mlrt_outcome){1, 0, at, true});
            continue;
        }
        double aside = (1 - success) / 2;
        if (t->most == 1) {
            mlrt__model_add(t, at, a, slide(g, rewards, at, a, 1));
            continue;
        }
        mlrt__model_add(t, at, a, slide(g, rewards, at, a + 3, aside));
        mlrt__model_add(t, at, a, slide(g, rewards, at, a, success));
        mlrt__model_add(t, at, a, slide(g, rewards, at, a + 1, aside));
    }
}

static int make_lake(mlrt *m, const mlrt__settings *set, mlrt_env_type *type) {
    const char *name = set->text[1], *map = set->text[0];
    if (!*map && strcmp(name, "4x4") != 0 && strcmp(name, "8x8") != 0)
        return mlrt_fail(m, MLRT_EARG,
                         "%.60s: map_name: 4x4 or 8x8 expected, "
                         "got '%.40s'",
                         type->name, name);
    if (!*map)
        map = strcmp(name, "4x4") == 0 ? lake4 : lake8;
    mlrt__model *t = new_table(m, type->name, map, "SFHG",
                               set->number[2] != 0 ? 3 : 1);
    if (!t)
        return m->errcode;
    for (int i = 0; i < t->states; i++)
        add_ice(t, i, set->number[3], &set->number[4]);
    return finish(t, type);
}

/* ---- CliffWalking ----------------------------------------------------- */

static const char cliff[] = "............\n............\n............\n"
                            "SCCCCCCCCCCG";

static mlrt_outcome walk(const grid *g, int at, int way, double p) {
    int to = beside(g, at, way), start = (g->rows - 1) * g->cols;
    if (g->square[to] == 'C')
        return (mlrt_outcome){p, -100, start, false};
    return (mlrt_outcome){p, -1, to, g->square[to] == 'G'};
}

static int make_cliff(mlrt *m, const mlrt__settings *set, mlrt_env_type *type) {
    bool slippery = set->number[0] != 0;
    mlrt__model *t = new_table(m, type->name, cliff, ".SCG", slippery ? 3 : 1);
    if (!t)
        return m->errcode;
    for (int at = 0; at < t->states; at++)
        for (int a = 0; a < 4; a++)
            for (int turn = slippery ? 3 : 4; turn <= (slippery ? 5 : 4);
                 turn++)
                mlrt__model_add(
                    t, at, a,
                    walk(t->extra, at, (a + turn) % 4, slippery ? 1.0 / 3 : 1));
    return finish(t, type);
}

/* ---- The rows --------------------------------------------------------- */

#define TEXT(name, text)                                                       \
    { name, 0, 1, 0, text }
#define LAKE(title, limit, map)                                                \
    {                                                                          \
        .type = {.name = title,                                                \
                 .actions = "left down right up",                              \
                 .max_episode_steps = limit},                                  \
        .params = {TEXT("desc", ""),                                           \
                   TEXT("map_name", map),                                      \
                   {"is_slippery", 1, 0, 1, NULL},                             \
                   {"success_rate", 1.0 / 3, 0, 1, NULL},                      \
                   {"goal_reward", 1, -1e6, 1e6, NULL},                        \
                   {"hole_reward", 0, -1e6, 1e6, NULL},                        \
                   {"frozen_reward", 0, -1e6, 1e6, NULL}},                     \
        .make = make_lake                                                      \
    }

const mlrt__env_row mlrt__grid_rows[] = {
    {.type = {.name = "GridWorld-v0",
              .actions = "up right down left",
              .max_episode_steps = 100},
     .params = {TEXT("map", "...G\n.#.X\nS..."),
                {"slip", 0, 0, 1, NULL},
                {"step_reward", -0.04, -1e6, 1e6, NULL},
                {"goal_reward", 1, -1e6, 1e6, NULL},
                {"pit_reward", -1, -1e6, 1e6, NULL}},
     .make = make_world},
    LAKE("FrozenLake-v1", 100, "4x4"),
    LAKE("FrozenLake8x8-v1", 200, "8x8"),
    {.type = {.name = "CliffWalking-v1", .actions = "up right down left"},
     .params = {{"is_slippery", 0, 0, 1, NULL}},
     .make = make_cliff},
    {.type = {.name = "CliffWalkingSlippery-v1",
              .actions = "up right down left"},
     .params = {{"is_slippery", 1, 0, 1, NULL}},
     .make = make_cliff},
    {.type = {.name = NULL}},
};
