/* gen_docs.c: the reference and the editor's annotations. */
#include <ctype.h>
#include <string.h>

#include "gen.h"

/* ---- Lua's view of a row ---------------------------------------------- */

static const char *const lua_types[MLRT_NARG_TYPES] = {
    [MLRT_ARG_TENSOR] = "mlrt.Tensor",
    [MLRT_ARG_OPERAND] = "mlrt.Tensor|number",
    [MLRT_ARG_INDEX] = "mlrt.Tensor",
    [MLRT_ARG_MASK] = "mlrt.Tensor",
    [MLRT_ARG_TENSORS] = "mlrt.Tensor[]",
    [MLRT_ARG_INT] = "integer",
    [MLRT_ARG_POS] = "integer",
    [MLRT_ARG_DIM] = "integer",
    [MLRT_ARG_NUMBER] = "number",
    [MLRT_ARG_SCALAR] = "number",
    [MLRT_ARG_BOOL] = "boolean",
    [MLRT_ARG_INTS] = "integer[]|integer",
    [MLRT_ARG_DIMS] = "integer[]|integer",
    [MLRT_ARG_SHAPE] = "integer[]|integer",
    [MLRT_ARG_PAIR] = "integer|integer[]",
    [MLRT_ARG_ENUM] = "string",
    [MLRT_ARG_TEXT] = "string",
    [MLRT_ARG_DTYPE] = "string",
    [MLRT_ARG_GENERATOR] = "mlrt.Generator",
};

static const char *const notes[MLRT_NARG_TYPES] = {
    [MLRT_ARG_TENSOR] = "tensor",
    [MLRT_ARG_OPERAND] = "tensor or number",
    [MLRT_ARG_INDEX] = "index",
    [MLRT_ARG_MASK] = "bool",
    [MLRT_ARG_TENSORS] = "list of tensors",
    [MLRT_ARG_INT] = "integer",
    [MLRT_ARG_POS] = "position, from 1",
    [MLRT_ARG_DIM] = "dimension, from 1",
    [MLRT_ARG_NUMBER] = "number",
    [MLRT_ARG_SCALAR] = "number",
    [MLRT_ARG_BOOL] = "boolean",
    [MLRT_ARG_INTS] = "integers",
    [MLRT_ARG_DIMS] = "dimensions, from 1",
    [MLRT_ARG_SHAPE] = "sizes",
    [MLRT_ARG_PAIR] = "one or two integers",
    [MLRT_ARG_ENUM] = "word",
    [MLRT_ARG_TEXT] = "text",
    [MLRT_ARG_DTYPE] = "dtype",
    [MLRT_ARG_GENERATOR] = "generator",
};

/* Do words stand beside the values of its type? */
static bool has_words(const mlrt_arg_spec *s) {
    return s->words_len && s->type != MLRT_ARG_ENUM && s->type != MLRT_ARG_TEXT;
}

static void default_text(char *text, size_t n, const mlrt_arg_spec *s) {
    const char *w = s->words;
    switch (s->type) {
    case MLRT_ARG_NUMBER:
    case MLRT_ARG_OPERAND: snprintf(text, n, "%g", s->number_default); break;
    case MLRT_ARG_BOOL:
        snprintf(text, n, "%s", s->int_default ? "true" : "false");
        break;
    case MLRT_ARG_DTYPE:
        snprintf(text, n, "%s", mlrt_dtype_name((mlrt_dtype)s->int_default));
        break;
    case MLRT_ARG_ENUM:
        for (int64_t i = 0; i < s->int_default; i++)
            w += strcspn(w, "|") + 1;
        snprintf(text, n, "%.*s", (int)strcspn(w, "|? =,"), w);
        break;
    case MLRT_ARG_TEXT: snprintf(text, n, "%.*s", s->words_len, w); break;
    case MLRT_ARG_DIM:
    case MLRT_ARG_DIMS:
    case MLRT_ARG_POS:
        snprintf(text, n, "%lld",
                 (long long)(s->int_default + (s->int_default >= 0)));
        break;
    default: snprintf(text, n, "%lld", (long long)s->int_default);
    }
}

static bool is_method(const mlrt_op_info *r) {
    return r->nargs && r->spec[0].type <= MLRT_ARG_MASK;
}

/* "x, dim?, keepdim?" without the first `skip`. */
static void names(FILE *f, const mlrt_op_info *r, int skip) {
    for (int i = skip; i < r->nargs; i++)
        fprintf(f, "%s%.*s%s", i > skip ? ", " : "", r->spec[i].name_len,
                r->spec[i].name, r->spec[i].optional ? "?" : "");
}

/* The visible part of "y, _hidden". */
static void results(FILE *f, const mlrt_op_info *r) {
    const char *p = r->outs;
    for (int i = 0; i < (r->nouts < 0 ? 1 : r->nouts); i++) {
        int n = (int)strcspn(p, ",;.");
        fprintf(f, "%s%.*s%s", i ? ", " : "", n, p, r->nouts < 0 ? "" : "");
        p += n;
        p += strspn(p, ",; ");
    }
}

/* ---- docs/reference/ -------------------------------------------------- */

static void arguments(FILE *f, const mlrt_op_info *r) {
    char text[64];
    fputs("| argument | | default |\n| --- | --- | --- |\n", f);
    for (int i = 0; i < r->nargs; i++) {
        const mlrt_arg_spec *s = &r->spec[i];
        fprintf(f, "| `%.*s` | ", s->name_len, s->name);
        bool words = s->type == MLRT_ARG_ENUM || has_words(s);
        if (s->type != MLRT_ARG_ENUM)
            fprintf(f, "%s%s", notes[s->type], words ? " or " : "");
        for (int j = 0; words && j < s->words_len; j++)
            if (s->words[j] == '|')
                fputs(" or ", f);
            else
                fputc(s->words[j], f);
        if (s->has_default)
            default_text(text, sizeof text, s);
        fprintf(f, " | %s |\n",
                s->has_default ? text
                : s->optional  ? "absent"
                               : "");
    }
    fputc('\n', f);
}

