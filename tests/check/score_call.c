/* score_call.c: a host that scores with a 16-64-1 network, the call of which
 * speed and memory are counted by score_call.sh.
 *
 *   score_call CALLS    prints `warm`, calls that often, prints `done`
 */
#include <mlrt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mlrt_tensor *score(mlrt *m, mlrt_tensor *const *w, mlrt_tensor *x) {
    mlrt_tensor *h = mlrt_relu(m, mlrt_linear(m, x, w[0], w[1]));
    return mlrt_sigmoid(m, mlrt_linear(m, h, w[2], w[3]));
}

/* Returns the sum of n scores of one input, which the host changes. */
static double score_often(mlrt *m, mlrt_tensor *const *w, mlrt_tensor *x,
                          float *in, int n) {
    double sum = 0, y = 0;
    for (int i = 0; i < n; i++) {
        in[i % 16] = (float)(i % 7);
        if (mlrt_scope_begin(m) != 0 || mlrt_item(score(m, w, x), &y) != 0)
            return -1;
        mlrt_scope_end(m);
        sum += y;
    }
    return sum;
}

/* By fwrite, which the counter of allocations looks at. */
static void say(const char *line) {
    fwrite(line, 1, strlen(line), stdout);
}

int main(int argc, char **argv) {
    static const int64_t shape[4][2] = {{64, 16}, {64, 0}, {1, 64}, {1, 0}};
    static float in[16];
    static char buffer[256]; /* else stdio asks for one */
    setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
    mlrt *m = mlrt_open(NULL, NULL);
    mlrt_tensor *w[4];
    if (!m)
        return 1;
    for (int i = 0; i < 4; i++)
        w[i] = mlrt_param(m, i % 2 ? 1 : 2, shape[i], 0.125);
    mlrt_tensor *x = mlrt_borrow(m, MLRT_F32, 2, (int64_t[]){1, 16}, in, NULL,
                                 NULL);
    mlrt_set_grad_mode(m, false);
    double sum = score_often(m, w, x, in, 10);
    say("warm\n");
    sum += score_often(m, w, x, in, argc > 1 ? atoi(argv[1]) : 1);
    say("done\n");
    for (int i = 0; i < 4; i++)
        mlrt_release(w[i]);
    mlrt_release(x);
    mlrt_close(m);
    return !(sum > 0);
}
