/* mlrun_edit.c: lines from libedit, or as they come (see mlrun_edit.h).
 *
 * Characters are read here and not by libedit, for three reasons: Ctrl-C drops
 * the line, a changed or continued terminal is set up and drawn anew, and bytes
 * that are no text of the locale are passed over and not an end of the input.
 */
#include "mlrun_edit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static struct {
    char *line; /* getline's */
    size_t size;
    bool open;
    struct sigaction before; /* what SIGINT did */
    sigset_t outside;        /* the signals that are blocked elsewhere */
    volatile sig_atomic_t pressed, resized, continued;
#ifdef MLRUN_LIBEDIT
    struct editline *el;
    struct history *history;
    const char *prompt;
    mlrun_complete_fn *complete;
    void *ud;
    char pending[16]; /* the bytes of a character that is not complete */
    size_t npending;
#endif
} editor;

/* ---- Signals while a line is read ------------------------------------- */

static void on_signal(int signal_number) {
    if (signal_number == SIGINT)
        editor.pressed = 1;
    else if (signal_number == SIGCONT)
        editor.continued = 1;
    else
        editor.resized = 1;
}

static void watch(int signal_number, struct sigaction *old) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, old);
}

/* A Ctrl-C between two lines, when nothing runs, drops the next one. */
static void watch_between(void) {
    if (!editor.open)
        watch(SIGINT, &editor.before);
    editor.open = true;
}

/* While a line is read these signals come only where it waits for input, so
 * that none is missed between a look and a wait. */
static void block(struct sigaction old[2]) {
    sigset_t set;
    watch(SIGCONT, &old[0]);
    watch(SIGWINCH, &old[1]);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCONT);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, &editor.outside);
}

static void unblock(const struct sigaction old[2]) {
    sigprocmask(SIG_SETMASK, &editor.outside, NULL);
    sigaction(SIGCONT, &old[0], NULL);
    sigaction(SIGWINCH, &old[1], NULL);
}

/* Lets in what is pending; a Ctrl-C comes before the input behind it. */
static bool was_pressed(void) {
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, &editor.outside, &blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    return editor.pressed;
}

/* Waits; false when a signal came instead of input. */
static bool wait_for_input(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(STDIN_FILENO, &set);
    int n = pselect(STDIN_FILENO + 1, &set, NULL, NULL, NULL, &editor.outside);
    return (n > 0 || errno != EINTR) && !was_pressed();
}

/* ---- Lines as they come ----------------------------------------------- */

/* A terminal hands out one line at a time, so nothing waits in stdin's buffer
 * while we wait; from a pipe no Ctrl-C comes. */
static ssize_t next_line(void) {
    if (isatty(STDIN_FILENO))
        while (!wait_for_input()) /* a window that changes is nothing to us */
            if (editor.pressed)
                return -1;
    clearerr(stdin); /* Ctrl-C may have stopped a read of the script's */
    return getline(&editor.line, &editor.size, stdin);
}

static mlrun_got read_plain(const char *prompt, const char **line,
                            size_t *len) {
    fputs(prompt, stdout);
    fflush(stdout);
    ssize_t n = next_line();
    if (n < 0)
        return editor.pressed ? MLRUN_DROPPED : MLRUN_END;
    if (n > 0 && editor.line[n - 1] == '\n')
        editor.line[--n] = '\0';
    *line = editor.line;
    *len = (size_t)n;
    return MLRUN_LINE;
}

#ifdef MLRUN_LIBEDIT

#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <wchar.h>

/* ---- Characters for libedit ------------------------------------------- */

/* The terminal is ours again, in another size perhaps. */
static void set_up_again(EditLine *el) {
    if (editor.continued) { /* libedit does not know that it was put back */
        el_set(el, EL_PREP_TERM, 0);
        el_set(el, EL_PREP_TERM, 1);
    }
    el_resize(el);
    el_set(el, EL_REFRESH);
    editor.continued = editor.resized = 0;
}

/* One more byte of the character; true when it is complete. */
static bool take_byte(char byte, wchar_t *c) {
    mbstate_t state;
    memset(&state, 0, sizeof state);
    editor.pending[editor.npending++] = byte;
    size_t n = mbrtowc(c, editor.pending, editor.npending, &state);
    if (n == (size_t)-2 && editor.npending < sizeof editor.pending)
        return false;
    bool good = n != (size_t)-1 && n != (size_t)-2;
    bool again = !good && editor.npending > 1; /* it may begin another one */
    editor.npending = 0;
    return again ? take_byte(byte, c) : good;
}

/* 1, 0 at the end of the input, -1 when Ctrl-C was pressed. */
static int read_character(EditLine *el, wchar_t *c) {
    char byte;
    for (;;) {
        if (editor.pressed)
            return -1;
        if (!wait_for_input()) {
            if (editor.continued || editor.resized)
                set_up_again(el);
            continue;
        }
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return 0;
        if (n == 1 && byte == '\0') /* a Ctrl-D typed before its prompt */
            byte = '\4';
        if (n == 1 && take_byte(byte, c))
            return 1;
    }
}

