/* spawn.c: how long a program takes from start to exit, and its memory.
 *
 *   spawn PROGRAM [ARGUMENTS]
 *
 * A peer by the protocol of peers/README.md: `block N` runs the program N
 * times and answers with the seconds and the largest resident size in bytes
 * that the system saw.  It is a process of its own, and small, because a child
 * begins with the size of the process that made it.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Runs the program once; its largest resident size in bytes. */
static double run(char **argv) {
    pid_t child;
    int status;
    struct rusage usage;
    if (posix_spawnp(&child, argv[0], NULL, NULL, argv, environ) != 0 ||
        wait4(child, &status, 0, &usage) < 0 || status != 0) {
        fprintf(stderr, "spawn: %s does not run\n", argv[0]);
        exit(1);
    }
    return (double)usage.ru_maxrss * 1024;
}

int main(int argc, char **argv) {
    char line[64];
    int n;
    if (argc < 2)
        return 1;
    run(argv + 1); /* the greeting says that it runs, and its files are warm */
    printf("%s\n", argv[1]);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) &&
           sscanf(line, "block %d", &n) == 1) {
        double from = now(), size = 0;
        for (int i = 0; i < n; i++)
            size = run(argv + 1);
        printf("%.9f %.0f\n", now() - from, size);
        fflush(stdout);
    }
    return 0;
}
