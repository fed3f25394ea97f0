/*
 * A finding: one symptom on one entity, as told to people and machines. It is made by diagnose, kept as JSON by store and rendered by notify; all
 * texts are there in every language, so that a message can be rendered long after the data are gone.
 *
 * All pointers live in one arena. Unknown numbers are NaN, unknown times 0.
 */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "model/entity.h"

enum language { LANG_EN, LANG_KO, LANGUAGES };
bool language_parse(const char *name, enum language *ret);

struct text {
    const char *in[LANGUAGES]; /* never NULL */
};

#define SEVERITIES(X) X(SEVERITY_INFO, "info") X(SEVERITY_WARNING, "warning") X(SEVERITY_CRITICAL, "critical")
#define FINDING_STATES(X)                                                                                                                          \
    X(FINDING_PENDING, "pending")   /* condition holds, not long enough */                                                                          \
    X(FINDING_FIRING, "firing")                                                                                                                    \
    X(FINDING_UNKNOWN, "unknown")   /* was firing; cannot be judged since blind_since_ms */                                                        \
    X(FINDING_RESOLVED, "resolved") /* with positive evidence; `reason` says which */
#define VERDICTS(X)                                                                                                                                \
    X(VERDICT_CONFIRMED, "confirmed") X(VERDICT_LIKELY, "likely") X(VERDICT_POSSIBLE, "possible") X(VERDICT_RULED_OUT, "ruled-out")
#define RISKS(X)                                                                                                                                   \
    X(RISK_READ_ONLY, "read-only") X(RISK_SAFE, "safe") X(RISK_DISRUPTIVE, "disruptive") X(RISK_DATA_LOSS, "data-loss") X(RISK_IRREVERSIBLE, "irreversible")
#define ROLES(X) X(ROLE_ROOT, "root") X(ROLE_SYMPTOM, "symptom") X(ROLE_IMPACT, "impact") X(ROLE_SINGLE, "single")

#define X(id, name) id,
enum severity { SEVERITIES(X) SEVERITY_COUNT };
enum finding_state { FINDING_STATES(X) FINDING_STATE_COUNT };
enum verdict { VERDICTS(X) VERDICT_COUNT };
enum risk { RISKS(X) RISK_COUNT };
enum role { ROLES(X) ROLE_COUNT };
#undef X
extern const char *const severity_names[SEVERITY_COUNT];
bool severity_parse(const char *name, enum severity *ret); /* false when the name (NULL too) is none: `ret` is left alone */
extern const char *const finding_state_names[FINDING_STATE_COUNT];
extern const char *const verdict_names[VERDICT_COUNT];
extern const char *const risk_names[RISK_COUNT];
extern const char *const role_names[ROLE_COUNT];

struct texts {
    struct text *items;
    size_t len;
};

struct finding_evidence { /* a piece of a cause's evidence: which, and how it was judged */
    uint32_t key;           /* evidence_key() of the rules */
    double truth;           /* 1, 0, NaN = not known */
};

struct finding_cause {
    const char *id;
    struct text title;
    enum verdict verdict;
    double probability, score_db, coverage; /* coverage in [0, 1] */
    struct texts pro, contra;   /* evidence in words, strongest first */
    struct texts missing;       /* what could not be judged, and how to tell by hand */
    struct finding_evidence *evidence; /* every piece, for feedback; none when it was not judged in this slot */
    size_t evidence_len;
};

struct finding_remedy {
    const char *cause; /* id */
    struct text text;
    const char *command; /* shell-quoted, or NULL */
    enum risk risk;
};

struct finding_chart {
    const char *name, *unit;
    struct text label;
    int64_t start_ms, step_ms;
    double *values; /* NaN = gap */
    size_t len;
    double before, now, peak;
};

struct finding_member { /* another finding of the same incident */
    const char *symptom;
    struct text title;
    enum severity severity;
    int64_t onset_ms;
    bool impact; /* the harm itself, to be named whatever else is left out */
};

struct finding_link {
    const char *name, *url;
};

struct finding {
    char incident[17]; /* hex, stable for the life of the finding */
    const char *symptom, *cluster;
    struct label_set entity;
    enum finding_state state;
    enum severity severity;
    enum role role;
    int64_t slot_ms;        /* when this was judged */
    int64_t onset_ms;       /* when the change began */
    int64_t fired_ms;
    int64_t blind_since_ms; /* 0 = sees */
    int64_t cleared_ms;     /* of a lead: it has itself cleared, and speaks for what is left of its incident; else 0 */
    int64_t resolved_ms;
    const char *reason;     /* of a resolve or an end: condition_cleared, entity_gone, rule_removed, lost_sight */
    uint32_t revision;      /* grows with every notable change */
    uint32_t flaps;         /* how often it opened within an hour, when that is often; else 0 */
    const char *planned;    /* the maintenance window that expects it; NULL = none does */
    int64_t planned_until_ms; /* then it has its own severity again */
    int64_t silenced_by;    /* number of the silence that keeps it back, 0 = none */
    const char *ack_author, *ack_comment; /* who is at it; NULL = nobody said so */
    int64_t ack_until_ms;
    struct text title, effect;
    struct finding_cause *causes; /* best first, ruled-out last */
    size_t causes_len;
    bool cannot_tell;             /* no cause is confirmed or likely */
    struct text next_check;       /* the check that would tell most; "" when none */
    const char *next_command;     /* NULL */
    struct finding_remedy *remedies; /* of the causes in question, read-only first */
    size_t remedies_len;
    struct finding_chart *charts;
    size_t charts_len;
    struct finding_link *links;
    size_t links_len;
    struct finding_member *members; /* of a lead: the others that are active, harm and the worst first, a few of them */
    size_t members_len, members_more; /* more: active ones that are not listed */
    size_t members_ever; /* ever: findings of the incident so far, this one included; 0 or 1 = it is alone */
};

/* What makes two findings the same: symptom, cluster and entity, whatever the order of its labels. Added to `out`. */
#define FINDING_KEY_MAX 65536
void finding_key(struct strbuf *out, const char *symptom, const char *cluster, struct label_set entity);

/* The whole finding as JSON (schema "nightbell.finding/1"), as text or value, and back. Decoding copies into `a`; ERR_DATA when it is not one. */
extern const char finding_schema[];
#define FINDING_TEXT_MAX ((size_t)16 << 20) /* beyond any finding: a megabyte of labels, escaped, and texts of 2,000 bytes */
void finding_text(const struct finding *f, struct strbuf *out);
json_t *finding_to_json(const struct finding *f); /* new reference */
int finding_from_json(const json_t *json, struct arena *a, struct finding *ret, struct error *err);
/* One line of the event contract (schema "nightbell.event/1"), `lang` for the sentences. New reference. */
json_t *finding_event(const struct finding *f, enum language lang);
/* The incident's own line ("event":"incident"): opened or resolved, told by its lead. `opened_ms`, `symptoms` (findings so far). */
json_t *incident_event(const struct finding *lead, bool resolved, int64_t opened_ms, size_t symptoms);

#endif
