/* toy.c: Taxi and Blackjack, as tables.
 *
 * Taxi (Dietterich 2000) has Gymnasium's states: ((row * 5 + column) * 5 +
 * passenger) * 4 + destination.  Blackjack (Sutton and Barto, example 5.1) has
 * its three numbers in one: (sum * 11 + the dealer's card) * 2 + usable ace.
 * The deck is infinite, so the dealer's hidden card can wait until it matters
 * and the whole game is a table.
 */
#include <stdio.h>

#include "rl.h"

/* ---- Taxi ------------------------------------------------------------- */

static const char town[5][12] = {"|R: | : :G|", "| : | : : |", "| : : : : |",
                                 "| | : | : |", "|Y| : |B: |"};
static const int place_row[] = {0, 0, 4, 4}, place_col[] = {0, 4, 0, 3};
enum { SOUTH, NORTH, EAST, WEST, PICKUP, DROPOFF };

typedef struct cab {
    int row, col, passenger, destination; /* passenger 4: inside */
} cab;

static int encode(cab c) {
    return ((c.row * 5 + c.col) * 5 + c.passenger) * 4 + c.destination;
}

static cab decode(int s) {
    return (cab){s / 100, s / 20 % 5, s / 4 % 5, s % 4};
}

static bool open_way(cab c, int way) {
    return way == SOUTH   ? c.row < 4
           : way == NORTH ? c.row > 0
           : way == EAST  ? town[c.row][2 * c.col + 2] == ':'
                          : town[c.row][2 * c.col] == ':';
}

static cab moved(cab c, int way) {
    if (open_way(c, way)) {
        c.row += (way == SOUTH) - (way == NORTH);
        c.col += (way == EAST) - (way == WEST);
    }
    return c;
}

/* Which of the four places a cab stands on, or -1. */
static int place_of(cab c) {
    for (int i = 0; i < 4; i++)
        if (c.row == place_row[i] && c.col == place_col[i])
            return i;
    return -1;
}

static mlrt_outcome handle_passenger(cab c, bool up) {
    int place = place_of(c);
    if (up) {
        bool here = c.passenger < 4 && place == c.passenger;
        c.passenger = here ? 4 : c.passenger;
        return (mlrt_outcome){1, here ? -1 : -10, encode(c), false};
    }
    if (place < 0 || c.passenger != 4)
        return (mlrt_outcome){1, -10, encode(c), false};
    c.passenger = place;
    bool done = place == c.destination;
    return (mlrt_outcome){1, done ? 20 : -1, encode(c), done};
}

/* In the rain a cab that can go may drift to its left or right. */
static void add_move(mlrt__model *t, int s, int way, double certain) {
    static const int left[] = {EAST, WEST, NORTH, SOUTH};
    static const int right[] = {WEST, EAST, SOUTH, NORTH};
    cab c = decode(s);
    bool drifts = t->most > 1 && open_way(c, way);
    int to[] = {encode(moved(c, way)), encode(drifts ? moved(c, left[way]) : c),
                encode(drifts ? moved(c, right[way]) : c)};
    for (int i = 0; i < t->most; i++) {
        double p = i == 0 ? certain : (1 - certain) / 2;
        mlrt__model_add(t, s, way, (mlrt_outcome){p, -1, to[i], false});
    }
}

static void taxi_render(const mlrt_turn *turn, char *text, size_t size) {
    cab c = decode((int)mlrt__model_state(turn));
    size_t n = 0;
    for (int row = 0; row < 5 && n + 13 < size; row++) {
        memcpy(text + n, town[row], 11);
        if (row == c.row)
            text[n + (size_t)(2 * c.col + 1)] = c.passenger == 4 ? '#' : '@';
        n += 11;
        text[n++] = '\n';
    }
    text[n] = 0;
}

static int make_taxi(mlrt *m, const mlrt__settings *set, mlrt_env_type *type) {
    bool rainy = set->number[0] != 0;
    mlrt__model *t = mlrt__model_new(m, 500, 6, rainy ? 3 : 1, 500, 0);
    if (!t)
        return MLRT_ENOMEM;
    for (int s = 0; s < 500; s++) {
        cab c = decode(s);
        if (c.passenger < 4 && c.passenger != c.destination)
            t->start[t->nstarts++] = s;
        for (int way = SOUTH; way <= WEST; way++)
            add_move(t, s, way, rainy ? set->number[1] : 1);
        mlrt__model_add(t, s, PICKUP, handle_passenger(c, true));
        mlrt__model_add(t, s, DROPOFF, handle_passenger(c, false));
    }
    mlrt__model_type(t, type);
    type->render = taxi_render;
    return 0;
}

/* ---- Blackjack -------------------------------------------------------- */

enum { STICK, HIT, SHOWN = 32 * 11 * 2 };

/* Cards 1 (ace) to 10; tens and pictures are four of thirteen. */
static double chance(int card) {
    return card == 10 ? 4.0 / 13 : 1.0 / 13;
}

/* A hand: what its cards come to with aces as 1, and is one an ace? */
typedef struct hand {
    int hard;
    bool ace;
} hand;

static bool usable(hand h) {
    return h.ace && h.hard + 10 <= 21;
}
static int total(hand h) {
    return h.hard + (usable(h) ? 10 : 0);
}
static hand with(hand h, int card) {
    return (hand){h.hard + card, h.ace || card == 1};
}

