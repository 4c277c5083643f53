/* go.c: the game of Go on a small board.
 *
 * Area scoring; suicide is illegal; positional superko: no move may repeat a
 * position of the game, which includes the simple ko.  Two passes end a game,
 * and so does `max_moves`, after which the board is counted as it stands.
 * Observations are planes: own stones, the other's, and where the mover may
 * not play; actions are the points row by row, then the pass.
 */
#include <math.h>
#include <stdio.h>

#include "board.h"

enum {
    MAX_SIZE = 9,
    MAX_POINTS = MAX_SIZE * MAX_SIZE,
    MAX_MOVES = 4 * MAX_POINTS
};
enum { SELF, RANDOM, CAPTURE }; /* opponents */

typedef struct rules {
    mlrt *m;
    int size, points, opponent, max_moves;
    double komi, first;
    float low[3 * MAX_POINTS], high[3 * MAX_POINTS];
} rules;

typedef struct game {
    int8_t at[MAX_POINTS];
    int8_t mover, agent, passes;
    bool over;
    int moves;
    uint64_t seen[MAX_MOVES + 1]; /* positions of the game */
    int nseen;
} game;

/* ---- The board --------------------------------------------------------- */

/* Points beside one; how many. */
static int beside(const rules *r, int p, int out[4]) {
    int n = 0, row = p / r->size, col = p % r->size;
    if (row > 0)
        out[n++] = p - r->size;
    if (row + 1 < r->size)
        out[n++] = p + r->size;
    if (col > 0)
        out[n++] = p - 1;
    if (col + 1 < r->size)
        out[n++] = p + 1;
    return n;
}

/* A random number of a stone on a point, the same in every game. */
static uint64_t mark_of(int p, int side) {
    mlrt_stream s = {(uint64_t)(p * 2 + side)};
    return mlrt_stream_next(&s);
}

static uint64_t position_of(const rules *r, const int8_t *at) {
    uint64_t h = 0;
    for (int p = 0; p < r->points; p++)
        if (at[p] != EMPTY)
            h ^= mark_of(p, at[p]);
    return h;
}

/* Points of the group that p belongs to, and whether it touches an empty one
 * (`of` EMPTY: whatever it touches); how many points. */
static int group(const rules *r, const int8_t *at, int p, int list[MAX_POINTS],
                 int *liberties) {
    bool in[MAX_POINTS] = {false}, free_point[MAX_POINTS] = {false};
    int n = 0, next[4];
    list[n++] = p;
    in[p] = true;
    *liberties = 0;
    for (int i = 0; i < n; i++) {
        int count = beside(r, list[i], next);
        for (int k = 0; k < count; k++) {
            int q = next[k];
            if (at[q] == at[p] && !in[q]) {
                in[q] = true;
                list[n++] = q;
            } else if (at[q] == EMPTY && !free_point[q]) {
                free_point[q] = true;
                ++*liberties;
            }
        }
    }
    return n;
}

/* Puts a stone and takes what it captures; how many stones, or -1 when the
 * stone itself would have no liberty, the board being spoilt then. */
static int put(const rules *r, int8_t *at, int p, int side) {
    int next[4], list[MAX_POINTS], liberties, taken = 0;
    at[p] = (int8_t)side;
    int count = beside(r, p, next);
    for (int k = 0; k < count; k++) {
        if (at[next[k]] != mlrt__other(side))
            continue;
        int n = group(r, at, next[k], list, &liberties);
        for (int i = 0; liberties == 0 && i < n; i++, taken++)
            at[list[i]] = EMPTY;
    }
    group(r, at, p, list, &liberties);
    return liberties > 0 ? taken : -1;
}

static bool seen(const game *g, uint64_t position) {
    for (int i = g->nseen - 1; i >= 0; i--)
        if (g->seen[i] == position)
            return true;
    return false;
}

/* Stones that a move would capture, or -1 when it is illegal. */
static int try_move(const rules *r, const game *g, int p) {
    int8_t at[MAX_POINTS];
    int next[4], count = beside(r, p, next);
    if (g->at[p] != EMPTY)
        return -1;
    bool open = false, touches = false;
    for (int k = 0; k < count; k++) {
        open |= g->at[next[k]] == EMPTY;
        touches |= g->at[next[k]] == mlrt__other(g->mover);
    }
    int taken = 0;
    if (!open || touches) { /* else it takes nothing and lives */
        memcpy(at, g->at, (size_t)r->points);
        taken = put(r, at, p, g->mover);
    }
    if (taken < 0)
        return -1;
    uint64_t now = g->seen[g->nseen - 1] ^ mark_of(p, g->mover);
    return seen(g, taken ? position_of(r, at) : now) ? -1 : taken;
}

