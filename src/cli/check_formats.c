#include "cli/check_formats.h"

#include <string.h>

#include <jansson.h>

#include "base/strbuf.h"
#include "model/json.h"

const char *const check_result_names[4] = {"ok", "warning", "critical", "unknown"};

#define ANNOTATIONS_MAX 10 /* GitHub shows so many of a kind a step and drops the rest without a word */

bool check_counts(const struct check_report *r, const struct finding *f)
{
    return f->severity >= r->fail_on && !baseline_knows(r->baseline, f);
}

enum exit_code check_exit(const struct check_report *r)
{
    return r->result == EXIT_UNKNOWN ? r->as_unknown : r->result;
}

bool check_looks_at(const struct check_report *r, const struct symptom *s)
{
    return !s->disabled && (!r->only || r->only == s);
}

static const char *title_of(const struct check_report *r, const struct finding *f)
{
    return f->title.in[r->session->lang];
}

static const char *cause_of(const struct check_report *r, const struct finding *f)
{
    return f->causes_len && !f->cannot_tell ? f->causes[0].title.in[r->session->lang] : NULL;
}

/* ---- text ---- */

/* What of a cluster could not be judged; all of it is one fact, not a list. */
static void write_blind_cluster(FILE *out, const struct check_report *r, struct watch *w)
{
    struct engine *e = r->session->engine;
    AUTO(strbuf) struct strbuf ids = STRBUF_INIT(65536);
    size_t blind = 0, looked_at = 0;
    for (size_t i = 0; i < e->rules->symptoms_len; i++) {
        const struct symptom *s = e->rules->symptoms[i];
        if (!check_looks_at(r, s))
            continue;
        looked_at++;
        if (!engine_symptom_judged(e, w, s))
            strbuf_addf(&ids, "%s%s", blind++ ? ", " : "", s->id);
    }
    if (blind > 1 && blind == looked_at)
        fprintf(out, "%s: nothing can be judged: what the rules read is not there at that time, or not for long enough (nightbell doctor says what a server lacks)\n", w->cluster->name);
    else if (blind)
        fprintf(out, "%s: cannot judge %s\n", w->cluster->name, ids.buf);
}

static void write_blind(FILE *out, const struct check_report *r)
{
    const struct engine *e = r->session->engine;
    if (r->judged.failed)
        fprintf(out, "%zu signals could not be read: %s\n", r->judged.failed, r->judged.error);
    for (size_t i = 0; r->judged.judged < r->judged.symptoms && i < e->watches_len; i++)
        if (session_wants(r->options, e->watches[i].cluster->name))
            write_blind_cluster(out, r, &e->watches[i]);
}

void check_write_result(FILE *out, const struct check_report *r)
{
    if (r->unanswered) {
        fprintf(out, "RESULT unknown: %s\n", r->unanswered);
        return;
    }
    fprintf(out, "RESULT %s: %zu findings, ", check_result_names[r->result], r->findings_len);
    if (r->baseline)
        fprintf(out, "%zu of them known, %zu gone since, ", r->since.known, r->since.gone);
    if (r->since.unseen)
        fprintf(out, "%zu out of sight, ", r->since.unseen);
    fprintf(out, "%zu of %zu symptoms judged\n", r->judged.judged, r->judged.symptoms);
}

/* What is new first. */
static void write_text(FILE *out, const struct check_report *r)
{
    bool color = color_wanted(r->options);
    for (size_t i = 0; i < r->findings_len; i++)
        if (!baseline_knows(r->baseline, r->findings[i]))
            print_finding_line(r->findings[i], r->session->lang, color);
    if (r->since.known) {
        AUTO(strbuf) struct strbuf at = STRBUF_INIT(32);
        time_format_utc(&at, baseline_time_ms(r->baseline));
        fprintf(out, "known since %s:\n", at.buf);
    }
    for (size_t i = 0; r->since.known && i < r->findings_len; i++)
        if (baseline_knows(r->baseline, r->findings[i]))
            print_finding_line(r->findings[i], r->session->lang, color);
    if (!r->unanswered)
        write_blind(out, r);
    check_write_result(out, r);
}

/* ---- JSON ---- */

