/* A picture goes to Slack's own servers only, whatever an answer says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "notify/receivers/slack_chart.h"

static void url__slacks_own_or_that_of_the_settings__good(void **state)
{
    (void)state;
    static const struct {
        const char *url, *api_url;
        bool good;
    } cases[] = {
        {"https://files.slack.com/upload/v1/abc", "https://slack.com/api", true},
        {"https://files.slack-gov.com/upload/v1/abc?x=1", "https://slack-gov.com/api", true},
        {"https://slack.com/upload", "https://slack.com/api", true},
        {"http://127.0.0.1:8080/upload", "http://127.0.0.1:8080/api", true},
        {"http://files.slack.com/upload", "https://slack.com/api", false},
        {"https://files.slack.com.example.org/upload", "https://slack.com/api", false},
        {"https://slack.com.example.org/upload", "https://slack.com/api", false},
        {"https://evilslack.com/upload", "https://slack.com/api", false},
        {"https://example.org/?.slack.com", "https://slack.com/api", false},
        {"https://example.org\\.slack.com/", "https://slack.com/api", false},
        {"https://me@files.slack.com/", "https://slack.com/api", false},
        {"http://127.0.0.1:80801/upload", "http://127.0.0.1:8080/api", false},
        {"http://169.254.169.254/latest", "https://slack.com/api", false},
        {"", "https://slack.com/api", false},
        {"file:///etc/passwd", "", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (slack_chart_url_is_good(cases[i].url, cases[i].api_url) != cases[i].good)
            fail_msg("%s", cases[i].url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(url__slacks_own_or_that_of_the_settings__good)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
