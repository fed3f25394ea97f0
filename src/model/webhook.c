#include "model/webhook.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Alertmanager writes the year 1 where there is no time. */
static int read_time(const json_t *alert, const char *key, int64_t *ret_ms, struct error *err)
{
    const char *text = text_at(alert, key);
    *ret_ms = 0;
    if (!*text || strncmp(text, "0001-", 5) == 0)
        return 0;
    struct error why = {0};
    if (strlen(text) > 40 || time_parse(text, 0, ret_ms, &why) != 0)
        return error_set(err, ERR_DATA, "its \"%s\" is no time: %.40s", key, text);
    return 0;
}

static int read_labels(const json_t *labels, struct arena *a, struct label_set *ret, struct error *err)
{
    const char *name;
    json_t *value;
    if (!json_is_object(labels))
        return error_set(err, ERR_DATA, "it has no \"labels\"");
    if (json_object_size(labels) > LABEL_SET_MAX)
        return error_set(err, ERR_LIMIT, "it has more than %d labels", LABEL_SET_MAX);
    json_object_foreach((json_t *)(uintptr_t)labels, name, value)
    {
        if (!json_is_string(value))
            return error_set(err, ERR_DATA, "its label \"%.40s\" is no text", name);
        if (strlen(name) > WEBHOOK_VALUE_MAX || json_string_length(value) > WEBHOOK_VALUE_MAX)
            return error_set(err, ERR_LIMIT, "its label \"%.40s\" is longer than %d bytes", name, WEBHOOK_VALUE_MAX);
        ret->items[ret->len++] = (struct label){arena_strdup(a, name), arena_strdup(a, json_string_value(value))};
    }
    return 0;
}

static int read_alert(const json_t *json, struct arena *a, struct webhook_alert *ret, struct error *err)
{
    const char *status = text_at(json, "status");
    *ret = (struct webhook_alert){.firing = strcmp(status, "firing") == 0};
    if (!ret->firing && strcmp(status, "resolved") != 0)
        return error_set(err, ERR_DATA, "its \"status\" is neither \"firing\" nor \"resolved\"");
    int failed = read_labels(json_object_get(json, "labels"), a, &ret->labels, err);
    if (!failed)
        failed = read_time(json, "startsAt", &ret->starts_ms, err);
    if (!failed)
        failed = read_time(json, "endsAt", &ret->ends_ms, err);
    const char *name = failed ? NULL : label_set_value(&ret->labels, "alertname");
    ret->name = name ? name : "";
    return failed;
}

static int read_alerts(const json_t *alerts, struct arena *a, struct webhook *ret, struct error *err)
{
    size_t len = json_array_size(alerts);
    if (!json_is_array(alerts) || !len)
        return error_set(err, ERR_DATA, "it holds no \"alerts\"");
    if (len > WEBHOOK_ALERTS_MAX)
        return error_set(err, ERR_LIMIT, "it holds %zu alerts, more than %d", len, WEBHOOK_ALERTS_MAX);
    ret->alerts = arena_array(a, len, sizeof(*ret->alerts));
    for (size_t i = 0; i < len; i++) {
        struct error why = {0};
        int failed = read_alert(json_array_get(alerts, i), a, &ret->alerts[i], &why);
        if (failed)
            return error_set(err, failed, "alert %zu of %zu: %s", i + 1, len, why.text);
    }
    ret->len = len;
    return 0;
}

static int read_root(const json_t *root, struct arena *a, struct webhook *ret, struct error *err)
{
    const json_t *version = json_object_get(root, "version");
    if (json_is_array(root))
        return error_set(err, ERR_DATA, "a list: alerts of Alertmanager's API rather than the body of its webhook");
    if (!json_is_string(version))
        return error_set(err, ERR_DATA, "no body of Alertmanager's webhook: it has no \"version\": \"4\"");
    if (strcmp(json_string_value(version), "4") != 0)
        return error_set(err, ERR_DATA, "version \"%.20s\" of a webhook's body; Alertmanager's is \"4\"", json_string_value(version));
    json_int_t left_out = json_integer_value(json_object_get(root, "truncatedAlerts"));
    ret->left_out = left_out > 0 ? (size_t)left_out : 0;
    return read_alerts(json_object_get(root, "alerts"), a, ret, err);
}

int webhook_read(const char *body, size_t len, struct arena *a, struct webhook *ret, struct error *err)
{
    json_error_t where;
    *ret = (struct webhook){0};
    if (len > WEBHOOK_BODY_MAX)
        return error_set(err, ERR_LIMIT, "longer than %d bytes", WEBHOOK_BODY_MAX);
    json_t *root = json_loadb(body, len, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return error_set(err, ERR_DATA, "not JSON: line %d, column %d: %s", where.line, where.column, where.text);
    int failed = read_root(root, a, ret, err);
    json_decref(root);
    return failed;
}
