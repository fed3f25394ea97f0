/* nightbell silence: what is known and worked on, or not to be heard of for a while. Beside a running daemon, which reads it every interval. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/regex.h"
#include "cli/cli.h"
#include "model/json.h"
#include "model/matcher.h"

#define DEFAULT_MS (3600LL * 1000)
#define LONGEST_MS (366LL * 86400 * 1000)
#define LABELS_MAX 512

int duration_option(const struct options *o, int64_t fallback_ms, int64_t *ret_ms)
{
    *ret_ms = fallback_ms;
    if (!o->duration)
        return 0;
    if (duration_parse(o->duration, strlen(o->duration), ret_ms) && *ret_ms > 0 && *ret_ms <= LONGEST_MS)
        return 0;
    print_error("--for takes a time such as 30m, 2h or 3d, at most a year, not \"%s\"", o->duration);
    return EXIT_USAGE;
}

/* ---- add ---- */

/* Labels that findings can have: a silence of a misspelt one would silence nothing, or with != everything. */
static size_t known_labels(const struct ruleset *r, const char **ret)
{
    size_t len = 0;
    for (; finding_labels[len]; len++)
        ret[len] = finding_labels[len];
    for (size_t k = 0; k < r->kinds_len; k++)
        for (size_t l = 0; l < r->kinds[k]->identity_len && len < LABELS_MAX; l++)
            ret[len++] = r->kinds[k]->labels[l];
    return len;
}

bool label_is_known(const struct ruleset *r, const char *name, const char **ret_near)
{
    const char *known[LABELS_MAX];
    size_t len = known_labels(r, known);
    *ret_near = NULL;
    if (r->alerts_len) /* alerts of rule files have whatever labels their series have */
        return true;
    for (size_t k = 0; k < len; k++)
        if (strcmp(known[k], name) == 0)
            return true;
    *ret_near = did_you_mean(name, known, len);
    return false;
}

