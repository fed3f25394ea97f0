/* receivers: {name: [{type: {…}}, …]}. A new type is a row in `types` and its table of fields. */
#include <string.h>
#include <strings.h>

#include "config/check.h"
#include "config/sections.h"
#include "config/show.h"
#include "model/template.h"

#define AT(member) offsetof(struct destination_config, member)
#define LANGUAGE_FIELD                                                                                                 \
    {.name = "language", .type = FIELD_CHOICE, .offset = AT(language), .choices = languages,                           \
     .help = "instead of the configuration's"}

static const char *const languages[] = {"en", "ko", NULL};
static const char *const providers[] = {"generic", "sendgrid", "mailgun", "resend", NULL};
/* Where they are when no URL is said; mailgun's holds the sender's domain. */
static const struct {
    const char *provider, *url;
} provider_urls[] = {{"sendgrid", "https://api.sendgrid.com/v3/mail/send"}, {"resend", "https://api.resend.com/emails"}};

/* Reports unless exactly one of two keys is there. */
static void need_one_of(struct bind *b, struct place at, const char *what, const char *first, const char *second,
                        bool have_first, bool have_second)
{
    if (have_first && have_second)
        mistake_add(b->mistakes, at, "%s takes \"%s\" or \"%s\", not both", what, first, second);
    if (!have_first && !have_second)
        mistake_add(b->mistakes, at, "%s needs \"%s\" or \"%s\"", what, first, second);
}

static void finish_slack(struct bind *b, const struct node *map, void *object)
{
    struct destination_config *d = object;
    need_one_of(b, d->place, "slack", "token_file", "webhook_url_file", d->token_file, d->http.url_file);
    if (d->token_file && !d->channel)
        mistake_add(b->mistakes, d->place, "slack with \"token_file\" needs \"channel\"");
    if (!d->token_file && d->http.url_file && d->channel)
        mistake_warn(b->mistakes, tree_get(map, "channel")->place, "a webhook posts to its own channel; \"channel\" is ignored");
    if (!d->token_file && d->charts)
        mistake_warn(b->mistakes, tree_get(map, "charts")->place, "a webhook takes no files; \"charts\" is ignored");
    if (d->token_file && !d->http.url)
        d->http.url = "https://slack.com/api";
    if (!d->token_file && d->http.url)
        mistake_add(b->mistakes, tree_get(map, "api_url")->place, "\"api_url\" goes with \"token_file\" only");
}

