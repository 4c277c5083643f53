/* priority.c: drawing slots in proportion to their priorities.
 *
 * A binary tree of sums (Schaul, Quan, Antonoglou and Silver, "Prioritized
 * experience replay", ICLR 2016, appendix B.2.1): to change a leaf and to find
 * where a mass falls cost one way between leaf and root.
 */
#include "priority.h"

int mlrt__priority_open(mlrt *m, mlrt__priority *p, int64_t slots) {
    size_t bytes;
    p->leaves = 1;
    while (p->leaves < slots)
        p->leaves *= 2;
    if (!mlrt__mul((size_t)p->leaves, 2 * sizeof *p->sum, &bytes))
        return mlrt_fail(m, MLRT_ENOMEM, "replay: too many transitions");
    p->sum = mlrt__alloc(m, bytes);
    if (!p->sum)
        return MLRT_ENOMEM;
    memset(p->sum, 0, bytes);
    return 0;
}

void mlrt__priority_close(mlrt *m, mlrt__priority *p) {
    if (p->sum)
        mlrt__free(m, p->sum, (size_t)p->leaves * 2 * sizeof *p->sum);
    p->sum = NULL;
}

void mlrt__priority_set(mlrt__priority *p, int64_t slot, double value) {
    int64_t i = p->leaves + slot;
    p->sum[i] = value;
    for (i /= 2; i > 0; i /= 2)
        p->sum[i] = p->sum[2 * i] + p->sum[2 * i + 1];
}

void mlrt__priority_rebuild(mlrt__priority *p) {
    for (int64_t i = p->leaves - 1; i > 0; i--)
        p->sum[i] = p->sum[2 * i] + p->sum[2 * i + 1];
}

int64_t mlrt__priority_find(const mlrt__priority *p, double mass,
                            int64_t slots) {
    int64_t i = 1;
    while (i < p->leaves) {
        i *= 2;
        if (mass >= p->sum[i] && p->sum[i + 1] > 0)
            mass -= p->sum[i++];
    }
    i -= p->leaves;
    return i < slots ? i : slots - 1;
}
