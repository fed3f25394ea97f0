/* What an earlier run left: instances with their clocks, before the first evaluation. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "engine/engine.h"
#include "eval/sight.h"

struct orphan { /* a state whose symptom or cluster is not there any more */
    struct finding finding;
    struct state_row row;
    const struct telling *told;
    size_t told_len;
};

struct restoring {
    struct engine *engine;
    int64_t last_ms; /* the last slot that was saved: a row that did not change since is older, and was as it is until then */
    size_t restored;
    VEC(struct orphan) orphans;
};

static struct watch *watch_of(struct engine *e, const char *name)
{
    for (size_t i = 0; i < e->watches_len; i++)
        if (strcmp(e->watches[i].cluster->name, name) == 0)
            return &e->watches[i];
    return NULL;
}

static const char *cause_id(const struct symptom *s, const char *id)
{
    for (size_t i = 0; id && i < s->suspects_len; i++)
        if (strcmp(s->suspects[i].cause->id, id) == 0)
            return s->suspects[i].cause->id;
    return NULL;
}

static bool identity_of(struct cluster *c, const struct entity_kind *kind, const struct label_set *labels, const char **ret)
{
    if (kind->open) {
        ret[0] = label_set_pack(labels, &c->values);
        return true;
    }
    for (size_t i = 0; i < kind->identity_len; i++) {
        const char *value = label_set_value(labels, kind->labels[i]);
        if (!value)
            return false;
        ret[i] = intern_str(&c->values, value);
    }
    return labels->len == kind->identity_len;
}

/* Slots of a finding that was active are left out of baselines in this run too. */
static void mark_past(struct cluster *c, const struct entity_kind *kind, size_t row, int64_t from_ms, int64_t to_ms)
{
    struct window *marks = c->disturbed[kind->id];
    window_advance(marks, to_ms / c->interval_ms);
    for (int64_t slot = from_ms / c->interval_ms; slot <= to_ms / c->interval_ms; slot++)
        window_set(marks, row, slot, 1);
}

static enum severity severity_of(const char *name)
{
    enum severity s = SEVERITY_INFO;
    severity_parse(name, &s);
    return s;
}

static size_t destination_of(const struct config *c, const char *id)
{
    size_t i = 0;
    while (i < c->destinations_len && !(id && strcmp(c->destinations[i].id, id) == 0))
        i++;
    return i;
}

/* What each destination was told; those that the configuration no longer has are forgotten. */
static const struct telling *tellings_of(struct engine *e, const json_t *extra, size_t *ret_len)
{
    const json_t *list = json_object_get(extra, "told"), *one;
    struct telling *told = arena_array(&e->arena, json_array_size(list) + 1, sizeof(*told));
    size_t at, len = 0;
    json_array_foreach(list, at, one) {
        size_t to = destination_of(e->config, json_string_value(json_object_get(one, "to")));
        if (to == e->config->destinations_len)
            continue;
        told[len++] = (struct telling){
            .destination = to,
            .told_ms = json_integer_value(json_object_get(one, "told_ms")),
            .said_ms = json_integer_value(json_object_get(one, "said_ms")),
            .severity = severity_of(json_string_value(json_object_get(one, "severity"))),
            .current = json_is_true(json_object_get(one, "current")),
        };
        const char *digest = json_string_value(json_object_get(one, "digest"));
        snprintf(told[len - 1].digest, sizeof(told->digest), "%s", digest ? digest : "");
    }
    *ret_len = len;
    return told;
}

static void restore_incident(struct engine *e, struct watch *w, struct instance *i, const json_t *extra)
{
    struct incident_mark mark = {
        .id = json_string_value(json_object_get(extra, "incident")),
        .lead = json_is_true(json_object_get(extra, "speaks")),
        .revision = (uint32_t)json_integer_value(json_object_get(extra, "revision")),
        .opened_ms = json_integer_value(json_object_get(extra, "opened_ms")),
        .ack = json_integer_value(json_object_get(extra, "ack")),
        .ever = (size_t)json_integer_value(json_object_get(extra, "ever")),
        .peak = severity_of(json_string_value(json_object_get(extra, "peak"))),
    };
    mark.told = tellings_of(e, extra, &mark.told_len);
    if (mark.id && (instance_fires(i) || (i->state == STATE_SETTLING && mark.lead)))
        incidents_restore(w->incidents, i, &mark);
}

static void restore(const struct restoring *from, struct watch *w, const struct symptom *s, const struct state_row *r, const char *const *identity)
{
    size_t row = domain_add(cluster_domain(w->cluster, s->kind), identity, NULL);
    cluster_domain(w->cluster, s->kind)->last_seen_ms[row] = r->last_ms;
    struct instance *i = states_put(w->states, s, row);
    i->state = (enum state)(r->state + STATE_PENDING);
    i->severity = r->severity;
    memcpy(i->incident, r->incident, sizeof(i->incident));
    i->onset_ms = r->onset_ms;
    i->pending_ms = r->pending_ms;
    i->held_ms = r->held_ms;
    i->fired_ms = r->fired_ms;
    i->clear_ms = r->clear_ms;
    i->blind_since_ms = r->blind_since_ms;
    i->last_ms = r->last_ms;
    i->over_ms = json_integer_value(json_object_get(r->extra, "over_ms"));
    i->revision = r->revision;
    i->expected = json_is_true(json_object_get(r->extra, "expected"));
    size_t at;
    const json_t *name;
    json_array_foreach(json_object_get(r->extra, "held_by"), at, name)
        if (json_is_string(name))
            sight_restore(i, json_string_value(name));
    i->lead = cause_id(s, json_string_value(json_object_get(r->extra, "lead")));
    i->lead_verdict = i->lead ? (int)json_integer_value(json_object_get(r->extra, "verdict")) : -1;
    i->lead_probability = json_number_value(json_object_get(r->extra, "probability"));
    i->rival = cause_id(s, json_string_value(json_object_get(r->extra, "rival")));
    i->rival_ms = json_integer_value(json_object_get(r->extra, "rival_ms"));
    mark_past(w->cluster, s->kind, row, r->onset_ms, from->last_ms > r->last_ms ? from->last_ms : r->last_ms);
    restore_incident(from->engine, w, i, r->extra);
}

