/* frame.c: a program that draws 60 frames a second and lets a script train in
 * between, for at most 2 ms of each frame.
 *
 *   frame learn.lua
 *
 * The script is written as if it had all the time: mlrt_runtime_step puts it
 * aside when its time is over, wherever it is, and goes on with it in the next
 * frame. */
#define _POSIX_C_SOURCE 200809L
#include <mlrtlib.h>
#include <stdio.h>
#include <time.h>

static const double FRAME = 1.0 / 60, BUDGET = 0.002;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void wait_until(double when) {
    double left = when - now();
    struct timespec t = {0, left > 0 ? (long)(left * 1e9) : 0};
    nanosleep(&t, NULL);
}

/* Where the program's own work would be done. */
static void draw(int frame) {
    (void)frame;
}

/* Shows what it did; returns the status of the task. */
static int run_frames(mlrt_runtime *rt) {
    int frames = 0, late = 0, more = 1;
    double longest = 0, next = now();
    for (; more == 1; frames++) {
        double begin = now();
        draw(frames);
        more = mlrt_runtime_step(rt, BUDGET);
        double took = now() - begin;
        longest = took > longest ? took : longest;
        late += took > FRAME;
        next += FRAME;
        wait_until(next);
    }
    printf("%d frames, %d of them late, longest step %.1f ms\n", frames, late,
           1e3 * longest);
    return more;
}

int main(int argc, char **argv) {
    mlrt_runtime_config config;
    mlrt_runtime_config_init(&config);
    config.max_bytes = 64 << 20;
    config.threads = 1;
    mlrt_runtime *rt = mlrt_runtime_open(&config, NULL);
    mlrt_value steps = mlrt_value_int(6000), loss;
    if (!rt || argc < 2)
        return 1;
    int err = mlrt_runtime_load_file(rt, argv[1]);
    if (!err)
        err = mlrt_runtime_start(rt, "learn", &steps, 1);
    if (!err)
        err = run_frames(rt);
    if (!err)
        err = mlrt_runtime_result(rt, 0, &loss);
    if (err)
        fprintf(stderr, "%s\n", mlrt_runtime_errmsg(rt));
    else
        printf("trained, loss %.4f\n", loss.u.d);
    mlrt_runtime_close(rt);
    return err != 0;
}
