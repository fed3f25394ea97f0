/* nightbell config: a configuration file, the overrides in it against the rules, and who is told what. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "notify/route.h"

struct checked {
    struct config *config;
    struct ruleset *rules;
};

static void check_matchers(const struct ruleset *rules, const struct matchers *matchers, struct place at, struct mistakes *m)
{
    for (size_t i = 0; i < matchers->len; i++) {
        const char *near;
        if (!label_is_known(rules, matchers->items[i].name, &near))
            mistake_warn(m, at, "no rule gives its findings a label \"%s\"%s%s%s", matchers->items[i].name, near ? ", did you mean \"" : "", near ? near : "",
                         near ? "\"?" : "");
    }
}

static void check_labels(const struct ruleset *rules, const struct route_config *r, struct mistakes *m)
{
    check_matchers(rules, &r->matchers, r->place, m);
    for (size_t i = 0; i < r->routes_len; i++)
        check_labels(rules, &r->routes[i], m);
}

/* Says all mistakes on `out`; false when there are any. */
static bool load(const char *path, struct checked *ret, FILE *out)
{
    struct mistakes m = MISTAKES_INIT;
    ret->config = config_load(path, &m);
    ret->rules = ret->config ? ruleset_load(ret->config->rules, ret->config->rules_len, ret->config, &m) : NULL;
    if (ret->rules)
        check_labels(ret->rules, &ret->config->route, &m);
    for (size_t i = 0; ret->rules && i < ret->config->maintenance_len; i++)
        check_matchers(ret->rules, &ret->config->maintenance[i].matchers, ret->config->maintenance[i].place, &m);
    mistakes_print(&m, out);
    bool good = m.errors == 0;
    mistakes_free(&m);
    return good;
}

static int check(const struct options *o)
{
    struct checked c = {0};
    bool good = load(o->config, &c, stdout);
    if (good)
        printf("%s: ok\n", o->config);
    ruleset_free(c.rules);
    config_free(c.config);
    return good ? EXIT_OK : EXIT_CONFIG;
}

/* ---- routes ---- */

struct view {
    const struct config *config;
    const struct finding *f; /* NULL = only the tree */
    int64_t at_ms;
};

static void print_interval_names(const char *what, const char **names, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf("%s%s%s", i ? ", " : "  ", i ? "" : what, names[i]);
}

static void print_escalation(const struct route_config *r)
{
    AUTO(strbuf) struct strbuf after = STRBUF_INIT(32);
    duration_print(&after, r->escalate.after_ms);
    for (size_t i = 0; i < r->escalate.to_len; i++)
        printf("%s%s", i ? ", " : "  unacknowledged also: ", r->escalate.to[i]);
    if (r->escalate.to_len)
        printf(" after %s", after.buf);
}

static void print_node(const struct view *v, const struct route_config *r, const char *indent, bool root)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(4096), wait = STRBUF_INIT(32), repeat = STRBUF_INIT(32);
    bool outside, leads = v->f && route_leads_to(v->config, v->f, r);
    const char *muted = leads ? route_muted(r, v->f->severity, v->at_ms, &outside) : NULL;
    matchers_print(&r->matchers, &text);
    duration_print(&wait, r->group_wait_ms);
    duration_print(&repeat, r->repeat_interval_ms);
    printf("%s%s{%s}  receiver: %s%s  wait %s, repeat %s", leads ? "* " : "  ", indent, root ? "" : text.buf, r->receiver, r->go_on ? "  continue" : "", wait.buf, repeat.buf);
    print_escalation(r);
    print_interval_names("muted: ", r->mute, r->mute_len);
    print_interval_names("only: ", r->active, r->active_len);
    if (muted)
        printf("  (held now: %s%s)", outside ? "outside of " : "", muted);
    putchar('\n');
}

static void print_routes(const struct view *v, const struct route_config *r, struct strbuf *indent)
{
    print_node(v, r, indent->buf, r == &v->config->route);
    strbuf_adds(indent, "  ");
    for (size_t i = 0; i < r->routes_len; i++)
        print_routes(v, &r->routes[i], indent);
    indent->len -= 2;
    indent->buf[indent->len] = '\0';
}

