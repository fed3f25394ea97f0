/* `diagnose --alertmanager FILE`: which of our findings the alerts of a webhook's body are about, and when. */
#ifndef CLI_DIAGNOSE_ALERT_H
#define CLI_DIAGNOSE_ALERT_H

#include "cli/cli.h"
#include "model/webhook.h"

struct alerts_asked {
    struct arena memory;
    struct webhook body;
    int64_t at_ms; /* when to look; 0 = no alert says */
};

/* "-" = standard input. Exit code or 0, having said why. */
int asked_read(const char *path, struct alerts_asked *ret);
/* Is one of the alerts about it? An alert speaks of a cluster and of entities by labels, under whatever names the rules know them. */
bool asked_about(const struct alerts_asked *all, const struct engine *e, const struct finding *f);
/* What each says, a line; of more than ten how many more. */
void asked_print(const struct alerts_asked *all, const struct engine *e);
void asked_free(struct alerts_asked *all);

#endif
