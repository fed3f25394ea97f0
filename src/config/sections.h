/* Rows and sections that config.c's tables share with receiver.c. */
#ifndef CONFIG_SECTIONS_H
#define CONFIG_SECTIONS_H

#include "config/bind.h"
#include "config/check.h"
#include "config/config.h"

extern const struct record tls_record, basic_auth_record, route_record, time_interval_record, maintenance_record;

/* How to speak to a server; `member` is the struct http_config in `type`. The URL's row is the section's own. */
#define HTTP_FIELDS(type_, member)                                                                                     \
    {.name = "headers", .type = FIELD_PAIRS, .offset = offsetof(type_, member.headers),                                \
     .check_key = check_header_name, .help = "sent with every request; no secrets"},                                   \
    {.name = "bearer_token_file", .type = FIELD_TEXT, .offset = offsetof(type_, member.bearer_token_file),             \
     .help = "file with the token"},                                                                                   \
    {.name = "basic_auth", .type = FIELD_RECORD, .offset = offsetof(type_, member), .record = &basic_auth_record,      \
     .help = "username and password_file"},                                                                            \
    CONNECTION_FIELDS(type_, member)

#define CONNECTION_FIELDS(type_, member)                                                                               \
    {.name = "tls", .type = FIELD_RECORD, .offset = offsetof(type_, member.tls), .record = &tls_record,                \
     .help = "certificates"},                                                                                          \
    {.name = "timeout", .type = FIELD_DURATION, .offset = offsetof(type_, member.timeout_ms), .min = 1,                \
     .max = 600000, .help = "of one request"}

/* What a child does not say it takes from its parent; names of receivers and intervals are there; texts are matchers (route.c). */
void check_routes(struct bind *b, const struct node *root, struct config *c);
void routes_free(struct route_config *r);
/* `match` (label = value) and `texts` under "matchers" of `map`, added to `ret`. */
void read_matchers(struct bind *b, const struct node *map, const struct name_values *match, const char *const *texts, size_t texts_len, struct matchers *ret);
void maintenance_free(struct maintenance_config *all, size_t len);

/* FIELD_OWN of "receivers": fills destinations of the struct config. */
void read_receivers(struct bind *b, const struct node *value, void *config);
void show_receivers(struct show *s, const struct node *value, const void *config);

#endif