static void print_reached(const struct view *v)
{
    AUTO(arena) struct arena a = ARENA_INIT("routes");
    struct reach *reach = arena_array(&a, v->config->destinations_len + 1, sizeof *reach);
    size_t len = route_reach(v->config, v->f, reach);
    printf("\ntold: ");
    for (size_t i = 0; i < len; i++) {
        AUTO(strbuf) struct strbuf after = STRBUF_INIT(32);
        duration_print(&after, reach[i].after_ms);
        printf("%s%s", i ? ", " : "", v->config->destinations[reach[i].destination].id);
        if (reach[i].after_ms)
            printf(" (after %s, when nobody has acknowledged it)", after.buf);
    }
    printf("%s\n", len ? "" : "nobody");
}

static bool set_severity(struct finding *f, const char *name)
{
    if (severity_parse(name, &f->severity))
        return true;
    const char *near = did_you_mean(name, severity_names, SEVERITY_COUNT);
    print_error("config routes: there is no severity \"%s\"%s%s%s", name, near ? ", did you mean \"" : "; there are info, warning, critical", near ? near : "", near ? "\"?" : "");
    return false;
}

/* Of LABEL=VALUE words the finding that has them; what is not said is a warning of no symptom. */
static bool read_finding(const struct options *o, struct arena *a, struct finding *ret)
{
    *ret = (struct finding){.symptom = "", .cluster = "", .severity = SEVERITY_WARNING, .state = FINDING_FIRING};
    for (size_t i = 1; i < o->words_len; i++) {
        const char *equals = strchr(o->words[i], '='), *value = equals ? equals + 1 : "";
        char *name = equals ? arena_strndup(a, o->words[i], (size_t)(equals - o->words[i])) : NULL;
        if (!equals) {
            print_error("config routes: \"%s\" is not LABEL=VALUE", o->words[i]);
            return false;
        }
        if (strcmp(name, "symptom") == 0 || strcmp(name, "alertname") == 0)
            ret->symptom = value;
        else if (strcmp(name, "cluster") == 0)
            ret->cluster = value;
        else if (strcmp(name, "severity") != 0)
            label_set_put(&ret->entity, name, value);
        else if (!set_severity(ret, value))
            return false;
    }
    return true;
}

static int routes(const struct options *o)
{
    AUTO(arena) struct arena a = ARENA_INIT("labels");
    AUTO(strbuf) struct strbuf indent = STRBUF_INIT(256);
    struct error err = {0};
    struct checked c = {0};
    struct finding f;
    int64_t now_ms = clock_now_ms(&clock_system);
    struct view v = {.at_ms = now_ms};
    if (o->at && time_parse(o->at, now_ms, &v.at_ms, &err) < 0) {
        print_error("%s", err.text);
        return EXIT_USAGE;
    }
    if (!read_finding(o, &a, &f))
        return EXIT_USAGE;
    bool good = load(o->config, &c, stderr);
    v.config = c.config;
    v.f = o->words_len > 1 ? &f : NULL;
    if (good && !c.config->route.receiver)
        printf("there is no route: nobody is told anything\n");
    else if (good)
        print_routes(&v, &c.config->route, &indent);
    if (good && v.f && c.config->route.receiver)
        print_reached(&v);
    ruleset_free(c.rules);
    config_free(c.config);
    return good ? EXIT_OK : EXIT_CONFIG;
}

/* ---- show ---- */

static int show(const struct options *o)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT((size_t)16 << 20);
    struct checked c = {0};
    bool good = true;
    if (o->config)
        good = load(o->config, &c, stderr);
    else
        c.config = config_default();
    if (good) {
        config_show(c.config, &text);
        fputs(text.buf, stdout);
    }
    ruleset_free(c.rules);
    config_free(c.config);
    return good ? EXIT_OK : EXIT_CONFIG;
}

static const struct {
    const char *name;
    bool takes_labels, needs_file;
    int (*act)(const struct options *o);
} actions[] = {{"check", false, true, check}, {"show", false, false, show}, {"routes", true, true, routes}};

int cmd_config(const struct options *o)
{
    for (size_t i = 0; o->words_len && i < ARRAY_LEN(actions); i++) {
        if (strcmp(o->words[0], actions[i].name) != 0 || (o->words_len > 1 && !actions[i].takes_labels))
            continue;
        if (o->config || !actions[i].needs_file)
            return actions[i].act(o);
        print_error("config %s: needs --config FILE", o->words[0]);
        return EXIT_USAGE;
    }
    print_error("config: say what to do: nightbell config check, config show, config routes [LABEL=VALUE…] (-c FILE)");
    return EXIT_USAGE;
}
