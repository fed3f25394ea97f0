/*
 * CPU of reading a large answer from a loopback server, against `curl -o /dev/null` reading the same one (goal: at most twice).
 *
 * Reading: every series arrives at the sink as columns of times and values, and is dropped there, as curl drops its bytes. Keeping: the values are also
 * written to memory that nobody has touched yet, eight bytes a point, as the program does when it fills its windows for the first time.
 *
 * All are started programs of their own, measured by wait4(2); the best of the rounds counts, since other work on the machine only adds.
 *
 *     bench_response [MiB] [rounds]
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "prom/prom.h"

#define POINTS 720
#define START_MS INT64_C(1795383140000)
#define STEP_MS 15000
#define BODY_LIMIT (INT64_C(1) << 31)

/* ---- the server ---- */

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* What exporters and rates send: integers, 17 digits, three decimals, 13-digit integers. */
static void add_value(struct strbuf *out, int kind, uint64_t *seed)
{
    double unit = (double)(next(seed) >> 11) / 9007199254740992.0;
    if (kind == 0)
        strbuf_addf(out, "%d", (int)(unit * 100000));
    else if (kind == 1)
        strbuf_addf(out, "%.17g", unit * 1000);
    else if (kind == 2)
        strbuf_addf(out, "%.3f", unit * 100);
    else
        strbuf_addf(out, "%.0f", 1e12 + unit * 9e12);
}

static void make_body(struct strbuf *out, size_t size)
{
    uint64_t seed = 88172645463325252u;
    strbuf_adds(out, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[");
    for (int i = 0; out->len < size; i++) {
        strbuf_addf(out, "%s{\"metric\":{\"__name__\":\"depth_%d\",\"cluster\":\"orders\",\"team\":\"t%d\",\"queue\":\"q%d\",\"shard\":\"%d\",\"instance\":\"host-%d:9308\",\"job\":\"e\"},\"values\":[",
                    i ? "," : "", i % 7, i, i % 50, i % 12, i % 9);
        for (int k = 0; k < POINTS; k++) {
            strbuf_addf(out, "%s[%" PRId64 ",\"", k ? "," : "", (START_MS + STEP_MS * k) / 1000);
            add_value(out, i % 4, &seed);
            strbuf_adds(out, "\"]");
        }
        strbuf_adds(out, "]}");
    }
    strbuf_adds(out, "]}}");
}

static void answer(int client, const struct strbuf *body)
{
    char request[65536];
    struct strbuf head = STRBUF_INIT(256);
    size_t len = 0;
    for (ssize_t got; (got = read(client, request + len, sizeof(request) - 1 - len)) > 0;) {
        request[len += (size_t)got] = '\0';
        if (strstr(request, "\r\n\r\n"))
            break;
    }
    strbuf_addf(&head, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", body->len);
    bool sent = write(client, head.buf, head.len) == (ssize_t)head.len;
    for (size_t at = 0; sent && at < body->len;) {
        ssize_t put = write(client, body->buf + at, body->len - at);
        sent = put > 0;
        at += sent ? (size_t)put : 0;
    }
    shutdown(client, SHUT_WR);
    while (read(client, request, sizeof(request)) > 0)
        ;
    close(client);
    strbuf_free(&head);
}

static pid_t serve(const struct strbuf *body, int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) < 0 || listen(listener, 8) < 0 || getsockname(listener, (struct sockaddr *)&address, &len) < 0) {
        perror("bench_response");
        exit(1);
    }
    *ret_port = ntohs(address.sin_port);
    pid_t pid = fork();
    while (pid == 0)
        answer(accept(listener, NULL, NULL), body);
    close(listener);
    return pid;
}

/* ---- the reader ---- */

struct columns {
    bool kept;
    size_t points;
    VEC(double) values; /* when kept: a value a slot of the grid, a row of slots a series */
    int code;
};

static bool take(void *context, const int64_t *time_ms, const double *value, size_t len)
{
    struct columns *c = context;
    c->points += len;
    if (!c->kept)
        return true;
    vec_reserve(&c->values, c->values.len + POINTS);
    double *row = c->values.items + c->values.len;
    for (size_t i = 0; i < POINTS; i++)
        row[i] = NAN;
    for (size_t i = 0; i < len; i++) {
        int64_t slot = (time_ms[i] - START_MS) / STEP_MS;
        if (slot >= 0 && slot < POINTS)
            row[slot] = value[i];
    }
    c->values.len += POINTS;
    return true;
}

static void done(void *context, const struct prom_result *result)
{
    struct columns *c = context;
    c->code = result->error.code;
    if (c->code)
        fprintf(stderr, "%s\n", result->error.text);
}

static int read_answer(const char *url, bool kept)
{
    struct columns c = {.kept = kept, .code = 1};
    struct source_config config = {.name = "bench", .http.url = url, .max_bytes = BODY_LIMIT};
    struct prom_sink sink = {.context = &c, .samples = take, .done = done};
    struct net *net = net_new(&(struct net_limits){0}, NULL);
    struct prom *prom = prom_new(&config, net, NULL);
    if (!prom || prom_query_range(prom, "x", 0, 1000, 1000, 60000, &sink, NULL) < 0)
        return 1;
    prom_run(prom);
    prom_free(prom);
    net_free(net);
    vec_free(&c.values);
    return c.code != 0 || c.points == 0 || c.points % POINTS != 0;
}

static double cpu_ms(char *const *argv)
{
    struct rusage usage;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    if (wait4(pid, &status, 0, &usage) < 0 || status != 0) {
        fprintf(stderr, "%s failed\n", argv[0]);
        exit(1);
    }
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

int main(int argc, char **argv)
{
    if (argc == 3 && (strcmp(argv[1], "read") == 0 || strcmp(argv[1], "keep") == 0))
        return read_answer(argv[2], argv[1][0] == 'k');
    size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 25;
    long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 15;
    struct strbuf body = STRBUF_INIT((size_t)BODY_LIMIT);
    char url[64];
    int port;
    make_body(&body, mib << 20);
    pid_t server = serve(&body, &port);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    char *const reading[] = {argv[0], (char[]){"read"}, url, NULL};
    char *const keeping[] = {argv[0], (char[]){"keep"}, url, NULL};
    char *const theirs[] = {(char[]){"curl"}, (char[]){"-s"}, (char[]){"-o"}, (char[]){"/dev/null"}, url, NULL};
    double best_read = HUGE_VAL, best_keep = HUGE_VAL, best_theirs = HUGE_VAL;
    for (long i = 0; i < rounds; i++) {
        best_read = fmin(best_read, cpu_ms(reading));
        best_keep = fmin(best_keep, cpu_ms(keeping));
        best_theirs = fmin(best_theirs, cpu_ms(theirs));
    }
    printf("%zu bytes, CPU: curl -o /dev/null %.1f ms; nightbell reading %.1f ms, ratio %.2f; keeping every value %.1f ms, ratio %.2f\n", body.len, best_theirs, best_read,
           best_read / best_theirs, best_keep, best_keep / best_theirs);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    strbuf_free(&body);
    return 0;
}
