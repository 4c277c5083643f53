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

/* ---- MountainCar (Moore 1990) ------------------------------------------ */

/* State: position, velocity. */
static void observe2(const double *s, float *to) {
    to[0] = (float)s[0];
    to[1] = (float)s[1];
}

static int car_reset(mlrt_turn *turn) {
    double *s = turn->state;
    s[0] = between(turn->stream, -0.6, -0.4);
    s[1] = 0;
    observe2(s, turn->observation);
    return 0;
}

static double clip(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

static int car_step(mlrt_turn *turn) {
    double *s = turn->state;
    double push = (double)(*(const int64_t *)turn->action - 1) * 0.001;
    s[1] = clip(s[1] + (push + cos(3 * s[0]) * -0.0025), -0.07, 0.07);
    s[0] = clip(s[0] + s[1], -1.2, 0.6);
    if (s[0] == -1.2 && s[1] < 0)
        s[1] = 0;
    turn->terminated = s[0] >= 0.5 && s[1] >= 0;
    turn->reward = -1;
    observe2(s, turn->observation);
    return 0;
}

/* There the state is kept in single precision, and so is the arithmetic. */
static int drive_reset(mlrt_turn *turn) {
    double *s = turn->state;
    car_reset(turn);
    s[0] = (double)(float)s[0];
    return 0;
}

static int drive_step(mlrt_turn *turn) {
    double *s = turn->state;
    float action = *(const float *)turn->action, x = (float)s[0];
    float hill = (float)(0.0025 * cos((double)(3 * x)));
    float v = (float)s[1] + (action * 0.0015F - hill);
    v = v > 0.07F ? 0.07F : v < -0.07F ? -0.07F : v;
    x += v;
    x = x > 0.6F ? 0.6F : x < -1.2F ? -1.2F : x;
    if (x == -1.2F && v < 0)
        v = 0;
    turn->terminated = x >= 0.45F && v >= 0;
    turn->reward = turn->terminated ? 100 : 0;
    turn->reward -= (double)action * (double)action * 0.1;
    s[0] = (double)x;
    s[1] = (double)v;
    observe2(s, turn->observation);
    return 0;
}

static void car_render(const mlrt_turn *turn, char *text, size_t size) {
    const double *s = turn->state;
    mark(text, size, s[0], -1.2, 0.6, s[1] < 0 ? '<' : '>');
}

static const float car_low[] = {-1.2F, -0.07F}, car_high[] = {0.6F, 0.07F};

/* ---- Pendulum --------------------------------------------------------- */

/* State: angle from upright, its speed. */
static void observe_pendulum(const double *s, float *to) {
    to[0] = (float)cos(s[0]);
    to[1] = (float)sin(s[0]);
    to[2] = (float)s[1];
}

static int pendulum_reset(mlrt_turn *turn) {
    double *s = turn->state;
    s[0] = between(turn->stream, -PI, PI);
    s[1] = between(turn->stream, -1, 1);
    observe_pendulum(s, turn->observation);
    return 0;
}

/* Into -pi..pi. */
static double upright(double angle) {
    double turned = fmod(angle + PI, 2 * PI);
    return (turned < 0 ? turned + 2 * PI : turned) - PI;
}

/* ud: gravity. */
static int pendulum_step(mlrt_turn *turn) {
    double *s = turn->state, g = *(const double *)turn->ud, dt = 0.05;
    float torque = *(const float *)turn->action;
    double angle = upright(s[0]);
    turn->reward = -(angle * angle + 0.1 * (s[1] * s[1]) +
                     (double)(0.001F * (torque * torque)));
    double pull = 3 * g / 2 * sin(s[0]) + (double)(3.0F * torque);
    s[1] = clip(s[1] + pull * dt, -8, 8);
    s[0] += s[1] * dt;
    observe_pendulum(s, turn->observation);
    return 0;
}

typedef struct gravity {
    double g; /* first, for step */
    mlrt *m;
} gravity;

static void pendulum_drop(void *ud) {
    gravity *own = ud;
    mlrt__free(own->m, own, sizeof *own);
}

static int pendulum_make(mlrt *m, const mlrt__settings *set,
                         mlrt_env_type *type) {
    gravity *own = mlrt__alloc(m, sizeof *own);
    if (!own)
        return MLRT_ENOMEM;
    *own = (gravity){set->number[0], m};
    type->ud = own;
    type->drop = pendulum_drop;
    return 0;
}

static void pendulum_render(const mlrt_turn *turn, char *text, size_t size) {
    mark(text, size, upright(*(const double *)turn->state), -PI, PI, '|');
}

static const float swing_low[] = {-1, -1, -8}, swing_high[] = {1, 1, 8};
static const float torque_low[] = {-2}, torque_high[] = {2};
static const float force_low[] = {-1}, force_high[] = {1};

/* ---- Acrobot (Sutton 1996) --------------------------------------------- */

/* State: two angles, their speeds.  Equations of Sutton and Barto's book. */
static void observe_acrobot(const double *s, float *to) {
    for (int i = 0; i < 2; i++) {
        to[2 * i] = (float)cos(s[i]);
        to[2 * i + 1] = (float)sin(s[i]);
        to[4 + i] = (float)s[2 + i];
    }
}

static int acrobot_reset(mlrt_turn *turn) {
    double *s = turn->state;
    for (int i = 0; i < 4; i++)
        s[i] = (double)(float)between(turn->stream, -0.1, 0.1);
    observe_acrobot(s, turn->observation);
    return 0;
}

/* Masses and lengths are 1, centres of mass in the middle, inertia 1. */
static void acrobot_slope(const double *s, double torque, double *to) {
    const double g = 9.8, lc = 0.5;
    double sine = sin(s[1]), cosine = cos(s[1]);
    double d1 = lc * lc + (1 + lc * lc + 2 * lc * cosine) + 1 + 1;
    double d2 = lc * lc + lc * cosine + 1;
    double phi2 = lc * g * cos(s[0] + s[1] - PI / 2);
    double phi1 = -lc * (s[3] * s[3]) * sine - 2 * lc * s[3] * s[2] * sine +
                  (lc + 1) * g * cos(s[0] - PI / 2) + phi2;
    to[0] = s[2];
    to[1] = s[3];
    to[3] = (torque + d2 / d1 * phi1 - lc * (s[2] * s[2]) * sine - phi2) /
            (lc * lc + 1 - d2 * d2 / d1);
    to[2] = -(d2 * to[3] + phi1) / d1;
}

/* One step of Runge and Kutta's method of fourth order. */
static void acrobot_integrate(double *s, double torque, double dt) {
    double k[4][4], at[4];
    acrobot_slope(s, torque, k[0]);
    for (int j = 1; j < 4; j++) {
        for (int i = 0; i < 4; i++)
            at[i] = s[i] + (j < 3 ? dt / 2 : dt) * k[j - 1][i];
        acrobot_slope(at, torque, k[j]);
    }
    for (int i = 0; i < 4; i++)
        s[i] += dt / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
}

static double around(double x) {
    while (x > PI)
        x -= 2 * PI;
    while (x < -PI)
        x += 2 * PI;
    return x;
}

static int acrobot_step(mlrt_turn *turn) {
    double *s = turn->state;
    double torque = (double)(*(const int64_t *)turn->action - 1);
    acrobot_integrate(s, torque, 0.2);
    s[0] = around(s[0]);
    s[1] = around(s[1]);
    s[2] = clip(s[2], -4 * PI, 4 * PI);
    s[3] = clip(s[3], -9 * PI, 9 * PI);
    turn->terminated = -cos(s[0]) - cos(s[1] + s[0]) > 1;
    turn->reward = turn->terminated ? 0 : -1;
    observe_acrobot(s, turn->observation);
    return 0;
}

/* A state far from what a step leaves would turn around for long. */
static bool acrobot_load(mlrt_turn *turn, const double *from) {
    for (int i = 0; i < 4; i++)
        if (fabs(from[i]) > (i < 2 ? PI : (i == 2 ? 4 : 9) * PI))
            return false;
    memcpy(turn->state, from, 4 * sizeof *from);
    return true;
}

static void acrobot_save(const mlrt_turn *turn, double *to) {
    memcpy(to, turn->state, 4 * sizeof *to);
}

static void acrobot_render(const mlrt_turn *turn, char *text, size_t size) {
    const double *s = turn->state;
    mark(text, size, -cos(s[0]) - cos(s[0] + s[1]), -2, 2, 'o');
}

static const float tip_high[] = {1, 1, 1, 1, (float)(4 * PI), (float)(9 * PI)};
static const float tip_low[] = {
    -1, -1, -1, -1, -(float)(4 * PI), -(float)(9 * PI)};

/* ---- The same observations, for states that are loaded --------------------
 */

#define SHOW(name, observe)                                                    \
    static void name(const mlrt_turn *turn) {                                  \
        observe(turn->state, turn->observation);                               \
    }
SHOW(cart_show, observe4)
SHOW(car_show, observe2)
SHOW(pendulum_show, observe_pendulum)
SHOW(acrobot_show, observe_acrobot)

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
                 .observe = cart_show,                                         \
                 .reset = cart_reset,                                          \
                 .step = cart_step,                                            \
                 .render = cart_render},                                       \
    }

