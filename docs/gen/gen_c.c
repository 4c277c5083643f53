/* gen_c.c: a C function for each row.
 *
 * `name_` forms follow their rows.  A function fills an array of mlrt_arg and
 * goes to mlrt_op_call; rows are found by number through a table that the
 * context makes from their names when it opens.
 */
#include <string.h>

#include "gen.h"

static const char *const c_types[MLRT_NARG_TYPES] = {
    [MLRT_ARG_TENSOR] = "mlrt_tensor *",
    [MLRT_ARG_OPERAND] = "mlrt_tensor *",
    [MLRT_ARG_INDEX] = "mlrt_tensor *",
    [MLRT_ARG_MASK] = "mlrt_tensor *",
    [MLRT_ARG_TENSORS] = "mlrt_tensor *const *",
    [MLRT_ARG_INT] = "int64_t ",
    [MLRT_ARG_POS] = "int64_t ",
    [MLRT_ARG_DIM] = "int64_t ",
    [MLRT_ARG_NUMBER] = "double ",
    [MLRT_ARG_SCALAR] = "double ",
    [MLRT_ARG_BOOL] = "bool ",
    [MLRT_ARG_INTS] = "const int64_t *",
    [MLRT_ARG_DIMS] = "const int64_t *",
    [MLRT_ARG_SHAPE] = "const int64_t *",
    [MLRT_ARG_PAIR] = "const int64_t *",
    [MLRT_ARG_ENUM] = "int ",
    [MLRT_ARG_TEXT] = "const char *",
    [MLRT_ARG_DTYPE] = "mlrt_dtype ",
    [MLRT_ARG_GENERATOR] = "mlrt_generator *",
};

/* The macro in mlrt_ops.c that makes a mlrt_arg. */
static const char *const c_makers[MLRT_NARG_TYPES] = {
    [MLRT_ARG_TENSOR] = "TENSOR",   [MLRT_ARG_OPERAND] = "TENSOR",
    [MLRT_ARG_INDEX] = "TENSOR",    [MLRT_ARG_MASK] = "TENSOR",
    [MLRT_ARG_TENSORS] = "TENSORS", [MLRT_ARG_INT] = "INT",
    [MLRT_ARG_POS] = "INT",         [MLRT_ARG_DIM] = "INT",
    [MLRT_ARG_NUMBER] = "NUMBER",   [MLRT_ARG_SCALAR] = "NUMBER",
    [MLRT_ARG_BOOL] = "PLAIN",      [MLRT_ARG_INTS] = "INTS",
    [MLRT_ARG_DIMS] = "INTS",       [MLRT_ARG_SHAPE] = "INTS",
    [MLRT_ARG_PAIR] = "PAIR",       [MLRT_ARG_ENUM] = "PLAIN",
    [MLRT_ARG_DTYPE] = "DTYPE",     [MLRT_ARG_GENERATOR] = "GENERATOR",
    [MLRT_ARG_TEXT] = "TEXT",
};

static bool has_length(mlrt_arg_type t) {
    return t == MLRT_ARG_TENSORS || t == MLRT_ARG_INTS || t == MLRT_ARG_DIMS ||
           t == MLRT_ARG_SHAPE;
}

/* mlrt_empty is no operation in C: it takes what mlrt_from_data does. */
static bool has_function(const mlrt_op_info *r) {
    return strcmp(r->name, "empty") != 0;
}

/* ---- One prototype, its lines wrapped --------------------------------- */

enum { MAX_PARAMETERS = 2 * MLRT_MAX_ARGS + 8 };
typedef struct list {
    char text[MAX_PARAMETERS][96];
    int n;
} list;

static void inputs(list *l, const mlrt_op_info *r) {
    for (int i = 0; i < r->nargs; i++) {
        const mlrt_arg_spec *s = &r->spec[i];
        if (s->option)
            return;
        snprintf(l->text[l->n++], 96, "%s%.*s", c_types[s->type], s->name_len,
                 s->name);
        if (has_length(s->type))
            snprintf(l->text[l->n++], 96, "int %.*s_n", s->name_len, s->name);
    }
}

/* Pointers to where several results, or a list of them, go. */
static void outputs(list *l, const mlrt_op_info *r) {
    const char *p = r->outs;
    if (r->nouts < 0) {
        snprintf(l->text[l->n++], 96, "mlrt_tensor **ys");
        snprintf(l->text[l->n++], 96, "int max_ys");
    }
    for (int i = 0; i < r->nplain && r->nplain > 1; i++) {
        int n = (int)strcspn(p, ",;");
        snprintf(l->text[l->n++], 96, "mlrt_tensor **%.*s", n, p);
        p += n;
        p += strspn(p, ",; ");
    }
}

