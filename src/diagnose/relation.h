/* What makes findings one matter: which cause explains which finding, within which scope. Nothing here changes anything; incident.h decides by it. */
#ifndef DIAGNOSE_RELATION_H
#define DIAGNOSE_RELATION_H

#include "diagnose/incident.h"

/* Its leading cause is confirmed or likely. */
bool relation_believed(const struct instance *i);
/* The mechanism of its leading cause; NULL while none is believed. */
const struct mechanism *relation_mechanism(const struct cluster *c, const struct instance *i);
/* The suspect of `i` that the mechanism shows as, the one with the most evidence; NULL when there is none, or when something else is believed. */
const struct suspect *relation_shown_as(const struct mechanism *m, const struct instance *i);
/* Both entities agree on every label of the mechanism's scope, by their own values or by those of what they contain. */
bool relation_in_scope(const struct cluster *c, const struct mechanism *m, const struct instance *a, const struct instance *b);
/* The suspect as which the incident's cause shows in `i`; NULL and why not, in words. */
const struct suspect *relation_explains(const struct cluster *c, const struct incident *g, const struct instance *i, const char **ret_why_not);
/* Two onsets that began together, as far as windows tell. */
bool relation_together(int64_t a_ms, int64_t b_ms);
/* The same cause, not ruled out, comes first for both. */
bool relation_same_suspect(const struct instance *a, const struct instance *b);
/* Nothing is known of either but that the same thing happened to both at once, or that the same is suspected of it. */
bool relation_alike(const struct cluster *c, const struct incident *g, const struct instance *i);

#endif
