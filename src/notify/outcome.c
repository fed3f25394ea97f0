/* What answers mean and when to try again: tables. */
#include <curl/curl.h>
#include <math.h>
#include <string.h>

#include "notify/receivers/receiver.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

/* No answer, or none that could be read. The first row that fits counts; 0 = any. */
static const struct {
    int error, curl;
    enum outcome outcome;
} silences[] = {
    {ERR_NET, CURLE_GOT_NOTHING, OUTCOME_AMBIGUOUS},
    {ERR_NET, CURLE_RECV_ERROR, OUTCOME_AMBIGUOUS},
    {ERR_NET, CURLE_SEND_ERROR, OUTCOME_AMBIGUOUS},
    {ERR_NET, CURLE_PARTIAL_FILE, OUTCOME_AMBIGUOUS},
    {ERR_NET, 0, OUTCOME_RETRY}, /* no name, no connection, no TLS: nothing left this machine */
    {ERR_TIMEOUT, 0, OUTCOME_AMBIGUOUS},
    {ERR_LIMIT, 0, OUTCOME_AMBIGUOUS},
    {ERR_DATA, 0, OUTCOME_AMBIGUOUS},
    {ERR_INVALID, 0, OUTCOME_CONFIG},
    {0, 0, OUTCOME_RETRY}, /* a secret's file that cannot be read just now, and the like */
};

struct range {
    int from, to;
    enum outcome outcome;
};

static const struct range http_ranges[] = {
    {200, 299, OUTCOME_SENT},     {300, 399, OUTCOME_CONFIG}, /* redirects are not followed: a POST would become a GET */
    {401, 401, OUTCOME_CONFIG},   {403, 405, OUTCOME_CONFIG},    {407, 407, OUTCOME_CONFIG}, {408, 408, OUTCOME_AMBIGUOUS}, {410, 410, OUTCOME_CONFIG},
    {425, 425, OUTCOME_RETRY},    {429, 429, OUTCOME_THROTTLED}, {400, 499, OUTCOME_DEAD},   {504, 504, OUTCOME_AMBIGUOUS}, {500, 599, OUTCOME_RETRY},
};

static const struct range smtp_ranges[] = {
    {200, 399, OUTCOME_SENT},   {400, 499, OUTCOME_RETRY},  {523, 523, OUTCOME_DEAD}, {530, 539, OUTCOME_CONFIG}, /* login, TLS */
    {550, 550, OUTCOME_SPLIT},  {551, 551, OUTCOME_SPLIT},  {553, 553, OUTCOME_SPLIT},
    {500, 599, OUTCOME_DEAD},
};

static const struct {
    const char *name;
    enum outcome outcome;
} slack_errors[] = {
    {"ratelimited", OUTCOME_THROTTLED},
    {"rate_limited", OUTCOME_THROTTLED},
    {"message_limit_exceeded", OUTCOME_THROTTLED},
    {"internal_error", OUTCOME_AMBIGUOUS},
    {"fatal_error", OUTCOME_AMBIGUOUS},
    {"request_timeout", OUTCOME_AMBIGUOUS},
    {"service_unavailable", OUTCOME_RETRY},
    {"team_added_to_org", OUTCOME_RETRY},
    {"rollup_error", OUTCOME_RETRY},
    {"invalid_blocks", OUTCOME_PLAIN},
    {"invalid_blocks_format", OUTCOME_PLAIN},
    {"invalid_payload", OUTCOME_PLAIN},
    {"invalid_arguments", OUTCOME_PLAIN},
    {"invalid_json", OUTCOME_PLAIN},
    {"msg_too_long", OUTCOME_PLAIN},
    {"msg_blocks_too_long", OUTCOME_PLAIN},
    {"no_text", OUTCOME_PLAIN},
    {"too_many_attachments", OUTCOME_PLAIN},
    {"missing_text_or_fallback_or_attachments", OUTCOME_PLAIN},
    {"metadata_too_large", OUTCOME_PLAIN},
    {"message_not_found", OUTCOME_ANEW},
    {"cant_update_message", OUTCOME_ANEW},
    {"edit_window_closed", OUTCOME_ANEW},
    {"block_mismatch", OUTCOME_ANEW},
    {"invalid_auth", OUTCOME_CONFIG},
    {"not_authed", OUTCOME_CONFIG},
    {"account_inactive", OUTCOME_CONFIG},
    {"token_revoked", OUTCOME_CONFIG},
    {"token_expired", OUTCOME_CONFIG},
    {"missing_scope", OUTCOME_CONFIG},
    {"no_permission", OUTCOME_CONFIG},
    {"not_allowed_token_type", OUTCOME_CONFIG},
    {"org_login_required", OUTCOME_CONFIG},
    {"channel_not_found", OUTCOME_CONFIG},
    {"not_in_channel", OUTCOME_CONFIG},
    {"is_archived", OUTCOME_CONFIG},
    {"channel_is_archived", OUTCOME_CONFIG},
    {"is_inactive", OUTCOME_CONFIG},
    {"restricted_action", OUTCOME_CONFIG},
    {"ekm_access_denied", OUTCOME_CONFIG},
    {"user_not_found", OUTCOME_CONFIG},
    {"action_prohibited", OUTCOME_CONFIG},
    {"invalid_token", OUTCOME_CONFIG},
    {"posting_to_general_channel_denied", OUTCOME_CONFIG},
    {"no_service", OUTCOME_CONFIG},
    {"no_service_id", OUTCOME_CONFIG},
    {"no_team", OUTCOME_CONFIG},
    {"team_disabled", OUTCOME_CONFIG},
    {"no_active_hooks", OUTCOME_CONFIG},
};