/* ---- Tab -------------------------------------------------------------- */

static bool all_blank(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ')
            return false;
    return true;
}

static unsigned char on_tab(EditLine *el, int c) {
    const LineInfo *info = el_line(el);
    size_t len = (size_t)(info->cursor - info->buffer);
    bool printed = false;
    (void)c;
    if (all_blank(info->buffer, len))
        return el_insertstr(el, "  ") == 0 ? CC_REFRESH : CC_ERROR;
    const char *text = editor.complete
                           ? editor.complete(editor.ud, info->buffer, len,
                                             &printed)
                           : NULL;
    if (text && *text && el_insertstr(el, text) != 0)
        return CC_ERROR;
    if (printed)
        return CC_REDISPLAY;
    return text && *text ? CC_REFRESH : CC_REFRESH_BEEP;
}

/* ---- The four functions ----------------------------------------------- */

static char *prompt_of(EditLine *el) {
    (void)el;
    return (char *)(uintptr_t)editor.prompt;
}

static bool can_edit(void) {
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
           strcmp(term, "dumb") != 0;
}

/* Characters are the locale's; where it is C, UTF-8 does no harm. */
static void choose_characters(void) {
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void set_keys(EditLine *el) {
    static const char *const keys[][2] = {
        {"^I", "mlrun-complete"},      {"^R", "em-inc-search-prev"},
        {"^W", "ed-delete-prev-word"}, {"\\e[1;5C", "em-next-word"},
        {"\\e[1;5D", "ed-prev-word"},  {"\\e[3~", "ed-delete-next-char"},
        {"\\e[H", "ed-move-to-beg"},   {"\\e[F", "ed-move-to-end"}};
    el_set(el, EL_EDITOR, "emacs");
    el_set(el, EL_ADDFN, "mlrun-complete", "names that fit here", on_tab);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        el_set(el, EL_BIND, keys[i][0], keys[i][1], NULL);
}

bool mlrun_edit_open(mlrun_complete_fn *complete, void *ud) {
    HistEvent event;
    watch_between();
    if (editor.el || !can_edit())
        return editor.el != NULL;
    choose_characters();
    editor.complete = complete;
    editor.ud = ud;
    editor.history = history_init();
    editor.el = el_init("mlrun", stdin, stdout, stderr);
    if (!editor.history || !editor.el) {
        mlrun_edit_close();
        return false;
    }
    history(editor.history, &event, H_SETSIZE, 2000);
    el_set(editor.el, EL_PROMPT, prompt_of);
    el_set(editor.el, EL_HIST, history, editor.history);
    el_set(editor.el, EL_GETCFN, read_character);
    set_keys(editor.el);
    return true;
}

static mlrun_got read_edited(const char *prompt, const char **line,
                             size_t *len) {
    int n = 0;
    editor.prompt = prompt;
    editor.npending = 0;
    fflush(stdout);
    el_set(editor.el, EL_PREP_TERM, 1); /* keys are keys from the prompt on */
    el_resize(editor.el);
    *line = el_gets(editor.el, &n);
    if (!*line || n <= 0) {
        el_set(editor.el, EL_PREP_TERM, 0);
        return editor.pressed ? MLRUN_DROPPED : MLRUN_END;
    }
    *len = (size_t)n - ((*line)[n - 1] == '\n');
    return MLRUN_LINE;
}

void mlrun_edit_add(const char *entry) {
    HistEvent event;
    if (editor.history)
        history(editor.history, &event, H_ENTER, entry);
}

static void close_libedit(void) {
    if (editor.el)
        el_end(editor.el);
    if (editor.history)
        history_end(editor.history);
    editor.el = NULL;
    editor.history = NULL;
}

#else

bool mlrun_edit_open(mlrun_complete_fn *complete, void *ud) {
    (void)complete;
    (void)ud;
    watch_between();
    return false;
}

void mlrun_edit_add(const char *entry) {
    (void)entry;
}

#endif

mlrun_got mlrun_edit_read(const char *prompt, const char **line, size_t *len) {
    struct sigaction old[2];
    block(old);
#ifdef MLRUN_LIBEDIT
    mlrun_got got = editor.el ? read_edited(prompt, line, len)
                              : read_plain(prompt, line, len);
#else
    mlrun_got got = read_plain(prompt, line, len);
#endif
    unblock(old);
    editor.pressed = 0;
    return got;
}

void mlrun_edit_close(void) {
#ifdef MLRUN_LIBEDIT
    close_libedit();
#endif
    free(editor.line);
    editor.line = NULL;
    editor.size = 0;
    if (editor.open)
        sigaction(SIGINT, &editor.before, NULL);
    editor.open = false;
}
