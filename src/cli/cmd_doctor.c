/* nightbell doctor: what can be seen from here, and what cannot. */
#include <string.h>

#include "cli/doctor.h"

struct outcome {
    int code;
    const char *word;
    size_t symptoms, symptoms_judged, symptoms_blind, causes, causes_judged, causes_blind, faults;
};

static struct outcome outcome_of(const struct examination *x)
{
    struct outcome v = {.code = EXIT_OK, .word = "ok"};
    for (size_t i = 0; i < x->clusters_len; i++) {
        const struct cluster_view *c = &x->clusters[i];
        v.symptoms += c->symptoms.len;
        v.symptoms_judged += c->symptoms.by[JUDGED];
        v.symptoms_blind += c->symptoms.by[BLIND];
        v.faults += c->faults;
        v.causes += c->causes.len;
        v.causes_judged += c->causes.by[JUDGED] + c->causes.by[JUDGED_PARTLY];
        v.causes_blind += c->causes.by[BLIND];
    }
    if (v.symptoms_blind + v.causes_blind + v.faults) {
        v.code = EXIT_WARNING;
        v.word = v.symptoms_blind + v.causes_blind ? "blind" : "faulty";
    }
    for (size_t i = 0; i < x->sources_len; i++) {
        if (!x->sources[i].error)
            continue;
        v.code = EXIT_UNKNOWN;
        v.word = "unreachable";
    }
    return v;
}

/* What the log says of a source that does not answer, doctor says itself. */
static int warm_up(struct examination *x)
{
    for (size_t i = 0; i < x->sources_len; i++)
        if (!x->sources[i].error)
            return session_warm_up(x->session, x->session->now_ms);
    return 0;
}

int cmd_doctor(const struct options *o)
{
    struct session s;
    struct engine_sink sink = {.progress = progress_show};
    struct options quiet = *o;
    if (!quiet.log_level)
        quiet.log_level = "error";
    int code = session_open(&quiet, NULL, &sink, &s);
    if (code) {
        session_close(&s);
        return code;
    }
    struct examination x = {.session = &s, .options = o, .arena = ARENA_INIT("examination")};
    examine_sources(&x, s.now_ms - engine_look_back_ms(s.engine));
    if (warm_up(&x) == 0)
        examine_clusters(&x);
    struct outcome v = outcome_of(&x);
    if (o->format && strcmp(o->format, "json") == 0) {
        doctor_print_json(&x, v.word);
    } else {
        doctor_print_text(&x);
        if (o->suggest)
            doctor_print_suggestions(&x);
        printf("\nRESULT %s: %zu of %zu symptoms can be judged, %zu are blind; evidence for %zu of %zu causes%s\n", v.word, v.symptoms_judged, v.symptoms,
               v.symptoms_blind, v.causes_judged, v.causes, v.faults ? "; checks found faults" : "");
    }
    examination_free(&x);
    session_close(&s);
    return v.code;
}
