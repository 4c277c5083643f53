/* pty.c: plays a scripted session with a program through a pseudo-terminal.
 *
 *   pty SCRIPT PROGRAM [ARGUMENT...]
 *
 * The lines of a script, in order:
 *   # ...        nothing
 *   > TEXT       type TEXT and Return
 *   ^ KEYS       type KEYS; \r \t \e \\ and \x03 are keys
 *   ~ KEYS       the same, once the program reads key by key: what comes
 *                earlier is the terminal's own, which has its uses for them
 *   = TEXT       wait for a line of output that is TEXT
 *   < TEXT       wait for TEXT anywhere in the output
 *   ! TEXT       TEXT has not come since the last thing that was waited for
 *   wait N       let N milliseconds pass
 *   size C R     the terminal has C columns and R rows from now on
 *   exit N       wait for the program to end, with exit code N
 * What was waited for is gone: the next wait looks behind it. Escape sequences
 * and carriage returns are taken out first. Exit code 1 when something did not
 * come within 20 seconds, or with PTY_SECONDS.
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 22 };

static char output[MOST]; /* without escape sequences */
static size_t have, seen; /* bytes of it, and those waited for */
static int terminal, line_number;
static pid_t child;

/* ---- Output ----------------------------------------------------------- */

/* Takes one byte through the states: text, behind ESC, in a sequence. */
static void take(char c) {
    static enum { TEXT, ESC, SEQUENCE } state;
    if (state == ESC) {
        state = c == '[' || c == '(' || c == ')' ? SEQUENCE : TEXT;
    } else if (state == SEQUENCE) {
        if (isalpha((unsigned char)c) || c == '~')
            state = TEXT;
    } else if (c == '\033') {
        state = ESC;
    } else if (c != '\r' && c != '\a' && have < MOST - 1) {
        output[have++] = c;
        output[have] = '\0';
    }
}

/* Reads what there is within some milliseconds; false when it is over. */
static int read_some(int milliseconds) {
    struct pollfd p = {.fd = terminal, .events = POLLIN};
    char bytes[4096];
    if (poll(&p, 1, milliseconds) <= 0)
        return 1;
    ssize_t n = read(terminal, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++)
        take(bytes[i]);
    return n > 0 || (n < 0 && errno == EINTR);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double patience(void) {
    const char *text = getenv("PTY_SECONDS");
    return text ? atof(text) : 20;
}

static void fail(const char *script, const char *what, const char *text) {
    printf("%s:%d: %s: %s\n---- what came since:\n%s\n----\n", script,
           line_number, what, text, output + seen);
    kill(child, SIGKILL);
    exit(1);
}

/* What is typed ahead stands before the prompt, so its answer behind one. */
static int begins_line(const char *at) {
    return at == output || at[-1] == '\n' ||
           (at - output >= 2 && memcmp(at - 2, "> ", 2) == 0);
}

/* Where the text ends behind `seen`, as a whole line if `line`; 0: nowhere. */
static size_t find(const char *text, int line) {
    size_t len = strlen(text);
    const char *at = output + seen;
    while ((at = strstr(at, text)) != NULL) {
        if (!line || (begins_line(at) && at[len] == '\n'))
            return (size_t)(at - output) + len;
        at++;
    }
    return 0;
}

static void expect(const char *script, const char *text, int line) {
    double until = now() + patience();
    size_t end;
    while ((end = find(text, line)) == 0) {
        if (now() > until)
            fail(script, "did not come", text);
        if (!read_some(50) && find(text, line) == 0)
            fail(script, "the program ended before", text);
    }
    seen = end;
}

/* ---- Input ------------------------------------------------------------ */

static void type(const char *text, size_t len) {
    while (len > 0) {
        ssize_t n = write(terminal, text, len);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
        read_some(0); /* so that neither side waits for the other */
    }
}

static void type_keys(const char *text) {
    char keys[4096];
    size_t n = 0;
    for (const char *p = text; *p && n < sizeof keys; p++) {
        if (*p != '\\') {
            keys[n++] = *p;
            continue;
        }
        p++;
        if (*p == 'x') {
            char hex[3] = {p[1], p[2], 0};
            keys[n++] = (char)strtol(hex, NULL, 16);
            p += 2;
        } else {
            keys[n++] = *p == 'r'   ? '\r'
                        : *p == 't' ? '\t'
                        : *p == 'e' ? '\033'
                                    : *p;
        }
    }
    type(keys, n);
}

/* Waits until an editor has the terminal: it gives no whole lines then. */
static void expect_editor(const char *script) {
    double until = now() + patience();
    struct termios t;
    while (tcgetattr(terminal, &t) != 0 || (t.c_lflag & ICANON)) {
        if (now() > until)
            fail(script, "did not come", "an editor");
        read_some(10);
    }
}

static void set_size(int columns, int rows) {
    struct winsize w = {.ws_col = (unsigned short)columns,
                        .ws_row = (unsigned short)rows};
    ioctl(terminal, TIOCSWINSZ, &w);
}

/* ---- The script ------------------------------------------------------- */

static void end(const char *script, int wanted) {
    double until = now() + patience();
    int status;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (now() > until)
            fail(script, "still runs", "");
        if (!read_some(20))
            usleep(10000);
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code != wanted) {
        printf("%s:%d: exit code %d, wanted %d\n%s\n", script, line_number,
               code, wanted, output + seen);
        exit(1);
    }
    child = 0;
}

static void pause_for(int milliseconds) {
    double until = now() + milliseconds / 1000.0;
    while (now() < until)
        if (!read_some(5))
            return;
}

static void play(const char *script, char *line) {
    int a, b;
    char *text = strlen(line) > 2 ? line + 2 : line + strlen(line);
    if (line[0] == '>') {
        type(text, strlen(text));
        type("\r", 1);
    } else if (line[0] == '^' || line[0] == '~') {
        if (line[0] == '~')
            expect_editor(script);
        type_keys(text);
    } else if (line[0] == '=' || line[0] == '<') {
        expect(script, text, line[0] == '=');
    } else if (line[0] == '!') {
        if (find(text, 0))
            fail(script, "should not have come", text);
    } else if (sscanf(line, "wait %d", &a) == 1) {
        pause_for(a);
    } else if (sscanf(line, "size %d %d", &a, &b) == 2) {
        set_size(a, b);
    } else if (sscanf(line, "exit %d", &a) == 1) {
        end(script, a);
    } else if (line[0] && line[0] != '#') {
        fail(script, "what is this", line);
    }
}

int main(int argc, char **argv) {
    struct winsize w = {.ws_col = 80, .ws_row = 24};
    char line[4096];
    FILE *f = argc > 2 ? fopen(argv[1], "r") : NULL;
    if (!f)
        return 2;
    child = forkpty(&terminal, NULL, NULL, &w);
    if (child < 0)
        return 2;
    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    while (fgets(line, sizeof line, f)) {
        line_number++;
        line[strcspn(line, "\n")] = '\0';
        play(argv[1], line);
    }
    fclose(f);
    if (child) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return 0;
}
