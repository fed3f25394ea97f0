/* The sections that say how to speak to a server. */
#include "config/sections.h"

static void finish_tls(struct bind *b, const struct node *map, void *object)
{
    const struct tls_config *tls = object;
    if (!tls->cert_file != !tls->key_file)
        mistake_add(b->mistakes, map->place, "\"cert_file\" and \"key_file\" belong together: one of them is missing");
    if (tls->insecure_skip_verify)
        mistake_warn(b->mistakes, tree_get(map, "insecure_skip_verify")->place,
                     "insecure_skip_verify: anyone on the way can answer instead of the server");
}

#define AT(member) offsetof(struct tls_config, member)
static const struct field tls_fields[] = {
    {.name = "ca_file", .type = FIELD_TEXT, .offset = AT(ca_file), .help = "instead of the system's authorities"},
    {.name = "cert_file", .type = FIELD_TEXT, .offset = AT(cert_file), .help = "our certificate"},
    {.name = "key_file", .type = FIELD_TEXT, .offset = AT(key_file), .help = "its key"},
    {.name = "insecure_skip_verify", .type = FIELD_BOOL, .offset = AT(insecure_skip_verify), .help = "for tests only"},
};
#undef AT

const struct record tls_record = {
    .what = "tls", .fields = tls_fields, .len = ARRAY_LEN(tls_fields), .size = sizeof(struct tls_config),
    .finish = finish_tls,
};

#define AT(member) offsetof(struct http_config, member)
static const struct field basic_auth_fields[] = {
    {.name = "username", .type = FIELD_TEXT, .offset = AT(basic_user), .required = true, .help = "the user"},
    {.name = "password_file", .type = FIELD_TEXT, .offset = AT(basic_password_file), .required = true,
     .help = "file with the password"},
};
#undef AT

const struct record basic_auth_record = {
    .what = "basic_auth", .fields = basic_auth_fields, .len = ARRAY_LEN(basic_auth_fields),
    .size = sizeof(struct http_config),
};