/* Adds to p[] the chances of the dealer's last total (0: bust), reached with
 * probability q from a hand; p[1] is a natural. */
static void deal(hand h, int cards, double q, double p[22]) {
    int sum = total(h);
    if (cards >= 2 && sum >= 17) {
        p[sum > 21 ? 0 : cards == 2 && sum == 21 ? 1 : sum] += q;
        return;
    }
    for (int card = 1; card <= 10; card++)
        deal(with(h, card), cards + 1, q * chance(card), p);
}

typedef struct house {
    bool pays_natural, book; /* Gymnasium's natural and sab */
} house;

/* What sticking comes to, by reward: lost, drawn, won, and won at 3 : 2. */
static void add_stick(mlrt__model *t, int s, int sum, bool natural, house r,
                      const double p[22]) {
    double q[4] = {0};
    sum = sum > 21 ? 0 : sum;
    for (int d = 0; d < 22; d++) {
        int dealer = d == 1 ? 21 : d;
        int mine = sum > dealer ? 2 : sum == dealer ? 1 : 0;
        if (natural && r.book && d != 1)
            mine = 2;
        if (natural && !r.book && r.pays_natural && mine == 2)
            mine = 3;
        q[mine] += p[d];
    }
    static const double reward[] = {-1, 0, 1, 1.5};
    for (int i = 0; i < 4; i++)
        if (q[i] > 0)
            mlrt__model_add(t, s, STICK,
                            (mlrt_outcome){q[i], reward[i], s, true});
}

static int place(hand h, int dealer, bool natural) {
    return (total(h) * 11 + dealer) * 2 + usable(h) + natural * SHOWN;
}

static void add_hit(mlrt__model *t, int s, hand h, int dealer) {
    for (int card = 1; card <= 10; card++) {
        hand now = with(h, card);
        bool bust = total(now) > 21;
        mlrt__model_add(t, s, HIT,
                        (mlrt_outcome){chance(card), bust ? -1 : 0,
                                       place(now, dealer, false), bust});
    }
}

static void add_cards(mlrt__model *t, int s, house r,
                      const double odds[11][22]) {
    bool natural = s >= SHOWN;
    int sum = s % SHOWN / 22, dealer = s % SHOWN / 2 % 11, ace = s % 2;
    hand h = {ace ? sum - 10 : sum, ace};
    if (dealer == 0 || sum < (ace ? 12 : 2) || sum > 21 ||
        (natural && !(ace && sum == 21))) { /* no game comes here */
        mlrt__model_add(t, s, STICK, (mlrt_outcome){1, 0, s, true});
        mlrt__model_add(t, s, HIT, (mlrt_outcome){1, 0, s, true});
        return;
    }
    add_stick(t, s, sum, natural, r, odds[dealer]);
    add_hit(t, s, h, dealer);
}

/* Thirteen cards, two for the player and one of the dealer's. */
static void add_starts(mlrt__model *t, bool naturals) {
    for (int i = 0; i < 13 * 13 * 13; i++) {
        int c[] = {i / 169 + 1, i / 13 % 13 + 1, i % 13 + 1};
        for (int k = 0; k < 3; k++)
            c[k] = c[k] > 10 ? 10 : c[k];
        hand h = with(with((hand){0, false}, c[0]), c[1]);
        t->start[t->nstarts++] = place(h, c[2], naturals && total(h) == 21);
    }
}

static void cards_render(const mlrt_turn *turn, char *text, size_t size) {
    int s = (int)mlrt__model_state(turn) % SHOWN;
    snprintf(text, size, "player %d%s, dealer shows %d\n", s / 22,
             s % 2 ? " with a usable ace" : "", s / 2 % 11);
}

static int make_blackjack(mlrt *m, const mlrt__settings *set,
                          mlrt_env_type *type) {
    house r = {set->number[0] != 0, set->number[1] != 0};
    bool naturals = r.pays_natural || r.book;
    mlrt__model *t = mlrt__model_new(m, naturals ? 2 * SHOWN : SHOWN, 2, 10,
                                     13 * 13 * 13, 0);
    if (!t)
        return MLRT_ENOMEM;
    t->shown = SHOWN;
    double odds[11][22] = {{0}};
    for (int dealer = 1; dealer <= 10; dealer++)
        deal(with((hand){0, false}, dealer), 1, 1, odds[dealer]);
    for (int s = 0; s < t->states; s++)
        add_cards(t, s, r, odds);
    add_starts(t, naturals);
    mlrt__model_type(t, type);
    type->render = cards_render;
    return 0;
}

/* ---- The rows --------------------------------------------------------- */

#define TAXI(title)                                                            \
    {                                                                          \
        .type = {.name = title,                                                \
                 .actions = "south north east west pickup dropoff",            \
                 .max_episode_steps = 200},                                    \
        .params = {{"is_rainy", 0, 0, 1, NULL},                                \
                   {"rainy_probability", 0.8, 0, 1, NULL}},                    \
        .make = make_taxi,                                                     \
    }

const mlrt__env_row mlrt__toy_rows[] = {
    TAXI("Taxi-v4"),
    TAXI("Taxi-v3"),
    {.type = {.name = "Blackjack-v1", .actions = "stick hit"},
     .params = {{"natural", 0, 0, 1, NULL}, {"sab", 0, 0, 1, NULL}},
     .make = make_blackjack},
    {.type = {.name = NULL}},
};