/* Waits double (or grow by `factor`) from `base` to `cap`; the wait is drawn between `least` and that: peers do not come back all at once. */
static const struct {
    bool again;
    double least, base, factor, cap;
} waits[] = {
    [OUTCOME_RETRY] = {true, 0.5 * SECOND, 2 * SECOND, 2, 120 * SECOND},
    [OUTCOME_THROTTLED] = {true, 1 * SECOND, 5 * SECOND, 2, 10 * MINUTE},
    [OUTCOME_AMBIGUOUS] = {true, 30 * SECOND, 40 * SECOND, 4, 30 * MINUTE},
    [OUTCOME_SPLIT] = {false, 0, 0, 0, 0},
};

static enum outcome outcome_of_silence(const struct net_result *r)
{
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(silences) && !((silences[i].error == 0 || silences[i].error == r->error.code) &&
                                            (silences[i].curl == 0 || silences[i].curl == r->curl_code)))
        i++;
    return silences[i].outcome;
}

static enum outcome outcome_in(const struct range *ranges, size_t len, const struct net_result *r, struct error *why)
{
    if (r->error.code == 0)
        return OUTCOME_SENT;
    if (why)
        *why = r->error;
    if (r->error.code == ERR_REFUSED)
        for (size_t i = 0; i < len; i++)
            if (r->status >= ranges[i].from && r->status <= ranges[i].to)
                return ranges[i].outcome;
    return outcome_of_silence(r);
}

enum outcome outcome_of_http(const struct net_result *r, struct error *why)
{
    enum outcome o = outcome_in(http_ranges, ARRAY_LEN(http_ranges), r, why);
    return o == OUTCOME_RETRY && r->status == 503 && r->retry_after_ms >= 0 ? OUTCOME_THROTTLED : o;
}

enum outcome outcome_of_smtp(const struct net_result *r, struct error *why)
{
    return outcome_in(smtp_ranges, ARRAY_LEN(smtp_ranges), r, why);
}

bool outcome_of_slack(const char *name, enum outcome *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(slack_errors); i++) {
        if (strcmp(slack_errors[i].name, name) != 0)
            continue;
        *ret = slack_errors[i].outcome;
        return true;
    }
    return false;
}

int64_t outcome_wait_ms(enum outcome o, int attempts, int64_t retry_after_ms, double random)
{
    if ((size_t)o >= ARRAY_LEN(waits) || !waits[o].again)
        return -1;
    if (o == OUTCOME_THROTTLED && retry_after_ms >= 0)
        return (retry_after_ms < 10 * MINUTE ? retry_after_ms : 10 * MINUTE) + (int64_t)(random * SECOND);
    double most = fmin(waits[o].cap, waits[o].base * pow(waits[o].factor, attempts < 60 ? attempts : 60));
    return (int64_t)(waits[o].least + random * (most - waits[o].least));
}
