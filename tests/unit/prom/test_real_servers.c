/* The same questions to Debian's prometheus and victoria-metrics, started here with a few samples. Skipped (77) where neither is installed. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "prom/prom.h"

#define BEGIN 1795383000
#define COUNT 40 /* samples 15 s apart of two series */

struct real {
    const char *binary, *name, *script; /* script: shell, $DIR and $PORT set; ends in exec of the server */
    pid_t pid;
    char dir[64], url[64];
    struct source_config config;
    struct net *net;
    struct prom *prom;
};

static struct real prometheus = {
    .binary = "/usr/bin/prometheus",
    .name = "prometheus",
    .script = "cd $DIR && promtool tsdb create-blocks-from openmetrics samples data && echo 'global: {}' > p.yml && "
              "exec prometheus --config.file=p.yml --storage.tsdb.path=data --storage.tsdb.retention.time=100y --web.listen-address=127.0.0.1:$PORT",
};
static struct real victoria = {
    .binary = "/usr/bin/victoria-metrics",
    .name = "victoria-metrics",
    .script = "cd $DIR && exec victoria-metrics -storageDataPath=data -retentionPeriod=100y -search.latencyOffset=0s -httpListenAddr=127.0.0.1:$PORT",
};

/* ---- servers ---- */

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0), port = -1;
    if (bind(fd, (struct sockaddr *)&address, len) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        port = ntohs(address.sin_port);
    close(fd);
    return port;
}

/* OpenMetrics has seconds, the import format of VictoriaMetrics milliseconds. */
static void make_samples(struct strbuf *out, int64_t unit)
{
    for (const char *queue = "ab"; *queue; queue++)
        for (int i = 0; i < COUNT; i++)
            strbuf_addf(out, "depth{queue=\"%c\"} %d.5 %lld\n", *queue, i, (long long)((BEGIN + 15 * i) * unit));
}