const mlrt__env_row mlrt__classic_rows[] = {
    CARTPOLE("CartPole-v1", 500),
    CARTPOLE("CartPole-v0", 200),
    {.type = {.name = "MountainCar-v0",
              .observation = BOX1(2, car_low, car_high),
              .action = CHOICE(3),
              .actions = "left none right",
              .max_episode_steps = 200,
              .state_bytes = 2 * sizeof(double),
              .nsaved = 2,
              .observe = car_show,
              .reset = car_reset,
              .step = car_step,
              .render = car_render}},
    {.type = {.name = "MountainCarContinuous-v0",
              .observation = BOX1(2, car_low, car_high),
              .action = BOX1(1, force_low, force_high),
              .max_episode_steps = 999,
              .state_bytes = 2 * sizeof(double),
              .nsaved = 2,
              .observe = car_show,
              .reset = drive_reset,
              .step = drive_step,
              .render = car_render}},
    {.type = {.name = "Pendulum-v1",
              .observation = BOX1(3, swing_low, swing_high),
              .action = BOX1(1, torque_low, torque_high),
              .max_episode_steps = 200,
              .state_bytes = 2 * sizeof(double),
              .nsaved = 2,
              .observe = pendulum_show,
              .reset = pendulum_reset,
              .step = pendulum_step,
              .render = pendulum_render},
     .params = {{"g", 10, -1000, 1000, NULL}},
     .make = pendulum_make},
    {.type = {.name = "Acrobot-v1",
              .observation = BOX1(6, tip_low, tip_high),
              .action = CHOICE(3),
              .actions = "left none right",
              .max_episode_steps = 500,
              .state_bytes = 4 * sizeof(double),
              .nsaved = 4,
              .observe = acrobot_show,
              .reset = acrobot_reset,
              .step = acrobot_step,
              .save = acrobot_save,
              .load = acrobot_load,
              .render = acrobot_render}},
    {.type = {.name = NULL}},
};
