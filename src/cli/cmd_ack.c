/* nightbell ack: somebody is at an incident. It is a silence of reminders alone, kept beside the others. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cli.h"

#define DEFAULT_MS (8 * 3600LL * 1000) /* a shift */
#define PREFIX_LEAST 4

/* Incidents that the word may mean. */
struct search {
    const char *word;
    char found[17], other[17]; /* "" = none */
};

static void note(struct search *s, const char *incident)
{
    if (!*s->found || strcmp(s->found, incident) == 0)
        snprintf(s->found, sizeof s->found, "%s", incident);
    else
        snprintf(s->other, sizeof s->other, "%s", incident);
}

static bool compare(void *context, const struct finding *f, const char *own)
{
    struct search *s = context;
    size_t len = strlen(s->word);
    if (len >= PREFIX_LEAST && (strncmp(f->incident, s->word, len) == 0 || strncmp(own, s->word, len) == 0))
        note(s, f->incident);
    return true;
}

static int find(struct store *store, const char *word, char ret[17])
{
    struct search s = {.word = word};
    struct error err = {0};
    int failed = state_file_findings(store, compare, &s, &err);
    if (failed)
        print_error("ack: %s", err.text);
    else if (!*s.found)
        print_error("ack: nothing that fires has an id that begins with \"%s\"%s", word, strlen(word) < PREFIX_LEAST ? " (give at least four characters)" : "");
    else if (*s.other)
        print_error("ack: \"%s\" may mean %s or %s", word, s.found, s.other);
    memcpy(ret, s.found, sizeof s.found);
    return failed ? exit_code_of(failed) : *s.found && !*s.other ? 0 : EXIT_INPUT;
}

static int acknowledge(struct store *store, const struct options *o)
{
    AUTO(strbuf) struct strbuf until = STRBUF_INIT(40);
    struct error err = {0};
    char incident[17], matchers[64];
    int64_t id, length_ms, now_ms = clock_now_ms(&clock_system);
    int code = duration_option(o, DEFAULT_MS, &length_ms);
    if (code == 0)
        code = find(store, o->words[0], incident);
    if (code)
        return code;
    snprintf(matchers, sizeof matchers, "incident_id=\"%s\"", incident);
    const struct silence_row row = {.ack = true, .matchers = matchers, .created_ms = now_ms, .starts_ms = now_ms, .ends_ms = now_ms + length_ms,
                                    .author = author_of(o), .comment = o->comment ? o->comment : ""};
    int failed = store_silence_add(store, &row, &id, &err);
    if (failed) {
        print_error("ack: %s", err.text);
        return exit_code_of(failed);
    }
    time_format_utc(&until, row.ends_ms);
    printf("ack %lld of incident %s by %s until %s\n", (long long)id, incident, row.author, until.buf);
    return EXIT_OK;
}

int cmd_ack(const struct options *o)
{
    struct session s;
    struct store *store;
    if (o->words_len != 1) {
        print_error("ack: say which one: nightbell ack INCIDENT -c FILE [--for 8h] [--comment TEXT]");
        return EXIT_USAGE;
    }
    int code = state_file_open(o, &s, &store);
    if (code == 0)
        code = acknowledge(store, o);
    store_close(store);
    session_close(&s);
    return code;
}
