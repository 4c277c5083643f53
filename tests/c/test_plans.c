/* test_plans.c: how work is cut: blocks of a convolution, parts of a
 * reduction, runs of lines.
 *
 * Results do not depend on these numbers, speed and memory do; so they are
 * written down, and who changes one sees what it changes. */
#include <stdio.h>
#include <stdlib.h>

#include "ops/conv.h"
#include "ops/fold.h"

#include "call.h"

/* ---- Convolutions ----------------------------------------------------- */

typedef struct conv_case {
    int which, dtype;
    int64_t n, c, h, w, o, kh, kw, sh, sw, ph, pw, dh, dw, groups;
    const char *plan;
} conv_case;

static int64_t out_size(int64_t size, int64_t k, int64_t s, int64_t p,
                        int64_t d) {
    return (size + 2 * p - d * (k - 1) - 1) / s + 1;
}

static mlrt__conv_sizes sizes_of(const conv_case *v) {
    return (mlrt__conv_sizes){.n = v->n,
                              .c = v->c,
                              .h = v->h,
                              .w = v->w,
                              .o = v->o,
                              .kh = v->kh,
                              .kw = v->kw,
                              .sh = v->sh,
                              .sw = v->sw,
                              .ph = v->ph,
                              .pw = v->pw,
                              .dh = v->dh,
                              .dw = v->dw,
                              .groups = v->groups,
                              .oh = out_size(v->h, v->kh, v->sh, v->ph, v->dh),
                              .ow = out_size(v->w, v->kw, v->sw, v->pw, v->dw)};
}

/* Letters: vectors across pixels (a) or channels (d), rows of a block in one
 * (f), with what is between them (l).  Rows and columns: outputs of a block,
 * segments, what is packed.  Then a packed row and channel, channels at a
 * time, images of a unit, outputs of a block of weights and how many; units,
 * shares and units of a job, slots; partial gradients and their step; elements
 * of a slot, bytes in all. */
static void describe(const mlrt__conv_plan *w, char text[200]) {
    const mlrt__corr *p = &w->p;
    snprintf(text, 200,
             "%s%s%s %d:%d:%d %d:%d:%d %d %d %d/%d %dx%d %d/%d/%d/%d "
             "%d*%d %d %d",
             p->across ? "a" : "d", p->flat ? "f" : "", p->loose ? "l" : "",
             (int)p->row.block, (int)p->row.nseg, (int)p->row.total,
             (int)p->col.block, (int)p->col.nseg, (int)p->col.total,
             (int)p->pitch, (int)p->chan, (int)p->cc, (int)p->images,
             (int)p->nb, (int)p->nblocks, (int)w->units, (int)w->split,
             (int)w->run, w->slots, (int)w->parts, (int)w->step, (int)w->room,
             (int)w->bytes);
}

enum { FWD = MLRT__CONV_FORWARD, BY_X, BY_W, F32 = MLRT_F32, F64 = MLRT_F64 };

