/* What answers mean, and when to try again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "notify/receivers/receiver.h"

static struct net_result answer(int error, int status, int curl_code)
{
    return (struct net_result){.error = {error, "why"}, .status = status, .curl_code = curl_code, .retry_after_ms = -1, .body = "", .content_type = ""};
}

static void http__each_answer__its_outcome(void **state)
{
    (void)state;
    static const struct {
        int error, status, curl;
        enum outcome outcome;
    } cases[] = {
        {0, 200, 0, OUTCOME_SENT},
        {0, 204, 0, OUTCOME_SENT},
        {ERR_REFUSED, 301, 0, OUTCOME_CONFIG},
        {ERR_REFUSED, 400, 0, OUTCOME_DEAD},
        {ERR_REFUSED, 401, 0, OUTCOME_CONFIG},
        {ERR_REFUSED, 403, 0, OUTCOME_CONFIG},
        {ERR_REFUSED, 404, 0, OUTCOME_CONFIG},
        {ERR_REFUSED, 408, 0, OUTCOME_AMBIGUOUS},
        {ERR_REFUSED, 410, 0, OUTCOME_CONFIG},
        {ERR_REFUSED, 413, 0, OUTCOME_DEAD},
        {ERR_REFUSED, 422, 0, OUTCOME_DEAD},
        {ERR_REFUSED, 429, 0, OUTCOME_THROTTLED},
        {ERR_REFUSED, 500, 0, OUTCOME_RETRY},
        {ERR_REFUSED, 503, 0, OUTCOME_RETRY},
        {ERR_REFUSED, 504, 0, OUTCOME_AMBIGUOUS},
        {ERR_NET, 0, CURLE_COULDNT_CONNECT, OUTCOME_RETRY},
        {ERR_NET, 0, CURLE_COULDNT_RESOLVE_HOST, OUTCOME_RETRY},
        {ERR_NET, 0, CURLE_GOT_NOTHING, OUTCOME_AMBIGUOUS},
        {ERR_NET, 0, CURLE_RECV_ERROR, OUTCOME_AMBIGUOUS},
        {ERR_TIMEOUT, 0, CURLE_OPERATION_TIMEDOUT, OUTCOME_AMBIGUOUS},
        {ERR_INVALID, 0, 0, OUTCOME_CONFIG},
        {ERR_PERMISSION, 0, 0, OUTCOME_RETRY}, /* the token's file: it may come back */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct net_result r = answer(cases[i].error, cases[i].status, cases[i].curl);
        struct error why = {0};
        assert_int_equal(outcome_of_http(&r, &why), cases[i].outcome);
        assert_int_equal(why.code, cases[i].error);
    }
    struct net_result r = answer(ERR_REFUSED, 503, 0);
    r.retry_after_ms = 5000;
    assert_int_equal(outcome_of_http(&r, NULL), OUTCOME_THROTTLED);
}

static void smtp__each_reply__its_outcome(void **state)
{
    (void)state;
    static const struct {
        int error, status;
        enum outcome outcome;
    } cases[] = {
        {0, 250, OUTCOME_SENT},           {ERR_REFUSED, 421, OUTCOME_RETRY}, {ERR_REFUSED, 451, OUTCOME_RETRY},  {ERR_REFUSED, 530, OUTCOME_CONFIG},
        {ERR_REFUSED, 535, OUTCOME_CONFIG}, {ERR_REFUSED, 550, OUTCOME_SPLIT}, {ERR_REFUSED, 552, OUTCOME_DEAD}, {ERR_REFUSED, 554, OUTCOME_DEAD},
        {ERR_TIMEOUT, 0, OUTCOME_AMBIGUOUS},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct net_result r = answer(cases[i].error, cases[i].status, 0);
        assert_int_equal(outcome_of_smtp(&r, NULL), cases[i].outcome);
    }
}

static void slack__names__their_outcome(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum outcome outcome;
    } cases[] = {{"ratelimited", OUTCOME_THROTTLED},   {"invalid_auth", OUTCOME_CONFIG}, {"channel_not_found", OUTCOME_CONFIG},
                 {"message_not_found", OUTCOME_ANEW}, {"invalid_blocks", OUTCOME_PLAIN}, {"fatal_error", OUTCOME_AMBIGUOUS}};
    enum outcome o;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(outcome_of_slack(cases[i].name, &o));
        assert_int_equal(o, cases[i].outcome);
    }
    assert_false(outcome_of_slack("never_heard_of", &o));
}

static void wait__grows_within_bounds_and_ends(void **state)
{
    (void)state;
    for (int attempts = 0; attempts < 100; attempts++) {
        for (double random = 0; random < 1; random += 0.249) {
            int64_t retry = outcome_wait_ms(OUTCOME_RETRY, attempts, -1, random), maybe = outcome_wait_ms(OUTCOME_AMBIGUOUS, attempts, -1, random);
            assert_true(retry >= 500 && retry <= 120000);
            assert_true(maybe >= 30000 && maybe <= 1800000);
        }
    }
    assert_true(outcome_wait_ms(OUTCOME_RETRY, 6, -1, 0.9) > outcome_wait_ms(OUTCOME_RETRY, 0, -1, 0.9));
    assert_true(outcome_wait_ms(OUTCOME_THROTTLED, 0, 7000, 0) == 7000);
    assert_true(outcome_wait_ms(OUTCOME_THROTTLED, 0, 7000, 0.99) < 8000);
    assert_true(outcome_wait_ms(OUTCOME_THROTTLED, 0, 86400000, 0) == 600000);
    static const enum outcome ends[] = {OUTCOME_SENT, OUTCOME_DEAD, OUTCOME_CONFIG, OUTCOME_PLAIN, OUTCOME_ANEW, OUTCOME_SPLIT};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        assert_true(outcome_wait_ms(ends[i], 0, -1, 0.5) == -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http__each_answer__its_outcome),
        cmocka_unit_test(smtp__each_reply__its_outcome),
        cmocka_unit_test(slack__names__their_outcome),
        cmocka_unit_test(wait__grows_within_bounds_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