/* ---- The end ------------------------------------------------------------ */

/* Stones and the empty points that only they touch, less the other's: from the
 * side of whoever moves first, komi taken off. */
static double score(const rules *r, const int8_t *at) {
    int list[MAX_POINTS], liberties, next[4], sum = 0;
    bool counted[MAX_POINTS] = {false};
    for (int p = 0; p < r->points; p++) {
        if (at[p] != EMPTY)
            sum += at[p] == FIRST ? 1 : -1;
        if (at[p] != EMPTY || counted[p])
            continue;
        int n = group(r, at, p, list, &liberties), touched = 0;
        for (int i = 0; i < n; i++) {
            counted[list[i]] = true;
            int count = beside(r, list[i], next);
            for (int k = 0; k < count; k++)
                if (at[next[k]] != EMPTY)
                    touched |= 1 << at[next[k]];
        }
        sum += touched == 1 << FIRST ? n : touched == 1 << SECOND ? -n : 0;
    }
    return sum - r->komi;
}

/* 1, 0 or -1 for a side. */
static int result(const rules *r, const game *g, int side) {
    double s = score(r, g->at);
    int first = (s > 0) - (s < 0);
    return side == FIRST ? first : -first;
}

/* A move or, p being the number of points, a pass. */
static void play(const rules *r, game *g, int p) {
    if (p == r->points) {
        g->passes++;
    } else {
        put(r, g->at, p, g->mover);
        g->passes = 0;
        g->seen[g->nseen++] = position_of(r, g->at);
    }
    g->mover = (int8_t)mlrt__other(g->mover);
    g->over = g->passes == 2 || ++g->moves >= r->max_moves;
}

/* ---- Opponents ----------------------------------------------------------- */

/* A point that only own stones surround: filling it is never good. */
static bool own_eye(const rules *r, const game *g, int p) {
    int next[4], count = beside(r, p, next);
    for (int k = 0; k < count; k++)
        if (g->at[next[k]] != g->mover)
            return false;
    return true;
}

/* At random among legal moves that fill no eye of its own; the greedy one
 * captures as much as it can instead.  It passes when there is none. */
static int answer(const rules *r, const game *g, mlrt_stream *stream) {
    int choice = r->points, ties = 0, most = 0;
    for (int p = 0; p < r->points; p++) {
        int taken = own_eye(r, g, p) ? -1 : try_move(r, g, p);
        if (taken < 0)
            continue;
        taken = r->opponent == CAPTURE ? taken : 0;
        if (taken > most) {
            most = taken;
            ties = 0;
        }
        if (taken == most && mlrt_stream_below(stream, ++ties) == 0)
            choice = p;
    }
    return choice;
}

/* ---- The type ------------------------------------------------------------ */

static void legal(const mlrt_turn *turn, bool *mask) {
    const rules *r = turn->ud;
    const game *g = turn->state;
    for (int p = 0; p < r->points; p++)
        mask[p] = !g->over && try_move(r, g, p) >= 0;
    mask[r->points] = !g->over;
}

static void observe(const rules *r, const game *g, float *to) {
    int side = r->opponent == SELF ? g->mover : g->agent, n = r->points;
    for (int p = 0; p < n; p++) {
        to[p] = g->at[p] == side;
        to[n + p] = g->at[p] == mlrt__other(side);
        to[2 * n + p] = !g->over && try_move(r, g, p) < 0;
    }
}

static void show(const mlrt_turn *turn) {
    observe(turn->ud, turn->state, turn->observation);
}

static int reset(mlrt_turn *turn) {
    const rules *r = turn->ud;
    game *g = turn->state;
    memset(g, 0, sizeof *g);
    g->mover = g->agent = FIRST;
    g->nseen = 1; /* the empty board, whose number is 0 */
    if (r->opponent != SELF && mlrt_stream_uniform(turn->stream) >= r->first) {
        g->agent = SECOND;
        play(r, g, answer(r, g, turn->stream));
    }
    observe(r, g, turn->observation);
    return 0;
}

static int step(mlrt_turn *turn) {
    const rules *r = turn->ud;
    game *g = turn->state;
    int side = g->mover;
    play(r, g, (int)*(const int64_t *)turn->action);
    if (!g->over && r->opponent != SELF)
        play(r, g, answer(r, g, turn->stream));
    turn->terminated = g->over;
    if (g->over)
        turn->reward = result(r, g, side);
    observe(r, g, turn->observation);
    return 0;
}

static void render(const mlrt_turn *turn, char *text, size_t size) {
    const rules *r = turn->ud;
    const game *g = turn->state;
    size_t n = 0;
    for (int p = 0; p < r->points && n + 40 < size; p++) {
        text[n++] = ".XO"[g->at[p]];
        if (p % r->size == r->size - 1)
            text[n++] = '\n';
    }
    snprintf(text + n, size - n, "%s %g\n", g->over ? "score" : "area",
             score(r, g->at));
}