static void write_json(FILE *out, const struct check_report *r)
{
    const struct engine *e = r->session->engine;
    json_t *list = json_array(), *clusters = json_array();
    for (size_t i = 0; i < r->findings_len; i++) {
        json_t *event = finding_event(r->findings[i], r->session->lang);
        if (r->baseline)
            json_object_set_new(event, "known", json_boolean(baseline_knows(r->baseline, r->findings[i])));
        json_array_append_new(list, event);
    }
    for (size_t i = 0; e && i < e->watches_len; i++)
        if (session_wants(r->options, e->watches[i].cluster->name))
            json_array_append_new(clusters, json_of_text(e->watches[i].cluster->name));
    json_t *root = json_pack("{s:s, s:I, s:s, s:o, s:{s:I, s:I, s:I, s:s}}", "schema", "nightbell.check/1", "time",
                             (json_int_t)(r->session->now_ms / 1000), "result", check_result_names[r->result], "findings", list, "coverage", "symptoms",
                             (json_int_t)r->judged.symptoms, "judged", (json_int_t)r->judged.judged, "failed_signals", (json_int_t)r->judged.failed,
                             "error", r->unanswered ? r->unanswered : r->judged.error);
    json_object_set_new(root, "clusters", clusters);
    if (r->baseline)
        json_object_set_new(root, "baseline",
                            json_pack("{s:I, s:I, s:I, s:I}", "time", (json_int_t)(baseline_time_ms(r->baseline) / 1000), "known",
                                      (json_int_t)r->since.known, "gone", (json_int_t)r->since.gone, "unseen", (json_int_t)r->since.unseen));
    print_tree(out, root);
}

/* ---- JUnit: a test case for each symptom of each cluster ---- */

static void put_finding_xml(FILE *out, const struct check_report *r, const struct finding *f)
{
    fprintf(out, "%s: ", severity_names[f->severity]);
    print_xml(out, title_of(r, f));
    if (cause_of(r, f)) {
        fputs(" - ", out);
        print_xml(out, cause_of(r, f));
    }
    fputc('\n', out);
}

/* Findings below the bar are told, but are no failure. */
static void write_case(FILE *out, const struct check_report *r, struct watch *w, const struct symptom *s)
{
    const struct finding *first = NULL;
    size_t told = 0;
    fprintf(out, "  <testcase classname=\"");
    print_xml(out, w->cluster->name);
    fprintf(out, "\" name=\"%s\" time=\"0\">\n", s->id);
    for (size_t i = 0; i < r->findings_len; i++) {
        const struct finding *f = r->findings[i];
        if (strcmp(f->symptom, s->id) != 0 || strcmp(f->cluster, w->cluster->name) != 0)
            continue;
        told++;
        if (!first && check_counts(r, f))
            first = f;
    }
    if (first) {
        fprintf(out, "   <failure type=\"%s\" message=\"", severity_names[first->severity]);
        print_xml(out, title_of(r, first));
        fputs("\">", out);
    } else if (told) {
        fputs("   <system-out>", out);
    }
    for (size_t i = 0; told && i < r->findings_len; i++)
        if (strcmp(r->findings[i]->symptom, s->id) == 0 && strcmp(r->findings[i]->cluster, w->cluster->name) == 0)
            put_finding_xml(out, r, r->findings[i]);
    if (told)
        fputs(first ? "</failure>\n" : "</system-out>\n", out);
    else if (!engine_symptom_judged(r->session->engine, w, s))
        fputs("   <skipped message=\"cannot be judged: nightbell doctor says why\"/>\n", out);
    fputs("  </testcase>\n", out);
}

struct case_count {
    size_t tests, failures, skipped;
};

static struct case_count count_cases(const struct check_report *r, struct watch *w)
{
    struct case_count n = {0};
    for (size_t s = 0; s < r->session->rules->symptoms_len; s++) {
        const struct symptom *symptom = r->session->rules->symptoms[s];
        bool told = false, failed = false;
        if (!check_looks_at(r, symptom))
            continue;
        n.tests++;
        for (size_t i = 0; i < r->findings_len; i++) {
            bool same = strcmp(r->findings[i]->symptom, symptom->id) == 0 && strcmp(r->findings[i]->cluster, w->cluster->name) == 0;
            told |= same;
            failed |= same && check_counts(r, r->findings[i]);
        }
        n.failures += failed;
        n.skipped += !told && !engine_symptom_judged(r->session->engine, w, symptom);
    }
    return n;
}

