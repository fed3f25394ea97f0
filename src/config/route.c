/* route: the tree of who is told what, and its mistakes. */
#include <string.h>

#include "config/sections.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)

static const char *const severities[] = {"info", "warning", "critical", NULL};

static void refuse_at_root(struct bind *b, const struct node *value, void *object)
{
    (void)object;
    mistake_add(b->mistakes, value->place, "the first route takes everything at any time: put this into one of its \"routes\"");
}

static void finish_escalation(struct bind *b, const struct node *map, void *object)
{
    const struct escalation_config *e = object;
    if (map && (!e->after_ms || !e->to_len))
        mistake_add(b->mistakes, map->place, "\"escalate\" needs \"after\" and \"to\", as in {after: 15m, to: [manager]}");
}

#define AT(member) offsetof(struct escalation_config, member)
static const struct field escalation_fields[] = {
    {.name = "after", .type = FIELD_DURATION, .offset = AT(after_ms), .min = 60 * SECOND, .max = 7 * 24 * HOUR, .help = "since the incident opened"},
    {.name = "to", .type = FIELD_TEXTS, .offset = AT(to), .also = AT(to_len), .help = "receivers"},
};
#undef AT

static const struct record escalation_record = {
    .what = "an escalation", .fields = escalation_fields, .len = ARRAY_LEN(escalation_fields), .size = sizeof(struct escalation_config), .finish = finish_escalation,
};

#define AT(member) offsetof(struct route_config, member)
#define WAIT_FIELDS(wait_, interval_, repeat_)                                                                                                     \
    {.name = "group_by", .type = FIELD_TEXTS, .offset = AT(group_by), .also = AT(group_by_len), .help = "not needed: the group is the incident"},  \
    {.name = "group_wait", .type = FIELD_DURATION, .offset = AT(group_wait_ms), .fallback = wait_,                                                 \
     .help = "how long the first message of an incident waits for what belongs to it; critical ones do not wait"},                                \
    {.name = "group_interval", .type = FIELD_DURATION, .offset = AT(group_interval_ms), .fallback = interval_,                                     \
     .help = "at least so long between two messages about what changes; a rise in severity and the end do not wait"},                             \
    {.name = "repeat_interval", .type = FIELD_DURATION, .offset = AT(repeat_interval_ms), .fallback = repeat_, .min = 60 * SECOND,                 \
     .max = 31 * 24 * HOUR, .help = "an incident that lasts is told again after this"},                                                            \
    {.name = "severity_bypass", .type = FIELD_CHOICE, .offset = AT(bypass), .choices = severities,                                                 \
     .help = "what is at least so severe is told at any time"},                                                                                    \
    {.name = "escalate", .type = FIELD_RECORD, .offset = AT(escalate), .record = &escalation_record,                                               \
     .help = "who is told as well of what lasts and nobody has acknowledged"},                                                                     \
    {.name = "routes", .type = FIELD_RECORDS, .offset = AT(routes), .also = AT(routes_len), .record = &child_record, .help = "of some, by their labels"}

static const struct record child_record;

static const struct field root_fields[] = {
    {.name = "receiver", .type = FIELD_TEXT, .offset = AT(receiver), .required = true, .help = "where everything goes that no other route takes"},
    WAIT_FIELDS("30s", "0s", "4h"),
    {.name = "match", .type = FIELD_OWN, .read = refuse_at_root, .help = ""},
    {.name = "match_re", .type = FIELD_OWN, .read = refuse_at_root, .help = ""},
    {.name = "matchers", .type = FIELD_OWN, .read = refuse_at_root, .help = ""},
    {.name = "continue", .type = FIELD_OWN, .read = refuse_at_root, .help = ""},
    {.name = "mute_time_intervals", .type = FIELD_OWN, .read = refuse_at_root, .help = ""},
    {.name = "active_time_intervals", .type = FIELD_OWN, .read = refuse_at_root, .help = ""},
};

const struct record route_record = {
    .what = "the route", .fields = root_fields, .len = ARRAY_LEN(root_fields), .size = sizeof(struct route_config),
};