static struct text one_text(struct arena *a, const char *en, const char *ko)
{
    return (struct text){{arena_strdup(a, en), arena_strdup(a, ko)}};
}

/* The rule is gone, and with it all that could tell whether the trouble is: that is said, and is no "condition cleared". */
static void orphaned(struct restoring *r, const struct state_row *row)
{
    struct arena *a = &r->engine->arena;
    struct orphan o = {.row = *row};
    bool settles = row->state == STATE_SETTLING - STATE_PENDING; /* it has cleared before, as was said */
    o.row.symptom = arena_strdup(a, row->symptom);
    o.row.cluster = arena_strdup(a, row->cluster);
    o.row.extra = NULL;
    for (size_t i = 0; i < row->entity.len; i++)
        o.row.entity.items[i] = (struct label){arena_strdup(a, row->entity.items[i].name), arena_strdup(a, row->entity.items[i].value)};
    o.finding = (struct finding){
        .symptom = o.row.symptom, .cluster = o.row.cluster, .entity = o.row.entity, .state = FINDING_UNKNOWN, .severity = row->severity, .role = ROLE_SINGLE,
        .slot_ms = row->last_ms, .onset_ms = row->onset_ms, .fired_ms = settles ? 0 : row->fired_ms, .resolved_ms = row->last_ms, .reason = "rule_removed",
        .revision = row->revision + 1, .title = one_text(a, o.row.symptom, o.row.symptom),
        .effect = one_text(a, "The rule was removed or its cluster is no longer watched.", "규칙이 삭제되었거나 클러스터를 더 이상 감시하지 않습니다."),
        .next_check = one_text(a, "", ""),
    };
    const char *incident = json_string_value(json_object_get(row->extra, "incident"));
    snprintf(o.finding.incident, sizeof(o.finding.incident), "%s", incident ? incident : row->incident);
    o.finding.revision = (uint32_t)json_integer_value(json_object_get(row->extra, "revision")) + 1;
    o.told = tellings_of(r->engine, row->extra, &o.told_len);
    vec_push(&r->orphans, o);
}

static void take_state(void *context, const struct state_row *row)
{
    struct restoring *r = context;
    struct watch *w = watch_of(r->engine, row->cluster);
    const struct symptom *s = ruleset_symptom(r->engine->rules, row->symptom);
    const char *identity[ENTITY_LABELS_MAX];
    if (w && s && !s->disabled && identity_of(w->cluster, s->kind, &row->entity, identity)) {
        restore(r, w, s, row, identity);
        r->restored++;
    } else if (w) {
        orphaned(r, row);
    }
    /* else: a cluster that is not found now may only be out of sight: its states wait in the file */
    json_decref(row->extra);
}

/* Other members of the incident are there: it has not ended, and they say so. */
static bool goes_on(const struct engine *e, const char *incident)
{
    for (size_t i = 0; i < e->watches_len; i++)
        for (size_t k = 0; k < e->watches[i].incidents->len; k++)
            if (strcmp(e->watches[i].incidents->items[k]->id, incident) == 0)
                return true;
    return false;
}

static void end_orphans(struct restoring *r, int64_t last_ms)
{
    struct engine *e = r->engine;
    struct outbox_rows outbox = {0};
    for (size_t i = 0; i < r->orphans.len; i++) {
        struct orphan *o = &r->orphans.items[i];
        const struct finding *f = &o->finding;
        struct error err;
        outbox.len = 0;
        for (size_t k = 0; f->fired_ms && !goes_on(e, f->incident) && k < o->told_len; k++)
            if (!o->told[k].digest[0])
                notify_row(&e->config->destinations[o->told[k].destination], f, "resolve", clock_now_ms(e->clock), &e->arena, &outbox);
        struct commit c = {.slot_ms = last_ms, .ended = &o->row, .ended_len = 1, .transitions = &f, .transitions_len = f->fired_ms ? 1 : 0,
                           .outbox = outbox.items, .outbox_len = outbox.len};
        if (store_commit(e->store, &c, &err) < 0)
            log_error("state: %s", err.text);
    }
    free(outbox.items);
}

int64_t engine_attach(struct engine *e, struct store *store, struct notifier *notifier, struct error *err)
{
    struct restoring r = {.engine = e, .last_ms = store_last_slot_ms(store)};
    e->store = store;
    e->notifier = notifier;
    int code = store_load_states(store, take_state, &r, err);
    for (size_t i = 0; i < e->watches_len; i++)
        incidents_restored(e->watches[i].incidents);
    if (code == 0)
        end_orphans(&r, r.last_ms);
    if (r.restored)
        log_info("restored %zu states of %s", r.restored, "an earlier run");
    vec_free(&r.orphans);
    return code < 0 ? code : r.last_ms;
}