/* An error, unless what is unknown is to pass. */
static void put_unknown_xml(FILE *out, const struct check_report *r, const char *why)
{
    fputs(r->as_unknown == EXIT_OK ? "   <skipped message=\"" : "   <error type=\"unknown\" message=\"", out);
    print_xml(out, why);
    fputs("\"/>\n", out);
}

static void write_suite(FILE *out, const struct check_report *r, struct watch *w)
{
    AUTO(strbuf) struct strbuf at = STRBUF_INIT(32);
    struct case_count n = count_cases(r, w);
    bool failed = r->judged.failed > 0, excused = r->as_unknown == EXIT_OK;
    time_format_utc(&at, r->session->now_ms);
    fputs(" <testsuite name=\"", out);
    print_xml(out, w->cluster->name);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%d\" skipped=\"%zu\" time=\"0\" timestamp=\"%.19s\">\n", n.tests + failed, n.failures,
            failed && !excused, n.skipped + (failed && excused), at.buf);
    for (size_t s = 0; s < r->session->rules->symptoms_len; s++)
        if (check_looks_at(r, r->session->rules->symptoms[s]))
            write_case(out, r, w, r->session->rules->symptoms[s]);
    if (failed) {
        fputs("  <testcase classname=\"", out);
        print_xml(out, w->cluster->name);
        fputs("\" name=\"source\" time=\"0\">\n", out);
        put_unknown_xml(out, r, r->judged.error);
        fputs("  </testcase>\n", out);
    }
    fputs(" </testsuite>\n", out);
}

static void write_junit(FILE *out, const struct check_report *r)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"nightbell check\">\n", out);
    if (r->unanswered) {
        bool excused = r->as_unknown == EXIT_OK;
        fprintf(out, " <testsuite name=\"nightbell\" tests=\"1\" failures=\"0\" errors=\"%d\" skipped=\"%d\" time=\"0\">\n", !excused, excused);
        fputs("  <testcase classname=\"nightbell\" name=\"source\" time=\"0\">\n", out);
        put_unknown_xml(out, r, r->unanswered);
        fputs("  </testcase>\n </testsuite>\n", out);
    }
    for (size_t i = 0; !r->unanswered && i < r->session->engine->watches_len; i++)
        if (session_wants(r->options, r->session->engine->watches[i].cluster->name))
            write_suite(out, r, &r->session->engine->watches[i]);
    fputs("</testsuites>\n", out);
}

/* ---- Nagios: one line, performance data behind the bar ---- */

static void put_nagios(FILE *out, const char *s)
{
    for (; *s; s++)
        fputc((unsigned char)*s < 0x20 || *s == 0x7f ? ' ' : *s == '|' ? '/' : *s, out);
}

static void write_nagios(FILE *out, const struct check_report *r)
{
    static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    size_t by[SEVERITY_COUNT] = {0};
    fprintf(out, "NIGHTBELL %s - %s", words[check_exit(r)], check_exit(r) != r->result ? "unknown: " : "");
    if (r->unanswered) {
        put_nagios(out, r->unanswered);
        fputc('\n', out);
        return;
    }
    const char *between = "";
    size_t fresh = r->findings_len - r->since.known, told = 0;
    if (r->result == EXIT_UNKNOWN && r->judged.failed) {
        fprintf(out, "%zu signals could not be read: ", r->judged.failed);
        put_nagios(out, r->judged.error);
        between = "; ";
    } else if (!fresh) {
        fprintf(out, "nothing%s fires, %zu of %zu symptoms judged", r->baseline ? " new" : "", r->judged.judged, r->judged.symptoms);
    }
    for (size_t i = 0; i < r->findings_len; i++) {
        if (baseline_knows(r->baseline, r->findings[i]))
            continue;
        by[r->findings[i]->severity]++;
        if (told++ >= 3)
            continue;
        fputs(between, out);
        put_nagios(out, title_of(r, r->findings[i]));
        between = "; ";
    }
    if (fresh > 3)
        fprintf(out, "; and %zu more", fresh - 3);
    fprintf(out, " | critical=%zu;;0;0 warning=%zu;0;;0 info=%zu;;;0 judged=%zu;;;0;%zu unreadable=%zu;;;0", by[SEVERITY_CRITICAL], by[SEVERITY_WARNING],
            by[SEVERITY_INFO], r->judged.judged, r->judged.symptoms, r->judged.failed);
    if (r->baseline)
        fprintf(out, " known=%zu;;;0", r->since.known);
    fputc('\n', out);
}

