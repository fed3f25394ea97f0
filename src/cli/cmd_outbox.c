/* nightbell outbox: what waits to be sent and what was given up; once more, or never. Works beside a running daemon. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "model/json.h"

struct listing {
    const struct options *options;
    size_t rows;
};

static bool print_row(void *context, const struct outbox_row *row, const char *status)
{
    struct listing *l = context;
    const struct options *o = l->options;
    l->rows++;
    AUTO(strbuf) struct strbuf created = STRBUF_INIT(40), next = STRBUF_INIT(40);
    time_format_utc(&created, row->created_ms);
    time_format_utc(&next, row->next_ms);
    if (!o->format || strcmp(o->format, "json") != 0) {
        printf("%lld %s %s revision %u to %s, since %s, %d attempts%s%s\n", (long long)row->id, status, row->incident, row->revision, row->destination, created.buf,
               row->attempts, row->last_error ? ": " : "", row->last_error ? row->last_error : "");
        return true;
    }
    json_t *json = json_pack("{s:I, s:s, s:s, s:s, s:I, s:s, s:s, s:i}", "id", (json_int_t)row->id, "status", status, "incident", row->incident, "kind", row->kind,
                             "revision", (json_int_t)row->revision, "created", created.buf, "next", next.buf, "attempts", row->attempts);
    json_object_set_new(json, "destination", json_of_text(row->destination));
    json_object_set_new(json, "last_error", json_of_text(row->last_error));
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
    return true;
}

static int list(struct store *s, const struct options *o)
{
    struct error err = {0};
    struct listing l = {o, 0};
    if (store_outbox_list(s, print_row, &l, &err) < 0) {
        print_error("%s", err.text);
        return EXIT_INPUT;
    }
    if (!l.rows && !o->format)
        fputs("nothing waits, nothing was given up\n", stderr);
    return EXIT_OK;
}

static int each_id(struct store *s, const struct options *o, int (*change)(struct store *s, int64_t id, int64_t now_ms, struct error *err))
{
    int code = EXIT_OK;
    for (size_t i = 1; i < o->words_len; i++) {
        struct error err = {0};
        int64_t id;
        if (!integer_parse(o->words[i], strlen(o->words[i]), &id)) {
            print_error("outbox %s: \"%s\" is not a number of nightbell outbox list", o->words[0], o->words[i]);
            return EXIT_USAGE;
        }
        int failed = change(s, id, clock_now_ms(&clock_system), &err);
        if (failed) {
            print_error("outbox %s %s: %s", o->words[0], o->words[i], err.text);
            code = exit_code_of(failed);
        }
    }
    return code;
}

static const struct {
    const char *name;
    bool takes_ids;
    int (*change)(struct store *s, int64_t id, int64_t now_ms, struct error *err);
} actions[] = {{"list", false, NULL}, {"retry", true, store_outbox_again}, {"drop", true, store_outbox_drop}};

static int open_and(const struct options *o, size_t action)
{
    struct session s;
    struct store *store = NULL;
    int code = state_file_open(o, &s, &store);
    if (code == 0)
        code = actions[action].change ? each_id(store, o, actions[action].change) : list(store, o);
    store_close(store);
    session_close(&s);
    return code;
}

int cmd_outbox(const struct options *o)
{
    for (size_t i = 0; o->words_len && i < ARRAY_LEN(actions); i++)
        if (strcmp(o->words[0], actions[i].name) == 0 && (o->words_len > 1) == actions[i].takes_ids)
            return open_and(o, i);
    print_error("outbox: say what to do: nightbell outbox list, outbox retry ID…, outbox drop ID… (-c FILE)");
    return EXIT_USAGE;
}