static const conv_case conv_cases[] = {
    {FWD, F32, 2, 5, 7, 9, 18, 1, 1, 1, 1, 0, 0, 1, 1, 1,
     "a 1:1:1 63:1:63 63 63 5/1 6x3 2/3/1/4 1*432 384 7168"},
    {BY_X, F32, 2, 5, 7, 9, 18, 1, 1, 1, 1, 0, 0, 1, 1, 1,
     "a 1:1:1 63:1:63 63 63 18/1 5x1 2/1/1/2 1*380 1200 10688"},
    {BY_W, F32, 2, 5, 7, 9, 18, 1, 1, 1, 1, 0, 0, 1, 1, 1,
     "d 1:1:1 63:1:63 63 63 5/2 8x3 1/3/1/3 1*144 1776 22528"},
    {FWD, F32, 1, 3, 32, 32, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "a 32:1:34 32:1:34 34 1156 3/1 6x3 1/3/1/3 1*2016 3536 45120"},
    {BY_X, F32, 1, 3, 32, 32, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "a 16:1:18 32:1:34 34 612 16/1 3x1 2/1/1/2 1*1740 9856 81728"},
    {BY_W, F32, 1, 3, 32, 32, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 11:1:13 32:1:34 34 442 3/1 8x2 3/2/1/4 3*448 4512 78272"},
    {FWD, F32, 8, 16, 32, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 11:1:13 32:1:34 34 442 16/1 8x4 24/1/1/4 1*4640 9904 178048"},
    {BY_X, F32, 8, 16, 32, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 11:1:13 32:1:34 34 442 32/1 8x2 24/1/1/4 1*4624 16976 291776"},
    {BY_W, F32, 8, 16, 32, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 11:1:13 32:1:34 34 442 16/1 8x4 24/2/1/4 8*4640 10256 313728"},
    {FWD, F32, 4, 64, 14, 14, 128, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 14:1:16 14:1:16 16 256 64/2 8x16 2/8/1/4 1*73856 34352 847424"},
    {BY_X, F32, 4, 64, 14, 14, 128, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 14:1:16 14:1:16 16 256 64/2 8x8 2/8/1/4 1*73792 57872 1223744"},
    {BY_W, F32, 4, 64, 14, 14, 128, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 14:1:16 14:1:16 16 256 64/2 8x16 2/8/1/4 2*73856 36320 1174848"},
    {FWD, F32, 32, 64, 7, 7, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "df 7:1:9 7:3:7 7 189 22/8 8x8 4/4/1/4 1*36928 58368 1082752"},
    {BY_X, F32, 32, 64, 7, 7, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "df 7:1:9 7:3:7 7 189 22/8 8x8 4/4/1/4 1*36928 58368 1082752"},
    {BY_W, F32, 32, 64, 7, 7, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 7:1:9 7:1:9 9 81 32/8 8x8 4/4/1/4 4*36928 24288 981184"},
    {FWD, F32, 1, 512, 20, 20, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 20:1:22 20:1:22 22 484 74/1 8x5 1/5/1/4 1*184360 51824 1569728"},
    {BY_X, F32, 1, 512, 20, 20, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 20:1:22 20:1:22 22 484 40/1 8x64 1/16/1/4 1*184832 22576 1100544"},
    {BY_W, F32, 1, 512, 20, 20, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 20:1:22 20:1:22 22 484 74/1 8x5 1/5/1/4 1*184360 39424 1371520"},
    {FWD, F32, 9, 1, 28, 28, 6, 5, 5, 1, 1, 0, 0, 1, 1, 1,
     "a 24:1:28 24:1:28 28 784 1/1 6x1 9/1/1/4 1*624 848 14912"},
    {BY_X, F32, 9, 1, 28, 28, 6, 5, 5, 1, 1, 0, 0, 1, 1, 1,
     "a 28:1:32 28:1:32 32 1024 6/1 1x1 9/1/1/4 1*604 6208 101184"},
    {BY_W, F32, 9, 1, 28, 28, 6, 5, 5, 1, 1, 0, 0, 1, 1, 1,
     "a 24:1:28 24:1:28 28 784 1/1 6x1 9/1/1/4 8*624 1376 42688"},
    {FWD, F32, 2, 1, 8, 6, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "al 8:1:10 6:1:8 8 80 1/1 3x1 2/1/1/2 1*120 312 3264"},
    {BY_X, F32, 2, 1, 8, 6, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "al 8:1:10 6:1:8 8 80 3/1 1x1 2/1/1/2 1*112 328 3456"},
    {BY_W, F32, 2, 1, 8, 6, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "a 8:1:10 6:1:8 8 80 1/1 3x1 2/1/1/2 2*120 192 3136"},
    {FWD, F32, 1, 3, 112, 112, 64, 7, 7, 2, 2, 3, 3, 1, 1, 1,
     "d 7:2:19 56:2:117 117 2223 3/1 8x8 8/2/1/4 1*9472 9824 196032"},
    {BY_X, F32, 1, 3, 112, 112, 64, 7, 7, 2, 2, 3, 3, 1, 1, 1,
     "a 2:1:4 56:1:58 58 232 64/1 3x1 28/1/1/4 1*6924 14912 248384"},
    {BY_W, F32, 1, 3, 112, 112, 64, 7, 7, 2, 2, 3, 3, 1, 1, 1,
     "d 7:2:19 56:2:117 117 2223 3/1 8x8 8/2/1/4 8*9472 10224 467904"},
    {FWD, F32, 1, 2, 3, 700, 9, 1, 4, 1, 1, 0, 0, 1, 1, 1,
     "a 3:1:3 175:1:178 178 534 2/1 5x2 4/2/1/4 1*360 1136 19136"},
    {BY_X, F32, 1, 2, 3, 700, 9, 1, 4, 1, 1, 0, 0, 1, 1, 1,
     "a 3:1:3 175:1:178 178 534 9/1 2x1 4/1/1/4 1*296 4864 78912"},
    {BY_W, F32, 1, 2, 3, 700, 9, 1, 4, 1, 1, 0, 0, 1, 1, 1,
     "a 3:1:3 175:1:178 178 534 2/1 8x2 4/2/1/4 4*576 1184 28800"},
    {FWD, F32, 2, 16, 12, 12, 16, 3, 3, 1, 1, 0, 0, 1, 1, 4,
     "a 10:1:12 10:1:12 12 144 4/1 4x1 2/4/1/4 1*2368 640 13312"},
    {BY_X, F32, 2, 16, 12, 12, 16, 3, 3, 1, 1, 0, 0, 1, 1, 4,
     "a 12:1:14 12:1:14 14 196 4/1 4x1 2/4/1/4 1*2368 848 16640"},
    {BY_W, F32, 2, 16, 12, 12, 16, 3, 3, 1, 1, 0, 0, 1, 1, 4,
     "d 10:1:12 10:1:12 12 144 4/2 8x1 1/4/1/4 1*1184 2976 53120"},
    {FWD, F32, 2, 32, 16, 16, 32, 3, 3, 1, 1, 1, 1, 1, 1, 32,
     "a 16:1:18 16:1:18 18 324 1/1 1x1 2/8/1/4 1*1280 384 7936"},
    {BY_X, F32, 2, 32, 16, 16, 32, 3, 3, 1, 1, 1, 1, 1, 1, 32,
     "a 16:1:18 16:1:18 18 324 1/1 1x1 2/8/1/4 1*1280 384 7936"},
    {BY_W, F32, 2, 32, 16, 16, 32, 3, 3, 1, 1, 1, 1, 1, 1, 32,
     "a 16:1:18 16:1:18 18 324 1/1 1x1 2/8/1/4 2*1280 400 17280"},
    {FWD, F32, 3, 6, 15, 17, 20, 3, 3, 2, 2, 0, 0, 2, 3, 1,
     "d 6:1:8 6:2:15 15 120 6/3 8x3 1/3/1/3 1*1320 2464 35584"},
    {BY_X, F32, 3, 6, 15, 17, 20, 3, 3, 2, 2, 0, 0, 2, 3, 1,
     "d 8:1:10 9:1:12 12 120 20/3 8x1 1/1/1/1 1*968 7792 36096"},
    {BY_W, F32, 3, 6, 15, 17, 20, 3, 3, 2, 2, 0, 0, 2, 3, 1,
     "d 6:1:8 6:2:15 15 120 6/3 8x3 1/3/1/3 1*1320 3152 43968"},
    {FWD, F32, 3, 256, 6, 6, 300, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 6:1:8 6:1:8 8 64 128/3 8x38 1/16/1/4 1*700720 57424 3725632"},
    {BY_X, F32, 3, 256, 6, 6, 300, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 6:1:8 6:1:8 8 64 150/3 8x32 1/16/1/4 1*691456 56464 3674240"},
    {BY_W, F32, 3, 256, 6, 6, 300, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 6:1:8 6:1:8 8 64 128/3 8x38 1/16/1/4 1*700720 25568 3217152"},
    {FWD, F64, 8, 16, 32, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 11:1:13 32:1:34 34 442 16/1 4x8 24/1/1/4 1*4640 8496 309888"},
    {BY_X, F64, 4, 64, 14, 14, 128, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 14:1:16 14:1:16 16 256 32/2 4x16 2/8/1/4 1*73792 41488 1919168"},
    {BY_W, F64, 4, 64, 14, 14, 128, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "d 14:1:16 14:1:16 16 256 32/2 4x32 2/8/1/4 2*73856 18368 1771200"},
    {FWD, F32, 0, 2, 6, 6, 3, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "al 4:1:6 4:1:6 6 36 2/1 3x1 0/1/1/1 1*228 200 1792"},
    {BY_W, F32, 0, 2, 6, 6, 3, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 4:1:6 4:1:6 6 36 2/1 3x1 0/1/1/1 1*228 128 2176"},
    {FWD, F32, 1, 0, 6, 6, 3, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "al 4:1:6 4:1:6 6 36 1/1 3x1 1/1/1/1 1*12 168 1344"},
    {BY_W, F32, 1, 0, 6, 6, 3, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 4:1:6 4:1:6 6 36 1/1 3x1 1/1/1/1 1*12 96 1088"},
    {FWD, F32, 1, 2, 6, 6, 0, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "al 4:1:6 4:1:6 6 36 2/1 1x0 1/1/1/1 1*0 120 1216"},
    {BY_W, F32, 1, 2, 6, 6, 0, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 4:1:6 4:1:6 6 36 2/1 1x0 1/1/1/1 1*0 96 1088"},
    {FWD, F32, 1, 6, 9, 9, 4, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "al 7:1:9 7:1:9 9 81 6/1 4x1 1/1/1/1 1*880 784 4864"},
    {FWD, F32, 1, 5, 9, 9, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "al 7:1:9 7:1:9 9 81 5/1 5x1 1/1/1/1 1*920 776 4864"},
    {FWD, F32, 1, 6, 9, 9, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 7:1:9 7:1:9 9 81 6/1 8x1 1/1/1/1 1*440 888 6144"},
    {FWD, F32, 1, 49, 1, 7, 5, 1, 1, 1, 1, 0, 0, 1, 1, 1,
     "d 1:1:1 7:1:7 7 7 49/1 8x1 1/1/1/1 1*400 408 4096"},
    {FWD, F32, 1, 49, 1, 8, 5, 1, 1, 1, 1, 0, 0, 1, 1, 1,
     "a 1:1:1 8:1:8 8 8 49/1 5x1 1/1/1/1 1*1000 448 3648"},
    {FWD, F32, 1, 48, 1, 7, 5, 1, 1, 1, 1, 0, 0, 1, 1, 1,
     "a 1:1:1 7:1:7 7 7 48/1 5x1 1/1/1/1 1*980 400 3328"},
    {BY_W, F32, 1, 2, 9, 9, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 7:1:9 9 81 2/1 8x2 1/2/1/2 1*1216 400 8768"},
    {BY_W, F32, 1, 3, 9, 9, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 7:1:9 7:1:9 9 81 3/1 8x2 1/2/1/2 1*448 704 8128"},
    {BY_W, F32, 1, 3, 9, 9, 2, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 7:1:9 9 81 3/1 2x1 1/1/1/1 1*224 320 2880"},
    {BY_W, F32, 1, 3, 9, 9, 3, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 7:1:9 7:1:9 9 81 3/1 8x1 1/1/1/1 1*224 704 4416"},
    {FWD, F32, 1, 40, 10, 10, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "df 8:1:10 8:3:8 8 240 40/1 8x5 1/5/1/4 1*14440 10128 221696"},
    {FWD, F32, 1, 40, 10, 11, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 8:1:10 9:1:11 11 110 40/1 8x5 1/5/1/4 1*14440 4992 139520"},
    {FWD, F32, 1, 40, 10, 12, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 8:1:10 10:1:12 12 120 40/1 8x5 1/5/1/4 1*14440 5456 146944"},
    {FWD, F32, 1, 40, 10, 13, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 8:1:10 11:1:13 13 130 40/1 8x5 1/5/1/4 1*14440 5920 154368"},
    {FWD, F32, 1, 40, 10, 15, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 8:1:10 13:1:15 15 150 40/1 8x5 1/5/1/4 1*14440 6848 169216"},
    {FWD, F32, 1, 40, 10, 10, 7, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 8:1:10 8:1:10 10 100 40/1 8x1 1/1/1/1 1*2888 4528 31680"},
    {FWD, F32, 1, 40, 10, 10, 8, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "df 8:1:10 8:3:8 8 240 40/1 8x1 1/1/1/1 1*2888 10128 54080"},
    {FWD, F32, 1, 40, 3, 10, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 1:1:3 8:1:10 10 30 40/1 8x5 1/5/1/4 1*14440 1280 80128"},
    {FWD, F32, 1, 3, 13, 13, 16, 1, 1, 2, 2, 0, 0, 1, 1, 1,
     "af 7:1:7 7:1:7 7 49 3/1 6x3 1/3/1/3 1*288 208 3392"},
    {FWD, F32, 1, 3, 15, 15, 16, 1, 1, 2, 2, 0, 0, 1, 1, 1,
     "a 8:1:8 8:1:8 8 64 3/1 6x3 1/3/1/3 1*288 256 3968"},
    {FWD, F32, 1, 3, 12, 7, 16, 2, 2, 1, 1, 0, 0, 1, 1, 1,
     "a 11:1:12 6:1:7 7 84 3/1 6x3 1/3/1/3 1*936 320 5376"},
    {FWD, F32, 1, 3, 12, 8, 16, 2, 2, 1, 1, 0, 0, 1, 1, 1,
     "a 11:1:12 7:1:8 8 96 3/1 6x3 1/3/1/3 1*936 352 5760"},
    {FWD, F32, 1, 3, 12, 7, 90, 2, 2, 1, 1, 0, 0, 1, 1, 1,
     "af 11:1:12 6:2:6 6 144 3/1 6x15 1/15/1/4 1*4680 496 12928"},
    {BY_W, F32, 1, 2, 12, 7, 90, 2, 2, 1, 1, 0, 0, 1, 1, 1,
     "af 11:1:12 6:2:6 6 144 2/1 8x12 1/12/1/4 1*3456 656 24960"},
    {BY_W, F32, 1, 2, 12, 5, 90, 2, 2, 1, 1, 0, 0, 1, 1, 1,
     "a 11:1:12 4:1:5 5 60 2/1 8x12 1/12/1/4 1*3456 480 22144"},
    {BY_W, F32, 1, 40, 12, 10, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 10:1:12 8:1:10 10 120 40/1 8x5 1/5/1/4 1*14440 5536 148416"},
    {FWD, F32, 1, 2, 9, 4, 5, 3, 3, 1, 1, 0, 1, 1, 1, 1,
     "al 7:1:9 4:1:6 6 54 2/1 5x1 1/1/1/1 1*380 408 2752"},
    {FWD, F32, 1, 2, 9, 5, 5, 3, 3, 1, 1, 0, 1, 1, 1, 1,
     "al 7:1:9 5:1:7 7 63 2/1 5x1 1/1/1/1 1*380 504 3136"},
    {FWD, F32, 1, 2, 9, 9, 5, 3, 3, 1, 1, 0, 1, 1, 1, 1,
     "a 7:1:9 9:1:11 11 99 2/1 5x1 1/1/1/1 1*380 256 2112"},
    {FWD, F32, 1, 2, 9, 10, 5, 3, 3, 1, 1, 0, 1, 1, 1, 1,
     "a 7:1:9 10:1:12 12 108 2/1 5x1 1/1/1/1 1*380 272 2176"},
    {FWD, F32, 1, 2, 9, 11, 5, 3, 3, 1, 1, 0, 1, 1, 1, 1,
     "a 7:1:9 11:1:13 13 117 2/1 5x1 1/1/1/1 1*380 304 2304"},
    {FWD, F32, 1, 2, 9, 9, 8, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 7:1:9 9 81 2/1 4x2 1/2/1/2 1*608 224 3072"},
    {FWD, F32, 1, 2, 3, 9, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 1:1:3 7:1:9 9 27 2/1 5x1 1/1/1/1 1*380 112 1536"},
    {FWD, F32, 1, 2, 9, 9, 5, 3, 3, 1, 2, 0, 0, 1, 1, 1,
     "a 7:1:9 4:2:9 9 81 2/1 5x1 1/1/1/1 1*380 224 1984"},
    {FWD, F32, 1, 2, 9, 9, 5, 1, 9, 1, 1, 0, 4, 1, 1, 1,
     "a 9:1:9 9:1:17 17 153 2/1 5x1 1/1/1/1 1*380 368 2624"},
    {BY_X, F32, 1, 5, 9, 9, 2, 3, 3, 1, 1, 1, 1, 1, 1, 1,
     "a 9:1:11 9:1:11 11 121 2/1 5x1 1/1/1/1 1*380 304 2304"},
    {BY_X, F32, 1, 5, 9, 9, 2, 3, 3, 2, 2, 1, 1, 1, 1, 1,
     "a 5:1:5 5:1:5 5 25 2/1 5x1 1/1/1/1 1*60 112 1152"},
    {FWD, F32, 1, 1, 4, 226, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 2:1:4 224:1:226 226 904 1/1 5x2 1/2/1/2 1*400 960 8704"},
    {FWD, F32, 1, 1, 4, 227, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 2:1:4 113:1:115 115 460 1/1 5x2 2/2/1/4 1*400 528 9472"},
    {FWD, F32, 1, 1, 4, 450, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 2:1:4 224:1:226 226 904 1/1 5x2 2/2/1/4 1*400 960 16384"},
    {FWD, F32, 1, 1, 4, 451, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 2:1:4 150:1:152 152 608 1/1 5x2 3/2/1/4 1*400 672 11776"},
    {FWD, F32, 2, 70, 40, 40, 33, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 10:1:12 38:1:40 40 480 70/1 8x5 8/2/1/4 1*25240 36656 690432"},
    {FWD, F32, 1, 400, 40, 40, 33, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 10:1:12 38:1:40 40 480 80/1 8x5 4/4/1/4 1*144040 53616 1437312"},
    {FWD, F32, 1, 20, 60, 60, 3, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 8:1:10 58:1:60 60 600 20/1 3x1 8/1/1/4 1*2172 12064 196544"},
    {FWD, F32, 1, 300, 60, 60, 3, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 1:1:3 58:1:60 60 180 300/1 3x1 58/1/3/4 1*32412 54064 908864"},
    {FWD, F32, 1, 20, 6, 6, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "df 4:1:6 4:3:4 4 72 20/1 8x5 1/5/1/4 1*7240 1584 55488"},
    {FWD, F32, 2, 20, 6, 6, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "df 4:1:6 4:3:4 4 72 20/2 8x5 1/5/1/4 1*7240 3024 78528"},
    {FWD, F32, 15, 20, 6, 6, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "df 4:1:6 4:3:4 4 72 20/15 8x5 1/5/1/4 1*7240 21744 378048"},
    {FWD, F32, 16, 20, 6, 6, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "df 4:1:6 4:3:4 4 72 20/16 8x5 1/5/1/4 1*7240 23184 401088"},
    {FWD, F32, 17, 20, 6, 6, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "df 4:1:6 4:3:4 4 72 20/17 8x5 1/5/1/4 1*7240 24624 424128"},
    {FWD, F32, 100, 20, 6, 6, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "df 4:1:6 4:3:4 4 72 20/24 8x5 5/4/1/4 1*7240 34704 585408"},
    {FWD, F32, 31, 2, 20, 20, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 18:1:20 18:1:20 20 400 2/1 5x1 31/1/1/4 1*380 864 14912"},
    {FWD, F32, 32, 2, 20, 20, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 18:1:20 18:1:20 20 400 2/1 5x1 32/1/2/4 1*380 864 14912"},
    {FWD, F32, 33, 2, 20, 20, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 18:1:20 18:1:20 20 400 2/1 5x1 33/1/2/4 1*380 864 14912"},
    {FWD, F32, 160, 2, 20, 20, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 18:1:20 18:1:20 20 400 2/1 5x1 160/1/8/4 1*380 864 14912"},
    {FWD, F32, 1000, 2, 20, 20, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 18:1:20 18:1:20 20 400 2/1 5x1 1000/1/8/4 1*380 864 14912"},
    {BY_W, F32, 100, 20, 6, 6, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 4:1:6 4:1:6 6 36 20/24 8x5 5/4/1/4 5*7240 20752 478208"},
    {BY_W, F32, 100, 2, 20, 20, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 18:1:20 18:1:20 20 400 2/1 5x1 100/1/1/4 8*380 1184 31808"},
    {BY_W, F32, 3, 20, 20, 20, 40, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "d 18:1:20 18:1:20 20 400 20/1 8x5 3/5/1/4 3*7240 10944 263360"},
    {BY_W, F32, 1, 2, 9, 4, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 2:1:4 8 72 2/1 8x2 1/2/1/2 1*1216 384 8640"},
    {BY_W, F32, 1, 2, 9, 5, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 3:1:5 9 81 2/1 8x2 1/2/1/2 1*1216 400 8768"},
    {BY_W, F32, 1, 2, 9, 6, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 4:1:6 6 54 2/1 8x2 1/2/1/2 1*1216 352 8384"},
    {BY_W, F32, 1, 2, 9, 7, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 5:1:7 7 63 2/1 8x2 1/2/1/2 1*1216 368 8512"},
    {BY_W, F32, 1, 2, 9, 229, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 114:1:116 116 1044 2/1 8x2 2/2/1/4 2*1216 2320 47552"},
    {BY_W, F64, 1, 2, 9, 3, 9, 3, 3, 1, 1, 0, 0, 1, 1, 1,
     "a 7:1:9 1:1:3 5 45 2/1 8x2 1/2/1/2 1*608 208 8896"},
};

Test(plans, of_convolutions) {
    mlrt *m = open_with("base", 4);
    char text[200];
    if (m->k->conv[0]->lanes != 4 || m->k->conv[0]->tile != 6)
        cr_skip_test("other vectors than those of SSE2");
    for (size_t i = 0; i < sizeof conv_cases / sizeof *conv_cases; i++) {
        const conv_case *v = &conv_cases[i];
        mlrt__conv_sizes s = sizes_of(v);
        mlrt__conv_plan w;
        cr_assert(
            mlrt__conv_plan_make(&w, m, &s, v->dtype, v->which, 0, 0, NULL));
        describe(&w, text);
        cr_expect(strcmp(text, v->plan) == 0, "%zu: %s", i, text);
    }
    close_clean(m);
}

/* The taps' places: output i and tap t meet where the formula says. */
static void check_axis(const mlrt__axis *x) {
    for (int64_t t = 0; t < x->taps; t++) {
        bool found = false;
        for (int64_t f = 0; f < x->nseg; f++) {
            int64_t u = x->off[t] - x->at[f];
            found = found || (u >= 0 && u + x->block <= x->len[f] &&
                              x->first[f] + u * x->s == x->d + t * x->step);
        }
        cr_expect(found, "tap %d", (int)t);
    }
}

Test(plans, of_convolutions_place_every_tap) {
    mlrt *m = open_with("base", 4);
    for (size_t i = 0; i < sizeof conv_cases / sizeof *conv_cases; i++) {
        const conv_case *v = &conv_cases[i];
        mlrt__conv_sizes s = sizes_of(v);
        mlrt__conv_plan w;
        mlrt__conv_plan_make(&w, m, &s, v->dtype, v->which, 0, 0, NULL);
        void *scratch = calloc(1, w.bytes);
        cr_assert(scratch);
        mlrt__conv_plan_make(&w, m, &s, v->dtype, v->which, 0, 0, scratch);
        check_axis(&w.p.row);
        if (!w.p.flat)
            check_axis(&w.p.col);
        int64_t k = 0;
        for (int64_t c = 0; c < w.p.cc; c++)
            for (int64_t a = 0; a < w.p.row.taps; a++)
                for (int64_t b = 0; b < w.p.col.taps; b++)
                    cr_expect(w.p.off[k++] == c * w.p.chan +
                                                  w.p.row.off[a] * w.p.pitch +
                                                  w.p.col.off[b]);
        free(scratch);
    }
    close_clean(m);
}

/* ---- Reductions ------------------------------------------------------- */

/* Parts of x (a, b, c), summed over some dimensions. */
static int64_t parts_of(mlrt *m, int64_t a, int64_t b, int64_t c,
                        uint32_t dims) {
    mlrt_tensor *x = mlrt_empty(m, MLRT_F32, 3, (int64_t[]){a, b, c});
    mlrt_tensor *one = mlrt_empty(m, MLRT_F32, 1, (int64_t[]){1 << 18});
    size_t each = mlrt__fold_scratch(m, MLRT__FOLD_SUM, one, 1) / 4;
    size_t bytes = mlrt__fold_scratch(m, MLRT__FOLD_SUM, x, dims);
    int64_t kept = (dims & 1 ? 1 : a) * (dims & 2 ? 1 : b) * (dims & 4 ? 1 : c);
    mlrt_release(x);
    mlrt_release(one);
    cr_assert(each > 0 && bytes % each == 0);
    return kept ? (int64_t)(bytes / each) / kept : 0;
}

/* Of 65536 elements at least, if there are fewer than 64 blocks of outputs;
 * none when there is one. */
Test(plans, of_reductions) {
    static const int64_t cases[][5] = {
        {1, 1, 131072, 7, 0},    {1, 1, 131073, 7, 2},
        {1, 1, 196608, 7, 3},    {1, 1, 1 << 20, 7, 16},
        {1, 1, 1 << 24, 7, 256}, {1, 1, 3 << 23, 7, 256},
        {1, 4, 100000, 4, 0},    {1, 4, 131072, 4, 0},
        {1, 4, 200000, 4, 3},    {1, 63, 140000, 4, 2},
        {1, 64, 140000, 4, 0},   {3, 2, 100000, 5, 3},
        {2, 2, 1000000, 5, 2},   {1, 1000, 1000, 2, 3},
        {1, 512, 256, 2, 0},     {1, 513, 256, 2, 2},
        {1, 513, 255, 2, 0},     {1, 600, 16128, 2, 2},
        {1, 600, 16384, 2, 0},   {1, 600, 16385, 2, 0},
        {0, 5, 7, 1, 0},         {5, 0, 7, 1, 0},
        {7, 900, 33, 3, 3},      {900, 7, 33, 1, 3},
        {1, 32, 655360, 4, 8},
    };
    mlrt *m = open_with("base", 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t *c = cases[i];
        int64_t parts = parts_of(m, c[0], c[1], c[2], (uint32_t)c[3]);
        cr_expect(parts == c[4], "%zu: %d", i, (int)parts);
    }
    close_clean(m);
}

/* ---- Lines ------------------------------------------------------------ */

typedef struct lines_log {
    const mlrt__lines *l;
    int64_t next, runs;
} lines_log;

static void note_lines(void *arg, int64_t at, int64_t o, int64_t w) {
    lines_log *log = arg;
    const mlrt__lines *l = log->l;
    cr_expect(o == log->next && w > 0 && w <= MLRT__LINES);
    cr_expect(at == o / l->inner * l->n * l->inner + o % l->inner);
    cr_expect(l->inner == 1 || o % l->inner + w <= l->inner);
    log->next = o + w;
    log->runs++;
}

/* Each output once; {outer, n, inner, runs}. */
Test(plans, of_lines) {
    static const int64_t cases[][4] = {
        {1, 5, 1, 1},        {512, 3, 1, 1},      {513, 3, 1, 2},
        {1000, 3, 1, 2},     {100000, 3, 1, 197}, {3, 4, 5, 3},
        {2, 3, 512, 2},      {2, 3, 513, 4},      {1, 65536, 64, 1},
        {1, 65536, 65, 2},   {1, 65536, 1, 1},    {3, 65537, 1, 3},
        {2, 1 << 17, 60, 3}, {70, 1000, 1, 2},    {1, 0, 3, 1},
        {0, 3, 1, 0},        {1, 655, 700, 7},
    };
    mlrt *m = open_with("base", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t *c = cases[i];
        mlrt_tensor x = {.ndim = 3, .shape = {c[0], c[1], c[2]}};
        mlrt__lines l;
        mlrt__lines_of(&l, &x, 1);
        cr_expect(l.si == c[2] && l.sj == (c[2] == 1 ? c[1] : 1));
        lines_log log = {.l = &l};
        cr_assert(mlrt__lines_run(m, &l, note_lines, &log) == 0);
        cr_expect(log.next == c[0] * c[2]);
        cr_expect(log.runs == c[3], "%zu: %d runs", i, (int)log.runs);
    }
    close_clean(m);
}

/* ---- Tasks ------------------------------------------------------------ */

/* A host whose threads note how many tasks each piece of work has. */
static char noted[80];

static void note_tasks(void *ud, int64_t n, void (*task)(void *arg, int64_t i),
                       void *arg) {
    size_t used = strlen(noted);
    (void)ud;
    snprintf(noted + used, sizeof noted - used, used ? " %d" : "%d", (int)n);
    for (int64_t i = 0; i < n; i++)
        task(arg, i);
}

static mlrt *open_noting(void) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.threads = 4;
    config.parallel_for = note_tasks;
    return mlrt_open(&config, NULL);
}

static mlrt_tensor *ones_of(mlrt *m, int64_t a, int64_t b, int64_t c) {
    return mlrt_ones(m, (int64_t[]){a, b, c}, 3, MLRT_F32);
}

/* n positions 0, 1, 0, 1 ... */
static mlrt_tensor *places_of(mlrt *m, int64_t n) {
    mlrt_tensor *t = mlrt_empty(m, MLRT_INDEX, 1, &n);
    int64_t *p = mlrt_data(t);
    for (int64_t i = 0; i < n; i++)
        p[i] = i % 2;
    return t;
}

/* The tasks of a call are these; none where one was enough. */
#define TASKS(wanted, name, ...)                                               \
    do {                                                                       \
        mlrt_tensor *out_[4];                                                  \
        noted[0] = 0;                                                          \
        int n_ = RUN(m, name, out_, __VA_ARGS__);                              \
        cr_assert(n_ > 0, "%s: %s", name, mlrt_errmsg(m));                     \
        cr_expect(strcmp(noted, wanted) == 0, "line %d, %s: %s", __LINE__,     \
                  name, noted);                                                \
        while (n_-- > 0)                                                       \
            mlrt_release(out_[n_]);                                            \
    } while (0)

static void drop_all(mlrt_tensor **list, int n) {
    for (int i = 0; i < n; i++)
        mlrt_release(list[i]);
}

/* 16384 elements of a ramp or a copy, 32768 of a triangle or of what is
 * chosen. */
Test(plans, of_makers_and_choosers) {
    mlrt *m = open_noting();
    mlrt_tensor *x[] = {ones_of(m, 1, 200, 300), ones_of(m, 1, 3, 32767),
                        ones_of(m, 1, 3, 32768), ones_of(m, 1, 4, 16384),
                        ones_of(m, 1, 4, 10923), ones_of(m, 2, 100, 1000),
                        ones_of(m, 1, 2, 1025),  places_of(m, 100),
                        places_of(m, 4),         ones_of(m, 1, 100, 1025),
                        ones_of(m, 1, 4, 17000), ones_of(m, 300, 1, 200),
                        ones_of(m, 300, 1, 100), ones_of(m, 9, 1, 2000),
                        ones_of(m, 1, 2, 17000), ones_of(m, 1000, 1, 32),
                        ones_of(m, 1000, 1, 31)};
    TASKS("", "arange", I(0), I(16384));
    TASKS("2", "arange", I(0), I(16385));
    TASKS("3", "arange", I(0), I(40000));
    TASKS("4 2", "tril", T(x[0]));
    TASKS("6 3", "triu", T(x[1]));
    TASKS("6 3", "tril", T(x[2]));
    TASKS("4 2", "tril", T(x[3]));
    TASKS("3 2", "triu", T(x[4]));
    TASKS("7", "index_select", T(x[5]), I(1), T(x[7]));
    TASKS("3", "index_add", T(x[6]), I(1), T(x[7]), T(x[9]));
    TASKS("3 3", "index_add", T(x[14]), I(1), T(x[8]), T(x[10]));
    mlrt_tensor *rows = mlrt_reshape(m, x[5], (int64_t[]){200, 1000}, 2);
    TASKS("4", "gather_rows", T(rows), T(x[7]));
    mlrt_tensor *pair[] = {x[11], x[12]};
    TASKS("6", "cat",
          (mlrt_arg){.kind = MLRT_VAL_TENSORS, .n = 2, .u.ts = pair}, I(2));
    mlrt_tensor *even[] = {x[15], x[15]}, *less[] = {x[15], x[16]};
    TASKS("4", "cat", /* pieces of 128 bytes on average, in rows */
          (mlrt_arg){.kind = MLRT_VAL_TENSORS, .n = 2, .u.ts = even}, I(2));
    TASKS("2 2", "cat", /* one after the other */
          (mlrt_arg){.kind = MLRT_VAL_TENSORS, .n = 2, .u.ts = less}, I(2));
    mlrt_tensor *weights = mlrt_reshape(m, x[13], (int64_t[]){9, 2000}, 2);
    TASKS("3", "multinomial", T(weights), I(48), I(1));
    TASKS("5", "multinomial", T(weights), I(49), I(1));
    mlrt_release(rows);
    mlrt_release(weights);
    drop_all(x, sizeof x / sizeof *x);
    close_clean(m);
}

/* 32768 elements of a norm, forward; 32 parts of its gradient at most. */
Test(plans, of_norms) {
    mlrt *m = open_noting();
    mlrt_tensor *x[] = {ones_of(m, 20, 6, 1000), ones_of(m, 1, 300, 500),
                        ones_of(m, 1, 4, 32768), ones_of(m, 1, 3, 32769),
                        ones_of(m, 1, 33, 32768)};
    mlrt_tensor *forty = mlrt_ones(m, (int64_t[]){40}, 1, MLRT_F32);
    mlrt_tensor *many = mlrt_ones(m, (int64_t[]){33}, 1, MLRT_F32);
    TASKS("4", "group_norm", T(x[0]), I(2));
    TASKS("4", "group_norm", T(x[0]), I(1));
    TASKS("4", "_group_norm_grad", T(x[0]), T(x[0]), I(2), N, T(forty),
          T(forty));
    TASKS("5", "layer_norm", T(x[1]), INTS(500));
    TASKS("4", "layer_norm", T(x[2]), INTS(32768));
    TASKS("3", "rms_norm", T(x[3]), INTS(32769));
    mlrt_tensor *lines = mlrt_ones(m, (int64_t[]){300}, 1, MLRT_F32);
    TASKS("4", "_layer_norm_grad", T(x[1]), T(x[1]), N, T(lines), T(lines),
          I(500));
    TASKS("32", "_layer_norm_grad", T(x[4]), T(x[4]), N, T(many), T(many),
          I(32768));
    mlrt_tensor *three = mlrt_ones(m, (int64_t[]){3}, 1, MLRT_F32);
    TASKS("3", "_layer_norm_grad", T(x[3]), T(x[3]), N, T(three), T(three),
          I(32769));
    mlrt_release(three);
    mlrt_release(lines);
    mlrt_release(forty);
    mlrt_release(many);
    drop_all(x, sizeof x / sizeof *x);
    close_clean(m);
}

/* 16384 elements; 65536 of lines and reductions. */
Test(plans, of_elements_and_lines) {
    mlrt *m = open_noting();
    mlrt_tensor *x[] = {ones_of(m, 1, 1, 16384),  ones_of(m, 1, 1, 16385),
                        ones_of(m, 2, 5, 4000),   ones_of(m, 40, 10, 700),
                        ones_of(m, 4, 1, 131072), ones_of(m, 40, 25, 700),
                        ones_of(m, 40, 1, 1)};
    TASKS("", "add", T(x[0]), T(x[0]));
    TASKS("2", "add", T(x[1]), T(x[1]));
    TASKS("3", "add", T(x[2]), T(x[2]));
    TASKS("3", "exp", T(x[2]));
    TASKS("80", "add", T(x[5]), T(x[6])); /* 17500 that lie together */
    TASKS("3", "_div_trunc", T(x[2]), T(x[2]));
    TASKS("5", "softmax", T(x[3]), I(1));
    TASKS("5", "softmax", T(x[3]), I(2));
    TASKS("8", "sum", T(x[4]));
    drop_all(x, sizeof x / sizeof *x);
    close_clean(m);
}
