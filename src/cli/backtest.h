/* What the forms of `backtest` share: a session, and history passing through its engine. */
#ifndef CLI_BACKTEST_H
#define CLI_BACKTEST_H

#include "cli/cli.h"

/* Opens the session and reads --from, --to; exit code or 0. The caller closes. */
int backtest_open(const struct options *o, const struct engine_sink *sink, struct session *s, struct period *ret);
/* Warms up before the period, then lets it pass; `announce` tells at its start what fires already. Exit code or 0. */
int backtest_run(struct session *s, const struct period *p, bool announce);

int backtest_noise(const struct options *o);
int backtest_diff(const struct options *o);
int backtest_explain(const struct options *o);

#endif
