/*
 * nightbell.yaml as plain structs. Everything has a default; config_default() is what runs when there is no file. Read by config_load(), which
 * reports all mistakes at once. A config owns its memory (one arena) and does not change after loading; a reload makes a new one.
 * Secrets are file names here and are read when they are used.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "config/interval.h"
#include "config/receivers.h"
#include "config/tree.h"
#include "model/matcher.h"

struct name_value {
    const char *name, *value;
};

struct name_values {
    struct name_value *items;
    size_t len;
};

struct tls_config {
    const char *ca_file, *cert_file, *key_file; /* NULL = system default, none */
    bool insecure_skip_verify;                  /* warned about at load and at start */
};

struct http_config { /* how to speak to a server; shared by sources and receivers */
    const char *url;
    const char *url_file; /* secret URL (webhooks); exactly one of url and url_file */
    struct name_values headers;
    const char *bearer_token_file;
    const char *basic_user, *basic_password_file;
    struct tls_config tls;
    int64_t timeout_ms; /* 0 = the default of the user */
};

struct source_config {
    const char *name;
    struct http_config http; /* url: "http://…", or the path of a recording */
    int max_in_flight;       /* default 8 */
    int64_t max_bytes;       /* per answer, default 256 MiB */
    int64_t max_series;      /* per answer, default 500,000 */
};

struct cluster_config {
    const char *name, *source;
    struct name_values match; /* label = value, added to every selector */
    const char *bootstrap;    /* NULL = unknown; used in remedies */
    struct name_values links;
};

/* One destination inside a receiver. Fields by type; the rest NULL. */
struct destination_config {
    enum receiver_type type;
    const char *receiver; /* name of the receiver it belongs to */
    const char *id;       /* "oncall/slack/0": stable identity for the outbox */
    const char *language; /* NULL = the config's */
    struct http_config http;        /* slack webhook, email_webhook, webhook, teams, discord; bases of APIs: slack, pagerduty, alertmanager, telegram */
    const char *token_file;         /* slack, telegram: the bot's token */
    const char *channel;            /* slack; telegram: the chat */
    bool charts;                    /* slack, with a token: a picture in the thread */
    const char *smtp_url;           /* smtp://host:port, smtps://… */
    const char *smtp_user, *smtp_password_file;
    bool smtp_require_tls;          /* default true for smtp:// to another host than loopback */
    const char *from;
    const char **to;
    size_t to_len;
    const char *provider;           /* email_webhook: "generic", "sendgrid", "mailgun", "resend" */
    const char *template;           /* email_webhook: the request's body (model/template.h); NULL = the provider's */
    const char *secret_file;        /* webhook: key of the signature; NULL = not signed */
    const char *routing_key_file;   /* pagerduty */
    bool honour_silences;           /* alertmanager: what is silenced there is told nowhere else */
    struct place place;
};

struct escalation_config { /* who is told as well of what lasts and nobody has acknowledged */
    int64_t after_ms; /* since the incident opened; 0 = nobody is */
    const char **to;  /* receivers */
    size_t to_len;
};

/*
 * A node of the tree of routes, Alertmanager's: an incident goes to the deepest nodes that match; the first child that does is the only one, unless it says `continue`.
 * Of an incident match the labels of the finding that speaks for it, with the incident's severity. What a child does not say it has from its parent (not matchers and
 * intervals).
 */
struct route_config {
    const char *receiver;       /* of the root NULL = nowhere (logged) */
    struct matchers matchers;   /* owned */
    int64_t group_wait_ms;      /* default 30 s: the first message waits so long for what belongs to it */
    int64_t group_interval_ms;  /* default 0: between two messages about what changes */
    int64_t repeat_interval_ms; /* default 4 h: an incident that lasts is told again */
    struct escalation_config escalate;
    bool go_on;                 /* continue */
    const char *bypass;         /* severity from which on intervals do not keep anything back; NULL = none does */
    const char **mute, **active; /* names of time intervals */
    size_t mute_len, active_len;
    const struct time_interval_config **mute_at, **active_at; /* the same */
    struct route_config *routes;
    size_t routes_len;
    struct name_values match, match_re; /* as they were written; they are in `matchers` */
    const char **matcher_texts, **group_by;
    size_t matcher_texts_len, group_by_len;
    struct place place;
};

struct override_config {
    const char *symptom; /* id; NULL = every symptom */
    struct name_values match; /* label = anchored regex */
    struct name_values params; /* texts, parsed by the rule floor against the parameter's unit */
    struct place *param_places;
    bool disable;
    const char *severity; /* NULL = unchanged */
    struct place place;
};

struct fact_config {
    const char *name;   /* a signal's name */
    const char *value;  /* text with unit: "10Gbit/s", "30s", "5" */
    struct name_values match; /* label = anchored regex */
    struct place place;
};

struct maintenance_config { /* maintenance.h */
    const char *name;         /* for people */
    const char *cluster;      /* NULL = any */
    struct matchers matchers; /* owned; none = everything */
    const char *schedule, *timezone; /* every week, in `times` */
    const char *from, *to;    /* or once: from_ms, to_ms */
    struct time_interval_config times;
    int64_t from_ms, to_ms;   /* 0 = by `times` */
    int64_t deadline_ms;      /* default 10 min */
    struct name_values match; /* as they were written; they are in `matchers` */
    const char **matcher_texts;
    size_t matcher_texts_len;
    struct place place;
};

struct heartbeat_config { /* somebody else's watch over us */
    struct http_config http; /* pinged after every complete cycle; neither url nor url_file = nobody is */
    const char *fail;        /* "/fail" after the URL, or another URL: pinged with the reason when a cycle was not; "none" = silence says it */
    int64_t every_ms;        /* default 60 s */
    struct place place;
};

struct storm_config { /* how many incidents a destination is told each by itself; the rest stands in a digest */
    int64_t messages, critical; /* within `within_ms`; default 10, and 5 critical ones; 0 = no limit */
    int64_t within_ms;          /* default 10 min */
};

struct config {
    struct arena arena;
    const char *path;       /* NULL = defaults */
    const struct node *root; /* the file as it was read; NULL = defaults */
    const char *state_path; /* default "nightbell.db" under $STATE_DIRECTORY, else /var/lib/nightbell/state.db */
    int64_t interval_ms;    /* default 15,000 */
    int64_t offset_ms;      /* how far behind now a slot is evaluated; default 0 */
    int64_t timeout_ms;     /* per query; default = interval */
    const char *language;   /* "en" or "ko" */
    const char **rules;     /* "builtin" or files or folders */
    size_t rules_len;
    struct source_config *sources;
    size_t sources_len;
    struct cluster_config *clusters;
    size_t clusters_len;
    struct destination_config *destinations;
    size_t destinations_len;
    struct route_config route;
    struct time_interval_config *time_intervals;
    size_t time_intervals_len;
    struct heartbeat_config heartbeat;
    struct storm_config storm;
    struct maintenance_config *maintenance;
    size_t maintenance_len;
    struct override_config *overrides;
    size_t overrides_len;
    struct fact_config *facts;
    size_t facts_len;
    struct name_values client_groups; /* client-id regex = group: joins that no series tells (rules name this map) */
};

struct config *config_default(void);
/* NULL when there was any error in `m`; warnings may be there either way. */
struct config *config_load(const char *path, struct mistakes *m);
/* As it is in force, every value with where it came from: YAML that is a configuration again (show.h). */
void config_show(const struct config *c, struct strbuf *out);
void config_free(struct config *c);

#endif
