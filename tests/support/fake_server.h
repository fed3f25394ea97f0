/*
 * tests/integration/fake_prometheus.py as a child process: fake_server_start() returns when it listens, fake_server_stop() ends it.
 */
#ifndef SUPPORT_FAKE_SERVER_H
#define SUPPORT_FAKE_SERVER_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct fake_server {
    pid_t pid;
    int in; /* closing it ends the child */
    int http_port, smtp_port;
};

static inline void fake_server_child(const char *script, const int in[2], const int out[2])
{
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[0]);
    close(in[1]);
    close(out[0]);
    close(out[1]);
    execlp("python3", "python3", script, (char *)NULL);
    perror("python3");
    _exit(127);
}

static inline int fake_server_start(struct fake_server *s)
{
    int in[2], out[2];
    char script[4096];
    snprintf(script, sizeof(script), "%s/tests/integration/fake_prometheus.py", SOURCE_DIR);
    if (pipe(in) < 0 || pipe(out) < 0 || (s->pid = fork()) < 0)
        return -1;
    if (s->pid == 0)
        fake_server_child(script, in, out);
    close(in[0]);
    close(out[1]);
    s->in = in[1];
    FILE *f = fdopen(out[0], "r");
    int read = fscanf(f, "PORT %d %d", &s->http_port, &s->smtp_port);
    fclose(f);
    return read == 2 ? 0 : -1;
}

static inline void fake_server_stop(struct fake_server *s)
{
    close(s->in);
    waitpid(s->pid, NULL, 0);
}

#endif