static void prototype(FILE *f, const mlrt_op_info *r, bool in_place,
                      const char *api, const char *end) {
    list l = {.text = {"mlrt *m"}, .n = 1};
    size_t column = (size_t)fprintf(
        f, "%s%smlrt_%s%s(", api, r->nplain == 1 ? "mlrt_tensor *" : "int ",
        r->name, in_place && r->kind != MLRT_INPLACE ? "_" : "");
    inputs(&l, r);
    outputs(&l, r);
    for (int i = 0; i < l.n; i++) {
        size_t n = strlen(l.text[i]);
        bool wraps = i && column + n + 2 > 78;
        if (wraps)
            column = (size_t)fprintf(f, "\n    ") - 1;
        column += (size_t)fprintf(f, "%s%s%s", i && !wraps ? " " : "",
                                  l.text[i], i + 1 < l.n ? "," : ")");
    }
    fputs(end, f);
}

/* ---- Headers ---------------------------------------------------------- */

static void header_row(FILE *f, const mlrt_op_info *r) {
    char text[4096];
    const char *api = gen_private(r) ? "" : "MLRT_CHECK ";
    snprintf(text, sizeof text, "%s: %s */", r->name, r->doc);
    gen_wrap(f, "\n/* ", " * ", text);
    prototype(f, r, false, api, ";\n");
    if (r->inplace)
        prototype(f, r, true, api, ";\n");
}

static void public_header(const gen *g, const char *core) {
    FILE *f = gen_open(core, "mlrt_ops.h");
    fputs(
        "/* mlrt_ops.h: a C function for each operation; part of mlrt.h.\n"
        " * Generated from the rows in core/ops by `make docs`.\n *\n"
        " * Absent optional tensors are MLRT_NONE, integers and dims\n"
        " * MLRT_ABSENT, numbers MLRT_ABSENT_NUMBER, lists NULL, dtypes\n"
        " * MLRT_DTYPE_NONE, texts NULL; words of an enum are numbered\n"
        " * from 0 in the order given.  `x_n` is the length of the list x.\n"
        " * Functions with several results return 0 or a negative status and\n"
        " * store new references where the pointer is not NULL; lists return\n"
        " * how many they stored. */\n",
        f);
    for (int id = 0; id < g->n; id++)
        if (!gen_private(gen_row(g, id)) && has_function(gen_row(g, id)))
            header_row(f, gen_row(g, id));
    gen_close(f);
}

static void private_header(const gen *g, const char *core) {
    FILE *f = gen_open(core, "mlrt_ops_private.h");
    fputs("/* mlrt_ops_private.h: operations for use inside core/.\n"
          " * Generated from the rows in core/ops by `make docs`. */\n"
          "#ifndef MLRT_OPS_PRIVATE_H\n#define MLRT_OPS_PRIVATE_H\n\n"
          "#include \"mlrt.h\"\n",
          f);
    for (int id = 0; id < g->n; id++)
        if (gen_private(gen_row(g, id)))
            header_row(f, gen_row(g, id));
    fputs("\n#endif\n", f);
    gen_close(f);
}

/* ---- The functions ---------------------------------------------------- */

static void arguments(FILE *f, const mlrt_op_info *r) {
    fprintf(f, "    const mlrt_arg args[] = {\n");
    for (int i = 0; i < r->nargs; i++) {
        const mlrt_arg_spec *s = &r->spec[i];
        const char *maker = c_makers[s->type];
        if (s->option) {
            fputs("        NOTHING,\n", f);
            continue;
        }
        if (s->type == MLRT_ARG_NUMBER && s->optional && !s->has_default)
            maker = "MAYBE";
        fprintf(f, "        %s(%.*s", maker, s->name_len, s->name);
        if (has_length(s->type))
            fprintf(f, ", %.*s_n", s->name_len, s->name);
        if (s->type == MLRT_ARG_INTS || s->type == MLRT_ARG_DIMS ||
            s->type == MLRT_ARG_SHAPE)
            fprintf(f, ", %d", s->optional);
        fputs("),\n", f);
    }
    if (r->nargs == 0)
        fputs("        {.kind = MLRT_VAL_NONE},\n", f);
    fputs("    };\n", f);
}

static void body(FILE *f, const mlrt_op_info *r, int k, bool in_place) {
    fputs(" {\n", f);
    arguments(f, r);
    if (r->nplain == 1) {
        fprintf(f, "    return one(m, %d, args, %s);\n", k,
                in_place ? "true" : "false");
    } else if (r->nouts < 0) {
        fprintf(f,
                "    return mlrt_op_call(m, m->wrapper[%d], args, false, ys, "
                "max_ys);\n",
                k);
    } else {
        fprintf(f, "    mlrt_tensor **const outs[] = {");
        const char *p = r->outs;
        for (int i = 0; i < r->nplain; i++) {
            int n = (int)strcspn(p, ",;");
            fprintf(f, "%s%.*s", i ? ", " : "", n, p);
            p += n;
            p += strspn(p, ",; ");
        }
        fprintf(f, "};\n    return many(m, %d, args, outs, %d);\n", k,
                r->nplain);
    }
    fputs("}\n", f);
}

