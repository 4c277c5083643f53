/* score.c: a program that scores with weights from a safetensors file.
 *
 *   score model.safetensors 0.3 -0.2     prints how likely it is that the point
 *                                        lies inside the circle
 *
 * The file comes from train.c here, or from PyTorch, or from a Lua script; the
 * program knows the names in it.  The numbers are read where they are: x is a
 * tensor over the program's own array. */
#include <mlrt.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    static const char *const names[] = {"hidden.weight", "hidden.bias",
                                        "out.weight", "out.bias"};
    static const int64_t shape[] = {1, 2};
    mlrt_tensor *w[4] = {0};
    float point[2] = {argc > 2 ? strtof(argv[2], NULL) : 0,
                      argc > 3 ? strtof(argv[3], NULL) : 0};
    double score = 0;
    mlrt *m = mlrt_open(NULL, NULL);
    if (!m || argc < 2 || mlrt_scope_begin(m) != 0)
        return 1;
    int err = mlrt_load(m, argv[1], names, w, 4);
    mlrt_tensor *x = mlrt_borrow(m, MLRT_F32, 2, shape, point, NULL, NULL);
    mlrt_tensor *h = mlrt_tanh(m, mlrt_linear(m, x, w[0], w[1]));
    mlrt_tensor *y = mlrt_sigmoid(m, mlrt_linear(m, h, w[2], w[3]));
    if (!err)
        err = mlrt_item(y, &score); /* fails if anything above did */
    if (err)
        fprintf(stderr, "%s\n", mlrt_errmsg(m));
    else
        printf("inside: %.3f\n", score);
    mlrt_scope_end(m); /* everything above */
    mlrt_close(m);
    return err != 0;
}
