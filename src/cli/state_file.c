/* The daemon's state file in the hands of commands that work beside it. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

int state_file_open(const struct options *o, struct session *s, struct store **ret)
{
    struct error err = {0};
    struct store_note note;
    *ret = NULL;
    int code = session_load(o, s);
    const char *path = code == 0 && !o->state ? s->config->state_path : o->state;
    if (code == 0 && access(path, R_OK | W_OK) != 0) { /* opening would make one */
        print_error("state: %s: %m (the daemon keeps it; --state or the configuration's `state` says where)", path);
        code = EXIT_INPUT;
    }
    if (code)
        return code;
    int failed = store_open(path, false, ret, &note, &err);
    if (failed)
        print_error("state: %s", err.text);
    return failed ? exit_code_of(failed) : 0;
}

const char *author_of(const struct options *o)
{
    const char *const names[] = {o->author, getenv("SUDO_USER"), getenv("USER")};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i] && *names[i])
            return names[i];
    const struct passwd *user = getpwuid(getuid());
    return user ? user->pw_name : "unknown";
}

struct reading {
    bool (*each)(void *context, const struct finding *f, const char *own);
    void *context;
    bool stopped;
};

static void take(void *context, const struct state_row *row)
{
    struct reading *r = context;
    const char *incident = json_string_value(json_object_get(row->extra, "incident"));
    struct finding f = {.symptom = row->symptom, .cluster = row->cluster, .entity = row->entity, .severity = row->severity, .state = FINDING_FIRING,
                        .onset_ms = row->onset_ms, .fired_ms = row->fired_ms};
    snprintf(f.incident, sizeof f.incident, "%s", incident ? incident : row->incident);
    if (row->fired_ms && !r->stopped)
        r->stopped = !r->each(r->context, &f, row->incident);
    json_decref(row->extra);
}

int state_file_findings(struct store *store, bool (*each)(void *context, const struct finding *f, const char *own), void *context, struct error *err)
{
    struct reading r = {each, context, false};
    return store_load_states(store, take, &r, err);
}