static const struct field child_fields[] = {
    {.name = "receiver", .type = FIELD_TEXT, .offset = AT(receiver), .help = "instead of the parent's"},
    {.name = "match", .type = FIELD_PAIRS, .offset = AT(match), .check_key = check_label, .help = "label = value"},
    {.name = "match_re", .type = FIELD_PAIRS, .offset = AT(match_re), .check_key = check_label, .check = check_regex, .help = "label = regular expression of the whole value"},
    {.name = "matchers", .type = FIELD_TEXTS, .offset = AT(matcher_texts), .also = AT(matcher_texts_len), .help = "like severity=\"critical\" or group=~\"batch-.*\""},
    {.name = "continue", .type = FIELD_BOOL, .offset = AT(go_on), .help = "the routes after it are asked too"},
    {.name = "mute_time_intervals", .type = FIELD_TEXTS, .offset = AT(mute), .also = AT(mute_len), .help = "when nothing is told; what still fires then is told afterwards"},
    {.name = "active_time_intervals", .type = FIELD_TEXTS, .offset = AT(active), .also = AT(active_len), .help = "when alone something is told"},
    WAIT_FIELDS(NULL, NULL, NULL),
};

static const struct record child_record = {
    .what = "a route", .fields = child_fields, .len = ARRAY_LEN(child_fields), .size = sizeof(struct route_config), .place_offset = AT(place),
    .unsaid = "as the route around it",
};
#undef AT

/* ---- matchers ---- */

static void check_severity_value(struct bind *b, const struct matcher *m, struct place at)
{
    size_t i = 0;
    while (severities[i] && strcmp(severities[i], m->value) != 0)
        i++;
    if (strcmp(m->name, "severity") != 0 || m->regex || severities[i])
        return;
    const char *near = did_you_mean(m->value, severities, i);
    mistake_add(b->mistakes, at, "there is no severity \"%.40s\"%s%s%s", m->value, near ? ", did you mean \"" : "; there are info, warning, critical", near ? near : "",
                near ? "\"?" : "");
}

static void add_pairs(struct bind *b, struct matchers *ret, const struct name_values *pairs, enum matcher_op op, const struct node *map)
{
    for (size_t i = 0; i < pairs->len; i++) {
        const struct node *value = tree_get(map, pairs->items[i].name);
        if (matchers_add(ret, pairs->items[i].name, op, pairs->items[i].value, NULL) == 0) /* else reported */
            check_severity_value(b, &ret->items[ret->len - 1], value ? value->place : map->place);
    }
}

static void add_texts(struct bind *b, struct matchers *ret, const char *const *texts, size_t len, const struct node *value)
{
    for (size_t i = 0; i < len; i++) {
        const struct node *n = value->type == NODE_LIST ? value->items[i] : value;
        struct place at = n->place;
        struct error err = {0};
        size_t offset = 0, before = ret->len;
        if (matchers_parse(ret, texts[i], &offset, &err) != 0) {
            at.col += n->block_indent ? 0 : (int)offset + n->quoted;
            mistake_add(b->mistakes, at, "\"matchers\": %s", err.text);
        }
        for (size_t k = before; k < ret->len; k++)
            check_severity_value(b, &ret->items[k], at);
    }
}

void read_matchers(struct bind *b, const struct node *map, const struct name_values *match, const char *const *texts, size_t texts_len, struct matchers *ret)
{
    add_pairs(b, ret, match, MATCH_EQUAL, tree_get(map, "match"));
    add_texts(b, ret, texts, texts_len, tree_get(map, "matchers"));
}

static void check_matchers(struct bind *b, struct route_config *r, const struct node *map)
{
    read_matchers(b, map, &r->match, r->matcher_texts, r->matcher_texts_len, &r->matchers);
    add_pairs(b, &r->matchers, &r->match_re, MATCH_REGEX, tree_get(map, "match_re"));
}

/* ---- names ---- */

