#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "cli/cli.h"

#define AT(field) offsetof(struct options, field)
#define OPTION_WIDTH 26

const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, "FILE", "configuration (YAML)", AT(config)},
    {"source", 's', OPTION_TEXT, "URL|FILE", "a Prometheus server, or a recording (\"builtin\": the one inside)", AT(source)},
    {"cluster", 0, OPTION_TEXT, "NAME", "only this cluster", AT(cluster)},
    {"rules", 'r', OPTION_LIST, "PATH", "rules instead of the configuration's: builtin, a file or a folder; may be repeated", AT(rules)},
    {"at", 0, OPTION_TEXT, "TIME", "as of then: now, -2h, RFC 3339 or Unix seconds", AT(at)},
    {"from", 0, OPTION_TEXT, "TIME", "start of the period (default: an hour before --to, of history and lint a day; or a recording's start)", AT(from)},
    {"to", 0, OPTION_TEXT, "TIME", "end of the period (default: now, or a recording's end)", AT(to)},
    {"format", 'f', OPTION_TEXT, "NAME", "how the result is written", AT(format)},
    {"output", 'o', OPTION_TEXT, "FILE", "where it is written", AT(output)},
    {"note", 0, OPTION_TEXT, "TEXT", "kept in the recording", AT(note)},
    {"anonymise", 0, OPTION_FLAG, NULL, "names of entities and clusters are replaced, the same by the same everywhere", AT(anonymise)},
    {"state", 0, OPTION_TEXT, "FILE", "the daemon's state file (default: the configuration's)", AT(state)},
    {"notify", 0, OPTION_FLAG, NULL, "send what fires to the receivers", AT(notify)},
    {"fail-on", 0, OPTION_TEXT, "info|warning|critical", "what counts in the exit code is at least so severe (default: warning)", AT(fail_on)},
    {"symptom", 0, OPTION_TEXT, "ID", "only this symptom", AT(symptom)},
    {"unknown", 0, OPTION_TEXT, "ok|fail", "an unknown result exits with 0, or with 2 (default: 3)", AT(unknown)},
    {"baseline", 0, OPTION_TEXT, "FILE", "what --save wrote there is known and does not fail, unless it became more severe", AT(baseline)},
    {"save", 0, OPTION_TEXT, "FILE", "what fires now, as a later check's --baseline", AT(save)},
    {"settle", 0, OPTION_TEXT, "TIME", "wait so long before looking, e.g. 5m after a deployment", AT(settle)},
    {"retries", 0, OPTION_TEXT, "N", "an unknown result is asked for again, up to N times, an interval apart", AT(retries)},
    {"heartbeat-url", 0, OPTION_TEXT, "URL|@FILE", "a watchdog that is told of the run; URL/fail when the exit code is 2 or 3", AT(heartbeat_url)},
    {"pushgateway", 0, OPTION_TEXT, "URL|@FILE", "a Prometheus Pushgateway that takes the result as metrics", AT(pushgateway)},
    {"timeout", 0, OPTION_TEXT, "TIME", "give up looking after so long, e.g. 30s (--settle not counted): the result is then unknown", AT(timeout)},
    {"diff", 0, OPTION_LIST, "PATH", "what other rules would have done: builtin, a file or a folder; may be repeated", AT(diff)},
    {"noise", 0, OPTION_FLAG, NULL, "how often each symptom rings, how shortly, and whom it wakes", AT(noise)},
    {"explain", 0, OPTION_TEXT, "TIME", "why what rang then did, and what else was near it: conditions and evidence, piece by piece", AT(explain)},
    {"alertmanager", 0, OPTION_TEXT, "FILE|-", "a body of Alertmanager's webhook (version 4): what its alerts are about, at their time", AT(alertmanager)},
    {"for", 0, OPTION_TEXT, "TIME", "how long, e.g. 2h or 3d", AT(duration)},
    {"comment", 0, OPTION_TEXT, "TEXT", "why", AT(comment)},
    {"author", 0, OPTION_TEXT, "NAME", "who (default: the user)", AT(author)},
    {"all", 0, OPTION_FLAG, NULL, "also what has ended", AT(all)},
    {"suggest", 0, OPTION_FLAG, NULL, "how to scrape what is missing", AT(suggest)},
    {"dry-run", 0, OPTION_FLAG, NULL, "print instead of sending", AT(dry_run)},
    {"pending", 0, OPTION_FLAG, NULL, "also what holds but has not fired yet", AT(pending)},
    {"why", 0, OPTION_FLAG, NULL, "how incidents came to be: who speaks, who belongs, who stands apart and why", AT(why)},
    {"until", 0, OPTION_TEXT, "TIME", "stop after the slot of this time", AT(until)},
    {"events", 0, OPTION_TEXT, "FILE", "append every event as a JSON line, as backtest --format jsonl does", AT(events)},
    {"coverage", 0, OPTION_FLAG, NULL, "which conditions and pieces of evidence no test has shown true, or false", AT(coverage)},
    {"update", 0, OPTION_FLAG, NULL, "write what was seen into the files' expectations; comments and layout stay", AT(update)},
    {"verbose", 'v', OPTION_FLAG, NULL, "also what is minor: pending states, new causes, members of incidents", AT(verbose)},
    {"lang", 0, OPTION_TEXT, "en|ko", "language of texts", AT(lang)},
    {"log-level", 0, OPTION_TEXT, "LEVEL", "error, warn, info or debug", AT(log_level)},
    {"no-color", 0, OPTION_FLAG, NULL, "no colours (also by NO_COLOR)", AT(no_color)},
    {"help", 'h', OPTION_FLAG, NULL, "this text", AT(help)},
};
const size_t option_rows_len = ARRAY_LEN(option_rows);

