/* c_host.c: a host that knows nothing of Lua, as small as one can be. */
#include <stdio.h>

#include "mlrt.h"

int main(void) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    if (!m)
        return 1;
    float values[] = {1, 2, 3, 4};
    int64_t shape[] = {2, 2};
    double item = 0;
    int err = mlrt_scope_begin(m);
    mlrt_tensor *x = mlrt_from_data(m, MLRT_F32, 2, shape, values);
    mlrt_arg args[] = {{.kind = MLRT_VAL_TENSOR, .u.t = x},
                       {.kind = MLRT_VAL_TENSOR, .u.t = x}};
    mlrt_tensor *y = NULL;
    int n = mlrt_op_call(m, mlrt_op_find(m, "matmul"), args, false, &y, 1);
    float product[4] = {0};
    if (err || n != 1 || mlrt_read(y, product, sizeof product) != 0)
        printf("failed: %s\n", mlrt_errmsg(m));
    item = product[3];
    mlrt_release(y);
    mlrt_scope_end(m);
    mlrt_close(m);
    printf("%g\n", item);
    return item == 22 ? 0 : 1;
}
