/* --timeout: one process works, another waits for it. The worker holds the writing end of a pipe until it has its result. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/check_formats.h"

static int held = -1; /* the worker's end */

void check_in_time(void)
{
    if (held >= 0)
        close(held);
    held = -1;
}

static bool let_go(int end, int64_t until_ms)
{
    struct pollfd p = {.fd = end};
    for (;;) {
        int64_t left_ms = until_ms - mono_ms();
        int n = poll(&p, 1, left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (n > 0)
            return true;
        if (n == 0 && left_ms <= 0)
            return false;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

static int wait_for(pid_t worker, int how)
{
    int status = 0;
    while (waitpid(worker, &status, how) < 0 && errno == EINTR)
        ;
    return status;
}

static int code_of(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    print_error("check: ended by signal %d", WTERMSIG(status));
    return EXIT_INTERNAL;
}

/* Stopped before it is ended: a result that is there at the last moment is not cut in two. */
static int supervise(pid_t worker, int end, int64_t until_ms)
{
    if (let_go(end, until_ms))
        return code_of(wait_for(worker, 0));
    kill(worker, SIGSTOP);
    int status = wait_for(worker, WUNTRACED);
    if (!WIFSTOPPED(status))
        return code_of(status);
    bool done = let_go(end, 0);
    kill(worker, done ? SIGCONT : SIGKILL);
    status = wait_for(worker, 0);
    if (done)
        return code_of(status);
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr); /* the worker's progress */
    return -1;
}

bool check_is_worker(int64_t ms, int *ret_code)
{
    int64_t until_ms = mono_ms() + ms;
    int ends[2];
    pid_t waiting = getpid(), worker;
    *ret_code = EXIT_INTERNAL;
    if (ms == 0)
        return true;
    if (pipe(ends) < 0 || (worker = fork()) < 0) {
        print_error("check: --timeout: %m");
        return false;
    }
    if (worker == 0) {
        close(ends[0]);
        held = ends[1];
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != waiting)
            _exit(EXIT_INTERNAL);
        return true;
    }
    close(ends[1]);
    *ret_code = supervise(worker, ends[0], until_ms);
    close(ends[0]);
    return false;
}
