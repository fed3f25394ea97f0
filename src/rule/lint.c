/* What is legal but cannot be meant. */
#include "rule/build.h"

void ruleset_lint(const struct ruleset *r, struct mistakes *m)
{
    (void)r;
    (void)m;
}
