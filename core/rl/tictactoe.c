/* tictactoe.c: three in a row.
 *
 * As an index a position is the sum of code * 3^square, the code being 1 for
 * the mover's own and 2 for the other's; as planes it is two boards of zeros
 * and ones.
 */
#include <math.h>
#include <stdio.h>

#include "board.h"

int mlrt__word(mlrt *m, const char *name, const char *option, const char *text,
               const char *const *words) {
    char all[100];
    int n = 0;
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0)
            return i;
        n += snprintf(all + n, sizeof all - (size_t)n, "%s%s", i ? ", " : "",
                      words[i]);
    }
    mlrt_fail(m, MLRT_EARG, "%.60s: %s: one of %s expected, got '%.40s'", name,
              option, all, text);
    return -1;
}

typedef struct rules {
    mlrt *m;
    bool self, planes;
    double first; /* how likely the agent begins */
    mlrt_outcome outcome[9];
} rules;

typedef struct board {
    int8_t at[9], mover, agent;
    bool over;
} board;

/* ---- The game --------------------------------------------------------- */

static bool three(const int8_t *at, int side) {
    static const int8_t line[8][3] = {{0, 1, 2}, {3, 4, 5}, {6, 7, 8},
                                      {0, 3, 6}, {1, 4, 7}, {2, 5, 8},
                                      {0, 4, 8}, {2, 4, 6}};
    for (int i = 0; i < 8; i++)
        if (at[line[i][0]] == side && at[line[i][1]] == side &&
            at[line[i][2]] == side)
            return true;
    return false;
}

static int empty_squares(const int8_t *at, int8_t list[9]) {
    int n = 0;
    for (int8_t i = 0; i < 9; i++)
        if (at[i] == EMPTY)
            list[n++] = i;
    return n;
}

/* 1: the mover has won; 0: not, but the game may be over. */
static int place(board *b, int square) {
    int8_t list[9];
    int side = b->mover;
    b->at[square] = (int8_t)side;
    b->mover = (int8_t)mlrt__other(side);
    bool won = three(b->at, side);
    b->over = won || empty_squares(b->at, list) == 0;
    return won;
}

static int answer(board *b, mlrt_stream *stream) {
    int8_t list[9];
    int n = empty_squares(b->at, list);
    return place(b, list[mlrt_stream_below(stream, n)]);
}

static int64_t index_of(const int8_t *at, int side) {
    int64_t sum = 0;
    for (int i = 8; i >= 0; i--)
        sum = sum * 3 + (at[i] == EMPTY ? 0 : at[i] == side ? 1 : 2);
    return sum;
}

static void observe(const rules *r, const board *b, void *to) {
    int side = r->self ? b->mover : b->agent;
    float *f = to;
    if (!r->planes)
        *(int64_t *)to = index_of(b->at, side);
    for (int i = 0; r->planes && i < 9; i++) {
        f[i] = b->at[i] == side;
        f[9 + i] = b->at[i] == mlrt__other(side);
    }
}

/* ---- The type --------------------------------------------------------- */

static void show(const mlrt_turn *turn) {
    observe(turn->ud, turn->state, turn->observation);
}

static int reset(mlrt_turn *turn) {
    const rules *r = turn->ud;
    board *b = turn->state;
    *b = (board){.mover = FIRST, .agent = FIRST};
    if (!r->self && mlrt_stream_uniform(turn->stream) >= r->first) {
        b->agent = SECOND;
        answer(b, turn->stream);
    }
    observe(r, b, turn->observation);
    return 0;
}

static int step(mlrt_turn *turn) {
    const rules *r = turn->ud;
    board *b = turn->state;
    turn->reward = place(b, (int)*(const int64_t *)turn->action);
    if (!r->self && !b->over)
        turn->reward = -answer(b, turn->stream);
    turn->terminated = b->over;
    observe(r, b, turn->observation);
    return 0;
}

static void legal(const mlrt_turn *turn, bool *mask) {
    const board *b = turn->state;
    for (int i = 0; i < 9; i++)
        mask[i] = b->at[i] == EMPTY && !b->over;
}

static void render(const mlrt_turn *turn, char *text, size_t size) {
    const board *b = turn->state;
    char lines[] = "...\n...\n...\n";
    for (int i = 0; i < 9; i++)
        lines[i / 3 * 4 + i % 3] = ".XO"[b->at[i]];
    snprintf(text, size, "%s", lines);
}