static void reference_row(FILE *f, const mlrt_op_info *r) {
    fprintf(f, "## %s\n\n    ", r->name);
    results(f, r);
    fprintf(f, " = m.%s(", r->name);
    names(f, r, 0);
    fputs(")\n", f);
    if (is_method(r)) {
        fprintf(f, "    ");
        results(f, r);
        fprintf(f, " = %.*s:%s(", r->spec[0].name_len, r->spec[0].name,
                r->name);
        names(f, r, 1);
        fputs(")\n", f);
    }
    fputc('\n', f);
    gen_wrap(f, "", "", r->doc);
    fputc('\n', f);
    if (r->nargs)
        arguments(f, r);
    fprintf(f, "%s%s%s\n\n",
            r->kind == MLRT_VIEW ? "A view: it shares the memory of its "
                                   "argument. "
                                 : "",
            r->differentiable ? "Differentiable." : "No gradient.",
            r->inplace ? " Also in place, with a trailing `_`." : "");
    /* docs/gen/examples.lua, which can run it, puts the example here. */
    if (r->samples)
        fprintf(f, "<!-- example %s -->\n\n", r->name);
}

static void family_page(const gen *g, const char *folder, const char *family) {
    char name[64];
    snprintf(name, sizeof name, "%s.md", family);
    FILE *f = gen_open(folder, name);
    fprintf(f, "<!-- Generated from core/ops by `make docs`. -->\n\n# %s\n\n",
            family);
    for (int id = 0; id < g->n; id++) {
        const mlrt_op_info *r = gen_row(g, id);
        if (!gen_private(r) && strcmp(r->family, family) == 0)
            reference_row(f, r);
    }
    gen_close(f);
}

static bool first_of_family(const gen *g, int id) {
    return id == 0 ||
           strcmp(gen_row(g, id)->family, gen_row(g, id - 1)->family) != 0;
}

static void contents(const gen *g, const char *folder) {
    FILE *f = gen_open(folder, "README.md");
    fputs("<!-- Generated from core/ops by `make docs`. -->\n\n"
          "# Operations\n\n"
          "Dimensions and positions count from 1, negative ones from the "
          "end.\nIn the examples `m` is `require \"mlrt\"`; behind `-->` is "
          "what was printed.\n",
          f);
    for (int id = 0; id < g->n; id++) {
        const mlrt_op_info *r = gen_row(g, id);
        if (first_of_family(g, id))
            fprintf(f, "\n## [%s](%s.md)\n\n", r->family, r->family);
        if (!gen_private(r))
            fprintf(f, "- [%s](%s.md#%s): %.*s\n", r->name, r->family, r->name,
                    (int)strcspn(r->doc, ".:;"), r->doc);
    }
    gen_close(f);
}

static void reference(const gen *g, const char *docs) {
    char folder[400];
    snprintf(folder, sizeof folder, "%s/reference", docs);
    contents(g, folder);
    for (int id = 0; id < g->n; id++)
        if (first_of_family(g, id))
            family_page(g, folder, gen_row(g, id)->family);
}

/* ---- docs/library/: LuaCATS ------------------------------------------- */

static void lua_name(FILE *f, const mlrt_arg_spec *s) {
    bool reserved = s->name_len == 3 && memcmp(s->name, "end", 3) == 0;
    fprintf(f, "%.*s%s", s->name_len, s->name, reserved ? "_" : "");
}

static void annotate(FILE *f, const mlrt_op_info *r, bool method,
                     const char *suffix) {
    fputc('\n', f);
    gen_wrap(f, "---", "---", r->doc);
    for (int i = method; i < r->nargs; i++) {
        fputs("---@param ", f);
        lua_name(f, &r->spec[i]);
        fprintf(f, "%s %s%s\n", r->spec[i].optional ? "?" : "",
                lua_types[r->spec[i].type],
                has_words(&r->spec[i]) ? "|string" : "");
    }
    fprintf(f, "---@return mlrt.Tensor%s", r->nouts < 0 ? "[]" : "");
    for (int i = 1; i < r->nouts; i++)
        fputs(", mlrt.Tensor", f);
    fprintf(f, "\nfunction %s%s%s(", method ? "Tensor:" : "mlrt.", r->name,
            suffix);
    for (int i = method; i < r->nargs; i++) {
        fputs(i > method ? ", " : "", f);
        lua_name(f, &r->spec[i]);
    }
    fputs(") end\n", f);
}

static void library(const gen *g, const char *docs) {
    char folder[400];
    snprintf(folder, sizeof folder, "%s/library", docs);
    FILE *f = gen_open(folder, "mlrt_ops.lua");
    fputs("---@meta\n-- Generated from core/ops by `make docs`: what editors "
          "know of the operations.\n\n---@class mlrt\nlocal mlrt = {}\n\n"
          "---@class mlrt.Tensor\nlocal Tensor = {}\n\n"
          "---@class mlrt.Generator\n",
          f);
    for (int id = 0; id < g->n; id++) {
        const mlrt_op_info *r = gen_row(g, id);
        if (gen_private(r))
            continue;
        annotate(f, r, false, "");
        if (is_method(r))
            annotate(f, r, true, "");
        if (is_method(r) && r->inplace)
            annotate(f, r, true, "_");
    }
    fputs("\nreturn mlrt\n", f);
    gen_close(f);
}

void gen_docs(const gen *g, const char *docs) {
    reference(g, docs);
    library(g, docs);
}
