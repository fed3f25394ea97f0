#include "cli/lint_formats.h"

#include <string.h>

#include <jansson.h>

#include "base/strbuf.h"
#include "model/json.h"
#include "rule/lint.h"

#define URI_MAX 8192

/* What is found while a text is read has no check of its own. */
static const struct lint_check reading[] = {
    [MISTAKE_ERROR] = {"unusable", MISTAKE_ERROR, "A text that is no rule or no configuration: grammar, names, types, units"},
    [MISTAKE_WARNING] = {"doubtful", MISTAKE_WARNING, "A text that can be used and may not be meant"},
};

static const char *check_of(const struct mistake *x)
{
    return x->check ? x->check : reading[x->level].id;
}

static size_t warnings(const struct mistakes *m)
{
    return m->len - m->errors - m->notes;
}

/* An alert of a rule file is a symptom with two signals of its own. */
static size_t own_symptoms(const struct ruleset *r)
{
    return r->symptoms_len - r->alerts_len;
}

static size_t own_signals(const struct ruleset *r)
{
    return r->signals_len - 2 * r->alerts_len;
}

/* Notes are for who asks: with --verbose, or by giving a source to look at. */
static bool shown(const struct lint_result *r, const struct mistake *x)
{
    bool asked = r->options->verbose || x->level != MISTAKE_NOTE;
    for (size_t i = LINT_WITH_DATA; i < LINT_CHECK_COUNT && x->check; i++)
        asked |= strcmp(lint_checks[i].id, x->check) == 0;
    return asked;
}

/* ---- text ---- */

static size_t count_files(const struct mistakes *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->len; i++)
        n += i == 0 || strcmp(m->items[i].place.file, m->items[i - 1].place.file) != 0;
    return n;
}

static void put_count(FILE *out, size_t n, const char *one)
{
    fprintf(out, "%zu %s%s", n, one, n == 1 ? "" : "s");
}

static void write_counts(FILE *out, const struct mistakes *m)
{
    put_count(out, m->errors, "mistake");
    fputs(", ", out);
    put_count(out, warnings(m), "warning");
    fputs(" in ", out);
    put_count(out, count_files(m), "file");
    fputc('\n', out);
}

static void write_ok(FILE *out, const struct ruleset *r, const struct mistakes *m)
{
    const struct {
        size_t n;
        const char *one;
    } counts[] = {{own_symptoms(r), "symptom"}, {r->causes_len, "cause"}, {own_signals(r), "signal"}, {warnings(m), "warning"}};
    size_t recorded = 0;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        fputs(i ? ", " : "ok: ", out);
        put_count(out, counts[i].n, counts[i].one);
    }
    fputc('\n', out);
    for (size_t i = 0; i < r->recorded_len; i++)
        recorded += r->recorded[i].len;
    if (!r->alerts_len && !recorded)
        return;
    fputs("of Prometheus rule files: ", out);
    put_count(out, r->alerts_len, "alert");
    if (recorded) {
        fputs("; ", out);
        put_count(out, recorded, "recording rule");
        fputs(recorded == 1 ? " is left to Prometheus" : " are left to Prometheus", out);
    }
    fputc('\n', out);
}

static void write_text(FILE *out, const struct lint_result *r)
{
    const struct mistakes *m = r->found;
    size_t hidden = 0;
    for (size_t i = 0; i < m->len; i++) {
        if (shown(r, &m->items[i]))
            mistake_print(&m->items[i], out);
        else
            hidden++;
    }
    if (m->errors)
        write_counts(out, m);
    else if (r->rules)
        write_ok(out, r->rules, m);
    if (*r->seen)
        fprintf(out, "looked at %s\n", r->seen);
    if (hidden)
        fprintf(out, "and %zu notes (--verbose)\n", hidden);
}

/* ---- JSON ---- */

static void write_json(FILE *out, const struct lint_result *r)
{
    const struct mistakes *m = r->found;
    json_t *list = json_array();
    for (size_t i = 0; i < m->len; i++) {
        const struct mistake *x = &m->items[i];
        json_array_append_new(list, json_pack("{s:o, s:i, s:i, s:s, s:s, s:o}", "file", json_of_text(x->place.file), "line", x->place.line, "column",
                                              x->place.col, "level", mistake_level_names[x->level], "check", check_of(x), "text",
                                              json_of_text(x->text)));
    }
    json_t *root = json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "schema", "nightbell.lint/1", "result", m->errors ? "mistakes" : "ok", "errors",
                             (json_int_t)m->errors, "warnings", (json_int_t)warnings(m), "notes", (json_int_t)m->notes, "mistakes", list);
    if (*r->seen)
        json_object_set_new(root, "seen", json_of_text(r->seen));
    if (r->rules)
        json_object_set_new(root, "rules", json_pack("{s:I, s:I, s:I, s:I}", "symptoms", (json_int_t)own_symptoms(r->rules), "causes",
                                                     (json_int_t)r->rules->causes_len, "signals", (json_int_t)own_signals(r->rules), "alerts",
                                                     (json_int_t)r->rules->alerts_len));
    print_tree(out, root);
}

