/*
 * Alerts of rule files as signals: asked once a server whatever the number of clusters, each series told to the cluster that its labels name, else to the first.
 * A whole answer says of every alert that it holds or does not; one that failed says nothing.
 */
#ifndef SIGNAL_ALERT_H
#define SIGNAL_ALERT_H

#include "signal/batch.h"
#include "signal/cluster.h"

/* The server answers for all alerts of the rules, beside what is bound already. */
void alerts_bind(struct cluster *c);
/* Links the answers of one alert in several clusters, so that the first's answer serves all; those that must not be asked are marked as `served`. */
void alerts_link(struct batch *b);
/* A series for `first` and those linked to it. */
void alert_series(struct answer *first, const struct prom_label *labels, size_t len);
/* Takes slot `index` of a whole answer: which alerts hold, with which values. */
void alert_ingest(struct cluster *c, const struct answer *a, size_t index, int64_t slot, int64_t slot_ms);

#endif
