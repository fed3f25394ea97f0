/* The configuration's tables: what keys there are. Reading them is bind.c, what a text must look like check.c, receivers receiver.c, routes route.c, times interval.c. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/check.h"
#include "config/sections.h"
#include "config/show.h"

static const char *const languages[] = {"en", "ko", NULL};
static const char *const severities[] = {"info", "warning", "critical", NULL};

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)

/* Documented keys that this version refuses. */
static const struct later_key later_keys[] = {
    {"the configuration", "http"},
};

#define AT(member) offsetof(struct source_config, member)
static const struct field source_fields[] = {
    {.name = "url", .type = FIELD_TEXT, .offset = AT(http.url), .required = true, .check = check_source_url,
     .help = "http://… of a Prometheus-compatible server, or the path of a recording"},
    HTTP_FIELDS(struct source_config, http),
    {.name = "max_in_flight", .type = FIELD_INT, .offset = AT(max_in_flight), .fallback = "8", .min = 1, .max = 256,
     .help = "queries at a time"},
    {.name = "max_bytes", .type = FIELD_BYTES, .offset = AT(max_bytes), .fallback = "256MiB", .min = 1024,
     .max = INT64_C(1) << 36, .help = "largest answer that is read"},
    {.name = "max_series", .type = FIELD_COUNT, .offset = AT(max_series), .fallback = "500000", .min = 1,
     .max = 100000000, .help = "most series in an answer"},
};
#undef AT

static const struct record source_record = {
    .what = "a source", .fields = source_fields, .len = ARRAY_LEN(source_fields), .size = sizeof(struct source_config),
    .name_offset = offsetof(struct source_config, name),
};

#define AT(member) offsetof(struct cluster_config, member)
static const struct field cluster_fields[] = {
    {.name = "source", .type = FIELD_TEXT, .offset = AT(source), .help = "name of a source; the only one when there is one"},
    {.name = "match", .type = FIELD_PAIRS, .offset = AT(match), .check_key = check_label,
     .help = "label = value that all of the cluster's series have"},
    {.name = "bootstrap", .type = FIELD_TEXT, .offset = AT(bootstrap), .help = "host:port that commands use"},
    {.name = "links", .type = FIELD_PAIRS, .offset = AT(links), .check = check_http_url,
     .help = "name = URL, shown in messages"},
};
#undef AT

static const struct record cluster_record = {
    .what = "a cluster", .fields = cluster_fields, .len = ARRAY_LEN(cluster_fields),
    .size = sizeof(struct cluster_config), .name_offset = offsetof(struct cluster_config, name),
};

static void finish_override(struct bind *b, const struct node *map, void *object)
{
    const struct override_config *o = object;
    if (!map || tree_get(map, "params") || tree_get(map, "disable") || tree_get(map, "severity"))
        return;
    mistake_add(b->mistakes, o->place, "an override changes something: give \"params\", \"severity\" or \"disable\"");
}

#define AT(member) offsetof(struct override_config, member)
static const struct field override_fields[] = {
    {.name = "symptom", .type = FIELD_TEXT, .offset = AT(symptom), .check = check_name, .help = "id; absent = every symptom"},
    {.name = "match", .type = FIELD_PAIRS, .offset = AT(match), .check_key = check_label, .check = check_regex,
     .help = "label = regular expression of the whole value"},
    {.name = "params", .type = FIELD_PAIRS, .offset = AT(params), .also = AT(param_places), .check_key = check_label,
     .help = "parameter = value with its unit"},
    {.name = "disable", .type = FIELD_BOOL, .offset = AT(disable), .help = "do not evaluate it there"},
    {.name = "severity", .type = FIELD_CHOICE, .offset = AT(severity), .choices = severities, .help = "instead of the rule's"},
};
#undef AT

static const struct record override_record = {
    .what = "an override", .fields = override_fields, .len = ARRAY_LEN(override_fields),
    .size = sizeof(struct override_config), .place_offset = offsetof(struct override_config, place),
    .finish = finish_override,
};

#define AT(member) offsetof(struct fact_config, member)
static const struct field fact_fields[] = {
    {.name = "name", .type = FIELD_TEXT, .offset = AT(name), .required = true, .check = check_label, .help = "a signal's name"},
    {.name = "value", .type = FIELD_TEXT, .offset = AT(value), .required = true, .help = "a number with its unit"},
    {.name = "match", .type = FIELD_PAIRS, .offset = AT(match), .check_key = check_label, .check = check_regex,
     .help = "label = regular expression of the whole value"},
};
#undef AT

static const struct record fact_record = {
    .what = "a fact", .fields = fact_fields, .len = ARRAY_LEN(fact_fields), .size = sizeof(struct fact_config),
    .place_offset = offsetof(struct fact_config, place),
};