/* ---- GitHub: annotations ---- */

static void write_github(FILE *out, const struct lint_result *r)
{
    static const char *const kinds[MISTAKE_LEVELS] = {"error", "warning", "notice"};
    const struct mistakes *m = r->found;
    for (size_t i = 0; i < m->len; i++) {
        const struct mistake *x = &m->items[i];
        if (shown(r, x)) /* ten of a kind are shown, so that notes would hide each other */
            print_annotation(out, kinds[x->level], &x->place, check_of(x), x->text, NULL);
    }
    if (m->errors)
        write_counts(out, m);
    else if (r->rules)
        write_ok(out, r->rules, m);
}

/* ---- SARIF 2.1.0: code scanning, IDEs ---- */

/* A path as a reference: relative ones stay so. */
static json_t *uri_of(const char *path)
{
    static const char kept[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~";
    AUTO(strbuf) struct strbuf uri = STRBUF_INIT(URI_MAX);
    strbuf_adds(&uri, path[0] == '/' ? "file://" : "");
    for (; *path; path++) {
        if (strchr(kept, *path))
            strbuf_addc(&uri, *path);
        else
            strbuf_addf(&uri, "%%%02X", (unsigned)(unsigned char)*path);
    }
    return json_of_text(uri.buf);
}

static void add_rules(json_t *rules, const struct lint_check *checks, size_t len)
{
    for (size_t i = 0; i < len; i++)
        json_array_append_new(rules, json_pack("{s:s, s:{s:s++}, s:{s:s}}", "id", checks[i].id, "shortDescription", "text", checks[i].help, ".", "",
                                               "defaultConfiguration", "level", mistake_level_names[checks[i].level]));
}

static int rule_index(const json_t *rules, const char *id)
{
    size_t i;
    json_t *rule;
    json_array_foreach(rules, i, rule)
    {
        if (strcmp(json_string_value(json_object_get(rule, "id")), id) == 0)
            return (int)i;
    }
    return -1; /* as the standard says for none */
}

static json_t *sarif_result(const json_t *rules, const struct mistake *x)
{
    json_t *result = json_pack("{s:s, s:i, s:s, s:{s:o}}", "ruleId", check_of(x), "ruleIndex", rule_index(rules, check_of(x)), "level",
                               mistake_level_names[x->level], "message", "text", json_of_text(x->text));
    if (!x->place.file)
        return result;
    json_t *place = json_pack("{s:{s:o}}", "artifactLocation", "uri", uri_of(x->place.file));
    if (x->place.line) {
        json_t *region = json_pack("{s:i}", "startLine", x->place.line);
        if (x->place.col)
            json_object_set_new(region, "startColumn", json_integer(x->place.col));
        json_object_set_new(place, "region", region);
    }
    json_object_set_new(result, "locations", json_pack("[{s:o}]", "physicalLocation", place));
    return result;
}

static void write_sarif(FILE *out, const struct lint_result *r)
{
    json_t *rules = json_array(), *results = json_array();
    add_rules(rules, lint_checks, LINT_CHECK_COUNT);
    add_rules(rules, reading, ARRAY_LEN(reading));
    for (size_t i = 0; i < r->found->len; i++)
        json_array_append_new(results, sarif_result(rules, &r->found->items[i]));
    json_t *run = json_pack("{s:{s:{s:s, s:s, s:o}}, s:[{s:b}], s:s, s:o}", "tool", "driver", "name", "nightbell", "version", NIGHTBELL_VERSION, "rules", rules,
                            "invocations", "executionSuccessful", 1, "columnKind", "unicodeCodePoints", "results", results);
    print_tree(out, json_pack("{s:s, s:s, s:[o]}", "$schema", "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs", run));
}

static const struct {
    const char *name;
    void (*write)(FILE *out, const struct lint_result *r);
} formats[] = {{"text", write_text}, {"json", write_json}, {"github", write_github}, {"sarif", write_sarif}};

void lint_write(const char *name, FILE *out, const struct lint_result *r)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (!name || strcmp(formats[i].name, name) == 0) {
            formats[i].write(out, r);
            return;
        }
}