/* ---- GitHub: annotations ---- */

static void write_github(FILE *out, const struct check_report *r)
{
    static const char *const kinds[SEVERITY_COUNT] = {"notice", "warning", "error"};
    size_t said[SEVERITY_COUNT] = {0};
    const char *unknown = r->as_unknown == EXIT_OK ? kinds[SEVERITY_WARNING] : kinds[SEVERITY_CRITICAL];
    if (r->unanswered)
        print_annotation(out, unknown, NULL, "nightbell", r->unanswered, NULL);
    for (size_t i = 0; i < r->findings_len; i++) {
        const struct finding *f = r->findings[i];
        enum severity as = baseline_knows(r->baseline, f) ? SEVERITY_INFO : f->severity;
        if (said[as]++ < ANNOTATIONS_MAX)
            print_annotation(out, kinds[as], NULL, f->symptom, title_of(r, f), cause_of(r, f));
    }
    for (size_t i = 0; i < SEVERITY_COUNT; i++)
        if (said[i] > ANNOTATIONS_MAX)
            fprintf(out, "and %zu more of severity %s\n", said[i] - ANNOTATIONS_MAX, severity_names[i]);
    if (r->judged.failed)
        print_annotation(out, unknown, NULL, "nightbell", "signals could not be read", r->judged.error);
    check_write_result(out, r);
}

/* ---- OpenMetrics: for node_exporter's text files and the Pushgateway ---- */

static void put_label(FILE *out, const char *name, const char *value, const char *lead)
{
    fprintf(out, "%s%s=\"", lead, name);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            fprintf(out, "\\%c", *value);
        else if (*value == '\n')
            fputs("\\n", out);
        else
            fputc(*value, out);
    }
    fputc('"', out);
}

static void put_gauge(FILE *out, const char *name, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void write_series(FILE *out, const struct finding *f)
{
    static const char *const ours[] = {"cluster", "symptom", "severity", "incident"};
    const char *const values[] = {f->cluster, f->symptom, severity_names[f->severity], f->incident};
    fputs("nightbell_check_finding", out);
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        put_label(out, ours[i], values[i], i ? "," : "{");
    for (size_t i = 0; i < f->entity.len; i++) {
        const char *prefix = ",";
        for (size_t k = 0; k < ARRAY_LEN(ours); k++)
            if (strcmp(ours[k], f->entity.items[i].name) == 0)
                prefix = ",entity_";
        put_label(out, f->entity.items[i].name, f->entity.items[i].value, prefix);
    }
    fputs("} 1\n", out);
}

static void write_openmetrics(FILE *out, const struct check_report *r)
{
    const struct {
        const char *name, *help;
        long long value;
    } gauges[] = {
        {"nightbell_check_result", "0 well, 1 warning, 2 critical, 3 unknown.", r->result},
        {"nightbell_check_symptoms", "Symptoms that are on, over all clusters.", (long long)r->judged.symptoms},
        {"nightbell_check_symptoms_judged", "Symptoms that could be judged.", (long long)r->judged.judged},
        {"nightbell_check_signals_unreadable", "Signals whose query failed or was incomplete.", (long long)r->judged.failed},
        {"nightbell_check_findings_known", "Findings that the baseline has.", (long long)r->since.known},
        {"nightbell_check_timestamp_seconds", "The time that was judged.", (long long)(r->session->now_ms / 1000)},
    };
    if (r->findings_len)
        put_gauge(out, "nightbell_check_finding", "1 for each finding that fires.");
    for (size_t i = 0; i < r->findings_len; i++)
        write_series(out, r->findings[i]);
    for (size_t i = 0; i < ARRAY_LEN(gauges); i++) {
        put_gauge(out, gauges[i].name, gauges[i].help);
        fprintf(out, "%s %lld\n", gauges[i].name, gauges[i].value);
    }
    fputs("# EOF\n", out);
}

static const struct {
    const char *name;
    void (*write)(FILE *out, const struct check_report *r);
} formats[] = {
    {"text", write_text},     {"json", write_json},     {"junit", write_junit},
    {"nagios", write_nagios}, {"github", write_github}, {"openmetrics", write_openmetrics},
};

void check_write(const char *name, FILE *out, const struct check_report *r)
{
    size_t at = 0;
    for (size_t i = 0; name && i < ARRAY_LEN(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            at = i;
    formats[at].write(out, r);
}
