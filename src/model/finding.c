/* The words of findings. */
#include "model/finding.h"

#include <string.h>

#define X(id, name) [id] = name,
const char *const severity_names[SEVERITY_COUNT] = {SEVERITIES(X)};
const char *const finding_state_names[FINDING_STATE_COUNT] = {FINDING_STATES(X)};
const char *const verdict_names[VERDICT_COUNT] = {VERDICTS(X)};
const char *const risk_names[RISK_COUNT] = {RISKS(X)};
const char *const role_names[ROLE_COUNT] = {ROLES(X)};
#undef X

bool language_parse(const char *name, enum language *ret)
{
    static const char *const names[LANGUAGES] = {[LANG_EN] = "en", [LANG_KO] = "ko"};
    for (int i = 0; i < LANGUAGES; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *ret = (enum language)i;
        return true;
    }
    return false;
}