static void check_receiver(struct bind *b, const char *name, const struct node *named, const struct node *receivers)
{
    if (!named || !name || tree_get(receivers, name))
        return;
    bool any = receivers && receivers->type == NODE_MAP && receivers->len;
    const char *near = any ? did_you_mean(name, receivers->keys, receivers->len) : NULL;
    mistake_add(b->mistakes, named->place, "unknown receiver \"%.60s\"%s%s%s", name, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void check_escalation(struct bind *b, const struct route_config *r, const struct node *map, const struct node *receivers)
{
    const struct node *to = tree_get(tree_get(map, "escalate"), "to");
    for (size_t i = 0; to && i < r->escalate.to_len; i++) {
        const struct node *named = to->type == NODE_LIST ? to->items[i] : to;
        check_receiver(b, r->escalate.to[i], named, receivers);
        if (r->receiver && strcmp(r->receiver, r->escalate.to[i]) == 0)
            mistake_warn(b->mistakes, named->place, "receiver \"%.60s\" is told at once: there is nothing to escalate", r->receiver);
    }
}

static const struct time_interval_config *find_interval(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->time_intervals_len; i++)
        if (c->time_intervals[i].name && strcmp(c->time_intervals[i].name, name) == 0)
            return &c->time_intervals[i];
    return NULL;
}

static void unknown_interval(struct bind *b, const struct config *c, const char *name, struct place at)
{
    const char **names = arena_array(b->arena, c->time_intervals_len + 1, sizeof(*names));
    size_t len = 0;
    for (size_t i = 0; i < c->time_intervals_len; i++)
        if (c->time_intervals[i].name)
            names[len++] = c->time_intervals[i].name;
    const char *near = did_you_mean(name, names, len);
    mistake_add(b->mistakes, at, "unknown time interval \"%.60s\"%s%s%s", name, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static const struct time_interval_config **find_intervals(struct bind *b, const struct config *c, const char **names, size_t len, const struct node *value)
{
    const struct time_interval_config **ret = arena_array(b->arena, len + 1, sizeof(*ret));
    for (size_t i = 0; i < len; i++) {
        ret[i] = find_interval(c, names[i]);
        if (!ret[i])
            unknown_interval(b, c, names[i], value->type == NODE_LIST ? value->items[i]->place : value->place);
    }
    return ret;
}

static void check_twins(struct bind *b, const struct config *c)
{
    for (size_t i = 0; i < c->time_intervals_len; i++)
        for (size_t k = 0; k < i; k++)
            if (c->time_intervals[i].name && c->time_intervals[k].name && strcmp(c->time_intervals[i].name, c->time_intervals[k].name) == 0)
                mistake_add(b->mistakes, c->time_intervals[i].place, "time interval \"%.60s\" is there twice", c->time_intervals[i].name);
}

/* ---- the tree ---- */

static void inherit(struct route_config *r, const struct route_config *parent, const struct node *map)
{
    r->receiver = tree_get(map, "receiver") ? r->receiver : parent->receiver;
    r->group_wait_ms = tree_get(map, "group_wait") ? r->group_wait_ms : parent->group_wait_ms;
    r->group_interval_ms = tree_get(map, "group_interval") ? r->group_interval_ms : parent->group_interval_ms;
    r->repeat_interval_ms = tree_get(map, "repeat_interval") ? r->repeat_interval_ms : parent->repeat_interval_ms;
    r->bypass = tree_get(map, "severity_bypass") ? r->bypass : parent->bypass;
    r->escalate = tree_get(map, "escalate") ? r->escalate : parent->escalate;
}

static void check_node(struct bind *b, const struct config *c, struct route_config *r, const struct node *map, const struct node *receivers)
{
    const struct node *children = tree_get(map, "routes");
    check_receiver(b, r->receiver, tree_get(map, "receiver"), receivers);
    check_escalation(b, r, map, receivers);
    check_matchers(b, r, map);
    r->mute_at = find_intervals(b, c, r->mute, r->mute_len, tree_get(map, "mute_time_intervals"));
    r->active_at = find_intervals(b, c, r->active, r->active_len, tree_get(map, "active_time_intervals"));
    if (tree_get(map, "group_by"))
        mistake_warn(b->mistakes, tree_get(map, "group_by")->place, "\"group_by\" changes nothing here: what one cause explains is one message");
    for (size_t i = 0; i < r->routes_len; i++) {
        inherit(&r->routes[i], r, children->items[i]);
        check_node(b, c, &r->routes[i], children->items[i], receivers);
        if (i + 1 < r->routes_len && !r->routes[i].matchers.len && !r->routes[i].go_on)
            mistake_warn(b->mistakes, r->routes[i + 1].place, "no incident comes here: the route before it takes everything");
    }
}

static bool names_receiver(const struct route_config *r, const char *name)
{
    bool named = r->receiver && strcmp(r->receiver, name) == 0;
    for (size_t i = 0; !named && i < r->escalate.to_len; i++)
        named = strcmp(r->escalate.to[i], name) == 0;
    for (size_t i = 0; !named && i < r->routes_len; i++)
        named = names_receiver(&r->routes[i], name);
    return named;
}

void check_routes(struct bind *b, const struct node *root, struct config *c)
{
    const struct node *receivers = tree_get(root, "receivers");
    check_twins(b, c);
    check_node(b, c, &c->route, tree_get(root, "route"), receivers);
    if (c->route.receiver && !tree_get(receivers, c->route.receiver))
        return; /* the others may be right */
    for (size_t i = 0; receivers && receivers->type == NODE_MAP && i < receivers->len; i++)
        if (!names_receiver(&c->route, receivers->keys[i]))
            mistake_warn(b->mistakes, receivers->key_places[i], "receiver \"%.60s\" is told nothing: no route names it", receivers->keys[i]);
}

void routes_free(struct route_config *r)
{
    matchers_free(&r->matchers);
    for (size_t i = 0; i < r->routes_len; i++)
        routes_free(&r->routes[i]);
}
