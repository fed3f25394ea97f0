/* nightbell db: the state file in an operator's hands, while the daemon runs or not. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/number.h"
#include "cli/cli.h"
#include "store/store.h"

/* SQLite says several things in one text. */
static void print_problem(void *context, const char *what)
{
    (void)context;
    while (*what) {
        size_t len = strcspn(what, "\n");
        AUTO(heap) char *line = xstrndup(what, len);
        print_clean(line);
        putchar('\n');
        what += len + (what[len] == '\n');
    }
}

static void print_figures(const char *path, const struct store_figures *f)
{
    AUTO(strbuf) struct strbuf size = STRBUF_INIT(32);
    AUTO(strbuf) struct strbuf slot = STRBUF_INIT(32);
    struct stat st;
    if (stat(path, &st) == 0)
        bytes_format(&size, (double)st.st_size);
    if (f->last_slot_ms)
        time_format_utc(&slot, f->last_slot_ms);
    printf("%s: sound\n  schema %lld, %s, last slot %s\n  %lld states, %lld findings in the history, %lld messages wait, %lld were given up\n", path,
           (long long)f->version, size.buf, f->last_slot_ms ? slot.buf : "none", (long long)f->states, (long long)f->findings, (long long)f->waiting,
           (long long)f->given_up);
}

static int check(const char *path, const struct options *o, struct error *err)
{
    struct store_figures figures;
    (void)o;
    int failed = store_examine(path, print_problem, NULL, &figures, err);
    if (!failed)
        print_figures(path, &figures);
    return failed;
}

static int backup(const char *path, const struct options *o, struct error *err)
{
    int failed = store_copy(path, o->output, err);
    if (!failed)
        printf("%s: a copy of %s\n", o->output, path);
    return failed;
}

static const struct {
    const char *name;
    bool writes;
    int (*act)(const char *path, const struct options *o, struct error *err);
} actions[] = {{"check", false, check}, {"backup", true, backup}};

static int act(const struct options *o, size_t which)
{
    struct session s;
    struct error err = {0};
    int code = session_load_config(o, &s);
    const char *path = code ? NULL : o->state ? o->state : s.config->state_path;
    if (code == 0 && access(path, F_OK) != 0) {
        print_error("db: %s: %m (--state or the configuration's `state` says where it is)", path);
        code = EXIT_INPUT;
    }
    int failed = code ? 0 : actions[which].act(path, o, &err);
    if (failed) {
        print_error("db %s: %s", actions[which].name, err.text);
        code = exit_code_of(failed);
    }
    session_close(&s);
    return code;
}

int cmd_db(const struct options *o)
{
    for (size_t i = 0; o->words_len == 1 && i < ARRAY_LEN(actions); i++) {
        if (strcmp(o->words[0], actions[i].name) != 0)
            continue;
        if (!o->output == !actions[i].writes)
            return act(o, i);
        print_error(o->output ? "db %s takes no --output" : "db %s: needs --output FILE", actions[i].name);
        return EXIT_USAGE;
    }
    print_error("db: say what to do: nightbell db check, nightbell db backup -o FILE (-c FILE or --state FILE)");
    return EXIT_USAGE;
}