/* Nine squares, who is to move, which side the agent has. */
static void save(const mlrt_turn *turn, double *to) {
    const board *b = turn->state;
    for (int i = 0; i < 9; i++)
        to[i] = b->at[i];
    to[9] = b->mover;
    to[10] = b->agent;
}

static bool load(mlrt_turn *turn, const double *from) {
    const rules *r = turn->ud;
    board b = {{0}, 0, 0, false};
    int8_t list[9];
    for (int i = 0; i < 11; i++)
        if (from[i] != floor(from[i]) || from[i] < (i < 9 ? 0 : 1) ||
            from[i] > 2)
            return false;
    for (int i = 0; i < 9; i++)
        b.at[i] = (int8_t)from[i];
    b.mover = (int8_t)from[9];
    b.agent = (int8_t)from[10];
    if (!r->self && b.mover != b.agent)
        return false;
    b.over = three(b.at, FIRST) || three(b.at, SECOND) ||
             empty_squares(b.at, list) == 0;
    memcpy(turn->state, &b, sizeof b);
    return true;
}

/* ---- The model, against random answers --------------------------------- */

static void board_of(int64_t state, int8_t *at) {
    for (int i = 0; i < 9; i++, state /= 3)
        at[i] = (int8_t)(state % 3);
}

static mlrt_outcome ends(const int8_t *at, double p, double reward, bool over) {
    return (mlrt_outcome){p, reward, (int32_t)index_of(at, FIRST), over};
}

static int model(void *ud, int64_t state, int64_t action,
                 const mlrt_outcome **list) {
    rules *r = ud;
    int8_t at[9], open[9];
    board_of(state, at);
    *list = r->outcome;
    if (at[action] != EMPTY || three(at, FIRST) || three(at, SECOND))
        return 0;
    at[action] = FIRST;
    bool won = three(at, FIRST);
    int n = empty_squares(at, open);
    if (won || n == 0) {
        r->outcome[0] = ends(at, 1, won, true);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        at[open[i]] = SECOND;
        bool lost = three(at, SECOND);
        r->outcome[i] = ends(at, 1.0 / n, lost ? -1 : 0, lost || n == 1);
        at[open[i]] = EMPTY;
    }
    return n;
}

static double start(void *ud, int64_t state) {
    const rules *r = ud;
    for (int i = 0; i < 9; i++, state /= 3)
        if (state % 3 != 0) /* the other's first stone, nothing else */
            return state == 2 ? (1 - r->first) / 9 : 0;
    return r->first;
}

/* ---- Making ----------------------------------------------------------- */

static void drop(void *ud) {
    rules *r = ud;
    mlrt__free(r->m, r, sizeof *r);
}

static int make(mlrt *m, const mlrt__settings *set, mlrt_env_type *type) {
    static const char *const opponents[] = {"self", "random", NULL};
    static const char *const views[] = {"index", "planes", NULL};
    int other = mlrt__word(m, type->name, "opponent", set->text[0], opponents);
    int view = mlrt__word(m, type->name, "observation", set->text[1], views);
    rules *r = other < 0 || view < 0 ? NULL : mlrt__alloc(m, sizeof *r);
    if (!r)
        return m->errcode;
    *r = (rules){.m = m, .self = other == 0, .planes = view == 1};
    r->first = set->number[2];
    static const float zero[18],
        one[18] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (r->planes)
        type->observation = (mlrt_space){.kind = MLRT_BOX,
                                         .ndim = 3,
                                         .shape = {2, 3, 3},
                                         .low = zero,
                                         .high = one};
    if (!r->planes && !r->self) {
        type->model = model;
        type->start = start;
    }
    type->ud = r;
    type->drop = drop;
    return 0;
}

const mlrt__env_row mlrt__board_rows[] = {
    {.type = {.name = "TicTacToe-v0",
              .observation = {.kind = MLRT_DISCRETE, .n = 19683},
              .action = {.kind = MLRT_DISCRETE, .n = 9},
              .state_bytes = sizeof(board),
              .nsaved = 11,
              .reset = reset,
              .step = step,
              .observe = show,
              .legal = legal,
              .render = render,
              .save = save,
              .load = load},
     .params = {{"opponent", 0, 1, 0, "self"},
                {"observation", 0, 1, 0, "index"},
                {"first", 1, 0, 1, NULL}},
     .make = make},
    {.type = {.name = NULL}},
};
