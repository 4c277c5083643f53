/* mlrun_blas.c: kernels of OpenBLAS that suit the CPU.
 *
 * OpenBLAS chooses its kernels when it is loaded, and takes a CPU younger than
 * itself for one of 2004, with vectors of 16 bytes.  mlrt's products do without
 * OpenBLAS then, but LAPACK stands on it.  A program may choose again while
 * nobody computes yet: the environment's OPENBLAS_CORETYPE is what OpenBLAS
 * reads, and who set it has chosen.  A library must not touch either, so this
 * is mlrun's alone.
 */
#include "mlrun.h"

#include <stdlib.h>
#include <string.h>

/* Absent from other BLAS libraries, and without BLAS. */
#define MAYBE __attribute__((weak))
extern char *openblas_get_corename(void) MAYBE;
extern void gotoblas_dynamic_quit(void) MAYBE;
extern void gotoblas_dynamic_init(void) MAYBE;

/* The oldest kernels that use what this CPU has. */
static const char *suited(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "Haswell";
#endif
    return NULL;
}

void mlrun_suit_blas(void) {
    static const char name[] = "OPENBLAS_CORETYPE";
    const char *core = suited();
    if (!core || !openblas_get_corename || !gotoblas_dynamic_quit ||
        !gotoblas_dynamic_init || getenv(name) ||
        strcmp(openblas_get_corename(), "Prescott") != 0)
        return;
    if (setenv(name, core, 1) != 0)
        return;
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv(name);
}
