/*
 * When very much opens at once: so many incidents as a person can read are told each in its own message; those beyond that are told together, in one digest for each
 * destination, which is edited while the storm lasts and ends with the last of them. So are those that a quiet night kept back, in the morning. What is critical has an allowance of its own, so that warnings never starve it.
 */
#ifndef NOTIFY_STORM_H
#define NOTIFY_STORM_H

#include "config/config.h"
#include "model/finding.h"

struct allowance { /* when the last messages were, a ring */
    int64_t *at_ms;
    size_t len, next;
};

struct storm { /* of one destination */
    struct allowance usual, critical;
    char id[17];         /* the digest's incident; "" = there is none */
    int64_t opened_ms, told_ms, said_ms; /* its first message, the last one or reminder, the last one of any kind; 0 = not yet */
    bool changed;        /* since it was said */
    const char *due;     /* kind of the message that this slot gives it, NULL = none */
};

struct storm *storms_new(const struct config *c); /* one for each destination */
void storms_free(struct storm *all, const struct config *c);

/* One more message of its own: true takes it from the allowance. */
bool storm_allows(struct storm *s, const struct config *c, bool critical, int64_t now_ms);
/* Opens the digest if there is none. */
void storm_join(struct storm *s, const char *destination, int64_t slot_ms);
/* A new slot: what was due is said; a digest that was resolved is none any more. */
void storm_begin(struct storm *s);
/* What is due, with so many incidents in it; `repeat_ms` as of a route. */
void storm_decide(struct storm *s, size_t members, int64_t repeat_ms, int64_t slot_ms);

/* What stands in a digest. */
struct digest {
    size_t by_severity[SEVERITY_COUNT];
    const char *cluster;             /* of them all; NULL = of several */
    const struct finding_member *worst; /* first of all, the worst first */
    size_t worst_len;
};
#define DIGEST_WORST 10
#define DIGEST_SYMPTOM "incident-digest" /* what its finding is called */
/* As a finding, which every receiver can tell. Texts in `a`. */
void digest_finding(const struct storm *s, const struct digest *g, const char *destination, int64_t slot_ms, struct arena *a, struct finding *ret);

#endif