static const struct field slack_fields[] = {
    {.name = "token_file", .type = FIELD_TEXT, .offset = AT(token_file), .help = "file with the bot's token"},
    {.name = "channel", .type = FIELD_TEXT, .offset = AT(channel), .help = "name or id"},
    {.name = "charts", .type = FIELD_BOOL, .offset = AT(charts), .help = "a picture in the thread; the token needs files:write too"},
    {.name = "webhook_url_file", .type = FIELD_TEXT, .offset = AT(http.url_file), .help = "file with the webhook's URL"},
    {.name = "api_url", .type = FIELD_TEXT, .offset = AT(http.url), .check = check_http_url, .help = "another API server"},
    CONNECTION_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

static void finish_email(struct bind *b, const struct node *map, void *object)
{
    struct destination_config *d = object;
    bool local = d->smtp_url && url_is_loopback(d->smtp_url);
    bool tls_from_start = d->smtp_url && strncasecmp(d->smtp_url, "smtps://", strlen("smtps://")) == 0;

    if (!tree_get(map, "require_tls"))
        d->smtp_require_tls = !local && !tls_from_start;
    if (!d->smtp_user != !d->smtp_password_file)
        mistake_add(b->mistakes, d->place, "\"user\" and \"password_file\" belong together: one of them is missing");
    if (d->smtp_user && !d->smtp_require_tls && !local && !tls_from_start)
        mistake_warn(b->mistakes, d->place, "without TLS the password can be read on the way");
}

static const struct field email_fields[] = {
    {.name = "smtp", .type = FIELD_TEXT, .offset = AT(smtp_url), .required = true, .check = check_smtp_url,
     .help = "smtp://host:port or smtps://host:port"},
    {.name = "user", .type = FIELD_TEXT, .offset = AT(smtp_user), .help = "for the mail server"},
    {.name = "password_file", .type = FIELD_TEXT, .offset = AT(smtp_password_file), .help = "file with the password"},
    {.name = "require_tls", .type = FIELD_BOOL, .offset = AT(smtp_require_tls), .help = "STARTTLS or nothing is sent"},
    {.name = "from", .type = FIELD_TEXT, .offset = AT(from), .required = true, .check = check_address, .help = "the sender's address"},
    {.name = "to", .type = FIELD_TEXTS, .offset = AT(to), .also = AT(to_len), .required = true, .check = check_address,
     .help = "addresses"},
    CONNECTION_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

/* For those that know where to post, by one of two keys. */
static void finish_url(struct bind *b, const char *what, const struct destination_config *d)
{
    need_one_of(b, d->place, what, "url", "url_file", d->http.url, d->http.url_file);
}

#define FINISH_URL(name)                                                                                               \
    static void finish_##name(struct bind *b, const struct node *map, void *object)                                    \
    {                                                                                                                  \
        (void)map;                                                                                                     \
        finish_url(b, #name, object);                                                                                  \
    }
FINISH_URL(webhook)
FINISH_URL(teams)
FINISH_URL(discord)
#undef FINISH_URL

static void finish_email_webhook(struct bind *b, const struct node *map, void *object)
{
    struct destination_config *d = object;
    json_t *template;
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(provider_urls); i++)
        if (!d->http.url && !d->http.url_file && strcmp(d->provider, provider_urls[i].provider) == 0)
            d->http.url = provider_urls[i].url;
    finish_url(b, "email_webhook", d);
    if (!d->template)
        return;
    if (strcmp(d->provider, "generic") != 0)
        mistake_add(b->mistakes, tree_get(map, "template")->place, "\"template\" goes with the provider \"generic\", not with \"%s\"", d->provider);
    if (template_read(d->template, mail_places, &template, &err) != 0)
        mistake_add(b->mistakes, tree_get(map, "template")->place, "\"template\": %s", err.text);
    else
        json_decref(template);
}

#define URL_FIELDS(help_)                                                                                              \
    {.name = "url", .type = FIELD_TEXT, .offset = AT(http.url), .check = check_http_url, .help = help_},               \
    {.name = "url_file", .type = FIELD_TEXT, .offset = AT(http.url_file), .help = "file with the URL, when it is a secret"}

static const struct field email_webhook_fields[] = {
    URL_FIELDS("of the provider's API"),
    {.name = "provider", .type = FIELD_CHOICE, .offset = AT(provider), .choices = providers, .fallback = "generic",
     .help = "form of the request"},
    {.name = "template", .type = FIELD_TEXT, .offset = AT(template), .help = "another form: JSON with {from}, {to}, {subject}, {text}, {html}, {message_id} …"},
    {.name = "from", .type = FIELD_TEXT, .offset = AT(from), .required = true, .check = check_address, .help = "the sender's address"},
    {.name = "to", .type = FIELD_TEXTS, .offset = AT(to), .also = AT(to_len), .required = true, .check = check_address, .help = "addresses"},
    HTTP_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

static const struct field webhook_fields[] = {
    URL_FIELDS("where findings are posted"),
    {.name = "secret_file", .type = FIELD_TEXT, .offset = AT(secret_file), .help = "file with the key that signs what is sent"},
    HTTP_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

static const struct field pagerduty_fields[] = {
    {.name = "routing_key_file", .type = FIELD_TEXT, .offset = AT(routing_key_file), .required = true,
     .help = "file with the integration's key"},
    {.name = "url", .type = FIELD_TEXT, .offset = AT(http.url), .check = check_http_url,
     .fallback = "https://events.pagerduty.com/v2/enqueue", .help = "another server"},
    CONNECTION_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

static const struct field alertmanager_fields[] = {
    {.name = "url", .type = FIELD_TEXT, .offset = AT(http.url), .required = true, .check = check_http_url,
     .help = "of one Alertmanager; a cluster of them is one entry each"},
    {.name = "honour_silences", .type = FIELD_BOOL, .offset = AT(honour_silences), .help = "what is silenced there is told nowhere else"},
    HTTP_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

static const struct field teams_fields[] = {
    URL_FIELDS("of the workflow's webhook"),
    CONNECTION_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

static const struct field discord_fields[] = {
    URL_FIELDS("of the channel's webhook"),
    CONNECTION_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

static const struct field telegram_fields[] = {
    {.name = "token_file", .type = FIELD_TEXT, .offset = AT(token_file), .required = true, .help = "file with the bot's token"},
    {.name = "chat", .type = FIELD_TEXT, .offset = AT(channel), .required = true, .help = "the chat's id, or @name of a public channel"},
    {.name = "api_url", .type = FIELD_TEXT, .offset = AT(http.url), .check = check_http_url, .help = "another API server"},
    CONNECTION_FIELDS(struct destination_config, http),
    LANGUAGE_FIELD,
};

static const struct field stdout_fields[] = {
    LANGUAGE_FIELD,
};
#undef AT

/* Those with nothing of their own to check. */
#define finish_pagerduty NULL
#define finish_alertmanager NULL
#define finish_telegram NULL
#define finish_stdout NULL

static const struct record types[RECEIVER_TYPES] = {
#define X(id, name)                                                                                                    \
    [id] = {.what = #name, .fields = name##_fields, .len = ARRAY_LEN(name##_fields),                                   \
            .size = sizeof(struct destination_config), .finish = finish_##name},
    RECEIVERS(X)
#undef X
};

static bool find_type(const char *name, enum receiver_type *ret_type)
{
    for (size_t i = 0; i < RECEIVER_TYPES; i++) {
        if (strcmp(types[i].what, name) == 0) {
            *ret_type = (enum receiver_type)i;
            return true;
        }
    }
    return false;
}

static void check_types(const struct bind *b, const struct node *item)
{
    const char *names[RECEIVER_TYPES];
    for (size_t i = 0; i < RECEIVER_TYPES; i++)
        names[i] = types[i].what;
    bind_check_keys(b, "a receiver", item, names, RECEIVER_TYPES);
}

/* One "- type: {…}" of receiver `name`. The count by type makes the id, so that a new kind of destination does not rename the others. */
static void read_destination(struct bind *b, const struct node *item, const char *name, size_t counts[RECEIVER_TYPES],
                             struct destination_config *ret)
{
    if (item->type != NODE_MAP || item->len != 1) {
        mistake_add(b->mistakes, item->place, "an entry of a receiver is one \"type: {…}\", like \"slack: {…}\"");
        return;
    }
    check_types(b, item);
    if (!find_type(item->keys[0], &ret->type))
        return;
    ret->receiver = name;
    ret->id = arena_printf(b->arena, "%s/%s/%zu", name, types[ret->type].what, counts[ret->type]++);
    ret->place = item->key_places[0];
    bind_record(b, &types[ret->type], item->items[0], ret);
}

static void read_receiver(struct bind *b, const struct node *list, const char *name, struct destination_config *dest,
                          size_t *ret_len)
{
    size_t counts[RECEIVER_TYPES] = {0};
    if (list->type != NODE_LIST || list->len == 0) {
        mistake_add(b->mistakes, list->place, "receiver \"%.60s\" must be a list with at least one entry", name);
        return;
    }
    for (size_t i = 0; i < list->len; i++)
        read_destination(b, list->items[i], name, counts, &dest[(*ret_len)++]);
}

void read_receivers(struct bind *b, const struct node *value, void *config)
{
    struct config *c = config;
    size_t len = 0;
    if (value->type != NODE_MAP) {
        mistake_add(b->mistakes, value->place, "\"receivers\" must be a map (name: [{type: {…}}, …])");
        return;
    }
    for (size_t i = 0; i < value->len; i++)
        len += value->items[i]->len;
    c->destinations = arena_array(b->arena, len, sizeof(*c->destinations));
    for (size_t i = 0; i < value->len; i++) {
        check_name("receivers", value->keys[i], value->key_places[i], b->mistakes);
        read_receiver(b, value->items[i], value->keys[i], c->destinations, &c->destinations_len);
    }
}

void show_receivers(struct show *s, const struct node *value, const void *config)
{
    const struct destination_config *d = ((const struct config *)config)->destinations;
    show_line(s, "receivers", NULL, NULL);
    s->indent += SHOW_STEP;
    for (size_t i = 0; i < value->len; i++) {
        show_line(s, value->keys[i], NULL, NULL);
        s->indent += 2 * SHOW_STEP;
        for (size_t k = 0; k < value->items[i]->len; k++, d++) {
            s->dash = true;
            show_block(s, types[d->type].what, &types[d->type], value->items[i]->items[k]->items[0], d);
        }
        s->indent -= 2 * SHOW_STEP;
    }
    s->indent -= SHOW_STEP;
}
