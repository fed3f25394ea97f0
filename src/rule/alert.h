/*
 * Alerts of Prometheus rule files (`groups: - rules: - alert: …`), taken as they are: the expression is asked at the server, everything after that is as for any
 * other symptom. Each alert is a symptom over an open kind of its own, whose entities are the label sets that the expression gives; two signals keep
 * whether it holds (1, 0, unknown) and the value it gave last.
 *
 * A text is a Go template as Prometheus expands it: $labels, $value, the functions in alert_text.c, pipelines and brackets. A text that does more (conditions, loops,
 * queries) is shown as written, and lint says so.
 */
#ifndef RULE_ALERT_H
#define RULE_ALERT_H

#include "base/strbuf.h"
#include "rule/rule.h"

struct alert_part;

struct alert_text {
    const char *written;
    const struct alert_part *parts;
    size_t len;
    const char *beyond; /* what it uses that is not expanded here; NULL = nothing: then it is shown as written */
    struct place place; /* of that */
    bool has_value;     /* says $value */
    bool has_labels;    /* says whom it is about */
};

struct alert_label {
    const char *name;
    struct alert_text text;
};

struct alert_rule {
    const char *name, *group; /* as written */
    struct binding binding;   /* its expression, unchanged */
    struct alert_label *labels; /* added to what the expression gives; without severity */
    size_t labels_len;
    const char *severity_word;  /* as written, NULL = none */
    struct alert_text title, effect, link; /* of the annotations; `written` NULL = not given */
    const char *link_name;
    const struct entity_kind *kind;
    const struct signal *holds, *value;
    enum severity severity;
    int64_t for_ms, keep_firing_for_ms;
    bool shifted;             /* the file wants it asked later than now */
    struct place place;
};

/* Expands a text; labels that are not there are empty, as in Prometheus. */
void alert_text_write(const struct alert_text *t, const struct label_set *labels, double value, struct strbuf *out);

/* All labels of an alert: what the expression gave, and the rule's own over them. Texts live in `a`. */
void alert_labels_add(const struct alert_rule *r, struct label_set *labels, struct arena *a);

#endif