static void finish_heartbeat(struct bind *b, const struct node *map, void *object)
{
    const struct heartbeat_config *h = object;
    if (!map || map->is_null)
        return;
    if (h->http.url && h->http.url_file)
        mistake_add(b->mistakes, map->place, "the heartbeat takes \"url\" or \"url_file\", not both");
    if (!h->http.url && !h->http.url_file)
        mistake_add(b->mistakes, map->place, "the heartbeat needs \"url\" or \"url_file\"");
    if (h->fail && strstr(h->fail, "://"))
        check_http_url("fail", h->fail, tree_get(map, "fail")->place, b->mistakes);
    else if (h->fail && *h->fail != '/' && strcmp(h->fail, "none") != 0)
        mistake_add(b->mistakes, tree_get(map, "fail")->place, "\"fail\" is what follows the URL and begins with \"/\", or another URL, or none");
}

#define AT(member) offsetof(struct heartbeat_config, member)
static const struct field heartbeat_fields[] = {
    {.name = "url", .type = FIELD_TEXT, .offset = AT(http.url), .check = check_http_url, .help = "pinged after every complete cycle"},
    {.name = "url_file", .type = FIELD_TEXT, .offset = AT(http.url_file), .help = "file with the URL, when it is a secret"},
    {.name = "every", .type = FIELD_DURATION, .offset = AT(every_ms), .fallback = "60s", .min = SECOND, .max = 24 * HOUR, .help = "so often at most"},
    {.name = "fail", .type = FIELD_TEXT, .offset = AT(fail), .fallback = "/fail",
     .help = "what follows the URL, or another URL, pinged with the reason when a cycle was not complete; none = nothing is"},
    HTTP_FIELDS(struct heartbeat_config, http),
};
#undef AT

static const struct record heartbeat_record = {
    .what = "the heartbeat", .fields = heartbeat_fields, .len = ARRAY_LEN(heartbeat_fields), .size = sizeof(struct heartbeat_config),
    .finish = finish_heartbeat,
};

#define AT(member) offsetof(struct storm_config, member)
static const struct field storm_fields[] = {
    {.name = "messages", .type = FIELD_COUNT, .offset = AT(messages), .fallback = "10", .min = 0, .max = 10000,
     .help = "incidents that each get a message of their own; 0 = all"},
    {.name = "critical", .type = FIELD_COUNT, .offset = AT(critical), .fallback = "5", .min = 0, .max = 10000, .help = "the same of critical ones, beside those"},
    {.name = "within", .type = FIELD_DURATION, .offset = AT(within_ms), .fallback = "10m", .min = SECOND, .max = 24 * HOUR, .help = "in this time"},
};
#undef AT

static const struct record storm_record = {
    .what = "the storm section", .fields = storm_fields, .len = ARRAY_LEN(storm_fields), .size = sizeof(struct storm_config),
};

#define AT(member) offsetof(struct config, member)

static const struct field config_fields[] = {
    {.name = "state", .type = FIELD_TEXT, .offset = AT(state_path), .variable = "STATE_DIRECTORY", .help = "the state's database"},
    {.name = "interval", .type = FIELD_DURATION, .offset = AT(interval_ms), .fallback = "15s", .min = SECOND, .max = HOUR,
     .help = "evaluation grid"},
    {.name = "offset", .type = FIELD_DURATION, .offset = AT(offset_ms), .fallback = "0s", .min = 0, .max = HOUR,
     .help = "how far behind now is evaluated"},
    {.name = "timeout", .type = FIELD_DURATION, .offset = AT(timeout_ms), .min = 1, .max = HOUR,
     .help = "of a query; the interval when absent"},
    {.name = "language", .type = FIELD_CHOICE, .offset = AT(language), .fallback = "en", .choices = languages,
     .help = "of all messages"},
    {.name = "rules", .type = FIELD_TEXTS, .offset = AT(rules), .also = AT(rules_len), .fallback = "builtin", .required = true,
     .help = "\"builtin\", files and folders; later ones override by id"},
    {.name = "sources", .type = FIELD_NAMED, .offset = AT(sources), .also = AT(sources_len), .record = &source_record,
     .check_key = check_name, .help = "where the series are"},
    {.name = "clusters", .type = FIELD_NAMED, .offset = AT(clusters), .also = AT(clusters_len), .record = &cluster_record,
     .help = "what is watched; found by label when absent"},
    {.name = "receivers", .type = FIELD_OWN, .read = read_receivers, .show = show_receivers, .help = "who is told"},
    {.name = "route", .type = FIELD_RECORD, .offset = AT(route), .record = &route_record, .help = "what goes to whom"},
    {.name = "time_intervals", .type = FIELD_RECORDS, .offset = AT(time_intervals), .also = AT(time_intervals_len),
     .record = &time_interval_record, .help = "times that routes name"},
    {.name = "heartbeat", .type = FIELD_RECORD, .offset = AT(heartbeat), .record = &heartbeat_record, .help = "who is told that we live"},
    {.name = "storm", .type = FIELD_RECORD, .offset = AT(storm), .record = &storm_record, .help = "when much opens at once"},
    {.name = "maintenance", .type = FIELD_RECORDS, .offset = AT(maintenance), .also = AT(maintenance_len), .record = &maintenance_record,
     .help = "planned work: what it brings about is information for a while"},
    {.name = "overrides", .type = FIELD_RECORDS, .offset = AT(overrides), .also = AT(overrides_len),
     .record = &override_record, .help = "other parameters for some entities"},
    {.name = "facts", .type = FIELD_RECORDS, .offset = AT(facts), .also = AT(facts_len), .record = &fact_record,
     .help = "what no series says"},
    {.name = "client_groups", .type = FIELD_PAIRS, .offset = AT(client_groups), .check_key = check_regex,
     .help = "regular expression of a client's id = its group"},
};
#undef AT

