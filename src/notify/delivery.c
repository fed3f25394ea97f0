/* The steps of one delivery. */
#include "notify/delivery.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "notify/receivers/said.h"

static int read_finding(struct delivery *d, struct error *err)
{
    json_error_t where;
    json_t *json = json_loads(d->row.finding, 0, &where);
    if (!json)
        return error_set(err, ERR_DATA, "the stored finding is not JSON");
    int failed = finding_from_json(json, &d->memory, &d->finding, err);
    json_decref(json);
    return failed;
}

static const char *copy(struct arena *a, const char *text)
{
    return text ? arena_strdup(a, text) : NULL;
}

int delivery_new(struct lane *lane, const struct outbox_row *row, const char *ref, enum language lang, struct delivery **ret, struct error *err)
{
    struct delivery *d = xcalloc(1, sizeof *d);
    d->lane = lane;
    d->memory = (struct arena)ARENA_INIT("delivery");
    d->row = *row;
    d->row.destination = copy(&d->memory, row->destination);
    d->row.kind = copy(&d->memory, row->kind);
    d->row.finding = copy(&d->memory, row->finding);
    d->row.last_error = NULL;
    d->saved_ref = copy(&d->memory, ref);
    int failed = read_finding(d, err);
    if (failed) {
        delivery_free(d);
        return failed;
    }
    d->sending = (struct sending){.d = lane->d, .f = &d->finding, .kind = d->row.kind, .lang = lang, .a = &d->memory, .ref = d->saved_ref};
    lane->in_flight++;
    *ret = d;
    return 0;
}

void delivery_free(struct delivery *d)
{
    arena_free(&d->memory);
    free(d);
}

static void finish(struct delivery *d, enum outcome outcome)
{
    d->finished = true;
    d->outcome = outcome;
}

/* Why a step could not be prepared: a secret's file may come back, the rest will not. */
static enum outcome unprepared(int code)
{
    if (code == ERR_NOT_FOUND || code == ERR_PERMISSION)
        return OUTCOME_RETRY;
    return code == ERR_INVALID ? OUTCOME_CONFIG : OUTCOME_DEAD;
}

/* What was posted is what the next update is compared with; a receiver that keeps more has done so itself. */
static void keep_said(struct delivery *d)
{
    struct sending *s = &d->sending;
    if (receiver_find(s->d->type)->posts && s->ref == d->saved_ref)
        s->ref = said_ref(s->a, s->f, NULL);
}

void delivery_advance(struct delivery *d, struct net *net)
{
    const struct receiver *receiver = receiver_find(d->lane->d->type);
    struct sending *s = &d->sending;
    struct wire wire = {0};
    if (receiver->posts && s->step == 0 && !said_worth_posting(s)) {
        finish(d, OUTCOME_SENT);
        return;
    }
    int code = receiver->transport->prepare(s, &wire, &d->why);
    d->tried |= code <= 0 || !receiver->transport->judge;
    if (code > 0 && !receiver->transport->judge)
        keep_said(d);
    if (code != 0) {
        finish(d, code > 0 ? OUTCOME_SENT : unprepared(code));
        return;
    }
    wire.request.on_done = delivery_on_done;
    wire.request.context = d;
    struct net_result refused = {.retry_after_ms = -1};
    d->under_way = true;
    if (net_start(net, &wire.request, &refused.error) == 0)
        return;
    d->under_way = false;
    finish(d, outcome_of_http(&refused, &d->why)); /* an URL that is none, a secret that cannot be read */
}

/* Once more in another way, but each way only once; then it is dead. */
static bool once(struct delivery *d, bool *done)
{
    if (*done)
        finish(d, OUTCOME_DEAD);
    *done = true;
    return !d->finished;
}

bool delivery_answer(struct delivery *d, const struct net_result *r)
{
    struct sending *s = &d->sending;
    enum outcome o = receiver_find(d->lane->d->type)->transport->judge(s, r, &d->why);
    d->retry_after_ms = s->wait_ms > r->retry_after_ms ? s->wait_ms : r->retry_after_ms;
    s->wait_ms = 0;
    switch (o) {
    case OUTCOME_SENT:
        keep_said(d);
        s->step++;
        return true;
    case OUTCOME_PLAIN:
        s->plain = true;
        return once(d, &d->was_plain);
    case OUTCOME_ANEW:
        s->ref = NULL;
        s->step = 0;
        return once(d, &d->was_anew);
    case OUTCOME_SPLIT:
        s->split = true;
        s->step = 0;
        return true;
    default:
        finish(d, o);
        return false;
    }
}
