/* train.c: a program that trains a network on its own data, in C alone.
 *
 *   train model.safetensors     learns which points lie inside a circle
 *
 * The data stand in the program's array of structs and are read there, without
 * a copy.  A layer is a weight and a bias; the network is the expression in
 * forward().  The weights go to a safetensors file, which score.c reads, and
 * PyTorch too. */
#include <mlrt.h>
#include <stdio.h>

enum { POINTS = 2000, BATCH = 100, HIDDEN = 16, EPOCHS = 40 };

/* What the program has: measurements, here of its own making. */
typedef struct sample {
    float x, y, inside;
} sample;

typedef struct net {
    mlrt_tensor *w[4];
    mlrt_optim *optim;
} net;

static const char *const names[] = {"hidden.weight", "hidden.bias",
                                    "out.weight", "out.bias"};

static void measure(sample *s, int n) {
    uint32_t state = 1;
    for (int i = 0; i < n; i++) {
        float at[2];
        for (int k = 0; k < 2; k++) {
            state = state * 1664525 + 1013904223;
            at[k] = (float)(state >> 8) / (1 << 23) - 1;
        }
        s[i] = (sample){at[0], at[1], at[0] * at[0] + at[1] * at[1] < 0.6f};
    }
}

static int open_net(mlrt *m, net *n) {
    double hidden = 0.7, out = 0.25; /* 1 / sqrt(inputs) */
    n->w[0] = mlrt_param(m, 2, (int64_t[]){HIDDEN, 2}, hidden);
    n->w[1] = mlrt_param(m, 1, (int64_t[]){HIDDEN}, hidden);
    n->w[2] = mlrt_param(m, 2, (int64_t[]){1, HIDDEN}, out);
    n->w[3] = mlrt_param(m, 1, (int64_t[]){1}, out);
    mlrt_optim_options options;
    if (mlrt_optim_options_init(m, "adam", &options) != 0)
        return -1;
    options.lr = 0.02;
    n->optim = mlrt_optim_new(m, "adam", n->w, 4, &options);
    return n->optim ? 0 : -1;
}

static void close_net(net *n) {
    mlrt_optim_free(n->optim);
    for (int i = 0; i < 4; i++)
        mlrt_release(n->w[i]);
}

/* Scores before the sigmoid, (N, 1), for points (N, 2). */
static mlrt_tensor *forward(mlrt *m, const net *n, mlrt_tensor *points) {
    mlrt_tensor *h = mlrt_tanh(m, mlrt_linear(m, points, n->w[0], n->w[1]));
    return mlrt_linear(m, h, n->w[2], n->w[3]);
}

/* One step on a batch of rows (x, y, inside).  Whichever call fails, the ones
 * after it pass the failure on. */
static int step(mlrt *m, net *n, mlrt_tensor *rows, double *loss) {
    mlrt_tensor *points = mlrt_narrow(m, rows, 1, 0, 2);
    mlrt_tensor *inside = mlrt_narrow(m, rows, 1, 2, 1);
    mlrt_tensor *l = mlrt_binary_cross_entropy_with_logits(
        m, forward(m, n, points), inside, MLRT_NONE, MLRT_NONE, 0);
    if (mlrt_optim_zero_grad(n->optim) != 0 || !l ||
        mlrt_backward(l, MLRT_NONE, 0) != 0 || mlrt_optim_step(n->optim) != 0)
        return -1;
    return mlrt_item(l, loss);
}

static int train(mlrt *m, net *n, mlrt_tensor *data) {
    double loss = 0;
    for (int e = 1; e <= EPOCHS; e++) {
        for (int i = 0; i < POINTS; i += BATCH) {
            int err = mlrt_scope_begin(m); /* owns what the step makes */
            if (!err)
                err = step(m, n, mlrt_narrow(m, data, 0, i, BATCH), &loss);
            mlrt_scope_end(m);
            if (err)
                return err;
        }
        if (e % 10 == 0)
            printf("epoch %2d  loss %.4f\n", e, loss);
    }
    return 0;
}

int main(int argc, char **argv) {
    static sample samples[POINTS];
    mlrt *m = mlrt_open(NULL, NULL);
    net n = {0};
    if (!m || argc < 2)
        return 1;
    measure(samples, POINTS);
    mlrt_tensor *data = mlrt_borrow(m, MLRT_F32, 2, (int64_t[]){POINTS, 3},
                                    samples, NULL, NULL);
    int err = open_net(m, &n);
    if (!err)
        err = train(m, &n, data);
    if (!err)
        err = mlrt_save(m, argv[1], names, n.w, 4);
    if (err)
        fprintf(stderr, "%s\n", mlrt_errmsg(m));
    close_net(&n);
    mlrt_release(data);
    mlrt_close(m);
    return err != 0;
}