static void warn_unknown_labels(const struct ruleset *r, const struct matchers *m)
{
    for (size_t i = 0; i < m->len; i++) {
        const char *near;
        if (!label_is_known(r, m->items[i].name, &near))
            print_error("note: no rule gives its findings a label \"%s\"%s%s%s", m->items[i].name, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
}

/* ---- values that no finding has ---- */

static bool takes_any(const struct matcher *m, const char *const *values, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool same = m->regex ? regex_matches(m->regex, values[i]) : strcmp(values[i], m->value) == 0;
        if (same)
            return true;
    }
    return false;
}

/* A matcher that asks for what is not there keeps nothing back; one that excludes it excludes nothing. */
static void warn_unknown_value(const struct matcher *m, const char *what, const char *const *values, size_t len)
{
    if (takes_any(m, values, len))
        return;
    const char *near = m->regex ? NULL : did_you_mean(m->value, values, len);
    print_error("note: no rule has a %s that is %s\"%s\"%s%s%s", what, m->regex ? "like " : "", m->value, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void warn_unknown_values(const struct ruleset *r, const struct matchers *m)
{
    AUTO(arena) struct arena a = ARENA_INIT("symptoms");
    const char **symptoms = arena_array(&a, r->symptoms_len + 1, sizeof(*symptoms));
    for (size_t i = 0; i < r->symptoms_len; i++)
        symptoms[i] = r->symptoms[i]->id;
    for (size_t i = 0; i < m->len; i++) {
        const char *name = m->items[i].name;
        if (strcmp(name, "severity") == 0)
            warn_unknown_value(&m->items[i], "severity", severity_names, SEVERITY_COUNT);
        else if (!r->alerts_len && (strcmp(name, "symptom") == 0 || strcmp(name, "alertname") == 0)) /* alerts of rule files have whatever names they have */
            warn_unknown_value(&m->items[i], "symptom", symptoms, r->symptoms_len);
    }
}

struct counting {
    const struct matchers *matchers;
    size_t matched;
};

static bool count(void *context, const struct finding *f, const char *own)
{
    struct counting *c = context;
    (void)own;
    c->matched += matchers_match(c->matchers, f);
    return true;
}

static int read_matchers(const struct options *o, struct matchers *ret)
{
    struct error err = {0};
    for (size_t i = 1; i < o->words_len; i++)
        if (matchers_parse(ret, o->words[i], NULL, &err) != 0) {
            print_error("silence add: %s", err.text);
            return EXIT_USAGE;
        }
    if (matchers_ask_for_something(ret))
        return 0;
    print_error("silence add: this would silence everything: at least one matcher must ask for a label, as in group=payments");
    return EXIT_USAGE;
}

static int add(struct store *store, const struct session *s, const struct options *o)
{
    AUTO(matchers) struct matchers matchers = {0};
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(64 * 1024), until = STRBUF_INIT(40);
    struct error err = {0};
    int64_t id, now_ms = clock_now_ms(&clock_system), length_ms;
    struct counting c = {&matchers, 0};
    int code = read_matchers(o, &matchers);
    if (code == 0)
        code = duration_option(o, DEFAULT_MS, &length_ms);
    if (code)
        return code;
    warn_unknown_labels(s->rules, &matchers);
    warn_unknown_values(s->rules, &matchers);
    matchers_print(&matchers, &text);
    const struct silence_row row = {.matchers = text.buf, .created_ms = now_ms, .starts_ms = now_ms, .ends_ms = now_ms + length_ms, .author = author_of(o),
                                    .comment = o->comment ? o->comment : ""};
    int failed = text.truncated ? error_set(&err, ERR_LIMIT, "too many matchers") : store_silence_add(store, &row, &id, &err);
    if (!failed)
        failed = state_file_findings(store, count, &c, &err);
    if (failed) {
        print_error("silence add: %s", err.text);
        return exit_code_of(failed);
    }
    time_format_utc(&until, row.ends_ms);
    printf("silence %lld until %s; it matches %zu of what fires now\n", (long long)id, until.buf, c.matched);
    return EXIT_OK;
}

/* ---- list ---- */

struct listing {
    bool json;
    int64_t now_ms;
    size_t rows;
};

static const char *state_of(const struct silence_row *row, int64_t now_ms)
{
    return row->ends_ms <= now_ms ? "ended" : row->starts_ms > now_ms ? "to come" : "in force";
}

static void print_json(const struct silence_row *row, const char *state, const char *starts, const char *ends)
{
    json_t *json = json_pack("{s:I, s:s, s:s, s:s, s:s}", "id", (json_int_t)row->id, "kind", row->ack ? "ack" : "silence", "state", state, "starts", starts,
                             "ends", ends);
    json_object_set_new(json, "matchers", json_of_text(row->matchers));
    json_object_set_new(json, "author", json_of_text(row->author));
    if (row->origin)
        json_object_set_new(json, "origin", json_of_text(row->origin));
    json_object_set_new(json, "comment", json_of_text(row->comment));
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
}

static bool print_row(void *context, const struct silence_row *row)
{
    struct listing *l = context;
    const char *state = state_of(row, l->now_ms);
    l->rows++;
    AUTO(strbuf) struct strbuf starts = STRBUF_INIT(40), ends = STRBUF_INIT(40);
    time_format_utc(&starts, row->starts_ms);
    time_format_utc(&ends, row->ends_ms);
    if (l->json) {
        print_json(row, state, starts.buf, ends.buf);
        return true;
    }
    printf("%lld %s, %s, until %s, by ", (long long)row->id, row->ack ? "ack" : "silence", state, ends.buf);
    print_clean(row->author);
    if (row->origin) {
        printf(" in ");
        print_clean(row->origin);
    }
    printf(": ");
    print_clean(row->matchers);
    if (*row->comment) {
        printf(" (");
        print_clean(row->comment);
        putchar(')');
    }
    putchar('\n');
    return true;
}

static int list(struct store *store, const struct session *s, const struct options *o)
{
    struct error err = {0};
    struct listing l = {o->format && strcmp(o->format, "json") == 0, clock_now_ms(&clock_system), 0};
    (void)s;
    if (store_silences(store, o->all ? INT64_MIN : l.now_ms, print_row, &l, &err) < 0) {
        print_error("%s", err.text);
        return EXIT_INPUT;
    }
    if (!l.rows && !l.json)
        fputs(o->all ? "there was never a silence\n" : "there is no silence, nor one to come\n", stderr);
    return EXIT_OK;
}

/* ---- expire ---- */

static int expire(struct store *store, const struct session *s, const struct options *o)
{
    int code = EXIT_OK;
    (void)s;
    for (size_t i = 1; i < o->words_len; i++) {
        struct error err = {0};
        int64_t id;
        if (!integer_parse(o->words[i], strlen(o->words[i]), &id)) {
            print_error("silence expire: \"%s\" is not a number of nightbell silence list", o->words[i]);
            return EXIT_USAGE;
        }
        int failed = store_silence_expire(store, id, clock_now_ms(&clock_system), &err);
        if (failed) {
            print_error("silence expire %s: %s", o->words[i], err.text);
            code = exit_code_of(failed);
        }
    }
    return code;
}

static const struct {
    const char *name;
    bool takes_words;
    int (*run)(struct store *store, const struct session *s, const struct options *o);
} actions[] = {{"add", true, add}, {"list", false, list}, {"expire", true, expire}};

static int open_and(const struct options *o, size_t action)
{
    struct session s;
    struct store *store;
    int code = state_file_open(o, &s, &store);
    if (code == 0)
        code = actions[action].run(store, &s, o);
    store_close(store);
    session_close(&s);
    return code;
}

int cmd_silence(const struct options *o)
{
    for (size_t i = 0; o->words_len && i < ARRAY_LEN(actions); i++)
        if (strcmp(o->words[0], actions[i].name) == 0 && (o->words_len > 1) == actions[i].takes_words)
            return open_and(o, i);
    print_error("silence: say what to do: nightbell silence add MATCHER…, silence list, silence expire ID… (-c FILE)");
    return EXIT_USAGE;
}