bool command_takes(const struct command *c, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = c->options; (at = strstr(at, name)); at += len)
        if ((at == c->options || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static const struct option_row *find(const struct command *c, const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(option_rows); i++) {
        bool letter = len == 2 && word[0] == '-' && option_rows[i].letter == word[1];
        bool name = len > 2 && word[0] == '-' && word[1] == '-' && strlen(option_rows[i].name) == len - 2 && strncmp(option_rows[i].name, word + 2, len - 2) == 0;
        if ((letter || name) && command_takes(c, option_rows[i].name))
            return &option_rows[i];
    }
    return NULL;
}

static void unknown_option(const struct command *c, const char *word, size_t len)
{
    const char *names[ARRAY_LEN(option_rows)];
    size_t n = 0;
    char given[64];
    snprintf(given, sizeof(given), "%.*s", (int)(len < 60 ? len : 60), word);
    for (size_t i = 0; i < ARRAY_LEN(option_rows); i++)
        if (command_takes(c, option_rows[i].name))
            names[n++] = option_rows[i].name;
    const char *near = did_you_mean(given + strspn(given, "-"), names, n);
    if (near)
        print_error("%s: unknown option %s, did you mean --%s?", c->name, given, near);
    else
        print_error("%s: unknown option %s; see nightbell %s --help", c->name, given, c->name);
}

static bool put(struct options *o, const struct option_row *r, const char *value)
{
    char *base = (char *)o;
    if (r->type == OPTION_TEXT) {
        *(const char **)(void *)(base + r->offset) = value;
        return true;
    }
    struct word_list *list = (struct word_list *)(void *)(base + r->offset);
    if (list->len == WORD_LIST_MAX) {
        print_error("--%s at most %d times", r->name, WORD_LIST_MAX);
        return false;
    }
    list->items[list->len++] = value;
    return true;
}

/* One of the words of `all`, which `separator` divides. */
static bool among(const char *word, const char *all, char separator)
{
    size_t len = strlen(word);
    for (const char *at = all; at; at = strchr(at, separator), at = at ? at + 1 : NULL)
        if (strncmp(at, word, len) == 0 && (at[len] == separator || at[len] == '\0'))
            return true;
    return false;
}

static bool check_choice(const struct command *c, const char *option, const char *value, const char *all, char separator)
{
    AUTO(arena) struct arena a = ARENA_INIT("choices");
    const char *words[16];
    size_t n = 0;
    char *save = NULL, between[] = {separator, '\0'};
    if (!value || !all[0] || among(value, all, separator))
        return true;
    for (char *w = strtok_r(arena_strdup(&a, all), between, &save); w && n < ARRAY_LEN(words); w = strtok_r(NULL, between, &save))
        words[n++] = w;
    const char *near = did_you_mean(value, words, n);
    if (near)
        print_error("%s: --%s does not take \"%s\", did you mean \"%s\"?", c->name, option, value, near);
    else
        print_error("%s: --%s does not take \"%s\"; there are: %s", c->name, option, value, all);
    return false;
}

/* "a|b" in lower case names all that an option takes. */
static bool check_choices(const struct command *c, const struct options *o)
{
    for (size_t i = 0; i < ARRAY_LEN(option_rows); i++) {
        const struct option_row *r = &option_rows[i];
        if (r->type != OPTION_TEXT || !strchr(r->argument, '|') || !islower((unsigned char)r->argument[0]))
            continue;
        if (!check_choice(c, r->name, *(const char *const *)(const void *)((const char *)o + r->offset), r->argument, '|'))
            return false;
    }
    return true;
}

bool options_parse(const struct command *c, int argc, char **argv, struct options *o)
{
    size_t words = 0;
    bool only_words = false;
    for (int i = 0; i < argc; i++) {
        char *word = argv[i];
        if (only_words || word[0] != '-' || word[1] == '\0') {
            argv[words++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_words = true;
            continue;
        }
        const char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
        size_t len = equals ? (size_t)(equals - word) : strlen(word);
        const struct option_row *r = find(c, word, len);
        if (!r) {
            unknown_option(c, word, len);
            return false;
        }
        if (r->type == OPTION_FLAG) {
            if (equals) {
                print_error("%s: --%s takes no value", c->name, r->name);
                return false;
            }
            *(bool *)(void *)((char *)o + r->offset) = true;
            continue;
        }
        const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
        bool empty = value && !*value && equals;
        if (!value || empty || !put(o, r, value)) {
            if (!value || empty)
                print_error("%s: --%s needs a value (%s)", c->name, r->name, r->argument);
            return false;
        }
    }
    if (!check_choice(c, "format", o->format, c->formats, ' ') || !check_choices(c, o))
        return false;
    o->words = (const char *const *)argv;
    o->words_len = words;
    if (words && !c->words[0]) {
        print_error("%s takes no \"%s\"; see nightbell %s --help", c->name, argv[0], c->name);
        return false;
    }
    return true;
}

static void print_formats(const char *names)
{
    printf("Formats: ");
    for (; *names; names++)
        *names == ' ' ? fputs(", ", stdout) : (void)putchar(*names);
    printf(".\n");
}

void options_help(const struct command *c)
{
    printf("usage: nightbell %s [options]%s%s\n\n%s.\n", c->name, c->words[0] ? " " : "", c->words, c->summary);
    if (c->help[0])
        printf("\n%s", c->help);
    if (c->formats[0])
        print_formats(c->formats);
    printf("\noptions:\n");
    for (size_t i = 0; i < ARRAY_LEN(option_rows); i++) {
        const struct option_row *r = &option_rows[i];
        char left[48];
        if (!command_takes(c, r->name))
            continue;
        snprintf(left, sizeof(left), "%s%c%s--%s%s%s", r->letter ? "-" : "", r->letter ? r->letter : ' ', r->letter ? ", " : "   ", r->name,
                 r->argument ? " " : "", r->argument ? r->argument : "");
        if (strlen(left) > OPTION_WIDTH)
            printf("  %s\n  %*s %s\n", left, OPTION_WIDTH, "", r->help);
        else
            printf("  %-*s %s\n", OPTION_WIDTH, left, r->help);
    }
}
