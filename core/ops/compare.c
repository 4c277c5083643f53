/* compare.c: comparisons, logic, bits, and choosing by a mask. */
#include "elementwise.h"

/* ---- Shapes and running ----------------------------------------------- */

static int order_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 1, MLRT__ORDERED, MLRT_BOOL);
}
static int order_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 1, NULL);
}
static int logic_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 1, MLRT__TRUTHS, MLRT_BOOL);
}
static int logic_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 1, NULL);
}
static int bits_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 1, MLRT__BITS, MLRT_DTYPE_NONE);
}
static int bits_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 1, NULL);
}
static int where_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 1, 2, MLRT__ANYTHING, MLRT_DTYPE_NONE);
}
static int where_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 1, 2, NULL);
}

static void where_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *condition = mlrt__in(w, 0);
    mlrt_tensor *zero = mlrt_number(m, 0);
    if (mlrt__need(w, 1))
        mlrt__give(w, 1, mlrt_where(m, condition, g, zero));
    if (mlrt__need(w, 2))
        mlrt__give(w, 2, mlrt_where(m, condition, zero, g));
}

/* ---- Rows ------------------------------------------------------------- */

#define TWO "x: operand, y: operand"
#define POSITIONS                                                              \
    "An index compares with an index, or with a position written as a number."
#define ORDERS                                                                 \
    SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(2,1), r(3,1,4)",              \
            "r(3,2):t(), r(2,3)", "r(2,3), 0.5", "1, i(2,3)", "r(), 0",        \
            "r(0,3), r(3)", "i(2,3), r(3)", "b{true,false}, b{false}",         \
            "b{true,false}, 1", "i(3):to(\"u8\"), 300", "ix{1,3}, 3",          \
            "ix{1,3}, ix{2}", "!ix{1,3}, i(2) -- do not mix",                  \
            "!ix{1,3}, 1.5 -- a position expected beside an index",            \
            "!r(2,3), r(2) -- shapes (2, 3) and (2) do not broadcast")
#define LOGIC                                                                  \
    SAMPLES("b{true,false}, b{{true},{false}}", "r(2,3), i(3)", "i(2,3), 0",   \
            "r(3,2):t(), r(2,3)", "r(0,3), r(3)",                              \
            "!ix{1,2}, b{true,false} -- do not mix",                           \
            "!b{true,false,true}, b{true,false} -- do not broadcast")
#define BITS                                                                   \
    SAMPLES("b{true,false}, b{{true},{false}}", "i(2,3), i(3)", "i(2,3), 6",   \
            "5, i(2)", "i(3,2):t(), i(2,3)", "i(2):to(\"u8\"), -1",            \
            "b{true,false}, i(2)",                                             \
            "!r(2), i(2) -- integers or bool expected, got f32",               \
            "!ix{1,2}, ix{1,2} -- an index has no arithmetic")

const mlrt__op mlrt__compare[] = {
    {.name = "eq",
     .args = TWO,
     .outs = "z",
     .doc = "Where x equals y, as bool; nan does not ever. " POSITIONS,
     .shape = order_shape,
     .forward = order_forward,
     .samples = ORDERS},
    {.name = "ne",
     .args = TWO,
     .outs = "z",
     .doc = "Where x differs from y, as bool; nan always does. " POSITIONS,
     .shape = order_shape,
     .forward = order_forward,
     .samples = ORDERS},
    {.name = "lt",
     .args = TWO,
     .outs = "z",
     .doc = "Where x is below y, as bool; nan is not ever. " POSITIONS,
     .shape = order_shape,
     .forward = order_forward,
     .samples = ORDERS},
    {.name = "le",
     .args = TWO,
     .outs = "z",
     .doc = "Where x is not above y, as bool; nan is not ever. " POSITIONS,
     .shape = order_shape,
     .forward = order_forward,
     .samples = ORDERS},
    {.name = "gt",
     .args = TWO,
     .outs = "z",
     .doc = "Where x is above y, as bool; nan is not ever. " POSITIONS,
     .shape = order_shape,
     .forward = order_forward,
     .samples = ORDERS},
    {.name = "ge",
     .args = TWO,
     .outs = "z",
     .doc = "Where x is not below y, as bool; nan is not ever. " POSITIONS,
     .shape = order_shape,
     .forward = order_forward,
     .samples = ORDERS},
    {.name = "logical_and",
     .args = TWO,
     .outs = "z",
     .doc = "Where neither x nor y is 0 (or false), as bool.",
     .inplace = true,
     .shape = logic_shape,
     .forward = logic_forward,
     .samples = LOGIC},
    {.name = "logical_or",
     .args = TWO,
     .outs = "z",
     .doc = "Where x or y is not 0 (or false), as bool.",
     .inplace = true,
     .shape = logic_shape,
     .forward = logic_forward,
     .samples = LOGIC},
    {.name = "logical_xor",
     .args = TWO,
     .outs = "z",
     .doc =
         "Where one of x and y is 0 (or false) and the other is not, as bool.",
     .inplace = true,
     .shape = logic_shape,
     .forward = logic_forward,
     .samples = LOGIC},
    {.name = "bitwise_and",
     .args = TWO,
     .outs = "z",
     .doc = "Bits that are set in both x and y, integers or bool: Lua's &.",
     .inplace = true,
     .shape = bits_shape,
     .forward = bits_forward,
     .samples = BITS},
    {.name = "bitwise_or",
     .args = TWO,
     .outs = "z",
     .doc = "Bits that are set in x or y, integers or bool: Lua's |.",
     .inplace = true,
     .shape = bits_shape,
     .forward = bits_forward,
     .samples = BITS},
    {.name = "bitwise_xor",
     .args = TWO,
     .outs = "z",
     .doc = "Bits that are set in one of x and y, integers or bool: Lua's ~.",
     .inplace = true,
     .shape = bits_shape,
     .forward = bits_forward,
     .samples = BITS},
    {.name = "where",
     .args = "condition: mask, x: operand, y: operand",
     .outs = "z",
     .doc = "x where the condition is true, y where it is not. The three "
            "broadcast. What is not chosen gets the gradient 0.",
     .shape = where_shape,
     .forward = where_forward,
     .backward = where_backward,
     .saves = {0, MLRT__IN(0), MLRT__IN(0)},
     .samples = SAMPLES(
         "b{true,false,true}, r(2,3), r(3)", "b{{true},{false}}, r(3), 0",
         "b{true,false}, 1, r(3,2):t():t()", "b{true,false}, 1, 2.5",
         "b{true,false}, i(2), r(2)", "b{true,false}, ix{1,2}, 3",
         "b{true,false}, b{true,true}, b{false,true}", "b{true}, r(0,1), 0",
         "!r(2), r(2), 0 -- bool expected, got f32",
         "!b{true,false,true}, r(2), 0 -- do not broadcast",
         "!b{true,false}, ix{1,2}, r(2) -- do not mix",
         "!b{true,false}, i(2):to(\"u8\"), 300 -- 300 does not fit into u8")},
    {0},
};
