/* overread.c: reads the last element of a tensor, or the one behind it. */
#include <string.h>

#include "mlrt.h"

int main(int argc, char **argv) {
    mlrt *m = mlrt_open(NULL, NULL);
    int64_t n = 10;
    mlrt_tensor *t = m ? mlrt_empty(m, MLRT_F32, 1, &n) : NULL;
    if (!t || argc != 2)
        return 1;
    volatile float *x = mlrt_data(t);
    for (int i = 0; i < 10; i++)
        x[i] = 0;
    float sum = x[strcmp(argv[1], "past") == 0 ? 10 : 9];
    mlrt_release(t);
    mlrt_close(m);
    return sum == 1;
}