static void start_server(struct real *r)
{
    char port[16], path[128];
    struct strbuf samples = STRBUF_INIT(65536);
    snprintf(r->dir, sizeof(r->dir), "/tmp/nightbell-test-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    snprintf(path, sizeof(path), "%s/samples", r->dir);
    make_samples(&samples, 1);
    FILE *f = fopen(path, "w");
    fprintf(f, "# TYPE depth gauge\n%s# EOF\n", samples.buf);
    fclose(f);
    strbuf_free(&samples);
    snprintf(port, sizeof(port), "%d", free_port());
    snprintf(r->url, sizeof(r->url), "http://127.0.0.1:%s", port);
    r->pid = fork();
    if (r->pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed assertion leaves no server behind */
        setenv("DIR", r->dir, 1);
        setenv("PORT", port, 1);
        dup2(null, 1);
        dup2(null, 2);
        execl("/bin/sh", "sh", "-c", r->script, (char *)NULL);
        _exit(127);
    }
    r->config = (struct source_config){.name = r->name, .http.url = r->url};
    r->net = net_new(&(struct net_limits){0}, NULL);
    r->prom = prom_new(&r->config, r->net, NULL);
}

static void stop_server(struct real *r)
{
    char command[128];
    prom_free(r->prom);
    net_free(r->net);
    kill(r->pid, SIGKILL);
    waitpid(r->pid, NULL, 0);
    snprintf(command, sizeof(command), "rm -rf '%s'", r->dir);
    assert_int_equal(system(command), 0);
}

/* ---- questions ---- */

struct heard {
    struct strbuf text;
    struct prom_result result;
    char version[32];
};

static bool note_series(void *context, const struct prom_label *labels, size_t len)
{
    struct heard *h = context;
    for (size_t i = 0; i < len; i++)
        strbuf_addf(&h->text, "%s%s=%s", i ? "," : " ", labels[i].name, labels[i].value);
    return true;
}

static bool note_samples(void *context, const int64_t *time_ms, const double *value, size_t len)
{
    struct heard *h = context;
    strbuf_addf(&h->text, " %zu", len);
    if (len)
        strbuf_addf(&h->text, " %lld:%g..%g", (long long)time_ms[0] / 1000 - BEGIN, value[0], value[len - 1]);
    return true;
}

static bool note_value(void *context, const char *text)
{
    struct heard *h = context;
    strbuf_addf(&h->text, " <%s>", text);
    return true;
}

static void note_done(void *context, const struct prom_result *result)
{
    struct heard *h = context;
    h->result = *result;
    snprintf(h->version, sizeof(h->version), "%s", result->version);
}

static struct prom_sink sink_to(struct heard *h)
{
    *h = (struct heard){.text = STRBUF_INIT(65536)};
    return (struct prom_sink){.context = h, .series = note_series, .samples = note_samples, .value = note_value, .done = note_done};
}

static void expect(struct real *r, struct heard *h, int asked, const char *text)
{
    assert_int_equal(asked, 0);
    prom_run(r->prom);
    if (h->result.error.code || strcmp(h->text.buf, text) != 0)
        fail_msg("%s: %s; heard%s", r->name, h->result.error.text, h->text.buf);
    strbuf_free(&h->text);
}

static bool answers(struct real *r, const char *query)
{
    struct heard h;
    struct prom_sink sink = sink_to(&h);
    bool there = prom_query(r->prom, query, (BEGIN + 300) * INT64_C(1000), 2000, &sink, NULL) == 0;
    prom_run(r->prom);
    there = there && h.result.error.code == 0 && h.result.series > 0;
    strbuf_free(&h.text);
    return there;
}

static void wait_for(struct real *r, const char *query)
{
    for (int tries = 0; tries < 300 && !answers(r, query); tries++)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    if (!answers(r, query))
        fail_msg("%s does not answer %s", r->name, query);
}

static void note_status(void *context, const struct net_result *result)
{
    *(int *)context = result->status;
}

static void import_samples(struct real *r)
{
    char url[128];
    int status = 0;
    struct strbuf samples = STRBUF_INIT(65536);
    make_samples(&samples, 1000);
    snprintf(url, sizeof(url), "%s/api/v1/import/prometheus", r->url);
    struct net_request request = {.url = url, .body = samples.buf, .body_len = samples.len, .content_type = "text/plain", .on_done = note_status, .context = &status};
    assert_int_equal(net_start(r->net, &request, NULL), 0);
    net_run_until_idle(r->net);
    assert_int_equal(status, 204);
    strbuf_free(&samples);
}

static void ask_all(struct real *r)
{
    struct heard h;
    struct prom_sink sink = sink_to(&h);
    const int64_t from = BEGIN * INT64_C(1000), to = from + 15000 * (COUNT - 1), at = from + 150000;
    const char *match[] = {"depth"};
    wait_for(r, "vector(1)");
    if (r == &victoria)
        import_samples(r);
    wait_for(r, "depth");
    expect(r, &h, prom_query(r->prom, "sort_desc(depth{queue=\"a\"})", at, 0, &sink, NULL), " __name__=depth,queue=a 1 150:10.5..10.5");
    sink = sink_to(&h);
    expect(r, &h, prom_query_range(r->prom, "depth{queue=\"b\"}", from, to, 15000, 0, &sink, NULL), " __name__=depth,queue=b 40 0:0.5..39.5");
    sink = sink_to(&h);
    expect(r, &h, prom_label_values(r->prom, "queue", match, 1, from, to, 0, &sink, NULL), " <a> <b>");
    sink = sink_to(&h);
    expect(r, &h, prom_series(r->prom, (const char *[]){"depth{queue=\"a\"}"}, 1, from, to, 0, &sink, NULL), " __name__=depth,queue=a");
    sink = sink_to(&h);
    expect(r, &h, prom_targets(r->prom, 0, &sink, NULL), "");
    sink = sink_to(&h);
    expect(r, &h, prom_buildinfo(r->prom, 0, &sink, NULL), "");
    assert_true(r == &victoria || (h.version[0] >= '1' && h.version[0] <= '9')); /* old VictoriaMetrics answers {} */
    sink = sink_to(&h);
    assert_int_equal(prom_query(r->prom, "depth[", at, 0, &sink, NULL), 0);
    prom_run(r->prom);
    assert_int_equal(h.result.error.code, ERR_REFUSED);
    assert_true(h.result.status == 400 || h.result.status == 422);
    strbuf_free(&h.text);
}

static void run(struct real *r)
{
    if (access(r->binary, X_OK) < 0)
        skip();
    start_server(r);
    ask_all(r);
    stop_server(r);
}

static void questions__to_prometheus__all_answered(void **state)
{
    (void)state;
    run(&prometheus);
}

static void questions__to_victoria_metrics__all_answered(void **state)
{
    (void)state;
    run(&victoria);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions__to_prometheus__all_answered),
        cmocka_unit_test(questions__to_victoria_metrics__all_answered),
    };
    if (access(prometheus.binary, X_OK) < 0 && access(victoria.binary, X_OK) < 0)
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