static const struct record config_record = {
    .what = "the configuration", .fields = config_fields, .len = ARRAY_LEN(config_fields), .size = sizeof(struct config),
};

/* Under systemd the first of the unit's state directories. */
static const char *default_state_path(struct arena *a)
{
    const char *dir = getenv("STATE_DIRECTORY");
    if (!dir || !*dir)
        return "/var/lib/nightbell/state.db";
    return arena_printf(a, "%.*s/nightbell.db", (int)strcspn(dir, ":"), dir);
}

static void check_cluster_source(struct bind *b, const struct node *map, struct cluster_config *cluster,
                                 const struct node *sources, struct place at)
{
    if (sources && sources->type != NODE_MAP && !sources->is_null)
        return; /* reported */
    size_t len = sources ? sources->len : 0;
    if (!cluster->source) {
        if (len == 1)
            cluster->source = sources->keys[0];
        else
            mistake_add(b->mistakes, at, "a cluster needs \"source\" when there is not exactly one source");
        return;
    }
    if (tree_get(sources, cluster->source))
        return;
    const struct node *value = tree_get(map, "source");
    const char *near = len ? did_you_mean(cluster->source, sources->keys, len) : NULL;
    mistake_add(b->mistakes, value ? value->place : at, "unknown source \"%.60s\"%s%s%s", cluster->source,
                near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void check_clusters(struct bind *b, const struct node *root, struct config *c)
{
    const struct node *clusters = tree_get(root, "clusters"), *sources = tree_get(root, "sources");
    for (size_t i = 0; i < c->clusters_len; i++)
        check_cluster_source(b, clusters->items[i], &c->clusters[i], sources, clusters->key_places[i]);
}

static struct config *config_new(void)
{
    struct config *c = xcalloc(1, sizeof(*c));
    c->arena = (struct arena)ARENA_INIT("configuration");
    return c;
}

/* Binds `root`, or nothing for the defaults. */
static void fill(struct config *c, const struct node *root, struct mistakes *m)
{
    struct bind b = {&c->arena, m, later_keys, ARRAY_LEN(later_keys)};
    c->root = root;
    bind_record(&b, &config_record, root, c);
    if (!c->state_path)
        c->state_path = default_state_path(&c->arena);
    if (c->timeout_ms == 0)
        c->timeout_ms = c->interval_ms;
    check_clusters(&b, root, c);
    check_routes(&b, root, c);
}

struct config *config_default(void)
{
    struct config *c = config_new();
    struct mistakes none = MISTAKES_INIT;
    fill(c, NULL, &none);
    mistakes_free(&none);
    return c;
}

struct config *config_load(const char *path, struct mistakes *m)
{
    struct config *c = config_new();
    c->path = arena_strdup(&c->arena, path);
    const struct node *root = tree_read_file(c->path, &c->arena, m);
    if (root)
        fill(c, root, m);
    if (root && m->errors == 0)
        return c;
    config_free(c);
    return NULL;
}

void config_show(const struct config *c, struct strbuf *out)
{
    struct show s = {.out = out};
    show_record(&s, &config_record, c->root, c);
}

void config_free(struct config *c)
{
    if (!c)
        return;
    routes_free(&c->route);
    maintenance_free(c->maintenance, c->maintenance_len);
    for (size_t i = 0; i < c->time_intervals_len; i++)
        for (size_t k = 0; k < c->time_intervals[i].len; k++)
            zone_free(c->time_intervals[i].parts[k].zone);
    arena_free(&c->arena);
    free(c);
}
