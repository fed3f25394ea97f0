/* The message as text on standard output. */
#include <stdio.h>

#include "notify/receivers/receiver.h"

#define TEXT_MAX (64 * 1024)

static int render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                  struct payload *ret, struct error *err)
{
    (void)d;
    (void)ref;
    (void)err;
    struct message m;
    message_make(f, kind, lang, a, &m);
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(TEXT_MAX);
    message_print(&m, lang, &text);
    *ret = (struct payload){.content_type = "text/plain; charset=utf-8", .body = arena_strndup(a, text.buf, text.len), .len = text.len, .subject = m.subject};
    return 0;
}

static int write_out(struct sending *s, struct wire *wire, struct error *err)
{
    struct payload p;
    (void)wire;
    int failed = render(s->d, s->f, s->kind, s->ref, s->lang, s->a, &p, err);
    if (failed)
        return failed;
    bool written = fwrite(p.body, 1, p.len, stdout) == p.len && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
    return written ? 1 : error_set(err, ERR_IO, "standard output cannot be written");
}

static const struct transport transport = {write_out, NULL};
const struct receiver stdout_receiver = {.render = render, .transport = &transport, .posts = true, .pace = {1, 0, 0}};