static const char *const source_head =
    "/* mlrt_ops.c: a C function for each operation.\n"
    " * Generated from the rows in core/ops by `make docs`. */\n"
    "#include \"core.h\"\n"
    "#include \"families.h\"\n\n"
    "#define TENSOR(x) {.kind = MLRT_VAL_TENSOR, .u.t = (x)}\n"
    "#define TENSORS(x, len) {.kind = MLRT_VAL_TENSORS, .n = (len), "
    ".u.ts = (x)}\n"
    "#define INT(x)                                              \\\n"
    "    {.kind = (x) == MLRT_ABSENT ? MLRT_VAL_NONE : MLRT_VAL_INT, \\\n"
    "     .u.i = (x)}\n"
    "#define PLAIN(x) {.kind = MLRT_VAL_INT, .u.i = (x)}\n"
    "#define DTYPE(x)                                            \\\n"
    "    {.kind = (x) < 0 ? MLRT_VAL_NONE : MLRT_VAL_INT, .u.i = (x)}\n"
    "#define NUMBER(x) {.kind = MLRT_VAL_NUMBER, .u.d = (x)}\n"
    "#define MAYBE(x)                                            \\\n"
    "    {.kind = (x) != (x) ? MLRT_VAL_NONE : MLRT_VAL_NUMBER, .u.d = (x)}\n"
    "#define INTS(x, len, optional)                              \\\n"
    "    {.kind = (optional) && !(x) ? MLRT_VAL_NONE : MLRT_VAL_INTS, \\\n"
    "     .n = (len), .u.v = (x)}\n"
    "#define PAIR(x)                                             \\\n"
    "    {.kind = (x) ? MLRT_VAL_INTS : MLRT_VAL_NONE, .n = 2, .u.v = (x)}\n"
    "#define NOTHING {.kind = MLRT_VAL_NONE}\n"
    "#define TEXT(x)                                             \\\n"
    "    {.kind = (x) ? MLRT_VAL_TEXT : MLRT_VAL_NONE,           \\\n"
    "     .n = (x) ? (int)strlen(x) : 0, .u.s = (x)}\n"
    "#define GENERATOR(x)                                        \\\n"
    "    {.kind = (x) ? MLRT_VAL_GENERATOR : MLRT_VAL_NONE, .u.g = (x)}\n\n"
    "static mlrt_tensor *one(mlrt *m, int k, const mlrt_arg *a,\n"
    "                        bool in_place) {\n"
    "    mlrt_tensor *y;\n"
    "    int n = mlrt_op_call(m, m->wrapper[k], a, in_place, &y, 1);\n"
    "    return n == 1 ? y : NULL;\n"
    "}\n\n"
    "static int many(mlrt *m, int k, const mlrt_arg *a,\n"
    "                mlrt_tensor **const *outs, int nouts) {\n"
    "    mlrt_tensor *y[8];\n"
    "    int n = mlrt_op_call(m, m->wrapper[k], a, false, y, 8);\n"
    "    for (int i = 0; i < nouts; i++)\n"
    "        if (outs[i])\n"
    "            *outs[i] = n >= nouts ? y[i] : NULL;\n"
    "        else if (n >= nouts)\n"
    "            mlrt__drop(m, y[i]);\n"
    "    for (int i = nouts; i < n; i++)\n"
    "        mlrt__drop(m, y[i]);\n"
    "    return n < 0 ? n : 0;\n"
    "}\n";

static void source(const gen *g, const char *core) {
    FILE *f = gen_open(core, "mlrt_ops.c");
    fputs(source_head, f);
    fputs("\nconst char *const mlrt__wrapper_names[] = {\n", f);
    for (int id = 0; id < g->n; id++)
        fprintf(f, "    \"%s\",\n", gen_row(g, id)->name);
    fputs("    NULL,\n};\n", f);
    for (int id = 0; id < g->n; id++) {
        const mlrt_op_info *r = gen_row(g, id);
        if (!has_function(r))
            continue;
        fputc('\n', f);
        prototype(f, r, false, "", "");
        body(f, r, id, r->kind == MLRT_INPLACE);
        if (!r->inplace)
            continue;
        fputc('\n', f);
        prototype(f, r, true, "", "");
        body(f, r, id, true);
    }
    gen_close(f);
}

void gen_c(const gen *g, const char *core) {
    public_header(g, core);
    private_header(g, core);
    source(g, core);
}