/* The points, whose move it is, the agent's side, passes, moves. */
static void save(const mlrt_turn *turn, double *to) {
    const rules *r = turn->ud;
    const game *g = turn->state;
    for (int p = 0; p < r->points; p++)
        to[p] = g->at[p];
    double *rest = to + r->points;
    rest[0] = g->mover;
    rest[1] = g->agent;
    rest[2] = g->passes;
    rest[3] = g->moves;
    rest[4] = g->nseen;
    for (int i = 0; i <= r->max_moves; i++) { /* halves: exact as doubles */
        uint64_t h = i < g->nseen ? g->seen[i] : 0;
        rest[5 + 2 * i] = (double)(h >> 32);
        rest[6 + 2 * i] = (double)(uint32_t)h;
    }
}

static bool whole(double x, double least, double most) {
    return x >= least && x <= most && x == floor(x);
}

static bool load(mlrt_turn *turn, const double *from) {
    const rules *r = turn->ud;
    const double *rest = from + r->points;
    game *g = turn->state;
    for (int p = 0; p < r->points; p++)
        if (!whole(from[p], EMPTY, SECOND))
            return false;
    bool ok = whole(rest[0], FIRST, SECOND) && whole(rest[1], FIRST, SECOND) &&
              whole(rest[2], 0, 2) && whole(rest[3], 0, r->max_moves) &&
              whole(rest[4], 0, rest[3] + 1) &&
              (r->opponent == SELF || rest[0] == rest[1]);
    for (int i = 0; ok && i <= 2 * r->max_moves + 1; i++)
        ok = whole(rest[5 + i], 0, UINT32_MAX);
    if (!ok)
        return false;
    *g = (game){.mover = (int8_t)rest[0],
                .agent = (int8_t)rest[1],
                .passes = (int8_t)rest[2],
                .moves = (int)rest[3],
                .nseen = (int)rest[4]};
    for (int p = 0; p < r->points; p++)
        g->at[p] = (int8_t)from[p];
    for (int i = 0; i < g->nseen; i++)
        g->seen[i] = (uint64_t)rest[5 + 2 * i] << 32 |
                     (uint64_t)rest[6 + 2 * i];
    if (g->nseen == 0) /* a position without its history */
        g->seen[g->nseen++] = position_of(r, g->at);
    g->over = g->passes == 2 || g->moves >= r->max_moves;
    return true;
}

/* ---- Making -------------------------------------------------------------- */

static void drop(void *ud) {
    rules *r = ud;
    mlrt__free(r->m, r, sizeof *r);
}

static int make(mlrt *m, const mlrt__settings *set, mlrt_env_type *type) {
    static const char *const opponents[] = {"self", "random", "capture", NULL};
    int other = mlrt__word(m, type->name, "opponent", set->text[0], opponents);
    rules *r = other < 0 ? NULL : mlrt__alloc(m, sizeof *r);
    if (!r)
        return m->errcode;
    *r = (rules){.m = m, .opponent = other, .size = (int)set->number[1]};
    r->points = r->size * r->size;
    r->komi = set->number[2];
    r->first = set->number[3];
    r->max_moves = set->number[4] > 0 ? (int)set->number[4] : 4 * r->points;
    for (int i = 0; i < 3 * r->points; i++)
        r->high[i] = 1;
    type->observation = (mlrt_space){.kind = MLRT_BOX,
                                     .ndim = 3,
                                     .shape = {3, r->size, r->size},
                                     .low = r->low,
                                     .high = r->high};
    type->action.n = r->points + 1;
    type->nsaved = r->points + 5 + 2 * (r->max_moves + 1);
    type->ud = r;
    type->drop = drop;
    return 0;
}

const mlrt__env_row mlrt__go_rows[] = {
    {.type = {.name = "Go-v0",
              .action = {.kind = MLRT_DISCRETE, .n = 26},
              .state_bytes = sizeof(game),
              .reset = reset,
              .step = step,
              .observe = show,
              .legal = legal,
              .render = render,
              .save = save,
              .load = load},
     .params = (const mlrt__param[]){{"opponent", 0, 1, 0, "self"},
                                     {"size", 5, 2, MAX_SIZE, NULL},
                                     {"komi", 0.5, -100, 100, NULL},
                                     {"first", 1, 0, 1, NULL},
                                     {"max_moves", 0, 0, MAX_MOVES, NULL},
                                     {NULL, 0, 0, 0, NULL}},
     .make = make},
    {.type = {.name = NULL}},
};
