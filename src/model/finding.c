/* The words of findings. */
#include "model/finding.h"

#include <stdlib.h>
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

bool severity_parse(const char *name, enum severity *ret)
{
    for (int i = 0; name && i < SEVERITY_COUNT; i++) {
        if (strcmp(severity_names[i], name) != 0)
            continue;
        *ret = (enum severity)i;
        return true;
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->name, ((const struct label *)b)->name);
}

static void put_part(struct strbuf *key, const char *text)
{
    strbuf_adds(key, text);
    strbuf_addc(key, '\x1f');
}

void finding_key(struct strbuf *out, const char *symptom, const char *cluster, struct label_set entity)
{
    qsort(entity.items, entity.len, sizeof(entity.items[0]), by_name);
    put_part(out, symptom);
    put_part(out, cluster);
    for (size_t i = 0; i < entity.len; i++) {
        put_part(out, entity.items[i].name);
        put_part(out, entity.items[i].value);
    }
}
