/* classic.c: classic control, with the dynamics of Gymnasium.
 *
 * The state is kept in doubles and observed in floats, as there, so the same
 * state and actions give the same trajectory.
 */
#include <math.h>

#include "rl.h"

#define PI 3.14159265358979323846

static double between(mlrt_stream *stream, double low, double high) {
    return low + (high - low) * mlrt_stream_uniform(stream);
}

/* A line of `width` columns with a mark at x, between low and high. */
static void mark(char *text, size_t size, double x, double low, double high,
                 char what) {
    enum { WIDTH = 61 };
    if (size < WIDTH + 2)
        return;
    double at = (x - low) / (high - low) * (WIDTH - 1);
    memset(text, '-', WIDTH);
    text[at < 0 ? 0 : at > WIDTH - 1 ? WIDTH - 1 : (int)(at + 0.5)] = what;
    memcpy(text + WIDTH, "\n", 2);
}

/* ---- CartPole (Barto, Sutton and Anderson 1983) ----------------------- */

/* State: x, its speed, the pole's angle from upright, its speed. */
static void observe4(const double *s, float *to) {
    for (int i = 0; i < 4; i++)
        to[i] = (float)s[i];
}

static int cart_reset(mlrt_turn *turn) {
    double *s = turn->state;
    for (int i = 0; i < 4; i++)
        s[i] = between(turn->stream, -0.05, 0.05);
    observe4(s, turn->observation);
    return 0;
}

static const double cart_edge = 2.4, pole_edge = 12 * 2 * PI / 360;

static int cart_step(mlrt_turn *turn) {
    const double gravity = 9.8, mass = 0.1, total = 1.1, length = 0.5,
                 mass_length = mass * length, tau = 0.02;
    double *s = turn->state;
    double force = *(const int64_t *)turn->action ? 10.0 : -10.0;
    double sine = sin(s[2]), cosine = cos(s[2]);
    double push = (force + mass_length * (s[3] * s[3]) * sine) / total;
    double swing = (gravity * sine - cosine * push) /
                   (length * (4.0 / 3.0 - mass * (cosine * cosine) / total));
    double pull = push - mass_length * swing * cosine / total;
    s[0] += tau * s[1];
    s[1] += tau * pull;
    s[2] += tau * s[3];
    s[3] += tau * swing;
    turn->terminated = fabs(s[0]) > cart_edge || fabs(s[2]) > pole_edge;
    turn->reward = 1;
    observe4(s, turn->observation);
    return 0;
}

static void cart_render(const mlrt_turn *turn, char *text, size_t size) {
    const double *s = turn->state;
    char lean = s[2] < -0.05 ? '\\' : s[2] > 0.05 ? '/' : '|';
    mark(text, size, s[0], -cart_edge, cart_edge, lean);
}

static const float cart_high[] = {4.8F, INFINITY, (float)(24 * 2 * PI / 360),
                                  INFINITY};
static const float cart_low[] = {-4.8F, -INFINITY, -(float)(24 * 2 * PI / 360),
                                 -INFINITY};

/* ---- The rows --------------------------------------------------------- */

#define BOX1(size, least, most)                                                \
    { .kind = MLRT_BOX, .ndim = 1, .shape = {size}, .low = least, .high = most }
#define CHOICE(count)                                                          \
    { .kind = MLRT_DISCRETE, .n = count }
#define CARTPOLE(title, limit)                                                 \
    {                                                                          \
        .type = {.name = title,                                                \
                 .observation = BOX1(4, cart_low, cart_high),                  \
                 .action = CHOICE(2),                                          \
                 .actions = "left right",                                      \
                 .max_episode_steps = limit,                                   \
                 .state_bytes = 4 * sizeof(double),                            \
                 .nsaved = 4,                                                  \
                 .reset = cart_reset,                                          \
                 .step = cart_step,                                            \
                 .render = cart_render},                                       \
    }

const mlrt__env_row mlrt__classic_rows[] = {
    CARTPOLE("CartPole-v1", 500),
    CARTPOLE("CartPole-v0", 200),
    {.type = {.name = NULL}},
};
